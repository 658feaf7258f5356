/* Momentum: the heavy-ball method.
 *
 *   B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Comput.
 *   Math. Math. Phys. 4, 1964, eq. 9: x - alpha g + beta (x - x_last).  The last step is kept as v,
 *   so the momentum term does not depend on a change of the rate.
 *
 *   Departures from the paper: those of every first-order method (firstorder.c).
 */
#include "methods/first_order/firstorder.h"
#include "base/vectors.h"

typedef struct {
    pm_first_order_options common;
    double beta;
} momentum_options;

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS(1e-3, "alpha, the step in units of x per unit of gradient"),
    PM_OPTION_REAL(momentum_options, beta, 0.9, 0.0, 0.999999,
                   "share of the last move in the next one"),
    PM_OPTIONS_END,
};

typedef struct {
    pm_first_order base;
    const momentum_options *o;
    double *v; /* [n] the last step */
} momentum;

static void reset(void *state)
{
    momentum *s = state;
    memset(s->v, 0, s->base.n * sizeof *s->v);
}

static bool update(void *state, double alpha, const double *PM_RESTRICT x, double *PM_RESTRICT g)
{
    const momentum *s = state;
    const double beta = s->o->beta;
    double *PM_RESTRICT v = s->v;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        v[i] = beta * v[i] - alpha * g[i];
        g[i] = x[i] + v[i];
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {.reset = reset, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    momentum *s = state;

    pm_first_order_layout(&s->base, &rule, a, task);
    s->o = task->options;
    s->v = PM_TAKE(a, double, task->n);
}

const pm_method pm_momentum = {
    .name = "momentum",
    PM_FIRST_ORDER_METHOD,
    .summary = "gradient descent that keeps a share of its last move: a heavy ball",
    .when_not = "As `sgd`. In the long run it goes 1 / (1 - beta) times as far on the same "
                "gradients: on samples lower the rate by as much.",
    .citation = "B. T. Polyak, USSR Comput. Math. Math. Phys. 4, 1964",
    .options = options,
    .options_size = sizeof(momentum_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(momentum),
    .layout = layout,
};
