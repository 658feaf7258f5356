/* Conjugate gradients: their first steps, worked with a pencil. */
#include "descent.h"

/* f = (x^2 + 2 y^2) / 2 from (1, 1): d = -(1, 2), and the first trial moves y by 1/10, t = 1/20.
 * Its slope -4.55 is above 0.95 * -5.
 *
 *      y = -(0.05, 0.2)    d'y = 0.45    y'y = 0.0425    y'g = -0.4075    d'g = -4.55
 *      beta = (y'g - 2 y'y d'g / d'y) / d'y = 1627 / 1620
 *
 * The next d is beta d - g, and its first trial promises the decrease 0.25 of the first one. */
static void the_direction_is_that_of_hager_and_zhang(void)
{
    const setting given[] = {{"curvature", 0.95}, {NULL, 0}};
    const double x0[2] = {1.0, 1.0}, beta = 1627.0 / 1620.0;
    const double d0 = -beta - 0.95, d1 = -2.0 * beta - 1.8;
    const double t = 0.25 / -(0.95 * d0 + 1.8 * d1);
    run r = descent("conjugate_gradient", given, 2, x0, NULL, NULL);

    answer_gradient(&r, 1.5, 1.0, 2.0);
    CHECK_NEAR(r.b->x[0], 0.95, EXACT);
    CHECK_NEAR(r.b->x[1], 0.9, EXACT);
    answer_gradient(&r, 0.5 * (0.9025 + 1.62), 0.95, 1.8);
    CHECK(r.turn == PM_STEP_DONE);
    CHECK_NEAR(r.b->x[0], 0.95 + t * d0, EXACT);
    CHECK_NEAR(r.b->x[1], 0.9 + t * d1, EXACT);
    pm_solver_free(r.s);
}

/* The same, but the gradient at the trial is (1, -1/2), at a right angle to the last one: y'g / g'g
 * = 1.25 / 5, so that d = -(1/4, 1/2) - (1, -1/2) = (-5/4, 0), and the trial is 0.25 / 1.25. */
static void the_direction_is_that_of_polak_and_ribiere(void)
{
    const setting given[] = {{"update", 1}, {NULL, 0}};
    const double x0[2] = {1.0, 1.0};
    run r = descent("conjugate_gradient", given, 2, x0, NULL, NULL);

    answer_gradient(&r, 1.5, 1.0, 2.0);
    answer_gradient(&r, 1.0, 1.0, -0.5);
    CHECK_NEAR(r.b->x[0], 0.95 - 0.2 * 1.25, EXACT);
    CHECK_NEAR(r.b->x[1], 0.9, EXACT);
    pm_solver_free(r.s);
}

/* Gradients (1, 2) and (0.95, 1.8) are far from a right angle: the steepest descent again. */
static void polak_and_ribiere_start_again_where_gradients_are_alike(void)
{
    const setting given[] = {{"update", 1}, {"curvature", 0.95}, {NULL, 0}};
    const double x0[2] = {1.0, 1.0}, t = 0.25 / (0.9025 + 3.24);
    run r = descent("conjugate_gradient", given, 2, x0, NULL, NULL);

    answer_gradient(&r, 1.5, 1.0, 2.0);
    answer_gradient(&r, 0.5 * (0.9025 + 1.62), 0.95, 1.8);
    CHECK_NEAR(r.b->x[0], 0.95 - t * 0.95, EXACT);
    CHECK_NEAR(r.b->x[1], 0.9 - t * 1.8, EXACT);
    pm_solver_free(r.s);
}

/* 100 (1 + x) + (y - 3)^2 on x >= 0 from (0, 5): x is held, and y moves as if it were alone.
 * d = -4, t = 1/8; at 4.5 the gradient is 3, y = -1, d'y = 4, d'g = -12, so that beta = (-3 + 6) /
 * 4 and d = -6.  The promise of 2 is kept by t = 2 / 18. */
static void held_coordinates_stay_out_of_the_products(void)
{
    const setting given[] = {{"curvature", 1.0}, {NULL, 0}};
    const double x0[2] = {0.0, 5.0}, lower[2] = {0.0, -HUGE_VAL};
    run r = descent("conjugate_gradient", given, 2, x0, lower, NULL);

    answer_gradient(&r, 104.0, 100.0, 4.0);
    CHECK(r.b->x[0] == 0.0);
    CHECK_NEAR(r.b->x[1], 4.5, EXACT);
    answer_gradient(&r, 102.25, 100.0, 3.0);
    CHECK(r.b->x[0] == 0.0);
    CHECK_NEAR(r.b->x[1], 4.5 - 6.0 / 9.0, EXACT);
    pm_solver_free(r.s);
}

/* The bound 0.97 bends the first step; what comes next is the steepest descent of what is free. */
static void a_new_face_begins_with_the_steepest_descent(void)
{
    const setting given[] = {{"curvature", 0.95}, {NULL, 0}};
    const double x0[2] = {1.0, 1.0}, lower[2] = {0.97, -HUGE_VAL};
    run r = descent("conjugate_gradient", given, 2, x0, lower, NULL);

    answer_gradient(&r, 1.5, 1.0, 2.0);
    CHECK(r.b->x[0] == 0.97);
    CHECK_NEAR(r.b->x[1], 0.9, EXACT);
    answer_gradient(&r, 0.5 * (0.9409 + 1.62), 0.97, 1.8);
    CHECK(r.turn == PM_STEP_DONE && r.b->x[0] == 0.97);
    CHECK_NEAR(r.b->x[1], 0.9 - 0.25 / 1.8, EXACT);
    pm_solver_free(r.s);
}

void test_conjugate_gradient(void)
{
    the_direction_is_that_of_hager_and_zhang();
    the_direction_is_that_of_polak_and_ribiere();
    polak_and_ribiere_start_again_where_gradients_are_alike();
    held_coordinates_stay_out_of_the_products();
    a_new_face_begins_with_the_steepest_descent();
}
