"""Draws one argument at a time, from all that users have given and some that nobody should."""

from __future__ import annotations

import ctypes
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds

import pyminima

METHODS = {method.name: method for method in pyminima.methods()}
TINY, LEAST, MOST = float(np.finfo(float).tiny), 5e-324, float(np.finfo(float).max)
INF, NAN = math.inf, math.nan

SPECIAL = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, 3.0, 1e-8, -1e-8, 1e8, -1e8, 1e16, 1e150, -1e155, 1e300, -1e300),
    *(
        1e-300,
        1e-310,
        TINY,
        -TINY,
        LEAST,
        -LEAST,
        MOST,
        -MOST,
        2.0**52,
        2.0**53,
        -(2.0**53),
        2.0**63,
    ),
)
VALUES = (*SPECIAL, NAN, INF, -INF, 1e308, -1e308, 0.7)

# Boxes of one variable.
SIDES = (
    *((-5.0, 5.0), (-5.0, 5.0), (-1.0, 2.0), (0.0, 1.0), (0.1, 0.3), (-INF, INF), (0.0, INF)),
    *((-INF, 0.0), (2.0, 2.0), (0.0, 0.0), (1.0, math.nextafter(1.0, 2.0)), (TINY, MOST)),
    *((-MOST, MOST), (LEAST, 1e-323), (-1e-310, 1e-310), (1e300, 1.5e300), (-1e308, 1e308)),
    *((2.0**53, 2.0**53 + 8.0), (-(2.0**53), 2.0**53), (2.0**60, 2.0**63), (1e8, 1e8 + 1.0)),
    *((MOST, MOST), (-INF, -MOST), (MOST, INF), (-LEAST, LEAST), (0.0, 1e-9), (-3.0, 1e12)),
    *((0.0, LEAST), (1e-320, 1.0), (-1e155, 1e160), (0.5, 0.75), (-0.0, 0.0), (3.0, 40.0)),
)


class Draw(random.Random):
    """Random choices, all of them from one seed."""

    def chance(self, p: float) -> bool:
        return self.random() < p

    def size(self, most: float) -> int:
        """A whole number from 1, small ones as often as large ones."""
        return int(math.exp(self.uniform(0.0, math.log(most))))

    def number(self) -> float:
        if self.chance(0.4):
            return self.choice(SPECIAL)
        return self.uniform(-5.0, 5.0) * 10.0 ** (0 if self.chance(0.7) else self.randint(-20, 20))

    def some(self, items: Sequence[Any], most: int) -> list[Any]:
        return self.sample(items, self.randint(0, min(most, len(items))))


# ---------------------------------------------------------------------------------- the box ----


@dataclass
class Box:
    """Bounds as they are meant, and in the form in which they are given."""

    lower: list[float]
    upper: list[float]
    whole: list[bool]
    given: Any

    @property
    def finite(self) -> bool:
        return all(map(math.isfinite, self.lower + self.upper))


def draw_box(d: Draw, n: int, integers: float) -> Box:
    """A box, in which some variables may be whole numbers."""
    if d.chance(0.25):
        pairs = [(-INF, INF)] * n
    elif d.chance(0.5):
        pairs = [d.choice(SIDES[:5] if d.chance(0.6) else SIDES)] * n
    else:
        pairs = [d.choice(SIDES) for _ in range(n)]
    if d.chance(0.1):
        pairs = [tuple(sorted((d.number(), d.number()))) for _ in range(n)]
    whole = [False] * n
    if d.chance(integers):
        whole = [d.chance(0.7) and _ceil(low) <= _floor(high) for low, high in pairs]
    lower, upper = map(list, zip(*pairs, strict=True))
    return Box(
        [_ceil(low) if w else low for low, w in zip(lower, whole, strict=True)],
        [_floor(high) if w else high for high, w in zip(upper, whole, strict=True)],
        whole,
        _form_of(d, pairs),
    )


def _ceil(x: float) -> float:
    return float(math.ceil(x)) if abs(x) < 2.0**53 else x


def _floor(x: float) -> float:
    return float(math.floor(x)) if abs(x) < 2.0**53 else x


def _form_of(d: Draw, pairs: list[tuple[float, float]]) -> Any:
    if all(pair == (-INF, INF) for pair in pairs) and d.chance(0.8):
        return None
    form = d.randrange(4)
    if form == 0:
        return Bounds(*map(np.array, zip(*pairs, strict=True)))
    if form == 1:
        return np.array(pairs)
    if form == 2:
        return [tuple(None if math.isinf(b) else b for b in pair) for pair in pairs]
    return pairs


# --------------------------------------------------------------------------------- the start ----


def draw_start(d: Draw, box: Box, population: bool) -> Any:
    """A start, inside the box or not; None where it may be left out; several points at times."""
    if box.finite and d.chance(0.2):
        return None
    if population and d.chance(0.3):
        return np.array([_point(d, box) for _ in range(d.size(8))])
    x = _point(d, box)
    form = d.randrange(8)
    if form == 0:
        return tuple(x)
    if form == 1:
        return np.array(x)
    if form == 2 and all(abs(v) < 1e6 for v in x):
        return np.array(x, dtype=d.choice([np.float32, np.float64, object, ">f8"]))
    if form == 3 and all(abs(v) < 1e6 for v in x):
        return np.array(x).astype(np.int64)
    if form == 4:
        frozen = np.repeat(x, 2)[::2]
        frozen.setflags(write=False)
        return frozen
    return x if len(x) > 1 or d.chance(0.7) else x[0]


def _point(d: Draw, box: Box) -> list[float]:
    kind = d.randrange(6)
    if kind == 0:
        return [0.0] * len(box.lower)
    if kind == 1:
        return [d.number() for _ in box.lower]
    if kind == 2:
        return [d.choice((1e300, -1e300, 1e-300, 1e155, 1.0))] * len(box.lower)
    return [_inside(d, low, high) for low, high in zip(box.lower, box.upper, strict=True)]


def _inside(d: Draw, low: float, high: float) -> float:
    corner = d.random()
    if math.isinf(low) or math.isinf(high) or corner < 0.1:
        return min(max(d.uniform(-3.0, 3.0), low), high)
    if corner < 0.25:
        return d.choice((low, high))
    u = d.random()
    return min(max(low * (1.0 - u) + high * u, low), high)


# ------------------------------------------------------------------------------- the options ----


def draw_options(d: Draw, method: pyminima.Method, most: int = 4) -> dict[str, Any]:
    """Values in the ranges of their rows, the ends among them."""
    options = {o.name: _value_of(d, o) for o in d.some(method.options, most)}
    if method.family == "first order" and d.chance(0.1):
        options = {name: options[name] for name in options if not name.startswith("schedule")}
        options["schedule"] = pyminima.schedules.Cosine(period=d.size(100))
    return options


def _value_of(d: Draw, option: pyminima.Option) -> Any:
    if option.choices is not None:
        return d.choice(option.choices)
    low, high, kind = option.low, option.high, d.randrange(10)
    if kind == 0:
        value = low
    elif kind == 1:
        value = high if d.chance(0.3) else option.default
    elif kind < 5:
        value = low + d.randint(0, 12)
    elif option.kind == "whole":
        value = low + d.size(100)
    elif high - low <= 100:
        value = d.uniform(low, high)
    else:
        value = low + 10.0 ** d.uniform(-12, math.log10(high - low))
    value = min(max(value, low), high)
    if option.kind == "whole":
        return int(value) if d.chance(0.8) else float(int(value))
    return float(value)


def draw_bad_options(d: Draw, method: pyminima.Method) -> dict[str, Any]:
    """One option that has to be refused."""
    option = d.choice(method.options)
    beyond = (math.nextafter(option.low, -INF), math.nextafter(option.high, INF), -INF, INF, NAN)
    wrong = [None, "", "nonsense", [], {}, 1j, True, b"1", object()]
    if option.choices is not None:
        return {option.name: d.choice([*wrong, 0, 1.0, option.choices[0].upper()])}
    fractions = (option.low + 0.5,) if option.kind == "whole" else ()
    return d.choice(
        [{option.name: d.choice([*beyond, *fractions, *wrong])}, {"nonsense": 1}, {1: 2}]
    )


# -------------------------------------------------------------------------------- the limits ----


def draw_limits(d: Draw) -> dict[str, Any]:
    """Some limits, in the types in which they come."""
    limits: dict[str, Any] = {}
    if d.chance(0.85):
        evals = d.size(400) if d.chance(0.5) else d.randint(20, 400)
        evals = d.size(5000) if d.chance(0.02) else evals
        limits["max_evals"] = d.choice((evals, evals, evals, float(evals), np.int64(evals)))
    if d.chance(0.15):
        limits["max_iter"] = d.size(60)
    if d.chance(0.04):
        limits["max_time"] = d.choice((1e-9, 1e-3, 0.01, 5, 1e300))
    if d.chance(0.12):
        limits["target"] = d.choice((0.0, 1.0, -INF, INF, 1e308, -1e308, d.number()))
    return limits


# -------------------------------------------------------------------- what has to be refused ----

_capsule = ctypes.pythonapi.PyCapsule_New
_capsule.restype, _capsule.argtypes = ctypes.py_object, [ctypes.c_void_p] * 3

BAD: dict[str, tuple[Any, ...]] = {
    "fun": (None, 3, "x", [], {}, object(), _capsule(1, None, None)),
    "x0": (
        NAN,
        [NAN],
        [INF, 0.0],
        "zero",
        [],
        [[]],
        [None],
        [1j],
        True,
        [True],
        {},
        [[[1.0]]],
        object(),
    ),
    "bounds": (
        *(5, "bounds", [1, 2], [(0, 1, 2)], [(NAN, 1)], [(1, 0)], [(INF, INF)], [("a", "b")], []),
        *([(0, 1j)], [(0,)], {}, Bounds([0], [NAN]), [(-INF, -INF)], object()),
    ),
    "method": ("", "BFGS", "nonsense", 3, b"bfgs", [], object()),
    "jac": (3, "4-point", "", [], 1.5, {}, object()),
    "hess": (3, "2-point", [], object()),
    "hessp": (3, "", [], object()),
    "tol": (-1e-9, 1.1, NAN, INF, "x", [], True, object()),
    "callback": (3, "x", [], True, object()),
    "options": (3, "x", [1], object()),
    "kwargs": (3, "x", [1], {1: 2}, object()),
    "rng": ("x", -1, 1.5, object()),
    "max_evals": (0, -1, 1.5, NAN, "10", True, [], 1j, object()),
    "max_iter": (-1, 1.5, NAN, "10", True, [], object()),
    "max_time": (0, -1, NAN, "1", True, [], 1j, object()),
    "target": (NAN, "0", True, [], 1j, object()),
    "vectorized": (None, 1, "yes", [], object()),
    "classify": (None, 1, "yes", [], object()),
    "escape": (1, "yes", [], object()),
    "polish": (1, "yes", [], object()),
    "starts": (0, -1, 1.5, NAN, "some", True, [], object()),
    "convex": (None, 1, "yes", [], object()),
    "batches": (0, 60, "x", True, [], {"n_samples": 3}, object()),
    "integrality": (2, [0.5], "x", [[1]], NAN, {}, object()),
    "history": (None, 1, "yes", [], object()),
    "nan_policy": (None, "ignore", 1, [], object()),
    "on_error": (None, "ignore", 1, [], object()),
    "on_interrupt": (None, "ignore", 1, [], object()),
    "check_gradient": (None, 1, "yes", [], object()),
}
