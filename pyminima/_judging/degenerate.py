"""The row of vanishing curvatures: the values along their directions decide."""

from __future__ import annotations

import numpy as np

from .case import CONVERGED, Case, Verdict, undetermined
from .classification import Point, Vector
from .landscape import EPS
from .noise import CLEAR, SIGMAS
from .plateau import plateau
from .rays import Ray, Walk, flat_means_flat, noise_is_large, null_rays

PLAIN = 1e6  # times a clear change
FARTHER = np.array([0.3, 1.0, 3.0, 10.0])  # units: beyond what is called near x


def degenerate(case: Case) -> Verdict:
    """Some curvatures vanish within error: the values themselves have to decide."""
    case.journal.begin("probing directions without curvature")
    spectrum, land = case.spectrum, case.land
    rays, complete = null_rays(case, spectrum)
    seen = [r.ray for r in rays]
    k = max(spectrum.null, 1)
    text = (
        f"the gradient is {case.gradient_text()}, {spectrum.null} of "
        f"{len(spectrum.values)} curvatures are zero within {spectrum.tau:.1g} (scaled)"
    )
    radii = [r for ray in rays for r in ray.seen]
    around = f"at {min(radii):.2g} to {max(radii):.2g} units" if radii else "next to x"
    drops = [r for r in rays if r.ray is Ray.DROPS]
    rises = [r for r in rays if r.ray is Ray.RISES]
    powers = [power for r in rays if (power := r.power) is not None]
    witness = case.lower_point()
    if drops and noise_is_large(case, rays):
        # The curvature was not found to vanish but not measured, and the radii reach too far.
        return undetermined(
            f"{text}; noise of {case.blur / SIGMAS:.1g} hides what is nearby",
            witness=witness,
        )
    hidden = bool(np.all(np.abs(case.known.H) <= case.known.E))
    if drops and case.noise and case.noise.constant_radius and hidden:
        return undetermined(
            f"{text}; close to x all values are equal, farther out some are lower",
            witness=witness,
        )
    if drops:
        if case.newton.move > CONVERGED and case.slope_is_significant():
            return _not_so_degenerate(case, text, "falls nearby", witness)
        if min(powers, default=2.0) < 1.5 and spectrum.null:
            return _not_so_degenerate(case, text, "changes linearly", witness)
        if not spectrum.null:
            return _not_so_degenerate(case, text, "falls along the weakest curvature", witness)
        if spectrum.positive == 0 and not case.active.strong and len(drops) == len(rays):
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
        # With noise the smallest radius of a clear change may be where another power takes over.
        if spectrum.positive or (rises and case.rounding_only):
            return Verdict(
                Point.SADDLE,
                f"saddle point (degenerate): {text}; the objective falls along {len(drops)} "
                f"of {len(rays)} directions probed {around}",
                witness=witness,
            )
    elif not complete:
        return undetermined(
            f"{text}; the evaluations granted do not suffice to look in all "
            f"directions, the objective falls along none of {len(rays)} probed {around}",
            witness=witness,
        )
    elif seen and all(ray is Ray.RISES for ray in seen):
        known = case.rounding_only or flat_means_flat(case, rays)
        if known and min(powers, default=0.0) > (2.5 if spectrum.null else 3.3):
            return Verdict(
                Point.DEGENERATE_MINIMUM,
                f"degenerate minimum (numerical): {text}; the objective rises along all "
                f"{len(rays)} directions probed {around}, with power "
                f"{min(powers):.2g} of the distance",
            )
        if not spectrum.null:
            return _not_so_degenerate(case, text, "rises like a parabola farther out", witness)
    elif set(seen) == {Ray.FLAT} and spectrum.null == case.land.movable.sum():
        if CLEAR * case.blur <= 1e3 * EPS * abs(land.f0):
            return plateau(case)
    elif spectrum.null and _measure_flatness(case, rays) and flat_means_flat(case, rays):
        return Verdict(
            Point.FLAT_VALLEY,
            f"flat valley: {text}; the objective is constant within {CLEAR * case.blur:.1g} along "
            f"{seen.count(Ray.FLAT)} of {len(rays)} directions probed {around} and falls "
            "along none",
        )
    return undetermined(
        f"{text}, and probing {around} shows no definite behaviour "
        f"({', '.join(sorted(set(seen)))})",
        witness=witness,
    )


def _not_so_degenerate(case: Case, text: str, how: str, witness: Vector | None) -> Verdict:
    """The derivatives are those next to a degenerate point, but the values are not."""
    converged = (
        case.newton.move <= CONVERGED
        and case.newton.decrease <= CLEAR * case.blur
        and witness is None
    )
    if case.newton.move > 0 and case.slope_is_significant() and not converged:
        return Verdict(
            Point.NOT_STATIONARY,
            f"not stationary: {text}; the objective {how}",
            witness=witness,
        )
    return undetermined(f"{text}; the objective {how}", witness=witness)


def _measure_flatness(case: Case, rays: list[Walk]) -> bool:
    """Whether some direction is flat on both sides, and none falls or is unclear.

    Flat on both sides and, farther along the straight line, changing on one of them only: that
    is a slope which levels off, exp(-x), and whether it ends in a minimum is not known.
    """
    if not {ray.ray for ray in rays} <= {Ray.FLAT, Ray.RISES}:
        return False
    flat = [ray for ray in rays if ray.ray is Ray.FLAT]
    pairs = [(a, b) for k, a in enumerate(flat) for b in flat[:k] if np.allclose(a.d, -b.d)]
    known = [a.d for a, b in pairs if _far_enough(a, b)]
    return bool(known) and not any(_measure_farther(case, d) for d in known)


def _far_enough(ahead: Walk, behind: Walk) -> bool:
    """Whether a change would have been seen if there were one.

    Where the unit is only a guess, all of its possible lengths have been walked; or the floor of
    the valley is seen to be curved, to the same side ahead and behind, by changes of f on the
    straight line that leave room for much smaller ones to be seen along the floor.
    """
    if min(max(ahead.seen) / ahead.most, max(behind.seen) / behind.most) > 0.2:
        return True
    plain = min(ahead.straight, behind.straight) > PLAIN * CLEAR * ahead.near
    if ahead.bend is None or behind.bend is None or not plain:
        return False
    return bool(np.linalg.norm(ahead.bend + behind.bend) > np.linalg.norm(ahead.bend - behind.bend))


def _measure_farther(case: Case, d: Vector) -> bool:
    """Whether f, constant near x, changes farther ahead along d or farther behind, but not both."""
    land = case.land
    changes = []
    for way in (d, -d):
        radii = FARTHER[land.room(way) >= FARTHER]
        rises = land.values(land.x + radii[:, None] * way) - land.f0
        changes.append(bool(np.any(np.abs(rises) > CLEAR * case.blur)))
    return changes[0] != changes[1]
