/* Which individuals are replaced by children.  The best one is never replaced by a worse one.
 *
 *   random                 the best of the children and of as many individuals drawn at random stay
 *                          (the generalised generation gap of K. Deb, A. Anand & D. Joshi, Evol.
 *                          Comput. 10 (2002) 371)
 *   elitist                the best of the children and of an elite stay: an algorithm by
 *                          generations
 *   crowding               a child competes with the nearest of its parents (S. W. Mahfoud,
 *                          "Niching methods for genetic algorithms", 1995)
 *   restricted_tournament  a child competes with the nearest of a few drawn at random (G. R. Harik,
 *                          ICGA 6 (1995) 24)
 *
 * The last two keep several minima.  Distances are in units of the box.  A child replaces a rival
 * of equal value, so that a population drifts on a plateau.
 */
#ifndef PM_REPLACEMENT_H
#define PM_REPLACEMENT_H

#include "base/arena.h"
#include "methods/global/genetic/individuals.h"
#include "base/rng.h"
#include "solver/method.h"

typedef enum {
    PM_REPLACE_RANDOM,
    PM_REPLACE_ELITIST,
    PM_REPLACE_CROWDING,
    PM_REPLACE_RESTRICTED,
} pm_replacement_kind;

extern const char *const pm_replacements[4];

typedef struct {
    const pm_task *task;
    pm_replacement_kind kind;
    double elite;       /* share of the population that competes with its children */
    size_t window;      /* individuals of a restricted tournament; 0: all */
    const double *unit; /* [n] of distances */
    size_t *order;      /* [most + children] rows; those of children come after the population's */
    double *f;          /* [most + children] values of both, for elites */
} pm_replacement;

/* Kind and options must be set. */
void pm_replacement_layout(pm_replacement *r, pm_arena *a, size_t most, size_t children);
/* To be called when the size of the populations changes. */
void pm_replacement_start(pm_replacement *r, size_t count);
void pm_replace(pm_replacement *r, pm_individuals *in, const pm_children *children, pm_rng *rng);

#endif
