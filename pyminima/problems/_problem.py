"""A test problem, its labelled critical points, and the transformations that keep both true.

`Problem` and `CriticalPoint` are plain data.  `build` makes a `Problem` from one formula
and a few labels: derivatives come from the formula, coordinates of the labels are
polished to working precision, values are filled in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ._jets import Formula, Matrix, Vector, gradient, hessian

Kind = Literal[
    "local_minimum",
    "saddle",
    "local_maximum",
    "degenerate_minimum",
    "flat_valley",
    "inflection",
    "plateau",
    "nonsmooth_minimum",
]

#: Kinds of points that have no lower neighbour and are not a mere plateau.
MINIMA: frozenset[Kind] = frozenset(
    {"local_minimum", "degenerate_minimum", "flat_valley", "nonsmooth_minimum"}
)


@dataclass(frozen=True, eq=False)
class CriticalPoint:
    """A point where a problem is stationary, and what kind of point it is.

    Attributes
    ----------
    x : ndarray, shape (n,)
        Coordinates, to working precision.
    fun : float
        The value there (without noise, where the problem adds some).
    kind : str
        `local_minimum` (positive definite on the free coordinates, or a vertex),
        `degenerate_minimum` (strict, but a curvature is zero), `flat_valley` (a minimum with a
        direction along which the value is constant), `nonsmooth_minimum`, `plateau` (constant
        all around), `saddle` (lower and higher neighbours), `inflection` (the same with n = 1,
        or along a null direction only), `local_maximum`.
    index : int or None
        The Morse index: how many eigenvalues of the Hessian are negative.  Only the free
        coordinates count, those off their bounds; at a vertex the index is 0.  The index does
        not decide the kind where the Hessian is singular (the monkey saddle has index 0) or
        where a bound is active with a zero multiplier: there the Hessian is to be judged on the
        critical cone, and the corner of -xy is a saddle of index 0.  None where there is no
        Hessian or it says nothing (kinks, plateaus).
    is_global : bool
        Whether no point of the box has a lower value.
    """

    x: Vector
    fun: float
    kind: Kind
    index: int | None
    is_global: bool = False


@dataclass(frozen=True, eq=False)
class Problem:
    """An objective with derivatives, a box, a start, and labelled critical points.

    Attributes
    ----------
    name : str
        The name in the catalogue.
    n : int
        Number of variables.
    fun, jac, hess : callable
        Value, gradient of shape (n,) and Hessian of shape (n, n) at `x`.  `hess` is None where
        there is no useful one.  At a kink `jac` returns a subgradient.
    x0 : ndarray, shape (n,)
        The standard start.
    lower, upper : ndarray, shape (n,)
        The standard box; infinite where there is no bound.
    points : tuple of CriticalPoint
        Labelled critical points of the problem *in the box*; not necessarily all of them.
    source : str
        Where the function comes from.
    tags : frozenset of str
        Words to select by; the package's docstring lists them.
    noise : float
        Standard deviation, or rounding step, of one evaluation where it is larger than double
        rounding explains; 0 otherwise.
    """

    name: str
    n: int
    fun: Callable[[npt.ArrayLike], float] = field(repr=False)
    jac: Callable[[npt.ArrayLike], Vector] = field(repr=False)
    hess: Callable[[npt.ArrayLike], Matrix] | None = field(repr=False)
    x0: Vector
    lower: Vector = field(repr=False)
    upper: Vector = field(repr=False)
    points: tuple[CriticalPoint, ...] = field(repr=False)
    source: str = field(repr=False)
    tags: frozenset[str] = frozenset()
    noise: float = 0.0

    @property
    def bounds(self) -> list[tuple[float | None, float | None]]:
        """The box as scipy takes it: a pair per variable, None where there is no bound."""
        return [
            (lo if math.isfinite(lo) else None, up if math.isfinite(up) else None)
            for lo, up in zip(self.lower.tolist(), self.upper.tolist(), strict=True)
        ]

    @property
    def minima(self) -> tuple[CriticalPoint, ...]:
        """The labelled points that have no lower neighbour."""
        return tuple(point for point in self.points if point.kind in MINIMA)

    @property
    def f_min(self) -> float | None:
        """The lowest value in the box; None where it is unknown or does not exist."""
        return min((point.fun for point in self.points if point.is_global), default=None)

    def shifted(self, offset: npt.ArrayLike) -> Problem:
        """Return the problem moved by `offset`, box, start and labels with it.

        Parameters
        ----------
        offset : float or array_like, shape (n,)
            What is added to every coordinate.
        """
        move = np.broadcast_to(np.asarray(offset, dtype=float), (self.n,))
        return self._affine("shifted", np.eye(self.n), np.eye(self.n), move)

    def scaled(
        self, *, x_scale: npt.ArrayLike = 1.0, f_scale: float = 1.0, f_offset: float = 0.0
    ) -> Problem:
        """Return the problem in other units.

        Parameters
        ----------
        x_scale : float or array_like, shape (n,)
            Factor on every coordinate, positive: 1e6 gives variables of size 1e6.
        f_scale : float
            Factor on the value, positive.
        f_offset : float
            Added to the value after scaling.
        """
        scale = np.broadcast_to(np.asarray(x_scale, dtype=float), (self.n,))
        if not np.all(scale > 0):
            raise ValueError(f"x_scale={x_scale!r} must be positive")
        if not f_scale > 0:
            raise ValueError(f"f_scale={f_scale!r} must be positive")
        zero = np.zeros(self.n)
        scaled = self._affine("scaled", np.diag(scale), np.diag(1 / scale), zero, f_scale, f_offset)
        # The box is scaled coordinate by coordinate: infinity times an off-diagonal zero is NaN.
        return replace(scaled, lower=_frozen(scale * self.lower), upper=_frozen(scale * self.upper))

    def rotated(self, rotation: npt.ArrayLike | np.random.Generator) -> Problem:
        """Return the problem in turned coordinates `Q @ x`, **without its box**.

        A turned box is no box, so the bounds become infinite, and a global label is kept on the
        understanding that the function has no lower value outside its standard box.

        Parameters
        ----------
        rotation : array_like of shape (n, n), or numpy.random.Generator
            The orthogonal matrix Q, or a generator to draw one from.
        """
        if isinstance(rotation, np.random.Generator):
            q, r = np.linalg.qr(rotation.standard_normal((self.n, self.n)))
            q = q * np.sign(np.diag(r))
        else:
            q = np.asarray(rotation, dtype=float)
        if q.shape != (self.n, self.n) or not np.allclose(q @ q.T, np.eye(self.n), atol=1e-12):
            raise ValueError(f"rotation must be an orthogonal matrix of shape {(self.n, self.n)}")
        self._refuse_points_on_bounds("rotated")
        free = np.full(self.n, np.inf)
        unbounded = replace(self, lower=_frozen(-free), upper=_frozen(free))
        return unbounded._affine("rotated", q, q.T, np.zeros(self.n))

    def within(self, lower: npt.ArrayLike, upper: npt.ArrayLike) -> Problem:
        """Return the problem in another box, with the labels that lie inside it.

        The start is clipped to the box.  The caller vouches that the global minimum over the old
        box is the global minimum over the new one.

        Parameters
        ----------
        lower, upper : float or array_like, shape (n,)
            The new box.
        """
        self._refuse_points_on_bounds("put into another box")
        lo = np.broadcast_to(np.asarray(lower, dtype=float), (self.n,))
        up = np.broadcast_to(np.asarray(upper, dtype=float), (self.n,))
        kept = tuple(p for p in self.points if np.all((lo <= p.x) & (p.x <= up)))
        if self.f_min is not None and not any(p.is_global for p in kept):
            raise ValueError(f"no global minimum of {self.name!r} lies in the new box")
        boxed = replace(
            self,
            lower=_frozen(lo),
            upper=_frozen(up),
            x0=_frozen(np.clip(self.x0, lo, up)),
            points=kept,
        )
        boxed._refuse_points_on_bounds("put into this box")
        return boxed

    def _refuse_points_on_bounds(self, action: str) -> None:
        if any(np.any((p.x == self.lower) | (p.x == self.upper)) for p in self.points):
            raise ValueError(
                f"{self.name!r} cannot be {action}: a labelled point lies on a bound, "
                "and its kind depends on that bound"
            )

    def _affine(
        self,
        what: str,
        matrix: Matrix,
        inverse: Matrix,
        move: Vector,
        f_scale: float = 1.0,
        f_offset: float = 0.0,
    ) -> Problem:
        """Pass to the variables z = matrix @ x + move and the values f_scale * f + f_offset."""
        fun, jac, hess = self.fun, self.jac, self.hess

        def to_new(x: Vector) -> Vector:
            return _frozen(matrix @ x + move)

        def to_old(z: npt.ArrayLike) -> Vector:
            return inverse @ (np.asarray(z, dtype=float) - move)

        def new_hess(z: npt.ArrayLike) -> Matrix:
            assert hess is not None
            return f_scale * (inverse.T @ hess(to_old(z)) @ inverse)

        return replace(
            self,
            name=f"{self.name}_{what}",
            fun=lambda z: f_scale * fun(to_old(z)) + f_offset,
            jac=lambda z: f_scale * (inverse.T @ jac(to_old(z))),
            hess=None if hess is None else new_hess,
            x0=to_new(self.x0),
            lower=_frozen(self.lower + move),
            upper=_frozen(self.upper + move),
            points=tuple(
                replace(p, x=to_new(p.x), fun=f_scale * p.fun + f_offset) for p in self.points
            ),
            noise=f_scale * self.noise,
        )


@dataclass(frozen=True)
class Label:
    """What the author of a problem states about a point; `build` makes a CriticalPoint of it."""

    x: npt.ArrayLike
    kind: Kind
    index: int | None
    is_global: bool = False


def minimum(*x: float, best: bool = False) -> Label:
    """Label a strict local minimum with positive curvature on its free coordinates."""
    return Label(x, "local_minimum", 0, best)


def saddle(*x: float, index: int = 1) -> Label:
    """Label a saddle point with `index` negative curvatures."""
    return Label(x, "saddle", index)


def maximum(*x: float) -> Label:
    """Label a local maximum in the interior of the box."""
    return Label(x, "local_maximum", len(x))


def morse(x: Iterable[float], index: int, best: bool = False) -> Label:
    """Label an interior point with a regular Hessian, whose index decides its kind."""
    at = tuple(x)
    kind: Kind = "saddle"
    if index == 0:
        kind = "local_minimum"
    elif index == len(at):
        kind = "local_maximum"
    return Label(at, kind, index, best)


def build(
    formula: Formula,
    *,
    x0: npt.ArrayLike,
    source: str,
    lower: npt.ArrayLike = -np.inf,
    upper: npt.ArrayLike = np.inf,
    points: Iterable[Label] = (),
    tags: Iterable[str] = (),
    smooth: bool = True,
    jac: Callable[[Vector], Vector] | None = None,
    hess: Callable[[Vector], Matrix] | None = None,
    noise: float = 0.0,
) -> Problem:
    """Make a problem from one formula and its labels.

    Parameters
    ----------
    formula : callable
        The value at `x` in numpy operations that `_jets` knows.
    x0, lower, upper, source, tags, noise
        As in `Problem`; a single number is taken for every bound.
    points : iterable of Label
        Coordinates need a few correct digits only: Newton's method on the gradient does the
        rest, and a label that is not near a critical point is an error.
    smooth : bool
        Whether to offer a Hessian.
    jac, hess : callable
        Hand-written derivatives, where they are faster or the formula is no numpy expression.
    """
    start = _frozen(np.atleast_1d(np.asarray(x0, dtype=float)))
    n = start.size

    def checked(x: npt.ArrayLike) -> Vector:
        at = np.asarray(x, dtype=float)
        if at.shape != (n,):
            raise ValueError(f"x has shape {at.shape}; this problem takes shape ({n},)")
        return at

    slope = jac or (lambda x: gradient(formula, x))
    curvature = hess or (lambda x: hessian(formula, x))
    bare = Problem(
        name=getattr(formula, "__name__", "problem"),
        n=n,
        fun=lambda x: float(formula(checked(x))),
        jac=lambda x: slope(checked(x)),
        hess=(lambda x: curvature(checked(x))) if smooth else None,
        x0=start,
        lower=_frozen(np.broadcast_to(np.asarray(lower, dtype=float), (n,))),
        upper=_frozen(np.broadcast_to(np.asarray(upper, dtype=float), (n,))),
        points=(),
        source=source,
        tags=frozenset(tags),
        noise=noise,
    )
    return replace(bare, points=tuple(_complete(bare, label) for label in points))


def _complete(problem: Problem, label: Label) -> CriticalPoint:
    stated = np.asarray(label.x, dtype=float)
    x = stated
    if problem.hess is not None and label.kind in ("local_minimum", "saddle", "local_maximum"):
        x = _polished(problem, stated)
    if np.linalg.norm(x - stated) > 1e-2 * (1 + np.linalg.norm(stated)):
        raise ValueError(f"{problem.name!r} has no critical point near {stated}, only at {x}")
    return CriticalPoint(
        _frozen(x), problem.fun(x), label.kind, label.index, is_global=label.is_global
    )


def _polished(problem: Problem, x: Vector) -> Vector:
    """Take Newton steps on the free coordinates as long as they shrink the gradient."""
    assert problem.hess is not None
    free = (problem.lower < x) & (x < problem.upper)
    if not free.any():
        return x
    residual = np.linalg.norm(problem.jac(x)[free])
    for _ in range(50):
        hess = problem.hess(x)[np.ix_(free, free)]
        # 1e10: beyond it the point counts as degenerate, and its label must be exact as stated.
        if residual == 0 or np.linalg.cond(hess) > 1e10:
            break
        step = np.zeros_like(x)
        step[free] = np.linalg.solve(hess, problem.jac(x)[free])
        closer = np.linalg.norm(problem.jac(x - step)[free])
        if not closer < residual:
            break
        x, residual = x - step, closer
    return x


def _frozen(x: Any) -> Vector:
    array = np.array(x, dtype=float)
    array.setflags(write=False)
    return array
