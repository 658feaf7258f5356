/* The evaluator: counts, limits, and the best point ever seen. */
#include "test.h"

#include "pyminima.h"
#include "loop/evaluator.h"
#include "base/clock.h"

#include <math.h>

enum { N = 2 };

typedef struct {
    pm_evaluator e;
    double best_x[N], best_g[N];
} desk;

static void begin(desk *d)
{
    pm_evaluator_start(&d->e, N, d->best_x, d->best_g);
}

/* Records a value at (x, -x); what the method gets to see goes to *f. */
static pm_stop record(desk *d, double x, double *f)
{
    const double at[N] = {x, -x};
    return pm_record(&d->e, at, f, NULL);
}

static pm_stop value(desk *d, double x, double f)
{
    return record(d, x, &f);
}

static pm_stop with_gradient(desk *d, double x, double f, double g0, double g1, double *seen)
{
    const double at[N] = {x, -x}, g[N] = {g0, g1};
    *seen = f;
    return pm_record(&d->e, at, seen, g);
}

static void a_new_evaluator_limits_nothing(void)
{
    desk d;
    begin(&d);
    CHECK(d.e.nfev == 0 && d.e.njev == 0 && d.e.nit == 0);
    CHECK(d.e.best_f == HUGE_VAL && !d.e.best_has_g && !d.e.refuse_nan);
    CHECK(pm_spent(&d.e) == PM_RUNNING);
    for (int k = 0; k < 1000; ++k) {
        CHECK(value(&d, 1.0, (double)-k) == PM_RUNNING);
        CHECK(pm_count_step(&d.e) == PM_RUNNING);
    }
    CHECK(pm_spent(&d.e) == PM_RUNNING);
}

static void the_best_point_stays_the_best(void)
{
    const double f[] = {5.0, 7.0, 3.0, HUGE_VAL, 3.0, 4.0};
    desk d;
    begin(&d);
    for (int k = 0; k < 6; ++k) {
        value(&d, (double)k, f[k]);
    }
    CHECK(d.e.best_f == 3.0);
    CHECK(d.best_x[0] == 2.0 && d.best_x[1] == -2.0); /* the first of two equal ones */
    CHECK(d.e.nfev == 6 && d.e.njev == 0);
}

static void nan_is_the_worst_value_and_counts(void)
{
    desk d;
    double f = NAN;
    begin(&d);
    CHECK(record(&d, 1.0, &f) == PM_RUNNING);
    CHECK(f == HUGE_VAL);
    CHECK(d.e.nfev == 1 && d.e.best_f == HUGE_VAL);
    CHECK(value(&d, 2.0, 1e300) == PM_RUNNING && d.e.best_f == 1e300);
    CHECK(value(&d, 3.0, NAN) == PM_RUNNING && d.e.best_f == 1e300);

    d.e.refuse_nan = true;
    f = NAN;
    CHECK(record(&d, 4.0, &f) == PM_NAN_VALUE);
    CHECK(d.e.nfev == 4 && d.e.best_f == 1e300 && d.best_x[0] == 2.0);
    CHECK(value(&d, 5.0, HUGE_VAL) == PM_RUNNING); /* infinity is an ordinary bad value */
}

static void minus_infinity_is_unbounded(void)
{
    desk d;
    begin(&d);
    value(&d, 1.0, 1.0);
    CHECK(value(&d, 2.0, -HUGE_VAL) == PM_UNBOUNDED);
    CHECK(d.e.best_f == -HUGE_VAL && d.best_x[0] == 2.0);
}

static void a_target_is_met_at_or_below(void)
{
    desk d;
    begin(&d);
    d.e.target = 2.0;
    CHECK(value(&d, 1.0, nextafter(2.0, 3.0)) == PM_RUNNING);
    CHECK(value(&d, 1.0, NAN) == PM_RUNNING);
    CHECK(value(&d, 2.0, 2.0) == PM_TARGET);
    CHECK(value(&d, 3.0, 1.0) == PM_TARGET);
    CHECK(d.e.best_f == 1.0);
}

static void the_gradient_belongs_to_the_best_point(void)
{
    desk d;
    double f;
    begin(&d);
    with_gradient(&d, 1.0, 5.0, 1.0, 2.0, &f);
    CHECK(f == 5.0 && d.e.best_has_g && d.best_g[0] == 1.0 && d.best_g[1] == 2.0);
    with_gradient(&d, 2.0, 6.0, 3.0, 4.0, &f); /* worse */
    CHECK(d.best_g[0] == 1.0 && d.best_x[0] == 1.0);
    value(&d, 3.0, 4.0); /* better, but nobody asked for its gradient */
    CHECK(!d.e.best_has_g && d.best_x[0] == 3.0);
    with_gradient(&d, 4.0, 3.0, 5.0, 6.0, &f);
    CHECK(d.e.best_has_g && d.best_g[1] == 6.0);
    CHECK(d.e.nfev == 4 && d.e.njev == 3);
}

/* Worst for the method, which cannot step from there; but it can be the best point. */
static void a_gradient_that_is_not_finite_keeps_its_value(void)
{
    const double bad[] = {NAN, HUGE_VAL, -HUGE_VAL};
    for (int k = 0; k < 3; ++k) {
        desk d;
        double f;
        begin(&d);
        with_gradient(&d, 1.0, 5.0, 1.0, 2.0, &f);
        CHECK(with_gradient(&d, 2.0, 4.0, 0.0, bad[k], &f) == PM_RUNNING);
        CHECK(f == HUGE_VAL);
        CHECK(d.e.best_f == 4.0 && d.best_x[0] == 2.0 && !d.e.best_has_g);
    }
}

/* A batch of a method that takes turns with its arrays. */
typedef struct {
    double x[N], g[N], f;
} lent_point;

static pm_batch lend(lent_point *p, double x, double f)
{
    *p = (lent_point){.x = {x, -x}, .g = {10.0 * x, 1.0}, .f = f};
    return (pm_batch){
        .n = N, .count = 1, .wants = PM_FG, .x = p->x, .f = &p->f, .g = p->g, .lent = PM_LENT_X};
}

static void a_lent_point_is_held_while_it_is_the_best(void)
{
    desk d;
    lent_point first, second, third;
    pm_batch a = lend(&first, 1.0, 5.0), b = lend(&second, 2.0, 6.0), c = lend(&third, 3.0, 4.0);

    begin(&d);
    d.best_x[0] = 99.0;
    CHECK(pm_record_lent(&d.e, &a) == PM_RUNNING && a.kept);
    CHECK(d.e.best_f == 5.0 && d.best_x[0] == 99.0 && d.e.kept_x == first.x);
    CHECK(d.e.best_has_g && d.best_g[0] == 10.0); /* n is small: it is there for good */
    CHECK(pm_record_lent(&d.e, &b) == PM_RUNNING && !b.kept);
    CHECK(pm_record_lent(&d.e, &c) == PM_RUNNING && c.kept);
    CHECK(d.e.nfev == 3 && d.e.njev == 3);
    pm_settle(&d.e);
    CHECK(d.best_x[0] == 3.0 && d.best_x[1] == -3.0 && d.best_g[0] == 30.0);
    third.x[0] = -7.0; /* nothing is kept there any more */
    pm_settle(&d.e);
    CHECK(d.best_x[0] == 3.0 && d.e.kept_x == NULL && d.e.kept_g == NULL);

    double f = 3.0; /* a point that is recorded by copying lets go of the one kept */
    begin(&d);
    a = lend(&first, 1.0, 5.0);
    pm_record_lent(&d.e, &a);
    record(&d, 4.0, &f);
    pm_settle(&d.e);
    CHECK(d.best_x[0] == 4.0 && !d.e.best_has_g);
}

static void a_lent_point_obeys_the_same_rules(void)
{
    desk d;
    lent_point p;
    pm_batch b = lend(&p, 1.0, NAN);

    begin(&d);
    CHECK(pm_record_lent(&d.e, &b) == PM_RUNNING && p.f == HUGE_VAL && !b.kept);
    b = lend(&p, 1.0, -HUGE_VAL);
    CHECK(pm_record_lent(&d.e, &b) == PM_UNBOUNDED);
    b = lend(&p, 2.0, 1.0);
    begin(&d);
    p.g[1] = NAN; /* the method's affair: the value stands */
    d.e.target = 1.0;
    CHECK(pm_record_lent(&d.e, &b) == PM_TARGET && p.f == 1.0 && !d.e.best_has_g);
    b = lend(&p, 3.0, NAN);
    d.e.refuse_nan = true;
    CHECK(pm_record_lent(&d.e, &b) == PM_NAN_VALUE);
}

/* Many variables: the gradient is kept, too, until an ask overwrites it; a later evaluation of the
 * same point brings it back. */
static void a_gradient_that_is_lost_can_be_found_again(void)
{
    enum { MANY = PM_LARGE + 1 };
    static double x[MANY], g[MANY], best_x[MANY], best_g[MANY];
    double f = 2.0;
    pm_evaluator e;
    pm_batch b = {.n = MANY, .count = 1, .wants = PM_FG, .x = x, .f = &f, .g = g};

    x[MANY - 1] = 0.5;
    g[MANY - 1] = 7.0;
    for (int lent = PM_LENT_X; lent <= PM_LENT_BOTH; ++lent) {
        b.lent = lent == PM_LENT_X ? PM_LENT_X : PM_LENT_BOTH;
        pm_evaluator_start(&e, MANY, best_x, best_g);
        pm_record_lent(&e, &b);
        pm_let_go(&e, &b);
        pm_settle(&e);
        CHECK(best_x[MANY - 1] == 0.5 && e.best_has_g == (lent == PM_LENT_BOTH));
        CHECK(pm_record(&e, x, &f, g) == PM_RUNNING);
        CHECK(e.best_has_g && best_g[MANY - 1] == 7.0 && e.best_f == 2.0);

        e.best_has_g = false;
        b.kept = false;
        CHECK(pm_record_lent(&e, &b) == PM_RUNNING && b.kept && e.kept_g == g);
        pm_settle(&e);
        CHECK(e.best_has_g && e.best_f == 2.0);
    }
}

static void limits_are_exact(void)
{
    desk d;
    begin(&d);
    d.e.max_evals = 3;
    for (int k = 0; k < 3; ++k) {
        CHECK(pm_spent(&d.e) == PM_RUNNING);
        value(&d, 1.0, 1.0);
    }
    CHECK(pm_spent(&d.e) == PM_EVALUATIONS);

    begin(&d);
    d.e.max_iter = 2;
    CHECK(pm_count_step(&d.e) == PM_RUNNING);
    CHECK(pm_count_step(&d.e) == PM_ITERATIONS);
    CHECK(d.e.nit == 2);

    begin(&d);
    d.e.deadline = pm_clock() + 3600.0;
    CHECK(pm_spent(&d.e) == PM_RUNNING);
    d.e.deadline = pm_clock();
    CHECK(pm_spent(&d.e) == PM_TIME);
}

static void the_clock_does_not_run_backwards(void)
{
    double last = pm_clock();
    for (int k = 0; k < 1000; ++k) {
        const double now = pm_clock();
        CHECK(now >= last);
        last = now;
    }
}

static void every_stop_has_a_name_and_a_text(void)
{
#define ROW(name, number, success, ends, text)                                                     \
    CHECK(pm_stop_name(PM_##name)[0] != '\0' && pm_stop_text(PM_##name)[0] != '\0');               \
    CHECK(pm_stop_success(PM_##name) == (success));                                                \
    CHECK(pm_stop_ends(PM_##name) == PM_ENDS_##ends);
    PM_STOPS(ROW)
#undef ROW
#define ROW(name, number, text) CHECK(pm_error_text(PM_##name)[0] != '\0');
    PM_ERRORS(ROW)
#undef ROW
}

static void the_best_point_is_recalled_once_to_the_last_bit_and_with_all_that_is_asked_for(void)
{
    const double here[N] = {1.0, -1.0}, beside[N] = {nextafter(1.0, 2.0), -1.0};
    double seen, f = NAN, g[N] = {0.0, 0.0};
    desk d;
    begin(&d);

    d.e.repeating = true;
    CHECK(!pm_repeat(&d.e, here, &f, NULL)); /* there is no best point yet */
    with_gradient(&d, 1.0, 5.0, 3.0, 4.0, &seen);
    CHECK(!pm_repeat(&d.e, here, &f, g)); /* not asked to */
    d.e.repeating = true;
    CHECK(pm_repeat(&d.e, here, &f, g) && f == 5.0 && g[0] == 3.0 && g[1] == 4.0);
    CHECK(!pm_repeat(&d.e, here, &f, g)); /* once only */
    CHECK(d.e.nfev == 1 && d.e.njev == 1);

    d.e.repeating = true;
    CHECK(!pm_repeat(&d.e, beside, &f, NULL));
    value(&d, 1.0, 4.0);
    d.e.repeating = true;
    CHECK(!pm_repeat(&d.e, here, &f, g)); /* the lower value came without a gradient */
    d.e.repeating = true;
    CHECK(pm_repeat(&d.e, here, &f, NULL) && f == 4.0);
    value(&d, 1.0, -HUGE_VAL);
    d.e.repeating = true;
    CHECK(!pm_repeat(&d.e, here, &f, NULL)); /* that ends a run, and has to be seen */
}

void test_evaluator(void)
{
    a_new_evaluator_limits_nothing();
    the_best_point_stays_the_best();
    nan_is_the_worst_value_and_counts();
    minus_infinity_is_unbounded();
    a_target_is_met_at_or_below();
    the_gradient_belongs_to_the_best_point();
    a_gradient_that_is_not_finite_keeps_its_value();
    a_lent_point_is_held_while_it_is_the_best();
    a_lent_point_obeys_the_same_rules();
    a_gradient_that_is_lost_can_be_found_again();
    limits_are_exact();
    the_clock_does_not_run_backwards();
    every_stop_has_a_name_and_a_text();
    the_best_point_is_recalled_once_to_the_last_bit_and_with_all_that_is_asked_for();
}
