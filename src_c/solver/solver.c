/* The solver: one running method, its turns, and its memory.
 *
 *   method  -- inner batch: free variables -->  stencil  -- outer batch: all of them -->  user
 *
 * If no variable is fixed or scaled and no derivative needs differences, there is only one batch.
 */
#include "base/arena.h"
#include "base/bounds.h"
#include "solver/running.h"
#include "solver/stencil.h"
#include "solver/units.h"
#include "base/vectors.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The arrays of a task, which holds them as const: through these pointers they are filled. */
typedef struct {
    double *x0, *lower, *upper, *steps, *scale; /* [n] */
    bool *integer;                              /* [n] */
} vectors;

/* A solver has two blocks of memory: the head (this struct, the options and the method's state) and
 * `block` (all arrays).  A copy of the solver copies both and lays out the arrays again. */
struct pm_solver {
    size_t head_size, block_size;
    unsigned char *block;

    pm_task whole;      /* all variables */
    pm_running running; /* its task has the free variables only */
    vectors own_whole, own_task;
    size_t *real;         /* stencil.real, writable */
    bool stepped, scaled; /* the task has difference steps; it has a scale, or needs one */
    size_t *free;         /* [running.task.n] indices of the free variables; NULL: no stencil */
    pm_batch inner, outer;
    pm_stencil stencil;

    pm_lookout lookout;
    bool begun, waiting; /* the inner batch is under way; pm_tell is due */
    /* What the user is given: the inner batch itself; the same in his units; what the stencil makes
     * of it. */
    enum { DIRECT, SCALED, STENCIL } path;
    bool moved; /* the gate has moved a point of the batch into the box */
    pm_stop stop;
};

static size_t aligned(size_t size)
{
    return (size + 63) / 64 * 64;
}

static void *options_of(pm_solver *s)
{
    return (unsigned char *)s + aligned(sizeof *s);
}

static void *state_of(pm_solver *s)
{
    return (unsigned char *)options_of(s) + aligned(s->running.method->options_size);
}

static void take_batch(pm_arena *a, pm_batch *b, size_t n, size_t capacity, bool gradient,
                       bool products)
{
    b->n = n;
    b->capacity = capacity;
    b->x = PM_TAKE(a, double, pm_times(capacity, n));
    b->f = PM_TAKE(a, double, capacity);
    b->g = gradient ? PM_TAKE(a, double, pm_times(capacity, n)) : NULL;
    b->v = products ? PM_TAKE(a, double, pm_times(capacity, n)) : NULL;
    b->hv = products ? PM_TAKE(a, double, pm_times(capacity, n)) : NULL;
}

/* Whether the method's variables differ from the user's: they are fewer, or scaled. */
static bool own_task(const pm_solver *s)
{
    return s->running.task.n < s->whole.n || s->scaled;
}

/* Places every array.  Runs again on a copy, so it sets nothing that changes during a run. */
static void layout(pm_solver *s, pm_arena *a)
{
    const size_t n = s->whole.n, n_free = s->running.task.n;
    const bool gradient = (s->running.method->traits & (PM_NEEDS_GRADIENT | PM_USES_GRADIENT)) != 0;
    const bool products = (s->running.method->traits & PM_USES_HESSIAN) != 0;
    const bool own = own_task(s);

    s->whole.x0 = s->own_whole.x0 = PM_TAKE(a, double, n);
    s->whole.lower = s->own_whole.lower = PM_TAKE(a, double, n);
    s->whole.upper = s->own_whole.upper = PM_TAKE(a, double, n);
    if (s->stepped) {
        s->whole.steps = s->own_whole.steps = PM_TAKE(a, double, n);
    }
    if (s->scaled) {
        s->whole.scale = s->own_whole.scale = PM_TAKE(a, double, n);
    }
    s->running.task.x0 = s->whole.x0;
    s->running.task.lower = s->whole.lower;
    s->running.task.upper = s->whole.upper;
    if (own) {
        s->running.task.x0 = s->own_task.x0 = PM_TAKE(a, double, n_free);
        s->running.task.lower = s->own_task.lower = PM_TAKE(a, double, n_free);
        s->running.task.upper = s->own_task.upper = PM_TAKE(a, double, n_free);
    }
    if (s->stencil.n_integer > 0) {
        s->whole.integer = s->own_whole.integer = PM_TAKE(a, bool, n);
        s->running.task.integer = s->own_task.integer = PM_TAKE(a, bool, n_free);
        s->stencil.real = s->real = PM_TAKE(a, size_t, n_free - s->stencil.n_integer);
    }
    const bool stencil =
        own || (gradient && !s->whole.has_gradient) || (products && !s->whole.has_hessian);
    s->free = stencil ? PM_TAKE(a, size_t, n_free) : NULL;
    s->running.task.options = options_of(s);
    s->running.task.lookout = &s->lookout;

    const bool single = n_free == 0 || s->running.method->points == NULL;
    const size_t points = single ? 1 : s->running.method->points(&s->running.task);
    take_batch(a, &s->inner, n_free, points, gradient, products);
    if (stencil) {
        const size_t chunk = n_free == 0 ? 1 : pm_stencil_chunk(&s->whole, n_free, points);
        take_batch(a, &s->outer, n, chunk, gradient && s->whole.has_gradient,
                   products && s->whole.has_hessian);
    }
    s->stencil.whole = &s->whole;
    s->stencil.free = s->free;
    s->stencil.n_free = n_free;
    s->stencil.reach = products ? PM_TAKE(a, double, points) : NULL;
    s->stencil.lowest = gradient && !s->whole.has_gradient ? PM_TAKE(a, double, n_free) : NULL;
    s->running.state = state_of(s);
    pm_stopping_layout(&s->running.stopping, a, &s->running.task);
    if (n_free > 0) {
        s->running.method->layout(state_of(s), a, &s->running.task);
    }
}

/* Measures, allocates and places all arrays. */
static pm_error allocate(pm_solver *s)
{
    pm_arena arena = {.zoned = true};

    layout(s, &arena);
    if (arena.overflow) {
        return PM_TOO_LARGE;
    }
    s->block_size = arena.used;
    s->block = pm_block_new(arena.used);
    if (s->block == NULL) {
        return PM_NO_MEMORY;
    }
    arena = (pm_arena){.block = s->block, .zoned = true};
    layout(s, &arena);
    assert(arena.used == s->block_size);
    return PM_OK;
}

/* Lengths beyond very_long have squares that overflow, or overflow themselves: such variables are
 * scaled by long_unit. */
static const double very_long = 0x1p500, long_unit = 0x1p600;

/* Is the box that wide in variable i, and will the method go that far?  A method that does not
 * search the whole box takes steps of about max(|x|, 1). */
static bool is_very_long(const pm_method *method, const pm_task *task, size_t i)
{
    const double half = 0.5 * task->upper[i] - 0.5 * task->lower[i];
    const bool global = (method->traits & PM_IS_GLOBAL) != 0;
    const bool whole = task->integer != NULL && task->integer[i];
    return !whole && half > very_long && half < HUGE_VAL &&
           (global || fabs(task->x0[i]) > very_long);
}

static bool needs_units(const pm_method *method, const pm_task *task)
{
    bool found = false;
    for (size_t i = 0; !found && i < task->n; ++i) {
        found = is_very_long(method, task, i);
    }
    return found;
}

/* The index among all variables of free variable i. */
static size_t among_all(const pm_solver *s, size_t i)
{
    return s->free == NULL ? i : s->free[i];
}

static void fill_free(const pm_solver *s, double *to, const double *values, const double *scale)
{
    for (size_t i = 0; i < s->running.task.n; ++i) {
        const size_t j = among_all(s, i);
        to[i] = scale == NULL ? values[j] : values[j] / scale[j];
    }
}

static void fill_scale(pm_solver *s, const pm_task *task)
{
    double *scale = s->own_whole.scale;

    for (size_t i = 0; i < task->n; ++i) {
        const double given = task->scale == NULL ? 1.0 : task->scale[i];
        scale[i] = is_very_long(s->running.method, task, i) ? long_unit : given;
        if (task->lower[i] < task->upper[i] &&
            !(task->lower[i] / scale[i] < task->upper[i] / scale[i])) {
            scale[i] = 1.0; /* the scaled bounds would be equal */
        }
    }
}

static void fill_integers(pm_solver *s, const pm_task *task)
{
    size_t *real = s->real;

    memcpy(s->own_whole.integer, task->integer, task->n * sizeof *task->integer);
    for (size_t i = 0; i < s->running.task.n; ++i) {
        s->own_task.integer[i] = task->integer[among_all(s, i)];
        if (!s->own_task.integer[i]) {
            *real++ = i;
        }
    }
}

/* Moves the caller's x0 into the box; a coordinate that is NaN becomes the one nearest to 0. */
static void admit_start(pm_solver *s, const pm_task *task)
{
    double *x0 = s->own_whole.x0;

    for (size_t i = 0; i < task->n; ++i) {
        x0[i] = isnan(x0[i]) ? pm_clip(0.0, task->lower[i], task->upper[i]) : x0[i];
    }
    pm_admit(&(pm_box){PM_BOX_OF(s->whole)}, x0, 1);
}

static void fill_task(pm_solver *s, const pm_task *task)
{
    const size_t n = task->n, bytes = n * sizeof(double);
    size_t found = 0;

    memcpy(s->own_whole.x0, task->x0, bytes);
    memcpy(s->own_whole.lower, task->lower, bytes);
    memcpy(s->own_whole.upper, task->upper, bytes);
    s->whole.bounded = s->running.task.bounded;
    if (s->stepped) {
        memcpy(s->own_whole.steps, task->steps, bytes);
    }
    if (s->scaled) {
        fill_scale(s, task);
    }
    for (size_t i = 0; s->free != NULL && i < n; ++i) {
        if (task->lower[i] < task->upper[i]) {
            s->free[found++] = i;
        }
    }
    if (s->stencil.n_integer > 0) {
        fill_integers(s, task);
    }
    admit_start(s, task);
    if (own_task(s)) {
        fill_free(s, s->own_task.x0, s->whole.x0, s->whole.scale);
        fill_free(s, s->own_task.lower, s->whole.lower, s->whole.scale);
        fill_free(s, s->own_task.upper, s->whole.upper, s->whole.scale);
    }
}

static size_t count_free(const pm_task *task)
{
    size_t count = 0;
    for (size_t i = 0; i < task->n; ++i) {
        count += task->lower[i] < task->upper[i];
    }
    return count;
}

static size_t count_integers(const pm_task *task)
{
    size_t count = 0;
    for (size_t i = 0; task->integer != NULL && i < task->n; ++i) {
        count += task->integer[i] && task->lower[i] < task->upper[i];
    }
    return count;
}

static bool any_bound(const pm_task *task)
{
    for (size_t i = 0; i < task->n; ++i) {
        if (task->lower[i] > -HUGE_VAL || task->upper[i] < HUGE_VAL) {
            return true;
        }
    }
    return false;
}

/* The free variables of x[count][n], divided by the scale, in memory that the caller must free. */
static double *free_rows(const pm_solver *s, const double *x, size_t count, const double *scale)
{
    const size_t n = s->whole.n, n_free = s->running.task.n;
    double *rows = count > SIZE_MAX / sizeof *rows / n ? NULL : malloc(count * n * sizeof *rows);

    for (size_t j = 0; rows != NULL && j < count; ++j) {
        fill_free(s, rows + j * n_free, x + j * n, scale);
    }
    return rows;
}

/* Starts the method.  The first population exists during `start` only; the method copies it. */
static pm_error start_method(pm_solver *s, const pm_task *task)
{
    double *given = NULL, *design = NULL;

    if (task->n_given > 0) {
        s->running.task.given = given = free_rows(s, task->given, task->n_given, s->whole.scale);
    }
    if (task->n_design > 0) {
        s->running.task.design = design = free_rows(s, task->design, task->n_design, NULL);
    }
    const bool there =
        (given != NULL) == (task->n_given > 0) && (design != NULL) == (task->n_design > 0);
    if (there) {
        if (given != NULL) {
            pm_admit(&(pm_box){PM_BOX_OF(s->running.task)}, given, task->n_given);
        }
        pm_running_start(&s->running);
    }
    free(given);
    free(design);
    s->running.task.given = s->running.task.design = NULL;
    return there ? PM_OK : PM_NO_MEMORY;
}

/* Limits a count to 2^53, because methods compute with it as a double; no run takes that many. */
static size_t countable(size_t count)
{
    return (double)count > PM_MOST_WHOLE ? (size_t)PM_MOST_WHOLE : count;
}

pm_error pm_solver_new(pm_solver **out, const pm_method *method, const pm_task *task)
{
    const size_t head_size =
        aligned(sizeof(pm_solver)) + aligned(method->options_size) + aligned(method->state_size);
    if ((method->traits & PM_NEEDS_LINALG) != 0 && task->linalg == NULL) {
        return PM_NO_LINALG;
    }
    const size_t n_integers = count_integers(task);
    if ((method->traits & PM_HANDLES_INTEGERS) == 0 && n_integers > 0) {
        return PM_NO_INTEGERS;
    }
    pm_solver *s = calloc(1, head_size);
    if (s == NULL) {
        return PM_NO_MEMORY;
    }
    s->running.method = method;
    s->head_size = head_size;
    pm_lookout_start(&s->lookout, NULL, HUGE_VAL); /* the method's start may look */
    s->whole = s->running.task = *task;
    s->running.task.budget = countable(task->budget);
    s->running.task.max_iter = countable(task->max_iter);
    s->running.task.n = count_free(task);
    s->running.task.bounded = any_bound(task);
    s->running.task.steps = s->running.task.scale = NULL; /* only the stencil uses them */
    s->running.task.inverse_hessian = NULL;               /* only for nested methods */
    s->running.task.integer = s->whole.integer = NULL;
    s->stepped = task->steps != NULL;
    s->scaled = task->scale != NULL || needs_units(method, task);
    s->stencil.n_integer = n_integers;
    assert(task->scale == NULL || n_integers == 0); /* a scaled integer would not be whole */
    if (task->options != NULL) {
        memcpy(options_of(s), task->options, method->options_size);
    } else {
        pm_options_default(method->options, options_of(s));
    }
    pm_error error = allocate(s);
    if (error == PM_OK) {
        fill_task(s, task);
        error = s->running.task.n > 0 ? start_method(s, task) : PM_OK;
    }
    if (error != PM_OK) {
        pm_solver_free(s);
        return error;
    }
    s->stencil.f_lowest = HUGE_VAL;
    *out = s;
    return PM_OK;
}

/* A batch under way may point to arrays of the method; in the copy it must point to the copy's. */
static void follow_loan(pm_solver *s, const pm_solver *from)
{
    if (from->inner.lent != PM_OWN) {
        s->inner.x = pm_same_place(from->inner.x, from->block, s->block);
        s->inner.g = pm_same_place(from->inner.g, from->block, s->block);
    }
    if (from->inner.steps != NULL) {
        s->inner.steps = s->stencil.steps = pm_same_place(from->inner.steps, from->block, s->block);
    }
}

pm_error pm_solver_copy(pm_solver **out, const pm_solver *from)
{
    pm_solver *s = malloc(from->head_size);
    unsigned char *block = pm_block_new(from->block_size);
    if (s == NULL || block == NULL) {
        free(s);
        pm_block_free(block, from->block_size);
        return PM_NO_MEMORY;
    }
    memcpy(s, from, from->head_size);
    pm_block_copy(block, from->block, from->block_size);
    s->block = block;
    pm_arena arena = {.block = block, .zoned = true};
    layout(s, &arena);
    assert(arena.used == s->block_size);
    follow_loan(s, from);
    pm_lookout_start(&s->lookout, NULL, HUGE_VAL);
    *out = s;
    return PM_OK;
}

void pm_solver_free(pm_solver *s)
{
    if (s != NULL) {
        pm_block_free(s->block, s->block_size);
        free(s);
    }
}

/* Every point returned to the user passes the gate, because a mean of huge numbers may overflow. */
void pm_solver_complete(const pm_solver *s, const double *own, double *x)
{
    memcpy(x, s->whole.x0, s->whole.n * sizeof *x);
    for (size_t i = 0; i < s->running.task.n; ++i) {
        const size_t j = among_all(s, i);
        x[j] = s->whole.scale == NULL ? own[i] : own[i] * s->whole.scale[j];
    }
    pm_admit(&(pm_box){PM_BOX_OF(s->whole)}, x, 1);
}

const pm_basins *pm_solver_basins(const pm_solver *s)
{
    return s->running.task.n > 0 ? pm_running_basins(&s->running) : NULL;
}

const pm_part *pm_solver_parts(const pm_solver *s, size_t *count)
{
    *count = 0;
    return s->running.task.n > 0 && s->running.method->parts != NULL
               ? s->running.method->parts(s->running.state, count)
               : NULL;
}

double pm_solver_at(const pm_solver *s, double *x)
{
    pm_iterate at = {.f = HUGE_VAL};

    if (s->running.task.n > 0) {
        at = pm_running_at(&s->running);
    }
    pm_solver_complete(s, at.x, x);
    return at.f;
}

bool pm_solver_answer(const pm_solver *s, double *x)
{
    pm_iterate at = {0};

    if (s->running.task.n > 0) {
        at = pm_running_at(&s->running);
    }
    pm_solver_complete(s, at.mean != NULL ? at.mean : at.x, x);
    return at.mean != NULL;
}

void pm_solver_measure(const pm_solver *s, double *out)
{
    if (s->running.task.n > 0) {
        pm_running_measure(&s->running, out);
    }
}

size_t pm_population(const pm_method *method, const pm_task *task)
{
    pm_task seen = *task;

    seen.n = count_free(task);
    return seen.n == 0 || method->population == NULL ? 0 : method->population(&seen);
}

pm_lookout *pm_solver_lookout(pm_solver *s)
{
    return &s->lookout;
}

/* ------------------------------------------------------------------------------------ taking turns ------ */

/* If every variable is fixed, one evaluation is the whole run. */
static void ask_fixed(pm_solver *s)
{
    s->path = STENCIL;
    s->outer.count = 1;
    s->outer.wants = PM_F;
    memcpy(s->outer.x, s->whole.x0, s->whole.n * sizeof *s->outer.x);
}

/* Decides whether the user gets the inner batch itself.  Without a stencil always; with one only if
 * this batch needs no differences and is not lent, since a lent batch must bring a gradient.
 * Points that may get neighbours are first projected to where they will be evaluated. */
static void begin_batch(pm_solver *s)
{
    s->inner.cost = 0;
    s->path = DIRECT;
    if (s->free == NULL) {
        return;
    }
    pm_running_project(&s->running, &s->inner);
    pm_stencil_begin(&s->stencil, &s->inner);
    const bool whole = s->running.task.n == s->whole.n;
    if (!whole || pm_stencil_differences(&s->stencil, &s->inner)) {
        s->path = STENCIL;
    } else if (s->scaled) {
        s->path = s->inner.count <= s->outer.capacity ? SCALED : STENCIL;
    } else if (s->inner.lent != PM_OWN) {
        s->path = STENCIL;
    }
}

bool pm_waiting(const pm_solver *s)
{
    return s->waiting;
}

pm_batch *pm_asked(pm_solver *s)
{
    return s->path == DIRECT ? &s->inner : &s->outer;
}

/* Sets entries of the directions v that are not finite to 0, because they have no product. */
static void admit_directions(const pm_batch *b)
{
    for (size_t i = 0; i < b->count * b->n; ++i) {
        b->v[i] = isfinite(b->v[i]) ? b->v[i] : 0.0;
    }
}

/* Moves the points of a batch into the box where they are not in it: answers whether there was one.
 * A large batch passes point by point, so that the run can be called off meanwhile; the batch is
 * then never evaluated. */
static bool admit_batch(pm_solver *s, const pm_batch *b)
{
    enum { PART = 1 << 20 };
    const pm_box box = {PM_BOX_OF(s->whole)};

    if (b->count == 1 || b->count * b->n <= PART) {
        return pm_admit(&box, b->x, b->count);
    }
    bool moved = false;
    for (size_t j = 0; j < b->count && !pm_pass_called_off(&s->running.task, b->n); ++j) {
        moved = pm_admit(&box, b->x + j * b->n, 1) || moved;
    }
    return moved;
}

pm_error pm_ask(pm_solver *s, pm_batch **out)
{
    if (s->waiting || s->stop != PM_RUNNING) {
        return PM_OUT_OF_TURN;
    }
    if (s->running.task.n == 0) {
        ask_fixed(s);
    } else if (!s->begun) {
        s->begun = true;
        if (!pm_running_ask(&s->running, &s->inner)) {
            s->stop = PM_EXHAUSTED;
            return PM_OVERFULL;
        }
        begin_batch(s);
    }
    *out = pm_asked(s);
    if (s->path == STENCIL && s->running.task.n > 0) {
        pm_stencil_ask(&s->stencil, &s->inner, &s->outer); /* its points pass the gate there */
    } else {
        if (s->path == SCALED) {
            pm_units_ask(s->whole.scale, &s->inner, &s->outer);
        }
        s->moved = admit_batch(s, *out);
    }
    if ((*out)->wants == PM_HV) {
        admit_directions(*out);
    }
    s->waiting = true;
    return PM_OK;
}

/* Sets slopes along integer variables to 0, even if the user's gradient has others. */
static void level_integers(const pm_task *task, double *slopes, size_t count)
{
    for (size_t j = 0; slopes != NULL && j < count; ++j, slopes += task->n) {
        for (size_t i = 0; i < task->n; ++i) {
            slopes[i] = task->integer[i] ? 0.0 : slopes[i];
        }
    }
}

/* Tells the method its values, and sets s->stop if the run has ended. */
static pm_turn tell_method(pm_solver *s)
{
    s->begun = false;
    if (s->running.task.integer != NULL && s->inner.wants != PM_F) {
        level_integers(&s->running.task, s->inner.wants == PM_HV ? s->inner.hv : s->inner.g,
                       s->inner.count);
    }
    const pm_turn turn = pm_running_tell(&s->running, &s->inner, &s->stop);
    if (s->lookout.stop != PM_RUNNING) { /* the method may have left its work unfinished */
        s->stop = s->lookout.stop;
        return PM_NO_MORE;
    }
    return turn;
}

pm_error pm_tell(pm_solver *s, pm_turn *turn, pm_stop *stop)
{
    if (!s->waiting) {
        return PM_OUT_OF_TURN;
    }
    s->waiting = false;
    if (s->running.task.n == 0) {
        *turn = PM_NO_MORE;
        s->stop = PM_FIXED;
    } else if (s->path != STENCIL) {
        if (s->path == SCALED) {
            pm_units_tell(s->whole.scale, &s->inner, &s->outer, s->moved);
        }
        if (s->free != NULL) {
            pm_stencil_pass(&s->stencil, &s->inner);
        }
        s->inner.cost = s->inner.wants == PM_HV ? 0 : s->inner.count;
        *turn = tell_method(s);
    } else if (pm_stencil_tell(&s->stencil, &s->inner, &s->outer)) {
        *turn = tell_method(s);
    } else {
        *turn = PM_MID_STEP;
    }
    *stop = s->stop;
    return PM_OK;
}
