/* The lowest point of a quadratic that is fitted to the last points of an evolution strategy.
 *
 *   N. Hansen, "A global surrogate assisted CMA-ES", GECCO 2019: the weights by rank. There the
 *   model has mixed terms in fixed coordinates; here it has none, in the axes of C, which come to
 *   stand for them. That takes 2 n + 1 points instead of n^2 / 2, and a fit some n^3 operations.
 */
#ifndef PM_PROPOSAL_H
#define PM_PROPOSAL_H

#include "covariance.h"
#include "quadratic.h"
#include "ranking.h"

typedef struct {
    size_t n, kept;
    size_t count, fitted; /* points so far, and when the last fit was made */
    pm_quadratic model;
    double *T, *F;    /* [kept][n] and [kept] the last points and their values: a ring */
    pm_ranked *order; /* [kept] */
    double *y;        /* [n] */
    double *z;        /* [n] the proposal, in the coordinates in which C is 1 */
} pm_proposal;

void pm_proposal_layout(pm_proposal *p, pm_arena *a, size_t n);

/* Forgets all points. */
void pm_proposal_restart(pm_proposal *p);

/* The place[n] of a further point, whose value is f. */
double *pm_proposal_place(pm_proposal *p, double f);

/* Makes the proposal p->z for steps from this mean[n]. False if it is too early, or too soon after
 * the last one, or if the points do not determine it. */
bool pm_proposal_make(pm_proposal *p, const pm_covariance *c, const double *mean, double sigma);

#endif
