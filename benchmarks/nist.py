"""NIST's nonlinear regression problems: 27 data sets, certified values, two starts each.

    python benchmarks/nist.py [--ours] [--only NAME]

A run has solved its problem if the sum of squares agrees with the certified one to 4 digits. False
success is `success=True` elsewhere; a false verdict is a claim of a minimum elsewhere. Ours by
values and by complex steps, with and without `x_scale`, beside scipy's methods, MINPACK and, where
installed, iminuit. Prints a table and writes benchmarks/results/nist.json.

The data: NIST/ITL StRD, nonlinear regression (Janet Rogers, James Filliben, Lisa Gill, William
Guthrie, Eric Lagergren and Mark Vangel, 1997), files as published, a work of the US government in
the public domain: benchmarks/data/nist.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize
from tables import markdown

import pyminima

DATA = Path(__file__).resolve().parent / "data" / "nist"
RESULTS = Path(__file__).resolve().parent / "results" / "nist.json"

Model = Callable[..., Any]


def rational(powers_above: int, powers_below: int) -> Model:
    """(b1 + b2 x + ...) / (1 + b_k x + ...)."""

    def model(x: Any, *b: Any) -> Any:
        above = sum(b[k] * x**k for k in range(powers_above))
        return above / (1 + sum(b[powers_above + k] * x ** (k + 1) for k in range(powers_below)))

    return model


def gauss(x: Any, b1: Any, b2: Any, b3: Any, b4: Any, b5: Any, b6: Any, b7: Any, b8: Any) -> Any:
    peaks = b3 * np.exp(-((x - b4) ** 2) / b5**2) + b6 * np.exp(-((x - b7) ** 2) / b8**2)
    return b1 * np.exp(-b2 * x) + peaks


def enso(x: Any, *b: Any) -> Any:
    def wave(cosine: Any, sine: Any, period: Any) -> Any:
        phase = 2 * np.pi * x / period
        return cosine * np.cos(phase) + sine * np.sin(phase)

    return b[0] + wave(b[1], b[2], 12) + wave(b[4], b[5], b[3]) + wave(b[7], b[8], b[6])


def lanczos(x: Any, *b: Any) -> Any:
    return sum(b[k] * np.exp(-b[k + 1] * x) for k in (0, 2, 4))


def chwirut(x: Any, b1: Any, b2: Any, b3: Any) -> Any:
    return np.exp(-b1 * x) / (b2 + b3 * x)


MODELS: dict[str, Model] = {
    "Bennett5": lambda x, b1, b2, b3: b1 * (b2 + x) ** (-1 / b3),
    "BoxBOD": lambda x, b1, b2: b1 * (1 - np.exp(-b2 * x)),
    "Chwirut1": chwirut,
    "Chwirut2": chwirut,
    "DanWood": lambda x, b1, b2: b1 * x**b2,
    "ENSO": enso,
    "Eckerle4": lambda x, b1, b2, b3: (b1 / b2) * np.exp(-0.5 * ((x - b3) / b2) ** 2),
    "Gauss1": gauss,
    "Gauss2": gauss,
    "Gauss3": gauss,
    "Hahn1": rational(4, 3),
    "Kirby2": rational(3, 2),
    "Lanczos1": lanczos,
    "Lanczos2": lanczos,
    "Lanczos3": lanczos,
    "MGH09": lambda x, b1, b2, b3, b4: b1 * (x**2 + x * b2) / (x**2 + x * b3 + b4),
    "MGH10": lambda x, b1, b2, b3: b1 * np.exp(b2 / (x + b3)),
    "MGH17": lambda x, b1, b2, b3, b4, b5: b1 + b2 * np.exp(-x * b4) + b3 * np.exp(-x * b5),
    "Misra1a": lambda x, b1, b2: b1 * (1 - np.exp(-b2 * x)),
    "Misra1b": lambda x, b1, b2: b1 * (1 - (1 + b2 * x / 2) ** -2),
    "Misra1c": lambda x, b1, b2: b1 * (1 - (1 + 2 * b2 * x) ** -0.5),
    "Misra1d": lambda x, b1, b2: b1 * b2 * x / (1 + b2 * x),
    "Nelson": lambda x, b1, b2, b3: b1 - b2 * x[0] * np.exp(-b3 * x[1]),
    "Rat42": lambda x, b1, b2, b3: b1 / (1 + np.exp(b2 - b3 * x)),
    "Rat43": lambda x, b1, b2, b3, b4: b1 / (1 + np.exp(b2 - b3 * x)) ** (1 / b4),
    "Roszman1": lambda x, b1, b2, b3, b4: b1 - b2 * x - np.arctan(b3 / (x - b4)) / np.pi,
    "Thurber": rational(4, 3),
}


@dataclass(frozen=True)
class Problem:
    """One data set."""

    name: str
    model: Model
    x: np.ndarray
    y: np.ndarray
    starts: tuple[np.ndarray, np.ndarray]
    certified: np.ndarray
    sum_of_squares: float

    def residuals(self, b: Any) -> Any:
        return self.y - self.model(self.x, *b)

    def fun(self, b: Any) -> Any:
        r = self.residuals(b)
        return (r * r).sum() if np.iscomplexobj(r) else float(r @ r)


def read(name: str) -> Problem:
    text = (DATA / f"{name}.dat").read_text().replace("\r", "")
    rows = re.findall(r"^\s*b\d+\s*=\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*$", text, re.MULTILINE)
    numbers = np.array([[float(v) for v in row] for row in rows])
    total = re.search(r"Residual Sum of Squares:\s+(\S+)", text)
    assert total is not None
    lines = text.splitlines()
    first = max(k for k, line in enumerate(lines) if line.startswith("Data:")) + 1
    table = np.array([[float(v) for v in line.split()] for line in lines[first:] if line.strip()])
    y, x = table[:, 0], table[:, 1:].T
    return Problem(
        name,
        MODELS[name],
        x if len(x) > 1 else x[0],
        np.log(y) if name == "Nelson" else y,
        (numbers[:, 0], numbers[:, 1]),
        numbers[:, 2],
        float(total[1]),
    )


# ------------------------------------------------------------------------------------- solvers

MINIMA = ("local_minimum", "degenerate_minimum", "nonsmooth_minimum", "flat_valley")


@dataclass
class End:
    """Where a run ended: its value, what it claims, and what it took."""

    fun: float
    success: bool
    minimum: bool  # the verdict claims one
    nfev: int


def ours(p: Problem, x0: np.ndarray, **given: Any) -> End:
    res = pyminima.minimize(p.fun, x0, rng=0, **given)
    point = str(res.classification.point)
    return End(float(res.fun), bool(res.success), point in MINIMA, res.nfev)


def by_scipy(p: Problem, x0: np.ndarray, method: str) -> End:
    res = optimize.minimize(p.fun, x0, method=method, options={"maxiter": 20000})
    return End(float(res.fun), bool(res.success), bool(res.success), res.nfev)


def by_minpack(p: Problem, x0: np.ndarray) -> End:
    res = optimize.least_squares(p.residuals, x0, method="lm", max_nfev=20000)
    return End(2.0 * float(res.cost), bool(res.success), bool(res.success), res.nfev)


def by_minuit(p: Problem, x0: np.ndarray) -> End:
    import iminuit

    m = iminuit.Minuit(p.fun, x0)
    m.migrad()
    return End(float(m.fval), bool(m.valid), bool(m.valid), m.nfcn)


OURS: dict[str, Callable[[Problem, np.ndarray], End]] = {
    "pyminima, values": ours,
    "pyminima, complex steps": lambda p, x0: ours(p, x0, jac="cs"),
    "the same with x_scale=|x0|": lambda p, x0: ours(p, x0, jac="cs", x_scale=np.abs(x0)),
    "pyminima, values, x_scale=|x0|": lambda p, x0: ours(p, x0, x_scale=np.abs(x0)),
}
PEERS: dict[str, Callable[[Problem, np.ndarray], End]] = {
    **{
        f"scipy {m}": (lambda p, x0, m=m: by_scipy(p, x0, m))
        for m in ("Nelder-Mead", "Powell", "CG", "BFGS", "L-BFGS-B", "TNC")
    },
    "scipy least_squares (MINPACK)": by_minpack,
}


def agrees(f: float, p: Problem) -> bool:
    """To 4 digits; where the certified sum is 1e-25, rounding of the data is all there is."""
    return f <= p.sum_of_squares * (1 + 5e-5) + 1e-20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", action="store_true", help="without the peers")
    parser.add_argument("--only", metavar="NAME")
    given = parser.parse_args()
    problems = [read(name) for name in MODELS if given.only in (None, name)]
    for p in problems:
        assert math.isclose(p.fun(p.certified), p.sum_of_squares, rel_tol=1e-6, abs_tol=1e-20), (
            p.name
        )
    solvers = dict(OURS)
    if not given.ours:
        solvers |= PEERS
        try:
            import iminuit  # noqa: F401

            solvers["iminuit"] = by_minuit
        except ImportError:
            print("iminuit is not installed and left out")
    rows, kept = [], {}
    for name, solve in solvers.items():
        ends, missed, false, wrong = [], [], [], []
        for p in problems:
            for k, x0 in enumerate(p.starts):
                label = f"{p.name} {k + 1}"
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")
                    try:
                        end = solve(p, x0.copy())
                    except (ValueError, FloatingPointError, OverflowError):
                        end = End(math.inf, False, False, 0)
                ends.append(end.nfev)
                if not agrees(end.fun, p):
                    missed.append(label)
                    false += [label] if end.success else []
                    wrong += [label] if end.minimum else []
        solved = 2 * len(problems) - len(missed)
        rows.append([name, solved, len(false), len(wrong), int(np.median(ends))])
        kept[name] = {
            "solved": solved,
            "missed": missed,
            "false": false,
            "wrong": wrong,
            "nfev": ends,
        }
        if name in OURS:
            print(f"{name}: missed {missed}; false success {false}; false verdict {wrong}")
    head = ["", f"solved of {2 * len(problems)}", "false success", "false claims", "evaluations"]
    print(markdown(head, rows, "lrrrr"))
    if given.only is None and not given.ours:
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
