/* The niches of a population: individuals with no better one nearby are taken for minima.
 *
 *   A. Petrowski, "A clearing procedure as a niching method for genetic algorithms", CEC 1996, 798
 *
 * Nearby is within a hundredth of the box along every variable.
 */
#ifndef PM_NICHES_H
#define PM_NICHES_H

#include "methods/global/basins.h"
#include "methods/global/genetic/individuals.h"

/* Adds these minima to the record, as ends of descents that did not begin at uniform points. */
void pm_note_niches(pm_basins *record, const pm_task *task, const pm_individuals *p,
                    const double *unit);

#endif
