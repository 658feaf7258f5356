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
 * Where gradients are differences, a value costs a small part of one.  Then values alone show the
 * way to the minimum of parabolas through three of them, more closely than slopes would have to:
 * a step that is about right in length teaches a quasi-Newton matrix more.
 *
 * A path that the box has bent, P(x + t d), is judged by sufficient decrease alone, along the path
 * (Bertsekas 1976).
 */
#ifndef PM_LINESEARCH_H
#define PM_LINESEARCH_H

#include "solver/method.h"

typedef struct {
    double decrease;  /* c1: share of the predicted decrease that is sufficient */
    double curvature; /* c2: share of the initial slope that may be left; 1: any slope will do */
    bool strong;      /* neither may the step have gone beyond the minimum to as steep a rise */
    bool by_values;   /* a slope takes many values: the search goes by values, and only the step
                       * that it takes in the end gets one */
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
    pm_line_point left;  /* by values: the nearest shorter step than low that is known */
    double longest;      /* no longer step is tried: the decrease may have no end */
    double curvature;    /* along d, from the first step that was too long */
    double width[2];     /* of the bracket, after the last trial and the one before */
    size_t trials;
    size_t refinements; /* by values: trials since the first of sufficient decrease */
    bool taken;         /* by values: the trial is low, and its slope is wanted */
    bool settled;       /* the trials ran out: take the best step known */
} pm_line;

typedef enum { PM_LINE_AGAIN, PM_LINE_ACCEPT, PM_LINE_FAILED } pm_line_answer;

/* What the slope g at x predicts for the move to the point `to`, and whether this is x + t d or the
 * box has bent the path: [n] each. */
double pm_line_predicted(const double *x, const double *g, const double *d, double t,
                         const double *to, size_t n, bool *bent);

/* The step along d[n] that moves x[n] by max(|x|, 1).  PM_ENDLESS times as much is finite, for
 * infinity times a zero of d would be no number. */
double pm_line_reach(const double *x, const double *d, size_t n);

/* Starts with value f and the slope along d; t is the first trial. */
void pm_line_start(pm_line *s, pm_line_rules rules, double f, double slope, double t,
                   double longest);

/* What is to be evaluated at the trial: a value, or a value with its slope. */
pm_wants pm_line_wants(const pm_line *s);

/* The trial at s->t gave value f, slope g along d if that was wanted, and moved x by p with the
 * slope at 0 times p being `predicted`; `bent`: the box cut the step short.  After AGAIN, s->t is
 * the next trial. */
pm_line_answer pm_line_tell(pm_line *s, double f, double g, double predicted, bool bent);

/* By values: not even the minimum of the parabola that begins with the slope is lower.  Either f is
 * no parabola, or the slope is wrong. */
bool pm_line_doubts(const pm_line *s);

/* No step with a higher value is accepted: there the slope need not be known, and may be NaN. */
double pm_line_value_limit(const pm_line *s);

#endif
