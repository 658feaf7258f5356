/* Nadam: its first steps, worked with a pencil. */
#include "descent.h"

/* momentum_decay = 0: mu = beta1 / 2 = 0.45 at every step.  Slope 1: m = 0.1, v_hat = 1, and
 * m_hat = 0.45 * 0.1 / (1 - 0.45^2) + 0.55 / 0.55; then m = 0.19, and the products of mu have one
 * factor more. */
static void nadam_looks_ahead(void)
{
    const setting given[] = {
        {"learning_rate", 0.5}, {"momentum_decay", 0.0}, {"epsilon", 0.0}, {NULL, 0}};
    run r = descent_from("nadam", given, 0.0);
    const double first = -0.5 * (0.045 / (1.0 - 0.2025) + 1.0);
    const double second = first - 0.5 * (0.0855 / (1.0 - 0.091125) + 0.55 / (1.0 - 0.2025));
    CHECK_NEAR(answer_slope(&r, 9.0, 1.0), first, EXACT);
    CHECK_NEAR(answer_slope(&r, 8.0, 1.0), second, EXACT);
    pm_solver_free(r.s);
}

/* momentum_decay = 1: mu_1 = 0.9 (1 - 0.96 / 2) = 0.468, mu_2 = 0.9 (1 - 0.9216 / 2) = 0.48528. */
static void the_momentum_rises(void)
{
    const setting given[] = {
        {"learning_rate", 0.5}, {"momentum_decay", 1.0}, {"epsilon", 0.0}, {NULL, 0}};
    run r = descent_from("nadam", given, 0.0);
    const double ahead = 0.048528 / (1.0 - 0.468 * 0.48528);
    CHECK_NEAR(answer_slope(&r, 9.0, 1.0), -0.5 * (ahead + 1.0), EXACT);
    pm_solver_free(r.s);
}

/* Slope 1/4, epsilon 1/4: the first step is a half of what it is without epsilon. */
static void epsilon_is_added_to_the_root(void)
{
    const setting given[] = {
        {"learning_rate", 1.0}, {"epsilon", 0.25}, {"momentum_decay", 0.0}, {NULL, 0}};
    run r = descent_from("nadam", given, 0.0);
    CHECK_NEAR(answer_slope(&r, 9.0, 0.25), -0.5 * (0.045 / (1.0 - 0.2025) + 1.0), EXACT);
    pm_solver_free(r.s);
}

void test_nadam(void)
{
    nadam_looks_ahead();
    the_momentum_rises();
    epsilon_is_added_to_the_root();
}
