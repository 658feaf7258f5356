/* The state machine around every first-order rule.
 *
 *   Departures from the papers of the rules: no step starts at a point without a finite value.  The
 *   step that led there is halved, back towards the point from which it started, until the value is
 *   finite; the moments stay as they were.  If the next point would not be finite, the gradient at
 *   the present point was not: the step that led there is halved, too, and the moments start again
 *   from zero.
 *
 *   If the rate is too large for the curvature, the iterates move away and the values rise ever
 *   faster: the rule then returns to its lowest point, with a tenth of the rate.
 *
 *   There are five buffers, which exchange roles, so that nothing is copied.  Points off the path
 *   (uphill for a sharpness-aware step, or the average of the iterates) need more.
 */
#include "methods/first_order/ingredients.h"
#include "solver/stopping.h"
#include "base/vectors.h"

#include <math.h>

/* 60 halvings take any step below the resolution of the point it starts from. */
enum { MOST_HALVINGS = 60, FEWEST_BUFFERS = 5 };

/* Each retreat multiplies the rate by SMALLER; a rate that is too large by more than twelve orders
 * of magnitude is not corrected. */
enum { MOST_RETREATS = 12 };
static const double SMALLER = 0.1;

/* A run diverges if its values stay above begun_f for a window of evaluations and their largest
 * rise grows by more than the factor GROWTH in the second half of it.  Values above begun_f are not
 * enough: near a kink they can stay there without growing.  The window is the patience, within
 * these limits. */
enum { FEWEST_ABOVE = 20, MOST_ABOVE = 200 };
static const double GROWTH = 2.0;

/* The average is evaluated each time the number of points has grown by this factor: about ten times
 * per factor of ten. */
static const double WEIGHING = 1.25;

static bool is_plain(const pm_first_order_options *o)
{
    return o->schedule.kind == PM_SCHEDULE_CONSTANT && o->schedule.warmup == 0 &&
           o->clip_value == 0.0 && o->clip_norm == 0.0 && o->noise == 0.0 &&
           o->weight_decay == 0.0 && o->l1 == 0.0;
}

/* The number of steps that the run may take. */
static size_t steps_of(const pm_first_order_options *o, const pm_task *task)
{
    const size_t arms = task->has_gradient ? 0 : task->central ? 2 : 1;
    const size_t points = pm_times(1 + pm_times(arms, task->n), o->sam_radius > 0.0 ? 2 : 1);
    const size_t most = task->budget / points;
    return task->max_iter > 0 && task->max_iter < most ? task->max_iter : most;
}

/* If n > PM_LARGE, x and g are judged only every so many steps, which saves two passes over a
 * vector. */
enum { JUDGED_EVERY = 16 };

/* Evaluations in the window; 0: growth is not tested, because values of different samples cannot be
 * compared, or because penalties or noise can lead the path uphill. */
static size_t window_of(const pm_first_order_options *o, const pm_task *task)
{
    const size_t patience = task->stopping.patience;
    const bool led = o->weight_decay > 0.0 || o->l1 > 0.0 || o->noise > 0.0;
    return task->stochastic || led   ? 0
           : patience < FEWEST_ABOVE ? FEWEST_ABOVE
           : patience > MOST_ABOVE   ? MOST_ABOVE
                                     : patience;
}

void pm_first_order_layout(pm_first_order *s, const pm_rule *rule, pm_arena *a, const pm_task *task)
{
    const pm_first_order_options *o = s->o = task->options; /* their first field */
    const bool beside = o->sam_radius > 0.0 || o->averaging != PM_NO_AVERAGE;

    s->rule = rule;
    s->n = task->n;
    s->steps = steps_of(o, task);
    s->stochastic = task->stochastic;
    s->window = window_of(o, task);
    s->plain = is_plain(o);
    for (size_t k = 0; k < (beside ? PM_MOST_BUFFERS : FEWEST_BUFFERS); ++k) {
        s->buffer[k] = PM_TAKE(a, double, s->n);
    }
    s->mean = o->averaging == PM_NO_AVERAGE ? NULL : PM_TAKE(a, double, s->n);
}

static unsigned bit(size_t k)
{
    return 1u << k;
}

/* A buffer that is not in use; `besides` has a bit for each further buffer to leave alone. */
static size_t spare(const pm_first_order *s, unsigned besides)
{
    const unsigned taken = besides | bit(s->from) | bit(s->here) | bit(s->kept) | bit(s->lowest);
    size_t k = 0;
    while ((taken & bit(k)) != 0) {
        ++k;
    }
    return k;
}

void pm_first_order_start(void *state, const pm_task *task)
{
    pm_first_order *s = state;

    s->f = s->f_from = s->lowest_f = s->begun_f = HUGE_VAL;
    s->reduction = 1.0;
    s->farthest = PM_ENDLESS * pm_larger(pm_largest(task->x0, s->n), 1.0);
    s->slope = spare(s, 0);
    s->rng = pm_rng_stream(task->key, 0);
    pm_schedule_start(&s->schedule);
    memcpy(s->buffer[s->here], task->x0, s->n * sizeof(double));
    s->rule->reset(state);
}

/* Writes the midpoint of the step to buffer `to`, which becomes `here`. */
static void halve(pm_first_order *s, size_t to)
{
    const double *from = s->buffer[s->from], *here = s->buffer[s->here];
    double *middle = s->buffer[to];

    for (size_t i = 0; i < s->n; ++i) {
        middle[i] = from[i] + (0.5 * here[i] - 0.5 * from[i]); /* here - from might overflow */
    }
    s->here = to;
    s->halvings += 1;
}

/* Applies the common options to the gradient; returns the rate of this step. */
static double prepare(pm_first_order *s, const double *x, double *g)
{
    const pm_first_order_options *o = s->o;
    const size_t t = s->schedule.step;

    pm_shape_gradient(o, s->rule->decays, &s->rng, t, x, g, s->n);
    return s->reduction * o->learning_rate *
           pm_schedule_next(&s->schedule, &o->schedule, s->steps, s->f);
}

/* The next point replaces the gradient.  If it is not finite, the present point is treated like one
 * without a value, and the moments, which include its gradient, are reset. */
static void step(void *state)
{
    pm_first_order *s = state;
    const double *x = s->buffer[s->here];
    double *g = s->buffer[s->steep];
    const double rate = s->plain ? s->reduction * s->o->learning_rate : prepare(s, x, g);

    if (s->rule->begin != NULL) {
        s->rule->begin(state, rate, x, g);
    }
    if (s->rule->update(state, rate, x, g)) {
        if (s->o->l1 > 0.0) {
            pm_soft_threshold(g, s->n, rate * s->o->l1);
        }
        s->from = s->here;
        s->here = s->steep;
        s->f_from = s->f;
        s->halvings = 0;
    } else {
        s->rule->reset(state);
        halve(s, s->steep);
    }
    s->slope = spare(s, 0);
}

/* --------------------------------------------------------------------------- points off the path -------- */

/* For a sharpness-aware step: writes the point uphill of this one, to be asked for; false if there
 * is none. */
static bool uphill(pm_first_order *s)
{
    const double *x = s->buffer[s->here], *g = s->buffer[s->slope];
    const double radius = s->o->sam_radius, norm = radius > 0.0 ? pm_norm(g, s->n) : 0.0;

    if (!(norm > 0.0 && norm < HUGE_VAL)) {
        return false;
    }
    s->asked = spare(s, bit(s->slope));
    s->answer = spare(s, bit(s->slope) | bit(s->asked));
    for (size_t i = 0; i < s->n; ++i) {
        s->buffer[s->asked][i] = x[i] + radius * (g[i] / norm);
    }
    return true;
}

/* Is the average due to be evaluated?  It may be lower than all iterates.  With a stochastic
 * objective it is not evaluated, because values of different samples cannot be compared. */
static bool weigh_average(pm_first_order *s)
{
    if (s->averaged < 2 || s->accepted < s->weigh || s->stochastic) {
        return false;
    }
    s->weigh = (size_t)ceil(WEIGHING * (double)s->accepted);
    s->asked = spare(s, bit(s->slope) | bit(s->steep));
    s->answer = spare(s, bit(s->slope) | bit(s->steep) | bit(s->asked));
    memcpy(s->buffer[s->asked], s->mean, s->n * sizeof *s->mean);
    return true;
}

/* -------------------------------------------------------------------------------------- the turns ------- */

void pm_first_order_ask(void *state, pm_batch *b)
{
    pm_first_order *s = state;

    if (s->phase == PM_ACCEPTED && weigh_average(s)) {
        s->phase = PM_WEIGHING;
    } else if (s->phase == PM_ACCEPTED) {
        step(state);
        s->phase = PM_TRYING;
    }
    if (s->phase == PM_FIRST_POINT || s->phase == PM_TRYING) {
        s->asked = s->here;
        s->answer = s->slope;
    }
    b->count = 1;
    b->wants = PM_FG;
    b->lent = PM_LENT_X;
    b->x = s->buffer[s->asked];
    b->g = s->buffer[s->answer];
}

static pm_turn end(pm_first_order *s, pm_stop why)
{
    s->ended = why;
    return PM_NO_MORE;
}

/* ------------------------------------------------------------------------------ divergence --------- */

/* Do the values rise above begun_f ever faster, or has the iterate gone to infinity?  f is the
 * value at the point just evaluated; HUGE_VAL: that point was not accepted. */
static bool diverges(pm_first_order *s, double f)
{
    if (!(f > s->begun_f && s->f > s->begun_f)) {
        s->above = 0;
        s->height = 0.0;
        return false;
    }
    s->above += 1;
    s->height = pm_larger(f - s->begun_f, s->height);
    const bool looked_at = s->n <= PM_LARGE || (s->accepted + 1) % JUDGED_EVERY == 0;
    if (looked_at && pm_largest(s->buffer[s->here], s->n) >= s->farthest) {
        return true;
    }
    if (s->above == s->window / 2) {
        s->halfway = s->height;
    }
    return s->above == s->window && (s->height == HUGE_VAL || s->height > GROWTH * s->halfway);
}

/* Returns to the lowest point.  It is evaluated again, because its gradient was overwritten. */
static pm_turn retreat(pm_first_order *s)
{
    if (s->retreats == MOST_RETREATS) {
        return end(s, PM_DIVERGED);
    }
    s->retreats += 1;
    s->reduction *= SMALLER;
    s->from = s->here = s->lowest;
    s->f = s->f_from = s->begun_f = s->lowest_f;
    s->above = s->halvings = s->averaged = 0;
    s->height = 0.0;
    s->slope = spare(s, 0);
    s->rule->reset(s);
    s->returning = true;
    s->phase = PM_TRYING;
    return PM_MID_STEP;
}

/* Accepts the point: all evaluations of this step are done. */
static pm_turn accept(pm_first_order *s)
{
    s->phase = PM_ACCEPTED;
    s->anew = s->returning;
    s->returning = false;
    if (s->f < s->lowest_f) {
        s->lowest = s->here;
        s->lowest_f = s->f;
    }
    if (s->mean != NULL) {
        s->averaged =
            pm_take_average(s->o, s->mean, s->averaged, s->buffer[s->here], s->n, s->accepted);
    }
    s->accepted += 1;
    return PM_STEP_DONE;
}

/* Takes the value of the point that was tried. */
static pm_turn tried(pm_first_order *s, const pm_batch *b)
{
    const bool first = s->phase == PM_FIRST_POINT, good = b->f[0] < HUGE_VAL;

    if (first && !(good && pm_is_finite(b->g, s->n))) {
        return end(s, PM_NOT_FINITE);
    }
    if (s->returning && !good) { /* possible if it is evaluated on another sample */
        return end(s, PM_EXHAUSTED);
    }
    if (s->halvings + !good > MOST_HALVINGS) {
        return s->f > s->begun_f ? retreat(s) : end(s, PM_EXHAUSTED);
    }
    if (!good && diverges(s, HUGE_VAL)) {
        return retreat(s);
    }
    if (!good) {
        halve(s, s->here);
        return PM_MID_STEP;
    }
    s->f = b->f[0];
    if (first || s->returning) {
        s->begun_f = s->f;
    }
    if (diverges(s, s->f)) {
        return retreat(s);
    }
    s->steep = s->slope;
    if (uphill(s)) {
        s->phase = PM_PROBING;
        return PM_MID_STEP;
    }
    return accept(s);
}

pm_turn pm_first_order_tell(void *state, const pm_batch *b)
{
    pm_first_order *s = state;

    if (b->kept) {
        s->kept = s->asked;
    }
    switch (s->phase) {
    case PM_PROBING:
        if (b->f[0] < HUGE_VAL && pm_is_finite(b->g, s->n)) {
            s->steep = s->answer;
        }
        return accept(s);
    case PM_WEIGHING:
        s->phase = PM_ACCEPTED;
        return PM_MID_STEP;
    default:
        return tried(s, b);
    }
}

/* The gradient is available until the next point replaces it. */
void pm_first_order_at(const void *state, pm_iterate *out)
{
    const pm_first_order *s = state;
    const bool accepted = s->phase == PM_ACCEPTED || s->phase == PM_WEIGHING;

    *out = (pm_iterate){
        .x = s->buffer[accepted ? s->here : s->from],
        .f = accepted ? s->f : s->f_from,
        .g = accepted ? s->buffer[s->slope] : NULL,
        .mean = s->averaged > 0 ? s->mean : NULL,
        .judge_f_only = s->n > PM_LARGE && s->accepted % JUDGED_EVERY != 0,
        .restarted = accepted && s->anew,
        .ended = s->ended,
    };
}
