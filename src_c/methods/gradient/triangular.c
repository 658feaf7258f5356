#include "methods/gradient/triangular.h"

#include "base/cholesky.h"

#include <string.h>

/* The column at which work begins on a row that is zero before column i.  It is even in every row,
 * because vector instructions load and store pairs, and a load must wait if its pair has just been
 * stored as parts of two other pairs. */
static size_t even(size_t i)
{
    return i & ~(size_t)1;
}

/* Rotates rows a[m] and b[m] by the angle of this cosine and sine. */
static void turn(double c, double s, double *PM_RESTRICT a, double *PM_RESTRICT b, size_t m)
{
    for (size_t i = 0; i < m; ++i) {
        const double ai = a[i], bi = b[i];
        a[i] = c * ai + s * bi;
        b[i] = c * bi - s * ai;
    }
}

/* Rotates rows a and b by the angle that turns (x, y) into (r, 0). */
static void rotate(double x, double y, double *PM_RESTRICT a, double *PM_RESTRICT b, size_t m)
{
    if (y != 0.0) {
        const double r = pm_hypot(x, y);
        turn(x / r, y / r, a, b, m);
    }
}

void pm_upper_add(const pm_task *task, double *U, const double *t, const double *v, double *r,
                  size_t n)
{
    double below = 0.0;

    for (size_t i = n; i-- > 0;) { /* r_i is what t_i becomes; no root has to wait for another */
        r[i] = below == 0.0 ? t[i] : sqrt(below + t[i] * t[i]);
        below += t[i] * t[i];
    }
    for (size_t i = n - 1; i > 0 && !pm_pass_called_off(task, n);
         --i) { /* t becomes (r_0, 0, ..., 0), U gets a subdiagonal */
        double *above = U + (i - 1) * n, *row = U + i * n;
        const size_t j = even(i - 1);
        if (r[i] != 0.0) {
            turn(t[i - 1] / r[i - 1], r[i] / r[i - 1], above + j, row + j, n - j);
        }
    }
    pm_add(U, r[0], v, n);
    for (size_t i = 0; i + 1 < n && !pm_pass_called_off(task, n); ++i) {
        double *row = U + i * n, *below_it = row + n;
        const size_t j = even(i);
        rotate(row[i], below_it[i], row + j, below_it + j, n - j);
        below_it[i] = 0.0;
    }
}

void pm_upper_times(const pm_task *task, const double *U, const double *x, double *y, size_t n)
{
    for (size_t i = 0; i < n && !pm_pass_called_off(task, n); ++i) {
        y[i] = pm_dot(U + i * n + i, x + i, n - i);
    }
}

void pm_upper_transposed_times(const pm_task *task, const double *U, const double *x, double *y,
                               size_t n)
{
    memset(y, 0, n * sizeof *y);
    for (size_t i = 0; i < n && !pm_pass_called_off(task, n); ++i) {
        const size_t j = even(i);
        pm_add(y + j, x[i], U + i * n + j, n - j);
    }
}

void pm_upper_solve(const pm_task *task, const double *R, double *p, double *PM_RESTRICT inverse,
                    size_t k, size_t n)
{
    for (size_t i = 0; i < k; ++i) {
        inverse[i] = 1.0 / R[i * n + i];
    }
    for (size_t i = 0; i < k && !pm_pass_called_off(task, k); ++i) {
        p[i] *= inverse[i];
        pm_add(p + i + 1, -p[i], R + i * n + i + 1, k - i - 1);
    }
    for (size_t i = k; i-- > 0 && !pm_pass_called_off(task, k);) {
        p[i] = (p[i] - pm_dot(R + i * n + i + 1, p + i + 1, k - i - 1)) * inverse[i];
    }
}

void pm_upper_columns(const pm_task *task, const double *U, const size_t *columns, size_t k,
                      double *R, size_t n)
{
    for (size_t i = 0; i < n && !pm_pass_called_off(task, k); ++i) {
        for (size_t j = 0; j < k; ++j) {
            R[i * n + j] = U[i * n + columns[j]];
        }
    }
    for (size_t j = 0; j < k; ++j) { /* rotations make column j zero below row j */
        if (pm_pass_called_off(task, (columns[j] - j) * (k - j))) {
            return;
        }
        for (size_t i = columns[j]; i > j; --i) {
            double *row = R + i * n + j, *above = row - n;
            rotate(above[0], row[0], above, row, k - j);
        }
    }
}

/* L[n][n] becomes its inverse, row by row; t[n] is scratch. */
static void invert_lower(double *L, double *t, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        double *row = L + i * n;
        memset(t, 0, n * sizeof *t);
        for (size_t k = 0; k < i; ++k) {
            pm_add(t, row[k], L + k * n, k + 1);
        }
        for (size_t j = 0; j < i; ++j) {
            row[j] = -t[j] / row[i];
        }
        row[i] = 1.0 / row[i];
        memset(row + i + 1, 0, (n - i - 1) * sizeof *row);
    }
}

static void reverse(double *a, size_t count)
{
    for (size_t i = 0; i < count / 2; ++i) {
        const double first = a[i];
        a[i] = a[count - 1 - i];
        a[count - 1 - i] = first;
    }
}

/* With rows and columns in reverse order H = L L', and L^-1 in reverse order is the factor. */
bool pm_upper_of_inverse(double *U, const double *H, double *t, size_t n)
{
    memcpy(U, H, n * n * sizeof *U);
    reverse(U, n * n);
    if (!pm_is_finite(U, n * n) || !pm_cholesky(U, n)) {
        return false;
    }
    invert_lower(U, t, n);
    reverse(U, n * n);
    return true;
}
