/* Monotonic time, and a cheap tick. */
#ifndef PM_CLOCK_H
#define PM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

double pm_clock(void);          /* monotonic seconds */
bool pm_is_past(double moment); /* in seconds of pm_clock; cheap while the moment is not near */

/* Has the system ticked, every 1 to 16 ms, since *tick was set?  Then it is set anew. */
bool pm_has_ticked(int64_t *tick);

#endif
