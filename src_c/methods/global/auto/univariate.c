#include "methods/global/auto/univariate.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* How far below the lowest value a parabola has to reach, in parts of the range of all values: with
 * less, only the known minimum would be refined; with more, all intervals would be equally good. */
static const double AMBITION = 1e-4;

/* Intervals narrower than this part of the whole are not explored. */
static const double NARROWEST = 1e-6;

/* 1 - the golden ratio */
static const double GOLDEN = 0.3819660112501051;

void pm_univariate_layout(pm_univariate *s, pm_arena *a, size_t capacity)
{
    s->capacity = capacity;
    s->points = PM_TAKE(a, pm_sample, capacity);
}

void pm_univariate_start(pm_univariate *s, double x, double f)
{
    s->count = 1;
    s->points[0] = (pm_sample){x, f};
    s->best = 0;
    s->highest = f < HUGE_VAL ? f : -HUGE_VAL;
    s->finishing = false;
    s->finished = NAN;
}

void pm_univariate_add(pm_univariate *s, double x, double f)
{
    size_t k = s->count;

    if (s->count == s->capacity) {
        return;
    }
    while (k > 0 && s->points[k - 1].x > x) {
        k -= 1;
    }
    memmove(s->points + k + 1, s->points + k, (s->count - k) * sizeof *s->points);
    s->points[k] = (pm_sample){x, f};
    s->count += 1;
    if (k <= s->best) {
        s->best += 1;
    }
    if (f < s->points[s->best].f) {
        s->best = k;
    }
    if (f < HUGE_VAL) {
        s->highest = fmax(s->highest, f);
    }
}

/* ----------------------------------------------------------------------------------------- exploring --- */

/* Half the second derivative of the flattest parabola through both points that touches `floor`.  A
 * value that is not finite counts as the highest one. */
static double difficulty(pm_sample p, pm_sample q, double floor, double highest)
{
    const double left = sqrt(fmin(p.f, highest) - floor), right = sqrt(fmin(q.f, highest) - floor);
    const double root = (left + right) / (q.x - p.x);
    return root * root;
}

bool pm_univariate_explore(pm_univariate *s)
{
    const pm_sample *p = s->points;
    const double lowest = p[s->best].f, whole = p[s->count - 1].x - p[0].x;
    const double floor = lowest - AMBITION * (s->highest - lowest);
    double easiest = HUGE_VAL;

    s->finishing = false;
    if (s->count == s->capacity) {
        return false;
    }
    for (size_t k = 0; k + 1 < s->count; ++k) {
        const double width = p[k + 1].x - p[k].x;
        if (!(width > NARROWEST * whole)) {
            continue;
        }
        const double at = difficulty(p[k], p[k + 1], floor, s->highest);
        if (at < easiest) {
            easiest = at;
            s->trial = p[k].x + 0.5 * width;
        }
    }
    return easiest < HUGE_VAL;
}

/* ----------------------------------------------------------------------------------------- finishing --- */

/* Sets the next trial of Brent's `localmin`; false: the bracket is as narrow as rounding allows. */
static bool brent_step(pm_univariate *s)
{
    const double x = s->low.x, middle = 0.5 * (s->a + s->b);
    const double tolerance = sqrt(DBL_EPSILON) * fmax(fabs(x), 1e-3 * (s->b - s->a)) + DBL_MIN;
    bool golden = true;

    if (fabs(x - middle) <= 2.0 * tolerance - 0.5 * (s->b - s->a)) {
        return false;
    }
    if (fabs(s->e) > tolerance) {
        double r = (x - s->second.x) * (s->low.f - s->third.f);
        double q = (x - s->third.x) * (s->low.f - s->second.f);
        double p = (x - s->third.x) * q - (x - s->second.x) * r;
        q = 2.0 * (q - r);
        p = q > 0.0 ? -p : p;
        q = fabs(q);
        r = s->e;
        if (fabs(p) < fabs(0.5 * q * r) && p > q * (s->a - x) && p < q * (s->b - x)) {
            const double u = x + p / q;
            const bool at_end = u - s->a < 2.0 * tolerance || s->b - u < 2.0 * tolerance;
            s->e = s->d;
            s->d = at_end ? copysign(tolerance, middle - x) : p / q;
            golden = false;
        }
    }
    if (golden) {
        s->e = x < middle ? s->b - x : s->a - x;
        s->d = GOLDEN * s->e;
    }
    s->trial = x + (fabs(s->d) >= tolerance ? s->d : copysign(tolerance, s->d));
    return true;
}

bool pm_univariate_finish(pm_univariate *s)
{
    const pm_sample *at = s->points + s->best;

    s->finishing = false;
    if (s->best == 0 || s->best + 1 == s->count || at->x == s->finished) {
        return false;
    }
    const bool left = at[-1].f <= at[1].f;
    s->a = at[-1].x;
    s->b = at[1].x;
    s->low = *at;
    s->second = left ? at[-1] : at[1];
    s->third = left ? at[1] : at[-1];
    s->d = s->e = s->b - s->a;
    s->finishing = brent_step(s);
    return s->finishing;
}

static void brent_tell(pm_univariate *s, double f)
{
    const pm_sample u = {s->trial, f};

    if (u.f <= s->low.f) {
        *(u.x < s->low.x ? &s->b : &s->a) = s->low.x;
        s->third = s->second;
        s->second = s->low;
        s->low = u;
        return;
    }
    *(u.x < s->low.x ? &s->a : &s->b) = u.x;
    if (u.f <= s->second.f || s->second.x == s->low.x) {
        s->third = s->second;
        s->second = u;
    } else if (u.f <= s->third.f || s->third.x == s->low.x || s->third.x == s->second.x) {
        s->third = u;
    }
}

bool pm_univariate_tell(pm_univariate *s, double f)
{
    if (!s->finishing) {
        pm_univariate_add(s, s->trial, f);
        return false;
    }
    brent_tell(s, f);
    if (brent_step(s)) {
        return true;
    }
    s->finishing = false;
    s->finished = s->low.x;
    if (s->low.f < s->points[s->best].f) {
        pm_univariate_add(s, s->low.x, s->low.f);
    }
    return false;
}
