#include "quadratic.h"

#include "vectors.h"

#include <string.h>

size_t pm_quadratic_terms(size_t n, bool mixed)
{
    return mixed ? (n + 1) * (n + 2) / 2 : 2 * n + 1;
}

void pm_quadratic_layout(pm_quadratic *q, pm_arena *a, size_t n, bool mixed)
{
    const size_t most = pm_quadratic_terms(n, mixed);

    q->n = n;
    q->rows = PM_TAKE(a, double, pm_times(PM_QUADRATIC_ROWS, most));
    q->U = PM_TAKE(a, double, pm_times(most, most));
    q->diagonal = PM_TAKE(a, double, most);
    q->coefficient = PM_TAKE(a, double, most);
    q->g = PM_TAKE(a, double, n);
    q->H = PM_TAKE(a, double, pm_times(n, n));
}

void pm_quadratic_begin(pm_quadratic *q, bool mixed)
{
    q->mixed = mixed;
    q->terms = pm_quadratic_terms(q->n, mixed);
    q->pending = 0;
    memset(q->U, 0, q->terms * q->terms * sizeof *q->U);
    memset(q->coefficient, 0, q->terms * sizeof *q->coefficient);
}

/* U += sum of r r' over the rows that are pending, those above the diagonal. Four rows at a time
 * take a quarter of the loads and stores that one at a time would. */
static void add_rows(pm_quadratic *q)
{
    const size_t m = q->terms;
    const double *PM_RESTRICT r0 = q->rows, *PM_RESTRICT r1 = r0 + m, *PM_RESTRICT r2 = r1 + m,
                              *PM_RESTRICT r3 = r2 + m;

    memset(q->rows + q->pending * m, 0, (PM_QUADRATIC_ROWS - q->pending) * m * sizeof *q->rows);
    for (size_t i = 0; i < m; ++i) {
        double *PM_RESTRICT to = q->U + i * m;
        for (size_t j = i; j < m; ++j) {
            to[j] += (r0[i] * r0[j] + r1[i] * r1[j]) + (r2[i] * r2[j] + r3[i] * r3[j]);
        }
    }
    q->pending = 0;
}

/* The terms are 1, z_i, z_i^2 / 2 and z_i z_j, j < i. */
void pm_quadratic_add(pm_quadratic *q, const double *z, double f)
{
    const size_t n = q->n;
    double *row = q->rows + q->pending * q->terms, *mixed = row + 2 * n + 1;

    row[0] = 1.0;
    for (size_t i = 0; i < n; ++i) {
        row[1 + i] = z[i];
        row[1 + n + i] = 0.5 * z[i] * z[i];
        for (size_t j = 0; q->mixed && j < i; ++j) {
            *mixed++ = z[i] * z[j];
        }
    }
    pm_add(q->coefficient, f, row, q->terms);
    q->pending += 1;
    if (q->pending == PM_QUADRATIC_ROWS) {
        add_rows(q);
    }
}

/* U' U = the symmetric matrix of m rows of which U[m][m] holds the upper triangle (A.-L. Cholesky).
 * A pivot must exceed the rounding of what it is left of, which is put into diagonal[m]. */
static bool factorise(double *U, size_t m, double *diagonal)
{
    for (size_t i = 0; i < m; ++i) {
        diagonal[i] = U[i * m + i];
    }
    for (size_t k = 0; k < m; ++k) {
        double *row = U + k * m;
        if (!(row[k] > (double)m * DBL_EPSILON * diagonal[k])) {
            return false;
        }
        const double scale = 1.0 / sqrt(row[k]);
        for (size_t j = k; j < m; ++j) {
            row[j] *= scale;
        }
        for (size_t i = k + 1; i < m; ++i) {
            pm_add(U + i * m + i, -row[i], row + i, m - i);
        }
    }
    return true;
}

/* x becomes the solution of U' U x = x. */
static void substitute(const double *U, size_t m, double *x)
{
    for (size_t i = 0; i < m; ++i) {
        x[i] /= U[i * m + i];
        pm_add(x + i + 1, -x[i], U + i * m + i + 1, m - i - 1);
    }
    for (size_t i = m; i-- > 0;) {
        x[i] = (x[i] - pm_dot(U + i * m + i + 1, x + i + 1, m - i - 1)) / U[i * m + i];
    }
}

static void take_coefficients(pm_quadratic *q)
{
    const size_t n = q->n;
    const double *mixed = q->coefficient + 2 * n + 1;

    q->c = q->coefficient[0];
    memcpy(q->g, q->coefficient + 1, n * sizeof *q->g);
    for (size_t i = 0; i < n; ++i) {
        q->H[i * n + i] = q->coefficient[1 + n + i];
        for (size_t j = 0; j < i; ++j) {
            q->H[i * n + j] = q->H[j * n + i] = q->mixed ? *mixed++ : 0.0;
        }
    }
}

bool pm_quadratic_fit(pm_quadratic *q)
{
    const size_t m = q->terms;

    add_rows(q);
    if (!factorise(q->U, m, q->diagonal)) {
        return false;
    }
    substitute(q->U, m, q->coefficient);
    if (!pm_is_finite(q->coefficient, m)) {
        return false;
    }
    take_coefficients(q);
    return true;
}

double pm_quadratic_value(const pm_quadratic *q, const double *z)
{
    double f = q->c;
    for (size_t i = 0; i < q->n; ++i) {
        f += z[i] * (q->g[i] + 0.5 * pm_dot(q->H + i * q->n, z, q->n));
    }
    return f;
}

/* The multiple of 1 that is added to H doubles until the sum is positive definite and the step
 * within reach (K. Levenberg 1944). */
bool pm_quadratic_lowest(pm_quadratic *q, const double *z, double reach, double *step)
{
    const size_t n = q->n;
    double *slope = q->coefficient, *U = q->U, shift = 0.0, most = 0.0;

    for (size_t i = 0; i < n; ++i) {
        slope[i] = q->g[i] + pm_dot(q->H + i * n, z, n);
        most = fmax(most, fabs(q->H[i * n + i]));
    }
    const double least = fmax(1e-3 * most, 0.1 * pm_norm(slope, n) / reach);
    while (shift < HUGE_VAL) {
        memcpy(U, q->H, n * n * sizeof *U);
        for (size_t i = 0; i < n; ++i) {
            U[i * n + i] += shift;
            step[i] = -slope[i];
        }
        if (factorise(U, n, q->diagonal)) {
            substitute(U, n, step);
            const double length = pm_norm(step, n);
            if (length <= reach) {
                return length > 0.0;
            }
        }
        if (!(least > 0.0)) {
            return false;
        }
        shift = fmax(2.0 * shift, least);
    }
    return false;
}
