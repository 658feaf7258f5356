/* CMA-ES: its first generations, worked from the formulas, and what it promises. */
#include "base/arena.h"
#include "base/rng.h"
#include "laws.h"

#include <stdlib.h>

static double ellipsoid(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        const double along = x[i] + 0.5 * (i > 0 ? x[i - 1] : x[n - 1]) - 0.7;
        sum += pow(1e4, (double)i / (double)n) * along * along;
    }
    return sum;
}

/* ----------------------------------------------------------------- the first two generations -- */

enum { N = 2, LAMBDA = 4 };

typedef struct {
    double mean[N], sigma, C[N][N];
} expected;

/* A generation after the tutorial, from a standing start with C = 1: Y are the steps in the order
 * of their values, and w the weights. The numbers for lambda = 4 in two dimensions are those of
 * test_strategy.c. */
static expected after_one(const double *mean, const double *unit, double sigma,
                          const double Y[LAMBDA][N])
{
    const double mu_eff = 1.4597899, c_sigma = (mu_eff + 2.0) / (mu_eff + 7.0);
    const double d_sigma = 1.0 + c_sigma, c_c = (4.0 + mu_eff / 2.0) / (6.0 + mu_eff);
    const double c_1 = 3.0 / (3.3 * 3.3 + mu_eff);
    const double c_mu = 3.0 * (mu_eff + 1.0 / mu_eff - 1.75) / (16.0 + 1.5 * mu_eff);
    const double minus = 0.1823216 + 0.4700036;
    const double all = (1.0 - c_1 - c_mu) / (2.0 * c_mu), other = 1.0 + c_1 / c_mu;
    const double mu_eff_minus = minus * minus / (0.1823216 * 0.1823216 + 0.4700036 * 0.4700036);
    const double third = 1.0 + 2.0 * mu_eff_minus / (mu_eff + 2.0);
    const double negative = fmin(all, fmin(other, third));
    const double w[LAMBDA] = {0.8041629, 0.1958371, -negative * 0.1823216 / minus,
                              -negative * 0.4700036 / minus};
    const double chi = sqrt(2.0) * (1.0 - 1.0 / 8.0 + 1.0 / 84.0);
    double y[N], p_sigma[N], p_c[N], length = 0.0;
    expected e;

    for (size_t i = 0; i < N; ++i) {
        y[i] = w[0] * Y[0][i] + w[1] * Y[1][i];
        e.mean[i] = mean[i] + sigma * unit[i] * y[i];
        p_sigma[i] = sqrt(c_sigma * (2.0 - c_sigma) * mu_eff) * y[i];
        p_c[i] = sqrt(c_c * (2.0 - c_c) * mu_eff) * y[i];
        length += p_sigma[i] * p_sigma[i];
    }
    length = sqrt(length);
    e.sigma = sigma * exp(c_sigma / d_sigma * (length / chi - 1.0));
    CHECK(length / sqrt(1.0 - (1.0 - c_sigma) * (1.0 - c_sigma)) < (1.4 + 2.0 / 3.0) * chi);
    for (size_t i = 0; i < N; ++i) {
        for (size_t j = 0; j < N; ++j) {
            const double sum_w = w[0] + w[1] + w[2] + w[3];
            e.C[i][j] = (1.0 - c_1 - c_mu * sum_w) * (i == j) + c_1 * p_c[i] * p_c[j];
            for (size_t k = 0; k < LAMBDA; ++k) {
                const double square = Y[k][0] * Y[k][0] + Y[k][1] * Y[k][1];
                const double weight = w[k] < 0.0 ? w[k] * 2.0 / (square + 2.3e-16) : w[k];
                e.C[i][j] += c_mu * weight * Y[k][i] * Y[k][j];
            }
        }
    }
    return e;
}

/* x0 = (3, 0.5) in the open: units 3 and 1, sigma 0.2. The first point is x0, the others come from
 * the first words of the stream. After the values 2, 3, 1, 4 of the points 0 to 3, the steps of the
 * second generation, divided by its normal numbers, give the square root of C away. */
static void the_first_generations(void)
{
    const double x0[] = {3.0, 0.5}, unit[] = {3.0, 1.0}, f[] = {2.0, 3.0, 1.0, 4.0};
    const size_t order[] = {2, 0, 1, 3};
    double z[2 * LAMBDA][N], Y[LAMBDA][N] = {{0}}, second[LAMBDA][N];
    pm_rng steps = pm_rng_stream(key, 0);
    run r = prepared("cmaes");

    for (size_t j = 0; j < sizeof z / sizeof *z; ++j) {
        pm_rng_normals(&steps, z[j], N);
    }
    begin(&r, N, x0, open_lower, open_upper, 10000, 0);
    const double *x = ask(&r);
    CHECK(r.b->count == 6);
    pm_solver_free(r.s);

    set(&r, "population", LAMBDA);
    begin(&r, N, x0, open_lower, open_upper, 10000, 0);
    x = ask(&r);
    CHECK(r.b->count == LAMBDA && memcmp(x, x0, sizeof x0) == 0);
    for (size_t j = 1; j < LAMBDA; ++j) {
        for (size_t i = 0; i < N; ++i) {
            CHECK_NEAR(x[j * N + i], x0[i] + 0.2 * unit[i] * z[j][i], 1e-14);
        }
    }
    for (size_t k = 0; k < LAMBDA; ++k) {
        for (size_t i = 0; i < N; ++i) {
            Y[k][i] = order[k] == 0 ? 0.0 : z[order[k]][i];
        }
        r.b->f[k] = f[k];
    }
    const expected e = after_one(x0, unit, 0.2, (const double (*)[N])Y);
    tell(&r);
    x = ask(&r);
    for (size_t j = 0; j < LAMBDA; ++j) {
        for (size_t i = 0; i < N; ++i) {
            second[j][i] = (x[j * N + i] - e.mean[i]) / (e.sigma * unit[i]);
        }
    }
    /* root[i] solves second[j][i] = root[i]' z of j = 0 and 1. */
    double root[N][N];
    const double *p = z[LAMBDA], *q = z[LAMBDA + 1], det = p[0] * q[1] - p[1] * q[0];
    for (size_t i = 0; i < N; ++i) {
        root[i][0] = (second[0][i] * q[1] - second[1][i] * p[1]) / det;
        root[i][1] = (second[1][i] * p[0] - second[0][i] * q[0]) / det;
    }
    for (size_t j = 2; j < LAMBDA;
         ++j) { /* one root for all points: the mean and sigma are right */
        for (size_t i = 0; i < N; ++i) {
            const double *v = z[LAMBDA + j];
            CHECK_NEAR(root[i][0] * v[0] + root[i][1] * v[1], second[j][i], 1e-5);
        }
    }
    for (size_t i = 0; i < N; ++i) {
        for (size_t j = 0; j < N; ++j) {
            CHECK_NEAR(root[i][0] * root[j][0] + root[i][1] * root[j][1], e.C[i][j], 1e-5);
        }
    }
    pm_solver_free(r.s);
}

/* ------------------------------------------------------------------------------- what it promises -- */

/* A constant ends each run soon. */
static void restarts_change_the_population(void)
{
    const double x0[] = {1.0, 1.0}, lower[] = {-5.0, -5.0}, upper[] = {5.0, 5.0};
    for (int kind = 0; kind < 3; ++kind) {
        run r = prepared("cmaes");
        set(&r, "restarts", kind);
        begin(&r, 2, x0, lower, upper, 20000, 0);
        size_t largest = 6, last = 6, falls = 0, count = 0;
        while (count < 20000 && r.stop == PM_RUNNING) {
            ask(&r);
            evaluate(&r, constant);
            count += r.b->count;
            falls += r.b->count < last;
            last = r.b->count;
            largest = last > largest ? last : largest;
        }
        CHECK(kind != 0 || (r.stop == PM_VALUE && largest == 6));
        CHECK(kind == 0 || (count >= 20000 && largest >= 96));
        CHECK((falls > 0) == (kind == 2)); /* ipop never goes back */
        pm_solver_free(r.s);
    }
}

/* Without restarts the run ends by itself, at the bottom. */
static void one_run_converges(void)
{
    const double x0[] = {1.0, -2.0, 3.0}, lower[] = {-5.0, -5.0, 0.5},
                 upper[] = {5.0, 5.0, HUGE_VAL};
    for (int covariance = 0; covariance < 3; ++covariance) {
        double x[3];
        run r = prepared("cmaes");
        set(&r, "restarts", 0);
        set(&r, "covariance", covariance);
        set(&r, "surrogate", 0);
        begin(&r, 3, x0, open_lower, open_upper, 20000, 0);
        CHECK(drive(&r, ellipsoid, 20000) < 20000);
        const bool done = r.stop == PM_STEP || r.stop == PM_VALUE || r.stop == PM_PRECISION;
        CHECK(done == (covariance < 2)); /* a diagonal cannot be turned */
        CHECK((pm_solver_at(r.s, x) < 1e-15) == done);
        pm_solver_free(r.s);
        begin(&r, 3, x0, lower, upper, 20000, 0);
        CHECK(drive(&r, bowl, 20000) < 20000);
        CHECK(pm_solver_at(r.s, x) < 1e-15);
        pm_solver_free(r.s);
    }
}

/* The minimum of a slope is a corner of the box. */
static double slope(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum += (double)(i + 1) * x[i];
    }
    return sum;
}

static void a_minimum_at_the_walls_is_found_from_inside(void)
{
    const double x0[] = {0.0, 0.9, 2.0}, lower[] = {-1.0, -1.0, 2.0},
                 upper[] = {1.0, HUGE_VAL, 3.0};
    double x[3];
    run r = prepared("cmaes");
    set(&r, "restarts", 0);
    begin(&r, 3, x0, lower, upper, 20000, 0);
    drive(&r, slope, 20000);
    CHECK(r.stop != PM_RUNNING);
    CHECK_NEAR(pm_solver_at(r.s, x), 3.0, 1e-12);
    CHECK_NEAR(x[0], -1.0, 1e-12);
    pm_solver_free(r.s);
}

/* The budget allows dozens of restarts. */
static void restarts_find_the_lowest_of_many_minima(void)
{
    const double x0[] = {4.0, -4.0, 3.0}, lower[] = {-5, -5, -5}, upper[] = {5, 5, 5};
    double x[3];
    run r = prepared("cmaes");
    begin(&r, 3, x0, lower, upper, 40000, 0);
    drive(&r, rastrigin, 40000);
    CHECK(pm_solver_at(r.s, x) < 1e-9);
    pm_solver_free(r.s);
}

/* A valley a thousand times as long as wide, along (1, 1): from its floor, there is no need to
 * learn it. */
static double valley(const double *x, size_t n)
{
    const double across = x[0] - x[1], along = x[0] + x[1] - 1.4;
    (void)n;
    return 1e6 * across * across + along * along;
}

/* By the row alone, as within another method: evaluations until f <= 1e-8. */
static size_t evaluations(const double *inverse_hessian)
{
    const double x0[] = {4.0, 4.0};
    run r = prepared("cmaes");
    pm_task task = {.n = 2,
                    .x0 = x0,
                    .lower = open_lower,
                    .upper = open_upper,
                    .options = r.options,
                    .budget = 5000,
                    .linalg = &jacobi};
    const size_t most = r.method->points(&task);
    pm_arena arena = {0};
    void *state = calloc(1, r.method->state_size);
    r.method->layout(state, &arena, &task);
    void *block = calloc(1, arena.used);
    double *x = calloc(most, 2 * sizeof *x), *f = calloc(most, sizeof *f);
    pm_batch batch = {.n = 2, .capacity = most, .x = x, .f = f};
    pm_iterate at = {.f = HUGE_VAL};
    size_t count = 0;

    arena = (pm_arena){.block = block};
    r.method->layout(state, &arena, &task);
    task.inverse_hessian = inverse_hessian;
    for (r.method->start(state, &task); at.f > 1e-8; r.method->at(state, &at)) {
        r.method->ask(state, &batch);
        for (size_t j = 0; j < batch.count; ++j) {
            f[j] = valley(x + 2 * j, 2);
        }
        count += batch.count;
        r.method->tell(state, &batch);
    }
    free(state);
    free(block);
    free(x);
    free(f);
    return count;
}

static void a_known_inverse_hessian_saves_learning(void)
{
    const double known[] = {1.0, 1.0 - 1e-6, 1.0 - 1e-6, 1.0}, wrong[] = {1.0, 2.0, 2.0, 1.0};
    const size_t count = evaluations(NULL);
    CHECK(3 * evaluations(known) < 2 * count);
    CHECK(evaluations(wrong) == count); /* not positive definite, so not believed */
}

/* What was evaluated is what the batch says, whoever put it there. */
static void believes_the_batch(void)
{
    const double x0[] = {3.0, 3.0};
    double x[2], out[2];
    run r = prepared("cmaes");
    begin(&r, 2, x0, open_lower, open_upper, 1000, 0);
    ask(&r);
    for (size_t j = 0; j < r.b->count; ++j) {
        r.b->f[j] = 10.0 + (double)j;
    }
    r.b->x[2] = -40.0; /* far beyond any step that is drawn */
    r.b->x[3] = 0.25;
    r.b->f[1] = 1.0;
    tell(&r);
    CHECK(pm_solver_at(r.s, x) == 1.0 && x[0] == -40.0 && x[1] == 0.25);
    pm_solver_measure(r.s, out);
    CHECK(out[0] < 2.0); /* sigma was 0.2 and has not exploded */
    double mean = 0.0;
    const double *next = ask(&r);
    for (size_t j = 0; j < r.b->count; ++j) {
        mean += next[2 * j] / (double)r.b->count;
    }
    CHECK(mean < 3.0 && mean > -10.0);
    pm_solver_free(r.s);
}

static void measures_are_sigma_and_axis_ratio(void)
{
    const double x0[] = {1.0, 1.0, 1.0};
    double out[2], first;
    run r = prepared("cmaes");
    set(&r, "sigma", 0.5);
    set(&r, "restarts", 0);
    begin(&r, 3, x0, open_lower, open_upper, 20000, 0);
    pm_solver_measure(r.s, out);
    CHECK(out[0] == 0.5 && out[1] == 1.0);
    drive(&r, ellipsoid, 1000);
    first = out[0];
    pm_solver_measure(r.s, out);
    CHECK(out[0] < 1e-3 * first && out[1] > 5.0);
    pm_solver_free(r.s);
}

static double integer_bowl(const double *x, size_t n)
{
    (void)n;
    return (x[0] - 7.0) * (x[0] - 7.0) + 10.0 * (x[1] - 0.7) * (x[1] - 0.7);
}

static void integers_keep_moving(void)
{
    const double x0[] = {-40.0, 4.0}, lower[] = {-50.0, -5.0}, upper[] = {50.0, 5.0};
    const bool integer[] = {true, false};
    double x[2];
    run r = prepared("cmaes");
    set(&r, "restarts", 0);
    set(&r, "sigma", 1e-3); /* steps of a tenth */
    r.task.integer = integer;
    begin(&r, 2, x0, lower, upper, 5000, 0);
    drive(&r, integer_bowl, 5000);
    CHECK(pm_solver_at(r.s, x) < 1e-12 && x[0] == 7.0);
    pm_solver_free(r.s);
}

static run defaults(void)
{
    return prepared("cmaes");
}

void test_cmaes(void)
{
    the_first_generations();
    restarts_change_the_population();
    one_run_converges();
    a_minimum_at_the_walls_is_found_from_inside();
    restarts_find_the_lowest_of_many_minima();
    finds_where_f_is_finite(defaults, 20000, 1e-6);
    a_known_inverse_hessian_saves_learning();
    believes_the_batch();
    measures_are_sigma_and_axis_ratio();
    integers_keep_moving();
    a_copy_continues_identically(defaults, 3000, 50);
}
