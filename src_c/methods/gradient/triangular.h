/* A positive definite matrix by its factor, B = U'U: U[n][n] is upper triangular, with zeros below
 * the diagonal.
 *
 *   D. Goldfarb, "Factorized variable metric methods for unconstrained optimization", Math. Comp.
 *   30, 1976; G. H. Golub & C. F. Van Loan, "Matrix Computations", 2013.
 *
 * Functions that take n^2 operations or more stop early when the task is called off.
 */
#ifndef PM_TRIANGULAR_H
#define PM_TRIANGULAR_H

#include "base/vectors.h"
#include "solver/method.h"

/* y = U x */
void pm_upper_times(const pm_task *task, const double *U, const double *x, double *y, size_t n);
/* y = U'x */
void pm_upper_transposed_times(const pm_task *task, const double *U, const double *x, double *y,
                               size_t n);
/* Solves R'R z = p in place; R is [k][k] with rows n apart.  inverse[k] is scratch for reciprocals
 * of the diagonal, which are computed together, since one division in each row would have to wait.
 */
void pm_upper_solve(const pm_task *task, const double *R, double *p, double *PM_RESTRICT inverse,
                    size_t k, size_t n);
/* Replaces U by U + t v', made triangular again by rotations (Golub & Van Loan, section 6.5.1).
 * t[n] has length 1; r[n] is scratch. */
void pm_upper_add(const pm_task *task, double *U, const double *t, const double *v, double *r,
                  size_t n);
/* Writes the factor R[k][k] of the submatrix of B with these rows and columns, in ascending order,
 * to R[n][n]; its rows are n apart. */
void pm_upper_columns(const pm_task *task, const double *U, const size_t *columns, size_t k,
                      double *R, size_t n);

/* The factor of the inverse of H[n][n]; t[n] is scratch.  False if H is not positive definite. */
bool pm_upper_of_inverse(double *U, const double *H, double *t, size_t n);

#endif
