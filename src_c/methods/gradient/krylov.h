/* The Krylov space of a symmetric matrix, grown one product at a time, and the trust-region
 * subproblem in it.
 *
 *   C. Lanczos, J. Res. Nat. Bur. Stand. 45, 1950; N. I. M. Gould, S. Lucidi, M. Roma &
 *   P. L. Toint, "Solving the trust-region subproblem using the Lanczos method", SIAM J. Optim. 9,
 *   1999.  The basis is kept, so the step needs no second pass.  The basis is not reorthogonalised:
 *   the three-term recurrence holds to rounding whether it is orthogonal or not.
 */
#ifndef PM_KRYLOV_H
#define PM_KRYLOV_H

#include "base/linalg.h"
#include "solver/method.h"

typedef struct {
    size_t n, most, size; /* length of a vector; largest dimension; present dimension */
    double first;         /* the part of the gradient along the first vector */
    double lowest;        /* eigenvalue of the matrix in the space, after pm_krylov_minimise */
    double multiplier;    /* of the minimum: 0 if it is a Newton step */
    double residual;      /* |(H + multiplier) s + g| of the minimum; with no gradient the residual
                           * of the lowest eigenvector */
    pm_eigen eigen;
    double *basis;            /* [most][n] */
    double *diagonal, *below; /* [most] of H in the basis, which is tridiagonal */
    double *next;             /* [n] the next basis vector times the last element of `below` */
    double *vectors, *values; /* [most][most], [most] eigenvectors, eigenvalues of H in the basis */
    double *slopes, *y;       /* [most] gradient and step in the coordinates of the eigenvectors */
} pm_krylov;

void pm_krylov_layout(pm_krylov *k, pm_arena *a, const pm_linalg *linalg, size_t n, size_t most);

/* Starts the space with the direction of v[n]; `slope` is the gradient along it. */
void pm_krylov_begin(pm_krylov *k, const double *v, double slope);

/* The vector whose product with H is needed next. */
const double *pm_krylov_vector(const pm_krylov *k);

/* Takes that product; true if the space cannot grow further. */
bool pm_krylov_tell(pm_krylov *k, const double *product);

/* Finds the minimum of the model over the space and the ball; returns the decrease of the model, or
 * NaN if the eigenproblem cannot be solved. */
double pm_krylov_minimise(pm_krylov *k, double radius);

/* Writes that minimum to step[n]. */
void pm_krylov_step(const pm_krylov *k, double *step);

#endif
