#include "methods/global/cmaes/restarts.h"

#include "base/arena.h"

#include <math.h>

static size_t large(const pm_restarts *r)
{
    return pm_fewer(r->most, r->first << r->doublings);
}

/* Hansen 2009: the population is between the first and half of the large one, the steps are
 * smaller, and the limit is half of the evaluations of the last large run. */
static pm_run small_run(pm_restarts *r, pm_rng *draws)
{
    const double first = (double)r->first, most = fmax(1.0, 0.5 * (double)large(r) / first);
    const double u = pm_rng_uniform(draws), v = pm_rng_uniform(draws);

    r->regime = PM_SMALL_RUNS;
    return (pm_run){.lambda = (size_t)(first * pow(most, u * u)),
                    .limit = r->last_large / 2,
                    .shorter = pow(10.0, -2.0 * v)};
}

pm_run pm_restart(pm_restarts *r, bool both, size_t evaluations, pm_rng *draws)
{
    r->spent[r->regime] += evaluations;
    if (r->regime == PM_LARGE_RUNS) {
        r->last_large = evaluations;
    }
    if (both && r->spent[PM_SMALL_RUNS] < r->spent[PM_LARGE_RUNS]) {
        return small_run(r, draws);
    }
    r->regime = PM_LARGE_RUNS;
    r->doublings += r->doublings < PM_DOUBLINGS;
    return (pm_run){.lambda = large(r), .limit = SIZE_MAX, .shorter = 1.0};
}
