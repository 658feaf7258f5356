#include "bounds.h"

void pm_project(double *x, size_t count, size_t n, const double *lower, const double *upper)
{
    for (size_t j = 0; j < count; ++j, x += n) {
        for (size_t i = 0; i < n; ++i) {
            x[i] = pm_clip(x[i], lower[i], upper[i]);
        }
    }
}

double pm_projected_gradient(const double *x, const double *g, size_t n, const double *lower,
                             const double *upper)
{
    double largest = 0.0;
    for (size_t i = 0; i < n; ++i) {
        const double size = fabs(g[i]);
        if (size > largest && !pm_held(x[i], g[i], lower[i], upper[i])) {
            largest = size;
        }
    }
    return largest;
}
