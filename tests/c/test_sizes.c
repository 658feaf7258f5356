/* Sizes that are promised are kept: every method with every option at both ends of its range, where
 * nothing is finite, nothing is better, or anything is.  Under the sanitisers the arrays of a
 * solver are kept apart, and a write beyond one of them is seen. */
#include "test.h"

#include "jacobi.h"
#include "pyminima.h"
#include "solver/method.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_N = 5, TURNS = 60, MOST_OF_AN_OPTION = 200 };

/* What the objective answers. */
enum { NEVER_FINITE, LEVEL, ANYTHING, ANSWERS };

static double answer(int kind, uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    const double u = (double)(*state >> 11) * 0x1p-53;
    return kind == NEVER_FINITE ? (u < 0.5 ? HUGE_VAL : NAN)
           : kind == LEVEL      ? 1.0
           : u < 0.1            ? HUGE_VAL
           : u < 0.2            ? -1e300 * u
                                : u;
}

static void fill(pm_batch *b, int kind, uint64_t *state)
{
    for (size_t j = 0; j < b->count; ++j) {
        const double f = answer(kind, state);
        b->f[j] = isnan(f) ? HUGE_VAL : f;
        for (size_t i = 0; b->wants == PM_FG && i < b->n; ++i) {
            b->g[j * b->n + i] = answer(kind, state);
        }
        for (size_t i = 0; b->wants == PM_HV && i < b->n; ++i) {
            b->hv[j * b->n + i] = answer(kind, state);
        }
    }
}

static void run(const pm_method *method, const void *options, size_t n, size_t budget, int kind)
{
    const double x0[MOST_N] = {0.5, -0.25, 0.0, 0.75, 0.1};
    const double lower[MOST_N] = {-1, -1, -1, -1, -1}, upper[MOST_N] = {1, 1, 1, 1, 1};
    const pm_task task = {
        .n = n,
        .x0 = x0,
        .lower = lower,
        .upper = upper,
        .has_gradient = true,
        .options = options,
        .stopping = {.gtol = 0.0, .ftol = 0.0, .xtol = 0.0, .patience = 2},
        .budget = budget,
        .key = {n, budget},
        .linalg = &jacobi,
    };
    uint64_t state = n + budget;
    pm_stop stop = PM_RUNNING;
    pm_solver *s;

    const pm_error made = pm_solver_new(&s, method, &task);
    CHECK(made == PM_OK || made == PM_NO_MEMORY || made == PM_TOO_LARGE);
    if (made != PM_OK) {
        return;
    }
    for (int turn = 0; turn < TURNS && stop == PM_RUNNING; ++turn) {
        pm_batch *b;
        pm_turn said;
        const pm_error asked = pm_ask(s, &b);
        CHECK(asked == PM_OK);
        if (asked != PM_OK) {
            break;
        }
        fill(b, kind, &state);
        CHECK(pm_tell(s, &said, &stop) == PM_OK);
    }
    pm_solver_free(s);
}

static void run_all(const pm_method *method, const void *options)
{
    const size_t n[] = {1, 2, MOST_N}, budgets[] = {0, 1, 60, 100000};

    for (size_t i = 0; i < sizeof n / sizeof *n; ++i) {
        for (size_t k = 0; k < sizeof budgets / sizeof *budgets; ++k) {
            for (int kind = 0; kind < ANSWERS; ++kind) {
                run(method, options, n[i], budgets[k], kind);
            }
        }
    }
}

static void at_both_ends_of_every_option(const pm_method *method)
{
    void *options = calloc(1, method->options_size + 1);

    pm_options_default(method->options, options);
    run_all(method, options);
    for (const pm_option *row = method->options; row->name != NULL; ++row) {
        const double high = row->kind == PM_WHOLE ? fmin(row->high, MOST_OF_AN_OPTION) : row->high;
        const double ends[] = {row->low, high};
        for (int end = 0; end < 2; ++end) {
            pm_options_default(method->options, options);
            CHECK(pm_option_set(row, options, ends[end]) == PM_OK);
            run_all(method, options);
        }
    }
    free(options);
}

void test_sizes(void)
{
    for (size_t i = 0; i < pm_method_count(); ++i) {
        at_both_ends_of_every_option(pm_method_row(i));
    }
}
