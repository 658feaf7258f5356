/* The local minima that a run has met, lowest first, and how often descents have ended in each.
 *
 * Two ends of descents are taken for one minimum if they are as near as rounding explains, or near
 * in units of the box and alike in value.  That is a guess: only values of
 * f between them could make it certain.
 */
#ifndef PM_BASINS_H
#define PM_BASINS_H

#include "base/arena.h"
#include "solver/method.h"

struct pm_basins {
    size_t n, capacity;
    size_t count;    /* minima in the record */
    size_t distinct; /* minima met, also those that were too high to be kept */
    size_t descents; /* in all */
    size_t uniform;  /* descents that began at independent uniform points of the box */
    double highest;  /* the highest value of a minimum met; less the lowest, it is the unit of f */
    double *unit;    /* [n] widths of the box, or max(|x0|, 1) where it is open */
    double *x;       /* [capacity][n] */
    double *f;       /* [capacity] ascending */
    size_t *hits;    /* [capacity] descents that ended there */
    size_t *sampled; /* [capacity] those of the hits that began at uniform points */
};

/* The usual capacity of a record: fewer minima where they would take too much memory. */
size_t pm_basins_capacity(size_t n);
void pm_basins_layout(pm_basins *b, pm_arena *a, size_t n, size_t capacity);
void pm_basins_start(pm_basins *b, const pm_task *task);
/* Records a descent that ended at x[n] with the value f; `uniform`: it began at an independent
 * uniform point of the box.  If f is infinite, the descent is counted but gives no minimum. Returns
 * whether the minimum is new. */
bool pm_basins_add(pm_basins *b, const double *x, double f, bool uniform);
/* The largest difference of values that are alike: a small part of the range of all minima met. */
double pm_basins_alike(const pm_basins *b);
/* Whether two ends of descents, x[n] and y[n], are taken for one minimum. */
bool pm_basins_same(const pm_basins *b, const double *x, double f, const double *y, double g);

/* The fewest independent uniform starts after which no more than w + 1/2 minima are expected where
 * w are known: 2 w^2 + 3 w + 2 (C. G. E. Boender & A. H. G. Rinnooy Kan, Math. Programming 37,
 * 1987). */
size_t pm_enough_starts(size_t w);

#endif
