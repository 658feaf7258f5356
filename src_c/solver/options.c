/* Options are rows of a table; this reads and writes the fields they describe. */
#include "solver/method.h"

#include <assert.h>
#include <math.h>

static void *field(const pm_option *row, void *options)
{
    return (unsigned char *)options + row->offset;
}

pm_error pm_option_set(const pm_option *row, void *options, double value)
{
    if (!(value >= row->low && value <= row->high)) {
        return PM_BAD_OPTION;
    }
    if (row->kind == PM_REAL) {
        *(double *)field(row, options) = value;
        return PM_OK;
    }
    if (value != floor(value)) {
        return PM_BAD_OPTION;
    }
    if (row->kind == PM_WHOLE) {
        /* The ranges of whole-number options end at 2^53 or below, so the cast is exact. */
        assert(row->low >= 0 && row->high <= PM_MOST_WHOLE);
        *(size_t *)field(row, options) = (size_t)value;
    } else {
        *(int *)field(row, options) = (int)value;
    }
    return PM_OK;
}

double pm_option_get(const pm_option *row, const void *options)
{
    const unsigned char *at = (const unsigned char *)options + row->offset;
    switch (row->kind) {
    case PM_REAL:
        return *(const double *)(const void *)at;
    case PM_WHOLE:
        return (double)*(const size_t *)(const void *)at;
    case PM_CHOICE:
        return *(const int *)(const void *)at;
    }
    return NAN;
}

void pm_options_default(const pm_option *rows, void *options)
{
    for (; rows->name != NULL; ++rows) {
        const pm_error error = pm_option_set(rows, options, rows->value);
        assert(error == PM_OK);
        (void)error;
    }
}
