"""The decision table for many variables: both ends of the spectrum instead of a Hessian.

Products with the Hessian cost an evaluation each.  A negative Ritz value is certain, and claimed
with a lower point as witness; that *all* curvatures are positive (or negative) is claimed when the
bound on the extreme eigenvalue, which fails with probability `FAILURE`, says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from .case import CONVERGED, LARGEST_DENSE, MOST_PRODUCTS, Case, Ends, Verdict
from .classification import Mask, Point, Vector
from .curvature import BESIDE_NOISE, Descent, descend
from .diagonal import from_diagonal
from .lanczos import FAILURE, Lanczos
from .landscape import EPS, FIRST_STEP
from .measure import measure_noise, refuse_gradient
from .noise import SIGMAS, short_direction
from .plateau import measure_variation_of_many, plateau
from .products import UNLIKE, Products, equilibrated, spread
from .slopes import down_the_slope, vertex
from .spectrum import SAFETY
from .stationarity import CLOSE

LINES = 4  # random ones, along which the gradient is held against the values
FAR = 1e-2  # of a unit: a stationary point that is farther away is not this one
NEWTON_STEPS = 12  # products for a Newton step before the curvature is looked at
OWN_STEPS = 30  # products in the user's variables, for curvatures that are negative beyond doubt
RESERVE = 10  # evaluations kept for witnesses and confirmations
CONFIDENCE = f"{100.0 * (1.0 - FAILURE):g} % confidence"


def too_large(case: Case) -> Verdict:
    """No dense Hessian, but stationarity was looked at where the cap allowed it."""
    return Verdict(
        Point.UNDETERMINED,
        f"undetermined: the Hessian of {case.n} variables does not fit in the "
        f"{case.land.cap} evaluations granted"
        + ("" if case.model is None else f"; the gradient is {case.gradient_text()}"),
    )


def many_variables(case: Case) -> Verdict:
    """The decision table: the first row that applies is the verdict."""
    measure_noise(case)
    if case.exact and _gradient_is_wrong_on_lines(case):
        case.land.g0 = None
        refuse_gradient(case)
    if not measure_variation_of_many(case):
        return plateau(case)
    if case.land.g0 is None:
        return from_diagonal(case)
    if measure_descent(case):
        return still_falling(case)

    own, products, weak = _products(case)
    if products is None or own is None:
        return _unsettled(case)
    if products.size == 0:
        movable = case.land.movable
        return vertex(case.land.g0[movable], case.slope_error()[movable])
    newton = _newton(case, products, NEWTON_STEPS)
    if newton.far:
        return still_falling(case, newton)
    if newton.irregular:
        return _irregular(case, newton)

    ends = _ends(case, own, MOST_PRODUCTS if own is products else OWN_STEPS)
    if own is not products and not ends.negative:
        ends = _ends(case, products)
    if ends.negative and weak.any():
        free = _mask(case, products) & ~weak
        inner = _ends(case, ends.products.over(free)) if free.any() else None
        if inner is None or not inner.negative:
            return _undecided(case, ends, "perhaps it is negative out of the box only")
        ends = inner
    if not (ends.negative or ends.positive):
        return _undecided(case, ends, "no more is known after all products that were granted")
    if not newton.settled and not _settled_by(case, ends, newton):
        newton = _newton(case, products, MOST_PRODUCTS)
        if newton.far:
            return still_falling(case, newton)
    if newton.irregular or not (newton.settled or _settled_by(case, ends, newton)):
        return _irregular(case, newton)
    if ends.products is not own and not _same_scale(case, ends.products):
        return _irregular(case, newton)
    return (_negative if ends.negative else _positive)(case, ends, newton)


# ------------------------------------------------------------------------------- first the slopes


def _gradient_is_wrong_on_lines(case: Case) -> bool:
    """Whether no integral of the gradient over a short random line (Simpson) fits f."""
    land = case.land
    assert case.noise is not None and land.g0 is not None
    case.journal.begin("holding the gradient against the values")
    for _ in range(LINES):
        d = 0.1 * FIRST_STEP * short_direction(land)
        F, G = land.gradients(land.x + np.array([[1.0], [2.0]]) * d)
        slopes = np.array([land.g0 @ d, *(G @ d)])
        change = float(F[1]) - land.f0
        blur = 4.0 * case.blur + SIGMAS * float(np.linalg.norm(case.slope_error() * d))
        scale = abs(change) + float(np.abs(slopes).sum())
        missed = abs(change - float(slopes @ [1.0, 4.0, 1.0]) / 3.0)
        if missed <= FAR * scale + blur:
            return False
    return True


def _slope_is_significant(case: Case) -> bool:
    if case.land.g0 is None:
        return False
    norm, error = case.gradient_norm()
    return norm > error


def measure_descent(case: Case) -> bool:
    """Whether a long step of steepest descent, in units, lowers f about as it promises."""
    land = case.land
    assert land.g0 is not None
    case.journal.begin("following the gradient")
    g = case.projected(land.g0)
    size = float(np.max(np.abs(g) * land.unit))
    if not (_slope_is_significant(case) and math.isfinite(size)):
        return False
    d = -g * land.unit / size * land.unit
    h = 0.1 * FIRST_STEP
    slope = float(g @ d)
    curvature = float(land.gradients((land.x + h * d)[None])[1][0] @ d) - slope
    t = min(abs(slope * h / curvature), 1.0) if curvature else 1.0
    X = np.clip(land.x + np.array([[1.0], [0.1]]) * t * d, land.lower, land.upper)
    for f, x in zip(land.values(X), X, strict=True):
        promised = float(g @ (land.x - x))
        if case.distance(x) > FAR and land.f0 - f > max(4.0 * case.blur, 0.1 * promised):
            return True
    return False


@dataclass
class Newton:
    """A Newton step, by MINRES: how far it leads, and whether f is a quadratic on the way."""

    step: Vector
    end: Vector  # the gradient there
    move: float = 0.0  # its length in units
    left: float = 0.0  # of the scaled gradient, the part that it does not explain
    slope: float = 0.0  # the length of the scaled gradient
    solved: bool = True
    regular: bool = True  # the gradient is small at its end
    negligible: bool = False  # the fall it promises cannot be told from noise

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


def _newton(case: Case, products: Products, steps: int) -> Newton:
    """The Newton step from x in the variables that can follow it.

    At its end no more than a fifth of the gradient may be left, a tenth of which is that of the
    linear equations.  At a root of higher order a quarter remains (|x|^3), or more.
    """
    land = case.land
    assert land.g0 is not None
    case.journal.begin("measuring a Newton step")
    g = case.projected(land.g0)
    nothing = Newton(np.zeros(case.n), g)
    held = (case.at_lower | case.at_upper) & (g == 0.0)
    mask = _mask(case, products)
    if (mask & held).any():
        products = products.over(mask & ~held)
    slope = products.reduced(g)
    if not (_slope_is_significant(case) and slope.any()):
        return nothing
    krylov = Lanczos(products, -slope, steps)
    while krylov.may_go_on and case.affordable(1 + RESERVE):
        krylov.step()
        if krylov.residual() <= 0.1 * krylov.length:
            break
    if not krylov.steps:
        return replace(nothing, left=krylov.length, slope=krylov.length, solved=False)
    step = products.direction(krylov.solution())
    newton = Newton(step, g, case.distance(land.x + step), krylov.residual(), krylov.length)
    newton.solved = newton.left <= 0.1 * newton.slope
    newton.negligible = 0.5 * abs(float(g @ step)) <= 4.0 * case.blur
    if newton.solved:
        newton.end = case.projected(land.gradients((land.x + step)[None])[1][0])
        remains = float(np.linalg.norm(products.reduced(newton.end)))
        noise = float(np.linalg.norm(products.reduced(case.slope_error())))
        newton.regular = remains <= 0.2 * newton.slope + 2.0 * noise
    else:
        newton.step = np.zeros(case.n)
    return newton


def _settled_by(case: Case, ends: Extremes, newton: Newton) -> bool:
    """Whether the smallest curvature bounds the Newton step, or the fall, that is not known."""
    if not ends.positive:
        return False
    weakest = ends.lowest
    if newton.slope**2 <= 8.0 * case.blur * weakest:
        return True
    products = ends.products
    stretch = float(np.max((products.D / case.land.unit)[products.rows]))
    return newton.move + stretch * newton.left / weakest <= CONVERGED


def _same_scale(case: Case, products: Products) -> bool:
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


# ---------------------------------------------------------------------------- then the curvatures


def _mask(case: Case, products: Products) -> Mask:
    mask = np.zeros(case.n, dtype=np.bool_)
    mask[products.rows] = True
    return mask


def _products(case: Case) -> tuple[Products | None, Products | None, Mask]:
    """Products over the variables that no multiplier holds; which of these are at a bound.

    In the user's variables and, where the curvatures along these are very unlike, in scaled ones,
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
        return None, None, np.zeros(case.n, dtype=np.bool_)
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
        return products, products, at_bound & rows
    if not products.scaled:
        # Hutchinson (1990); the variance of a sample is at most this, by Cauchy and Schwarz.
        trace = float(z @ Hz)
        variance = 2.0 * (float(Hz @ Hz) - trace**2 / products.size)
        case.ends = Ends(trace=trace, trace_error=math.sqrt(max(variance, 0.0)))
    scaled: Products | None = products
    if spread(Hz) > UNLIKE and (scaled := equilibrated(products)) is not None:
        case.ends = replace(case.ends, curvatures=1.0 / scaled.D**2)
    return products, scaled, at_bound & rows


@dataclass
class Extremes:
    """What a Lanczos run from a random vector tells of D H D."""

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


def _ends(case: Case, products: Products, steps: int = MOST_PRODUCTS) -> Extremes:
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


def _along(case: Case, found: Extremes, j: int) -> Vector:
    """Ritz vector j, in all variables, at the length of one difference step."""
    d = found.products.direction(found.lanczos.vector(j))
    return np.asarray(d * (FIRST_STEP / float(np.max(np.abs(d) / case.land.unit))))


# ------------------------------------------------------------------------- the rows of the table


def still_falling(case: Case, newton: Newton | None = None) -> Verdict:
    """Not stationary: the gradient, or the Newton step, leads down."""
    assert case.land.g0 is not None
    reason = f"not stationary: the gradient is {case.gradient_text()}" + (
        "" if newton is None else f", a Newton step would be {newton.move:.2g} units long"
    )
    g = case.projected(case.land.g0)
    return down_the_slope(case, reason, g, None if newton is None else newton.step)


def _unsettled(case: Case) -> Verdict:
    """Differences of gradients that grow as the step shrinks."""
    return Verdict(
        Point.UNDETERMINED,
        "undetermined: differences of gradients do not settle as steps shrink (a kink), so the "
        f"curvature could not be measured; the gradient is {case.gradient_text()}",
    )


def _irregular(case: Case, newton: Newton) -> Verdict:
    """Neither stationary nor plainly not."""
    what = "leads to no regular point" if newton.solved else "could not be computed"
    return Verdict(
        Point.UNDETERMINED,
        f"undetermined: the gradient is {case.gradient_text()}, and a Newton step {what}",
        witness=_lower(case),
    )


def _lower(case: Case) -> Vector | None:
    land = case.land
    return land.best_x if land.best_f < land.f0 - 4.0 * case.blur else None


def _undecided(case: Case, found: Extremes, why: str) -> Verdict:
    """The signs of the curvatures are not known; perhaps f is lower along the weakest one."""
    text = f"more than {LARGEST_DENSE} variables; the gradient is {case.gradient_text()}"
    if not found.lanczos.steps:
        return Verdict(
            Point.UNDETERMINED, f"undetermined: {text}; no product with the Hessian was affordable"
        )
    case.journal.begin("probing the weakest direction")
    d = _along(case, found, 0)
    for t in (10.0, 100.0):
        for s in (t, -t):
            case.land.values((case.land.x + s * d)[None])
    if found.null:
        why = f"the smallest is zero within its error of {found.tau:.1g}"
    return Verdict(
        Point.UNDETERMINED,
        f"undetermined: {text}; after {found.lanczos.steps} products with the Hessian "
        f"{found.describe()}, at {CONFIDENCE}; {why}",
        witness=_lower(case),
    )


def _negative(case: Case, found: Extremes, newton: Newton) -> Verdict:
    """Saddle or maximum, if a lower neighbour bears it out."""
    case.journal.begin("looking for a lower neighbour")
    land, lanczos = case.land, found.lanczos
    down = _descend(case, found, 0)
    count = max(1, int(np.sum(lanczos.values < -found.tau)))
    if down.witness is None or not _agrees(case, found, newton, 0):
        return Verdict(
            Point.UNDETERMINED,
            f"undetermined: the lowest curvature found is {found.lowest_text()}, but values and "
            "slopes along it do not bear it out",
            witness=down.witness,
        )
    if found.mixed and _agrees(case, found, newton, -1):
        return Verdict(
            Point.SADDLE,
            f"saddle point: the gradient is {case.gradient_text()}, at least {count} of "
            f"{found.products.size} curvatures are negative, the lowest found "
            f"{found.lowest_text()}, and the objective is lower by "
            f"{land.f0 - land.best_f:.3g} at a distance of "
            f"{case.distance(down.witness):.2g} units ({lanczos.steps} products with the Hessian)",
            witness=down.witness,
        )
    everywhere = found.products.size == int(land.movable.sum())
    sides = down.both_sides and _descend(case, found, -1).both_sides
    if found.all_negative and everywhere and sides:
        return Verdict(
            Point.LOCAL_MAXIMUM,
            f"local maximum: the gradient is {case.gradient_text()}, all curvatures are negative "
            f"(at {CONFIDENCE}, from {lanczos.steps} products with the Hessian), the lowest "
            f"{found.lowest_text()}",
            index=found.products.size,
            witness=down.witness,
        )
    return Verdict(
        Point.UNDETERMINED,
        f"undetermined: the lowest curvature is {found.lowest_text()}, so this is no minimum, "
        "but no direction was found in which the objective rises",
        witness=down.witness,
    )


def _descend(case: Case, found: Extremes, j: int) -> Descent:
    assert case.land.g0 is not None
    d = _along(case, found, j)
    slope = float(case.projected(case.land.g0) @ d)
    return descend(case.land, -d if slope > 0 else d, -abs(slope), case.blur)


def _positive(case: Case, found: Extremes, newton: Newton) -> Verdict:
    """All curvatures positive: a strict minimum, confirmed along the weakest direction."""
    case.journal.begin("confirming the weakest curvature")
    if not _confirmed(case, found, newton):
        return Verdict(
            Point.UNDETERMINED,
            f"undetermined: {found.describe()}, but values and slopes along the weakest direction "
            "do not bear it out",
        )
    if _bends_down_close_by(case, found):
        return Verdict(
            Point.UNDETERMINED,
            f"undetermined: {found.describe()}, but over a short way the objective bends down (a "
            "kink)",
            witness=_lower(case),
        )
    land = case.land
    held = int(land.movable.sum()) - found.products.size
    text = f"; variables held by a bound: {held}" if held else ""
    return Verdict(
        Point.LOCAL_MINIMUM,
        f"local minimum: the gradient is {case.gradient_text()} and all curvatures are positive: "
        f"{found.describe()} (at {CONFIDENCE}, from {found.lanczos.steps} products of the "
        f"Hessian with vectors from a random start){text}",
        index=0,
    )


def _confirmed(case: Case, found: Extremes, newton: Newton) -> bool:
    """Whether f rises as predicted on both sides along the weakest direction."""
    land = case.land
    d = _along(case, found, 0)
    d = d * min(1.0, land.room(d), land.room(-d))
    expected = float(found.lanczos.values[0]) * found.products.length(d) ** 2
    bend = float(np.sum(land.values(land.x + np.array([[1.0], [-1.0]]) * d) - land.f0))
    return bend >= 0.5 * expected - 4.0 * case.blur and _agrees(case, found, newton, 0)


def _bends_down_close_by(case: Case, found: Extremes) -> bool:
    """Whether f bends down, as close to x as noise allows: a kink that a parabola hides.

    In a random direction in which all variables take part; upwards a kink only adds to a minimum.
    """
    land, products = case.land, found.products
    z = land.signs(products.size)
    d = products.direction(z)
    shrink = FIRST_STEP / float(np.max(np.abs(d) / land.unit))
    d *= shrink
    expected = shrink**2 * float(z @ products(z))
    if not expected > 0.0:
        return False
    finest = max(1e-6, 4e3 * EPS * float(np.max(np.abs(land.x / land.unit))) / FIRST_STEP)
    t = max(math.sqrt(BESIDE_NOISE * case.blur / expected), finest)
    if t > 0.1 or min(land.room(d), land.room(-d)) < t:
        return False
    bend = float(np.sum(land.values(land.x + np.array([[t], [-t]]) * d) - land.f0))
    return bend < -expected * t**2 - 10.0 * case.blur


def _agrees(case: Case, found: Extremes, newton: Newton, j: int) -> bool:
    """Whether the curvature along Ritz vector j is the same at another step and place.

    The place is where a second Newton step leads, in the space of Ritz vectors: the weak ones are
    there, however little of the gradient belongs to them.  The curvature of |x|^3 or x^4 at 0
    belongs to the step, and that of x^3 next to 0 halves on the way; a third is what Newton's
    method would converge with (`stationarity`).
    """
    land, products = case.land, found.products
    d = _along(case, found, j)
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
