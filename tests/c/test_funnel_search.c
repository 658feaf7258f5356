/* The walks of funnel search: where each of their searches begins. */
#include "base/rng.h"
#include "methods/global/multistart/funnel.h"
#include "run.h"

#include <stdlib.h>

enum { STARTS, PROPOSALS }; /* streams of random numbers */
enum { N = 2, LBFGS = 2, STAGNATION = 3 };

static const double x0[] = {1.0, -1.0}, lower[] = {-4.0, -2.0}, upper[] = {4.0, 6.0};

static const double LAMBDA = 0.01, NARROWEST = 0.1, WIDEST = 0.4;

/* A walk beside that of the method. */
typedef struct {
    run r;
    pm_rng starts, proposals;
    pm_funnel funnel;
    void *block;
} walk;

/* The model beside it goes on reading the task, which therefore stays where it is. */
static void begin_walk(walk *w)
{
    *w = (walk){.r = prepared("funnel_search")};
    set(&w->r, "local_method", LBFGS);
    set(&w->r, "stagnation", STAGNATION);
    set(&w->r, "regularization", LAMBDA);
    set(&w->r, "narrowest", NARROWEST);
    set(&w->r, "widest", WIDEST);
    w->r.task.has_gradient = true;
    begin(&w->r, N, x0, lower, upper, 1000, 0);
    w->starts = pm_rng_stream(key, STARTS);
    w->proposals = pm_rng_stream(key, PROPOSALS);
    pm_arena measure = {0};
    pm_funnel_layout(&w->funnel, &measure, &w->r.task);
    w->block = calloc(1, measure.used);
    pm_arena place = {.block = w->block};
    pm_funnel_layout(&w->funnel, &place, &w->r.task);
    pm_funnel_begin(&w->funnel, LAMBDA);
}

static void end(walk *w)
{
    pm_solver_free(w->r.s);
    free(w->block);
}

/* One search: begins at x, and is told that it has ended there at once, with the value f. */
static void search(walk *w, const double *x, double f)
{
    run *r = &w->r;
    ask(r);
    CHECK(r->b->count == 1 && r->b->wants == PM_FG);
    CHECK_NEAR(r->b->x[0], x[0], 1e-12);
    CHECK_NEAR(r->b->x[1], x[1], 1e-12);
    r->b->f[0] = f;
    r->b->g[0] = r->b->g[1] = 0.0;
    tell(r);
    CHECK(r->turn == PM_STEP_DONE && r->stop == PM_RUNNING);
}

/* And the model beside it learns of that minimum. */
static void search_and_learn(walk *w, const double *x, double f)
{
    double u[N];
    for (size_t i = 0; i < N; ++i) {
        u[i] = (x[i] - lower[i]) / (upper[i] - lower[i]);
    }
    search(w, x, f);
    pm_funnel_add(&w->funnel, u, f);
}

static void uniform(walk *w, const double *corner, double size, double *x)
{
    for (size_t i = 0; i < N; ++i) {
        const double u = corner[i] + size * pm_rng_uniform(&w->starts);
        x[i] = lower[i] + (upper[i] - lower[i]) * fmin(fmax(u, 0.0), 1.0);
    }
}

static double trend(const double *x)
{
    return (x[0] - 2.0) * (x[0] - 2.0) + 0.5 * (x[1] - 3.0) * (x[1] - 3.0);
}

static void propose(walk *w, double *x)
{
    CHECK(pm_funnel_propose(&w->funnel, &w->proposals, x));
    for (size_t i = 0; i < N; ++i) {
        x[i] = fmin(fmax(lower[i] + (upper[i] - lower[i]) * x[i], lower[i]), upper[i]);
    }
}

/* x0 and five uniform points of the box; what the model proposes, until three searches have found
 * nothing lower; the lowest minimum once more; and then a walk from a part of the box. */
static void a_walk_opens_is_led_and_ends(void)
{
    static const double whole[N] = {0.0, 0.0};
    walk w;
    begin_walk(&w);
    double x[N], low[N] = {x0[0], x0[1]};

    search_and_learn(&w, x0, trend(x0));
    for (int k = 1; k < PM_FUNNEL_NEEDS; ++k) {
        uniform(&w, whole, 1.0, x);
        search_and_learn(&w, x, trend(x));
    }
    for (int k = 0; k < 4; ++k) { /* lower by much each time: no end in sight */
        propose(&w, x);
        search_and_learn(&w, x, -10.0 * (1 + k));
        memcpy(low, x, sizeof low);
    }
    for (int k = 0; k < STAGNATION; ++k) {
        propose(&w, x);
        search_and_learn(&w, x, 5.0 + k);
    }
    search(&w, low, -41.0);
    double best[N];
    CHECK(pm_solver_at(w.r.s, best) == -41.0 && best[0] == low[0] && best[1] == low[1]);

    const double size = NARROWEST * pow(WIDEST / NARROWEST, pm_rng_uniform(&w.starts));
    double corner[N];
    for (size_t i = 0; i < N; ++i) {
        corner[i] = pm_rng_uniform(&w.starts) - 0.5 * size;
    }
    for (int k = 0; k < PM_FUNNEL_NEEDS; ++k) {
        uniform(&w, corner, size, x);
        search(&w, x, 3.0 + k);
    }
    end(&w);
}

void test_funnel_search(void)
{
    a_walk_opens_is_led_and_ends();
}
