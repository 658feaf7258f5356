/* Simulated annealing: first moves, first temperature and steps, worked out from the random words
 * themselves; cycles, chains and local searches. */
#include "base/rng.h"
#include "laws.h"
#include "methods/global/annealing/visiting.h"

enum { LENGTHS, PARTNERS, ACCEPTANCE, EXCHANGES, RESTARTS }; /* streams, as in annealing.c */
enum { ADAPTIVE, GAUSSIAN, CAUCHY, TSALLIS };
enum { FROM_BEST, FROM_LAST, FROM_RANDOM };
enum { NO_SEARCH, BFGS, LBFGS };
enum { MOST = 5 }; /* coordinates of a test problem */

/* A single cycle, and no local searches: the walk alone. */
static run walk(void)
{
    run r = prepared("annealing");
    set(&r, "local_search", NO_SEARCH);
    set(&r, "cycle", 0);
    set(&r, "cycles", 1);
    set(&r, "descent", 0);
    return r;
}

static pm_turn tell_value(run *r, double f)
{
    r->b->f[0] = f;
    tell(r);
    return r->turn;
}

static double temperature(const run *r)
{
    double measures[2];
    pm_solver_measure(r->s, measures);
    return measures[0];
}

/* The move that one word of the stream gives: v u / (1 - |u| + v / reach), u on [-1, 1). */
static double length(pm_rng *lengths, double v, double reach)
{
    const double u = 2.0 * ((double)(pm_rng_word(lengths) >> 11) * 0x1p-53) - 1.0;
    return v * u / (1.0 - fabs(u) + v / reach);
}

/* Reflected at the walls until it is inside. */
static double folded(double x, double lower, double upper)
{
    while (x < lower || x > upper) {
        x = x < lower ? 2.0 * lower - x : 2.0 * upper - x;
    }
    return x;
}

/* Two sweeps over two coordinates, and the first difference, all accepted but the third move, which
 * is +inf. The box is 10 and 8 wide, so moves begin with 2.5 and 2. */
static void first_moves(void)
{
    const double x0[] = {1.0, 2.0}, lower[] = {-5.0, 0.0}, upper[] = {5.0, 8.0};
    const double v[] = {2.5, 2.0}, reach[] = {10.0, 8.0};
    pm_rng lengths = pm_rng_stream(key, LENGTHS), partners = pm_rng_stream(key, PARTNERS);
    double at[] = {1.0, 2.0}, remembered[2][2];
    run r = walk();
    begin(&r, 2, x0, lower, upper, 100000, 0);

    const double *x = ask(&r);
    CHECK(x[0] == 1.0 && x[1] == 2.0);
    tell_value(&r, 3.0);
    for (size_t k = 0; k < 4; ++k) {
        const size_t i = k % 2;
        const double to = folded(at[i] + length(&lengths, v[i], reach[i]), lower[i], upper[i]);
        x = ask(&r);
        CHECK_NEAR(x[i], to, 1e-14);
        CHECK(x[1 - i] == at[1 - i]);
        CHECK(tell_value(&r, k == 2 ? HUGE_VAL : 4.0 + (double)k) == PM_MID_STEP);
        at[i] = k == 2 ? at[i] : to;
        memcpy(remembered[k / 2], at, sizeof at);
    }
    /* Of two remembered points, the second partner is the one that the first is not. */
    const size_t p = pm_rng_below(&partners, 2);
    const double factor = length(&lengths, 1.0, 10.0);
    x = ask(&r);
    for (size_t i = 0; i < 2; ++i) {
        const double to = at[i] + factor * (remembered[p][i] - remembered[1 - p][i]);
        CHECK_NEAR(x[i], folded(to, lower[i], upper[i]), 1e-13);
    }
    pm_solver_free(r.s);
}

/* The next proposal of a walk in one open variable that stands at `from`. */
static double proposed(pm_rng *lengths, double from, double v)
{
    return from + length(lengths, v, 1e3);
}

/* A budget of 100 leaves 5 probing moves.  Told 0, then 1, 3, 2, 4 and +inf, they rise by 1, 2 and
 * 2: with y = exp(-1/T), mean acceptance 1/2 is y + 2 y^2 = 3/2, so y = (sqrt(13) - 1) / 4 and T =
 * -1 / log(y). */
static void first_temperature(double nudge, bool accepted)
{
    const double values[] = {1.0, 3.0, 2.0, 4.0, HUGE_VAL}, x0[] = {0.5};
    const double T = -1.0 / log((sqrt(13.0) - 1.0) / 4.0);
    pm_rng lengths = pm_rng_stream(key, LENGTHS), chance = pm_rng_stream(key, ACCEPTANCE);
    run r = walk();
    set(&r, "acceptance", 0.5);
    set(&r, "sweeps", 10);
    begin(&r, 1, x0, open_lower, open_upper, 100, 0);

    ask(&r);
    tell_value(&r, 0.0);
    for (size_t k = 0; k < 5; ++k) {
        ask(&r);
        length(&lengths, 0.25, 1e3);
        CHECK(tell_value(&r, values[k]) == (k < 4 ? PM_MID_STEP : PM_STEP_DONE));
    }
    /* Cooling begins at the best point, x0. */
    const double first = proposed(&lengths, 0.5, 0.25);
    CHECK_NEAR(ask(&r)[0], first, 1e-14);
    tell_value(&r, -T * log(1.0 - pm_rng_uniform(&chance)) * nudge);
    CHECK_NEAR(ask(&r)[0], proposed(&lengths, accepted ? first : 0.5, 0.25), 1e-14);
    pm_solver_free(r.s);
}

/* After a level T is 0.9 times what it was; +inf draws no word of acceptance. */
static void temperature_falls(double nudge, bool accepted)
{
    const double x0[] = {0.0};
    pm_rng lengths = pm_rng_stream(key, LENGTHS), chance = pm_rng_stream(key, ACCEPTANCE);
    run r = walk();
    set(&r, "initial_temperature", 2.0);
    set(&r, "cooling", 0.9);
    set(&r, "sweeps", 2);
    begin(&r, 1, x0, open_lower, open_upper, 1000000, 0);

    ask(&r);
    tell_value(&r, 0.0);
    for (size_t k = 0; k < 2; ++k) {
        ask(&r);
        length(&lengths, 0.25, 1e3);
        tell_value(&r, HUGE_VAL);
    }
    const double v = 0.25 / 3.0, first = proposed(&lengths, 0.0, v);
    CHECK_NEAR(ask(&r)[0], first, 1e-14);
    tell_value(&r, -0.9 * 2.0 * log(1.0 - pm_rng_uniform(&chance)) * nudge);
    CHECK_NEAR(ask(&r)[0], proposed(&lengths, accepted ? first : 0.0, v), 1e-14);
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
    pm_rng lengths = pm_rng_stream(seeded, LENGTHS);
    run r = walk();
    set(&r, "initial_temperature", 1.0);
    set(&r, "cooling", 0.9);
    set(&r, "sweeps", 2);
    begin(&r, 1, x0, open_lower, open_upper, 1000000, seed);

    ask(&r);
    tell_value(&r, 0.0);
    const double first = ask(&r)[0];
    CHECK_NEAR(first, proposed(&lengths, 0.0, 0.25), 1e-14);
    tell_value(&r, height);
    CHECK_NEAR(ask(&r)[0], proposed(&lengths, first, 0.25), 1e-14);
    CHECK(tell_value(&r, HUGE_VAL) == PM_STEP_DONE);
    CHECK_NEAR(ask(&r)[0], proposed(&lengths, stays ? first : 0.0, 0.25), 1e-14);
    pm_solver_free(r.s);
}

/* --------------------------------------------------------------------------------- options ------ */

/* A walk in one variable of [0, 1], so hot that it accepts everything finite, and levels of one
 * sweep: so many moves to a cycle. */
static run hot(size_t cycle, double step)
{
    run r = walk();
    set(&r, "initial_temperature", 1e6);
    set(&r, "sweeps", 1);
    set(&r, "cycle", (double)cycle);
    set(&r, "cycles", 0);
    set(&r, "growth", 1.0);
    set(&r, "step", step);
    return r;
}

static const double zero[] = {0.0}, half[] = {0.5}, one[] = {1.0};

/* Where the second cycle begins: x0 is the best point, and two moves have led away from it. */
static void reheats_from(int where)
{
    pm_rng lengths = pm_rng_stream(key, LENGTHS), restarts = pm_rng_stream(key, RESTARTS);
    run r = hot(2, 0.01);
    set(&r, "reheating", where);
    begin(&r, 1, half, zero, one, 1000000, 0);

    ask(&r);
    tell_value(&r, 0.0);
    double last = 0.5, v = 0.01;
    for (size_t k = 0; k < 2; ++k) {
        last = folded(last + length(&lengths, v, 1.0), 0.0, 1.0);
        CHECK_NEAR(ask(&r)[0], last, 1e-14);
        CHECK(tell_value(&r, 1.0 + (double)k) == PM_STEP_DONE);
        v *= 3.0; /* all moves are accepted */
    }
    const double from = where == FROM_BEST   ? 0.5
                        : where == FROM_LAST ? last
                                             : pm_rng_uniform(&restarts);
    CHECK_NEAR(ask(&r)[0], folded(from + length(&lengths, 0.01, 1.0), 0.0, 1.0), 1e-14);
    pm_solver_free(r.s);
}

/* Cycles of 2, 6 and 18 moves, each one beginning at 1e6 times `reheat`. */
static void cycles_grow(double reheat)
{
    run r = hot(2, 0.01);
    set(&r, "growth", 3.0);
    set(&r, "reheat_temperature", reheat);
    begin(&r, 1, half, zero, one, 1000000, 0);
    ask(&r);
    tell_value(&r, 0.0);
    CHECK_NEAR(temperature(&r), 1e6, 1e-6);
    size_t ends[3], cycles = 0;
    double before = 1e6;
    for (size_t k = 1; cycles < 3; ++k) {
        ask(&r);
        tell_value(&r, 1.0);
        if (temperature(&r) > before) {
            CHECK_NEAR(temperature(&r), 1e6 * reheat, 1e-6);
            ends[cycles++] = k;
        }
        before = temperature(&r);
    }
    CHECK(ends[0] == 2 && ends[1] == 8 && ends[2] == 26);
    pm_solver_free(r.s);
}

/* So many moves at the last temperature, one level whatever `sweeps` says, and then the first one.
 */
static void descends_first(size_t moves)
{
    run r = hot(1000, 0.01);
    set(&r, "descent", (double)moves);
    set(&r, "final_temperature", 1e-3);
    begin(&r, 1, half, zero, one, 1000000, 0);
    ask(&r);
    tell_value(&r, 0.0);
    for (size_t k = 0; k < moves; ++k) {
        CHECK_NEAR(temperature(&r), 1e3, 1e-9);
        ask(&r);
        CHECK(tell_value(&r, 1.0) == (k + 1 < moves ? PM_MID_STEP : PM_STEP_DONE));
    }
    CHECK_NEAR(temperature(&r), 1e6, 1e-6);
    pm_solver_free(r.s);
}

/* The temperatures of a run's levels are those of its schedule, the last one included. */
static void cools_by(int schedule, const double *T, size_t levels)
{
    run r = hot(1000, 0.01);
    set(&r, "schedule", schedule);
    set(&r, "visiting_q", 2.5);
    set(&r, "cooling", 0.5);
    set(&r, "final_temperature", T[levels - 1] * (1.0 + 1e-9));
    begin(&r, 1, half, zero, one, 1000000, 0);
    ask(&r);
    tell_value(&r, 0.0);
    for (size_t k = 0; k < levels; ++k) {
        ask(&r);
        tell_value(&r, 1.0);
        CHECK_NEAR(temperature(&r), k + 1 < levels ? 1e6 * T[k] : 1e6, 1.0);
    }
    pm_solver_free(r.s);
}

static void schedules(void)
{
    const double geometric[] = {0.5, 0.25, 0.125};
    const double logarithmic[] = {0.6309297535714574, 0.5, 0.43067655807339306};
    const double fast[] = {1.0 / 2, 1.0 / 3, 1.0 / 4};
    /* (2^1.5 - 1) / (t^1.5 - 1), t = 3, 4, 5 */
    const double tsallis[] = {0.4357395, 0.2612039, 0.1796107};
    cools_by(0, geometric, 3);
    cools_by(1, logarithmic, 3);
    cools_by(2, fast, 3);
    cools_by(3, tsallis, 3);
}

/* All moves are accepted, so this schedule cools as fast as it can; where none is, it heats. */
static void adaptive_schedule(double f, double factor)
{
    run r = hot(1000, 0.01);
    set(&r, "schedule", 5);
    set(&r, "cooling", 0.5);
    begin(&r, 1, half, zero, one, 1000000, 0);
    ask(&r);
    tell_value(&r, 0.0);
    ask(&r);
    tell_value(&r, f);
    CHECK_NEAR(temperature(&r), 1e6 * factor, 1e-3);
    pm_solver_free(r.s);
}

/* 1 / T falls evenly to 1 / last, over the levels of the cycle: as many as a factor of 0.9 takes,
 * log(0.01) / log(0.9) = 43.7. */
static void lundy_and_mees(void)
{
    run r = hot(1000, 0.01);
    set(&r, "schedule", 4);
    set(&r, "final_temperature", 0.01);
    begin(&r, 1, half, zero, one, 1000000, 0);
    ask(&r);
    tell_value(&r, 0.0);
    for (size_t k = 1; k < 44; ++k) {
        ask(&r);
        tell_value(&r, 1.0);
        CHECK_NEAR(temperature(&r), 1e6 / (1.0 + (double)k * 99.0 / 44.0), 1e-3);
    }
    pm_solver_free(r.s);
}

/* Hot walks of the three generalised distributions: the first moves, from the words. */
static void visits(int distribution, double q)
{
    pm_rng lengths = pm_rng_stream(key, LENGTHS);
    double at = 0.5, T = 1.0;
    run r = hot(1000, 1e-3);
    set(&r, "visiting", distribution);
    set(&r, "visiting_q", fmax(q, 1.01));
    set(&r, "cooling", 0.5);
    set(&r, "final_temperature", 1e-30);
    begin(&r, 1, half, zero, one, 1000000, 0);
    ask(&r);
    tell_value(&r, 0.0);
    for (size_t k = 0; k < 5; ++k) {
        double factor = 1.0 / sqrt(3.0 - q);
        if (distribution == CAUCHY) {
            factor /= fabs(pm_rng_normal(&lengths));
        } else if (distribution == TSALLIS) {
            factor = pm_visiting_factor(&lengths, q); /* its distribution: test_visiting.c */
        }
        const double z = pm_rng_normal(&lengths);
        const double to = at + 1e-3 * pow(T, 1.0 / (3.0 - q)) * factor * z;
        const double x = ask(&r)[0];
        if (fabs(to) < 1e6) {
            CHECK_NEAR(x, folded(to, 0.0, 1.0), 1e-9);
        }
        CHECK(x >= 0.0 && x <= 1.0 && x != at);
        at = x;
        tell_value(&r, 1.0);
        T *= 0.5;
    }
    pm_solver_free(r.s);
}

/* The rule of acceptance has its q from the options: (1 - 6 rise / T)^(1/6) = u at T = 6 is
 * rise = 1 - u^6. */
static void generalised_acceptance(double nudge, bool accepted)
{
    pm_rng lengths = pm_rng_stream(key, LENGTHS), chance = pm_rng_stream(key, ACCEPTANCE);
    run r = walk();
    set(&r, "initial_temperature", 6.0);
    set(&r, "acceptance_q", -5.0);
    set(&r, "sweeps", 10);
    begin(&r, 1, zero, open_lower, open_upper, 1000000, 0);
    ask(&r);
    tell_value(&r, 0.0);
    const double first = proposed(&lengths, 0.0, 0.25);
    CHECK_NEAR(ask(&r)[0], first, 1e-14);
    tell_value(&r, (1.0 - pow(1.0 - pm_rng_uniform(&chance), 6.0)) * nudge);
    CHECK_NEAR(ask(&r)[0], proposed(&lengths, accepted ? first : 0.0, 0.25), 1e-14);
    pm_solver_free(r.s);
}

/* After as many cycles as asked for, and five levels without an improvement, the run ends. */
static void ends_after(size_t cycles)
{
    run r = hot(7, 0.01);
    set(&r, "cycles", (double)cycles);
    begin(&r, 1, half, zero, one, 1000000, 0);
    ask(&r);
    tell_value(&r, 0.0);
    size_t moves = 0;
    while (r.stop == PM_RUNNING && moves < 1000) {
        ask(&r);
        tell_value(&r, 1.0);
        ++moves;
    }
    CHECK(moves == 7 * cycles && r.stop == PM_VALUE);
    pm_solver_free(r.s);
}

/* --------------------------------------------------------------------------------- chains ------- */

/* Three chains are asked for together.  The rises that the coldest accepts at T the next one does
 * at T times the ladder; then the lowest of them go down the ladder. */
static void chains_exchange(void)
{
    pm_rng lengths = pm_rng_stream(key, LENGTHS);
    double at[3], v = 0.01;
    const double f[] = {2.0, 1.0, 0.5};
    run r = hot(1000, v);
    set(&r, "chains", 3);
    begin(&r, 1, half, zero, one, 1000000, 0);

    ask(&r);
    CHECK(r.b->count == 1);
    tell_value(&r, 0.0);
    ask(&r);
    CHECK(r.b->count == 3);
    for (size_t c = 0; c < 3; ++c) {
        at[c] = folded(0.5 + length(&lengths, v, 1.0), 0.0, 1.0);
        CHECK_NEAR(r.b->x[c], at[c], 1e-14);
        r.b->f[c] = f[c];
    }
    tell(&r);
    /* Chains 1 and 2 exchange first, then 0 and 1: the values are now 0.5, 2 and 1. */
    const double now[] = {at[2], at[0], at[1]};
    ask(&r);
    for (size_t c = 0; c < 3; ++c) {
        CHECK_NEAR(r.b->x[c], folded(now[c] + length(&lengths, 3.0 * v, 1.0), 0.0, 1.0), 1e-14);
    }
    pm_solver_free(r.s);
}

/* A rise that is accepted at T = 2 and not below it, told to the hotter one of two chains; then
 * they may exchange their places. */
static void hotter_chains_accept_more(double ladder, bool accepted)
{
    pm_rng lengths = pm_rng_stream(key, LENGTHS), chance = pm_rng_stream(key, ACCEPTANCE);
    pm_rng exchanges = pm_rng_stream(key, EXCHANGES);
    const double rise = -2.0 * log(1.0 - pm_rng_uniform(&chance));
    run r = hot(1000, 0.01);
    set(&r, "initial_temperature", 1.0);
    set(&r, "sweeps", 2);
    set(&r, "chains", 2);
    set(&r, "ladder", ladder);
    begin(&r, 1, half, zero, one, 1000000, 0);
    ask(&r);
    tell_value(&r, 0.0);
    ask(&r);
    length(&lengths, 0.01, 1.0);
    const double to = 0.5 + length(&lengths, 0.01, 1.0);
    r.b->f[0] = HUGE_VAL;
    r.b->f[1] = rise;
    tell(&r);
    ask(&r);
    const bool swapped = pm_rng_uniform(&exchanges) < exp(-(1.0 - 1.0 / ladder) * rise);
    const double from[] = {accepted && swapped ? to : 0.5, accepted && !swapped ? to : 0.5};
    CHECK_NEAR(r.b->x[0], from[0] + length(&lengths, 0.01, 1.0), 1e-14);
    CHECK_NEAR(r.b->x[1], from[1] + length(&lengths, 0.01, 1.0), 1e-14);
    pm_solver_free(r.s);
}

/* --------------------------------------------------------------------------- local searches ----- */

/* Rosenbrock's function. */
static double valley(const double *x, double *g)
{
    const double rise = x[1] - x[0] * x[0], rest = 1.0 - x[0];
    g[0] = -400.0 * rise * x[0] - 2.0 * rest;
    g[1] = 200.0 * rise;
    return 100.0 * rise * rise + rest * rest;
}

static void start_with_gradient(run *r, const double *x0, const double *lower, const double *upper,
                                size_t budget)
{
    r->task.has_gradient = true;
    begin(r, 2, x0, lower, upper, budget, 0);
}

static void answer(run *r)
{
    double g[2];
    r->b->f[0] = valley(r->b->x, r->b->wants == PM_FG ? r->b->g : g);
    tell(r);
}

/* After x0 a run goes the way of its local method from there, step by step, which ends in the
 * valley's floor; then it walks. */
static void begins_with_a_local_search(int choice, const char *name)
{
    const double x0[] = {-1.2, 1.0}, lower[] = {-5, -5}, upper[] = {5, 5};
    run r = prepared("annealing"), inner = prepared(name);
    set(&r, "local_search", choice);
    start_with_gradient(&r, x0, lower, upper, 10000);
    start_with_gradient(&inner, x0, lower, upper, 5000);

    ask(&r);
    CHECK(r.b->wants == PM_F && r.b->x[0] == x0[0]);
    answer(&r);
    size_t steps = 0;
    while (inner.stop == PM_RUNNING && steps < 200) {
        const double *x = ask(&r), *y = ask(&inner);
        CHECK(r.b->wants == PM_FG);
        CHECK(memcmp(x, y, 2 * sizeof *x) == 0);
        answer(&r);
        answer(&inner);
        ++steps;
    }
    CHECK(steps > 10 && pm_solver_at(r.s, (double[2]){0}) < 1e-12);
    ask(&r);
    CHECK(r.b->wants == PM_F);
    pm_solver_free(r.s);
    pm_solver_free(inner.s);
}

/* The share of 4000 evaluations that local searches took where there is a new lowest point seldom.
 */
static double share_of_searches(double wanted)
{
    const double x0[] = {-1.2, 1.0}, lower[] = {-5, -5}, upper[] = {5, 5};
    size_t inside = 0;
    run r = prepared("annealing");
    set(&r, "local_share", wanted);
    start_with_gradient(&r, x0, lower, upper, 4000);
    for (size_t k = 0; k < 4000; ++k) {
        ask(&r);
        inside += r.b->wants == PM_FG;
        answer(&r);
    }
    pm_solver_free(r.s);
    return (double)inside / 4000.0;
}

static void searches_have_their_share(void)
{
    const double little = share_of_searches(0.1), half_of_it = share_of_searches(0.5);
    CHECK(little > 0.02 && little < 0.2);
    CHECK(half_of_it > 0.4 && half_of_it < 0.6);
}

/* -------------------------------------------------------------------------------- laws -------- */

static run defaults(void)
{
    return prepared("annealing");
}

static run tempering(void)
{
    run r = prepared("annealing");
    set(&r, "chains", 4);
    return r;
}

static run generalised(void)
{
    run r = prepared("annealing");
    set(&r, "visiting", TSALLIS);
    set(&r, "schedule", 3);
    set(&r, "acceptance_q", -5.0);
    return r;
}

/* The same function at whole numbers: lowest at 1 in each variable, with 0.3^2 + 10 - 10 cos(0.6
 * pi) = 13.18 each. */
static void finds_the_lowest_of_whole_numbers(run (*made)(void))
{
    const double x0[] = {-4, 4, -4}, lower[] = {-5, -5, -5}, upper[] = {5, 5, 5};
    const bool integer[] = {true, true, true};
    size_t found = 0;
    for (uint64_t seed = 0; seed < 20; ++seed) {
        double x[3];
        run r = made();
        r.task.integer = integer;
        begin(&r, 3, x0, lower, upper, 3000, seed);
        drive(&r, rastrigin, 3000);
        pm_solver_at(r.s, x);
        found += x[0] == 1.0 && x[1] == 1.0 && x[2] == 1.0;
        pm_solver_free(r.s);
    }
    CHECK(found >= 15);
}

/* Of the real variable the local searches take care. */
static void finds_a_mixed_minimum(void)
{
    const double x0[] = {-4, 4}, lower[] = {-5, -5}, upper[] = {5, 5};
    const bool integer[] = {true, false};
    double x[2];
    run r = prepared("annealing");
    r.task.integer = integer;
    begin(&r, 2, x0, lower, upper, 2000, 0);
    drive(&r, bowl, 2000);
    CHECK_NEAR(pm_solver_at(r.s, x), 0.09, 1e-9);
    CHECK(x[0] == 1.0);
    pm_solver_free(r.s);
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
        drive(&r, bowl, 20000);
        found += pm_solver_at(r.s, x) < 1e-2;
        pm_solver_free(r.s);
    }
    CHECK(found >= 15);
}

static void ends_on_a_plain(void)
{
    const double x0[] = {0.0, 0.0}, lower[] = {-1.0, -1.0}, upper[] = {1.0, 1.0};
    run r = walk();
    begin(&r, 2, x0, lower, upper, 20000, 0);
    CHECK(drive(&r, constant, 20000) < 4000);
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
        drive(&r, bowl, 2000);
        CHECK(pm_solver_at(r.s, x) <= bowl(x0, 2));
        pm_solver_free(r.s);
    }
}

/* The point that was evaluated is the one in the batch, whoever moved it there. */
static void believes_the_batch(void)
{
    const double x0[] = {1.0, 1.0};
    double x[2];
    run r = walk();
    begin(&r, 2, x0, open_lower, open_upper, 1000, 0);
    ask(&r);
    tell_value(&r, 2.0);
    ask(&r);
    r.b->x[0] = 0.25;
    r.b->x[1] = 0.5;
    tell_value(&r, 1.0);
    CHECK(pm_solver_at(r.s, x) == 1.0);
    CHECK(x[0] == 0.25 && x[1] == 0.5);
    pm_solver_free(r.s);
}

void test_annealing(void)
{
    first_moves();
    first_temperature(1.0 - 1e-9, true);
    first_temperature(1.0 + 1e-9, false);
    temperature_falls(1.0 - 1e-9, true);
    temperature_falls(1.0 + 1e-9, false);
    returns_from_above_the_heat(0.9 - 1e-9, true);
    returns_from_above_the_heat(0.9 + 1e-9, false);
    reheats_from(FROM_BEST);
    reheats_from(FROM_LAST);
    reheats_from(FROM_RANDOM);
    descends_first(7);
    descends_first(30);
    cycles_grow(1.0);
    cycles_grow(0.1);
    schedules();
    adaptive_schedule(1.0, 0.5);
    adaptive_schedule(HUGE_VAL, 2.0);
    lundy_and_mees();
    visits(GAUSSIAN, 1.0);
    visits(CAUCHY, 2.0);
    visits(TSALLIS, 2.62);
    generalised_acceptance(1.0 - 1e-9, true);
    generalised_acceptance(1.0 + 1e-9, false);
    ends_after(1);
    ends_after(3);
    chains_exchange();
    hotter_chains_accept_more(2.001, true);
    hotter_chains_accept_more(1.999, false);
    begins_with_a_local_search(BFGS, "bfgs");
    begins_with_a_local_search(LBFGS, "lbfgs");
    searches_have_their_share();
    finds_the_lowest_of_many_minima(walk, 50000, 0.5);
    finds_the_lowest_of_many_minima(defaults, 50000, 0.5);
    finds_the_lowest_of_many_minima(tempering, 50000, 0.5);
    finds_the_lowest_of_many_minima(generalised, 50000, 0.5);
    finds_the_lowest_of_whole_numbers(defaults);
    finds_the_lowest_of_whole_numbers(generalised);
    finds_a_mixed_minimum();
    finds_a_bowl_in_the_open();
    stays_in_the_box(defaults);
    stays_in_the_box(generalised);
    finds_where_f_is_finite(walk, 20000, 0.1);
    finds_where_f_is_finite(defaults, 20000, 0.1);
    ends_on_a_plain();
    any_budget_will_do();
    believes_the_batch();
    a_copy_continues_identically(defaults, 1500, 3000);
    a_copy_continues_identically(tempering, 1500, 3000);
}
