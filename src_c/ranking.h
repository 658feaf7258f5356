/* Points in the order of their values, equal ones in that of their rows: the same order on every
 * machine. */
#ifndef PM_RANKING_H
#define PM_RANKING_H

#include <stddef.h>

typedef struct {
    double f;
    size_t row;
} pm_ranked;

/* Ranks the points with values f[count], none of them NaN, to order[count]. */
void pm_rank(pm_ranked *order, const double *f, size_t count);

#endif
