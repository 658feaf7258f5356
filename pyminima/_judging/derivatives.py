"""Gradient and Hessian at x with elementwise error bounds.

No absolute constant enters.  The noise of one evaluation is measured by a difference
table (Moré & Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011)); the step of
each variable is widened until its second difference stands clear of the noise and shrunk until
two step lengths agree about it (Gill, Murray & Wright, "Practical Optimization" (1981), ch. 8).
The difference of two formulas of different order is the truncation error, three standard errors
of the formula's noise are the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .axes import Axis
from .classification import Matrix, Vector
from .landscape import EPS, FIRST_STEP, Landscape
from .lines import Line, value_lines
from .noise import Noise

Third = tuple[Vector, float, float]  # a direction d, the third derivative along it, its noise


Hessian = tuple[Matrix, Matrix, list[Third]]  # with its error, and the third derivatives


@dataclass(frozen=True)
class Model:
    """Gradient and Hessian at x with elementwise error bounds; rows not asked for are 0."""

    g: Vector
    g_error: Vector
    H: Matrix
    E: Matrix
    noise: float
    axes: dict[int, Axis]
    thirds: list[Third]
    twist: dict[int, Vector]  # per variable: the third derivatives of which two are along it

    def step(self, i: int) -> float:
        """Step length of variable i."""
        return self.axes[i].step


def gradient_model(land: Landscape, noise: Noise, axes: Sequence[Axis]) -> Model:
    """The gradient and its error, and what the axes alone say about the Hessian (its diagonal)."""
    n = land.n
    g, g_error, H, E = np.zeros(n), np.zeros(n), np.zeros((n, n)), np.zeros((n, n))
    thirds, twist = [], {}
    for axis in axes:
        line, i, h = axis.line, axis.i, axis.signed_step
        g[i] = line.first / h
        g_error[i] = line.first_error / abs(h)
        # Not by h^2, which may overflow or vanish.
        H[i, i], E[i, i] = line.second / h / h, line.second_error / h / h
        # What a change of x in its last digit would do is beyond what can be told.
        digit = EPS * abs(float(land.x[i]))
        g_error[i] += abs(H[i, i]) * digit
        E[i, i] += 2.0 * abs(line.third) / h / h / abs(h) * digit
        thirds.append((line.d, line.third, line.third_noise))
        if line.curl is not None:
            twist[i] = line.curl
    return Model(g, g_error, H, E, noise.value, {axis.i: axis for axis in axes}, thirds, twist)


def hessian_from_gradients(model: Model, rows: list[int]) -> Hessian:
    """With the elements off the diagonal, from the gradient columns.

    Each is in two columns; their difference is an error estimate.
    """
    H, E = model.H.copy(), model.E.copy()
    for a, i in enumerate(rows):
        for j in rows[:a]:
            (p, dp), (q, dq) = _element(model.axes[i], j), _element(model.axes[j], i)
            # Of the two columns the one with the smaller error weighs more.
            total = dp + dq
            weight = dq / total if total > 0 else 0.5
            own = math.sqrt(E[i, i]) * math.sqrt(E[j, j])
            H[i, j] = H[j, i] = weight * p + (1 - weight) * q
            # The asymmetry shows the difference of two truncation errors, `own` their size.
            E[i, j] = E[j, i] = abs(p - q) + own + min(dp, dq)
    return H, E, model.thirds


def _element(axis: Axis, j: int) -> tuple[float, float]:
    column, error = axis.line.column, axis.line.column_error
    assert column is not None and error is not None
    h = axis.signed_step
    return float(column[j] / h), float(error[j] / abs(h))


def hessian_from_values(land: Landscape, noise: Noise, model: Model, rows: list[int]) -> Hessian:
    """With the elements off the diagonal, from values along pairs of variables.

    With D the second derivative along t_i e_i + t_j e_j,
    2 t_i t_j H_ij = D - t_i^2 H_ii - t_j^2 H_jj.
    """
    H, E, thirds = model.H.copy(), model.E.copy(), list(model.thirds)
    pairs = [(i, j) for a, i in enumerate(rows) for j in rows[:a]]
    for part in land.parts(len(pairs), 4):
        directions = [_diagonal(land, model, i, j) for i, j in pairs[part]]
        for (i, j), line in zip(pairs[part], value_lines(land, noise, directions), strict=True):
            H[i, j], E[i, j] = H[j, i], E[j, i] = _mixed(model, i, j, line)
            if line.finite:
                thirds.append((line.d, line.third, line.third_noise))
    return H, E, thirds


def _mixed(model: Model, i: int, j: int, line: Line) -> tuple[float, float]:
    """The mixed derivative H_ij and its error from a line along both variables."""
    if not line.finite:
        return float(model.H[i, j]), math.inf
    ti, tj = float(line.d[i]), float(line.d[j])
    rest = ti**2 * model.H[i, i] + tj**2 * model.H[j, j]
    error = line.second_error + ti**2 * model.E[i, i] + tj**2 * model.E[j, j]
    return (line.second - rest) / (2 * ti * tj), error / abs(2 * ti * tj)


def _diagonal(land: Landscape, model: Model, i: int, j: int) -> tuple[Vector, bool]:
    """The direction for H_ij, and whether one side of it has to do.

    Both variables take steps that change f by about the same.
    """
    t = {k: model.step(k) for k in (i, j)}
    change = {k: abs(model.H[k, k]) * t[k] ** 2 for k in (i, j)}
    if all(abs(model.H[k, k]) > 4 * model.E[k, k] for k in (i, j)):
        target = max(min(change.values()), 1e4 * model.noise)
        t = {k: t[k] * math.sqrt(min(1.0, target / change[k])) for k in (i, j)}
    d = np.zeros(land.n)
    for k in (i, j):
        d[k] = t[k] * model.axes[k].side
    central = min(land.room(d), land.room(-d))
    if central >= 2.0:
        return d, False
    if land.room(d) >= 4.0:
        return d, True
    if central >= 1.0 / 4.0:
        return d * (central / 2.0), False
    return d * (land.room(d) / 4.0), True


def best_central_steps(land: Landscape, noise: float, axes: dict[int, Axis]) -> Vector:
    """Steps h = (3 eps_f / |f'''|)^(1/3).

    Such a step minimises h^2 |f'''| / 6 + eps_f / h, the error of a central difference
    (Moré & Wild 2012).
    """
    steps = FIRST_STEP * land.unit
    for i, axis in axes.items():
        line, h = axis.line, axis.step
        third = abs(line.third) / h / h / h
        # Never wider than where the line was looked at, nor so narrow that rounding of x shows.
        best = (3.0 * noise / third) ** (1 / 3) if third > 0 else h
        steps[i] = min(max(best, axis.smallest), max(h, FIRST_STEP * land.unit[i]))
    return steps
