/* Axes learned from a population: along the valley it lies in, once enough of it has been seen. */
#include "test.h"

#include "methods/global/differential_evolution/axes.h"
#include "jacobi.h"

#include <math.h>
#include <string.h>

enum { N = 2, MEMBERS = 4 };

/* The better two are a valley of slope 2; the others are not to count. */
static const double x[MEMBERS][N] = {{1.0, 2.0}, {9.0, -7.0}, {3.0, 6.0}, {-5.0, 8.0}};
static const pm_ranked order[MEMBERS] = {{0.0, 0}, {1.0, 2}, {2.0, 1}, {3.0, 3}};

static pm_axes new_axes(double *block, size_t room)
{
    pm_axes s = {0};
    pm_arena a = {.block = (unsigned char *)block};
    pm_axes_layout(&s, &a, &jacobi, N);
    CHECK(a.used <= room);
    pm_axes_start(&s);
    return s;
}

void test_axes(void)
{
    double block[512];
    pm_axes s = new_axes(block, sizeof block);
    const bool first[N] = {true, false}, last[N] = {false, true};
    double along[N] = {1.0, 2.0}, across[N] = {2.0, -1.0};

    for (size_t seen = 0; seen < 10 * N * (N + 1); seen += MEMBERS) { /* 20 for each number of C */
        CHECK(!s.known);
        pm_axes_learn(&s, &x[0][0], order, MEMBERS);
    }
    CHECK(s.known);
    pm_axes_keep(&s, last, along); /* of the larger eigenvalue: nothing is lost */
    CHECK_NEAR(along[0], 1.0, 1e-12);
    CHECK_NEAR(along[1], 2.0, 1e-12);
    pm_axes_keep(&s, first, along);
    CHECK_NEAR(fabs(along[0]) + fabs(along[1]), 0.0, 1e-12);
    pm_axes_keep(&s, first, across);
    CHECK_NEAR(across[0], 2.0, 1e-12);
    CHECK_NEAR(across[1], -1.0, 1e-12);
    pm_axes_start(&s);
    CHECK(!s.known);
}
