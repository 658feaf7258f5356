"""The measuring steps for many variables: gradient, descent, a Newton step, ends of the spectrum.

Every product with the Hessian costs an evaluation, so each step goes on only until what the
decision table asks is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from .case import CONVERGED, MOST_PRODUCTS, Case, Ends
from .classification import Mask, Vector
from .lanczos import Lanczos
from .landscape import FIRST_STEP
from .measure import refuse_gradient
from .noise import CLEAR, SIGMAS, short_direction
from .products import UNLIKE, Products, equilibrated, spread
from .spectrum import SAFETY
from .stationarity import CLOSE

LINES = 4  # random lines along which the gradient is compared with the values
FAR = 1e-2  # of a unit: a stationary point that is farther away is not this one
NEWTON_STEPS = 12  # products for a Newton step before the curvature is looked at
OWN_STEPS = 30  # products in the user's variables, for curvatures that are negative beyond doubt
RESERVE = 10  # evaluations kept for witnesses and confirmations


# ------------------------------------------------------------------------------- first the slopes


def check_gradient(case: Case) -> None:
    """Refuse the user's gradient if no integral of it over a short random line (Simpson) fits f."""
    land = case.land
    if not case.uses_gradient:
        return
    assert land.g0 is not None
    case.journal.begin("holding the gradient against the values")
    for _ in range(LINES):
        d = 0.1 * FIRST_STEP * short_direction(land)
        F, G = land.gradients(land.x + np.array([[1.0], [2.0]]) * d)
        slopes = np.array([land.g0 @ d, *(G @ d)])
        change = float(F[1]) - land.f0
        blur = CLEAR * case.blur + SIGMAS * float(np.linalg.norm(case.slope_error() * d))
        scale = abs(change) + float(np.abs(slopes).sum())
        missed = abs(change - float(slopes @ [1.0, 4.0, 1.0]) / 3.0)
        if missed <= FAR * scale + blur:
            return
    land.g0 = None
    refuse_gradient(case)


def measure_descent(case: Case) -> bool:
    """Whether a long step of steepest descent, in units, lowers f about as its slope predicts."""
    land = case.land
    assert land.g0 is not None
    case.journal.begin("following the gradient")
    g = case.projected(land.g0)
    size = float(np.max(np.abs(g) * land.unit))
    if not (case.gradient_is_significant() and math.isfinite(size)):
        return False
    d = -g * land.unit / size * land.unit
    h = 0.1 * FIRST_STEP
    slope = float(g @ d)
    curvature = float(land.gradients((land.x + h * d)[None])[1][0] @ d) - slope
    t = min(abs(slope * h / curvature), 1.0) if curvature else 1.0
    X = np.clip(land.x + np.array([[1.0], [0.1]]) * t * d, land.lower, land.upper)
    for f, x in zip(land.values(X), X, strict=True):
        predicted = float(g @ (land.x - x))
        if case.distance(x) > FAR and land.f0 - f > max(CLEAR * case.blur, 0.1 * predicted):
            return True
    return False


@dataclass(frozen=True)
class Newton:
    """A Newton step, by MINRES: how far it leads, and whether f is a quadratic on the way."""

    step: Vector
    end: Vector  # the gradient there
    move: float = 0.0  # its length in units
    left: float = 0.0  # of the scaled gradient, the part that it does not explain
    slope: float = 0.0  # the length of the scaled gradient
    solved: bool = True
    regular: bool = True  # the gradient is small at its end
    negligible: bool = False  # the decrease it predicts cannot be told from noise

    @property
    def settled(self) -> bool:
        """Whether it shows x to be stationary: next to a regular point that is."""
        return self.solved and (self.negligible or (self.regular and self.move <= CONVERGED))

    @property
    def far(self) -> bool:
        """Whether it shows that x is not stationary."""
        limit = CONVERGED if self.regular else CLOSE
        return self.solved and not self.negligible and self.move > limit

    @property
    def irregular(self) -> bool:
        """Whether it is short, but leads to no stationary point: the Hessian is near-singular."""
        return self.solved and not (self.settled or self.far)


def measure_newton(case: Case, products: Products, steps: int) -> Newton:
    """The Newton step from x in the variables that can follow it.

    At its end no more than a fifth of the gradient may be left, a tenth of which is that of the
    linear equations.  At a root of higher order a quarter remains (|x|^3), or more.
    """
    land = case.land
    assert land.g0 is not None
    case.journal.begin("measuring a Newton step")
    g = case.projected(land.g0)
    nowhere = np.zeros(case.n)
    held = (case.at_lower | case.at_upper) & (g == 0.0)
    if (products.mask & held).any():
        products = products.over(products.mask & ~held)
    slope = products.reduced(g)
    if not (case.gradient_is_significant() and slope.any()):
        return Newton(nowhere, g)
    krylov = Lanczos(products, -slope, steps)
    while krylov.may_go_on and case.affordable(1 + RESERVE):
        krylov.step()
        if krylov.residual() <= 0.1 * krylov.length:
            break
    length = krylov.length
    if not krylov.steps:
        return Newton(nowhere, g, left=length, slope=length, solved=False)
    step, left = products.direction(krylov.solution()), krylov.residual()
    move = case.distance(land.x + step)
    negligible = 0.5 * abs(float(g @ step)) <= CLEAR * case.blur
    if left > 0.1 * length:
        return Newton(nowhere, g, move, left, length, solved=False, negligible=negligible)
    end = case.projected(land.gradients((land.x + step)[None])[1][0])
    remains = float(np.linalg.norm(products.reduced(end)))
    noise = float(np.linalg.norm(products.reduced(case.slope_error())))
    regular = remains <= 0.2 * length + 2.0 * noise
    return Newton(step, end, move, left, length, regular=regular, negligible=negligible)


def settled_by(case: Case, ends: Extremes, newton: Newton) -> bool:
    """Whether the smallest curvature bounds the Newton step, or the fall, that is not known."""
    if not ends.positive:
        return False
    weakest = ends.lowest
    if newton.slope**2 <= 8.0 * case.blur * weakest:
        return True
    products = ends.products
    stretch = float(np.max((products.D / case.land.unit)[products.rows]))
    return newton.move + stretch * newton.left / weakest <= CONVERGED


# ---------------------------------------------------------------------------- then the curvatures


@dataclass(frozen=True)
class Variables:
    """The variables that no multiplier holds, as products with the Hessian over them."""

    own: Products  # the user's
    scaled: Products | None  # the same if curvatures along them are alike; None: H is not settled
    at_bound: Mask


def choose_variables(case: Case) -> Variables | None:
    """The variables that no multiplier holds; None where products do not settle as steps shrink.

    The user's variables and, where the curvatures along these are very unlike, in scaled ones,
    in which weak curvatures are as large as the others, but those that are noise too. A multiplier
    holds its variable if it exceeds its error, and if the curvature cannot make up for it within a
    step.
    """
    land = case.land
    assert land.g0 is not None
    case.journal.begin("choosing the steps")
    products = Products(case, land.movable)
    sample = products.probe()
    if sample is None:
        return None
    z, Hz = sample
    at_bound, rows = case.at_lower | case.at_upper, land.movable
    if at_bound.any():
        turn = np.zeros(case.n)
        turn[products.rows] = np.abs(Hz)
        turn *= FIRST_STEP * land.unit / products.D**2
        outward = (case.at_lower & (land.g0 > 0)) | (case.at_upper & (land.g0 < 0))
        held = outward & (np.abs(land.g0) > case.slope_error() + turn)
        if held.any():
            inner = ~held[products.rows]
            z, Hz, rows = z[inner], Hz[inner], rows & ~held
            products = products.over(rows)
    case.ends = Ends()
    if products.size == 0:
        return Variables(products, products, at_bound & rows)
    if not products.scaled:
        # Hutchinson (1990); the variance of a sample is at most this, by Cauchy and Schwarz.
        trace = float(z @ Hz)
        variance = 2.0 * (float(Hz @ Hz) - trace**2 / products.size)
        case.ends = Ends(trace=trace, trace_error=math.sqrt(max(variance, 0.0)))
    scaled: Products | None = products
    if spread(Hz) > UNLIKE and (scaled := equilibrated(products)) is not None:
        case.ends = replace(case.ends, curvatures=1.0 / scaled.D**2)
    return Variables(products, scaled, at_bound & rows)


@dataclass(frozen=True)
class Extremes:
    """The extreme eigenvalues of D H D as a Lanczos run from a random vector finds them."""

    lanczos: Lanczos
    products: Products

    @property
    def tau(self) -> float:
        """Bound on the error of each Ritz value."""
        lanczos = self.lanczos
        return SAFETY * self.products.error + lanczos.strayed + lanczos.rounding

    @property
    def doubt(self) -> float:
        """The same for one given vector, in which random noise averages out."""
        products, lanczos = self.products, self.lanczos
        noise = products.noise / math.sqrt(products.size)
        return SAFETY * (noise + products.bias) + lanczos.strayed + lanczos.rounding

    @property
    def lowest(self) -> float:
        """Bound on the smallest eigenvalue from below."""
        return self.lanczos.bound() - self.tau

    @property
    def highest(self) -> float:
        """Bound on the largest eigenvalue from above."""
        return self.lanczos.bound(above=True) + self.tau

    @property
    def negative(self) -> bool:
        """Whether some eigenvalue is negative beyond its error; a witness has to bear it out."""
        return self.lanczos.steps > 0 and float(self.lanczos.values[0]) < -2.0 * self.doubt

    @property
    def positive(self) -> bool:
        """Whether all eigenvalues are positive beyond their error, with confidence."""
        return self.lanczos.steps > 0 and self.lanczos.excludes(self.tau)

    @property
    def all_negative(self) -> bool:
        """Whether all eigenvalues are negative beyond their error, with confidence."""
        return self.lanczos.excludes(-self.tau, above=True)

    @property
    def mixed(self) -> bool:
        """Whether some eigenvalue is positive beyond its error."""
        return float(self.lanczos.values[-1]) > self.tau

    @property
    def null(self) -> bool:
        """Whether the smallest eigenvalue is zero within its error."""
        smallest = float(self.lanczos.values[0])
        return smallest <= self.tau and self.lanczos.excludes(-2.0 * self.doubt)

    @property
    def decided(self) -> bool:
        """Whether more steps would not change what can be claimed."""
        if self.negative:
            if self.mixed:
                return self.converged
            largest_is_null = float(self.lanczos.values[-1]) >= -self.tau
            far = 2.0 * self.tau if largest_is_null else -self.tau
            return self.lanczos.excludes(far, above=True)
        return self.positive or self.null

    @property
    def converged(self) -> bool:
        """Whether the lowest Ritz vector is about an eigenvector: a good way down."""
        return self.lanczos.vector_residual(0) <= abs(float(self.lanczos.values[0]))

    def describe(self) -> str:
        """Where the smallest curvature and the largest one lie."""
        a, b = self.lanczos.values[0], self.lanczos.values[-1]
        return (
            f"the smallest curvature is between {self.lowest:.3g} and {a + self.tau:.3g}, the "
            f"largest about {b:.3g}{self._variables()}"
        )

    def lowest_text(self) -> str:
        """The curvature along the lowest Ritz vector."""
        return (
            f"{self.lanczos.values[0]:.3g} with error {self.tau:.1g}, the largest about "
            f"{self.lanczos.values[-1]:.3g}{self._variables()}"
        )

    def _variables(self) -> str:
        return " (in scaled variables)" if self.products.scaled else ""

    def reported(self, ends: Ends) -> Ends:
        """With both ends in the user's variables; they are not known where these were scaled."""
        if self.products.scaled or not self.lanczos.steps:
            return replace(ends, values=None, error=None)
        values = self.lanczos.values[[0, -1]]
        error = float(max(values[0] - self.lowest, self.highest - values[1]))
        return replace(ends, values=values, error=error)


def measure_extremes(case: Case, products: Products, steps: int = MOST_PRODUCTS) -> Extremes:
    """Lanczos steps from a random vector, until the signs are known or the cap is near."""
    case.journal.begin("measuring both ends of the spectrum")
    start = case.land.rng.standard_normal(products.size)
    found = Extremes(Lanczos(products, start, steps), products)
    while found.lanczos.may_go_on and case.affordable(1 + RESERVE):
        found.lanczos.step()
        if found.decided:
            break
    assert case.ends is not None
    case.ends = found.reported(case.ends)
    return found


def compare_scale(case: Case, products: Products) -> bool:
    """Whether variables scaled by their curvatures have the same ones at another step and place.

    A curvature that belongs to the step, or to the distance from where it vanishes, is 1 as all of
    them are in variables that were scaled by it.
    """
    land = case.land
    assert case.ends is not None and land.g0 is not None
    if case.ends.curvatures is None or products.shifted:
        return True
    z = land.signs(products.size)
    there = land.x - products.direction(products.reduced(case.projected(land.g0)))
    d = products.direction(z)
    h = 8.0 * products.step / float(np.max(np.abs(d) / land.unit))
    G = land.gradients(np.array([there, there + h * d]))[1]
    change = np.abs(products.reduced(G[1] - G[0]) / h - products(z))
    return bool(np.all(change <= 0.35 + 2.0 * products.reduced(case.slope_error()) / h))


def along(case: Case, found: Extremes, j: int) -> Vector:
    """Ritz vector j, in all variables, at the length of one difference step."""
    d = found.products.direction(found.lanczos.vector(j))
    return np.asarray(d * (FIRST_STEP / float(np.max(np.abs(d) / case.land.unit))))


def compare_curvature(case: Case, found: Extremes, newton: Newton, j: int) -> bool:
    """Whether the curvature along Ritz vector j is the same at another step and place.

    The place is where a second Newton step leads, in the space of Ritz vectors: the weak ones are
    there, however little of the gradient belongs to them.  The curvature of |x|^3 or x^4 at 0
    belongs to the step, and that of x^3 next to 0 halves on the way; a third is what Newton's
    method would converge with (`stationarity`).
    """
    land, products = case.land, found.products
    d = along(case, found, j)
    curvature = float(found.lanczos.values[j]) * products.length(d) ** 2
    x = land.x + newton.step
    if newton.slope > 0.0:
        further = found.lanczos.newton_step(products.reduced(newton.end), found.doubt)
        x = x + products.direction(further)
    if case.distance(x) > 2.0 * CONVERGED:
        return False
    room = min(land.room(d), land.room(-d))
    if room < 1.0 / 32.0:
        return True
    t = min(8.0 * products.step / FIRST_STEP, room)
    noise = SIGMAS * float(np.linalg.norm(case.slope_error() * d)) / t
    G = land.gradients(x + np.array([[t], [-t]]) * d)[1]
    turn = 0.5 * float((G[0] - G[1]) @ d) / t
    return max(abs(turn - curvature), noise) <= 0.35 * abs(curvature)
