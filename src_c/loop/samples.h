/* Objectives that are means over samples, and the mini-batch of samples that each step uses. */
#ifndef PM_SAMPLES_H
#define PM_SAMPLES_H

#include "loop/compiled.h"

/* A compiled mean over the samples with the given m indices.   name, number, C signature */
#define PM_SAMPLED_SIGNATURES(X)                                                                     \
    X(SAMPLED_VALUE_PLAIN, 0, "double (int, double *, int, int64_t *)")                              \
    X(SAMPLED_VALUE_DATA, 1, "double (int, double *, int, int64_t *, void *)")                       \
    X(SAMPLED_GRADIENT_PLAIN, 2, "double (int, double *, double *, int, int64_t *)")                 \
    X(SAMPLED_GRADIENT_DATA, 3, "double (int, double *, double *, int, int64_t *, void *)")

typedef enum { PM_SAMPLED_SIGNATURES(PM_ENUM) } pm_sampled_signature;
const char *pm_sampled_signature_text(pm_sampled_signature signature); /* NULL past the end */

/* The samples in the order of use.  Each step uses the next `size` of them, the last batch those
 * that are left; after it the order begins again. */
typedef struct {
    int64_t *order; /* [count], read only; not const because the signatures are not */
    size_t count, size;
    size_t first;   /* the present batch begins here */
    size_t seen;    /* samples of the steps that are complete */
    double sum;     /* sum over those steps of f times the samples in the batch */
    double f;       /* the first finite value of the present step, which is that at its start */
    double first_f; /* f of the first step */
    pm_sampled_signature signature; /* the rest is for compiled objectives only */
    void (*function)(void);
    void *data;
    const pm_watch *watch;
} pm_samples;

void pm_samples_start(pm_samples *s, int64_t *order, size_t count, size_t size);
size_t pm_samples_batch(const pm_samples *s);        /* samples in the present batch */
void pm_samples_note(pm_samples *s, double f);       /* records a value on the present batch */
void pm_samples_advance(pm_samples *s);              /* completes a step: goes to the next batch */
void pm_samples_bind(pm_samples *s, pm_compiled *c); /* c then calls s->function with the batch */

/* pm_drive with a new batch in each step. */
pm_error pm_drive_samples(pm_solver *solver, pm_evaluator *e, pm_compiled *c, pm_samples *s,
                          const pm_watch *watch, pm_stop *stop);

#endif
