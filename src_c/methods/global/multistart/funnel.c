#include "methods/global/multistart/funnel.h"

#include "base/cholesky.h"
#include "base/vectors.h"

#include <string.h>

/* As many minima are kept as a model with all mixed terms has coefficients, (n + 1)(n + 2) / 2, but
 * no more than this, since the time of a fit grows with the third power of their number. */
enum { MOST_FOR_SHAPE = 128 };

/* Variables beyond which the model is kept in the span of the minima: memory and time then grow
 * with n, instead of n^2 and n^3. */
enum { LARGEST_WHOLE = 200 };

/* Ends of searches nearer than this, root mean square in units of the box, are one minimum.  Values
 * are not compared, unlike in basins.h, since these searches stop early. */
static const double SAME = 0.005;

/* Factors on the width of the proposals after a search that found a known minimum, and after one
 * that found a new one; and the limits of the width. */
static const double WIDER = 2.0, NARROWER = 0.9, NARROWEST = 0.1, WIDEST = 1e3;

/* The surprise is a running mean of prediction errors: the weight of the latest error, and the
 * largest error that is counted. */
static const double LATEST = 0.1, WORST = 2.0;

/* The least curvature of the model, as a part of its largest one. */
static const double FLATTEST = 0.02;

/* The longest step from x_0 to the lowest point of the model, root mean square in units of s. */
static const double REACH = 2.0;

static size_t most_kept(size_t n)
{
    const size_t all = n < MOST_FOR_SHAPE ? (n + 1) * (n + 2) / 2 : MOST_FOR_SHAPE;
    return pm_more(PM_FUNNEL_NEEDS, pm_fewer(all, MOST_FOR_SHAPE));
}

void pm_funnel_layout(pm_funnel *s, pm_arena *a, const pm_task *task)
{
    const size_t n = s->n = task->n, most = s->capacity = most_kept(n);
    const size_t axes = n <= LARGEST_WHOLE ? n : most;

    s->task = task;
    s->whole = n <= LARGEST_WHOLE;
    s->x = PM_TAKE(a, double, pm_times(most, n));
    s->f = PM_TAKE(a, double, most);
    s->Z = PM_TAKE(a, double, pm_times(most, n));
    s->M = PM_TAKE(a, double, pm_times(most, most));
    s->alpha = PM_TAKE(a, double, most);
    s->one = PM_TAKE(a, double, most);
    s->square = PM_TAKE(a, double, most);
    s->g = PM_TAKE(a, double, n);
    s->H = PM_TAKE(a, double, pm_times(axes, axes));
    s->h = PM_TAKE(a, double, axes);
    if (!s->whole) {
        s->L = PM_TAKE(a, double, pm_times(most, most));
        s->u = PM_TAKE(a, double, most);
        s->v = PM_TAKE(a, double, most);
    }
    pm_eigen_layout(&s->eigen, a, task->linalg, axes);
}

void pm_funnel_begin(pm_funnel *s, double lambda)
{
    s->predicted = false;
    s->count = 0;
    s->lambda = lambda;
    s->width = 1.0;
}

/* ------------------------------------------------------------------------------------------ minima ------- */

static double square_distance(const double *x, const double *y, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    }
    return sum;
}

/* Index of the minimum that x is taken for, or `count` if it is new. */
static size_t known(const pm_funnel *s, const double *x)
{
    const double most = SAME * SAME * (double)s->n;
    size_t j = 0;
    while (j < s->count && square_distance(x, s->x + j * s->n, s->n) >= most) {
        ++j;
    }
    return j;
}

static void put(pm_funnel *s, size_t j, const double *x, double f)
{
    const size_t n = s->n;
    for (; j > 0 && f < s->f[j - 1]; --j) {
        s->f[j] = s->f[j - 1];
        memcpy(s->x + j * n, s->x + (j - 1) * n, n * sizeof *x);
    }
    s->f[j] = f;
    memcpy(s->x + j * n, x, n * sizeof *x);
}

static void update_surprise(pm_funnel *s, double error)
{
    s->surprise += LATEST * (fmin(error, WORST) - s->surprise);
}

void pm_funnel_add(pm_funnel *s, const double *x, double f)
{
    if (s->predicted) {
        update_surprise(s, fabs(f - s->prediction) / s->deviation);
        s->predicted = false;
    }
    if (!isfinite(f)) {
        return;
    }
    const size_t j = known(s, x);
    const bool again = j < s->count;
    if (s->count >= PM_FUNNEL_NEEDS) {
        s->width = fmin(fmax(s->width * (again ? WIDER : NARROWER), NARROWEST), WIDEST);
    }
    if (again && f < s->f[j]) {
        put(s, j, x, f);
    } else if (!again && s->count < s->capacity) {
        put(s, s->count++, x, f);
    } else if (!again && f < s->f[s->count - 1]) { /* it replaces the highest one */
        put(s, s->count - 1, x, f);
    }
}

/* ------------------------------------------------------------------------------------------- the model --- */

/* Sets Z, s and, in alpha, the values in units of their standard deviation.  False if points or
 * values do not differ. */
static bool set_units(pm_funnel *s)
{
    const size_t n = s->n, m = s->count;
    const double range = s->f[m - 1] - s->f[0]; /* divided by it, squares do not overflow */
    double distance = 0.0, mean = 0.0, square = 0.0;

    for (size_t k = 0; k < m; ++k) {
        distance += square_distance(s->x + k * n, s->x, n);
        mean += (s->f[k] - s->f[0]) / range / (double)m;
    }
    for (size_t k = 0; k < m; ++k) {
        const double above = (s->f[k] - s->f[0]) / range - mean;
        square += above * above / (double)m;
    }
    s->scale = sqrt(distance / (double)(m * n));
    s->deviation = range * sqrt(square);
    if (!(s->scale > 0.0 && s->deviation > 0.0 && s->deviation < HUGE_VAL)) {
        return false;
    }
    for (size_t k = 0; k < m; ++k) {
        s->alpha[k] = (s->f[k] - s->f[0]) / s->deviation;
        for (size_t i = 0; i < n; ++i) {
            s->Z[k * n + i] = (s->x[k * n + i] - s->x[i]) / s->scale;
        }
    }
    return true;
}

static void set_system(pm_funnel *s)
{
    const size_t n = s->n, m = s->count;

    for (size_t k = 0; k < m && !pm_pass_called_off(s->task, m * n); ++k) {
        const double *z = s->Z + k * n;
        for (size_t j = 0; j <= k; ++j) {
            const double product = pm_dot(z, s->Z + j * n, n);
            if (!s->whole && j > 0) { /* the first row of Z is 0 */
                s->L[(k - 1) * (m - 1) + j - 1] = product;
            }
            s->M[k * m + j] = product * (1.0 + 0.25 * product) / s->lambda;
        }
        s->M[k * m + k] += 1.0 + (double)k;
        s->one[k] = 1.0;
        s->square[k] = 0.5 * pm_dot(z, z, n);
    }
}

/* Solves (M B; B' 0) (alpha; c, a) = (values; 0), where the columns of B are the two terms without
 * a penalty.  With M = L L', the columns of L^-1 B are made orthogonal by Gram and Schmidt. */
static bool solve(pm_funnel *s)
{
    const size_t m = s->count;
    double *v = s->alpha, *one = s->one, *square = s->square;

    if (!pm_cholesky(s->M, m)) {
        return false;
    }
    pm_cholesky_forward(s->M, m, v);
    pm_cholesky_forward(s->M, m, one);
    pm_cholesky_forward(s->M, m, square);
    const double ones = pm_dot(one, one, m);
    pm_add(square, -pm_dot(one, square, m) / ones, one, m);
    const double squares = pm_dot(square, square, m);
    pm_add(v, -pm_dot(one, v, m) / ones, one, m);
    s->curvature = pm_dot(square, v, m) / squares;
    pm_add(v, -s->curvature, square, m);
    pm_cholesky_backward(s->M, m, v);
    return ones > 0.0 && squares > 0.0;
}

/* The residual of minimum k is (1 + k) alpha_k. */
static double root_mean_square_error(const pm_funnel *s)
{
    double sum = 0.0, weights = 0.0;
    for (size_t k = 0; k < s->count; ++k) {
        const double rank = 1.0 + (double)k;
        sum += rank * s->alpha[k] * s->alpha[k];
        weights += 1.0 / rank;
    }
    return sqrt(sum / weights);
}

/* to[axes] = L^-1 Z x: the projection of x[n] on the span, in coordinates of the span. */
static void into_span(const pm_funnel *s, const double *x, double *to)
{
    for (size_t k = 0; k < s->axes; ++k) {
        to[k] = pm_dot(s->Z + (k + 1) * s->n, x, s->n);
    }
    pm_cholesky_forward(s->L, s->axes, to);
}

/* Factors Z Z' = L L'.  The rows of Z may be linearly dependent: adding this part of the largest
 * diagonal entry makes the factor exist, and is negligible where they are not. */
static bool factor_span(pm_funnel *s)
{
    static const double PART = 1e-10;
    const size_t m = s->axes;
    double largest = 0.0;

    for (size_t k = 0; k < m; ++k) {
        largest = fmax(largest, s->L[k * m + k]);
    }
    for (size_t k = 0; k < m; ++k) {
        s->L[k * m + k] += PART * largest;
    }
    return pm_cholesky(s->L, m);
}

/* Sets g and H.  In the span, the coordinates of z_k are a row of L. */
static bool set_derivatives(pm_funnel *s)
{
    const size_t n = s->n, m = s->axes = s->whole ? n : s->count - 1;

    if (!s->whole && !factor_span(s)) {
        return false;
    }
    memset(s->g, 0, n * sizeof *s->g);
    memset(s->H, 0, m * m * sizeof *s->H);
    for (size_t k = 0; k < s->count; ++k) {
        const double *z = s->Z + k * n, part = s->alpha[k] / s->lambda;
        pm_add(s->g, part, z, n);
        if (!s->whole && k == 0) {
            continue;
        }
        const double *p = s->whole ? z : s->L + (k - 1) * m;
        const size_t length = s->whole ? n : k;
        for (size_t i = 0; i < length; ++i) {
            pm_add(s->H + i * m, 0.5 * part * p[i], p, length);
        }
    }
    for (size_t i = 0; i < m; ++i) {
        s->H[i * m + i] += s->curvature;
    }
    return true;
}

static bool fit(pm_funnel *s)
{
    if (s->count < PM_FUNNEL_NEEDS || !set_units(s)) {
        return false;
    }
    set_system(s);
    if (!solve(s)) {
        return false;
    }
    s->error = root_mean_square_error(s);
    return set_derivatives(s) && pm_eigen_solve(&s->eigen, s->axes, s->H, s->h);
}

/* Adds `scale` times a step along the axes of H to `to`: the step to the lowest point of the model
 * within reach, from where its gradient is g[axes], plus a normal one of width `wide`.  Returns the
 * change of the model. */
static double draw_along(pm_funnel *s, pm_rng *rng, double wide, const double *g, double scale,
                         double *to)
{
    const size_t m = s->axes;
    double length = 0.0, change = 0.0;

    for (size_t i = 0; i < m; ++i) {
        s->h[i] = fmax(s->h[i], s->flattest);
        const double step = pm_dot(s->H + i * m, g, m) / s->h[i];
        length += step * step;
    }
    const double shorter = fmin(1.0, REACH * sqrt((double)s->n / length));
    for (size_t i = 0; i < m; ++i) {
        const double *axis = s->H + i * m, h = s->h[i], slope = pm_dot(axis, g, m);
        const double step = wide * pm_rng_normal(rng) / sqrt(h) - shorter * slope / h;
        pm_add(to, scale * step, axis, m);
        change += (slope + 0.5 * h * step) * step;
    }
    return change;
}

/* The same in the span, and a random step orthogonal to it. */
static double draw_in_span(pm_funnel *s, pm_rng *rng, double wide, double *x)
{
    const size_t n = s->n, m = s->axes;
    const double a = fmax(s->curvature, s->flattest);
    double *across = s->g; /* g is not needed once it is in s->u */

    into_span(s, s->g, s->u);
    memset(s->v, 0, m * sizeof *s->v);
    const double change = draw_along(s, rng, wide, s->u, 1.0, s->v);
    pm_rng_normals(rng, across, n);
    into_span(s, across, s->u);
    pm_cholesky_backward(s->L, m, s->u);
    pm_cholesky_backward(s->L, m, s->v);
    for (size_t k = 0; k < m; ++k) {
        const double *z = s->Z + (k + 1) * n;
        pm_add(across, -s->u[k], z, n);
        pm_add(x, s->scale * s->v[k], z, n);
    }
    pm_add(x, s->scale * wide / sqrt(a), across, n);
    return change + 0.5 * wide * wide * pm_dot(across, across, n);
}

/* Draws x[n] and sets the prediction to the value of the model there.  False if x is not finite. */
static bool draw(pm_funnel *s, pm_rng *rng, double *x)
{
    const size_t n = s->n;
    const double largest = fmax(fabs(s->h[0]), fabs(s->h[s->axes - 1]));
    const double wide =
        s->width * pm_rng_uniform(rng) * sqrt(2.0 * fmax(s->error, 1e-6) / (double)n);

    s->flattest = FLATTEST * (s->whole ? largest : fmax(largest, fabs(s->curvature))) + 1e-9;
    memcpy(x, s->x, n * sizeof *x);
    const double change =
        s->whole ? draw_along(s, rng, wide, s->g, s->scale, x) : draw_in_span(s, rng, wide, x);
    s->prediction = s->f[0] + s->deviation * change;
    return pm_is_finite(x, n);
}

bool pm_funnel_propose(pm_funnel *s, pm_rng *rng, double *x)
{
    s->predicted = fit(s) && draw(s, rng, x);
    if (!s->predicted) {
        update_surprise(s, WORST);
    }
    return s->predicted;
}
