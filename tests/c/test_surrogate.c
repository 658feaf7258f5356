/* The model of the last points: what it foretells, when it is believed, and what it proposes. */
#include "test.h"

#include "jacobi.h"
#include "base/rng.h"
#include "methods/global/cmaes/surrogate.h"

#include <stdlib.h>

static const pm_task task = {.n = 2, .linalg = &jacobi};
static const double mean[] = {10.0, 20.0}, sigma = 0.5;

/* C = ((5, 3), (3, 5)), of which the model is to know nothing but a scale. */
static void *made(pm_surrogate *s, pm_covariance *c)
{
    const double unit[] = {1.0, 1.0}, C[] = {5.0, 3.0, 3.0, 5.0};
    pm_arena measure = {0};
    pm_covariance_layout(c, &measure, &task, false);
    pm_surrogate_layout(s, &measure, 2, false);
    void *block = calloc(1, measure.used);
    pm_arena place = {.block = block};
    pm_covariance_layout(c, &place, &task, false);
    pm_surrogate_layout(s, &place, 2, false);
    pm_surrogate_restart(s);
    CHECK(pm_covariance_set(c, C, unit));
    return block;
}

/* A bowl that lies askew; its bottom is (10.3, 19.8). */
static double bowl(const double *t)
{
    const double a = t[0] - 10.3, b = t[1] - 19.8;
    return 1e9 + 1e6 * (a * a + 3.0 * b * b + a * b);
}

/* A point that is drawn around the mean. */
static void draw(pm_rng *r, const pm_covariance *c, double *t)
{
    double z[2], y[2];
    pm_rng_normals(r, z, 2);
    pm_covariance_stretch(c, z, y);
    for (size_t i = 0; i < 2; ++i) {
        t[i] = mean[i] + sigma * y[i];
    }
}

static void it_learns_a_bowl(void)
{
    const uint64_t key[] = {1, 2};
    const double elsewhere[] = {11.0, 17.0};
    pm_rng r = pm_rng_stream(key, 0);
    pm_surrogate s = {0};
    pm_covariance c = {0};
    void *block = made(&s, &c);
    double t[2], y[2];

    for (size_t k = 0; k < 6; ++k) { /* five terms without a mixed one, and a tenth more */
        CHECK(isnan(pm_surrogate_value(&s, elsewhere)));
        draw(&r, &c, t);
        pm_surrogate_take(&s, t, bowl(t));
        CHECK(pm_surrogate_fit(&s, &c, mean, sigma) == (k == 5));
    }
    CHECK(fabs(pm_surrogate_value(&s, elsewhere) - bowl(elsewhere)) > 1.0);
    for (size_t k = 6; k < 8; ++k) {
        CHECK(!pm_surrogate_fit(&s, &c, mean, sigma)); /* so soon: it is a third of six terms */
        draw(&r, &c, t);
        pm_surrogate_take(&s, t, k == 6 ? HUGE_VAL : bowl(t));
    }
    CHECK(pm_surrogate_fit(&s, &c, mean, sigma)); /* seven finite values for six terms */
    CHECK_NEAR(pm_surrogate_value(&s, elsewhere), bowl(elsewhere), 1e-2);
    CHECK(pm_surrogate_propose(&s, mean, sigma, y));
    CHECK_NEAR(mean[0] + sigma * y[0], 10.3, 1e-6);
    CHECK_NEAR(mean[1] + sigma * y[1], 19.8, 1e-6);
    /* Steps have become shorter: then it is only so many of them that are proposed. */
    CHECK(pm_surrogate_propose(&s, mean, 0.01, y));
    pm_covariance_coordinates(&c, y, t);
    CHECK(hypot(t[0], t[1]) <= 1.5 * sqrt(2.0) * (1.0 + 1e-12) && hypot(t[0], t[1]) > 0.5);
    pm_surrogate_restart(&s);
    CHECK(isnan(pm_surrogate_value(&s, elsewhere)) && !pm_surrogate_propose(&s, mean, sigma, y));
    free(block);
}

/* Believed is what was right before it was known: a model that fits what it has seen is not yet,
 * and one that has foretold is not any more when values go another way. */
static void it_is_believed_for_what_it_has_foretold(void)
{
    const uint64_t key[] = {1, 2};
    pm_rng r = pm_rng_stream(key, 0);
    pm_surrogate s = {0};
    pm_covariance c = {0};
    void *block = made(&s, &c);
    double t[2];
    size_t until = 0, after = 0;

    while (!pm_surrogate_is_right(&s) && until < 100) {
        draw(&r, &c, t);
        pm_surrogate_take(&s, t, bowl(t));
        pm_surrogate_fit(&s, &c, mean, sigma);
        until += 1;
    }
    CHECK(until > 9 && until < 25);
    while (pm_surrogate_is_right(&s) && after < 100) {
        draw(&r, &c, t);
        pm_surrogate_take(&s, t, pm_rng_uniform(&r));
        pm_surrogate_fit(&s, &c, mean, sigma);
        after += 1;
    }
    CHECK(after > 1 && after < 15);
    free(block);
}

/* Values that are all the same, or that are none, make no model. */
static void without_differences_there_is_no_model(void)
{
    const uint64_t key[] = {1, 2};
    for (int kind = 0; kind < 2; ++kind) {
        pm_rng r = pm_rng_stream(key, 0);
        pm_surrogate s = {0};
        pm_covariance c = {0};
        void *block = made(&s, &c);
        double t[2];
        for (size_t k = 0; k < 30; ++k) {
            draw(&r, &c, t);
            pm_surrogate_take(&s, t, kind == 0 ? 7.0 : HUGE_VAL);
            CHECK(!pm_surrogate_fit(&s, &c, mean, sigma) && isnan(pm_surrogate_value(&s, mean)));
        }
        CHECK(!pm_surrogate_is_right(&s));
        free(block);
    }
}

void test_surrogate(void)
{
    it_learns_a_bowl();
    it_is_believed_for_what_it_has_foretold();
    without_differences_there_is_no_model();
}
