/* What combines with every first-order rule: clipping, decay, noise, averages and the schedule. */
#include "descent.h"

static void gradients_are_clipped_by_value_and_by_norm(void)
{
    const setting by_value[] = {{"learning_rate", 1.0}, {"clip_value", 0.5}, {NULL, 0}};
    run r = descent_from("sgd", by_value, 0.0);
    CHECK(answer_slope(&r, 9.0, 4.0) == -0.5);
    CHECK(answer_slope(&r, 8.0, -0.25) == -0.25);
    pm_solver_free(r.s);

    const setting by_norm[] = {{"learning_rate", 1.0}, {"clip_norm", 2.0}, {NULL, 0}};
    r = descent_from("sgd", by_norm, 0.0);
    CHECK(answer_slope(&r, 9.0, -8.0) == 2.0);
    CHECK(answer_slope(&r, 8.0, 1e300) == 0.0); /* whose square is not finite */
    pm_solver_free(r.s);
}

static void weight_decay_adds_the_gradient_of_its_penalty(void)
{
    const setting given[] = {{"learning_rate", 0.5}, {"weight_decay", 0.25}, {NULL, 0}};
    run r = descent_from("sgd", given, 8.0);
    CHECK(answer_slope(&r, 9.0, 2.0) == 8.0 - 0.5 * (2.0 + 2.0));
    pm_solver_free(r.s);
}

static void l1_sets_to_zero_what_is_within_reach_of_it(void)
{
    const setting given[] = {{"learning_rate", 0.5}, {"l1", 1.0}, {NULL, 0}};
    run r = descent_from("sgd", given, 2.0);
    CHECK(answer_slope(&r, 9.0, 1.0) == 1.0);  /* 1.5, and half a unit nearer to 0 */
    CHECK(answer_slope(&r, 8.0, 1.25) == 0.0); /* 0.375 is within half a unit */
    CHECK(answer_slope(&r, 7.0, 2.0) == -0.5);
    pm_solver_free(r.s);
}

/* The gradient 3 is taken a quarter further up; it is that there, 5, which is followed. */
static void sharpness_aware_steps_look_uphill(void)
{
    const setting given[] = {{"learning_rate", 0.5}, {"sam_radius", 0.25}, {NULL, 0}};
    run r = descent_from("sgd", given, 1.0);
    CHECK(answer_slope(&r, 9.0, 3.0) == 1.25);
    CHECK(r.turn == PM_MID_STEP);
    CHECK(answer_slope(&r, 9.5, 5.0) == -1.5);
    CHECK(r.turn == PM_STEP_DONE);
    CHECK(answer_slope(&r, 8.0, -1.0) == -1.75);
    CHECK(answer_slope(&r, HUGE_VAL, 7.0) ==
          -1.0); /* no value there: the gradient here has to do */
    CHECK(r.turn == PM_STEP_DONE);
    pm_solver_free(r.s);
}

/* Iterates 0, -1, -2: their mean is asked for as soon as there are two, and is no step. */
static void averages_are_weighed(void)
{
    const setting given[] = {{"learning_rate", 1.0}, {"averaging", 1}, {NULL, 0}};
    run r = descent_from("sgd", given, 0.0);
    double x;

    CHECK(answer_slope(&r, 9.0, 1.0) == -1.0);
    CHECK(answer_slope(&r, 8.0, 1.0) == -0.5);
    CHECK(pm_solver_answer(r.s, &x));
    CHECK(x == -0.5);
    CHECK(pm_solver_at(r.s, &x) == 8.0 && x == -1.0);
    CHECK(answer_slope(&r, 8.5, 0.0) == -2.0 && r.turn == PM_MID_STEP);
    CHECK(answer_slope(&r, 7.0, 1.0) == -1.0);
    pm_solver_free(r.s);
}

/* swa, every second iterate from the one after one step on: -1, -3.  ema, a half of the weight
 * being left: (0 / 4 - 1 / 2 - 2) / (7 / 4). */
static void averages_have_their_weights(void)
{
    const setting swa[] = {{"learning_rate", 1.0},
                           {"averaging", 2},
                           {"averaging_start", 1},
                           {"averaging_period", 2},
                           {NULL, 0}};
    const setting ema[] = {
        {"learning_rate", 1.0}, {"averaging", 3}, {"averaging_decay", 0.5}, {NULL, 0}};
    double x;

    run r = descent_from("sgd", swa, 0.0);
    for (int k = 0; k < 4; ++k) {
        answer_slope(&r, 9.0 - k, 1.0);
    }
    CHECK(pm_solver_answer(r.s, &x));
    CHECK(x == -2.0);
    pm_solver_free(r.s);

    r = descent_from("sgd", ema, 0.0);
    for (int steps = 0; steps < 3;) {
        answer_slope(&r, 9.0 - steps, 1.0);
        steps += r.turn == PM_STEP_DONE;
    }
    CHECK(pm_solver_answer(r.s, &x));
    CHECK_NEAR(x, -10.0 / 7.0, EXACT);
    pm_solver_free(r.s);
}

/* The same slope, so that what differs from step to step is the noise: variances of 1 / (1 + t). */
static void noise_fades(void)
{
    enum { STEPS = 4000 };
    const setting given[] = {
        {"learning_rate", 1.0}, {"noise", 1.0}, {"noise_decay", 1.0}, {NULL, 0}};
    run r = descent_from("sgd", given, 0.0);
    double x = 0.0, sum = 0.0, squares = 0.0;

    for (int t = 0; t < STEPS; ++t) {
        const double next = answer_slope(&r, -(double)t, 1.0);
        const double z = (x - next - 1.0) * sqrt(1.0 + t);
        sum += z;
        squares += z * z;
        x = next;
    }
    CHECK_NEAR(sum / STEPS, 0.0, 5.0 / sqrt(STEPS));
    CHECK_NEAR(squares / STEPS, 1.0, 5.0 * sqrt(2.0 / STEPS));
    pm_solver_free(r.s);
}

static void the_schedule_sets_the_rate(void)
{
    const setting given[] = {{"learning_rate", 1.0}, {"schedule", 1}, /* step */
                             {"schedule_period", 2}, {"schedule_decay", 0.5},
                             {"schedule_warmup", 1}, {NULL, 0}};
    const double factors[] = {0.5, 1.0, 1.0, 0.5, 0.5, 0.25};
    run r = descent_from("sgd", given, 0.0);
    double x = 0.0;

    for (size_t t = 0; t < sizeof factors / sizeof *factors; ++t) {
        const double next = answer_slope(&r, 9.0 - (double)t, 1.0);
        CHECK(next == x - factors[t]);
        x = next;
    }
    pm_solver_free(r.s);
}

/* Whatever is at work: a copy made anywhere goes the same way. */
static void copies_continue_with_all_ingredients(void)
{
    const setting given[] = {{"learning_rate", 0.1}, {"schedule", 3},  {"schedule_period", 7},
                             {"clip_norm", 3.0},     {"noise", 0.1},   {"weight_decay", 0.01},
                             {"sam_radius", 0.05},   {"averaging", 3}, {NULL, 0}};
    run r = descent_from("adam", given, 3.0);

    for (int k = 0; k < 60; ++k) {
        const double x = r.b->x[0];
        pm_solver *twin;
        pm_turn turn;
        pm_stop stop;
        pm_batch *b;
        CHECK(pm_solver_copy(&twin, r.s) == PM_OK);
        b = pm_asked(twin);
        CHECK(b->x != r.b->x && b->x[0] == x);
        b->f[0] = x * x;
        b->g[0] = 2.0 * x;
        CHECK(pm_tell(twin, &turn, &stop) == PM_OK && pm_ask(twin, &b) == PM_OK);
        CHECK(answer_slope(&r, x * x, 2.0 * x) == b->x[0] && turn == r.turn);
        pm_solver_free(twin);
    }
    pm_solver_free(r.s);
}

void test_ingredients(void)
{
    gradients_are_clipped_by_value_and_by_norm();
    weight_decay_adds_the_gradient_of_its_penalty();
    l1_sets_to_zero_what_is_within_reach_of_it();
    sharpness_aware_steps_look_uphill();
    averages_are_weighed();
    averages_have_their_weights();
    noise_fades();
    the_schedule_sets_the_rate();
    copies_continue_with_all_ingredients();
}
