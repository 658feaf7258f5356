/* The global minimum of a function of one variable on an interval.
 *
 * The next interval to be explored follows S. Langerman, G. Seront & H. Bersini, "S.T.E.P.: the
 * easiest way to optimize a function", IEEE Conf. Evolutionary Computation, 1994.  For each two
 * neighbouring points there is a flattest parabola through both that falls to just below the lowest
 * value; the interval with the flattest one of all is halved.  The minimum found is refined by the
 * method of R. P. Brent, "Algorithms for Minimization without Derivatives", 1973, chapter 5.
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
    double highest;               /* the highest finite value met */
    double trial;                 /* the x that is to be evaluated next */
    bool finishing;               /* Brent's method is refining the lowest point */
    double finished;              /* x of the minimum that was refined last */
    double a, b;                  /* the bracket */
    pm_sample low, second, third; /* x, w and v of the book */
    double d, e;                  /* the last step and the one before it */
} pm_univariate;

void pm_univariate_layout(pm_univariate *s, pm_arena *a, size_t capacity);
/* Begins with the one point that is known. */
void pm_univariate_start(pm_univariate *s, double x, double f);
/* Adds the value f at x. */
void pm_univariate_add(pm_univariate *s, double x, double f);
/* Sets s->trial to the most promising place between the points; false: none is left. */
bool pm_univariate_explore(pm_univariate *s);
/* Begins to refine the lowest point, and sets s->trial; false: that has been done, or it is at an
 * end of the interval. */
bool pm_univariate_finish(pm_univariate *s);
/* Takes the value f at s->trial.  True: Brent's method goes on, and s->trial is its next point. */
bool pm_univariate_tell(pm_univariate *s, double f);

#endif
