/* What holds of every method that searches a box, for runs that `made` has prepared. */
#ifndef PM_TEST_LAWS_H
#define PM_TEST_LAWS_H

#include "run.h"

/* Evaluates until the run ends by itself, or `budget` is spent; the number of evaluations. */
static inline size_t drive(run *r, function *f, size_t budget)
{
    size_t count = 0;
    while (r->stop == PM_RUNNING && count < budget) {
        const double *x = ask(r);
        const size_t n = r->b->n;
        for (size_t j = 0; j < r->b->count; ++j, x += n) {
            for (size_t i = 0; i < n; ++i) {
                if (!(x[i] >= r->task.lower[i] && x[i] <= r->task.upper[i])) {
                    CHECK(!"inside the box");
                }
            }
        }
        count += r->b->count;
        evaluate(r, f);
    }
    return count;
}

/* Lower towards every wall: what pushes hardest against the box. */
static inline double outward(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum -= sqrt(fabs(x[i]));
    }
    return sum;
}

static inline void stays_in_the_box(run (*made)(void))
{
    const double x0[] = {0.0, 3.0, -1.0, 1.0}, lower[] = {-1.0, 3.0, -HUGE_VAL, 1.0};
    const double upper[] = {1e-3, HUGE_VAL, 2.0, 1.0 + 1e-12};
    for (uint64_t seed = 0; seed < 5; ++seed) {
        run r = made();
        begin(&r, 4, x0, lower, upper, 4000, seed);
        drive(&r, outward, 4000);
        pm_solver_free(r.s);
    }
}

/* 15 of 20 streams: a method that succeeds 19 times in 20 is refused wrongly with probability 3e-4
 * (binomial). */
static inline void finds_the_lowest_of_many_minima(run (*made)(void), size_t budget, double below)
{
    const double x0[] = {-4, 4, -4, 4, -4}, lower[] = {-5, -5, -5, -5, -5},
                 upper[] = {5, 5, 5, 5, 5};
    size_t found = 0;
    for (uint64_t seed = 0; seed < 20; ++seed) {
        double x[5];
        run r = made();
        begin(&r, 5, x0, lower, upper, budget, seed);
        drive(&r, rastrigin, budget);
        found += pm_solver_at(r.s, x) < below;
        pm_solver_free(r.s);
    }
    CHECK(found >= 15);
}

/* The lowest point of the hole is its corner (-2.5, 1.5). */
static inline void finds_where_f_is_finite(run (*made)(void), size_t budget, double error)
{
    const double x0[] = {4.0, -4.0}, lower[] = {-5.0, -5.0}, upper[] = {5.0, 5.0};
    double x[2];
    run r = made();
    begin(&r, 2, x0, lower, upper, budget, 0);
    drive(&r, hole, budget);
    CHECK_NEAR(pm_solver_at(r.s, x), 3.2 * 3.2 + 0.8 * 0.8, error);
    pm_solver_free(r.s);
}

/* A copy made after so many evaluations asks for the same points in so many turns, or until both
 * end alike; returns how they have ended. */
static inline pm_stop a_copy_continues_identically(run (*made)(void), size_t evaluations,
                                                   size_t turns)
{
    const double x0[] = {-4, 4, -4}, lower[] = {-5, -5, -5}, upper[] = {5, 5, 5};
    run r = made(), copy;
    begin(&r, 3, x0, lower, upper, 60000, 0);
    drive(&r, rastrigin, evaluations);
    copy = r;
    CHECK(pm_solver_copy(&copy.s, r.s) == PM_OK);
    for (size_t k = 0; k < turns && r.stop == PM_RUNNING; ++k) {
        const double *x = ask(&r), *y = ask(&copy);
        const size_t count = r.b->count;
        if (x == y || copy.b->count != count || memcmp(x, y, 3 * count * sizeof *x) != 0) {
            CHECK(!"the same points in different places");
            break;
        }
        evaluate(&r, rastrigin);
        evaluate(&copy, rastrigin);
    }
    CHECK(copy.turn == r.turn && copy.stop == r.stop);
    pm_solver_free(r.s);
    pm_solver_free(copy.s);
    return r.stop;
}

#endif
