/* The factorisation A = L L' of a positive definite matrix (A.-L. Cholesky), in place. */
#ifndef PM_CHOLESKY_H
#define PM_CHOLESKY_H

#include <stdbool.h>
#include <stddef.h>

/* Reads the lower triangle of a[m][m]; it becomes L, and the upper triangle L'.  Returns false if
 * a pivot does not exceed m eps times the diagonal element from which it was computed: the matrix
 * is then not positive definite to working precision. */
bool pm_cholesky(double *a, size_t m);

/* x = L^-1 x */
void pm_cholesky_forward(const double *L, size_t m, double *x);

/* x = L'^-1 x */
void pm_cholesky_backward(const double *L, size_t m, double *x);

#endif
