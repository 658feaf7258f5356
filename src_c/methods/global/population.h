/* The first population of a method that has one: the points given, and points drawn beside them. */
#ifndef PM_POPULATION_H
#define PM_POPULATION_H

#include "solver/method.h"
#include "base/rng.h"

/* How points are drawn.  All but the uniform ones come as the task's design, made by its owner. */
extern const char *const pm_initializations[3];

#define PM_OPTION_INITIALIZATION(type)                                                             \
    PM_OPTION_CHOICE(type, initialization, 0, pm_initializations,                                  \
                     "how the first population is drawn, beside the points that are given")

/* How many points it has: `wanted` if that is not 0, else as many as are given if they are more
 * than one, at least `fewest`, else `automatic`; never fewer than are given. */
size_t pm_population_size(const pm_task *task, size_t wanted, size_t fewest, size_t automatic);

/* Where variable i is drawn from: the box; where that is open, what is within `spread` times
 * max(|x0|, 1) of x0. */
void pm_drawing_range(const pm_task *task, size_t i, double spread, double *from, double *to);

/* The same of all variables: where the ranges begin, from[n], and how long they are, width[n]. */
void pm_drawing_region(const pm_task *task, double spread, double *from, double *width);

/* Writes x[m][n]: uniform points of these ranges. */
void pm_draw_points(const pm_task *task, double spread, pm_rng *rng, double *x, size_t m);

/* Writes x[m][n]: the points given, or x0; then those of the design; then uniform ones. */
void pm_first_population(const pm_task *task, double spread, pm_rng *rng, double *x, size_t m);

/* Does no point of x[m][n] differ from centre[n] by more than xtol max(|centre|, 1)? */
bool pm_are_within(const double *x, size_t m, size_t n, const double *centre, double xtol);

/* Root mean square distance of a point of x[m][n] from the mean of all, per coordinate and in units
 * of the ranges: 0.29 where they are uniform in them. */
double pm_diversity(const pm_task *task, double spread, const double *x, size_t m);

#endif
