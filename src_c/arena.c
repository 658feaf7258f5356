#include "arena.h"

#define CACHE_LINE ((size_t)64)

size_t pm_times(size_t a, size_t b)
{
    return b != 0 && a > SIZE_MAX / b ? SIZE_MAX : a * b;
}

void *pm_take(pm_arena *a, size_t count, size_t size)
{
    const size_t bytes = pm_times(count, size);
    if (a->overflow || a->used > SIZE_MAX - CACHE_LINE || bytes > SIZE_MAX - CACHE_LINE - a->used) {
        a->overflow = true;
        return NULL;
    }
    unsigned char *place = a->block == NULL ? NULL : a->block + a->used;
    a->used += (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    return place;
}
