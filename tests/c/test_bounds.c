/* The box: the nearest point in it, and which coordinates a descent step cannot move. */
#include "test.h"

#include "bounds.h"

#include <math.h>

static void clip_is_the_nearest_number(void)
{
    CHECK(pm_clip(0.5, 0.0, 1.0) == 0.5);
    CHECK(pm_clip(-0.5, 0.0, 1.0) == 0.0);
    CHECK(pm_clip(1.5, 0.0, 1.0) == 1.0);
    CHECK(pm_clip(0.0, 0.0, 1.0) == 0.0);
    CHECK(pm_clip(1.0, 0.0, 1.0) == 1.0);
    CHECK(pm_clip(7.0, 2.0, 2.0) == 2.0); /* fixed */
    CHECK(pm_clip(-1e300, -HUGE_VAL, 3.0) == -1e300);
    CHECK(pm_clip(HUGE_VAL, -HUGE_VAL, 3.0) == 3.0);
    CHECK(pm_clip(HUGE_VAL, 0.0, HUGE_VAL) == HUGE_VAL);
    CHECK(isnan(pm_clip(NAN, 0.0, 1.0)));
}

static void project_takes_every_row(void)
{
    const double lower[] = {0.0, -HUGE_VAL, 2.0}, upper[] = {1.0, 5.0, 2.0};
    double x[] = {-1.0, -1e9, 0.0, 0.25, 6.0, 9.0, 2.0, 5.0, 2.0};
    const double nearest[] = {0.0, -1e9, 2.0, 0.25, 5.0, 2.0, 1.0, 5.0, 2.0};

    pm_project(x, 3, 3, lower, upper);
    for (int i = 0; i < 9; ++i) {
        CHECK(x[i] == nearest[i]);
    }
    pm_project(x, 3, 3, lower, upper); /* a projection: twice is once */
    for (int i = 0; i < 9; ++i) {
        CHECK(x[i] == nearest[i]);
    }
}

static void held_where_downhill_leads_out(void)
{
    CHECK(pm_held(0.0, 1.0, 0.0, 1.0));   /* at the floor, downhill is down */
    CHECK(!pm_held(0.0, -1.0, 0.0, 1.0)); /* at the floor, downhill is up */
    CHECK(pm_held(1.0, -1.0, 0.0, 1.0));
    CHECK(!pm_held(1.0, 1.0, 0.0, 1.0));
    CHECK(!pm_held(0.0, 0.0, 0.0, 1.0)); /* no slope holds nothing */
    CHECK(!pm_held(0.5, 1.0, 0.0, 1.0));
    CHECK(!pm_held(-1e300, 1.0, -HUGE_VAL, HUGE_VAL));
    CHECK(pm_held(2.0, 1.0, 2.0, 2.0) && pm_held(2.0, -1.0, 2.0, 2.0)); /* fixed */
}

void test_bounds(void)
{
    clip_is_the_nearest_number();
    project_takes_every_row();
    held_where_downhill_leads_out();
}
