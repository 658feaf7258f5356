/* L-BFGS on a box: quasi-Newton steps from the last few changes of the gradient, projected.
 *
 *   J. Nocedal, "Updating quasi-Newton matrices with limited storage", Math. Comp. 35, 1980.
 *   The two-loop recursion is algorithm 7.4 of J. Nocedal & S. J. Wright, "Numerical
 *   Optimization", 2006, whose symbols are used here.
 *   The box: D. P. Bertsekas, "Projected Newton methods for optimization problems with simple
 *   constraints", SIAM J. Control Optim. 20, 1982: coordinates held at a bound by their slope
 *   stay there, the recursion runs in the others, and the line search follows the projected path.
 *
 *   Departures: pairs are kept whole and masked when used, so that a change of the active set
 *   loses none; when a search fails the pairs are dropped and the steepest descent is tried
 *   before giving up.
 */
#include "arena.h"
#include "bounds.h"
#include "linesearch.h"
#include "stopping.h"
#include "vectors.h"

#include <float.h>
#include <string.h>

typedef struct {
    size_t memory;
    double decrease, curvature;
} lbfgs_options;

static const pm_option options[] = {
    PM_OPTION_WHOLE(lbfgs_options, memory, 10, 1, 1000,
                    "m, the number of gradient changes remembered"),
    PM_OPTION_REAL(
        lbfgs_options, decrease, 1e-4, 0.0, 0.5,
        "c1 of the line search: share of the predicted decrease that a step must achieve"),
    PM_OPTION_REAL(lbfgs_options, curvature, 0.9, 0.0, 1.0,
                   "c2 of the line search: share of the initial slope that may be left"),
    PM_OPTIONS_END,
};

typedef struct {
    const lbfgs_options *o;
    const pm_task *task;
    size_t n, m;
    enum { FIRST_POINT, SEARCHING } phase;
    size_t pairs, newest; /* pairs in memory; where the newest one is */
    bool masked;          /* some coordinate is held at its bound */
    double f;
    pm_line line;
    pm_stop ended;
    const double *lower, *upper; /* [n] */
    double *x, *g;               /* [n] the iterate and its gradient */
    double *d;                   /* [n] the direction; 0 where held */
    double *s, *y;               /* [m][n] changes of x and g */
    double *sy, *yy;             /* [m] s'y and y'y of all coordinates */
    double *alpha, *rho;         /* [m] of the recursion; rho is 0 for a pair out of use */
} lbfgs;

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    lbfgs *s = state;
    const size_t n = s->n = task->n;

    s->o = task->options;
    s->task = task;
    s->lower = task->lower;
    s->upper = task->upper;
    const size_t m = s->m = s->o->memory;
    s->x = PM_TAKE(a, double, n);
    s->g = PM_TAKE(a, double, n);
    s->d = PM_TAKE(a, double, n);
    s->s = PM_TAKE(a, double, pm_times(m, n));
    s->y = PM_TAKE(a, double, pm_times(m, n));
    s->sy = PM_TAKE(a, double, m);
    s->yy = PM_TAKE(a, double, m);
    s->alpha = PM_TAKE(a, double, m);
    s->rho = PM_TAKE(a, double, m);
}

static void start(void *state, const pm_task *task)
{
    lbfgs *s = state;
    s->f = HUGE_VAL;
    memcpy(s->x, task->x0, s->n * sizeof *s->x);
}

static void ask(void *state, pm_batch *b)
{
    const lbfgs *s = state;
    const double t = s->phase == FIRST_POINT ? 0.0 : s->line.t;

    b->count = 1;
    b->wants = PM_FG;
    b->worth = s->phase == FIRST_POINT ? HUGE_VAL : pm_line_worth(&s->line);
    for (size_t i = 0; i < s->n; ++i) {
        b->x[i] = pm_clip(s->x[i] + t * s->d[i], s->lower[i], s->upper[i]);
    }
}

/* ------------------------------------------------------------------------------------- the direction ---- */

static bool held(const lbfgs *s, size_t i)
{
    return pm_held(s->x[i], s->g[i], s->lower[i], s->upper[i]);
}

/* The k-th newest pair, k = 0 .. pairs - 1. */
static size_t pair(const lbfgs *s, size_t k)
{
    return (s->newest + s->m - k) % s->m;
}

/* Sets every rho, 1 / s'y over the coordinates that are not held; returns the first scale of the
 * inverse Hessian, s'y / y'y of the newest pair in use, or 0 if there is none. */
static double weigh_pairs(lbfgs *s)
{
    const size_t n = s->n;
    double gamma = 0.0;

    for (size_t k = 0; k < s->pairs; ++k) {
        const size_t j = pair(s, k);
        double sy = s->sy[j], yy = s->yy[j];
        if (s->masked) {
            sy = yy = 0.0;
            for (size_t i = 0; i < n; ++i) {
                const double y = held(s, i) ? 0.0 : s->y[j * n + i];
                sy += s->s[j * n + i] * y;
                yy += y * y;
            }
        }
        s->rho[j] = sy > DBL_EPSILON * yy && isfinite(1.0 / sy) ? 1.0 / sy : 0.0;
        if (gamma == 0.0 && s->rho[j] > 0.0) {
            gamma = sy / yy;
        }
    }
    return gamma;
}

/* d += a v over the free coordinates. */
static void add_free(const lbfgs *s, double a, const double *v)
{
    if (!s->masked) {
        pm_add(s->d, a, v, s->n);
        return;
    }
    for (size_t i = 0; i < s->n; ++i) {
        s->d[i] += held(s, i) ? 0.0 : a * v[i];
    }
}

/* d = -H g over the free coordinates; true if any pair shaped it. */
static bool two_loops(lbfgs *s)
{
    const size_t n = s->n;

    s->masked = false;
    for (size_t i = 0; i < n; ++i) {
        const bool is_held = held(s, i);
        s->d[i] = is_held ? 0.0 : -s->g[i];
        s->masked = s->masked || is_held;
    }
    const double gamma = weigh_pairs(s);
    if (gamma == 0.0) {
        return false;
    }
    for (size_t k = 0; k < s->pairs; ++k) {
        const size_t j = pair(s, k);
        if (s->rho[j] > 0.0) {
            s->alpha[j] = s->rho[j] * pm_dot(s->s + j * n, s->d, n);
            add_free(s, -s->alpha[j], s->y + j * n);
        }
    }
    for (size_t i = 0; i < n; ++i) {
        s->d[i] *= gamma;
    }
    for (size_t k = s->pairs; k-- > 0;) {
        const size_t j = pair(s, k);
        if (s->rho[j] > 0.0) {
            const double beta = s->rho[j] * pm_dot(s->y + j * n, s->d, n);
            add_free(s, s->alpha[j] - beta, s->s + j * n);
        }
    }
    return true;
}

/* The first step moves x by a tenth of max(|x|, 1), whatever the scale of f; a quasi-Newton step
 * has length 1. */
static void begin_search(lbfgs *s)
{
    const bool shaped = two_loops(s);
    double slope = pm_dot(s->g, s->d, s->n);

    if (shaped && !(slope < 0.0)) { /* rounding has spoilt the recursion */
        s->pairs = 0;
        two_loops(s);
        slope = pm_dot(s->g, s->d, s->n);
    }
    const double reach = fmax(pm_largest(s->x, s->n), 1.0) / fmax(pm_largest(s->d, s->n), 1e-300);
    const pm_line_rules rules = {.decrease = s->o->decrease, .curvature = s->o->curvature};
    pm_line_start(&s->line, rules, s->f, slope, shaped && s->pairs > 0 ? 1.0 : 0.1 * reach,
                  2.0 * PM_ENDLESS * reach);
}

/* ------------------------------------------------------------------------------------------ the steps --- */

static void remember(lbfgs *s, const pm_batch *b)
{
    const size_t n = s->n, j = (s->newest + 1) % s->m;
    double sy = 0.0, yy = 0.0;

    for (size_t i = 0; i < n; ++i) {
        const double ds = b->x[i] - s->x[i], dy = b->g[i] - s->g[i];
        s->s[j * n + i] = ds;
        s->y[j * n + i] = dy;
        sy += ds * dy;
        yy += dy * dy;
    }
    s->sy[j] = sy;
    s->yy[j] = yy;
    /* Without positive curvature H would lose positive definiteness: the pair is left out. */
    if (sy > DBL_EPSILON * yy) {
        s->newest = j;
        s->pairs += s->pairs < s->m;
    }
}

static pm_turn end(lbfgs *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

static pm_turn accept(lbfgs *s, const pm_batch *b)
{
    if (!(b->f[0] < HUGE_VAL)) {
        return end(s, PM_NOT_FINITE);
    }
    if (s->phase == SEARCHING) {
        remember(s, b);
    }
    s->phase = SEARCHING;
    s->f = b->f[0];
    memcpy(s->x, b->x, s->n * sizeof *s->x);
    memcpy(s->g, b->g, s->n * sizeof *s->g);
    begin_search(s);
    return PM_STEP_DONE;
}

/* No step along d decreases f.  If the gradient is all error, or the model promised no more than
 * rounding could hide, that is the end; else the pairs are forgotten, and the steepest descent is
 * the last attempt. */
static pm_turn give_up(lbfgs *s)
{
    const bool shaped = s->pairs > 0;
    const pm_iterate here = {.x = s->x, .f = s->f, .g = s->g};

    if (pm_beneath_differences(&here, s->line.curvature / pm_dot(s->d, s->d, s->n), s->task)) {
        return end(s, PM_PRECISION);
    }
    if (shaped && -s->line.start.g <= 100.0 * DBL_EPSILON * fabs(s->f)) {
        return end(s, PM_PRECISION);
    }
    if (!shaped) {
        return end(s, PM_EXHAUSTED);
    }
    s->pairs = 0;
    begin_search(s);
    return PM_MID_STEP;
}

static pm_turn search(lbfgs *s, const pm_batch *b)
{
    double predicted = 0.0;
    bool bent = false;

    for (size_t i = 0; i < s->n; ++i) {
        predicted += s->g[i] * (b->x[i] - s->x[i]);
        bent = bent || b->x[i] != s->x[i] + s->line.t * s->d[i];
    }
    switch (pm_line_tell(&s->line, b->f[0], pm_dot(b->g, s->d, s->n), predicted, bent)) {
    case PM_LINE_ACCEPT:
        /* A step that was only settled for says that differences show the way no longer. */
        return s->line.settled && !s->task->has_gradient ? give_up(s) : accept(s, b);
    case PM_LINE_FAILED:
        return give_up(s);
    case PM_LINE_AGAIN:
        break;
    }
    return PM_MID_STEP;
}

static pm_turn tell(void *state, const pm_batch *b)
{
    lbfgs *s = state;
    return s->phase == FIRST_POINT ? accept(s, b) : search(s, b);
}

static void at(const void *state, pm_iterate *out)
{
    const lbfgs *s = state;
    *out = (pm_iterate){.x = s->x,
                        .f = s->f,
                        .g = s->g,
                        .promised = -0.5 * s->line.start.g,
                        .ended = s->ended};
}

const pm_method pm_lbfgs = {
    .name = "lbfgs",
    .family = "gradient",
    .summary =
        "quasi-Newton steps from the last few changes of the gradient, on a box by projection",
    .citation =
        "J. Nocedal, Math. Comp. 35, 1980; D. P. Bertsekas, SIAM J. Control Optim. 20, 1982",
    .traits = PM_NEEDS_GRADIENT | PM_HANDLES_BOUNDS,
    .options = options,
    .options_size = sizeof(lbfgs_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-15, .xtol = 0.0, .patience = 8},
    .state_size = sizeof(lbfgs),
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
};
