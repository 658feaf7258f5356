/* One block of memory: measured and placed alike, aligned, and never too small for what it is asked
 * for. */
#include "test.h"

#include "base/arena.h"

#include <stdint.h>

#include <stdlib.h>
#include <string.h>

enum { LINE = 64, ARRAYS = 6 };

static const struct {
    size_t count, size;
} asked[ARRAYS] = {{3, 8}, {0, 8}, {8, 8}, {9, 8}, {1, 1}, {1000, 24}};

static void take_all(pm_arena *a, unsigned char *places[ARRAYS])
{
    for (size_t i = 0; i < ARRAYS; ++i) {
        places[i] = pm_take(a, asked[i].count, asked[i].size);
    }
}

static void measures_what_it_places(void)
{
    unsigned char *places[ARRAYS];
    pm_arena measured = {0};

    take_all(&measured, places);
    for (size_t i = 0; i < ARRAYS; ++i) {
        CHECK(places[i] == NULL);
    }
    CHECK(!measured.overflow);

    unsigned char *block = malloc(measured.used);
    pm_arena placed = {.block = block};
    take_all(&placed, places);
    CHECK(placed.used == measured.used && !placed.overflow);

    /* Each array begins on a line of the block and ends before the next one begins. */
    for (size_t i = 0; i < ARRAYS; ++i) {
        const unsigned char *end = i + 1 < ARRAYS ? places[i + 1] : block + placed.used;
        CHECK((size_t)(places[i] - block) % LINE == 0);
        CHECK((size_t)(end - places[i]) >= asked[i].count * asked[i].size);
        memset(places[i], (int)i, asked[i].count * asked[i].size); /* the sanitiser watches */
    }
    free(block);
}

/* Whether from the heap or from the system in large pages. */
static void a_block_is_zeros_to_its_end(void)
{
    const size_t sizes[] = {64, ((size_t)1 << 23) - 64, (size_t)1 << 23, ((size_t)3 << 22) + 64};

    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; ++k) {
        unsigned char *block = pm_block_new(sizes[k]);
        CHECK(block != NULL && (uintptr_t)block % 16 == 0);
        CHECK(block[0] == 0 && memcmp(block, block + 1, sizes[k] - 1) == 0);
        memset(block, 1, sizes[k]);
        pm_block_free(block, sizes[k]);
        pm_block_free(NULL, sizes[k]);
    }
    CHECK(pm_block_new(SIZE_MAX / 2) == NULL);
}

static void products_that_do_not_fit_are_the_largest_number(void)
{
    const size_t root = (size_t)1 << (sizeof(size_t) * 4);
    CHECK(pm_times(6, 7) == 42);
    CHECK(pm_times(0, SIZE_MAX) == 0);
    CHECK(pm_times(SIZE_MAX, 0) == 0);
    CHECK(pm_times(SIZE_MAX, 1) == SIZE_MAX);
    CHECK(pm_times(root, root - 1) == SIZE_MAX - root + 1);
    CHECK(pm_times(root, root) == SIZE_MAX);
    CHECK(pm_times(SIZE_MAX / 2, 3) == SIZE_MAX);
    CHECK(pm_times(pm_times(root, root), root) == SIZE_MAX);
}

static void sizes_that_do_not_fit_are_refused(void)
{
    const struct {
        size_t before, count, size;
    } cases[] = {
        {0, SIZE_MAX, 1},         {0, SIZE_MAX, 8},
        {0, SIZE_MAX / 8 + 1, 8}, {0, SIZE_MAX - 63, 1},
        {64, SIZE_MAX - 100, 1},  {SIZE_MAX - 127, 65, 1},
        {SIZE_MAX - 63, 1, 1},    {SIZE_MAX / 2 + 1, 1, SIZE_MAX / 2},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
        pm_arena a = {.used = cases[c].before};
        CHECK(pm_take(&a, cases[c].count, cases[c].size) == NULL);
        CHECK(a.overflow);
        CHECK(a.used == cases[c].before);
        CHECK(pm_take(&a, 1, 1) == NULL); /* once too large, too large for good */
        CHECK(a.overflow && a.used == cases[c].before);
    }
}

static void the_largest_size_that_fits_is_not_refused(void)
{
    pm_arena a = {.used = 64};
    pm_take(&a, SIZE_MAX / 64 - 2, 64);
    CHECK(!a.overflow);
    CHECK(a.used == 64 + (SIZE_MAX / 64 - 2) * 64);
}

void test_arena(void)
{
    measures_what_it_places();
    a_block_is_zeros_to_its_end();
    products_that_do_not_fit_are_the_largest_number();
    sizes_that_do_not_fit_are_refused();
    the_largest_size_that_fits_is_not_refused();
}
