"""Objectives that return anything, and remember what they were asked and what they answered."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import LowLevelCallable, sparse

import pyminima
from tests.fuzz.draws import INF, NAN, VALUES, Box, Draw

Value = Callable[[list[float]], float]


class Enough(Exception):
    """The objective's own end of a run that nothing else limits."""


class Own(BaseException):
    """An error that no `except Exception` catches."""


class Frozen(Exception):
    """An error that takes no attributes."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(name)


class Mute(Exception):
    """An error that cannot even be printed."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


ERRORS = (
    *(ValueError, TypeError, ZeroDivisionError, StopIteration, StopAsyncIteration, MemoryError),
    *(KeyboardInterrupt, SystemExit, GeneratorExit, RecursionError, RuntimeWarning, Own, Frozen),
    *(Mute, OSError, np.linalg.LinAlgError, FloatingPointError, AssertionError, KeyError),
)


# ------------------------------------------------------------------------------- the values ----


def _bowl(d: Draw, n: int) -> Value:
    centre = [d.uniform(-2.0, 2.0) for _ in range(n)]
    weight = [10.0 ** d.uniform(-2.0, 4.0) for _ in range(n)]

    def f(x: list[float]) -> float:
        return sum(w * (v - c) * (v - c) for v, c, w in zip(x, centre, weight, strict=True))

    return f


def _valley(x: list[float]) -> float:
    total = (1.0 - x[0]) * (1.0 - x[0])
    for a, b in itertools.pairwise(x):
        total += 100.0 * (b - a * a) * (b - a * a)
    return total


def _waves(x: list[float]) -> float:
    return sum(v * v + 10.0 - 10.0 * math.cos(6.0 * v) if abs(v) < 1e300 else v * v for v in x)


def _steps(x: list[float]) -> float:
    total = sum(map(abs, x))
    return float(math.floor(total)) if total < 1e15 else total


def _saddle(x: list[float]) -> float:
    return sum(v * v if i % 2 == 0 else -v * v for i, v in enumerate(x))


def _logs(x: list[float]) -> float:
    return sum(v - math.log(v) for v in x) if min(x) > 0.0 else NAN


def _exps(x: list[float]) -> float:
    return sum(math.exp(v) if v < 700.0 else INF for v in x)


def _anything(x: list[float]) -> float:
    return VALUES[hash(tuple(x)) % len(VALUES)]


def _some_anything(x: list[float]) -> float:
    number = hash(tuple(x))
    return VALUES[number // 5 % len(VALUES)] if number % 5 == 0 else sum(v * v for v in x)


def _cliff(d: Draw, n: int) -> Value:
    inner, radius = _bowl(d, n), d.choice((0.5, 3.0, 100.0))
    bad = d.choice((NAN, INF, 1e20, 1e300, -INF, 1e308))
    return lambda x: inner(x) if sum(map(abs, x)) < radius * n else bad


def _noisy(d: Draw, n: int) -> Value:
    inner, size, own = _bowl(d, n), 10.0 ** d.uniform(-12.0, 1.0), Draw(d.random())
    return lambda x: inner(x) + own.gauss(0.0, size)


def _falling(d: Draw) -> Value:
    count = iter(range(10**9))
    slope = d.choice((1.0, 1e300, 1e-300))
    return lambda x: -slope * next(count)


def _scaled(d: Draw, n: int) -> Value:
    inner, scale = _bowl(d, n), d.choice((1e300, 1e-300, 1e-320, 1e308, -1.0, -1e300, 1e8, 1e-12))
    return lambda x: scale * inner(x)


def _blank(d: Draw, n: int) -> Value:
    """Finite at a few calls only."""
    inner, every, bad = _bowl(d, n), d.randint(1, 40), d.choice((NAN, INF))
    count = iter(range(10**9))
    return lambda x: inner(x) if next(count) % every == every - 1 else bad


PURE: dict[str, Callable[[Draw, int], Value]] = {
    "bowl": _bowl,
    "valley": lambda d, n: _valley,
    "waves": lambda d, n: _waves,
    "kink": lambda d, n: lambda x: sum(abs(v - 0.3) for v in x),
    "steps": lambda d, n: _steps,
    "linear": lambda d, n: lambda x: sum(x),
    "small sum": lambda d, n: lambda x: sum(v / 1e300 for v in x),
    "saddle": lambda d, n: _saddle,
    "hill": lambda d, n: lambda x: -sum(v * v for v in x),
    "quartic": lambda d, n: lambda x: sum(v * v * v * v for v in x),
    "largest": lambda d, n: lambda x: max(x),
    "logs": lambda d, n: _logs,
    "exps": lambda d, n: _exps,
    "constant": lambda d, n: lambda x: 1.5,
    "rational": lambda d, n: lambda x: 1.0 / (1.0 + sum(v * v for v in x)),
    "cliff": _cliff,
    "scaled": _scaled,
    "anything": lambda d, n: _anything,
    "some anything": lambda d, n: _some_anything,
    "nan": lambda d, n: lambda x: NAN,
    "inf": lambda d, n: lambda x: INF,
    "-inf": lambda d, n: lambda x: -INF,
}
STATEFUL: dict[str, Callable[[Draw, int], Value]] = {
    "noisy": _noisy,
    "falling": lambda d, n: _falling(d),
    "blank": _blank,
}
COMMON = ("bowl", "bowl", "bowl", "valley", "waves", "waves", "saddle", "kink")


# ------------------------------------------------------------------------------- the dresses ----

# Forms of a number that have to be taken for it.
NUMBERS: tuple[Callable[[float], Any], ...] = (
    *(np.float64, np.array, lambda f: np.array([f]), lambda f: np.array([[f]]), lambda f: [f]),
    *(lambda f: np.longdouble(f), lambda f: (f,), lambda f: np.array(f, dtype=object)),
)

# Those that may be taken, or refused.
MAYBE: tuple[Callable[[float], Any], ...] = (
    *(lambda f: True, lambda f: 10**400, lambda f: Fraction(1, 3), lambda f: Decimal("0.5")),
    *(lambda f: np.float16(1.0), lambda f: np.array(["1.5"]), lambda f: complex(1.0, 0.0)),
    *(lambda f: np.datetime64(1, "s"), lambda f: memoryview(b"12345678"), lambda f: range(1)),
)

# Those that are no real number at all.
NONSENSE: tuple[Callable[[float], Any], ...] = (
    *(
        lambda f: None,
        lambda f: "1.5",
        lambda f: b"1",
        lambda f: 1j,
        lambda f: np.complex128(1 + 1j),
    ),
    *(
        lambda f: np.ma.masked,
        lambda f: np.ma.array([1.0], mask=[True]),
        lambda f: [],
        lambda f: {},
    ),
    *(lambda f: np.zeros(2), lambda f: np.zeros(0), lambda f: (f, f), lambda f: object()),
    *(lambda f: [None], lambda f: np.array([None]), lambda f: [[1.0], [1.0, 2.0]], lambda f: print),
    *(lambda f: {1.0}, lambda f: iter([1.0]), lambda f: type, lambda f: NotImplemented),
)


# ------------------------------------------------------------------------------ the objective ----


class Objective:
    """A function of x with all that can be wrong with it; what it saw is kept for the laws."""

    def __init__(self, d: Draw, n: int, box: Box, limit: int | None, plain: bool = False) -> None:
        self.n, self.box, self.limit = n, box, limit
        self.name = d.choice(COMMON) if d.chance(0.5) else d.choice([*PURE, *STATEFUL])
        self.value = {**PURE, **STATEFUL}[self.name](d, n)
        self.pure = self.name in PURE
        self.event = "" if plain or d.chance(0.7) else self._draw_event(d)
        self.at = d.size(60) if self.event else 0
        self.slopes = d.choice(
            ("true",) * 6 + ("wrong", "nan", "huge", "anything", "zero", "late nan")
        )
        self.nonsense = False  # has been returned
        # Errors that may mean that the function is not defined at a point, and no end of the call.
        self.undefined: tuple[type[Exception], ...] = ()
        self.slope_event = "" if plain or d.chance(0.9) else d.choice(("raises", "nonsense"))
        self.error_type = d.choice(ERRORS)
        self.calls = self.slope_calls = self.curvature_calls = 0
        self.rows = 0  # points of calls for many at once
        self.ended = False  # it has raised, or returned nonsense
        self.refused = False  # it has returned a gradient that is none
        self.rejects = False  # whether its errors are to be survived
        self.answered: dict[bytes, float] = {}
        self.pending: list[tuple[bytes, float]] = []
        self.lowest = INF
        self.faults: set[str] = set()
        self.raised: BaseException | None = None
        self.kept: list[tuple[np.ndarray, bytes]] = []
        self.keeps = d.chance(0.02)

    def _draw_event(self, d: Draw) -> str:
        event = d.choice(("raises", "raises", "dress", "maybe", "nonsense", "spoils x", "again"))
        if event == "dress":
            self.dress = d.choice(NUMBERS)
        elif event == "maybe":
            self.dress = d.choice(MAYBE)
        elif event == "nonsense":
            self.dress = d.choice(NONSENSE)
        return event

    def __repr__(self) -> str:
        told = [self.name]
        if self.event:
            what = self.error_type.__name__ if self.event == "raises" else ""
            if self.event in ("dress", "maybe", "nonsense"):
                with contextlib.suppress(Exception):
                    what = repr(self.dress(1.0))
            told.append(f"{self.event} {what} at call {self.at}")
        if self.slopes != "true":
            told.append(f"slopes {self.slopes}")
        if self.slope_event:
            told.append(f"slope {self.slope_event}")
        return f"<{', '.join(told)}>"

    # ---- what is looked at, each time ----

    def look(self, x: Any, who: str = "fun") -> list[float]:
        if type(x) is not np.ndarray or x.shape != (self.n,) or x.dtype != np.float64:
            self.faults.add(f"{who} got {type(x).__name__} {getattr(x, 'shape', '')}")
        t: list[float] = x.tolist()
        box = self.box
        for v, low, high in zip(t, box.lower, box.upper, strict=True):
            if not low <= v <= high:
                self.faults.add(f"{who} at a point that is " + ("outside" if v == v else "nan"))
            if v - v != 0.0 and v == v:
                self.faults.add(f"{who} at a point that is infinite")
        if True in box.whole:
            for v, whole in zip(t, box.whole, strict=True):
                if whole and v == v and v - v == 0.0 and v != math.floor(v):
                    self.faults.add(f"{who} at a point that is not whole")
        if self.ended:
            self.faults.add(f"{who} was called after its error")
        return t

    def evaluate(self, x: Any) -> Any:
        """One evaluation: counted, remembered, and the event if it is its turn."""
        t = self.look(x)
        self.calls += 1
        if self.keeps:
            self.kept.append((x, x.tobytes()))
        due = self.calls == self.at
        if self.limit is not None and self.calls > self.limit:
            self.fail(Enough())
        if due and self.event == "raises":
            self.fail(self.error_type("the objective's own"))
        f = self.value(t)
        if due and self.event in ("nonsense", "maybe"):
            self.nonsense = self.event == "nonsense"
            return self.dress(f)
        self.pending.append((x.tobytes(), f))
        if due and self.event == "dress" and not self.rows:
            return self.dress(f)
        if due and self.event == "again":
            pyminima.minimize(_valley_array, [0.5, 0.5], max_evals=5, classify=False)
        if due and self.event == "spoils x":
            x[:] = 1e9
        return f

    def remember(self) -> None:
        """The values that are about to be returned; of a call that raises there are none."""
        self.ended = self.ended or self.nonsense
        for x, f in self.pending:
            self.answered[x] = f
            self.lowest = f if f < self.lowest else self.lowest
        self.pending.clear()

    def fail(self, error: BaseException) -> None:
        self.raised = error
        self.ended = not isinstance(error, Exception if self.rejects else self.undefined)
        self.nonsense = False  # it was not returned
        self.pending.clear()
        raise error

    # ---- what it is called as ----

    def __call__(self, x: Any, *rest: Any, **named: Any) -> Any:
        f = self.evaluate(x)
        self.remember()
        return f

    def pair(self, x: Any, *rest: Any, **named: Any) -> Any:
        at = x.copy()
        f = self.evaluate(x)
        before = self.ended
        g = self.slope(at)
        self.ended = before  # where no gradient is wanted, nobody looks at it
        self.remember()
        return f, g

    def jac(self, x: Any, *rest: Any, **named: Any) -> Any:
        return self.slope(x)

    def many(self, X: Any, *rest: Any, **named: Any) -> Any:
        self.rows += len(X)
        values = [self.evaluate(x) for x in X]
        if self.event == "nonsense" and self.calls >= self.at:
            self.pending.clear()  # nothing can be read from what is returned
        self.remember()
        return values if self.ended or self.event == "maybe" else np.array(values).reshape(len(X))

    def holomorphic(self) -> Callable[..., Any]:
        """A function of complex numbers too, for `jac="cs"`."""
        self.value = lambda t: sum((v - 0.3) * (v - 0.3) for v in t)
        self.name, self.pure, self.event = "holomorphic", True, ""

        def called(x: Any, *rest: Any, **named: Any) -> Any:
            if not np.iscomplexobj(x):
                return self(x)
            self.look(np.ascontiguousarray(x.real))
            self.calls += 1
            with np.errstate(all="ignore"):
                return ((x - 0.3) ** 2).sum()

        return called

    def slope(self, x: Any) -> Any:
        t = self.look(x, "jac")
        self.slope_calls += 1
        if self.slope_event and self.slope_calls == max(self.at, 2):
            if self.slope_event == "raises":
                self.fail(self.error_type("the gradient's own"))
            self.ended = self.refused = True
            return (None, "x", [1j] * self.n, np.zeros(self.n + 1), np.ma.masked)[self.n % 5]
        return np.array(self._slopes(t))

    def _slopes(self, t: list[float]) -> list[float]:
        k, kind = self.slope_calls, self.slopes
        if kind == "nan" or (kind == "late nan" and k > 4):
            return [NAN] * self.n
        if kind == "huge":
            return [1e308 if k % 2 else -1e308] * self.n
        if kind == "zero":
            return [0.0] * self.n
        if kind == "anything":
            return [VALUES[hash((v, i)) % len(VALUES)] for i, v in enumerate(t)]
        if not self.pure or self.n > 12:
            return [2.0 * v for v in t]
        sign = -1.0 if kind == "wrong" else 1.0
        return [sign * self._slope_along(t, i) for i in range(self.n)]

    def _slope_along(self, t: list[float], i: int) -> float:
        h = 1e-6 * max(1.0, abs(t[i]))
        above, beneath = [*t], [*t]
        above[i] += h
        beneath[i] -= h
        return (self.value(above) - self.value(beneath)) / (above[i] - beneath[i] or 1.0)

    def hess(self, x: Any, *rest: Any, **named: Any) -> Any:
        self.look(x, "hess")
        self.curvature_calls += 1
        if self.slopes == "huge":
            return np.full((self.n, self.n), 1e308)
        if self.slopes == "nan":
            return np.full((self.n, self.n), NAN)
        return 2.0 * (sparse.eye_array(self.n) if self.curvature_calls % 2 else np.eye(self.n))

    def hessp(self, x: Any, p: Any, *rest: Any, **named: Any) -> Any:
        self.look(x, "hessp")
        self.curvature_calls += 1
        if not np.isfinite(p).all():
            self.faults.add("hessp with a vector that is not finite")
        return (1e308 if self.slopes == "huge" else 2.0) * np.sign(p)

    def compiled(self, gradient: bool) -> Any:
        """Itself as a C function: nothing may be raised in it."""
        points = ctypes.POINTER(ctypes.c_double)
        arguments = [ctypes.c_int, points] + [points] * gradient

        def called(n: int, x: Any, *g: Any) -> float:
            at = np.array(x[:n])
            f = float(self(at))
            if gradient:
                for i, v in enumerate(self.slope(at).tolist()):
                    g[0][i] = v
            return f

        self.pointer = ctypes.CFUNCTYPE(ctypes.c_double, *arguments)(called)
        return LowLevelCallable(self.pointer)


def _valley_array(x: Any) -> float:
    return _valley(x.tolist())
