/* One running method: its row, its problem, its state, and the rules that judge it.
 *
 * The solver uses it for the method that the user has named, pm_nested for a method inside another.
 */
#ifndef PM_RUNNING_H
#define PM_RUNNING_H

#include "solver/method.h"
#include "solver/stopping.h"

#include <math.h>

typedef struct {
    const pm_method *method; /* NULL: none yet */
    void *state;             /* the method's, of method->state_size bytes */
    pm_task task;            /* as the method sees it */
    pm_stopping stopping;
} pm_running;

/* Starts the method and its stopping rules; the arrays must be laid out and the task set. */
void pm_running_start(pm_running *r);

/* Lets the method write its points to b; false if their number is not in 1 .. b->capacity. */
static inline bool pm_running_ask(const pm_running *r, pm_batch *b)
{
    b->value_limit = HUGE_VAL;
    b->central = b->kept = false;
    b->steps = NULL;
    r->method->ask(r->state, b);
    return b->count - 1 < b->capacity; /* a count of 0 is as wrong as one that is too large */
}

/* Moves points into the box, and their integer variables to whole numbers, if the method does not
 * do so itself. */
void pm_running_project(const pm_running *r, const pm_batch *b);

/* Where the method stands. */
static inline pm_iterate pm_running_at(const pm_running *r)
{
    pm_iterate at = {0};

    r->method->at(r->state, &at);
    return at;
}

/* Tells the method its values.  When a step is complete, sets *ended to the reason why the run has
 * ended, or to PM_RUNNING. */
static inline pm_turn pm_running_tell(pm_running *r, const pm_batch *b, pm_stop *ended)
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

/* The minima that the method has met; NULL: it keeps no record of them. */
const pm_basins *pm_running_basins(const pm_running *r);
/* Writes one number for each of the measures in the method's row to out. */
void pm_running_measure(const pm_running *r, double *out);
/* Writes the method's estimate of the inverse Hessian to H[n][n]; false: it has none. */
bool pm_running_inverse_hessian(const pm_running *r, double *H);

#endif
