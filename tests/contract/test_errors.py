"""An exception arrives as it was raised, and nothing that was evaluated is lost."""

from __future__ import annotations

import math
import os
import signal
import time
from dataclasses import dataclass

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
    ridge,
    ridge_slope,
    run,
)

from pyminima import Result, Status, minimize


class Boom(Exception):
    pass


@every_method
@pytest.mark.parametrize("gradient", [False, True])
@pytest.mark.parametrize("error", [Boom("x", 1), StopIteration("x"), SystemExit(3), MemoryError()])
def test_an_exception_arrives_unchanged_and_nothing_is_lost(method, gradient, error):
    whole = Watched()
    calls = run(whole, method, gradient=gradient, max_evals=400).nfev
    for k in sorted({1, 2, 5, calls // 4, calls // 2, calls - 1, calls}):
        watched = Watched()

        def fails(x, watched=watched, k=k):
            if len(watched.points) == k:
                raise error
            return bowl(x)

        watched.value = fails
        with pytest.raises(type(error)) as caught:
            run(watched, method, gradient=gradient, max_evals=400)
        assert caught.value is error
        res = error.result
        assert isinstance(res, Result) and not res.success
        assert res.status is Status.OBJECTIVE_ERROR
        assert res.fun == watched.lowest
        if k == 1:
            assert res.fun == math.inf and res.x.tolist() == START.tolist()
        else:
            assert bowl(res.x) == res.fun
        assert res.nfev in (k - 1, k)  # whether the call that failed is one is a matter of taste


@every_gradient_method
def test_an_exception_in_the_gradient_arrives_unchanged(method):
    boom = Boom("in jac")

    def fails(x):
        if len(watched.slopes) == 3:
            raise boom
        return bowl_slope(x)

    watched = Watched(slope=fails)
    with pytest.raises(Boom) as caught:
        run(watched, method, gradient=True)
    assert caught.value is boom
    assert boom.result.fun <= bowl(START)


def test_an_exception_that_has_a_result_of_its_own_tells_the_best_point_in_a_note():
    class Own(Exception):
        result = property(lambda self: 42)

    own = Own()

    def fails(x):
        raise own

    with pytest.raises(Own) as caught:
        minimize(fails, [1.0])
    assert caught.value is own and own.result == 42
    assert "pyminima" in "".join(own.__notes__)


def test_an_exception_that_cannot_be_written_to_arrives_all_the_same():
    @dataclass(frozen=True)
    class Frozen(Exception):
        code: int

    frozen = Frozen(7)

    def fails(x):
        raise frozen

    with pytest.raises(Frozen) as caught:
        minimize(fails, [1.0])
    assert caught.value is frozen


@every_method
def test_errors_are_rejected_on_request(method):
    watched = Watched()

    def fails(x):
        if x[0] > 0.35:
            raise Boom(f"at {x[0]}")
        return bowl(x)

    watched.value = fails
    start = [0.0, -0.4, 0.6]
    res = run(watched, method, start, on_error="reject", max_evals=3000)
    honest(res, watched)
    assert res.fun < bowl(np.array(start))
    if any(math.isnan(v) for v in watched.values):
        rejected = sum(math.isnan(v) for v in watched.values)
        assert f"{rejected} evaluation" in res.message and "Boom" in res.message


@every_method
def test_nothing_but_errors_is_no_success(method):
    def fails(x):
        raise Boom

    res = minimize(fails, START, method=method, on_error="reject", max_evals=100, rng=1)
    assert not res.success and res.fun == math.inf and res.x.tolist() == START.tolist()


@every_method
@pytest.mark.parametrize("on_error", ["raise", "reject"])
@pytest.mark.parametrize("real", [False, True], ids=["raised", "signal"])
def test_an_interruption_loses_nothing(method, on_error, real):
    """Ctrl-C while the objective runs: as an exception, and as the signal itself."""

    def interrupted() -> Watched:
        watched = Watched()

        def value(x):
            if len(watched.points) == 12:
                if not real:
                    raise KeyboardInterrupt
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.1)  # it arrives here
            return bowl(x)

        watched.value = value
        return watched

    watched = interrupted()
    with pytest.raises(KeyboardInterrupt) as caught:
        run(watched, method, on_error=on_error)
    res = caught.value.result
    assert res.status is Status.INTERRUPTED and not res.success
    assert len(watched.points) == 12
    assert res.fun == watched.lowest == bowl(res.x)

    returned = run(interrupted(), method, on_error=on_error, on_interrupt="return")
    assert returned.status is Status.INTERRUPTED and not returned.success
    assert returned.fun == res.fun and returned.x.tolist() == res.x.tolist()


def test_what_was_found_outlives_a_polish_that_finds_nothing():
    calls = []

    def slope(x):
        calls.append(x)
        if len(calls) % 3 == 0:
            raise ValueError("now and then")
        return ridge_slope(x)

    res = minimize(ridge, [1.0, 0.5], jac=slope, on_error="reject")
    assert math.isfinite(res.fun) and res.status is not Status.NOT_FINITE
