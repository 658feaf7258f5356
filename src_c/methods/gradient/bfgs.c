/* BFGS on a box: quasi-Newton steps with a dense factor of the Hessian's approximation.
 *
 *   C. G. Broyden, J. Inst. Maths Applics 6, 1970; R. Fletcher, Computer J. 13, 1970;
 *   D. Goldfarb, Math. Comp. 24, 1970; D. F. Shanno, Math. Comp. 24, 1970.
 *   The approximation is B = U'U with U upper triangular, and it is U that is updated, so B stays
 *   positive definite whatever the rounding: D. Goldfarb, "Factorized variable metric methods for
 *   unconstrained optimization", Math. Comp. 30, 1976; J. E. Dennis & R. B. Schnabel, "Numerical
 *   Methods for Unconstrained Optimization and Nonlinear Equations", 1983, section 9.4.
 *   The box: each step minimises the model g'd + d'Bd/2 over the whole box, by principal pivoting
 *   (J. J. Judice & F. M. Pires, "A block principal pivoting algorithm for large-scale strictly
 *   monotone linear complementarity problems", Computers Ops Res. 21, 1994), and the line search
 *   goes straight for that point, as in sequential quadratic programming.
 *
 *   Before an update B is shrunk where it promised more curvature than the step has met:
 *   M. Al-Baali, "Numerical experience with a class of self-scaling quasi-Newton algorithms",
 *   J. Optim. Theory Appl. 96, 1998.
 *
 *   Where gradients are differences, each costs n values and more.  So the line search goes by
 *   values, with one gradient at its end; and where there are few variables a cycle of coordinate
 *   search goes first: no other way sees so much of the region around the start for three values a
 *   variable.  Among many that hang together, such as the values on a grid, it only roughens.
 *   Where forward differences show the way no longer, it goes on with those to both sides: along
 *   curvatures of 1 beside others of 10^6 a forward one is off by more than there is to gain.
 *
 *   Departures: before the first update B is grown as well, for nothing is known of the scale of
 *   f; a step without positive curvature leaves B as it is; when a search fails B is forgotten and
 *   the steepest descent is tried before giving up.
 */
#include "base/arena.h"
#include "base/bounds.h"
#include "methods/gradient/linesearch.h"
#include "solver/stopping.h"
#include "methods/gradient/sweep.h"
#include "methods/gradient/triangular.h"
#include "base/vectors.h"

#include <float.h>
#include <string.h>

typedef struct {
    double decrease, curvature;
    size_t swept;
} bfgs_options;

static const pm_option options[] = {
    PM_OPTION_REAL(
        bfgs_options, decrease, 1e-4, 0.0, 0.5,
        "c1 of the line search: share of the predicted decrease that a step must achieve"),
    PM_OPTION_REAL(bfgs_options, curvature, 0.9, 0.0, 1.0,
                   "c2 of the line search: share of the initial slope that may be left"),
    PM_OPTION_WHOLE(bfgs_options, swept, 16, 0, 9007199254740992.0,
                    "up to so many variables, if gradients are differences, a cycle of coordinate "
                    "search goes first"),
    PM_OPTIONS_END,
};

typedef struct {
    const bfgs_options *o;
    const pm_task *task;
    size_t n;
    enum { SWEEPING, FIRST_POINT, SEARCHING, REFINING } phase;
    size_t updates;     /* of B since it was forgotten */
    bool central;       /* differences are taken to both sides */
    double f, steepest; /* the largest component of a gradient so far */
    pm_sweep sweep;
    pm_line line;
    pm_stop ended;
    const double *lower, *upper; /* [n] */
    double *x, *g;               /* [n] the iterate and its gradient */
    double *d;                   /* [n] the direction: to the minimiser of the model in the box */
    double *U;                   /* [n][n] upper triangular, B = U'U */
    double *R;                   /* [n][n] the same for the free variables; U where all are free */
    size_t *free;                /* [n] which they are, in order */
    signed char *side; /* [n] -1, 1: at its lower, upper bound in that minimiser; 0: free */
    double *w;         /* [n] the slope of the model there, if any is at a bound */
    double *t, *v;     /* [n] scratch */
    double *steps;     /* [n] of the differences that stand in for gradients */
    double *errors;    /* [n] and of the forward ones: what they may be off by */
} bfgs;

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    bfgs *s = state;
    const size_t n = s->n = task->n;

    s->o = task->options;
    s->task = task;
    s->lower = task->lower;
    s->upper = task->upper;
    pm_sweep_layout(&s->sweep, a, task);
    s->x = PM_TAKE(a, double, n);
    s->g = PM_TAKE(a, double, n);
    s->d = PM_TAKE(a, double, n);
    s->U = PM_TAKE(a, double, pm_times(n, n));
    s->R = task->bounded ? PM_TAKE(a, double, pm_times(n, n)) : s->U;
    s->free = PM_TAKE(a, size_t, n);
    s->side = PM_TAKE(a, signed char, n);
    s->w = PM_TAKE(a, double, n);
    s->t = PM_TAKE(a, double, n);
    s->v = PM_TAKE(a, double, n);
    s->steps = PM_TAKE(a, double, n);
    s->errors = PM_TAKE(a, double, n);
}

static void start(void *state, const pm_task *task)
{
    bfgs *s = state;
    s->f = HUGE_VAL;
    memcpy(s->x, task->x0, s->n * sizeof *s->x);
    for (size_t i = 0; i < s->n; ++i) {
        s->steps[i] = pm_difference_step(s->x[i]);
    }
    s->phase = !task->has_gradient && s->n <= s->o->swept ? SWEEPING : FIRST_POINT;
    pm_sweep_start(&s->sweep);
    if (task->inverse_hessian != NULL &&
        pm_upper_of_inverse(s->U, task->inverse_hessian, s->t, s->n)) {
        s->updates = s->n; /* as after so many of its own */
    }
}

static void ask(void *state, pm_batch *b)
{
    const bfgs *s = state;
    const double t = s->phase == SEARCHING ? s->line.t : 0.0;

    b->count = 1;
    if (s->phase == SWEEPING) {
        b->wants = PM_F;
        pm_sweep_ask(&s->sweep, b->x);
        return;
    }
    b->wants = s->phase == SEARCHING ? pm_line_wants(&s->line) : PM_FG;
    b->central = s->central;
    b->steps = s->task->central ? NULL : s->steps;
    for (size_t i = 0; i < s->n; ++i) { /* the path is straight: this removes rounding only */
        b->x[i] = pm_clip(s->x[i] + t * s->d[i], s->lower[i], s->upper[i]);
    }
}

/* ------------------------------------------------------------------------------------ the direction ----- */

/* Room for d_i towards the bound of its side. */
static double room(const bfgs *s, size_t i)
{
    return (s->side[i] < 0 ? s->lower[i] : s->upper[i]) - s->x[i];
}

/* Lists the free variables; returns the factor of their part of B. */
static const double *factor_free(bfgs *s, size_t *count)
{
    const size_t n = s->n;
    size_t k = 0;

    for (size_t i = 0; i < n; ++i) {
        if (s->side[i] == 0) {
            s->free[k++] = i;
        }
    }
    *count = k;
    if (k == n) {
        return s->U;
    }
    pm_upper_columns(s->task, s->U, s->free, k, s->R, n);
    return s->R;
}

/* w = g + B d */
static void slope_of_model(bfgs *s)
{
    pm_upper_times(s->task, s->U, s->d, s->t, s->n);
    pm_upper_transposed_times(s->task, s->U, s->t, s->w, s->n);
    pm_add(s->w, 1.0, s->g, s->n);
}

/* d minimises the model where the fixed variables are at their bounds; true: there are some. */
static bool minimise_free(bfgs *s)
{
    size_t k;
    const double *R = factor_free(s, &k);

    for (size_t i = 0; i < s->n; ++i) {
        s->d[i] = s->side[i] == 0 ? 0.0 : room(s, i);
    }
    if (k < s->n) {
        slope_of_model(s);
    } else {
        memcpy(s->w, s->g, s->n * sizeof *s->w);
    }
    for (size_t j = 0; j < k; ++j) {
        s->v[j] = -s->w[s->free[j]];
    }
    pm_upper_solve(s->task, R, s->v, s->t, k, s->n);
    for (size_t j = 0; j < k; ++j) {
        s->d[s->free[j]] = s->v[j];
    }
    return k < s->n;
}

/* The side where variable i of the minimiser with these sides wants to be: beyond a bound it is
 * fixed, and where the model falls into the box it is freed. */
static signed char wanted(const bfgs *s, size_t i)
{
    switch (s->side[i]) {
    case 0:
        return s->x[i] + s->d[i] < s->lower[i] ? -1 : s->x[i] + s->d[i] > s->upper[i] ? 1 : 0;
    case 1:
        return s->w[i] > 0.0 ? 0 : 1;
    default:
        return s->w[i] < 0.0 ? 0 : -1;
    }
}

/* Block pivots that do not lower the number of wrong sides are few before the last wrong one is
 * changed alone, a rule that ends always (K. G. Murty, Linear Algebra Appl. 6, 1974). */
enum { PATIENCE = 3 };

/* d = the minimiser of the model in the box; false if rounding keeps it from being found. */
static bool minimise_model(bfgs *s)
{
    const size_t n = s->n;
    size_t fewest = n + 1, patience = PATIENCE;

    if (!s->task->bounded) {
        minimise_free(s);
        return true;
    }
    for (size_t round = 0; round < 10 * PATIENCE + n && !pm_pass_called_off(s->task, n * n);
         ++round) {
        size_t wrong = 0, last = 0;
        if (minimise_free(s)) {
            slope_of_model(s);
        }
        for (size_t i = 0; i < n; ++i) {
            if (wanted(s, i) != s->side[i]) {
                wrong += 1;
                last = i;
            }
        }
        if (wrong == 0) {
            return true;
        }
        if (wrong < fewest) {
            fewest = wrong;
            patience = PATIENCE;
        } else if (patience > 0) {
            patience -= 1;
        }
        for (size_t i = patience > 0 ? 0 : last; i <= last; ++i) {
            s->side[i] = wanted(s, i);
        }
    }
    return false;
}

/* B = curvature I */
static void reset(bfgs *s, double curvature)
{
    const size_t n = s->n;

    for (size_t i = 0; i < n && !pm_pass_called_off(s->task, n); ++i) {
        memset(s->U + i * n, 0, n * sizeof *s->U);
        s->U[i * n + i] = sqrt(curvature);
    }
}

/* Back to the steepest descent: its step moves no coordinate by more than max(|x_i|, 1), whatever
 * the scale of f. */
static void forget(bfgs *s)
{
    double curvature = 1e-300;

    for (size_t i = 0; i < s->n; ++i) {
        const bool held = pm_held(s->x[i], s->g[i], s->lower[i], s->upper[i]);
        if (!held) {
            curvature = fmax(curvature, fabs(s->g[i]) / fmax(fabs(s->x[i]), 1.0));
        }
        s->side[i] = (signed char)(!held ? 0 : s->g[i] > 0.0 ? -1 : 1);
    }
    s->updates = 0;
    reset(s, curvature);
}

/* The longest step along d inside the box. */
static double longest_step(const bfgs *s)
{
    double t =
        2.0 * PM_ENDLESS * fmax(pm_largest(s->x, s->n), 1.0) / fmax(pm_largest(s->d, s->n), 1e-300);

    for (size_t i = 0; s->task->bounded && i < s->n; ++i) {
        if (s->d[i] != 0.0) {
            t = pm_smaller(t, ((s->d[i] < 0.0 ? s->lower[i] : s->upper[i]) - s->x[i]) / s->d[i]);
        }
    }
    return fmax(t, 1.0);
}

static void begin_search(bfgs *s)
{
    bool found = minimise_model(s);
    double slope = pm_dot(s->g, s->d, s->n);

    if ((!found || !(slope < 0.0)) && s->updates > 0) { /* rounding has spoilt the factor */
        forget(s);
        minimise_model(s);
        slope = pm_dot(s->g, s->d, s->n);
    }
    const pm_line_rules rules = {.decrease = s->o->decrease,
                                 .curvature = s->o->curvature,
                                 .by_values = !s->task->has_gradient};
    pm_line_start(&s->line, rules, s->f, slope, 1.0, longest_step(s));
}

/* ------------------------------------------------------------------------------------------ the steps --- */

/* By what B is multiplied before an update whose step met `ratio` times the curvature that B
 * promised.  The first guess of its scale is replaced; later B only shrinks, by less and less after
 * n updates: then every direction has been met, and shrinking all for the sake of one costs more
 * than it gains. */
static double shrinking(const bfgs *s, double ratio)
{
    if (s->updates == 0) {
        return ratio;
    }
    const double power = (double)s->n / (double)(s->updates + 1);
    return ratio >= 1.0 ? 1.0 : power >= 1.0 ? ratio : pow(ratio, power);
}

/* x *= a */
static void scale(double *x, double a, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        x[i] *= a;
    }
}

/* B becomes the nearest matrix, in the sense of the BFGS update, with B s = y. */
static void update(bfgs *s, const pm_batch *b)
{
    const size_t n = s->n;
    double *step = s->d, *change = s->v, ss = 0.0, sy = 0.0, yy = 0.0;

    for (size_t i = 0; i < n; ++i) {
        step[i] = b->x[i] - s->x[i];
        change[i] = b->g[i] - s->g[i];
        ss += step[i] * step[i];
        sy += step[i] * change[i];
        yy += change[i] * change[i];
    }
    pm_upper_times(s->task, s->U, step, s->t, n);
    const double bend = pm_dot(s->t, s->t, n); /* s'Bs */
    if (!(sy > DBL_EPSILON * sqrt(ss) * sqrt(yy) && bend > 0.0 && sy / bend < HUGE_VAL)) {
        return;
    }
    const double share = shrinking(s, sy / bend);
    for (size_t i = 0; share != 1.0 && i < n && !pm_pass_called_off(s->task, n); ++i) {
        scale(s->U + i * n + i, sqrt(share), n - i);
    }
    s->updates += 1;
    scale(s->t, 1.0 / sqrt(bend), n); /* t = U s / |U s| */
    pm_upper_transposed_times(s->task, s->U, s->t, s->w, n);
    for (size_t i = 0; i < n; ++i) {
        change[i] = change[i] / sqrt(sy) - s->w[i];
    }
    pm_upper_add(s->task, s->U, s->t, change, s->w,
                 n); /* now U's = t sqrt(s'y) and U't = y / sqrt(s'y) */
}

static pm_turn end(bfgs *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

/* ---------------------------------------------------------------------- where differences are exact ----- */

/* Whether differences to both sides would be something new. */
static bool may_refine(const bfgs *s)
{
    return !s->central && !s->task->has_gradient && !s->task->central && !s->task->one_sided;
}

/* A kink is no curvature: what it seems to add to the error of a forward difference is beyond this
 * part of the gradient. */
static const double KINK = 1e-4;

/* By how much a step may be shorter than where nothing is known of the curvature: the rounding of
 * values that are small themselves may be that of large terms. */
static const double SHORTENING = 100.0;

/* Of forward differences: the step 2 sqrt(eps |f| / M) has the smallest error, M being the
 * curvature (Gill, Murray & Wright 1981, section 8.6), which is that of B once each direction has
 * been met. Central ones are off by no curvature, and steps as short as those keep what is beyond
 * it out. */
static void choose_steps(bfgs *s)
{
    const size_t n = s->n;
    const double most = KINK * s->steepest / sqrt(DBL_EPSILON);

    for (size_t i = 0; i < n && !pm_pass_called_off(s->task, n); ++i) {
        double bend = 0.0;
        for (size_t k = 0; k <= i; ++k) {
            bend += s->U[k * n + i] * s->U[k * n + i];
        }
        double h = pm_difference_step(s->x[i]);
        if (!s->central && s->updates >= n) {
            h = pm_clip(2.0 * sqrt(DBL_EPSILON * fabs(s->f) / bend), h / SHORTENING, h);
        }
        s->steps[i] = h;
        s->errors[i] = pm_difference_error(h, s->f, pm_smaller(bend, most));
    }
}

/* Whether forward differences show no way down any more: each component of the gradient is within
 * twice its error. */
static bool lost(const bfgs *s)
{
    for (size_t i = 0; i < s->n; ++i) {
        if (fabs(s->g[i]) > 2.0 * s->errors[i] &&
            !pm_held(s->x[i], s->g[i], s->lower[i], s->upper[i])) {
            return false;
        }
    }
    return true;
}

/* From here on differences are taken to both sides.  B stays: it was measured on longer steps. */
static pm_turn refine(bfgs *s)
{
    s->central = true;
    s->phase = REFINING;
    choose_steps(s);
    return PM_MID_STEP;
}

static pm_turn accept(bfgs *s, const pm_batch *b)
{
    if (!(b->f[0] < HUGE_VAL)) {
        return end(s, PM_NOT_FINITE);
    }
    if (s->phase == SEARCHING) {
        update(s, b);
    }
    s->f = b->f[0];
    memcpy(s->x, b->x, s->n * sizeof *s->x);
    memcpy(s->g, b->g, s->n * sizeof *s->g);
    s->steepest = fmax(s->steepest, pm_largest(s->g, s->n));
    if (s->phase == FIRST_POINT && s->updates == 0) {
        forget(s);
    }
    if (s->phase == SEARCHING && may_refine(s)) {
        const bool is_lost = lost(s);
        choose_steps(s);
        if (is_lost) {
            return refine(s);
        }
    }
    s->phase = SEARCHING;
    begin_search(s);
    return PM_STEP_DONE;
}

/* Whether the gradient may be nothing but the error of its differences, as the curvature along d
 * tells. */
static bool all_error(const bfgs *s)
{
    const pm_iterate here = {.x = s->x, .f = s->f, .g = s->g};
    return !s->central &&
           pm_beneath_differences(&here, s->line.curvature / pm_dot(s->d, s->d, s->n), s->task);
}

/* No step along d decreases f.  Forward differences may be to blame.  If the gradient is all error,
 * or the model promised no more than rounding could hide, that is the end; else B is forgotten, and
 * the steepest descent is the last attempt. */
static pm_turn give_up(bfgs *s)
{
    if (may_refine(s)) {
        return refine(s);
    }
    if (all_error(s)) {
        return end(s, PM_PRECISION);
    }
    if (s->updates > 0 && -s->line.start.g <= 100.0 * DBL_EPSILON * fabs(s->f)) {
        return end(s, PM_PRECISION);
    }
    if (s->updates == 0) {
        return end(s, PM_EXHAUSTED);
    }
    forget(s);
    begin_search(s);
    return PM_MID_STEP;
}

static pm_turn search(bfgs *s, const pm_batch *b)
{
    const double g = b->wants == PM_FG ? pm_dot(b->g, s->d, s->n) : NAN;
    const double predicted = s->line.t * s->line.start.g;

    switch (pm_line_tell(&s->line, b->f[0], g, predicted, false)) {
    case PM_LINE_ACCEPT:
        return accept(s, b);
    case PM_LINE_FAILED:
        return give_up(s);
    case PM_LINE_AGAIN:
        break;
    }
    return pm_line_doubts(&s->line) && all_error(s) ? give_up(s) : PM_MID_STEP;
}

/* The first value, and the way to the first gradient, are a step each. */
static pm_turn sweep(bfgs *s, const pm_batch *b)
{
    const bool first = s->f == HUGE_VAL;

    if (!pm_sweep_tell(&s->sweep, b->f[0])) {
        s->phase = FIRST_POINT;
    }
    s->f = s->sweep.f;
    memcpy(s->x, s->sweep.x, s->n * sizeof *s->x);
    return first ? PM_STEP_DONE : PM_MID_STEP;
}

static pm_turn tell(void *state, const pm_batch *b)
{
    bfgs *s = state;
    switch (s->phase) {
    case SWEEPING:
        return sweep(s, b);
    case SEARCHING:
        return search(s, b);
    default:
        return accept(s, b);
    }
}

static void at(const void *state, pm_iterate *out)
{
    const bfgs *s = state;
    *out = (pm_iterate){.x = s->x,
                        .f = s->f,
                        .g = s->phase == SEARCHING ? s->g : NULL,
                        .promised = -0.5 * s->line.start.g,
                        .minds_error = s->central || may_refine(s),
                        .ended = s->ended};
}

/* B^-1, column by column.  Before n updates some direction has only the first guess. */
static bool inverse_hessian(const void *state, double *H)
{
    const bfgs *s = state;
    const size_t n = s->n;

    if (s->updates < n) {
        return false;
    }
    memset(H, 0, n * n * sizeof *H);
    for (size_t i = 0; i < n && !pm_pass_called_off(s->task, n * n); ++i) {
        H[i * n + i] = 1.0;
        pm_upper_solve(s->task, s->U, H + i * n, s->t, n, n);
    }
    return true;
}

const pm_method pm_bfgs = {
    .name = "bfgs",
    .family = "gradient",
    .summary = "quasi-Newton steps with a dense approximation of the Hessian, on a box",
    .citation = "C. G. Broyden; R. Fletcher; D. Goldfarb; D. F. Shanno, 1970; "
                "D. Goldfarb, Math. Comp. 30, 1976",
    .traits = PM_NEEDS_GRADIENT | PM_HANDLES_BOUNDS | PM_NEEDS_NO_POLISH,
    /* Up to so many variables a dense factor learns the curvature faster than the last few changes
     * of the gradient; beyond, it takes more steps to fill than most runs make
     * (benchmarks/local.py). */
    .default_up_to = 64,
    .options = options,
    .options_size = sizeof(bfgs_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-15, .xtol = 0.0, .patience = 8},
    .state_size = sizeof(bfgs),
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
    .inverse_hessian = inverse_hessian,
};
