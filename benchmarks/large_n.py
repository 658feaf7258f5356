"""Adam and L-BFGS on many variables: whole runs beside bare C loops over the same objective.

The objective is separable, cheap, and compiled (benchmarks/large_n.c).  A figure is the CPU time
of a whole run, memory and all, less that of its calls of the objective alone, per step, over the
same of a hand-written C loop: Adam in place, and L-BFGS with its two loops fused.  Peers do the
same number of steps on the same objective: torch's fused Adam, if torch is installed, with its
gradient written in place; and scipy's L-BFGS-B.  One core; the rounds are interleaved, and each
ratio is one of a single round: median, lowest and highest are shown.

    python benchmarks/large_n.py [--quick]

prints the tables and writes the raw figures to benchmarks/results/large_n.json.  `make bench`
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
from pathlib import Path
from time import process_time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import scipy
from tables import markdown

import pyminima

ROOT = Path(__file__).resolve().parent
RESULTS = ROOT / "results" / "large_n.json"
LIBRARY = ROOT.parent / "build" / "large_n.so"

# n: steps of Adam, steps of L-BFGS, rounds
SIZES = {10_000: (3000, 200, 15), 1_000_000: (100, 30, 9), 10_000_000: (30, 20, 5)}

Run = Callable[[int, int], int]
"""Makes so many steps in n variables; returns how often the objective was called."""


class Objective:
    """The C objective, as each library wants it."""

    def __init__(self) -> None:
        self.c = ctypes.CDLL(str(LIBRARY))
        vector = ctypes.POINTER(ctypes.c_double)
        self.c.separable.argtypes = (ctypes.c_int, vector, vector)
        self.c.separable.restype = ctypes.c_double
        for bare in (self.c.bare_calls, self.c.bare_adam, self.c.bare_lbfgs):
            bare.argtypes = (ctypes.c_size_t, ctypes.c_int)
            bare.restype = ctypes.c_double
        self.compiled = scipy.LowLevelCallable(
            self.c.separable, signature="double (int, double *, double *)"
        )
        address = ctypes.cast(self.c.separable, ctypes.c_void_p).value
        plain = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self.at_addresses = plain(address)

    def into(self, x: np.ndarray, g: np.ndarray) -> float:
        return self.at_addresses(len(x), x.ctypes.data, g.ctypes.data)

    def both(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        g = np.empty_like(x)
        return self.into(x, g), g


def own(objective: Objective, method: str) -> Run:
    def run(n: int, steps: int) -> int:
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
        return result.nfev

    return run


def bare(function: Callable[[int, int], float]) -> Run:
    def run(n: int, steps: int) -> int:
        function(n, steps)
        return steps

    return run


def scipy_lbfgs(objective: Objective) -> Run:
    def run(n: int, steps: int) -> int:
        result = scipy.optimize.minimize(
            objective.both,
            np.zeros(n),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": steps, "maxcor": 10, "ftol": 0.0, "gtol": 0.0, "maxfun": 10**9},
        )
        return result.nfev

    return run


def torch_adam(objective: Objective) -> Run | None:
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)

    def run(n: int, steps: int) -> int:
        x = torch.zeros(n, dtype=torch.float64, requires_grad=True)
        x.grad = torch.zeros_like(x)
        point, slope = x.detach().numpy(), x.grad.numpy()
        rule = torch.optim.Adam([x], lr=1e-3, fused=True)
        for _ in range(steps):
            objective.into(point, slope)
            rule.step()
        return steps

    return run


def measure(
    n: int, steps: int, rounds: int, calls: Run, reference: Run, runs: dict[str, Run]
) -> dict[str, list[float]]:
    """Own time of each run over that of the reference, per step; one ratio a round."""

    def seconds(run: Run) -> float:
        begin = process_time()
        called = run(n, steps)
        spent = process_time() - begin
        begin = process_time()
        calls(n, called)
        return spent - (process_time() - begin)

    ratios: dict[str, list[float]] = {name: [] for name in runs}
    ratios["bare, ns per variable"] = []
    for _ in range(rounds):
        basis = seconds(reference)
        ratios["bare, ns per variable"].append(1e9 * basis / steps / n)
        for name, run in runs.items():
            ratios[name].append(seconds(run) / basis)
    return ratios


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
    lbfgs = {"pyminima lbfgs": own(objective, "lbfgs"), "scipy L-BFGS-B": scipy_lbfgs(objective)}
    rows, raw = [], []
    for n, (adam_steps, lbfgs_steps, rounds) in SIZES.items():
        if given.quick and n > 10_000:
            continue
        calls = bare(objective.c.bare_calls)
        first = measure(n, adam_steps, rounds, calls, bare(objective.c.bare_adam), adam)
        second = measure(n, lbfgs_steps, rounds, calls, bare(objective.c.bare_lbfgs), lbfgs)
        for peer, ratios in [*first.items(), *second.items()]:
            raw.append({"n": n, "run": peer, "ratios": ratios})
            middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
            rows.append([f"{n:.0e}", peer, f"{middle:.2f}", f"{low:.2f} .. {high:.2f}"])
    print(markdown(["n", "run", "ratio to the bare loop", "lowest .. highest"], rows, "llrr"))
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
        "sizes": {str(n): sizes for n, sizes in SIZES.items()},
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    data = {"conditions": conditions, "rows": raw}
    RESULTS.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten: benchmarks/results/{RESULTS.name}")


if __name__ == "__main__":
    main()
