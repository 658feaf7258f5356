#include "loop/gradient_check.h"
#include "test.h"

#include <math.h>

/* f = x^2 + 3 y from (0, 0) to (3, 4): the gradients are (0, 3) and (6, 3), so the parts of the
 * prediction are 3 * 3 and 3 * 4, and the first of the slopes has turned by 6 * 3. */
static void a_way_is_measured_by_the_trapezoidal_rule(void)
{
    const double p[] = {3.0, 4.0}, q[] = {0.0, 0.0}, at_p[] = {6.0, 3.0}, at_q[] = {0.0, 3.0};
    const pm_way way = pm_way_between(&(pm_place){p, 21.0, at_p}, &(pm_place){q, 0.0, at_q}, 2);

    CHECK(way.length == 5.0);
    CHECK(way.change == 21.0);
    CHECK(way.predicted == 21.0);
    CHECK(way.size == 21.0);
    CHECK(way.turned == 18.0);
    const pm_way level = pm_way_between(&(pm_place){p, 0.0, at_p}, &(pm_place){q, 0.0, at_q}, 2);
    CHECK_NEAR(level.size, 15.0, 1e-14);
}

static void a_unit_is_no_wider_than_the_box(void)
{
    CHECK(pm_unit(0.5, 1.0, -HUGE_VAL, HUGE_VAL) == 1.0);
    CHECK(pm_unit(0.5, 1e-9, -HUGE_VAL, HUGE_VAL) == 0.5);
    CHECK(pm_unit(-7.0, 1.0, -HUGE_VAL, HUGE_VAL) == 7.0);
    CHECK(pm_unit(0.5, 1.0, 0.0, 0.75) == 0.75);
    CHECK(pm_unit(2.0, 1.0, 2.0, 2.0) == 0.0);
}

/* At its bounds a variable leads inwards, and a fixed one nowhere. */
static void a_direction_leads_into_the_box(void)
{
    const double x[] = {0.0, 4.0, 2.0, 1.0}, lower[] = {0.0, 0.0, 2.0, -HUGE_VAL};
    const double upper[] = {4.0, 4.0, 2.0, HUGE_VAL};
    const double unit[] = {1.0, 4.0, 0.0, 1.0};
    double d[4], again[4], p[4];

    pm_direction(d, x, unit, lower, upper, 0.01, 4);
    pm_direction(again, x, unit, lower, upper, 0.01, 4);
    CHECK(d[0] >= 0.5 && d[0] < 1.0);
    CHECK(d[1] > -4.0 && d[1] <= -2.0);
    CHECK(d[2] == 0.0);
    CHECK(fabs(d[3]) >= 0.5 && fabs(d[3]) < 1.0);
    pm_along(p, x, 100.0, d, lower, upper, 4);
    CHECK(p[0] == 4.0 && p[1] == 0.0 && p[2] == 2.0 && p[3] == 1.0 + 100.0 * d[3]);
    for (int i = 0; i < 4; ++i) {
        CHECK(d[i] == again[i]);
    }
}

static void single_precision_is_told_by_the_values(void)
{
    const double f[] = {0.5, 0.1f, 3.0, 0.1};

    CHECK(pm_all_single(f, 3));
    CHECK(!pm_all_single(f, 4));
}

void test_gradient_check(void)
{
    a_way_is_measured_by_the_trapezoidal_rule();
    a_unit_is_no_wider_than_the_box();
    a_direction_leads_into_the_box();
    single_precision_is_told_by_the_values();
}
