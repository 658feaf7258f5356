/* CMA-ES: an evolution strategy that adapts the covariance of its steps, restarted with larger and
 * with smaller populations.
 *
 *   N. Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772, whose symbols and
 *   equations are used here: weighted recombination, cumulative step-size adaptation, rank-one and
 *   rank-mu update of the covariance with negative weights (G. A. Jastrebski & D. V. Arnold,
 *   "Improving evolution strategies through active covariance matrix adaptation", CEC 2006).
 *
 *   N. Hansen, "Benchmarking a bi-population CMA-ES on the BBOB-2009 function testbed", GECCO 2009
 *   workshop: `bipop` (restarts.h), and the criteria that end a run.
 *
 *   R. Ros & N. Hansen, "A simple modification in CMA-ES achieving linear time and space
 *   complexity", PPSN X, 2008: `diagonal`.
 *
 *   N. Hansen, "A global surrogate assisted CMA-ES", GECCO 2019: `surrogate`.  The points of a
 *   generation that are lowest by a quadratic model of f are evaluated first; as soon as the model
 *   predicts the order of values well, the remaining points take the model's values.  One point of
 *   the generation is the minimum of the model, injected as an external solution (N. Hansen,
 *   "Injecting external solutions into CMA-ES", arXiv:1110.4181).
 *
 *   Departures from the tutorial:
 *   - C is learnt 1.5 times as fast, unless the population is large (strategy.c).
 *   - Each coordinate has a unit: the width of the box or, where that is open, max(|x0|, 1).  A
 *     point outside the box is evaluated at the nearest point of the box, and ranked with a penalty
 *     for the distance.
 *   - Differences of f are compared with the rounding of f, not with an absolute tolerance; and a
 *     run that converges to a value above the best one known ends when this is clear.
 *   - A generation whose values are all equal leaves the mean, sigma and C unchanged.
 */
#include "base/arena.h"
#include "methods/global/best.h"
#include "base/bounds.h"
#include "methods/global/cmaes/gaussian.h"
#include "base/ranking.h"
#include "methods/global/cmaes/restarts.h"
#include "base/rng.h"
#include "methods/global/cmaes/surrogate.h"
#include "base/vectors.h"

#include <assert.h>
#include <float.h>
#include <string.h>

typedef struct {
    double sigma;
    size_t population;
    int restarts, covariance, surrogate;
} cmaes_options;

enum { NONE, IPOP, BIPOP };
static const char *const restarts[] = {"none", "ipop", "bipop"};
enum { AUTOMATIC, FULL, DIAGONAL };
static const char *const covariances[] = {"automatic", "full", "diagonal"};

enum { NO_SURROGATE, QUADRATIC };
static const char *const surrogates[] = {"none", "quadratic"};

static const pm_option options[] = {
    PM_OPTION_REAL(cmaes_options, sigma, 0.2, 1e-12, 1e12,
                   "standard deviation of the first steps, relative to the width of the box, or to "
                   "max(|x0|, 1) where it is open"),
    PM_OPTION_WHOLE(cmaes_options, population, 0, 0, 1e6,
                    "points of a generation, at least 2; 0: 4 + 3 log n, rounded down"),
    PM_OPTION_CHOICE(cmaes_options, restarts, BIPOP, restarts,
                     "when a run has converged, others follow until the budget is spent: of twice "
                     "the population (ipop), and of smaller ones in turn with them (bipop)"),
    PM_OPTION_CHOICE(
        cmaes_options, covariance, AUTOMATIC, covariances,
        "of the steps; diagonal: a scale for each variable, which learns faster but no "
        "rotation; automatic: full up to 500 variables"),
    PM_OPTION_CHOICE(cmaes_options, surrogate, QUADRATIC, surrogates,
                     "a quadratic model of f, up to 50 variables: a generation is evaluated in "
                     "parts, and while the model is right only the first; none: whole ones"),
    PM_OPTIONS_END,
};

enum {
    LARGEST_FULL = 500,     /* variables; with more, a full covariance is not learnt in time */
    LARGEST_MODELLED = 50,  /* variables; with more, the model would take most of the time */
    GENERATIONS = 50,       /* populations are limited so that the budget allows at least these */
    MOST_NUMBERS = 1 << 24, /* coordinates of one generation, to limit the memory */
};

/* TolX and TolUpSigma of Hansen 2009. */
static const double TOL_X = 1e-12, TOL_UP_SIGMA = 1e4;

/* Values that differ by less count as equal, in units in the last place of the best value. */
static const double SAME_VALUE = 10.0;

/* With a surrogate a generation is evaluated in parts.  The first part is 1 + FIRST_PART lambda
 * points, rounded up (Hansen 2019), but at least PART_OF_LAST times the number that the generation
 * before needed; each later part is GROWTH times the number evaluated so far. */
static const double FIRST_PART = 0.02, PART_OF_LAST = 0.5, GROWTH = 0.5;

/* A run is given up when its last values differ by less than this part of their distance to the
 * best value known. */
static const double HOPELESS = 0.1;

/* The least standard deviation of an integer variable: with it, about one step in five is not
 * rounded to zero. */
static const double LEAST_INTEGER_STEP = 0.4;

enum { STEPS, RESTARTS }; /* streams of random numbers */

typedef struct {
    const cmaes_options *o;
    const pm_task *task;
    size_t n, most; /* points of the largest population */
    bool modelled;
    const double *x0, *lower, *upper; /* [n] */
    const bool *integer;              /* [n], or NULL */
    pm_gaussian N;
    pm_surrogate surrogate;

    pm_restarts restarts;
    pm_best best; /* of all runs */
    bool begun;   /* values have been told */
    pm_rng steps, draws;

    /* the present run */
    size_t evaluations;
    size_t limit; /* evaluations it may take */
    pm_stop ended;

    /* the present generation */
    bool drawn;
    bool proposed;    /* its first row is the model's lowest point */
    size_t known;     /* points evaluated so far, the first ones of the queue */
    size_t last_took; /* points evaluated in the generation before */

    double *z;        /* [n] a step in the coordinates in which C is the identity */
    double *t;        /* [n] a point, in units of the coordinates */
    double *square;   /* [most] squared length of each z */
    double *Y;        /* [most][n] steps in units of sigma */
    double *f;        /* [most] by row: the value, or the one that the model predicts */
    double *rank_by;  /* [most] by row: the key of the ranking */
    double *lowest;   /* [span] best values of the last generations, a ring */
    size_t *queue;    /* [most] rows in the order of their evaluation */
    pm_ranked *order; /* [most] */
} cmaes;

/* ------------------------------------------------------------------------------- sizes -------- */

static size_t first_population(const pm_task *task)
{
    const cmaes_options *o = task->options;
    return o->population > 0 ? pm_more(o->population, 2) : pm_strategy_population(task->n);
}

static size_t points(const pm_task *task)
{
    const cmaes_options *o = task->options;
    const size_t first = first_population(task);
    const size_t fit = pm_fewer(task->budget / GENERATIONS, MOST_NUMBERS / task->n);
    return o->restarts == NONE ? first : pm_more(first, pm_fewer(first << PM_DOUBLINGS, fit));
}

/* Generations over which a run must improve: Hansen 2009, TolHistFun. */
static size_t span(size_t n, size_t lambda)
{
    return 10 + (30 * n + lambda - 1) / lambda;
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    cmaes *s = state;
    const size_t n = s->n = task->n, most = s->most = points(task);

    s->o = task->options;
    s->task = task;
    s->modelled = s->o->surrogate == QUADRATIC && n <= LARGEST_MODELLED;
    s->x0 = task->x0;
    s->lower = task->lower;
    s->upper = task->upper;
    s->integer = task->integer;
    const bool diagonal =
        s->o->covariance == DIAGONAL || (s->o->covariance == AUTOMATIC && n > LARGEST_FULL);
    pm_gaussian_layout(&s->N, a, task, most, diagonal);
    pm_best_layout(&s->best, a, n);
    s->z = PM_TAKE(a, double, n);
    s->t = PM_TAKE(a, double, n);
    s->square = PM_TAKE(a, double, most);
    s->Y = PM_TAKE(a, double, pm_times(most, n));
    s->f = PM_TAKE(a, double, most);
    s->rank_by = PM_TAKE(a, double, most);
    s->lowest = PM_TAKE(a, double, span(n, 2));
    s->queue = PM_TAKE(a, size_t, most);
    s->order = PM_TAKE(a, pm_ranked, most);
    if (s->modelled) {
        pm_surrogate_layout(&s->surrogate, a, n, diagonal);
    }
}

/* ------------------------------------------------------------------------------- restarts ------ */

/* Begins a run at the present mean, with isotropic steps. */
static void begin_run(cmaes *s, pm_run run)
{
    pm_gaussian_begin(&s->N, run.lambda, s->o->sigma * run.shorter);
    s->limit = run.limit;
    s->evaluations = 0;
    s->known = s->last_took = 0;
    s->drawn = false;
    pm_surrogate_restart(&s->surrogate);
}

/* Makes C the given inverse Hessian, scaled so that the mean of the variances is 1. */
static void take_over(cmaes *s, const double *inverse_hessian)
{
    double sum = 0.0;

    for (size_t i = 0; i < s->n; ++i) {
        sum += inverse_hessian[i * s->n + i] / (s->N.unit[i] * s->N.unit[i]);
    }
    const double scale = sqrt(sum / (double)s->n);
    for (size_t i = 0; i < s->n; ++i) {
        s->t[i] = scale * s->N.unit[i];
    }
    pm_covariance_set(&s->N.C, inverse_hessian, s->t);
}

static void start(void *state, const pm_task *task)
{
    cmaes *s = state;

    s->steps = pm_rng_stream(task->key, STEPS);
    s->draws = pm_rng_stream(task->key, RESTARTS);
    s->restarts = (pm_restarts){.first = first_population(task), .most = s->most};
    pm_best_start(&s->best, s->x0);
    for (size_t i = 0; i < s->n; ++i) {
        const double width = s->upper[i] - s->lower[i];
        s->N.unit[i] = width < HUGE_VAL ? width : fmax(fabs(s->x0[i]), 1.0);
    }
    memcpy(s->N.mean, s->x0, s->n * sizeof *s->N.mean);
    begin_run(s, (pm_run){.lambda = s->restarts.first, .limit = SIZE_MAX, .shorter = 1.0});
    if (task->inverse_hessian != NULL) {
        take_over(s, task->inverse_hessian);
    }
}

/* Draws the mean uniformly in the box or, where that is open, within one unit of x0. */
static void draw_mean(cmaes *s)
{
    for (size_t i = 0; i < s->n; ++i) {
        const double low = s->lower[i], high = s->upper[i];
        const bool closed = high - low < HUGE_VAL;
        const double from = closed ? low : fmax(low, s->x0[i] - s->N.unit[i]);
        const double to = closed ? high : fmin(high, s->x0[i] + s->N.unit[i]);
        s->N.mean[i] = pm_clip(from + (to - from) * pm_rng_uniform(&s->draws), low, high);
    }
}

static void restart(cmaes *s)
{
    draw_mean(s);
    begin_run(s, pm_restart(&s->restarts, s->o->restarts == BIPOP, s->evaluations, &s->draws));
}

/* -------------------------------------------------------------------------- the points ----------- */

/* Coordinate i of the point that is evaluated for a step y: in the box, and whole if it must be. */
static double placed(const cmaes *s, size_t i, double y)
{
    const double x = pm_clip(pm_gaussian_stepped(&s->N, i, y), s->lower[i], s->upper[i]);
    return s->integer != NULL && s->integer[i] ? round(x) : x;
}

/* Checked before each point of a generation. */
static bool called_off(const cmaes *s)
{
    return pm_pass_called_off(s->task, s->N.strategy.lambda * s->n);
}

/* Sets row j to the step from the mean to x, and the squared length that belongs to it. */
static void set_step(cmaes *s, size_t j, const double *x)
{
    double *y = s->Y + j * s->n;

    for (size_t i = 0; i < s->n; ++i) {
        y[i] = (x[i] - s->N.mean[i]) / (s->N.sigma * s->N.unit[i]);
    }
    pm_covariance_coordinates(&s->N.C, y, s->z);
    s->square[j] = pm_dot(s->z, s->z, s->n);
}

/* Makes the minimum of the model, moved into the box, row 0 of the generation.  False if there is
 * no such point. */
static bool propose(cmaes *s)
{
    double *y = s->Y;

    for (size_t i = 0; i < s->n; ++i) {
        s->t[i] = s->N.mean[i] / s->N.unit[i];
    }
    if (!s->modelled || !pm_surrogate_propose(&s->surrogate, s->t, s->N.sigma, y)) {
        return false;
    }
    for (size_t i = 0; i < s->n; ++i) {
        s->t[i] = placed(s, i, y[i]);
    }
    set_step(s, 0, s->t);
    return true;
}

/* The value that the model predicts for row j. */
static double predicted(const cmaes *s, size_t j)
{
    for (size_t i = 0; i < s->n; ++i) {
        s->t[i] = placed(s, i, s->Y[j * s->n + i]) / s->N.unit[i];
    }
    const double f = pm_surrogate_value(&s->surrogate, s->t);
    return isnan(f) ? HUGE_VAL : f; /* NaN comes from overflow */
}

/* Sorts the rows that are not evaluated yet by the values that the model predicts for them. */
static void sort_by_prediction(cmaes *s)
{
    const size_t lambda = s->N.strategy.lambda;

    for (size_t k = 0; k < lambda && !called_off(s); ++k) {
        const size_t row = s->queue[k];
        if (k >= s->known) {
            s->f[row] = predicted(s, row);
        }
        s->rank_by[row] = k < s->known ? -HUGE_VAL : s->f[row];
    }
    pm_rank(s->order, s->rank_by, lambda);
    for (size_t k = 0; k < lambda; ++k) {
        s->queue[k] = s->order[k].row;
    }
}

static bool has_model(const cmaes *s)
{
    return s->modelled && s->surrogate.ready;
}

static void draw(cmaes *s)
{
    s->proposed = propose(s);
    for (size_t j = 0; j < s->N.strategy.lambda && !called_off(s); ++j) {
        if (j > 0 || !s->proposed) {
            pm_rng_normals(&s->steps, s->z, s->n);
            s->square[j] = pm_dot(s->z, s->z, s->n);
            pm_covariance_stretch(&s->N.C, s->z, s->Y + j * s->n);
        }
        s->queue[j] = j;
    }
    s->drawn = true;
    s->known = 0;
    if (has_model(s)) {
        sort_by_prediction(s);
    }
}

/* How many points are evaluated next. */
static size_t next_part(const cmaes *s)
{
    const size_t lambda = s->N.strategy.lambda, left = lambda - s->known;

    if (!has_model(s)) {
        return left;
    }
    const double least = ceil(1.0 + FIRST_PART * (double)lambda);
    const double part = s->known == 0 ? fmax(least, PART_OF_LAST * (double)s->last_took)
                                      : ceil(GROWTH * (double)s->known);
    return pm_fewer((size_t)part, left);
}

static void ask(void *state, pm_batch *b)
{
    cmaes *s = state;
    const size_t n = s->n;

    if (!s->drawn) {
        draw(s);
    }
    const size_t count = pm_offer(b, next_part(s));
    b->wants = PM_F;
    for (size_t k = 0; k < count && !called_off(s); ++k) {
        const double *y = s->Y + s->queue[s->known + k] * n;
        for (size_t i = 0; i < n; ++i) {
            b->x[k * n + i] = placed(s, i, y[i]);
        }
    }
    if (!s->begun) { /* x0 is the first point of the first run */
        memcpy(b->x, s->x0, n * sizeof *b->x);
    }
}

/* -------------------------------------------------------------------------- their values ----------- */

/* Hansen 2011: limits the length of a step that was not drawn to what drawn steps usually have. */
static void shorten(cmaes *s, size_t j)
{
    const double n = (double)s->n, most = sqrt(n) + 2.0 * n / (n + 2.0);
    const double factor = most / sqrt(s->square[j]);

    if (factor < 1.0) {
        for (size_t i = 0; i < s->n; ++i) {
            s->Y[j * s->n + i] *= factor;
        }
        s->square[j] = most * most;
    }
}

/* Row j was evaluated at x, which may differ from the point asked for, and has the value f. */
static void take_point(cmaes *s, size_t j, const double *x, double f)
{
    const size_t n = s->n;
    bool other = false;

    for (size_t i = 0; i < n; ++i) {
        other = other || x[i] != placed(s, i, s->Y[j * n + i]);
    }
    if (other) {
        set_step(s, j, x);
    }
    if (s->modelled) {
        for (size_t i = 0; i < n; ++i) {
            s->t[i] = x[i] / s->N.unit[i];
        }
        pm_surrogate_take(&s->surrogate, s->t, f);
    }
    if (other || (j == 0 && s->proposed)) {
        shorten(s, j);
    }
    s->f[j] = f;
    pm_best_keep(&s->best, x, f);
}

/* Ranks the rows by their values plus a penalty outside the box: the squared distance, in units of
 * the mean variance, times the interquartile range of the values. */
static void rank_rows(cmaes *s)
{
    const size_t n = s->n, lambda = s->N.strategy.lambda;
    size_t finite = lambda;
    double variance = 0.0;

    pm_rank(s->order, s->f, lambda);
    while (finite > 1 && s->order[finite - 1].f == HUGE_VAL) {
        finite -= 1;
    }
    const double spread = s->order[finite - 1 - (finite - 1) / 4].f - s->order[(finite - 1) / 4].f;
    for (size_t i = 0; i < n; ++i) {
        const double deviation = pm_covariance_deviation(&s->N.C, i);
        variance += deviation * deviation / (double)n;
    }
    for (size_t j = 0; j < lambda && !called_off(s); ++j) {
        double square = 0.0;
        for (size_t i = 0; i < n; ++i) {
            const double t = pm_gaussian_stepped(&s->N, i, s->Y[j * n + i]);
            const double out =
                (t - pm_clip(t, s->lower[i], s->upper[i])) / (s->N.sigma * s->N.unit[i]);
            square += out * out;
        }
        s->rank_by[j] = s->f[j] + (square > 0.0 ? square / variance * spread : 0.0);
    }
    pm_rank(s->order, s->rank_by, lambda);
}

/* Takes the values of a batch.  False if more points of the generation have to be evaluated. */
static bool take_values(cmaes *s, const pm_batch *b)
{
    const size_t n = s->n, lambda = s->N.strategy.lambda;
    double *low = s->lowest + s->N.generation % span(n, lambda);

    for (size_t k = 0; k < b->count && !called_off(s); ++k) {
        take_point(s, s->queue[s->known + k], b->x + k * n, b->f[k]);
        *low = s->known + k > 0 ? fmin(*low, b->f[k]) : b->f[k];
    }
    s->known += b->count;
    s->evaluations += b->count;
    if (s->modelled) {
        for (size_t i = 0; i < n; ++i) {
            s->t[i] = s->N.mean[i] / s->N.unit[i];
        }
        if (pm_surrogate_fit(&s->surrogate, &s->N.C, s->t, s->N.sigma)) {
            sort_by_prediction(s);
        }
    }
    if (s->known < lambda && !pm_surrogate_is_right(&s->surrogate)) {
        return false;
    }
    rank_rows(s);
    return true;
}

/* -------------------------------------------------------------------------------- learning --------- */

/* Without this, an integer variable stays where it is once all its steps are rounded to zero. */
static void keep_integers_moving(cmaes *s)
{
    for (size_t i = 0; s->integer != NULL && i < s->n; ++i) {
        if (s->integer[i]) {
            pm_covariance_widen(&s->N.C, i, LEAST_INTEGER_STEP / (s->N.sigma * s->N.unit[i]));
        }
    }
}

/* --------------------------------------------------------------------------- the end of a run -- */

/* The range of the best values of the last generations and of all values of this one, and in *low
 * their minimum.  Infinity while there are fewer generations than the span. */
static double recent_range(const cmaes *s, double *low)
{
    const size_t length = span(s->n, s->N.strategy.lambda);
    double high = s->order[s->N.strategy.lambda - 1].f;

    *low = s->lowest[(s->N.generation - 1) % length];
    if (s->N.generation < length) {
        return HUGE_VAL;
    }
    for (size_t i = 0; i < length; ++i) {
        *low = fmin(*low, s->lowest[i]);
        high = fmax(high, s->lowest[i]);
    }
    return high > *low ? high - *low : 0.0;
}

/* Why the run is over, or PM_RUNNING. */
static pm_stop over(const cmaes *s, bool decomposed)
{
    const double n = (double)s->n, lambda = (double)s->N.strategy.lambda;
    const double generations = 100.0 + 50.0 * (n + 3.0) * (n + 3.0) / sqrt(lambda); /* MaxIter */
    double low, least_d, most_d;
    const double range = recent_range(s, &low);

    pm_covariance_range(&s->N.C, &least_d, &most_d);
    const bool same = range <= SAME_VALUE * DBL_EPSILON * fabs(low); /* TolHistFun, EqualFunVals */
    const bool hopeless = range < HOPELESS * (low - s->best.f);
    const bool astray = s->N.sigma * most_d > TOL_UP_SIGMA * s->N.first_sigma; /* TolUpSigma */
    const bool spent = (double)s->N.generation >= generations || s->evaluations >= s->limit;
    return same || hopeless                                       ? PM_VALUE
           : pm_gaussian_is_tiny(&s->N, TOL_X * s->N.first_sigma) ? PM_STEP
           : pm_gaussian_moves_nothing(&s->N)                     ? PM_PRECISION
           : !decomposed || astray || spent                       ? PM_EXHAUSTED
                                                                  : PM_RUNNING;
}

static pm_turn tell(void *state, const pm_batch *b)
{
    cmaes *s = state;
    bool decomposed = true;

    s->begun = true;
    if (!take_values(s, b)) {
        return PM_MID_STEP;
    }
    if (s->order[0].f < s->order[s->N.strategy.lambda - 1].f) {
        pm_gaussian_learn(&s->N, s->order, s->Y, s->square, s->lower, s->upper);
        keep_integers_moving(s);
        decomposed = pm_gaussian_renew(&s->N);
    }
    s->N.generation += 1;
    s->drawn = false;
    s->last_took = s->known;
    s->ended = over(s, decomposed);
    if (s->ended != PM_RUNNING) {
        if (s->o->restarts == NONE) {
            return PM_NO_MORE;
        }
        restart(s);
    }
    return PM_STEP_DONE;
}

static void at(const void *state, pm_iterate *out)
{
    const cmaes *s = state;
    *out = (pm_iterate){.x = s->best.x, .f = s->best.f, .ended = s->ended};
}

static const char *const measures[] = {"sigma", "axis_ratio", NULL};

static void measure(const void *state, double *out)
{
    const cmaes *s = state;
    double least, most;

    pm_covariance_range(&s->N.C, &least, &most);
    out[0] = s->N.sigma;
    out[1] = most / least;
}

const pm_method pm_cmaes = {
    .name = "cmaes",
    .family = "evolution",
    .summary = "CMA-ES: an evolution strategy that adapts the covariance of its steps, with "
               "restarts of larger and smaller populations",
    .when_not = "Where f is smooth and has few minima: `lbfgs`, `bfgs` or `bobyqa` need a third "
                "of the evaluations, or less. Where many processors evaluate at once, take "
                "`surrogate=\"none\"`: else most batches are of a few points. Where f is a sum "
                "of functions of one variable each, with many minima, for it searches them all "
                "at once. It is made for up to some hundred variables: beyond 500 it learns a "
                "scale for each of them and no rotation.",
    .citation = "N. Hansen, The CMA evolution strategy: a tutorial, arXiv:1604.00772 (2016)",
    .traits =
        PM_HANDLES_BOUNDS | PM_IS_RANDOM | PM_IS_GLOBAL | PM_NEEDS_LINALG | PM_HANDLES_INTEGERS,
    .options = options,
    .options_size = sizeof(cmaes_options),
    .stopping = PM_NEVER_CONVERGES,
    .state_size = sizeof(cmaes),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
    .measures = measures,
    .measure = measure,
};
