#include "methods/derivative_free/interpolation.h"

#include "base/vectors.h"

#include <string.h>

void pm_interpolation_layout(pm_interpolation *q, pm_arena *a, const pm_task *task, size_t most)
{
    const size_t n = q->n = task->n, stride = q->stride = most + n + 1;

    q->task = task;
    q->most = most;
    q->y = PM_TAKE(a, double, pm_times(most, n));
    q->f = PM_TAKE(a, double, most);
    q->K = PM_TAKE(a, double, pm_times(stride, stride));
    q->g = PM_TAKE(a, double, n);
    q->H = PM_TAKE(a, double, pm_times(n, n));
    q->w = PM_TAKE(a, double, most);
    q->v = PM_TAKE(a, double, stride);
    q->Kv = PM_TAKE(a, double, stride);
    q->column = PM_TAKE(a, double, stride);
    q->pivots = PM_TAKE(a, size_t, stride);
}

static size_t order(const pm_interpolation *q)
{
    return q->n + 1 + q->m;
}

/* Called before each row of H, Y or K; counts each as a row of K, the longest. */
static bool called_off(const pm_interpolation *q)
{
    return pm_pass_called_off(q->task, order(q));
}

/* Row, and by symmetry column, of point t in K: the constant, the gradient, the weights. */
static double *row_of(const pm_interpolation *q, size_t t)
{
    return q->K + (q->n + 1 + t) * q->stride;
}

/* H += a y y' */
static void add_square(pm_interpolation *q, double a, const double *y)
{
    for (size_t i = 0; i < q->n && !called_off(q); ++i) {
        pm_add(q->H + i * q->n, a * y[i], y, q->n);
    }
}

/* ------------------------------------------------------------------------------------------ the model --- */

pm_hessian pm_interpolation_hessian(const pm_interpolation *q)
{
    return (pm_hessian){.task = q->task, .n = q->n, .m = q->m, .H = q->H, .w = q->w, .y = q->y};
}

void pm_interpolation_gradient(const pm_interpolation *q, double *g)
{
    const pm_hessian B = pm_interpolation_hessian(q);

    pm_hessian_times(&B, q->y + q->best * q->n, g);
    pm_add(g, 1.0, q->g, q->n);
}

double pm_interpolation_change(const pm_interpolation *q, const double *g, const double *d)
{
    double curved = 0.0;

    for (size_t i = 0; i < q->n && !called_off(q); ++i) {
        curved += d[i] * pm_dot(q->H + i * q->n, d, q->n);
    }
    for (size_t j = 0; j < q->m && !called_off(q); ++j) {
        const double yd = pm_dot(q->y + j * q->n, d, q->n);
        curved += q->w[j] * yd * yd;
    }
    return pm_dot(g, d, q->n) + 0.5 * curved;
}

/* Q(y) without its constant. */
static double value(const pm_interpolation *q, const double *y)
{
    return pm_interpolation_change(q, q->g, y);
}

static void fit(pm_interpolation *q)
{
    const size_t n = q->n, m = q->m;
    const double f = q->f[q->best], Q = value(q, q->y + q->best * n);

    for (size_t j = 0; j < m && !pm_pass_called_off(q->task, n * n); ++j) {
        q->v[j] = (q->f[j] - f) - (value(q, q->y + j * n) - Q);
    }
    for (size_t i = 0; i < n && !called_off(q); ++i) {
        q->g[i] += pm_dot(q->K + (1 + i) * q->stride + n + 1, q->v, m);
    }
    for (size_t j = 0; j < m && !called_off(q); ++j) {
        q->w[j] += pm_dot(row_of(q, j) + n + 1, q->v, m);
    }
}

void pm_interpolation_centre(pm_interpolation *q)
{
    const size_t n = q->n;

    pm_interpolation_gradient(q, q->v);
    memcpy(q->g, q->v, n * sizeof *q->g);
    for (size_t j = 0; j < q->m && !pm_pass_called_off(q->task, n * n); ++j) {
        add_square(q, q->w[j], q->y + j * n);
        q->w[j] = 0.0;
    }
    memcpy(q->v, q->y + q->best * n, n * sizeof *q->v);
    for (size_t j = 0; j < q->m && !called_off(q); ++j) {
        pm_add(q->y + j * n, -1.0, q->v, n);
    }
}

/* --------------------------------------------------------------------------------- Lagrange functions --- */

/* Gauss & Jordan's inverse in place, with row pivoting; false if a pivot is negligible compared
 * with 1, the size of the elements. */
static bool invert(pm_interpolation *q)
{
    const size_t size = order(q), stride = q->stride;
    double *K = q->K;

    for (size_t k = 0; k < size && !pm_pass_called_off(q->task, size * size); ++k) {
        double *row = K + k * stride;
        size_t p = k;
        for (size_t i = k + 1; i < size; ++i) {
            p = fabs(K[i * stride + k]) > fabs(K[p * stride + k]) ? i : p;
        }
        q->pivots[k] = p;
        if (!(fabs(K[p * stride + k]) > 1e-14)) {
            return false;
        }
        for (size_t j = 0; p != k && j < size; ++j) {
            const double swapped = row[j];
            row[j] = K[p * stride + j];
            K[p * stride + j] = swapped;
        }
        const double inverse = 1.0 / row[k];
        row[k] = 1.0;
        for (size_t j = 0; j < size; ++j) {
            row[j] *= inverse;
        }
        for (size_t i = 0; i < size && !called_off(q); ++i) {
            const double factor = K[i * stride + k];
            if (i != k && factor != 0.0) {
                K[i * stride + k] = 0.0;
                pm_add(K + i * stride, -factor, row, size);
            }
        }
    }
    for (size_t k = size;
         k-- > 0 && !called_off(q);) { /* the rows were exchanged: now the columns of the inverse */
        const size_t p = q->pivots[k];
        for (size_t i = 0; p != k && i < size; ++i) {
            const double swapped = K[i * stride + k];
            K[i * stride + k] = K[i * stride + p];
            K[i * stride + p] = swapped;
        }
    }
    return true;
}

/* The distances of the points differ widely, so W is scaled before it is inverted.  With
 * r_j = |y_j|, and r the least of them, the elements of D W D are at most 1 in size, where
 * D = diag(r^2, r, .., 1 / r_j^2, ..).  Writes D to v; false if two points are equal. */
static bool scales(pm_interpolation *q)
{
    const size_t n = q->n;
    double least = HUGE_VAL, *D = q->v;

    for (size_t j = 0; j < q->m && !called_off(q); ++j) {
        const double *y = q->y + j * n, square = pm_dot(y, y, n);
        D[n + 1 + j] = 1.0 / square;
        if (j != q->best) {
            least = fmin(least, square);
        }
    }
    D[0] = least;
    for (size_t i = 0; i < n; ++i) {
        D[1 + i] = sqrt(least);
    }
    D[n + 1 + q->best] = 1.0 / least; /* the best point is the origin: its r_j is 0 */
    return least > 0.0;
}

static bool form(pm_interpolation *q)
{
    const size_t n = q->n, m = q->m, size = order(q);
    const double *D = q->v;

    if (!scales(q)) {
        return false;
    }
    for (size_t i = 0; i <= n && !called_off(q); ++i) {
        memset(q->K + i * q->stride, 0, (n + 1) * sizeof *q->K);
    }
    for (size_t j = 0; j < m && !pm_pass_called_off(q->task, n * m); ++j) {
        const double *y = q->y + j * n;
        double *row = row_of(q, j);
        row[0] = 1.0;
        memcpy(row + 1, y, n * sizeof *y);
        for (size_t i = 0; i < m && !called_off(q); ++i) {
            const double yy = pm_dot(y, q->y + i * n, n);
            row[n + 1 + i] = 0.5 * yy * yy;
        }
        for (size_t i = 0; i < size; ++i) {
            row[i] *= D[n + 1 + j] * D[i];
        }
        for (size_t i = 0; i <= n; ++i) {
            q->K[i * q->stride + n + 1 + j] = row[i];
        }
    }
    if (!invert(q)) {
        return false;
    }
    for (size_t i = 0; i < size && !called_off(q); ++i) {
        for (size_t j = 0; j < size; ++j) {
            q->K[i * q->stride + j] *= D[i] * D[j];
        }
    }
    return true;
}

bool pm_interpolation_renew(pm_interpolation *q)
{
    pm_interpolation_centre(q);
    if (!form(q)) {
        return false;
    }
    fit(q);
    return true;
}

pm_hessian pm_interpolation_lagrange(pm_interpolation *q, size_t t, double sign, double *g)
{
    const size_t n = q->n;
    const double *row = row_of(q, t);
    const pm_hessian B = {.task = q->task, .n = n, .m = q->m, .w = q->column, .y = q->y};

    for (size_t j = 0; j < q->m; ++j) {
        q->column[j] = sign * row[n + 1 + j];
    }
    pm_hessian_times(&B, q->y + q->best * n, g);
    pm_add(g, sign, row + 1, n);
    return B;
}

/* K w(y_best) is the unit vector of the best point, so K w(y) = e_best + K v with
 * v = w(y) - w(y_best), which loses fewer digits (Powell 2004, section 4). */
double pm_interpolation_probe(pm_interpolation *q, const double *d)
{
    const size_t n = q->n, size = order(q);
    const double *best = q->y + q->best * n;
    const double bb = pm_dot(best, best, n), bd = pm_dot(best, d, n), dd = pm_dot(d, d, n);

    q->v[0] = 0.0;
    memcpy(q->v + 1, d, n * sizeof *d);
    for (size_t j = 0; j < q->m && !called_off(q); ++j) {
        const double *y = q->y + j * n;
        const double yd = pm_dot(y, d, n);
        q->v[n + 1 + j] = yd * (pm_dot(y, best, n) + 0.5 * yd);
    }
    for (size_t i = 0; i < size && !called_off(q); ++i) {
        q->Kv[i] = pm_dot(q->K + i * q->stride, q->v, size);
    }
    /* (|y|^4 + |b|^4) / 2 - (b'y)^2 for y = b + d, in which the terms in |b|^4 cancel */
    const double beta = dd * (bb + 2.0 * bd + 0.5 * dd) + bd * bd - pm_dot(q->v, q->Kv, size);
    q->Kv[n + 1 + q->best] += 1.0;
    return beta;
}

double pm_interpolation_tau(const pm_interpolation *q, size_t t)
{
    return q->Kv[q->n + 1 + t];
}

double pm_interpolation_sigma(const pm_interpolation *q, size_t t, double beta)
{
    const double alpha = row_of(q, t)[q->n + 1 + t], tau = pm_interpolation_tau(q, t);
    return alpha * beta + tau * tau;
}

/* Powell 2004, eq. (4.11):  K += (alpha a a' - beta c c' + tau (c a' + a c')) / sigma, with
 * a = e_t - K w, c = K e_t, alpha = c_t and tau = (K w)_t. */
static void exchange(pm_interpolation *q, size_t t, double beta)
{
    const size_t size = order(q), p = q->n + 1 + t;
    double *a = q->v, *c = q->column;
    const double sigma = pm_interpolation_sigma(q, t, beta), tau = q->Kv[p];

    memcpy(c, row_of(q, t), size * sizeof *c);
    for (size_t i = 0; i < size; ++i) {
        a[i] = -q->Kv[i];
    }
    a[p] += 1.0;
    const double alpha = c[p];
    for (size_t i = 0; i < size && !called_off(q); ++i) {
        const double to_a = (alpha * a[i] + tau * c[i]) / sigma;
        const double to_c = (tau * a[i] - beta * c[i]) / sigma;
        double *row = q->K + i * q->stride;
        for (size_t j = 0; j < size; ++j) {
            row[j] += to_a * a[j] + to_c * c[j];
        }
    }
}

/* The inverse of the bordered W: K + K w w'K / beta, with the border -K w / beta and 1 / beta. */
static void border(pm_interpolation *q, double beta)
{
    const size_t size = order(q);
    double *last = row_of(q, q->m);

    for (size_t i = 0; i < size && !called_off(q); ++i) {
        const double share = q->Kv[i] / beta;
        pm_add(q->K + i * q->stride, share, q->Kv, size);
        last[i] = q->K[i * q->stride + size] = -share;
    }
    last[size] = 1.0 / beta;
}

void pm_interpolation_take(pm_interpolation *q, size_t t, const double *d, double f, double beta)
{
    const size_t n = q->n;
    double *y = q->y + t * n;

    pm_interpolation_gradient(q, q->column);
    const double error =
        (f - q->f[q->best]) - pm_interpolation_change(q, q->column, d); /* of the model there */
    if (t < q->m) {
        exchange(q, t, beta);
        add_square(q, q->w[t], y);
    } else {
        border(q, beta);
        q->m += 1;
    }
    q->w[t] = 0.0;
    for (size_t i = 0; i < n; ++i) {
        y[i] = q->y[q->best * n + i] + d[i];
    }
    q->f[t] = f;
    const double *row = row_of(q, t);
    pm_add(q->g, error, row + 1, n);
    pm_add(q->w, error, row + n + 1, q->m);
    if (f < q->f[q->best]) {
        q->best = t;
    }
}
