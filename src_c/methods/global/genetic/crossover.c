#include "methods/global/genetic/crossover.h"

#include "base/bounds.h"
#include "base/vectors.h"

#include <float.h>
#include <math.h>
#include <string.h>

void pm_crossover_layout(pm_crossover *c, pm_arena *a, size_t n)
{
    c->n = n;
    c->roomy = exp2(53.0 / (c->eta + 1.0));
    c->mean = PM_TAKE(a, double, n);
    c->vertex = PM_TAKE(a, double, n);
    c->weight = PM_TAKE(a, double, n + 1);
}

size_t pm_crossover_parents(pm_crossover_kind kind, size_t n, size_t count)
{
    const bool whole = kind == PM_CROSS_SIMPLEX || kind == PM_CROSS_ENSEMBLE;
    const size_t wanted = whole ? n + 1 : kind == PM_CROSS_PARENT_CENTRIC ? 3 : 2;
    return wanted < count ? wanted : count;
}

/* -------------------------------------------------------------------------- gene by gene ------ */

/* x^(1 / power) for x on [0, 1], to a few units in the last place, and faster than pow. */
static double root(double x, double power)
{
    return exp(log(x) / power);
}

/* Deb & Agrawal 1995: the ratio beta of the spread of two children to that of their parents, at
 * most `room`, for u uniform on [0, 1).  From c->roomy on the walls make no difference, and the
 * power is not computed. */
static double spread_factor(const pm_crossover *c, double u, double room)
{
    const double power = c->eta + 1.0;
    const double alpha = room < c->roomy ? 2.0 - pow(room, -power) : 2.0;
    const double ua = u * alpha;
    const double contraction = root(ua <= 1.0 ? ua : 2.0 - ua, power);
    return ua <= 1.0 ? contraction : 1.0 / contraction;
}

/* One of the genes that two children would have; `upper`: the larger one. */
static double crossed(const pm_crossover *c, size_t i, double a, double b, bool upper, pm_rng *rng)
{
    const double low = a < b ? a : b, high = a < b ? b : a, spread = high - low;
    const double wall = fmin(low - c->lower[i], c->upper[i] - high);
    const double u = pm_rng_uniform(rng);

    if (!(spread > 0.0)) {
        return a;
    }
    const double beta = spread_factor(c, u, 1.0 + 2.0 * wall / spread);
    const double middle = low + 0.5 * spread, half = 0.5 * beta * spread;
    return pm_clip(upper ? middle + half : middle - half, c->lower[i], c->upper[i]);
}

/* Two bits of a word for each gene: whether it is crossed, and which of the two children gets
 * it. */
static void cross_sbx(const pm_crossover *c, const double *a, const double *b, pm_rng *rng,
                      double *child)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < c->n; ++i, bits >>= 2) {
        if (i % 32 == 0) {
            bits = pm_rng_word(rng);
        }
        child[i] = (bits & 1) != 0 ? crossed(c, i, a[i], b[i], (bits & 2) != 0, rng) : a[i];
    }
}

/* Uniform on the interval between both genes, extended by the share `alpha` at either end. */
static void cross_blend(const pm_crossover *c, const double *a, const double *b, pm_rng *rng,
                        double *child)
{
    for (size_t i = 0; i < c->n; ++i) {
        const double t = (1.0 + 2.0 * c->alpha) * pm_rng_uniform(rng) - c->alpha;
        child[i] = pm_clip(a[i] + t * (b[i] - a[i]), c->lower[i], c->upper[i]);
    }
}

static void cross_arithmetic(const pm_crossover *c, const double *a, const double *b, pm_rng *rng,
                             double *child)
{
    const double t = pm_rng_uniform(rng);
    for (size_t i = 0; i < c->n; ++i) {
        child[i] = pm_clip(a[i] + t * (b[i] - a[i]), c->lower[i], c->upper[i]);
    }
}

static void cross_uniform(const pm_crossover *c, const double *a, const double *b, pm_rng *rng,
                          double *child)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < c->n; ++i, bits >>= 1) {
        if (i % 64 == 0) {
            bits = pm_rng_word(rng);
        }
        child[i] = (bits & 1) != 0 ? b[i] : a[i];
    }
}

/* ----------------------------------------------------------------------------- as vectors ----- */

static const double sqrt_three = 1.7320508075688772;

/* Uniform variates of mean 0 and variance 1, two from one word with 32 bits each. */
typedef struct {
    pm_rng *rng;
    uint64_t word;
    bool half;
} variates;

static double variate(variates *v)
{
    v->word = v->half ? v->word >> 32 : pm_rng_word(v->rng);
    v->half = !v->half;
    return sqrt_three * ((double)(v->word & 0xFFFFFFFFu) * 0x1p-31 - (1.0 - 0x1p-32));
}

static void mean_of(const double *x, size_t n, const size_t *parents, size_t count, double *mean)
{
    memset(mean, 0, n * sizeof *mean);
    for (size_t k = 0; k < count; ++k) {
        pm_add(mean, 1.0 / (double)count, x + parents[k] * n, n);
    }
}

/* Tsutsui et al. 1999: vertices are moved away from the mean O of m parents by the factor epsilon =
 * sqrt(m + 1), which preserves the covariance; then Y_k + C_k with C_k = r_(k-1) (Y_(k-1) - Y_k +
 * C_(k-1)), r_k = u^(1 / (k + 1)), is uniform in the simplex. */
static void cross_simplex(const pm_crossover *c, const double *x, const size_t *parents,
                          size_t count, pm_rng *rng, double *child)
{
    const size_t n = c->n;
    const double epsilon = c->spread * sqrt((double)count + 1.0);
    const double *O = c->mean;
    double *C = child, *Y = c->vertex;

    mean_of(x, n, parents, count, c->mean);
    for (size_t k = 0; k < count; ++k) {
        const double *p = x + parents[k] * n;
        const double r = k == 0 ? 0.0 : root(pm_rng_uniform(rng), (double)k);
        for (size_t i = 0; i < n; ++i) {
            const double next = O[i] + epsilon * (p[i] - O[i]);
            C[i] = k == 0 ? 0.0 : r * (Y[i] - next + C[i]);
            Y[i] = next;
        }
    }
    for (size_t i = 0; i < n; ++i) {
        child[i] = Y[i] + C[i];
    }
}

/* Mean distance of the other parents from the line through the first, p, along d. */
static double distance_across(const double *x, size_t n, const size_t *parents, size_t count,
                              const double *d, double d_d)
{
    const double *p = x + parents[0] * n;
    double sum = 0.0;

    for (size_t k = 1; k < count; ++k) {
        const double *q = x + parents[k] * n;
        double e_e = 0.0, e_d = 0.0;
        for (size_t i = 0; i < n; ++i) {
            const double e = q[i] - p[i];
            e_e += e * e;
            e_d += e * d[i];
        }
        sum += sqrt(fmax(0.0, e_e - e_d * (e_d / d_d)));
    }
    return sum / (double)(count - 1);
}

/* Deb et al. 2002, equation 4: p + w_zeta d + sum of w_eta D e_i over directions e_i across d,
 * here drawn along all axes, with the component along d removed. */
static void cross_parent_centric(const pm_crossover *c, const double *x, const size_t *parents,
                                 size_t count, pm_rng *rng, double *child)
{
    const size_t n = c->n;
    const double scale = 1.2 * c->spread / sqrt((double)n);
    const double *p = x + parents[0] * n;
    double *d = c->mean, d_d = 0.0, along = 0.0;
    variates w = {.rng = rng};

    mean_of(x, n, parents, count, c->mean);
    for (size_t i = 0; i < n; ++i) {
        d[i] = p[i] - d[i];
        d_d += d[i] * d[i];
    }
    if (!(d_d >= DBL_MIN)) { /* the first parent is the mean, as when all are equal */
        memcpy(child, p, n * sizeof *child);
        return;
    }
    const double across = n > 1 ? scale * distance_across(x, n, parents, count, d, d_d) : 0.0;
    for (size_t i = 0; i < n; ++i) {
        child[i] = across * variate(&w);
        along += child[i] * d[i];
    }
    const double t = scale * variate(&w) - along / d_d;
    for (size_t i = 0; i < n; ++i) {
        child[i] += p[i] + t * d[i];
    }
}

/* y += a (p - q) */
static void add_difference(double *PM_RESTRICT y, double a, const double *PM_RESTRICT p,
                           const double *PM_RESTRICT q, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        y[i] += a * (p[i] - q[i]);
    }
}

/* The first parent plus weighted differences of m parents from their mean, with weights of variance
 * 1 / (m - 1).  When the mean of the weights is subtracted, the mean of the parents drops out, and
 * differences from the first parent give the same sum; these keep their digits where the population
 * is narrow. */
static void cross_ensemble(const pm_crossover *c, const double *x, const size_t *parents,
                           size_t count, pm_rng *rng, double *child)
{
    const size_t n = c->n;
    const double scale = count > 1 ? c->spread / sqrt((double)count - 1.0) : 0.0;
    const double *p = x + parents[0] * n;
    double sum = 0.0;
    variates w = {.rng = rng};

    for (size_t k = 0; k < count; ++k) {
        c->weight[k] = scale * variate(&w);
        sum += c->weight[k];
    }
    memset(child, 0, n * sizeof *child);
    for (size_t k = 1; k < count; ++k) {
        add_difference(child, c->weight[k] - sum / (double)count, x + parents[k] * n, p, n);
    }
    pm_add(child, 1.0, p, n);
}

static void keep_inside(const pm_crossover *c, double *x)
{
    for (size_t i = 0; i < c->n; ++i) {
        const double low = c->lower[i], high = c->upper[i];
        if (!(x[i] >= low && x[i] <= high)) {
            x[i] = pm_clip(x[i] < low ? low + (low - x[i]) : high - (x[i] - high), low, high);
        }
    }
}

void pm_cross(const pm_crossover *c, pm_crossover_kind kind, const double *x, const size_t *parents,
              size_t count, pm_rng *rng, double *child)
{
    const double *a = x + parents[0] * c->n, *b = x + parents[count > 1] * c->n;

    switch (kind) {
    case PM_CROSS_SBX:
        cross_sbx(c, a, b, rng, child);
        return;
    case PM_CROSS_BLEND:
        cross_blend(c, a, b, rng, child);
        return;
    case PM_CROSS_ARITHMETIC:
        cross_arithmetic(c, a, b, rng, child);
        return;
    case PM_CROSS_UNIFORM:
        cross_uniform(c, a, b, rng, child);
        return;
    case PM_CROSS_SIMPLEX:
        cross_simplex(c, x, parents, count, rng, child);
        break;
    case PM_CROSS_PARENT_CENTRIC:
        cross_parent_centric(c, x, parents, count, rng, child);
        break;
    case PM_CROSS_ENSEMBLE:
        cross_ensemble(c, x, parents, count, rng, child);
        break;
    }
    keep_inside(c, child);
}
