/* Nesterov's accelerated gradient, which resets its momentum when that leads uphill.
 *
 *   Y. Nesterov, "A method of solving a convex programming problem with convergence rate O(1/k^2)",
 *   Soviet Math. Dokl. 27, 1983.
 *   B. O'Donoghue & E. Candes, "Adaptive restart for accelerated gradient schemes", Found. Comput.
 *   Math. 15, 2015, algorithms 1 and 2, whose symbols are used here.
 *
 *   Departures: those of every first-order method (firstorder.c).  f and its gradient are known at
 *   y only, which is the point asked for, so the function scheme compares values there.
 */
#include "methods/first_order/firstorder.h"
#include "base/vectors.h"

typedef struct {
    pm_first_order_options common;
    int restart;
    double q;
} nesterov_options;

enum { RESTART_NONE, RESTART_FUNCTION, RESTART_GRADIENT };
static const char *const restarts[] = {"none", "function", "gradient"};

static const pm_option options[] = {
    PM_FIRST_ORDER_OPTIONS(1e-3, "t, the step in units of x per unit of gradient, below the "
                                 "inverse of the largest curvature"),
    PM_OPTION_CHOICE(nesterov_options, restart, RESTART_GRADIENT, restarts,
                     "when the momentum is dropped: never, when f rises, or when the gradient "
                     "points along the move"),
    PM_OPTION_REAL(nesterov_options, q, 0.0, 0.0, 1.0,
                   "smallest curvature over the largest, if known; 0: convex, no more"),
    PM_OPTIONS_END,
};

typedef struct {
    pm_first_order base;
    const nesterov_options *o;
    bool fresh;   /* there is no x_k yet */
    double theta; /* theta_k */
    double beta;  /* beta_k+1 */
    double f;     /* at the last y */
    double *last; /* [n] x_k; y_k is the point asked for */
} nesterov;

static void reset(void *state)
{
    nesterov *s = state;
    s->fresh = true;
}

/* g(y)'(x_k+1 - x_k) */
static double along_move(const nesterov *s, double t, const double *y, const double *g)
{
    double sum = 0.0;
    for (size_t i = 0; i < s->base.n; ++i) {
        sum += g[i] * (y[i] - t * g[i] - s->last[i]);
    }
    return sum;
}

static bool leads_uphill(const nesterov *s, double t, const double *y, const double *g)
{
    switch (s->o->restart) {
    case RESTART_FUNCTION:
        return s->base.f > s->f;
    case RESTART_GRADIENT:
        return along_move(s, t, y, g) > 0.0;
    default:
        return false;
    }
}

/* theta_k+1 is the positive root of theta^2 = (1 - theta) theta_k^2 + q theta. */
static void begin(void *state, double t, const double *y, const double *g)
{
    nesterov *s = state;
    const double q = s->o->q;

    if (s->fresh) {
        memcpy(s->last, y, s->base.n * sizeof *s->last);
        s->theta = 1.0;
    } else if (leads_uphill(s, t, y, g)) {
        s->theta = 1.0;
    }
    const double theta = s->theta, square = theta * theta;
    s->theta = 0.5 * (q - square + sqrt((square - q) * (square - q) + 4.0 * square));
    s->beta = theta * (1.0 - theta) / (square + s->theta);
    s->fresh = false;
    s->f = s->base.f;
}

static bool update(void *state, double t, const double *PM_RESTRICT x, double *PM_RESTRICT g)
{
    const nesterov *s = state;
    const double beta = s->beta;
    double *PM_RESTRICT last = s->last;
    const size_t n = s->base.n;
    uint64_t seen = 0;

    for (size_t i = 0; i < n; ++i) {
        const double next = x[i] - t * g[i]; /* x_k+1; x[i] is y_k */
        g[i] = next + beta * (next - last[i]);
        last[i] = next;
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static const pm_rule rule = {.reset = reset, .begin = begin, .update = update};

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    nesterov *s = state;

    pm_first_order_layout(&s->base, &rule, a, task);
    s->o = task->options;
    s->last = PM_TAKE(a, double, task->n);
}

const pm_method pm_nesterov = {
    .name = "nesterov",
    PM_FIRST_ORDER_METHOD,
    .summary = "accelerated gradient descent, started anew when the momentum leads uphill",
    .when_not = "Without an idea of the largest curvature: at more than about its inverse the "
                "path diverges. On samples the restarts follow noise; take `momentum` there, or "
                "`restart=\"none\"`.",
    .citation = "Y. Nesterov, Soviet Math. Dokl. 27, 1983; B. O'Donoghue and E. Candes, Found. "
                "Comput. Math. 15, 2015",
    .options = options,
    .options_size = sizeof(nesterov_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(nesterov),
    .layout = layout,
};
