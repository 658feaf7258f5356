/* L-BFGS: its first steps, worked with a pencil. */
#include "descent.h"

/* f = (x^2 + 2 y^2) / 2 from (1, 1), g = (1, 2).
 *
 * First step: the longest coordinate of the move is 1/10, so t = 1/20 and x = (0.95, 0.9), g =
 * (0.95, 1.8).  Its slope -4.55 is above 0.95 * -5, so it is accepted with curvature = 0.95.
 *
 * Second: s = -(0.05, 0.1), y = -(0.05, 0.2), s'y = 0.0225, y'y = 0.0425, gamma = 9/17.
 *      alpha = s'g / s'y = -91/9           q = g - alpha y = (4/9, -2/9)
 *      r = gamma q = (4/17, -2/17)         beta = y'r / s'y = 80/153
 *      r + (alpha - beta) s = (117.35, 144.7) / 153, which is subtracted from x. */
static void lbfgs_takes_the_step_of_the_two_loops(void)
{
    const setting given[] = {{"curvature", 0.95}, {NULL, 0}};
    const double x0[2] = {1.0, 1.0};
    run r = descent("lbfgs", given, 2, x0, NULL, NULL);

    answer_gradient(&r, 1.5, 1.0, 2.0);
    CHECK_NEAR(r.b->x[0], 0.95, 1e-15);
    CHECK_NEAR(r.b->x[1], 0.9, 1e-15);
    answer_gradient(&r, 0.5 * (0.9025 + 1.62), 0.95, 1.8);
    CHECK(r.turn == PM_STEP_DONE);
    CHECK_NEAR(r.b->x[0], 0.95 - 117.35 / 153.0, 1e-13);
    CHECK_NEAR(r.b->x[1], 0.9 - 144.7 / 153.0, 1e-13);
    pm_solver_free(r.s);
}

/* In one variable the pair is the secant, so the second step on a parabola is Newton's: to the
 * minimum at 3. */
static void lbfgs_is_the_secant_method_in_one_variable(void)
{
    const setting given[] = {{"curvature", 1.0}, {NULL, 0}};
    const double x0 = 5.0;
    run r = descent_from("lbfgs", given, x0);

    answer_slope(&r, 4.0, 4.0);        /* (x - 3)^2 */
    CHECK_NEAR(r.b->x[0], 4.5, 1e-15); /* a tenth of 5 */
    answer_slope(&r, 2.25, 3.0);
    CHECK_NEAR(r.b->x[0], 3.0, 1e-14);
    answer_slope(&r, 0.0, 0.0);
    CHECK(r.stop == PM_GRADIENT);
    pm_solver_free(r.s);
}

/* A coordinate held at its bound by the slope stays there, and the others move as if it were not.
 */
static void lbfgs_leaves_held_coordinates(void)
{
    const setting given[] = {{"curvature", 1.0}, {NULL, 0}};
    const double x0[2] = {0.0, 5.0}, lower[2] = {0.0, -HUGE_VAL}, upper[2] = {9.0, HUGE_VAL};
    run r = descent("lbfgs", given, 2, x0, lower, upper);

    answer_gradient(&r, 4.0 + 100.0, 100.0, 4.0); /* 100 (1 + x) + (y - 3)^2 */
    CHECK(r.b->x[0] == 0.0);
    CHECK_NEAR(r.b->x[1], 4.5, 1e-15);
    answer_gradient(&r, 2.25 + 100.0, 100.0, 3.0);
    CHECK(r.b->x[0] == 0.0);
    CHECK_NEAR(r.b->x[1], 3.0, 1e-14);
    answer_gradient(&r, 100.0, 100.0, 0.0);
    CHECK(r.stop == PM_GRADIENT);
    pm_solver_free(r.s);
}

/* A gradient without a number on the way: the step is too long. */
static void lbfgs_backs_off_from_a_gradient_that_is_not_finite(void)
{
    const double x0 = 1.0;
    run r = descent_from("lbfgs", NULL, x0);

    answer_slope(&r, 1.0, 1.0);
    CHECK_NEAR(r.b->x[0], 0.9, 1e-15);
    answer_slope(&r, 0.5, HUGE_VAL);
    CHECK(r.turn == PM_MID_STEP && r.b->x[0] > 0.9 && r.b->x[0] < 1.0);
    pm_solver_free(r.s);
}

/* Negative curvature gives no pair: the next direction is the steepest descent again. */
static void lbfgs_remembers_no_negative_curvature(void)
{
    const setting given[] = {{"curvature", 1.0}, {NULL, 0}};
    const double x0 = 1.0;
    run r = descent_from("lbfgs", given, x0);

    answer_slope(&r, -0.5, -1.0); /* -x^2 / 2 */
    CHECK_NEAR(r.b->x[0], 1.1, 1e-15);
    answer_slope(&r, -0.605, -1.1);
    CHECK_NEAR(r.b->x[0], 1.21, 1e-14); /* a tenth of |x| */
    pm_solver_free(r.s);
}

void test_lbfgs(void)
{
    lbfgs_takes_the_step_of_the_two_loops();
    lbfgs_is_the_secant_method_in_one_variable();
    lbfgs_leaves_held_coordinates();
    lbfgs_backs_off_from_a_gradient_that_is_not_finite();
    lbfgs_remembers_no_negative_curvature();
}
