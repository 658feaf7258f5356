/* The line search on functions of one variable whose minima are known. */
#include "test.h"

#include "methods/gradient/linesearch.h"

#include <float.h>
#include <math.h>

/* A function of the step: its value; its slope to *g. */
typedef double line(double t, double *g);

typedef struct {
    pm_line_answer answer;
    size_t trials;
    double t, f, g; /* the last trial */
} outcome;

static const pm_line_rules wolfe = {.decrease = 1e-4, .curvature = 0.9};
static const pm_line_rules strict = {.decrease = 1e-4, .curvature = 0.1};
static const pm_line_rules strong = {.decrease = 1e-4, .curvature = 0.1, .strong = true};
static const pm_line_rules armijo = {.decrease = 1e-4, .curvature = 1.0};

static outcome search_within(line *phi, pm_line_rules rules, double t, double longest)
{
    outcome o = {.answer = PM_LINE_AGAIN};
    double slope;
    const double f = phi(0.0, &slope);
    pm_line s;

    pm_line_start(&s, rules, f, slope, t, longest);
    while (o.answer == PM_LINE_AGAIN && o.trials < 1000) {
        o.t = s.t;
        o.f = phi(o.t, &o.g);
        o.trials += 1;
        o.answer = pm_line_tell(&s, o.f, o.g, slope * o.t, false);
    }
    return o;
}

static outcome search(line *phi, pm_line_rules rules, double t)
{
    return search_within(phi, rules, t, HUGE_VAL);
}

static double parabola(double t, double *g) /* minimum at 1 */
{
    *g = 2.0 * (t - 1.0);
    return (t - 1.0) * (t - 1.0);
}

static double cubic(double t, double *g) /* minimum at 1 */
{
    *g = t * t - 1.0;
    return t * t * t / 3.0 - t;
}

static double barrier(double t, double *g) /* minimum at 1/2; infinite from 1 on */
{
    *g = t < 1.0 ? -2.0 + 1.0 / (1.0 - t) : NAN;
    return t < 1.0 ? -2.0 * t - log(1.0 - t) : HUGE_VAL;
}

static double cliff(double t, double *g) /* falls to the edge at 1; infinite from there on */
{
    *g = t < 1.0 ? -1.0 : NAN;
    return t < 1.0 ? -t : HUGE_VAL;
}

static double endless(double t, double *g)
{
    *g = -1.0;
    return -t;
}

static double uphill(double t, double *g) /* the gradient lies */
{
    *g = -1.0;
    return t;
}

static double kink(double t, double *g) /* minimum at 1, where the slope jumps */
{
    *g = t < 1.0 ? -1.0 : 1.0;
    return fabs(t - 1.0);
}

static double wavy(double t, double *g) /* falls, with waves on the way */
{
    *g = 0.1 * t - 5.0 + 3.0 * cos(5.0 * t);
    return 0.05 * t * t - 5.0 * t + 0.6 * sin(5.0 * t);
}

static double undefined(double t, double *g) /* nothing but the start has a value */
{
    *g = t == 0.0 ? -1.0 : NAN;
    return t == 0.0 ? 0.0 : HUGE_VAL;
}

/* One interpolation finds the minimum of a parabola exactly, and one extrapolation that of a cubic.
 */
static void interpolation_is_exact_for_parabolas(void)
{
    outcome o = search(parabola, wolfe, 3.0);
    CHECK(o.answer == PM_LINE_ACCEPT && o.trials == 2);
    CHECK_NEAR(o.t, 1.0, 1e-14);

    o = search(cubic, wolfe, 2.0); /* its minimum 1, the parabola's 3/4, and between the two */
    CHECK(o.answer == PM_LINE_ACCEPT && o.trials == 2);
    CHECK_NEAR(o.t, 0.875, 1e-14);

    o = search(cubic, strict, 0.2); /* slope -0.96 is not yet a tenth: twice to ten times as far */
    CHECK(o.answer == PM_LINE_ACCEPT && o.trials == 2);
    CHECK_NEAR(o.t, 1.0, 1e-12);
}

static void a_good_step_is_taken_at_once(void)
{
    CHECK(search(parabola, wolfe, 1.0).trials == 1);
    CHECK(search(parabola, wolfe, 1.9).trials == 1);
    CHECK(search(parabola, armijo, 1e-6).trials == 1); /* short steps are for others to judge */
    CHECK(search(parabola, wolfe, 0.11).trials == 1);  /* slope -1.78: a tenth of -2 is gone */
    CHECK(search(parabola, wolfe, 0.09).trials > 1);   /* slope -1.82: not yet */
    const outcome o = search(parabola, wolfe, 1e-6);   /* too short: -2 became -1.999998 */
    CHECK(o.answer == PM_LINE_ACCEPT && o.trials > 1 && o.g >= 0.9 * -2.0);
}

/* Beyond the minimum the slope is positive, and may be as steep as it was: 1.98 of 2.  The strong
 * rule goes back, and the bracket between 0 and 1.99 holds the minimum. */
static void strong_rules_go_back_to_the_minimum(void)
{
    const outcome weak = search(parabola, strict, 1.99);
    CHECK(weak.answer == PM_LINE_ACCEPT && weak.trials == 1);
    const outcome o = search(parabola, strong, 1.99);
    CHECK(o.answer == PM_LINE_ACCEPT && o.trials == 2);
    CHECK_NEAR(o.t, 1.0, 1e-14);
}

/* 4 -> 2 -> 1 are infinite; 1/2 is the minimum. */
static void infinite_values_halve_the_step(void)
{
    const outcome o = search(barrier, wolfe, 4.0);
    CHECK(o.answer == PM_LINE_ACCEPT && o.trials == 4);
    CHECK(o.t == 0.5);
}

static void a_bent_path_asks_for_decrease_alone(void)
{
    pm_line s;
    pm_line_start(&s, wolfe, 1.0, -2.0, 3.0, HUGE_VAL);
    /* The box let only 0.001 of the step through: f fell, no slope is asked for. */
    CHECK(pm_line_tell(&s, 1.0 - 0.0019, NAN, -2.0 * 0.001, true) == PM_LINE_ACCEPT);

    pm_line_start(&s, wolfe, 1.0, -2.0, 3.0, HUGE_VAL);
    CHECK(pm_line_tell(&s, 1.5, NAN, -2.0, true) == PM_LINE_AGAIN);
    CHECK(s.t > 0.0 && s.t < 3.0);
    const double second = s.t;
    CHECK(pm_line_tell(&s, HUGE_VAL, NAN, -1.0, true) == PM_LINE_AGAIN);
    CHECK(s.t == 0.5 * second);
    /* A move that promises no decrease is none, whatever the value. */
    CHECK(pm_line_tell(&s, 0.0, NAN, 0.0, true) == PM_LINE_AGAIN);
}

static void a_decrease_without_end_stops_at_the_longest_step(void)
{
    const outcome o = search_within(endless, wolfe, 1.0, 1e15);
    CHECK(o.answer == PM_LINE_ACCEPT && o.t == 1e15);
    CHECK(o.trials == 16); /* ten times as far each time */
}

/* No step meets the slope rule; what was found below the start is not thrown away. */
static void the_best_step_known_is_taken_when_trials_run_out(void)
{
    const outcome o = search(cliff, wolfe, 3.0);
    CHECK(o.answer == PM_LINE_ACCEPT);
    CHECK(o.t < 1.0 && o.t > 0.999);
    CHECK(o.trials <= 32);
}

/* The trials run out at the best step known; asked for again, it has no value or no slope. */
static void a_step_settled_for_must_have_a_value(void)
{
    const struct {
        double f, g;
    } again[] = {{HUGE_VAL, -1.0}, {-1.0, NAN}, {-1.0, -1.0}};

    for (int i = 0; i < 3; ++i) {
        double slope;
        const double f = cliff(0.0, &slope);
        pm_line s;
        pm_line_start(&s, wolfe, f, slope, 3.0, HUGE_VAL);
        while (!s.settled) {
            double g, value = cliff(s.t, &g);
            CHECK(pm_line_tell(&s, value, g, slope * s.t, false) == PM_LINE_AGAIN);
        }
        CHECK(pm_line_tell(&s, again[i].f, again[i].g, slope * s.t, false) ==
              (i < 2 ? PM_LINE_FAILED : PM_LINE_ACCEPT));
    }
}

static void no_decrease_anywhere_is_a_failure(void)
{
    CHECK(search(uphill, wolfe, 1.0).answer == PM_LINE_FAILED);
    CHECK(search(uphill, armijo, 1.0).answer == PM_LINE_FAILED);
    CHECK(search(undefined, wolfe, 1.0).answer == PM_LINE_FAILED);
    CHECK(search(undefined, wolfe, 1e300).answer == PM_LINE_FAILED);
}

/* A value that is higher by rounding alone is judged by its slope: near the minimum it is small. */
static void slopes_decide_where_values_cannot(void)
{
    const double f = 1e8, higher = nextafter(f, HUGE_VAL), slope = -1e-10;
    pm_line s;

    pm_line_start(&s, wolfe, f, slope, 1.0, HUGE_VAL);
    CHECK(pm_line_tell(&s, higher, 0.0, slope, false) == PM_LINE_ACCEPT);

    pm_line_start(&s, wolfe, f, slope, 1.0, HUGE_VAL);
    CHECK(pm_line_tell(&s, higher, -slope, slope, false) != PM_LINE_ACCEPT); /* beyond it */

    pm_line_start(&s, wolfe, f, slope, 1.0, HUGE_VAL);
    CHECK(pm_line_tell(&s, f + 1.0, 0.0, slope, false) != PM_LINE_ACCEPT); /* higher indeed */
}

/* Whatever the first trial: it ends, and what is accepted obeys the rules, unless the trials ran
 * out. */
static void accepted_steps_obey_the_rules(void)
{
    line *const lines[] = {parabola, cubic, barrier, kink, wavy};
    const pm_line_rules rules[] = {wolfe, strict, strong, armijo};
    enum { MOST = 32 };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
        for (size_t r = 0; r < sizeof rules / sizeof *rules; ++r) {
            for (double t = 1e-8; t < 1e8; t *= 7.0) {
                double slope;
                const double f = lines[i](0.0, &slope);
                const outcome o = search(lines[i], rules[r], t);
                CHECK(o.answer == PM_LINE_ACCEPT);
                CHECK(o.trials <= MOST);
                CHECK(o.t > 0.0);
                CHECK(o.f <=
                      f + rules[r].decrease * slope * o.t + 2.0 * DBL_EPSILON * fmax(fabs(f), 1.0));
                CHECK(rules[r].curvature >= 1.0 || o.g >= rules[r].curvature * slope ||
                      o.trials >= MOST - 1);
                CHECK(!rules[r].strong || o.g <= -rules[r].curvature * slope || lines[i] == kink ||
                      o.trials >= MOST - 1);
            }
        }
    }
}

/* Only the last trial, which has been made before, wants a slope. */
static outcome search_by_values(line *phi, double t, double longest)
{
    const pm_line_rules rules = {.decrease = 1e-4, .curvature = 0.9, .by_values = true};
    outcome o = {.answer = PM_LINE_AGAIN};
    double slope;
    const double f = phi(0.0, &slope);
    double lowest = HUGE_VAL;
    pm_line s;

    pm_line_start(&s, rules, f, slope, t, longest);
    while (o.answer == PM_LINE_AGAIN && o.trials < 1000) {
        const bool last = pm_line_wants(&s) == PM_FG;
        o.t = s.t;
        o.f = phi(o.t, &o.g);
        o.trials += last ? 0 : 1;
        CHECK(!last || o.f == lowest);
        lowest = fmin(lowest, o.f);
        o.answer = pm_line_tell(&s, o.f, last ? o.g : NAN, slope * o.t, false);
        CHECK(last == (o.answer == PM_LINE_ACCEPT) || o.answer == PM_LINE_FAILED);
    }
    return o;
}

/* The parabola's minimum 1 takes one value more from 0.3 (its extrapolation) and from 1.9; from 3,
 * which is no decrease, the step is shortened to it; 0.9 is about right.  From 0.1 a step is at
 * most four times as long; 12 is shortened to 1.2 and taken. */
static void values_show_the_way_to_the_minimum(void)
{
    const double first[] = {0.3, 1.9, 3.0, 0.9, 0.1, 12.0},
                 found[] = {1.0, 1.0, 1.0, 0.9, 1.0, 1.2};
    const size_t trials[] = {2, 2, 2, 1, 3, 2};

    for (size_t k = 0; k < 6; ++k) {
        const outcome o = search_by_values(parabola, first[k], HUGE_VAL);
        CHECK(o.answer == PM_LINE_ACCEPT && o.trials == trials[k]);
        CHECK_NEAR(o.t, found[k], 1e-14);
    }
}

/* Five values at most after the first decrease, none beyond the longest step; none in vain. */
static void values_are_not_wasted(void)
{
    outcome o = search_by_values(endless, 1.0, HUGE_VAL);
    CHECK(o.answer == PM_LINE_ACCEPT && o.trials == 5 && o.t == 256.0);
    o = search_by_values(endless, 1.0, 10.0);
    CHECK(o.answer == PM_LINE_ACCEPT && o.trials == 3 && o.t == 10.0);
    o = search_by_values(cliff, 3.0, HUGE_VAL);
    CHECK(o.answer == PM_LINE_ACCEPT && o.t < 1.0);
    o = search_by_values(kink, 0.25, HUGE_VAL);
    CHECK(o.answer == PM_LINE_ACCEPT && fabs(o.t - 1.0) < 0.5);
    CHECK(search_by_values(uphill, 1.0, HUGE_VAL).answer == PM_LINE_FAILED);
    CHECK(search_by_values(undefined, 1.0, HUGE_VAL).answer == PM_LINE_FAILED);
}

/* A path that the box bends is followed no farther than to a decrease. */
static void a_bent_path_takes_the_first_decrease(void)
{
    const pm_line_rules rules = {.decrease = 1e-4, .curvature = 0.9, .by_values = true};
    pm_line s;

    pm_line_start(&s, rules, 1.0, -2.0, 1.0, HUGE_VAL);
    CHECK(pm_line_tell(&s, 0.9, NAN, -0.5, true) == PM_LINE_AGAIN);
    CHECK(s.t == 1.0 && pm_line_wants(&s) == PM_FG);
    CHECK(pm_line_tell(&s, 0.9, 5.0, -0.5, true) == PM_LINE_ACCEPT);
}

/* From (1, 2) along (2, -4) by 1/2: to (2, 0), or only to (2, 1.5). */
static void a_bent_path_is_told_by_where_it_led(void)
{
    const double x[] = {1.0, 2.0}, g[] = {-3.0, 5.0}, d[] = {2.0, -4.0};
    const double straight[] = {2.0, 0.0}, cut[] = {2.0, 1.5};
    bool bent;

    CHECK(pm_line_predicted(x, g, d, 0.5, straight, 2, &bent) == -13.0 && !bent);
    CHECK(pm_line_predicted(x, g, d, 0.5, cut, 2, &bent) == -5.5 && bent);
}

void test_linesearch(void)
{
    values_show_the_way_to_the_minimum();
    values_are_not_wasted();
    a_bent_path_takes_the_first_decrease();
    interpolation_is_exact_for_parabolas();
    a_good_step_is_taken_at_once();
    strong_rules_go_back_to_the_minimum();
    infinite_values_halve_the_step();
    a_bent_path_asks_for_decrease_alone();
    a_bent_path_is_told_by_where_it_led();
    a_decrease_without_end_stops_at_the_longest_step();
    the_best_step_known_is_taken_when_trials_run_out();
    a_step_settled_for_must_have_a_value();
    no_decrease_anywhere_is_a_failure();
    slopes_decide_where_values_cannot();
    accepted_steps_obey_the_rules();
}
