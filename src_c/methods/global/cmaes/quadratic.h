/* A quadratic c + g'z + z'Hz / 2 fitted to values by least squares; H is symmetric or, of fewer
 * terms, diagonal. */
#ifndef PM_QUADRATIC_H
#define PM_QUADRATIC_H

#include "base/arena.h"

typedef struct {
    size_t n;
    size_t terms;   /* of the present fit */
    bool mixed;     /* H is more than a diagonal */
    size_t pending; /* points that are in `rows` and not yet in A */
    double *rows;   /* [PM_ROWS][terms] */
    double *A;      /* [terms][terms] the normal equations, lower triangle; [n][n] for a step */
    double *coefficient; /* [terms] */
    double c, *g, *H;    /* [n] and [n][n] what was fitted */
} pm_quadratic;

/* Terms of a quadratic in n variables: at least as many points have to be added. */
size_t pm_quadratic_terms(size_t n, bool mixed);

/* For fits with mixed terms, if any of them is to have some. */
void pm_quadratic_layout(pm_quadratic *q, pm_arena *a, size_t n, bool mixed);

/* Begins a new fit; adds the value f at z[n]; and makes the fit. False if the points do not
 * determine it, and what was fitted before stays. */
void pm_quadratic_begin(pm_quadratic *q, bool mixed);
void pm_quadratic_add(pm_quadratic *q, const double *z, double f);
bool pm_quadratic_fit(pm_quadratic *q);

double pm_quadratic_value(const pm_quadratic *q, const double *z);

/* The step[n] from z[n] to its lowest point within this reach, or a point a little nearer. False if
 * it is level at z. Invalidates a fit that has been begun. */
bool pm_quadratic_lowest(pm_quadratic *q, const double *z, double reach, double *step);

#endif
