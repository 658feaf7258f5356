/* Decisions that the descent methods share: which curvature pairs are usable, and what a failed
 * line search means. */
#ifndef PM_QUASINEWTON_H
#define PM_QUASINEWTON_H

#include "methods/gradient/linesearch.h"

/* Is the curvature s'y of the pair (s, y) positive beyond rounding?  s is the step and y the change
 * of the gradient.  The test uses the angle between them, which does not depend on the units of f
 * and x; ss, sy and yy are s's, s'y and y'y. */
bool pm_is_curved(double ss, double sy, double yy);

/* Whether the gradient is within the error of its forward differences, estimated with the curvature
 * that the line search met along d. */
bool pm_line_sees_error_only(const pm_line *line, const pm_iterate *here, const double *d,
                             const pm_task *task);

/* No step along d decreases f: why the run ends, or PM_RUNNING.  It ends if the gradient is within
 * its error, if the predicted gain of the first trial is within rounding (`expected`: the length of
 * that trial was not a guess), or if d is the steepest descent.  Otherwise (`learnt`: d was made
 * from earlier steps) the method can drop what it has learnt and try the steepest descent. */
pm_stop pm_line_dead_end(const pm_line *line, const pm_iterate *here, const double *d,
                         const pm_task *task, bool expected, bool learnt);

#endif
