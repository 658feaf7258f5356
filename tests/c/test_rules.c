/* The first steps of the first-order rules, worked with a pencil. */
#include "test.h"

#include "pyminima.h"
#include "solver/method.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A method under way in one variable, with options by name. */
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

static run begin(const char *name, const setting *given, double x0)
{
    static const double low = -HUGE_VAL, high = HUGE_VAL;
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
    const pm_task task = {.n = 1,
                          .x0 = &x0,
                          .lower = &low,
                          .upper = &high,
                          .has_gradient = true,
                          .options = options,
                          .stopping = m->stopping,
                          .budget = 1000,
                          .key = {20, 26}};
    CHECK(pm_solver_new(&r.s, m, &task) == PM_OK);
    free(options);
    CHECK(pm_ask(r.s, &r.b) == PM_OK);
    CHECK(r.b->x[0] == x0);
    return r;
}

/* Answers the point asked for; returns the next one. */
static double tell(run *r, double f, double g)
{
    r->b->f[0] = f;
    r->b->g[0] = g;
    CHECK(pm_tell(r->s, &r->turn, &r->stop) == PM_OK);
    CHECK(r->stop == PM_RUNNING);
    CHECK(pm_ask(r->s, &r->b) == PM_OK);
    return r->b->x[0];
}

static void finish(run *r)
{
    pm_solver_free(r->s);
}

static const double EXACT = 1e-14;

/* ---------------------------------------------------------------------------------------- the rules ----- */

static void sgd_steps_against_the_gradient(void)
{
    const setting given[] = {{"learning_rate", 0.25}, {NULL, 0}};
    run r = begin("sgd", given, 1.0);
    CHECK(tell(&r, 9.0, 2.0) == 0.5);
    CHECK(tell(&r, 8.0, -4.0) == 1.5);
    finish(&r);
}

/* v: -1/4, then 1/2 * -1/4 - 1/4 = -3/8, then 1/2 * -3/8 + 1/4 = 1/16. */
static void momentum_keeps_a_share_of_its_move(void)
{
    const setting given[] = {{"learning_rate", 0.25}, {"beta", 0.5}, {NULL, 0}};
    run r = begin("momentum", given, 0.0);
    CHECK(tell(&r, 9.0, 1.0) == -0.25);
    CHECK(tell(&r, 8.0, 1.0) == -0.625);
    CHECK(tell(&r, 7.0, -1.0) == -0.5625);
    finish(&r);
}

/* Slope 1, t = 1, q = 0: theta_1 = 1, so beta_1 = 0 and y_1 = x_1 = -1.  theta_1^2 = 1 - theta_1
 * has the root theta = (sqrt(5) - 1) / 2.  Then x_2 = -2, theta_2 is the root of theta_2^2 = (1 -
 * theta_2) theta^2, beta_2 = theta (1 - theta) / (theta^2 + theta_2), y_2 = -2 - beta_2. */
static void nesterov_extrapolates_by_theta(void)
{
    const setting given[] = {{"learning_rate", 1.0}, {"restart", 0}, {NULL, 0}};
    const double theta = 0.5 * (sqrt(5.0) - 1.0), square = theta * theta;
    const double next = 0.5 * (-square + sqrt(square * square + 4.0 * square));
    const double beta = theta * (1.0 - theta) / (square + next);
    run r = begin("nesterov", given, 0.0);

    CHECK_NEAR(tell(&r, 9.0, 1.0), -1.0, EXACT);
    CHECK_NEAR(tell(&r, 8.0, 1.0), -2.0 - beta, EXACT);
    finish(&r);
}

/* After three steps downwards the slope turns: the move still goes down, and along the gradient.
 * The momentum is dropped, so that y_4 = x_4 = y_3 + 1/16; without a restart it would go on. */
static void nesterov_starts_again_where_the_momentum_leads_uphill(void)
{
    for (int restart = 0; restart < 3; ++restart) {
        const setting given[] = {{"learning_rate", 0.125}, {"restart", restart}, {NULL, 0}};
        run r = begin("nesterov", given, 0.0);
        tell(&r, 9.0, 8.0);
        tell(&r, 8.0, 8.0);
        const double y = tell(&r, 7.0, 8.0);
        const double then = tell(&r, 7.5, -0.5); /* uphill, by value and by slope */
        CHECK((fabs(then - (y + 0.0625)) < EXACT) == (restart != 0));
        finish(&r);
    }
}

/* Slopes 3, 4: the sums are 9 and 25. */
static void adagrad_divides_by_the_root_of_the_sum(void)
{
    const setting given[] = {{"learning_rate", 0.5}, {"epsilon", 0.0}, {NULL, 0}};
    run r = begin("adagrad", given, 0.0);
    CHECK_NEAR(tell(&r, 9.0, 3.0), -0.5, EXACT);
    CHECK_NEAR(tell(&r, 8.0, 4.0), -0.5 - 0.5 * 0.8, EXACT);
    finish(&r);
}

/* rho = 3/4, slopes 2, 2: v = 1, then 3/4 + 1 = 7/4.  Centred: m = 1/2, then 7/8, so that the
 * variances are 3/4 and 7/4 - 49/64 = 63/64. */
static void rmsprop_divides_by_the_running_size(void)
{
    const setting plain[] = {{"learning_rate", 0.5}, {"rho", 0.75}, {"epsilon", 0.0}, {NULL, 0}};
    run r = begin("rmsprop", plain, 0.0);
    CHECK_NEAR(tell(&r, 9.0, 2.0), -1.0, EXACT);
    CHECK_NEAR(tell(&r, 8.0, 2.0), -1.0 - 1.0 / sqrt(1.75), EXACT);
    finish(&r);

    const setting centred[] = {
        {"learning_rate", 0.5}, {"rho", 0.75}, {"epsilon", 0.0}, {"centred", 1}, {NULL, 0}};
    r = begin("rmsprop", centred, 0.0);
    CHECK_NEAR(tell(&r, 9.0, 2.0), -1.0 / sqrt(0.75), EXACT);
    CHECK_NEAR(tell(&r, 8.0, 2.0), -1.0 / sqrt(0.75) - 1.0 / sqrt(63.0 / 64.0), EXACT);
    finish(&r);
}

/* rho = 1/2, epsilon = 1/4, slope 1: g2 = 1/2, dx = -sqrt(1/4 / 3/4) = -1/sqrt(3), dx2 = 1/6.
 * Then g2 = 3/4, dx = -sqrt((1/6 + 1/4) / 1) = -sqrt(5/12). */
static void adadelta_takes_its_units_from_its_steps(void)
{
    const setting given[] = {{"rho", 0.5}, {"epsilon", 0.25}, {NULL, 0}};
    run r = begin("adadelta", given, 0.0);
    CHECK_NEAR(tell(&r, 9.0, 1.0), -1.0 / sqrt(3.0), EXACT);
    CHECK_NEAR(tell(&r, 8.0, 1.0), -1.0 / sqrt(3.0) - sqrt(5.0 / 12.0), EXACT);
    finish(&r);
}

/* beta1 = 0, beta2 = 1/2, slopes 4, 1: v = 8, then 4.5, but v_hat stays 8.  Debiased by 1/2 and
 * 3/4: the steps are 4 / sqrt(16) and 1 / sqrt(8 / 0.75). */
static void amsgrad_remembers_the_largest(void)
{
    const setting given[] = {
        {"learning_rate", 1.0}, {"beta1", 0.0}, {"beta2", 0.5}, {"epsilon", 0.0}, {NULL, 0}};
    run r = begin("amsgrad", given, 0.0);
    CHECK_NEAR(tell(&r, 9.0, 4.0), -1.0, EXACT);
    CHECK_NEAR(tell(&r, 8.0, 1.0), -1.0 - sqrt(0.75 / 8.0), EXACT);
    finish(&r);
}

/* The first step of Adam is alpha; the decay takes alpha lambda x off besides. */
static void adamw_decays_beside_the_moments(void)
{
    const setting given[] = {
        {"learning_rate", 0.25}, {"weight_decay", 0.5}, {"epsilon", 0.0}, {NULL, 0}};
    run r = begin("adamw", given, 8.0);
    CHECK_NEAR(tell(&r, 9.0, 5.0), 8.0 - 0.25 - 1.0, EXACT);
    finish(&r);
}

/* momentum_decay = 0: mu = beta1 / 2 = 0.45 at every step.  Slope 1: m = 0.1, v_hat = 1, and
 * m_hat = 0.45 * 0.1 / (1 - 0.45^2) + 0.55 / 0.55. */
static void nadam_looks_ahead(void)
{
    const setting given[] = {
        {"learning_rate", 0.5}, {"momentum_decay", 0.0}, {"epsilon", 0.0}, {NULL, 0}};
    run r = begin("nadam", given, 0.0);
    CHECK_NEAR(tell(&r, 9.0, 1.0), -0.5 * (0.045 / (1.0 - 0.2025) + 1.0), EXACT);
    finish(&r);
}

/* beta2 = 7/8: rho_inf = 15.  rho_t is 15 - 14 = 1 at t = 1, about 1.93, 2.85, 3.73 after that, and
 * 4.577 at t = 5, where the steps become adaptive.  With a constant slope of 2, m_hat = 2 and
 * v_hat = 4 always. */
static void radam_waits_for_evidence(void)
{
    const setting given[] = {
        {"learning_rate", 0.25}, {"beta2", 0.875}, {"epsilon", 0.0}, {NULL, 0}};
    run r = begin("radam", given, 0.0);
    double x = 0.0;

    for (int t = 1; t <= 4; ++t) {
        const double next = tell(&r, 10.0 - t, 2.0);
        CHECK_NEAR(next, x - 0.25 * 2.0, EXACT);
        x = next;
    }
    const double power = pow(0.875, 5), rho = 15.0 - 10.0 * power / (1.0 - power);
    const double rectifier = sqrt((rho - 4.0) * (rho - 2.0) * 15.0 / (11.0 * 13.0 * rho));
    CHECK(rho > 4.0 && rho < 5.0);
    CHECK_NEAR(tell(&r, 1.0, 2.0), x - 0.25 * rectifier, EXACT);
    finish(&r);
}

/* beta1 = 1/2, beta2 = 3/4: slope 1 gives m = 1/4; then slope -1/8 does not turn c = 1/8 - 1/16,
 * and slope -1 does.  A slope of 0 at the start moves nothing. */
static void lion_follows_signs(void)
{
    const setting given[] = {{"learning_rate", 0.25}, {"beta1", 0.5}, {"beta2", 0.75}, {NULL, 0}};
    run r = begin("lion", given, 0.0);
    CHECK(tell(&r, 9.0, 1.0) == -0.25);
    CHECK(tell(&r, 8.0, -0.125) == -0.5);
    CHECK(tell(&r, 7.0, -1.0) == -0.25);
    finish(&r);

    const setting decaying[] = {{"learning_rate", 0.25}, {"weight_decay", 0.5}, {NULL, 0}};
    r = begin("lion", decaying, 8.0);
    CHECK(tell(&r, 9.0, 100.0) == 8.0 - 0.25 - 1.0);
    finish(&r);
}

/* ----------------------------------------------------------------------------------- the ingredients ---- */

static void gradients_are_clipped_by_value_and_by_norm(void)
{
    const setting by_value[] = {{"learning_rate", 1.0}, {"clip_value", 0.5}, {NULL, 0}};
    run r = begin("sgd", by_value, 0.0);
    CHECK(tell(&r, 9.0, 4.0) == -0.5);
    CHECK(tell(&r, 8.0, -0.25) == -0.25);
    finish(&r);

    const setting by_norm[] = {{"learning_rate", 1.0}, {"clip_norm", 2.0}, {NULL, 0}};
    r = begin("sgd", by_norm, 0.0);
    CHECK(tell(&r, 9.0, -8.0) == 2.0);
    CHECK(tell(&r, 8.0, 1e300) == 0.0); /* whose square is not finite */
    finish(&r);
}

static void weight_decay_adds_the_gradient_of_its_penalty(void)
{
    const setting given[] = {{"learning_rate", 0.5}, {"weight_decay", 0.25}, {NULL, 0}};
    run r = begin("sgd", given, 8.0);
    CHECK(tell(&r, 9.0, 2.0) == 8.0 - 0.5 * (2.0 + 2.0));
    finish(&r);
}

static void l1_sets_to_zero_what_is_within_reach_of_it(void)
{
    const setting given[] = {{"learning_rate", 0.5}, {"l1", 1.0}, {NULL, 0}};
    run r = begin("sgd", given, 2.0);
    CHECK(tell(&r, 9.0, 1.0) == 1.0);  /* 1.5, and half a unit nearer to 0 */
    CHECK(tell(&r, 8.0, 1.25) == 0.0); /* 0.375 is within half a unit */
    CHECK(tell(&r, 7.0, 2.0) == -0.5);
    finish(&r);
}

/* The gradient 3 is taken a quarter further up; it is that there, 5, which is followed. */
static void sharpness_aware_steps_look_uphill(void)
{
    const setting given[] = {{"learning_rate", 0.5}, {"sam_radius", 0.25}, {NULL, 0}};
    run r = begin("sgd", given, 1.0);
    CHECK(tell(&r, 9.0, 3.0) == 1.25);
    CHECK(r.turn == PM_MID_STEP);
    CHECK(tell(&r, 9.5, 5.0) == -1.5);
    CHECK(r.turn == PM_STEP_DONE);
    CHECK(tell(&r, 8.0, -1.0) == -1.75);
    CHECK(tell(&r, HUGE_VAL, 7.0) == -1.0); /* no value there: the gradient here has to do */
    CHECK(r.turn == PM_STEP_DONE);
    finish(&r);
}

/* Iterates 0, -1, -2: their mean is asked for as soon as there are two, and is no step. */
static void averages_are_weighed(void)
{
    const setting given[] = {{"learning_rate", 1.0}, {"averaging", 1}, {NULL, 0}};
    run r = begin("sgd", given, 0.0);
    double x;

    CHECK(tell(&r, 9.0, 1.0) == -1.0);
    CHECK(tell(&r, 8.0, 1.0) == -0.5);
    CHECK(pm_solver_answer(r.s, &x));
    CHECK(x == -0.5);
    CHECK(pm_solver_at(r.s, &x) == 8.0 && x == -1.0);
    CHECK(tell(&r, 8.5, 0.0) == -2.0 && r.turn == PM_MID_STEP);
    CHECK(tell(&r, 7.0, 1.0) == -1.0);
    finish(&r);
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

    run r = begin("sgd", swa, 0.0);
    for (int k = 0; k < 4; ++k) {
        tell(&r, 9.0 - k, 1.0);
    }
    CHECK(pm_solver_answer(r.s, &x));
    CHECK(x == -2.0);
    finish(&r);

    r = begin("sgd", ema, 0.0);
    for (int steps = 0; steps < 3;) {
        tell(&r, 9.0 - steps, 1.0);
        steps += r.turn == PM_STEP_DONE;
    }
    CHECK(pm_solver_answer(r.s, &x));
    CHECK_NEAR(x, -10.0 / 7.0, EXACT);
    finish(&r);
}

/* The same slope, so that what differs from step to step is the noise: variances of 1 / (1 + t). */
static void noise_fades(void)
{
    enum { STEPS = 4000 };
    const setting given[] = {
        {"learning_rate", 1.0}, {"noise", 1.0}, {"noise_decay", 1.0}, {NULL, 0}};
    run r = begin("sgd", given, 0.0);
    double x = 0.0, sum = 0.0, squares = 0.0;

    for (int t = 0; t < STEPS; ++t) {
        const double next = tell(&r, -(double)t, 1.0);
        const double z = (x - next - 1.0) * sqrt(1.0 + t);
        sum += z;
        squares += z * z;
        x = next;
    }
    CHECK_NEAR(sum / STEPS, 0.0, 5.0 / sqrt(STEPS));
    CHECK_NEAR(squares / STEPS, 1.0, 5.0 * sqrt(2.0 / STEPS));
    finish(&r);
}

static void the_schedule_sets_the_rate(void)
{
    const setting given[] = {{"learning_rate", 1.0}, {"schedule", 1}, /* step */
                             {"schedule_period", 2}, {"schedule_decay", 0.5},
                             {"schedule_warmup", 1}, {NULL, 0}};
    const double factors[] = {0.5, 1.0, 1.0, 0.5, 0.5, 0.25};
    run r = begin("sgd", given, 0.0);
    double x = 0.0;

    for (size_t t = 0; t < sizeof factors / sizeof *factors; ++t) {
        const double next = tell(&r, 9.0 - (double)t, 1.0);
        CHECK(next == x - factors[t]);
        x = next;
    }
    finish(&r);
}

/* Whatever is at work: a copy made anywhere goes the same way. */
static void copies_continue_with_all_ingredients(void)
{
    const setting given[] = {{"learning_rate", 0.1}, {"schedule", 3},  {"schedule_period", 7},
                             {"clip_norm", 3.0},     {"noise", 0.1},   {"weight_decay", 0.01},
                             {"sam_radius", 0.05},   {"averaging", 3}, {NULL, 0}};
    run r = begin("adam", given, 3.0);

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
        CHECK(tell(&r, x * x, 2.0 * x) == b->x[0] && turn == r.turn);
        pm_solver_free(twin);
    }
    finish(&r);
}

void test_rules(void)
{
    sgd_steps_against_the_gradient();
    momentum_keeps_a_share_of_its_move();
    nesterov_extrapolates_by_theta();
    nesterov_starts_again_where_the_momentum_leads_uphill();
    adagrad_divides_by_the_root_of_the_sum();
    rmsprop_divides_by_the_running_size();
    adadelta_takes_its_units_from_its_steps();
    amsgrad_remembers_the_largest();
    adamw_decays_beside_the_moments();
    nadam_looks_ahead();
    radam_waits_for_evidence();
    lion_follows_signs();
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
