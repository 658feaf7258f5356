#include "fold.h"

/* Margins of this part of the interval or of the unit. */
static const double PART = 0.05;

pm_fold pm_fold_made(double lower, double upper, double unit)
{
    return (pm_fold){lower, upper, PART * fmin(unit, upper - lower)};
}

/* Twice the length from mirror to mirror. */
static double period(const pm_fold *f)
{
    return 2.0 * (f->upper - f->lower + 2.0 * f->margin);
}

double pm_fold_bend(const pm_fold *f, double t)
{
    const double a = f->margin;

    if (f->lower >
        -HUGE_VAL) { /* the distance from the lower mirror, and back from the upper one */
        double way = fabs(t - (f->lower - a));
        if (f->upper < HUGE_VAL) {
            way = fmod(way, period(f));
            way = fmin(way, period(f) - way);
        }
        t = f->lower - a + way;
    } else {
        t = f->upper + a - fabs(f->upper + a - t);
    }
    if (t < f->lower + a) {
        const double way = t - (f->lower - a);
        t = f->lower + way * (way / (4.0 * a));
    } else if (t > f->upper - a) {
        const double way = f->upper + a - t;
        t = f->upper - way * (way / (4.0 * a));
    }
    return pm_clip(t, f->lower, f->upper);
}

double pm_unfolded(const pm_fold *f, double x)
{
    const double a = f->margin;

    if (x < f->lower + a) {
        return f->lower - a + 2.0 * sqrt(a) * sqrt(x - f->lower);
    }
    if (x > f->upper - a) {
        return f->upper + a - 2.0 * sqrt(a) * sqrt(f->upper - x);
    }
    return x;
}

double pm_fold_near(const pm_fold *f, double t)
{
    const double whole = period(f);
    return whole < HUGE_VAL ? t - whole * round((t - f->lower) / whole) : t;
}
