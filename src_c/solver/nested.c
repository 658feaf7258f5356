#include "solver/nested.h"

#include "base/bounds.h"

#include <assert.h>
#include <string.h>

/* Bytes of room for a method's state while its arrays are measured. */
enum { STATE_ROOM = 16384 };

static void set_options(double *options, const pm_inner *inner)
{
    assert(inner->method->options_size <= PM_OPTIONS_ROOM * sizeof *options);
    pm_options_default(inner->method->options, options);
    for (const pm_setting *given = inner->settings; given != NULL && given->name != NULL; ++given) {
        const pm_option *row = inner->method->options;
        while (row->name != NULL && strcmp(row->name, given->name) != 0) {
            ++row;
        }
        assert(row->name != NULL);
        const pm_error error = pm_option_set(row, options, given->value);
        assert(error == PM_OK);
        (void)error;
    }
}

size_t pm_nested_points(const pm_task *task, const pm_inner *inners, size_t count)
{
    double options[PM_OPTIONS_ROOM];
    pm_task inner = *task;
    size_t most = 1;

    inner.options = options;
    for (size_t k = 0; k < count; ++k) {
        set_options(options, &inners[k]);
        const size_t points =
            inners[k].method->points == NULL ? 1 : inners[k].method->points(&inner);
        most = points > most ? points : most;
    }
    return most;
}

/* Places the state of the inner method at the start of the block, and its arrays after it. */
static void place(pm_nested *s)
{
    pm_arena a = {.block = s->block, .zoned = true};

    s->run.state = PM_TAKE(&a, unsigned char, s->run.method->state_size);
    s->run.method->layout(s->run.state, &a, &s->run.task);
}

/* Bytes that the method needs for a task; SIZE_MAX if they overflow size_t. */
static size_t measured(const pm_method *method, const pm_task *task)
{
    double state[STATE_ROOM / sizeof(double)] = {0};
    pm_arena a = {.zoned = true};

    assert(method->state_size <= sizeof state);
    PM_TAKE(&a, unsigned char, method->state_size);
    method->layout(state, &a, task);
    return a.overflow ? SIZE_MAX : a.used;
}

/* The same before any run.  The task counts as bounded, because a method may need more memory with
 * bounds, and a run may set them. */
static size_t measured_ahead(const pm_inner *inner, const pm_task *task)
{
    double options[PM_OPTIONS_ROOM];
    pm_task boxed = *task;

    set_options(options, inner);
    boxed.options = options;
    boxed.bounded = true;
    return measured(inner->method, &boxed);
}

void pm_nested_layout(pm_nested *s, pm_arena *a, const pm_task *task, const pm_inner *inners,
                      size_t count)
{
    const size_t n = task->n;
    unsigned char *before = s->block;
    size_t size = 0;

    for (size_t k = 0; k < count; ++k) {
        size = pm_more(size, measured_ahead(&inners[k], task));
    }
    s->size = size;
    s->block = PM_TAKE(a, unsigned char, size);
    s->best_x = PM_TAKE(a, double, n);
    s->x0 = PM_TAKE(a, double, n);
    s->lower = PM_TAKE(a, double, n);
    s->upper = PM_TAKE(a, double, n);
    pm_stopping_layout(&s->run.stopping, a, task);
    s->outer = task;
    s->run.task.x0 = s->x0;
    s->run.task.lower = s->lower;
    s->run.task.upper = s->upper;
    s->run.task.options = s->options;
    s->run.task.lookout = task->lookout;
    if (s->run.method != NULL && !s->overfull && s->block != NULL) {
        /* A copied solver continues the batch under way, so lent arrays move to its own block. */
        s->lent_x = pm_same_place(s->lent_x, before, s->block);
        s->lent_g = pm_same_place(s->lent_g, before, s->block);
        place(s);
    }
}

static bool any_finite(const double *x, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        if (fabs(x[i]) < HUGE_VAL) {
            return true;
        }
    }
    return false;
}

static void set_task(pm_nested *s, const pm_nested_run *run)
{
    const size_t n = s->outer->n;

    memcpy(s->lower, run->lower != NULL ? run->lower : s->outer->lower, n * sizeof *s->lower);
    memcpy(s->upper, run->upper != NULL ? run->upper : s->outer->upper, n * sizeof *s->upper);
    memcpy(s->x0, run->x0, n * sizeof *s->x0);
    pm_project(s->x0, 1, n, s->lower, s->upper);
    memcpy(s->best_x, s->x0, n * sizeof *s->best_x);

    s->run.task = *s->outer;
    s->run.task.x0 = s->x0;
    s->run.task.lower = s->lower;
    s->run.task.upper = s->upper;
    s->run.task.bounded = any_finite(s->lower, n) || any_finite(s->upper, n);
    s->run.task.options = s->options;
    s->run.task.stopping = run->stopping != NULL ? *run->stopping : s->run.method->stopping;
    s->run.task.budget = run->budget;
    s->run.task.max_iter = 0;
    s->run.task.n_given = run->n_given;
    s->run.task.n_design = 0;
    if (run->rng != NULL) {
        s->run.task.key[0] = pm_rng_word(run->rng);
        s->run.task.key[1] = pm_rng_word(run->rng);
    }
}

/* Clears in parts, so that a long run can be called off meanwhile.  The method's state comes first
 * in the block, so it is always cleared. */
static void clear(pm_nested *s)
{
    enum { PART = 1 << 20 };
    size_t done = 0;

    do {
        const size_t count = pm_fewer(PART, s->size - done);
        pm_block_clear(s->block + done, count);
        done += count;
    } while (done < s->size && !pm_called_off(&s->run.task));
}

void pm_nested_start(pm_nested *s, const pm_inner *inner, const pm_nested_run *run)
{
    s->run.method = inner->method;
    s->active = true;
    s->ended = PM_RUNNING;
    s->nfev = 0;
    s->best_f = HUGE_VAL;
    s->lent_x = s->lent_g = NULL;
    set_options(s->options, inner);
    set_task(s, run);

    s->run.stopping = (pm_stopping){.x = s->run.stopping.x, .g = s->run.stopping.g};
    s->overfull = measured(s->run.method, &s->run.task) > s->size;
    if (s->overfull) {
        return;
    }
    clear(s);
    place(s);
    s->run.task.inverse_hessian = run->inverse_hessian;
    s->run.task.given = run->given;
    pm_running_start(&s->run);
    s->run.task.inverse_hessian = s->run.task.given = NULL;
}

/* ------------------------------------------------------------------------------------ taking turns ------ */

/* Arrays that the inner method lends are copied to the outer batch and back, because another inner
 * method may use the outer batch in the next turn. */
static void copy_out(pm_nested *s, const pm_batch *own, pm_batch *b)
{
    s->lent_x = own->x;
    s->lent_g = own->g;
    memcpy(b->x, own->x, b->n * sizeof *b->x);
}

void pm_nested_ask(pm_nested *s, pm_batch *b)
{
    pm_batch own = *b;

    assert(s->active);
    if (s->overfull) {
        b->count = SIZE_MAX;
        return;
    }
    const bool fits = pm_running_ask(&s->run, &own);
    b->count = own.count;
    if (!fits) {
        return;
    }
    b->wants = own.wants;
    b->value_limit = own.value_limit;
    b->central = own.central;
    b->steps = own.steps;
    s->lent_x = s->lent_g = NULL;
    if (own.lent != PM_OWN) {
        copy_out(s, &own, b);
    }
    pm_running_project(&s->run, b); /* the box of this run may be smaller than the outer one */
}

static void keep_best(pm_nested *s, const pm_batch *b)
{
    for (size_t j = 0; b->wants != PM_HV && j < b->count; ++j) {
        if (b->f[j] < s->best_f) {
            s->best_f = b->f[j];
            memcpy(s->best_x, b->x + j * b->n, b->n * sizeof *s->best_x);
        }
    }
}

static pm_turn tell_inner(pm_nested *s, const pm_batch *b)
{
    pm_batch own = *b;

    if (s->lent_x == NULL) {
        return pm_running_tell(&s->run, b, &s->ended);
    }
    own.x = s->lent_x;
    own.g = s->lent_g;
    memcpy(own.x, b->x, b->n * sizeof *own.x);
    memcpy(own.g, b->g, b->n * sizeof *own.g);
    return pm_running_tell(&s->run, &own, &s->ended);
}

pm_turn pm_nested_tell(pm_nested *s, const pm_batch *b)
{
    s->nfev += b->cost;
    keep_best(s, b);
    const pm_turn turn = tell_inner(s, b);
    if (s->ended == PM_RUNNING && s->run.task.budget > 0 && s->nfev >= s->run.task.budget) {
        s->ended = PM_EVALUATIONS;
    }
    s->active = s->ended == PM_RUNNING;
    return s->active ? turn : PM_NO_MORE;
}

static bool has_run(const pm_nested *s)
{
    return s->run.method != NULL && !s->overfull;
}

bool pm_nested_inverse_hessian(const pm_nested *s, double *H)
{
    return has_run(s) && pm_running_inverse_hessian(&s->run, H);
}

void pm_nested_measure(const pm_nested *s, double *out)
{
    if (has_run(s)) {
        pm_running_measure(&s->run, out);
    }
}

const pm_basins *pm_nested_basins(const pm_nested *s)
{
    return has_run(s) ? pm_running_basins(&s->run) : NULL;
}
