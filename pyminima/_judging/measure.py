"""The measuring steps of a case, in their order: value, noise, slopes, bounds, Hessian, units.

Each evaluates f as it needs to and puts what it found into the case, frozen.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from .axes import WIDEST_STEP, Axis, Character, measure_axes, measure_contradiction, sharpen_axes
from .case import CONVERGED, ActiveSet, Case, Curvatures
from .classification import Matrix
from .derivatives import Model, gradient_model, hessian_from_gradients, hessian_from_values
from .landscape import EPS
from .noise import noise_around
from .spectrum import SAFETY, Spectrum
from .stationarity import find_valley, measure_first_order

Given = tuple[Matrix, Matrix]  # the user's Hessian, and its error

HIDDEN = 0.1  # of its error: an entry of the Hessian that is smaller is rounding
NEAR_ENOUGH = 1e3  # times what the largest row would change by over the Newton step


def evaluate_here(case: Case) -> None:
    """Measure the value, and the user's gradient, at x."""
    was_given = case.uses_gradient
    case.uses_gradient = case.land.evaluate_here(was_given)
    if was_given and not case.uses_gradient and math.isfinite(case.land.f0):
        case.journal.note("the gradient given is not finite and was not used")


def measure_noise(case: Case) -> None:
    """Measure the noise of one evaluation."""
    case.journal.begin("measuring the noise")
    case.noise = noise_around(case.land, case.uses_gradient)


def measure_slopes(case: Case) -> None:
    """Measure the gradient and the diagonal of the Hessian, with a step for each variable."""
    case.journal.begin("measuring the gradient")
    assert case.noise is not None
    _measure_axes(case)
    if case.uses_gradient and measure_contradiction(case.land, case.noise, case.axes):
        refuse_gradient(case)
        case.noise = noise_around(case.land, False)
        _measure_axes(case)
    _measure_units(case)


def refuse_gradient(case: Case) -> None:
    """Go on without the user's gradient: it contradicts the values."""
    case.uses_gradient = False
    case.journal.note("the gradient given contradicts the values and was not used")


def _measure_axes(case: Case) -> None:
    assert case.noise is not None
    case.axes = measure_axes(case.land, case.noise, case.uses_gradient)
    case.model = gradient_model(case.land, case.noise, case.axes)


def _measure_units(case: Case) -> None:
    """Correct the guessed units by the lengths over which the curvatures hold.

    Only towards caution where f is regular: a shorter unit demands a better converged point.
    A parabola has no length of its own and keeps the guessed unit.  Where f does not change within
    the guessed unit, that is lengthened until it does.
    """
    land, unit, guess = case.land, case.widened_unit.copy(), case.widened_unit.copy()
    for axis in case.axes:
        i = axis.i
        if land.given[i]:
            continue
        if axis.character is Character.SMOOTH:
            unit[i] = min(unit[i], axis.step * axis.line.reach)
        if land.guessed[i] and axis.step > WIDEST_STEP * guess[i]:
            unit[i] = guess[i] = axis.step / WIDEST_STEP
    land.unit, case.widened_unit = unit, guess


def sort_variables(case: Case) -> None:
    """Sort the variables into free ones and those at a strongly or a weakly active bound.

    A bound is strongly active if its multiplier is positive beyond its error, and if the curvature
    cannot make up for it within a step.
    """
    free, weak, doubtful, strong = [], [], [], []
    for axis in case.axes:
        i = axis.i
        if not (case.at_lower[i] or case.at_upper[i]):
            free.append(i)
            continue
        # `first` and `second` are taken inwards: a positive multiplier holds the variable.
        held = axis.line.first > axis.line.first_error
        dominates = axis.line.first > abs(axis.line.second)
        if held and dominates:
            strong.append(i)
        else:
            weak.append(i)
            if held:
                doubtful.append(i)
    case.active = ActiveSet(tuple(free), tuple(weak), tuple(doubtful), tuple(strong))


def hessian_cost(case: Case) -> int:
    """Evaluations that the elements off the diagonal of the Hessian take."""
    k = len(case.rows)
    return 0 if case.uses_gradient or case.land.has_curvature else 2 * k * (k - 1)


def measure_hessian(case: Case) -> None:
    """Measure the Hessian over the rows, its signs, and the Newton step that goes with it.

    The Hessian is the user's, or from gradients, or from values.
    """
    case.journal.begin("measuring the Hessian")
    given = _hessian_given(case) if case.land.has_curvature else None
    _take(case, _with_hessian(case, case.known, given))
    case.first_order = measure_first_order(case)
    _sharpen_dull(case, given)
    if small := _small_rows(case):
        blurred = _blurred_by_distance(case, small)
        if blurred is not None:
            _take(case, blurred)
            case.first_order = measure_first_order(case)


def _sharpen_dull(case: Case, given: Given | None) -> None:
    """Shorter steps where truncation may hide the sign of a curvature."""
    spectrum = case.spectrum
    regular = case.newton.certified or spectrum.negative > 0
    if case.newton.stationary and regular and not spectrum.null:
        return
    dull = _dull_axes(case, given)
    if not dull:
        return
    before = case.axes, case.model, case.curvatures
    assert case.noise is not None
    sharp = {axis.i: axis for axis in sharpen_axes(case.land, case.noise, dull, case.uses_gradient)}
    axes = [sharp.get(axis.i, axis) for axis in case.axes]
    _take(case, _with_hessian(case, gradient_model(case.land, case.noise, axes), given))
    case.axes = axes
    if case.spectrum.null >= max(spectrum.null, 1):
        # Curvatures vanish even so: take up the wide steps again, which probing needs.
        case.axes, case.model, case.curvatures = before
    case.first_order = measure_first_order(case)


def _with_hessian(case: Case, model: Model, given: Given | None) -> Model:
    """The model with its Hessian over the rows."""
    assert case.noise is not None
    rows = case.rows
    if given is not None:
        H, E, block = model.H.copy(), model.E.copy(), np.ix_(rows, rows)
        H[block], E[block] = (matrix[block] for matrix in given)
        thirds = model.thirds
    elif case.uses_gradient:
        H, E, thirds = hessian_from_gradients(model, rows)
    else:
        H, E, thirds = hessian_from_values(case.land, case.noise, model, rows)
    # Rounding in them would turn the directions without curvature, and so what is measured there.
    hidden = np.abs(H) <= HIDDEN * E
    np.fill_diagonal(hidden, False)
    H[hidden] = 0.0
    return replace(model, H=H, E=E, thirds=thirds)


def _take(case: Case, model: Model) -> None:
    """Put a model into the case, and the signs of its curvatures."""
    rows, free = case.rows, list(case.active.free)
    whole = Spectrum.of(model.H, model.E, rows, case.n)
    inner = None
    if free:
        inner = whole if free == rows else Spectrum.of(model.H, model.E, free, case.n)
    case.model, case.curvatures = model, Curvatures(whole, inner)


def _small_rows(case: Case) -> list[int]:
    """Rows that the change of the Hessian over the Newton step may explain; none if unaffordable.

    Within a unit the Hessian may change by its own size; `E` bounds its error at x only, and the
    verdict is about the stationary point near x.
    """
    if not (case.uses_gradient and case.newton.move <= CONVERGED and case.affordable(4)):
        return []
    rows, unit = case.rows, case.land.unit[case.rows]
    size = np.abs(unit[:, None] * case.known.H[rows][:, rows] * unit).max(axis=1)
    small = (size > 0.0) & (size <= NEAR_ENOUGH * case.newton.move * size.max())
    return [rows[k] for k in np.flatnonzero(small)]


def _blurred_by_distance(case: Case, small: list[int]) -> Model | None:
    """The model with larger errors of small rows: what they change by over the Newton step.

    None if no such change is seen.

    From four gradients, T = H' p along a random vector v of these variables: row i of T, weighed by
    the steps, is about as long as (T v)_i.
    """
    land, model = case.land, case.known
    steps = np.array([model.step(i) for i in small])
    d, v = case.one_step(case.newton.step), np.zeros(case.n)
    v[small] = steps * land.signs(len(small)) * land.rng.uniform(0.5, 1.0, len(small))
    if min(land.room(s * d + t * v) for s in (1.0, -1.0) for t in (1.0, -1.0)) < 1.0:
        return None
    signs = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    G = land.gradients(land.x + signs @ np.array([d, v]))[1]
    part = float(np.max(np.abs(case.newton.step)) / np.max(np.abs(d)))
    change = 0.25 * part * np.abs(G[0] - G[1] - G[2] + G[3])[small] * steps
    if not (np.all(np.isfinite(change)) and change.any()):
        return None
    E = model.E.copy()
    E[np.ix_(small, small)] += SAFETY * np.minimum.outer(change, change) / np.outer(steps, steps)
    return replace(model, E=E)


def _dull_axes(case: Case, given: Given | None) -> list[Axis]:
    """Axes whose error is truncation that a shorter step would lessen; none if unaffordable.

    Two per cent of a curvature is enough unless curvatures nearly cancel in some direction.
    """
    if case.uses_gradient and given is not None:
        return []
    axes = [axis for axis in case.axes if axis.i in case.rows and axis.can_be_sharper]
    reserve = 4 * case.n + 20  # for what comes after
    return axes if case.affordable(4 * len(axes) + hessian_cost(case) + reserve) else []


def _hessian_given(case: Case) -> Given | None:
    """The user's Hessian with its error, if its diagonal agrees with the differences."""
    model, rows = case.known, case.rows
    given = case.land.hessian(rows)
    diagonal, measured = np.diag(given)[rows], np.diag(model.H)[rows]
    error = np.diag(model.E)[rows]
    if not np.all(np.isfinite(given[np.ix_(rows, rows)])) or np.any(
        np.abs(diagonal - measured) > 2.0 * error + 1e-3 * np.abs(measured)
    ):
        case.journal.note("the Hessian given contradicts the values and was not used")
        return None
    size = np.sqrt(np.abs(np.outer(np.diag(given), np.diag(given))))
    error_given = np.abs(given - given.T) + 16.0 * EPS * (size + np.abs(given))
    return (given + given.T) / 2.0, error_given


def choose_units(case: Case) -> None:
    """Choose the units for what follows: longer ones in a valley and near a degenerate point.

    That a point is degenerate shows only over longer steps.
    """
    case.valley = find_valley(case)
    if case.valley is not None:
        case.land.unit = case.initial_unit
        case.first_order = replace(case.newton, move=0.0)
    elif case.newton.near_degenerate:
        case.land.unit = case.widened_unit
        coarse = float(np.max(np.abs(case.newton.step) / case.widened_unit))
        case.first_order = replace(case.newton, move=coarse)
