"""The decision table for many variables: both ends of the spectrum instead of a Hessian.

Products with the Hessian cost an evaluation each.  A negative Ritz value is certain, and claimed
with a lower point as witness; that *all* curvatures are positive (or negative) is claimed when it
follows from the bound on the extreme eigenvalue, which fails with probability `FAILURE`.
"""

from __future__ import annotations

import numpy as np

from .case import LARGEST_DENSE, MOST_PRODUCTS, Case, Verdict, undetermined
from .classification import Point
from .curvature import Descent, closest, descend
from .diagonal import from_diagonal
from .lanczos import FAILURE
from .landscape import EPS, FIRST_STEP
from .measure import measure_noise
from .measure_large import (
    NEWTON_STEPS,
    OWN_STEPS,
    Extremes,
    Newton,
    along,
    check_gradient,
    choose_variables,
    compare_curvature,
    compare_scale,
    measure_descent,
    measure_extremes,
    measure_newton,
    settled_by,
)
from .noise import CLEAR
from .plateau import measure_variation_of_many, plateau
from .slopes import down_the_slope, too_steep, vertex

CONFIDENCE = f"{100.0 * (1.0 - FAILURE):g} % confidence"


def too_large(case: Case) -> Verdict:
    """No dense Hessian, but stationarity was looked at where the cap allowed it."""
    return undetermined(
        f"the Hessian of {case.n} variables does not fit in the "
        f"{case.land.cap} evaluations granted"
        + ("" if case.model is None else f"; the gradient is {case.gradient_text()}"),
    )


def many_variables(case: Case) -> Verdict:
    """The decision table: the first row that applies is the verdict."""
    measure_noise(case)
    check_gradient(case)
    if not measure_variation_of_many(case):
        return plateau(case)
    if case.land.g0 is None:
        return from_diagonal(case)
    if measure_descent(case):
        return still_falling(case)

    variables = choose_variables(case)
    if variables is None or variables.scaled is None:
        return _unsettled(case)
    own, scaled = variables.own, variables.scaled
    if scaled.size == 0:
        movable = case.land.movable
        return vertex(case.land.g0[movable], case.slope_error()[movable])
    newton = measure_newton(case, scaled, NEWTON_STEPS)
    if newton.far:
        return still_falling(case, newton)
    if newton.irregular:
        return _irregular(case, newton)

    ends = measure_extremes(case, own, MOST_PRODUCTS if own is scaled else OWN_STEPS)
    if own is not scaled and not ends.negative:
        ends = measure_extremes(case, scaled)
    if ends.negative and variables.at_bound.any():
        free = scaled.mask & ~variables.at_bound
        inner = measure_extremes(case, ends.products.over(free)) if free.any() else None
        if inner is None or not inner.negative:
            return _undecided(case, ends, "perhaps it is negative out of the box only")
        ends = inner
    if not (ends.negative or ends.positive):
        return _undecided(case, ends, "no more is known after all products that were granted")
    if not newton.settled and not settled_by(case, ends, newton):
        newton = measure_newton(case, scaled, MOST_PRODUCTS)
        if newton.far:
            return still_falling(case, newton)
    if newton.irregular or not (newton.settled or settled_by(case, ends, newton)):
        return _irregular(case, newton)
    if ends.products is not own and not compare_scale(case, ends.products):
        return _irregular(case, newton)
    return (_negative if ends.negative else _positive)(case, ends, newton)


def still_falling(case: Case, newton: Newton | None = None) -> Verdict:
    """Not stationary: the gradient, or the Newton step, leads down."""
    assert case.land.g0 is not None
    g = case.projected(case.land.g0)
    if newton is None:
        return down_the_slope(case, too_steep(case, 0.0), g)
    return down_the_slope(case, too_steep(case, newton.move), g, newton.step)


def _unsettled(case: Case) -> Verdict:
    """Differences of gradients that grow as the step shrinks."""
    return undetermined(
        "differences of gradients do not settle as steps shrink (a kink), so the "
        f"curvature could not be measured; the gradient is {case.gradient_text()}",
    )


def _irregular(case: Case, newton: Newton) -> Verdict:
    """Neither stationary nor plainly not."""
    what = "leads to no regular point" if newton.solved else "could not be computed"
    return undetermined(
        f"the gradient is {case.gradient_text()}, and a Newton step {what}",
        witness=case.lower_point(),
    )


def _undecided(case: Case, found: Extremes, why: str) -> Verdict:
    """The signs of the curvatures are not known; perhaps f is lower along the weakest one."""
    text = f"more than {LARGEST_DENSE} variables; the gradient is {case.gradient_text()}"
    if not found.lanczos.steps:
        return undetermined(f"{text}; no product with the Hessian was affordable")
    case.journal.begin("probing the weakest direction")
    d = along(case, found, 0)
    for t in (10.0, 100.0):
        for s in (t, -t):
            case.land.values((case.land.x + s * d)[None])
    if found.null:
        why = f"the smallest is zero within its error of {found.tau:.1g}"
    return undetermined(
        f"{text}; after {found.lanczos.steps} products with the Hessian "
        f"{found.describe()}, at {CONFIDENCE}; {why}",
        witness=case.lower_point(),
    )


def _negative(case: Case, found: Extremes, newton: Newton) -> Verdict:
    """Saddle or maximum, if a lower neighbour bears it out."""
    case.journal.begin("looking for a lower neighbour")
    land, lanczos = case.land, found.lanczos
    down = _descend(case, found, 0)
    count = max(1, int(np.sum(lanczos.values < -found.tau)))
    if down.witness is None or not compare_curvature(case, found, newton, 0):
        return undetermined(
            f"the lowest curvature found is {found.lowest_text()}, but values and "
            "slopes along it do not bear it out",
            witness=down.witness,
        )
    if found.mixed and compare_curvature(case, found, newton, -1):
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
    return undetermined(
        f"the lowest curvature is {found.lowest_text()}, so this is no minimum, "
        "but no direction was found in which the objective rises",
        witness=down.witness,
    )


def _descend(case: Case, found: Extremes, j: int) -> Descent:
    assert case.land.g0 is not None
    d = along(case, found, j)
    slope = float(case.projected(case.land.g0) @ d)
    return descend(case.land, -d if slope > 0 else d, -abs(slope), case.blur)


def _positive(case: Case, found: Extremes, newton: Newton) -> Verdict:
    """All curvatures positive: a strict minimum, confirmed along the weakest direction."""
    case.journal.begin("confirming the weakest curvature")
    if not _measure_weakest(case, found, newton):
        return undetermined(
            f"{found.describe()}, but values and slopes along the weakest direction "
            "do not bear it out",
        )
    if _measure_bend_close_by(case, found):
        return undetermined(
            f"{found.describe()}, but over a short way the objective bends down (a kink)",
            witness=case.lower_point(),
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


def _measure_weakest(case: Case, found: Extremes, newton: Newton) -> bool:
    """Whether f rises as predicted on both sides along the weakest direction."""
    land = case.land
    d = along(case, found, 0)
    d = d * min(1.0, land.room(d), land.room(-d))
    expected = float(found.lanczos.values[0]) * found.products.length(d) ** 2
    bend = float(np.sum(land.rises(d)))
    return bend >= 0.5 * expected - CLEAR * case.blur and compare_curvature(case, found, newton, 0)


def _measure_bend_close_by(case: Case, found: Extremes) -> bool:
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
    t = closest(case, d, expected, finest)
    if t is None:
        return False
    bend = float(np.sum(land.rises(t * d)))
    return bend < -expected * t**2 - 10.0 * case.blur
