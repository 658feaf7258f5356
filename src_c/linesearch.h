/* The line search of every descent method: how far to go along a direction d from x.
 *
 * Accepted is a step of sufficient decrease (Armijo 1966) whose slope has risen enough (Wolfe
 * 1969), or is small whatever its sign (the strong Wolfe conditions).  The first suffice for
 * quasi-Newton methods: s'y > 0.  A bracket that holds such steps is found by extrapolation and
 * narrowed by interpolation: J. J. More & D. J. Thuente, "Line search algorithms with guaranteed
 * sufficient decrease", ACM Trans. Math. Softw. 20, 1994; with the bookkeeping of Nocedal & Wright
 * 2006, algorithms 3.5 and 3.6.  Near the minimum, where the values differ by rounding only, the
 * slopes decide (the approximate Wolfe conditions of Hager & Zhang, SIAM J. Optim. 16, 2005,
 * eq. 4.1).
 *
 * A path that the box has bent, P(x + t d), is judged by sufficient decrease alone, along the path
 * (Bertsekas 1976).
 */
#ifndef PM_LINESEARCH_H
#define PM_LINESEARCH_H

#include "pyminima.h"

typedef struct {
    double decrease;  /* c1: share of the predicted decrease that is sufficient */
    double curvature; /* c2: share of the initial slope that may be left; 1: any slope will do */
    bool strong;      /* neither may the step have gone beyond the minimum to as steep a rise */
} pm_line_rules;

typedef struct {
    double t, f, g; /* a step, its value, and the slope along d there */
} pm_line_point;

typedef struct {
    pm_line_rules rules;
    pm_line_point start; /* t = 0; the slope is negative */
    double first, t;     /* the first step tried; the one to try */
    pm_line_point low;   /* the best step of sufficient decrease */
    pm_line_point high;  /* the other end of the bracket, on either side; t = HUGE_VAL: none yet */
    double longest;      /* no longer step is tried: the decrease may have no end */
    double curvature;    /* along d, from the first step that was too long */
    double width[2];     /* of the bracket, after the last trial and the one before */
    size_t trials;
    bool settled; /* the trials ran out: take the best step known */
} pm_line;

typedef enum { PM_LINE_AGAIN, PM_LINE_ACCEPT, PM_LINE_FAILED } pm_line_answer;

/* What the slope g at x predicts for the move to the point `to`, and whether this is x + t d or the
 * box has bent the path: [n] each. */
double pm_line_predicted(const double *x, const double *g, const double *d, double t,
                         const double *to, size_t n, bool *bent);

/* Starts with value f and the slope along d; t is the first trial. */
void pm_line_start(pm_line *s, pm_line_rules rules, double f, double slope, double t,
                   double longest);

/* The trial at s->t gave value f, slope g along d, and moved x by p with the slope at 0 times p
 * being `predicted`; `bent`: the box cut the step short.  After AGAIN, s->t is the next trial. */
pm_line_answer pm_line_tell(pm_line *s, double f, double g, double predicted, bool bent);

/* No step with a higher value is accepted: there the slope need not be known, and may be NaN. */
double pm_line_worth(const pm_line *s);

#endif
