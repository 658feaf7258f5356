"""Global optimisers of other libraries behind one call: one run each, restarted by the benchmark.

Every peer keeps its defaults. It sees the function through `Counted`, which ends it by an exception
when the budget is spent or the last target hit.
"""

from __future__ import annotations

import math
import os
import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import cocoex
import numpy as np
import scipy.optimize

Vector = np.ndarray[Any, np.dtype[np.float64]]

TARGETS = 10.0 ** np.linspace(2, -8, 51)


class Over(Exception):
    """The budget is spent, or all targets are hit."""


@cache
def lowest_value(function: int, instance: int, dim: int) -> float:
    """The minimum of a function of the suite, at the point where the suite says it is."""
    problem = suite(instance, dim).get_problem(function - 1)
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:  # the suite tells the point by a file, here
        try:
            os.chdir(folder)
            problem._best_parameter("print")
            best = np.loadtxt("._bbob_problem_best_parameter.txt", ndmin=1)
        finally:
            os.chdir(here)
    return float(problem(best))


def suite(instance: int, dim: int) -> Any:
    """The 24 noiseless functions in so many dimensions."""
    return cocoex.Suite("bbob", f"instances:{instance}", f"dimensions:{dim}")


class Counted:
    """A function of the suite; `hits` says after how many evaluations each target was hit."""

    def __init__(self, function: int, instance: int, dim: int, budget: int) -> None:
        self.lowest = lowest_value(function, instance, dim)
        self.suite = suite(instance, dim)  # has to outlive its problem
        self.problem = self.suite.get_problem(function - 1)
        self.budget, self.dim = budget, dim
        self.count, self.outside = 0, 0
        self.hits: list[int] = []
        self.next = float(TARGETS[0])

    def __call__(self, x: Vector) -> float:
        if self.count >= self.budget:
            raise Over
        self.count += 1
        f: float = self.problem(x)
        if f - self.lowest <= self.next:
            self.hit(f - self.lowest)
        return f

    def hit(self, above: float) -> None:
        """Note the targets that are hit by this value; end the run with the last."""
        while len(self.hits) < len(TARGETS) and above <= TARGETS[len(self.hits)]:
            self.hits.append(self.count)
        if len(self.hits) == len(TARGETS):
            raise Over
        self.next = float(TARGETS[len(self.hits)])

    @property
    def left(self) -> int:
        return self.budget - self.count

    @property
    def box(self) -> list[tuple[float, float]]:
        return [(-5.0, 5.0)] * self.dim


Solver = Callable[[Counted, Vector, int], Any]
"""Makes one run from a start, with a seed."""


def scipy_dual_annealing(fun: Counted, x0: Vector, seed: int) -> None:
    scipy.optimize.dual_annealing(
        fun, fun.box, maxfun=fun.left, maxiter=10**9, x0=x0, rng=np.random.default_rng(seed)
    )


def scipy_differential_evolution(fun: Counted, x0: Vector, seed: int) -> None:
    scipy.optimize.differential_evolution(
        fun, fun.box, maxiter=10**9, x0=x0, rng=np.random.default_rng(seed)
    )


def scipy_bfgs(fun: Counted, x0: Vector, seed: int) -> None:
    scipy.optimize.minimize(fun, x0, method="BFGS")


def pycma_bipop(fun: Counted, x0: Vector, seed: int) -> None:
    import cma

    rng = np.random.default_rng(seed)
    options = {"bounds": [-5, 5], "verbose": -9, "maxfevals": fun.left, "seed": seed + 1}

    def start() -> Vector:
        return rng.uniform(-4.0, 4.0, fun.dim)

    cma.fmin2(fun, start, 2.0, options, restarts=100, bipop=True, restart_from_best=False)


def nlopt_crs2(fun: Counted, x0: Vector, seed: int) -> None:
    import nlopt

    nlopt.srand(seed + 1)
    opt = nlopt.opt(nlopt.GN_CRS2_LM, fun.dim)
    opt.set_min_objective(lambda x, grad: fun(x))
    opt.set_lower_bounds(-5.0)
    opt.set_upper_bounds(5.0)
    opt.set_maxeval(fun.left)
    opt.set_xtol_rel(1e-12)
    opt.optimize(x0)


def of_pygmo(name: str, **options: Any) -> Solver:
    def solve(fun: Counted, x0: Vector, seed: int) -> None:
        import pygmo

        class Bounded:
            def fitness(self, x: Vector) -> list[float]:
                return [fun(x)]

            def get_bounds(self) -> tuple[list[float], list[float]]:
                return [-5.0] * fun.dim, [5.0] * fun.dim

            def __deepcopy__(self, memo: Any) -> Bounded:
                return self

        generations = max(1, fun.left // 20)
        algorithm = pygmo.algorithm(getattr(pygmo, name)(gen=generations, seed=seed, **options))
        algorithm.evolve(pygmo.population(pygmo.problem(Bounded()), 20, seed=seed))

    return solve


PEERS: dict[str, Solver] = {
    "pycma BIPOP": pycma_bipop,
    "scipy dual_annealing": scipy_dual_annealing,
    "scipy differential_evolution": scipy_differential_evolution,
    "scipy multistart BFGS": scipy_bfgs,
}
ON_DEMAND: dict[str, Solver] = {
    "NLopt CRS2": nlopt_crs2,
    "pygmo de1220": of_pygmo("de1220"),
    "pygmo sga": of_pygmo("sga"),
}


def starts(dim: int, seed: int) -> Any:
    """Points drawn from the box."""
    rng = np.random.default_rng(seed)
    while True:
        yield rng.uniform(-5.0, 5.0, dim)


def solve(solver: Solver, fun: Counted, seed: int) -> Counted:
    """Run it until the budget is spent."""
    for k, x0 in enumerate(starts(fun.dim, seed)):
        before = fun.count
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                solver(fun, x0, seed + 1000 * k)
        except Exception as error:
            if not is_over(error):
                raise
        if fun.left <= 0 or len(fun.hits) == len(TARGETS) or fun.count == before:
            return fun
    raise AssertionError("starts do not end")


def is_over(error: BaseException | None) -> bool:
    """Whether `Over` ended the run; pygmo wraps it into the text of an error of its own."""
    while error is not None:
        if isinstance(error, Over) or "bbob_peers.Over" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def area(hits: list[int], dim: int, budget: int) -> float:
    """The mean, over targets and over log10(evaluations / dim), of whether a target is hit."""
    whole = math.log10(budget / dim)
    won = (whole - math.log10(max(h / dim, 1.0)) for h in hits if h <= budget)
    return sum(won) / (whole * len(TARGETS))
