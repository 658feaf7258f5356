#include "solver/running.h"

#include "base/bounds.h"

void pm_running_start(pm_running *r)
{
    pm_stopping_start(&r->stopping, &r->task);
    r->method->start(r->state, &r->task);
}

void pm_running_project(const pm_running *r, const pm_batch *b)
{
    if ((r->method->traits & PM_HANDLES_BOUNDS) == 0 || r->task.integer != NULL) {
        pm_admit(&(pm_box){PM_BOX_OF(r->task)}, b->x, b->count);
    }
}

const pm_basins *pm_running_basins(const pm_running *r)
{
    return r->method->basins == NULL ? NULL : r->method->basins(r->state);
}

void pm_running_measure(const pm_running *r, double *out)
{
    if (r->method->measures != NULL) {
        r->method->measure(r->state, out);
    }
}

bool pm_running_inverse_hessian(const pm_running *r, double *H)
{
    return r->method->inverse_hessian != NULL && r->method->inverse_hessian(r->state, H);
}
