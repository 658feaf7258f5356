/* Mutation: the formulas worked out from the random words, and statistics with bounds of four
 * standard errors. */
#include "methods/global/genetic/mutation.h"
#include "run.h"

static const double wide_lower[] = {-1e3, -1e3, -1e3, -1e3}, wide_upper[] = {1e3, 1e3, 1e3, 1e3};
static const double units[] = {10.0, 10.0, 10.0, 10.0};

static pm_mutation mutation(pm_mutation_kind kind, size_t n)
{
    return (pm_mutation){.kind = kind,
                         .n = n,
                         .eta = 20.0,
                         .sigma = 0.05,
                         .lower = wide_lower,
                         .upper = wide_upper,
                         .unit = units};
}

/* Deb & Goyal 1996 with walls at a distance of d units: u < 1/2 moves down by at most d, u >= 1/2
 * up.  A copy with one gene has it mutated; a word says which. */
static void polynomial_follows_its_formula(double lower, double upper, double unit)
{
    const double parent[] = {0.3}, eta = 20.0;
    pm_rng rng = pm_rng_stream(key, 3);
    pm_mutation m = mutation(PM_MUTATE_POLYNOMIAL, 1);
    m.lower = &lower;
    m.upper = &upper;
    m.unit = &unit;
    pm_mutation_start(&m, 1e-300, &rng);
    pm_rng words = rng;

    for (size_t k = 0; k < 40; ++k) {
        double x[] = {0.3}, step = 0.05;
        pm_mutate(&m, parent, &rng, x, &step);
        pm_rng_word(&words);
        const double u = pm_rng_uniform(&words);
        const double d = fmin((u < 0.5 ? 0.3 - lower : upper - 0.3) / unit, 1.0);
        const double cut = pow(1.0 - d, eta + 1.0);
        const double delta =
            u < 0.5 ? pow(2.0 * u + (1.0 - 2.0 * u) * cut, 1.0 / (eta + 1.0)) - 1.0
                    : 1.0 - pow(2.0 * (1.0 - u) + 2.0 * (u - 0.5) * cut, 1.0 / (eta + 1.0));
        CHECK_NEAR(x[0], 0.3 + unit * delta, 1e-13);
        CHECK(step == 0.05);
    }
}

static void gaussian_has_its_width(void)
{
    const double parent[] = {1.0};
    double square = 0.0;
    pm_rng rng = pm_rng_stream(key, 4);
    pm_mutation m = mutation(PM_MUTATE_GAUSSIAN, 1);
    pm_mutation_start(&m, 1e-300, &rng);
    for (size_t k = 0; k < 20000; ++k) {
        double x[] = {1.0}, step = 0.05;
        pm_mutate(&m, parent, &rng, x, &step);
        square += (x[0] - 1.0) * (x[0] - 1.0) / 20000.0;
    }
    CHECK_NEAR(square, 0.25, 4.0 * 0.25 * sqrt(2.0 / 20000.0)); /* (0.05 times 10) squared */
}

/* The logarithm of the step moves by a normal number over sqrt(n); genes move by that step. */
static void self_adaptive_steps_are_handed_on(void)
{
    const double parent[] = {1.0, 1.0, 1.0, 1.0};
    double mean = 0.0, square = 0.0, moved = 0.0;
    pm_rng rng = pm_rng_stream(key, 5);
    pm_mutation m = mutation(PM_MUTATE_SELF_ADAPTIVE, 4);
    pm_mutation_start(&m, 1e-300, &rng);
    for (size_t k = 0; k < 20000; ++k) {
        double x[] = {1.0, 1.0, 1.0, 1.0}, step = 0.01;
        pm_mutate(&m, parent, &rng, x, &step);
        const double change = log(step / 0.01);
        mean += change / 20000.0;
        square += change * change / 20000.0;
        for (size_t i = 0; i < 4; ++i) {
            const double z = (x[i] - 1.0) / (10.0 * step);
            moved += z * z / 20000.0;
        }
    }
    CHECK_NEAR(mean, 0.0, 4.0 * 0.5 / sqrt(20000.0));
    CHECK_NEAR(square, 0.25, 4.0 * 0.25 * sqrt(2.0 / 20000.0));
    CHECK_NEAR(moved, 1.0, 4.0 * sqrt(2.0 / 20000.0)); /* one gene each time */
}

/* The share of genes, and the gaps between them are as often long as they ought to be; a child that
 * is no copy may stay as it is. */
static void genes_are_mutated_with_their_probability(void)
{
    const double parent[] = {9.0, 9.0, 9.0, 9.0};
    size_t mutated = 0, untouched = 0;
    pm_rng rng = pm_rng_stream(key, 6);
    pm_mutation m = mutation(PM_MUTATE_GAUSSIAN, 4);
    pm_mutation_start(&m, 0.3, &rng);
    for (size_t k = 0; k < 10000; ++k) {
        double x[] = {1.0, 1.0, 1.0, 1.0}, step = 0.05;
        size_t changed = 0;
        pm_mutate(&m, parent, &rng, x, &step);
        for (size_t i = 0; i < 4; ++i) {
            changed += x[i] != 1.0;
        }
        mutated += changed;
        untouched += changed == 0;
    }
    CHECK_NEAR((double)mutated / 40000.0, 0.3, 4.0 * sqrt(0.21 / 40000.0));
    CHECK_NEAR((double)untouched / 10000.0, 0.2401, 4.0 * sqrt(0.2401 * 0.7599 / 10000.0));
}

/* Crossed genes are rounded, and a mutation is never less than 1, at a wall neither. */
static void whole_numbers_move_by_whole_steps(void)
{
    const double lower[] = {0.0, 0.0}, upper[] = {3.0, 3.0}, parent[] = {3.0, 0.0};
    const bool integer[] = {true, true};
    size_t first = 0;
    pm_rng rng = pm_rng_stream(key, 7);
    pm_mutation m = mutation(PM_MUTATE_GAUSSIAN, 2);
    m.lower = lower;
    m.upper = upper;
    m.integer = integer;
    pm_mutation_start(&m, 1e-300, &rng);
    for (size_t k = 0; k < 200; ++k) {
        double x[] = {3.0, 0.0}, step = 1e-9;
        pm_mutate(&m, parent, &rng, x, &step);
        CHECK((x[0] == 2.0 && x[1] == 0.0) || (x[0] == 3.0 && x[1] == 1.0));
        first += x[0] == 2.0;
        double y[] = {1.4, 1.6};
        pm_mutate(&m, parent, &rng, y, &step);
        CHECK(y[0] == 1.0 && y[1] == 2.0);
        double z[] = {2.8, 0.3}; /* the parent again, once it is rounded */
        pm_mutate(&m, parent, &rng, z, &step);
        CHECK(z[0] != 3.0 || z[1] != 0.0);
    }
    CHECK(first > 50 && first < 150);
}

static void normal_steps_stay_in_the_box(void)
{
    const double lower[] = {0.0}, upper[] = {1.0}, unit[] = {1.0}, parent[] = {1.0};
    pm_rng rng = pm_rng_stream(key, 8);
    pm_mutation m = mutation(PM_MUTATE_GAUSSIAN, 1);
    m.lower = lower;
    m.upper = upper;
    m.unit = unit;
    pm_mutation_start(&m, 1.0, &rng);
    for (size_t k = 0; k < 1000; ++k) {
        double x[] = {1.0}, step = 3.0;
        pm_mutate(&m, parent, &rng, x, &step);
        CHECK(x[0] >= 0.0 && x[0] <= 1.0);
    }
}

void test_mutation(void)
{
    polynomial_follows_its_formula(-5.0, 5.0, 10.0);
    polynomial_follows_its_formula(0.25, 0.45, 0.2);
    polynomial_follows_its_formula(0.29, HUGE_VAL, 2.0);
    polynomial_follows_its_formula(-HUGE_VAL, HUGE_VAL, 2.0);
    gaussian_has_its_width();
    self_adaptive_steps_are_handed_on();
    genes_are_mutated_with_their_probability();
    whole_numbers_move_by_whole_steps();
    normal_steps_stay_in_the_box();
}
