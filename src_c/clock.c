/* Monotonic seconds, on POSIX and on Windows. */
#if !defined(_WIN32)
#define _POSIX_C_SOURCE 199309L
#endif
#include "pyminima.h"

#if defined(_WIN32)
#include <windows.h>

double pm_clock(void)
{
    LARGE_INTEGER now, frequency;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return (double)now.QuadPart / (double)frequency.QuadPart;
}
#else
#include <time.h>

double pm_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
#endif
