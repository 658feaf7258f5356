/* How large the population of the next run of an evolution strategy is, and how long and with what
 * steps it may run.
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
    size_t lambda;  /* its population */
    size_t limit;   /* evaluations it may take */
    double shorter; /* its first steps, relative to those of the first run */
} pm_run;

/* The regime of large populations, which double; that of small ones, to which the first belongs. */
typedef struct {
    size_t first, most; /* the first population, the largest one */
    enum { PM_SMALL_RUNS, PM_LARGE_RUNS } regime;
    size_t doublings;  /* of the population of the large regime so far */
    size_t spent[2];   /* evaluations of each regime */
    size_t last_large; /* evaluations of the last large run */
} pm_restarts;

/* Doublings there can be: Hansen 2009. */
enum { PM_DOUBLINGS = 9 };

/* The run before has taken so many evaluations. `both` regimes in turn, so that they spend alike;
 * or the large one only. */
pm_run pm_restart(pm_restarts *r, bool both, size_t evaluations, pm_rng *draws);

#endif
