/* What every first-order rule has around it: values and gradients that are not finite, rare
 * judgement. */
#include "descent.h"

/* With epsilon = 0 a coordinate that has never had a slope stays, and the others move. */
static void without_a_slope_a_coordinate_stays(void)
{
    const char *const names[] = {"adam",  "adamw",   "amsgrad", "nadam",
                                 "radam", "rmsprop", "adagrad"};
    const setting given[] = {{"epsilon", 0.0}, {"weight_decay", 0.0}, {NULL, 0}};
    const double x0[2] = {1.0, -2.0};

    for (size_t k = 0; k < sizeof names / sizeof *names; ++k) {
        run r = descent(names[k], given, 2, x0, NULL, NULL);
        for (int t = 1; t <= 10; ++t) {
            const double before = r.b->x[0];
            answer_gradient(&r, -(double)t, 4.0, 0.0);
            CHECK(r.b->x[0] < before && r.b->x[1] == -2.0);
        }
        pm_solver_free(r.s);
    }
}

/* A step into nowhere is halved from the last good point, and costs no moment. */
static void adam_retreats_from_infinity(void)
{
    const setting given[] = {{"learning_rate", 8.0}, {"epsilon", 0.0}, {NULL, 0}};
    const double x0 = 0.0;
    run r = descent_from("adam", given, x0);

    answer_slope(&r, 9.0, 1.0);
    CHECK_NEAR(r.b->x[0], -8.0, 1e-14);
    const double far = r.b->x[0];
    answer_slope(&r, HUGE_VAL, NAN);
    CHECK(r.turn == PM_MID_STEP && r.b->x[0] == far / 2.0);
    answer_slope(&r, HUGE_VAL, 1.0);
    CHECK(r.turn == PM_MID_STEP && r.b->x[0] == far / 4.0);
    answer_slope(&r, 7.0, 1.0); /* slope 1 again: a full step, as if there had been no detour */
    CHECK(r.turn == PM_STEP_DONE);
    CHECK_NEAR(r.b->x[0], far / 4.0 - 8.0, 1e-12);
    pm_solver_free(r.s);
}

/* A gradient without a number: the step that led there is halved, and the moments start again. */
static void adam_forgets_a_gradient_that_is_not_finite(void)
{
    const setting given[] = {{"learning_rate", 8.0}, {"epsilon", 0.0}, {NULL, 0}};
    const double x0 = 0.0;
    run r = descent_from("adam", given, x0);

    answer_slope(&r, 9.0, 1.0);
    CHECK_NEAR(r.b->x[0], -8.0, 1e-14);
    r.b->kept = true; /* its value is the best one: it must stay where it is */
    const double *held = r.b->x, far = *held;
    answer_slope(&r, 8.0, NAN);
    CHECK(r.b->x[0] == far / 2.0 && *held == far);
    answer_slope(&r, 7.5, 3.0); /* the first slope again: a whole step */
    CHECK_NEAR(r.b->x[0], far / 2.0 - 8.0, 1e-13);
    CHECK(r.turn == PM_STEP_DONE && *held == far);
    for (int k = 0; k < 70 && r.stop == PM_RUNNING; ++k) {
        CHECK(isfinite(r.b->x[0]));
        answer_slope(&r, 8.5, HUGE_VAL);
    }
    CHECK(r.stop == PM_EXHAUSTED && *held == far);
    pm_solver_free(r.s);
}

/* Many variables: a gradient that has vanished is seen at the next multiple of 16 steps. */
static void adam_judges_many_variables_now_and_then(void)
{
    enum { MANY = PM_LARGE + 1 };
    static double x0[MANY], low[MANY], high[MANY];
    int steps = 0;

    for (size_t i = 0; i < MANY; ++i) {
        low[i] = -HUGE_VAL;
        high[i] = HUGE_VAL;
    }
    run r = descent("adam", NULL, MANY, x0, low, high);
    for (; r.stop == PM_RUNNING && steps < 100; ++steps) {
        for (size_t i = 0; i < MANY; ++i) {
            r.b->g[i] = steps < 18 ? 1.0 : 0.0;
        }
        answer_value(&r, -(double)steps);
    }
    CHECK(r.stop == PM_GRADIENT && steps == 32);
    pm_solver_free(r.s);
}

static void adam_gives_up_where_nothing_is_finite(void)
{
    const double x0 = 0.0;
    run r = descent_from("adam", NULL, x0);
    answer_slope(&r, 9.0, 1.0);
    int halvings = 0;
    while (r.stop == PM_RUNNING && halvings < 1000) {
        answer_slope(&r, HUGE_VAL, 0.0);
        ++halvings;
    }
    CHECK(r.stop == PM_EXHAUSTED && halvings <= 70);
    double x;
    CHECK(pm_solver_at(r.s, &x) == 9.0 && x == 0.0);
    pm_solver_free(r.s);
}

void test_firstorder(void)
{
    without_a_slope_a_coordinate_stays();
    adam_retreats_from_infinity();
    adam_forgets_a_gradient_that_is_not_finite();
    adam_judges_many_variables_now_and_then();
    adam_gives_up_where_nothing_is_finite();
}
