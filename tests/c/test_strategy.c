/* Strategy parameters of CMA-ES and the quadratic it fits, worked by hand. */
#include "test.h"

#include "methods/global/cmaes/strategy.h"

#include <math.h>

/* lambda = 4: log 2.5 - log i = 0.91629, 0.22314, -0.18232, -0.47000. */
static void weights_of_four_points(void)
{
    double w[4];
    pm_strategy s = {.w = w};
    pm_strategy_set(&s, 2, 4, false);
    CHECK(s.lambda == 4 && s.mu == 2);
    CHECK_NEAR(w[0], 0.804163, 1e-6);
    CHECK_NEAR(w[1], 0.195837, 1e-6);
    CHECK_NEAR(s.mu_eff, 1.459790, 1e-5); /* 1 / (0.804163^2 + 0.195837^2) */
    CHECK_NEAR(s.c_sigma, 3.459790 / 8.459790, 1e-6);
    CHECK_NEAR(s.d_sigma, 1.0 + s.c_sigma, 1e-15); /* sqrt(0.4598 / 3) < 1 */
    CHECK_NEAR(s.c_c, (4.0 + 0.729895) / (6.0 + 1.459790), 1e-6);
    CHECK_NEAR(s.c_1, 3.0 / (3.3 * 3.3 + 1.459790), 1e-6);
    CHECK_NEAR(s.c_mu, 3.0 * (0.25 + 1.459790 + 0.685030 - 2.0) / (16.0 + 1.5 * 1.459790), 1e-5);
    CHECK_NEAR(w[2] / w[3], 0.182322 / 0.470004, 1e-5);
    CHECK(w[2] < 0.0 && w[3] < 0.0);
    CHECK_NEAR(s.sum_w, 1.0 + w[2] + w[3], 1e-15);
    /* The bound by which C stays positive: sum |w-| <= (1 - c_1 - c_mu) / (n c_mu). */
    CHECK(-(w[2] + w[3]) <= (1.0 - s.c_1 - s.c_mu) / (2.0 * s.c_mu) + 1e-15);
    /* E|N(0, 1)| in two dimensions is sqrt(pi / 2) = 1.2533. */
    CHECK_NEAR(s.chi, 1.2533, 2e-3);
}

/* Whatever the sizes, C keeps a part of itself and learns with rates between 0 and 1. */
static void rates_are_rates(void)
{
    static double w[3000];
    const size_t n[] = {1, 2, 10, 100, 1000}, lambda[] = {2, 3, 10, 300, 3000};
    for (size_t i = 0; i < 5; ++i) {
        for (size_t j = 0; j < 5; ++j) {
            for (int diagonal = 0; diagonal < 2; ++diagonal) {
                pm_strategy s = {.w = w};
                pm_strategy_set(&s, n[i], lambda[j], diagonal != 0);
                double plus = 0.0;
                for (size_t k = 0; k < s.mu; ++k) {
                    plus += w[k];
                }
                CHECK_NEAR(plus, 1.0, 1e-12);
                CHECK(s.c_1 > 0.0 && s.c_mu >= 0.0 && s.c_1 + s.c_mu <= 1.0);
                CHECK(s.c_sigma > 0.0 && s.c_sigma < 1.0 && s.c_c > 0.0 && s.c_c <= 1.0);
                CHECK(isfinite(s.sum_w));
            }
        }
    }
}

static void a_diagonal_learns_faster(void)
{
    double w[10];
    pm_strategy full = {.w = w}, diagonal = {.w = w};
    pm_strategy_set(&full, 10, 10, false);
    pm_strategy_set(&diagonal, 10, 10, true);
    CHECK_NEAR(diagonal.c_1, 4.0 * full.c_1, 1e-15); /* (n + 2) / 3 */
}

/* Beyond twice the usual 6 points in two dimensions the rate is the tutorial's. */
static void large_populations_learn_more_slowly(void)
{
    double w[13];
    pm_strategy s = {.w = w};
    CHECK(pm_strategy_population(2) == 6 && pm_strategy_population(10) == 10);
    pm_strategy_set(&s, 2, 12, false);
    CHECK_NEAR(s.c_1, 3.0 / (3.3 * 3.3 + s.mu_eff), 1e-15);
    pm_strategy_set(&s, 2, 13, false);
    CHECK_NEAR(s.c_1, 2.0 / (3.3 * 3.3 + s.mu_eff), 1e-15);
}

void test_strategy(void)
{
    large_populations_learn_more_slowly();
    weights_of_four_points();
    rates_are_rates();
    a_diagonal_learns_faster();
}
