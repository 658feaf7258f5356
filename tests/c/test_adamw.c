/* AdamW: its first steps, worked with a pencil. */
#include "descent.h"

/* On a constant slope every step of Adam is alpha; the decay takes alpha lambda x = x / 8 off
 * besides: 8 - 1 - 1/4 = 27/4, then 27/4 - 27/32 - 1/4 = 181/32. */
static void adamw_decays_beside_the_moments(void)
{
    const setting given[] = {
        {"learning_rate", 0.25}, {"weight_decay", 0.5}, {"epsilon", 0.0}, {NULL, 0}};
    run r = descent_from("adamw", given, 8.0);
    CHECK_NEAR(answer_slope(&r, 9.0, 5.0), 6.75, EXACT);
    CHECK_NEAR(answer_slope(&r, 8.0, 5.0), 181.0 / 32.0, EXACT);
    pm_solver_free(r.s);
}

/* Slope 1/4, epsilon 1/4: the first step is alpha (1/4) / (1/4 + 1/4). */
static void epsilon_is_added_to_the_root(void)
{
    const setting given[] = {
        {"learning_rate", 1.0}, {"epsilon", 0.25}, {"weight_decay", 0.0}, {NULL, 0}};
    run r = descent_from("adamw", given, 0.0);
    CHECK_NEAR(answer_slope(&r, 9.0, 0.25), -0.5, EXACT);
    pm_solver_free(r.s);
}

void test_adamw(void)
{
    adamw_decays_beside_the_moments();
    epsilon_is_added_to_the_root();
}
