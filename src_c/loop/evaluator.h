/* The evaluator: counts, limits, and the best point ever seen. */
#ifndef PM_EVALUATOR_H
#define PM_EVALUATOR_H

#include "pyminima.h"

/* Counts, limits and remembers: whoever evaluates a point passes it through pm_record. */
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
    const double *kept_x, *kept_g; /* where the best point is instead, until pm_settle, or NULL */
} pm_evaluator;

void pm_evaluator_start(pm_evaluator *e, size_t n, double *best_x, double *best_g);
/* Why the next evaluation must not be made, or PM_RUNNING. */
pm_stop pm_spent(const pm_evaluator *e);
/* One evaluation at x[n] gave *f and, if g is not NULL, g[n].  NaN becomes +inf, the worst value;
 * so does the value of a point whose gradient is not finite, for the method only: such a point can
 * be the best one. */
static inline pm_stop pm_record(pm_evaluator *e, const double *x, double *f, const double *g);
/* The first evaluation of a run that begins at the best point, to the last bit, need not be made if
 * that was the last one before: then this answers it from the record.  A best point that is the
 * lowest of many is better evaluated again, for noise may have made it so. */
bool pm_repeat(pm_evaluator *e, const double *x, double *f, double *g);
/* The same for a batch that is lent: the best point is not copied but kept where it is, and so is
 * its gradient, if n is large.  The method itself minds a gradient that is not finite. */
pm_stop pm_record_lent(pm_evaluator *e, pm_batch *b);
/* To be called after an ask: it may have overwritten the gradient. */
void pm_let_go(pm_evaluator *e, const pm_batch *b);
/* Copies what is kept elsewhere, before the solver is freed or anybody looks at the best point. */
void pm_settle(pm_evaluator *e);
/* A step is complete. */
pm_stop pm_count_step(pm_evaluator *e);

pm_stop pm_record_fully(pm_evaluator *e, const double *x, double *f, const double *g);

/* Most points have nothing to keep. */
static inline pm_stop pm_record(pm_evaluator *e, const double *x, double *f, const double *g)
{
    if (g == NULL && *f > e->best_f && *f > e->target && e->kept_x == NULL) {
        e->nfev += 1;
        return PM_RUNNING;
    }
    return pm_record_fully(e, x, f, g);
}

#endif
