"""A short tour, ``python -m pyminima.demo``: a table of runs, and a picture of two landscapes.

Each run has a line of figures, and below it the verdict in the library's own words. The picture
shows critical points as `pyminima.classify` judged them.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

import pyminima
from pyminima import problems

Vector = NDArray[np.float64]

WIDTH = 110
PICTURE = Path("build/demo/landscape.png")
SEED = 1

# Monomolecular adsorption in dental research, volume and pressure: D. Misra, NIST 1978;
# dataset Misra1a of NIST's Statistical Reference Datasets for nonlinear regression.
MISRA1A = np.array(
    [
        [10.07, 77.6], [14.73, 114.9], [17.94, 141.1], [23.93, 190.8], [29.61, 239.9],
        [35.18, 289.0], [40.02, 332.8], [44.82, 378.4], [50.76, 434.8], [55.05, 477.3],
        [61.01, 536.8], [66.40, 593.1], [75.47, 689.1], [81.78, 760.0],
    ]
)  # fmt: skip
MISRA1A_CERTIFIED = 1.2455138894e-01  # residual sum of squares, from the same page

# Population of the United States at each census from 1790 to 1970, millions: U.S. Census Bureau,
# as in D. R. McNeil, Interactive Data Analysis, Wiley 1977.
CENSUS = np.array(
    [
        3.93, 5.31, 7.24, 9.64, 12.9, 17.1, 23.2, 31.4, 39.8, 50.2,
        62.9, 76.0, 92.0, 105.7, 122.8, 131.7, 151.3, 179.3, 203.2,
    ]
)  # fmt: skip

RASTRIGIN_IN_C = """
#include <math.h>
double rastrigin(int n, double *x)
{
    double sum = 10.0 * n;
    for (int i = 0; i < n; ++i) {
        const double z = x[i] - 1.7;
        sum += z * z - 10.0 * cos(6.283185307179586 * z);
    }
    return sum;
}
"""


@dataclass(frozen=True)
class Case:
    """One run of the tour."""

    name: str
    run: Callable[[], pyminima.Result]


def _problem(title: str, name: str, n: int | None = None, **given: Any) -> Case:
    """A run on a problem of the catalogue from its own start; ``box=True``: in its own box."""
    problem = problems.get(name, n)
    if given.pop("box", False):
        given["bounds"] = problem.bounds
    if given.pop("slope", True):
        given["jac"] = problem.jac
    return Case(title, lambda: pyminima.minimize(problem.fun, problem.x0, **given))


def _misra1a(b: Vector) -> float:
    volume, pressure = MISRA1A.T
    return float(np.sum((volume - b[0] * (1.0 - np.exp(-b[1] * pressure))) ** 2))


def _census(b: Vector) -> float:
    """Squared errors of logistic growth; the capacity in millions, turn and scale in years."""
    capacity, turn, scale = b
    years = 10.0 * np.arange(CENSUS.size)
    return float(np.sum((CENSUS - capacity / (1.0 + np.exp((turn - years) / scale))) ** 2))


def _regression() -> pyminima.Result:
    """Five coefficients from 10,000 noisy samples, by mini-batches and then on all of them."""
    rng = np.random.default_rng(SEED)
    A = rng.normal(size=(10_000, 5))
    b = A @ np.arange(1.0, 6.0) + rng.normal(size=10_000)

    def loss(x: Vector, samples: NDArray[np.int64]) -> tuple[float, Vector]:
        residual = A[samples] @ x - b[samples]
        return float(residual @ residual) / len(samples), 2.0 * residual @ A[samples] / len(samples)

    settings = {"learning_rate": 0.1, "schedule": pyminima.schedules.Cosine()}
    return pyminima.minimize(
        loss,
        np.zeros(5),
        jac=True,
        batches=pyminima.Batches(len(b), epochs=3),
        options=settings,
        polish=True,
        rng=SEED,
    )


def _compiled(source: str, name: str, directory: Path) -> Any:
    """The C function as ctypes loads it, or None if there is no C compiler."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        return None
    text, library = directory / f"{name}.c", directory / f"{name}.so"
    text.write_text(source)
    command = [compiler, "-O2", "-shared", "-fPIC", str(text), "-o", str(library), "-lm"]
    subprocess.run(command, check=True)
    function = getattr(ctypes.CDLL(str(library)), name)
    function.restype = ctypes.c_double
    function.argtypes = (ctypes.c_int, ctypes.POINTER(ctypes.c_double))
    return function


def cases(directory: Path) -> Iterator[Case]:
    """The runs of the tour; what has to be compiled is put into `directory`."""
    yield _problem("Rosenbrock, n = 2", "rosenbrock")
    yield _problem("Rosenbrock, n = 10", "rosenbrock", 10)
    yield _problem("ridge into a saddle", "ridge_saddle")
    ridge = problems.get("ridge_saddle")
    yield Case(
        "ridge, with its Hessian",
        lambda: pyminima.minimize(ridge.fun, ridge.x0, jac=ridge.jac, hess=ridge.hess),
    )
    yield _problem("cosine from its maximum", "cosine")
    yield _problem("Himmelblau", "himmelblau")
    yield _problem("rank-one factors, from 0", "matrix_factorisation")
    yield _problem("-x y on the unit square", "weak_corner", box=True)
    yield _problem("sigmoid, values only", "sigmoid_plateau", slope=False)
    yield _problem("-x, no bounds", "slide")
    yield _problem("|1 - x| + 10 |y - x^2|", "l1_rosenbrock", box=True)
    yield _problem("Wood, values only", "wood", slope=False, method="bobyqa")
    yield _problem("six-hump camel", "six_hump_camel", box=True)
    for method in ("annealing", "genetic"):
        yield _problem(
            "Rastrigin, n = 5", "rastrigin_shifted", 5, box=True, method=method, rng=SEED
        )

    function = _compiled(RASTRIGIN_IN_C, "rastrigin", directory)
    if function is None:
        print("Rastrigin in C, n = 10: left out, for no C compiler was found (set CC)")
    else:
        box = [(-5.12, 5.12)] * 10
        yield Case(
            "Rastrigin in C, n = 10",
            lambda: pyminima.minimize(function, bounds=box, method="genetic", rng=SEED),
        )
    yield Case(
        "NIST Misra1a, real data",
        lambda: pyminima.minimize(_misra1a, [500.0, 1e-4], bounds=[(0, 1000), (0, 0.01)]),
    )
    yield Case("US census, logistic", lambda: pyminima.minimize(_census, [200.0, 100.0, 30.0]))
    yield Case("10,000 samples, batches", _regression)


COLUMNS = "{:<25} {:<16} {:>16} {:>12} {:>12}  {:<7} {:>7}"


def row(name: str, res: pyminima.Result) -> str:
    """A line of figures, and the verdict on lines of its own."""
    figures = COLUMNS.format(
        name,
        res.method,
        f"{res.fun:.9g}",
        f"{res.nfev:,}",
        f"{1e3 * res.elapsed:,.1f} ms",
        str(res.success),
        res.n_escapes or "",
    )
    verdict = textwrap.fill(
        str(res.classification), WIDTH, initial_indent="    -> ", subsequent_indent="       "
    )
    return f"{figures.rstrip()}\n{verdict}"


def tour() -> None:
    """Run all cases and print the table."""
    print(
        COLUMNS.format(
            "problem", "method", "found f(x)", "evaluations", "time", "success", "escapes"
        )
    )
    print("-" * WIDTH)
    with tempfile.TemporaryDirectory() as directory:
        for case in cases(Path(directory)):
            print(row(case.name, case.run()), flush=True)
    print("-" * WIDTH)
    print(f"evaluations include differences and the verdict; rng={SEED} for random methods")
    print(f"NIST's certified sum of squares for Misra1a: {MISRA1A_CERTIFIED:.9g}")


# -------------------------------------------------------------------------------------- the picture

# Okabe & Ito's colours, told apart with every kind of colour vision; and a shape for each kind.
MARKS = {
    pyminima.Kind.LOCAL: ("o", "#009e73", "local minimum"),
    pyminima.Kind.SADDLE: ("X", "#d55e00", "saddle"),
    pyminima.Kind.MAXIMUM: ("^", "#cc79a7", "maximum"),
}
OTHERWISE = ("s", "#999999", "undecided")


def critical_points(problem: problems.Problem, lower: Vector, upper: Vector) -> list[Vector]:
    """Where the gradient vanishes, by Newton's method from a grid of starts."""
    found: list[Vector] = []
    for start in np.stack(np.meshgrid(*np.linspace(lower, upper, 15).T), axis=-1).reshape(-1, 2):
        root = optimize.root(problem.jac, start, jac=problem.hess, tol=1e-12)
        inside = bool(np.all((lower <= root.x) & (root.x <= upper)))
        is_new = all(np.linalg.norm(root.x - x) > 1e-4 for x in found)
        if root.success and inside and is_new:
            found.append(root.x)
    return found


def _panel(axes: Any, problem: problems.Problem, lower: Vector, upper: Vector) -> None:
    """Contours, the path of a run from the problem's start, and its critical points."""
    X, Y = np.meshgrid(*np.linspace(lower, upper, 301).T)
    Z = np.array([problem.fun(p) for p in np.stack([X, Y], -1).reshape(-1, 2)]).reshape(X.shape)
    # Levels are even in the square root, so that shallow valleys show beside high walls.
    levels = Z.min() + np.linspace(0.0, np.sqrt(np.ptp(Z)), 28) ** 2
    axes.contourf(X, Y, Z, levels=levels, cmap="Blues_r", alpha=0.85)
    axes.contour(X, Y, Z, levels=levels, colors="white", linewidths=0.4, alpha=0.6)

    path = [problem.x0]
    res = pyminima.minimize(
        problem.fun,
        problem.x0,
        jac=problem.jac,
        method="gradient_descent",
        callback=lambda xk: path.append(xk),
    )
    axes.plot(*np.transpose(path), "-", color="black", lw=1.4, marker=".", ms=5, label="path")
    axes.plot(*problem.x0, "D", color="white", mec="black", ms=7, label="start")

    labelled: set[str] = set()
    for x in critical_points(problem, lower, upper):
        verdict = pyminima.classify(problem.fun, x, jac=problem.jac)
        marker, colour, label = MARKS.get(verdict.kind, OTHERWISE)
        own = None if label in labelled else label
        labelled.add(label)
        axes.plot(*x, marker, color=colour, mec="black", mew=0.7, ms=10, ls="none", label=own)
    escaped = {0: "", 1: ", one escape"}.get(res.n_escapes, f", {res.n_escapes} escapes")
    axes.set_title(f"{problem.name.replace('_', ' ')}: {res.classification.kind}{escaped}")
    axes.set_xlim(lower[0], upper[0])
    axes.set_ylim(lower[1], upper[1])
    axes.legend(loc="upper right", fontsize=8)


def picture(path: Path) -> None:
    """Draw two landscapes with the path of a run and their critical points as classified."""
    try:
        matplotlib = importlib.import_module("matplotlib")
    except ImportError:
        sys.exit("The picture needs matplotlib: pip install 'pyminima[plot]'; or pass --no-picture")
    matplotlib.use("Agg")
    plt = importlib.import_module("matplotlib.pyplot")
    figure, (left, right) = plt.subplots(1, 2, figsize=(12.0, 5.6), layout="constrained")
    reach = np.array([5.5, 5.5])
    _panel(left, problems.get("himmelblau"), -reach, reach)
    reach = np.array([1.3, 1.5])
    _panel(right, problems.get("ridge_saddle"), -reach, reach)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    plt.close(figure)
    print(f"picture: {path}")


def main(argv: list[str] | None = None) -> None:
    """Run the tour from the command line."""
    parser = argparse.ArgumentParser(prog="python -m pyminima.demo", description=__doc__)
    parser.add_argument("--picture", type=Path, default=PICTURE, help="where to save it")
    parser.add_argument("--no-picture", action="store_true", help="only the table")
    given = parser.parse_args(argv)
    tour()
    if not given.no_picture:
        picture(given.picture)


if __name__ == "__main__":
    main()
