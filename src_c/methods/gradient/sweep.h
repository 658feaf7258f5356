/* A cycle of coordinate search: each variable in turn moves to the minimum of a parabola.
 *
 * A variable takes three values: at two arms, and at the minimiser of the parabola through these
 * and the value before, which may lie up to four arms away (H. H. Rosenbrock, Computer J. 3,
 * 1960; R. P. Brent, "Algorithms for Minimization without Derivatives", 1973, chapter 7, whose
 * principal axes begin with such a cycle).  No slope is needed, so noise and kinks that are small
 * compared with the change of f over an arm do no harm.
 */
#ifndef PM_SWEEP_H
#define PM_SWEEP_H

#include "base/arena.h"
#include "solver/method.h"

typedef struct {
    const pm_task *task;
    size_t i;                                 /* the present variable */
    enum { ORIGIN, LEFT, RIGHT, BOTTOM } try; /* the point asked for */
    double f;                                 /* value at x */
    double t[2], value[2];                    /* the arms, and the values there */
    double bottom;                            /* the third trial, relative to x_i */
    double *x;                                /* [n] the lowest point */
} pm_sweep;

void pm_sweep_layout(pm_sweep *s, pm_arena *a, const pm_task *task);
void pm_sweep_start(pm_sweep *s);
/* Writes the next point, of which the value is needed, to x[n]. */
void pm_sweep_ask(const pm_sweep *s, double *x);
/* True while there is a next point. */
bool pm_sweep_tell(pm_sweep *s, double f);

#endif
