#include "methods/global/cmaes/strategy.h"

#include <math.h>

/* The learning rates of the covariance are proportional to this: 2 in the tutorial. 3 did better on
 * BBOB in dimensions 2 to 20, but not with the larger populations that are meant for functions of
 * many minima (docs/decisions/0023). */
static const double ALPHA_COV = 3.0, ALPHA_COV_LARGE = 2.0;

/* Equation 48. */
size_t pm_strategy_population(size_t n)
{
    return 4 + (size_t)(3.0 * log((double)n));
}

/* Equations 55 to 58. A diagonal covariance has fewer numbers, and is learnt faster in proportion
 * (R. Ros & N. Hansen, "A simple modification in CMA-ES achieving linear time and space
 * complexity", PPSN X, 2008). */
static void set_rates(pm_strategy *s, double n, bool large, bool diagonal)
{
    const double mu_eff = s->mu_eff;
    const double alpha_cov = large ? ALPHA_COV_LARGE : ALPHA_COV;
    const double alpha = alpha_cov * (diagonal ? (n + 2.0) / 3.0 : 1.0);

    s->chi = sqrt(n) * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));
    s->c_sigma = (mu_eff + 2.0) / (n + mu_eff + 5.0);
    s->d_sigma = 1.0 + 2.0 * fmax(0.0, sqrt((mu_eff - 1.0) / (n + 1.0)) - 1.0) + s->c_sigma;
    s->c_c = (4.0 + mu_eff / n) / (n + 4.0 + 2.0 * mu_eff / n);
    s->c_1 = fmin(0.5, alpha / ((n + 1.3) * (n + 1.3) + mu_eff));
    s->c_mu = fmin(1.0 - s->c_1, alpha * (0.25 + mu_eff + 1.0 / mu_eff - 2.0) /
                                     ((n + 2.0) * (n + 2.0) + 0.5 * alpha_cov * mu_eff));
}

/* Equations 49 to 53: the sum of the negative weights is limited so that the covariance stays
 * positive definite. */
void pm_strategy_set(pm_strategy *s, size_t n, size_t lambda, bool diagonal)
{
    double plus = 0.0, plus_square = 0.0, minus = 0.0, minus_square = 0.0;

    s->lambda = lambda;
    s->mu = 0;
    for (size_t i = 0; i < lambda; ++i) {
        const double w = s->w[i] = log(0.5 * (double)(lambda + 1)) - log((double)(i + 1));
        if (w > 0.0) {
            plus += w;
            plus_square += w * w;
            s->mu += 1;
        } else {
            minus -= w;
            minus_square += w * w;
        }
    }
    s->mu_eff = plus * plus / plus_square;
    set_rates(s, (double)n, lambda > 2 * pm_strategy_population(n), diagonal);
    const double mu_eff_minus = minus * minus / minus_square;
    const double most = fmin(1.0 + s->c_1 / s->c_mu, 1.0 + 2.0 * mu_eff_minus / (s->mu_eff + 2.0));
    const double all = fmin(most, (1.0 - s->c_1 - s->c_mu) / ((double)n * s->c_mu));
    s->sum_w = 0.0;
    for (size_t i = 0; i < lambda; ++i) {
        s->w[i] *= i < s->mu ? 1.0 / plus : all / minus;
        s->sum_w += s->w[i];
    }
}
