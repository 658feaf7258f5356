"""The noise of one evaluation, measured from a difference table."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .classification import Matrix, Vector
from .landscape import EPS, NEARBY, Landscape

CLEAR = 4.0  # times the error bound of one value: a difference of two values beyond it is real
SIGMAS = 3.0  # an error bound is this many standard errors: wrong once in 370 normal errors


@dataclass(frozen=True)
class Noise:
    """Standard error of one value, of each gradient component, and how far f is constant."""

    value: float
    gradient: Vector
    constant_radius: float = 0.0  # in units; 0 if f varies at the smallest spacing
    rounding_only: bool = False


def noise_around(land: Landscape, exact: bool) -> Noise:
    """Noise of one evaluation, from values along a short random line through x.

    The spacing is first so small that a smooth function is a polynomial of low degree on it.
    Where values coincide (a coarse number format, a plateau) it is widened.  Noise does not depend
    on the spacing and smooth variation does, so a large estimate is measured again with a smaller
    spacing, and that twice, because kinks may lie at two scales.
    """
    count = 4 if exact else 7
    d = short_direction(land)
    spacing, constant, found, found_g = 1e-6, 0.0, math.inf, np.full(land.n, math.inf)
    magnitude, grain, negligible = abs(land.f0), math.inf, 0.0
    again = False  # whether it was seen at two spacings
    for _ in range(6):
        X = land.x + spacing * np.arange(1, count + 1)[:, None] * d
        if exact:
            F, G = land.gradients(X)
            table_g = np.vstack([land.g0 if land.g0 is not None else G[:1], G])
        else:
            F = land.values(X)
            table_g = np.zeros((count + 1, land.n))
        F = np.append(land.f0, F)
        if not (np.isfinite(F).all() and np.isfinite(table_g).all()):
            spacing, d = spacing / 30.0, -d if land.room(-d) > 1e-3 else d
            continue
        magnitude = max(magnitude, float(np.max(np.abs(F))))
        levels = np.unique(F)
        if 1 < len(levels) <= count:
            grain = min(grain, float(np.min(np.diff(levels))))
        if len(levels) <= (count + 1) // 2:
            if math.isfinite(found):
                break  # already measured at a wider spacing: this one shows only the number format
            if np.ptp(F) == 0.0:
                constant = count * spacing
            if count * spacing >= NEARBY:
                break
            spacing = min(1e3 * spacing, NEARBY / count)
            continue
        sigma = table_noise(F[:, None])[0]
        if math.isfinite(found) and sigma > found / 10.0:
            found = max(found, sigma)  # the same at a hundredth of the spacing
            if exact:
                found_g = np.maximum(found_g, table_noise(table_g))
            if again:
                break
            again = True
            spacing /= 100.0
            continue
        found, again = sigma, False
        found_g = table_noise(table_g) if exact else found_g
        negligible = 1e-6 * float(np.ptp(F))
        if found <= max(64.0 * EPS * magnitude, negligible):
            break
        spacing /= 100.0
    value = max(found if math.isfinite(found) else 0.0, 0.5 * EPS * magnitude)
    rounding_only = value <= 64.0 * EPS * magnitude or found <= negligible
    if math.isfinite(grain):  # equal values show a coarse number format, which rounds to its grain
        value = max(value, 0.3 * grain)
    gradient = np.where(np.isfinite(found_g), found_g, 0.0)
    return Noise(float(value), gradient, constant, bool(rounding_only))


def short_direction(land: Landscape) -> Vector:
    """A random direction of about one unit, with room for NEARBY times its length."""
    side = np.where(
        np.isfinite(land.lower) | np.isfinite(land.upper),
        land.roomier_side(),
        land.signs(land.n),
    )
    # Far from the origin f may vary over lengths of |x| or of 1: between the two.
    length = np.where(land.given, land.unit, np.minimum(land.unit, np.sqrt(land.unit)))
    d = side * length * land.rng.uniform(0.5, 1.0, land.n) * land.movable
    room = land.room(d)
    return d if room >= NEARBY else d * (room / NEARBY)


def table_noise(T: Matrix) -> Vector:
    """Noise of each column of T, equally spaced samples, by Hamming's difference table.

    sigma_k^2 = (k!)^2/(2k)! * mean (difference of order k)^2 estimates the variance once k is
    large enough to annihilate the smooth part.  Take the first order at which three successive
    estimates agree within a factor of 4 and the differences change sign (ECnoise, section 3);
    without one, the smallest estimate, since the smooth part only adds.
    """
    tables, levels = [], []
    D = T
    for k in range(1, max(4, len(T) - 2)):
        D = D[1:] - D[:-1]
        gamma = math.factorial(k) ** 2 / (math.factorial(2 * k) * len(D))
        tables.append(D)
        levels.append(np.sqrt(gamma * (D * D).sum(axis=0)))
    S = np.array(levels)
    noise = S.min(axis=0)
    most = np.maximum(np.maximum(S[:-2], S[1:-1]), S[2:])
    close = most <= 4.0 * np.minimum(np.minimum(S[:-2], S[1:-1]), S[2:])
    for k in reversed(range(len(close))):
        if close[k].any():
            D = tables[k]
            agree = close[k] & (D.min(axis=0) < 0) & (D.max(axis=0) > 0)
            noise = np.where(agree, S[k], noise)
    return np.asarray(noise)
