/* Parabolas through three values, and where in a box to evaluate those values. */
#ifndef PM_PARABOLA_H
#define PM_PARABOLA_H

#include <math.h>

typedef struct {
    double slope, curvature; /* the first and the second derivative at 0 */
} pm_parabola;

/* The parabola through (0, 0), (h1, d1), (h2, d2). */
static inline pm_parabola pm_parabola_through(double h1, double d1, double h2, double d2)
{
    const double product = h1 * h2 * (h2 - h1);
    return (pm_parabola){.slope = (d1 * h2 * h2 - d2 * h1 * h1) / product,
                         .curvature = 2.0 * (d2 * h1 - d1 * h2) / product};
}

/* The signed length of arm 0 or 1 of a difference at x, at most h and inside the box.  The two arms
 * go to both sides of x; near a bound both go to the same side, and arm 1 is half as long. */
static inline double pm_arm(double x, double h, double lower, double upper, int arm)
{
    const double up = upper - x, down = x - lower;

    if (up >= h / 8 && down >= h / 8) {
        return arm == 0 ? fmin(h, up) : -fmin(h, down);
    }
    const double length = (arm == 0 ? 1.0 : 0.5) * fmin(h, fmax(up, down));
    return up >= down ? length : -length;
}

#endif
