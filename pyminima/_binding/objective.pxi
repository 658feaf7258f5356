# The user's objective at one point: called, counted and recorded. Uses arrays, registry, returned,
# record.

cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetContext, PyCapsule_GetName, PyCapsule_GetPointer
from libc.limits cimport INT_MAX
from libc.math cimport NAN
from libc.string cimport memcpy

import numpy as np


cdef int number_of(str signature, list known) except -1:
    """The number of a C signature in its list."""
    if signature not in known:
        what = f"has the C signature {signature!r}" if signature else "is a capsule without a name"
        raise ValueError(f"fun {what}, expected one of: {'; '.join(known)}")
    return known.index(signature)


cdef class Objective(Record):
    """Calls the user's functions at one point, or a compiled one, and records what they gave."""

    cdef pm_compiled compiled
    cdef pm_box box
    cdef readonly bint is_compiled, has_gradient, vectorized
    cdef readonly size_t rejected
    cdef readonly object last_error
    cdef public bint lenient  # errors of mathematics are points where fun is not defined
    cdef public object product  # of the Hessian with a vector, where a library can tell
    cdef object fun, pair, jac, capsule
    cdef tuple args
    cdef dict kwargs
    cdef bint plain, reject_errors, deferred
    cdef str named_gradient  # in errors about what was returned
    cdef cnp.ndarray x, scratch, lower, upper, whole

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
        self.reject_errors = reject_errors
        self.vectorized = vectorized
        self.x = new_vector(n)
        self.start(n, gradient_cost)
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

    @cython.final
    cdef bint admits(self, const double *x):
        """Whether x passes the gate as it is."""
        cdef cnp.ndarray copy = copied(x, 1, self.c.n)
        return not pm_admit(&self.box, numbers(copy), 1)

    @cython.final
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

    @cython.final
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

    @cython.final
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

    @cython.final
    cdef int evaluate(self, const double *x, double *f, double *g) except -1:
        """Evaluates and records; returns the reason to stop, or RUNNING."""
        if self.c.repeating and pm_repeat(&self.c, x, f, g):
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

    @cython.final
    cdef int evaluate_lent(self, pm_batch *b) except -1:
        """The same for the one point of a batch that is lent."""
        if self.c.repeating and pm_repeat(&self.c, b.x, b.f, b.g):
            return PM_RUNNING
        cdef bint sloped = self.call_python(b.x, b.f, b.g)
        if sloped:
            self.c.nfev += self.gradient_cost
        cdef pm_stop stop = (
            pm_record_lent(&self.c, b) if sloped else pm_record(&self.c, b.x, b.f, NULL))
        if stop == PM_NAN_VALUE:
            self.raise_nan(b.x)
        return stop

    @cython.final
    cdef int raise_nan(self, const double *x) except -1:
        raise ValueError(f"nan_policy='raise': fun returned nan at x={copied(x, 1, self.c.n)[0]}")
