/* The ingredients that can be combined with every first-order rule, in the order of a step:
 *
 *   the gradient, taken uphill of x if sharpness-aware:
 *      P. Foret, A. Kleiner, H. Mobahi & B. Neyshabur, ICLR 2021, arXiv:2010.01412, eq. 2;
 *   is clipped by value, then by norm:
 *      R. Pascanu, T. Mikolov & Y. Bengio, ICML 2013, algorithm 1;
 *   noise is added:
 *      A. Neelakantan et al., arXiv:1511.06807, eqs. 1 and 2;
 *   and the gradient of the penalty weight_decay |x|^2 / 2, unless the rule decays by itself;
 *   the rule makes a step at the rate of the schedule (schedule.h);
 *   a proximal step follows for the penalty l1 |x|_1:
 *      N. Parikh & S. Boyd, "Proximal algorithms", 2014, section 6.5.2;
 *   and the iterates are averaged:
 *      B. T. Polyak & A. B. Juditsky, SIAM J. Control Optim. 30, 1992;
 *      P. Izmailov et al., "Averaging weights leads to wider optima", UAI 2018, algorithm 1.
 *
 * Penalties change the path only: values, and the best point of a run, are those of f.
 */
#ifndef PM_INGREDIENTS_H
#define PM_INGREDIENTS_H

#include "methods/first_order/firstorder.h"

/* Applies clipping, noise and weight decay to the gradient g[n] at x[n] of step t. */
void pm_shape_gradient(const pm_first_order_options *o, bool decays, pm_rng *rng, size_t t,
                       const double *x, double *g, size_t n);

/* The proximal step of the penalty `by` |x|_1: moves each coordinate towards 0 by at most `by`. */
void pm_soft_threshold(double *x, size_t n, double by);

/* Adds x[n], the iterate after t steps, to the average mean[n] of `count` iterates; returns the new
 * count.  The decaying weights of "ema" are normalised to sum to 1, as in the moments of Adam.  No
 * weight of x after the first exceeds 2/3, so rounding cannot move the mean out of the box. */
size_t pm_take_average(const pm_first_order_options *o, double *mean, size_t count, const double *x,
                       size_t n, size_t t);

#endif
