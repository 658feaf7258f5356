/* Stochastic gradient descent: its first steps, worked with a pencil. */
#include "descent.h"

static void sgd_steps_against_the_gradient(void)
{
    const setting given[] = {{"learning_rate", 0.25}, {NULL, 0}};
    run r = descent_from("sgd", given, 1.0);
    CHECK(answer_slope(&r, 9.0, 2.0) == 0.5);
    CHECK(answer_slope(&r, 8.0, -4.0) == 1.5);
    pm_solver_free(r.s);
}

void test_sgd(void)
{
    sgd_steps_against_the_gradient();
}
