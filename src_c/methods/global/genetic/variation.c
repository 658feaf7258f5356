#include "methods/global/genetic/variation.h"

#include "base/vectors.h"

#include <string.h>

const char *const pm_crossovers[8] = {"adaptive", "sbx",     "blend",          "arithmetic",
                                      "uniform",  "simplex", "parent_centric", "ensemble"};

/* Credit is a running mean over about 50 children; with the floor no operator's chance falls below
 * a tenth or so of the best one. */
static const double learning = 0.02, floor_of_credit = 0.1;

enum { COPY = -1 }; /* a kind of child; the others are pm_crossover_kind */
static const int competing[PM_COMPETING] = {COPY, PM_CROSS_PARENT_CENTRIC, PM_CROSS_ENSEMBLE};

void pm_variation_layout(pm_variation *v, pm_arena *a, size_t most, size_t children,
                         size_t together)
{
    const size_t parents = v->n < most ? v->n + 1 : most;

    v->most_parents = parents < 3 ? 3 : parents;
    v->step = PM_TAKE(a, double, children);
    v->kind = PM_TAKE(a, size_t, children);
    v->n_parents = PM_TAKE(a, size_t, children);
    v->parents = PM_TAKE(a, size_t, pm_times(children, v->most_parents));
    v->survives = PM_TAKE(a, bool, children);
    pm_selection_layout(&v->selection, a, most, pm_times(together, v->most_parents));
    pm_crossover_layout(&v->cross, a, v->n);
}

void pm_variation_start(pm_variation *v, double mutation_probability)
{
    pm_mutation_start(&v->mutation, mutation_probability, &v->mutating);
}

void pm_variation_restart(pm_variation *v, size_t count)
{
    for (size_t k = 0; k < PM_COMPETING; ++k) {
        v->credit[k] = 1.0;
    }
    pm_selection_start(&v->selection, count);
}

static double chance(const pm_variation *v, size_t k)
{
    return v->credit[k] + floor_of_credit;
}

static size_t draw_competing(pm_variation *v)
{
    double whole = 0.0;
    for (size_t k = 0; k < PM_COMPETING; ++k) {
        whole += chance(v, k);
    }
    double place = whole * pm_rng_uniform(&v->crossing);
    for (size_t k = 0; k + 1 < PM_COMPETING; ++k) {
        place -= chance(v, k);
        if (place < 0.0) {
            return k;
        }
    }
    return PM_COMPETING - 1;
}

/* Draws the kind of child j; the number of a competing kind is kept for pm_reward. */
static int draw_kind(pm_variation *v, size_t j)
{
    if (v->crossover == PM_CROSS_ADAPTIVE) {
        v->kind[j] = draw_competing(v);
        return competing[v->kind[j]];
    }
    return pm_rng_uniform(&v->crossing) < v->probability ? v->crossover - PM_CROSS_FIRST : COPY;
}

static void make_child(pm_variation *v, const pm_individuals *from, size_t j, double *x)
{
    const int kind = draw_kind(v, j);
    const pm_crossover_kind crossover = (pm_crossover_kind)kind;
    const size_t count = kind == COPY ? 1 : pm_crossover_parents(crossover, v->n, from->count);
    size_t *parents = v->parents + j * v->most_parents;

    pm_select(&v->selection, from, count, &v->selecting, parents);
    const double *parent = pm_individual(from, parents[0]);
    v->n_parents[j] = count;
    v->step[j] = from->step[parents[0]];
    if (kind == COPY) {
        memcpy(x, parent, v->n * sizeof *x);
    } else {
        pm_cross(&v->cross, crossover, from->x, parents, count, &v->crossing, x);
    }
    pm_mutate(&v->mutation, parent, &v->mutating, x, v->step + j);
}

void pm_vary(pm_variation *v, const pm_individuals *from, size_t first, size_t count, double *x)
{
    pm_selection_begin(&v->selection, from, count * v->most_parents, &v->selecting);
    const size_t each = from->count * v->n + v->most_parents * v->selection.tournament;

    for (size_t j = first; j < first + count && !pm_pass_called_off(v->task, each); ++j) {
        make_child(v, from, j, x + j * v->n);
    }
}

pm_children pm_made(const pm_variation *v, const pm_batch *b, size_t first, size_t count)
{
    return (pm_children){.count = count,
                         .most = v->most_parents,
                         .x = b->x + first * v->n,
                         .f = b->f + first,
                         .step = v->step + first,
                         .parents = v->parents + first * v->most_parents,
                         .n_parents = v->n_parents + first,
                         .survives = v->survives + first};
}

void pm_reward(pm_variation *v, size_t first, size_t count)
{
    for (size_t j = first; v->crossover == PM_CROSS_ADAPTIVE && j < first + count; ++j) {
        double *credit = v->credit + v->kind[j];
        *credit += learning * ((v->survives[j] ? 1.0 : 0.0) - *credit);
    }
}
