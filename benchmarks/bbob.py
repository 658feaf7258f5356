"""Global optimisation on BBOB: pyminima's methods beside pycma and scipy.

The 24 noiseless functions of the BBOB suite (N. Hansen et al., COCO: a platform for comparing
continuous optimizers in a black-box setting, Optim. Methods Softw. 36, 2021), in 2, 5 and 10
dimensions with 10_000 evaluations per dimension, and in 20 with 1000. A solver is started at a
point drawn from the box [-5, 5]^n, and again at another as often as it ends by itself, until the
budget is spent. The figure is the area under the runtime ECDF: the share of 51 targets,
f - f* = 10^2 to 10^-8, that are hit, averaged over log10(evaluations / dim) from 0 to that of the
budget; beside it the share of functions solved to 1e-8, and the area at a tenth of the budget.

    python benchmarks/bbob.py                          all, peers from the cache if run before
    python benchmarks/bbob.py auto cmaes               these methods of ours; nothing is written
    python benchmarks/bbob.py auto --dims 5 --instances 1-5 --functions 15-19 --option key=value
    python benchmarks/bbob.py --redraw                 the figure again, from the stored runs
    python benchmarks/bbob.py --peers "NLopt CRS2" "pygmo de1220" "pygmo sga"   more peers

prints the tables and, if run without names, writes benchmarks/results/bbob.json and
docs/figures/bbob.svg. The parameters of our methods were set on instances 1 to 5.
"""

# ruff: noqa: E402 (the threads of BLAS must be set before numpy is loaded)
from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import multiprocessing
import platform
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from bbob_peers import ON_DEMAND, PEERS, TARGETS, Counted, Vector, area, solve
from tables import markdown

import pyminima

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "build" / "bbob"
RESULTS = ROOT / "benchmarks" / "results" / "bbob.json"
FIGURE = ROOT / "docs" / "figures" / "bbob.svg"

BUDGET = {2: 10_000, 5: 10_000, 10: 10_000, 20: 1000}  # evaluations per dimension
GROUPS = {
    "separable": range(1, 6),
    "moderate": range(6, 10),
    "ill-conditioned": range(10, 15),
    "multimodal": range(15, 20),
    "weak structure": range(20, 25),
}


@dataclass(frozen=True)
class Job:
    solver: str  # a method of ours, or a peer
    options: tuple[tuple[str, Any], ...]
    function: int
    instance: int
    dim: int

    @property
    def budget(self) -> int:
        return BUDGET[self.dim] * self.dim


@dataclass(frozen=True)
class Done:
    job: Job
    hits: list[int]
    count: int
    seconds: float


def ours(method: str, options: dict[str, Any]) -> Any:
    """One call of `minimize`, which may take all that is left."""

    def run(fun: Counted, x0: Vector, seed: int) -> None:
        pyminima.minimize(
            fun,
            x0,
            method=method,
            bounds=fun.box,
            max_evals=fun.left,
            rng=seed,
            classify=False,
            options=options,
        )

    return run


def work(job: Job) -> Done:
    peer = (PEERS | ON_DEMAND).get(job.solver)
    fun = Counted(job.function, job.instance, job.dim, job.budget)
    began = time.process_time()
    seed = 100 * job.function + job.instance
    solve(peer or ours(job.solver, dict(job.options)), fun, seed)
    return Done(job, fun.hits, fun.count, time.process_time() - began)


def remembered(job: Job) -> Path | None:
    """Where the run of a peer is kept: it does not change with our code."""
    if job.solver not in PEERS | ON_DEMAND:
        return None
    name = f"{job.solver}-f{job.function}-i{job.instance}-d{job.dim}".replace(" ", "_")
    return CACHE / f"{name}.json"


def run_all(jobs: list[Job], processes: int, fresh: bool) -> list[Done]:
    done: list[Done] = []
    CACHE.mkdir(parents=True, exist_ok=True)
    for job in jobs:
        path = remembered(job)
        if path is not None and path.exists() and not fresh:
            done.append(Done(job, **json.loads(path.read_text())))
    have = {one.job for one in done}
    missing = [job for job in jobs if job not in have]
    missing.sort(key=lambda job: -job.budget)  # the long ones first: no process waits at the end
    with multiprocessing.Pool(processes) as pool:
        for one in pool.imap_unordered(work, missing):
            done.append(one)
            path = remembered(one.job)
            if path is not None:
                kept = {"hits": one.hits, "count": one.count, "seconds": one.seconds}
                path.write_text(json.dumps(kept))
    return done


def figures(done: Iterable[Done], budget_share: float = 1.0) -> tuple[float, float]:
    """The mean area and the share of solved runs, at this share of the budget."""
    areas, solved = [], []
    for one in done:
        budget = int(one.job.budget * budget_share)
        areas.append(area(one.hits, one.job.dim, budget))
        solved.append(len(one.hits) == len(TARGETS) and one.hits[-1] <= budget)
    return statistics.mean(areas), statistics.mean(solved)


def tables(done: list[Done], solvers: list[str], dims: list[int]) -> str:
    texts = []
    for share, title in ((1.0, "whole budget"), (0.1, "a tenth of the budget")):
        body = []
        for solver in solvers:
            line = [solver]
            for dim in dims:
                chosen = [d for d in done if d.job.solver == solver and d.job.dim == dim]
                line.append("{:.3f} / {:.2f}".format(*figures(chosen, share)))
            body.append(line)
        head = [f"area / solved, {title}", *(f"dim {dim}" for dim in dims)]
        texts.append(markdown(head, body, "l" + "r" * len(dims)))
    body = []
    for solver in solvers:
        for dim in dims:
            line = [solver, str(dim)]
            mine = [d for d in done if d.job.solver == solver and d.job.dim == dim]
            for functions in GROUPS.values():
                chosen = [d for d in mine if d.job.function in functions]
                line.append("{:.3f} / {:.2f}".format(*figures(chosen)) if chosen else "")
            evaluations = sum(d.count for d in mine)
            line.append(f"{1e6 * sum(d.seconds for d in mine) / max(1, evaluations):.1f}")
            body.append(line)
    head = ["by group", "dim", *GROUPS, "us per evaluation"]
    texts.append(markdown(head, body, "lr" + "r" * (len(GROUPS) + 1)))
    return "\n\n".join(texts)


def each_function(done: list[Done], solvers: list[str], dims: list[int]) -> str:
    head = ["function", *(f"{s} {d}" for d in dims for s in solvers)]
    body = []
    for function in sorted({d.job.function for d in done}):
        line = [f"f{function}"]
        for dim in dims:
            for solver in solvers:
                chosen = [
                    d
                    for d in done
                    if (d.job.solver, d.job.dim, d.job.function) == (solver, dim, function)
                ]
                line.append("{:.3f} / {:.1f}".format(*figures(chosen)))
        body.append(line)
    return markdown(head, body, "l" + "r" * (len(head) - 1))


def draw(done: list[Done], solvers: list[str], dims: list[int]) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "bbob"
    from matplotlib import pyplot

    groups = {"all functions": range(1, 25), **GROUPS}
    figure, axes = pyplot.subplots(
        len(groups), len(dims), figsize=(3.6 * len(dims), 2.6 * len(groups)), squeeze=False
    )
    for row, (name, functions) in enumerate(groups.items()):
        for column, dim in enumerate(dims):
            ax = axes[row][column]
            for solver in solvers:
                mine = [
                    d
                    for d in done
                    if d.job.solver == solver and d.job.dim == dim and d.job.function in functions
                ]
                hits = np.sort([h / dim for d in mine for h in d.hits])
                at = np.geomspace(1, BUDGET[dim], 48)
                share = np.searchsorted(hits, at, "right") / (len(TARGETS) * max(1, len(mine)))
                solid = "-" if solver not in PEERS | ON_DEMAND else "--"
                ax.plot(at, share, solid, label=solver, linewidth=1.2)
            ax.set_xscale("log")
            ax.set_xlim(1, BUDGET[dim])
            ax.set_ylim(0, 1)
            if row == 0:
                ax.set_title(f"{dim} dimensions")
            if column == 0:
                ax.set_ylabel(name)
            if row == len(groups) - 1:
                ax.set_xlabel("evaluations / dimension")
    axes[0][0].legend(fontsize=6, frameon=False)
    figure.tight_layout()
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, metadata={"Date": None})


def stored() -> list[Done]:
    """The runs of the last full one."""
    runs = json.loads(RESULTS.read_text())["runs"]
    return [
        Done(
            Job(r["solver"], (), r["function"], r["instance"], r["dim"]),
            r["hits"],
            r["evaluations"],
            0.0,
        )
        for r in runs
    ]


def whole_numbers(text: str) -> list[int]:
    """1-3,7 is [1, 2, 3, 7]."""
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def option(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def global_methods() -> list[str]:
    """Ours that search a box."""
    return [m.name for m in pyminima.methods() if m.is_global]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", help="of ours; by default every global one")
    parser.add_argument("--peers", nargs="*", help="peers to run beside them")
    parser.add_argument("--dims", type=whole_numbers, default=list(BUDGET))
    parser.add_argument("--instances", type=whole_numbers, default=[1])
    parser.add_argument("--functions", type=whole_numbers, default=list(range(1, 25)))
    parser.add_argument("--option", type=option, action="append", default=[])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--each", action="store_true", help="a table of the functions, too")
    parser.add_argument("--fresh", action="store_true", help="run the peers again")
    parser.add_argument("--redraw", action="store_true", help="only draw the stored runs again")
    given = parser.parse_args()
    if given.redraw:
        done = stored()
        draw(done, list(dict.fromkeys(d.job.solver for d in done)), list(BUDGET))
        return

    full = not given.methods
    methods = given.methods or global_methods()
    peers = given.peers if given.peers is not None else (list(PEERS) if full else [])
    jobs = [
        Job(solver, tuple(given.option) if solver in methods else (), function, instance, dim)
        for solver in [*methods, *peers]
        for dim in given.dims
        for function in given.functions
        for instance in given.instances
    ]
    done = run_all(jobs, given.processes, given.fresh)
    print(tables(done, [*methods, *peers], given.dims))
    if given.each:
        print("\n" + each_function(done, [*methods, *peers], given.dims))
    if full:
        draw(done, [*methods, *peers], given.dims)
        runs = [
            {
                "solver": d.job.solver,
                "function": d.job.function,
                "instance": d.job.instance,
                "dim": d.job.dim,
                "evaluations": d.count,
                "hits": d.hits,
            }
            for d in sorted(done, key=lambda d: (d.job.solver, d.job.dim, d.job.function))
        ]
        machine = {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "cma": version("cma"),
            "coco-experiment": version("coco-experiment"),
        }
        RESULTS.write_text(json.dumps({"versions": machine, "runs": runs}) + "\n")


if __name__ == "__main__":
    main()
