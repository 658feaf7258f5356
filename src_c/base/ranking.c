#include "base/ranking.h"

#include <stdlib.h>

/* The row breaks ties, so the order is total and does not depend on the sorting algorithm. */
static int by_value(const void *a, const void *b)
{
    const pm_ranked *p = a, *q = b;
    return p->f < q->f ? -1 : p->f > q->f ? 1 : p->row < q->row ? -1 : 1;
}

void pm_rank(pm_ranked *order, const double *f, size_t count)
{
    for (size_t j = 0; j < count; ++j) {
        order[j] = (pm_ranked){f[j], j};
    }
    qsort(order, count, sizeof *order, by_value);
}
