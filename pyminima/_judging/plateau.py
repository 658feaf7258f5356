"""Rows for points with nothing to judge by: no finite value, no variation, no finite neighbours."""

from __future__ import annotations

import math

import numpy as np

from .case import Case, Verdict
from .classification import Matrix, Point
from .landscape import EPS, NEARBY, Landscape
from .noise import SIGMAS


def not_finite_here(case: Case) -> Verdict:
    """The value at x is -inf, +inf or not a number."""
    if case.land.f0 == -math.inf:
        return Verdict(Point.UNBOUNDED, "unbounded: the objective is -inf here")
    return Verdict(Point.UNDETERMINED, "undetermined: the objective is not finite here")


def constant_nearby(case: Case) -> bool:
    """Whether f has one and the same value, to rounding, everywhere within NEARBY."""
    assert case.noise is not None
    case.stage = "looking for any variation"
    if case.noise.constant_radius < 0.99 * NEARBY or not case.affordable(4 * case.n):
        return False
    same = 4.0 * EPS * abs(case.land.f0)
    if case.land.g0 is not None and case.exact:
        # A gradient whose effect disappears in the rounding of f is no evidence of a slope.
        effect = NEARBY * case.land.unit * np.abs(case.land.g0)
        if np.any((np.abs(case.land.g0) > SIGMAS * case.noise.gradient) & (effect > same)):
            return False
    return not np.any(np.abs(case.land.values(shell(case.land)) - case.land.f0) > same)


def shell(land: Landscape) -> Matrix:
    """Points at the radius called "near x": both ways along each variable, and some at random."""
    axes = np.eye(land.n)[land.movable]
    random = land.rng.uniform(-1.0, 1.0, (land.n + 2, land.n))
    D = np.concatenate([axes, -axes, random])
    return np.clip(land.x + NEARBY * D * land.unit, land.lower, land.upper)


def plateau(case: Case) -> Verdict:
    """No variation at all."""
    return Verdict(
        Point.PLATEAU,
        f"plateau: all {case.land.used} values within {NEARBY:g} of a unit of x are equal "
        f"({case.land.f0:.6g}), so there is neither slope nor curvature to judge by",
    )


def nothing_measurable() -> Verdict:
    """Second differences were not finite."""
    return Verdict(
        Point.UNDETERMINED,
        "undetermined: the objective is not finite at some points next to x, so its "
        "curvature could not be measured",
    )


def out_of_range(case: Case) -> Verdict:
    """Some number of ours overflowed or vanished: nothing derived from it is kept."""
    case.model, case.spectra, case.floor = None, {}, 0.0
    return Verdict(
        Point.UNDETERMINED,
        "undetermined: the values, or their changes, are too large or too small for "
        f"floating-point arithmetic (while {case.stage})",
    )
