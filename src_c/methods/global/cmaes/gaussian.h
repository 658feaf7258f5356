/* The normal distribution that CMA-ES draws its points from, and how it learns from a generation.
 *
 *   N. Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772, whose symbols and
 *   equations are used: weighted recombination, cumulative step-size adaptation, rank-one and
 *   rank-mu update of the covariance with negative weights.
 *
 * A point is m + sigma y, y being a step drawn with the covariance C; coordinate i has a unit of
 * its own.
 */
#ifndef PM_GAUSSIAN_H
#define PM_GAUSSIAN_H

#include "methods/global/cmaes/covariance.h"
#include "base/ranking.h"
#include "methods/global/cmaes/strategy.h"

typedef struct {
    size_t n;
    pm_strategy strategy;
    pm_covariance C;
    size_t generation; /* how many it has seen */
    double sigma, first_sigma;
    double unlearnt;       /* share of C that the square root in use does not know yet */
    double *unit;          /* [n] of the coordinates */
    double *mean;          /* [n] m */
    double *p_sigma, *p_c; /* [n] evolution paths */
    double *y, *z;         /* [n] the mean step, and what C^-1/2 makes of it */
    double *by_row;        /* [most] weights, by row */
} pm_gaussian;

/* `most`: points of the largest generation. */
void pm_gaussian_layout(pm_gaussian *g, pm_arena *a, const pm_task *task, size_t most,
                        bool diagonal);

/* C = 1 and nothing learnt; mean and unit are the caller's to set. */
void pm_gaussian_begin(pm_gaussian *g, size_t lambda, double sigma);

/* Coordinate i of where a step y_i leads to. */
static inline double pm_gaussian_stepped(const pm_gaussian *g, size_t i, double y)
{
    return g->mean[i] + g->sigma * g->unit[i] * y;
}

/* Learns from the steps Y[lambda][n], which have the squared lengths square[lambda] in the
 * coordinates in which C is 1, in this order. The mean stays in the box. The square root of C stays
 * what it was. */
void pm_gaussian_learn(pm_gaussian *g, const pm_ranked *order, const double *Y,
                       const double *square, const double *lower, const double *upper);

/* The square root follows C, if enough is new of that. False if C is not positive definite. */
bool pm_gaussian_renew(pm_gaussian *g);

/* Whether a step changes no coordinate any more: NoEffectAxis and NoEffectCoord of Hansen 2009. */
bool pm_gaussian_moves_nothing(const pm_gaussian *g);

/* Whether all steps are shorter than this, in units. */
bool pm_gaussian_is_tiny(const pm_gaussian *g, double tiny);

#endif
