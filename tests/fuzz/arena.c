/* The arena for fuzzing: every array ends at a red zone, so that the address sanitiser sees what is
 * written past one array and into the next, which in one block it would not.  It stands in for
 * src_c/arena.c. */
#include "arena.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>

enum { GRAIN = 64, RED = 64 };

size_t pm_times(size_t a, size_t b)
{
    return b != 0 && a > SIZE_MAX / b ? SIZE_MAX : a * b;
}

void *pm_take(pm_arena *a, size_t count, size_t size)
{
    const size_t bytes = pm_times(count, size);
    const size_t most = SIZE_MAX - GRAIN - RED;
    if (a->overflow || a->used > most || bytes > most - a->used) {
        a->overflow = true;
        return NULL;
    }
    const size_t whole = (bytes + GRAIN - 1) / GRAIN * GRAIN + RED;
    unsigned char *place = a->block == NULL ? NULL : a->block + a->used;
    if (place != NULL) {
        ASAN_UNPOISON_MEMORY_REGION(place, whole);
        const size_t end = (bytes + 7) / 8 * 8; /* the sanitiser's grain */
        ASAN_POISON_MEMORY_REGION(place + end, whole - end);
    }
    a->used += whole;
    return place;
}

/* Not initialised by the sanitiser's fill either: a block is zeros. */
void *pm_block_new(size_t size)
{
    return calloc(1, size);
}

void pm_block_free(void *block, size_t size)
{
    if (block != NULL) {
        ASAN_UNPOISON_MEMORY_REGION(block, size);
    }
    free(block);
}
