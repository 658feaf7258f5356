/* Monotonic time, and a cheap tick. */
#ifndef PM_CLOCK_H
#define PM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

double pm_clock(void);          /* monotonic seconds */
bool pm_is_past(double moment); /* on that clock; cheap while it is not near */

/* Stands still until the next tick of the system, 1 to 16 ms; other numbers are other moments. */
int64_t pm_tick(void);

#endif
