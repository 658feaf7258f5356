#include "linesearch.h"

#include <float.h>
#include <math.h>

/* Thirty trials shorten a step by a factor from 1e9, by bisection alone, to 1e30. */
enum { MOST_TRIALS = 30 };

/* A new trial stays this far, in parts of the bracket, from both of its ends. */
static const double SAFEGUARD = 0.1;

/* A step that leaves more of the slope than this has not come near the minimum along d. */
static const double STEEP = 0.9;

/* An open bracket is widened by at most this factor. */
static const double WIDEN = 10.0;

void pm_line_start(pm_line *s, pm_line_rules rules, double f, double slope, double t,
                   double longest)
{
    *s = (pm_line){
        .rules = rules,
        .f = f,
        .slope = slope,
        .t = t,
        .f_low = f,
        .g_low = slope,
        .high = HUGE_VAL,
        .longest = longest,
    };
}

/* The minimiser of the cubic with values and slopes (fa, ga) at a and (fb, gb) at b; NaN if it has
 * none (Nocedal & Wright 2006, eq. 3.59). */
static double cubic_minimiser(double a, double fa, double ga, double b, double fb, double gb)
{
    const double d1 = ga + gb - 3.0 * (fa - fb) / (a - b);
    const double d2 = copysign(sqrt(d1 * d1 - ga * gb), b - a);
    return b - (b - a) * (gb + d2 - d1) / (gb - ga + 2.0 * d2);
}

/* The minimiser of the parabola with value fa and slope ga at a, and value fb at b. */
static double parabola_minimiser(double a, double fa, double ga, double b, double fb)
{
    const double h = b - a;
    return a - 0.5 * ga * h * h / (fb - fa - ga * h);
}

/* The next trial inside the bracket. */
static double inside(const pm_line *s)
{
    const double margin = SAFEGUARD * (s->high - s->low);
    double t = NAN;

    if (isfinite(s->f_high)) {
        t = isfinite(s->g_high)
                ? cubic_minimiser(s->low, s->f_low, s->g_low, s->high, s->f_high, s->g_high)
                : parabola_minimiser(s->low, s->f_low, s->g_low, s->high, s->f_high);
    }
    if (!isfinite(t)) {
        return 0.5 * (s->low + s->high);
    }
    return fmin(fmax(t, s->low + margin), s->high - margin);
}

/* The next trial beyond the longest good step, whose predecessor was at t0 with (f0, g0). */
static double beyond(const pm_line *s, double t0, double f0, double g0)
{
    const double t = cubic_minimiser(t0, f0, g0, s->low, s->f_low, s->g_low);
    return isfinite(t) && t > s->low ? fmin(fmax(t, 2.0 * s->low), WIDEN * s->low) : WIDEN * s->low;
}

static pm_line_answer next_trial(pm_line *s, double t)
{
    /* The bracket has no number inside, or none whose value could be told from the others. */
    const bool stuck = t <= s->low || t >= s->high ||
                       (s->high - s->low) * -s->slope < 0.5 * DBL_EPSILON * fabs(s->f);

    if (++s->trials < MOST_TRIALS && !stuck) {
        s->t = t;
        return PM_LINE_AGAIN;
    }
    if (s->low > 0.0) {
        s->settled = true;
        s->t = s->low;
        return PM_LINE_AGAIN;
    }
    return PM_LINE_FAILED;
}

static pm_line_answer too_long(pm_line *s, double f, double g)
{
    if (s->curvature == 0.0 && isfinite(f)) {
        s->curvature = isfinite(g) ? (g - s->slope) / s->t
                                   : 2.0 * (f - s->f - s->t * s->slope) / (s->t * s->t);
    }
    s->high = s->t;
    s->f_high = f;
    s->g_high = g;
    return next_trial(s, inside(s));
}

static pm_line_answer too_short(pm_line *s, double f, double g)
{
    const double t0 = s->low, f0 = s->f_low, g0 = s->g_low;

    s->low = s->t;
    s->f_low = f;
    s->g_low = g;
    if (s->high < HUGE_VAL) {
        return next_trial(s, inside(s));
    }
    return s->t >= s->longest ? PM_LINE_ACCEPT
                              : next_trial(s, fmin(beyond(s, t0, f0, g0), s->longest));
}

double pm_line_worth(const pm_line *s)
{
    return s->f + 2.0 * DBL_EPSILON * fabs(s->f);
}

/* The value is the same to rounding, but the slope says that the minimum along d is here. */
static bool level(const pm_line *s, double f, double g)
{
    const double c1 = s->rules.decrease, c2 = fmin(s->rules.curvature, STEEP);
    return f <= pm_line_worth(s) && g >= c2 * s->slope && g <= (2.0 * c1 - 1.0) * s->slope;
}

pm_line_answer pm_line_tell(pm_line *s, double f, double g, double predicted, bool bent)
{
    const double c1 = s->rules.decrease, c2 = s->rules.curvature;
    const bool decreased = f <= s->f + c1 * predicted && predicted < 0.0;

    if (s->settled) {
        return PM_LINE_ACCEPT;
    }
    if (bent) {
        return decreased ? PM_LINE_ACCEPT : too_long(s, f, NAN);
    }
    if (!decreased) {
        return level(s, f, g) ? PM_LINE_ACCEPT : too_long(s, f, g);
    }
    if (s->low > 0.0 && f > s->f_low) {
        return too_long(s, f, g);
    }
    return g >= c2 * s->slope || c2 >= 1.0 ? PM_LINE_ACCEPT : too_short(s, f, g);
}
