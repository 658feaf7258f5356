/* A run of one method, driven by hand: what the tests of methods share. */
#ifndef PM_TEST_RUN_H
#define PM_TEST_RUN_H

#include "functions.h"
#include "jacobi.h"
#include "pyminima.h"
#include "test.h"
#include "solver/method.h"

#include <string.h>

static const uint64_t key[2] = {20, 26};

/* A method, the task it is given, the solver and what it said last. */
typedef struct {
    const pm_method *method;
    pm_task task; /* what `begin` is not told, a test sets here before */
    pm_solver *s;
    pm_batch *b;
    pm_turn turn;
    pm_stop stop;
    double options[32]; /* room for the method's options struct */
} run;

enum { MOST_OPEN = 5 }; /* variables of a run without bounds */
static const double open_lower[MOST_OPEN] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
static const double open_upper[MOST_OPEN] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL};

static inline run prepared(const char *name)
{
    run r = {.method = pm_method_named(name)};
    CHECK(r.method->options_size <= sizeof r.options);
    pm_options_default(r.method->options, r.options);
    r.task = (pm_task){.stopping = r.method->stopping, .key = {key[0], key[1]}, .linalg = &jacobi};
    return r;
}

static inline void set(run *r, const char *name, double value)
{
    const pm_option *row = r->method->options;
    while (strcmp(row->name, name) != 0) {
        ++row;
    }
    CHECK(pm_option_set(row, r->options, value) == PM_OK);
}

static inline void begin(run *r, size_t n, const double *x0, const double *lower,
                         const double *upper, size_t budget, uint64_t seed)
{
    r->task.n = n;
    r->task.x0 = x0;
    r->task.lower = lower;
    r->task.upper = upper;
    r->task.options = r->options;
    r->task.budget = budget;
    r->task.key[0] = key[0] + seed;
    r->stop = PM_RUNNING;
    CHECK(pm_solver_new(&r->s, r->method, &r->task) == PM_OK);
}

static inline const double *ask(run *r)
{
    CHECK(pm_ask(r->s, &r->b) == PM_OK);
    return r->b->x;
}

/* Tells what stands in the batch. */
static inline void tell(run *r)
{
    CHECK(pm_tell(r->s, &r->turn, &r->stop) == PM_OK);
}

static inline void tell_values(run *r, const double *f)
{
    memcpy(r->b->f, f, r->b->count * sizeof *f);
    tell(r);
}

/* The same, and asks for the next batch if the run goes on. */
static inline void answer_values(run *r, const double *f)
{
    tell_values(r, f);
    if (r->stop == PM_RUNNING) {
        ask(r);
    }
}

static inline void answer_value(run *r, double f)
{
    CHECK(r->b->count == 1);
    answer_values(r, &f);
}

/* Evaluates the batch that was asked for, and tells it. */
static inline void evaluate(run *r, function *f)
{
    for (size_t j = 0; j < r->b->count; ++j) {
        r->b->f[j] = f(r->b->x + j * r->b->n, r->b->n);
    }
    tell(r);
}

#endif
