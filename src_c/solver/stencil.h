/* From the points a method asks for to the points the user evaluates, and back.
 *
 * Fixed variables are inserted again, and scaled ones are converted to the user's units (by powers
 * of two, so that no digit changes there and back).  If the user gives no gradient, each point is
 * evaluated together with a stencil of neighbours inside the box, whose differences are its
 * gradient.  If the user gives no Hessian, a product H v is the difference of the gradients at
 * x + h v and x, divided by h.  Integer variables have no neighbours: their part of a gradient is
 * not set here.  The stencils of a batch are asked for in chunks, so that a gradient in many
 * variables does not need memory quadratic in their number.
 */
#ifndef PM_STENCIL_H
#define PM_STENCIL_H

#include "base/arena.h"
#include "solver/method.h"

typedef struct {
    const pm_task *whole; /* all variables */
    const size_t *free;   /* [n_free] the variables that are not fixed */
    size_t n_free;
    size_t n_integer;        /* how many of the free variables are integers */
    const size_t *real;      /* [n_free - n_integer] indices of the other free ones; NULL: all */
    bool central;            /* each difference has two arms */
    const double *steps;     /* [n_free] difference steps that the method chose, or NULL */
    size_t arms;             /* neighbours per variable: 0, 1 (forward) or 2 (central) */
    size_t next, total;      /* first evaluation of the present chunk; evaluations in all */
    double f_first, h_first; /* the first arm's difference of values, and its length */
    double *reach;           /* [points] h of each product that is differenced */
    double *lowest;  /* [n_free] the lowest point since the last gradient; NULL: not recorded */
    double f_lowest; /* its value, HUGE_VAL: none yet */
} pm_stencil;

/* The largest number of evaluations in one chunk, for batches of `points` points. */
size_t pm_stencil_chunk(const pm_task *whole, size_t n_free, size_t points);
void pm_stencil_begin(pm_stencil *s, pm_batch *inner);
/* Are differences to be taken for this batch? */
bool pm_stencil_differences(const pm_stencil *s, const pm_batch *inner);
void pm_stencil_ask(const pm_stencil *s, const pm_batch *inner, pm_batch *outer);
/* Takes the results of one chunk; true when the inner batch is complete. */
bool pm_stencil_tell(pm_stencil *s, pm_batch *inner, const pm_batch *outer);
/* The inner batch has been evaluated without the stencil: only records its lowest point. */
void pm_stencil_pass(pm_stencil *s, const pm_batch *inner);

#endif
