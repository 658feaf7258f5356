"""Rows for points with nothing to judge by: no finite value, no variation, no finite neighbours."""

from __future__ import annotations

import math

import numpy as np

from .case import Case, Verdict, undetermined
from .classification import Point
from .landscape import EPS, NEARBY, Landscape
from .noise import SIGMAS

RANDOM_POINTS = 10  # at which many variables are looked at


def not_finite_here(case: Case) -> Verdict:
    """The value at x is -inf, +inf or not a number."""
    if case.land.f0 == -math.inf:
        return Verdict(Point.UNBOUNDED, "unbounded: the objective is -inf here")
    return undetermined("the objective is not finite here")


def measure_variation(case: Case) -> bool:
    """Whether f varies, by more than rounding, anywhere within NEARBY of x.

    Points are evaluated only where the noise was measured on a line along which f is constant.
    """
    case.journal.begin("looking for any variation")
    if not _constant_on_a_line(case) or not case.affordable(4 * case.n):
        return True
    land = case.land
    if land.g0 is not None and case.uses_gradient:
        assert case.noise is not None
        # A gradient whose effect disappears in the rounding of f is no evidence of a slope.
        effect = NEARBY * land.unit * np.abs(land.g0)
        beyond = np.abs(land.g0) > SIGMAS * case.noise.gradient
        if np.any(beyond & (effect > _rounding(land))):
            return True
    random = land.rng.uniform(-1.0, 1.0, (land.n + 2, land.n))
    D = land.directions(random)
    X = np.clip(land.x + NEARBY * D * land.unit, land.lower, land.upper)
    return bool(np.any(np.abs(land.values(X) - land.f0) > _rounding(land)))


def measure_variation_of_many(case: Case) -> bool:
    """The same for many variables: at a few random points, until one has another value."""
    if not _constant_on_a_line(case):
        return True
    land = case.land
    if land.g0 is not None and case.gradient_is_significant():
        return True
    case.journal.begin("looking for any variation")
    for _ in range(RANDOM_POINTS):
        d = NEARBY * land.rng.uniform(-1.0, 1.0, case.n) * land.unit
        if abs(land.values((land.x + d)[None])[0] - land.f0) > _rounding(land):
            return True
    return False


def _constant_on_a_line(case: Case) -> bool:
    """Whether f was constant on the line along which the noise was measured."""
    assert case.noise is not None
    return case.noise.constant_radius >= 0.99 * NEARBY


def _rounding(land: Landscape) -> float:
    """Values that differ by no more than this are equal."""
    return 4.0 * EPS * abs(land.f0)


def plateau(case: Case) -> Verdict:
    """No variation at all."""
    return Verdict(
        Point.PLATEAU,
        f"plateau: all {case.land.used} values within {NEARBY:g} of a unit of x are equal "
        f"({case.land.f0:.6g}), so there is neither slope nor curvature to judge by",
    )


def nothing_measurable() -> Verdict:
    """Second differences were not finite."""
    return undetermined(
        "the objective is not finite at some points next to x, so its "
        "curvature could not be measured",
    )


def out_of_range(case: Case) -> Verdict:
    """Some number computed here overflowed or vanished."""
    return undetermined(
        "the values, or their changes, are too large or too small for "
        f"floating-point arithmetic (while {case.journal.stage})",
    )


def spent(case: Case) -> Verdict:
    """The evaluations or the time granted ended before a row of the table applied."""
    return undetermined(
        f"the evaluations granted ended after {case.land.used} while {case.journal.stage}",
    )
