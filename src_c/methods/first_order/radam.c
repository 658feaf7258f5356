/* RAdam: Adam whose first steps use one step length for all coordinates, until the variance of the
 * step per coordinate is small enough to be corrected.
 *
 *   L. Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020,
 *   arXiv:1908.03265, algorithm 2, whose symbols are used here.
 *
 *   Departures: those of every first-order method (firstorder.c); epsilon is Adam's.  As in the
 *   paper the steps are adaptive where rho_t > 4; some implementations wait for 5.
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
    size_t t;
    double r; /* r_t, which corrects the variance; 0: it is not tractable yet */
} radam;

static void reset(void *state)
{
    radam *s = state;
    pm_moments_reset(state);
    s->t = 0;
}

/* r_t, or 0 where rho_t is at most 4 */
static double rectification(const radam *s)
{
    const double rho_inf = 2.0 / (1.0 - s->moments.o->beta2) - 1.0, beta2_t = s->moments.beta2_t;
    const double rho = rho_inf - 2.0 * (double)s->t * beta2_t / (1.0 - beta2_t);
    if (!(rho > 4.0)) {
        return 0.0;
    }
    return sqrt((rho - 4.0) * (rho - 2.0) * rho_inf / ((rho_inf - 4.0) * (rho_inf - 2.0) * rho));
}

static void begin(void *state, double alpha, const double *x, const double *g)
{
    radam *s = state;
    pm_moments_begin(state, alpha, x, g);
    s->t += 1;
    s->r = rectification(s);
}

/* The first few steps: v is accumulated, but the step uses m only. */
static bool update_unadapted(const pm_moments *s, double alpha, const double *PM_RESTRICT x,
                             double *PM_RESTRICT g)
{
    const double beta1 = s->o->beta1, beta2 = s->o->beta2;
    const double debias1 = 1.0 / (1.0 - s->beta1_t);
    double *PM_RESTRICT m = s->m, *PM_RESTRICT v = s->v;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];
        g[i] = x[i] - alpha * m[i] * debias1;
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static bool update(void *state, double alpha, const double *PM_RESTRICT x, double *PM_RESTRICT g)
{
    const pm_moments *s = state;
    const double r = ((const radam *)state)->r;
    const double beta1 = s->o->beta1, beta2 = s->o->beta2, epsilon = pm_positive(s->o->epsilon);
    const double debias1 = 1.0 / (1.0 - s->beta1_t), debias2 = 1.0 / (1.0 - s->beta2_t);
    double *PM_RESTRICT m = s->m, *PM_RESTRICT v = s->v;

    if (r == 0.0) {
        return update_unadapted(s, alpha, x, g);
    }
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];

        const double m_hat = m[i] * debias1;
        const double v_hat = v[i] * debias2;
        g[i] = x[i] - alpha * r * m_hat / (sqrt(v_hat) + epsilon);
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {.reset = reset, .begin = begin, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    pm_moments_layout(state, &rule, a, task);
}

const pm_method pm_radam = {
    .name = "radam",
    PM_FIRST_ORDER_METHOD,
    .summary = "Adam, whose first steps wait for evidence before they differ by coordinate",
    .when_not = "As `adam`. Its first four steps or so are as long as the gradient says and may "
                "lead far; where gradients are large, `adam` with `schedule_warmup` is the "
                "safer start.",
    .citation = "L. Liu et al., ICLR 2020, arXiv:1908.03265",
    .options = options,
    .options_size = sizeof(pm_moments_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(radam),
    .layout = layout,
};
