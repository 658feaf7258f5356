#include "bounds.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

void pm_project(double *x, size_t count, size_t n, const double *lower, const double *upper)
{
    for (size_t j = 0; j < count; ++j, x += n) {
        for (size_t i = 0; i < n; ++i) {
            x[i] = pm_clip(x[i], lower[i], upper[i]);
        }
    }
}

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Adding to the exponent carries into the sign bit where it is that of infinity or NaN. */
static uint64_t carry(double x)
{
    return (bits_of(x) & UINT64_C(0x7ff) << 52) + (UINT64_C(1) << 52);
}

/* No branches and no sums here and below, so that several numbers are looked at together. */
static bool all_finite(const double *x, size_t count)
{
    uint64_t carries = 0;

    for (size_t i = 0; i < count; ++i) {
        carries |= carry(x[i]);
    }
    return carries >> 63 == 0;
}

/* Where a difference is negative its sign bit is set.  Also where it is -0, which is no harm. */
static bool all_inside(const pm_box *box, const double *x, size_t count)
{
    const double *lower = box->lower, *upper = box->upper;
    uint64_t signs = 0;

    for (size_t j = 0; j < count; ++j, x += box->n) {
        for (size_t i = 0; i < box->n; ++i) {
            signs |= carry(x[i]) | bits_of(x[i] - lower[i]) | bits_of(upper[i] - x[i]);
        }
    }
    return signs >> 63 == 0;
}

/* The nearest number in the box; an open end of it is the largest number there is. */
static double admitted(const pm_box *box, size_t i, double x)
{
    const double low = box->lower[i] > -DBL_MAX ? box->lower[i] : -DBL_MAX;
    const double high = box->upper[i] < DBL_MAX ? box->upper[i] : DBL_MAX;
    const double whole = box->integer != NULL && box->integer[i] ? round(x) : x;

    return isnan(x) ? box->inside[i] : pm_clip(whole, low, high);
}

bool pm_admit(const pm_box *box, double *x, size_t count)
{
    const bool inside = box->bounded ? all_inside(box, x, count) : all_finite(x, count * box->n);
    bool moved = false;

    if (inside && box->integer == NULL) {
        return false;
    }
    for (size_t j = 0; j < count; ++j, x += box->n) {
        for (size_t i = 0; i < box->n; ++i) {
            const double there = admitted(box, i, x[i]);
            moved = moved || there != x[i];
            x[i] = there;
        }
    }
    return moved;
}
