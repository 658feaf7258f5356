/* Stochastic gradient descent: x - alpha g.
 *
 *   H. Robbins & S. Monro, "A stochastic approximation method", Ann. Math. Stat. 22, 1951.
 *
 *   Departures: those of every first-order method (firstorder.c).  The rates of the paper, whose
 *   sum diverges while that of their squares does not, are schedule = "inverse_time".
 */
#include "methods/first_order/firstorder.h"
#include "base/vectors.h"

typedef struct {
    pm_first_order_options common;
} sgd_options;

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS(1e-3, "alpha, the step in units of x per unit of gradient"),
    PM_OPTIONS_END,
};

typedef struct {
    pm_first_order base;
} sgd;

static void reset(void *state)
{
    (void)state; /* nothing to reset */
}

static bool update(void *state, double alpha, const double *PM_RESTRICT x, double *PM_RESTRICT g)
{
    const sgd *s = state;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        g[i] = x[i] - alpha * g[i];
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {.reset = reset, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    sgd *s = state;

    pm_first_order_layout(&s->base, &rule, a, task);
}

const pm_method pm_sgd = {
    .name = "sgd",
    PM_FIRST_ORDER_METHOD,
    .summary = "steps against the gradient, no more: for objectives that are sums over samples",
    .when_not = "For a smooth function whose values are exact: `lbfgs` gets to the same digits "
                "with a small part of the evaluations, and needs no rate. Where curvatures "
                "differ by a factor of k, a digit takes it some k steps.",
    .citation = "H. Robbins and S. Monro, Ann. Math. Stat. 22, 1951",
    .options = options,
    .options_size = sizeof(sgd_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(sgd),
    .layout = layout,
};
