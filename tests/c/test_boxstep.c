/* Steps to the minimum of a quadratic on a box. */
#include "test.h"

#include "methods/derivative_free/boxstep.h"
#include "base/rng.h"
#include "base/vectors.h"

#include <math.h>
#include <string.h>

enum { N = 6 };

static double p[N], Bp[N], q[N], Bq[N];
static const pm_task alone = {0}; /* nobody calls it off */
static pm_boxstep work = {.p = p, .Bp = Bp, .q = q, .Bq = Bq};

static void the_hessian_is_the_sum_of_its_parts(void)
{
    const double H[] = {2, 1, 1, 3}, w[] = {0.5}, y[] = {1, 2}, v[] = {1, 1};
    const pm_hessian B = {.task = &alone, .n = 2, .m = 1, .H = H, .w = w, .y = y};
    double Bv[2];

    pm_hessian_times(&B, v, Bv); /* (3, 4) + 1/2 3 (1, 2) */
    CHECK(Bv[0] == 4.5 && Bv[1] == 7.0);
}

/* (d_0 - 1)^2 + 4 (d_1 - 1)^2 */
static void a_bowl_on_boxes(void)
{
    const double H[] = {2, 0, 0, 8}, low[] = {-5, -5}, wide[] = {5, 5}, narrow[] = {0.5, 5};
    const pm_hessian B = {.task = &alone, .n = 2, .H = H};
    double d[] = {0, 0}, r[] = {-2, -8};

    CHECK(pm_boxstep_descend(&work, &B, low, wide, d, r) > 0.0);
    CHECK_NEAR(d[0], 1.0, 1e-12);
    CHECK_NEAR(d[1], 1.0, 1e-12);
    CHECK_NEAR(r[0], 0.0, 1e-12);

    d[0] = d[1] = 0.0;
    r[0] = -2.0;
    r[1] = -8.0;
    CHECK(pm_boxstep_descend(&work, &B, low, narrow, d, r) == 0.0); /* a side was met */
    CHECK(d[0] == 0.5);
    CHECK_NEAR(d[1], 1.0, 1e-12);
}

/* |d - 2|^2 on the unit box: the way to the minimum, bent at the sides, ends in the corner at once.
 * With a steep valley across it the bent way leads up: the first side is where it ends, and the
 * minimum is found along that. */
static void a_way_is_bent_where_that_leads_lower(void)
{
    const double H[] = {2, 0, 0, 2}, low[] = {0, 0}, high[] = {1, 1};
    const pm_hessian B = {.task = &alone, .n = 2, .H = H};
    double d[] = {0, 0}, r[] = {-4, -8};

    CHECK(pm_boxstep_descend(&work, &B, low, high, d, r) == 0.0);
    CHECK(d[0] == 1.0 && d[1] == 1.0);
    CHECK(r[0] == -2.0 && r[1] == -6.0);

    const double valley[] = {2, -4, -4, 20};
    const pm_hessian V = {.task = &alone, .n = 2, .H = valley};
    const double near_side[] = {4, 0.125};
    d[0] = d[1] = 0.0;
    r[0] = -1.0;
    r[1] = -2.0;
    CHECK(pm_boxstep_descend(&work, &V, low, near_side, d, r) == 0.0);
    CHECK(d[1] == 0.125);
    CHECK_NEAR(d[0], 0.75, 1e-12);
}

/* -d^2 + d / 10: downhill to the left, and on to the side. */
static void negative_curvature_leads_to_the_side(void)
{
    const double H[] = {-2}, low[] = {-3}, high[] = {4};
    const pm_hessian B = {.task = &alone, .n = 1, .H = H};
    double d = 0.0, r = 0.1;

    CHECK(pm_boxstep_descend(&work, &B, low, high, &d, &r) == 0.0);
    CHECK(d == -3.0);
    CHECK_NEAR(r, 6.1, 1e-12);
}

/* On random quadratics, convex or not: never up, never out, and what is left of the slope, at the
 * sides that hold, is a hundredth. */
static void whatever_the_quadratic(void)
{
    const uint64_t key[2] = {5, 7};
    pm_rng rng = pm_rng_stream(key, 0);

    for (int k = 0; k < 500; ++k) {
        double H[N * N], low[N], high[N], d[N] = {0}, g[N], r[N], Bd[N];
        double first = 0.0, left = 0.0;
        const double shift = k % 2 == 0 ? 6.0 : 0.0;
        for (size_t i = 0; i < N; ++i) {
            for (size_t j = 0; j <= i; ++j) {
                H[i * N + j] = H[j * N + i] = pm_rng_normal(&rng) + (i == j ? shift : 0.0);
            }
            g[i] = r[i] = 3.0 * pm_rng_normal(&rng);
            low[i] = k % 3 == 0 ? 0.0 : -pm_rng_uniform(&rng);
            high[i] = 2.0 * pm_rng_uniform(&rng);
        }
        const pm_hessian B = {.task = &alone, .n = N, .H = H};
        for (size_t i = 0; i < N; ++i) {
            first += (g[i] > 0.0 && low[i] == 0.0) ? 0.0 : g[i] * g[i];
        }
        pm_boxstep_descend(&work, &B, low, high, d, r);
        pm_hessian_times(&B, d, Bd);
        for (size_t i = 0; i < N; ++i) {
            CHECK(low[i] <= d[i] && d[i] <= high[i]);
            CHECK_NEAR(r[i], g[i] + Bd[i], 1e-9);
            left += (d[i] == low[i] && r[i] > 0.0) || (d[i] == high[i] && r[i] < 0.0) ? 0.0
                                                                                      : r[i] * r[i];
        }
        CHECK(pm_dot(g, d, N) + 0.5 * pm_dot(d, Bd, N) <= 0.0);
        CHECK(left <= 1e-4 * first);
    }
}

void test_boxstep(void)
{
    the_hessian_is_the_sum_of_its_parts();
    a_bowl_on_boxes();
    a_way_is_bent_where_that_leads_lower();
    negative_curvature_leads_to_the_side();
    whatever_the_quadratic();
}
