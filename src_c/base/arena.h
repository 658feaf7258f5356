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
    bool zoned;    /* the block is one of pm_block_new: see pm_block_copy */
} pm_arena;

/* Room for `count` items of `size` bytes, or NULL while measuring. */
void *pm_take(pm_arena *a, size_t count, size_t size);
#define PM_TAKE(a, type, count) ((type *)pm_take((a), (count), sizeof(type)))

/* A block of zeros, or NULL.  A large one comes in large pages, where the system has them: vectors
 * that are walked along would else take a page fault for every 4 KiB, and a look-up at each pass.
 */
void *pm_block_new(size_t size);
void pm_block_free(void *block, size_t size);

/* Under the address sanitiser every array is followed by a zone that nobody may touch: a block is
 * one object to it, and a write from one array into the next would go unseen.  So a block is copied
 * and cleared as a whole by these; what is laid out in it again closes the zones. */
void pm_block_copy(void *to, const void *from, size_t size);
void pm_block_clear(void *block, size_t size);

/* What has its place in the block `from`, in its copy `to`; NULL stays NULL. */
static inline void *pm_same_place(const void *place, const void *from, void *to)
{
    const ptrdiff_t offset = (const unsigned char *)place - (const unsigned char *)from;
    return place == NULL ? NULL : (unsigned char *)to + offset;
}

/* a * b, or SIZE_MAX where the product does not fit: such a size is then refused by pm_take. */
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
