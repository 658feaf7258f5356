/* A quadratic model of the last points of an evolution strategy: it foretells values, is judged by
 * how well it has done so, and proposes a point.
 *
 *   N. Hansen, "A global surrogate assisted CMA-ES", GECCO 2019.
 *
 * Departures from the paper: the rank correlation is that of values with what was foretold of them
 * before they were known, not of values with the model that has been fitted to them; all points
 * have the same weight; and a fit is not made for each batch, but as often as it is cheap.
 */
#ifndef PM_SURROGATE_H
#define PM_SURROGATE_H

#include "methods/global/cmaes/covariance.h"
#include "methods/global/cmaes/quadratic.h"

typedef struct {
    size_t n, kept;
    bool mixed;           /* the model is to have mixed terms */
    size_t count, fitted; /* points so far, and when the last fit was made */
    bool ready;           /* there is a model */
    pm_quadratic model;   /* of (f - base) / range, in the coordinates of ... */
    pm_covariance frame;  /* ... this square root ... */
    double sigma;         /* ... times sigma ... */
    double *origin;       /* [n] ... around this point */
    double base, range;
    double *T, *F; /* [kept][n] and [kept] the last points and their values: a ring */
    double *told;  /* [kept] what the model of the time said of them; NaN: there was none */
    double *y, *z; /* [n] */
} pm_surrogate;

void pm_surrogate_layout(pm_surrogate *s, pm_arena *a, size_t n, bool diagonal);

/* Forgets all points. */
void pm_surrogate_restart(pm_surrogate *s);

/* What the model says of t[n], or NaN. */
double pm_surrogate_value(const pm_surrogate *s, const double *t);

/* f is the value at t[n]. */
void pm_surrogate_take(pm_surrogate *s, const double *t, double f);

/* Fits the model to the points there are, if it is time again. The covariance is that of steps from
 * `mean`, in units of sigma. False if the model, if any, is still the one before. */
bool pm_surrogate_fit(pm_surrogate *s, const pm_covariance *c, const double *mean, double sigma);

/* Whether the order of the last values was foretold well enough to believe it of others. */
bool pm_surrogate_is_right(const pm_surrogate *s);

/* The model's lowest point not too far from mean[n], as a step y[n] in units of sigma. False if
 * there is none. */
bool pm_surrogate_propose(pm_surrogate *s, const double *mean, double sigma, double *y);

#endif
