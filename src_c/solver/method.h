/* What an author of methods needs: where a method stands, its row, and its batch.
 *
 * A method is a file under src_c/methods/ that ends with its row; src_c/methods.def lists it.
 */
#ifndef PM_METHOD_H
#define PM_METHOD_H

#include "base/arena.h"
#include "pyminima.h"
#include "solver/lookout.h"

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

/* An option that has to have this one of its choices. */
typedef struct {
    const char *option, *choice;
} pm_requirement;

/* A method's row, at the end of its file.  `state` is zeroed memory of state_size bytes.  `layout`
 * places the state's arrays and must set nothing that changes during a run: it runs again on the
 * copy of a solver. */
struct pm_method {
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
    /* Of one that takes samples: the option and its choice with which alone it compares no values;
     * NULL: it never compares any. */
    pm_requirement samples_with;
    /* Most variables for which it is chosen where the user names no method; 0: it never is. */
    size_t default_up_to;
};

/* A method of many points says how many it asks for, and may write so many as this answers: the
 * batch has room for no more than its row's `points`.  Where they are fewer the solver refuses the
 * batch, PM_OVERFULL. */
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
