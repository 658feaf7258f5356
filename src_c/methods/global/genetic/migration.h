/* Islands: separate populations.  At intervals each sends copies of its best individuals to the
 * next one of a ring, where they replace the worst.
 *
 *   J. P. Cohoon, S. U. Hegde, W. N. Martin & D. Richards, "Punctuated equilibria: a parallel
 *   genetic algorithm", ICGA 2 (1987) 148.
 *   R. Tanese, "Distributed genetic algorithms", ICGA 3 (1989) 434: the best are sent, the worst
 *   are replaced.
 */
#ifndef PM_MIGRATION_H
#define PM_MIGRATION_H

#include "base/arena.h"
#include "methods/global/genetic/individuals.h"

typedef struct {
    size_t migrants;  /* from each island; at most half of its individuals go */
    size_t *order;    /* [most] rows of an island */
    double *x;        /* [islands migrants][n] the migrants of all islands */
    double *f, *step; /* [islands migrants] */
    bool *survives;   /* [migrants] */
} pm_migration;

/* `migrants` must be set; an island has at most `most` individuals. */
void pm_migration_layout(pm_migration *m, pm_arena *a, size_t n, size_t islands, size_t most);
/* `all` are the islands, one after the other. */
void pm_migrate(pm_migration *m, const pm_individuals *all, size_t islands);

#endif
