#include "methods/global/population.h"

#include "base/bounds.h"
#include "base/vectors.h"

#include <assert.h>
#include <float.h>
#include <string.h>

const char *const pm_initializations[3] = {"uniform", "latin_hypercube", "sobol"};

size_t pm_population_size(const pm_task *task, size_t wanted, size_t fewest, size_t automatic)
{
    const size_t given = task->n_given;
    const size_t size = wanted > 0       ? wanted
                        : given <= 1     ? automatic
                        : given < fewest ? fewest
                                         : given;
    return size < given ? given : size;
}

void pm_drawing_range(const pm_task *task, size_t i, double spread, double *from, double *to)
{
    const double low = task->lower[i], high = task->upper[i];
    const double reach = fmin(spread * fmax(fabs(task->x0[i]), 1.0), 0.25 * DBL_MAX);
    const bool closed = high - low < HUGE_VAL;

    *from = closed ? low : fmax(low, task->x0[i] - reach);
    *to = closed ? high : fmin(high, task->x0[i] + reach);
}

void pm_drawing_region(const pm_task *task, double spread, double *from, double *width)
{
    for (size_t i = 0; i < task->n; ++i) {
        double to;
        pm_drawing_range(task, i, spread, &from[i], &to);
        width[i] = to - from[i];
    }
}

/* Maps a point u[n] of the unit cube to x[n] in the drawing ranges.  Whole numbers at the ends of a
 * range are as likely as those inside. */
static void place(const pm_task *task, double spread, const double *u, double *x)
{
    for (size_t i = 0; i < task->n; ++i) {
        const bool whole = task->integer != NULL && task->integer[i];
        double from, to;
        pm_drawing_range(task, i, spread, &from, &to);
        x[i] = whole ? round(from - 0.5 + (to - from + 1.0) * u[i]) : from + (to - from) * u[i];
        x[i] = pm_clip(x[i], task->lower[i], task->upper[i]);
    }
}

void pm_draw_points(const pm_task *task, double spread, pm_rng *rng, double *x, size_t m)
{
    for (size_t j = 0; j < m && !pm_pass_called_off(task, m * task->n); ++j, x += task->n) {
        for (size_t i = 0; i < task->n; ++i) {
            x[i] = pm_rng_uniform(rng);
        }
        place(task, spread, x, x);
    }
}

void pm_first_population(const pm_task *task, double spread, pm_rng *rng, double *x, size_t m)
{
    const size_t n = task->n, given = task->n_given > 0 ? task->n_given : 1;
    size_t filled = given;

    assert(given <= m);
    memcpy(x, task->n_given > 0 ? task->given : task->x0, given * n * sizeof *x);
    for (; filled < m && filled - given < task->n_design; ++filled) {
        place(task, spread, task->design + (filled - given) * n, x + filled * n);
    }
    pm_draw_points(task, spread, rng, x + filled * n, m - filled);
}

bool pm_are_within(const double *x, size_t m, size_t n, const double *centre, double xtol)
{
    for (size_t j = 0; j < m; ++j, x += n) {
        for (size_t i = 0; i < n; ++i) {
            if (!(fabs(x[i] - centre[i]) <= xtol * fmax(fabs(centre[i]), 1.0))) {
                return false;
            }
        }
    }
    return true;
}

double pm_diversity(const pm_task *task, double spread, const double *x, size_t m)
{
    const size_t n = task->n;
    double sum = 0.0;

    for (size_t i = 0; i < n; ++i) {
        double from, to, mean = 0.0, square = 0.0;
        pm_drawing_range(task, i, spread, &from, &to);
        for (size_t j = 0; j < m; ++j) {
            const double d = (x[j * n + i] - x[i]) / (to - from);
            const double above = d - mean;
            mean += above / (double)(j + 1);
            square += above * (d - mean);
        }
        sum += m > 0 ? square / (double)m : 0.0;
    }
    return sqrt(sum / (double)n);
}
