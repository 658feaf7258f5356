#include "methods/global/genetic/migration.h"

#include <string.h>

static size_t count_of(const pm_migration *m, size_t individuals)
{
    return m->migrants < individuals / 2 ? m->migrants : individuals / 2;
}

void pm_migration_layout(pm_migration *m, pm_arena *a, size_t n, size_t islands, size_t most)
{
    const size_t each = islands > 1 ? count_of(m, most) : 0, all = pm_times(islands, each);

    m->order = PM_TAKE(a, size_t, islands > 1 ? most : 0);
    m->x = PM_TAKE(a, double, pm_times(all, n));
    m->f = PM_TAKE(a, double, all);
    m->step = PM_TAKE(a, double, all);
    m->survives = PM_TAKE(a, bool, each);
}

/* Copies the best individuals of island k to the migrants, in any order. */
static void send(pm_migration *m, const pm_individuals *from, size_t k)
{
    const size_t n = from->n, count = count_of(m, from->count);

    pm_put_best_first(from->f, m->order, from->count, count);
    for (size_t j = 0; j < count; ++j) {
        const size_t row = m->order[j], seat = k * count + j;
        memcpy(m->x + seat * n, pm_individual(from, row), n * sizeof *m->x);
        m->f[seat] = from->f[row];
        m->step[seat] = from->step[row];
    }
}

/* The migrants of island k take the places of the worst individuals. */
static void receive(pm_migration *m, pm_individuals *in, size_t k)
{
    const size_t count = count_of(m, in->count), kept = in->count - count;
    const pm_children comers = {.count = count,
                                .x = m->x + k * count * in->n,
                                .f = m->f + k * count,
                                .step = m->step + k * count,
                                .survives = m->survives};

    pm_put_best_first(in->f, m->order, in->count, kept);
    for (size_t j = 0; j < count; ++j) {
        pm_take_place(in, m->order[kept + j], &comers, j);
    }
}

/* All islands send before any receives, so that no individual moves by two islands at once. */
void pm_migrate(pm_migration *m, const pm_individuals *all, size_t islands)
{
    const size_t each = all->count / islands;

    for (size_t j = 0; j < each; ++j) {
        m->order[j] = j;
    }
    for (size_t k = 0; k < islands; ++k) {
        const pm_individuals from = pm_island(all, k, islands);
        send(m, &from, k);
    }
    for (size_t k = 0; k < islands; ++k) {
        pm_individuals in = pm_island(all, (k + 1) % islands, islands);
        receive(m, &in, k);
    }
}
