/* The first steps of conjugate gradients and of gradient descent by Barzilai and Borwein, worked
 * with a pencil. */
#include "test.h"

#include "pyminima.h"
#include "solver/method.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A method under way in two variables, with options by name. */
typedef struct {
    pm_solver *s;
    pm_batch *b;
    pm_turn turn;
    pm_stop stop;
} run;

typedef struct {
    const char *name;
    double value;
} setting;

static run begin(const char *name, const setting *given, const double *x0, const double *lower)
{
    static const double low[2] = {-HUGE_VAL, -HUGE_VAL}, high[2] = {HUGE_VAL, HUGE_VAL};
    const pm_method *m = pm_method_named(name);
    void *options = calloc(1, m->options_size);
    run r = {.s = NULL};

    pm_options_default(m->options, options);
    for (; given->name != NULL; ++given) {
        const pm_option *row = m->options;
        while (strcmp(row->name, given->name) != 0) {
            ++row;
        }
        CHECK(pm_option_set(row, options, given->value) == PM_OK);
    }
    const pm_task task = {.n = 2,
                          .x0 = x0,
                          .lower = lower == NULL ? low : lower,
                          .upper = high,
                          .has_gradient = true,
                          .options = options,
                          .stopping = m->stopping,
                          .budget = 1000};
    CHECK(pm_solver_new(&r.s, m, &task) == PM_OK);
    free(options);
    CHECK(pm_ask(r.s, &r.b) == PM_OK);
    return r;
}

/* Answers the point asked for; the next one stands in r->b->x. */
static void tell(run *r, double f, double g0, double g1)
{
    r->b->f[0] = f;
    r->b->g[0] = g0;
    r->b->g[1] = g1;
    CHECK(pm_tell(r->s, &r->turn, &r->stop) == PM_OK);
    CHECK(r->stop == PM_RUNNING);
    CHECK(pm_ask(r->s, &r->b) == PM_OK);
}

static void finish(run *r)
{
    pm_solver_free(r->s);
}

static const double EXACT = 1e-14;

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
    run r = begin("conjugate_gradient", given, x0, NULL);

    tell(&r, 1.5, 1.0, 2.0);
    CHECK_NEAR(r.b->x[0], 0.95, EXACT);
    CHECK_NEAR(r.b->x[1], 0.9, EXACT);
    tell(&r, 0.5 * (0.9025 + 1.62), 0.95, 1.8);
    CHECK(r.turn == PM_STEP_DONE);
    CHECK_NEAR(r.b->x[0], 0.95 + t * d0, EXACT);
    CHECK_NEAR(r.b->x[1], 0.9 + t * d1, EXACT);
    finish(&r);
}

/* The same, but the gradient at the trial is (1, -1/2), at a right angle to the last one: y'g / g'g
 * = 1.25 / 5, so that d = -(1/4, 1/2) - (1, -1/2) = (-5/4, 0), and the trial is 0.25 / 1.25. */
static void the_direction_is_that_of_polak_and_ribiere(void)
{
    const setting given[] = {{"update", 1}, {NULL, 0}};
    const double x0[2] = {1.0, 1.0};
    run r = begin("conjugate_gradient", given, x0, NULL);

    tell(&r, 1.5, 1.0, 2.0);
    tell(&r, 1.0, 1.0, -0.5);
    CHECK_NEAR(r.b->x[0], 0.95 - 0.2 * 1.25, EXACT);
    CHECK_NEAR(r.b->x[1], 0.9, EXACT);
    finish(&r);
}

/* Gradients (1, 2) and (0.95, 1.8) are far from a right angle: the steepest descent again. */
static void polak_and_ribiere_start_again_where_gradients_are_alike(void)
{
    const setting given[] = {{"update", 1}, {"curvature", 0.95}, {NULL, 0}};
    const double x0[2] = {1.0, 1.0}, t = 0.25 / (0.9025 + 3.24);
    run r = begin("conjugate_gradient", given, x0, NULL);

    tell(&r, 1.5, 1.0, 2.0);
    tell(&r, 0.5 * (0.9025 + 1.62), 0.95, 1.8);
    CHECK_NEAR(r.b->x[0], 0.95 - t * 0.95, EXACT);
    CHECK_NEAR(r.b->x[1], 0.9 - t * 1.8, EXACT);
    finish(&r);
}

/* 100 (1 + x) + (y - 3)^2 on x >= 0 from (0, 5): x is held, and y moves as if it were alone.
 * d = -4, t = 1/8; at 4.5 the gradient is 3, y = -1, d'y = 4, d'g = -12, so that beta = (-3 + 6) /
 * 4 and d = -6.  The promise of 2 is kept by t = 2 / 18. */
static void held_coordinates_stay_out_of_the_products(void)
{
    const setting given[] = {{"curvature", 1.0}, {NULL, 0}};
    const double x0[2] = {0.0, 5.0}, lower[2] = {0.0, -HUGE_VAL};
    run r = begin("conjugate_gradient", given, x0, lower);

    tell(&r, 104.0, 100.0, 4.0);
    CHECK(r.b->x[0] == 0.0);
    CHECK_NEAR(r.b->x[1], 4.5, EXACT);
    tell(&r, 102.25, 100.0, 3.0);
    CHECK(r.b->x[0] == 0.0);
    CHECK_NEAR(r.b->x[1], 4.5 - 6.0 / 9.0, EXACT);
    finish(&r);
}

/* The bound 0.97 bends the first step; what comes next is the steepest descent of what is free. */
static void a_new_face_begins_with_the_steepest_descent(void)
{
    const setting given[] = {{"curvature", 0.95}, {NULL, 0}};
    const double x0[2] = {1.0, 1.0}, lower[2] = {0.97, -HUGE_VAL};
    run r = begin("conjugate_gradient", given, x0, lower);

    tell(&r, 1.5, 1.0, 2.0);
    CHECK(r.b->x[0] == 0.97);
    CHECK_NEAR(r.b->x[1], 0.9, EXACT);
    tell(&r, 0.5 * (0.9409 + 1.62), 0.97, 1.8);
    CHECK(r.turn == PM_STEP_DONE && r.b->x[0] == 0.97);
    CHECK_NEAR(r.b->x[1], 0.9 - 0.25 / 1.8, EXACT);
    finish(&r);
}

/* ------------------------------------------------------------------------------ Barzilai-Borwein -------- */

static const setting spectral[] = {{"line_search", 3}, {"step", 0.25}, {"memory", 2}, {NULL, 0}};

/* f = (x^2 + 2 y^2) / 2 from (1, 1): the step 1/4 leads to (0.75, 0.5), where g = (0.75, 1).  Along
 * it s = -(0.25, 0.5) and y = -(0.25, 1): lambda = 0.3125 / 0.5625 = 5/9. */
static void steps_are_inverse_curvatures(void)
{
    const double x0[2] = {1.0, 1.0};
    run r = begin("gradient_descent", spectral, x0, NULL);

    tell(&r, 1.5, 1.0, 2.0);
    CHECK(r.b->x[0] == 0.75 && r.b->x[1] == 0.5);
    tell(&r, 0.53125, 0.75, 1.0);
    CHECK_NEAR(r.b->x[0], 0.75 - 5.0 / 9.0 * 0.75, EXACT);
    CHECK_NEAR(r.b->x[1], 0.5 - 5.0 / 9.0, EXACT);
    finish(&r);
}

/* A rise is taken while it stays below the last two values; then it is shortened, first by the
 * parabola: slope -g'g / 4 = -1/4, value 1 + 3/4 at 1 gives its minimum at (1/4) / (2 * 1) = 1/8.
 */
static void a_rise_is_taken_if_it_is_below_recent_values(void)
{
    const double x0[2] = {0.0, 0.0};
    run r = begin("gradient_descent", spectral, x0, NULL);

    tell(&r, 3.0, 1.0, 0.0);
    tell(&r, 1.0, 1.0, 0.0);
    CHECK(r.turn == PM_STEP_DONE);
    tell(&r, 2.0, -1.0, 0.0); /* below 3 */
    CHECK(r.turn == PM_STEP_DONE);
    finish(&r);

    r = begin("gradient_descent", spectral, x0, NULL);
    tell(&r, 1.0, 1.0, 0.0);
    CHECK(r.b->x[0] == -0.25);
    tell(&r, 1.75, 1.0, 0.0);
    CHECK(r.turn == PM_MID_STEP);
    CHECK_NEAR(r.b->x[0], -0.25 / 8.0, EXACT);
    tell(&r, HUGE_VAL, NAN, NAN);
    CHECK_NEAR(r.b->x[0], -0.25 / 80.0, EXACT);
    finish(&r);
}

/* On x >= 0.9 the direction is that to the projected point: (-0.1, -0.5). */
static void the_box_is_kept_by_projection(void)
{
    const double x0[2] = {1.0, 1.0}, lower[2] = {0.9, -HUGE_VAL};
    run r = begin("gradient_descent", spectral, x0, lower);

    tell(&r, 1.5, 1.0, 2.0);
    CHECK(r.b->x[0] == 0.9 && r.b->x[1] == 0.5);
    /* Slope -1.1: the parabola has its minimum at 1.1 / (2 * 8.6).  That is less than a tenth, so
     * it is not trusted: a half. */
    tell(&r, 9.0, 0.0, 0.0);
    CHECK_NEAR(r.b->x[0], 1.0 - 0.5 * 0.1, EXACT);
    CHECK_NEAR(r.b->x[1], 1.0 - 0.5 * 0.5, EXACT);
    finish(&r);
}

void test_conjugate_gradient(void)
{
    the_direction_is_that_of_hager_and_zhang();
    the_direction_is_that_of_polak_and_ribiere();
    polak_and_ribiere_start_again_where_gradients_are_alike();
    held_coordinates_stay_out_of_the_products();
    a_new_face_begins_with_the_steepest_descent();
    steps_are_inverse_curvatures();
    a_rise_is_taken_if_it_is_below_recent_values();
    the_box_is_kept_by_projection();
}
