/* The Cholesky factor, and the two halves of a solution. */
#include "test.h"

#include "base/cholesky.h"

#include <math.h>
#include <string.h>

enum { MOST = 11 }; /* two panels of four columns, and three more */

/* A lower triangle that is far from diagonal. */
static double entry(size_t i, size_t j)
{
    return i == j ? 2.0 + 0.5 * (double)i : 1.0 / (double)(1 + i + 2 * j) - 0.25;
}

/* L L' of the first m rows; what is above the diagonal is not to be read. */
static void multiply(double *a, size_t m)
{
    for (size_t i = 0; i < m; ++i) {
        for (size_t j = 0; j < m; ++j) {
            a[i * m + j] = j <= i ? 0.0 : NAN;
            for (size_t k = 0; k <= j && j <= i; ++k) {
                a[i * m + j] += entry(i, k) * entry(j, k);
            }
        }
    }
}

static void it_finds_the_factor(void)
{
    double a[MOST * MOST];

    for (size_t m = 1; m <= MOST; ++m) {
        multiply(a, m);
        CHECK(pm_cholesky(a, m));
        for (size_t i = 0; i < m; ++i) {
            for (size_t j = 0; j <= i; ++j) {
                CHECK_NEAR(a[i * m + j], entry(i, j), 1e-14);
            }
        }
    }
}

/* L L' x = b, of which b is made from an x. */
static void its_halves_solve(void)
{
    double a[MOST * MOST], L[MOST * MOST], b[MOST] = {0};

    multiply(a, MOST);
    memcpy(L, a, sizeof L);
    CHECK(pm_cholesky(L, MOST));
    for (size_t i = 0; i < MOST; ++i) {
        for (size_t j = 0; j < MOST; ++j) {
            b[i] += a[i >= j ? i * MOST + j : j * MOST + i] * (1.0 + (double)j);
        }
    }
    pm_cholesky_forward(L, MOST, b);
    pm_cholesky_backward(L, MOST, b);
    for (size_t i = 0; i < MOST; ++i) {
        CHECK_NEAR(b[i], 1.0 + (double)i, 1e-12);
    }
}

/* Wherever the first pivot is that is negative, nothing but rounding, or not a number. */
static void it_refuses_what_is_not_positive_definite(void)
{
    double a[MOST * MOST];

    for (size_t k = 0; k < MOST; ++k) {
        double *diagonal = a + k * MOST + k, before = 0.0;
        for (size_t j = 0; j < k; ++j) {
            before += entry(k, j) * entry(k, j);
        }
        const double refused[] = {before - 0.1, before, NAN};
        for (size_t kind = 0; kind < 3; ++kind) {
            multiply(a, MOST);
            *diagonal = refused[kind];
            CHECK(!pm_cholesky(a, MOST));
        }
    }
}

void test_cholesky(void)
{
    it_finds_the_factor();
    its_halves_solve();
    it_refuses_what_is_not_positive_definite();
}
