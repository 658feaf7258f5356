/* The quadratic without mixed terms, and what it proposes. */
#include "test.h"

#include "jacobi.h"
#include "proposal.h"

#include <stdlib.h>

enum { POINTS = 9 };

/* Points of two variables, no two of them on one line through the others' grid. */
static const double Z[POINTS][2] = {{0, 0},   {1, 0},    {-1, 0.5}, {0.25, 1}, {0, -1},
                                    {2, 0.5}, {0.5, -2}, {-1, -1},  {1, 1}};

static double curved(const double *z)
{
    return 3.0 + 2.0 * z[0] - z[1] + 0.5 * (4.0 * z[0] * z[0] + z[1] * z[1]);
}

static void it_finds_the_coefficients(void)
{
    pm_quadratic q = {0};
    pm_arena measure = {0};
    pm_quadratic_layout(&q, &measure, 2);
    void *block = calloc(1, measure.used);
    pm_arena place = {.block = block};
    double z[2];
    pm_quadratic_layout(&q, &place, 2);
    CHECK(q.terms == 5);
    pm_quadratic_begin(&q);
    for (size_t k = 0; k < 4; ++k) {
        pm_quadratic_add(&q, Z[k], curved(Z[k]), 1.0);
    }
    CHECK(!pm_quadratic_fit(&q)); /* five unknowns */
    pm_quadratic_begin(&q);
    for (size_t k = 0; k < POINTS; ++k) {
        pm_quadratic_add(&q, Z[k], curved(Z[k]), 1.0 + (double)k);
    }
    CHECK(pm_quadratic_fit(&q));
    const double expected[] = {2.0, -1.0, 4.0, 1.0, 3.0};
    for (size_t i = 0; i < 5; ++i) {
        CHECK_NEAR(q.coefficient[i], expected[i], 1e-12);
    }
    pm_quadratic_lowest(&q, 10.0, z);
    CHECK_NEAR(z[0], -0.5, 1e-12);
    CHECK_NEAR(z[1], 1.0, 1e-12);
    pm_quadratic_lowest(&q, 0.75, z);
    CHECK_NEAR(z[0], -0.5, 1e-12);
    CHECK(z[1] == 0.75);
    q.coefficient[2] = -1.0; /* bent downward: as far as the slope leads */
    q.coefficient[1] = 0.0;
    q.coefficient[3] = 0.0;
    pm_quadratic_lowest(&q, 0.75, z);
    CHECK(z[0] == -0.75 && z[1] == 0.0);
    free(block);
}

/* The mean is (10, 20), sigma 0.5 and C = diag(4, 1): z = (x - mean) / (0.5 (2, 1)), up to order
 * and sign of the axes. The bowl's bottom lies at z = (0.3, -0.4). */
static void it_proposes_the_bottom_of_a_bowl(void)
{
    const double mean[] = {10.0, 20.0}, unit[] = {1.0, 1.0}, C[] = {4.0, 0.0, 0.0, 1.0};
    pm_covariance c = {0};
    pm_proposal p = {0};
    pm_arena measure = {0};
    pm_covariance_layout(&c, &measure, 2, false, &jacobi);
    pm_proposal_layout(&p, &measure, 2);
    void *block = calloc(1, measure.used);
    pm_arena place = {.block = block};
    pm_covariance_layout(&c, &place, 2, false, &jacobi);
    pm_proposal_layout(&p, &place, 2);
    pm_proposal_restart(&p);
    CHECK(pm_covariance_set(&c, C, unit));
    for (size_t k = 0; k < POINTS; ++k) {
        const double a = Z[k][0] - 0.3, b = Z[k][1] + 0.4;
        double *t = pm_proposal_place(&p, k == 8 ? HUGE_VAL : 1e9 + 1e6 * (a * a + 3.0 * b * b));
        t[0] = 10.0 + 0.5 * 2.0 * Z[k][0];
        t[1] = 20.0 + 0.5 * 1.0 * Z[k][1];
        CHECK(k >= 5 || !pm_proposal_make(&p, &c, mean, 0.5)); /* too few points */
    }
    CHECK(pm_proposal_make(&p, &c, mean, 0.5));
    double y[2];
    pm_covariance_stretch(&c, p.z, y);
    CHECK_NEAR(0.5 * y[0], 0.3, 1e-6);
    CHECK_NEAR(0.5 * y[1], -0.2, 1e-6);
    CHECK(!pm_proposal_make(&p, &c, mean, 0.5)); /* so soon */
    pm_proposal_restart(&p);
    CHECK(!pm_proposal_make(&p, &c, mean, 0.5));
    free(block);
}

void test_quadratic(void)
{
    it_finds_the_coefficients();
    it_proposes_the_bottom_of_a_bowl();
}
