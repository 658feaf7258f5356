#include "methods/global/genetic/replacement.h"

#include "methods/global/genetic/selection.h"
#include "base/vectors.h"

#include <assert.h>
#include <string.h>

const char *const pm_replacements[4] = {"random", "elitist", "crowding", "restricted_tournament"};

void pm_replacement_layout(pm_replacement *r, pm_arena *a, size_t most, size_t children)
{
    const bool elitist = r->kind == PM_REPLACE_ELITIST;
    const size_t room = most > SIZE_MAX - children ? SIZE_MAX : most + children;

    r->order = PM_TAKE(a, size_t, room);
    r->f = PM_TAKE(a, double, elitist ? room : 0);
}

void pm_replacement_start(pm_replacement *r, size_t count)
{
    for (size_t j = 0; j < count; ++j) {
        r->order[j] = j;
    }
}

/* ---------------------------------------------------------------------------- the elite ------- */

/* The best N of the elite and the children survive.  All other individuals are replaced: they come
 * last in `order`, as do the children that do not survive. */
static void replace_elitist(pm_replacement *r, pm_individuals *in, const pm_children *children)
{
    const size_t N = in->count, count = children->count;
    const size_t share = (size_t)(r->elite * (double)N), least = N > count ? N - count : 1;
    const size_t elite = share < least ? least : share;

    memcpy(r->f, in->f, N * sizeof *r->f);
    memcpy(r->f + N, children->f, count * sizeof *r->f);
    for (size_t j = 0; j < N + count; ++j) {
        r->order[j] = j;
    }
    pm_put_best_first(r->f, r->order, N, elite);
    for (size_t j = elite; j < N; ++j) { /* outside the elite: behind the children */
        const size_t out = r->order[j];
        r->order[j] = r->order[j + count];
        r->order[j + count] = out;
    }
    pm_put_best_first(r->f, r->order, elite + count, N);
    for (size_t j = 0, out = N; j < N; ++j) {
        if (r->order[j] < N) {
            continue;
        }
        while (r->order[out] >= N) {
            ++out;
        }
        pm_take_place(in, r->order[out++], children, r->order[j] - N);
    }
    pm_find_best(in);
}

/* ---------------------------------------------------------------- one child at a time --------- */

static void compete(pm_individuals *in, size_t row, const pm_children *children, size_t k)
{
    if (children->f[k] <= in->f[row]) {
        pm_take_place(in, row, children, k);
    }
}

/* Each child in turn competes with the worst of the individuals drawn. */
static void replace_random(pm_replacement *r, pm_individuals *in, const pm_children *children,
                           pm_rng *rng)
{
    const size_t rivals = children->count < in->count ? children->count : in->count;

    pm_shuffle(r->order, in->count, rivals, rng);
    for (size_t k = 0; k < children->count; ++k) {
        size_t worst = r->order[0];
        for (size_t j = 1; j < rivals; ++j) {
            worst = in->f[r->order[j]] > in->f[worst] ? r->order[j] : worst;
        }
        compete(in, worst, children, k);
    }
}

static size_t nearest(const pm_replacement *r, const pm_individuals *in, const size_t *rows,
                      size_t count, const double *x)
{
    size_t found = rows[0];
    double least = pm_distance(in, found, x, r->unit);

    for (size_t j = 1; j < count; ++j) {
        const double d = pm_distance(in, rows[j], x, r->unit);
        if (d < least) {
            least = d;
            found = rows[j];
        }
    }
    return found;
}

void pm_replace(pm_replacement *r, pm_individuals *in, const pm_children *children, pm_rng *rng)
{
    const size_t all = in->count, window = r->window > 0 && r->window < all ? r->window : all;

    memset(children->survives, 0, children->count * sizeof *children->survives);
    switch (r->kind) {
    case PM_REPLACE_RANDOM:
        replace_random(r, in, children, rng);
        return;
    case PM_REPLACE_ELITIST:
        replace_elitist(r, in, children);
        return;
    case PM_REPLACE_CROWDING:
        for (size_t k = 0; k < children->count && !pm_pass_called_off(r->task, all * in->n); ++k) {
            const size_t *rows = children->parents + k * children->most;
            const double *x = children->x + k * in->n;
            compete(in, nearest(r, in, rows, children->n_parents[k], x), children, k);
        }
        return;
    case PM_REPLACE_RESTRICTED:
        for (size_t k = 0; k < children->count && !pm_pass_called_off(r->task, all * in->n); ++k) {
            const double *x = children->x + k * in->n;
            pm_shuffle(r->order, in->count, window, rng);
            compete(in, nearest(r, in, r->order, window, x), children, k);
        }
        return;
    }
}
