/* The smooth map onto an interval. */
#include "test.h"

#include "fold.h"

/* [0, 10] has margins of 0.5, so the mirrors are at -0.5 and 10.5. */
static void the_map_is_the_identity_with_parabolas_at_the_walls(void)
{
    const pm_fold f = pm_fold_made(0.0, 10.0, 10.0);
    CHECK(pm_folded(&f, 0.5) == 0.5 && pm_folded(&f, 3.0) == 3.0 && pm_folded(&f, 9.5) == 9.5);
    CHECK(pm_folded(&f, -0.5) == 0.0 && pm_folded(&f, 10.5) == 10.0);
    CHECK_NEAR(pm_folded(&f, 0.0), 0.125, 1e-15); /* 0.5^2 / (4 0.5) */
    CHECK_NEAR(pm_folded(&f, 10.25), 10.0 - 0.03125, 1e-14);
    CHECK_NEAR((pm_folded(&f, 0.5) - pm_folded(&f, 0.5 - 1e-6)) / 1e-6, 1.0, 1e-5);
}

static void beyond_the_walls_it_is_a_mirror(void)
{
    const pm_fold f = pm_fold_made(0.0, 10.0, 10.0);
    for (double t = -0.5; t <= 10.5; t += 0.125) {
        CHECK_NEAR(pm_folded(&f, -1.0 - t), pm_folded(&f, t), 1e-12);
        CHECK_NEAR(pm_folded(&f, 21.0 - t), pm_folded(&f, t), 1e-12);
        CHECK_NEAR(pm_folded(&f, t + 22.0 * 7.0), pm_folded(&f, t), 1e-12);
        CHECK_NEAR(pm_fold_near(&f, t + 22.0 * 7.0), t, 1e-12);
        CHECK_NEAR(pm_unfolded(&f, pm_folded(&f, t)), t, 1e-7);
    }
}

static void one_wall_has_one_mirror(void)
{
    const pm_fold low = pm_fold_made(1.0, HUGE_VAL, 2.0), high = pm_fold_made(-HUGE_VAL, 1.0, 2.0);
    CHECK(pm_folded(&low, 1e6) == 1e6 && pm_folded(&high, -1e6) == -1e6);
    CHECK(pm_folded(&low, 0.9) == 1.0 && pm_folded(&high, 1.1) == 1.0);
    CHECK_NEAR(pm_folded(&low, 0.9 - 5.0), 5.9, 1e-14);
    CHECK_NEAR(pm_folded(&high, 1.1 + 5.0), -3.9, 1e-14);
    CHECK(pm_fold_near(&low, -1e3) == -1e3);
}

static void without_walls_nothing_is_changed(void)
{
    const pm_fold f = pm_fold_made(-HUGE_VAL, HUGE_VAL, 1.0);
    CHECK(pm_folded(&f, -1e300) == -1e300 && pm_unfolded(&f, 1e300) == 1e300);
    CHECK(pm_fold_near(&f, 4.0) == 4.0);
}

static void the_widest_intervals_do_not_overflow(void)
{
    const pm_fold f = pm_fold_made(-1e300, 1e300, 2e300);
    CHECK(pm_unfolded(&f, -1e300) == -1.1e300 && pm_unfolded(&f, 1e300) == 1.1e300);
    CHECK_NEAR(pm_folded(&f, -1e300) / 1e300, -0.975, 1e-14); /* 0.1^2 / (4 0.1) above it */
    CHECK_NEAR(pm_folded(&f, pm_unfolded(&f, 0.95e300)) / 1e300, 0.95, 1e-14);
}

void test_fold(void)
{
    the_widest_intervals_do_not_overflow();
    the_map_is_the_identity_with_parabolas_at_the_walls();
    beyond_the_walls_it_is_a_mirror();
    one_wall_has_one_mirror();
    without_walls_nothing_is_changed();
}
