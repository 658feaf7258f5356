/* Crossover: children of two or more parents.  Each operator makes one child, which is in the box.
 *
 * Gene by gene, of two parents:
 *   sbx             simulated binary crossover (K. Deb & R. B. Agrawal, Complex Systems 9 (1995)
 *                   115; for a box as in K. Deb, Comput. Methods Appl. Mech. Engrg. 186 (2000) 311)
 *   blend           BLX-alpha (L. J. Eshelman & J. D. Schaffer, FOGA 2 (1993) 187)
 *   arithmetic      a point of the segment between them (Z. Michalewicz, "Genetic algorithms + data
 *                   structures = evolution programs", 1992)
 *   uniform         each gene from either (G. Syswerda, ICGA 3 (1989) 2)
 *
 * As vectors, independent of the orientation of the axes:
 *   simplex         SPX, uniform in the enlarged simplex of n + 1 parents (S. Tsutsui, M. Yamamura
 *                   & T. Higuchi, GECCO 1999, 657)
 *   parent_centric  PCX, around the first of three parents, along the line to the mean of them and
 *                   across it by the distances of the others (K. Deb, A. Anand & D. Joshi, Evol.
 *                   Comput. 10 (2002) 371, equation 4)
 *   ensemble        REX(U, n + 1): differences of n + 1 parents from their mean, randomly weighted
 *                   (S. Kobayashi, Trans. Japan. Soc. AI 24 (2009) 147), around the first parent
 *
 * Departures from the papers:
 *   - Only one of the two children of sbx, blend and uniform is made.  A gene of sbx is crossed
 *     with probability 1/2, as in the paper; the uncrossed ones are the first parent's.
 *   - The variates of PCX are uniform, with the variance of the normal ones, which would take three
 *     times as long as everything else; zeta = eta = 1.2 / sqrt(n), since steps across the line add
 *     up over n - 1 dimensions.
 *   - The children of the ensemble are around the first parent instead of the mean: if it is the
 *     best individual, they do not have to find their way back to it.
 *   - With fewer individuals than n + 1, simplex and ensemble take all as parents.
 *   - A vector that leaves the box is reflected at its walls.
 */
#ifndef PM_CROSSOVER_H
#define PM_CROSSOVER_H

#include "base/arena.h"
#include "base/rng.h"

typedef enum {
    PM_CROSS_SBX,
    PM_CROSS_BLEND,
    PM_CROSS_ARITHMETIC,
    PM_CROSS_UNIFORM,
    PM_CROSS_SIMPLEX,
    PM_CROSS_PARENT_CENTRIC,
    PM_CROSS_ENSEMBLE,
} pm_crossover_kind;

typedef struct {
    size_t n;
    double eta;    /* of sbx */
    double alpha;  /* of blend */
    double spread; /* factor on the spread that the papers of the vector operators recommend */
    const double *lower, *upper; /* [n] */
    double roomy;                /* the room from which on room^-(eta + 1) is below 2^-53 */
    double *mean, *vertex;       /* [n] */
    double *weight;              /* [n + 1] */
} pm_crossover;

/* The options must be set. */
void pm_crossover_layout(pm_crossover *c, pm_arena *a, size_t n);
/* How many parents the operator takes where there are `count` individuals. */
size_t pm_crossover_parents(pm_crossover_kind kind, size_t n, size_t count);
/* Writes child[n], a child of `count` parents, which are rows of x[][n]. */
void pm_cross(const pm_crossover *c, pm_crossover_kind kind, const double *x, const size_t *parents,
              size_t count, pm_rng *rng, double *child);

#endif
