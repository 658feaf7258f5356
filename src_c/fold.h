/* A smooth map of all numbers onto an interval, for searches that know no bounds.
 *
 * Inside the interval it is the identity, but for a margin at each wall, in which it is the
 * parabola that joins with equal slope and is level where it touches the wall; beyond, it goes on
 * as in a mirror. An optimum at a wall is thereby an optimum in the interior of what is searched,
 * and a quadratic one where f has a slope.
 *
 *   After N. Hansen's `BoundTransform` of pycma (N. Hansen, Y. Akimoto & P. Baudis, CMA-ES/pycma,
 *   doi:10.5281/zenodo.2559634).
 */
#ifndef PM_FOLD_H
#define PM_FOLD_H

#include "bounds.h"

/* One coordinate: lower - margin is mapped to lower, upper + margin to upper. */
typedef struct {
    double lower, upper, margin;
} pm_fold;

/* `unit`: a length over which f may be expected to change. */
pm_fold pm_fold_made(double lower, double upper, double unit);

/* What the map leads to: a number of the interval. */
double pm_fold_bend(const pm_fold *f, double t);

static inline double pm_folded(const pm_fold *f, double t)
{
    return t >= f->lower + f->margin && t <= f->upper - f->margin ? t : pm_fold_bend(f, t);
}

/* The nearest t to the interval's middle that is mapped to x. */
double pm_unfolded(const pm_fold *f, double x);

/* t less the whole periods of the map by which it is away from the interval. */
double pm_fold_near(const pm_fold *f, double t);

#endif
