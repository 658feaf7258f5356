/* The walk of basin hopping: how far it hops, and what it accepts. */
#include "base/rng.h"
#include "run.h"

enum { MOVES, ACCEPTANCE, STARTS }; /* streams of random numbers */
enum { LBFGS = 2 };

static const double x0[] = {1.0, -1.0}, lower[] = {-4.0, -2.0}, upper[] = {4.0, 6.0};

static const double PACE = 0.14; /* of the adaptation */

static run begun(double rule, double temperature, double stagnation, double escape)
{
    run r = prepared("basin_hopping");
    set(&r, "acceptance_rule", rule);
    set(&r, "temperature", temperature);
    set(&r, "stagnation", stagnation);
    set(&r, "after_stagnation", escape);
    set(&r, "jumps", 2);
    set(&r, "step", 0.05);
    set(&r, "acceptance", 0.4);
    set(&r, "local_method", LBFGS);
    r.task.has_gradient = true;
    begin(&r, 2, x0, lower, upper, 1000, 0);
    return r;
}

/* One search: begins at x, and is told that it has ended there at once, with the value f. */
static void search(run *r, const double *x, double f)
{
    ask(r);
    CHECK(r->b->count == 1 && r->b->wants == PM_FG);
    CHECK_NEAR(r->b->x[0], x[0], 1e-14);
    CHECK_NEAR(r->b->x[1], x[1], 1e-14);
    r->b->f[0] = f;
    r->b->g[0] = r->b->g[1] = 0.0;
    tell(r);
    CHECK(r->turn == PM_STEP_DONE && r->stop == PM_RUNNING);
}

static double reflected(double x, size_t i)
{
    return x < lower[i] ? 2.0 * lower[i] - x : x > upper[i] ? 2.0 * upper[i] - x : x;
}

/* Where a hop from `from` leads. */
static void hop(pm_rng *moves, const double *from, double step, double *to)
{
    for (size_t i = 0; i < 2; ++i) {
        const double move = step * (upper[i] - lower[i]) * (2.0 * pm_rng_uniform(moves) - 1.0);
        to[i] = reflected(from[i] + move, i);
    }
}

/* Down, up, down again: the hop up is taken back, and the step grows by exp(0.14 * 0.6) where a hop
 * is accepted and shrinks by exp(-0.14 * 0.4) where it is not. */
static void monotonic_hops_go_down(void)
{
    run r = begun(1, 0.0, 100, 0);
    pm_rng moves = pm_rng_stream(key, MOVES);
    double x[2], y[2], step = 0.05;

    search(&r, x0, 5.0);
    hop(&moves, x0, step, x);
    search(&r, x, 4.0);
    step *= exp(PACE * 0.6);
    hop(&moves, x, step, y);
    search(&r, y, 4.5);
    step *= exp(-PACE * 0.4);
    hop(&moves, x, step, y);
    search(&r, y, 1.0);
    step *= exp(PACE * 0.6);
    hop(&moves, y, step, x);
    search(&r, x, 2.0);
    double best[2];
    CHECK(pm_solver_at(r.s, best) == 1.0 && best[0] == y[0] && best[1] == y[1]);
    pm_solver_free(r.s);
}

/* A rise is accepted if it is below -T log(1 - u). */
static void metropolis_hops_may_go_up(void)
{
    run r = begun(0, 2.0, 100, 0);
    pm_rng moves = pm_rng_stream(key, MOVES), chance = pm_rng_stream(key, ACCEPTANCE);
    double x[2] = {x0[0], x0[1]}, y[2], step = 0.05, f = 0.0;
    int up = 0;

    search(&r, x0, f);
    for (int k = 0; k < 40; ++k) {
        const double rise = 0.1 * (double)(1 + k);
        hop(&moves, x, step, y);
        search(&r, y, f + rise);
        const bool accepted = rise < -2.0 * log(1.0 - pm_rng_uniform(&chance));
        step = fmin(step * exp(PACE * (accepted ? 0.6 : -0.4)), 0.5);
        if (accepted) {
            memcpy(x, y, sizeof x);
            f += rise;
            ++up;
        }
    }
    CHECK(up > 5 && up < 35);
    pm_solver_free(r.s);
}

/* The automatic temperature is a twentieth of the mean rise so far. */
static void the_temperature_follows_the_rises(void)
{
    run r = begun(0, 0.0, 1000, 0);
    pm_rng moves = pm_rng_stream(key, MOVES), chance = pm_rng_stream(key, ACCEPTANCE);
    double x[2] = {x0[0], x0[1]}, y[2], step = 0.05, f = 0.0, sum = 0.0;

    search(&r, x0, f);
    for (int k = 1; k < 30; ++k) {
        const double rise = k % 3 == 0 ? 0.02 : 1.0;
        hop(&moves, x, step, y);
        search(&r, y, f + rise);
        sum += rise;
        const bool accepted = rise < -0.05 * sum / k * log(1.0 - pm_rng_uniform(&chance));
        step = fmin(step * exp(PACE * (accepted ? 0.6 : -0.4)), 0.5);
        if (accepted) {
            memcpy(x, y, sizeof x);
            f += rise;
        }
    }
    pm_solver_free(r.s);
}

static void a_walk_in_vain_begins_anew(void)
{
    run r = begun(1, 0.0, 2, 0);
    pm_rng moves = pm_rng_stream(key, MOVES), starts = pm_rng_stream(key, STARTS);
    double x[2], step = 0.05;

    search(&r, x0, 0.0);
    for (int k = 0; k < 2; ++k, step *= exp(-PACE * 0.4)) {
        hop(&moves, x0, step, x);
        search(&r, x, 1.0);
    }
    for (size_t i = 0; i < 2; ++i) {
        x[i] = lower[i] + (upper[i] - lower[i]) * pm_rng_uniform(&starts);
    }
    search(&r, x, 7.0);
    double y[2];
    hop(&moves, x, 0.05, y); /* from there, with the first step */
    search(&r, y, 8.0);
    pm_solver_free(r.s);
}

/* Two hops are taken whatever they find, and the step is left alone. */
static void a_walk_in_vain_jumps(void)
{
    run r = begun(1, 0.0, 2, 1);
    pm_rng moves = pm_rng_stream(key, MOVES);
    double x[2], y[2], step = 0.05;

    search(&r, x0, 0.0);
    for (int k = 0; k < 2; ++k, step *= exp(-PACE * 0.4)) {
        hop(&moves, x0, step, x);
        search(&r, x, 1.0);
    }
    memcpy(x, x0, sizeof x);
    for (int k = 0; k < 2; ++k) {
        hop(&moves, x, step, y);
        search(&r, y, 9.0);
        memcpy(x, y, sizeof x);
    }
    hop(&moves, x, step, y);
    search(&r, y, 8.0);
    pm_solver_free(r.s);
}

void test_basin_hopping(void)
{
    monotonic_hops_go_down();
    metropolis_hops_may_go_up();
    the_temperature_follows_the_rises();
    a_walk_in_vain_begins_anew();
    a_walk_in_vain_jumps();
}
