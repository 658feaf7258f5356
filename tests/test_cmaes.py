"""CMA-ES: every option has its effect, and valleys may lie as they like."""

from __future__ import annotations

import numpy as np
import pytest

from pyminima import Solver, Status, minimize

BOX = [(-5.0, 5.0)] * 5
QUIET = {"classify": False, "polish": False, "check_gradient": False, "rng": 3}


def ellipsoid(x):
    """Axes a thousand times as long as others; the minimum, 0, is at 0.7."""
    return float(np.sum(10.0 ** np.linspace(0, 6, len(x)) * (x - 0.7) ** 2))


def turned(seed):
    """The same, its axes lying anywhere."""
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((5, 5)))[0]
    return lambda x: ellipsoid(Q @ (x - 0.7) + 0.7)


def solve(fun, seed=3, max_evals=20_000, **options):
    return minimize(
        fun,
        np.full(5, 3.0),
        method="cmaes",
        bounds=BOX,
        target=1e-8,
        max_evals=max_evals,
        options=options,
        **{**QUIET, "rng": seed},
    )


def rastrigin(x):
    z = np.asarray(x) - 0.7
    return float(np.sum(z * z + 10.0 - 10.0 * np.cos(2.0 * np.pi * z)))


def test_a_valley_is_found_however_it_lies():
    straight = [solve(ellipsoid, seed).nfev for seed in range(7)]
    askew = [solve(turned(seed), seed).nfev for seed in range(7)]
    assert all(solve(turned(seed), seed).fun <= 1e-8 for seed in range(7))
    assert np.median(askew) < 2.0 * np.median(straight)


def test_a_diagonal_covariance_learns_scales_faster_and_no_rotation():
    def run(fun, covariance):
        return solve(fun, covariance=covariance, surrogate="none", restarts="none")

    def count(fun, covariance):
        return run(fun, covariance).nfev

    assert count(ellipsoid, "diagonal") < 0.8 * count(ellipsoid, "full")
    assert run(turned(1), "full").fun <= 1e-8
    assert run(turned(1), "diagonal").fun > 1e-8
    assert count(ellipsoid, "automatic") == count(ellipsoid, "full")


def test_many_variables_have_a_diagonal_covariance():
    def run(covariance):
        solver = Solver("cmaes", np.ones(501), options={"covariance": covariance}, rng=1)
        for _ in range(3):
            solver.tell(np.sum(solver.ask() ** 2, axis=1))
        return solver.ask()

    assert run("automatic").tobytes() == run("diagonal").tobytes()


def test_sigma_is_the_length_of_the_first_steps():
    for sigma in (0.01, 0.1):
        solver = Solver("cmaes", [1.0, -30.0], options={"sigma": sigma, "population": 500}, rng=1)
        X = solver.ask()
        assert X[0].tolist() == [1.0, -30.0]
        assert np.std(X, axis=0) / sigma == pytest.approx([1.0, 30.0], rel=0.15)


def test_population():
    def count(**options):
        return len(Solver("cmaes", np.ones(10), options=options).ask())

    assert count() == 10  # 4 + 3 log 10
    assert count(population=37) == 37
    assert count(population=1) == 2


def test_restarts_are_what_finds_the_lowest_of_many_minima():
    single = solve(rastrigin, restarts="none")
    assert single.status in (Status.VALUE, Status.STEP, Status.PRECISION)
    assert single.success and single.nfev < 3000 and single.fun > 0.5
    found = {}
    for kind in ("none", "ipop", "bipop"):
        runs = [solve(rastrigin, seed, 60_000, restarts=kind) for seed in range(1, 6)]
        found[kind] = sum(res.fun <= 1e-8 for res in runs)
    assert found["none"] < found["ipop"] and found["none"] < found["bipop"] >= 3


def test_patience_ends_the_restarts():
    res = minimize(
        lambda x: float(np.sum(x**2)) + 1.0,
        np.full(3, 3.0),
        method="cmaes",
        options={"patience": 200},
        max_evals=100_000,
        **QUIET,
    )
    assert res.status is Status.VALUE and res.success and res.nfev < 30_000


def test_sigma_and_axis_ratio_are_told():
    solver = Solver("cmaes", np.full(5, 3.0), bounds=BOX, options={"sigma": 0.3}, rng=1)
    assert solver.measures == {"sigma": 0.3, "axis_ratio": 1.0}
    for _ in range(100):
        solver.tell([ellipsoid(x) for x in solver.ask()])
    measures = solver.measures
    assert measures["sigma"] < 0.3 and measures["axis_ratio"] > 10.0


def sizes(**options):
    """Of the batches that are asked for."""
    asked = []

    def fun(X):
        asked.append(len(X))
        return np.sum((X - 0.7) ** 2, axis=1)

    minimize(
        fun,
        np.full(10, 3.0),
        method="cmaes",
        bounds=[(-5.0, 5.0)] * 10,
        vectorized=True,
        max_evals=300,
        options={"restarts": "none", **options},
        **QUIET,
    )
    return asked


def test_without_a_surrogate_whole_generations_are_asked_for():
    assert set(sizes(surrogate="none")) == {10}


def test_a_surrogate_that_is_right_saves_evaluations():
    asked = sizes()
    assert asked[:2] == [10, 10]  # nothing is known yet
    assert asked.count(2) > len(asked) / 2
    for fun in (ellipsoid, turned(1), turned(2)):
        plain = [solve(fun, seed, surrogate="none").nfev for seed in range(5)]
        assert np.median([solve(fun, seed).nfev for seed in range(5)]) < 0.5 * np.median(plain)


def test_a_surrogate_that_is_wrong_costs_little():
    def rough(x):  # no quadratic says anything about it
        return float(np.sum(np.sqrt(np.abs(x - 0.7))) + np.sum(np.floor(3.0 * np.abs(x - 0.7))))

    plain = [solve(rough, seed, 3000, surrogate="none").fun for seed in range(9)]
    assert np.median([solve(rough, seed, 3000).fun for seed in range(9)]) < 2.0 * np.median(plain)


def test_a_minimum_at_a_wall_is_reached_exactly():
    res = minimize(
        lambda x: float(x[0] - 2.0 * x[1] + (x[2] - 0.7) ** 2),
        [1.0, 1.0, 1.0],
        method="cmaes",
        bounds=[(-3.0, 5.0), (-np.inf, 4.0), (-5.0, 5.0)],
        max_evals=3000,
        **QUIET,
    )
    assert res.x[0] == -3.0 and res.x[1] == 4.0 and abs(res.x[2] - 0.7) < 1e-6
