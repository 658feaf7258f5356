/* Multi-level single linkage: which points of a growing sample are to start a local search.
 *
 *   A. H. G. Rinnooy Kan & G. T. Timmer, "Stochastic global optimization methods, part II:
 *   multi level methods", Math. Programming 39 (1987) 57.
 */
#ifndef PM_LINKAGE_H
#define PM_LINKAGE_H

#include "base/arena.h"

/* Points that may start a search, those that have, and minima, where searches have ended. */
typedef enum { PM_FRESH, PM_STARTED, PM_MINIMUM } pm_linked;

typedef struct {
    size_t n, capacity;
    size_t drawn;    /* k: points of the sample, also those that were not kept */
    size_t count;    /* points kept: the lowest ones of the sample and of the minima */
    double *x;       /* [capacity][n], in the unit cube */
    double *f;       /* [capacity] ascending */
    double *better;  /* [capacity] squared distance to the nearest lower point */
    pm_linked *kind; /* [capacity] */
} pm_linkage;

/* r_k in the unit cube: pi^(-1/2) (Gamma(1 + n/2) sigma ln(k) / k)^(1/n). */
double pm_critical_distance(size_t n, size_t k, double sigma);

void pm_linkage_layout(pm_linkage *s, pm_arena *a, size_t n, size_t capacity);
/* Adds a point x[n] of the unit cube to the sample; `started`: it starts a search in any case. */
void pm_linkage_draw(pm_linkage *s, const double *x, double f, bool started);
/* Adds a new minimum at x[n]: higher points near it do not start a search. */
void pm_linkage_minimum(pm_linkage *s, const double *x, double f);
/* The lowest point, among the best `reduced` part of the sample, that is to start a search; it is
 * then marked as PM_STARTED.  NULL if there is none. */
const double *pm_linkage_start(pm_linkage *s, double sigma, double reduced);

#endif
