/* Funnel search: local searches from points that a quadratic model of the minima found proposes.
 *
 *   Where there are very many minima, their values often have a trend, which falls towards one
 *   place or a few: the bottoms of funnels.  A local search does not show the trend, and the points
 *   of a population blur it, since each is above its minimum by up to the height of a barrier.  The
 *   minima themselves show it: six of them determine a model of the funnel (funnel.h, with the
 *   sources); the next search starts at the lowest point of the model, and the minimum that it
 *   finds improves the model.
 *
 *   A walk begins with searches from points of a region: the whole box for the first walk, a box of
 *   random size around a random point for later ones, since there may be other funnels.  Then the
 *   model proposes the starts.  The walk ends when `stagnation` searches have found no lower
 *   minimum; at last a search from its lowest one goes on to convergence.
 */
#include "methods/global/basins.h"
#include "methods/global/best.h"
#include "methods/global/local.h"
#include "base/bounds.h"
#include "methods/global/multistart/funnel.h"
#include "solver/nested.h"
#include "methods/global/population.h"

#include <math.h>
#include <string.h>

typedef struct {
    int local_method;
    size_t stagnation;
    double tolerance, regularization, narrowest, widest, spread;
} funnel_search_options;

static const pm_option options[] = {
    PM_OPTION_CHOICE(funnel_search_options, local_method, 0, pm_local_methods,
                     "of the searches; auto: bfgs up to 64 variables, lbfgs beyond"),
    PM_OPTION_REAL(funnel_search_options, tolerance, 1e-4, 0.0, 0.5,
                   "a search ends where a step improves less than this part of its whole "
                   "improvement; the last one of a walk goes to the end"),
    PM_OPTION_REAL(funnel_search_options, regularization, 1e-3, 1e-12, 1e6,
                   "of the model: the larger, the nearer is it to an isotropic one"),
    PM_OPTION_WHOLE(funnel_search_options, stagnation, 0, 0, PM_MOST_WHOLE,
                    "searches led by the model without a lower minimum that end a walk; "
                    "0: 10 + 2 n"),
    PM_OPTION_REAL(funnel_search_options, narrowest, 0.05, 1e-12, 1.0,
                   "least size of the region in which a later walk begins, relative to the box"),
    PM_OPTION_REAL(funnel_search_options, widest, 0.5, 1e-12, 1.0,
                   "its largest size; no less than `narrowest`"),
    PM_OPTION_REAL(funnel_search_options, spread, 1.0, 1e-12, 1e12,
                   "reach of the walks from x0 where the box is open, relative to max(|x0|, 1)"),
    PM_OPTIONS_END,
};

/* A minimum counts as lower if it is below the lowest one of its walk by this part of the range of
 * the minima that are kept. */
static const double LOWER = 1e-3;

/* Variables up to which a search begins with the inverse Hessian that the one before has learnt; to
 * hand it on takes n^3 operations. */
enum { LARGEST_LEARNT = 200 };

enum { STARTS, PROPOSALS, KEYS }; /* streams of random numbers */

typedef struct {
    const funnel_search_options *o;
    size_t n;
    enum { OPENING, LED, TO_THE_END } phase; /* of the present search */
    size_t n_given;                          /* given starts that are still to come */
    size_t opened;                           /* searches of this walk from points of its region */
    size_t idle;                             /* searches since the lowest minimum of this walk */
    double size;                             /* of the region, in widths */
    pm_rng starts, proposals, keys;
    pm_stop ended;
    pm_stopping_options loose;
    pm_inner inner;
    pm_nested search;
    pm_funnel funnel;
    pm_basins bottoms;
    pm_best best, lowest;        /* of all, and of this walk */
    const double *lower, *upper; /* [n] */
    double *from, *width;        /* [n] where walks begin */
    double *corner;              /* [n] the lower end of the region, in widths */
    double *given;               /* [PM_FUNNEL_NEEDS][n] the points given */
    double *next;                /* [n] where the next search begins */
    double *H;                   /* [n][n] the inverse Hessian that a search has learnt, or NULL */
} funnel_search;

/* Setting of bfgs: no coordinate search before the descent, since it may leave the chosen start. */
static const pm_setting from_there[] = {{"swept", 0.0}, {NULL, 0.0}};

static pm_inner inner_of(const pm_task *task)
{
    const funnel_search_options *o = task->options;
    pm_inner inner = pm_local_method(o->local_method, task->n);
    if (strcmp(inner.method->name, "bfgs") == 0) {
        inner.settings = from_there;
    }
    return inner;
}

static size_t points(const pm_task *task)
{
    const pm_inner inner = inner_of(task);
    return pm_nested_points(task, &inner, 1);
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    funnel_search *s = state;
    const size_t n = s->n = task->n;

    s->o = task->options;
    s->lower = task->lower;
    s->upper = task->upper;
    s->inner = inner_of(task);
    pm_nested_layout(&s->search, a, task, &s->inner, 1);
    pm_funnel_layout(&s->funnel, a, task);
    pm_basins_layout(&s->bottoms, a, n, pm_basins_capacity(n));
    pm_best_layout(&s->best, a, n);
    pm_best_layout(&s->lowest, a, n);
    s->from = PM_TAKE(a, double, n);
    s->width = PM_TAKE(a, double, n);
    s->corner = PM_TAKE(a, double, n);
    s->given = PM_TAKE(a, double, pm_times(PM_FUNNEL_NEEDS, n));
    s->next = PM_TAKE(a, double, n);
    if (s->inner.method->inverse_hessian != NULL && n <= LARGEST_LEARNT) {
        s->H = PM_TAKE(a, double, pm_times(n, n));
    }
}

/* --------------------------------------------------------------------------------------- searches ------ */

static void search_from(funnel_search *s, const double *x)
{
    const bool learnt =
        s->phase != OPENING && s->H != NULL && pm_nested_inverse_hessian(&s->search, s->H);
    pm_nested_start(&s->search, &s->inner,
                    &(pm_nested_run){.x0 = x,
                                     .inverse_hessian = learnt ? s->H : NULL,
                                     .stopping = s->phase == TO_THE_END ? NULL : &s->loose,
                                     .rng = &s->keys});
}

/* Begins a search from a point that is given, or from a uniform one of the region. */
static void open(funnel_search *s)
{
    s->phase = OPENING;
    s->opened += 1;
    if (s->n_given > 0) {
        s->n_given -= 1;
        search_from(s, s->given + s->n_given * s->n);
        return;
    }
    for (size_t i = 0; i < s->n; ++i) {
        const double u = s->corner[i] + s->size * pm_rng_uniform(&s->starts);
        s->next[i] = s->from[i] + s->width[i] * pm_clip(u, 0.0, 1.0);
    }
    search_from(s, s->next);
}

/* Draws the region of a walk.  The logarithm of its size is uniform, since the scale of a funnel is
 * unknown. */
static void set_region(funnel_search *s)
{
    const double widest = fmax(s->o->widest, s->o->narrowest);
    s->size = s->o->narrowest * pow(widest / s->o->narrowest, pm_rng_uniform(&s->starts));
    for (size_t i = 0; i < s->n; ++i) {
        s->corner[i] = pm_rng_uniform(&s->starts) - 0.5 * s->size;
    }
}

static void begin_walk(funnel_search *s)
{
    pm_funnel_begin(&s->funnel, s->o->regularization);
    pm_best_start(&s->lowest, s->best.x);
    s->opened = s->idle = 0;
    open(s);
}

/* Steps without an improvement that end a search, except the last search of a walk.  With gradients
 * each step goes down; without, the steps before the first model of the method may not. */
static size_t loose_patience(const funnel_search *s)
{
    const bool gradients = (s->inner.method->traits & (PM_NEEDS_GRADIENT | PM_USES_GRADIENT)) != 0;
    return gradients ? 1 : 2 * s->n + 2;
}

static void start(void *state, const pm_task *task)
{
    funnel_search *s = state;
    const bool given = task->n_given > 0;

    s->starts = pm_rng_stream(task->key, STARTS);
    s->proposals = pm_rng_stream(task->key, PROPOSALS);
    s->keys = pm_rng_stream(task->key, KEYS);
    s->loose = s->inner.method->stopping;
    s->loose.ftol = s->o->tolerance;
    s->loose.patience = loose_patience(s);
    pm_drawing_region(task, s->o->spread, s->from, s->width);
    memset(s->corner, 0, s->n * sizeof *s->corner);
    s->size = 1.0;
    s->n_given = given ? pm_fewer(task->n_given, PM_FUNNEL_NEEDS) : 1;
    memcpy(s->given, given ? task->given : task->x0, s->n_given * s->n * sizeof *s->given);
    pm_basins_start(&s->bottoms, task);
    pm_best_start(&s->best, task->x0);
    begin_walk(s);
}

/* Begins a search from a point that the model proposes; false if there is no model. */
static bool follow(funnel_search *s)
{
    if (!pm_funnel_propose(&s->funnel, &s->proposals, s->next)) {
        return false;
    }
    for (size_t i = 0; i < s->n; ++i) {
        s->next[i] = pm_clip(s->from[i] + s->width[i] * s->next[i], s->lower[i], s->upper[i]);
    }
    s->phase = LED;
    search_from(s, s->next);
    return true;
}

static void go_on(funnel_search *s)
{
    const size_t patience = s->o->stagnation > 0 ? s->o->stagnation : 10 + 2 * s->n;
    const bool over = s->idle >= patience;

    if (s->phase == TO_THE_END || (over && s->lowest.f == HUGE_VAL)) { /* or no finite value */
        set_region(s);
        begin_walk(s);
    } else if (over) {
        s->phase = TO_THE_END;
        search_from(s, s->lowest.x);
    } else if (s->opened < PM_FUNNEL_NEEDS || !follow(s)) {
        open(s);
    }
}

/* ------------------------------------------------------------------------------------------ turns ------ */

static void ask(void *state, pm_batch *b)
{
    funnel_search *s = state;
    pm_nested_ask(&s->search, b);
}

/* Adds the minimum in which the search has ended to this walk. */
static void note(funnel_search *s, const double *x, double f)
{
    const pm_funnel *funnel = &s->funnel;
    const double range = funnel->count > 0 ? funnel->f[funnel->count - 1] - s->lowest.f : 0.0;
    const bool lower = f < s->lowest.f - LOWER * range;

    s->idle = lower || s->opened < PM_FUNNEL_NEEDS ? 0 : s->idle + 1;
    pm_best_keep(&s->lowest, x, f);
    for (size_t i = 0; i < s->n; ++i) {
        s->next[i] = (x[i] - s->from[i]) / s->width[i];
    }
    pm_funnel_add(&s->funnel, s->next, f);
}

static pm_turn tell(void *state, const pm_batch *b)
{
    funnel_search *s = state;
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
    if (s->phase == TO_THE_END) {
        pm_basins_add(&s->bottoms, x, f, false);
    } else {
        note(s, x, f);
    }
    go_on(s);
    return PM_STEP_DONE;
}

static const pm_basins *basins(const void *state)
{
    const funnel_search *s = state;
    return &s->bottoms;
}

static void at(const void *state, pm_iterate *out)
{
    const funnel_search *s = state;
    *out = (pm_iterate){.x = s->best.x, .f = s->best.f, .ended = s->ended};
}

static const char *const measures[] = {"surprise", NULL};

static void measure(const void *state, double *out)
{
    const funnel_search *s = state;
    *out = s->funnel.surprise;
}

/* stopping: walks end by themselves, and the next one may find a lower minimum. */
const pm_method pm_funnel_search = {
    .name = "funnel_search",
    .family = "multistart",
    .summary = "local searches, led by a quadratic through the minima found to the lowest one",
    .when_not = "Where the minima have no trend: then its model predicts nothing (`surprise`, "
                "in the history, stays above .5), and `multistart`, whose starts are spread "
                "with care, finds more of them. Where f is rough, as there. Beyond some hundred "
                "variables: its model takes n^2 numbers, and n^3 operations a search.",
    .citation = "A. T. Phillips, J. B. Rosen and V. H. Walke, Molecular structure determination by "
                "convex global underestimation of local energy minima, DIMACS Series 23 (1995) "
                "181-198; B. Addis, M. Locatelli and F. Schoen, Local optima smoothing for global "
                "optimization, Optim. Methods Softw. 20 (2005) 417-437",
    .traits = PM_HANDLES_BOUNDS | PM_IS_RANDOM | PM_IS_GLOBAL | PM_USES_GRADIENT | PM_USES_HESSIAN |
              PM_NEEDS_LINALG,
    .options = options,
    .options_size = sizeof(funnel_search_options),
    .stopping = PM_NEVER_CONVERGES,
    .state_size = sizeof(funnel_search),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
    .measures = measures,
    .measure = measure,
    .basins = basins,
};
