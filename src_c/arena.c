#if defined(__linux__)
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS and madvise */
#endif
#include "arena.h"

#include <stdlib.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

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

#if defined(__linux__) && defined(MADV_HUGEPAGE)
enum { LARGE_BLOCK = 1 << 23 };

void *pm_block_new(size_t size)
{
    if (size < LARGE_BLOCK) {
        return calloc(1, size);
    }
    void *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) {
        return NULL;
    }
    (void)madvise(block, size, MADV_HUGEPAGE); /* where it is refused, all works as well */
    return block;
}

void pm_block_free(void *block, size_t size)
{
    if (size < LARGE_BLOCK) {
        free(block);
    } else if (block != NULL) {
        (void)munmap(block, size);
    }
}
#else
void *pm_block_new(size_t size)
{
    return calloc(1, size);
}

void pm_block_free(void *block, size_t size)
{
    (void)size;
    free(block);
}
#endif
