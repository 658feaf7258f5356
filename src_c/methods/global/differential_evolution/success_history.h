/* The success history of differential evolution: which scale factors and crossover rates led to
 * improvements.
 *
 *   R. Tanabe & A. S. Fukunaga, "Success-history based parameter adaptation for differential
 *   evolution", CEC 2013; with the terminal value of their "Improving the search performance of
 *   SHADE using linear population size reduction", CEC 2014, Algorithm 1, whose symbols are used.
 */
#ifndef PM_SUCCESS_HISTORY_H
#define PM_SUCCESS_HISTORY_H

#include "base/arena.h"
#include "base/rng.h"

typedef struct {
    size_t H;           /* entries of each memory */
    size_t k;           /* the next entry to be overwritten */
    double *M_F, *M_CR; /* [H] weighted means of successful values; M_CR < 0: CR stays 0 */
} pm_success_history;

void pm_success_layout(pm_success_history *s, pm_arena *a, size_t H);
void pm_success_start(pm_success_history *s, double F, double CR);

/* Draws a scale factor on (0, 1] and a crossover rate on [0, 1] around a random entry of the
 * memories. */
void pm_success_draw(const pm_success_history *s, pm_rng *rng, double *F, double *CR);

/* Learns from a generation in which trials with F[count] and CR[count] improved f by gain[count],
 * all above 0. */
void pm_success_learn(pm_success_history *s, const double *F, const double *CR, const double *gain,
                      size_t count);

#endif
