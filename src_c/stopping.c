#include "stopping.h"

#include "bounds.h"
#include "vectors.h"

#include <float.h>
#include <string.h>

const pm_option pm_stopping_rows[] = {
    PM_OPTION_REAL(pm_stopping_options, gtol, 0, 0, 1,
                   "stop when the projected gradient is at most gtol times the largest one of the run"),
    PM_OPTION_REAL(pm_stopping_options, ftol, 0, 0, 1,
                   "an improvement counts if it exceeds ftol times the whole improvement of the run"),
    PM_OPTION_REAL(pm_stopping_options, xtol, 0, 0, 1,
                   "stop when a step moves no coordinate by more than xtol max(|x|, 1); 0: never"),
    PM_OPTION_WHOLE(pm_stopping_options, patience, 1, 1, 9007199254740992.0,
                    "stop after this many steps without an improvement that counts"),
    PM_OPTIONS_END,
};

void pm_stopping_layout(pm_stopping *s, pm_arena *a, size_t n)
{
    s->x = PM_TAKE(a, double, n);
}

void pm_stopping_start(pm_stopping *s, const pm_task *task)
{
    s->rules = task->stopping;
    s->farthest = PM_ENDLESS * fmax(pm_largest(task->x0, task->n), 1.0);
    s->first_f = s->best_f = HUGE_VAL;
}

/* Relative to the largest gradient of the run, so that f and 1e-12 f stop at the same point. */
static bool flat(pm_stopping *s, const pm_iterate *at, const pm_task *task)
{
    if (at->g == NULL) {
        return false;
    }
    const double size = pm_projected_gradient(at->x, at->g, task->n, task->lower, task->upper);
    if (size > s->largest_g) {
        s->largest_g = size;
    }
    return size <= s->rules.gtol * s->largest_g;
}

/* A step that moves nothing is not a small step: the best point of a search often stays where it is. */
static bool small_step(pm_stopping *s, const pm_iterate *at, const pm_task *task)
{
    bool small = s->begun, moved = false;
    if (s->rules.xtol == 0.0) {
        return false;
    }
    for (size_t i = 0; i < task->n; ++i) {
        const double step = fabs(at->x[i] - s->x[i]);
        moved = moved || step > 0.0;
        small = small && step <= s->rules.xtol * fmax(fabs(at->x[i]), 1.0);
    }
    memcpy(s->x, at->x, task->n * sizeof *s->x);
    s->begun = true;
    return small && moved;
}

/* Relative to the improvement so far, which a scale or an offset of f does not change; below the resolution of
 * f itself no improvement counts. */
static bool stalled(pm_stopping *s, const pm_iterate *at)
{
    if (s->first_f == HUGE_VAL) {
        s->first_f = at->f;
    }
    const double needed =
        s->first_f == HUGE_VAL ? 0.0
                               : s->rules.ftol * (s->first_f - s->best_f) + DBL_EPSILON * fabs(s->best_f);
    if (s->best_f == HUGE_VAL || at->f < s->best_f - needed) {
        s->best_f = at->f;
        s->idle = 0;
        return false;
    }
    return ++s->idle >= s->rules.patience;
}

static bool endless(const pm_stopping *s, const pm_iterate *at, const pm_task *task)
{
    return !(pm_largest(at->x, task->n) < s->farthest);
}

pm_stop pm_judge(pm_stopping *s, const pm_iterate *at, const pm_task *task)
{
    /* Each rule keeps its own record, so each is asked. */
    const bool is_flat = flat(s, at, task), is_small = small_step(s, at, task), is_stalled = stalled(s, at);
    if (endless(s, at, task)) {
        return PM_UNBOUNDED;
    }
    return is_flat ? PM_GRADIENT : is_small ? PM_STEP : is_stalled ? PM_VALUE : PM_RUNNING;
}
