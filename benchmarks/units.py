"""Everyday fits in anybody's units: each parameter and the objective scaled at random.

    python benchmarks/units.py [--draws 20] [--ours] [--only NAME]

Twenty fits as they are done every day. In each draw every parameter is measured in a unit of its
own, 10^U(-15, 15), and the objective in 10^U(-12, 12); the start is the same point. A run has
solved its problem if its value is that of the best run in natural units to 4 digits; false success
is `success=True` elsewhere. With values alone and with the gradient, ours with and without
`x_scale`; beside scipy's methods and, where installed, iminuit. `zero` and `tiny` begin with one
parameter at 0 or at 1e-12 where its size is 1, where the model allows it.

Prints tables, and writes benchmarks/results/units.json.
"""

from __future__ import annotations

import argparse
import json
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize
from tables import markdown

import pyminima

RESULTS = Path(__file__).resolve().parent / "results" / "units.json"


@dataclass
class Fit:
    """A sum of squares, or a likelihood, in natural units."""

    name: str
    fun: Callable[[Any], Any]
    x0: np.ndarray
    may_be_zero: int | None = None  # a parameter that the start may leave at 0 or tiny
    best: float = field(default=math.inf)

    def gradient(self, p: np.ndarray) -> np.ndarray:
        """By complex steps: exact to rounding."""
        g = np.empty(len(p))
        for i in range(len(p)):
            z = p.astype(complex)
            h = 1e-30 * max(abs(p[i]), 1e-30)
            z[i] += 1j * h
            g[i] = self.fun(z).imag / h
        return g


def squares(model: Callable[..., Any], truth: list[float], t: np.ndarray, noise: float) -> Any:
    rng = np.random.default_rng(len(truth) * 1000 + len(t))
    y = model(t, *truth)
    y = y + noise * float(np.ptp(y)) * rng.standard_normal(len(t))

    def fun(p: Any) -> Any:
        r = y - model(t, *p)
        return (r * r).sum()

    return fun


def fits() -> list[Fit]:
    t = np.linspace(0.0, 10.0, 40)
    u = np.linspace(-3.0, 3.0, 60)
    c = np.geomspace(0.05, 20.0, 30)
    rng = np.random.default_rng(5)
    counts = rng.poisson(3.0 + 8.0 * np.exp(-t / 3.0))
    normal = 2.0 + 0.7 * rng.standard_normal(50)
    waits = rng.weibull(1.7, 60) * 2.5
    labels = (u + 0.8 * rng.standard_normal(60) > 0.4).astype(float)
    exp, sq, cos, log = np.exp, np.sqrt, np.cos, np.log

    def fit(
        name: str, model: Any, truth: list[float], x0: list[float], x: Any, zero: int | None = None
    ) -> Fit:
        return Fit(name, squares(model, truth, x, 0.02), np.array(x0, dtype=float), zero)

    def poisson(p: Any) -> Any:
        rate = p[0] + p[1] * exp(-t / p[2])
        return (rate - counts * log(rate)).sum() + 60.0

    def gaussian(p: Any) -> Any:
        z = (normal - p[0]) / p[1]
        return (0.5 * z * z + log(p[1])).sum() + 20.0

    def weibull(p: Any) -> Any:
        z = waits / p[1]
        return -(log(p[0] / p[1]) + (p[0] - 1.0) * log(z) - z ** p[0]).sum()

    def logistic(p: Any) -> Any:
        z = p[0] + p[1] * u
        return (log(1.0 + exp(z)) - labels * z).sum()

    def lifetimes(t: Any, a: Any, k1: Any, b: Any, k2: Any) -> Any:
        return a * exp(-k1 * t) + b * exp(-k2 * t)

    def peak(t: Any, a: Any, m: Any, s: Any) -> Any:
        return a * exp(-0.5 * ((t - m) / s) ** 2)

    return [
        fit("decay", lambda t, a, k: a * exp(-k * t), [2.0, 0.5], [1.0, 1.0], t),
        fit(
            "decay and background",
            lambda t, a, k, b: a * exp(-k * t) + b,
            [2.0, 0.5, 0.3],
            [1.0, 1.0, 0.1],
            t,
            2,
        ),
        fit("two lifetimes", lifetimes, [2.0, 1.5, 1.0, 0.25], [1.0, 2.0, 1.5, 0.2], t),
        fit("gaussian peak", peak, [3.0, 0.5, 0.8], [2.0, 0.2, 1.0], u, 1),
        fit(
            "lorentzian peak",
            lambda t, a, m, w: a / (1.0 + ((t - m) / w) ** 2),
            [3.0, 0.5, 0.6],
            [2.0, 0.2, 1.0],
            u,
            1,
        ),
        fit(
            "peak on a line",
            lambda t, a, m, s, b, c: peak(t, a, m, s) + b + c * t,
            [3.0, 0.5, 0.6, 1.0, 0.2],
            [2.0, 0.2, 1.0, 0.5, 0.1],
            u,
            4,
        ),
        fit("michaelis menten", lambda t, v, k: v * t / (k + t), [3.0, 1.5], [1.0, 1.0], c),
        fit(
            "hill",
            lambda t, v, k, h: v * t**h / (k**h + t**h),
            [3.0, 1.5, 1.8],
            [2.0, 1.0, 1.0],
            c,
        ),
        fit(
            "logistic growth",
            lambda t, k, r, m: k / (1.0 + exp(-r * (t - m))),
            [5.0, 1.2, 4.0],
            [4.0, 0.8, 5.0],
            t,
        ),
        fit(
            "gompertz",
            lambda t, a, b, c: a * exp(-b * exp(-c * t)),
            [5.0, 3.0, 0.6],
            [4.0, 2.0, 0.4],
            t,
        ),
        fit(
            "diode",
            lambda t, i, v: i * (exp(t / v) - 1.0),
            [0.5, 0.9],
            [0.3, 1.2],
            np.linspace(0.0, 3.0, 30),
        ),
        fit("rc charge", lambda t, v, tau: v * (1.0 - exp(-t / tau)), [5.0, 2.0], [3.0, 1.0], t),
        fit(
            "arrhenius",
            lambda t, a, e: a * exp(-e / t),
            [4.0, 1.5],
            [2.0, 1.0],
            np.linspace(0.5, 2.0, 25),
        ),
        fit(
            "spectral line and width",
            lambda t, a, m, s, b: peak(t, a, m, s) + b,
            [1.0, 0.3, 0.4, 0.2],
            [0.8, 0.5, 0.6, 0.1],
            u,
            3,
        ),
        fit(
            "damped wave",
            lambda t, a, w, d, p: a * exp(-d * t) * cos(w * t + p),
            [2.0, 2.0, 0.2, 0.4],
            [1.5, 1.9, 0.3, 0.2],
            t,
            3,
        ),
        fit(
            "square root law",
            lambda t, a, b: a * sq(t + b * b),
            [2.0, 0.7],
            [1.0, 1.0],
            t,
        ),
        Fit("poisson rates", poisson, np.array([2.0, 5.0, 2.0])),
        Fit("normal likelihood", gaussian, np.array([1.0, 1.0]), 0),
        Fit("weibull likelihood", weibull, np.array([1.0, 2.0])),
        Fit("logistic regression", logistic, np.array([0.1, 0.5]), 0),
    ]


@dataclass
class Scaled:
    """The same in other units, counting its evaluations."""

    fit: Fit
    units: np.ndarray
    unit_of_f: float

    def fun(self, x: Any) -> float:
        return self.unit_of_f * float(np.real(self.fit.fun(np.asarray(x) / self.units)))

    def jac(self, x: Any) -> np.ndarray:
        return self.unit_of_f * self.fit.gradient(np.asarray(x) / self.units) / self.units


@dataclass
class End:
    fun: float
    success: bool
    nfev: int


def ours(s: Scaled, x0: np.ndarray, gradient: bool, x_scale: Any = "auto") -> End:
    jac = s.jac if gradient else None
    res = pyminima.minimize(s.fun, x0, jac=jac, rng=0, x_scale=x_scale)
    return End(float(res.fun), bool(res.success), res.nfev)


def by_scipy(s: Scaled, x0: np.ndarray, gradient: bool, method: str) -> End:
    jac = s.jac if gradient else None
    res = optimize.minimize(s.fun, x0, jac=jac, method=method, options={"maxiter": 20000})
    return End(float(res.fun), bool(res.success), res.nfev)


def by_minuit(s: Scaled, x0: np.ndarray, gradient: bool) -> End:
    import iminuit

    m = iminuit.Minuit(s.fun, x0, grad=s.jac if gradient else None)
    m.migrad()
    return End(float(m.fval), bool(m.valid), m.nfcn)


VALUES = ("Nelder-Mead", "Powell", "BFGS", "L-BFGS-B")


def solvers(gradient: bool, peers: bool) -> dict[str, Callable[[Scaled, np.ndarray], End]]:
    found: dict[str, Callable[[Scaled, np.ndarray], End]] = {
        "pyminima": lambda s, x0: ours(s, x0, gradient),
        "pyminima, x_scale": lambda s, x0: ours(s, x0, gradient, np.abs(s.fit.x0 * s.units)),
    }
    if peers:
        for method in VALUES[2:] if gradient else VALUES:
            found[method] = lambda s, x0, m=method: by_scipy(s, x0, gradient, m)
        try:
            import iminuit  # noqa: F401

            found["iminuit"] = lambda s, x0: by_minuit(s, x0, gradient)
        except ImportError:
            pass
    return found


def is_solved(f: float, s: Scaled) -> bool:
    return f <= s.unit_of_f * (s.fit.best + 1e-4 * abs(s.fit.best))


def start(fit: Fit, kind: str) -> np.ndarray | None:
    x0 = fit.x0.copy()
    if kind != "nonzero":
        if fit.may_be_zero is None:
            return None
        x0[fit.may_be_zero] = 0.0 if kind == "zero" else 1e-12
    return x0


def drawn(fit: Fit, draw: int) -> Scaled:
    """Draw 0 is in natural units."""
    n = len(fit.x0)
    if draw == 0:
        return Scaled(fit, np.ones(n), 1.0)
    rng = np.random.default_rng([draw, n, len(fit.name)])
    return Scaled(fit, 10.0 ** rng.uniform(-15, 15, n), 10.0 ** rng.uniform(-12, 12))


def reference(fit: Fit) -> None:
    """The lowest value that any of several solvers reaches in natural units."""
    natural = Scaled(fit, np.ones(len(fit.x0)), 1.0)
    for method in VALUES:
        for gradient in (False, True):
            fit.best = min(fit.best, by_scipy(natural, fit.x0, gradient, method).fun)
    fit.best = min(fit.best, ours(natural, fit.x0, True).fun)


def table(kind: str, gradient: bool, draws: int, peers: bool, only: str | None) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    rows = []
    for name, solve in solvers(gradient, peers).items():
        runs = solved = false = natural = 0
        ratios, missed = [], []
        for fit in FITS:
            x0 = start(fit, kind)
            if x0 is None or only not in (None, fit.name):
                continue
            first = 0
            for draw in range(draws + 1):
                scaled = drawn(fit, draw)
                try:
                    end = solve(scaled, x0 * scaled.units)
                except (ValueError, FloatingPointError, OverflowError, ZeroDivisionError):
                    end = End(math.inf, False, 0)
                good = is_solved(end.fun, scaled)
                if draw == 0:
                    first, natural = end.nfev, natural + good
                    continue
                runs += 1
                solved += good
                false += end.success and not good
                if good and first:
                    ratios.append(end.nfev / first)
                if not good:
                    missed.append(f"{fit.name} {draw}{' (success)' if end.success else ''}")
        ratio = float(np.median(ratios)) if ratios else math.nan
        rows.append([name, runs, natural, solved, false, f"{ratio:.2f}"])
        kept[name] = {
            "runs": runs,
            "solved": solved,
            "false": false,
            "ratio": ratio,
            "missed": missed,
        }
    head = ["", "runs", "natural units", "solved", "false success", "evaluations, ratio"]
    print(f"\n{kind} x0, {'gradient' if gradient else 'values'}\n")
    print(markdown(head, rows, "lrrrrr"))
    return kept


FITS = fits()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--ours", action="store_true", help="without the peers")
    parser.add_argument("--only", metavar="NAME")
    given = parser.parse_args()
    kept = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for fit in FITS:
            reference(fit)
        for kind in ("nonzero", "zero", "tiny"):
            for gradient in (False, True):
                label = f"{kind}, {'gradient' if gradient else 'values'}"
                kept[label] = table(kind, gradient, given.draws, not given.ours, given.only)
    if given.only is None and not given.ours:
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
