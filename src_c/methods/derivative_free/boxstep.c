/* Conjugate gradients on the faces of a box.
 *
 *   B. T. Polyak, "The conjugate gradient method in extremal problems", USSR Comput. Math. Math.
 *   Phys. 9 (1969) 94: conjugate gradients in the free variables until a bound is met, which is
 *   then held; at the minimum of a face the variables whose slope leads inside are set free.
 *   Directions of negative curvature are followed to the side of the box, as T. Steihaug
 *   (SIAM Journal on Numerical Analysis 20, 1983, 626) follows them to the edge of a ball.  A
 *   direction that meets a side is projected on the box and followed further if that leads lower
 *   (J. J. Moré & G. Toraldo, SIAM J. Optim. 1, 1991, 93); otherwise each of n sides would need a
 *   product of its own.
 */
#include "methods/derivative_free/boxstep.h"

#include "base/bounds.h"
#include "base/vectors.h"

#include <float.h>
#include <string.h>

/* The share of the first slope that may be left: a model is accurate to two digits at most. */
static const double SLOPE_LEFT = 1e-2;

void pm_hessian_times(const pm_hessian *B, const double *v, double *Bv)
{
    const size_t n = B->n;

    memset(Bv, 0, n * sizeof *Bv);
    if (B->H != NULL) {
        for (size_t i = 0; i < n; ++i) {
            Bv[i] = pm_dot(B->H + i * n, v, n);
        }
    }
    for (size_t j = 0; j < B->m; ++j) {
        const double *y = B->y + j * n;
        pm_add(Bv, B->w[j] * pm_dot(y, v, n), y, n);
    }
}

void pm_boxstep_layout(pm_boxstep *s, pm_arena *a, size_t n)
{
    s->p = PM_TAKE(a, double, n);
    s->Bp = PM_TAKE(a, double, n);
    s->q = PM_TAKE(a, double, n);
    s->Bq = PM_TAKE(a, double, n);
}

/* The steepest descent p on the present face; returns its squared length. */
static double face(const pm_boxstep *s, size_t n, const double *low, const double *high,
                   const double *d, const double *r)
{
    for (size_t i = 0; i < n; ++i) {
        s->p[i] = pm_is_binding(d[i], r[i], low[i], high[i]) ? 0.0 : -r[i];
    }
    return pm_dot(s->p, s->p, n);
}

/* The distance along p to the first side of the box; *side is the coordinate of that side. */
static double reach(const pm_boxstep *s, size_t n, const double *low, const double *high,
                    const double *d, size_t *side)
{
    double least = HUGE_VAL;

    for (size_t i = 0; i < n; ++i) {
        const double p = s->p[i];
        const double t = p == 0.0 ? HUGE_VAL : ((p > 0.0 ? high[i] : low[i]) - d[i]) / p;
        if (t < least) {
            least = t;
            *side = i;
        }
    }
    return least;
}

/* d + t p, moved into the box; t may be infinite. */
static double bent(double d, double t, double p, double low, double high)
{
    return p == 0.0 ? d : pm_clip(d + t * p, low, high);
}

/* Takes the step t p projected on the box if it gains more than `gain`, the gain of the step to the
 * first side; false if not. */
static bool bend(const pm_boxstep *s, const pm_hessian *B, const double *low, const double *high,
                 double *d, double *r, double t, double gain)
{
    const size_t n = B->n;

    for (size_t i = 0; i < n; ++i) {
        s->q[i] = bent(d[i], t, s->p[i], low[i], high[i]) - d[i];
    }
    pm_hessian_times(B, s->q, s->Bq);
    if (!(-pm_dot(r, s->q, n) - 0.5 * pm_dot(s->q, s->Bq, n) > gain)) {
        return false;
    }
    for (size_t i = 0; i < n; ++i) {
        d[i] = bent(d[i], t, s->p[i], low[i], high[i]);
    }
    pm_add(r, 1.0, s->Bq, n);
    return true;
}

double pm_boxstep_descend(pm_boxstep *s, const pm_hessian *B, const double *low, const double *high,
                          double *d, double *r)
{
    const size_t n = B->n;
    double square = face(s, n, low, high, d, r), curvature = HUGE_VAL;
    const double enough = SLOPE_LEFT * SLOPE_LEFT * square;
    bool met_side = false;

    /* Each round takes one product; a face needs at most as many as it has dimensions. */
    for (size_t left = 4 * n + 4; left > 0 && square > enough; --left) {
        size_t side = 0;
        if (pm_pass_called_off(B->task, n * (n + B->m))) {
            break;
        }
        const double farthest = reach(s, n, low, high, d, &side);
        pm_hessian_times(B, s->p, s->Bp);
        const double pBp = pm_dot(s->p, s->Bp, n), pp = pm_dot(s->p, s->p, n);
        /* square is -r'p, because p starts as -r and stays conjugate */
        const double wanted = pBp > 0.0 ? square / pBp : HUGE_VAL, t = fmin(wanted, farthest);

        curvature = fmin(curvature, pBp / pp);
        if (t == farthest && bend(s, B, low, high, d, r, wanted, t * (square - 0.5 * t * pBp))) {
            met_side = true;
            square = face(s, n, low, high, d, r);
            continue;
        }
        for (size_t i = 0; i < n; ++i) {
            d[i] = pm_clip(d[i] + t * s->p[i], low[i], high[i]);
            r[i] += t * s->Bp[i];
        }
        if (t == farthest) {
            d[side] = s->p[side] > 0.0 ? high[side] : low[side];
            met_side = true;
            square = face(s, n, low, high, d, r);
            continue;
        }
        double next = 0.0;
        for (size_t i = 0; i < n; ++i) {
            next += s->p[i] == 0.0 ? 0.0 : r[i] * r[i];
        }
        if (next <= enough) { /* the minimum of this face */
            square = face(s, n, low, high, d, r);
            continue;
        }
        for (size_t i = 0; i < n; ++i) {
            s->p[i] = s->p[i] == 0.0 ? 0.0 : next / square * s->p[i] - r[i];
        }
        square = next;
    }
    return met_side || curvature == HUGE_VAL ? 0.0 : fmax(curvature, 0.0);
}
