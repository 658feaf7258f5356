"""First order: whether error, noise and convergence explain the gradient that is left."""

from __future__ import annotations

import math

import numpy as np

from .case import CONVERGED, Case, FirstOrder, Valley
from .classification import Vector
from .landscape import LOOK_AFTER
from .lines import value_lines
from .noise import CLEAR
from .spectrum import Spectrum

CLOSE = 3e-3  # of a unit: close enough to a degenerate point to judge it from here
NEGLIGIBLE = 1e-15  # of the change of f over a unit: less than this is not worth a step


def measure_first_order(case: Case) -> FirstOrder:
    """Whether the gradient that is left is explained by error, noise and convergence.

    With the modulus Newton step p = -|H|^{-1} g it is explained if the gradient is within its
    error; or if the decrease that p predicts, g'|H|^{-1}g/2, cannot be told from noise; or if p is
    short compared with the unit, and the Hessian does not change over the distance |p|.
    """
    model, active = case.known, case.active
    leaving = tuple(i for i in active.weak if case.pull(i) != 0.0)
    rows = sorted(active.free + leaving)
    if not rows:
        return FirstOrder(True, True, False, np.zeros(case.n), 0.0, 0.0)
    spectrum = case.signs.free if rows == list(active.free) else None
    spectrum = spectrum or Spectrum.of(model.H, model.E, rows, case.n)
    residual = np.array([case.pull(i) if i in rows else 0.0 for i in range(case.n)])
    size = np.maximum(np.abs(spectrum.values), max(spectrum.tau, 1e-300))
    slopes = spectrum.vectors.T @ residual
    step = -spectrum.vectors @ (slopes / size)
    move = float(np.max(np.abs(step) / case.land.unit))
    decrease = 0.5 * float(slopes @ (slopes / size))
    certified = _certify(case, spectrum, slopes, size, rows)
    within_error = not any(abs(residual[i]) > model.g_error[i] for i in rows)
    converged = move <= CONVERGED and certified
    if within_error or decrease <= CLEAR * case.blur or converged:
        return FirstOrder(True, certified, False, step, move, decrease)
    # Close to a point where the Hessian is singular a Newton step shows nothing; the row of
    # degenerate points decides by probing.
    coarse = float((np.abs(step) / case.widened_unit).max())
    close = coarse <= CLOSE and not certified and spectrum.negative == 0
    near_degenerate = close and _measure_power_law(case, step)
    return FirstOrder(near_degenerate, certified, near_degenerate, step, move, decrease)


def _measure_power_law(case: Case, p: Vector) -> bool:
    """Whether f along the Newton step p is K s^q + const, q > 2, with s counted from its bottom.

    Of such a function the third derivative times the first, over the second squared, is
    (q - 2)/(q - 1), and the bottom is at (q - 1) p: there f is lower by (q - 1)/q of what the
    slope predicts, and as far beyond it f has the value that it has at x.
    """
    land = case.land
    if not case.affordable(6) or min(land.room(p), land.room(-p)) < 2.0:
        return False
    assert case.noise is not None
    line = value_lines(land, case.noise, [(p, False)])[0]
    ratio = line.first * line.third / line.second**2 if line.second > 0 else 0.0
    if not line.finite or not 0.2 < ratio < 0.95:
        return False
    m = 1.0 / (1.0 - ratio)
    bottom, beyond = land.values(land.x + np.array([[m], [2.0 * m]]) * p) - land.f0
    predicted = line.first * m / (m + 1.0)  # negative: p goes down
    doubt = 0.1 * abs(predicted) + CLEAR * case.blur
    return bool(abs(bottom - predicted) <= doubt and abs(beyond) <= doubt)


def _certify(case: Case, spectrum: Spectrum, slopes: Vector, size: Vector, rows: list[int]) -> bool:
    """Newton-Kantorovich: beta rho eta <= 1/2 puts a stationary point within 2 eta of x.

    In scaled variables: beta bounds the inverse of the Hessian, eta the Newton step, rho the
    change of the Hessian per length, seen as third derivatives along all lines measured.
    """
    model = case.known
    D = np.zeros(case.n)
    D[spectrum.rows] = spectrum.D
    error = D * np.where(np.isfinite(model.g_error), model.g_error, 1e300)
    weakest = float(np.min(np.abs(spectrum.values))) - spectrum.tau
    if weakest <= 0:
        return False
    eta = float(np.linalg.norm(slopes / size)) + float(np.linalg.norm(error[rows])) / weakest
    rho = 0.0
    inverse = np.where(D > 0, 1.0 / np.where(D > 0, D, 1.0), 0.0)
    pure = {i: 0.0 for i in rows}  # f_iii per cubed step of variable i
    for k, (d, third, blur) in enumerate(model.thirds):
        if (k + 1) % LOOK_AFTER == 0:
            case.land.evaluations.look()
        length = float(np.linalg.norm(d * inverse))
        cube = length * length * length  # of values of 1e300 it may be 0 or infinite
        if cube == 0:
            continue
        rho = max(rho, abs(third) / cube)
        pair = [int(i) for i in np.flatnonzero(d) if i in pure]
        if len(pair) == 1:
            pure[pair[0]] = third / float(d[pair[0]]) ** 3
        elif len(pair) == 2:
            # What f_iii and f_jjj leave is 3 d_i d_j (d_i f_iij + d_j f_ijj): if the two
            # lengths differ, the shorter one may hide a large derivative.
            i, j = pair
            mixed = abs(third - pure[i] * d[i] ** 3 - pure[j] * d[j] ** 3) - blur
            a, b = sorted(float(abs(d[k] * inverse[k])) for k in pair)
            rho = max(rho, mixed / (3.0 * a * a * b)) if a > 0 else rho
    for i, curl in model.twist.items():
        length = model.step(i) * inverse[i]
        if length > 0:
            rho = max(rho, float(np.linalg.norm(curl * D)) / length**2)
    # |x|^3 reaches 1/2 at every x and has no regular minimum, so the limit is well below that.
    return rho * eta <= 0.35 * weakest


def slope_is_large(case: Case) -> bool:
    """Whether the slope along one variable alone rules out a stationary point nearby."""
    model = case.known
    negligible = NEGLIGIBLE * 0.5 * float(np.max(np.abs(np.diag(model.H)) * case.initial_unit**2))
    for axis in case.axes:
        i = axis.i
        g = case.pull(i)
        if abs(g) * case.initial_unit[i] <= negligible:
            continue
        bound = model.E[i, i] if math.isfinite(model.E[i, i]) else math.inf
        reach = 1e-2 * case.widened_unit[i] * (abs(model.H[i, i]) + bound)
        if abs(g) > model.g_error[i] + reach:
            return True
    return False


def find_valley(case: Case) -> Valley | None:
    """The valley x is in, if nothing but the last 1e-15 of the change of f is left to fall there.

    In a valley some curvatures, in units, are negligible beside the others.  No stopping rule could
    have used such a decrease of f, so from here on it counts as noise.
    """
    model, rows, unit, newton = case.known, list(case.active.free), case.initial_unit, case.newton
    curved = bool(rows) and case.spectrum.positive == len(rows)
    if curved and newton.stationary and newton.certified:
        return None  # an ordinary minimum, however long and narrow
    if case.active.weak or len(rows) < 2 or np.any(np.abs(newton.step) > unit):
        return None
    variation = 0.5 * float(np.max(np.abs(np.diag(model.H)) * unit**2))
    if newton.decrease > NEGLIGIBLE * variation or not case.slope_is_significant():
        return None
    coarse = Spectrum.of(model.H, model.E, rows, case.n, unit[rows], 100.0 * NEGLIGIBLE)
    if not coarse.null or coarse.negative or coarse.unknown:
        return None
    return Valley(coarse, newton.decrease)
