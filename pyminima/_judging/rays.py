"""Walking along directions without curvature: the reduced function, and how it behaves on rays.

By the splitting lemma (Gromoll & Meyer 1969; Lyapunov-Schmidt reduction) the type of a degenerate
critical point is the type of phi(t) = min_y f(x + t d + y) with y in the range of the Hessian.
What phi does next to x is seen at the smallest radius at which its change stands clear of the
noise; that radius is searched for along each ray.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from scipy.linalg import qr

from .axes import DECADES
from .case import Case
from .classification import Mask, Matrix, Vector
from .dense import eigen
from .landscape import EPS, NEARBY, BudgetSpent, Landscape
from .noise import CLEAR
from .spectrum import Spectrum

STEEPEST = 6.0  # power of the distance that is assumed where it is not known
HIGHEST = 8.0  # power of the distance that is looked for far out
PROMPT = 1e4  # times a clear change: beyond this a smaller radius is tried
ROUNDS = 8  # of the search for that radius
NARROWEST = 7e-6  # times the radius, at once; not round, for f may be 0 again at round numbers
ANGLES = 10  # on the circle of two directions: forms of degree up to 4 are known by 9


@dataclass(frozen=True)
class Range:
    """The directions in which the curvature is positive (or negative) beyond doubt."""

    W: Matrix  # columns: directions, in which f ~ lambda t^2 / 2
    curvature: Vector
    step: Vector  # a good difference step along each column

    @property
    def size(self) -> int:
        """How many directions."""
        return len(self.curvature)

    @property
    def sign(self) -> float:
        """That of the curvatures, all alike."""
        return -1.0 if np.any(self.curvature < 0) else 1.0


class Ray(StrEnum):
    """How f behaves on a ray from x."""

    RISES = "rises"
    DROPS = "drops"
    FLAT = "flat"
    UNCLEAR = "unclear"
    CLOSED = "closed"  # the box leaves no room


@dataclass
class Walk:
    """A ray from x along d, one unit long, and the reduced values met on it."""

    d: Vector
    radius: float  # the next to be looked at
    least: float
    most: float
    near: float  # noise of the values near x
    rounding: float  # of the coordinates, one unit out: what it changes f by
    far_counts: bool  # the noise is rounding, so a change beyond what is called near counts as well
    seen: dict[float, float] = field(default_factory=dict)  # radius: reduced value less f(x)
    curved: bool = False  # the floor of the reduced function is not on the straight line
    leaned: bool = False  # and the straight value was far off
    straight: float = 0.0  # largest change of the straight value
    bend: Vector | None = None  # x + r d + r^2 bend is about where the reduced value was found

    @property
    def open(self) -> bool:
        """Whether the box leaves room."""
        return self.most >= 1e-3 * NEARBY

    def noise(self, radius: float) -> float:
        """Noise of the values there, for coordinates are rounded in proportion to their size."""
        return self.near + self.rounding * radius * radius

    def clear(self, radius: float) -> bool:
        """Whether the change there is finite and above the noise."""
        return CLEAR * self.noise(radius) < abs(self.seen[radius]) < math.inf

    def following(self, last: float, most: float) -> float | None:
        """The radius at which to look next; None when the search for the smallest is over."""
        size = abs(self.seen[last]) / max(CLEAR * self.noise(last), 1e-300)
        below = max((r for r in self.seen if r < last), default=0.0)
        above = min((r for r in self.seen if r > last), default=math.inf)
        if not math.isfinite(self.seen[last]):
            new = last / 30.0
        elif size <= 1.0:
            new = math.sqrt(last * above) if above < math.inf else max(10.0 * last, NEARBY)
            new = min(new, most) if last < 0.3 * most else new
            if new < 3.0 * last or new > 1.01 * most:
                return None
        elif below > 0.0 and last < 30.0 * below:
            return None
        elif below > 0.0:
            new = math.sqrt(last * below)
        elif size > PROMPT:
            power = min(max(self.power or STEEPEST, 2.0), 2.0 * STEEPEST)
            new = last * max((0.01 * PROMPT / size) ** (1.0 / power), NARROWEST)
        else:
            return None
        new = max(new, self.least)
        return new if new < 0.7 * last or new > last else None

    @property
    def smallest(self) -> float | None:
        """The smallest radius with a clear change."""
        return min((r for r in self.seen if self.clear(r)), default=None)

    def companion(self) -> float | None:
        """A radius near the smallest clear one, to see the power by; None if there is one."""
        clear = sorted(r for r in self.seen if self.clear(r))
        if not clear or any(1.4 < r / clear[0] < 15.0 for r in clear):
            return None
        beyond = clear[0] * math.sqrt(10.0)
        return beyond if beyond <= 1.01 * self.most else clear[0] / math.sqrt(10.0)

    @property
    def power(self) -> float | None:
        """The power of the distance with which f changes, next to x."""
        clear = sorted(r for r in self.seen if self.clear(r))
        same = [r for r in clear if self.seen[r] * self.seen[clear[0]] > 0.0]
        if len(same) < 2:
            return None
        a, b = same[:2]
        return math.log(self.seen[b] / self.seen[a]) / math.log(b / a)

    @property
    def change(self) -> float:
        """The largest difference from f(x) met."""
        return max((abs(rise) for rise in self.seen.values() if math.isfinite(rise)), default=0.0)

    @property
    def ray(self) -> Ray:
        """The smallest radius with a clear change decides: farther out may be another basin."""
        if not self.open or not self.seen:
            return Ray.CLOSED
        clear = sorted(r for r in self.seen if self.clear(r))
        if not clear:
            return Ray.UNCLEAR if math.inf in self.seen.values() else Ray.FLAT
        first, power = self.seen[clear[0]], self.power
        flat = max((r for r in self.seen if r < clear[0]), default=0.0)
        # Had it been a power of the distance, the change would have been seen nearer as well.
        late = abs(first) * (flat / clear[0]) ** HIGHEST > CLEAR * self.noise(flat)
        if clear[0] <= 1.01 * NEARBY and late:
            return Ray.UNCLEAR
        if clear[0] > 1.01 * NEARBY and flat > 0.0:
            # So far out a change says something about x only if it is a power of the distance that
            # could not have been seen nearer, and no parabola: that is an error of the direction.
            law = power is not None and 2.5 < power < HIGHEST + 1.0 and self.far_counts
            if late or (first > 0.0 and not law):
                return Ray.FLAT
            if not law:
                return Ray.UNCLEAR
        if first < 0.0:
            return Ray.DROPS
        steady = len(clear) < 2 or self.seen[clear[1]] > 0.0
        return Ray.RISES if steady else Ray.UNCLEAR


def walks(case: Case, directions: Matrix, start: Vector | float | None = None) -> list[Walk]:
    """Rays along the directions, to be looked at from the start on, in units."""
    land, unit = case.land, case.land.unit
    least = max(30.0 * case.newton.move, NEARBY / DECADES)
    size, digits = np.abs(case.known.H), EPS * case.n  # as many roundings as a product has terms
    found = []
    for k, d in enumerate(directions):
        length = float(np.max(np.abs(d) / unit))
        d = d / length
        moved = np.abs(d) > 0.1 * unit
        reach = NEARBY * (DECADES if np.any(land.guessed & moved) else 1.0)
        first = NEARBY if start is None else float(np.broadcast_to(start, len(directions))[k])
        first = max(first, min(3.0 * least, 0.3))
        room = land.room(d)
        most = min(max(reach, first), room)
        found.append(
            Walk(
                d,
                min(first, most),
                min(least, most),
                most,
                case.blur,
                float(0.5 * digits**2 * (np.abs(d) @ size @ np.abs(d))),
                case.rounding_only,
            )
        )
    return found


def explore(
    case: Case, rays: list[Walk], span: Range, narrow: bool = True, powers: bool = True
) -> None:
    """Find on each ray the smallest radius with a clear change, and the power of the distance.

    Straight on first; if the floor of the reduced function proves to be elsewhere at the radius
    found, once more along the floor.  Without `narrow` only a larger radius is looked for, where
    there is no change yet.
    """
    rays = [walk for walk in rays if walk.open]
    _search(case, rays, span, narrow, NEARBY if span.size else math.inf)
    if span.size:
        doubtful = [walk for walk in rays if walk.bend is None or walk.leaned]
        looked = _look_for_floor(case, doubtful, span)
        curved = [walk for walk in doubtful if walk.curved]
        _search(case, curved, span, narrow, NEARBY)  # the reduced function is a local one
        _search(case, [walk for walk in rays if not walk.curved], span, False, math.inf)
        # Where a change was seen only farther out than that, nothing is known of the floor yet.
        farther = [
            walk
            for walk, radius in zip(doubtful, looked, strict=True)
            if not walk.curved and (walk.smallest or 0.0) > radius
        ]
        _look_for_floor(case, farther, span)
        _search(case, [walk for walk in farther if walk.curved], span, False, math.inf)
    if powers:
        nexts = [(walk, walk.companion()) for walk in rays]
        for walk, radius in nexts:
            walk.radius = radius or walk.radius
        look(case, [walk for walk, radius in nexts if radius is not None], span)


def _look_for_floor(case: Case, rays: list[Walk], span: Range) -> list[float]:
    """Minimise over the range at the smallest clear radius of each ray; these radii."""
    for walk in rays:
        walk.radius = walk.smallest or walk.radius
    straight = [walk.seen[walk.radius] for walk in rays]
    look(case, rays, span, descend=True)
    for walk, old in zip(rays, straight, strict=True):
        walk.curved = not abs(walk.seen[walk.radius] - old) <= CLEAR * walk.noise(walk.radius)
        if walk.curved:  # what was seen farther out was not the floor
            walk.seen = {r: rise for r, rise in walk.seen.items() if r <= walk.radius}
    return [walk.radius for walk in rays]


def _search(case: Case, rays: list[Walk], span: Range, narrow: bool, most: float) -> None:
    pending = rays
    for _ in range(ROUNDS):
        look(case, [walk for walk in pending if walk.radius not in walk.seen], span)
        nexts = [(walk, walk.following(walk.radius, min(walk.most, most))) for walk in pending]
        pending = []
        for walk, radius in nexts:
            if radius is not None and (narrow or radius > walk.radius):
                walk.radius = radius
                pending.append(walk)


def look(case: Case, rays: list[Walk], span: Range, descend: bool = False) -> None:
    """Note the value at the radius of each ray; the reduced one where the ray is curved."""
    if not rays:
        return
    land = case.land
    radii = np.array([walk.radius for walk in rays])[:, None]
    straight = land.x + radii * np.array([walk.d for walk in rays])
    anew = np.array([descend or walk.curved for walk in rays])
    bends = np.array([np.zeros(land.n) if walk.bend is None else walk.bend for walk in rays])
    values, floor, offset = reduced_values(
        case,
        straight,
        np.clip(straight + radii**2 * bends, land.lower, land.upper),
        anew,
        span,
        np.array([walk.noise(walk.radius) for walk in rays]),
    )
    rises = values - land.f0
    # Rounding tilts a direction away from the one along which f is exactly constant.
    largest = np.max(np.where(np.isfinite(rises), np.abs(rises), 0.0))
    rises = np.where(np.abs(rises) <= 1e-12 * largest, 0.0, rises)
    for k, walk in enumerate(rays):
        walk.seen[walk.radius] = float(rises[k])
        if span.size and (descend or walk.curved):
            walk.bend = (floor[k] - straight[k]) / walk.radius**2
        walk.leaned |= bool(offset[k] > 2.0 * abs(rises[k]))
        walk.straight = max(walk.straight, float(offset[k]))


def reduced_values(
    case: Case, straight: Matrix, start: Matrix, anew: Mask, span: Range, noise: Vector
) -> tuple[Vector, Matrix, Vector]:
    """The values after minimising over the directions of positive curvature, and where they are.

    And how far the straight values are from f(x).  Straight probing is not enough: Peano's
    (y - x^2)(y - 2x^2) rises along every line, and a curved valley looks like a bowl.  A few
    steps of Newton's chord method find y, from the straight point or from where another radius
    of the same ray leads one to expect it.
    """
    land, use_gradient = case.land, case.uses_gradient
    first = land.values(straight)
    best, X, offset = first.copy(), straight.copy(), np.abs(first - land.f0)
    if span.size == 0:
        return best, X, offset
    guided = np.flatnonzero(np.any(start != straight, axis=1))
    if len(guided):
        F = land.values(start[guided])
        better = span.sign * best[guided] > span.sign * F
        X[guided[better]], best[guided[better]] = start[guided[better]], F[better]
    todo = np.isfinite(best) & anew
    for _ in range(4):
        rows = np.flatnonzero(todo)
        if not len(rows):
            break
        slopes = _slopes(land, X[rows], best[rows], span, use_gradient, noise[rows])
        step = -(slopes / span.curvature) @ span.W.T
        moved = np.clip(X[rows] + step, land.lower, land.upper)
        F = land.values(moved)
        rise = best[rows] - land.f0
        # A step that does not lower f as predicted is shortened to the bottom of a parabola.
        predicted = 0.5 * (slopes**2 / np.abs(span.curvature)).sum(axis=1)
        missed = span.sign * (F - best[rows])
        long = (missed >= 0.0) & (missed < math.inf) & (predicted > CLEAR * noise[rows])
        if long.any():
            part = (predicted / (missed + 2.0 * predicted))[long, None]
            moved[long] = np.clip(X[rows[long]] + part * step[long], land.lower, land.upper)
            F[long] = land.values(moved[long])
        better = span.sign * best[rows] > span.sign * F
        gain = np.where(better, np.abs(best[rows] - F), 0.0)
        X[rows[better]] = moved[better]
        best[rows[better]] = F[better]
        # Once more only where it changed the picture.
        todo[rows] = better & (gain > 0.3 * np.abs(rise)) & (np.abs(rise) > CLEAR * noise[rows])
    # No farther away than coordinates are rounded: the floor is the straight line.
    digits = CLEAR * EPS * land.n * np.max(np.abs(straight) / land.unit, axis=1)
    same = np.max(np.abs(X - straight) / land.unit, axis=1) <= digits
    X[same] = straight[same]
    # Still falling towards f(x) after all these steps, and nearly there: a curved flat valley.
    rise = best - land.f0
    flat = np.abs(rise) <= np.where(todo & (span.sign * rise > 0), 1e-3, 1e-10) * offset
    return np.where(flat, land.f0, best), X, offset


def _slopes(
    land: Landscape, X: Matrix, F: Vector, span: Range, use_gradient: bool, noise: Vector
) -> Matrix:
    """Derivatives along the columns of the range, at the rows of X."""
    if use_gradient:
        return np.asarray(land.gradients(X)[1] @ span.W)
    # Away from x the values, and with them their rounding, may be larger than at x.
    fine = np.sqrt(1e6 * np.maximum(noise, EPS * np.abs(F))[:, None] / np.abs(span.curvature))
    step = np.minimum(span.step, np.maximum(fine, 1e-5 * span.step))
    values, inside = np.empty((2, *step.shape)), np.empty((2, *step.shape), dtype=np.bool_)
    for k, sign in enumerate((1.0, -1.0)):
        for part in land.parts(len(X), span.size):
            P = X[part, None, :] + sign * (step[part, :, None] * span.W.T)
            inside[k, part] = np.all((land.lower <= P) & (land.upper >= P), axis=2)
            values[k, part] = land.values(P.reshape(-1, land.n)).reshape(-1, span.size)
    plus, minus = values
    half = 0.5 * span.curvature * step**2
    two = (plus - minus) / 2.0
    forward, backward = plus - F[:, None] - half, F[:, None] - minus + half
    slopes = np.where(inside[0], np.where(inside[1], two, forward), backward)
    slopes = np.where(inside[0] | inside[1], slopes, 0.0)
    return np.asarray(np.where(np.isfinite(slopes), slopes / step, 0.0))


def split(
    case: Case, spectrum: Spectrum, suspect: bool = True, sign: float = 1.0
) -> tuple[Matrix, Range]:
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
        null = eigen(H)[1][:, :1]
    k = null.shape[1]
    Q = np.linalg.qr(null, mode="complete")[0] if k else np.eye(len(rows))
    across = Q[:, k:]
    curvature, V = eigen(across.T @ H @ across)
    keep = sign * curvature > 1e-14 * np.max(np.abs(curvature), initial=0.0)
    lift = np.zeros((case.n, len(rows)))
    lift[rows] = np.diag(unit)
    W = lift @ across @ V[:, keep]
    step = [float(np.max(np.abs(case.one_step(w)))) / float(np.max(np.abs(w))) for w in W.T]
    return lift @ Q[:, :k], Range(W, curvature[keep], np.array(step))


def null_rays(case: Case, spectrum: Spectrum) -> tuple[list[Walk], bool]:
    """Rays in the directions without measurable curvature, and whether they cover these.

    First both ways along a basis; if that leaves the question open, around the circle of every
    two of its members, and along random mixtures of more.
    """
    sign = -1.0 if spectrum.negative and not spectrum.positive else 1.0
    basis, span = split(case, spectrum, sign=sign)
    unit = case.land.unit[:, None]
    basis = aligned(basis / unit) * unit
    k = basis.shape[1]
    rays = walks(case, np.concatenate([basis.T, -basis.T]))
    try:
        explore(case, rays, span)
        lengths = [_length(rays[j], rays[k + j]) for j in range(k)]
        scaled = np.array([length * rays[j].d for j, length in enumerate(lengths)])
        for i in range(k):
            for j in range(i):
                if _settled(rays, spectrum):
                    return rays, True
                rays += _circle(case, span, (rays[i], rays[j]), (lengths[i], lengths[j]))
        if k > 2 and not _settled(rays, spectrum) and case.affordable(2 * k * (2 + 3 * span.size)):
            Z = case.land.rng.standard_normal((k, k)) @ scaled
            rays += (new := walks(case, np.concatenate([Z, -Z])))
            explore(case, new, span, powers=False)
    except BudgetSpent:
        return rays, False
    return rays, True


def _circle(
    case: Case, span: Range, corners: tuple[Walk, Walk], lengths: tuple[float, float]
) -> list[Walk]:
    """Rays around the circle of two directions, each as long as makes f change by as much.

    Where f is a form in these two, its values on the circle are a trigonometric polynomial, of
    which the lowest angle is looked at as well.  The floor of the reduced function is a quadratic
    form: the corners and one ray between them show where to expect it.
    """
    unit = case.land.unit
    p, q = (length * walk.d for walk, length in zip(corners, lengths, strict=True))
    flat = all(walk.ray is Ray.FLAT for walk in corners)  # what is the right radius is not known

    def rays_along(c: Vector, s: Vector) -> list[Walk]:
        V = c[:, None] * p + s[:, None] * q
        return walks(case, V, np.max(np.abs(V) / unit, axis=1))

    middle = rays_along(np.ones(1), np.ones(1))
    explore(case, middle, span, narrow=flat, powers=False)
    angles = 2.0 * np.pi / ANGLES * (np.arange(ANGLES) + 0.5)
    c, s = np.cos(angles), np.sin(angles)
    around = rays_along(c, s)
    if span.size and middle[0].bend is not None:
        pp, qq = (
            length**2 * walk.bend if walk.bend is not None else np.zeros(case.n)
            for walk, length in zip(corners, lengths, strict=True)
        )
        whole = float(np.max(np.abs(p + q) / unit)) ** 2 * middle[0].bend
        for walk, a, b in zip(around, c, s, strict=True):
            size = float(np.max(np.abs(a * p + b * q) / unit))
            walk.bend = (a * a * pp + b * b * qq + a * b * (whole - pp - qq)) / size**2
    explore(case, around, span, narrow=flat, powers=flat)
    values = np.array([next(iter(walk.seen.values()), math.nan) for walk in around])
    rays = middle + around
    if not np.all(np.isfinite(values)) or values.min() < 0.0:
        return rays
    turn, lowest_value = lowest_angle(values)
    if lowest_value < 0.5 * values.min():
        angle = angles[0] + turn
        lowest = rays_along(
            np.array([math.cos(angle), -math.cos(angle)]),
            np.array([math.sin(angle), -math.sin(angle)]),
        )
        explore(case, lowest, span, narrow=flat, powers=False)
        rays += lowest
    return rays


def _settled(rays: list[Walk], spectrum: Spectrum) -> bool:
    """Whether f falls and rises, so that more rays would change nothing."""
    seen = {walk.ray for walk in rays}
    return Ray.DROPS in seen and (Ray.RISES in seen or spectrum.positive > 0)


def _length(ahead: Walk, behind: Walk) -> float:
    """The radius at which f changes by a clear amount, the same for all; or NEARBY."""
    for walk in (ahead, behind):
        clear = sorted(r for r in walk.seen if walk.clear(r))
        if clear and walk.ray is not Ray.FLAT:
            power = min(max(walk.power or STEEPEST, 2.0), 2.0 * STEEPEST)
            goal = 0.1 * PROMPT * CLEAR * walk.noise(clear[0]) / abs(walk.seen[clear[0]])
            return float(min(clear[0] * goal ** (1.0 / power), walk.most))
    return min(NEARBY, ahead.most)


def lowest_angle(values: Vector) -> tuple[float, float]:
    """Where the trigonometric polynomial through equally spaced values is lowest, and how low."""
    fine = 720
    spectrum = np.fft.rfft(values)
    spectrum[-1] *= 0.5 if len(values) % 2 == 0 else 1.0
    curve = np.fft.irfft(spectrum, fine) * fine / len(values)
    return float(2.0 * math.pi / fine * np.argmin(curve)), float(np.min(curve))


def aligned(basis: Matrix) -> Matrix:
    """An orthonormal basis of the same space with as many coordinate axes in it as there are.

    The eigenvectors of a vanishing block are arbitrary; f is often simple along the axes.
    """
    if basis.shape[1] < 2:
        return basis
    Q = np.linalg.qr(basis)[0]
    pivots = qr(Q.T, pivoting=True, mode="r")[1][: Q.shape[1]]
    Q = np.linalg.qr(Q @ Q[pivots].T)[0]
    return np.where(np.abs(Q) < 16.0 * EPS, 0.0, Q)


def flat_means_flat(case: Case, rays: list[Walk]) -> bool:
    """Whether the noise is so small that a curvature hidden in it would be negligible."""
    land, model = case.land, case.known
    size = [abs(model.H[i, i]) * land.unit[i] ** 2 for i in case.rows]
    change = max(0.5 * max(size) * NEARBY**2, *(ray.change for ray in rays))
    return bool(CLEAR * case.blur <= 1e-6 * change)


def noise_is_large(case: Case, rays: list[Walk]) -> bool:
    """Whether the noise is a visible part of the change of f along the rays."""
    return not case.rounding_only and CLEAR * case.blur > 1e-4 * max(
        (ray.change for ray in rays), default=0.0
    )
