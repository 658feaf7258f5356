"""Adam and L-BFGS on many variables: what a step costs beside bare C loops over the same objective.

The objective is separable, cheap, and compiled (benchmarks/large_n.c); it notes when its calls
begin and end. The cost of a step is the mean time between the last calls of a run; a figure is its
ratio to that of a hand-written C loop: Adam in place, and L-BFGS, when its memory is full, with its
two loops fused. All else that a run takes, but its calls and its steps, is shown as its start, in
such steps. Peers make the same steps on the same objective: torch's fused Adam, if torch is
installed, its gradient written in place; and scipy's L-BFGS-B, up to `SCIPY_LARGEST` variables. CPU
time, one core; the rounds are interleaved, each ratio is one of a single round, and the median,
lowest and highest are shown.

    python benchmarks/large_n.py [--quick]

prints the table and writes the raw figures to benchmarks/results/large_n.json.  `make bench`
compiles the C file; by hand: cc -O3 -fno-math-errno -ffp-contract=off -shared -fPIC
benchmarks/large_n.c -o build/large_n.so
"""

# ruff: noqa: E402 (the threads of BLAS must be set before numpy is loaded)
from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import scipy
from tables import markdown

import pyminima

ROOT = Path(__file__).resolve().parent
RESULTS = ROOT / "results" / "large_n.json"
LIBRARY = ROOT.parent / "build" / "large_n.so"

# n: steps of Adam and how many of the last are measured, whole cycles of its stopping rules; the
# same for L-BFGS; and rounds
SIZES = {
    10_000: ((1700, 1600), (220, 200), 21),
    1_000_000: ((34, 32), (24, 12), 7),
    10_000_000: ((18, 16), (17, 5), 3),
}
SCIPY_LARGEST = 1_000_000

Run = Callable[[int, int], None]
"""Makes so many steps in n variables."""


class Objective:
    """The C objective with its notes, as each library wants it."""

    def __init__(self) -> None:
        self.c = ctypes.CDLL(str(LIBRARY))
        self.notes = np.zeros(1 + 2 * 10_000)
        vector, whatever = ctypes.POINTER(ctypes.c_double), ctypes.c_void_p
        self.c.timed.argtypes = (ctypes.c_int, vector, vector, whatever)
        self.c.timed.restype = ctypes.c_double
        for bare in (self.c.bare_adam, self.c.bare_lbfgs):
            bare.argtypes = (ctypes.c_size_t, ctypes.c_int, whatever)
            bare.restype = ctypes.c_double
        self.compiled = scipy.LowLevelCallable(
            self.c.timed,
            whatever(self.notes.ctypes.data),
            signature="double (int, double *, double *, void *)",
        )
        address = ctypes.cast(self.c.timed, whatever).value
        plain = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int, whatever, whatever, whatever)
        self.at_addresses = plain(address)

    def into(self, x: np.ndarray, g: np.ndarray) -> float:
        return self.at_addresses(len(x), x.ctypes.data, g.ctypes.data, self.notes.ctypes.data)

    def both(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        g = np.empty_like(x)
        return self.into(x, g), g

    def bare(self, function: Any) -> Run:
        def run(n: int, steps: int) -> None:
            function(n, steps, self.notes.ctypes.data)

        return run

    @property
    def calls(self) -> np.ndarray:
        """When the calls since `forget` began and ended, (m, 2)."""
        return self.notes[1 : 1 + 2 * int(self.notes[0])].reshape(-1, 2)

    def forget(self) -> None:
        self.notes[0] = 0.0


def own(objective: Objective, method: str) -> Run:
    def run(n: int, steps: int) -> None:
        result = pyminima.minimize(
            objective.compiled,
            np.zeros(n),
            method=method,
            jac=True,
            max_iter=steps,
            options={"gtol": 0.0, "ftol": 0.0},
            classify=False,
            polish=False,
        )
        assert result.nit == steps, result

    return run


def scipy_lbfgs(objective: Objective) -> Run:
    def run(n: int, steps: int) -> None:
        scipy.optimize.minimize(
            objective.both,
            np.zeros(n),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": steps, "maxcor": 10, "ftol": 0.0, "gtol": 0.0, "maxfun": 10**9},
        )

    return run


def torch_adam(objective: Objective) -> Run | None:
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)

    def run(n: int, steps: int) -> None:
        x = torch.zeros(n, dtype=torch.float64, requires_grad=True)
        x.grad = torch.zeros_like(x)
        point, slope = x.detach().numpy(), x.grad.numpy()
        rule = torch.optim.Adam([x], lr=1e-3, fused=True)
        for _ in range(steps):
            objective.into(point, slope)
            rule.step()

    return run


@dataclass
class Row:
    """One run beside its bare loop: a ratio, and the start in steps of the bare loop, per round."""

    n: int
    run: str
    ratios: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    calls: int = 0


def seconds(objective: Objective, run: Run, n: int, steps: int, last: int) -> tuple[float, float]:
    """CPU seconds of one step, and of all else but the steps and the calls of the objective."""
    objective.forget()
    begin = process_time()
    run(n, steps)
    whole = process_time() - begin
    began, ended = objective.calls.T
    between = (began[1:] - ended[:-1])[-last:].mean()
    return between, whole - (ended - began).sum() - steps * between


def measure(
    objective: Objective,
    n: int,
    steps: tuple[int, int],
    rounds: int,
    reference: Run,
    runs: dict[str, Run],
) -> list[Row]:
    rows = [Row(n, name) for name in runs]
    for _ in range(rounds):
        bare, _ = seconds(objective, reference, n, *steps)
        for row, run in zip(rows, runs.values(), strict=True):
            step, start = seconds(objective, run, n, *steps)
            row.ratios.append(step / bare)
            row.starts.append(start / bare)
            row.calls = len(objective.calls)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="n = 1e4 only, and no file is written")
    given = parser.parse_args()
    if not LIBRARY.exists():
        raise SystemExit("build/large_n.so is missing: see the head of this file")
    objective = Objective()
    adam: dict[str, Run] = {"pyminima adam": own(objective, "adam")}
    fused = torch_adam(objective)
    if fused is not None:
        adam["torch Adam, fused"] = fused
    else:
        print("torch is not installed: pip install torch\n")
    rows: list[Row] = []
    for n, (adam_steps, lbfgs_steps, rounds) in SIZES.items():
        if given.quick and n > 10_000:
            continue
        lbfgs = {"pyminima lbfgs": own(objective, "lbfgs")}
        if n <= SCIPY_LARGEST:
            lbfgs["scipy L-BFGS-B"] = scipy_lbfgs(objective)
        bare_adam, bare_lbfgs = map(objective.bare, (objective.c.bare_adam, objective.c.bare_lbfgs))
        rows += measure(objective, n, adam_steps, rounds, bare_adam, adam)
        rows += measure(objective, n, lbfgs_steps, rounds, bare_lbfgs, lbfgs)
    body = [
        [
            f"{row.n:.0e}",
            row.run,
            f"{statistics.median(row.ratios):.2f}",
            f"{min(row.ratios):.2f} .. {max(row.ratios):.2f}",
            f"{statistics.median(row.starts):.0f}",
            row.calls,
        ]
        for row in rows
    ]
    head = ["n", "run", "a step: ratio to the bare loop", "lowest .. highest", "start", "calls"]
    print(markdown(head, body, "llrrrr"))
    if given.quick:
        return
    conditions = {
        "pyminima": pyminima.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "torch": None if fused is None else __import__("torch").__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": 1,
        "steps": {str(n): sizes for n, sizes in SIZES.items()},
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    data = {"conditions": conditions, "rows": [asdict(row) for row in rows]}
    RESULTS.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten: benchmarks/results/{RESULTS.name}")


if __name__ == "__main__":
    main()
