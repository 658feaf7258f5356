/* Lion: the sign of a momentum, so that every coordinate moves by the same length.
 *
 *   X. Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023,
 *   arXiv:2302.06675, algorithm 2, whose symbols are used here; weight_decay is its lambda.
 *
 *   Departures from the paper: those of every first-order method (firstorder.c).
 */
#include "methods/first_order/firstorder.h"
#include "base/vectors.h"

typedef struct {
    pm_first_order_options common;
    double beta1, beta2;
} lion_options;

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS(1e-3, "eta, by which every coordinate moves, in units of x"),
    PM_OPTION_REAL(lion_options, beta1, 0.9, 0.0, 1.0, "share of m in what gives the sign"),
    PM_OPTION_REAL(lion_options, beta2, 0.99, 0.0, 0.999999, "decay of m"),
    PM_OPTIONS_END,
};

typedef struct {
    pm_first_order base;
    const lion_options *o;
    double *m; /* [n] mean gradient */
} lion;

static void reset(void *state)
{
    lion *s = state;
    memset(s->m, 0, s->base.n * sizeof *s->m);
}

static bool update(void *state, double eta, const double *PM_RESTRICT x, double *PM_RESTRICT g)
{
    const lion *s = state;
    const double beta1 = s->o->beta1, beta2 = s->o->beta2, lambda = s->base.o->weight_decay;
    double *PM_RESTRICT m = s->m;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        const double c = beta1 * m[i] + (1.0 - beta1) * g[i];
        const double sign = (double)(c > 0.0) - (double)(c < 0.0);
        m[i] = beta2 * m[i] + (1.0 - beta2) * g[i];
        seen |= pm_not_finite(m[i]); /* `sign` would be 0 for a NaN and hide it */
        g[i] = x[i] - eta * (sign + lambda * x[i]);
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {.reset = reset, .decays = true, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    lion *s = state;

    pm_first_order_layout(&s->base, &rule, a, task);
    s->o = task->options;
    s->m = PM_TAKE(a, double, task->n);
}

const pm_method pm_lion = {
    .name = "lion",
    PM_FIRST_ORDER_METHOD,
    .summary = "the sign of a momentum: every coordinate moves by the same length",
    .when_not = "Where digits matter: every coordinate moves by `learning_rate` in every step, "
                "so it ends no nearer than that without a schedule. It wants a third to a tenth "
                "of Adam's rate.",
    .citation = "X. Chen et al., NeurIPS 2023, arXiv:2302.06675",
    .options = options,
    .options_size = sizeof(lion_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(lion),
    .layout = layout,
};
