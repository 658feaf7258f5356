"""What the laws are tried on: objectives under observation, and what holds of every result.

A wrapper around the objective counts and remembers; nothing the library says of itself is believed
without it. The methods are those of the registry.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import scipy.optimize

import pyminima
from pyminima import Result, Status, minimize

METHODS = {method.name: method for method in pyminima.methods()}
GRADIENT = [name for name, method in METHODS.items() if method.needs == "gradient"]
AT_TIMES = {name for name, method in METHODS.items() if method.uses_gradient}

every_method = pytest.mark.parametrize("method", METHODS)
every_gradient_method = pytest.mark.parametrize("method", GRADIENT)

START = np.array([0.9, -0.4, 0.6])

# What a method needs to be told to get anywhere in a few thousand evaluations.
TUNED = {
    "sgd": {"learning_rate": 0.05},
    "momentum": {"learning_rate": 0.02},
    "nesterov": {"learning_rate": 0.05},
    **{
        name: {"learning_rate": 0.05}
        for name in ("adam", "amsgrad", "adamw", "nadam", "radam", "rmsprop", "lion")
    },
}

BOX = [(-2.0, 2.0), (-1.0, 3.0), (0.25, 1.5)]


def bowl(x: np.ndarray) -> float:
    """A tilted bowl; its minimum is neither at 0 nor in the middle of BOX."""
    d = x - 0.3
    return float(np.sum(np.arange(1, len(x) + 1) * d * d) + 0.5 * d[0] * d[-1])


def bowl_slope(x: np.ndarray) -> np.ndarray:
    d = x - 0.3
    g = 2.0 * np.arange(1, len(x) + 1) * d
    g[0] += 0.5 * d[-1]
    g[-1] += 0.5 * d[0]
    return g


def valley(x: np.ndarray) -> float:
    """Rosenbrock's: no method is through with it quickly."""
    return float(np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2))


def valley_slope(x: np.ndarray) -> np.ndarray:
    return np.asarray(scipy.optimize.rosen_der(x))


@dataclass
class Watched:
    """An objective under observation: every point it was called at, every value it gave."""

    value: Callable[[np.ndarray], Any] = bowl
    slope: Callable[[np.ndarray], Any] = bowl_slope
    points: list[np.ndarray] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    slopes: list[np.ndarray] = field(default_factory=list)  # points the gradient was called at

    def fun(self, x: np.ndarray) -> Any:
        assert type(x) is np.ndarray and x.dtype == np.float64 and x.ndim == 1
        self.points.append(x.copy())
        self.values.append(math.nan)
        self.values[-1] = self.value(x)
        return self.values[-1]

    def jac(self, x: np.ndarray) -> Any:
        self.slopes.append(x.copy())
        return self.slope(x)

    def both(self, x: np.ndarray) -> Any:
        return self.fun(x), self.slope(x)

    @property
    def lowest(self) -> float:
        return min((v for v in self.values if not math.isnan(v)), default=math.inf)

    def path(self) -> bytes:
        return b"".join(x.tobytes() for x in self.points)


def run(watched: Watched, method: str, x0: Any = START, *, gradient: bool = False, **given: Any):
    jac = watched.jac if gradient else None
    return minimize(watched.fun, x0, method=method, jac=jac, **{"rng": 3, **given})


def tuned(watched: Watched, method: str, x0: Any = START, **given: Any):
    """A run that has every chance to converge."""
    options = TUNED.get(method, {})
    return run(watched, method, x0, **{"max_evals": 20_000, "options": options, **given})


def quiet(**given: Any) -> dict[str, Any]:
    """Only the method itself: no check, no polish, no verdict."""
    return {"classify": False, "polish": False, "check_gradient": False, **given}


def honest(res: Result, watched: Watched) -> None:
    """What holds of every result."""
    assert res.nfev == len(watched.points)
    assert res.fun == watched.lowest
    assert isinstance(res.x, np.ndarray) and res.x.dtype == np.float64
    if math.isfinite(res.fun):
        first = next(i for i, v in enumerate(watched.values) if v == res.fun)
        assert any(
            np.array_equal(res.x, x)
            for x, v in zip(watched.points, watched.values, strict=True)
            if v == res.fun
        ), f"x is not where fun was seen first: {res.x} vs {watched.points[first]}"
        assert np.float64(watched.value(res.x.copy())).tobytes() == np.float64(res.fun).tobytes()
    else:
        assert not res.success
    assert isinstance(res.message, str) and res.message
    assert isinstance(res.status, Status) and res.status is not Status.RUNNING
    assert isinstance(res.success, bool)
    assert sum(stage.nfev for stage in res.stages) == res.nfev


def same(a: Result, b: Result) -> None:
    """The same run, bit for bit."""
    assert a.x.tobytes() == b.x.tobytes() and a.fun == b.fun
    assert (a.nfev, a.njev, a.nit, a.status) == (b.nfev, b.njev, b.nit, b.status)
    assert a.message == b.message


def ramp(x: np.ndarray) -> float:
    return float(x @ np.arange(-1.0, len(x) - 1.0))


def ramp_slope(x: np.ndarray) -> np.ndarray:
    return np.arange(-1.0, len(x) - 1.0)


def ridge(x: np.ndarray) -> float:
    return float(x[0] ** 2 + (x[1] ** 2 - 1) ** 2)


def ridge_slope(x: np.ndarray) -> np.ndarray:
    return np.array([2 * x[0], 4 * x[1] * (x[1] ** 2 - 1)])
