/* The line search of every descent method: how far to go along a direction d from x.
 *
 * A step is accepted if it has sufficient decrease (Armijo 1966) and its slope has risen enough
 * (Wolfe 1969), or is small in absolute value (the strong Wolfe conditions).  The Wolfe conditions
 * suffice for quasi-Newton methods, which need s'y > 0.  A bracket of such steps is found by
 * extrapolation and narrowed by interpolation: J. J. More & D. J. Thuente, "Line search algorithms
 * with guaranteed sufficient decrease", ACM Trans. Math. Softw. 20, 1994; with the bookkeeping of
 * Nocedal & Wright 2006, algorithms 3.5 and 3.6.  Near the minimum, where the values differ by
 * rounding only, the slopes decide (the approximate Wolfe conditions of Hager & Zhang, SIAM J.
 * Optim. 16, 2005, eq. 4.1).
 *
 * If gradients are differences, a value costs a small part of a gradient.  The search then uses
 * values alone and goes to the minimum of parabolas through three of them.  This is closer to the
 * minimum along d than the Wolfe conditions require, because such a step gives a quasi-Newton
 * matrix more information.
 *
 * A path that the box has bent, P(x + t d), is judged by sufficient decrease along the path alone
 * (Bertsekas 1976).
 */
#ifndef PM_LINESEARCH_H
#define PM_LINESEARCH_H

#include "solver/method.h"

typedef struct {
    double decrease;  /* c1: share of the predicted decrease that is sufficient */
    double curvature; /* c2: share of the initial slope that may be left; 1: any slope will do */
    bool strong;      /* the share also limits positive slopes, beyond the minimum */
    bool by_values;   /* gradients are differences: the search uses values, and evaluates the slope
                       * only at the step that it takes */
} pm_line_rules;

typedef struct {
    double t, f, g; /* a step, its value, and the slope along d there */
} pm_line_point;

typedef struct {
    pm_line_rules rules;
    pm_line_point start; /* t = 0; the slope is negative */
    double first, t;     /* the first step tried; the present trial */
    pm_line_point low;   /* the best step of sufficient decrease */
    pm_line_point high;  /* the other end of the bracket, on either side; t = HUGE_VAL: none yet */
    pm_line_point left;  /* by values: the longest step known that is shorter than low */
    double longest;      /* limit of all trials, because f may be unbounded below */
    double curvature;    /* along d, from the first step that was too long */
    double width[2];     /* width of the bracket after the last trial and the one before */
    size_t trials;
    size_t refinements; /* by values: trials since the first of sufficient decrease */
    bool taken;         /* by values: low is evaluated again, with its slope, to be accepted */
    bool settled;       /* the trials ran out: low, the best step known, is taken */
} pm_line;

typedef enum { PM_LINE_AGAIN, PM_LINE_ACCEPT, PM_LINE_FAILED } pm_line_answer;

/* The first-order change g'(to - x) from x[n] to the point to[n]; *bent: the box has bent the path,
 * so that `to` is not x + t d. */
double pm_line_predicted(const double *x, const double *g, const double *d, double t,
                         const double *to, size_t n, bool *bent);

/* The step along d[n] that moves x[n] by max(|x|, 1), limited so that PM_ENDLESS times it is
 * finite: an infinite step times a zero of d would be NaN. */
double pm_line_reach(const double *x, const double *d, size_t n);

/* Starts with value f and the slope along d; t is the first trial. */
void pm_line_start(pm_line *s, pm_line_rules rules, double f, double slope, double t,
                   double longest);

/* What must be evaluated at the trial: the value, or the value and the gradient. */
pm_wants pm_line_wants(const pm_line *s);

/* The trial at s->t gave value f and, if it was asked for, slope g along d.  `predicted` is the
 * first-order change of f for the step as it was made; `bent`: the box has bent its path.  After
 * AGAIN, s->t is the next trial. */
pm_line_answer pm_line_tell(pm_line *s, double f, double g, double predicted, bool bent);

/* By values: three trials, among them minimisers of parabolas that begin with the given slope, have
 * not decreased f sufficiently.  Either f is far from a parabola, or the slope is wrong. */
bool pm_line_doubts(const pm_line *s);

/* The limit of accepted values: at a step with a higher value the slope is not needed and may be
 * NaN. */
double pm_line_value_limit(const pm_line *s);

#endif
