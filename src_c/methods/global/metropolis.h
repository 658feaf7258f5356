/* Which rises of f a random walk accepts.
 *
 *   N. Metropolis et al., J. Chem. Phys. 21 (1953) 1087, probability exp(-rise / T), and its
 *   generalisation, C. Tsallis & D. A. Stariolo, Physica A 233 (1996) 395, eq. 5,
 *
 *      (1 + (q - 1) rise / T)^(-1/(q-1)),  nothing where the bracket is negative,
 *
 *   whose limit at q = 1 it is: q > 1 accepts high rises more often, q < 1 none above T / (1 - q).
 *
 *   W. Ben-Ameur, "Computing the initial temperature of simulated annealing",
 *   Comput. Optim. Appl. 29 (2004) 369.
 */
#ifndef PM_METROPOLIS_H
#define PM_METROPOLIS_H

#include "base/rng.h"

#include <stdbool.h>

/* Is f accepted after `from`?  A word is drawn only where it can matter. */
bool pm_metropolis(double q, double T, double from, double f, pm_rng *r);

/* The T at which the mean probability of accepting these rises is `acceptance`; 0 if there are
 * none. */
double pm_metropolis_temperature(double q, const double *rise, size_t count, double acceptance);

#endif
