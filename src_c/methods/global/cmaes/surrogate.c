#include "methods/global/cmaes/surrogate.h"

#include "base/vectors.h"

#include <string.h>

enum {
    LARGEST_MIXED = 20, /* variables; with more, mixed terms take too many points and too long */
    JUDGED = 15,        /* the last points, by which a model is judged: Hansen 2019 */
};

/* Points per term of the model: those that are kept, and those that a fit needs. */
static const double KEPT = 1.5, ENOUGH = 1.1;

/* A fit takes some terms^3 operations. With at least this many evaluations per term between two
 * fits, their cost per evaluation is a few times terms^2. */
static const double EVALUATIONS = 1.0 / 3.0;

/* The least Kendall's tau of a model that is trusted. Hansen 2019 has 0.85, but for points that the
 * model has been fitted to. */
static const double RIGHT = 0.5;

/* The longest step of a proposal, in units of the usual length sqrt(n) sigma. */
static const double REACH = 1.5;

void pm_surrogate_layout(pm_surrogate *s, pm_arena *a, size_t n, bool diagonal)
{
    s->n = n;
    s->mixed = n <= LARGEST_MIXED;
    s->kept = (size_t)ceil(KEPT * (double)pm_quadratic_terms(n, s->mixed));
    pm_quadratic_layout(&s->model, a, n, s->mixed);
    pm_covariance_root_layout(&s->frame, a, n, diagonal);
    s->origin = PM_TAKE(a, double, n);
    s->T = PM_TAKE(a, double, pm_times(s->kept, n));
    s->F = PM_TAKE(a, double, s->kept);
    s->predicted = PM_TAKE(a, double, s->kept);
    s->y = PM_TAKE(a, double, n);
    s->z = PM_TAKE(a, double, n);
}

void pm_surrogate_restart(pm_surrogate *s)
{
    s->count = s->fitted = 0;
    s->ready = false;
}

/* Sets s->z to the coordinates of t in which the covariance was the identity when the model was
 * fitted. */
static void find(const pm_surrogate *s, const double *t)
{
    for (size_t i = 0; i < s->n; ++i) {
        s->y[i] = (t[i] - s->origin[i]) / s->sigma;
    }
    pm_covariance_coordinates(&s->frame, s->y, s->z);
}

double pm_surrogate_value(const pm_surrogate *s, const double *t)
{
    if (!s->ready) {
        return NAN;
    }
    find(s, t);
    return s->base + s->range * pm_quadratic_value(&s->model, s->z);
}

void pm_surrogate_take(pm_surrogate *s, const double *t, double f)
{
    const size_t row = s->count % s->kept;

    s->predicted[row] = pm_surrogate_value(s, t);
    s->F[row] = f;
    memcpy(s->T + row * s->n, t, s->n * sizeof *t);
    s->count += 1;
}

/* Sets base and range, by which values are scaled so that the unit of f does not matter. Returns
 * how many of the first `count` values are finite. */
static size_t measure_values(pm_surrogate *s, size_t count)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    size_t finite = 0;

    for (size_t k = 0; k < count; ++k) {
        if (isfinite(s->F[k])) {
            low = fmin(low, s->F[k]);
            high = fmax(high, s->F[k]);
            finite += 1;
        }
    }
    s->base = low;
    s->range = high - low;
    return finite;
}

static bool is_enough(const pm_surrogate *s, size_t count, bool mixed)
{
    return (double)count >= ENOUGH * (double)pm_quadratic_terms(s->n, mixed);
}

bool pm_surrogate_fit(pm_surrogate *s, const pm_covariance *c, const double *mean, double sigma)
{
    const size_t count = s->count < s->kept ? s->count : s->kept;
    const double terms = (double)pm_quadratic_terms(s->n, s->mixed);

    if (!is_enough(s, count, false) || (double)(s->count - s->fitted) < EVALUATIONS * terms) {
        return false;
    }
    s->fitted = s->count;
    const size_t finite = measure_values(s, count);
    s->ready = is_enough(s, finite, false) && s->range > 0.0 && s->range < HUGE_VAL;
    if (!s->ready) {
        return false;
    }
    pm_covariance_root_copy(&s->frame, c);
    s->sigma = sigma;
    memcpy(s->origin, mean, s->n * sizeof *mean);
    pm_quadratic_begin(&s->model, s->mixed && is_enough(s, finite, true));
    for (size_t k = 0; k < count; ++k) {
        if (isfinite(s->F[k])) {
            find(s, s->T + k * s->n);
            pm_quadratic_add(&s->model, s->z, (s->F[k] - s->base) / s->range);
        }
    }
    s->ready = pm_quadratic_fit(&s->model);
    return s->ready;
}

/* The sign of a - b; 0 if either is NaN. */
static int order(double a, double b)
{
    return (a > b) - (a < b);
}

/* M. G. Kendall, "A new measure of rank correlation", Biometrika 30 (1938): the number of pairs in
 * the predicted order less those in the opposite order, relative to the number of all pairs. */
bool pm_surrogate_is_right(const pm_surrogate *s)
{
    const size_t last = s->count < JUDGED ? s->count : JUDGED;
    double predicted[JUDGED], seen[JUDGED];
    int sum = 0;

    if (!s->ready) {
        return false;
    }
    for (size_t i = 0; i < last; ++i) {
        const size_t row = (s->count - 1 - i) % s->kept;
        predicted[i] = s->predicted[row];
        seen[i] = s->F[row];
        for (size_t j = 0; j < i; ++j) {
            sum += order(predicted[i], predicted[j]) * order(seen[i], seen[j]);
        }
    }
    return sum >= RIGHT * (double)(last * (last - 1) / 2);
}

bool pm_surrogate_propose(pm_surrogate *s, const double *mean, double sigma, double *y)
{
    if (!s->ready) {
        return false;
    }
    const double reach = REACH * sqrt((double)s->n) * sigma / s->sigma;
    find(s, mean);
    if (!pm_quadratic_lowest(&s->model, s->z, reach, s->y)) {
        return false;
    }
    pm_covariance_stretch(&s->frame, s->y, y);
    for (size_t i = 0; i < s->n; ++i) {
        y[i] *= s->sigma / sigma;
    }
    return true;
}
