#include "solver/lookout.h"
#include "solver/method.h"

#include <math.h>

/* Seconds between two polls of the watch: a poll takes the interpreter's lock, for which other
 * threads may be waiting. */
static const double PAUSE = 0.02;

/* Numbers that may be processed between two looks: some microseconds. */
enum { UNSEEN = 10000 };

void pm_lookout_start(pm_lookout *l, const pm_watch *watch, double deadline)
{
    *l = (pm_lookout){.watch = watch,
                      .deadline = deadline,
                      .next = -HUGE_VAL,
                      .tick = INT64_MIN,
                      .unseen = UNSEEN};
}

pm_stop pm_look_closely(pm_lookout *l)
{
    const double now = pm_clock();

    if (l->stop != PM_RUNNING) {
        return l->stop;
    }
    if (now >= l->deadline) {
        l->stop = PM_TIME;
    } else if (now >= l->next && l->watch != NULL) {
        l->next = now + PAUSE;
        l->stop = l->watch->poll(l->watch->self, false);
    }
    l->unseen = l->stop == PM_RUNNING ? l->unseen : 0;
    return l->stop;
}

bool pm_look_up(pm_lookout *l)
{
    l->unseen = pm_look(l) == PM_RUNNING ? UNSEEN : 0;
    return l->unseen == 0;
}

bool pm_called_off(const pm_task *task)
{
    return task->lookout != NULL && pm_look(task->lookout) != PM_RUNNING;
}
