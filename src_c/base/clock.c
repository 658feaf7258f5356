/* Monotonic seconds, on POSIX and on Windows: to the nanosecond, and cheap ones. */
#if !defined(_WIN32)
#define _POSIX_C_SOURCE 199309L
#endif
#include "base/clock.h"

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

static int64_t tick_now(void)
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

static int64_t tick_now(void)
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

bool pm_has_ticked(int64_t *tick)
{
    const int64_t now = tick_now();
    const bool ticked = now != *tick;

    *tick = now;
    return ticked;
}
