/* Quadratic models by interpolation: what defines them, and what exchanges leave of it. */
#include "test.h"

#include "methods/derivative_free/interpolation.h"
#include "base/rng.h"
#include "base/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 3, FULL = (N + 1) * (N + 2) / 2 };

static const uint64_t key[2] = {3, 1};

static const pm_task task = {.n = N}; /* nobody calls it off */

typedef struct {
    pm_interpolation q;
    unsigned char *block;
    pm_rng rng;
} model;

static model made(size_t most)
{
    pm_arena measured = {0};
    model m = {.rng = pm_rng_stream(key, most)};

    pm_interpolation_layout(&m.q, &measured, &task, most);
    m.block = calloc(1, measured.used);
    pm_arena placed = {.block = m.block};
    pm_interpolation_layout(&m.q, &placed, &task, most);
    return m;
}

/* A quadratic with a minimum nowhere near. */
static double f(const double *x)
{
    return 3.0 + x[0] - 2.0 * x[1] + 0.5 * x[2] + x[0] * x[0] - 3.0 * x[0] * x[1] +
           2.0 * x[1] * x[1] + 0.25 * x[1] * x[2] + x[2] * x[2];
}

static void drawn(model *m, double *d, double size)
{
    for (size_t i = 0; i < N; ++i) {
        d[i] = size * (2.0 * pm_rng_uniform(&m->rng) - 1.0);
    }
}

/* Random points with the values of f. */
static void fill(model *m, size_t count, double size)
{
    m->q.m = count;
    for (size_t j = 0; j < count; ++j) {
        drawn(m, m->q.y + j * N, size);
        m->q.f[j] = f(m->q.y + j * N);
        m->q.best = m->q.f[j] < m->q.f[m->q.best] ? j : m->q.best;
    }
}

/* The Lagrange functions are 1 at their own point and 0 at the others, and a point that is there
 * already adds nothing. */
static void check_lagrange(model *m, double tol)
{
    for (size_t j = 0; j < m->q.m; ++j) {
        double d[N];
        memcpy(d, m->q.y + j * N, sizeof d);
        pm_add(d, -1.0, m->q.y + m->q.best * N, N);
        const double dd = pm_dot(d, d, N);
        CHECK_NEAR(pm_interpolation_probe(&m->q, d), 0.0, tol * dd * dd);
        for (size_t t = 0; t < m->q.m; ++t) {
            CHECK_NEAR(pm_interpolation_tau(&m->q, t), t == j ? 1.0 : 0.0, tol);
        }
    }
}

/* The model takes all values there are. */
static void check_fit(const model *m, double tol)
{
    const double *best = m->q.y + m->q.best * N;
    double g[N], d[N];

    pm_interpolation_gradient(&m->q, g);
    for (size_t j = 0; j < m->q.m; ++j) {
        memcpy(d, m->q.y + j * N, sizeof d);
        pm_add(d, -1.0, best, N);
        CHECK_NEAR(pm_interpolation_change(&m->q, g, d), m->q.f[j] - m->q.f[m->q.best], tol);
    }
}

static void models_of_every_size_fit(void)
{
    for (size_t count = N + 1; count <= FULL; ++count) {
        model m = made(FULL);
        fill(&m, count, 1.0);
        CHECK(pm_interpolation_renew(&m.q));
        CHECK(pm_largest(m.q.y + m.q.best * N, N) == 0.0);
        check_fit(&m, 1e-9);
        check_lagrange(&m, 1e-8);
        free(m.block);
    }
}

/* (N + 1)(N + 2) / 2 values determine a quadratic. */
static void the_full_model_is_the_quadratic(void)
{
    model m = made(FULL);
    double x[N], g[N], d[N];

    fill(&m, FULL, 1.0);
    memcpy(x, m.q.y + m.q.best * N, sizeof x);
    const double before = f(x);
    CHECK(pm_interpolation_renew(&m.q));
    pm_interpolation_gradient(&m.q, g);
    for (int k = 0; k < 20; ++k) {
        drawn(&m, d, 5.0);
        const double change = pm_interpolation_change(&m.q, g, d);
        pm_add(d, 1.0, x, N);
        CHECK_NEAR(change, f(d) - before, 1e-8);
    }
    free(m.block);
}

/* From N + 1 points to all of them, and then one for another: K stays the inverse, and the model
 * goes on fitting. */
static void points_are_taken_in_and_exchanged(void)
{
    for (size_t most = N + 2; most <= FULL; ++most) {
        model m = made(most);
        double origin[N] = {0}, x[N];

        fill(&m, N + 1, 1.0);
        memcpy(origin, m.q.y + m.q.best * N, sizeof origin);
        CHECK(pm_interpolation_renew(&m.q));
        for (int k = 0; k < 60; ++k) {
            double d[N];
            drawn(&m, x, 1.0);
            memcpy(d, x, sizeof d);
            for (size_t i = 0; i < N; ++i) {
                d[i] -= origin[i] + m.q.y[m.q.best * N + i];
            }
            const double beta = fmax(pm_interpolation_probe(&m.q, d), 0.0);
            size_t t = 0;
            for (size_t j = 0; j < m.q.m; ++j) {
                t = pm_interpolation_sigma(&m.q, j, beta) > pm_interpolation_sigma(&m.q, t, beta)
                        ? j
                        : t;
            }
            if (t == m.q.best && m.q.m == most && f(x) >= m.q.f[t]) {
                continue; /* the best point stays */
            }
            pm_interpolation_take(&m.q, m.q.m < most ? m.q.m : t, d, f(x), beta);
        }
        CHECK(m.q.m == most);
        check_fit(&m, 1e-8);
        check_lagrange(&m, 1e-7);
        free(m.block);
    }
}

/* Far points and near ones, a million times nearer, have their Lagrange functions together. */
static void far_and_near(void)
{
    model m = made(FULL);

    fill(&m, FULL, 1.0);
    for (size_t j = 0; j <= N; ++j) {
        for (size_t i = 0; i < N; ++i) {
            m.q.y[j * N + i] *= 1e-6;
        }
        m.q.f[j] = f(m.q.y + j * N);
    }
    m.q.best = 0;
    for (size_t j = 0; j < FULL; ++j) {
        m.q.f[j] += j == 0 ? -100.0 : 0.0;
    }
    CHECK(pm_interpolation_renew(&m.q));
    check_lagrange(&m, 1e-3);
    free(m.block);
}

static void dependent_points_are_refused(void)
{
    model m = made(FULL);

    fill(&m, N + 1, 1.0);
    memcpy(m.q.y, m.q.y + N, N * sizeof *m.q.y); /* twice the same */
    CHECK(!pm_interpolation_renew(&m.q));
    fill(&m, N + 1, 1.0);
    for (size_t j = 0; j <= N; ++j) {
        m.q.y[j * N] = 0.5; /* all on a plane */
    }
    CHECK(!pm_interpolation_renew(&m.q));
    free(m.block);
}

/* A new origin changes the coordinates, not the function. */
static void the_origin_does_not_matter(void)
{
    model m = made(FULL);
    double g[N], again[N], d[N];

    fill(&m, N + 3, 1.0);
    CHECK(pm_interpolation_renew(&m.q));
    drawn(&m, d, 1.0);
    const double beta = pm_interpolation_probe(&m.q, d);
    pm_interpolation_take(&m.q, m.q.m, d, -100.0, beta); /* the best point is another now */
    drawn(&m, d, 1.0);
    pm_interpolation_gradient(&m.q, g);
    const double change = pm_interpolation_change(&m.q, g, d);
    pm_interpolation_centre(&m.q);
    CHECK(pm_largest(m.q.y + m.q.best * N, N) == 0.0);
    pm_interpolation_gradient(&m.q, again);
    for (size_t i = 0; i < N; ++i) {
        CHECK_NEAR(again[i], g[i], 1e-9);
    }
    CHECK_NEAR(pm_interpolation_change(&m.q, again, d), change, 1e-9);
    free(m.block);
}

void test_interpolation(void)
{
    models_of_every_size_fit();
    the_full_model_is_the_quadratic();
    points_are_taken_in_and_exchanged();
    far_and_near();
    dependent_points_are_refused();
    the_origin_does_not_matter();
}
