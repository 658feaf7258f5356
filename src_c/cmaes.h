/* CMA-ES within another method, which knows where and how it should begin. */
#ifndef PM_CMAES_H
#define PM_CMAES_H

/* To be called after the `start` of the method's row, with its state: the first run begins at
 * mean[n], in the box, with steps that are normal with covariance sigma^2 times covariance[n][n],
 * or NULL: alike in the units of all variables, sigma being in those units. An inverse Hessian will
 * do for a covariance. */
void pm_cmaes_seed(void *state, const double *mean, double sigma, const double *covariance);

#endif
