/* Coordinate search, its first steps worked with a pencil. */
#include "run.h"

/* Answers with f; returns where the next point is along the only axis. */
static double told(run *r, double f)
{
    r->b->f[0] = f;
    CHECK(pm_tell(r->s, &r->turn, &r->stop) == PM_OK);
    CHECK(r->stop == PM_RUNNING);
    return ask(r)[0];
}

/* Of (x - 1)^2 from 0: the step of 1/2 leads to 1/2 and to 1; neither 3/2 nor 1/2 is lower than 1,
 * so the step becomes 1/4, and the next point is 5/4. */
void test_coordinate_step(void)
{
    static const double zero = 0.0, low = -HUGE_VAL, high = HUGE_VAL;
    run r = prepared("coordinate_step");

    set(&r, "step", 0.5);
    begin(&r, 1, &zero, &low, &high, 100, 0);
    CHECK(ask(&r)[0] == 0.0);
    CHECK(told(&r, 1.0) == 0.5);
    CHECK(told(&r, 0.25) == 1.0);
    CHECK(told(&r, 0.0) == 1.5 && r.turn == PM_STEP_DONE);
    CHECK(told(&r, 0.25) == 0.5 && r.turn == PM_MID_STEP);
    CHECK(told(&r, 0.25) == 1.25 && r.turn == PM_STEP_DONE);
    pm_solver_free(r.s);
}
