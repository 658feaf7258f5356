"""What an evaluation costs on top of the objective itself, beside scipy and beside a bare loop.

Python objectives. Own cost = (time of a whole run - time of as many bare calls of fun and jac) /
evaluations, in *null calls*: one call of `lambda x: 0.0` in a Python loop of the same round.
`classify=False, polish=False`, so one method is measured and nothing else; the set-up of
`minimize()` is part of the run. An evaluation is one point: f, or f and g where jac is given.

Compiled objectives. Time of a run over the time of a loop in machine code that calls the same
function pointer as often: for the whole of `minimize()`, and for the loop of the C core alone.

Rounds are interleaved: every round measures every configuration once, each beside its own bare
calls; the tables show medians and quartiles over the rounds. Times are CPU time of one process,
with one BLAS thread. Evaluations are counted by a wrapper in a separate, identical run.

    python benchmarks/overhead.py [--quick]

prints the tables and writes the raw figures to benchmarks/results/overhead.json.

    python benchmarks/overhead.py --beside TREE

holds this build against that of another checkout, with its extension compiled in place: rounds of
the one and of the other take turns, each in a process of its own, and the own cost of every
configuration is printed for both with the median of its ratio; raw figures go to
benchmarks/results/overhead_beside.json.
"""

# ruff: noqa: E402 (the threads of BLAS must be set before numpy is loaded)
from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import platform
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from time import process_time
from typing import Any

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy: a threaded BLAS would be counted on all its threads

import cma
import nlopt
import numba
import numpy as np
import scipy
from numba import types
from scipy import LowLevelCallable, optimize
from tables import markdown

import pyminima
from pyminima import _core

RESULTS = Path(__file__).resolve().parent / "results" / "overhead.json"

SEED = 1
BUDGET = 2_000  # evaluations of a long run of a Python objective
COMPILED_BUDGET = 50_000
NULL_CALLS = 50_000
LEAST_SECONDS = 0.01  # a run is repeated within a round until it takes about as long

# Null calls for a Python objective, and ratios at n = 10 for a compiled one: twice what the fastest
# peers written in C++ took on the same task.
TARGETS = {
    "adam": 15,
    "annealing": 15,
    "genetic": 15,
    "differential_evolution": 15,
    "nelder_mead": 15,
    "lbfgs": 40,
    "bfgs": 40,
}
COMPILED_TARGETS = {
    "gradient_descent": 2.24,
    "adam": 7.2,
    "annealing": 8,
    "genetic": 7.6,
    "lbfgs": 34,
    "bfgs": 34,
}

GRADIENT_METHODS = ("gradient_descent", "adam", "lbfgs", "bfgs")
GLOBAL_METHODS = ("annealing", "genetic", "differential_evolution", "cmaes")
VALUE_METHODS = ("nelder_mead", "bobyqa")  # local, without a gradient


# ------------------------------------------------------------------------------------- objectives


def rosenbrock(x: np.ndarray) -> float:
    """Rosenbrock's chain on plain floats, which for a few variables is faster than numpy."""
    z = x.tolist()
    total, a = 0.0, z[0]
    for b in z[1:]:
        total += 100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2
        a = b
    return total


def rosenbrock_gradient(x: np.ndarray) -> np.ndarray:
    z = x.tolist()
    g = [0.0] * len(z)
    for i in range(len(z) - 1):
        a, rise = z[i], z[i + 1] - z[i] * z[i]
        g[i] += -400.0 * a * rise - 2.0 * (1.0 - a)
        g[i + 1] += 200.0 * rise
    return np.array(g)


def trivial(x: np.ndarray) -> float:
    """Rosenbrock's function of the first two variables: cheap at every n, and not over at once."""
    a, b = x.item(0), x.item(1)
    rise, rest = b - a * a, 1.0 - a
    return 100.0 * rise * rise + rest * rest


def trivial_gradient(x: np.ndarray) -> np.ndarray:
    a, b = x.item(0), x.item(1)
    rise = 200.0 * (b - a * a)
    g = np.zeros(x.size)
    g[0] = -2.0 * a * rise - 2.0 * (1.0 - a)
    g[1] = rise
    return g


def start(n: int) -> np.ndarray:
    return np.where(np.arange(n) % 2 == 0, -1.2, 1.0)


BOX = (-5.0, 10.0)

VALUE = types.float64(types.intc, types.CPointer(types.float64))
GRADIENT = types.float64(types.intc, types.CPointer(types.float64), types.CPointer(types.float64))
# The same with a count of the calls as user data.
COUNTED_VALUE = types.float64(
    types.intc, types.CPointer(types.float64), types.CPointer(types.int64)
)
COUNTED_GRADIENT = types.float64(
    types.intc,
    types.CPointer(types.float64),
    types.CPointer(types.float64),
    types.CPointer(types.int64),
)


@numba.njit
def value_at(n: int, x: Any) -> float:
    total = 0.0
    for i in range(n - 1):
        rise = x[i + 1] - x[i] * x[i]
        total += 100.0 * rise * rise + (1.0 - x[i]) * (1.0 - x[i])
    return total


@numba.njit
def value_and_gradient_at(n: int, x: Any, g: Any) -> float:
    total = 0.0
    g[0] = 0.0
    for i in range(n - 1):
        rise, rest = x[i + 1] - x[i] * x[i], 1.0 - x[i]
        total += 100.0 * rise * rise + rest * rest
        g[i] -= 400.0 * x[i] * rise + 2.0 * rest
        g[i + 1] = 200.0 * rise
    return total


@numba.cfunc(VALUE)
def compiled_value(n, x):
    return value_at(n, x)


@numba.cfunc(GRADIENT)
def compiled_gradient(n, x, g):
    return value_and_gradient_at(n, x, g)


@numba.cfunc(COUNTED_VALUE)
def counted_value(n, x, calls):
    calls[0] += 1
    return value_at(n, x)


@numba.cfunc(COUNTED_GRADIENT)
def counted_gradient(n, x, g, calls):
    calls[0] += 1
    return value_and_gradient_at(n, x, g)


# Through its address, so that nothing can be inlined: what a C program would do.
value_pointer, gradient_pointer = compiled_value.ctypes, compiled_gradient.ctypes


@numba.njit(nogil=True)
def bare_values(n: int, x: np.ndarray, count: int) -> float:
    total = 0.0
    for _ in range(count):
        total += value_pointer(n, x.ctypes)
    return total


@numba.njit(nogil=True)
def bare_gradients(n: int, x: np.ndarray, g: np.ndarray, count: int) -> float:
    total = 0.0
    for _ in range(count):
        total += gradient_pointer(n, x.ctypes, g.ctypes)
    return total


# -------------------------------------------------------------------------------------- measuring


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """CPU time of `work`, on average over `times` calls in a row, without garbage collection."""
    gc.disable()
    try:
        begin = process_time()
        for _ in repeat(None, times):
            work()
        return (process_time() - begin) / times
    finally:
        gc.enable()


class Counted:
    """Counts the calls of a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.calls = 0

    def __call__(self, *args: Any) -> Any:
        self.calls += 1
        return self.function(*args)


def calls_of(function: Callable[..., Any], x: np.ndarray, times: int) -> Callable[[], None]:
    def loop() -> None:
        for _ in repeat(None, times):
            function(x)

    return loop


@dataclass
class Spread:
    """Median and quartiles of what the rounds gave."""

    rounds: list[float] = field(default_factory=list)

    @property
    def summary(self) -> dict[str, float]:
        low, middle, high = np.percentile(self.rounds, [25, 50, 75]).tolist()
        return {"median": middle, "quartile_1": low, "quartile_3": high}

    def __str__(self) -> str:
        s = self.summary
        digits = 1 if abs(s["median"]) < 100 else 0
        return "{median:.{d}f} ({quartile_1:.{d}f} to {quartile_3:.{d}f})".format(**s, d=digits)


@dataclass
class Python:
    """One solver on a Python objective: `run(fun, jac)` makes one run from beginning to end."""

    solver: str
    n: int
    gradient: str  # "given", "differences" or "none"
    run: Callable[[Any, Any], object]
    method: str = ""  # pyminima's, for the target
    nfev: int = 0
    njev: int = 0
    null_calls: Spread = field(default_factory=Spread)
    microseconds: Spread = field(default_factory=Spread)

    def prepare(self) -> None:
        """Count evaluations, and choose how often a round repeats the run."""
        fun, jac = Counted(trivial), Counted(trivial_gradient)
        self.run(fun, jac)
        self.nfev, self.njev = fun.calls, jac.calls
        work = lambda: self.run(trivial, trivial_gradient)  # noqa: E731
        self.times = max(1, round(LEAST_SECONDS / seconds(work)))
        self.work = work

    def measure(self, null_call: float) -> None:
        x = start(self.n)
        whole = seconds(self.work, self.times)
        bare = seconds(calls_of(trivial, x, self.nfev), self.times)
        if self.njev:
            bare += seconds(calls_of(trivial_gradient, x, self.njev), self.times)
        own = (whole - bare) / self.nfev
        self.microseconds.rounds.append(1e6 * own)
        self.null_calls.rounds.append(own / null_call)


def python_runs() -> list[Python]:
    """The configurations of the first table."""
    runs = []
    for n in (2, 10):
        x0, box = start(n), [BOX] * n

        def own(method: str, slope: bool, x0: Any = x0, box: Any = box) -> Callable[..., object]:
            is_global = method in GLOBAL_METHODS
            given: dict[str, Any] = {"bounds": box, "rng": SEED} if is_global else {}
            return lambda fun, jac: pyminima.minimize(
                fun,
                x0,
                method=method,
                jac=jac if slope else None,
                max_evals=BUDGET,
                classify=False,
                polish=False,
                **given,
            )

        def lbfgsb(slope: bool, x0: Any = x0) -> Callable[..., object]:
            return lambda fun, jac: optimize.minimize(
                fun, x0, jac=jac if slope else None, method="L-BFGS-B"
            )

        def scipys(method: str, x0: Any = x0, **options: Any) -> Callable[..., object]:
            return lambda fun, jac: optimize.minimize(fun, x0, method=method, options=options)

        def nlopts(name: str, x0: Any = x0) -> Callable[..., object]:
            def run(fun: Any, jac: Any) -> object:
                solver = nlopt.opt(getattr(nlopt, name), len(x0))
                solver.set_min_objective(lambda x, g: fun(x))
                solver.set_maxeval(BUDGET)
                solver.set_xtol_rel(1e-8)
                return solver.optimize(x0)

            return run

        def annealing(local: bool, box: Any = box) -> Callable[..., object]:
            return lambda fun, jac: optimize.dual_annealing(
                fun, box, maxfun=BUDGET, no_local_search=not local, rng=SEED
            )

        def evolution(box: Any = box) -> Callable[..., object]:
            generations = BUDGET // (15 * len(box)) - 1  # of the default population, 15 n
            return lambda fun, jac: optimize.differential_evolution(
                fun, box, maxiter=generations, tol=0.0, polish=False, rng=SEED
            )

        def strategy(x0: Any = x0, box: Any = box) -> Callable[..., object]:
            options = {"bounds": list(zip(*box, strict=True)), "verbose": -9, "seed": SEED}
            return lambda fun, jac: cma.fmin2(fun, x0, 2.0, options | {"maxfevals": BUDGET})

        for method in GRADIENT_METHODS:
            runs.append(Python(f"pyminima {method}", n, "given", own(method, True), method))
            runs.append(Python(f"pyminima {method}", n, "differences", own(method, False), method))
        for method in GLOBAL_METHODS + VALUE_METHODS:
            runs.append(Python(f"pyminima {method}", n, "none", own(method, False), method))
        runs.append(Python("scipy L-BFGS-B", n, "given", lbfgsb(True)))
        runs.append(Python("scipy L-BFGS-B", n, "differences", lbfgsb(False)))
        runs.append(Python("scipy Nelder-Mead", n, "none", scipys("Nelder-Mead", maxfev=BUDGET)))
        runs.append(Python("scipy COBYQA", n, "none", scipys("COBYQA", maxfev=50)))
        runs.append(Python("NLopt Nelder-Mead", n, "none", nlopts("LN_NELDERMEAD")))
        runs.append(Python("NLopt BOBYQA", n, "none", nlopts("LN_BOBYQA")))
        runs.append(Python("scipy dual_annealing", n, "none", annealing(True)))
        runs.append(Python("scipy dual_annealing, no local search", n, "none", annealing(False)))
        runs.append(Python("scipy differential_evolution", n, "none", evolution()))
        runs.append(Python("pycma", n, "none", strategy()))
    return runs


@dataclass
class Call:
    """A whole call of a solver on Rosenbrock's function with its gradient, from `x0`."""

    solver: str
    task: str
    x0: np.ndarray
    run: Callable[[np.ndarray], Any]
    nfev: int = 0
    microseconds: Spread = field(default_factory=Spread)

    def prepare(self) -> None:
        self.nfev = int(self.run(self.x0).nfev)
        self.times = max(1, round(LEAST_SECONDS / seconds(lambda: self.run(self.x0))))

    def measure(self) -> None:
        self.microseconds.rounds.append(1e6 * seconds(lambda: self.run(self.x0), self.times))


def whole_calls() -> list[Call]:
    def scipys(x0: np.ndarray) -> Any:
        return optimize.minimize(rosenbrock, x0, jac=rosenbrock_gradient, method="L-BFGS-B")

    def own(classify: bool) -> Callable[[np.ndarray], Any]:
        return lambda x0: pyminima.minimize(
            rosenbrock, x0, jac=rosenbrock_gradient, method="lbfgs", classify=classify
        )

    solvers = {
        "pyminima lbfgs, classify=False": own(False),
        "pyminima lbfgs, with the verdict": own(True),
        "scipy L-BFGS-B": scipys,
    }
    tasks = {
        "n = 2, from the minimum": np.ones(2),
        "n = 2, from the standard start": start(2),
        "n = 10, from the standard start": start(10),
    }
    return [Call(s, task, x0, run) for task, x0 in tasks.items() for s, run in solvers.items()]


@dataclass
class Compiled:
    """One method on a compiled objective."""

    method: str
    n: int
    gradient: str
    nfev: int = 0
    minimize: Spread = field(default_factory=Spread)
    core: Spread = field(default_factory=Spread)
    nanoseconds: Spread = field(default_factory=Spread)

    def options(self) -> dict[str, Any]:
        given = {"bounds": [BOX] * self.n, "rng": SEED} if self.method in GLOBAL_METHODS else {}
        return {
            "method": self.method,
            "max_evals": COMPILED_BUDGET,
            "classify": False,
            "polish": False,
            "check_gradient": False,  # the loop of the core alone has none, and is to do the same
            **given,
        }

    def prepare(self) -> None:
        """Count the calls by the function itself; keep what the runs need ready."""
        slope = self.gradient == "given"
        calls = np.zeros(1, dtype=np.int64)
        data = calls.ctypes.data_as(ctypes.c_void_p)
        signature = (
            "double (int, double *, double *, void *)"
            if slope
            else ("double (int, double *, void *)")
        )
        counted = counted_gradient if slope else counted_value
        as_named = LowLevelCallable(counted.ctypes, data, signature)
        pyminima.minimize(as_named, start(self.n), **self.options())
        self.nfev = int(calls[0])
        function = compiled_gradient if slope else compiled_value
        self.work = lambda: pyminima.minimize(function, start(self.n), **self.options())
        assert self.work().nfev == self.nfev
        self.capsule = tuple.__getitem__(LowLevelCallable(function.ctypes), 0)
        self.times = max(1, round(LEAST_SECONDS / seconds(self.work)))

    def in_core(self) -> float:
        """Time of the C loop alone, on solvers that are ready to run."""
        lower, upper = np.full(self.n, -np.inf), np.full(self.n, np.inf)
        key = (0, 0)
        if self.method in GLOBAL_METHODS:
            lower, upper = np.full(self.n, BOX[0]), np.full(self.n, BOX[1])
            first, second = np.random.default_rng(SEED).integers(0, 2**64, size=2, dtype=np.uint64)
            key = (int(first), int(second))
        ready = []
        for _ in range(self.times):
            evaluator = _core.Evaluator(self.n, capsule=self.capsule)
            evaluator.max_evals = COMPILED_BUDGET
            solver = _core.CoreSolver(
                self.method,
                start(self.n),
                lower,
                upper,
                has_gradient=evaluator.has_gradient,
                budget=COMPILED_BUDGET,
                key=key,
            )
            ready.append((evaluator, solver))
        begin = process_time()
        for evaluator, solver in ready:
            evaluator.run(solver)
        spent = process_time() - begin
        assert all(evaluator.nfev == self.nfev for evaluator, _ in ready)
        return spent / self.times

    def measure(self) -> None:
        x, g = start(self.n), np.empty(self.n)
        count = self.nfev * self.times
        if self.gradient == "given":
            bare = seconds(lambda: bare_gradients(self.n, x, g, count)) / self.times
        else:
            bare = seconds(lambda: bare_values(self.n, x, count)) / self.times
        core = self.in_core()
        self.minimize.rounds.append(seconds(self.work, self.times) / bare)
        self.core.rounds.append(core / bare)
        self.nanoseconds.rounds.append(1e9 * (core - bare) / self.nfev)


def compiled_runs() -> list[Compiled]:
    runs = []
    for n in (2, 10, 100):
        runs += [Compiled(method, n, "given") for method in GRADIENT_METHODS]
        runs += [Compiled(method, n, "differences") for method in GRADIENT_METHODS]
        runs += [Compiled(method, n, "none") for method in GLOBAL_METHODS]
    return runs


# -------------------------------------------------------------------------------------- reporting


def cpu_model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def compiler() -> str:
    """The compiler that builds extensions for this Python, by its own account."""
    command = Path((sysconfig.get_config_var("CC") or "cc").split()[0]).name
    try:
        told = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return platform.python_compiler()
    return told.stdout.splitlines()[0]


def load() -> list[float]:
    return [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else []


def conditions(rounds: int) -> dict[str, Any]:
    return {
        "pyminima": pyminima.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "numba": numba.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "compiler": compiler(),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "blas_threads": 1,
        "seed": SEED,
        "rounds": rounds,
        "budget": BUDGET,
        "budget_compiled": COMPILED_BUDGET,
    }


def met(value: float, target: float | None) -> str:
    if target is None:
        return ""
    return f"{'met' if value <= target else 'MISSED'} ({target:g})"


def report(python: list[Python], calls: list[Call], compiled: list[Compiled]) -> None:
    print("\n## Python objective: own cost of an evaluation, in null calls\n")
    head = ["solver", "n", "gradient", "evaluations", "null calls", "microseconds", "target"]
    body = [
        [
            r.solver,
            r.n,
            r.gradient,
            r.nfev,
            r.null_calls,
            f"{r.microseconds.summary['median']:.2f}",
            met(r.null_calls.summary["median"], TARGETS.get(r.method)),
        ]
        for r in sorted(python, key=lambda r: (r.n, r.gradient))
    ]
    print(markdown(head, body, "lrlrrrl"))
    print("\n## Whole calls on Rosenbrock's function with its gradient, microseconds\n")
    head = ["solver", "task", "evaluations", "microseconds"]
    body = [[c.solver, c.task, c.nfev, c.microseconds] for c in calls]
    print(markdown(head, body, "llrr"))
    print("\n## Compiled Rosenbrock: time over a bare loop that makes the same calls\n")
    head = ["method", "n", "gradient", "calls", "minimize()", "C loop alone", "own ns", "target"]
    body = [
        [
            r.method,
            r.n,
            r.gradient,
            r.nfev,
            r.minimize,
            r.core,
            f"{r.nanoseconds.summary['median']:.0f}",
            met(r.core.summary["median"], COMPILED_TARGETS.get(r.method))
            if r.n == 10 and r.gradient != "differences"
            else "",
        ]
        for r in compiled
    ]
    print(markdown(head, body, "lrlrrrrl"))


def rows_of(runs: list[Any], *names: str) -> list[dict[str, Any]]:
    """Plain data of the runs: the named fields, and every spread with its rounds."""
    rows = []
    for run in runs:
        row = {name: getattr(run, name) for name in names}
        for name, value in vars(run).items():
            if isinstance(value, Spread):
                rounded = [float(f"{v:.5g}") for v in value.rounds]
                row[name] = {**value.summary, "rounds": rounded}
        rows.append(row)
    return rows


# ----------------------------------------------------------------------------- beside another build

BESIDE = RESULTS.with_name("overhead_beside.json")


def one_round() -> dict[str, float]:
    """Nanoseconds of own cost an evaluation, or of a whole call, of this build's configurations.

    The least of three measurements: what else the machine does only adds to it.
    """
    found = {}
    for run in python_runs():
        if run.solver.startswith("pyminima"):
            run.prepare()
            for _ in range(3):
                run.measure(1.0)
            name = f"Python, {run.solver[9:]}, n = {run.n}, gradient: {run.gradient}"
            found[name] = 1e3 * min(run.microseconds.rounds)
    for call in whole_calls():
        if call.solver.startswith("pyminima"):
            call.prepare()
            for _ in range(3):
                call.measure()
            found[f"whole call, {call.solver[9:]}, {call.task}"] = 1e3 * min(
                call.microseconds.rounds
            )
    for each in compiled_runs():
        each.prepare()
        for _ in range(3):
            each.measure()
        name = f"compiled, {each.method}, n = {each.n}, gradient: {each.gradient}"
        found[name] = min(each.nanoseconds.rounds)
    return found


def beside(tree: Path, turns: int) -> None:
    """Rounds of two builds in turns: what each costs, and the ratio of neighbours."""
    builds = {"before": tree.resolve(), "now": RESULTS.parents[2]}
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in builds}
    for _ in range(turns):
        for name, path in builds.items():
            told = subprocess.run(
                [sys.executable, __file__, "--one-round"],
                env={**os.environ, "PYTHONPATH": str(path)},
                capture_output=True,
                text=True,
                check=True,
            )
            rounds[name].append(json.loads(told.stdout.splitlines()[-1]))
    rows = []
    for key in rounds["now"][0]:
        ratio, sides = Spread(), {name: Spread() for name in builds}
        for old, new in zip(rounds["before"], rounds["now"], strict=True):
            ratio.rounds.append(new[key] / old[key])
            sides["before"].rounds.append(old[key])
            sides["now"].rounds.append(new[key])
        q = ratio.summary
        shown = "{median:.3f} ({quartile_1:.3f} to {quartile_3:.3f})".format(**q)
        rows.append([key, str(sides["before"]), str(sides["now"]), shown])
    print(markdown(["own cost in ns", "before", "now", "ratio"], rows))
    kinds: dict[str, list[float]] = {}
    for key, *_, shown in rows:
        kinds.setdefault(key.split(",")[0], []).append(float(shown.split()[0]))
    for kind, ratios in kinds.items():
        print(f"{kind}: geometric mean of the ratios {np.exp(np.mean(np.log(ratios))):.3f}")
    BESIDE.write_text(json.dumps({"conditions": conditions(turns), **rounds}, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="3 rounds, and no file is written")
    parser.add_argument("--beside", type=Path, metavar="TREE", help="another checkout, compiled")
    parser.add_argument("--turns", type=int, default=5, help="rounds of each build, with --beside")
    parser.add_argument("--one-round", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one_round:
        print(json.dumps(one_round()))
        return
    if given.beside:
        beside(given.beside, given.turns)
        return
    rounds = 3 if given.quick else 21
    about = conditions(rounds)
    before = load()
    python, calls, compiled = python_runs(), whole_calls(), compiled_runs()
    for run in (*python, *calls, *compiled):
        run.prepare()
    null_call = Spread()
    null = lambda x: 0.0  # noqa: E731
    for _ in range(rounds):
        for run in python:
            one = seconds(calls_of(null, start(2), NULL_CALLS)) / NULL_CALLS
            null_call.rounds.append(1e9 * one)
            run.measure(one)
        for call in calls:
            call.measure()
        for compiled_run in compiled:
            compiled_run.measure()
    about["load_average"] = {"before": before, "after": load()}
    about["null_call_ns"] = null_call.summary
    for key, value in about.items():
        print(f"{key}: {value}")
    report(python, calls, compiled)
    if given.quick:
        return
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    data = {
        "conditions": about,
        "python": rows_of(python, "solver", "n", "gradient", "nfev", "njev"),
        "whole": rows_of(calls, "solver", "task", "nfev"),
        "compiled": rows_of(compiled, "method", "n", "gradient", "nfev"),
    }
    RESULTS.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten: benchmarks/results/{RESULTS.name}")


if __name__ == "__main__":
    main()
