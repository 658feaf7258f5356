/* A method inside another one: it runs as it would alone, is copied with the outer one, keeps its
 * own limits, and leaves nothing behind for the next run. */
#include "functions.h"
#include "jacobi.h"
#include "solver/method.h"
#include "solver/nested.h"
#include "test.h"

#include <math.h>
#include <string.h>

enum { N = 3, BUDGET = 3000, PATH = 400 };

/* An outer method that does nothing but run two others in turn, over and over. */
typedef struct {
    pm_inner inners[2];
    size_t budget;                 /* of each run; 0: no limit */
    const double *lower, *upper;   /* of each run, or NULL */
    const double *inverse_hessian; /* for each start, or NULL */
    bool once;                     /* only the first one, once */
} relay_options;

typedef struct {
    const relay_options *o;
    const pm_task *task;
    pm_nested nested;
    pm_rng rng;
    size_t runs;
    pm_stop ended;
} relay;

static const pm_option no_options[] = {PM_OPTIONS_END};

static size_t points(const pm_task *task)
{
    const relay_options *o = task->options;
    return pm_nested_points(task, o->inners, 2);
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    relay *s = state;
    s->o = task->options;
    s->task = task;
    pm_nested_layout(&s->nested, a, task, s->o->inners, 2);
}

static void begin(relay *s)
{
    const pm_nested_run run = {.x0 = s->task->x0,
                               .budget = s->o->budget,
                               .lower = s->o->lower,
                               .upper = s->o->upper,
                               .inverse_hessian = s->o->inverse_hessian,
                               .rng = s->o->once ? NULL : &s->rng};
    pm_nested_start(&s->nested, &s->o->inners[s->runs++ % 2], &run);
}

static void start(void *state, const pm_task *task)
{
    relay *s = state;
    s->rng = pm_rng_stream(task->key, 0);
    begin(s);
}

static void ask_inner(void *state, pm_batch *b)
{
    relay *s = state;
    pm_nested_ask(&s->nested, b);
}

static pm_turn tell_inner(void *state, const pm_batch *b)
{
    relay *s = state;
    const pm_turn turn = pm_nested_tell(&s->nested, b);

    if (turn != PM_NO_MORE) {
        return turn;
    }
    if (s->o->once) {
        s->ended = s->nested.ended;
        return PM_NO_MORE;
    }
    begin(s);
    return PM_STEP_DONE;
}

static void at(const void *state, pm_iterate *out)
{
    const relay *s = state;
    *out = (pm_iterate){
        .x = s->nested.best_x, .f = s->nested.best_f, .ended = s->ended, .unfinished = true};
}

static const char *const measures[] = {"nfev", NULL};

static void measure(const void *state, double *out)
{
    const relay *s = state;
    out[0] = (double)s->nested.nfev;
}

static const pm_method method = {
    .name = "relay",
    .traits = PM_HANDLES_BOUNDS | PM_USES_GRADIENT | PM_USES_HESSIAN | PM_NEEDS_LINALG,
    .options = no_options,
    .options_size = sizeof(relay_options),
    .stopping = {.patience = 1},
    .state_size = sizeof(relay),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask_inner,
    .tell = tell_inner,
    .at = at,
    .measures = measures,
    .measure = measure,
};

/* ------------------------------------------------------------------------------ what they minimise ----- */

static const double x0[N] = {1.0, -2.0, 0.5};
static const double lower[N] = {-3.0, -3.0, -3.0}, upper[N] = {3.0, 0.5, 3.0};

static pm_task task_of(const pm_method *row, bool has_gradient, const relay_options *o)
{
    return (pm_task){
        .n = N,
        .x0 = x0,
        .lower = lower,
        .upper = upper,
        .has_gradient = has_gradient,
        .stopping = row->stopping,
        .options = o,
        .budget = BUDGET,
        .key = {5, 6},
        .linalg = &jacobi,
    };
}

/* All points asked for, and how many of them, until the end or about PATH of them. */
typedef struct {
    size_t count, nfev;
    pm_stop stop;
    double x[2 * PATH][N];
} path;

static void turn_once(pm_solver *s, pm_batch *b, path *p)
{
    pm_turn turn;

    for (size_t j = 0; j < b->count; ++j) {
        if (p->count < 2 * PATH) {
            memcpy(p->x[p->count++], b->x + j * N, sizeof p->x[0]);
        }
        p->nfev += 1;
        b->f[j] = two_valleys(b->x + j * N, b->wants == PM_FG ? b->g + j * N : NULL);
    }
    CHECK(pm_tell(s, &turn, &p->stop) == PM_OK);
}

static void follow(pm_solver *s, path *p)
{
    pm_batch *b;

    for (*p = (path){0}; p->stop == PM_RUNNING && p->count < PATH;) {
        CHECK(pm_ask(s, &b) == PM_OK);
        turn_once(s, b, p);
    }
}

static bool same(const path *a, const path *b)
{
    return a->count == b->count && a->stop == b->stop &&
           memcmp(a->x, b->x, a->count * sizeof a->x[0]) == 0;
}

static pm_solver *new_solver(const pm_method *row, const pm_task *task)
{
    pm_solver *s = NULL;
    CHECK(pm_solver_new(&s, row, task) == PM_OK);
    return s;
}

static relay_options both(const char *first, const char *second)
{
    return (relay_options){
        .inners = {{.method = pm_method_named(first)}, {.method = pm_method_named(second)}}};
}

/* ------------------------------------------------------------------------------------------- laws ------ */

static void it_runs_as_it_would_alone(const pm_method *row, bool has_gradient)
{
    static path alone, inside;
    relay_options o = both(row->name, row->name);
    o.once = true;
    o.budget = BUDGET;
    const pm_task bare = task_of(row, has_gradient, NULL),
                  task = task_of(&method, has_gradient, &o);
    pm_solver *s = new_solver(row, &bare), *r = new_solver(&method, &task);

    follow(s, &alone);
    follow(r, &inside);
    CHECK(same(&alone, &inside));
    pm_solver_free(s);
    pm_solver_free(r);
}

/* Copied within and between turns, in the first and the second run; the original is gone before
 * the copy goes on. */
static void a_copy_continues_bit_for_bit(const char *first, const char *second, bool has_gradient)
{
    static path before, original, copied;
    relay_options o = both(first, second);
    o.budget = 40;
    const pm_task task = task_of(&method, has_gradient, &o);

    for (int turns = 0; turns < 60; turns += 7) {
        for (int within = 0; within <= 1; ++within) {
            pm_solver *s = new_solver(&method, &task), *twin = NULL;
            pm_batch *b;
            for (int k = 0; k < turns; ++k) {
                CHECK(pm_ask(s, &b) == PM_OK);
                before.count = 0;
                turn_once(s, b, &before);
            }
            if (within) {
                CHECK(pm_ask(s, &b) == PM_OK);
            }
            CHECK(pm_solver_copy(&twin, s) == PM_OK);
            if (within) {
                turn_once(s, b, &before);
            }
            follow(s, &original);
            pm_solver_free(s);
            if (within) {
                turn_once(twin, pm_asked(twin), &before);
            }
            follow(twin, &copied);
            CHECK(same(&original, &copied));
            pm_solver_free(twin);
        }
    }
}

/* The third run is one of the first method again: from the same start without random numbers, it
 * must be the first one again. */
static void nothing_is_left_for_the_next_run(void)
{
    static path p;
    relay_options o = both("lbfgs", "newton");
    o.budget = 50;
    const pm_task task = task_of(&method, true, &o);
    pm_solver *s = new_solver(&method, &task);
    size_t starts[3] = {0}, found = 0;

    follow(s, &p);
    for (size_t k = 0; k < p.count && found < 3; ++k) {
        if (memcmp(p.x[k], x0, sizeof x0) == 0) {
            starts[found++] = k;
        }
    }
    CHECK(found == 3);
    CHECK(memcmp(p.x[0], p.x[starts[2]], starts[1] * sizeof p.x[0]) == 0);
    pm_solver_free(s);
}

/* An evaluation more than the budget ends the turn under way, not less: with differences a gradient
 * costs 1 + n. */
static void a_run_ends_with_its_budget(bool has_gradient)
{
    const size_t per_point = has_gradient ? 1 : 1 + N;
    relay_options o = both("bfgs", "bfgs");
    o.once = true;
    o.budget = 7;
    static path p;
    const pm_task task = task_of(&method, has_gradient, &o);
    pm_solver *s = new_solver(&method, &task);

    follow(s, &p);
    CHECK(p.stop == PM_EVALUATIONS);
    CHECK(p.nfev >= 7 && p.nfev < 7 + per_point);
    pm_solver_free(s);
}

/* Also where a value is known from the search before its gradient is wanted, or where a gradient is
 * not worth its differences. */
static void evaluations_are_those_the_objective_saw(const pm_method *row, bool has_gradient)
{
    relay_options o = both(row->name, row->name);
    o.once = true;
    o.budget = 150;
    static path p;
    const pm_task task = task_of(&method, has_gradient, &o);
    pm_solver *s = new_solver(&method, &task);
    double counted = 0.0;

    follow(s, &p);
    pm_solver_measure(s, &counted);
    CHECK(p.stop != PM_RUNNING);
    CHECK((double)p.nfev == counted);
    pm_solver_free(s);
}

static void a_run_keeps_to_a_box_of_its_own(const char *name)
{
    const double low[N] = {0.9, -2.5, 0.3}, high[N] = {1.5, -1.5, 1.0};
    relay_options o = both(name, name);
    o.lower = low;
    o.upper = high;
    o.budget = 60;
    static path p;
    pm_task task = task_of(&method, true, &o);
    const double open_low[N] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    const double open_high[N] = {HUGE_VAL, HUGE_VAL, HUGE_VAL};
    task.lower = open_low;
    task.upper = open_high;
    pm_solver *s = new_solver(&method, &task);
    size_t outside = 0;

    follow(s, &p);
    for (size_t k = 0; k < p.count; ++k) {
        for (size_t i = 0; i < N; ++i) {
            outside += !(p.x[k][i] >= low[i] && p.x[k][i] <= high[i]);
        }
    }
    CHECK(p.count >= PATH && outside == 0);
    pm_solver_free(s);
}

static void runs_of_a_random_method_draw_keys_of_their_own(void)
{
    static path p;
    relay_options o = both("annealing", "annealing");
    const pm_setting alone[] = {{"local_search", 0.0}, {NULL, 0.0}};
    o.budget = 30;
    o.inners[0].settings = o.inners[1].settings = alone;
    const pm_task task = task_of(&method, false, &o);
    pm_solver *s = new_solver(&method, &task);

    follow(s, &p);
    CHECK(memcmp(p.x[0], p.x[30], sizeof p.x[0]) == 0); /* the same start */
    CHECK(memcmp(p.x[1], p.x[31], sizeof p.x[0]) != 0);
    pm_solver_free(s);
}

/* Of a quadratic whose Hessian is known. */
static void bfgs_hands_on_what_it_has_learnt(void)
{
    const double A[N][N] = {{4.0, 1.0, 0.0}, {1.0, 3.0, 0.5}, {0.0, 0.5, 2.0}};
    const double low[N] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL},
                 high[N] = {HUGE_VAL, HUGE_VAL, HUGE_VAL};
    const pm_inner inner = {.method = pm_method_named("bfgs")};
    const pm_task task = {
        .n = N, .x0 = x0, .lower = low, .upper = high, .has_gradient = true, .budget = BUDGET};
    enum { ROOM = 16384 };
    double x[N], f = 0.0, g[N], H[N][N];
    pm_nested s = {0};
    pm_arena a = {.block = pm_block_new(ROOM), .zoned = true};
    unsigned char *block = a.block;

    pm_nested_layout(&s, &a, &task, &inner, 1);
    CHECK(a.used <= ROOM);
    pm_nested_start(&s, &inner, &(pm_nested_run){.x0 = x0});
    CHECK(!pm_nested_inverse_hessian(&s, &H[0][0]));
    while (s.active) {
        pm_batch b = {.n = N, .capacity = 1, .x = x, .f = &f, .g = g};
        pm_nested_ask(&s, &b);
        for (size_t i = 0; i < N; ++i) {
            g[i] = A[i][0] * x[0] + A[i][1] * x[1] + A[i][2] * x[2];
        }
        f = 0.5 * (g[0] * x[0] + g[1] * x[1] + g[2] * x[2]);
        pm_nested_tell(&s, &b);
    }
    CHECK(s.ended == PM_GRADIENT && s.best_f < 1e-12);
    CHECK(pm_nested_inverse_hessian(&s, &H[0][0]));
    for (size_t i = 0; i < N; ++i) {
        for (size_t j = 0; j < N; ++j) {
            const double product = A[i][0] * H[0][j] + A[i][1] * H[1][j] + A[i][2] * H[2][j];
            CHECK_NEAR(product, i == j ? 1.0 : 0.0, 0.1);
        }
    }
    pm_block_free(block, ROOM);
}

static void settings_are_options_of_the_inner_method(void)
{
    static path narrow, wide;
    const pm_setting alone[] = {{"local_search", 0.0}, {NULL, 0.0}};
    const pm_setting settings[] = {{"local_search", 0.0}, {"step", 1e-9}, {NULL, 0.0}};
    relay_options o = both("annealing", "annealing");
    o.once = true;
    o.budget = 20;
    o.inners[0].settings = alone;
    pm_task task = task_of(&method, false, &o);
    pm_solver *s = new_solver(&method, &task);
    follow(s, &wide);
    pm_solver_free(s);

    o.inners[0].settings = settings;
    s = new_solver(&method, &task);
    follow(s, &narrow);
    pm_solver_free(s);
    CHECK(fabs(narrow.x[1][0] - x0[0]) < 1e-3 && fabs(wide.x[1][0] - x0[0]) > 1e-3);
}

void test_nested(void)
{
    for (size_t i = 0; i < pm_method_count(); ++i) {
        it_runs_as_it_would_alone(pm_method_row(i), true);
        it_runs_as_it_would_alone(pm_method_row(i), false);
        evaluations_are_those_the_objective_saw(pm_method_row(i), true);
        evaluations_are_those_the_objective_saw(pm_method_row(i), false);
    }
    a_copy_continues_bit_for_bit("lbfgs", "bobyqa", true);
    a_copy_continues_bit_for_bit("newton", "adam", false);
    a_copy_continues_bit_for_bit("genetic", "nelder_mead", false);
    nothing_is_left_for_the_next_run();
    a_run_ends_with_its_budget(true);
    a_run_ends_with_its_budget(false);
    a_run_keeps_to_a_box_of_its_own("bfgs");
    a_run_keeps_to_a_box_of_its_own("adam");
    a_run_keeps_to_a_box_of_its_own("genetic");
    runs_of_a_random_method_draw_keys_of_their_own();
    bfgs_hands_on_what_it_has_learnt();
    settings_are_options_of_the_inner_method();
}
