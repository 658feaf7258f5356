"""The first population of a method that has one: the user's points, and how others are drawn."""

from __future__ import annotations

import warnings

import numba
import numpy as np
import pytest
from scipy.stats import qmc

import pyminima
from pyminima import Solver, minimize
from pyminima._methods.methods import method_named

METHODS = [m.name for m in pyminima.methods() if m.population]
every_method = pytest.mark.parametrize("method", METHODS)
DRAWN = ["uniform", "latin_hypercube", "sobol"]
BOX = [(-3.0, 5.0), (1.0, 1.0), (2.0, 4.0)]
FREE = [0, 2]
POINTS = np.random.default_rng(5).uniform([-3.0, 1.0, 2.0], [5.0, 1.0, 4.0], (12, 3))


def bowl(x):
    return float(np.sum((x - 1.3) ** 2))


def seen_by(method, x0=None, count=12, **given):
    """The first points that a run evaluates for its method."""
    seen = []

    def fun(x):
        seen.append(x.copy())
        return bowl(x)

    given = {"bounds": BOX, "rng": 3, "polish": False, "classify": False, **given}
    minimize(fun, x0, method=method, max_iter=1, check_gradient=False, **given)
    return np.array(seen[:count])


def first_batch(method, x0=None, **given):
    return Solver(method, x0, **{"bounds": BOX, "rng": 3, **given}).ask()


@every_method
def test_given_points_are_the_first_population(method):
    assert first_batch(method, POINTS).tolist() == POINTS.tolist()
    assert seen_by(method, POINTS).tolist() == POINTS.tolist()
    assert seen_by(method, POINTS.tolist()).tolist() == POINTS.tolist()


@every_method
def test_given_points_need_no_bounds(method):
    far = POINTS + 1e3
    assert first_batch(method, far, bounds=None).tolist() == far.tolist()
    res = minimize(bowl, POINTS, method=method, rng=1)
    assert res.fun < 1e-6


@every_method
def test_every_loop_begins_with_them(method):
    lowest = float(np.min([bowl(x) for x in POINTS]))

    @numba.cfunc("float64(intc, CPointer(float64))")
    def compiled(n, x):
        s = 0.0
        for i in range(n):
            s += (x[i] - 1.3) ** 2
        return s

    rest = {"method": method, "bounds": BOX, "rng": 3, "polish": False, "classify": False}
    rest |= {"max_evals": 12, "check_gradient": False}
    assert minimize(compiled, POINTS, **rest).fun == pytest.approx(lowest, rel=1e-14)
    res = minimize(lambda X: ((X - 1.3) ** 2).sum(axis=1), POINTS, vectorized=True, **rest)
    assert res.fun == pytest.approx(lowest, rel=1e-14)
    assert res.x.tolist() in POINTS.tolist()


@every_method
def test_a_larger_population_takes_the_rest_from_the_box(method):
    size = max(20, len(first_batch(method, POINTS)))
    X = first_batch(method, POINTS, options={"population": size})
    assert len(X) == size and X[:12].tolist() == POINTS.tolist()
    assert len(np.unique(X[:, 0])) == size
    low, high = np.transpose(BOX)
    assert ((low <= X) & (high >= X)).all()
    assert len(first_batch(method, POINTS[:1], options={"population": size})) == size


@every_method
def test_one_point_given_as_a_row_is_a_start(method):
    assert first_batch(method, POINTS[:1]).tolist() == first_batch(method, POINTS[0]).tolist()


@every_method
@pytest.mark.parametrize("drawn", DRAWN)
def test_the_design_fills_every_stratum(method, drawn):
    """A Latin hypercube has a point in each of m slices; so has Sobol's sequence if m = 2^k."""
    size = 33  # one of them is x0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        X = first_batch(
            method, [0.5, 1.0, 3.5], options={"population": size, "initialization": drawn}
        )
    assert len(X) == size and X[0].tolist() == [0.5, 1.0, 3.5]
    assert (X[:, 1] == 1.0).all()
    low, high = np.transpose(BOX)[:, FREE]
    slices = np.floor(32 * (X[1:, FREE] - low) / (high - low))
    filled = [len(set(column)) for column in slices.T]
    assert filled == [32, 32] if drawn != "uniform" else max(filled) < 32


@every_method
@pytest.mark.parametrize("drawn", DRAWN)
def test_a_box_whose_width_overflows_is_filled(method, drawn):
    box = [(-1e308, 1e308)] * 2
    X = first_batch(
        method, [0.0, 0.0], bounds=box, options={"population": 65, "initialization": drawn}
    )
    assert np.abs(X).max() <= 1e308
    assert (np.std(X / 1e308, axis=0) > 0.4).all()  # uniform: 0.58


@every_method
def test_a_design_is_more_even_than_chance(method):
    def discrepancy(drawn):
        total = 0.0
        for seed in range(5):
            X = first_batch(method, rng=seed, options={"population": 65, "initialization": drawn})
            low, high = np.transpose(BOX)[:, FREE]
            total += qmc.discrepancy((X[1:, FREE] - low) / (high - low))
        return total

    uniform, hypercube, sobol = map(discrepancy, DRAWN)
    assert sobol < 0.5 * hypercube < 0.5 * uniform


@every_method
@pytest.mark.parametrize("drawn", DRAWN)
def test_the_same_rng_draws_the_same(method, drawn):
    given = {"options": {"initialization": drawn}}
    one, same = first_batch(method, **given), first_batch(method, **given)
    assert one.tobytes() == same.tobytes()
    assert one.tobytes() != first_batch(method, **given, rng=4).tobytes()
    assert one.tobytes() == seen_by(method, count=len(one), **given).tobytes()


@every_method
@pytest.mark.parametrize("drawn", DRAWN)
def test_where_the_box_is_open_points_are_drawn_around_x0(method, drawn):
    X = first_batch(
        method,
        [1e4, 2.0],
        bounds=[(None, None), (2.0, None)],
        options={"initialization": drawn, "population": 40},
    )
    assert np.ptp(X[:, 0]) > 1e3 and np.abs(X[:, 0] - 1e4).max() <= 1e5
    assert X[:, 1].min() == 2.0 and np.ptp(X[:, 1]) > 0.5


@every_method
def test_a_copy_has_the_population(method):
    solver = Solver(method, POINTS, bounds=BOX, rng=1)
    X = solver.ask()
    twin = solver.copy()
    for s in (solver, twin):
        s.tell([bowl(x) for x in X])
    assert solver.ask().tobytes() == twin.ask().tobytes()


@every_method
def test_points_outside_are_moved_inside_and_that_is_said(method):
    outside = POINTS.copy()
    outside[3, 0] = 9.0
    res = minimize(bowl, outside, method=method, bounds=BOX, rng=1, max_evals=300)
    assert "moved to the nearest point inside" in res.message
    assert first_batch(method, outside)[3].tolist() == [5.0, *POINTS[3, 1:]]
    res = minimize(bowl, POINTS, method=method, bounds=BOX, rng=1, max_evals=300)
    assert "moved" not in res.message


@pytest.mark.parametrize("method", ["lbfgs", "annealing"])
def test_methods_that_begin_at_one_point_refuse_several(method):
    assert not method_named(method).population
    for call in (lambda: minimize(bowl, POINTS, method=method), lambda: Solver(method, POINTS)):
        with pytest.raises(ValueError, match=r"x0 has shape \(12, 3\), expected \(n,\), or") as e:
            call()
        assert all(repr(taker) in str(e.value) for taker in METHODS)


def test_a_shape_alone_chooses_no_method():
    with pytest.raises(ValueError, match=r"x0 has shape \(1, 2\), expected \(n,\)"):
        minimize(bowl, [[1.0, 2.0]])


@pytest.mark.parametrize(
    ("x0", "error", "text"),
    [
        (POINTS[None], ValueError, r"x0 has shape \(1, 12, 3\)"),
        (np.zeros((0, 3)), ValueError, r"x0 has shape \(0, 3\), expected at least one point"),
        ([[1.0, 2.0], [3.0]], TypeError, "x0="),
        ([[1.0, np.nan]], ValueError, "expected finite numbers"),
        ([["a", "b"]], TypeError, "x0="),
    ],
)
@every_method
def test_what_is_no_population_is_refused(method, x0, error, text):
    with pytest.raises(error, match=text):
        minimize(bowl, x0, method=method)


@every_method
def test_more_points_than_the_population_has_are_refused(method):
    expected = r"options\['population'\]=8 with x0 of shape \(12, 3\)"
    with pytest.raises(ValueError, match=expected):
        minimize(bowl, POINTS, method=method, options={"population": 8})


@every_method
def test_sobol_has_an_end(method):
    n = qmc.Sobol.MAXDIM + 1
    with pytest.raises(ValueError, match="expected at most 21201"):
        Solver(method, np.zeros(n), options={"initialization": "sobol", "population": 4})


@every_method
def test_bounds_have_to_fit(method):
    with pytest.raises(ValueError, match="bounds have shape"):
        minimize(bowl, POINTS, method=method, bounds=[(0.0, 1.0)])
