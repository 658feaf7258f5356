/* The populations of the runs that follow one another. */
#include "test.h"

#include "methods/global/cmaes/restarts.h"

#include <math.h>

static const uint64_t key[] = {5, 6};

static void large_ones_double(void)
{
    pm_rng draws = pm_rng_stream(key, 0);
    pm_restarts r = {.first = 6, .most = 100};
    const size_t expected[] = {12, 24, 48, 96, 100, 100};

    for (size_t k = 0; k < 6; ++k) {
        const pm_run run = pm_restart(&r, false, 1000, &draws);
        CHECK(run.lambda == expected[k] && run.limit == SIZE_MAX && run.shorter == 1.0);
    }
    r.most = SIZE_MAX;
    for (size_t k = 0; k < 6; ++k) {
        pm_restart(&r, false, 1000, &draws);
    }
    CHECK(pm_restart(&r, false, 1000, &draws).lambda == 6u << 9);
}

/* The first run counts as a small one. A small run begins while its regime has spent less. */
static void both_regimes_spend_alike(void)
{
    pm_rng draws = pm_rng_stream(key, 0), same = draws;
    pm_restarts r = {.first = 10, .most = 1000};

    CHECK(pm_restart(&r, true, 500, &draws).lambda == 20);
    CHECK(pm_restart(&r, true, 400, &draws).lambda == 40); /* 500 and 400 */
    const pm_run run = pm_restart(&r, true, 800, &draws);  /* 500 and 1200 */
    const double u = pm_rng_uniform(&same), v = pm_rng_uniform(&same);
    CHECK(run.lambda == (size_t)(10.0 * pow(2.0, u * u))); /* up to half of 40 */
    CHECK(run.limit == 400 && run.shorter == pow(10.0, -2.0 * v));
    CHECK(pm_restart(&r, true, 300, &draws).limit == 400); /* 800 and 1200: small again */
    CHECK(pm_restart(&r, true, 400, &draws).lambda == 80); /* 1200 and 1200 */
}

void test_restarts(void)
{
    large_ones_double();
    both_regimes_spend_alike();
}
