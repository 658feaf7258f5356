/* A quadratic model of f, fitted to the last points of an evolution strategy: it predicts values,
 * is judged by its earlier predictions, and proposes its minimum as a point.
 *
 *   N. Hansen, "A global surrogate assisted CMA-ES", GECCO 2019.
 *
 * Departures from the paper: the rank correlation is between values and their predictions before
 * the evaluation, not between values and a model fitted to them; all points have the same weight;
 * and the model is not fitted after each batch, but only as often as is cheap.
 */
#ifndef PM_SURROGATE_H
#define PM_SURROGATE_H

#include "methods/global/cmaes/covariance.h"
#include "methods/global/cmaes/quadratic.h"

typedef struct {
    size_t n, kept;
    bool mixed;           /* the model has mixed terms once there are enough points */
    size_t count, fitted; /* points so far, and as of the last fit */
    bool ready;           /* there is a model */
    pm_quadratic model;   /* of (f - base) / range, in the coordinates of ... */
    pm_covariance frame;  /* ... this square root ... */
    double sigma;         /* ... times sigma ... */
    double *origin;       /* [n] ... around this point */
    double base, range;
    double *T, *F;     /* [kept][n] and [kept] the last points and their values: a ring */
    double *predicted; /* [kept] their predictions before the evaluation; NaN: there was no model */
    double *y, *z;     /* [n] */
} pm_surrogate;

void pm_surrogate_layout(pm_surrogate *s, pm_arena *a, size_t n, bool diagonal);

/* Forgets all points. */
void pm_surrogate_restart(pm_surrogate *s);

/* The value that the model predicts at t[n]; NaN if there is no model. */
double pm_surrogate_value(const pm_surrogate *s, const double *t);

/* Adds the point t[n] with the value f. */
void pm_surrogate_take(pm_surrogate *s, const double *t, double f);

/* Fits the model to the points kept, if there are enough of them and enough are new. The covariance
 * is that of steps from `mean`, in units of sigma. False if there is no new model. */
bool pm_surrogate_fit(pm_surrogate *s, const pm_covariance *c, const double *mean, double sigma);

/* Whether the model has predicted the order of the last values well enough to be trusted. */
bool pm_surrogate_is_right(const pm_surrogate *s);

/* The lowest point of the model within reach of mean[n], as a step y[n] in units of sigma. False if
 * there is none. */
bool pm_surrogate_propose(pm_surrogate *s, const double *mean, double sigma, double *y);

#endif
