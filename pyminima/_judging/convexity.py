"""What contradicts the user's statement that f is convex: chords, tangents, second minima."""

from __future__ import annotations

from typing import Any

import numpy as np

from .classification import Evidence, Vector
from .landscape import EPS
from .minima import PLACES, STANDARD_ERRORS, Found, between, points_between

LEGS = 6  # of a random path that begins at x
PIECES = 10  # of each leg: as many evaluations, and a chord over each inner point

# What was looked at, for the reader of the verdict.
CHORDS = f"{LEGS * (PIECES - 1)} chords on a random path"

# How far a path goes around x where a variable has no bounds, in decades of the size of x.
REACH = -0.5, 1.0

# The error of a gradient, as a share of the change it predicts: that of single precision.
SLACK = 1e-5

# Largest relative noise to extrapolate from x: of a value near 0 it would have no meaning.
LARGEST_NOISE = 1e-3


def contradiction(
    evaluations: Any,
    evidence: Evidence,
    minima: list[Found],
    lower: Vector,
    upper: Vector,
    rng: np.random.Generator,
) -> str | None:
    """What shows that f is not convex, as half a sentence with the numbers; None if nothing does.

    A convex f lies on or below each of its chords and on or above each of its tangents.  Costs
    LEGS * PIECES evaluations, and a few for each minimum besides the one judged.
    """
    for minimum in minima:
        found = _barrier(evaluations, evidence, minimum)
        if found is not None:
            return found
    corners = np.array([evidence.x, *(_draw(evidence.x, lower, upper, rng) for _ in range(LEGS))])
    if evaluations.has_gradient:
        values, G = evaluations.gradients(corners[1:])
    else:
        values, G = evaluations.values(corners[1:]), None
    F = np.concatenate([[evidence.f], values])
    t = np.arange(1, PIECES) / PIECES
    inner = points_between(corners[:-1], corners[1:], t)
    between = evaluations.values(inner.reshape(-1, corners.shape[1])).reshape(LEGS, -1)
    legs = np.column_stack([F[:-1], between, F[1:]])
    found = _bump(evidence, legs)
    if found is None and G is not None:
        X = np.vstack([corners, inner.reshape(-1, corners.shape[1])])
        found = _tangent(evidence, corners[1:], values, G, X, np.append(F, between))
    return found


def _draw(x: Vector, lower: Vector, upper: Vector, rng: np.random.Generator) -> Vector:
    """A random point: uniform between bounds, at a random distance of x where there are none."""
    bounded = np.isfinite(lower) & np.isfinite(upper)
    low, high = np.where(bounded, lower, 0.0), np.where(bounded, upper, 0.0)
    u = rng.random(x.size)
    reach = np.maximum(np.abs(x), 1.0) * 10.0 ** rng.uniform(*REACH)
    around = x + reach * rng.standard_normal(x.size)
    return np.clip(np.where(bounded, between(low, high, u), around), lower, upper)


def _error(evidence: Evidence, *values: Any) -> Any:
    """What noise and rounding may do to a comparison of these values.

    The noise is measured at x; elsewhere it is taken to grow with the values.
    """
    size = np.max(np.abs(np.broadcast_arrays(*values, evidence.f)), axis=0)
    noise = max(evidence.noise, EPS * abs(evidence.f))
    relative = min(noise / abs(evidence.f), LARGEST_NOISE) if evidence.f else 0.0
    return STANDARD_ERRORS * np.maximum(noise, relative * size) + 16.0 * EPS * size


@np.errstate(all="ignore")
def _bump(evidence: Evidence, legs: Vector) -> str | None:
    """Values at equal distances on the legs, each against the mean of its neighbours."""
    left, middle, right = legs[:, :-2].ravel(), legs[:, 1:-1].ravel(), legs[:, 2:].ravel()
    mean = 0.5 * left + 0.5 * right
    above = np.where(np.isfinite(mean), middle - mean - _error(evidence, left, right), -np.inf)
    i = int(np.argmax(above))
    if not above[i] > 0:
        return None
    return (
        f"half way between points with values {left[i]:.6g} and {right[i]:.6g} it is "
        f"{middle[i]:.6g}, above their mean"
    )


@np.errstate(all="ignore")
def _tangent(
    evidence: Evidence, Y: Vector, FY: Vector, G: Vector, X: Vector, F: Vector
) -> str | None:
    """The values F at the points X against the tangents at the points Y."""
    for y, f, g in zip(Y, FY, G, strict=True):
        if not (np.isfinite(f) and np.isfinite(g).all()):
            continue
        least = f + (X - y) @ g
        blur = _error(evidence, F, f) + SLACK * (np.abs(X - y) @ np.abs(g))
        below = np.where(np.isfinite(F), least - F - blur, -np.inf)
        i = int(np.argmax(below))
        if below[i] > 0:
            return f"a tangent promises at least {least[i]:.6g} where it is {F[i]:.6g}"
    return None


def _barrier(evaluations: Any, evidence: Evidence, minimum: Found) -> str | None:
    """Whether f rises above the chord from the best point to another minimum."""
    F = evaluations.values(points_between(evidence.x, minimum.x, PLACES))
    with np.errstate(all="ignore"):
        chord = (1.0 - PLACES) * evidence.f + PLACES * minimum.f
        above = F - chord - _error(evidence, F, chord)
    i = int(np.argmax(above))
    if not above[i] > 0:
        return None
    return (
        f"between the minima with values {evidence.f:.6g} and {minimum.f:.6g} it reaches "
        f"{F[i]:.6g}, above their chord"
    )
