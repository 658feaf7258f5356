/* Variation: makes the children of a population.  Parents are selected and crossed, and the child
 * is mutated.
 *
 *   D. Thierens, "An adaptive pursuit strategy for allocating operator probabilities", GECCO 2005,
 *   section 2.1 (probability matching): adaptive crossover makes each child by parent-centric
 *   crossover, by ensemble crossover, or as a copy of its first parent with a gene mutated, chosen
 *   with chances that follow the share of children of that kind that survived.  The three have
 *   different strengths: a bowl, a valley oblique to the axes, many minima along the axes.
 *
 * Departures from the paper: chances are credit + 1/10, divided by their sum.  A child that equals
 * its parent, whose value is known already, has one gene mutated.
 */
#ifndef PM_VARIATION_H
#define PM_VARIATION_H

#include "methods/global/genetic/crossover.h"
#include "methods/global/genetic/individuals.h"
#include "methods/global/genetic/mutation.h"
#include "methods/global/genetic/selection.h"
#include "solver/method.h"

/* Adaptive, and then the kinds of crossover.h. */
extern const char *const pm_crossovers[8];
enum { PM_CROSS_ADAPTIVE, PM_CROSS_FIRST };

enum { PM_COMPETING = 3 }; /* kinds of children that compete */

typedef struct {
    const pm_task *task;
    size_t n;
    int crossover;      /* of pm_crossovers */
    double probability; /* of a crossover, if it is not adaptive */
    pm_selection selection;
    pm_crossover cross;
    pm_mutation mutation;
    pm_rng selecting, crossing, mutating;
    double credit[PM_COMPETING];

    /* The children of a batch. */
    size_t most_parents;
    double *step;             /* [children] */
    size_t *kind, *n_parents; /* [children] */
    size_t *parents;          /* [children][most_parents] */
    bool *survives;           /* [children] */
} pm_variation;

/* For at most `children` in a batch, `together` of them of one population, and `most` individuals
 * of a population. The options must be set. */
void pm_variation_layout(pm_variation *v, pm_arena *a, size_t most, size_t children,
                         size_t together);
/* The streams must be set. */
void pm_variation_start(pm_variation *v, double mutation_probability);
/* Gives all operators the same credit; populations have `count` individuals from now on. */
void pm_variation_restart(pm_variation *v, size_t count);
/* Makes `count` children, from row `first` of the batch on; x[][n] are the points of all of it. */
void pm_vary(pm_variation *v, const pm_individuals *from, size_t first, size_t count, double *x);
/* These children with their values. */
pm_children pm_made(const pm_variation *v, const pm_batch *b, size_t first, size_t count);
/* Updates the credit, once it is known which of these children survive. */
void pm_reward(pm_variation *v, size_t first, size_t count);

#endif
