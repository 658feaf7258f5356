/* The genetic algorithm: generations, islands, runs and the operators' competition.  The operators
 * have tests of their own. */
#include "laws.h"
#include "methods/global/genetic/crossover.h"
#include "methods/global/genetic/mutation.h"
#include "methods/global/genetic/replacement.h"
#include "methods/global/genetic/selection.h"

/* Streams, as in genetic.c; and crossovers, the first of which is adaptive. */
enum { FIRST_POPULATION, SELECTION, CROSSOVER, MUTATION, REPLACEMENT };
enum { ADAPTIVE, FIRST_CROSSOVER };

/* ------------------------------------------------------------------------- first steps -------- */

/* x0, then words of the first stream: over the box where it is closed, else from x0 - reach to x0 +
 * reach, and not past a wall; reach = spread max(|x0|, 1). */
static void first_population(void)
{
    const double x0[] = {1.0, 4.0, 0.5}, lower[] = {0.0, -HUGE_VAL, 0.0},
                 upper[] = {10.0, HUGE_VAL, HUGE_VAL};
    const double from[] = {0.0, -4.0, 0.0}, to[] = {10.0, 12.0, 2.5};
    pm_rng first = pm_rng_stream(key, FIRST_POPULATION);
    run r = prepared("genetic");
    set(&r, "population", 7);
    set(&r, "spread", 2.0);
    begin(&r, 3, x0, lower, upper, 1000, 0);

    const double *x = ask(&r);
    CHECK(r.b->count == 7 && r.b->wants == PM_F);
    CHECK(memcmp(x, x0, sizeof x0) == 0);
    for (size_t j = 1; j < 7; ++j) {
        for (size_t i = 0; i < 3; ++i) {
            CHECK_NEAR(x[3 * j + i], from[i] + (to[i] - from[i]) * pm_rng_uniform(&first), 1e-13);
        }
    }
    pm_solver_free(r.s);
}

/* A tournament of 1000 among 4 misses the best with probability (3/4)^1000: all children are its
 * copies but for one small mutation each.  Values of +inf never win. */
static void the_finite_individual_wins(void)
{
    const double x0[] = {1.0, 1.0, 1.0}, lower[] = {-5.0, -5.0, -5.0}, upper[] = {5.0, 5.0, 5.0};
    const double f[] = {HUGE_VAL, HUGE_VAL, 1e300, HUGE_VAL};
    double best[3];
    run r = prepared("genetic");
    set(&r, "population", 4);
    set(&r, "selection", PM_SELECT_TOURNAMENT);
    set(&r, "tournament", 1000);
    set(&r, "crossover", FIRST_CROSSOVER + PM_CROSS_SBX);
    set(&r, "crossover_probability", 0.0);
    set(&r, "mutation_probability", 1e-300);
    begin(&r, 3, x0, lower, upper, 1000, 0);
    memcpy(best, ask(&r) + 6, sizeof best);
    tell_values(&r, f);

    const double *x = ask(&r);
    for (size_t j = 0; j < 4; ++j) {
        size_t changed = 0;
        for (size_t i = 0; i < 3; ++i) {
            changed += x[3 * j + i] != best[i];
        }
        CHECK(changed == 1);
    }
    pm_solver_free(r.s);
}

/* Of the population 1, 2, 3, 4 half may stay; of the children 5, 0, 1.5, 6 the best come in.  Next
 * are 1, 2, 0 and 1.5: a tournament of all finds 0, and after worse children it is still there. */
static void the_best_survive(void)
{
    const double x0[] = {1.0}, lower[] = {-5.0}, upper[] = {5.0};
    const double parents[] = {1.0, 2.0, 3.0, 4.0}, children[] = {5.0, 0.0, 1.5, 6.0},
                 worse[] = {9.0, 9.0, 9.0, 9.0};
    double x[1], best;
    run r = prepared("genetic");
    set(&r, "population", 4);
    set(&r, "replacement", PM_REPLACE_ELITIST);
    begin(&r, 1, x0, lower, upper, 1000, 0);
    ask(&r);
    tell_values(&r, parents);
    CHECK(r.turn == PM_STEP_DONE);
    CHECK(pm_solver_at(r.s, x) == 1.0 && x[0] == 1.0);
    best = ask(&r)[1];
    tell_values(&r, children);
    for (size_t k = 0; k < 3; ++k) {
        CHECK(pm_solver_at(r.s, x) == 0.0 && x[0] == best);
        ask(&r);
        tell_values(&r, worse);
    }
    pm_solver_free(r.s);
}

/* -------------------------------------------------------------------------------- laws -------- */

/* Each child by one word of the crossover stream: up to 1/3 a copy of the best with one gene
 * mutated, up to 2/3 of PCX, then of REX, while all have the same credit.  The latter two move
 * every gene. */
static void operators_have_equal_chances_at_first(void)
{
    const double x0[] = {1.0, 1.0, 1.0}, f[] = {4.0, 2.0, 1.0, 3.0, 5.0, 6.0};
    size_t copies = 0;
    for (uint64_t seed = 0; seed < 100; ++seed) {
        const uint64_t seeded[] = {key[0] + seed, key[1]};
        pm_rng words = pm_rng_stream(seeded, CROSSOVER);
        double best[3];
        run r = prepared("genetic");
        set(&r, "population", 6);
        set(&r, "mutation_probability", 1e-300);
        begin(&r, 3, x0, open_lower, open_upper, 100000, seed);
        memcpy(best, ask(&r) + 6, sizeof best);
        tell_values(&r, f);
        CHECK(r.turn == PM_STEP_DONE);

        const double *x = ask(&r);
        CHECK(r.b->count == 4);
        size_t changed = 0;
        for (size_t i = 0; i < 3; ++i) {
            changed += x[i] != best[i];
        }
        CHECK(changed == (pm_rng_uniform(&words) < 1.0 / 3.0 ? 1 : 3));
        copies += changed == 1;
        pm_solver_free(r.s);
    }
    CHECK(copies > 15 && copies < 52); /* 33 in the mean, with a standard deviation of 4.7 */
}

/* Children are worth something only if they are copies: then nearly all are.  Chances end at 1 to
 * 0.1 and 0.1: five copies in six. */
static void the_operator_that_succeeds_is_chosen(void)
{
    const double x0[] = {1.0, 1.0, 1.0}, lower[] = {-5.0, -5.0, -5.0}, upper[] = {5.0, 5.0, 5.0};
    double best[3], level = 0.0;
    size_t copies = 0, children = 0;
    run r = prepared("genetic");
    set(&r, "mutation_probability", 1e-300);
    begin(&r, 3, x0, lower, upper, 1000000, 0);
    ask(&r);
    for (size_t j = 0; j < r.b->count; ++j) {
        r.b->f[j] = (double)j;
    }
    tell(&r);
    for (size_t turn = 0; turn < 600; ++turn) {
        pm_solver_at(r.s, best);
        const double *x = ask(&r);
        for (size_t j = 0; j < r.b->count; ++j, x += 3) {
            size_t same = 0;
            for (size_t i = 0; i < 3; ++i) {
                same += x[i] == best[i];
            }
            level -= 1.0;
            r.b->f[j] = same == 2 ? level : 1e9;
            copies += turn >= 300 && same == 2;
            children += turn >= 300;
        }
        tell(&r);
    }
    CHECK_NEAR((double)copies / (double)children, 5.0 / 6.0, 0.05);
    pm_solver_free(r.s);
}

/* Thirteen individuals, four children at a time: a step is a generation, of thirteen at least. */
static void a_step_is_a_generation(void)
{
    const double x0[] = {1.0};
    const double lower[] = {-5.0}, upper[] = {5.0};
    const pm_turn turns[] = {PM_STEP_DONE, PM_MID_STEP, PM_MID_STEP, PM_MID_STEP, PM_STEP_DONE};
    run r = prepared("genetic");
    set(&r, "population", 13);
    begin(&r, 1, x0, lower, upper, 1000, 0);
    for (size_t k = 0; k < 5; ++k) {
        const double *x = ask(&r);
        CHECK(r.b->count == (k == 0 ? 13 : 4));
        for (size_t j = 0; j < r.b->count; ++j) {
            r.b->f[j] = x[j] * x[j];
        }
        tell(&r);
        CHECK(r.turn == turns[k]);
    }
    pm_solver_free(r.s);
}

/* Two islands of four, whose children are copies of the best with one gene changed.  The best of
 * the second island is far from that of the first, until it migrates. */
static void migrants_go_round_the_ring(size_t migrants, size_t interval, bool arrives)
{
    const double x0[] = {1.0, 1.0}, lower[] = {-5.0, -5.0}, upper[] = {5.0, 5.0};
    const double f[] = {9.0, 8.0, 0.0, 7.0, 6.0, 5.0, 4.0, 3.0}, worse[] = {9, 9, 9, 9, 9, 9, 9, 9};
    double best[2], other[2];
    run r = prepared("genetic");
    set(&r, "population", 4);
    set(&r, "islands", 2);
    set(&r, "migrants", (double)migrants);
    set(&r, "migration_interval", (double)interval);
    set(&r, "crossover", FIRST_CROSSOVER + PM_CROSS_SBX);
    set(&r, "crossover_probability", 0.0);
    set(&r, "mutation_probability", 1e-300);
    begin(&r, 2, x0, lower, upper, 1000, 0);
    const double *x = ask(&r);
    CHECK(r.b->count == 8);
    memcpy(best, x + 4, sizeof best);
    memcpy(other, x + 14, sizeof other);
    tell_values(&r, f);
    x = ask(&r);
    for (size_t j = 0; j < 8; ++j) {
        const double *own = j < 4 ? best : other;
        CHECK((x[2 * j] == own[0]) != (x[2 * j + 1] == own[1]));
    }
    tell_values(&r, worse);
    x = ask(&r);
    for (size_t j = 4; j < 8; ++j) {
        const double *own = arrives ? best : other;
        CHECK((x[2 * j] == own[0]) != (x[2 * j + 1] == own[1]));
    }
    pm_solver_free(r.s);
}

/* A constant: each run waits for `patience` generations of its size, and the last one ends it all.
 * 8, 16 and 32 individuals, and 3 generations of each. */
static void runs_grow_and_end(void)
{
    const double x0[] = {1.0, 1.0}, lower[] = {-5.0, -5.0}, upper[] = {5.0, 5.0};
    run r = prepared("genetic");
    set(&r, "population", 8);
    set(&r, "restarts", 2);
    set(&r, "population_growth", 2.0);
    r.task.stopping.patience = 3;
    begin(&r, 2, x0, lower, upper, 100000, 0);
    const size_t count = drive(&r, constant, 100000);
    CHECK(r.turn == PM_NO_MORE && r.stop == PM_VALUE && count == 4 * (8 + 16 + 32));
    pm_solver_free(r.s);
}

/* What an ended run has found is an end, when the budget is spent to the last evaluation; what is
 * still getting better is none. */
static void a_spent_budget_ends_what_has_converged(void)
{
    const double x0[] = {4.0, -4.0}, lower[] = {-5.0, -5.0}, upper[] = {5.0, 5.0};
    run r = prepared("genetic");
    begin(&r, 2, x0, lower, upper, 30001, 0);
    CHECK(drive(&r, bowl, 30001) == 30001);
    CHECK(r.turn == PM_NO_MORE && pm_stop_success(r.stop));
    pm_solver_free(r.s);
    r = prepared("genetic");
    begin(&r, 2, x0, lower, upper, 201, 0);
    CHECK(drive(&r, bowl, 201) == 201);
    CHECK(r.turn != PM_NO_MORE);
    pm_solver_free(r.s);
}

/* The same count, without bounds and from far away. */
static void finds_a_bowl_in_the_open(void)
{
    const double x0[] = {300.0, -0.01};
    size_t found = 0;
    for (uint64_t seed = 0; seed < 20; ++seed) {
        double x[2];
        run r = prepared("genetic");
        begin(&r, 2, x0, open_lower, open_upper, 20000, seed);
        drive(&r, bowl, 20000);
        found += pm_solver_at(r.s, x) < 1e-2;
        pm_solver_free(r.s);
    }
    CHECK(found >= 15);
}

/* Twenty generations fit into the budget as long as they can have four individuals. */
static void the_population_fits_the_budget(void)
{
    const double x0[] = {1.0, 1.0, 1.0};
    const size_t budget[] = {100, 200, 400, 100000, SIZE_MAX}, size[] = {5, 10, 20, 28, 28};
    for (size_t k = 0; k < sizeof size / sizeof *size; ++k) {
        run r = prepared("genetic");
        begin(&r, 3, x0, open_lower, open_upper, budget[k], 0);
        ask(&r);
        CHECK(r.b->count == size[k]);
        pm_solver_free(r.s);
    }
}

/* Whatever the children are worth and wherever individuals migrate to, the best value never rises,
 * with an elite of one too and in odd numbers. */
static void the_best_never_rises(int replacement)
{
    const double x0[] = {1.0, 1.0, 1.0};
    pm_rng values = pm_rng_stream(key, 99);
    double x[3], last = HUGE_VAL;
    run r = prepared("genetic");
    set(&r, "population", 9);
    set(&r, "replacement", (double)replacement);
    set(&r, "elite", 0.0);
    set(&r, "islands", 2);
    set(&r, "migration_interval", 1);
    set(&r, "migrants", 9);
    begin(&r, 3, x0, open_lower, open_upper, 1000, 0);
    for (size_t k = 0; k < 50 && r.stop == PM_RUNNING; ++k) {
        ask(&r);
        for (size_t j = 0; j < r.b->count; ++j) {
            r.b->f[j] = pm_rng_uniform(&values);
        }
        tell(&r);
        const double f = pm_solver_at(r.s, x);
        CHECK(f <= last);
        last = f;
    }
    pm_solver_free(r.s);
}

/* The point that was evaluated is the one in the batch, whoever moved it there. */
static void believes_the_batch(void)
{
    const double x0[] = {1.0, 1.0}, f[] = {4.0, 3.0, 2.0, 5.0};
    double x[2];
    run r = prepared("genetic");
    set(&r, "population", 4);
    begin(&r, 2, x0, open_lower, open_upper, 1000, 0);
    for (size_t k = 0; k < 2; ++k) {
        ask(&r);
        r.b->x[4] = 0.25 + (double)k;
        r.b->x[5] = 0.5;
        memcpy(r.b->f, f, sizeof f);
        r.b->f[2] -= (double)k;
        tell(&r);
        CHECK(pm_solver_at(r.s, x) == 2.0 - (double)k);
        CHECK(x[0] == 0.25 + (double)k && x[1] == 0.5);
    }
    pm_solver_free(r.s);
}

static run defaults(void)
{
    return prepared("genetic");
}

/* One point in a hundred is finite: of 200 none is with probability 0.13. */
static run of_many(void)
{
    run r = defaults();
    set(&r, "population", 200);
    return r;
}

void test_genetic(void)
{
    first_population();
    operators_have_equal_chances_at_first();
    the_operator_that_succeeds_is_chosen();
    a_step_is_a_generation();
    migrants_go_round_the_ring(1, 1, true);
    migrants_go_round_the_ring(0, 1, false);
    migrants_go_round_the_ring(1, 2, false);
    runs_grow_and_end();
    a_spent_budget_ends_what_has_converged();
    the_finite_individual_wins();
    the_best_survive();
    finds_the_lowest_of_many_minima(defaults, 50000, 0.5);
    finds_a_bowl_in_the_open();
    stays_in_the_box(defaults);
    finds_where_f_is_finite(of_many, 20000, 0.1);
    the_population_fits_the_budget();
    for (int replacement = PM_REPLACE_RANDOM; replacement <= PM_REPLACE_RESTRICTED; ++replacement) {
        the_best_never_rises(replacement);
    }
    believes_the_batch();
    a_copy_continues_identically(defaults, 1000, 20);
}
