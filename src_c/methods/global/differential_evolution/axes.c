#include "methods/global/differential_evolution/axes.h"

#include "base/vectors.h"

#include <string.h>

/* Members learnt from between two computations of the axes, which take some 10 n^3 operations each:
 * 20 for each independent entry of C, but at most 60 for each variable. */
static size_t refreshed(size_t n)
{
    return pm_fewer(10 * n * (n + 1), 60 * n);
}

void pm_axes_layout(pm_axes *s, pm_arena *a, const pm_linalg *linalg, size_t n)
{
    s->n = n;
    s->C = PM_TAKE(a, double, pm_times(n, n));
    s->B = PM_TAKE(a, double, pm_times(n, n));
    s->w = PM_TAKE(a, double, n);
    s->mean = PM_TAKE(a, double, n);
    s->d = PM_TAKE(a, double, n);
    pm_eigen_layout(&s->eigen, a, linalg, n);
}

void pm_axes_start(pm_axes *s)
{
    s->known = false;
    s->seen = 0;
    memset(s->C, 0, s->n * s->n * sizeof *s->C);
}

/* Sets s->mean to the mean of the best mu members; returns the sum of their squared distances from
 * it. */
static double centre(pm_axes *s, const double *x, const pm_ranked *order, size_t mu)
{
    const size_t n = s->n;
    double trace = 0.0;

    memset(s->mean, 0, n * sizeof *s->mean);
    for (size_t k = 0; k < mu; ++k) {
        pm_add(s->mean, 1.0 / (double)mu, x + order[k].row * n, n);
    }
    for (size_t k = 0; k < mu; ++k) {
        const double *member = x + order[k].row * n;
        for (size_t j = 0; j < n; ++j) {
            trace += (member[j] - s->mean[j]) * (member[j] - s->mean[j]);
        }
    }
    return trace;
}

/* Averages C and the covariance of the mu best members, scaled to trace 1, with weights of n^2 / 2,
 * the number of independent entries of C, and mu. */
static void average(pm_axes *s, const double *x, const pm_ranked *order, size_t N)
{
    const size_t n = s->n, mu = (N + 1) / 2;
    const double c = (double)mu / ((double)mu + 0.5 * (double)n * (double)n);
    const double trace = centre(s, x, order, mu), share = c / trace;

    if (!(trace > 0.0 && trace < HUGE_VAL)) {
        return;
    }
    for (size_t j = 0; j < n * n; ++j) {
        s->C[j] *= 1.0 - c;
    }
    for (size_t k = 0; k < mu; ++k) {
        const double *member = x + order[k].row * n;
        for (size_t j = 0; j < n; ++j) {
            s->d[j] = member[j] - s->mean[j];
        }
        for (size_t j = 0; j < n; ++j) {
            pm_add(s->C + j * n, share * s->d[j], s->d, j + 1);
        }
    }
}

void pm_axes_learn(pm_axes *s, const double *x, const pm_ranked *order, size_t N)
{
    const size_t n = s->n;

    average(s, x, order, N);
    s->seen += N;
    if (s->seen < refreshed(n)) {
        return;
    }
    s->seen = 0;
    for (size_t j = 0; j < n; ++j) {
        for (size_t i = 0; i < n; ++i) {
            s->B[j * n + i] = s->C[pm_more(i, j) * n + pm_fewer(i, j)];
        }
    }
    s->known = pm_eigen_solve(&s->eigen, n, s->B, s->w);
}

void pm_axes_keep(pm_axes *s, const bool *kept, double *d)
{
    const size_t n = s->n;

    memset(s->d, 0, n * sizeof *s->d);
    for (size_t k = 0; k < n; ++k) {
        if (kept[k]) {
            const double *b = s->B + k * n;
            pm_add(s->d, pm_dot(b, d, n), b, n);
        }
    }
    memcpy(d, s->d, n * sizeof *d);
}
