/* The mean logistic loss of some samples, as an objective for pyminima, and bare loops around it:
 * what an epoch costs if nothing but the steps themselves is made.  Compiled and called by
 * benchmarks/minibatch.py. */
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const double *X; /* [samples][n] */
    const double *y; /* [samples] -1 or 1 */
} samples;

double logistic(int n, double *x, double *g, int m, int64_t *indices, void *data)
{
    const samples *s = data;
    double total = 0.0;

    memset(g, 0, (size_t)n * sizeof *g);
    for (int k = 0; k < m; ++k) {
        const double *row = s->X + indices[k] * n, y = s->y[indices[k]];
        double lanes[4] = {0.0, 0.0, 0.0, 0.0}; /* one sum would wait for each addition */
        int i = 0;
        for (; i + 4 <= n; i += 4) {
            for (int lane = 0; lane < 4; ++lane) {
                lanes[lane] += row[i + lane] * x[i + lane];
            }
        }
        for (; i < n; ++i) {
            lanes[0] += row[i] * x[i];
        }
        const double z = y * (lanes[0] + lanes[1] + lanes[2] + lanes[3]);
        const double e = exp(-fabs(z)), pull = -y * (z > 0.0 ? e : 1.0) / (1.0 + e);
        total += (z > 0.0 ? 0.0 : -z) + log1p(e);
        for (i = 0; i < n; ++i) {
            g[i] += pull * row[i];
        }
    }
    for (int i = 0; i < n; ++i) {
        g[i] /= m;
    }
    return total / m;
}

static int size_of_batch(int count, int first, int size)
{
    return count - first < size ? count - first : size;
}

/* One epoch in the given order; the mean of the losses met.  The function comes as a pointer, as it
 * does for pyminima. */
typedef double (*objective)(int, double *, double *, int, int64_t *, void *);

double epoch_sgd(objective f, void *data, int n, double *x, double *g, int count, int size,
                 int64_t *order, double rate)
{
    double sum = 0.0;
    for (int first = 0; first < count; first += size) {
        const int m = size_of_batch(count, first, size);
        sum += m * f(n, x, g, m, order + first, data);
        for (int i = 0; i < n; ++i) {
            x[i] -= rate * g[i];
        }
    }
    return sum / count;
}

/* `moments` is [2][n], `powers` the present powers of 0.9 and 0.999. */
double epoch_adam(objective f, void *data, int n, double *x, double *g, int count, int size,
                  int64_t *order, double rate, double *moments, double *powers)
{
    double sum = 0.0, *restrict first_moment = moments, *restrict second_moment = moments + n;
    for (int first = 0; first < count; first += size) {
        const int m = size_of_batch(count, first, size);
        sum += m * f(n, x, g, m, order + first, data);
        powers[0] *= 0.9;
        powers[1] *= 0.999;
        const double debias1 = 1.0 / (1.0 - powers[0]), debias2 = 1.0 / (1.0 - powers[1]);
        for (int i = 0; i < n; ++i) {
            first_moment[i] = 0.9 * first_moment[i] + 0.1 * g[i];
            second_moment[i] = 0.999 * second_moment[i] + 0.001 * g[i] * g[i];
            x[i] -= rate * first_moment[i] * debias1 / (sqrt(second_moment[i] * debias2) + 1e-8);
        }
    }
    return sum / count;
}
