"""`classify` takes a point from anywhere: whatever holds it, whoever found it, in any type."""

from __future__ import annotations

import math
from collections import namedtuple
from inspect import signature
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.optimize

import pyminima
from pyminima import classify

X = np.array([0.25, -0.5])  # exact in every type of number
BOX = [(0.0, 0.1), (-1.0, 1.0)]


def bowl(x: np.ndarray) -> float:
    return float((x[0] - 0.25) ** 2 + 3.0 * (x[1] + 0.5) ** 2)


def frozen() -> np.ndarray:
    x = X.copy()
    x.setflags(write=False)
    return x


class Series:
    """A column of a table: labels are attributes, and one of them is called x."""

    x = 7.0

    def __array__(self, dtype=None, copy=None):
        return np.array(X, dtype=dtype)


Named = namedtuple("Named", ["x", "y"])

FORMS = {
    "list": X.tolist(),
    "tuple": tuple(X),
    "named tuple": Named(*X),
    "float32": X.astype(np.float32),
    "float16": X.astype(np.float16),
    "longdouble": X.astype(np.longdouble),
    "big-endian": X.astype(">f8"),
    "object": X.astype(object),
    "read-only": frozen(),
    "strided": np.repeat(X, 3)[::3],
    "table": Series(),
    "scipy's result": scipy.optimize.OptimizeResult(x=X),
    "scipy's result, a list": scipy.optimize.OptimizeResult(x=X.tolist()),
    "another result": SimpleNamespace(x=X, f=0.0),
}


@pytest.mark.parametrize("form", FORMS)
def test_any_form_of_the_point(form):
    verdict = classify(bowl, FORMS[form])
    assert verdict.kind == "local"
    assert verdict.to_dict() == classify(bowl, X).to_dict()


@pytest.mark.parametrize("kind", [int, np.int32, np.uint8, np.int64])
def test_whole_numbers(kind):
    verdict = classify(lambda x: float((x[0] - 3) ** 2 + (x[1] - 4) ** 2), np.array([3, 4], kind))
    assert verdict.kind == "local"


@pytest.mark.parametrize("x", [0.25, 1 / 4, np.float32(0.25), np.array(0.25), [0.25], (0.25,)])
def test_one_variable(x):
    assert classify(lambda x: float((x[0] - 0.25) ** 2), x).kind == "local"


def test_what_minimize_returned():
    res = pyminima.minimize(bowl, [1.0, 1.0])
    assert classify(bowl, res).kind == res.classification.kind == "local"


# scipy has `rng` since 1.15.
SEED = {"rng" if "rng" in signature(scipy.optimize.basinhopping).parameters else "seed": 1}
RESULTS = {
    "minimize": lambda: scipy.optimize.minimize(bowl, [1.0, 1.0]),
    "basinhopping": lambda: scipy.optimize.basinhopping(bowl, [1.0, 1.0], niter=2, **SEED),
    "dual_annealing": lambda: scipy.optimize.dual_annealing(
        bowl, [(-1, 1)] * 2, maxiter=20, **SEED
    ),
    "least_squares": lambda: scipy.optimize.least_squares(lambda x: x - X, [1.0, 1.0]),
    "root": lambda: scipy.optimize.root(lambda x: x - X, [1.0, 1.0]),
}


@pytest.mark.parametrize("solver", RESULTS)
def test_what_scipy_returned(solver):
    assert classify(bowl, RESULTS[solver]()).kind == "local"


def test_what_a_search_for_one_number_returned():
    def parabola(t):
        return (t - 0.25) ** 2

    assert classify(parabola, scipy.optimize.minimize_scalar(parabola)).kind == "local"


def test_the_point_is_read_before_the_first_evaluation():
    x = X.copy()

    def spoils(z):
        x[:] = 77.0
        return bowl(z)

    assert classify(spoils, x).to_dict() == classify(bowl, X).to_dict()
    y = X.copy()
    classify(bowl, y)
    assert y.tolist() == X.tolist()


# Bounds that the point misses by its rounding

OUTSIDE = {
    "an ulp above": math.nextafter(0.1, 1.0),
    "a scaled unit interval": 0.1 * 3 - 0.2,  # 0.1 and two ulps
    "float32": np.float32(0.1),  # 1.5e-9 above
    "float16": np.nextafter(np.float16(0.1), np.float16(1.0)),
    "below zero": -1e-17,
}


@pytest.mark.parametrize("outside", OUTSIDE)
def test_a_point_outside_by_its_rounding_is_moved_onto_the_bound(outside):
    value = OUTSIDE[outside]
    seen = []

    def watched(x):
        seen.append(x.copy())
        return bowl(x) if value > 0 else bowl(np.array([0.25, -0.5])) + 2 * x[0] + (x[1] + 0.5) ** 2

    x = np.array([value, -0.5], dtype=getattr(value, "dtype", float))
    assert x[0] < 0.0 or float(x[0]) > 0.1
    verdict = classify(watched, x, bounds=BOX)
    assert verdict.point == "local_minimum" and verdict.active.tolist() == [True, False]
    for point in seen:
        assert 0.0 <= point[0] <= 0.1


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        (0.1 + 1e-12, (0.0, 0.1)),
        (-1e-12, (0.0, 0.1)),
        (np.float32(0.1001), (0.0, 0.1)),
        (-1e-17, (0.0, 1e-10)),  # a ten-millionth of a box that is as small as that
        (-1e-3, (0.0, 1e18)),  # small beside the box, and still another point
        (1.7e308, (-1.7e308, -1e308)),
    ],
)
def test_a_point_further_outside_is_refused(value, bounds):
    with pytest.raises(ValueError, match=r"x=.* is outside the bounds: x\[1\]=.*, expected .* to"):
        classify(bowl, np.array([0, value], type(value)), bounds=[(0, 1), bounds])


@pytest.mark.parametrize(
    ("x", "error", "pattern"),
    [
        (scipy.optimize.OptimizeResult(fun=1.0), TypeError, r"x=None, expected an array of real"),
        (scipy.optimize.OptimizeResult(x=None), TypeError, r"x=None, expected an array of real"),
        (scipy.optimize.OptimizeResult(x=[math.nan]), ValueError, r"x=.*nan.*, expected finite"),
        (SimpleNamespace(x="here"), TypeError, r"x='here', expected an array of real numbers"),
        ({"x": X}, TypeError, r"x=\{'x'.*expected an array of real numbers"),
        (X[:, None], ValueError, r"x has shape \(2, 1\), expected \(n,\)"),
    ],
)
def test_what_is_no_point_is_refused(x: Any, error, pattern):
    with pytest.raises(error, match=pattern):
        classify(bowl, x)
