/* pyminima's C core: the whole interface on one page.
 *
 * A method is a state machine that never calls the user.  It *asks* for a batch of points and is
 * *told* their values; who evaluates them (a Python loop, a compiled function, the user's own code)
 * is not its concern:
 *
 *      pm_solver_new(&s, pm_method_named("adam"), &task);
 *      while (stop == PM_RUNNING) {
 *          pm_ask(s, &batch);                  // batch->x holds batch->count points
 *          ... fill batch->f and, if asked for, batch->g; pm_record() each ...
 *          pm_tell(s, &turn, &stop);           // turn: is a step of the method complete?
 *      }
 *
 * C11, no globals; nothing is printed and nothing exits.  Sizes are size_t, numbers double; an
 * array says its shape in a comment, [m][n] being row by row.
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

/* How a run ended.                name, number, success, text
 * Only the local evidence of the run decides `success` here; a verdict can still take it back. */
#define PM_STOPS(X)                                                                                  \
    X(RUNNING, 0, 0, "the run has not ended")                                                        \
    X(GRADIENT, 1, 1, "the projected gradient is at most gtol times the largest one of the run")     \
    X(STEP, 2, 1, "a step moved x by at most xtol")                                                  \
    X(VALUE, 3, 1, "the value improved by at most ftol over `patience` steps")                       \
    X(PRECISION, 4, 1, "the next improvement is below the resolution of the objective")                  \
    X(TARGET, 5, 1, "a value at or below the target was found")                                      \
    X(FIXED, 6, 1, "every variable is fixed by its bounds")                                          \
    X(EXHAUSTED, 7, 0, "the method can make no further progress")                                    \
    X(EVALUATIONS, 8, 0, "the evaluation budget is spent")                                           \
    X(ITERATIONS, 9, 0, "the iteration limit is reached")                                            \
    X(TIME, 10, 0, "the time limit is reached")                                                      \
    X(CALLBACK, 11, 0, "the callback asked to stop")                                                 \
    X(INTERRUPTED, 12, 0, "the run was interrupted")                                                 \
    X(OBJECTIVE_ERROR, 13, 0, "an exception was raised")                                              \
    X(NOT_FINITE, 14, 0, "no finite value, or no finite gradient, was found to start from")          \
    X(UNBOUNDED, 15, 0, "the objective decreases without bound")                                     \
    X(NAN_VALUE, 16, 0, "the objective returned NaN, which the caller refuses")                      \
    X(EPOCHS, 17, 0, "all epochs are over")                                                          \
    X(PATIENCE, 18, 1, "none of the last `patience` epochs brought an improvement that counts")      \
    X(NEIGHBOURS, 19, 1, "no point that differs by 1 in one integer variable is lower")              \
    X(ENOUGH, 20, 1, "no more minima are expected than the independent starts have found")           \
    X(DIVERGED, 21, 0, "the iterates move away without end, and the values do not fall")

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
    X(USES_GRADIENT, 128, "asks for gradients at times; differences stand in when there are none")

#define PM_ENUM(name, number, ...) PM_##name = number,
typedef enum { PM_ERRORS(PM_ENUM) } pm_error;
typedef enum { PM_STOPS(PM_ENUM) } pm_stop;
typedef enum { PM_TURNS(PM_ENUM) } pm_turn;
typedef enum { PM_TRAITS(PM_ENUM) } pm_trait;

#define PM_ONE_MORE(...) +1
enum { PM_STOP_COUNT = 0 PM_STOPS(PM_ONE_MORE) };

/* Beyond this many variables a pass over a vector costs more than the calls around it: what only
 * makes up for carelessness, or can wait, is left out then. */
enum { PM_LARGE = 1000 };

/* What a batch asks for: values, values and gradients, or products of the Hessian and no value. */
typedef enum { PM_F = 1, PM_FG = 3, PM_HV = 4 } pm_wants;

const char *pm_error_text(pm_error error);
const char *pm_stop_name(pm_stop stop);
const char *pm_stop_text(pm_stop stop);
bool pm_stop_success(pm_stop stop);

/* ------------------------------------------------------------------------------------------- data -------- */

typedef struct {
    size_t n;        /* coordinates of a point */
    size_t capacity; /* points there is room for */
    size_t count;    /* points asked for in this turn */
    pm_wants wants;
    double worth; /* of a gradient that takes differences: only where f <= worth, else it is NaN */
    bool central; /* and those are to be taken to both sides */
    const double
        *steps;  /* [n] their lengths, or NULL: sqrt(machine epsilon) max(|x|, 1) and more */
    double *x;   /* [count][n] */
    double *f;   /* [count] */
    double *g;   /* [count][n] gradients; for PM_HV the method says what they are, if it wants
                  * products from differences of them */
    double *v;   /* [count][n] for PM_HV: what the Hessian at x is to be multiplied with */
    double *hv;  /* [count][n] the products */
    size_t cost; /* evaluations that it has taken once it is told, differences included */
    /* Of one point: x and g may be arrays of the method's own.  It may overwrite them at the next
     * ask, but not what is held: x, or both. */
    enum { PM_OWN, PM_LENT_X, PM_LENT_BOTH } lent;
    bool held; /* set by who evaluates: this point shall stay until another one is held */
} pm_batch;

/* A method of many points says how many it asks for, and may write so many as this answers: the
 * batch has room for no more than its row's `points`.  Where they are fewer the solver refuses the
 * batch, PM_OVERFULL. */
static inline size_t pm_offer(pm_batch *b, size_t count)
{
    b->count = count;
    return count < b->capacity ? count : b->capacity;
}

/* An option of a method: its field in the method's options struct, its default and its range. */
typedef struct {
    const char *name;
    enum { PM_REAL, PM_WHOLE, PM_CHOICE } kind; /* the field is a double, a size_t or an int */
    size_t offset;
    double value, low, high;    /* default, smallest and largest; a choice counts from 0 */
    const char *const *choices; /* [high + 1] names of a choice, else NULL */
    const char *help;
} pm_option;

#define PM_OPTION_REAL(type, field, value, low, high, help)                                          \
    {#field, PM_REAL, offsetof(type, field), value, low, high, NULL, help}
#define PM_OPTION_WHOLE(type, field, value, low, high, help)                                         \
    {#field, PM_WHOLE, offsetof(type, field), value, low, high, NULL, help}
#define PM_OPTION_CHOICE(type, field, value, names, help)                                            \
    {#field, PM_CHOICE, offsetof(type, field), value, 0, sizeof(names) / sizeof(names[0]) - 1, names, help}
#define PM_OPTIONS_END {NULL, PM_REAL, 0, 0, 0, 0, NULL, NULL}

/* When a run has converged: options every method has (stopping.c); a row gives their defaults. */
typedef struct {
    double gtol;     /* on the projected gradient, relative to the largest one of the run */
    double ftol;     /* on the improvement of f, relative to the whole improvement so far */
    double xtol;     /* on the step, relative to max(|x|, 1), per coordinate */
    size_t patience; /* steps within which f must improve by more than ftol */
} pm_stopping_options;

extern const pm_option pm_stopping_rows[];

typedef struct pm_linalg pm_linalg;   /* linalg.h */
typedef struct pm_lookout pm_lookout; /* clock.c */

/* The problem as a solver sees it. */
typedef struct {
    size_t n;
    const double *x0;    /* [n], inside the box */
    const double *lower; /* [n], -HUGE_VAL where there is none; lower[i] == upper[i]: fixed */
    const double *upper; /* [n] */
    bool bounded;        /* some bound is finite; the solver finds out */
    bool has_gradient;   /* the user's own; else gradients are differenced */
    bool has_hessian;    /* products with the user's own; else gradients are differenced */
    bool central;        /* difference to both sides: twice the evaluations, more digits */
    bool one_sided;      /* never to both, even where a method would rather have them */
    bool stochastic;     /* values are of samples: convergence cannot be judged by them */
    const double *steps; /* [n] difference steps, or NULL: sqrt(machine epsilon) max(|x|, 1) */
    const double *scale; /* [n] powers of two, or NULL: the method works in x / scale */
    const bool *integer; /* [n] variables that are whole numbers, and so their bounds; NULL: none */
    /* The first population: points to begin with instead of x0, and points of the unit cube for the
     * others instead of random ones.  The arrays are there at `start`, and afterwards not. */
    size_t n_given, n_design;
    const double *given;  /* [n_given][n] */
    const double *design; /* [n_design][n] */
    const void *options;  /* the method's options struct, or NULL: the defaults */
    pm_stopping_options stopping;
    size_t budget;   /* evaluations the run may take: for schedules, not a limit kept here */
    size_t max_iter; /* steps it may take, for the same; 0: as many as the budget allows */
    uint64_t key[2]; /* of the random numbers */
    const pm_linalg *linalg; /* outlives the solver; NULL: no method that needs it can run */
    pm_lookout *lookout;     /* the solver's own, for pm_called_off */
    /* [n][n] of a method inside another one: the inverse Hessian at x0, up to a factor, as a run
     * before has learnt it.  For `start` alone to read; NULL: nothing is known. */
    const double *inverse_hessian;
} pm_task;

/* Where a method stands after a step.  Points into the solver: valid until the next ask. */
typedef struct {
    const double *x; /* [n] */
    double f;
    const double *g;    /* [n], or NULL: the method has none */
    const double *mean; /* [n] the average of iterates that the method would give for an answer, or
                           NULL: x is one */
    double promised; /* decrease of f that the model of the method promises; 0: it has no model */
    bool brief; /* only f is to be judged: a gradient may vanish a few steps before it is seen */
    bool unfinished; /* the method knows a way down worth going: no convergence is judged */
    bool anew;       /* the method has begun anew, at its best point: what was seen since is void */
    bool minds_error; /* of differences, and goes on by itself when they show the way no longer */
    pm_stop ended;    /* after NO_MORE: why */
} pm_iterate;

/* ------------------------------------------------------------------------------------- the registry ------ */

typedef struct pm_arena pm_arena;
typedef struct pm_basins pm_basins; /* basins.h */

/* One part of the run of a method that is made of several. */
typedef struct {
    const char *name;
    const char *method; /* the row that ran, or NULL */
    const char *reason; /* why it was begun, or what it has shown */
    size_t nfev, nit;   /* evaluations, as the method counts them, and steps */
    double f;           /* the lowest value among them, HUGE_VAL before a finite one */
} pm_part;

/* A method's row, at the end of its file.  `state` is zeroed memory of state_size bytes.  `layout`
 * places the state's arrays and must set nothing that changes during a run: it runs again on the
 * copy of a solver. */
typedef struct {
    const char *name, *family, *summary, *citation;
    unsigned traits;          /* of pm_trait */
    const pm_option *options; /* ends with PM_OPTIONS_END */
    size_t options_size;
    pm_stopping_options stopping;
    size_t state_size;
    size_t (*points)(const pm_task *task); /* most points in one batch; NULL: one */
    void (*layout)(void *state, pm_arena *arena, const pm_task *task);
    void (*start)(void *state, const pm_task *task);
    void (*ask)(void *state, pm_batch *batch);
    pm_turn (*tell)(void *state, const pm_batch *batch);
    void (*at)(const void *state, pm_iterate *out);
    size_t (*population)(const pm_task *task); /* points of its first one; NULL: it has none */
    const char *const *measures; /* what it tells of itself: names, then NULL; or NULL: nothing */
    void (*measure)(const void *state, double *out); /* after a step: a number for each of them */
    /* The minima that it has met; NULL: it keeps no record of them. */
    const pm_basins *(*basins)(const void *state);
    /* The parts of the run so far, in the order of their beginnings; NULL: it is of one piece. */
    const pm_part *(*parts)(const void *state, size_t *count);
    /* Writes the inverse Hessian as the method has learnt it to H[n][n]; false: it has not yet.
     * NULL: it never does. */
    bool (*inverse_hessian)(const void *state, double *H);
} pm_method;

size_t pm_method_count(void);
const pm_method *pm_method_row(size_t i);           /* NULL past the end */
const pm_method *pm_method_named(const char *name); /* NULL if there is none */

void pm_options_default(const pm_option *rows, void *options);
pm_error pm_option_set(const pm_option *row, void *options, double value);
double pm_option_get(const pm_option *row, const void *options);

/* --------------------------------------------------------------------------------------- the solver ------ */

typedef struct pm_solver pm_solver;

pm_error pm_solver_new(pm_solver **out, const pm_method *method, const pm_task *task);
pm_error pm_solver_copy(pm_solver **out, const pm_solver *from); /* continues bit for bit */
void pm_solver_free(pm_solver *s);

pm_error pm_ask(pm_solver *s, pm_batch **out);
pm_error pm_tell(pm_solver *s, pm_turn *turn, pm_stop *stop);
pm_batch *pm_asked(pm_solver *s);    /* the batch that was asked for last */
bool pm_waiting(const pm_solver *s); /* for the answer to that one */

/* Writes the present iterate, all variables included, to x[n] and returns its value. */
double pm_solver_at(const pm_solver *s, double *x);
/* The minima met so far, or NULL: in the method's own variables, for pm_solver_complete. */
const pm_basins *pm_solver_basins(const pm_solver *s);
/* The parts of the run so far, or NULL. */
const pm_part *pm_solver_parts(const pm_solver *s, size_t *count);
/* Writes a point of the method's, `own`, with the fixed variables and in the user's units, to x[n].
 */
void pm_solver_complete(const pm_solver *s, const double *own, double *x);
/* What the method would answer now to x[n]: the iterate or, if that is true, an average of them. */
bool pm_solver_answer(const pm_solver *s, double *x);
/* What the method tells of itself after a step, one number for each name in its row's measures. */
void pm_solver_measure(const pm_solver *s, double *out);
/* Points that a method's first population would have, 0 if it has none: given ones, and drawn. */
size_t pm_population(const pm_method *method, const pm_task *task);

/* ----------------------------------------------------------------------------------------- time ---------- */

double pm_clock(void);          /* monotonic seconds */
bool pm_is_past(double moment); /* on that clock; cheap while it is not near */

/* Called about every 20 ms and, if each_step, after every step; a non-zero answer (a pm_stop) ends
 * the run. */
typedef struct {
    pm_stop (*poll)(void *self, bool step_done);
    void *self;
    bool each_step;
} pm_watch;

/* Whoever drives a solver looks out by it before every evaluation, and a method within work that
 * takes long: by time, for what an evaluation has cost says nothing of the next one. */
struct pm_lookout {
    const pm_watch *watch; /* NULL: nobody to ask */
    double deadline;       /* on pm_clock; HUGE_VAL: none */
    double next;           /* when to ask again */
    int64_t tick;          /* of the last look: until the next one there is nothing to see */
    pm_stop stop;          /* what a look has said that ends the run */
    size_t unseen;         /* numbers that methods may go through before they look up; 0: ended */
};

void pm_lookout_start(pm_lookout *l, const pm_watch *watch, double deadline);
pm_stop pm_look(pm_lookout *l); /* why to end now, or PM_RUNNING */
bool pm_look_up(pm_lookout *l); /* from work on many numbers: is the run to end now? */
/* Is the run to end now?  For methods, about every 10,000 operations of long work.  Then tell
 * answers at once, ask with any points, and neither is called again. */
bool pm_called_off(const pm_task *task);
pm_lookout *pm_solver_lookout(pm_solver *s);

/* ------------------------------------------------------------------------------------ the evaluator ------ */

/* Counts, limits and remembers: whoever evaluates a point passes it through pm_record. */
typedef struct {
    size_t n;
    size_t nfev, njev, nit;
    size_t max_evals, max_iter; /* SIZE_MAX: no limit */
    double deadline;            /* on pm_clock, in seconds; HUGE_VAL: none */
    double target;              /* -HUGE_VAL: none */
    double best_f;              /* HUGE_VAL before the first finite value */
    bool reached;               /* a value at or below the target has been seen, ever */
    bool refuse_nan;            /* NaN ends the run instead of counting as the worst value */
    bool best_has_g;
    bool repeating;                /* the best point has just been evaluated; see pm_recall */
    double *best_x, *best_g;       /* [n] each, owned by the caller */
    const double *held_x, *held_g; /* where the best point is instead, until pm_settle, or NULL */
} pm_evaluator;

void pm_evaluator_start(pm_evaluator *e, size_t n, double *best_x, double *best_g);
/* Why the next evaluation must not be made, or PM_RUNNING. */
pm_stop pm_spent(const pm_evaluator *e);
/* One evaluation at x[n] gave *f and, if g is not NULL, g[n].  NaN becomes +inf, the worst value;
 * so does the value of a point whose gradient is not finite, for the method only: such a point can
 * be the best one. */
static inline pm_stop pm_record(pm_evaluator *e, const double *x, double *f, const double *g);
/* The first evaluation of a run that begins at the best point, to the last bit, need not be made if
 * that was the last one before: then this answers it from the record.  A best point that is the
 * lowest of many is better evaluated again, for noise may have made it so. */
bool pm_recall(pm_evaluator *e, const double *x, double *f, double *g);
/* The same for a batch that is lent: the best point is not copied but held where it is, and so is
 * its gradient, if n is large.  The method itself minds a gradient that is not finite. */
pm_stop pm_record_lent(pm_evaluator *e, pm_batch *b);
/* To be called after an ask: it may have overwritten the gradient. */
void pm_let_go(pm_evaluator *e, const pm_batch *b);
/* Copies what is held, before the solver is freed or anybody looks at the best point. */
void pm_settle(pm_evaluator *e);
/* A step is complete. */
pm_stop pm_count_step(pm_evaluator *e);

pm_stop pm_record_fully(pm_evaluator *e, const double *x, double *f, const double *g);

/* Most points have nothing to keep. */
static inline pm_stop pm_record(pm_evaluator *e, const double *x, double *f, const double *g)
{
    if (g == NULL && *f > e->best_f && *f > e->target && e->held_x == NULL) {
        e->nfev += 1;
        return PM_RUNNING;
    }
    return pm_record_fully(e, x, f, g);
}

/* ------------------------------------------------------------- compiled objectives: the loop in C -------- */

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
    double *x;    /* [n] scratch: the objective gets a copy, for it may write into it */
    double *g;    /* [n] scratch: takes a gradient that nobody asked for */
    bool trusted; /* it gets the point itself: n > PM_LARGE, and its first call wrote nothing */
    bool tried;   /* that call has been made */
} pm_compiled;

bool pm_has_gradient(const pm_compiled *c);
/* Evaluates once: the value, and the gradient to g[n], if wanted and if the signature has one. */
double pm_call(pm_compiled *c, size_t n, const double *x, double *g);

/* Runs the solver to its end on a compiled objective.  Touches nothing of Python. */
pm_error pm_drive(pm_solver *s, pm_evaluator *e, pm_compiled *c, const pm_watch *watch,
                  pm_stop *stop);

/* ------------------------------------------------------------------ objectives that are means ------------ */

/* A compiled mean over the samples with these m indices.   name, number, C signature */
#define PM_SAMPLED_SIGNATURES(X)                                                                     \
    X(SAMPLED_VALUE_PLAIN, 0, "double (int, double *, int, int64_t *)")                              \
    X(SAMPLED_VALUE_DATA, 1, "double (int, double *, int, int64_t *, void *)")                       \
    X(SAMPLED_GRADIENT_PLAIN, 2, "double (int, double *, double *, int, int64_t *)")                 \
    X(SAMPLED_GRADIENT_DATA, 3, "double (int, double *, double *, int, int64_t *, void *)")

typedef enum { PM_SAMPLED_SIGNATURES(PM_ENUM) } pm_sampled_signature;
const char *pm_sampled_signature_text(pm_sampled_signature signature); /* NULL past the end */

/* The samples in the order in which they are handed out, `size` of them to a step, the last batch
 * having what is left; after the last one it begins again. */
typedef struct {
    const int64_t *order; /* [count] */
    size_t count, size;
    size_t first;   /* the present batch begins here */
    size_t seen;    /* samples of the steps that are complete */
    double sum;     /* of the values of those steps, each times the samples of its batch */
    double f;       /* of the present step: the first finite value, which is the one at its start */
    double first_f; /* of the first step */
    pm_sampled_signature signature; /* the rest is for compiled objectives only */
    void (*function)(void);
    void *data;
    const pm_watch *watch;
} pm_samples;

void pm_samples_start(pm_samples *s, const int64_t *order, size_t count, size_t size);
size_t pm_samples_batch(const pm_samples *s);        /* samples in the present batch */
void pm_samples_note(pm_samples *s, double f);       /* the objective gave f on it */
void pm_samples_advance(pm_samples *s);              /* a step is complete: on to the next batch */
void pm_samples_bind(pm_samples *s, pm_compiled *c); /* c then calls s->function with the batch */

/* `pm_drive`, and each step with the next batch. */
pm_error pm_drive_samples(pm_solver *solver, pm_evaluator *e, pm_compiled *c, pm_samples *s,
                          const pm_watch *watch, pm_stop *stop);

#endif
