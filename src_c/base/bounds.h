/* The box lower <= x <= upper, and the one gate that every point passes. */
#ifndef PM_BOUNDS_H
#define PM_BOUNDS_H

#include <float.h>
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

/* Where points may be. */
typedef struct {
    size_t n;
    const double *lower, *upper; /* [n] */
    bool bounded;                /* some bound is finite */
    const bool *integer;         /* [n] variables that are whole, as their bounds are; NULL: none */
    const double *inside;        /* [n] a point of the box: where a coordinate that is none goes */
} pm_box;

#define PM_BOX_OF(task)                                                                             \
    .n = (task).n, .lower = (task).lower, .upper = (task).upper, .bounded = (task).bounded,        \
    .integer = (task).integer, .inside = (task).x0

/* Where coordinate x goes that is not finite, not in [lower, upper], or not whole where it must be:
 * to the nearest number that is; an open end of the box is the largest number there is. */
static inline double pm_admitted(double x, double lower, double upper, bool integer, double inside)
{
    const double whole = integer ? round(x) : x;
    if (isnan(x)) {
        return inside;
    }
    return pm_clip(whole, lower > -DBL_MAX ? lower : -DBL_MAX, upper < DBL_MAX ? upper : DBL_MAX);
}

/* The gate: whoever is about to evaluate points x[count][n], or to hand them out, has them pass
 * here.  A point that is not finite, not in the box, or not whole where it must be is moved: to the
 * nearest one that is; a coordinate that is NaN to that of `inside`.  Answers whether one was. */
bool pm_admit(const pm_box *box, double *x, size_t count);

/* Is a bound binding: x is on it, and a step against the slope g would lead out of the box? */
static inline bool pm_is_binding(double x, double g, double lower, double upper)
{
    return (x <= lower && g > 0.0) || (x >= upper && g < 0.0);
}

#endif
