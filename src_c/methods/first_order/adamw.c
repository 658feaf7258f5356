/* AdamW: Adam with a decay towards 0 that does not go through its moments.
 *
 *   I. Loshchilov & F. Hutter, "Decoupled weight decay regularization", ICLR 2019,
 *   arXiv:1711.05101, algorithm 2, whose symbols are used here.
 *
 *   Departures: those of every first-order method (firstorder.c); the decay is multiplied by
 *   learning_rate too, as in all common implementations, so its range is the same at every rate.
 */
#include "methods/first_order/moments.h"
#include "base/vectors.h"

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS_DECAY(1e-3, "alpha, the length of a typical step in units of x", 1e-2),
    PM_MOMENTS_OPTIONS,
    PM_OPTIONS_END,
};

static bool update(void *state, double alpha, const double *PM_RESTRICT x, double *PM_RESTRICT g)
{
    const pm_moments *s = state;
    const double beta1 = s->o->beta1, beta2 = s->o->beta2, epsilon = pm_positive(s->o->epsilon);
    const double debias1 = 1.0 / (1.0 - s->beta1_t), debias2 = 1.0 / (1.0 - s->beta2_t);
    const double lambda = s->base.o->weight_decay;
    double *PM_RESTRICT m = s->m, *PM_RESTRICT v = s->v;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];

        const double m_hat = m[i] * debias1;
        const double v_hat = v[i] * debias2;
        g[i] = x[i] - alpha * (m_hat / (sqrt(v_hat) + epsilon) + lambda * x[i]);
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {
    .reset = pm_moments_reset, .begin = pm_moments_begin, .decays = true, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    pm_moments_layout(state, &rule, a, task);
}

const pm_method pm_adamw = {
    .name = "adamw",
    PM_FIRST_ORDER_METHOD,
    .summary = "Adam with a decay towards 0 that does not go through its moments",
    .when_not = "Where the minimum of f itself is wanted: the decay pulls towards 0, and the "
                "path ends beside it (`weight_decay=0` makes it `adam`). It is for models that "
                "should not overfit.",
    .citation = "I. Loshchilov and F. Hutter, ICLR 2019, arXiv:1711.05101",
    .options = options,
    .options_size = sizeof(pm_moments_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(pm_moments),
    .layout = layout,
};
