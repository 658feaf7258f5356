/* BOBYQA, its first steps worked with a pencil. */
#include "laws.h"

static const double zero[] = {0, 0, 0};

static run started(size_t n, const double *lower, const double *upper)
{
    run r = prepared("bobyqa");
    set(&r, "step", 1.0);
    begin(&r, n, zero, lower, upper, 1000, 0);
    ask(&r);
    CHECK(r.b->count == 1 && memcmp(r.b->x, zero, n * sizeof *zero) == 0);
    return r;
}

/* (x - 3)^2 from 0: values 9 and 4 at 0 and 1 give the slope -5, so the trust region, 1 wide, ends
 * at 2.  Its value 1 makes the model the function itself, whose minimum is 3. */
static void three_values_make_a_parabola(void)
{
    run r = started(1, open_lower, open_upper);

    answer_value(&r, 9);
    CHECK(r.turn == PM_STEP_DONE && r.b->x[0] == 1.0);
    answer_value(&r, 4);
    CHECK(r.turn == PM_STEP_DONE && r.b->x[0] == 2.0);
    answer_value(&r, 1);
    CHECK(r.turn == PM_STEP_DONE);
    CHECK_NEAR(r.b->x[0], 3.0, 1e-14);
    answer_value(&r, 0);
    double x;
    CHECK(pm_solver_at(r.s, &x) == 0.0);
    CHECK_NEAR(x, 3.0, 1e-14);
    pm_solver_free(r.s);
}

/* A plane: one point along each axis, then the corner of the trust region and of the box. */
static void a_linear_model_leads_to_a_corner(void)
{
    const double lower[] = {-0.5, -7}, upper[] = {7, 7};
    run r = started(2, open_lower, open_upper);

    answer_value(&r, 10);
    CHECK(r.b->count == 2);
    CHECK(r.b->x[0] == 1 && r.b->x[1] == 0 && r.b->x[2] == 0 && r.b->x[3] == 1);
    answer_values(&r, (const double[]){11, 12});
    CHECK(r.b->count == 1);
    CHECK_NEAR(r.b->x[0], -1.0, 1e-14);
    CHECK_NEAR(r.b->x[1], -1.0, 1e-14);
    answer_value(&r, 7); /* as predicted: the radius is doubled, and the model stays a plane */
    CHECK_NEAR(r.b->x[0], -3.0, 1e-12);
    CHECK_NEAR(r.b->x[1], -3.0, 1e-12);
    pm_solver_free(r.s);

    r = started(2, lower, upper);
    answer_value(&r, 10);
    answer_values(&r, (const double[]){11, 12});
    CHECK(r.b->x[0] == -0.5);
    CHECK_NEAR(r.b->x[1], -1.0, 1e-14);
    pm_solver_free(r.s);
}

/* The start may be on its bounds, in a box however narrow. */
static void the_first_points_are_inside(void)
{
    const double lower[] = {-7, 0, -0.25}, upper[] = {0, 7, 0.25};
    run r = started(3, lower, upper);

    answer_value(&r, 1);
    CHECK(r.b->count == 3);
    CHECK(r.b->x[0] == -1 && r.b->x[4] == 1 && r.b->x[8] == 0.25);
    pm_solver_free(r.s);
}

static void points_without_a_value_are_halved(void)
{
    run r = started(2, open_lower, open_upper);

    answer_value(&r, 10);
    answer_values(&r, (const double[]){11, HUGE_VAL});
    CHECK(r.turn == PM_MID_STEP && r.b->count == 1);
    CHECK(r.b->x[0] == 0 && r.b->x[1] == 0.5);
    answer_value(&r, 11); /* slopes 1 and 2, as above */
    CHECK_NEAR(r.b->x[0], -1.0, 1e-14);
    answer_value(&r, HUGE_VAL);
    CHECK(r.turn == PM_MID_STEP);
    CHECK_NEAR(r.b->x[0], -0.5, 1e-14);
    CHECK_NEAR(r.b->x[1], -0.5, 1e-14);
    for (int k = 0; r.stop == PM_RUNNING && k < 100; ++k) {
        answer_value(&r, HUGE_VAL);
    }
    CHECK(r.stop == PM_EXHAUSTED);
    pm_solver_free(r.s);

    r = started(2, open_lower, open_upper);
    answer_value(&r, HUGE_VAL);
    CHECK(r.turn == PM_NO_MORE && r.stop == PM_NOT_FINITE);
    pm_solver_free(r.s);
}

static void ends_on_a_plain(void)
{
    run r = started(2, open_lower, open_upper);
    answer_value(&r, 5);
    answer_values(&r, (const double[]){5, 5});
    CHECK(r.turn == PM_NO_MORE && r.stop == PM_PRECISION);
    pm_solver_free(r.s);
}

static double rippled_bowl(const double *x, size_t n)
{
    return bowl(x, n) + 0.1 * cos(5.0 * x[0]) * cos(3.0 * x[1]);
}

/* xtol is the last radius: the larger it is, the sooner the end. */
static void ends_at_the_last_radius(void)
{
    size_t last = SIZE_MAX;
    const double tolerances[] = {1e-10, 1e-6, 1e-2};

    for (size_t k = 0; k < 3; ++k) {
        run r = prepared("bobyqa");
        r.task.stopping = (pm_stopping_options){.xtol = tolerances[k], .patience = 1000};
        begin(&r, 2, zero, open_lower, open_upper, 0, 0);
        const size_t count = drive(&r, rippled_bowl, 1000);
        CHECK(r.stop == PM_STEP || r.stop == PM_PRECISION);
        CHECK(count < last);
        last = count;
        pm_solver_free(r.s);
    }
}

/* The point that was evaluated is the one in the batch, whoever moved it there. */
static void believes_the_batch(void)
{
    run r = started(1, open_lower, open_upper);
    double x;

    answer_value(&r, 9);
    r.b->x[0] = 2.0;
    answer_value(&r, 1); /* slope -4 from 0 to 2 */
    CHECK(r.b->x[0] == 3.0);
    r.b->x[0] = 5.0;
    answer_value(&r, 4); /* of (x - 3)^2 all the same */
    CHECK_NEAR(r.b->x[0], 3.0, 1e-13);
    CHECK(pm_solver_at(r.s, &x) == 1.0 && x == 2.0);
    pm_solver_free(r.s);
}

static run defaults(void)
{
    return prepared("bobyqa");
}

void test_bobyqa(void)
{
    three_values_make_a_parabola();
    a_linear_model_leads_to_a_corner();
    the_first_points_are_inside();
    points_without_a_value_are_halved();
    ends_on_a_plain();
    ends_at_the_last_radius();
    believes_the_batch();
    CHECK(a_copy_continues_identically(defaults, 100, 5000) != PM_RUNNING);
}
