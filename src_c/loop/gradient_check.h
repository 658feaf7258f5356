/* For the check of a user's gradient: points near the start, and how the change of the value on the
 * way to them compares with the gradients. */
#ifndef PM_GRADIENT_CHECK_H
#define PM_GRADIENT_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* The length over which a variable is taken to change the value: its typical size, or |x| if that
 * is more, but no more than the box has; 0 if it is fixed. */
double pm_unit(double x, double size, double lower, double upper);

/* Writes a random vector to d[n], the same in every call: half a unit to a unit in each coordinate,
 * to a side where the box has room for more than `room` units.  unit[n] is 0 for a fixed variable.
 */
void pm_direction(double *d, const double *x, const double *unit, const double *lower,
                  const double *upper, double room, size_t n);

/* p = x + length d, moved into the box. */
void pm_along(double *p, const double *x, double length, const double *d, const double *lower,
              const double *upper, size_t n);

/* A point with its value and gradient. */
typedef struct {
    const double *x; /* [n] */
    double f;
    const double *g; /* [n] */
} pm_place;

typedef struct {
    double length;    /* Euclidean */
    double change;    /* of the value */
    double predicted; /* change by the trapezoidal rule, whose error is of order length^3 */
    double size;      /* norm of the terms of `predicted`, or |change| if that is larger */
    double turned;    /* sum over i of |change of g_i times step_i|; 0: the gradient is constant */
} pm_way;

pm_way pm_way_between(const pm_place *to, const pm_place *from, size_t n);

/* Whether every value is exactly representable in single precision. */
bool pm_all_single(const double *f, size_t m);

#endif
