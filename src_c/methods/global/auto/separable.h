/* Functions that are sums of functions of one variable each: a test, and their global minimum,
 * variable by variable.
 *
 * The test compares f where all variables have moved with the sum of what each alone has changed;
 * n + 1 values decide, and what the variables then promise together is measured once more.
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
    size_t i;             /* the variable under way */
    size_t effort, left;  /* places explored in a round, and those to come */
    bool any;             /* something was found in this round */
    double f;             /* at the base */
    double sum;           /* of what each variable alone has changed */
    double size;          /* of the largest value of the test */
    double *base, *moved; /* [n] */
    double *from, *to;    /* [n] the interval of each variable */
    pm_univariate *lines; /* [n] */
} pm_separable;

void pm_separable_layout(pm_separable *s, pm_arena *a, size_t n);
/* x[n] has the value f; where the box is open a variable is sought within `spread` times max(|x0|,
 * 1) of x0. */
void pm_separable_start(pm_separable *s, const pm_task *task, double spread, const double *x,
                        double f, pm_rng *rng);
/* Writes the one point whose value is wanted to x[n]. */
void pm_separable_ask(const pm_separable *s, double *x);
pm_separable_answer pm_separable_tell(pm_separable *s, double f);

#endif
