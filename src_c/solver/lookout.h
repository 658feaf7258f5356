/* The lookout: is the run to end now, because of time, of a signal, or of whoever watches? */
#ifndef PM_LOOKOUT_H
#define PM_LOOKOUT_H

#include "base/clock.h"
#include "pyminima.h"

/* Called about every 20 ms and, if each_step, after every step; a non-zero answer (a pm_stop) ends
 * the run. */
typedef struct {
    pm_stop (*poll)(void *self, bool step_done);
    void *self;
    bool each_step;
} pm_watch;

/* Whoever drives a solver looks out by it before every evaluation, and a method within work that
 * takes long: by time, for what an evaluation has cost says nothing of the next one. */
struct pm_lookout {
    const pm_watch *watch; /* NULL: nobody to ask */
    double deadline;       /* on pm_clock; HUGE_VAL: none */
    double next;           /* when to ask again */
    int64_t tick;          /* of the last look: until the next one there is nothing to see */
    pm_stop stop;          /* what a look has said that ends the run */
    size_t unseen;         /* numbers that methods may go through before they look up; 0: ended */
};

void pm_lookout_start(pm_lookout *l, const pm_watch *watch, double deadline);
pm_stop pm_look_closely(pm_lookout *l);

/* Why to end now, or PM_RUNNING. */
static inline pm_stop pm_look(pm_lookout *l)
{
    return pm_has_ticked(&l->tick) ? pm_look_closely(l) : l->stop;
}

bool pm_look_up(pm_lookout *l); /* from work on many numbers: is the run to end now? */
/* Is the run to end now?  For methods, about every 10,000 operations of long work.  Then tell
 * answers at once, ask with any points, and neither is called again. */
bool pm_called_off(const pm_task *task);
pm_lookout *pm_solver_lookout(pm_solver *s);

/* In a loop, each pass of which is over so many numbers: is the run to end now?  Then the rest need
 * not be done, and nobody will look at the result.  The time is looked at once in about 10,000
 * numbers, some microseconds, whoever has gone through them. */
static inline bool pm_pass_called_off(const pm_task *task, size_t numbers)
{
    pm_lookout *l = task->lookout;

    if (l != NULL && numbers < l->unseen) {
        l->unseen -= numbers;
        return false;
    }
    return l != NULL && pm_look_up(l);
}

#endif
