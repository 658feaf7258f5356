# A vectorised objective `o`: many points by one call, counted and recorded. Uses arrays, returned,
# objective.


# Numbers in the X of one call, 8 MiB: what a vectorised function computes with is of that size too.
cdef size_t MOST_NUMBERS = 1 << 20


cdef object call_rows(Objective o, function, const double *x, size_t m):
    return function(copied(x, m, o.c.n), *o.args, **o.kwargs)  # a copy, which the user may keep


cdef int call_vectorized(Objective o, size_t m, const double *x, double *f, double *g) except -1:
    """The values at x[m][n], and the gradients unless g is NULL: as `call_python` does it."""
    cdef size_t j
    cdef bint paired = o.pair is not None and (g != NULL or o.fun is None)
    try:
        result = call_rows(o, o.pair if paired else o.fun, x, m)
    except Exception as error:
        if not o.rejects(error, m):
            raise
        fill_nan(f, m)
        return 0
    slopes = None
    if paired:
        result, slopes = as_pair(result, "(values, gradients)")
    copy_rows(f, "fun returned ", result, (m,))
    if g != NULL:
        try:
            call_gradients(o, m, x, slopes, g)
        except BaseException:
            for j in range(m):
                pm_record(&o.c, x + j * o.c.n, f + j, NULL)
            raise
    return g != NULL


cdef int call_gradients(Objective o, size_t m, const double *x, object slopes, double *g) except -1:
    try:
        if o.jac is not None:
            slopes = call_rows(o, o.jac, x, m)
        elif o.deferred:
            slopes = slopes()
    except Exception as error:
        if not o.rejects(error, m):
            raise
        fill_nan(g, m * o.c.n)
        return 0
    return copy_rows(g, o.named_gradient, slopes, (m, o.c.n))


cdef int evaluate_call(
        Objective o, size_t m, const double *x, double *f, double *g, bint probing) except -1:
    """Evaluates x[m][n] by one call and records all of it; returns the first reason to stop."""
    cdef pm_stop stop = PM_RUNNING, recorded
    cdef size_t n = o.c.n, j, first = 0
    if not call_vectorized(o, m, x, f, g):
        g = NULL
    if g != NULL:
        o.c.nfev += m * o.gradient_cost
    for j in range(m):
        recorded = pm_record(&o.c, x + j * n, f + j, NULL if g == NULL else g + j * n)
        if stop == PM_RUNNING and (recorded == PM_NAN_VALUE or not probing):
            stop, first = recorded, j
    if stop == PM_NAN_VALUE:
        o.raise_nan(x + first * n)
    return stop


cdef int evaluate_rows(
        Objective o, size_t m, const double *x, double *f, double *g, bint probing) except -1:
    """Evaluates x[m][n], within the limits; returns the first reason to stop, or RUNNING.

    A call is completed. For a `probing` classification -inf is none, and what a call has met
    ends the next one.
    """
    cdef size_t n = o.c.n, most = max(<size_t>1, MOST_NUMBERS // n), done = 0, count
    cdef pm_stop stop = PM_RUNNING
    if o.c.repeating and pm_repeat(&o.c, x, f, g):
        done = 1
    while done < m and stop == PM_RUNNING:
        stop = o.refusal(g != NULL)
        if stop == PM_RUNNING:
            count = min(m - done, most, o.room(g != NULL))
            stop = evaluate_call(
                o, count, x + done * n, f + done, NULL if g == NULL else g + done * n, probing)
            done += count
    return stop
