/* A quadratic c + g'z + z'Hz / 2 fitted to values by least squares; H is symmetric or, to save
 * terms, diagonal. */
#ifndef PM_QUADRATIC_H
#define PM_QUADRATIC_H

#include "base/arena.h"

typedef struct {
    size_t n;
    size_t terms;   /* of the present fit */
    bool mixed;     /* H is symmetric, with mixed terms; else it is diagonal */
    size_t pending; /* points in `rows` that have not been added to A */
    double *rows;   /* [PM_ROWS][terms] */
    double *A;      /* [terms][terms] the normal equations, lower triangle; scratch for a step */
    double *coefficient; /* [terms] */
    double c, *g, *H;    /* g[n] and H[n][n]: the last fit */
} pm_quadratic;

/* Terms of a quadratic in n variables; a fit needs at least as many points. */
size_t pm_quadratic_terms(size_t n, bool mixed);

/* `mixed`: there is room for mixed terms. */
void pm_quadratic_layout(pm_quadratic *q, pm_arena *a, size_t n, bool mixed);

/* Begins a new fit; adds the value f at z[n]; and makes the fit. If the points do not determine it,
 * the answer is false and the fit before remains. */
void pm_quadratic_begin(pm_quadratic *q, bool mixed);
void pm_quadratic_add(pm_quadratic *q, const double *z, double f);
bool pm_quadratic_fit(pm_quadratic *q);

double pm_quadratic_value(const pm_quadratic *q, const double *z);

/* The step[n] from z[n] to the lowest point of the quadratic within the distance `reach`, or to one
 * a little nearer. False if the gradient at z is 0. Invalidates a fit that has been begun. */
bool pm_quadratic_lowest(pm_quadratic *q, const double *z, double reach, double *step);

#endif
