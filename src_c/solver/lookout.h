/* The lookout: must the run end now, because of the deadline, a signal, or the caller's watch? */
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

/* The loop that drives a solver looks before every evaluation, and a method during long work of its
 * own.  How often the watch is polled depends on the time alone, because the cost of one evaluation
 * does not predict that of the next. */
struct pm_lookout {
    const pm_watch *watch; /* NULL: only the deadline counts */
    double deadline;       /* on pm_clock; HUGE_VAL: none */
    double next;           /* on pm_clock: when the watch is polled again */
    int64_t tick;          /* of the last look: no look is needed before the next tick */
    pm_stop stop;          /* why the run must end, or PM_RUNNING */
    size_t unseen;         /* numbers that methods may process before the next look; 0: ended */
};

void pm_lookout_start(pm_lookout *l, const pm_watch *watch, double deadline);
pm_stop pm_look_closely(pm_lookout *l);

/* Why to end now, or PM_RUNNING. */
static inline pm_stop pm_look(pm_lookout *l)
{
    return pm_has_ticked(&l->tick) ? pm_look_closely(l) : l->stop;
}

bool pm_look_up(pm_lookout *l); /* the same for pm_pass_called_off: must the run end now? */
/* Must the run end now?  A method calls this about every 10,000 operations of long work.  If so,
 * its `tell` or `ask` returns at once, `ask` with any points, and neither is called again. */
bool pm_called_off(const pm_task *task);
pm_lookout *pm_solver_lookout(pm_solver *s);

/* The same for a loop in which each pass processes this many numbers.  If it returns true the loop
 * may end early, because its result will not be used.  The clock is read once in about 10,000
 * numbers (some microseconds), counted over all loops. */
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
