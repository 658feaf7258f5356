/* Which rises of f a random walk accepts.
 *
 *   N. Metropolis et al., J. Chem. Phys. 21 (1953) 1087, probability exp(-rise / T), and its
 *   generalisation, C. Tsallis & D. A. Stariolo, Physica A 233 (1996) 395, eq. 5,
 *
 *      (1 + (q - 1) rise / T)^(-1/(q-1)),  0 where the bracket is negative.
 *
 *   Its limit for q = 1 is exp(-rise / T).  With q > 1 high rises are accepted more often; with
 *   q < 1 none is accepted above T / (1 - q).
 *
 *   W. Ben-Ameur, "Computing the initial temperature of simulated annealing",
 *   Comput. Optim. Appl. 29 (2004) 369: pm_metropolis_temperature.
 */
#ifndef PM_METROPOLIS_H
#define PM_METROPOLIS_H

#include "base/rng.h"

#include <stdbool.h>

/* Whether the walk moves from the value `from` to f.  A random word is drawn only if the decision
 * depends on it. */
bool pm_metropolis(double q, double T, double from, double f, pm_rng *r);

/* The T at which the mean probability of accepting these rises is `acceptance`; 0 if there are
 * none. */
double pm_metropolis_temperature(double q, const double *rise, size_t count, double acceptance);

#endif
