/* Adadelta: its first steps, worked with a pencil. */
#include "descent.h"

/* rho = 1/2, epsilon = 1/4, slope 1: g2 = 1/2, dx = -sqrt(1/4 / 3/4) = -1/sqrt(3), dx2 = 1/6.
 * Then g2 = 3/4, dx = -sqrt((1/6 + 1/4) / 1) = -sqrt(5/12). */
static void adadelta_takes_its_units_from_its_steps(void)
{
    const setting given[] = {{"rho", 0.5}, {"epsilon", 0.25}, {NULL, 0}};
    run r = descent_from("adadelta", given, 0.0);
    CHECK_NEAR(answer_slope(&r, 9.0, 1.0), -1.0 / sqrt(3.0), EXACT);
    CHECK_NEAR(answer_slope(&r, 8.0, 1.0), -1.0 / sqrt(3.0) - sqrt(5.0 / 12.0), EXACT);
    pm_solver_free(r.s);
}

void test_adadelta(void)
{
    adadelta_takes_its_units_from_its_steps();
}
