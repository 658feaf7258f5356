/* Nelder-Mead: a simplex of n + 1 points whose worst one is reflected through the others.
 *
 *   J. A. Nelder & R. Mead, "A simplex method for function minimization", Comput. J. 7, 1965, in
 *   the form, and with the rules for ties, of J. C. Lagarias, J. A. Reeds, M. H. Wright &
 *   P. E. Wright, SIAM J. Optim. 9 (1998) 112.
 *   F. Gao & L. Han, "Implementing the Nelder-Mead simplex algorithm with adaptive parameters",
 *   Comput. Optim. Appl. 51 (2012) 259: factors that depend on n, eq. (4.1).
 *   C. T. Kelley, "Detection and remediation of stagnation in the Nelder-Mead algorithm using a
 *   sufficient decrease condition", SIAM J. Optim. 10 (1999) 43: the simplex of a restart.
 *   M. A. Luersen & R. Le Riche, "Globalized Nelder-Mead method for engineering optimization",
 *   Comput. Struct. 82 (2004) 2251: on a box by projection, with restarts.
 *
 *   A simplex may become small away from a minimum, or degenerate on a bound of the box.  So it is
 *   built anew around its best vertex, with right angles, until a whole leg, from a new simplex to
 *   the next small one, has gained nothing that counts.
 *
 *   Departures: the sum of the vertices is updated instead of formed in every step, so a step takes
 *   O(n) operations besides the evaluation.  Kelley's first edges are half the shortest old one;
 *   here they are longer than all old ones, and shrink from leg to leg.
 */
#include "base/arena.h"
#include "base/bounds.h"
#include "base/vectors.h"
#include "solver/method.h"

#include <assert.h>
#include <float.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    int parameters;
    double step;
    size_t restarts;
} nelder_mead_options;

enum { ADAPTIVE, CLASSIC };
static const char *const parameter_sets[] = {"adaptive", "classic"};

static const pm_option options[] = {
    PM_OPTION_CHOICE(nelder_mead_options, parameters, ADAPTIVE, parameter_sets,
                     "factors of expansion, contraction and shrinkage: by n, or 2, 1/2 and 1/2"),
    PM_OPTION_REAL(nelder_mead_options, step, 0.25, 1e-12, 1e6,
                   "edge of the first simplex along each axis, relative to max(|x|, 1)"),
    PM_OPTION_WHOLE(nelder_mead_options, restarts, 20, 0, 1e6,
                    "at most so many new simplices after the first one has become small"),
    PM_OPTIONS_END,
};

/* The factor of the edge from leg to leg: a simplex of another size may find a descent that the one
 * before has missed. */
static const double EDGE_FACTOR = 0.1;

typedef struct {
    const nelder_mead_options *o;
    const pm_task *task;
    size_t n;
    double xtol, ftol;
    const double *lower, *upper; /* [n] */

    enum { FIRST_POINT, BUILDING, REFLECTING, EXPANDING, CONTRACTING, SHRINKING } phase;
    double expansion, contraction, shrinkage;
    size_t replaced;       /* vertices replaced since the sum was formed and the simplex judged */
    size_t leg;            /* number of restarts so far */
    double edge;           /* edge of the first simplex of this leg, in units of `step` */
    double first_f, leg_f; /* lowest values when the run, and this leg, began */
    double rise;           /* second lowest value of the first simplex minus the lowest */
    double reflected_f;
    pm_stop ended;

    double *x;         /* [n + 1][n] the vertices */
    double *f;         /* [n + 1] */
    size_t *order;     /* [n + 1] vertices, the lowest first */
    double *sum;       /* [n] the sum of all vertices */
    double *reflected; /* [n] */
} nelder_mead;

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    nelder_mead *s = state;
    const size_t n = s->n = task->n;

    s->o = task->options;
    s->task = task;
    s->xtol = task->stopping.xtol;
    s->ftol = task->stopping.ftol;
    s->lower = task->lower;
    s->upper = task->upper;
    s->x = PM_TAKE(a, double, pm_times(n + 1, n));
    s->f = PM_TAKE(a, double, n + 1);
    s->order = PM_TAKE(a, size_t, n + 1);
    s->sum = PM_TAKE(a, double, n);
    s->reflected = PM_TAKE(a, double, n);
}

static size_t points(const pm_task *task)
{
    return task->n;
}

static void start(void *state, const pm_task *task)
{
    nelder_mead *s = state;
    const bool by_n = s->o->parameters == ADAPTIVE && s->n > 2; /* equal to "classic" at n = 2 */
    const double n = (double)s->n;

    s->expansion = by_n ? 1.0 + 2.0 / n : 2.0;
    s->contraction = by_n ? 0.75 - 0.5 / n : 0.5;
    s->shrinkage = by_n ? 1.0 - 1.0 / n : 0.5;
    s->edge = 1.0;
    memcpy(s->x, task->x0, s->n * sizeof *s->x);
    for (size_t j = 0; j <= s->n; ++j) {
        s->order[j] = j;
        s->f[j] = HUGE_VAL;
    }
}

/* The k-th best vertex. */
static double *vertex(const nelder_mead *s, size_t k)
{
    return s->x + s->order[k] * s->n;
}

static double value(const nelder_mead *s, size_t k)
{
    return s->f[s->order[k]];
}

/* ------------------------------------------------------------------------------------------- asking ----- */

/* The edge of a new simplex along axis i: up, or to the side with more room if it does not fit; at
 * most up to the bound. */
static double edge(const nelder_mead *s, size_t i)
{
    const double x = vertex(s, 0)[i];
    const double up = s->upper[i] - x, down = x - s->lower[i];
    const double length = s->edge * s->o->step * pm_larger(fabs(x), 1.0);

    return up >= length || up >= down ? fmin(length, up) : -fmin(length, down);
}

/* Asks for a simplex with right angles at the best vertex, as in Kelley's restart. */
static void ask_simplex(const nelder_mead *s, pm_batch *b)
{
    const size_t n = s->n, count = pm_offer(b, n);

    for (size_t i = 0; i < count && !pm_pass_called_off(s->task, n); ++i) {
        memcpy(b->x + i * n, vertex(s, 0), n * sizeof *b->x);
        b->x[i * n + i] += edge(s, i);
    }
}

static void ask_shrunk(const nelder_mead *s, pm_batch *b)
{
    const size_t n = s->n, count = pm_offer(b, n);
    const double *best = vertex(s, 0);

    for (size_t k = 1; k <= count && !pm_pass_called_off(s->task, n); ++k) {
        for (size_t i = 0; i < n; ++i) {
            b->x[(k - 1) * n + i] = best[i] + s->shrinkage * (vertex(s, k)[i] - best[i]);
        }
    }
}

/* c + t (x_worst - c), c being the centroid of the other vertices. */
static void ask_on_line(const nelder_mead *s, pm_batch *b, double t)
{
    const double *worst = vertex(s, s->n), inverse = 1.0 / (double)s->n;

    b->count = 1;
    for (size_t i = 0; i < s->n; ++i) {
        const double c = (s->sum[i] - worst[i]) * inverse;
        b->x[i] = c + t * (worst[i] - c);
    }
}

static void ask(void *state, pm_batch *b)
{
    const nelder_mead *s = state;

    b->wants = PM_F;
    switch (s->phase) {
    case FIRST_POINT:
        b->count = 1;
        memcpy(b->x, s->x, s->n * sizeof *b->x);
        break;
    case BUILDING:
        ask_simplex(s, b);
        break;
    case REFLECTING:
        ask_on_line(s, b, -1.0);
        break;
    case EXPANDING:
        ask_on_line(s, b, -s->expansion);
        break;
    case CONTRACTING: /* outside if the reflected point is better than the worst, else inside */
        ask_on_line(s, b, s->reflected_f < value(s, s->n) ? -s->contraction : s->contraction);
        break;
    case SHRINKING:
        ask_shrunk(s, b);
        break;
    }
}

/* ------------------------------------------------------------------------------------------ telling ----- */

static pm_turn end(nelder_mead *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

static void form_sum(nelder_mead *s)
{
    memset(s->sum, 0, s->n * sizeof *s->sum);
    for (size_t j = 0; j <= s->n && !pm_pass_called_off(s->task, s->n); ++j) {
        pm_add(s->sum, 1.0, s->x + j * s->n, s->n);
    }
    s->replaced = 0;
}

/* Moves the vertex at place k of the order up to its sorted place, behind those of equal value. */
static void sort_in(nelder_mead *s, size_t k)
{
    const size_t j = s->order[k];

    for (; k > 0 && s->f[j] < s->f[s->order[k - 1]]; --k) {
        s->order[k] = s->order[k - 1];
    }
    s->order[k] = j;
}

/* Is the simplex no larger, along any axis, than `tolerance` times max(|x|, 1)? */
static bool smaller_than(const nelder_mead *s, double tolerance)
{
    const double *best = vertex(s, 0);

    for (size_t i = 0; i < s->n && !pm_pass_called_off(s->task, s->n); ++i) {
        const double least = tolerance * pm_larger(fabs(best[i]), 1.0);
        for (size_t j = 0; j <= s->n; ++j) {
            if (fabs(s->x[j * s->n + i] - best[i]) > least) {
                return false;
            }
        }
    }
    return true;
}

/* Differences of f up to this do not count: they are within ftol times the improvement of the run,
 * or rounding.  If the start is still the best point, `rise` stands in for the improvement, since
 * nothing else is known of the scale of f. */
static double negligible(const nelder_mead *s)
{
    const double best = value(s, 0), improved = s->first_f - best;
    const double scale = improved > 0.0 ? improved : s->rise;
    return (scale < HUGE_VAL ? s->ftol * scale : 0.0) + 4.0 * DBL_EPSILON * fabs(best);
}

/* Ends a leg, and begins another one unless this one has gained nothing or was the last. */
static pm_turn restart(nelder_mead *s, pm_stop why)
{
    const double gain = s->leg_f - value(s, 0);

    if (s->leg == s->o->restarts || (s->leg > 0 && !(gain > negligible(s)))) {
        return end(s, why);
    }
    s->leg += 1;
    s->leg_f = value(s, 0);
    s->edge *= EDGE_FACTOR;
    s->phase = BUILDING;
    return PM_STEP_DONE;
}

/* Completes a step.  After every n replaced vertices the simplex is judged. */
static pm_turn next(nelder_mead *s)
{
    s->phase = REFLECTING;
    if (s->replaced < s->n) {
        return PM_STEP_DONE;
    }
    form_sum(s);
    if (smaller_than(s, fmax(s->xtol, 4.0 * DBL_EPSILON))) {
        return restart(s, PM_STEP);
    }
    return value(s, s->n) - value(s, 0) <= negligible(s) ? restart(s, PM_VALUE) : PM_STEP_DONE;
}

/* Replaces the worst vertex by (x, f). */
static pm_turn replace(nelder_mead *s, const double *x, double f)
{
    double *worst = vertex(s, s->n);

    for (size_t i = 0; i < s->n; ++i) {
        s->sum[i] += x[i] - worst[i];
        worst[i] = x[i];
    }
    s->f[s->order[s->n]] = f;
    sort_in(s, s->n);
    s->replaced += 1;
    return next(s);
}

/* Replaces all vertices but the best one. */
static pm_turn replace_all(nelder_mead *s, const pm_batch *b)
{
    for (size_t k = 1; k <= s->n && !pm_pass_called_off(s->task, s->n); ++k) {
        memcpy(vertex(s, k), b->x + (k - 1) * s->n, s->n * sizeof *b->x);
        s->f[s->order[k]] = b->f[k - 1];
    }
    for (size_t k = 1; k <= s->n && !pm_pass_called_off(s->task, k); ++k) {
        sort_in(s, k);
    }
    if (s->phase == BUILDING && s->leg == 0) {
        s->rise = value(s, 1) - value(s, 0);
    }
    s->replaced = s->n;
    return value(s, 0) < HUGE_VAL ? next(s) : end(s, PM_NOT_FINITE);
}

static pm_turn reflect(nelder_mead *s, const pm_batch *b)
{
    const double f = b->f[0];

    if (f >= value(s, 0) && f < value(s, s->n - 1)) {
        return replace(s, b->x, f);
    }
    memcpy(s->reflected, b->x, s->n * sizeof *b->x);
    s->reflected_f = f;
    s->phase = f < value(s, 0) ? EXPANDING : CONTRACTING;
    return PM_MID_STEP;
}

static pm_turn expand(nelder_mead *s, const pm_batch *b)
{
    const bool farther = b->f[0] < s->reflected_f;
    return replace(s, farther ? b->x : s->reflected, farther ? b->f[0] : s->reflected_f);
}

/* An outside contraction must be at least as good as the reflected point, an inside one better than
 * the worst vertex. */
static pm_turn contract(nelder_mead *s, const pm_batch *b)
{
    const double f = b->f[0], worst = value(s, s->n);

    if (s->reflected_f < worst ? f <= s->reflected_f : f < worst) {
        return replace(s, b->x, f);
    }
    s->phase = SHRINKING;
    return PM_MID_STEP;
}

static pm_turn tell(void *state, const pm_batch *b)
{
    nelder_mead *s = state;

    switch (s->phase) {
    case FIRST_POINT:
        memcpy(s->x, b->x, s->n * sizeof *s->x);
        s->f[0] = s->first_f = s->leg_f = b->f[0];
        s->phase = BUILDING;
        return PM_STEP_DONE;
    case BUILDING:
    case SHRINKING:
        return replace_all(s, b);
    case REFLECTING:
        return reflect(s, b);
    case EXPANDING:
        return expand(s, b);
    case CONTRACTING:
        return contract(s, b);
    }
    assert(!"a phase that there is not");
    return PM_NO_MORE;
}

static void at(const void *state, pm_iterate *out)
{
    const nelder_mead *s = state;
    *out = (pm_iterate){.x = vertex(s, 0), .f = value(s, 0), .ended = s->ended};
}

const pm_method pm_nelder_mead = {
    .name = "nelder_mead",
    .family = "derivative-free",
    .summary = "a simplex of n + 1 points that turns over its worst one; built anew when it has "
               "become small",
    .when_not = "Where f is smooth: `lbfgs` with differences needs a small part of the "
                "evaluations, also without a gradient. It is for a few variables, at most ten "
                "or so, and for values with noise or small jumps, which a simplex larger than "
                "they are does not see. `polish=False` keeps `lbfgs` out of such a function.",
    .citation = "J. A. Nelder and R. Mead, Comput. J. 7, 1965; F. Gao and L. Han, Comput. Optim. "
                "Appl. 51, 2012",
    .traits = PM_HANDLES_BOUNDS,
    .options = options,
    .options_size = sizeof(nelder_mead_options),
    .stopping = {.gtol = 0.0, .ftol = 1e-10, .xtol = 0.0, .patience = 100000},
    .state_size = sizeof(nelder_mead),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
};
