#include "solver/units.h"

#include "base/vectors.h"

#include <string.h>

/* to = from * scale, row by row. */
static void multiply(double *PM_RESTRICT to, const double *PM_RESTRICT from,
                     const double *PM_RESTRICT scale, size_t count, size_t n)
{
    for (size_t j = 0; j < count; ++j, to += n, from += n) {
        for (size_t i = 0; i < n; ++i) {
            to[i] = from[i] * scale[i];
        }
    }
}

static void divide(double *PM_RESTRICT to, const double *PM_RESTRICT from,
                   const double *PM_RESTRICT scale, size_t count, size_t n)
{
    for (size_t j = 0; j < count; ++j, to += n, from += n) {
        for (size_t i = 0; i < n; ++i) {
            to[i] = from[i] / scale[i];
        }
    }
}

void pm_units_ask(const double *scale, const pm_batch *inner, pm_batch *outer)
{
    outer->count = inner->count;
    outer->wants = inner->wants;
    multiply(outer->x, inner->x, scale, inner->count, inner->n);
    if (inner->wants == PM_HV) {
        multiply(outer->v, inner->v, scale, inner->count, inner->n);
    }
}

void pm_units_tell(const double *scale, pm_batch *inner, const pm_batch *outer, bool moved)
{
    if (moved) {
        divide(inner->x, outer->x, scale, inner->count, inner->n);
    }
    if (inner->wants == PM_HV) {
        multiply(inner->hv, outer->hv, scale, inner->count, inner->n);
        return;
    }
    memcpy(inner->f, outer->f, inner->count * sizeof *inner->f);
    if (inner->wants == PM_FG) {
        multiply(inner->g, outer->g, scale, inner->count, inner->n);
    }
}
