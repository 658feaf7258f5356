/* Lion: its first steps, worked with a pencil. */
#include "descent.h"

/* beta1 = 1/2, beta2 = 3/4, so that c = (m + g) / 2 and m becomes (3 m + g) / 4:
 *
 *      g       c                         m
 *      1       1/2                       1/4
 *      -1/5    1/8 - 1/10 = 1/40         3/16 - 1/20 = 11/80
 *      -1/8    11/160 - 1/16 = 1/160     33/320 - 1/32 = 23/320
 *      -2/25   23/640 - 1/25 < 0         turns */
static void lion_follows_signs(void)
{
    const setting given[] = {{"learning_rate", 0.25}, {"beta1", 0.5}, {"beta2", 0.75}, {NULL, 0}};
    run r = descent_from("lion", given, 0.0);
    CHECK(answer_slope(&r, 9.0, 1.0) == -0.25);
    CHECK(answer_slope(&r, 8.0, -0.2) == -0.5);
    CHECK(answer_slope(&r, 7.0, -0.125) == -0.75);
    CHECK(answer_slope(&r, 6.0, -0.08) == -0.5);
    pm_solver_free(r.s);

    const setting decaying[] = {{"learning_rate", 0.25}, {"weight_decay", 0.5}, {NULL, 0}};
    r = descent_from("lion", decaying, 8.0);
    CHECK(answer_slope(&r, 9.0, 100.0) == 8.0 - 0.25 - 1.0);
    pm_solver_free(r.s);
}

/* The sign of 0 is 0. */
static void lion_stays_without_a_slope(void)
{
    const setting given[] = {{"learning_rate", 0.25}, {NULL, 0}};
    const double x0[2] = {1.0, 2.0};
    run r = descent("lion", given, 2, x0, NULL, NULL);
    answer_gradient(&r, 9.0, 0.0, 3.0);
    CHECK(r.b->x[0] == 1.0 && r.b->x[1] == 1.75);
    pm_solver_free(r.s);
}

void test_lion(void)
{
    lion_follows_signs();
    lion_stays_without_a_slope();
}
