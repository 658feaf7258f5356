#include "base/cholesky.h"

#include "base/vectors.h"

/* Computes column c of L.  The columns before the panel, which begins at column k, have already
 * been subtracted.  The column is also written to row c, where it is contiguous. */
static bool finish_column(double *a, size_t m, size_t k, size_t c)
{
    double *row = a + c * m;

    for (size_t i = c; i < m; ++i) {
        row[i] = a[i * m + c];
    }
    for (size_t j = k; j < c; ++j) {
        pm_add(row + c, -a[j * m + c], a + j * m + c, m - c);
    }
    const double pivot = row[c], whole = pivot + pm_dot(row, row, c);
    if (!(pivot > (double)m * DBL_EPSILON * whole)) {
        return false;
    }
    const double scale = 1.0 / sqrt(pivot);
    for (size_t i = c; i < m; ++i) {
        row[i] *= scale;
        a[i * m + c] = row[i];
    }
    return true;
}

/* PM_ROWS columns at a time are subtracted from the rest of the matrix: one at a time, memory
 * traffic would limit the speed. */
bool pm_cholesky(double *a, size_t m)
{
    for (size_t k = 0; k < m; k += PM_ROWS) {
        const size_t end = k + PM_ROWS < m ? k + PM_ROWS : m;
        const double *panel = a + k * m;
        for (size_t c = k; c < end; ++c) {
            if (!finish_column(a, m, k, c)) {
                return false;
            }
        }
        for (size_t i = end; i < m; ++i) {
            pm_add_rows(a + i * m + end, -1.0, panel + i, panel + end, m, i + 1 - end);
        }
    }
    return true;
}

void pm_cholesky_forward(const double *L, size_t m, double *x)
{
    for (size_t i = 0; i < m; ++i) {
        x[i] = (x[i] - pm_dot(L + i * m, x, i)) / L[i * m + i];
    }
}

void pm_cholesky_backward(const double *L, size_t m, double *x)
{
    for (size_t i = m; i-- > 0;) {
        x[i] /= L[i * m + i];
        pm_add(x, -x[i], L + i * m, i);
    }
}
