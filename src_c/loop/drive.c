/* The loop for compiled objectives.  It uses nothing of Python, so it runs without the
 * interpreter's lock. */
#include "loop/compiled.h"

#include <math.h>
#include <string.h>

static const char *const signatures[] = {
#define ROW(name, number, text) [number] = text,
    PM_SIGNATURES(ROW)
#undef ROW
};

const char *pm_signature_text(pm_signature signature)
{
    return (size_t)signature < sizeof signatures / sizeof *signatures ? signatures[signature]
                                                                      : NULL;
}

bool pm_has_gradient(const pm_compiled *c)
{
    return c->signature == PM_GRADIENT_PLAIN || c->signature == PM_GRADIENT_DATA;
}

static double call(const pm_compiled *c, size_t n, double *x, double *g)
{
    const int count = (int)n;

    switch (c->signature) {
    case PM_VALUE_PLAIN:
        return ((double (*)(int, double *))c->function)(count, x);
    case PM_VALUE_DATA:
        return ((double (*)(int, double *, void *))c->function)(count, x, c->data);
    case PM_GRADIENT_PLAIN:
        return ((double (*)(int, double *, double *))c->function)(count, x, g);
    case PM_GRADIENT_DATA:
        return ((double (*)(int, double *, double *, void *))c->function)(count, x, g, c->data);
    }
    return NAN;
}

double pm_call(pm_compiled *c, size_t n, const double *x, double *g)
{
    memcpy(c->x, x, n * sizeof *x);
    return call(c, n, c->x, g != NULL ? g : c->g);
}

double pm_call_in_place(pm_compiled *c, size_t n, double *x, double *g)
{
    if (c->trusted) {
        return call(c, n, x, g != NULL ? g : c->g);
    }
    const double f = pm_call(c, n, x, g);
    if (n > PM_LARGE && !c->tried) {
        c->tried = true;
        c->trusted = memcmp(c->x, x, n * sizeof *x) == 0;
    }
    return f;
}

/* The reason why the next evaluation must not be made, or PM_RUNNING. */
static pm_stop before(const pm_evaluator *e, pm_lookout *out)
{
    return e->reached ? PM_TARGET : e->nfev >= e->max_evals ? PM_EVALUATIONS : pm_look(out);
}

static pm_stop evaluate(pm_evaluator *e, pm_compiled *c, pm_batch *b, size_t j)
{
    double *x = b->x + j * b->n;
    double *g = b->wants == PM_FG ? b->g + j * b->n : NULL;

    if (e->repeating && pm_repeat(e, x, b->f + j, g)) {
        return PM_RUNNING;
    }
    b->f[j] = pm_call_in_place(c, b->n, x, g);
    return b->lent != PM_OWN ? pm_record_lent(e, b) : pm_record(e, x, b->f + j, g);
}

pm_error pm_drive(pm_solver *s, pm_evaluator *e, pm_compiled *c, const pm_watch *watch,
                  pm_stop *stop)
{
    pm_lookout *out = pm_solver_lookout(s);

    for (*stop = PM_RUNNING; *stop == PM_RUNNING;) {
        pm_batch *b;
        pm_turn turn;
        *stop = before(e, out); /* before the ask, which may overwrite a kept gradient */
        if (*stop != PM_RUNNING) {
            return PM_OK;
        }
        pm_error error = pm_ask(s, &b);
        if (error != PM_OK) {
            return error;
        }
        pm_let_go(e, b);
        for (size_t j = 0; j < b->count; ++j) {
            *stop = j == 0 ? out->stop : before(e, out);
            if (*stop == PM_RUNNING) {
                *stop = evaluate(e, c, b, j);
            }
            if (*stop != PM_RUNNING) {
                return PM_OK;
            }
        }
        error = pm_tell(s, &turn, stop);
        if (error != PM_OK) {
            return error;
        }
        if (turn != PM_MID_STEP) {
            const pm_stop limit = pm_count_step(e);
            const pm_stop asked = watch->each_step ? watch->poll(watch->self, true) : PM_RUNNING;
            *stop = asked != PM_RUNNING ? asked : *stop != PM_RUNNING ? *stop : limit;
        }
    }
    return PM_OK;
}
