/* The box lower <= x <= upper, and the one gate that every point passes. */
#ifndef PM_BOUNDS_H
#define PM_BOUNDS_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* The nearest number in [lower, upper]; NaN stays NaN. */
static inline double pm_clip(double x, double lower, double upper)
{
    return x < lower ? lower : x > upper ? upper : x;
}

/* Moves each of `count` points x[count][n] to the nearest point of the box. */
void pm_project(double *x, size_t count, size_t n, const double *lower, const double *upper);

/* The points that may be evaluated. */
typedef struct {
    size_t n;
    const double *lower, *upper; /* [n] */
    bool bounded;                /* some bound is finite */
    const bool *integer;         /* [n] integer variables, whose bounds are integers; NULL: none */
    const double *inside; /* [n] a point of the box, which replaces coordinates that are NaN */
} pm_box;

#define PM_BOX_OF(task)                                                                             \
    .n = (task).n, .lower = (task).lower, .upper = (task).upper, .bounded = (task).bounded,        \
    .integer = (task).integer, .inside = (task).x0

/* The nearest admissible coordinate to x: finite, in [lower, upper], and whole if `integer`.  An
 * infinite bound counts as the largest finite number; NaN becomes `inside`. */
static inline double pm_admitted(double x, double lower, double upper, bool integer, double inside)
{
    const double whole = integer ? round(x) : x;
    if (isnan(x)) {
        return inside;
    }
    return pm_clip(whole, lower > -DBL_MAX ? lower : -DBL_MAX, upper < DBL_MAX ? upper : DBL_MAX);
}

/* The gate: points x[count][n] pass through here before they are evaluated or returned to the user.
 * Each coordinate is moved as by pm_admitted.  Returns whether any was moved. */
bool pm_admit(const pm_box *box, double *x, size_t count);

/* Is a bound binding: x lies on it, and a step downhill, against the slope g, would leave the box?
 */
static inline bool pm_is_binding(double x, double g, double lower, double upper)
{
    return (x <= lower && g > 0.0) || (x >= upper && g < 0.0);
}

#endif
