#include "methods/global/genetic/mutation.h"

#include "solver/method.h"
#include "base/bounds.h"

#include <math.h>
#include <string.h>

const char *const pm_mutations[3] = {"polynomial", "gaussian", "self_adaptive"};

/* Draws how many genes are passed over until one is mutated, from the geometric distribution, so
 * that most genes need no random number. */
static size_t draw_gap(const pm_mutation *m, pm_rng *rng)
{
    const double gap = log(1.0 - pm_rng_uniform(rng)) / m->per_gene;
    return (size_t)fmin(gap, PM_MOST_WHOLE);
}

void pm_mutation_start(pm_mutation *m, double probability, pm_rng *rng)
{
    m->per_gene = log1p(-probability);
    m->until_next = draw_gap(m, rng);
}

/* (1 - d)^(eta + 1), the part of the distribution that lies beyond the distance d to the wall. */
static double beyond(double d, double eta)
{
    return d < 1.0 ? pow(1.0 - d, eta + 1.0) : 0.0;
}

/* x^(1 / power), as in crossover.c. */
static double root(double x, double power)
{
    return exp(log(x) / power);
}

/* Deb & Goyal 1996: moves x by up to one unit; both tails of the distribution are cut off at the
 * walls. */
static double polynomial(const pm_mutation *m, size_t i, double x, pm_rng *rng)
{
    const double eta = m->eta, unit = m->unit[i];
    const double u = pm_rng_uniform(rng);

    if (u < 0.5) {
        const double cut = beyond((x - m->lower[i]) / unit, eta);
        return x + unit * (root(2.0 * u + (1.0 - 2.0 * u) * cut, eta + 1.0) - 1.0);
    }
    const double cut = beyond((m->upper[i] - x) / unit, eta);
    return x + unit * (1.0 - root(2.0 * (1.0 - u) + (2.0 * u - 1.0) * cut, eta + 1.0));
}

static double normal_step(const pm_mutation *m, size_t i, double x, double step, pm_rng *rng)
{
    const double low = m->lower[i], high = m->upper[i];
    const double moved = x + step * m->unit[i] * pm_rng_normal(rng);
    return moved < low ? low + (low - moved) : moved > high ? high - (moved - high) : moved;
}

/* A whole number that rounding would leave unchanged moves by 1, away from a wall. */
static double whole_step(const pm_mutation *m, size_t i, double x, double moved)
{
    const double rounded = round(moved);
    if (rounded != x) {
        return rounded;
    }
    const bool up = moved > x ? x + 1.0 <= m->upper[i] : x - 1.0 < m->lower[i];
    return up ? x + 1.0 : x - 1.0;
}

static void mutate_gene(const pm_mutation *m, size_t i, double step, pm_rng *rng, double *x)
{
    const double moved = m->kind == PM_MUTATE_POLYNOMIAL ? polynomial(m, i, *x, rng)
                                                         : normal_step(m, i, *x, step, rng);
    const bool whole = m->integer != NULL && m->integer[i];
    *x = pm_clip(whole ? whole_step(m, i, round(*x), moved) : moved, m->lower[i], m->upper[i]);
}

/* Rounds whole-numbered genes, since crossed ones may lie between whole numbers. */
static void make_whole(const pm_mutation *m, double *x)
{
    for (size_t i = 0; m->integer != NULL && i < m->n; ++i) {
        x[i] = m->integer[i] ? round(x[i]) : x[i];
    }
}

void pm_mutate(pm_mutation *m, const double *parent, pm_rng *rng, double *x, double *step)
{
    const size_t n = m->n;
    size_t i = 0;

    if (m->kind == PM_MUTATE_SELF_ADAPTIVE) {
        *step *= exp(pm_rng_normal(rng) / sqrt((double)n));
    }
    make_whole(m, x);
    while (m->until_next < n - i) {
        i += m->until_next;
        mutate_gene(m, i, *step, rng, x + i);
        i += 1;
        m->until_next = draw_gap(m, rng);
    }
    m->until_next -= n - i;
    if (memcmp(x, parent, n * sizeof *x) == 0) {
        i = pm_rng_below(rng, n);
        mutate_gene(m, i, *step, rng, x + i);
    }
}
