/* The global minimum of a function of one variable: where it looks next, and how it finishes. */
#include "test.h"

#include "methods/global/auto/univariate.h"

#include <math.h>
#include <string.h>

enum { CAPACITY = 64 };

typedef struct {
    pm_univariate s;
    pm_sample block[CAPACITY + 8];
} line;

static void prepare(line *l, size_t capacity, double x, double f)
{
    memset(l, 0, sizeof *l);
    pm_arena a = {.block = (unsigned char *)l->block};
    pm_univariate_layout(&l->s, &a, capacity);
    CHECK(a.used <= sizeof l->block);
    pm_univariate_start(&l->s, x, f);
}

/* The lowest value is 0 and the highest one 9, so that a parabola has to reach -9e-4.  From (0, 4)
 * to (2, 0) that takes the curvature ((sqrt(4.0009) + sqrt(0.0009)) / 2)^2 = 1.0151^2, from there
 * to (x, 9) ((0.03 + sqrt(9.0009)) / (x - 2))^2 = (3.0302 / (x - 2))^2: less from x = 4.985 on. */
static void the_flattest_parabola_decides(void)
{
    for (int wide = 0; wide < 2; ++wide) {
        const double x = wide ? 4.99 : 4.98;
        line l;
        prepare(&l, CAPACITY, 0.0, 4.0);
        pm_univariate_add(&l.s, x, 9.0);
        pm_univariate_add(&l.s, 2.0, 0.0);
        CHECK(l.s.count == 3 && l.s.best == 1 && l.s.points[2].x == x);
        CHECK(pm_univariate_explore(&l.s));
        CHECK_NEAR(l.s.trial, wide ? 0.5 * (2.0 + x) : 1.0, 1e-15);
        CHECK(!pm_univariate_tell(&l.s, 5.0)); /* a place is explored at once */
        CHECK(l.s.count == 4);
    }
}

static void there_must_be_room_to_explore(void)
{
    line l;
    prepare(&l, 2, 0.0, 1.0);
    CHECK(!pm_univariate_explore(&l.s)); /* no interval yet */
    pm_univariate_add(&l.s, 1.0, 2.0);
    CHECK(!pm_univariate_explore(&l.s)); /* no memory left */
    pm_univariate_add(&l.s, 0.5, 0.0);
    CHECK(l.s.count == 2 && l.s.best == 0);
}

static void narrow_intervals_are_left_alone(void)
{
    line l;
    prepare(&l, CAPACITY, 0.0, 0.0);
    pm_univariate_add(&l.s, 1.0, 1e9);
    pm_univariate_add(&l.s, 5e-7, 0.0);
    CHECK(pm_univariate_explore(&l.s));
    CHECK(l.s.trial > 0.5); /* though the other one needs no curvature to speak of */
}

static void what_is_not_finite_counts_as_the_highest(void)
{
    line l;
    prepare(&l, CAPACITY, 0.0, HUGE_VAL);
    CHECK(!pm_univariate_explore(&l.s));
    pm_univariate_add(&l.s, 4.0, HUGE_VAL);
    CHECK(!pm_univariate_explore(&l.s)); /* nothing is known */
    pm_univariate_add(&l.s, 2.0, 1.0);
    pm_univariate_add(&l.s, 1.0, 3.0);
    CHECK(l.s.highest == 3.0 && l.s.points[l.s.best].x == 2.0);
    CHECK(pm_univariate_explore(&l.s));
    CHECK(l.s.trial == 3.0); /* two wide and next to the lowest value */
}

/* ---- finishing ---- */

static double square(double x)
{
    return (x - 0.3) * (x - 0.3) - 2.0;
}

static double corner(double x)
{
    return fabs(x - 0.3);
}

static double wave(double x)
{
    return cos(x + 2.841592653589793); /* -1 at 0.3 */
}

static double flat(double x)
{
    return pow(x - 0.3, 4.0);
}

/* Three points of a parabola give its minimum at once; three of a plateau give none, and the step
 * is the golden section of the wider side, (3 - sqrt(5)) / 2 of it. */
static void the_first_step_of_brent(void)
{
    line l;
    for (int level = 0; level < 2; ++level) {
        prepare(&l, CAPACITY, -1.0, level ? 1.0 : square(-1.0));
        pm_univariate_add(&l.s, 0.0, level ? 1.0 : square(0.0));
        pm_univariate_add(&l.s, 2.0, level ? 1.0 : square(2.0));
        l.s.best = 1;
        CHECK(pm_univariate_finish(&l.s));
        CHECK_NEAR(l.s.trial, level ? 3.0 - sqrt(5.0) : 0.3, 1e-12);
    }
}

static void brent_finds_known_minima(void)
{
    static double (*const functions[])(double) = {square, corner, wave, flat};
    static const double tolerance[] = {1e-7, 1e-7, 1e-7, 2e-3}; /* f is known to 1e-16 */

    for (size_t k = 0; k < 4; ++k) {
        line l;
        int count = 0;
        prepare(&l, CAPACITY, -1.0, functions[k](-1.0));
        pm_univariate_add(&l.s, 0.0, functions[k](0.0));
        pm_univariate_add(&l.s, 2.0, functions[k](2.0));
        CHECK(pm_univariate_finish(&l.s));
        do {
            CHECK(l.s.trial >= -1.0 && l.s.trial <= 2.0);
            count += 1;
        } while (pm_univariate_tell(&l.s, functions[k](l.s.trial)) && count < 200);
        CHECK_NEAR(l.s.points[l.s.best].x, 0.3, tolerance[k]);
        CHECK(count < 40);
        CHECK(!pm_univariate_finish(&l.s)); /* once is enough */
    }
}

static void an_end_of_the_interval_is_not_finished(void)
{
    line l;
    prepare(&l, CAPACITY, 0.0, 1.0);
    CHECK(!pm_univariate_finish(&l.s));
    pm_univariate_add(&l.s, 1.0, 0.0);
    CHECK(!pm_univariate_finish(&l.s));
    pm_univariate_add(&l.s, 2.0, 1.0);
    CHECK(pm_univariate_finish(&l.s));
}

static void the_lowest_of_many_minima_is_found(void)
{
    line l;
    prepare(&l, CAPACITY, -3.0, 0.1 * square(-3.0) + wave(20.0 * -3.0));
    pm_univariate_add(&l.s, 5.0, 0.1 * square(5.0) + wave(100.0));
    for (int k = 0; k < 45 && pm_univariate_explore(&l.s); ++k) {
        pm_univariate_tell(&l.s, 0.1 * square(l.s.trial) + wave(20.0 * l.s.trial));
    }
    const double x = l.s.points[l.s.best].x;
    CHECK_NEAR(x, 0.3, 0.4); /* the minima are 0.31 apart, 25 of them */
    CHECK(wave(20.0 * x) < -0.5);
}

void test_univariate(void)
{
    the_flattest_parabola_decides();
    there_must_be_room_to_explore();
    narrow_intervals_are_left_alone();
    what_is_not_finite_counts_as_the_highest();
    the_first_step_of_brent();
    brent_finds_known_minima();
    an_end_of_the_interval_is_not_finished();
    the_lowest_of_many_minima_is_found();
}
