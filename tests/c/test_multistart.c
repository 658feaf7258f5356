/* The rounds of multi-level single linkage: what is drawn, what is searched, and in which order. */
#include "base/rng.h"
#include "run.h"

enum { POINTS }; /* the stream that points are drawn from */
enum { LBFGS = 2 };

static const double x0[] = {1.0, -1.0}, lower[] = {-4.0, -2.0}, upper[] = {4.0, 6.0};

static run begun(double sample_size, double independent, double sigma)
{
    run r = prepared("multistart");
    set(&r, "sample_size", sample_size);
    set(&r, "independent", independent);
    set(&r, "sigma", sigma);
    set(&r, "reduced", 1.0);
    set(&r, "local_method", LBFGS);
    r.task.has_gradient = true;
    begin(&r, 2, x0, lower, upper, 1000, 0);
    return r;
}

/* Lowest at (1, 1). */
static double valley(const double *x, double *g)
{
    const double a = x[0] - 1.0, b = x[1] - 1.0;
    if (g != NULL) {
        g[0] = 2.0 * a;
        g[1] = 2.0 * b;
    }
    return a * a + b * b;
}

static void turn(run *r)
{
    for (size_t j = 0; j < r->b->count; ++j) {
        r->b->f[j] = valley(r->b->x + 2 * j, r->b->wants == PM_FG ? r->b->g + 2 * j : NULL);
    }
    tell(r);
}

/* The next search begins at x, and goes on to its end. */
static void searches_from(run *r, const double *x)
{
    ask(r);
    CHECK(r->b->count == 1 && r->b->wants == PM_FG);
    CHECK_NEAR(r->b->x[0], x[0], 1e-14);
    CHECK_NEAR(r->b->x[1], x[1], 1e-14);
    for (turn(r); r->turn == PM_MID_STEP; turn(r)) {
        ask(r);
    }
}

/* The next batch is a sample of the stream, m points; they are written to x. */
static void samples(run *r, pm_rng *stream, size_t m, double *x)
{
    ask(r);
    CHECK(r->b->count == m && r->b->wants == PM_F);
    for (size_t j = 0; j < m; ++j) {
        for (size_t i = 0; i < 2; ++i) {
            const double expected = lower[i] + (upper[i] - lower[i]) * pm_rng_uniform(stream);
            CHECK_NEAR(r->b->x[2 * j + i], expected, 1e-15);
        }
    }
    memcpy(x, r->b->x, 2 * m * sizeof *x);
    turn(r);
    CHECK(r->turn == PM_STEP_DONE);
}

/* Without a critical distance every point of the sample starts a search, the lowest first. */
static void plain_multistart_searches_from_everywhere(void)
{
    run r = begun(3, 0, 0.0);
    pm_rng stream = pm_rng_stream(key, POINTS);
    double x[6];

    searches_from(&r, x0);
    for (int round = 0; round < 3; ++round) {
        samples(&r, &stream, 3, x);
        for (int rank = 0; rank < 3; ++rank) {
            size_t at = 0;
            for (size_t j = 0; j < 3; ++j) {
                int lower_ones = 0;
                for (size_t k = 0; k < 3; ++k) {
                    lower_ones += valley(x + 2 * k, NULL) < valley(x + 2 * j, NULL);
                }
                at = lower_ones == rank ? j : at;
            }
            searches_from(&r, x + 2 * at);
        }
    }
    pm_solver_free(r.s);
}

/* With a huge one no point does, for the minimum is known.  Those of the round that are independent
 * do, the last one first, until 7 starts for one minimum are enough. */
static void independent_points_start_anyway(void)
{
    run r = begun(5, 2, 1e6);
    pm_rng stream = pm_rng_stream(key, POINTS);
    double x[10];

    searches_from(&r, x0);
    for (int starts = 0; starts < 6; starts += 2) {
        samples(&r, &stream, 5, x);
        searches_from(&r, x + 2);
        searches_from(&r, x);
        CHECK(r.stop == PM_RUNNING);
    }
    samples(&r, &stream, 5, x);
    searches_from(&r, x + 2);
    CHECK(r.turn == PM_NO_MORE && r.stop == PM_ENOUGH);
    pm_solver_free(r.s);
}

/* A round of 20 + 2 n points would take 6 GB of 20000 variables. */
static void rounds_of_many_variables_have_fewer_points(void)
{
    run r = prepared("multistart");
    pm_task task = {.n = 700, .options = r.options};

    CHECK(r.method->points(&task) == 1420);
    task.n = 20000;
    CHECK(r.method->points(&task) == 52); /* 2^20 / 20000 */
}

void test_multistart(void)
{
    rounds_of_many_variables_have_fewer_points();
    plain_multistart_searches_from_everywhere();
    independent_points_start_anyway();
}
