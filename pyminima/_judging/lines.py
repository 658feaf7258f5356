"""A line through x: derivatives along it that know their error, from values or from gradients."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .classification import Matrix, Vector
from .landscape import EPS, Landscape
from .noise import SIGMAS, Noise

# Rows: first derivative, of higher and lower order; second, of higher and lower order; third.
# Columns: nodes -2 -1 0 1 2, and 0 1 2 3 4, of a step of length 1.
CENTRAL = np.array(
    [
        [1 / 12, -8 / 12, 0.0, 8 / 12, -1 / 12],
        [0.0, -0.5, 0.0, 0.5, 0.0],
        [-1 / 12, 16 / 12, -30 / 12, 16 / 12, -1 / 12],
        [0.0, 1.0, -2.0, 1.0, 0.0],
        [-0.5, 1.0, 0.0, -1.0, 0.5],
    ]
)
ONE_SIDED = np.array(
    [
        [-25 / 12, 48 / 12, -36 / 12, 16 / 12, -3 / 12],
        [-1.5, 2.0, -0.5, 0.0, 0.0],
        [35 / 12, -104 / 12, 114 / 12, -56 / 12, 11 / 12],
        [2.0, -5.0, 4.0, -1.0, 0.0],
        [-2.5, 9.0, -12.0, 7.0, -1.5],
    ]
)
LENGTHS = {False: np.linalg.norm(CENTRAL, axis=1), True: np.linalg.norm(ONE_SIDED, axis=1)}
NODES = {False: np.array([-2, -1, 1, 2]), True: np.array([1, 2, 3, 4])}


@dataclass(frozen=True, slots=True)
class Line:
    """What five points on the line x + t d tell about f, for t in steps of length 1.

    `first`, `second`, `third` are derivatives with respect to t; `bend` is the second difference
    and `exponent` the a in bend ~ |t|^a (2: quadratic, 1: kink, 4: quartic), None under the noise.
    """

    d: Vector
    one_sided: bool
    finite: bool = True
    first: float = 0.0
    first_error: float = math.inf
    first_spread: float = 0.0  # values only: how far two formulas of different order are apart
    second: float = 0.0
    second_error: float = math.inf
    third: float = 0.0
    bend: float = 0.0
    bend_noise: float = math.inf
    truncation: float = math.inf
    exponent: float | None = None
    column: Vector | None = None  # H d, from gradients
    column_error: Vector | None = None
    curl: Vector | None = None  # third derivatives d'(grad^2 f_j)d, from gradients
    blind: bool = False  # gradients only: two nodes could not show the truncation error
    clear: bool = False  # the bend of the values is far above their noise
    third_noise: float = 0.0
    slope_mismatch: bool = False  # gradients only: they contradict the values

    @property
    def resolved(self) -> bool:
        """Whether the second difference stands clear of the noise."""
        return self.finite and abs(self.bend) > self.bend_noise

    @property
    def rough(self) -> bool:
        """Whether two step lengths disagree about the curvature by more than a fiftieth."""
        return self.truncation > 0.02 * abs(self.bend) + self.bend_noise

    @property
    def reach(self) -> float:
        """In steps: where the third or the fourth derivative comes to outweigh the second."""
        second, third, near = abs(self.second) / 2.0, abs(self.third) / 6.0, math.inf
        if abs(self.third) > 2.0 * self.third_noise:
            near = second / third
        # On a two-sided line `truncation` is a twelfth of the fourth derivative, or more.
        if not self.one_sided and self.truncation > 2.0 * self.bend_noise:
            near = min(near, math.sqrt(second / (self.truncation / 2.0)))
        return near

    @property
    def smooth(self) -> bool:
        """Whether the line shows a definite curvature."""
        return (
            self.resolved
            and self.truncation <= 0.1 * abs(self.bend)
            and (self.exponent is None or 1.7 < self.exponent < 2.4)
        )


def value_lines(land: Landscape, noise: Noise, directions: list[tuple[Vector, bool]]) -> list[Line]:
    """Lines along (d, one_sided), four values each, in one batch."""
    if not directions:
        return []
    X = np.concatenate([land.x + NODES[one_sided][:, None] * d for d, one_sided in directions])
    F = land.values(X).reshape(-1, 4)
    return [
        line_from_values(d, one_sided, land.f0, f, noise)
        for (d, one_sided), f in zip(directions, F, strict=True)
    ]


def line_from_values(d: Vector, one_sided: bool, f0: float, F: Vector, noise: Noise) -> Line:
    """Derivatives along d from the values at `NODES[one_sided]`."""
    if not np.isfinite(F).all():
        return Line(d, one_sided, finite=False)
    f = np.concatenate([[f0], F]) if one_sided else np.concatenate([F[:2], [f0], F[2:]])
    sigma = max(noise.value, 0.5 * EPS * float(np.abs(f).max()))
    W = ONE_SIDED if one_sided else CENTRAL
    first, first_low, second, second_low, third = W @ (f - f0)
    error = SIGMAS * sigma * LENGTHS[one_sided]
    small, wide = (
        (f[0] - 2 * f[1] + f[2], f[0] - 2 * f[2] + f[4])
        if one_sided
        else (f[1] - 2 * f[2] + f[3], f[0] - 2 * f[2] + f[4])
    )
    bend_noise = SIGMAS * sigma * math.sqrt(6.0)
    # One more order of h changed the curvature by this factor; the gradient's series may be alike.
    # Of a curvature that noise hides nothing is known, not even if it happens to be 0.
    spread = abs(first - first_low)
    gain = abs(second - second_low) / abs(second) if abs(second) > error[2] else 1.0
    return Line(
        d,
        one_sided,
        first_spread=float(spread),
        first=float(first),
        first_error=float(spread * min(1.0, 10.0 * gain) + error[0]),
        second=float(second),
        second_error=float(abs(second - second_low) + error[2]),
        third=float(third),
        bend=float(small),
        bend_noise=bend_noise,
        clear=abs(float(small)) > 10.0 * bend_noise,
        third_noise=float(error[4]),
        truncation=float(abs(wide / 4.0 - small) / 3.0),
        exponent=_exponent(float(wide), float(small), bend_noise, 0.0),
    )


def line_from_gradients(
    d: Vector,
    f0: float,
    g0: Vector,
    nodes: Vector,
    F: Vector,
    G: Matrix,
    noise: Noise,
    x: Vector,
) -> Line:
    """Derivatives along d from gradients at nodes (-1, 1), (1, 2) or (-1, 1, -2, 2)."""
    one_sided = bool(nodes[0] > 0)
    if not (np.isfinite(F).all() and np.isfinite(G).all()):
        return Line(d, one_sided, finite=False)
    size = max(abs(f0), float(np.abs(F).max()))
    bend_noise_f = SIGMAS * math.sqrt(6.0) * max(noise.value, 0.5 * EPS * size)
    i = int(np.argmax(np.abs(d)))
    # The rounding of x + d moves the gradient by this part of its change.
    moved = 0.5 * EPS * (abs(x[i] / d[i]) + 1.0) * np.abs(G[1] - G[0])
    rounding = 0.5 * EPS * np.maximum(np.abs(G).max(axis=0), np.abs(g0))
    error_g = SIGMAS * np.maximum(np.maximum(noise.gradient, rounding), moved)
    slope_error = float(error_g[i] * abs(d[i]))
    first = float(g0 @ d)
    wider: Vector | None = None
    exponent: float | None = None
    clear = blind = slope_mismatch = False
    if one_sided:  # 0, 1, 2
        near, curl = G[0] - g0, G[1] - 2.0 * G[0] + g0
        column = (-3.0 * g0 + 4.0 * G[0] - G[1]) / 2.0
        wider = (G[1] - g0) / 2.0
        truncation = float(abs((wider - near) @ d))
    else:
        near = column = (G[1] - G[0]) / 2.0
        curl = G[1] - 2.0 * g0 + G[0]
        bend_f = float(F[0] - 2.0 * f0 + F[1])
        # bend_f = h^2 f'' + h^4 f''''/12 and near @ d = h^2 f'' + h^4 f''''/6
        truncation = 2.0 * abs(bend_f - float(near @ d))
        exponent = _power(2.0 * float(near @ d), bend_f, bend_noise_f)
        clear = abs(bend_f) > 10.0 * bend_noise_f
        blind = bend_noise_f > 0.01 * abs(float(near @ d))
        # (f1 - f-1)/2 = h f' + h^3 f'''/6 + ..., and curl @ d = h^3 f'''
        difference = 0.5 * float(F[1] - F[0]) - float(curl @ d) / 6.0 - first
        # Of |t|^a sign(t) the curl is 2 a and the remainder 1 - a/3, seen at any step length.
        scale = 1e-2 * (abs(0.5 * (F[1] - F[0])) + abs(first)) + 0.2 * abs(curl @ d)
        slope_mismatch = bool(abs(difference) > scale + 4.0 * bend_noise_f + slope_error)
        if len(nodes) == 4:
            wider = (G[3] - G[2]) / 4.0
            truncation = float(abs((wider - near) @ d)) / 3.0
            blind = False
            column = (4.0 * near - wider) / 3.0
        elif blind:
            truncation = min(truncation, abs(float(near @ d)))
    spread = np.zeros(len(d))
    if wider is not None:
        spread = np.abs(wider - near)
        exponent = _exponent(float(2.0 * wider @ d), float(near @ d), slope_error, 1.0)
    return Line(
        d,
        one_sided,
        first=first,
        first_error=slope_error,
        second=float(column @ d),
        second_error=truncation + 1.6 * slope_error,
        third=float(curl @ d),
        third_noise=2.5 * slope_error,
        bend=float(near @ d),
        bend_noise=slope_error,
        truncation=truncation,
        exponent=exponent,
        column=column,
        column_error=spread + 1.6 * error_g,
        curl=curl,
        blind=blind,
        clear=clear,
        slope_mismatch=slope_mismatch,
    )


def _exponent(wide: float, small: float, noise: float, plus: float) -> float | None:
    """The a in |t|^(a - plus) from the ratio at 2t and t."""
    if min(abs(wide), abs(small)) <= 2.0 * noise:
        return None
    ratio = wide / small
    return plus + math.log2(ratio) if ratio > 0 else math.inf


def _power(slope: float, bend: float, noise: float) -> float | None:
    """For f = |t|^a the slopes differ by 2a|t|^(a-1) and the values bend by 2|t|^a: their ratio."""
    if abs(bend) <= 4.0 * noise:
        return None
    return slope / bend if slope / bend > 0 else math.inf
