"""Variables in any unit: with `x_scale`, the same problem in other units is the same search."""

from __future__ import annotations

import numpy as np
import pytest

import pyminima
from pyminima import Solver, minimize

METHODS = {method.name: method for method in pyminima.methods()}
# Their steps are in units of x per unit of gradient, as their options say.
RATES = [name for name, method in METHODS.items() if method.has_absolute_steps({})]
scale_free = pytest.mark.parametrize("method", [name for name in METHODS if name not in RATES])

START = np.array([-1.2, 1.0, 0.6])
SIZES = np.array([1.0, 0.5, 2.0])
UNITS = 2.0 ** np.array([-40.0, 13.0, 31.0])


def valley(z):
    a, b, c = z.tolist()
    return 100.0 * (b - a * a) * (b - a * a) + (1.0 - a) * (1.0 - a) + 3.0 * (c - b) * (c - b)


def valley_slope(z):
    a, b, c = z.tolist()
    first = -400.0 * a * (b - a * a) - 2.0 * (1.0 - a)
    return np.array([first, 200.0 * (b - a * a) - 6.0 * (c - b), 6.0 * (c - b)])


class Measured:
    """The valley in other units, and the points asked for, in those of the valley."""

    def __init__(self, units, unit_of_f=1.0):
        self.units, self.unit_of_f, self.seen = units, unit_of_f, []

    def fun(self, x):
        self.seen.append(x / self.units)
        return self.unit_of_f * valley(self.seen[-1])

    def jac(self, x):
        return self.unit_of_f * valley_slope(x / self.units) / self.units


def run(method, units, unit_of_f, gradient, box):
    problem = Measured(units, unit_of_f)
    bounds = None
    if box:
        bounds = [(-3.0 * u, 4.0 * u) for u in units]
    res = minimize(
        problem.fun,
        START * units,
        method=method,
        jac=problem.jac if gradient else None,
        bounds=bounds,
        x_scale=SIZES * units,
        rng=1,
        max_evals=400,
        classify=False,
    )
    return problem.seen, res


@pytest.mark.parametrize("box", [False, True])
@pytest.mark.parametrize("gradient", [False, True])
# An even power: bfgs keeps a root of the Hessian.
@pytest.mark.parametrize("unit_of_f", [1.0, 2.0**-38])
@scale_free
def test_other_units_are_the_same_search_to_the_last_bit(method, unit_of_f, gradient, box):
    seen, res = run(method, np.ones(3), 1.0, gradient, box)
    again, other = run(method, UNITS, unit_of_f, gradient, box)
    assert len(seen) == len(again)
    assert all((a == b).all() for a, b in zip(seen, again, strict=True))
    assert other.fun == unit_of_f * res.fun and (other.x == res.x * UNITS).all()
    assert other.message == res.message


@scale_free
def test_a_solver_works_in_them_too(method):
    def asked(units):
        solver = Solver(
            method,
            START * units,
            x_scale=SIZES * units,
            bounds=list(zip(-9 * units, 9 * units, strict=True)),
            rng=1,
        )
        points = []
        while not solver.done and len(points) < 200:
            X = solver.ask() / units
            points += list(X)
            slopes = np.array([valley_slope(z) for z in X]) / units
            solver.tell(
                [valley(z) for z in X], slopes if METHODS[method].needs == "value" else None
            )
        return np.array(points)

    assert (asked(np.ones(3)) == asked(UNITS)).all()


@pytest.mark.parametrize("gradient", [False, True])
def test_a_fit_in_farads_and_metres_ends_in_its_minimum(gradient):
    t = np.linspace(0.0, 10.0, 40)
    y = 2.0 * np.exp(-0.5 * t) + 0.3
    units = np.array([1e-12, 1e9, 1e-7])

    def fun(x):
        a, k, b = x / units
        r = y - a * np.exp(-k * t) - b
        return float(r @ r)

    def jac(x):
        a, k, b = x / units
        e = np.exp(-k * t)
        r = y - a * e - b
        return np.array([-2.0 * r @ e, 2.0 * r @ (a * t * e), -2.0 * r.sum()]) / units

    x0 = np.array([1.0, 1.0, 0.1]) * units
    res = minimize(fun, x0, jac=jac if gradient else None, x_scale=np.abs(x0))
    assert res.success and res.classification.point == "local_minimum"
    assert np.allclose(res.x / units, [2.0, 0.5, 0.3], rtol=1e-4)


def test_a_verdict_knows_the_units():
    # f = 3.24 there, and 0 at 3e-5: no minimum.
    def f(p):
        return (p[0] / 1e-5 - 3.0) ** 2

    verdict = pyminima.classify(f, [1.2e-5], x_scale=1e-5)
    assert verdict.point == "not_stationary"
    assert pyminima.classify(f, [3e-5], x_scale=1e-5).point == "local_minimum"


@pytest.mark.parametrize("method", RATES)
def test_a_learning_rate_is_in_the_units_that_are_given(method):
    problem = {"jac": valley_slope, "method": method, "max_evals": 40, "classify": False}
    quiet = {"polish": False, "rng": 1}
    plain = minimize(valley, START, **problem, **quiet)
    scaled = minimize(valley, START, x_scale=SIZES, **problem, **quiet)
    assert (plain.x == scaled.x).all() and plain.nfev == scaled.nfev


@pytest.mark.parametrize(
    ("x_scale", "error", "said"),
    [
        ("large", ValueError, "x_scale='large', expected 'auto' or positive numbers"),
        ([1.0, 2.0], ValueError, r"x_scale has shape \(2,\), expected \(3,\) or one number"),
        ([1.0, 0.0, 1.0], ValueError, "expected 'auto' or positive numbers"),
        (-1.0, ValueError, "x_scale=-1.0, expected 'auto' or positive numbers"),
        (np.nan, ValueError, "x_scale=nan, expected 'auto' or positive numbers"),
        (None, TypeError, "x_scale="),
    ],
)
def test_what_is_no_scale_is_refused(x_scale, error, said):
    for call in (
        lambda: minimize(valley, START, x_scale=x_scale),
        lambda: pyminima.classify(valley, START, x_scale=x_scale),
        lambda: Solver("bfgs", START, x_scale=x_scale),
    ):
        with pytest.raises(error, match=said):
            call()


@pytest.mark.parametrize("x_scale", [5e-324, 1e-300, 1e12, 1.7e308])
@pytest.mark.parametrize("box", [(-np.inf, np.inf), (-3.0, 4.0), (1e-310, np.inf)])
@pytest.mark.parametrize("method", METHODS)
def test_no_scale_leads_out_of_the_box_or_beyond_the_budget(method, box, x_scale):
    seen = []

    def bowl(x):
        seen.append(x.copy())
        with np.errstate(over="ignore"):
            return float(((x - 0.5) ** 2).sum())

    given = {"method": method, "bounds": [box] * 2, "rng": 0, "max_evals": 60}
    res = minimize(bowl, [1.0, 2.0], x_scale=x_scale, **given)
    X = np.array(seen)
    assert len(X) == res.nfev <= 60
    assert np.isfinite(X).all() and (box[0] <= X).all() and (box[1] >= X).all()
    assert bowl(res.x) == res.fun
