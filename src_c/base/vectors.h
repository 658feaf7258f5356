/* Loops over vectors.  Sums run in a fixed order, so that the same input gives the same bits on
 * every machine. */
#ifndef PM_VECTORS_H
#define PM_VECTORS_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#if defined(_MSC_VER)
#define PM_RESTRICT __restrict
#else
#define PM_RESTRICT restrict
#endif

/* Four partial sums: an addition takes four cycles, and a single sum would wait for each. */
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

enum { PM_ROWS = 4 };

/* y += scale (a_0 x_0 + ... + a_3 x_3), a_k = a[k stride], rows x_k = x + k stride: a quarter of
 * the loads and stores of y that four calls of pm_add would take. */
static inline void pm_add_rows(double *PM_RESTRICT y, double scale, const double *a,
                               const double *x, size_t stride, size_t n)
{
    const double *PM_RESTRICT x0 = x, *PM_RESTRICT x1 = x0 + stride, *PM_RESTRICT x2 = x1 + stride,
                              *PM_RESTRICT x3 = x2 + stride;
    const double a0 = scale * a[0], a1 = scale * a[stride];
    const double a2 = scale * a[2 * stride], a3 = scale * a[3 * stride];

    for (size_t i = 0; i < n; ++i) {
        y[i] += (a0 * x0[i] + a1 * x1[i]) + (a2 * x2[i] + a3 * x3[i]);
    }
}

/* d = scale (d + a v); returns d'w.  One pass over memory instead of three. */
static inline double pm_add_dot(double *PM_RESTRICT d, double scale, double a,
                                const double *PM_RESTRICT v, const double *PM_RESTRICT w, size_t n)
{
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        const double d0 = scale * (d[i] + a * v[i]), d1 = scale * (d[i + 1] + a * v[i + 1]);
        const double d2 = scale * (d[i + 2] + a * v[i + 2]), d3 = scale * (d[i + 3] + a * v[i + 3]);
        d[i] = d0;
        d[i + 1] = d1;
        d[i + 2] = d2;
        d[i + 3] = d3;
        s0 += d0 * w[i];
        s1 += d1 * w[i + 1];
        s2 += d2 * w[i + 2];
        s3 += d3 * w[i + 3];
    }
    for (; i < n; ++i) {
        d[i] = scale * (d[i] + a * v[i]);
        s0 += d[i] * w[i];
    }
    return (s0 + s2) + (s1 + s3);
}

/* to = x + t d; returns g'(to - x), the product with the step as it was rounded. */
static inline double pm_move_dot(double *PM_RESTRICT to, const double *PM_RESTRICT x, double t,
                                 const double *PM_RESTRICT d, const double *PM_RESTRICT g, size_t n)
{
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        const double x0 = x[i] + t * d[i], x1 = x[i + 1] + t * d[i + 1];
        const double x2 = x[i + 2] + t * d[i + 2], x3 = x[i + 3] + t * d[i + 3];
        to[i] = x0;
        to[i + 1] = x1;
        to[i + 2] = x2;
        to[i + 3] = x3;
        s0 += g[i] * (x0 - x[i]);
        s1 += g[i + 1] * (x1 - x[i + 1]);
        s2 += g[i + 2] * (x2 - x[i + 2]);
        s3 += g[i + 3] * (x3 - x[i + 3]);
    }
    for (; i < n; ++i) {
        to[i] = x[i] + t * d[i];
        s0 += g[i] * (to[i] - x[i]);
    }
    return (s0 + s2) + (s1 + s3);
}

/* Used instead of fmax and fmin, which the compiler does not inline because of their rules for NaN.
 */
static inline double pm_larger(double a, double b)
{
    return a > b ? a : b;
}

static inline double pm_smaller(double a, double b)
{
    return a < b ? a : b;
}

/* Largest |x_i|. */
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

static inline bool pm_is_finite(const double *x, size_t n)
{
    bool finite = true;
    for (size_t i = 0; i < n; ++i) {
        finite = finite && isfinite(x[i]);
    }
    return finite;
}

/* Whether a sum of squares is accurate: it has not overflowed, and is so large that terms that
 * underflowed do not matter. */
static inline bool pm_is_whole(double square)
{
    return square >= DBL_MIN / DBL_EPSILON && square < HUGE_VAL;
}

/* Length of (x, y): hypot takes five times as long. */
static inline double pm_hypot(double x, double y)
{
    const double square = x * x + y * y;
    return pm_is_whole(square) ? sqrt(square) : hypot(x, y);
}

/* Length of x, also where its square overflows or underflows. */
static inline double pm_norm(const double *x, size_t n)
{
    const double square = pm_dot(x, x, n);
    if (pm_is_whole(square)) {
        return sqrt(square);
    }
    const double largest = pm_largest(x, n);
    if (!(largest > 0.0 && largest < HUGE_VAL)) {
        return sqrt(square); /* 0, infinite, or not a number */
    }
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum += (x[i] / largest) * (x[i] / largest);
    }
    return largest * sqrt(sum);
}

#endif
