/* A covariance that is learnt from steps, and its square root, with which steps are drawn.
 *
 *   C = A diag(d)^2 A' with the eigenvectors as axes; a step is y = A diag(d) z with z standard
 *   normal. Where C is kept diagonal, the axes are the coordinates and nothing is decomposed.
 */
#ifndef PM_COVARIANCE_H
#define PM_COVARIANCE_H

#include "base/linalg.h"
#include "solver/method.h"

typedef struct {
    const pm_task *task; /* NULL if only the square root is laid out */
    size_t n;
    bool diagonal;
    double *C;    /* [n][n] the lower triangle; or [n] the diagonal */
    double *axes; /* [n][n] the eigenvectors in rows, row i for d[i]; NULL if diagonal */
    double *d;    /* [n] standard deviations along the axes */
    pm_eigen eigen;
} pm_covariance;

void pm_covariance_layout(pm_covariance *c, pm_arena *a, const pm_task *task, bool diagonal);

/* Lays out a square root without C, enough for pm_covariance_stretch and pm_covariance_coordinates;
 * and copies the square root of another covariance into it. */
void pm_covariance_root_layout(pm_covariance *c, pm_arena *a, size_t n, bool diagonal);
void pm_covariance_root_copy(pm_covariance *to, const pm_covariance *from);

/* C and its square root become the identity. */
void pm_covariance_reset(pm_covariance *c);

/* C = given[n][n] with each row and column i divided by unit[i]. If that is not positive definite,
 * C becomes the identity and the answer is false. */
bool pm_covariance_set(pm_covariance *c, const double *given, const double *unit);

/* C = keep C + a p p' + sum of w[j] Y[j] Y[j]', Y[count][n]. The square root is left as it is. */
void pm_covariance_learn(pm_covariance *c, double keep, double a, const double *p, size_t count,
                         const double *w, const double *Y);

/* Computes the square root of C. False if C is not positive definite to working precision. */
bool pm_covariance_decompose(pm_covariance *c);

/* y = A diag(d) z */
void pm_covariance_stretch(const pm_covariance *c, const double *z, double *y);

/* z = diag(1/d) A' y, the inverse of pm_covariance_stretch. */
void pm_covariance_coordinates(const pm_covariance *c, const double *y, double *z);

/* to = C^-1/2 y = A diag(1/d) A' y */
void pm_covariance_whiten(const pm_covariance *c, const double *y, double *to);

/* Standard deviation of coordinate i. */
double pm_covariance_deviation(const pm_covariance *c, size_t i);

/* Raises the standard deviation of coordinate i to at least `least`; the square root is left as it
 * is. */
void pm_covariance_widen(pm_covariance *c, size_t i, double least);

/* The smallest and the largest standard deviation along an axis. */
void pm_covariance_range(const pm_covariance *c, double *least, double *most);

#endif
