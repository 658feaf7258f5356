/* The order of values. */
#ifndef PM_RANKING_H
#define PM_RANKING_H

#include <stddef.h>

typedef struct {
    double f;
    size_t row;
} pm_ranked;

/* Writes to order[count] the values f[count] and their rows, the lowest first; of equals the first
 * row first.  f holds no NaN. */
void pm_rank(pm_ranked *order, const double *f, size_t count);

#endif
