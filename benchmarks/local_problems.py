"""The sets of Moré & Wild and of Cartis & Roberts with exact gradients, and bounded variants.

Both sets are sums of squares and come with the package optimagic, which states where each problem
is from.  optimagic has no derivatives: they are taken here by complex steps (Squire & Trapp, SIAM
Review 40, 1998) through a second copy of its modules, in which numpy makes complex arrays.  They
are exact to rounding.

    J. J. Moré & S. M. Wild, "Benchmarking derivative-free optimization algorithms",
    SIAM J. Optim. 20, 2009.
    C. Cartis & L. Roberts, "A derivative-free Gauss-Newton method", Math. Program. Comput. 11,
    2019, table 3.
"""

from __future__ import annotations

import importlib.util
import math
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any
from unittest import mock

import numpy as np
import optimagic.config
from optimagic.benchmarking import cartis_roberts, more_wild

Vector = np.ndarray

MODULES = {"more_wild": more_wild, "cartis_roberts": cartis_roberts}

# Those of Cartis & Roberts whose value takes less than about a quarter of a millisecond: the others
# would multiply the time of this benchmark.
CHEAP = """
    arglale arglble argtrig arwhdne bdvalues bratu_2d bratu_2d_t bratu_3d brownale broydn_3d
    cbratu_2d chnrsbne eigena eigenb flosp2hh flosp2hl flosp2hm flosp2th flosp2tl flosp2tm freurone
    hatfldg hydcar6 luksan11 luksan12 luksan13 luksan14 luksan21 luksan22 methanb8 methanl8 morebvne
    oscigrne penalty_1 penalty_2 powellse vardimne
"""

TINY = 1e-30  # a complex step has no cancellation, so it may be as small


class ComplexNumpy:
    """numpy, but new arrays are complex, and abs and sign look at the real part."""

    def __getattr__(self, name: str) -> Any:
        """Whatever else numpy has."""
        return getattr(np, name)

    @staticmethod
    def zeros(shape: Any, dtype: Any = None) -> Vector:
        return np.zeros(shape, dtype=complex)

    empty = zeros

    @staticmethod
    def ones(shape: Any, dtype: Any = None) -> Vector:
        return np.ones(shape, dtype=complex)

    @staticmethod
    def full(shape: Any, value: Any, dtype: Any = None) -> Vector:
        return np.full(shape, value, dtype=complex)

    @staticmethod
    def abs(x: Any) -> Any:
        return np.where(np.real(x) < 0, -x, x)

    @staticmethod
    def sign(x: Any) -> Any:
        return np.sign(np.real(x))


def copy_of(module: ModuleType, numpy: Any) -> ModuleType:
    """A second copy of one of optimagic's modules, without numba, that uses `numpy`."""
    spec = importlib.util.find_spec(module.__name__)
    assert spec is not None and spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    with mock.patch.object(optimagic.config, "IS_NUMBA_INSTALLED", False):
        if module is cartis_roberts:  # it imports functions of the other one
            with mock.patch.dict(sys.modules, {more_wild.__name__: copy_of(more_wild, numpy)}):
                spec.loader.exec_module(copy)
        else:
            spec.loader.exec_module(copy)
    copy.np = numpy
    return copy


def mancino(x: Vector) -> Vector:
    """optimagic's residuals without its two loops, which would take most of the time here."""
    i = np.arange(1, len(x) + 1)
    t = np.sqrt(x[:, None] ** 2 + i[:, None] / i)
    waves = t * (np.sin(np.log(t)) ** 5 + np.cos(np.log(t)) ** 5)
    return 1400 * x + (i - 50) ** 3 + waves.sum(axis=1)


def watson(x: Vector) -> Vector:
    """optimagic's residuals without its loop."""
    k = np.arange(len(x))
    powers = (np.arange(1, 30)[:, None] / 29) ** k
    first = powers[:, :-1] @ (k[1:] * x[1:]) - (powers @ x) ** 2 - 1.0
    return np.concatenate([first, [x[0], x[1] - x[0] ** 2 - 1.0]])


FASTER = {"mancino": mancino, "watson": watson}


@dataclass
class Problem:
    """A sum of squares, its start, and its gradient."""

    name: str
    residuals: Callable[[Vector], Vector]
    complex_residuals: Callable[[Vector], Vector]
    x0: Vector
    lowest: float  # the lowest value known
    lower: Vector = field(default_factory=lambda: np.empty(0))  # empty: no bounds
    upper: Vector = field(default_factory=lambda: np.empty(0))

    @property
    def n(self) -> int:
        """The number of variables."""
        return len(self.x0)

    @property
    def bounds(self) -> list[tuple[float, float]] | None:
        """Pairs, or None."""
        return list(zip(self.lower, self.upper, strict=True)) if len(self.lower) else None

    def fun(self, x: Vector) -> float:
        """The sum of squares at x; inf where Python's own arithmetic refuses."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                r = np.asarray(self.residuals(np.array(x, dtype=float)), dtype=float)
            except ArithmeticError:
                return math.inf
            return float(r @ r)

    def jac(self, x: Vector) -> Vector:
        """Its gradient, 2 J'r."""
        x = np.array(x, dtype=float)
        gradient = np.full(self.n, math.nan)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                r = np.asarray(self.residuals(x), dtype=float)
                for i in range(self.n):
                    z = x.astype(complex)
                    z[i] += TINY * 1j
                    gradient[i] = 2.0 * r @ (np.imag(self.complex_residuals(z)) / TINY)
            except ArithmeticError:
                pass
        return gradient

    def hess(self, x: Vector) -> Vector:
        """Its Hessian, by central differences of the exact gradient."""
        H = np.empty((self.n, self.n))
        for i in range(self.n):
            h = 6e-6 * max(1.0, abs(x[i]))
            up, down = np.array(x), np.array(x)
            up[i] += h
            down[i] -= h
            H[i] = (self.jac(up) - self.jac(down)) / (up[i] - down[i])
        return 0.5 * (H + H.T)


def problems(which: str) -> list[Problem]:
    """The set "more_wild", or what is cheap of "cartis_roberts"."""
    cheap = CHEAP.split()
    plain, twin = (copy_of(MODULES[which], numpy) for numpy in (np, ComplexNumpy()))
    rows, twins = (getattr(module, f"{which.upper()}_PROBLEMS") for module in (plain, twin))

    def residuals(row: dict[str, Any]) -> Callable[[Vector], Vector]:
        return FASTER.get(getattr(row["fun"], "__name__", ""), row["fun"])

    return [
        Problem(
            name,
            residuals(row),
            residuals(twins[name]),
            np.array(row["start_x"], dtype=float),
            math.inf if row["solution_criterion"] is None else float(row["solution_criterion"]),
        )
        for name, row in rows.items()
        if which == "more_wild" or name in cheap
    ]


def cut(p: Problem, x: Vector) -> Problem:
    """The problem in a box that cuts off x, its minimiser, in every other coordinate.

    The box reaches beyond the start and x by their distance, and by 1 at least; but in coordinates
    0, 2, 4, ... it ends half way from the start to x, unless they are closer than 1e-3.
    """
    gap = x - p.x0
    reach = np.maximum(np.abs(gap), 1.0)
    lower, upper = np.minimum(x, p.x0) - reach, np.maximum(x, p.x0) + reach
    for i in range(0, p.n, 2):
        if abs(gap[i]) < 1e-3:
            continue
        middle = p.x0[i] + 0.5 * gap[i]
        if gap[i] > 0.0:
            upper[i] = middle
        else:
            lower[i] = middle
    return replace(p, lower=lower, upper=upper)
