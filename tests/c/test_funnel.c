/* The trend of a landscape of minima: what the model is, and what is proposed. */
#include "test.h"

#include "methods/global/multistart/funnel.h"
#include "jacobi.h"

#include <stdlib.h>
#include <string.h>

enum { N = 2, DRAWN = 12 };

static pm_funnel begun(size_t n, double lambda, void **block)
{
    static pm_task task;
    pm_funnel s = {0};
    pm_arena measure = {0};
    task = (pm_task){.n = n, .linalg = &jacobi};
    pm_funnel_layout(&s, &measure, &task);
    *block = calloc(1, measure.used);
    pm_arena place = {.block = *block};
    pm_funnel_layout(&s, &place, &task);
    pm_funnel_begin(&s, lambda);
    return s;
}

static pm_rng stream(uint64_t which)
{
    const uint64_t key[2] = {7, 8};
    return pm_rng_stream(key, which);
}

/* A turned bowl with its bottom, -3, at (0.3, 0.6). */
static double bowl(const double *x)
{
    const double a = x[0] - 0.3, b = x[1] - 0.6;
    return -3.0 + 2.0 * a * a + a * b + 0.5 * b * b;
}

static void add_minima(pm_funnel *s, size_t count, double f(const double *x))
{
    pm_rng rng = stream(0);
    for (size_t k = 0; k < count; ++k) {
        const double x[N] = {pm_rng_uniform(&rng), pm_rng_uniform(&rng)};
        pm_funnel_add(s, x, f(x));
    }
}

/* Six minima determine the quadratic, and with hardly a penalty the model is that. */
static void a_quadratic_is_found(void)
{
    void *block;
    pm_funnel s = begun(N, 1e-10, &block);
    pm_rng rng = stream(1);
    double x[N];

    CHECK(s.capacity == PM_FUNNEL_NEEDS);
    add_minima(&s, PM_FUNNEL_NEEDS, bowl);
    CHECK(pm_funnel_propose(&s, &rng, x));
    CHECK_NEAR(x[0], 0.3, 5e-3);
    CHECK_NEAR(x[1], 0.6, 5e-3);
    CHECK(s.error < 1e-4 && s.predicted);
    CHECK_NEAR(s.prediction, bowl(x), 1e-3);
    pm_funnel_add(&s, x, s.prediction);
    CHECK(s.surprise < 1e-12 && !s.predicted);
    free(block);
}

/* What is minimised, for a curvature, a slope and a shape; the constant is the best one for them.
 */
static double objective(const pm_funnel *s, double a, const double *g, double D[N][N])
{
    double rest[DRAWN], sum = 0.0, weights = 0.0, mean = 0.0, penalty = 0.0;

    for (size_t k = 0; k < s->count; ++k) {
        const double *z = s->Z + k * N;
        rest[k] = (s->f[k] - s->f[0]) / s->deviation;
        for (size_t i = 0; i < N; ++i) {
            rest[k] -= g[i] * z[i] + 0.5 * a * z[i] * z[i];
            for (size_t j = 0; j < N; ++j) {
                rest[k] -= 0.5 * z[i] * D[i][j] * z[j];
            }
        }
        weights += 1.0 / (double)(1 + k);
        mean += rest[k] / (double)(1 + k);
    }
    mean /= weights;
    for (size_t k = 0; k < s->count; ++k) {
        sum += (rest[k] - mean) * (rest[k] - mean) / (double)(1 + k);
    }
    for (size_t i = 0; i < N; ++i) {
        penalty += g[i] * g[i];
        for (size_t j = 0; j < N; ++j) {
            penalty += D[i][j] * D[i][j];
        }
    }
    return sum + s->lambda * penalty;
}

static double dented(const double *x)
{
    return bowl(x) + 0.3 * sin(40.0 * x[0]) * cos(33.0 * x[1]);
}

static void the_sum_of_squares_is_least(void)
{
    void *block;
    pm_funnel s = begun(N, 0.1, &block);
    pm_rng rng = stream(2);
    double x[N], D[N][N] = {{0}}, g[N];

    add_minima(&s, DRAWN, dented);
    CHECK(pm_funnel_propose(&s, &rng, x));
    for (size_t k = 0; k < s.count; ++k) {
        const double *z = s.Z + k * N;
        for (size_t i = 0; i < N; ++i) {
            for (size_t j = 0; j < N; ++j) {
                D[i][j] += 0.5 * s.alpha[k] * z[i] * z[j] / s.lambda;
            }
        }
    }
    memcpy(g, s.g, sizeof g);
    const double least = objective(&s, s.curvature, g, D);
    CHECK(s.error > 0.01);
    for (int sign = -1; sign <= 1; sign += 2) {
        const double by = 1e-3 * sign;
        CHECK(objective(&s, s.curvature + by, g, D) > least);
        for (size_t i = 0; i < N; ++i) {
            g[i] += by;
            CHECK(objective(&s, s.curvature, g, D) > least);
            g[i] -= by;
            for (size_t j = 0; j <= i; ++j) {
                D[i][j] += by;
                D[j][i] = D[i][j];
                CHECK(objective(&s, s.curvature, g, D) > least);
                D[i][j] -= by;
                D[j][i] = D[i][j];
            }
        }
    }
    free(block);
}

static void the_lowest_distinct_minima_are_kept(void)
{
    void *block;
    pm_funnel s = begun(N, 1e-3, &block);
    const double first[N] = {0.5, 0.5}, near[N] = {0.5001, 0.5}, far[N] = {0.9, 0.1};

    pm_funnel_add(&s, first, 5.0);
    pm_funnel_add(&s, near, 4.0); /* the same one, seen better */
    CHECK(s.count == 1 && s.f[0] == 4.0 && s.x[0] == near[0]);
    pm_funnel_add(&s, near, 6.0);
    CHECK(s.count == 1 && s.f[0] == 4.0);
    pm_funnel_add(&s, far, 3.0);
    CHECK(s.count == 2 && s.f[0] == 3.0 && s.x[0] == far[0]);
    pm_funnel_add(&s, far, NAN);
    pm_funnel_add(&s, far, HUGE_VAL);
    CHECK(s.count == 2);
    add_minima(&s, DRAWN, bowl);
    CHECK(s.count == s.capacity);
    for (size_t k = 1; k < s.count; ++k) {
        CHECK(s.f[k - 1] <= s.f[k]);
    }
    CHECK(s.f[s.count - 1] < 3.0); /* there were lower ones */
    pm_funnel_begin(&s, 1e-3);
    CHECK(s.count == 0);
    free(block);
}

static void proposals_widen_where_nothing_new_is_found(void)
{
    void *block;
    pm_funnel s = begun(N, 1e-3, &block);
    const double elsewhere[N] = {3.0, 3.0};

    add_minima(&s, PM_FUNNEL_NEEDS, bowl);
    CHECK(s.width == 1.0);
    const double again[N] = {s.x[0], s.x[1]};
    pm_funnel_add(&s, again, s.f[0]);
    CHECK_NEAR(s.width, 2.0, 1e-15);
    pm_funnel_add(&s, elsewhere, 100.0);
    CHECK_NEAR(s.width, 1.8, 1e-15);
    free(block);
}

static void surprises_are_remembered(void)
{
    void *block;
    pm_funnel s = begun(N, 1e-3, &block);
    pm_rng rng = stream(3);
    double x[N];

    CHECK(!pm_funnel_propose(&s, &rng, x)); /* no minima: the worst surprise, 2 */
    CHECK_NEAR(s.surprise, 0.2, 1e-15);
    add_minima(&s, PM_FUNNEL_NEEDS, bowl);
    CHECK(pm_funnel_propose(&s, &rng, x));
    pm_funnel_add(&s, x, s.prediction - 0.7 * s.deviation);
    CHECK_NEAR(s.surprise, 0.2 + 0.1 * (0.7 - 0.2), 1e-12);
    pm_funnel_begin(&s, 1e-3);
    CHECK(s.surprise > 0.2);
    free(block);
}

/* Where all values are alike, there is no trend. */
static double flat(const double *x)
{
    return (void)x, 1.0;
}

static void a_plain_has_no_model(void)
{
    void *block;
    pm_funnel s = begun(N, 1e-3, &block);
    pm_rng rng = stream(4);
    double x[N];

    add_minima(&s, PM_FUNNEL_NEEDS, flat);
    CHECK(s.count == PM_FUNNEL_NEEDS && !pm_funnel_propose(&s, &rng, x));
    free(block);
}

/* Minima of a round bowl in as many places of a plane among 300 variables: they depend on each
 * other, and the model is kept in their span. */
static void among_many_variables_the_span_of_the_minima_is_enough(void)
{
    enum { MANY = 300, PLACES = 12 };
    double x[MANY], ways[3][MANY], *bottom = ways[2];
    void *block;
    pm_funnel s = begun(MANY, 1e-10, &block);
    pm_rng rng = stream(2);

    pm_rng_normals(&rng, ways[0], 2 * MANY);
    for (size_t i = 0; i < MANY; ++i) {
        bottom[i] = 0.5 + 0.2 * ways[0][i] - 0.1 * ways[1][i];
    }
    for (size_t k = 0; k < PLACES; ++k) {
        const double a = pm_rng_uniform(&rng), b = pm_rng_uniform(&rng);
        double f = 0.0;
        for (size_t i = 0; i < MANY; ++i) {
            x[i] = 0.5 + a * ways[0][i] + b * ways[1][i];
            f += (x[i] - bottom[i]) * (x[i] - bottom[i]);
        }
        pm_funnel_add(&s, x, f);
    }
    CHECK(s.count == PLACES);
    CHECK(pm_funnel_propose(&s, &rng, x));
    double f = 0.0;
    for (size_t i = 0; i < MANY; ++i) {
        f += (x[i] - bottom[i]) * (x[i] - bottom[i]);
    }
    CHECK(f < 1e-2 * s.f[0]);
    CHECK_NEAR(s.prediction, f, 1e-3 * s.f[0]);
    free(block);
}

void test_funnel(void)
{
    a_quadratic_is_found();
    the_sum_of_squares_is_least();
    among_many_variables_the_span_of_the_minima_is_enough();
    the_lowest_distinct_minima_are_kept();
    proposals_widen_where_nothing_new_is_found();
    surprises_are_remembered();
    a_plain_has_no_model();
}
