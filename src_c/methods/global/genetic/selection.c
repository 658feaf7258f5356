#include "methods/global/genetic/selection.h"

#include <assert.h>
#include <math.h>

const char *const pm_selections[7] = {"best", "uniform",  "neighbours",          "tournament",
                                      "rank", "roulette", "stochastic_universal"};

static bool is_blind(pm_selection_kind kind)
{
    return kind == PM_SELECT_BEST || kind == PM_SELECT_UNIFORM || kind == PM_SELECT_NEIGHBOURS;
}

void pm_selection_layout(pm_selection *s, pm_arena *a, size_t most, size_t draws)
{
    const bool none = s->kind == PM_SELECT_BEST || s->kind == PM_SELECT_UNIFORM ||
                      s->kind == PM_SELECT_TOURNAMENT;

    s->order = PM_TAKE(a, size_t, is_blind(s->kind) ? most : 0);
    s->ranked = PM_TAKE(a, pm_ranked, s->kind == PM_SELECT_RANK ? most : 0);
    s->wheel = PM_TAKE(a, double, none ? 0 : most);
    s->spun = PM_TAKE(a, size_t, s->kind == PM_SELECT_UNIVERSAL ? draws : 0);
}

void pm_selection_start(pm_selection *s, size_t count)
{
    for (size_t j = 0; is_blind(s->kind) && j < count; ++j) {
        s->order[j] = j;
    }
}

/* Draws two places from one word, with 32 bits each: the bias is below n / 2^32, n < 2^32. */
void pm_shuffle(size_t *order, size_t below, size_t count, pm_rng *rng)
{
    uint64_t word = 0;

    for (size_t j = 0; j < count; ++j) {
        word = j % 2 == 0 ? pm_rng_word(rng) : word << 32;
        const size_t other = j + (size_t)(((word >> 32) * (below - j)) >> 32);
        const size_t kept = order[j];
        order[j] = order[other];
        order[other] = kept;
    }
}

/* ------------------------------------------------------------------------------- the wheel ---- */

/* Baker 1985: from `pressure` for the best to 2 - pressure for the worst, in units of the mean. */
static void chances_by_rank(pm_selection *s, const pm_individuals *from)
{
    const size_t count = from->count;
    const double fall = count > 1 ? 2.0 * (s->pressure - 1.0) / (double)(count - 1) : 0.0;

    pm_rank(s->ranked, from->f, count);
    for (size_t rank = 0; rank < count; ++rank) {
        s->wheel[s->ranked[rank].row] = s->pressure - fall * (double)rank;
    }
}

/* Chances in units of the range of finite values, computed from halves, which do not overflow.  An
 * infinite value has no chance, unless all are infinite. */
static void chances_by_value(pm_selection *s, const pm_individuals *from)
{
    const double best = from->f[*from->best];
    double worst = best;

    for (size_t j = 0; j < from->count; ++j) {
        worst = from->f[j] < HUGE_VAL && from->f[j] > worst ? from->f[j] : worst;
    }
    const double range = 0.5 * worst - 0.5 * best;
    for (size_t j = 0; j < from->count; ++j) {
        const double f = from->f[j];
        s->wheel[j] = !(best < HUGE_VAL) ? 1.0
                      : f > worst        ? 0.0
                      : range > 0.0      ? (0.5 * worst - 0.5 * f) / range
                                         : 1.0;
    }
}

/* The row at this place of the wheel, which goes from 0 to the sum of all chances. */
static size_t row_at(const pm_selection *s, size_t count, double place)
{
    size_t low = 0, high = count - 1;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (place < s->wheel[middle]) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* The pointers meet the rows in ascending order: they are shuffled, so that partners do not depend
 * on it. */
static void spin(pm_selection *s, size_t count, size_t draws, pm_rng *rng)
{
    const double whole = s->wheel[count - 1], first = pm_rng_uniform(rng);

    for (size_t k = 0; k < draws; ++k) {
        s->spun[k] = row_at(s, count, whole * (((double)k + first) / (double)draws));
    }
    pm_shuffle(s->spun, draws, draws, rng);
    s->left = draws;
}

void pm_selection_begin(pm_selection *s, const pm_individuals *from, size_t draws, pm_rng *rng)
{
    switch (s->kind) {
    case PM_SELECT_BEST:
    case PM_SELECT_UNIFORM:
    case PM_SELECT_NEIGHBOURS:
    case PM_SELECT_TOURNAMENT:
        return;
    case PM_SELECT_RANK:
        chances_by_rank(s, from);
        break;
    case PM_SELECT_ROULETTE:
    case PM_SELECT_UNIVERSAL:
        chances_by_value(s, from);
        break;
    }
    for (size_t j = 1; j < from->count; ++j) {
        s->wheel[j] += s->wheel[j - 1];
    }
    if (s->kind == PM_SELECT_UNIVERSAL) {
        spin(s, from->count, draws, rng);
    }
}

/* ---------------------------------------------------------------------------- one parent ------ */

/* The winner of a tournament: among equals, the one that was drawn first. */
static size_t winner(const pm_selection *s, const pm_individuals *from, pm_rng *rng)
{
    size_t best = pm_rng_below(rng, from->count);
    for (size_t k = 1; k < s->tournament; ++k) {
        const size_t other = pm_rng_below(rng, from->count);
        best = from->f[other] < from->f[best] ? other : best;
    }
    return best;
}

/* The best individual and `count - 1` others. */
static void best_and_mates(pm_selection *s, const pm_individuals *from, size_t count, pm_rng *rng,
                           size_t *parents)
{
    const size_t best = *from->best;
    size_t found = 0;

    pm_shuffle(s->order, from->count, count, rng);
    parents[found++] = best;
    for (size_t k = 0; found < count; ++k) {
        if (s->order[k] != best) {
            parents[found++] = s->order[k];
        }
    }
}

/* An individual drawn at random, and `count - 1` of the 2 count individuals nearest to it. */
static void neighbours(pm_selection *s, const pm_individuals *from, size_t count, pm_rng *rng,
                       size_t *parents)
{
    const size_t near = 2 * count < from->count ? 2 * count : from->count;
    const size_t first = pm_rng_below(rng, from->count);
    size_t found = 0;

    for (size_t j = 0; j < from->count; ++j) {
        s->wheel[j] = pm_distance(from, j, pm_individual(from, first), s->unit);
    }
    s->wheel[first] = -1.0;
    pm_put_best_first(s->wheel, s->order, from->count, near);
    pm_shuffle(s->order, near, count, rng);
    parents[found++] = first;
    for (size_t k = 0; found < count; ++k) {
        if (s->order[k] != first) {
            parents[found++] = s->order[k];
        }
    }
}

void pm_select(pm_selection *s, const pm_individuals *from, size_t count, pm_rng *rng,
               size_t *parents)
{
    assert(count <= from->count);
    if (s->kind == PM_SELECT_BEST) {
        best_and_mates(s, from, count, rng, parents);
        return;
    }
    if (s->kind == PM_SELECT_NEIGHBOURS) {
        neighbours(s, from, count, rng, parents);
        return;
    }
    if (s->kind == PM_SELECT_UNIFORM) {
        pm_shuffle(s->order, from->count, count, rng);
    }
    for (size_t k = 0; k < count; ++k) {
        switch (s->kind) {
        case PM_SELECT_BEST:
        case PM_SELECT_NEIGHBOURS:
            break;
        case PM_SELECT_UNIFORM:
            parents[k] = s->order[k];
            break;
        case PM_SELECT_TOURNAMENT:
            parents[k] = winner(s, from, rng);
            break;
        case PM_SELECT_RANK:
        case PM_SELECT_ROULETTE:
            parents[k] = row_at(s, from->count, s->wheel[from->count - 1] * pm_rng_uniform(rng));
            break;
        case PM_SELECT_UNIVERSAL:
            assert(s->left > 0);
            parents[k] = s->spun[--s->left];
            break;
        }
    }
}
