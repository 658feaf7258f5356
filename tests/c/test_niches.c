/* Niches: individuals with no better one nearby. */
#include "methods/global/genetic/niches.h"
#include "run.h"

#include <stdlib.h>

/* In units of 10 and 1: near is within 0.1 and 0.01.  The first two are near, the second the better
 * one; the third is near the second in one variable only; the fourth has no value; the last two are
 * one. */
static void the_best_of_their_surroundings_are_minima(void)
{
    double x[] = {0.05, 0.0, 0.0, 0.0, 0.05, 0.5, 9.0, 0.9, 5.0, 0.2, 5.0, 0.2};
    double f[] = {2.0, 1.0, 3.0, HUGE_VAL, 0.5, 0.5};
    const double lower[] = {0.0, 0.0}, upper[] = {10.0, 1.0}, unit[] = {10.0, 1.0};
    const pm_task task = {.n = 2, .x0 = lower, .lower = lower, .upper = upper};
    const pm_individuals p = {.n = 2, .count = 6, .x = x, .f = f};
    pm_basins record = {0};
    pm_arena arena = {0};

    pm_basins_layout(&record, &arena, 2, 10);
    void *block = calloc(1, arena.used);
    arena = (pm_arena){.block = block};
    pm_basins_layout(&record, &arena, 2, 10);
    pm_basins_start(&record, &task);
    pm_note_niches(&record, &task, &p, unit);
    CHECK(record.count == 3 && record.descents == 3 && record.uniform == 0);
    CHECK(record.f[0] == 0.5 && record.f[1] == 1.0 && record.f[2] == 3.0);
    CHECK(record.x[0] == 5.0 && record.x[3] == 0.0 && record.x[5] == 0.5);
    free(block);
}

void test_niches(void)
{
    the_best_of_their_surroundings_are_minima();
}
