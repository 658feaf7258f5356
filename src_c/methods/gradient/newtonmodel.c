/* The model of Newton's method with the whole Hessian, and its minimum in the box and the region.
 * newton.c gives the sources. */
#include "methods/gradient/newtonmodel.h"
#include "methods/gradient/trustregion.h"
#include "base/vectors.h"

#include <string.h>

void pm_newton_whole_layout(whole_model *w, pm_arena *a, const pm_task *task)
{
    const size_t n = task->n;

    pm_eigen_layout(&w->eigen, a, task->linalg, n);
    w->hessian = PM_TAKE(a, double, pm_times(n, n));
    w->known = PM_TAKE(a, bool, n);
    w->vectors = PM_TAKE(a, double, pm_times(n, n));
    w->values = PM_TAKE(a, double, n);
    w->slopes = PM_TAKE(a, double, n);
    w->y = PM_TAKE(a, double, n);
    w->other = PM_TAKE(a, double, n);
}

/* ------------------------------------------------------------------------------------ the Hessian ------- */

void pm_newton_take_columns(newton *s, const pm_batch *b)
{
    const size_t n = s->n;
    double *h = s->whole.hessian;

    memset(h, 0, n * n * sizeof *h);
    memset(s->whole.known, 0, n * sizeof *s->whole.known);
    s->whole.age = 0;
    s->whole.stale = false;
    s->widest = 0.0;
    for (size_t k = 0; k < s->n_moving; ++k) {
        const size_t j = s->moving[k];
        s->whole.known[j] = true;
        for (size_t l = 0; l < s->n_moving; ++l) {
            const size_t i = s->moving[l];
            const double half = isfinite(b->hv[k * n + i]) ? 0.5 * b->hv[k * n + i] : 0.0;
            h[i * n + j] += half;
            h[j * n + i] += half;
        }
        s->widest = fmax(s->widest, fabs(h[j * n + j]));
    }
}

void pm_newton_update(newton *s, const pm_batch *b)
{
    static const double SKIP = 1e-8;
    const size_t n = s->n;
    double *h = s->whole.hessian, *r = s->whole.other;
    double rp = 0.0, rr = 0.0, pp = 0.0;

    if (!(b->f[0] < HUGE_VAL)) {
        return;
    }
    for (size_t i = 0; i < n; ++i) {
        r[i] = (b->g[i] - s->g[i]) - pm_dot(h + i * n, s->p, n);
        rp += r[i] * s->p[i];
        rr += r[i] * r[i];
        pp += s->p[i] * s->p[i];
    }
    s->whole.age += 1;
    if (!(fabs(rp) > SKIP * sqrt(rr * pp) && isfinite(rr / rp))) {
        return;
    }
    for (size_t i = 0; i < n; ++i) {
        pm_add(h + i * n, r[i] / rp, r, n);
    }
}

/* ------------------------------------------------------------------------------------ its minimum ------- */

/* The decrease of the model by the step p: -(g'p + p'Hp / 2). */
static double decrease(const newton *s, const double *p)
{
    double sum = 0.0;

    for (size_t i = 0; i < s->n; ++i) {
        if (p[i] != 0.0) {
            sum -= p[i] * (s->g[i] + 0.5 * pm_dot(s->whole.hessian + i * s->n, p, s->n));
        }
    }
    return sum;
}

/* Eigenvalues and eigenvectors of D^-1 H D^-1 in the m variables `moving`. */
static bool decompose(newton *s, size_t m)
{
    whole_model *w = &s->whole;

    for (size_t k = 0; k < m; ++k) {
        const size_t i = s->moving[k];
        for (size_t l = 0; l < m; ++l) {
            const size_t j = s->moving[l];
            w->vectors[k * m + l] = w->hessian[i * s->n + j] / (s->scale[i] * s->scale[j]);
        }
    }
    return pm_eigen_solve(&w->eigen, m, w->vectors, w->values);
}

/* Minimises the model in the m variables `moving`, with the others at x + p.  Variables that leave
 * the box are put on its border and removed from `moving`; true if there are any. */
static bool minimise_moving(newton *s, size_t *m, double radius, double sign, double *multiplier)
{
    whole_model *w = &s->whole;
    const size_t before = *m;
    size_t kept = 0;

    memset(w->slopes, 0, before * sizeof *w->slopes);
    for (size_t l = 0; l < before; ++l) {
        const size_t j = s->moving[l];
        const double slope = (s->g[j] + pm_dot(w->hessian + j * s->n, s->p, s->n)) / s->scale[j];
        for (size_t k = 0; k < before; ++k) {
            w->slopes[k] += w->vectors[k * before + l] * slope;
        }
    }
    *multiplier = pm_trust_region(before, w->values, w->slopes, radius, w->y);
    if (fabs(w->slopes[0]) < -1e-3 * w->values[0] * fabs(w->y[0])) {
        w->y[0] *= sign; /* both directions along this eigenvector are about equally good */
    }
    for (size_t l = 0; l < before; ++l) {
        double along = 0.0;
        for (size_t k = 0; k < before; ++k) {
            along += w->vectors[k * before + l] * w->y[k];
        }
        s->p[s->moving[l]] = along / s->scale[s->moving[l]];
    }
    for (size_t l = 0; l < before; ++l) {
        const size_t i = s->moving[l];
        if (fits(s, i, s->p[i])) {
            s->moving[kept++] = i;
        } else {
            s->p[i] = clipped(s, i, s->p[i]);
        }
    }
    *m = kept;
    return kept < before;
}

/* The step to the minimum of the model over box and region: exact without bounds.  Returns the
 * decrease of the model. */
static double minimise_whole(newton *s, double sign, bool *cut)
{
    double multiplier = 0.0;

    *cut = false;
    find_moving(s);
    memset(s->p, 0, s->n * sizeof *s->p);
    for (size_t m = s->n_moving; m > 0;) {
        const double gone = scaled_length(s, s->p);
        const double left = sqrt(fmax(s->radius * s->radius - gone * gone, 0.0));
        if (left <= 0.0 || pm_called_off(s->task) || !decompose(s, m)) {
            break;
        }
        if (!*cut) {
            const double *values = s->whole.values;
            s->bent = values[0] < -curvature_error(s) * fmax(-values[0], values[m - 1]);
        }
        if (!minimise_moving(s, &m, left, sign, &multiplier)) {
            break;
        }
        for (size_t k = 0; k < m; ++k) {
            s->p[s->moving[k]] = 0.0;
        }
        *cut = true;
    }
    s->inside = multiplier == 0.0 && !*cut;
    return decrease(s, s->p);
}

/* Writes a step along the projected gradient with a sufficient decrease of the model to `other`
 * (Conn, Gould & Toint 2000, algorithm 12.2.2); returns that decrease. */
static double cauchy_point(newton *s)
{
    double *p = s->whole.other, steep = 0.0;

    for (size_t i = 0; i < s->n; ++i) {
        const bool is_held = pm_is_binding(s->x[i], s->g[i], s->lower[i], s->upper[i]);
        steep += is_held ? 0.0 : s->g[i] * s->g[i] / (s->scale[i] * s->scale[i]);
    }
    if (!(steep > 0.0)) {
        return 0.0;
    }
    double t = s->radius / sqrt(steep);
    for (int k = 0; k < 30; ++k, t *= 0.5) {
        double slope = 0.0;
        for (size_t i = 0; i < s->n; ++i) {
            p[i] = clipped(s, i, -t * s->g[i] / (s->scale[i] * s->scale[i]));
            slope += s->g[i] * p[i];
        }
        const double fall = decrease(s, p);
        if (fall >= -0.1 * slope) {
            return fall;
        }
    }
    return 0.0;
}

void pm_newton_plan(newton *s)
{
    static const double SHARE = 0.1;
    const size_t bytes = s->n * sizeof *s->p;
    double *other = s->whole.other;
    bool cut;

    s->predicted = minimise_whole(s, 1.0, &cut);
    if (!cut) {
        return;
    }
    /* At a saddle the opposite direction may have more room in the box. */
    const double one_way = s->predicted;
    memcpy(other, s->p, bytes);
    s->predicted = minimise_whole(s, -1.0, &cut);
    if (!(s->predicted > one_way)) {
        memcpy(s->p, other, bytes);
        s->predicted = one_way;
    }
    const double fall = cauchy_point(s);
    if (!(s->predicted >= SHARE * fall)) {
        memcpy(s->p, other, bytes);
        s->predicted = fall;
    }
    s->inside = false;
}
