/* A method that runs other methods inside it: local searches from points that it chooses, or a
 * choice of methods one after the other.
 *
 * The inner method asks and is told through the batches of the outer one, so its evaluations are
 * counted, differenced and limited like all others.  The memory is that of the largest inner
 * method, part of the outer one's: a copy of the solver copies the inner run, too.
 *
 *      pm_nested_layout(&s->search, a, task, inners, count);       in layout
 *      pm_nested_start(&s->search, &inners[k], &run);              whenever a run shall begin
 *      pm_nested_ask(&s->search, batch);                           in ask and tell, until
 *      turn = pm_nested_tell(&s->search, batch);                   PM_NO_MORE: search.ended says
 * why
 *
 * The outer row declares what its inner methods need: PM_USES_GRADIENT, PM_USES_HESSIAN,
 * PM_NEEDS_LINALG; and room for their batches, pm_nested_points.
 */
#ifndef PM_NESTED_H
#define PM_NESTED_H

#include "base/arena.h"
#include "base/rng.h"
#include "solver/running.h"
#include "solver/method.h"

typedef struct {
    const char *name;
    double value; /* a choice by its number */
} pm_setting;

/* A method that may run inside, and its options where they are not the defaults. */
typedef struct {
    const pm_method *method;
    const pm_setting *settings; /* up to one without a name, or NULL */
} pm_inner;

/* One run of it.  Everything is copied at the start; x0 alone must be given. */
typedef struct {
    const double *x0;              /* [n] */
    size_t budget;                 /* evaluations that end it, differences included; 0: no limit */
    const double *lower, *upper;   /* [n] a box within the task's, or NULL: that one */
    const double *inverse_hessian; /* [n][n] near x0, as another run has learnt it, or NULL */
    const double *given;           /* [n_given][n] points of its first population, or NULL */
    size_t n_given;
    const pm_stopping_options *stopping; /* NULL: as its row has it */
    pm_rng *rng; /* the stream its key is drawn from; NULL: the task's key */
} pm_nested_run;

/* Numbers that the options of an inner method may take. */
enum { PM_OPTIONS_ROOM = 64 };

typedef struct {
    bool active;
    pm_stop ended;  /* why it is not */
    size_t nfev;    /* its evaluations, differences included */
    double best_f;  /* the lowest value of this run, HUGE_VAL before a finite one */
    double *best_x; /* [n] where that was */

    const pm_task *outer;
    pm_running run; /* the present one, or the last one */
    double options[PM_OPTIONS_ROOM];
    double *x0, *lower, *upper; /* [n] */
    bool overfull; /* the run needs more memory than was laid out for any: it is refused */
    size_t size;
    unsigned char *block;    /* [size] the state of the inner method, and its arrays */
    double *lent_x, *lent_g; /* places within it that the batch under way stands for, or NULL */
} pm_nested;

/* Most points in one batch of any of the methods. */
size_t pm_nested_points(const pm_task *task, const pm_inner *inners, size_t count);
/* Takes memory for the largest of the methods with these settings; a run that needs more must not
 * be started.  `s` is part of the outer method's state. */
void pm_nested_layout(pm_nested *s, pm_arena *a, const pm_task *task, const pm_inner *inners,
                      size_t count);
void pm_nested_start(pm_nested *s, const pm_inner *inner, const pm_nested_run *run);
void pm_nested_ask(pm_nested *s, pm_batch *b);
/* PM_NO_MORE also where the inner run has converged or its budget is spent. */
pm_turn pm_nested_tell(pm_nested *s, const pm_batch *b);
/* Where the inner method stands. */
void pm_nested_at(const pm_nested *s, pm_iterate *out);
/* Writes what the inner method has learnt of the inverse Hessian to H[n][n]; false: nothing. */
bool pm_nested_inverse_hessian(const pm_nested *s, double *H);

/* What the inner method, whose row has measures, tells of itself: a number for each. */
void pm_nested_measure(const pm_nested *s, double *out);

/* The minima that the inner method has met, or NULL. */
const pm_basins *pm_nested_basins(const pm_nested *s);

/* What a global method may search with from a point: the choices of an option. */
extern const char *const pm_local_methods[6];

/* The method of a choice; for "auto" what is best for so many variables. */
pm_inner pm_local_method(int choice, size_t n);

#endif
