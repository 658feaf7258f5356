#include "ranking.h"

#include <stdbool.h>
#include <stdlib.h>

static bool before(const double *f, size_t a, size_t b)
{
    return f[a] < f[b] || (f[a] == f[b] && a < b);
}

/* Puts `index` into the heap order[count] at or below the place `root`, whose own entry is free. */
static void sift(const double *f, size_t *order, size_t count, size_t root, size_t index)
{
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && before(f, order[child], order[child + 1])) {
            child += 1;
        }
        if (before(f, order[child], index)) {
            break;
        }
        order[root] = order[child];
        root = child;
    }
    order[root] = index;
}

/* J. W. J. Williams, "Algorithm 232: heapsort", Comm. ACM 7 (1964) 347. */
void pm_rank(const double *f, size_t *order, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        order[i] = i;
    }
    for (size_t root = count / 2; root-- > 0;) {
        sift(f, order, count, root, order[root]);
    }
    for (size_t end = count; end-- > 1;) {
        const size_t index = order[end];
        order[end] = order[0];
        sift(f, order, end, 0, index);
    }
}

static int by_value(const void *a, const void *b)
{
    const pm_ranked *p = a, *q = b;
    return p->f < q->f ? -1 : p->f > q->f ? 1 : p->row < q->row ? -1 : 1;
}

void pm_rank_pairs(pm_ranked *order, const double *f, size_t count)
{
    for (size_t j = 0; j < count; ++j) {
        order[j] = (pm_ranked){f[j], j};
    }
    qsort(order, count, sizeof *order, by_value);
}
