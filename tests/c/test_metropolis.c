/* Which rises are accepted: probabilities and temperatures against their formulas. */
#include "methods/global/metropolis.h"
#include "test.h"

#include <math.h>

static const uint64_t key[2] = {20, 26};

/* The generalised probability, as the paper writes it. */
static double paper(double q, double rise)
{
    const double bracket = 1.0 - (1.0 - q) * rise;
    return q == 1.0 ? exp(-rise) : bracket <= 0.0 ? 0.0 : pow(bracket, 1.0 / (1.0 - q));
}

/* A rise is accepted where the next uniform number, seen from 1, is below its probability. */
static void a_word_decides(double q)
{
    pm_rng r = pm_rng_stream(key, 2);
    const double T = 3.0, rises[] = {0.01, 0.1, 0.16, 0.3, 1.0, 2.0, 5.0, 20.0};
    size_t accepted = 0;

    for (size_t k = 0; k < 400; ++k) {
        const double rise = rises[k % 8];
        pm_rng same = r;
        const bool does = pm_metropolis(q, T, 10.0, 10.0 + rise * T, &r);
        CHECK(does == (1.0 - pm_rng_uniform(&same) < paper(q, rise)));
        accepted += does;
    }
    CHECK(accepted > 50 && accepted < 350);
}

static void no_word_where_none_is_needed(void)
{
    pm_rng r = pm_rng_stream(key, 2), same = r;

    CHECK(pm_metropolis(1.0, 2.0, 1.0, 1.0, &r));
    CHECK(pm_metropolis(1.0, 2.0, HUGE_VAL, HUGE_VAL, &r));
    CHECK(pm_metropolis(1.0, 0.0, 1.0, -HUGE_VAL, &r));
    CHECK(!pm_metropolis(1.0, 2.0, 1.0, HUGE_VAL, &r));
    CHECK(!pm_metropolis(2.0, 2.0, 1.0, HUGE_VAL, &r));
    CHECK(!pm_metropolis(1.0, 0.0, 1.0, 1.1, &r));
    CHECK(!pm_metropolis(1.0, 1.0, 1.0, 39.0, &r));
    CHECK(!pm_metropolis(-4.0, 5.0, 1.0, 2.0, &r)); /* T / (1 - q) = 1 */
    CHECK(pm_rng_word(&r) == pm_rng_word(&same));
}

/* Rises by 1, 2 and 2: with y = exp(-1/T), mean acceptance 1/2 is y + 2 y^2 = 3/2. */
static void temperatures(void)
{
    const double rise[] = {1.0, 2.0, 2.0};
    const double T = -1.0 / log((sqrt(13.0) - 1.0) / 4.0);

    CHECK_NEAR(pm_metropolis_temperature(1.0, rise, 3, 0.5), T, 1e-12);
    CHECK(pm_metropolis_temperature(1.0, rise, 0, 0.5) == 0.0);
    for (double q = -5.0; q < 2.9; q += 1.5) {
        const double found = pm_metropolis_temperature(q, rise, 3, 0.3);
        const double mean = (paper(q, 1.0 / found) + 2.0 * paper(q, 2.0 / found)) / 3.0;
        CHECK_NEAR(mean, 0.3, 1e-6); /* steep at the highest rise that is accepted */
    }
    /* (1 - 6 / T)^(1/6) = 1/2 */
    CHECK_NEAR(pm_metropolis_temperature(-5.0, rise, 1, 0.5), 6.0 / (1.0 - 1.0 / 64.0), 1e-12);
}

void test_metropolis(void)
{
    a_word_decides(1.0);
    a_word_decides(-5.0);
    a_word_decides(2.0);
    a_word_decides(2.7);
    no_word_where_none_is_needed();
    temperatures();
}
