/* A = L L' of a positive definite matrix (A.-L. Cholesky), in place. */
#ifndef PM_CHOLESKY_H
#define PM_CHOLESKY_H

#include <stdbool.h>
#include <stddef.h>

/* The lower triangle of a[m][m] becomes L, the upper one, which is not read, L'.  False where a
 * pivot does not exceed the rounding of what it is left of. */
bool pm_cholesky(double *a, size_t m);

/* x = L^-1 x */
void pm_cholesky_forward(const double *L, size_t m, double *x);

/* x = L'^-1 x */
void pm_cholesky_backward(const double *L, size_t m, double *x);

#endif
