/* Crossover: each operator against its formula, and the means and covariances its paper promises.
 * Moments of 40000 children are off by five standard errors with probability 6e-7 each. */
#include "base/arena.h"
#include "methods/global/genetic/crossover.h"
#include "run.h"

#include <stdlib.h>

enum { MOST = 8, CHILDREN = 40000 };

static const double far_lower[MOST] = {-1e3, -1e3, -1e3, -1e3, -1e3, -1e3, -1e3, -1e3};
static const double far_upper[MOST] = {1e3, 1e3, 1e3, 1e3, 1e3, 1e3, 1e3, 1e3};

static void *placed(pm_crossover *c, size_t n)
{
    pm_arena arena = {0};
    pm_crossover_layout(c, &arena, n);
    void *block = calloc(1, arena.used + 1);
    arena = (pm_arena){.block = block};
    pm_crossover_layout(c, &arena, n);
    return block;
}

static pm_crossover operators(const double *lower, const double *upper)
{
    return (pm_crossover){.eta = 2.0, .alpha = 0.5, .spread = 1.0, .lower = lower, .upper = upper};
}

/* ------------------------------------------------------------------------ gene by gene -------- */

/* Deb & Agrawal 1995: children are `beta` times as far apart as their parents, and as much of the
 * distribution as lies beyond the nearer wall, alpha = 2 - room^-(eta + 1), is cut off. */
static double beta(double u, double eta, double room)
{
    const double alpha = 2.0 - pow(room, -(eta + 1.0));
    return u <= 1.0 / alpha ? pow(u * alpha, 1.0 / (eta + 1.0))
                            : pow(1.0 / (2.0 - u * alpha), 1.0 / (eta + 1.0));
}

static void sbx_follows_its_formula(double lower, double upper, double eta)
{
    const double x[] = {0.3, 0.8, -0.4, 0.6, 0.3, 0.1}, low[] = {lower, lower, lower},
                 high[] = {upper, upper, upper};
    const size_t parents[] = {0, 1};
    pm_rng words = pm_rng_stream(key, 3), rng = words;
    pm_crossover c = operators(low, high);
    c.eta = eta;
    void *block = placed(&c, 3);

    for (size_t k = 0; k < 200; ++k) {
        double child[3];
        pm_cross(&c, PM_CROSS_SBX, x, parents, 2, &rng, child);
        uint64_t bits = pm_rng_word(&words);
        for (size_t i = 0; i < 3; ++i, bits >>= 2) {
            const double a = x[i], b = x[3 + i], spread = fabs(a - b);
            if ((bits & 1) == 0) {
                CHECK(child[i] == a);
                continue;
            }
            const double wall = fmin(fmin(a, b) - lower, upper - fmax(a, b));
            const double half =
                0.5 * spread * beta(pm_rng_uniform(&words), eta, 1.0 + 2.0 * wall / spread);
            CHECK_NEAR(child[i], 0.5 * (a + b) + ((bits & 2) != 0 ? half : -half), 1e-13);
        }
    }
    free(block);
}

static void blend_arithmetic_and_uniform_follow_their_formulas(void)
{
    const double x[] = {0.0, 10.0, 2.0, 5.0};
    const size_t parents[] = {0, 1};
    pm_rng words = pm_rng_stream(key, 4), rng = words;
    pm_crossover c = operators(far_lower, far_upper);
    void *block = placed(&c, 2);
    double child[2];

    for (size_t k = 0; k < 50; ++k) {
        pm_cross(&c, PM_CROSS_BLEND, x, parents, 2, &rng, child);
        CHECK_NEAR(child[0], -1.0 + 4.0 * pm_rng_uniform(&words), 1e-13); /* 0 .. 2 and 0.5 of it */
        CHECK_NEAR(child[1], 12.5 - 10.0 * pm_rng_uniform(&words), 1e-13);
        pm_cross(&c, PM_CROSS_ARITHMETIC, x, parents, 2, &rng, child);
        const double t = pm_rng_uniform(&words);
        CHECK_NEAR(child[0], 2.0 * t, 1e-13);
        CHECK_NEAR(child[1], 10.0 - 5.0 * t, 1e-13);
        pm_cross(&c, PM_CROSS_UNIFORM, x, parents, 2, &rng, child);
        const uint64_t bits = pm_rng_word(&words);
        CHECK(child[0] == ((bits & 1) != 0 ? 2.0 : 0.0));
        CHECK(child[1] == ((bits & 2) != 0 ? 5.0 : 10.0));
    }
    c.alpha = 0.0;
    pm_cross(&c, PM_CROSS_BLEND, x, parents, 2, &rng, child);
    CHECK_NEAR(child[0], 2.0 * pm_rng_uniform(&words), 1e-13);
    free(block);
}

/* -------------------------------------------------------------------------- as vectors -------- */

/* Of children in the plane: means and the covariances xx, xy, yy. */
static void moments(pm_crossover_kind kind, const double *x, size_t count, double spread,
                    double *mean, double *covariance)
{
    const size_t parents[] = {0, 1, 2, 3};
    pm_rng rng = pm_rng_stream(key, 5);
    pm_crossover c = operators(far_lower, far_upper);
    c.spread = spread;
    void *block = placed(&c, 2);
    double sum[5] = {0};

    for (size_t k = 0; k < CHILDREN; ++k) {
        double y[2];
        pm_cross(&c, kind, x, parents, count, &rng, y);
        sum[0] += y[0] / CHILDREN;
        sum[1] += y[1] / CHILDREN;
        sum[2] += y[0] * y[0] / CHILDREN;
        sum[3] += y[0] * y[1] / CHILDREN;
        sum[4] += y[1] * y[1] / CHILDREN;
    }
    memcpy(mean, sum, 2 * sizeof *mean);
    covariance[0] = sum[2] - sum[0] * sum[0];
    covariance[1] = sum[3] - sum[0] * sum[1];
    covariance[2] = sum[4] - sum[1] * sum[1];
    free(block);
}

/* Variances of a bounded variate are off by less than a hundredth of the largest one. */
static void check_moments(const double *mean, const double *covariance, const double *m,
                          const double *v)
{
    const double largest = fmax(v[0], v[2]);
    for (size_t i = 0; i < 2; ++i) {
        CHECK_NEAR(mean[i], m[i], 5.0 * sqrt(largest / CHILDREN));
    }
    for (size_t i = 0; i < 3; ++i) {
        CHECK_NEAR(covariance[i], v[i], 0.03 * largest);
    }
}

/* Three parents at (0, 0), (4, 0), (2, 3): mean (2, 1), sums of squares 8, 0 and 6. */
static const double triangle[] = {0.0, 0.0, 4.0, 0.0, 2.0, 3.0};

/* Tsutsui et al.: the covariance of the children is that of the parents, divisor m. */
static void simplex_keeps_mean_and_covariance(void)
{
    double mean[2], covariance[3];
    moments(PM_CROSS_SIMPLEX, triangle, 3, 1.0, mean, covariance);
    check_moments(mean, covariance, (double[]){2.0, 1.0}, (double[]){8.0 / 3.0, 0.0, 2.0});
    moments(PM_CROSS_SIMPLEX, triangle, 3, 0.5, mean, covariance);
    check_moments(mean, covariance, (double[]){2.0, 1.0}, (double[]){2.0 / 3.0, 0.0, 0.5});
}

/* The vertices, moved away from the mean by sqrt(4) = 2, are (-2, -1), (6, -1) and (2, 5). */
static void simplex_follows_its_formula(void)
{
    const size_t parents[] = {0, 1, 2};
    const double Y[3][2] = {{-2.0, -1.0}, {6.0, -1.0}, {2.0, 5.0}};
    pm_rng words = pm_rng_stream(key, 6), rng = words;
    pm_crossover c = operators(far_lower, far_upper);
    void *block = placed(&c, 2);

    for (size_t k = 0; k < 50; ++k) {
        double child[2];
        pm_cross(&c, PM_CROSS_SIMPLEX, triangle, parents, 3, &rng, child);
        const double r0 = pm_rng_uniform(&words), r1 = sqrt(pm_rng_uniform(&words));
        for (size_t i = 0; i < 2; ++i) {
            const double C1 = r0 * (Y[0][i] - Y[1][i]);
            CHECK_NEAR(child[i], Y[2][i] + r1 * (Y[1][i] - Y[2][i] + C1), 1e-13);
        }
    }
    free(block);
}

/* Around the first parent; the covariance is that of the parents, divisor m - 1. */
static void ensemble_keeps_the_covariance(void)
{
    double mean[2], covariance[3];
    moments(PM_CROSS_ENSEMBLE, triangle, 3, 1.0, mean, covariance);
    check_moments(mean, covariance, (double[]){0.0, 0.0}, (double[]){4.0, 0.0, 3.0});
    moments(PM_CROSS_ENSEMBLE, triangle, 3, 2.0, mean, covariance);
    check_moments(mean, covariance, (double[]){0.0, 0.0}, (double[]){16.0, 0.0, 12.0});
}

/* d leads from the mean (2, 1) to (0, 0): d = -(2, 1), |d|^2 = 5.  Across it lie (4, 0) by 4 / sqrt
 * 5 and (2, 3) by 4 / sqrt 5: D^2 = 16 / 5.  With s^2 = 1.44 / 2 the covariance is s^2 d d^T along
 * d and s^2 D^2 (1, -2)(1, -2)^T / 5 across. */
static void parent_centric_spreads_along_and_across(void)
{
    const double s2 = 0.72, across = 16.0 / 25.0;
    const double expected[] = {s2 * (4.0 + across), s2 * (2.0 - 2.0 * across),
                               s2 * (1.0 + 4.0 * across)};
    double mean[2], covariance[3];
    moments(PM_CROSS_PARENT_CENTRIC, triangle, 3, 1.0, mean, covariance);
    check_moments(mean, covariance, (double[]){0.0, 0.0}, expected);
}

/* Parents in line have their children in line, for all three. */
static void vectors_stay_in_the_span_of_the_parents(void)
{
    const double x[] = {1.0, 2.0, 3.0, 2.0, 4.0, 6.0, -1.0, -2.0, -3.0};
    const size_t parents[] = {0, 1, 2};
    pm_rng rng = pm_rng_stream(key, 6);
    pm_crossover c = operators(far_lower, far_upper);
    void *block = placed(&c, 3);
    for (size_t k = 0; k < 60; ++k) {
        double y[3];
        pm_cross(&c, (pm_crossover_kind)(PM_CROSS_SIMPLEX + (int)(k % 3)), x, parents, 3, &rng, y);
        CHECK_NEAR(y[1], 2.0 * y[0], 1e-6);
        CHECK_NEAR(y[2], 3.0 * y[0], 1e-6);
    }
    free(block);
}

/* Parents at the walls of a small box, and every operator: all children are inside. */
static void children_stay_in_the_box(void)
{
    const double x[] = {0.0, 1.0, 1.0, 1.0, 0.0, 0.0}, lower[] = {0.0, 0.0}, upper[] = {1.0, 1.0};
    const size_t parents[] = {0, 1, 2};
    pm_rng rng = pm_rng_stream(key, 6);
    pm_crossover c = operators(lower, upper);
    c.spread = 10.0;
    void *block = placed(&c, 2);
    for (int kind = PM_CROSS_SBX; kind <= PM_CROSS_ENSEMBLE; ++kind) {
        const size_t count = pm_crossover_parents((pm_crossover_kind)kind, 2, 3);
        for (size_t k = 0; k < 200; ++k) {
            double y[2];
            pm_cross(&c, (pm_crossover_kind)kind, x, parents, count, &rng, y);
            CHECK(y[0] >= 0.0 && y[0] <= 1.0 && y[1] >= 0.0 && y[1] <= 1.0);
        }
    }
    free(block);
}

static void operators_take_as_many_parents_as_there_are(void)
{
    CHECK(pm_crossover_parents(PM_CROSS_SBX, 10, 30) == 2);
    CHECK(pm_crossover_parents(PM_CROSS_PARENT_CENTRIC, 10, 30) == 3);
    CHECK(pm_crossover_parents(PM_CROSS_ENSEMBLE, 10, 30) == 11);
    CHECK(pm_crossover_parents(PM_CROSS_SIMPLEX, 10, 7) == 7);
    CHECK(pm_crossover_parents(PM_CROSS_SBX, 10, 1) == 1);
}

void test_crossover(void)
{
    sbx_follows_its_formula(-1.0, 1.0, 2.0);
    sbx_follows_its_formula(-0.4, 0.8, 15.0);
    sbx_follows_its_formula(-HUGE_VAL, HUGE_VAL, 2.0);
    blend_arithmetic_and_uniform_follow_their_formulas();
    simplex_keeps_mean_and_covariance();
    simplex_follows_its_formula();
    ensemble_keeps_the_covariance();
    parent_centric_spreads_along_and_across();
    vectors_stay_in_the_span_of_the_parents();
    children_stay_in_the_box();
    operators_take_as_many_parents_as_there_are();
}
