/* The quadratic that is fitted to values, and its lowest point. */
#include "test.h"

#include "methods/global/cmaes/quadratic.h"
#include "base/rng.h"
#include "base/vectors.h"

#include <math.h>
#include <stdlib.h>

enum { POINTS = 9 };

/* Points of two variables that determine all six terms. */
static const double Z[POINTS][2] = {{0, 0},   {1, 0},    {-1, 0.5}, {0.25, 1}, {0, -1},
                                    {2, 0.5}, {0.5, -2}, {-1, -1},  {1, 1}};

/* 3 + (2, -1)'z + z'((4, m), (m, 1))z / 2 */
static double curved(const double *z, double m)
{
    return 3.0 + 2.0 * z[0] - z[1] + 0.5 * (4.0 * z[0] * z[0] + z[1] * z[1]) + m * z[0] * z[1];
}

static void *made(pm_quadratic *q, size_t n)
{
    pm_arena measure = {0};
    pm_quadratic_layout(q, &measure, n, true);
    void *block = calloc(1, measure.used);
    pm_arena place = {.block = block};
    pm_quadratic_layout(q, &place, n, true);
    return block;
}

static bool fitted(pm_quadratic *q, size_t count, bool mixed, double m)
{
    pm_quadratic_begin(q, mixed);
    for (size_t k = 0; k < count; ++k) {
        pm_quadratic_add(q, Z[k], curved(Z[k], m));
    }
    return pm_quadratic_fit(q);
}

static void check_derivatives(const pm_quadratic *q, double m)
{
    const double H[] = {4.0, m, m, 1.0};
    CHECK_NEAR(q->c, 3.0, 1e-12);
    CHECK_NEAR(q->g[0], 2.0, 1e-12);
    CHECK_NEAR(q->g[1], -1.0, 1e-12);
    for (size_t i = 0; i < 4; ++i) {
        CHECK_NEAR(q->H[i], H[i], 1e-12);
    }
}

static void it_finds_the_derivatives(void)
{
    pm_quadratic q = {0};
    void *block = made(&q, 2);
    const double z[] = {-0.7, 3.0};
    CHECK(pm_quadratic_terms(2, true) == 6 && pm_quadratic_terms(2, false) == 5);
    CHECK(pm_quadratic_terms(10, true) == 66 && pm_quadratic_terms(10, false) == 21);
    CHECK(fitted(&q, POINTS, true, 0.5));
    check_derivatives(&q, 0.5);
    CHECK_NEAR(pm_quadratic_value(&q, z), curved(z, 0.5), 1e-12);
    CHECK(fitted(&q, 6, true, -1.5));
    check_derivatives(&q, -1.5);
    CHECK(!fitted(&q, 5, true, 0.5)); /* six unknowns */
    check_derivatives(&q, -1.5);      /* what was fitted before stays */
    CHECK(fitted(&q, 5, false, 0.0));
    check_derivatives(&q, 0.0);
    CHECK(!fitted(&q, 4, false, 0.0));
    free(block);
}

/* In four variables there is a product of every kind: z_i z_j times z_k z_l with all of them equal,
 * some, or none. */
static void it_finds_those_of_more_variables(void)
{
    enum { N = 4, COUNT = 23 };
    const double g[N] = {1.0, -2.0, 0.5, 4.0};
    const double H[N][N] = {{3.0, 1.0, -0.5, 2.0},
                            {1.0, 5.0, 0.25, -3.0},
                            {-0.5, 0.25, 2.0, 7.0},
                            {2.0, -3.0, 7.0, 1.0}};
    const uint64_t key[] = {1, 2};
    pm_rng r = pm_rng_stream(key, 0);
    pm_quadratic q = {0};
    void *block = made(&q, N);

    pm_quadratic_begin(&q, true);
    for (size_t k = 0; k < COUNT; ++k) {
        double z[N], f = -6.0;
        pm_rng_normals(&r, z, N);
        for (size_t i = 0; i < N; ++i) {
            f += z[i] * (g[i] + 0.5 * pm_dot(H[i], z, N));
        }
        pm_quadratic_add(&q, z, f);
    }
    CHECK(pm_quadratic_fit(&q));
    CHECK_NEAR(q.c, -6.0, 1e-11);
    for (size_t i = 0; i < N; ++i) {
        CHECK_NEAR(q.g[i], g[i], 1e-11);
        for (size_t j = 0; j < N; ++j) {
            CHECK_NEAR(q.H[i * N + j], H[i][j], 1e-11);
        }
    }
    free(block);
}

/* Of H = ((4, 1), (1, 1)) and g = (2, -1): H z = -g at (-1, 2). */
static void its_lowest_point(void)
{
    pm_quadratic q = {0};
    void *block = made(&q, 2);
    const double from[] = {-1.0, 1.0}, bottom[] = {-1.0, 2.0};
    double step[2];
    CHECK(fitted(&q, POINTS, true, 1.0));
    CHECK(pm_quadratic_lowest(&q, from, 10.0, step));
    CHECK_NEAR(step[0], 0.0, 1e-11);
    CHECK_NEAR(step[1], 1.0, 1e-11);
    CHECK(pm_quadratic_lowest(&q, from, 0.25, step));
    const double near[] = {from[0] + step[0], from[1] + step[1]};
    CHECK(hypot(step[0], step[1]) <= 0.25 && hypot(step[0], step[1]) > 0.1);
    CHECK(pm_quadratic_value(&q, near) < pm_quadratic_value(&q, from) - 0.04);
    CHECK(pm_quadratic_value(&q, near) > pm_quadratic_value(&q, bottom));
    free(block);
}

/* With m = 3 it falls without end along one line; the slope at (0, 0) is (2, -1). */
static void a_saddle_is_left_as_far_as_it_may(void)
{
    pm_quadratic q = {0};
    void *block = made(&q, 2);
    const double from[] = {0.0, 0.0};
    double step[2];
    CHECK(fitted(&q, POINTS, true, 3.0));
    CHECK(pm_quadratic_lowest(&q, from, 2.0, step));
    CHECK(hypot(step[0], step[1]) <= 2.0 && hypot(step[0], step[1]) > 0.5);
    CHECK(pm_quadratic_value(&q, step) < 3.0 - 1.0);
    q.g[0] = q.g[1] = q.H[0] = q.H[1] = q.H[2] = q.H[3] = 0.0;
    CHECK(!pm_quadratic_lowest(&q, from, 2.0, step)); /* level */
    free(block);
}

void test_quadratic(void)
{
    it_finds_the_derivatives();
    it_finds_those_of_more_variables();
    its_lowest_point();
    a_saddle_is_left_as_far_as_it_may();
}
