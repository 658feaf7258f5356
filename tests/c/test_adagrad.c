/* AdaGrad: its first steps, worked with a pencil. */
#include "descent.h"

/* Slopes 3, 4: the sums are 9 and 25. */
static void adagrad_divides_by_the_root_of_the_sum(void)
{
    const setting given[] = {{"learning_rate", 0.5}, {"epsilon", 0.0}, {NULL, 0}};
    run r = descent_from("adagrad", given, 0.0);
    CHECK_NEAR(answer_slope(&r, 9.0, 3.0), -0.5, EXACT);
    CHECK_NEAR(answer_slope(&r, 8.0, 4.0), -0.5 - 0.5 * 0.8, EXACT);
    pm_solver_free(r.s);
}

/* Slope 1/4, epsilon 1/4: the first step is alpha (1/4) / (1/4 + 1/4). */
static void epsilon_is_added_to_the_root(void)
{
    const setting given[] = {{"learning_rate", 1.0}, {"epsilon", 0.25}, {NULL, 0}};
    run r = descent_from("adagrad", given, 0.0);
    CHECK_NEAR(answer_slope(&r, 9.0, 0.25), -0.5, EXACT);
    pm_solver_free(r.s);
}

void test_adagrad(void)
{
    adagrad_divides_by_the_root_of_the_sum();
    epsilon_is_added_to_the_root();
}
