/* CMA-ES: an evolution strategy that adapts the covariance of its steps, restarted with larger and
 * with smaller populations.
 *
 *   N. Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772, whose symbols and
 *   equations are used here: weighted recombination, cumulative step-size adaptation, rank-one and
 *   rank-mu update of the covariance with negative weights (G. A. Jastrebski & D. V. Arnold,
 *   "Improving evolution strategies through active covariance matrix adaptation", CEC 2006).
 *
 *   A. Auger & N. Hansen, "A restart CMA evolution strategy with increasing population size",
 *   CEC 2005: `ipop`. N. Hansen, "Benchmarking a bi-population CMA-ES on the BBOB-2009 function
 *   testbed", GECCO 2009 workshop: `bipop`, and the criteria that end a run.
 *
 *   R. Ros & N. Hansen, "A simple modification in CMA-ES achieving linear time and space
 *   complexity", PPSN X, 2008: `diagonal`.
 *
 *   Departures from the tutorial:
 *   - A coordinate is searched in units of its own: the width of the box or, where that is open,
 *     max(|x0|, 1). Bounds are met by a smooth map of all numbers onto the box (fold.h).
 *   - Differences of f are measured against the resolution of f, not against a number.
 *   - A generation whose values are all the same teaches nothing and changes nothing.
 */
#include "arena.h"
#include "cmaes.h"
#include "covariance.h"
#include "fold.h"
#include "rng.h"
#include "vectors.h"

#include <assert.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    double sigma;
    size_t population;
    int restarts, covariance;
} cmaes_options;

enum { NONE, IPOP, BIPOP };
static const char *const restarts[] = {"none", "ipop", "bipop"};
enum { AUTOMATIC, FULL, DIAGONAL };
static const char *const covariances[] = {"automatic", "full", "diagonal"};

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
    PM_OPTIONS_END,
};

enum {
    LARGEST_FULL = 500,     /* variables: beyond, a full covariance is not learnt in time */
    DOUBLINGS = 9,          /* of the population at most: Hansen 2009 */
    GENERATIONS = 50,       /* as many at least should fit into the budget */
    MOST_NUMBERS = 1 << 24, /* of one generation, for the memory's sake */
};

/* Hansen 2009 */
static const double TOL_X = 1e-12, TOL_UP_SIGMA = 1e4;

/* Values that differ by less are the same: in units of the last place of the best. */
static const double SAME_VALUE = 10.0;

enum { STEPS, RESTARTS }; /* streams of random numbers */

/* A value and the row of the point it belongs to. */
typedef struct {
    double f;
    size_t row;
} ranked;

typedef struct {
    const cmaes_options *o;
    size_t n, first_lambda, most; /* the default population, the largest */
    const double *x0;             /* [n] */
    pm_covariance C;

    /* restarts */
    enum { SMALL, LARGE } regime;
    size_t doublings;  /* of the population of the large regime so far */
    size_t spent[2];   /* evaluations of both regimes in all */
    size_t last_large; /* evaluations of the last large run */
    double best_f;
    pm_rng steps, draws;

    /* the present run */
    size_t lambda, mu, generation, evaluations;
    size_t limit; /* evaluations it may take */
    double mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu, chi;
    double sum_w; /* of all weights */
    double sigma, first_sigma;
    double unlearnt; /* share of C that the square root in use does not know yet */
    pm_stop ended;

    pm_fold *fold;         /* [n] */
    double *unit;          /* [n] of the coordinates */
    double *best;          /* [n] the lowest point of all runs */
    double *mean;          /* [n] m, before it is folded into the box */
    double *p_sigma, *p_c; /* [n] evolution paths */
    double *y;             /* [n] mean step */
    double *white;         /* [n] C^-1/2 y */
    double *z;             /* [n] */
    double *w;             /* [most] weights, by rank */
    double *by_row;        /* [most] weights, by row */
    double *square;        /* [most] squared length of each z */
    double *Y;             /* [most][n] steps in units of sigma */
    double *lowest;        /* [span] best values of the last generations, a ring */
    ranked *order;         /* [most] */
} cmaes;

/* ------------------------------------------------------------------------------- sizes -------- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Tutorial, eq. 48. */
static size_t first_population(const pm_task *task)
{
    const cmaes_options *o = task->options;
    const size_t usual = 4 + (size_t)(3.0 * log((double)task->n));
    return o->population > 0 ? larger(o->population, 2) : usual;
}

static size_t points(const pm_task *task)
{
    const cmaes_options *o = task->options;
    const size_t first = first_population(task);
    const size_t fit = smaller(task->budget / GENERATIONS, MOST_NUMBERS / task->n);
    return o->restarts == NONE ? first : larger(first, smaller(first << DOUBLINGS, fit));
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
    s->first_lambda = first_population(task);
    s->x0 = task->x0;
    const bool diagonal =
        s->o->covariance == DIAGONAL || (s->o->covariance == AUTOMATIC && n > LARGEST_FULL);
    pm_covariance_layout(&s->C, a, n, diagonal, task->linalg);
    s->fold = PM_TAKE(a, pm_fold, n);
    s->unit = PM_TAKE(a, double, n);
    s->best = PM_TAKE(a, double, n);
    s->mean = PM_TAKE(a, double, n);
    s->p_sigma = PM_TAKE(a, double, n);
    s->p_c = PM_TAKE(a, double, n);
    s->y = PM_TAKE(a, double, n);
    s->white = PM_TAKE(a, double, n);
    s->z = PM_TAKE(a, double, n);
    s->w = PM_TAKE(a, double, most);
    s->by_row = PM_TAKE(a, double, most);
    s->square = PM_TAKE(a, double, most);
    s->Y = PM_TAKE(a, double, pm_times(most, n));
    s->lowest = PM_TAKE(a, double, span(n, 2));
    s->order = PM_TAKE(a, ranked, most);
}

/* ---------------------------------------------------------------------- strategy parameters ---- */

/* Tutorial, eqs. 49 to 53: the positive weights sum to one, and the negative ones to as much as
 * leaves C positive definite. */
static void set_weights(cmaes *s)
{
    const double n = (double)s->n;
    double plus = 0.0, plus_square = 0.0, minus = 0.0, minus_square = 0.0;

    for (size_t i = 0; i < s->lambda; ++i) {
        const double w = s->w[i] = log(0.5 * (double)(s->lambda + 1)) - log((double)(i + 1));
        *(w > 0.0 ? &plus : &minus) += fabs(w);
        *(w > 0.0 ? &plus_square : &minus_square) += w * w;
    }
    s->mu_eff = plus * plus / plus_square;
    s->c_1 = 2.0 / ((n + 1.3) * (n + 1.3) + s->mu_eff);
    s->c_mu = fmin(1.0 - s->c_1, 2.0 * (0.25 + s->mu_eff + 1.0 / s->mu_eff - 2.0) /
                                     ((n + 2.0) * (n + 2.0) + s->mu_eff));
    if (s->C.diagonal) { /* Ros & Hansen 2008: fewer numbers are learnt, so faster */
        const double faster = (n + 2.0) / 3.0;
        s->c_1 = fmin(0.5, s->c_1 * faster);
        s->c_mu = fmin(1.0 - s->c_1, s->c_mu * faster);
    }
    const double mu_eff_minus = minus * minus / minus_square;
    const double all = fmin(1.0 + s->c_1 / s->c_mu, 1.0 + 2.0 * mu_eff_minus / (s->mu_eff + 2.0));
    const double negative = fmin(all, (1.0 - s->c_1 - s->c_mu) / (n * s->c_mu));
    s->mu = 0;
    s->sum_w = 0.0;
    for (size_t i = 0; i < s->lambda; ++i) {
        s->mu += s->w[i] > 0.0;
        s->w[i] *= s->w[i] > 0.0 ? 1.0 / plus : negative / minus;
        s->sum_w += s->w[i];
    }
}

/* Tutorial, eqs. 55 and 56. */
static void set_rates(cmaes *s)
{
    const double n = (double)s->n, mu_eff = s->mu_eff;

    s->c_sigma = (mu_eff + 2.0) / (n + mu_eff + 5.0);
    s->d_sigma = 1.0 + 2.0 * fmax(0.0, sqrt((mu_eff - 1.0) / (n + 1.0)) - 1.0) + s->c_sigma;
    s->c_c = (4.0 + mu_eff / n) / (n + 4.0 + 2.0 * mu_eff / n);
    s->chi = sqrt(n) * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));
}

/* ------------------------------------------------------------------------------- restarts ------ */

/* A run begins with this population and sigma, at s->mean, with steps alike in all directions. */
static void begin_run(cmaes *s, size_t lambda, double sigma)
{
    s->lambda = lambda;
    s->sigma = s->first_sigma = sigma;
    s->generation = s->evaluations = 0;
    s->unlearnt = 0.0;
    memset(s->p_sigma, 0, s->n * sizeof *s->p_sigma);
    memset(s->p_c, 0, s->n * sizeof *s->p_c);
    pm_covariance_reset(&s->C);
    set_weights(s);
    set_rates(s);
}

static void start(void *state, const pm_task *task)
{
    cmaes *s = state;

    s->steps = pm_rng_stream(task->key, STEPS);
    s->draws = pm_rng_stream(task->key, RESTARTS);
    s->best_f = HUGE_VAL;
    s->limit = SIZE_MAX;
    memcpy(s->best, s->x0, s->n * sizeof *s->best);
    for (size_t i = 0; i < s->n; ++i) {
        const double low = task->lower[i], high = task->upper[i], width = high - low;
        s->unit[i] = width < HUGE_VAL ? width : fmax(fabs(s->x0[i]), 1.0);
        s->fold[i] = pm_fold_made(low, high, s->unit[i]);
        s->mean[i] = pm_unfolded(s->fold + i, s->x0[i]);
    }
    begin_run(s, s->first_lambda, s->o->sigma);
}

void pm_cmaes_seed(void *state, const double *mean, double sigma, const double *covariance)
{
    cmaes *s = state;

    for (size_t i = 0; i < s->n; ++i) {
        s->mean[i] = pm_unfolded(s->fold + i, mean[i]);
    }
    s->sigma = s->first_sigma = sigma;
    if (covariance != NULL) {
        pm_covariance_set(&s->C, covariance, s->unit);
    }
}

/* Uniform in the box; where that is open, within one unit of x0. */
static void draw_mean(cmaes *s)
{
    for (size_t i = 0; i < s->n; ++i) {
        const pm_fold *f = s->fold + i;
        const bool closed = f->upper - f->lower < HUGE_VAL;
        const double from = closed ? f->lower : fmax(f->lower, s->x0[i] - s->unit[i]);
        const double to = closed ? f->upper : fmin(f->upper, s->x0[i] + s->unit[i]);
        s->mean[i] = from + (to - from) * pm_rng_uniform(&s->draws);
        s->mean[i] = pm_unfolded(f, pm_clip(s->mean[i], f->lower, f->upper));
    }
}

/* Auger & Hansen 2005: twice the population. */
static void restart_large(cmaes *s)
{
    s->regime = LARGE;
    s->doublings += s->doublings < DOUBLINGS;
    s->limit = SIZE_MAX;
    begin_run(s, smaller(s->most, s->first_lambda << s->doublings), s->o->sigma);
}

/* Hansen 2009: a population between the first and half of the large one, smaller steps, and half of
 * the last large run's evaluations. */
static void restart_small(cmaes *s)
{
    const double first = (double)s->first_lambda;
    const double large = (double)smaller(s->most, s->first_lambda << s->doublings);
    const double u = pm_rng_uniform(&s->draws), v = pm_rng_uniform(&s->draws);
    const double lambda = first * pow(fmax(1.0, 0.5 * large / first), u * u);

    s->regime = SMALL;
    s->limit = s->last_large / 2;
    begin_run(s, (size_t)lambda, s->o->sigma * pow(10.0, -2.0 * v));
}

static void restart(cmaes *s)
{
    s->spent[s->regime] += s->evaluations;
    if (s->regime == LARGE) {
        s->last_large = s->evaluations;
    }
    draw_mean(s);
    if (s->o->restarts == BIPOP && s->spent[SMALL] < s->spent[LARGE]) {
        restart_small(s);
    } else {
        restart_large(s);
    }
}

/* ----------------------------------------------------------------------------- one generation -- */

static void ask(void *state, pm_batch *b)
{
    cmaes *s = state;
    const size_t n = s->n;

    assert(b->capacity >= s->lambda);
    b->count = s->lambda;
    b->wants = PM_F;
    for (size_t j = 0; j < s->lambda; ++j) {
        double *y = s->Y + j * n, *x = b->x + j * n;
        pm_rng_normals(&s->steps, s->z, n);
        s->square[j] = pm_dot(s->z, s->z, n);
        pm_covariance_stretch(&s->C, s->z, y);
        for (size_t i = 0; i < n; ++i) {
            x[i] = pm_folded(s->fold + i, s->mean[i] + s->sigma * s->unit[i] * y[i]);
        }
    }
}

static int by_value(const void *a, const void *b)
{
    const ranked *p = a, *q = b;
    return p->f < q->f ? -1 : p->f > q->f ? 1 : p->row < q->row ? -1 : 1;
}

static void rank(cmaes *s, const pm_batch *b)
{
    for (size_t j = 0; j < s->lambda; ++j) {
        s->order[j] = (ranked){b->f[j], j};
    }
    qsort(s->order, s->lambda, sizeof *s->order, by_value);
    if (s->order[0].f < s->best_f) {
        s->best_f = s->order[0].f;
        memcpy(s->best, b->x + s->order[0].row * s->n, s->n * sizeof *s->best);
    }
}

/* Tutorial, eqs. 41 and 42: the mean of the better half, by weights. */
static void move_mean(cmaes *s)
{
    const size_t n = s->n;

    memset(s->y, 0, n * sizeof *s->y);
    for (size_t k = 0; k < s->mu; ++k) {
        pm_add(s->y, s->w[k], s->Y + s->order[k].row * n, n);
    }
    for (size_t i = 0; i < n; ++i) {
        s->mean[i] = pm_fold_near(s->fold + i, s->mean[i] + s->sigma * s->unit[i] * s->y[i]);
    }
}

/* Tutorial, eqs. 43 to 45: sigma grows while steps go the same way. Returns h_sigma: false where
 * the path is so long that C is not to learn from it. */
static bool adapt_sigma(cmaes *s)
{
    const size_t n = s->n;
    const double c = s->c_sigma, a = sqrt(c * (2.0 - c) * s->mu_eff);

    pm_covariance_whiten(&s->C, s->y, s->white);
    for (size_t i = 0; i < n; ++i) {
        s->p_sigma[i] = (1.0 - c) * s->p_sigma[i] + a * s->white[i];
    }
    const double length = pm_norm(s->p_sigma, n);
    const double settled = 1.0 - pow(1.0 - c, 2.0 * (double)(s->generation + 1));
    s->sigma *= exp(fmin(1.0, c / s->d_sigma * (length / s->chi - 1.0)));
    return length / sqrt(settled) < (1.4 + 2.0 / ((double)n + 1.0)) * s->chi;
}

/* Tutorial, eqs. 45 to 47. */
static void adapt_covariance(cmaes *s, bool h_sigma)
{
    const size_t n = s->n;
    const double c = s->c_c, a = h_sigma ? sqrt(c * (2.0 - c) * s->mu_eff) : 0.0;

    for (size_t i = 0; i < n; ++i) {
        s->p_c[i] = (1.0 - c) * s->p_c[i] + a * s->y[i];
    }
    for (size_t k = 0; k < s->lambda; ++k) {
        const size_t j = s->order[k].row;
        const double shorter = s->w[k] < 0.0 ? (double)n / (s->square[j] + DBL_MIN) : 1.0;
        s->by_row[j] = s->c_mu * s->w[k] * shorter;
    }
    const double lost = h_sigma ? 0.0 : c * (2.0 - c);
    const double keep = 1.0 + s->c_1 * lost - s->c_1 - s->c_mu * s->sum_w;
    pm_covariance_learn(&s->C, keep, s->c_1, s->p_c, s->lambda, s->by_row, s->Y);
    s->unlearnt += s->c_1 + s->c_mu;
}

/* Tutorial, B.2: the square root follows C only when a tenth of 1/n has been learnt. */
static bool decompose(cmaes *s)
{
    if (s->unlearnt * 10.0 * (double)s->n < 1.0) {
        return true;
    }
    s->unlearnt = 0.0;
    return pm_covariance_decompose(&s->C);
}

/* --------------------------------------------------------------------------- the end of a run -- */

/* NoEffectAxis and NoEffectCoord: a tenth of sigma along an axis, or a fifth along all ... */
static bool moves_nothing(const cmaes *s)
{
    const size_t n = s->n, k = s->generation % n;
    bool axis = true;

    for (size_t i = 0; i < n; ++i) {
        const double length = s->sigma * s->unit[i];
        const double along = s->C.diagonal ? (i == k ? 1.0 : 0.0) : s->C.axes[k * n + i];
        if (s->mean[i] + 0.2 * length * pm_covariance_deviation(&s->C, i) == s->mean[i]) {
            return true;
        }
        axis = axis && s->mean[i] + 0.1 * length * s->C.d[k] * along == s->mean[i];
    }
    return axis;
}

static bool steps_are_tiny(const cmaes *s)
{
    const double tiny = TOL_X * s->first_sigma;
    for (size_t i = 0; i < s->n; ++i) {
        if (s->sigma * fabs(s->p_c[i]) >= tiny ||
            s->sigma * pm_covariance_deviation(&s->C, i) >= tiny) {
            return false;
        }
    }
    return true;
}

/* TolHistFun and EqualFunVals: the best values of the last generations, and all of this one, are
 * the same. */
static bool values_are_the_same(const cmaes *s)
{
    const size_t length = span(s->n, s->lambda);
    double low = HUGE_VAL, high = -HUGE_VAL;

    if (s->generation < length) {
        return false;
    }
    for (size_t i = 0; i < length; ++i) {
        low = fmin(low, s->lowest[i]);
        high = fmax(high, s->lowest[i]);
    }
    high = fmax(high, s->order[s->lambda - 1].f);
    return high <= low + SAME_VALUE * DBL_EPSILON * fabs(low);
}

/* Why the run is over, or PM_RUNNING. */
static pm_stop over(const cmaes *s, bool decomposed)
{
    const double n = (double)s->n;
    const double most = 100.0 + 50.0 * (n + 3.0) * (n + 3.0) / sqrt((double)s->lambda);
    double least_d, most_d;

    pm_covariance_range(&s->C, &least_d, &most_d);
    return !decomposed                                                   ? PM_EXHAUSTED
           : values_are_the_same(s)                                      ? PM_VALUE
           : steps_are_tiny(s)                                           ? PM_STEP
           : moves_nothing(s)                                            ? PM_PRECISION
           : s->sigma * most_d > TOL_UP_SIGMA * s->first_sigma           ? PM_EXHAUSTED
           : (double)s->generation >= most || s->evaluations >= s->limit ? PM_EXHAUSTED
                                                                         : PM_RUNNING;
}

static pm_turn tell(void *state, const pm_batch *b)
{
    cmaes *s = state;
    bool decomposed = true;

    rank(s, b);
    s->lowest[s->generation % span(s->n, s->lambda)] = s->order[0].f;
    if (s->order[0].f < s->order[s->lambda - 1].f) {
        move_mean(s);
        adapt_covariance(s, adapt_sigma(s));
        decomposed = decompose(s);
    }
    s->generation += 1;
    s->evaluations += s->lambda;
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
    *out = (pm_iterate){.x = s->best, .f = s->best_f, .ended = s->ended};
}

const pm_method pm_cmaes = {
    .name = "cmaes",
    .family = "evolution",
    .summary = "CMA-ES: an evolution strategy that adapts the covariance of its steps, with "
               "restarts of larger and smaller populations",
    .citation = "N. Hansen, The CMA evolution strategy: a tutorial, arXiv:1604.00772 (2016)",
    .traits = PM_HANDLES_BOUNDS | PM_IS_RANDOM | PM_IS_GLOBAL | PM_NEEDS_LINALG,
    .options = options,
    .options_size = sizeof(cmaes_options),
    .stopping = {.gtol = 0.0, .ftol = 0.0, .xtol = 0.0, .patience = 9007199254740992},
    .state_size = sizeof(cmaes),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
};
