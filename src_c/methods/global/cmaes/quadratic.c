#include "methods/global/cmaes/quadratic.h"

#include "base/cholesky.h"
#include "base/vectors.h"

#include <string.h>

size_t pm_quadratic_terms(size_t n, bool mixed)
{
    return mixed ? (n + 1) * (n + 2) / 2 : 2 * n + 1;
}

void pm_quadratic_layout(pm_quadratic *q, pm_arena *a, size_t n, bool mixed)
{
    const size_t most = pm_quadratic_terms(n, mixed);

    q->n = n;
    q->rows = PM_TAKE(a, double, pm_times(PM_ROWS, most));
    q->A = PM_TAKE(a, double, pm_times(most, most));
    q->coefficient = PM_TAKE(a, double, most);
    q->g = PM_TAKE(a, double, n);
    q->H = PM_TAKE(a, double, pm_times(n, n));
}

void pm_quadratic_begin(pm_quadratic *q, bool mixed)
{
    q->mixed = mixed;
    q->terms = pm_quadratic_terms(q->n, mixed);
    q->pending = 0;
    memset(q->A, 0, q->terms * q->terms * sizeof *q->A);
    memset(q->coefficient, 0, q->terms * sizeof *q->coefficient);
}

/* Number of the term z_i z_j, j <= i, in a fit with mixed terms, where z_0 = 1. */
static size_t place(size_t i, size_t j)
{
    return i * (i + 1) / 2 + j;
}

/* A += sum of r r' over the pending rows. With mixed terms, the entry of z_i z_j and z_k z_l is a
 * moment of order four, equal to the entries of other pairs of terms with the same four factors:
 * only entries with i >= j >= k >= l are summed. */
static void add_rows(pm_quadratic *q)
{
    const size_t m = q->terms;

    memset(q->rows + q->pending * m, 0, (PM_ROWS - q->pending) * m * sizeof *q->rows);
    q->pending = 0;
    for (size_t row = 0; !q->mixed && row < m; ++row) {
        pm_add_rows(q->A + row * m, 1.0, q->rows + row, q->rows, m, row + 1);
    }
    for (size_t i = 0; q->mixed && i <= q->n; ++i) {
        for (size_t j = 0; j <= i; ++j) {
            const size_t row = place(i, j);
            pm_add_rows(q->A + row * m, 1.0, q->rows + row, q->rows, m, place(j, j) + 1);
        }
    }
}

/* Copies to the entries of A that have not been summed: z_i z_j times z_k z_l with i >= k > j. */
static void complete(pm_quadratic *q)
{
    const size_t m = q->terms;

    for (size_t i = 1; i <= q->n; ++i) {
        for (size_t j = 0; j < i; ++j) {
            double *row = q->A + place(i, j) * m;
            for (size_t k = j + 1; k <= i; ++k) {
                const double *from = q->A + place(i, k) * m;
                double *to = row + place(k, 0);
                for (size_t l = 0; l <= j; ++l) {
                    to[l] = from[place(j, l)];
                }
                for (size_t l = j + 1; k < i && l <= k; ++l) {
                    to[l] = from[place(l, j)];
                }
            }
        }
    }
}

/* The terms are 1 and, for each i, z_i, z_i z_j, j < i, and z_i^2. */
void pm_quadratic_add(pm_quadratic *q, const double *z, double f)
{
    double *row = q->rows + q->pending * q->terms, *term = row;

    *term++ = 1.0;
    for (size_t i = 0; i < q->n; ++i) {
        *term++ = z[i];
        for (size_t j = 0; q->mixed && j < i; ++j) {
            *term++ = z[i] * z[j];
        }
        *term++ = z[i] * z[i];
    }
    pm_add(q->coefficient, f, row, q->terms);
    q->pending += 1;
    if (q->pending == PM_ROWS) {
        add_rows(q);
    }
}

static void take_coefficients(pm_quadratic *q)
{
    const size_t n = q->n;
    const double *next = q->coefficient;

    q->c = *next++;
    for (size_t i = 0; i < n; ++i) {
        q->g[i] = *next++;
        for (size_t j = 0; j < i; ++j) {
            q->H[i * n + j] = q->H[j * n + i] = q->mixed ? *next++ : 0.0;
        }
        q->H[i * n + i] = 2.0 * *next++;
    }
}

bool pm_quadratic_fit(pm_quadratic *q)
{
    const size_t m = q->terms;

    add_rows(q);
    if (q->mixed) {
        complete(q);
    }
    if (!pm_cholesky(q->A, m)) {
        return false;
    }
    pm_cholesky_forward(q->A, m, q->coefficient);
    pm_cholesky_backward(q->A, m, q->coefficient);
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

/* The multiple of the identity that is added to H doubles until the sum is positive definite and
 * the step within reach (K. Levenberg 1944). */
bool pm_quadratic_lowest(pm_quadratic *q, const double *z, double reach, double *step)
{
    const size_t n = q->n;
    double *slope = q->coefficient, *A = q->A, shift = 0.0, most = 0.0;

    for (size_t i = 0; i < n; ++i) {
        slope[i] = q->g[i] + pm_dot(q->H + i * n, z, n);
        most = fmax(most, fabs(q->H[i * n + i]));
    }
    const double least = fmax(1e-3 * most, 0.1 * pm_norm(slope, n) / reach);
    while (shift < HUGE_VAL) {
        memcpy(A, q->H, n * n * sizeof *A);
        for (size_t i = 0; i < n; ++i) {
            A[i * n + i] += shift;
            step[i] = -slope[i];
        }
        if (pm_cholesky(A, n)) {
            pm_cholesky_forward(A, n, step);
            pm_cholesky_backward(A, n, step);
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
