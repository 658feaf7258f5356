/* The minimum of a quadratic on a small box: the trust-region problem of derivative-free methods,
 * whose trust region is itself a box, so that it and the bounds of the problem are one. */
#ifndef PM_BOXSTEP_H
#define PM_BOXSTEP_H

#include "base/arena.h"
#include "solver/method.h"

/* A Hessian B = H + sum_j w_j y_j y_j', as interpolation gives it. */
typedef struct {
    const pm_task *task; /* once that is called off, products are no longer made */
    size_t n, m;
    const double *H; /* [n][n] symmetric, or NULL: 0 */
    const double *w; /* [m] */
    const double *y; /* [m][n] */
} pm_hessian;

/* Bv = B v */
void pm_hessian_times(const pm_hessian *B, const double *v, double *Bv);

typedef struct {
    double *p, *Bp; /* [n] a direction, and B times it */
    double *q, *Bq; /* [n] a move along p that is bent by the box, and B times it */
} pm_boxstep;

void pm_boxstep_layout(pm_boxstep *s, pm_arena *a, size_t n);

/* Decreases r'd + d'B d / 2 from where d is, low <= d <= high (finite), until the slope left is
 * small; r is the gradient at d, and is brought up to date.  Returns the least curvature met if d
 * is inside the box, and 0 if it ran into a side of it. */
double pm_boxstep_descend(pm_boxstep *s, const pm_hessian *B, const double *low, const double *high,
                          double *d, double *r);

#endif
