"""Rows where slopes decide: not stationary, unbounded, a vertex of the box."""

from __future__ import annotations

import math

import numpy as np

from .case import Case, Verdict
from .classification import Point, Vector
from .landscape import BudgetSpent, Landscape

EVERY_VARIABLE_FIXED = "every variable is fixed"


def not_stationary(case: Case) -> Verdict:
    """The projected gradient is above tolerance and noise; perhaps f is unbounded below."""
    model, newton = case.known, case.first_order
    g = case.projected(model.g)
    if newton is not None and newton.step.any():
        step, move = newton.step, newton.move
    else:
        unit, move = case.land.unit, 0.0
        curvature = np.abs(np.diag(model.H)) + np.diag(model.E)
        step = np.array([-g[i] / c if c > 0 else 0.0 for i, c in enumerate(curvature)])
        step = np.clip(step, -0.1 * unit, 0.1 * unit)
    return down_the_slope(case, too_steep(case, move), g, step)


def too_steep(case: Case, move: float) -> str:
    """Why x is not stationary: the gradient, and how far a Newton step leads, if that is known."""
    return f"not stationary: the gradient is {case.gradient_text()}" + (
        f", a Newton step would be {move:.2g} units long" if move else ""
    )


def down_the_slope(case: Case, reason: str, g: Vector, step: Vector | None = None) -> Verdict:
    """Not stationary; the lowest point on the way down, and whether there is an end to it."""
    land = case.land
    try:
        case.journal.begin("following the gradient")
        far = falls_without_end(land, g)
        if far is not None:
            return Verdict(
                Point.UNBOUNDED,
                f"unbounded: along the negative gradient the objective falls decade after "
                f"decade, to {land.best_f:.3g} at distance {case.distance(far):.1g} units",
                witness=land.best_x,
            )
        if step is not None:
            land.values(land.x + np.array([1.0, 0.1])[:, None] * step)
    except BudgetSpent:
        pass
    if case.lower_point() is not None:
        reason += f", and the objective is lower by {land.f0 - land.best_f:.3g} nearby"
    return Verdict(Point.NOT_STATIONARY, reason)


def falls_without_end(land: Landscape, g: Vector) -> Vector | None:
    """A point far down a ray on which f falls, decade after decade, at least as much as before.

    Towards an asymptote f falls less in every decade, a logarithm by the same.  Sixteen decades, or
    the end of the floating-point range of f, are taken as "without bound".
    """
    slope = g * land.unit
    size = float(np.max(np.abs(slope), initial=0.0))
    if not 0.0 < size < math.inf:
        return None
    d = -slope / size * land.unit
    d = np.where(((d > 0) & (land.x >= land.upper)) | ((d < 0) & (land.x <= land.lower)), 0.0, d)
    if not np.any(d) or math.isfinite(land.room(d)):
        return None
    previous = land.f0
    fall = 0.0
    for decades in (range(0, 3), range(3, 8), range(8, 17)):
        X = land.x + np.array([10.0**k for k in decades])[:, None] * d
        for f, x in zip(land.values(X), X, strict=True):
            if f == -math.inf:
                return np.asarray(x)
            if not f < previous or previous - f < 0.99 * fall:
                return None
            previous, fall = f, previous - f
    return np.asarray(X[-1])


def all_fixed() -> Verdict:
    """No variable can move."""
    return Verdict(Point.LOCAL_MINIMUM, f"local minimum: {EVERY_VARIABLE_FIXED}", index=0)


def vertex(multipliers: Vector, errors: Vector) -> Verdict:
    """Every variable is held by a bound with a positive multiplier: no Hessian needed."""
    k = len(multipliers)
    held = f"all {k} variables are" if k > 1 else "the only variable is"
    which = "smallest multiplier" if k > 1 else "multiplier"
    return Verdict(
        Point.LOCAL_MINIMUM,
        f"local minimum: {held} held by a bound, the {which} is "
        f"{float(np.min(np.abs(multipliers))):.3g} with error {float(np.max(errors)):.1g}",
        index=0,
    )
