/* L-BFGS on a box: projected quasi-Newton steps from the last few curvature pairs.
 *
 *   J. Nocedal, "Updating quasi-Newton matrices with limited storage", Math. Comp. 35, 1980.
 *   The two-loop recursion is algorithm 7.4 of J. Nocedal & S. J. Wright, "Numerical
 *   Optimization", 2006, whose symbols are used here.
 *   The box: D. P. Bertsekas, "Projected Newton methods for optimization problems with simple
 *   constraints", SIAM J. Control Optim. 20, 1982: coordinates held at a bound by their slope
 *   stay there, the recursion runs in the others, and the line search follows the projected path.
 *
 *   Departures: pairs are kept whole and masked when used, so that a change of the active set
 *   loses none; when a search fails the pairs are dropped, and the steepest descent is tried before
 *   the run ends.
 */
#include "base/arena.h"
#include "base/bounds.h"
#include "methods/gradient/quasinewton.h"
#include "solver/stopping.h"
#include "base/vectors.h"

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

/* Each point and its gradient are stored in one of three places, which exchange roles, so that
 * nothing is copied. */
enum { PLACES = 3 };

typedef struct {
    const lbfgs_options *o;
    const pm_task *task;
    size_t n, m;
    enum { FIRST_POINT, SEARCHING } phase;
    size_t pairs, newest; /* number of pairs in memory; index of the newest */
    size_t uses;          /* number of pairs that the direction uses */
    bool masked;          /* some coordinate is held at its bound */
    double f;
    double predicted; /* first-order change of f from the iterate to the trial */
    pm_line line;
    pm_stop ended;
    const double *lower, *upper; /* [n] */
    double *points[PLACES];      /* [n] each */
    double *slopes[PLACES];      /* [n] each, the gradients at the points */
    size_t here, trial, kept;    /* the iterate, the point on trial, the evaluator's best */
    double *d;                   /* [n] the direction; 0 where held */
    double *s, *y;               /* [m][n] changes of x and g */
    double *sy, *yy;             /* [m] s'y and y'y of all coordinates */
    double *alpha, *rho;         /* [m] of the recursion */
    size_t *used;                /* [m] the pairs that the direction uses, newest first */
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
    for (size_t k = 0; k < PLACES; ++k) {
        s->points[k] = PM_TAKE(a, double, n);
        s->slopes[k] = PM_TAKE(a, double, n);
    }
    s->d = PM_TAKE(a, double, n);
    s->s = PM_TAKE(a, double, pm_times(m, n));
    s->y = PM_TAKE(a, double, pm_times(m, n));
    s->sy = PM_TAKE(a, double, m);
    s->yy = PM_TAKE(a, double, m);
    s->alpha = PM_TAKE(a, double, m);
    s->rho = PM_TAKE(a, double, m);
    s->used = PM_TAKE(a, size_t, m);
}

static void start(void *state, const pm_task *task)
{
    lbfgs *s = state;
    s->f = HUGE_VAL;
    memcpy(s->points[s->here], task->x0, s->n * sizeof(double));
}

/* The index of a free place for the next trial. */
static size_t spare(const lbfgs *s)
{
    size_t k = 0;
    while (k == s->here || k == s->kept) {
        ++k;
    }
    return k;
}

static void ask(void *state, pm_batch *b)
{
    lbfgs *s = state;

    if (s->phase == SEARCHING) {
        s->trial = spare(s);
        s->predicted = pm_move_dot(s->points[s->trial], s->points[s->here], s->line.t, s->d,
                                   s->slopes[s->here], s->n);
    }
    if (s->task->bounded) {
        pm_project(s->points[s->trial], 1, s->n, s->lower, s->upper);
    }
    b->count = 1;
    b->wants = s->phase == FIRST_POINT ? PM_FG : pm_line_wants(&s->line);
    b->lent = PM_LENT_BOTH;
    b->x = s->points[s->trial];
    b->g = s->slopes[s->trial];
}

/* ------------------------------------------------------------------------------------- the direction ---- */

static bool is_held(const lbfgs *s, size_t i)
{
    return pm_is_binding(s->points[s->here][i], s->slopes[s->here][i], s->lower[i], s->upper[i]);
}

/* Lists the pairs of positive curvature over the coordinates that are not held, with their rho =
 * 1 / s'y; returns the first scale of the inverse Hessian, s'y / y'y of the newest of them. */
static double list_pairs(lbfgs *s)
{
    const size_t n = s->n;
    double gamma = 0.0;

    s->uses = 0;
    for (size_t k = 0; k < s->pairs && !pm_pass_called_off(s->task, n); ++k) {
        const size_t j = (s->newest + s->m - k) % s->m;
        double sy = s->sy[j], yy = s->yy[j];
        bool curved = true; /* over all coordinates every pair in memory is */
        if (s->masked) {
            double ss = 0.0;
            sy = yy = 0.0;
            for (size_t i = 0; i < n; ++i) {
                const double ds = is_held(s, i) ? 0.0 : s->s[j * n + i];
                const double dy = is_held(s, i) ? 0.0 : s->y[j * n + i];
                ss += ds * ds;
                sy += ds * dy;
                yy += dy * dy;
            }
            curved = pm_is_curved(ss, sy, yy);
        }
        if (curved && isfinite(1.0 / sy)) {
            gamma = s->uses == 0 ? sy / yy : gamma;
            s->rho[j] = 1.0 / sy;
            s->used[s->uses++] = j;
        }
    }
    return gamma;
}

/* d = scale (d + a v) over the free coordinates; returns d'w. */
static double add_dot(const lbfgs *s, double scale, double a, const double *v, const double *w)
{
    if (!s->masked) {
        return pm_add_dot(s->d, scale, a, v, w, s->n);
    }
    for (size_t i = 0; i < s->n; ++i) {
        s->d[i] = is_held(s, i) ? 0.0 : scale * (s->d[i] + a * v[i]);
    }
    return pm_dot(s->d, w, s->n);
}

/* d = -g over the free coordinates. */
static void descend(lbfgs *s)
{
    const double *g = s->slopes[s->here];

    s->masked = false;
    for (size_t i = 0; i < s->n; ++i) {
        s->d[i] = -g[i];
    }
    for (size_t i = 0; s->task->bounded && i < s->n; ++i) {
        if (is_held(s, i)) {
            s->d[i] = 0.0;
            s->masked = true;
        }
    }
}

/* d = -H g over the free coordinates; returns the slope g'd.  Each pass adds a multiple of one
 * vector to d and takes the product with the next one: it moves four numbers per coordinate. */
static double two_loops(lbfgs *s)
{
    const size_t n = s->n;
    const double *g = s->slopes[s->here];

    descend(s);
    const double gamma = list_pairs(s);
    if (s->uses == 0) {
        return pm_dot(g, s->d, n);
    }
    const size_t last = s->uses - 1;
    double product = pm_dot(s->s + s->used[0] * n, s->d, n);
    for (size_t k = 0; k <= last && !pm_pass_called_off(s->task, n);
         ++k) { /* from the newest pair to the oldest */
        const size_t j = s->used[k];
        const double *y = s->y + j * n;
        s->alpha[j] = s->rho[j] * product;
        product = k < last ? add_dot(s, 1.0, -s->alpha[j], y, s->s + s->used[k + 1] * n)
                           : add_dot(s, gamma, -s->alpha[j], y, y);
    }
    for (size_t k = s->uses; k-- > 0 && !pm_pass_called_off(s->task, n);) { /* and back */
        const size_t j = s->used[k];
        const double beta = s->rho[j] * product;
        const double *next = k > 0 ? s->y + s->used[k - 1] * n : g;
        product = add_dot(s, 1.0, s->alpha[j] - beta, s->s + j * n, next);
    }
    return product;
}

/* The first step moves x by a tenth of max(|x|, 1), whatever the scale of f; a quasi-Newton step
 * has length 1. */
static void begin_search(lbfgs *s)
{
    double slope = two_loops(s);

    if (s->uses > 0 && !(slope < 0.0)) { /* because of rounding in the recursion */
        s->pairs = 0;
        slope = two_loops(s);
    }
    const double reach = pm_line_reach(s->points[s->here], s->d, s->n);
    const pm_line_rules rules = {.decrease = s->o->decrease,
                                 .curvature = s->o->curvature,
                                 .by_values = !s->task->has_gradient};
    /* The length of a first step is a guess; by values a step that is too long costs little. */
    const double first = rules.by_values ? reach : 0.1 * reach;
    pm_line_start(&s->line, rules, s->f, slope, s->uses > 0 ? 1.0 : first,
                  2.0 * PM_ENDLESS * reach);
}

/* ------------------------------------------------------------------------------------------ the steps --- */

/* The products are computed for this many numbers at a time, which fit into the level-1 cache. */
enum { CHUNK = 512 };

/* s = x' - x, y = g' - g, and their products. */
static void remember(lbfgs *s)
{
    const size_t n = s->n, j = (s->newest + 1) % s->m;
    const double *x = s->points[s->here], *g = s->slopes[s->here];
    const double *x_new = s->points[s->trial], *g_new = s->slopes[s->trial];
    double *PM_RESTRICT ds = s->s + j * n, *PM_RESTRICT dy = s->y + j * n;

    double ss = 0.0, sy = 0.0, yy = 0.0;

    for (size_t from = 0; from < n; from += CHUNK) {
        const size_t count = n - from < CHUNK ? n - from : CHUNK;
        for (size_t i = from; i < from + count; ++i) {
            ds[i] = x_new[i] - x[i];
            dy[i] = g_new[i] - g[i];
        }
        ss += pm_dot(ds + from, ds + from, count);
        sy += pm_dot(ds + from, dy + from, count);
        yy += pm_dot(dy + from, dy + from, count);
    }
    s->sy[j] = sy;
    s->yy[j] = yy;
    /* Without positive curvature H would lose positive definiteness: the pair is left out. */
    if (pm_is_curved(ss, sy, yy)) {
        s->newest = j;
        s->pairs += s->pairs < s->m;
    }
}

static pm_turn end(lbfgs *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

static pm_turn accept(lbfgs *s, double f)
{
    if (s->phase == SEARCHING) {
        remember(s);
    }
    s->phase = SEARCHING;
    s->f = f;
    s->here = s->trial;
    begin_search(s);
    return PM_STEP_DONE;
}

static pm_turn begin(lbfgs *s, const pm_batch *b)
{
    const bool good = b->f[0] < HUGE_VAL && pm_is_finite(b->g, s->n);
    return good ? accept(s, b->f[0]) : end(s, PM_NOT_FINITE);
}

static pm_iterate iterate(const lbfgs *s)
{
    return (pm_iterate){.x = s->points[s->here], .f = s->f, .g = s->slopes[s->here]};
}

/* No step along d decreases f.  Unless the run ends, the pairs are dropped. */
static pm_turn give_up(lbfgs *s)
{
    const bool shaped = s->pairs > 0;
    const pm_iterate here = iterate(s);
    const pm_stop why = pm_line_dead_end(&s->line, &here, s->d, s->task, shaped, shaped);

    if (why != PM_RUNNING) {
        return end(s, why);
    }
    s->pairs = 0;
    begin_search(s);
    return PM_MID_STEP;
}

/* Did the box bend the path?  Also sets the predicted change for the step as it was made. */
static bool is_bent(lbfgs *s, const double *moved)
{
    const double *x = s->points[s->here], *g = s->slopes[s->here];
    bool bent;

    s->predicted = pm_line_predicted(x, g, s->d, s->line.t, moved, s->n, &bent);
    return bent;
}

static pm_turn search(lbfgs *s, const pm_batch *b)
{
    const bool bent = s->task->bounded && is_bent(s, b->x);
    const bool sloped = b->wants == PM_FG;
    const double slope = sloped ? pm_dot(b->g, s->d, s->n) : NAN;
    /* A point that could be accepted by its value must have a finite gradient. */
    const bool usable = !sloped || isfinite(slope) || b->f[0] > pm_line_value_limit(&s->line);
    const double f = usable ? b->f[0] : HUGE_VAL;

    switch (pm_line_tell(&s->line, f, slope, s->predicted, bent)) {
    case PM_LINE_ACCEPT:
        return accept(s, f);
    case PM_LINE_FAILED:
        return give_up(s);
    case PM_LINE_AGAIN:
        break;
    }
    const pm_iterate here = iterate(s);
    const bool lost =
        pm_line_doubts(&s->line) && pm_line_sees_error_only(&s->line, &here, s->d, s->task);
    return lost ? give_up(s) : PM_MID_STEP;
}

static pm_turn tell(void *state, const pm_batch *b)
{
    lbfgs *s = state;

    if (b->kept) {
        s->kept = s->trial;
    }
    return s->phase == FIRST_POINT ? begin(s, b) : search(s, b);
}

static void at(const void *state, pm_iterate *out)
{
    const lbfgs *s = state;
    *out = iterate(s);
    out->predicted_decrease = -0.5 * s->line.start.g;
    out->ended = s->ended;
}

const pm_method pm_lbfgs = {
    .name = "lbfgs",
    .family = "gradient",
    .summary =
        "quasi-Newton steps from the last few changes of the gradient, on a box by projection",
    .when_not = "Where f jumps, is a step function, or carries noise much larger than what a "
                "step gains: there its differences mean nothing. With many minima it finds the "
                "one downhill from `x0`; to look elsewhere, use `annealing` or `genetic`. "
                "Without a gradient each step costs n + 1 evaluations, so beyond some hundred "
                "variables write the gradient.",
    .citation =
        "J. Nocedal, Math. Comp. 35, 1980; D. P. Bertsekas, SIAM J. Control Optim. 20, 1982",
    .traits = PM_NEEDS_GRADIENT | PM_HANDLES_BOUNDS | PM_NEEDS_NO_POLISH,
    .default_up_to = SIZE_MAX,
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
