/* What benchmarks/large_n.py measures against: an objective, and bare loops over it.
 *
 * The loops are what one would write by hand for one problem: no line search, no limits, no best
 * point, no check of anything.  Adam runs in place and moves seven numbers per parameter and step;
 * L-BFGS has its two loops fused, so that each vector of a pair is read once per loop. Memory is
 * theirs, from the system, as a run's is.
 *
 * The objective notes when its calls begin and end: what passes in between is the solver's.
 */
#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { M = 10, LANES = 4 };

/* sum w_i (t_i^2 / 2 + t_i^4 / 4) with t = x - 1 and w_i = 1, 4, 9, .. 256^2, 1, ..; n: a multiple
 * of 4.  L-BFGS takes hundreds of steps to its minimum. */
static double separable(int n, const double *restrict x, double *restrict g)
{
    double sum[LANES] = {0.0};
    for (int i = 0; i < n; i += LANES) {
        for (int k = 0; k < LANES; ++k) {
            const double root = 1.0 + (double)((i + k) % 256), w = root * root, t = x[i + k] - 1.0;
            sum[k] += w * (0.5 * t * t + 0.25 * t * t * t * t);
            g[i + k] = w * (t + t * t * t);
        }
    }
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* notes[0] counts the calls; the beginning and the end of each follow. */
double timed(int n, double *x, double *g, void *data)
{
    double *notes = data, *call = notes + 1 + 2 * (size_t)notes[0];
    call[0] = cpu_seconds();
    const double f = separable(n, x, g);
    call[1] = cpu_seconds();
    notes[0] += 1.0;
    return f;
}

static double *vector(size_t n)
{
    return aligned_alloc(64, (n * sizeof(double) + 63) / 64 * 64);
}

static void adam_step(size_t n, double *restrict x, const double *restrict g, double *restrict m,
                      double *restrict v, double debias1, double debias2)
{
    for (size_t i = 0; i < n; ++i) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
        x[i] -= 1e-3 * (m[i] * debias1) / (sqrt(v[i] * debias2) + 1e-8);
    }
}

double bare_adam(size_t n, int steps, double *notes)
{
    double *x = vector(n), *g = vector(n), *m = vector(n), *v = vector(n), f = 0.0;
    double beta1_t = 1.0, beta2_t = 1.0;

    memset(x, 0, n * sizeof *x);
    memset(m, 0, n * sizeof *m);
    memset(v, 0, n * sizeof *v);
    for (int t = 0; t < steps; ++t) {
        f = timed((int)n, x, g, notes);
        beta1_t *= 0.9;
        beta2_t *= 0.999;
        adam_step(n, x, g, m, v, 1.0 / (1.0 - beta1_t), 1.0 / (1.0 - beta2_t));
    }
    free(x);
    free(g);
    free(m);
    free(v);
    return f;
}

static double dot(size_t n, const double *restrict a, const double *restrict b)
{
    double sum[LANES] = {0.0};
    for (size_t i = 0; i < n; i += LANES) {
        for (size_t k = 0; k < LANES; ++k) {
            sum[k] += a[i + k] * b[i + k];
        }
    }
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* d = scale d + a v, then d'w: four words per coordinate. */
static double add_dot(size_t n, double scale, double *restrict d, double a,
                      const double *restrict v, const double *restrict w)
{
    double sum[LANES] = {0.0};
    for (size_t i = 0; i < n; i += LANES) {
        for (size_t k = 0; k < LANES; ++k) {
            d[i + k] = scale * (d[i + k] + a * v[i + k]);
            sum[k] += d[i + k] * w[i + k];
        }
    }
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* s = x - x_old, y = g - g_old, and the old ones become the new; writes s'y and y'y. */
static void form_pair(size_t n, const double *restrict x, const double *restrict g,
                      double *restrict x_old, double *restrict g_old, double *restrict s,
                      double *restrict y, double *sy, double *yy)
{
    double sums[2][LANES] = {{0.0}};
    for (size_t i = 0; i < n; i += LANES) {
        for (size_t k = 0; k < LANES; ++k) {
            const double ds = x[i + k] - x_old[i + k], dy = g[i + k] - g_old[i + k];
            s[i + k] = ds;
            y[i + k] = dy;
            x_old[i + k] = x[i + k];
            g_old[i + k] = g[i + k];
            sums[0][k] += ds * dy;
            sums[1][k] += dy * dy;
        }
    }
    *sy = (sums[0][0] + sums[0][2]) + (sums[0][1] + sums[0][3]);
    *yy = (sums[1][0] + sums[1][2]) + (sums[1][1] + sums[1][3]);
}

double bare_lbfgs(size_t n, int steps, double *notes)
{
    double *x = vector(n), *g = vector(n), *x_old = vector(n), *g_old = vector(n), *d = vector(n);
    double *s = vector(M * n), *y = vector(M * n), rho[M], alpha[M], f = 0.0;

    memset(x, 0, n * sizeof *x);
    for (int t = 0; t < steps; ++t) {
        f = timed((int)n, x, g, notes);
        if (t == 0) {
            memcpy(x_old, x, n * sizeof *x);
            memcpy(g_old, g, n * sizeof *g);
            for (size_t i = 0; i < n; ++i) {
                x[i] -= 0.1 / (2.0 * 65536.0) * g[i];
            }
            continue;
        }
        const int pairs = t < M ? t : M, newest = (t - 1) % M;
        double sy, yy;
        form_pair(n, x, g, x_old, g_old, s + (size_t)newest * n, y + (size_t)newest * n, &sy, &yy);
        rho[newest] = 1.0 / sy;
        for (size_t i = 0; i < n; ++i) {
            d[i] = -g[i];
        }
        double sd = dot(n, s + (size_t)newest * n, d);
        for (int k = 0; k < pairs; ++k) { /* each pass also takes the next product */
            const int j = (newest + M - k) % M, next = (newest + M - k - 1) % M;
            const int last = k == pairs - 1;
            alpha[j] = rho[j] * sd;
            sd = add_dot(n, last ? sy / yy : 1.0, d, -alpha[j], y + (size_t)j * n,
                         (last ? y + (size_t)j * n : s + (size_t)next * n));
        }
        for (int k = pairs - 1; k >= 0; --k) {
            const int j = (newest + M - k) % M, next = (newest + M - k + 1) % M;
            const double beta = rho[j] * sd;
            sd = add_dot(n, 1.0, d, alpha[j] - beta, s + (size_t)j * n,
                         k > 0 ? y + (size_t)next * n : g);
        }
        for (size_t i = 0; i < n; ++i) {
            x[i] += d[i];
        }
    }
    free(x);
    free(g);
    free(x_old);
    free(g_old);
    free(d);
    free(s);
    free(y);
    return f;
}
