/* Mini-batches: who is handed which samples, every signature, and the loop for compiled ones. */
#include "run.h"
#include "loop/evaluator.h"
#include "loop/compiled.h"
#include "loop/samples.h"
#include "solver/lookout.h"

enum { COUNT = 7, SIZE = 3, MOST_CALLS = 40 };

static int64_t order[COUNT] = {6, 0, 3, 1, 5, 2, 4};
static const double data[COUNT] = {1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0};

static void batches_follow_the_order(void)
{
    pm_samples s = {0};

    pm_samples_start(&s, order, COUNT, SIZE);
    for (int round = 0; round < 2; ++round) {
        const size_t firsts[] = {0, 3, 6}, sizes[] = {3, 3, 1};
        for (size_t k = 0; k < 3; ++k) {
            CHECK(s.first == firsts[k] && pm_samples_batch(&s) == sizes[k]);
            pm_samples_note(&s, 1.0);
            pm_samples_advance(&s);
        }
        CHECK(s.seen == (size_t)(round + 1) * COUNT);
    }
    pm_samples_start(&s, order, COUNT, COUNT); /* all of them, again and again */
    for (int k = 0; k < 3; ++k) {
        CHECK(s.first == 0 && pm_samples_batch(&s) == COUNT);
        pm_samples_advance(&s);
    }
}

static void the_loss_is_the_mean_over_the_samples(void)
{
    pm_samples s = {0};

    pm_samples_start(&s, order, COUNT, SIZE);
    CHECK(s.sum == 0.0 && s.seen == 0);
    pm_samples_note(&s, NAN); /* a step that was shortened until there was a value */
    pm_samples_note(&s, HUGE_VAL);
    pm_samples_note(&s, 5.0);
    pm_samples_note(&s, 7.0); /* elsewhere, within the same step */
    pm_samples_advance(&s);
    CHECK(s.sum == 15.0 && s.seen == 3 && s.first_f == 5.0);
    pm_samples_note(&s, 2.0);
    pm_samples_advance(&s);
    pm_samples_note(&s, 1.0);
    pm_samples_advance(&s);
    CHECK(s.sum == 15.0 + 6.0 + 1.0 && s.seen == COUNT && s.first_f == 5.0);
    pm_samples_start(&s, order, COUNT, SIZE);
    pm_samples_advance(&s); /* no value at all */
    CHECK(s.sum == HUGE_VAL && s.first_f == HUGE_VAL);
}

/* What the objective was called with. */
typedef struct {
    size_t calls;
    int64_t indices[MOST_CALLS][COUNT];
    int counts[MOST_CALLS];
    double x[MOST_CALLS];
    size_t nan_at; /* the call that answers NaN, from 1; 0: none */
} notes;

/* The mean of (x - a)^2 / 2. */
static double plain(int n, double *x, int m, int64_t *indices)
{
    double sum = 0.0;
    for (int k = 0; k < m; ++k) {
        const double miss = x[0] - data[indices[k]];
        sum += 0.5 * miss * miss;
    }
    return n == 1 ? sum / m : NAN;
}

static double noted(int n, double *x, int m, int64_t *indices, void *user)
{
    notes *o = user;
    const size_t k = o->calls++;

    CHECK(k < MOST_CALLS);
    memcpy(o->indices[k], indices, (size_t)m * sizeof *indices);
    o->counts[k] = m;
    o->x[k] = x[0];
    return o->calls == o->nan_at ? NAN : plain(n, x, m, indices);
}

static double plain_gradient(int n, double *x, double *g, int m, int64_t *indices)
{
    g[0] = 0.0;
    for (int k = 0; k < m; ++k) {
        g[0] += (x[0] - data[indices[k]]) / m;
    }
    return plain(n, x, m, indices);
}

static double noted_gradient(int n, double *x, double *g, int m, int64_t *indices, void *user)
{
    plain_gradient(n, x, g, m, indices);
    return noted(n, x, m, indices, user);
}

static pm_stop poll(void *self, bool step_done)
{
    size_t *steps = self;
    *steps += step_done;
    return PM_RUNNING;
}

typedef struct {
    pm_stop stop;
    pm_evaluator e;
    pm_samples s;
    double best_x[1], best_g[1];
    size_t steps_watched;
} outcome;

/* `steps` steps of Adam of length about 1 from 0. */
static void drive(pm_sampled_signature signature, notes *o, size_t steps, bool each_step,
                  outcome *out)
{
    static void (*const functions[])(void) = {
        [PM_SAMPLED_VALUE_PLAIN] = (void (*)(void))plain,
        [PM_SAMPLED_VALUE_DATA] = (void (*)(void))noted,
        [PM_SAMPLED_GRADIENT_PLAIN] = (void (*)(void))plain_gradient,
        [PM_SAMPLED_GRADIENT_DATA] = (void (*)(void))noted_gradient,
    };
    static const double x0[] = {0.0};
    double scratch[2];
    pm_compiled c = {.x = scratch, .g = scratch + 1};
    run r = prepared("adam");

    *out = (outcome){.s = {.signature = signature, .function = functions[signature], .data = o}};
    pm_samples_bind(&out->s, &c);
    set(&r, "learning_rate", 1.0);
    r.task.has_gradient = pm_has_gradient(&c);
    r.task.stochastic = true;
    begin(&r, 1, x0, open_lower, open_upper, 100, 0);

    const pm_watch watch = {.poll = poll, .self = &out->steps_watched, .each_step = each_step};
    pm_evaluator_start(&out->e, 1, out->best_x, out->best_g);
    out->e.max_iter = steps;
    pm_samples_start(&out->s, order, COUNT, SIZE);
    pm_lookout_start(pm_solver_lookout(r.s), &watch, HUGE_VAL);
    CHECK(pm_drive_samples(r.s, &out->e, &c, &out->s, &watch, &out->stop) == PM_OK);
    pm_settle(&out->e);
    pm_solver_free(r.s);
}

static void each_step_gets_the_next_batch(void)
{
    notes o = {0};
    outcome out;

    drive(PM_SAMPLED_GRADIENT_DATA, &o, 5, false, &out);
    CHECK(out.stop == PM_ITERATIONS && o.calls == 5 && out.e.nfev == 5);
    const size_t firsts[] = {0, 3, 6, 0, 3};
    const int counts[] = {3, 3, 1, 3, 3};
    for (size_t k = 0; k < 5; ++k) {
        CHECK(o.counts[k] == counts[k]);
        CHECK(memcmp(o.indices[k], order + firsts[k], (size_t)counts[k] * sizeof *order) == 0);
    }
    CHECK(out.s.seen == 13 && out.steps_watched == 0);
    /* At 0: the mean of a^2 / 2 over a = 64, 1, 8. */
    CHECK_NEAR(out.s.first_f, (4096.0 + 1.0 + 64.0) / 6.0, 1e-12);
}

static void a_step_that_is_tried_again_keeps_its_batch(void)
{
    notes o = {.nan_at = 2};
    outcome out;

    drive(PM_SAMPLED_GRADIENT_DATA, &o, 3, false, &out);
    CHECK(o.calls == 4);
    CHECK(memcmp(o.indices[1], o.indices[2], SIZE * sizeof *order) == 0);
    CHECK(o.x[2] == 0.5 * o.x[1]);
    CHECK(o.counts[3] == 1 && out.s.seen == COUNT && isfinite(out.s.sum));

    notes values = {0}; /* two values make a gradient */
    drive(PM_SAMPLED_VALUE_DATA, &values, 2, false, &out);
    CHECK(values.calls == 4);
    CHECK(memcmp(values.indices[0], values.indices[1], SIZE * sizeof *order) == 0);
    CHECK(memcmp(values.indices[2], values.indices[3], SIZE * sizeof *order) == 0);
    CHECK(values.indices[2][0] == order[3]);
}

static void the_watch_sees_every_step_if_it_wants_to(void)
{
    notes o = {0};
    outcome out;
    drive(PM_SAMPLED_GRADIENT_DATA, &o, 4, true, &out);
    CHECK(out.steps_watched == 4);
}

static void signatures_agree(void)
{
    notes o = {0};
    outcome a, b;

    for (int value = 0; value <= 1; ++value) {
        drive(value ? PM_SAMPLED_VALUE_PLAIN : PM_SAMPLED_GRADIENT_PLAIN, NULL, 6, false, &a);
        drive(value ? PM_SAMPLED_VALUE_DATA : PM_SAMPLED_GRADIENT_DATA, &o, 6, false, &b);
        CHECK(a.e.nfev == b.e.nfev && a.s.sum == b.s.sum);
        CHECK(a.best_x[0] == b.best_x[0] && a.e.best_f == b.e.best_f);
        o.calls = 0;
    }
    for (int k = 0; k < 4; ++k) {
        CHECK(strstr(pm_sampled_signature_text((pm_sampled_signature)k), "int64_t *") != NULL);
    }
    CHECK(pm_sampled_signature_text((pm_sampled_signature)4) == NULL);
}

static void convergence_is_not_judged_by_samples(void)
{
    const double x0[] = {0.0};
    for (int stochastic = 0; stochastic <= 1; ++stochastic) {
        run r = prepared("adam");
        r.task.has_gradient = true;
        r.task.stochastic = stochastic != 0;
        begin(&r, 1, x0, open_lower, open_upper, 0, 0);
        ask(&r);
        r.b->f[0] = 1.0;
        r.b->g[0] = 0.0;
        tell(&r);
        CHECK(r.turn == PM_STEP_DONE && r.stop == (stochastic ? PM_RUNNING : PM_GRADIENT));
        pm_solver_free(r.s);
    }
}

void test_samples(void)
{
    batches_follow_the_order();
    the_loss_is_the_mean_over_the_samples();
    each_step_gets_the_next_batch();
    a_step_that_is_tried_again_keeps_its_batch();
    the_watch_sees_every_step_if_it_wants_to();
    signatures_agree();
    convergence_is_not_judged_by_samples();
}
