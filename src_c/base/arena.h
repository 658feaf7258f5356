/* One block of memory for all arrays of a solver.
 *
 * `layout` functions run twice: once against no memory, to measure, and once against a block of
 * that size, to place.  Sizes therefore cannot drift from use.  Each array starts a multiple
 * of 64 bytes (a cache line) into the block.
 */
#ifndef PM_ARENA_H
#define PM_ARENA_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    unsigned char *block; /* NULL while measuring */
    size_t used;
    bool overflow; /* a size did not fit into size_t */
    bool zoned;    /* the block is from pm_block_new, and arrays get zones: see pm_block_copy */
} pm_arena;

/* Room for `count` items of `size` bytes, or NULL while measuring. */
void *pm_take(pm_arena *a, size_t count, size_t size);
#define PM_TAKE(a, type, count) ((type *)pm_take((a), (count), sizeof(type)))

/* A block of zeros, or NULL.  A large block uses large pages where the system has them: with small
 * ones, the first pass over a long vector takes a page fault for every 4 KiB, and each later pass
 * an address look-up. */
void *pm_block_new(size_t size);
void pm_block_free(void *block, size_t size);

/* Under the address sanitiser every array is followed by a closed zone, in which any access is an
 * error: the sanitiser takes the block for one object and would miss a write from one array into
 * the next.  A whole block is therefore copied and cleared by these functions only; the layout
 * that follows closes the zones again. */
void pm_block_copy(void *to, const void *from, size_t size);
void pm_block_clear(void *block, size_t size);

/* The address in the block `to` that corresponds to `place` in the block `from`, of which `to` is a
 * copy; NULL stays NULL. */
static inline void *pm_same_place(const void *place, const void *from, void *to)
{
    const ptrdiff_t offset = (const unsigned char *)place - (const unsigned char *)from;
    return place == NULL ? NULL : (unsigned char *)to + offset;
}

/* a * b, or SIZE_MAX where the product does not fit; pm_take refuses such a size. */
size_t pm_times(size_t a, size_t b);

static inline size_t pm_fewer(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t pm_more(size_t a, size_t b)
{
    return a > b ? a : b;
}

#endif
