/* Adagrad: gradient descent whose step in each coordinate shrinks with the gradients seen there.
 *
 *   J. Duchi, E. Hazan & Y. Singer, "Adaptive subgradient methods for online learning and
 *   stochastic optimization", J. Mach. Learn. Res. 12, 2011, figure 1, diagonal case.
 *
 *   Departures: those of every first-order method (firstorder.c); epsilon is the delta of the
 *   paper, and the only regularisers are those of every first-order method.
 */
#include "methods/first_order/firstorder.h"
#include "base/vectors.h"

typedef struct {
    pm_first_order_options common;
    double epsilon;
} adagrad_options;

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS(0.1, "eta, the length of the first step in units of x"),
    PM_OPTION_REAL(adagrad_options, epsilon, 1e-10, 0.0, 1.0,
                   "added to the root of the sum, in units of the gradient"),
    PM_OPTIONS_END,
};

typedef struct {
    pm_first_order base;
    const adagrad_options *o;
    double *sum; /* [n] sum of the squared gradients */
} adagrad;

static void reset(void *state)
{
    adagrad *s = state;
    memset(s->sum, 0, s->base.n * sizeof *s->sum);
}

static bool update(void *state, double eta, const double *PM_RESTRICT x, double *PM_RESTRICT g)
{
    const adagrad *s = state;
    const double epsilon = pm_positive(s->o->epsilon);
    double *PM_RESTRICT sum = s->sum;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        sum[i] += g[i] * g[i];
        g[i] = x[i] - eta * g[i] / (sqrt(sum[i]) + epsilon);
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {.reset = reset, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    adagrad *s = state;

    pm_first_order_layout(&s->base, &rule, a, task);
    s->o = task->options;
    s->sum = PM_TAKE(a, double, task->n);
}

const pm_method pm_adagrad = {
    .name = "adagrad",
    PM_FIRST_ORDER_METHOD,
    .summary = "gradient descent with a step per coordinate that shrinks with the gradients seen",
    .when_not = "Where the way is long: its steps shrink from the first one on, whatever comes, "
                "and a steep start leaves it with short ones. Made for sparse gradients.",
    .citation = "J. Duchi, E. Hazan and Y. Singer, J. Mach. Learn. Res. 12, 2011",
    .options = options,
    .options_size = sizeof(adagrad_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(adagrad),
    .layout = layout,
};
