/* Nelder-Mead, its first steps worked with a pencil. */
#include "laws.h"

static const double zero[] = {0, 0, 0, 0};

static run started(size_t n, const double *lower, const double *upper)
{
    run r = prepared("nelder_mead");
    set(&r, "step", 1.0);
    begin(&r, n, zero, lower, upper, 1000, 0);
    return r;
}

/* Is point j of the batch (x, y)? */
static bool at(const run *r, size_t j, double x, double y)
{
    return r->b->x[2 * j] == x && r->b->x[2 * j + 1] == y;
}

/* Of (x - 3)^2 + (y - 1)^2 from (0, 0), with edges of 1. */
static void first_steps(void)
{
    run r = started(2, open_lower, open_upper);

    ask(&r);
    CHECK(r.b->count == 1 && at(&r, 0, 0, 0));
    answer_value(&r, 10);
    CHECK(r.turn == PM_STEP_DONE);
    CHECK(r.b->count == 2 && at(&r, 0, 1, 0) && at(&r, 1, 0, 1));
    answer_values(&r, (const double[]){5, 9});
    CHECK(r.turn == PM_STEP_DONE);
    CHECK(at(&r, 0, 1, 1)); /* (0, 0) reflected at (1/2, 1/2) */
    answer_value(&r, 4);
    CHECK(r.turn == PM_MID_STEP && at(&r, 0, 1.5, 1.5)); /* better than all: twice as far */
    answer_value(&r, 2.5);
    CHECK(r.turn == PM_STEP_DONE && at(&r, 0, 2.5, 0.5)); /* (0, 1) reflected at (5/4, 3/4) */
    answer_value(&r, 0.5);
    CHECK(at(&r, 0, 3.75, 0.25));
    answer_value(&r, 1.125); /* too far: the reflected point is taken */
    CHECK(at(&r, 0, 3, 2));  /* (1, 0) reflected at (2, 1) */
    answer_value(&r, 1);
    CHECK(r.turn == PM_STEP_DONE && at(&r, 0, 4, 1)); /* (3/2, 3/2) reflected at (11/4, 5/4) */
    answer_value(&r, 1);
    CHECK(r.turn == PM_MID_STEP && at(&r, 0, 3.375, 1.125)); /* no better than the second worst */
    answer_value(&r, 0.15625);
    CHECK(r.turn == PM_STEP_DONE);
    double x[2];
    CHECK(pm_solver_at(r.s, x) == 0.15625 && x[0] == 3.375 && x[1] == 1.125);
    pm_solver_free(r.s);
}

static void contracts_inside_then_shrinks(void)
{
    run r = started(2, open_lower, open_upper);

    ask(&r);
    answer_value(&r, 0);
    answer_values(&r, (const double[]){1, 2});
    CHECK(at(&r, 0, 1, -1)); /* (0, 1) reflected at (1/2, 0) */
    answer_value(&r, 5);
    CHECK(at(&r, 0, 0.25, 0.5)); /* worse than the worst: half way back */
    answer_value(&r, 2);
    CHECK(r.turn == PM_MID_STEP && r.b->count == 2); /* no better: halved towards (0, 0) */
    CHECK(at(&r, 0, 0.5, 0) && at(&r, 1, 0, 0.5));
    answer_values(&r, (const double[]){7, 0});
    CHECK(r.turn == PM_STEP_DONE);
    CHECK(at(&r, 0, -0.5, 0.5)); /* (1/2, 0) reflected at (0, 1/4) */
    pm_solver_free(r.s);
}

/* At n = 4 the factors are 1 + 2/4, 3/4 - 1/8 and 1 - 1/4 (Gao & Han, eq. 4.1). */
static void factors_depend_on_n(void)
{
    const double c = 0.25; /* the centroid of 0, e1, e2, e3 is (c, c, c, 0) */
    run r = started(4, open_lower, open_upper);

    ask(&r);
    answer_value(&r, 1);
    answer_values(&r, (const double[]){2, 3, 4, 5});
    CHECK(r.b->x[0] == 2 * c && r.b->x[3] == -1);
    answer_value(&r, 0);
    CHECK(r.b->x[0] == 2.5 * c && r.b->x[3] == -1.5);
    pm_solver_free(r.s);

    r = started(4, open_lower, open_upper);
    ask(&r);
    answer_value(&r, 1);
    answer_values(&r, (const double[]){2, 3, 4, 5});
    answer_value(&r, 6);
    CHECK(r.b->x[0] == 0.375 * c && r.b->x[3] == 0.625);
    answer_value(&r, 6);
    CHECK(r.b->count == 4 && r.b->x[0] == 0.75 && r.b->x[15] == 0.75);
    pm_solver_free(r.s);

    r = prepared("nelder_mead");
    set(&r, "step", 1.0);
    set(&r, "parameters", 1);
    begin(&r, 4, zero, open_lower, open_upper, 1000, 0);
    ask(&r);
    answer_value(&r, 1);
    answer_values(&r, (const double[]){2, 3, 4, 5});
    answer_value(&r, 0);
    CHECK(r.b->x[0] == 3 * c && r.b->x[3] == -2);
    pm_solver_free(r.s);
}

/* The edges lead to where there is more room; what is reflected out of the box is projected. */
static void keeps_to_the_box(void)
{
    const double lower[] = {-0.5, -0.25}, upper[] = {0.25, 3};
    run r = started(2, lower, upper);

    ask(&r);
    answer_value(&r, 1);
    CHECK(at(&r, 0, -0.5, 0) && at(&r, 1, 0, 1));
    answer_values(&r, (const double[]){2, 3});
    CHECK(at(&r, 0, -0.5, -0.25)); /* (0, 1) reflected at (-1/4, 0) is (-1/2, -1) */
    pm_solver_free(r.s);
}

/* A plain: the first simplex cannot be told from a small one, nor can the second. */
static void is_built_anew_until_a_leg_gains_nothing(void)
{
    run r = started(2, open_lower, open_upper);

    ask(&r);
    answer_value(&r, 4);
    answer_values(&r, (const double[]){4, 4});
    CHECK(r.turn == PM_STEP_DONE && r.b->count == 2);
    CHECK(at(&r, 0, 0.1, 0) && at(&r, 1, 0, 0.1));
    answer_values(&r, (const double[]){3, 3});
    CHECK(r.b->count == 1); /* no plain after all: (0, 0) is reflected */
    CHECK_NEAR(r.b->x[0], 0.1, 1e-16);
    CHECK_NEAR(r.b->x[1], 0.1, 1e-16);
    pm_solver_free(r.s);

    r = started(2, open_lower, open_upper);
    ask(&r);
    answer_value(&r, 4);
    answer_values(&r, (const double[]){4, 4});
    answer_values(&r, (const double[]){4, 4});
    CHECK(r.turn == PM_NO_MORE && r.stop == PM_VALUE);
    pm_solver_free(r.s);

    r = prepared("nelder_mead");
    set(&r, "restarts", 0);
    begin(&r, 2, zero, open_lower, open_upper, 1000, 0);
    ask(&r);
    answer_value(&r, 4);
    answer_values(&r, (const double[]){4, 4});
    CHECK(r.turn == PM_NO_MORE && r.stop == PM_VALUE);
    pm_solver_free(r.s);
}

static void ends_where_nothing_has_a_value(void)
{
    run r = started(2, open_lower, open_upper);
    ask(&r);
    answer_value(&r, HUGE_VAL);
    answer_values(&r, (const double[]){HUGE_VAL, HUGE_VAL});
    CHECK(r.turn == PM_NO_MORE && r.stop == PM_NOT_FINITE);
    pm_solver_free(r.s);

    r = started(2, open_lower, open_upper);
    ask(&r);
    answer_value(&r, HUGE_VAL);
    answer_values(&r, (const double[]){HUGE_VAL, 1});
    CHECK(r.turn == PM_STEP_DONE && r.stop == PM_RUNNING); /* one value is enough */
    double x[2];
    CHECK(pm_solver_at(r.s, x) == 1.0 && x[0] == 0 && x[1] == 1);
    pm_solver_free(r.s);
}

/* The vertex is the point that was evaluated, whoever moved it there. */
static void believes_the_batch(void)
{
    run r = started(2, open_lower, open_upper);
    double x[2];

    ask(&r);
    answer_value(&r, 10);
    answer_values(&r, (const double[]){5, 9});
    r.b->x[0] = 1.25;
    answer_value(&r, 7);
    CHECK(r.turn == PM_STEP_DONE);
    /* vertices (1, 0), (1.25, 1) and (0, 1): the last one is reflected at (1.125, 0.5) */
    CHECK(at(&r, 0, 2.25, 0));
    answer_value(&r, 1);
    r.b->x[0] = -3;
    answer_value(&r, 0.5);
    CHECK(pm_solver_at(r.s, x) == 0.5 && x[0] == -3);
    pm_solver_free(r.s);
}

static run defaults(void)
{
    return prepared("nelder_mead");
}

void test_nelder_mead(void)
{
    first_steps();
    contracts_inside_then_shrinks();
    factors_depend_on_n();
    keeps_to_the_box();
    is_built_anew_until_a_leg_gains_nothing();
    ends_where_nothing_has_a_value();
    believes_the_batch();
    CHECK(a_copy_continues_identically(defaults, 100, 5000) == PM_VALUE);
}
