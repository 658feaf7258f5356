#include "methods/global/basins.h"

#include <math.h>
#include <string.h>

/* Two ends of descents are one minimum if no coordinate differs by more than COINCIDENT, in units
 * of the box, or by more than NEAR if their values are alike as well. */
static const double COINCIDENT = 1e-6, NEAR = 1e-2;

/* Values are alike if they differ by at most this part of the range of all minima met. */
static const double ALIKE = 1e-6;

enum {
    MOST_MINIMA = 500,      /* minima in a record; */
    KEPT_NUMBERS = 1 << 20, /* fewer where their coordinates would take more than 8 MB, */
    FEWEST_MINIMA = 16,     /* but never fewer than this */
};

size_t pm_basins_capacity(size_t n)
{
    return pm_fewer(pm_more(KEPT_NUMBERS / n, FEWEST_MINIMA), MOST_MINIMA);
}

void pm_basins_layout(pm_basins *b, pm_arena *a, size_t n, size_t capacity)
{
    b->n = n;
    b->capacity = capacity;
    b->unit = PM_TAKE(a, double, n);
    b->x = PM_TAKE(a, double, pm_times(capacity, n));
    b->f = PM_TAKE(a, double, capacity);
    b->hits = PM_TAKE(a, size_t, capacity);
    b->sampled = PM_TAKE(a, size_t, capacity);
}

void pm_basins_start(pm_basins *b, const pm_task *task)
{
    b->count = b->distinct = b->descents = b->uniform = 0;
    b->highest = -HUGE_VAL;
    for (size_t i = 0; i < b->n; ++i) {
        const double width = task->upper[i] - task->lower[i];
        b->unit[i] = width < HUGE_VAL ? width : fmax(fabs(task->x0[i]), 1.0);
    }
}

double pm_basins_alike(const pm_basins *b)
{
    return b->count > 0 ? ALIKE * (b->highest - b->f[0]) : 0.0;
}

bool pm_basins_same(const pm_basins *b, const double *x, double f, const double *y, double g)
{
    double apart = 0.0;
    for (size_t i = 0; i < b->n; ++i) {
        apart = fmax(apart, fabs(x[i] - y[i]) / b->unit[i]);
    }
    return apart <= COINCIDENT || (apart <= NEAR && fabs(f - g) <= pm_basins_alike(b));
}

/* Index of the recorded minimum that x is taken for, or `count` if it is new. */
static size_t known(const pm_basins *b, const double *x, double f)
{
    size_t j = 0;
    while (j < b->count && !pm_basins_same(b, x, f, b->x + j * b->n, b->f[j])) {
        ++j;
    }
    return j;
}

/* Entry j has become lower: moves it forward until the values ascend again. */
static void sort_up(pm_basins *b, size_t j)
{
    for (; j > 0 && b->f[j] < b->f[j - 1]; --j) {
        const double f = b->f[j];
        const size_t hits = b->hits[j], sampled = b->sampled[j];
        b->f[j] = b->f[j - 1];
        b->hits[j] = b->hits[j - 1];
        b->sampled[j] = b->sampled[j - 1];
        b->f[j - 1] = f;
        b->hits[j - 1] = hits;
        b->sampled[j - 1] = sampled;
        for (size_t i = 0; i < b->n; ++i) {
            double *above = b->x + (j - 1) * b->n + i, *here = above + b->n;
            const double x = *above;
            *above = *here;
            *here = x;
        }
    }
}

static void put(pm_basins *b, size_t j, const double *x, double f, size_t hits, size_t sampled)
{
    memcpy(b->x + j * b->n, x, b->n * sizeof *x);
    b->f[j] = f;
    b->hits[j] = hits;
    b->sampled[j] = sampled;
    sort_up(b, j);
}

/* Records that `hits` descents, `sampled` of which began at uniform points, ended in this minimum.
 * Returns whether it is new. */
static bool record(pm_basins *b, const double *x, double f, size_t hits, size_t sampled)
{
    b->highest = fmax(b->highest, f);
    const size_t j = known(b, x, f);
    if (j < b->count) {
        const bool lower = f < b->f[j];
        hits += b->hits[j];
        sampled += b->sampled[j];
        if (lower) {
            put(b, j, x, f, hits, sampled);
        } else {
            b->hits[j] = hits;
            b->sampled[j] = sampled;
        }
        return false;
    }
    b->distinct += 1;
    if (b->count < b->capacity) {
        put(b, b->count++, x, f, hits, sampled);
    } else if (b->capacity > 0 && f < b->f[b->count - 1]) { /* it replaces the highest one */
        put(b, b->count - 1, x, f, hits, sampled);
    }
    return true;
}

bool pm_basins_add(pm_basins *b, const double *x, double f, bool uniform)
{
    b->descents += 1;
    b->uniform += uniform;
    return f < HUGE_VAL && record(b, x, f, 1, uniform);
}

size_t pm_enough_starts(size_t w)
{
    return 2 * w * w + 3 * w + 2;
}
