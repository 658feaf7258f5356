/* Newton's method: its model, its region, and its first steps, worked with a pencil. */
#include "descent.h"
#include "methods/gradient/krylov.h"
#include "methods/gradient/trustregion.h"

/* ------------------------------------------------------------------------------- the subproblem --------- */

static void a_newton_step_inside_is_taken(void)
{
    const double w[2] = {1.0, 4.0}, g[2] = {1.0, 4.0};
    double y[2];
    CHECK(pm_trust_region(2, w, g, 2.0, y) == 0.0);
    CHECK(y[0] == -1.0 && y[1] == -1.0);
}

/* |g| / (1 + mu) = 1: mu = 4. */
static void on_the_border_the_multiplier_shortens(void)
{
    const double w[2] = {1.0, 1.0}, g[2] = {3.0, 4.0};
    double y[2];
    CHECK_NEAR(pm_trust_region(2, w, g, 1.0, y), 4.0, 1e-5);
    CHECK_NEAR(y[0], -0.6, 1e-5);
    CHECK_NEAR(y[1], -0.8, 1e-5);
}

/* (mu - 1) 2 = 1: mu = 1.5. */
static void negative_curvature_leads_to_the_border(void)
{
    const double w = -1.0, g = 1.0;
    double y;
    CHECK_NEAR(pm_trust_region(1, &w, &g, 2.0, &y), 1.5, 1e-5);
    CHECK_NEAR(y, -2.0, 1e-5);
}

/* mu = 2 leaves y_1 = -3 / (1 + 2) = -1, and y_0 what the radius, sqrt(2), leaves: 1. */
static void in_the_hard_case_the_lowest_eigenvector_fills_the_ball(void)
{
    const double w[2] = {-2.0, 1.0}, g[2] = {0.0, 3.0};
    double y[2];
    CHECK(pm_trust_region(2, w, g, sqrt(2.0), y) == 2.0);
    CHECK_NEAR(y[0], 1.0, 1e-14);
    CHECK(y[1] == -1.0);
}

/* A slope of 1e-200 along the lowest eigenvector: the shift is as small, and y_0 is found. */
static void nearly_hard_is_no_harder(void)
{
    const double w[2] = {-2.0, 1.0}, g[2] = {1e-200, 3.0};
    double y[2];
    CHECK_NEAR(pm_trust_region(2, w, g, sqrt(2.0), y), 2.0, 1e-12);
    CHECK_NEAR(y[0], -1.0, 1e-5);
    CHECK_NEAR(y[1], -1.0, 1e-12);
}

static void a_flat_model_is_left_alone(void)
{
    const double w[2] = {0.0, 1.0}, g[2] = {0.0, 0.0};
    double y[2];
    CHECK(pm_trust_region(2, w, g, 1.0, y) == 0.0);
    CHECK(y[0] == 0.0 && y[1] == 0.0);
}

/* H = diag(1, 2, 4), g = (1, 2, 4): three products span everything, and s = -(1, 1, 1); at any
 * scale of f, whatever becomes of squares. */
static void a_krylov_space_of_all_dimensions_is_exact(double scale)
{
    enum { N = 3 };
    const double h[N] = {scale, 2.0 * scale, 4.0 * scale};
    unsigned char memory[8192];
    pm_arena arena = {.block = memory};
    pm_krylov k = {0};
    double step[N];
    bool full = false;

    pm_krylov_layout(&k, &arena, &jacobi, N, N);
    CHECK(arena.used <= sizeof memory);
    pm_krylov_begin(&k, h, scale * sqrt(21.0));
    while (!full) {
        double product[N];
        for (size_t i = 0; i < N; ++i) {
            product[i] = h[i] * pm_krylov_vector(&k)[i];
        }
        full = pm_krylov_tell(&k, product);
    }
    CHECK(k.size == N);
    CHECK_NEAR(pm_krylov_minimise(&k, 10.0) / scale, 3.5, 1e-12); /* g'H^-1 g / 2 */
    CHECK(k.multiplier == 0.0);
    CHECK_NEAR(k.lowest / scale, 1.0, 1e-12);
    pm_krylov_step(&k, step);
    for (size_t i = 0; i < N; ++i) {
        CHECK_NEAR(step[i], -1.0, 1e-12);
    }
}

/* ---------------------------------------------------------------------------------- first steps --------- */

/* f = c + b'x + x'Ax / 2 in two variables. */
typedef struct {
    double a[2][2], b[2], c;
} parabola;

/* A run with the Hessian given, whose start has been asked for. */
static run begun(const double *x0, const double *upper, double radius, double dense)
{
    run r = prepared("newton");
    set(&r, "radius", radius);
    set(&r, "dense", dense);
    r.task.has_gradient = r.task.has_hessian = true;
    begin(&r, 2, x0, open_lower, upper == NULL ? open_upper : upper, 0, 0);
    ask(&r);
    CHECK(r.b->wants == PM_FG && memcmp(r.b->x, x0, 2 * sizeof *x0) == 0);
    return r;
}

static void answer(run *r, const parabola *p)
{
    const pm_batch *b = r->b;
    for (size_t j = 0; j < b->count; ++j) {
        const double *from = (b->wants == PM_HV ? b->v : b->x) + 2 * j;
        double *to = (b->wants == PM_HV ? b->hv : b->g) + 2 * j;
        for (size_t i = 0; i < 2; ++i) {
            to[i] = p->a[i][0] * from[0] + p->a[i][1] * from[1];
        }
        if (b->wants == PM_FG) {
            b->f[j] = p->c + 0.5 * (from[0] * to[0] + from[1] * to[1]);
            for (size_t i = 0; i < 2; ++i) {
                b->f[j] += p->b[i] * from[i];
                to[i] += p->b[i];
            }
        }
    }
    tell(r);
    if (r->stop == PM_RUNNING) {
        ask(r);
    }
}

/* Answers until values are wanted again. */
static void answer_products(run *r, const parabola *p)
{
    while (r->stop == PM_RUNNING && r->b->wants == PM_HV) {
        answer(r, p);
    }
}

static void at_trial(run *r, double x, double y, double tolerance)
{
    CHECK(r->b->wants == PM_FG && r->b->count == 1);
    CHECK_NEAR(r->b->x[0], x, tolerance);
    CHECK_NEAR(r->b->x[1], y, tolerance);
}

/* With room enough the first trial is the minimum of the parabola, by the Hessian and by Krylov. */
static void one_newton_step_solves_a_parabola(void)
{
    const double x0[2] = {1.0, 1.0};
    for (int dense = 0; dense <= 1; ++dense) {
        /* 4x + y = 9, x + 3y = 4 is solved by (23/11, 7/11). */
        const parabola p = {.a = {{4.0, 1.0}, {1.0, 3.0}}, .b = {-9.0, -4.0}};
        run r = begun(x0, NULL, 100.0, dense * 10.0);
        answer(&r, &p);
        CHECK(r.b->wants == PM_HV && r.b->count == (dense ? 2u : 1u));
        answer_products(&r, &p);
        at_trial(&r, 23.0 / 11.0, 7.0 / 11.0, 1e-12);
        answer(&r, &p);
        while (r.stop == PM_RUNNING) {
            answer(&r, &p);
        }
        CHECK(r.stop == PM_GRADIENT || r.stop == PM_PRECISION);
        pm_solver_free(r.s);
    }
}

/* f = 2 x^2 + 2 y^2 from (1, 0): the Newton step, of length 1, is cut to the radius 0.3 sqrt(2);
 * the parabola being its own model, the next radius is three times as long, and the step reaches 0.
 */
static void the_region_cuts_and_grows(void)
{
    const double x0[2] = {1.0, 0.0}, first = 0.3 * sqrt(2.0);
    const parabola p = {.a = {{4.0, 0.0}, {0.0, 4.0}}};

    run r = begun(x0, NULL, 0.3, 10.0);
    answer(&r, &p);
    CHECK(r.turn == PM_MID_STEP); /* a start is judged when its curvature is known */
    answer(&r, &p);
    CHECK(r.turn == PM_STEP_DONE);
    at_trial(&r, 1.0 - first, 0.0, 1e-5);
    answer(&r, &p);
    answer_products(&r, &p);
    at_trial(&r, 0.0, 0.0, 1e-12);
    pm_solver_free(r.s);
}

/* No value at the trial: the next one is at a quarter of the way. */
static void a_refused_step_is_shortened(void)
{
    const double x0[2] = {1.0, 0.0};
    const parabola p = {.a = {{4.0, 0.0}, {0.0, 4.0}}};

    run r = begun(x0, NULL, 10.0, 10.0);
    answer(&r, &p);
    answer(&r, &p);
    at_trial(&r, 0.0, 0.0, 1e-12);
    answer_value(&r, HUGE_VAL);
    CHECK(r.turn == PM_MID_STEP);
    at_trial(&r, 0.75, 0.0, 1e-5);
    pm_solver_free(r.s);
}

/* x^2 - y^2 at (0, 0) has no gradient: the way is along y, as far as the region reaches.  A point
 * of negative curvature is no end, whatever its gradient. */
static void a_saddle_is_left_along_its_negative_curvature(void)
{
    const double x0[2] = {0.0, 0.0};
    for (int dense = 0; dense <= 1; ++dense) {
        const parabola p = {.a = {{2.0, 0.0}, {0.0, -2.0}}};
        run r = begun(x0, NULL, 0.3, dense * 10.0);
        answer(&r, &p);
        answer_products(&r, &p);
        CHECK(r.turn == PM_STEP_DONE && r.stop == PM_RUNNING);
        CHECK_NEAR(r.b->x[0], 0.0, 1e-6);
        CHECK_NEAR(fabs(r.b->x[1]), 0.3 * sqrt(2.0), 1e-6);
        pm_solver_free(r.s);
    }
}

static void a_maximum_is_left_too(void)
{
    const double x0[2] = {0.0, 0.0};
    const parabola p = {.a = {{-2.0, 0.0}, {0.0, -5.0}}};
    run r = begun(x0, NULL, 0.3, 10.0);
    answer(&r, &p);
    answer_products(&r, &p);
    CHECK(r.stop == PM_RUNNING);
    CHECK_NEAR(fabs(r.b->x[1]), 0.3 * sqrt(2.0), 1e-6); /* the more negative of the two */
    pm_solver_free(r.s);
}

static void a_start_at_the_minimum_is_the_end(void)
{
    const double x0[2] = {0.0, 0.0};
    const parabola p = {.a = {{2.0, 0.0}, {0.0, 2.0}}};
    run r = begun(x0, NULL, 0.3, 10.0);
    answer(&r, &p);
    answer_products(&r, &p);
    CHECK(r.turn == PM_NO_MORE && r.stop == PM_GRADIENT);
    pm_solver_free(r.s);
}

/* 2a + b = 6, a + 2b = 3 is solved by (3, 0), but x <= 1: with a = 1 the rest asks for b = 1. */
static void what_the_box_cuts_is_put_on_its_border(void)
{
    const double x0[2] = {0.0, 0.0}, upper[2] = {1.0, HUGE_VAL};
    const parabola p = {.a = {{2.0, 1.0}, {1.0, 2.0}}, .b = {-6.0, -3.0}};
    run r = begun(x0, upper, 100.0, 10.0);
    answer(&r, &p);
    answer_products(&r, &p);
    at_trial(&r, 1.0, 1.0, 1e-12);
    answer(&r, &p);
    CHECK(r.stop == PM_GRADIENT || r.b->wants == PM_HV);
    if (r.stop == PM_RUNNING) { /* only the column of the variable that moves */
        CHECK(r.b->count == 1 && r.b->v[0] == 0.0 && r.b->v[1] == 1.0);
    }
    pm_solver_free(r.s);
}

/* f = -x^2 - y^2 / 4 at (0, 0), with x <= 1/16: both ways along x go down alike, one of them ends
 * soon. */
static void at_a_bound_the_side_with_room_is_taken(void)
{
    const double x0[2] = {0.0, 0.0}, upper[2] = {0.0625, HUGE_VAL};
    const parabola p = {.a = {{-2.0, 0.0}, {0.0, -0.5}}};
    run r = begun(x0, upper, 1.0, 10.0);
    answer(&r, &p);
    answer_products(&r, &p);
    CHECK_NEAR(r.b->x[0], -sqrt(2.0), 1e-5);
    pm_solver_free(r.s);
}

/* Slope 4 and, by a difference, curvature 2 at x = 1: the step is -2.  There the slope is 1, so the
 * secant has the curvature (1 - 4) / -2 = 3/2, and the next step is -2/3 without any difference. */
static void a_hessian_by_differences_is_updated_by_secants(void)
{
    const setting given[] = {{"radius", 100.0}, {NULL, 0}};
    run r = descent_from("newton", given, 1.0);

    const double beside = answer_slope(&r, 10.0, 4.0);
    CHECK(r.b->wants == PM_FG && r.b->count == 1);
    CHECK(beside > 1.0 && beside < 1.0 + 1e-7);
    CHECK_NEAR(answer_slope(&r, 10.0, 4.0 + 2.0 * (beside - 1.0)), -1.0, 1e-6);
    /* the model promised 6 */
    CHECK_NEAR(answer_slope(&r, 6.4, 1.0), -1.0 - 2.0 / 3.0, 1e-6);
    CHECK(r.turn == PM_STEP_DONE);
    pm_solver_free(r.s);
}

static void without_linear_algebra_it_does_not_start(void)
{
    const double x0 = 1.0, low = -HUGE_VAL, high = HUGE_VAL;
    const pm_task task = {.n = 1, .x0 = &x0, .lower = &low, .upper = &high};
    pm_solver *s = NULL;
    CHECK(pm_solver_new(&s, pm_method_named("newton"), &task) == PM_NO_LINALG && s == NULL);
}

void test_newton(void)
{
    a_newton_step_inside_is_taken();
    on_the_border_the_multiplier_shortens();
    negative_curvature_leads_to_the_border();
    in_the_hard_case_the_lowest_eigenvector_fills_the_ball();
    nearly_hard_is_no_harder();
    a_flat_model_is_left_alone();
    a_krylov_space_of_all_dimensions_is_exact(1.0);
    a_krylov_space_of_all_dimensions_is_exact(1e-250);
    a_krylov_space_of_all_dimensions_is_exact(1e250);
    one_newton_step_solves_a_parabola();
    the_region_cuts_and_grows();
    a_refused_step_is_shortened();
    a_saddle_is_left_along_its_negative_curvature();
    a_maximum_is_left_too();
    a_start_at_the_minimum_is_the_end();
    what_the_box_cuts_is_put_on_its_border();
    at_a_bound_the_side_with_room_is_taken();
    a_hessian_by_differences_is_updated_by_secants();
    without_linear_algebra_it_does_not_start();
}
