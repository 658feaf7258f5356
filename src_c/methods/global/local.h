/* The local method that a global one searches with. */
#ifndef PM_LOCAL_H
#define PM_LOCAL_H

#include "solver/nested.h"

/* The local methods that a global method offers as choices of an option. */
extern const char *const pm_local_methods[6];

/* The method of a choice; "auto" depends on the number of variables n. */
pm_inner pm_local_method(int choice, size_t n);

#endif
