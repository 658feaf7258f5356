/* Gradient descent: its first steps with each way to choose their length, worked with a pencil. */
#include "descent.h"

/* f = x^2 / 2, step 1/4: x <- 3/4 x, exact in binary. */
static void fixed_steps_shrink_x_by_a_constant_factor(void)
{
    const setting given[] = {{"line_search", 1}, {"step", 0.25}, {NULL, 0}};
    const double x0 = 1.0;
    double x = 1.0;
    run r = descent_from("gradient_descent", given, x0);

    for (int k = 0; k < 20; ++k) {
        answer_slope(&r, 0.5 * x * x, x);
        x *= 0.75;
        CHECK(r.turn == PM_STEP_DONE && r.stop == PM_RUNNING);
        CHECK(r.b->x[0] == x);
    }
    pm_solver_free(r.s);
}

/* The step x - 3 g goes from 1 to -2: a rise, and taken all the same. */
static void fixed_steps_are_not_searched(void)
{
    const setting given[] = {{"line_search", 1}, {"step", 3.0}, {NULL, 0}};
    const double x0 = 1.0;
    run r = descent_from("gradient_descent", given, x0);
    answer_slope(&r, 0.5, 1.0);
    CHECK(r.b->x[0] == -2.0);
    answer_slope(&r, 2.0, -2.0);
    CHECK(r.turn == PM_STEP_DONE && r.b->x[0] == 4.0);
    pm_solver_free(r.s);
}

/* A fixed step to where there is no value: a start there was. */
static void a_fixed_step_without_a_value_is_the_end(void)
{
    const setting given[] = {{"line_search", 1}, {"step", 0.5}, {NULL, 0}};
    const double x0 = 1.0;
    run r = descent_from("gradient_descent", given, x0);

    answer_slope(&r, 1.0, 2.0);
    answer_slope(&r, HUGE_VAL, 0.0);
    CHECK(r.turn == PM_NO_MORE && r.stop == PM_EXHAUSTED);
    pm_solver_free(r.s);
}

/* The first step moves x = 1 by a tenth: 0.05 times the slope 2.  So does every other. */
static void a_fixed_step_that_is_left_open_stays_what_it_was(void)
{
    const setting given[] = {{"line_search", 1}, {NULL, 0}};
    const double x0 = 1.0;
    run r = descent_from("gradient_descent", given, x0);

    answer_slope(&r, 1.0, 2.0);
    CHECK_NEAR(r.b->x[0], 0.9, 1e-15);
    answer_slope(&r, 0.81, 1.8);
    CHECK_NEAR(r.b->x[0], 0.9 - 0.05 * 1.8, 1e-15);
    pm_solver_free(r.s);
}

/* A slope that contradicts the values from the start on is no matter of precision. */
static void a_first_search_that_fails_is_no_success(void)
{
    const double x0 = 1.0;

    for (int kind = 0; kind < 4; ++kind) {
        const setting given[] = {{"line_search", kind}, {NULL, 0}};
        if (kind == 1) { /* fixed steps are not searched */
            continue;
        }
        run r = descent_from("gradient_descent", given, x0);
        answer_slope(&r, 5.0, 2.0);
        while (r.stop == PM_RUNNING) {
            answer_slope(&r, 6.0, 2.0);
        }
        CHECK(r.stop == PM_EXHAUSTED);
        pm_solver_free(r.s);
    }
}

/* f = x^2 / 2 from 1, first step 3/2: f(-1/2) = 1/8 <= 1/2 - 1e-4 * 3/2 is accepted.  The next
 * trial is twice as long: x = -1/2 + 3 * 1/2 = 1, f = 1/2: refused.  The parabola through both ends
 * says t = 1: the minimum. */
static void backtracking_accepts_refuses_and_interpolates(void)
{
    const setting given[] = {{"step", 1.5}, {NULL, 0}};
    const double x0 = 1.0;
    run r = descent_from("gradient_descent", given, x0);

    answer_slope(&r, 0.5, 1.0);
    CHECK(r.b->x[0] == -0.5);
    answer_slope(&r, 0.125, -0.5);
    CHECK(r.turn == PM_STEP_DONE && r.b->x[0] == 1.0);
    answer_slope(&r, 0.5, 1.0);
    CHECK(r.turn == PM_MID_STEP);
    CHECK_NEAR(r.b->x[0], 0.0, 1e-15);
    answer_slope(&r, 0.0, 0.0);
    CHECK(r.turn == PM_STEP_DONE && r.stop == PM_GRADIENT);
    pm_solver_free(r.s);
}

/* decrease = 1/2 asks for (1 - t)^2 / 2 <= 1/2 - t / 2, that is t <= 1: 3/2 is refused now. */
static void backtracking_takes_the_share_it_is_told(void)
{
    const setting given[] = {{"step", 1.5}, {"decrease", 0.5}, {NULL, 0}};
    const double x0 = 1.0;
    run r = descent_from("gradient_descent", given, x0);

    answer_slope(&r, 0.5, 1.0);
    answer_slope(&r, 0.125, -0.5);
    CHECK(r.turn == PM_MID_STEP);
    CHECK_NEAR(r.b->x[0], 0.0, 1e-15);
    pm_solver_free(r.s);
}

static void the_first_step_is_a_tenth_of_x(void)
{
    const double far = 20.0, near = 0.25;
    run r = descent_from("gradient_descent", NULL, far);
    answer_slope(&r, 1.0, 1e-7);
    CHECK_NEAR(r.b->x[0], 18.0, 1e-14); /* whatever the slope */
    pm_solver_free(r.s);

    r = descent_from("gradient_descent", NULL, near);
    answer_slope(&r, 1.0, -1e9);
    CHECK_NEAR(r.b->x[0], 0.35, 1e-15); /* but no less than a tenth of 1 */
    pm_solver_free(r.s);
}

/* f = x^2 / 2 on [1/2, oo): a step of 4 ends at the wall, is judged by the decrease, and is the
 * end. */
static void backtracking_follows_the_wall(void)
{
    const setting given[] = {{"step", 4.0}, {NULL, 0}};
    const double x0 = 1.0, lower = 0.5, upper = HUGE_VAL;
    run r = descent("gradient_descent", given, 1, &x0, &lower, &upper);

    answer_slope(&r, 0.5, 1.0);
    CHECK(r.b->x[0] == 0.5);
    answer_slope(&r, 0.125, 0.5);
    CHECK(r.turn == PM_STEP_DONE && r.stop == PM_GRADIENT);
    pm_solver_free(r.s);
}

/* A point that the evaluator has moved is where the method goes on from. */
static void believes_the_batch(void)
{
    const setting given[] = {{"line_search", 1}, {"step", 0.5}, {NULL, 0}};
    run r = descent_from("gradient_descent", given, 0.0);

    r.b->x[0] = 10.0;
    CHECK(answer_slope(&r, 1.0, 2.0) == 9.0);
    pm_solver_free(r.s);
}

/* ---- Barzilai and Borwein ---- */

static const setting spectral[] = {{"line_search", 3}, {"step", 0.25}, {"memory", 2}, {NULL, 0}};

/* f = (x^2 + 2 y^2) / 2 from (1, 1): the step 1/4 leads to (0.75, 0.5), where g = (0.75, 1).  Along
 * it s = -(0.25, 0.5) and y = -(0.25, 1): lambda = 0.3125 / 0.5625 = 5/9. */
static void steps_are_inverse_curvatures(void)
{
    const double x0[2] = {1.0, 1.0};
    run r = descent("gradient_descent", spectral, 2, x0, NULL, NULL);

    answer_gradient(&r, 1.5, 1.0, 2.0);
    CHECK(r.b->x[0] == 0.75 && r.b->x[1] == 0.5);
    answer_gradient(&r, 0.53125, 0.75, 1.0);
    CHECK_NEAR(r.b->x[0], 0.75 - 5.0 / 9.0 * 0.75, EXACT);
    CHECK_NEAR(r.b->x[1], 0.5 - 5.0 / 9.0, EXACT);
    pm_solver_free(r.s);
}

/* A rise is taken while it stays below the last two values; then it is shortened, first by the
 * parabola: slope -g'g / 4 = -1/4, value 1 + 3/4 at 1 gives its minimum at (1/4) / (2 * 1) = 1/8.
 */
static void a_rise_is_taken_if_it_is_below_recent_values(void)
{
    const double x0[2] = {0.0, 0.0};
    run r = descent("gradient_descent", spectral, 2, x0, NULL, NULL);

    answer_gradient(&r, 3.0, 1.0, 0.0);
    answer_gradient(&r, 1.0, 1.0, 0.0);
    CHECK(r.turn == PM_STEP_DONE);
    answer_gradient(&r, 2.0, -1.0, 0.0); /* below 3 */
    CHECK(r.turn == PM_STEP_DONE);
    pm_solver_free(r.s);

    r = descent("gradient_descent", spectral, 2, x0, NULL, NULL);
    answer_gradient(&r, 1.0, 1.0, 0.0);
    CHECK(r.b->x[0] == -0.25);
    answer_gradient(&r, 1.75, 1.0, 0.0);
    CHECK(r.turn == PM_MID_STEP);
    CHECK_NEAR(r.b->x[0], -0.25 / 8.0, EXACT);
    answer_gradient(&r, HUGE_VAL, NAN, NAN);
    CHECK_NEAR(r.b->x[0], -0.25 / 80.0, EXACT);
    pm_solver_free(r.s);
}

/* On x >= 0.9 the direction is that to the projected point: (-0.1, -0.5). */
static void the_box_is_kept_by_projection(void)
{
    const double x0[2] = {1.0, 1.0}, lower[2] = {0.9, -HUGE_VAL};
    run r = descent("gradient_descent", spectral, 2, x0, lower, NULL);

    answer_gradient(&r, 1.5, 1.0, 2.0);
    CHECK(r.b->x[0] == 0.9 && r.b->x[1] == 0.5);
    /* Slope -1.1: the parabola has its minimum at 1.1 / (2 * 8.6).  That is less than a tenth, so
     * it is not trusted: a half. */
    answer_gradient(&r, 9.0, 0.0, 0.0);
    CHECK_NEAR(r.b->x[0], 1.0 - 0.5 * 0.1, EXACT);
    CHECK_NEAR(r.b->x[1], 1.0 - 0.5 * 0.5, EXACT);
    pm_solver_free(r.s);
}

void test_gradient_descent(void)
{
    fixed_steps_shrink_x_by_a_constant_factor();
    fixed_steps_are_not_searched();
    a_fixed_step_without_a_value_is_the_end();
    a_fixed_step_that_is_left_open_stays_what_it_was();
    a_first_search_that_fails_is_no_success();
    backtracking_accepts_refuses_and_interpolates();
    backtracking_takes_the_share_it_is_told();
    the_first_step_is_a_tenth_of_x();
    backtracking_follows_the_wall();
    believes_the_batch();
    steps_are_inverse_curvatures();
    a_rise_is_taken_if_it_is_below_recent_values();
    the_box_is_kept_by_projection();
}
