"""The measuring steps of a case, in their order: value, noise, slopes, bounds, Hessian."""

from __future__ import annotations

import math

import numpy as np

from .axes import WIDEST_STEP, Axis, Character, measure_axes, measure_contradiction, sharpen_axes
from .case import CONVERGED, Case
from .classification import Matrix
from .derivatives import fill_from_gradients, fill_from_values, gradient_model
from .landscape import EPS
from .noise import noise_around
from .spectrum import SAFETY, Spectrum
from .stationarity import is_stationary

HIDDEN = 0.1  # of the error of an entry of the Hessian: less is an accident of rounding
NEAR_ENOUGH = 1e3  # times what the largest row would change by over the Newton step


def evaluate_here(case: Case) -> bool:
    """Evaluate x; False if there is no finite value."""
    land, X = case.land, case.land.x[None, :]
    if case.exact:
        F, G = land.gradients(X)
        land.f0, land.g0 = float(F[0]), G[0]
    if not case.exact or not np.all(np.isfinite(G[0])):
        # Where a gradient is not finite, the value that comes with it counts for nothing.
        land.f0, land.g0 = float(land.values(X)[0]), None
    finite = math.isfinite(land.f0)
    if case.exact and land.g0 is None:
        case.exact = False
        if finite:
            case.notes.append("the gradient given is not finite and was not used")
    return finite


def measure_noise(case: Case) -> None:
    """Noise of one evaluation."""
    case.stage = "measuring the noise"
    case.noise = noise_around(case.land, case.exact)


def measure_slopes(case: Case) -> None:
    """Steps, gradient, and the diagonal of the Hessian."""
    case.stage = "measuring the gradient"
    assert case.noise is not None
    _measure_axes(case)
    if case.exact and measure_contradiction(case.land, case.noise, case.axes):
        case.exact = False
        case.notes.append("the gradient given contradicts the values and was not used")
        case.noise = noise_around(case.land, False)
        _measure_axes(case)
    _measure_units(case)


def _measure_axes(case: Case) -> None:
    assert case.noise is not None
    case.axes = measure_axes(case.land, case.noise, case.exact)
    case.model = gradient_model(case.land, case.noise, case.axes)


def _measure_units(case: Case) -> None:
    """Correct the guessed units by the lengths over which the curvatures hold.

    Only towards caution where f is regular: a shorter unit asks for a better converged point.
    A parabola has no length of its own and keeps the guess.  Where nothing changes within
    the guess, the unit is so long that something does.
    """
    land, unit = case.land, case.guess.copy()
    for axis in case.axes:
        i = axis.i
        if land.given[i]:
            continue
        if axis.character is Character.SMOOTH:
            unit[i] = min(unit[i], axis.step * axis.line.reach)
        if land.guessed[i] and axis.step > WIDEST_STEP * case.guess[i]:
            unit[i] = case.guess[i] = axis.step / WIDEST_STEP
    land.unit = unit


def sort_variables(case: Case) -> None:
    """Free variables; strongly active bounds; weakly active ones, a sign beyond error."""
    for axis in case.axes:
        i = axis.i
        if not (case.at_lower[i] or case.at_upper[i]):
            case.free.append(i)
            continue
        # `first` and `second` are taken inwards: a positive multiplier holds the variable.
        held = axis.line.first > axis.line.first_error
        dominates = axis.line.first > abs(axis.line.second)
        if held and dominates:
            case.strong.append(i)
        else:
            case.weak.append(i)
            if held:
                case.doubtful.append(i)


def hessian_cost(case: Case) -> int:
    """Evaluations the rest of the Hessian takes."""
    k = len(case.rows)
    return 0 if case.exact or case.land.has_curvature else 2 * k * (k - 1)


def measure_hessian(case: Case) -> None:
    """The Hessian over the rows: the user's, or from gradients, or from values."""
    case.stage = "measuring the Hessian"
    if case.land.has_curvature:
        case.given = _hessian_given(case)
    _fill_hessian(case)
    case.stationary = is_stationary(case)
    _sharpen_dull(case)
    if (small := _small_rows(case)) and _blur_by_distance(case, small):
        _take_spectra(case)
        case.stationary = is_stationary(case)


def _sharpen_dull(case: Case) -> None:
    """Shorter steps where truncation may hide the sign of a curvature."""
    spectrum = case.spectrum
    regular = case.certified or spectrum.negative > 0
    if (case.stationary and regular and not spectrum.null) or not (dull := _dull_axes(case)):
        return
    before = case.model, dict(case.spectra), case.axes
    _sharpen(case, dull)
    if case.spectrum.null >= max(spectrum.null, 1):
        # Curvatures that vanish in earnest: probing needs wide steps.
        case.model, case.spectra, case.axes = before
    case.stationary = is_stationary(case)


def _fill_hessian(case: Case) -> None:
    assert case.noise is not None
    model, rows = case.known, case.rows
    if case.given is not None:
        block = np.ix_(rows, rows)
        model.H[block], model.E[block] = (matrix[block] for matrix in case.given)
    elif case.exact:
        fill_from_gradients(model, rows)
    else:
        fill_from_values(case.land, case.noise, model, rows)
    # It would tilt the directions without curvature, and what is seen along them.
    hidden = np.abs(model.H) <= HIDDEN * model.E
    np.fill_diagonal(hidden, False)
    model.H[hidden] = 0.0
    _take_spectra(case)


def _take_spectra(case: Case) -> None:
    model, rows = case.known, case.rows
    case.spectra["rows"] = Spectrum.of(model.H, model.E, rows, case.n)
    if case.free and case.free != rows:
        case.spectra["free"] = Spectrum.of(model.H, model.E, case.free, case.n)
    elif case.free:
        case.spectra["free"] = case.spectra["rows"]


def _small_rows(case: Case) -> list[int]:
    """Rows so small that the Newton step may be what they are made of; none if unaffordable.

    Within a unit the Hessian may change by its own size; what is measured is known by `E` only
    for x, and the verdict is about the stationary point near it.
    """
    if not (case.exact and case.move <= CONVERGED and case.affordable(4)):
        return []
    rows, unit = case.rows, case.land.unit[case.rows]
    size = np.abs(unit[:, None] * case.known.H[rows][:, rows] * unit).max(axis=1)
    small = (size > 0.0) & (size <= NEAR_ENOUGH * case.move * size.max())
    return [rows[k] for k in np.flatnonzero(small)]


def _blur_by_distance(case: Case, small: list[int]) -> bool:
    """Add to the errors of small rows what they change by over the Newton step, if it is seen.

    From four gradients, T = H' p along a random vector v of these variables: row i of T, weighed by
    the steps, is about as long as (T v)_i.
    """
    land, model = case.land, case.known
    assert case.step is not None
    steps = np.array([model.step(i) for i in small])
    d, v = case.one_step(case.step), np.zeros(case.n)
    v[small] = steps * land.signs(len(small)) * land.rng.uniform(0.5, 1.0, len(small))
    if min(land.room(s * d + t * v) for s in (1.0, -1.0) for t in (1.0, -1.0)) < 1.0:
        return False
    signs = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    G = land.gradients(land.x + signs @ np.array([d, v]))[1]
    part = float(np.max(np.abs(case.step)) / np.max(np.abs(d)))
    change = 0.25 * part * np.abs(G[0] - G[1] - G[2] + G[3])[small] * steps
    if not np.all(np.isfinite(change)):
        return False
    model.E[np.ix_(small, small)] += (
        SAFETY * np.minimum.outer(change, change) / np.outer(steps, steps)
    )
    return bool(change.any())


def _dull_axes(case: Case) -> list[Axis]:
    """Axes whose error is truncation that a shorter step would lessen; none if unaffordable.

    Two per cent of a curvature is enough unless curvatures nearly cancel in some direction.
    """
    if case.exact and case.given is not None:
        return []
    axes = [axis for axis in case.axes if axis.i in case.rows and axis.can_be_sharper]
    reserve = 4 * case.n + 20  # for what comes after
    return axes if case.affordable(4 * len(axes) + hessian_cost(case) + reserve) else []


def _sharpen(case: Case, axes: list[Axis]) -> None:
    assert case.noise is not None
    sharp = {axis.i: axis for axis in sharpen_axes(case.land, case.noise, axes, case.exact)}
    case.axes = [sharp.get(axis.i, axis) for axis in case.axes]
    case.model = gradient_model(case.land, case.noise, case.axes)
    _fill_hessian(case)


def _hessian_given(case: Case) -> tuple[Matrix, Matrix] | None:
    """The user's Hessian and its error, if its diagonal agrees with the differences."""
    model, rows = case.known, case.rows
    given = case.land.hessian(rows)
    diagonal, measured = np.diag(given)[rows], np.diag(model.H)[rows]
    error = np.diag(model.E)[rows]
    if not np.all(np.isfinite(given[np.ix_(rows, rows)])) or np.any(
        np.abs(diagonal - measured) > 2.0 * error + 1e-3 * np.abs(measured)
    ):
        case.notes.append("the Hessian given contradicts the values and was not used")
        return None
    size = np.sqrt(np.abs(np.outer(np.diag(given), np.diag(given))))
    error_given = np.abs(given - given.T) + 16.0 * EPS * (size + np.abs(given))
    return (given + given.T) / 2.0, error_given
