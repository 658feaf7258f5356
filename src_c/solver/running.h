/* One running method: its row, its problem, its state, and the rules that judge it.
 *
 * The solver runs the method that the user has named, pm_nested one inside another: both by this.
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

/* Everything is laid out and the task is set: the method begins, and so do its stopping rules. */
void pm_running_start(pm_running *r);

/* Has the method write its points to b.  False if they are not from 1 to b->capacity. */
static inline bool pm_running_ask(const pm_running *r, pm_batch *b)
{
    b->value_limit = HUGE_VAL;
    b->central = b->kept = false;
    b->steps = NULL;
    r->method->ask(r->state, b);
    return b->count - 1 < b->capacity; /* a count of 0 is as wrong as one that is too large */
}

/* Moves points that the method does not keep in the box by itself, or whole, to where they are. */
void pm_running_project(const pm_running *r, const pm_batch *b);

/* Where the method stands. */
static inline pm_iterate pm_running_at(const pm_running *r)
{
    pm_iterate at = {0};

    r->method->at(r->state, &at);
    return at;
}

/* Tells the method its values.  When a step is complete, *ended is why the run has ended, or
 * PM_RUNNING. */
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

/* The minima that the method has met, or NULL: it keeps no record. */
const pm_basins *pm_running_basins(const pm_running *r);
/* Writes what the method tells of itself, a number for each of its row's measures, to out. */
void pm_running_measure(const pm_running *r, double *out);
/* Writes the inverse Hessian as learnt so far to H[n][n]; false: nothing is. */
bool pm_running_inverse_hessian(const pm_running *r, double *H);

#endif
