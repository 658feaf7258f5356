/* The first population of a method: the points that the user gives, and drawn ones besides. */
#ifndef PM_POPULATION_H
#define PM_POPULATION_H

#include "solver/method.h"
#include "base/rng.h"

/* How points are drawn.  Uniform ones are drawn here; the others are made by the caller and come in
 * `design` of the task. */
extern const char *const pm_initializations[3];

#define PM_OPTION_INITIALIZATION(type)                                                             \
    PM_OPTION_CHOICE(type, initialization, 0, pm_initializations,                                  \
                     "how the first population is drawn, beside the points that are given")

/* Size of the first population: `wanted` if that is not 0; else, if more than one point is given,
 * their number or `fewest`, whichever is larger; else `automatic`.  Never fewer than are given. */
size_t pm_population_size(const pm_task *task, size_t wanted, size_t fewest, size_t automatic);

/* The range from which variable i is drawn: the box or, where that is open, what is within `spread`
 * times max(|x0|, 1) of x0. */
void pm_drawing_range(const pm_task *task, size_t i, double spread, double *from, double *to);

/* The ranges of all variables: their lower ends from[n] and their widths width[n]. */
void pm_drawing_region(const pm_task *task, double spread, double *from, double *width);

/* Writes x[m][n]: uniform points of these ranges. */
void pm_draw_points(const pm_task *task, double spread, pm_rng *rng, double *x, size_t m);

/* Writes x[m][n]: the points given, or x0; then those of the design; then uniform ones. */
void pm_first_population(const pm_task *task, double spread, pm_rng *rng, double *x, size_t m);

/* Whether every coordinate of all points x[m][n] is within xtol max(|centre|, 1) of centre[n]. */
bool pm_are_within(const double *x, size_t m, size_t n, const double *centre, double xtol);

/* Root mean square distance of the points x[m][n] from their mean, per coordinate and in units of
 * the ranges: 0.29 for points that are uniform in the ranges. */
double pm_diversity(const pm_task *task, double spread, const double *x, size_t m);

#endif
