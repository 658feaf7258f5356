/* A cycle of coordinate search: one after the other, each variable goes to the minimum of a
 * parabola.
 *
 * It takes three values: at two arms of a stated reach, and at the minimiser of the parabola
 * through them and the value before, which may lie four arms away (H. H. Rosenbrock, Computer J. 3,
 * 1960; R. P. Brent, "Algorithms for Minimization without Derivatives", 1973, chapter 7, whose
 * principal axes begin with such a cycle).  No slope is needed, so noise and kinks that are small
 * over the reach do no harm.
 */
#ifndef PM_SWEEP_H
#define PM_SWEEP_H

#include "base/arena.h"
#include "solver/method.h"

typedef struct {
    const pm_task *task;
    size_t i;                                 /* the variable under way */
    enum { ORIGIN, LEFT, RIGHT, BOTTOM } try; /* what is asked for */
    double f;                                 /* at x */
    double t[2], value[2];                    /* the arms, and f there */
    double bottom;                            /* the third trial */
    double *x;                                /* [n] the lowest point */
} pm_sweep;

void pm_sweep_layout(pm_sweep *s, pm_arena *a, const pm_task *task);
void pm_sweep_start(pm_sweep *s);
/* The next point, whose value is wanted. */
void pm_sweep_ask(const pm_sweep *s, double *x);
/* True while there is a next point. */
bool pm_sweep_tell(pm_sweep *s, double f);

#endif
