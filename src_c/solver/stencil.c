#include "solver/stencil.h"

#include "base/bounds.h"
#include "base/parabola.h"
#include "base/vectors.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Enough points to keep many workers or a vectorised objective busy; about 8 MB for large n. */
enum { FEWEST_POINTS = 16, CHUNK_NUMBERS = 1 << 20 };

static size_t arms_needed(const pm_task *whole, pm_wants wants, bool central)
{
    const bool given = wants == PM_HV && whole->has_hessian;
    return wants == PM_F || whole->has_gradient || given ? 0 : central ? 2 : 1;
}

size_t pm_stencil_chunk(const pm_task *whole, size_t n_free, size_t points)
{
    const size_t total =
        pm_times(points, 1 + pm_times(arms_needed(whole, PM_FG, whole->central), n_free));
    const size_t room = CHUNK_NUMBERS / whole->n;
    const size_t chunk = room < FEWEST_POINTS ? FEWEST_POINTS : room;
    return total < chunk ? total : chunk;
}

static double unit(const pm_task *whole, size_t i)
{
    return whole->scale == NULL ? 1.0 : whole->scale[i];
}

/* The step from x of free variable k: the user's, the method's, or one for values and derivatives
 * of similar size, where it balances truncation against rounding: sqrt(epsilon) for forward
 * differences, cbrt(epsilon) for central ones (Gill, Murray & Wright 1981, section 8.6). */
static double step(const pm_stencil *s, size_t k, double x)
{
    const size_t i = s->free[k];
    if (s->whole->steps != NULL) {
        return s->whole->steps[i];
    }
    if (s->steps != NULL) {
        return s->steps[k] * unit(s->whole, i);
    }
    return (s->central ? cbrt(DBL_EPSILON) : sqrt(DBL_EPSILON)) * pm_larger(fabs(x), 1.0);
}

/* Where arm `arm` of free variable k puts x: inside the box, and the two arms of a central
 * difference apart. */
static double neighbour(const pm_stencil *s, size_t k, double x, size_t arm)
{
    const pm_task *whole = s->whole;
    const size_t i = s->free[k];
    const double h = step(s, k, x);

    if (!s->central) {
        const double up = whole->upper[i] - x, down = x - whole->lower[i];
        return h <= up ? x + h : h <= down ? x - h : up >= down ? whole->upper[i] : whole->lower[i];
    }
    return x + pm_arm(x, h, whole->lower[i], whole->upper[i], (int)arm);
}

/* h of H v = (g(x + h v) - g(x)) / h: the square root of the gradient's own relative error, in
 * units of max(|x|, 1), balances that error against truncation.  Where the box leaves no room for
 * it on one side the other is taken, and the longer one where it does on neither. */
static double product_step(const pm_stencil *s, const double *x, const double *v)
{
    const pm_task *whole = s->whole;
    const double error = whole->has_gradient ? DBL_EPSILON
                         : s->central        ? pow(DBL_EPSILON, 2.0 / 3.0)
                                             : sqrt(DBL_EPSILON);
    double size = 0.0, ahead = HUGE_VAL, behind = HUGE_VAL;

    for (size_t k = 0; k < s->n_free; ++k) {
        const size_t i = s->free[k];
        const double at = x[k] * unit(whole, i), rate = v[k] * unit(whole, i);
        if (rate != 0.0) {
            const double up = (whole->upper[i] - at) / fabs(rate);
            const double down = (at - whole->lower[i]) / fabs(rate);
            size = fmax(size, fabs(rate) / fmax(fabs(at), 1.0));
            ahead = fmin(ahead, rate > 0.0 ? up : down);
            behind = fmin(behind, rate > 0.0 ? down : up);
        }
    }
    if (!(size > 0.0 && size < HUGE_VAL)) {
        return 0.0;
    }
    const double h = sqrt(error) / size;
    return h <= ahead ? h : h <= behind ? -h : ahead >= behind ? ahead : -behind;
}

/* Of one point. */
static size_t neighbours(const pm_stencil *s)
{
    return s->arms * (s->n_free - s->n_integer);
}

/* Place among the free variables of the k-th one that has neighbours. */
static size_t with_neighbours(const pm_stencil *s, size_t k)
{
    return s->real == NULL ? k : s->real[k];
}

static bool differences_gradients(const pm_stencil *s, const pm_batch *inner)
{
    return inner->wants == PM_HV && !s->whole->has_hessian;
}

/* Of a search by values the lowest point is the one whose gradient is wanted: its value is there.
 * A gradient elsewhere begins the next search. */
static bool reuse_lowest(pm_stencil *s, pm_batch *inner)
{
    if (s->lowest == NULL || inner->wants != PM_FG || inner->count > 1) {
        return false;
    }
    if (memcmp(s->lowest, inner->x, s->n_free * sizeof *s->lowest) == 0) {
        inner->f[0] = s->f_lowest;
        return s->f_lowest < HUGE_VAL;
    }
    s->f_lowest = HUGE_VAL;
    return false;
}

static void note(pm_stencil *s, const pm_batch *inner)
{
    if (s->lowest != NULL && inner->count == 1 && inner->f[0] < s->f_lowest) {
        s->f_lowest = inner->f[0];
        memcpy(s->lowest, inner->x, s->n_free * sizeof *s->lowest);
    }
}

void pm_stencil_begin(pm_stencil *s, pm_batch *inner)
{
    s->central = s->whole->central || inner->central;
    s->steps = inner->steps;
    s->arms = arms_needed(s->whole, inner->wants, s->central);
    s->total = inner->count * (1 + neighbours(s));
    s->next = reuse_lowest(s, inner) ? 1 : 0;
    if (differences_gradients(s, inner)) {
        for (size_t j = 0; j < inner->count; ++j) {
            s->reach[j] = product_step(s, inner->x + j * s->n_free, inner->v + j * s->n_free);
        }
    }
}

/* A product is no evaluation. */
static void add_cost(pm_batch *inner, const pm_batch *outer)
{
    inner->cost += outer->wants == PM_HV ? 0 : outer->count;
}

void pm_stencil_pass(pm_stencil *s, const pm_batch *inner)
{
    if (inner->wants != PM_HV) {
        note(s, inner);
    }
}

bool pm_stencil_differences(const pm_stencil *s, const pm_batch *inner)
{
    return s->arms > 0 || differences_gradients(s, inner);
}

/* Free coordinate k of point j: where its gradient is wanted, in the user's units and his box. */
static double centre(const pm_stencil *s, const pm_batch *inner, size_t j, size_t k)
{
    const size_t i = s->free[k];
    const double x = inner->x[j * s->n_free + k] * unit(s->whole, i);
    const double along = differences_gradients(s, inner)
                             ? s->reach[j] * (inner->v[j * s->n_free + k] * unit(s->whole, i))
                             : 0.0;
    return pm_clip(x + along, s->whole->lower[i], s->whole->upper[i]);
}

/* What the user is asked for so that the inner batch gets what it wants. */
static pm_wants outer_wants(const pm_stencil *s, const pm_batch *inner)
{
    return s->arms > 0 ? PM_F : differences_gradients(s, inner) ? PM_FG : inner->wants;
}

static void ask_product(const pm_stencil *s, const pm_batch *inner, size_t j, double *v)
{
    memset(v, 0, s->whole->n * sizeof *v);
    for (size_t i = 0; i < s->n_free; ++i) {
        v[s->free[i]] = inner->v[j * s->n_free + i] * unit(s->whole, s->free[i]);
    }
}

/* Evaluations that may be asked for together: a point whose gradient may not be worth its
 * differences goes before its neighbours. */
static size_t together(const pm_stencil *s, const pm_batch *inner)
{
    const size_t per_point = s->total / inner->count, k = s->next % per_point;

    if (s->arms == 0 || inner->value_limit == HUGE_VAL) {
        return s->total - s->next;
    }
    return k == 0 ? 1 : per_point - k;
}

/* An evaluation: point j of the batch, or its (k - 1)-th neighbour. */
typedef struct {
    size_t j, k;
} place;

static place first_place(const pm_stencil *s, size_t per_point)
{
    return (place){.j = s->next / per_point, .k = s->next % per_point};
}

static void advance(place *p, size_t per_point)
{
    if (++p->k == per_point) {
        *p = (place){.j = p->j + 1};
    }
}

static void put_centre(const pm_stencil *s, const pm_batch *inner, size_t j, double *x)
{
    memcpy(x, s->whole->x0, s->whole->n * sizeof *x);
    for (size_t i = 0; i < s->n_free; ++i) {
        x[s->free[i]] = centre(s, inner, j, i);
    }
}

/* Along one coordinate from a centre that has passed the gate: so this one alone passes it. */
static void put_neighbour(const pm_stencil *s, size_t k, double *x)
{
    const pm_task *whole = s->whole;
    const size_t which = with_neighbours(s, k / s->arms), i = s->free[which];
    const double there = neighbour(s, which, x[i], k % s->arms);

    x[i] = pm_admitted(there, whole->lower[i], whole->upper[i], false, whole->x0[i]);
}

void pm_stencil_ask(const pm_stencil *s, const pm_batch *inner, pm_batch *outer)
{
    const size_t n = s->whole->n, per_point = s->total / inner->count;
    const size_t left = together(s, inner);
    const pm_box box = {PM_BOX_OF(*s->whole)};

    outer->count = left < outer->capacity ? left : outer->capacity;
    outer->wants = outer_wants(s, inner);
    place where = first_place(s, per_point);
    for (size_t q = 0; q < outer->count; ++q, advance(&where, per_point)) {
        double *x = outer->x + q * n;
        if (q == 0 || where.k == 0) {
            put_centre(s, inner, where.j, x);
            pm_admit(&box, x, 1);
        } else {
            memcpy(x, x - n, n * sizeof *x);
        }
    }
    where = first_place(s, per_point);
    for (size_t q = 0; q < outer->count; ++q, advance(&where, per_point)) {
        if (where.k > 0) {
            put_neighbour(s, where.k - 1, outer->x + q * n);
        }
        if (outer->wants == PM_HV) {
            ask_product(s, inner, where.j, outer->v + q * n);
        }
    }
}

/* No slope is better than a wrong one: a neighbour without a finite value tells nothing. */
static double finite_or_zero(double slope)
{
    return isfinite(slope) ? slope : 0.0;
}

/* The gradient at point j: for a product, that at the other end of its difference. */
static double *gradient_of(const pm_stencil *s, pm_batch *inner, size_t j)
{
    return (inner->wants == PM_HV ? inner->hv : inner->g) + j * s->n_free;
}

/* The point itself: where it was evaluated, its value, and the user's gradient or product if there
 * is one. */
static void take_point(pm_stencil *s, pm_batch *inner, size_t j, const pm_batch *outer, size_t q)
{
    const size_t n = s->whole->n;
    const double *given = outer->wants == PM_FG   ? outer->g + q * n
                          : outer->wants == PM_HV ? outer->hv + q * n
                                                  : NULL;

    inner->f[j] = outer->f[q];
    for (size_t i = 0; i < s->n_free; ++i) {
        const double scale = unit(s->whole, s->free[i]);
        if (inner->wants != PM_HV) {
            inner->x[j * s->n_free + i] = outer->x[q * n + s->free[i]] / scale;
        }
        if (given != NULL) {
            gradient_of(s, inner, j)[i] = given[s->free[i]] * scale;
        }
    }
    if (inner->wants != PM_HV) {
        note(s, inner);
    }
}

/* Arm k of variable i: one slope by a forward difference, or by a central one once both arms are
 * in. */
static void take_neighbour(pm_stencil *s, pm_batch *inner, size_t j, size_t k, const double *x,
                           double f)
{
    const size_t i = with_neighbours(s, k / s->arms);
    const double scale = unit(s->whole, s->free[i]);
    const double h = (x[s->free[i]] - centre(s, inner, j, i)) / scale, d = f - inner->f[j];
    double *g = gradient_of(s, inner, j) + i;

    if (s->arms == 1) {
        *g = finite_or_zero(d / h);
    } else if (k % 2 == 0) {
        s->h_first = h;
        s->f_first = d;
    } else {
        *g = finite_or_zero(pm_parabola_through(s->h_first, s->f_first, h, d).slope);
    }
}

/* hv holds the gradients at x + h v: now the products. */
static void difference_gradients(const pm_stencil *s, pm_batch *inner)
{
    for (size_t j = 0; j < inner->count; ++j) {
        for (size_t i = j * s->n_free; i < (j + 1) * s->n_free; ++i) {
            inner->hv[i] = finite_or_zero((inner->hv[i] - inner->g[i]) / s->reach[j]);
        }
    }
}

/* The neighbours of point j are not asked for. */
static void skip_gradient(pm_stencil *s, pm_batch *inner, size_t j)
{
    for (size_t i = 0; i < s->n_free; ++i) {
        gradient_of(s, inner, j)[i] = NAN;
    }
    s->next += neighbours(s);
}

bool pm_stencil_tell(pm_stencil *s, pm_batch *inner, const pm_batch *outer)
{
    const size_t per_point = s->total / inner->count;

    place where = first_place(s, per_point);
    for (size_t q = 0; q < outer->count; ++q, advance(&where, per_point)) {
        if (where.k == 0) {
            take_point(s, inner, where.j, outer, q);
        } else {
            take_neighbour(s, inner, where.j, where.k - 1, outer->x + q * s->whole->n, outer->f[q]);
        }
    }
    add_cost(inner, outer);
    s->next += outer->count;
    const size_t j = s->next / per_point; /* the point under way */
    if (s->next % per_point == 1 && !(inner->f[j] <= inner->value_limit)) {
        skip_gradient(s, inner, j);
    }
    if (s->next == s->total && differences_gradients(s, inner)) {
        difference_gradients(s, inner);
    }
    return s->next == s->total;
}
