/* BOBYQA: a trust region, bounds, and a quadratic model by interpolation of values.
 *
 *   M. J. D. Powell, "The BOBYQA algorithm for bound constrained optimization without
 *   derivatives", DAMTP 2009/NA06, and "The NEWUOA software for unconstrained optimization
 *   without derivatives", DAMTP 2004/NA05: the model (interpolation.h), two radii delta >= rho,
 *   steps of two kinds, their order, and the constants.
 *
 *   A *trust* step goes to the minimum of the model on |d| <= delta.  A *geometry* step replaces
 *   the point farthest off by one where its Lagrange function is large, to keep the model accurate.
 *   rho, the resolution, only falls: when the model is accurate and has no step longer than
 *   rho / 2.
 *
 *   Departures:
 *   - The norm is the largest component, so trust region and bounds are one box (as in S. Gratton,
 *     Ph. L. Toint & A. Troeltzsch, Optim. Methods Softw. 26 (2011) 873), on which models and
 *     Lagrange functions are optimised by the same conjugate gradients (boxstep.h).
 *   - x is measured in units of the first steps, each at most half the width of the box; so x0
 *     need not be moved away from its bounds.
 *   - The set begins with n + 1 points and grows: while there is room, a new point replaces no old
 *     one, unless the old ones already determine the model there or some are too far off.  So the
 *     first steps come early, and the model becomes the full quadratic.
 *   - The step to a point without a finite value is halved until the value is finite.
 *   - Where the points no longer determine a model, which is Powell's case for RESCUE, the design
 *     of the first ones is repeated around the best point, and only the Hessian is kept.
 */
#include "base/arena.h"
#include "base/bounds.h"
#include "methods/derivative_free/interpolation.h"
#include "base/vectors.h"

#include <assert.h>
#include <float.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    size_t points;
    double step;
} bobyqa_options;

static const pm_option options[] = {
    PM_OPTION_WHOLE(bobyqa_options, points, 0, 0, 1e9,
                    "most interpolation points, from n + 2 to (n + 1)(n + 2) / 2, which is a full "
                    "quadratic; 0: 250 within this range, but at least 2 n + 1"),
    PM_OPTION_REAL(bobyqa_options, step, 0.1, 1e-12, 1e6,
                   "first trust radius, relative to max(|x|, 1) along each axis"),
    PM_OPTIONS_END,
};

/* Powell's: shares of the predicted decrease above which a step enlarges the trust region, and up
 * to which it shrinks the region. */
static const double GOOD = 0.7, BAD = 0.1;

/* Powell's: points farther off than this many delta, or rho, are replaced first. */
static const double FAR_DELTA = 2.0, FAR_RHO = 10.0;

/* The set grows while no point is farther off than this many delta. */
static const double NEAR = 10.0;

/* ... and while beta is at least this part of |d|^4, of which 1/2 is the most it can be where a
 * model is unique already. */
static const double NEWS = 0.03;

/* K is formed anew when the best point is more than DRIFT delta from the origin, or when rounding
 * makes beta, which is not negative, less than -WORN |d|^4. */
static const double DRIFT = 10.0, WORN = 1e-3;

/* The smallest rho of a new design, in units of delta. */
static const double REDESIGN = 0.1;

enum {
    RETREATS = 60, /* halvings that take any step below the resolution of x */
    RECENT = 3,    /* errors of the model that are kept */
};

typedef struct {
    const bobyqa_options *o;
    const pm_task *task;
    size_t n;
    double xtol;
    const double *lower, *upper; /* [n] */

    enum { FIRST_POINT, DESIGN, TRUST, GEOMETRY } phase;
    size_t retreats;      /* evaluations in a row without a finite value */
    size_t far;           /* the point that a geometry step replaces */
    bool fresh;           /* since the last design f has not improved and rho is the same */
    double rho, delta;    /* the radii */
    double error[RECENT]; /* errors of the model's last predictions at this rho */
    double curvature;     /* the least that the last trust step met; 0 if it met a side */
    pm_stop ended;

    pm_interpolation q;
    pm_boxstep box;
    double *x;          /* [n] the best point */
    double *found;      /* [n] the best one of a design under way */
    double *unit;       /* [n] units of x */
    double *low, *high; /* [n] bounds of d */
    double *d, *other;  /* [n] steps from the best point */
    double *g, *r;      /* [n] gradients at both ends of a step */
    double *asked;      /* [n][n] points as they were asked for */
} bobyqa;

static size_t most_points(const pm_task *task)
{
    const bobyqa_options *o = task->options;
    const double n = (double)task->n, full = 0.5 * (n + 1.0) * (n + 2.0);
    const double wished = o->points == 0 ? fmax(2.0 * n + 1.0, 250.0) : (double)o->points;

    return (size_t)fmin(fmax(wished, n + 2.0), full);
}

static size_t points(const pm_task *task)
{
    return task->n;
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    bobyqa *s = state;
    const size_t n = s->n = task->n;

    s->o = task->options;
    s->task = task;
    s->xtol = task->stopping.xtol;
    s->lower = task->lower;
    s->upper = task->upper;
    pm_interpolation_layout(&s->q, a, task, most_points(task));
    pm_boxstep_layout(&s->box, a, n);
    s->x = PM_TAKE(a, double, n);
    s->found = PM_TAKE(a, double, n);
    s->unit = PM_TAKE(a, double, n);
    s->low = PM_TAKE(a, double, n);
    s->high = PM_TAKE(a, double, n);
    s->d = PM_TAKE(a, double, n);
    s->other = PM_TAKE(a, double, n);
    s->g = PM_TAKE(a, double, n);
    s->r = PM_TAKE(a, double, n);
    s->asked = PM_TAKE(a, double, pm_times(n, n));
}

static void start(void *state, const pm_task *task)
{
    bobyqa *s = state;

    memcpy(s->x, task->x0, s->n * sizeof *s->x);
    for (size_t i = 0; i < s->n; ++i) {
        const double half = 0.5 * task->upper[i] - 0.5 * task->lower[i];
        s->unit[i] = fmin(s->o->step * pm_larger(fabs(s->x[i]), 1.0), half);
    }
    s->rho = 1.0;
    s->q.f[0] = HUGE_VAL;
}

static pm_turn end(bobyqa *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

static double best_f(const bobyqa *s)
{
    return s->q.f[s->q.best];
}

static void forget_errors(bobyqa *s)
{
    for (size_t k = 0; k < RECENT; ++k) {
        s->error[k] = HUGE_VAL;
    }
}

/* ------------------------------------------------------------------------------------------ points ------ */

/* The box of d: no component larger than `radius`, and no bound of the problem crossed. */
static void set_box(bobyqa *s, double radius)
{
    for (size_t i = 0; i < s->n; ++i) {
        s->low[i] = fmax(-radius, (s->lower[i] - s->x[i]) / s->unit[i]);
        s->high[i] = fmin(radius, (s->upper[i] - s->x[i]) / s->unit[i]);
    }
}

/* x + d in the variables of the problem.  A bound that d reaches is met exactly. */
static void place(const bobyqa *s, const double *d, double *x)
{
    for (size_t i = 0; i < s->n; ++i) {
        const double h = s->unit[i];
        const double down = (s->lower[i] - s->x[i]) / h, up = (s->upper[i] - s->x[i]) / h;
        x[i] = d[i] <= down ? s->lower[i]
               : d[i] >= up ? s->upper[i]
                            : pm_clip(s->x[i] + h * d[i], s->lower[i], s->upper[i]);
    }
}

/* If the solver has moved the point that was asked for, d becomes the step to x.  Otherwise d is
 * not recomputed: coordinates whose step rounding has cancelled would make the points dependent. */
static void believe(const bobyqa *s, const double *asked, const double *x, double *d)
{
    for (size_t i = 0; i < s->n; ++i) {
        if (x[i] != asked[i]) {
            d[i] = (x[i] - s->x[i]) / s->unit[i];
        }
    }
}

/* ------------------------------------------------------------------------------------- the design ------- */

/* A step of length rho along axis i: up, or to the side with more room if rho does not fit there.
 */
static double along_axis(const bobyqa *s, size_t i)
{
    const double up = (s->upper[i] - s->x[i]) / s->unit[i];
    const double down = (s->x[i] - s->lower[i]) / s->unit[i];

    return up >= s->rho || up >= down ? fmin(s->rho, up) : -fmin(s->rho, down);
}

/* Sets up n + 1 points: the best one, and one along each axis, whose values are not known yet. */
static pm_turn design(bobyqa *s)
{
    pm_interpolation *q = &s->q;
    const size_t n = s->n;

    pm_interpolation_centre(q);
    q->f[0] = best_f(s);
    q->best = 0;
    q->m = n + 1;
    memset(q->y, 0, n * sizeof *q->y);
    for (size_t i = 0; i < n && !pm_pass_called_off(s->task, n); ++i) {
        double *y = q->y + (1 + i) * n;
        memset(y, 0, n * sizeof *y);
        y[i] = along_axis(s, i);
        q->f[1 + i] = HUGE_VAL;
    }
    memcpy(s->found, s->x, n * sizeof *s->x);
    s->fresh = true;
    s->retreats = 0;
    s->phase = DESIGN;
    return PM_STEP_DONE;
}

static void ask_design(bobyqa *s, pm_batch *b)
{
    b->count = 0;
    for (size_t k = 1; k <= s->n; ++k) {
        if (s->q.f[k] == HUGE_VAL) {
            double *x = b->x + b->count * s->n;
            if (!pm_pass_called_off(s->task, s->n)) {
                place(s, s->q.y + k * s->n, x);
                memcpy(s->asked + b->count * s->n, x, s->n * sizeof *x);
            }
            b->count += 1;
        }
    }
}

/* ---------------------------------------------------------------------------------------- the steps ----- */

static double distance(const bobyqa *s, size_t j)
{
    const double *y = s->q.y + j * s->n, *best = s->q.y + s->q.best * s->n;
    double most = 0.0;

    for (size_t i = 0; i < s->n; ++i) {
        most = pm_larger(fabs(y[i] - best[i]), most);
    }
    return most;
}

static bool farther_than(bobyqa *s, double least)
{
    bool found = false;

    for (size_t j = 0; j < s->q.m && !pm_pass_called_off(s->task, s->n); ++j) {
        const double dist = distance(s, j);
        if (dist > least) {
            s->far = j;
            least = dist;
            found = true;
        }
    }
    return found;
}

/* d = the step to the minimum of the model.  False if it is too short, or gains too little. */
static bool trust_step(bobyqa *s)
{
    const pm_hessian B = pm_interpolation_hessian(&s->q);

    set_box(s, s->delta);
    pm_interpolation_gradient(&s->q, s->g);
    memcpy(s->r, s->g, s->n * sizeof *s->r);
    memset(s->d, 0, s->n * sizeof *s->d);
    s->curvature = pm_boxstep_descend(&s->box, &B, s->low, s->high, s->d, s->r);
    s->phase = TRUST;
    s->retreats = 0;
    /* r is the gradient of the model at d: its change is (g + r)'d / 2 */
    const double gain = -0.5 * (pm_dot(s->g, s->d, s->n) + pm_dot(s->r, s->d, s->n));
    return pm_largest(s->d, s->n) >= 0.5 * s->rho && gain > DBL_EPSILON * fabs(best_f(s));
}

/* Ascends the absolute value of the far point's Lagrange function, from a start on the line through
 * the best point and the far one (on the far point's side if `sign` is 1).  Writes the step to d
 * and returns the value there. */
static double climb(bobyqa *s, double sign, double radius, double *d)
{
    const size_t n = s->n;
    const double *y = s->q.y + s->far * n, *best = s->q.y + s->q.best * n;
    const double share = sign * radius / distance(s, s->far);
    pm_hessian L = pm_interpolation_lagrange(&s->q, s->far, 1.0, s->g);

    for (size_t i = 0; i < n; ++i) {
        d[i] = pm_clip(share * (y[i] - best[i]), s->low[i], s->high[i]);
    }
    pm_hessian_times(&L, d, s->r);
    pm_add(s->r, 1.0, s->g, n);
    if (pm_dot(s->g, d, n) + pm_dot(s->r, d, n) > 0.0) { /* L > 0: descend on -L */
        L = pm_interpolation_lagrange(&s->q, s->far, -1.0, s->g);
        for (size_t i = 0; i < n; ++i) {
            s->r[i] = -s->r[i];
        }
    }
    pm_boxstep_descend(&s->box, &L, s->low, s->high, d, s->r);
    return -0.5 * (pm_dot(s->g, d, n) + pm_dot(s->r, d, n));
}

static pm_turn geometry_step(bobyqa *s)
{
    const double radius = fmax(fmin(0.1 * distance(s, s->far), s->delta), s->rho);

    set_box(s, radius);
    if (climb(s, 1.0, radius, s->d) < climb(s, -1.0, radius, s->other)) {
        memcpy(s->d, s->other, s->n * sizeof *s->d);
    }
    pm_interpolation_gradient(&s->q, s->g);
    s->phase = GEOMETRY;
    s->retreats = 0;
    return PM_STEP_DONE;
}

/* ------------------------------------------------------------------------------------- what is next ----- */

/* The rho at which steps move x by xtol. */
static double last_rho(const bobyqa *s)
{
    return fmax(s->xtol, 4.0 * DBL_EPSILON) / s->o->step;
}

/* Powell's sequence of rho: each a tenth of the one before, the last two reductions equal. */
static void reduce(bobyqa *s)
{
    const double last = last_rho(s), ratio = s->rho / last;

    forget_errors(s);
    s->fresh = false;
    s->delta = 0.5 * s->rho;
    s->rho = ratio <= 16.0 ? last : ratio <= 250.0 ? sqrt(ratio) * last : 0.1 * s->rho;
    s->delta = fmax(s->delta, s->rho);
}

/* Are the model's recent errors small compared with the change by its curvature within rho? */
static bool is_accurate(const bobyqa *s)
{
    double most = 0.0;

    for (size_t k = 0; k < RECENT; ++k) {
        most = pm_larger(s->error[k], most);
    }
    return most <= 0.125 * s->rho * s->rho * s->curvature;
}

/* Are the values at all points equal to rounding? */
static bool is_level(const bobyqa *s)
{
    double most = 0.0;

    for (size_t j = 0; j < s->q.m; ++j) {
        most = pm_larger(s->q.f[j] - best_f(s), most);
    }
    return most <= 4.0 * DBL_EPSILON * fabs(best_f(s));
}

/* The points no longer determine a model: makes a new design, unless the present one is new. */
static pm_turn repair(bobyqa *s)
{
    if (s->fresh) {
        return end(s, PM_EXHAUSTED);
    }
    s->rho = fmax(s->rho, REDESIGN * s->delta);
    return design(s);
}

/* Plans the next trust step; if that is too short, a geometry step or a smaller rho. */
static pm_turn go_on(bobyqa *s)
{
    while (!pm_called_off(s->task)) {
        if (pm_largest(s->q.y + s->q.best * s->n, s->n) > DRIFT * s->delta &&
            !pm_interpolation_renew(&s->q)) {
            return repair(s);
        }
        if (trust_step(s)) {
            return PM_STEP_DONE;
        }
        s->delta = s->delta <= 15.0 * s->rho ? s->rho : 0.1 * s->delta;
        if (!is_accurate(s) && farther_than(s, FAR_RHO * s->rho)) {
            return geometry_step(s);
        }
        if (is_level(s)) {
            return end(s, PM_PRECISION);
        }
        if (s->rho <= last_rho(s)) {
            return end(s, PM_STEP);
        }
        reduce(s);
    }
    return PM_NO_MORE;
}

/* ------------------------------------------------------------------------------------- the answers ------ */

static void halve(double *d, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        d[i] *= 0.5;
    }
}

/* Forms the first model when the design is complete. */
static pm_turn first_model(bobyqa *s)
{
    memcpy(s->x, s->found, s->n * sizeof *s->x);
    s->delta = s->rho;
    forget_errors(s);
    return pm_interpolation_renew(&s->q) ? go_on(s) : repair(s);
}

static pm_turn tell_design(bobyqa *s, const pm_batch *b)
{
    const size_t n = s->n;
    size_t told = 0;
    bool all = true;

    for (size_t k = 1; k <= n && !pm_pass_called_off(s->task, n); ++k) {
        double *y = s->q.y + k * n;
        if (s->q.f[k] < HUGE_VAL) {
            continue; /* evaluated in an earlier batch */
        }
        const double *x = b->x + told * n, f = b->f[told];
        if (f < HUGE_VAL) {
            believe(s, s->asked + told * n, x, y);
            s->q.f[k] = f;
        } else {
            halve(y, n);
            all = false;
        }
        if (f < best_f(s)) {
            s->q.best = k;
            memcpy(s->found, x, n * sizeof *x);
        }
        told += 1;
    }
    if (all) {
        return first_model(s);
    }
    s->retreats += 1;
    return s->retreats < RETREATS ? PM_MID_STEP : end(s, PM_EXHAUSTED);
}

/* Sets delta after a trust step, from the share of the predicted decrease that was achieved. */
static void resize(bobyqa *s, double share)
{
    const double length = pm_largest(s->d, s->n), half = 0.5 * s->delta;

    s->delta = share <= BAD    ? fmin(half, length)
               : share <= GOOD ? fmax(half, length)
                               : fmax(half, 2.0 * length);
    if (s->delta <= 1.5 * s->rho) {
        s->delta = s->rho;
    }
}

/* The index of the point that the best point + d should replace: the exchange keeps W far from
 * singular, or the point is far off.  The first free index, if no point needs to be replaced. */
static size_t least_needed(const bobyqa *s, double beta, bool improved)
{
    const pm_interpolation *q = &s->q;
    const double *best = q->y + q->best * s->n;
    double most = 0.0, farthest = 0.0;
    size_t found = q->m;

    for (size_t j = 0; j < q->m && !pm_pass_called_off(s->task, s->n); ++j) {
        double far = 0.0;
        for (size_t i = 0; i < s->n; ++i) {
            const double centre = best[i] + (improved ? s->d[i] : 0.0);
            far = pm_larger(fabs(q->y[j * s->n + i] - centre), far);
        }
        const double ratio = far / s->delta;
        const double weight = ratio > 1.0 ? ratio * ratio * ratio * ratio : 1.0;
        const double sigma = weight * pm_interpolation_sigma(q, j, beta);
        if (sigma > most && (improved || j != q->best)) {
            most = sigma;
            found = j;
            farthest = ratio;
        }
    }
    const double dd = pm_dot(s->d, s->d, s->n);
    return q->m < q->most && farthest < NEAR && beta > NEWS * dd * dd ? q->m : found;
}

/* Takes the best point + d into the model; false if the points do not determine a model. */
static bool take_in(bobyqa *s, double f)
{
    pm_interpolation *q = &s->q;
    const bool improved = f < best_f(s);
    double beta = pm_interpolation_probe(q, s->d);
    const double dd = pm_dot(s->d, s->d, s->n);

    if (beta < -WORN * dd * dd) {
        if (!pm_interpolation_renew(q)) {
            return false;
        }
        beta = pm_interpolation_probe(q, s->d);
    }
    beta = fmax(beta, 0.0);
    const size_t t = s->phase == GEOMETRY ? s->far : least_needed(s, beta, improved);
    if (t == q->most || (t < q->m && !(pm_interpolation_sigma(q, t, beta) > 0.0))) {
        return false;
    }
    pm_interpolation_take(q, t, s->d, f, beta);
    return true;
}

static pm_turn tell_step(bobyqa *s, const pm_batch *b)
{
    const double f = b->f[0];
    const bool trust = s->phase == TRUST;

    if (!(f < HUGE_VAL)) {
        halve(s->d, s->n);
        s->retreats += 1;
        return s->retreats < RETREATS ? PM_MID_STEP : end(s, PM_EXHAUSTED);
    }
    believe(s, s->asked, b->x, s->d);
    const double before = best_f(s);
    const double change = pm_interpolation_change(&s->q, s->g, s->d);
    const double share = change < 0.0 ? (f - before) / change : f < before ? 1.0 : -1.0;

    for (size_t k = RECENT - 1; k > 0; --k) {
        s->error[k] = s->error[k - 1];
    }
    s->error[0] = fabs(f - before - change);
    if (trust) {
        resize(s, share);
    }
    const bool taken = take_in(s, f);
    const double length = pm_largest(s->d, s->n);
    if (f < before) {
        s->fresh = false;
        memcpy(s->x, b->x, s->n * sizeof *s->x);
    }
    if (!taken && f < before) { /* it is the centre of the next design */
        s->q.f[s->q.best] = f;
        pm_add(s->q.y + s->q.best * s->n, 1.0, s->d, s->n);
    }
    if (!taken) {
        return repair(s);
    }
    if (trust && share < BAD) {
        if (farther_than(s, fmax(FAR_DELTA * s->delta, FAR_RHO * s->rho))) {
            return geometry_step(s);
        }
        if (share <= 0.0 && fmax(s->delta, length) <= s->rho) {
            if (s->rho <= last_rho(s)) {
                return end(s, PM_STEP);
            }
            reduce(s);
        }
    }
    return go_on(s);
}

static void ask(void *state, pm_batch *b)
{
    bobyqa *s = state;

    b->wants = PM_F;
    if (s->phase == DESIGN) {
        ask_design(s, b);
        return;
    }
    b->count = 1;
    if (s->phase == FIRST_POINT) {
        memcpy(b->x, s->x, s->n * sizeof *s->x);
    } else {
        place(s, s->d, b->x);
        memcpy(s->asked, b->x, s->n * sizeof *b->x);
    }
}

static pm_turn tell(void *state, const pm_batch *b)
{
    bobyqa *s = state;

    switch (s->phase) {
    case FIRST_POINT:
        if (!(b->f[0] < HUGE_VAL)) {
            return end(s, PM_NOT_FINITE);
        }
        memcpy(s->x, b->x, s->n * sizeof *s->x);
        s->q.f[0] = b->f[0];
        return design(s);
    case DESIGN:
        return tell_design(s, b);
    case TRUST:
    case GEOMETRY:
        return tell_step(s, b);
    }
    assert(!"a phase that there is not");
    return PM_NO_MORE;
}

static void at(const void *state, pm_iterate *out)
{
    const bobyqa *s = state;
    *out = (pm_iterate){.x = s->x, .f = best_f(s), .ended = s->ended};
}

const pm_method pm_bobyqa = {
    .name = "bobyqa",
    .family = "derivative-free",
    .summary = "a trust region on a quadratic model that interpolates the values at a few points",
    .when_not = "Where a gradient is to be had. Its own arithmetic costs microseconds an "
                "evaluation at n = 2 and some hundreds of them at n = 20, which matters only if "
                "f is as quick; beyond a hundred variables it is slow to learn the curvature. "
                "Jumps and kinks mislead a model: there `nelder_mead` is steadier.",
    .citation = "M. J. D. Powell, DAMTP 2009/NA06 and 2004/NA05; Math. Program. 100, 2004",
    .traits = PM_HANDLES_BOUNDS,
    .options = options,
    .options_size = sizeof(bobyqa_options),
    .stopping = {.gtol = 0.0, .ftol = 0.0, .xtol = 1e-8, .patience = 100000},
    .state_size = sizeof(bobyqa),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
};
