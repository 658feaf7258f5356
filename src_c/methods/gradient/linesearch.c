#include "methods/gradient/linesearch.h"

#include "base/parabola.h"
#include "base/vectors.h"

#include <float.h>
#include <math.h>

/* Thirty trials shorten a step by a factor from 1e9, by bisection alone, to 1e30. */
enum { MOST_TRIALS = 30 };

/* The least distance, in parts of the bracket, of a new trial from `low` and from `high`.  The
 * first is smaller, because when `high` is far above the start the minimum may well be close to
 * `low`. */
static const double NEAR_LOW = 0.01, NEAR_HIGH = 0.1;

/* A bracket that two trials have not narrowed to this share is bisected (More & Thuente 1994). */
static const double NARROW = 2.0 / 3.0;

/* The largest share of the initial slope that may be left when f is level to rounding, even if the
 * rules allow more: a steeper step is not near the minimum along d. */
static const double STEEP = 0.9;

/* An open bracket is widened by at least and at most these factors. */
static const double WIDEN = 2.0, WIDEN_MOST = 10.0;

/* By values: a step that is too long is multiplied by SHORTEN_MOST to SHORTEN; at most
 * MOST_REFINEMENTS trials follow one of sufficient decrease; a trial between ALIKE_BELOW and
 * ALIKE_ABOVE times the best step is not worth another value; and a longer trial is at most FARTHER
 * times the best step. */
enum { MOST_REFINEMENTS = 4 };
static const double SHORTEN_MOST = 0.1, SHORTEN = 0.5, ALIKE_BELOW = 0.6, ALIKE_ABOVE = 1.5,
                    FARTHER = 4.0;

double pm_line_predicted(const double *x, const double *g, const double *d, double t,
                         const double *to, size_t n, bool *bent)
{
    double sum = 0.0;

    *bent = false;
    for (size_t i = 0; i < n; ++i) {
        sum += g[i] * (to[i] - x[i]);
        *bent = *bent || to[i] != x[i] + t * d[i];
    }
    return sum;
}

double pm_line_reach(const double *x, const double *d, size_t n)
{
    return fmin(fmax(pm_largest(x, n), 1.0) / fmax(pm_largest(d, n), 1e-300), 1e280);
}

void pm_line_start(pm_line *s, pm_line_rules rules, double f, double slope, double t,
                   double longest)
{
    const pm_line_point start = {.t = 0.0, .f = f, .g = slope};

    *s = (pm_line){
        .rules = rules,
        .start = start,
        .first = t,
        .t = t,
        .low = start,
        .left = start,
        .high = {.t = HUGE_VAL},
        .longest = longest,
        .width = {HUGE_VAL, HUGE_VAL},
    };
}

/* The minimiser of the cubic with the values and slopes at a and b; NaN if it has none (Nocedal &
 * Wright 2006, eq. 3.59, with quotients that do not overflow). */
static double cubic_minimiser(pm_line_point a, pm_line_point b)
{
    const double d1 = a.g + b.g - 3.0 * (a.f - b.f) / (a.t - b.t);
    const double size = fmax(fmax(fabs(d1), fabs(a.g)), fabs(b.g));
    const double root = sqrt((d1 / size) * (d1 / size) - (a.g / size) * (b.g / size));
    const double d2 = copysign(size * root, b.t - a.t);
    return b.t - (b.t - a.t) * ((b.g + d2 - d1) / (b.g - a.g + 2.0 * d2));
}

/* The minimiser of the parabola with the value and slope at a, and the value at b. */
static double parabola_minimiser(pm_line_point a, pm_line_point b)
{
    const double h = b.t - a.t, bend = (b.f - a.f) / h - a.g;
    return a.t - 0.5 * h * (a.g / bend);
}

/* The zero of the line through the slopes at a and b. */
static double secant_zero(pm_line_point a, pm_line_point b)
{
    return a.t - (b.t - a.t) * (a.g / (b.g - a.g));
}

/* The next trial inside the bracket (More & Thuente 1994, section 4, cases 1 and 2). */
static double inside(const pm_line *s)
{
    const pm_line_point a = s->low, b = s->high;
    const double width = b.t - a.t; /* negative where low is the longer step */
    double t;

    if (!isfinite(b.f) || fabs(width) > NARROW * s->width[1]) {
        return a.t + 0.5 * width;
    }
    if (!isfinite(b.g)) {
        t = parabola_minimiser(a, b);
    } else {
        const double cubic = cubic_minimiser(a, b);
        const double other = b.f > a.f ? parabola_minimiser(a, b) : secant_zero(a, b);
        const bool closer = fabs(cubic - a.t) < fabs(other - a.t);
        t = b.f > a.f ? (closer ? cubic : 0.5 * (cubic + other)) : (closer ? other : cubic);
        t = isfinite(t) ? t : other;
    }
    const double part = (t - a.t) / width;
    return isfinite(part) ? a.t + fmin(fmax(part, NEAR_LOW), 1.0 - NEAR_HIGH) * width
                          : a.t + 0.5 * width;
}

/* The next trial beyond `low`, the longest step so far; `before` is the best step before it. */
static double beyond(const pm_line *s, pm_line_point before)
{
    const double t = cubic_minimiser(before, s->low);
    return isfinite(t) && t > s->low.t ? fmin(fmax(t, WIDEN * s->low.t), WIDEN_MOST * s->low.t)
                                       : WIDEN_MOST * s->low.t;
}

static pm_line_answer next_trial(pm_line *s, double t)
{
    /* The bracket has no number inside, or f differs by rounding only within it. */
    const double width = fabs(s->high.t - s->low.t);
    const bool stuck = t == s->low.t || t == s->high.t || !(t > 0.0) ||
                       width * -s->start.g < 0.5 * DBL_EPSILON * fabs(s->start.f);

    s->width[1] = s->width[0];
    s->width[0] = width;
    if (++s->trials < MOST_TRIALS && !stuck) {
        s->t = t;
        return PM_LINE_AGAIN;
    }
    if (s->low.t > 0.0) {
        s->settled = true;
        s->t = s->low.t;
        return PM_LINE_AGAIN;
    }
    return PM_LINE_FAILED;
}

/* Ends the bracket at the trial; the next trial lies inside. */
static pm_line_answer shorten(pm_line *s, pm_line_point trial)
{
    s->high = trial;
    return next_trial(s, inside(s));
}

/* The trial is higher than low, or has no sufficient decrease.  Its slope may be unknown (NaN). */
static pm_line_answer too_high(pm_line *s, pm_line_point trial)
{
    const pm_line_point a = s->start;

    if (s->curvature == 0.0 && isfinite(trial.f)) {
        s->curvature = isfinite(trial.g)
                           ? (trial.g - a.g) / trial.t
                           : 2.0 * (trial.f - a.f - trial.t * a.g) / (trial.t * trial.t);
    }
    return shorten(s, trial);
}

/* The trial is the best step so far, but too steep.  The minimum lies downhill of it: beyond it, or
 * back towards the best step before it. */
static pm_line_answer too_steep(pm_line *s, pm_line_point trial)
{
    const pm_line_point before = s->low;
    const bool open = s->high.t == HUGE_VAL;

    s->low = trial;
    if (open && trial.g < 0.0) {
        return trial.t >= s->longest ? PM_LINE_ACCEPT
                                     : next_trial(s, fmin(beyond(s, before), s->longest));
    }
    if (open || trial.g * (s->high.t - before.t) > 0.0) {
        s->high = before;
    }
    return next_trial(s, inside(s));
}

/* -------------------------------------------------------------------------------------- by values ------- */

pm_wants pm_line_wants(const pm_line *s)
{
    return s->rules.by_values && !s->taken ? PM_F : PM_FG;
}

bool pm_line_doubts(const pm_line *s)
{
    return s->rules.by_values && s->low.t == 0.0 && s->trials >= 3;
}

/* The minimiser of the parabola through the best step and its neighbours; HUGE_VAL if there is
 * none.  If no longer step is known, the parabola uses the start: its slope or, with another
 * shorter step known, its value. */
static double lowest_between(const pm_line *s)
{
    const bool open = s->high.t > FARTHER * s->low.t; /* ignore a point too far off to fit */

    if (open && s->left.t == 0.0) {
        const double t = parabola_minimiser(s->start, s->low);
        return t > 0.0 ? t : HUGE_VAL;
    }
    const pm_line_point other = open ? s->start : s->high;
    const pm_parabola p = pm_parabola_through(s->left.t - s->low.t, s->left.f - s->low.f,
                                              other.t - s->low.t, other.f - s->low.f);
    return p.curvature > 0.0 ? s->low.t - p.slope / p.curvature : HUGE_VAL;
}

/* Asks for the best step again, now with its slope, and then accepts it. */
static pm_line_answer take(pm_line *s)
{
    s->taken = true;
    s->t = s->low.t;
    return PM_LINE_AGAIN;
}

static pm_line_answer tell_value(pm_line *s, pm_line_point trial, bool decreased, bool bent)
{
    if (s->low.t == 0.0) {
        if (!decreased) {
            s->curvature = 0.0; /* measure it anew: a shorter step is closer to that at the start */
            const pm_line_answer answer = too_high(s, trial);
            s->t = fmin(fmax(s->t, SHORTEN_MOST * trial.t), SHORTEN * trial.t);
            return answer;
        }
        s->low = trial;
    } else if (trial.f < s->low.f) {
        *(trial.t > s->low.t ? &s->left : &s->high) = s->low;
        s->low = trial;
    } else {
        *(trial.t > s->low.t ? &s->high : &s->left) = trial;
    }
    const double t = fmin(fmin(lowest_between(s), FARTHER * s->low.t), s->longest);
    const bool alike = t >= ALIKE_BELOW * s->low.t && t <= ALIKE_ABOVE * s->low.t;
    if (bent || alike || !(t > 0.0) || !isfinite(s->high.f) || s->refinements == MOST_REFINEMENTS) {
        return take(s);
    }
    s->refinements += 1;
    s->t = t;
    return PM_LINE_AGAIN;
}

/* ----------------------------------------------------------------------------------------- by slopes ---- */

double pm_line_value_limit(const pm_line *s)
{
    return s->start.f + 2.0 * DBL_EPSILON * fabs(s->start.f);
}

/* The value equals that of the start to rounding, but the slope shows that the minimum along d is
 * near (the approximate Wolfe conditions). */
static bool level(const pm_line *s, double f, double g)
{
    const double c1 = s->rules.decrease, c2 = fmin(s->rules.curvature, STEEP);
    return f <= pm_line_value_limit(s) && g >= c2 * s->start.g &&
           g <= (2.0 * c1 - 1.0) * s->start.g;
}

pm_line_answer pm_line_tell(pm_line *s, double f, double g, double predicted, bool bent)
{
    const double c1 = s->rules.decrease, c2 = s->rules.curvature;
    const bool decreased = f <= s->start.f + c1 * predicted && predicted < 0.0;
    const pm_line_point trial = {.t = s->t, .f = f, .g = bent ? NAN : g}; /* not along d */

    if (s->rules.by_values && !s->taken) {
        return tell_value(s, trial, decreased, bent);
    }
    if (s->settled || s->taken) { /* evaluated again: with noise the value may differ this time */
        return f < HUGE_VAL && isfinite(g) ? PM_LINE_ACCEPT : PM_LINE_FAILED;
    }
    if (bent) {
        return decreased ? PM_LINE_ACCEPT : shorten(s, trial);
    }
    if (!decreased) {
        return level(s, f, g) ? PM_LINE_ACCEPT : too_high(s, trial);
    }
    if (s->low.t > 0.0 && f > s->low.f) {
        return too_high(s, trial);
    }
    return c2 >= 1.0 || (s->rules.strong ? fabs(g) : -g) <= -c2 * s->start.g ? PM_LINE_ACCEPT
                                                                             : too_steep(s, trial);
}
