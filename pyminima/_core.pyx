# cython: language_level=3, binding=True, freethreading_compatible=True
# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""The one place where Python meets the C core: solvers, the evaluator, and its two loops.

Thin enough to read aloud: borrow, copy, call, check.  Exceptions cross no C frame.
"""

cimport numpy as cnp
from cpython.exc cimport PyErr_CheckSignals
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetContext, PyCapsule_GetName, PyCapsule_GetPointer
from libc.limits cimport INT_MAX
from libc.math cimport HUGE_VAL, NAN, isfinite
from libc.stdint cimport SIZE_MAX, int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset
from scipy.linalg.cython_lapack cimport dsyevd

import decimal
import numbers as kinds
import re

import numpy as np

cnp.import_array()


cdef extern from *:
    """
    /* May the array handed to the objective be handed to it again?  Only if nobody else holds it
     * and nobody has changed what it is: a reference count of 1 alone would miss a resize or a
     * change of its flags. */
    static inline int pm_unique(PyObject *o)
    {
    #if PY_VERSION_HEX >= 0x030E0000
        return PyUnstable_Object_IsUniquelyReferenced(o);
    #elif defined(Py_GIL_DISABLED)
        return _Py_IsOwnedByCurrentThread(o) &&
               _Py_atomic_load_uint32_relaxed(&o->ob_ref_local) == 1 &&
               _Py_atomic_load_ssize_relaxed(&o->ob_ref_shared) == 0;
    #else
        return Py_REFCNT(o) == 1;
    #endif
    }

    static inline int pm_reusable(PyObject *o, size_t n)
    {
        PyArrayObject *a = (PyArrayObject *)o;
        return pm_unique(o) && PyArray_NDIM(a) == 1 && (size_t)PyArray_DIM(a, 0) == n &&
               PyArray_DESCR(a)->type_num == NPY_DOUBLE && PyArray_ISCARRAY(a) &&
               PyArray_CHKFLAGS(a, NPY_ARRAY_OWNDATA);
    }

    static inline int pm_plain(PyObject *o)
    {
        PyArrayObject *a = (PyArrayObject *)o;
        return PyArray_CheckExact(o) && PyArray_DESCR(a)->type_num == NPY_DOUBLE &&
               PyArray_ISCARRAY_RO(a);
    }

    static inline int pm_plain_vector(PyObject *o, size_t n)
    {
        PyArrayObject *a = (PyArrayObject *)o;
        return pm_plain(o) && PyArray_NDIM(a) == 1 && (size_t)PyArray_DIM(a, 0) == n;
    }
    """
    bint pm_reusable(PyObject *, size_t)
    bint pm_plain(PyObject *)
    bint pm_plain_vector(PyObject *, size_t)


# ------------------------------------------------------------------------------- the C lists ----


def stops():
    """Every way a run can end: (name, number, success, ends, text), in the order of the C list."""
    rows = []
    cdef int number = 0
    while number < PM_STOP_COUNT:
        name = pm_stop_name(number).decode()
        rows.append((name, number, bool(pm_stop_success(number)), pm_stop_ends(number),
                     pm_stop_text(number).decode()))
        number += 1
    return rows


def signatures(bint sampled=False):
    """The C signatures a compiled objective may have; `sampled`: one that takes indices."""
    found = []
    cdef const char *text = NULL
    cdef int number = 0
    while True:
        text = pm_sampled_signature_text(number) if sampled else pm_signature_text(number)
        if text == NULL:
            return found
        found.append(text.decode())
        number += 1


cdef list option_rows(const pm_option *row, const void *defaults):
    rows = []
    while row.name != NULL:
        choices = None
        if row.kind == PM_CHOICE:
            choices = tuple([row.choices[i].decode() for i in range(<int>row.high + 1)])
        value = row.value if defaults == NULL else pm_option_get(row, defaults)
        kind = "real" if row.kind == PM_REAL else "whole" if row.kind == PM_WHOLE else "choice"
        rows.append((row.name.decode(), kind, value, row.low, row.high, choices, row.help.decode()))
        row += 1
    return rows


cdef tuple measure_names(const pm_method *m):
    names = []
    cdef const char *const *name = m.measures
    while name != NULL and name[0] != NULL:
        names.append(name[0].decode())
        name += 1
    return tuple(names)


cdef tuple setting(pm_requirement s):
    return None if s.option == NULL else (s.option.decode(), s.choice.decode())


def method_rows():
    """The registry: one dictionary per method, with the options of the stopping rules too."""
    rows = []
    cdef const pm_method *m
    for i in range(pm_method_count()):
        m = pm_method_row(i)
        rows.append({
            "name": m.name.decode(),
            "family": m.family.decode(),
            "summary": m.summary.decode(),
            "citation": m.citation.decode(),
            "needs_gradient": bool(m.traits & PM_NEEDS_GRADIENT),
            "handles_bounds": bool(m.traits & PM_HANDLES_BOUNDS),
            "is_random": bool(m.traits & PM_IS_RANDOM),
            "is_global": bool(m.traits & PM_IS_GLOBAL),
            "uses_gradient": bool(m.traits & PM_USES_GRADIENT),
            "uses_hessian": bool(m.traits & PM_USES_HESSIAN),
            "handles_integers": bool(m.traits & PM_HANDLES_INTEGERS),
            "has_population": m.population != NULL,
            "takes_samples": bool(m.traits & PM_TAKES_SAMPLES),
            "samples_with": setting(m.samples_with),
            "needs_polish": not m.traits & PM_NEEDS_NO_POLISH,
            "default_up_to": m.default_up_to,
            "measures": measure_names(m),
            "options": option_rows(m.options, NULL)
            + option_rows(pm_stopping_rows, <const void *>&m.stopping),
        })
    return rows


def schedule_rows():
    """The options of a learning-rate schedule, as rows of `method_rows`."""
    return option_rows(pm_schedule_rows, NULL)


def schedule_factors(dict options, values, size_t steps=0):
    """The factor of the learning rate at steps 0, 1, ... that start at these values."""
    cdef pm_schedule_options o
    cdef pm_schedule s
    pm_options_default(pm_schedule_rows, &o)
    for name, value in options.items():
        set_option(pm_schedule_rows, &o, name.encode(), value)
    pm_schedule_start(&s)
    return [pm_schedule_next(&s, &o, steps, f) for f in values]


cdef int check(pm_error error) except -1:
    if error == PM_OK:
        return 0
    if error == PM_NO_MEMORY:
        raise MemoryError(pm_error_text(error).decode())
    raise RuntimeError(pm_error_text(error).decode())


cdef bint set_option(const pm_option *row, void *options, bytes name, double value) except -1:
    while row.name != NULL:
        if row.name == name:
            check(pm_option_set(row, options, value))
            return True
        row += 1
    return False


# ------------------------------------------------------------------------------------ arrays ----


cdef inline cnp.ndarray new_vector(size_t n):
    cdef cnp.npy_intp shape = n
    return cnp.PyArray_EMPTY(1, &shape, cnp.NPY_DOUBLE, 0)


cdef inline double *numbers(cnp.ndarray a) noexcept:
    return <double *>cnp.PyArray_DATA(a)


cdef cnp.ndarray vector(object a, size_t n):
    """A contiguous array of n doubles, for the C core to read."""
    if pm_plain_vector(<PyObject *>a, n):
        return a
    cdef cnp.ndarray v = cnp.PyArray_FROMANY(a, cnp.NPY_DOUBLE, 1, 1, cnp.NPY_ARRAY_CARRAY_RO)
    if <size_t>cnp.PyArray_DIM(v, 0) != n:
        raise ValueError(f"expected {n} numbers, got {cnp.PyArray_DIM(v, 0)}")
    return v


cdef cnp.ndarray table(size_t m, size_t n):
    """An array of m rows of n doubles, not set."""
    cdef cnp.npy_intp shape[2]
    shape[0] = m
    shape[1] = n
    return cnp.PyArray_EMPTY(2, shape, cnp.NPY_DOUBLE, 0)


cdef cnp.ndarray copied(const double *x, size_t m, size_t n):
    """x[m][n] as a new array of its own."""
    cdef cnp.ndarray a = table(m, n)
    memcpy(numbers(a), x, m * n * sizeof(double))
    return a


def all_finite(a):
    """Whether all numbers of an array of doubles are finite, without a temporary array."""
    cdef cnp.ndarray v = cnp.PyArray_FROMANY(a, cnp.NPY_DOUBLE, 0, 0, cnp.NPY_ARRAY_CARRAY_RO)
    cdef double *x = numbers(v)
    cdef size_t i, n = cnp.PyArray_SIZE(v)
    for i in range(n):
        if not isfinite(x[i]):
            return False
    return True


def enough_starts(size_t w):
    """The fewest independent starts after which no more minima are expected than the w known."""
    return pm_enough_starts(w)


def no_bounds(size_t n):
    """Bounds (n,) that leave every variable free: lower, upper."""
    cdef cnp.ndarray lower = new_vector(n), upper = new_vector(n)
    cdef size_t i
    for i in range(n):
        numbers(lower)[i] = -HUGE_VAL
        numbers(upper)[i] = HUGE_VAL
    return lower, upper


def all_fixed(lower, upper):
    """Whether the bounds (n,) leave no variable any room."""
    cdef size_t n = len(lower), i
    cdef cnp.ndarray low = vector(lower, n), high = vector(upper, n)
    for i in range(n):
        if numbers(low)[i] < numbers(high)[i]:
            return False
    return True


# ----------------------------------------------------------------------------- beside a start ----


def units(x, lower, upper):
    """The length over which each variable is taken to change the value; 0 if it is fixed."""
    cdef size_t n = len(x), i
    cdef cnp.ndarray at = vector(x, n), low = vector(lower, n), high = vector(upper, n)
    cdef cnp.ndarray lengths = new_vector(n)
    for i in range(n):
        numbers(lengths)[i] = pm_unit(numbers(at)[i], numbers(low)[i], numbers(high)[i])
    return lengths


def direction(x, lower, upper, double room):
    """A random vector (n,) of about one unit, to where x has room of so many; always the same."""
    cdef size_t n = len(x)
    cdef cnp.ndarray at = vector(x, n), low = vector(lower, n), high = vector(upper, n)
    cdef cnp.ndarray d = new_vector(n)
    pm_direction(numbers(d), numbers(at), numbers(low), numbers(high), room, n)
    return d


def along(x, d, lengths, lower, upper):
    """The points x + length d, moved into the box: (m, n)."""
    cdef size_t n = len(x), m = len(lengths), j
    cdef cnp.ndarray at = vector(x, n), to = vector(d, n), X = table(m, n)
    cdef cnp.ndarray low = vector(lower, n), high = vector(upper, n)
    for j in range(m):
        pm_along(numbers(X) + j * n, numbers(at), lengths[j], numbers(to), numbers(low),
                 numbers(high), n)
    return X


def ways(P, Q, at_P, at_Q):
    """What values and gradients say of the ways from the rows of Q (m, n) to those of P.

    Each place has values (m,) and gradients (m, n). Returns length, change, predicted and size of
    `pm_way`: (4, m).
    """
    cdef size_t m = len(P), n = len(P[0]), j
    cdef cnp.ndarray p = vector(P.ravel(), m * n), q = vector(Q.ravel(), m * n)
    cdef cnp.ndarray F = vector(at_P[0], m), G = vector(at_P[1].ravel(), m * n)
    cdef cnp.ndarray there = vector(at_Q[0], m), turned = vector(at_Q[1].ravel(), m * n)
    cdef cnp.ndarray found = table(4, m)
    cdef pm_place to, start
    cdef pm_way way
    for j in range(m):
        to.x, to.f, to.g = numbers(p) + j * n, numbers(F)[j], numbers(G) + j * n
        start.x, start.f = numbers(q) + j * n, numbers(there)[j]
        start.g = numbers(turned) + j * n
        way = pm_way_between(&to, &start, n)
        numbers(found)[j] = way.length
        numbers(found)[m + j] = way.change
        numbers(found)[2 * m + j] = way.predicted
        numbers(found)[3 * m + j] = way.size
    return found


def all_single(F):
    """Whether every one of the values (m,) is such as single precision has."""
    cdef size_t m = len(F)
    cdef cnp.ndarray values = vector(F, m)
    return pm_all_single(numbers(values), m)


# ------------------------------------------------------------------------------------ solver ----


cdef pm_linalg lapack  # scipy's, for the methods that factorise matrices
lapack.dsyevd = dsyevd


cdef class CoreSolver:
    """A running method: the C solver and nothing else."""

    cdef pm_solver *c
    cdef readonly size_t n
    cdef readonly int stop
    cdef const pm_method *row

    def __cinit__(self):
        self.c = NULL
        self.stop = PM_RUNNING

    def __init__(self, str method, x0, lower, upper, *, bint has_gradient=False,
                 bint has_hessian=False, bint central=False, bint one_sided=False,
                 bint stochastic=False, steps=None, scale=None, integer=None, given=None,
                 design=None, dict options=None, size_t budget=0, size_t max_iter=0, key=(0, 0)):
        """`integer` (n,) says which variables are whole numbers. The first population of a method
        that has one begins with `given` (m, n); `design(m, n)` gives m points of the unit cube for
        the others.
        """
        cdef const pm_method *row = pm_method_named(method.encode())
        if row == NULL:
            raise ValueError(f"method={method!r} is not in the registry")
        cdef cnp.ndarray x = x0
        cdef size_t n = cnp.PyArray_DIM(x, 0)
        cdef cnp.ndarray first = vector(x0, n), low = vector(lower, n), high = vector(upper, n)
        cdef cnp.ndarray lengths, units, whole, points, cube
        cdef size_t size
        cdef pm_task task
        memset(&task, 0, sizeof(task))
        task.n = n
        task.x0 = numbers(first)
        task.lower = numbers(low)
        task.upper = numbers(high)
        task.has_gradient = has_gradient
        task.has_hessian = has_hessian
        task.central = central
        task.one_sided = one_sided
        task.stochastic = stochastic
        task.steps = NULL
        if steps is not None:
            lengths = vector(steps, n)
            task.steps = numbers(lengths)
        task.scale = NULL
        if scale is not None:
            units = vector(scale, n)
            task.scale = numbers(units)
        task.integer = NULL
        if integer is not None:
            whole = np.ascontiguousarray(integer, dtype=np.bool_)
            if <size_t>whole.size != n:
                raise ValueError(f"expected {n} truth values, got {whole.size}")
            task.integer = <const c_bool *>cnp.PyArray_DATA(whole)
        task.given = task.design = NULL
        task.n_given = task.n_design = 0
        if given is not None:
            task.n_given = len(given)
            points = vector(given.ravel(), task.n_given * n)
            task.given = numbers(points)
        task.stopping = row.stopping
        task.budget = budget
        task.max_iter = max_iter
        task.key[0], task.key[1] = key
        task.linalg = &lapack
        cdef void *block = calloc(1, row.options_size)
        if block == NULL:
            raise MemoryError
        try:
            pm_options_default(row.options, block)
            for name, value in (options or {}).items():
                known = set_option(row.options, block, name.encode(), value) or set_option(
                    pm_stopping_rows, &task.stopping, name.encode(), value)
                if not known:
                    raise ValueError(f"option {name!r} is not one of {method}")
            task.options = block
            size = pm_population(row, &task) if design is not None else 0
            if size > max(task.n_given, <size_t>1):
                task.n_design = size - max(task.n_given, <size_t>1)
                cube = vector(design(task.n_design, n).ravel(), task.n_design * n)
                task.design = numbers(cube)
            check(pm_solver_new(&self.c, row, &task))
        finally:
            free(block)
        self.n = n
        self.row = row

    def __dealloc__(self):
        pm_solver_free(self.c)

    def copy(self):
        """A solver that continues bit for bit like this one."""
        cdef CoreSolver twin = CoreSolver.__new__(CoreSolver)
        check(pm_solver_copy(&twin.c, self.c))
        twin.n = self.n
        twin.stop = self.stop
        twin.row = self.row
        return twin

    def at(self):
        """The present iterate and its value, as (x, f)."""
        cdef cnp.ndarray x = new_vector(self.n)
        cdef double f = pm_solver_at(self.c, numbers(x))
        return x, f

    @property
    def measures(self):
        """Names of what `measured` gives."""
        return measure_names(self.row)

    def measured(self):
        """What the method tells of itself after a step: a number for each of `measures`."""
        cdef cnp.ndarray told = new_vector(len(self.measures))
        told.fill(NAN)  # with every variable fixed there is nobody to tell
        pm_solver_measure(self.c, numbers(told))
        return told.tolist()

    def basins(self):
        """The minima met so far, lowest first, and how many descents began at uniform points.

        ([(x, f, descents that ended there, those of them from uniform points), ...], uniform), or
        None for a method that keeps no record.
        """
        cdef const pm_basins *b = pm_solver_basins(self.c)
        cdef cnp.ndarray x
        cdef size_t j
        if b == NULL:
            return None
        met = []
        for j in range(b.count):
            x = new_vector(self.n)
            pm_solver_complete(self.c, b.x + j * b.n, numbers(x))
            met.append((x, b.f[j], b.hits[j], b.sampled[j]))
        return met, b.uniform

    def parts(self):
        """The parts of a run that has several: [(name, method, reason, nfev, nit, f), ...].

        They are counted as the method counts; a batch that is under way is not in it yet.
        """
        cdef size_t count, j
        cdef const pm_part *p = pm_solver_parts(self.c, &count)
        told = []
        for j in range(count):
            method = None if p[j].method == NULL else p[j].method.decode()
            told.append((p[j].name.decode(), method, p[j].reason.decode(), p[j].nfev, p[j].nit,
                         p[j].f))
        return told

    def answer(self):
        """What the method would answer now: the average of iterates, or where its next step begins.

        Within a step, or after the last one, that is the present iterate.
        """
        cdef cnp.ndarray x = new_vector(self.n)
        cdef CoreSolver twin
        cdef pm_batch *b
        if pm_solver_answer(self.c, numbers(x)):
            return x
        twin = self.copy()
        if pm_ask(twin.c, &b) == PM_OK:
            memcpy(numbers(x), b.x, self.n * sizeof(double))
        return x


# --------------------------------------------------------------------------------- evaluator ----


cdef object on_host(value):
    """The value where numpy can read it: off its graph and device, out of a foreign array."""
    if hasattr(value, "detach"):  # a torch tensor: what its numbers were made of is of no concern
        return value.detach().cpu()
    if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
        return np.from_dlpack(value)
    return value


cdef str shown(value):
    """The value for an error message: cut where it is long, whatever its own `repr` may do."""
    try:
        text = repr(value)
    except Exception:
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 200 else f"{text[:200]}..."


# More than arrays of numpy can have: so deep a list is none, and may even be its own element.
cdef int MOST_DIMENSIONS = 64


cdef bint is_masked(value, int depth=0) except -1:
    """Whether masked values are among these: as plain numbers they would be 0 or NaN."""
    if isinstance(value, np.ma.MaskedArray):
        return np.ma.is_masked(value)
    if isinstance(value, (list, tuple)) and depth < MOST_DIMENSIONS:
        for x in value:
            if not PyFloat_CheckExact(x) and is_masked(x, depth + 1):
                return True
    return False


cdef bint is_real(x) except -1:
    """Whether one object, of whatever library, stands for a real number."""
    if isinstance(x, (kinds.Real, decimal.Decimal, np.bool_)):
        return not isinstance(x, np.timedelta64)  # to numpy it is an integer
    other = (kinds.Complex, str, bytes, np.generic, np.ndarray)
    return hasattr(type(x), "__float__") and not isinstance(x, other)


def as_real_array(what, value, expected):
    """What the user gave, as an array of doubles; whatever is no real number is an error.

    `what` introduces the value in the error: "x0=" or "fun returned ".
    """
    if pm_plain(<PyObject *>value):
        return value
    try:
        if is_masked(value):
            raise TypeError("it holds masked values")
        a = np.asarray(on_host(value))
        if a.dtype.kind not in "fiubO" or isinstance(value, bytearray):
            raise TypeError(f"it holds {a.dtype}")
        for x in a.flat if a.dtype.kind == "O" else ():
            if not is_real(x):
                raise TypeError(f"it holds {type(x).__name__}")
        return np.ascontiguousarray(a, dtype=np.float64).reshape(a.shape)
    except (TypeError, ValueError, OverflowError) as error:
        missing = value is None and what.endswith("returned ")
        why = "is a return statement missing?" if missing else error
        raise TypeError(f"{what}{shown(value)}, expected {expected}: {why}") from None


cdef double as_value(object result) except? -1.0:
    """What the objective returned, as a double: a real number, or an array that holds just one."""
    if PyFloat_CheckExact(result):
        return PyFloat_AS_DOUBLE(result)
    if isinstance(result, (float, np.floating)):
        return <double>result
    if isinstance(result, tuple) and len(result) == 2:
        raise TypeError(f"fun returned {shown(result)}, expected a real number, or jac=True for "
                        "(value, gradient)")
    a = as_real_array("fun returned ", result, "a real number")
    if a.size != 1:
        raise ValueError(f"fun returned an array of shape {a.shape}, expected a single number")
    return a.item()


cdef tuple as_pair(object result, str expected):
    """What the objective returned with jac=True, as the two that were expected."""
    if isinstance(result, (tuple, list)) and len(result) == 2:
        return tuple(result)
    hint = ": is a return statement missing?" if result is None else ""
    raise TypeError(f"jac=True, but fun returned {shown(result)}, expected {expected}{hint}")


cdef int copy_gradient(double *to, str what, object result, size_t n) except -1:
    """Copies the user's gradient, whatever its type, to n doubles."""
    cdef cnp.ndarray a
    if not pm_plain_vector(<PyObject *>result, n):
        result = as_real_array(what, result, f"{n} real numbers")
        if <size_t>result.size != n:
            raise ValueError(f"{what}an array of shape {result.shape}, expected ({n},)")
    a = result
    memcpy(to, numbers(a), n * sizeof(double))
    return 0


cdef int copy_rows(double *to, str what, object result, tuple shape) except -1:
    """Copies what a vectorised function returned; a further axis of length 1 does no harm."""
    expected = f"{shape} with vectorized=True"
    if what == "fun returned " and isinstance(result, tuple) and len(result) == 2:
        expected += ", or jac=True for (values, gradients)"
    a = as_real_array(what, result, f"real numbers of shape {expected}")
    if a.shape != shape and a.shape != (*shape, 1):
        raise ValueError(f"{what}an array of shape {a.shape}, expected {expected}")
    memcpy(to, numbers(a), a.size * sizeof(double))
    return 0


cdef void fill_nan(double *to, size_t count) noexcept:
    cdef size_t k
    for k in range(count):
        to[k] = NAN


# Numbers in the X of one call, 8 MiB: what a vectorised function computes with is of that size too.
cdef size_t MOST_NUMBERS = 1 << 20

# Beyond so many variables a turn of a method may take long; below, handing the interpreter's lock
# over and back would cost as much as the turn.
cdef size_t MUCH_WORK = 100


cdef pm_stop poll(void *self, c_bool step_done) noexcept with gil:
    return (<Evaluator>self).look(step_done)


cdef int number_of(str signature, list known) except -1:
    """The number of a C signature in its list."""
    if signature not in known:
        what = f"has the C signature {signature!r}" if signature else "is a capsule without a name"
        raise ValueError(f"fun {what}, expected one of: {'; '.join(known)}")
    return known.index(signature)


cdef class Evaluator:
    """Calls the objective, counts the calls, keeps the best point, and stops at the limits.

    The same C evaluator serves Python callables, compiled objectives and `Solver.tell`.
    """

    cdef pm_evaluator c
    cdef pm_compiled compiled
    cdef pm_watch watch
    cdef pm_box box
    cdef readonly bint is_compiled, has_gradient, vectorized
    cdef readonly size_t rejected, gradient_cost
    cdef readonly object last_error
    cdef public bint lenient  # errors of mathematics are points where fun is not defined
    cdef public object product  # of the Hessian with a vector, where a library can tell
    cdef object fun, pair, jac, capsule, on_step, products, raised
    cdef tuple args
    cdef dict kwargs
    cdef bint plain, reject_errors, deferred
    cdef str named_gradient  # in errors about what was returned
    cdef cnp.ndarray x, best_x, best_g, scratch, lower, upper, whole

    def __init__(self, size_t n, fun=None, *, jac=None, pair=None, size_t gradient_cost=0,
                 tuple args=(), dict kwargs=None, capsule=None, bint refuse_nan=False,
                 bint reject_errors=False, bint vectorized=False, bint deferred=False):
        """`fun` gives values, `jac` gradients, `pair` both; without `fun` values come from `pair`.

        A call of `jac` counts as `gradient_cost` evaluations, those it makes of the objective.
        `deferred`: `pair` gives the value and a function, without arguments, of the gradient.
        """
        self.fun = fun
        self.pair = pair
        self.args = args
        self.kwargs = kwargs or {}
        self.plain = not args and not kwargs
        self.jac = jac
        self.deferred = deferred
        some = "gradients" if vectorized else "gradient"
        self.named_gradient = "jac returned " if pair is None else f"fun returned as {some} "
        self.has_gradient = jac is not None or pair is not None
        self.gradient_cost = gradient_cost
        self.reject_errors = reject_errors
        self.vectorized = vectorized
        self.x = new_vector(n)
        self.best_x = new_vector(n)
        self.best_g = new_vector(n)
        pm_evaluator_start(&self.c, n, numbers(self.best_x), numbers(self.best_g))
        self.c.refuse_nan = refuse_nan
        self.keep_to(*no_bounds(n))
        self.is_compiled = capsule is not None
        if self.is_compiled:
            self.bind(capsule)

    cdef int bind(self, capsule) except -1:
        """Takes function, signature and data from the capsule of a `scipy.LowLevelCallable`."""
        cdef const char *signature = PyCapsule_GetName(capsule)
        if self.c.n > <size_t>INT_MAX:
            raise ValueError(
                f"a compiled objective takes at most {INT_MAX} variables, got {self.c.n}")
        text = "" if signature == NULL else signature.decode(errors="replace")
        self.take(text, <void (*)() noexcept>PyCapsule_GetPointer(capsule, signature),
                  PyCapsule_GetContext(capsule))
        self.scratch = new_vector(2 * self.c.n)
        self.compiled.x = numbers(self.scratch)
        self.compiled.g = numbers(self.scratch) + self.c.n
        self.capsule = capsule
        self.has_gradient = pm_has_gradient(&self.compiled)
        return 0

    cdef int take(self, str signature, void (*function)() noexcept, void *data) except -1:
        self.compiled.signature = number_of(signature, signatures())
        self.compiled.function = function
        self.compiled.data = data
        return 0

    def keep_to(self, lower, upper, integer=None):
        """No point outside these bounds (n,), or not whole where `integer` is, is evaluated.

        For the points of `batch` and of probes: those of a solver have passed the same gate.
        """
        cdef size_t n = self.c.n
        self.lower, self.upper = vector(lower, n), vector(upper, n)
        self.whole = None if integer is None else np.array(integer, dtype=np.bool_)
        self.box.n = n
        self.box.lower, self.box.upper = numbers(self.lower), numbers(self.upper)
        self.box.bounded = True
        self.box.integer = NULL
        if self.whole is not None:
            self.box.integer = <const c_bool *>cnp.PyArray_DATA(self.whole)
        self.box.inside = numbers(self.lower)  # of no concern: what is moved is not evaluated

    cdef bint admits(self, const double *x):
        """Whether x passes the gate as it is."""
        cdef cnp.ndarray copy = copied(x, 1, self.c.n)
        return not pm_admit(&self.box, numbers(copy), 1)

    def copy(self):
        """An evaluator with the same counts, limits and best point."""
        cdef Evaluator twin = Evaluator(
            self.c.n, self.fun, jac=self.jac, pair=self.pair, gradient_cost=self.gradient_cost,
            args=self.args, kwargs=self.kwargs, capsule=self.capsule,
            refuse_nan=self.c.refuse_nan, reject_errors=self.reject_errors,
            vectorized=self.vectorized, deferred=self.deferred)
        twin.has_gradient = self.has_gradient
        twin.keep_to(self.lower, self.upper, self.whole)
        pm_settle(&self.c)
        memcpy(numbers(twin.best_x), numbers(self.best_x), self.c.n * sizeof(double))
        memcpy(numbers(twin.best_g), numbers(self.best_g), self.c.n * sizeof(double))
        twin.c = self.c
        twin.c.best_x = numbers(twin.best_x)
        twin.c.best_g = numbers(twin.best_g)
        return twin

    # -- limits and counts

    @property
    def nfev(self):
        return self.c.nfev

    @property
    def njev(self):
        return self.c.njev

    @property
    def nit(self):
        return self.c.nit

    @property
    def max_evals(self):
        """Evaluations allowed in all, or None."""
        return None if self.c.max_evals == SIZE_MAX else self.c.max_evals

    @max_evals.setter
    def max_evals(self, value):
        self.c.max_evals = SIZE_MAX if value is None else value

    def limit(self, *, max_iter=None, seconds=None, target=None):
        """Sets the other limits; `seconds` counts from now."""
        self.c.max_iter = SIZE_MAX if max_iter is None else max_iter
        self.c.deadline = HUGE_VAL if seconds is None else pm_clock() + <double>seconds
        self.c.target = -HUGE_VAL if target is None else target

    def spent(self):
        """Why no further evaluation may be made, as a stop number; 0: one may."""
        return pm_spent(&self.c)

    cdef size_t room(self, bint gradient) noexcept:
        """Points that may still be evaluated, with their gradients or without."""
        cdef size_t left = self.c.max_evals - min(self.c.nfev, self.c.max_evals)
        return left // (1 + self.gradient_cost) if gradient else left

    cdef int refusal(self, bint gradient) except -1:
        """Why the next point must not be evaluated, or RUNNING.

        Signals are looked at here: an objective written in C never gives Python a chance to.
        """
        cdef pm_stop stop = pm_spent(&self.c)
        cdef bint dear = gradient and self.gradient_cost > 0
        PyErr_CheckSignals()
        return PM_EVALUATIONS if stop == PM_RUNNING and dear and self.room(True) == 0 else stop

    @property
    def best_f(self):
        return self.c.best_f

    @property
    def reached(self):
        """Whether a value at or below the target has been found."""
        return self.c.reached

    @property
    def best(self):
        """The best point evaluated, as (x, f, gradient or None); x may be None too, at first."""
        if self.c.best_f == HUGE_VAL:
            return None, self.c.best_f, None
        pm_settle(&self.c)
        return self.best_x.copy(), self.c.best_f, self.best_g.copy() if self.c.best_has_g else None

    def forget(self):
        """Begins a new record of the best point; counts and limits go on."""
        self.c.best_f = HUGE_VAL
        self.c.best_has_g = False

    def recall(self, x, double f, g=None):
        """Goes on with a record of the best point made earlier, as `best` gives it."""
        self.forget()
        if x is None:
            return
        memcpy(numbers(self.best_x), numbers(vector(x, self.c.n)), self.c.n * sizeof(double))
        self.c.best_f = f
        self.c.best_has_g = g is not None
        if g is not None:
            memcpy(numbers(self.best_g), numbers(vector(g, self.c.n)), self.c.n * sizeof(double))

    # -- one evaluation

    cdef object point(self, const double *x):
        """x as an array for the user: the one used last, unless somebody has kept it."""
        cdef size_t n = self.c.n
        if not pm_reusable(<PyObject *>self.x, n):  # a cast: no reference of our own
            self.x = new_vector(n)
        memcpy(numbers(self.x), x, n * sizeof(double))
        return self.x

    cdef object call(self, function, const double *x):
        if self.plain:
            return function(self.point(x))
        return function(self.point(x), *self.args, **self.kwargs)

    cdef bint rejects(self, error, size_t m) noexcept:
        """Whether an exception makes m bad points of those it is about, and no end."""
        cdef bint undefined = self.lenient and isinstance(error, (ValueError, ArithmeticError))
        if self.reject_errors or undefined:
            self.rejected += m
            self.last_error = error
        return self.reject_errors or undefined

    cdef int call_python(self, const double *x, double *f, double *g) except -1:
        """The value, and the gradient unless g is NULL; whether that was asked for.

        A value that was returned is on record before an exception of the gradient goes on.
        """
        cdef bint paired = self.pair is not None and (g != NULL or self.fun is None)
        try:
            result = self.call(self.pair if paired else self.fun, x)
        except Exception as error:
            if not self.rejects(error, 1):
                raise
            f[0] = NAN
            return 0
        slope = None
        if paired:
            result, slope = as_pair(result, "(value, gradient)")
        f[0] = as_value(result)
        if g != NULL and pm_plain_vector(<PyObject *>slope, self.c.n):
            memcpy(g, numbers(slope), self.c.n * sizeof(double))
        elif g != NULL:
            try:
                self.call_gradient(x, slope, g)
            except BaseException:
                pm_record(&self.c, x, f, NULL)
                raise
        return g != NULL

    cdef int call_gradient(self, const double *x, object slope, double *g) except -1:
        """The gradient, which `pair` may have given; NaN where an exception of it is rejected."""
        try:
            if self.jac is not None:
                slope = self.call(self.jac, x)
            elif self.deferred:
                slope = slope()
        except Exception as error:
            if not self.rejects(error, 1):
                raise
            fill_nan(g, self.c.n)
            return 0
        return copy_gradient(g, self.named_gradient, slope, self.c.n)

    cdef int evaluate(self, const double *x, double *f, double *g) except -1:
        """Evaluates and records; returns the reason to stop, or RUNNING."""
        if self.c.repeating and pm_recall(&self.c, x, f, g):
            return PM_RUNNING
        if self.is_compiled:
            f[0] = pm_call(&self.compiled, self.c.n, x, g)
        elif not self.call_python(x, f, g):
            g = NULL
        if g != NULL:
            self.c.nfev += self.gradient_cost
        cdef pm_stop stop = pm_record(&self.c, x, f, g)
        if stop == PM_NAN_VALUE:
            self.raise_nan(x)
        return stop

    cdef int evaluate_lent(self, pm_batch *b) except -1:
        """The same for the one point of a batch that is lent."""
        if self.c.repeating and pm_recall(&self.c, b.x, b.f, b.g):
            return PM_RUNNING
        cdef bint sloped = self.call_python(b.x, b.f, b.g)
        if sloped:
            self.c.nfev += self.gradient_cost
        cdef pm_stop stop = (
            pm_record_lent(&self.c, b) if sloped else pm_record(&self.c, b.x, b.f, NULL))
        if stop == PM_NAN_VALUE:
            self.raise_nan(b.x)
        return stop

    cdef int raise_nan(self, const double *x) except -1:
        raise ValueError(f"nan_policy='raise': fun returned nan at x={copied(x, 1, self.c.n)[0]}")

    # -- many evaluations by one call

    cdef object call_rows(self, function, const double *x, size_t m):
        return function(copied(x, m, self.c.n), *self.args, **self.kwargs)  # his own X, to keep

    cdef int call_vectorized(self, size_t m, const double *x, double *f, double *g) except -1:
        """The values at x[m][n], and the gradients unless g is NULL: as `call_python` does it."""
        cdef size_t j
        cdef bint paired = self.pair is not None and (g != NULL or self.fun is None)
        try:
            result = self.call_rows(self.pair if paired else self.fun, x, m)
        except Exception as error:
            if not self.rejects(error, m):
                raise
            fill_nan(f, m)
            return 0
        slopes = None
        if paired:
            result, slopes = as_pair(result, "(values, gradients)")
        copy_rows(f, "fun returned ", result, (m,))
        if g != NULL:
            try:
                self.call_gradients(m, x, slopes, g)
            except BaseException:
                for j in range(m):
                    pm_record(&self.c, x + j * self.c.n, f + j, NULL)
                raise
        return g != NULL

    cdef int call_gradients(self, size_t m, const double *x, object slopes, double *g) except -1:
        try:
            if self.jac is not None:
                slopes = self.call_rows(self.jac, x, m)
            elif self.deferred:
                slopes = slopes()
        except Exception as error:
            if not self.rejects(error, m):
                raise
            fill_nan(g, m * self.c.n)
            return 0
        return copy_rows(g, self.named_gradient, slopes, (m, self.c.n))

    cdef int evaluate_call(
            self, size_t m, const double *x, double *f, double *g, bint probing) except -1:
        """Evaluates x[m][n] by one call and records all of it; returns the first reason to stop."""
        cdef pm_stop stop = PM_RUNNING, recorded
        cdef size_t n = self.c.n, j, first = 0
        if not self.call_vectorized(m, x, f, g):
            g = NULL
        if g != NULL:
            self.c.nfev += m * self.gradient_cost
        for j in range(m):
            recorded = pm_record(&self.c, x + j * n, f + j, NULL if g == NULL else g + j * n)
            if stop == PM_RUNNING and (recorded == PM_NAN_VALUE or not probing):
                stop, first = recorded, j
        if stop == PM_NAN_VALUE:
            self.raise_nan(x + first * n)
        return stop

    cdef int evaluate_rows(
            self, size_t m, const double *x, double *f, double *g, bint probing) except -1:
        """Evaluates x[m][n], within the limits; returns the first reason to stop, or RUNNING.

        A call is completed. For a `probing` classification -inf is none, and what a call has met
        ends the next one.
        """
        cdef size_t n = self.c.n, most = max(<size_t>1, MOST_NUMBERS // n), done = 0, count
        cdef pm_stop stop = PM_RUNNING
        if self.c.repeating and pm_recall(&self.c, x, f, g):
            done = 1
        while done < m and stop == PM_RUNNING:
            stop = self.refusal(g != NULL)
            if stop == PM_RUNNING:
                count = min(m - done, most, self.room(g != NULL))
                stop = self.evaluate_call(
                    count, x + done * n, f + done, NULL if g == NULL else g + done * n, probing)
                done += count
        return stop

    def batch(self, X, bint gradients=False):
        """Evaluates the rows of X (m, n), within the limits.

        Returns (stop, F, G): the reason why it ended early, or 0; the values (m,), nan counting
        as +inf; and the gradients (m, n), or None if not asked for. A row outside the bounds, or
        that arithmetic on huge numbers has made infinite, is not evaluated and counts as +inf.
        """
        cdef cnp.ndarray points = cnp.PyArray_FROMANY(
            X, cnp.NPY_DOUBLE, 2, 2, cnp.NPY_ARRAY_CARRAY_RO)
        cdef size_t m = cnp.PyArray_DIM(points, 0), n = self.c.n, j
        cdef cnp.ndarray values = new_vector(m), slopes = None
        cdef pm_stop stop = PM_RUNNING
        cdef double value
        cdef double *g = NULL
        for j in range(m):
            numbers(values)[j] = HUGE_VAL
        if gradients:
            slopes = table(m, n)
            memset(numbers(slopes), 0, m * n * sizeof(double))
        if pm_admit(&self.box, numbers(points.copy()), m):
            there = [j for j in range(m) if self.admits(numbers(points) + j * n)]
            stop, found, sloped = self.batch(points[there], gradients)
            values[there] = found
            if gradients:
                slopes[there] = sloped
            return stop, values, slopes
        if self.vectorized:
            g = numbers(slopes) if gradients else NULL
            stop = self.evaluate_rows(m, numbers(points), numbers(values), g, True)
            return stop, values, slopes
        for j in range(m):
            stop = self.refusal(gradients)
            if stop != PM_RUNNING:
                break
            g = numbers(slopes) + j * n if gradients else NULL
            self.evaluate(numbers(points) + j * n, &value, g)
            numbers(values)[j] = value
        return stop, values, slopes

    cdef double probe(self, const double *x, double *g) except? -1.0:
        """The value at a point, and its gradient; +inf if they are no numbers or it must not be."""
        cdef double f = HUGE_VAL
        if not self.admits(x):
            return f
        if self.vectorized:
            self.evaluate_rows(1, x, &f, g, True)
        elif self.refusal(True) == PM_RUNNING:
            self.evaluate(x, &f, g)
        return f

    def look_beside(self, x0, d, double length, lower, upper):
        """Evaluates x0 and the point x0 + length d, moved into the box, with their gradients.

        Returns the two as (x, f, g), and what they say of the way from the first to the second:
        change, predicted, size and turned of `pm_way`. What is not to be had, because of a limit
        or the target, or because it is not finite, is None.
        """
        cdef size_t n = self.c.n
        cdef cnp.ndarray x = vector(x0, n), p = new_vector(n), to = vector(d, n)
        cdef cnp.ndarray low = vector(lower, n), high = vector(upper, n)
        cdef cnp.ndarray g_x = new_vector(n), g_p = new_vector(n)
        cdef pm_place here, there
        cdef pm_way way
        here.x, here.g, here.f = numbers(x), numbers(g_x), self.probe(numbers(x), numbers(g_x))
        if self.reached or not isfinite(here.f):
            return None, None, None
        start = x, here.f, g_x
        pm_along(numbers(p), numbers(x), length, numbers(to), numbers(low), numbers(high), n)
        there.x, there.g, there.f = numbers(p), numbers(g_p), self.probe(numbers(p), numbers(g_p))
        if self.reached or not isfinite(there.f):
            return start, None, None
        way = pm_way_between(&there, &here, n)
        return start, (p, there.f, g_p), (way.change, way.predicted, way.size, way.turned)

    # -- the loop

    def run(self, CoreSolver solver, on_step=None, products=None, bint repeating=False):
        """Runs the solver until it, a limit or `on_step` ends it; returns why, as a stop number.

        `on_step(solver)` is called after each step; a true answer, or StopIteration, ends the run.
        `products(x, V)` multiplies the Hessian at x with the rows of V (m, n): for a solver that
        was made to have it.
        `repeating`: the best point has just been evaluated, and is not again if the solver asks
        for it first. Not for one that is the lowest of many: noise may have made it so.
        """
        if solver.n != self.c.n:
            raise ValueError(f"the solver has {solver.n} variables, the objective {self.c.n}")
        self.on_step = on_step
        self.products = products
        self.c.repeating = repeating
        self.look_out(solver)
        try:
            if self.is_compiled and products is None:
                solver.stop = self.run_compiled(solver)
            elif self.vectorized:
                solver.stop = self.run_vectorized(solver)
            else:
                solver.stop = self.run_python(solver)
        finally:
            pm_lookout_start(pm_solver_lookout(solver.c), NULL, HUGE_VAL)
            pm_settle(&self.c)
            self.c.repeating = False
            self.on_step = self.products = None
        return solver.stop

    cdef int look_out(self, CoreSolver solver) except -1:
        """While the solver works, it looks at the time and at signals by this evaluator."""
        self.watch.poll = poll
        self.watch.self = <void *>self
        self.watch.each_step = self.on_step is not None
        self.raised = None
        pm_lookout_start(pm_solver_lookout(solver.c), &self.watch, self.c.deadline)
        return 0

    cdef int ask_solver(self, CoreSolver solver, pm_batch **b) except -1:
        """The next batch, or why to end; where it may be long work, without Python's lock."""
        cdef pm_error error
        if solver.n > MUCH_WORK:
            with nogil:
                error = pm_ask(solver.c, b)
        else:
            error = pm_ask(solver.c, b)
        self.raise_called_off(solver, error)
        return pm_solver_lookout(solver.c).stop

    cdef int tell_solver(self, CoreSolver solver, pm_turn *turn, pm_stop *stop) except -1:
        """The same for its answers."""
        cdef pm_error error
        if solver.n > MUCH_WORK:
            with nogil:
                error = pm_tell(solver.c, turn, stop)
        else:
            error = pm_tell(solver.c, turn, stop)
        return self.raise_called_off(solver, error)

    cdef int raise_called_off(self, CoreSolver solver, pm_error error) except -1:
        """After a method was called off in its work, the solver goes on no more."""
        if self.raised is not None:
            solver.stop = PM_INTERRUPTED
        return self.raise_kept(error)

    cdef int raise_kept(self, pm_error error) except -1:
        """Raises what a look at signals has met while the core was working, or the core's error."""
        check(error)
        if self.raised is not None:
            raised, self.raised = self.raised, None
            raise raised
        return 0

    cdef int run_python(self, CoreSolver solver) except -1:
        cdef pm_batch *b
        cdef pm_stop stop = self.refusal(True)
        while stop == PM_RUNNING:
            stop = self.ask_solver(solver, &b)
            pm_let_go(&self.c, b)
            if stop == PM_RUNNING:
                stop = self.multiply(b) if b.wants == PM_HV else self.evaluate_each(b)
            if stop == PM_RUNNING:
                stop = self.finish_turn(solver)
            if stop == PM_RUNNING:
                stop = self.refusal(True)  # before the ask: it may overwrite what is held
        return stop

    cdef int evaluate_each(self, pm_batch *b) except -1:
        """Evaluates the points of a batch; that the first one may be is known already."""
        cdef pm_stop stop = PM_RUNNING
        cdef size_t j
        for j in range(b.count):
            if j > 0:
                stop = self.refusal(True)
            if stop == PM_RUNNING and b.lent != PM_OWN:
                stop = self.evaluate_lent(b)
            elif stop == PM_RUNNING:
                stop = self.evaluate(
                    b.x + j * b.n, b.f + j, b.g + j * b.n if b.wants == PM_FG else NULL)
            if stop != PM_RUNNING:
                break
        return stop

    cdef int run_vectorized(self, CoreSolver solver) except -1:
        cdef pm_batch *b
        cdef pm_stop stop = PM_RUNNING
        cdef double *g
        while stop == PM_RUNNING:
            stop = self.ask_solver(solver, &b)
            if stop == PM_RUNNING and b.wants == PM_HV:
                stop = self.multiply(b)
            elif stop == PM_RUNNING:
                g = b.g if b.wants == PM_FG else NULL
                stop = self.evaluate_rows(b.count, b.x, b.f, g, False)
            if stop == PM_RUNNING:
                stop = self.finish_turn(solver)
        return stop

    cdef int multiply(self, pm_batch *b) except -1:
        """Products of the Hessian, all those at one point together; they are no evaluations."""
        cdef size_t n = b.n, first = 0, end
        cdef pm_stop stop = PM_RUNNING
        while first < b.count:
            stop = self.refusal(False)
            if stop != PM_RUNNING:
                break
            end = first + 1
            while end < b.count and memcmp(b.x + first * n, b.x + end * n, n * sizeof(double)) == 0:
                end += 1
            m = end - first
            x, V = copied(b.x + first * n, 1, n)[0], copied(b.v + first * n, m, n)
            copy_rows(b.hv + first * n, "the products are ", self.products(x, V), (m, n))
            first = end
        return stop

    cdef int finish_turn(self, CoreSolver solver) except -1:
        """Tells the solver, counts the step if there is one, and says why to stop, or RUNNING."""
        cdef pm_turn turn
        cdef pm_stop stop, limit, asked
        self.tell_solver(solver, &turn, &stop)
        if turn == PM_MID_STEP:
            return stop
        limit = pm_count_step(&self.c)
        asked = self.after_step(solver)
        return asked if asked != PM_RUNNING else stop if stop != PM_RUNNING else limit

    cdef int after_step(self, CoreSolver solver) except -1:
        return PM_RUNNING if self.on_step is None else self.ask_user(solver)

    cdef int ask_user(self, solver) except -1:
        try:
            return PM_CALLBACK if self.on_step(solver) else PM_RUNNING
        except StopIteration:
            return PM_CALLBACK

    cdef int run_compiled(self, CoreSolver solver) except -1:
        cdef pm_stop stop
        cdef pm_error error
        on_step = self.on_step
        self.on_step = None if on_step is None else (on_step, solver)
        with nogil:
            error = self.drive(solver.c, &self.watch, &stop)
        self.on_step = on_step
        self.raise_kept(error)
        if stop == PM_NAN_VALUE:
            raise ValueError("nan_policy='raise': fun returned nan")
        return stop

    cdef pm_error drive(
            self, pm_solver *solver, const pm_watch *watch, pm_stop *stop) noexcept nogil:
        return pm_drive(solver, &self.c, &self.compiled, watch, stop)

    cdef pm_stop look(self, bint step_done) noexcept:
        """Signals, and the user's callback after a step; an exception is kept and ends the run."""
        try:
            PyErr_CheckSignals()
            if not step_done:
                return PM_RUNNING
            on_step, solver = self.on_step
            return PM_CALLBACK if on_step(solver) else PM_RUNNING
        except StopIteration:
            return PM_CALLBACK
        except BaseException as error:
            self.raised = error
            return PM_INTERRUPTED

    # -- the user's own loop

    def ask(self, CoreSolver solver):
        """The points asked for, as (X of shape (m, n), whether gradients are asked for too)."""
        cdef pm_batch *b = pm_asked(solver.c)
        self.look_out(solver)
        # An exception may have come between the last ask and its answer: then it is that batch.
        if not (solver.stop == PM_RUNNING and pm_waiting(solver.c)):
            self.ask_solver(solver, &b)
        return copied(b.x, b.count, b.n), b.wants == PM_FG

    def tell(self, CoreSolver solver, X, F, G=None):
        """Records values F (m,) and gradients G (m, n) of the points X, then tells the solver."""
        cdef cnp.ndarray points = X, values = F.copy(), slopes
        cdef size_t m = cnp.PyArray_DIM(points, 0), n = self.c.n, j
        cdef pm_stop stop = PM_RUNNING, recorded
        cdef pm_turn turn
        cdef double *g = NULL
        if G is not None:
            slopes = G
            g = numbers(slopes)
        for j in range(m):
            recorded = pm_record(&self.c, numbers(points) + j * n, numbers(values) + j,
                                 NULL if g == NULL else g + j * n)
            stop = recorded if stop == PM_RUNNING else stop
        self.look_out(solver)
        self.hand_over(solver, values, g)
        self.tell_solver(solver, &turn, &recorded)
        if turn != PM_MID_STEP:
            pm_count_step(&self.c)
        solver.stop = stop if stop != PM_RUNNING else recorded
        return solver.stop

    cdef int hand_over(self, CoreSolver solver, cnp.ndarray values, const double *g) except -1:
        cdef pm_batch *b = pm_asked(solver.c)
        memcpy(b.f, numbers(values), b.count * sizeof(double))
        if g != NULL:
            memcpy(b.g, g, b.count * b.n * sizeof(double))
        return 0


# ------------------------------------------------------------------------------- mini-batches ----


cdef class SampledEvaluator(Evaluator):
    """An objective that is a mean over samples and is told which: ``fun(x, indices)``.

    These are all the samples, but for the steps of an `epoch`: there they are a mini-batch each.
    """

    cdef pm_samples samples
    cdef readonly cnp.ndarray everything
    cdef cnp.ndarray order, indices

    def __init__(self, size_t n, fun=None, *, size_t n_samples, **given):
        if n_samples > <size_t>INT_MAX:
            raise ValueError(f"n_samples={n_samples}, expected at most {INT_MAX}")
        self.everything = np.arange(n_samples, dtype=np.int64)
        self.everything.flags.writeable = False
        self.hand_out(self.everything, n_samples)
        super().__init__(n, fun, **given)

    cdef int hand_out(self, cnp.ndarray order, size_t size) except -1:
        """From now on the samples are handed out in this order, `size` of them to a step."""
        self.order = order
        pm_samples_start(&self.samples, <const int64_t *>cnp.PyArray_DATA(order),
                         cnp.PyArray_DIM(order, 0), size)
        return self.turn_to_batch()

    cdef int turn_to_batch(self) except -1:
        cdef size_t first = self.samples.first
        self.indices = self.order[first:first + pm_samples_batch(&self.samples)]
        return 0

    cdef int take(self, str signature, void (*function)() noexcept, void *data) except -1:
        # ctypes knows int64_t by another of its names, on most platforms this one.
        integer = "long" if sizeof(long) == sizeof(int64_t) else "longlong"
        signature = re.sub(rf"\b{integer} \*", "int64_t *", signature)
        self.samples.signature = number_of(signature, signatures(sampled=True))
        self.samples.function = function
        self.samples.data = data
        pm_samples_bind(&self.samples, &self.compiled)
        return 0

    cdef object call(self, function, const double *x):
        if self.plain:
            return function(self.point(x), self.indices)
        return function(self.point(x), self.indices, *self.args, **self.kwargs)

    cdef int call_python(self, const double *x, double *f, double *g) except -1:
        cdef bint sloped = Evaluator.call_python(self, x, f, g)
        pm_samples_note(&self.samples, f[0])
        return sloped

    cdef int after_step(self, CoreSolver solver) except -1:
        pm_samples_advance(&self.samples)
        self.turn_to_batch()
        return Evaluator.after_step(self, solver)

    cdef pm_error drive(
            self, pm_solver *solver, const pm_watch *watch, pm_stop *stop) noexcept nogil:
        return pm_drive_samples(solver, &self.c, &self.compiled, &self.samples, watch, stop)

    def epoch(self, CoreSolver solver, cnp.ndarray order, size_t batch_size):
        """One pass over the samples in this order (n_samples,), a step to each mini-batch.

        Returns (stop, loss, first, seen): why it ended early, or 0; the mean of the values that the
        batches had when it was their turn; the value of the first one; and the samples that the
        loss is the mean of. The record of the best point is left alone, and the target is of no
        concern: both are about all samples.
        """
        cdef size_t count = cnp.PyArray_DIM(order, 0)
        cdef size_t end = self.c.nit + (count + batch_size - 1) // batch_size
        cdef size_t max_iter = self.c.max_iter, seen
        cdef double target = self.c.target, total, first
        cdef pm_stop stop
        best = self.best
        self.forget()
        self.c.target = -HUGE_VAL
        self.c.max_iter = min(max_iter, end)
        self.hand_out(order, batch_size)
        try:
            stop = self.run(solver)
        finally:
            seen, total, first = self.samples.seen, self.samples.sum, self.samples.first_f
            self.hand_out(self.everything, cnp.PyArray_DIM(self.everything, 0))
            self.c.max_iter = max_iter
            self.c.target = target
            self.recall(*best)
        if stop == PM_ITERATIONS and self.c.nit < max_iter:
            stop = PM_RUNNING
        return stop, total / seen if seen > 0 else NAN, first, seen

    def measure(self, x):
        """The value at x on all samples: counted, recorded, and no limit looked at."""
        cdef cnp.ndarray point = vector(x, self.c.n)
        cdef double f
        self.evaluate(numbers(point), &f, NULL)
        return f
