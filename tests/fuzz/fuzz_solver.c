/* libFuzzer on the C interface: any method, task and options, told anything.  `build/fuzz/solver
 * FILE` makes one run again; with FUZZ_SHOW in the environment it says which.
 *
 * The bytes are read from front to back, and where they end there are zeros: every input is a run,
 * and a mutation of one byte changes one choice.  A run goes by ask and tell, with a copy on the
 * way that has to go on identically, or by pm_drive.  What is checked besides the sanitisers'
 * rules: every point is finite, in the box, whole where it must be; no batch is empty or beyond its
 * capacity; the budget is kept, and the best point is the lowest one that was evaluated.
 */
#include "methods/global/basins.h"
#include "jacobi.h"
#include "pyminima.h"
#include "loop/evaluator.h"
#include "loop/compiled.h"
#include "solver/lookout.h"
#include "solver/method.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the bytes ---- */

typedef struct {
    const uint8_t *at;
    size_t left;
} bytes;

static uint64_t take(bytes *b, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count && b->left > 0; ++i, ++b->at, --b->left) {
        value |= (uint64_t)*b->at << (8 * i);
    }
    return value;
}

static size_t below(bytes *b, size_t limit)
{
    return (size_t)take(b, 1) % limit;
}

static bool one_in(bytes *b, size_t count)
{
    return below(b, count) == count - 1;
}

static const double special[] = {
    0.0,    -0.0,    1.0,    -1.0,     0.5,       1e-8,    -1e-8,    3.0,         1e8,     -1e8,
    1e150,  -1e150,  1e155,  1e300,    1e-300,    -1e300,  DBL_MIN,  -DBL_MIN,    DBL_MAX, -DBL_MAX,
    5e-324, -5e-324, 0x1p52, 0x1p53,   0x1p63,    -0x1p53, 0x1p-500, 0x1p500,     0x1p600, 1e16,
    1e-16,  NAN,     -NAN,   HUGE_VAL, -HUGE_VAL, 0.1,     0.7,      DBL_EPSILON, 1e-310,  10.0,
};
enum { N_SPECIAL = sizeof special / sizeof special[0] };

static double number(bytes *b)
{
    switch (below(b, 4)) {
    case 0:
        return ((double)take(b, 2) - 32768.0) / 4096.0;
    case 1:
        return special[below(b, N_SPECIAL)];
    case 2:
        return (double)(int8_t)take(b, 1);
    default: {
        const uint64_t bits = take(b, 8);
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    }
}

static double finite(bytes *b)
{
    const double value = number(b);
    return isfinite(value) ? value : isnan(value) ? 0.0 : copysign(DBL_MAX, value);
}

/* From the range, its ends among them.  Most numbers of things are small, for memory and time grow
 * with them. */
static double within(bytes *b, const pm_option *row)
{
    const double share = (double)take(b, 2) / 65535.0;
    double value = row->value;
    switch (below(b, 8)) {
    case 0:
        value = row->low;
        break;
    case 1:
        value = fmin(row->high, row->kind == PM_REAL || one_in(b, 16) ? HUGE_VAL : 4096.0);
        break;
    case 2:
    case 3:
        value = row->low + floor(32.0 * share);
        break;
    case 4:
        value = row->low + (row->kind == PM_WHOLE ? 512.0 : row->high - row->low) * share;
        break;
    case 5:
        value = row->low + share;
        break;
    case 6:
        value = number(b);
        break;
    default:
        break;
    }
    value = row->kind == PM_REAL ? value : floor(value);
    return value >= row->low && value <= row->high ? value : row->value;
}

/* ---- the task ---- */

enum { MOST_N = 16, MOST_GIVEN = 8, MOST_DESIGN = 64, MOST_EVALS = 250, LONG = 5000 };

typedef struct {
    const pm_method *method;
    pm_task task;
    void *options;
    double x0[MOST_N], lower[MOST_N], upper[MOST_N], scale[MOST_N], steps[MOST_N];
    double given[MOST_GIVEN * MOST_N];
    double *design;
    bool integer[MOST_N];
    bytes *source;
    size_t formula;
    size_t calls;
    double unit, centre[MOST_N], lowest;
} trial;

static void show_numbers(const char *name, const double *numbers, size_t count)
{
    fprintf(stderr, "  %s:", name);
    for (size_t i = 0; numbers != NULL && i < count; ++i) {
        fprintf(stderr, " %.17g", numbers[i]);
    }
    fprintf(stderr, "\n");
}

/* The whole task, for those who look for the cause. */
static void show(const trial *t)
{
    const pm_task *task = &t->task;
    fprintf(stderr, "%s, n = %zu, formula %zu times %g\n", t->method->name, task->n, t->formula,
            t->unit);
    for (const pm_option *row = t->method->options; row->name != NULL; ++row) {
        const double value = pm_option_get(row, t->options);
        if (value != row->value) {
            fprintf(stderr, "  %s = %.17g\n", row->name, value);
        }
    }
    fprintf(stderr, "  gtol = %g, ftol = %g, xtol = %g, patience = %zu\n", task->stopping.gtol,
            task->stopping.ftol, task->stopping.xtol, task->stopping.patience);
    show_numbers("x0", t->x0, task->n);
    show_numbers("lower", t->lower, task->n);
    show_numbers("upper", t->upper, task->n);
    show_numbers("scale", task->scale, task->n);
    show_numbers("steps", task->steps, task->n);
    show_numbers("given", task->given, task->n_given * task->n);
    fprintf(stderr, "  integer:");
    for (size_t i = 0; task->integer != NULL && i < task->n; ++i) {
        fprintf(stderr, " %d", task->integer[i]);
    }
    fprintf(stderr,
            "\n  gradient %d, hessian %d, central %d, one_sided %d, stochastic %d, design %zu\n",
            task->has_gradient, task->has_hessian, task->central, task->one_sided, task->stochastic,
            task->n_design);
    fprintf(stderr, "  budget %zu, max_iter %zu, key %llu %llu, %zu calls made\n", task->budget,
            task->max_iter, (unsigned long long)task->key[0], (unsigned long long)task->key[1],
            t->calls);
}

static void fail(const trial *t, const char *what)
{
    show(t);
    fprintf(stderr, "%s, n = %zu: %s\n", t->method->name, t->task.n, what);
    abort();
}

static void expect(const trial *t, bool holds, const char *what)
{
    if (!holds) {
        fail(t, what);
    }
}

static void read_options(bytes *b, trial *t)
{
    t->options = malloc(t->method->options_size); /* its own block, so that its end is guarded */
    expect(t, t->options != NULL, "no memory for the options");
    pm_options_default(t->method->options, t->options);
    for (const pm_option *row = t->method->options; row->name != NULL; ++row) {
        if (one_in(b, 3)) {
            expect(t, pm_option_set(row, t->options, within(b, row)) == PM_OK, row->name);
        }
    }
    t->task.stopping = t->method->stopping;
    for (const pm_option *row = pm_stopping_rows; row->name != NULL; ++row) {
        if (one_in(b, 4)) {
            expect(t, pm_option_set(row, &t->task.stopping, within(b, row)) == PM_OK, row->name);
        }
    }
    t->task.options = t->options;
}

static void read_side(bytes *b, double *low, double *high)
{
    double x = number(b), y = number(b);
    switch (below(b, 6)) {
    case 0:
        x = -HUGE_VAL, y = HUGE_VAL;
        break;
    case 1:
        y = HUGE_VAL;
        break;
    case 2:
        y = x;
        break;
    case 3:
        y = nextafter(x, HUGE_VAL);
        break;
    default:
        break;
    }
    x = isnan(x) || x == HUGE_VAL ? -1.0 : x;
    y = isnan(y) || y == -HUGE_VAL ? 1.0 : y;
    *low = fmin(x, y);
    *high = fmax(x, y);
}

static void read_box(bytes *b, trial *t)
{
    const size_t n = t->task.n = 1 + below(b, MOST_N);
    const bool bounded = !one_in(b, 4), alike = one_in(b, 2);
    const bool whole = (t->method->traits & PM_HANDLES_INTEGERS) != 0 && one_in(b, 3);

    for (size_t i = 0; i < n; ++i) {
        t->lower[i] = -HUGE_VAL, t->upper[i] = HUGE_VAL;
        if (bounded && alike && i > 0) {
            t->lower[i] = t->lower[0], t->upper[i] = t->upper[0];
        } else if (bounded) {
            read_side(b, &t->lower[i], &t->upper[i]);
        }
        t->integer[i] = whole && one_in(b, 2);
        const double low = ceil(t->lower[i]), high = floor(t->upper[i]);
        t->integer[i] = t->integer[i] && low <= high;
        if (t->integer[i]) {
            t->lower[i] = low, t->upper[i] = high;
        }
        t->x0[i] = finite(b);
        t->x0[i] = fmin(fmax(t->x0[i], t->lower[i]), t->upper[i]);
    }
    t->task.x0 = t->x0;
    t->task.lower = t->lower;
    t->task.upper = t->upper;
    t->task.integer = whole ? t->integer : NULL;
    t->task.bounded = bounded;
}

static void read_units(bytes *b, trial *t)
{
    if (t->task.integer == NULL && one_in(b, 4)) {
        for (size_t i = 0; i < t->task.n; ++i) {
            t->scale[i] =
                ldexp(1.0, (int)below(b, 8) * (one_in(b, 8) ? 70 : 3) * (one_in(b, 2) ? 1 : -1));
        }
        t->task.scale = t->scale;
    }
    if (one_in(b, 4)) {
        for (size_t i = 0; i < t->task.n; ++i) {
            t->steps[i] = fmax(fabs(finite(b)), DBL_MIN);
        }
        t->task.steps = t->steps;
    }
}

static void read_population(bytes *b, trial *t)
{
    pm_task *task = &t->task;
    if (t->method->population == NULL) {
        return;
    }
    if (one_in(b, 3)) {
        task->n_given = 1 + below(b, MOST_GIVEN);
        for (size_t i = 0; i < task->n_given * task->n; ++i) {
            t->given[i] = finite(b);
        }
        task->given = t->given;
    }
    size_t size = pm_population(t->method, task);
    if (size > 0 && size < task->n_given) { /* the caller refuses that */
        task->n_given = size;
    }
    const size_t first = task->n_given > 1 ? task->n_given : 1;
    const bool designed = one_in(b, 3);
    if (designed && size > first && size - first <= MOST_DESIGN) {
        task->n_design = size - first;
        t->design = malloc(task->n_design * task->n * sizeof *t->design);
        expect(t, t->design != NULL, "no memory for the design");
        for (size_t i = 0; i < task->n_design * task->n; ++i) {
            t->design[i] = (double)take(b, 1) / 255.0;
        }
        task->design = t->design;
    }
}

static void read_task(bytes *b, trial *t)
{
    t->method = pm_method_row((size_t)take(b, 1) % pm_method_count());
    read_box(b, t);
    read_options(b, t);
    read_units(b, t);
    read_population(b, t);

    pm_task *task = &t->task;
    const uint64_t flags = take(b, 1);
    task->has_gradient = (flags & 1) != 0;
    task->has_hessian = (flags & 2) != 0;
    task->central = (flags & 4) != 0;
    task->one_sided = (flags & 8) != 0;
    task->stochastic = (flags & 16) != 0;
    task->max_iter = (flags & 32) != 0 ? 1 + below(b, 64) : 0;
    task->budget = one_in(b, 8) ? (size_t)take(b, 8) : (size_t)take(b, 2);
    task->key[0] = take(b, 2);
    task->key[1] = take(b, 1);
    task->linalg = &jacobi;

    t->source = b;
    t->formula = below(b, 16);
    t->unit = one_in(b, 3) ? number(b) : 1.0;
    for (size_t i = 0; i < task->n; ++i) {
        t->centre[i] = t->x0[i] + 0.25 + (double)i;
    }
    t->lowest = HUGE_VAL;
}

/* ---- the objective ---- */

static uint64_t hash(const double *x, size_t n)
{
    uint64_t h = 1469598103934665603u;
    for (size_t i = 0; i < n; ++i) {
        uint64_t bits;
        memcpy(&bits, x + i, sizeof bits);
        h = (h ^ bits) * 1099511628211u;
        h ^= h >> 29;
    }
    return h;
}

static double value_at(trial *t, const double *x, double *g)
{
    const size_t n = t->task.n, call = t->calls++;
    const uint64_t h = hash(x, n);
    double sum = 0.0;

    for (size_t i = 0; i < n; ++i) {
        const double z = x[i] - t->centre[i];
        double f = z * z, slope = 2.0 * z;
        if (t->formula == 1) {
            f = fabs(z), slope = z > 0.0 ? 1.0 : -1.0;
        } else if (t->formula == 2) {
            f = x[i], slope = 1.0;
        } else if (t->formula == 3) {
            f = z * z + 10.0 - 10.0 * cos(6.283185307179586 * z);
            slope = 2.0 * z + 62.83185307179586 * sin(6.283185307179586 * z);
        } else if (t->formula == 4) {
            f = i % 2 == 0 ? z * z : -z * z, slope = i % 2 == 0 ? 2.0 * z : -2.0 * z;
        } else if (t->formula == 5) {
            f = floor(fabs(z)), slope = 0.0;
        }
        sum += f;
        if (g != NULL) {
            g[i] = t->unit * slope;
        }
    }
    sum *= t->unit;
    switch (t->formula) {
    case 6:
        sum = NAN;
        break;
    case 7:
        sum = HUGE_VAL;
        break;
    case 8: /* a few finite places in nothing */
        sum = h % 8 == 0 ? sum : h % 8 < 4 ? NAN : HUGE_VAL;
        break;
    case 9: /* anything anywhere */
        sum = special[h % N_SPECIAL];
        for (size_t i = 0; g != NULL && i < n; ++i) {
            g[i] = special[(h >> (i % 48)) % N_SPECIAL];
        }
        break;
    case 10: /* slopes that alternate between huge ones */
        for (size_t i = 0; g != NULL && i < n; ++i) {
            g[i] = call % 2 == 0 ? 1e308 : -1e308;
        }
        break;
    case 11: /* falls for ever */
        sum = -(double)call * fabs(t->unit);
        break;
    case 12: /* from the bytes, as long as there are some */
    case 13:
        if (t->source->left > 0) {
            sum = number(t->source);
            for (size_t i = 0; g != NULL && i < n; ++i) {
                g[i] = number(t->source);
            }
        }
        break;
    case 14:
        for (size_t i = 0; g != NULL && i < n; ++i) {
            g[i] = NAN;
        }
        break;
    default:
        break;
    }
    t->lowest = sum < t->lowest ? sum : t->lowest;
    return sum;
}

/* ---- what must hold ---- */

static void check_point(const trial *t, const double *x)
{
    for (size_t i = 0; i < t->task.n; ++i) {
        expect(t, isfinite(x[i]), "a point is not finite");
        expect(t, x[i] >= t->lower[i] && x[i] <= t->upper[i], "a point is outside the bounds");
        expect(t, !t->integer[i] || x[i] == round(x[i]), "an integer variable is not whole");
    }
}

static void check_batch(const trial *t, const pm_batch *b)
{
    expect(t, b->n == t->task.n, "the batch has other variables than the task");
    expect(t, b->count > 0, "an empty batch");
    expect(t, b->count <= b->capacity, "a batch beyond its capacity");
    expect(t, b->wants == PM_F || b->wants == PM_FG || b->wants == PM_HV, "unknown wants");
    expect(t, b->wants != PM_FG || t->task.has_gradient, "gradients that nobody has");
    expect(t, b->wants != PM_HV || t->task.has_hessian, "products that nobody has");
    for (size_t j = 0; j < b->count; ++j) {
        check_point(t, b->x + j * b->n);
    }
    for (size_t i = 0; b->wants == PM_HV && i < b->count * b->n; ++i) {
        expect(t, isfinite(b->v[i]), "the Hessian is wanted times what is not finite");
    }
}

/* What may be asked of a solver at any time. */
static void look(const trial *t, const pm_solver *s)
{
    double x[MOST_N], told[64];
    size_t count = 0, measures = 0;

    (void)pm_solver_at(s, x);
    (void)pm_solver_answer(s, x);
    for (size_t i = 0; i < t->task.n; ++i) {
        expect(t, isfinite(x[i]), "the answer of a method is not finite");
    }
    while (t->method->measures != NULL && t->method->measures[measures] != NULL) {
        ++measures;
    }
    expect(t, measures <= sizeof told / sizeof told[0], "more measures than there is room for");
    pm_solver_measure(s, told);
    const pm_part *parts = pm_solver_parts(s, &count);
    for (size_t i = 0; i < count; ++i) {
        expect(t, parts[i].name != NULL && strlen(parts[i].name) > 0, "a part without a name");
    }
    const pm_basins *basins = pm_solver_basins(s);
    for (size_t i = 0; basins != NULL && i < basins->count; ++i) {
        pm_solver_complete(s, basins->x + i * basins->n, x);
        check_point(t, x);
        expect(t, i == 0 || !(basins->f[i] < basins->f[i - 1]), "minima that are not in order");
    }
}

/* ---- ask and tell ---- */

/* Evaluates as the library's own loop does; a batch that the budget cuts short is not told. */
static pm_stop answer(trial *t, pm_evaluator *e, pm_batch *b)
{
    for (size_t j = 0; j < b->count; ++j) {
        const double *x = b->x + j * b->n;
        double *g = b->wants == PM_FG ? b->g + j * b->n : NULL;
        pm_stop stop = PM_RUNNING;
        if (b->wants == PM_HV) {
            for (size_t i = 0; i < b->n; ++i) {
                b->hv[j * b->n + i] = t->formula == 9 ? special[hash(x, b->n) % N_SPECIAL]
                                                      : 2.0 * t->unit * b->v[j * b->n + i];
            }
            stop = ++t->calls >= LONG ? PM_EVALUATIONS : PM_RUNNING;
        } else if ((stop = pm_spent(e)) == PM_RUNNING) {
            b->f[j] = value_at(t, x, g);
            stop = b->lent != PM_OWN ? pm_record_lent(e, b) : pm_record(e, x, b->f + j, g);
        }
        if (stop != PM_RUNNING) {
            return stop;
        }
    }
    return PM_RUNNING;
}

/* The copy gets the same answers, and has to ask for the same points. */
static void tell_twin(const trial *t, pm_solver *twin, const pm_batch *b, pm_stop stop)
{
    pm_batch *own = pm_asked(twin);
    const size_t size = b->count * b->n * sizeof *b->x;
    pm_turn turn;
    pm_stop ended;

    expect(t, own->count == b->count && own->wants == b->wants, "the copy wants something else");
    expect(t, memcmp(own->x, b->x, size) == 0, "the copy asks for other points");
    if (stop != PM_RUNNING) {
        return;
    }
    if (b->wants == PM_HV) {
        memcpy(own->hv, b->hv, size);
    } else {
        memcpy(own->f, b->f, b->count * sizeof *b->f);
    }
    if (b->wants == PM_FG) {
        memcpy(own->g, b->g, size);
    }
    expect(t, pm_tell(twin, &turn, &ended) == PM_OK, "the copy could not be told");
}

static void ask_and_tell(trial *t, pm_solver *s, pm_evaluator *e, size_t copy_at)
{
    pm_solver *twin = NULL;
    pm_stop stop = PM_RUNNING;
    pm_turn turn;

    for (size_t k = 0; stop == PM_RUNNING; ++k) {
        pm_batch *b;
        const bool copies = k == copy_at / 2, waiting = copy_at % 2 == 1;
        if (copies && !waiting && pm_solver_copy(&twin, s) != PM_OK) {
            twin = NULL;
        }
        expect(t, pm_ask(s, &b) == PM_OK, "the solver does not ask");
        pm_let_go(e, b);
        check_batch(t, b);
        if (copies && waiting && pm_solver_copy(&twin, s) != PM_OK) {
            twin = NULL;
        } else if (twin != NULL && !(copies && waiting)) {
            pm_batch *own;
            expect(t, pm_ask(twin, &own) == PM_OK, "the copy does not ask");
        }
        stop = answer(t, e, b);
        if (twin != NULL) {
            tell_twin(t, twin, b, stop);
        }
        if (stop != PM_RUNNING) {
            break;
        }
        expect(t, pm_tell(s, &turn, &stop) == PM_OK, "the solver cannot be told");
        if (turn != PM_MID_STEP) {
            look(t, s);
            if (stop == PM_RUNNING) {
                stop = pm_count_step(e);
            }
        }
    }
    pm_settle(e);
    look(t, s);
    if (twin != NULL) {
        look(t, twin);
        pm_solver_free(twin);
    }
}

/* ---- the loop in C ---- */

static double called(int n, double *x, void *self)
{
    trial *t = self;
    expect(t, (size_t)n == t->task.n, "another number of variables");
    check_point(t, x);
    return value_at(t, x, NULL);
}

static double called_for_slopes(int n, double *x, double *g, void *self)
{
    trial *t = self;
    expect(t, (size_t)n == t->task.n, "another number of variables");
    check_point(t, x);
    return value_at(t, x, g);
}

static pm_stop poll(void *self, bool step_done)
{
    (void)self, (void)step_done;
    return PM_RUNNING;
}

static void drive(trial *t, pm_solver *s, pm_evaluator *e)
{
    double x[MOST_N], g[MOST_N];
    pm_compiled c = {.signature = t->task.has_gradient ? PM_GRADIENT_DATA : PM_VALUE_DATA,
                     .function = t->task.has_gradient ? (void (*)(void))called_for_slopes
                                                      : (void (*)(void))called,
                     .data = t,
                     .x = x,
                     .g = g};
    const pm_watch watch = {.poll = poll, .each_step = true};
    pm_stop stop;

    pm_lookout_start(pm_solver_lookout(s), &watch, e->deadline);
    expect(t, pm_drive(s, e, &c, &watch, &stop) == PM_OK, "the loop in C has failed");
    pm_settle(e);
    expect(t, stop != PM_RUNNING, "the loop in C has not ended");
    look(t, s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes b = {.at = data, .left = size};
    trial t = {.calls = 0};
    pm_solver *s = NULL;
    pm_evaluator e;
    double best_x[MOST_N], best_g[MOST_N];

    read_task(&b, &t);
    const bool driven = one_in(&b, 4);
    const size_t most = one_in(&b, 16) ? LONG : MOST_EVALS, copy_at = take(&b, 1);
    t.task.has_hessian = t.task.has_hessian && !driven;

    if (getenv("FUZZ_SHOW") != NULL) {
        show(&t);
    }
    const pm_error error = pm_solver_new(&s, t.method, &t.task);
    if (error == PM_OK) {
        pm_evaluator_start(&e, t.task.n, best_x, best_g);
        e.max_evals = 1 + t.task.budget % most;
        e.max_iter = t.task.max_iter > 0 ? t.task.max_iter : SIZE_MAX;
        if (driven) {
            drive(&t, s, &e);
        } else {
            ask_and_tell(&t, s, &e, copy_at);
        }
        expect(&t, e.nfev <= e.max_evals, "more evaluations than the budget has");
        expect(&t, e.best_f == t.lowest, "the best value is not the lowest one");
        if (e.best_f < HUGE_VAL) {
            check_point(&t, best_x);
        }
        pm_solver_free(s);
    } else {
        expect(&t, error == PM_NO_MEMORY || error == PM_TOO_LARGE, pm_error_text(error));
    }
    free(t.options);
    free(t.design);
    return 0;
}
