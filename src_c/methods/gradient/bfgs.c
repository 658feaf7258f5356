/* BFGS on a box: quasi-Newton steps with a dense factor of the Hessian's approximation.
 *
 *   C. G. Broyden, J. Inst. Maths Applics 6, 1970; R. Fletcher, Computer J. 13, 1970;
 *   D. Goldfarb, Math. Comp. 24, 1970; D. F. Shanno, Math. Comp. 24, 1970.
 *   The approximation is B = U'U with U upper triangular.  The update changes U, so B stays
 *   positive definite in spite of rounding: D. Goldfarb, "Factorized variable metric methods for
 *   unconstrained optimization", Math. Comp. 30, 1976; J. E. Dennis & R. B. Schnabel, "Numerical
 *   Methods for Unconstrained Optimization and Nonlinear Equations", 1983, section 9.4.
 *   The box: each step minimises the model g'd + d'Bd/2 over the whole box, by principal pivoting
 *   (J. J. Judice & F. M. Pires, "A block principal pivoting algorithm for large-scale strictly
 *   monotone linear complementarity problems", Computers Ops Res. 21, 1994), and the line search
 *   goes straight for that point, as in sequential quadratic programming.
 *
 *   Before an update B is scaled down if it predicted more curvature than the step has met:
 *   M. Al-Baali, "Numerical experience with a class of self-scaling quasi-Newton algorithms",
 *   J. Optim. Theory Appl. 96, 1998.
 *
 *   If gradients are differences, each costs n values or more.  The line search then uses values,
 *   with one gradient at its end.  With few variables the run begins with a cycle of coordinate
 *   search, which explores a wide region around the start for three values per variable.  With many
 *   coupled variables, such as the values on a grid, that would only make the point rougher.  When
 *   forward differences no longer show a descent, central ones follow: in a problem with curvatures
 *   of 1 and of 10^6 the error of forward differences exceeds the slopes that remain.
 *
 *   Departures: before the first update B is also scaled up, since the scale of f is unknown; a
 *   step without positive curvature leaves B unchanged; when a search fails B is reset, and the
 *   steepest descent is tried before the run ends.
 */
#include "base/arena.h"
#include "base/bounds.h"
#include "methods/gradient/quasinewton.h"
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
    PM_OPTION_WHOLE(bfgs_options, swept, 16, 0, PM_MOST_WHOLE,
                    "up to so many variables, if gradients are differences, a cycle of coordinate "
                    "search goes first"),
    PM_OPTIONS_END,
};

typedef struct {
    const bfgs_options *o;
    const pm_task *task;
    size_t n;
    enum { SWEEPING, FIRST_POINT, SEARCHING, REFINING } phase;
    size_t updates;     /* of B since it was reset */
    bool central;       /* central differences are in use */
    double f, steepest; /* the largest component of a gradient so far */
    pm_sweep sweep;
    pm_line line;
    pm_stop ended;
    const double *lower, *upper; /* [n] */
    double *x, *g;               /* [n] the iterate and its gradient */
    double *d;                   /* [n] the direction: to the minimiser of the model in the box */
    double *U;                   /* [n][n] upper triangular, B = U'U */
    double *R;                   /* [n][n] factor for the free variables; U if all are free */
    size_t *free;                /* [n] indices of the free variables, ascending */
    signed char *side; /* [n] -1, 1: at its lower, upper bound in that minimiser; 0: free */
    double *w;         /* [n] gradient of the model there, if a variable is at a bound */
    double *t, *v;     /* [n] scratch */
    double *steps;     /* [n] difference steps, if there is no gradient */
    double *errors;    /* [n] errors of the forward differences with those steps */
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
        s->updates = s->n; /* B counts as known in all directions */
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

/* The value of d_i that puts variable i on the bound of its side. */
static double room(const bfgs *s, size_t i)
{
    return (s->side[i] < 0 ? s->lower[i] : s->upper[i]) - s->x[i];
}

/* Lists the free variables; returns the factor of their submatrix of B. */
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

/* d = the minimiser of the model with the fixed variables at their bounds; true if there are any.
 */
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

/* The side that variable i should have, judged by the minimiser for the present sides: a variable
 * beyond a bound is fixed there, and one from which the model decreases into the box is freed. */
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

/* Block pivots without a reduction of the number of wrong sides; after that only the last wrong
 * side is changed in each round, a rule that always terminates (K. G. Murty, Linear Algebra Appl.
 * 6, 1974). */
enum { PATIENCE = 3 };

/* d = the minimiser of the model in the box; false if it is not found, because of rounding. */
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

/* Resets B for a steepest descent whose step moves no coordinate by more than max(|x_i|, 1),
 * whatever the scale of f. */
static void forget(bfgs *s)
{
    double curvature = 1e-300;

    for (size_t i = 0; i < s->n; ++i) {
        const bool held = pm_is_binding(s->x[i], s->g[i], s->lower[i], s->upper[i]);
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

    if ((!found || !(slope < 0.0)) && s->updates > 0) { /* because of rounding in the factor */
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

/* The factor of B before an update whose step met `ratio` times the curvature that B predicted.
 * The first update replaces the initial scale.  Later ones only reduce B, and by less and less
 * after n updates: every direction has then been met, and scaling all of them for the sake of one
 * costs more than it gains. */
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
    if (!(pm_is_curved(ss, sy, yy) && bend > 0.0 && sy / bend < HUGE_VAL)) {
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
                 n); /* now U s = t sqrt(s'y) and U't = y / sqrt(s'y) */
}

static pm_turn end(bfgs *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

/* ---------------------------------------------------------------------- where differences are exact ----- */

/* Whether central differences are allowed and not yet in use. */
static bool may_refine(const bfgs *s)
{
    return !s->central && !s->task->has_gradient && !s->task->central && !s->task->one_sided;
}

/* The largest factor by which a difference step is shortened from its default: a small value of f
 * may be the difference of large terms, whose rounding exceeds eps |f|. */
static const double SHORTENING = 100.0;

/* Sets the difference steps and the errors of forward differences.  The forward step
 * 2 sqrt(eps |f| / M) has the smallest error (Gill, Murray & Wright 1981, section 8.6); M is the
 * curvature, taken from B after n updates.  Central differences have no error from the curvature,
 * and at the default forward step the one from higher derivatives is small. */
static void choose_steps(bfgs *s)
{
    const size_t n = s->n;
    const double most = pm_most_curvature(s->steepest);

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

/* Whether forward differences no longer show a descent: each component of the gradient, except at
 * binding bounds, is within twice its error. */
static bool lost(const bfgs *s)
{
    for (size_t i = 0; i < s->n; ++i) {
        if (fabs(s->g[i]) > 2.0 * s->errors[i] &&
            !pm_is_binding(s->x[i], s->g[i], s->lower[i], s->upper[i])) {
            return false;
        }
    }
    return true;
}

/* Changes to central differences.  B is kept, because it was measured on longer steps. */
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

/* The task with the kind of differences that is now in use. */
static pm_task differenced(const bfgs *s)
{
    pm_task task = *s->task;
    task.central = task.central || s->central;
    return task;
}

/* No step along d decreases f.  Tries central differences first, in case the error of forward ones
 * is the cause; then the steepest descent, unless the run ends. */
static pm_turn give_up(bfgs *s)
{
    if (may_refine(s)) {
        return refine(s);
    }
    const bool learnt = s->updates > 0;
    const pm_iterate here = {.x = s->x, .f = s->f, .g = s->g};
    const pm_task task = differenced(s);
    const pm_stop why = pm_line_dead_end(&s->line, &here, s->d, &task, learnt, learnt);
    if (why != PM_RUNNING) {
        return end(s, why);
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
    const pm_iterate here = {.x = s->x, .f = s->f, .g = s->g};
    const bool lost = pm_line_doubts(&s->line) && !s->central &&
                      pm_line_sees_error_only(&s->line, &here, s->d, s->task);
    return lost ? give_up(s) : PM_MID_STEP;
}

/* The first value completes a step; the rest of the sweep and the first gradient complete another.
 */
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
                        .predicted_decrease = -0.5 * s->line.start.g,
                        .handles_difference_error = s->central || may_refine(s),
                        .ended = s->ended};
}

/* B^-1, column by column.  Before n updates B still has its initial scale in some direction. */
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
    .when_not = "Beyond some hundred variables: it keeps n^2 numbers and each step costs some "
                "multiple of n^2 operations, on a box up to n^3; there `lbfgs` needs little "
                "more evaluations. Otherwise where not to use `lbfgs` either.",
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
