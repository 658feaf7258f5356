"""Values and gradients of every type that stands for real numbers; further arguments."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from subjects import (
    START,
    Watched,
    bowl,
    bowl_slope,
    every_gradient_method,
    every_method,
    honest,
    run,
    same,
)

from pyminima import minimize


class Wrapped:
    """What automatic differentiation returns: not an array, but it can become one."""

    def __init__(self, value):
        self.value = np.asarray(value)

    def __array__(self, dtype=None, copy=None):
        return self.value.astype(dtype or float)


NUMBERS = {
    "float": float,
    "float64": np.float64,
    "0-d": np.array,
    "size 1": lambda f: np.array([f]),
    "1 by 1": lambda f: np.array([[f]]),
    "list": lambda f: [f],
    "longdouble": np.longdouble,
    "Fraction": Fraction,
    "Decimal": Decimal,
    "object": lambda f: np.array(f, dtype=object),
    "wrapped": Wrapped,
}


@every_method
@pytest.mark.parametrize("kind", NUMBERS)
def test_values_of_any_type(method, kind):
    res = minimize(lambda x: NUMBERS[kind](bowl(x)), START, method=method, rng=3, max_evals=300)
    same(res, run(Watched(), method, max_evals=300))


@every_method
@pytest.mark.parametrize("kind", [int, bool, np.int64, np.float32])
def test_values_of_coarse_types(method, kind):
    values = []

    def value(x):
        values.append(kind(10.0 * bowl(x)))
        return values[-1]

    res = minimize(value, START, method=method, rng=3, max_evals=300)
    assert res.nfev == len(values)
    assert type(res.fun) is float and res.fun == float(min(values))


GRADIENTS = {
    "list": list,
    "tuple": tuple,
    "column": lambda g: g[:, None],
    "row": lambda g: g[None, :],
    "strided": lambda g: np.repeat(g, 2)[::2],
    "reversed": lambda g: g[::-1].copy()[::-1],
    "big-endian": lambda g: g.astype(">f8"),
    "read-only": lambda g: np.frombuffer(g.tobytes()),
    "misaligned": lambda g: np.frombuffer(b"1" + g.tobytes(), dtype=np.uint8)[1:].view(np.float64),
    "longdouble": lambda g: g.astype(np.longdouble),
    "object": lambda g: g.astype(object),
    "subclass": lambda g: np.ma.array(g),
    "wrapped": Wrapped,
}


@every_gradient_method
@pytest.mark.parametrize("kind", GRADIENTS)
def test_gradients_of_any_type(method, kind):
    convert = GRADIENTS[kind]
    expected = run(Watched(), method, gradient=True, max_evals=300)
    apart = minimize(
        bowl, START, method=method, jac=lambda x: convert(bowl_slope(x)), rng=3, max_evals=300
    )
    same(expected, apart)
    for pair in (tuple, list):
        together = minimize(
            lambda x: pair([bowl(x), convert(bowl_slope(x))]),  # noqa: B023
            START,
            method=method,
            jac=True,
            rng=3,
            max_evals=300,
        )
        assert together.x.tobytes() == expected.x.tobytes()


@every_gradient_method
@pytest.mark.parametrize("kind", [np.float32, np.int64])
def test_gradients_of_coarse_types(method, kind):
    watched = Watched(slope=lambda x: (bowl_slope(x) * 16).astype(kind) / kind(16))
    res = run(watched, method, gradient=True, max_evals=300, check_gradient=kind is np.float32)
    honest(res, watched)


@every_method
def test_arguments_for_the_objective(method):
    def value(x, a, b=0.0):
        return bowl(x) + a + b

    def slope(x, a, b=0.0):
        return bowl_slope(x)

    for gradient in (None, slope):
        given = {"method": method, "jac": gradient, "rng": 3, "max_evals": 300}
        res = minimize(value, START, args=(0.5,), kwargs={"b": 0.25}, **given)
        ref = minimize(
            lambda x: bowl(x) + 0.5 + 0.25, START, **{**given, "jac": gradient and bowl_slope}
        )
        same(res, ref)
