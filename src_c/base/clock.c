/* Monotonic time on POSIX and on Windows: an exact clock, and a coarse one that is cheaper to read.
 */
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
static const clockid_t coarse = CLOCK_MONOTONIC_COARSE; /* a call takes 4 ns instead of 27 */
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

/* Seconds, more than the coarse clock can be late: it is updated every 1 to 16 ms, at a tick of the
 * system. */
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
