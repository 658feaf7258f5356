/* Multi-level single linkage: local searches from those points of a growing sample that have no
 * better one nearby.
 *
 *   A. H. G. Rinnooy Kan & G. T. Timmer, "Stochastic global optimization methods, part II:
 *   multi level methods", Math. Programming 39 (1987) 57.
 *
 *   A round: `sample_size` points are drawn; each of the best `reduced` part of all k points drawn
 *   so far starts a local search, once, unless a better point is within the critical distance
 *
 *      r_k = pi^(-1/2) (Gamma(1 + n/2) m(S) sigma ln(k) / k)^(1/n)
 *
 *   of it, in a box S scaled to the unit cube.  For sigma > 4 the number of searches is finite with
 *   probability 1 even if the sample grows for ever; sigma = 0 is plain multistart.
 *
 *   C. G. E. Boender & A. H. G. Rinnooy Kan, "Bayesian stopping rules for multistart global
 *   optimization methods", Math. Programming 37 (1987) 59: independent uniform starts are enough
 *   when no more minima are expected than are known.
 *
 *   Departures:
 *   - The first search starts from x0.
 *   - The minima found count as points of the sample, too.
 *   - In addition, `independent` points of each round start a search whatever their value: only
 *     these starts are independent and uniform, as the stopping rule assumes.
 *   - Only the lowest points of the sample are kept, as many as fit into a fixed memory.
 */
#include "methods/global/basins.h"
#include "methods/global/best.h"
#include "methods/global/local.h"
#include "base/bounds.h"
#include "methods/global/multistart/linkage.h"
#include "solver/nested.h"
#include "methods/global/population.h"
#include "base/vectors.h"

#include <math.h>
#include <string.h>

typedef struct {
    int local_method, sampling, stop;
    size_t sample_size, independent;
    double sigma, reduced, spread;
} multistart_options;

enum { UNIFORM, QUASI };
static const char *const samplings[] = {"uniform", "quasi"};

enum { ENOUGH, BUDGET };
static const char *const rules[] = {"enough_starts", "budget"};

static const pm_option options[] = {
    PM_OPTION_CHOICE(multistart_options, local_method, 0, pm_local_methods,
                     "of the searches; auto: bfgs up to 64 variables, lbfgs beyond"),
    PM_OPTION_WHOLE(multistart_options, sample_size, 0, 0, 1e6,
                    "points of a round; 0: 20 + 2 n, but no more than some 8 MB hold"),
    PM_OPTION_REAL(multistart_options, sigma, 4.0, 0.0, 1e6,
                   "of the critical distance: the larger, the fewer points start a search"),
    PM_OPTION_REAL(multistart_options, reduced, 0.1, 0.0, 1.0,
                   "part of the points drawn so far, the best of them, that may start a search"),
    PM_OPTION_WHOLE(multistart_options, independent, 1, 0, 1e6,
                    "points of a round that start a search whatever their value"),
    PM_OPTION_CHOICE(multistart_options, sampling, UNIFORM, samplings,
                     "of points: independent ones, or a sequence that leaves no gaps"),
    PM_OPTION_CHOICE(multistart_options, stop, ENOUGH, rules,
                     "when the independent starts expect no more minima, or with the budget"),
    PM_OPTION_REAL(multistart_options, spread, 1.0, 1e-12, 1e12,
                   "reach of the sample from x0 where the box is open, relative to max(|x0|, 1)"),
    PM_OPTIONS_END,
};

enum {
    MOST_KEPT = 1000,       /* points kept of the sample; */
    KEPT_NUMBERS = 1 << 20, /* fewer, also in a round, where they would take more than 8 MB, */
    FEWEST_KEPT = 16,       /* but never fewer than this */
};

enum { POINTS, KEYS }; /* streams of random numbers */

typedef struct {
    const multistart_options *o;
    const pm_task *task;
    size_t n, sample_size, independent; /* variables, points of a round, independent ones of them */
    enum { SEARCHING, SAMPLING } phase;
    size_t queued; /* independent starts of this round that are still to be made */
    bool uniform;  /* the present search began at an independent start */
    pm_best best;
    pm_rng points, keys;
    pm_stop ended;
    pm_inner inner;
    pm_nested search;
    pm_basins basins;
    pm_linkage sample;
    const double *lower, *upper; /* [n] */
    double *from, *width;        /* [n] where points are drawn */
    double *u;                   /* [n] a point of the unit cube */
    double *queue;               /* [independent][n] starts, in the unit cube */
    double *last, *step;         /* [n] of the quasi-random sequence: its last point, its step */
} multistart;

static size_t sample_size(const pm_task *task)
{
    const multistart_options *o = task->options;
    const size_t automatic = 20 + 2 * task->n, room = pm_more(KEPT_NUMBERS / task->n, FEWEST_KEPT);
    return o->sample_size > 0 ? o->sample_size : pm_fewer(automatic, room);
}

static pm_inner inner_of(const pm_task *task)
{
    const multistart_options *o = task->options;
    return pm_local_method(o->local_method, task->n);
}

static size_t points(const pm_task *task)
{
    const pm_inner inner = inner_of(task);
    return pm_more(sample_size(task), pm_nested_points(task, &inner, 1));
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    multistart *s = state;
    const size_t n = s->n = task->n, room = pm_more(KEPT_NUMBERS / n, FEWEST_KEPT);

    s->o = task->options;
    s->task = task;
    s->lower = task->lower;
    s->upper = task->upper;
    s->sample_size = sample_size(task);
    s->independent = pm_fewer(s->o->independent, s->sample_size);
    s->inner = inner_of(task);
    pm_nested_layout(&s->search, a, task, &s->inner, 1);
    pm_basins_layout(&s->basins, a, n, pm_basins_capacity(n));
    pm_linkage_layout(&s->sample, a, n, pm_fewer(room, MOST_KEPT));
    pm_best_layout(&s->best, a, n);
    s->from = PM_TAKE(a, double, n);
    s->width = PM_TAKE(a, double, n);
    s->u = PM_TAKE(a, double, n);
    s->queue = PM_TAKE(a, double, pm_times(s->independent, n));
    s->last = PM_TAKE(a, double, n);
    s->step = PM_TAKE(a, double, n);
}

/* ------------------------------------------------------------------------------------------ the sample -- */

static bool is_prime(size_t p)
{
    for (size_t d = 2; d <= p / d; ++d) {
        if (p % d == 0) {
            return false;
        }
    }
    return p > 1;
}

/* The quasi-random sequence: multiples of the square roots of the primes, modulo 1, fill the unit
 * cube evenly (R. D. Richtmyer, 1951; H. Niederreiter, "Random number generation and quasi-Monte
 * Carlo methods", SIAM 1992); they begin at a random point (R. Cranley & T. N. L. Patterson, SIAM
 * J. Numer. Anal. 13, 1976). */
static void start_sequence(multistart *s)
{
    size_t p = 1;
    for (size_t i = 0; i < s->n; ++i) {
        do {
            p += 1;
        } while (!is_prime(p));
        s->step[i] = fmod(sqrt((double)p), 1.0);
        s->last[i] = pm_rng_uniform(&s->points);
    }
}

static void draw(multistart *s, bool independent)
{
    const bool quasi = s->o->sampling == QUASI && !independent;

    for (size_t i = 0; i < s->n; ++i) {
        if (quasi) {
            s->last[i] = fmod(s->last[i] + s->step[i], 1.0);
        }
        s->u[i] = quasi ? s->last[i] : pm_rng_uniform(&s->points);
    }
}

static void from_unit(const multistart *s, const double *u, double *x)
{
    for (size_t i = 0; i < s->n; ++i) {
        /* Rounding may lead out of the box. */
        x[i] = pm_clip(s->from[i] + s->width[i] * u[i], s->lower[i], s->upper[i]);
    }
}

static void to_unit(const multistart *s, const double *x, double *u)
{
    for (size_t i = 0; i < s->n; ++i) {
        u[i] = (x[i] - s->from[i]) / s->width[i];
    }
}

static void ask_sample(multistart *s, pm_batch *b)
{
    const size_t count = pm_offer(b, s->sample_size);

    b->wants = PM_F;
    for (size_t j = 0; j < count && !pm_pass_called_off(s->task, count * s->n); ++j) {
        draw(s, j < s->independent);
        from_unit(s, s->u, b->x + j * s->n);
    }
}

/* ---------------------------------------------------------------------------------------- the searches -- */

static void search_from(multistart *s, const double *x, bool uniform)
{
    const pm_nested_run run = {.x0 = x, .rng = &s->keys};

    s->phase = SEARCHING;
    s->uniform = uniform;
    pm_nested_start(&s->search, &s->inner, &run);
}

static void start(void *state, const pm_task *task)
{
    multistart *s = state;

    pm_best_start(&s->best, task->x0);
    s->points = pm_rng_stream(task->key, POINTS);
    s->keys = pm_rng_stream(task->key, KEYS);
    pm_drawing_region(task, s->o->spread, s->from, s->width);
    if (s->o->sampling == QUASI) {
        start_sequence(s);
    }
    pm_basins_start(&s->basins, task);
    search_from(s, task->x0, false);
}

/* Begins the next search, from a point of the sample or else from an independent start.  If there
 * is neither, a new round of the sample begins. */
static void go_on(multistart *s)
{
    const double *u = pm_linkage_start(&s->sample, s->o->sigma, s->o->reduced);
    const bool uniform = u == NULL && s->queued > 0;

    if (uniform) {
        s->queued -= 1;
        u = s->queue + s->queued * s->n;
    }
    if (u == NULL) {
        s->phase = SAMPLING;
        return;
    }
    from_unit(s, u, s->u);
    search_from(s, s->u, uniform);
}

static pm_turn end(multistart *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

static pm_turn tell_search(multistart *s, const pm_batch *b)
{
    const pm_nested *search = &s->search;

    if (pm_nested_tell(&s->search, b) != PM_NO_MORE) {
        return PM_MID_STEP;
    }
    pm_best_keep(&s->best, search->best_x, search->best_f);
    if (search->ended == PM_UNBOUNDED && search->best_f <= s->best.f) {
        return end(s, PM_UNBOUNDED);
    }
    if (pm_basins_add(&s->basins, search->best_x, search->best_f, s->uniform)) {
        to_unit(s, search->best_x, s->u);
        pm_linkage_minimum(&s->sample, s->u, search->best_f);
    }
    const size_t needed = pm_enough_starts(pm_more(s->basins.distinct, 1));
    if (s->o->stop == ENOUGH && s->basins.count > 0 && s->basins.uniform >= needed) {
        return end(s, PM_ENOUGH);
    }
    go_on(s);
    return PM_STEP_DONE;
}

static pm_turn tell_sample(multistart *s, const pm_batch *b)
{
    for (size_t j = 0; j < b->count && !pm_pass_called_off(s->task, s->sample.count * s->n); ++j) {
        const double *x = b->x + j * s->n;
        to_unit(s, x, s->u);
        pm_linkage_draw(&s->sample, s->u, b->f[j], j < s->independent);
        pm_best_keep(&s->best, x, b->f[j]);
        if (j < s->independent) {
            memcpy(s->queue + j * s->n, s->u, s->n * sizeof *s->u);
        }
    }
    s->queued = s->independent;
    go_on(s);
    return PM_STEP_DONE;
}

/* ------------------------------------------------------------------------------------------- the turns -- */

static void ask(void *state, pm_batch *b)
{
    multistart *s = state;

    if (s->phase == SEARCHING) {
        pm_nested_ask(&s->search, b);
    } else {
        ask_sample(s, b);
    }
}

static pm_turn tell(void *state, const pm_batch *b)
{
    multistart *s = state;
    return s->phase == SEARCHING ? tell_search(s, b) : tell_sample(s, b);
}

static const pm_basins *basins(const void *state)
{
    const multistart *s = state;
    return &s->basins;
}

static void at(const void *state, pm_iterate *out)
{
    const multistart *s = state;
    *out = (pm_iterate){.x = s->best.x, .f = s->best.f, .ended = s->ended};
}

/* stopping: a search or a round without a lower minimum says nothing about the next one. */
const pm_method pm_multistart = {
    .name = "multistart",
    .family = "multistart",
    .summary =
        "local searches from those points of a growing sample that have no better one nearby",
    .when_not = "Where f is rough: local searches end in the next of its dents. Where there are "
                "far more minima than searches that the budget allows, and low ones lie near "
                "each other, `funnel_search`, `basin_hopping` and evolution make more of what "
                "they have found.",
    .citation = "A. H. G. Rinnooy Kan and G. T. Timmer, Stochastic global optimization methods, "
                "part II: multi level methods, Math. Programming 39 (1987) 57-78",
    .traits = PM_HANDLES_BOUNDS | PM_IS_RANDOM | PM_IS_GLOBAL | PM_USES_GRADIENT | PM_USES_HESSIAN |
              PM_NEEDS_LINALG,
    .options = options,
    .options_size = sizeof(multistart_options),
    .stopping = PM_NEVER_CONVERGES,
    .state_size = sizeof(multistart),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
    .basins = basins,
};
