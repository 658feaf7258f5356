/* The evaluator: counts, limits, and the best point ever seen.  One place for all three loops. */
#include "pyminima.h"

#include "vectors.h"

#include <math.h>
#include <string.h>

void pm_evaluator_start(pm_evaluator *e, size_t n, double *best_x, double *best_g)
{
    *e = (pm_evaluator){
        .n = n,
        .max_evals = SIZE_MAX,
        .max_iter = SIZE_MAX,
        .deadline = HUGE_VAL,
        .target = -HUGE_VAL,
        .best_f = HUGE_VAL,
        .best_x = best_x,
        .best_g = best_g,
    };
}

pm_stop pm_spent(const pm_evaluator *e)
{
    if (e->nfev >= e->max_evals) {
        return PM_EVALUATIONS;
    }
    return e->deadline < HUGE_VAL && pm_clock() >= e->deadline ? PM_TIME : PM_RUNNING;
}

/* A sum of squares is finite only if every term is; if it is not, they may merely be huge. */
static bool all_finite(const double *g, size_t n)
{
    bool finite = isfinite(pm_dot(g, g, n));
    if (!finite) {
        finite = true;
        for (size_t i = 0; i < n; ++i) {
            finite = finite && isfinite(g[i]);
        }
    }
    return finite;
}

pm_stop pm_record(pm_evaluator *e, const double *x, double *f, const double *g)
{
    const bool nan = isnan(*f);
    const double value = *f = nan ? HUGE_VAL : *f;
    const bool usable = g == NULL || all_finite(g, e->n);

    e->nfev += 1;
    e->njev += g != NULL;
    if (value < e->best_f) {
        e->best_f = value;
        memcpy(e->best_x, x, e->n * sizeof *x);
        e->best_has_g = g != NULL && usable;
        if (e->best_has_g) {
            memcpy(e->best_g, g, e->n * sizeof *g);
        }
    }
    if (!usable) {
        *f = HUGE_VAL;
    }
    if (nan && e->refuse_nan) {
        return PM_NAN_VALUE;
    }
    if (value == -HUGE_VAL) {
        return PM_UNBOUNDED;
    }
    return value <= e->target ? PM_TARGET : PM_RUNNING;
}

pm_stop pm_count_step(pm_evaluator *e)
{
    e->nit += 1;
    return e->nit >= e->max_iter ? PM_ITERATIONS : PM_RUNNING;
}
