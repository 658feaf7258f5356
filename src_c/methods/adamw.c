/* AdamW: Adam, and a decay towards 0 that does not go through its moments.
 *
 *   I. Loshchilov & F. Hutter, "Decoupled weight decay regularization", ICLR 2019,
 *   arXiv:1711.05101, algorithm 2, whose symbols are used here.
 *
 *   Departures: those of every first-order method (firstorder.c); the decay is multiplied by
 *   learning_rate too, as in all common implementations, so its range is the same at every rate.
 */
#include "firstorder.h"
#include "vectors.h"

typedef struct {
    pm_first_order_options common;
    double beta1, beta2, epsilon;
} adamw_options;

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS_DECAY(1e-3, "alpha, the length of a typical step in units of x", 1e-2),
    PM_OPTION_REAL(adamw_options, beta1, 0.9, 0.0, 0.999999, "decay of the first moment m"),
    PM_OPTION_REAL(adamw_options, beta2, 0.999, 0.0, 0.999999, "decay of the second moment v"),
    PM_OPTION_REAL(adamw_options, epsilon, 1e-8, 0.0, 1.0,
                   "added to sqrt(v), in units of the gradient"),
    PM_OPTIONS_END,
};

typedef struct {
    pm_first_order base;
    const adamw_options *o;
    double beta1_t, beta2_t; /* beta1^t, beta2^t */
    double *m, *v;           /* [n] moments */
} adamw;

static void reset(void *state)
{
    adamw *s = state;
    s->beta1_t = s->beta2_t = 1.0;
    memset(s->m, 0, s->base.n * sizeof *s->m);
    memset(s->v, 0, s->base.n * sizeof *s->v);
}

static void begin(void *state, double alpha, const double *x, const double *g)
{
    adamw *s = state;
    (void)alpha, (void)x, (void)g;
    s->beta1_t *= s->o->beta1;
    s->beta2_t *= s->o->beta2;
}

static bool update(void *state, double alpha, const double *PM_RESTRICT x, double *PM_RESTRICT g,
                   size_t from, size_t to)
{
    const adamw *s = state;
    const double beta1 = s->o->beta1, beta2 = s->o->beta2, epsilon = pm_positive(s->o->epsilon);
    const double debias1 = 1.0 / (1.0 - s->beta1_t), debias2 = 1.0 / (1.0 - s->beta2_t);
    const double lambda = s->base.o->weight_decay;
    double *PM_RESTRICT m = s->m, *PM_RESTRICT v = s->v;
    uint64_t seen = 0;

    for (size_t i = from; i < to; ++i) {
        m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];

        const double m_hat = m[i] * debias1;
        const double v_hat = v[i] * debias2;
        g[i] = x[i] - alpha * (m_hat / (sqrt(v_hat) + epsilon) + lambda * x[i]);
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {.reset = reset, .begin = begin, .decays = true, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    adamw *s = state;

    pm_first_order_layout(&s->base, &rule, a, task);
    s->o = task->options;
    s->m = PM_TAKE(a, double, task->n);
    s->v = PM_TAKE(a, double, task->n);
}

const pm_method pm_adamw = {
    .name = "adamw",
    .family = "first order",
    .summary = "Adam with a decay towards 0 that does not go through its moments",
    .citation = "I. Loshchilov and F. Hutter, ICLR 2019, arXiv:1711.05101",
    .traits = PM_NEEDS_GRADIENT,
    .options = options,
    .options_size = sizeof(adamw_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(adamw),
    .layout = layout,
    .start = pm_first_order_start,
    .ask = pm_first_order_ask,
    .tell = pm_first_order_tell,
    .at = pm_first_order_at,
};
