/* The main axes of a population: eigenvectors of an averaged covariance.
 *
 *   S.-M. Guo & C.-C. Yang, "Enhancing differential evolution utilizing eigenvector-based crossover
 *   operator", IEEE Trans. Evol. Comput. 19 (2015) 31.
 *
 *   Departures: the covariance is that of the better half of the population, scaled to trace 1, and
 *   averaged over the generations as in an evolution strategy (N. Hansen, S. D. Mueller &
 *   P. Koumoutsakos, Evol. Comput. 11 (2003) 1, the rank-mu update), since a small population does
 *   not span the space.
 */
#ifndef PM_AXES_H
#define PM_AXES_H

#include "base/linalg.h"
#include "base/ranking.h"
#include "solver/method.h"

typedef struct {
    size_t n;
    bool known;       /* the axes have been computed */
    size_t seen;      /* members learnt from since then */
    double *C;        /* [n][n] averaged covariance, up to the diagonal of each row */
    double *B, *w;    /* [n][n] its eigenvectors in rows, [n] eigenvalues */
    double *mean, *d; /* [n] scratch */
    pm_eigen eigen;
} pm_axes;

void pm_axes_layout(pm_axes *s, pm_arena *a, const pm_linalg *linalg, size_t n);
/* Begins with C = 0 and no axes. */
void pm_axes_start(pm_axes *s);
/* Learns from a generation: N rows of x[][n], ranked by `order`. */
void pm_axes_learn(pm_axes *s, const double *x, const pm_ranked *order, size_t N);
/* Projects d[n] on the axes k with kept[k]. */
void pm_axes_keep(pm_axes *s, const bool *kept, double *d);

#endif
