# What the package drives: points of its own, a solver's run, the user's own loop. Uses arrays,
# returned, registry, solver, objective, rows.

cimport numpy as cnp
from cpython.exc cimport PyErr_CheckSignals
from libc.math cimport HUGE_VAL
from libc.string cimport memcmp, memcpy, memset


# Beyond so many variables a turn of a method may take long; below, handing the interpreter's lock
# over and back would cost as much as the turn.
cdef size_t MUCH_WORK = 100


cdef pm_stop poll(void *self, c_bool step_done) noexcept with gil:
    return (<Evaluator>self).look(step_done)


cdef class Evaluator(Objective):
    """Evaluates for those who need it: a running solver, a check that has points of its own.

    The same C evaluator serves Python callables, compiled objectives and `Solver.tell`.
    """

    cdef pm_watch watch
    cdef object on_step, products, raised

    def copy(self):
        """An evaluator with the same counts, limits and best point."""
        cdef Evaluator twin = Evaluator(
            self.c.n, self.fun, jac=self.jac, pair=self.pair, gradient_cost=self.gradient_cost,
            args=self.args, kwargs=self.kwargs, capsule=self.capsule,
            refuse_nan=self.c.refuse_nan, reject_errors=self.reject_errors,
            vectorized=self.vectorized, deferred=self.deferred)
        twin.has_gradient = self.has_gradient
        twin.keep_to(self.lower, self.upper, self.whole)
        twin.start_as(self)
        return twin

    # -- points of others

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
            stop = evaluate_rows(self, m, numbers(points), numbers(values), g, True)
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
            evaluate_rows(self, 1, x, &f, g, True)
        elif self.refusal(True) == PM_RUNNING:
            self.evaluate(x, &f, g)
        return f

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

    @cython.final
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

    @cython.final
    cdef int tell_solver(self, CoreSolver solver, pm_turn *turn, pm_stop *stop) except -1:
        """The same for its answers."""
        cdef pm_error error
        if solver.n > MUCH_WORK:
            with nogil:
                error = pm_tell(solver.c, turn, stop)
        else:
            error = pm_tell(solver.c, turn, stop)
        return self.raise_called_off(solver, error)

    @cython.final
    cdef int raise_called_off(self, CoreSolver solver, pm_error error) except -1:
        """After a method was called off in its work, the solver goes on no more."""
        if self.raised is not None:
            solver.stop = PM_INTERRUPTED
        return self.raise_kept(error)

    @cython.final
    cdef int raise_kept(self, pm_error error) except -1:
        """Raises what a look at signals has met while the core was working, or the core's error."""
        check(error)
        if self.raised is not None:
            raised, self.raised = self.raised, None
            raise raised
        return 0

    @cython.final
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
                stop = self.refusal(True)  # before the ask: it may overwrite what is kept
        return stop

    @cython.final
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

    @cython.final
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
                stop = evaluate_rows(self, b.count, b.x, b.f, g, False)
            if stop == PM_RUNNING:
                stop = self.finish_turn(solver)
        return stop

    @cython.final
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

    @cython.final
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

    @cython.final
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
