/* Objectives that are means over samples: which batch of them a step is for. */
#ifndef PM_SAMPLES_H
#define PM_SAMPLES_H

#include "loop/compiled.h"

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
    int64_t *order; /* [count]; not const, for the signatures are not: it is not to be written to */
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

void pm_samples_start(pm_samples *s, int64_t *order, size_t count, size_t size);
size_t pm_samples_batch(const pm_samples *s);        /* samples in the present batch */
void pm_samples_note(pm_samples *s, double f);       /* the objective gave f on it */
void pm_samples_advance(pm_samples *s);              /* a step is complete: on to the next batch */
void pm_samples_bind(pm_samples *s, pm_compiled *c); /* c then calls s->function with the batch */

/* `pm_drive`, and each step with the next batch. */
pm_error pm_drive_samples(pm_solver *solver, pm_evaluator *e, pm_compiled *c, pm_samples *s,
                          const pm_watch *watch, pm_stop *stop);

#endif
