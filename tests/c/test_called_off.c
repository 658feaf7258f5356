/* Long work is left as soon as somebody calls the run off, and memory grows with n. */
#include "base/arena.h"
#include "run.h"
#include "solver/lookout.h"

#include <stdlib.h>

enum { N = PM_LARGE + 100 };

/* Somebody who calls off once he is asked; until then nobody asks him. */
static pm_stop at_once(void *self, bool step_done)
{
    (void)step_done;
    *(size_t *)self += 1;
    return PM_INTERRUPTED;
}

typedef struct {
    run r;
    pm_lookout *out;
    pm_watch watch;
    size_t asked; /* how often he was */
    double x[3][N];
} walk;

static void begin_walk(walk *w, const char *name, bool gradient)
{
    *w = (walk){.r = prepared(name), .watch = {.poll = at_once, .self = &w->asked}};
    for (size_t i = 0; i < N; ++i) {
        w->x[0][i] = -1.0 + 0.001 * (double)i;
        w->x[1][i] = -3.0;
        w->x[2][i] = 4.0;
    }
    w->r.task.has_gradient = w->r.task.has_hessian = gradient;
    begin(&w->r, N, w->x[0], w->x[1], w->x[2], 1000 * N, 0);
    w->out = pm_solver_lookout(w->r.s);
    pm_lookout_start(w->out, &w->watch, HUGE_VAL);
    w->out->next = HUGE_VAL;
}

/* Curvatures from 2 to 14, in turn. */
static double curvature(size_t i)
{
    return 2.0 * (double)(1 + i % 7);
}

static void answer(const pm_batch *b)
{
    for (size_t j = 0; j < b->count; ++j) {
        const double *x = b->x + j * N;
        double f = 0.0;
        for (size_t i = 0; i < N; ++i) {
            const double slope = curvature(i) * (x[i] - 0.7);
            f += 0.5 * slope * (x[i] - 0.7);
            if (b->wants == PM_FG) {
                b->g[j * N + i] = slope;
            }
            if (b->wants == PM_HV) {
                b->hv[j * N + i] = curvature(i) * b->v[j * N + i];
            }
        }
        b->f[j] = f;
    }
}

/* Whoever looks next finds that it is time to ask; or never is. */
static void make_due(pm_lookout *out, bool due)
{
    out->next = due ? -HUGE_VAL : HUGE_VAL;
    out->tick = INT64_MIN;
}

/* The run, called off in turn `turn` if anybody looks then, else soon after; how it ended. */
static pm_stop called_off(walk *w, size_t turn, bool asking)
{
    for (size_t k = 1; w->r.stop == PM_RUNNING && k <= turn; ++k) {
        make_due(w->out, k == turn && asking);
        ask(&w->r);
        if (w->out->stop != PM_RUNNING) {
            return w->out->stop;
        }
        answer(w->r.b);
        make_due(w->out, k == turn);
        tell(&w->r);
    }
    return w->r.stop;
}

/* A turn of each that takes long among many variables: the design of bobyqa, of which the model
 * took half a minute at n = 2000, the first simplex, a generation ... */
static void long_work_is_left_at_once(void)
{
    static const struct {
        const char *name;
        size_t turn;
        bool asking;
    } works[] = {
        {"bfgs", 3, false},
        {"lbfgs", 15, false},
        {"bobyqa", 2, false},
        {"bobyqa", 2, true},
        {"nelder_mead", 2, false},
        {"nelder_mead", 2, true},
        {"cmaes", 1, false},
        {"cmaes", 1, true},
        {"differential_evolution", 2, false},
        {"differential_evolution", 2, true},
        {"genetic", 1, false},
        {"genetic", 2, true},
    };

    for (size_t k = 0; k < sizeof works / sizeof *works; ++k) {
        walk *w = malloc(sizeof *w);
        begin_walk(w, works[k].name, true);
        CHECK(called_off(w, works[k].turn, works[k].asking) == PM_INTERRUPTED);
        CHECK(w->asked == 1);
        pm_solver_free(w->r.s);
        free(w);
    }
}

/* A first population was none: while it was drawn, the run counted as over. */
static void a_start_is_not_called_off(void)
{
    walk *w = malloc(sizeof *w);
    begin_walk(w, "differential_evolution", false);
    const double *x = ask(&w->r);
    CHECK(w->r.b->count > 2);
    CHECK(memcmp(x + N, x + 2 * N, N * sizeof *x) != 0);
    pm_solver_free(w->r.s);
    free(w);
}

/* Whatever the method was about, it can still be asked where it is, copied, and freed. */
static void what_was_called_off_can_be_looked_at(void)
{
    static const size_t turns[] = {2, 5};

    for (size_t k = 0; k < 2 * pm_method_count(); ++k) {
        const pm_method *m = pm_method_row(k / 2);
        walk *w = malloc(sizeof *w);
        double x[N], measures[16];
        pm_solver *copy;
        begin_walk(w, m->name, k % 3 > 0);
        called_off(w, turns[k % 2], k % 4 < 2);
        const double f = pm_solver_at(w->r.s, x);
        CHECK(!isnan(f) && !isnan(x[0]) && !isnan(x[N - 1]));
        if (m->measure != NULL) {
            pm_solver_measure(w->r.s, measures);
        }
        CHECK(pm_solver_copy(&copy, w->r.s) == PM_OK);
        pm_solver_free(copy);
        pm_solver_free(w->r.s);
        free(w);
    }
}

/* ---------------------------------------------------------------------------------- memory ------------ */

/* What holds n^2 numbers by definition. */
static const char *const dense[] = {
    "bfgs",        /* a triangular factor of the whole Hessian */
    "nelder_mead", /* n + 1 vertices */
    "bobyqa",      /* 2 n + 1 points, and the inverse of a matrix of order 3 n + 2 */
};

static bool is_dense(const pm_method *m)
{
    for (size_t k = 0; k < sizeof dense / sizeof *dense; ++k) {
        if (strcmp(m->name, dense[k]) == 0) {
            return true;
        }
    }
    return false;
}

/* Of the method in a box, and of a batch with gradients. */
static double bytes(const pm_method *m, size_t n, bool gradient)
{
    double *zero = calloc(2 * n, sizeof *zero), *one = zero + n, options[64];
    pm_arena a = {0};

    for (size_t i = 0; i < n; ++i) {
        one[i] = 1.0;
    }
    pm_options_default(m->options, options);
    const pm_task task = {.n = n,
                          .x0 = zero,
                          .lower = zero,
                          .upper = one,
                          .bounded = true,
                          .has_gradient = gradient,
                          .options = options,
                          .stopping = m->stopping,
                          .budget = 10000 * (n + 1),
                          .linalg = &jacobi};
    void *state = calloc(1, m->state_size);
    m->layout(state, &a, &task);
    CHECK(!a.overflow);
    const size_t points = m->points == NULL ? 1 : m->points(&task);
    free(state);
    free(zero);
    return (double)a.used + 16.0 * (double)points * (double)n;
}

/* annealing took 1.6 GB at n = 1e4, for a dense bfgs inside. */
static void memory_grows_with_the_variables(void)
{
    static const size_t from[] = {5000, 10000, 50000};

    for (size_t k = 0; k < pm_method_count(); ++k) {
        const pm_method *m = pm_method_row(k);
        for (size_t j = 0; j < 3 && !is_dense(m); ++j) {
            const size_t n = from[j];
            CHECK(bytes(m, 2 * n, true) <= 2.1 * bytes(m, n, true));
            CHECK(bytes(m, 2 * n, false) <= 2.1 * bytes(m, n, false));
            CHECK(bytes(m, n, true) <= 8e4 * (double)n + 0.5e9);
        }
    }
}

void test_called_off(void)
{
    a_start_is_not_called_off();
    long_work_is_left_at_once();
    what_was_called_off_can_be_looked_at();
    memory_grows_with_the_variables();
}
