/* The order of values: against selection by the smallest, equal ones included. */
#include "base/ranking.h"
#include "base/rng.h"
#include "test.h"

#include <math.h>
#include <stdbool.h>

enum { MOST = 60 };

static const uint64_t key[2] = {7, 11};

/* How many values go before this one. */
static size_t place_of(const double *f, size_t count, size_t i)
{
    size_t before = 0;
    for (size_t j = 0; j < count; ++j) {
        before += f[j] < f[i] || (f[j] == f[i] && j < i);
    }
    return before;
}

void test_ranking(void)
{
    pm_rng words = pm_rng_stream(key, 0);
    double f[MOST];
    pm_ranked order[MOST];

    for (size_t count = 0; count <= MOST; ++count) {
        for (size_t i = 0; i < count; ++i) { /* ten values, one of them infinite */
            const size_t value = pm_rng_below(&words, 10);
            f[i] = value == 9 ? HUGE_VAL : (double)value;
        }
        pm_rank(order, f, count);
        bool right = true;
        for (size_t i = 0; i < count; ++i) {
            const pm_ranked *p = &order[place_of(f, count, i)];
            right = right && p->row == i && p->f == f[i];
        }
        CHECK(right);
    }
}
