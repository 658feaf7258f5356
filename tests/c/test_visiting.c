/* The moves of annealing: their distributions, and the steps that adapt. */
#include "test.h"
#include "methods/global/annealing/visiting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS = 20000, MOST = 4 };

static const uint64_t key[2] = {20, 26};

static const double open_lower[MOST] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
static const double open_upper[MOST] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL};
static const double lower[MOST] = {-5.0, 0.0, -1.0, 0.0}, upper[MOST] = {5.0, 8.0, 1.0, 6.0};
static const double origin[MOST] = {0};

typedef struct {
    pm_task task;
    pm_visiting v;
    unsigned char block[1 << 15];
} moves;

static void begin(moves *m, int distribution, double q, double step, size_t n, size_t chains,
                  bool open, const bool *integer)
{
    pm_arena a = {.block = m->block};
    memset(m, 0, sizeof *m);
    m->task = (pm_task){.n = n,
                        .x0 = origin,
                        .lower = open ? open_lower : lower,
                        .upper = open ? open_upper : upper,
                        .integer = integer,
                        .key = {key[0], key[1]}};
    pm_visiting_layout(&m->v, &a, &m->task, distribution, q, chains);
    CHECK(a.used <= sizeof m->block);
    pm_visiting_start(&m->v, &m->task, step);
}

/* ----------------------------------------------------------------------------- distributions ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Moves of one open variable at temperature T, in units of s = T^(1/(3-q)). */
static void draw(int distribution, double q, double T, double *x)
{
    static moves m;
    double y[1];
    begin(&m, distribution, q, 1e-9, 1, 1, true, NULL);
    for (size_t k = 0; k < DRAWS; ++k) {
        pm_visiting_propose(&m.v, 0, T, origin, y);
        x[k] = y[0] / 1e-9 / pow(T, 1.0 / (3.0 - q));
    }
    qsort(x, DRAWS, sizeof *x, ascending);
}

static double normal(double x) /* exp(-x^2) */
{
    return 0.5 * erfc(-x);
}

static double cauchy(double x) /* 1 / (1 + x^2) */
{
    return 0.5 + atan(x) / 3.141592653589793;
}

static double student2(double x) /* (1 + 2 x^2 / 3)^(-3/2), which is q = 5/3 */
{
    const double t = x * sqrt(4.0 / 3.0);
    return 0.5 + 0.5 * t / sqrt(2.0 + t * t);
}

/* Kolmogorov and Smirnov: sqrt(n) D exceeds 1.95 with probability 1e-3. */
static void follows(int distribution, double q, double T, double (*cdf)(double))
{
    static double x[DRAWS];
    double largest = 0.0;
    draw(distribution, q, T, x);
    for (size_t k = 0; k < DRAWS; ++k) {
        const double F = cdf(x[k]), at = ((double)k + 0.5) / DRAWS;
        largest = fmax(largest, fabs(F - at));
    }
    CHECK(sqrt((double)DRAWS) * largest < 1.95);
}

/* Far out the density is ((q - 1) x^2)^(-1/(q-1)) over its integral, which gives P(|x| > t); five
 * standard deviations either way. */
static void has_the_tail(double q, double t)
{
    static double x[DRAWS];
    const double a = 1.0 / (q - 1.0);
    const double integral = sqrt(3.141592653589793 * a) * tgamma(a - 0.5) / tgamma(a);
    const double p = 2.0 * pow(q - 1.0, -a) * pow(t, 1.0 - 2.0 * a) / (2.0 * a - 1.0) / integral;
    size_t beyond = 0;

    draw(PM_VISIT_TSALLIS, q, 1.0, x);
    for (size_t k = 0; k < DRAWS; ++k) {
        beyond += fabs(x[k]) > t;
    }
    CHECK(p > 0.005 && p < 0.2);
    CHECK(fabs((double)beyond / DRAWS - p) < 5.0 * sqrt(p * (1.0 - p) / DRAWS));
}

/* A move of all coordinates is in units of the width of each; the kinds take turns. */
static void all_coordinates_together(void)
{
    static moves m;
    const double x[] = {1.0, 2.0};
    double y[2];
    pm_rng r = pm_rng_stream(key, 0);

    begin(&m, PM_VISIT_GAUSSIAN, 0.0, 0.01, 2, 1, false, NULL);
    CHECK(m.v.kinds == 4);
    for (size_t k = 0; k < 4; ++k) {
        pm_visiting_propose(&m.v, 0, 0.25, x, y);
        const double scale = 0.5 / sqrt(2.0) * 0.01;
        for (size_t i = 0; i < 2; ++i) {
            const bool stays = k < 2 && i != k;
            const double width = i == 0 ? 10.0 : 8.0;
            const double to = stays ? x[i] : x[i] + scale * width * pm_rng_normal(&r);
            CHECK_NEAR(y[i], to, 1e-14);
        }
        CHECK(pm_visiting_next(&m.v, x) == (k == 3));
    }
}

/* However far it would go. */
static void stays_in_the_box(int distribution)
{
    static moves m;
    double x[MOST] = {5.0, 0.0, 0.5, 6.0}, y[MOST];
    bool away = false;

    begin(&m, distribution, 2.9, 1.0, MOST, 1, false, NULL);
    for (size_t k = 0; k < 4000; ++k) {
        pm_visiting_propose(&m.v, 0, 1.0, x, y);
        for (size_t i = 0; i < MOST; ++i) {
            if (!(y[i] >= lower[i] && y[i] <= upper[i])) {
                CHECK(!"inside the box");
            }
            away = away || y[i] != x[i];
            x[i] = y[i];
        }
        pm_visiting_next(&m.v, x);
    }
    CHECK(away);
}

/* -------------------------------------------------------------------------------- adaptation ---- */

/* Corana et al., step 5, c = 2: of 10 moves k are accepted, and v is multiplied by 1 + 2 (k/10 -
 * 0.6) / 0.4 above k = 6 and divided by 1 + 2 (0.4 - k/10) / 0.4 below k = 4. */
static void steps_follow_acceptance(void)
{
    static moves m;
    const double factor[] = {1 / 3.0, 1 / 2.5, 1 / 2.0, 1 / 1.5, 1, 1, 1, 1.5, 2, 2.5, 3};
    double v = 0.25, y[1];
    pm_rng r = pm_rng_stream(key, 0);

    begin(&m, PM_VISIT_ADAPTIVE, 0.0, 0.25, 1, 1, true, NULL);
    for (size_t k = 0; k <= 10; ++k) {
        for (size_t move = 0; move < 10; ++move) {
            const double u = 2.0 * pm_rng_uniform(&r) - 1.0;
            pm_visiting_propose(&m.v, 0, 1.0, origin, y);
            CHECK_NEAR(y[0], v * u / (1.0 - fabs(u) + v / 1e3), 1e-12);
            if (move < k) {
                pm_visiting_accepted(&m.v, 0);
            }
            CHECK(pm_visiting_next(&m.v, origin));
        }
        CHECK_NEAR(pm_visiting_adapt(&m.v), (double)k / 10.0, 1e-14);
        v *= factor[k];
    }
    pm_visiting_reset(&m.v);
    CHECK(m.v.v[0] == 0.25);
}

/* The chains have steps of their own. */
static void each_chain_adapts_by_itself(void)
{
    static moves m;
    const double x[MOST] = {0};

    begin(&m, PM_VISIT_ADAPTIVE, 0.0, 0.25, 2, 2, true, NULL);
    do {
        pm_visiting_accepted(&m.v, 1);
    } while (!pm_visiting_next(&m.v, x));
    pm_visiting_adapt(&m.v);
    CHECK_NEAR(m.v.v[0], 0.25 / 3.0, 1e-14);
    CHECK_NEAR(m.v.v[m.v.kinds], 0.25 * 3.0, 1e-14);
}

/* ---------------------------------------------------------------------- whole-numbered variables ---- */

/* Moved alone, one goes to another whole number; together with others it may stay. */
static void whole_numbers_move_by_one_at_least(int distribution)
{
    static moves m;
    const bool integer[MOST] = {false, true, false, true};
    const double x[MOST] = {0.5, 3.0, 0.5, 2.0};
    double y[MOST];

    begin(&m, distribution, 2.5, 1e-6, MOST, 1, false, integer);
    for (size_t k = 0; k < 200; ++k) {
        const size_t kind = m.v.kind;
        pm_visiting_propose(&m.v, 0, 1e-3, x, y);
        if (kind == 1 || kind == 3) {
            CHECK(y[kind] == round(y[kind]) && y[kind] != x[kind]);
        }
        pm_visiting_next(&m.v, x);
    }
}

void test_visiting(void)
{
    follows(PM_VISIT_GAUSSIAN, 1.0, 1.0, normal);
    follows(PM_VISIT_GAUSSIAN, 1.0, 0.01, normal);
    follows(PM_VISIT_CAUCHY, 2.0, 1.0, cauchy);
    follows(PM_VISIT_CAUCHY, 2.0, 0.1, cauchy);
    follows(PM_VISIT_TSALLIS, 5.0 / 3.0, 1.0, student2);
    follows(PM_VISIT_TSALLIS, 5.0 / 3.0, 0.1, student2);
    has_the_tail(2.62, 1e8);
    has_the_tail(2.2, 1e2);
    all_coordinates_together();
    stays_in_the_box(PM_VISIT_ADAPTIVE);
    stays_in_the_box(PM_VISIT_GAUSSIAN);
    stays_in_the_box(PM_VISIT_CAUCHY);
    stays_in_the_box(PM_VISIT_TSALLIS);
    steps_follow_acceptance();
    each_chain_adapts_by_itself();
    whole_numbers_move_by_one_at_least(PM_VISIT_ADAPTIVE);
    whole_numbers_move_by_one_at_least(PM_VISIT_TSALLIS);
}
