"""`minimize` and `classify`: what users call."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from pyminima import _core
from pyminima._arguments import (
    as_args,
    as_box,
    as_callback,
    as_choice,
    as_count,
    as_flag,
    as_found,
    as_generator,
    as_key,
    as_kwargs,
    as_number,
    as_options,
    as_starts,
)
from pyminima._calling.objective import as_evaluator, is_differenced
from pyminima._judging.classification import Classification
from pyminima._judging.classify import classify_point
from pyminima._methods.methods import Method, default_method, method_named
from pyminima._running.history import Recorder
from pyminima._running.integers import (
    as_integrality,
    check_integers,
    integer_run,
    rounded,
    whole_box,
)
from pyminima._running.multistart import MOST_STARTS, Limits, Multistart
from pyminima._running.population import as_population, check_population
from pyminima._running.result import Result
from pyminima._running.run import KEPT, Curvature, Evaluations, Run, default_budget
from pyminima._running.status import Status
from pyminima._running.stochastic import as_plan, method_for_samples, sampled_run


def minimize(
    fun: Any,
    x0: Any = None,
    args: Any = (),
    method: str | None = None,
    jac: Any = None,
    hess: Callable[..., Any] | None = None,
    hessp: Callable[..., Any] | None = None,
    bounds: Any = None,
    *,
    tol: float | None = None,
    callback: Callable[..., Any] | None = None,
    options: Mapping[str, Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    rng: Any = None,
    max_evals: int | None = None,
    max_iter: int | None = None,
    max_time: float | None = None,
    target: float | None = None,
    vectorized: bool = False,
    classify: bool = True,
    escape: bool | None = None,
    polish: bool | None = None,
    starts: int | str | None = None,
    convex: bool = False,
    n_samples: int | None = None,
    batch_size: int | None = None,
    epochs: int | None = None,
    shuffle: bool | None = None,
    validation: Callable[..., Any] | None = None,
    check_gradient: bool = True,
    integrality: Any = None,
    history: bool = False,
    nan_policy: str = "reject",
    on_error: str = "raise",
    on_interrupt: str = "raise",
) -> Result:
    """Minimise a function of one or more variables, and say what kind of point was found.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args, **kwargs) -> float``, x of shape (n,); with ``jac=True`` it returns
        ``(value, gradient)``. Or a compiled function: a `scipy.LowLevelCallable`, a numba
        ``cfunc``, a ctypes or cffi function pointer of C signature ``double (int n, double *x)``
        or ``double (int n, double *x, void *data)``, or, with gradient,
        ``double (int n, double *x, double *g)`` or ``double (int n, double *x, double *g, void
        *data)``: the whole run then holds no interpreter lock. Above 1000 variables such a
        function gets the solver's own x, unless its first call has written into it: it must not
        begin to later.
    x0 : array_like, shape (n,) or (m, n), optional
        The start. It is moved into the bounds, and `message` says so. It may be left out if
        all bounds are finite; the run then starts at the centre of the box, or with `starts` at
        points drawn from it. For a method that begins with a population, several points: these
        are its first, and all of it unless the option ``population`` asks for more, or the method
        needs more; the others are then drawn as the option ``initialization`` says.
    args, kwargs : tuple, mapping, optional
        Passed on to `fun`, `jac` and `hess`.
    method : str, optional
        A name from `methods`. By default ``"differential_evolution"`` with `integrality`,
        ``"auto"`` if `x0` and `starts` are left out, ``"lbfgs"`` with `starts`, else
        ``"newton"`` if `hess` or `hessp` is given, else ``"bfgs"`` up to 64 variables and
        ``"lbfgs"`` above. `message` says which and why.
        ``"auto"`` is for a function with perhaps many minima, of which nothing is known: it runs
        a local method first, then several side by side, and gives most to what finds the lowest
        value. `Result.stages` lists these parts in place of the one search. It is a global method
        like others: `polish` follows it, `escape` goes on by ``"lbfgs"`` alone, and with `starts`
        it has half of the budget and its minima do not count.
    jac : callable, True or str, optional
        ``jac(x, *args, **kwargs)``, the gradient, shape (n,). True: `fun` returns it too.
        ``"jax"``, ``"torch"`` or ``"autograd"``: `fun` is written in that library, which
        differentiates it (``pip install 'pyminima[jax]'``, and so on). ``"cs"``: complex steps,
        exact, n evaluations a gradient; `fun` takes complex x. Otherwise gradients are
        differenced, inside the bounds, where a method needs them: by ``"2-point"``, n evaluations
        a gradient, or by ``"3-point"``, 2 n evaluations and more digits. The default is the first;
        ``"bfgs"`` then goes on with differences to both sides where those tell no more.
    hess : callable, optional
        ``hess(x, *args, **kwargs)``, the Hessian, shape (n, n), dense or `scipy.sparse`: used by
        the classification, and by methods that ask for products of the Hessian.
    hessp : callable, optional
        ``hessp(x, p, *args, **kwargs)``, the Hessian times the vector p, shape (n,): used where
        there is no `hess`. Without both, those methods difference gradients.
    bounds : scipy.optimize.Bounds or sequence of (lower, upper), optional
        None or an infinity means no bound; equal bounds fix a variable. `fun` is never
        evaluated outside.
    tol : float, optional
        Short for ``options={"gtol": tol}``.
    callback : callable, optional
        Called after each step as ``callback(intermediate_result=res)`` if its parameter has
        that name, where ``res`` has ``x``, ``fun``, ``nit``, ``nfev`` and what the method tells
        of itself (`Method.measures`), such as ``temperature``; else as ``callback(xk)``. A true
        return value or `StopIteration` ends the run.
    options : mapping, optional
        Options of the method, and of the stopping rules (``gtol``, ``ftol``, ``xtol``,
        ``patience``); see `methods`.
    rng : optional
        Seed or generator, as taken by `numpy.random.default_rng`. The same `rng` gives the
        same result. It matters to random methods, to `starts` and to the test of `convex`.
    max_evals : int, optional
        Hard limit on evaluations of `fun`, those for differences, polish and classification
        included. A fifth of it (at most the cost of one classification, and nothing where a
        fifth is less than ``4 * n + 10``, or 40 above 200 variables with a gradient) is kept for
        the verdict, and a fifth (at most ``100 * (n + 1)``) for the polish. Where neither this
        nor `max_iter` nor `max_time` is given, each stage of the run ends after
        ``10_000 * (n + 1)``.
    max_iter : int, optional
        Hard limit on steps of the method.
    max_time : float, optional
        Limit in seconds, looked at before each evaluation. A fifth of it is kept for the verdict.
    target : float, optional
        Stop as soon as a value at or below this is found. As after a stop by the callback, no
        further evaluation is made, not even for the verdict, which is then "undetermined".
    vectorized : bool, default False
        True: `fun` takes many points at once, ``fun(X, *args, **kwargs)`` with X of shape (m, n),
        and returns their values, shape (m,), or, with ``jac=True``, ``(values, gradients)``;
        gradients, also those of a callable `jac`, have the shape (m, n). X is the user's to keep,
        and has at most ``2**20`` numbers. Every point is an evaluation, as if each were made by
        itself. `max_evals` is kept to exactly; `max_time` and `target` end the run after the call
        under way. `hess` and `hessp` take one point.
    classify : bool, default True
        Say what the point found is, at the cost of about ``2 n**2 + 2 n + 14`` evaluations, or
        ``2 n + 9`` with a gradient; above 200 variables up to 350 with one, ``4 n + 150`` without.
        False costs nothing.
    escape : bool, optional
        Go on from a point that the classification finds to be no minimum: downhill from a
        saddle or a maximum, with better difference steps from a point that is not stationary. By
        default True, but False with `n_samples`.
    polish : bool, optional
        Finish other methods by a run of ``"lbfgs"`` from the best point, if they have not made
        the gradient vanish. By default True, but False with `n_samples`.
    starts : int or "auto", optional
        Descend also from so many points drawn uniformly from the box, which has to be finite, by
        the chosen method if it is a local one, else by ``"lbfgs"``. Where they end says how many
        minima there may be and how likely the lowest is found (`Classification.basins` and
        ``.probability``); `Result.minima` lists them. "auto": until the stopping rule of Boender
        and Rinnooy Kan holds, at most 500. A run from `x0`, or by a global method, goes first and
        is none of them. All limits hold over the whole call; each start is granted its share of
        what is left, at least ``30 * (n + 1)``. Without `classify` nothing is said about them.
    convex : bool, default False
        You know that `fun` is convex: then a minimum is global. 60 evaluations and a few more are
        made to contradict you; where `fun` raises a ValueError or an ArithmeticError at one of them
        it counts as not defined there. It takes part in the verdict: without `classify` it does
        nothing.
    n_samples : int, optional
        `fun` is a mean over so many samples, and is told which of them: ``fun(x, indices, *args,
        **kwargs)`` with an array of int64, shape (m,), that is read-only and its to keep; the
        same for `jac`, `hess` and `hessp`. A compiled function takes ``int m, int64_t *indices``
        before its user data. Each step of the method, which must be one with a learning rate (by
        default ``"adam"``), sees a mini-batch; what it evaluates within a step sees the same one.
        The verdict, `target`, and the value returned are about all samples: ``fun(x,
        numpy.arange(n_samples))``. One call of `fun` is one evaluation, with however many samples.
        The search ends with `Status.EPOCHS`; then it is a success if the verdict is a minimum.
        Also a run that was cut short measures, beyond `max_time`, the value it returns.
        `Result.history` lists the epochs, after each of which `callback` is called; ``res`` also
        has ``epoch`` and ``validation``. The options ``patience`` and ``ftol`` count epochs: the
        run ends after so many without an improvement of their loss by more than `ftol` times the
        whole improvement so far; by default they never end it.
    batch_size : int, optional
        Samples of a mini-batch, by default 64; the last one of an epoch has what is left.
    epochs : int, optional
        Passes over all samples, by default 10, and without end if `max_evals`, `max_iter` or
        `max_time` is given.
    shuffle : bool, optional
        By default True: the samples come in another random order, from `rng`, in each epoch. The
        data stay where they are.
    validation : callable, optional
        ``validation(x) -> float``, looked at after each epoch: the point returned is the end of
        the epoch where it was lowest, and ``patience`` is about it.
    check_gradient : bool, default True
        Hold the gradient, wherever it comes from, against the values beside the first start, and
        warn with a `GradientWarning` if they contradict each other. It takes one evaluation; where
        they seem to, 20 more, and at most 20 to name the components that are wrong. Without a
        gradient two evaluations tell whether the values are exact; where they are not, 7 to 42
        more measure their error, for the steps of differences. Where `max_evals` is below 50, or
        with `n_samples`, nothing of this is done.
    integrality : array_like of 0 and 1, shape (n,), optional
        1, or True, where a variable is a whole number; one number stands for all. `fun` gets
        whole numbers there, as floats; bounds are moved inwards to the next ones. The method has
        to take them (`Method.integers`). Everything local (polish, escape, classification)
        holds them; instead, the points are looked at that differ by 1 in one of them. A local
        minimum then is one over the other variables, with none of these points lower; where all
        variables are integers, it is the latter alone.
    history : bool, default False
        Keep what happened step by step in `Result.history`.
    nan_policy : {"reject", "raise"}
        "reject": NaN counts as the worst value. "raise": it is a `ValueError`. What is no real
        number at all (None, a masked or a complex value ...) is a `TypeError` in any case.
    on_error : {"raise", "reject"}
        "raise": an exception of `fun` or `jac` arrives unchanged, with the partial `Result` as its
        attribute ``result``; a value that `fun` had returned before `jac` raised is in it.
        "reject": the point counts as the worst value; with ``vectorized=True`` every point of the
        call does. Where `jac` raised, the method takes the point for a bad one, but its value
        counts: it may be the best. This is about what they raise, not about what they return.
    on_interrupt : {"raise", "return"}
        "raise": Ctrl-C arrives as `KeyboardInterrupt`, with the partial `Result` as its attribute
        ``result``. "return": that result is returned.

    Returns
    -------
    Result
        `x`, `fun`, the verdict in `classification`, and more; see `Result`.

    Raises
    ------
    TypeError, ValueError
        If an argument, or what `fun` or `jac` returned, is not what was expected.

    See Also
    --------
    classify : The verdict on a point from anywhere.
    methods : The methods and their options.

    Examples
    --------
    A start on the ridge that leads to the saddle of this function:

    >>> import pyminima
    >>> def ridge(x):
    ...     return x[0] ** 2 + (x[1] ** 2 - 1) ** 2
    >>> def slope(x):
    ...     return [2 * x[0], 4 * x[1] * (x[1] ** 2 - 1)]
    >>> res = pyminima.minimize(ridge, [1.0, 0.0], jac=slope)
    >>> print(res.classification.kind, res.n_escapes)
    local 1
    >>> print(abs(res.x).round(4))
    [0. 1.]
    """
    given = as_population(x0)
    x_start, lower, upper, moved = as_box(x0 if given is None else given[0], bounds)
    n = x_start.size
    plan = as_plan(
        n_samples,
        {
            "batch_size": batch_size,
            "epochs": epochs,
            "shuffle": shuffle,
            "validation": validation,
        },
        {
            "vectorized": vectorized,
            "starts": starts,
            "tol": tol,
            "target": target,
            "convex": convex,
            "escape": escape,
            "polish": polish,
            "integrality": integrality,
        },
        options,
        limited=(max_evals, max_iter, max_time) != (None, None, None),
    )
    whole = as_integrality(integrality, n)
    if whole is not None:
        lower, upper = whole_box(lower, upper, whole)
        if as_flag("convex", convex):
            raise ValueError("convex=True with integrality: no function of integers is convex")
    if plan is None:
        curved = hess is not None or hessp is not None
        chosen, notes = _choose(method, x0, starts, n, curved, whole is not None)
        settings = chosen.checked(_with_tol(options, tol))
    else:
        chosen, settings, notes = method_for_samples(method, plan)
        rng = as_generator(rng)
    if given is not None:
        check_population(given, chosen, settings, method is not None)
        outside, given = given, np.clip(given, lower, upper)
        moved = bool((given != outside).any())
    if whole is not None:
        check_integers(whole, lower, upper, chosen)
        x_start = rounded(x_start, lower, upper, whole)
        given = None if given is None else rounded(given, lower, upper, whole)
    if moved:
        notes += ("The start x0 was outside the bounds and was moved to the nearest point inside",)
    evaluator = as_evaluator(
        fun, n, args, kwargs, jac, nan_policy, on_error, vectorized, n_samples=n_samples
    )
    evaluator.keep_to(lower, upper, whole)
    if isinstance(evaluator, _core.SampledEvaluator):
        args = (evaluator.everything, *as_args(args))  # of the second derivatives
    limits = Limits(
        evaluator,
        as_count("max_evals", max_evals),
        as_count("max_iter", max_iter),
        as_number("max_time", max_time, positive=True),
        as_number("target", target),
        kept=KEPT if as_flag("classify", classify) else 0.0,
    )
    curvature = _curvature(hess, hessp, args, kwargs)
    if chosen.uses_hessian and plan is None and curvature == Curvature():
        curvature = Curvature(hessp=evaluator.product)
    unlimited = (limits.max_evals, limits.max_iter, limits.seconds) == (None, None, None)
    drawn = as_starts(starts, lower, upper)
    first = Run(
        evaluator,
        Evaluations(evaluator, n, curvature),
        x_start,
        lower,
        upper,
        chosen,
        settings,
        key=as_key(rng) if chosen.draws(settings) or drawn or rng is not None else (0, 0),
        search_limit=default_budget(n) if unlimited else None,
        classify=classify,
        escape=plan is None if escape is None else as_flag("escape", escape),
        polish=plan is None if polish is None else as_flag("polish", polish),
        differences=jac if is_differenced(jac) else None,
        on_step=_step_hook(callback, evaluator) if plan is None else None,
        integer=whole,
        given=given,
        recorder=Recorder(evaluator) if as_flag("history", history) and plan is None else None,
    )
    if whole is not None:
        first = integer_run(first)
    if plan is not None:
        first = sampled_run(first, plan, rng, callback, limits.target)
    run = Multistart(
        first,
        limits,
        guided=drawn is None or x0 is not None or chosen.is_global,
        starts=MOST_STARTS if isinstance(drawn, str) else drawn,
        until_enough=isinstance(drawn, str),
        convex=as_flag("convex", convex),
        notes=notes,
        unchecked=as_flag("check_gradient", check_gradient) and plan is None,
    )
    interrupt = as_choice("on_interrupt", on_interrupt, ("raise", "return"))
    try:
        run.go()
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        run.cut = Status.INTERRUPTED if interrupted else Status.OBJECTIVE_ERROR
        if interrupted and interrupt == "return":
            return run.result()
        _attach(error, run)
        raise
    return run.result()


def _choose(
    method: str | None, x0: Any, starts: Any, n: int, curved: bool, integers: bool
) -> tuple[Method, tuple[str, ...]]:
    """The method, and a note on why, where the user left the choice to us."""
    if method is not None:
        return method_named(method), ()
    if integers:
        chosen, why = "differential_evolution", "because some variables are integers"
    elif x0 is None and starts is None:
        chosen, why = "auto", "because no start was given"
    elif starts is not None:  # the calibration of the probabilities was measured with it
        chosen, why = "lbfgs", "for the independent starts"
    elif curved:
        chosen, why = "newton", "because second derivatives were given"
    else:
        chosen, why = default_method(n).name, f"for {n} variable{'s' * (n > 1)}"
    return method_named(chosen), (f"The method {chosen!r} was chosen {why}",)


def _with_tol(options: Mapping[str, Any] | None, tol: float | None) -> Mapping[str, Any] | None:
    if tol is None:
        return options
    gtol = as_number("tol", tol)
    if gtol is None or not 0.0 <= gtol <= 1.0:
        raise ValueError(f"tol={tol!r}, expected a number from 0 to 1")
    return {"gtol": gtol, **as_options(options)}


def _curvature(hess: Any, hessp: Any, args: Any, kwargs: Any) -> Curvature:
    """The user's second derivatives with his extra arguments bound to them."""
    if hess is None and hessp is None:
        return Curvature()
    for name, function, call in (("hess", hess, "hess(x)"), ("hessp", hessp, "hessp(x, p)")):
        if function is not None and not callable(function):
            raise TypeError(f"{name}={function!r}, expected None or a callable {call}")
    extra, named = as_args(args), as_kwargs(kwargs) or {}
    return Curvature(
        None if hess is None else lambda x: hess(x, *extra, **named),
        None if hessp is None else lambda x, p: hessp(x, p, *extra, **named),
    )


def _step_hook(
    callback: Callable[..., Any] | None, evaluator: _core.Evaluator
) -> Callable[[_core.CoreSolver], Any] | None:
    if callback is None:
        return None
    callback, takes_result = as_callback(callback)
    if not takes_result:
        return lambda solver: callback(solver.at()[0])

    def step(solver: _core.CoreSolver) -> Any:
        x, fun = solver.at()
        told = zip(solver.measures, solver.measured(), strict=True)
        res = OptimizeResult(x=x, fun=fun, nit=evaluator.nit, nfev=evaluator.nfev, **dict(told))
        return callback(intermediate_result=res)

    return step


def _attach(error: BaseException, run: Multistart) -> None:
    """Nothing is lost: the exception carries what was found before it."""
    try:
        error.result = run.result()  # type: ignore[attr-defined]
    except Exception:  # a frozen exception takes no attributes, and may take no notes either
        with contextlib.suppress(Exception):
            error.add_note(f"pyminima: the best point before this error was {run.best_run.best}")


def classify(
    fun: Any,
    x: Any,
    args: Any = (),
    jac: Any = None,
    hess: Callable[..., Any] | None = None,
    hessp: Callable[..., Any] | None = None,
    bounds: Any = None,
    *,
    kwargs: Mapping[str, Any] | None = None,
    rng: Any = None,
    max_evals: int | None = None,
    vectorized: bool = False,
) -> Classification:
    """Say what kind of point x is: a minimum, a saddle, a maximum, or honestly something else.

    Parameters
    ----------
    fun, args, jac, hess, hessp, bounds, kwargs
        As in `minimize`.
    x : array_like, shape (n,), or OptimizeResult
        The point, from anywhere: also the result of `scipy.optimize`, or of another optimiser
        that calls the point ``x``. It has to be in the bounds, but for the rounding of its type.
    rng : optional
        Seed or generator for the directions of random probes. By default they are always the
        same.
    max_evals : int, optional
        Hard limit on evaluations, by default ``2 n**2 + 16 n + 150``, and above 200 variables
        350 with a gradient, ``4 n + 150`` without.
    vectorized : bool, default False
        As in `minimize`: `fun` takes points of shape (m, n). Most points of a verdict are asked
        for together: it takes about 5 to 15 calls.

    Returns
    -------
    Classification
        The verdict with its evidence.

    Examples
    --------
    >>> import pyminima
    >>> verdict = pyminima.classify(lambda x: x[0] ** 2 - x[1] ** 2, [0.0, 0.0])
    >>> print(verdict.kind, verdict.index)
    saddle 1
    """
    point, lower, upper = as_found(x, bounds)
    evaluator = as_evaluator(fun, point.size, args, kwargs, jac, vectorized=vectorized)
    evaluator.keep_to(lower, upper)
    return classify_point(
        Evaluations(evaluator, point.size, _curvature(hess, hessp, args, kwargs)),
        point,
        lower=lower,
        upper=upper,
        max_evals=as_count("max_evals", max_evals),
        rng=None if rng is None else as_generator(rng),
    ).classification
