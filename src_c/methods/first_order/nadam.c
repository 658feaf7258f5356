/* Nadam: Adam with the momentum of Nesterov.
 *
 *   T. Dozat, "Incorporating Nesterov momentum into Adam", ICLR 2016 workshop, algorithm 2, where
 *   beta2 and v are nu and n; mu_t = beta1 (1 - 0.96^(momentum_decay t) / 2) is that of its section
 *   3.
 *
 *   Departures: those of every first-order method (firstorder.c); as in all common implementations
 *   m decays by beta1 and not by mu_t, and v_hat is Adam's.
 */
#include "methods/first_order/moments.h"
#include "base/vectors.h"

typedef struct {
    pm_moments_options moments;
    double momentum_decay;
} nadam_options;

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS(1e-3, "alpha, the length of a typical step in units of x"),
    PM_MOMENTS_OPTIONS,
    PM_OPTION_REAL(nadam_options, momentum_decay, 0.004, 0.0, 1.0,
                   "how fast mu_t rises from beta1 / 2 to beta1"),
    PM_OPTIONS_END,
};

typedef struct {
    pm_moments moments;
    const nadam_options *o;
    size_t t;
    double mu, mu_next; /* mu_t, mu_t+1 */
    double product;     /* mu_1 ... mu_t */
} nadam;

static void reset(void *state)
{
    nadam *s = state;
    pm_moments_reset(state);
    s->t = 0;
    s->product = 1.0;
}

/* 0.96: the constant of the paper. */
static double mu_at(const nadam *s, size_t t)
{
    return s->moments.o->beta1 * (1.0 - 0.5 * pow(0.96, s->o->momentum_decay * (double)t));
}

static void begin(void *state, double alpha, const double *x, const double *g)
{
    nadam *s = state;
    pm_moments_begin(state, alpha, x, g);
    s->t += 1;
    s->mu = mu_at(s, s->t);
    s->mu_next = mu_at(s, s->t + 1);
    s->product *= s->mu;
}

static bool update(void *state, double alpha, const double *PM_RESTRICT x, double *PM_RESTRICT g)
{
    const pm_moments *s = state;
    const nadam *own = state;
    const double beta1 = s->o->beta1, beta2 = s->o->beta2, epsilon = pm_positive(s->o->epsilon);
    const double ahead = own->mu_next / (1.0 - own->product * own->mu_next);
    const double now = (1.0 - own->mu) / (1.0 - own->product);
    const double debias2 = 1.0 / (1.0 - s->beta2_t);
    double *PM_RESTRICT m = s->m, *PM_RESTRICT v = s->v;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
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

    pm_moments_layout(&s->moments, &rule, a, task);
    s->o = task->options;
}

const pm_method pm_nadam = {
    .name = "nadam",
    PM_FIRST_ORDER_METHOD,
    .summary = "Adam with the momentum of Nesterov",
    .when_not = "As `adam`.",
    .citation = "T. Dozat, Incorporating Nesterov momentum into Adam, ICLR 2016 workshop",
    .options = options,
    .options_size = sizeof(nadam_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(nadam),
    .layout = layout,
};
