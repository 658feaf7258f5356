"""`vectorized=True`: one call for many points, and otherwise the run it would have been."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import scipy.optimize

import pyminima
from pyminima import Result, Status, classify, minimize
from pyminima._core import Evaluator

METHODS = {method.name: method for method in pyminima.methods()}
every_method = pytest.mark.parametrize("method", METHODS)
every_gradient = pytest.mark.parametrize("gradient", ["none", "apart", "together"])

START = np.array([0.9, -0.4, 0.6])


def valley(x: np.ndarray) -> float:
    """Rosenbrock's: no method is through with it quickly."""
    return float(np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2))


def slope(x: np.ndarray) -> np.ndarray:
    return np.asarray(scipy.optimize.rosen_der(x))


def values(X: np.ndarray) -> np.ndarray:
    return np.array([valley(x) for x in X])


def slopes(X: np.ndarray) -> np.ndarray:
    return np.array([slope(x) for x in X])


@dataclass
class Watched:
    """One objective as both kinds of function: every point, and every call of the second kind."""

    value: Callable[[np.ndarray], Any] = valley
    points: list[np.ndarray] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    slope_calls: list[int] = field(default_factory=list)

    def one(self, x: np.ndarray) -> float:
        self.points.append(x.copy())
        self.values.append(self.value(x))
        return self.values[-1]

    def many(self, X: np.ndarray) -> np.ndarray:
        assert type(X) is np.ndarray and X.dtype == np.float64 and X.ndim == 2
        assert X.flags.c_contiguous and X.flags.writeable and len(X) > 0
        self.calls.append(len(X))
        return np.array([self.one(x) for x in X])

    def slopes(self, X: np.ndarray) -> np.ndarray:
        self.slope_calls.append(len(X))
        return slopes(X)

    @property
    def lowest(self) -> float:
        return min((v for v in self.values if not math.isnan(v)), default=math.inf)


def run_one(watched: Watched, method: str, gradient: str = "none", x0: Any = START, **given: Any):
    fun: Any = watched.one
    if gradient == "together":
        fun = lambda x: (watched.one(x), slope(x))  # noqa: E731
    jac = {"none": None, "apart": slope, "together": True}[gradient]
    return minimize(fun, x0, method=method, jac=jac, **{"rng": 3, **given})


def run_many(watched: Watched, method: str, gradient: str = "none", x0: Any = START, **given: Any):
    fun: Any = watched.many
    if gradient == "together":
        fun = lambda X: (watched.many(X), slopes(X))  # noqa: E731
    jac = {"none": None, "apart": watched.slopes, "together": True}[gradient]
    return minimize(fun, x0, method=method, jac=jac, vectorized=True, **{"rng": 3, **given})


def quiet(**given: Any) -> dict[str, Any]:
    """Only the method itself: no polish, no verdict."""
    return {"classify": False, "polish": False, **given}


def same(a: Result, b: Result) -> None:
    """The same run, bit for bit."""
    assert a.x.tobytes() == b.x.tobytes() and a.fun == b.fun
    assert (a.jac is None) == (b.jac is None)
    assert a.jac is None or a.jac.tobytes() == b.jac.tobytes()
    assert (a.nfev, a.njev, a.nit, a.status) == (b.nfev, b.njev, b.nit, b.status)
    assert a.message == b.message


def path(points: list[np.ndarray]) -> bytes:
    return b"".join(x.tobytes() for x in points)


def honest(res: Result, watched: Watched) -> None:
    """Each row of each call is an evaluation, and the lowest of them all is the answer."""
    assert res.nfev == len(watched.points) == sum(watched.calls)
    assert res.fun == watched.lowest
    if math.isfinite(res.fun):
        assert valley(res.x) == res.fun


# The same run


@every_method
@every_gradient
@pytest.mark.parametrize("finish", [True, False])
def test_the_same_bits_as_one_by_one(method, gradient, finish):
    given = {"max_evals": 1500, "classify": finish, "polish": finish}
    one, many = Watched(), Watched()
    a = run_one(one, method, gradient, **given)
    b = run_many(many, method, gradient, **given)
    same(a, b)
    honest(b, many)
    assert path(one.points) == path(many.points)
    if gradient == "apart":
        assert sum(many.slope_calls) == b.njev


@every_method
@pytest.mark.parametrize("gradient", ["none", "apart"])
def test_a_budget_is_met_exactly(method, gradient):
    for budget in [*range(1, 61), 100, 333]:
        one, many = Watched(), Watched()
        a = run_one(one, method, gradient, max_evals=budget)
        b = run_many(many, method, gradient, max_evals=budget)
        same(a, b)
        honest(b, many)
        assert path(one.points) == path(many.points)
        assert b.nfev <= budget


@every_method
@every_gradient
def test_a_target_ends_the_run_after_the_call_that_reached_it(method, gradient):
    whole = Watched()
    run_one(whole, method, gradient, max_evals=80, **quiet())
    records = np.unique(np.minimum.accumulate(whole.values))
    assert len(records) > 3
    for target in [*records, 1e9]:
        for budget in (1, 2, 3, 5, 8, 13, 80):
            one, many = Watched(), Watched()
            given = {"target": target, "max_evals": budget, **quiet()}
            a = run_one(one, method, gradient, **given)
            b = run_many(many, method, gradient, **given)
            honest(b, many)
            assert a.status is b.status and a.nit == b.nit
            assert path(many.points).startswith(path(one.points))
            assert a.nfev <= b.nfev <= budget and b.fun <= a.fun
            assert b.nfev - many.calls[-1] < a.nfev  # it was the last call that reached it
            if a.status is not Status.TARGET:
                same(a, b)


@every_method
def test_bounds_and_fixed_variables(method):
    box = [(-2.0, 0.5), (-0.4, -0.4), (0.25, 1.5)]
    one, many = Watched(), Watched()
    same(
        run_one(one, method, bounds=box, max_evals=900),
        run_many(many, method, bounds=box, max_evals=900),
    )
    assert path(one.points) == path(many.points)


@every_method
def test_one_variable(method):
    given = {"method": method, "rng": 3, "max_evals": 600}
    a = minimize(lambda x: float((x[0] - 0.3) * (x[0] - 0.3)), 1.5, **given)
    b = minimize(lambda X: (X[:, 0] - 0.3) * (X[:, 0] - 0.3), 1.5, vectorized=True, **given)
    same(a, b)


@every_method
def test_a_start_left_out(method):
    box = [(-2.0, 2.0), (-1.0, 3.0)]
    same(
        run_one(Watched(), method, x0=None, bounds=box, max_evals=600),
        run_many(Watched(), method, x0=None, bounds=box, max_evals=600),
    )


@every_method
def test_several_starts(method):
    one, many = Watched(), Watched()
    given = {"bounds": [(-2.0, 2.0)] * 3, "starts": 3, "max_evals": 900}
    same(run_one(one, method, **given), run_many(many, method, **given))
    assert path(one.points) == path(many.points)


@every_method
def test_differences_and_populations_go_in_few_calls(method):
    watched = Watched()
    res = run_many(watched, method, x0=np.full(10, 0.5), max_evals=2000, **quiet())
    if METHODS[method].needs == "gradient":
        # A gradient of ten differences goes in one call, or in two with the point itself; where the
        # line is searched by values, one by one, it is at least one call in ten.
        gradients = sum(count >= 10 for count in watched.calls)
        assert gradients >= len(watched.calls) / (10 if method in ("bfgs", "lbfgs") else 3)
    elif method == "genetic":
        assert len(watched.calls) <= res.nfev / 4 + 1  # children come by fours


@every_method
def test_the_callback_is_called_as_ever(method):
    seen: list[np.ndarray] = []

    def stop(xk):
        seen.append(xk)
        return len(seen) % 3 == 0

    a = run_one(Watched(), method, callback=stop, max_evals=2000)
    b = run_many(Watched(), method, callback=stop, max_evals=2000)
    same(a, b)
    assert len(seen) == 6 and path(seen[:3]) == path(seen[3:])


@every_method
def test_arguments(method):
    def value(X, a, b=0.0):
        return values(X) + a + b

    def gradient(X, a, b=0.0):
        assert (a, b) == (0.5, 0.25)
        return slopes(X)

    given = {"method": method, "rng": 3, "max_evals": 300}
    one = minimize(lambda x: valley(x) + 0.5 + 0.25, START, jac=slope, **given)
    many = minimize(
        value, START, (0.5,), jac=gradient, kwargs={"b": 0.25}, vectorized=True, **given
    )
    same(one, many)


def test_second_derivatives_take_one_point():
    seen = []

    def hess(x):
        seen.append(x.shape)
        return scipy.optimize.rosen_hess(x)

    def hessp(x, p):
        seen.append((*x.shape, *p.shape))
        return scipy.optimize.rosen_hess_prod(x, p)

    for given in ({"hess": hess}, {"hessp": hessp}):
        res = minimize(values, START, jac=slopes, vectorized=True, **given)
        same(res, minimize(valley, START, jac=slope, **given))
        assert res.classification.kind == "local"
    assert set(seen) == {(3,), (3, 3)}


@pytest.mark.parametrize("flag", [True, np.True_])
def test_the_flag_may_be_numpys(flag):
    assert minimize(values, START, vectorized=flag).success


# The verdict


def saddle(x: np.ndarray) -> float:
    return float(x[0] ** 2 - x[1] ** 2 + x[2] ** 4)


def kink(x: np.ndarray) -> float:
    return float(np.sum(np.abs(x)))


def hole(x: np.ndarray) -> float:
    """A bowl, without a value where it is high and without a bottom near the minimum."""
    r = float(x[0] ** 2 + x[1] ** 2 + x[2] ** 2)
    return math.nan if x[0] > 1e-3 else -math.inf if 1e-9 < r < 2e-9 else r


def cliff(x: np.ndarray) -> float:
    """A slope that ends in nothing."""
    return float(x.sum()) if x[0] > -0.1 else math.nan


PLACES = {
    "minimum": (valley, np.ones(3)),
    "slope": (valley, START),
    "saddle": (saddle, np.zeros(3)),
    "kink": (kink, np.zeros(3)),
    "plateau": (lambda x: 4.25, np.zeros(3)),
    "hole": (hole, np.zeros(3)),
    "cliff": (cliff, np.zeros(3)),
    "nothing": (lambda x: math.nan, np.zeros(3)),
}


@pytest.mark.parametrize("place", PLACES)
def test_the_same_verdict_within_every_budget(place):
    value, x = PLACES[place]
    for budget in [*range(1, 40), 60, 90, None]:
        one, many = Watched(value), Watched(value)
        a = classify(one.one, x, max_evals=budget)
        b = classify(many.many, x, max_evals=budget, vectorized=True)
        assert str(a.to_dict()) == str(b.to_dict())  # as text: nan is not equal to itself
        assert path(one.points) == path(many.points)
        assert sum(many.calls) == b.n_evals <= (budget or math.inf)


@every_gradient
@pytest.mark.parametrize("place", ["minimum", "slope"])
def test_the_same_verdict_with_a_gradient(place, gradient):
    x = PLACES[place][1]
    jac: dict[str, Any] = {"none": (None, None), "apart": (slope, slopes), "together": (True, True)}
    funs: tuple[Any, Any] = (valley, values)
    if gradient == "together":
        funs = (lambda x: (valley(x), slope(x))), (lambda X: (values(X), slopes(X)))
    a = classify(funs[0], x, jac=jac[gradient][0])
    b = classify(funs[1], x, jac=jac[gradient][1], vectorized=True)
    assert a.to_dict() == b.to_dict()


def test_a_verdict_takes_few_calls():
    rows = []

    def bowl(X):
        rows.append(len(X))
        return ((X - 0.3) ** 2) @ np.arange(1.0, 21.0)

    verdict = classify(bowl, np.full(20, 0.3), vectorized=True)
    assert verdict.kind == "local" and verdict.n_evals == sum(rows) > 400
    assert len(rows) < 20


def test_a_batch_heeds_limits_only():
    """The probes of a verdict go on past -inf, and end where the budget does or at a target."""
    X = np.arange(12.0).reshape(6, 2)
    F = np.array([3.0, -math.inf, 1.0, math.nan, -5.0, 2.0])
    evaluators = [
        Evaluator(2, lambda x: float(F[int(x[0]) // 2])),
        Evaluator(2, lambda X: F[(X[:, 0] // 2).astype(int)], vectorized=True),
    ]
    for evaluator in evaluators:
        for spare in (0, 2, 6, 7, None):
            twin = evaluator.copy()
            twin.max_evals = spare
            made = min(6, 6 if spare is None else spare)
            stop, found, _ = twin.batch(X)
            assert stop == (Status.EVALUATIONS if made < 6 else Status.RUNNING)
            expected = np.where(np.isnan(F) | (np.arange(6) >= made), math.inf, F)
            assert found.tolist() == expected.tolist()
            assert twin.nfev == made
            assert twin.best_f == (expected.min() if made else math.inf)
        evaluator.limit(target=2.0)
        stop, found, _ = evaluator.batch(X)
        made = 6 if evaluator.vectorized else 3  # a call under way is completed
        assert stop == (Status.RUNNING if evaluator.vectorized else Status.TARGET)
        assert evaluator.nfev == made and np.isfinite(found[made:]).sum() == 0
        assert evaluator.batch(X)[0] == evaluator.spent() == Status.TARGET
        assert evaluator.nfev == made


def test_a_huge_batch_goes_in_several_calls():
    """Of 2**20 numbers each: what the function computes with is as large as that, too."""
    rows = []

    def first(X):
        rows.append(len(X))
        return X[:, 0]

    X = np.zeros((9, 2**18))
    X[:, 0] = np.arange(9)
    for budget, calls in [(9, [4, 4, 1]), (6, [4, 2]), (4, [4]), (3, [3]), (None, [4, 4, 1])]:
        rows.clear()
        evaluator = Evaluator(2**18, first, vectorized=True)
        evaluator.max_evals = budget
        stop, F, _ = evaluator.batch(X)
        made = sum(calls)
        assert rows == calls and evaluator.nfev == made
        assert F.tolist() == [*range(made), *[math.inf] * (9 - made)]
        assert stop == (Status.RUNNING if made == 9 else Status.EVALUATIONS)
    wide = Evaluator(2**20 + 1, first, vectorized=True)  # a point is not cut
    assert wide.batch(np.ones((2, 2**20 + 1)))[1].tolist() == [1.0, 1.0]


def test_an_empty_batch_is_no_call():
    evaluator = Evaluator(2, lambda X: X / 0, vectorized=True)
    evaluator.max_evals = 0
    stop, F, G = evaluator.batch(np.empty((0, 2)), True)
    assert (stop, F.shape, G.shape, evaluator.nfev) == (Status.RUNNING, (0,), (0, 2), 0)
    assert evaluator.batch(np.ones((3, 2)))[0] == Status.EVALUATIONS


# What goes wrong in the objective


@every_method
@pytest.mark.parametrize("gradient", ["none", "apart"])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_points_without_a_value(method, gradient, bad):
    def value(x):
        return valley(x) if x[0] < 1.0 else bad

    one, many = Watched(value), Watched(value)
    same(
        run_one(one, method, gradient, max_evals=500),
        run_many(many, method, gradient, max_evals=500),
    )
    assert path(one.points) == path(many.points)


@every_method
def test_nan_is_an_error_on_request_and_nothing_is_lost(method):
    def value(x):
        return math.nan if len(watched.points) in (6, 7) else valley(x)

    watched = Watched(value)
    with pytest.raises(ValueError, match=r"nan_policy='raise'.*nan") as caught:
        run_many(watched, method, nan_policy="raise", max_evals=200)
    assert str(watched.points[5]) in str(caught.value)
    honest(caught.value.result, watched)


@every_method
def test_minus_infinity_is_unbounded(method):
    watched = Watched(lambda x: -math.inf if len(watched.points) == 9 else valley(x))
    res = run_many(watched, method, max_evals=200, classify=False)
    assert len(watched.points) == res.nfev >= 9
    assert res.status is Status.UNBOUNDED and res.fun == -math.inf
    assert res.nfev - watched.calls[-1] < 9


def test_the_first_reason_in_a_call_is_the_reason():
    """As one by one: what comes after it in the same call is recorded, and decides nothing."""

    def told(F):
        box = [(-1.0, 1.0)] * 2
        given = {"rng": 1, "target": 0.5, "nan_policy": "raise", **quiet()}
        return minimize(
            lambda X: np.resize(F, len(X)), bounds=box, method="genetic", vectorized=True, **given
        )

    assert told([3.0, 0.5, 0.25, math.nan]).status is Status.TARGET
    # But -inf is the value that is returned.
    assert told([3.0, 0.5, -math.inf, math.nan]).status is Status.UNBOUNDED
    assert told([3.0, 0.5, -math.inf, math.nan]).fun == -math.inf
    assert told([3.0, -math.inf, 0.5, math.nan]).status is Status.UNBOUNDED
    with pytest.raises(ValueError, match="nan_policy"):
        told([3.0, math.nan, 0.5])


@every_method
def test_an_exception_arrives_unchanged_with_what_was_found_before(method):
    boom = LookupError("in fun")

    def value(x):
        if len(watched.points) == 25:
            raise boom
        return valley(x)

    watched = Watched(value)
    with pytest.raises(LookupError) as caught:
        run_many(watched, method, max_evals=400)
    assert caught.value is boom
    res = boom.result
    before = watched.points[: sum(watched.calls[:-1])]
    assert res.nfev == len(before) and res.status is Status.OBJECTIVE_ERROR
    assert res.fun == min(valley(x) for x in before) == valley(res.x)


@every_method
@pytest.mark.parametrize("where", ["fun", "jac"])
def test_a_rejected_call_is_the_worst_value_at_all_its_points(method, where):
    boom = LookupError("now and then")
    rejected = []

    def rejects(X, name):
        if name == where and X[:, 2].min() < 0.3:  # the way there leads through x[1] = 0
            rejected.append(len(X))
            raise boom

    def value(X):
        rejects(X, "fun")
        return values(X)

    def gradient(X):
        rejects(X, "jac")
        return slopes(X)

    jac = gradient if where == "jac" else None
    res = minimize(
        value,
        START,
        method=method,
        jac=jac,
        rng=3,
        max_evals=600,
        vectorized=True,
        on_error="reject",
    )
    assert res.nfev <= 600 and math.isfinite(res.fun) and valley(res.x) == res.fun
    assert bool(rejected) == (f"{sum(rejected)} evaluations raised" in res.message)
    row = METHODS[method]
    assert rejected or where == "jac" or row.needs == "gradient" or row.uses_gradient


@every_method
@pytest.mark.parametrize("real", [False, True], ids=["raised", "signal"])
def test_an_interruption_loses_nothing(method, real):
    def value(x):
        if len(watched.points) == 100:
            if not real:
                raise KeyboardInterrupt
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)  # it arrives here
        return valley(x)

    watched = Watched(value)
    res = run_many(watched, method, on_interrupt="return", on_error="reject")
    assert res.status is Status.INTERRUPTED and not res.success
    assert res.nfev == sum(watched.calls[:-1])
    assert res.fun == min(watched.values[: res.nfev]) == valley(res.x)


@every_method
def test_max_time_is_looked_at_between_calls(method):
    calls = []

    def slow(X):
        calls.append(len(X))
        time.sleep(0.01)
        return values(X)

    res = minimize(slow, np.full(4, -1.2), method=method, rng=3, max_time=0.05, vectorized=True)
    assert res.status is Status.TIME and res.nfev == sum(calls)
    assert 1 <= len(calls) <= 6  # 0.05 / 0.01, and one under way


# Objectives with bad manners


def writes(X: np.ndarray) -> None:
    X[:] = 1e9


def freezes(X: np.ndarray) -> None:
    X.setflags(write=False)


def grows(X: np.ndarray) -> None:
    X.resize((7, 7), refcheck=False)


@every_method
@every_gradient
@pytest.mark.parametrize("rude", [writes, freezes, grows])
def test_what_the_objective_does_to_the_points_changes_nothing(method, gradient, rude):
    def value(X):
        F = values(X)
        rude(X)
        return F

    def gradients(X):
        G = slopes(X)
        rude(X)
        return G

    def both(X):
        F, G = values(X), slopes(X)
        rude(X)
        return F, G

    fun, jac = {"none": (value, None), "apart": (value, gradients), "together": (both, True)}[
        gradient
    ]
    a = run_many(Watched(), method, gradient, max_evals=600)
    b = minimize(fun, START, method=method, jac=jac, rng=3, max_evals=600, vectorized=True)
    same(a, b)


@every_method
@pytest.mark.parametrize("part", [lambda X: X, lambda X: X[-1, 1:], memoryview])
def test_points_that_are_kept_stay_what_they_were(method, part):
    kept, copies = [], []

    def keeps(X):
        kept.append(part(X))
        copies.append(np.array(part(X)))
        return values(X)

    minimize(keeps, START, method=method, rng=3, max_evals=500, vectorized=True)
    for X, was in zip(kept, copies, strict=True):
        assert np.asarray(X).tobytes() == was.tobytes()


@every_method
def test_one_buffer_may_serve_for_everything(method):
    """Also for the values, which the gradient, computed after them, may overwrite."""
    memory = np.empty(10_000)

    def value(X):
        F = memory[: len(X)]
        F[:] = values(X)
        return F

    def gradient(X):
        G = memory[: X.size].reshape(X.shape)
        G[:] = slopes(X)
        return G

    a = run_many(Watched(), method, "apart", max_evals=600)
    b = minimize(value, START, method=method, jac=gradient, rng=3, max_evals=600, vectorized=True)
    same(a, b)


class Wrapped:
    """What automatic differentiation returns: not an array, but it can become one."""

    def __init__(self, value):
        self.value = np.asarray(value)

    def __array__(self, dtype=None, copy=None):
        return self.value.astype(dtype or float)


FORMS = {
    "list": lambda A: A.tolist(),
    "tuple": lambda A: tuple(map(tuple, A)) if A.ndim == 2 else tuple(A),
    "column": lambda A: A[..., None],
    "strided": lambda A: np.repeat(A, 2, axis=0)[::2],
    "reversed": lambda A: A[::-1].copy()[::-1],
    "big-endian": lambda A: A.astype(">f8"),
    "Fortran": np.asfortranarray,
    "read-only": lambda A: np.frombuffer(A.tobytes()).reshape(A.shape),
    "longdouble": lambda A: A.astype(np.longdouble),
    "object": lambda A: A.astype(object),
    "masked": np.ma.array,
    "wrapped": Wrapped,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("method", ["lbfgs", "genetic"])
def test_answers_of_any_form(method, form):
    convert = FORMS[form]
    given = {"method": method, "rng": 3, "max_evals": 300, "vectorized": True}
    a = minimize(values, START, jac=slopes, **given)
    apart = minimize(lambda X: convert(values(X)), START, jac=lambda X: convert(slopes(X)), **given)
    same(a, apart)
    for pair in (tuple, list):
        together = minimize(
            lambda X: pair([convert(values(X)), convert(slopes(X))]),  # noqa: B023
            START,
            jac=True,
            **given,
        )
        assert together.x.tobytes() == a.x.tobytes()


@pytest.mark.parametrize("kind", [int, bool, np.int32, np.float32])
def test_answers_of_coarse_types(kind):
    seen = []

    def value(X):
        seen.extend(np.clip(10.0 * values(X), 0.0, 1e6).astype(kind))
        return np.array(seen[-len(X) :])

    res = minimize(value, START, vectorized=True, max_evals=300)
    assert res.nfev == len(seen)
    assert type(res.fun) is float and res.fun == float(min(seen))


# Answers that are wrong: differences at the start of three variables ask for four points at once,
# where no search by values goes before


def returns(value: Any) -> Any:
    return lambda X: value


@pytest.mark.parametrize(
    ("error", "pattern", "fun"),
    [
        (ValueError, r"fun returned an array of shape \(\), expected \(4,\) with vec", valley),
        (ValueError, r"fun returned an array of shape \(5,\), expected \(4,\)", returns([1.0] * 5)),
        (ValueError, r"fun returned .*\(0,\), expected \(4,\)", returns([])),
        (ValueError, r"fun returned .*\(1, 4\), expected \(4,\)", lambda X: values(X)[None]),
        (ValueError, r"fun returned .*\(4, 3\), expected \(4,\)", lambda X: X),
        (TypeError, r"fun returned None, expected real numbers of shape \(4,\)", returns(None)),
        (TypeError, r"(?s)fun returned .*expected real.*complex", lambda X: values(X) * 1j),
        (TypeError, r"fun returned .*expected real numbers", lambda X: ["1"] * len(X)),
        (TypeError, r"fun returned .*expected real numbers", lambda X: [None] * len(X)),
        (
            TypeError,
            r"(?s)fun returned .*expected real.*jac=True",
            lambda X: (values(X), slopes(X)),
        ),
        (TypeError, r"fun returned <object .*expected real numbers", returns(object())),
    ],
)
def test_wrong_values_are_refused(error, pattern, fun):
    for on_error in ("raise", "reject"):
        with pytest.raises(error, match=pattern):
            given = {"method": "lbfgs", "vectorized": True, "check_gradient": False}
            minimize(fun, START, on_error=on_error, **given)


@pytest.mark.parametrize(
    ("error", "pattern", "gradient"),
    [
        (ValueError, r"returned .*\(1, 2\), expected \(1, 3\) with vec", returns([[1.0, 2.0]])),
        (ValueError, r"returned .*\(3,\), expected \(1, 3\)", lambda X: slope(X[0])),
        (ValueError, r"returned .*\(3, 1\), expected \(1, 3\)", lambda X: slopes(X).T),
        (ValueError, r"returned .*\(\), expected \(1, 3\)", returns(1.0)),
        (TypeError, r"returned .*None, expected real numbers of shape \(1, 3\)", returns(None)),
        (TypeError, r"returned .*expected real.*complex", lambda X: slopes(X) * 1j),
        (TypeError, r"returned .*expected real", returns([["a", "b", "c"]])),
    ],
)
def test_wrong_gradients_are_refused(error, pattern, gradient):
    with pytest.raises(error, match="jac " + pattern):
        minimize(values, START, jac=gradient, vectorized=True)
    with pytest.raises(error, match="fun " + pattern) as caught:
        minimize(lambda X: (values(X), gradient(X)), START, jac=True, vectorized=True)
    assert "fun returned as gradients " in str(caught.value)


def test_a_value_alone_is_no_pair():
    with pytest.raises(TypeError, match=r"jac=True, but fun returned .*\(values, gradients\)"):
        minimize(values, START, jac=True, vectorized=True)


def test_scipy_has_no_such_call():
    """It wraps the objective for one point at a time before a method sees it."""
    with pytest.raises(ValueError, match=r"options\['vectorized'\] is not an option"):
        scipy.optimize.minimize(
            values,
            START,
            method=pyminima.scipy_method("lbfgs"),
            options={"vectorized": True},
        )
