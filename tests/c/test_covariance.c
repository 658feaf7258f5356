/* A covariance that is learnt: its square root, by hand in two dimensions. */
#include "test.h"

#include "methods/global/cmaes/covariance.h"
#include "jacobi.h"

#include <stdlib.h>

static void *made(pm_covariance *c, size_t n, bool diagonal)
{
    static pm_task task;
    pm_arena measure = {0};
    task = (pm_task){.n = n, .linalg = &jacobi};
    *c = (pm_covariance){0};
    pm_covariance_layout(c, &measure, &task, diagonal);
    void *block = calloc(1, measure.used);
    pm_arena place = {.block = block};
    *c = (pm_covariance){0};
    pm_covariance_layout(c, &place, &task, diagonal);
    pm_covariance_reset(c);
    return block;
}

/* C = 1/2 + (1, 1)(1, 1)' + 1/2 (2, 0)(2, 0)' - 1/4 (0, 1)(0, 1)' = ((3.5, 1), (1, 1.25)). */
static void it_learns_a_path_and_steps(void)
{
    const double p[] = {1.0, 1.0}, w[] = {0.5, -0.25}, Y[] = {2.0, 0.0, 0.0, 1.0};
    pm_covariance c;
    void *block = made(&c, 2, false);
    pm_covariance_learn(&c, 0.5, 1.0, p, 2, w, Y);
    CHECK(c.C[0] == 3.5 && c.C[2] == 1.0 && c.C[3] == 1.25);
    CHECK_NEAR(pm_covariance_deviation(&c, 0), sqrt(3.5), 1e-15);
    pm_covariance_widen(&c, 1, 2.0);
    pm_covariance_widen(&c, 0, 1.0);
    CHECK(c.C[0] == 3.5 && c.C[3] == 4.0);
    free(block);
    block = made(&c, 2, true);
    pm_covariance_learn(&c, 0.5, 1.0, p, 2, w, Y);
    CHECK(c.C[0] == 3.5 && c.C[1] == 1.25);
    free(block);
}

/* ((5, 4), (4, 5)): variances 1 along (1, -1) and 9 along (1, 1). */
static void its_square_root(void)
{
    const double given[] = {500.0, 4.0, 4.0, 0.05}, unit[] = {10.0, 0.1};
    const double z[] = {0.3, -2.0};
    double y[2], back[2], white[2], least, most;
    pm_covariance c;
    void *block = made(&c, 2, false);
    CHECK(pm_covariance_set(&c, given, unit));
    pm_covariance_range(&c, &least, &most);
    CHECK_NEAR(least, 1.0, 1e-14);
    CHECK_NEAR(most, 3.0, 1e-14);
    pm_covariance_stretch(&c, z, y);
    pm_covariance_coordinates(&c, y, back);
    CHECK_NEAR(back[0], z[0], 1e-14);
    CHECK_NEAR(back[1], z[1], 1e-14);
    const double along[] = {1.0, 1.0}; /* C^-1/2 divides it by 3 */
    pm_covariance_whiten(&c, along, white);
    CHECK_NEAR(white[0], 1.0 / 3.0, 1e-14);
    CHECK_NEAR(white[1], 1.0 / 3.0, 1e-14);
    free(block);
}

static void what_is_no_covariance_is_refused(void)
{
    const double unit[] = {1.0, 1.0};
    const double bad[][4] = {{1.0, 2.0, 2.0, 1.0}, {1.0, 0.0, 0.0, 1e-15}, {1.0, 0.0, 0.0, NAN}};
    for (size_t k = 0; k < 3; ++k) {
        for (int diagonal = k > 0 ? 1 : 0; diagonal >= 0; --diagonal) {
            pm_covariance c;
            void *block = made(&c, 2, diagonal != 0);
            CHECK(!pm_covariance_set(&c, bad[k], unit));
            CHECK(c.C[0] == 1.0 && c.d[0] == 1.0 && c.d[1] == 1.0);
            free(block);
        }
    }
}

void test_covariance(void)
{
    it_learns_a_path_and_steps();
    its_square_root();
    what_is_no_covariance_is_refused();
}
