/* A genetic algorithm on real and whole numbers.
 *
 * By default a steady-state one, the generalised generation gap with operators that compete:
 *
 *   K. Deb, A. Anand & D. Joshi, "A computationally efficient evolutionary algorithm for
 *   real-parameter optimization", Evol. Comput. 10 (2002) 371: the best individual and others drawn
 *   blindly have a few children, who compete with a few individuals drawn blindly (G3).
 *
 *   D. Thierens, "An adaptive pursuit strategy for allocating operator probabilities", GECCO 2005,
 *   section 2.1 (probability matching): each child is made by parent-centric crossover, by ensemble
 *   crossover, or as a copy of its first parent with a gene mutated, chosen with chances that
 * follow the share of children of that kind that survived.  The three have different strengths: a
 * bowl, a valley askew to the axes, many minima along the axes.
 *
 * Selection, crossover, mutation and replacement are parts with a file each, where their papers are
 * named; tournaments, sbx, polynomial mutation and elitist replacement make the classical
 * algorithm.
 *
 * A run ends where it stalls, or where all individuals are in one place; the next one begins with a
 * new population, larger by a factor, as long as evaluations are left (restarts with growing
 * populations: A. Auger & N. Hansen, CEC 2005, 1769).  Islands are populations that breed apart and
 * now and then send copies of their best round a ring, where they take the places of the worst
 * (J. P. Cohoon, S. U. Hegde, W. N. Martin & D. Richards, ICGA 2 (1987) 148).
 *
 * Departures from the sources:
 *   - Chances in probability matching are credit + 1/10, divided by their sum.
 *   - A child that is its parent again has one gene mutated: its value is known already.
 *   - Where the box is open, the unit of mutations and distances is the width that the first
 *     population was drawn from.
 *   - A step is a generation: as many children as there are individuals.
 */
#include "arena.h"
#include "bounds.h"
#include "crossover.h"
#include "mutation.h"
#include "population.h"
#include "replacement.h"
#include "rng.h"
#include "selection.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

typedef struct {
    double selection_pressure, crossover_probability, crossover_eta, blend_alpha, crossover_spread,
        mutation_probability, mutation_eta, mutation_sigma, elite, population_growth, spread;
    size_t population, offspring, tournament, window, islands, migration_interval, migrants,
        restarts;
    int initialization, selection, crossover, mutation, replacement;
} genetic_options;

/* ADAPTIVE and then as in crossover.h. */
static const char *const crossovers[] = {"adaptive", "sbx",     "blend",          "arithmetic",
                                         "uniform",  "simplex", "parent_centric", "ensemble"};
enum { ADAPTIVE };

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
    PM_OPTION_CHOICE(genetic_options, crossover, ADAPTIVE, crossovers,
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
    PM_OPTION_WHOLE(genetic_options, window, 10, 1, 1e6,
                    "of restricted_tournament: individuals drawn, the nearest of whom competes"),
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
    GENERATIONS = 20,     /* as many at least should fit into the budget */
    STEADY_OFFSPRING = 4, /* G3 has 2: with 4 it is as good, and costs half as many turns */
    ROOM = 1 << 22,       /* numbers up to which populations grow: 32 MB */
};

/* Of probability matching: credit is a mean over about 50 children, and no operator's chance is
 * below a twentieth, nearly. */
static const double learning = 0.02, floor_of_credit = 0.1;

enum { FIRST_POPULATION, SELECTION, CROSSOVER, MUTATION, REPLACEMENT }; /* random numbers */

/* How a child is made. */
enum { COPY, FIRST_CROSSOVER }; /* and then as in crossover.h */
static const int adaptive_kinds[] = {COPY, FIRST_CROSSOVER + PM_CROSS_PARENT_CENTRIC,
                                     FIRST_CROSSOVER + PM_CROSS_ENSEMBLE};
enum { KINDS = sizeof adaptive_kinds / sizeof *adaptive_kinds };

typedef struct {
    const genetic_options *o;
    const pm_task *task;
    size_t n, islands;
    size_t most;       /* individuals of an island at most */
    size_t most_mates; /* parents of a child at most */

    enum { FILLING, BREEDING } phase;
    size_t N;                /* individuals of an island */
    size_t run;              /* runs before this one */
    size_t generation;       /* of this run */
    size_t filled;           /* of the first population of this run */
    size_t born;             /* children of this generation */
    size_t evaluations;      /* in all */
    size_t idle;             /* generations since the last improvement that counts */
    double first_f, stall_f; /* of this run: best value at first, and at that improvement */
    double run_f;            /* its best value */
    double best_f;
    bool best_is_final; /* the best point comes of a run that has ended */
    pm_stop ended;
    double credit[KINDS];

    pm_rng first, selecting, crossing, mutating, replacing;
    pm_selection selection;
    pm_crossover crossover;
    pm_mutation mutation;
    pm_replacement replacement;

    double *x;      /* [islands N][n] the populations, one after the other */
    double *f;      /* [islands N] */
    double *step;   /* [islands N] */
    size_t *best;   /* [islands] */
    double *best_x; /* [n] */
    double *unit;   /* [n] */

    /* The children of a batch, island by island. */
    double *child_step;       /* [islands offspring] */
    size_t *kind, *n_parents; /* [islands offspring] */
    size_t *parents;          /* [islands offspring][most_mates] */
    bool *survives;           /* [islands offspring] */

    size_t *order;                          /* [N] */
    double *travelling;                     /* [islands migrants][n] */
    double *travelling_f, *travelling_step; /* [islands migrants] */
} genetic;

/* ------------------------------------------------------------------------------- sizes -------- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Individuals of an island in the first run.  Points that are given share the islands. */
static size_t first_size(const pm_task *task)
{
    const genetic_options *o = task->options;
    const size_t affordable = larger(task->budget / GENERATIONS / o->islands, FEWEST_AT_ALL);
    const size_t automatic = smaller(task->n < MOST - BASE ? BASE + task->n : MOST, affordable);
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

/* Of the run after this one, as far as budget and memory go. */
static size_t next_size(const genetic_options *o, const pm_task *task, size_t N)
{
    const double grown = fmin((double)N * o->population_growth, 0x1p53);
    const size_t limit = smaller(task->budget / GENERATIONS, ROOM / task->n) / o->islands;
    return smaller((size_t)grown, larger(limit, N));
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
    return pm_times(o->islands, larger(first_size(task), offspring(o, last_size(task))));
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    genetic *s = state;
    const genetic_options *o = s->o = task->options;
    const size_t n = s->n = task->n, islands = s->islands = o->islands;
    const size_t most = s->most = last_size(task), all = pm_times(islands, most);
    const size_t children = offspring(o, most), batch = pm_times(islands, children);
    const size_t travellers = islands > 1 ? pm_times(islands, smaller(o->migrants, most / 2)) : 0;

    s->task = task;
    s->most_mates = larger(3, smaller(n + 1, most));
    s->x = PM_TAKE(a, double, pm_times(all, n));
    s->f = PM_TAKE(a, double, all);
    s->step = PM_TAKE(a, double, all);
    s->best = PM_TAKE(a, size_t, islands);
    s->best_x = PM_TAKE(a, double, n);
    s->unit = PM_TAKE(a, double, n);
    s->child_step = PM_TAKE(a, double, batch);
    s->kind = PM_TAKE(a, size_t, batch);
    s->n_parents = PM_TAKE(a, size_t, batch);
    s->parents = PM_TAKE(a, size_t, pm_times(batch, s->most_mates));
    s->survives = PM_TAKE(a, bool, larger(batch, travellers));
    s->order = PM_TAKE(a, size_t, islands > 1 ? most : 0);
    s->travelling = PM_TAKE(a, double, pm_times(travellers, n));
    s->travelling_f = PM_TAKE(a, double, travellers);
    s->travelling_step = PM_TAKE(a, double, travellers);

    s->selection.kind = (pm_selection_kind)o->selection;
    s->selection.tournament = o->tournament;
    s->selection.pressure = o->selection_pressure;
    pm_selection_layout(&s->selection, a, most, pm_times(children, s->most_mates));
    s->crossover.eta = o->crossover_eta;
    s->crossover.alpha = o->blend_alpha;
    s->crossover.spread = o->crossover_spread;
    s->crossover.lower = s->mutation.lower = task->lower;
    s->crossover.upper = s->mutation.upper = task->upper;
    pm_crossover_layout(&s->crossover, a, n);
    s->mutation.kind = (pm_mutation_kind)o->mutation;
    s->mutation.n = n;
    s->mutation.eta = o->mutation_eta;
    s->mutation.unit = s->replacement.unit = s->unit;
    s->mutation.integer = task->integer;
    s->replacement.kind = (pm_replacement_kind)o->replacement;
    s->replacement.elite = o->elite;
    s->replacement.window = o->window;
    pm_replacement_layout(&s->replacement, a, most, children);
}

/* ------------------------------------------------------------------------------- a run -------- */

static void begin_run(genetic *s, size_t N)
{
    s->N = N;
    s->phase = FILLING;
    s->filled = s->generation = s->born = s->idle = 0;
    s->run_f = s->stall_f = HUGE_VAL;
    for (size_t j = 0; j < s->islands * N; ++j) {
        s->step[j] = s->o->mutation_sigma;
    }
    for (size_t k = 0; k < KINDS; ++k) {
        s->credit[k] = 1.0;
    }
    pm_selection_start(&s->selection, N);
    pm_replacement_start(&s->replacement, N);
}

static void start(void *state, const pm_task *task)
{
    genetic *s = state;
    const genetic_options *o = s->o;
    const double rare = (o->crossover == ADAPTIVE ? 0.1 : 1.0) / (double)s->n;

    s->first = pm_rng_stream(task->key, FIRST_POPULATION);
    s->selecting = pm_rng_stream(task->key, SELECTION);
    s->crossing = pm_rng_stream(task->key, CROSSOVER);
    s->mutating = pm_rng_stream(task->key, MUTATION);
    s->replacing = pm_rng_stream(task->key, REPLACEMENT);
    for (size_t i = 0; i < s->n; ++i) {
        const double width = task->upper[i] - task->lower[i];
        s->unit[i] = width < HUGE_VAL ? width : 2.0 * o->spread * fmax(fabs(task->x0[i]), 1.0);
    }
    pm_mutation_start(&s->mutation, o->mutation_probability > 0.0 ? o->mutation_probability : rare,
                      &s->mutating);
    s->best_f = HUGE_VAL;
    memcpy(s->best_x, task->x0, s->n * sizeof *s->best_x);
    begin_run(s, first_size(task));
    pm_first_population(task, o->spread, &s->first, s->x, s->islands * s->N);
}

/* Uniform, and x0 not among them again. */
static void begin_next_run(genetic *s)
{
    const pm_task *task = s->task;

    s->run += 1;
    begin_run(s, next_size(s->o, task, s->N));
    for (size_t i = 0; i < s->n; ++i) {
        const bool whole = task->integer != NULL && task->integer[i];
        double from, to;
        pm_drawing_range(task, i, s->o->spread, &from, &to);
        for (size_t j = 0; j < s->islands * s->N; ++j) {
            const double u = pm_rng_uniform(&s->first);
            const double x =
                whole ? round(from - 0.5 + (to - from + 1.0) * u) : from + (to - from) * u;
            s->x[j * s->n + i] = pm_clip(x, task->lower[i], task->upper[i]);
        }
    }
}

static pm_individuals island(const genetic *s, size_t k)
{
    const size_t first = k * s->N;
    return (pm_individuals){.n = s->n,
                            .count = s->N,
                            .x = s->x + first * s->n,
                            .f = s->f + first,
                            .step = s->step + first,
                            .best = s->best + k};
}

/* --------------------------------------------------------------------------- variation -------- */

static double chance(const genetic *s, size_t k)
{
    return s->credit[k] + floor_of_credit;
}

/* Probability matching. */
static size_t draw_adaptive(genetic *s)
{
    double whole = 0.0;
    for (size_t k = 0; k < KINDS; ++k) {
        whole += chance(s, k);
    }
    double place = whole * pm_rng_uniform(&s->crossing);
    for (size_t k = 0; k + 1 < KINDS; ++k) {
        place -= chance(s, k);
        if (place < 0.0) {
            return k;
        }
    }
    return KINDS - 1;
}

static void reward(genetic *s, size_t k, bool survives)
{
    s->credit[k] += learning * ((survives ? 1.0 : 0.0) - s->credit[k]);
}

/* The operator for child j; which of the adaptive ones it is is kept, to be rewarded. */
static int draw_kind(genetic *s, size_t j)
{
    if (s->o->crossover == ADAPTIVE) {
        s->kind[j] = draw_adaptive(s);
        return adaptive_kinds[s->kind[j]];
    }
    const bool crossed = pm_rng_uniform(&s->crossing) < s->o->crossover_probability;
    return crossed ? FIRST_CROSSOVER + s->o->crossover - 1 : COPY;
}

static void make_child(genetic *s, const pm_individuals *from, size_t j, double *x)
{
    const int kind = draw_kind(s, j);
    const pm_crossover_kind crossover = (pm_crossover_kind)(kind - FIRST_CROSSOVER);
    size_t *parents = s->parents + j * s->most_mates;
    const size_t count = kind == COPY ? 1 : pm_crossover_parents(crossover, s->n, from->count);

    pm_select(&s->selection, from, count, &s->selecting, parents);
    s->n_parents[j] = count;
    s->child_step[j] = from->step[parents[0]];
    const double *parent = pm_individual(from, parents[0]);
    if (kind == COPY) {
        memcpy(x, parent, s->n * sizeof *x);
    } else {
        pm_cross(&s->crossover, crossover, from->x, parents, count, &s->crossing, x);
    }
    pm_mutate(&s->mutation, parent, &s->mutating, x, s->child_step + j);
}

/* Children of island k in a batch of `count`, and the place of the first among them. */
static size_t children_of(const genetic *s, size_t k, size_t count, size_t *first)
{
    const size_t each = offspring(s->o, s->N);
    *first = smaller(k * each, count);
    return smaller(each, count - *first);
}

static void breed(genetic *s, pm_batch *b)
{
    for (size_t k = 0; k < s->islands; ++k) {
        const pm_individuals from = island(s, k);
        size_t first;
        const size_t count = children_of(s, k, b->count, &first);
        pm_selection_begin(&s->selection, &from, count * s->most_mates, &s->selecting);
        for (size_t j = first; j < first + count; ++j) {
            make_child(s, &from, j, b->x + j * s->n);
        }
    }
}

static void ask(void *state, pm_batch *b)
{
    genetic *s = state;
    const size_t left = s->evaluations < s->task->budget ? s->task->budget - s->evaluations : 1;

    b->wants = PM_F;
    if (s->phase == FILLING) {
        b->count = smaller(smaller(s->islands * s->N - s->filled, b->capacity), left);
        memcpy(b->x, s->x + s->filled * s->n, b->count * s->n * sizeof *b->x);
    } else {
        b->count = smaller(s->islands * offspring(s->o, s->N), left);
        breed(s, b);
    }
}

/* ------------------------------------------------------------------------- generations -------- */

static void note_best(genetic *s, const double *x, double f)
{
    s->run_f = fmin(f, s->run_f);
    if (f < s->best_f) {
        s->best_f = f;
        s->best_is_final = false;
        memcpy(s->best_x, x, s->n * sizeof *s->best_x);
    }
}

/* Copies of the best of an island, in no order. */
static void send(genetic *s, size_t k, size_t count)
{
    const pm_individuals from = island(s, k);

    pm_put_best_first(from.f, s->order, s->N, count);
    for (size_t j = 0; j < count; ++j) {
        const size_t row = s->order[j], seat = k * count + j;
        memcpy(s->travelling + seat * s->n, pm_individual(&from, row), s->n * sizeof *s->x);
        s->travelling_f[seat] = from.f[row];
        s->travelling_step[seat] = from.step[row];
    }
}

/* They take the places of the worst of the next island. */
static void receive(genetic *s, size_t k, size_t count)
{
    pm_individuals in = island(s, (k + 1) % s->islands);
    const pm_children comers = {.count = count,
                                .x = s->travelling + k * count * s->n,
                                .f = s->travelling_f + k * count,
                                .step = s->travelling_step + k * count,
                                .survives = s->survives};

    pm_put_best_first(in.f, s->order, s->N, s->N - count);
    for (size_t j = 0; j < count; ++j) {
        pm_take_place(&in, s->order[s->N - count + j], &comers, j);
    }
}

/* All send before anybody receives: nobody goes on by two islands at once. */
static void migrate(genetic *s)
{
    const size_t count = smaller(s->o->migrants, s->N / 2);

    for (size_t j = 0; j < s->N; ++j) {
        s->order[j] = j;
    }
    for (size_t k = 0; k < s->islands; ++k) {
        send(s, k, count);
    }
    for (size_t k = 0; k < s->islands; ++k) {
        receive(s, k, count);
    }
}

/* By the same measure as in stopping.c. */
static bool improved(genetic *s)
{
    const double needed =
        s->task->stopping.ftol * (s->first_f - s->stall_f) + DBL_EPSILON * fabs(s->stall_f);
    if (s->run_f < HUGE_VAL && !(s->stall_f < HUGE_VAL)) {
        s->first_f = s->stall_f = s->run_f;
        return true;
    }
    if (!(s->run_f < s->stall_f - needed)) {
        return false;
    }
    s->stall_f = s->run_f;
    return true;
}

/* No individual differs from the best of its island by more than xtol. */
static bool in_one_place(const genetic *s)
{
    for (size_t k = 0; k < s->islands; ++k) {
        const pm_individuals p = island(s, k);
        const double *best = pm_individual(&p, *p.best);
        for (size_t j = 0; j < p.count; ++j) {
            for (size_t i = 0; i < p.n; ++i) {
                const double apart = fabs(p.x[j * p.n + i] - best[i]);
                if (apart > s->task->stopping.xtol * fmax(fabs(best[i]), 1.0)) {
                    return false;
                }
            }
        }
    }
    return true;
}

static pm_turn end_run(genetic *s, pm_stop why)
{
    s->best_is_final = true;
    s->ended = why;
    if (s->run == s->o->restarts) {
        return PM_NO_MORE;
    }
    begin_next_run(s);
    return PM_STEP_DONE;
}

static pm_turn end_generation(genetic *s)
{
    s->born = 0;
    s->generation += 1;
    if (s->islands > 1 && s->generation % s->o->migration_interval == 0) {
        migrate(s);
    }
    s->idle = improved(s) ? 0 : s->idle + 1;
    if (s->best_f < HUGE_VAL && s->idle >= s->task->stopping.patience) {
        return end_run(s, PM_VALUE);
    }
    if (s->best_f < HUGE_VAL && in_one_place(s)) {
        return end_run(s, PM_STEP);
    }
    return PM_STEP_DONE;
}

static pm_turn fill(genetic *s, const pm_batch *b)
{
    memcpy(s->x + s->filled * s->n, b->x, b->count * s->n * sizeof *s->x);
    memcpy(s->f + s->filled, b->f, b->count * sizeof *s->f);
    s->filled += b->count;
    if (s->filled < s->islands * s->N) {
        return PM_MID_STEP;
    }
    for (size_t k = 0; k < s->islands; ++k) {
        pm_individuals p = island(s, k);
        pm_find_best(&p);
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
        const pm_children children = {.count = count,
                                      .most = s->most_mates,
                                      .x = b->x + first * s->n,
                                      .f = b->f + first,
                                      .step = s->child_step + first,
                                      .parents = s->parents + first * s->most_mates,
                                      .n_parents = s->n_parents + first,
                                      .survives = s->survives + first};
        pm_replace(&s->replacement, &in, &children, &s->replacing);
        for (size_t j = first; s->o->crossover == ADAPTIVE && j < first + count; ++j) {
            reward(s, s->kind[j], s->survives[j]);
        }
    }
    s->born += b->count;
    return s->born < s->islands * s->N ? PM_MID_STEP : end_generation(s);
}

/* The budget is spent.  What a run that had ended found is as good as if nothing had followed. */
static bool is_over(const genetic *s)
{
    return s->evaluations >= s->task->budget && s->best_is_final;
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
    return is_over(s) ? PM_NO_MORE : turn;
}

/* Stalls and convergence are a run's own affair, as another one may follow. */
static void at(const void *state, pm_iterate *out)
{
    const genetic *s = state;
    *out = (pm_iterate){.x = s->best_x, .f = s->best_f, .unfinished = true, .ended = s->ended};
}

/* ------------------------------------------------------------------------------ report -------- */

static const char *const measures[] = {"diversity", "population", NULL};

/* Root mean square distance of an individual from the mean of all, in units of the box and per
 * gene: 0.29 where they are uniform in it. */
static double diversity(const genetic *s)
{
    const size_t all = s->phase == BREEDING ? s->islands * s->N : s->filled;
    double sum = 0.0;

    for (size_t i = 0; i < s->n; ++i) {
        double mean = 0.0, square = 0.0;
        for (size_t j = 0; j < all; ++j) {
            const double d = (s->x[j * s->n + i] - s->x[i]) / s->unit[i];
            const double above = d - mean;
            mean += above / (double)(j + 1);
            square += above * (d - mean);
        }
        sum += all > 0 ? square / (double)all : 0.0;
    }
    return sqrt(sum / (double)s->n);
}

static void measure(const void *state, double *out)
{
    const genetic *s = state;
    out[0] = diversity(s);
    out[1] = (double)(s->islands * s->N);
}

/* ftol 0: an improvement counts if it is more than rounding.  A run that has stalled costs little,
 * as another one follows; so it may wait for a while. */
const pm_method pm_genetic = {
    .name = "genetic",
    .family = "evolution",
    .summary = "a genetic algorithm whose crossovers and mutation compete, with restarts",
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
};
