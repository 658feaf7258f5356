"""Integer variables: what is evaluated, what is found, and what the verdict claims."""

from __future__ import annotations

import itertools
import math

import numba
import numpy as np
import pytest

import pyminima
from pyminima import Batches, Kind, Point, Solver, Status, minimize
from pyminima._methods.methods import method_named
from pyminima._running import integers as integers_module

METHODS = [m.name for m in pyminima.methods() if m.integers]
OTHERS = [m.name for m in pyminima.methods() if not m.integers]
every_method = pytest.mark.parametrize("method", METHODS)
pytestmark = pytest.mark.skipif(not METHODS, reason="no method takes integers")

BOX = [(-6.5, 7.2), (-4.0, 4.0), (1.0, 1.0), (-3.0, 3.0)]
WHOLE = [1, 0, 1, 1]
LOW, HIGH = [-6.0, -4.0, 1.0, -3.0], [7.0, 4.0, 1.0, 3.0]


def bowl(x):
    """The lowest point is [2, 0.85, 1, -1]."""
    return float((x[0] - 2.3) ** 2 + (x[1] - 0.7 + 0.5 * (x[0] - 2.3)) ** 2 + 2 * (x[3] + 1.2) ** 2)


LOWEST = [2.0, 0.85, 1.0, -1.0]


@numba.cfunc("float64(intc, CPointer(float64))")
def compiled(n, x):
    valley = x[1] - 0.7 + 0.5 * (x[0] - 2.3)
    return (x[0] - 2.3) ** 2 + valley * valley + 2 * (x[3] + 1.2) ** 2


def knapsack(x):
    """Weights, values and a limit: the sum of values, negative, if it is not too heavy."""
    weights, values = np.array([4, 3, 7, 5, 2, 6]), np.array([7, 4, 11, 8, 3, 9])
    excess = weights @ x - 14.0
    return float(-values @ x + 20.0 * max(excess, 0.0))


def recorded(fun):
    seen = []

    def call(x):
        seen.append(x.copy())
        return fun(x)

    return call, seen


def run(method, fun=bowl, x0=(5.0, 3.0, 1.0, 2.0), **given):
    given = {"bounds": BOX, "integrality": WHOLE, "rng": 1, "max_evals": 4000, **given}
    return minimize(fun, x0, method=method, **given)


@every_method
@pytest.mark.parametrize("starts", [None, 4])
def test_only_whole_numbers_inside_the_box_are_evaluated(method, starts):
    fun, seen = recorded(bowl)
    res = run(method, fun, starts=starts)
    X = np.array(seen)
    whole = X[:, [0, 2, 3]]
    assert (whole == np.round(whole)).all()
    assert ((X >= LOW) & (X <= HIGH)).all()
    assert len(X) == res.nfev
    np.testing.assert_allclose(res.x, LOWEST, atol=1e-5)
    assert res.success and res.fun == bowl(res.x)


@every_method
def test_every_loop_finds_the_same(method):
    by_rows = run(
        method,
        lambda X: np.array([bowl(x) for x in X]),
        vectorized=True,
    )
    one = run(method)
    assert by_rows.x.tobytes() == one.x.tobytes() and by_rows.nfev == one.nfev
    res = run(method, compiled)
    np.testing.assert_allclose(res.x, LOWEST, atol=1e-5)
    assert res.success and str(res.classification).startswith("local minimum")


@every_method
def test_with_a_gradient_the_real_variables_are_polished_by_it(method):
    def slope(x):
        assert (x[[0, 2, 3]] == np.round(x[[0, 2, 3]])).all()
        valley = 2 * (x[1] - 0.7 + 0.5 * (x[0] - 2.3))
        return [2 * (x[0] - 2.3) + 0.5 * valley, valley, 0.0, 4 * (x[3] + 1.2)]

    res = run(method, jac=slope)
    np.testing.assert_allclose(res.x, LOWEST, atol=1e-9)
    assert res.success and res.njev > 0
    assert res.covariance()[0].tolist() == [0.0] * 4 and res.covariance()[1, 1] > 0


@every_method
def test_a_knapsack(method):
    best = min(knapsack(np.array(x)) for x in itertools.product((0.0, 1.0), repeat=6))
    res = minimize(knapsack, bounds=[(0, 1)] * 6, integrality=True, method=method, rng=2)
    assert res.fun == best and res.success
    assert res.classification.point is Point.LOCAL_MINIMUM
    assert "none of the 6 points that differ by 1" in str(res.classification)


@every_method
def test_open_bounds(method):
    res = minimize(
        lambda x: float(np.sum((x - [40.4, -25.3]) ** 2)),
        [0.2, 0.9],
        method=method,
        integrality=True,
        rng=3,
    )
    assert res.x.tolist() == [40.0, -25.0] and res.success


@every_method
def test_the_same_rng_gives_the_same(method):
    assert run(method).x.tobytes() == run(method).x.tobytes()


@every_method
@pytest.mark.parametrize("given", [1, True, [True], [1.0], np.ones(1, dtype=np.int8)])
def test_what_says_integer(method, given):
    assert minimize(lambda x: (x[0] - 3.4) ** 2, [0.0], method=method, integrality=given).x == 3.0


@pytest.mark.parametrize("given", [None, 0, [0, 0], [False, False]])
def test_without_integers_nothing_changes(given):
    one = minimize(lambda x: float(np.sum((x - 0.3) ** 2)), [1.0, 2.0], integrality=given)
    assert one.method == "bfgs" and one.x.tolist() != np.round(one.x).tolist()


# The verdict


def ridge(x):
    """Among the whole numbers two minima: 0 and, lower, 7."""
    return float(min(abs(x[0]), abs(x[0] - 7.0) - 0.5))


@every_method
def test_a_lower_neighbour_is_followed(method):
    """The method ends early, far from a minimum unless it finds one as soon."""
    far = [60.0, -45.0]
    res = minimize(
        lambda x: float(np.sum((x - [40.4, -25.3]) ** 2)),
        far,
        method=method,
        integrality=True,
        rng=3,
        max_evals=400,
        options={"ftol": 1.0, "patience": 1},
    )
    assert res.x.tolist() == [40.0, -25.0]
    assert res.success and "neighbours" in {s.name for s in res.stages}
    assert res.n_escapes <= 1 and (res.status is Status.NEIGHBOURS) >= res.n_escapes


def test_many_neighbours_come_in_parts(monkeypatch):
    """The neighbours of many variables do not have to be in memory together."""
    sizes = []

    def fun(X):
        sizes.append(len(X))
        return ((X - 0.2) ** 2).sum(axis=1)

    monkeypatch.setattr(integers_module, "MOST_NUMBERS", 64)
    given = {
        "vectorized": True,
        "integrality": 1,
        "rng": 1,
        "max_evals": 3000,
        "method": METHODS[0],
    }
    res = minimize(fun, np.zeros(16), bounds=[(-4, 4)] * 16, **given)
    assert res.success and "none of the 32 points" in str(res.classification)
    assert sizes[-9:] == [4] * 8 + [1]  # and the point itself


@every_method
def test_without_escape_a_lower_neighbour_contradicts(method):
    res = run(
        method,
        lambda x: float(np.sum((x - 40.4) ** 2)),
        bounds=None,
        integrality=True,
        max_iter=1,
        polish=False,
        escape=False,
    )
    verdict = res.classification
    assert verdict.point is Point.NOT_STATIONARY and not res.success
    assert "instead of" in verdict.reason and "value is lower by" in verdict.reason
    assert res.x.tolist() == verdict.witness.tolist()
    assert np.abs(verdict.escape_direction).sum() == 1.0


def test_independent_starts_go_down_by_neighbours():
    res = minimize(
        lambda x: float(np.sum((x - [40.4, -25.3]) ** 2)),
        bounds=[(-90, 90), (-90, 90)],
        integrality=True,
        starts=4,
        rng=1,
    )
    assert res.x.tolist() == [40.0, -25.0] and res.success
    assert res.n_escapes >= 4 and [m.hits for m in res.minima] == [5]


@every_method
def test_where_the_budget_is_too_small_nothing_is_claimed(method):
    fun, seen = recorded(lambda x: float(np.sum(x**2)))
    res = minimize(
        fun, np.full(30, 9.0), method=method, integrality=True, rng=1, max_evals=40, escape=False
    )
    assert len(seen) == 40
    assert res.classification.point in {Point.UNDETERMINED, Point.NOT_STATIONARY}
    res = minimize(lambda x: 1.0, [0.0] * 9, method=method, integrality=1, rng=1, max_evals=5)
    assert res.classification.kind is Kind.UNDETERMINED and not res.success
    assert "ended after 0 of the points" in str(res.classification)


@every_method
def test_a_constant_is_a_plateau(method):
    res = minimize(lambda x: 1.0, [0.0, 0.0], method=method, integrality=True, rng=1)
    assert res.classification.kind is Kind.PLATEAU and not res.success


@every_method
def test_a_value_that_is_met_twice_is_said(method):
    res = minimize(
        lambda x: abs(x[0] - 0.5) + abs(x[1]), [5.0, 3.0], method=method, integrality=1, rng=1
    )
    assert res.classification.point is Point.LOCAL_MINIMUM
    assert (
        "none of the 4 points that differ by 1 in one integer variable is lower, but 1 as low"
        in str(res.classification)
    )


@every_method
def test_an_endless_descent_is_unbounded(method):
    res = minimize(lambda x: -x[0], [0.0], method=method, integrality=True, rng=1, max_evals=2000)
    assert res.classification.kind is Kind.UNBOUNDED
    assert res.status is Status.UNBOUNDED and not res.success


def test_the_way_goes_on_over_both_kinds_of_variables():
    """A diagonal valley: the real variable has to follow before the integer can go on."""
    res = minimize(
        lambda x: float((x[0] - 12.0) ** 2 + 0.5 * (x[1] - x[0]) ** 2),
        integrality=[1, 0],
        bounds=[(-90, 90), (-90, 90)],
        starts=3,
        rng=1,
    )
    np.testing.assert_allclose(res.x, [12.0, 12.0], atol=1e-6)
    assert res.success and res.n_escapes >= 6
    assert [m.hits for m in res.minima] == [4]


@every_method
def test_a_target_ends_it_at_once(method):
    fun, seen = recorded(lambda x: float(np.sum((x - [40.4, -25.3]) ** 2)))
    res = minimize(
        fun, [60.0, -45.0], method=method, integrality=1, rng=3, max_evals=400, target=100.0,
        options={"ftol": 1.0, "patience": 1},
    )  # fmt: skip
    assert res.status is Status.TARGET and res.fun <= 100.0
    assert sum((x[0] - 40.4) ** 2 + (x[1] + 25.3) ** 2 <= 100.0 for x in seen) <= 4  # one batch


@every_method
def test_several_minima_are_told_apart(method):
    res = minimize(
        lambda x: ridge(x) + (x[1] - 0.25) ** 2,
        method=method,
        bounds=[(-3, 10), (-1, 1)],
        integrality=[1, 0],
        starts=12,
        rng=4,
    )
    assert [m.x[0] for m in res.minima] == [7.0, 0.0]
    assert sum(m.hits for m in res.minima) == 13
    assert res.classification.basins.minima == 2


@every_method
def test_values_that_are_not_finite(method):
    res = run(method, lambda x: bowl(x) if x[0] > 0 else math.nan)
    np.testing.assert_allclose(res.x, LOWEST, atol=1e-5)
    assert not run(method, lambda x: math.nan, max_evals=500).success


def test_beyond_16_digits_there_are_no_neighbours():
    far = 2.0**53
    res = minimize(
        lambda x: 1.0,
        [far],
        method=METHODS[0],
        integrality=1,
        bounds=[(far, 2 * far)],
        max_evals=99,
    )
    assert res.classification.kind is Kind.UNDETERMINED


# Choice, start, and errors


def test_the_choice_is_a_method_that_takes_them():
    for x0, starts in ((None, None), ([1.0, 1.0, 1.0, 0.0], None), (None, 3)):
        res = minimize(bowl, x0, bounds=BOX, integrality=WHOLE, starts=starts, rng=1)
        assert method_named(res.method).integers
        assert f"{res.method!r} was chosen because some variables are integers" in res.message


@pytest.mark.parametrize("method", OTHERS)
def test_the_others_say_which_do(method):
    for call in (minimize, lambda fun, x0, **given: Solver(given.pop("method"), x0, **given)):
        with pytest.raises(ValueError, match=rf"integrality\[1\]=1, but method '{method}'") as e:
            call(bowl, [1.0, 2.0], method=method, integrality=[0, 1])
        assert all(repr(name) in str(e.value) for name in METHODS)


def test_fixed_integers_trouble_no_method():
    res = minimize(
        lambda x: float(np.sum((x - 0.3) ** 2)),
        [1.0, 2.0],
        method="bfgs",
        bounds=[(None, None), (1.6, 2.4)],
        integrality=[0, 1],
    )
    np.testing.assert_allclose(res.x, [0.3, 2.0], atol=1e-6)
    assert res.success


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"integrality": [2, 0]}, ValueError, r"integrality=\[2, 0\], expected 0 \(real\) or 1"),
        ({"integrality": [1, 0, 1]}, ValueError, r"integrality has shape \(3,\), expected \(2,\)"),
        ({"integrality": [[1, 0]]}, ValueError, r"integrality has shape \(1, 2\)"),
        ({"integrality": "all"}, TypeError, "integrality='all'"),
        ({"integrality": [1, np.nan]}, ValueError, "expected 0"),
        (
            {"integrality": 1, "bounds": [(0.2, 0.8), (0, 1)]},
            ValueError,
            r"bounds\[0\]=\(0.2, 0.8\)",
        ),
        ({"integrality": 1, "convex": True}, ValueError, "convex=True with integrality"),
        ({"integrality": 1, "batches": Batches(5)}, ValueError, "integrality=1 with batches"),
    ],
)
def test_what_is_refused(given, error, text):
    with pytest.raises(error, match=text):
        minimize(bowl, [1.0, 2.0], **given)


@every_method
def test_a_start_between_whole_numbers_is_rounded(method):
    given = {"max_evals": 300, "check_gradient": False}
    first = []
    for x0, integrality in ((2.0, 3.3, 1.0, -2.0), None), ((2.6, 3.3, 1.0, -9.0), WHOLE):
        fun, seen = recorded(bowl)
        run(method, fun, x0, integrality=integrality, **given)
        first.append(seen[0].tolist())
    if first[0] == [2.0, 3.3, 1.0, -2.0]:  # a method that begins at x0, and not around it
        assert first[1] == [3.0, 3.3, 1.0, -3.0]


@every_method
def test_ask_and_tell(method):
    solver = Solver(method, [2.6, 3.3, 1.0, -2.0], bounds=BOX, integrality=WHOLE, rng=1)
    twin = None
    for turn in range(60):
        if solver.done:
            break
        X = solver.ask()
        assert (X[:, [0, 2, 3]] == np.round(X[:, [0, 2, 3]])).all()
        assert ((X >= LOW) & (X <= HIGH)).all()
        F = [bowl(x) for x in X]
        if twin is not None:
            assert twin.ask().tobytes() == X.tobytes()
            twin.tell(F)
        elif turn == 20:
            twin = solver.copy()
            twin.tell(F)
        solver.tell(F)
    assert solver.best[0].tolist()[2] == 1.0


@pytest.mark.parametrize("method", [m for m in METHODS if method_named(m).population])
@pytest.mark.parametrize("drawn", ["uniform", "latin_hypercube", "sobol"])
def test_a_first_population_is_whole(method, drawn):
    options = {"population": 64, "initialization": drawn}
    X = Solver(method, bounds=[(0, 3), (-1, 1)], integrality=[1, 0], options=options, rng=1).ask()
    found, times = np.unique(X[:, 0], return_counts=True)
    assert found.tolist() == [0.0, 1.0, 2.0, 3.0] and times.min() >= 6
    given = np.add(X, [0.3, 0.0])
    Y = Solver(method, given, bounds=[(0, 3), (-1, 1)], integrality=[1, 0]).ask()
    assert Y.tolist() == X.tolist()


@every_method
def test_the_history_has_the_search_and_the_polish(method):
    res = run(method, history=True)
    assert set(res.history["stage"]) >= {"search", "polish"}
