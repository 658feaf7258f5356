/* Mini-batches: the objective that takes indices is wrapped in an ordinary objective and an
 * ordinary watch, so that the loop, the evaluator and the methods do not depend on samples. */
#include "loop/samples.h"

#include <math.h>

static const char *const sampled_signatures[] = {
#define ROW(name, number, text) [number] = text,
    PM_SAMPLED_SIGNATURES(ROW)
#undef ROW
};

const char *pm_sampled_signature_text(pm_sampled_signature signature)
{
    const size_t count = sizeof sampled_signatures / sizeof *sampled_signatures;
    return (size_t)signature < count ? sampled_signatures[signature] : NULL;
}

void pm_samples_start(pm_samples *s, int64_t *order, size_t count, size_t size)
{
    s->order = order;
    s->count = count;
    s->size = size;
    s->first = s->seen = 0;
    s->sum = 0.0;
    s->f = s->first_f = HUGE_VAL;
}

size_t pm_samples_batch(const pm_samples *s)
{
    const size_t left = s->count - s->first;
    return left < s->size ? left : s->size;
}

void pm_samples_note(pm_samples *s, double f)
{
    if (s->f == HUGE_VAL && f < HUGE_VAL) {
        s->f = f;
    }
}

void pm_samples_advance(pm_samples *s)
{
    const size_t m = pm_samples_batch(s);

    s->first_f = s->seen == 0 ? s->f : s->first_f;
    s->sum += (double)m * s->f;
    s->f = HUGE_VAL;
    s->seen += m;
    s->first += m;
    if (s->first == s->count) {
        s->first = 0;
    }
}

static int64_t *indices_of(const pm_samples *s)
{
    return s->order + s->first;
}

static double value(int n, double *x, void *self)
{
    pm_samples *s = self;
    const int m = (int)pm_samples_batch(s);
    const double f =
        s->signature == PM_SAMPLED_VALUE_PLAIN
            ? ((double (*)(int, double *, int, int64_t *))s->function)(n, x, m, indices_of(s))
            : ((double (*)(int, double *, int, int64_t *, void *))s->function)(
                  n, x, m, indices_of(s), s->data);
    pm_samples_note(s, f);
    return f;
}

static double gradient(int n, double *x, double *g, void *self)
{
    pm_samples *s = self;
    const int m = (int)pm_samples_batch(s);
    const double f =
        s->signature == PM_SAMPLED_GRADIENT_PLAIN
            ? ((double (*)(int, double *, double *, int, int64_t *))s->function)(n, x, g, m,
                                                                                 indices_of(s))
            : ((double (*)(int, double *, double *, int, int64_t *, void *))s->function)(
                  n, x, g, m, indices_of(s), s->data);
    pm_samples_note(s, f);
    return f;
}

void pm_samples_bind(pm_samples *s, pm_compiled *c)
{
    const bool slopes =
        s->signature == PM_SAMPLED_GRADIENT_PLAIN || s->signature == PM_SAMPLED_GRADIENT_DATA;

    c->signature = slopes ? PM_GRADIENT_DATA : PM_VALUE_DATA;
    c->function = slopes ? (void (*)(void))gradient : (void (*)(void))value;
    c->data = s;
}

/* After a step only: between evaluations the lookout polls the watch itself. */
static pm_stop poll(void *self, bool step_done)
{
    pm_samples *s = self;

    pm_samples_advance(s);
    return s->watch->each_step ? s->watch->poll(s->watch->self, step_done) : PM_RUNNING;
}

pm_error pm_drive_samples(pm_solver *solver, pm_evaluator *e, pm_compiled *c, pm_samples *s,
                          const pm_watch *watch, pm_stop *stop)
{
    const pm_watch own = {.poll = poll, .self = s, .each_step = true};

    s->watch = watch;
    return pm_drive(solver, e, c, &own, stop);
}
