#include "proposal.h"

#include "vectors.h"

enum { KEPT = 2 }; /* points for each term of the model */

/* The proposal lies within so many standard deviations along each axis: a model that looks farther
 * than the points it was made from is wrong too often. */
static const double REACH = 0.7;

/* Weights of points fall from the best to the worst by this factor: Hansen 2019. */
static const double BEST_TO_WORST = 20.0;

void pm_proposal_layout(pm_proposal *p, pm_arena *a, size_t n)
{
    p->n = n;
    p->kept = KEPT * pm_quadratic_terms(n);
    pm_quadratic_layout(&p->model, a, n);
    p->T = PM_TAKE(a, double, pm_times(p->kept, n));
    p->F = PM_TAKE(a, double, p->kept);
    p->order = PM_TAKE(a, pm_ranked, p->kept);
    p->y = PM_TAKE(a, double, n);
    p->z = PM_TAKE(a, double, n);
}

void pm_proposal_restart(pm_proposal *p)
{
    p->count = p->fitted = 0;
}

double *pm_proposal_place(pm_proposal *p, double f)
{
    const size_t row = p->count++ % p->kept;
    p->F[row] = f;
    return p->T + row * p->n;
}

/* Values are taken relative to their range, so that their unit does not matter. */
static bool fit(pm_proposal *p, size_t count, const pm_covariance *c, const double *mean,
                double sigma)
{
    const double best = p->order[0].f, range = p->order[count - 1].f - best;

    if (!(range > 0.0 && range < HUGE_VAL)) {
        return false;
    }
    pm_quadratic_begin(&p->model);
    for (size_t k = 0; k < count; ++k) {
        const double *t = p->T + p->order[k].row * p->n;
        const double share = (double)k / (double)(count - 1);
        for (size_t i = 0; i < p->n; ++i) {
            p->y[i] = (t[i] - mean[i]) / sigma;
        }
        pm_covariance_coordinates(c, p->y, p->z);
        pm_quadratic_add(&p->model, p->z, (p->order[k].f - best) / range,
                         BEST_TO_WORST + share * (1.0 - BEST_TO_WORST));
    }
    return pm_quadratic_fit(&p->model);
}

/* After n evaluations or more the model is fitted again: so it costs some n^2 for each. */
bool pm_proposal_make(pm_proposal *p, const pm_covariance *c, const double *mean, double sigma)
{
    size_t count = p->count < p->kept ? p->count : p->kept;

    if (count <= p->model.terms || p->count - p->fitted < p->n) {
        return false;
    }
    p->fitted = p->count;
    pm_rank(p->order, p->F, count);
    while (count > 0 && p->order[count - 1].f == HUGE_VAL) {
        count -= 1;
    }
    if (count <= p->model.terms || !fit(p, count, c, mean, sigma)) {
        return false;
    }
    pm_quadratic_lowest(&p->model, REACH, p->z);
    return true;
}
