"""Looking for lower points: along curvature, through degenerate directions, at kinks, far out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .classification import Matrix, Vector
from .derivatives import EPS, NEARBY, Landscape

# ------------------------------------------------------------------------------- straight descent


@dataclass
class Descent:
    """What two-sided steps along a direction of negative curvature found."""

    witness: Vector | None = None
    both_sides: bool = False  # lower on both sides


def descend(land: Landscape, d: Vector, slope: float, noise: float) -> Descent:
    """Look for f(x + t d) < f(x) - 4 noise at t = 1, 8, 64 (in steps), on both sides.

    What the slope at x explains is not counted as curvature: the second difference must be
    negative beyond the noise as well or, with room on one side only, the value less the slope.
    """
    found = Descent()
    for t in (1.0, 8.0, 64.0):
        steps = np.array([s * t for s in (1.0, -1.0) if land.room(s * d) >= t])
        if not len(steps):
            break
        X = land.x + steps[:, None] * d
        rise = land.values(X) - land.f0
        bend = rise.sum() if len(steps) == 2 else rise[0] - steps[0] * slope
        lower = rise < -4.0 * noise
        if bend < -4.0 * noise and lower.any():
            found.witness = X[int(np.argmin(rise))]
            found.both_sides = bool(len(steps) == 2 and lower.all())
            if found.both_sides or len(steps) == 1:
                return found
        elif bend > 4.0 * noise:
            return found
    return found


# ----------------------------------------------------------- the reduced function (splitting lemma)


@dataclass
class Range:
    """The directions in which the curvature is positive beyond doubt."""

    W: Matrix  # columns: directions, in which f ~ lambda t^2 / 2
    curvature: Vector
    step: Vector  # a good difference step along each column

    @property
    def size(self) -> int:
        """How many directions."""
        return len(self.curvature)


def reduced_values(land: Landscape, X: Matrix, span: Range, exact: bool, noise: float) -> Vector:
    """The values at X after minimising over the directions of positive curvature.

    By the splitting lemma (Gromoll & Meyer 1969; Lyapunov-Schmidt reduction) the type of a
    degenerate critical point is the type of phi(t) = min_y f(x + t d + y) with y in the range of
    the Hessian.  Straight probing is not enough: Peano's (y - x^2)(y - 2x^2) rises along every
    line, and a curved valley looks like a bowl.  A few steps of Newton's chord method find y.
    """
    best = land.values(X)
    if span.size == 0:
        return best
    straight = np.abs(best - land.f0)
    X, todo = X.copy(), np.isfinite(best)
    for _ in range(4):
        rows = np.flatnonzero(todo)
        if not len(rows):
            break
        slopes = _slopes(land, X[rows], best[rows], span, exact, noise)
        moved = np.clip(X[rows] - (slopes / span.curvature) @ span.W.T, land.lower, land.upper)
        F = land.values(moved)
        rise = best[rows] - land.f0
        better = best[rows] > F
        gain = np.where(better, best[rows] - F, 0.0)
        X[rows[better]] = moved[better]
        best[rows[better]] = F[better]
        # Once more only where it changed the picture.
        todo[rows] = better & (gain > 0.3 * np.abs(rise)) & (np.abs(rise) > 4.0 * noise)
    # Still falling towards f(x) after all these steps, and nearly there: a curved flat valley.
    rise = best - land.f0
    flat = np.abs(rise) <= np.where(todo & (rise > 0), 1e-3, 1e-10) * straight
    return np.where(flat, land.f0, best)


def _slopes(
    land: Landscape, X: Matrix, F: Vector, span: Range, exact: bool, noise: float
) -> Matrix:
    """Derivatives along the columns of the range, at the rows of X."""
    if exact:
        return np.asarray(land.gradients(X)[1] @ span.W)
    # Away from x the values, and with them their rounding, may be larger than at x.
    fine = np.sqrt(1e6 * np.maximum(noise, EPS * np.abs(F))[:, None] / span.curvature)
    step = np.minimum(span.step, np.maximum(fine, 1e-5 * span.step))
    steps = step[:, :, None] * span.W.T
    ahead, behind = X[:, None, :] + steps, X[:, None, :] - steps
    inside = [np.all((land.lower <= P) & (land.upper >= P), axis=2) for P in (ahead, behind)]
    values = land.values(np.concatenate([ahead, behind]).reshape(-1, land.n))
    plus, minus = values.reshape(2, len(X), span.size)
    half = 0.5 * span.curvature * step**2
    two = (plus - minus) / 2.0
    forward, backward = plus - F[:, None] - half, F[:, None] - minus + half
    slopes = np.where(inside[0], np.where(inside[1], two, forward), backward)
    slopes = np.where(inside[0] | inside[1], slopes, 0.0)
    return np.asarray(np.where(np.isfinite(slopes), slopes / step, 0.0))


class Ray(StrEnum):
    """How f behaves on a ray from x."""

    RISES = "rises"
    DROPS = "drops"
    FLAT = "flat"
    UNCLEAR = "unclear"
    CLOSED = "closed"  # the box leaves no room


@dataclass
class RayReport:
    """A ray: its behaviour and the power of the distance with which f changes on it."""

    ray: Ray
    power: float | None = None
    change: float = 0.0  # the largest difference from f(x) met


def probe_rays(
    land: Landscape, directions: Matrix, radii: Vector, span: Range, exact: bool, noise: float
) -> list[RayReport]:
    """Judge f along x + r d (d of unit length in units) by its reduced values at the radii.

    The smallest radius at which f differs from f(x) beyond the noise decides: a difference
    further out may belong to another basin.
    """
    stretch = np.array([min(1.0, land.room(d) / radii[-1]) for d in directions])
    wide_enough = stretch > 1e-3
    used = [d * s for d, s, w in zip(directions, stretch, wide_enough, strict=True) if w]
    reports = [RayReport(Ray.CLOSED) for _ in directions]
    if not used:
        return reports
    X = land.x + (np.array(used)[:, None, :] * radii[:, None]).reshape(-1, land.n)
    rise = reduced_values(land, X, span, exact, noise).reshape(-1, len(radii)) - land.f0
    # Rounding puts a direction beside the one along which f is exactly constant.
    largest = np.max(np.where(np.isfinite(rise), np.abs(rise), 0.0), axis=0)
    rise = np.where(np.abs(rise) <= 1e-12 * largest, 0.0, rise)
    for k, row in zip(np.flatnonzero(wide_enough), rise, strict=True):
        reports[k] = _judge(row, radii, noise)
    return reports


def _judge(rise: Vector, radii: Vector, noise: float) -> RayReport:
    sign = np.where(np.abs(rise) > 4.0 * noise, np.sign(rise), 0.0)
    seen = np.flatnonzero(sign)
    if not len(seen):
        return RayReport(Ray.FLAT)
    first, change = sign[seen[0]], float(np.max(np.abs(rise[np.isfinite(rise)]), initial=0.0))
    same = [k for k in seen if sign[k] == first and np.isfinite(rise[k])]
    power = None
    if len(same) >= 2:
        a, b = same[0], same[1]
        power = math.log(rise[b] / rise[a]) / math.log(radii[b] / radii[a])
    if first < 0:
        return RayReport(Ray.DROPS, power, change)
    enough = len(same) == len(seen) or len(same) >= 2
    return RayReport(Ray.RISES if enough else Ray.UNCLEAR, power, change)


def null_directions(basis: Matrix, rng: np.random.Generator, limit: int) -> Matrix:
    """Directions that cover the span of the columns: both signs, several angles for each pair."""
    k = basis.shape[1]
    found = [basis[:, j] for j in range(k)]
    angles = np.pi * (np.arange(1, 6) / 6.0) if k == 2 else np.pi * np.array([0.25, 0.75])
    pairs = [(i, j) for i in range(k) for j in range(i)]
    # A small turn keeps the angles off the symmetric ones, where f may vanish identically.
    for i, j in pairs:
        turn = rng.uniform(-0.08, 0.08)
        found += [
            math.cos(a + turn) * basis[:, i] + math.sin(a + turn) * basis[:, j] for a in angles
        ]
    if k > 1:  # the eigenvectors of a vanishing block are arbitrary; the axes are special
        scale = np.max(np.abs(basis), axis=1)
        q, _ = np.linalg.qr(basis / np.maximum(scale, 1e-300)[:, None])
        found += [scale * (q @ row) for row in q if np.linalg.norm(row) > 0.5]
    if k > 2:
        found += list((basis @ rng.standard_normal((k, 2 * k))).T)
    both = np.array(found)[: max(limit, k)]
    return np.concatenate([both, -both])


# ------------------------------------------------------------------------------------------ kinks


@dataclass
class KinkReport:
    """What probing a nonsmooth point found."""

    directions: int
    radii: tuple[float, ...]
    clarke: float  # shortest convex combination of nearby gradients, relative to the longest one
    descent: bool


def probe_kink(land: Landscape, inward: Vector, noise: float) -> KinkReport:
    """Look for descent around a kink along 2n + k directions at several radii.

    Random directions miss the narrow cone in which a creased valley descends.  So gradients are
    sampled around x (Burke, Lewis & Overton, SIAM J. Optim. 15 (2005)): the shortest vector of
    their convex hull vanishes at a Clarke-stationary point and is otherwise, reversed, the
    direction of steepest descent.  `inward` is +1 or -1 for variables at a bound, else 0.
    """
    n, unit = land.n, np.where(land.movable, land.unit, 0.0)
    radii = (1e-6, 1e-4, 1e-2)
    axes = np.eye(n)[land.movable]
    random = land.rng.standard_normal((n + 4, n)) * land.movable
    random /= np.maximum(np.max(np.abs(random), axis=1, keepdims=True), 1e-300)
    D = np.concatenate([axes, -axes, random])
    for r in radii:
        land.values(land.x + r * D * unit)
    if land.best_f < land.f0 - 4.0 * noise:
        return KinkReport(len(D), radii, math.nan, True)
    longest, shortest = 0.0, np.zeros(n)
    worst = 0.0
    for r in (1e-4, 1e-6):
        G = _sampled_gradients(land, r, unit)
        if not np.all(np.isfinite(G)):
            return KinkReport(len(D), radii, math.inf, False)
        longest = float(np.max(np.linalg.norm(G, axis=1), initial=0.0))
        normals = -10.0 * longest * np.diag(inward)[inward != 0]
        shortest = shortest_in_hull(np.concatenate([G, normals]))
        relative = float(np.linalg.norm(shortest)) / longest if longest > 0 else 0.0
        worst = max(worst, relative)
        if relative > 1e-3:
            d = -shortest / np.max(np.abs(shortest))
            d = np.where((inward != 0) & (np.sign(d) != inward), 0.0, d)
            land.values(land.x + np.array([1e-7, 1e-6, 1e-5, 1e-4, 1e-3])[:, None] * d * unit)
            if land.best_f < land.f0 - 4.0 * noise:
                return KinkReport(len(D) + 1, radii, relative, True)
    return KinkReport(len(D), radii, worst, False)


def _sampled_gradients(land: Landscape, r: float, unit: Vector) -> Matrix:
    """Gradients in units at pairs of opposite random points within r, by central differences."""
    n = land.n
    Z = land.rng.uniform(-1.0, 1.0, (n + 1, n))
    P = np.clip(land.x + r * np.concatenate([Z, -Z]) * unit, land.lower, land.upper)
    if land.g0 is not None:
        return land.gradients(P)[1] * unit
    movable = np.flatnonzero(land.movable)
    steps = np.zeros((len(movable), n))
    steps[np.arange(len(movable)), movable] = 1e-3 * r * unit[movable]
    ahead = np.clip(P[:, None, :] + steps, land.lower, land.upper)
    behind = np.clip(P[:, None, :] - steps, land.lower, land.upper)
    F = land.values(np.concatenate([ahead, behind]).reshape(-1, n)).reshape(2, len(P), -1)
    width = np.sum(ahead - behind, axis=2)
    G = np.zeros((len(P), n))
    G[:, movable] = (F[0] - F[1]) / width * unit[movable]
    return G


def shortest_in_hull(G: Matrix, rounds: int = 2000) -> Vector:
    """The shortest convex combination of the rows of G, by Frank-Wolfe with away steps."""
    w = np.zeros(len(G))
    w[int(np.argmin(np.linalg.norm(G, axis=1)))] = 1.0
    s: Vector = w @ G
    for _ in range(rounds):
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


# ---------------------------------------------------------------------------------------- far out


def falls_without_end(land: Landscape, g: Vector) -> Vector | None:
    """A point far down a ray on which f falls, decade after decade, at least as much as before.

    An asymptote falls less in every decade; a logarithm falls the same.  Sixteen decades (or the
    end of the floating-point range of f) are taken as "without bound".
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


def shell(land: Landscape) -> Matrix:
    """Points at the radius called "near x": both ways along each variable, and some at random."""
    axes = np.eye(land.n)[land.movable]
    random = land.rng.uniform(-1.0, 1.0, (land.n + 2, land.n))
    D = np.concatenate([axes, -axes, random])
    return np.clip(land.x + NEARBY * D * land.unit, land.lower, land.upper)
