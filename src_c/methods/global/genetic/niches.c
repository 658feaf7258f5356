#include "methods/global/genetic/niches.h"

#include "base/vectors.h"

#include <math.h>

static const double RADIUS = 1e-2;

static bool is_near(const double *x, const double *y, const double *unit, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        if (!(fabs(x[i] - y[i]) <= RADIUS * unit[i])) {
            return false;
        }
    }
    return true;
}

static bool is_best_nearby(const pm_individuals *p, size_t j, const double *unit)
{
    for (size_t k = 0; k < p->count; ++k) {
        const bool better = p->f[k] < p->f[j] || (p->f[k] == p->f[j] && k < j);
        if (better && is_near(pm_individual(p, k), pm_individual(p, j), unit, p->n)) {
            return false;
        }
    }
    return true;
}

void pm_note_niches(pm_basins *record, const pm_task *task, const pm_individuals *p,
                    const double *unit)
{
    for (size_t j = 0; j < p->count && !pm_pass_called_off(task, p->count * p->n); ++j) {
        if (p->f[j] < HUGE_VAL && is_best_nearby(p, j, unit)) {
            pm_basins_add(record, pm_individual(p, j), p->f[j], false);
        }
    }
}
