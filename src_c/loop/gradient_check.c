#include "loop/gradient_check.h"

#include "base/rng.h"

#include <math.h>

double pm_unit(double x, double size, double lower, double upper)
{
    const double least = fabs(x) > size ? fabs(x) : size, width = upper - lower;
    return width < least ? width : least;
}

void pm_direction(double *d, const double *x, const double *unit, const double *lower,
                  const double *upper, double room, size_t n)
{
    pm_rng rng = pm_rng_stream((const uint64_t[]){0, 0}, 2); /* a fixed key, so always the same */

    for (size_t i = 0; i < n; ++i) {
        const double u = pm_rng_uniform(&rng); /* first bit: the side; the others: the length */
        const bool up = u < 0.5;
        const double length = (u + 0.5 * (double)up) * unit[i]; /* half a unit to a unit */
        const bool above = upper[i] - x[i] > room * unit[i],
                   below = x[i] - lower[i] > room * unit[i];
        const bool goes_up =
            (up & above) | !(up | below); /* no branch: it would be mispredicted half the time */
        d[i] = length * (2.0 * (double)goes_up - 1.0);
    }
}

void pm_along(double *p, const double *x, double length, const double *d, const double *lower,
              const double *upper, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        const double there = x[i] + length * d[i];
        p[i] = there < lower[i] ? lower[i] : there > upper[i] ? upper[i] : there;
    }
}

pm_way pm_way_between(const pm_place *to, const pm_place *from, size_t n)
{
    pm_way way = {.change = to->f - from->f};
    double square = 0.0, parts = 0.0;

    for (size_t i = 0; i < n; ++i) {
        const double step = to->x[i] - from->x[i], part = 0.5 * (to->g[i] + from->g[i]) * step;
        square += step * step;
        parts += part * part;
        way.predicted += part;
        way.turned += fabs((to->g[i] - from->g[i]) * step);
    }
    way.length = sqrt(square);
    way.size = fmax(sqrt(parts), fabs(way.change));
    return way;
}

bool pm_all_single(const double *f, size_t m)
{
    bool single = true;
    for (size_t j = 0; j < m; ++j) {
        single = single && (double)(float)f[j] == f[j];
    }
    return single;
}
