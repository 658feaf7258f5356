/* Loops over vectors.  Sums run in a fixed order, so that the same input gives the same bits on
 * every machine. */
#ifndef PM_VECTORS_H
#define PM_VECTORS_H

#include <math.h>
#include <stddef.h>

#if defined(_MSC_VER)
#define PM_RESTRICT __restrict
#else
#define PM_RESTRICT restrict
#endif

/* Four sums side by side: an addition takes four cycles, and one sum would wait for each. */
static inline double pm_dot(const double *a, const double *b, size_t n)
{
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        s0 += a[i] * b[i];
        s1 += a[i + 1] * b[i + 1];
        s2 += a[i + 2] * b[i + 2];
        s3 += a[i + 3] * b[i + 3];
    }
    for (; i < n; ++i) {
        s0 += a[i] * b[i];
    }
    return (s0 + s2) + (s1 + s3);
}

/* y += a x */
static inline void pm_add(double *PM_RESTRICT y, double a, const double *PM_RESTRICT x, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        y[i] += a * x[i];
    }
}

/* Largest |x_i|.  Not by fmax: it is a function call where NaN must be minded. */
static inline double pm_larger(double a, double b)
{
    return a > b ? a : b;
}

static inline double pm_largest(const double *x, size_t n)
{
    double a = 0.0, b = 0.0;
    size_t i = 0;

    for (; i + 2 <= n; i += 2) {
        a = pm_larger(fabs(x[i]), a);
        b = pm_larger(fabs(x[i + 1]), b);
    }
    return pm_larger(i < n ? pm_larger(fabs(x[i]), a) : a, b);
}

#endif
