/* The lowest point that a method has met. */
#ifndef PM_BEST_H
#define PM_BEST_H

#include "base/arena.h"

#include <math.h>
#include <string.h>

typedef struct {
    size_t n;
    double f;  /* HUGE_VAL before a finite value */
    double *x; /* [n] the start, until there is a finite value */
} pm_best;

static inline void pm_best_layout(pm_best *b, pm_arena *a, size_t n)
{
    b->n = n;
    b->x = PM_TAKE(a, double, n);
}

static inline void pm_best_start(pm_best *b, const double *x0)
{
    b->f = HUGE_VAL;
    memcpy(b->x, x0, b->n * sizeof *b->x);
}

/* Keeps x[n] if its value f is below the lowest so far; returns whether it is. */
static inline bool pm_best_keep(pm_best *b, const double *x, double f)
{
    if (!(f < b->f)) {
        return false;
    }
    b->f = f;
    memcpy(b->x, x, b->n * sizeof *b->x);
    return true;
}

#endif
