/* A method that runs other methods inside it: local searches from points that it chooses, or a
 * choice of methods one after the other.
 *
 * The inner method asks and is told through the batches of the outer one, so its evaluations are
 * counted, differenced and limited like all others.  The outer method's memory includes enough for
 * its largest inner method; a copy of the solver therefore copies the inner run, too.
 *
 *      pm_nested_layout(&s->search, a, task, inners, count);       in layout
 *      pm_nested_start(&s->search, &inners[k], &run);              to begin a run
 *      pm_nested_ask(&s->search, batch);                           in ask, and
 *      turn = pm_nested_tell(&s->search, batch);                   in tell, until PM_NO_MORE;
 *                                                                  search.ended is the reason
 *
 * The outer row declares the traits that its inner methods need (PM_USES_GRADIENT, PM_USES_HESSIAN,
 * PM_NEEDS_LINALG), and its `points` are at least pm_nested_points, for their batches.
 */
#ifndef PM_NESTED_H
#define PM_NESTED_H

#include "base/arena.h"
#include "base/rng.h"
#include "solver/running.h"
#include "solver/method.h"

typedef struct {
    const char *name;
    double value; /* of a choice: its number */
} pm_setting;

/* An inner method, and those of its options that differ from the defaults. */
typedef struct {
    const pm_method *method;
    const pm_setting *settings; /* the last has no name; or NULL: all defaults */
} pm_inner;

/* One run of an inner method.  pm_nested_start copies or uses up all of it; only x0 is required. */
typedef struct {
    const double *x0;              /* [n] */
    size_t budget;                 /* evaluations that end it, differences included; 0: no limit */
    const double *lower, *upper;   /* [n] a box within the task's box, or NULL: the task's */
    const double *inverse_hessian; /* [n][n] near x0, as estimated by another run, or NULL */
    const double *given;           /* [n_given][n] points of its first population, or NULL */
    size_t n_given;
    const pm_stopping_options *stopping; /* NULL: the defaults of the method's row */
    pm_rng *rng; /* the stream from which the run's key is drawn; NULL: the task's key */
} pm_nested_run;

/* Room for the options struct of an inner method, in doubles. */
enum { PM_OPTIONS_ROOM = 64 };

typedef struct {
    bool active;
    pm_stop ended;  /* why the run is no longer active */
    size_t nfev;    /* evaluations of this run, differences included */
    double best_f;  /* the lowest value of this run, HUGE_VAL before a finite one */
    double *best_x; /* [n] its point */

    const pm_task *outer;
    pm_running run; /* the present one, or the last one */
    double options[PM_OPTIONS_ROOM];
    double *x0, *lower, *upper; /* [n] */
    bool overfull; /* the run needs more memory than was laid out, and its batch is refused */
    size_t size;
    unsigned char *block;    /* [size] the state of the inner method, and its arrays */
    double *lent_x, *lent_g; /* arrays in it that the inner method lent to this batch, or NULL */
} pm_nested;

/* The largest number of points in one batch of any of the methods. */
size_t pm_nested_points(const pm_task *task, const pm_inner *inners, size_t count);
/* Takes memory for the largest of the methods with these settings; a run that needs more must not
 * be started.  `s` is part of the outer method's state. */
void pm_nested_layout(pm_nested *s, pm_arena *a, const pm_task *task, const pm_inner *inners,
                      size_t count);
void pm_nested_start(pm_nested *s, const pm_inner *inner, const pm_nested_run *run);
void pm_nested_ask(pm_nested *s, pm_batch *b);
/* Returns PM_NO_MORE also when the inner run has converged or its budget is spent. */
pm_turn pm_nested_tell(pm_nested *s, const pm_batch *b);
/* Writes the inner method's estimate of the inverse Hessian to H[n][n]; false: it has none. */
bool pm_nested_inverse_hessian(const pm_nested *s, double *H);

/* Writes one number for each of the measures in the inner method's row to out. */
void pm_nested_measure(const pm_nested *s, double *out);

/* The minima that the inner method has met, or NULL. */
const pm_basins *pm_nested_basins(const pm_nested *s);

#endif
