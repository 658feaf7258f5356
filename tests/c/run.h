/* A run of one method by ask and tell, and test functions: for the tests of the random methods. */
#ifndef PM_TEST_RUN_H
#define PM_TEST_RUN_H

#include "jacobi.h"
#include "pyminima.h"
#include "test.h"
#include "solver/method.h"

#include <math.h>
#include <string.h>

static const uint64_t key[2] = {20, 26};

/* The solver and its latest answers. */
typedef struct {
    const pm_method *method;
    pm_solver *s;
    pm_batch *b;
    pm_turn turn;
    pm_stop stop;
    double options[32]; /* room for the method's options struct */
} run;

static inline run prepared(const char *name)
{
    run r = {.method = pm_method_named(name)};
    CHECK(r.method->options_size <= sizeof r.options);
    pm_options_default(r.method->options, r.options);
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
    const pm_task task = {.n = n,
                          .x0 = x0,
                          .lower = lower,
                          .upper = upper,
                          .options = r->options,
                          .stopping = r->method->stopping,
                          .budget = budget,
                          .key = {key[0] + seed, key[1]},
                          .linalg = &jacobi};
    CHECK(pm_solver_new(&r->s, r->method, &task) == PM_OK);
}

static inline const double *ask(run *r)
{
    CHECK(pm_ask(r->s, &r->b) == PM_OK);
    return r->b->x;
}

/* ---- test functions ---- */

/* Its minimum, 0, is where every variable is 0.7. */
static inline double bowl(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum += (x[i] - 0.7) * (x[i] - 0.7);
    }
    return sum;
}

/* The function of L. A. Rastrigin (1974), with 11^n local minima in its usual box, shifted so that
 * the lowest, 0, is where every variable is 0.7. */
static inline double rastrigin(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        const double z = x[i] - 0.7;
        sum += z * z + 10.0 - 10.0 * cos(6.283185307179586 * z);
    }
    return sum;
}

/* The bowl, finite only within 0.5 of (-3, 2): a tenth of the range [-5, 5] of each variable. */
static inline double hole(const double *x, size_t n)
{
    return fabs(x[0] + 3.0) < 0.5 && fabs(x[1] - 2.0) < 0.5 ? bowl(x, n) : HUGE_VAL;
}

#endif
