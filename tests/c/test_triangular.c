/* The factor U of a matrix U'U: held against the matrix written out. */
#include "test.h"

#include "base/rng.h"
#include "methods/gradient/triangular.h"

#include <math.h>
#include <string.h>

enum { MOST = 7 };

static const pm_task alone = {0}; /* nobody calls it off */

static void draw(double *x, size_t count, uint64_t stream)
{
    const uint64_t key[2] = {3, 4};
    pm_rng rng = pm_rng_stream(key, stream);
    pm_rng_normals(&rng, x, count);
}

static void draw_upper(double *U, size_t n)
{
    draw(U, n * n, n);
    for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < i; ++j) {
            U[i * n + j] = 0.0;
        }
    }
}

/* Entry i, j of A'A. */
static double square(const double *A, size_t n, size_t i, size_t j)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; ++k) {
        sum += A[k * n + i] * A[k * n + j];
    }
    return sum;
}

static void it_multiplies_and_solves(size_t n)
{
    double U[MOST * MOST], x[MOST], Ux[MOST], Bx[MOST], scratch[MOST];

    draw_upper(U, n);
    draw(x, n, 100 + n);
    pm_upper_times(&alone, U, x, Ux, n);
    pm_upper_transposed_times(&alone, U, Ux, Bx, n);
    for (size_t i = 0; i < n; ++i) {
        double sum = 0.0;
        for (size_t j = 0; j < n; ++j) {
            sum += square(U, n, i, j) * x[j];
        }
        CHECK_NEAR(Bx[i], sum, 1e-12 * (1.0 + fabs(sum)));
    }
    pm_upper_solve(&alone, U, Bx, scratch, n, n);
    for (size_t i = 0; i < n; ++i) {
        CHECK_NEAR(Bx[i], x[i], 1e-7);
    }
}

static void an_outer_product_is_added(size_t n)
{
    double U[MOST * MOST], A[MOST * MOST], t[MOST], v[MOST], scratch[MOST], length = 0.0;

    draw_upper(U, n);
    draw(t, n, 200 + n);
    draw(v, n, 300 + n);
    for (size_t i = 0; i < n; ++i) {
        length += t[i] * t[i];
    }
    for (size_t i = 0; i < n; ++i) {
        t[i] /= sqrt(length);
        for (size_t j = 0; j < n; ++j) {
            A[i * n + j] = U[i * n + j] + t[i] * v[j];
        }
    }
    pm_upper_add(&alone, U, t, v, scratch, n);
    for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j) {
            CHECK(j >= i || U[i * n + j] == 0.0);
            CHECK_NEAR(square(U, n, i, j), square(A, n, i, j), 1e-12 * (double)n * (double)n);
        }
    }
}

/* Of every other row and column. */
static void a_part_has_a_factor_of_its_own(size_t n)
{
    double U[MOST * MOST], R[MOST * MOST];
    size_t columns[MOST], k = 0;

    draw_upper(U, n);
    for (size_t i = 1; i < n; i += 2) {
        columns[k++] = i;
    }
    pm_upper_columns(&alone, U, columns, k, R, n);
    for (size_t i = 0; i < k; ++i) {
        for (size_t j = i; j < k; ++j) {
            double sum = 0.0;
            for (size_t h = 0; h <= i; ++h) {
                sum += R[h * n + i] * R[h * n + j];
            }
            CHECK_NEAR(sum, square(U, n, columns[i], columns[j]), 1e-12);
        }
    }
}

/* U'U H = 1. */
static void a_factor_of_the_inverse(size_t n)
{
    double A[MOST * MOST], H[MOST * MOST], U[MOST * MOST], scratch[MOST];

    draw(A, n * n, 200 + n);
    for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j) {
            H[i * n + j] = square(A, n, i, j) + (i == j ? 0.1 : 0.0);
        }
    }
    CHECK(pm_upper_of_inverse(U, H, scratch, n));
    for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j) {
            double sum = 0.0;
            for (size_t k = 0; k < n; ++k) {
                sum += square(U, n, i, k) * H[k * n + j];
            }
            CHECK_NEAR(sum, i == j ? 1.0 : 0.0, 1e-10);
            CHECK(j >= i || U[i * n + j] == 0.0);
        }
    }
    H[n * n - 1] = -1.0;
    CHECK(!pm_upper_of_inverse(U, H, scratch, n));
    H[n * n - 1] = NAN;
    CHECK(!pm_upper_of_inverse(U, H, scratch, n));
}

void test_triangular(void)
{
    for (size_t n = 1; n <= MOST; ++n) {
        it_multiplies_and_solves(n);
        an_outer_product_is_added(n);
        a_part_has_a_factor_of_its_own(n);
        a_factor_of_the_inverse(n);
    }
}
