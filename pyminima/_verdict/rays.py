"""Walking along directions without curvature: the reduced function, and how it behaves on rays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .case import Case
from .classification import Matrix, Vector
from .landscape import EPS, NEARBY, Landscape
from .spectrum import Spectrum


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


def split(case: Case, spectrum: Spectrum, suspect: bool = True) -> tuple[Matrix, Range]:
    """The directions without measurable curvature, and the range of the Hessian across them.

    Across means orthogonal in units.  The scaled variables of the spectrum would not do: a
    direction in which everything is scaled to size 1 may run almost along the valley.  If no
    curvature vanishes but one is under suspicion, that is the weakest.
    """
    rows = spectrum.rows
    unit = case.land.unit[rows]
    H = unit[:, None] * case.known.H[np.ix_(rows, rows)] * unit
    null = spectrum.columns(0)[rows] / unit[:, None]
    if null.shape[1] == 0 and suspect:
        null = np.linalg.eigh(H)[1][:, :1]
    k = null.shape[1]
    Q = np.linalg.qr(null, mode="complete")[0] if k else np.eye(len(rows))
    across = Q[:, k:]
    curvature, V = np.linalg.eigh(across.T @ H @ across)
    keep = curvature > 1e-14 * np.max(np.abs(curvature), initial=0.0)
    lift = np.zeros((case.n, len(rows)))
    lift[rows] = np.diag(unit)
    W = lift @ across @ V[:, keep]
    step = [float(np.max(np.abs(case.one_step(w)))) / float(np.max(np.abs(w))) for w in W.T]
    return lift @ Q[:, :k], Range(W, curvature[keep], np.array(step))


def null_rays(case: Case, spectrum: Spectrum) -> tuple[Vector, list[RayReport]]:
    """Rays in the directions without measurable curvature, judged by the reduced function."""
    basis, span = split(case, spectrum)
    basis = basis / np.maximum(np.max(np.abs(basis) / case.land.unit[:, None], axis=0), 1e-300)
    least = min(max(30.0 * case.move, 1e-2), NEARBY)
    radii = least * np.array([1.0, math.sqrt(10.0), 10.0])
    radii = np.minimum(radii, 0.3)
    radii = np.unique(radii)
    limit = max(1, case.land.left // (2 * len(radii) * (1 + 4 * span.size)))
    D = null_directions(basis, case.land.rng, limit)
    return radii, probe_rays(case.land, D, radii, span, case.exact, case.blur)


def flat_means_flat(case: Case, rays: list[RayReport]) -> bool:
    """Whether the noise is so small that a curvature hidden in it would be negligible."""
    land, model = case.land, case.known
    size = [abs(model.H[i, i]) * land.unit[i] ** 2 for i in case.rows]
    change = max(0.5 * max(size) * NEARBY**2, *(ray.change for ray in rays))
    return bool(4.0 * case.blur <= 1e-6 * change)


def noise_is_large(case: Case, rays: list[RayReport]) -> bool:
    """Whether the noise is a visible part of the change of f along the rays."""
    return 4.0 * case.blur > 1e-4 * max((ray.change for ray in rays), default=0.0)
