/* A quadratic without mixed terms, fitted to values: c + g'z + z'diag(h)z / 2, by weighted least
 * squares. */
#ifndef PM_QUADRATIC_H
#define PM_QUADRATIC_H

#include "arena.h"

typedef struct {
    size_t n, terms;     /* 2 n + 1: z_i, z_i^2 / 2, and 1 */
    double *normal;      /* [terms][terms] of the normal equations, the lower triangle */
    double *coefficient; /* [terms] g, h and c */
    double *row;         /* [terms] */
} pm_quadratic;

/* Terms of a quadratic in n variables: at least as many points have to be added. */
size_t pm_quadratic_terms(size_t n);
void pm_quadratic_layout(pm_quadratic *q, pm_arena *a, size_t n);

/* Begins a new fit; adds the value f at z[n]; and makes the fit. False if the points do not
 * determine it. */
void pm_quadratic_begin(pm_quadratic *q);
void pm_quadratic_add(pm_quadratic *q, const double *z, double f, double weight);
bool pm_quadratic_fit(pm_quadratic *q);

/* Its lowest point with |z_i| <= reach, to z[n]. */
void pm_quadratic_lowest(const pm_quadratic *q, double reach, double *z);

#endif
