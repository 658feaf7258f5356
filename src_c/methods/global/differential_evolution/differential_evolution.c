/* Differential evolution: each member of a population competes with a trial point, made by adding
 * differences of other members; scale factor and crossover rate are learned from success.
 *
 *   R. Storn & K. Price, "Differential evolution: a simple and efficient heuristic for global
 *   optimization over continuous spaces", J. Global Optim. 11 (1997) 341: the frame, and the
 *   strategies "rand" and "best" with fixed F and CR.
 *
 *   J. Zhang & A. C. Sanderson, "JADE: adaptive differential evolution with optional external
 *   archive", IEEE Trans. Evol. Comput. 13 (2009) 945: the strategy "current_to_pbest", the archive
 *   of replaced members, and the repair of a trial outside the box: it is put half way between its
 *   parent and the wall.
 *
 *   R. Tanabe & A. S. Fukunaga, "Improving the search performance of SHADE using linear population
 *   size reduction", CEC 2014, L-SHADE, whose symbols are used: the success history of F and CR
 *   (success_history.h), and a population that shrinks during a run.
 *
 *   S.-M. Guo & C.-C. Yang, IEEE Trans. Evol. Comput. 19 (2015) 31: half of the trials are crossed
 *   in the eigenvectors of a covariance (axes.h), for valleys that are not parallel to an axis.
 *
 *   Departures from L-SHADE:
 *   - The first population is small. When it has converged, or `patience` generations brought no
 *     improvement that counts, a new run starts from scratch with `growth` times as many members:
 *     easy functions are solved soon, and the rest of the budget is for difficult ones.
 *   - The population shrinks linearly with the evaluations of its run, until these are `reduction`
 *     per member or what is left of the budget, whichever is less.
 *   - A trial with an infinite value replaces no member; if a gain is infinite, because the parent
 *     had an infinite value, all gains weigh the same.
 *
 *   A whole number x + d is rounded down or up at random, so that small differences still move it
 *   sometimes; if a trial equals its parent, one of its whole numbers may be moved by 1.
 */
#include "base/arena.h"
#include "methods/global/differential_evolution/axes.h"
#include "methods/global/best.h"
#include "base/bounds.h"
#include "methods/global/population.h"
#include "base/ranking.h"
#include "solver/stopping.h"
#include "methods/global/differential_evolution/success_history.h"
#include "base/vectors.h"

#include <assert.h>
#include <string.h>

typedef struct {
    double F, CR, p, archive, rotation, reduction, growth, spread;
    size_t memory, population, fewest, restarts;
    int strategy, crossover, adaptation, initialization;
} de_options;

enum { CURRENT_TO_PBEST, RAND, BEST };
enum { BINOMIAL, EXPONENTIAL };
enum { SUCCESS, NONE };
static const char *const strategies[] = {"current_to_pbest", "rand", "best"};
static const char *const crossovers[] = {"binomial", "exponential"};
static const char *const adaptations[] = {"success", "none"};

static const pm_option options[] = {
    PM_OPTION_WHOLE(
        de_options, population, 0, 0, 1e6,
        "members of the first run; 0: n + 5, at most 100 and a twentieth of the budget"),
    PM_OPTION_INITIALIZATION(de_options),
    PM_OPTION_REAL(
        de_options, spread, 1.0, 1e-12, 1e12,
        "reach of a first population from x0 where the box is open, relative to max(|x0|, 1)"),
    PM_OPTION_CHOICE(de_options, strategy, CURRENT_TO_PBEST, strategies,
                     "where a difference is added: to the member itself, drawn towards one of the "
                     "best, to any other one, or to the best"),
    PM_OPTION_REAL(de_options, p, 0.11, 0.0, 1.0,
                   "share of the population that are the best, at least two members"),
    PM_OPTION_REAL(
        de_options, archive, 1.0, 0.0, 100.0,
        "replaced members that differences are also taken to, relative to the population"),
    PM_OPTION_CHOICE(
        de_options, crossover, BINOMIAL, crossovers,
        "coordinates of the new point: each with probability CR, or a run of them that "
        "goes on with probability CR"),
    PM_OPTION_REAL(de_options, rotation, 0.5, 0.0, 1.0,
                   "probability of crossing in eigenvectors of the covariance of good points"),
    PM_OPTION_CHOICE(de_options, adaptation, SUCCESS, adaptations,
                     "of F and CR to what was successful, from the values given; else they stay"),
    PM_OPTION_REAL(de_options, F, 0.5, 0.0, 2.0, "scale factor of differences"),
    PM_OPTION_REAL(de_options, CR, 0.5, 0.0, 1.0, "crossover rate"),
    PM_OPTION_WHOLE(de_options, memory, 20, 1, 1e6,
                    "generations with a success that are remembered"),
    PM_OPTION_REAL(de_options, reduction, 2000.0, 0.0, 1e9,
                   "evaluations per member, within which the population of a run shrinks to "
                   "`fewest`; 0: never"),
    PM_OPTION_WHOLE(de_options, fewest, 4, 4, 1e6, "members that a run is reduced to"),
    PM_OPTION_REAL(de_options, growth, 2.0, 1.0, 100.0,
                   "factor from the population of one run to that of the next"),
    PM_OPTION_WHOLE(de_options, restarts, 2, 0, 1e9,
                    "runs in a row that bring no improvement that counts, after which the search "
                    "ends; 0: the first run is the only one"),
    PM_OPTIONS_END,
};

enum {
    MOST_AT_FIRST = 100,
    FEWEST_AT_ALL = 4,      /* a member and three others: Storn & Price */
    GENERATIONS = 20,       /* populations are limited so that the budget allows at least these */
    MOST = 2000,            /* members of a population that has grown, ... */
    MOST_NUMBERS = 1 << 20, /* ... and coordinates of all of them, to limit the memory */
    MOST_ROTATED = 100,     /* variables, since eigenvectors take some 10 n^3 operations */
};

enum { FIRST_POPULATION, PARTNERS, PARAMETERS, CROSSOVER }; /* streams of random numbers */

typedef struct {
    const de_options *o;
    const pm_task *task;
    size_t n, most; /* variables, members of the largest population */
    bool rotates;

    bool fresh;                 /* the population has no values yet */
    size_t N, N_init;           /* members now, and at the start of this run */
    size_t archived;            /* points in the archive */
    size_t evaluations, before; /* of this run, and of those before it */
    size_t idle;                /* generations without an improvement that counts */
    size_t fruitless;           /* restarts in a row without such an improvement */
    double first_f;             /* the first finite value of a generation */
    double level_f;             /* lowest value of this run at its last improvement that counts */
    double best_before;         /* the lowest value of the runs before this one */
    pm_best best;               /* of all runs */
    pm_rng first, partners, parameters, crossing;
    pm_stop ended;

    pm_success_history history;
    pm_axes axes;
    double *x, *f;    /* [most][n], [most] the population */
    double *F, *CR;   /* [most] of the trials; in tell, of the successful ones among them */
    double *gain;     /* [most] decrease of f by the successful trials */
    pm_ranked *order; /* [N] */
    bool *stays;      /* [most] the row survives the reduction of the population */
    double *archive;  /* [archive most][n] */
    double *d;        /* [n] from a member to its mutant */
    bool *crossed;    /* [n] coordinates taken from the mutant */
} de;

/* ------------------------------------------------------------------------------- sizes -------- */

static size_t clamped(size_t value, size_t low, size_t high)
{
    return value < low ? low : value > high ? high : value;
}

static size_t population(const pm_task *task)
{
    const de_options *o = task->options;
    const size_t wanted = clamped(task->n + 5, FEWEST_AT_ALL, MOST_AT_FIRST);
    const size_t automatic = clamped(task->budget / GENERATIONS, FEWEST_AT_ALL, wanted);
    const size_t size = pm_population_size(task, o->population, FEWEST_AT_ALL, automatic);
    return size < FEWEST_AT_ALL ? FEWEST_AT_ALL : size;
}

/* The population of the run after one of N members.  Without restarts there is a next run only if
 * no finite value has been found, and it is as large. */
static size_t grown(const pm_task *task, size_t N)
{
    const de_options *o = task->options;
    if (o->restarts == 0) {
        return N;
    }
    const size_t fit = clamped(MOST_NUMBERS / task->n, 0, MOST);
    const size_t limit = clamped(task->budget / GENERATIONS, 0, fit);
    const double wanted = round(o->growth * (double)N);
    return wanted <= (double)limit ? (size_t)wanted : N;
}

static size_t points(const pm_task *task)
{
    size_t N = population(task);

    while (grown(task, N) > N) {
        N = grown(task, N);
    }
    return N;
}

static size_t archive_size(const de *s, size_t N)
{
    return (size_t)(s->o->archive * (double)N);
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    de *s = state;
    const size_t n = s->n = task->n, most = s->most = points(task);

    s->task = task;
    s->o = task->options;
    s->rotates = n > 1 && n <= MOST_ROTATED && s->o->rotation > 0.0;
    pm_success_layout(&s->history, a, s->o->memory);
    s->x = PM_TAKE(a, double, pm_times(most, n));
    s->f = PM_TAKE(a, double, most);
    s->F = PM_TAKE(a, double, most);
    s->CR = PM_TAKE(a, double, most);
    s->gain = PM_TAKE(a, double, most);
    s->order = PM_TAKE(a, pm_ranked, most);
    s->stays = PM_TAKE(a, bool, most);
    s->archive = PM_TAKE(a, double, pm_times(archive_size(s, most), n));
    pm_best_layout(&s->best, a, n);
    s->d = PM_TAKE(a, double, n);
    s->crossed = PM_TAKE(a, bool, n);
    pm_axes_layout(&s->axes, a, task->linalg, s->rotates ? n : 0);
}

/* ------------------------------------------------------------------------------- runs --------- */

static void begin_run(de *s, size_t N)
{
    assert(N <= s->most);
    s->N = s->N_init = N;
    s->fresh = true;
    s->archived = s->evaluations = s->idle = 0;
    s->level_f = HUGE_VAL;
    s->best_before = s->best.f;
    pm_axes_start(&s->axes);
    pm_success_start(&s->history, s->o->F, s->o->CR);
}

static void start(void *state, const pm_task *task)
{
    de *s = state;

    s->first = pm_rng_stream(task->key, FIRST_POPULATION);
    s->partners = pm_rng_stream(task->key, PARTNERS);
    s->parameters = pm_rng_stream(task->key, PARAMETERS);
    s->crossing = pm_rng_stream(task->key, CROSSOVER);
    s->first_f = HUGE_VAL;
    pm_best_start(&s->best, task->x0);
    begin_run(s, population(task));
    pm_first_population(task, s->o->spread, &s->first, s->x, s->N);
}

static double resolution(const de *s, double f)
{
    return pm_resolution(s->task->stopping.ftol, s->first_f, f);
}

static bool counts(const de *s, double f, double level)
{
    return level == HUGE_VAL ? f < HUGE_VAL : f < level - resolution(s, level);
}

static bool has_converged(const de *s)
{
    const double low = s->order[0].f, high = s->order[s->N - 1].f;
    const double *best = s->x + s->order[0].row * s->n;

    return s->idle >= s->task->stopping.patience ||
           (low < HUGE_VAL && high - low <= resolution(s, low)) ||
           pm_are_within(s->x, s->N, s->n, best, s->task->stopping.xtol);
}

static pm_turn restart(de *s)
{
    const bool first = s->before == 0;

    s->fruitless = first || counts(s, s->best.f, s->best_before) ? 0 : s->fruitless + 1;
    if (s->fruitless >= s->o->restarts && s->best.f < HUGE_VAL) {
        s->ended = PM_VALUE;
        return PM_NO_MORE;
    }
    s->before += s->evaluations;
    begin_run(s, grown(s->task, s->N_init));
    pm_draw_points(s->task, s->o->spread, &s->first, s->x, s->N);
    return PM_STEP_DONE;
}

/* ------------------------------------------------------------------------------ trials -------- */

/* A row below `count` that is neither a, b nor c. */
static size_t another(de *s, size_t count, size_t a, size_t b, size_t c)
{
    size_t r;
    do {
        r = pm_rng_below(&s->partners, count);
    } while (r == a || r == b || r == c);
    return r;
}

/* The row of a random one of the best p N members, at least two. */
static size_t one_of_the_best(de *s)
{
    const size_t best = clamped((size_t)round(s->o->p * (double)s->N), 2, s->N);
    return s->order[pm_rng_below(&s->partners, best)].row;
}

/* d = v - x_i for the mutant v of the strategy.  Rows from N on are those of the archive. */
static void mutate(de *s, size_t i)
{
    const size_t n = s->n, N = s->N;
    const size_t r1 = another(s, N, i, i, i), r2 = another(s, N + s->archived, i, r1, i);
    const double *x = s->x + i * n, *x1 = s->x + r1 * n;
    const double *x2 = r2 < N ? s->x + r2 * n : s->archive + (r2 - N) * n;
    const double F = s->F[i];
    const size_t towards = s->o->strategy == CURRENT_TO_PBEST ? one_of_the_best(s)
                           : s->o->strategy == RAND           ? another(s, N, i, r1, r2)
                                                              : s->order[0].row;
    const double *base = s->x + towards * n;
    const double drawn = s->o->strategy == CURRENT_TO_PBEST ? F : 1.0;

    for (size_t j = 0; j < n; ++j) {
        s->d[j] = drawn * (base[j] - x[j]) + F * (x1[j] - x2[j]);
    }
}

/* Which coordinates come from the mutant, one at least.  Binomial: 16 bits of a word for each. */
static void cross(de *s, double CR)
{
    const size_t n = s->n, one = pm_rng_below(&s->crossing, n);

    if (s->o->crossover == EXPONENTIAL) {
        memset(s->crossed, 0, n * sizeof *s->crossed);
        size_t length = 1;
        while (length < n && pm_rng_uniform(&s->crossing) < CR) {
            length += 1;
        }
        for (size_t k = 0; k < length; ++k) {
            s->crossed[(one + k) % n] = true;
        }
        return;
    }
    const uint64_t below = (uint64_t)(CR * 0x1p16);
    uint64_t bits = 0;
    for (size_t j = 0; j < n; ++j, bits >>= 16) {
        if (j % 4 == 0) {
            bits = pm_rng_word(&s->crossing);
        }
        s->crossed[j] = (bits & 0xffff) < below;
    }
    s->crossed[one] = true;
}

/* Keeps of d only the crossed coordinates, or its components along the crossed ones of the axes. */
static void keep_crossed(de *s)
{
    if (s->axes.known && pm_rng_uniform(&s->crossing) < s->o->rotation) {
        pm_axes_keep(&s->axes, s->crossed, s->d);
        return;
    }
    for (size_t j = 0; j < s->n; ++j) {
        s->d[j] = s->crossed[j] ? s->d[j] : 0.0;
    }
}

/* u = x + d; a coordinate past a wall is put half way between x and the wall. */
static void add_inside(const de *s, const double *x, double *u)
{
    const double *lower = s->task->lower, *upper = s->task->upper;

    for (size_t j = 0; j < s->n; ++j) {
        u[j] = x[j] + s->d[j];
        if (!(u[j] >= lower[j])) {
            u[j] = lower[j] + 0.5 * (x[j] - lower[j]);
        } else if (!(u[j] <= upper[j])) {
            u[j] = upper[j] - 0.5 * (upper[j] - x[j]);
        }
    }
}

static void round_whole(de *s, const double *x, double *u)
{
    const bool *integer = s->task->integer;

    for (size_t j = 0; j < s->n; ++j) {
        if (integer[j]) {
            u[j] = pm_clip(floor(u[j] + pm_rng_uniform(&s->crossing)), s->task->lower[j],
                           s->task->upper[j]); /* beyond 2^52 the sum itself may round up */
        }
    }
    const size_t one = pm_rng_below(&s->crossing, s->n);
    if (integer[one] && memcmp(x, u, s->n * sizeof *u) == 0) {
        const bool up = pm_rng_uniform(&s->crossing) < 0.5;
        const bool fits = up ? u[one] < s->task->upper[one] : u[one] <= s->task->lower[one];
        u[one] += fits ? 1.0 : -1.0;
    }
}

static void make_trial(de *s, size_t i, double *u)
{
    const double *x = s->x + i * s->n;

    if (s->o->adaptation == SUCCESS) {
        pm_success_draw(&s->history, &s->parameters, s->F + i, s->CR + i);
    } else {
        s->F[i] = s->o->F;
        s->CR[i] = s->o->CR;
    }
    mutate(s, i);
    cross(s, s->CR[i]);
    keep_crossed(s);
    add_inside(s, x, u);
    if (s->task->integer != NULL) {
        round_whole(s, x, u);
    }
}

static void copy_members(const de *s, double *to, const double *from, size_t count)
{
    for (size_t i = 0; i < count && !pm_pass_called_off(s->task, s->n); ++i) {
        memcpy(to + i * s->n, from + i * s->n, s->n * sizeof *to);
    }
}

static void ask(void *state, pm_batch *b)
{
    de *s = state;
    const size_t count = pm_offer(b, s->N);

    b->wants = PM_F;
    if (s->fresh) {
        copy_members(s, b->x, s->x, count);
        return;
    }
    for (size_t i = 0; i < count && !pm_pass_called_off(s->task, count * s->n); ++i) {
        make_trial(s, i, b->x + i * s->n);
    }
}

/* --------------------------------------------------------------------------- selection -------- */

/* If the archive is full, x replaces a random point. */
static void keep_in_archive(de *s, const double *x)
{
    const size_t room = archive_size(s, s->N);

    if (room > 0) {
        const size_t k =
            s->archived < room ? s->archived++ : pm_rng_below(&s->partners, s->archived);
        memcpy(s->archive + k * s->n, x, s->n * sizeof *x);
    }
}

/* A trial that is no worse replaces its parent; one that is better is a success. */
static void select_better(de *s, const pm_batch *b)
{
    size_t successes = 0;

    for (size_t i = 0; i < s->N && !pm_pass_called_off(s->task, s->n); ++i) {
        const double f = b->f[i];
        double *x = s->x + i * s->n;
        if (!(f <= s->f[i]) || f == HUGE_VAL) {
            continue;
        }
        if (f < s->f[i]) {
            keep_in_archive(s, x);
            s->gain[successes] = s->f[i] - f;
            s->F[successes] = s->F[i]; /* successes <= i: only past trials are overwritten */
            s->CR[successes] = s->CR[i];
            successes += 1;
        }
        memcpy(x, b->x + i * s->n, s->n * sizeof *x);
        s->f[i] = f;
    }
    if (s->o->adaptation == SUCCESS) {
        pm_success_learn(&s->history, s->F, s->CR, s->gain, successes);
    }
}

/* Removes all but the best N members, which keep the order of their rows. */
static void shrink(de *s, size_t N)
{
    size_t to = 0;

    memset(s->stays, 0, s->N * sizeof *s->stays);
    for (size_t k = 0; k < N; ++k) {
        s->stays[s->order[k].row] = true;
    }
    for (size_t i = 0; i < s->N && !pm_pass_called_off(s->task, s->n); ++i) {
        if (s->stays[i]) {
            memmove(s->x + to * s->n, s->x + i * s->n, s->n * sizeof *s->x);
            s->f[to++] = s->f[i];
        }
    }
    s->N = N;
    pm_rank(s->order, s->f, N);
    for (const size_t room = archive_size(s, N); s->archived > room; --s->archived) {
        const size_t k = pm_rng_below(&s->partners, s->archived);
        const double *last = s->archive + (s->archived - 1) * s->n;
        memmove(s->archive + k * s->n, last, s->n * sizeof *last);
    }
}

/* Equation 10 of the paper on L-SHADE. */
static void reduce(de *s)
{
    const size_t budget = s->task->budget;
    const double left = budget > s->before ? (double)(budget - s->before) : 0.0;
    const double whole = fmin(s->o->reduction * (double)s->N_init, left);
    const double done = fmin((double)s->evaluations / whole, 1.0);
    const double N_init = (double)s->N_init, N_min = (double)s->o->fewest;
    const double N = round(N_init + (N_min - N_init) * done);

    if (s->o->reduction > 0.0 && N < (double)s->N) {
        shrink(s, (size_t)N);
    }
}

/* -------------------------------------------------------------------------- generations ------- */

static void note_best(de *s)
{
    const double f = s->order[0].f;

    pm_best_keep(&s->best, s->x + s->order[0].row * s->n, f);
    if (s->first_f == HUGE_VAL) {
        s->first_f = f;
    }
    s->idle += 1;
    if (counts(s, f, s->level_f)) {
        s->level_f = f;
        s->idle = 0;
    }
}

static pm_turn tell(void *state, const pm_batch *b)
{
    de *s = state;

    s->evaluations += s->N;
    if (s->fresh) {
        s->fresh = false;
        copy_members(s, s->x, b->x, s->N);
        memcpy(s->f, b->f, s->N * sizeof *s->f);
    } else {
        select_better(s, b);
    }
    pm_rank(s->order, s->f, s->N);
    reduce(s);
    if (s->rotates) {
        pm_axes_learn(&s->axes, s->x, s->order, s->N);
    }
    note_best(s);
    return has_converged(s) ? restart(s) : PM_STEP_DONE;
}

/* `unfinished`: a run that stalls or has converged is not the end, since another one may follow. */
static void at(const void *state, pm_iterate *out)
{
    const de *s = state;
    *out = (pm_iterate){.x = s->best.x, .f = s->best.f, .unfinished = true, .ended = s->ended};
}

/* ------------------------------------------------------------------------------ report -------- */

static const char *const measures[] = {"diversity", "population", "scale_factor", "crossover_rate",
                                       NULL};

static double mean(const double *x, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i) {
        sum += fmax(x[i], 0.0);
    }
    return sum / (double)count;
}

static void measure(const void *state, double *out)
{
    const de *s = state;
    out[0] = pm_diversity(s->task, s->o->spread, s->x, s->N);
    out[1] = (double)s->N;
    out[2] = mean(s->history.M_F, s->history.H);
    out[3] = mean(s->history.M_CR, s->history.H);
}

const pm_method pm_differential_evolution = {
    .name = "differential_evolution",
    .family = "evolution",
    .summary = "differential evolution that learns its scale factor, crossover rate and axes, with "
               "restarts of growing populations",
    .when_not = "Where a descent is enough, as for `annealing`; and with a budget of fewer than "
                "some hundred evaluations per variable, which its populations spend on looking "
                "around. Narrow valleys across the axes cost it several times the evaluations "
                "of `cmaes`; it is ahead where f is a sum of functions of single variables, or "
                "nearly so, with many minima. Without bounds its first populations surround "
                "`x0` and may be far from anything.",
    .citation = "R. Tanabe and A. S. Fukunaga, Improving the search performance of SHADE using "
                "linear population size reduction, IEEE Congress on Evolutionary Computation "
                "(2014) 1658-1665",
    .traits =
        PM_HANDLES_BOUNDS | PM_IS_RANDOM | PM_IS_GLOBAL | PM_NEEDS_LINALG | PM_HANDLES_INTEGERS,
    .options = options,
    .options_size = sizeof(de_options),
    .stopping = {.gtol = 0.0, .ftol = 1e-16, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(de),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
    .population = population,
    .measures = measures,
    .measure = measure,
};
