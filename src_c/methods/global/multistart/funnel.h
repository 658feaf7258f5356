/* The trend of local minima: a quadratic model of the lowest of them, which proposes points.
 *
 *   A. T. Phillips, J. B. Rosen & V. H. Walke, "Molecular structure determination by convex global
 *   underestimation of local energy minima", DIMACS 23 (1995) 181: a quadratic through the known
 *   minima shows where lower ones are to be expected.
 *   B. Addis, M. Locatelli & F. Schoen, "Local optima smoothing for global optimization", Optim.
 *   Methods Softw. 20 (2005) 417: the values of the minima, smoothed as a function of x, lead to
 *   the bottom of a funnel.
 *
 *   The model is c + a |z|^2 / 2 + g'z + z'Dz / 2 for z = (x - x_0) / s, where x_0 is the lowest
 *   minimum and s the root mean square distance of all from it.  The minimum of rank k = 0, 1, ...
 *   has the weight 1 / (1 + k), and g and D are penalised: the model minimises
 *
 *      sum_k (f_k - model(z_k))^2 / (1 + k) + lambda (|g|^2 + |D|_F^2)
 *
 *   for values f in units of their standard deviation.  With few minima the model is therefore
 *   nearly isotropic, and further ones determine its shape.  g is the sum of alpha_k z_k / lambda
 *   and D that of alpha_k z_k z_k' / (2 lambda), where alpha solves a system of as many rows as
 *   there are minima: ridge regression with the kernel (z'y + (z'y)^2 / 4) / lambda.
 *
 *   With very many variables the minima span few directions, and orthogonal to these the model is
 *   a |z|^2 / 2 alone.  It is then stored, decomposed and drawn from in that span, by the factor
 *   in Z Z' = L L'; the orthonormal basis L^-1 Z is never formed.
 *
 *   Departures: least squares instead of a bound from below, which one deep minimum would
 *   determine.
 */
#ifndef PM_FUNNEL_H
#define PM_FUNNEL_H

#include "base/linalg.h"
#include "base/rng.h"
#include "solver/method.h"

typedef struct {
    const pm_task *task;
    size_t n, capacity;
    size_t count;      /* minima kept, the lowest ones */
    double lambda;     /* of the regularisation */
    double width;      /* a factor on the width of the proposals */
    bool predicted;    /* the search under way started from a proposal ... */
    double prediction; /* ... where the model has this value */
    double surprise;   /* running mean of |f - prediction|, in standard deviations of the values;
                        * 0 before the first prediction */
    double *x;         /* [capacity][n], in units of the box */
    double *f;         /* [capacity] ascending */

    double scale;     /* s of the model */
    double deviation; /* standard deviation of the values */
    double curvature; /* a */
    double flattest;  /* the least curvature that proposals are drawn with */
    double error;     /* weighted root mean square, in standard deviations of the values */
    double *Z;        /* [capacity][n] */
    double *M;      /* [capacity][capacity] the kernel and the weights, then its Cholesky factor */
    double *alpha;  /* [capacity] */
    double *one;    /* [capacity] the terms without a penalty: 1 ... */
    double *square; /* [capacity] ... and |z|^2 / 2, times the inverse of the factor of M */
    double *g;      /* [n] */
    bool whole;     /* H is in all variables; else in the span of the rows of Z */
    size_t axes;    /* dimensions of the present H */
    double *H;      /* [axes][axes] a + D, then its eigenvectors ... */
    double *h;      /* [axes] ... and eigenvalues */
    double *L;      /* [capacity][capacity] of the span; NULL if H is whole */
    double *u, *v;  /* [capacity] in coordinates of the span: the gradient, and a step */
    pm_eigen eigen;
} pm_funnel;

/* Distinct minima that a model needs. */
enum { PM_FUNNEL_NEEDS = 6 };

void pm_funnel_layout(pm_funnel *s, pm_arena *a, const pm_task *task);
/* Removes all minima, but keeps the surprise. */
void pm_funnel_begin(pm_funnel *s, double lambda);
/* Adds the end x[n] of a search, with the value f.  If it is a known minimum, later proposals are
 * wider, else narrower. */
void pm_funnel_add(pm_funnel *s, const double *x, double f);
/* Draws x[n] around the lowest point of the model: the wider, the smaller the curvature in a
 * direction is, and the larger the error of the model.  False if there are too few minima for a
 * model, or they do not determine one; that counts as the worst surprise. */
bool pm_funnel_propose(pm_funnel *s, pm_rng *rng, double *x);

#endif
