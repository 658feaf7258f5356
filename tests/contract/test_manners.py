"""Nobody's arrays are shared: what an objective does to x, or keeps of it, changes nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
from subjects import START, Watched, bowl, bowl_slope, every_method, run, same, valley

from pyminima import minimize


def writes(x: np.ndarray) -> float:
    f = bowl(x)
    x[:] = 1e9
    return f


def freezes(x: np.ndarray) -> float:
    x.setflags(write=False)
    return bowl(x)


def grows(x: np.ndarray) -> float:
    f = bowl(x)
    x.resize((7,), refcheck=False)
    return f


@every_method
@pytest.mark.parametrize("rude", [writes, freezes, grows])
@pytest.mark.parametrize("gradient", [False, True])
def test_what_the_objective_does_to_x_changes_nothing(method, rude, gradient):
    def slope(x):
        g = bowl_slope(x)
        rude(x)
        return g

    clean, spoilt = Watched(), Watched(rude, slope)
    a = run(clean, method, gradient=gradient, max_evals=1000)
    b = run(spoilt, method, gradient=gradient, max_evals=1000)
    assert clean.path() == spoilt.path()
    same(a, b)


@every_method
@pytest.mark.parametrize("part", [lambda x: x, lambda x: x[1:], memoryview])
def test_points_that_are_kept_stay_what_they_were(method, part):
    kept, copies = [], []

    def keeps(x):
        kept.append(part(x))
        copies.append(np.array(part(x)))
        return bowl(x)

    res = minimize(keeps, START, method=method, rng=3, max_evals=500)
    same(res, run(Watched(), method, max_evals=500))
    for x, was in zip(kept, copies, strict=True):
        assert np.asarray(x).tobytes() == was.tobytes()


@every_method
def test_what_is_done_to_the_arguments_afterwards_does_not_matter(method):
    x0, low, high = START.copy(), np.full(3, -2.0), np.full(3, 2.0)

    def value(x):
        x0[:], low[:], high[:] = 77.0, -99.0, 99.0
        return bowl(x)

    res = minimize(
        value, x0, method=method, rng=3, max_evals=500, bounds=scipy.optimize.Bounds(low, high)
    )
    same(res, run(Watched(), method, bounds=[(-2.0, 2.0)] * 3, max_evals=500))
    res.x[:] = 1e9  # nor is the result anybody else's


@every_method
def test_a_gradient_buffer_may_be_used_again(method):
    buffer = np.empty(3)

    def slope(x):
        buffer[:] = bowl_slope(x)
        return buffer

    a = run(Watched(), method, gradient=True, max_evals=1000)
    b = run(Watched(slope=slope), method, gradient=True, max_evals=1000)
    same(a, b)


@pytest.mark.filterwarnings("ignore:Setting the dtype:DeprecationWarning")
def test_a_byte_swapped_array_is_not_used_again():
    def swaps(x):
        f = float(((x - 0.3) ** 2).sum())
        x.dtype = ">f8"
        return f

    res = minimize(swaps, [1.0, 2.0], classify=False)
    assert res.fun == float(((res.x - 0.3) ** 2).sum()) < 1e-10


@every_method
def test_nothing_is_printed(method, capfd):
    run(Watched(valley), method, max_evals=500)
    run(Watched(lambda x: math.nan), method, max_evals=50)
    assert capfd.readouterr() == ("", "")
