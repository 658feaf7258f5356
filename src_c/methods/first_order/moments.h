/* The moments of Adam and its variants: running means of the gradient and of its square.  They
 * begin at 0 and are corrected for the bias that this causes (Kingma & Ba 2015, section 3). */
#ifndef PM_MOMENTS_H
#define PM_MOMENTS_H

#include "methods/first_order/firstorder.h"

/* The first field of the options of a variant. */
typedef struct {
    pm_first_order_options common;
    double beta1, beta2, epsilon;
} pm_moments_options;

#define PM_MOMENTS_OPTIONS                                                                           \
    PM_OPTION_REAL(pm_moments_options, beta1, 0.9, 0.0, 0.999999, "decay of the first moment m"),    \
        PM_OPTION_REAL(pm_moments_options, beta2, 0.999, 0.0, 0.999999,                              \
                       "decay of the second moment v"),                                              \
        PM_OPTION_REAL(pm_moments_options, epsilon, 1e-8, 0.0, 1.0,                                  \
                       "added to sqrt(v), in units of the gradient")

/* The first field of the state of a variant. */
typedef struct {
    pm_first_order base;
    const pm_moments_options *o;
    double beta1_t, beta2_t; /* beta1^t, beta2^t */
    double *m, *v;           /* [n] moments */
} pm_moments;

void pm_moments_layout(pm_moments *s, const pm_rule *rule, pm_arena *a, const pm_task *task);

/* Functions for a pm_rule whose `state` begins with a pm_moments. */
void pm_moments_reset(void *state);
void pm_moments_begin(void *state, double rate, const double *x, const double *g);

#endif
