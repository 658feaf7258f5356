/* Newton's method in a trust region, on a box; it leaves saddles along negative curvature.
 *
 *   A. R. Conn, N. I. M. Gould & P. L. Toint, "Trust-region methods", SIAM, 2000, algorithm 6.1.1.
 *   Few variables: the whole Hessian, and the exact minimiser of the model by its eigenvectors, the
 *   hard case included (J. J. More & D. C. Sorensen, SIAM J. Sci. Stat. Comput. 4, 1983).
 *   Many: the exact minimiser in a Krylov space, built product by product until the residual is
 *   small (N. I. M. Gould, S. Lucidi, M. Roma & P. L. Toint, "Solving the trust-region subproblem
 *   using the Lanczos method", SIAM J. Optim. 9, 1999).
 *   The box: coordinates with a binding bound stay there; those that the step in the others would
 *   move out of the box are put on its border, and the model is minimised again in the rest.  The
 *   decrease of the model must be at least a share of that along the projected gradient
 *   (A. R. Conn, N. I. M. Gould & P. L. Toint, SIAM J. Num. Anal. 25, 1988).
 *
 *   Departures: the radius is a smooth function of the error of the model; if the predicted
 *   decrease is within rounding, the gradient decides; a Hessian by differences is updated (SR1) by
 *   the gradients met as long as its model predicts well, and then differenced again; convergence
 *   is not judged at a point where the model predicts a considerable decrease or the curvature is
 *   negative.
 */
#include "methods/gradient/newtonmodel.h"
#include "base/rng.h"
#include "solver/stopping.h"
#include "base/vectors.h"

#include <float.h>
#include <string.h>

/* An eigenproblem of this order takes some 25 ms in LAPACK, where a run cannot be called off. */
enum { LONGEST = 500 };

static const pm_option options[] = {
    PM_OPTION_WHOLE(newton_options, dense, 100, 0, LONGEST,
                    "the whole Hessian is used up to so many variables, Krylov spaces beyond"),
    PM_OPTION_WHOLE(newton_options, subspace, 100, 2, LONGEST,
                    "most dimensions of a Krylov space; each takes n numbers of memory"),
    PM_OPTION_WHOLE(newton_options, updates, 100, 0, PM_MOST_WHOLE,
                    "points that update a Hessian by differences before it is differenced again"),
    PM_OPTION_REAL(newton_options, radius, 0.3, 1e-10, 1e10,
                   "the first step moves x by about so much, in units of max(|x|, 1)"),
    PM_OPTION_REAL(newton_options, accept, 1e-4, 0.0, 0.25,
                   "share of the predicted decrease that a step must achieve"),
    PM_OPTION_REAL(newton_options, residual, 0.1, 0.0, 1.0,
                   "part of the gradient that a step in a Krylov space may leave"),
    PM_OPTIONS_END,
};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    newton *s = state;
    const size_t n = s->n = task->n;

    s->o = task->options;
    s->task = task;
    s->lower = task->lower;
    s->upper = task->upper;
    s->dense = n <= s->o->dense;
    s->x = PM_TAKE(a, double, n);
    s->g = PM_TAKE(a, double, n);
    s->p = PM_TAKE(a, double, n);
    s->projected = PM_TAKE(a, double, n);
    s->scale = PM_TAKE(a, double, n);
    s->moving = PM_TAKE(a, size_t, n);
    if (s->dense) {
        pm_newton_whole_layout(&s->whole, a, task);
    } else {
        const size_t most = s->o->subspace;
        pm_krylov_layout(&s->krylov, a, task->linalg, n, most < n ? most : n);
    }
}

static size_t points(const pm_task *task)
{
    const newton_options *o = task->options;
    return task->n <= o->dense ? task->n : 1;
}

static void start(void *state, const pm_task *task)
{
    newton *s = state;
    s->f = HUGE_VAL;
    s->judged = true;
    memcpy(s->x, task->x0, s->n * sizeof *s->x);
}

/* --------------------------------------------------------------------------------------- asking ------ */

/* Row j of a batch: the product of the Hessian at the iterate with v. */
static void ask_product(const newton *s, pm_batch *b, size_t j, const double *v)
{
    const size_t bytes = s->n * sizeof *s->x;

    b->wants = PM_HV;
    memcpy(b->x + j * s->n, s->x, bytes);
    memcpy(b->g + j * s->n, s->g, bytes);
    if (v != NULL) {
        memcpy(b->v + j * s->n, v, bytes);
    } else {
        memset(b->v + j * s->n, 0, bytes);
    }
}

/* Asks for the columns of the Hessian that belong to moving variables. */
static void ask_columns(const newton *s, pm_batch *b)
{
    const size_t count = pm_offer(b, s->n_moving);

    for (size_t k = 0; k < count; ++k) {
        ask_product(s, b, k, NULL);
        b->v[k * s->n + s->moving[k]] = 1.0;
    }
}

/* Changes of f below this are rounding. */
static double rounding(const newton *s, double f)
{
    return 10.0 * DBL_EPSILON * fmax(fabs(s->f), f < HUGE_VAL ? fabs(f) : 0.0);
}

static void ask(void *state, pm_batch *b)
{
    const newton *s = state;

    b->count = 1;
    b->wants = PM_FG;
    switch (s->phase) {
    case FIRST_POINT:
        memcpy(b->x, s->x, s->n * sizeof *b->x);
        break;
    case CURVATURE:
        if (s->dense) {
            ask_columns(s, b);
        } else {
            ask_product(s, b, 0, pm_krylov_vector(&s->krylov));
        }
        break;
    case CLIPPED:
        ask_product(s, b, 0, s->p);
        break;
    case TRIAL:
        b->value_limit = s->f + rounding(s, s->f); /* a step with a higher value is refused */
        for (size_t i = 0; i < s->n; ++i) {
            b->x[i] = pm_clip(s->x[i] + s->p[i], s->lower[i], s->upper[i]);
        }
        break;
    }
}

/* --------------------------------------------------------------------------------------- the region ---- */

static double size_of(const newton *s, size_t i)
{
    return fmax(fabs(s->x[i]), 1.0);
}

/* D = 1 / max(|x|, 1), the size of a variable as in the other rules of the library.  The region
 * keeps its width along the last step. */
static void shape_region(newton *s)
{
    const double before = scaled_length(s, s->p);

    for (size_t i = 0; i < s->n; ++i) {
        s->scale[i] = 1.0 / size_of(s, i);
    }
    if (before > 0.0) {
        s->radius *= scaled_length(s, s->p) / before;
    }
}

/* The error of the model is a cubic term, and its decrease grows at least like the length of the
 * step and at most like its square: after multiplication by `factor`, the error of a step is about
 * ERROR times its predicted decrease. */
static void resize_region(newton *s, double f, double noise)
{
    static const double ERROR = 0.25, LEAST = 0.25, MOST = 3.0;

    s->error = fabs((s->f - f - s->predicted) / (s->predicted + noise));
    const double factor = f < HUGE_VAL ? fmin(fmax(sqrt(ERROR / s->error), LEAST), MOST) : LEAST;

    s->radius = factor < 1.0 ? factor * s->length : fmax(factor * s->length, s->radius);
}

/* ------------------------------------------------------------------------------------- the outer loop --- */

static double first_radius(const newton *s)
{
    return s->o->radius * sqrt((double)s->n);
}

static pm_turn end(newton *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

/* Projects g; returns its length in the variables without a binding bound. */
static double projected_gradient(newton *s, const double *x, const double *g)
{
    for (size_t i = 0; i < s->n; ++i) {
        s->projected[i] = pm_is_binding(x[i], g[i], s->lower[i], s->upper[i]) ? 0.0 : g[i];
    }
    return pm_norm(s->projected, s->n);
}

/* Does the model predict more than a negligible share of the decrease of the run so far? */
static bool is_worthwhile(const newton *s)
{
    static const double TRIFLE = 1e-9;
    return s->predicted > TRIFLE * (s->first_f - s->f);
}

/* Tries the planned step, or ends the run if it predicts no decrease.  The iterate is judged first
 * if it has not been. */
static pm_turn try_step(newton *s)
{
    if (!(s->predicted > 0.0 && s->predicted < HUGE_VAL)) {
        const bool flat = projected_gradient(s, s->x, s->g) == 0.0;
        return end(s, flat ? PM_GRADIENT : s->searched ? PM_PRECISION : PM_EXHAUSTED);
    }
    s->phase = TRIAL;
    s->unfinished = s->bent || is_worthwhile(s);
    if (s->judged) {
        return PM_MID_STEP;
    }
    s->judged = true;
    return PM_STEP_DONE;
}

/* Starts the Krylov space with the gradient or, to find negative curvature in directions orthogonal
 * to it, with a random direction. */
static void begin_krylov(newton *s, bool along_gradient)
{
    double slope = projected_gradient(s, s->x, s->g);

    s->bent = false;
    s->searched = !along_gradient;
    s->phase = CURVATURE;
    s->check = 1;
    if (!along_gradient) {
        pm_rng r = pm_rng_stream(s->task->key, 0);
        for (size_t k = 0; k < s->n_moving; ++k) {
            s->projected[s->moving[k]] = pm_rng_uniform(&r) - 0.5;
        }
        slope = 0.0;
        s->radius = first_radius(s);
    }
    pm_krylov_begin(&s->krylov, s->projected, slope);
}

/* The share of the step, in the direction of `sign`, that stays in the box. */
static double room(const newton *s, double sign)
{
    double t = 1.0;
    for (size_t i = 0; i < s->n; ++i) {
        const double p = sign * s->p[i];
        if (!fits(s, i, p)) {
            t = fmin(t, clipped(s, i, p) / p);
        }
    }
    return fmax(t, 0.0);
}

/* Plans the step in the Krylov space if it stays in the box.  Otherwise the step is shortened, or
 * clipped coordinate by coordinate, which needs one more product.  Along negative curvature both
 * directions are downhill: the slope decides or, if that is 0, the room in the box. */
static pm_turn plan_krylov(newton *s)
{
    if (!isfinite(s->predicted)) {
        return try_step(s); /* no step: ends the run */
    }
    pm_krylov_step(&s->krylov, s->p);
    double slope = pm_dot(s->g, s->p, s->n), t = room(s, 1.0);

    if (slope > 0.0 || (slope == 0.0 && t < room(s, -1.0))) {
        for (size_t j = 0; j < s->krylov.size; ++j) {
            s->krylov.y[j] = -s->krylov.y[j];
        }
        pm_krylov_step(&s->krylov, s->p);
        slope = -slope;
        t = room(s, 1.0);
    }
    s->inside = s->krylov.multiplier == 0.0 && t == 1.0;
    if (t == 1.0) {
        return try_step(s);
    }
    const double bend = -2.0 * (s->predicted + slope); /* p'Hp */
    s->cut = t;
    s->predicted = -t * (slope + 0.5 * t * bend);
    for (size_t i = 0; i < s->n; ++i) {
        s->p[i] = clipped(s, i, s->p[i]);
    }
    s->phase = CLIPPED;
    return PM_MID_STEP;
}

static pm_turn compare_cuts(newton *s, const pm_batch *b)
{
    const double fall = -pm_dot(s->g, s->p, s->n) - 0.5 * pm_dot(s->p, b->hv, s->n);

    if (fall >= s->predicted) {
        s->predicted = fall;
    } else {
        pm_krylov_step(&s->krylov, s->p);
        for (size_t i = 0; i < s->n; ++i) {
            s->p[i] *= s->cut;
        }
    }
    return try_step(s);
}

/* Is the residual of the step small enough?  The required share of the gradient falls with the
 * length of the gradient (R. S. Dembo, S. C. Eisenstat & T. Steihaug, SIAM J. Num. Anal. 19, 1982).
 */
static bool is_exact(const newton *s)
{
    const pm_krylov *k = &s->krylov;
    if (k->first == 0.0) {
        return k->lowest < 0.0 && k->residual <= -0.1 * k->lowest;
    }
    const double share = fmin(s->o->residual, sqrt(k->first / s->first_g));
    return k->residual <= share * k->first;
}

static pm_turn grow_krylov(newton *s, const pm_batch *b)
{
    pm_krylov *k = &s->krylov;
    double *product = s->p;

    for (size_t i = 0; i < s->n; ++i) {
        const bool is_held = pm_is_binding(s->x[i], s->g[i], s->lower[i], s->upper[i]);
        product[i] = is_held || !isfinite(b->hv[i]) ? 0.0 : b->hv[i];
    }
    const bool full = pm_krylov_tell(k, product);
    if (!full && k->size < s->check) {
        return PM_MID_STEP;
    }
    s->check = k->size + 1 + k->size / 8;
    s->predicted = pm_krylov_minimise(k, s->radius);
    if (!full && isfinite(s->predicted) && !is_exact(s)) {
        return PM_MID_STEP;
    }
    s->widest = fmax(-k->values[0], k->values[k->size - 1]);
    s->bent = k->lowest < -curvature_error(s) * s->widest;
    return plan_krylov(s);
}

static pm_turn plan_anew(newton *s, const pm_batch *b)
{
    pm_newton_take_columns(s, b);
    pm_newton_plan(s);
    return try_step(s);
}

/* Is the Hessian updated instead of evaluated at every iterate, because it takes differences? */
static bool is_updated(const newton *s)
{
    return s->dense && !s->task->has_hessian && s->o->updates > 0;
}

/* Is the updated Hessian good enough for the new iterate? */
static bool is_still_good(const newton *s)
{
    static const double POOR = 0.9;
    bool known = is_updated(s) && s->whole.age <= s->o->updates && s->error < POOR;

    for (size_t k = 0; k < s->n_moving; ++k) {
        known = known && s->whole.known[s->moving[k]];
    }
    return known;
}

/* Accepts the point of the batch as the iterate. */
static pm_turn accept(newton *s, const pm_batch *b)
{
    const bool last = s->phase == TRIAL && s->inside && !is_worthwhile(s);

    s->f = b->f[0];
    memcpy(s->x, b->x, s->n * sizeof *s->x);
    memcpy(s->g, b->g, s->n * sizeof *s->g);
    shape_region(s);
    find_moving(s);
    const double slope = projected_gradient(s, s->x, s->g);
    s->first_g = fmax(s->first_g, slope);
    if (s->n_moving == 0) {
        return end(s, PM_GRADIENT);
    }
    s->whole.refused = 0;
    s->whole.stale = true;
    if (s->phase == TRIAL && is_still_good(s)) {
        s->judged = false;
        pm_newton_plan(s);
        return try_step(s);
    }
    s->phase = CURVATURE;
    s->judged = s->dense ? last : slope > 0.0;
    s->unfinished = false;
    if (!s->dense) {
        begin_krylov(s, slope > 0.0);
    }
    return s->judged ? PM_STEP_DONE : PM_MID_STEP;
}

static pm_turn accept_first(newton *s, const pm_batch *b)
{
    if (!(b->f[0] < HUGE_VAL)) {
        return end(s, PM_NOT_FINITE);
    }
    s->radius = first_radius(s);
    s->first_f = b->f[0];
    return accept(s, b);
}

/* A step was refused: evaluates a stale Hessian again, ends the run if the predicted decrease is
 * within rounding or differences, or tries a shorter step. */
static pm_turn refuse(newton *s)
{
    const pm_iterate here = {.x = s->x, .f = s->f, .g = s->g};
    bool moves = false;

    for (size_t i = 0; i < s->n; ++i) {
        moves = moves || fabs(s->p[i]) > DBL_EPSILON * fabs(s->x[i]);
    }
    const bool lost = s->predicted <= rounding(s, s->f);
    if (is_updated(s) && s->whole.stale && (s->bent || !lost) &&
        (s->whole.refused++ > 0 || lost || !moves)) {
        find_moving(s);
        s->phase = CURVATURE;
        return PM_MID_STEP;
    }
    if (!s->bent && (lost || pm_beneath_differences(&here, s->widest, s->task))) {
        if (s->dense || s->searched) {
            return end(s, PM_PRECISION);
        }
        begin_krylov(s, false);
        return PM_MID_STEP;
    }
    if (!moves || lost) {
        return end(s, PM_EXHAUSTED);
    }
    if (s->dense) {
        pm_newton_plan(s);
        return try_step(s);
    }
    s->predicted = pm_krylov_minimise(&s->krylov, s->radius);
    return plan_krylov(s);
}

static pm_turn tell_trial(newton *s, const pm_batch *b)
{
    const double f = b->f[0], noise = rounding(s, f);
    bool good;

    for (size_t i = 0; i < s->n; ++i) {
        s->p[i] = b->x[i] - s->x[i];
    }
    s->length = scaled_length(s, s->p);
    if (!(f <= b->value_limit)) {
        good = false;                   /* the gradient may not have been evaluated */
    } else if (s->predicted <= noise) { /* only the gradients can show progress */
        good = projected_gradient(s, b->x, b->g) < 0.9 * projected_gradient(s, s->x, s->g);
    } else {
        good = s->f - f + noise >= s->o->accept * s->predicted;
    }
    resize_region(s, f, noise);
    /* No update by a step whose predicted decrease is within rounding, or by a refused step if the
     * Hessian was evaluated at this iterate and is more accurate. */
    if (is_updated(s) && s->predicted > noise && (good || s->whole.stale)) {
        pm_newton_update(s, b);
    }
    return good ? accept(s, b) : refuse(s);
}

static pm_turn tell(void *state, const pm_batch *b)
{
    newton *s = state;

    switch (s->phase) {
    case FIRST_POINT:
        return accept_first(s, b);
    case CURVATURE:
        return s->dense ? plan_anew(s, b) : grow_krylov(s, b);
    case CLIPPED:
        return compare_cuts(s, b);
    case TRIAL:
        break;
    }
    return tell_trial(s, b);
}

static void at(const void *state, pm_iterate *out)
{
    const newton *s = state;
    *out = (pm_iterate){
        .x = s->x, .f = s->f, .g = s->g, .unfinished = s->unfinished, .ended = s->ended};
}

const pm_method pm_newton = {
    .name = "newton",
    .family = "gradient",
    .summary = "Newton steps in a trust region, on a box, along negative curvature where there is",
    .when_not = "Without `hess` or `hessp` a Hessian costs n gradients, again and again, and "
                "without `jac` n**2 values: then `lbfgs` is cheaper, unless the valley is long "
                "and curved or a saddle is in the way. Beyond some hundred variables give "
                "`hessp`, or a sparse `hess`. Noise in the values is amplified twice by "
                "differences of differences.",
    .citation = "A. R. Conn, N. I. M. Gould & P. L. Toint, Trust-region methods, SIAM, 2000",
    .traits = PM_NEEDS_GRADIENT | PM_HANDLES_BOUNDS | PM_USES_HESSIAN | PM_NEEDS_LINALG,
    .options = options,
    .options_size = sizeof(newton_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-15, .xtol = 0.0, .patience = 8},
    .state_size = sizeof(newton),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
};
