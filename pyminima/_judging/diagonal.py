"""Rows for many variables without a gradient: what slopes and a diagonal Hessian show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .case import LARGEST_DENSE, Case, Verdict, undetermined
from .classification import Mask, Point
from .curvature import descend
from .measure_diagonal import Diagonal, measure_diagonal, take_curvatures
from .noise import CLEAR
from .slopes import down_the_slope, vertex

FAR = 10.0  # steps: a slope is large if the curvature needs longer than this to make up for it
TOGETHER = 10.0  # slopes per step: the rise in all variables together that confirms each


def from_diagonal(case: Case) -> Verdict:
    """What slopes and curvatures along the variables show: no minimum, or nothing."""
    text = f"more than {LARGEST_DENSE} variables: no Hessian is measured"
    if not case.affordable(4 * int(case.land.movable.sum()) + 10):
        return undetermined(f"{text}, nor a gradient from values")
    lines = measure_diagonal(case)
    if not (np.isfinite(lines.first).all() and np.isfinite(lines.second).all()):
        return undetermined(f"{text}; not all values next to x are finite")
    g = np.zeros(case.n)
    g[lines.i] = lines.first / lines.step
    pull = case.projected(g)[lines.i] * lines.step
    bend = np.abs(lines.second) + lines.second_error
    slope = f"the largest slope along a variable is {float(np.max(np.abs(g))):.2g}"
    if np.any(np.abs(pull) > lines.first_error + FAR * bend):
        step = np.zeros(case.n)
        reach = np.divide(-pull, bend, out=np.zeros_like(pull), where=bend > 0.0)
        step[lines.i] = np.clip(reach, -100.0, 100.0) * lines.step
        return down_the_slope(case, f"not stationary: {slope}", case.projected(g), step)
    take_curvatures(case, lines)
    # A multiplier beyond its error makes f rise inwards at first, whatever the curvature.
    rising = (case.at_lower | case.at_upper)[lines.i] & (lines.first > lines.first_error)
    held = rising & (lines.first > lines.first_error + bend)
    if held.all() and _measure_joint_rise(case, lines):
        return vertex(lines.first / np.abs(lines.step), lines.first_error / np.abs(lines.step))
    negative = ~rising & (lines.second < -lines.second_error)
    positive = lines.second > lines.second_error
    if negative.any():
        stationary = rising | (np.abs(lines.first) <= lines.first_error)
        saddle = bool((rising | positive).any() and stationary.all())
        return _no_minimum(case, lines, negative, saddle, slope, text)
    return undetermined(
        f"{text}, only its diagonal: {int(positive.sum())} of {len(lines.i)} curvatures along "
        f"variables are positive; {slope}",
    )


def _measure_joint_rise(case: Case, lines: Diagonal) -> bool:
    """Whether f rises by what the slopes add up to, inwards in all variables at once.

    The step is so short that mixed curvatures, whose effect may reach one slope, are small beside
    the sum.
    """
    case.journal.begin("confirming the multipliers")
    land = case.land
    inwards = np.zeros(case.n)
    share = min(TOGETHER / len(lines.i), 1.0) * land.rng.uniform(0.5, 1.0, len(lines.i))
    inwards[lines.i] = share * lines.step
    rise = float(land.values((land.x + inwards)[None])[0]) - land.f0
    return rise > 0.5 * float(share @ lines.first) + CLEAR * case.blur


def _no_minimum(
    case: Case, lines: Diagonal, negative: Mask, saddle: bool, slope: str, text: str
) -> Verdict:
    """Some curvatures along variables are negative; a saddle if f is known to rise along others.

    A negative diagonal element of the Hessian is no eigenvalue: at least one of these is negative,
    how many is not known.
    """
    case.journal.begin("looking for a lower neighbour")
    land = case.land
    down = int(np.argmin(np.where(negative, lines.second + lines.second_error, np.inf)))
    lowest = (
        f"the curvature along variable {lines.i[down]} is "
        f"{lines.second[down] / lines.step[down] ** 2:.3g} with error "
        f"{lines.second_error[down] / lines.step[down] ** 2:.1g}"
    )
    borne_out = _measure_joint_fall(case, lines, [down])
    if negative.sum() > 1:  # a run that leaves along one variable would stay at 0 in the others
        borne_out |= _measure_joint_fall(case, lines, np.flatnonzero(negative))
    if not borne_out:
        return undetermined(f"{text}; {slope}; {lowest}, but no lower neighbour was found")
    fall = (
        f"the objective is lower by {land.f0 - land.best_f:.3g} at a distance of "
        f"{case.distance(land.best_x):.2g} units"
    )
    if saddle:
        return Verdict(
            Point.SADDLE,
            f"saddle point: {slope}, {lowest}, the objective rises along others, and {fall}",
            witness=land.best_x,
        )
    return undetermined(
        f"no minimum: {int(negative.sum())} of {len(lines.i)} curvatures along "
        f"variables are negative (a saddle or a maximum), {lowest}; {slope}, and {fall}",
        witness=land.best_x,
    )


def _measure_joint_fall(case: Case, lines: Diagonal, k: Sequence[int] | NDArray[np.intp]) -> bool:
    """Whether f falls along lines k taken together, by more than the slopes explain.

    Downhill in each; either way where the slope is within its error, inwards next to a bound.
    """
    first, step = lines.first[k], lines.step[k]
    either = case.land.signs(len(step))
    sign = np.where(np.abs(first) > lines.first_error[k], -np.sign(first), either)
    sign[lines.narrow[k]] = 1.0
    d = np.zeros(case.n)
    d[lines.i[k]] = sign * step
    return descend(case.land, d, float(sign @ first), case.blur).witness is not None
