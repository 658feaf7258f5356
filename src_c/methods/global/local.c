#include "methods/global/local.h"

#include <string.h>

const char *const pm_local_methods[6] = {"auto",   "bfgs",        "lbfgs",
                                         "newton", "nelder_mead", "bobyqa"};

/* nelder_mead without restarts: they confirm one minimum, and a global method uses the evaluations
 * better for another start. */
static const pm_setting once[] = {{"restarts", 0.0}, {NULL, 0.0}};

pm_inner pm_local_method(int choice, size_t n)
{
    const bool dense = n <= pm_method_named("bfgs")->default_up_to;
    const char *name = choice > 0 ? pm_local_methods[choice] : dense ? "bfgs" : "lbfgs";
    return (pm_inner){.method = pm_method_named(name),
                      .settings = strcmp(name, "nelder_mead") == 0 ? once : NULL};
}
