/* The Krylov space of a symmetric matrix, grown one product at a time, and the trust-region
 * subproblem in it.
 *
 *   C. Lanczos, J. Res. Nat. Bur. Stand. 45, 1950; N. I. M. Gould, S. Lucidi, M. Roma &
 *   P. L. Toint, "Solving the trust-region subproblem using the Lanczos method", SIAM J. Optim. 9,
 *   1999.  The basis is kept, so the step needs no second pass; it is not orthogonalised again: the
 *   three-term recurrence holds to rounding whether it is orthogonal or not.
 */
#ifndef PM_KRYLOV_H
#define PM_KRYLOV_H

#include "base/linalg.h"
#include "solver/method.h"

typedef struct {
    size_t n, most, size; /* of a vector; dimensions there is room for; dimensions so far */
    double first;         /* the part of the gradient along the first vector */
    double lowest;        /* eigenvalue of the matrix in the space, after pm_krylov_minimise */
    double multiplier;    /* of the minimum: 0 if it is a Newton step */
    double residual;      /* |(H + multiplier) s + g| of the minimum; with no gradient the residual
                           * of the lowest eigenvector */
    pm_eigen eigen;
    double *basis;            /* [most][n] */
    double *diagonal, *below; /* [most] of H in the basis, which is tridiagonal */
    double *next;             /* [n] what the next vector will be, times below */
    double *vectors, *values; /* [most][most], [most] its eigenvectors and eigenvalues */
    double *slopes, *y;       /* [most] in their coordinates */
} pm_krylov;

void pm_krylov_layout(pm_krylov *k, pm_arena *a, const pm_linalg *linalg, size_t n, size_t most);

/* Starts the space with the direction of v[n]; `slope` is the gradient along it. */
void pm_krylov_begin(pm_krylov *k, const double *v, double slope);

/* The vector whose product is wanted. */
const double *pm_krylov_vector(const pm_krylov *k);

/* Takes the product in; true if the space cannot grow. */
bool pm_krylov_tell(pm_krylov *k, const double *product);

/* Finds the minimum of the model over the space and the ball, and returns how far it lies below 0;
 * NaN if there is none to be found. */
double pm_krylov_minimise(pm_krylov *k, double radius);

/* Writes that minimum to step[n]. */
void pm_krylov_step(const pm_krylov *k, double *step);

#endif
