/* The portfolio: which parts a run has on which function, and what its account says. */
#include "descent.h"

enum { MOST_PARTS = 6 };

typedef struct {
    size_t told; /* evaluations, those for differences too */
    size_t count;
    pm_part parts[MOST_PARTS];
    double lowest;
} account;

static const double lower[] = {-5.0, -4.0, -5.0}, upper[] = {4.0, 5.0, 4.0};

static void keep_account(const run *r, account *a)
{
    const pm_part *parts = pm_solver_parts(r->s, &a->count);
    CHECK(a->count <= MOST_PARTS);
    memcpy(a->parts, parts, a->count * sizeof *parts);
}

static account runs(function *f, size_t n, const double *x0, size_t budget, double share)
{
    account a = {.lowest = HUGE_VAL};
    run r = prepared("auto");
    set(&r, "share", share);
    begin(&r, n, x0, lower, upper, budget, 0);
    while (r.stop == PM_RUNNING && a.told < budget) {
        ask(&r);
        for (size_t j = 0; j < r.b->count; ++j) {
            r.b->f[j] = f(r.b->x + j * n, n);
            a.lowest = fmin(a.lowest, r.b->f[j]);
        }
        a.told += r.b->count;
        tell(&r);
    }
    keep_account(&r, &a);
    pm_solver_free(r.s);
    return a;
}

static bool named(const account *a, const char *const *names)
{
    size_t k = 0;
    while (names[k] != NULL && k < a->count && strcmp(names[k], a->parts[k].name) == 0) {
        k += 1;
    }
    return names[k] == NULL && k == a->count;
}

/* What was told is in the account.  It counts the value of a point again that a gradient is asked
 * for afterwards, and sees no values of neighbours. */
static void adds_up(const account *a)
{
    size_t sum = 0;
    double lowest = HUGE_VAL;
    for (size_t k = 0; k < a->count; ++k) {
        sum += a->parts[k].nfev;
        lowest = fmin(lowest, a->parts[k].f);
    }
    CHECK(sum >= a->told && sum - a->told <= a->told / 10);
    CHECK(lowest >= a->lowest && lowest <= a->lowest + 1e-3);
}

/* (x - 3)^2 from 5 with slope 4, in a box.  The first part is bfgs, whose steps are those of
 * test_bfgs.c: 5, 0, 3, where it ends; then the line of the one variable is searched. */
static void first_steps(void)
{
    const double start[] = {5.0}, left[] = {-10.0}, right[] = {10.0};
    account a = {0};
    run r = descent("auto", NULL, 1, start, left, right);

    CHECK_NEAR(answer_slope(&r, 4.0, 4.0), 0.0, EXACT);
    CHECK_NEAR(answer_slope(&r, 9.0, -6.0), 3.0, EXACT);
    answer_slope(&r, 0.0, 0.0);
    keep_account(&r, &a);
    CHECK(a.count == 2 && strcmp(a.parts[0].method, "bfgs") == 0 && a.parts[0].nfev == 3);
    CHECK(strcmp(a.parts[1].name, "lines") == 0 && r.b->wants == PM_F);
    pm_solver_free(r.s);
}

/* One minimum, in the plane x = y in part. */
static double valley(const double *x, size_t n)
{
    return bowl(x, n) + 5.0 * (x[0] - x[1]) * (x[0] - x[1]);
}

static double wells(const double *x, size_t n)
{
    const double a = x[0] * x[0] - 9.0, b = x[0] - x[1];
    return a * a + x[0] + b * b + x[n - 1] * x[n - 1];
}

static double crossed(const double *x, size_t n)
{
    return rastrigin(x, n) + 0.1 * x[0] * x[1];
}

static double nowhere(const double *x, size_t n)
{
    return (void)x, (void)n, HUGE_VAL;
}

static const char *const all[] = {"first search",  "lines", "second search", "multistart", "cmaes",
                                  "funnel_search", NULL};
static const char *const no_second[] = {"first search", "lines",         "multistart",
                                        "cmaes",        "funnel_search", NULL};
static const char *const no_lines[] = {"first search", "multistart", "cmaes", "funnel_search",
                                       NULL};

static void the_parts_follow_what_was_seen(void)
{
    const double far[] = {-4.0, 4.0, -3.0}, near[] = {0.6, 0.8, 0.7};

    account a = runs(valley, 3, far, 1500, 0.75);
    CHECK(named(&a, all) && a.lowest < 1e-12);
    CHECK(strcmp(a.parts[1].reason,
                 "f is not seen to be a sum of functions of one variable each") == 0);
    CHECK(strcmp(a.parts[4].reason, "both searches ended in one place") == 0);
    CHECK(a.parts[1].nfev == 4 && a.parts[1].method == NULL);
    CHECK(strcmp(a.parts[0].method, "bfgs") == 0);
    adds_up(&a);

    a = runs(wells, 3, far, 1500, 0.75);
    CHECK(named(&a, all));
    CHECK(strcmp(a.parts[3].reason, "the two searches ended in different places") == 0);
    adds_up(&a);

    a = runs(rastrigin, 3, far, 2500, 0.75);
    CHECK(strcmp(a.parts[1].reason, "f is a sum of functions of one variable each") == 0);
    CHECK(a.parts[0].nfev + a.parts[1].nfev < 1000);
    CHECK(fmin(a.parts[0].f, a.parts[1].f) < 1e-10);
    adds_up(&a);

    a = runs(crossed, 3, near, 1000, 0.75);
    CHECK(named(&a, no_second));
    CHECK(strcmp(a.parts[3].reason, "the first search did not get far") == 0);
    adds_up(&a);

    a = runs(nowhere, 3, far, 500, 0.75);
    CHECK(named(&a, no_lines));
    CHECK(strcmp(a.parts[2].reason, "the first search found no finite value") == 0);
    adds_up(&a);

    a = runs(rastrigin, 1, far, 300, 0.75);
    CHECK(strcmp(a.parts[1].reason, "f has one variable") == 0);
    CHECK(strcmp(a.parts[a.count - 1].name, "differential_evolution") == 0);
    CHECK_NEAR(a.lowest, 0.0, 1e-12);
    adds_up(&a);
}

/* What goes to `multistart` is what is not shared by evolution and the funnels; a turn of it may be
 * a whole descent. */
static void the_others_get_their_share(void)
{
    const double far[] = {-4.0, 4.0, -3.0};
    size_t spent[2];
    for (int k = 0; k < 2; ++k) {
        const account a = runs(crossed, 3, far, 8000, k == 0 ? 0.6 : 0.9);
        const pm_part *multistart = &a.parts[a.count - 3];
        CHECK(strcmp(multistart->name, "multistart") == 0);
        CHECK(multistart->f > fmin(multistart[1].f, multistart[2].f));
        spent[k] = multistart->nfev;
    }
    CHECK(spent[1] < spent[0]);
}

static void the_account_is_copied_with_the_solver(void)
{
    const double far[] = {-4.0, 4.0, -3.0};
    run r = prepared("auto"), twin;
    begin(&r, 2, far, lower, upper, 1000, 0);
    for (int k = 0; k < 60; ++k) {
        ask(&r);
        evaluate(&r, valley);
    }
    twin = r;
    CHECK(pm_solver_copy(&twin.s, r.s) == PM_OK);
    account a = {0}, b = {0};
    keep_account(&r, &a);
    keep_account(&twin, &b);
    CHECK(a.count > 0 && a.count == b.count);
    for (size_t k = 0; k < a.count; ++k) {
        CHECK(a.parts[k].nfev == b.parts[k].nfev && a.parts[k].reason == b.parts[k].reason);
    }
    pm_solver_free(r.s);
    pm_solver_free(twin.s);
}

static void others_are_of_one_piece(void)
{
    const double far[] = {-4.0, 4.0};
    size_t count = 7;
    run r = prepared("bfgs");
    begin(&r, 2, far, lower, upper, 100, 0);
    CHECK(pm_solver_parts(r.s, &count) == NULL && count == 0);
    pm_solver_free(r.s);
}

void test_auto(void)
{
    first_steps();
    the_parts_follow_what_was_seen();
    the_others_get_their_share();
    the_account_is_copied_with_the_solver();
    others_are_of_one_piece();
}
