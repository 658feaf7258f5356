/* The solver: one running method, its turns, and its memory.
 *
 *   method  -- inner batch: free variables -->  stencil  -- outer batch: all of them -->  user
 *
 * Where no variable is fixed and no gradient needs differences, the two batches are one.
 */
#include "arena.h"
#include "bounds.h"
#include "stencil.h"
#include "stopping.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Two blocks of memory: the head, which is this struct, the options and the method's state; and the
 * block, which is every array.  A copy is a copy of both, laid out again. */
struct pm_solver {
    const pm_method *method;
    size_t head_size, block_size;
    unsigned char *block;

    pm_task whole; /* all variables */
    pm_task task;  /* the free ones: what the method sees */
    size_t *free;  /* [task.n] their places among all */
    bool direct;   /* outer is inner */
    pm_batch inner, outer;
    pm_stencil stencil;
    pm_stopping stopping;

    bool begun, waiting; /* the inner batch is under way; an answer is due */
    pm_stop stop;
};

static size_t aligned(size_t size)
{
    return (size + 63) / 64 * 64;
}

static void *options_of(const pm_solver *s)
{
    return (unsigned char *)(uintptr_t)s + aligned(sizeof *s);
}

static void *state_of(const pm_solver *s)
{
    return (unsigned char *)options_of(s) + aligned(s->method->options_size);
}

static double *take_vector(pm_arena *a, size_t n, const double **place)
{
    double *vector = PM_TAKE(a, double, n);
    *place = vector;
    return vector;
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

/* Whether the method sees other variables than the user: fewer, or scaled ones. */
static bool own_task(const pm_solver *s)
{
    return s->task.n < s->whole.n || s->whole.scale != NULL;
}

/* Places every array; sets nothing that changes during a run. */
static void layout(pm_solver *s, pm_arena *a)
{
    const size_t n = s->whole.n, n_free = s->task.n;
    const bool gradient = (s->method->traits & PM_NEEDS_GRADIENT) != 0;
    const bool products = (s->method->traits & PM_USES_HESSIAN) != 0;
    const bool own = own_task(s); /* before the vectors move: while measuring they have no place */

    take_vector(a, n, &s->whole.x0);
    take_vector(a, n, &s->whole.lower);
    take_vector(a, n, &s->whole.upper);
    if (s->whole.steps != NULL) {
        take_vector(a, n, &s->whole.steps);
    }
    if (s->whole.scale != NULL) {
        take_vector(a, n, &s->whole.scale);
    }
    s->task.x0 = s->whole.x0;
    s->task.lower = s->whole.lower;
    s->task.upper = s->whole.upper;
    if (own) {
        take_vector(a, n_free, &s->task.x0);
        take_vector(a, n_free, &s->task.lower);
        take_vector(a, n_free, &s->task.upper);
    }
    s->free = PM_TAKE(a, size_t, n_free);
    s->task.options = options_of(s);

    const bool single = n_free == 0 || s->method->points == NULL;
    const size_t points = single ? 1 : s->method->points(&s->task);
    take_batch(a, &s->inner, n_free, points, gradient, products);
    s->direct = !own && (s->whole.has_gradient || !gradient) && (s->whole.has_hessian || !products);
    if (!s->direct) {
        const size_t chunk = n_free == 0 ? 1 : pm_stencil_chunk(&s->whole, n_free, points);
        take_batch(a, &s->outer, n, chunk, gradient && s->whole.has_gradient,
                   products && s->whole.has_hessian);
    }
    s->stencil.whole = &s->whole;
    s->stencil.free = s->free;
    s->stencil.n_free = n_free;
    s->stencil.reach = products ? PM_TAKE(a, double, points) : NULL;
    s->stencil.lowest = gradient && !s->whole.has_gradient ? PM_TAKE(a, double, n_free) : NULL;
    pm_stopping_layout(&s->stopping, a, &s->task);
    if (n_free > 0) {
        s->method->layout(state_of(s), a, &s->task);
    }
}

/* Measures, allocates and places.  `steps` and `scale` only say, while measuring, that there is
 * such a vector. */
static pm_error allocate(pm_solver *s)
{
    pm_arena arena = {0};
    const double *steps = s->whole.steps, *scale = s->whole.scale;

    layout(s, &arena);
    if (arena.overflow) {
        return PM_TOO_LARGE;
    }
    s->block_size = arena.used;
    s->block = calloc(1, arena.used);
    if (s->block == NULL) {
        return PM_NO_MEMORY;
    }
    s->whole.steps = steps;
    s->whole.scale = scale;
    arena = (pm_arena){.block = s->block};
    layout(s, &arena);
    assert(arena.used == s->block_size);
    return PM_OK;
}

/* The arrays of the task are the solver's own: only here are they written. */
static void fill(const double *place, const double *values, size_t n)
{
    memcpy((double *)(uintptr_t)place, values, n * sizeof *values);
}

static void fill_free(const pm_solver *s, const double *place, const double *values)
{
    double *to = (double *)(uintptr_t)place;
    for (size_t i = 0; i < s->task.n; ++i) {
        const size_t j = s->free[i];
        to[i] = s->whole.scale == NULL ? values[j] : values[j] / s->whole.scale[j];
    }
}

static void fill_task(pm_solver *s, const pm_task *task)
{
    const size_t n = task->n;
    size_t found = 0;

    fill(s->whole.x0, task->x0, n);
    fill(s->whole.lower, task->lower, n);
    fill(s->whole.upper, task->upper, n);
    pm_project((double *)(uintptr_t)s->whole.x0, 1, n, task->lower, task->upper);
    if (task->steps != NULL) {
        fill(s->whole.steps, task->steps, n);
    }
    if (task->scale != NULL) {
        fill(s->whole.scale, task->scale, n);
    }
    for (size_t i = 0; i < n; ++i) {
        if (task->lower[i] < task->upper[i]) {
            s->free[found++] = i;
        }
    }
    if (own_task(s)) {
        fill_free(s, s->task.x0, s->whole.x0);
        fill_free(s, s->task.lower, s->whole.lower);
        fill_free(s, s->task.upper, s->whole.upper);
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

static bool any_bound(const pm_task *task)
{
    bool found = false;
    for (size_t i = 0; i < task->n; ++i) {
        found = found || task->lower[i] > -HUGE_VAL || task->upper[i] < HUGE_VAL;
    }
    return found;
}

pm_error pm_solver_new(pm_solver **out, const pm_method *method, const pm_task *task)
{
    const size_t head_size =
        aligned(sizeof(pm_solver)) + aligned(method->options_size) + aligned(method->state_size);
    if ((method->traits & PM_NEEDS_LINALG) != 0 && task->linalg == NULL) {
        return PM_NO_LINALG;
    }
    pm_solver *s = calloc(1, head_size);
    if (s == NULL) {
        return PM_NO_MEMORY;
    }
    s->method = method;
    s->head_size = head_size;
    s->whole = s->task = *task;
    s->task.n = count_free(task);
    s->task.bounded = any_bound(task);
    s->task.steps = s->task.scale = NULL; /* the stencil's affair, not the method's */
    if (task->options != NULL) {
        memcpy(options_of(s), task->options, method->options_size);
    } else {
        pm_options_default(method->options, options_of(s));
    }
    const pm_error error = allocate(s);
    if (error != PM_OK) {
        pm_solver_free(s);
        return error;
    }
    fill_task(s, task);
    s->stencil.f_lowest = HUGE_VAL;
    if (s->task.n > 0) {
        pm_stopping_start(&s->stopping, &s->task);
        method->start(state_of(s), &s->task);
    }
    *out = s;
    return PM_OK;
}

/* A batch under way may be lent: it leads to the same places of the new block. */
static void follow_loan(pm_solver *s, const pm_solver *from)
{
    if (from->inner.lent != PM_OWN) {
        s->inner.x = (double *)(void *)(s->block + ((unsigned char *)from->inner.x - from->block));
        s->inner.g = (double *)(void *)(s->block + ((unsigned char *)from->inner.g - from->block));
    }
}

pm_error pm_solver_copy(pm_solver **out, const pm_solver *from)
{
    pm_solver *s = malloc(from->head_size);
    unsigned char *block = malloc(from->block_size);
    if (s == NULL || block == NULL) {
        free(s);
        free(block);
        return PM_NO_MEMORY;
    }
    memcpy(s, from, from->head_size);
    memcpy(block, from->block, from->block_size);
    s->block = block;
    pm_arena arena = {.block = block};
    layout(s, &arena);
    assert(arena.used == s->block_size);
    follow_loan(s, from);
    *out = s;
    return PM_OK;
}

void pm_solver_free(pm_solver *s)
{
    if (s != NULL) {
        free(s->block);
        free(s);
    }
}

/* A point of the method's, with the fixed variables, in the user's units. */
static void complete(const pm_solver *s, const double *free, double *x)
{
    for (size_t i = 0; i < s->task.n; ++i) {
        x[s->free[i]] = s->whole.scale == NULL ? free[i] : free[i] * s->whole.scale[s->free[i]];
    }
}

double pm_solver_at(const pm_solver *s, double *x)
{
    pm_iterate at = {.f = HUGE_VAL};

    memcpy(x, s->whole.x0, s->whole.n * sizeof *x);
    if (s->task.n > 0) {
        s->method->at(state_of(s), &at);
        complete(s, at.x, x);
    }
    return at.f;
}

bool pm_solver_answer(const pm_solver *s, double *x)
{
    pm_iterate at = {0};

    memcpy(x, s->whole.x0, s->whole.n * sizeof *x);
    if (s->task.n > 0) {
        s->method->at(state_of(s), &at);
        complete(s, at.mean != NULL ? at.mean : at.x, x);
    }
    return at.mean != NULL;
}

/* ------------------------------------------------------------------------------------ taking turns ------ */

/* Every variable is fixed: one evaluation, and that is all. */
static void ask_fixed(pm_solver *s)
{
    s->outer.count = 1;
    s->outer.wants = PM_F;
    memcpy(s->outer.x, s->whole.x0, s->whole.n * sizeof *s->outer.x);
}

pm_batch *pm_asked(pm_solver *s)
{
    return s->direct ? &s->inner : &s->outer;
}

pm_error pm_ask(pm_solver *s, pm_batch **out)
{
    if (s->waiting || s->stop != PM_RUNNING) {
        return PM_OUT_OF_TURN;
    }
    s->waiting = true;
    if (s->task.n == 0) {
        ask_fixed(s);
    } else if (!s->begun) {
        s->begun = true;
        s->inner.worth = HUGE_VAL;
        s->inner.held = false;
        s->method->ask(state_of(s), &s->inner);
        assert(s->inner.count > 0 && s->inner.count <= s->inner.capacity);
        if (s->task.bounded && !(s->method->traits & PM_HANDLES_BOUNDS)) {
            pm_project(s->inner.x, s->inner.count, s->task.n, s->task.lower, s->task.upper);
        }
        if (!s->direct) {
            pm_stencil_begin(&s->stencil, &s->inner);
        }
    }
    if (!s->direct && s->task.n > 0) {
        pm_stencil_ask(&s->stencil, &s->inner, &s->outer);
    }
    *out = pm_asked(s);
    return PM_OK;
}

/* The method has its values: what does it say, and has it converged? */
static pm_turn tell_method(pm_solver *s)
{
    s->begun = false;
    const pm_turn turn = s->method->tell(state_of(s), &s->inner);
    if (turn != PM_MID_STEP) {
        pm_iterate at = {0};
        s->method->at(state_of(s), &at);
        s->stop = turn == PM_NO_MORE   ? at.ended
                  : s->task.stochastic ? PM_RUNNING
                                       : pm_judge(&s->stopping, &at, &s->task);
    }
    return turn;
}

pm_error pm_tell(pm_solver *s, pm_turn *turn, pm_stop *stop)
{
    if (!s->waiting) {
        return PM_OUT_OF_TURN;
    }
    s->waiting = false;
    if (s->task.n == 0) {
        *turn = PM_NO_MORE;
        s->stop = PM_FIXED;
    } else if (s->direct || pm_stencil_tell(&s->stencil, &s->inner, &s->outer)) {
        *turn = tell_method(s);
    } else {
        *turn = PM_MID_STEP;
    }
    *stop = s->stop;
    return PM_OK;
}
