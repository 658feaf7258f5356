/* Quadratic models of a function by interpolation at a few points.
 *
 *   M. J. D. Powell, "Least Frobenius norm updating of quadratic models that satisfy interpolation
 *   conditions", Math. Program. 100 (2004) 183; "The NEWUOA software for unconstrained
 *   optimization without derivatives", DAMTP 2004/NA05.
 *
 * The model Q takes the values f_j at m points y_j, n + 2 <= m <= (n + 1)(n + 2) / 2.  The freedom
 * left is used to change its Hessian as little as possible: a new value changes Q by a multiple
 * of a Lagrange function, the quadratic with the Hessian of least Frobenius norm that is 1 at its
 * own point and 0 at the others.  All Lagrange functions are read off the inverse K of
 *
 *      W = ( 0  0  1' )      A_ij = (y_i' y_j)^2 / 2
 *          ( 0  0  Y' )
 *          ( 1  Y  A  )      Y has the rows y_j'
 *
 * which is of order 1 + n + m: the column of a point in K holds the constant of its Lagrange
 * function, the gradient at the origin, and the weights of the y_j y_j' in the Hessian.  The
 * exchange of one point is a rank-two update of K; an additional point adds a row and a column.
 *
 *   Departures: K is kept whole, instead of a factor of its leading part; to limit rounding errors
 *   it is formed anew from time to time, in coordinates whose origin is the best point.
 */
#ifndef PM_INTERPOLATION_H
#define PM_INTERPOLATION_H

#include "methods/derivative_free/boxstep.h"

typedef struct {
    const pm_task *task;
    size_t n, most, stride;  /* room for `most` points; order of W with all of them */
    size_t m;                /* number of points */
    size_t best;             /* the one with the lowest value */
    double *y;               /* [most][n] */
    double *f;               /* [most] */
    double *K;               /* [stride][stride], of which n + 1 + m rows and columns are in use */
    double *g;               /* [n] gradient of Q at the origin */
    double *H;               /* [n][n] the Hessian of Q is H + sum_j w_j y_j y_j' */
    double *w;               /* [most] */
    double *v, *Kv, *column; /* [stride] */
    size_t *pivots;          /* [stride] */
} pm_interpolation;

/* Functions that take n^2 operations or more stop early when the task is called off. */
void pm_interpolation_layout(pm_interpolation *q, pm_arena *a, const pm_task *task, size_t most);

/* Moves the origin to the best point.  The Hessian of the model no longer depends on the points. */
void pm_interpolation_centre(pm_interpolation *q);

/* Moves the origin to the best point, forms K, and makes the model fit the values at all points by
 * the least change of its Hessian.  False if the points do not determine a model. */
bool pm_interpolation_renew(pm_interpolation *q);

pm_hessian pm_interpolation_hessian(const pm_interpolation *q);

/* The gradient of Q at the best point. */
void pm_interpolation_gradient(const pm_interpolation *q, double *g);

/* Q(y_best + d) - Q(y_best), where g is the gradient of Q at the best point. */
double pm_interpolation_change(const pm_interpolation *q, const double *g, const double *d);

/* The Lagrange function of point t, times `sign`: its gradient at the best point, and its Hessian,
 * which is valid until the next call. */
pm_hessian pm_interpolation_lagrange(pm_interpolation *q, size_t t, double sign, double *g);

/* How the point y_best + d would change the determinant of W, by three factors that are negative
 * only by rounding: beta, if the point is added; alpha_t = K_tt, if point t is left out; and
 * sigma_t = alpha_t beta + tau_t^2, if the new point replaces point t.  tau_t is the value at the
 * new point of the Lagrange function of point t. */
double pm_interpolation_probe(pm_interpolation *q, const double *d); /* beta */
double pm_interpolation_tau(const pm_interpolation *q, size_t t);
double pm_interpolation_sigma(const pm_interpolation *q, size_t t, double beta);

/* Takes y_best + d, which was probed last, with the value f into the set: it replaces point t; it
 * is added if t = m. */
void pm_interpolation_take(pm_interpolation *q, size_t t, const double *d, double f, double beta);

#endif
