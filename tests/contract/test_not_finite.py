"""Values that are no numbers, or too large or too small to compute with."""

from __future__ import annotations

import math

import numpy as np
import pytest
from subjects import (
    METHODS,
    START,
    Watched,
    bowl,
    bowl_slope,
    every_gradient_method,
    every_method,
    honest,
    ramp,
    ramp_slope,
    run,
    tuned,
)

from pyminima import Status, minimize


@every_method
@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("gradient", [False, True])
def test_regions_without_a_value(method, bad, gradient):
    """Nothing outside the unit disk; the minimum at (0.3, 0.3) is inside, as is the start."""

    def value(x):
        return bowl(x) if x @ x < 1.0 else bad

    def slope(x):
        return bowl_slope(x) if x @ x < 1.0 else np.full(2, math.nan)

    watched = Watched(value, slope)
    res = tuned(watched, method, [-0.7, 0.6], gradient=gradient)
    honest(res, watched)
    assert res.success
    np.testing.assert_allclose(res.x, 0.3, atol=1e-4)


@every_method
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_no_value_at_all(method, bad):
    watched = Watched(lambda x: bad)
    res = run(watched, method, max_evals=200)
    honest(res, watched)
    assert not res.success
    assert res.fun == math.inf and res.x.tolist() == START.tolist()


@every_method
def test_no_value_at_the_start(method):
    watched = Watched(lambda x: math.nan if np.array_equal(x, START) else bowl(x))
    res = run(watched, method, max_evals=500)
    honest(res, watched)
    if METHODS[method].is_global:
        assert math.isfinite(res.fun)
    else:
        assert res.status is Status.NOT_FINITE or math.isfinite(res.fun)


@every_method
def test_nan_is_an_error_on_request(method):
    watched = Watched(lambda x: math.nan if len(watched.points) == 4 else bowl(x))
    with pytest.raises(ValueError, match=r"nan_policy='raise'.*nan") as caught:
        run(watched, method, nan_policy="raise", max_evals=200)
    assert len(watched.points) == 4
    assert caught.value.result.fun == watched.lowest


@every_method
def test_minus_infinity_is_unbounded(method):
    watched = Watched(lambda x: -math.inf if len(watched.points) == 9 else bowl(x))
    res = run(watched, method, max_evals=200, classify=False)
    assert len(watched.points) == 9
    assert res.status is Status.UNBOUNDED and not res.success and res.fun == -math.inf


@every_method
def test_an_endless_descent_is_no_success(method):
    watched = Watched(ramp, ramp_slope)
    res = run(watched, method, max_evals=2000)
    honest(res, watched)
    assert not res.success


@every_gradient_method
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_is_survived(method, bad):
    def slope(x):
        g = bowl_slope(x)
        g[1] = bad if x[0] > 0.5 and len(watched.slopes) > 1 else g[1]
        return g

    watched = Watched(slope=slope)
    res = run(watched, method, gradient=True, max_evals=3000)
    honest(res, watched)


@pytest.mark.parametrize("exponent", [-300, -150, 100, 300])
def test_values_of_extreme_size_are_survived(exponent):
    """The answer may be that nothing can be said, but it is an answer."""
    factor = 10.0**exponent
    for method in METHODS:
        for k in range(6):
            watched = Watched(lambda x: factor * bowl(x), lambda x: factor * bowl_slope(x))
            with np.errstate(all="ignore"):
                res = run(watched, method, START + 0.1 * k, gradient=k % 2 == 1, max_evals=2000)
            honest(res, watched)
            assert not any(np.isnan(x).any() for x in watched.points)


def test_values_near_the_smallest_number_lead_to_finite_points():
    met = []

    def tiny(x):
        met.append(x.copy())
        return 1e-300 * float(x @ x)

    bounds = [(0, None), (None, 1), (0.25, 0.25), (-1e-9, 1e-9), (0, None)]
    x0 = [0.25, 0.25, 0.25, 1e-9, 0.25]
    minimize(tiny, x0, method="lbfgs", bounds=bounds, max_evals=400, rng=3)
    assert np.isfinite(met).all()
