"""Measured noise, and differences that know their error: gradient and Hessian from evaluations.

Nothing here trusts an absolute constant.  The noise of one evaluation is measured by a difference
table (Moré & Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011)); the step of
each variable is widened until its second difference stands clear of the noise and shrunk until
two step lengths agree about it (Gill, Murray & Wright, "Practical Optimization" (1981), ch. 8).
The difference of two formulas of different order is the truncation error, three standard errors
of the formula's noise are the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from scipy.sparse import issparse

from .classification import Mask, Matrix, Vector

EPS = float(np.finfo(np.float64).eps)
SIGMAS = 3.0  # an error bound is this many standard errors: wrong once in 370 normal errors

FIRST_STEP = 1e-3  # of a variable's unit: far above rounding (1e-16), far below structure (1)
SMALLEST_STEP = 2e-8  # of a unit: a kink that is sharp down to here is a kink to double precision
NEARBY = 0.1  # of a unit: "near x" in every statement that probing supports
WIDEST_STEP = 0.25  # of a unit: with noise, curvature is sought out to here
DECADES = 1e6  # by how much the unit of a variable may be wrong if nothing but max(|x|, 1) is known


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

    def hessian(self, x: Vector) -> Any:
        """The user's Hessian at x, dense or `scipy.sparse`."""
        ...

    def product(self, x: Vector, v: Vector) -> Vector:
        """The user's Hessian at x times v."""
        ...


class Landscape:
    """The objective as a classification sees it: around x, inside the box, up to a cap.

    It keeps the lowest point it has met: whoever looks for a lower neighbour gets it for nothing.
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
    ) -> None:
        self.evaluations = evaluations
        self.errors = errors or {}  # numpy's error handling while the user's functions run
        self.user_is_running = False  # stays true after an exception of the user's functions
        self.x, self.lower, self.upper = x, lower, upper
        self.n = len(x)
        self.unit = unit
        self.guessed: Mask = np.abs(x) < unit  # units that stand on no measurement at all yet
        self.rng = rng
        self.cap, self.start, self.asked = cap, evaluations.nfev, 0
        self.f0 = math.inf
        self.g0: Vector | None = None
        self.best_x, self.best_f = x, math.inf
        self.movable: Mask = lower < upper

    @property
    def left(self) -> int:
        """Evaluations left under the cap."""
        return self.cap - self.asked

    @property
    def used(self) -> int:
        """Evaluations made; fewer than asked for if the run's budget ended within a batch."""
        return self.evaluations.nfev - self.start

    def values(self, X: Matrix) -> Vector:
        """Objective at the rows of X, which are moved onto the box if rounding put them outside."""
        X = self._admit(X)
        with self._user():
            F = np.asarray(self.evaluations.values(X), dtype=np.float64)
        self._remember(X, F)
        return F

    def gradients(self, X: Matrix) -> tuple[Vector, Matrix]:
        """Objective and gradient at the rows of X."""
        X = self._admit(X)
        with self._user():
            F, G = self.evaluations.gradients(X)
        F = np.asarray(F, dtype=np.float64)
        self._remember(X, F)
        return F, np.where(self.movable, np.asarray(G, dtype=np.float64), 0.0)

    @property
    def has_curvature(self) -> bool:
        """Whether the user gives second derivatives, as a Hessian or as its products."""
        return self.evaluations.has_hessian or self.evaluations.has_product

    def hessian(self, rows: list[int]) -> Matrix:
        """The user's Hessian at x, (n, n); columns other than the rows may be 0."""
        with self._user():
            if self.evaluations.has_hessian:
                given = self.evaluations.hessian(self.x)
                return given.toarray() if issparse(given) else np.asarray(given, dtype=np.float64)
            H = np.zeros((self.n, self.n))
            for i in rows:
                H[:, i] = self.evaluations.product(self.x, np.eye(1, self.n, i)[0])
            return H

    @contextmanager
    def _user(self) -> Iterator[None]:
        self.user_is_running = True
        try:
            with np.errstate(**self.errors):
                yield
        except BudgetSpent:  # ours, not the user's
            self.user_is_running = False
            raise
        self.user_is_running = False

    def _admit(self, X: Matrix) -> Matrix:
        if self.asked + len(X) > self.cap:
            raise BudgetSpent
        self.asked += len(X)
        return np.clip(X, self.lower, self.upper)

    def _remember(self, X: Matrix, F: Vector) -> None:
        k = int(np.argmin(F))
        if F[k] < self.best_f:
            self.best_x, self.best_f = X[k].copy(), float(F[k])

    def room(self, d: Vector) -> float:
        """The largest t with x + t d in the box."""
        t = np.where(d > 0, (self.upper - self.x) / d, (self.lower - self.x) / d)
        return float(np.min(np.where(d == 0, np.inf, t), initial=np.inf))

    def roomier_side(self) -> Vector:
        """Per variable, the direction (+1 or -1) in which the box leaves more room."""
        return np.where(self.upper - self.x >= self.x - self.lower, 1.0, -1.0)


# ---------------------------------------------------------------------------------------- noise


@dataclass
class Noise:
    """Standard error of one value, of each gradient component, and how far f is constant."""

    value: float
    gradient: Vector
    constant_radius: float = 0.0  # in units; 0 if f varies at the smallest spacing


def measure_noise(land: Landscape, exact: bool) -> Noise:
    """Noise of one evaluation, from values along a short random line through x.

    The spacing is first so small that a smooth function is a polynomial of low degree on it.
    Values that coincide (a coarse number format, a plateau) ask for a wider spacing.  Noise does
    not depend on the spacing and smooth variation does: what looks like much noise is measured
    again with a smaller one.
    """
    count = 4 if exact else 7
    d = short_direction(land)
    spacing, constant, found, found_g = 1e-6, 0.0, math.inf, np.full(land.n, math.inf)
    magnitude, grain = abs(land.f0), math.inf
    for _ in range(5):
        X = land.x + spacing * np.arange(1, count + 1)[:, None] * d
        if exact:
            F, G = land.gradients(X)
            table_g = np.vstack([land.g0 if land.g0 is not None else G[:1], G])
        else:
            F = land.values(X)
            table_g = np.zeros((count + 1, land.n))
        F = np.append(land.f0, F)
        if not (np.all(np.isfinite(F)) and np.all(np.isfinite(table_g))):
            spacing, d = spacing / 30.0, -d if land.room(-d) > 1e-3 else d
            continue
        magnitude = max(magnitude, float(np.max(np.abs(F))))
        levels = np.unique(F)
        if 1 < len(levels) <= count:
            grain = min(grain, float(np.min(np.diff(levels))))
        if len(levels) <= (count + 1) // 2:
            if math.isfinite(found):
                break  # measured before at a wider spacing: here only its graininess is seen
            if np.ptp(F) == 0.0:
                constant = count * spacing
            if count * spacing >= NEARBY:
                break
            spacing = min(1e3 * spacing, NEARBY / count)
            continue
        sigma = table_noise(F[:, None])[0]
        if math.isfinite(found) and sigma > found / 10.0:
            found = max(found, sigma)  # the same at a hundredth of the spacing: it is noise
            if exact:
                found_g = np.maximum(found_g, table_noise(table_g))
            break
        found = sigma
        found_g = table_noise(table_g) if exact else found_g
        if found <= max(64.0 * EPS * magnitude, 1e-6 * float(np.ptp(F))):
            break
        spacing /= 100.0
    value = max(found if math.isfinite(found) else 0.0, 0.5 * EPS * magnitude)
    if math.isfinite(grain):  # equal values betray a coarse number format: rounding to its grain
        value = max(value, 0.3 * grain)
    return Noise(value, np.where(np.isfinite(found_g), found_g, 0.0), constant)


def short_direction(land: Landscape) -> Vector:
    """A random direction of about one unit, with room for NEARBY times its length."""
    side = np.where(
        np.isfinite(land.lower) | np.isfinite(land.upper),
        land.roomier_side(),
        land.rng.choice([-1.0, 1.0], land.n),
    )
    d = side * land.unit * land.rng.uniform(0.5, 1.0, land.n) * land.movable
    room = land.room(d)
    return d if room >= NEARBY else d * (room / NEARBY)


def table_noise(T: Matrix) -> Vector:
    """Noise of each column of T, equally spaced samples, by Hamming's difference table.

    sigma_k^2 = (k!)^2/(2k)! * mean (difference of order k)^2 estimates the variance once k is
    large enough to annihilate the smooth part.  Take the first order at which three successive
    estimates agree within a factor of 4 and the differences change sign (ECnoise, section 3);
    without one, the smallest estimate, since the smooth part only adds.
    """
    levels, signs = [], []
    D = T
    for k in range(1, max(4, len(T) - 2)):
        D = D[1:] - D[:-1]
        gamma = math.factorial(k) ** 2 / (math.factorial(2 * k) * len(D))
        levels.append(np.sqrt(gamma * (D * D).sum(axis=0)))
        signs.append((D.min(axis=0) < 0) & (D.max(axis=0) > 0))
    S = np.array(levels)
    noise = S.min(axis=0)
    for k in reversed(range(len(S) - 2)):
        window = S[k : k + 3]
        agree = (window.max(axis=0) <= 4.0 * window.min(axis=0)) & signs[k]
        if agree.any():
            noise = np.where(agree, S[k], noise)
    return np.asarray(noise)


# ------------------------------------------------------------------------- derivatives on a line

# Rows: first derivative, of higher and lower order; second, of higher and lower order; third.
# Columns: nodes -2 -1 0 1 2, and 0 1 2 3 4, of a step of length 1.
CENTRAL = np.array(
    [
        [1 / 12, -8 / 12, 0.0, 8 / 12, -1 / 12],
        [0.0, -0.5, 0.0, 0.5, 0.0],
        [-1 / 12, 16 / 12, -30 / 12, 16 / 12, -1 / 12],
        [0.0, 1.0, -2.0, 1.0, 0.0],
        [-0.5, 1.0, 0.0, -1.0, 0.5],
    ]
)
ONE_SIDED = np.array(
    [
        [-25 / 12, 48 / 12, -36 / 12, 16 / 12, -3 / 12],
        [-1.5, 2.0, -0.5, 0.0, 0.0],
        [35 / 12, -104 / 12, 114 / 12, -56 / 12, 11 / 12],
        [2.0, -5.0, 4.0, -1.0, 0.0],
        [-2.5, 9.0, -12.0, 7.0, -1.5],
    ]
)
NODES = {False: np.array([-2, -1, 1, 2]), True: np.array([1, 2, 3, 4])}
SHORTEST_ROOM = {False: 2.0, True: 4.0}


@dataclass
class Line:
    """What five points on the line x + t d tell about f, for t in steps of length 1.

    `first`, `second`, `third` are derivatives with respect to t; `bend` is the second difference
    and `exponent` the a in bend ~ |t|^a (2: quadratic, 1: kink, 4: quartic), None under the noise.
    """

    d: Vector
    one_sided: bool
    finite: bool = True
    first: float = 0.0
    first_error: float = math.inf
    second: float = 0.0
    second_error: float = math.inf
    third: float = 0.0
    bend: float = 0.0
    bend_noise: float = math.inf
    truncation: float = math.inf
    exponent: float | None = None
    column: Vector | None = None  # H d, from gradients
    column_error: Vector | None = None
    curl: Vector | None = None  # third derivatives d'(grad^2 f_j)d, from gradients
    blind: bool = False  # gradients only: two nodes could not show the truncation error
    clear: bool = False  # the bend of the values is far above their noise
    third_noise: float = 0.0
    slope_mismatch: bool = False  # gradients only: they contradict the values

    @property
    def resolved(self) -> bool:
        """Whether the second difference stands clear of the noise."""
        return self.finite and abs(self.bend) > self.bend_noise

    @property
    def rough(self) -> bool:
        """Whether two step lengths disagree about the curvature by more than a fiftieth."""
        return self.truncation > 0.02 * abs(self.bend) + self.bend_noise

    @property
    def reach(self) -> float:
        """In steps: where the third or the fourth derivative comes to outweigh the second."""
        second, third, near = abs(self.second) / 2.0, abs(self.third) / 6.0, math.inf
        if abs(self.third) > 2.0 * self.third_noise:
            near = second / third
        # On a two-sided line `truncation` is a twelfth of the fourth derivative, or more.
        if not self.one_sided and self.truncation > 2.0 * self.bend_noise:
            near = min(near, math.sqrt(second / (self.truncation / 2.0)))
        return near

    @property
    def smooth(self) -> bool:
        """Whether the line shows a definite curvature."""
        return (
            self.resolved
            and self.truncation <= 0.1 * abs(self.bend)
            and (self.exponent is None or 1.7 < self.exponent < 2.4)
        )


def line_from_values(d: Vector, one_sided: bool, f0: float, F: Vector, noise: Noise) -> Line:
    """Derivatives along d from the values at `NODES[one_sided]`."""
    if not np.all(np.isfinite(F)):
        return Line(d, one_sided, finite=False)
    f = np.insert(F, 0 if one_sided else 2, f0)
    sigma = max(noise.value, 0.5 * EPS * float(np.max(np.abs(f))))
    W = ONE_SIDED if one_sided else CENTRAL
    first, first_low, second, second_low, third = W @ (f - f0)
    error = SIGMAS * sigma * np.linalg.norm(W, axis=1)
    small, wide = (
        (f[0] - 2 * f[1] + f[2], f[0] - 2 * f[2] + f[4])
        if one_sided
        else (f[1] - 2 * f[2] + f[3], f[0] - 2 * f[2] + f[4])
    )
    bend_noise = SIGMAS * sigma * math.sqrt(6.0)
    # One more order of h changed the curvature by this factor; the gradient's series is alike.
    gain = abs(second - second_low) / max(abs(second), 1e-300)
    return Line(
        d,
        one_sided,
        first=float(first),
        first_error=float(abs(first - first_low) * min(1.0, 10.0 * gain) + error[0]),
        second=float(second),
        second_error=float(abs(second - second_low) + error[2]),
        third=float(third),
        bend=float(small),
        bend_noise=bend_noise,
        clear=abs(float(small)) > 10.0 * bend_noise,
        third_noise=float(error[4]),
        truncation=float(abs(wide / 4.0 - small) / 3.0),
        exponent=_exponent(float(wide), float(small), bend_noise, 0.0),
    )


def line_from_gradients(
    d: Vector,
    f0: float,
    g0: Vector,
    nodes: Vector,
    F: Vector,
    G: Matrix,
    noise: Noise,
    x: Vector,
) -> Line:
    """Derivatives along d from gradients at nodes (-1, 1), (1, 2) or (-1, 1, -2, 2)."""
    one_sided = bool(nodes[0] > 0)
    if not (np.all(np.isfinite(F)) and np.all(np.isfinite(G))):
        return Line(d, one_sided, finite=False)
    size = float(np.max(np.abs([f0, *F])))
    bend_noise_f = SIGMAS * math.sqrt(6.0) * max(noise.value, 0.5 * EPS * size)
    i = int(np.argmax(np.abs(d)))
    # The rounding of x + d moves the gradient by this part of its change.
    moved = 0.5 * EPS * (abs(x[i] / d[i]) + 1.0) * np.abs(G[1] - G[0])
    rounding = 0.5 * EPS * np.maximum(np.abs(G).max(axis=0), np.abs(g0))
    error_g = SIGMAS * np.maximum(np.maximum(noise.gradient, rounding), moved)
    slope_error = float(error_g[i] * abs(d[i]))
    line = Line(d, one_sided, first=float(g0 @ d), first_error=slope_error)
    wider: Vector | None = None
    if one_sided:  # 0, 1, 2
        near, line.curl = G[0] - g0, G[1] - 2.0 * G[0] + g0
        column = (-3.0 * g0 + 4.0 * G[0] - G[1]) / 2.0
        wider = (G[1] - g0) / 2.0
        line.truncation = float(abs((wider - near) @ d))
    else:
        near = column = (G[1] - G[0]) / 2.0
        line.curl = G[1] - 2.0 * g0 + G[0]
        bend_f = float(F[0] - 2.0 * f0 + F[1])
        # bend_f = h^2 f'' + h^4 f''''/12 and near @ d = h^2 f'' + h^4 f''''/6
        line.truncation = 2.0 * abs(bend_f - float(near @ d))
        line.exponent = _power(2.0 * float(near @ d), bend_f, bend_noise_f)
        line.clear = abs(bend_f) > 10.0 * bend_noise_f
        line.blind = bend_noise_f > 0.01 * abs(float(near @ d))
        # (f1 - f-1)/2 = h f' + h^3 f'''/6 + ..., and curl @ d = h^3 f'''
        difference = 0.5 * float(F[1] - F[0]) - float(line.curl @ d) / 6.0 - line.first
        scale = 1e-2 * (abs(0.5 * (F[1] - F[0])) + abs(line.first) + abs(line.curl @ d))
        line.slope_mismatch = abs(difference) > scale + 4.0 * bend_noise_f + slope_error
        if len(nodes) == 4:
            wider = (G[3] - G[2]) / 4.0
            line.truncation = float(abs((wider - near) @ d)) / 3.0
            line.blind = False
            column = (4.0 * near - wider) / 3.0
        elif line.blind:
            line.truncation = min(line.truncation, abs(float(near @ d)))
    line.bend = float(near @ d)
    line.bend_noise = slope_error
    if wider is not None:
        line.exponent = _exponent(float(2.0 * wider @ d), float(near @ d), slope_error, 1.0)
    spread = np.abs(wider - near) if wider is not None else np.zeros(len(d))
    line.column, line.column_error = column, spread + 1.6 * error_g
    line.second = float(column @ d)
    line.second_error = line.truncation + 1.6 * slope_error
    line.third = float(line.curl @ d)
    line.third_noise = 2.5 * slope_error
    return line


def _exponent(wide: float, small: float, noise: float, plus: float) -> float | None:
    """The a in |t|^(a - plus) from the ratio at 2t and t."""
    if min(abs(wide), abs(small)) <= 2.0 * noise:
        return None
    ratio = wide / small
    return plus + math.log2(ratio) if ratio > 0 else math.inf


def _power(slope: float, bend: float, noise: float) -> float | None:
    """For f = |t|^a the slopes differ by 2a|t|^(a-1) and the values bend by 2|t|^a: their ratio."""
    if abs(bend) <= 4.0 * noise:
        return None
    return slope / bend if slope / bend > 0 else math.inf


# ------------------------------------------------------------------------ the step of a variable


class Character(StrEnum):
    """What f looks like along one variable."""

    SMOOTH = "smooth"  # a definite curvature
    FLAT = "flat"  # no curvature above its error
    KINK = "kink"  # curvature that grows as the step shrinks
    BARRIER = "barrier"  # not finite next to x


@dataclass
class Axis:
    """The search for the step of variable i: the lines tried, and what came of them."""

    i: int
    side: float
    one_sided: bool
    step: float
    smallest: float
    widest: float
    usual: float  # wider than this only where nothing is seen within it
    tried: list[Line] = field(default_factory=list)
    settled: bool = False
    wide_nodes: bool = False
    line: Line = field(init=False)
    character: Character = Character.FLAT

    def direction(self, n: int) -> Vector:
        """The step as a vector."""
        d = np.zeros(n)
        d[self.i] = self.side * self.step
        return d

    def consider(self, line: Line) -> None:
        """Take note of a line; choose the next step, or settle."""
        self.tried.append(line)
        h = self.step
        if not line.finite:
            following = h / 16.0
        elif line.blind and not self.wide_nodes:
            self.wide_nodes = True
            return
        elif not line.resolved or abs(line.bend) < 1e3 * line.bend_noise:
            following = self._wider(line)
        elif line.rough:
            following = self._narrower(line)
        elif abs(line.bend) < 1e6 * line.bend_noise and line.truncation <= line.bend_noise:
            # Settled, but noise is the larger part of the error: a wider step balances them.
            following = h * min(math.sqrt(1e6 * line.bend_noise / abs(line.bend)), 8.0)
        else:
            following = h
        seen = any(old.clear for length, old in self._lengths() if length <= self.usual)
        widest = min(self.usual, self.widest) if seen else self.widest
        following = min(max(following, self.smallest), widest)
        if (
            abs(math.log(following / h)) < 0.4
            or len(self.tried) >= 7
            or any(abs(math.log(following / self._length(old))) < 0.4 for old in self.tried)
        ):
            self.settled = True
        self.step = following

    def _wider(self, line: Line) -> float:
        """A step that lifts the second difference clear of the noise."""
        if line.smooth and line.truncation > line.bend_noise:
            return self.step
        above = [h for h, old in self._lengths() if h > self.step and (old.rough or not old.finite)]
        factor = math.sqrt(1e4 * line.bend_noise / max(abs(line.bend), line.bend_noise, 1e-300))
        h = self.step * min(max(factor, 3.0), 1e3)
        if above:
            return math.sqrt(self.step * min(above)) if min(above) > 10 * self.step else self.step
        return h

    def _narrower(self, line: Line) -> float:
        """A step at which the second difference is closer to a curvature."""
        below = [h for h, old in self._lengths() if h < self.step and not old.resolved]
        if below:
            return math.sqrt(self.step * max(below))
        powers = [old.exponent for old in self.tried if old.resolved and old.exponent is not None]
        if len(powers) >= 3 and min(powers) > 2.7:
            return self.step  # flatter than a parabola at every scale
        relative = line.truncation / abs(line.bend)
        gentle = line.exponent is not None and 1.8 < line.exponent < 2.9
        if not gentle:  # another shape at this scale: look at quite another one
            return self.step * (1 / 32, 1e-2, 1e-3)[min(len(self.tried), 3) - 1]
        return self.step * min(max(math.sqrt(0.003 / relative), 1 / 32), 0.5)

    def _lengths(self) -> list[tuple[float, Line]]:
        return [(self._length(line), line) for line in self.tried]

    def _length(self, line: Line) -> float:
        return float(abs(line.d[self.i]))

    @property
    def sharper(self) -> float:
        """The factor on the step that would balance truncation, ~h^2, and noise, ~1/h or 1/h^2."""
        noise = max(self.line.bend_noise, 1e-16 * abs(self.line.bend))
        power = 0.25 if self.line.column is None else 1.0 / 3.0
        error = max(self.line.truncation, noise)
        return float(min((noise / error) ** power, 1.0)) if error > 0.0 else 1.0

    @property
    def can_be_sharper(self) -> bool:
        """Whether a shorter step would lessen the error of the curvature well."""
        return self.character is Character.SMOOTH and self.sharper < 0.3

    def conclude(self) -> None:
        """Choose among the lines tried the one to believe, and name the character."""
        finite = [
            line
            for line in self.tried
            if line.finite
            and (self._length(line) <= self.usual or (line.resolved and not self._jumps(line)))
        ]
        smooth = [line for line in finite if line.smooth and not self._contradicted(line)]
        if not finite:
            self.line, self.character = self.tried[-1], Character.BARRIER
            return
        if smooth:
            self.line, self.character = min(smooth, key=_relative_error), Character.SMOOTH
        else:
            self.line = min(finite, key=lambda line: line.second_error / self._length(line) ** 2)
            self.character = self._rough_character(finite)
        self.step = self._length(self.line)

    def _contradicted(self, line: Line, power: float = 2.0) -> bool:
        """Whether a shorter line bends much less: curvature of the surroundings, not of x."""
        h = self._length(line)
        for shorter, old in self._lengths():
            if old.finite and shorter < 0.1 * h:
                expected = abs(line.bend) * (shorter / h) ** power
                if abs(old.bend) + old.bend_noise < 0.1 * expected:
                    return True
        return False

    def _jumps(self, line: Line) -> bool:
        """Whether f is so constant on shorter lines that even a sixth power would show there."""
        return self._contradicted(line, 6.0)

    def _rough_character(self, finite: list[Line]) -> Character:
        """The character when no line shows a definite curvature."""
        line = self.line
        clear = [old for old in finite if old.clear]
        powers = {self._length(old): old.exponent for old in clear if old.exponent is not None}
        if any(not old.finite for old in self.tried) and len(finite) == 1:
            return Character.BARRIER
        # A kink bends in proportion to |t| at every scale down to the smallest that is resolved;
        # a smooth wave seen with too wide a step bends too little as well, but at one scale.
        if len(powers) >= 2 and max(powers) > 30.0 * min(powers) and max(powers.values()) < 1.8:
            return Character.KINK
        definite = line.truncation <= 0.25 * abs(line.bend) and (
            line.exponent is None or 1.6 < line.exponent < 2.5
        )
        if definite and abs(line.second) > 2.0 * line.second_error:
            return Character.SMOOTH
        # The curvature at this step belongs to the step (|x|^3, x^4): the one at x may be zero.
        line.second_error += abs(line.second)
        return Character.FLAT


def _relative_error(line: Line) -> float:
    return line.second_error / abs(line.second) if line.second else math.inf


def measure_axes(land: Landscape, noise: Noise, use_gradient: bool) -> list[Axis]:
    """For each movable variable, the step at which its curvature is best known, and the line."""
    axes = [_first_axis(land, int(i)) for i in np.flatnonzero(land.movable)]
    evaluate = _gradient_lines if use_gradient else _value_lines
    open_axes = axes
    while open_axes:
        for axis, line in zip(open_axes, evaluate(land, noise, open_axes), strict=True):
            axis.consider(line)
        open_axes = [axis for axis in open_axes if not axis.settled]
        if len(open_axes) * 4 > land.left:
            break
    for axis in axes:
        axis.conclude()
    return axes


def sharpen_axes(land: Landscape, noise: Noise, axes: list[Axis], use_gradient: bool) -> None:
    """Lines with steps so short that truncation does not exceed noise, where they are better."""
    before = [axis.line for axis in axes]
    for axis in axes:
        axis.step = max(axis.step * axis.sharper, axis.smallest)
        axis.wide_nodes = True
    evaluate = _gradient_lines if use_gradient else _value_lines
    for axis, old, line in zip(axes, before, evaluate(land, noise, axes), strict=True):
        if line.smooth and _relative_error(line) < _relative_error(old):
            axis.line = line
        else:
            axis.step = float(abs(old.d[axis.i]))


def _first_axis(land: Landscape, i: int) -> Axis:
    unit = float(land.unit[i])
    h = FIRST_STEP * unit
    up, down = float(land.upper[i] - land.x[i]), float(land.x[i] - land.lower[i])
    narrow = min(up, down) < 2.0 * h / 32.0
    wide = WIDEST_STEP * unit * (DECADES if land.guessed[i] else 1.0)
    widest = min(wide, max(up, down) / 4.0 if narrow else min(up, down) / 2.0)
    if narrow and not land.guessed[i]:
        widest = min(widest, 0.1 * unit)
    fine = max(abs(land.x[i]), unit / DECADES) if land.guessed[i] else unit
    smallest = max(SMALLEST_STEP * fine, 1e4 * EPS * abs(land.x[i]))
    smallest = min(smallest, widest)
    h = min(max(h, smallest), widest)
    usual = max(WIDEST_STEP * unit, smallest)
    return Axis(i, 1.0 if up >= down else -1.0, narrow, h, smallest, widest, usual)


def _value_lines(land: Landscape, noise: Noise, axes: list[Axis]) -> list[Line]:
    directions = [(axis.direction(land.n), axis.one_sided) for axis in axes]
    return value_lines(land, noise, directions)


def value_lines(land: Landscape, noise: Noise, directions: list[tuple[Vector, bool]]) -> list[Line]:
    """Lines along (d, one_sided), four values each, in one batch."""
    if not directions:
        return []
    X = np.concatenate([land.x + NODES[one_sided][:, None] * d for d, one_sided in directions])
    F = land.values(X).reshape(-1, 4)
    return [
        line_from_values(d, one_sided, land.f0, f, noise)
        for (d, one_sided), f in zip(directions, F, strict=True)
    ]


def _gradient_lines(land: Landscape, noise: Noise, axes: list[Axis]) -> list[Line]:
    assert land.g0 is not None
    plans: list[tuple[Vector, Vector]] = []
    for axis in axes:
        nodes = [1.0, 2.0] if axis.one_sided else [-1.0, 1.0]
        if axis.wide_nodes and not axis.one_sided:
            nodes += [-2.0, 2.0]
        plans.append((axis.direction(land.n), np.array(nodes)))
    F, G = land.gradients(np.concatenate([land.x + t[:, None] * d for d, t in plans]))
    lines, k = [], 0
    for d, t in plans:
        part = slice(k, k + len(t))
        lines.append(line_from_gradients(d, land.f0, land.g0, t, F[part], G[part], noise, land.x))
        k += len(t)
    return lines


# --------------------------------------------------------------------------------- the whole model


@dataclass
class Model:
    """Gradient and Hessian at x with elementwise error bounds; rows not asked for are 0."""

    g: Vector
    g_error: Vector
    H: Matrix
    E: Matrix
    noise: float
    axes: dict[int, Axis]
    thirds: list[tuple[Vector, float, float]] = field(default_factory=list)  # d, value, noise
    twist: dict[int, Vector] = field(default_factory=dict)

    def step(self, i: int) -> float:
        """Step length of variable i."""
        return self.axes[i].step


def gradient_model(land: Landscape, noise: Noise, axes: list[Axis]) -> Model:
    """The gradient and its error, and what the axes alone say about the Hessian (its diagonal)."""
    n = land.n
    g, g_error, H, E = np.zeros(n), np.zeros(n), np.zeros((n, n)), np.zeros((n, n))
    model = Model(g, g_error, H, E, noise.value, {axis.i: axis for axis in axes})
    for axis in axes:
        line, i, h = axis.line, axis.i, axis.side * axis.step
        g[i] = line.first / h
        g_error[i] = line.first_error / abs(h)
        # Not by h^2, which may overflow or vanish.
        H[i, i], E[i, i] = line.second / h / h, line.second_error / h / h
        model.thirds.append((line.d, line.third, line.third_noise))
        if line.curl is not None:
            model.twist[i] = line.curl
    return model


def fill_from_gradients(model: Model, rows: list[int]) -> None:
    """Off-diagonal elements from the gradient columns; their asymmetry is an error estimate."""
    for a, i in enumerate(rows):
        for j in rows[:a]:
            (p, dp), (q, dq) = _element(model.axes[i], j), _element(model.axes[j], i)
            # Of the two columns the one with the smaller error weighs more.
            total = dp + dq
            weight = dq / total if total > 0 else 0.5
            own = math.sqrt(model.E[i, i]) * math.sqrt(model.E[j, j])
            model.H[i, j] = model.H[j, i] = weight * p + (1 - weight) * q
            # The asymmetry shows the difference of two truncation errors, `own` their size.
            model.E[i, j] = model.E[j, i] = abs(p - q) + own + min(dp, dq)


def _element(axis: Axis, j: int) -> tuple[float, float]:
    column, error = axis.line.column, axis.line.column_error
    assert column is not None and error is not None
    h = axis.side * axis.step
    return float(column[j] / h), float(error[j] / abs(h))


def fill_from_values(land: Landscape, noise: Noise, model: Model, rows: list[int]) -> None:
    """Off-diagonal elements from second derivatives along t_i e_i + t_j e_j.

    With D the second derivative along the diagonal, 2 t_i t_j H_ij = D - t_i^2 H_ii - t_j^2 H_jj.
    """
    pairs = [(i, j) for a, i in enumerate(rows) for j in rows[:a]]
    directions = [_diagonal(land, model, i, j) for i, j in pairs]
    for (i, j), line in zip(pairs, value_lines(land, noise, directions), strict=True):
        ti, tj = float(line.d[i]), float(line.d[j])
        if not line.finite:
            model.E[i, j] = model.E[j, i] = math.inf
            continue
        rest = ti**2 * model.H[i, i] + tj**2 * model.H[j, j]
        error = line.second_error + ti**2 * model.E[i, i] + tj**2 * model.E[j, j]
        model.H[i, j] = model.H[j, i] = (line.second - rest) / (2 * ti * tj)
        model.E[i, j] = model.E[j, i] = error / abs(2 * ti * tj)
        model.thirds.append((line.d, line.third, line.third_noise))


def _diagonal(land: Landscape, model: Model, i: int, j: int) -> tuple[Vector, bool]:
    """The direction for H_ij: both variables take steps that change f by about the same."""
    t = {k: model.step(k) for k in (i, j)}
    change = {k: abs(model.H[k, k]) * t[k] ** 2 for k in (i, j)}
    if all(abs(model.H[k, k]) > 4 * model.E[k, k] for k in (i, j)):
        target = max(min(change.values()), 1e4 * model.noise)
        t = {k: t[k] * math.sqrt(min(1.0, target / change[k])) for k in (i, j)}
    d = np.zeros(land.n)
    for k in (i, j):
        d[k] = t[k] * model.axes[k].side
    central = min(land.room(d), land.room(-d))
    if central >= 2.0:
        return d, False
    if land.room(d) >= 4.0:
        return d, True
    if central >= 1.0 / 4.0:
        return d * (central / 2.0), False
    return d * (land.room(d) / 4.0), True


def best_central_steps(land: Landscape, noise: float, axes: dict[int, Axis]) -> Vector:
    """H = (3 eps_f / |f'''|)^(1/3) minimises h^2 |f'''| / 6 + eps_f / h (Moré & Wild 2012)."""
    steps = FIRST_STEP * land.unit
    for i, axis in axes.items():
        line, h = axis.line, axis.step
        third = abs(line.third) / h / h / h
        # Never wider than where the line was looked at, nor so narrow that rounding of x shows.
        best = (3.0 * noise / third) ** (1 / 3) if third > 0 else h
        steps[i] = min(max(best, axis.smallest), max(h, FIRST_STEP * land.unit[i]))
    return steps
