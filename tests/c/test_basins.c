/* The record of minima: what is one, in which order, and how often. */
#include "test.h"

#include "methods/global/basins.h"

#include <math.h>
#include <string.h>

enum { N = 2 };

typedef struct {
    pm_basins b;
    double block[512];
} record;

static void prepare(record *r, size_t capacity, double high)
{
    const double x0[N] = {1.0, -20.0}, lower[N] = {0.0, -30.0};
    const double upper[N] = {10.0, high};
    const pm_task task = {.n = N, .x0 = x0, .lower = lower, .upper = upper};

    memset(r, 0, sizeof *r);
    pm_arena a = {.block = (unsigned char *)r->block};
    pm_basins_layout(&r->b, &a, N, capacity);
    CHECK(a.used <= sizeof r->block);
    pm_basins_start(&r->b, &task);
}

static bool add(record *r, double x, double y, double f, bool uniform)
{
    return pm_basins_add(&r->b, (const double[N]){x, y}, f, uniform);
}

static void ends_near_and_alike_are_one_minimum(void)
{
    record r;
    prepare(&r, 8, 0.0);
    CHECK(add(&r, 1.0, -5.0, 3.0, false));
    CHECK(add(&r, 8.0, -5.0, 1.0, true));
    CHECK(add(&r, 8.05, -5.0, 1.1, false));        /* near, but not alike */
    CHECK(!add(&r, 8.05, -5.0, 1.1 - 1e-9, true)); /* the same once more, and lower */
    CHECK(!add(&r, 8.0 + 1e-6, -5.0, 1.5, false)); /* where rounding explains any value */
    CHECK(add(&r, 9.0, -5.0, 1.0, false));         /* alike, but not near */
    CHECK(r.b.count == 4 && r.b.distinct == 4 && r.b.descents == 6 && r.b.uniform == 2);
    const double f[] = {1.0, 1.0, 1.1 - 1e-9, 3.0}, x[] = {8.0, 9.0, 8.05, 1.0};
    const size_t hits[] = {2, 1, 2, 1}, sampled[] = {1, 0, 1, 0};
    for (size_t j = 0; j < 4; ++j) {
        CHECK(r.b.f[j] == f[j] && r.b.x[j * N] == x[j]);
        CHECK(r.b.hits[j] == hits[j] && r.b.sampled[j] == sampled[j]);
    }
}

static void an_open_variable_is_measured_by_its_start(void)
{
    record r;
    prepare(&r, 8, HUGE_VAL);
    CHECK(r.b.unit[0] == 10.0 && r.b.unit[1] == 20.0);
    add(&r, 1.0, -5.0, 3.0, false);
    CHECK(!add(&r, 1.0, -5.0 + 1e-5, 3.0, false));
}

static void a_descent_without_a_value_has_found_nothing(void)
{
    record r;
    prepare(&r, 8, 0.0);
    CHECK(!add(&r, 1.0, -5.0, HUGE_VAL, true));
    CHECK(r.b.count == 0 && r.b.descents == 1 && r.b.uniform == 1);
}

static void a_full_record_keeps_the_lowest(void)
{
    record r;
    prepare(&r, 2, 0.0);
    for (int j = 0; j < 5; ++j) {
        CHECK(add(&r, 2.0 * j, -5.0, (double)((j + 2) % 5), false));
    }
    CHECK(r.b.count == 2 && r.b.distinct == 5 && r.b.f[0] == 0.0 && r.b.f[1] == 1.0);
}

/* E[K] = w (N - 1) / (N - w - 2) <= w + 1/2, for the first time. */
static void enough_starts(void)
{
    for (size_t w = 1; w < 20; ++w) {
        const size_t starts = pm_enough_starts(w);
        const double k = (double)w, n = (double)starts;
        CHECK(k * (n - 1.0) / (n - k - 2.0) <= k + 0.5);
        CHECK(k * (n - 2.0) / (n - k - 3.0) > k + 0.5);
    }
}

void test_basins(void)
{
    ends_near_and_alike_are_one_minimum();
    an_open_variable_is_measured_by_its_start();
    a_descent_without_a_value_has_found_nothing();
    a_full_record_keeps_the_lowest();
    enough_starts();
}
