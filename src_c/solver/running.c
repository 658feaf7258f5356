#include "solver/running.h"

#include "base/bounds.h"

#include <math.h>

void pm_running_start(pm_running *r)
{
    pm_stopping_start(&r->stopping, &r->task);
    r->method->start(r->state, &r->task);
}

bool pm_running_ask(const pm_running *r, pm_batch *b)
{
    b->value_limit = HUGE_VAL;
    b->central = b->kept = false;
    b->steps = NULL;
    r->method->ask(r->state, b);
    return b->count - 1 < b->capacity; /* a count of 0 is as wrong as one that is too large */
}

void pm_running_project(const pm_running *r, const pm_batch *b)
{
    if ((r->method->traits & PM_HANDLES_BOUNDS) == 0 || r->task.integer != NULL) {
        pm_admit(&(pm_box){PM_BOX_OF(r->task)}, b->x, b->count);
    }
}

pm_turn pm_running_tell(pm_running *r, const pm_batch *b, pm_stop *ended)
{
    const pm_turn turn = r->method->tell(r->state, b);

    if (turn != PM_MID_STEP) {
        const pm_iterate at = pm_running_at(r);
        *ended = turn == PM_NO_MORE   ? at.ended
                 : r->task.stochastic ? PM_RUNNING
                                      : pm_judge(&r->stopping, &at, &r->task);
    }
    return turn;
}

pm_iterate pm_running_at(const pm_running *r)
{
    pm_iterate at = {0};

    r->method->at(r->state, &at);
    return at;
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
