"""Bounded variants of Moré & Wild's problems: who stays inside, who arrives, who is right.

The box cuts off the minimiser of the problem (see `local_problems.cut`). A method's verdict is held
against a search of ours around the point, with exact gradients: inside the box and a
neighbourhood of the point, by scipy's L-BFGS-B from the point, and from either side of it along the
most negative curvature of the free variables.  If that search descends, the point is no minimum.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.optimize
from local_peers import GRADIENT, VALUES, Objective, Peer
from local_problems import Problem, Vector, cut, problems
from tables import markdown

import pyminima

TAU = 1e-6
GRADIENTS = 1000  # the budget with exact gradients
CALLS = 500  # times n + 1: the budget with values only

NEAR = 1e-3  # the neighbourhood: |x_i - c_i| <= NEAR max(1, |c_i|)
# What a search around the point has to descend by: a part of |f| and of the fall from the start.
DESCENT = 1e-9

MINIMA = {"local_minimum", "degenerate_minimum", "nonsmooth_minimum"}
DENIALS = {"saddle", "local_maximum", "inflection", "not_stationary", "unbounded"}

PEERS = {
    **{n: (GRADIENT[n], True) for n in ("scipy L-BFGS-B", "scipy TNC", "scipy SLSQP", "nlopt MMA")},
    **{n: (VALUES[n], False) for n in ("nlopt BOBYQA", "nlopt NELDERMEAD")},
}


@dataclass
class Ended:
    """Where a run has ended."""

    fun: float
    outside: int  # evaluations outside the box
    says: str = ""  # the verdict
    descent: float = 0.0  # how far the search around the point comes down, in units of DESCENT


def lower_nearby(p: Problem, x: Vector) -> float:
    """The lowest value that a search of the feasible neighbourhood of x finds."""
    reach = NEAR * np.maximum(1.0, np.abs(x))
    lower, upper = np.maximum(p.lower, x - reach), np.minimum(p.upper, x + reach)
    starts = [x]
    free = np.flatnonzero((x > p.lower) & (x < p.upper))
    if len(free):
        H = p.hess(x)[np.ix_(free, free)]
        if np.isfinite(H).all():
            values, vectors = np.linalg.eigh(H)
            if values[0] < 0.0:
                aside = np.zeros(p.n)
                aside[free] = 0.1 * reach[free] * vectors[:, 0]
                starts += [np.clip(x + aside, lower, upper), np.clip(x - aside, lower, upper)]
    found = [
        scipy.optimize.minimize(
            p.fun,
            start,
            jac=p.jac,
            method="L-BFGS-B",
            bounds=list(zip(lower, upper, strict=True)),
            options={"ftol": 1e-15, "gtol": 1e-12, "maxiter": 200},
        ).fun
        for start in starts
    ]
    return float(np.nanmin(found))


def ours(method: str | None, p: Problem, exact: bool) -> Ended:
    """A run of a method of pyminima, and the check of its verdict."""
    most = GRADIENTS if exact else CALLS * (p.n + 1)
    c = Objective(p, 10 * most, math.inf)
    res = pyminima.minimize(
        c.both if exact else c.value,
        p.x0.copy(),
        method=method,
        jac=exact or None,
        bounds=p.bounds,
        max_evals=most,
        check_gradient=False,
    )
    unit = DESCENT * (abs(res.fun) + p.fun(p.x0) - res.fun) + 1e-300
    descent = (res.fun - lower_nearby(p, res.x)) / unit
    return Ended(res.fun, c.outside, str(res.classification.point), descent)


def peer(solve: Peer, p: Problem, exact: bool) -> Ended:
    c = Objective(p, GRADIENTS if exact else CALLS * (p.n + 1), math.inf)
    with contextlib.suppress(Exception):  # the budget, or NLopt's own failures
        solve(c, exact)
    return Ended(c.lowest, c.outside)


def variants() -> list[Problem]:
    """Every problem, in a box that cuts off the point where the default ends without one."""

    def minimiser(p: Problem) -> Vector:
        return pyminima.minimize(p.fun, p.x0.copy(), jac=p.jac, classify=False).x

    cuts = [cut(p, minimiser(p)) for p in problems("more_wild")]
    return [p for p in cuts if (p.lower < p.upper).all()]


def bounded() -> tuple[str, dict[str, Any]]:
    """The table, and what it is made from."""
    tasks = variants()
    runs: dict[str, list[Ended]] = {"pyminima default": [ours(None, p, True) for p in tasks]}
    for m in pyminima.methods():
        if m.bounds and not m.is_global:
            exact = m.needs == "gradient"
            runs[f"pyminima {m.name}"] = [ours(m.name, p, exact) for p in tasks]
    runs["pyminima default, values only"] = [ours(None, p, False) for p in tasks]
    for name, (solve, exact) in PEERS.items():
        runs[name] = [peer(solve, p, exact) for p in tasks]

    lowest = [min(r[i].fun for r in runs.values()) for i in range(len(tasks))]
    rows: list[list[Any]] = []
    for name, ended in runs.items():
        reached = sum(
            e.fun - low <= TAU * (p.fun(p.x0) - low)
            for e, low, p in zip(ended, lowest, tasks, strict=True)
        )
        outside = sum(e.outside > 0 for e in ended)
        claims = [e for e in ended if e.says in MINIMA]
        denials = [e for e in ended if e.says in DENIALS]
        refuted = sum(e.descent > 1.0 for e in claims)
        wrong = sum(e.descent <= 1e-3 for e in denials)
        verdicts = [len(claims), refuted, len(denials), wrong]
        silent = not name.startswith("pyminima")
        rows.append([name, outside, reached, *(["-"] * 4 if silent else verdicts)])
    head = [f"{len(tasks)} problems", "left the box", "reached the lowest"]
    head += ["says minimum", "wrongly", "says none", "wrongly"]
    found = {
        name: {
            p.name: [e.fun, e.outside, e.says, e.descent] for p, e in zip(tasks, ended, strict=True)
        }
        for name, ended in runs.items()
    }
    values = {p.name: low for p, low in zip(tasks, lowest, strict=True)}
    return markdown(head, rows, "l" + "r" * 6), {"lowest": values, "runs": found}
