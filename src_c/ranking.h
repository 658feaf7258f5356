/* The order of values. */
#ifndef PM_RANKING_H
#define PM_RANKING_H

#include <stddef.h>

/* Writes to order[count] the indices of f[count], the lowest value first; of equals the first one
 * first.  f holds no NaN. */
void pm_rank(const double *f, size_t *order, size_t count);

typedef struct {
    double f;
    size_t row;
} pm_ranked;

/* The same with the values beside the indices. */
void pm_rank_pairs(pm_ranked *order, const double *f, size_t count);

#endif
