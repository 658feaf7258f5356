"""Funnel search: searches without gradients; values that are infinite, or without a square."""

from __future__ import annotations

import numpy as np
import pytest

from pyminima import minimize

BOX = [(-5.0, 5.0)] * 2


def funnel(x):
    """Minima about 0.7 apart with a trend to the lowest one, 0, at 0.7."""
    z = x - 0.7
    return float(np.sum(z * z + 4.0 - 4.0 * np.cos(9.0 * z)))


def gentle(x):
    z = x - 0.7
    return float(np.sum(z * z + 4.0 - 4.0 * np.cos(6.0 * z)))


def search(fun, **kwargs):
    kwargs = {"bounds": BOX, "rng": 1, "max_evals": 3000, "classify": False} | kwargs
    return minimize(fun, method="funnel_search", **kwargs)


@pytest.mark.parametrize("rng", range(4))
def test_a_walk_that_finds_no_value_is_left(rng):
    longest = idle = 0

    def corner(x):
        nonlocal longest, idle
        idle = 0 if np.all(x < 1.0) else idle + 1
        longest = max(longest, idle)
        return funnel(x) if idle == 0 else np.inf

    search(corner, x0=[-4.0, -4.0], rng=rng, max_evals=6000)
    assert longest < 1000  # a walk of 20 searches takes some 60


def test_a_prediction_of_what_has_no_value_is_a_surprise():
    def lost(x):
        lost.count += 1
        return funnel(x) if lost.count < 1500 else np.inf

    lost.count = 0
    res = search(lost, history=True, options={"stagnation": 10**6})  # one walk
    surprise = np.array(res.history["surprise"])
    before, after = res.history["nfev"] < 1500, res.history["nfev"] > 2500
    assert np.nanmax(surprise[before]) < 1.0 < np.nanmin(surprise[after])


@pytest.mark.parametrize("exponent", [-700, 700])
def test_the_model_does_not_mind_squares_that_overflow_or_vanish(exponent):
    def path(factor):
        points = []
        search(
            lambda x: points.append(x.tolist()) or factor * funnel(x),
            options={"local_method": "nelder_mead"},
            max_evals=1500,
            polish=False,
        )
        return points

    assert path(1.0) == path(2.0**exponent)


@pytest.mark.parametrize(("local_method", "max_evals"), [("nelder_mead", 2500), ("bobyqa", 600)])
def test_searches_without_gradients_are_long_enough_for_a_model(local_method, max_evals):
    # Ended by the first step that brings nothing, 1 and 0 of 8 get there.
    def found(rng):
        options = {"local_method": local_method}
        kwargs = {"bounds": [BOX[0]] * 3, "rng": rng, "max_evals": max_evals, "target": 1e-6}
        return search(gentle, options=options, **kwargs).fun <= 1e-6

    assert sum(map(found, range(8))) >= 6
