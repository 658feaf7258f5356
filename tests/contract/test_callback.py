"""The callback: what it sees, and that it can end the run."""

from __future__ import annotations

import numpy as np
import pytest
from subjects import (
    Watched,
    every_method,
    honest,
    ridge,
    ridge_slope,
    run,
    same,
    valley,
    valley_slope,
)

from pyminima import Status, minimize


def stop_by_true(k):
    return k


def stop_by_exception(k):
    if k:
        raise StopIteration


@every_method
@pytest.mark.parametrize("how", [stop_by_true, stop_by_exception])
@pytest.mark.parametrize("finish", [True, False])
def test_the_callback_stops_the_run(method, how, finish):
    seen = []

    def with_point(xk):
        seen.append(xk)
        return how(len(seen) == 3)

    watched = Watched(valley, valley_slope)
    res = run(watched, method, callback=with_point, max_evals=3000, classify=finish, polish=finish)
    assert len(seen) == res.nit == 3
    assert res.status is Status.CALLBACK and not res.success
    honest(res, watched)

    states = []

    def with_state(intermediate_result):
        states.append(intermediate_result)
        return how(len(states) == 3)

    again = run(
        Watched(valley, valley_slope),
        method,
        callback=with_state,
        max_evals=3000,
        classify=finish,
        polish=finish,
    )
    same(res, again)
    assert [state.nit for state in states] == [1, 2, 3]
    for x, state in zip(seen, states, strict=True):
        assert x.tobytes() == state.x.tobytes()
        assert state.fun == valley(state.x)
        assert state.nfev <= res.nfev


@every_method
def test_a_callback_that_returns_nothing_true_changes_nothing(method):
    def spoil(xk):
        xk[:] = np.nan  # its own copy
        return False

    a = run(Watched(), method, max_evals=2000)
    b = run(Watched(), method, max_evals=2000, callback=spoil)
    same(a, b)


@every_method
def test_the_callback_sees_all_variables(method):
    box = [(-2.0, 2.0), (0.75, 0.75), (0.25, 1.5)]
    seen = []
    run(Watched(), method, bounds=box, callback=seen.append, max_evals=500)
    assert seen
    for x in seen:
        assert x.shape == (3,) and x[1] == 0.75
        assert -2.0 <= x[0] <= 2.0 and 0.25 <= x[2] <= 1.5


@every_method
def test_an_exception_in_the_callback_arrives_unchanged(method):
    boom = LookupError("in the callback")

    def callback(xk):
        raise boom

    with pytest.raises(LookupError) as caught:
        run(Watched(), method, callback=callback, max_evals=500)
    assert caught.value is boom
    assert caught.value.result.nit == 1


def test_a_callback_that_stops_is_not_called_again():
    calls = []
    res = minimize(ridge, [0.0, 0.0], jac=ridge_slope, callback=lambda xk: calls.append(xk) or True)
    assert len(calls) == 1 and res.status is Status.CALLBACK and res.n_escapes == 0
    assert [stage.name for stage in res.stages] == ["check", "search"]
    assert res.nfev == 2 and res.classification.kind == "undetermined"


def test_a_callback_that_stops_an_escape_is_obeyed_too():
    calls = []

    def stop_later(xk):
        calls.append(xk)
        return len(calls) > 1

    res = minimize(ridge, [0.0, 0.0], jac=ridge_slope, callback=stop_later)
    assert len(calls) == 2 and res.status is Status.CALLBACK and res.n_escapes == 1
    assert [stage.name for stage in res.stages] == ["check", "search", "classify", "escape"]
