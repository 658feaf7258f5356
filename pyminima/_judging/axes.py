"""The step of each variable: wide enough to stand clear of the noise, short enough to be local."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from .classification import Vector
from .landscape import EPS, FIRST_STEP, Landscape
from .lines import Line, line_from_gradients, value_lines
from .noise import Noise

SMALLEST_STEP = 2e-8  # of a unit: a kink that is sharp down to here is a kink to double precision
WIDEST_STEP = 0.25  # of a unit: with noise, curvature is sought out to here
DECADES = 1e6  # by how much the unit of a variable may be wrong if nothing but max(|x|, 1) is known


class Character(StrEnum):
    """What f looks like along one variable."""

    SMOOTH = "smooth"  # a definite curvature
    FLAT = "flat"  # no curvature above its error
    KINK = "kink"  # curvature that grows as the step shrinks
    BARRIER = "barrier"  # not finite next to x


@dataclass(frozen=True)
class Axis:
    """What is known of f along variable i: the most reliable line, its step, and the character."""

    i: int
    side: float
    one_sided: bool
    step: float
    smallest: float
    wide_nodes: bool  # gradients at two distances were needed
    line: Line
    character: Character

    @property
    def signed_step(self) -> float:
        """The step, negative where it is taken downwards."""
        return self.side * self.step

    @property
    def sharper(self) -> float:
        """The factor on the step that would balance truncation, ~h^2, and noise, ~1/h or 1/h^2."""
        noise = max(self.line.bend_noise, 1e-16 * abs(self.line.bend))
        power = 0.25 if self.line.column is None else 1.0 / 3.0
        error = max(self.line.truncation, noise)
        return float(min((noise / error) ** power, 1.0)) if error > 0.0 else 1.0

    @property
    def can_be_sharper(self) -> bool:
        """Whether a shorter step would lessen the error of the curvature well."""
        return self.character is Character.SMOOTH and self.sharper < 0.3


@dataclass
class StepSearch:
    """The search for the step of variable i: the lines tried, and the step to be tried next."""

    i: int
    side: float
    one_sided: bool
    step: float
    smallest: float
    widest: float
    usual: float  # wider than this only where no change of f is seen within it
    deep: float  # a power law that holds down to this step holds at x
    tried: list[Line] = field(default_factory=list)
    settled: bool = False
    wide_nodes: bool = False

    def consider(self, line: Line) -> None:
        """Take note of a line; choose the next step, or settle."""
        self.tried.append(line)
        h = self.step
        if not line.finite:
            following = h / 16.0
        elif line.blind and not self.wide_nodes:
            self.wide_nodes = True
            return
        elif not line.resolved or abs(line.bend) < 1e3 * line.bend_noise:
            following = self._wider(line)
        elif line.rough:
            following = self._narrower(line)
        elif abs(line.bend) < 1e6 * line.bend_noise and line.truncation <= line.bend_noise:
            # Settled, but noise is the larger part of the error: a wider step balances them.
            following = h * min(math.sqrt(1e6 * line.bend_noise / abs(line.bend)), 8.0)
        else:
            following = h
        seen = any(old.clear for length, old in self._lengths() if length <= self.usual)
        widest = min(self.usual, self.widest) if seen else self.widest
        following = min(max(following, self.smallest), widest)
        if (
            abs(math.log(following / h)) < 0.4
            or len(self.tried) >= 7
            or any(abs(math.log(following / self._length(old))) < 0.4 for old in self.tried)
        ):
            self.settled = True
        self.step = following

    def _wider(self, line: Line) -> float:
        """A step that lifts the second difference clear of the noise."""
        if line.smooth and line.truncation > line.bend_noise:
            return self.step
        above = [h for h, old in self._lengths() if h > self.step and (old.rough or not old.finite)]
        factor = math.sqrt(1e4 * line.bend_noise / max(abs(line.bend), line.bend_noise, 1e-300))
        h = self.step * min(max(factor, 3.0), 1e3)
        if above:
            return math.sqrt(self.step * min(above)) if min(above) > 10 * self.step else self.step
        return h

    def _narrower(self, line: Line) -> float:
        """A step at which the second difference is closer to a curvature."""
        below = [h for h, old in self._lengths() if h < self.step and not old.resolved]
        if below:
            return math.sqrt(self.step * max(below))
        powers = [old.exponent for old in self.tried if old.resolved and old.exponent is not None]
        if len(powers) >= 3 and min(powers) > 2.7:
            # Flatter than a parabola at every scale down to where noise takes over.
            deeper = abs(line.bend) > 1e6 * line.bend_noise and self.step > self.deep
            return 1e-2 * self.step if deeper else self.step
        relative = line.truncation / abs(line.bend)
        gentle = line.exponent is not None and 1.8 < line.exponent < 2.9
        if not gentle:  # another shape at this scale: look at a very different one
            return self.step * (1 / 32, 1e-2, 1e-3)[min(len(self.tried), 3) - 1]
        return self.step * min(max(math.sqrt(0.003 / relative), 1 / 32), 0.5)

    def _lengths(self) -> list[tuple[float, Line]]:
        return [(self._length(line), line) for line in self.tried]

    def _length(self, line: Line) -> float:
        return float(abs(line.d[self.i]))

    def conclude(self) -> Axis:
        """The axis: the most reliable of the lines tried, and the character that all show."""
        finite = [
            line
            for line in self.tried
            if line.finite
            and (self._length(line) <= self.usual or (line.resolved and not self._jumps(line)))
        ]
        smooth = [line for line in finite if line.smooth and not self._contradicted(line)]
        if not finite:
            return self._axis(self.tried[-1], Character.BARRIER, self.step)
        if smooth:
            line, character = min(smooth, key=_relative_error), Character.SMOOTH
        else:
            line = min(finite, key=lambda line: line.second_error / self._length(line) ** 2)
            character = self._rough_character(line, finite)
        step = self._length(line)
        if character is Character.FLAT:
            # The curvature at this step belongs to the step (|x|^3, x^4): the one at x may be zero.
            line = replace(line, second_error=line.second_error + abs(line.second))
        return self._axis(line, character, step)

    def _axis(self, line: Line, character: Character, step: float) -> Axis:
        return Axis(
            self.i,
            self.side,
            self.one_sided,
            step,
            self.smallest,
            self.wide_nodes,
            line,
            character,
        )

    def _contradicted(self, line: Line, power: float = 2.0) -> bool:
        """Whether a shorter line bends much less: curvature of the surroundings, not of x."""
        h = self._length(line)
        for shorter, old in self._lengths():
            if old.finite and shorter < 0.1 * h:
                expected = abs(line.bend) * (shorter / h) ** power
                if abs(old.bend) + old.bend_noise < 0.1 * expected:
                    return True
        return False

    def _jumps(self, line: Line) -> bool:
        """Whether f is so constant on shorter lines that even a sixth power would show there."""
        return self._contradicted(line, 6.0)

    def _rough_character(self, line: Line, finite: list[Line]) -> Character:
        """The character when no line shows a definite curvature, of which `line` is the best."""
        clear = [old for old in finite if old.clear]
        powers = {self._length(old): old.exponent for old in clear if old.exponent is not None}
        if any(not old.finite for old in self.tried) and len(finite) == 1:
            return Character.BARRIER
        # A kink bends in proportion to |t| at every scale down to the smallest that is resolved;
        # a smooth wave seen with too wide a step bends too little as well, but at one scale.
        if len(powers) >= 2 and max(powers) > 30.0 * min(powers) and max(powers.values()) < 1.8:
            return Character.KINK
        definite = line.truncation <= 0.25 * abs(line.bend) and (
            line.exponent is None or 1.6 < line.exponent < 2.5
        )
        if definite and abs(line.second) > 2.0 * line.second_error:
            return Character.SMOOTH
        return Character.FLAT


def _relative_error(line: Line) -> float:
    return line.second_error / abs(line.second) if line.second else math.inf


def measure_axes(land: Landscape, noise: Noise, use_gradient: bool) -> list[Axis]:
    """For each movable variable, the step at which its curvature is best known, and the line."""
    searches = [_first_step(land, int(i)) for i in np.flatnonzero(land.movable)]
    unsettled = searches
    while unsettled:
        tries = [(s.i, s.side * s.step, s.one_sided, s.wide_nodes) for s in unsettled]
        for search, line in zip(unsettled, _lines(land, noise, tries, use_gradient), strict=True):
            search.consider(line)
        unsettled = [search for search in unsettled if not search.settled]
        if len(unsettled) * 4 > land.left:
            break
    axes = [search.conclude() for search in searches]
    return axes if use_gradient else _confirm_slopes(land, noise, axes)


def _confirm_slopes(land: Landscape, noise: Noise, axes: list[Axis]) -> list[Axis]:
    """Measure again, with a quarter of the step, slopes that may be truncation alone.

    The odd derivatives, on which the error of a slope depends, need not fall off as the even ones
    do by which that error was estimated.  A fourth-order formula is then better by 4^4.
    """
    doubtful = [
        k
        for k, axis in enumerate(axes)
        if axis.line.finite
        and axis.line.first_error < abs(axis.line.first) < 10.0 * axis.line.first_spread
    ]
    if not doubtful or 4 * len(doubtful) > land.left:
        return axes
    confirmed = list(axes)
    tries = [(axes[k].i, axes[k].signed_step / 4.0, axes[k].one_sided, False) for k in doubtful]
    for k, short in zip(doubtful, _lines(land, noise, tries, False), strict=True):
        line = axes[k].line
        if short.finite:
            moved = abs(4.0 * short.first - line.first)
            error = 4.0 * short.first_error + moved / 50.0
            line = replace(line, first=4.0 * short.first, first_error=error)
            confirmed[k] = replace(axes[k], line=line)
    return confirmed


def measure_contradiction(land: Landscape, noise: Noise, axes: Sequence[Axis]) -> bool:
    """Whether gradients contradict the values, on a line and on a much shorter one as well."""
    tries = [
        (axis.i, axis.side * max(1e-2 * axis.step, axis.smallest), axis.one_sided, axis.wide_nodes)
        for axis in axes
        if axis.line.slope_mismatch
    ]
    return any(line.slope_mismatch for line in _lines(land, noise, tries, True))


def sharpen_axes(land: Landscape, noise: Noise, axes: list[Axis], use_gradient: bool) -> list[Axis]:
    """The axes with steps so short that truncation does not exceed noise, where that is better."""
    steps = [max(axis.step * axis.sharper, axis.smallest) for axis in axes]
    tries = [
        (axis.i, axis.side * step, axis.one_sided, True)
        for axis, step in zip(axes, steps, strict=True)
    ]
    lines = _lines(land, noise, tries, use_gradient)
    return [
        replace(axis, step=step, line=line)
        if line.smooth and _relative_error(line) < _relative_error(axis.line)
        else replace(axis, step=float(abs(axis.line.d[axis.i])))
        for axis, step, line in zip(axes, steps, lines, strict=True)
    ]


def _first_step(land: Landscape, i: int) -> StepSearch:
    """Where the search for the step of variable i begins, and its limits."""
    unit = float(land.unit[i])
    h = FIRST_STEP * unit
    up, down = float(land.upper[i] - land.x[i]), float(land.x[i] - land.lower[i])
    narrow = min(up, down) < 2.0 * h / 32.0
    wide = WIDEST_STEP * unit * (DECADES if land.guessed[i] else 1.0)
    widest = min(wide, max(up, down) / 4.0 if narrow else min(up, down) / 2.0)
    if narrow and not land.guessed[i]:
        widest = min(widest, 0.1 * unit)
    fine = unit if land.given[i] else max(land.guessed[i] * abs(land.x[i]), unit / DECADES)
    smallest = max(SMALLEST_STEP * fine, 1e4 * EPS * abs(land.x[i]))
    smallest = min(smallest, widest)
    h = min(max(h, smallest), widest)
    usual = max(WIDEST_STEP * unit, smallest)
    return StepSearch(
        i, 1.0 if up >= down else -1.0, narrow, h, smallest, widest, usual, 1e-6 * min(unit, 1.0)
    )


Try = tuple[int, float, bool, bool]  # variable, signed step, one-sided, two pairs of gradients


def _lines(land: Landscape, noise: Noise, tries: list[Try], use_gradient: bool) -> list[Line]:
    """Lines along single variables, in one batch of values or of gradients."""
    if not tries:
        return []
    directions = np.zeros((len(tries), land.n))
    for d, (i, step, _, _) in zip(directions, tries, strict=True):
        d[i] = step
    if not use_gradient:
        sides = [one_sided for _, _, one_sided, _ in tries]
        return value_lines(land, noise, list(zip(directions, sides, strict=True)))
    assert land.g0 is not None
    nodes = [_gradient_nodes(one_sided, wide) for _, _, one_sided, wide in tries]
    X = np.concatenate([land.x + t[:, None] * d for d, t in zip(directions, nodes, strict=True)])
    F, G = land.gradients(X)
    lines, k = [], 0
    for d, t in zip(directions, nodes, strict=True):
        part = slice(k, k + len(t))
        lines.append(line_from_gradients(d, land.f0, land.g0, t, F[part], G[part], noise, land.x))
        k += len(t)
    return lines


def _gradient_nodes(one_sided: bool, wide: bool) -> Vector:
    """Where on a line to ask for gradients, in steps; `wide`: at two distances."""
    if one_sided:
        return np.array([1.0, 2.0])
    return np.array([-1.0, 1.0, -2.0, 2.0] if wide else [-1.0, 1.0])
