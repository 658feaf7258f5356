/* The solver: turns, copies, fixed variables and memory, for every method of the registry. */
#include "base/arena.h"
#include "functions.h"
#include "jacobi.h"
#include "solver/method.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 3, BUDGET = 2000 };

/* An allocation that is too large shall answer NULL under the address sanitiser, too. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* The problems every law is tried on: free, in a box, one-sided, from a corner that the slope leads
 * out of, with a fixed variable, scaled. */
typedef struct {
    double x0[N], lower[N], upper[N], scale[N];
    bool scaled;
} setting;

static const setting settings[] = {
    {{1.0, -2.0, 0.5},
     {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL},
     {HUGE_VAL, HUGE_VAL, HUGE_VAL},
     {1, 1, 1},
     false},
    {{1.0, -2.0, 0.5}, {-3.0, -3.0, -3.0}, {3.0, 0.5, 3.0}, {1, 1, 1}, false},
    {{1.0, -2.0, 0.5}, {1.0, -HUGE_VAL, -HUGE_VAL}, {HUGE_VAL, 0.0, HUGE_VAL}, {1, 1, 1}, false},
    {{2.0, -2.5, 0.5}, {2.0, -3.0, 0.5}, {3.0, -2.0, 3.0}, {1, 1, 1}, false}, /* a corner */
    {{1.0, -2.0, 0.5}, {-3.0, -2.0, -3.0}, {3.0, -2.0, 3.0}, {1, 1, 1}, false},
    {{1.0, -2.0, 0.5}, {-3.0, -2.0, -3.0}, {3.0, -2.0, 3.0}, {0x1p5, 2, 0x1p-7}, true},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static pm_task task_of(const setting *p, const pm_method *method, bool has_gradient)
{
    return (pm_task){
        .n = N,
        .x0 = p->x0,
        .lower = p->lower,
        .upper = p->upper,
        .scale = p->scaled ? p->scale : NULL,
        .has_gradient = has_gradient,
        .stopping = method->stopping,
        .budget = BUDGET,
        .key = {11, 12},
        .linalg = &jacobi,
    };
}

static pm_solver *new_solver(const pm_method *method, const pm_task *task)
{
    pm_solver *s = NULL;
    CHECK(pm_solver_new(&s, method, task) == PM_OK);
    return s;
}

static void answer(pm_batch *b)
{
    for (size_t j = 0; j < b->count; ++j) {
        b->f[j] = two_valleys(b->x + j * N, b->wants == PM_FG ? b->g + j * N : NULL);
    }
}

static uint64_t bits(double value)
{
    uint64_t word;
    memcpy(&word, &value, sizeof word);
    return word;
}

/* A checksum (FNV-1a) of all points asked for in up to `turns` turns, and of the iterate after
 * them. */
static uint64_t path(pm_solver *s, int turns)
{
    uint64_t sum = 14695981039346656037u;
    double x[N];

    for (int k = 0; k < turns; ++k) {
        pm_batch *b;
        pm_turn turn;
        pm_stop stop;
        if (pm_ask(s, &b) != PM_OK) {
            break;
        }
        for (size_t i = 0; i < b->count * N; ++i) {
            sum = (sum ^ bits(b->x[i])) * 1099511628211u;
        }
        answer(b);
        CHECK(pm_tell(s, &turn, &stop) == PM_OK);
        sum = (sum ^ (uint64_t)turn ^ ((uint64_t)stop << 8)) * 1099511628211u;
    }
    sum = (sum ^ bits(pm_solver_at(s, x))) * 1099511628211u;
    for (int i = 0; i < N; ++i) {
        sum = (sum ^ bits(x[i])) * 1099511628211u;
    }
    return sum;
}

static void ask_and_tell_take_turns(const pm_method *method)
{
    const pm_task task = task_of(&settings[1], method, true);
    pm_solver *s = new_solver(method, &task);
    pm_batch *b, *again;
    pm_turn turn;
    pm_stop stop;

    CHECK(pm_tell(s, &turn, &stop) == PM_OUT_OF_TURN);
    for (int k = 0; k < 5; ++k) {
        CHECK(pm_ask(s, &b) == PM_OK);
        CHECK(b == pm_asked(s) && b->n == N && b->count > 0 && b->count <= b->capacity);
        CHECK(b->wants == ((method->traits & PM_NEEDS_GRADIENT) ? PM_FG : PM_F) ||
              (method->traits & PM_USES_GRADIENT));
        CHECK(pm_ask(s, &again) == PM_OUT_OF_TURN);
        answer(b);
        CHECK(pm_tell(s, &turn, &stop) == PM_OK && stop == PM_RUNNING);
        CHECK(pm_tell(s, &turn, &stop) == PM_OUT_OF_TURN);
    }
    pm_solver_free(s);
}

static void a_solver_that_has_ended_asks_no_more(const pm_method *method)
{
    pm_task task = task_of(&settings[1], method, true);
    task.stopping.patience = 1;
    task.stopping.ftol = 1.0; /* no improvement counts */
    pm_solver *s = new_solver(method, &task);
    pm_batch *b;
    pm_turn turn;
    pm_stop stop = PM_RUNNING;

    for (int k = 0; k < 100 * BUDGET && stop == PM_RUNNING; ++k) {
        CHECK(pm_ask(s, &b) == PM_OK);
        answer(b);
        CHECK(pm_tell(s, &turn, &stop) == PM_OK);
    }
    CHECK(stop != PM_RUNNING);
    CHECK(pm_ask(s, &b) == PM_OUT_OF_TURN);
    CHECK(pm_tell(s, &turn, &stop) == PM_OUT_OF_TURN);
    pm_solver_free(s);
}

static void a_solver_keeps_to_the_box(const pm_method *method, const setting *p, bool has_gradient)
{
    const pm_task task = task_of(p, method, has_gradient);
    pm_solver *s = new_solver(method, &task);
    pm_batch *b;
    pm_turn turn;
    pm_stop stop = PM_RUNNING;
    size_t outside = 0;
    double x[N];

    for (int k = 0; k < 300 && stop == PM_RUNNING; ++k) {
        CHECK(pm_ask(s, &b) == PM_OK);
        for (size_t i = 0; i < b->count * N; ++i) {
            outside += !(b->x[i] >= p->lower[i % N] && b->x[i] <= p->upper[i % N]);
        }
        answer(b);
        CHECK(pm_tell(s, &turn, &stop) == PM_OK);
        pm_solver_at(s, x);
        for (int i = 0; i < N; ++i) {
            outside += !(x[i] >= p->lower[i] && x[i] <= p->upper[i]);
        }
    }
    CHECK(outside == 0);
    pm_solver_free(s);
}

/* Copied after any number of turns; the original is gone before the copy goes on, so that the
 * sanitiser sees a pointer that still leads there. */
static void a_copy_continues_bit_for_bit(const pm_method *method, const setting *p,
                                         bool has_gradient)
{
    enum { MORE = 60 };
    const pm_task task = task_of(p, method, has_gradient);

    for (int before = 0; before < 70; before += before < 8 ? 1 : 13) {
        pm_solver *s = new_solver(method, &task), *twin = NULL, *again = NULL;
        path(s, before);
        CHECK(pm_solver_copy(&twin, s) == PM_OK);
        CHECK(pm_solver_copy(&again, twin) == PM_OK);
        const uint64_t original = path(s, MORE);
        pm_solver_free(s);
        CHECK(path(twin, MORE) == original);
        pm_solver_free(twin);
        CHECK(path(again, MORE) == original);
        pm_solver_free(again);
    }
}

/* Between ask and tell: the copy waits for the same answer. */
static void a_copy_in_the_middle_of_a_turn_waits_too(const pm_method *method, const setting *p,
                                                     bool has_gradient)
{
    const pm_task task = task_of(p, method, has_gradient);
    pm_solver *s = new_solver(method, &task), *twin = NULL;
    pm_batch *b;
    pm_turn turn;
    pm_stop stop;

    path(s, 3);
    CHECK(pm_ask(s, &b) == PM_OK);
    CHECK(pm_solver_copy(&twin, s) == PM_OK);
    answer(b);
    CHECK(pm_tell(s, &turn, &stop) == PM_OK);
    const uint64_t original = path(s, 30);
    pm_solver_free(s);

    b = pm_asked(twin);
    answer(b);
    CHECK(pm_tell(twin, &turn, &stop) == PM_OK);
    CHECK(path(twin, 30) == original);
    pm_solver_free(twin);
}

static void same_task_same_path(const pm_method *method)
{
    const pm_task task = task_of(&settings[0], method, true);
    pm_solver *a = new_solver(method, &task), *b = new_solver(method, &task);
    CHECK(path(a, 200) == path(b, 200));
    pm_solver_free(a);
    pm_solver_free(b);

    pm_task other = task;
    other.key[1] ^= 1;
    a = new_solver(method, &task);
    b = new_solver(method, &other);
    CHECK((path(a, 200) != path(b, 200)) == ((method->traits & PM_IS_RANDOM) != 0));
    pm_solver_free(a);
    pm_solver_free(b);
}

/* The caller may reuse its arrays as soon as the solver is made. */
static void a_solver_keeps_its_own_task(const pm_method *method)
{
    setting theirs = settings[5];
    const pm_task task = task_of(&theirs, method, false);
    pm_solver *s = new_solver(method, &task);
    memset(&theirs, 0xff, sizeof theirs);

    const pm_task kept = task_of(&settings[5], method, false);
    pm_solver *reference = new_solver(method, &kept);
    CHECK(path(s, 100) == path(reference, 100));
    pm_solver_free(s);
    pm_solver_free(reference);
}

static void a_start_outside_is_moved_inside(const pm_method *method)
{
    setting p = settings[1];
    p.x0[0] = 99.0;
    const pm_task task = task_of(&p, method, true);
    pm_solver *s = new_solver(method, &task);
    double x[N];
    pm_solver_at(s, x);
    CHECK(x[0] == p.upper[0] && x[1] == p.x0[1]);
    pm_solver_free(s);
}

static void with_every_variable_fixed_one_evaluation_is_all(const pm_method *method)
{
    for (int has_gradient = 0; has_gradient <= 1; ++has_gradient) {
        const double x0[N] = {1.0, 2.0, 3.0};
        const pm_task task = {.n = N,
                              .x0 = x0,
                              .lower = x0,
                              .upper = x0,
                              .has_gradient = has_gradient,
                              .stopping = method->stopping,
                              .budget = BUDGET,
                              .linalg = &jacobi};
        pm_solver *s = new_solver(method, &task), *twin = NULL;
        pm_batch *b;
        pm_turn turn;
        pm_stop stop;
        double x[N];

        CHECK(pm_solver_copy(&twin, s) == PM_OK);
        pm_solver_free(s);
        CHECK(pm_ask(twin, &b) == PM_OK);
        CHECK(b->count == 1 && b->wants == PM_F);
        CHECK(memcmp(b->x, x0, sizeof x0) == 0);
        b->f[0] = 1.0;
        CHECK(pm_tell(twin, &turn, &stop) == PM_OK);
        CHECK(turn == PM_NO_MORE && stop == PM_FIXED);
        pm_solver_at(twin, x);
        CHECK(memcmp(x, x0, sizeof x0) == 0);
        CHECK(pm_ask(twin, &b) == PM_OUT_OF_TURN);
        pm_solver_free(twin);
    }
}

/* The option is set past its check, because no sensible value makes a size overflow. */
static void sizes_that_do_not_fit_are_an_error(void)
{
    const pm_method *lbfgs = pm_method_named("lbfgs");
    pm_task task = task_of(&settings[0], lbfgs, true);
    unsigned char *options = calloc(1, lbfgs->options_size);
    pm_solver *s = NULL;

    pm_options_default(lbfgs->options, options);
    CHECK(strcmp(lbfgs->options[0].name, "memory") == 0);
    size_t *memory = (size_t *)(void *)(options + lbfgs->options[0].offset);
    task.options = options;

    *memory = SIZE_MAX / 2; /* times 8 bytes: more than a size_t can say */
    CHECK(pm_solver_new(&s, lbfgs, &task) == PM_TOO_LARGE);
    *memory = (size_t)1 << 56; /* 2^61 bytes: no machine has them */
    CHECK(pm_solver_new(&s, lbfgs, &task) == PM_NO_MEMORY);
    CHECK(s == NULL);
    *memory = 5;
    CHECK(pm_solver_new(&s, lbfgs, &task) == PM_OK);
    pm_solver_free(s);
    pm_solver_free(NULL); /* nothing, as free() */
    free(options);
}

static void rows_are_found_by_name_and_by_place(void)
{
    CHECK(pm_method_count() > 0);
    for (size_t i = 0; i < pm_method_count(); ++i) {
        const pm_method *m = pm_method_row(i);
        CHECK(pm_method_named(m->name) == m);
        const char *const texts[] = {m->family, m->summary, m->when_not, m->citation};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; ++k) {
            CHECK(texts[k] != NULL && texts[k][0] != '\0');
        }
        for (const pm_option *o = m->options; o->name != NULL; ++o) {
            CHECK(o->low <= o->value && o->value <= o->high && o->help[0] != '\0');
            CHECK((o->kind == PM_CHOICE) == (o->choices != NULL));
        }
    }
    CHECK(pm_method_row(pm_method_count()) == NULL);
    CHECK(pm_method_named("nonesuch") == NULL && pm_method_named("") == NULL);
}

/* A method with a fault: it promises three points and asks for five. */
typedef struct {
    double *x;
} greedy;

static size_t greedy_points(const pm_task *task)
{
    (void)task;
    return 3;
}

static void greedy_layout(void *state, pm_arena *a, const pm_task *task)
{
    greedy *s = state;
    s->x = PM_TAKE(a, double, task->n);
}

static void greedy_start(void *state, const pm_task *task)
{
    const greedy *s = state;
    memcpy(s->x, task->x0, task->n * sizeof *s->x);
}

static void greedy_ask(void *state, pm_batch *b)
{
    const greedy *s = state;
    const size_t count = pm_offer(b, 5);

    b->wants = PM_F;
    for (size_t j = 0; j < count; ++j) {
        memcpy(b->x + j * b->n, s->x, b->n * sizeof *b->x);
    }
}

static pm_turn greedy_tell(void *state, const pm_batch *b)
{
    (void)state;
    (void)b;
    return PM_STEP_DONE;
}

static void greedy_at(const void *state, pm_iterate *out)
{
    const greedy *s = state;
    *out = (pm_iterate){.x = s->x};
}

static void a_batch_without_room_is_an_error(void)
{
    static const pm_option none[] = {PM_OPTIONS_END};
    static const pm_method method = {.name = "greedy",
                                     .options = none,
                                     .state_size = sizeof(greedy),
                                     .points = greedy_points,
                                     .layout = greedy_layout,
                                     .start = greedy_start,
                                     .ask = greedy_ask,
                                     .tell = greedy_tell,
                                     .at = greedy_at};
    const pm_task task = task_of(&settings[1], &method, false);
    pm_solver *s = new_solver(&method, &task);
    pm_batch *b;

    CHECK(pm_ask(s, &b) == PM_OVERFULL);
    CHECK(!pm_waiting(s));                  /* there is no batch to answer */
    CHECK(pm_ask(s, &b) == PM_OUT_OF_TURN); /* and nothing more is asked of it */
    pm_solver_free(s);
}

void test_solver(void)
{
    a_batch_without_room_is_an_error();
    for (size_t i = 0; i < pm_method_count(); ++i) {
        const pm_method *method = pm_method_row(i);
        ask_and_tell_take_turns(method);
        a_solver_that_has_ended_asks_no_more(method);
        for (size_t p = 0; p < SETTINGS; ++p) {
            for (int has_gradient = 0; has_gradient <= 1; ++has_gradient) {
                a_solver_keeps_to_the_box(method, &settings[p], has_gradient);
                a_copy_continues_bit_for_bit(method, &settings[p], has_gradient);
            }
        }
        a_copy_in_the_middle_of_a_turn_waits_too(method, &settings[4], false);
        a_copy_in_the_middle_of_a_turn_waits_too(method, &settings[0], true);
        same_task_same_path(method);
        a_solver_keeps_its_own_task(method);
        a_start_outside_is_moved_inside(method);
        with_every_variable_fixed_one_evaluation_is_all(method);
    }
    sizes_that_do_not_fit_are_an_error();
    rows_are_found_by_name_and_by_place();
}
