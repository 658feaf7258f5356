"""One point under judgement: everything learnt about it so far, and the report made of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .axes import Axis
from .classification import Classification, Evidence, Mask, Matrix, Point, Vector
from .derivatives import Model, best_central_steps
from .landscape import EPS, FIRST_STEP, Evaluations, Landscape, widths
from .noise import SIGMAS, Noise
from .spectrum import Spectrum

LARGEST_DENSE = 200  # variables; beyond, a dense Hessian costs more than it tells
LARGEST_DIAGONAL = 10_000  # beyond, not even the diagonal is measured from values, unless asked for
MOST_PRODUCTS = 300  # of the Hessian with vectors, where there are more variables than that
CONVERGED = 1e-4  # of a unit: a Newton step this short is what stopping rules leave behind
AT_BOUND = 1e-10  # of a unit: closer to a bound than this is at the bound


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


@dataclass
class Verdict:
    """A row of the table that applied: the point, the sentence, and what the row found."""

    point: Point
    reason: str
    index: int | None = None
    witness: Vector | None = None


@dataclass
class Ends:
    """What products with the Hessian tell of it: the ends of its spectrum, and its trace."""

    values: Vector | None = None  # smallest and largest eigenvalue
    error: float | None = None
    trace: float | None = None
    trace_error: float | None = None
    curvatures: Vector | None = None  # along each variable, where these are very unlike


@dataclass
class Case:
    """One point under judgement and everything learnt about it so far."""

    land: Landscape
    exact: bool  # the gradient is the user's, and it agrees with the values
    at_lower: Mask
    at_upper: Mask
    near: Vector  # the unit of each variable before anything was measured
    guess: Vector  # the same, or longer where f turned out to be constant to rounding over it
    stage: str = "evaluating the point"
    noise: Noise | None = None
    axes: list[Axis] = field(default_factory=list)
    model: Model | None = None
    given: tuple[Matrix, Matrix] | None = None  # the user's Hessian, which agrees, and its error
    free: list[int] = field(default_factory=list)
    weak: list[int] = field(default_factory=list)  # at a bound, multiplier within its error or tiny
    doubtful: list[int] = field(default_factory=list)  # of these: positive, but very small
    strong: list[int] = field(default_factory=list)
    spectra: dict[str, Spectrum] = field(default_factory=dict)
    ends: Ends | None = None
    stationary: bool = False
    move: float = 0.0  # length of the Newton step in units
    step: Vector | None = None
    fall: float = 0.0  # what the Newton step promises
    floor: float = 0.0  # differences of f smaller than this are neglected
    certified: bool = False
    near_degenerate: bool = False  # close to a point where the Hessian is singular
    notes: list[str] = field(default_factory=list)  # remarks for the reader of the reason

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
        if scale is not None:
            given = np.isfinite(scale) & (np.asarray(scale) > 0)
            unit = np.where(given, np.maximum(scale, 1e-9 * np.abs(x)), unit)
        width = widths(lower, upper)
        unit = np.where(width > 0, np.minimum(unit, width), unit)
        if max_evals is None:
            max_evals = default_cap(len(x), evaluations.has_gradient)
        generator = np.random.default_rng(20110523) if rng is None else rng
        land = Landscape(evaluations, x, lower, upper, unit, max_evals, generator, errors)
        if scale is not None:
            land.guessed &= ~given
            land.given = given
        movable = land.movable
        at_lower = movable & (x - lower <= AT_BOUND * unit)
        at_upper = movable & (upper - x <= AT_BOUND * unit) & ~at_lower
        return cls(land, evaluations.has_gradient, at_lower, at_upper, unit, unit.copy())

    @property
    def n(self) -> int:
        """Number of variables."""
        return self.land.n

    @property
    def blur(self) -> float:
        """Error bound of one value: three standard errors, at least the rounding of f(x).

        In a valley also the fall that is left to its floor.
        """
        return max(SIGMAS * self.sigma, self.floor)

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
        """Curvature in the free variables; if there are none, in the weakly active ones."""
        return self.spectra["free"] if self.free else self.spectra["rows"]

    @property
    def rows(self) -> list[int]:
        """Variables that are not held by a multiplier."""
        return sorted(self.free + self.weak)

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

    def inward(self) -> Vector:
        return np.where(self.at_lower, 1.0, np.where(self.at_upper, -1.0, 0.0))

    def distance(self, y: Vector) -> float:
        return float(np.max(np.abs(y - self.land.x) / self.land.unit))

    def one_step(self, v: Vector) -> Vector:
        """V at the length of one difference step."""
        model = self.known
        ratio = max(float(abs(v[i])) / model.step(int(i)) for i in np.flatnonzero(v))
        return np.asarray(v / ratio)

    def gradient_text(self) -> str:
        norm, error = self.gradient_norm()
        return f"{norm:.2g} (error {error:.1g})"

    def gradient_norm(self) -> tuple[float, float]:
        g = self.land.g0 if self.model is None else self.model.g
        error = (self.slope_error() if self.model is None else self.model.g_error).copy()
        assert g is not None
        error[self.strong] = 0.0
        return _norm(self.projected(g)), _norm(error)

    def slope_error(self) -> Vector:
        """Error bound of the user's gradient, from its noise."""
        assert self.noise is not None and self.land.g0 is not None
        rounding = 0.5 * EPS * np.abs(self.land.g0)
        return SIGMAS * np.maximum(self.noise.gradient, rounding)

    def _trace_error(self, spectrum: Spectrum) -> float | None:
        if self.model is None:
            return None
        return float(np.sum(np.diag(self.model.E)[spectrum.rows]))

    def is_finite(self) -> bool:
        """Whether what was measured, and its errors, are numbers to judge by."""
        measured = [] if self.model is None else [*self.gradient_norm()]
        for spectrum in self.spectra.values():
            measured += [*spectrum.user_values, spectrum.user_error, *spectrum.values]
        return bool(np.isfinite(measured).all())

    def evidence(self, verdict: Verdict) -> Evidence:
        """Everything learnt, as a classification and as what a run needs to go on."""
        land, model = self.land, self.model
        spectrum = next((self.spectra[k] for k in ("free", "rows") if k in self.spectra), None)
        if spectrum is not None and self.weak and "rows" in self.spectra:
            spectrum = self.spectra["rows"]
        witness = verdict.witness
        lowest = land.best_x if land.best_f < land.f0 - 4.0 * self.blur else None
        if witness is None and verdict.point is Point.NOT_STATIONARY:
            witness = lowest
        escape = None
        if witness is not None:
            length = float(np.linalg.norm(witness - land.x))
            escape = (witness - land.x) / length if length > 0 else None
        ends = self.ends or Ends()
        values = ends.values if spectrum is None else spectrum.user_values
        given = land.g0 if self.exact and self.noise is not None else None
        gradient = given if model is None else model.g
        norm, error = (None, None) if gradient is None else self.gradient_norm()
        reason = verdict.reason
        if self.notes:
            reason += f" ({'; '.join(self.notes)})"
        sigma = self.sigma
        x, f, hessian = land.x, land.f0, None
        if spectrum is not None and model is not None:
            hessian = model.H
        if verdict.point is Point.LOCAL_MINIMUM and self.distance(land.best_x) <= CONVERGED:
            # A lower point as near as this is the same minimum.
            x, f, lowest = land.best_x, land.best_f, None
            if gradient is not None and hessian is not None:
                gradient = gradient + hessian @ (x - land.x)
        classification = Classification(
            kind=verdict.point.kind,
            point=verdict.point,
            index=verdict.index,
            eigenvalues=values,
            eigenvalue_error=ends.error if spectrum is None else spectrum.user_error,
            gradient_norm=norm,
            gradient_error=error,
            noise=sigma if self.noise is not None else None,
            active=self.at_lower | self.at_upper | ~land.movable,
            witness=witness,
            escape_direction=escape,
            sharpness=None if values is None else float(values[-1]),
            condition=_condition(values),
            trace=ends.trace if values is None or spectrum is None else float(np.sum(values)),
            trace_error=ends.trace_error if spectrum is None else self._trace_error(spectrum),
            n_evals=land.used,
            reason=reason,
        )
        axes = {} if model is None else model.axes
        return Evidence(
            classification=classification,
            x=x,
            f=f,
            gradient=gradient,
            hessian=hessian,
            curvatures=ends.curvatures if model is None else np.abs(np.diag(model.H)),
            noise=sigma,
            steps=best_central_steps(land, sigma, axes) if axes else FIRST_STEP * land.unit,
            witness=lowest if lowest is not None else witness,
        )


def _norm(v: Vector) -> float:
    """Euclidean norm, of huge and of tiny vectors too."""
    size = float(np.max(np.abs(v), initial=0.0))
    if not size < math.inf:  # nan is no error bound
        return math.inf
    return size * float(np.linalg.norm(v / size)) if size > 0.0 else 0.0


def _condition(values: Vector | None) -> float | None:
    if values is None or not len(values):
        return None
    size = np.abs(values)
    return float(np.max(size) / np.min(size)) if np.min(size) > 0 else math.inf
