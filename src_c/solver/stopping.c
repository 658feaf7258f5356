#include "solver/stopping.h"

#include "base/bounds.h"
#include "base/vectors.h"

#include <float.h>
#include <string.h>

const pm_option pm_stopping_rows[] = {
    PM_OPTION_REAL(
        pm_stopping_options, gtol, 0, 0, 1,
        "stop when the projected gradient is at most gtol times the largest one of the run"),
    PM_OPTION_REAL(
        pm_stopping_options, ftol, 0, 0, 1,
        "an improvement counts if it exceeds ftol times the whole improvement of the run"),
    PM_OPTION_REAL(pm_stopping_options, xtol, 0, 0, 1,
                   "stop when a step moves no coordinate by more than xtol max(|x|, 1); 0: never"),
    PM_OPTION_WHOLE(pm_stopping_options, patience, 1, 1, PM_MOST_WHOLE,
                    "stop after this many steps without an improvement that counts"),
    PM_OPTIONS_END,
};

void pm_stopping_layout(pm_stopping *s, pm_arena *a, const pm_task *task)
{
    s->x = PM_TAKE(a, double, task->n);
    s->g = PM_TAKE(a, double, task->n);
}

/* Is some side of the box infinite, so that iterates may go to infinity? */
static bool has_open_side(const pm_task *task)
{
    bool open = !task->bounded;
    for (size_t i = 0; !open && i < task->n; ++i) {
        open = task->lower[i] == -HUGE_VAL || task->upper[i] == HUGE_VAL;
    }
    return open;
}

void pm_stopping_start(pm_stopping *s, const pm_task *task)
{
    s->rules = task->stopping;
    s->farthest =
        has_open_side(task) ? PM_ENDLESS * fmax(pm_largest(task->x0, task->n), 1.0) : HUGE_VAL;
    s->first_f = s->best_f = HUGE_VAL;
}

/* Squared length of the gradient without the coordinates whose bounds are binding: zero at a
 * stationary point of the box (Karush 1939; Kuhn & Tucker 1951). */
static double projected_gradient(const pm_iterate *at, const pm_task *task)
{
    double sum = 0.0;

    if (!task->bounded) {
        return pm_dot(at->g, at->g, task->n);
    }
    for (size_t i = 0; i < task->n; ++i) {
        if (!pm_is_binding(at->x[i], at->g[i], task->lower[i], task->upper[i])) {
            sum += at->g[i] * at->g[i];
        }
    }
    return sum;
}

static bool vanishes(const pm_iterate *at, const pm_task *task)
{
    for (size_t i = 0; i < task->n; ++i) {
        if (at->g[i] != 0.0 && !pm_is_binding(at->x[i], at->g[i], task->lower[i], task->upper[i])) {
            return false;
        }
    }
    return true;
}

/* The gradient is compared with the largest one of the run, so that f and 1e-12 f stop at the same
 * point.  In a shallow valley a small gradient can still be far from the minimum, so the decrease
 * that the method's model predicts must be as small compared with the decrease so far. */
static bool flat(pm_stopping *s, const pm_iterate *at, const pm_task *task)
{
    if (at->g == NULL || at->judge_f_only) {
        return false;
    }
    const double square = projected_gradient(at, task);
    if (square > s->largest_g && square < HUGE_VAL) {
        s->largest_g = square;
    }
    if (square == 0.0 && (s->rules.gtol == 0.0 || s->largest_g == 0.0)) {
        return vanishes(at, task); /* the square may merely have underflowed */
    }
    const double rate = s->rules.gtol * s->rules.gtol;
    return square <= rate * s->largest_g && square < HUGE_VAL &&
           at->predicted_decrease <= rate * (s->first_f - at->f) + DBL_EPSILON * fabs(at->f);
}

double pm_difference_step(double x)
{
    return sqrt(DBL_EPSILON) * pm_larger(fabs(x), 1.0);
}

double pm_difference_error(double h, double f, double curvature)
{
    return 0.5 * h * curvature + 2.0 * DBL_EPSILON * fabs(f) / h;
}

bool pm_beneath_differences(const pm_iterate *at, double curvature, const pm_task *task)
{
    if (task->has_gradient || task->central) {
        return false;
    }
    for (size_t i = 0; i < task->n; ++i) {
        const double error = pm_difference_error(pm_difference_step(at->x[i]), at->f, curvature);
        if (fabs(at->g[i]) > 2.0 * error && /* 2: the difference itself is wrong by up to one */
            !pm_is_binding(at->x[i], at->g[i], task->lower[i], task->upper[i])) {
            return false;
        }
    }
    return true;
}

double pm_most_curvature(double steepest)
{
    return 1e-4 * steepest / sqrt(DBL_EPSILON);
}

/* Factor per step by which the largest curvature decays.  The error M uses the largest of recent
 * steps, because a single step may run along a valley, where the curvature is small. */
static const double FORGETTING = 0.9;

static bool is_lost(pm_stopping *s, const pm_iterate *at, const pm_task *task)
{
    double moved = 0.0, turned = 0.0;

    if (at->g == NULL || at->handles_difference_error || task->has_gradient || task->central ||
        !s->sloped) {
        return false;
    }
    for (size_t i = 0; i < task->n; ++i) {
        moved += (at->x[i] - s->x[i]) * (at->x[i] - s->x[i]);
        turned += (at->g[i] - s->g[i]) * (at->g[i] - s->g[i]);
    }
    if (moved == 0.0) {
        return false;
    }
    s->curvature = fmax(sqrt(turned / moved), FORGETTING * s->curvature);
    const double most = pm_most_curvature(sqrt(s->largest_g));
    return pm_beneath_differences(at, fmin(s->curvature, most), task);
}

/* A step of length zero does not count as small: the best point of a search often does not change.
 */
static bool small_step(const pm_stopping *s, const pm_iterate *at, const pm_task *task)
{
    bool small = s->begun && s->rules.xtol > 0.0, moved = false;
    for (size_t i = 0; small && i < task->n; ++i) {
        const double step = fabs(at->x[i] - s->x[i]);
        moved = moved || step > 0.0;
        small = step <= s->rules.xtol * fmax(fabs(at->x[i]), 1.0);
    }
    return small && moved;
}

/* Keeps the iterate for the rules that compare it with the next one. */
static void remember(pm_stopping *s, const pm_iterate *at, const pm_task *task)
{
    if (s->rules.xtol > 0.0 || (at->g != NULL && !task->has_gradient)) {
        memcpy(s->x, at->x, task->n * sizeof *s->x);
        if (at->g != NULL) {
            memcpy(s->g, at->g, task->n * sizeof *s->g);
        }
        s->sloped = at->g != NULL;
        s->begun = true;
    }
}

double pm_resolution(double ftol, double first_f, double f)
{
    const double whole = first_f < HUGE_VAL ? pm_larger(first_f - f, 0.0) : 0.0;
    return ftol * whole + DBL_EPSILON * fabs(f);
}

static bool stalled(pm_stopping *s, const pm_iterate *at)
{
    if (s->first_f == HUGE_VAL) {
        s->first_f = at->f;
    }
    const double needed = pm_resolution(s->rules.ftol, s->first_f, s->best_f);
    if (s->best_f == HUGE_VAL || at->f < s->best_f - needed) {
        s->best_f = at->f;
        s->idle = 0;
        return false;
    }
    return ++s->idle >= s->rules.patience;
}

static bool has_gone(const pm_stopping *s, const pm_iterate *at, const pm_task *task)
{
    if (at->judge_f_only || s->farthest == HUGE_VAL || pm_largest(at->x, task->n) < s->farthest) {
        return false;
    }
    for (size_t i = 0; i < task->n; ++i) {
        const bool open = at->x[i] > 0.0 ? task->upper[i] == HUGE_VAL : task->lower[i] == -HUGE_VAL;
        if (open && !(fabs(at->x[i]) < s->farthest)) {
            return true;
        }
    }
    return false; /* only coordinates with finite bounds are that large */
}

/* Has the iterate gone to infinity?  Unbounded, if its value is the lowest of the run; diverged, if
 * the value is not below the first one. */
static pm_stop endless(const pm_stopping *s, const pm_iterate *at, const pm_task *task)
{
    if (!has_gone(s, at, task)) {
        return PM_RUNNING;
    }
    if (!(at->f < s->first_f - pm_resolution(s->rules.ftol, s->first_f, at->f))) {
        return PM_DIVERGED;
    }
    return at->f <= s->best_f ? PM_UNBOUNDED : PM_RUNNING;
}

static void begin_anew(pm_stopping *s)
{
    s->largest_g = s->curvature = 0.0;
    s->best_f = HUGE_VAL;
    s->begun = s->sloped = false;
}

/* Is the iterate higher than the first one?  A rule that holds there does not show that the best
 * point is a minimum. */
static bool is_above(const pm_stopping *s, const pm_iterate *at)
{
    return at->f > s->first_f + DBL_EPSILON * fabs(s->first_f);
}

pm_stop pm_judge(pm_stopping *s, const pm_iterate *at, const pm_task *task)
{
    if (at->restarted) {
        begin_anew(s);
    }
    /* Each rule keeps its own record, so all are evaluated in every step. */
    const bool is_flat = flat(s, at, task), is_stalled = stalled(s, at);
    const bool is_beneath = is_lost(s, at, task);
    const pm_stop end = endless(s, at, task);
    const bool above = is_above(s, at);
    const pm_stop stop = end != PM_RUNNING         ? end
                         : at->unfinished          ? PM_RUNNING
                         : above                   ? (is_stalled ? PM_EXHAUSTED : PM_RUNNING)
                         : is_flat                 ? PM_GRADIENT
                         : is_beneath              ? PM_PRECISION
                         : small_step(s, at, task) ? PM_STEP
                         : is_stalled              ? PM_VALUE
                                                   : PM_RUNNING;
    remember(s, at, task);
    return stop;
}
