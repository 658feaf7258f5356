/* RMSProp: the gradient divided by a running average of its size.
 *
 *   T. Tieleman & G. Hinton, "Lecture 6.5: rmsprop", Neural Networks for Machine Learning, 2012.
 *   centred: A. Graves, "Generating sequences with recurrent neural networks", arXiv:1308.0850,
 *   eqs. 38-41, without its momentum.
 *
 *   Departures: those of every first-order method (firstorder.c); epsilon stands outside the root,
 *   as in every method here.
 */
#include "methods/first_order/firstorder.h"
#include "base/vectors.h"

typedef struct {
    pm_first_order_options common;
    int centred;
    double rho;
    double epsilon;
} rmsprop_options;

enum { PLAIN, CENTRED };
static const char *const centrings[] = {"no", "yes"};

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS(1e-2, "alpha, the length of a typical step in units of x"),
    PM_OPTION_CHOICE(rmsprop_options, centred, PLAIN, centrings,
                     "whether the square of the mean gradient is taken from the mean square"),
    PM_OPTION_REAL(rmsprop_options, rho, 0.9, 0.0, 0.999999, "decay of the averages"),
    PM_OPTION_REAL(rmsprop_options, epsilon, 1e-8, 0.0, 1.0,
                   "added to the root, in units of the gradient"),
    PM_OPTIONS_END,
};

typedef struct {
    pm_first_order base;
    const rmsprop_options *o;
    double *v; /* [n] mean squared gradient */
    double *m; /* [n] mean gradient, if centred */
} rmsprop;

static void reset(void *state)
{
    rmsprop *s = state;
    if (s->m != NULL) {
        memset(s->m, 0, s->base.n * sizeof *s->m);
    }
    memset(s->v, 0, s->base.n * sizeof *s->v);
}

static bool update_plain(const rmsprop *s, double alpha, const double *PM_RESTRICT x,
                         double *PM_RESTRICT g)
{
    const double rho = s->o->rho, epsilon = pm_positive(s->o->epsilon);
    double *PM_RESTRICT v = s->v;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        v[i] = rho * v[i] + (1.0 - rho) * g[i] * g[i];
        g[i] = x[i] - alpha * g[i] / (sqrt(v[i]) + epsilon);
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

/* v - m^2 is a variance, negative only by rounding. */
static bool update_centred(const rmsprop *s, double alpha, const double *PM_RESTRICT x,
                           double *PM_RESTRICT g)
{
    const double rho = s->o->rho, epsilon = pm_positive(s->o->epsilon);
    double *PM_RESTRICT v = s->v, *PM_RESTRICT m = s->m;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        v[i] = rho * v[i] + (1.0 - rho) * g[i] * g[i];
        m[i] = rho * m[i] + (1.0 - rho) * g[i];
        const double variance = v[i] - m[i] * m[i];
        g[i] = x[i] - alpha * g[i] / (sqrt(variance > 0.0 ? variance : 0.0) + epsilon);
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static bool update(void *state, double alpha, const double *x, double *g)
{
    const rmsprop *s = state;
    return s->o->centred == CENTRED ? update_centred(s, alpha, x, g) : update_plain(s, alpha, x, g);
}

static const pm_rule rule = {.reset = reset, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    rmsprop *s = state;

    pm_first_order_layout(&s->base, &rule, a, task);
    s->o = task->options;
    s->v = PM_TAKE(a, double, task->n);
    s->m = s->o->centred == CENTRED ? PM_TAKE(a, double, task->n) : NULL;
}

const pm_method pm_rmsprop = {
    .name = "rmsprop",
    PM_FIRST_ORDER_METHOD,
    .summary = "the gradient divided, coordinate by coordinate, by a running average of its size",
    .when_not = "Where the last digits matter: at a constant rate it does not come to rest. It "
                "has no bias correction, so that its first steps are about three times as long "
                "as later ones.",
    .citation = "T. Tieleman and G. Hinton, Neural Networks for Machine Learning, lecture 6.5, "
                "2012; A. Graves, arXiv:1308.0850",
    .options = options,
    .options_size = sizeof(rmsprop_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(rmsprop),
    .layout = layout,
};
