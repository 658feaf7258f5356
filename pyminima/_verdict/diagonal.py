"""Many variables and no gradient: slopes and the diagonal of the Hessian, from values alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .case import LARGEST_DENSE, Case, Ends, Verdict
from .classification import Point, Vector
from .curvature import descend
from .landscape import EPS, FIRST_STEP
from .lines import CENTRAL, NODES, ONE_SIDED
from .noise import SIGMAS
from .slopes import down_the_slope

BATCH = 2**22  # numbers in the points evaluated at once: 32 MiB

FAR = 10.0  # steps: a slope that the curvature along the same variable needs longer to make up for


@dataclass
class Diagonal:
    """Slopes and curvatures along each movable variable, per step; inwards where one-sided."""

    i: NDArray[np.intp]  # the variables
    step: Vector  # signed
    first: Vector
    first_error: Vector
    second: Vector
    second_error: Vector


def from_diagonal(case: Case) -> Verdict:
    """What slopes and curvatures along the variables show: no minimum, or nothing."""
    text = f"undetermined: more than {LARGEST_DENSE} variables: no Hessian is measured"
    if not case.affordable(4 * int(case.land.movable.sum()) + 10):
        return Verdict(Point.UNDETERMINED, f"{text}, nor a gradient from values")
    case.stage = "measuring slopes and curvatures along the variables"
    lines = _measure(case)
    if not (np.isfinite(lines.first).all() and np.isfinite(lines.second).all()):
        return Verdict(Point.UNDETERMINED, f"{text}; not all values next to x are finite")
    land = case.land
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
    curvatures = np.zeros(case.n)
    curvatures[lines.i] = np.abs(lines.second) / lines.step**2
    case.ends = Ends(curvatures=curvatures)
    down = int(np.argmin(lines.second + lines.second_error))
    stationary = bool(np.all(np.abs(lines.first) <= lines.first_error))
    negative = lines.second[down] < -lines.second_error[down]
    if negative and stationary and np.any(lines.second > lines.second_error):
        d = np.zeros(case.n)
        d[lines.i[down]] = lines.step[down]
        if lines.first[down] > 0.0:
            d = -d
        witness = descend(land, d, -abs(float(lines.first[down])), case.blur).witness
        if witness is not None:
            curvature = lines.second[down] / lines.step[down] ** 2
            error = lines.second_error[down] / lines.step[down] ** 2
            return Verdict(
                Point.SADDLE,
                f"saddle point: {slope}, the curvature along variable {lines.i[down]} is "
                f"{curvature:.3g} with error {error:.1g}, that along others is positive, and the "
                f"objective is lower by {land.f0 - land.best_f:.3g} at a distance of "
                f"{case.distance(witness):.2g} units",
                witness=witness,
            )
    positive = int(np.sum(lines.second > lines.second_error))
    return Verdict(
        Point.UNDETERMINED,
        f"{text}, only its diagonal: {positive} of {len(lines.i)} curvatures along variables are "
        f"positive; {slope}",
    )


def _measure(case: Case) -> Diagonal:
    """Four values a variable, in batches of bounded size."""
    land = case.land
    i = np.flatnonzero(land.movable)
    up, down = land.upper[i] - land.x[i], land.x[i] - land.lower[i]
    h = np.minimum(FIRST_STEP * land.unit[i], np.maximum(up, down) / 4.0)
    narrow = np.minimum(up, down) < 2.0 * h
    step = np.where(up >= down, h, -h)
    nodes = np.where(narrow[:, None], NODES[True], NODES[False])
    F = np.empty((len(i), 4))
    lines = max(1, BATCH // (4 * case.n))
    for start in range(0, len(i), lines):
        part = slice(start, start + lines)
        X = np.tile(land.x, (4 * len(i[part]), 1))
        X[np.arange(len(X)), np.repeat(i[part], 4)] += (nodes[part] * step[part, None]).ravel()
        F[part] = land.values(X).reshape(-1, 4)
    rise = F - land.f0
    sides = []
    for one_sided, weights in ((False, CENTRAL), (True, ONE_SIDED)):
        sides.append(rise @ np.delete(weights, 0 if one_sided else 2, axis=1).T)
    first, first_low, second, second_low, _ = np.where(narrow[:, None], sides[1], sides[0]).T
    sigma = max(case.sigma, 0.5 * EPS * float(np.max(np.abs(F[np.isfinite(F)]), initial=0.0)))
    W = np.where(narrow[:, None, None], ONE_SIDED, CENTRAL)
    noise = SIGMAS * sigma * np.sqrt((W**2).sum(axis=2))
    return Diagonal(
        i,
        step,
        first,
        np.abs(first - first_low) + noise[:, 0],
        second,
        np.abs(second - second_low) + noise[:, 2],
    )
