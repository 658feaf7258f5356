"""Rows where f is not smooth: kinks, and values next to x that are not finite."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .axes import Character
from .case import Case, Verdict, undetermined
from .classification import Matrix, Point, Vector
from .dense import eigen, least_squares
from .landscape import LOOK_AFTER, Landscape
from .noise import CLEAR


def has_kink(case: Case) -> bool:
    """Whether the difference quotients of some variable do not settle as steps shrink."""
    return bool(kinked(case))


def kinked(case: Case) -> list[int]:
    """The variables whose difference quotients do not settle."""
    return [axis.i for axis in case.axes if axis.character is Character.KINK]


def nonsmooth(case: Case) -> Verdict:
    """A kink: minimum only in the sense that no descent was found."""
    case.journal.begin("probing around a kink")
    kinks = kinked(case)
    report = probe_kink(case.land, case.inward(), case.blur, kinks)
    where = f"second differences grow as steps shrink in {len(kinks)} of {case.n} variables"
    if not kinks:
        where = "close by f is not the parabola that it seems to be from farther away"
    if report.descent:
        return _lower_neighbour(case, where)
    radii = ", ".join(f"{r:g}" for r in report.radii)
    if report.clarke <= 0.1:
        return Verdict(
            Point.NONSMOOTH_MINIMUM,
            f"nonsmooth minimum: {where}; no descent along {report.directions} directions at "
            f"radii {radii} of a unit, and gradients nearby combine to "
            f"{report.clarke:.1g} of their length",
        )
    return undetermined(
        f"{where}, no descent was found along {report.directions} directions, "
        f"but gradients nearby do not combine to zero ({report.clarke:.2g} of their length)",
    )


def has_barrier(case: Case) -> bool:
    """Whether f is not finite next to x."""
    return any(axis.character is Character.BARRIER for axis in case.axes)


def barrier(case: Case) -> Verdict:
    """Not finite in every neighbourhood of x."""
    case.journal.begin("probing next to a barrier")
    report = probe_kink(case.land, case.inward(), case.blur)
    if report.descent:
        return _lower_neighbour(case, "next to values that are not finite")
    return undetermined(
        "the objective is not finite arbitrarily close to x; no descent was "
        f"found along {report.directions} directions",
    )


def _lower_neighbour(case: Case, where: str) -> Verdict:
    """A point that is not stationary, with the lower one that shows it."""
    land = case.land
    return Verdict(
        Point.NOT_STATIONARY,
        f"not stationary: {where}, and the objective is lower by {land.f0 - land.best_f:.3g} "
        f"at a distance of {case.distance(land.best_x):.3g} units",
        witness=land.best_x,
    )


@dataclass(frozen=True)
class KinkReport:
    """What probing a nonsmooth point found."""

    directions: int
    radii: tuple[float, ...]
    clarke: float  # shortest convex combination of nearby gradients, relative to the longest one
    descent: bool


def probe_kink(
    land: Landscape, inward: Vector, noise: float, kinks: list[int] | None = None
) -> KinkReport:
    """Look for descent around a kink along 2n + k directions at several radii.

    Random directions miss the narrow cone in which a creased valley descends.  So gradients are
    sampled around x (Burke, Lewis & Overton, SIAM J. Optim. 15 (2005)): the shortest vector of
    their convex hull vanishes at a Clarke-stationary point and is otherwise, reversed, the
    direction of steepest descent.  `inward` is +1 or -1 for variables at a bound, else 0; `kinks`
    are the variables along which a kink was seen, an empty list if it is narrower than their steps.
    A kink has no length by which units could be corrected: along such a variable slopes count in
    proportion to the largest one.
    """
    n, unit = land.n, np.where(land.movable, land.unit, 0.0)
    # Where units may be far too long, or the kink is narrow, look closer as well.
    hidden = kinks is not None and not kinks
    fine = (1e-8,) if hidden or np.any(land.guessed) else ()
    radii = (*fine, 1e-6, 1e-4, 1e-2)
    random = land.rng.standard_normal((n + 4, n)) * land.movable
    random /= np.maximum(np.max(np.abs(random), axis=1, keepdims=True), 1e-300)
    D = land.directions(random)
    for r in radii:
        land.values(land.x + r * D * unit)
    if land.best_f < land.f0 - CLEAR * noise:
        return KinkReport(len(D), radii, math.nan, True)
    longest, shortest = 0.0, np.zeros(n)
    worst = 0.0
    for r in (1e-4, 1e-6, *fine):
        if math.isfinite(worst) and longest > 0.0 and not _affordable(land):
            break  # one radius has to do
        P, G = _sampled_gradients(land, r, unit)
        if not np.all(np.isfinite(G)):
            return KinkReport(len(D), radii, math.inf, False)
        longest = float(np.max(np.linalg.norm(G, axis=1), initial=0.0))
        largest = np.full(n, longest)
        largest[kinks or []] = np.max(np.abs(G), axis=0)[kinks or []]
        weight = 1.0 / np.where(largest > 0.0, largest, 1.0)
        normals = -10.0 * np.diag(inward)[inward != 0]
        hull = np.concatenate([G * weight, normals])
        shortest = shortest_in_hull(hull, land.evaluations.look)
        relative = float(np.linalg.norm(shortest))
        worst = max(worst, relative)
        if relative > 1e-3:
            d = -shortest * weight
            d /= np.max(np.abs(d))
            d = np.where((inward != 0) & (np.sign(d) != inward), 0.0, d)
            land.values(land.x + r * 10.0 ** np.arange(-1, 3)[:, None] * d * unit)
        for d in _concave_directions(P, G, unit):
            if land.left < 2 * len(radii):
                break
            land.values(land.x + np.array([s * q for q in radii for s in (1, -1)])[:, None] * d)
        if land.best_f < land.f0 - CLEAR * noise:
            return KinkReport(len(D) + 1, radii, relative, True)
    return KinkReport(len(D), radii, worst, False)


def _gradient_cost(land: Landscape) -> int:
    return 1 if land.g0 is not None else 2 * int(land.movable.sum())


def _affordable(land: Landscape) -> bool:
    return 2 * (land.n + 1) * _gradient_cost(land) + 5 <= land.left


def _concave_directions(P: Matrix, G: Matrix, unit: Vector) -> Matrix:
    """Directions in which sampled gradients G at x + P unit turn against the step, as rows.

    At |x| - |y| gradients combine to zero as at a minimum.  The matrix M that fits G = M P best
    has a negative eigenvalue along y.
    """
    M = least_squares(P, G)
    values, V = eigen((M + M.T) / 2.0)
    negative = V[:, values < -1e-9 * np.max(np.abs(values), initial=0.0)].T
    size = np.max(np.abs(negative), axis=1, keepdims=True, initial=1e-300)
    return np.asarray(negative / size * unit)


def _sampled_gradients(land: Landscape, r: float, unit: Vector) -> tuple[Matrix, Matrix]:
    """Offsets and gradients, in units, at pairs of opposite random points within r of x.

    Where the user gives no gradient, by central differences.
    """
    n = land.n
    pairs = max(min(n + 1, land.left // _gradient_cost(land) // 2), 1)
    Z = land.rng.uniform(-1.0, 1.0, (pairs, n))
    offsets = r * np.concatenate([Z, -Z])
    P = np.clip(land.x + offsets * unit, land.lower, land.upper)
    if land.g0 is not None:
        return offsets, land.gradients(P)[1] * unit
    movable = np.flatnonzero(land.movable)
    steps = np.zeros((len(movable), n))
    steps[np.arange(len(movable)), movable] = 1e-3 * r * unit[movable]
    F, there = np.empty((2, len(P), len(movable))), np.empty((2, len(P), len(movable)))
    for k, to in enumerate((steps, -steps)):
        for part in land.parts(len(P), len(movable)):
            X = np.clip(P[part, None, :] + to, land.lower, land.upper)
            F[k, part] = land.values(X.reshape(-1, n)).reshape(-1, len(movable))
            there[k, part] = X[:, np.arange(len(movable)), movable]
    G = np.zeros((len(P), n))
    G[:, movable] = (F[0] - F[1]) / (there[0] - there[1]) * unit[movable]
    return offsets, G


def shortest_in_hull(
    G: Matrix, look: Callable[[], None] = lambda: None, rounds: int = 2000
) -> Vector:
    """The shortest convex combination of the rows of G, by Frank-Wolfe with away steps."""
    w = np.zeros(len(G))
    w[int(np.argmin(np.linalg.norm(G, axis=1)))] = 1.0
    s: Vector = w @ G
    for k in range(rounds):
        if k % LOOK_AFTER == 0:
            look()
        dots = G @ s
        toward = int(np.argmin(dots))
        away = int(np.argmax(np.where(w > 0, dots, -np.inf)))
        gap = float(s @ s - dots[toward])
        if gap <= 1e-12 * float(s @ s) or gap <= 1e-300:
            break
        direction = G[toward] - G[away]  # pairwise step: weight moves from `away` to `toward`
        length = float(direction @ direction)
        step = min(max(-float(s @ direction) / length, 0.0), w[away]) if length > 0 else 0.0
        if step == 0.0:
            break
        w[away] -= step
        w[toward] += step
        s = w @ G
    return s
