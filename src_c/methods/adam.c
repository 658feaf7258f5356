/* Adam: gradient descent with a step length per coordinate.
 *
 *   D. P. Kingma & J. Ba, "Adam: a method for stochastic optimization",
 *   ICLR 2015, arXiv:1412.6980, Algorithm 1, whose symbols are used here.
 *
 *   Departure from the paper: a point without a finite value is not stepped from.  The step
 *   that led there is halved, from the last good point, until the value is finite again; the
 *   moments are left as they were.
 */
#include "arena.h"
#include "vectors.h"

#include <math.h>
#include <string.h>

typedef struct {
    double learning_rate, beta1, beta2, epsilon;
} adam_options;

static const pm_option options[] = {
    PM_OPTION_REAL(adam_options, learning_rate, 1e-3, 0.0, 1e6,
                   "alpha, the length of a typical step in units of x"),
    PM_OPTION_REAL(adam_options, beta1, 0.9, 0.0, 0.999999, "decay of the first moment m"),
    PM_OPTION_REAL(adam_options, beta2, 0.999, 0.0, 0.999999, "decay of the second moment v"),
    PM_OPTION_REAL(adam_options, epsilon, 1e-8, 0.0, 1.0,
                   "added to sqrt(v), in units of the gradient"),
    PM_OPTIONS_END,
};

/* 60 halvings take any step below the resolution of the point it starts from. */
enum { MOST_HALVINGS = 60 };

typedef struct {
    const adam_options *o;
    size_t n;
    double beta1_t, beta2_t; /* beta1^t, beta2^t */
    double f;                /* at the last good point */
    size_t halvings;         /* of the present step */
    pm_stop ended;
    double *x;        /* [n] the point asked for */
    double *good, *g; /* [n] the last point with a finite value, its gradient */
    double *m, *v;    /* [n] moments */
} adam;

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    adam *s = state;
    const size_t n = s->n = task->n;

    s->o = task->options;
    s->x = PM_TAKE(a, double, n);
    s->good = PM_TAKE(a, double, n);
    s->g = PM_TAKE(a, double, n);
    s->m = PM_TAKE(a, double, n);
    s->v = PM_TAKE(a, double, n);
}

static void start(void *state, const pm_task *task)
{
    adam *s = state;

    s->beta1_t = s->beta2_t = 1.0;
    s->f = HUGE_VAL;
    memcpy(s->x, task->x0, s->n * sizeof *s->x);
    memcpy(s->good, task->x0, s->n * sizeof *s->good);
}

static void ask(void *state, pm_batch *b)
{
    const adam *s = state;

    b->count = 1;
    b->wants = PM_FG;
    memcpy(b->x, s->x, s->n * sizeof *s->x);
}

/* The value is not finite: half the step. */
static pm_turn retreat(adam *s, const pm_batch *b)
{
    if (s->f == HUGE_VAL || ++s->halvings > MOST_HALVINGS) {
        s->ended = s->f == HUGE_VAL ? PM_NOT_FINITE : PM_EXHAUSTED;
        return PM_NO_MORE;
    }
    for (size_t i = 0; i < s->n; ++i) {
        s->x[i] = s->good[i] + 0.5 * (b->x[i] - s->good[i]);
    }
    return PM_MID_STEP;
}

/* One step.  `debias1` and `debias2` are 1 / (1 - beta^t); the arrays do not overlap, which lets
 * the loop run over several coordinates at once. */
static void update(adam *s, double beta1, double beta2, double debias1, double debias2)
{
    const double alpha = s->o->learning_rate, epsilon = s->o->epsilon;
    const double *PM_RESTRICT from = s->good, *PM_RESTRICT slope = s->g;
    double *PM_RESTRICT x = s->x, *PM_RESTRICT m = s->m, *PM_RESTRICT v = s->v;

    for (size_t i = 0; i < s->n; ++i) {
        const double g = slope[i];
        m[i] = beta1 * m[i] + (1.0 - beta1) * g;
        v[i] = beta2 * v[i] + (1.0 - beta2) * g * g;

        const double m_hat = m[i] * debias1;
        const double v_hat = v[i] * debias2;
        x[i] = from[i] - alpha * m_hat / (sqrt(v_hat) + epsilon);
    }
}

static pm_turn tell(void *state, const pm_batch *b)
{
    adam *s = state;
    const adam_options *o = s->o;

    if (!(b->f[0] < HUGE_VAL)) {
        return retreat(s, b);
    }
    s->f = b->f[0];
    s->halvings = 0;
    s->beta1_t *= o->beta1;
    s->beta2_t *= o->beta2;
    memcpy(s->good, b->x, s->n * sizeof *s->good);
    memcpy(s->g, b->g, s->n * sizeof *s->g);
    update(s, o->beta1, o->beta2, 1.0 / (1.0 - s->beta1_t), 1.0 / (1.0 - s->beta2_t));
    return PM_STEP_DONE;
}

static void at(const void *state, pm_iterate *out)
{
    const adam *s = state;
    *out = (pm_iterate){.x = s->good, .f = s->f, .g = s->g, .ended = s->ended};
}

const pm_method pm_adam = {
    .name = "adam",
    .family = "gradient",
    .summary =
        "gradient descent with a step length per coordinate, from running moments of the gradient",
    .citation = "D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, ICLR 2015, "
                "arXiv:1412.6980",
    .traits = PM_NEEDS_GRADIENT,
    .options = options,
    .options_size = sizeof(adam_options),
    .stopping = {.gtol = 1e-8, .ftol = 1e-12, .xtol = 0.0, .patience = 200},
    .state_size = sizeof(adam),
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
};
