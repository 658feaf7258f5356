#include "cholesky.h"

#include "vectors.h"

bool pm_cholesky(double *a, size_t m)
{
    for (size_t i = 0; i < m; ++i) {
        double *row = a + i * m;
        for (size_t j = 0; j < i; ++j) {
            const double *other = a + j * m;
            row[j] = (row[j] - pm_dot(row, other, j)) / other[j];
        }
        const double pivot = row[i] - pm_dot(row, row, i);
        if (!(pivot > (double)m * DBL_EPSILON * row[i])) {
            return false;
        }
        row[i] = sqrt(pivot);
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
