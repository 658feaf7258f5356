#include "methods/global/annealing/visiting.h"

#include "base/bounds.h"
#include "base/vectors.h"

#include <assert.h>
#include <float.h>
#include <string.h>

const char *const pm_visiting_names[PM_VISIT_COUNT] = {"adaptive", "gaussian", "cauchy", "tsallis"};

/* Corana et al.: a step is kept while 40 to 60 % of its moves are accepted; step_factor is c_u. */
static const double low_rate = 0.4, high_rate = 0.6, step_factor = 2.0;

/* The longest move of a coordinate where the box is open, relative to max(|x0|, 1), and the largest
 * factor of a difference. */
static const double open_reach = 1e3, difference_reach = 10.0;

enum { REMEMBERED = 50 }; /* points of a chain, one per sweep: of about the present temperature */

enum { LENGTHS, PARTNERS }; /* streams of random numbers */

void pm_visiting_layout(pm_visiting *s, pm_arena *a, const pm_task *task, int distribution,
                        double q, size_t chains)
{
    const bool adaptive = distribution == PM_VISIT_ADAPTIVE;
    const size_t n = s->n = task->n;

    s->task = task;
    s->distribution = distribution;
    s->q = distribution == PM_VISIT_TSALLIS ? q : distribution == PM_VISIT_CAUCHY ? 2.0 : 1.0;
    s->chains = chains;
    s->kinds = n == 1 ? 1 : adaptive ? n + 1 : pm_times(2, n);
    s->lower = task->lower;
    s->upper = task->upper;
    s->integer = task->integer;
    s->width = PM_TAKE(a, double, n);
    s->reach = PM_TAKE(a, double, s->kinds);
    s->v = PM_TAKE(a, double, adaptive ? pm_times(chains, s->kinds) : 0);
    s->accepted = PM_TAKE(a, size_t, pm_times(chains, s->kinds));
    s->memory = PM_TAKE(a, double, adaptive ? pm_times(chains, pm_times(REMEMBERED, n)) : 0);
}

void pm_visiting_start(pm_visiting *s, const pm_task *task, double step)
{
    s->step = step;
    s->lengths = pm_rng_stream(task->key, LENGTHS);
    s->partners = pm_rng_stream(task->key, PARTNERS);
    for (size_t i = 0; i < s->n; ++i) {
        const double width = s->upper[i] - s->lower[i], scale = fmax(fabs(task->x0[i]), 1.0);
        s->width[i] = width < HUGE_VAL ? width : scale;
        s->reach[i] = width < HUGE_VAL ? width : open_reach * scale;
    }
    for (size_t h = s->n; h < s->kinds; ++h) {
        s->reach[h] = difference_reach;
    }
    pm_visiting_reset(s);
}

void pm_visiting_reset(pm_visiting *s)
{
    s->kind = s->moves = s->remembered = 0;
    memset(s->accepted, 0, s->chains * s->kinds * sizeof *s->accepted);
    for (size_t k = 0; s->distribution == PM_VISIT_ADAPTIVE && k < s->chains * s->kinds; ++k) {
        const size_t h = k % s->kinds;
        s->v[k] = h < s->n ? s->step * s->width[h] : 1.0;
    }
}

/* ------------------------------------------------------------------------------- random lengths --- */

/* A gamma variate of shape a + 1, a > 0: G. Marsaglia & W. W. Tsang, "A simple method for
 * generating gamma variables", ACM TOMS 26 (2000) 363. */
static double gamma_above_one(pm_rng *r, double a)
{
    const double d = a + 2.0 / 3.0, c = 1.0 / sqrt(9.0 * d);

    for (;;) {
        const double z = pm_rng_normal(r), root = 1.0 + c * z, v = root * root * root;
        const double u = 1.0 - pm_rng_uniform(r);
        if (root > 0.0 && log(u) < 0.5 * z * z + d - d * v + d * log(v)) {
            return d * v;
        }
    }
}

/* log(chi^2_nu / nu).  A gamma variate of shape a is one of shape a + 1 times u^(1/a) (section 6 of
 * the same paper); the logarithm is used because the power underflows where a = nu / 2 is small. */
static double log_chi_squared_share(pm_rng *r, double nu)
{
    const double g = gamma_above_one(r, 0.5 * nu), u = 1.0 - pm_rng_uniform(r);
    return log(2.0 * g / nu) + 2.0 / nu * log(u);
}

double pm_visiting_factor(pm_rng *r, double q)
{
    const double unit = 1.0 / sqrt(3.0 - q);

    if (q == 1.0) {
        return unit;
    }
    if (q == 2.0) { /* one degree of freedom: the square of a normal variate */
        return unit / fmax(fabs(pm_rng_normal(r)), DBL_MIN);
    }
    /* At most the square root of the largest number, so that products with it do not overflow. */
    const double log_w = log_chi_squared_share(r, (3.0 - q) / (q - 1.0));
    return unit * exp(fmin(-0.5 * log_w, 0.5 * log(DBL_MAX)));
}

/* A move of typical length v, at most `reach`.  With u uniform on [-1, 1), u / (1 - |u|) has the
 * tail of a Cauchy variate, P(> t) = 1 / (1 + t), at the cost of one division; v / reach added to
 * the denominator cuts the tail off where a move spans the box. */
static double heavy_tailed(pm_rng *r, double v, double reach)
{
    const double u = 2.0 * pm_rng_uniform(r) - 1.0;
    return v * u / (1.0 - fabs(u) + v / reach);
}

/* --------------------------------------------------------------------------------------- moves ----- */

/* y, reflected at the walls until it is in the box. */
static double reflected(double y, double lower, double upper)
{
    const double width = upper - lower;

    if (width < HUGE_VAL) {
        const double t = fmod(fabs(y - lower), 2.0 * width);
        y = t <= width ? lower + t : upper - (t - width);
    } else {
        y = y < lower ? lower + (lower - y) : upper - (y - upper);
    }
    return pm_clip(y, lower, upper);
}

static double moved(const pm_visiting *s, size_t i, double x, double length)
{
    const double y = x + length;
    return y >= s->lower[i] && y <= s->upper[i] ? y : reflected(y, s->lower[i], s->upper[i]);
}

static bool is_integer(const pm_visiting *s, size_t i)
{
    return s->integer != NULL && s->integer[i];
}

static double moved_alone(const pm_visiting *s, size_t i, double x, double length)
{
    if (is_integer(s, i)) {
        length = fabs(length) < 1.0 ? copysign(1.0, length) : round(length);
    }
    return moved(s, i, x, length);
}

/* Draws two different places of the memory; the points stored there can still be equal. */
static void move_along_difference(pm_visiting *s, size_t c, double *x)
{
    const size_t count = s->remembered < REMEMBERED ? s->remembered : REMEMBERED;
    assert(count >= 2);
    const size_t j = pm_rng_below(&s->partners, count);
    const size_t k = (j + 1 + pm_rng_below(&s->partners, count - 1)) % count;
    const double *memory = s->memory + c * REMEMBERED * s->n;
    const double *p = memory + j * s->n, *q = memory + k * s->n;
    const double length = heavy_tailed(&s->lengths, s->v[c * s->kinds + s->n], s->reach[s->n]);

    for (size_t i = 0; i < s->n; ++i) {
        x[i] = moved(s, i, x[i], length * (p[i] - q[i]));
    }
}

static void adaptive_move(pm_visiting *s, size_t c, double *x)
{
    const size_t h = s->kind;

    if (h == s->n) {
        move_along_difference(s, c, x);
    } else {
        const double length = heavy_tailed(&s->lengths, s->v[c * s->kinds + h], s->reach[h]);
        x[h] = moved_alone(s, h, x[h], length);
    }
}

/* Limits a length to 1e9 widths of the box, since rounding leaves nothing of a longer move after
 * its reflections; where the box is open, to the reach. */
static double visiting_length(pm_visiting *s, size_t i, double factor)
{
    const double length = s->step * s->width[i] * factor * pm_rng_normal(&s->lengths);
    const double most = s->upper[i] - s->lower[i] < HUGE_VAL ? 1e9 * s->width[i] : s->reach[i];
    return pm_clip(length, -most, most);
}

static void generalised_move(pm_visiting *s, double T, double *x)
{
    const double factor = pow(T, 1.0 / (3.0 - s->q)) * pm_visiting_factor(&s->lengths, s->q);

    if (s->kind < s->n) {
        x[s->kind] = moved_alone(s, s->kind, x[s->kind], visiting_length(s, s->kind, factor));
        return;
    }
    for (size_t i = 0; i < s->n; ++i) {
        x[i] = moved(s, i, x[i], visiting_length(s, i, factor));
    }
}

void pm_visiting_propose(pm_visiting *s, size_t c, double T, const double *x, double *y)
{
    memcpy(y, x, s->n * sizeof *y);
    if (s->distribution == PM_VISIT_ADAPTIVE) {
        adaptive_move(s, c, y);
    } else {
        generalised_move(s, T, y);
    }
}

void pm_visiting_accepted(pm_visiting *s, size_t c)
{
    s->accepted[c * s->kinds + s->kind] += 1;
}

/* After the moves of single coordinates, stores the points of the chains.  The move along a
 * difference is left out of the sweep until two points are stored. */
static void remember(pm_visiting *s, const double *x)
{
    const size_t place = s->remembered++ % REMEMBERED;

    for (size_t c = 0; c < s->chains && !pm_pass_called_off(s->task, s->chains * s->n); ++c) {
        memcpy(s->memory + (c * REMEMBERED + place) * s->n, x + c * s->n, s->n * sizeof *x);
    }
    if (s->remembered < 2) {
        s->kind = s->kinds;
    }
}

bool pm_visiting_next(pm_visiting *s, const double *x)
{
    if (++s->kind == s->n && s->distribution == PM_VISIT_ADAPTIVE) {
        remember(s, x);
    }
    if (s->kind < s->kinds) {
        return false;
    }
    s->kind = 0;
    s->moves += 1;
    return true;
}

/* Corana et al., step 5; `rate` is the share of accepted moves. */
static double adapted(double v, double rate)
{
    if (rate > high_rate) {
        return v * (1.0 + step_factor * (rate - high_rate) / (1.0 - high_rate));
    }
    if (rate < low_rate) {
        return v / (1.0 + step_factor * (low_rate - rate) / low_rate);
    }
    return v;
}

double pm_visiting_adapt(pm_visiting *s)
{
    size_t first = 0;

    for (size_t k = 0; k < s->chains * s->kinds; ++k) {
        const size_t h = k % s->kinds;
        if (h == 0 && pm_pass_called_off(s->task, s->chains * s->kinds)) {
            break;
        }
        first += k < s->kinds ? s->accepted[k] : 0;
        if (s->distribution == PM_VISIT_ADAPTIVE) {
            const double v = adapted(s->v[k], (double)s->accepted[k] / (double)s->moves);
            /* Shorter steps make no difference to a whole-numbered variable: it moves by 1. */
            const double least = h < s->n && is_integer(s, h) ? 0.5 : DBL_EPSILON * s->reach[h];
            s->v[k] = pm_clip(v, least, s->reach[h]);
        }
        s->accepted[k] = 0;
    }
    const double share = (double)first / (double)(s->kinds * s->moves);
    s->moves = 0;
    return share;
}
