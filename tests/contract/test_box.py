"""No point outside the bounds is ever asked for, whatever their form."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from subjects import (
    BOX,
    METHODS,
    START,
    Watched,
    bowl,
    bowl_slope,
    every_method,
    honest,
    quiet,
    ramp,
    ramp_slope,
    run,
    same,
    tuned,
)

from pyminima import Status, minimize

properties = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

SIZES = st.sampled_from([1e-20, 1e-9, 1e-3, 0.1, 1.0, 7.0, 1e3, 1e9])

SIGNED = st.builds(
    lambda size, sign, part: sign * size * part,
    SIZES,
    st.sampled_from([-1, 1]),
    st.floats(0.1, 1.0),
)


@st.composite
def variables(draw: st.DrawFn) -> tuple[float, float, float]:
    """One variable: lower bound, upper bound, start (inside, on a bound, or outside)."""
    kind = draw(st.sampled_from(["free", "lower", "upper", "box", "narrow", "fixed", "adjacent"]))
    a, b = sorted((draw(SIGNED), draw(SIGNED)))
    if kind == "narrow":
        b = a + abs(a) * draw(st.sampled_from([1e-15, 1e-12, 1e-9]))
    elif kind == "adjacent":
        b = math.nextafter(a, math.inf)
    elif kind == "fixed":
        b = a
    lower = -math.inf if kind in ("free", "upper") else a
    upper = math.inf if kind in ("free", "lower") else b
    where = draw(st.sampled_from(["lower", "upper", "middle", "anywhere"]))
    starts = {"lower": a, "upper": b, "middle": 0.5 * a + 0.5 * b, "anywhere": draw(SIGNED)}
    return lower, upper, starts[where]


def hilly(x: np.ndarray) -> float:
    return float(np.sum(np.sin(3.0 * x) + 0.1 * x * x))


def hilly_slope(x: np.ndarray) -> np.ndarray:
    return 3.0 * np.cos(3.0 * x) + 0.2 * x


def dome(x: np.ndarray) -> float:
    """A maximum to escape from, and bounds to fall to."""
    return -bowl(x)


def dome_slope(x: np.ndarray) -> np.ndarray:
    return -bowl_slope(x)


def crossed(x: np.ndarray) -> float:
    """Kinks, and no value where all coordinates are large."""
    return float(np.sum(np.abs(x - 0.2))) if np.min(np.abs(x)) < 5 else math.nan


def crossed_slope(x: np.ndarray) -> np.ndarray:
    return np.sign(x - 0.2)


LANDSCAPES = {
    "bowl": (bowl, bowl_slope),
    "hilly": (hilly, hilly_slope),
    "ramp": (ramp, ramp_slope),
    "dome": (dome, dome_slope),
    "crossed": (crossed, crossed_slope),
}


@every_method
@properties
@given(
    box=st.lists(variables(), min_size=1, max_size=4),
    landscape=st.sampled_from(list(LANDSCAPES)),
    gradient=st.booleans(),
    seed=st.integers(0, 99),
)
def test_never_leaves_the_box(method, box, landscape, gradient, seed):
    lower, upper, x0 = (np.array(column) for column in zip(*box, strict=True))
    watched = Watched(*LANDSCAPES[landscape])
    seen = []
    res = run(
        watched,
        method,
        x0,
        gradient=gradient,
        bounds=scipy.optimize.Bounds(lower, upper),
        max_evals=400,
        rng=seed,
        callback=seen.append,
    )
    for x in [*watched.points, *watched.slopes, *seen, res.x]:
        assert ((lower <= x) & (x <= upper)).all(), (lower, upper, x)
    assert res.nfev == len(watched.points) <= 400
    assert res.fun == watched.lowest
    assert ("moved" in res.message) == bool(((x0 < lower) | (x0 > upper)).any())


@every_method
@pytest.mark.parametrize("edge", [1e160, 1e308])
def test_a_box_whose_lengths_overflow_is_searched_like_any_other(method, edge):
    """Squares of lengths overflow in the smaller one, lengths themselves in the larger one."""
    watched = Watched(lambda x: float(np.sum(np.tanh(x / edge - 0.3) ** 2)))
    res = run(
        watched,
        method,
        [0.9 * edge, -edge, 1.0],
        bounds=[(-edge, edge)] * 3,
        max_evals=1500,
        **quiet(),
    )
    assert np.isfinite(watched.points).all() and (np.abs(watched.points) <= edge).all()
    assert not METHODS[method].is_global or res.fun < 1e-2  # at the start it is 1.1


@every_method
def test_bounds_mean_the_same_in_every_form(method):
    pairs = [(-2.0, None), (None, 3.0), (0.25, np.inf)]
    forms = [
        pairs,
        np.array([(-2.0, np.inf), (-np.inf, 3.0), (0.25, np.inf)]),
        scipy.optimize.Bounds([-2.0, -np.inf, 0.25], [np.inf, 3.0, np.inf]),
        (tuple(pair) for pair in pairs),
    ]
    results = [run(Watched(), method, bounds=form, max_evals=500) for form in forms]
    for res in results[1:]:
        same(results[0], res)


@every_method
def test_bounds_alone_are_enough(method):
    watched = Watched()
    res = tuned(watched, method, None, bounds=BOX)
    honest(res, watched)
    np.testing.assert_allclose(res.x, 0.3, atol=1e-4)


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_all_variables_fixed(method, gradient):
    watched = Watched()
    res = run(watched, method, gradient=gradient, bounds=[(v, v) for v in START])
    honest(res, watched)
    assert res.x.tolist() == START.tolist() and res.fun == bowl(START)
    assert res.status is Status.FIXED and res.success


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_fixed_variables_never_move(method, gradient):
    box = [(None, None), (-0.4, -0.4), (0.25, 1.5)]
    watched = Watched()
    res = tuned(watched, method, gradient=gradient, bounds=box)
    honest(res, watched)
    assert {x[1] for x in [*watched.points, *watched.slopes, res.x]} == {-0.4}
    np.testing.assert_allclose(res.x, [0.3, -0.4, 0.3], atol=1e-4)


@every_method
def test_a_huge_box_is_not_unbounded(method):
    res = minimize(
        lambda x: float((x[0] / 1e18 - 0.5) ** 2),
        [1.0],
        bounds=[(0, 1e18)],
        method=method,
        rng=1,
        classify=False,
        max_evals=2000,
    )
    assert res.status is not Status.UNBOUNDED
