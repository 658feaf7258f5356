#include "methods/gradient/krylov.h"

#include "methods/gradient/trustregion.h"
#include "base/vectors.h"

#include <float.h>
#include <string.h>

void pm_krylov_layout(pm_krylov *k, pm_arena *a, const pm_linalg *linalg, size_t n, size_t most)
{
    k->n = n;
    k->most = most;
    k->basis = PM_TAKE(a, double, pm_times(most, n));
    k->diagonal = PM_TAKE(a, double, most);
    k->below = PM_TAKE(a, double, most);
    k->next = PM_TAKE(a, double, n);
    k->vectors = PM_TAKE(a, double, pm_times(most, most));
    k->values = PM_TAKE(a, double, most);
    k->slopes = PM_TAKE(a, double, most);
    k->y = PM_TAKE(a, double, most);
    pm_eigen_layout(&k->eigen, a, linalg, most);
}

/* basis[size] = v / length */
static void add_vector(pm_krylov *k, const double *v, double length)
{
    double *q = k->basis + k->size * k->n;
    for (size_t i = 0; i < k->n; ++i) {
        q[i] = v[i] / length;
    }
}

void pm_krylov_begin(pm_krylov *k, const double *v, double slope)
{
    k->size = 0;
    k->first = slope;
    add_vector(k, v, pm_norm(v, k->n));
}

const double *pm_krylov_vector(const pm_krylov *k)
{
    return k->basis + k->size * k->n;
}

bool pm_krylov_tell(pm_krylov *k, const double *product)
{
    const size_t n = k->n, j = k->size;
    const double *q = k->basis + j * n;
    double largest = 0.0;

    memcpy(k->next, product, n * sizeof *k->next);
    if (j > 0) {
        pm_add(k->next, -k->below[j - 1], q - n, n);
    }
    k->diagonal[j] = pm_dot(q, k->next, n);
    pm_add(k->next, -k->diagonal[j], q, n);
    k->below[j] = pm_norm(k->next, n);
    k->size += 1;
    for (size_t i = 0; i < k->size; ++i) {
        largest = fmax(largest, fabs(k->diagonal[i]) + k->below[i]);
    }
    /* The space is invariant if the next vector is within rounding of zero. */
    if (k->size == k->most || !(k->below[j] > 10.0 * DBL_EPSILON * largest)) {
        return true;
    }
    add_vector(k, k->next, k->below[j]);
    return false;
}

double pm_krylov_minimise(pm_krylov *k, double radius)
{
    const size_t m = k->size;
    double decrease = 0.0;

    memset(k->vectors, 0, m * m * sizeof *k->vectors);
    for (size_t i = 0; i < m; ++i) {
        k->vectors[i * m + i] = k->diagonal[i];
        if (i + 1 < m) {
            k->vectors[i * m + i + 1] = k->vectors[(i + 1) * m + i] = k->below[i];
        }
    }
    if (!pm_eigen_solve(&k->eigen, m, k->vectors, k->values)) {
        return NAN;
    }
    for (size_t i = 0; i < m; ++i) {
        k->slopes[i] = k->first * k->vectors[i * m];
    }
    k->lowest = k->values[0];
    k->multiplier = pm_trust_region(m, k->values, k->slopes, radius, k->y);
    double last = 0.0;
    for (size_t i = 0; i < m; ++i) {
        last += k->vectors[i * m + m - 1] * k->y[i];
        decrease -= k->slopes[i] * k->y[i] + 0.5 * k->values[i] * k->y[i] * k->y[i];
    }
    k->residual =
        k->first == 0.0 ? k->below[m - 1] * fabs(k->vectors[m - 1]) : k->below[m - 1] * fabs(last);
    return decrease;
}

void pm_krylov_step(const pm_krylov *k, double *step)
{
    const size_t m = k->size;

    memset(step, 0, k->n * sizeof *step);
    for (size_t j = 0; j < m; ++j) {
        double along = 0.0;
        for (size_t i = 0; i < m; ++i) {
            along += k->vectors[i * m + j] * k->y[i];
        }
        pm_add(step, along, k->basis + j * k->n, k->n);
    }
}
