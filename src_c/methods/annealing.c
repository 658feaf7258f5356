/* Simulated annealing of continuous variables: a Metropolis walk whose temperature falls.
 *
 *   S. Kirkpatrick, C. D. Gelatt & M. P. Vecchi, "Optimization by simulated annealing",
 *   Science 220 (1983) 671; N. Metropolis et al., J. Chem. Phys. 21 (1953) 1087:
 *   a rise of f is accepted with probability exp(-rise / T).
 *
 *   A. Corana, M. Marchesi, C. Martini & S. Ridella, "Minimizing multimodal functions of
 *   continuous variables with the simulated annealing algorithm", ACM TOMS 13 (1987) 262:
 *   the frame, moves of one coordinate with lengths adapted to the acceptance.
 *
 *   W. Ben-Ameur, "Computing the initial temperature of simulated annealing",
 *   Comput. Optim. Appl. 29 (2004) 369.
 *
 *   The schedule:
 *   1. Probe: a walk that accepts every finite value records its rises; at the first T their
 *      mean probability of acceptance is `acceptance` (Ben-Ameur).
 *   2. Cool: T falls by the factor `cooling` from level to level, to `final_temperature` times
 *      the first T; the budget's evaluations are shared out evenly over these levels.
 *   3. End: once the last level is reached, at the fifth level in a row without an improvement
 *      that counts.
 *
 *   Departures from Corana et al.:
 *   - Moves have heavy tails, as of a Cauchy variate (H. Szu & R. Hartley, "Fast simulated
 *     annealing", Phys. Lett. A 122 (1987) 157), and are not uniform: steps that fit a valley
 *     still leave it now and then.
 *   - After each sweep over the coordinates comes one move along the difference of two
 *     remembered points (C. J. F. ter Braak & J. A. Vrugt, "Differential evolution Markov chain
 *     with snooker updater and fewer chains", Stat. Comput. 18 (2008) 435), for valleys that no
 *     coordinate follows.
 *   - Steps are adapted once a level, and levels are short.
 *   - A level begins at the best point only if the walk stands higher above it than heat
 *     explains.
 *   - Moves that leave the box are reflected at its wall, not drawn again.
 */
#include "arena.h"
#include "bounds.h"
#include "rng.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

typedef struct {
    double initial_temperature, acceptance, final_temperature, cooling, step;
    size_t sweeps;
} annealing_options;

static const pm_option options[] = {
    PM_OPTION_REAL(annealing_options, initial_temperature, 0.0, 0.0, 1e300,
                   "first temperature, in units of f; 0: from the rises of the first moves"),
    PM_OPTION_REAL(annealing_options, acceptance, 0.5, 0.01, 0.99,
                   "mean probability of accepting a rise at the automatic first temperature"),
    PM_OPTION_REAL(annealing_options, final_temperature, 1e-5, 1e-100, 1.0,
                   "last temperature, relative to the first"),
    PM_OPTION_REAL(
        annealing_options, cooling, 0.9, 0.01, 0.9999,
        "factor from one temperature to the next; adjusted where the budget asks for it"),
    PM_OPTION_WHOLE(annealing_options, sweeps, 0, 0, 1e9,
                    "moves of each coordinate at one temperature; 0: as many as the budget allows"),
    PM_OPTION_REAL(
        annealing_options, step, 0.25, 1e-12, 1.0,
        "typical first move, relative to the width of the box, or to max(|x0|, 1) without"),
    PM_OPTIONS_END,
};

/* Corana et al.: steps keep where 40 to 60 % of the moves are accepted, and c_u = 2. */
static const double low_rate = 0.4, high_rate = 0.6, step_factor = 2.0;

/* The longest move where the box is open, relative to max(|x0|, 1), and along a difference. */
static const double open_reach = 1e3, difference_reach = 10.0;

/* -log(2^-53) = 36.7: no uniform word accepts a higher rise than this, in units of T. */
static const double hopeless = 37.0;

enum {
    PROBING_SWEEPS = 20, /* enough for a mean over the rises, half of the moves, even at n = 1 */
    PROBING_SHARE = 20,  /* at most this part of the budget */
    RESERVED_SHARE = 10, /* part of the budget left for the levels of step 3 of the schedule */
    FEWEST_SWEEPS = 2,   /* of a level: with less budget there are fewer levels */
    MOST_SWEEPS = 1000,  /* of a level, unless asked for: bounds the run where there is no budget */
    QUIET_LEVELS = 5,    /* step 3 of the schedule */
    REMEMBERED = 50,     /* points, one a sweep: about those of the present temperature */
};

enum { MOVES, ACCEPTANCE, PARTNERS }; /* streams of random numbers */

typedef struct {
    const annealing_options *o;
    size_t n, kinds; /* kinds of moves: the coordinates and, if n > 1, differences */
    size_t probes;   /* moves of the probing walk */
    double ftol;
    const double *lower, *upper; /* [n] */

    enum { FIRST_POINT, PROBING, COOLING } phase;
    size_t kind, sweep, level; /* where the walk is */
    size_t sweeps, levels;     /* sweeps of a level, levels down to the final temperature */
    size_t probed, rises;      /* probing moves made, those among them that went up */
    size_t remembered;         /* points so far */
    size_t quiet;              /* levels since the last improvement that counts */
    double T, cooling;
    double f, best_f;
    double first_f, level_f; /* best value when cooling began, and at the last level that counts */
    pm_rng moves, acceptance, partners;
    pm_stop ended;

    double *x, *best; /* [n] the walk, the lowest point it met */
    double *v;     /* [kinds] typical length of a move: v of the paper; the last one is a factor */
    double *reach; /* [kinds] longest move */
    size_t *accepted; /* [kinds] moves of this level */
    double *rise;     /* [probes] */
    double *memory;   /* [REMEMBERED][n] */
} annealing;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    annealing *s = state;
    const size_t n = s->n = task->n;

    s->o = task->options;
    s->lower = task->lower;
    s->upper = task->upper;
    s->ftol = task->stopping.ftol;
    s->kinds = n > 1 ? n + 1 : 1;
    s->probes = smaller(pm_times(PROBING_SWEEPS, s->kinds), task->budget / PROBING_SHARE);
    s->x = PM_TAKE(a, double, n);
    s->best = PM_TAKE(a, double, n);
    s->v = PM_TAKE(a, double, s->kinds);
    s->reach = PM_TAKE(a, double, s->kinds);
    s->accepted = PM_TAKE(a, size_t, s->kinds);
    s->rise = PM_TAKE(a, double, s->probes);
    s->memory = PM_TAKE(a, double, pm_times(REMEMBERED, n));
}

/* Shares the budget out: as many levels as `cooling` takes, fewer if FEWEST_SWEEPS would not be
 * left for each, and then as many as use up what the rounding of the sweeps has left. */
static void plan(annealing *s, size_t budget)
{
    const annealing_options *o = s->o;
    const size_t kept = s->probes + budget / RESERVED_SHARE;
    const double sweeps = (double)(budget - smaller(kept, budget)) / (double)s->kinds;
    const double wanted = ceil(log(o->final_temperature) / log(o->cooling));
    const double least = (double)(o->sweeps > 0 ? o->sweeps : FEWEST_SWEEPS);
    double levels = fmax(1.0, fmin(wanted, floor(sweeps / least)));

    s->sweeps = o->sweeps;
    if (s->sweeps == 0) {
        const double share = fmax(1.0, floor(sweeps / levels));
        s->sweeps = (size_t)fmin(share, (double)MOST_SWEEPS);
        levels = share > (double)MOST_SWEEPS ? levels : fmax(1.0, floor(sweeps / share));
    }
    s->levels = (size_t)levels;
    s->cooling = levels == wanted ? o->cooling : pow(o->final_temperature, 1.0 / levels);
}

static void start(void *state, const pm_task *task)
{
    annealing *s = state;

    s->moves = pm_rng_stream(task->key, MOVES);
    s->acceptance = pm_rng_stream(task->key, ACCEPTANCE);
    s->partners = pm_rng_stream(task->key, PARTNERS);
    s->f = s->best_f = s->first_f = s->level_f = HUGE_VAL;
    memcpy(s->x, task->x0, s->n * sizeof *s->x);
    memcpy(s->best, task->x0, s->n * sizeof *s->best);
    plan(s, task->budget);

    for (size_t i = 0; i < s->n; ++i) {
        const double width = s->upper[i] - s->lower[i];
        const double scale = fmax(fabs(s->x[i]), 1.0);
        s->reach[i] = width < HUGE_VAL ? width : open_reach * scale;
        s->v[i] = s->o->step * (width < HUGE_VAL ? width : scale);
    }
    if (s->kinds > s->n) {
        s->reach[s->n] = difference_reach;
        s->v[s->n] = 1.0;
    }
}

/* ------------------------------------------------------------------------------- moves -------- */

/* A move of typical length v, at most `reach`.  With u uniform on [-1, 1), u / (1 - |u|) has the
 * tail of a Cauchy variate, P(> t) = 1 / (1 + t), for one division; v / reach added below cuts it
 * off where a move spans the box. */
static double heavy_tailed(pm_rng *r, double v, double reach)
{
    const double u = 2.0 * pm_rng_uniform(r) - 1.0;
    return v * u / (1.0 - fabs(u) + v / reach);
}

/* Reflects x at the wall it has passed; a move that passes both ends on the other. */
static double reflected(double x, double lower, double upper)
{
    x = x < lower ? lower + (lower - x) : x > upper ? upper - (x - upper) : x;
    return pm_clip(x, lower, upper);
}

static void move_coordinate(annealing *s, double *x)
{
    const size_t h = s->kind;
    const double length = heavy_tailed(&s->moves, s->v[h], s->reach[h]);
    x[h] = reflected(x[h] + length, s->lower[h], s->upper[h]);
}

/* Two different places of the memory are drawn; the points there can still be the same. */
static void move_along_difference(annealing *s, double *x)
{
    const size_t count = smaller(s->remembered, REMEMBERED);
    assert(count >= 2);
    const size_t j = pm_rng_below(&s->partners, count);
    const size_t k = (j + 1 + pm_rng_below(&s->partners, count - 1)) % count;
    const double *p = s->memory + j * s->n, *q = s->memory + k * s->n;
    const double length = heavy_tailed(&s->moves, s->v[s->n], s->reach[s->n]);

    for (size_t i = 0; i < s->n; ++i) {
        x[i] = reflected(x[i] + length * (p[i] - q[i]), s->lower[i], s->upper[i]);
    }
}

static void ask(void *state, pm_batch *b)
{
    annealing *s = state;

    b->count = 1;
    b->wants = PM_F;
    memcpy(b->x, s->x, s->n * sizeof *s->x);
    if (s->phase == FIRST_POINT) {
        return;
    }
    if (s->kind < s->n) {
        move_coordinate(s, b->x);
    } else {
        move_along_difference(s, b->x);
    }
}

/* --------------------------------------------------------------- the first temperature -------- */

/* Mean probability of accepting the recorded rises at temperature T: chi(T) of Ben-Ameur. */
static double mean_acceptance(const annealing *s, double T)
{
    double sum = 0.0;
    for (size_t j = 0; j < s->rises; ++j) {
        sum += exp(-s->rise[j] / T);
    }
    return sum / (double)s->rises;
}

/* The T at which mean_acceptance is `acceptance`, by bisection of log T between those of the
 * smallest and the largest rise alone.  Zero, for a mere descent, if nothing rose. */
static double automatic_temperature(const annealing *s)
{
    const double per_rise = -1.0 / log(s->o->acceptance);
    double low = HUGE_VAL, high = 0.0;

    for (size_t j = 0; j < s->rises; ++j) {
        low = fmin(low, per_rise * s->rise[j]);
        high = fmax(high, per_rise * s->rise[j]);
    }
    /* 60 halvings of log(high / low), at most 1500, end below the resolution of T. */
    for (int k = 0; k < 60 && low < high; ++k) {
        const double T = sqrt(low) * sqrt(high);
        if (mean_acceptance(s, T) < s->o->acceptance) {
            low = T;
        } else {
            high = T;
        }
    }
    return high;
}

/* ---------------------------------------------------------------------------- the walk -------- */

static void step_to(annealing *s, const double *x, double f)
{
    s->f = f;
    memcpy(s->x, x, s->n * sizeof *s->x);
    if (f < s->best_f) {
        s->best_f = f;
        memcpy(s->best, x, s->n * sizeof *s->best);
    }
}

static void return_to_best(annealing *s)
{
    s->f = s->best_f;
    memcpy(s->x, s->best, s->n * sizeof *s->x);
}

static void begin_cooling(annealing *s)
{
    const double given = s->o->initial_temperature;

    s->T = given > 0.0 ? given : automatic_temperature(s);
    s->phase = COOLING;
    s->kind = 0;
    s->first_f = s->level_f = s->best_f;
    return_to_best(s);
}

/* Corana et al., step 5, `rate` being the share of accepted moves. */
static double adapted(double v, double rate)
{
    if (rate > high_rate) {
        return v * (1.0 + step_factor * (rate - high_rate) / (1.0 - high_rate));
    }
    if (rate < low_rate) {
        return v / (1.0 + step_factor * (low_rate - rate) / low_rate);
    }
    return v;
}

static void adapt_steps(annealing *s)
{
    for (size_t h = 0; h < s->kinds; ++h) {
        const double v = adapted(s->v[h], (double)s->accepted[h] / (double)s->sweeps);
        s->v[h] = pm_clip(v, DBL_EPSILON * s->reach[h], s->reach[h]);
        s->accepted[h] = 0;
    }
}

/* An improvement counts by the same measure as in stopping.c. */
static bool improved(annealing *s)
{
    const double needed = s->ftol * (s->first_f - s->level_f) + DBL_EPSILON * fabs(s->level_f);
    if (!(s->best_f < s->level_f - needed)) {
        return false;
    }
    s->level_f = s->best_f;
    return true;
}

static pm_turn end_level(annealing *s)
{
    adapt_steps(s);
    s->sweep = 0;
    s->T *= s->cooling;
    s->level += 1;
    /* In a quadratic valley heat lifts f by n T / 2 in the mean: twice as much says the walk has
     * left it. */
    if (s->f - s->best_f > (double)s->n * s->T) {
        return_to_best(s);
    }
    s->quiet = improved(s) ? 0 : s->quiet + 1;

    const bool cold = s->level >= s->levels || s->T <= DBL_EPSILON * fabs(s->best_f);
    if (cold && s->quiet >= QUIET_LEVELS && s->best_f < HUGE_VAL) {
        s->ended = PM_VALUE;
        return PM_NO_MORE;
    }
    return PM_STEP_DONE;
}

/* What comes after a move: the next kind of move, a sweep or a level. */
static pm_turn next(annealing *s)
{
    if (++s->kind == s->n) {
        memcpy(s->memory + s->remembered % REMEMBERED * s->n, s->x, s->n * sizeof *s->x);
        s->remembered += 1;
        if (s->remembered < 2) {
            s->kind = s->kinds;
        }
    }
    if (s->kind < s->kinds) {
        return PM_MID_STEP;
    }
    s->kind = 0;
    return s->phase == COOLING && ++s->sweep == s->sweeps ? end_level(s) : PM_MID_STEP;
}

static pm_turn begin(annealing *s, const pm_batch *b)
{
    step_to(s, b->x, b->f[0]);
    s->phase = PROBING;
    if (s->probes == 0 || s->o->initial_temperature > 0.0) {
        begin_cooling(s);
    }
    return PM_MID_STEP;
}

/* Every finite value is accepted; before there is one, every value. */
static pm_turn probe(annealing *s, const pm_batch *b)
{
    const double f = b->f[0];

    if (s->f == HUGE_VAL) { /* a sweep that met no finite value is a step too: limits count it */
        step_to(s, b->x, f);
        next(s);
        return s->kind == 0 ? PM_STEP_DONE : PM_MID_STEP;
    }
    if (f < HUGE_VAL) {
        if (f > s->f) {
            s->rise[s->rises++] = f - s->f;
        }
        step_to(s, b->x, f);
    }
    if (++s->probed < s->probes) {
        return next(s);
    }
    begin_cooling(s);
    return PM_STEP_DONE;
}

/* Metropolis: u < exp(-rise / T), written as rise < -T log(u), a word being drawn only where it can
 * matter. */
static bool accepts(annealing *s, double f)
{
    if (f <= s->f) {
        return true;
    }
    const double rise = f - s->f;
    if (!(rise < hopeless * s->T)) {
        return false;
    }
    return rise < -s->T * log(1.0 - pm_rng_uniform(&s->acceptance));
}

static pm_turn walk(annealing *s, const pm_batch *b)
{
    if (accepts(s, b->f[0])) {
        step_to(s, b->x, b->f[0]);
        s->accepted[s->kind] += 1;
    }
    return next(s);
}

static pm_turn tell(void *state, const pm_batch *b)
{
    annealing *s = state;

    switch (s->phase) {
    case FIRST_POINT:
        return begin(s, b);
    case PROBING:
        return probe(s, b);
    case COOLING:
        break;
    }
    return walk(s, b);
}

static void at(const void *state, pm_iterate *out)
{
    const annealing *s = state;
    *out = (pm_iterate){.x = s->best, .f = s->best_f, .ended = s->ended};
}

/* ftol: what the last temperature leaves uncertain is below it.  patience: beyond the 110 levels of
 * the default schedule, which ends by itself; the hot levels may well bring no improvement. */
const pm_method pm_annealing = {
    .name = "annealing",
    .family = "annealing",
    .summary = "simulated annealing: a random walk that accepts rises while it is hot, and cools",
    .citation = "A. Corana, M. Marchesi, C. Martini and S. Ridella, Minimizing multimodal "
                "functions of continuous variables with the simulated annealing algorithm, "
                "ACM TOMS 13 (1987) 262-280",
    .traits = PM_HANDLES_BOUNDS | PM_IS_RANDOM | PM_IS_GLOBAL,
    .options = options,
    .options_size = sizeof(annealing_options),
    .stopping = {.gtol = 0.0, .ftol = 1e-6, .xtol = 0.0, .patience = 1000},
    .state_size = sizeof(annealing),
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
};
