/* Nadam: Adam with the momentum of Nesterov.
 *
 *   T. Dozat, "Incorporating Nesterov momentum into Adam", ICLR 2016 workshop, algorithm 2, where
 *   beta2 and v are nu and n; mu_t = beta1 (1 - 0.96^(momentum_decay t) / 2) is that of its section
 *   3.
 *
 *   Departures: those of every first-order method (firstorder.c); as in all common implementations
 *   m decays by beta1 and not by mu_t, and v_hat is Adam's.
 */
#include "firstorder.h"
#include "vectors.h"

typedef struct {
    pm_first_order_options common;
    double beta1, beta2, epsilon, momentum_decay;
} nadam_options;

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS(1e-3, "alpha, the length of a typical step in units of x"),
    PM_OPTION_REAL(nadam_options, beta1, 0.9, 0.0, 0.999999, "decay of the first moment m"),
    PM_OPTION_REAL(nadam_options, beta2, 0.999, 0.0, 0.999999, "decay of the second moment v"),
    PM_OPTION_REAL(nadam_options, epsilon, 1e-8, 0.0, 1.0,
                   "added to sqrt(v), in units of the gradient"),
    PM_OPTION_REAL(nadam_options, momentum_decay, 0.004, 0.0, 1.0,
                   "how fast mu_t rises from beta1 / 2 to beta1"),
    PM_OPTIONS_END,
};

typedef struct {
    pm_first_order base;
    const nadam_options *o;
    size_t t;
    double mu, mu_next; /* mu_t, mu_t+1 */
    double product;     /* mu_1 ... mu_t */
    double beta2_t;     /* beta2^t */
    double *m, *v;      /* [n] moments */
} nadam;

static void reset(void *state)
{
    nadam *s = state;
    s->t = 0;
    s->product = s->beta2_t = 1.0;
    memset(s->m, 0, s->base.n * sizeof *s->m);
    memset(s->v, 0, s->base.n * sizeof *s->v);
}

/* 0.96: the constant of the paper. */
static double mu_at(const nadam *s, size_t t)
{
    return s->o->beta1 * (1.0 - 0.5 * pow(0.96, s->o->momentum_decay * (double)t));
}

static void begin(void *state, double alpha, const double *x, const double *g)
{
    nadam *s = state;
    (void)alpha, (void)x, (void)g;
    s->t += 1;
    s->mu = mu_at(s, s->t);
    s->mu_next = mu_at(s, s->t + 1);
    s->product *= s->mu;
    s->beta2_t *= s->o->beta2;
}

static bool update(void *state, double alpha, const double *PM_RESTRICT x, double *PM_RESTRICT g,
                   size_t from, size_t to)
{
    const nadam *s = state;
    const double beta1 = s->o->beta1, beta2 = s->o->beta2, epsilon = pm_positive(s->o->epsilon);
    const double ahead = s->mu_next / (1.0 - s->product * s->mu_next);
    const double now = (1.0 - s->mu) / (1.0 - s->product);
    const double debias2 = 1.0 / (1.0 - s->beta2_t);
    double *PM_RESTRICT m = s->m, *PM_RESTRICT v = s->v;
    uint64_t seen = 0;

    for (size_t i = from; i < to; ++i) {
        m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];

        const double m_hat = ahead * m[i] + now * g[i];
        const double v_hat = v[i] * debias2;
        g[i] = x[i] - alpha * m_hat / (sqrt(v_hat) + epsilon);
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {.reset = reset, .begin = begin, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    nadam *s = state;

    pm_first_order_layout(&s->base, &rule, a, task);
    s->o = task->options;
    s->m = PM_TAKE(a, double, task->n);
    s->v = PM_TAKE(a, double, task->n);
}

const pm_method pm_nadam = {
    .name = "nadam",
    .family = "first order",
    .summary = "Adam with the momentum of Nesterov",
    .citation = "T. Dozat, Incorporating Nesterov momentum into Adam, ICLR 2016 workshop",
    .traits = PM_NEEDS_GRADIENT,
    .options = options,
    .options_size = sizeof(nadam_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(nadam),
    .layout = layout,
    .start = pm_first_order_start,
    .ask = pm_first_order_ask,
    .tell = pm_first_order_tell,
    .at = pm_first_order_at,
};
