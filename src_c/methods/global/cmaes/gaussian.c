#include "methods/global/cmaes/gaussian.h"

#include "base/bounds.h"
#include "base/vectors.h"

#include <float.h>
#include <string.h>

/* The square root is computed anew when the updates since the last time make up this share of C
 * (docs/decisions/0023). */
static const double WORTH_A_ROOT = 0.1;

void pm_gaussian_layout(pm_gaussian *g, pm_arena *a, const pm_task *task, size_t most,
                        bool diagonal)
{
    const size_t n = g->n = task->n;

    pm_covariance_layout(&g->C, a, task, diagonal);
    g->strategy.w = PM_TAKE(a, double, most);
    g->unit = PM_TAKE(a, double, n);
    g->mean = PM_TAKE(a, double, n);
    g->p_sigma = PM_TAKE(a, double, n);
    g->p_c = PM_TAKE(a, double, n);
    g->y = PM_TAKE(a, double, n);
    g->z = PM_TAKE(a, double, n);
    g->by_row = PM_TAKE(a, double, most);
}

void pm_gaussian_begin(pm_gaussian *g, size_t lambda, double sigma)
{
    g->sigma = g->first_sigma = sigma;
    g->generation = 0;
    g->unlearnt = 0.0;
    memset(g->p_sigma, 0, g->n * sizeof *g->p_sigma);
    memset(g->p_c, 0, g->n * sizeof *g->p_c);
    pm_covariance_reset(&g->C);
    pm_strategy_set(&g->strategy, g->n, lambda, g->C.diagonal);
}

/* Tutorial, eqs. 41 and 42: the mean moves to the weighted mean of the better half. */
static void move_mean(pm_gaussian *g, const pm_ranked *order, const double *Y, const double *lower,
                      const double *upper)
{
    const size_t n = g->n;

    memset(g->y, 0, n * sizeof *g->y);
    for (size_t k = 0; k < g->strategy.mu && !pm_pass_called_off(g->C.task, n); ++k) {
        pm_add(g->y, g->strategy.w[k], Y + order[k].row * n, n);
    }
    for (size_t i = 0; i < n; ++i) {
        g->mean[i] = pm_clip(pm_gaussian_stepped(g, i, g->y[i]), lower[i], upper[i]);
    }
}

/* Tutorial, eqs. 43 and 44: sigma grows while successive steps have the same direction. Returns
 * h_sigma: false while the path is so long that p_c must not be updated. */
static bool adapt_sigma(pm_gaussian *g)
{
    const pm_strategy *p = &g->strategy;
    const size_t n = g->n;
    const double c = p->c_sigma, a = sqrt(c * (2.0 - c) * p->mu_eff);

    pm_covariance_whiten(&g->C, g->y, g->z);
    for (size_t i = 0; i < n; ++i) {
        g->p_sigma[i] = (1.0 - c) * g->p_sigma[i] + a * g->z[i];
    }
    const double length = pm_norm(g->p_sigma, n);
    const double settled = 1.0 - pow(1.0 - c, 2.0 * (double)(g->generation + 1));
    g->sigma *= exp(fmin(1.0, c / p->d_sigma * (length / p->chi - 1.0)));
    return length / sqrt(settled) < (1.4 + 2.0 / ((double)n + 1.0)) * p->chi;
}

/* Tutorial, eqs. 45 to 47. */
static void adapt_covariance(pm_gaussian *g, const pm_ranked *order, const double *Y,
                             const double *square, bool h_sigma)
{
    const pm_strategy *p = &g->strategy;
    const size_t n = g->n;
    const double c = p->c_c, a = h_sigma ? sqrt(c * (2.0 - c) * p->mu_eff) : 0.0;

    for (size_t i = 0; i < n; ++i) {
        g->p_c[i] = (1.0 - c) * g->p_c[i] + a * g->y[i];
    }
    for (size_t k = 0; k < p->lambda; ++k) {
        const size_t j = order[k].row;
        const double shorter = p->w[k] < 0.0 ? (double)n / (square[j] + DBL_EPSILON) : 1.0;
        g->by_row[j] = p->c_mu * p->w[k] * shorter;
    }
    const double lost = h_sigma ? 0.0 : c * (2.0 - c);
    const double keep = 1.0 + p->c_1 * lost - p->c_1 - p->c_mu * p->sum_w;
    pm_covariance_learn(&g->C, keep, p->c_1, g->p_c, p->lambda, g->by_row, Y);
    g->unlearnt += p->c_1 + p->c_mu;
}

void pm_gaussian_learn(pm_gaussian *g, const pm_ranked *order, const double *Y,
                       const double *square, const double *lower, const double *upper)
{
    move_mean(g, order, Y, lower, upper);
    adapt_covariance(g, order, Y, square, adapt_sigma(g));
}

/* Tutorial, B.2, renews the square root, which takes n^3 operations, after a share of 1 / (10 n). A
 * surrogate makes generations of so few evaluations that this would be nearly every evaluation. */
bool pm_gaussian_renew(pm_gaussian *g)
{
    if (g->unlearnt < WORTH_A_ROOT) {
        return true;
    }
    g->unlearnt = 0.0;
    return pm_covariance_decompose(&g->C);
}

/* A step of 0.1 standard deviations along one axis, which is another in each generation, or of 0.2
 * along a coordinate. */
bool pm_gaussian_moves_nothing(const pm_gaussian *g)
{
    const size_t n = g->n, k = g->generation % n;
    bool axis = true;

    for (size_t i = 0; i < n; ++i) {
        const double length = g->sigma * g->unit[i];
        const double along = g->C.diagonal ? (i == k ? 1.0 : 0.0) : g->C.axes[k * n + i];
        if (g->mean[i] + 0.2 * length * pm_covariance_deviation(&g->C, i) == g->mean[i]) {
            return true;
        }
        axis = axis && g->mean[i] + 0.1 * length * g->C.d[k] * along == g->mean[i];
    }
    return axis;
}

bool pm_gaussian_is_tiny(const pm_gaussian *g, double tiny)
{
    for (size_t i = 0; i < g->n; ++i) {
        if (g->sigma * fabs(g->p_c[i]) >= tiny ||
            g->sigma * pm_covariance_deviation(&g->C, i) >= tiny) {
            return false;
        }
    }
    return true;
}
