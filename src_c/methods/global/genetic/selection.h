/* Which individuals become parents.
 *
 *   best                  one parent is the best individual, the others are drawn at random: the
 *                         generalised generation gap (K. Deb, A. Anand & D. Joshi, "A
 *                         computationally efficient evolutionary algorithm for real-parameter
 *                         optimization", Evol. Comput. 10 (2002) 371, section 4)
 *   uniform               all are drawn at random
 *   neighbours            one is drawn at random, and the others from the individuals nearest to
 *                         it, twice as many as parents are wanted, so that niches do not mix
 *                         (B. Y. Qu, P. N. Suganthan & J. J. Liang, IEEE Trans. Evol. Comput. 16
 *                         (2012) 601)
 *   tournament            the best of a few drawn with replacement (D. E. Goldberg & K. Deb,
 *                         FOGA 1 (1991) 69)
 *   rank                  chances fall linearly with the rank (J. E. Baker, ICGA 1 (1985) 101)
 *   roulette              chances are proportional to the difference from the worst value
 *                         (D. E. Goldberg, "Genetic algorithms in search, optimization, and machine
 *                         learning", 1989, with the window of J. J. Grefenstette, IEEE Trans. SMC
 *                         16 (1986) 122)
 *   stochastic_universal  the same chances, all parents of a batch by one spin of a wheel with
 *                         evenly spaced pointers, so that the number of draws of an individual
 *                         differs from its expectation by less than one (J. E. Baker, ICGA 2 (1987)
 *                         14)
 *
 * Distances are in units of the box.  The parents of a child are different individuals with best,
 * uniform and neighbours; with the other kinds one may be drawn twice.
 */
#ifndef PM_SELECTION_H
#define PM_SELECTION_H

#include "base/arena.h"
#include "methods/global/genetic/individuals.h"
#include "base/ranking.h"
#include "base/rng.h"

typedef enum {
    PM_SELECT_BEST,
    PM_SELECT_UNIFORM,
    PM_SELECT_NEIGHBOURS,
    PM_SELECT_TOURNAMENT,
    PM_SELECT_RANK,
    PM_SELECT_ROULETTE,
    PM_SELECT_UNIVERSAL,
} pm_selection_kind;

extern const char *const pm_selections[7];

typedef struct {
    pm_selection_kind kind;
    size_t tournament;  /* individuals of a tournament */
    double pressure;    /* of rank, on [1, 2]: how often the best is drawn, relative to the mean */
    const double *unit; /* [n] of distances */
    size_t *order;      /* [most] rows, shuffled further by every draw */
    pm_ranked *ranked;  /* [most] for ranks */
    double *wheel;      /* [most] cumulative sums of the chances; or distances */
    size_t *spun;       /* [draws] rows that the pointers have met, ... */
    size_t left;        /* ... of which so many have not been used as parents yet */
} pm_selection;

/* `most` individuals and `draws` parents in one batch at most.  Kind and options must be set. */
void pm_selection_layout(pm_selection *s, pm_arena *a, size_t most, size_t draws);
/* To be called when the size of the populations changes. */
void pm_selection_start(pm_selection *s, size_t count);
/* To be called before the parents of a batch are drawn, `draws` of them at most. */
void pm_selection_begin(pm_selection *s, const pm_individuals *from, size_t draws, pm_rng *rng);
/* Writes rows of `count` parents, count <= from->count. */
void pm_select(pm_selection *s, const pm_individuals *from, size_t count, pm_rng *rng,
               size_t *parents);
/* Draws `count` of the rows in order[below], which holds each row below `below` once, at random and
 * puts them first. */
void pm_shuffle(size_t *order, size_t below, size_t count, pm_rng *rng);

#endif
