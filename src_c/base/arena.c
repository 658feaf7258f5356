#if defined(__linux__)
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS and madvise */
#endif
#include "base/arena.h"

#include <stdlib.h>
#include <stdint.h>
#include <string.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#define CACHE_LINE ((size_t)64)

#if defined(__SANITIZE_ADDRESS__) && !defined(_MSC_VER)
#define PM_ADDRESS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PM_ADDRESS_SANITIZED 1
#endif
#endif

#if defined(PM_ADDRESS_SANITIZED)
#include <sanitizer/asan_interface.h>

enum { ZONE = 64 };

static void close_zone(unsigned char *from, unsigned char *to)
{
    __asan_poison_memory_region(from, (size_t)(to - from));
}

static void open_zones(void *block, size_t size)
{
    __asan_unpoison_memory_region(block, size);
}

/* Copies byte by byte, without the sanitiser's checks: the copy reads across the closed zones of
 * `from`, which stay closed. */
__attribute__((no_sanitize("address"))) void pm_block_copy(void *to, const void *from, size_t size)
{
    /* volatile: the compiler would otherwise make this loop a memcpy, which checks the zones */
    volatile unsigned char *into = to;
    const volatile unsigned char *out = from;

    for (size_t i = 0; i < size; ++i) {
        into[i] = out[i];
    }
}
#else
enum { ZONE = 0 };

static void close_zone(unsigned char *from, unsigned char *to)
{
    (void)from;
    (void)to;
}

static void open_zones(void *block, size_t size)
{
    (void)block;
    (void)size;
}

void pm_block_copy(void *to, const void *from, size_t size)
{
    memcpy(to, from, size);
}
#endif

void pm_block_clear(void *block, size_t size)
{
    open_zones(block, size);
    memset(block, 0, size);
}

size_t pm_times(size_t a, size_t b)
{
    return b != 0 && a > SIZE_MAX / b ? SIZE_MAX : a * b;
}

void *pm_take(pm_arena *a, size_t count, size_t size)
{
    const size_t bytes = pm_times(count, size);
    const size_t zone = a->zoned ? ZONE : 0, rounding = zone + CACHE_LINE;
    if (a->overflow || a->used > SIZE_MAX - rounding || bytes > SIZE_MAX - rounding - a->used) {
        a->overflow = true;
        return NULL;
    }
    unsigned char *place = a->block == NULL ? NULL : a->block + a->used;
    a->used += (bytes + zone + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    if (place != NULL && a->zoned) {
        close_zone(place + bytes, a->block + a->used);
    }
    return place;
}

/* Not under the address sanitiser: it does not track memory from mmap. */
#if defined(__linux__) && defined(MADV_HUGEPAGE) && !defined(PM_ADDRESS_SANITIZED)
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
    (void)madvise(block, size, MADV_HUGEPAGE); /* only a hint: a refusal costs speed alone */
    return block;
}

void pm_block_free(void *block, size_t size)
{
    open_zones(block, block == NULL ? 0 : size);
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
    open_zones(block, block == NULL ? 0 : size);
    free(block);
}
#endif
