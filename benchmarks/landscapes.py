"""Random multimodal landscapes whose lowest value is certain, from seeds.

Every family states how its truth is known; no landscape is judged by the optimiser under test.
In one or two variables "scan" means: all local minima of a dense grid, each refined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.stats import special_ortho_group

Vector = np.ndarray
Objective = Callable[[Vector], tuple[float, Vector]]

GRID = {1: 4_001, 2: 161}  # points a side


@dataclass(frozen=True)
class Landscape:
    """An objective that returns (value, gradient), its box, and the lowest value there."""

    family: str
    seed: int
    fun: Objective
    lower: Vector
    upper: Vector
    f_min: float
    scale: float  # of the differences between minima

    @property
    def n(self) -> int:
        return len(self.lower)

    def found(self, f: float) -> bool:
        """Whether a value is the lowest one, to a millionth of the differences between minima."""
        return f <= self.f_min + 1e-6 * self.scale

    @property
    def bounds(self) -> list[tuple[float, float]]:
        return list(zip(self.lower.tolist(), self.upper.tolist(), strict=True))


def _refined(fun: Objective, x0: Vector, lower: Vector, upper: Vector) -> float:
    bounds = list(zip(lower, upper, strict=True))
    res = minimize(
        fun, x0, jac=True, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10}
    )
    return float(min(res.fun, fun(x0)[0]))


def scan(fun: Objective, lower: Vector, upper: Vector) -> float:
    """The lowest value of one or two variables: a grid, and a descent from each of its minima."""
    n = len(lower)
    axes = [np.linspace(lo, hi, GRID[n]) for lo, hi in zip(lower, upper, strict=True)]
    mesh = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    F = fun(mesh.reshape(-1, n).T)[0].reshape(mesh.shape[:-1])
    padded = np.pad(F, 1, constant_values=np.inf)
    core = tuple([slice(1, -1)] * n)
    low = np.ones(F.shape, dtype=bool)
    for axis in range(n):
        for step in (-1, 1):
            low &= np.roll(padded, step, axis)[core] >= F
    return min(_refined(fun, x, lower, upper) for x in mesh[low])


def _box(rng: np.random.Generator, n: int, side: float = 2.0) -> tuple[Vector, Vector]:
    """A cube away from the origin."""
    lower = rng.uniform(-3.0, 3.0, n)
    return lower, lower + side


# ---------------------------------------------------------------------------------- the families
#
# Objectives take x of shape (n,); those that are scanned also (n, m), and then only give values.


def _wells(C: Vector, a: Vector, s: Vector, m: Vector, kappa: float) -> Objective:
    """A bowl around m with Gaussian wells of depth a and width s at the rows of C."""

    def one(x: Vector) -> tuple[float, Vector]:
        d = x - C
        e = a * np.exp(-0.5 * (d * d).sum(axis=1) / s**2)
        off = x - m
        return 0.5 * kappa * float(off @ off) - float(e.sum()), kappa * off + (e / s**2) @ d

    def many(X: Vector) -> Vector:
        f = 0.5 * kappa * ((X - m[:, None]) ** 2).sum(axis=0)
        for c, depth, width in zip(C, a, s, strict=True):
            f -= depth * np.exp(-0.5 * ((X - c[:, None]) ** 2).sum(axis=0) / width**2)
        return f

    return lambda x: one(x) if x.ndim == 1 else (many(x), x)


def gaussians(seed: int, n: int, narrow: float = 0.3, correlated: float = 0.0) -> Landscape:
    """Gaussian wells in a shallow bowl; depth and width independent, some wells narrow.

    Truth: a scan for n = 1, 2.  Beyond, a certificate: the well with the lowest value is lower
    than the bowl at its lowest in each other ball of three widths, less the depth of that well,
    less all that the other wells can contribute there; and likewise outside of all balls.
    Landscapes without the certificate are drawn again.
    """
    rng = np.random.default_rng([seed, n, 1])
    while True:
        lower, upper = _box(rng, n)
        k = int(rng.integers(2, 9))
        C = rng.uniform(lower + 0.2, upper - 0.2, (k, n))
        a = rng.uniform(0.3, 1.0, k)
        s = np.where(rng.random(k) < narrow, rng.uniform(0.08, 0.15, k), rng.uniform(0.15, 0.45, k))
        if correlated:  # deeper wells are wider, as on energy landscapes
            s = s * a**correlated
        m, kappa = rng.uniform(lower, upper), rng.uniform(0.02, 0.2)

        fun = _wells(C, a, s, m, kappa)
        if n <= 2:
            f_min = scan(fun, lower, upper)
        else:
            depth = [_refined(fun, c, lower, upper) for c in C]
            f_min = min(depth)
            if not _certified(f_min, int(np.argmin(depth)), C, a, s, m, kappa):
                continue
        return Landscape("gaussians", seed, fun, lower, upper, f_min, float(a.max() - a.min()))


def _certified(
    f: float, best: int, C: Vector, a: Vector, s: Vector, m: Vector, kappa: float
) -> bool:
    """Whether no point outside the ball of the best well can be lower than f."""
    radius = 3.0 * s
    apart = np.linalg.norm(C[:, None] - C[None], axis=2)
    least = np.maximum(apart - radius[:, None], 0.0)  # [j, i]: from ball j to centre i
    others = a * np.exp(-0.5 * (least / s) ** 2)
    np.fill_diagonal(others, 0.0)
    bowl = 0.5 * kappa * np.maximum(np.linalg.norm(C - m, axis=1) - radius, 0.0) ** 2
    bound = bowl - a - others.sum(axis=1)
    outside = -float(a.sum()) * np.exp(-4.5)
    return bool(np.delete(bound, best).min() >= f and outside >= f)


def rastrigins(seed: int, n: int) -> Landscape:
    """Shifted and rotated Rastrigin with random amplitude and period.

    Truth: by construction 0 at the shift, which lies in the box.
    """
    rng = np.random.default_rng([seed, n, 2])
    lower, upper = _box(rng, n, 4.0)
    shift = rng.uniform(lower + 0.4, upper - 0.4)
    R = special_ortho_group.rvs(n, random_state=rng) if n > 1 else np.ones((1, 1))
    A, omega = rng.uniform(0.3, 3.0, n), 2.0 * np.pi / rng.uniform(1.0, 3.5, n)

    def fun(x: Vector) -> tuple[float, Vector]:
        y = R @ (x - shift)
        f = float(y @ y + A @ (1.0 - np.cos(omega * y)))
        return f, R.T @ (2.0 * y + A * omega * np.sin(omega * y))

    return Landscape("rastrigins", seed, fun, lower, upper, 0.0, 1.0)


def sinusoids(seed: int, n: int) -> Landscape:
    """Sums of sines with random frequencies, amplitudes and phases, one sum for each variable.

    Truth: each sum is scanned by itself.
    """
    rng = np.random.default_rng([seed, n, 3])
    lower, upper = _box(rng, n)
    terms = int(rng.integers(2, 5))
    top = 12.0 if n == 1 else 8.0 if n == 2 else 5.0
    omega = rng.uniform(1.0, top, (n, terms))
    amplitude = rng.uniform(0.2, 1.0, (n, terms))
    phase = rng.uniform(0.0, 2.0 * np.pi, (n, terms))

    def part(i: int) -> Objective:
        def fun(x: Vector) -> tuple[float, Vector]:
            angle = omega[i] * np.atleast_2d(x).T + phase[i]
            f = np.sin(angle) @ amplitude[i]
            g = np.cos(angle) @ (amplitude[i] * omega[i])
            return (float(f[0]), g) if f.size == 1 else (f, g)

        return fun

    def fun(x: Vector) -> tuple[float, Vector]:
        angle = omega * x[:, None] + phase
        f = float((amplitude * np.sin(angle)).sum())
        return f, (amplitude * omega * np.cos(angle)).sum(axis=1)

    f_min = sum(scan(part(i), lower[i : i + 1], upper[i : i + 1]) for i in range(n))
    return Landscape("sinusoids", seed, fun, lower, upper, f_min, 1.0)


def polynomials(seed: int, n: int) -> Landscape:
    """Rotated sums of one-variable polynomials of degree 4 to 8 that rise on either side.

    Truth: all roots of each derivative; the minimum over all space lies in the box.
    """
    rng = np.random.default_rng([seed, n, 4])
    while True:
        lower, upper = _box(rng, n, 3.0)
        centre = 0.5 * (lower + upper)
        R = special_ortho_group.rvs(n, random_state=rng) if n > 1 else np.ones((1, 1))
        p, best = [], []
        for _ in range(n):
            degree = int(rng.choice([4, 6] if n > 1 else [4, 6, 8]))
            roots = np.sort(rng.uniform(-1.4, 1.4, degree - 1))
            q = np.poly1d(roots, r=True).integ()
            at = roots[np.argmin(q(roots))]
            spread = max(float(np.ptp(q(roots))), 1e-6)
            q = (q - q(at)) * (rng.uniform(0.3, 1.0) / spread)
            p.append(q)
            best.append(at)
        solution = centre + R.T @ np.array(best)
        if ((solution > lower) & (solution < upper)).all():
            break
    slopes = [q.deriv() for q in p]

    def fun(x: Vector) -> tuple[float, Vector]:
        y = R @ (x - centre)
        f = sum(float(q(t)) for q, t in zip(p, y, strict=True))
        return f, R.T @ np.array([float(d(t)) for d, t in zip(slopes, y, strict=True)])

    return Landscape("polynomials", seed, fun, lower, upper, 0.0, 1.0)


def dents(seed: int, n: int) -> Landscape:
    """A bowl with smooth dents in disjoint balls; depth and radius independent.

    Truth: by construction.  Outside the balls there is only the bowl.  In a ball the dent depends
    on the distance from its centre alone, so the lowest point at each distance is on the way to the
    middle of the bowl: one line to be searched for each ball.
    """
    rng = np.random.default_rng([seed, n, 5])
    lower, upper = _box(rng, n)
    m, kappa = rng.uniform(lower + 0.3, upper - 0.3), rng.uniform(0.2, 1.0)
    C: list[Vector] = []
    r: list[float] = []
    wanted = int(rng.integers(1, 7))
    for _ in range(200):
        radius = float(rng.uniform(0.3, 0.8))
        c = rng.uniform(lower, upper)
        if all(np.linalg.norm(c - d) > radius + q for d, q in zip(C, r, strict=True)):
            C.append(c)
            r.append(radius)
        if len(C) == wanted:
            break
    centres, radii = np.array(C), np.array(r)
    a = rng.uniform(0.2, 2.0, len(C))

    def fun(x: Vector) -> tuple[float, Vector]:
        d = x - centres
        u = np.maximum(1.0 - (d * d).sum(axis=1) / radii**2, 0.0)
        off = x - m
        f = 0.5 * kappa * float(off @ off) - float(a @ u**3)
        return f, kappa * off + (6.0 * a * u**2 / radii**2) @ d

    f_min = fun(m)[0]
    for c, radius in zip(centres, radii, strict=True):
        way = (m - c) * min(1.0, radius / np.linalg.norm(m - c))
        line = [fun(c + t * way)[0] for t in np.linspace(0.0, 1.0, 201)]
        f_min = min(f_min, _refined(fun, c + np.argmin(line) / 200 * way, lower, upper))
    return Landscape("dents", seed, fun, lower, upper, f_min, float(np.ptp(a)) + 0.1)


def wide_deep(seed: int, n: int) -> Landscape:
    """Gaussian wells, deeper ones wider; the truth as for `gaussians`."""
    return replace(gaussians(seed + 10_000_000, n, correlated=1.0), family="wide_deep", seed=seed)


def facets(seed: int, n: int) -> Landscape:
    """The lowest of several paraboloids: smooth minima, sharp ridges; depth and width independent.

    Truth: by construction the lowest vertex.
    """
    rng = np.random.default_rng([seed, n, 6])
    lower, upper = _box(rng, n)
    k = int(rng.integers(2, 13))
    C = rng.uniform(lower, upper, (k, n))
    depth, stiffness = rng.uniform(0.0, 1.0, k), np.exp(rng.uniform(0.0, 3.0, k))

    def fun(x: Vector) -> tuple[float, Vector]:
        d = x - C
        f = depth + 0.5 * stiffness * (d * d).sum(axis=1)
        j = int(np.argmin(f))
        return float(f[j]), stiffness[j] * d[j]

    return Landscape("facets", seed, fun, lower, upper, float(depth.min()), float(np.ptp(depth)))


FAMILIES = {
    "gaussians": gaussians,
    "rastrigins": rastrigins,
    "sinusoids": sinusoids,
    "polynomials": polynomials,
    "dents": dents,
    "wide_deep": wide_deep,
    "facets": facets,
}
