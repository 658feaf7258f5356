/* When a run has converged: each rule alone, on iterates made by hand. */
#include "test.h"

#include "solver/stopping.h"
#include "solver/method.h"

#include <float.h>
#include <math.h>

enum { N = 2 };

typedef struct {
    pm_task task;
    pm_stopping rules;
    double lower[N], upper[N], x0[N], last_x[N], last_g[N];
} judge;

static void begin(judge *j, pm_stopping_options options)
{
    for (int i = 0; i < N; ++i) {
        j->lower[i] = -HUGE_VAL;
        j->upper[i] = HUGE_VAL;
        j->x0[i] = 0.0;
    }
    j->task = (pm_task){.n = N,
                        .x0 = j->x0,
                        .lower = j->lower,
                        .upper = j->upper,
                        .has_gradient = true,
                        .stopping = options};
    j->rules = (pm_stopping){.x = j->last_x, .g = j->last_g};
    pm_stopping_start(&j->rules, &j->task);
}

static pm_stop step(judge *j, double x, double f, double g)
{
    const double at[N] = {x, 1.0}, slope[N] = {g, 0.0};
    const pm_iterate it = {.x = at, .f = f, .g = slope};
    return pm_judge(&j->rules, &it, &j->task);
}

static pm_stop step_without_gradient(judge *j, double x, double f)
{
    const double at[N] = {x, 1.0};
    const pm_iterate it = {.x = at, .f = f};
    return pm_judge(&j->rules, &it, &j->task);
}

static const pm_stopping_options never = {.patience = 1000000};

static pm_stopping_options gtol(double value)
{
    pm_stopping_options o = never;
    o.gtol = value;
    return o;
}

/* Relative to the largest gradient of the run: f and 1e-12 f stop at the same point. */
static void the_gradient_is_judged_against_the_largest(void)
{
    const double scales[] = {1e-12, 1.0, 1e12};
    for (int k = 0; k < 3; ++k) {
        const double a = scales[k];
        judge j;
        begin(&j, gtol(1e-3));
        CHECK(step(&j, 5.0, a * 9.0, a * 1.0) == PM_RUNNING);
        CHECK(step(&j, 4.0, a * 8.0, a * 20.0) == PM_RUNNING); /* the largest */
        CHECK(step(&j, 3.0, a * 7.0, a * -0.0201) == PM_RUNNING);
        CHECK(step(&j, 2.0, a * 6.0, a * -0.0199) == PM_GRADIENT);
    }
}

/* A small gradient in a shallow valley: what the model of the method still promises, in parts of
 * the decrease so far, must be as small as the square of the gradient in parts of the largest. */
static void a_small_gradient_with_much_to_gain_is_not_the_end(void)
{
    const double at[N] = {1.0, 1.0}, steep[N] = {1.0, 0.0}, shallow[N] = {1e-4, 0.0};
    judge j;
    begin(&j, gtol(1e-3));
    pm_iterate it = {.x = at, .f = 9.0, .g = steep, .predicted_decrease = 0.5};
    CHECK(pm_judge(&j.rules, &it, &j.task) == PM_RUNNING);
    it = (pm_iterate){.x = at, .f = 8.0, .g = shallow, .predicted_decrease = 1.1e-6};
    CHECK(pm_judge(&j.rules, &it, &j.task) == PM_RUNNING);
    it.predicted_decrease = 0.9e-6;
    CHECK(pm_judge(&j.rules, &it, &j.task) == PM_GRADIENT);
}

static void a_gradient_of_zero_is_the_end_whatever_gtol(void)
{
    judge j;
    begin(&j, gtol(0.0));
    CHECK(step(&j, 1.0, 1.0, 1e-300) == PM_RUNNING);
    CHECK(step(&j, 0.0, 0.0, 0.0) == PM_GRADIENT);

    begin(&j, gtol(0.0)); /* at the start already */
    CHECK(step(&j, 0.0, 0.0, 0.0) == PM_GRADIENT);
}

static void a_slope_out_of_the_box_does_not_count(void)
{
    judge j;
    begin(&j, gtol(1e-3));
    j.lower[0] = 2.0;
    j.task.bounded = true;
    CHECK(step(&j, 2.5, 9.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 2.0, 8.0, -1.0) == PM_RUNNING); /* downhill leads in */
    CHECK(step(&j, 2.0, 7.0, 1.0) == PM_GRADIENT); /* downhill leads out */
}

static void a_method_without_gradients_is_not_judged_by_them(void)
{
    judge j;
    begin(&j, gtol(1.0));
    CHECK(step_without_gradient(&j, 5.0, 9.0) == PM_RUNNING);
    CHECK(step_without_gradient(&j, 5.0, 9.0) == PM_RUNNING);
}

static void a_small_step_ends_but_no_step_does_not(void)
{
    pm_stopping_options o = never;
    judge j;

    o.xtol = 1e-3;
    begin(&j, o);
    CHECK(step(&j, 100.0, 9.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 101.0, 8.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 101.0, 8.0, 1.0) == PM_RUNNING); /* stayed */
    CHECK(step(&j, 100.8, 7.0, 1.0) == PM_RUNNING); /* 0.2 > 1e-3 * 100 */
    CHECK(step(&j, 100.75, 6.0, 1.0) == PM_STEP);   /* 0.05: relative to |x| */

    begin(&j, o);
    CHECK(step(&j, 0.0, 9.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 0.0009, 8.0, 1.0) == PM_STEP); /* but not relative to less than 1 */

    begin(&j, never); /* 0: never */
    CHECK(step(&j, 1.0, 9.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 1.0 + 1e-16, 8.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 1.0 + 4e-16, 7.0, 1.0) == PM_RUNNING);
}

/* ftol = 0.1: improvements below a tenth of what the run has gained so far do not count. */
static void patience_counts_steps_without_improvement(void)
{
    const pm_stopping_options o = {.ftol = 0.1, .patience = 3};
    const double scales[] = {1e-12, 1.0, 1e12};

    for (int k = 0; k < 3; ++k) {
        const double a = scales[k];
        judge j;
        begin(&j, o);
        CHECK(step(&j, 1.0, a * 100.0, 1.0) == PM_RUNNING);
        CHECK(step(&j, 2.0, a * 50.0, 1.0) == PM_RUNNING); /* gained 50 */
        CHECK(step(&j, 3.0, a * 46.0, 1.0) == PM_RUNNING); /* 4 < 5: idle 1 */
        CHECK(step(&j, 4.0, a * 60.0, 1.0) == PM_RUNNING); /* worse: idle 2 */
        CHECK(step(&j, 5.0, a * 44.0, 1.0) == PM_RUNNING); /* 6 > 5 below the record: counts */
        CHECK(step(&j, 6.0, a * 43.0, 1.0) == PM_RUNNING);
        CHECK(step(&j, 7.0, a * 42.0, 1.0) == PM_RUNNING);
        CHECK(step(&j, 8.0, a * 41.0, 1.0) == PM_VALUE);
    }
}

static void an_offset_hides_what_is_below_its_resolution(void)
{
    const pm_stopping_options o = {.ftol = 0.0, .patience = 2};
    judge j;
    begin(&j, o);
    CHECK(step(&j, 1.0, 1e16, 1.0) == PM_RUNNING);
    CHECK(step(&j, 2.0, 1e16 - 2.0, 1.0) == PM_RUNNING); /* one unit in the last place */
    CHECK(step(&j, 3.0, 1e16 - 2.0, 1.0) == PM_VALUE);
}

static void before_the_first_finite_value_nothing_is_idle_for_good(void)
{
    const pm_stopping_options o = {.ftol = 0.1, .patience = 3};
    judge j;
    begin(&j, o);
    for (int k = 0; k < 10; ++k) {
        CHECK(step_without_gradient(&j, 1.0 + k, HUGE_VAL) == PM_RUNNING);
    }
    CHECK(step_without_gradient(&j, 1.0, 5.0) == PM_RUNNING);
    CHECK(step_without_gradient(&j, 2.0, 4.0) == PM_RUNNING);
}

static void an_iterate_far_beyond_the_start_is_unbounded_if_the_value_fell(void)
{
    judge j;
    begin(&j, never);
    CHECK(step(&j, -0.9 * PM_ENDLESS, -1.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, -1.1 * PM_ENDLESS, -2.0, 1.0) == PM_UNBOUNDED);

    begin(&j, never);
    j.x0[1] = 1e20; /* a large start sets its own scale */
    pm_stopping_start(&j.rules, &j.task);
    CHECK(step(&j, 1e30, -1.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 1e36, -2.0, 1.0) == PM_UNBOUNDED);
}

static void far_out_without_a_lower_value_a_run_has_diverged(void)
{
    judge j;
    begin(&j, never);
    CHECK(step(&j, 1.0, 1.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 2.0 * PM_ENDLESS, 1e30, 1.0) == PM_DIVERGED);

    begin(&j, never); /* equal values: a plateau */
    CHECK(step(&j, 1.0, 1.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 2.0 * PM_ENDLESS, 1.0, 1.0) == PM_DIVERGED);

    begin(&j, never); /* down first, then up again to less than the beginning */
    CHECK(step(&j, 1.0, 9.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 2.0, 1.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 2.0 * PM_ENDLESS, 8.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 3.0 * PM_ENDLESS, 0.5, 1.0) == PM_UNBOUNDED);
}

static void a_slope_whose_square_overflows_measures_no_other(void)
{
    judge j;
    begin(&j, gtol(1e-8));
    CHECK(step(&j, 1.0, 9.0, 1e200) == PM_RUNNING);
    CHECK(step(&j, 2.0, 8.0, 1e3) == PM_RUNNING);
    CHECK(step(&j, 3.0, 7.0, 1e-6) == PM_GRADIENT);
}

static void above_the_first_value_nothing_has_converged(void)
{
    pm_stopping_options o = gtol(1e-8);
    judge j;
    o.patience = 3;
    begin(&j, o);
    CHECK(step(&j, 1.0, 1.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 50.0, 7.0, 1e-9) == PM_RUNNING);
    CHECK(step(&j, 51.0, 7.0, 1e-9) == PM_RUNNING);
    CHECK(step(&j, 52.0, 7.0, 1e-9) == PM_EXHAUSTED);
}

/* A method that goes back to its best point has forgotten the slopes beyond it. */
static void a_run_that_begins_anew_is_judged_anew(void)
{
    judge j;
    begin(&j, gtol(1e-8));
    CHECK(step(&j, 1.0, 1.0, 1.0) == PM_RUNNING);
    CHECK(step(&j, 1e9, 1e18, 1e9) == PM_RUNNING);
    const double at[N] = {1.0, 1.0}, slope[N] = {1.0, 0.0};
    const pm_iterate back = {.x = at, .f = 1.0, .g = slope, .restarted = true};
    CHECK(pm_judge(&j.rules, &back, &j.task) == PM_RUNNING);
    CHECK(step(&j, 0.5, 0.5, 0.5) == PM_RUNNING);
    CHECK(step(&j, 0.0, 0.25, 0.9e-8) == PM_GRADIENT);
}

/* f = x^2 by forward differences: curvature 2, so a slope below h = sqrt(epsilon) is the error of
 * the difference. Nothing is concluded from the first step, from the user's own gradient, or from
 * central differences. */
static void a_difference_below_its_error_is_the_end(void)
{
    const double h = sqrt(DBL_EPSILON);
    for (int kind = 0; kind < 3; ++kind) {
        judge j;
        begin(&j, never);
        j.task.has_gradient = kind == 1;
        j.task.central = kind == 2;
        CHECK(step(&j, 0.5 * h, 0.25, 0.5 * h) == PM_RUNNING); /* no curvature known yet */
        CHECK(step(&j, 1.0, 1.0, 2.0) == PM_RUNNING);
        CHECK(step(&j, 1.5 * h, 0.0, 3.0 * h) == PM_RUNNING);
        CHECK(step(&j, 0.4 * h, 0.0, 0.8 * h) == (kind == 0 ? PM_PRECISION : PM_RUNNING));
    }
}

static void options_are_within_their_ranges(void)
{
    pm_stopping_options o;
    pm_options_default(pm_stopping_rows, &o);
    size_t rows = 0;
    for (const pm_option *row = pm_stopping_rows; row->name != NULL; ++row, ++rows) {
        CHECK(pm_option_get(row, &o) == row->value);
        CHECK(pm_option_set(row, &o, row->low) == PM_OK && pm_option_get(row, &o) == row->low);
        CHECK(pm_option_set(row, &o, row->high) == PM_OK && pm_option_get(row, &o) == row->high);
        CHECK(pm_option_set(row, &o, row->low - 1.0) == PM_BAD_OPTION);
        CHECK(pm_option_set(row, &o, row->high * 2.0) == PM_BAD_OPTION);
        CHECK(pm_option_set(row, &o, NAN) == PM_BAD_OPTION);
        CHECK(pm_option_get(row, &o) == row->high); /* refused, and nothing changed */
        if (row->kind == PM_WHOLE) {
            CHECK(pm_option_set(row, &o, 1.5) == PM_BAD_OPTION);
        }
    }
    CHECK(rows == 4);
}

void test_stopping(void)
{
    the_gradient_is_judged_against_the_largest();
    a_small_gradient_with_much_to_gain_is_not_the_end();
    a_gradient_of_zero_is_the_end_whatever_gtol();
    a_slope_out_of_the_box_does_not_count();
    a_method_without_gradients_is_not_judged_by_them();
    a_small_step_ends_but_no_step_does_not();
    patience_counts_steps_without_improvement();
    an_offset_hides_what_is_below_its_resolution();
    before_the_first_finite_value_nothing_is_idle_for_good();
    an_iterate_far_beyond_the_start_is_unbounded_if_the_value_fell();
    far_out_without_a_lower_value_a_run_has_diverged();
    a_slope_whose_square_overflows_measures_no_other();
    above_the_first_value_nothing_has_converged();
    a_run_that_begins_anew_is_judged_anew();
    a_difference_below_its_error_is_the_end();
    options_are_within_their_ranges();
}
