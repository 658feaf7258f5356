/* A batch in the method's units, x / scale with scales that are powers of two, and the same batch
 * in the user's: no digit changes on the way there and back.
 *
 * For batches of all variables that no differences are taken of; the others pass the stencil.
 */
#ifndef PM_UNITS_H
#define PM_UNITS_H

#include "pyminima.h"

/* Points, and the directions of products, in the user's units. */
void pm_units_ask(const double *scale, const pm_batch *inner, pm_batch *outer);

/* Values, and gradients or products, in the method's units; where points were `moved` into the box
 * since, those, too. */
void pm_units_tell(const double *scale, pm_batch *inner, const pm_batch *outer, bool moved);

#endif
