/* How fast could gradient descent on a compiled objective be, at best?
 *
 * One loop written out by hand for one function of ten variables: backtracking, a count of the
 * calls, a check for finite numbers, the best point ever and two stopping rules, but no bounds, no
 * clock, no signals, no batches.  Printed: its time over bare calls of the same pointer.  It is the
 * floor under `gradient_descent` in benchmarks/overhead.py (docs/decisions/0007).
 */
#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { N = 10, CALLS = 15000, RUNS = 100, ROUNDS = 9 };

static double rosenbrock(int n, double *x, double *g)
{
    double total = 0.0;
    g[0] = 0.0;
    for (int i = 0; i < n - 1; ++i) {
        const double rise = x[i + 1] - x[i] * x[i], rest = 1.0 - x[i];
        total += 100.0 * rise * rise + rest * rest;
        g[i] -= 400.0 * rise * x[i] + 2.0 * rest;
        g[i + 1] = 200.0 * rise;
    }
    return total;
}

static double dot(const double *a, const double *b)
{
    double sum[2] = {0.0, 0.0}; /* two lanes: one sum would wait for each addition */
    for (size_t i = 0; i < N; i += 2) {
        sum[0] += a[i] * b[i];
        sum[1] += a[i + 1] * b[i + 1];
    }
    return sum[0] + sum[1];
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

typedef double (*function)(int, double *, double *);

static double descend(function f)
{
    double points[2][N], slopes[2][N], copy[N], best_x[N] = {0}, best_g[N] = {0};
    double *x = points[0], *y = points[1], *g = slopes[0], *h = slopes[1];

    for (size_t i = 0; i < N; ++i) {
        x[i] = -1.2;
    }
    double fx = f(N, x, g), gg = dot(g, g), best = fx, t = 2e-4, largest = gg;
    for (size_t calls = 1; calls < CALLS; ++calls) {
        for (size_t i = 0; i < N; ++i) {
            y[i] = x[i] - t * g[i];
        }
        memcpy(copy, y, sizeof copy); /* the objective may write into it */
        double fy = f(N, copy, h);
        const double hh = dot(h, h);
        fy = fy < HUGE_VAL && hh < HUGE_VAL ? fy : HUGE_VAL;
        if (fy < best) {
            best = fy;
            memcpy(best_x, y, sizeof best_x);
            memcpy(best_g, h, sizeof best_g);
        }
        if (fy > fx - 1e-4 * t * gg) {
            const double shorter = 0.5 * t * t * gg / (fy - fx + t * gg);
            t = shorter < 0.1 * t ? 0.1 * t : shorter > 0.9 * t ? 0.9 * t : shorter;
            continue;
        }
        double *kept = x;
        x = y;
        y = kept;
        kept = g;
        g = h;
        h = kept;
        fx = fy;
        gg = hh;
        largest = hh > largest ? hh : largest;
        if (hh <= 1e-300 * largest || !(dot(x, x) < 1e30)) {
            break;
        }
        t *= 2.0;
    }
    return best + 0.0 * (best_x[0] + best_g[0]);
}

int main(void)
{
    volatile function pointer = rosenbrock; /* nothing may be inlined through it */
    const function f = pointer;
    double sum = 0.0;

    for (int round = 0; round < ROUNDS; ++round) {
        const double start = seconds();
        for (int k = 0; k < RUNS; ++k) {
            sum += descend(f);
        }
        const double middle = seconds();
        double x[N] = {0.0}, g[N];
        for (long k = 0; k < (long)RUNS * CALLS; ++k) {
            x[0] += 1e-12;
            sum += f(N, x, g);
        }
        const double end = seconds(), calls = (double)RUNS * CALLS;
        printf("fused descent %5.1f ns, bare call %5.1f ns, ratio %.2f\n",
               1e9 * (middle - start) / calls, 1e9 * (end - middle) / calls,
               (middle - start) / (end - middle));
    }
    return sum == 0.0; /* the sum must not be optimised away */
}
