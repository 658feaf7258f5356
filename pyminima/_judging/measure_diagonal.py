"""The measuring step for many variables without a gradient: four values along each variable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .case import Case, Ends
from .classification import Mask, Vector
from .landscape import EPS, FIRST_STEP
from .lines import CENTRAL, NODES, ONE_SIDED
from .noise import SIGMAS


@dataclass(frozen=True)
class Diagonal:
    """Slopes and curvatures along each movable variable, per step; inwards where one-sided."""

    i: NDArray[np.intp]  # the variables
    step: Vector  # signed
    first: Vector
    first_error: Vector
    second: Vector
    second_error: Vector
    narrow: Mask  # one-sided: a bound is next to x


def measure_diagonal(case: Case) -> Diagonal:
    """Four values a variable, in batches of bounded size."""
    case.journal.begin("measuring slopes and curvatures along the variables")
    land = case.land
    i = np.flatnonzero(land.movable)
    up, down = land.upper[i] - land.x[i], land.x[i] - land.lower[i]
    h = np.minimum(FIRST_STEP * land.unit[i], np.maximum(up, down) / 4.0)
    narrow = np.minimum(up, down) < 2.0 * h
    step = np.where(up >= down, h, -h)
    nodes = np.where(narrow[:, None], NODES[True], NODES[False])
    F = np.empty((len(i), 4))
    for part in land.parts(len(i), 4):
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
        narrow,
    )


def take_curvatures(case: Case, lines: Diagonal) -> None:
    """Put the absolute curvatures along the variables into the case."""
    curvatures = np.zeros(case.n)
    curvatures[lines.i] = np.abs(lines.second) / lines.step**2
    case.ends = Ends(curvatures=curvatures)
