/* Gradient descent: steps along the negative gradient, projected on the box.
 *
 *   A. Cauchy, "Methode generale pour la resolution des systemes d'equations simultanees",
 *   C. R. Acad. Sci. 25, 1847.
 *   Backtracking: L. Armijo, Pacific J. Math. 16, 1966.
 *   On a box: D. P. Bertsekas, IEEE Trans. Autom. Control 21, 1976.
 *
 *   line_search = "backtracking" (the default): a step is shortened until it decreases f
 *   sufficiently; each search starts from `growth` times the last accepted step.
 *   line_search = "fixed": x - step * g, always.
 */
#include "arena.h"
#include "bounds.h"
#include "linesearch.h"
#include "vectors.h"

#include <float.h>
#include <string.h>

typedef struct {
    int line_search;
    double step, growth, decrease;
} gradient_descent_options;

enum { BACKTRACKING, FIXED };
static const char *const line_searches[] = {"backtracking", "fixed"};

static const pm_option options[] = {
    PM_OPTION_CHOICE(gradient_descent_options, line_search, BACKTRACKING, line_searches,
                     "how the length of a step is found"),
    PM_OPTION_REAL(gradient_descent_options, step, 0.0, 0.0, 1e300,
                   "the fixed step, or the first one to try, in units of x per unit of gradient; "
                   "0: as long as moves "
                   "x by a tenth of max(|x|, 1)"),
    PM_OPTION_REAL(gradient_descent_options, growth, 2.0, 1.0, 10.0,
                   "a search starts from this many times the last accepted step"),
    PM_OPTION_REAL(gradient_descent_options, decrease, 1e-4, 0.0, 0.5,
                   "share of the predicted decrease that a step must achieve"),
    PM_OPTIONS_END,
};

typedef struct {
    const gradient_descent_options *o;
    size_t n;
    bool bounded;
    enum { FIRST_POINT, STEPPING } phase;
    double f;
    double step; /* the last accepted one */
    pm_line line;
    pm_stop ended;
    const double *lower, *upper; /* [n] */
    double *x, *g;               /* [n] the iterate and its gradient */
} gradient_descent;

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    gradient_descent *s = state;
    const size_t n = s->n = task->n;

    s->o = task->options;
    s->bounded = task->bounded;
    s->lower = task->lower;
    s->upper = task->upper;
    s->x = PM_TAKE(a, double, n);
    s->g = PM_TAKE(a, double, n);
}

static void start(void *state, const pm_task *task)
{
    gradient_descent *s = state;
    s->f = HUGE_VAL;
    memcpy(s->x, task->x0, s->n * sizeof *s->x);
}

static void ask(void *state, pm_batch *b)
{
    const gradient_descent *s = state;
    const double t = s->phase == FIRST_POINT ? 0.0 : s->line.t;

    b->count = 1;
    b->wants = PM_FG;
    memcpy(b->x, s->x, s->n * sizeof *s->x);
    pm_add(b->x, -t, s->g, s->n);
    if (s->bounded) {
        pm_project(b->x, 1, s->n, s->lower, s->upper);
    }
}

/* The slope at 0 times the move that was made, and whether the box bent the path. */
static double predicted(const gradient_descent *s, const pm_batch *b, bool *bent)
{
    double sum = 0.0;

    *bent = false;
    if (!s->bounded) {
        return s->line.t * s->line.start.g;
    }
    for (size_t i = 0; i < s->n; ++i) {
        sum += s->g[i] * (b->x[i] - s->x[i]);
        *bent = *bent || b->x[i] != s->x[i] - s->line.t * s->g[i];
    }
    return sum;
}

/* The slope of the path as the box leaves it: coordinates held at a bound do not count. */
static double path_slope(const gradient_descent *s)
{
    double sum = 0.0;

    if (!s->bounded) {
        return -pm_dot(s->g, s->g, s->n);
    }
    for (size_t i = 0; i < s->n; ++i) {
        sum -= pm_held(s->x[i], s->g[i], s->lower[i], s->upper[i]) ? 0.0 : s->g[i] * s->g[i];
    }
    return sum;
}

static void begin_search(gradient_descent *s)
{
    const gradient_descent_options *o = s->o;
    const pm_line_rules rules = {.decrease = o->decrease, .curvature = 1.0};
    double t = o->line_search == FIXED ? o->step : o->growth * s->step;

    if (t == 0.0) { /* the first step, and its length is left to us */
        const double reach = pm_larger(pm_largest(s->x, s->n), 1.0);
        t = o->step > 0.0 ? o->step : 0.1 * reach / pm_larger(pm_largest(s->g, s->n), 1e-300);
    }
    pm_line_start(&s->line, rules, s->f, path_slope(s), t, HUGE_VAL);
}

static pm_turn accept(gradient_descent *s, const pm_batch *b)
{
    if (!(b->f[0] < HUGE_VAL)) {
        s->ended = PM_NOT_FINITE;
        return PM_NO_MORE;
    }
    s->step = s->line.t; /* 0 at the first point */
    s->phase = STEPPING;
    s->f = b->f[0];
    memcpy(s->x, b->x, s->n * sizeof *s->x);
    memcpy(s->g, b->g, s->n * sizeof *s->g);
    begin_search(s);
    return PM_STEP_DONE;
}

static pm_turn search(gradient_descent *s, const pm_batch *b)
{
    bool bent;
    const double p = predicted(s, b, &bent);

    switch (pm_line_tell(&s->line, b->f[0], -pm_dot(s->g, b->g, s->n), p, bent)) {
    case PM_LINE_ACCEPT:
        return accept(s, b);
    case PM_LINE_AGAIN:
        return PM_MID_STEP;
    case PM_LINE_FAILED:
        break;
    }
    /* No step is short enough.  Was even the first one beneath the resolution of f? */
    const double hoped = -s->line.start.g * s->o->growth * s->step;
    s->ended = hoped <= 100.0 * DBL_EPSILON * fabs(s->f) ? PM_PRECISION : PM_EXHAUSTED;
    return PM_NO_MORE;
}

static pm_turn tell(void *state, const pm_batch *b)
{
    gradient_descent *s = state;
    return s->phase == FIRST_POINT || s->o->line_search == FIXED ? accept(s, b) : search(s, b);
}

static void at(const void *state, pm_iterate *out)
{
    const gradient_descent *s = state;
    *out = (pm_iterate){.x = s->x, .f = s->f, .g = s->g, .ended = s->ended};
}

const pm_method pm_gradient_descent = {
    .name = "gradient_descent",
    .family = "gradient",
    .summary =
        "steps along the negative gradient, with a backtracking line search or of fixed length",
    .citation = "A. Cauchy, C. R. Acad. Sci. 25, 1847; L. Armijo, Pacific J. Math. 16, 1966; "
                "D. P. Bertsekas, IEEE Trans. Autom. Control 21, 1976",
    .traits = PM_NEEDS_GRADIENT | PM_HANDLES_BOUNDS,
    .options = options,
    .options_size = sizeof(gradient_descent_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-14, .xtol = 0.0, .patience = 100},
    .state_size = sizeof(gradient_descent),
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
};
