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
    double m0 = 0.0, m1 = 0.0, m2 = 0.0, m3 = 0.0;
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        m0 = pm_larger(fabs(x[i]), m0);
        m1 = pm_larger(fabs(x[i + 1]), m1);
        m2 = pm_larger(fabs(x[i + 2]), m2);
        m3 = pm_larger(fabs(x[i + 3]), m3);
    }
    for (; i < n; ++i) {
        m0 = pm_larger(fabs(x[i]), m0);
    }
    return pm_larger(pm_larger(m0, m2), pm_larger(m1, m3));
}

#endif
