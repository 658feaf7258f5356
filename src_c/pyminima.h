/* pyminima's C core: the whole interface on one page.
 *
 * A method is a state machine that never calls the user.  It *asks* for a batch of points and is
 * *told* their values; it does not depend on what evaluates them (a Python loop, a compiled
 * function, the user's own code):
 *
 *      pm_solver_new(&s, pm_method_named("adam"), &task);
 *      while (stop == PM_RUNNING) {
 *          pm_ask(s, &batch);                  // batch->x holds batch->count points
 *          ... fill batch->f and, if asked for, batch->g; pm_record() each ...
 *          pm_tell(s, &turn, &stop);           // turn: is a step of the method complete?
 *      }
 *
 * C11, no globals; nothing is printed and nothing exits.  Sizes are size_t, numbers double.  A
 * comment gives the shape of each array: [m][n] is m rows of n numbers, stored row by row.
 */
#ifndef PYMINIMA_H
#define PYMINIMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ------------------------------------------------------------------ lists: each is written once, here ---- */

/* How a call went wrong.          name, number, text */
#define PM_ERRORS(X)                                                                                 \
    X(OK, 0, "no error")                                                                             \
    X(NO_MEMORY, 1, "memory ran out")                                                                \
    X(TOO_LARGE, 2, "the arrays of this problem would not fit into the address space")               \
    X(BAD_OPTION, 3, "an option's value is outside its range")                                       \
    X(OUT_OF_TURN, 4, "ask and tell must alternate, and a solver that has ended asks no more")         \
    X(NO_LINALG, 5, "the method needs linear algebra, and the task brings none")                     \
    X(NO_INTEGERS, 6, "the method takes no integer variables, and the task has some that are free")   \
    X(OVERFULL, 7, "the method needs more memory than it has laid out, which is a fault of its own")

/* How much a stop ends.           name, number, text; each one includes those before it */
#define PM_ENDS(X)                                                                                   \
    X(STAGE, 0, "this run of a method; others may follow it, such as a polish")                      \
    X(RUN, 1, "the descent from one start: its limit is reached, and only the verdict follows")      \
    X(CALL, 2, "the whole call: there is nothing left to look for from other starts")                \
    X(ALL, 3, "every evaluation: the user has what was asked for, and gets no verdict")

/* How a run ended.                name, number, success, ends, text
 * `success` here rests on the run's own local evidence; the verdict of the Python package can still
 * revoke it. */
#define PM_STOPS(X)                                                                                  \
    X(RUNNING, 0, 0, STAGE, "the run has not ended")                                                 \
    X(GRADIENT, 1, 1, STAGE,                                                                         \
      "the projected gradient is at most gtol times the largest one of the run")                     \
    X(STEP, 2, 1, STAGE, "a step moved x by at most xtol")                                           \
    X(VALUE, 3, 1, STAGE, "the value improved by at most ftol over `patience` steps")                \
    X(PRECISION, 4, 1, STAGE, "the next improvement is below the resolution of the objective")       \
    X(TARGET, 5, 1, ALL, "a value at or below the target was found")                                 \
    X(FIXED, 6, 1, CALL, "every variable is fixed by its bounds")                                    \
    X(EXHAUSTED, 7, 0, STAGE, "the method can make no further progress")                             \
    X(EVALUATIONS, 8, 0, RUN, "the evaluation budget is spent")                                      \
    X(ITERATIONS, 9, 0, RUN, "the iteration limit is reached")                                       \
    X(TIME, 10, 0, RUN, "the time limit is reached")                                                 \
    X(CALLBACK, 11, 0, ALL, "the callback asked to stop")                                            \
    X(INTERRUPTED, 12, 0, RUN, "the run was interrupted")                                            \
    X(OBJECTIVE_ERROR, 13, 0, RUN, "an exception was raised")                                        \
    X(NOT_FINITE, 14, 0, STAGE, "no finite value, or no finite gradient, was found to start from")   \
    X(UNBOUNDED, 15, 0, CALL, "the objective decreases without bound")                               \
    X(NAN_VALUE, 16, 0, STAGE, "the objective returned NaN, which the caller refuses")               \
    X(EPOCHS, 17, 0, STAGE, "all epochs are over")                                                   \
    X(PATIENCE, 18, 1, STAGE,                                                                        \
      "none of the last `patience` epochs brought an improvement that counts")                       \
    X(NEIGHBOURS, 19, 1, STAGE, "no point that differs by 1 in one integer variable is lower")       \
    X(ENOUGH, 20, 1, STAGE, "no more minima are expected than the independent starts have found")    \
    X(DIVERGED, 21, 0, STAGE, "the iterates move away without end, and the values do not fall")

/* What `pm_tell` answers.         name, number, text */
#define PM_TURNS(X)                                                                                  \
    X(MID_STEP, 0, "more evaluations are needed to complete this step")                              \
    X(STEP_DONE, 1, "a step is complete: convergence may be judged")                                 \
    X(NO_MORE, 2, "the method has ended by itself; pm_iterate.ended says why")

/* What a method is like.          name, bit, text */
#define PM_TRAITS(X)                                                                                 \
    X(NEEDS_GRADIENT, 1, "asks for gradients; differences stand in when the user gives none")        \
    X(HANDLES_BOUNDS, 2, "keeps to the box by itself; others have their points projected")           \
    X(IS_RANDOM, 4, "draws random numbers from the task's key")                                      \
    X(IS_GLOBAL, 8, "searches the box rather than descending from x0")                                \
    X(USES_HESSIAN, 16, "asks for products of the Hessian; differences of gradients stand in")        \
    X(NEEDS_LINALG, 32, "factorises matrices, for which the task brings a library")                  \
    X(HANDLES_INTEGERS, 64, "moves integer variables by whole steps; its points are rounded")         \
    X(USES_GRADIENT, 128, "asks for gradients at times; differences stand in when there are none")    \
    X(TAKES_SAMPLES, 256, "can go without comparing values, as those of mini-batches, see its row")   \
    X(NEEDS_NO_POLISH, 512, "goes on until the gradient vanishes, as far as rounding allows")

#define PM_ENUM(name, number, ...) PM_##name = number,
typedef enum { PM_ERRORS(PM_ENUM) } pm_error;
typedef enum { PM_STOPS(PM_ENUM) } pm_stop;
#define PM_ENDS_ENUM(name, number, text) PM_ENDS_##name = number,
typedef enum { PM_ENDS(PM_ENDS_ENUM) } pm_ends;
typedef enum { PM_TURNS(PM_ENUM) } pm_turn;
typedef enum { PM_TRAITS(PM_ENUM) } pm_trait;

#define PM_ONE_MORE(...) +1
enum { PM_STOP_COUNT = 0 PM_STOPS(PM_ONE_MORE) };

/* Beyond this many variables a pass over a vector costs more than the calls around it.  Copies that
 * only guard against a careless objective are then left out, and others are postponed. */
enum { PM_LARGE = 1000 };

/* What a batch asks for: values, values and gradients, or products of the Hessian and no value. */
typedef enum { PM_F = 1, PM_FG = 3, PM_HV = 4 } pm_wants;

const char *pm_error_text(pm_error error);
const char *pm_stop_name(pm_stop stop);
const char *pm_stop_text(pm_stop stop);
bool pm_stop_success(pm_stop stop);
pm_ends pm_stop_ends(pm_stop stop);

/* ------------------------------------------------------------------------------------------- data -------- */

typedef struct {
    size_t n;        /* coordinates of a point */
    size_t capacity; /* points there is room for */
    size_t count;    /* points asked for in this turn */
    pm_wants wants;
    double value_limit; /* where f is larger, no differences are taken, and the gradient is NaN */
    bool central;       /* take central differences, not forward ones */
    /* [n] difference steps, or NULL: the default ones of stencil.c */
    const double *steps;
    double *x;   /* [count][n] */
    double *f;   /* [count] */
    double *g;   /* [count][n] gradients; for PM_HV the method fills in the gradients at x, from
                  * which products are differenced if there is no Hessian */
    double *v;   /* [count][n] for PM_HV: the vectors by which the Hessian at x is multiplied */
    double *hv;  /* [count][n] the products */
    size_t cost; /* when told: the evaluations that the batch has taken, differences included */
    /* Batches of one point: x and g may be arrays of the method itself, lent to the evaluator.  The
     * method may overwrite them at the next ask, except for a point that is kept: then x
     * (PM_LENT_X), or x and g (PM_LENT_BOTH), must stay. */
    enum { PM_OWN, PM_LENT_X, PM_LENT_BOTH } lent;
    bool kept; /* set by the evaluator: this point must not change until another one is kept */
} pm_batch;

/* An option of a method: its field in the method's options struct, its default and its range. */
typedef struct {
    const char *name;
    enum { PM_REAL, PM_WHOLE, PM_CHOICE } kind; /* the field is a double, a size_t or an int */
    size_t offset;
    double value, low, high;    /* default, smallest and largest; a choice counts from 0 */
    const char *const *choices; /* [high + 1] names of a choice, else NULL */
    const char *help;
} pm_option;

/* A double holds every whole number up to 2^53. */
#define PM_MOST_WHOLE 9007199254740992.0

/* When a run has converged: options every method has (stopping.c); a row gives their defaults. */
typedef struct {
    double gtol;     /* on the projected gradient, relative to the largest one of the run */
    double ftol;     /* on the improvement of f, relative to the whole improvement so far */
    double xtol;     /* on the step, relative to max(|x|, 1), per coordinate */
    size_t patience; /* steps within which f must improve by more than ftol */
} pm_stopping_options;

/* For a method that has its own rules for ending. */
#define PM_NEVER_CONVERGES                                                                           \
    {.gtol = 0.0, .ftol = 0.0, .xtol = 0.0, .patience = (size_t)PM_MOST_WHOLE}

extern const pm_option pm_stopping_rows[];

typedef struct pm_linalg pm_linalg;   /* base/linalg.h */
typedef struct pm_lookout pm_lookout; /* solver/lookout.h */

/* The problem as a solver sees it. */
typedef struct {
    size_t n;
    const double *x0;    /* [n], inside the box */
    const double *lower; /* [n], -HUGE_VAL where there is none; lower[i] == upper[i]: fixed */
    const double *upper; /* [n] */
    bool bounded;        /* some bound is finite; set by the solver */
    bool has_gradient;   /* the user gives gradients; else values are differenced */
    bool has_hessian;    /* the user gives Hessian products; else gradients are differenced */
    bool central;        /* central differences: twice the evaluations, more digits */
    bool one_sided;      /* never central differences, even where a method prefers them */
    bool stochastic;     /* values are means over samples, too noisy to judge convergence by */
    const double *steps; /* [n] difference steps, or NULL: sqrt(machine epsilon) max(|x|, 1) */
    const double *scale; /* [n] powers of two, or NULL: the method works in x / scale */
    const bool *integer; /* [n] integer variables, whose bounds are integers; NULL: none */
    /* The first population: `given` replaces x0 as its first points, and `design`, points of the
     * unit cube, replaces random points for the rest.  A method may read both only in `start`. */
    size_t n_given, n_design;
    const double *given;  /* [n_given][n] */
    const double *design; /* [n_design][n] */
    const void *options;  /* the method's options struct, or NULL: the defaults */
    pm_stopping_options stopping;
    size_t budget;   /* evaluations the run may take: schedules use it, the evaluator enforces it */
    size_t max_iter; /* steps it may take, likewise; 0: as many as the budget allows */
    uint64_t key[2]; /* of the random numbers */
    const pm_linalg *linalg; /* must outlive the solver; NULL: no method that needs it can run */
    pm_lookout *lookout;     /* set by the solver, for pm_called_off */
    /* [n][n] for a method nested in another one: the inverse Hessian at x0, up to a factor, as
     * estimated by an earlier run.  May be read only in `start`; NULL: nothing is known. */
    const double *inverse_hessian;
} pm_task;

/* ------------------------------------------------------------------------------------- the registry ------ */

typedef struct pm_basins pm_basins; /* methods/global/basins.h */

/* One part of the run of a method that runs others in turn. */
typedef struct {
    const char *name;
    const char *method; /* the row that ran, or NULL */
    const char *reason; /* why the part was begun, or what it has shown */
    size_t nfev, nit;   /* evaluations, as the method counts them, and steps */
    double f;           /* the lowest value of the part, HUGE_VAL before a finite one */
} pm_part;

/* A method's row (solver/method.h). */
typedef struct pm_method pm_method;

size_t pm_method_count(void);
const pm_method *pm_method_row(size_t i);           /* NULL past the end */
const pm_method *pm_method_named(const char *name); /* NULL if there is none */

void pm_options_default(const pm_option *rows, void *options);
pm_error pm_option_set(const pm_option *row, void *options, double value);
double pm_option_get(const pm_option *row, const void *options);

/* --------------------------------------------------------------------------------------- the solver ------ */

typedef struct pm_solver pm_solver;

pm_error pm_solver_new(pm_solver **out, const pm_method *method, const pm_task *task);
pm_error pm_solver_copy(pm_solver **out, const pm_solver *from); /* goes on with the same bits */
void pm_solver_free(pm_solver *s);

pm_error pm_ask(pm_solver *s, pm_batch **out);
pm_error pm_tell(pm_solver *s, pm_turn *turn, pm_stop *stop);
pm_batch *pm_asked(pm_solver *s);    /* the batch that was asked for last */
bool pm_waiting(const pm_solver *s); /* has it been asked for, but not yet told? */

/* Writes the present iterate, fixed variables included, to x[n] and returns its value. */
double pm_solver_at(const pm_solver *s, double *x);
/* The minima met so far, in the method's variables (see pm_solver_complete), or NULL. */
const pm_basins *pm_solver_basins(const pm_solver *s);
/* The parts of the run so far, or NULL. */
const pm_part *pm_solver_parts(const pm_solver *s, size_t *count);
/* Writes `own`, a point in the method's variables, to x[n]: in the user's units, with the fixed
 * variables. */
void pm_solver_complete(const pm_solver *s, const double *own, double *x);
/* Writes the method's present answer to x[n]: an average of iterates (true) or the iterate (false).
 */
bool pm_solver_answer(const pm_solver *s, double *x);
/* Writes one number for each name in the `measures` of the method's row; valid after a step. */
void pm_solver_measure(const pm_solver *s, double *out);
/* The size of the method's first population, given and drawn points together; 0: it has none. */
size_t pm_population(const pm_method *method, const pm_task *task);

#endif
