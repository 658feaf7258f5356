#include "methods/global/multistart/linkage.h"

#include <math.h>
#include <string.h>

static const double PI = 3.141592653589793;

/* log Gamma(1 + n/2), without lgamma of the C library, which writes to a global variable. */
static double log_gamma(size_t n)
{
    double sum = n % 2 == 0 ? 0.0 : 0.5 * log(PI);
    for (size_t i = n; i > 1; i -= 2) {
        sum += log(0.5 * (double)i);
    }
    return n % 2 == 0 ? sum : sum + log(0.5);
}

double pm_critical_distance(size_t n, size_t k, double sigma)
{
    const double volume = log_gamma(n) + log(sigma * log((double)k) / (double)k);
    return exp(volume / (double)n) / sqrt(PI);
}

void pm_linkage_layout(pm_linkage *s, pm_arena *a, size_t n, size_t capacity)
{
    s->n = n;
    s->capacity = capacity;
    s->x = PM_TAKE(a, double, pm_times(capacity, n));
    s->f = PM_TAKE(a, double, capacity);
    s->better = PM_TAKE(a, double, capacity);
    s->kind = PM_TAKE(a, pm_linked, capacity);
}

static double squared_distance(const double *x, const double *y, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    }
    return sum;
}

/* The number of points kept whose value is at most f.  A point is put after those of equal value,
 * so that the first one of a plateau counts as its lowest. */
static size_t not_above(const pm_linkage *s, double f)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->f[middle] <= f) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Makes room at place j; if the record is full, the highest point is dropped. */
static void shift(pm_linkage *s, size_t j)
{
    if (s->count < s->capacity) {
        s->count += 1;
    }
    const size_t rest = s->count - 1 - j;
    memmove(s->x + (j + 1) * s->n, s->x + j * s->n, rest * s->n * sizeof *s->x);
    memmove(s->f + j + 1, s->f + j, rest * sizeof *s->f);
    memmove(s->better + j + 1, s->better + j, rest * sizeof *s->better);
    memmove(s->kind + j + 1, s->kind + j, rest * sizeof *s->kind);
}

static void keep(pm_linkage *s, const double *x, double f, pm_linked kind)
{
    const size_t j = not_above(s, f), n = s->n;
    double nearest = HUGE_VAL;

    if (!(f < HUGE_VAL) || j == s->capacity) {
        return;
    }
    for (size_t i = 0; i < j; ++i) {
        nearest = fmin(nearest, squared_distance(x, s->x + i * n, n));
    }
    shift(s, j);
    for (size_t i = j + 1; i < s->count; ++i) {
        s->better[i] = fmin(s->better[i], squared_distance(x, s->x + i * n, n));
    }
    memcpy(s->x + j * n, x, n * sizeof *x);
    s->f[j] = f;
    s->better[j] = nearest;
    s->kind[j] = kind;
}

void pm_linkage_draw(pm_linkage *s, const double *x, double f, bool started)
{
    s->drawn += 1;
    keep(s, x, f, started ? PM_STARTED : PM_FRESH);
}

void pm_linkage_minimum(pm_linkage *s, const double *x, double f)
{
    keep(s, x, f, PM_MINIMUM);
}

const double *pm_linkage_start(pm_linkage *s, double sigma, double reduced)
{
    const double r = pm_critical_distance(s->n, s->drawn, sigma);
    double left = ceil(reduced * (double)s->drawn);

    for (size_t j = 0; j < s->count && left > 0.0; ++j) {
        if (s->kind[j] == PM_FRESH && s->better[j] >= r * r) {
            s->kind[j] = PM_STARTED;
            return s->x + j * s->n;
        }
        left -= s->kind[j] != PM_MINIMUM;
    }
    return NULL;
}
