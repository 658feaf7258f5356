/* The state machine around every first-order rule.
 *
 *   Departures from the papers of the rules: a point without a finite value is not stepped from.
 *   The step that led there is halved, back towards the point it started from, until the value is
 *   finite again; the moments are left as they were.  Where the next point would not be finite,
 *   a gradient was not: the step that led to it is halved, too, and the moments start again from
 *   zero.
 *
 *   Four buffers are all there is: they change roles, and nothing is copied.
 */
#include "firstorder.h"

#include <math.h>

/* 60 halvings take any step below the resolution of the point it starts from. */
enum { MOST_HALVINGS = 60, BUFFERS = 4 };

void pm_first_order_layout(pm_first_order *s, const pm_rule *rule, pm_arena *a, const pm_task *task)
{
    s->o = task->options; /* the first field of the method's options */
    s->rule = rule;
    s->n = task->n;
    for (size_t k = 0; k < BUFFERS; ++k) {
        s->buffer[k] = PM_TAKE(a, double, s->n);
    }
}

/* A buffer that nobody needs: three of the four are spoken for, at most. */
static size_t spare(const pm_first_order *s)
{
    size_t k = 0;
    while (k == s->from || k == s->here || k == s->held) {
        ++k;
    }
    return k;
}

void pm_first_order_start(void *state, const pm_task *task)
{
    pm_first_order *s = state;

    s->f = s->f_from = HUGE_VAL;
    s->slope = spare(s);
    memcpy(s->buffer[s->here], task->x0, s->n * sizeof(double));
    s->rule->reset(state);
}

/* The middle between where the step started and where it led. */
static void halve(pm_first_order *s, size_t to)
{
    const double *from = s->buffer[s->from], *here = s->buffer[s->here];
    double *middle = s->buffer[to];

    for (size_t i = 0; i < s->n; ++i) {
        middle[i] = from[i] + 0.5 * (here[i] - from[i]);
    }
    s->here = to;
    s->halvings += 1;
}

/* The next point takes the place of the gradient.  Where it would not be finite, this point is as
 * bad as one without a value, and what the moments have seen of it must be forgotten. */
static void step(void *state)
{
    pm_first_order *s = state;
    const double *x = s->buffer[s->here];
    double *g = s->buffer[s->slope];

    if (s->rule->begin != NULL) {
        s->rule->begin(state, x, g);
    }
    if (s->rule->update(state, s->o->learning_rate, x, g, 0, s->n)) {
        s->from = s->here;
        s->here = s->slope;
        s->f_from = s->f;
        s->halvings = 0;
    } else {
        s->rule->reset(state);
        halve(s, s->slope);
    }
    s->slope = spare(s);
}

void pm_first_order_ask(void *state, pm_batch *b)
{
    pm_first_order *s = state;

    if (s->phase == PM_ACCEPTED) {
        step(state);
        s->phase = PM_TRYING;
    }
    b->count = 1;
    b->wants = PM_FG;
    b->lent = true;
    b->x = s->buffer[s->here];
    b->g = s->buffer[s->slope];
}

static bool is_finite(const double *g, size_t n)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < n; ++i) {
        seen |= pm_not_finite(g[i]);
    }
    return pm_all_finite(seen);
}

static pm_turn end(pm_first_order *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

pm_turn pm_first_order_tell(void *state, const pm_batch *b)
{
    pm_first_order *s = state;
    const bool first = s->phase == PM_FIRST_POINT, good = b->f[0] < HUGE_VAL;

    if (first && !(good && is_finite(b->g, s->n))) {
        return end(s, PM_NOT_FINITE);
    }
    if (b->held) {
        s->held = s->here;
    }
    if (s->halvings + !good > MOST_HALVINGS) {
        return end(s, PM_EXHAUSTED);
    }
    if (!good) {
        halve(s, s->here);
        return PM_MID_STEP;
    }
    s->phase = PM_ACCEPTED;
    s->f = b->f[0];
    return PM_STEP_DONE;
}

/* The gradient is there until the next point takes its place. */
void pm_first_order_at(const void *state, pm_iterate *out)
{
    const pm_first_order *s = state;
    const bool accepted = s->phase == PM_ACCEPTED;

    *out = (pm_iterate){
        .x = s->buffer[accepted ? s->here : s->from],
        .f = accepted ? s->f : s->f_from,
        .g = accepted ? s->buffer[s->slope] : NULL,
        .ended = s->ended,
    };
}
