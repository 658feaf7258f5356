/* Momentum: its first steps, worked with a pencil. */
#include "descent.h"

/* v: -1/4, then 1/2 * -1/4 - 1/4 = -3/8, then 1/2 * -3/8 + 1/4 = 1/16. */
static void momentum_keeps_a_share_of_its_move(void)
{
    const setting given[] = {{"learning_rate", 0.25}, {"beta", 0.5}, {NULL, 0}};
    run r = descent_from("momentum", given, 0.0);
    CHECK(answer_slope(&r, 9.0, 1.0) == -0.25);
    CHECK(answer_slope(&r, 8.0, 1.0) == -0.625);
    CHECK(answer_slope(&r, 7.0, -1.0) == -0.5625);
    pm_solver_free(r.s);
}

void test_momentum(void)
{
    momentum_keeps_a_share_of_its_move();
}
