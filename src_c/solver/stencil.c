#include "solver/stencil.h"

#include "base/bounds.h"
#include "base/parabola.h"
#include "base/vectors.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A chunk has enough points for many workers or a vectorised objective, and at most about 8 MB
 * (CHUNK_NUMBERS doubles) unless FEWEST_POINTS need more. */
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

/* The difference step of free variable k at x: the user's, the method's, or the default, which
 * balances truncation against rounding for values and derivatives of similar size: sqrt(epsilon)
 * max(|x|, 1) for forward
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
    return (s->central ? cbrt(DBL_EPSILON) : sqrt(DBL_EPSILON)) *
           pm_larger(fabs(x), unit(s->whole, i));
}

/* The coordinate of the neighbour on arm `arm` of free variable k: inside the box, and different
 * for the two arms of a central difference. */
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
 * units of max(|x|, 1), balances that error against truncation.  If the box has no room for h on
 * one side, -h is taken; if on neither, the longer way to its edge. */
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
            size = fmax(size, fabs(rate) / fmax(fabs(at), unit(whole, i)));
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

/* The number of neighbours of one point. */
static size_t neighbours(const pm_stencil *s)
{
    return s->arms * (s->n_free - s->n_integer);
}

/* Index among the free variables of the k-th one that has neighbours. */
static size_t with_neighbours(const pm_stencil *s, size_t k)
{
    return s->real == NULL ? k : s->real[k];
}

static bool differences_gradients(const pm_stencil *s, const pm_batch *inner)
{
    return inner->wants == PM_HV && !s->whole->has_hessian;
}

/* A line search by values usually ends at its lowest point, whose gradient the method then asks
 * for: the value of that point is known and is reused.  A gradient at another point clears the
 * record, for the next search. */
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

/* Products with the user's Hessian do not count as evaluations. */
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

/* Free coordinate k of the point whose gradient point j needs (for a product, x + h v), in the
 * user's units and box. */
static double centre(const pm_stencil *s, const pm_batch *inner, size_t j, size_t k)
{
    const size_t i = s->free[k];
    const double x = inner->x[j * s->n_free + k] * unit(s->whole, i);
    const double along = differences_gradients(s, inner)
                             ? s->reach[j] * (inner->v[j * s->n_free + k] * unit(s->whole, i))
                             : 0.0;
    return pm_clip(x + along, s->whole->lower[i], s->whole->upper[i]);
}

/* What the outer batch must ask for, so that the inner batch can be completed. */
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

/* Evaluations that may be asked for together.  With a value limit a point is evaluated before its
 * neighbours, which are skipped if its value exceeds the limit. */
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

/* Moves one coordinate of a centre that has passed the gate, so only this coordinate needs to pass
 * it. */
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

/* A neighbour without a finite value gives no information: a slope of 0 does less harm than a wrong
 * one. */
static double finite_or_zero(double slope)
{
    return isfinite(slope) ? slope : 0.0;
}

/* The gradient of point j; for a product, the gradient at x + h v, which is stored in hv. */
static double *gradient_of(const pm_stencil *s, pm_batch *inner, size_t j)
{
    return (inner->wants == PM_HV ? inner->hv : inner->g) + j * s->n_free;
}

/* Takes the point itself: its coordinates as evaluated, its value, and the user's gradient or
 * product if there is one. */
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

/* Takes neighbour k of point j: a forward difference gives a slope at once, a central one when both
 * of its arms have been evaluated. */
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

/* Replaces the gradients at x + h v in hv by the products. */
static void difference_gradients(const pm_stencil *s, pm_batch *inner)
{
    for (size_t j = 0; j < inner->count; ++j) {
        for (size_t i = j * s->n_free; i < (j + 1) * s->n_free; ++i) {
            inner->hv[i] = finite_or_zero((inner->hv[i] - inner->g[i]) / s->reach[j]);
        }
    }
}

/* Leaves out the neighbours of point j; its gradient becomes NaN. */
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
    const size_t j = s->next / per_point; /* the point whose neighbours come next */
    if (s->next % per_point == 1 && !(inner->f[j] <= inner->value_limit)) {
        skip_gradient(s, inner, j);
    }
    if (s->next == s->total && differences_gradients(s, inner)) {
        difference_gradients(s, inner);
    }
    return s->next == s->total;
}
