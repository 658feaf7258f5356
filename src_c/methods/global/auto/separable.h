/* Functions that are sums of functions of one variable each: a test for them, and the search for
 * their global minimum, variable by variable.
 *
 * The test compares the change of f when all variables move with the sum of its changes when each
 * moves alone, for which n + 1 values are enough.  The same comparison is made after each round of
 * the search, with all variables at their best places.
 */
#ifndef PM_SEPARABLE_H
#define PM_SEPARABLE_H

#include "base/rng.h"
#include "methods/global/auto/univariate.h"
#include "solver/method.h"

typedef enum {
    PM_SEPARABLE_GOES_ON,
    PM_SEPARABLE_IS_NOT,
    PM_SEPARABLE_SEARCHED
} pm_separable_answer;

typedef struct {
    size_t n;
    enum { PM_MOVING_ONE, PM_MOVING_ALL, PM_ALONG_LINES, PM_TOGETHER } phase;
    enum { PM_LOWER_END, PM_UPPER_END, PM_EXPLORING, PM_FINISHING } part; /* of a line */
    size_t i;             /* the variable that is moved or searched at present */
    size_t effort, left;  /* places to explore per variable in this round, and those left */
    bool any;             /* f has changed in the test, or this round has explored a place */
    double f;             /* at the base */
    double sum;           /* of what each variable alone has changed */
    double size;          /* the largest absolute value of the test */
    double *base, *moved; /* [n] the two places of each variable in the test */
    double *from, *to;    /* [n] the interval of each variable */
    pm_univariate *lines; /* [n] */
} pm_separable;

void pm_separable_layout(pm_separable *s, pm_arena *a, size_t n);
/* Begins at x[n], which has the value f.  Where the box is open, a variable is searched within
 * `spread` times max(|x0|, 1) of x0. */
void pm_separable_start(pm_separable *s, const pm_task *task, double spread, const double *x,
                        double f, pm_rng *rng);
/* Writes to x[n] the one point that is to be evaluated. */
void pm_separable_ask(const pm_separable *s, double *x);
pm_separable_answer pm_separable_tell(pm_separable *s, double f);

#endif
