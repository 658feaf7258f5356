# A running method. Uses arrays, registry.

from libc.math cimport NAN
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset
from scipy.linalg.cython_lapack cimport dsyevd

import numpy as np


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
        told.fill(NAN)  # with every variable fixed no method runs
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


def enough_starts(size_t w):
    """The fewest independent starts after which no more minima are expected than the w known."""
    return pm_enough_starts(w)
