/* The temperatures of annealing against their formulas. */
#include "methods/global/annealing/cooling.h"
#include "test.h"

#include <math.h>

/* The temperature of level k, nothing being accepted on the way. */
static double level(const pm_cooling *c, size_t k)
{
    double T = 1.0;
    for (size_t i = 1; i <= k; ++i) {
        T = pm_cooling_next(c, i, T, 0.0);
    }
    return T;
}

static void formulas(void)
{
    pm_cooling c = {.last = 1e-3, .factor = 0.8, .q = 2.5, .levels = 40};

    c.schedule = PM_COOL_GEOMETRIC;
    CHECK_NEAR(level(&c, 7), pow(0.8, 7.0), 1e-14);
    c.schedule = PM_COOL_LOGARITHMIC;
    CHECK_NEAR(level(&c, 7), log(2.0) / log(9.0), 1e-14);
    c.schedule = PM_COOL_FAST;
    CHECK_NEAR(level(&c, 7), 1.0 / 8.0, 1e-14);
    c.schedule = PM_COOL_TSALLIS; /* 9^1.5 = 27 */
    CHECK_NEAR(level(&c, 7), (2.0 * sqrt(2.0) - 1.0) / 26.0, 1e-14);
    c.schedule = PM_COOL_LUNDY_MEES; /* 1/T grows by 999/40 a level */
    CHECK_NEAR(level(&c, 7), 1.0 / (1.0 + 7.0 * 999.0 / 40.0), 1e-14);
    CHECK_NEAR(level(&c, 40), 1e-3, 1e-14);
}

/* "tsallis" has the other two for its limits. */
static void one_family(void)
{
    pm_cooling c = {.schedule = PM_COOL_TSALLIS, .last = 1e-3, .q = 2.0}, fast = c, slow = c;
    fast.schedule = PM_COOL_FAST;
    CHECK_NEAR(level(&c, 20), level(&fast, 20), 1e-14);
    c.q = 1.0 + 1e-7;
    slow.schedule = PM_COOL_LOGARITHMIC;
    CHECK_NEAR(level(&c, 20), level(&slow, 20), 1e-6);
}

/* The levels wanted are the first to reach the last temperature. */
static void reaches_the_last_temperature(int schedule)
{
    pm_cooling c = {.schedule = schedule, .last = 0.2, .factor = 0.9, .q = 2.62};
    const double wanted = pm_cooling_wanted(&c);

    CHECK(wanted >= 2.0 && wanted == floor(wanted));
    pm_cooling_fit(&c, (size_t)wanted);
    CHECK(level(&c, (size_t)wanted) <= 0.2 * (1.0 + 1e-12));
    CHECK(level(&c, (size_t)wanted - 1) > 0.2);
}

static void one_that_is_too_short_falls_faster(void)
{
    pm_cooling c = {.schedule = PM_COOL_GEOMETRIC, .last = 1e-5, .factor = 0.9};
    CHECK(pm_cooling_wanted(&c) == 110.0); /* log(1e-5) / log(0.9) = 109.3 */
    pm_cooling_fit(&c, 10);
    CHECK_NEAR(level(&c, 10), 1e-5, 1e-14);
}

/* Boyan's course: 0.44 between 15 and 65 % of the levels; near 1 at first, near 0 at the end. */
static void adaptive_follows_the_share_accepted(void)
{
    pm_cooling c = {.schedule = PM_COOL_ADAPTIVE, .last = 1e-5, .factor = 0.5, .levels = 100};
    CHECK(pm_cooling_next(&c, 40, 1.0, 0.45) == 0.5);
    CHECK(pm_cooling_next(&c, 40, 1.0, 0.43) == 2.0);
    CHECK(pm_cooling_next(&c, 1, 1.0, 0.7) == 2.0);
    CHECK(pm_cooling_next(&c, 100, 1.0, 0.002) == 0.5);
    /* Half way through the first part: 0.44 + 0.56 / sqrt(560) = 0.4637. */
    c.levels = 1000;
    CHECK(pm_cooling_next(&c, 75, 1.0, 0.4636) == 2.0);
    CHECK(pm_cooling_next(&c, 75, 1.0, 0.4638) == 0.5);
}

void test_cooling(void)
{
    formulas();
    one_family();
    reaches_the_last_temperature(PM_COOL_GEOMETRIC);
    reaches_the_last_temperature(PM_COOL_LOGARITHMIC);
    reaches_the_last_temperature(PM_COOL_FAST);
    reaches_the_last_temperature(PM_COOL_TSALLIS);
    reaches_the_last_temperature(PM_COOL_LUNDY_MEES);
    one_that_is_too_short_falls_faster();
    adaptive_follows_the_share_accepted();
}
