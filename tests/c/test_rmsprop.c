/* RMSProp: its first steps, worked with a pencil. */
#include "descent.h"

/* rho = 3/4, slopes 2, 2: v = 1, then 3/4 + 1 = 7/4.  Centred: m = 1/2, then 7/8, so that the
 * variances are 3/4 and 7/4 - 49/64 = 63/64. */
static void rmsprop_divides_by_the_running_size(void)
{
    const setting plain[] = {{"learning_rate", 0.5}, {"rho", 0.75}, {"epsilon", 0.0}, {NULL, 0}};
    run r = descent_from("rmsprop", plain, 0.0);
    CHECK_NEAR(answer_slope(&r, 9.0, 2.0), -1.0, EXACT);
    CHECK_NEAR(answer_slope(&r, 8.0, 2.0), -1.0 - 1.0 / sqrt(1.75), EXACT);
    pm_solver_free(r.s);

    const setting centred[] = {
        {"learning_rate", 0.5}, {"rho", 0.75}, {"epsilon", 0.0}, {"centred", 1}, {NULL, 0}};
    r = descent_from("rmsprop", centred, 0.0);
    CHECK_NEAR(answer_slope(&r, 9.0, 2.0), -1.0 / sqrt(0.75), EXACT);
    CHECK_NEAR(answer_slope(&r, 8.0, 2.0), -1.0 / sqrt(0.75) - 1.0 / sqrt(63.0 / 64.0), EXACT);
    pm_solver_free(r.s);
}

/* rho = 3/4, slope 1/2: v = 1/16, and the first step is alpha (1/2) / (1/4 + 1/4). */
static void epsilon_is_added_to_the_root(void)
{
    const setting given[] = {{"learning_rate", 1.0}, {"epsilon", 0.25}, {"rho", 0.75}, {NULL, 0}};
    run r = descent_from("rmsprop", given, 0.0);
    CHECK_NEAR(answer_slope(&r, 9.0, 0.5), -1.0, EXACT);
    pm_solver_free(r.s);
}

void test_rmsprop(void)
{
    rmsprop_divides_by_the_running_size();
    epsilon_is_added_to_the_root();
}
