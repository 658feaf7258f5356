/* The parameters that CMA-ES derives from the number of variables and the population: the weights
 * of the ranks and the learning rates.
 *
 *   N. Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772, table 1, whose symbols
 *   are used.
 */
#ifndef PM_STRATEGY_H
#define PM_STRATEGY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    size_t lambda, mu; /* points of a generation, and those of them with a positive weight */
    double mu_eff;     /* variance-effective number of the points that make the mean */
    double c_sigma, d_sigma, c_c, c_1, c_mu;
    double chi;   /* E|N(0, I)|, the expected length of a normal vector in n dimensions */
    double sum_w; /* of all weights */
    double *w;    /* [lambda] by rank: positive ones, which sum to 1, then negative ones */
} pm_strategy;

/* The default population. */
size_t pm_strategy_population(size_t n);

/* Sets all parameters; s->w has room for lambda >= 2 weights. */
void pm_strategy_set(pm_strategy *s, size_t n, size_t lambda, bool diagonal);

#endif
