/* AMSGrad: its first steps, worked with a pencil. */
#include "descent.h"

/* beta1 = 0, beta2 = 1/2, slopes 4, 1: v = 8, then 4.5, but v_hat stays 8.  Debiased by 1/2 and
 * 3/4: the steps are 4 / sqrt(16) and 1 / sqrt(8 / 0.75).  Slope 8 makes v = 2.25 + 32, the
 * largest: 8 / sqrt(34.25 / 0.875). */
static void amsgrad_remembers_the_largest(void)
{
    const setting given[] = {
        {"learning_rate", 1.0}, {"beta1", 0.0}, {"beta2", 0.5}, {"epsilon", 0.0}, {NULL, 0}};
    run r = descent_from("amsgrad", given, 0.0);
    CHECK_NEAR(answer_slope(&r, 9.0, 4.0), -1.0, EXACT);
    CHECK_NEAR(answer_slope(&r, 8.0, 1.0), -1.0 - sqrt(0.75 / 8.0), EXACT);
    CHECK_NEAR(answer_slope(&r, 7.0, 8.0), -1.0 - sqrt(0.75 / 8.0) - 8.0 / sqrt(34.25 / 0.875),
               EXACT);
    pm_solver_free(r.s);
}

void test_amsgrad(void)
{
    amsgrad_remembers_the_largest();
}
