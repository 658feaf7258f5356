/* A portfolio: first local search, then multistart, evolution and funnel search side by side.
 *
 * No one method is the best on all problems (D. H. Wolpert & W. G. Macready, "No free lunch
 * theorems for optimization", IEEE Trans. Evol. Comput. 1, 1997), and a method that does not fit
 * wastes the budget. So a small part is spent at first to see what the problem is like, and then
 * most on the method that has found the lowest value:
 *
 *   1. A local search from x0, which is enough for a smooth function with one minimum.
 *   2. If f is a sum of functions of one variable each (separable.h), line searches find its
 *      minimum.
 *   3. Unless the first search has hardly moved, a second local search.  Its start is, among some
 *      random points, the farthest one from both the start and the end of the first search.
 *   4. If both have ended in one place, there may be one basin whose bottom is rough, sharp or
 *      badly scaled: evolution begins there, with the inverse Hessian that the first search has
 *      learnt. Else it begins at a random point of the box.
 *   5. `multistart`, evolution and, with 3 to 100 variables, `funnel_search` take turns; evolution
 *      is `differential_evolution` with one or two variables, else `cmaes`.  Multi-level single
 *      linkage finds the lowest of a few wide basins, and some of its starts are independent and
 *      uniform, from which the chance of having missed a lower minimum is estimated; evolution
 *      finds the bottom of a rough landscape, and funnel search that of very many smooth minima
 *      with a trend.  The method with the lowest value gets half of the evaluations, or the `share`
 *      if it is evolution.  But as long as the model of funnel search predicts the minima well,
 *      funnel search gets two thirds of the `share`, and evolution one third, since predictions
 *      show earlier than values whether there is a funnel.
 *
 * The run ends when f has been minimised as a sum, or `multistart` expects no more minima, and no
 * lower value has been found for a long time.
 */
#include "methods/global/best.h"
#include "methods/global/local.h"
#include "solver/nested.h"
#include "methods/global/population.h"
#include "methods/global/auto/separable.h"
#include "base/vectors.h"

#include <math.h>
#include <string.h>

typedef struct {
    double share, spread;
} auto_options;

static const pm_option options[] = {
    PM_OPTION_REAL(
        auto_options, share, 0.85, 0.5, 0.99,
        "part of the evaluations that goes to evolution while it has the lowest value, or to "
        "it and the funnels while these are predictable; another leader gets half"),
    PM_OPTION_REAL(auto_options, spread, 1.0, 1e-12, 1e12,
                   "reach of the search from x0 where the box is open, relative to max(|x0|, 1)"),
    PM_OPTIONS_END,
};

enum {
    FEW = 2,                  /* variables, up to which evolution is differential evolution */
    MANY = 100,               /* variables; with more, the model of funnel search costs too much */
    LOCAL_EVALUATIONS = 1000, /* evaluations per variable: limit of each of the first searches */
    LOOK_AFTER = 50,          /* evaluations per variable: the first one ends if it hardly moved */
    FAR_POINTS = 20,          /* random points, of which the second search starts at the farthest */
    QUIET_SHARE = 9,          /* evaluations without a lower value that end a run: this many ... */
    QUIET_EVALUATIONS = 1000, /* ... times those up to the lowest, and this many per variable */
};

/* A first search that moved less than this, root mean square in widths of the box, is a sign of
 * many basins or none. */
static const double HARDLY = 0.1;

/* Two ends of searches nearer than this, in the same measure, are in one place. */
static const double ONE_PLACE = 0.005;

/* The model of funnel search predicts the minima well if its surprise, in standard deviations of
 * their values, is less than this. */
static const double PREDICTABLE = 0.5;

/* Standard deviation of the first steps of the evolution strategy around a known minimum, in parts
 * of the box. */
static const double AROUND = 0.05;

/* The reasons of the parts: why a part is made, or what it has shown. */
static const char MAY_BE_ALL[] = "a descent from x0 may be enough";
static const char ONE_VARIABLE[] = "f has one variable";
static const char MAY_BE_A_SUM[] = "f may be a sum of functions of one variable each";
static const char IS_A_SUM[] = "f is a sum of functions of one variable each";
static const char IS_NO_SUM[] = "f is not seen to be a sum of functions of one variable each";
static const char NO_VALUE[] = "the first search found no finite value";
static const char NO_WAY[] = "the first search did not get far";
static const char LONG_WAY[] = "the first search led away from x0";
static const char SAME_END[] = "both searches ended in one place";
static const char OTHER_END[] = "the two searches ended in different places";

enum { DRAWS, KEYS }; /* streams of random numbers */

enum { SEARCHES, EVOLUTION, FUNNELS, ARMS };

enum { MOST_PARTS = 3 + ARMS }; /* of a run: three before the portfolio, and its arms */

typedef struct {
    const auto_options *o;
    const pm_task *task;
    size_t n;
    enum { FIRST_SEARCH, LINES, SECOND_SEARCH, PORTFOLIO } phase;
    size_t arms;        /* methods in the portfolio */
    size_t arm;         /* the one whose turn it is */
    size_t spent[ARMS]; /* evaluations */
    double low[ARMS];   /* the lowest value of each */
    size_t evaluations; /* in all ... */
    size_t at_best;     /* ... and when the lowest value was found */
    pm_best best;
    bool near;          /* both first searches have ended in one place */
    bool solved;        /* f has been minimised by line searches, as a sum */
    bool dense, learnt; /* there is room for H; H holds an inverse Hessian */
    pm_rng draws, keys;
    pm_stop ended;
    size_t count; /* parts so far, of which the arms of the portfolio are the last ones */
    pm_part parts[MOST_PARTS];
    pm_inner local;
    pm_nested run[ARMS];
    pm_separable separable;
    double *start;        /* [n] where the present search began */
    size_t n_ends;        /* ends with a finite value */
    double *ends;         /* [2][n] where the first searches ended */
    double *from, *width; /* [n] where points are drawn */
    double *H;            /* [n][n], or NULL */
} portfolio;

static pm_inner multistart(void)
{
    return (pm_inner){.method = pm_method_named("multistart")};
}

static pm_inner funnel_search(void)
{
    return (pm_inner){.method = pm_method_named("funnel_search")};
}

static const pm_setting around[] = {{"sigma", AROUND}, {NULL, 0.0}};

/* The evolutionary method: with few variables differences of points find all basins, with more a
 * covariance finds the way to the lowest ones. */
static pm_inner evolution(size_t n, bool near)
{
    if (n <= FEW) {
        return (pm_inner){.method = pm_method_named("differential_evolution")};
    }
    return (pm_inner){.method = pm_method_named("cmaes"), .settings = near ? around : NULL};
}

/* Methods in the portfolio; FUNNELS is the last one, which may be missing. */
static size_t arms(size_t n)
{
    return n > FEW && n <= MANY ? ARMS : FUNNELS;
}

static size_t points(const pm_task *task)
{
    const pm_inner inners[] = {pm_local_method(0, task->n), multistart(), evolution(task->n, false),
                               funnel_search()};
    return pm_nested_points(task, inners, 1 + arms(task->n)); /* the first search, and the arms */
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    portfolio *s = state;
    const size_t n = s->n = task->n;
    const pm_inner searches[] = {pm_local_method(0, n), multistart()}, funnels = funnel_search(),
                   strategy = evolution(n, false);

    s->o = task->options;
    s->task = task;
    s->arms = arms(n);
    s->local = searches[0];
    s->dense = searches[0].method->inverse_hessian != NULL;
    pm_nested_layout(&s->run[SEARCHES], a, task, searches, 2);
    pm_nested_layout(&s->run[EVOLUTION], a, task, &strategy, 1);
    if (s->arms == ARMS) {
        pm_nested_layout(&s->run[FUNNELS], a, task, &funnels, 1);
    }
    pm_separable_layout(&s->separable, a, n);
    pm_best_layout(&s->best, a, n);
    s->start = PM_TAKE(a, double, n);
    s->ends = PM_TAKE(a, double, pm_times(2, n));
    s->from = PM_TAKE(a, double, n);
    s->width = PM_TAKE(a, double, n);
    s->H = s->dense ? PM_TAKE(a, double, pm_times(n, n)) : NULL;
}

/* Adds a part to the account of the run, with its method and the reason. */
static void begin_part(portfolio *s, const char *name, const char *method, const char *reason)
{
    s->parts[s->count++] =
        (pm_part){.name = name, .method = method, .reason = reason, .f = HUGE_VAL};
}

/* The part whose turn it is. */
static pm_part *part_under_way(portfolio *s)
{
    return &s->parts[s->phase == PORTFOLIO ? s->count - s->arms + s->arm : s->count - 1];
}

/* Converged is a search that can get no lower: how flat a minimum is, another one will see. */
static const pm_stopping_options to_the_end = {
    .gtol = 0.0, .ftol = 1e-12, .xtol = 0.0, .patience = 8};

static void search_from(portfolio *s, const double *x)
{
    memmove(s->start, x, s->n * sizeof *x);
    s->arm = SEARCHES;
    pm_nested_start(&s->run[SEARCHES], &s->local,
                    &(pm_nested_run){.x0 = s->start,
                                     .budget = pm_times(LOCAL_EVALUATIONS, s->n),
                                     .stopping = &to_the_end,
                                     .rng = &s->keys});
}

static void search_lines(portfolio *s, const double *x, double f)
{
    s->phase = LINES;
    begin_part(s, "lines", NULL, s->n > 1 ? MAY_BE_A_SUM : ONE_VARIABLE);
    pm_separable_start(&s->separable, s->task, s->o->spread, x, f, &s->draws);
}

static void start(void *state, const pm_task *task)
{
    portfolio *s = state;

    for (size_t k = 0; k < ARMS; ++k) {
        s->low[k] = HUGE_VAL;
    }
    s->draws = pm_rng_stream(task->key, DRAWS);
    s->keys = pm_rng_stream(task->key, KEYS);
    pm_best_start(&s->best, task->x0);
    pm_drawing_region(task, s->o->spread, s->from, s->width);
    begin_part(s, "first search", s->local.method->name, MAY_BE_ALL);
    search_from(s, task->x0);
}

/* --------------------------------------------------------------------------------------- the decisions -- */

/* Root mean square distance, in widths of the box. */
static double distance(const portfolio *s, const double *x, const double *y)
{
    double sum = 0.0;
    for (size_t i = 0; i < s->n; ++i) {
        const double part = (x[i] - y[i]) / s->width[i];
        sum += part * part;
    }
    return sqrt(sum / (double)s->n);
}

static void draw(portfolio *s, double *x)
{
    for (size_t i = 0; i < s->n; ++i) {
        x[i] = s->from[i] + s->width[i] * pm_rng_uniform(&s->draws);
    }
}

/* Searches from the random point that is farthest from where the first search began and ended. */
static void search_far_away(portfolio *s)
{
    double farthest = -1.0, *x = s->separable.moved, *far = s->separable.base;

    for (size_t k = 0; k < FAR_POINTS && !pm_pass_called_off(s->task, s->n); ++k) {
        draw(s, x);
        const double away = fmin(distance(s, x, s->ends), distance(s, x, s->start));
        if (away > farthest) {
            farthest = away;
            memcpy(far, x, s->n * sizeof *x);
        }
    }
    s->phase = SECOND_SEARCH;
    begin_part(s, "second search", s->local.method->name, LONG_WAY);
    search_from(s, far);
}

/* Begins evolution, either at the best point and with the inverse Hessian that was learnt, if any
 * (`near`), or at a random point. */
static void begin_evolution(portfolio *s, bool near)
{
    const pm_inner method = evolution(s->n, near);

    draw(s, s->start);
    pm_nested_start(&s->run[EVOLUTION], &method,
                    &(pm_nested_run){.x0 = near ? s->best.x : s->start,
                                     .inverse_hessian = near && s->learnt ? s->H : NULL,
                                     .budget = s->task->budget,
                                     .rng = &s->keys});
}

/* Begins all methods of the portfolio.  Funnel search is given the ends of the first searches. */
static void begin_portfolio(portfolio *s, const char *reason)
{
    const pm_inner methods[ARMS] = {multistart(), evolution(s->n, s->near), funnel_search()};

    s->phase = PORTFOLIO;
    for (size_t k = 0; k < s->arms; ++k) {
        begin_part(s, methods[k].method->name, methods[k].method->name, reason);
    }
    begin_evolution(s, s->near);
    for (size_t k = 0; k < s->arms; ++k) {
        if (k != EVOLUTION) {
            draw(s, s->start);
            pm_nested_start(&s->run[k], &methods[k],
                            &(pm_nested_run){.x0 = s->start,
                                             .given = s->ends,
                                             .n_given = k == FUNNELS ? s->n_ends : 0,
                                             .budget = s->task->budget,
                                             .rng = &s->keys});
        }
    }
}

/* Whether the model of funnel search predicts the minima well.  This is assumed until the model has
 * made predictions, since it soon shows if they are wrong. */
static bool predictable(const portfolio *s)
{
    double surprise;
    if (s->arms < ARMS || s->near) {
        return false;
    }
    pm_nested_measure(&s->run[FUNNELS], &surprise);
    return surprise < PREDICTABLE;
}

/* The part of the evaluations that an arm is to have.  While the model of funnel search predicts
 * the minima well, funnel search and evolution have the share, two to one; else the arm with the
 * lowest value, the leader, has most. */
static double part_of(const portfolio *s, size_t arm, size_t leader)
{
    if (predictable(s)) {
        const double parts[ARMS] = {1.0 - s->o->share, s->o->share / 3.0, s->o->share / 1.5};
        return parts[arm];
    }
    /* Only half: the lowest of a few descents is often below evolution before it has converged. */
    const double share = leader == EVOLUTION ? s->o->share : 0.5;
    return arm == leader ? share : (1.0 - share) / (double)(s->arms - 1);
}

/* The turn goes to the arm that is farthest behind its part of the evaluations. */
static void take_turns(portfolio *s)
{
    size_t leader = EVOLUTION;
    double whole = 1.0, most = -HUGE_VAL;

    for (size_t k = 0; k < s->arms; ++k) {
        leader = s->low[k] < s->low[leader] ? k : leader;
        whole += (double)s->spent[k];
    }
    for (size_t k = 0; k < s->arms; ++k) {
        const double behind = part_of(s, k, leader) * whole - (double)s->spent[k];
        if (s->run[k].active && behind > most) {
            most = behind;
            s->arm = k;
        }
    }
}

static pm_turn end(portfolio *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

static bool hardly_moved(const portfolio *s)
{
    return distance(s, s->start, s->run[SEARCHES].best_x) < HARDLY;
}

/* Whether the first search has taken long and hardly moved, so that it is not worth going on. */
static bool stuck(const portfolio *s)
{
    return s->phase == FIRST_SEARCH && hardly_moved(s) &&
           s->run[SEARCHES].nfev > pm_times(LOOK_AFTER, s->n);
}

/* Stores where one of the first searches has ended; the end counts if its value is finite. */
static void note_end(portfolio *s)
{
    const pm_nested *run = &s->run[SEARCHES];
    memcpy(s->ends + s->n_ends * s->n, run->best_x, s->n * sizeof *s->ends);
    s->n_ends += run->best_f < HUGE_VAL;
}

/* After the first local search: line searches or, if no finite value was found, the portfolio. */
static pm_turn after_first(portfolio *s)
{
    pm_nested *run = &s->run[SEARCHES];

    note_end(s);
    s->learnt = s->dense && pm_nested_inverse_hessian(run, s->H);
    if (s->n > 1 && !(run->best_f < HUGE_VAL)) {
        begin_portfolio(s, NO_VALUE);
    } else {
        search_lines(s, run->best_x, run->best_f);
    }
    return PM_STEP_DONE;
}

static pm_turn after_lines(portfolio *s)
{
    if (hardly_moved(s)) {
        begin_portfolio(s, NO_WAY);
    } else {
        search_far_away(s);
    }
    return PM_STEP_DONE;
}

static pm_turn after_second(portfolio *s)
{
    s->near = distance(s, s->run[SEARCHES].best_x, s->ends) < ONE_PLACE;
    note_end(s);
    begin_portfolio(s, s->near ? SAME_END : OTHER_END);
    return PM_STEP_DONE;
}

/* --------------------------------------------------------------------------------------------- turns --- */

static void ask(void *state, pm_batch *b)
{
    portfolio *s = state;

    if (s->phase == LINES) {
        b->count = 1;
        b->wants = PM_F;
        pm_separable_ask(&s->separable, b->x);
        return;
    }
    if (s->phase == PORTFOLIO) {
        take_turns(s);
    }
    pm_nested_ask(&s->run[s->arm], b);
}

static void keep_best(portfolio *s, const pm_batch *b)
{
    for (size_t j = 0; b->wants != PM_HV && j < b->count; ++j) {
        s->low[s->arm] = fmin(s->low[s->arm], b->f[j]);
        if (pm_best_keep(&s->best, b->x + j * s->n, b->f[j])) {
            s->at_best = s->evaluations;
        }
    }
}

static pm_turn tell_lines(portfolio *s, const pm_batch *b)
{
    s->evaluations += 1;
    switch (pm_separable_tell(&s->separable, b->f[0])) {
    case PM_SEPARABLE_GOES_ON:
        return PM_MID_STEP;
    case PM_SEPARABLE_IS_NOT:
        part_under_way(s)->reason = IS_NO_SUM;
        break;
    case PM_SEPARABLE_SEARCHED:
        part_under_way(s)->reason = s->n > 1 ? IS_A_SUM : ONE_VARIABLE;
        s->solved = true;
        break;
    }
    return after_lines(s);
}

/* Whether line searches have found the minimum of a sum, or `multistart` has ended by itself, and
 * no lower value has been found for a long time. */
static bool quiet(const portfolio *s)
{
    const size_t since = s->evaluations - s->at_best;
    return (s->solved || !s->run[SEARCHES].active) && since > pm_times(QUIET_SHARE, s->at_best) &&
           since > pm_times(QUIET_EVALUATIONS, s->n);
}

static pm_turn tell_portfolio(portfolio *s, pm_turn turn)
{
    const pm_nested *run = &s->run[s->arm];

    if (run->ended == PM_UNBOUNDED && run->best_f <= s->best.f) {
        return end(s, PM_UNBOUNDED);
    }
    if (!s->run[EVOLUTION].active) { /* it has converged: another run of it may end elsewhere */
        begin_evolution(s, false);
    }
    if (turn == PM_MID_STEP) {
        return PM_MID_STEP;
    }
    return quiet(s) ? end(s, PM_VALUE) : PM_STEP_DONE;
}

static pm_turn tell_phase(portfolio *s, const pm_batch *b)
{
    keep_best(s, b);
    if (s->phase == LINES) {
        return tell_lines(s, b);
    }
    pm_nested *run = &s->run[s->arm];
    const size_t before = run->nfev;
    const pm_turn turn = pm_nested_tell(run, b);
    s->evaluations += run->nfev - before;
    s->spent[s->arm] += run->nfev - before;
    if (s->phase == PORTFOLIO) {
        return tell_portfolio(s, turn);
    }
    if (turn != PM_NO_MORE && !stuck(s)) {
        return turn;
    }
    if (run->ended == PM_UNBOUNDED && run->best_f <= s->best.f) {
        return end(s, PM_UNBOUNDED);
    }
    return s->phase == FIRST_SEARCH ? after_first(s) : after_second(s);
}

static pm_turn tell(void *state, const pm_batch *b)
{
    portfolio *s = state;
    pm_part *part = part_under_way(s);
    const size_t before = s->evaluations;
    const pm_turn turn = tell_phase(s, b);

    part->nfev += s->evaluations - before;
    part->nit += turn != PM_MID_STEP;
    for (size_t j = 0; b->wants != PM_HV && j < b->count; ++j) {
        part->f = fmin(part->f, b->f[j]);
    }
    return turn;
}

static void at(const void *state, pm_iterate *out)
{
    const portfolio *s = state;
    *out = (pm_iterate){.x = s->best.x, .f = s->best.f, .ended = s->ended};
}

/* The minima of `multistart`, once it has begun. */
static const pm_basins *basins(const void *state)
{
    const portfolio *s = state;
    return s->phase == PORTFOLIO ? pm_nested_basins(&s->run[SEARCHES]) : NULL;
}

static const pm_part *parts(const void *state, size_t *count)
{
    const portfolio *s = state;
    *count = s->count;
    return s->parts;
}

/* stopping: quiet() decides when the run ends. */
const pm_method pm_auto = {
    .name = "auto",
    .family = "portfolio",
    .summary = "local search, then multistart, evolution and funnels side by side, as it pays",
    .when_not = "Where you know what your function is like: the method made for that needs "
                "less. On a smooth function with one minimum it is as fast as `bfgs`, and then "
                "spends what it may on looking elsewhere: set `max_evals` or `target`. Its "
                "first searches take some hundred evaluations; with fewer than that take a "
                "local method. It does not take integers.",
    .citation = "A. H. G. Rinnooy Kan and G. T. Timmer, Stochastic global optimization methods, "
                "Math. Programming 39 (1987) 27-78; N. Hansen, Benchmarking a bi-population CMA-ES "
                "on the BBOB-2009 function testbed, GECCO 2009",
    .traits = PM_HANDLES_BOUNDS | PM_IS_RANDOM | PM_IS_GLOBAL | PM_USES_GRADIENT | PM_USES_HESSIAN |
              PM_NEEDS_LINALG,
    .options = options,
    .options_size = sizeof(auto_options),
    .stopping = PM_NEVER_CONVERGES,
    .state_size = sizeof(portfolio),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
    .basins = basins,
    .parts = parts,
};
