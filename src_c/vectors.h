/* Loops over vectors.  Sums run in index order, so that the same input gives the same bits. */
#ifndef PM_VECTORS_H
#define PM_VECTORS_H

#include <math.h>
#include <stddef.h>

static inline double pm_dot(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* y += a x */
static inline void pm_add(double *y, double a, const double *x, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        y[i] += a * x[i];
    }
}

static inline double pm_largest(const double *x, size_t n)
{
    double largest = 0.0;
    for (size_t i = 0; i < n; ++i) {
        largest = fmax(largest, fabs(x[i]));
    }
    return largest;
}

#endif
