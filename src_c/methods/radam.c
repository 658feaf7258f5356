/* RAdam: Adam, whose first steps do without a step per coordinate until there is evidence for one.
 *
 *   L. Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020,
 *   arXiv:1908.03265, algorithm 2, whose symbols are used here.
 *
 *   Departures: those of every first-order method (firstorder.c); epsilon is Adam's.  As in the
 *   paper the steps are adaptive where rho_t > 4; some implementations wait for 5.
 */
#include "firstorder.h"
#include "vectors.h"

typedef struct {
    pm_first_order_options common;
    double beta1, beta2, epsilon;
} radam_options;

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS(1e-3, "alpha, the length of a typical step in units of x"),
    PM_OPTION_REAL(radam_options, beta1, 0.9, 0.0, 0.999999, "decay of the first moment m"),
    PM_OPTION_REAL(radam_options, beta2, 0.999, 0.0, 0.999999, "decay of the second moment v"),
    PM_OPTION_REAL(radam_options, epsilon, 1e-8, 0.0, 1.0,
                   "added to sqrt(v), in units of the gradient"),
    PM_OPTIONS_END,
};

typedef struct {
    pm_first_order base;
    const radam_options *o;
    size_t t;
    double beta1_t, beta2_t; /* beta1^t, beta2^t */
    double r;                /* rectifies the variance; 0: it is not tractable yet */
    double *m, *v;           /* [n] moments */
} radam;

static void reset(void *state)
{
    radam *s = state;
    s->t = 0;
    s->beta1_t = s->beta2_t = 1.0;
    memset(s->m, 0, s->base.n * sizeof *s->m);
    memset(s->v, 0, s->base.n * sizeof *s->v);
}

/* r_t, or 0 where rho_t is at most 4 */
static double rectification(const radam *s)
{
    const double rho_inf = 2.0 / (1.0 - s->o->beta2) - 1.0;
    const double rho = rho_inf - 2.0 * (double)s->t * s->beta2_t / (1.0 - s->beta2_t);
    if (!(rho > 4.0)) {
        return 0.0;
    }
    return sqrt((rho - 4.0) * (rho - 2.0) * rho_inf / ((rho_inf - 4.0) * (rho_inf - 2.0) * rho));
}

static void begin(void *state, double alpha, const double *x, const double *g)
{
    radam *s = state;
    (void)alpha, (void)x, (void)g;
    s->beta1_t *= s->o->beta1;
    s->beta2_t *= s->o->beta2;
    s->t += 1;
    s->r = rectification(s);
}

/* A few steps only: v is gathered, m alone is followed. */
static bool update_unadapted(const radam *s, double alpha, const double *PM_RESTRICT x,
                             double *PM_RESTRICT g, size_t from, size_t to)
{
    const double beta1 = s->o->beta1, beta2 = s->o->beta2;
    const double debias1 = 1.0 / (1.0 - s->beta1_t);
    double *PM_RESTRICT m = s->m, *PM_RESTRICT v = s->v;
    uint64_t seen = 0;

    for (size_t i = from; i < to; ++i) {
        m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];
        g[i] = x[i] - alpha * m[i] * debias1;
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static bool update(void *state, double alpha, const double *PM_RESTRICT x, double *PM_RESTRICT g,
                   size_t from, size_t to)
{
    const radam *s = state;
    const double beta1 = s->o->beta1, beta2 = s->o->beta2, epsilon = pm_positive(s->o->epsilon);
    const double debias1 = 1.0 / (1.0 - s->beta1_t), debias2 = 1.0 / (1.0 - s->beta2_t);
    double *PM_RESTRICT m = s->m, *PM_RESTRICT v = s->v;

    if (s->r == 0.0) {
        return update_unadapted(s, alpha, x, g, from, to);
    }
    uint64_t seen = 0;

    for (size_t i = from; i < to; ++i) {
        m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];

        const double m_hat = m[i] * debias1;
        const double v_hat = v[i] * debias2;
        g[i] = x[i] - alpha * s->r * m_hat / (sqrt(v_hat) + epsilon);
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {.reset = reset, .begin = begin, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    radam *s = state;

    pm_first_order_layout(&s->base, &rule, a, task);
    s->o = task->options;
    s->m = PM_TAKE(a, double, task->n);
    s->v = PM_TAKE(a, double, task->n);
}

const pm_method pm_radam = {
    .name = "radam",
    .family = "first order",
    .summary = "Adam, whose first steps wait for evidence before they differ by coordinate",
    .citation = "L. Liu et al., ICLR 2020, arXiv:1908.03265",
    .traits = PM_NEEDS_GRADIENT,
    .options = options,
    .options_size = sizeof(radam_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(radam),
    .layout = layout,
    .start = pm_first_order_start,
    .ask = pm_first_order_ask,
    .tell = pm_first_order_tell,
    .at = pm_first_order_at,
};
