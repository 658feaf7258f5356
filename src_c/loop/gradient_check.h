/* Points beside a start, and what values and gradients say of the way there. */
#ifndef PM_BESIDE_H
#define PM_BESIDE_H

#include <stdbool.h>
#include <stddef.h>

/* The length over which a variable is taken to change the value; 0 if it is fixed. */
double pm_unit(double x, double lower, double upper);

/* A random vector d[n] of about one unit, to the side where x[n] has room of `room` units; always
 * the same one. */
void pm_direction(double *d, const double *x, const double *lower, const double *upper, double room,
                  size_t n);

/* The point p = x + length d, moved into the box. */
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
    double predicted; /* by the trapezoidal rule, whose error falls with the cube of the length */
    double size;      /* what the prediction is made of, or the change, if that is more */
    double turned;    /* how much of the slope has changed on the way; 0: no part of it */
} pm_way;

pm_way pm_way_between(const pm_place *to, const pm_place *from, size_t n);

/* Whether every value is such as single precision has. */
bool pm_all_single(const double *f, size_t m);

#endif
