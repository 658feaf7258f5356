"""First order: is the gradient that is left explained by error, noise and convergence."""

from __future__ import annotations

import math

import numpy as np

from .case import CONVERGED, Case
from .classification import Vector
from .landscape import LOOK_AFTER
from .lines import value_lines
from .spectrum import Spectrum

CLOSE = 3e-3  # of a unit: close enough to a degenerate point to judge it from here
NEGLIGIBLE = 1e-15  # of the change of f over a unit: less than this is not worth a step


def is_stationary(case: Case) -> bool:
    """First order: is the gradient left explained by error, noise and convergence.

    With the modulus Newton step p = -|H|^{-1} g: the gradient is within its error; or the
    fall it promises, g'|H|^{-1}g/2, cannot be told from noise; or p is short compared with
    the unit, and the Hessian does not change over the distance |p|.
    """
    model = case.known
    case.near_degenerate = False
    leaving = [i for i in case.weak if case.pull(i) != 0.0]
    rows = sorted(case.free + leaving)
    case.step = np.zeros(case.n)
    if not rows:
        case.certified = True
        return True
    key = "free" if rows == case.free else "rows"
    spectrum = case.spectra[key] if key == "free" else Spectrum.of(model.H, model.E, rows, case.n)
    residual = np.array([case.pull(i) if i in rows else 0.0 for i in range(case.n)])
    size = np.maximum(np.abs(spectrum.values), max(spectrum.tau, 1e-300))
    slopes = spectrum.vectors.T @ residual
    case.step = -spectrum.vectors @ (slopes / size)
    case.move = float(np.max(np.abs(case.step) / case.land.unit))
    fall = case.fall = 0.5 * float(slopes @ (slopes / size))
    case.certified = _certify(case, spectrum, slopes, size, rows)
    beyond = [abs(residual[i]) > model.g_error[i] for i in rows]
    if not any(beyond) or fall <= 4.0 * case.blur:
        return True
    if case.move <= CONVERGED and case.certified:
        return True
    # Close to a point where the Hessian is singular no Newton step is trustworthy; the
    # probing of the degenerate row decides.
    coarse = float((np.abs(case.step) / case.guess).max())
    close = coarse <= CLOSE and not case.certified and spectrum.negative == 0
    case.near_degenerate = close and _descends_to_a_power(case, case.step)
    return case.near_degenerate


def _descends_to_a_power(case: Case, p: Vector) -> bool:
    """Whether f along the Newton step p is K s^q + const, q > 2, with s counted from its bottom.

    Of such a function the third derivative times the first, over the second squared, is
    (q - 2)/(q - 1), and the bottom is at (q - 1) p: there f is lower by (q - 1)/q of what the
    slope promises, and as far beyond it f is what it is here.
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
    promised = line.first * m / (m + 1.0)  # negative: p goes down
    doubt = 0.1 * abs(promised) + 4.0 * case.blur
    return bool(abs(bottom - promised) <= doubt and abs(beyond) <= doubt)


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
    # |x|^3 reaches 1/2 at every x without having a regular minimum anywhere: keep away from it.
    return rho * eta <= 0.35 * weakest


def slope_is_large(case: Case) -> bool:
    """Whether the slope along one variable alone rules out a stationary point nearby."""
    model = case.known
    negligible = NEGLIGIBLE * 0.5 * float(np.max(np.abs(np.diag(model.H)) * case.near**2))
    for axis in case.axes:
        i = axis.i
        g = case.pull(i)
        if abs(g) * case.near[i] <= negligible:
            continue
        bound = model.E[i, i] if math.isfinite(model.E[i, i]) else math.inf
        reach = 1e-2 * case.guess[i] * (abs(model.H[i, i]) + bound)
        if abs(g) > model.g_error[i] + reach:
            return True
    return False


def in_a_valley(case: Case) -> bool:
    """Whether nothing but the last 1e-15 of the change of f is left to fall, in a valley.

    A valley is known by curvatures, in units, that are nothing beside the others.  No stopping
    rule could have used such a fall, so from here on it counts as noise.
    """
    model, rows, unit = case.known, case.free, case.near
    assert case.step is not None
    curved = bool(rows) and case.spectrum.positive == len(rows)
    if curved and case.stationary and case.certified:
        return False  # an ordinary minimum, however long and narrow
    if case.weak or len(rows) < 2 or np.any(np.abs(case.step) > unit):
        return False
    variation = 0.5 * float(np.max(np.abs(np.diag(model.H)) * unit**2))
    if case.fall > NEGLIGIBLE * variation or not case.slope_is_significant():
        return False
    coarse = Spectrum.of(model.H, model.E, rows, case.n, unit[rows], 100.0 * NEGLIGIBLE)
    if not coarse.null or coarse.negative or coarse.unknown:
        return False
    case.spectra["free"], case.floor = coarse, case.fall
    case.land.unit, case.move = unit, 0.0
    return True


def look_from_afar(case: Case) -> None:
    """Take up the wider units again: only at a distance does a degenerate point look so."""
    assert case.step is not None
    case.land.unit = case.guess
    case.move = float(np.max(np.abs(case.step) / case.guess))
