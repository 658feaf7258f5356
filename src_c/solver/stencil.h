/* From the points a method asks for to the points the user evaluates, and back.
 *
 * Fixed variables are put in again, scaled ones get their units back (powers of two, so that no
 * digit changes on the way there and back), and where the user gives no gradient each point grows a
 * stencil of neighbours, inside the box, whose differences are its gradient.  Where he gives no
 * Hessian, a product H v is the difference of the gradients at x + h v and x.  Integer variables
 * have no slope and no neighbours: their part of a gradient is left alone.  The stencils of a batch
 * are handed out in chunks, so that a gradient in many variables needs no quadratic amount of
 * memory.
 */
#ifndef PM_STENCIL_H
#define PM_STENCIL_H

#include "base/arena.h"
#include "solver/method.h"

typedef struct {
    const pm_task *whole; /* all variables */
    const size_t *free;   /* [n_free] the variables that are not fixed */
    size_t n_free;
    size_t n_integer;        /* of these, integers */
    const size_t *real;      /* [n_free - n_integer] the others among them, or NULL: all */
    bool central;            /* two arms to a difference */
    const double *steps;     /* [n_free] the method's, or NULL */
    size_t arms;             /* neighbours per variable: 0, 1 (forward) or 2 (central) */
    size_t next, total;      /* first evaluation of the present chunk; evaluations in all */
    double f_first, h_first; /* the first arm's difference of values, and its length */
    double *reach;           /* [points] h of the products that are differenced, else 0 */
    double *lowest; /* [n_free] where f was lowest since the last gradient; NULL: not of interest */
    double f_lowest; /* HUGE_VAL: nowhere yet */
} pm_stencil;

/* Most evaluations that one chunk holds, for batches of `points` points. */
size_t pm_stencil_chunk(const pm_task *whole, size_t n_free, size_t points);
void pm_stencil_begin(pm_stencil *s, pm_batch *inner);
/* Are differences to be taken for this batch? */
bool pm_stencil_differences(const pm_stencil *s, const pm_batch *inner);
void pm_stencil_ask(const pm_stencil *s, const pm_batch *inner, pm_batch *outer);
/* Takes in one chunk; true when the inner batch is complete. */
bool pm_stencil_tell(pm_stencil *s, pm_batch *inner, const pm_batch *outer);
/* The inner batch has its values without the help of the stencil. */
void pm_stencil_pass(pm_stencil *s, const pm_batch *inner);

#endif
