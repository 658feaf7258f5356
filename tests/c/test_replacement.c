/* Replacement: who makes room, worked by hand. */
#include "base/arena.h"
#include "methods/global/genetic/replacement.h"
#include "run.h"

#include <stdlib.h>

enum { N = 4, CHILDREN = 4 };

typedef struct {
    double x[N], f[N], step[N], child_x[CHILDREN], child_f[CHILDREN], child_step[CHILDREN];
    size_t best, parents[CHILDREN][2], n_parents[CHILDREN];
    bool survives[CHILDREN];
    pm_replacement r;
    pm_rng rng;
    void *block;
} scene;

/* Individuals at 0, 1, 2 and 3 whose values are given, children where they are given. */
static void begin_scene(scene *s, pm_replacement_kind kind, const double *f)
{
    static const pm_task alone = {0}; /* nobody calls it off */
    static const double unit = 1.0;
    pm_arena arena = {0};

    *s = (scene){.x = {0.0, 1.0, 2.0, 3.0},
                 .n_parents = {2, 2, 2, 2},
                 .child_step = {0.1, 0.2, 0.3, 0.4},
                 .rng = pm_rng_stream(key, 3)};
    memcpy(s->f, f, sizeof s->f);
    s->r = (pm_replacement){.task = &alone, .kind = kind, .elite = 0.5, .window = N, .unit = &unit};
    pm_replacement_layout(&s->r, &arena, N, CHILDREN);
    s->block = calloc(1, arena.used + 1);
    arena = (pm_arena){.block = s->block};
    pm_replacement_layout(&s->r, &arena, N, CHILDREN);
    pm_replacement_start(&s->r, N);
}

static void replaced(scene *s, size_t count, const double *x, const double *f)
{
    pm_individuals p = {
        .n = 1, .count = N, .x = s->x, .f = s->f, .step = s->step, .best = &s->best};
    memcpy(s->child_x, x, count * sizeof *x);
    memcpy(s->child_f, f, count * sizeof *f);
    pm_find_best(&p);
    pm_replace(&s->r, &p,
               &(pm_children){.count = count,
                              .most = 2,
                              .x = s->child_x,
                              .f = s->child_f,
                              .step = s->child_step,
                              .parents = s->parents[0],
                              .n_parents = s->n_parents,
                              .survives = s->survives},
               &s->rng);
    for (size_t j = 0; j < N; ++j) {
        CHECK(s->f[s->best] <= s->f[j]);
    }
}

static bool holds(const scene *s, double x, double f)
{
    for (size_t j = 0; j < N; ++j) {
        if (s->x[j] == x && s->f[j] == f) {
            return true;
        }
    }
    return false;
}

/* Half of 1, 2, 3, 4 may stay; of the children 5, 0, 1.5, 6 the best two come in. */
static void the_elite_and_the_best_children_stay(void)
{
    scene s;
    begin_scene(&s, PM_REPLACE_ELITIST, (double[]){3.0, 1.0, 2.0, 4.0});
    replaced(&s, 4, (double[]){10.0, 11.0, 12.0, 13.0}, (double[]){5.0, 0.0, 1.5, 6.0});
    CHECK(holds(&s, 1.0, 1.0) && holds(&s, 2.0, 2.0));
    CHECK(holds(&s, 11.0, 0.0) && holds(&s, 12.0, 1.5));
    CHECK(!s.survives[0] && s.survives[1] && s.survives[2] && !s.survives[3]);
    free(s.block);
}

/* With an elite of one and worse children only three of them come in; the best stays. */
static void an_elite_of_one_is_kept(void)
{
    scene s;
    begin_scene(&s, PM_REPLACE_ELITIST, (double[]){3.0, 1.0, 2.0, 4.0});
    s.r.elite = 0.0;
    replaced(&s, 4, (double[]){10.0, 11.0, 12.0, 13.0}, (double[]){8.0, 7.0, 6.0, 9.0});
    CHECK(holds(&s, 1.0, 1.0) && holds(&s, 11.0, 7.0) && holds(&s, 12.0, 6.0));
    CHECK(holds(&s, 10.0, 8.0) && s.best == 1);
    free(s.block);
}

/* Two children cannot fill the places of more than two. */
static void an_elite_is_as_large_as_few_children_need(void)
{
    scene s;
    begin_scene(&s, PM_REPLACE_ELITIST, (double[]){3.0, 1.0, 2.0, 4.0});
    s.r.elite = 0.0;
    replaced(&s, 2, (double[]){10.0, 11.0}, (double[]){8.0, 0.0});
    CHECK(holds(&s, 1.0, 1.0) && holds(&s, 2.0, 2.0) && holds(&s, 11.0, 0.0));
    CHECK(holds(&s, 10.0, 8.0));
    free(s.block);
}

/* As many rivals as there are children, at random: of four places every one is met by one child of
 * value 0 in a quarter of the scenes; a worse child than all comes in nowhere. */
static void random_rivals_are_drawn_alike(void)
{
    size_t met[N] = {0};
    pm_rng words = pm_rng_stream(key, 9);
    for (size_t k = 0; k < 4000; ++k) {
        scene s;
        begin_scene(&s, PM_REPLACE_RANDOM, (double[]){3.0, 1.0, 2.0, 4.0});
        s.rng = words;
        replaced(&s, 1, (double[]){10.0}, (double[]){0.0});
        words = s.rng;
        for (size_t j = 0; j < N; ++j) {
            met[j] += s.x[j] == 10.0;
        }
        CHECK(s.survives[0] && s.step[s.best] == 0.1);
        replaced(&s, 1, (double[]){11.0}, (double[]){9.0});
        CHECK(!s.survives[0]);
        free(s.block);
    }
    for (size_t j = 0; j < N; ++j) {
        CHECK_NEAR((double)met[j], 1000.0, 4.0 * sqrt(750.0));
    }
}

/* All are rivals of four children: the best four of eight stay. */
static void the_worst_rival_goes_first(void)
{
    scene s;
    begin_scene(&s, PM_REPLACE_RANDOM, (double[]){3.0, 1.0, 2.0, 4.0});
    replaced(&s, 4, (double[]){10.0, 11.0, 12.0, 13.0}, (double[]){2.5, 0.0, 9.0, 8.0});
    CHECK(holds(&s, 1.0, 1.0) && holds(&s, 2.0, 2.0));
    CHECK(holds(&s, 10.0, 2.5) && holds(&s, 11.0, 0.0));
    free(s.block);
}

/* A child at 1.4 of parents 0 and 3 competes with 0, though 1 is nearer. */
static void crowding_compares_with_the_nearest_parent(void)
{
    scene s;
    begin_scene(&s, PM_REPLACE_CROWDING, (double[]){3.0, 1.0, 2.0, 4.0});
    s.parents[0][0] = 3;
    s.parents[0][1] = 0;
    s.parents[1][0] = 3;
    s.parents[1][1] = 1;
    replaced(&s, 2, (double[]){1.4, 1.1}, (double[]){2.9, 1.1});
    CHECK(s.x[0] == 1.4 && s.f[0] == 2.9 && s.survives[0]);
    CHECK(s.x[1] == 1.0 && !s.survives[1]);
    free(s.block);
}

/* The nearest of all is the rival if all are drawn; of equal value the child comes in. */
static void a_restricted_tournament_compares_with_the_nearest(void)
{
    scene s;
    begin_scene(&s, PM_REPLACE_RESTRICTED, (double[]){3.0, 1.0, 2.0, 4.0});
    replaced(&s, 3, (double[]){2.1, 0.9, 3.2}, (double[]){2.0, 1.5, 0.0});
    CHECK(s.x[2] == 2.1 && s.f[2] == 2.0);
    CHECK(s.x[1] == 1.0 && s.f[1] == 1.0);
    CHECK(s.x[3] == 3.2 && s.best == 3);
    free(s.block);
}

/* A window of 0 is one of all. */
static void no_window_is_all(void)
{
    scene s;
    begin_scene(&s, PM_REPLACE_RESTRICTED, (double[]){3.0, 1.0, 2.0, 4.0});
    s.r.window = 0;
    replaced(&s, 2, (double[]){2.9, 0.1}, (double[]){0.5, 0.7});
    CHECK(s.x[3] == 2.9 && s.x[0] == 0.1);
    free(s.block);
}

/* With a window of one anybody is the nearest. */
static void a_narrow_window_misses_the_nearest(void)
{
    size_t nearest = 0;
    pm_rng words = pm_rng_stream(key, 9);
    for (size_t k = 0; k < 400; ++k) {
        scene s;
        begin_scene(&s, PM_REPLACE_RESTRICTED, (double[]){3.0, 1.0, 2.0, 4.0});
        s.r.window = 1;
        s.rng = words;
        replaced(&s, 1, (double[]){2.1}, (double[]){0.0});
        words = s.rng;
        nearest += s.x[2] == 2.1;
        free(s.block);
    }
    CHECK_NEAR((double)nearest, 100.0, 4.0 * sqrt(75.0));
}

void test_replacement(void)
{
    the_elite_and_the_best_children_stay();
    an_elite_of_one_is_kept();
    an_elite_is_as_large_as_few_children_need();
    random_rivals_are_drawn_alike();
    the_worst_rival_goes_first();
    crowding_compares_with_the_nearest_parent();
    a_restricted_tournament_compares_with_the_nearest();
    no_window_is_all();
    a_narrow_window_misses_the_nearest();
}
