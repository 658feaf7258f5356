/* The state of Newton's method, and the part of it that works with the whole Hessian. */
#ifndef PM_NEWTONMODEL_H
#define PM_NEWTONMODEL_H

#include "base/bounds.h"
#include "methods/gradient/krylov.h"

typedef struct {
    size_t dense, subspace, updates;
    double radius, accept, residual;
} newton_options;

/* The whole Hessian in the variables that may move, and the minimum of its model. */
typedef struct {
    pm_eigen eigen;
    double *hessian; /* [n][n] */
    bool *known;     /* [n] the columns that have been evaluated */
    size_t age;      /* points that have updated it since then */
    bool stale;      /* it was evaluated at another iterate */
    size_t refused;  /* steps in a row that were refused with it */
    double *vectors; /* [n][n] eigenvectors in the variables that move, times 1 / D */
    double *values;  /* [n] */
    double *slopes;  /* [n] the gradient in their coordinates */
    double *y;       /* [n] the step in their coordinates */
    double *other;   /* [n] another step, to compare with */
} whole_model;

typedef struct {
    const newton_options *o;
    const pm_task *task;
    size_t n;
    bool dense;
    enum { FIRST_POINT, CURVATURE, CLIPPED, TRIAL } phase;
    bool judged;     /* the present iterate has been judged */
    bool bent;       /* the curvature there is negative beyond its error */
    bool unfinished; /* no convergence is to be judged there */
    bool searched;   /* the Krylov space started from a random direction */
    bool inside;     /* the step is the Newton step of a convex model, cut short by nothing */
    double f, radius;
    double predicted, length; /* of the step: how far the model falls, |D p| */
    double error;             /* of what the model promised, as a part of it */
    double widest;            /* largest curvature of the model, in the units of f and x */
    double first_f, first_g;  /* at the start; the largest gradient */
    double cut;               /* part of the step that stays in the box */
    size_t check;             /* dimensions at which the Krylov space is next asked for a step */
    pm_stop ended;
    const double *lower, *upper; /* [n] */
    double *x, *g;               /* [n] the iterate and its gradient */
    double *p;                   /* [n] the step */
    double *projected;           /* [n] a gradient, 0 where a bound holds */
    double *scale;               /* [n] D: the region is |D p| <= radius */
    size_t *moving;              /* [n] the variables that no bound holds; n_moving of them */
    size_t n_moving;
    whole_model whole;
    pm_krylov krylov;
} newton;

/* Memory for as many variables as the task has. */
void pm_newton_whole_layout(whole_model *w, pm_arena *a, const pm_task *task);

/* The Hessian from its columns, one point of the batch for each variable that moves. */
void pm_newton_take_columns(newton *s, const pm_batch *b);

/* The symmetric rank-one update: the Hessian learns what the gradient at the trial says (Nocedal &
 * Wright 2006, eq. 6.24, skipped by their rule 6.26). */
void pm_newton_update(newton *s, const pm_batch *b);

/* Plans the step p to the minimum of the model in the box and the region, and says how far the
 * model falls. */
void pm_newton_plan(newton *s);

/* Relative error of the curvatures: rounding, or that of differences of gradients, or of values. */
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

/* The variables that no bound holds. */
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
