/* A run that descends along given gradients, answered by hand: what the tests of the first-order
 * and the gradient methods share. */
#ifndef PM_TEST_DESCENT_H
#define PM_TEST_DESCENT_H

#include "run.h"

/* Of steps that are worked with a pencil: a few roundings of numbers near 1. */
static const double EXACT = 1e-14;

typedef struct {
    const char *name;
    double value;
} setting;

/* The method with the options `given`, a list that ends with {NULL, 0} or NULL; without bounds
 * where they are NULL.  Its first point, x0, has been asked for. */
static inline run descent(const char *name, const setting *given, size_t n, const double *x0,
                          const double *lower, const double *upper)
{
    run r = prepared(name);
    for (; given != NULL && given->name != NULL; ++given) {
        set(&r, given->name, given->value);
    }
    r.task.has_gradient = true;
    begin(&r, n, x0, lower == NULL ? open_lower : lower, upper == NULL ? open_upper : upper, 1000,
          0);
    ask(&r);
    CHECK(r.b->count == 1 && r.b->wants == PM_FG);
    CHECK(memcmp(r.b->x, x0, n * sizeof *x0) == 0);
    return r;
}

/* The same in one variable and without bounds. */
static inline run descent_from(const char *name, const setting *given, double x0)
{
    return descent(name, given, 1, &x0, NULL, NULL);
}

/* Answers the point asked for; the next one, if the run goes on, stands in r->b->x. */
static inline void answer_gradient(run *r, double f, double g0, double g1)
{
    const double g[] = {g0, g1};
    CHECK(r->b->n == 2);
    memcpy(r->b->g, g, sizeof g);
    answer_value(r, f);
}

/* The same in one variable; returns the next point. */
static inline double answer_slope(run *r, double f, double g)
{
    CHECK(r->b->n == 1);
    r->b->g[0] = g;
    answer_value(r, f);
    return r->b->x[0];
}

#endif
