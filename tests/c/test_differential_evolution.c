/* Differential evolution: first generations worked out from the random words themselves; the whole
 * algorithm is held against another one in tests/test_differential_evolution.py. */
#include "base/rng.h"
#include "laws.h"

enum { FIRST_POPULATION, PARTNERS, PARAMETERS, CROSSOVER }; /* streams, as in the method */
enum { BEST = 2, NO_ADAPTATION = 1 };                       /* choices, as in the method */

/* A row that is neither a nor b, by the words of the partners. */
static size_t another(pm_rng *partners, size_t count, size_t a, size_t b)
{
    size_t r;
    do {
        r = pm_rng_below(partners, count);
    } while (r == a || r == b);
    return r;
}

/* Storn & Price's best/1/bin with CR = 1: every trial is x_best + F (x_r1 - x_r2); a coordinate
 * past a wall goes half of the way to it. */
static void the_first_trials(double lower, double upper)
{
    const double x0[] = {0.3, 0.2}, low[] = {lower, lower}, high[] = {upper, upper};
    const double f[] = {4.0, 2.0, 1.0, 3.0, 5.0};
    pm_rng partners = pm_rng_stream(key, PARTNERS);
    double x[5][2];
    run r = prepared("differential_evolution");
    set(&r, "population", 5);
    set(&r, "strategy", BEST);
    set(&r, "adaptation", NO_ADAPTATION);
    set(&r, "F", 0.8);
    set(&r, "CR", 1.0);
    begin(&r, 2, x0, low, high, 10000, 0);

    memcpy(x, ask(&r), sizeof x);
    CHECK(r.b->count == 5 && r.b->wants == PM_F && x[0][0] == 0.3 && x[0][1] == 0.2);
    tell_values(&r, f);
    CHECK(r.turn == PM_STEP_DONE);
    const double *u = ask(&r);
    for (size_t i = 0; i < 5; ++i) {
        const size_t r1 = another(&partners, 5, i, i), r2 = another(&partners, 5, i, r1);
        for (size_t j = 0; j < 2; ++j) {
            const double v = x[2][j] + 0.8 * (x[r1][j] - x[r2][j]);
            CHECK_NEAR(u[2 * i + j],
                       v < lower   ? 0.5 * (lower + x[i][j])
                       : v > upper ? 0.5 * (upper + x[i][j])
                                   : v,
                       1e-14);
        }
    }
    pm_solver_free(r.s);
}

/* Trials with these values replace the members that are not lower, and the best one is told. */
static void the_better_one_stays(void)
{
    const double x0[] = {1.0}, f[] = {1.0, 2.0, 3.0, 4.0}, first[] = {9.0, 0.5, 3.0, HUGE_VAL},
                 worse[] = {9.0, 9.0, 9.0, 9.0};
    double x[1];
    run r = prepared("differential_evolution");
    set(&r, "population", 4);
    begin(&r, 1, x0, open_lower, open_upper, 10000, 0);
    ask(&r);
    tell_values(&r, f);
    CHECK(pm_solver_at(r.s, x) == 1.0 && x[0] == 1.0);
    const double best = ask(&r)[1];
    tell_values(&r, first);
    for (size_t k = 0; k < 3; ++k) {
        CHECK(pm_solver_at(r.s, x) == 0.5 && x[0] == best);
        ask(&r);
        tell_values(&r, worse);
    }
    pm_solver_free(r.s);
}

/* The point that was evaluated is the one in the batch, whoever moved it there. */
static void believes_the_batch(void)
{
    const double x0[] = {1.0, 1.0}, f[] = {4.0, 3.0, 2.0, 5.0};
    double x[2];
    run r = prepared("differential_evolution");
    set(&r, "population", 4);
    begin(&r, 2, x0, open_lower, open_upper, 10000, 0);
    for (size_t k = 0; k < 2; ++k) {
        ask(&r);
        r.b->x[4] = 0.25 + (double)k;
        r.b->x[5] = 0.5;
        memcpy(r.b->f, f, sizeof f);
        r.b->f[2] -= (double)k;
        tell(&r);
        CHECK(pm_solver_at(r.s, x) == 2.0 - (double)k);
        CHECK(x[0] == 0.25 + (double)k && x[1] == 0.5);
    }
    pm_solver_free(r.s);
}

/* Twenty generations fit into the budget as long as they can have four members; later runs too. */
static void the_population_fits_the_budget(void)
{
    const double x0[] = {1.0, 1.0, 1.0};
    const size_t budget[] = {0, 80, 120, 100000, SIZE_MAX}, size[] = {4, 4, 6, 8, 8};
    for (size_t k = 0; k < sizeof size / sizeof *size; ++k) {
        run r = prepared("differential_evolution");
        begin(&r, 3, x0, open_lower, open_upper, budget[k], 0);
        ask(&r);
        CHECK(r.b->count == size[k]);
        CHECK(20 * r.b->capacity <= budget[k] || r.b->capacity == size[k]);
        CHECK(r.b->capacity <= 2000);
        pm_solver_free(r.s);
    }
}

static run defaults(void)
{
    return prepared("differential_evolution");
}

/* One point in a hundred is finite. */
static run of_many(void)
{
    run r = defaults();
    set(&r, "population", 400);
    return r;
}

/* Of reductions and restarts. */
static run changing(void)
{
    run r = defaults();
    set(&r, "reduction", 100.0);
    set(&r, "restarts", 1000);
    return r;
}

void test_differential_evolution(void)
{
    the_first_trials(-5.0, 5.0);
    the_first_trials(0.0, 0.5);
    the_better_one_stays();
    believes_the_batch();
    the_population_fits_the_budget();
    stays_in_the_box(defaults);
    finds_the_lowest_of_many_minima(defaults, 30000, 1e-6);
    finds_where_f_is_finite(of_many, 40000, 1e-6);
    a_copy_continues_identically(changing, 300, 600);
}
