"""Data profiles of local optimisation: pyminima's methods beside those of scipy and NLopt.

On the sets of Moré & Wild and of Cartis & Roberts (see local_problems.py) every solver is run once
from each start, and our own wrapper counts its evaluations. A problem is solved at the first value
f with f - f* <= 1e-6 (f0 - f*), f* being the lowest value known: that of the set, or lower if any
solver has met one. A data profile (Moré & Wild, SIAM J. Optim. 20, 2009) is the fraction solved
against the budget.

  exact gradients: an evaluation is a value with its gradient; a Hessian of a second-order method
      is made of gradients, which count. Budget 1000.
  values only: differenced gradients cost their evaluations. The budget is 200 (n + 1) evaluations
      on Moré & Wild's problems, 50 (n + 1) on Cartis & Roberts'.

Then bounded variants of the problems, in local_bounded.py.

    python benchmarks/local.py              ours; the peers as they were when they were run last
    python benchmarks/local.py --fresh      with the peers run again
    python benchmarks/local.py --quick      the default alone on Moré & Wild; nothing is written

prints the tables and writes benchmarks/results/local.json, docs/figures/local.svg and
docs/figures/local.txt. What the peers did is kept in build/local; where that is empty, their
evaluations in the results stand. A run that takes more than 2 seconds of processor time ends there;
the tables say how many did.
"""

# ruff: noqa: E402 (the threads of BLAS must be set before numpy is loaded)
from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import math
import platform
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nlopt
import numpy as np
import optimagic
import scipy
from local_bounded import bounded
from local_peers import GRADIENT, SECOND_ORDER, VALUES, Objective, Peer
from local_problems import Problem, problems
from tables import markdown

import pyminima

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "build" / "local"
RESULTS = ROOT / "benchmarks" / "results" / "local.json"
FIGURE = ROOT / "docs" / "figures" / "local.svg"

TAU = 1e-6
SECONDS = 2.0  # of a run, on one core; some peers' own arithmetic takes minutes at n = 100
DEFAULT = "pyminima default"


@dataclass(frozen=True)
class Setting:
    """A set of problems, what the solvers are given, and the budgets that the table shows."""

    title: str
    which: str
    exact: bool
    budgets: tuple[int, ...]  # gradients, or units of n + 1 evaluations
    too_slow: tuple[str, ...] = ()  # solvers whose own arithmetic leaves no time for enough steps

    @property
    def key(self) -> str:
        return f"{self.which}-{'exact' if self.exact else 'values'}"

    def evaluations(self, budget: float, n: int) -> float:
        return budget if self.exact else budget * (n + 1)

    def methods(self) -> dict[str, Peer]:
        """Ours."""
        return self.fast_enough(local_methods(self.exact))

    def peers(self) -> dict[str, Peer]:
        return self.fast_enough(GRADIENT | (SECOND_ORDER if self.exact else VALUES))

    def fast_enough(self, solvers: dict[str, Peer]) -> dict[str, Peer]:
        return {name: solver for name, solver in solvers.items() if name not in self.too_slow}


SETTINGS = (
    Setting(
        "Moré & Wild, exact gradients",
        "more_wild",
        True,
        (10, 20, 50, 100, 200, 500, 1000),
        too_slow=("scipy trust-constr",),
    ),
    Setting("Moré & Wild, values only", "more_wild", False, (5, 10, 20, 50, 100, 200)),
    Setting(
        "Cartis & Roberts, values only",
        "cartis_roberts",
        False,
        (5, 10, 20, 30, 50),
        too_slow=(
            "scipy COBYQA",
            "nlopt NEWUOA",
            "nlopt BOBYQA",
            "nlopt COBYLA",
            "pyminima bobyqa",
        ),
    ),
)


@dataclass
class Record:
    """What one solver did on one problem."""

    n: int
    history: list[tuple[int, float]]  # (evaluations, lowest value), where it sank
    count: int
    end: str


def ours(method: str | None) -> Peer:
    """A method of pyminima; None is the default."""

    def solve(c: Objective, exact: bool) -> Any:
        fun = c.both if exact else c.value
        return pyminima.minimize(
            fun, c.problem.x0.copy(), method=method, jac=exact or None, bounds=c.problem.bounds
        )

    return solve


def local_methods(exact: bool) -> dict[str, Peer]:
    """The default and the local methods; those without gradients only where none are given.

    The first-order rules are left out: their learning rate is the user's to choose.
    """
    local = [
        m.name
        for m in pyminima.methods()
        if not m.is_global and m.family != "first order" and (m.needs == "gradient" or not exact)
    ]
    return {DEFAULT: ours(None), **{f"pyminima {name}": ours(name) for name in local}}


def record(solver: Peer, problem: Problem, exact: bool, budget: int) -> Record:
    """Run a solver until it ends, by itself or by its budget."""
    c = Objective(problem, budget, SECONDS)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            solver(c, exact)
            end = "ended"
        except Exception as error:  # NLopt tells of its own failures so, and hides ours
            end = c.spent or f"{type(error).__name__}: {error}"[:80]
    return Record(problem.n, c.history, c.count, end)


def run(solver: Peer, setting: Setting, tasks: Iterable[Problem]) -> dict[str, Record]:
    """Every problem of a setting."""
    most = setting.budgets[-1]
    return {
        p.name: record(solver, p, setting.exact, int(setting.evaluations(most, p.n))) for p in tasks
    }


def remembered(
    name: str, setting: Setting, fresh: bool, work: Callable[[], dict[str, Record]]
) -> dict[str, Record]:
    """What a peer did: from the cache, or now."""
    path = CACHE / setting.key / f"{name.replace(' ', '_')}.json"
    if path.exists() and not fresh:
        return {k: Record(**v) for k, v in json.loads(path.read_text(encoding="utf-8")).items()}
    done = work()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({k: vars(v) for k, v in done.items()}), encoding="utf-8")
    return done


def published(setting: Setting) -> dict[str, Any]:
    """The row of a setting in the results, as it was written last."""
    row: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))["rows"][setting.key]
    return row


# -------------------------------------------------------------------------------- data profiles


def needed(r: Record, lowest: float) -> float:
    """Evaluations until the problem is solved."""
    first = r.history[0][1] if r.history else math.inf
    for count, f in r.history:
        if f - lowest <= TAU * (first - lowest):
            return count
    return math.inf


@dataclass
class Profiles:
    """The solvers' data profiles in one setting."""

    setting: Setting
    lowest: dict[str, float]
    solved: dict[str, dict[str, float]]  # solver, problem: evaluations, in units of the budgets
    late: dict[str, int]  # solver: runs that time has ended

    def fraction(self, solver: str, budget: float) -> float:
        costs = self.solved[solver].values()
        return sum(cost <= budget for cost in costs) / len(costs)

    def ordered(self) -> list[str]:
        """The default, then by what is solved in the end, and how early."""
        peers = [name for name in self.solved if name != DEFAULT]
        rank = {n: [-self.fraction(n, b) for b in self.setting.budgets[::-1]] for n in peers}
        return [DEFAULT, *sorted(peers, key=rank.__getitem__)]


def profiles(
    setting: Setting,
    tasks: list[Problem],
    records: dict[str, dict[str, Record]],
    before: dict[str, float],
) -> Profiles:
    """Judge all solvers by the lowest value that any of them has met, now or before."""
    lowest = {
        p.name: min(
            [
                p.lowest,
                before.get(p.name, math.inf),
                *(r[p.name].history[-1][1] for r in records.values() if r[p.name].history),
            ]
        )
        for p in tasks
    }
    sizes = {p.name: p.n for p in tasks}
    solved = {
        solver: {
            k: needed(r, lowest[k]) / setting.evaluations(1, sizes[k]) for k, r in runs.items()
        }
        for solver, runs in records.items()
    }
    late = {solver: sum(r.end == "time" for r in runs.values()) for solver, runs in records.items()}
    return Profiles(setting, lowest, solved, late)


def table(found: Profiles) -> str:
    """The fractions solved at the budgets; the best of the peers alone at the end."""
    budgets = found.setting.budgets
    rows = [
        [name, *(f"{found.fraction(name, b):.2f}" for b in budgets), found.late[name] or ""]
        for name in found.ordered()
    ]
    peers = [name for name in found.solved if not name.startswith("pyminima")]
    if peers:
        best = [max(found.fraction(name, b) for name in peers) for b in budgets]
        rows.insert(1, ["best single peer at each budget", *(f"{v:.2f}" for v in best), ""])
    unit = "gradients" if found.setting.exact else "(n + 1) evaluations"
    return markdown([unit, *map(str, budgets), "out of time"], rows, "lr" + "r" * len(budgets))


def behind(found: Profiles) -> str:
    """Where a peer is ahead of the default, in words."""
    peers = [name for name in found.solved if not name.startswith("pyminima")]
    ahead = [
        f"{name} at {budget} ({found.fraction(name, budget):.3f} against "
        f"{found.fraction(DEFAULT, budget):.3f})"
        for budget in found.setting.budgets
        for name in peers
        if found.fraction(name, budget) > found.fraction(DEFAULT, budget)
    ]
    return f"Ahead of the default: {', '.join(ahead) or 'no peer at any of these budgets'}."


def draw(all_found: list[Profiles]) -> None:
    """One panel a setting: the default, our other methods, and the peers."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams["svg.hashsalt"] = "pyminima"
    figure, panels = plt.subplots(1, len(all_found), figsize=(13, 4.2), sharey=True)
    for panel, found in zip(np.atleast_1d(panels), all_found, strict=True):
        grid = np.geomspace(found.setting.budgets[0] / 2, found.setting.budgets[-1], 200)
        order = found.ordered()
        named = [name for name in order if not name.startswith("pyminima")][:4]
        for name in reversed(order):
            style: dict[str, Any] = {"color": "0.85", "lw": 0.8}
            if name in named:
                style = {"color": f"C{1 + named.index(name)}", "lw": 1.2, "label": name}
            if name == DEFAULT:
                style = {"color": "C0", "lw": 2.2, "label": name}
            panel.step(grid, [found.fraction(name, b) for b in grid], where="post", **style)
        panel.set_xscale("log")
        panel.set_xticks(found.setting.budgets, map(str, found.setting.budgets))
        panel.minorticks_off()
        panel.set_title(found.setting.title, fontsize=10)
        panel.set_xlabel("gradients" if found.setting.exact else "evaluations / (n + 1)")
        panel.legend(fontsize=7, loc="upper left")
    np.atleast_1d(panels)[0].set_ylabel("fraction solved")
    figure.tight_layout()
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(FIGURE, metadata={"Date": None})


@cache
def tasks_of(which: str) -> list[Problem]:
    return problems(which)


def measure(setting: Setting, quick: bool, fresh: bool) -> Profiles:
    tasks = tasks_of(setting.which)
    methods = {DEFAULT: ours(None)} if quick else setting.methods()
    records = {name: run(solver, setting, tasks) for name, solver in methods.items()}
    if quick:
        return profiles(setting, tasks, records, {})
    if not fresh and RESULTS.exists() and not (CACHE / setting.key).exists():
        return beside_published(
            setting, profiles(setting, tasks, records, published(setting)["lowest"])
        )
    for name, solver in setting.peers().items():
        records[name] = remembered(
            name, setting, fresh, lambda solver=solver: run(solver, setting, tasks)
        )
    return profiles(setting, tasks, records, {})


def beside_published(setting: Setting, found: Profiles) -> Profiles:
    """The profiles of some solvers, with those of all others as published."""
    row = published(setting)
    for name, costs in row["solved"].items():
        if name in found.solved:
            continue
        found.solved[name] = {k: math.inf if c is None else c for k, c in costs.items()}
        found.late[name] = row["late"][name]
    return found


def conditions() -> dict[str, Any]:
    return {
        "pyminima": pyminima.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "nlopt": nlopt.__version__,
        "optimagic": optimagic.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "tau": TAU,
        "seconds": SECONDS,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the default on Moré & Wild alone")
    parser.add_argument("--fresh", action="store_true", help="run the peers again")
    given = parser.parse_args()
    text, all_found = [], []
    for setting in SETTINGS[:2] if given.quick else SETTINGS:
        found = measure(setting, given.quick, given.fresh)
        all_found.append(found)
        missed = [k for k, cost in found.solved[DEFAULT].items() if cost == math.inf]
        text += [f"## {setting.title}, {len(found.lowest)} problems", "", table(found), ""]
        text += [] if given.quick else [behind(found), ""]
        text += [f"Not solved by the default: {', '.join(missed) or 'none'}.", ""]
    if given.quick:
        print("\n".join(text))
        return
    in_boxes, ends = bounded()
    text += ["## Bounded variants of Moré & Wild's problems", "", in_boxes, ""]
    print("\n".join(text))
    draw(all_found)
    FIGURE.with_suffix(".txt").write_text("\n".join(text), encoding="utf-8")
    rows = {
        found.setting.key: {
            "lowest": found.lowest,
            "late": found.late,
            "solved": {
                name: {k: None if c == math.inf else round(c, 4) for k, c in costs.items()}
                for name, costs in found.solved.items()
            },
        }
        for found in all_found
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(
        json.dumps({"conditions": conditions(), "rows": rows, "bounded": ends}, indent=1) + "\n",
        encoding="utf-8",
    )
    print(f"written: benchmarks/results/{RESULTS.name}, docs/figures/{FIGURE.name}")


if __name__ == "__main__":
    main()
