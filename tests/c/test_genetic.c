/* The genetic algorithm: first population, crossover and mutation, worked out from the random words
 * themselves. */
#include "rng.h"
#include "run.h"

#include <math.h>
#include <string.h>

enum { FIRST_POPULATION, TOURNAMENT, CROSSOVER, MUTATION }; /* streams, as in genetic.c */

static const double open_lower[] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
static const double open_upper[] = {HUGE_VAL, HUGE_VAL, HUGE_VAL};

static void tell(run *r)
{
    CHECK(pm_tell(r->s, &r->turn, &r->stop) == PM_OK);
}

static void tell_values(run *r, const double *f)
{
    memcpy(r->b->f, f, r->b->count * sizeof *f);
    tell(r);
}

/* ------------------------------------------------------------------------- first steps -------- */

/* x0, then words of the first stream: over the box where it is closed, else from x0 - reach to x0 +
 * reach, and not past a wall; reach = spread max(|x0|, 1). */
static void first_population(void)
{
    const double x0[] = {1.0, 4.0, 0.5}, lower[] = {0.0, -HUGE_VAL, 0.0},
                 upper[] = {10.0, HUGE_VAL, HUGE_VAL};
    const double from[] = {0.0, -4.0, 0.0}, to[] = {10.0, 12.0, 2.5};
    pm_rng first = pm_rng_stream(key, FIRST_POPULATION);
    run r = prepared("genetic");
    set(&r, "population", 7);
    set(&r, "spread", 2.0);
    begin(&r, 3, x0, lower, upper, 1000, 0);

    const double *x = ask(&r);
    CHECK(r.b->count == 7 && r.b->wants == PM_F);
    CHECK(memcmp(x, x0, sizeof x0) == 0);
    for (size_t j = 1; j < 7; ++j) {
        for (size_t i = 0; i < 3; ++i) {
            CHECK_NEAR(x[3 * j + i], from[i] + (to[i] - from[i]) * pm_rng_uniform(&first), 1e-13);
        }
    }
    pm_solver_free(r.s);
}

/* Deb & Agrawal 1995: children are `beta` times as far apart as their parents, and as much of the
 * distribution as lies beyond the nearer wall, alpha = 2 - room^-(eta + 1), is cut off. */
static double beta(double u, double eta, double room)
{
    const double alpha = 2.0 - pow(room, -(eta + 1.0));
    return u <= 1.0 / alpha ? pow(u * alpha, 1.0 / (eta + 1.0))
                            : pow(1.0 / (2.0 - u * alpha), 1.0 / (eta + 1.0));
}

/* The first children of four parents with one gene: (mutation apart) the words give tournaments,
 * then whether the parents are crossed, whether this gene is, which child gets the lower value, and
 * u. */
static void first_children(double lower, double upper, double eta, uint64_t seed, size_t *crossed)
{
    const double x0[] = {0.3}, f[] = {3.0, 1.0, 2.0, 4.0};
    const uint64_t seeded[] = {key[0] + seed, key[1]};
    pm_rng tournament = pm_rng_stream(seeded, TOURNAMENT),
           crossover = pm_rng_stream(seeded, CROSSOVER);
    double parent[4];
    run r = prepared("genetic");
    set(&r, "population", 4);
    set(&r, "crossover_eta", eta);
    set(&r, "mutation_probability", 1e-300);
    begin(&r, 1, x0, &lower, &upper, 1000, seed);
    memcpy(parent, ask(&r), sizeof parent);
    tell_values(&r, f);

    const double *child = ask(&r);
    for (size_t j = 0; j < 4; j += 2) {
        double p[2];
        for (size_t k = 0; k < 2; ++k) {
            const size_t a = pm_rng_below(&tournament, 4), b = pm_rng_below(&tournament, 4);
            p[k] = parent[f[b] < f[a] ? b : a];
        }
        if (pm_rng_uniform(&crossover) >= 0.9) {
            continue;
        }
        const uint64_t bits = pm_rng_word(&crossover);
        if ((bits & 1) == 0) {
            continue;
        }
        const double u = pm_rng_uniform(&crossover), c = child[j], d = child[j + 1];
        const double spread = fabs(p[0] - p[1]),
                     wall = fmin(fmin(p[0], p[1]) - lower, upper - fmax(p[0], p[1]));
        if (spread == 0.0) {
            continue;
        }
        CHECK_NEAR(c + d, p[0] + p[1], 1e-14); /* the mean stays where it was */
        CHECK_NEAR(fabs(c - d), spread * beta(u, eta, 1.0 + 2.0 * wall / spread), 1e-13);
        CHECK((bits & 2) != 0 ? c >= d : c <= d);
        *crossed += 1;
    }
    pm_solver_free(r.s);
}

static void crossover_follows_its_formula(void)
{
    size_t crossed = 0;
    for (uint64_t seed = 0; seed < 50; ++seed) {
        first_children(-1.0, 1.0, 2.0, seed, &crossed);
        first_children(-1.0, 1.0, 15.0, seed, &crossed);
        first_children(0.3, HUGE_VAL, 0.0, seed, &crossed);
        first_children(-HUGE_VAL, HUGE_VAL, 2.0, seed, &crossed);
    }
    /* Of 400 pairs 0.45 are crossed, about a third of which are one individual twice: some 120 in
     * the mean, with a standard deviation of 9. */
    CHECK(crossed > 60);
}

/* Deb & Goyal 1996 with walls at a distance of d units: u < 1/2 moves down by at most d, u >= 1/2
 * up.  One individual with one gene has one child, always mutated; a word of the gap goes before
 * each u. */
static void mutation_follows_its_formula(double lower, double upper, double unit)
{
    const double x0[] = {0.3}, eta = 20.0, f[] = {1.0}, worse[] = {2.0};
    pm_rng mutation = pm_rng_stream(key, MUTATION);
    run r = prepared("genetic");
    set(&r, "population", 1);
    begin(&r, 1, x0, &lower, &upper, 1000, 0);
    CHECK(ask(&r)[0] == 0.3);
    tell_values(&r, f);

    for (size_t k = 0; k < 40; ++k) {
        pm_rng_word(&mutation);
        const double u = pm_rng_uniform(&mutation);
        const double d = fmin((u < 0.5 ? 0.3 - lower : upper - 0.3) / unit, 1.0);
        const double cut = pow(1.0 - d, eta + 1.0);
        const double delta =
            u < 0.5 ? pow(2.0 * u + (1.0 - 2.0 * u) * cut, 1.0 / (eta + 1.0)) - 1.0
                    : 1.0 - pow(2.0 * (1.0 - u) + 2.0 * (u - 0.5) * cut, 1.0 / (eta + 1.0));
        CHECK_NEAR(ask(&r)[0], 0.3 + unit * delta, 1e-13);
        tell_values(&r, worse);
    }
    pm_solver_free(r.s);
}

/* A tournament of 1000 among 4 misses the best with probability (3/4)^1000: all children are its
 * copies but for one small mutation each.  Values of +inf never win. */
static void the_finite_individual_wins(void)
{
    const double x0[] = {1.0, 1.0, 1.0}, lower[] = {-5.0, -5.0, -5.0}, upper[] = {5.0, 5.0, 5.0};
    const double f[] = {HUGE_VAL, HUGE_VAL, 1e300, HUGE_VAL};
    double best[3];
    run r = prepared("genetic");
    set(&r, "population", 4);
    set(&r, "tournament", 1000);
    set(&r, "crossover_probability", 0.0);
    set(&r, "mutation_probability", 1e-300);
    begin(&r, 3, x0, lower, upper, 1000, 0);
    memcpy(best, ask(&r) + 6, sizeof best);
    tell_values(&r, f);

    const double *x = ask(&r);
    for (size_t j = 0; j < 4; ++j) {
        size_t changed = 0;
        for (size_t i = 0; i < 3; ++i) {
            changed += x[3 * j + i] != best[i];
        }
        CHECK(changed == 1);
    }
    pm_solver_free(r.s);
}

/* Of the population 1, 2, 3, 4 half may stay; of the children 5, 0, 1.5, 6 the best come in.  Next
 * are 1, 2, 0 and 1.5: a tournament of all finds 0, and after worse children it is still there. */
static void the_best_survive(void)
{
    const double x0[] = {1.0}, lower[] = {-5.0}, upper[] = {5.0};
    const double parents[] = {1.0, 2.0, 3.0, 4.0}, children[] = {5.0, 0.0, 1.5, 6.0},
                 worse[] = {9.0, 9.0, 9.0, 9.0};
    double x[1], best;
    run r = prepared("genetic");
    set(&r, "population", 4);
    set(&r, "elite", 0.5);
    begin(&r, 1, x0, lower, upper, 1000, 0);
    ask(&r);
    tell_values(&r, parents);
    CHECK(r.turn == PM_STEP_DONE);
    CHECK(pm_solver_at(r.s, x) == 1.0 && x[0] == 1.0);
    best = ask(&r)[1];
    tell_values(&r, children);
    for (size_t k = 0; k < 3; ++k) {
        CHECK(pm_solver_at(r.s, x) == 0.0 && x[0] == best);
        ask(&r);
        tell_values(&r, worse);
    }
    pm_solver_free(r.s);
}

/* -------------------------------------------------------------------------------- laws -------- */

static size_t drive(run *r, double (*f)(const double *x, size_t n), const double *lower,
                    const double *upper, size_t budget)
{
    size_t count = 0;
    while (r->stop == PM_RUNNING && count < budget) {
        const double *x = ask(r);
        const size_t n = r->b->n;
        for (size_t j = 0; j < r->b->count; ++j, x += n) {
            for (size_t i = 0; i < n; ++i) {
                if (!(x[i] >= lower[i] && x[i] <= upper[i])) {
                    CHECK(!"inside the box");
                }
            }
            r->b->f[j] = f(x, n);
        }
        count += r->b->count;
        tell(r);
    }
    return count;
}

/* Lower towards every wall: what pushes hardest against the box. */
static double outward(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum -= sqrt(fabs(x[i]));
    }
    return sum;
}

/* 15 of 20 streams: a method that succeeds 19 times in 20 is refused wrongly with probability 3e-4
 * (binomial). */
static void finds_the_lowest_of_many_minima(void)
{
    const double x0[] = {-4, 4, -4, 4, -4}, lower[] = {-5, -5, -5, -5, -5},
                 upper[] = {5, 5, 5, 5, 5};
    size_t found = 0;
    for (uint64_t seed = 0; seed < 20; ++seed) {
        double x[5];
        run r = prepared("genetic");
        begin(&r, 5, x0, lower, upper, 50000, seed);
        const size_t count = drive(&r, rastrigin, lower, upper, 50000);
        CHECK(count < 50000 && r.stop == PM_VALUE);
        found += pm_solver_at(r.s, x) < 0.5;
        pm_solver_free(r.s);
    }
    CHECK(found >= 15);
}

/* The same count, without bounds and from far away. */
static void finds_a_bowl_in_the_open(void)
{
    const double x0[] = {300.0, -0.01};
    size_t found = 0;
    for (uint64_t seed = 0; seed < 20; ++seed) {
        double x[2];
        run r = prepared("genetic");
        begin(&r, 2, x0, open_lower, open_upper, 20000, seed);
        drive(&r, bowl, open_lower, open_upper, 20000);
        found += pm_solver_at(r.s, x) < 1e-2;
        pm_solver_free(r.s);
    }
    CHECK(found >= 15);
}

static void stays_in_the_box(void)
{
    const double x0[] = {0.0, 3.0, -1.0, 1.0}, lower[] = {-1.0, 3.0, -HUGE_VAL, 1.0};
    const double upper[] = {1e-3, HUGE_VAL, 2.0, 1.0 + 1e-12};
    for (uint64_t seed = 0; seed < 5; ++seed) {
        run r = prepared("genetic");
        begin(&r, 4, x0, lower, upper, 4000, seed);
        drive(&r, outward, lower, upper, 4000);
        pm_solver_free(r.s);
    }
}

/* One point in a hundred is finite: of 200 none is with probability 0.13. */
static void finds_where_f_is_finite(void)
{
    const double x0[] = {4.0, -4.0}, lower[] = {-5.0, -5.0}, upper[] = {5.0, 5.0};
    double x[2];
    run r = prepared("genetic");
    set(&r, "population", 200);
    begin(&r, 2, x0, lower, upper, 20000, 0);
    drive(&r, hole, lower, upper, 20000);
    /* The lowest point of the hole is its corner (-2.5, 1.5). */
    CHECK_NEAR(pm_solver_at(r.s, x), 3.2 * 3.2 + 0.8 * 0.8, 0.1);
    pm_solver_free(r.s);
}

/* Twenty generations fit into the budget as long as they can have four individuals. */
static void the_population_fits_the_budget(void)
{
    const double x0[] = {1.0, 1.0, 1.0};
    const size_t budget[] = {0, 80, 200, 1000, 100000, SIZE_MAX}, size[] = {4, 4, 10, 50, 60, 60};
    for (size_t k = 0; k < sizeof size / sizeof *size; ++k) {
        run r = prepared("genetic");
        begin(&r, 3, x0, open_lower, open_upper, budget[k], 0);
        ask(&r);
        CHECK(r.b->count == size[k]);
        pm_solver_free(r.s);
    }
}

/* Whatever the children are worth, the best value never rises, with an elite of one too and in odd
 * numbers. */
static void the_best_never_rises(void)
{
    const double x0[] = {1.0, 1.0, 1.0};
    pm_rng values = pm_rng_stream(key, 99);
    double x[3], last = HUGE_VAL;
    run r = prepared("genetic");
    set(&r, "population", 9);
    set(&r, "elite", 0.0);
    begin(&r, 3, x0, open_lower, open_upper, 1000, 0);
    for (size_t k = 0; k < 50 && r.stop == PM_RUNNING; ++k) {
        ask(&r);
        for (size_t j = 0; j < 9; ++j) {
            r.b->f[j] = pm_rng_uniform(&values);
        }
        tell(&r);
        const double f = pm_solver_at(r.s, x);
        CHECK(f <= last);
        last = f;
    }
    pm_solver_free(r.s);
}

/* The point that was evaluated is the one in the batch, whoever moved it there. */
static void believes_the_batch(void)
{
    const double x0[] = {1.0, 1.0}, f[] = {4.0, 3.0, 2.0, 5.0};
    double x[2];
    run r = prepared("genetic");
    set(&r, "population", 4);
    begin(&r, 2, x0, open_lower, open_upper, 1000, 0);
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

static void a_copy_continues_identically(void)
{
    const double x0[] = {-4, 4, -4}, lower[] = {-5, -5, -5}, upper[] = {5, 5, 5};
    run r = prepared("genetic"), copy;
    begin(&r, 3, x0, lower, upper, 6000, 0);
    drive(&r, rastrigin, lower, upper, 1000);
    copy = r;
    CHECK(pm_solver_copy(&copy.s, r.s) == PM_OK);
    for (size_t k = 0; k < 20; ++k) {
        const double *x = ask(&r), *y = ask(&copy);
        CHECK(x != y && memcmp(x, y, r.b->count * 3 * sizeof *x) == 0);
        for (size_t j = 0; j < r.b->count; ++j) {
            r.b->f[j] = copy.b->f[j] = rastrigin(x + 3 * j, 3);
        }
        tell(&r);
        tell(&copy);
    }
    pm_solver_free(r.s);
    pm_solver_free(copy.s);
}

void test_genetic(void)
{
    first_population();
    crossover_follows_its_formula();
    mutation_follows_its_formula(-5.0, 5.0, 10.0);
    mutation_follows_its_formula(0.25, 0.45, 0.2);
    mutation_follows_its_formula(0.29, HUGE_VAL, 2.0);
    mutation_follows_its_formula(-HUGE_VAL, HUGE_VAL, 2.0);
    the_finite_individual_wins();
    the_best_survive();
    finds_the_lowest_of_many_minima();
    finds_a_bowl_in_the_open();
    stays_in_the_box();
    finds_where_f_is_finite();
    the_population_fits_the_budget();
    the_best_never_rises();
    believes_the_batch();
    a_copy_continues_identically();
}
