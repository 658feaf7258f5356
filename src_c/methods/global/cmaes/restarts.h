/* Restarts of an evolution strategy: the population, the limit of evaluations and the first steps
 * of the next run.
 *
 *   A. Auger & N. Hansen, "A restart CMA evolution strategy with increasing population size",
 *   CEC 2005: IPOP. N. Hansen, "Benchmarking a bi-population CMA-ES on the BBOB-2009 function
 *   testbed", GECCO 2009 workshop: BIPOP.
 */
#ifndef PM_RESTARTS_H
#define PM_RESTARTS_H

#include "base/rng.h"
#include "solver/method.h"

#include <stdbool.h>

typedef struct {
    size_t lambda;  /* population */
    size_t limit;   /* evaluations that the run may take */
    double shorter; /* sigma at the start, relative to that of the first run */
} pm_run;

/* There are two regimes: of large populations, each twice the last, and of small ones.  The first
 * run belongs to the small ones. */
typedef struct {
    size_t first, most; /* the first population, and the largest that is allowed */
    enum { PM_SMALL_RUNS, PM_LARGE_RUNS } regime;
    size_t doublings;  /* of the population of the large regime so far */
    size_t spent[2];   /* evaluations of each regime */
    size_t last_large; /* evaluations of the last large run */
} pm_restarts;

/* Doublings at most: Hansen 2009. */
enum { PM_DOUBLINGS = 9 };

/* The next run, after one that has taken `evaluations`. `both`: the regime that has spent less gets
 * the run, so that both spend about the same; else all runs are large. */
pm_run pm_restart(pm_restarts *r, bool both, size_t evaluations, pm_rng *draws);

#endif
