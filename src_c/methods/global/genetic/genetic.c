/* A genetic algorithm on real and whole numbers.
 *
 * The default is a steady-state algorithm, the generalised generation gap with operators that
 * compete:
 *
 *   K. Deb, A. Anand & D. Joshi, "A computationally efficient evolutionary algorithm for
 *   real-parameter optimization", Evol. Comput. 10 (2002) 371: the best individual and others drawn
 *   at random have a few children, which compete with a few individuals drawn at random (G3).
 *
 * Variation (selection, crossover and mutation), replacement, migration and niches have files of
 * their own, which name their papers; tournaments, sbx, polynomial mutation and elitist replacement
 * make the classical algorithm.
 *
 * A run ends when it stalls, or when all individuals are in one place; the next one begins with a
 * new population, larger by a factor, as long as evaluations are left (restarts with growing
 * populations: A. Auger & N. Hansen, CEC 2005, 1769).  If replacement keeps niches, their minima
 * are recorded at the end of a run.
 *
 * Departures from the sources:
 *   - Where the box is open, the unit of mutations and distances is the width that the first
 *     population was drawn from.
 *   - A step is a generation: as many children as there are individuals.
 */
#include "base/arena.h"
#include "methods/global/best.h"
#include "methods/global/genetic/migration.h"
#include "methods/global/genetic/niches.h"
#include "methods/global/population.h"
#include "methods/global/genetic/replacement.h"
#include "base/rng.h"
#include "solver/stopping.h"
#include "methods/global/genetic/variation.h"
#include "base/vectors.h"

#include <math.h>
#include <string.h>

typedef struct {
    double selection_pressure, crossover_probability, crossover_eta, blend_alpha, crossover_spread,
        mutation_probability, mutation_eta, mutation_sigma, elite, population_growth, spread;
    size_t population, offspring, tournament, window, islands, migration_interval, migrants,
        restarts;
    int initialization, selection, crossover, mutation, replacement;
} genetic_options;

static const pm_option options[] = {
    PM_OPTION_WHOLE(genetic_options, population, 0, 0, 1e6,
                    "individuals of an island in the first run; 0: 25 + n, at most 200 and a "
                    "twentieth of the budget"),
    PM_OPTION_INITIALIZATION(genetic_options),
    PM_OPTION_REAL(
        genetic_options, spread, 1.0, 1e-12, 1e12,
        "reach of the first population from x0 where the box is open, relative to max(|x0|, 1)"),
    PM_OPTION_WHOLE(genetic_options, offspring, 0, 0, 1e6,
                    "children of an island that are evaluated together; 0: 4, or as many as there "
                    "are individuals where replacement is elitist"),
    PM_OPTION_CHOICE(genetic_options, selection, PM_SELECT_BEST, pm_selections,
                     "how parents are chosen; best: it, and mates at random"),
    PM_OPTION_WHOLE(genetic_options, tournament, 2, 1, 1e6,
                    "individuals drawn for a tournament, whose best becomes a parent"),
    PM_OPTION_REAL(genetic_options, selection_pressure, 1.8, 1.0, 2.0,
                   "of rank: how often the best is drawn, relative to the mean"),
    PM_OPTION_CHOICE(genetic_options, crossover, PM_CROSS_ADAPTIVE, pm_crossovers,
                     "how children are made; adaptive: parent_centric, ensemble or mutation alone, "
                     "whichever succeeds"),
    PM_OPTION_REAL(genetic_options, crossover_probability, 0.9, 0.0, 1.0,
                   "of a child: otherwise it is a copy, mutated; adaptive finds its own"),
    PM_OPTION_REAL(genetic_options, crossover_eta, 15.0, 0.0, 1e3,
                   "of sbx: the larger, the nearer children are to their parents"),
    PM_OPTION_REAL(genetic_options, blend_alpha, 0.5, 0.0, 10.0,
                   "of blend: share by which genes exceed those of the parents at either end"),
    PM_OPTION_REAL(genetic_options, crossover_spread, 1.0, 0.0, 10.0,
                   "of simplex, parent_centric and ensemble: factor on the recommended spread"),
    PM_OPTION_CHOICE(genetic_options, mutation, PM_MUTATE_POLYNOMIAL, pm_mutations,
                     "how genes are mutated"),
    PM_OPTION_REAL(genetic_options, mutation_probability, 0.0, 0.0, 1.0,
                   "of one gene; 0: 1/n, and a tenth of that where crossover is adaptive"),
    PM_OPTION_REAL(
        genetic_options, mutation_eta, 20.0, 0.0, 1e3,
        "of polynomial: the larger, the smaller mutations: about 1/eta of the width of the box"),
    PM_OPTION_REAL(genetic_options, mutation_sigma, 0.05, 1e-12, 1.0,
                   "of gaussian, and of self_adaptive at first: standard deviation, relative to "
                   "the width of the box"),
    PM_OPTION_CHOICE(genetic_options, replacement, PM_REPLACE_RANDOM, pm_replacements,
                     "whom children replace; crowding and restricted_tournament keep several "
                     "minima, with a selection other than best"),
    PM_OPTION_REAL(genetic_options, elite, 0.5, 0.0, 1.0,
                   "of elitist: share of the population that competes with its children, at least "
                   "one individual"),
    PM_OPTION_WHOLE(genetic_options, window, 0, 0, 1e6,
                    "of restricted_tournament: individuals drawn, the nearest of whom competes; "
                    "0: all"),
    PM_OPTION_WHOLE(genetic_options, islands, 1, 1, 1e4, "populations that breed apart"),
    PM_OPTION_WHOLE(genetic_options, migration_interval, 10, 1, 1e9,
                    "generations between migrations from each island to the next"),
    PM_OPTION_WHOLE(genetic_options, migrants, 1, 0, 1e6, "individuals that migrate"),
    PM_OPTION_WHOLE(genetic_options, restarts, 9, 0, 60,
                    "runs after the first one that may begin, as long as the budget lasts"),
    PM_OPTION_REAL(genetic_options, population_growth, 2.0, 1.0, 10.0,
                   "factor on the population from one run to the next"),
    PM_OPTIONS_END,
};

enum {
    BASE = 25,            /* the automatic population is 25 + n, ... */
    MOST = 200,           /* ... this at most: beyond, a generation takes too long */
    FEWEST_AT_ALL = 4,    /* below this there is nothing to choose from */
    GENERATIONS = 20,     /* populations are limited so that the budget allows at least these */
    STEADY_OFFSPRING = 4, /* G3 has 2: 4 are as good, in half as many turns */
    MOST_MINIMA = 100,    /* in the record of niches */
    ROOM = 1 << 22,       /* coordinates of the largest population: 32 MB */
};

/* The least ftol if niches are kept: their minima are not needed to the last digit, and niches are
 * lost in the long run. */
static const double niche_ftol = 1e-10;

enum { FIRST_POPULATION, SELECTION, CROSSOVER, MUTATION, REPLACEMENT }; /* random streams */

typedef struct {
    const genetic_options *o;
    const pm_task *task;
    size_t n, islands;

    enum { FILLING, BREEDING } phase;
    size_t N;                /* individuals of an island */
    size_t run;              /* runs before this one */
    size_t generation;       /* of this run */
    size_t filled;           /* of the first population of this run */
    size_t born;             /* children of this generation */
    size_t evaluations;      /* in all */
    size_t idle;             /* generations since the last improvement that counts */
    double first_f, stall_f; /* progress() of this run: the first, and at that improvement */
    double first_worst;      /* highest finite value of the first population of this run */
    double run_f;            /* lowest value of this run */
    pm_best best;
    bool best_is_final; /* the best point was found by a run that has ended */
    pm_stop ended;

    pm_rng first, replacing;
    pm_variation variation;
    pm_replacement replacement;
    pm_migration migration;
    pm_basins niches;

    pm_individuals all; /* the islands, one after the other */
    double *unit;       /* [n] */
} genetic;

/* ------------------------------------------------------------------------------- sizes -------- */

/* Individuals of an island in the first run.  Given points are divided among the islands. */
static size_t first_size(const pm_task *task)
{
    const genetic_options *o = task->options;
    const size_t affordable = pm_more(task->budget / GENERATIONS / o->islands, FEWEST_AT_ALL);
    const size_t automatic = pm_fewer(task->n < MOST - BASE ? BASE + task->n : MOST, affordable);
    const size_t all =
        pm_population_size(task, pm_times(o->population, o->islands),
                           pm_times(FEWEST_AT_ALL, o->islands), pm_times(automatic, o->islands));
    return all / o->islands + (all % o->islands > 0);
}

static size_t population(const pm_task *task)
{
    const genetic_options *o = task->options;
    return pm_times(first_size(task), o->islands);
}

/* Individuals of an island in the run after one of N, limited by budget and memory. */
static size_t next_size(const genetic_options *o, const pm_task *task, size_t N)
{
    const double grown = fmin((double)N * o->population_growth, PM_MOST_WHOLE);
    const size_t limit = pm_fewer(task->budget / GENERATIONS, ROOM / task->n) / o->islands;
    return pm_fewer((size_t)grown, pm_more(limit, N));
}

static size_t last_size(const pm_task *task)
{
    const genetic_options *o = task->options;
    size_t N = first_size(task);
    for (size_t run = 0; run < o->restarts; ++run) {
        N = next_size(o, task, N);
    }
    return N;
}

/* Children of an island in a batch. */
static size_t offspring(const genetic_options *o, size_t N)
{
    return o->offspring > 0                       ? o->offspring
           : o->replacement == PM_REPLACE_ELITIST ? N
                                                  : STEADY_OFFSPRING;
}

static size_t points(const pm_task *task)
{
    const genetic_options *o = task->options;
    return pm_times(o->islands, pm_more(first_size(task), offspring(o, last_size(task))));
}

/* Whether children replace only individuals that are near them, so that niches persist. */
static bool keeps_niches(const genetic_options *o)
{
    return o->replacement == PM_REPLACE_CROWDING || o->replacement == PM_REPLACE_RESTRICTED;
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    genetic *s = state;
    const genetic_options *o = s->o = task->options;
    const size_t n = s->n = task->n, islands = s->islands = o->islands;
    const size_t most = last_size(task), all = pm_times(islands, most);
    const size_t children = offspring(o, most);
    pm_variation *v = &s->variation;

    s->task = task;
    s->all.n = n;
    s->all.x = PM_TAKE(a, double, pm_times(all, n));
    s->all.f = PM_TAKE(a, double, all);
    s->all.step = PM_TAKE(a, double, all);
    s->all.best = PM_TAKE(a, size_t, islands);
    pm_best_layout(&s->best, a, n);
    s->unit = PM_TAKE(a, double, n);
    v->task = task;
    v->n = v->mutation.n = n;
    v->crossover = o->crossover;
    v->probability = o->crossover_probability;
    v->selection.kind = (pm_selection_kind)o->selection;
    v->selection.tournament = o->tournament;
    v->selection.pressure = o->selection_pressure;
    v->cross.eta = o->crossover_eta;
    v->cross.alpha = o->blend_alpha;
    v->cross.spread = o->crossover_spread;
    v->cross.lower = v->mutation.lower = task->lower;
    v->cross.upper = v->mutation.upper = task->upper;
    v->mutation.kind = (pm_mutation_kind)o->mutation;
    v->mutation.eta = o->mutation_eta;
    v->mutation.unit = v->selection.unit = s->replacement.unit = s->unit;
    v->mutation.integer = task->integer;
    pm_variation_layout(v, a, most, pm_times(islands, children), children);
    s->replacement.task = task;
    s->replacement.kind = (pm_replacement_kind)o->replacement;
    s->replacement.elite = o->elite;
    s->replacement.window = o->window;
    pm_replacement_layout(&s->replacement, a, most, children);
    s->migration.migrants = o->migrants;
    pm_migration_layout(&s->migration, a, n, islands, most);
    pm_basins_layout(&s->niches, a, n, keeps_niches(o) ? MOST_MINIMA : 0);
}

/* ------------------------------------------------------------------------------- a run -------- */

static void begin_run(genetic *s, size_t N)
{
    s->N = N;
    s->all.count = s->islands * N;
    s->phase = FILLING;
    s->filled = s->generation = s->born = s->idle = 0;
    s->run_f = s->stall_f = HUGE_VAL;
    for (size_t j = 0; j < s->all.count; ++j) {
        s->all.step[j] = s->o->mutation_sigma;
    }
    pm_variation_restart(&s->variation, N);
    pm_replacement_start(&s->replacement, N);
}

static void start(void *state, const pm_task *task)
{
    genetic *s = state;
    const genetic_options *o = s->o;
    const double rare = (o->crossover == PM_CROSS_ADAPTIVE ? 0.1 : 1.0) / (double)s->n;

    s->first = pm_rng_stream(task->key, FIRST_POPULATION);
    s->variation.selecting = pm_rng_stream(task->key, SELECTION);
    s->variation.crossing = pm_rng_stream(task->key, CROSSOVER);
    s->variation.mutating = pm_rng_stream(task->key, MUTATION);
    s->replacing = pm_rng_stream(task->key, REPLACEMENT);
    for (size_t i = 0; i < s->n; ++i) {
        double from, to;
        pm_drawing_range(task, i, o->spread, &from, &to);
        s->unit[i] = to - from;
    }
    pm_variation_start(&s->variation,
                       o->mutation_probability > 0.0 ? o->mutation_probability : rare);
    pm_best_start(&s->best, task->x0);
    pm_basins_start(&s->niches, task);
    begin_run(s, first_size(task));
    pm_first_population(task, o->spread, &s->first, s->all.x, s->all.count);
}

static pm_individuals island(const genetic *s, size_t k)
{
    return pm_island(&s->all, k, s->islands);
}

/* ------------------------------------------------------------------------- evaluation -------- */

/* Children of island k in a batch of `count`, and the place of the first among them. */
static size_t children_of(const genetic *s, size_t k, size_t count, size_t *first)
{
    const size_t each = offspring(s->o, s->N);
    *first = pm_fewer(k * each, count);
    return pm_fewer(each, count - *first);
}

static void breed(genetic *s, pm_batch *b, size_t children)
{
    for (size_t k = 0; k < s->islands; ++k) {
        const pm_individuals from = island(s, k);
        size_t first;
        const size_t count = children_of(s, k, children, &first);
        pm_vary(&s->variation, &from, first, count, b->x);
    }
}

static void copy_rows(const genetic *s, double *to, const double *from, size_t count)
{
    for (size_t j = 0; j < count && !pm_pass_called_off(s->task, s->n); ++j) {
        memcpy(to + j * s->n, from + j * s->n, s->n * sizeof *to);
    }
}

static void ask(void *state, pm_batch *b)
{
    genetic *s = state;
    const size_t left = s->evaluations < s->task->budget ? s->task->budget - s->evaluations : 1;

    b->wants = PM_F;
    if (s->phase == FILLING) {
        b->count = pm_fewer(pm_fewer(s->all.count - s->filled, b->capacity), left);
        copy_rows(s, b->x, s->all.x + s->filled * s->n, b->count);
    } else {
        breed(s, b, pm_offer(b, pm_fewer(s->islands * offspring(s->o, s->N), left)));
    }
}

/* ------------------------------------------------------------------------- generations -------- */

static void note_best(genetic *s, const double *x, double f)
{
    s->run_f = fmin(f, s->run_f);
    if (pm_best_keep(&s->best, x, f)) {
        s->best_is_final = false;
    }
}

/* The measure by which a run improves or stalls: its lowest value or, if niches are kept, the mean
 * of all values, none of which counts for more than the highest one of the first population. */
static double progress(const genetic *s)
{
    double sum = 0.0;

    if (!keeps_niches(s->o)) {
        return s->run_f;
    }
    for (size_t j = 0; j < s->all.count; ++j) {
        sum += fmin(s->all.f[j], s->first_worst) / (double)s->all.count;
    }
    return sum;
}

static bool improved(genetic *s)
{
    const double f = progress(s);
    const double ftol = fmax(s->task->stopping.ftol, keeps_niches(s->o) ? niche_ftol : 0.0);
    const double needed = pm_resolution(ftol, s->first_f, s->stall_f);
    if (f < HUGE_VAL && !(s->stall_f < HUGE_VAL)) {
        s->first_f = s->stall_f = f;
        return true;
    }
    if (!(f < s->stall_f - needed)) {
        return false;
    }
    s->stall_f = f;
    return true;
}

/* Whether no individual differs from the best of its island by more than xtol. */
static bool in_one_place(const genetic *s)
{
    for (size_t k = 0; k < s->islands; ++k) {
        const pm_individuals p = island(s, k);
        const double *best = pm_individual(&p, *p.best);
        if (!pm_are_within(p.x, p.count, p.n, best, s->task->stopping.xtol)) {
            return false;
        }
    }
    return true;
}

static void note_niches(genetic *s)
{
    for (size_t k = 0; keeps_niches(s->o) && k < s->islands; ++k) {
        const pm_individuals p = island(s, k);
        pm_note_niches(&s->niches, s->task, &p, s->unit);
    }
}

static pm_turn end_run(genetic *s, pm_stop why)
{
    note_niches(s);
    s->best_is_final = true;
    s->ended = why;
    if (s->run == s->o->restarts) {
        return PM_NO_MORE;
    }
    s->run += 1;
    begin_run(s, next_size(s->o, s->task, s->N));
    pm_draw_points(s->task, s->o->spread, &s->first, s->all.x, s->all.count);
    return PM_STEP_DONE;
}

static pm_turn end_generation(genetic *s)
{
    s->born = 0;
    s->generation += 1;
    if (s->islands > 1 && s->generation % s->o->migration_interval == 0) {
        pm_migrate(&s->migration, &s->all, s->islands);
    }
    s->idle = improved(s) ? 0 : s->idle + 1;
    if (s->best.f < HUGE_VAL && s->idle >= s->task->stopping.patience) {
        return end_run(s, PM_VALUE);
    }
    if (s->best.f < HUGE_VAL && in_one_place(s)) {
        return end_run(s, PM_STEP);
    }
    return PM_STEP_DONE;
}

static pm_turn fill(genetic *s, const pm_batch *b)
{
    copy_rows(s, s->all.x + s->filled * s->n, b->x, b->count);
    memcpy(s->all.f + s->filled, b->f, b->count * sizeof *s->all.f);
    s->filled += b->count;
    if (s->filled < s->all.count) {
        return PM_MID_STEP;
    }
    for (size_t k = 0; k < s->islands; ++k) {
        pm_individuals p = island(s, k);
        pm_find_best(&p);
    }
    s->first_worst = s->run_f;
    for (size_t j = 0; j < s->all.count; ++j) {
        const double f = s->all.f[j];
        s->first_worst = f < HUGE_VAL && f > s->first_worst ? f : s->first_worst;
    }
    s->phase = BREEDING;
    improved(s);
    return PM_STEP_DONE;
}

static pm_turn replace(genetic *s, const pm_batch *b)
{
    for (size_t k = 0; k < s->islands; ++k) {
        pm_individuals in = island(s, k);
        size_t first;
        const size_t count = children_of(s, k, b->count, &first);
        const pm_children children = pm_made(&s->variation, b, first, count);
        pm_replace(&s->replacement, &in, &children, &s->replacing);
        pm_reward(&s->variation, first, count);
    }
    s->born += b->count;
    return s->born < s->all.count ? PM_MID_STEP : end_generation(s);
}

/* The budget is spent.  If the best point was found by a run that had ended, the reason of that end
 * is reported, as if no further run had begun. */
static pm_turn end_early(genetic *s, pm_turn turn)
{
    if (s->phase == BREEDING && s->run == 0) { /* a later run may be far from any minimum */
        note_niches(s);
    }
    return s->best_is_final ? PM_NO_MORE : turn;
}

static pm_turn tell(void *state, const pm_batch *b)
{
    genetic *s = state;

    s->evaluations += b->count;
    for (size_t j = 0; j < b->count; ++j) {
        if (b->f[j] < s->run_f) {
            note_best(s, b->x + j * s->n, b->f[j]);
        }
    }
    const pm_turn turn = s->phase == FILLING ? fill(s, b) : replace(s, b);
    return turn != PM_NO_MORE && s->evaluations >= s->task->budget ? end_early(s, turn) : turn;
}

/* `unfinished`: a run that stalls or has converged is not the end, since another one may follow. */
static void at(const void *state, pm_iterate *out)
{
    const genetic *s = state;
    *out = (pm_iterate){.x = s->best.x, .f = s->best.f, .unfinished = true, .ended = s->ended};
}

/* ------------------------------------------------------------------------------ report -------- */

static const pm_basins *basins(const void *state)
{
    const genetic *s = state;
    return keeps_niches(s->o) ? &s->niches : NULL;
}

static const char *const measures[] = {"diversity", "population", NULL};

static void measure(const void *state, double *out)
{
    const genetic *s = state;
    const size_t all = s->phase == BREEDING ? s->all.count : s->filled;
    out[0] = pm_diversity(s->task, s->o->spread, s->all.x, all);
    out[1] = (double)(s->all.count);
}

/* ftol 0: an improvement counts if it is more than rounding.  patience: a run may stall for some
 * generations, which costs little beside the run that follows. */
const pm_method pm_genetic = {
    .name = "genetic",
    .family = "evolution",
    .summary = "a genetic algorithm whose crossovers and mutation compete, with restarts",
    .when_not = "Where a descent is enough, as for `annealing`; and where an evaluation takes "
                "seconds, for it wants thousands of them. With a budget to spare it takes all "
                "of it, for another run may find more; `restarts=0` ends with the first. "
                "Without bounds its first population surrounds `x0` and may be far from "
                "anything.",
    .citation = "K. Deb, A. Anand and D. Joshi, A computationally efficient evolutionary algorithm "
                "for real-parameter optimization, Evolutionary Computation 10 (2002) 371-395",
    .traits = PM_HANDLES_BOUNDS | PM_IS_RANDOM | PM_IS_GLOBAL | PM_HANDLES_INTEGERS,
    .options = options,
    .options_size = sizeof(genetic_options),
    .stopping = {.gtol = 0.0, .ftol = 0.0, .xtol = 1e-11, .patience = 12},
    .state_size = sizeof(genetic),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
    .population = population,
    .measures = measures,
    .measure = measure,
    .basins = basins,
};
