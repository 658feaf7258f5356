/* The box: the nearest point in it, and which coordinates a descent step cannot move. */
#include "test.h"

#include "base/bounds.h"

#include <float.h>
#include <math.h>
#include <string.h>

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
    CHECK(pm_is_binding(0.0, 1.0, 0.0, 1.0));   /* at the floor, downhill is down */
    CHECK(!pm_is_binding(0.0, -1.0, 0.0, 1.0)); /* at the floor, downhill is up */
    CHECK(pm_is_binding(1.0, -1.0, 0.0, 1.0));
    CHECK(!pm_is_binding(1.0, 1.0, 0.0, 1.0));
    CHECK(!pm_is_binding(0.0, 0.0, 0.0, 1.0)); /* no slope holds nothing */
    CHECK(!pm_is_binding(0.5, 1.0, 0.0, 1.0));
    CHECK(!pm_is_binding(-1e300, 1.0, -HUGE_VAL, HUGE_VAL));
    CHECK(pm_is_binding(2.0, 1.0, 2.0, 2.0) && pm_is_binding(2.0, -1.0, 2.0, 2.0)); /* fixed */
}

static void the_gate_moves_what_is_no_point(void)
{
    const double lower[] = {0.0, -HUGE_VAL, -3.0, 0x1p53},
                 upper[] = {1.0, HUGE_VAL, 4.0, 0x1p53 + 4.0};
    const double inside[] = {0.5, 2.0, 1.0, 0x1p53};
    const bool integer[] = {false, false, true, true};
    const pm_box box = {.n = 4,
                        .lower = lower,
                        .upper = upper,
                        .bounded = true,
                        .integer = integer,
                        .inside = inside};
    double good[] = {1.0, -DBL_MAX, -2.0, 0x1p53 + 2.0, 0.0, 5e-324, 4.0, 0x1p53};
    const double kept[] = {1.0, -DBL_MAX, -2.0, 0x1p53 + 2.0, 0.0, 5e-324, 4.0, 0x1p53};
    double bad[] = {-5e-324, HUGE_VAL, 2.5, 0x1p53 + 6.0, NAN, -HUGE_VAL, NAN, -HUGE_VAL};
    const double moved[] = {0.0, DBL_MAX, 3.0, 0x1p53 + 4.0, 0.5, -DBL_MAX, 1.0, 0x1p53};

    CHECK(!pm_admit(&box, good, 2) && memcmp(good, kept, sizeof kept) == 0);
    CHECK(pm_admit(&box, bad, 2));
    for (int i = 0; i < 8; ++i) {
        CHECK(bad[i] == moved[i]);
    }
    CHECK(!pm_admit(&box, bad, 2)); /* through the gate, a point stays where it is */
}

static void without_bounds_the_gate_is_about_finite_numbers(void)
{
    const double lower[] = {-HUGE_VAL, -HUGE_VAL}, upper[] = {HUGE_VAL, HUGE_VAL},
                 inside[] = {7.0, 8.0};
    const pm_box box = {.n = 2, .lower = lower, .upper = upper, .inside = inside};
    double x[] = {DBL_MAX, -0.0, 1.0, NAN, HUGE_VAL, 5e-324};

    CHECK(!pm_admit(&box, x, 1));
    CHECK(pm_admit(&box, x, 3));
    CHECK(x[0] == DBL_MAX && x[2] == 1.0 && x[3] == 8.0 && x[4] == DBL_MAX && x[5] == 5e-324);
}

/* -0 is 0: such a point need not be moved, and is not said to be. */
static void a_negative_zero_is_inside(void)
{
    const double lower[] = {0.0}, upper[] = {0.0};
    double x[] = {-0.0};
    const pm_box box = {.n = 1, .lower = lower, .upper = upper, .bounded = true, .inside = lower};
    CHECK(!pm_admit(&box, x, 1));
}

void test_bounds(void)
{
    the_gate_moves_what_is_no_point();
    without_bounds_the_gate_is_about_finite_numbers();
    a_negative_zero_is_inside();
    clip_is_the_nearest_number();
    project_takes_every_row();
    held_where_downhill_leads_out();
}
