"""The verdict on many variables: what it says, what it costs, and what `eigsh` would take.

Minima of condition 1 to 1e4 and saddles with one eigenvalue of -1e-1 to -1e-4 of the largest,
hidden in a random direction by Householder reflections, with a quartic term; n = 1e3 to 1e6.
Spectra are geometric.  `classify` is given values and gradients, and its own default cap.

scipy's `eigsh` (ARPACK, which="SA", one eigenvalue, tolerance 1e-2, its default basis of 20) is
given exact products with the same Hessian and `RESTARTS`; what it takes is printed for n up to
`EIGSH_LARGEST`.  What it finds is an eigenvalue, not a bound on the smallest one.

    python benchmarks/large.py [--quick]

prints the tables and writes the raw figures to benchmarks/results/large.json.
"""

# ruff: noqa: E402 (the threads of BLAS must be set before numpy is loaded)
from __future__ import annotations

import argparse
import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time
from typing import Any

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import scipy
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh
from tables import markdown

import pyminima

RESULTS = Path(__file__).resolve().parent / "results" / "large.json"
SEED = 1
QUARTIC = 0.1
RESTARTS = 100
EIGSH_LARGEST = 100_000


class Landscape:
    """sum lambda_i y_i^2 / 2 + c y_i^4 / 4 with y = R (x - centre), R three reflections."""

    def __init__(self, spectrum: np.ndarray, seed: int) -> None:
        rng = np.random.default_rng(seed)
        n = len(spectrum)
        self.spectrum = spectrum
        self.centre = rng.standard_normal(n)
        self.mirrors = [m / np.linalg.norm(m) for m in rng.standard_normal((3, n))]
        self.gradients = 0

    def turn(self, x: np.ndarray) -> np.ndarray:
        for m in self.mirrors:
            x = x - 2.0 * (m @ x) * m
        return x

    def turn_back(self, y: np.ndarray) -> np.ndarray:
        for m in reversed(self.mirrors):
            y = y - 2.0 * (m @ y) * m
        return y

    def fun(self, x: np.ndarray) -> float:
        square = self.turn(x - self.centre) ** 2
        return float(0.5 * self.spectrum @ square + 0.25 * QUARTIC * square @ square)

    def jac(self, x: np.ndarray) -> np.ndarray:
        self.gradients += 1
        y = self.turn(x - self.centre)
        return self.turn_back(self.spectrum * y + QUARTIC * y**3)

    def product(self, v: np.ndarray) -> np.ndarray:
        """The Hessian at the centre times v."""
        return self.turn_back(self.spectrum * self.turn(v))


@dataclass
class Row:
    """One landscape, the verdict on its centre, and the products `eigsh` took."""

    kind: str
    n: int
    ratio: float
    point: str
    right: bool
    evaluations: int
    gradients: int
    seconds: float
    eigsh_products: int | None
    eigsh_found: float | None
    reason: str


def eigsh_cost(task: Landscape) -> tuple[int, float | None]:
    """Products until ARPACK has the smallest eigenvalue, None if it has not."""
    calls = 0

    def product(v: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        return task.product(v)

    n = len(task.spectrum)
    operator = LinearOperator((n, n), matvec=product, dtype=np.float64)
    start = np.random.default_rng(SEED).standard_normal(n)
    try:
        found = eigsh(
            operator,
            k=1,
            which="SA",
            tol=1e-2,
            v0=start,
            maxiter=RESTARTS,
            return_eigenvectors=False,
        )
    except ArpackNoConvergence:
        return calls, None
    return calls, float(found[0])


def measure(kind: str, n: int, ratio: float) -> Row:
    spectrum = np.geomspace(ratio, 1.0, n)
    if kind == "saddle":
        spectrum[0] = -ratio
    task = Landscape(spectrum, SEED)
    begin = process_time()
    verdict = pyminima.classify(task.fun, task.centre, jac=task.jac)
    spent = process_time() - begin
    gradients = task.gradients
    products, found = eigsh_cost(task) if n <= EIGSH_LARGEST else (None, None)
    expected = "saddle" if kind == "saddle" else "local_minimum"
    point = str(verdict.point)
    return Row(
        kind,
        n,
        ratio,
        point,
        point == expected,
        verdict.n_evals,
        gradients,
        round(spent, 3),
        products,
        found,
        verdict.reason,
    )


def report(rows: list[Row]) -> None:
    head = ["landscape", "n", "ratio", "verdict", "evaluations", "CPU s", "eigsh products"]
    body = [
        [
            row.kind,
            f"{row.n:,}",
            f"{row.ratio:.0e}",
            row.point,
            row.evaluations,
            f"{row.seconds:.2f}",
            ""
            if row.eigsh_products is None
            else f"{row.eigsh_products}" + ("" if row.eigsh_found is not None else " (not found)"),
        ]
        for row in rows
    ]
    print(markdown(head, body, "lrrlrrr"))
    wrong = [row for row in rows if not row.right and row.point != "undetermined"]
    unknown = sum(row.point == "undetermined" for row in rows)
    print(f"\nwrong claims: {len(wrong)}; undetermined: {unknown} of {len(rows)}")


def conditions() -> dict[str, Any]:
    return {
        "pyminima": pyminima.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "blas_threads": 1,
        "seed": SEED,
        "quartic": QUARTIC,
        "eigsh_restarts": RESTARTS,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="n up to 1e4, and no file is written")
    given = parser.parse_args()
    sizes = [1_000, 10_000] if given.quick else [1_000, 10_000, 100_000, 1_000_000]
    tasks = [("minimum", 10.0**-k) for k in range(5)] + [("saddle", 10.0**-k) for k in range(1, 5)]
    rows = [measure(kind, n, ratio) for n in sizes for kind, ratio in tasks]
    report(rows)
    if given.quick:
        return
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    data = {"conditions": conditions(), "rows": [asdict(row) for row in rows]}
    RESULTS.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten: benchmarks/results/{RESULTS.name}")


if __name__ == "__main__":
    main()
