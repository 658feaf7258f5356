/* RAdam: its first steps, worked with a pencil. */
#include "descent.h"

/* beta2 = 7/8: rho_inf = 15.  rho_t is 15 - 14 = 1 at t = 1, about 1.93, 2.85, 3.73 after that, and
 * 4.577 at t = 5, where the steps become adaptive.  With a constant slope of 2, m_hat = 2 and
 * v_hat = 4 always; epsilon is added to its root. */
static void radam_waits_for_evidence(double epsilon)
{
    const setting given[] = {
        {"learning_rate", 0.25}, {"beta2", 0.875}, {"epsilon", epsilon}, {NULL, 0}};
    run r = descent_from("radam", given, 0.0);
    double x = 0.0;

    for (int t = 1; t <= 4; ++t) {
        const double next = answer_slope(&r, 10.0 - t, 2.0);
        CHECK_NEAR(next, x - 0.25 * 2.0, EXACT);
        x = next;
    }
    const double power = pow(0.875, 5), rho = 15.0 - 10.0 * power / (1.0 - power);
    const double rectifier = sqrt((rho - 4.0) * (rho - 2.0) * 15.0 / (11.0 * 13.0 * rho));
    CHECK(rho > 4.0 && rho < 5.0);
    CHECK_NEAR(answer_slope(&r, 1.0, 2.0), x - 0.25 * rectifier * 2.0 / (2.0 + epsilon), EXACT);
    pm_solver_free(r.s);
}

void test_radam(void)
{
    radam_waits_for_evidence(0.0);
    radam_waits_for_evidence(0.5);
}
