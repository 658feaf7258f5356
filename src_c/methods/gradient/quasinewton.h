/* What quasi-Newton methods decide alike: which changes of the gradient teach curvature, and what a
 * failed line search means. */
#ifndef PM_QUASINEWTON_H
#define PM_QUASINEWTON_H

#include "methods/gradient/linesearch.h"

/* Is the curvature s'y along a step s beyond doubt, y being the change of the gradient?  By the
 * angle between the two, which no unit of f or x changes; ss, sy and yy are their products. */
bool pm_is_curved(double ss, double sy, double yy);

/* Whether the gradient may be nothing but the error of its forward differences, as the curvature
 * that the line search met along d tells. */
bool pm_line_sees_error_only(const pm_line *line, const pm_iterate *here, const double *d,
                             const pm_task *task);

/* No step along d decreases f: is that the end?  It is where the gradient is all error, where the
 * first trial was expected to gain no more than rounding can hide (`expected`: that its length was
 * no guess), or where d is the steepest descent; else PM_RUNNING: what d was made of (`learnt`) can
 * be forgotten, and the steepest descent be tried. */
pm_stop pm_line_dead_end(const pm_line *line, const pm_iterate *here, const double *d,
                         const pm_task *task, bool expected, bool learnt);

#endif
