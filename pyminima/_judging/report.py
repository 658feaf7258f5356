"""What is known of a point, as a classification and as what a run needs to go on."""

from __future__ import annotations

import math

import numpy as np

from .case import CONVERGED, Case, Ends, Verdict
from .classification import Classification, Evidence, Point, Vector
from .derivatives import best_central_steps
from .landscape import FIRST_STEP
from .spectrum import Spectrum


def report(case: Case, verdict: Verdict) -> Evidence:
    """The verdict with the numbers that support it."""
    land, model = case.land, case.model
    spectrum = _reported_spectrum(case)
    witness = verdict.witness
    lowest = case.lower_point()
    if witness is None and verdict.point is Point.NOT_STATIONARY:
        witness = lowest
    escape = None
    if witness is not None:
        length = float(np.linalg.norm(witness - land.x))
        escape = (witness - land.x) / length if length > 0 else None
    ends = case.ends or Ends()
    values = ends.values if spectrum is None else spectrum.user_values
    given = land.g0 if case.uses_gradient and case.noise is not None else None
    gradient = given if model is None else model.g
    norm, error = (None, None) if gradient is None else case.gradient_norm()
    reason = verdict.reason
    if case.journal.notes:
        reason += f" ({'; '.join(case.journal.notes)})"
    sigma = case.sigma
    x, f, hessian = land.x, land.f0, None
    if spectrum is not None and model is not None:
        hessian = model.H
    if verdict.point is Point.LOCAL_MINIMUM and case.distance(land.best_x) <= CONVERGED:
        # A lower point as near as this is the same minimum.
        x, f, lowest = land.best_x, land.best_f, None
        if gradient is not None and hessian is not None:
            gradient = gradient + hessian @ (x - land.x)
    classification = Classification(
        kind=verdict.point.kind,
        point=verdict.point,
        index=verdict.index,
        eigenvalues=values,
        eigenvalue_error=ends.error if spectrum is None else spectrum.user_error,
        gradient_norm=norm,
        gradient_error=error,
        noise=sigma if case.noise is not None else None,
        active=case.at_lower | case.at_upper | ~land.movable,
        witness=witness,
        escape_direction=escape,
        sharpness=None if values is None else float(values[-1]),
        condition=_condition(values),
        trace=ends.trace if values is None or spectrum is None else float(np.sum(values)),
        trace_error=ends.trace_error if spectrum is None else _trace_error(case, spectrum),
        n_evals=land.used,
        reason=reason,
    )
    axes = {} if model is None else model.axes
    return Evidence(
        classification=classification,
        x=x,
        f=f,
        gradient=gradient,
        hessian=hessian,
        curvatures=ends.curvatures if model is None else np.abs(np.diag(model.H)),
        noise=sigma,
        steps=best_central_steps(land, sigma, axes) if axes else FIRST_STEP * land.unit,
        witness=lowest if lowest is not None else witness,
    )


def _reported_spectrum(case: Case) -> Spectrum | None:
    """The spectrum over all variables that no multiplier holds, weakly active ones included."""
    if case.curvatures is None:
        return None
    return case.curvatures.rows if case.active.weak else case.spectrum


def _trace_error(case: Case, spectrum: Spectrum) -> float | None:
    return None if case.model is None else float(np.sum(np.diag(case.model.E)[spectrum.rows]))


def _condition(values: Vector | None) -> float | None:
    if values is None or not len(values):
        return None
    size = np.abs(values)
    return float(np.max(size) / np.min(size)) if np.min(size) > 0 else math.inf
