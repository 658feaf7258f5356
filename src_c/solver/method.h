/* What the author of a method needs: its iterate, its row, its batch, and macros for its options.
 *
 * A method is a file under src_c/methods/ that ends with its row; src_c/methods.def lists it.
 */
#ifndef PM_METHOD_H
#define PM_METHOD_H

#include "base/arena.h"
#include "pyminima.h"
#include "solver/lookout.h"

/* The state of a method after a step.  Points into the solver: valid until the next ask. */
typedef struct {
    const double *x; /* [n] */
    double f;
    const double *g;    /* [n], or NULL: the method has none */
    const double *mean; /* [n] the average of iterates that is the method's answer, or NULL: x is */
    double predicted_decrease; /* of f, by the model of the method; 0: it has none */
    bool judge_f_only;         /* do not judge convergence by the gradient at this iterate */
    bool unfinished; /* the method knows a descent direction worth taking: do not judge yet */
    bool restarted;  /* the method has returned to its best point: the stopping rules start anew */
    bool handles_difference_error; /* goes on by itself when differences no longer resolve g */
    pm_stop ended;                 /* after NO_MORE: why */
} pm_iterate;

/* An option that has to have this one of its choices. */
typedef struct {
    const char *option, *choice;
} pm_requirement;

/* A method's row, at the end of its file.  `state` is zeroed memory of state_size bytes.  `layout`
 * places the state's arrays and must set nothing that changes during a run: it runs again on the
 * copy of a solver. */
struct pm_method {
    const char *name, *family;
    const char *summary;      /* what it does, in a phrase without a full stop */
    const char *when_not;     /* when not to use it, in sentences: Markdown, as the summary is */
    const char *citation;     /* where it comes from */
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
    size_t (*population)(const pm_task *task); /* size of the first population; NULL: it has none */
    const char *const *measures; /* names of figures that it reports, then NULL; or NULL: none */
    void (*measure)(const void *state, double *out); /* after a step: writes one number for each */
    /* The minima that it has met; NULL: it keeps no record of them. */
    const pm_basins *(*basins)(const void *state);
    /* The parts of the run so far, in the order of their starts; NULL: it has no parts. */
    const pm_part *(*parts)(const void *state, size_t *count);
    /* Writes the method's estimate of the inverse Hessian to H[n][n]; false: none yet.  NULL: the
     * method never has one. */
    bool (*inverse_hessian)(const void *state, double *H);
    /* Of one that takes samples: the option and its choice with which alone it compares no values;
     * NULL: it never compares any. */
    pm_requirement samples_with;
    /* Most variables for which it is chosen where the user names no method; 0: it never is. */
    size_t default_up_to;
};

/* Sets the number of points that a method asks for and returns how many it may write: the batch has
 * room for the `points` of its row only.  If that is fewer, the solver refuses the batch with
 * PM_OVERFULL. */
static inline size_t pm_offer(pm_batch *b, size_t count)
{
    b->count = count;
    return count < b->capacity ? count : b->capacity;
}

#define PM_OPTION_REAL(type, field, value, low, high, help)                                          \
    {#field, PM_REAL, offsetof(type, field), value, low, high, NULL, help}
#define PM_OPTION_WHOLE(type, field, value, low, high, help)                                         \
    {#field, PM_WHOLE, offsetof(type, field), value, low, high, NULL, help}
#define PM_OPTION_CHOICE(type, field, value, names, help)                                            \
    {#field, PM_CHOICE, offsetof(type, field), value, 0, sizeof(names) / sizeof(names[0]) - 1, names, help}
#define PM_OPTIONS_END {NULL, PM_REAL, 0, 0, 0, 0, NULL, NULL}

#endif
