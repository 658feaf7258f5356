"""`Solver`: ask for points, evaluate them yourself, tell the values."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyminima import _core
from pyminima._arguments import as_key
from pyminima._calling.problem import Problem
from pyminima._methods.methods import method_named
from pyminima._running.ledger import default_budget
from pyminima._running.population import design_of
from pyminima._running.result import Result
from pyminima._running.stages import parts_of
from pyminima._running.status import SUCCESS, TEXT, Status
from pyminima._running.units import Units

Vector = NDArray[np.float64]


class Solver:
    """One method under way, for those who evaluate points themselves.

    Threads may share it. They are handed the same batch until one of them has told it; whoever
    comes later is told so by a `RuntimeError`, and asks for the next one. A thread may also tell
    what another one has asked for. Ctrl-C within the work of `ask` or `tell` ends the solver, with
    the status INTERRUPTED; what was told stays.

    Parameters
    ----------
    method : str
        A name from `methods`.
    x0 : array_like, shape (n,) or (m, n), optional
        The start; it may be left out if all bounds are finite. Several points are a first
        population, as in `minimize`.
    jac : bool, default False
        Whether `tell` will be given gradients. Otherwise a method that needs them asks for the
        neighbours of a point too, and takes differences.
    bounds, options, rng, integrality, x_scale : optional
        As in `minimize`.

    Examples
    --------
    >>> import pyminima
    >>> solver = pyminima.Solver("lbfgs", [3.0, 4.0], jac=True)
    >>> while not solver.done:
    ...     X = solver.ask()
    ...     solver.tell((X**2).sum(axis=1), 2 * X)
    >>> solver.status.name, solver.result().fun < 1e-12
    ('GRADIENT', True)
    """

    def __init__(
        self,
        method: str,
        x0: Any = None,
        *,
        jac: bool = False,
        bounds: Any = None,
        options: Mapping[str, Any] | None = None,
        rng: Any = None,
        integrality: Any = None,
        x_scale: Any = "auto",
    ) -> None:
        if not isinstance(jac, bool | np.bool_):
            raise TypeError(f"jac={jac!r}, expected True or False: `tell` takes the gradients")
        row = method_named(method)
        settings = row.checked(options)
        problem = Problem.of(x0, bounds, integrality)
        problem.check(row, settings, named=True)
        key = as_key(rng) if row.draws(settings) or rng is not None else (0, 0)
        self.method = row.name
        self.n = problem.n
        self._start = problem.x0
        self._lock = threading.RLock()
        self._X: Vector | None = None
        self._turn = 0  # batches asked for
        # The last one of them that a thread was handed and has not told.
        self._handed: dict[int, int] = {}
        self._wants_gradient = False
        self._evaluator = _core.Evaluator(self.n)
        whole = problem.domain.integer is not None
        units = Units.of(x_scale, self.n)
        self._solver = _core.CoreSolver(
            row.name,
            problem.x0,
            problem.domain.lower,
            problem.domain.upper,
            has_gradient=bool(jac),
            scale=None if whole else units.for_search(row, settings),
            integer=problem.domain.integer,
            given=problem.population,
            design=design_of(row, settings, key),
            options=settings,
            budget=default_budget(self.n),
            key=key,
        )

    def ask(self) -> Vector:
        """Points to evaluate next.

        Returns
        -------
        ndarray, shape (m, n)
            A copy, all variables included. Asked again before `tell`, it is the same batch.
        """
        with self._lock:
            if self.done:
                raise RuntimeError(f"the solver has ended: {TEXT[self.status]}")
            if self._X is None:
                self._X, self._wants_gradient = self._evaluator.ask(self._solver)
                self._turn += 1
            self._handed[threading.get_ident()] = self._turn
            return self._X.copy()

    def tell(self, f: Any, g: Any = None) -> None:
        """Values, and gradients if asked for, of the points of the last `ask`, in its order.

        Parameters
        ----------
        f : array_like, shape (m,)
            Values; NaN counts as the worst value.
        g : array_like, shape (m, n), optional
            Gradients; needed if the solver was made with ``jac=True`` and the method uses them.
        """
        with self._lock:
            if self._X is None:
                raise RuntimeError("tell before ask: there are no points to give values for")
            thread = threading.get_ident()
            if self._handed.get(thread, self._turn) != self._turn:
                raise RuntimeError("another thread has told these points: ask for the next ones")
            m, n = self._X.shape
            F = _array("f", f, (m,))
            G = None
            if self._wants_gradient:
                if g is None:
                    raise ValueError(f"g is missing: expected gradients of shape ({m}, {n})")
                G = _array("g", g, (m, n))
            X, self._X = self._X, None
            if self._handed.pop(thread, None) is None:  # it tells what another one has asked for
                self._handed.clear()
            self._evaluator.tell(self._solver, X, F, G)

    @property
    def status(self) -> Status:
        """Why the solver ended, or ``Status.RUNNING``."""
        return Status(self._solver.stop)

    @property
    def done(self) -> bool:
        """Whether the solver has ended."""
        return self.status is not Status.RUNNING

    @property
    def measures(self) -> dict[str, float]:
        """What the method tells of itself after its last step, by name; see `Method.measures`."""
        return dict(zip(self._solver.measures, self._solver.measured(), strict=True))

    @property
    def best(self) -> tuple[Vector, float]:
        """The best point told so far and its value; the start and +inf before there is one."""
        with self._lock:
            x, f, _ = self._evaluator.best
        return (self._start.copy(), math.inf) if x is None else (x, f)

    def result(self) -> Result:
        """Return what is known now, in the form `minimize` returns, without a classification."""
        with self._lock:
            x, fun = self.best
            finite = math.isfinite(fun) and bool(np.isfinite(x).all())
            return Result(
                x=x,
                fun=fun,
                jac=self._evaluator.best[2],
                hess=None,
                success=SUCCESS[self.status] and finite,
                status=self.status,
                message=TEXT[self.status].capitalize(),
                classification=None,
                method=self.method,
                nfev=self._evaluator.nfev,
                njev=self._evaluator.njev,
                nhev=0,
                nit=self._evaluator.nit,
                n_escapes=0,
                stages=tuple(
                    parts_of(self._solver, self._evaluator.nfev, self._evaluator.nit, self.status)
                ),
                minima=(),
                history=None,
                elapsed=None,
            )

    def __copy__(self) -> Solver:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Solver:
        return self.copy()

    def copy(self) -> Solver:
        """Return a solver that continues bit for bit like this one, independently of it."""
        twin = Solver.__new__(Solver)
        with self._lock:
            twin.__dict__.update(self.__dict__)
            twin._lock = threading.RLock()
            twin._handed = self._handed.copy()
            twin._X = None if self._X is None else self._X.copy()
            twin._evaluator = self._evaluator.copy()
            twin._solver = self._solver.copy()
        return twin


def _array(name: str, value: Any, shape: tuple[int, ...]) -> Vector:
    array = _core.as_real_array(f"{name}=", value, f"real numbers, shape {shape}")
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    return array
