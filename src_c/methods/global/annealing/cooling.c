#include "methods/global/annealing/cooling.h"

#include <math.h>

const char *const pm_cooling_names[PM_COOL_COUNT] = {"geometric", "logarithmic", "fast",
                                                     "tsallis",   "lundy_mees",  "adaptive"};

/* q of a schedule of the Tsallis family. */
static double q_of(const pm_cooling *c)
{
    return c->schedule == PM_COOL_LOGARITHMIC ? 1.0 : c->schedule == PM_COOL_FAST ? 2.0 : c->q;
}

/* Temperature of level k: (2^(q-1) - 1) / ((2 + k)^(q-1) - 1); 1 + k is the time of the paper. */
static double generalised(double q, double k)
{
    return q == 1.0 ? log(2.0) / log(2.0 + k)
                    : (pow(2.0, q - 1.0) - 1.0) / (pow(2.0 + k, q - 1.0) - 1.0);
}

/* The inverse: the k at which the temperature is T. */
static double generalised_level(double q, double T)
{
    return q == 1.0 ? exp(log(2.0) / T) - 2.0
                    : pow(1.0 + (pow(2.0, q - 1.0) - 1.0) / T, 1.0 / (q - 1.0)) - 2.0;
}

double pm_cooling_wanted(const pm_cooling *c)
{
    const double levels = c->schedule == PM_COOL_LOGARITHMIC || c->schedule == PM_COOL_FAST ||
                                  c->schedule == PM_COOL_TSALLIS
                              ? generalised_level(q_of(c), c->last)
                              : log(c->last) / log(c->factor);
    return fmax(1.0, ceil(levels));
}

void pm_cooling_fit(pm_cooling *c, size_t levels)
{
    c->levels = levels;
    if (c->schedule == PM_COOL_GEOMETRIC && (double)levels < pm_cooling_wanted(c)) {
        c->factor = pow(c->last, 1.0 / (double)levels);
    }
}

/* The share of moves to be accepted at time t in [0, 1]: it falls to 0.44, stays there, and falls
 * to 0.001.  The constants are Boyan's. */
static double wanted_share(double t)
{
    return t < 0.15   ? 0.44 + 0.56 * pow(560.0, -t / 0.15)
           : t < 0.65 ? 0.44
                      : 0.44 * pow(440.0, -(t - 0.65) / 0.35);
}

double pm_cooling_next(const pm_cooling *c, size_t k, double T, double accepted)
{
    switch (c->schedule) {
    case PM_COOL_GEOMETRIC:
        return T * c->factor;
    case PM_COOL_LUNDY_MEES: /* 1 / T grows linearly to 1 / last */
        return T / (1.0 + (1.0 / c->last - 1.0) / (double)c->levels * T);
    case PM_COOL_ADAPTIVE:
        return accepted > wanted_share((double)k / (double)c->levels) ? T * c->factor
                                                                      : T / c->factor;
    default:
        return generalised(q_of(c), (double)k);
    }
}
