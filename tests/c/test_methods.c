/* The first steps of the gradient methods, worked with a pencil. */
#include "test.h"

#include "pyminima.h"
#include "solver/method.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 2 };

/* A method under way, with options by name. */
typedef struct {
    pm_solver *s;
    pm_batch *b;
    size_t n;
    pm_turn turn;
    pm_stop stop;
} run;

typedef struct {
    const char *name;
    double value;
} setting;

static run begin(const char *name, const setting *given, size_t n, const double *x0,
                 const double *lower, const double *upper)
{
    static const double low[MOST] = {-HUGE_VAL, -HUGE_VAL}, high[MOST] = {HUGE_VAL, HUGE_VAL};
    const pm_method *m = pm_method_named(name);
    void *options = calloc(1, m->options_size);
    run r = {.n = n};

    pm_options_default(m->options, options);
    for (; given != NULL && given->name != NULL; ++given) {
        const pm_option *row = m->options;
        while (strcmp(row->name, given->name) != 0) {
            ++row;
        }
        CHECK(pm_option_set(row, options, given->value) == PM_OK);
    }
    const pm_task task = {.n = n,
                          .x0 = x0,
                          .lower = lower == NULL ? low : lower,
                          .upper = upper == NULL ? high : upper,
                          .has_gradient = true,
                          .options = options,
                          .stopping = m->stopping,
                          .budget = 1000};
    CHECK(pm_solver_new(&r.s, m, &task) == PM_OK);
    free(options);
    CHECK(pm_ask(r.s, &r.b) == PM_OK);
    CHECK(r.b->count == 1 && r.b->wants == PM_FG);
    CHECK(memcmp(r.b->x, x0, n * sizeof *x0) == 0); /* the first point is the start */
    return r;
}

/* Answers the point asked for; the next one, if the run goes on, stands in r->b->x. */
static void tell(run *r, double f, double g0, double g1)
{
    r->b->f[0] = f;
    r->b->g[0] = g0;
    if (r->n > 1) {
        r->b->g[1] = g1;
    }
    CHECK(pm_tell(r->s, &r->turn, &r->stop) == PM_OK);
    if (r->stop == PM_RUNNING) {
        CHECK(pm_ask(r->s, &r->b) == PM_OK);
    }
}

static void finish(run *r)
{
    pm_solver_free(r->s);
}

/* ------------------------------------------------------------------------------------------ Adam -------- */

/* With a constant slope m_hat = g and v_hat = g^2 at every t: each step is alpha g / (|g| +
 * epsilon). */
static void adam_on_a_constant_slope(void)
{
    const setting given[] = {{"learning_rate", 0.1}, {NULL, 0}};
    const double x0[2] = {1.0, -2.0};
    run r = begin("adam", given, 2, x0, NULL, NULL);

    for (int t = 1; t <= 50; ++t) {
        tell(&r, -(double)t, 4.0, -0.5);
        CHECK(r.turn == PM_STEP_DONE && r.stop == PM_RUNNING);
        CHECK_NEAR(r.b->x[0], 1.0 - 0.1 * t * (4.0 / (4.0 + 1e-8)), 1e-12);
        CHECK_NEAR(r.b->x[1], -2.0 + 0.1 * t * (0.5 / (0.5 + 1e-8)), 1e-12);
    }
    finish(&r);
}

/* Slopes 1, then 3:   m1 = 0.1            m_hat = 0.1 / 0.1 = 1
 *                     v1 = 0.001          v_hat = 0.001 / 0.001 = 1         step alpha
 *                     m2 = 0.09 + 0.3     m_hat = 0.39 / 0.19
 *                     v2 = 0.000999 + 0.009   v_hat = 0.009999 / 0.001999   step alpha m_hat /
 * sqrt(v_hat) */
static void adam_on_a_slope_that_changes(void)
{
    const setting given[] = {{"learning_rate", 0.5}, {"epsilon", 0.0}, {NULL, 0}};
    const double x0 = 0.0;
    run r = begin("adam", given, 1, &x0, NULL, NULL);

    tell(&r, 9.0, 1.0, 0.0);
    CHECK_NEAR(r.b->x[0], -0.5, 1e-15);
    tell(&r, 8.0, 3.0, 0.0);
    CHECK_NEAR(r.b->x[0], -0.5 - 0.5 * (0.39 / 0.19) / sqrt(0.009999 / 0.001999), 1e-14);
    finish(&r);
}

/* beta1 = beta2 = 0: no memory, so each step is alpha times the sign of the slope. */
static void adam_without_memory_follows_signs(void)
{
    const setting given[] = {
        {"learning_rate", 0.25}, {"beta1", 0.0}, {"beta2", 0.0}, {"epsilon", 0.0}, {NULL, 0}};
    const double x0 = 0.0;
    run r = begin("adam", given, 1, &x0, NULL, NULL);

    tell(&r, 9.0, 1e-3, 0.0);
    CHECK(r.b->x[0] == -0.25);
    tell(&r, 8.0, -70.0, 0.0);
    CHECK(r.b->x[0] == 0.0);
    finish(&r);
}

/* With epsilon = 0 a coordinate that has never had a slope stays, and the others move. */
static void without_a_slope_a_coordinate_stays(void)
{
    const char *const names[] = {"adam",  "adamw",   "amsgrad", "nadam",
                                 "radam", "rmsprop", "adagrad"};
    const setting given[] = {{"epsilon", 0.0}, {"weight_decay", 0.0}, {NULL, 0}};
    const double x0[2] = {1.0, -2.0};

    for (size_t k = 0; k < sizeof names / sizeof *names; ++k) {
        run r = begin(names[k], given, 2, x0, NULL, NULL);
        for (int t = 1; t <= 10; ++t) {
            const double before = r.b->x[0];
            tell(&r, -(double)t, 4.0, 0.0);
            CHECK(r.b->x[0] < before && r.b->x[1] == -2.0);
        }
        finish(&r);
    }
}

/* A step into nowhere is halved from the last good point, and costs no moment. */
static void adam_retreats_from_infinity(void)
{
    const setting given[] = {{"learning_rate", 8.0}, {"epsilon", 0.0}, {NULL, 0}};
    const double x0 = 0.0;
    run r = begin("adam", given, 1, &x0, NULL, NULL);

    tell(&r, 9.0, 1.0, 0.0);
    CHECK_NEAR(r.b->x[0], -8.0, 1e-14);
    const double far = r.b->x[0];
    tell(&r, HUGE_VAL, NAN, 0.0);
    CHECK(r.turn == PM_MID_STEP && r.b->x[0] == far / 2.0);
    tell(&r, HUGE_VAL, 1.0, 0.0);
    CHECK(r.turn == PM_MID_STEP && r.b->x[0] == far / 4.0);
    tell(&r, 7.0, 1.0, 0.0); /* slope 1 again: a full step, as if there had been no detour */
    CHECK(r.turn == PM_STEP_DONE);
    CHECK_NEAR(r.b->x[0], far / 4.0 - 8.0, 1e-12);
    finish(&r);
}

/* A gradient without a number: the step that led there is halved, and the moments start again. */
static void adam_forgets_a_gradient_that_is_not_finite(void)
{
    const setting given[] = {{"learning_rate", 8.0}, {"epsilon", 0.0}, {NULL, 0}};
    const double x0 = 0.0;
    run r = begin("adam", given, 1, &x0, NULL, NULL);

    tell(&r, 9.0, 1.0, 0.0);
    CHECK_NEAR(r.b->x[0], -8.0, 1e-14);
    r.b->kept = true; /* its value is the best one: it must stay where it is */
    const double *held = r.b->x, far = *held;
    tell(&r, 8.0, NAN, 0.0);
    CHECK(r.b->x[0] == far / 2.0 && *held == far);
    tell(&r, 7.5, 3.0, 0.0); /* the first slope again: a whole step */
    CHECK_NEAR(r.b->x[0], far / 2.0 - 8.0, 1e-13);
    CHECK(r.turn == PM_STEP_DONE && *held == far);
    for (int k = 0; k < 70 && r.stop == PM_RUNNING; ++k) {
        CHECK(isfinite(r.b->x[0]));
        tell(&r, 8.5, HUGE_VAL, 0.0);
    }
    CHECK(r.stop == PM_EXHAUSTED && *held == far);
    finish(&r);
}

/* Many variables: a gradient that has vanished is seen at the next multiple of 16 steps. */
static void adam_judges_many_variables_now_and_then(void)
{
    enum { MANY = PM_LARGE + 1 };
    static double x0[MANY], low[MANY], high[MANY];
    const pm_method *m = pm_method_named("adam");
    pm_solver *s;
    pm_stop stop = PM_RUNNING;
    int steps = 0;

    for (size_t i = 0; i < MANY; ++i) {
        low[i] = -HUGE_VAL;
        high[i] = HUGE_VAL;
    }
    const pm_task task = {.n = MANY,
                          .x0 = x0,
                          .lower = low,
                          .upper = high,
                          .has_gradient = true,
                          .stopping = m->stopping,
                          .budget = 1000};
    CHECK(pm_solver_new(&s, m, &task) == PM_OK);
    for (; stop == PM_RUNNING && steps < 100; ++steps) {
        pm_batch *b;
        pm_turn turn;
        CHECK(pm_ask(s, &b) == PM_OK);
        b->f[0] = -(double)steps;
        for (size_t i = 0; i < MANY; ++i) {
            b->g[i] = steps < 18 ? 1.0 : 0.0;
        }
        CHECK(pm_tell(s, &turn, &stop) == PM_OK);
    }
    CHECK(stop == PM_GRADIENT && steps == 32);
    pm_solver_free(s);
}

static void adam_gives_up_where_nothing_is_finite(void)
{
    const double x0 = 0.0;
    run r = begin("adam", NULL, 1, &x0, NULL, NULL);
    tell(&r, 9.0, 1.0, 0.0);
    int halvings = 0;
    while (r.stop == PM_RUNNING && halvings < 1000) {
        tell(&r, HUGE_VAL, 0.0, 0.0);
        ++halvings;
    }
    CHECK(r.stop == PM_EXHAUSTED && halvings <= 70);
    double x;
    CHECK(pm_solver_at(r.s, &x) == 9.0 && x == 0.0);
    finish(&r);
}

/* --------------------------------------------------------------------------------- gradient descent ----- */

/* f = x^2 / 2, step 1/4: x <- 3/4 x, exact in binary. */
static void fixed_steps_shrink_x_by_a_constant_factor(void)
{
    const setting given[] = {{"line_search", 1}, {"step", 0.25}, {NULL, 0}};
    const double x0 = 1.0;
    double x = 1.0;
    run r = begin("gradient_descent", given, 1, &x0, NULL, NULL);

    for (int k = 0; k < 20; ++k) {
        tell(&r, 0.5 * x * x, x, 0.0);
        x *= 0.75;
        CHECK(r.turn == PM_STEP_DONE && r.stop == PM_RUNNING);
        CHECK(r.b->x[0] == x);
    }
    finish(&r);
}

/* The step x - 3 g goes from 1 to -2: a rise, and taken all the same. */
static void fixed_steps_are_not_searched(void)
{
    const setting given[] = {{"line_search", 1}, {"step", 3.0}, {NULL, 0}};
    const double x0 = 1.0;
    run r = begin("gradient_descent", given, 1, &x0, NULL, NULL);
    tell(&r, 0.5, 1.0, 0.0);
    CHECK(r.b->x[0] == -2.0);
    tell(&r, 2.0, -2.0, 0.0);
    CHECK(r.turn == PM_STEP_DONE && r.b->x[0] == 4.0);
    finish(&r);
}

/* A fixed step to where there is no value: a start there was. */
static void a_fixed_step_without_a_value_is_the_end(void)
{
    const setting given[] = {{"line_search", 1}, {"step", 0.5}, {NULL, 0}};
    const double x0 = 1.0;
    run r = begin("gradient_descent", given, 1, &x0, NULL, NULL);

    tell(&r, 1.0, 2.0, 0.0);
    tell(&r, HUGE_VAL, 0.0, 0.0);
    CHECK(r.turn == PM_NO_MORE && r.stop == PM_EXHAUSTED);
    finish(&r);
}

/* The first step moves x = 1 by a tenth: 0.05 times the slope 2.  So does every other. */
static void a_fixed_step_that_is_left_open_stays_what_it_was(void)
{
    const setting given[] = {{"line_search", 1}, {NULL, 0}};
    const double x0 = 1.0;
    run r = begin("gradient_descent", given, 1, &x0, NULL, NULL);

    tell(&r, 1.0, 2.0, 0.0);
    CHECK_NEAR(r.b->x[0], 0.9, 1e-15);
    tell(&r, 0.81, 1.8, 0.0);
    CHECK_NEAR(r.b->x[0], 0.9 - 0.05 * 1.8, 1e-15);
    finish(&r);
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
        run r = begin("gradient_descent", given, 1, &x0, NULL, NULL);
        tell(&r, 5.0, 2.0, 0.0);
        while (r.stop == PM_RUNNING) {
            tell(&r, 6.0, 2.0, 0.0);
        }
        CHECK(r.stop == PM_EXHAUSTED);
        finish(&r);
    }
}

/* f = x^2 / 2 from 1, first step 3/2: f(-1/2) = 1/8 <= 1/2 - 1e-4 * 3/2 is accepted.  The next
 * trial is twice as long: x = -1/2 + 3 * 1/2 = 1, f = 1/2: refused.  The parabola through both ends
 * says t = 1: the minimum. */
static void backtracking_accepts_refuses_and_interpolates(void)
{
    const setting given[] = {{"step", 1.5}, {NULL, 0}};
    const double x0 = 1.0;
    run r = begin("gradient_descent", given, 1, &x0, NULL, NULL);

    tell(&r, 0.5, 1.0, 0.0);
    CHECK(r.b->x[0] == -0.5);
    tell(&r, 0.125, -0.5, 0.0);
    CHECK(r.turn == PM_STEP_DONE && r.b->x[0] == 1.0);
    tell(&r, 0.5, 1.0, 0.0);
    CHECK(r.turn == PM_MID_STEP);
    CHECK_NEAR(r.b->x[0], 0.0, 1e-15);
    tell(&r, 0.0, 0.0, 0.0);
    CHECK(r.turn == PM_STEP_DONE && r.stop == PM_GRADIENT);
    finish(&r);
}

/* decrease = 1/2 asks for (1 - t)^2 / 2 <= 1/2 - t / 2, that is t <= 1: 3/2 is refused now. */
static void backtracking_takes_the_share_it_is_told(void)
{
    const setting given[] = {{"step", 1.5}, {"decrease", 0.5}, {NULL, 0}};
    const double x0 = 1.0;
    run r = begin("gradient_descent", given, 1, &x0, NULL, NULL);

    tell(&r, 0.5, 1.0, 0.0);
    tell(&r, 0.125, -0.5, 0.0);
    CHECK(r.turn == PM_MID_STEP);
    CHECK_NEAR(r.b->x[0], 0.0, 1e-15);
    finish(&r);
}

static void the_first_step_is_a_tenth_of_x(void)
{
    const double far = 20.0, near = 0.25;
    run r = begin("gradient_descent", NULL, 1, &far, NULL, NULL);
    tell(&r, 1.0, 1e-7, 0.0);
    CHECK_NEAR(r.b->x[0], 18.0, 1e-14); /* whatever the slope */
    finish(&r);

    r = begin("gradient_descent", NULL, 1, &near, NULL, NULL);
    tell(&r, 1.0, -1e9, 0.0);
    CHECK_NEAR(r.b->x[0], 0.35, 1e-15); /* but no less than a tenth of 1 */
    finish(&r);
}

/* f = x^2 / 2 on [1/2, oo): a step of 4 ends at the wall, is judged by the decrease, and is the
 * end. */
static void backtracking_follows_the_wall(void)
{
    const setting given[] = {{"step", 4.0}, {NULL, 0}};
    const double x0 = 1.0, lower = 0.5, upper = HUGE_VAL;
    run r = begin("gradient_descent", given, 1, &x0, &lower, &upper);

    tell(&r, 0.5, 1.0, 0.0);
    CHECK(r.b->x[0] == 0.5);
    tell(&r, 0.125, 0.5, 0.0);
    CHECK(r.turn == PM_STEP_DONE && r.stop == PM_GRADIENT);
    finish(&r);
}

/* ----------------------------------------------------------------------------------------- L-BFGS ------- */

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
    run r = begin("lbfgs", given, 2, x0, NULL, NULL);

    tell(&r, 1.5, 1.0, 2.0);
    CHECK_NEAR(r.b->x[0], 0.95, 1e-15);
    CHECK_NEAR(r.b->x[1], 0.9, 1e-15);
    tell(&r, 0.5 * (0.9025 + 1.62), 0.95, 1.8);
    CHECK(r.turn == PM_STEP_DONE);
    CHECK_NEAR(r.b->x[0], 0.95 - 117.35 / 153.0, 1e-13);
    CHECK_NEAR(r.b->x[1], 0.9 - 144.7 / 153.0, 1e-13);
    finish(&r);
}

/* In one variable the pair is the secant, so the second step on a parabola is Newton's: to the
 * minimum at 3. */
static void lbfgs_is_the_secant_method_in_one_variable(void)
{
    const setting given[] = {{"curvature", 1.0}, {NULL, 0}};
    const double x0 = 5.0;
    run r = begin("lbfgs", given, 1, &x0, NULL, NULL);

    tell(&r, 4.0, 4.0, 0.0);           /* (x - 3)^2 */
    CHECK_NEAR(r.b->x[0], 4.5, 1e-15); /* a tenth of 5 */
    tell(&r, 2.25, 3.0, 0.0);
    CHECK_NEAR(r.b->x[0], 3.0, 1e-14);
    tell(&r, 0.0, 0.0, 0.0);
    CHECK(r.stop == PM_GRADIENT);
    finish(&r);
}

/* A coordinate held at its bound by the slope stays there, and the others move as if it were not.
 */
static void lbfgs_leaves_held_coordinates(void)
{
    const setting given[] = {{"curvature", 1.0}, {NULL, 0}};
    const double x0[2] = {0.0, 5.0}, lower[2] = {0.0, -HUGE_VAL}, upper[2] = {9.0, HUGE_VAL};
    run r = begin("lbfgs", given, 2, x0, lower, upper);

    tell(&r, 4.0 + 100.0, 100.0, 4.0); /* 100 (1 + x) + (y - 3)^2 */
    CHECK(r.b->x[0] == 0.0);
    CHECK_NEAR(r.b->x[1], 4.5, 1e-15);
    tell(&r, 2.25 + 100.0, 100.0, 3.0);
    CHECK(r.b->x[0] == 0.0);
    CHECK_NEAR(r.b->x[1], 3.0, 1e-14);
    tell(&r, 100.0, 100.0, 0.0);
    CHECK(r.stop == PM_GRADIENT);
    finish(&r);
}

/* A gradient without a number on the way: the step is too long. */
static void lbfgs_backs_off_from_a_gradient_that_is_not_finite(void)
{
    const double x0 = 1.0;
    run r = begin("lbfgs", NULL, 1, &x0, NULL, NULL);

    tell(&r, 1.0, 1.0, 0.0);
    CHECK_NEAR(r.b->x[0], 0.9, 1e-15);
    tell(&r, 0.5, HUGE_VAL, 0.0);
    CHECK(r.turn == PM_MID_STEP && r.b->x[0] > 0.9 && r.b->x[0] < 1.0);
    finish(&r);
}

/* Negative curvature gives no pair: the next direction is the steepest descent again. */
static void lbfgs_remembers_no_negative_curvature(void)
{
    const setting given[] = {{"curvature", 1.0}, {NULL, 0}};
    const double x0 = 1.0;
    run r = begin("lbfgs", given, 1, &x0, NULL, NULL);

    tell(&r, -0.5, -1.0, 0.0); /* -x^2 / 2 */
    CHECK_NEAR(r.b->x[0], 1.1, 1e-15);
    tell(&r, -0.605, -1.1, 0.0);
    CHECK_NEAR(r.b->x[0], 1.21, 1e-14); /* a tenth of |x| */
    finish(&r);
}

/* ------------------------------------------------------------------------------------- all of them ------ */

static void a_start_without_a_value_is_no_start(void)
{
    const char *const names[] = {"adam", "gradient_descent", "lbfgs"};
    const double x0 = 1.0;
    for (int k = 0; k < 3; ++k) {
        run r = begin(names[k], NULL, 1, &x0, NULL, NULL);
        tell(&r, HUGE_VAL, 1.0, 0.0);
        CHECK(r.turn == PM_NO_MORE && r.stop == PM_NOT_FINITE);
        finish(&r);
    }
}

/* What a method that lends its arrays must mind by itself. */
static void a_start_without_a_gradient_is_no_start(void)
{
    const char *const names[] = {"adam", "lbfgs"};
    const double x0 = 1.0;
    for (int k = 0; k < 2; ++k) {
        run r = begin(names[k], NULL, 1, &x0, NULL, NULL);
        CHECK(r.b->lent != PM_OWN);
        tell(&r, 1.0, NAN, 0.0);
        CHECK(r.turn == PM_NO_MORE && r.stop == PM_NOT_FINITE);
        finish(&r);
    }
}

static void a_start_at_the_optimum_is_the_end(void)
{
    const char *const names[] = {"adam", "gradient_descent", "lbfgs"};
    const double x0[2] = {0.0, 0.0};
    for (int k = 0; k < 3; ++k) {
        run r = begin(names[k], NULL, 2, x0, NULL, NULL);
        tell(&r, 0.0, 0.0, 0.0);
        CHECK(r.turn == PM_STEP_DONE && r.stop == PM_GRADIENT);
        finish(&r);
    }
}

/* The batch is believed: a point that was moved is where the method goes on from. */
static void a_moved_point_is_believed(void)
{
    const setting given[] = {{"learning_rate", 1.0}, {"epsilon", 0.0}, {NULL, 0}};
    const double x0 = 0.0;
    run r = begin("adam", given, 1, &x0, NULL, NULL);
    r.b->x[0] = 10.0;
    tell(&r, 1.0, 1.0, 0.0);
    CHECK_NEAR(r.b->x[0], 9.0, 1e-14);
    finish(&r);

    const setting fixed[] = {{"line_search", 1}, {"step", 0.5}, {NULL, 0}};
    r = begin("gradient_descent", fixed, 1, &x0, NULL, NULL);
    r.b->x[0] = 10.0;
    tell(&r, 1.0, 2.0, 0.0);
    CHECK(r.b->x[0] == 9.0);
    finish(&r);
}

void test_methods(void)
{
    adam_on_a_constant_slope();
    adam_on_a_slope_that_changes();
    adam_without_memory_follows_signs();
    without_a_slope_a_coordinate_stays();
    adam_retreats_from_infinity();
    adam_forgets_a_gradient_that_is_not_finite();
    adam_judges_many_variables_now_and_then();
    adam_gives_up_where_nothing_is_finite();
    fixed_steps_shrink_x_by_a_constant_factor();
    fixed_steps_are_not_searched();
    a_fixed_step_without_a_value_is_the_end();
    a_fixed_step_that_is_left_open_stays_what_it_was();
    a_first_search_that_fails_is_no_success();
    backtracking_accepts_refuses_and_interpolates();
    backtracking_takes_the_share_it_is_told();
    the_first_step_is_a_tenth_of_x();
    backtracking_follows_the_wall();
    lbfgs_takes_the_step_of_the_two_loops();
    lbfgs_is_the_secant_method_in_one_variable();
    lbfgs_leaves_held_coordinates();
    lbfgs_backs_off_from_a_gradient_that_is_not_finite();
    lbfgs_remembers_no_negative_curvature();
    a_start_without_a_value_is_no_start();
    a_start_without_a_gradient_is_no_start();
    a_start_at_the_optimum_is_the_end();
    a_moved_point_is_believed();
}
