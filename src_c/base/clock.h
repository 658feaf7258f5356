/* Monotonic time, and a cheap tick. */
#ifndef PM_CLOCK_H
#define PM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

double pm_clock(void);          /* monotonic seconds */
bool pm_is_past(double moment); /* in seconds of pm_clock; cheap while the moment is not near */

/* A number that changes only at a tick of the system, every 1 to 16 ms.  It has no unit: it can
 * only be compared for equality. */
int64_t pm_tick(void);

#endif
