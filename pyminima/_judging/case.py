"""One point under judgement: what is known of it so far, each part frozen once it is measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .axes import Axis
from .classification import Mask, Point, Vector
from .derivatives import Model
from .landscape import EPS, Evaluations, Landscape, widths
from .noise import CLEAR, SIGMAS, Noise
from .spectrum import Spectrum

LARGEST_DENSE = 200  # variables; beyond, a dense Hessian costs more than it tells
LARGEST_DIAGONAL = 10_000  # beyond, not even the diagonal is measured from values, unless asked for
MOST_PRODUCTS = 300  # of the Hessian with vectors, where there are more variables than that
CONVERGED = 1e-4  # of a unit: stopping rules leave Newton steps of this length
AT_BOUND = 1e-10  # of a unit: a variable closer to its bound than this is at it


def default_cap(n: int, has_gradient: bool = False) -> int:
    """Evaluations granted to one classification: a Hessian (2n^2), its steps, and probes.

    For more variables products with the Hessian, or the slopes and the diagonal from values.
    """
    if n > LARGEST_DENSE:
        return MOST_PRODUCTS + 50 if has_gradient or n > LARGEST_DIAGONAL else 4 * n + 150
    return 2 * n * n + 16 * n + 150


def least_cap(n: int, has_gradient: bool = False) -> int:
    """Evaluations below which a classification would seldom decide anything."""
    return 40 if n > LARGEST_DENSE and has_gradient else 4 * n + 10


@dataclass(frozen=True)
class Verdict:
    """A row of the table that applied: the point, the sentence, and what the row found."""

    point: Point
    reason: str
    index: int | None = None
    witness: Vector | None = None


def undetermined(why: str, *, index: int | None = None, witness: Vector | None = None) -> Verdict:
    """The verdict that what is known does not suffice for another one."""
    return Verdict(Point.UNDETERMINED, f"undetermined: {why}", index, witness)


@dataclass
class Journal:
    """What is being done, for a verdict that ends in the middle of it, and remarks for any."""

    stage: str = "evaluating the point"
    notes: list[str] = field(default_factory=list)

    def begin(self, stage: str) -> None:
        """Say what the evaluations from here on are for."""
        self.stage = stage

    def note(self, remark: str) -> None:
        """Add a remark for the reader of the reason."""
        self.notes.append(remark)


@dataclass(frozen=True)
class ActiveSet:
    """The movable variables, by what bounds and multipliers say about them; none before that."""

    free: tuple[int, ...] = ()
    weak: tuple[int, ...] = ()  # at a bound, multiplier within its error or tiny
    doubtful: tuple[int, ...] = ()  # of these: positive, but very small
    strong: tuple[int, ...] = ()

    @property
    def rows(self) -> list[int]:
        """Variables that are not held by a multiplier."""
        return sorted(self.free + self.weak)


@dataclass(frozen=True)
class Curvatures:
    """Signs of the curvatures among the variables that no multiplier holds."""

    rows: Spectrum  # free variables and weakly active ones
    free: Spectrum | None  # free ones; None if there are none

    @property
    def decisive(self) -> Spectrum:
        """Curvature in the free variables; if there are none, in the weakly active ones."""
        return self.free or self.rows


@dataclass(frozen=True)
class FirstOrder:
    """The Newton step, and whether the gradient that is left is explained without it."""

    stationary: bool
    certified: bool  # a stationary point is near, by Newton-Kantorovich
    near_degenerate: bool  # close to a point where the Hessian is singular
    step: Vector  # the modulus Newton step
    move: float  # its length, in units
    decrease: float  # of f, as the step predicts it


@dataclass(frozen=True)
class Valley:
    """A valley in which nothing but rounding is left to fall."""

    spectrum: Spectrum  # in units: curvatures that are negligible beside the others count as 0
    floor: float  # differences of f smaller than this are neglected


@dataclass(frozen=True)
class Ends:
    """What products with the Hessian tell of it: the ends of its spectrum, and its trace."""

    values: Vector | None = None  # smallest and largest eigenvalue
    error: float | None = None
    trace: float | None = None
    trace_error: float | None = None
    curvatures: Vector | None = None  # along each variable, where these are very unlike


@dataclass
class Case:
    """One point under judgement and everything known about it so far.

    The measuring steps (`measure`, `measure_large`, `measure_diagonal`) fill it in; rows and
    conditions only read it.
    """

    land: Landscape
    at_lower: Mask
    at_upper: Mask
    initial_unit: Vector  # of each variable, before anything was measured
    widened_unit: Vector  # the same, or longer where f turned out to be constant over it
    uses_gradient: bool  # the user's, which is finite and agrees with the values as far as is known
    journal: Journal = field(default_factory=Journal)
    noise: Noise | None = None
    axes: Sequence[Axis] = ()
    model: Model | None = None
    active: ActiveSet = ActiveSet()
    curvatures: Curvatures | None = None
    first_order: FirstOrder | None = None
    valley: Valley | None = None
    ends: Ends | None = None

    @classmethod
    def open(
        cls,
        evaluations: Evaluations,
        x: Vector,
        lower: Vector,
        upper: Vector,
        max_evals: int | None,
        rng: np.random.Generator | None,
        scale: Vector | None,
        errors: dict[str, Any] | None = None,
    ) -> Case:
        """Lay out the case: the box, the units, the cap."""
        lower, upper = np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
        x = np.clip(np.asarray(x, dtype=np.float64), lower, upper)
        unit = np.maximum(np.abs(x), 1.0)
        given = None
        if scale is not None:
            given = np.isfinite(scale) & (np.asarray(scale) > 0)
            unit = np.where(given, np.maximum(scale, 1e-9 * np.abs(x)), unit)
        width = widths(lower, upper)
        unit = np.where(width > 0, np.minimum(unit, width), unit)
        if max_evals is None:
            max_evals = default_cap(len(x), evaluations.has_gradient)
        generator = np.random.default_rng(20110523) if rng is None else rng
        land = Landscape(evaluations, x, lower, upper, unit, max_evals, generator, errors, given)
        at_lower = land.movable & (x - lower <= AT_BOUND * unit)
        at_upper = land.movable & (upper - x <= AT_BOUND * unit) & ~at_lower
        return cls(land, at_lower, at_upper, unit, unit, evaluations.has_gradient)

    def without_derivatives(self) -> Case:
        """The same before slopes and curvatures were measured."""
        return replace(self, model=None, curvatures=None, valley=None)

    @property
    def n(self) -> int:
        """Number of variables."""
        return self.land.n

    @property
    def blur(self) -> float:
        """Error bound of one value: three standard errors, at least the rounding of f(x).

        In a valley also the fall that is left to its floor.
        """
        return max(SIGMAS * self.sigma, self.valley.floor if self.valley else 0.0)

    @property
    def sigma(self) -> float:
        """Standard error of one value."""
        return max(self.noise.value if self.noise else 0.0, 0.5 * EPS * abs(self.land.f0))

    @property
    def rounding_only(self) -> bool:
        """Whether the noise is no more than the rounding of the values."""
        return self.noise is not None and self.noise.rounding_only

    @property
    def known(self) -> Model:
        """The model, once there is one."""
        assert self.model is not None
        return self.model

    @property
    def spectrum(self) -> Spectrum:
        """The curvatures that decide; in a valley those of its own."""
        return self.valley.spectrum if self.valley else self.signs.decisive

    @property
    def signs(self) -> Curvatures:
        """The curvatures, once they are measured."""
        assert self.curvatures is not None
        return self.curvatures

    @property
    def newton(self) -> FirstOrder:
        """The Newton step and what it shows, once it is measured."""
        assert self.first_order is not None
        return self.first_order

    @property
    def rows(self) -> list[int]:
        """Variables that are not held by a multiplier."""
        return self.active.rows

    def affordable(self, cost: int) -> bool:
        """Whether the cap leaves room for so many evaluations."""
        return cost <= self.land.left

    def pull(self, i: int) -> float:
        """The component of the gradient that a step in the box can make use of."""
        g = float(self.known.g[i])
        held = (self.at_lower[i] and g > 0) or (self.at_upper[i] and g < 0)
        return 0.0 if held else g

    def projected(self, g: Vector) -> Vector:
        """All components that a step in the box can make use of."""
        return np.where((self.at_lower & (g > 0)) | (self.at_upper & (g < 0)), 0.0, g)

    def slope_is_significant(self) -> bool:
        """Whether some component of the gradient exceeds its error."""
        return any(abs(self.pull(i)) > self.known.g_error[i] for i in self.rows)

    def lower_point(self) -> Vector | None:
        """The lowest point met, if it is lower than x by more than the noise."""
        lower = self.land.best_f < self.land.f0 - CLEAR * self.blur
        return self.land.best_x if lower else None

    def inward(self) -> Vector:
        """Per variable, the direction (+1 or -1) away from the bound that x is at, else 0."""
        return np.where(self.at_lower, 1.0, np.where(self.at_upper, -1.0, 0.0))

    def distance(self, y: Vector) -> float:
        """The largest difference between x and y in a variable, in units."""
        return float(np.max(np.abs(y - self.land.x) / self.land.unit))

    def one_step(self, v: Vector) -> Vector:
        """The vector v at the length of one difference step."""
        model = self.known
        ratio = max(float(abs(v[i])) / model.step(int(i)) for i in np.flatnonzero(v))
        return np.asarray(v / ratio)

    def gradient_text(self) -> str:
        """The gradient's norm and error, for a reason."""
        norm, error = self.gradient_norm()
        return f"{norm:.2g} (error {error:.1g})"

    def gradient_norm(self) -> tuple[float, float]:
        """The norm of the projected gradient, and of the bound on its error."""
        g = self.land.g0 if self.model is None else self.model.g
        error = (self.slope_error() if self.model is None else self.model.g_error).copy()
        assert g is not None
        if self.active.strong:
            error[list(self.active.strong)] = 0.0
        return _norm(self.projected(g)), _norm(error)

    def gradient_is_significant(self) -> bool:
        """Whether the norm of the projected gradient exceeds that of its error bound."""
        norm, error = self.gradient_norm()
        return norm > error

    def slope_error(self) -> Vector:
        """Error bound of the user's gradient, from its noise."""
        assert self.noise is not None and self.land.g0 is not None
        rounding = 0.5 * EPS * np.abs(self.land.g0)
        return SIGMAS * np.maximum(self.noise.gradient, rounding)

    def is_finite(self) -> bool:
        """Whether what was measured, and its errors, are numbers to judge by."""
        measured = [] if self.model is None else [*self.gradient_norm()]
        for spectrum in self._spectra():
            measured += [*spectrum.user_values, spectrum.user_error, *spectrum.values]
        return bool(np.isfinite(measured).all())

    def _spectra(self) -> list[Spectrum]:
        if self.curvatures is None:
            return []
        return [self.curvatures.rows] + ([self.spectrum] if self.active.free else [])


def _norm(v: Vector) -> float:
    """Euclidean norm, of huge and of tiny vectors too."""
    size = float(np.max(np.abs(v), initial=0.0))
    if not size < math.inf:  # nan is no error bound
        return math.inf
    return size * float(np.linalg.norm(v / size)) if size > 0.0 else 0.0
