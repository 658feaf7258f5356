/* The trend of a landscape of minima: a quadratic through the lowest of them, and what it proposes.
 *
 *   A. T. Phillips, J. B. Rosen & V. H. Walke, "Molecular structure determination by convex global
 *   underestimation of local energy minima", DIMACS 23 (1995) 181: a quadratic of the minima that
 *   are known shows where lower ones are to be expected.
 *   B. Addis, M. Locatelli & F. Schoen, "Local optima smoothing for global optimization", Optim.
 *   Methods Softw. 20 (2005) 417: what leads to the bottom of a funnel is the function of the
 *   values of minima, smoothed.
 *
 *   The model is c + a |z|^2 / 2 + g'z + z'Dz / 2 for z = (x - x_0) / s, x_0 being the lowest
 *   minimum and s the root mean square distance of all from it.  The minimum of rank k = 0, 1, ...
 *   has the weight 1 / (1 + k), and g and D are kept small: the sum of squares
 *
 *      sum_k (f_k - model(z_k))^2 / (1 + k) + lambda (|g|^2 + |D|_F^2)
 *
 *   for values f in units of their standard deviation is least.  So few minima make an isotropic
 *   model, and what more of them tell of its shape is taken in as it comes.  g is the sum of
 *   alpha_k z_k / lambda and D that of alpha_k z_k z_k' / (2 lambda), where alpha solves a system
 *   of as many rows as there are minima: ridge regression with the kernel
 *   (z'y + (z'y)^2 / 4) / lambda.
 *
 *   Among very many variables the few minima span few directions, across which the model is a |z|^2
 * / 2 alone: it is then kept, decomposed and drawn from in that span, with Z Z' = L L' and its
 *   orthonormal basis L^-1 Z, which is never formed.
 *
 *   Departures: least squares instead of a bound from below, which one deep minimum would decide.
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
    double width;      /* of the proposals: a factor */
    bool predicted;    /* the search under way started from a proposal ... */
    double prediction; /* ... where the model has this value */
    double surprise;   /* running mean of |f - prediction|, in standard deviations of the values;
                        * 0 before the first prediction */
    double *x;         /* [capacity][n], in units of the box */
    double *f;         /* [capacity] ascending */

    double scale;     /* s of the model */
    double deviation; /* standard deviation of the values */
    double curvature; /* a */
    double flattest;  /* the least curvature that is believed */
    double error;     /* weighted root mean square, in standard deviations of the values */
    double *Z;        /* [capacity][n] */
    double *M;        /* [capacity][capacity] the kernel and the weights, factored */
    double *alpha;    /* [capacity] */
    double *one;      /* [capacity] the terms without a penalty: 1 ... */
    double *square;   /* [capacity] ... and |z|^2 / 2, divided by the root of M */
    double *g;        /* [n] */
    bool whole;       /* H is in all variables, else in the span of the rows of Z but the first */
    size_t axes;      /* dimensions of the present H */
    double *H;        /* [axes][axes] a + D, then its eigenvectors ... */
    double *h;        /* [axes] ... and eigenvalues */
    double *L;        /* [capacity][capacity] of the span, NULL if H is whole; and there ... */
    double *u, *v;    /* [capacity] ... the gradient, and a step */
    pm_eigen eigen;
} pm_funnel;

/* Distinct minima that a model needs. */
enum { PM_FUNNEL_NEEDS = 6 };

void pm_funnel_layout(pm_funnel *s, pm_arena *a, const pm_task *task);
/* Forgets all minima, but not the surprise. */
void pm_funnel_begin(pm_funnel *s, double lambda);
/* A search has ended at x[n] with the value f.  Searches that end where one has ended before make
 * the proposals wider, and others narrower. */
void pm_funnel_add(pm_funnel *s, const double *x, double f);
/* Draws x[n] around the lowest point of the model, farther in directions and in funnels of which it
 * says less.  False if there are too few minima for a model, or they do not determine one; then
 * nothing can be predicted, which counts as the worst surprise. */
bool pm_funnel_propose(pm_funnel *s, pm_rng *rng, double *x);

#endif
