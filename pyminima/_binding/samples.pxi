# An objective that is a mean over samples, for mini-batches. Uses arrays, registry, solver,
# evaluator.

cimport numpy as cnp
from libc.limits cimport INT_MAX
from libc.math cimport HUGE_VAL, NAN
from libc.stdint cimport int64_t

import re

import numpy as np


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
        pm_samples_start(&self.samples, <int64_t *>cnp.PyArray_DATA(order),
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
            self.set_best(*best)
        if stop == PM_ITERATIONS and self.c.nit < max_iter:
            stop = PM_RUNNING
        return stop, total / seen if seen > 0 else NAN, first, seen

    def measure(self, x):
        """The value at x on all samples: counted, recorded, and no limit looked at."""
        cdef cnp.ndarray point = vector(x, self.c.n)
        cdef double f
        self.evaluate(numbers(point), &f, NULL)
        return f
