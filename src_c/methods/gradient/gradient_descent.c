/* Gradient descent: steps along the negative gradient, projected on the box.
 *
 *   A. Cauchy, "Methode generale pour la resolution des systemes d'equations simultanees",
 *   C. R. Acad. Sci. 25, 1847.
 *   Backtracking: L. Armijo, Pacific J. Math. 16, 1966.
 *   On a box: D. P. Bertsekas, IEEE Trans. Autom. Control 21, 1976.
 *
 *   Barzilai-Borwein: J. Barzilai & J. M. Borwein, IMA Journal of Numerical Analysis 8, 1988; its
 *   search: M. Raydan, SIAM J. Optim. 7, 1997; on a box: E. G. Birgin, J. M. Martinez & M. Raydan,
 *   "Nonmonotone spectral projected gradient methods on convex sets", SIAM J. Optim. 10, 2000,
 *   algorithm SPG2, whose lambda and alpha are used here.
 *
 *   line_search = "backtracking" (the default): a step is shortened until it decreases f
 *   sufficiently; each search starts from `growth` times the last accepted step.
 *   line_search = "wolfe": a step is also lengthened, until the slope is small (the strong
 *   conditions: P. Wolfe, SIAM Review 11, 1969).
 *   line_search = "barzilai_borwein": the step is the inverse of the curvature along the last step,
 *   and its value must only be below the largest of the last `memory` values.  Departures: if that
 *   curvature is not positive, the step moves x by max(|x|, 1); the default of `memory` is 20, not
 *   10: on a parabola of condition 1e3 in 50 variables this takes 411 gradients instead of 3546.
 *   line_search = "fixed": x - step * g, always.
 */
#include "base/arena.h"
#include "base/bounds.h"
#include "methods/gradient/linesearch.h"
#include "solver/stopping.h"
#include "base/vectors.h"

#include <float.h>
#include <string.h>

typedef struct {
    int line_search;
    double step, growth, decrease, curvature;
    size_t memory;
} gradient_descent_options;

enum { BACKTRACKING, FIXED, WOLFE, BARZILAI_BORWEIN };
static const char *const line_searches[] = {"backtracking", "fixed", "wolfe", "barzilai_borwein"};

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
    PM_OPTION_REAL(gradient_descent_options, curvature, 0.9, 0.0, 1.0,
                   "share of the initial slope that may be left (wolfe)"),
    PM_OPTION_WHOLE(gradient_descent_options, memory, 20, 1, 1000,
                    "the last values, the largest of which a step must stay below "
                    "(barzilai_borwein); 1: it must decrease f"),
    PM_OPTIONS_END,
};

/* Barzilai-Borwein: a step is shortened to between a tenth and nine tenths (Birgin, Martinez &
 * Raydan 2000, section 3); after thirty times it is below rounding. */
static const double SHORTEST = 0.1, LONGEST = 0.9;
enum { MOST_TRIALS = 30 };

typedef struct {
    const gradient_descent_options *o;
    size_t n;
    bool bounded;
    enum { FIRST_POINT, STEPPING } phase;
    double f;
    double step; /* the last accepted step */
    pm_line line;
    pm_stop ended;
    const double *lower, *upper; /* [n] */
    double *x, *g;               /* [n] the iterate and its gradient */
    struct {
        double lambda, alpha, slope; /* slope: along d */
        size_t steps, trials;
        double *d;      /* [n] P(x - lambda g) - x */
        double *recent; /* [memory] values */
    } spectral;         /* of Barzilai-Borwein */
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
    if (s->o->line_search == BARZILAI_BORWEIN) {
        s->spectral.d = PM_TAKE(a, double, n);
        s->spectral.recent = PM_TAKE(a, double, s->o->memory);
    }
}

static void start(void *state, const pm_task *task)
{
    gradient_descent *s = state;
    s->f = HUGE_VAL;
    memcpy(s->x, task->x0, s->n * sizeof *s->x);
}

static double largest_recent(const gradient_descent *s);

/* The value above which a trial is refused; HUGE_VAL: its value is not compared. */
static double acceptable(const gradient_descent *s)
{
    if (s->phase == FIRST_POINT || s->o->line_search == FIXED || s->line.settled) {
        return HUGE_VAL;
    }
    return s->o->line_search == BARZILAI_BORWEIN ? largest_recent(s)
                                                 : pm_line_value_limit(&s->line);
}

static void ask(void *state, pm_batch *b)
{
    const gradient_descent *s = state;

    b->count = 1;
    b->wants = PM_FG;
    b->value_limit = acceptable(s);
    memcpy(b->x, s->x, s->n * sizeof *s->x);
    if (s->phase == STEPPING && s->o->line_search == BARZILAI_BORWEIN) {
        pm_add(b->x, s->spectral.alpha, s->spectral.d, s->n);
    } else if (s->phase == STEPPING) {
        pm_add(b->x, -s->line.t, s->g, s->n);
    }
    if (s->bounded) {
        pm_project(b->x, 1, s->n, s->lower, s->upper);
    }
}

/* --------------------------------------------------------------------- searches along the slope --------- */

/* The slope of f along the projected path: coordinates with a binding bound do not count. */
static double path_slope(const gradient_descent *s)
{
    double sum = 0.0;

    if (!s->bounded) {
        return -pm_dot(s->g, s->g, s->n);
    }
    for (size_t i = 0; i < s->n; ++i) {
        sum -= pm_is_binding(s->x[i], s->g[i], s->lower[i], s->upper[i]) ? 0.0 : s->g[i] * s->g[i];
    }
    return sum;
}

/* The first step: the option `step` or, if that is 0, one that moves x by a tenth of max(|x|, 1).
 */
static double first_step(const gradient_descent *s)
{
    return s->o->step > 0.0 ? s->o->step : 0.1 * pm_line_reach(s->x, s->g, s->n);
}

static void begin_search(gradient_descent *s)
{
    const gradient_descent_options *o = s->o;
    const pm_line_rules rules = {.decrease = o->decrease,
                                 .curvature = o->line_search == WOLFE ? o->curvature : 1.0,
                                 .strong = true};
    const double t = (o->line_search == FIXED ? 1.0 : o->growth) * s->step;

    pm_line_start(&s->line, rules, s->f, path_slope(s), t > 0.0 ? t : first_step(s),
                  2.0 * PM_ENDLESS * pm_line_reach(s->x, s->g, s->n));
}

static pm_turn end(gradient_descent *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

/* No step is short enough.  PM_PRECISION if `hoped`, the predicted gain of the first trial, is
 * within rounding of f. */
static pm_turn give_up(gradient_descent *s, double hoped)
{
    return end(s, hoped <= 100.0 * DBL_EPSILON * fabs(s->f) ? PM_PRECISION : PM_EXHAUSTED);
}

static pm_turn accept(gradient_descent *s, const pm_batch *b);

static pm_turn search(gradient_descent *s, const pm_batch *b)
{
    double predicted = s->line.t * s->line.start.g;
    bool bent = false;

    if (s->bounded) {
        predicted = pm_line_predicted(s->x, s->g, s->g, -s->line.t, b->x, s->n, &bent);
    }
    switch (pm_line_tell(&s->line, b->f[0], -pm_dot(s->g, b->g, s->n), predicted, bent)) {
    case PM_LINE_ACCEPT:
        return accept(s, b);
    case PM_LINE_AGAIN:
        return PM_MID_STEP;
    case PM_LINE_FAILED:
        break;
    }
    return give_up(s, -s->line.start.g * s->line.first);
}

/* ------------------------------------------------------------------------------ Barzilai-Borwein -------- */

/* lambda = s's / s'y, where s is the step to the accepted point; 0 if s'y is not positive. */
static double next_lambda(const gradient_descent *s, const pm_batch *b)
{
    double ss = 0.0, sy = 0.0;

    for (size_t i = 0; i < s->n; ++i) {
        const double moved = b->x[i] - s->x[i];
        ss += moved * moved;
        sy += moved * (b->g[i] - s->g[i]);
    }
    return sy > 0.0 ? ss / sy : 0.0;
}

static void begin_spectral(gradient_descent *s)
{
    const double reach = pm_line_reach(s->x, s->g, s->n);
    double slope = 0.0, lambda = s->spectral.lambda;

    if (s->spectral.steps == 0) {
        lambda = first_step(s);
    } else if (!(lambda > 0.0)) {
        lambda = reach;
    }
    lambda = fmin(lambda, PM_ENDLESS * reach);
    for (size_t i = 0; i < s->n; ++i) {
        const double to = pm_clip(s->x[i] - lambda * s->g[i], s->lower[i], s->upper[i]);
        s->spectral.d[i] = to - s->x[i];
        slope += s->g[i] * s->spectral.d[i];
    }
    s->spectral.recent[s->spectral.steps++ % s->o->memory] = s->f;
    s->spectral.slope = slope;
    s->spectral.alpha = 1.0;
    s->spectral.trials = 0;
}

static double largest_recent(const gradient_descent *s)
{
    const size_t steps = s->spectral.steps, memory = s->o->memory;
    double largest = s->f;

    for (size_t k = 0; k < (steps < memory ? steps : memory); ++k) {
        largest = pm_larger(s->spectral.recent[k], largest);
    }
    return largest;
}

/* The next alpha: the minimiser of the parabola through the value and slope at x and the value f at
 * the trial, or half the last alpha if that is outside the limits. */
static double shorter(const gradient_descent *s, double f)
{
    const double alpha = s->spectral.alpha, slope = s->spectral.slope;
    const double t = -0.5 * alpha * alpha * slope / (f - s->f - alpha * slope);

    if (!(f < HUGE_VAL)) {
        return SHORTEST * alpha;
    }
    return t >= SHORTEST * alpha && t <= LONGEST * alpha ? t : 0.5 * alpha;
}

static pm_turn search_nonmonotone(gradient_descent *s, const pm_batch *b)
{
    const double hoped = s->spectral.alpha * s->spectral.slope;

    if (hoped < 0.0 && b->f[0] <= largest_recent(s) + s->o->decrease * hoped) {
        return accept(s, b);
    }
    if (++s->spectral.trials == MOST_TRIALS || !(hoped < 0.0)) {
        return give_up(s, -s->spectral.slope);
    }
    s->spectral.alpha = shorter(s, b->f[0]);
    return PM_MID_STEP;
}

/* ------------------------------------------------------------------------------------------ the steps --- */

static pm_turn accept(gradient_descent *s, const pm_batch *b)
{
    const bool spectral = s->o->line_search == BARZILAI_BORWEIN;

    if (!(b->f[0] < HUGE_VAL)) {
        return end(s, s->phase == FIRST_POINT ? PM_NOT_FINITE : PM_EXHAUSTED);
    }
    if (spectral) {
        s->spectral.lambda = next_lambda(s, b);
    }
    s->step = s->line.t; /* 0 at the first point */
    s->phase = STEPPING;
    s->f = b->f[0];
    memcpy(s->x, b->x, s->n * sizeof *s->x);
    memcpy(s->g, b->g, s->n * sizeof *s->g);
    if (spectral) {
        begin_spectral(s);
    } else {
        begin_search(s);
    }
    return PM_STEP_DONE;
}

static pm_turn tell(void *state, const pm_batch *b)
{
    gradient_descent *s = state;
    const int kind = s->o->line_search;

    if (s->phase == FIRST_POINT || kind == FIXED) {
        return accept(s, b);
    }
    return kind == BARZILAI_BORWEIN ? search_nonmonotone(s, b) : search(s, b);
}

static void at(const void *state, pm_iterate *out)
{
    const gradient_descent *s = state;
    *out = (pm_iterate){.x = s->x, .f = s->f, .g = s->g, .ended = s->ended};
}

const pm_method pm_gradient_descent = {
    .name = "gradient_descent",
    .family = "gradient",
    .summary = "steps along the negative gradient: searched, fixed, or of the length of the last "
               "curvature",
    .when_not = "Nearly always, if what you want is the minimum: `lbfgs` needs the same "
                "gradients and far fewer of them wherever the valley is longer than wide. It is "
                "here for comparison, for teaching, and for its path, which follows the slope "
                "and nothing else.",
    .citation = "A. Cauchy, C. R. Acad. Sci. 25, 1847; L. Armijo, Pacific J. Math. 16, 1966; "
                "D. P. Bertsekas, IEEE Trans. Autom. Control 21, 1976; "
                "E. G. Birgin, J. M. Martinez and M. Raydan, SIAM J. Optim. 10, 2000",
    .traits = PM_NEEDS_GRADIENT | PM_HANDLES_BOUNDS | PM_TAKES_SAMPLES,
    .samples_with = {"line_search", "fixed"},
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
