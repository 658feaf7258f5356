/* What the tests minimise. */
#ifndef PM_TEST_FUNCTIONS_H
#define PM_TEST_FUNCTIONS_H

#include <math.h>
#include <stddef.h>

typedef double function(const double *x, size_t n);

static inline double constant(const double *x, size_t n)
{
    (void)x;
    (void)n;
    return 1.0;
}

/* Optimum 0 at 0.7. */
static inline double bowl(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum += (x[i] - 0.7) * (x[i] - 0.7);
    }
    return sum;
}

/* The function of L. A. Rastrigin (1974): 11^n local minima in its usual box, the lowest, 0, here
 * at 0.7. */
static inline double rastrigin(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        const double z = x[i] - 0.7;
        sum += z * z + 10.0 - 10.0 * cos(6.283185307179586 * z);
    }
    return sum;
}

/* Finite only in a tenth of the range of each variable. */
static inline double hole(const double *x, size_t n)
{
    return fabs(x[0] + 3.0) < 0.5 && fabs(x[1] - 2.0) < 0.5 ? bowl(x, n) : HUGE_VAL;
}

/* Of three variables: two valleys and a cross term; with its gradient, if there is room for it. */
static inline double two_valleys(const double *x, double *g)
{
    const double a = x[0] * x[0] - 1.0, b = x[1] + x[0], c = x[2] - 0.25;
    if (g != NULL) {
        g[0] = 4.0 * a * x[0] + 2.0 * b + 0.1;
        g[1] = 2.0 * b;
        g[2] = 6.0 * c;
    }
    return a * a + b * b + 3.0 * c * c + 0.1 * x[0];
}

#endif
