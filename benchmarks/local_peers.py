"""The local optimisers of scipy and NLopt behind one call, with tight tolerances."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import nlopt
import numpy as np
import scipy.optimize
from local_problems import Problem, Vector

NEVER = 10**9  # no limit but the budget

# A forward difference, as scipy makes them.
STEP = math.sqrt(np.finfo(float).eps)


class Spent(Exception):
    """The budget is spent, or the time."""


class Objective:
    """Counts every evaluation, and keeps (count, value) whenever a lower value is found.

    `seen` is what the solver minimises: values alone, or values with exact gradients, in which case
    an evaluation is both.
    """

    def __init__(self, problem: Problem, budget: int, seconds: float) -> None:
        self.problem, self.budget = problem, budget
        self.last_moment = time.process_time() + seconds
        self.count, self.lowest, self.outside = 0, math.inf, 0
        self.spent = ""  # what ended the run: "budget", "time", or nothing yet
        self.history: list[tuple[int, float]] = []

    def value(self, x: Vector) -> float:
        if self.count >= self.budget or time.process_time() > self.last_moment:
            self.spent = self.spent or ("budget" if self.count >= self.budget else "time")
            raise Spent
        self.count += 1
        p = self.problem
        if len(p.lower) and ((x < p.lower).any() or (x > p.upper).any()):
            self.outside += 1
            return p.fun(x)  # a point outside is no achievement
        f = p.fun(x)
        if f < self.lowest:
            self.lowest = f
            self.history.append((self.count, f))
        return f

    def both(self, x: Vector) -> tuple[float, Vector]:
        return self.value(x), self.problem.jac(x)

    def differenced(self, x: Vector) -> tuple[float, Vector]:
        """A value and n more for a forward difference."""
        f, g = self.value(x), np.empty(len(x))
        for i in range(len(x)):
            near = np.array(x)
            h = STEP * max(1.0, abs(x[i]))
            near[i] += h if not len(self.problem.upper) or x[i] + h <= self.problem.upper[i] else -h
            g[i] = (self.value(near) - f) / (near[i] - x[i])
        return f, g


Peer = Callable[[Objective, bool], Any]  # (objective, with exact gradients)


def of_scipy(name: str, second: str = "", **options: Any) -> Peer:
    """A method of `scipy.optimize.minimize`; `second` is "hess" or "hessp" if it needs one.

    Those are differences of exact gradients, counted.
    """

    def solve(c: Objective, exact: bool) -> Any:
        def product(x: Vector, v: Vector) -> Vector:
            length = float(np.linalg.norm(v))
            h = STEP * max(1.0, float(np.linalg.norm(x))) / length if length else 0.0
            return (c.both(x + h * v)[1] - c.both(x)[1]) / h if h else np.zeros_like(v)

        def hessian(x: Vector) -> Vector:
            g = c.both(x)[1]
            H = np.empty((len(x), len(x)))
            for i in range(len(x)):
                near = np.array(x)
                near[i] += STEP * max(1.0, abs(x[i]))
                H[i] = (c.both(near)[1] - g) / (near[i] - x[i])
            return 0.5 * (H + H.T)

        extra: dict[str, Any] = {"hess": hessian, "hessp": product}
        return scipy.optimize.minimize(
            c.both if exact else c.value,
            c.problem.x0.copy(),
            jac=exact or None,
            method=name,
            bounds=c.problem.bounds,
            options=options,
            **({second: extra[second]} if second else {}),
        )

    return solve


def of_nlopt(name: str) -> Peer:
    """A local method of NLopt; one that needs a gradient gets exact or differenced ones."""

    def solve(c: Objective, exact: bool) -> Any:
        def fun(x: Vector, g: Vector) -> float:
            if not g.size:
                return c.value(x)
            f, g[:] = c.both(x) if exact else c.differenced(x)
            return f

        p = c.problem
        opt = nlopt.opt(getattr(nlopt, name), p.n)
        opt.set_min_objective(fun)
        opt.set_ftol_rel(1e-15)
        opt.set_xtol_rel(1e-12)
        if len(p.lower):
            opt.set_lower_bounds(p.lower)
            opt.set_upper_bounds(p.upper)
        return opt.optimize(p.x0.copy())

    return solve


GRADIENT: dict[str, Peer] = {
    "scipy L-BFGS-B": of_scipy("L-BFGS-B", ftol=1e-15, gtol=1e-12, maxiter=NEVER, maxfun=NEVER),
    "scipy BFGS": of_scipy("BFGS", gtol=1e-10, maxiter=NEVER),
    "scipy CG": of_scipy("CG", gtol=1e-10, maxiter=NEVER),
    "scipy TNC": of_scipy("TNC", ftol=1e-15, gtol=1e-12, xtol=1e-14, maxfun=NEVER),
    "scipy SLSQP": of_scipy("SLSQP", ftol=1e-16, maxiter=NEVER),
    **{
        f"nlopt {name}": of_nlopt(f"LD_{name}")
        for name in (
            "LBFGS",
            "MMA",
            "CCSAQ",
            "SLSQP",
            "VAR1",
            "VAR2",
            "TNEWTON",
            "TNEWTON_RESTART",
            "TNEWTON_PRECOND",
            "TNEWTON_PRECOND_RESTART",
        )
    },
}

# These are given exact gradients only; their Hessians are differences of them.
SECOND_ORDER: dict[str, Peer] = {
    "scipy Newton-CG": of_scipy("Newton-CG", xtol=1e-12, maxiter=NEVER),
    "scipy trust-exact": of_scipy("trust-exact", "hess", gtol=1e-10, maxiter=NEVER),
    "scipy trust-krylov": of_scipy("trust-krylov", "hessp", gtol=1e-10, maxiter=NEVER),
    "scipy trust-ncg": of_scipy("trust-ncg", "hessp", gtol=1e-10, maxiter=NEVER),
    "scipy dogleg": of_scipy("dogleg", "hess", gtol=1e-10, maxiter=NEVER),
    "scipy trust-constr": of_scipy("trust-constr", gtol=1e-10, xtol=1e-12, maxiter=NEVER),
}

# NLopt's NEWUOA_BOUND is not here: without bounds it is NEWUOA, with a loop inside a step that no
# limit ends on some of these problems.
VALUES: dict[str, Peer] = {
    "scipy Nelder-Mead": of_scipy(
        "Nelder-Mead", adaptive=True, xatol=1e-12, fatol=1e-15, maxiter=NEVER, maxfev=NEVER
    ),
    "scipy Powell": of_scipy("Powell", xtol=1e-12, ftol=1e-15, maxiter=NEVER, maxfev=NEVER),
    "scipy COBYLA": of_scipy("COBYLA", tol=1e-12, maxiter=10**7),
    "scipy COBYQA": of_scipy("COBYQA", final_tr_radius=1e-12, maxfev=10**7, maxiter=10**7),
    **{
        f"nlopt {name}": of_nlopt(f"LN_{name}")
        for name in (
            "NEWUOA",
            "BOBYQA",
            "PRAXIS",
            "NELDERMEAD",
            "SBPLX",
            "COBYLA",
        )
    },
}
