#include "methods/first_order/ingredients.h"

#include "base/bounds.h"
#include "base/vectors.h"

const char *const pm_average_names[PM_AVERAGE_COUNT] = {
    [PM_NO_AVERAGE] = "none",
    [PM_POLYAK_AVERAGE] = "polyak",
    [PM_SWA_AVERAGE] = "swa",
    [PM_EMA_AVERAGE] = "ema",
};

static void clip_norm(double *g, size_t n, double most)
{
    const double norm = pm_norm(g, n);
    if (norm > most) {
        for (size_t i = 0; i < n; ++i) {
            g[i] *= most / norm;
        }
    }
}

void pm_shape_gradient(const pm_first_order_options *o, bool decays, pm_rng *rng, size_t t,
                       const double *x, double *g, size_t n)
{
    if (o->clip_value > 0.0) {
        for (size_t i = 0; i < n; ++i) {
            g[i] = pm_clip(g[i], -o->clip_value, o->clip_value);
        }
    }
    if (o->clip_norm > 0.0) {
        clip_norm(g, n, o->clip_norm);
    }
    if (o->noise > 0.0) {
        const double deviation = o->noise * pow(1.0 + (double)t, -0.5 * o->noise_decay);
        for (size_t i = 0; i < n; ++i) {
            g[i] += deviation * pm_rng_normal(rng);
        }
    }
    if (o->weight_decay > 0.0 && !decays) {
        pm_add(g, o->weight_decay, x, n);
    }
}

void pm_soft_threshold(double *x, size_t n, double by)
{
    for (size_t i = 0; i < n; ++i) {
        x[i] = copysign(pm_larger(fabs(x[i]) - by, 0.0), x[i]);
    }
}

size_t pm_take_average(const pm_first_order_options *o, double *mean, size_t count, const double *x,
                       size_t n, size_t t)
{
    const size_t period = o->averaging == PM_SWA_AVERAGE ? o->averaging_period : 1;
    if (t < o->averaging_start || (t - o->averaging_start) % period != 0) {
        return count;
    }
    if (count == 0) {
        memcpy(mean, x, n * sizeof *mean);
        return 1;
    }
    const double d = o->averaging_decay, points = (double)(count + 1);
    const double weight =
        o->averaging == PM_EMA_AVERAGE ? (1.0 - d) / (1.0 - pow(d, points)) : 1.0 / points;
    for (size_t i = 0; i < n; ++i) {
        mean[i] += weight * (x[i] - mean[i]);
    }
    return count + 1;
}
