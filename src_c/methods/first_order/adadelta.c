/* Adadelta: steps in the units of x, from running sizes of the gradients and of the earlier steps.
 *
 *   M. D. Zeiler, "ADADELTA: an adaptive learning rate method", arXiv:1212.5701, algorithm 1, whose
 *   symbols are used here.
 *
 *   Departures: those of every first-order method (firstorder.c); the step is multiplied by
 *   learning_rate, 1 in the paper.
 */
#include "methods/first_order/firstorder.h"
#include "base/vectors.h"

typedef struct {
    pm_first_order_options common;
    double rho, epsilon;
} adadelta_options;

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS(1.0, "the step of the paper is multiplied by this"),
    PM_OPTION_REAL(adadelta_options, rho, 0.95, 0.0, 0.999999, "decay of the averages"),
    PM_OPTION_REAL(adadelta_options, epsilon, 1e-6, 0.0, 1.0,
                   "added to both mean squares: it makes the first steps"),
    PM_OPTIONS_END,
};

typedef struct {
    pm_first_order base;
    const adadelta_options *o;
    double *g2, *dx2; /* [n] mean squares of the gradient and of the step */
} adadelta;

static void reset(void *state)
{
    adadelta *s = state;
    memset(s->g2, 0, s->base.n * sizeof *s->g2);
    memset(s->dx2, 0, s->base.n * sizeof *s->dx2);
}

static bool update(void *state, double rate, const double *PM_RESTRICT x, double *PM_RESTRICT g)
{
    const adadelta *s = state;
    const double rho = s->o->rho, epsilon = s->o->epsilon;
    double *PM_RESTRICT g2 = s->g2, *PM_RESTRICT dx2 = s->dx2;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        g2[i] = rho * g2[i] + (1.0 - rho) * g[i] * g[i];
        const double scale = (dx2[i] + epsilon) / (g2[i] + epsilon);
        const double dx = -(scale > 0.0 ? sqrt(scale) : 0.0) * g[i];
        dx2[i] = rho * dx2[i] + (1.0 - rho) * dx * dx;
        g[i] = x[i] + rate * dx;
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {.reset = reset, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    adadelta *s = state;

    pm_first_order_layout(&s->base, &rule, a, task);
    s->o = task->options;
    s->g2 = PM_TAKE(a, double, task->n);
    s->dx2 = PM_TAKE(a, double, task->n);
}

const pm_method pm_adadelta = {
    .name = "adadelta",
    PM_FIRST_ORDER_METHOD,
    .summary =
        "steps in the units of x, from running sizes of the gradient and of the steps before",
    .when_not = "In a hurry: its first steps are of some thousandths in units of x, and it "
                "takes hundreds of them to grow. A larger `epsilon` shortens that.",
    .citation = "M. D. Zeiler, arXiv:1212.5701, 2012",
    .options = options,
    .options_size = sizeof(adadelta_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(adadelta),
    .layout = layout,
};
