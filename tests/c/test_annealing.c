/* Simulated annealing: first moves, first temperature and steps, worked out from the random words
 * themselves. */
#include "rng.h"
#include "run.h"

#include <math.h>
#include <string.h>

enum { MOVES, ACCEPTANCE, PARTNERS }; /* streams, as in annealing.c */
enum { MOST = 5 };                    /* coordinates of a test problem */

static const double open_lower[MOST] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
static const double open_upper[MOST] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL};

static pm_turn tell(run *r, double f)
{
    r->b->f[0] = f;
    CHECK(pm_tell(r->s, &r->turn, &r->stop) == PM_OK);
    return r->turn;
}

/* The move that one word of the stream gives: v u / (1 - |u| + v / reach), u on [-1, 1). */
static double length(pm_rng *moves, double v, double reach)
{
    const double u = 2.0 * ((double)(pm_rng_word(moves) >> 11) * 0x1p-53) - 1.0;
    return v * u / (1.0 - fabs(u) + v / reach);
}

static double folded(double x, double lower, double upper)
{
    return x < lower ? 2.0 * lower - x : x > upper ? 2.0 * upper - x : x;
}

/* Two sweeps over two coordinates, and the first difference, all accepted but the third move, which
 * is +inf. The box is 10 and 8 wide, so moves begin with 2.5 and 2. */
static void first_moves(void)
{
    const double x0[] = {1.0, 2.0}, lower[] = {-5.0, 0.0}, upper[] = {5.0, 8.0};
    const double v[] = {2.5, 2.0}, reach[] = {10.0, 8.0};
    pm_rng moves = pm_rng_stream(key, MOVES), partners = pm_rng_stream(key, PARTNERS);
    double at[] = {1.0, 2.0}, remembered[2][2];
    run r = prepared("annealing");
    begin(&r, 2, x0, lower, upper, 100000, 0);

    const double *x = ask(&r);
    CHECK(x[0] == 1.0 && x[1] == 2.0);
    tell(&r, 3.0);
    for (size_t k = 0; k < 4; ++k) {
        const size_t i = k % 2;
        const double to = folded(at[i] + length(&moves, v[i], reach[i]), lower[i], upper[i]);
        x = ask(&r);
        CHECK_NEAR(x[i], to, 1e-14);
        CHECK(x[1 - i] == at[1 - i]);
        CHECK(tell(&r, k == 2 ? HUGE_VAL : 4.0 + (double)k) == PM_MID_STEP);
        at[i] = k == 2 ? at[i] : to;
        memcpy(remembered[k / 2], at, sizeof at);
    }
    /* Of two remembered points, the second partner is the one that the first is not. */
    const size_t p = pm_rng_below(&partners, 2);
    const double factor = length(&moves, 1.0, 10.0);
    x = ask(&r);
    for (size_t i = 0; i < 2; ++i) {
        const double to = at[i] + factor * (remembered[p][i] - remembered[1 - p][i]);
        CHECK_NEAR(x[i], fmin(fmax(folded(to, lower[i], upper[i]), lower[i]), upper[i]), 1e-14);
    }
    pm_solver_free(r.s);
}

/* The next proposal of a walk in one open variable that stands at `from`. */
static double proposed(pm_rng *moves, double from, double v)
{
    return from + length(moves, v, 1e3);
}

/* A budget of 100 leaves 5 probing moves.  Told 0, then 1, 3, 2, 4 and +inf, they rise by 1, 2 and
 * 2: with y = exp(-1/T), mean acceptance 1/2 is y + 2 y^2 = 3/2, so y = (sqrt(13) - 1) / 4 and T =
 * -1 / log(y). */
static void first_temperature(double nudge, bool accepted)
{
    const double values[] = {1.0, 3.0, 2.0, 4.0, HUGE_VAL}, x0[] = {0.5};
    const double T = -1.0 / log((sqrt(13.0) - 1.0) / 4.0);
    pm_rng moves = pm_rng_stream(key, MOVES), chance = pm_rng_stream(key, ACCEPTANCE);
    run r = prepared("annealing");
    set(&r, "acceptance", 0.5);
    set(&r, "sweeps", 10);
    begin(&r, 1, x0, open_lower, open_upper, 100, 0);

    ask(&r);
    tell(&r, 0.0);
    for (size_t k = 0; k < 5; ++k) {
        ask(&r);
        length(&moves, 0.25, 1e3);
        CHECK(tell(&r, values[k]) == (k < 4 ? PM_MID_STEP : PM_STEP_DONE));
    }
    /* Cooling begins at the best point, x0. */
    const double first = proposed(&moves, 0.5, 0.25);
    CHECK_NEAR(ask(&r)[0], first, 1e-14);
    tell(&r, -T * log(1.0 - pm_rng_uniform(&chance)) * nudge);
    CHECK_NEAR(ask(&r)[0], proposed(&moves, accepted ? first : 0.5, 0.25), 1e-14);
    pm_solver_free(r.s);
}

/* Corana et al., step 5, c = 2: of 10 moves k are accepted, and v is multiplied by 1 + 2 (k/10 -
 * 0.6) / 0.4 above k = 6 and divided by 1 + 2 (0.4 - k/10) / 0.4 below k = 4. */
static void steps_follow_acceptance(void)
{
    const double factor[] = {1 / 3.0, 1 / 2.5, 1 / 2.0, 1 / 1.5, 1, 1, 1, 1.5, 2, 2.5, 3},
                 x0[] = {0.0};
    pm_rng moves = pm_rng_stream(key, MOVES);
    double v = 0.25, at = 0.0, f = 0.0;
    run r = prepared("annealing");
    set(&r, "initial_temperature", 1.0);
    set(&r, "sweeps", 10);
    begin(&r, 1, x0, open_lower, open_upper, 1000000, 0);

    ask(&r);
    tell(&r, f);
    for (size_t k = 0; k <= 10; ++k) {
        for (size_t move = 0; move < 10; ++move) {
            const bool lower = move < k;
            const double to = proposed(&moves, at, v);
            CHECK_NEAR(ask(&r)[0], to, 1e-9 * fmax(fabs(to), 1.0));
            tell(&r, lower ? f - 1.0 : HUGE_VAL);
            at = lower ? to : at;
            f = lower ? f - 1.0 : f;
        }
        CHECK(r.turn == PM_STEP_DONE);
        v *= factor[k];
    }
    pm_solver_free(r.s);
}

/* After a level T is 0.9 times what it was; +inf draws no word of acceptance. */
static void temperature_falls(double nudge, bool accepted)
{
    const double x0[] = {0.0};
    pm_rng moves = pm_rng_stream(key, MOVES), chance = pm_rng_stream(key, ACCEPTANCE);
    run r = prepared("annealing");
    set(&r, "initial_temperature", 2.0);
    set(&r, "cooling", 0.9);
    set(&r, "sweeps", 2);
    begin(&r, 1, x0, open_lower, open_upper, 1000000, 0);

    ask(&r);
    tell(&r, 0.0);
    for (size_t k = 0; k < 2; ++k) {
        ask(&r);
        length(&moves, 0.25, 1e3);
        tell(&r, HUGE_VAL);
    }
    const double v = 0.25 / 3.0, first = proposed(&moves, 0.0, v);
    CHECK_NEAR(ask(&r)[0], first, 1e-14);
    tell(&r, -0.9 * 2.0 * log(1.0 - pm_rng_uniform(&chance)) * nudge);
    CHECK_NEAR(ask(&r)[0], proposed(&moves, accepted ? first : 0.0, v), 1e-14);
    pm_solver_free(r.s);
}

/* The walk climbs once, and its level ends at T = 0.9: n T above the best point it stays, higher up
 * it returns. */
static void returns_from_above_the_heat(double height, bool stays)
{
    const double x0[] = {0.0};
    uint64_t seed = 0;
    pm_rng chance = pm_rng_stream(key, ACCEPTANCE);
    while (-log(1.0 - pm_rng_uniform(&chance)) <
           1.0) { /* a stream that accepts a rise of 1 at T = 1 */
        const uint64_t seeded[] = {key[0] + ++seed, key[1]};
        chance = pm_rng_stream(seeded, ACCEPTANCE);
    }
    const uint64_t seeded[] = {key[0] + seed, key[1]};
    pm_rng moves = pm_rng_stream(seeded, MOVES);
    run r = prepared("annealing");
    set(&r, "initial_temperature", 1.0);
    set(&r, "cooling", 0.9);
    set(&r, "sweeps", 2);
    begin(&r, 1, x0, open_lower, open_upper, 1000000, seed);

    ask(&r);
    tell(&r, 0.0);
    const double first = ask(&r)[0];
    CHECK_NEAR(first, proposed(&moves, 0.0, 0.25), 1e-14);
    tell(&r, height);
    CHECK_NEAR(ask(&r)[0], proposed(&moves, first, 0.25), 1e-14);
    CHECK(tell(&r, HUGE_VAL) == PM_STEP_DONE);
    CHECK_NEAR(ask(&r)[0], proposed(&moves, stays ? first : 0.0, 0.25), 1e-14);
    pm_solver_free(r.s);
}

/* -------------------------------------------------------------------------------- laws -------- */

/* Evaluates until the run ends by itself, or `budget` is spent; the number of evaluations. */
static size_t drive(run *r, double (*f)(const double *x, size_t n), size_t n, const double *lower,
                    const double *upper, size_t budget)
{
    size_t count = 0;
    while (r->stop == PM_RUNNING && count < budget) {
        const double *x = ask(r);
        for (size_t i = 0; i < n; ++i) {
            if (!(x[i] >= lower[i] && x[i] <= upper[i])) {
                CHECK(!"inside the box");
            }
        }
        tell(r, f(x, n));
        ++count;
    }
    return count;
}

static double constant(const double *x, size_t n)
{
    (void)x;
    (void)n;
    return 1.0;
}

/* Lower towards every wall: what pushes hardest against the box. */
static double outward(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum -= sqrt(fabs(x[i]));
    }
    return sum;
}

/* 15 of 20 streams: a method that succeeds 19 times in 20 is refused wrongly with probability 3e-4
 * (binomial). */
static void finds_the_lowest_of_many_minima(void)
{
    const double x0[] = {-4, 4, -4, 4, -4}, lower[] = {-5, -5, -5, -5, -5},
                 upper[] = {5, 5, 5, 5, 5};
    size_t found = 0;
    for (uint64_t seed = 0; seed < 20; ++seed) {
        double x[5];
        run r = prepared("annealing");
        begin(&r, 5, x0, lower, upper, 50000, seed);
        const size_t count = drive(&r, rastrigin, 5, lower, upper, 50000);
        CHECK(count < 50000 && r.stop == PM_VALUE);
        found += pm_solver_at(r.s, x) < 0.5;
        pm_solver_free(r.s);
    }
    CHECK(found >= 15);
}

/* The same count, without bounds and from far away. */
static void finds_a_bowl_in_the_open(void)
{
    const double x0[] = {300.0, -0.01};
    size_t found = 0;
    for (uint64_t seed = 0; seed < 20; ++seed) {
        double x[2];
        run r = prepared("annealing");
        begin(&r, 2, x0, open_lower, open_upper, 20000, seed);
        drive(&r, bowl, 2, open_lower, open_upper, 20000);
        found += pm_solver_at(r.s, x) < 1e-2;
        pm_solver_free(r.s);
    }
    CHECK(found >= 15);
}

static void stays_in_the_box(void)
{
    const double x0[] = {0.0, 3.0, -1.0, 1.0}, lower[] = {-1.0, 3.0, -HUGE_VAL, 1.0};
    const double upper[] = {1e-3, HUGE_VAL, 2.0, 1.0 + 1e-12};
    for (uint64_t seed = 0; seed < 5; ++seed) {
        run r = prepared("annealing");
        begin(&r, 4, x0, lower, upper, 4000, seed);
        drive(&r, outward, 4, lower, upper, 4000);
        pm_solver_free(r.s);
    }
}

static void finds_where_f_is_finite(void)
{
    const double x0[] = {4.0, -4.0}, lower[] = {-5.0, -5.0}, upper[] = {5.0, 5.0};
    double x[2];
    run r = prepared("annealing");
    begin(&r, 2, x0, lower, upper, 20000, 0);
    drive(&r, hole, 2, lower, upper, 20000);
    /* The lowest point of the hole is its corner (-2.5, 1.5). */
    CHECK_NEAR(pm_solver_at(r.s, x), 3.2 * 3.2 + 0.8 * 0.8, 0.1);
    pm_solver_free(r.s);
}

static void ends_on_a_plain(void)
{
    const double x0[] = {0.0, 0.0}, lower[] = {-1.0, -1.0}, upper[] = {1.0, 1.0};
    run r = prepared("annealing");
    begin(&r, 2, x0, lower, upper, 20000, 0);
    CHECK(drive(&r, constant, 2, lower, upper, 20000) < 2000);
    CHECK(r.stop == PM_VALUE);
    pm_solver_free(r.s);
}

/* From budgets of one evaluation on: no schedule is too short. */
static void any_budget_will_do(void)
{
    const double x0[] = {1.0, 1.0}, lower[] = {-5.0, -5.0}, upper[] = {5.0, 5.0};
    double x[2];
    const size_t budgets[] = {0, 1, 2, 10, 100, 1000, SIZE_MAX};
    for (size_t k = 0; k < sizeof budgets / sizeof *budgets; ++k) {
        run r = prepared("annealing");
        begin(&r, 2, x0, lower, upper, budgets[k], 0);
        drive(&r, bowl, 2, lower, upper, 2000);
        CHECK(pm_solver_at(r.s, x) <= bowl(x0, 2));
        pm_solver_free(r.s);
    }
}

/* The point that was evaluated is the one in the batch, whoever moved it there. */
static void believes_the_batch(void)
{
    const double x0[] = {1.0, 1.0};
    double x[2];
    run r = prepared("annealing");
    begin(&r, 2, x0, open_lower, open_upper, 1000, 0);
    ask(&r);
    tell(&r, 2.0);
    ask(&r);
    r.b->x[0] = 0.25;
    r.b->x[1] = 0.5;
    tell(&r, 1.0);
    CHECK(pm_solver_at(r.s, x) == 1.0);
    CHECK(x[0] == 0.25 && x[1] == 0.5);
    pm_solver_free(r.s);
}

static void a_copy_continues_identically(void)
{
    const double x0[] = {-4, 4, -4}, lower[] = {-5, -5, -5}, upper[] = {5, 5, 5};
    run r = prepared("annealing"), copy;
    begin(&r, 3, x0, lower, upper, 6000, 0);
    drive(&r, rastrigin, 3, lower, upper, 1500);
    copy = r;
    CHECK(pm_solver_copy(&copy.s, r.s) == PM_OK);
    for (size_t k = 0; k < 3000; ++k) {
        const double *x = ask(&r), *y = ask(&copy);
        const double f = rastrigin(x, 3);
        if (x == y || memcmp(x, y, 3 * sizeof *x) != 0) {
            CHECK(!"the same points in different places");
        }
        tell(&r, f);
        tell(&copy, f);
    }
    pm_solver_free(r.s);
    pm_solver_free(copy.s);
}

void test_annealing(void)
{
    first_moves();
    first_temperature(1.0 - 1e-9, true);
    first_temperature(1.0 + 1e-9, false);
    steps_follow_acceptance();
    temperature_falls(1.0 - 1e-9, true);
    temperature_falls(1.0 + 1e-9, false);
    returns_from_above_the_heat(0.9 - 1e-9, true);
    returns_from_above_the_heat(0.9 + 1e-9, false);
    finds_the_lowest_of_many_minima();
    finds_a_bowl_in_the_open();
    stays_in_the_box();
    finds_where_f_is_finite();
    ends_on_a_plain();
    any_budget_will_do();
    believes_the_batch();
    a_copy_continues_identically();
}
