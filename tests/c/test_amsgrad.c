/* AMSGrad: its first steps, worked with a pencil. */
#include "descent.h"

/* beta1 = beta2 = 1/2, debiased by 1/2, 3/4, 7/8; slopes 4, 1, 8:
 *
 *      m                   v                    v_hat    m / debias   v_hat / debias
 *      2                   8                    8        4            16
 *      1 + 1/2 = 3/2       4 + 1/2 = 9/2        8        2            32/3
 *      3/4 + 4 = 19/4      9/4 + 32 = 137/4     137/4    38/7         274/7 */
static void amsgrad_remembers_the_largest(void)
{
    const setting given[] = {
        {"learning_rate", 1.0}, {"beta1", 0.5}, {"beta2", 0.5}, {"epsilon", 0.0}, {NULL, 0}};
    run r = descent_from("amsgrad", given, 0.0);
    const double second = -1.0 - 2.0 / sqrt(32.0 / 3.0);
    CHECK_NEAR(answer_slope(&r, 9.0, 4.0), -1.0, EXACT);
    CHECK_NEAR(answer_slope(&r, 8.0, 1.0), second, EXACT);
    CHECK_NEAR(answer_slope(&r, 7.0, 8.0), second - (38.0 / 7.0) / sqrt(274.0 / 7.0), EXACT);
    pm_solver_free(r.s);
}

/* Slope 1/4, epsilon 1/4: the first step is alpha (1/4) / (1/4 + 1/4). */
static void epsilon_is_added_to_the_root(void)
{
    const setting given[] = {{"learning_rate", 1.0}, {"epsilon", 0.25}, {NULL, 0}};
    run r = descent_from("amsgrad", given, 0.0);
    CHECK_NEAR(answer_slope(&r, 9.0, 0.25), -0.5, EXACT);
    pm_solver_free(r.s);
}

void test_amsgrad(void)
{
    amsgrad_remembers_the_largest();
    epsilon_is_added_to_the_root();
}
