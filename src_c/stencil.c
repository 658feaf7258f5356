#include "stencil.h"

#include "bounds.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Enough points to keep many workers or a vectorised objective busy; about 8 MB for large n. */
enum { FEWEST_POINTS = 16, CHUNK_NUMBERS = 1 << 20 };

static size_t arms_needed(const pm_task *whole, pm_wants wants)
{
    return wants == PM_F || whole->has_gradient ? 0 : whole->central ? 2 : 1;
}

size_t pm_stencil_chunk(const pm_task *whole, size_t n_free, size_t points)
{
    const size_t total = pm_times(points, 1 + pm_times(arms_needed(whole, PM_FG), n_free));
    const size_t room = CHUNK_NUMBERS / whole->n;
    const size_t chunk = room < FEWEST_POINTS ? FEWEST_POINTS : room;
    return total < chunk ? total : chunk;
}

void pm_stencil_begin(pm_stencil *s, const pm_batch *inner)
{
    s->arms = arms_needed(s->whole, inner->wants);
    s->total = inner->count * (1 + s->arms * s->n_free);
    s->next = 0;
}

/* The step from x of variable i: forward differences balance truncation against rounding at
 * sqrt(epsilon), central ones at cbrt(epsilon) (Gill, Murray & Wright 1981, section 8.6), for
 * values and derivatives of similar size. */
static double step(const pm_task *whole, size_t i, double x)
{
    if (whole->steps != NULL) {
        return whole->steps[i];
    }
    return (whole->central ? cbrt(DBL_EPSILON) : sqrt(DBL_EPSILON)) * fmax(fabs(x), 1.0);
}

/* Where arm `arm` of variable i puts x: inside the box, and the two arms of a central difference
 * apart. */
static double neighbour(const pm_task *whole, size_t i, double x, size_t arm)
{
    const double h = step(whole, i, x);
    const double up = whole->upper[i] - x, down = x - whole->lower[i];

    if (!whole->central) {
        return h <= up ? x + h : h <= down ? x - h : up >= down ? whole->upper[i] : whole->lower[i];
    }
    if (up >= h / 8 && down >= h / 8) {
        return arm == 0 ? x + fmin(h, up) : x - fmin(h, down);
    }
    /* At a bound: two arms to the same side, one half as long as the other. */
    const double length = (arm == 0 ? 1.0 : 0.5) * fmin(h, fmax(up, down));
    return up >= down ? x + length : x - length;
}

static double unit(const pm_task *whole, size_t i)
{
    return whole->scale == NULL ? 1.0 : whole->scale[i];
}

void pm_stencil_ask(const pm_stencil *s, const pm_batch *inner, pm_batch *outer)
{
    const pm_task *whole = s->whole;
    const size_t n = whole->n, per_point = s->total / inner->count;
    const size_t left = s->total - s->next;

    outer->count = left < outer->capacity ? left : outer->capacity;
    outer->wants = s->arms == 0 ? inner->wants : PM_F;
    for (size_t q = 0; q < outer->count; ++q) {
        const size_t j = (s->next + q) / per_point, k = (s->next + q) % per_point;
        const double *from = inner->x + j * s->n_free;
        double *x = outer->x + q * n;

        memcpy(x, whole->x0, n * sizeof *x);
        for (size_t i = 0; i < s->n_free; ++i) {
            x[s->free[i]] = from[i] * unit(whole, s->free[i]);
        }
        if (k > 0) {
            const size_t i = s->free[(k - 1) / s->arms];
            /* Clipped, for x + (upper - x) may round to beyond upper. */
            x[i] = pm_clip(neighbour(whole, i, x[i], (k - 1) % s->arms), whole->lower[i],
                           whole->upper[i]);
        }
    }
}

/* The slope at 0 of the parabola through (0, 0), (h1, d1), (h2, d2). */
static double parabola_slope(double h1, double d1, double h2, double d2)
{
    return (d1 * h2 * h2 - d2 * h1 * h1) / (h1 * h2 * (h2 - h1));
}

/* No slope is better than a wrong one: a neighbour without a finite value tells nothing. */
static double finite_or_zero(double slope)
{
    return isfinite(slope) ? slope : 0.0;
}

/* The point itself: where it was evaluated, its value, and the user's gradient if there is one. */
static void take_point(const pm_stencil *s, pm_batch *inner, size_t j, const pm_batch *outer,
                       size_t q)
{
    const size_t n = s->whole->n;

    inner->f[j] = outer->f[q];
    for (size_t i = 0; i < s->n_free; ++i) {
        const double scale = unit(s->whole, s->free[i]);
        inner->x[j * s->n_free + i] = outer->x[q * n + s->free[i]] / scale;
        if (outer->wants == PM_FG) {
            inner->g[j * s->n_free + i] = outer->g[q * n + s->free[i]] * scale;
        }
    }
}

/* Arm k of variable i: one slope by a forward difference, or by a central one once both arms are
 * in. */
static void take_neighbour(pm_stencil *s, pm_batch *inner, size_t j, size_t k, const double *x,
                           double f)
{
    const size_t i = k / s->arms;
    const double scale = unit(s->whole, s->free[i]);
    const double h = x[s->free[i]] / scale - inner->x[j * s->n_free + i], d = f - inner->f[j];
    double *g = inner->g + j * s->n_free + i;

    if (s->arms == 1) {
        *g = finite_or_zero(d / h);
    } else if (k % 2 == 0) {
        s->h_first = h;
        s->f_first = d;
    } else {
        *g = finite_or_zero(parabola_slope(s->h_first, s->f_first, h, d));
    }
}

bool pm_stencil_tell(pm_stencil *s, pm_batch *inner, const pm_batch *outer)
{
    const size_t per_point = s->total / inner->count;

    for (size_t q = 0; q < outer->count; ++q) {
        const size_t j = (s->next + q) / per_point, k = (s->next + q) % per_point;
        if (k == 0) {
            take_point(s, inner, j, outer, q);
        } else {
            take_neighbour(s, inner, j, k - 1, outer->x + q * s->whole->n, outer->f[q]);
        }
    }
    s->next += outer->count;
    return s->next == s->total;
}
