#include "quadratic.h"

#include "bounds.h"
#include "vectors.h"

#include <string.h>

size_t pm_quadratic_terms(size_t n)
{
    return 2 * n + 1;
}

void pm_quadratic_layout(pm_quadratic *q, pm_arena *a, size_t n)
{
    q->n = n;
    q->terms = pm_quadratic_terms(n);
    q->normal = PM_TAKE(a, double, pm_times(q->terms, q->terms));
    q->coefficient = PM_TAKE(a, double, q->terms);
    q->row = PM_TAKE(a, double, q->terms);
}

void pm_quadratic_begin(pm_quadratic *q)
{
    memset(q->normal, 0, q->terms * q->terms * sizeof *q->normal);
    memset(q->coefficient, 0, q->terms * sizeof *q->coefficient);
}

void pm_quadratic_add(pm_quadratic *q, const double *z, double f, double weight)
{
    const size_t n = q->n;

    for (size_t i = 0; i < n; ++i) {
        q->row[i] = z[i];
        q->row[n + i] = 0.5 * z[i] * z[i];
    }
    q->row[2 * n] = 1.0;
    for (size_t i = 0; i < q->terms; ++i) {
        pm_add(q->normal + i * q->terms, weight * q->row[i], q->row, i + 1);
    }
    pm_add(q->coefficient, weight * f, q->row, q->terms);
}

/* normal = L L', in place (A.-L. Cholesky). A pivot must exceed the rounding of what it is left
 * of. */
static bool factorise(pm_quadratic *q)
{
    const size_t m = q->terms;

    for (size_t i = 0; i < m; ++i) {
        double *row = q->normal + i * m;
        for (size_t j = 0; j < i; ++j) {
            const double *other = q->normal + j * m;
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

bool pm_quadratic_fit(pm_quadratic *q)
{
    const size_t m = q->terms;
    double *x = q->coefficient;

    if (!factorise(q)) {
        return false;
    }
    for (size_t i = 0; i < m; ++i) {
        x[i] = (x[i] - pm_dot(q->normal + i * m, x, i)) / q->normal[i * m + i];
    }
    for (size_t i = m; i-- > 0;) {
        x[i] /= q->normal[i * m + i];
        pm_add(x, -x[i], q->normal + i * m, i);
    }
    return pm_is_finite(x, m);
}

void pm_quadratic_lowest(const pm_quadratic *q, double reach, double *z)
{
    for (size_t i = 0; i < q->n; ++i) {
        const double g = q->coefficient[i], h = q->coefficient[q->n + i];
        const bool inside = h * reach > fabs(g);
        z[i] = inside ? -g / h : g == 0.0 ? 0.0 : copysign(reach, -g);
    }
}
