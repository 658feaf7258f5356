/* Adam: gradient descent with a step length per coordinate.
 *
 *   D. P. Kingma & J. Ba, "Adam: a method for stochastic optimization",
 *   ICLR 2015, arXiv:1412.6980, Algorithm 1, whose symbols are used here.
 *
 *   Departures from the paper: those of every first-order method (firstorder.c).
 */
#include "methods/first_order/moments.h"
#include "base/vectors.h"

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS(1e-3, "alpha, the length of a typical step in units of x"),
    PM_MOMENTS_OPTIONS,
    PM_OPTIONS_END,
};

/* The arrays do not overlap (restrict), so the compiler can use vector instructions. */
static bool update(void *state, double alpha, const double *PM_RESTRICT x, double *PM_RESTRICT g)
{
    const pm_moments *s = state;
    const double beta1 = s->o->beta1, beta2 = s->o->beta2, epsilon = pm_positive(s->o->epsilon);
    const double debias1 = 1.0 / (1.0 - s->beta1_t), debias2 = 1.0 / (1.0 - s->beta2_t);
    double *PM_RESTRICT m = s->m, *PM_RESTRICT v = s->v;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];

        const double m_hat = m[i] * debias1;
        const double v_hat = v[i] * debias2;
        g[i] = x[i] - alpha * m_hat / (sqrt(v_hat) + epsilon);
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {
    .reset = pm_moments_reset, .begin = pm_moments_begin, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    pm_moments_layout(state, &rule, a, task);
}

const pm_method pm_adam = {
    .name = "adam",
    PM_FIRST_ORDER_METHOD,
    .summary =
        "gradient descent with a step length per coordinate, from running moments of the gradient",
    .when_not = "For a smooth function whose values are exact: `lbfgs` gets to the same digits "
                "with a small part of the evaluations. Adam has no line search, so the default "
                "`learning_rate` of 0.001 is slow where x is of size 1 and far too slow where x "
                "is of size 1000: set it to the length of a step you would believe in.",
    .citation = "D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, ICLR 2015, "
                "arXiv:1412.6980",
    .options = options,
    .options_size = sizeof(pm_moments_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(pm_moments),
    .layout = layout,
};
