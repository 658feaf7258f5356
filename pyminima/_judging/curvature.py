"""Rows where every sign that matters is known: minima, maxima and saddles by curvature."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .case import Case, Verdict, undetermined
from .classification import Point, Vector
from .dense import eigen
from .kinks import nonsmooth
from .landscape import EPS, Landscape
from .noise import CLEAR
from .rays import Ray, noise_is_large, null_rays
from .spectrum import Spectrum

BESIDE_NOISE = 30.0  # times the noise: a change of f of this size is known to a few per cent
SHARP = 1e-3  # scaled: an error this small cannot hide a curvature of usual size


def positive_curvature(case: Case) -> Verdict:
    """All curvatures positive: a strict minimum, confirmed along the weakest direction."""
    spectrum = case.spectrum
    case.journal.begin("confirming the weakest curvature")
    if not _measure_weakest(case, spectrum):
        return undetermined(
            f"the smallest curvature is {spectrum.describe(0)}, but values along "
            "that direction do not bear it out",
        )
    if _measure_sharpness(case):
        return nonsmooth(case)
    strong = len(case.active.strong)
    held = f"; {strong} variable{'s are' if strong > 1 else ' is'} held by a bound" * bool(strong)
    k = len(spectrum.values)
    count = f"all {k} curvatures are" if k > 1 else "the curvature is"
    return Verdict(
        Point.LOCAL_MINIMUM,
        f"local minimum: the gradient is {case.gradient_text()} and {count} positive, "
        f"smallest {spectrum.describe(0)}{held}",
        index=0,
    )


def _measure_weakest(case: Case, spectrum: Spectrum) -> bool:
    """Whether f rises as predicted along the weakest direction, a line not used so far."""
    land = case.land
    if len(spectrum.values) == 1:
        return True  # that line is the one measured
    d = case.one_step(spectrum.vectors[:, 0])
    room = min(land.room(d), land.room(-d))
    if room < 1.0 / 32.0:
        return True
    d = d * min(1.0, room)
    scale = float(np.max(np.abs(d)) / np.max(np.abs(spectrum.vectors[:, 0])))
    predicted, doubt = spectrum.values[0] * scale**2, spectrum.tau * scale**2
    bend = float(np.sum(land.rises(d)))
    return bool(bend >= 0.5 * (predicted - doubt) - CLEAR * case.blur)


def _measure_sharpness(case: Case) -> bool:
    """Whether f bends or falls over a short way more than its model explains: a kink at x.

    In a direction in which all variables take part.
    """
    land, rows = case.land, case.rows
    d = np.zeros(case.n)
    d[rows] = land.signs(len(rows)) * [case.known.step(i) for i in rows]
    expected = float(d @ case.known.H @ d)
    rounding = float(np.max(np.abs(land.x[rows] / d[rows])))
    t = closest(case, d, expected, 1e3 * max(4.0 * EPS * rounding, 1e-9))
    if t is None:
        return False
    ahead, behind = land.rises(t * d)
    expected *= t**2
    blur = 2.0 * expected + 10.0 * case.blur
    slope = t * float(case.known.g @ d)  # as the wider steps saw it
    doubt = t * float(case.known.g_error @ np.abs(d)) + 0.1 * abs(slope)
    return bool(
        abs(ahead + behind - expected) > blur
        or abs(0.5 * (ahead - behind) - slope) > blur + 3.0 * doubt
    )


def closest(case: Case, d: Vector, expected: float, finest: float) -> float | None:
    """The shortest part of d over which a bend of f stands clear of the noise; None without room.

    Far from x the change of f at a kink is negligible beside that of a parabola, so a kink is
    looked for as close to x as noise allows.  `expected` is the curvature along d; below `finest`
    the rounding of x would show.
    """
    t = math.sqrt(BESIDE_NOISE * case.blur / expected) if expected > 0.0 else 1.0
    t = max(t, finest)
    return None if t > 0.1 or min(case.land.room(d), case.land.room(-d)) < t else t


def negative_curvature(case: Case) -> Verdict:
    """Saddle or maximum, if a lower neighbour bears it out."""
    case.journal.begin("looking for a lower neighbour")
    spectrum, land = case.spectrum, case.land
    index = spectrum.negative
    witness, descents = None, []
    for d in _ways_down(case, spectrum):
        if d @ case.known.g > 0:
            d = -d
        g, curvature = float(d @ case.known.g), float(d @ case.known.H @ d)
        descents.append(descend(land, d, g, case.blur, curvature))
        witness = descents[-1].witness if witness is None else witness
        if witness is not None and index < len(spectrum.values):
            break
    lowest = spectrum.describe(0)
    if witness is None:
        return undetermined(
            f"the lowest curvature is {lowest}, but no lower neighbour along it was found",
            index=index,
        )
    everywhere = len(spectrum.rows) == int(land.movable.sum())
    if index == len(spectrum.values) and everywhere and all(d.both_sides for d in descents):
        return Verdict(
            Point.LOCAL_MAXIMUM,
            f"local maximum: the gradient is {case.gradient_text()}, all {index} curvatures "
            f"are negative, the one nearest to zero is {spectrum.describe(index - 1)}, and "
            "the objective is lower on both sides along each",
            index=index,
            witness=witness,
        )
    if index == len(spectrum.values) and everywhere:
        return undetermined(
            f"all {index} curvatures are negative, the lowest {lowest}, but the "
            "objective was not found lower on both sides along each",
            index=index,
            witness=witness,
        )
    if spectrum.positive == 0 and everywhere:
        rays, complete = null_rays(case, spectrum)
        # With a wide error a direction that seems to have no curvature may have a positive one.
        sharp = case.rounding_only and spectrum.tau <= SHARP
        rises = sharp and any(r.ray is Ray.RISES for r in rays)
        if spectrum.null and not rises:
            falls = all(r.ray is Ray.DROPS and (r.power or 4.0) > 2.5 for r in rays)
            if falls and complete and not noise_is_large(case, rays):
                return Verdict(
                    Point.LOCAL_MAXIMUM,
                    f"local maximum: {index} curvatures are negative, the lowest {lowest}, "
                    "and the objective falls in all directions probed in which the "
                    "curvature vanishes",
                    index=index,
                    witness=witness,
                )
            return undetermined(
                f"the lowest curvature is {lowest}, so this is no minimum, but "
                "no direction was found in which the objective rises",
                index=index,
                witness=witness,
            )
    fall = land.f0 - land.best_f
    return Verdict(
        Point.SADDLE,
        f"saddle point: the gradient is {case.gradient_text()}, {index} of "
        f"{len(spectrum.values)} curvatures are negative, the lowest {lowest}, and the "
        f"objective is lower by {fall:.3g} at a distance of "
        f"{case.distance(witness):.2g} units",
        index=index if spectrum.tau <= SHARP or not spectrum.null else None,
        witness=witness,
    )


def _ways_down(case: Case, spectrum: Spectrum) -> list[Vector]:
    """Directions of negative curvature, one step long, the largest predicted decrease first.

    Scaling may make very different curvatures alike; their eigenvectors are then mixtures, in which
    the variable with the longer steps hides the other.  The lowest eigenvector in steps is no such
    mixture and is tried as well.
    """
    H, rows = case.known.H, spectrum.rows
    steps = np.array([case.known.step(i) for i in rows])
    own = np.zeros(case.n)
    own[rows] = steps * eigen(steps[:, None] * H[np.ix_(rows, rows)] * steps)[1][:, 0]
    ways = [case.one_step(d) for d in (own, *spectrum.columns(-1).T)]
    return sorted(ways, key=lambda d: float(d @ H @ d))


@dataclass(frozen=True)
class Descent:
    """What two-sided steps along a direction of negative curvature found."""

    witness: Vector | None = None
    both_sides: bool = False  # lower on both sides


def descend(
    land: Landscape, d: Vector, slope: float, noise: float, curvature: float = 0.0
) -> Descent:
    """Look for f(x + t d) < f(x) - 4 noise at t = 1, 8, 64, ... (in steps), on both sides.

    Beyond 64 steps only while no change stands out of noise; the decrease must be about the
    predicted one, because a lower point in another basin is no witness.

    What the slope at x explains is not counted as curvature: the second difference must be
    negative beyond the noise as well or, with room on one side only, the value less the slope.
    """
    witness = None
    for t in 8.0 ** np.arange(10):
        predicted = -0.5 * curvature * t * t
        if t > 64.0 and (predicted <= 0.0 or predicted > 1e3 * noise or land.left < 20):
            break
        steps = np.array([s * t for s in (1.0, -1.0) if land.room(s * d) >= t])
        if not len(steps):
            break
        X = land.x + steps[:, None] * d
        rise = land.values(X) - land.f0
        bend = rise.sum() if len(steps) == 2 else rise[0] - steps[0] * slope
        lower = rise < -CLEAR * noise
        if t > 64.0 and not 0.3 * predicted < -bend / len(steps) < 3.0 * predicted:
            lower[:] = False
        if bend < -CLEAR * noise and lower.any():
            witness = X[int(np.argmin(rise))]
            both_sides = bool(len(steps) == 2 and lower.all())
            if both_sides or len(steps) == 1:
                return Descent(witness, both_sides)
        elif bend > CLEAR * noise:
            break
    return Descent(witness)
