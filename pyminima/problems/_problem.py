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

#: Kinds that signs of curvatures decide, where no curvature vanishes.
REGULAR: frozenset[Kind] = frozenset({"local_minimum", "saddle", "local_maximum"})

DOUBLE, SINGLE = float(np.finfo(np.float64).eps), float(np.finfo(np.float32).eps)


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
        Standard deviation, or rounding step, of one evaluation where it is larger than
        `precision` explains; 0 otherwise.
    precision : float
        Relative error of one evaluation: that of double precision, unless values are rounded
        to fewer digits or carry noise in proportion to their size.
    reseed : callable
        ``reseed(*key)`` draws the noise from now on from the seed and these numbers, whatever was
        evaluated before; nothing happens where there is none.
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
    precision: float = DOUBLE
    reseed: Callable[..., None] = field(repr=False, default=lambda *key: None)

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

    def error_at(self, point: CriticalPoint) -> float:
        """Return the standard error of one evaluation at a point, or its rounding step."""
        return max(self.noise, self.precision * abs(point.fun))

    def resolves(self, point: CriticalPoint) -> bool:
        """Whether values of this problem show what its labels say about a point.

        That is so if the value changes by much more than its error while every curvature that
        decides the kind keeps its size (see `relief`).  Where it does not, noise hides the kind,
        and no honest verdict can be more than "undetermined".  Always False for points that
        curvature does not decide: degenerate ones, plateaus, kinks.

        Notes
        -----
        A second difference of values with standard error s has, to 3 of its standard errors, an
        error of 12 s; entry by entry that makes an error of up to 12 n s in an eigenvalue
        (Weyl's bound), and a verdict wants twice that.  The change of the value is half of the
        second difference: hence 12 n s, and 2.5 times that because the curvature itself may
        change by half over the length in question.

        A saddle of index 0 falls only off bounds that carry no force.  Any force there, however
        small, would make it a minimum, and where there is noise, none can be excluded.
        """
        is_noisy = self.noise > 0.0 or self.precision > DOUBLE
        if is_noisy and point.kind == "saddle" and point.index == 0:
            return False
        return relief(self, point) > 30.0 * self.n * self.error_at(point)

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

    def with_bound_through(self, point: CriticalPoint, i: int) -> Problem:
        """Return the problem with a lower bound on variable i that passes through a point.

        The point, a regular minimum or saddle inside the box, is the only label that is kept.
        The bound exerts no force on it.  It stays what it was: one of two opposite directions
        remains feasible, and both have the same curvature.

        Parameters
        ----------
        point : CriticalPoint
            One of `points`.
        i : int
            The variable.
        """
        if point.kind not in ("local_minimum", "saddle") or self.hess is None:
            raise ValueError(f"a bound through a point of kind {point.kind!r} may change its kind")
        if np.any((point.x == self.lower) | (point.x == self.upper)):
            raise ValueError(f"{point.x} already lies on a bound")
        lower = self.lower.copy()
        lower[i] = point.x[i]
        others = np.delete(np.delete(self.hess(point.x), i, 0), i, 1)
        index = int(np.sum(np.linalg.eigvalsh(others) < 0)) if self.n > 1 else 0
        return replace(
            self,
            name=f"{self.name}_bounded",
            lower=_frozen(lower),
            x0=_frozen(np.maximum(self.x0, lower)),
            points=(replace(point, index=index, is_global=False),),
            tags=self.tags | {"degenerate"},
        )

    def noisy(self, sigma: float = 0.0, *, relative: float = 0.0, seed: int = 0) -> Problem:
        """Return the problem with Gaussian noise on its values.

        Gradient, Hessian and labels stay those of the mean.  The problem owns a generator, so
        two of them give the same values in the same order of calls; its transformations share
        that generator, and `reseed` renews it.

        Parameters
        ----------
        sigma : float
            Standard deviation.
        relative : float
            Standard deviation in units of the value.
        seed : int
            Of the generator.
        """
        fun, rng, before = self.fun, np.random.default_rng(seed), self.reseed

        def reseed(*key: int) -> None:
            nonlocal rng
            before(*key)
            rng = np.random.default_rng([seed, *key])

        def noisy(x: npt.ArrayLike) -> float:
            value = fun(x)
            a, b = rng.standard_normal(2)
            return value + sigma * float(a) + relative * float(b) * value

        return replace(
            self,
            name=f"{self.name}_noisy",
            fun=noisy,
            tags=self.tags | {"noisy"},
            noise=math.hypot(self.noise, sigma),
            precision=max(self.precision, relative),
            reseed=reseed,
        )

    def in_single_precision(self) -> Problem:
        """Return the problem with variables, values and derivatives rounded to 24 bits."""
        fun, jac, hess = self.fun, self.jac, self.hess

        def rounded(x: Any) -> Any:
            return np.asarray(x, dtype=np.float32).astype(float)

        return replace(
            self,
            name=f"{self.name}_single",
            fun=lambda x: float(rounded(fun(rounded(x)))),
            jac=lambda x: rounded(jac(rounded(x))),
            hess=None if hess is None else lambda x: rounded(hess(rounded(x))),
            tags=self.tags | {"noisy"},
            precision=max(self.precision, SINGLE),
        )

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
        if f_offset and self.precision > DOUBLE:
            raise ValueError(
                f"{self.name!r} has errors in proportion to its values: offset it before it is "
                "made noisy or rounded"
            )
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


def relief(problem: Problem, point: CriticalPoint) -> float:
    """By how much the value changes along what decides the kind of a point; 0 if nothing does.

    Along each of the `deciding` directions the change is taken over the length in which the slope,
    or the curvature, stays within half of its size; the smallest of these changes is returned.
    In a space of many dimensions the two weakest curvatures are followed.
    """
    directions = deciding(problem, point)
    if directions is None:
        return 0.0
    forces, curvatures = directions
    changes = [_change(problem, point.x, direction, 1) for direction in forces]
    changes += [_change(problem, point.x, direction, 2) for direction in curvatures[:2]]
    return min(changes, default=math.inf)


def deciding(problem: Problem, point: CriticalPoint) -> tuple[list[Vector], list[Vector]] | None:
    """Directions whose slopes and curvatures decide the kind of a point, None where they do not.

    Slopes decide into the box at bounds that carry a force, and curvatures over all other
    variables: they are ordered by size, the weakest first.  None of them vanishes.
    """
    if problem.hess is None or point.kind not in REGULAR or point.index is None:
        return None
    x, slope, hess = point.x, problem.jac(point.x), problem.hess(point.x)
    movable = problem.lower < problem.upper
    at_bound = (x == problem.lower) | (x == problem.upper)
    # Compared with the slope at the start, which has the same units: a label is exact to rounding.
    held = at_bound & movable & (np.abs(slope) > 1e-9 * np.abs(problem.jac(problem.x0)))
    forces = [axis for axis, is_held in zip(np.eye(problem.n), held, strict=True) if is_held]
    loose = movable & ~held
    if not loose.any():
        return forces, []
    unit = _equilibrated(hess[np.ix_(loose, loose)])
    curvature, vectors = np.linalg.eigh(hess[np.ix_(loose, loose)] * np.outer(unit, unit))
    size = np.abs(curvature)
    # 1e-10: below it the Hessian counts as singular, as for `build`.
    if not np.all(size > 1e-10 * size.max()):
        return None
    curvatures = []
    for k in np.argsort(size):
        direction = np.zeros(problem.n)
        direction[loose] = unit * vectors[:, k]
        curvatures.append(direction / np.linalg.norm(direction))
    return forces, curvatures


def _change(problem: Problem, x: Vector, direction: Vector, order: Literal[1, 2]) -> float:
    """How far slope (order 1) or curvature (2) along a direction move the value by themselves."""
    jac, hess = problem.jac, problem.hess
    assert hess is not None

    def derivative(t: float) -> float:
        at = np.clip(x + t * direction, problem.lower, problem.upper)
        return float(direction @ jac(at) if order == 1 else direction @ hess(at) @ direction)

    here = derivative(0.0)
    # 10: where there is no bound, a parabola is followed to ten times the size of x.
    longest = 10.0 * max(1.0, float(np.abs(x).max()))
    moving = direction != 0
    room = np.maximum(problem.upper - x, x - problem.lower)[moving] / np.abs(direction[moving])
    length = min(longest, float(room.min()))
    for _ in range(60):
        places = (side * part * length for part in (1.0, 0.6, 0.3) for side in (-1, 1))
        if all(abs(derivative(t) - here) <= 0.5 * abs(here) for t in places):
            break
        length *= 0.5
    return abs(here) * length**order / order


def _equilibrated(hess: Matrix) -> Vector:
    """Lengths for the variables that make the largest entry in each row of the Hessian 1."""
    unit = np.ones(len(hess))
    for _ in range(20):
        row = np.max(np.abs(hess) * np.outer(unit, unit), axis=1)
        unit = unit / np.sqrt(np.where(row > 0, row, 1.0))
    return unit


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
        x = polished(problem, stated)
    if np.linalg.norm(x - stated) > 1e-2 * (1 + np.linalg.norm(stated)):
        raise ValueError(f"{problem.name!r} has no critical point near {stated}, only at {x}")
    return CriticalPoint(
        _frozen(x), problem.fun(x), label.kind, label.index, is_global=label.is_global
    )


def polished(problem: Problem, x: Vector) -> Vector:
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
