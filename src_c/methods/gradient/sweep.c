#include "methods/gradient/sweep.h"

#include "base/bounds.h"
#include "base/parabola.h"

#include <string.h>

/* The length of the arms relative to max(|x|, 1): short compared with the distance from a start to
 * a minimum, long compared with noise and kinks on the way. */
static const double REACH = 0.1;

/* The minimiser of a parabola is trusted up to FARTHEST arms away; it is not evaluated if it
 * differs from the better arm by at most the share SAME. */
static const double FARTHEST = 4.0, SAME = 0.1;

void pm_sweep_layout(pm_sweep *s, pm_arena *a, const pm_task *task)
{
    s->task = task;
    s->x = PM_TAKE(a, double, task->n);
}

void pm_sweep_start(pm_sweep *s)
{
    s->try = ORIGIN;
    memcpy(s->x, s->task->x0, s->task->n * sizeof *s->x);
}

static double move(const pm_sweep *s)
{
    switch (s->try) {
    case ORIGIN:
        return 0.0;
    case LEFT:
        return s->t[0];
    case RIGHT:
        return s->t[1];
    default:
        return s->bottom;
    }
}

/* The variable of the present trial; clipped, because x + (upper - x) may round beyond upper. */
static double moved(const pm_sweep *s)
{
    return pm_clip(s->x[s->i] + move(s), s->task->lower[s->i], s->task->upper[s->i]);
}

void pm_sweep_ask(const pm_sweep *s, double *x)
{
    memcpy(x, s->x, s->task->n * sizeof *x);
    x[s->i] = moved(s);
}

/* The arm with the lower value, or 0 if neither is lower than f. */
static double better_arm(const pm_sweep *s)
{
    const double lowest = fmin(s->value[0], s->value[1]);
    return !(lowest < s->f) ? 0.0 : lowest == s->value[0] ? s->t[0] : s->t[1];
}

/* Sets the third trial; false if it is the same as the better arm, or x if neither is lower. */
static bool find_bottom(pm_sweep *s)
{
    const pm_parabola p =
        pm_parabola_through(s->t[0], s->value[0] - s->f, s->t[1], s->value[1] - s->f);
    const double best = better_arm(s), most = FARTHEST * fabs(s->t[0]);
    const bool bends = p.curvature > 0.0 && p.curvature < HUGE_VAL;
    const double t = bends ? -p.slope / p.curvature : FARTHEST * best, x = s->x[s->i];

    s->bottom =
        pm_clip(x + fmin(fmax(t, -most), most), s->task->lower[s->i], s->task->upper[s->i]) - x;
    return fabs(s->bottom - best) > SAME * fabs(best);
}

/* Sets the arms of the variable i; false if the box leaves it no room, or x is so large. */
static bool set_arms(pm_sweep *s)
{
    const double x = s->x[s->i], h = REACH * fmax(fabs(x), 1.0);

    for (int arm = 0; arm < 2; ++arm) {
        s->t[arm] = pm_arm(x, h, s->task->lower[s->i], s->task->upper[s->i], arm);
    }
    s->try = LEFT;
    return s->t[0] != 0.0 && s->t[1] != 0.0;
}

/* Goes to the first variable from i on that can move; false if there is none. */
static bool go_on(pm_sweep *s, size_t i)
{
    for (s->i = i; s->i < s->task->n; ++s->i) {
        if (set_arms(s)) {
            return true;
        }
    }
    return false;
}

/* Keeps the move of the variable if its value f is the lowest, and goes to the next variable. */
static bool take(pm_sweep *s, double f)
{
    if (f < s->f) {
        s->x[s->i] = moved(s);
        s->f = f;
    }
    return go_on(s, s->i + 1);
}

bool pm_sweep_tell(pm_sweep *s, double f)
{
    switch (s->try) {
    case ORIGIN:
        s->f = f;
        return f < HUGE_VAL && go_on(s, 0);
    case LEFT:
        s->value[0] = f;
        s->try = RIGHT;
        return true;
    case RIGHT:
        s->value[1] = f;
        s->try = BOTTOM;
        if (find_bottom(s)) {
            return true;
        }
        break;
    case BOTTOM:
        if (f < fmin(s->value[0], s->value[1])) {
            return take(s, f);
        }
        break;
    }
    s->bottom = better_arm(s);
    return take(s, fmin(s->value[0], s->value[1]));
}
