/* Simulated annealing of continuous and whole-numbered variables: Metropolis walks whose
 * temperature falls, and local searches from points of the walks.
 *
 *   S. Kirkpatrick, C. D. Gelatt & M. P. Vecchi, "Optimization by simulated annealing",
 *   Science 220 (1983) 671.
 *
 *   A. Corana, M. Marchesi, C. Martini & S. Ridella, "Minimizing multimodal functions of
 *   continuous variables with the simulated annealing algorithm", ACM TOMS 13 (1987) 262:
 *   the frame of sweeps and levels.
 *
 *   C. Tsallis & D. A. Stariolo, "Generalized simulated annealing", Physica A 233 (1996) 395;
 *   Y. Xiang, D. Y. Sun, W. Fan & X. G. Gong, Phys. Lett. A 233 (1997) 216, and S. Gubian's
 *   GenSA, The R Journal 5/1 (2013) 13: local searches inside the annealing.
 *
 *   R. H. Swendsen & J.-S. Wang, Phys. Rev. Lett. 57 (1986) 2607, K. Hukushima & K. Nemoto,
 *   J. Phys. Soc. Japan 65 (1996) 1604: several chains at different temperatures that exchange
 *   their points.
 *
 *   The course of a run:
 *   1. A local search from x0.
 *   2. Probe: a walk that accepts every finite value records its rises, which give the first
 *      temperature (metropolis.h).
 *   3. Descent: a walk at the last temperature.
 *   4. A cycle: the temperature falls from level to level (cooling.h); a level is a number of
 *      sweeps of moves (visiting.h).  A level ends with a local search if there is a new lowest
 *      point, or if local searches have had less than their share of the evaluations; the walk goes
 *      on from the point that it finds, unless that is higher.
 *   5. Reheating: another cycle, `growth` times as long.  The last one takes what is left of the
 *      budget.
 *
 *   Departures from Corana et al.: the moves (visiting.h); steps are adapted once per level, and
 *   levels are short; a level begins at the best point only if the walk is higher above it than the
 *   temperature explains.
 */
#include "base/arena.h"
#include "methods/global/best.h"
#include "base/bounds.h"
#include "methods/global/annealing/cooling.h"
#include "methods/global/metropolis.h"
#include "solver/nested.h"
#include "methods/global/population.h"
#include "base/vectors.h"
#include "methods/global/annealing/visiting.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct {
    int visiting, schedule, reheating, local_search;
    double step, visiting_q, acceptance_q;
    double initial_temperature, acceptance, final_temperature, cooling;
    size_t descent, sweeps, cycle, cycles, chains;
    double growth, reheat_temperature, ladder, local_share;
} annealing_options;

enum { FROM_BEST, FROM_LAST, FROM_RANDOM };
static const char *const reheatings[] = {"best", "last", "random"};

enum { NO_SEARCH, BFGS, LBFGS, AUTOMATIC };
static const char *const searches[] = {"none", "bfgs", "lbfgs", "automatic"};

static const pm_option options[] = {
    PM_OPTION_CHOICE(annealing_options, visiting, PM_VISIT_ADAPTIVE, pm_visiting_names,
                     "distribution of the moves: of lengths that follow what is accepted, or "
                     "shrinking with the temperature"),
    PM_OPTION_REAL(annealing_options, visiting_q, 2.62, 1.01, 2.99,
                   "of visiting and schedule tsallis: 1 is gaussian and 2 cauchy, more has heavier "
                   "tails"),
    PM_OPTION_REAL(annealing_options, step, 0.0, 0.0, 1e12,
                   "typical first move, relative to the width of the box, or to max(|x0|, 1) "
                   "without; 0: a quarter, or more where moves shrink fast with the temperature"),
    PM_OPTION_REAL(
        annealing_options, acceptance_q, 1.0, -1e6, 2.99,
        "of the generalised rule of acceptance: 1 is that of Metropolis, more accepts high "
        "rises more often, less accepts none above T / (1 - q)"),
    PM_OPTION_REAL(annealing_options, initial_temperature, 0.0, 0.0, 1e300,
                   "first temperature, in units of f; 0: from the rises of the first moves"),
    PM_OPTION_REAL(annealing_options, acceptance, 0.8, 0.01, 0.99,
                   "mean probability of accepting a rise at the automatic first temperature"),
    PM_OPTION_REAL(annealing_options, final_temperature, 1e-5, 1e-100, 1.0,
                   "last temperature of a cycle, relative to the first one"),
    PM_OPTION_CHOICE(annealing_options, schedule, PM_COOL_GEOMETRIC, pm_cooling_names,
                     "how the temperature falls from level to level"),
    PM_OPTION_REAL(
        annealing_options, cooling, 0.9, 0.01, 0.9999,
        "factor from one temperature to the next (geometric: adjusted where a cycle is too "
        "short for it; adaptive: down or up)"),
    PM_OPTION_WHOLE(annealing_options, descent, 100, 0, 1e9,
                    "moves per variable and chain at the last temperature, before the first cycle"),
    PM_OPTION_WHOLE(annealing_options, sweeps, 0, 0, 1e9,
                    "sweeps of moves at one temperature; 0: as many as fill the cycle"),
    PM_OPTION_WHOLE(
        annealing_options, cycle, 100, 0, PM_MOST_WHOLE,
        "moves of the first cycle, per variable and chain; 0: as many as the budget allows"),
    PM_OPTION_REAL(annealing_options, growth, 2.0, 1.0, 1e6,
                   "each cycle is this many times as long as the one before"),
    PM_OPTION_WHOLE(annealing_options, cycles, 0, 0, PM_MOST_WHOLE,
                    "coolings before the run ends; 0: as many as the budget allows"),
    PM_OPTION_CHOICE(
        annealing_options, reheating, FROM_BEST, reheatings,
        "where a cycle after the first begins: at the best point, at the last one, or at "
        "a random one, which is a restart"),
    PM_OPTION_REAL(annealing_options, reheat_temperature, 1.0, 1e-100, 1.0,
                   "temperature at which those cycles begin, relative to the first one"),
    PM_OPTION_WHOLE(annealing_options, chains, 1, 1, 1e4,
                    "walks side by side, evaluated together, that exchange their places (parallel "
                    "tempering)"),
    PM_OPTION_REAL(annealing_options, ladder, 3.0, 1.0, 1e6,
                   "each chain is this many times as hot as the one before"),
    PM_OPTION_CHOICE(annealing_options, local_search, AUTOMATIC, searches,
                     "method of the local searches inside the annealing; automatic: bfgs up to 200 "
                     "variables, lbfgs beyond, for memory that grows with n and not with n^2"),
    PM_OPTION_REAL(annealing_options, local_share, 0.5, 0.0, 1.0,
                   "part of the evaluations that may go into local searches without a new lowest "
                   "point, and into one of them"),
    PM_OPTIONS_END,
};

enum {
    PROBES = 10,        /* probing moves, besides two for each variable */
    PROBING_SHARE = 20, /* but at most the budget divided by this */
    FEWEST_SWEEPS = 2,  /* of a level: a shorter cycle has fewer levels */
    MOST_SWEEPS = 1000, /* of a level if `sweeps` is 0: bounds a cycle where there is no budget */
    MOST_DENSE = 200,   /* variables up to which the automatic local search is bfgs */
    QUIET_LEVELS = 5,   /* levels without an improvement that counts: they end the last cycle */
};

static const double reserved = 0.1;          /* part of the budget left: see next_length */
static const double descending_share = 0.25; /* largest part of the budget left for a descent */
static const double spread = 10.0;           /* of random restarts where the box is open */

/* Streams of random numbers; visiting.c uses the ones before. */
enum { ACCEPTANCE = 2, EXCHANGES, RESTARTS };

typedef struct {
    const annealing_options *o;
    const pm_task *task;
    size_t n, chains, probes;
    bool searching; /* there are local searches */

    enum { FIRST_POINT, LOCAL_SEARCH, PROBING, WALKING } phase, next_phase;
    size_t nfev, local_nfev;    /* evaluations in all, and those of local searches */
    size_t rises, probed;       /* probing moves that went up, and all of them */
    size_t cycle, level, sweep; /* the present ones; cycles count from 1, 0 is the descent */
    size_t levels, sweeps;      /* levels of this cycle, sweeps of a level */
    size_t quiet;               /* levels since the last improvement that counts */
    double length;              /* of the next cycle, in moves of a chain */
    double first_T;             /* in units of f */
    double peak;                /* temperature at which the cycle began, relative to first_T */
    double T;                   /* present temperature, relative to that */
    double share;               /* of moves accepted at the last level, by the coldest chain */
    double first_f, level_f;    /* lowest value at first, and at the last improvement that counts */
    double searched_f;          /* lowest value when the last local search had ended */
    pm_best best;
    pm_cooling cooling;
    pm_visiting visiting;
    pm_nested search;
    pm_rng acceptance, exchanges, restarts;
    pm_stop ended;

    double *x, *f;         /* [chains][n], [chains] where the chains are, the coldest first */
    double *lower, *upper; /* [n] box of a local search where there are whole-numbered variables */
    double *rise;          /* [probes] rises of f during the probe */
} annealing;

/* Whether any variable is continuous, so that a local search can move it. */
static bool any_real(const pm_task *task)
{
    bool found = task->integer == NULL;
    for (size_t i = 0; !found && i < task->n; ++i) {
        found = !task->integer[i];
    }
    return found;
}

static pm_inner inner(const annealing_options *o, size_t n)
{
    const bool dense = o->local_search == AUTOMATIC ? n <= MOST_DENSE : o->local_search == BFGS;
    return (pm_inner){.method = pm_method_named(dense ? "bfgs" : "lbfgs")};
}

static size_t points(const pm_task *task)
{
    const annealing_options *o = task->options;
    return o->chains;
}

/* The automatic step is 0.25 or, if moves shrink to less than 1e-6 at the last temperature, so long
 * that they do not. */
static double first_step(const annealing_options *o, double q)
{
    const double shrinking = pow(o->final_temperature, 1.0 / (3.0 - q));
    return o->step > 0.0                      ? o->step
           : o->visiting == PM_VISIT_ADAPTIVE ? 0.25
                                              : fmin(fmax(0.25, 1e-6 / shrinking), 1e12);
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    annealing *s = state;
    const annealing_options *o = s->o = task->options;
    const size_t n = s->n = task->n, chains = s->chains = o->chains;
    const pm_inner search = inner(o, n);

    s->task = task;
    s->probes = pm_fewer(PROBES + pm_times(2, n), task->budget / PROBING_SHARE);
    pm_visiting_layout(&s->visiting, a, task, o->visiting, o->visiting_q, chains);
    pm_nested_layout(&s->search, a, task, &search, o->local_search == NO_SEARCH ? 0 : 1);
    s->x = PM_TAKE(a, double, pm_times(chains, n));
    s->f = PM_TAKE(a, double, chains);
    pm_best_layout(&s->best, a, n);
    s->lower = PM_TAKE(a, double, n);
    s->upper = PM_TAKE(a, double, n);
    s->rise = PM_TAKE(a, double, s->probes);
}

static void start(void *state, const pm_task *task)
{
    annealing *s = state;

    s->acceptance = pm_rng_stream(task->key, ACCEPTANCE);
    s->exchanges = pm_rng_stream(task->key, EXCHANGES);
    s->restarts = pm_rng_stream(task->key, RESTARTS);
    s->searching = s->o->local_search != NO_SEARCH && s->o->local_share > 0.0 && any_real(task);
    s->first_f = s->level_f = s->searched_f = HUGE_VAL;
    s->length = s->o->cycle == 0 ? HUGE_VAL : (double)s->o->cycle * (double)s->n;
    s->peak = s->T = 1.0;
    for (size_t c = 0; c < s->chains; ++c) {
        s->f[c] = HUGE_VAL;
        memcpy(s->x + c * s->n, task->x0, s->n * sizeof *s->x);
    }
    pm_best_start(&s->best, task->x0);
    pm_visiting_start(&s->visiting, task, first_step(s->o, s->visiting.q));
}

/* ---------------------------------------------------------------------------------- temperatures --- */

static double rung(const annealing *s, size_t c)
{
    return c == 0 ? 1.0 : pow(s->o->ladder, (double)c);
}

/* The temperature of chain c, relative to first_T. */
static double relative_temperature(const annealing *s, size_t c)
{
    return s->peak * s->T * rung(s, c);
}

/* The same in units of f. */
static double temperature(const annealing *s, size_t c)
{
    return s->first_T * relative_temperature(s, c);
}

/* Divides the moves of a cycle into levels and sweeps: as many levels as the schedule needs, or
 * fewer so that each has FEWEST_SWEEPS sweeps.  Sweeps per level are rounded down; the moves that
 * this leaves over become further levels. */
static void plan(annealing *s, double moves)
{
    const annealing_options *o = s->o;
    const double all = floor(moves / (double)s->visiting.kinds);
    const double least = (double)(o->sweeps > 0 ? o->sweeps : FEWEST_SWEEPS);

    s->cooling = (pm_cooling){.schedule = o->schedule,
                              .last = fmin(o->final_temperature / s->peak, 1.0),
                              .factor = o->cooling,
                              .q = o->visiting_q};
    double levels = fmax(1.0, fmin(pm_cooling_wanted(&s->cooling), floor(all / least)));
    s->sweeps = o->sweeps;
    if (s->sweeps == 0) {
        const double share = fmax(1.0, floor(all / levels));
        s->sweeps = (size_t)fmin(share, (double)MOST_SWEEPS);
        levels = share > (double)MOST_SWEEPS ? levels : fmax(1.0, floor(all / share));
    }
    s->levels = (size_t)fmin(levels, PM_MOST_WHOLE);
    pm_cooling_fit(&s->cooling, s->levels);
}

/* Moves of a chain in the next cycle.  If the rest of the budget does not suffice for another cycle
 * after it, it takes the whole rest except the share of the local searches and a reserve for
 * further levels at the end of the run. */
static double next_length(annealing *s)
{
    const double length = s->length, share = s->searching ? s->o->local_share : 0.0;
    const double left = (double)(s->task->budget - pm_fewer(s->nfev, s->task->budget));
    const double free = (1.0 - reserved) * left * (1.0 - share) / (double)s->chains;

    s->length = fmin(length * s->o->growth, PM_MOST_WHOLE);
    return length * (1.0 + s->o->growth) < left / (double)s->chains ? length : free;
}

/* ------------------------------------------------------------------------------------- the walks --- */

static void step_to(annealing *s, size_t c, const double *x, double f)
{
    s->f[c] = f;
    memcpy(s->x + c * s->n, x, s->n * sizeof *s->x);
    pm_best_keep(&s->best, x, f);
}

/* Restarts the chains at random points.  With the value HUGE_VAL they accept any first move. */
static void scatter(annealing *s)
{
    pm_draw_points(s->task, spread, &s->restarts, s->x, s->chains);
    for (size_t c = 0; c < s->chains; ++c) {
        s->f[c] = HUGE_VAL;
    }
}

static void gather(annealing *s)
{
    for (size_t c = 0; c < s->chains && !pm_pass_called_off(s->task, s->chains * s->n); ++c) {
        step_to(s, c, s->best.x, s->best.f);
    }
}

/* Begins a walk, with step lengths as at the start of the run. */
static void begin_walk(annealing *s, double peak)
{
    s->phase = WALKING;
    s->level = s->sweep = 0;
    s->T = 1.0;
    s->peak = peak;
    pm_visiting_reset(&s->visiting);
}

/* The descent is one long level at the last temperature.  Steps are not adapted during a level:
 * they stay long, with heavy tails, and as they move one coordinate after the other, they find the
 * minimum of a function that is nearly separable. */
static void begin_descent(annealing *s)
{
    const double left = (double)(s->task->budget - pm_fewer(s->nfev, s->task->budget));
    const double moves =
        fmin((double)s->o->descent * (double)s->n, descending_share * left / (double)s->chains);

    gather(s);
    begin_walk(s, s->o->final_temperature);
    s->cooling = (pm_cooling){.schedule = s->o->schedule,
                              .last = 1.0,
                              .factor = s->o->cooling,
                              .q = s->o->visiting_q,
                              .levels = 1};
    s->levels = 1;
    s->sweeps = (size_t)fmax(1.0, floor(moves / (double)s->visiting.kinds));
}

static void begin_cycle(annealing *s)
{
    const bool first = s->cycle++ == 0;

    begin_walk(s, first ? 1.0 : s->o->reheat_temperature);
    plan(s, next_length(s));
    if (first || s->o->reheating == FROM_BEST) {
        gather(s);
    } else if (s->o->reheating == FROM_RANDOM) {
        scatter(s);
    }
}

static void begin_walking(annealing *s)
{
    const annealing_options *o = s->o;

    s->first_T = o->initial_temperature > 0.0
                     ? o->initial_temperature
                     : pm_metropolis_temperature(o->acceptance_q, s->rise, s->rises, o->acceptance);
    s->first_f = s->level_f = s->best.f;
    if (o->descent > 0) {
        begin_descent(s);
    } else {
        begin_cycle(s);
    }
}

static bool improved(annealing *s)
{
    const double level = s->level_f;

    if (!(s->best.f < level - pm_resolution(s->task->stopping.ftol, s->first_f, level))) {
        return false;
    }
    s->level_f = s->best.f;
    return true;
}

/* ------------------------------------------------------------------------------- local searches --- */

/* Begins a local search from x[n], in a box that fixes the whole-numbered variables. */
static void search_from(annealing *s, const double *x)
{
    const pm_task *task = s->task;
    const pm_inner method = inner(s->o, s->n);

    for (size_t i = 0; task->integer != NULL && i < s->n; ++i) {
        s->lower[i] = task->integer[i] ? x[i] : task->lower[i];
        s->upper[i] = task->integer[i] ? x[i] : task->upper[i];
    }
    const double left = (double)(s->task->budget - pm_fewer(s->nfev, s->task->budget));
    const pm_nested_run run = {.x0 = x,
                               .budget = (size_t)fmax(1.0, s->o->local_share * left),
                               .lower = task->integer == NULL ? NULL : s->lower,
                               .upper = task->integer == NULL ? NULL : s->upper};

    pm_nested_start(&s->search, &method, &run);
    s->next_phase = s->phase;
    s->phase = LOCAL_SEARCH;
}

/* The point from which a local search is to begin now, or NULL. */
static const double *promising(const annealing *s)
{
    if (!s->searching) {
        return NULL;
    }
    if (s->best.f < s->searched_f) {
        return s->best.x;
    }
    const bool due = (double)s->local_nfev <= s->o->local_share * (double)s->nfev;
    return due && s->f[0] < HUGE_VAL ? s->x : NULL;
}

static pm_turn search(annealing *s, const pm_batch *b)
{
    const size_t before = s->search.nfev;
    const pm_turn turn = pm_nested_tell(&s->search, b);

    s->nfev += s->search.nfev - before;
    s->local_nfev += s->search.nfev - before;
    if (turn != PM_NO_MORE) {
        return PM_MID_STEP;
    }
    s->phase = s->next_phase;
    if (s->search.best_f <= s->f[0]) {
        step_to(s, 0, s->search.best_x, s->search.best_f);
    }
    s->searched_f = s->best.f;
    return PM_STEP_DONE;
}

/* ------------------------------------------------------------------------------------- the turns --- */

static void ask(void *state, pm_batch *b)
{
    annealing *s = state;

    if (s->phase == LOCAL_SEARCH) {
        pm_nested_ask(&s->search, b);
        return;
    }
    const size_t moving = pm_offer(b, s->phase == WALKING ? s->chains : 1);
    b->wants = PM_F;
    if (s->phase == FIRST_POINT) {
        memcpy(b->x, s->x, s->n * sizeof *s->x);
        return;
    }
    for (size_t c = 0; c < moving && !pm_pass_called_off(s->task, s->chains * s->n); ++c) {
        const double *x = s->x + c * s->n;
        pm_visiting_propose(&s->visiting, c, relative_temperature(s, c), x, b->x + c * s->n);
    }
}

static pm_turn begin(annealing *s, const pm_batch *b)
{
    step_to(s, 0, b->x, b->f[0]);
    if (s->probes == 0 || s->o->initial_temperature > 0.0) {
        begin_walking(s);
    } else {
        s->phase = PROBING;
    }
    if (s->searching && s->f[0] < HUGE_VAL) {
        search_from(s, s->x);
    }
    return PM_MID_STEP;
}

/* Accepts every finite value and, before there is one, every value.  The probe goes on until at
 * least one move has gone up. */
static pm_turn probe(annealing *s, const pm_batch *b)
{
    const double f = b->f[0];
    const bool lost = s->f[0] == HUGE_VAL;

    if (f < HUGE_VAL && f > s->f[0] && s->rises < s->probes) {
        s->rise[s->rises++] = f - s->f[0];
    }
    if (f < HUGE_VAL || lost) {
        step_to(s, 0, b->x, f);
    }
    const bool swept = pm_visiting_next(&s->visiting, s->x);
    s->probed += lost ? 0 : 1;
    if (s->probed >= s->probes && s->rises > 0) {
        begin_walking(s);
        return PM_STEP_DONE;
    }
    /* Beyond the planned moves each sweep is a step, so that limits on steps end the probe. */
    const bool longer = lost || s->probed >= s->probes;
    return swept && longer ? PM_STEP_DONE : PM_MID_STEP;
}

/* Neighbouring chains exchange their points with the probability that preserves the distribution of
 * each: Hukushima & Nemoto, eq. 6. */
static void exchange(annealing *s)
{
    for (size_t c = s->chains - 1; c > 0 && !pm_pass_called_off(s->task, s->chains * s->n); --c) {
        double *cold = s->x + (c - 1) * s->n, *hot = cold + s->n;
        const double beta = 1.0 / temperature(s, c - 1) - 1.0 / temperature(s, c);
        const double gain = beta * (s->f[c - 1] - s->f[c]);
        if (!(gain >= 0.0 || pm_rng_uniform(&s->exchanges) < exp(gain))) {
            continue;
        }
        const double f = s->f[c];
        s->f[c] = s->f[c - 1];
        s->f[c - 1] = f;
        for (size_t i = 0; i < s->n; ++i) {
            const double x = hot[i];
            hot[i] = cold[i];
            cold[i] = x;
        }
    }
}

static pm_turn end_level(annealing *s)
{
    const double *x = promising(s);

    s->share = pm_visiting_adapt(&s->visiting);
    s->sweep = 0;
    s->level += 1;
    s->T = pm_cooling_next(&s->cooling, s->level, s->T, s->share);
    s->quiet = improved(s) ? 0 : s->quiet + 1;
    /* In a quadratic valley f is n T / 2 above the minimum in the mean: at twice as much the walk
     * is taken to have left the valley. */
    if (s->f[0] - s->best.f > (double)s->n * temperature(s, 0)) {
        step_to(s, 0, s->best.x, s->best.f);
    }
    const bool cold = s->level >= s->levels || s->T <= s->cooling.last ||
                      temperature(s, s->chains - 1) <= DBL_EPSILON * fabs(s->best.f);
    if (cold && s->o->cycles > 0 && s->cycle >= s->o->cycles) {
        if (s->quiet >= QUIET_LEVELS && s->best.f < HUGE_VAL) {
            s->ended = PM_VALUE;
            return PM_NO_MORE;
        }
    } else if (cold) {
        begin_cycle(s);
    }
    if (x != NULL) {
        search_from(s, x);
    }
    return PM_STEP_DONE;
}

static pm_turn walk(annealing *s, const pm_batch *b)
{
    for (size_t c = 0; c < s->chains && !pm_pass_called_off(s->task, s->chains * s->n); ++c) {
        if (pm_metropolis(s->o->acceptance_q, temperature(s, c), s->f[c], b->f[c],
                          &s->acceptance)) {
            step_to(s, c, b->x + c * s->n, b->f[c]);
            pm_visiting_accepted(&s->visiting, c);
        }
    }
    if (!pm_visiting_next(&s->visiting, s->x)) {
        return PM_MID_STEP;
    }
    exchange(s);
    s->sweep += 1;
    return s->sweep < s->sweeps ? PM_MID_STEP : end_level(s);
}

static pm_turn tell(void *state, const pm_batch *b)
{
    annealing *s = state;

    if (s->phase == LOCAL_SEARCH) {
        return search(s, b);
    }
    s->nfev += b->count;
    switch (s->phase) {
    case FIRST_POINT:
        return begin(s, b);
    case PROBING:
        return probe(s, b);
    default:
        return walk(s, b);
    }
}

static void at(const void *state, pm_iterate *out)
{
    const annealing *s = state;
    *out = (pm_iterate){.x = s->best.x, .f = s->best.f, .ended = s->ended};
}

static const char *const measures[] = {"temperature", "acceptance", NULL};

static void measure(const void *state, double *out)
{
    const annealing *s = state;
    out[0] = temperature(s, 0);
    out[1] = s->share;
}

/* ftol: it is above the uncertainty of f at the last temperature.  patience: some ten cycles, each
 * of which is longer than all before it together. */
const pm_method pm_annealing = {
    .name = "annealing",
    .family = "annealing",
    .summary =
        "simulated annealing: walks that accept rises while they are hot, and cool, and local "
        "searches from where they come by",
    .when_not = "Where a descent is enough: a smooth function with one valley is done with "
                "after its first local search, and the rest of the budget is spent on looking "
                "elsewhere. Without bounds it has to guess how far to look. Where f is a step "
                "function or noisy, give `local_search=\"none\"`; where values can be computed "
                "side by side, several `chains`.",
    .citation = "A. Corana, M. Marchesi, C. Martini and S. Ridella, Minimizing multimodal "
                "functions of continuous variables with the simulated annealing algorithm, "
                "ACM TOMS 13 (1987) 262-280; C. Tsallis and D. A. Stariolo, Generalized simulated "
                "annealing, Physica A 233 (1996) 395-406",
    .traits =
        PM_HANDLES_BOUNDS | PM_IS_RANDOM | PM_IS_GLOBAL | PM_USES_GRADIENT | PM_HANDLES_INTEGERS,
    .options = options,
    .options_size = sizeof(annealing_options),
    .stopping = {.gtol = 0.0, .ftol = 1e-6, .xtol = 0.0, .patience = 1000},
    .state_size = sizeof(annealing),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
    .measures = measures,
    .measure = measure,
};
