#if defined(__linux__)
#define _DEFAULT_SOURCE /* for madvise */
#include <sys/mman.h>
#endif

#include "arena.h"

#include <stdlib.h>

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

/* Beyond this, pages of 2 MB instead of 4 kB: a page costs about a microsecond when it is touched
 * first, which for a million variables would be as much as dozens of steps. */
#define HUGE_PAGE ((size_t)1 << 21)

void *pm_new_block(size_t size)
{
    unsigned char *block = calloc(1, size);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const size_t skip = HUGE_PAGE - (uintptr_t)block % HUGE_PAGE;
    if (block != NULL && size > skip + HUGE_PAGE) {
        (void)madvise(block + skip, size - skip, MADV_HUGEPAGE); /* advice: it may well fail */
    }
#endif
    return block;
}
