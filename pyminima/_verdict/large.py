"""Rows where a dense Hessian is out of the question: many variables, or few evaluations."""

from __future__ import annotations

import math

import numpy as np

from .case import LARGEST_DENSE, Case, Verdict
from .classification import Point, Vector
from .landscape import FIRST_STEP, NEARBY
from .measure import measure_noise
from .noise import SIGMAS, short_direction
from .slopes import down_the_slope

LINES = 4  # random ones, along which the gradient of more variables is held against the values
FAR = 1e-2  # of a unit: a stationary point that is farther away is not this one


def too_large(case: Case) -> Verdict:
    """No dense Hessian, but stationarity was looked at where the cap allowed it."""
    return Verdict(
        Point.UNDETERMINED,
        f"undetermined: the Hessian of {case.n} variables does not fit in the "
        f"{case.land.cap} evaluations granted"
        + ("" if case.model is None else f"; the gradient is {case.gradient_text()}"),
    )


def slope_alone(case: Case) -> Verdict:
    """Too many variables for a Hessian: a lower point down the slope, or nothing."""
    text = f"undetermined: more than {LARGEST_DENSE} variables: no Hessian is measured"
    if case.exact:
        measure_noise(case)
        case.stage = "holding the gradient against the values"
        if _gradient_is_wrong_on_lines(case):
            case.exact, case.land.g0 = False, None
            case.notes.append("the gradient given contradicts the values and was not used")
    if case.land.g0 is None:
        return Verdict(Point.UNDETERMINED, f"{text}, nor a gradient from values")
    case.stage = "following the gradient"
    g = case.projected(case.land.g0)
    if _falls_clearly(case, g):
        return down_the_slope(case, f"not stationary: the gradient is {case.gradient_text()}", g)
    return Verdict(Point.UNDETERMINED, f"{text}; the gradient is {case.gradient_text()}")


def _gradient_is_wrong_on_lines(case: Case) -> bool:
    """Whether no integral of the gradient over a short random line (Simpson) fits f."""
    land, wrong = case.land, 0
    assert case.noise is not None and land.g0 is not None
    for _ in range(LINES):
        d = 0.1 * FIRST_STEP * short_direction(land)
        F, G = land.gradients(land.x + np.array([[1.0], [2.0]]) * d)
        slopes = np.array([land.g0 @ d, *(G @ d)])
        change = float(F[1]) - land.f0
        blur = 4.0 * case.blur + SIGMAS * float(np.linalg.norm(case.slope_error() * d))
        scale = abs(change) + float(np.abs(slopes).sum())
        missed = abs(change - float(slopes @ [1.0, 4.0, 1.0]) / 3.0)
        wrong += missed > FAR * scale + blur
    return wrong == LINES


def _falls_clearly(case: Case, g: Vector) -> bool:
    """Whether a long step of steepest descent, in units, lowers f about as it promises."""
    land = case.land
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
        if case.distance(x) > FAR and land.f0 - f > max(4.0 * case.blur, 0.1 * promised):
            return True
    return False
