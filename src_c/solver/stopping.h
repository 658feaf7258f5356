/* The stopping rules: when has a run converged?  The same rules judge every method, at the end of
 * each of its steps. */
#ifndef PM_STOPPING_H
#define PM_STOPPING_H

#include "base/arena.h"
#include "solver/method.h"

/* An iterate with a coordinate beyond this many times max(|x0|, 1) counts as gone to infinity: the
 * minimum of a sensible problem does not lie fifteen orders of magnitude beyond its start. */
#define PM_ENDLESS 1e15

typedef struct {
    pm_stopping_options rules;
    double farthest;  /* an iterate with a larger coordinate counts as gone to infinity */
    double largest_g; /* largest squared projected gradient of the run */
    double curvature; /* the largest on recent steps; used only for differenced gradients */
    double first_f;   /* first finite value */
    double best_f;    /* best value at the last improvement that counted */
    size_t idle;      /* steps since that improvement */
    bool begun;       /* there is a previous iterate */
    bool sloped;      /* it has a gradient */
    double *x, *g;    /* [n] the previous iterate and its gradient */
} pm_stopping;

void pm_stopping_layout(pm_stopping *s, pm_arena *a, const pm_task *task);
void pm_stopping_start(pm_stopping *s, const pm_task *task);

/* An improvement on f counts if it exceeds this: ftol times the whole improvement since first_f
 * (HUGE_VAL: none), so that the rule does not depend on the scale or offset of f, plus the rounding
 * error of f. */
double pm_resolution(double ftol, double first_f, double f);

/* The default step of a forward difference at x; and the error of a forward difference with step h
 * of values of size f and curvature M: h M / 2 + 2 eps |f| / h (Gill, Murray & Wright 1981, section
 * 8.6). */
double pm_difference_step(double x);
double pm_difference_error(double h, double f, double curvature);

/* The largest curvature by which the error of differences is judged, given the largest slope of the
 * run.  A larger curvature is taken for a kink: the error it implies, at the default step, exceeds
 * half of 1e-4 of that slope. */
double pm_most_curvature(double steepest);

/* Is the gradient, except at binding bounds, at most twice the error of its forward differences for
 * this curvature? */
bool pm_beneath_differences(const pm_iterate *at, double curvature, const pm_task *task);

pm_stop pm_judge(pm_stopping *s, const pm_iterate *at, const pm_task *task);

#endif
