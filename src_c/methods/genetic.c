/* A genetic algorithm on real numbers: tournaments, simulated binary crossover, polynomial
 * mutation, elitism.
 *
 *   K. Deb & R. B. Agrawal, "Simulated binary crossover for continuous search space",
 *   Complex Systems 9 (1995) 115; for a box as in K. Deb, "An efficient constraint handling
 *   method for genetic algorithms", Comput. Methods Appl. Mech. Engrg. 186 (2000) 311.
 *
 *   K. Deb & M. Goyal, "A combined genetic adaptive search (GeneAS) for engineering design",
 *   Comput. Sci. Inform. 26 (1996) 30: the mutation; for a box as in the authors' NSGA-II
 *   (K. Deb, "Multi-objective optimization using evolutionary algorithms", Wiley 2001).
 *
 *   D. E. Goldberg & K. Deb, "A comparative analysis of selection schemes used in genetic
 *   algorithms", FOGA 1 (1991) 69: the tournaments.
 *
 *   One generation: N parents win tournaments, N children come of them in pairs and are
 *   evaluated as one batch.  The next population is the best N of the children and of the
 *   `elite` best individuals there were.
 *
 *   Departures from the sources:
 *   - A child that is its parent again has one gene mutated: its value is known already.
 *   - Where the box is open, the unit of mutations is the width that the first population was
 *     drawn from.
 */
#include "arena.h"
#include "bounds.h"
#include "rng.h"

#include <assert.h>
#include <math.h>
#include <string.h>

typedef struct {
    double crossover_probability, crossover_eta, mutation_probability, mutation_eta, elite, spread;
    size_t population, tournament;
} genetic_options;

static const pm_option options[] = {
    PM_OPTION_WHOLE(
        genetic_options, population, 0, 0, 1e6,
        "individuals; 0: 20 n, between 50 and 200, and at most a twentieth of the budget"),
    PM_OPTION_WHOLE(genetic_options, tournament, 2, 1, 1e6,
                    "individuals drawn for a tournament, whose best becomes a parent"),
    PM_OPTION_REAL(genetic_options, crossover_probability, 0.9, 0.0, 1.0,
                   "of a pair of parents: otherwise they are copied"),
    PM_OPTION_REAL(genetic_options, crossover_eta, 15.0, 0.0, 1e3,
                   "the larger, the nearer children are to their parents"),
    PM_OPTION_REAL(genetic_options, mutation_probability, 0.0, 0.0, 1.0, "of one gene; 0: 1/n"),
    PM_OPTION_REAL(genetic_options, mutation_eta, 20.0, 0.0, 1e3,
                   "the larger, the smaller mutations: about 1/eta of the width of the box"),
    PM_OPTION_REAL(
        genetic_options, elite, 0.5, 0.0, 1.0,
        "share of the population that competes with its children, at least one individual"),
    PM_OPTION_REAL(
        genetic_options, spread, 1.0, 1e-12, 1e12,
        "reach of the first population from x0 where the box is open, relative to max(|x0|, 1)"),
    PM_OPTIONS_END,
};

enum {
    FEWEST = 50,       /* individuals of the automatic population ... */
    MOST = 200,        /* ... if the budget is large enough */
    FEWEST_AT_ALL = 4, /* two pairs: below this there is nothing to choose from */
    GENERATIONS = 20,  /* as many at least should fit into the budget */
};

enum { FIRST_POPULATION, TOURNAMENT, CROSSOVER, MUTATION }; /* streams of random numbers */

typedef struct {
    const genetic_options *o;
    size_t n, N;                 /* genes, individuals */
    size_t elite;                /* individuals */
    const double *lower, *upper; /* [n] */

    size_t generation;
    size_t best;           /* row of the best individual */
    double per_gene;       /* log of the probability that a gene is not mutated */
    double roomy;          /* room^-(crossover_eta + 1) is below 2^-53 from here on */
    size_t until_mutation; /* genes still to pass before the next mutation */
    pm_rng first, tournament, crossover, mutation;

    double *x;      /* [N][n] the population; before there is one, the first row is x0 */
    double *f;      /* [2 N] values of the population and of its children */
    double *unit;   /* [n] of mutations */
    double *spare;  /* [n] the sibling of the last child of an odd number */
    size_t *order;  /* [2 N] individuals, to be put in order */
    bool *survives; /* [2 N] */
} genetic;

/* ------------------------------------------------------------------------------- sizes -------- */

static size_t clamped(size_t value, size_t low, size_t high)
{
    return value < low ? low : value > high ? high : value;
}

static size_t points(const pm_task *task)
{
    const genetic_options *o = task->options;
    if (o->population > 0) {
        return o->population;
    }
    const size_t wanted = clamped(pm_times(20, task->n), FEWEST, MOST);
    return clamped(task->budget / GENERATIONS, FEWEST_AT_ALL, wanted);
}

static void layout(void *state, pm_arena *a, const pm_task *task)
{
    genetic *s = state;
    const size_t n = s->n = task->n, N = s->N = points(task);

    s->o = task->options;
    s->elite = clamped((size_t)(s->o->elite * (double)N), 1, N);
    s->lower = task->lower;
    s->upper = task->upper;
    s->x = PM_TAKE(a, double, pm_times(N, n));
    s->f = PM_TAKE(a, double, pm_times(2, N));
    s->unit = PM_TAKE(a, double, n);
    s->spare = PM_TAKE(a, double, n);
    s->order = PM_TAKE(a, size_t, pm_times(2, N));
    s->survives = PM_TAKE(a, bool, pm_times(2, N));
}

/* How many genes are passed over until one is mutated: geometric, so that most genes cost no random
 * number. */
static size_t draw_gap(genetic *s)
{
    const double gap = log(1.0 - pm_rng_uniform(&s->mutation)) / s->per_gene;
    return (size_t)fmin(gap, 0x1p53);
}

static void start(void *state, const pm_task *task)
{
    genetic *s = state;
    const double given = s->o->mutation_probability;

    s->first = pm_rng_stream(task->key, FIRST_POPULATION);
    s->tournament = pm_rng_stream(task->key, TOURNAMENT);
    s->crossover = pm_rng_stream(task->key, CROSSOVER);
    s->mutation = pm_rng_stream(task->key, MUTATION);
    s->per_gene = log1p(-(given > 0.0 ? given : 1.0 / (double)s->n));
    s->until_mutation = draw_gap(s);
    s->roomy = exp2(53.0 / (s->o->crossover_eta + 1.0));
    memcpy(s->x, task->x0, s->n * sizeof *s->x);
    s->f[0] = HUGE_VAL;
    for (size_t i = 0; i < s->n; ++i) {
        const double width = s->upper[i] - s->lower[i];
        s->unit[i] = width < HUGE_VAL ? width : 2.0 * s->o->spread * fmax(fabs(s->x[i]), 1.0);
    }
}

/* x0, and points uniform in the box; where that is open, uniform around x0 and inside the box. */
static void ask_first(genetic *s, double *x)
{
    const size_t n = s->n;

    memcpy(x, s->x, n * sizeof *x);
    for (size_t j = 1; j < s->N; ++j) {
        for (size_t i = 0; i < n; ++i) {
            const double low = s->lower[i], high = s->upper[i], reach = 0.5 * s->unit[i];
            const bool closed = high - low < HUGE_VAL;
            const double from = closed ? low : fmax(low, s->x[i] - reach);
            const double to = closed ? high : fmin(high, s->x[i] + reach);
            x[j * n + i] = pm_clip(from + (to - from) * pm_rng_uniform(&s->first), low, high);
        }
    }
}

/* --------------------------------------------------------------------------- variation -------- */

/* Row of the best of `tournament` individuals drawn with replacement; of equals the first. */
static size_t winner(genetic *s)
{
    size_t best = pm_rng_below(&s->tournament, s->N);
    for (size_t k = 1; k < s->o->tournament; ++k) {
        const size_t other = pm_rng_below(&s->tournament, s->N);
        best = s->f[other] < s->f[best] ? other : best;
    }
    return best;
}

/* x^(1 / power) for x on [0, 1]: a few units in the last place off, and cheaper than pow. */
static double root(double x, double power)
{
    return exp(log(x) / power);
}

/* (1 - d)^(eta + 1), the part of the mutation's distribution that lies beyond the distance d to the
 * wall. */
static double beyond(double d, double eta)
{
    return d < 1.0 ? pow(1.0 - d, eta + 1.0) : 0.0;
}

/* Deb & Agrawal 1995: the ratio beta of the spread of two children to that of their parents, at
 * most `room`, for u uniform on [0, 1).  Beyond s->roomy the walls change nothing, and their power
 * need not be taken. */
static double spread_factor(const genetic *s, double u, double room)
{
    const double power = s->o->crossover_eta + 1.0;
    const double alpha = room < s->roomy ? 2.0 - pow(room, -power) : 2.0;
    const double ua = u * alpha;
    const double contraction = root(ua <= 1.0 ? ua : 2.0 - ua, power);
    return ua <= 1.0 ? contraction : 1.0 / contraction;
}

/* Gene i of two children, from those of their parents; `swap`: the lower to the second child. */
static void cross_gene(genetic *s, size_t i, double *a, double *b, bool swap)
{
    const double low = *a < *b ? *a : *b, high = *a < *b ? *b : *a;
    const double spread = high - low;
    const double wall = fmin(low - s->lower[i], s->upper[i] - high);
    const double u = pm_rng_uniform(&s->crossover);

    if (!(spread > 0.0)) {
        return;
    }
    const double beta = spread_factor(s, u, 1.0 + 2.0 * wall / spread);
    const double middle = low + 0.5 * spread, half = 0.5 * beta * spread;
    const double first = pm_clip(middle - half, s->lower[i], s->upper[i]);
    const double second = pm_clip(middle + half, s->lower[i], s->upper[i]);
    *a = swap ? second : first;
    *b = swap ? first : second;
}

/* Each gene is crossed with probability 1/2, and then goes to either child: two bits of a word for
 * each gene. */
static void cross(genetic *s, double *a, double *b)
{
    uint64_t bits = 0;

    if (pm_rng_uniform(&s->crossover) >= s->o->crossover_probability) {
        return;
    }
    for (size_t i = 0; i < s->n; ++i, bits >>= 2) {
        if (i % 32 == 0) {
            bits = pm_rng_word(&s->crossover);
        }
        if (bits & 1) {
            cross_gene(s, i, a + i, b + i, (bits & 2) != 0);
        }
    }
}

/* Deb & Goyal 1996: x moved by up to one unit, both tails of the distribution being cut off at the
 * walls. */
static void mutate_gene(genetic *s, size_t i, double *x)
{
    const double eta = s->o->mutation_eta, unit = s->unit[i];
    const double u = pm_rng_uniform(&s->mutation);
    double delta;

    if (u < 0.5) {
        const double cut = beyond((*x - s->lower[i]) / unit, eta);
        delta = root(2.0 * u + (1.0 - 2.0 * u) * cut, eta + 1.0) - 1.0;
    } else {
        const double cut = beyond((s->upper[i] - *x) / unit, eta);
        delta = 1.0 - root(2.0 * (1.0 - u) + (2.0 * u - 1.0) * cut, eta + 1.0);
    }
    *x = pm_clip(*x + delta * unit, s->lower[i], s->upper[i]);
}

static void mutate(genetic *s, double *x, const double *parent)
{
    size_t i = 0;

    while (s->until_mutation < s->n - i) {
        i += s->until_mutation;
        mutate_gene(s, i, x + i);
        i += 1;
        s->until_mutation = draw_gap(s);
    }
    s->until_mutation -= s->n - i;
    if (memcmp(x, parent, s->n * sizeof *x) == 0) {
        i = pm_rng_below(&s->mutation, s->n);
        mutate_gene(s, i, x + i);
    }
}

/* Children in pairs; of an odd number the last one comes alone. */
static void ask_children(genetic *s, double *x)
{
    const size_t n = s->n;

    for (size_t j = 0; j < s->N; j += 2) {
        const bool pair = j + 1 < s->N;
        const double *p = s->x + winner(s) * n, *q = s->x + winner(s) * n;
        double *a = x + j * n, *b = pair ? a + n : s->spare;
        memcpy(a, p, n * sizeof *a);
        memcpy(b, q, n * sizeof *b);
        cross(s, a, b);
        mutate(s, a, p);
        if (pair) {
            mutate(s, b, q);
        }
    }
}

static void ask(void *state, pm_batch *b)
{
    genetic *s = state;

    assert(b->capacity >= s->N);
    b->count = s->N;
    b->wants = PM_F;
    if (s->generation == 0) {
        ask_first(s, b->x);
    } else {
        ask_children(s, b->x);
    }
}

/* ---------------------------------------------------------------------------- survival -------- */

static bool better(const double *f, size_t a, size_t b)
{
    return f[a] < f[b] || (f[a] == f[b] && a < b);
}

static void exchange(size_t *order, size_t a, size_t b)
{
    const size_t kept = order[a];
    order[a] = order[b];
    order[b] = kept;
}

/* Puts the m best of order[count] first (C. A. R. Hoare, "Algorithm 65: find", Comm. ACM 4 (1961)
 * 321).  Equal values are ranked by their row, so the m best are one set however they are found. */
static void find_best(const double *f, size_t *order, size_t count, size_t m)
{
    size_t low = 0, high = count; /* the m-th best is in low .. high - 1 */

    while (high - low > 1) {
        exchange(order, low, low + (high - low) / 2);
        const size_t pivot = order[low];
        size_t place = low;
        for (size_t k = low + 1; k < high; ++k) {
            if (better(f, order[k], pivot)) {
                exchange(order, ++place, k);
            }
        }
        exchange(order, low, place);
        if (place == m) {
            return;
        }
        if (place < m) {
            low = place + 1;
        } else {
            high = place;
        }
    }
}

/* Marks the N best of the elite and the children. */
static void select_survivors(genetic *s)
{
    const size_t N = s->N;

    for (size_t j = 0; j < N; ++j) {
        s->order[j] = j;
    }
    find_best(s->f, s->order, N, s->elite);
    for (size_t j = 0; j < N; ++j) {
        s->order[s->elite + j] = N + j;
    }
    find_best(s->f, s->order, s->elite + N, N);
    memset(s->survives, 0, 2 * N * sizeof *s->survives);
    for (size_t j = 0; j < N; ++j) {
        s->survives[s->order[j]] = true;
    }
}

/* Children move into the rows of individuals that do not survive. */
static void replace(genetic *s, const double *children)
{
    const size_t n = s->n, N = s->N;
    size_t row = 0;

    for (size_t j = 0; j < N; ++j) {
        if (!s->survives[N + j]) {
            continue;
        }
        while (s->survives[row]) {
            ++row;
        }
        assert(row < N);
        memcpy(s->x + row * n, children + j * n, n * sizeof *s->x);
        s->f[row++] = s->f[N + j];
    }
}

static pm_turn tell(void *state, const pm_batch *b)
{
    genetic *s = state;
    const size_t N = s->N;

    if (s->generation++ == 0) {
        memcpy(s->x, b->x, N * s->n * sizeof *s->x);
        memcpy(s->f, b->f, N * sizeof *s->f);
    } else {
        memcpy(s->f + N, b->f, N * sizeof *s->f);
        select_survivors(s);
        replace(s, b->x);
    }
    s->best = 0;
    for (size_t j = 1; j < N; ++j) {
        s->best = s->f[j] < s->f[s->best] ? j : s->best;
    }
    return PM_STEP_DONE;
}

static void at(const void *state, pm_iterate *out)
{
    const genetic *s = state;
    *out = (pm_iterate){.x = s->x + s->best * s->n, .f = s->f[s->best]};
}

const pm_method pm_genetic = {
    .name = "genetic",
    .family = "evolution",
    .summary = "a genetic algorithm: tournaments, simulated binary crossover, polynomial mutation, "
               "elitism",
    .citation = "K. Deb and R. B. Agrawal, Simulated binary crossover for continuous search space, "
                "Complex Systems 9 (1995) 115-148",
    .traits = PM_HANDLES_BOUNDS | PM_IS_RANDOM | PM_IS_GLOBAL,
    .options = options,
    .options_size = sizeof(genetic_options),
    .stopping = {.gtol = 0.0, .ftol = 1e-8, .xtol = 0.0, .patience = 50},
    .state_size = sizeof(genetic),
    .points = points,
    .layout = layout,
    .start = start,
    .ask = ask,
    .tell = tell,
    .at = at,
};
