#include "bounds.h"

void pm_project(double *x, size_t count, size_t n, const double *lower, const double *upper)
{
    for (size_t j = 0; j < count; ++j, x += n) {
        for (size_t i = 0; i < n; ++i) {
            x[i] = pm_clip(x[i], lower[i], upper[i]);
        }
    }
}
