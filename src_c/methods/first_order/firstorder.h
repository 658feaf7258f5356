/* First-order methods: an update rule, and the state machine around all of them.
 *
 * A rule turns a point and its gradient into the next point.  It is a kernel that reads like its
 * paper; ask, tell, the retreat from points without a value, and the buffers are written once, in
 * firstorder.c.  A method's file holds its options, whose first field is pm_first_order_options;
 * its state, whose first field is pm_first_order; the rule; a layout that calls
 * pm_first_order_layout; and its row, with the four functions below.
 */
#ifndef PM_FIRSTORDER_H
#define PM_FIRSTORDER_H

#include "base/arena.h"
#include "base/rng.h"
#include "methods/first_order/schedule.h"
#include "solver/method.h"

#include <float.h>
#include <string.h>

/* The options every first-order method has; ingredients.h gives the order in which they apply. */
typedef struct {
    double learning_rate;
    pm_schedule_options schedule;
    double clip_value, clip_norm;
    double noise, noise_decay;
    double weight_decay, l1;
    double sam_radius;
    int averaging;
    size_t averaging_start, averaging_period;
    double averaging_decay;
} pm_first_order_options;

enum { PM_NO_AVERAGE, PM_POLYAK_AVERAGE, PM_SWA_AVERAGE, PM_EMA_AVERAGE, PM_AVERAGE_COUNT };
extern const char *const pm_average_names[PM_AVERAGE_COUNT];

#define PM_COMMON_REAL(field, value, low, high, help)                                                \
    PM_OPTION_REAL(pm_first_order_options, field, value, low, high, help)
#define PM_COMMON_WHOLE(field, value, low, high, help)                                               \
    PM_OPTION_WHOLE(pm_first_order_options, field, value, low, high, help)

#define PM_FIRST_ORDER_OPTIONS(rate, help) PM_FIRST_ORDER_OPTIONS_DECAY(rate, help, 0.0)
#define PM_FIRST_ORDER_OPTIONS_DECAY(rate, help, decay)                                              \
    PM_COMMON_REAL(learning_rate, rate, 0.0, 1e6, help),                                             \
    PM_SCHEDULE_OPTIONS(offsetof(pm_first_order_options, schedule)),                                 \
    PM_COMMON_REAL(clip_value, 0.0, 0.0, 1e300,                                                      \
                   "each coordinate of the gradient is kept within this of 0; 0: not clipped"),      \
    PM_COMMON_REAL(clip_norm, 0.0, 0.0, 1e300,                                                       \
                   "a gradient that is longer is shortened to this length; 0: not clipped"),         \
    PM_COMMON_REAL(noise, 0.0, 0.0, 1e300,                                                           \
                   "standard deviation of the normal noise added to each coordinate of the first "   \
                   "gradient"),                                                                      \
    PM_COMMON_REAL(noise_decay, 0.55, 0.0, 10.0,                                                     \
                   "the variance of the noise at step t is noise^2 / (1 + t)^noise_decay"),          \
    PM_COMMON_REAL(weight_decay, decay, 0.0, 1e6,                                                    \
                   "pull towards 0: the penalty weight_decay |x|^2 / 2, or the decoupled decay of "  \
                   "the methods that have one"),                                                     \
    PM_COMMON_REAL(l1, 0.0, 0.0, 1e300,                                                              \
                   "the penalty l1 times the sum of |x|, by a proximal step that sets small "        \
                   "coordinates to 0"),                                                              \
    PM_COMMON_REAL(sam_radius, 0.0, 0.0, 1e6,                                                        \
                   "the gradient is taken this far uphill, in units of x (sharpness-aware: two "     \
                   "evaluations a step); 0: here"),                                                  \
    PM_OPTION_CHOICE(pm_first_order_options, averaging, PM_NO_AVERAGE, pm_average_names,             \
                     "what is averaged: nothing, every iterate (polyak), every averaging_period-th " \
                     "one (swa), or every one with weights that fade (ema)"),                        \
    PM_COMMON_WHOLE(averaging_start, 0, 0, PM_MOST_WHOLE,                                       \
                    "steps before the average begins"),                                              \
    PM_COMMON_WHOLE(averaging_period, 100, 1, PM_MOST_WHOLE,                                    \
                    "steps from one iterate that is averaged to the next (swa)"),                    \
    PM_COMMON_REAL(averaging_decay, 0.99, 0.5, 0.999999,                                             \
                   "what is left of a weight after each step (ema)")

/* An update rule.  `state` is the method's own. */
typedef struct {
    /* Sets the moments to zero.  Also called at the start. */
    void (*reset)(void *state);
    /* Once a step, before the update, with the point x[n], its gradient g[n], and the rate of the
     * step; may be NULL. */
    void (*begin)(void *state, double rate, const double *x, const double *g);
    /* Whether the update applies weight_decay by itself, decoupled from the gradient; else the
     * gradient of the penalty is added to g. */
    bool decays;
    /* Replaces the gradient in g[n] by the next point, and updates the moments.  With two moments
     * the memory traffic is seven numbers per coordinate: x, g and both moments are read, the next
     * point and both moments written.  False if an element of the gradient or of the next point is
     * not finite. */
    bool (*update)(void *state, double rate, const double *x, double *g);
} pm_rule;

enum { PM_MOST_BUFFERS = 8 };

typedef struct {
    const pm_first_order_options *o;
    const pm_rule *rule;
    size_t n;
    size_t steps;    /* steps that the budget allows, for schedules */
    bool stochastic; /* values are means over samples */
    size_t window;   /* evaluations above begun_f after which growth is tested; 0: never */
    double farthest; /* an iterate with a larger coordinate counts as gone to infinity */
    bool plain;      /* no common option is in use, so `prepare` is skipped */
    enum { PM_FIRST_POINT, PM_ACCEPTED, PM_TRYING, PM_PROBING, PM_WEIGHING } phase;
    size_t halvings; /* of the present step */
    double f;        /* value at the last accepted point */
    double f_from;   /* value at the point from which the present step started */
    pm_stop ended;
    pm_schedule schedule;
    pm_rng rng;
    size_t accepted, averaged;       /* points so far, and those in the average */
    size_t weigh;                    /* number of points at which the average is evaluated next */
    double *mean;                    /* [n], or NULL without averaging */
    double *buffer[PM_MOST_BUFFERS]; /* [n] each, unused ones NULL; the fields below are indices,
                                        which stay valid in a copy of the solver */
    size_t from;                     /* the point from which the present step started */
    size_t here;                     /* the point that is tried, or was accepted */
    size_t kept;                     /* the point that the evaluator keeps */
    size_t lowest;                   /* the lowest point accepted */
    double lowest_f;                 /* its value */
    double begun_f;                  /* the value at the start, or where the last retreat led */
    size_t above;                    /* evaluations in a row with values above begun_f */
    double height, halfway;          /* largest rise above begun_f; the same in the first half */
    size_t retreats;                 /* returns to the lowest point, each with a smaller rate */
    bool returning, anew;            /* a retreat is under way; it has just been completed */
    double reduction;                /* factor of the rate after all retreats */
    size_t slope;                    /* receives the gradient at `here` */
    size_t asked, answer;            /* the point asked for, and the buffer for its gradient */
    size_t steep;                    /* the gradient for the step, replaced by the next point */
} pm_first_order;

void pm_first_order_layout(pm_first_order *s, const pm_rule *rule, pm_arena *a,
                           const pm_task *task);

void pm_first_order_start(void *state, const pm_task *task);
void pm_first_order_ask(void *state, pm_batch *b);
pm_turn pm_first_order_tell(void *state, const pm_batch *b);
void pm_first_order_at(const void *state, pm_iterate *out);

/* The fields that the rows of all first-order methods have in common. */
#define PM_FIRST_ORDER_METHOD                                                                        \
    .family = "first order", .traits = PM_NEEDS_GRADIENT | PM_TAKES_SAMPLES,                         \
    .start = pm_first_order_start, .ask = pm_first_order_ask, .tell = pm_first_order_tell,           \
    .at = pm_first_order_at

/* For kernels: the highest bit of the result is set if x is not finite; the results of many numbers
 * are combined by `|=`.  The magnitudes of doubles have the order of their bits, with infinity and
 * NaN the largest; compilers turn integer arithmetic, unlike comparisons, into a few vector
 * instructions. */
static inline uint64_t pm_not_finite(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return UINT64_C(0x7fefffffffffffff) - (bits & UINT64_C(0x7fffffffffffffff)); /* the largest */
}

static inline bool pm_all_finite(uint64_t seen)
{
    return seen >> 63 == 0;
}

/* For divisors: epsilon, or the smallest normal number instead of 0.  The root to which it is added
 * is 0 as long as all slopes were 0, and the step would be 0 / 0; it does not change a larger root.
 */
static inline double pm_positive(double epsilon)
{
    return epsilon > 0.0 ? epsilon : DBL_MIN;
}

#endif
