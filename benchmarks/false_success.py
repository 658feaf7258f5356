"""Who reports success at a point that is no minimum? Eleven traps, scipy's ten methods, pyminima.

Everybody gets `fun`, `x0` and, where there are any, `bounds`; nothing else, so all settings are
the defaults. The truth of each row is known: a point counts as no minimum if its true value lies
above the lowest one by more than a thousandth of the whole descent from the start (or, where values
carry noise, by more than ten of its standard deviations). Exits with status 1 if pyminima reports
success, or calls a point a minimum, where there is none.

    python benchmarks/false_success.py            prints the table and writes docs/false_success.md
"""

from __future__ import annotations

import argparse
import math
import platform
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy
from scipy import optimize
from tables import markdown

import pyminima
from pyminima import problems

PAGE = Path(__file__).resolve().parents[1] / "docs" / "false_success.md"

UNBOUNDED = (
    "Nelder-Mead",
    "Powell",
    "CG",
    "BFGS",
    "L-BFGS-B",
    "TNC",
    "COBYLA",
    "COBYQA",
    "SLSQP",
    "trust-constr",
)
BOUNDED = tuple(name for name in UNBOUNDED if name not in ("CG", "BFGS"))

# A point counts as a minimum within this share of the descent from the start to the lowest value.
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Trap:
    """A problem and its truth; `make` gives everybody a fresh problem (with fresh noise)."""

    title: str
    make: Callable[[], problems.Problem]
    in_box: bool = False
    truth: Callable[[np.ndarray], float] | None = None  # without noise or rounding, if there is any

    def excess(self, x: np.ndarray) -> float:
        """How far the value at x is above the lowest, in units of what is tolerated."""
        problem = self.make()
        truth = self.truth or problem.fun
        if problem.f_min is None:  # no lowest value
            return math.inf
        drop = truth(problem.x0) - problem.f_min
        return (truth(x) - problem.f_min) / max(TOLERANCE * drop, 10.0 * problem.noise)


def catalogue(name: str) -> Callable[[], problems.Problem]:
    return lambda: problems.get(name)


TRAPS = (
    Trap("rank-one factorisation of a matrix, from zeros", catalogue("matrix_factorisation")),
    Trap("x² + (y² - 1)², from (1, 0), into the saddle", catalogue("ridge_saddle")),
    Trap("cos x, from 0, an exact maximum", catalogue("cosine")),
    Trap("monkey saddle, from 0, Hessian zero", catalogue("monkey_saddle")),
    Trap("(sigmoid(x) - 0.3)², from 50, a plateau", catalogue("sigmoid_plateau")),
    Trap("1e-12 times Rosenbrock", catalogue("rosenbrock_tiny")),
    Trap(
        "bowl computed in single precision",
        catalogue("float32_bowl"),
        truth=lambda x: 3.0 + (x[0] - 0.5) ** 2 + 10.0 * (x[1] + 1.25) ** 2,
    ),
    Trap("Rosenbrock, variables of size 1e6 and 1e-6", catalogue("rosenbrock_in_mixed_units")),
    Trap(
        "quadratic with noise of 1e-3",
        catalogue("noisy_bowl"),
        truth=lambda x: problems.get("booth").fun(x),
    ),
    Trap("-x without bounds: there is no minimum", catalogue("slide")),
    Trap("-x y on the unit square, from (0, 0)", catalogue("weak_corner"), in_box=True),
)


@dataclass(frozen=True)
class Row:
    """What a trap did."""

    trap: Trap
    res: pyminima.Result
    false: bool  # pyminima: success, or a verdict "minimum", where there is none
    fooled: tuple[str, ...]  # scipy's methods
    tried: int

    @property
    def verdict(self) -> str:
        escapes = f", {self.res.n_escapes} escape(s)" if self.res.n_escapes else ""
        excess = self.trap.excess(self.res.x)
        where = "at a minimum" if excess <= 1 else "no minimum"
        success = "success" if self.res.success else "no success"
        return f"{self.res.classification.point}, {success}, {where}{escapes}"


def judge(trap: Trap) -> Row:
    """Run everybody on one trap."""
    methods = BOUNDED if trap.in_box else UNBOUNDED
    fooled = []
    for method in methods:
        problem = trap.make()
        bounds = problem.bounds if trap.in_box else None
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            res = optimize.minimize(problem.fun, problem.x0, method=method, bounds=bounds)
        if res.success and not trap.excess(res.x) <= 1:
            fooled.append(method)
    problem = trap.make()
    with np.errstate(all="ignore"):
        own = pyminima.minimize(
            problem.fun, problem.x0, bounds=problem.bounds if trap.in_box else None
        )
    claims = own.success or own.classification.is_minimum
    false = claims and not trap.excess(own.x) <= 1
    return Row(trap, own, false, tuple(fooled), len(methods))


def table(rows: list[Row]) -> str:
    """Everybody's answers, one trap a line."""
    head = ["problem", "pyminima: verdict", "nfev", "scipy: false success", "by"]
    body = [
        [
            row.trap.title,
            row.verdict,
            row.res.nfev,
            f"{len(row.fooled)} of {row.tried}",
            ", ".join(row.fooled) or "none",
        ]
        for row in rows
    ]
    return markdown(head, body, "llr")


def page(rows: list[Row]) -> str:
    """The page of the documentation."""
    fooled, tried = sum(len(row.fooled) for row in rows), sum(row.tried for row in rows)
    false = sum(row.false for row in rows)
    sentences = "\n".join(f"- **{row.trap.title}**: {row.res.classification}." for row in rows)
    versions = (
        f"pyminima {pyminima.__version__}, scipy {scipy.__version__}, numpy {np.__version__}, "
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    return f"""<!-- Written by benchmarks/false_success.py; edit that file, not this one. -->

# False success

Eleven traps, and who reports `success=True` at a point that is no minimum. All methods were given
the objective, the start and, in the last row, the bounds, and nothing else. No gradient was given.

A point counts as no minimum if its true value lies above the lowest one by more than a thousandth
of the descent from the start to there, or, where values carry noise, by ten standard deviations of
the noise. Where there is no lowest value, no point is a minimum. In the last row eight methods of
scipy take part, for CG and BFGS take no bounds.

{table(rows)}

False successes: scipy {fooled} of {tried} runs, pyminima {false} of {len(rows)}.

## The verdicts in full

{sentences}

## To repeat it

`python benchmarks/false_success.py` makes this page, and fails if pyminima reports success, or
calls the point a minimum, where there is none. This page was made with
{versions}.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", type=Path, default=PAGE, help="where to write the page")
    given = parser.parse_args()
    rows = [judge(trap) for trap in TRAPS]
    print(table(rows))
    given.page.write_text(page(rows), encoding="utf-8")
    print(f"\nwritten: {given.page.name}")
    for row in rows:
        if row.false:
            print(f"FALSE: {row.trap.title}: {row.res.message}", file=sys.stderr)
    return int(any(row.false for row in rows))


if __name__ == "__main__":
    sys.exit(main())
