/* The list of methods: the rows named in methods.def, in that order. */
#include "solver/method.h"

#include <string.h>

#define METHOD(name) extern const pm_method pm_##name;
#include "methods.def"
#undef METHOD

static const pm_method *const rows[] = {
#define METHOD(name) &pm_##name,
#include "methods.def"
#undef METHOD
};

size_t pm_method_count(void)
{
    return sizeof rows / sizeof *rows;
}

const pm_method *pm_method_row(size_t i)
{
    return i < pm_method_count() ? rows[i] : NULL;
}

const pm_method *pm_method_named(const char *name)
{
    for (size_t i = 0; i < pm_method_count(); ++i) {
        if (strcmp(rows[i]->name, name) == 0) {
            return rows[i];
        }
    }
    return NULL;
}
