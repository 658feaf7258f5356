/* Nonlinear conjugate gradients on a box: each direction bends the steepest descent by the last
 * one, from one vector of memory.
 *
 *   W. W. Hager & H. Zhang, "A new conjugate gradient method with guaranteed descent and an
 *   efficient line search", SIAM J. Optim. 16, 2005, whose beta^N this is; its lower limit is that
 *   of their "The limited memory conjugate gradient method", SIAM J. Optim. 23, 2013.
 *   E. Polak & G. Ribiere, Rev. Fr. Inform. Rech. Oper. 16, 1969, kept from being negative after
 *   J. C. Gilbert & J. Nocedal, SIAM J. Optim. 2, 1992, and restarted after M. J. D. Powell, Math.
 *   Program. 12, 1977, where successive gradients are far from orthogonal.
 *
 *   update = "hager_zhang" (the default) or "polak_ribiere".
 *
 *   Departures: the line search is linesearch.h.  On a box the recursion runs in the coordinates
 *   whose bounds are not binding, and begins anew when these change, or when the box has bent a
 *   step.
 */
#include "base/arena.h"
#include "base/bounds.h"
#include "methods/gradient/quasinewton.h"
#include "solver/stopping.h"
#include "base/vectors.h"

#include <float.h>
#include <string.h>

typedef struct {
    int update;
    double decrease, curvature;
    double restart;
} conjugate_gradient_options;

enum { HAGER_ZHANG, POLAK_RIBIERE };
static const char *const updates[] = {"hager_zhang", "polak_ribiere"};

static const pm_option options[] = {
    PM_OPTION_CHOICE(conjugate_gradient_options, update, HAGER_ZHANG, updates,
                     "how much of the last direction goes into the next one"),
    PM_OPTION_REAL(
        conjugate_gradient_options, decrease, 1e-4, 0.0, 0.5,
        "c1 of the line search: share of the predicted decrease that a step must achieve"),
    PM_OPTION_REAL(conjugate_gradient_options, curvature, 0.1, 0.0, 1.0,
                   "c2 of the line search: share of the initial slope that may be left"),
    PM_OPTION_REAL(conjugate_gradient_options, restart, 6.0, 0.0, 1e9,
                   "the steepest descent is taken again after this many times n steps"),
    PM_OPTIONS_END,
};

/* 0.4: Hager & Zhang 2013, whose eta it is.  0.2: Powell 1977. */
static const double LEAST_BETA = 0.4, ORTHOGONAL = 0.2;

typedef struct {
    const conjugate_gradient_options *o;
    const pm_task *task;
    size_t n;
    enum { FIRST_POINT, SEARCHING } phase;
    size_t steps; /* steps since the last steepest descent */
    double f;
    pm_line line;
    pm_stop ended;
    const double *lower, *upper; /* [n] */
    double *x, *g;               /* [n] the iterate and its gradient */
    double *d;                   /* [n] the direction; 0 where held */
} conjugate_gradient;

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    conjugate_gradient *s = state;
    const size_t n = s->n = task->n;

    s->o = task->options;
    s->task = task;
    s->lower = task->lower;
    s->upper = task->upper;
    s->x = PM_TAKE(a, double, n);
    s->g = PM_TAKE(a, double, n);
    s->d = PM_TAKE(a, double, n);
}

static void start(void *state, const pm_task *task)
{
    conjugate_gradient *s = state;
    s->f = HUGE_VAL;
    memcpy(s->x, task->x0, s->n * sizeof *s->x);
}

static void ask(void *state, pm_batch *b)
{
    const conjugate_gradient *s = state;
    const double t = s->phase == FIRST_POINT ? 0.0 : s->line.t;

    b->count = 1;
    b->wants = PM_FG;
    b->value_limit = s->phase == FIRST_POINT ? HUGE_VAL : pm_line_value_limit(&s->line);
    for (size_t i = 0; i < s->n; ++i) {
        b->x[i] = pm_clip(s->x[i] + t * s->d[i], s->lower[i], s->upper[i]);
    }
}

/* ------------------------------------------------------------------------------------- the direction ---- */

static bool is_held(const conjugate_gradient *s, size_t i)
{
    return pm_is_binding(s->x[i], s->g[i], s->lower[i], s->upper[i]);
}

/* d = -g over the free coordinates; returns its slope. */
static double steepest(conjugate_gradient *s)
{
    double slope = 0.0;

    s->steps = 0;
    for (size_t i = 0; i < s->n; ++i) {
        s->d[i] = is_held(s, i) ? 0.0 : -s->g[i];
        slope -= s->d[i] * s->d[i];
    }
    return slope;
}

/* Products over the free coordinates of a new point: of its gradient g, the gradient before, their
 * difference y, and the direction d that led there. */
typedef struct {
    double dd, dy, dg, yy, yg, gg, before; /* before: the last gradient's square */
    bool other_face;                       /* the set of binding bounds has changed */
} products;

static products multiply(const conjugate_gradient *s, const pm_batch *b)
{
    products p = {0};

    for (size_t i = 0; i < s->n; ++i) {
        const double d = s->d[i], g = b->g[i], y = g - s->g[i];
        if (s->task->bounded) {
            const bool now_held = pm_is_binding(b->x[i], g, s->lower[i], s->upper[i]);
            p.other_face = p.other_face || (now_held ? d != 0.0 : d == 0.0 && g != 0.0);
            if (now_held) {
                continue;
            }
        }
        p.dd += d * d;
        p.dy += d * y;
        p.dg += d * g;
        p.yy += y * y;
        p.yg += y * g;
        p.gg += g * g;
        p.before += s->g[i] * s->g[i];
    }
    return p;
}

/* beta, the factor of the last direction in the next one; 0: begin anew. */
static double share(const conjugate_gradient *s, const products *p)
{
    if (s->o->update == POLAK_RIBIERE) {
        const bool orthogonal = fabs(p->gg - p->yg) < ORTHOGONAL * p->gg; /* g'(g - y): old'g */
        return orthogonal ? fmax(p->yg / p->before, 0.0) : 0.0;
    }
    const double beta = (p->yg - 2.0 * p->yy * p->dg / p->dy) / p->dy;
    const double least = LEAST_BETA * (p->dg - p->dy) / p->dd; /* d'old is the slope before */
    return fmax(beta, least);
}

/* Sets the next direction and returns its slope.  `p` and `bent` belong to the step that led here.
 */
static double next_direction(conjugate_gradient *s, const products *p, bool bent)
{
    const double beta = share(s, p);
    const bool due = (double)++s->steps > s->o->restart * (double)s->n;

    if (due || bent || p->other_face || !(p->dy > 0.0) || !isfinite(beta) || beta == 0.0) {
        return steepest(s);
    }
    double slope = 0.0;
    bool blocked = false;
    for (size_t i = 0; i < s->n; ++i) {
        if (s->d[i] != 0.0 || !is_held(s, i)) {
            s->d[i] = beta * s->d[i] - s->g[i];
        }
        slope += s->g[i] * s->d[i];
        blocked = blocked || (s->d[i] < 0.0 && s->x[i] <= s->lower[i]) ||
                  (s->d[i] > 0.0 && s->x[i] >= s->upper[i]);
    }
    return slope < 0.0 && !blocked ? slope : steepest(s);
}

/* ------------------------------------------------------------------------------------------ the steps --- */

static void begin_search(conjugate_gradient *s, double slope, double first)
{
    const double reach = pm_line_reach(s->x, s->d, s->n);
    const pm_line_rules rules = {
        .decrease = s->o->decrease, .curvature = s->o->curvature, .strong = true};

    pm_line_start(&s->line, rules, s->f, slope,
                  first > 0.0 && isfinite(first) ? first : 0.1 * reach, 2.0 * PM_ENDLESS * reach);
}

static pm_turn end(conjugate_gradient *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

/* The first step moves x by a tenth of max(|x|, 1), whatever the scale of f.  A later search starts
 * where the step before would have led at the same first-order change of f (Nocedal & Wright 2006,
 * eq. 3.60). */
static pm_turn accept(conjugate_gradient *s, const pm_batch *b, bool bent)
{
    if (!(b->f[0] < HUGE_VAL)) {
        return end(s, PM_NOT_FINITE);
    }
    const bool first = s->phase == FIRST_POINT;
    const products p = first ? (products){0} : multiply(s, b);

    s->phase = SEARCHING;
    s->f = b->f[0];
    memcpy(s->x, b->x, s->n * sizeof *s->x);
    memcpy(s->g, b->g, s->n * sizeof *s->g);
    if (first) {
        begin_search(s, steepest(s), 0.0);
    } else {
        const double change = s->line.t * s->line.start.g;
        const double slope = next_direction(s, &p, bent);
        begin_search(s, slope, change / slope);
    }
    return PM_STEP_DONE;
}

/* No step along d decreases f. */
static pm_turn give_up(conjugate_gradient *s)
{
    const pm_iterate here = {.x = s->x, .f = s->f, .g = s->g};
    const pm_stop why = pm_line_dead_end(&s->line, &here, s->d, s->task, true, s->steps > 0);

    if (why != PM_RUNNING) {
        return end(s, why);
    }
    begin_search(s, steepest(s), 0.0);
    return PM_MID_STEP;
}

static pm_turn search(conjugate_gradient *s, const pm_batch *b)
{
    double predicted = s->line.t * s->line.start.g;
    bool bent = false;

    if (s->task->bounded) {
        predicted = pm_line_predicted(s->x, s->g, s->d, s->line.t, b->x, s->n, &bent);
    }
    switch (pm_line_tell(&s->line, b->f[0], pm_dot(b->g, s->d, s->n), predicted, bent)) {
    case PM_LINE_ACCEPT:
        /* If the trials ran out, differences no longer resolve the slope. */
        return s->line.settled && !s->task->has_gradient ? give_up(s) : accept(s, b, bent);
    case PM_LINE_FAILED:
        return give_up(s);
    case PM_LINE_AGAIN:
        break;
    }
    return PM_MID_STEP;
}

static pm_turn tell(void *state, const pm_batch *b)
{
    conjugate_gradient *s = state;
    return s->phase == FIRST_POINT ? accept(s, b, false) : search(s, b);
}

static void at(const void *state, pm_iterate *out)
{
    const conjugate_gradient *s = state;
    *out = (pm_iterate){.x = s->x, .f = s->f, .g = s->g, .ended = s->ended};
}

const pm_method pm_conjugate_gradient = {
    .name = "conjugate_gradient",
    .family = "gradient",
    .summary = "nonlinear conjugate gradients: steepest descents bent by the last direction",
    .when_not = "Where there is memory for ten vectors more: `lbfgs` needs fewer evaluations on "
                "most problems, and its searches may be less exact. It is for very many "
                "variables, and for functions that are nearly quadratic.",
    .citation = "W. W. Hager and H. Zhang, SIAM J. Optim. 16, 2005; E. Polak and G. Ribiere, Rev. "
                "Fr. Inform. Rech. Oper. 16, 1969",
    .traits = PM_NEEDS_GRADIENT | PM_HANDLES_BOUNDS,
    .options = options,
    .options_size = sizeof(conjugate_gradient_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-15, .xtol = 0.0, .patience = 20},
    .state_size = sizeof(conjugate_gradient),
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
};
