/* Basin hopping: a walk from minimum to minimum, each hop a random displacement and a local search.
 *
 *   D. J. Wales & J. P. K. Doye, "Global optimization by basin-hopping and the lowest energy
 *   structures of Lennard-Jones clusters containing up to 110 atoms", J. Phys. Chem. A 101 (1997)
 *   5111: each coordinate is moved by up to a step; the minimum found there is accepted by the
 *   Metropolis rule.
 *   R. H. Leary, "Global optimization on funneling landscapes", J. Global Optim. 18 (2000) 367:
 *   "monotonic": only lower minima are accepted, and a walk that finds none for a number of hops is
 *   followed by another one.
 *   M. Iwamatsu & Y. Okabe, "Basin hopping with occasional jumping", Chem. Phys. Lett. 399 (2004)
 *   396: "jump": instead, a few hops are accepted whatever they lead to.
 *
 *   Departures:
 *   - The step is adapted after each hop, not after a period, by a stochastic approximation
 *     (H. Robbins & S. Monro, Ann. Math. Statist. 22, 1951) to the wanted acceptance.  A hop that
 *     ends where it began counts as accepted, since it was too short.
 *   - The automatic temperature is a fixed part of the mean rise of the hops so far.
 *   - Displacements beyond a bound are reflected there.
 */
#include "methods/global/basins.h"
#include "methods/global/best.h"
#include "methods/global/local.h"
#include "methods/global/metropolis.h"
#include "base/bounds.h"
#include "solver/nested.h"
#include "methods/global/population.h"

#include <math.h>
#include <string.h>

typedef struct {
    int local_method, acceptance_rule, after_stagnation;
    size_t stagnation, jumps;
    double step, acceptance, temperature, spread;
} basin_hopping_options;

enum { METROPOLIS, MONOTONIC };
static const char *const rules[] = {"metropolis", "monotonic"};

enum { RESTART, JUMP };
static const char *const escapes[] = {"restart", "jump"};

static const pm_option options[] = {
    PM_OPTION_CHOICE(basin_hopping_options, local_method, 0, pm_local_methods,
                     "of the searches; auto: bfgs up to 64 variables, lbfgs beyond"),
    PM_OPTION_CHOICE(basin_hopping_options, acceptance_rule, MONOTONIC, rules,
                     "of a higher minimum: by chance, or never"),
    PM_OPTION_REAL(basin_hopping_options, temperature, 0.0, 0.0, 1e300,
                   "of the Metropolis rule, in units of f; 0: from the rises of the hops so far"),
    PM_OPTION_REAL(basin_hopping_options, step, 0.1, 1e-12, 1.0,
                   "most that the first hop moves a variable, relative to the width of the box, or "
                   "to twice `spread` without"),
    PM_OPTION_REAL(basin_hopping_options, acceptance, 0.5, 0.01, 0.99,
                   "share of the hops that shall be accepted: the step follows it"),
    PM_OPTION_WHOLE(basin_hopping_options, stagnation, 0, 0, PM_MOST_WHOLE,
                    "hops of a walk without a lower minimum that end it; 0: 10 + 2 n"),
    PM_OPTION_CHOICE(basin_hopping_options, after_stagnation, RESTART, escapes,
                     "another walk from a random point, or some hops accepted whatever they find"),
    PM_OPTION_WHOLE(basin_hopping_options, jumps, 3, 1, 1e6, "hops of a jump"),
    PM_OPTION_REAL(basin_hopping_options, spread, 1.0, 1e-12, 1e12,
                   "reach of the walks from x0 where the box is open, relative to max(|x0|, 1)"),
    PM_OPTIONS_END,
};

/* The rate at which hops change the step: for an acceptance of 0.5, ten accepted hops in a row
 * double it, and ten rejected ones halve it. */
static const double PACE = 0.14;

static const double SHORTEST = 1e-6, LONGEST = 0.5; /* step, in widths */

/* The automatic temperature, in units of the mean rise.  On BBOB (instances 1 and 2, dimensions 2
 * to 10) 0.05 is as good as 0.2 or better, and to accept no rise is better still. */
static const double HEAT = 0.05;

enum { MOVES, ACCEPTANCE, STARTS, KEYS }; /* streams of random numbers */

typedef struct {
    const basin_hopping_options *o;
    size_t n;
    enum { FIRST, FROM_UNIFORM, HOP } kind; /* of the present search */
    size_t idle;                            /* hops of this walk since its lowest minimum */
    size_t jumping;                         /* hops still to be accepted whatever they find */
    size_t rises;
    double rise;      /* sum of the rises */
    double step;      /* in widths */
    double f, walk_f; /* the value at x, and the lowest of this walk */
    pm_best best;
    pm_rng moves, acceptance, starts, keys;
    pm_stop ended;
    pm_inner inner;
    pm_nested search;
    pm_basins basins;
    const double *lower, *upper; /* [n] */
    double *x;                   /* [n] the minimum from which the walk goes on */
    double *from, *width;        /* [n] where walks begin */
    double *next;                /* [n] where the next search begins */
} basin_hopping;

static pm_inner inner_of(const pm_task *task)
{
    const basin_hopping_options *o = task->options;
    return pm_local_method(o->local_method, task->n);
}

static size_t points(const pm_task *task)
{
    const pm_inner inner = inner_of(task);
    return pm_nested_points(task, &inner, 1);
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    basin_hopping *s = state;
    const size_t n = s->n = task->n;

    s->o = task->options;
    s->lower = task->lower;
    s->upper = task->upper;
    s->inner = inner_of(task);
    pm_nested_layout(&s->search, a, task, &s->inner, 1);
    pm_basins_layout(&s->basins, a, n, pm_basins_capacity(n));
    s->x = PM_TAKE(a, double, n);
    pm_best_layout(&s->best, a, n);
    s->from = PM_TAKE(a, double, n);
    s->width = PM_TAKE(a, double, n);
    s->next = PM_TAKE(a, double, n);
}

static void search_from(basin_hopping *s, const double *x)
{
    pm_nested_start(&s->search, &s->inner, &(pm_nested_run){.x0 = x, .rng = &s->keys});
}

static void start(void *state, const pm_task *task)
{
    basin_hopping *s = state;

    s->f = s->walk_f = HUGE_VAL;
    s->step = s->o->step;
    memcpy(s->x, task->x0, s->n * sizeof *s->x);
    pm_best_start(&s->best, task->x0);
    s->moves = pm_rng_stream(task->key, MOVES);
    s->acceptance = pm_rng_stream(task->key, ACCEPTANCE);
    s->starts = pm_rng_stream(task->key, STARTS);
    s->keys = pm_rng_stream(task->key, KEYS);
    pm_drawing_region(task, s->o->spread, s->from, s->width);
    pm_basins_start(&s->basins, task);
    s->kind = FIRST;
    search_from(s, task->x0);
}

/* ------------------------------------------------------------------------------------------- hops ------ */

/* Reflects x at the bound it has passed.  Once is enough: steps are at most half of the width. */
static double reflected(double x, double lower, double upper)
{
    x = x < lower ? lower + (lower - x) : x > upper ? upper - (x - upper) : x;
    return pm_clip(x, lower, upper);
}

static void hop(basin_hopping *s)
{
    for (size_t i = 0; i < s->n; ++i) {
        const double move = s->step * s->width[i] * (2.0 * pm_rng_uniform(&s->moves) - 1.0);
        s->next[i] = reflected(s->x[i] + move, s->lower[i], s->upper[i]);
    }
    s->kind = HOP;
    search_from(s, s->next);
}

/* Begins another walk, from a uniform point. */
static void restart(basin_hopping *s)
{
    for (size_t i = 0; i < s->n; ++i) {
        s->next[i] = s->from[i] + s->width[i] * pm_rng_uniform(&s->starts);
    }
    s->kind = FROM_UNIFORM;
    s->step = s->o->step;
    s->idle = s->jumping = 0;
    s->f = s->walk_f = HUGE_VAL;
    search_from(s, s->next);
}

static double temperature(const basin_hopping *s)
{
    if (s->o->temperature > 0.0) {
        return s->o->temperature;
    }
    return s->rises == 0 ? 0.0 : HEAT * s->rise / (double)s->rises;
}

static bool metropolis(basin_hopping *s, double f)
{
    const double rise = f - s->f;

    if (s->o->acceptance_rule == MONOTONIC || !(rise < HUGE_VAL)) {
        return false;
    }
    s->rise += rise;
    s->rises += 1;
    return pm_metropolis(1.0, temperature(s), s->f, f, &s->acceptance);
}

static void step_to(basin_hopping *s, const double *x, double f)
{
    s->f = f;
    memcpy(s->x, x, s->n * sizeof *s->x);
}

/* Adapts the step: log(step) does not change in the mean if the share of accepted hops is the
 * wanted one. */
static void adapt(basin_hopping *s, bool accepted)
{
    const double change = PACE * (accepted ? 1.0 - s->o->acceptance : -s->o->acceptance);
    s->step = pm_clip(s->step * exp(change), SHORTEST, LONGEST);
}

static void judge(basin_hopping *s, const double *x, double f)
{
    const bool back = pm_basins_same(&s->basins, x, f, s->x, s->f);

    if (s->jumping > 0) {
        s->jumping -= 1;
        if (f < HUGE_VAL) {
            step_to(s, x, f);
        }
        return;
    }
    const bool accepted = f <= s->f || back || metropolis(s, f);
    adapt(s, accepted);
    if (f < s->f || (accepted && !back)) {
        step_to(s, x, f);
    }
}

/* Counts the hops of the walk since it has found a lower minimum. */
static void count(basin_hopping *s, double f)
{
    const bool lower = f < s->walk_f - pm_basins_alike(&s->basins);
    s->idle = lower ? 0 : s->idle + 1;
    s->walk_f = fmin(s->walk_f, f);
}

static void go_on(basin_hopping *s)
{
    const size_t patience = s->o->stagnation > 0 ? s->o->stagnation : 10 + 2 * s->n;

    if (s->f == HUGE_VAL) { /* nothing to hop from */
        restart(s);
        return;
    }
    if (s->idle >= patience && s->o->after_stagnation == RESTART) {
        restart(s);
        return;
    }
    if (s->idle >= patience) {
        s->idle = 0;
        s->jumping = s->o->jumps;
    }
    hop(s);
}

/* ------------------------------------------------------------------------------------------ turns ------ */

static void ask(void *state, pm_batch *b)
{
    basin_hopping *s = state;
    pm_nested_ask(&s->search, b);
}

static pm_turn tell(void *state, const pm_batch *b)
{
    basin_hopping *s = state;
    const double *x = s->search.best_x;

    if (pm_nested_tell(&s->search, b) != PM_NO_MORE) {
        return PM_MID_STEP;
    }
    const double f = s->search.best_f;
    pm_best_keep(&s->best, x, f);
    if (s->search.ended == PM_UNBOUNDED && f <= s->best.f) {
        s->ended = PM_UNBOUNDED;
        return PM_NO_MORE;
    }
    pm_basins_add(&s->basins, x, f, s->kind == FROM_UNIFORM);
    if (s->kind == HOP) {
        judge(s, x, f);
    } else {
        step_to(s, x, f);
    }
    count(s, f);
    go_on(s);
    return PM_STEP_DONE;
}

static const pm_basins *basins(const void *state)
{
    const basin_hopping *s = state;
    return &s->basins;
}

static void at(const void *state, pm_iterate *out)
{
    const basin_hopping *s = state;
    *out = (pm_iterate){.x = s->best.x, .f = s->best.f, .ended = s->ended};
}

/* stopping: walks end by themselves, and the next one may find a lower minimum. */
const pm_method pm_basin_hopping = {
    .name = "basin_hopping",
    .family = "multistart",
    .summary = "a walk from minimum to minimum: random hops, each with a local search",
    .when_not = "Where the low minima do not lie near each other: then a walk is as good as the "
                "point it begins at, and `multistart` looks at more of them. Where f is rough, "
                "as there.",
    .citation = "D. J. Wales and J. P. K. Doye, Global optimization by basin-hopping and the "
                "lowest energy structures of Lennard-Jones clusters containing up to 110 atoms, "
                "J. Phys. Chem. A 101 (1997) 5111-5116",
    .traits = PM_HANDLES_BOUNDS | PM_IS_RANDOM | PM_IS_GLOBAL | PM_USES_GRADIENT | PM_USES_HESSIAN |
              PM_NEEDS_LINALG,
    .options = options,
    .options_size = sizeof(basin_hopping_options),
    .stopping = PM_NEVER_CONVERGES,
    .state_size = sizeof(basin_hopping),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
    .basins = basins,
};
