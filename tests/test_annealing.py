"""Simulated annealing from end to end: what its steps tell, chains, whole numbers, local searches."""

from __future__ import annotations

import numpy as np
import pytest

import pyminima
from pyminima import Solver, Status, minimize

ALONE = {"local_search": "none"}
QUIET = {"classify": False, "polish": False, "method": "annealing", "rng": 1}
BOX = [(-5.0, 5.0)] * 3


def rastrigin(x):
    z = np.asarray(x) - 0.7
    return float(np.sum(z * z + 10.0 - 10.0 * np.cos(2.0 * np.pi * z)))


def steps_of(options, fun=rastrigin, **given):
    return minimize(
        fun, bounds=BOX, options=options, history=True, **{"max_evals": 2000, **QUIET, **given}
    ).history


def test_a_step_tells_its_temperature_and_acceptance():
    steps = steps_of({**ALONE, "initial_temperature": 8.0, "cooling": 0.5, "sweeps": 4})
    T = np.array([step["temperature"] for step in steps])
    np.testing.assert_allclose(T[:10], 8.0 * 0.5 ** np.arange(1, 11))
    share = np.array([step["acceptance"] for step in steps])
    assert np.all((share >= 0.0) & (share <= 1.0)) and np.ptp(share) > 0.2


@pytest.mark.parametrize("acceptance", [0.2, 0.5, 0.9])
def test_the_first_temperature_accepts_as_many_rises_as_asked_for(acceptance):
    """Of a function whose rises are known: a walk between 0 and 1 climbs by 1 or not at all."""
    T = steps_of(
        {**ALONE, "acceptance": acceptance, "sweeps": 1, "cooling": 0.5},
        fun=lambda x: float(np.floor(abs(x[0]) * 1e3) % 2.0),
    )[0]["temperature"]
    assert np.exp(-1.0 / T) == pytest.approx(acceptance, rel=1e-6)


def test_chains_are_evaluated_together():
    sizes = []

    def fun(X):
        sizes.append(len(X))
        return np.array([rastrigin(x) for x in X])

    given = {**QUIET, "bounds": BOX, "max_evals": 600, "vectorized": True}
    minimize(fun, options={**ALONE, "chains": 8}, **given)
    assert sizes.count(8) > 60 and set(sizes) <= {1, 8, sizes[-1]}


def test_chains_are_a_run_of_their_own():
    ends = [
        minimize(rastrigin, bounds=BOX, options=options, max_evals=900, **QUIET)
        for options in ({"chains": 1}, {"chains": 3}, {"chains": 3, "ladder": 30.0})
    ]
    assert len({res.fun for res in ends}) == 3


def test_whole_numbers_are_searched_by_steps_of_one():
    seen = []

    def fun(x):
        seen.append(x.copy())
        return float((x[0] - 17.0) ** 2 + abs(x[1] + 3.0) + (x[2] - 0.25) ** 2)

    res = minimize(
        fun,
        bounds=[(-1000, 1000), (-9, 9), (-1, 1)],
        integrality=[True, True, False],
        max_evals=3000,
        **QUIET,
    )
    assert np.all(np.array(seen)[:, :2] % 1.0 == 0.0)
    np.testing.assert_allclose(res.x, [17.0, -3.0, 0.25], atol=1e-6)


def test_a_gradient_does_not_take_whole_numbers_along():
    seen = []

    def fun(x):
        seen.append(x.copy())
        return float(np.sum((x - 1.3) ** 2)), 2.0 * (x - 1.3)

    given = {**QUIET, "bounds": BOX, "max_evals": 400, "integrality": [True, False, True]}
    res = minimize(fun, [-4.0, -4.0, 4.0], jac=True, check_gradient=False, **given)
    assert np.all(np.array(seen)[:, [0, 2]] % 1.0 == 0.0)
    np.testing.assert_allclose(res.x, [1.0, 1.3, 1.0], atol=1e-8)


def test_local_searches_end_where_a_walk_alone_does_not():
    def valley(x):
        return float(100.0 * np.sum((x[1:] - x[:-1] ** 2) ** 2) + np.sum((1.0 - x[:-1]) ** 2))

    given = {**QUIET, "bounds": BOX, "max_evals": 2000}
    assert minimize(valley, **given).fun < 1e-9
    assert minimize(valley, options=ALONE, **given).fun > 1e-6


def test_a_gradient_is_used_by_the_local_searches():
    slopes = []

    def slope(x):
        slopes.append(x)
        return 2.0 * (x - 0.7) + 20.0 * np.pi * np.sin(2.0 * np.pi * (x - 0.7))

    given = {**QUIET, "bounds": BOX, "max_evals": 1500, "check_gradient": False}
    res = minimize(rastrigin, jac=slope, **given)
    assert res.njev == len(slopes) > 20
    minimize(rastrigin, jac=slope, options=ALONE, **given)
    assert res.njev == len(slopes)


def test_it_goes_on_until_the_budget_is_spent():
    res = minimize(rastrigin, bounds=BOX, max_evals=20_000, **QUIET)
    assert res.nfev == 20_000 and res.status is Status.EVALUATIONS and res.fun < 1e-12


def test_it_stops_after_patience_levels_without_an_improvement():
    res = minimize(
        rastrigin, bounds=BOX, max_evals=100_000, options={"patience": 150, "growth": 1.0}, **QUIET
    )
    assert res.status is Status.VALUE and res.nfev < 50_000


def test_a_classical_run_cools_once():
    res = minimize(
        rastrigin, bounds=BOX, max_evals=20_000, options={**ALONE, "cycle": 0, "cycles": 1}, **QUIET
    )
    assert res.status is Status.VALUE and res.nfev > 10_000 and res.fun < 1e-3


@pytest.mark.parametrize("visiting", ["adaptive", "gaussian", "cauchy", "tsallis"])
@pytest.mark.parametrize(
    "schedule", ["geometric", "logarithmic", "fast", "tsallis", "lundy_mees", "adaptive"]
)
def test_every_distribution_goes_with_every_schedule(visiting, schedule):
    options = {"visiting": visiting, "schedule": schedule}
    res = minimize(rastrigin, bounds=BOX, max_evals=3000, options=options, **QUIET)
    assert res.fun < rastrigin(np.zeros(3))


def test_its_schedules_are_no_learning_rates():
    with pytest.raises(ValueError, match="schedule.*cosine"):
        minimize(rastrigin, bounds=BOX, options={"schedule": "cosine"}, **QUIET)
    with pytest.raises(ValueError, match="schedule"):
        minimize(rastrigin, bounds=BOX, options={"schedule": pyminima.schedules.Cosine()}, **QUIET)


def test_the_solver_tells_its_measures():
    solver = Solver("annealing", [1.0, 2.0], bounds=BOX[:2], options=ALONE, rng=1)
    for _ in range(100):
        solver.tell([rastrigin(x) for x in solver.ask()])
    assert solver.measures["temperature"] > 0.0
