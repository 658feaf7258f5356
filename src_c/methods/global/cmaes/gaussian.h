/* The normal distribution that CMA-ES draws its points from, and how it learns from a generation.
 *
 *   N. Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772, whose symbols and
 *   equations are used: weighted recombination, cumulative step-size adaptation, rank-one and
 *   rank-mu update of the covariance with negative weights.
 *
 * A point is m + sigma y, where the step y is drawn with the covariance C; each coordinate of y is
 * in a unit of its own.
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
    size_t generation; /* generations so far */
    double sigma, first_sigma;
    double unlearnt;       /* share of C that is newer than its square root */
    double *unit;          /* [n] of the coordinates */
    double *mean;          /* [n] m */
    double *p_sigma, *p_c; /* [n] evolution paths */
    double *y, *z;         /* [n] the mean step y, and C^-1/2 y */
    double *by_row;        /* [most] weights, by row */
} pm_gaussian;

/* `most`: points of the largest generation. */
void pm_gaussian_layout(pm_gaussian *g, pm_arena *a, const pm_task *task, size_t most,
                        bool diagonal);

/* Begins with C the identity and evolution paths of 0; the caller sets mean and unit. */
void pm_gaussian_begin(pm_gaussian *g, size_t lambda, double sigma);

/* Coordinate i of the point m + sigma y. */
static inline double pm_gaussian_stepped(const pm_gaussian *g, size_t i, double y)
{
    return g->mean[i] + g->sigma * g->unit[i] * y;
}

/* Updates the mean, sigma and C from the steps Y[lambda][n], ranked by `order`, whose squared
 * lengths in the coordinates in which C is the identity are square[lambda]. The mean stays in the
 * box. The square root of C is left as it is. */
void pm_gaussian_learn(pm_gaussian *g, const pm_ranked *order, const double *Y,
                       const double *square, const double *lower, const double *upper);

/* Renews the square root of C if C has changed enough. False if C is not positive definite. */
bool pm_gaussian_renew(pm_gaussian *g);

/* Whether steps are lost by rounding: NoEffectAxis and NoEffectCoord of Hansen 2009. */
bool pm_gaussian_moves_nothing(const pm_gaussian *g);

/* Whether sigma times p_c and times the standard deviation is below `tiny` in every coordinate, in
 * the units of the coordinates. */
bool pm_gaussian_is_tiny(const pm_gaussian *g, double tiny);

#endif
