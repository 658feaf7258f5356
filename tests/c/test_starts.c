/* Where a descent cannot begin, or has nothing to do. */
#include "descent.h"

static void a_start_without_a_value_is_no_start(void)
{
    const char *const names[] = {"adam", "gradient_descent", "lbfgs"};
    const double x0 = 1.0;
    for (int k = 0; k < 3; ++k) {
        run r = descent_from(names[k], NULL, x0);
        answer_slope(&r, HUGE_VAL, 1.0);
        CHECK(r.turn == PM_NO_MORE && r.stop == PM_NOT_FINITE);
        pm_solver_free(r.s);
    }
}

/* A method that lends its arrays is told what is not finite, and must find it by itself. */
static void a_start_without_a_gradient_is_no_start(void)
{
    const char *const names[] = {"adam", "lbfgs"};
    const double x0 = 1.0;
    for (int k = 0; k < 2; ++k) {
        run r = descent_from(names[k], NULL, x0);
        CHECK(r.b->lent != PM_OWN);
        answer_slope(&r, 1.0, NAN);
        CHECK(r.turn == PM_NO_MORE && r.stop == PM_NOT_FINITE);
        pm_solver_free(r.s);
    }
}

static void a_start_at_the_optimum_is_the_end(void)
{
    const char *const names[] = {"adam", "gradient_descent", "lbfgs"};
    const double x0[2] = {0.0, 0.0};
    for (int k = 0; k < 3; ++k) {
        run r = descent(names[k], NULL, 2, x0, NULL, NULL);
        answer_gradient(&r, 0.0, 0.0, 0.0);
        CHECK(r.turn == PM_STEP_DONE && r.stop == PM_GRADIENT);
        pm_solver_free(r.s);
    }
}

void test_starts(void)
{
    a_start_without_a_value_is_no_start();
    a_start_without_a_gradient_is_no_start();
    a_start_at_the_optimum_is_the_end();
}
