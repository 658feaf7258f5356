#include "methods/global/genetic/individuals.h"

#include <string.h>

double pm_distance(const pm_individuals *p, size_t row, const double *x, const double *unit)
{
    const double *y = pm_individual(p, row);
    double sum = 0.0;

    for (size_t i = 0; i < p->n; ++i) {
        const double d = (x[i] - y[i]) / unit[i];
        sum += d * d;
    }
    return sum;
}

void pm_take_place(pm_individuals *p, size_t row, const pm_children *children, size_t k)
{
    memcpy(pm_individual(p, row), children->x + k * p->n, p->n * sizeof *p->x);
    p->f[row] = children->f[k];
    p->step[row] = children->step[k];
    children->survives[k] = true;
    if (p->f[row] < p->f[*p->best]) {
        *p->best = row;
    }
}

void pm_find_best(pm_individuals *p)
{
    *p->best = 0;
    for (size_t j = 1; j < p->count; ++j) {
        *p->best = p->f[j] < p->f[*p->best] ? j : *p->best;
    }
}

static bool better(const double *f, size_t a, size_t b)
{
    return f[a] < f[b] || (f[a] == f[b] && a < b);
}

static void exchange(size_t *order, size_t a, size_t b)
{
    const size_t kept = order[a];
    order[a] = order[b];
    order[b] = kept;
}

/* C. A. R. Hoare, "Algorithm 65: find", Comm. ACM 4 (1961) 321. */
void pm_put_best_first(const double *f, size_t *order, size_t count, size_t m)
{
    size_t low = 0, high = count; /* the m-th best is in low .. high - 1 */

    while (high - low > 1) {
        exchange(order, low, low + (high - low) / 2);
        const size_t pivot = order[low];
        size_t place = low;
        for (size_t k = low + 1; k < high; ++k) {
            if (better(f, order[k], pivot)) {
                exchange(order, ++place, k);
            }
        }
        exchange(order, low, place);
        if (place == m) {
            return;
        }
        if (place < m) {
            low = place + 1;
        } else {
            high = place;
        }
    }
}
