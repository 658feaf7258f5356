"""The row of weakly active bounds: curvature on the cone of feasible directions."""

from __future__ import annotations

import numpy as np

from .case import Case, Verdict, undetermined
from .classification import Matrix, Point, Vector
from .copositive import LARGEST, lowest_on_cone
from .dense import eigen, solve, spectral_norm
from .landscape import EPS
from .noise import CLEAR
from .rays import Range, Ray, explore, flat_means_flat, split, walks

POWERS = 30  # iterations: an eigenvalue lower by a tenth of the largest then dominates
TINY = 1e-100  # in place of the length of a zero vector


def weakly_active(case: Case) -> Verdict:
    """Bounds whose multiplier vanishes: curvature must be positive on a cone (copositivity)."""
    case.journal.begin("testing curvature on the cone of feasible directions")
    weak, inward, held = case.active.weak, case.inward(), _held(case)
    whole = case.signs.rows
    if whole.positive == len(whole.values) and case.newton.certified:
        return Verdict(
            Point.LOCAL_MINIMUM,
            f"local minimum: the gradient is {case.gradient_text()}, {held}, and all "
            f"{len(whole.values)} curvatures are positive, smallest {whole.describe(0)}",
            index=0,
        )
    if case.active.free and case.spectrum.null:
        return _cone_by_probing(case, held, None)
    if len(weak) > LARGEST:
        return undetermined(
            f"{held}, more than the {LARGEST} for which curvature on the cone can be decided",
        )
    S, error, lift = _schur_complement(case, inward)
    lowest, z = lowest_on_cone(S - error * np.eye(len(weak)))
    if lowest > 0 and case.newton.certified:
        return Verdict(
            Point.LOCAL_MINIMUM,
            f"local minimum: the gradient is {case.gradient_text()}, {held}, and curvature "
            f"on the cone of feasible directions is at least {lowest:.3g} (scaled)",
            index=0,
        )
    lowest, z = lowest_on_cone(S + error * np.eye(len(weak)))
    d = case.one_step(lift @ z)
    if lowest < 0:
        return _cone_descent(case, d, held)
    return _cone_by_probing(case, held, d)


def _held(case: Case) -> str:
    return f"multipliers are zero within their error at {len(case.active.weak)} active bound(s)"


def descent_beyond_doubt(case: Case) -> Verdict | None:
    """The verdict, if some feasible direction is one of negative curvature beyond doubt."""
    case.journal.begin("testing curvature on the cone of feasible directions")
    d = _feasible_descent(case)
    verdict = None if d is None else _cone_descent(case, d, _held(case))
    return None if verdict is None or verdict.witness is None else verdict


def _schur_complement(case: Case, inward: Vector) -> tuple[Matrix, float, Matrix]:
    """Curvature in the weak variables after minimising over the free ones, and its error.

    Also the matrix that lifts a vector of weak variables to all n.
    """
    model, weak, free = case.known, list(case.active.weak), list(case.active.free)
    D = np.zeros(case.n)
    whole = case.signs.rows
    D[whole.rows] = whole.D
    A = D[:, None] * model.H * D
    e = spectral_norm((D[:, None] * model.E * D)[np.ix_(case.rows, case.rows)])
    s = inward[weak]
    S: Matrix = A[np.ix_(weak, weak)]
    Y: Matrix = np.zeros((len(free), len(weak)))
    if free:
        Y = -solve(A[np.ix_(free, free)], A[np.ix_(free, weak)])
        S = np.asarray(S + A[np.ix_(weak, free)] @ Y)
    # The minimising y changes the curvature by second order only; twice covers it.
    error = 2.0 * e * (1.0 + (spectral_norm(Y) if free else 0.0)) ** 2
    lift = np.zeros((case.n, len(weak)))
    lift[weak] = np.diag(s)
    lift[free] = Y * s
    return s[:, None] * S * s, error + 4.0 * EPS, D[:, None] * lift


def _feasible_descent(case: Case) -> Vector | None:
    """A feasible direction, one step long, whose curvature is negative beyond its error, if seen.

    In difference steps, for scaling to rows of equal size may hide a clearly negative curvature.
    Power iterations, projected on the cone, from the lowest eigenvectors with both signs.
    """
    model, rows, inward = case.known, case.rows, case.inward()[case.rows]
    steps = np.array([model.step(i) for i in rows])
    A, E = (steps[:, None] * M[np.ix_(rows, rows)] * steps for M in (model.H, model.E))
    values, V = eigen(A)
    lowest = V[:, values < 0.0].T[:LARGEST]
    Z = np.concatenate([lowest, -lowest])
    for _ in range(POWERS):
        Z = Z - Z @ A / np.max(np.abs(values), initial=0.0)
        Z = np.where(inward * Z < 0.0, 0.0, Z)
        Z = Z / np.maximum(np.linalg.norm(Z, axis=1, keepdims=True), TINY)
    bends = [float(z @ A @ z + np.abs(z) @ E @ np.abs(z)) for z in Z]
    if not min(bends, default=0.0) < 0.0:
        return None
    d = np.zeros(case.n)
    d[rows] = steps * Z[int(np.argmin(bends))]
    return case.one_step(d)


def _cone_descent(case: Case, d: Vector, held: str) -> Verdict:
    """A feasible direction of negative curvature."""
    land = case.land
    lowest = float(d @ case.known.H @ d / (d @ d))
    slope = float(d @ case.known.g)
    t = np.array([1.0, 8.0, 64.0])
    t = t[t <= land.room(d)] if land.room(d) >= 1 else np.array([land.room(d)])
    X = land.x + t[:, None] * d
    rise = land.values(X) - land.f0
    k = int(np.argmin(rise))
    if rise[k] >= -CLEAR * case.blur or rise[k] - t[k] * min(slope, 0.0) >= -CLEAR * case.blur:
        return undetermined(
            f"{held}; curvature along a feasible direction is {lowest:.3g} "
            "(scaled), but no lower neighbour was found",
        )
    if any(abs(d[i]) > 0 for i in case.active.doubtful):
        return undetermined(
            "a multiplier is positive but so small that the objective is lower "
            f"at a distance of {case.distance(X[k]):.2g} units",
            witness=X[k],
        )
    spectrum = case.signs.rows
    if spectrum.negative == int(land.movable.sum()):
        point, name = Point.LOCAL_MAXIMUM, "local maximum"
    else:
        point, name = Point.SADDLE, "saddle point"
    return Verdict(
        point,
        f"{name}: the gradient is {case.gradient_text()}, {held}, curvature along a feasible "
        f"direction is {lowest:.3g} (scaled), and the objective is lower by {-rise[k]:.3g} at "
        f"a distance of {case.distance(X[k]):.2g} units",
        index=spectrum.negative or None,
        witness=X[k],
    )


def _cone_by_probing(case: Case, held: str, suspect: Vector | None) -> Verdict:
    """Curvature on the cone vanishes within error: probe the cone itself."""
    land = case.land
    inward = case.inward()
    null, span = np.zeros((case.n, 0)), Range(np.zeros((case.n, 0)), np.zeros(0), np.zeros(0))
    if case.active.free:
        null, span = split(case, case.spectrum, suspect=False)
    directions = [] if suspect is None else [suspect]
    directions += [s * v for v in null.T for s in (1.0, -1.0)]
    for i in case.active.weak:
        e = np.zeros(case.n)
        e[i] = inward[i]
        directions.append(e * land.unit)
    for _ in range(3 * (len(case.active.weak) + null.shape[1])):
        z = null @ land.rng.standard_normal(null.shape[1])
        if z.any():
            z = z / np.max(np.abs(z) / land.unit)
        for i in case.active.weak:
            z[i] = inward[i] * land.unit[i] * land.rng.exponential()
        directions.append(z)
    rays = walks(case, np.array(directions))
    explore(case, rays, span)
    seen = {r.ray for r in rays} - {Ray.CLOSED}
    text = f"the gradient is {case.gradient_text()}, {held}"
    if Ray.DROPS in seen:
        if case.active.doubtful or min(r.power or 0.0 for r in rays if r.ray is Ray.DROPS) < 1.5:
            return undetermined(
                f"{text}; lower values were found, perhaps beyond a barrier",
                witness=land.best_x,
            )
        return Verdict(
            Point.SADDLE,
            f"saddle point (degenerate): {text}, and the objective is lower by "
            f"{land.f0 - land.best_f:.3g} in a feasible direction",
            witness=land.best_x,
        )
    # With noise a fall may be hidden in what is seen to rise on the whole.
    if seen == {Ray.RISES} and (case.rounding_only or flat_means_flat(case, rays)):
        return Verdict(
            Point.DEGENERATE_MINIMUM,
            f"degenerate minimum (numerical): {text}, curvature on the cone of feasible "
            f"directions is zero within its error, and the objective rises along all "
            f"{len(rays)} feasible directions probed",
        )
    if seen <= {Ray.RISES, Ray.FLAT} and flat_means_flat(case, rays):
        return Verdict(
            Point.FLAT_VALLEY,
            f"flat valley: {text}; along some feasible directions the objective is constant, "
            "along none of those probed it falls",
        )
    return undetermined(f"{text}; probing was not conclusive")
