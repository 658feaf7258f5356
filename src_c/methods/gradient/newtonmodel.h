/* The state of Newton's method, and the part of it that works with the whole Hessian. */
#ifndef PM_NEWTONMODEL_H
#define PM_NEWTONMODEL_H

#include "base/bounds.h"
#include "methods/gradient/krylov.h"

typedef struct {
    size_t dense, subspace, updates;
    double radius, accept, residual;
} newton_options;

/* The whole Hessian in the variables without binding bounds, and the minimum of its model. */
typedef struct {
    pm_eigen eigen;
    double *hessian; /* [n][n] */
    bool *known;     /* [n] the columns that have been evaluated */
    size_t age;      /* updates since that evaluation */
    bool stale;      /* the Hessian was evaluated at an earlier iterate */
    size_t refused;  /* steps in a row that were refused while it was stale */
    double *vectors; /* [n][n] eigenvectors in the variables that move, times 1 / D */
    double *values;  /* [n] */
    double *slopes;  /* [n] the gradient in the coordinates of the eigenvectors */
    double *y;       /* [n] the step in these coordinates */
    double *other;   /* [n] another step, to compare with */
} whole_model;

typedef struct {
    const newton_options *o;
    const pm_task *task;
    size_t n;
    bool dense;
    enum { FIRST_POINT, CURVATURE, CLIPPED, TRIAL } phase;
    bool judged;     /* the present iterate has been judged */
    bool bent;       /* the present iterate has negative curvature beyond its error */
    bool unfinished; /* convergence must not be judged at the present iterate */
    bool searched;   /* the Krylov space started from a random direction */
    bool inside;     /* the step is the full Newton step of a convex model */
    double f, radius;
    double predicted, length; /* of the step: the decrease of the model, and |D p| */
    double error;             /* relative error of the predicted decrease */
    double widest;            /* largest curvature of the model, in the units of f and x */
    double first_f, first_g;  /* f at the start; the largest projected gradient */
    double cut;               /* share of the step that stays in the box */
    size_t check;             /* dimension of the Krylov space at which a step is next computed */
    pm_stop ended;
    const double *lower, *upper; /* [n] */
    double *x, *g;               /* [n] the iterate and its gradient */
    double *p;                   /* [n] the step */
    double *projected;           /* [n] a gradient, 0 at binding bounds */
    double *scale;               /* [n] D: the region is |D p| <= radius */
    size_t *moving;              /* [n] the n_moving variables without a binding bound */
    size_t n_moving;
    whole_model whole;
    pm_krylov krylov;
} newton;

/* Memory for as many variables as the task has. */
void pm_newton_whole_layout(whole_model *w, pm_arena *a, const pm_task *task);

/* Takes the columns of the Hessian, one row of the batch for each moving variable. */
void pm_newton_take_columns(newton *s, const pm_batch *b);

/* The symmetric rank-one update of the Hessian by the gradient at the trial (Nocedal & Wright 2006,
 * eq. 6.24, skipped by their rule 6.26). */
void pm_newton_update(newton *s, const pm_batch *b);

/* Sets the step p to the minimum of the model in the box and the region, and `predicted` to the
 * decrease of the model. */
void pm_newton_plan(newton *s);

/* Relative error of the curvatures, which are given, or differences of gradients or of values. */
static inline double curvature_error(const newton *s)
{
    return s->task->has_hessian ? 1e-12 : s->task->has_gradient ? 1e-6 : 1e-3;
}

static inline double scaled_length(const newton *s, const double *p)
{
    double sum = 0.0;
    for (size_t i = 0; i < s->n; ++i) {
        sum += s->scale[i] * s->scale[i] * p[i] * p[i];
    }
    return sqrt(sum);
}

/* Does x + p stay in the box along coordinate i? */
static inline bool fits(const newton *s, size_t i, double p)
{
    return s->x[i] + p >= s->lower[i] && s->x[i] + p <= s->upper[i];
}

static inline double clipped(const newton *s, size_t i, double p)
{
    return pm_clip(s->x[i] + p, s->lower[i], s->upper[i]) - s->x[i];
}

/* Lists the variables without a binding bound. */
static inline void find_moving(newton *s)
{
    s->n_moving = 0;
    for (size_t i = 0; i < s->n; ++i) {
        if (!pm_is_binding(s->x[i], s->g[i], s->lower[i], s->upper[i])) {
            s->moving[s->n_moving++] = i;
        }
    }
}

#endif
