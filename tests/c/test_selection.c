/* Selection: who is drawn, and how often.  Counts of 30000 draws are off by four standard
 * deviations (at most 350) with probability 6e-5 each; the words are fixed. */
#include "base/arena.h"
#include "methods/global/genetic/selection.h"
#include "run.h"

#include <stdlib.h>

enum { COUNT = 4, DRAWS = 30000, AT_ONCE = 8 };

static const double ranked[COUNT] = {3.0, 1.0, 2.0, 4.0};
static const double valued[COUNT] = {4.0, 1.0, 3.0, HUGE_VAL};

static void *placed(pm_selection *s)
{
    pm_arena arena = {0};
    pm_selection_layout(s, &arena, COUNT, AT_ONCE);
    void *block = calloc(1, arena.used + 1);
    arena = (pm_arena){.block = block};
    pm_selection_layout(s, &arena, COUNT, AT_ONCE);
    pm_selection_start(s, COUNT);
    return block;
}

/* The second of two parents is what is counted: the first one may be a matter of course. */
static void count_draws(pm_selection_kind kind, const double *values, double pressure,
                        size_t *drawn)
{
    double f[COUNT];
    size_t best;
    pm_rng rng = pm_rng_stream(key, 7);
    pm_selection s = {.kind = kind, .tournament = 2, .pressure = pressure};
    pm_individuals p = {.n = 1, .count = COUNT, .f = f, .best = &best};
    void *block = placed(&s);

    memcpy(f, values, sizeof f);
    pm_find_best(&p);
    CHECK(best == 1);
    for (size_t k = 0; k < DRAWS; ++k) {
        size_t parents[2];
        pm_selection_begin(&s, &p, 2, &rng);
        pm_select(&s, &p, 2, &rng, parents);
        drawn[parents[1]] += 1;
        CHECK(kind != PM_SELECT_BEST || parents[0] == best);
        CHECK((kind != PM_SELECT_BEST && kind != PM_SELECT_UNIFORM) || parents[0] != parents[1]);
    }
    free(block);
}

static void shares(pm_selection_kind kind, const double *values, double pressure,
                   const double *expected)
{
    size_t drawn[COUNT] = {0};
    count_draws(kind, values, pressure, drawn);
    for (size_t j = 0; j < COUNT; ++j) {
        const double share = expected[j];
        CHECK_NEAR((double)drawn[j] / DRAWS, share, 4.0 * sqrt(share * (1.0 - share) / DRAWS));
    }
}

/* Of a tournament of two the best of four wins 7/16, the next ones 5/16, 3/16 and 1/16. */
static void each_kind_draws_as_often_as_it_says(void)
{
    shares(PM_SELECT_UNIFORM, ranked, 0.0, (double[]){0.25, 0.25, 0.25, 0.25});
    shares(PM_SELECT_BEST, ranked, 0.0, (double[]){1.0 / 3.0, 0.0, 1.0 / 3.0, 1.0 / 3.0});
    shares(PM_SELECT_TOURNAMENT, ranked, 0.0, (double[]){0.1875, 0.4375, 0.3125, 0.0625});
    /* Baker: from 2 - 1.6 = 0.4 for the worst to 1.6 for the best, each over 4. */
    shares(PM_SELECT_RANK, ranked, 1.6, (double[]){0.2, 0.4, 0.3, 0.1});
    shares(PM_SELECT_RANK, ranked, 1.0, (double[]){0.25, 0.25, 0.25, 0.25});
    /* Better than the worst finite value by 0, 3 and 1. */
    shares(PM_SELECT_ROULETTE, valued, 0.0, (double[]){0.0, 0.75, 0.25, 0.0});
    shares(PM_SELECT_UNIVERSAL, valued, 0.0, (double[]){0.0, 0.75, 0.25, 0.0});
}

/* Eight pointers: six and two of them, exactly, in any order. */
static void the_universal_wheel_draws_as_often_as_expected(void)
{
    double f[COUNT];
    size_t best, orders = 0;
    pm_rng rng = pm_rng_stream(key, 8);
    pm_selection s = {.kind = PM_SELECT_UNIVERSAL};
    pm_individuals p = {.n = 1, .count = COUNT, .f = f, .best = &best};
    void *block = placed(&s);

    memcpy(f, valued, sizeof f);
    pm_find_best(&p);
    for (size_t turn = 0; turn < 20; ++turn) {
        size_t drawn[COUNT] = {0}, parents[AT_ONCE];
        pm_selection_begin(&s, &p, AT_ONCE, &rng);
        for (size_t k = 0; k < AT_ONCE; k += 2) {
            pm_select(&s, &p, 2, &rng, parents + k);
        }
        for (size_t k = 0; k < AT_ONCE; ++k) {
            drawn[parents[k]] += 1;
        }
        CHECK(drawn[1] == 6 && drawn[2] == 2);
        orders += parents[0] == 2;
    }
    CHECK(orders > 0 && orders < 20);
    free(block);
}

/* Where no value is finite, or all are one, each is as good as the other. */
static void without_differences_the_wheel_is_even(void)
{
    const double equal[][COUNT] = {{2.0, 2.0, 2.0, 2.0}, {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL}};
    for (size_t k = 0; k < 2; ++k) {
        double f[COUNT];
        size_t best = 0, drawn[COUNT] = {0}, parents[AT_ONCE];
        pm_rng rng = pm_rng_stream(key, 9);
        pm_selection s = {.kind = PM_SELECT_UNIVERSAL};
        pm_individuals p = {.n = 1, .count = COUNT, .f = f, .best = &best};
        void *block = placed(&s);
        memcpy(f, equal[k], sizeof f);
        pm_selection_begin(&s, &p, AT_ONCE, &rng);
        for (size_t j = 0; j < AT_ONCE; j += 4) {
            pm_select(&s, &p, 4, &rng, parents + j);
        }
        for (size_t j = 0; j < AT_ONCE; ++j) {
            drawn[parents[j]] += 1;
        }
        CHECK(drawn[0] == 2 && drawn[1] == 2 && drawn[2] == 2 && drawn[3] == 2);
        free(block);
    }
}

/* Individuals at 0, 1, 2, 10, 11 and 12: with two parents the four nearest of each are its group
 * and one more; with one gene in units of 1000 the second gene decides. */
static void neighbours_are_near(void)
{
    const double unit[] = {1000.0, 1.0};
    double x[] = {500, 0, 0, 1, 900, 2, 0, 10, 300, 11, 0, 12}, f[6] = {0}, wheel[6];
    size_t best = 0, order[] = {0, 1, 2, 3, 4, 5}, drawn[6] = {0};
    pm_rng rng = pm_rng_stream(key, 9);
    pm_selection s = {.kind = PM_SELECT_NEIGHBOURS, .unit = unit, .order = order, .wheel = wheel};
    const pm_individuals p = {.n = 2, .count = 6, .x = x, .f = f, .best = &best};

    for (size_t k = 0; k < 3000; ++k) {
        size_t parents[2];
        pm_selection_begin(&s, &p, 2, &rng);
        pm_select(&s, &p, 2, &rng, parents);
        CHECK(parents[0] != parents[1]);
        /* The fourth nearest of 0, 1 and 2 is 10, that of the others is 2. */
        CHECK(parents[0] < 3 ? parents[1] < 4 : parents[1] > 1);
        drawn[parents[0]] += 1;
    }
    for (size_t j = 0; j < 6; ++j) {
        CHECK_NEAR((double)drawn[j], 500.0, 4.0 * sqrt(500.0 * 5.0 / 6.0));
    }
}

void test_selection(void)
{
    neighbours_are_near();
    each_kind_draws_as_often_as_it_says();
    the_universal_wheel_draws_as_often_as_expected();
    without_differences_the_wheel_is_even();
}
