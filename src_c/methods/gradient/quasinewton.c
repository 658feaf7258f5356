#include "methods/gradient/quasinewton.h"

#include "base/vectors.h"
#include "solver/stopping.h"

#include <float.h>

bool pm_is_curved(double ss, double sy, double yy)
{
    return sy > DBL_EPSILON * sqrt(ss) * sqrt(yy);
}

bool pm_line_sees_error_only(const pm_line *line, const pm_iterate *here, const double *d,
                             const pm_task *task)
{
    return pm_beneath_differences(here, line->curvature / pm_dot(d, d, task->n), task);
}

pm_stop pm_line_dead_end(const pm_line *line, const pm_iterate *here, const double *d,
                         const pm_task *task, bool expected, bool learnt)
{
    if (pm_line_sees_error_only(line, here, d, task)) {
        return PM_PRECISION;
    }
    if (expected && -line->start.g * line->first <= 100.0 * DBL_EPSILON * fabs(here->f)) {
        return PM_PRECISION;
    }
    return learnt ? PM_RUNNING : PM_EXHAUSTED;
}
