/* BFGS: its first steps, worked by hand. */
#include "descent.h"

/* (x - 3)^2 from 5 with slope 4: the first step moves x by 5, to 0, where f = 9 is higher.  Cubic
 * and parabola agree on the minimum. */
static void the_first_step_moves_x_by_its_size(void)
{
    const double x0 = 5.0;
    run r = descent_from("bfgs", NULL, x0);

    answer_slope(&r, 4.0, 4.0);
    CHECK_NEAR(r.b->x[0], 0.0, 1e-15);
    answer_slope(&r, 9.0, -6.0);
    CHECK(r.turn == PM_MID_STEP);
    CHECK_NEAR(r.b->x[0], 3.0, 1e-14);
    answer_slope(&r, 0.0, 0.0);
    CHECK(r.stop == PM_GRADIENT);
    pm_solver_free(r.s);
}

/* The coordinate that would move farthest for its size sets the length: 4 for x = 4, not 10 for
 * y = 0. */
static void the_first_step_minds_every_coordinate(void)
{
    const double x0[2] = {4.0, 0.0};
    run r = descent("bfgs", NULL, 2, x0, NULL, NULL);

    answer_gradient(&r, 1.0, 2.0, 10.0);
    CHECK_NEAR(r.b->x[0], 4.0 - 0.2, 1e-15);
    CHECK_NEAR(r.b->x[1], -1.0, 1e-15);
    pm_solver_free(r.s);
}

/* f = (x^2 + 2 y^2) / 2 from (1, 1), g = (1, 2).
 *
 * First: B = 2 I, so d = -(1/2, 1) and x = (1/2, 0), g = (1/2, 0), which is accepted.
 * s = -(1/2, 1), y = -(1/2, 2), s'y = 9/4, s's = 5/4: B is scaled to 9/5 I, then
 *      B = 9/5 I - (9/5)^2 s s' / (9/4) + y y' / (9/4) = (349, -62; -62, 481) / 225,
 * whose determinant is 81/25.  Second: d = -B^-1 g = -(481, 62) / 1458. */
static void a_step_of_the_updated_model(const double *lower, const double *expected)
{
    const double x0[2] = {1.0, 1.0}, upper[2] = {9.0, 9.0};
    run r = descent("bfgs", NULL, 2, x0, lower, lower == NULL ? NULL : upper);

    answer_gradient(&r, 1.5, 1.0, 2.0);
    CHECK_NEAR(r.b->x[0], 0.5, 1e-15);
    CHECK_NEAR(r.b->x[1], 0.0, 1e-15);
    answer_gradient(&r, 0.125, 0.5, 0.0);
    CHECK(r.turn == PM_STEP_DONE);
    CHECK_NEAR(r.b->x[0], expected[0], 1e-14);
    CHECK_NEAR(r.b->x[1], expected[1], 1e-14);
    pm_solver_free(r.s);
}

/* In a box the step goes to the minimum of the model there.  x >= 0.3: that of the line x = 0.3 is
 * where -62 (-0.2) + 481 d = 0.  y >= 0: on y = 0 it is d = -0.5 * 225 / 349. */
static void the_model_is_minimised_in_the_box(void)
{
    const double open[2] = {0.5 - 481.0 / 1458.0, -62.0 / 1458.0};
    const double left[2] = {0.3, -10.0}, at_left[2] = {0.3, -12.4 / 481.0};
    const double below[2] = {-10.0, 0.0}, at_below[2] = {0.5 - 112.5 / 349.0, 0.0};
    const double both[2] = {0.3, 0.0}, corner[2] = {0.3, 0.0};

    a_step_of_the_updated_model(NULL, open);
    a_step_of_the_updated_model(left, at_left);
    a_step_of_the_updated_model(below, at_below);
    a_step_of_the_updated_model(both, corner);
}

/* f = 100 (1 + x) + (y - 3)^2 on x >= 0: x stays at 0 and y moves as if it were alone. */
static void held_coordinates_stay(void)
{
    const double x0[2] = {0.0, 5.0}, lower[2] = {0.0, -HUGE_VAL}, upper[2] = {9.0, HUGE_VAL};
    run r = descent("bfgs", NULL, 2, x0, lower, upper);

    answer_gradient(&r, 104.0, 100.0, 4.0);
    CHECK(r.b->x[0] == 0.0);
    CHECK_NEAR(r.b->x[1], 0.0, 1e-14);
    answer_gradient(&r, 109.0, 100.0, -6.0);
    CHECK(r.b->x[0] == 0.0);
    CHECK_NEAR(r.b->x[1], 3.0, 1e-14);
    answer_gradient(&r, 100.0, 100.0, 0.0);
    CHECK(r.stop == PM_GRADIENT);
    pm_solver_free(r.s);
}

void test_bfgs(void)
{
    the_first_step_moves_x_by_its_size();
    the_first_step_minds_every_coordinate();
    the_model_is_minimised_in_the_box();
    held_coordinates_stay();
}
