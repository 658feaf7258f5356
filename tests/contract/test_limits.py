"""Limits are exact: evaluations, steps, time, and the target."""

from __future__ import annotations

import time

import numpy as np
import pytest
import scipy.optimize
from subjects import (
    START,
    Watched,
    every_method,
    honest,
    quiet,
    ridge,
    ridge_slope,
    run,
    valley,
    valley_slope,
)

import pyminima
from pyminima import Status, minimize


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_never_exceeds_its_budget(method, gradient):
    for budget in [*range(1, 61), 100, 333, 1000]:
        watched = Watched(valley, valley_slope)
        res = run(watched, method, gradient=gradient, max_evals=budget)
        honest(res, watched)
        assert res.nfev <= budget


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_uses_all_of_its_budget_if_that_is_why_it_ends(method, gradient):
    for budget in [1, 2, 3, 4, 5, 7, 10, 20, 31]:
        watched = Watched(valley, valley_slope)
        res = run(watched, method, gradient=gradient, max_evals=budget, **quiet())
        honest(res, watched)
        assert res.status is Status.EVALUATIONS and not res.success
        assert res.nfev == budget


@every_method
@pytest.mark.parametrize("finish", [True, False])
def test_max_iter_is_exact(method, finish):
    for limit in (1, 2, 5):
        watched = Watched(valley, valley_slope)
        steps = []
        res = run(
            watched,
            method,
            max_iter=limit,
            max_evals=2000,
            classify=finish,
            polish=finish,
            callback=lambda x: steps.append(1),  # noqa: B023
        )
        honest(res, watched)
        assert res.nit == len(steps) == limit
        assert res.status is Status.ITERATIONS and not res.success


@every_method
@pytest.mark.parametrize("finish", [True, False])
def test_max_time_ends_the_run(method, finish):
    started = time.perf_counter()
    calls = []

    def slow(x):
        calls.append(time.perf_counter() - started)
        time.sleep(0.002)
        return valley(x)

    res = minimize(
        slow, np.full(6, -1.2), method=method, rng=3, max_time=0.04, classify=finish, polish=finish
    )
    assert res.status is Status.TIME and not res.success
    assert 1 <= len(calls) == res.nfev <= 21  # 0.04 / 0.002, and one under way
    assert res.elapsed < 5.0  # the machine may be busy


@every_method
def test_target_ends_the_run_at_once(method):
    watched = Watched(valley, valley_slope)
    start = valley(START)
    res = run(watched, method, target=0.5 * start, max_evals=20_000, classify=False)
    honest(res, watched)
    assert res.status is Status.TARGET and res.success
    reached = [value <= 0.5 * start for value in watched.values]
    assert reached == [False] * (len(reached) - 1) + [True]


@every_method
def test_target_at_the_start(method):
    watched = Watched()
    res = run(watched, method, target=1e9, classify=False)
    assert res.nfev == 1 and res.status is Status.TARGET
    assert res.x.tolist() == START.tolist()


def test_no_step_follows_the_last_one_even_where_the_run_would_escape():
    free = minimize(ridge, [1.0, 0.0], jac=ridge_slope)
    assert free.n_escapes == 1
    for limit in range(1, free.nit + 1):
        res = minimize(ridge, [1.0, 0.0], jac=ridge_slope, max_iter=limit)
        assert res.nit <= limit


def test_target_means_not_one_evaluation_more():
    watched = Watched(ridge, ridge_slope)
    res = minimize(watched.fun, [1.0, 0.5], jac=watched.jac, target=1.0)
    assert res.status is Status.TARGET and res.success
    assert res.nfev == len(watched.values) and min(watched.values[:-1]) > 1.0 >= watched.values[-1]


def test_scipys_words_for_limits_are_understood():
    method = pyminima.scipy_method("lbfgs")
    options = {"maxiter": 3, "disp": False, "memory": 5}
    res = scipy.optimize.minimize(ridge, [1.0, 0.5], method=method, options=options)
    assert res.nit <= 3
    with pytest.raises(ValueError, match=r"options\['maxitr'\] is not .*did you mean"):
        scipy.optimize.minimize(ridge, [1.0, 0.5], method=method, options={"maxitr": 3})
