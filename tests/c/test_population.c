/* What a method is given besides x0, and what it tells of itself: the first population, integer
 * variables, measures.  Its subject is a method of a few lines. */
#include "test.h"

#include "base/arena.h"
#include "methods/global/population.h"
#include "solver/method.h"

#include <math.h>
#include <string.h>

enum { M = 6 }; /* points of the automatic population */

/* Asks for its first population, again and again. */
typedef struct {
    size_t n, m, turns;
    double *x; /* [m][n] */
} herd;

static size_t herd_size(const pm_task *task)
{
    return pm_population_size(task, 0, 2, M);
}

static void herd_layout(void *state, pm_arena *a, const pm_task *task)
{
    herd *s = state;
    s->n = task->n;
    s->m = herd_size(task);
    s->x = PM_TAKE(a, double, pm_times(s->m, s->n));
}

static void herd_start(void *state, const pm_task *task)
{
    herd *s = state;
    pm_rng rng = pm_rng_stream(task->key, 0);
    pm_first_population(task, 2.0, &rng, s->x, s->m);
}

static void herd_ask(void *state, pm_batch *b)
{
    const herd *s = state;
    b->count = s->m;
    b->wants = PM_F;
    memcpy(b->x, s->x, s->m * s->n * sizeof *b->x);
    b->x[0] += 0.4; /* never a whole number */
}

static pm_turn herd_tell(void *state, const pm_batch *b)
{
    herd *s = state;
    s->x[0] = b->x[0];
    s->turns += 1;
    return PM_STEP_DONE;
}

static void herd_at(const void *state, pm_iterate *out)
{
    const herd *s = state;
    *out = (pm_iterate){.x = s->x, .f = 1.0};
}

static const char *const herd_measures[] = {"turns", "size", NULL};

static void herd_measure(const void *state, double *out)
{
    const herd *s = state;
    out[0] = (double)s->turns;
    out[1] = (double)s->m;
}

static const pm_option none[] = {PM_OPTIONS_END};

static const pm_method herding = {
    .name = "herd",
    .traits = PM_HANDLES_BOUNDS | PM_HANDLES_INTEGERS,
    .options = none,
    .stopping = {.patience = 100},
    .state_size = sizeof(herd),
    .points = herd_size,
    .layout = herd_layout,
    .start = herd_start,
    .ask = herd_ask,
    .tell = herd_tell,
    .at = herd_at,
    .population = herd_size,
    .measures = herd_measures,
    .measure = herd_measure,
};

/* Three variables: one in a box, one fixed, one of which only the lower bound is known. */
enum { N = 3 };
static const double x0[N] = {1.0, 7.0, 10.0}, lower[N] = {-2.0, 7.0, 9.0},
                    upper[N] = {2.0, 7.0, HUGE_VAL};

static pm_task task_of(void)
{
    return (pm_task){.n = N, .x0 = x0, .lower = lower, .upper = upper, .key = {20, 26}};
}

static pm_batch *first_batch(pm_solver **s, const pm_method *method, const pm_task *task)
{
    pm_batch *b = NULL;
    CHECK(pm_solver_new(s, method, task) == PM_OK);
    CHECK(pm_ask(*s, &b) == PM_OK);
    return b;
}

static void points_are_drawn_from_the_box_and_around_x0_where_it_is_open(void)
{
    const pm_task task = task_of();
    pm_rng rng = pm_rng_stream(task.key, 0); /* the words that the method draws */
    pm_solver *s;
    pm_batch *b = first_batch(&s, &herding, &task);

    CHECK(b->count == M && pm_population(&herding, &task) == M);
    CHECK_NEAR(b->x[0], 1.4, 1e-15);
    CHECK(b->x[1] == 7.0 && b->x[2] == 10.0);
    for (size_t j = 1; j < M; ++j) {
        const double u = pm_rng_uniform(&rng), v = pm_rng_uniform(&rng);
        CHECK(b->x[j * N] == -2.0 + 4.0 * u);
        CHECK(b->x[j * N + 1] == 7.0);
        CHECK(b->x[j * N + 2] == 9.0 + 21.0 * v); /* x0 + 2 * 10 is the far end */
    }
    pm_solver_free(s);
}

static void given_points_come_first_then_those_of_the_design(void)
{
    static const double given[2 * N] = {-1.0, 7.0, 11.0, 5.0, 0.0, 12.0};
    static const double design[2 * N] = {0.25, 0.9, 0.5, 0.0, 0.9, 0.0};
    pm_task task = task_of();
    pm_solver *s;

    task.given = given;
    task.n_given = 2;
    CHECK(pm_population(&herding, &task) == 2); /* they are the population */
    CHECK(pm_population_size(&task, 1, 2, M) == 2);
    CHECK(pm_population_size(&task, 4, 2, M) == 4);
    CHECK(pm_population_size(&task, 0, 5, M) == 5);
    pm_batch *b = first_batch(&s, &herding, &task);
    CHECK(b->count == 2);
    CHECK_NEAR(b->x[0], -0.6, 1e-15);
    CHECK(b->x[2] == 11.0);
    CHECK(b->x[3] == 2.0 && b->x[4] == 7.0 && b->x[5] == 12.0); /* moved into the box */
    pm_solver_free(s);

    task.n_given = 0;
    task.design = design;
    task.n_design = 2;
    b = first_batch(&s, &herding, &task);
    CHECK(b->count == M);
    CHECK(b->x[3] == -1.0 && b->x[5] == 19.5);
    CHECK(b->x[6] == -2.0 && b->x[8] == 9.0);
    CHECK(b->x[9] >= -2.0 && b->x[9] <= 2.0 && b->x[9] != -2.0); /* beyond it, drawn */
    pm_solver_free(s);
}

static void integer_variables_are_whole_numbers(void)
{
    static const bool integer[N] = {true, true, false};
    static const double given[N] = {-1.4, 7.0, 11.5};
    pm_task task = task_of();
    pm_solver *s, *twin;
    size_t at_end = 0;

    task.integer = integer;
    pm_batch *b = first_batch(&s, &herding, &task);
    CHECK(b->x[0] == 1.0); /* not 1.4 */
    for (size_t j = 0; j < M; ++j) {
        CHECK(b->x[j * N] == round(b->x[j * N]) && fabs(b->x[j * N]) <= 2.0);
        CHECK(j == 0 || b->x[j * N + 2] != round(b->x[j * N + 2]));
    }
    CHECK(pm_solver_copy(&twin, s) == PM_OK); /* in the middle of a turn */
    pm_solver_free(s);
    pm_turn turn;
    pm_stop stop;
    CHECK(pm_tell(twin, &turn, &stop) == PM_OK && turn == PM_STEP_DONE);
    CHECK(pm_ask(twin, &b) == PM_OK);
    CHECK(b->x[0] == 1.0 && b->x[1] == 7.0);
    pm_solver_free(twin);

    task.given = given;
    task.n_given = 1;
    b = first_batch(&s, &herding, &task);
    CHECK(b->x[0] == -1.0 && b->x[2] == 11.5);
    pm_solver_free(s);

    /* Each of the five numbers is drawn as often: 1000 of 5000, and 4 standard deviations. */
    double x[5001 * 2];
    const double start[2] = {0.0, 0.0}, low[2] = {-2.0, 0.0}, high[2] = {2.0, 1.0};
    const pm_task drawn = {.n = 2, .x0 = start, .lower = low, .upper = high, .integer = integer};
    pm_rng rng = pm_rng_stream(drawn.key, 0);
    pm_first_population(&drawn, 1.0, &rng, x, 5001);
    for (size_t j = 1; j < 5001; ++j) {
        at_end += x[2 * j] == 2.0;
    }
    CHECK(at_end > 887 && at_end < 1113);
}

static void herd_ask_gradient(void *state, pm_batch *b)
{
    herd_ask(state, b);
    b->wants = PM_FG;
}

/* Told as often as it asked: what it was given along the first variable, and along the last. */
static pm_turn herd_tell_gradient(void *state, const pm_batch *b)
{
    const herd *s = state;
    for (size_t j = 0; j < s->m; ++j) {
        CHECK(b->g[2 * j] == 0.0);
        CHECK_NEAR(b->g[2 * j + 1], 3.0, 1e-5);
    }
    return herd_tell(state, b);
}

static void integer_variables_have_no_slope(bool has_gradient)
{
    static const bool integer[N] = {true, false, false};
    pm_method asking = herding;
    pm_task task = task_of();
    pm_solver *s, *twin;
    pm_turn turn = PM_MID_STEP;
    pm_stop stop;
    size_t evaluations = 0;

    asking.traits |= PM_NEEDS_GRADIENT;
    asking.ask = herd_ask_gradient;
    asking.tell = herd_tell_gradient;
    task.integer = integer;
    task.has_gradient = has_gradient;
    CHECK(pm_solver_new(&s, &asking, &task) == PM_OK);
    CHECK(pm_solver_copy(&twin, s) == PM_OK);
    pm_solver_free(s);
    while (turn == PM_MID_STEP) {
        pm_batch *b = NULL;
        CHECK(pm_ask(twin, &b) == PM_OK);
        for (size_t j = 0; j < b->count; ++j) {
            const double *x = b->x + j * N;
            CHECK(x[0] == round(x[0]));
            b->f[j] = 5.0 * x[0] + 3.0 * x[2];
            for (size_t i = 0; has_gradient && i < N; ++i) {
                b->g[j * N + i] = (double[]){5.0, 0.0, 3.0}[i];
            }
        }
        evaluations += b->count;
        CHECK(pm_tell(twin, &turn, &stop) == PM_OK);
    }
    CHECK(evaluations == (has_gradient ? M : 2 * M));
    pm_solver_free(twin);
}

/* In units of 4, about x0 = 0.5, and of 8 the points stand at -1/2, 0, 1/2 and at 0, 0, 3/4: their
 * variances are 1/6 and 1/8. */
static void diversity_is_a_distance_from_the_mean(void)
{
    static const double x[6] = {-1.5, -1.0, 0.5, -1.0, 2.5, 5.0};
    const pm_task task = {.n = 2,
                          .x0 = (double[]){0.5, 0.0},
                          .lower = (double[]){-HUGE_VAL, -4.0},
                          .upper = (double[]){HUGE_VAL, 4.0}};

    CHECK_NEAR(pm_diversity(&task, 2.0, x, 3), sqrt((1.0 / 6.0 + 1.0 / 8.0) / 2.0), 1e-15);
    CHECK(pm_diversity(&task, 2.0, x, 1) == 0.0);
    CHECK(pm_diversity(&task, 2.0, x, 0) == 0.0);
}

static void free_integers_need_a_method_that_takes_them(void)
{
    static const bool first[N] = {true, false, false}, second[N] = {false, true, false};
    pm_method stranger = herding;
    pm_task task = task_of();
    pm_solver *s = NULL;

    stranger.traits = PM_HANDLES_BOUNDS;
    task.integer = first;
    CHECK(pm_solver_new(&s, &stranger, &task) == PM_NO_INTEGERS);
    task.integer = second; /* it is fixed */
    CHECK(pm_solver_new(&s, &stranger, &task) == PM_OK);
    pm_solver_free(s);
}

static void a_method_tells_of_itself(void)
{
    const pm_task task = task_of();
    double told[2] = {-1.0, -1.0};
    pm_solver *s;
    pm_turn turn;
    pm_stop stop;

    first_batch(&s, &herding, &task);
    CHECK(pm_tell(s, &turn, &stop) == PM_OK);
    pm_solver_measure(s, told);
    CHECK(told[0] == 1.0 && told[1] == M);
    pm_solver_free(s);
}

void test_population(void)
{
    points_are_drawn_from_the_box_and_around_x0_where_it_is_open();
    given_points_come_first_then_those_of_the_design();
    integer_variables_are_whole_numbers();
    integer_variables_have_no_slope(false);
    integer_variables_have_no_slope(true);
    diversity_is_a_distance_from_the_mean();
    free_integers_need_a_method_that_takes_them();
    a_method_tells_of_itself();
}
