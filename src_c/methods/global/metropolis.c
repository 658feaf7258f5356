#include "methods/global/metropolis.h"

#include <math.h>

/* The probability of accepting a rise, which is in units of T. */
static double probability(double q, double rise)
{
    if (q == 1.0) {
        return exp(-rise);
    }
    const double bracket = 1.0 + (q - 1.0) * rise;
    return bracket > 0.0 ? pow(bracket, -1.0 / (q - 1.0)) : 0.0;
}

/* The inverse: the rise, in units of T, that is accepted with probability p.  It is the negative
 * q-logarithm of p. */
static double rise_of(double q, double p)
{
    return q == 1.0 ? -log(p) : (pow(p, 1.0 - q) - 1.0) / (q - 1.0);
}

/* The limit, in units of T, from which on a rise is never accepted.  For q = 1 the probability
 * falls below 2^-53, the smallest uniform number that is compared with it; for q < 1 it is 0. */
static double rise_limit(double q)
{
    return q == 1.0 ? 37.0 : q < 1.0 ? 1.0 / (1.0 - q) : HUGE_VAL;
}

bool pm_metropolis(double q, double T, double from, double f, pm_rng *r)
{
    if (f <= from) {
        return true;
    }
    const double rise = f - from;
    if (!(rise < rise_limit(q) * T) || !(rise < HUGE_VAL)) {
        return false;
    }
    return rise < T * rise_of(q, 1.0 - pm_rng_uniform(r));
}

static double mean_probability(double q, const double *rise, size_t count, double T)
{
    double sum = 0.0;
    for (size_t j = 0; j < count; ++j) {
        sum += probability(q, rise[j] / T);
    }
    return sum / (double)count;
}

/* Bisection of log T between the temperatures that the smallest and the largest rise alone give. */
double pm_metropolis_temperature(double q, const double *rise, size_t count, double acceptance)
{
    const double per_rise = 1.0 / rise_of(q, acceptance);
    double low = HUGE_VAL, high = 0.0;

    for (size_t j = 0; j < count; ++j) {
        low = fmin(low, per_rise * rise[j]);
        high = fmax(high, per_rise * rise[j]);
    }
    /* log(high / low) is at most 1500: after 60 halvings it is below the resolution of T. */
    for (int k = 0; k < 60 && low < high; ++k) {
        const double T = sqrt(low) * sqrt(high);
        if (mean_probability(q, rise, count, T) < acceptance) {
            low = T;
        } else {
            high = T;
        }
    }
    return high;
}
