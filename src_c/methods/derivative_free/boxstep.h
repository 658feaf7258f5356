/* The minimum of a quadratic on a small box: the trust-region subproblem of derivative-free
 * methods.  The trust region is itself a box, so it and the bounds of the problem are one box. */
#ifndef PM_BOXSTEP_H
#define PM_BOXSTEP_H

#include "base/arena.h"
#include "solver/method.h"

/* A Hessian B = H + sum_j w_j y_j y_j', as interpolation gives it. */
typedef struct {
    const pm_task *task; /* once the task is called off, no more products are computed */
    size_t n, m;
    const double *H; /* [n][n] symmetric, or NULL: 0 */
    const double *w; /* [m] */
    const double *y; /* [m][n] */
} pm_hessian;

/* Bv = B v */
void pm_hessian_times(const pm_hessian *B, const double *v, double *Bv);

typedef struct {
    double *p, *Bp; /* [n] a direction, and B times it */
    double *q, *Bq; /* [n] a step along p projected on the box, and B times it */
} pm_boxstep;

void pm_boxstep_layout(pm_boxstep *s, pm_arena *a, size_t n);

/* Moves d, low <= d <= high (both finite), to decrease the quadratic with Hessian B until its
 * projected gradient is small; r is the gradient at d and is updated.  Returns the least curvature
 * met, or 0 if a side of the box was met. */
double pm_boxstep_descend(pm_boxstep *s, const pm_hessian *B, const double *low, const double *high,
                          double *d, double *r);

#endif
