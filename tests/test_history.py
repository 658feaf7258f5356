"""What a method tells of itself after a step, and the history that keeps it."""

from __future__ import annotations

import json

import numba
import numpy as np
import pytest
from scipy.optimize import Bounds

import pyminima
from pyminima import Solver, minimize
from pyminima._running import history as history_module

METHODS = pyminima.methods()
NAMES = [m.name for m in METHODS]
TELLING = [m for m in METHODS if m.measures]
BOX = Bounds([-3.0, -2.0], [4.0, 5.0])
RESERVED = {"x", "fun", "nit", "nfev", "best", "run", "stage"}


def bowl(x):
    return float(np.sum((x - 0.3) ** 2))


def valleys(x):
    return float(np.sum((x**2 - 1.0) ** 2) + 0.1 * x[0])


@numba.cfunc("float64(intc, CPointer(float64))")
def compiled(n, x):
    s = 0.0
    for i in range(n):
        s += (x[i] - 0.3) ** 2
    return s


def run(method, fun=bowl, **given):
    given = {"bounds": BOX, "rng": 7, "max_evals": 3000, **given}
    return minimize(fun, [2.0, 3.0], method=method, **given)


@pytest.mark.parametrize("method", NAMES)
def test_there_is_an_entry_for_every_step(method):
    steps = []
    res = run(
        method, history=True, callback=lambda intermediate_result: steps.append(intermediate_result)
    )
    h = res.history
    assert len(h) == len(steps) == res.nit
    assert list(h["nit"]) == list(range(1, res.nit + 1))
    assert [step.fun for step in steps] == list(h["fun"])
    assert [step.nfev for step in steps] == list(h["nfev"])
    assert (np.diff(h["best"]) <= 0).all() and (h["best"] <= h["fun"]).all()
    assert (h["run"] == 0).all()


@pytest.mark.parametrize("method", NAMES)
def test_a_history_changes_nothing(method):
    plain, kept = run(method), run(method, history=True)
    assert plain.history is None
    assert plain.x.tobytes() == kept.x.tobytes() and plain.nfev == kept.nfev


def test_stages_and_runs_are_told_apart():
    res = minimize(valleys, [2.0, 3.0], bounds=BOX, method="nelder_mead", starts=3, history=True)
    h = res.history
    assert sorted(set(h["run"])) == [0, 1, 2, 3]
    first = h[h["run"] == 0]
    made = [s for s in res.stages if s.nit and s.name != "starts"]
    assert [s.name for s in made] == list(dict.fromkeys(first["stage"])) == ["search", "polish"]
    assert [s.nit for s in made] == [(first["stage"] == s.name).sum() for s in made]
    assert first["best"][-1] == min(s.fun for s in made)


def test_the_lowest_value_is_that_of_the_whole_call():
    res = minimize(valleys, bounds=BOX, starts=6, rng=3, history=True)
    assert (np.diff(res.history["best"]) <= 0).all()
    assert res.history["fun"][-1] > res.history["best"][-1] or len(res.minima) == 1


@pytest.mark.parametrize("way", ["vectorized", "compiled"])
@pytest.mark.parametrize("method", NAMES)
def test_every_loop_keeps_it(method, way):
    if way == "vectorized":
        res = run(method, lambda X: ((X - 0.3) ** 2).sum(axis=1), vectorized=True, history=True)
    else:
        res = run(method, compiled, history=True)
    assert len(res.history) == res.nit > 0
    assert np.isfinite(res.history["fun"]).all()


@pytest.mark.parametrize("method", TELLING, ids=lambda m: m.name)
def test_what_a_method_tells_is_in_callback_history_and_solver(method):
    told = []

    def callback(intermediate_result):
        told.append([intermediate_result[name] for name in method.measures])

    res = run(method.name, polish=False, classify=False, history=True, callback=callback)
    assert not set(method.measures) & RESERVED
    for k, name in enumerate(method.measures):
        assert res.history[name].tolist() == [step[k] for step in told]
        assert np.isfinite(res.history[name]).any(), name
        assert len(set(res.history[name])) > 1, f"{name} never changes"

    solver = Solver(method.name, [2.0, 3.0], bounds=BOX, rng=7)
    while not solver.done and solver.result().nit < 2:
        solver.tell([bowl(x) for x in solver.ask()])
    assert list(solver.measures) == list(method.measures)
    assert solver.measures == solver.copy().measures


@pytest.mark.parametrize("method", TELLING, ids=lambda m: m.name)
def test_a_polish_tells_nothing_of_a_temperature(method):
    res = run(method.name, history=True)
    polish = res.history[res.history["stage"] == "polish"]
    assert len(polish)
    for name in method.measures:
        assert np.isnan(polish[name]).all()


def test_a_long_course_is_thinned_by_powers_of_two(monkeypatch):
    monkeypatch.setattr(history_module, "MOST_ROWS", 16)
    full = run("nelder_mead", valleys, classify=False, polish=False, options={"ftol": 0.0})
    res = run(
        "nelder_mead", valleys, classify=False, polish=False, options={"ftol": 0.0}, history=True
    )
    assert full.nit == res.nit > 64
    nit = res.history["nit"]
    stride = nit[1] - nit[0]
    assert 8 <= len(nit) <= 17
    assert stride & (stride - 1) == 0 and (np.diff(nit)[:-1] == stride).all()
    assert nit[0] == 1 and nit[-1] == res.nit


def test_a_run_that_was_stopped_has_its_steps():
    def callback(intermediate_result):
        return intermediate_result.nit == 4

    res = run("bfgs", valleys, callback=callback, history=True)
    assert list(res.history["nit"]) == [1, 2, 3, 4]

    def fails(x):
        fails.calls += 1
        if fails.calls > 40:
            raise ZeroDivisionError
        return valleys(x)

    fails.calls = 0
    with pytest.raises(ZeroDivisionError) as caught:
        run("nelder_mead", fails, history=True)
    h = caught.value.result.history
    assert len(h) == caught.value.result.nit > 0


def test_with_every_variable_fixed_there_is_no_step_of_a_method():
    res = minimize(
        bowl, [1.0, 2.0], bounds=[(1.0, 1.0), (2.0, 2.0)], method="genetic", history=True
    )
    assert len(res.history) == res.nit
    assert Solver("genetic", [1.0], bounds=[(1.0, 1.0)]).measures.keys() == set(
        pyminima._methods.methods.method_named("genetic").measures
    )


def test_it_is_plain_data_on_request():
    res = run("bfgs", history=True)
    plain = json.loads(json.dumps(res.to_dict()))["history"]
    assert plain["fun"] == res.history["fun"].tolist()
    assert plain["stage"] == ["search"] * res.nit


def test_epochs_are_the_history_of_mini_batches():
    data = np.arange(10.0)
    res = minimize(
        lambda x, i: float(np.mean((data[i] - x[0]) ** 2)),
        [0.0],
        batches=pyminima.Batches(10, epochs=2),
        history=True,
        rng=0,
    )
    assert all(isinstance(entry, pyminima.Epoch) for entry in res.history)


def test_history_is_a_truth_value():
    with pytest.raises(TypeError, match="history='all', expected True or False"):
        minimize(bowl, [1.0], history="all")
