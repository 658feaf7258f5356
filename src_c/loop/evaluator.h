/* The evaluator: counts, limits, and the best point ever seen. */
#ifndef PM_EVALUATOR_H
#define PM_EVALUATOR_H

#include "pyminima.h"

/* Counts, limits, and the best point.  Every loop passes each evaluation through pm_record. */
typedef struct {
    size_t n;
    size_t nfev, njev, nit;
    size_t max_evals, max_iter; /* SIZE_MAX: no limit */
    double deadline;            /* on pm_clock, in seconds; HUGE_VAL: none */
    double target;              /* -HUGE_VAL: none */
    double best_f;              /* HUGE_VAL before the first finite value */
    bool reached;               /* a value at or below the target has been seen, ever */
    bool refuse_nan;            /* NaN ends the run instead of counting as the worst value */
    bool best_has_g;
    bool repeating;                /* the best point has just been evaluated; see pm_repeat */
    double *best_x, *best_g;       /* [n] each, owned by the caller */
    const double *kept_x, *kept_g; /* the best point, while it is in arrays lent by the method
                                    * (until pm_settle); NULL: it is in best_x, best_g */
} pm_evaluator;

void pm_evaluator_start(pm_evaluator *e, size_t n, double *best_x, double *best_g);
/* The reason why the next evaluation must not be made, or PM_RUNNING. */
pm_stop pm_spent(const pm_evaluator *e);
/* Records an evaluation: at x[n] the objective gave *f and, if g is not NULL, g[n].  For the
 * method, *f becomes +inf, the worst value, if it is NaN or the gradient is not finite.  A point
 * with a finite value and such a gradient can still be the best one. */
static inline pm_stop pm_record(pm_evaluator *e, const double *x, double *f, const double *g);
/* Answers an evaluation from the record if `repeating` is set (the best point was evaluated
 * immediately before) and x equals the best point to the last bit.  A best point that is the lowest
 * of many should instead be evaluated again, because noise may have made it the lowest. */
bool pm_repeat(pm_evaluator *e, const double *x, double *f, double *g);
/* pm_record for a batch in arrays lent by the method: the best point is not copied but kept in
 * them, and so is its gradient if n > PM_LARGE.  The value is not replaced if the gradient is not
 * finite: such a method checks that itself. */
pm_stop pm_record_lent(pm_evaluator *e, pm_batch *b);
/* Must be called after each ask, which may have overwritten a kept gradient. */
void pm_let_go(pm_evaluator *e, const pm_batch *b);
/* Copies a kept point to best_x and best_g.  Must be called before the solver is freed and before
 * best_x or best_g is read. */
void pm_settle(pm_evaluator *e);
/* Counts a completed step; returns PM_ITERATIONS if it was the last one allowed. */
pm_stop pm_count_step(pm_evaluator *e);

pm_stop pm_record_fully(pm_evaluator *e, const double *x, double *f, const double *g);

/* Fast path: most points are not the best, have no gradient, and need only be counted. */
static inline pm_stop pm_record(pm_evaluator *e, const double *x, double *f, const double *g)
{
    if (g == NULL && *f > e->best_f && *f > e->target && e->kept_x == NULL) {
        e->nfev += 1;
        return PM_RUNNING;
    }
    return pm_record_fully(e, x, f, g);
}

#endif
