/* Linear algebra for tests without LAPACK: the eigenvalue method of C. G. J. Jacobi (1846), by
 * cyclic sweeps. */
#ifndef PM_TEST_JACOBI_H
#define PM_TEST_JACOBI_H

#include "base/linalg.h"

#include <float.h>
#include <math.h>

/* Rotates rows and columns p and q of a[n][n] so that a[p][q] vanishes, and rows p and q of v[n][n]
 * by the same angle. */
static inline void jacobi_turn(size_t n, double *a, double *v, size_t p, size_t q)
{
    const double theta = (a[q * n + q] - a[p * n + p]) / (2.0 * a[p * n + q]);
    const double t = copysign(1.0, theta) / (fabs(theta) + sqrt(theta * theta + 1.0));
    const double c = 1.0 / sqrt(t * t + 1.0), s = t * c;

    for (size_t k = 0; k < n; ++k) {
        const double x = a[k * n + p], y = a[k * n + q];
        a[k * n + p] = c * x - s * y;
        a[k * n + q] = s * x + c * y;
    }
    for (size_t k = 0; k < n; ++k) {
        const double x = a[p * n + k], y = a[q * n + k];
        a[p * n + k] = c * x - s * y;
        a[q * n + k] = s * x + c * y;
    }
    for (size_t k = 0; k < n; ++k) {
        const double x = v[p * n + k], y = v[q * n + k];
        v[p * n + k] = c * x - s * y;
        v[q * n + k] = s * x + c * y;
    }
}

static inline void jacobi_sort(size_t n, double *w, double *v)
{
    for (size_t i = 0; i < n; ++i) {
        size_t least = i;
        for (size_t j = i + 1; j < n; ++j) {
            least = w[j] < w[least] ? j : least;
        }
        for (size_t k = 0; k < n; ++k) {
            const double x = v[i * n + k];
            v[i * n + k] = v[least * n + k];
            v[least * n + k] = x;
        }
        const double x = w[i];
        w[i] = w[least];
        w[least] = x;
    }
}

/* Has the arguments of LAPACK's dsyevd, but reads both triangles of a; `work` has room for n * n
 * numbers. */
static inline void jacobi_dsyevd(char *jobz, char *uplo, int *order, double *a, int *lda, double *w,
                                 double *work, int *lwork, int *iwork, int *liwork, int *info)
{
    const size_t n = (size_t)*order;
    double *v = work;

    (void)jobz, (void)uplo, (void)lda, (void)lwork, (void)iwork, (void)liwork;
    for (size_t i = 0; i < n * n; ++i) {
        v[i] = i % (n + 1) == 0 ? 1.0 : 0.0;
    }
    for (int sweep = 0; sweep < 50; ++sweep) {
        for (size_t p = 0; p < n; ++p) {
            for (size_t q = p + 1; q < n; ++q) {
                const double least = 1e-2 * DBL_EPSILON * (fabs(a[p * n + p]) + fabs(a[q * n + q]));
                if (fabs(a[p * n + q]) > least) {
                    jacobi_turn(n, a, v, p, q);
                }
            }
        }
    }
    for (size_t i = 0; i < n; ++i) {
        w[i] = a[i * n + i];
    }
    jacobi_sort(n, w, v);
    for (size_t i = 0; i < n * n; ++i) {
        a[i] = v[i];
    }
    *info = 0;
}

static const pm_linalg jacobi = {.dsyevd = jacobi_dsyevd};

#endif
