"""Argument sets that have been findings: they are made first, under the numbers -1, -2, ..."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.fuzz.draws import INF, METHODS, MOST, NAN, TINY, Box, Draw
from tests.fuzz.objectives import Objective, Value
from tests.fuzz.sets import Minimize

SQUARE = [(-5.0, 5.0)] * 2
OPEN = [(-INF, INF)] * 2


class Known(Minimize):
    """A call of `minimize` that is written out, on a given function."""

    family = "known"

    def draw(self, d: Draw) -> None:
        value, pairs, change, given = list(_known())[-self.seed - 1]
        self.n, self.method = len(pairs), METHODS[given["method"]]
        whole = [bool(w) for w in given.get("integrality", [0] * self.n)]
        low, high = map(list, zip(*pairs, strict=True))
        self.box = Box(low, high, whole, pairs)
        self.fun = Objective(d, self.n, self.box, None, plain=True)
        self.fun.name, self.fun.value, self.fun.pure = value.__name__, value, True
        self.fun.slopes, self.fun.keeps = "true", False
        self.given = {"fun": self.fun, "bounds": pairs, "rng": 0, "max_evals": 300, **given}
        change(self.fun, self.given)
        self.stop_at, self.spoiled = 0, ""
        self.before = self.frozen()


def small_sum(x: list[float]) -> float:
    return sum(v / 1e300 for v in x)


def bowl(x: list[float]) -> float:
    return sum((v - 0.3) * (v - 0.3) for v in x)


def nothing(x: list[float]) -> float:
    return NAN


def as_it_is(fun: Objective, given: dict[str, Any]) -> None:
    """No change."""


def alternating(fun: Objective, given: dict[str, Any]) -> None:
    fun.slopes = "huge"
    given["fun"], given["jac"] = fun.pair, True


def broken_slope(fun: Objective, given: dict[str, Any]) -> None:
    fun.slope_event, fun.error_type = "raises", ValueError
    given["jac"] = fun.jac


def masked(fun: Objective, given: dict[str, Any]) -> None:
    fun.event, fun.at, fun.dress = "nonsense", 3, lambda f: np.ma.masked


def huge_curvature(fun: Objective, given: dict[str, Any]) -> None:
    fun.slopes = "huge"
    given["hess"] = fun.hess


Row = tuple[Value, list[tuple[float, float]], Callable[[Objective, dict[str, Any]], None], Any]


def _known() -> Iterator[Row]:
    never = {"restarts": 0}
    of_all: dict[str, Any] = {"method": "differential_evolution", "max_evals": 9000}
    yield nothing, [(0.0, 1.0)] * 2, as_it_is, of_all | {"options": never}
    for name in METHODS:
        yield small_sum, [(TINY, MOST)] * 2, as_it_is, {"method": name}
        yield bowl, OPEN, alternating, {"method": name, "x0": [1.0, 1.0]}
        yield bowl, OPEN, as_it_is, {"method": name, "x0": [1e160, -1e300]}
    integers = [name for name, method in METHODS.items() if method.integers]
    far = [(2.0**53, 2.0**60), (-(2.0**62), 2.0**62)]
    for name, pairs in itertools.product(integers, (far, [(1e300, 1.5e300)] * 2)):
        yield bowl, pairs, as_it_is, {"method": name, "integrality": [1, 1]}
    for change in (broken_slope, masked, huge_curvature):
        yield bowl, SQUARE, change, {"method": "lbfgs", "x0": [1.0, 1.0]}
    yield bowl, [(-1e308, 1e308)] * 2, as_it_is, {"method": "lbfgs", "starts": 3}


COUNT = len(list(_known()))
