/* Small random changes of single genes.
 *
 *   polynomial     K. Deb & M. Goyal, "A combined genetic adaptive search (GeneAS) for engineering
 *                  design", Comput. Sci. Inform. 26 (1996) 30; for a box as in the authors' NSGA-II
 *                  (K. Deb, "Multi-objective optimization using evolutionary algorithms", 2001)
 *   gaussian       normal steps of one width
 *   self_adaptive  normal steps of a width that each individual carries and hands on, changed by a
 *                  log-normal factor (H.-P. Schwefel, "Numerical optimization of computer models",
 *                  1981; tau = 1 / sqrt(n) as in H.-G. Beyer, "The theory of evolution
 *                  strategies", 2001)
 *
 * Departures: normal steps that leave the box are reflected at its walls; a whole-numbered gene
 * moves by at least 1.
 */
#ifndef PM_MUTATION_H
#define PM_MUTATION_H

#include "base/rng.h"

#include <stdbool.h>

typedef enum { PM_MUTATE_POLYNOMIAL, PM_MUTATE_GAUSSIAN, PM_MUTATE_SELF_ADAPTIVE } pm_mutation_kind;

extern const char *const pm_mutations[3];

typedef struct {
    pm_mutation_kind kind;
    size_t n;
    double eta;                  /* of polynomial */
    double sigma;                /* of gaussian, and of self_adaptive at first, in units */
    double per_gene;             /* log of the probability that a gene is not mutated */
    size_t until_next;           /* genes still to pass before the next mutation */
    const double *lower, *upper; /* [n] */
    const double *unit;          /* [n] of mutations: widths of the box */
    const bool *integer;         /* [n], or NULL */
} pm_mutation;

/* `probability` of one gene.  The rest must be set. */
void pm_mutation_start(pm_mutation *m, double probability, pm_rng *rng);
/* Mutates genes of x[n], at least one if x is a copy of its parent.  `step` is that of the parent,
 * and becomes that of the child. */
void pm_mutate(pm_mutation *m, const double *parent, pm_rng *rng, double *x, double *step);

#endif
