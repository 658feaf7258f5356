# Counts, limits and the best point: the C evaluator. Uses arrays.

cimport numpy as cnp
from cpython.exc cimport PyErr_CheckSignals
from libc.math cimport HUGE_VAL
from libc.stdint cimport SIZE_MAX
from libc.string cimport memcpy


cdef class Record:
    """Counts evaluations, keeps the best point, and holds the limits."""

    cdef pm_evaluator c
    cdef readonly size_t gradient_cost
    cdef cnp.ndarray best_x, best_g

    cdef int start(self, size_t n, size_t gradient_cost) except -1:
        """Begins with nothing counted and no limits; a gradient costs so many evaluations."""
        self.gradient_cost = gradient_cost
        self.best_x = new_vector(n)
        self.best_g = new_vector(n)
        pm_evaluator_start(&self.c, n, numbers(self.best_x), numbers(self.best_g))
        return 0

    cdef int start_as(self, Record other) except -1:
        """Begins with the counts, limits and best point of another one."""
        pm_settle(&other.c)
        memcpy(numbers(self.best_x), numbers(other.best_x), other.c.n * sizeof(double))
        memcpy(numbers(self.best_g), numbers(other.best_g), other.c.n * sizeof(double))
        self.c = other.c
        self.c.best_x = numbers(self.best_x)
        self.c.best_g = numbers(self.best_g)
        return 0

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

    @cython.final
    cdef size_t room(self, bint gradient) noexcept:
        """Points that may still be evaluated, with their gradients or without."""
        cdef size_t left = self.c.max_evals - min(self.c.nfev, self.c.max_evals)
        return left // (1 + self.gradient_cost) if gradient else left

    @cython.final
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

    def set_best(self, x, double f, g=None):
        """Goes on with a record of the best point made earlier, as `best` gives it."""
        self.forget()
        if x is None:
            return
        memcpy(numbers(self.best_x), numbers(vector(x, self.c.n)), self.c.n * sizeof(double))
        self.c.best_f = f
        self.c.best_has_g = g is not None
        if g is not None:
            memcpy(numbers(self.best_g), numbers(vector(g, self.c.n)), self.c.n * sizeof(double))
