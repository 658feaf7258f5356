#include "base/linalg.h"

#include <assert.h>
#include <math.h>

/* The workspace that dsyevd needs if eigenvectors are wanted (LAPACK Users' Guide, 1999). */
static size_t work_size(size_t n)
{
    return 1 + pm_times(n, 6) + pm_times(2, pm_times(n, n));
}

static size_t iwork_size(size_t n)
{
    return 3 + pm_times(n, 5);
}

void pm_eigen_layout(pm_eigen *e, pm_arena *a, const pm_linalg *linalg, size_t most)
{
    e->linalg = linalg;
    e->most = most;
    e->work = PM_TAKE(a, double, work_size(most));
    e->iwork = PM_TAKE(a, int, iwork_size(most));
}

bool pm_eigen_solve(const pm_eigen *e, size_t n, double *a, double *w)
{
    int order = (int)n, lwork = (int)work_size(n), liwork = (int)iwork_size(n), info = 0;
    char vectors = 'V', triangle = 'U';

    assert(n > 0 && n <= e->most);
    for (size_t i = 0; i < n * n; ++i) {
        if (!isfinite(a[i])) {
            return false;
        }
    }
    e->linalg->dsyevd(&vectors, &triangle, &order, a, &order, w, e->work, &lwork, e->iwork, &liwork,
                      &info);
    return info == 0;
}
