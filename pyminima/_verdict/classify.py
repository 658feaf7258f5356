"""The verdict: what kind of point x is, decided by measured derivatives and witnesses.

`decide` is the decision table, one row per branch, in order; the functions it asks are below it.
The conditions are the necessary and sufficient ones of Nocedal & Wright, "Numerical
Optimization" (2006), theorems 12.5 and 12.6, for a box; every number in them carries an error
bound, and a claim is made only where the number exceeds its bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .classification import Classification, Evidence, Mask, Matrix, Point, Vector
from .copositive import LARGEST, lowest_on_cone
from .derivatives import (
    EPS,
    FIRST_STEP,
    NEARBY,
    SIGMAS,
    WIDEST_STEP,
    Axis,
    BudgetSpent,
    Character,
    Evaluations,
    Landscape,
    Model,
    Noise,
    best_central_steps,
    fill_from_gradients,
    fill_from_values,
    gradient_model,
    measure_axes,
    measure_noise,
    sharpen_axes,
    short_direction,
)
from .probes import (
    Range,
    Ray,
    RayReport,
    descend,
    falls_without_end,
    null_directions,
    probe_kink,
    probe_rays,
    shell,
)
from .spectrum import Spectrum

__all__ = ["BudgetSpent", "Evaluations", "classify_point", "default_cap"]

LARGEST_DENSE = 200  # variables; beyond, a dense Hessian costs more than it tells
LINES = 4  # random ones, along which the gradient of more variables is held against the values
FAR = 1e-2  # of a unit: a stationary point that is farther away is not this one
CONVERGED = 1e-4  # of a unit: a Newton step this short is what stopping rules leave behind
CLOSE = 3e-3  # of a unit: close enough to a degenerate point to judge it from here
NEGLIGIBLE = 1e-15  # of the change of f over a unit: less than this is not worth a step
AT_BOUND = 1e-10  # of a unit: closer to a bound than this is at the bound


def default_cap(n: int) -> int:
    """Evaluations granted to one classification: a Hessian (2n^2), its steps, and probes."""
    if n > LARGEST_DENSE:
        return 4 * n + 150
    return 2 * n * n + 16 * n + 150


def classify_point(
    evaluations: Evaluations,
    x: Vector,
    f: float | None = None,
    *,
    lower: Vector,
    upper: Vector,
    max_evals: int | None = None,
    rng: np.random.Generator | None = None,
    scale: Vector | None = None,
) -> Evidence:
    """Judge what kind of point x is.

    Parameters
    ----------
    evaluations : Evaluations
        The objective; every evaluation made here is counted by it.
    x : ndarray, shape (n,)
        The point, in the box.
    f : float, optional
        Its value.  x is evaluated again all the same: the lowest of many noisy values is too low.
    lower, upper : ndarray, shape (n,)
        The box; infinite entries are allowed, equal ones fix a variable.
    max_evals : int, optional
        Evaluations this may cost, `default_cap(n)` by default.
    rng : numpy.random.Generator, optional
        For the directions of random probes; by default the same directions every time.
    scale : ndarray, shape (n,), optional
        Typical length of each variable, e.g. how far the run moved; by default the larger of
        ``abs(x)`` and 1, at most the width of the box; a guess of 1 is corrected by what is
        measured.  Steps do not depend on it, "near x" and "converged" do.

    Returns
    -------
    Evidence
        Never an exception when evaluations run out or numbers overflow: the verdict is then
        `undetermined`.  What the user's functions raise passes.
    """
    errors = dict(np.geterr())
    with np.errstate(all="ignore"):
        case = Case.open(evaluations, x, lower, upper, max_evals, rng, scale, errors)
        try:
            return case.evidence(decide(case))
        except BudgetSpent:
            verdict = Verdict(
                Point.UNDETERMINED,
                f"undetermined: the evaluations granted ended after {case.land.used} "
                f"while {case.stage}",
            )
        except (ArithmeticError, ValueError):  # `LinAlgError` and "math domain error" are values
            if case.land.user_is_running:
                raise
            verdict = case.out_of_range()
        return case.evidence(verdict)


@dataclass
class Verdict:
    """A row of the table that applied: the point, the sentence, and what the row found."""

    point: Point
    reason: str
    index: int | None = None
    witness: Vector | None = None


def decide(case: Case) -> Verdict:
    """The decision table (CLASSIFICATION.md 4.3): the first row that applies is the verdict."""
    if not case.evaluate_here():
        return case.not_finite_here()
    if not case.land.movable.any():
        return Verdict(Point.LOCAL_MINIMUM, "local minimum: every variable is fixed", index=0)

    if case.n > LARGEST_DENSE:
        return case.slope_alone()
    case.measure_noise()
    if case.constant_nearby():
        return case.plateau()

    if not case.affordable(4 * case.n if not case.exact else 2 * case.n):
        return case.too_large()
    case.measure_slopes()
    if case.has_kink():
        return case.nonsmooth()
    if case.has_barrier():
        return case.barrier()
    if case.slope_is_large():
        return case.not_stationary()
    case.sort_variables()
    if not case.rows:
        return case.vertex()

    if not case.affordable(case.hessian_cost()):
        return case.too_large()
    case.measure_hessian()
    if case.in_a_valley():
        return case.degenerate()
    if not case.stationary:
        return case.not_stationary()
    if case.near_degenerate:
        case.look_from_afar()
    if case.spectrum.unknown:
        return case.nothing_measurable()
    if case.spectrum.negative:
        return case.negative_curvature()
    if case.spectrum.null:
        return case.degenerate()
    if case.weak:
        return case.weakly_active()
    return case.positive_curvature()


# ------------------------------------------------------------------------------------- the case


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
    free: list[int] = field(default_factory=list)
    weak: list[int] = field(default_factory=list)  # at a bound, multiplier within its error or tiny
    doubtful: list[int] = field(default_factory=list)  # of these: positive, but very small
    strong: list[int] = field(default_factory=list)
    spectra: dict[str, Spectrum] = field(default_factory=dict)
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
        width = upper - lower
        unit = np.where(width > 0, np.minimum(unit, width), unit)
        cap = default_cap(len(x)) if max_evals is None else max_evals
        generator = np.random.default_rng(20110523) if rng is None else rng
        land = Landscape(evaluations, x, lower, upper, unit, cap, generator, errors)
        if scale is not None:
            land.guessed &= ~given
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

    # ---------------------------------------------------------------------- measuring, in order

    def evaluate_here(self) -> bool:
        """Evaluate x; False if there is no finite value."""
        land, X = self.land, self.land.x[None, :]
        if self.exact:
            F, G = land.gradients(X)
            land.f0, land.g0 = float(F[0]), G[0]
        if not self.exact or not np.all(np.isfinite(G[0])):
            # Where a gradient is not finite, the value that comes with it counts for nothing.
            land.f0, land.g0 = float(land.values(X)[0]), None
        finite = math.isfinite(land.f0)
        if self.exact and land.g0 is None:
            self.exact = False
            if finite:
                self.notes.append("the gradient given is not finite and was not used")
        return finite

    def measure_noise(self) -> None:
        """Noise of one evaluation."""
        self.stage = "measuring the noise"
        self.noise = measure_noise(self.land, self.exact)

    def constant_nearby(self) -> bool:
        """Whether f has one and the same value, to rounding, everywhere within NEARBY."""
        assert self.noise is not None
        self.stage = "looking for any variation"
        if self.noise.constant_radius < 0.99 * NEARBY or not self.affordable(4 * self.n):
            return False
        same = 4.0 * EPS * abs(self.land.f0)
        if self.land.g0 is not None and self.exact:
            # A gradient whose effect disappears in the rounding of f is no evidence of a slope.
            effect = NEARBY * self.land.unit * np.abs(self.land.g0)
            if np.any((np.abs(self.land.g0) > SIGMAS * self.noise.gradient) & (effect > same)):
                return False
        return not np.any(np.abs(self.land.values(shell(self.land)) - self.land.f0) > same)

    def measure_slopes(self) -> None:
        """Steps, gradient, and the diagonal of the Hessian."""
        self.stage = "measuring the gradient"
        assert self.noise is not None
        self._measure_axes()
        if self.exact and self._gradient_is_wrong():
            self.exact = False
            self.notes.append("the gradient given contradicts the values and was not used")
            self.noise = measure_noise(self.land, False)
            self._measure_axes()
        self._measure_units()

    def _measure_axes(self) -> None:
        assert self.noise is not None
        self.axes = measure_axes(self.land, self.noise, self.exact)
        self.model = gradient_model(self.land, self.noise, self.axes)

    def _measure_units(self) -> None:
        """Correct the guessed units by the lengths over which the curvatures hold.

        Only towards caution where f is regular: a shorter unit asks for a better converged point.
        A parabola has no length of its own and keeps the guess.  Where nothing changes within
        the guess, the unit is so long that something does.
        """
        land, unit = self.land, self.guess.copy()
        for axis in self.axes:
            i = axis.i
            if not land.guessed[i]:
                continue
            if axis.character is Character.SMOOTH:
                unit[i] = min(unit[i], axis.step * axis.line.reach)
            if axis.step > WIDEST_STEP * self.guess[i]:
                unit[i] = self.guess[i] = axis.step / WIDEST_STEP
        land.unit = unit

    def _gradient_is_wrong(self) -> bool:
        return any(axis.line.slope_mismatch for axis in self.axes)

    def has_kink(self) -> bool:
        """Whether the difference quotients of some variable do not settle as steps shrink."""
        return any(axis.character is Character.KINK for axis in self.axes)

    def has_barrier(self) -> bool:
        """Whether f is not finite next to x."""
        return any(axis.character is Character.BARRIER for axis in self.axes)

    def slope_is_large(self) -> bool:
        """Whether the slope along one variable alone rules out a stationary point nearby."""
        model = self.known
        negligible = NEGLIGIBLE * 0.5 * float(np.max(np.abs(np.diag(model.H)) * self.near**2))
        for axis in self.axes:
            i = axis.i
            g = self._pull(i)
            if abs(g) * self.near[i] <= negligible:
                continue
            bound = model.E[i, i] if math.isfinite(model.E[i, i]) else math.inf
            reach = 1e-2 * self.guess[i] * (abs(model.H[i, i]) + bound)
            if abs(g) > model.g_error[i] + reach:
                return True
        return False

    def _pull(self, i: int) -> float:
        """The component of the gradient that a step in the box can make use of."""
        g = float(self.known.g[i])
        held = (self.at_lower[i] and g > 0) or (self.at_upper[i] and g < 0)
        return 0.0 if held else g

    def _projected(self, g: Vector) -> Vector:
        """All components that a step in the box can make use of."""
        return np.where((self.at_lower & (g > 0)) | (self.at_upper & (g < 0)), 0.0, g)

    def sort_variables(self) -> None:
        """Free variables; strongly active bounds; weakly active ones, a sign beyond error."""
        for axis in self.axes:
            i = axis.i
            if not (self.at_lower[i] or self.at_upper[i]):
                self.free.append(i)
                continue
            # `first` and `second` are taken inwards: a positive multiplier holds the variable.
            held = axis.line.first > axis.line.first_error
            dominates = axis.line.first > abs(axis.line.second)
            if held and dominates:
                self.strong.append(i)
            else:
                self.weak.append(i)
                if held:
                    self.doubtful.append(i)

    def hessian_cost(self) -> int:
        """Evaluations the rest of the Hessian takes."""
        k = len(self.rows)
        return 0 if self.exact or self.land.has_curvature else 2 * k * (k - 1)

    def measure_hessian(self) -> None:
        """The Hessian over the rows: the user's, or from gradients, or from values."""
        self.stage = "measuring the Hessian"
        self._fill_hessian()
        spectrum, self.stationary = self.spectrum, self.is_stationary()
        regular = self.certified or spectrum.negative > 0
        if (self.stationary and regular and not spectrum.null) or not (dull := self._dull_axes()):
            return
        before = self.model, dict(self.spectra), [(axis, axis.line, axis.step) for axis in dull]
        self._sharpen(dull)
        if self.spectrum.null >= max(spectrum.null, 1):
            # Curvatures that vanish in earnest: probing needs wide steps.
            self.model, self.spectra, lines = before
            for axis, line, step in lines:
                axis.line, axis.step = line, step
        self.stationary = self.is_stationary()

    def _fill_hessian(self) -> None:
        assert self.noise is not None
        model, rows = self.known, self.rows
        if not self._use_hessian_given():
            if self.exact:
                fill_from_gradients(model, rows)
            else:
                fill_from_values(self.land, self.noise, model, rows)
        self.spectra["rows"] = Spectrum.of(model.H, model.E, rows, self.n)
        if self.free and self.free != rows:
            self.spectra["free"] = Spectrum.of(model.H, model.E, self.free, self.n)
        elif self.free:
            self.spectra["free"] = self.spectra["rows"]

    def _dull_axes(self) -> list[Axis]:
        """Axes whose error is truncation that a shorter step would lessen; none if unaffordable.

        Two per cent of a curvature is enough unless curvatures nearly cancel in some direction.
        """
        axes = [axis for axis in self.axes if axis.i in self.rows and axis.can_be_sharper]
        reserve = 4 * self.n + 20  # for what comes after
        return axes if self.affordable(4 * len(axes) + self.hessian_cost() + reserve) else []

    def _sharpen(self, axes: list[Axis]) -> None:
        assert self.noise is not None
        sharpen_axes(self.land, self.noise, axes, self.exact)
        self.model = gradient_model(self.land, self.noise, self.axes)
        self._fill_hessian()

    def _use_hessian_given(self) -> bool:
        """Take over the user's Hessian if its diagonal agrees with the differences."""
        if not self.land.has_curvature:
            return False
        model, rows = self.known, self.rows
        given = self.land.hessian(rows)
        diagonal, measured = np.diag(given)[rows], np.diag(model.H)[rows]
        error = np.diag(model.E)[rows]
        block = np.ix_(rows, rows)
        if not np.all(np.isfinite(given[block])) or np.any(
            np.abs(diagonal - measured) > 2.0 * error + 1e-3 * np.abs(measured)
        ):
            self.notes.append("the Hessian given contradicts the values and was not used")
            return False
        size = np.sqrt(np.abs(np.outer(np.diag(given), np.diag(given))))
        asymmetry = np.abs(given - given.T)
        model.H[block] = ((given + given.T) / 2.0)[block]
        model.E[block] = (asymmetry + 16.0 * EPS * (size + np.abs(given)))[block]
        return True

    # ------------------------------------------------------------------------------ stationarity

    def is_stationary(self) -> bool:
        """First order: is the gradient left explained by error, noise and convergence.

        With the modulus Newton step p = -|H|^{-1} g: the gradient is within its error; or the
        fall it promises, g'|H|^{-1}g/2, cannot be told from noise; or p is short compared with
        the unit, and the Hessian does not change over the distance |p|.
        """
        model = self.known
        self.near_degenerate = False
        leaving = [i for i in self.weak if self._pull(i) != 0.0]
        rows = sorted(self.free + leaving)
        self.step = np.zeros(self.n)
        if not rows:
            self.certified = True
            return True
        key = "free" if rows == self.free else "rows"
        spectrum = (
            self.spectra[key] if key == "free" else Spectrum.of(model.H, model.E, rows, self.n)
        )
        residual = np.array([self._pull(i) if i in rows else 0.0 for i in range(self.n)])
        size = np.maximum(np.abs(spectrum.values), max(spectrum.tau, 1e-300))
        slopes = spectrum.vectors.T @ residual
        self.step = -spectrum.vectors @ (slopes / size)
        self.move = float(np.max(np.abs(self.step) / self.land.unit))
        fall = self.fall = 0.5 * float(slopes @ (slopes / size))
        self.certified = self._certify(spectrum, slopes, size, rows)
        beyond = [abs(residual[i]) > model.g_error[i] for i in rows]
        if not any(beyond) or fall <= 4.0 * self.blur:
            return True
        if self.move <= CONVERGED and self.certified:
            return True
        # Close to a point where the Hessian is singular no Newton step is trustworthy; the
        # probing of the degenerate row decides.
        coarse = float((np.abs(self.step) / self.guess).max())
        if coarse <= CLOSE and not self.certified and spectrum.negative == 0:
            self.near_degenerate = True
            return True
        return False

    def in_a_valley(self) -> bool:
        """Whether nothing but the last 1e-15 of the change of f is left to fall, in a valley.

        A valley is known by curvatures, in units, that are nothing beside the others.  No stopping
        rule could have used such a fall, so from here on it counts as noise.
        """
        model, rows, unit = self.known, self.free, self.near
        assert self.step is not None
        curved = bool(rows) and self.spectrum.positive == len(rows)
        if curved and self.stationary and self.certified:
            return False  # an ordinary minimum, however long and narrow
        if self.weak or len(rows) < 2 or np.any(np.abs(self.step) > unit):
            return False
        variation = 0.5 * float(np.max(np.abs(np.diag(model.H)) * unit**2))
        if self.fall > NEGLIGIBLE * variation or not self._slope_is_significant():
            return False
        coarse = Spectrum.of(model.H, model.E, rows, self.n, unit[rows], 100.0 * NEGLIGIBLE)
        if not coarse.null or coarse.negative or coarse.unknown:
            return False
        self.spectra["free"], self.floor = coarse, self.fall
        self.land.unit, self.move = unit, 0.0
        return True

    def look_from_afar(self) -> None:
        """Take up the wider units again: only at a distance does a degenerate point look so."""
        assert self.step is not None
        self.land.unit = self.guess
        self.move = float(np.max(np.abs(self.step) / self.guess))

    def _certify(self, spectrum: Spectrum, slopes: Vector, size: Vector, rows: list[int]) -> bool:
        """Newton-Kantorovich: beta rho eta <= 1/2 puts a stationary point within 2 eta of x.

        In scaled variables: beta bounds the inverse of the Hessian, eta the Newton step, rho the
        change of the Hessian per length, seen as third derivatives along all lines measured.
        """
        model = self.known
        D = np.zeros(self.n)
        D[spectrum.rows] = spectrum.D
        error = D * np.where(np.isfinite(model.g_error), model.g_error, 1e300)
        weakest = float(np.min(np.abs(spectrum.values))) - spectrum.tau
        if weakest <= 0:
            return False
        eta = float(np.linalg.norm(slopes / size)) + float(np.linalg.norm(error[rows])) / weakest
        rho = 0.0
        inverse = np.where(D > 0, 1.0 / np.where(D > 0, D, 1.0), 0.0)
        pure = {i: 0.0 for i in rows}  # f_iii per cubed step of variable i
        for d, third, blur in model.thirds:
            length = float(np.linalg.norm(d * inverse))
            cube = length * length * length  # of values of 1e300 it may be 0 or infinite
            if cube == 0:
                continue
            rho = max(rho, abs(third) / cube)
            pair = [int(i) for i in np.flatnonzero(d) if i in pure]
            if len(pair) == 1:
                pure[pair[0]] = third / float(d[pair[0]]) ** 3
            elif len(pair) == 2:
                # What f_iii and f_jjj leave is 3 d_i d_j (d_i f_iij + d_j f_ijj): if the two
                # lengths differ, the shorter one may hide a large derivative.
                i, j = pair
                mixed = abs(third - pure[i] * d[i] ** 3 - pure[j] * d[j] ** 3) - blur
                a, b = sorted(float(abs(d[k] * inverse[k])) for k in pair)
                rho = max(rho, mixed / (3.0 * a * a * b)) if a > 0 else rho
        for i, curl in model.twist.items():
            length = model.step(i) * inverse[i]
            if length > 0:
                rho = max(rho, float(np.linalg.norm(curl * D)) / length**2)
        # |x|^3 reaches 1/2 at every x without having a regular minimum anywhere: keep away from it.
        return rho * eta <= 0.35 * weakest

    # ---------------------------------------------------------------------- the rows of the table

    def not_finite_here(self) -> Verdict:
        """The value at x is -inf, +inf or not a number."""
        if self.land.f0 == -math.inf:
            return Verdict(Point.UNBOUNDED, "unbounded: the objective is -inf here")
        return Verdict(Point.UNDETERMINED, "undetermined: the objective is not finite here")

    def plateau(self) -> Verdict:
        """No variation at all."""
        return Verdict(
            Point.PLATEAU,
            f"plateau: all {self.land.used} values within {NEARBY:g} of a unit of x are equal "
            f"({self.land.f0:.6g}), so there is neither slope nor curvature to judge by",
        )

    def out_of_range(self) -> Verdict:
        """Some number of ours overflowed or vanished: nothing derived from it is kept."""
        self.model, self.spectra, self.floor = None, {}, 0.0
        return Verdict(
            Point.UNDETERMINED,
            "undetermined: the values, or their changes, are too large or too small for "
            f"floating-point arithmetic (while {self.stage})",
        )

    def slope_alone(self) -> Verdict:
        """Too many variables for a Hessian: a lower point down the slope, or nothing."""
        text = f"undetermined: more than {LARGEST_DENSE} variables: no Hessian is measured"
        if self.exact:
            self.measure_noise()
            self.stage = "holding the gradient against the values"
            if self._gradient_is_wrong_on_lines():
                self.exact, self.land.g0 = False, None
                self.notes.append("the gradient given contradicts the values and was not used")
        if self.land.g0 is None:
            return Verdict(Point.UNDETERMINED, f"{text}, nor a gradient from values")
        self.stage = "following the gradient"
        g = self._projected(self.land.g0)
        if self._falls_clearly(g):
            return self._down_the_slope(
                f"not stationary: the gradient is {self._gradient_text()}", g
            )
        return Verdict(Point.UNDETERMINED, f"{text}; the gradient is {self._gradient_text()}")

    def _gradient_is_wrong_on_lines(self) -> bool:
        """Whether no integral of the gradient over a short random line (Simpson) fits f."""
        land, wrong = self.land, 0
        assert self.noise is not None and land.g0 is not None
        for _ in range(LINES):
            d = 0.1 * FIRST_STEP * short_direction(land)
            F, G = land.gradients(land.x + np.array([[1.0], [2.0]]) * d)
            slopes = np.array([land.g0 @ d, *(G @ d)])
            change = float(F[1]) - land.f0
            blur = 4.0 * self.blur + SIGMAS * float(np.linalg.norm(self._slope_error() * d))
            scale = abs(change) + float(np.abs(slopes).sum())
            missed = abs(change - float(slopes @ [1.0, 4.0, 1.0]) / 3.0)
            wrong += missed > FAR * scale + blur
        return wrong == LINES

    def _falls_clearly(self, g: Vector) -> bool:
        """Whether a long step of steepest descent, in units, lowers f about as it promises."""
        land = self.land
        size = float(np.max(np.abs(g) * land.unit))
        if size == 0.0 or not math.isfinite(size):
            return False
        d = -g * land.unit / size * land.unit
        h = 0.1 * FIRST_STEP
        slope = float(g @ d)
        curvature = float(land.gradients((land.x + h * d)[None])[1][0] @ d) - slope
        t = min(-slope * h / curvature, 1.0) if curvature > 0 else NEARBY
        X = np.clip(land.x + np.array([[1.0], [0.1]]) * t * d, land.lower, land.upper)
        for f, x in zip(land.values(X), X, strict=True):
            promised = float(g @ (land.x - x))
            if self._distance(x) > FAR and land.f0 - f > max(4.0 * self.blur, 0.1 * promised):
                return True
        return False

    def too_large(self) -> Verdict:
        """No dense Hessian, but stationarity was looked at where the cap allowed it."""
        return Verdict(
            Point.UNDETERMINED,
            f"undetermined: the Hessian of {self.n} variables does not fit in the "
            f"{self.land.cap} evaluations granted"
            + ("" if self.model is None else f"; the gradient is {self._gradient_text()}"),
        )

    def nothing_measurable(self) -> Verdict:
        """Second differences were not finite."""
        return Verdict(
            Point.UNDETERMINED,
            "undetermined: the objective is not finite at some points next to x, so its "
            "curvature could not be measured",
        )

    def barrier(self) -> Verdict:
        """Not finite in every neighbourhood of x."""
        self.stage = "probing next to a barrier"
        report = probe_kink(self.land, self._inward(), self.blur)
        if report.descent:
            return self._lower_neighbour("next to values that are not finite")
        return Verdict(
            Point.UNDETERMINED,
            "undetermined: the objective is not finite arbitrarily close to x; no descent was "
            f"found along {report.directions} directions",
        )

    def nonsmooth(self) -> Verdict:
        """A kink: minimum only in the sense that no descent was found."""
        self.stage = "probing around a kink"
        kinks = [axis.i for axis in self.axes if axis.character is Character.KINK]
        report = probe_kink(self.land, self._inward(), self.blur)
        where = f"second differences grow as steps shrink in {len(kinks)} of {self.n} variables"
        if report.descent:
            return self._lower_neighbour(where)
        radii = ", ".join(f"{r:g}" for r in report.radii)
        if report.clarke <= 0.1:
            return Verdict(
                Point.NONSMOOTH_MINIMUM,
                f"nonsmooth minimum: {where}; no descent along {report.directions} directions at "
                f"radii {radii} of a unit, and gradients nearby combine to "
                f"{report.clarke:.1g} of their length",
            )
        return Verdict(
            Point.UNDETERMINED,
            f"undetermined: {where}, no descent was found along {report.directions} directions, "
            f"but gradients nearby do not combine to zero ({report.clarke:.2g} of their length)",
        )

    def _lower_neighbour(self, where: str) -> Verdict:
        """A point that is not stationary, with the lower one that shows it."""
        land = self.land
        return Verdict(
            Point.NOT_STATIONARY,
            f"not stationary: {where}, and the objective is lower by {land.f0 - land.best_f:.3g} "
            f"at a distance of {self._distance(land.best_x):.3g} units",
            witness=land.best_x,
        )

    def _distance(self, y: Vector) -> float:
        return float(np.max(np.abs(y - self.land.x) / self.land.unit))

    def _inward(self) -> Vector:
        return np.where(self.at_lower, 1.0, np.where(self.at_upper, -1.0, 0.0))

    def not_stationary(self) -> Verdict:
        """The projected gradient is above tolerance and noise; perhaps f falls for ever."""
        model = self.known
        g = self._projected(model.g)
        step = self.step
        if step is None or not step.any():
            unit = self.land.unit
            curvature = np.abs(np.diag(model.H)) + np.diag(model.E)
            step = np.array([-g[i] / c if c > 0 else 0.0 for i, c in enumerate(curvature)])
            step = np.clip(step, -0.1 * unit, 0.1 * unit)
        reason = f"not stationary: the gradient is {self._gradient_text()}" + (
            f", a Newton step would be {self.move:.2g} units long" if self.move else ""
        )
        return self._down_the_slope(reason, g, step)

    def _down_the_slope(self, reason: str, g: Vector, step: Vector | None = None) -> Verdict:
        """Not stationary; the lowest point on the way down, and whether there is an end to it."""
        land = self.land
        try:
            self.stage = "following the gradient"
            far = falls_without_end(land, g)
            if far is not None:
                return Verdict(
                    Point.UNBOUNDED,
                    f"unbounded: along the negative gradient the objective falls decade after "
                    f"decade, to {land.best_f:.3g} at distance {self._distance(far):.1g} units",
                    witness=land.best_x,
                )
            if step is not None:
                land.values(land.x + np.array([1.0, 0.1])[:, None] * step)
        except BudgetSpent:
            pass
        if land.best_f < land.f0 - 4.0 * self.blur:
            reason += f", and the objective is lower by {land.f0 - land.best_f:.3g} nearby"
        return Verdict(Point.NOT_STATIONARY, reason)

    def vertex(self) -> Verdict:
        """Every variable is held by a bound with a positive multiplier: no Hessian needed."""
        smallest = min(abs(self.known.g[i]) for i in self.strong)
        return Verdict(
            Point.LOCAL_MINIMUM,
            f"local minimum: all {len(self.strong)} variables are held by a bound, the smallest "
            f"multiplier is {smallest:.3g} with error {max(self.known.g_error):.1g}",
            index=0,
        )

    def negative_curvature(self) -> Verdict:
        """Saddle or maximum, if a lower neighbour bears it out."""
        self.stage = "looking for a lower neighbour"
        spectrum, land = self.spectrum, self.land
        index = spectrum.negative
        descents = []
        if self.weak and not self.free:
            return self.weakly_active()
        for k in range(index):
            d = self._one_step(spectrum.vectors[:, k])
            if d @ self.known.g > 0:
                d = -d
            descents.append(descend(land, d, float(d @ self.known.g), self.blur))
            if descents[0].witness is None or index < len(spectrum.values):
                break
        witness = descents[0].witness
        lowest = spectrum.describe(0)
        if witness is None:
            return Verdict(
                Point.UNDETERMINED,
                f"undetermined: the lowest curvature is {lowest}, but no lower neighbour along it "
                "was found",
                index=index,
            )
        everywhere = len(spectrum.rows) == int(land.movable.sum())
        if index == len(spectrum.values) and everywhere and all(d.both_sides for d in descents):
            return Verdict(
                Point.LOCAL_MAXIMUM,
                f"local maximum: the gradient is {self._gradient_text()}, all {index} curvatures "
                f"are negative, the one nearest to zero is {spectrum.describe(index - 1)}, and "
                "the objective is lower on both sides along each",
                index=index,
                witness=witness,
            )
        if index == len(spectrum.values) and everywhere:
            return Verdict(
                Point.UNDETERMINED,
                f"undetermined: all {index} curvatures are negative, the lowest {lowest}, but the "
                "objective was not found lower on both sides along each",
                index=index,
                witness=witness,
            )
        if spectrum.positive == 0 and everywhere:
            rays = self._null_rays(spectrum)[1]
            if spectrum.null and not any(r.ray is Ray.RISES for r in rays):
                if all(r.ray is Ray.DROPS for r in rays) and not self._noise_is_large(rays):
                    return Verdict(
                        Point.LOCAL_MAXIMUM,
                        f"local maximum: {index} curvatures are negative, the lowest {lowest}, "
                        "and the objective falls in all directions probed in which the "
                        "curvature vanishes",
                        index=index,
                        witness=witness,
                    )
                return Verdict(
                    Point.UNDETERMINED,
                    f"undetermined: the lowest curvature is {lowest}, so this is no minimum, but "
                    "no direction was found in which the objective rises",
                    index=index,
                    witness=witness,
                )
        fall = land.f0 - land.best_f
        return Verdict(
            Point.SADDLE,
            f"saddle point: the gradient is {self._gradient_text()}, {index} of "
            f"{len(spectrum.values)} curvatures are negative, the lowest {lowest}, and the "
            f"objective is lower by {fall:.3g} at a distance of "
            f"{self._distance(witness):.2g} units",
            index=index,
            witness=witness,
        )

    def _one_step(self, v: Vector) -> Vector:
        """V at the length of one difference step."""
        model = self.known
        ratio = max(float(abs(v[i])) / model.step(int(i)) for i in np.flatnonzero(v))
        return np.asarray(v / ratio)

    def positive_curvature(self) -> Verdict:
        """All curvatures positive: a strict minimum, confirmed along the weakest direction."""
        spectrum = self.spectrum
        if self.near_degenerate or not self.certified:
            return self.degenerate()
        self.stage = "confirming the weakest curvature"
        if not self._confirmed(spectrum):
            return Verdict(
                Point.UNDETERMINED,
                f"undetermined: the smallest curvature is {spectrum.describe(0)}, but values along "
                "that direction do not bear it out",
            )
        held = f"; {len(self.strong)} variables are held by a bound" if self.strong else ""
        k = len(spectrum.values)
        count = f"all {k} curvatures are" if k > 1 else "the curvature is"
        return Verdict(
            Point.LOCAL_MINIMUM,
            f"local minimum: the gradient is {self._gradient_text()} and {count} positive, "
            f"smallest {spectrum.describe(0)}{held}",
            index=0,
        )

    def _confirmed(self, spectrum: Spectrum) -> bool:
        """Whether f rises as predicted along the weakest direction, a line not used so far."""
        land = self.land
        if len(spectrum.values) == 1:
            return True  # that line is the one measured
        d = self._one_step(spectrum.vectors[:, 0])
        room = min(land.room(d), land.room(-d))
        if room < 1.0 / 32.0:
            return True
        d = d * min(1.0, room)
        scale = float(np.max(np.abs(d)) / np.max(np.abs(spectrum.vectors[:, 0])))
        predicted, doubt = spectrum.values[0] * scale**2, spectrum.tau * scale**2
        bend = float(np.sum(land.values(land.x + np.array([[1.0], [-1.0]]) * d) - land.f0))
        return bool(bend >= 0.5 * (predicted - doubt) - 4.0 * self.blur)

    # ------------------------------------------------------------------------ degenerate points

    def _split(self, spectrum: Spectrum, suspect: bool = True) -> tuple[Matrix, Range]:
        """The directions without measurable curvature, and the range of the Hessian across them.

        Across means orthogonal in units.  The scaled variables of the spectrum would not do: a
        direction in which everything is scaled to size 1 may run almost along the valley.  If no
        curvature vanishes but one is under suspicion, that is the weakest.
        """
        rows = spectrum.rows
        unit = self.land.unit[rows]
        H = unit[:, None] * self.known.H[np.ix_(rows, rows)] * unit
        null = spectrum.columns(0)[rows] / unit[:, None]
        if null.shape[1] == 0 and suspect:
            null = np.linalg.eigh(H)[1][:, :1]
        k = null.shape[1]
        Q = np.linalg.qr(null, mode="complete")[0] if k else np.eye(len(rows))
        across = Q[:, k:]
        curvature, V = np.linalg.eigh(across.T @ H @ across)
        keep = curvature > 1e-14 * np.max(np.abs(curvature), initial=0.0)
        lift = np.zeros((self.n, len(rows)))
        lift[rows] = np.diag(unit)
        W = lift @ across @ V[:, keep]
        step = [float(np.max(np.abs(self._one_step(w)))) / float(np.max(np.abs(w))) for w in W.T]
        return lift @ Q[:, :k], Range(W, curvature[keep], np.array(step))

    def _null_rays(self, spectrum: Spectrum) -> tuple[Vector, list[RayReport]]:
        """Rays in the directions without measurable curvature, judged by the reduced function."""
        basis, span = self._split(spectrum)
        basis = basis / np.maximum(np.max(np.abs(basis) / self.land.unit[:, None], axis=0), 1e-300)
        least = min(max(30.0 * self.move, 1e-2), NEARBY)
        radii = least * np.array([1.0, math.sqrt(10.0), 10.0])
        radii = np.minimum(radii, 0.3)
        radii = np.unique(radii)
        limit = max(1, self.land.left // (2 * len(radii) * (1 + 4 * span.size)))
        D = null_directions(basis, self.land.rng, limit)
        return radii, probe_rays(self.land, D, radii, span, self.exact, self.blur)

    def degenerate(self) -> Verdict:
        """Some curvatures vanish within error: the values themselves have to decide."""
        self.stage = "probing directions without curvature"
        spectrum, land = self.spectrum, self.land
        if self.weak:
            return self.weakly_active()
        radii, rays = self._null_rays(spectrum)
        seen = [r.ray for r in rays]
        k = max(spectrum.null, 1)
        text = (
            f"the gradient is {self._gradient_text()}, {spectrum.null} of "
            f"{len(spectrum.values)} curvatures are zero within {spectrum.tau:.1g} (scaled)"
        )
        around = f"at {radii[0]:.2g} to {radii[-1]:.2g} units"
        drops = [r for r in rays if r.ray is Ray.DROPS]
        rises = [r for r in rays if r.ray is Ray.RISES]
        powers = [r.power for r in rays if r.power is not None]
        lower = land.best_f < land.f0 - 4.0 * self.blur
        witness = land.best_x if lower else None
        if drops and self._noise_is_large(rays):
            # Not a vanishing curvature but an unmeasured one, and radii that reach too far.
            return Verdict(
                Point.UNDETERMINED,
                f"undetermined: {text}; noise of {self.blur / SIGMAS:.1g} hides what is nearby",
                witness=witness,
            )
        if drops and self.noise and self.noise.constant_radius and not np.any(self.known.H):
            return Verdict(
                Point.UNDETERMINED,
                f"undetermined: {text}; close to x all values are equal, farther out some are "
                "lower",
                witness=witness,
            )
        if drops:
            if self.move > CONVERGED and self._slope_is_significant():
                return self._not_so_degenerate(text, "falls nearby", witness)
            if min(powers, default=2.0) < 1.5 and spectrum.null:
                return self._not_so_degenerate(text, "changes linearly", witness)
            if not spectrum.null:
                return self._not_so_degenerate(text, "falls along the weakest curvature", witness)
            if spectrum.positive == 0 and not self.strong and len(drops) == len(rays):
                return Verdict(
                    Point.LOCAL_MAXIMUM,
                    f"local maximum: {text}, and the objective falls along all {len(rays)} "
                    f"directions probed {around}",
                    witness=witness,
                )
            if k == 1 and len(drops) == 1 and len(rises) == 1:
                return Verdict(
                    Point.INFLECTION,
                    f"inflection: {text}; along that direction the objective falls on one side "
                    f"and rises on the other {around}",
                    witness=witness,
                )
            if rises or spectrum.positive:
                return Verdict(
                    Point.SADDLE,
                    f"saddle point (degenerate): {text}; the objective falls along {len(drops)} "
                    f"of {len(rays)} directions probed {around}",
                    witness=witness,
                )
        elif seen and all(ray is Ray.RISES for ray in seen):
            if min(powers, default=0.0) > (2.5 if spectrum.null else 3.3):
                return Verdict(
                    Point.DEGENERATE_MINIMUM,
                    f"degenerate minimum (numerical): {text}; the objective rises along all "
                    f"{len(rays)} directions probed {around}, with power "
                    f"{min(powers):.2g} of the distance",
                )
            if not spectrum.null:
                return self._not_so_degenerate(text, "rises like a parabola farther out", witness)
        elif set(seen) == {Ray.FLAT} and spectrum.null == self.land.movable.sum():
            if 4.0 * self.blur <= 1e3 * EPS * abs(land.f0):
                return self.plateau()
        elif spectrum.null and _flat_both_ways(seen) and self._flat_means_flat(rays):
            return Verdict(
                Point.FLAT_VALLEY,
                f"flat valley: {text}; the objective is constant within {4 * self.blur:.1g} along "
                f"{seen.count(Ray.FLAT)} of {len(rays)} directions probed {around} and falls "
                "along none",
            )
        return Verdict(
            Point.UNDETERMINED,
            f"undetermined: {text}, and probing {around} shows no definite behaviour "
            f"({', '.join(sorted(set(seen)))})",
            witness=witness,
        )

    def _not_so_degenerate(self, text: str, how: str, witness: Vector | None) -> Verdict:
        """Close to a degenerate point by the numbers, but the values say otherwise."""
        if self.move > 0 and self._slope_is_significant():
            return Verdict(
                Point.NOT_STATIONARY,
                f"not stationary: {text}; the objective {how}",
                witness=witness,
            )
        return Verdict(
            Point.UNDETERMINED, f"undetermined: {text}; the objective {how}", witness=witness
        )

    def _noise_is_large(self, rays: list[RayReport]) -> bool:
        """Whether the noise is a visible part of the change of f along the rays."""
        return 4.0 * self.blur > 1e-4 * max((ray.change for ray in rays), default=0.0)

    def _slope_is_significant(self) -> bool:
        """Whether some component of the gradient exceeds its error."""
        return any(abs(self._pull(i)) > self.known.g_error[i] for i in self.rows)

    def _flat_means_flat(self, rays: list[RayReport]) -> bool:
        """Whether the noise is so small that a curvature hidden in it would be negligible."""
        land, model = self.land, self.known
        size = [abs(model.H[i, i]) * land.unit[i] ** 2 for i in self.rows]
        change = max(0.5 * max(size) * NEARBY**2, *(ray.change for ray in rays))
        return bool(4.0 * self.blur <= 1e-6 * change)

    # ---------------------------------------------------------------------- weakly active bounds

    def weakly_active(self) -> Verdict:
        """Bounds whose multiplier vanishes: curvature must be positive on a cone (copositivity)."""
        self.stage = "testing curvature on the cone of feasible directions"
        weak, inward = self.weak, self._inward()
        held = f"multipliers are zero within their error at {len(weak)} active bound(s)"
        whole = self.spectra["rows"]
        if whole.positive == len(whole.values) and self.certified:
            return Verdict(
                Point.LOCAL_MINIMUM,
                f"local minimum: the gradient is {self._gradient_text()}, {held}, and all "
                f"{len(whole.values)} curvatures are positive, smallest {whole.describe(0)}",
                index=0,
            )
        if self.free and self.spectra["free"].null:
            return self._cone_by_probing(held, None)
        if len(weak) > LARGEST:
            return Verdict(
                Point.UNDETERMINED,
                f"undetermined: {held}, more than the {LARGEST} for which curvature on the cone "
                "can be decided",
            )
        S, error, lift = self._schur_complement(inward)
        lowest, z = lowest_on_cone(S - error * np.eye(len(weak)))
        if lowest > 0 and self.certified:
            return Verdict(
                Point.LOCAL_MINIMUM,
                f"local minimum: the gradient is {self._gradient_text()}, {held}, and curvature "
                f"on the cone of feasible directions is at least {lowest:.3g} (scaled)",
                index=0,
            )
        lowest, z = lowest_on_cone(S + error * np.eye(len(weak)))
        d = self._one_step(lift @ z)
        if lowest < 0:
            return self._cone_descent(d, lowest, held)
        return self._cone_by_probing(held, d)

    def _schur_complement(self, inward: Vector) -> tuple[Matrix, float, Matrix]:
        """Curvature in the weak variables after minimising over the free ones, and its error.

        Also the matrix that lifts a vector of weak variables to all n.
        """
        model, weak, free = self.known, self.weak, self.free
        D = np.zeros(self.n)
        whole = self.spectra["rows"]
        D[whole.rows] = whole.D
        A = D[:, None] * model.H * D
        e = float(np.linalg.norm((D[:, None] * model.E * D)[np.ix_(self.rows, self.rows)], 2))
        s = inward[weak]
        S: Matrix = A[np.ix_(weak, weak)]
        Y: Matrix = np.zeros((len(free), len(weak)))
        if free:
            Y = np.asarray(-np.linalg.solve(A[np.ix_(free, free)], A[np.ix_(free, weak)]))
            S = np.asarray(S + A[np.ix_(weak, free)] @ Y)
        # The minimising y changes the curvature by second order only; twice covers it.
        error = 2.0 * e * (1.0 + float(np.linalg.norm(Y, 2) if free else 0.0)) ** 2
        lift = np.zeros((self.n, len(weak)))
        lift[weak] = np.diag(s)
        lift[free] = Y * s
        return s[:, None] * S * s, error + 4.0 * EPS, D[:, None] * lift

    def _cone_descent(self, d: Vector, lowest: float, held: str) -> Verdict:
        """A feasible direction of negative curvature."""
        land = self.land
        slope = float(d @ self.known.g)
        t = np.array([1.0, 8.0, 64.0])
        t = t[t <= land.room(d)] if land.room(d) >= 1 else np.array([land.room(d)])
        X = land.x + t[:, None] * d
        rise = land.values(X) - land.f0
        k = int(np.argmin(rise))
        if rise[k] >= -4.0 * self.blur or rise[k] - t[k] * min(slope, 0.0) >= -4.0 * self.blur:
            return Verdict(
                Point.UNDETERMINED,
                f"undetermined: {held}; curvature along a feasible direction is {lowest:.3g} "
                "(scaled), but no lower neighbour was found",
            )
        if any(abs(d[i]) > 0 for i in self.doubtful):
            return Verdict(
                Point.UNDETERMINED,
                "undetermined: a multiplier is positive but so small that the objective is lower "
                f"at a distance of {self._distance(X[k]):.2g} units",
                witness=X[k],
            )
        spectrum = self.spectra["rows"]
        if spectrum.negative == int(land.movable.sum()):
            point, name = Point.LOCAL_MAXIMUM, "local maximum"
        else:
            point, name = Point.SADDLE, "saddle point"
        return Verdict(
            point,
            f"{name}: the gradient is {self._gradient_text()}, {held}, curvature along a feasible "
            f"direction is {lowest:.3g} (scaled), and the objective is lower by {-rise[k]:.3g} at "
            f"a distance of {self._distance(X[k]):.2g} units",
            index=spectrum.negative,
            witness=X[k],
        )

    def _cone_by_probing(self, held: str, suspect: Vector | None) -> Verdict:
        """Curvature on the cone vanishes within error: probe the cone itself."""
        land = self.land
        inward = self._inward()
        null, span = np.zeros((self.n, 0)), Range(np.zeros((self.n, 0)), np.zeros(0), np.zeros(0))
        if self.free:
            null, span = self._split(self.spectra["free"], suspect=False)
        directions = [] if suspect is None else [suspect]
        directions += [s * v for v in null.T for s in (1.0, -1.0)]
        for i in self.weak:
            e = np.zeros(self.n)
            e[i] = inward[i]
            directions.append(e * land.unit)
        for _ in range(3 * (len(self.weak) + null.shape[1])):
            z = null @ land.rng.standard_normal(null.shape[1])
            if z.any():
                z = z / np.max(np.abs(z) / land.unit)
            for i in self.weak:
                z[i] = inward[i] * land.unit[i] * land.rng.exponential()
            directions.append(z)
        D = np.array([d / np.max(np.abs(d) / land.unit) for d in directions])
        radii = NEARBY * np.array([0.1, math.sqrt(0.1), 1.0])
        rays = probe_rays(land, D, radii, span, self.exact, self.blur)
        seen = {r.ray for r in rays} - {Ray.CLOSED}
        text = f"the gradient is {self._gradient_text()}, {held}"
        if Ray.DROPS in seen:
            if self.doubtful or min(r.power or 0.0 for r in rays if r.ray is Ray.DROPS) < 1.5:
                return Verdict(
                    Point.UNDETERMINED,
                    f"undetermined: {text}; lower values were found, perhaps beyond a barrier",
                    witness=land.best_x,
                )
            return Verdict(
                Point.SADDLE,
                f"saddle point (degenerate): {text}, and the objective is lower by "
                f"{land.f0 - land.best_f:.3g} in a feasible direction",
                witness=land.best_x,
            )
        if seen == {Ray.RISES}:
            return Verdict(
                Point.DEGENERATE_MINIMUM,
                f"degenerate minimum (numerical): {text}, curvature on the cone of feasible "
                f"directions is zero within its error, and the objective rises along all "
                f"{len(rays)} feasible directions probed",
            )
        if seen <= {Ray.RISES, Ray.FLAT} and self._flat_means_flat(rays):
            return Verdict(
                Point.FLAT_VALLEY,
                f"flat valley: {text}; along some feasible directions the objective is constant, "
                "along none of those probed it falls",
            )
        return Verdict(Point.UNDETERMINED, f"undetermined: {text}; probing was not conclusive")

    # -------------------------------------------------------------------------------- the report

    def _gradient_text(self) -> str:
        norm, error = self._gradient_norm()
        return f"{norm:.2g} (error {error:.1g})"

    def _gradient_norm(self) -> tuple[float, float]:
        g = self.land.g0 if self.model is None else self.model.g
        error = (self._slope_error() if self.model is None else self.model.g_error).copy()
        assert g is not None
        error[self.strong] = 0.0
        return _norm(self._projected(g)), _norm(error)

    def _slope_error(self) -> Vector:
        """Error bound of the user's gradient, from its noise."""
        assert self.noise is not None and self.land.g0 is not None
        rounding = 0.5 * EPS * np.abs(self.land.g0)
        return SIGMAS * np.maximum(self.noise.gradient, rounding)

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
        values = None if spectrum is None else spectrum.user_values
        given = land.g0 if self.exact and self.noise is not None else None
        gradient = given if model is None else model.g
        norm, error = (None, None) if gradient is None else self._gradient_norm()
        reason = verdict.reason
        if self.notes:
            reason += f" ({'; '.join(self.notes)})"
        sigma = self.sigma
        classification = Classification(
            kind=verdict.point.kind,
            point=verdict.point,
            index=verdict.index,
            eigenvalues=values,
            eigenvalue_error=None if spectrum is None else spectrum.user_error,
            gradient_norm=norm,
            gradient_error=error,
            noise=sigma if self.noise is not None else None,
            active=self.at_lower | self.at_upper | ~land.movable,
            witness=witness,
            escape_direction=escape,
            sharpness=None if values is None else float(values[-1]),
            condition=_condition(values),
            n_evals=land.used,
            reason=reason,
        )
        axes = {} if model is None else model.axes
        return Evidence(
            classification=classification,
            x=land.x,
            f=land.f0,
            gradient=gradient,
            hessian=None if spectrum is None or model is None else model.H,
            curvatures=None if model is None else np.abs(np.diag(model.H)),
            noise=sigma,
            steps=best_central_steps(land, sigma, axes) if axes else FIRST_STEP * land.unit,
            witness=lowest if lowest is not None else witness,
        )


def _flat_both_ways(seen: list[Ray]) -> bool:
    """Whether some direction is flat on both sides, and none falls or is unclear."""
    half = len(seen) // 2  # `null_directions` lists every direction and then every opposite
    pairs = zip(seen[:half], seen[half:], strict=True)
    return set(seen) <= {Ray.FLAT, Ray.RISES} and any(a == b == Ray.FLAT for a, b in pairs)


def _norm(v: Vector) -> float:
    """Euclidean norm, of huge and of tiny vectors too."""
    size = float(np.max(np.abs(v), initial=0.0))
    return size * float(np.linalg.norm(v / size)) if 0.0 < size < math.inf else size


def _condition(values: Vector | None) -> float | None:
    if values is None or not len(values):
        return None
    size = np.abs(values)
    return float(np.max(size) / np.min(size)) if np.min(size) > 0 else math.inf
