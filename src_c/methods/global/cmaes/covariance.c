#include "methods/global/cmaes/covariance.h"

#include "base/vectors.h"

#include <assert.h>
#include <string.h>

/* Beyond this ratio of the largest eigenvalue to the smallest, the smallest is rounding error. */
static const double WORST_CONDITION = 1e14;

void pm_covariance_root_layout(pm_covariance *c, pm_arena *a, size_t n, bool diagonal)
{
    c->n = n;
    c->diagonal = diagonal;
    c->d = PM_TAKE(a, double, n);
    c->axes = diagonal ? NULL : PM_TAKE(a, double, pm_times(n, n));
}

void pm_covariance_root_copy(pm_covariance *to, const pm_covariance *from)
{
    const size_t n = from->n;

    memcpy(to->d, from->d, n * sizeof *to->d);
    if (!from->diagonal) {
        memcpy(to->axes, from->axes, n * n * sizeof *to->axes);
    }
}

void pm_covariance_layout(pm_covariance *c, pm_arena *a, const pm_task *task, bool diagonal)
{
    const size_t n = task->n;

    c->task = task;
    pm_covariance_root_layout(c, a, n, diagonal);
    c->C = PM_TAKE(a, double, diagonal ? n : pm_times(n, n));
    if (!diagonal) {
        pm_eigen_layout(&c->eigen, a, task->linalg, n);
    }
}

static double *variance(const pm_covariance *c, size_t i)
{
    return c->C + (c->diagonal ? i : i * c->n + i);
}

void pm_covariance_reset(pm_covariance *c)
{
    const size_t n = c->n;

    if (!c->diagonal) {
        memset(c->C, 0, n * n * sizeof *c->C);
        memset(c->axes, 0, n * n * sizeof *c->axes);
    }
    for (size_t i = 0; i < n; ++i) {
        *variance(c, i) = c->d[i] = 1.0;
        if (!c->diagonal) {
            c->axes[i * n + i] = 1.0;
        }
    }
}

bool pm_covariance_set(pm_covariance *c, const double *given, const double *unit)
{
    const size_t n = c->n;

    for (size_t i = 0; i < n; ++i) {
        for (size_t j = c->diagonal ? i : 0; j <= i; ++j) {
            c->C[c->diagonal ? i : i * n + j] = given[i * n + j] / (unit[i] * unit[j]);
        }
    }
    if (pm_covariance_decompose(c)) {
        return true;
    }
    pm_covariance_reset(c);
    return false;
}

/* Row by row, so that a row of the lower triangle stays in the cache for the sum over all steps. */
void pm_covariance_learn(pm_covariance *c, double keep, double a, const double *p, size_t count,
                         const double *w, const double *Y)
{
    const size_t n = c->n;

    for (size_t i = 0; i < n && !pm_pass_called_off(c->task, count * (c->diagonal ? 1 : i)); ++i) {
        double *row = c->diagonal ? c->C + i : c->C + i * n;
        const size_t first = c->diagonal ? i : 0, length = i + 1 - first;
        for (size_t j = 0; j < length; ++j) {
            row[j] = keep * row[j] + a * p[i] * p[first + j];
        }
        for (size_t k = 0; k < count; ++k) {
            const double *y = Y + k * n;
            pm_add(row, w[k] * y[i], y + first, length);
        }
    }
}

/* Fills both triangles, so that it does not matter which of them the library reads. */
static bool decompose_full(pm_covariance *c)
{
    const size_t n = c->n;

    for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j <= i; ++j) {
            c->axes[i * n + j] = c->axes[j * n + i] = c->C[i * n + j];
        }
    }
    return pm_eigen_solve(&c->eigen, n, c->axes, c->d);
}

bool pm_covariance_decompose(pm_covariance *c)
{
    double least, most;

    if (c->diagonal) {
        memcpy(c->d, c->C, c->n * sizeof *c->d);
    } else if (!decompose_full(c)) {
        return false;
    }
    pm_covariance_range(c, &least, &most);
    if (!pm_is_finite(c->d, c->n) || !(least > 0.0 && most <= WORST_CONDITION * least)) {
        return false;
    }
    for (size_t i = 0; i < c->n; ++i) {
        c->d[i] = sqrt(c->d[i]);
    }
    return true;
}

void pm_covariance_stretch(const pm_covariance *c, const double *z, double *y)
{
    const size_t n = c->n;

    if (c->diagonal) {
        for (size_t i = 0; i < n; ++i) {
            y[i] = c->d[i] * z[i];
        }
        return;
    }
    memset(y, 0, n * sizeof *y);
    for (size_t i = 0; i < n; ++i) {
        pm_add(y, c->d[i] * z[i], c->axes + i * n, n);
    }
}

void pm_covariance_coordinates(const pm_covariance *c, const double *y, double *z)
{
    for (size_t i = 0; i < c->n; ++i) {
        z[i] = (c->diagonal ? y[i] : pm_dot(c->axes + i * c->n, y, c->n)) / c->d[i];
    }
}

void pm_covariance_whiten(const pm_covariance *c, const double *y, double *to)
{
    const size_t n = c->n;

    if (c->diagonal) {
        for (size_t i = 0; i < n; ++i) {
            to[i] = y[i] / c->d[i];
        }
        return;
    }
    memset(to, 0, n * sizeof *to);
    for (size_t i = 0; i < n; ++i) {
        const double *axis = c->axes + i * n;
        pm_add(to, pm_dot(axis, y, n) / c->d[i], axis, n);
    }
}

double pm_covariance_deviation(const pm_covariance *c, size_t i)
{
    return sqrt(*variance(c, i));
}

void pm_covariance_widen(pm_covariance *c, size_t i, double least)
{
    *variance(c, i) = fmax(*variance(c, i), least * least);
}

void pm_covariance_range(const pm_covariance *c, double *least, double *most)
{
    *least = HUGE_VAL;
    *most = 0.0;
    for (size_t i = 0; i < c->n; ++i) {
        *least = fmin(*least, c->d[i]);
        *most = fmax(*most, c->d[i]);
    }
}
