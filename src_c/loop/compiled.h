/* Compiled objectives, and the loop that runs a solver on a compiled objective without Python. */
#ifndef PM_COMPILED_H
#define PM_COMPILED_H

#include "loop/evaluator.h"
#include "solver/lookout.h"

/* A compiled objective, by signature.   name, number, C signature */
#define PM_SIGNATURES(X)                                                                             \
    X(VALUE_PLAIN, 0, "double (int, double *)")                                                      \
    X(VALUE_DATA, 1, "double (int, double *, void *)")                                               \
    X(GRADIENT_PLAIN, 2, "double (int, double *, double *)")                                         \
    X(GRADIENT_DATA, 3, "double (int, double *, double *, void *)")

typedef enum { PM_SIGNATURES(PM_ENUM) } pm_signature;
const char *pm_signature_text(pm_signature signature); /* NULL past the end */

typedef struct {
    pm_signature signature;
    void (*function)(void); /* cast to its signature for the call */
    void *data;
    double *x;    /* [n] scratch: a copy of the point, because the objective may write to it */
    double *g;    /* [n] scratch: receives a gradient that was not asked for */
    bool trusted; /* the objective gets the point itself, not a copy: see pm_call_in_place */
    bool tried;   /* the call that tests it has been made */
} pm_compiled;

bool pm_has_gradient(const pm_compiled *c);
/* Evaluates once: returns the value, and writes the gradient to g[n] unless g is NULL or the
 * signature has no gradient. */
double pm_call(pm_compiled *c, size_t n, const double *x, double *g);
/* The same; with more than PM_LARGE variables the objective gets x itself, not a copy, once its
 * first call has shown that it does not write to x. */
double pm_call_in_place(pm_compiled *c, size_t n, double *x, double *g);

/* Runs the solver to its end on a compiled objective.  Touches nothing of Python.  The caller has
 * started the solver's lookout, which is to poll the same watch, and calls pm_settle afterwards. */
pm_error pm_drive(pm_solver *s, pm_evaluator *e, pm_compiled *c, const pm_watch *watch,
                  pm_stop *stop);

#endif
