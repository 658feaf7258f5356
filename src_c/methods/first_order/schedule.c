#include "methods/first_order/schedule.h"

#include <math.h>

static const double PI = 3.141592653589793;

/* An improvement of at most this share of the whole improvement so far does not end a plateau.
 * Keras and PyTorch use a share of the value itself, which an offset of f would change. */
static const double TELLING = 1e-4;

const char *const pm_schedule_names[PM_SCHEDULE_COUNT] = {
    [PM_SCHEDULE_CONSTANT] = "constant",         [PM_SCHEDULE_STEP] = "step",
    [PM_SCHEDULE_EXPONENTIAL] = "exponential",   [PM_SCHEDULE_COSINE] = "cosine",
    [PM_SCHEDULE_INVERSE_TIME] = "inverse_time", [PM_SCHEDULE_PLATEAU] = "plateau",
};

const pm_option pm_schedule_rows[] = {PM_SCHEDULE_OPTIONS((size_t)0), PM_OPTIONS_END};

void pm_schedule_start(pm_schedule *s)
{
    *s = (pm_schedule){.first = HUGE_VAL, .best = HUGE_VAL, .left = 1.0};
}

static double period_of(const pm_schedule_options *o, size_t steps)
{
    if (o->period > 0) {
        return (double)o->period;
    }
    const double all = steps > o->warmup ? (double)(steps - o->warmup) : 1.0;
    return o->kind == PM_SCHEDULE_STEP ? fmax(floor(all / 3.0), 1.0) : all;
}

/* The fraction of the present period that has passed; `periods` is the time in units of the first
 * period.  Each period is `growth` times as long as the one before, so the first k together last
 * (growth^k - 1) / (growth - 1). */
static double phase(double periods, double growth)
{
    if (growth == 1.0) {
        return periods - floor(periods);
    }
    const double k = floor(log1p(periods * (growth - 1.0)) / log(growth) + 1e-12);
    const double length = pow(growth, k);
    return fmax(periods - (length - 1.0) / (growth - 1.0), 0.0) / length;
}

static void look_for_plateau(pm_schedule *s, const pm_schedule_options *o, double f)
{
    if (s->first == HUGE_VAL) {
        s->first = s->best = f;
    } else if (f < s->best - TELLING * (s->first - s->best)) {
        s->best = f;
        s->idle = 0;
    } else if (++s->idle >= o->patience) {
        s->left *= o->decay;
        s->idle = 0;
    }
}

static double fallen(pm_schedule *s, const pm_schedule_options *o, double periods, double f)
{
    switch (o->kind) {
    case PM_SCHEDULE_STEP:
        return pow(o->decay, floor(periods));
    case PM_SCHEDULE_EXPONENTIAL:
        return pow(o->decay, periods);
    case PM_SCHEDULE_COSINE:
        return 0.5 * (1.0 + cos(PI * phase(periods, o->growth)));
    case PM_SCHEDULE_INVERSE_TIME:
        return 1.0 / (1.0 + periods);
    case PM_SCHEDULE_PLATEAU:
        look_for_plateau(s, o, f);
        return s->left;
    default:
        return 1.0;
    }
}

double pm_schedule_next(pm_schedule *s, const pm_schedule_options *o, size_t steps, double f)
{
    const size_t t = s->step++;
    if (t < o->warmup) {
        return (double)(t + 1) / (double)(o->warmup + 1);
    }
    const double periods = (double)(t - o->warmup) / period_of(o, steps);
    const double share = fallen(s, o, periods, f);
    return o->kind == PM_SCHEDULE_COSINE ? o->floor + (1.0 - o->floor) * share
                                         : fmax(o->floor, share);
}
