#include "methods/gradient/trustregion.h"

#include "base/vectors.h"

#include <stdbool.h>

/* Relative accuracy of the length of y; the decrease of the model is as accurate. */
static const double EXACT = 1e-6;

enum { MOST_ITERATIONS = 100 };

/* y_i = -g_i / (w_i - w_0 + t).  The unknown is t = mu + w_0, not mu, so that a small t loses no
 * digits to a large w_0.  Returns |y|^2; *slope becomes the derivative of -|y|^2 / 2. */
static double shifted_step(size_t n, const double *w, const double *g, double t, double *y,
                           double *slope)
{
    double square = 0.0;

    *slope = 0.0;
    for (size_t i = 0; i < n; ++i) {
        const double d = (w[i] - w[0]) + t;
        y[i] = g[i] == 0.0 ? 0.0 : -g[i] / d;
        square += y[i] * y[i];
        *slope += y[i] == 0.0 ? 0.0 : y[i] * y[i] / d;
    }
    return square;
}

/* The root t of 1 / radius - 1 / |y(t)| by Newton's method, which is nearly linear in t (Conn,
 * Gould & Toint 2000, eq. 7.3.7), kept within a bracket: |g_0| <= t radius <= |g|. */
static double shift_to_the_border(size_t n, const double *w, const double *g, double radius,
                                  double *y)
{
    double low = fmax(fabs(g[0]) / radius, fmax(w[0], 0.0));
    double high = fmax(pm_norm(g, n) / radius, low);
    double t = low > 0.0 ? low : 1e-3 * high;

    for (int k = 0; k < MOST_ITERATIONS; ++k) {
        double slope;
        const double length = sqrt(shifted_step(n, w, g, t, y, &slope));
        if (fabs(length - radius) <= EXACT * radius) {
            break;
        }
        if (length > radius) {
            low = t;
        } else {
            high = t;
        }
        t += length * length / slope * ((length - radius) / radius);
        if (!(t > low && t < high)) {
            t = low > 0.0 ? sqrt(low) * sqrt(high) : 1e-3 * high;
        }
        if (!(t > low && t < high)) {
            break; /* the bracket has no number inside */
        }
    }
    return t;
}

double pm_trust_region(size_t n, const double *w, const double *g, double radius, double *y)
{
    double slope;

    if (w[0] > 0.0 && shifted_step(n, w, g, w[0], y, &slope) <= radius * radius) {
        return 0.0;
    }
    if (w[0] <= 0.0 && g[0] == 0.0) {
        const double square = shifted_step(n, w, g, 0.0, y, &slope);
        if (square < radius * radius) { /* hard case: g has no part along any eigenvector of w_0 */
            y[0] = w[0] < 0.0 ? sqrt(radius * radius - square) : 0.0;
            return -w[0];
        }
    }
    return shift_to_the_border(n, w, g, radius, y) - w[0];
}
