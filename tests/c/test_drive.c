/* The loop for compiled objectives: exact limits, every signature, and a watch that can stop it. */
#include "run.h"

#include "loop/evaluator.h"
#include "loop/compiled.h"
#include "solver/lookout.h"
#include "base/clock.h"

enum { N = 2 };

static double plain(int n, double *x)
{
    double sum = 0.0;
    for (int i = 0; i < n; ++i) {
        sum += (1.0 + i) * (x[i] - 0.5) * (x[i] - 0.5);
    }
    return sum + x[0] * x[1];
}

/* What an objective with user data writes down. */
typedef struct {
    size_t calls;
    double lowest, lowest_x[N];
    size_t nan_at; /* the call that answers NaN; 0: none */
    bool spoils;   /* writes into x */
    const double *seen;
} notes;

static double noted(int n, double *x, void *data)
{
    notes *o = data;
    const double f = ++o->calls == o->nan_at ? NAN : plain(n, x);
    if (f < o->lowest) {
        o->lowest = f;
        memcpy(o->lowest_x, x, sizeof o->lowest_x);
    }
    if (o->spoils) {
        x[0] = x[1] = NAN;
    }
    return f;
}

static double plain_gradient(int n, double *x, double *g)
{
    for (int i = 0; i < n; ++i) {
        g[i] = 2.0 * (1.0 + i) * (x[i] - 0.5);
    }
    g[0] += x[1];
    g[1] += x[0];
    return plain(n, x);
}

static double noted_gradient(int n, double *x, double *g, void *data)
{
    plain_gradient(n, x, g);
    return noted(n, x, data);
}

typedef struct {
    size_t polls, steps; /* looks between evaluations, looks after steps */
    size_t stop_at_step; /* 0: never */
    bool stop_at_once;
} watcher;

static pm_stop poll(void *self, bool step_done)
{
    watcher *w = self;
    w->polls += !step_done;
    w->steps += step_done;
    if (w->stop_at_once && !step_done) {
        return PM_INTERRUPTED;
    }
    return w->stop_at_step > 0 && w->steps >= w->stop_at_step ? PM_CALLBACK : PM_RUNNING;
}

typedef struct {
    pm_signature signature;
    size_t max_evals, max_iter;
    double target;
    bool refuse_nan;
    watcher w;
    notes o;
} plan;

typedef struct {
    pm_stop stop;
    pm_evaluator e;
    double best_x[N], best_g[N];
} outcome;

static plan usual(pm_signature signature)
{
    return (plan){.signature = signature,
                  .max_evals = 5000,
                  .max_iter = SIZE_MAX,
                  .target = -HUGE_VAL,
                  .o = {.lowest = HUGE_VAL}};
}

static const double x0[N] = {3.0, -1.0}, lower[N] = {-5.0, -5.0}, upper[N] = {5.0, 5.0};

static pm_stop driven(pm_solver *s, pm_evaluator *e, pm_compiled *c, const pm_watch *watch)
{
    pm_stop stop;

    pm_lookout_start(pm_solver_lookout(s), watch, e->deadline);
    CHECK(pm_drive(s, e, c, watch, &stop) == PM_OK);
    pm_settle(e);
    return stop;
}

static void drive(const pm_method *method, plan *p, outcome *out)
{
    double scratch[2 * N];
    void (*const functions[])(void) = {
        [PM_VALUE_PLAIN] = (void (*)(void))plain,
        [PM_VALUE_DATA] = (void (*)(void))noted,
        [PM_GRADIENT_PLAIN] = (void (*)(void))plain_gradient,
        [PM_GRADIENT_DATA] = (void (*)(void))noted_gradient,
    };
    pm_compiled c = {.signature = p->signature,
                     .function = functions[p->signature],
                     .data = &p->o,
                     .x = scratch,
                     .g = scratch + N};
    const pm_watch watch = {.poll = poll, .self = &p->w, .each_step = p->w.stop_at_step > 0};
    run r = prepared(method->name);
    r.task.has_gradient = pm_has_gradient(&c);
    begin(&r, N, x0, lower, upper, 2000, 0);
    pm_evaluator_start(&out->e, N, out->best_x, out->best_g);
    out->e.max_evals = p->max_evals;
    out->e.max_iter = p->max_iter;
    out->e.target = p->target;
    out->e.refuse_nan = p->refuse_nan;
    out->stop = driven(r.s, &out->e, &c, &watch);
    CHECK(out->stop != PM_RUNNING);
    pm_solver_free(r.s);
}

static void signatures_know_their_gradient(void)
{
    const bool has[] = {false, false, true, true};
    for (int k = 0; k < 4; ++k) {
        const pm_compiled c = {.signature = (pm_signature)k};
        CHECK(pm_has_gradient(&c) == has[k]);
        CHECK(strstr(pm_signature_text((pm_signature)k), "double (int, double *") != NULL);
    }
    CHECK(pm_signature_text((pm_signature)4) == NULL);
}

static void every_call_is_counted_and_the_budget_is_exact(const pm_method *method)
{
    for (int gradient = 0; gradient <= 1; ++gradient) {
        for (size_t budget = 1; budget < 400; budget += budget < 60 ? 1 : 37) {
            plan p = usual(gradient ? PM_GRADIENT_DATA : PM_VALUE_DATA);
            outcome out;
            p.max_evals = budget;
            drive(method, &p, &out);
            CHECK(p.o.calls == out.e.nfev);
            CHECK(out.e.nfev <= budget);
            CHECK((out.stop == PM_EVALUATIONS) == (out.e.nfev == budget) ||
                  pm_stop_success(out.stop));
            CHECK(out.e.njev ==
                      (gradient && (method->traits & PM_NEEDS_GRADIENT) ? out.e.nfev : 0) ||
                  (gradient && (method->traits & PM_USES_GRADIENT) && out.e.njev <= out.e.nfev));
            CHECK(out.e.best_f == p.o.lowest);
            CHECK(memcmp(out.best_x, p.o.lowest_x, sizeof out.best_x) == 0);
        }
    }
}

static void same_bits(const outcome *a, const outcome *b)
{
    CHECK(a->stop == b->stop);
    CHECK(a->e.nfev == b->e.nfev && a->e.nit == b->e.nit);
    CHECK(memcmp(&a->e.best_f, &b->e.best_f, sizeof a->e.best_f) == 0);
    CHECK(memcmp(a->best_x, b->best_x, sizeof a->best_x) == 0);
}

static void signatures_agree(const pm_method *method)
{
    plan value = usual(PM_VALUE_PLAIN), value_data = usual(PM_VALUE_DATA);
    plan gradient = usual(PM_GRADIENT_PLAIN), gradient_data = usual(PM_GRADIENT_DATA);
    outcome a, b;

    drive(method, &value, &a);
    drive(method, &value_data, &b);
    same_bits(&a, &b);
    drive(method, &gradient, &a);
    drive(method, &gradient_data, &b);
    same_bits(&a, &b);
}

static void an_objective_that_writes_into_x_changes_nothing(const pm_method *method)
{
    for (int gradient = 0; gradient <= 1; ++gradient) {
        plan clean = usual(gradient ? PM_GRADIENT_DATA : PM_VALUE_DATA), spoiling = clean;
        outcome a, b;
        spoiling.o.spoils = true;
        drive(method, &clean, &a);
        drive(method, &spoiling, &b);
        same_bits(&a, &b);
    }
}

/* Many variables: an objective that wrote nothing at its first call gets the point itself. */
static double noting(int n, double *x, double *g, void *data)
{
    notes *o = data;
    double sum = 0.0;
    for (int i = 0; i < n; ++i) {
        g[i] = 2.0 * x[i];
        sum += x[i] * x[i];
    }
    o->seen = x;
    o->calls += 1;
    x[0] += o->spoils ? 1.0 : 0.0;
    return sum;
}

static void an_objective_that_writes_nothing_is_trusted_with_the_point(void)
{
    enum { MANY = PM_LARGE + 1 };
    static double x[MANY], g[MANY], scratch[2 * MANY];

    for (int spoils = 0; spoils <= 1; ++spoils) {
        for (size_t n = MANY - 1; n <= MANY; ++n) {
            notes o = {.spoils = spoils};
            pm_compiled c = {.signature = PM_GRADIENT_DATA,
                             .function = (void (*)(void))noting,
                             .data = &o,
                             .x = scratch,
                             .g = scratch + MANY};
            pm_call_in_place(&c, n, x, g);
            CHECK(o.seen == scratch);
            pm_call_in_place(&c, n, x, g);
            CHECK((o.seen == x) == (n > PM_LARGE && !spoils));
            CHECK(x[0] == 0.0 && o.calls == 2);
        }
    }
}

static void the_target_ends_it(const pm_method *method)
{
    plan p = usual(PM_GRADIENT_DATA);
    outcome out;
    p.target = 8.0; /* 15.75 at the start */
    drive(method, &p, &out);
    CHECK(out.stop == PM_TARGET);
    CHECK(out.e.best_f <= 8.0 && out.e.best_f == p.o.lowest);
    CHECK(p.o.calls == out.e.nfev);
}

static void the_limit_of_steps_is_exact(const pm_method *method)
{
    for (size_t limit = 1; limit <= 3; ++limit) {
        plan p = usual(PM_GRADIENT_DATA);
        outcome out;
        p.max_iter = limit;
        drive(method, &p, &out);
        CHECK(out.stop == PM_ITERATIONS || pm_stop_success(out.stop));
        CHECK(out.e.nit == limit || (out.e.nit < limit && pm_stop_success(out.stop)));
    }
}

static void the_watch_sees_every_step_and_can_stop(const pm_method *method)
{
    for (size_t step = 1; step <= 3; ++step) {
        plan p = usual(PM_GRADIENT_DATA);
        outcome out;
        p.w.stop_at_step = step;
        drive(method, &p, &out);
        CHECK(out.stop == PM_CALLBACK || pm_stop_success(out.stop));
        CHECK(p.w.steps == out.e.nit && out.e.nit <= step);
    }

    plan p = usual(PM_GRADIENT_DATA);
    outcome out;
    p.w.stop_at_once = true; /* the first look comes before the first evaluation */
    drive(method, &p, &out);
    CHECK(out.stop == PM_INTERRUPTED && p.o.calls == 0 && p.w.polls == 1);
}

static void without_each_step_the_watch_is_left_alone(const pm_method *method)
{
    plan p = usual(PM_GRADIENT_DATA);
    outcome out;
    drive(method, &p, &out);
    CHECK(p.w.steps == 0);
    CHECK(p.w.polls >= 1 && p.w.polls <= 2 + out.e.nfev / 2);
}

static void nan_is_refused_where_asked(const pm_method *method)
{
    for (size_t at = 1; at <= 4; ++at) {
        plan p = usual(PM_GRADIENT_DATA);
        outcome out;
        p.o.nan_at = at;
        p.refuse_nan = true;
        drive(method, &p, &out);
        CHECK(out.stop == PM_NAN_VALUE || pm_stop_success(out.stop));
        CHECK(p.o.calls <= at);
    }
    plan p = usual(PM_GRADIENT_DATA);
    outcome out;
    p.o.nan_at = 2; /* else it is one bad value among others */
    drive(method, &p, &out);
    CHECK(p.o.calls > 2 && isfinite(out.e.best_f));
}

static pm_solver *boxed(const pm_method *method, size_t budget)
{
    run r = prepared(method->name);
    begin(&r, N, x0, lower, upper, budget, 0);
    return r.s;
}

static void a_deadline_that_has_passed_allows_nothing(const pm_method *method)
{
    notes o = {.lowest = HUGE_VAL};
    double scratch[2 * N], best_x[N], best_g[N];
    pm_compiled c = {.signature = PM_VALUE_DATA,
                     .function = (void (*)(void))noted,
                     .data = &o,
                     .x = scratch,
                     .g = scratch + N};
    watcher w = {0};
    const pm_watch watch = {.poll = poll, .self = &w};
    pm_evaluator e;
    pm_solver *s = boxed(method, 2000);

    pm_evaluator_start(&e, N, best_x, best_g);
    e.deadline = pm_clock() - 1.0;
    CHECK(driven(s, &e, &c, &watch) == PM_TIME && o.calls == 0);
    e.deadline = HUGE_VAL; /* it has asked for nothing yet: it can be driven on */
    e.max_evals = 1;
    CHECK(driven(s, &e, &c, &watch) == PM_EVALUATIONS && o.calls == 1);
    pm_solver_free(s);
}

/* Cheap points, and then some that take longer than the pause between two looks. */
static double slow_at_last(int n, double *x, void *data)
{
    size_t *calls = data;

    *calls += 1;
    if (*calls > 100000) {
        const double until = pm_clock() + 0.05;
        while (pm_clock() < until) {
        }
    }
    (void)n;
    (void)x;
    return NAN; /* of which differential evolution never tires */
}

static void after_each_dear_point_there_is_a_look(void)
{
    size_t calls = 0;
    double scratch[2 * N], best_x[N], best_g[N];
    pm_compiled c = {.signature = PM_VALUE_DATA,
                     .function = (void (*)(void))slow_at_last,
                     .data = &calls,
                     .x = scratch,
                     .g = scratch + N};
    watcher w = {0};
    const pm_watch watch = {.poll = poll, .self = &w};
    const pm_method *method = pm_method_named("differential_evolution");
    pm_evaluator e;
    pm_solver *s = boxed(method, 1000000);

    pm_evaluator_start(&e, N, best_x, best_g);
    e.max_evals = 100000;
    CHECK(driven(s, &e, &c, &watch) == PM_EVALUATIONS);
    pm_solver_free(s);
    const size_t before = w.polls;
    s = boxed(method, 1000000);
    e.max_evals = 100010;
    CHECK(driven(s, &e, &c, &watch) == PM_EVALUATIONS);
    CHECK(calls == 100010 && w.polls >= before + 9); /* none before an 11th */
    pm_solver_free(s);
}

void test_drive(void)
{
    after_each_dear_point_there_is_a_look();
    signatures_know_their_gradient();
    an_objective_that_writes_nothing_is_trusted_with_the_point();
    for (size_t i = 0; i < pm_method_count(); ++i) {
        const pm_method *method = pm_method_row(i);
        every_call_is_counted_and_the_budget_is_exact(method);
        signatures_agree(method);
        an_objective_that_writes_into_x_changes_nothing(method);
        the_target_ends_it(method);
        the_limit_of_steps_is_exact(method);
        the_watch_sees_every_step_and_can_stop(method);
        without_each_step_the_watch_is_left_alone(method);
        nan_is_refused_where_asked(method);
        a_deadline_that_has_passed_allows_nothing(method);
    }
}
