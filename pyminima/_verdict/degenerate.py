"""The row of vanishing curvatures: the values along them decide."""

from __future__ import annotations

import numpy as np

from .case import Case, Verdict
from .classification import Point, Vector
from .landscape import EPS
from .noise import SIGMAS
from .plateau import plateau
from .rays import Ray, flat_means_flat, noise_is_large, null_rays
from .stationarity import CONVERGED


def degenerate(case: Case) -> Verdict:
    """Some curvatures vanish within error: the values themselves have to decide."""
    case.stage = "probing directions without curvature"
    spectrum, land = case.spectrum, case.land
    radii, rays = null_rays(case, spectrum)
    seen = [r.ray for r in rays]
    k = max(spectrum.null, 1)
    text = (
        f"the gradient is {case.gradient_text()}, {spectrum.null} of "
        f"{len(spectrum.values)} curvatures are zero within {spectrum.tau:.1g} (scaled)"
    )
    around = f"at {radii[0]:.2g} to {radii[-1]:.2g} units"
    drops = [r for r in rays if r.ray is Ray.DROPS]
    rises = [r for r in rays if r.ray is Ray.RISES]
    powers = [r.power for r in rays if r.power is not None]
    lower = land.best_f < land.f0 - 4.0 * case.blur
    witness = land.best_x if lower else None
    if drops and noise_is_large(case, rays):
        # Not a vanishing curvature but an unmeasured one, and radii that reach too far.
        return Verdict(
            Point.UNDETERMINED,
            f"undetermined: {text}; noise of {case.blur / SIGMAS:.1g} hides what is nearby",
            witness=witness,
        )
    if drops and case.noise and case.noise.constant_radius and not np.any(case.known.H):
        return Verdict(
            Point.UNDETERMINED,
            f"undetermined: {text}; close to x all values are equal, farther out some are lower",
            witness=witness,
        )
    if drops:
        if case.move > CONVERGED and case.slope_is_significant():
            return _not_so_degenerate(case, text, "falls nearby", witness)
        if min(powers, default=2.0) < 1.5 and spectrum.null:
            return _not_so_degenerate(case, text, "changes linearly", witness)
        if not spectrum.null:
            return _not_so_degenerate(case, text, "falls along the weakest curvature", witness)
        if spectrum.positive == 0 and not case.strong and len(drops) == len(rays):
            return Verdict(
                Point.LOCAL_MAXIMUM,
                f"local maximum: {text}, and the objective falls along all {len(rays)} "
                f"directions probed {around}",
                witness=witness,
            )
        if k == 1 and len(drops) == 1 and len(rises) == 1:
            return Verdict(
                Point.INFLECTION,
                f"inflection: {text}; along that direction the objective falls on one side "
                f"and rises on the other {around}",
                witness=witness,
            )
        if rises or spectrum.positive:
            return Verdict(
                Point.SADDLE,
                f"saddle point (degenerate): {text}; the objective falls along {len(drops)} "
                f"of {len(rays)} directions probed {around}",
                witness=witness,
            )
    elif seen and all(ray is Ray.RISES for ray in seen):
        if min(powers, default=0.0) > (2.5 if spectrum.null else 3.3):
            return Verdict(
                Point.DEGENERATE_MINIMUM,
                f"degenerate minimum (numerical): {text}; the objective rises along all "
                f"{len(rays)} directions probed {around}, with power "
                f"{min(powers):.2g} of the distance",
            )
        if not spectrum.null:
            return _not_so_degenerate(case, text, "rises like a parabola farther out", witness)
    elif set(seen) == {Ray.FLAT} and spectrum.null == case.land.movable.sum():
        if 4.0 * case.blur <= 1e3 * EPS * abs(land.f0):
            return plateau(case)
    elif spectrum.null and _flat_both_ways(seen) and flat_means_flat(case, rays):
        return Verdict(
            Point.FLAT_VALLEY,
            f"flat valley: {text}; the objective is constant within {4 * case.blur:.1g} along "
            f"{seen.count(Ray.FLAT)} of {len(rays)} directions probed {around} and falls "
            "along none",
        )
    return Verdict(
        Point.UNDETERMINED,
        f"undetermined: {text}, and probing {around} shows no definite behaviour "
        f"({', '.join(sorted(set(seen)))})",
        witness=witness,
    )


def _not_so_degenerate(case: Case, text: str, how: str, witness: Vector | None) -> Verdict:
    """Close to a degenerate point by the numbers, but the values say otherwise."""
    if case.move > 0 and case.slope_is_significant():
        return Verdict(
            Point.NOT_STATIONARY,
            f"not stationary: {text}; the objective {how}",
            witness=witness,
        )
    return Verdict(
        Point.UNDETERMINED, f"undetermined: {text}; the objective {how}", witness=witness
    )


def _flat_both_ways(seen: list[Ray]) -> bool:
    """Whether some direction is flat on both sides, and none falls or is unclear."""
    half = len(seen) // 2  # `null_directions` lists every direction and then every opposite
    pairs = zip(seen[:half], seen[half:], strict=True)
    return set(seen) <= {Ray.FLAT, Ray.RISES} and any(a == b == Ray.FLAT for a, b in pairs)
