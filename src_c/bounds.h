/* The box lower <= x <= upper. */
#ifndef PM_BOUNDS_H
#define PM_BOUNDS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* The nearest point of [lower, upper]; a NaN stays one. */
static inline double pm_clip(double x, double lower, double upper)
{
    return x < lower ? lower : x > upper ? upper : x;
}

/* Moves each of `count` points x[count][n] to the nearest point of the box. */
void pm_project(double *x, size_t count, size_t n, const double *lower, const double *upper);

/* Is coordinate x held at its bound by the slope g, a descent step leading out of the box? */
static inline bool pm_held(double x, double g, double lower, double upper)
{
    return (x <= lower && g > 0.0) || (x >= upper && g < 0.0);
}

#endif
