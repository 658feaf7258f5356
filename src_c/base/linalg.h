/* Dense linear algebra.  The core does not contain it; the task of a solver provides it.
 *
 * The functions are LAPACK's, with its calling convention: matrices by columns, integers and
 * characters by reference. The Python package fills in those of scipy.
 */
#ifndef PM_LINALG_H
#define PM_LINALG_H

#include "base/arena.h"

typedef struct pm_linalg {
    /* Eigenvalues and eigenvectors of a symmetric matrix by divide and conquer. */
    void (*dsyevd)(char *jobz, char *uplo, int *n, double *a, int *lda, double *w, double *work,
                   int *lwork, int *iwork, int *liwork, int *info);
} pm_linalg;

/* Memory for the eigenproblems of matrices of at most `most` rows. */
typedef struct {
    const pm_linalg *linalg;
    size_t most;
    double *work;
    int *iwork;
} pm_eigen;

void pm_eigen_layout(pm_eigen *e, pm_arena *a, const pm_linalg *linalg, size_t most);

/* Factorises the symmetric a[n][n] = V diag(w) V', n <= e->most: w[n] is ascending, and row a[i]
 * becomes the eigenvector of w[i].  Returns false if the matrix is not finite or dsyevd failed. */
bool pm_eigen_solve(const pm_eigen *e, size_t n, double *a, double *w);

#endif
