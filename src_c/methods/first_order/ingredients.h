/* What combines with every first-order rule.  In the order of a step:
 *
 *   the gradient, taken uphill of x if sharpness-aware:
 *      P. Foret, A. Kleiner, H. Mobahi & B. Neyshabur, ICLR 2021, arXiv:2010.01412, eq. 2;
 *   is clipped by value, then by norm:
 *      R. Pascanu, T. Mikolov & Y. Bengio, ICML 2013, algorithm 1;
 *   gets noise added:
 *      A. Neelakantan et al., arXiv:1511.06807, eqs. 1 and 2;
 *   and that of the penalty weight_decay |x|^2 / 2, unless the rule decays by itself;
 *   the rule makes a step, whose rate a schedule has set (schedule.h);
 *   which a proximal step completes, for the penalty l1 |x|_1:
 *      N. Parikh & S. Boyd, "Proximal algorithms", 2014, section 6.5.2;
 *   and the iterates are averaged:
 *      B. T. Polyak & A. B. Juditsky, SIAM J. Control Optim. 30, 1992;
 *      P. Izmailov et al., "Averaging weights leads to wider optima", UAI 2018, algorithm 1.
 *
 * Penalties shape the path only: values, and the best point of a run, are those of f.
 */
#ifndef PM_INGREDIENTS_H
#define PM_INGREDIENTS_H

#include "methods/first_order/firstorder.h"

/* Everything that is done to the gradient g[n] at x[n] of step t. */
void pm_shape_gradient(const pm_first_order_options *o, bool decays, pm_rng *rng, size_t t,
                       const double *x, double *g, size_t n);

/* The proximal step of `by` |x|_1: coordinates within `by` of 0 become 0, the others come nearer to
 * it. */
void pm_soft_threshold(double *x, size_t n, double by);

/* Takes x[n], the iterate after t steps, into the average mean[n] of `count` iterates; returns the
 * new count.  Weights that fade are such that all sum to 1, as in the moments of Adam.  As no
 * weight of x but the first exceeds 2/3, rounding leaves the mean in the box. */
size_t pm_take_average(const pm_first_order_options *o, double *mean, size_t count, const double *x,
                       size_t n, size_t t);

#endif
