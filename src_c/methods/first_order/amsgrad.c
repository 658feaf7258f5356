/* AMSGrad: Adam, whose steps per coordinate never grow.
 *
 *   S. J. Reddi, S. Kale & S. Kumar, "On the convergence of Adam and beyond", ICLR 2018,
 *   arXiv:1904.09237, algorithm 2, whose symbols are used here.
 *
 *   Departures: those of every first-order method (firstorder.c); the moments are debiased as in
 *   Adam, which the paper leaves out for simplicity, and epsilon is Adam's.
 */
#include "methods/first_order/moments.h"
#include "base/vectors.h"

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS(1e-3, "alpha, the length of a typical step in units of x"),
    PM_MOMENTS_OPTIONS,
    PM_OPTIONS_END,
};

typedef struct {
    pm_moments moments;
    double *v_hat; /* [n] the largest v so far */
} amsgrad;

static void reset(void *state)
{
    amsgrad *s = state;
    pm_moments_reset(state);
    memset(s->v_hat, 0, s->moments.base.n * sizeof *s->v_hat);
}

static bool update(void *state, double alpha, const double *PM_RESTRICT x, double *PM_RESTRICT g)
{
    const pm_moments *s = state;
    const double beta1 = s->o->beta1, beta2 = s->o->beta2, epsilon = pm_positive(s->o->epsilon);
    const double debias1 = 1.0 / (1.0 - s->beta1_t), debias2 = 1.0 / (1.0 - s->beta2_t);
    double *PM_RESTRICT m = s->m, *PM_RESTRICT v = s->v,
                        *PM_RESTRICT v_hat = ((amsgrad *)state)->v_hat;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];
        v_hat[i] = v[i] > v_hat[i] ? v[i] : v_hat[i];
        g[i] = x[i] - alpha * (m[i] * debias1) / (sqrt(v_hat[i] * debias2) + epsilon);
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {.reset = reset, .begin = pm_moments_begin, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    amsgrad *s = state;

    pm_moments_layout(&s->moments, &rule, a, task);
    s->v_hat = PM_TAKE(a, double, task->n);
}

const pm_method pm_amsgrad = {
    .name = "amsgrad",
    PM_FIRST_ORDER_METHOD,
    .summary = "Adam, whose steps per coordinate never grow",
    .when_not = "Where gradients are large at first and small later: the steps stay as short as "
                "the largest ones demanded. Otherwise as `adam`.",
    .citation = "S. J. Reddi, S. Kale and S. Kumar, ICLR 2018, arXiv:1904.09237",
    .options = options,
    .options_size = sizeof(pm_moments_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(amsgrad),
    .layout = layout,
};
