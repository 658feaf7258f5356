"""Why a run ended, and whether that was a success: what is said has to be true."""

from __future__ import annotations

import math
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.optimize

import pyminima
from pyminima import Point, Status, minimize
from pyminima._judging import dense
from pyminima._running.status import SUCCESS, TEXT

METHODS = {method.name: method for method in pyminima.methods()}
RULES = [
    name
    for name, method in METHODS.items()
    if "learning_rate" in {option.name for option in method.options}
]
QUIET = {"classify": False, "polish": False, "check_gradient": False}

every_method = pytest.mark.parametrize("method", METHODS)
every_rule = pytest.mark.parametrize("method", RULES)


def bowl(x):
    with np.errstate(all="ignore"):
        return float(50.0 * x @ x), 100.0 * x


def valley(x):
    with np.errstate(all="ignore"):
        return scipy.optimize.rosen(x), scipy.optimize.rosen_der(x)


# --------------------------------------------------------------------------------- divergence ----


def test_a_rate_above_the_largest_stable_one_is_not_unbounded():
    res = minimize(bowl, np.ones(4), jac=True, method="sgd", options={"learning_rate": 0.1})
    assert res.success and res.fun < 1e-15 and res.classification.point is Point.LOCAL_MINIMUM


def test_momentum_finds_the_end_of_a_valley_it_first_leaves():
    x0 = np.tile([-1.2, 1.0], 15)
    res = minimize(lambda x: valley(x)[0], x0, method="momentum")
    assert res.status is not Status.UNBOUNDED and res.success and res.fun < 1e-3


@every_rule
@pytest.mark.parametrize("fun", [bowl, valley])
@pytest.mark.parametrize("power", [-1, 2, 6])
@pytest.mark.parametrize("size", [1.0, 1e140])
def test_a_rule_of_any_rate_ends_truthfully_at_its_best_point(method, fun, power, size):
    start = size * np.array([-1.2, 1.0, 0.5])
    values, points = [], []

    def watched(x):
        f, g = fun(x)
        points.append(np.isfinite(x).all())
        values.append(f)
        return f, g

    options = {"learning_rate": 10.0**power}
    given = {"method": method, "jac": True, "options": options, "max_evals": 5000}
    if not math.isfinite(fun(start)[0]):
        return
    res = minimize(watched, start, **given, **QUIET)
    assert all(points)
    assert res.status not in (Status.UNBOUNDED, Status.NOT_FINITE)
    assert res.fun == np.nanmin(values)
    if res.success and size == 1.0:  # far out, steps of a given length do not even move x
        assert res.fun < values[0]
    whole = minimize(fun, start, **given)  # polished and judged
    assert whole.fun <= res.fun
    assert whole.status is not Status.UNBOUNDED and "without bound" not in whole.message


@pytest.mark.parametrize("penalty", [{"weight_decay": 1.0}, {"l1": 1.0}])
def test_a_penalty_may_lead_uphill(penalty):
    """The path is that of the paper, far above where it began."""
    path = []
    minimize(
        lambda x: (0.5 * float((x - 1.0) @ (x - 1.0)), x - 1.0),
        [1.0, 1.001],
        jac=True,
        method="sgd",
        options={"patience": 1000, "gtol": 0.0, "ftol": 0.0, **penalty},
        callback=lambda x: path.append(x.copy()),
        max_iter=500,
        **QUIET,
    )
    x, rate = np.array([1.0, 1.001]), 1e-3
    for there in path:
        np.testing.assert_allclose(there, x, rtol=1e-13)
        x = x - rate * (x - 1.0 + penalty.get("weight_decay", 0.0) * x)
        x = np.sign(x) * np.maximum(np.abs(x) - rate * penalty.get("l1", 0.0), 0.0)
    assert len(path) == 500


@every_rule
@pytest.mark.parametrize("rate", [1e-3, 1.0, 1e3])
def test_values_that_do_fall_without_bound_are_unbounded_or_limited(method, rate):
    res = minimize(
        lambda x: (-float(np.sum(x)), -np.ones_like(x)),
        [1.0, 2.0],
        jac=True,
        method=method,
        options={"learning_rate": rate, "weight_decay": 0.0},  # a penalty is a bound
        max_evals=3000,
        **QUIET,
    )
    assert res.status in (Status.UNBOUNDED, Status.EVALUATIONS) and not res.success
    assert res.fun < -3.0


@every_rule
def test_a_diverging_rule_tries_ever_smaller_rates(method):
    """sgd needs 2 / 1e8; eleven retreats from 1e3 lead there."""
    res = minimize(
        lambda x: (0.5e8 * float(x @ x), 1e8 * x),
        [1.0, -2.0],
        jac=True,
        method=method,
        options={"learning_rate": 1e3},
        **QUIET,
    )
    assert res.status is not Status.UNBOUNDED
    if method in ("sgd", "momentum", "nesterov"):
        assert res.fun < 1e-6


def test_a_rate_beyond_all_mending_has_diverged():
    def fun(x):
        return 0.5e18 * float(x @ x), 1e18 * x

    given = {"jac": True, "method": "sgd", "options": {"learning_rate": 1e6}}
    res = minimize(fun, [1.0, -2.0], **given, **QUIET)
    assert res.status is Status.DIVERGED and not res.success
    assert res.x.tolist() == [1.0, -2.0] and res.message.endswith("the values do not fall")
    whole = minimize(fun, [1.0, -2.0], **given)
    assert whole.success and whole.fun < 1.0


@pytest.mark.parametrize("rate", [1e-2, 1.0, 1e4])
@pytest.mark.parametrize("method", ["sgd", "momentum", "adam"])
def test_a_rule_that_diverges_over_samples_keeps_its_best_point(method, rate):
    data = np.random.default_rng(1).normal(size=(64, 3))
    target = data @ [1.0, -2.0, 0.5]

    def fun(x, i):
        with np.errstate(all="ignore"):
            r = data[i] @ x - target[i]
            return float(r @ r) / len(i), 2.0 * r @ data[i] / len(i)

    everything = np.arange(64)
    res = minimize(
        fun,
        np.zeros(3),
        jac=True,
        method=method,
        batches=pyminima.Batches(64, batch_size=16, epochs=20),
        rng=0,
        options={"learning_rate": rate},
    )
    assert res.status is not Status.UNBOUNDED
    assert res.fun == fun(res.x, everything)[0] <= fun(np.zeros(3), everything)[0]


@every_method
def test_a_plateau_at_infinity_is_no_descent_without_bound(method):
    """f falls towards 0 in the middle and rises to 1 far away, where it is flat."""
    given: dict[str, Any] = {"method": method, "rng": 1, "max_evals": 2000}

    def fun(x):
        s = float(x @ x)
        return s / (1.0 + s) if s < 1e300 else 1.0

    if METHODS[method].is_global:
        given["bounds"] = [(-1e30, 1e30)] * 2
    res = minimize(fun, [3.0, -4.0], **given)
    assert res.status is not Status.UNBOUNDED and res.fun <= fun(np.array([3.0, -4.0]))


# ------------------------------------------------------------------------------------- target ----

WAYS: dict[str, dict[str, Any]] = {
    "alone": QUIET,
    "whole": {},
    "box": {"bounds": [(-3.0, 4.0)] * 2},
    "starts": {"bounds": [(-3.0, 4.0)] * 2, "starts": 4},
    "central": {"jac": "3-point"},
    "complex steps": {"jac": "cs"},
    "gradient": {"jac": lambda x: 2.0 * (x - 0.3)},
    "integers": {"integrality": [1, 0], "bounds": [(-3, 4)] * 2, "method": "genetic"},
    "all integers": {"integrality": 1, "bounds": [(-3, 4)] * 2, "method": "annealing"},
    "history": {"history": True, "bounds": [(-3.0, 4.0)] * 2, "method": "auto"},
    "convex": {"convex": True},
}


@np.errstate(over="ignore")
def shallow(x):
    z = x - 0.3
    return (z * z).sum(axis=-1) + 2.0


@pytest.mark.parametrize("given", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("vectorized", [False, True])
def test_once_a_value_reaches_the_target_nothing_is_evaluated(given, vectorized):
    """Whoever meets it: search, differences, check, polish, verdict, starts or neighbours."""
    given = {"rng": 2, "max_evals": 600, "vectorized": vectorized, **given}
    if vectorized and callable(given.get("jac")):
        given["jac"] = lambda X: 2.0 * (X - 0.3)
    calls: list[float] = []

    def fun(x):
        F = shallow(x)
        if not np.iscomplexobj(x):
            calls.append(float(np.min(F)))
        return F

    minimize(fun, [2.0, -1.0], **given)
    records = sorted(set(np.minimum.accumulate(calls)), reverse=True)
    for target in [1e9, *records[:: max(1, len(records) // 30)], records[-1]]:
        calls.clear()
        res = minimize(fun, [2.0, -1.0], target=target, **given)
        assert res.status is Status.TARGET and res.success, target
        assert res.fun == calls[-1] <= target < min([*calls[:-1], math.inf])


@every_method
def test_the_last_evaluation_allowed_can_reach_the_target(method):
    given = {"method": method, "rng": 4, "bounds": [(-3.0, 4.0)] * 2, **QUIET}
    calls: list[float] = []
    minimize(lambda x: calls.append(shallow(x)) or calls[-1], [2.0, -1.0], max_evals=80, **given)
    lowest = np.minimum.accumulate(calls)
    k = int(np.flatnonzero(lowest[:-1] > lowest[1:])[-1]) + 1  # the last improvement
    target = calls[k]
    calls.clear()
    res = minimize(
        lambda x: calls.append(shallow(x)) or calls[-1],
        [2.0, -1.0],
        max_evals=80,
        target=target,
        **given,
    )
    n = res.nfev
    assert res.status is Status.TARGET
    # The budget is known to schedules; so the same run, with what it took.
    calls.clear()
    res = minimize(
        lambda x: calls.append(shallow(x)) or calls[-1],
        [2.0, -1.0],
        max_evals=n,
        target=target,
        **given,
    )
    assert (res.status is Status.TARGET) == (res.fun <= target)
    assert res.success == (res.fun <= target) or SUCCESS[res.status]


def test_a_value_of_minus_infinity_is_unbounded_with_a_target_too():
    for target in (None, 0.0, -1e300):
        res = minimize(lambda x: -math.inf if x[0] < 0.5 else x[0], [1.0], target=target)
        assert res.status is Status.UNBOUNDED and not res.success


@pytest.mark.parametrize("hole", [0.31, 0.3001, 0.300001, 0.3 + 1e-9])
@pytest.mark.parametrize("given", [{}, {"method": "cmaes"}, {"convex": True}, {"max_iter": 3}])
def test_minus_infinity_is_unbounded_whoever_meets_it(hole, given):
    """Here it is met by the search, by the verdict, or by nobody."""
    met = []

    def fun(x):
        f = -math.inf if abs(x[0] - hole) < 0.2 * (hole - 0.3) else float((x[0] - 0.3) ** 2)
        met.append(f)
        return f

    res = minimize(fun, [1.0], rng=1, max_evals=400, **given)
    assert res.fun == min(met)
    assert (res.status is Status.UNBOUNDED) == (res.fun == -math.inf)
    if res.status is Status.UNBOUNDED:
        assert not res.success and res.classification.point is Point.UNBOUNDED


def test_minus_infinity_beside_integers_is_unbounded():
    res = minimize(
        lambda x: -math.inf if x[0] == 3 else abs(x[0] - 2.0),
        [2.0, 0.5],
        integrality=[1, 0],
        bounds=[(0, 9), (0, 1)],
        method="differential_evolution",
        max_evals=40,
        rng=1,
    )
    assert res.fun == -math.inf and res.status is Status.UNBOUNDED and not res.success


def test_no_time_for_a_single_evaluation_is_a_verdict_too():
    res = minimize(shallow, bounds=[(-3.0, 4.0)] * 2, starts=2, max_time=1e-9)
    assert res.classification.point is Point.UNDETERMINED and not res.success


@pytest.mark.parametrize("size", [1e300, 1e308, np.finfo(float).max])
@pytest.mark.parametrize("at", [0.0, 1e-3, 1.0])
def test_no_minimum_is_claimed_on_numbers_that_are_not_finite(size, at):
    for fun in (
        lambda x: size * (abs(x[0] - at) < 1.0),
        lambda x: -size * abs(x[0] - at) if abs(x[0] - at) < 1.0 else size,
        lambda x: size * math.sin(1e3 * x[0]),
        lambda x: size * (x[0] > at),
    ):
        with np.errstate(all="ignore"):
            verdict = pyminima.classify(fun, [at])
        numbers = [verdict.gradient_norm, verdict.gradient_error, verdict.eigenvalue_error]
        numbers = [a for a in numbers if a is not None] + list(
            () if verdict.eigenvalues is None else verdict.eigenvalues
        )
        assert not np.isnan(numbers).any()
        if verdict.is_minimum or verdict.point is Point.SADDLE:
            assert np.isfinite(numbers).all()


def test_the_stages_add_up_where_a_lower_point_is_followed():
    """It is met by the check at the start, and turns out to belong to a minimum that is known."""
    given = {"jac": "3-point", "rng": 2, "max_evals": 300}
    for width in 10.0 ** -np.arange(1.0, 12.0):
        res = minimize(
            lambda x, w=width: float(x[0] ** 2) - 10.0 * (0.0 < x[0] < w), [0.0], **given
        )
        assert sum(stage.nfev for stage in res.stages) == res.nfev


# ---------------------------------------------------------------------------- what is promised ----

SUBJECTS: dict[str, Any] = {
    "a bowl": shallow,
    "a saddle": lambda x: x[0] ** 2 - x[1] ** 2 + x[1] ** 4,
    "a constant": lambda x: 1.0,
    "a kink": lambda x: float(np.abs(x - 0.3).sum()),
    "a slope": lambda x: float(x[0] + x[1]),
    "a parabola upside down": lambda x: -float(x @ x),
    "never a number": lambda x: math.nan,
    "seldom a number": lambda x: shallow(x) if x[0] > 1.9 else math.nan,
    "huge": lambda x: 1e300 * min(shallow(x), 1e8),
    "tiny": lambda x: 1e-300 * (shallow(x) - 2.0),
    "too steep": lambda x: math.exp(min(700.0, float(x @ x) ** 2)),
}


@every_method
@pytest.mark.parametrize("fun", SUBJECTS.values(), ids=SUBJECTS)
@pytest.mark.parametrize("given", [{}, QUIET, {"target": 2.5, "polish": False}])
def test_status_success_and_message_agree(method, fun, given):
    box = [(-3.0, 4.0)] * 2 if METHODS[method].is_global else None
    res = minimize(fun, [2.0, -1.0], method=method, bounds=box, rng=5, max_evals=300, **given)
    assert res.status in set(Status) - {Status.RUNNING}
    assert f"topped because {TEXT[res.status]}" in res.message
    finite = math.isfinite(res.fun) and bool(np.isfinite(res.x).all())
    assert finite or not res.success
    verdict = res.classification
    assert (verdict is None) == (given.get("classify") is False)
    if verdict is None:
        assert res.success == (SUCCESS[res.status] and finite)
    else:
        assert SUCCESS[res.status] or not res.success
        assert res.message.startswith(str(verdict)[:1].upper() + str(verdict)[1:])
    if SUCCESS[res.status] and finite and not res.success:  # the verdict took it back
        assert verdict is not None and not verdict.is_minimum
    if "target" in given and res.fun <= given["target"] and math.isfinite(res.fun):
        assert res.status is Status.TARGET and res.success
    if res.status is Status.UNBOUNDED:
        assert res.fun < fun(np.array([2.0, -1.0]))


# ---------------------------------------------------------------------------------- huge boxes ----


@every_method
@pytest.mark.parametrize("end", [1e308, 1.7e308])
@pytest.mark.parametrize("given", [{}, {"x0": [0.5, -1.0]}, {"starts": 2}])
def test_a_box_wider_than_the_largest_number_warns_of_nothing(method, end, given):
    """The suite turns warnings into errors."""
    for integrality in (None, [1, 0]) if METHODS[method].integers else (None,):
        res = minimize(
            lambda x: float(np.abs(x / 1e308 - 0.3).sum()),
            method=method,
            bounds=[(-end, end)] * 2,
            rng=0,
            max_evals=300,
            integrality=integrality,
            **given,
        )
        assert (np.abs(res.x) <= end).all() and res.nfev <= 300
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pyminima.classify(lambda x: float(x @ x), [0.0, 0.0], bounds=[(-end, end)] * 2)


# ------------------------------------------------------------------------------------- LAPACK ----


@pytest.mark.parametrize("entry", [1e308, math.inf, math.nan])
def test_a_hessian_that_is_not_finite_prints_nothing(entry, capfd):
    n = 6
    H = np.eye(n)
    H[0, 0] = H[-1, 0] = H[0, -1] = entry

    def square(x):
        return float(x @ x)

    given = {"jac": lambda x: 2 * x, "hess": lambda x: H}
    with np.errstate(all="ignore"):
        pyminima.classify(square, np.zeros(n), **given)
        for method in "newton", "lbfgs":
            minimize(square, np.ones(n), method=method, **given)
        for size in 10.0 ** np.array([150, 300]):
            for fun in (
                lambda x, s=size: s * float(x @ x),
                lambda x, s=size: float((s * x) @ (s * x)),
                lambda x, s=size: s * float(x[0] * x[1]),
                lambda x, s=size: s * float(np.abs(x).sum()),
                lambda x, s=size: s * float(np.abs(x[0]) - np.abs(x[1])),
            ):
                pyminima.classify(fun, np.zeros(n))
                pyminima.classify(fun, np.full(n, 1e-3))
                minimize(fun, np.full(n, 1e-3), max_evals=300)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("entry", [math.inf, math.nan])
def test_lapack_never_sees_what_is_not_finite(entry, capfd):
    A = np.eye(5)
    A[0, 0] = entry
    for factorise in (
        dense.eigen,
        dense.eigenvalues,
        dense.spectral_norm,
        lambda M: dense.solve(np.eye(5), M),
        lambda M: dense.least_squares(M, np.eye(5)),
    ):
        with pytest.raises(np.linalg.LinAlgError, match="not finite"):
            factorise(A)
    assert capfd.readouterr() == ("", "")


def test_the_verdict_factorises_in_one_place():
    factorisation = re.compile(r"linalg\.(eig|svd|lstsq|solve|pinv|cond)")
    called = {
        p.name
        for p in Path(dense.__file__).parent.glob("*.py")
        if factorisation.search(p.read_text())
    }
    assert called == {"dense.py"}
