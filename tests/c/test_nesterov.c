/* Nesterov's method: its first steps, worked with a pencil. */
#include "descent.h"

/* Slope 1, t = 1, q = 0: theta_1 = 1, so beta_1 = 0 and y_1 = x_1 = -1.  theta_1^2 = 1 - theta_1
 * has the root theta = (sqrt(5) - 1) / 2.  Then x_2 = -2, theta_2 is the root of theta_2^2 = (1 -
 * theta_2) theta^2, beta_2 = theta (1 - theta) / (theta^2 + theta_2), y_2 = -2 - beta_2. */
static void nesterov_extrapolates_by_theta(void)
{
    const setting given[] = {{"learning_rate", 1.0}, {"restart", 0}, {NULL, 0}};
    const double theta = 0.5 * (sqrt(5.0) - 1.0), square = theta * theta;
    const double next = 0.5 * (-square + sqrt(square * square + 4.0 * square));
    const double beta = theta * (1.0 - theta) / (square + next);
    run r = descent_from("nesterov", given, 0.0);

    CHECK_NEAR(answer_slope(&r, 9.0, 1.0), -1.0, EXACT);
    CHECK_NEAR(answer_slope(&r, 8.0, 1.0), -2.0 - beta, EXACT);
    pm_solver_free(r.s);
}

/* After three steps downwards the slope turns: the move still goes down, and along the gradient.
 * The momentum is dropped, so that y_4 = x_4 = y_3 + 1/16; without a restart it would go on. */
static void nesterov_starts_again_where_the_momentum_leads_uphill(void)
{
    for (int restart = 0; restart < 3; ++restart) {
        const setting given[] = {{"learning_rate", 0.125}, {"restart", restart}, {NULL, 0}};
        run r = descent_from("nesterov", given, 0.0);
        answer_slope(&r, 9.0, 8.0);
        answer_slope(&r, 8.0, 8.0);
        const double y = answer_slope(&r, 7.0, 8.0);
        const double then = answer_slope(&r, 7.5, -0.5); /* uphill, by value and by slope */
        CHECK((fabs(then - (y + 0.0625)) < EXACT) == (restart != 0));
        pm_solver_free(r.s);
    }
}

void test_nesterov(void)
{
    nesterov_extrapolates_by_theta();
    nesterov_starts_again_where_the_momentum_leads_uphill();
}
