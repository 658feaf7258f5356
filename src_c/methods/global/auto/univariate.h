/* The global minimum of a function of one variable on an interval.
 *
 * Where to look next is decided by S. Langerman, G. Seront & H. Bersini, "S.T.E.P.: the easiest way
 * to optimize a function", IEEE Conf. Evolutionary Computation, 1994: the interval between two
 * neighbouring points whose ends the flattest parabola joins that falls to just below the lowest
 * value.  What is found is finished by R. P. Brent, "Algorithms for Minimization without
 * Derivatives", 1973, chapter 5.
 */
#ifndef PM_UNIVARIATE_H
#define PM_UNIVARIATE_H

#include "base/arena.h"

typedef struct {
    double x, f;
} pm_sample;

typedef struct {
    size_t capacity, count;
    pm_sample *points;            /* [capacity] ascending in x */
    size_t best;                  /* the lowest of them */
    double highest;               /* value met */
    double trial;                 /* where the next value is wanted */
    bool finishing;               /* by Brent's method: */
    double finished;              /* x of the minimum that was finished last */
    double a, b;                  /* the bracket */
    pm_sample low, second, third; /* x, w and v of the book */
    double d, e;                  /* the last step and the one before it */
} pm_univariate;

void pm_univariate_layout(pm_univariate *s, pm_arena *a, size_t capacity);
/* Begins with the one point that is known. */
void pm_univariate_start(pm_univariate *s, double x, double f);
/* A value from elsewhere. */
void pm_univariate_add(pm_univariate *s, double x, double f);
/* Sets s->trial to the most promising place between the points; false: none is left. */
bool pm_univariate_explore(pm_univariate *s);
/* Begins to finish the lowest point, and sets s->trial; false: that has been done, or it is at an
 * end of the interval. */
bool pm_univariate_finish(pm_univariate *s);
/* The value at s->trial.  While finishing, s->trial is then the next place; false: it is over. */
bool pm_univariate_tell(pm_univariate *s, double f);

#endif
