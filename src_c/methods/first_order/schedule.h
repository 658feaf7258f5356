/* Learning-rate schedules: the factor of the learning rate at every step.
 *
 * Without a schedule the factor is 1.  With one it is a function of the step number, except that
 * "plateau" depends on the values.  Any of them can be preceded by a linear warm-up.
 *
 *   "cosine": I. Loshchilov & F. Hutter, "SGDR: stochastic gradient descent with warm restarts",
 *   ICLR 2017, arXiv:1608.03983, eq. 5.
 *   "inverse_time": meets the conditions of H. Robbins & S. Monro, Ann. Math. Stat. 22, 1951.
 */
#ifndef PM_SCHEDULE_H
#define PM_SCHEDULE_H

#include "solver/method.h"

typedef struct {
    int kind;
    size_t period, warmup, patience;
    double decay, floor, growth;
} pm_schedule_options;

enum {
    PM_SCHEDULE_CONSTANT,
    PM_SCHEDULE_STEP,
    PM_SCHEDULE_EXPONENTIAL,
    PM_SCHEDULE_COSINE,
    PM_SCHEDULE_INVERSE_TIME,
    PM_SCHEDULE_PLATEAU,
    PM_SCHEDULE_COUNT
};
extern const char *const pm_schedule_names[PM_SCHEDULE_COUNT];

#define PM_SCHEDULE_ROW(kind, base, field, value, low, high, help)                                   \
    {"schedule_" #field, kind, (base) + offsetof(pm_schedule_options, field), value, low, high, NULL, help}
#define PM_SCHEDULE_MOST PM_MOST_WHOLE

/* The rows of these options in a struct that holds a pm_schedule_options at byte `base`. */
#define PM_SCHEDULE_OPTIONS(base)                                                                    \
    {"schedule", PM_CHOICE, (base) + offsetof(pm_schedule_options, kind), PM_SCHEDULE_CONSTANT, 0,   \
     PM_SCHEDULE_COUNT - 1, pm_schedule_names,                                                       \
     "how the learning rate changes: a name, or an object of pyminima.schedules"},                   \
    PM_SCHEDULE_ROW(PM_WHOLE, base, period, 0, 0, PM_SCHEDULE_MOST,                                  \
                    "steps between two falls (step), to fall by schedule_decay (exponential), from " \
                    "the top to the floor (cosine), to fall by half (inverse_time); 0: as many as "  \
                    "the budget allows (step: a third)"),                                            \
    PM_SCHEDULE_ROW(PM_REAL, base, decay, 0.1, 0, 1,                                                 \
                    "what is left after each fall (step, exponential, plateau)"),                    \
    PM_SCHEDULE_ROW(PM_REAL, base, floor, 0, 0, 1,                                                   \
                    "the schedule goes no lower than this share of the learning rate"),              \
    PM_SCHEDULE_ROW(PM_REAL, base, growth, 1, 1, 1000,                                               \
                    "each period is this many times as long as the one before (cosine)"),            \
    PM_SCHEDULE_ROW(PM_WHOLE, base, patience, 10, 1, PM_SCHEDULE_MOST,                               \
                    "steps without an improvement that bring a fall (plateau)"),                     \
    PM_SCHEDULE_ROW(PM_WHOLE, base, warmup, 0, 0, PM_SCHEDULE_MOST,                                  \
                    "steps over which the rate rises in a line before the schedule begins")

extern const pm_option pm_schedule_rows[]; /* the rows of a pm_schedule_options by itself */

/* A schedule under way. */
typedef struct {
    size_t step;        /* number of the next step */
    double first, best; /* the first value, and the value at the last improvement that counted */
    size_t idle;        /* steps since that improvement */
    double left;        /* "plateau": the present factor of the rate */
} pm_schedule;

void pm_schedule_start(pm_schedule *s);

/* The factor of the next step, which starts at value f; the run may take `steps` in all. */
double pm_schedule_next(pm_schedule *s, const pm_schedule_options *o, size_t steps, double f);

#endif
