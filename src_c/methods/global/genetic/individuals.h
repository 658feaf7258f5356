/* The individuals of a population, the children of a batch, and their places in memory. */
#ifndef PM_INDIVIDUALS_H
#define PM_INDIVIDUALS_H

#include "solver/method.h"

/* One population: a window on the arrays of a method. */
typedef struct {
    size_t n, count;
    double *x;    /* [count][n] */
    double *f;    /* [count] */
    double *step; /* [count] standard deviations of self-adaptive mutations, in units of the box */
    size_t *best; /* the row of the lowest value; [islands] of all islands together */
} pm_individuals;

/* Children of such a population, with their parents. */
typedef struct {
    size_t count, most;      /* children; parents that one can have */
    const double *x;         /* [count][n] */
    const double *f;         /* [count] */
    const double *step;      /* [count] */
    const size_t *parents;   /* [count][most] rows of the population */
    const size_t *n_parents; /* [count] */
    bool *survives;          /* [count] output: the child has replaced an individual */
} pm_children;

static inline double *pm_individual(const pm_individuals *p, size_t row)
{
    return p->x + row * p->n;
}

/* Island k of `parts` equal ones. */
static inline pm_individuals pm_island(const pm_individuals *all, size_t k, size_t parts)
{
    const size_t count = all->count / parts, first = k * count;
    return (pm_individuals){.n = all->n,
                            .count = count,
                            .x = all->x + first * all->n,
                            .f = all->f + first,
                            .step = all->step + first,
                            .best = all->best + k};
}

/* Squared distance of the individual in this row from x[n], in units[n]. */
double pm_distance(const pm_individuals *p, size_t row, const double *x, const double *unit);
/* Child k takes the place of the individual in this row. */
void pm_take_place(pm_individuals *p, size_t row, const pm_children *children, size_t k);
/* Sets p->best after values have changed in any way. */
void pm_find_best(pm_individuals *p);
/* Puts the m best of order[count], rows of f, first.  Equal values are ranked by their row, so that
 * the set does not depend on the order before. */
void pm_put_best_first(const double *f, size_t *order, size_t count, size_t m);

#endif
