/* First-order methods: an update rule, and the state machine around all of them.
 *
 * A rule turns a point and its gradient into the next point.  It is a kernel that reads like its
 * paper; asking, telling, retreating from points without a value, and the buffers are written once,
 * here.  A method's file holds its options, whose first field is pm_first_order_options; its state,
 * whose first field is pm_first_order; the rule; a layout that calls pm_first_order_layout; and its
 * row, with the four functions below.
 */
#ifndef PM_FIRSTORDER_H
#define PM_FIRSTORDER_H

#include "arena.h"

#include <string.h>

/* The options every first-order method has. */
typedef struct {
    double learning_rate;
} pm_first_order_options;

#define PM_FIRST_ORDER_OPTIONS(rate, help)                                                         \
    PM_OPTION_REAL(pm_first_order_options, learning_rate, rate, 0.0, 1e6, help)

/* `state` is the method's own. */
typedef struct {
    /* Forgets the past: moments are zero again.  Called at the start, too. */
    void (*reset)(void *state);
    /* Once a step, before the update, with the point x[n] and its gradient g[n]; may be NULL. */
    void (*begin)(void *state, const double *x, const double *g);
    /* For the coordinates from <= i < to: turns the gradient in g[i] into the next point, which
     * takes its place, and updates the moments.  A parameter costs the memory traffic of seven
     * numbers with two moments: x, g and both moments are read, the next point and both moments
     * written.  False if a gradient or a next coordinate is not finite. */
    bool (*update)(void *state, double rate, const double *x, double *g, size_t from, size_t to);
} pm_rule;

typedef struct {
    const pm_first_order_options *o;
    const pm_rule *rule;
    size_t n;
    enum { PM_FIRST_POINT, PM_ACCEPTED, PM_TRYING } phase;
    size_t halvings; /* of the present step */
    double f;        /* at the last accepted point */
    double f_from;   /* at the point the present step started from */
    pm_stop ended;
    double *buffer[4]; /* [n] each; what is where is said below, for a copy has other addresses */
    size_t from;       /* the point the present step started from */
    size_t here;       /* the point that is asked for, or was accepted */
    size_t held;       /* the point that the evaluator holds */
    size_t slope;      /* takes the gradient, which becomes the next point */
} pm_first_order;

void pm_first_order_layout(pm_first_order *s, const pm_rule *rule, pm_arena *a,
                           const pm_task *task);

void pm_first_order_start(void *state, const pm_task *task);
void pm_first_order_ask(void *state, pm_batch *b);
pm_turn pm_first_order_tell(void *state, const pm_batch *b);
void pm_first_order_at(const void *state, pm_iterate *out);

/* For kernels: the highest bit of a `|=` of these over many numbers is set if one of them is not
 * finite.  The magnitudes of doubles are ordered as their bits are, infinity and NaN being the
 * largest; compilers turn integer arithmetic, unlike comparisons, into a few vector
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

#endif
