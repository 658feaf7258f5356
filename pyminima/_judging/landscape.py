"""The objective around x: counted evaluations inside the box, up to a cap, and the lowest one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
from scipy.sparse import issparse

from .classification import Mask, Matrix, Vector

EPS = float(np.finfo(np.float64).eps)
NEARBY = 0.1  # of a unit: "near x" in every statement that probing supports
PART = 2**18  # numbers in one batch of points: 2 MiB, some 20 ms between looks at the limits
LOOK_AFTER = 200  # passes of a loop without evaluations until it looks at the limits: some 20 ms
FIRST_STEP = 1e-3  # of a variable's unit: far above rounding (1e-16), far below the scale of f (1)


def widths(lower: Vector, upper: Vector) -> Vector:
    """The widths of a box; one that no double can hold is inf, as without a bound."""
    with np.errstate(over="ignore"):
        return upper - lower


class BudgetSpent(Exception):
    """The evaluations (or the time) granted to a run have been used up."""


class Evaluations(Protocol):
    """Counted and budgeted evaluations of the user's objective, all n variables."""

    n: int
    has_gradient: bool
    has_hessian: bool
    has_product: bool

    @property
    def nfev(self) -> int:
        """Evaluations so far."""
        ...

    def values(self, X: Matrix) -> Vector:
        """Objective at the rows of X; NaN arrives as +inf; may raise `BudgetSpent`."""
        ...

    def gradients(self, X: Matrix) -> tuple[Vector, Matrix]:
        """Objective and gradient at the rows of X."""
        ...

    def look(self) -> None:
        """Within long work that evaluates nothing: raises `BudgetSpent` if the time is over."""
        ...

    def hessian(self, x: Vector) -> Any:
        """The user's Hessian at x, dense or `scipy.sparse`."""
        ...

    def product(self, x: Vector, v: Vector) -> Vector:
        """The user's Hessian at x times v."""
        ...


class Landscape:
    """The objective around x, evaluated inside the box only and up to a cap.

    It keeps the lowest point evaluated, so that no search for a lower neighbour has to.
    """

    def __init__(
        self,
        evaluations: Evaluations,
        x: Vector,
        lower: Vector,
        upper: Vector,
        unit: Vector,
        cap: int,
        rng: np.random.Generator,
        errors: dict[str, Any] | None = None,
        given: Mask | None = None,
    ) -> None:
        self.evaluations = evaluations
        self.errors = errors or {}  # numpy's error handling while the user's functions run
        self.user_is_running = False  # stays true after an exception of the user's functions
        self.x, self.lower, self.upper = x, lower, upper
        self.n = len(x)
        self.unit = unit
        self.given = np.zeros(self.n, dtype=np.bool_) if given is None else given  # the user's unit
        self.guessed = (np.abs(x) < unit) & ~self.given  # the unit stands on no measurement yet
        self.rng = rng
        self.cap, self.start, self.asked = cap, evaluations.nfev, 0
        self.f0 = math.inf
        self.g0: Vector | None = None
        self.best_x, self.best_f = x, math.inf
        self.movable: Mask = lower < upper
        self._given: Any = None  # the user's Hessian, once it has been asked for

    @property
    def left(self) -> int:
        """Evaluations left under the cap."""
        return self.cap - self.asked

    @property
    def used(self) -> int:
        """Evaluations made; fewer than asked for if the run's budget ended within a batch."""
        return self.evaluations.nfev - self.start

    def evaluate_here(self, with_gradient: bool) -> bool:
        """Evaluate x itself; return whether a finite gradient came with the value."""
        X = self.x[None, :]
        if with_gradient:
            F, G = self.gradients(X)
            self.f0 = float(F[0])
            if np.isfinite(G[0]).all():
                self.g0 = G[0]
                return True
        # Where a gradient is not finite, the value that comes with it counts for nothing.
        self.f0 = float(self.values(X)[0])
        return False

    def values(self, X: Matrix) -> Vector:
        """Objective at the rows of X, which are moved onto the box if rounding put them outside."""
        X = self._admit(X)
        F = np.asarray(self._ask(self.evaluations.values, X), dtype=np.float64)
        self._remember(X, F)
        return F

    def gradients(self, X: Matrix) -> tuple[Vector, Matrix]:
        """Objective and gradient at the rows of X."""
        X = self._admit(X)
        F, G = self._ask(self.evaluations.gradients, X)
        F = np.asarray(F, dtype=np.float64)
        self._remember(X, F)
        return F, np.where(self.movable, np.asarray(G, dtype=np.float64), 0.0)

    @property
    def has_curvature(self) -> bool:
        """Whether the user gives second derivatives, as a Hessian or as its products."""
        return self.evaluations.has_hessian or self.evaluations.has_product

    def hessian(self, rows: list[int]) -> Matrix:
        """The user's Hessian at x, (n, n); columns other than the rows may be 0."""
        if self.evaluations.has_hessian:
            given = self._ask(self.evaluations.hessian, self.x)
            return given.toarray() if issparse(given) else np.asarray(given, dtype=np.float64)
        H = np.zeros((self.n, self.n))
        for i in rows:
            H[:, i] = self._ask(self.evaluations.product, self.x, np.eye(1, self.n, i)[0])
        return H

    def product(self, v: Vector) -> Vector:
        """The user's Hessian at x times v: a matrix is asked for once and kept as it is."""
        if not self.evaluations.has_hessian:
            return np.asarray(self._ask(self.evaluations.product, self.x, v), dtype=np.float64)
        if self._given is None:
            self._given = self._ask(self.evaluations.hessian, self.x)
        return np.asarray(self._given @ v, dtype=np.float64)

    def _ask(self, function: Callable[..., Any], *args: Any) -> Any:
        self.user_is_running = True
        try:
            with np.errstate(**self.errors):
                answer = function(*args)
        except BudgetSpent:  # ours, not the user's
            self.user_is_running = False
            raise
        self.user_is_running = False
        return answer

    def _admit(self, X: Matrix) -> Matrix:
        if self.asked + len(X) > self.cap:
            raise BudgetSpent
        self.asked += len(X)
        return np.minimum(np.maximum(X, self.lower), self.upper)  # a third of the time of clip

    def _remember(self, X: Matrix, F: Vector) -> None:
        k = int(np.argmin(F))
        if F[k] < self.best_f:
            self.best_x, self.best_f = X[k].copy(), float(F[k])

    def parts(self, count: int, rows: int) -> Iterator[slice]:
        """Slices of `count` groups of `rows` points each, one slice for each batch.

        A batch has about `PART` numbers: memory stays small, and the run's limits, which every
        evaluation looks at, are not passed by much.
        """
        if self.asked + count * rows > self.cap:
            raise BudgetSpent
        each = max(1, PART // (rows * self.n))
        for start in range(0, count, each):
            yield slice(start, min(start + each, count))

    def room(self, d: Vector) -> float:
        """The largest t with x + t d in the box."""
        t = np.where(d > 0, (self.upper - self.x) / d, (self.lower - self.x) / d)
        return float(np.min(np.where(d == 0, np.inf, t), initial=np.inf))

    def directions(self, random: Matrix) -> Matrix:
        """Both ways along each movable variable, then the random ones, as rows."""
        axes = np.eye(self.n)[self.movable]
        return np.concatenate([axes, -axes, random])

    def rises(self, d: Vector) -> Vector:
        """By how much f is higher at x + d and at x - d."""
        return self.values(self.x + np.array([[1.0], [-1.0]]) * d) - self.f0

    def signs(self, count: int) -> Vector:
        """So many random signs: -1.0 or 1.0."""
        return np.where(self.rng.integers(0, 2, count) == 1, 1.0, -1.0)

    def roomier_side(self) -> Vector:
        """Per variable, the direction (+1 or -1) in which the box leaves more room."""
        return np.where(self.upper - self.x >= self.x - self.lower, 1.0, -1.0)
