/* The success history: means worked by hand, and where its draws lie. */
#include "methods/global/differential_evolution/success_history.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>

static const uint64_t key[2] = {5, 6};

static pm_success_history laid_out(pm_arena *a, size_t H)
{
    pm_success_history s;
    *a = (pm_arena){0};
    pm_success_layout(&s, a, H);
    *a = (pm_arena){.block = calloc(1, a->used)};
    pm_success_layout(&s, a, H);
    return s;
}

/* Weights 3 and 1: F = (3 0.2^2 + 0.6^2) / (3 0.2 + 0.6) = 0.48 / 1.2, CR = (3 0.5^2 + 1) / 2.5. */
static void means_are_weighted(void)
{
    const double F[] = {0.2, 0.6}, CR[] = {0.5, 1.0}, gain[] = {3.0, 1.0};
    pm_arena a;
    pm_success_history s = laid_out(&a, 3);

    pm_success_start(&s, 0.7, 0.1);
    pm_success_learn(&s, F, CR, gain, 0);
    CHECK(s.k == 0 && s.M_F[0] == 0.7 && s.M_CR[0] == 0.1);
    pm_success_learn(&s, F, CR, gain, 2);
    CHECK(s.k == 1 && s.M_F[1] == 0.7);
    CHECK_NEAR(s.M_F[0], 0.4, 1e-15);
    CHECK_NEAR(s.M_CR[0], 0.7, 1e-15);
    pm_success_learn(&s, F, CR, gain, 1);
    pm_success_learn(&s, F, CR, gain, 1);
    pm_success_learn(&s, F + 1, CR + 1, gain, 1); /* the fourth takes the place of the first */
    CHECK(s.k == 1);
    CHECK_NEAR(s.M_F[0], 0.6, 1e-15);
    CHECK_NEAR(s.M_F[2], 0.2, 1e-15);
    free(a.block);
}

/* A gain from an infinite value, or too large for a sum: both weigh the same. */
static void gains_may_be_infinite(void)
{
    const double F[] = {0.2, 0.6}, CR[] = {0.5, 1.0};
    const double gains[][2] = {{HUGE_VAL, 1.0}, {1e308, 1e308}};
    for (size_t k = 0; k < 2; ++k) {
        pm_arena a;
        pm_success_history s = laid_out(&a, 1);
        pm_success_start(&s, 0.5, 0.5);
        pm_success_learn(&s, F, CR, gains[k], 2);
        CHECK_NEAR(s.M_F[0], 0.5, 1e-15); /* 0.4 / 0.8 */
        CHECK_NEAR(s.M_CR[0], 1.25 / 1.5, 1e-15);
        free(a.block);
    }
}

/* Where only rates of 0 succeeded, the memory stays at 0. */
static void a_rate_of_zero_is_final(void)
{
    const double F[] = {0.5}, none[] = {0.0}, high[] = {0.9}, gain[] = {1.0};
    pm_rng words = pm_rng_stream(key, 1);
    pm_arena a;
    pm_success_history s = laid_out(&a, 1);

    pm_success_start(&s, 0.5, 0.5);
    pm_success_learn(&s, F, none, gain, 1);
    pm_success_learn(&s, F, high, gain, 1);
    for (size_t k = 0; k < 100; ++k) {
        double f, cr;
        pm_success_draw(&s, &words, &f, &cr);
        CHECK(cr == 0.0);
    }
    free(a.block);
}

/* F of a Cauchy variate cut at 1 and drawn again below 0: half lie above its median within the
 * error of 4 standard deviations; CR is normal, cut at 0 and 1. */
static void draws_are_in_their_ranges(void)
{
    enum { DRAWS = 4000 };
    pm_rng words = pm_rng_stream(key, 2);
    size_t above = 0, cut = 0, at_one = 0;
    pm_arena a;
    pm_success_history s = laid_out(&a, 5);

    pm_success_start(&s, 0.5, 0.9);
    /* The mass below 0, atan(-5) / pi + 1/2 = 0.0628, is shared out; P(F > 0.5) = 0.5 / 0.9372. */
    for (size_t k = 0; k < DRAWS; ++k) {
        double F, CR;
        pm_success_draw(&s, &words, &F, &CR);
        CHECK(F > 0.0 && F <= 1.0 && CR >= 0.0 && CR <= 1.0);
        above += F > 0.5;
        at_one += F == 1.0;
        cut += CR == 1.0;
    }
    CHECK_NEAR((double)above / DRAWS, 0.5 / 0.9372, 0.032);
    CHECK_NEAR((double)at_one / DRAWS, 0.0628 / 0.9372, 0.016);
    CHECK_NEAR((double)cut / DRAWS, 0.1587, 0.024);
    free(a.block);
}

void test_success_history(void)
{
    means_are_weighted();
    gains_may_be_infinite();
    a_rate_of_zero_is_final();
    draws_are_in_their_ranges();
}
