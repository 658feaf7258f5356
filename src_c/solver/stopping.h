/* When has a run converged?  Every method is judged by the same rules, at the end of each of its
 * steps. */
#ifndef PM_STOPPING_H
#define PM_STOPPING_H

#include "base/arena.h"
#include "solver/method.h"

/* An iterate this many times as far out as max(|x0|, 1) has found no floor: the minimum of a
 * sensible problem does not lie fifteen orders of magnitude beyond its start. */
#define PM_ENDLESS 1e15

typedef struct {
    pm_stopping_options rules;
    double farthest;  /* an iterate with a larger coordinate has gone off to infinity */
    double largest_g; /* largest squared projected gradient of the run */
    double curvature; /* largest one on recent steps, for gradients by differences */
    double first_f;   /* first finite value */
    double best_f;    /* best value at the last improvement that counted */
    size_t idle;      /* steps since then */
    bool begun;       /* there is a previous iterate */
    bool sloped;      /* with a gradient */
    double *x, *g;    /* [n] the previous iterate and its gradient */
} pm_stopping;

void pm_stopping_layout(pm_stopping *s, pm_arena *a, const pm_task *task);
void pm_stopping_start(pm_stopping *s, const pm_task *task);

/* An improvement on f counts if it is more than this: ftol times the whole one so far, since
 * first_f (HUGE_VAL: none), which a scale or an offset of f does not change, and the rounding of f.
 */
double pm_resolution(double ftol, double first_f, double f);

/* The step of a forward difference at x where nothing is known of f, and the error of one with step
 * h of a value f along a curvature: h M / 2 + 2 eps |f| / h (Gill, Murray & Wright 1981, section
 * 8.6). */
double pm_difference_step(double x);
double pm_difference_error(double h, double f, double curvature);

/* The largest curvature that differences may be judged by, `steepest` being the largest slope of
 * the run.  A larger one is a kink: the error it would make is beyond 1e-4 of that slope. */
double pm_most_curvature(double steepest);

/* Is what is left of the gradient no larger than the error of its forward differences, where the
 * curvature is such? */
bool pm_beneath_differences(const pm_iterate *at, double curvature, const pm_task *task);

pm_stop pm_judge(pm_stopping *s, const pm_iterate *at, const pm_task *task);

#endif
