"""The verdict: what kind of point x is, decided by measured derivatives and witnesses.

`decide` is the decision table: one row per line, the first condition that holds names the
function that gives the verdict.  The conditions are the necessary and sufficient ones of Nocedal
& Wright, "Numerical Optimization" (2006), theorems 12.5 and 12.6, for a box; every number in them
carries an error bound, and a claim is made only where the number exceeds its bound.
"""

from __future__ import annotations

import math

import numpy as np

from .case import LARGEST_DENSE, Case, Verdict, default_cap, least_cap
from .classification import Evidence, Point, Vector
from .curvature import negative_curvature, positive_curvature
from .degenerate import degenerate
from .kinks import barrier, has_barrier, has_kink, nonsmooth
from .landscape import BudgetSpent, Evaluations
from .large import many_variables, still_falling, too_large
from .measure import (
    choose_units,
    evaluate_here,
    hessian_cost,
    measure_hessian,
    measure_noise,
    measure_slopes,
    sort_variables,
)
from .measure_large import measure_descent
from .plateau import (
    measure_variation,
    not_finite_here,
    nothing_measurable,
    out_of_range,
    plateau,
    spent,
)
from .report import report
from .slopes import all_fixed, not_stationary, vertex
from .stationarity import slope_is_large
from .weakly_active import descent_beyond_doubt, weakly_active

__all__ = ["classify_point", "default_cap", "least_cap"]


def classify_point(
    evaluations: Evaluations,
    x: Vector,
    f: float | None = None,
    *,
    lower: Vector,
    upper: Vector,
    max_evals: int | None = None,
    rng: np.random.Generator | None = None,
    scale: Vector | None = None,
    frugal: bool = False,
) -> Evidence:
    """Judge what kind of point x is.

    Parameters
    ----------
    evaluations : Evaluations
        The objective; every evaluation made here is counted by it.
    x : ndarray, shape (n,)
        The point, in the box.
    f : float, optional
        Its value.  x is evaluated again all the same: the lowest of many noisy values is too low.
    lower, upper : ndarray, shape (n,)
        The box; infinite entries are allowed, equal ones fix a variable.
    max_evals : int, optional
        Evaluations this may cost, by default `default_cap(n, evaluations.has_gradient)`.
    rng : numpy.random.Generator, optional
        For the directions of random probes; by default the same directions every time.
    scale : ndarray, shape (n,), optional
        Typical length of each variable, e.g. how far the run moved; by default the larger of
        ``abs(x)`` and 1, at most the width of the box; a guess of 1 is corrected by what is
        measured.  Steps do not depend on it, "near x" and "converged" do.
    frugal : bool, default False
        For a point that is likely not to be stationary, with a user's gradient: look first whether
        f falls as the gradient promises. The verdict then costs about a dozen evaluations, and its
        evidence has no curvatures.

    Returns
    -------
    Evidence
        Never an exception when evaluations run out or numbers overflow: the verdict is then
        `undetermined`.  What the user's functions raise passes.
    """
    errors = dict(np.geterr())
    with np.errstate(all="ignore"):
        case = Case.open(evaluations, x, lower, upper, max_evals, rng, scale, errors)
        try:
            verdict = decide(case, frugal)
            # A lower point remains one, whatever else was measured.
            shown = verdict.witness is not None or verdict.point is Point.UNDETERMINED
            if shown or case.is_finite():
                return report(case, verdict)
        except BudgetSpent:
            return report(case, spent(case))
        except (ArithmeticError, ValueError):  # `LinAlgError` is a ValueError
            if case.land.user_is_running:
                raise
        return report(case.without_derivatives(), out_of_range(case))


def decide(case: Case, frugal: bool = False) -> Verdict:
    """The decision table: the first row that applies is the verdict.

    Steps named `measure` evaluate f, in this order, and leave what they found in the case.
    """
    evaluate_here(case)
    if not math.isfinite(case.land.f0):
        return not_finite_here(case)
    if not case.land.movable.any():
        return all_fixed()

    if case.n > LARGEST_DENSE:
        return many_variables(case)
    measure_noise(case)
    if not measure_variation(case):
        return plateau(case)
    if frugal and case.uses_gradient and measure_descent(case):
        return still_falling(case)

    if not case.affordable(4 * case.n if not case.uses_gradient else 2 * case.n):
        return too_large(case)
    measure_slopes(case)
    if has_kink(case):
        return nonsmooth(case)
    if has_barrier(case):
        return barrier(case)
    if slope_is_large(case):
        return not_stationary(case)
    sort_variables(case)
    if not case.rows:
        strong = list(case.active.strong)
        return vertex(case.known.g[strong], case.known.g_error[strong])

    if not case.affordable(hessian_cost(case)):
        return too_large(case)
    measure_hessian(case)
    choose_units(case)
    if case.valley:
        return degenerate(case)
    newton, spectrum, active = case.newton, case.spectrum, case.active
    if not newton.stationary:
        return not_stationary(case)
    if spectrum.unknown:
        return nothing_measurable()
    if active.free and spectrum.negative:
        verdict = negative_curvature(case)
        if verdict.witness is None and active.weak:
            return descent_beyond_doubt(case) or verdict
        return verdict
    if active.weak:
        return descent_beyond_doubt(case) or weakly_active(case)
    if spectrum.null or newton.near_degenerate or not newton.certified:
        return degenerate(case)
    return positive_curvature(case)
