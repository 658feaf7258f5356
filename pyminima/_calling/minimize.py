"""`minimize` and `classify`: what users call."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec

import numpy as np
from scipy.optimize import OptimizeResult

from pyminima import _core
from pyminima._arguments import (
    Vector,
    as_callback,
    as_choice,
    as_count,
    as_flag,
    as_generator,
    as_key,
    as_number,
    as_starts,
)
from pyminima._calling.objective import Objective, is_differenced
from pyminima._calling.plan import Plan
from pyminima._calling.problem import Problem
from pyminima._judging.classification import Classification
from pyminima._judging.classify import classify_point
from pyminima._running.answer import result_of
from pyminima._running.batches import Batches, check_batches
from pyminima._running.history import Recorder
from pyminima._running.integers import IntegerRun
from pyminima._running.ledger import KEPT, Ledger, default_budget
from pyminima._running.multistart import MOST_STARTS, Multistart
from pyminima._running.result import Result
from pyminima._running.run import Run
from pyminima._running.status import Status
from pyminima._running.stochastic import SampledRun, epoch_hook, orders
from pyminima._running.task import Task
from pyminima._running.units import Units

# Arguments of earlier versions that are parts of `batches` now.
PARTS_OF_BATCHES = frozenset({"n_samples", "batch_size", "epochs", "shuffle", "validation"})

MOVED = "The start x0 was outside the bounds and was moved to the nearest point inside"


P = ParamSpec("P")


def _with_batches(function: Callable[P, Result]) -> Callable[P, Result]:
    """The function, with an error that says where the arguments of mini-batches have gone."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> Result:
        if not PARTS_OF_BATCHES.isdisjoint(kwargs):
            name = next(name for name in kwargs if name in PARTS_OF_BATCHES)
            raise TypeError(
                f"minimize takes no argument {name!r}: "
                "give batches=pyminima.Batches(n_samples, batch_size=..., epochs=..., ...)"
            )
        return function(*args, **kwargs)

    return call


@_with_batches
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
    x_scale: Any = "auto",
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
    batches: Batches | None = None,
    check_gradient: bool = True,
    integrality: Any = None,
    history: bool = False,
    nan_policy: str = "reject",
    on_error: str = "raise",
    on_interrupt: str = "raise",
) -> Result:
    """Minimise a function of one or more variables, and say what kind of point was found.

    The arguments are listed in groups:

    - the problem: what is minimised, and where: `fun` to `on_error`;
    - the method that searches, and its options: `method` to `rng`;
    - the limits that end the search early: `max_evals` to `target`;
    - the verdict, and what is done to come to a better one: `classify` to `check_gradient`;
    - many minima: `starts`;
    - the running of it: what you see on the way, and what an interrupt does: `callback` to
      `on_interrupt`.

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
    integrality : array_like of 0 and 1, shape (n,), optional
        1, or True, where a variable is a whole number; one number stands for all. `fun` gets
        whole numbers there, as floats; bounds are moved inwards to the next ones. The method has
        to take them (`Method.integers`). Everything local (polish, escape, classification)
        holds them; instead, the points are looked at that differ by 1 in one of them. A local
        minimum then is one over the other variables, with none of these points lower; where all
        variables are integers, it is the latter alone.
    vectorized : bool, default False
        True: `fun` takes many points at once, ``fun(X, *args, **kwargs)`` with X of shape (m, n),
        and returns their values, shape (m,), or, with ``jac=True``, ``(values, gradients)``;
        gradients, also those of a callable `jac`, have the shape (m, n). X is the user's to keep,
        and has at most ``2**20`` numbers. Every point is an evaluation, as if each were made by
        itself. `max_evals` is kept to exactly; `max_time` and `target` end the run after the call
        under way. `hess` and `hessp` take one point.
    batches : Batches, optional
        `fun` is a mean over samples, and is told which of them: ``fun(x, indices, *args,
        **kwargs)``; see `Batches`. Each step of the method, which must be one with a learning rate
        (by default ``"adam"``), sees a mini-batch; what it evaluates within a step sees the same
        one. The verdict, `target`, and the value returned are about all samples: ``fun(x,
        numpy.arange(n_samples))``. The search ends with `Status.EPOCHS`; then it is a success if
        the verdict is a minimum. Also a run that was cut short measures, beyond `max_time`, the
        value it returns. `Result.history` lists the epochs, after each of which `callback` is
        called; ``res`` also has ``epoch`` and ``validation``. The options ``patience`` and
        ``ftol`` count epochs: the run ends after so many without an improvement of their loss by
        more than `ftol` times the whole improvement so far; by default they never end it.
    nan_policy : {"reject", "raise"}
        "reject": NaN counts as the worst value. "raise": it is a `ValueError`. What is no real
        number at all (None, a masked or a complex value ...) is a `TypeError` in any case.
    on_error : {"raise", "reject"}
        "raise": an exception of `fun` or `jac` arrives unchanged, with the partial `Result` as its
        attribute ``result``; a value that `fun` had returned before `jac` raised is in it.
        "reject": the point counts as the worst value; with ``vectorized=True`` every point of the
        call does. Where `jac` raised, the method takes the point for a bad one, but its value
        counts: it may be the best. This is about what they raise, not about what they return.
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
    options : mapping, optional
        Options of the method, and of the stopping rules (``gtol``, ``ftol``, ``xtol``,
        ``patience``); see `methods`.
    tol : float, optional
        Short for ``options={"gtol": tol}``.
    rng : optional
        Seed or generator, as taken by `numpy.random.default_rng`. The same `rng` gives the
        same result. It matters to random methods, to `starts` and to the test of `convex`.
    x_scale : "auto", float or array_like, shape (n,), default "auto"
        The typical size of each variable, in its own unit: what a large or a small change of it
        is, to every search, difference and verdict. Give it where variables are much smaller than
        1 by their nature, as in SI units: ``x_scale=np.abs(x0)`` often fits. By default all are 1.
        A variable that is larger than its size is taken to be as large as it is. Methods with a
        learning rate, whose steps are in units of x, and integer problems are searched in the
        units that they come in.
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
    classify : bool, default True
        Say what the point found is, at the cost of about ``2 n**2 + 2 n + 14`` evaluations, or
        ``2 n + 9`` with a gradient; above 200 variables up to 350 with one, ``4 n + 150`` without.
        False costs nothing.
    escape : bool, optional
        Go on from a point that the classification finds to be no minimum: downhill from a
        saddle or a maximum, with better difference steps from a point that is not stationary. By
        default True, but False with `batches`.
    polish : bool, optional
        Finish other methods by a run of ``"lbfgs"`` from the best point, if they have not made
        the gradient vanish. By default True, but False with `batches`.
    convex : bool, default False
        You know that `fun` is convex: then a minimum is global. 60 evaluations and a few more are
        made to contradict you; where `fun` raises a ValueError or an ArithmeticError at one of them
        it counts as not defined there. It takes part in the verdict: without `classify` it does
        nothing.
    check_gradient : bool, default True
        Hold the gradient, wherever it comes from, against the values beside the first start, and
        warn with a `GradientWarning` if they contradict each other. It takes one evaluation; where
        they seem to, 20 more, and at most 20 to name the components that are wrong. Without a
        gradient two evaluations tell whether the values are exact; where they are not, 7 to 42
        more measure their error, for the steps of differences. Where `max_evals` is below 50, or
        with `batches`, nothing of this is done.
    starts : int or "auto", optional
        Descend also from so many points drawn uniformly from the box, which has to be finite, by
        the chosen method if it is a local one, else by ``"lbfgs"``. Where they end says how many
        minima there may be and how likely the lowest is found (`Classification.basins` and
        ``.probability``); `Result.minima` lists them. "auto": until the stopping rule of Boender
        and Rinnooy Kan holds, at most 500. A run from `x0`, or by a global method, goes first and
        is none of them. All limits hold over the whole call; each start is granted its share of
        what is left, at least ``30 * (n + 1)``. Without `classify` nothing is said about them.
    callback : callable, optional
        Called after each step as ``callback(intermediate_result=res)`` if its parameter has
        that name, where ``res`` has ``x``, ``fun``, ``nit``, ``nfev`` and what the method tells
        of itself (`Method.measures`), such as ``temperature``; else as ``callback(xk)``. A true
        return value or `StopIteration` ends the run.
    history : bool, default False
        Keep what happened step by step in `Result.history`.
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
    The problem: a function with its gradient, and a bound that the minimum is held by:

    >>> import pyminima
    >>> def valley(x):
    ...     rise = x[1] - x[0] ** 2
    ...     slope = [-400 * x[0] * rise - 2 * (1 - x[0]), 200 * rise]
    ...     return 100 * rise**2 + (1 - x[0]) ** 2, slope
    >>> res = pyminima.minimize(valley, [-1.2, 1.0], jac=True, bounds=[(None, 0.5), (None, None)])
    >>> print(res.x.round(6), res.classification.kind)
    [0.5  0.25] local

    The method, with one of its options:

    >>> options = {"memory": 20}
    >>> res = pyminima.minimize(valley, [-1.2, 1.0], method="lbfgs", jac=True, options=options)
    >>> print(res.x.round(6), res.method)
    [1. 1.] lbfgs

    Limits, which hold for all that is evaluated:

    >>> res = pyminima.minimize(valley, [-1.2, 1.0], jac=True, max_evals=20)
    >>> print(res.nfev, res.status.name, res.success)
    20 EVALUATIONS False

    The verdict: from a start on the ridge that leads to the saddle of this function, the run goes
    on to a minimum.

    >>> def ridge(x):
    ...     return x[0] ** 2 + (x[1] ** 2 - 1) ** 2
    >>> def slope(x):
    ...     return [2 * x[0], 4 * x[1] * (x[1] ** 2 - 1)]
    >>> res = pyminima.minimize(ridge, [1.0, 0.0], jac=slope)
    >>> print(res.classification.kind, res.n_escapes)
    local 1
    >>> print(abs(res.x).round(4))
    [0. 1.]
    >>> res = pyminima.minimize(ridge, [1.0, 0.0], jac=slope, escape=False)
    >>> print(res.classification.kind, res.success)
    saddle False

    Many minima, from random starts in the box:

    >>> box = [(-2, 2), (-2, 2)]
    >>> res = pyminima.minimize(ridge, jac=slope, bounds=box, starts=20, rng=0)
    >>> print(len(res.minima), res.classification.basins.minima)
    2 2

    The running of it: a callback that ends the run, and the steps until then.

    >>> res = pyminima.minimize(
    ...     valley, [-1.2, 1.0], jac=True, history=True, callback=lambda x: x[0] > 0
    ... )
    >>> print(res.status.name, len(res.history) == res.nit)
    CALLBACK True
    """
    if batches is not None:
        check_batches(
            batches,
            vectorized=vectorized,
            starts=starts,
            tol=tol,
            integrality=integrality,
            target=target,
            convex=convex,
            escape=escape,
            polish=polish,
        )
    problem = Problem.of(
        x0,
        bounds,
        integrality,
        Objective(
            fun,
            args,
            kwargs,
            jac,
            hess,
            hessp,
            nan_policy,
            on_error,
            vectorized,
            None if batches is None else batches.n_samples,
        ),
    )
    if problem.domain.integer is not None and as_flag("convex", convex):
        raise ValueError("convex=True with integrality: no function of integers is convex")
    limited = max_evals is not None or max_iter is not None or max_time is not None
    plan = Plan.of(problem, method, options, tol, starts, batches, limited)
    evaluator = problem.evaluator()
    ledger = Ledger(
        evaluator,
        as_count("max_evals", max_evals),
        as_count("max_iter", max_iter),
        as_number("max_time", max_time, positive=True),
        as_number("target", target),
        kept=KEPT if as_flag("classify", classify) else 0.0,
    )
    units = Units.of(x_scale, problem.n)
    evaluations = problem.evaluations(evaluator, multiplies=plan.method.uses_hessian)
    drawn = as_starts(starts, problem.domain.lower, problem.domain.upper)
    random = plan.method.draws(plan.options) or drawn or rng is not None or batches is not None
    generator = as_generator(rng) if random else None
    task = Task(
        ledger,
        evaluations,
        problem.domain,
        units,
        plan.method,
        plan.options,
        key=(0, 0) if generator is None else as_key(generator),
        stage_limit=None if limited else default_budget(problem.n),
        classify=classify,
        escape=batches is None if escape is None else as_flag("escape", escape),
        polish=batches is None if polish is None else as_flag("polish", polish),
        differences=jac if is_differenced(jac) else None,
        on_step=_step_hook(callback, evaluator) if batches is None else None,
        recorder=Recorder(evaluator) if as_flag("history", history) and batches is None else None,
        population=problem.population,
    )
    run = Multistart(
        _first_run(task, problem.x0, plan, generator, callback),
        guided=drawn is None or problem.has_start or plan.method.is_global,
        starts=MOST_STARTS if isinstance(drawn, str) else drawn,
        until_enough=isinstance(drawn, str),
        convex=as_flag("convex", convex),
        notes=(*plan.notes, MOVED) if problem.moved else plan.notes,
        unchecked=as_flag("check_gradient", check_gradient) and batches is None,
    )
    interrupt = as_choice("on_interrupt", on_interrupt, ("raise", "return"))
    return _finished(run, interrupt == "return")


def _first_run(
    task: Task, x0: Vector, plan: Plan, generator: np.random.Generator | None, callback: Any
) -> Run:
    """The run from the start, of the kind that the problem asks for."""
    if plan.training is not None:
        assert generator is not None
        return SampledRun.first(
            task,
            x0,
            training=plan.training,
            orders=orders(plan.training.batches, generator),
            callback=epoch_hook(callback),
        )
    return (Run if task.domain.integer is None else IntegerRun).first(task, x0)


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


def _finished(run: Multistart, return_interrupted: bool) -> Result:
    """Run to the end, which may be an exception that carries the partial result."""
    try:
        run.go()
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        run.cut = Status.INTERRUPTED if interrupted else Status.OBJECTIVE_ERROR
        if not (interrupted and return_interrupted):
            _attach(error, run)
            raise
    return result_of(run)


def _attach(error: BaseException, run: Multistart) -> None:
    """Nothing is lost: the exception carries what was found before it."""
    try:
        error.result = result_of(run)  # type: ignore[attr-defined]
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
    x_scale: Any = "auto",
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
    x_scale : "auto", float or array_like, shape (n,), default "auto"
        The typical size of each variable, as in `minimize`, with x for x0.
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
    objective = Objective(
        fun=fun, args=args, kwargs=kwargs, jac=jac, hess=hess, hessp=hessp, vectorized=vectorized
    )
    problem = Problem.at(x, bounds, objective)
    return classify_point(
        problem.evaluations(problem.evaluator()),
        problem.x0,
        lower=problem.domain.lower,
        upper=problem.domain.upper,
        scale=Units.of(x_scale, problem.n).for_verdict(problem.x0),
        max_evals=as_count("max_evals", max_evals),
        rng=None if rng is None else as_generator(rng),
    ).classification
