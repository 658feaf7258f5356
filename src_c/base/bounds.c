#include "base/bounds.h"

#include <stdint.h>
#include <string.h>

#if defined(_MSC_VER)
#define NEVER_INLINED __declspec(noinline)
#else
#define NEVER_INLINED __attribute__((noinline))
#endif

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

/* The exponent of x plus 1: it overflows into the sign bit exactly where x is infinite or NaN. */
static uint64_t carry(double x)
{
    return (bits_of(x) & UINT64_C(0x7ff) << 52) + (UINT64_C(1) << 52);
}

/* No branches and no floating-point sums here and below, so that the compiler can test several
 * numbers at once with vector instructions. */
static bool all_finite(const double *x, size_t count)
{
    uint64_t carries = 0;

    for (size_t i = 0; i < count; ++i) {
        carries |= carry(x[i]);
    }
    return carries >> 63 == 0;
}

/* A negative difference has its sign bit set.  So has -0, which costs only a needless call of
 * move_inside. */
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

/* Rarely called; if it were inlined, every call of pm_admit would have to save more registers. */
static NEVER_INLINED bool move_inside(const pm_box *box, double *x, size_t count)
{
    bool moved = false;

    for (size_t j = 0; j < count; ++j, x += box->n) {
        for (size_t i = 0; i < box->n; ++i) {
            const bool integer = box->integer != NULL && box->integer[i];
            const double there =
                pm_admitted(x[i], box->lower[i], box->upper[i], integer, box->inside[i]);
            moved = moved || there != x[i];
            x[i] = there;
        }
    }
    return moved;
}

bool pm_admit(const pm_box *box, double *x, size_t count)
{
    const bool inside = box->bounded ? all_inside(box, x, count) : all_finite(x, count * box->n);
    return (!inside || box->integer != NULL) && move_inside(box, x, count);
}
