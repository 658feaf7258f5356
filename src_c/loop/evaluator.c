/* The evaluator: counts, limits, and the best point ever seen, for all loops. */
#include "loop/evaluator.h"

#include "base/clock.h"

#include "base/vectors.h"

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
    if (e->reached) {
        return PM_TARGET;
    }
    if (e->nfev >= e->max_evals) {
        return PM_EVALUATIONS;
    }
    return e->deadline < HUGE_VAL && pm_is_past(e->deadline) ? PM_TIME : PM_RUNNING;
}

/* g, or NULL if it is not finite.  A finite sum of squares shows quickly that all of g is finite;
 * an infinite one may merely have overflowed, so then each element is tested. */
static const double *finite_or_null(const double *g, size_t n)
{
    return g != NULL && (isfinite(pm_dot(g, g, n)) || pm_is_finite(g, n)) ? g : NULL;
}

/* Counts an evaluation and returns its value, with NaN replaced by +inf, the worst value. */
static double count(pm_evaluator *e, double *f, bool gradient)
{
    e->nfev += 1;
    e->njev += gradient;
    e->reached = e->reached || (*f <= e->target && *f > -HUGE_VAL);
    return isnan(*f) ? HUGE_VAL : *f;
}

/* `given` is the objective's value, `value` the same with NaN replaced. */
static pm_stop why_to_stop(const pm_evaluator *e, double given, double value)
{
    if (isnan(given) && e->refuse_nan) {
        return PM_NAN_VALUE;
    }
    if (value == -HUGE_VAL) {
        return PM_UNBOUNDED;
    }
    return value <= e->target ? PM_TARGET : PM_RUNNING;
}

static void keep_gradient(pm_evaluator *e, const double *g)
{
    e->best_has_g = g != NULL;
    if (g != NULL) {
        memcpy(e->best_g, g, e->n * sizeof *g);
    }
}

/* Is this a better point, or the best one again but now with its gradient? */
static bool adds(const pm_evaluator *e, const double *x, double value, const double *g)
{
    const double *best = e->kept_x != NULL ? e->kept_x : e->best_x;
    return value < e->best_f || (value == e->best_f && value < HUGE_VAL && g != NULL &&
                                 !e->best_has_g && memcmp(x, best, e->n * sizeof *x) == 0);
}

pm_stop pm_record_fully(pm_evaluator *e, const double *x, double *f, const double *g)
{
    const double given = *f, value = count(e, f, g != NULL);
    const double *usable = finite_or_null(g, e->n);

    if (e->kept_x != NULL) {
        pm_settle(e);
    }
    if (adds(e, x, value, usable)) {
        e->best_f = value;
        memcpy(e->best_x, x, e->n * sizeof *x);
        keep_gradient(e, usable);
    }
    *f = g == usable ? value : HUGE_VAL;
    return why_to_stop(e, given, value);
}

bool pm_repeat(pm_evaluator *e, const double *x, double *f, double *g)
{
    const bool known = e->repeating && fabs(e->best_f) < HUGE_VAL && (g == NULL || e->best_has_g) &&
                       memcmp(x, e->best_x, e->n * sizeof *x) == 0;

    e->repeating = false;
    if (known) {
        *f = e->best_f;
    }
    if (known && g != NULL) {
        memcpy(g, e->best_g, e->n * sizeof *g);
    }
    return known;
}

pm_stop pm_record_lent(pm_evaluator *e, pm_batch *b)
{
    const double given = *b->f, value = *b->f = count(e, b->f, true);

    if (adds(e, b->x, value, b->g)) {
        e->best_f = value;
        e->kept_x = b->x;
        b->kept = true;
        if (e->n > PM_LARGE) {
            e->best_has_g = false;
            e->kept_g = b->g;
        } else {
            keep_gradient(e, finite_or_null(b->g, e->n));
        }
    }
    return why_to_stop(e, given, value);
}

void pm_let_go(pm_evaluator *e, const pm_batch *b)
{
    if (b->lent != PM_LENT_BOTH) {
        e->kept_g = NULL;
    }
}

void pm_settle(pm_evaluator *e)
{
    if (e->kept_x != NULL) {
        memcpy(e->best_x, e->kept_x, e->n * sizeof *e->best_x);
    }
    if (e->kept_g != NULL) {
        keep_gradient(e, finite_or_null(e->kept_g, e->n));
    }
    e->kept_x = e->kept_g = NULL;
}

pm_stop pm_count_step(pm_evaluator *e)
{
    e->nit += 1;
    return e->nit >= e->max_iter ? PM_ITERATIONS : PM_RUNNING;
}
