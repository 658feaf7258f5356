/* A cycle of coordinate search, worked by hand. */
#include "test.h"

#include "methods/gradient/sweep.h"

#include <float.h>
#include <math.h>

enum { MOST = 16 };

typedef double function(const double *x);

typedef struct {
    size_t count;
    double x[MOST][2]; /* what was asked for */
    double lowest[2], f;
} course;

static course sweep(function *fun, size_t n, const double *x0, const double *lower,
                    const double *upper)
{
    const pm_task task = {.n = n, .x0 = x0, .lower = lower, .upper = upper};
    double x[2];
    pm_sweep s = {.x = x};
    course c = {0};
    bool more = true;

    s.task = &task;
    pm_sweep_start(&s);
    while (more && c.count < MOST) {
        pm_sweep_ask(&s, c.x[c.count]);
        more = pm_sweep_tell(&s, fun(c.x[c.count]));
        c.count += 1;
    }
    for (size_t i = 0; i < n; ++i) {
        c.lowest[i] = s.x[i];
    }
    c.f = s.f;
    return c;
}

static const double open_low[2] = {-HUGE_VAL, -HUGE_VAL}, open_high[2] = {HUGE_VAL, HUGE_VAL};

/* (x - 0.3)^2 + (y - x)^2: x goes to the minimum 0.15 for y = 0, then y to x. */
static double coupled(const double *x)
{
    return (x[0] - 0.3) * (x[0] - 0.3) + (x[1] - x[0]) * (x[1] - x[0]);
}

static void each_variable_sees_the_ones_before_it_moved(void)
{
    const double x0[2] = {0.0, 0.0};
    const course c = sweep(coupled, 2, x0, open_low, open_high);
    const double expected[7][2] = {{0.0, 0.0},  {0.1, 0.0},   {-0.1, 0.0}, {0.15, 0.0},
                                   {0.15, 0.1}, {0.15, -0.1}, {0.15, 0.15}};

    CHECK(c.count == 7);
    for (size_t k = 0; k < 7; ++k) {
        CHECK_NEAR(c.x[k][0], expected[k][0], 1e-15);
        CHECK_NEAR(c.x[k][1], expected[k][1], 1e-15);
    }
    CHECK(c.lowest[0] == c.x[6][0] && c.lowest[1] == c.x[6][1] && c.f == coupled(c.x[6]));
}

static double far_off(const double *x) /* the minimum lies beyond what the arms can tell */
{
    return (x[0] - 7.0) * (x[0] - 7.0);
}

static double falling(const double *x)
{
    return -x[0] * x[0] - x[0];
}

/* From 2 the arms are 0.2 long, and the third trial four of them; downhill where there is no
 * minimum, too. */
static void no_parabola_is_trusted_far_off(void)
{
    const double x0 = 2.0;

    CHECK_NEAR(sweep(far_off, 1, &x0, open_low, open_high).x[3][0], 2.8, 1e-15);
    CHECK_NEAR(sweep(falling, 1, &x0, open_low, open_high).lowest[0], 2.8, 1e-15);
}

/* At its bound both arms of a variable lead inside, 0.1 and 0.05; a box that is narrow cuts them.
 */
static void it_stays_in_the_box(void)
{
    const double x0[2] = {1.0, 0.0}, lower[2] = {1.0, -0.02}, upper[2] = {1.08, 0.05};
    const course c = sweep(coupled, 2, x0, lower, upper);

    CHECK_NEAR(c.x[1][0], 1.08, 1e-15);
    CHECK_NEAR(c.x[2][0], 1.04, 1e-15);
    CHECK(c.lowest[0] == 1.0); /* the minimum is outside */
    CHECK_NEAR(c.x[3][1], 0.05, 1e-15);
    CHECK_NEAR(c.x[4][1], -0.02, 1e-15);
    CHECK(c.lowest[1] == 0.05 && c.count == 5);
}

static double valley(const double *x) /* 1e-3 beside the minimum an arm is exact already */
{
    return (x[0] - 0.101) * (x[0] - 0.101);
}

static double walled(const double *x)
{
    return x[0] > 0.0 ? HUGE_VAL : x[0];
}

static double nowhere(const double *x)
{
    (void)x;
    return HUGE_VAL;
}

static double level(const double *x)
{
    (void)x;
    return 1.0;
}

static void what_tells_nothing_new_is_not_evaluated(void)
{
    const double x0[2] = {0.0, 0.0};
    course c = sweep(valley, 1, x0, open_low, open_high);

    CHECK(c.count == 3 && c.lowest[0] == 0.1);
    CHECK(sweep(level, 2, x0, open_low, open_high).count == 5);
    CHECK(sweep(nowhere, 2, x0, open_low, open_high).count == 1);
    c = sweep(walled, 1, x0, open_low, open_high); /* -0.1, and four times as far */
    CHECK(c.count == 4);
    CHECK_NEAR(c.lowest[0], -0.4, 1e-15);
}

static void a_number_so_large_that_nothing_is_beside_it_stays(void)
{
    const double x0[2] = {DBL_MAX, 1.0}, upper[2] = {DBL_MAX, 2.0};
    const course c = sweep(level, 2, x0, open_low, upper);

    CHECK(c.lowest[0] == DBL_MAX && c.lowest[1] == 1.0);
}

void test_sweep(void)
{
    each_variable_sees_the_ones_before_it_moved();
    no_parabola_is_trusted_far_off();
    it_stays_in_the_box();
    what_tells_nothing_new_is_not_evaluated();
    a_number_so_large_that_nothing_is_beside_it_stays();
}
