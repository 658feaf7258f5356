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

static int64_t tick(void)
{
    return (int64_t)GetTickCount64();
}
#else
#include <time.h>

#if defined(CLOCK_MONOTONIC_COARSE)
static const clockid_t coarse = CLOCK_MONOTONIC_COARSE; /* 4 ns instead of 27: it is only read */
#else
static const clockid_t coarse = CLOCK_MONOTONIC;
#endif

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

static double coarse_clock(void)
{
    return seconds(coarse);
}

static int64_t tick(void)
{
    struct timespec now;
    clock_gettime(coarse, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
#endif

/* The coarse clock and the tick stand still for 1 to 16 ms, until the next tick of the system. This
 * is more than they may be behind. */
static const double LAG = 0.02;

bool pm_is_past(double moment)
{
    return coarse_clock() + LAG >= moment && pm_clock() >= moment;
}

/* ------------------------------------------------------------------------------------ the lookout ------- */

/* Between two looks at signals: a look takes the interpreter's lock, and others may be waiting. */
static const double PAUSE = 0.02;

/* Numbers that may be gone through between two looks: some microseconds. */
enum { UNSEEN = 10000 };

void pm_lookout_start(pm_lookout *l, const pm_watch *watch, double deadline)
{
    *l = (pm_lookout){.watch = watch,
                      .deadline = deadline,
                      .next = -HUGE_VAL,
                      .tick = INT64_MIN,
                      .unseen = UNSEEN};
}

static pm_stop look_closely(pm_lookout *l)
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

pm_stop pm_look(pm_lookout *l)
{
    const int64_t now = tick();

    if (now == l->tick) {
        return l->stop;
    }
    l->tick = now;
    return look_closely(l);
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
