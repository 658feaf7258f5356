/* Sums of functions of one variable each: what passes for one, and its minimum. */
#include "methods/global/auto/separable.h"
#include "run.h"

#include <stdlib.h>

enum { MOST = 4 };

typedef struct {
    pm_separable s;
    double block[1 << 14];
    pm_separable_answer answer;
    size_t count;         /* values asked for */
    double best[MOST], f; /* the lowest of them */
} search;

static const double low[MOST] = {-5.0, -4.0, -5.0, -4.0}, high[MOST] = {4.0, 5.0, 4.0, 5.0};
static const double open_low[MOST] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
static const double open_high[MOST] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL};

static void searches(search *r, function *f, size_t n, const double *lower, const double *upper,
                     const double *from, const double *to)
{
    const double x0[MOST] = {1.0, -2.0, 3.0, 0.5};
    const pm_task task = {.n = n, .x0 = x0, .lower = lower, .upper = upper};
    pm_rng rng = pm_rng_stream(key, 0);
    double x[MOST];

    memset(r, 0, sizeof *r);
    pm_arena a = {.block = (unsigned char *)r->block};
    pm_separable_layout(&r->s, &a, n);
    CHECK(a.used <= sizeof r->block);
    r->f = f(x0, n);
    pm_separable_start(&r->s, &task, 1.0, x0, r->f, &rng);
    for (r->answer = PM_SEPARABLE_GOES_ON; r->answer == PM_SEPARABLE_GOES_ON;) {
        pm_separable_ask(&r->s, x);
        for (size_t i = 0; i < n; ++i) {
            CHECK(x[i] >= from[i] && x[i] <= to[i]);
        }
        const double value = f(x, n);
        if (value < r->f) {
            r->f = value;
            memcpy(r->best, x, n * sizeof *x);
        }
        r->count += 1;
        r->answer = pm_separable_tell(&r->s, value);
    }
}

static void in_the_box(search *r, function *f, size_t n)
{
    searches(r, f, n, low, high, low, high);
}

static void the_minimum_of_a_sum_is_found(void)
{
    search r;
    for (size_t n = 1; n <= MOST; ++n) {
        in_the_box(&r, rastrigin, n);
        CHECK(r.answer == PM_SEPARABLE_SEARCHED);
        CHECK_NEAR(r.f, 0.0, 1e-10);
        CHECK_NEAR(r.best[n - 1], 0.7, 1e-6);
        CHECK(r.count < 250 * n);
    }
}

static double product(const double *x, size_t n)
{
    return bowl(x, n) + x[0] * x[1];
}

static double wiggle(const double *x, size_t n)
{
    return rastrigin(x, n) + 1e-5 * sin(x[0] * x[1]);
}

static double plateau(const double *x, size_t n)
{
    return (void)x, (double)n;
}

/* n + 1 values beside the known one tell. */
static void what_is_no_sum_is_refused(void)
{
    static function *const refused[] = {product, wiggle, plateau};
    search r;
    for (size_t k = 0; k < 3; ++k) {
        in_the_box(&r, refused[k], 3);
        CHECK(r.answer == PM_SEPARABLE_IS_NOT && r.count == 4);
    }
    in_the_box(&r, hole, 2); /* not finite where one variable has moved */
    CHECK(r.answer == PM_SEPARABLE_IS_NOT && r.count == 1);
}

/* A sum but for the place that all variables together promise. */
static double guarded(const double *x, size_t n)
{
    double away = 0.0;
    for (size_t i = 0; i < n; ++i) {
        away = fmax(away, fabs(x[i] - 0.7));
    }
    return rastrigin(x, n) + (away < 0.4 ? 50.0 : 0.0);
}

static void what_the_variables_promise_together_is_measured(void)
{
    search r;
    in_the_box(&r, guarded, 3);
    CHECK(r.answer == PM_SEPARABLE_IS_NOT && r.count > 4);
}

/* Within max(|x0|, 1) of x0. */
static void an_open_variable_is_sought_around_its_start(void)
{
    const double from[MOST] = {0.0, -4.0, 0.0, -0.5}, to[MOST] = {2.0, 0.0, 6.0, 1.5};
    search r;
    searches(&r, bowl, MOST, open_low, open_high, from, to);
    CHECK(r.answer == PM_SEPARABLE_SEARCHED);
    CHECK_NEAR(r.best[0], 0.7, 1e-6);
    CHECK(r.best[1] == 0.0); /* an end of the interval */
}

static double needle(const double *x, size_t n)
{
    return x[0] < 2.0 && x[0] > 1.0 ? HUGE_VAL : bowl(x, n);
}

static void values_that_are_not_finite_end_nothing_in_one_variable(void)
{
    search r;
    in_the_box(&r, needle, 1);
    CHECK(r.answer == PM_SEPARABLE_SEARCHED);
    CHECK_NEAR(r.best[0], 0.7, 1e-6);
}

static size_t places(size_t n)
{
    pm_separable s = {0};
    pm_arena measure = {0};
    pm_separable_layout(&s, &measure, n);
    void *block = calloc(1, measure.used);
    pm_arena a = {.block = block};
    CHECK(block != NULL);
    pm_separable_layout(&s, &a, n);
    const size_t capacity = s.lines[n - 1].capacity;
    free(block);
    return capacity;
}

static void many_variables_remember_fewer_places(void)
{
    CHECK(places(1) == 256 && places(512) == 256);
    CHECK(places(1024) == 128);
    CHECK(places(10000) == 40);
}

void test_separable(void)
{
    the_minimum_of_a_sum_is_found();
    what_is_no_sum_is_refused();
    what_the_variables_promise_together_is_measured();
    an_open_variable_is_sought_around_its_start();
    values_that_are_not_finite_end_nothing_in_one_variable();
    many_variables_remember_fewer_places();
}
