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

/* Whether all numbers are finite: adding to the bits of the exponent carries into the sign where it
 * is that of infinity or NaN.  No branch and no sum, so many are looked at together. */
static bool all_finite(const double *x, size_t count)
{
    const uint64_t exponent = UINT64_C(0x7ff) << 52;
    uint64_t carries = 0;

    for (size_t i = 0; i < count; ++i) {
        uint64_t bits;
        memcpy(&bits, x + i, sizeof bits);
        carries |= (bits & exponent) + (UINT64_C(1) << 52);
    }
    return carries >> 63 == 0;
}

/* The nearest number in the box; an open end of it is the largest number there is. */
static double admitted(const pm_box *box, size_t i, double x)
{
    const double low = box->lower[i] > -DBL_MAX ? box->lower[i] : -DBL_MAX;
    const double high = box->upper[i] < DBL_MAX ? box->upper[i] : DBL_MAX;
    const double whole = box->integer != NULL && box->integer[i] ? round(x) : x;

    return isnan(x) ? box->inside[i] : pm_clip(whole, low, high);
}

static bool all_inside(const pm_box *box, const double *x)
{
    bool inside = true;
    for (size_t i = 0; i < box->n; ++i) {
        inside &= (x[i] >= box->lower[i]) & (x[i] <= box->upper[i]);
    }
    return inside;
}

static bool is_whole(const pm_box *box, const double *x)
{
    bool whole = true;
    for (size_t i = 0; i < box->n; ++i) {
        whole &= !box->integer[i] || x[i] == round(x[i]);
    }
    return whole;
}

bool pm_admit(const pm_box *box, double *x, size_t count)
{
    bool moved = false;

    if (!box->bounded && box->integer == NULL && all_finite(x, count * box->n)) {
        return false;
    }
    for (size_t j = 0; j < count; ++j, x += box->n) {
        if (all_finite(x, box->n) && (!box->bounded || all_inside(box, x)) &&
            (box->integer == NULL || is_whole(box, x))) {
            continue;
        }
        for (size_t i = 0; i < box->n; ++i) {
            x[i] = admitted(box, i, x[i]);
        }
        moved = true;
    }
    return moved;
}
