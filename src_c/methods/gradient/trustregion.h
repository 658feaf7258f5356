/* The trust-region subproblem: the lowest point of a quadratic model within a ball.
 *
 *   J. J. More & D. C. Sorensen, "Computing a trust region step", SIAM J. Sci. Stat. Comput. 4,
 *   1983; A. R. Conn, N. I. M. Gould & P. L. Toint, "Trust-region methods", 2000, section 7.3.
 */
#ifndef PM_TRUSTREGION_H
#define PM_TRUSTREGION_H

#include <stddef.h>

/* In the coordinates of the eigenvectors, where the Hessian is diag(w), w ascending: the y[n] that
 * minimises sum g_i y_i + w_i y_i^2 / 2 over |y| <= radius.  Returns the multiplier mu >= 0 with
 * (w_i + mu) y_i = -g_i: 0 if y is the Newton step.  In the hard case, where g has no part along
 * the lowest eigenvectors, y goes along the first of them as far as the ball reaches. */
double pm_trust_region(size_t n, const double *w, const double *g, double radius, double *y);

#endif
