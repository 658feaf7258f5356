/* Coordinate search: a step along one axis after the other, to one side and, if that is no lower,
 * to the other one; after a cycle that has found nothing lower the step is halved.
 *
 *   T. G. Kolda, R. M. Lewis & V. Torczon, "Optimization by direct search", SIAM Rev. 45 (2003)
 *   385, section 1.1, which ascribes it to E. Fermi and N. Metropolis (1952).
 *
 *   Departures: none.  This is the method that tests/test_toy_method.py adds to a copy of the
 *   sources, as CONTRIBUTING.md says.
 */
#include "solver/method.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct {
    double step;
} coordinate_step_options;

static const pm_option options[] = {
    PM_OPTION_REAL(coordinate_step_options, step, 0.25, 1e-12, 1e6,
                   "the first step along each axis, relative to max(|x|, 1)"),
    PM_OPTIONS_END,
};

typedef struct {
    const coordinate_step_options *o;
    size_t n;
    bool begun;    /* f is known */
    size_t axis;   /* along which the next step goes */
    double side;   /* 1 or -1 */
    bool improved; /* this cycle has found something lower */
    double step;   /* relative to max(|x|, 1) */
    double f, *x;  /* the lowest point, [n] */
} coordinate_step;

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    coordinate_step *s = state;
    s->o = task->options;
    s->n = task->n;
    s->x = PM_TAKE(a, double, task->n);
}

static void start(void *state, const pm_task *task)
{
    coordinate_step *s = state;
    s->step = s->o->step;
    s->side = 1.0;
    memcpy(s->x, task->x0, s->n * sizeof *s->x);
}

static void ask(void *state, pm_batch *b)
{
    const coordinate_step *s = state;

    b->count = 1;
    b->wants = PM_F;
    memcpy(b->x, s->x, s->n * sizeof *b->x);
    if (s->begun) {
        b->x[s->axis] += s->side * s->step * fmax(fabs(s->x[s->axis]), 1.0);
    }
}

static pm_turn tell(void *state, const pm_batch *b)
{
    coordinate_step *s = state;
    const bool lower = s->begun && b->f[0] < s->f;

    if (lower || !s->begun) {
        memcpy(s->x, b->x, s->n * sizeof *s->x); /* the point evaluated: inside the bounds */
        s->f = b->f[0];
    }
    if (!s->begun) {
        s->begun = true;
        return PM_STEP_DONE;
    }
    s->improved |= lower;
    if (!lower && s->side > 0.0) {
        s->side = -1.0;
        return PM_MID_STEP;
    }
    s->side = 1.0;
    s->axis += 1;
    if (s->axis < s->n) {
        return PM_MID_STEP;
    }
    s->axis = 0;
    if (!s->improved) {
        s->step *= 0.5;
    }
    s->improved = false;
    return s->step > 4.0 * DBL_EPSILON ? PM_STEP_DONE : PM_NO_MORE;
}

static void at(const void *state, pm_iterate *out)
{
    const coordinate_step *s = state;
    *out = (pm_iterate){.x = s->x, .f = s->f, .ended = s->f < HUGE_VAL ? PM_STEP : PM_NOT_FINITE};
}

const pm_method pm_coordinate_step = {
    .name = "coordinate_step",
    .family = "derivative-free",
    .summary = "steps along one axis after the other, halved when none of them leads down",
    .when_not = "Where a valley lies across the axes: each step is then no longer than the valley "
                "is wide, and `nelder_mead` or `bobyqa` need a small part of the evaluations.",
    .citation = "T. G. Kolda, R. M. Lewis and V. Torczon, SIAM Rev. 45, 2003",
    .options = options,
    .options_size = sizeof(coordinate_step_options),
    .stopping = {.gtol = 0.0, .ftol = 1e-14, .xtol = 0.0, .patience = 100},
    .state_size = sizeof(coordinate_step),
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
};
