/* The critical distance, and which points start a search. */
#include "test.h"

#include "methods/global/multistart/linkage.h"

#include <math.h>
#include <string.h>

typedef struct {
    pm_linkage s;
    double block[512];
} sample;

static void prepare(sample *p, size_t n, size_t capacity)
{
    memset(p, 0, sizeof *p);
    pm_arena a = {.block = (unsigned char *)p->block};
    pm_linkage_layout(&p->s, &a, n, capacity);
    CHECK(a.used <= sizeof p->block);
}

/* Computed independently, with sigma = 4 and k = 100. */
static void critical_distances(void)
{
    CHECK_NEAR(pm_critical_distance(1, 100, 4.0), 0.09210, 1e-5);
    CHECK_NEAR(pm_critical_distance(2, 100, 4.0), 0.24215, 1e-5);
    CHECK_NEAR(pm_critical_distance(5, 100, 4.0), 0.51145, 1e-5);
    CHECK_NEAR(pm_critical_distance(1, 100, 8.0), 2.0 * pm_critical_distance(1, 100, 4.0), 1e-12);
    CHECK(pm_critical_distance(3, 100, 0.0) == 0.0);
    CHECK(pm_critical_distance(100000, 100, 4.0) > 1.0); /* Gamma itself would overflow */
}

/* Values 0, 1, 2, 3 at 0.9, 0.1, 0.15, 0.5. */
static void draw_four(sample *p)
{
    const double x[] = {0.1, 0.15, 0.5, 0.9}, f[] = {1.0, 2.0, 3.0, 0.0};
    prepare(p, 1, 8);
    for (size_t j = 0; j < 4; ++j) {
        pm_linkage_draw(&p->s, &x[j], f[j], false);
    }
}

/* r_4 = Gamma(3/2) / sqrt(pi) sigma ln(4) / 4 = 0.1733 sigma. */
static void points_with_a_better_one_nearby_start_no_search(void)
{
    sample p;
    draw_four(&p);
    const double *x = pm_linkage_start(&p.s, 4.0, 1.0); /* r = 0.69 */
    CHECK(x != NULL && *x == 0.9);
    x = pm_linkage_start(&p.s, 4.0, 1.0);
    CHECK(x != NULL && *x == 0.1);
    CHECK(pm_linkage_start(&p.s, 4.0, 1.0) == NULL);
    x = pm_linkage_start(&p.s, 1.0, 1.0); /* r = 0.17, and 0.35 to 0.15 */
    CHECK(x != NULL && *x == 0.5);
    CHECK(pm_linkage_start(&p.s, 1.0, 1.0) == NULL);
    x = pm_linkage_start(&p.s, 0.0, 1.0);
    CHECK(x != NULL && *x == 0.15);
    CHECK(pm_linkage_start(&p.s, 0.0, 1.0) == NULL);
}

static void minima_count_as_points(void)
{
    const double low = 0.52, high = 0.12, later = 0.56;
    sample p;
    draw_four(&p);
    pm_linkage_minimum(&p.s, &low, -1.0);
    pm_linkage_minimum(&p.s, &high, 5.0); /* above all of them: undercuts none */
    pm_linkage_draw(&p.s, &later, 2.5, false);
    CHECK(p.s.drawn == 5);
    const double *x = pm_linkage_start(&p.s, 1.0, 1.0);
    CHECK(x != NULL && *x == 0.9);
    x = pm_linkage_start(&p.s, 1.0, 1.0);
    CHECK(x != NULL && *x == 0.1);
    CHECK(pm_linkage_start(&p.s, 1.0, 1.0) == NULL);
}

static void only_the_best_part_may_start(void)
{
    sample p;
    draw_four(&p);
    CHECK(*pm_linkage_start(&p.s, 0.0, 0.5) == 0.9);
    CHECK(*pm_linkage_start(&p.s, 0.0, 0.5) == 0.1);
    CHECK(pm_linkage_start(&p.s, 0.0, 0.5) == NULL);
    CHECK(pm_linkage_start(&p.s, 0.0, 0.0) == NULL);
}

static void the_lowest_points_are_kept_and_all_are_counted(void)
{
    sample p;
    prepare(&p, 1, 3);
    for (size_t j = 0; j < 7; ++j) {
        const double x = 0.1 * (double)j, f = j == 6 ? HUGE_VAL : (double)(j * 5 % 6);
        pm_linkage_draw(&p.s, &x, f, j == 0);
    }
    CHECK(p.s.drawn == 7 && p.s.count == 3);
    CHECK(p.s.f[0] == 0.0 && p.s.f[1] == 1.0 && p.s.f[2] == 2.0);
    CHECK(p.s.x[0] == 0.0 && p.s.x[1] == 0.5 && p.s.x[2] == 0.4);
    CHECK_NEAR(p.s.better[2], 0.01, 1e-15);
    CHECK(p.s.kind[0] == PM_STARTED && p.s.kind[1] == PM_FRESH && p.s.kind[2] == PM_FRESH);
}

static void of_a_plateau_the_first_point_starts(void)
{
    sample p;
    prepare(&p, 1, 4);
    for (size_t j = 0; j < 3; ++j) {
        const double x = 0.4 + 0.01 * (double)j;
        pm_linkage_draw(&p.s, &x, 1.0, false);
    }
    CHECK(*pm_linkage_start(&p.s, 4.0, 1.0) == 0.4);
    CHECK(pm_linkage_start(&p.s, 4.0, 1.0) == NULL);
}

void test_linkage(void)
{
    critical_distances();
    points_with_a_better_one_nearby_start_no_search();
    minima_count_as_points();
    only_the_best_part_may_start();
    the_lowest_points_are_kept_and_all_are_counted();
    of_a_plateau_the_first_point_starts();
}
