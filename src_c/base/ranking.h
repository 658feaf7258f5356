/* Sorting of values, which remembers their rows. */
#ifndef PM_RANKING_H
#define PM_RANKING_H

#include <stddef.h>

typedef struct {
    double f;
    size_t row;
} pm_ranked;

/* Writes the values f[count] with their rows to order[count], the lowest first; equal values are
 * ordered by row.  f holds no NaN. */
void pm_rank(pm_ranked *order, const double *f, size_t count);

#endif
