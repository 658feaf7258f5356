/* Differences instead of gradients: always inside the box, with the digits that can be expected. */
#include "test.h"

#include "base/rng.h"
#include "solver/stencil.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef double function(const double *x, size_t n);

/* What the stencil asked for on the way to one gradient. */
typedef struct {
    size_t evaluations, chunks, largest_chunk;
    bool inside, fixed_stay;  /* every point in the box; fixed variables where x0 has them */
    double shortest, longest; /* distances of the neighbours from their point */
} trace;

static void look_at(trace *t, const pm_task *whole, const double *x, const double *from)
{
    double away = 0.0;
    for (size_t i = 0; i < whole->n; ++i) {
        t->inside = t->inside && x[i] >= whole->lower[i] && x[i] <= whole->upper[i];
        if (whole->lower[i] == whole->upper[i]) {
            t->fixed_stay = t->fixed_stay && x[i] == whole->x0[i];
        }
        away += fabs(x[i] - from[i]);
    }
    if (away > 0.0) {
        t->shortest = fmin(t->shortest, away);
        t->longest = fmax(t->longest, away);
    }
}

/* The gradients at inner->x[count], as a solver finds them with the stencil. */
static trace differences(const pm_task *whole, function *f, pm_batch *inner)
{
    trace t = {.inside = true, .fixed_stay = true, .shortest = HUGE_VAL};
    const size_t n = whole->n;
    size_t *free_ones = malloc(n * sizeof *free_ones);
    double *from = malloc(n * sizeof *from);
    size_t n_free = 0;

    for (size_t i = 0; i < n; ++i) {
        if (whole->lower[i] < whole->upper[i]) {
            free_ones[n_free++] = i;
        }
    }
    pm_stencil s = {.whole = whole, .free = free_ones, .n_free = n_free};
    pm_batch outer = {.n = n, .capacity = pm_stencil_chunk(whole, n_free, inner->capacity)};
    outer.x = malloc(outer.capacity * n * sizeof *outer.x);
    outer.f = malloc(outer.capacity * sizeof *outer.f);
    outer.g = malloc(outer.capacity * n * sizeof *outer.g);

    inner->n = n_free;
    inner->wants = PM_FG;
    inner->value_limit = HUGE_VAL;
    pm_stencil_begin(&s, inner);
    do {
        pm_stencil_ask(&s, inner, &outer);
        CHECK(outer.count > 0 && outer.count <= outer.capacity);
        t.chunks += 1;
        t.evaluations += outer.count;
        t.largest_chunk = outer.count > t.largest_chunk ? outer.count : t.largest_chunk;
        for (size_t q = 0; q < outer.count; ++q) {
            const double *x = outer.x + q * n;
            if (t.evaluations == outer.count && q == 0) {
                memcpy(from, x, n * sizeof *from);
            }
            look_at(&t, whole, x, from);
            outer.f[q] = f(x, n);
        }
    } while (!pm_stencil_tell(&s, inner, &outer));

    free(free_ones);
    free(from);
    free(outer.x);
    free(outer.f);
    free(outer.g);
    return t;
}

/* One gradient at x0, all variables free and unscaled. */
static trace gradient(const pm_task *whole, function *f, double *g)
{
    double value, x[8];
    memcpy(x, whole->x0, whole->n * sizeof *x);
    pm_batch inner = {.capacity = 1, .count = 1, .x = x, .f = &value, .g = g};
    const trace t = differences(whole, f, &inner);
    CHECK(value == f(whole->x0, whole->n));
    return t;
}

static double plane(const double *x, size_t n) /* slopes 1, -2, 3, -4 ... */
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum += (i % 2 == 0 ? 1.0 : -1.0) * (double)(i + 1) * x[i];
    }
    return sum;
}

static double plane_slope(size_t i)
{
    return (i % 2 == 0 ? 1.0 : -1.0) * (double)(i + 1);
}

static double bowl(const double *x, size_t n) /* slopes 2 (i + 1) x[i] */
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum += (double)(i + 1) * x[i] * x[i];
    }
    return sum;
}

static double holes(const double *x, size_t n) /* no value but at 0.5 */
{
    (void)n;
    return x[0] == 0.5 ? 1.0 : HUGE_VAL;
}

static const double open_low[4] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
static const double open_high[4] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL};

static void one_neighbour_a_variable_or_two(void)
{
    const double x[4] = {0.3, -0.7, 2.0, 1e-3};
    double g[4];
    pm_task task = {.n = 4, .x0 = x, .lower = open_low, .upper = open_high};

    CHECK(gradient(&task, bowl, g).evaluations == 5);
    for (size_t i = 0; i < 4; ++i) {
        CHECK_NEAR(g[i], 2.0 * (double)(i + 1) * x[i], 1e-6);
    }
    task.central = true;
    CHECK(gradient(&task, bowl, g).evaluations == 9);
    for (size_t i = 0; i < 4; ++i) {
        CHECK_NEAR(g[i], 2.0 * (double)(i + 1) * x[i], 1e-9);
    }
}

/* Variable by variable: free, at its lower bound, at its upper bound, in a box narrower than a
 * step. */
static void differences_keep_to_the_box(void)
{
    const double lower[4] = {-HUGE_VAL, 1.0, -HUGE_VAL, 0.25};
    const double upper[4] = {HUGE_VAL, HUGE_VAL, 2.0, 0.25 + 1e-10};
    const double places[3] = {0.25, 0.25 + 4e-11, 0.25 + 1e-10};
    double g[4];

    for (int central = 0; central <= 1; ++central) {
        for (int k = 0; k < 3; ++k) {
            const double x[4] = {0.5, 1.0, 2.0, places[k]};
            const pm_task task = {
                .n = 4, .x0 = x, .lower = lower, .upper = upper, .central = central};
            CHECK(gradient(&task, plane, g).inside);
            for (size_t i = 0; i < 3; ++i) {
                CHECK_NEAR(g[i], plane_slope(i), 1e-6);
            }
            CHECK_NEAR(g[3], plane_slope(3), 1e-3); /* 4 epsilon / 1e-11 */
        }
    }
}

/* With two arms on one side the parabola is still exact. */
static void central_differences_are_exact_for_parabolas_at_a_bound(void)
{
    const double lower[2] = {0.5, -HUGE_VAL}, upper[2] = {HUGE_VAL, 3.0}, x[2] = {0.5, 3.0};
    const pm_task task = {.n = 2, .x0 = x, .lower = lower, .upper = upper, .central = true};
    double g[2];

    CHECK(gradient(&task, bowl, g).inside);
    CHECK_NEAR(g[0], 1.0, 1e-9);
    CHECK_NEAR(g[1], 12.0, 1e-8);
}

static double magnitude(pm_rng *r) /* 1e-20 .. 10, either sign */
{
    const double size = pow(10.0, 1.0 - 21.0 * pm_rng_uniform(r));
    return pm_rng_uniform(r) < 0.5 ? -size : size;
}

/* x + (upper - x) may round to beyond upper: no box may be left by that. */
static void rounding_leads_out_of_no_box(void)
{
    const uint64_t key[2] = {3, 0};
    pm_rng r = pm_rng_stream(key, 0);
    size_t left = 0;

    for (int k = 0; k < 20000; ++k) {
        const double a = magnitude(&r), b = magnitude(&r), t = pm_rng_uniform(&r);
        const double lower = fmin(a, b), upper = fmax(a, b), steps = fabs(magnitude(&r));
        const double x =
            fmin(fmax(t < 0.5 ? magnitude(&r) : lower + t * (upper - lower), lower), upper);
        const pm_task task = {.n = 1,
                              .x0 = &x,
                              .lower = &lower,
                              .upper = &upper,
                              .central = k % 2 == 1,
                              .steps = k % 4 < 2 ? &steps : NULL};
        double g;
        left += !gradient(&task, plane, &g).inside;
        CHECK(isfinite(g));
    }
    CHECK(left == 0);
}

static void given_steps_are_taken(void)
{
    const double x[2] = {1.0, 1.0}, steps[2] = {0.25, 0.25};
    pm_task task = {.n = 2, .x0 = x, .lower = open_low, .upper = open_high, .steps = steps};
    double g[2];

    trace t = gradient(&task, bowl, g);
    CHECK(t.shortest == 0.25 && t.longest == 0.25);
    CHECK_NEAR(g[0], 2.25, 1e-14); /* ((1 + h)^2 - 1) / h = 2 + h */
    task.central = true;
    gradient(&task, bowl, g);
    CHECK_NEAR(g[0], 2.0, 1e-14);
}

static void fixed_variables_are_put_in_again(void)
{
    const double lower[4] = {7.0, -9.0, 0.5, 0.0}, upper[4] = {7.0, 9.0, 0.5, 1.0};
    const double x0[4] = {7.0, 3.0, 0.5, 1.0};
    double x[2] = {-2.0, 0.25}, g[2], f;

    for (int central = 0; central <= 1; ++central) {
        const pm_task task = {.n = 4, .x0 = x0, .lower = lower, .upper = upper, .central = central};
        pm_batch inner = {.capacity = 1, .count = 1, .x = x, .f = &f, .g = g};
        const trace t = differences(&task, plane, &inner);
        CHECK(t.inside && t.fixed_stay);
        CHECK(t.evaluations == (central ? 5u : 3u)); /* fixed ones cost nothing */
        CHECK(x[0] == -2.0 && x[1] == 0.25);
        CHECK(f == 7.0 - 2.0 * -2.0 + 1.5 - 4.0 * 0.25);
        CHECK_NEAR(g[0], -2.0, 1e-6);
        CHECK_NEAR(g[1], -4.0, 1e-6);
    }
}

/* Powers of two change no digit: the method gets back the very x it asked for. */
static void scaled_variables_keep_their_digits(void)
{
    const double scale[3] = {0x1p20, 0x1p-3, 1.0};
    const double x0[3] = {0.1 * 0x1p20, 0.7 * 0x1p-3, 0.3};
    const pm_task task = {.n = 3, .x0 = x0, .lower = open_low, .upper = open_high, .scale = scale};
    double x[3] = {0.1, 0.7, 0.3}, g[3], f;
    pm_batch inner = {.capacity = 1, .count = 1, .x = x, .f = &f, .g = g};

    differences(&task, plane, &inner);
    CHECK(x[0] == 0.1 && x[1] == 0.7 && x[2] == 0.3);
    CHECK(f == plane(x0, 3));
    for (size_t i = 0; i < 3; ++i) {
        CHECK_NEAR(g[i], plane_slope(i) * scale[i], 1e-5 * fmax(scale[i], 1.0));
    }
}

/* The user's own gradient needs no neighbours, only units. */
static void a_given_gradient_passes_through(void)
{
    const double scale[3] = {4.0, 0.5, 1.0}, x0[3] = {4.0, 1.5, 6.0};
    const double lower[3] = {-HUGE_VAL, -HUGE_VAL, 6.0}, upper[3] = {HUGE_VAL, HUGE_VAL, 6.0};
    const pm_task task = {
        .n = 3, .x0 = x0, .lower = lower, .upper = upper, .scale = scale, .has_gradient = true};
    const size_t free_ones[2] = {0, 1};
    double x[2] = {1.0, 3.0}, g[2], f, outer_x[3], outer_f, outer_g[3];
    pm_batch inner = {.n = 2, .capacity = 1, .count = 1, .wants = PM_FG, .x = x, .f = &f, .g = g};
    pm_batch outer = {.n = 3, .capacity = 1, .x = outer_x, .f = &outer_f, .g = outer_g};
    pm_stencil s = {.whole = &task, .free = free_ones, .n_free = 2};

    pm_stencil_begin(&s, &inner);
    pm_stencil_ask(&s, &inner, &outer);
    CHECK(outer.count == 1 && outer.wants == PM_FG);
    CHECK(outer_x[0] == 4.0 && outer_x[1] == 1.5 && outer_x[2] == 6.0);
    outer_f = 5.0;
    outer_g[0] = 10.0;
    outer_g[1] = 20.0;
    outer_g[2] = 30.0;
    CHECK(pm_stencil_tell(&s, &inner, &outer));
    CHECK(f == 5.0 && g[0] == 40.0 && g[1] == 10.0);
}

/* 1100 variables, two points: more evaluations than one chunk holds, and the point moved by the
 * user between. */
static void large_gradients_come_in_chunks(void)
{
    enum { N = 1100, M = 2 };
    static double x0[N], low[N], high[N], x[M * N], f[M], g[M * N];
    for (size_t i = 0; i < N; ++i) {
        x0[i] = 0.0;
        low[i] = -10.0;
        high[i] = 10.0;
        x[i] = 0.25;
        x[N + i] = -0.5;
    }
    for (int central = 0; central <= 1; ++central) {
        const pm_task task = {.n = N, .x0 = x0, .lower = low, .upper = high, .central = central};
        pm_batch inner = {.capacity = M, .count = M, .x = x, .f = f, .g = g};
        const trace t = differences(&task, plane, &inner);

        CHECK(t.inside);
        CHECK(t.evaluations == M * (1 + (central ? 2u : 1u) * N));
        CHECK(t.chunks > 1);
        CHECK(t.largest_chunk * N <= (size_t)1 << 20);
        CHECK(f[0] == plane(x, N) && f[1] == plane(x + N, N));
        size_t wrong = 0;
        for (size_t i = 0; i < N; ++i) { /* values of 1e2 .. 1e3, steps of 1e-8 */
            wrong += fabs(g[i] - plane_slope(i)) > 0.1;
            wrong += fabs(g[N + i] - plane_slope(i)) > 0.1;
        }
        CHECK(wrong == 0);
    }
}

static void values_alone_need_no_neighbours(void)
{
    const double x0 = 1.0;
    const size_t free_one = 0;
    const pm_task task = {.n = 1, .x0 = &x0, .lower = open_low, .upper = open_high};
    double x[2] = {1.0, 2.0}, f[2], ox[8], of[8];
    pm_batch inner = {.n = 1, .capacity = 2, .count = 2, .wants = PM_F, .x = x, .f = f};
    pm_batch outer = {.n = 1, .capacity = 4, .x = ox, .f = of};
    pm_stencil s = {.whole = &task, .free = &free_one, .n_free = 1};

    pm_stencil_begin(&s, &inner);
    pm_stencil_ask(&s, &inner, &outer);
    CHECK(outer.count == 2 && outer.wants == PM_F && ox[0] == 1.0 && ox[1] == 2.0);
}

/* Products by differences.  f = x^2 + 3 x y + 2 z^2, w fixed: H v of v = (1, 2, 1) is (8, 3, 4). */
static double saddle(const double *x, size_t n)
{
    (void)n;
    return x[0] * x[0] + 3.0 * x[0] * x[1] + 2.0 * x[2] * x[2] + x[3];
}

static void saddle_slope(const double *x, double *g)
{
    g[0] = 2.0 * x[0] + 3.0 * x[1];
    g[1] = 3.0 * x[0];
    g[2] = 4.0 * x[2];
    g[3] = 1.0;
}

/* One product at (0.5, -1, 2), in units of the scale; returns how many evaluations it took. */
static size_t product(const pm_task *task, const double *v, double *hv, bool *inside)
{
    const size_t free_ones[3] = {0, 1, 2};
    const double units[3] = {1.0, 1.0, 1.0}, *scale = task->scale == NULL ? units : task->scale;
    double x[3], g[3], f, whole[4], ox[64], of[16], og[64], reach;
    pm_batch inner = {.n = 3,
                      .capacity = 1,
                      .count = 1,
                      .wants = PM_HV,
                      .value_limit = HUGE_VAL,
                      .x = x,
                      .f = &f,
                      .g = g,
                      .hv = hv};
    pm_batch outer = {.n = 4, .capacity = 16, .x = ox, .f = of, .g = og};
    pm_stencil s = {.whole = task, .free = free_ones, .n_free = 3, .reach = &reach};
    double direction[3];
    size_t evaluations = 0;

    saddle_slope(task->x0, whole);
    for (size_t i = 0; i < 3; ++i) {
        x[i] = task->x0[i] / scale[i];
        g[i] = whole[i] * scale[i];
        direction[i] = v[i];
    }
    inner.v = direction;
    pm_stencil_begin(&s, &inner);
    do {
        pm_stencil_ask(&s, &inner, &outer);
        CHECK(outer.wants == (task->has_gradient ? PM_FG : PM_F));
        for (size_t q = 0; q < outer.count; ++q) {
            const double *at = ox + 4 * q;
            for (size_t i = 0; i < 4; ++i) {
                *inside = *inside && at[i] >= task->lower[i] && at[i] <= task->upper[i];
            }
            of[q] = saddle(at, 4);
            saddle_slope(at, og + 4 * q);
        }
        evaluations += outer.count;
    } while (!pm_stencil_tell(&s, &inner, &outer));
    for (size_t i = 0; i < 3; ++i) {
        CHECK(x[i] == task->x0[i] / scale[i]); /* the point itself stays where it is */
    }
    return evaluations;
}

static void products_are_differences_of_gradients(void)
{
    const double x0[4] = {0.5, -1.0, 2.0, 7.0}, v[3] = {1.0, 2.0, 1.0};
    const double low[4] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL, 7.0};
    const double high[4] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, 7.0};
    const double tight[4] = {0.5, HUGE_VAL, 2.0, 7.0};
    const double scale[4] = {0x1p3, 0x1p-2, 1.0, 1.0};
    pm_task task = {.n = 4, .x0 = x0, .lower = low, .upper = high, .has_gradient = true};
    bool inside = true;
    double hv[3];

    CHECK(product(&task, v, hv, &inside) == 1);
    CHECK_NEAR(hv[0], 8.0, 1e-6);
    CHECK_NEAR(hv[1], 3.0, 1e-6);
    CHECK_NEAR(hv[2], 4.0, 1e-6);
    task.upper = tight; /* at two upper bounds: the difference is taken behind */
    CHECK(product(&task, v, hv, &inside) == 1);
    CHECK_NEAR(hv[0], 8.0, 1e-6);
    task.upper = high;
    task.scale = scale; /* D H D v */
    CHECK(product(&task, v, hv, &inside) == 1);
    CHECK_NEAR(hv[0], 8.0 * (2.0 * 8.0 * 1.0 + 3.0 * 0.25 * 2.0), 1e-4);
    CHECK_NEAR(hv[1], 0.25 * (3.0 * 8.0 * 1.0), 1e-5);
    CHECK_NEAR(hv[2], 4.0, 1e-6);
    task.scale = NULL;
    for (int central = 0; central <= 1; ++central) {
        task.has_gradient = false; /* gradients that are differences themselves */
        task.central = central;
        CHECK(product(&task, v, hv, &inside) == (central ? 7u : 4u));
        CHECK_NEAR(hv[0], 8.0, 2e-3);
        CHECK_NEAR(hv[1], 3.0, 2e-3);
        CHECK_NEAR(hv[2], 4.0, 2e-3);
    }
    CHECK(inside);
}

/* Between two bounds there is no room for a difference; and no direction has no product. */
static void products_without_room_are_zero(void)
{
    const double x0[4] = {0.5, -1.0, 2.0, 7.0}, along[3] = {1.0, 1.0, 0.0},
                 none[3] = {0.0, 0.0, 0.0};
    const double low[4] = {0.5, -HUGE_VAL, -HUGE_VAL, 7.0}, high[4] = {1.0, -1.0, HUGE_VAL, 7.0};
    const pm_task task = {.n = 4, .x0 = x0, .lower = low, .upper = high, .has_gradient = true};
    bool inside = true;
    double hv[3];

    product(&task, along, hv, &inside);
    CHECK(hv[0] == 0.0 && hv[1] == 0.0 && hv[2] == 0.0);
    product(&task, none, hv, &inside);
    CHECK(hv[0] == 0.0 && hv[1] == 0.0 && hv[2] == 0.0);
    CHECK(inside);
}

/* A neighbour without a value tells nothing; a slope that is not a number would spoil every sum it
 * enters. */
static void neighbours_without_values_give_no_slope(void)
{
    const double x = 0.5;
    for (int central = 0; central <= 1; ++central) {
        const pm_task task = {
            .n = 1, .x0 = &x, .lower = open_low, .upper = open_high, .central = central};
        double g = NAN;
        gradient(&task, holes, &g);
        CHECK(g == 0.0);
    }
}

/* Two points, of which only the second one is low enough to be worth a gradient: 1 + 3 evaluations,
 * each point before its neighbours. */
static void a_high_point_has_no_neighbours(void)
{
    const double x0[2] = {0.0, 0.0}, low[2] = {-9.0, -9.0}, high[2] = {9.0, 9.0};
    const size_t free_ones[2] = {0, 1};
    const pm_task task = {.n = 2, .x0 = x0, .lower = low, .upper = high};
    double x[4] = {3.0, 0.0, 1.0, 0.0}, f[2], g[4] = {0}, ox[12], of[6];
    pm_batch inner = {.n = 2, .capacity = 2, .count = 2, .wants = PM_FG, .value_limit = 2.0};
    pm_batch outer = {.n = 2, .capacity = 6, .x = ox, .f = of};
    pm_stencil s = {.whole = &task, .free = free_ones, .n_free = 2};
    const size_t expected[] = {1, 1, 2};
    size_t turn = 0;
    bool done = false;

    inner.x = x;
    inner.f = f;
    inner.g = g;
    pm_stencil_begin(&s, &inner);
    for (; !done && turn < 3; ++turn) {
        pm_stencil_ask(&s, &inner, &outer);
        CHECK(outer.count == expected[turn]);
        for (size_t q = 0; q < outer.count; ++q) {
            of[q] = ox[2 * q] * ox[2 * q];
        }
        done = pm_stencil_tell(&s, &inner, &outer);
    }
    CHECK(done && turn == 3);
    CHECK(f[0] == 9.0 && isnan(g[0]) && isnan(g[1]));
    CHECK(f[1] == 1.0 && fabs(g[2] - 2.0) < 1e-7 && g[3] == 0.0);
}

/* A search by values, at 3 and at 1, where f = x^2 + 1 is lower; then the gradient at 1 takes the
 * neighbour alone, and so does another look at it.  Anywhere else it takes the point as well. */
static void a_value_that_is_known_is_not_evaluated_again(void)
{
    const double x0 = 0.0, low = -9.0, high = 9.0;
    const size_t free_one = 0;
    const pm_task task = {.n = 1, .x0 = &x0, .lower = &low, .upper = &high};
    const struct {
        double x;
        pm_wants wants;
        size_t cost;
    } turns[] = {{3.0, PM_F, 1},  {1.0, PM_F, 1},  {2.0, PM_F, 1}, {1.0, PM_FG, 1}, {1.0, PM_FG, 1},
                 {2.0, PM_FG, 2}, {1.0, PM_FG, 2}, {5.0, PM_F, 1}, {5.0, PM_FG, 2}};
    double x, f, g, lowest, ox[2], of[2];
    pm_batch inner = {.n = 1, .capacity = 1, .count = 1, .x = &x, .f = &f, .g = &g};
    pm_batch outer = {.n = 1, .capacity = 2, .x = ox, .f = of};
    pm_stencil s = {
        .whole = &task, .free = &free_one, .n_free = 1, .lowest = &lowest, .f_lowest = HUGE_VAL};

    inner.value_limit = HUGE_VAL;
    for (size_t k = 0; k < sizeof turns / sizeof turns[0]; ++k) {
        x = turns[k].x;
        f = g = NAN;
        inner.wants = turns[k].wants;
        pm_stencil_begin(&s, &inner);
        pm_stencil_ask(&s, &inner, &outer);
        CHECK(outer.count == turns[k].cost);
        for (size_t q = 0; q < outer.count; ++q) {
            of[q] = ox[q] * ox[q] + 1.0;
        }
        CHECK(pm_stencil_tell(&s, &inner, &outer));
        CHECK(x == turns[k].x && f == x * x + 1.0);
        CHECK(inner.wants == PM_F || fabs(g - 2.0 * x) < 1e-6);
    }
}

void test_stencil(void)
{
    a_value_that_is_known_is_not_evaluated_again();
    one_neighbour_a_variable_or_two();
    differences_keep_to_the_box();
    central_differences_are_exact_for_parabolas_at_a_bound();
    rounding_leads_out_of_no_box();
    given_steps_are_taken();
    fixed_variables_are_put_in_again();
    scaled_variables_keep_their_digits();
    a_given_gradient_passes_through();
    large_gradients_come_in_chunks();
    values_alone_need_no_neighbours();
    neighbours_without_values_give_no_slope();
    a_high_point_has_no_neighbours();
    products_are_differences_of_gradients();
    products_without_room_are_zero();
}
