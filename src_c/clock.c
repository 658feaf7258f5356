/* Monotonic seconds, on POSIX and on Windows: to the nanosecond, and cheap ones. */
#if !defined(_WIN32)
#define _POSIX_C_SOURCE 199309L
#endif
#include "pyminima.h"

#include <math.h>

#if defined(_WIN32)
#include <windows.h>

double pm_clock(void)
{
    LARGE_INTEGER now, frequency;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return (double)now.QuadPart / (double)frequency.QuadPart;
}

static double coarse_clock(void)
{
    return pm_clock();
}
#else
#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double pm_clock(void)
{
    return seconds(CLOCK_MONOTONIC);
}

/* As of the last tick of the system, 1 to 10 ms ago: 5 ns instead of 27, for it is only read. */
static double coarse_clock(void)
{
#if defined(CLOCK_MONOTONIC_COARSE)
    return seconds(CLOCK_MONOTONIC_COARSE);
#else
    return pm_clock();
#endif
}
#endif

/* More than a coarse clock may be behind. */
static const double LAG = 0.02;

bool pm_is_past(double moment)
{
    return coarse_clock() + LAG >= moment && pm_clock() >= moment;
}

/* ------------------------------------------------------------------------------------ the lookout ------- */

/* Between two looks at signals: a look takes the interpreter's lock, and others may be waiting. */
static const double PAUSE = 0.02;

void pm_lookout_start(pm_lookout *l, const pm_watch *watch, double deadline)
{
    *l = (pm_lookout){.watch = watch, .deadline = deadline, .next = -HUGE_VAL};
}

pm_stop pm_look(pm_lookout *l)
{
    const double now = coarse_clock();

    if (l->stop != PM_RUNNING || (now < l->next && now + LAG < l->deadline)) {
        return l->stop;
    }
    if (l->deadline < HUGE_VAL && pm_clock() >= l->deadline) {
        l->stop = PM_TIME;
    } else if (now >= l->next && l->watch != NULL) {
        l->next = now + PAUSE;
        l->stop = l->watch->poll(l->watch->self, false);
    }
    return l->stop;
}

bool pm_called_off(const pm_task *task)
{
    return task->lookout != NULL && pm_look(task->lookout) != PM_RUNNING;
}
