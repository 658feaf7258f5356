#include "methods/global/auto/separable.h"

#include "methods/global/population.h"

#include <math.h>
#include <string.h>

enum {
    FIRST_EFFORT = 16,    /* places explored per variable in the first round; each round ... */
    LAST_EFFORT = 64,     /* ... explores twice as many as the one before, up to this */
    MOST_PLACES = 256,    /* places kept of one variable; */
    FEWEST_PLACES = 40,   /* fewer, but no fewer than this, */
    ALL_PLACES = 1 << 17, /* if all variables would have more than this, to limit the memory */
};

/* The two sides of the test may differ by this, relative to the largest value and for each
 * variable, since they are sums of rounded numbers. */
static const double RESOLUTION = 1e-10;

/* The same for the check of the minimum, where the changes may be differences of large values. */
static const double LOOSE = 1e-7;

void pm_separable_layout(pm_separable *s, pm_arena *a, size_t n)
{
    const size_t room = ALL_PLACES / n;
    const size_t places = room > MOST_PLACES     ? MOST_PLACES
                          : room < FEWEST_PLACES ? FEWEST_PLACES
                                                 : room;

    s->n = n;
    s->base = PM_TAKE(a, double, n);
    s->moved = PM_TAKE(a, double, n);
    s->from = PM_TAKE(a, double, n);
    s->to = PM_TAKE(a, double, n);
    s->lines = PM_TAKE(a, pm_univariate, n);
    for (size_t i = 0; i < n; ++i) {
        pm_univariate measured;
        pm_univariate_layout(s->lines != NULL ? &s->lines[i] : &measured, a, places);
    }
}

/* Goes on to the next variable, beginning with the ends of its interval in the first round. */
static void next_line(pm_separable *s)
{
    s->i += 1;
    s->left = s->effort;
    s->part = s->effort == FIRST_EFFORT ? PM_LOWER_END : PM_EXPLORING;
}

/* Sets the next trial of the present line, or of the next one; after the last line, all variables
 * are moved to their best places together. */
static void advance(pm_separable *s)
{
    while (s->i < s->n) {
        pm_univariate *line = &s->lines[s->i];
        switch (s->part) {
        case PM_LOWER_END:
            s->part = PM_UPPER_END;
            line->trial = s->from[s->i];
            if (line->points[0].x > line->trial) {
                return;
            }
            break;
        case PM_UPPER_END:
            s->part = PM_EXPLORING;
            line->trial = s->to[s->i];
            if (line->points[line->count - 1].x < line->trial) {
                return;
            }
            break;
        case PM_EXPLORING:
            if (s->left > 0 && pm_univariate_explore(line)) {
                s->left -= 1;
                s->any = true;
                return;
            }
            s->part = PM_FINISHING;
            if (pm_univariate_finish(line)) {
                return;
            }
            break;
        case PM_FINISHING:
            next_line(s);
            break;
        }
    }
    s->phase = PM_TOGETHER;
}

void pm_separable_start(pm_separable *s, const pm_task *task, double spread, const double *x,
                        double f, pm_rng *rng)
{
    memcpy(s->base, x, s->n * sizeof *x);
    s->f = f;
    s->size = fabs(f);
    s->sum = 0.0;
    s->i = 0;
    s->effort = s->left = FIRST_EFFORT;
    s->part = PM_LOWER_END;
    s->any = false;
    for (size_t i = 0; i < s->n; ++i) {
        double from, to;
        pm_drawing_range(task, i, spread, &from, &to);
        s->from[i] = fmin(from, x[i]);
        s->to[i] = fmax(to, x[i]);
        /* The move is into the wider part of the interval, by a third to two thirds of it. */
        const double share = (1.0 + pm_rng_uniform(rng)) / 3.0;
        const double up = s->to[i] - x[i], down = x[i] - s->from[i];
        s->moved[i] = up >= down ? x[i] + share * up : x[i] - share * down;
        pm_univariate_start(&s->lines[i], x[i], f);
    }
    s->phase = s->n > 1 ? PM_MOVING_ONE : PM_ALONG_LINES;
    if (s->phase == PM_ALONG_LINES) {
        advance(s);
    }
}

void pm_separable_ask(const pm_separable *s, double *x)
{
    const pm_univariate *lines = s->lines;

    memcpy(x, s->phase == PM_MOVING_ALL ? s->moved : s->base, s->n * sizeof *x);
    if (s->phase == PM_MOVING_ONE) {
        x[s->i] = s->moved[s->i];
    } else if (s->phase == PM_ALONG_LINES) {
        x[s->i] = lines[s->i].trial;
    } else if (s->phase == PM_TOGETHER) {
        for (size_t i = 0; i < s->n; ++i) {
            x[i] = lines[i].points[lines[i].best].x;
        }
    }
}

/* Whether f is the sum of the value at the base and the changes by the single variables. */
static bool adds_up(const pm_separable *s, double f, double resolution)
{
    const double size = fmax(s->size, fabs(f));
    return fabs(f - s->f - s->sum) <= resolution * (double)s->n * size;
}

static pm_separable_answer moved_one(pm_separable *s, double f)
{
    if (!(fabs(f) < HUGE_VAL)) {
        return PM_SEPARABLE_IS_NOT;
    }
    pm_univariate_add(&s->lines[s->i], s->moved[s->i], f);
    s->any = s->any || f != s->f;
    s->sum += f - s->f;
    s->size = fmax(s->size, fabs(f));
    if (++s->i == s->n) {
        s->phase = PM_MOVING_ALL;
    }
    return PM_SEPARABLE_GOES_ON;
}

/* Begins a round along all lines. */
static void begin_round(pm_separable *s)
{
    s->phase = PM_ALONG_LINES;
    s->i = 0;
    s->left = s->effort;
    s->any = false;
    advance(s);
}

/* f is the value where each variable is at its best place.  If the changes add up to it, there is
 * another round, unless the last one explored nothing or as much as it may. */
static pm_separable_answer together(pm_separable *s, double f)
{
    s->sum = 0.0;
    for (size_t i = 0; i < s->n; ++i) {
        s->sum += s->lines[i].points[s->lines[i].best].f - s->f;
    }
    if (!adds_up(s, f, LOOSE)) {
        return PM_SEPARABLE_IS_NOT;
    }
    s->effort *= 2;
    if (!s->any || s->effort > LAST_EFFORT) {
        return PM_SEPARABLE_SEARCHED;
    }
    s->part = PM_EXPLORING;
    begin_round(s);
    return PM_SEPARABLE_GOES_ON;
}

pm_separable_answer pm_separable_tell(pm_separable *s, double f)
{
    switch (s->phase) {
    case PM_MOVING_ONE:
        return moved_one(s, f);
    case PM_MOVING_ALL:
        if (!s->any || !adds_up(s, f, RESOLUTION)) { /* a plateau adds up in any case */
            return PM_SEPARABLE_IS_NOT;
        }
        begin_round(s);
        return PM_SEPARABLE_GOES_ON;
    case PM_ALONG_LINES:
        if (!pm_univariate_tell(&s->lines[s->i], f)) {
            advance(s);
        }
        return PM_SEPARABLE_GOES_ON;
    default:
        return together(s, f);
    }
}
