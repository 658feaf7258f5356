#include "methods/first_order/moments.h"

#include <string.h>

void pm_moments_layout(pm_moments *s, const pm_rule *rule, pm_arena *a, const pm_task *task)
{
    pm_first_order_layout(&s->base, rule, a, task);
    s->o = task->options;
    s->m = PM_TAKE(a, double, task->n);
    s->v = PM_TAKE(a, double, task->n);
}

void pm_moments_reset(void *state)
{
    pm_moments *s = state;
    s->beta1_t = s->beta2_t = 1.0;
    memset(s->m, 0, s->base.n * sizeof *s->m);
    memset(s->v, 0, s->base.n * sizeof *s->v);
}

void pm_moments_begin(void *state, double rate, const double *x, const double *g)
{
    pm_moments *s = state;
    (void)rate, (void)x, (void)g;
    s->beta1_t *= s->o->beta1;
    s->beta2_t *= s->o->beta2;
}
