"""Mini-batches: what each step sees, what ends the epochs, and an answer judged on all samples."""

from __future__ import annotations

import ctypes
import dataclasses
import math
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import LowLevelCallable

import pyminima
from pyminima import Batches, Epoch, Point, Result, Status, minimize

nan, inf = math.nan, math.inf

# Sixty noisy samples of a line in four variables, as a least-squares and as a logistic problem.
N, SIZE, DIM = 60, 16, 4
DATA = np.random.default_rng(20).standard_normal((N, DIM))
TRUTH = np.array([0.5, -1.0, 2.0, 0.25])
SIDES = np.where(DATA @ TRUTH + np.random.default_rng(26).standard_normal(N) > 0, 1.0, -1.0)
START = np.zeros(DIM)

FIRST_ORDER = [
    m.name for m in pyminima.methods() if "learning_rate" in {option.name for option in m.options}
]
every_method = pytest.mark.parametrize("method", FIRST_ORDER)


def logistic(x, indices):
    """The mean loss of the samples, and its gradient."""
    X, y = DATA[indices], SIDES[indices]
    z = y * (X @ x)
    pull = y * np.exp(-np.logaddexp(0.0, z))
    return float(np.logaddexp(0.0, -z).mean()), -(X.T @ pull) / len(indices)


def value(x, indices):
    return logistic(x, indices)[0]


def slope(x, indices):
    return logistic(x, indices)[1]


class Watched:
    """The logistic loss, and every call of it."""

    def __init__(self):
        self.points: list[np.ndarray] = []
        self.batches: list[np.ndarray] = []

    def __call__(self, x, indices):
        self.points.append(x.copy())
        self.batches.append(indices)
        return logistic(x, indices)


OF_BATCHES = [field.name for field in dataclasses.fields(Batches)]


def train(fun: Any = logistic, x0: Any = START, **given: Any) -> Result:
    """The run most tests are about; what is given replaces what stands here."""
    usual = {
        "method": "adam",
        "jac": True,
        "n_samples": N,
        "batch_size": SIZE,
        "epochs": 3,
        "rng": 7,
        "classify": False,
        "options": {"learning_rate": 0.1},
    }
    given = {**usual, **given}
    batches = Batches(**{name: given.pop(name) for name in OF_BATCHES if name in given})
    return minimize(fun, x0, batches=batches, **given)


def same(a: Result, b: Result) -> None:
    assert a.x.tobytes() == b.x.tobytes() and a.fun == b.fun
    assert (a.nfev, a.nit, a.status, a.history) == (b.nfev, b.nit, b.status, b.history)


# What a step sees


def test_every_sample_is_seen_once_an_epoch():
    fun = Watched()
    res = train(fun)
    batches, full = fun.batches[: res.nit], fun.batches[res.nit :]
    assert [len(batch) for batch in batches] == 3 * [16, 16, 16, 12]
    orders = [np.concatenate(batches[k : k + 4]) for k in (0, 4, 8)]
    for order in orders:
        assert sorted(order) == list(range(N))
    assert not any(np.array_equal(a, b) for a, b in [orders[:2], orders[1:]])
    assert all(np.array_equal(indices, np.arange(N)) for indices in full) and full


def test_without_shuffling_the_samples_come_in_order():
    fun = Watched()
    res = train(fun, shuffle=False)
    for k in range(res.nit):
        np.testing.assert_array_equal(fun.batches[k], np.arange(N)[SIZE * (k % 4) :][:SIZE])


def test_the_indices_are_int64_and_nobody_changes_them():
    fun = Watched()
    copies = []

    def keeping(x, indices):
        copies.append(indices.copy())
        return fun(x, indices)

    train(keeping)
    for indices, copy in zip(fun.batches, copies, strict=True):
        assert indices.dtype == np.int64
        np.testing.assert_array_equal(indices, copy)
        with pytest.raises(ValueError, match="read-only"):
            indices[0] = 0


@every_method
def test_the_same_rng_gives_the_same_bits(method):
    same(train(method=method), train(method=method))
    other = train(method=method, rng=8)
    assert other.x.tobytes() != train(method=method).x.tobytes()


def test_a_generator_goes_on_from_where_it_is():
    rng = np.random.default_rng(7)
    same(train(rng=rng), train())
    assert train(rng=rng).x.tobytes() != train().x.tobytes()


# The steps


def test_the_first_steps_by_hand():
    # The mean of (x - a)^2 / 2 has the slope x - mean(a), and half of it is the step: from 0 half
    # way to 2, the mean of 1 and 3, then from 1 half way to 7, the mean of 5 and 9.
    a = np.array([1.0, 3.0, 5.0, 9.0])
    points = []

    def fun(x, indices):
        points.append(x[0])
        miss = x[0] - a[indices]
        return np.mean(miss**2) / 2.0, [np.mean(miss)]

    res = train(
        fun,
        [0.0],
        n_samples=4,
        batch_size=2,
        epochs=1,
        shuffle=False,
        method="gradient_descent",
        options={"line_search": "fixed", "step": 0.5},
    )
    # Then all samples are looked at there and, as the first batch alone was lower, at the start.
    assert points == [0.0, 1.0, 4.0, 0.0]
    # The batches had the losses (1 + 9) / 4 and (16 + 64) / 4 when it was their turn.
    assert res.history == (Epoch(fun=11.25, validation=None, samples=4, nfev=2),)
    assert (res.x[0], res.fun, res.nfev, res.nit) == (4.0, 4.5, 4, 2)


def plain_loop(update, batches):
    x = START.copy()
    for indices in batches:
        x = update(x, logistic(x, indices)[1])
    return x


def test_gradient_descent_is_the_plain_loop():
    fun = Watched()
    options = {"line_search": "fixed", "step": 0.3}
    res = train(fun, method="gradient_descent", options=options)
    x = plain_loop(lambda x, g: x - 0.3 * g, fun.batches[: res.nit])
    np.testing.assert_array_equal(fun.points[res.nit], x)  # measured after the last epoch


def test_sgd_is_the_plain_loop():
    fun = Watched()
    res = train(fun, method="sgd", options={"learning_rate": 0.3})
    x = plain_loop(lambda x, g: x - 0.3 * g, fun.batches[: res.nit])
    np.testing.assert_array_equal(fun.points[res.nit], x)


def test_adam_is_the_plain_loop():
    fun, t = Watched(), 0
    m, v = np.zeros(DIM), np.zeros(DIM)

    def update(x, g):
        nonlocal m, v, t
        t += 1
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        return x - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)

    res = train(fun)
    x = plain_loop(update, fun.batches[: res.nit])
    np.testing.assert_allclose(fun.points[res.nit], x, rtol=1e-13)


@every_method
@pytest.mark.parametrize("jac", [None, slope])
def test_a_step_that_needs_many_evaluations_sees_one_batch(method, jac):
    fun = Watched()
    res = train(lambda x, indices: fun(x, indices)[0], method=method, jac=jac, epochs=2)
    per_step = DIM + 1 if jac is None else 1
    assert sum(len(batch) < N for batch in fun.batches) == res.nit * per_step
    for k in range(res.nit):
        first, *others = fun.batches[k * per_step : (k + 1) * per_step]
        assert len(first) == [16, 16, 16, 12][k % 4]
        assert all(np.array_equal(first, other) for other in others)
    exact = train(value, method=method, jac=slope, epochs=2)
    np.testing.assert_allclose(res.x, exact.x, rtol=1e-4, atol=1e-4)


@every_method
def test_a_sharpness_aware_step_sees_one_batch(method):
    fun = Watched()
    options = {"learning_rate": 0.1, "sam_radius": 0.05}
    res = train(fun, method=method, options=options)
    assert res.nit == 12 and [len(batch) for batch in fun.batches[:24:2]] == 3 * [16, 16, 16, 12]
    for k in range(0, 24, 2):
        np.testing.assert_array_equal(fun.batches[k], fun.batches[k + 1])
        assert np.linalg.norm(fun.points[k + 1] - fun.points[k]) == pytest.approx(0.05)
    # The loss of an epoch is the one at its points, and not where it is sharp.
    here = [logistic(x, batch)[0] for x, batch in zip(fun.points, fun.batches, strict=True)]
    sizes = [len(batch) for batch in fun.batches[:8:2]]
    assert res.history[0].fun == pytest.approx(np.average(here[:8:2], weights=sizes))


@pytest.mark.parametrize(
    "average",
    [{"averaging": "polyak"}, {"averaging": "swa", "averaging_period": 2}, {"averaging": "ema"}],
)
def test_an_average_is_what_is_looked_at(average):
    ends, fun = [], Watched()
    res = train(
        fun,
        method="sgd",
        callback=lambda xk: ends.append(xk),
        options={"learning_rate": 0.3, **average},
    )
    iterates = np.array(fun.points[: res.nit])
    if average["averaging"] == "polyak":
        np.testing.assert_allclose(ends[-1], iterates.mean(axis=0), rtol=1e-12)
    assert (np.abs(ends[-1] - iterates).max(axis=1) > 1e-6).all()
    assert res.x.tobytes() == ends[-1].tobytes()


@pytest.mark.parametrize("given", [{}, {"jac": None}, {"sam_radius": 0.01}])
def test_a_schedule_lasts_as_long_as_the_epochs(given):
    """A cosine without a period of its own: a factor of 1/2 after half of the steps."""
    sam = {name: value for name, value in given.items() if name == "sam_radius"}
    jac = {"jac": given["jac"]} if "jac" in given else {}
    points = []

    def line(x, indices):
        points.append(x[0])
        return x[0] if "jac" in given else (x[0], [1.0])

    train(
        line,
        [0.0],
        epochs=5,
        method="sgd",
        options={"learning_rate": 1.0, "schedule": "cosine", **sam},
        **jac,
    )
    stride = 2 if given else 1
    steps = -np.diff(points[: 20 * stride : stride])
    np.testing.assert_allclose(steps, 0.5 * (1 + np.cos(np.pi * np.arange(19) / 20)), atol=1e-6)


@pytest.mark.parametrize("n_samples", [None, N])
def test_a_schedule_lasts_as_long_as_the_limit_of_steps(n_samples):
    points = []

    def line(x, *indices):
        points.append(x[0])
        return x[0], [1.0]

    options = {"learning_rate": 1.0, "schedule": "cosine"}
    given = {"method": "sgd", "options": options, "jac": True, "classify": False, "polish": False}
    given["check_gradient"] = False
    batches = None if n_samples is None else Batches(n_samples)
    minimize(line, [0.0], batches=batches, max_iter=20, **given)
    steps = -np.diff(points[:20])
    np.testing.assert_allclose(steps, 0.5 * (1 + np.cos(np.pi * np.arange(19) / 20)), atol=1e-6)


@every_method
def test_a_point_is_evaluated_on_each_batch(method):
    """Also where steps have no length: what one batch said of a point is not what another says."""
    fun, batches = Watched(), []
    options = {"learning_rate": 0.0}
    res = train(fun, method=method, options=options)
    assert len(fun.points) == res.nfev >= 12
    expected = [value(START, np.concatenate(fun.batches[k : k + 4])) for k in (0, 4, 8)]
    assert [epoch.fun for epoch in res.history] == pytest.approx(expected)
    compiled_run = train(compiled("gradient", batches), jac=None, method=method, options=options)
    assert len(batches) == len(fun.batches) and compiled_run.history == res.history


def test_a_batch_without_slope_ends_nothing():
    res = train(lambda x, indices: (1.0, np.zeros(DIM)))
    assert res.status is Status.EPOCHS and res.nit == 12


# The answer


@every_method
def test_the_value_is_that_of_all_samples(method):
    res = train(method=method, epochs=10)
    assert res.fun == value(res.x, np.arange(N)) < value(START, np.arange(N))
    assert res.status is Status.EPOCHS and not res.success
    assert len(res.history) == 10 and res.nit == 40
    assert "all epochs are over. 10 epochs were made: 600 samples were seen" in res.message


def test_every_call_is_counted():
    fun = Watched()
    for given in ({}, {"classify": True}, {"polish": True}):
        fun.points.clear()
        res = train(fun, **given)
        assert res.nfev == len(fun.points)
        assert sum(stage.nfev for stage in res.stages) == res.nfev
        assert sum(stage.nit for stage in res.stages) == res.nit


def test_the_verdict_is_about_all_samples():
    res = train(classify=True, epochs=2)
    assert res.classification.point is Point.NOT_STATIONARY
    assert not res.success and "Not stationary" in res.message
    assert res.stages[-1].nfev < 20  # passes over the data: they are not spent on what is plain
    assert res.x.tobytes() == train(epochs=2).x.tobytes()  # the verdict moves nothing
    np.testing.assert_array_equal(res.jac, slope(res.x, np.arange(N)))
    # At the minimum of all samples, with steps of no length, it is one, and so it is a success.
    best = train(polish=True, classify=True)
    again = train(x0=best.x, classify=True, options={"learning_rate": 0.0})
    assert again.classification.is_minimum
    assert again.status is Status.EPOCHS and again.success


def test_a_polish_is_about_all_samples():
    res = train(polish=True, classify=True)
    assert [stage.name for stage in res.stages] == ["search", "polish", "classify"]
    assert res.classification.is_minimum and res.success
    assert np.abs(slope(res.x, np.arange(N))).max() < 1e-7
    assert train(polish=True, classify=True, convex=True).classification.kind == "global"


def test_an_escape_is_about_all_samples():
    def ridge(x, indices):
        a, b = x
        return a * a + (b * b - 1.0) ** 2, [2.0 * a, 4.0 * b * (b * b - 1.0)]

    res = train(ridge, [0.0, 0.0], classify=True)
    assert res.classification.kind == "saddle" and not res.success
    res = train(ridge, [0.0, 0.0], classify=True, escape=True)
    assert res.classification.kind == "local" and res.n_escapes == 1 and res.success


def test_second_derivatives_are_of_all_samples():
    seen = []

    def hess(x, indices):
        seen.append(indices)
        s = 1.0 / (1.0 + np.exp(DATA[indices] @ x))
        return (DATA[indices].T * (s * (1.0 - s))) @ DATA[indices] / len(indices)

    res = train(polish=True, classify=True, hess=hess)
    assert res.nhev == len(seen) > 0 and res.classification.is_minimum
    assert all(np.array_equal(indices, np.arange(N)) for indices in seen)


@pytest.mark.parametrize("jac", ["2-point", "3-point", "cs", "autograd"])
def test_gradients_that_are_made_of_the_objective(jac):
    xp: Any = np
    if jac == "autograd":
        xp = pytest.importorskip("autograd.numpy")
    fun = Watched()

    def loss(x, indices):
        fun.batches.append(indices)
        return xp.mean(xp.log(1.0 + xp.exp(-SIDES[indices] * xp.dot(DATA[indices], x))))

    res = train(loss, jac=jac, polish=True)
    np.testing.assert_allclose(res.x, train(polish=True).x, rtol=1e-4)
    each = {"2-point": DIM + 1, "3-point": 2 * DIM + 1, "cs": DIM + 1, "autograd": 1}[jac]
    assert sum(len(batch) < N for batch in fun.batches) == 12 * each


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_gradients_by_libraries_with_arrays_of_their_own(library):
    module = pytest.importorskip(library)
    if library == "jax":
        with module.enable_x64(True):
            data, sides = module.numpy.asarray(DATA), module.numpy.asarray(SIDES)
        softplus = module.nn.softplus
    else:
        data, sides = module.from_numpy(DATA), module.from_numpy(SIDES)
        softplus = module.nn.functional.softplus

    def loss(x, indices):
        return softplus(-sides[indices] * (data[indices] @ x)).mean()

    res = train(loss, jac=library)
    np.testing.assert_allclose(res.x, train().x, rtol=1e-8)


def test_args_and_kwargs_come_after_the_indices():
    def scaled(x, indices, factor, *, offset):
        f, g = logistic(x, indices)
        return factor * f + offset, factor * g

    res = train(scaled, args=(2.0,), kwargs={"offset": 1.0})
    np.testing.assert_allclose(res.x, train().x, rtol=1e-6)  # Adam's steps know no factor
    assert res.fun == 2.0 * value(res.x, np.arange(N)) + 1.0


def test_a_run_that_gets_worse_returns_its_start():
    res = train(options={"learning_rate": 1e3})
    assert res.x.tolist() == START.tolist() and res.fun == value(START, np.arange(N))


def test_a_lower_epoch_is_not_lost():
    # Four steps of 1 to an epoch, which end at 4, 8, 12 and 16.  On the way f = |x - 9| is 9, 8,
    # 7, 6; 5, 4, 3, 2; 1, 0, 1, 2; 3, 4, 5, 6, the last one of each epoch for 12 samples and not
    # for 16.  The third epoch is the lowest: its end is measured, and the last one.
    def fun(x, indices):
        return abs(x[0] - 9.0), [-1.0]

    given = {"method": "gradient_descent", "options": {"line_search": "fixed", "step": 1.0}}
    res = train(fun, [0.0], epochs=4, **given)
    assert [epoch.fun for epoch in res.history] == pytest.approx([7.6, 3.6, 56 / 60, 4.4])
    assert (res.x[0], res.fun, res.nfev) == (12.0, 3.0, 18)


# What ends the epochs


class Script:
    """A validation that says what it is told to, and where it was asked."""

    def __init__(self, *values: Any):
        self.values = list(values)
        self.points: list[np.ndarray] = []

    def __call__(self, x):
        self.points.append(x.copy())
        return self.values[len(self.points) - 1]


def test_early_stopping_returns_the_best_epoch():
    validation = Script(5.0, 3.0, 4.0, 3.5, 1.0)
    res = train(epochs=50, validation=validation, options={"patience": 2}, classify=True)
    assert res.status is Status.PATIENCE and len(res.history) == 4
    assert res.x.tobytes() == validation.points[1].tobytes()
    assert res.fun == value(res.x, np.arange(N))
    assert [epoch.validation for epoch in res.history] == [5.0, 3.0, 4.0, 3.5]
    assert not res.success  # for the verdict says that the loss is lower elsewhere
    quiet = train(epochs=50, validation=Script(5.0, 3.0, 4.0, 3.5), options={"patience": 2})
    assert quiet.success and quiet.x.tobytes() == res.x.tobytes()


def test_the_best_epoch_is_returned_without_patience_too():
    validation = Script(2.0, nan, 1.0, 7.0)
    res = train(epochs=4, validation=validation)
    assert res.status is Status.EPOCHS
    assert res.x.tobytes() == validation.points[2].tobytes()
    assert [epoch.validation for epoch in res.history] == [2.0, inf, 1.0, 7.0]


def test_a_validation_without_a_finite_value_chooses_nothing():
    validation = Script(nan, inf, nan)
    res = train(validation=validation)
    assert res.x.tobytes() == validation.points[2].tobytes() and math.isfinite(res.fun)


def test_only_improvements_that_count_keep_it_going():
    # From 10 to 5 the improvement is 5: a tenth of it is what counts.
    validation = Script(10.0, 5.0, 4.6, 4.2, 3.9, 3.8)
    res = train(epochs=50, validation=validation, options={"patience": 2, "ftol": 0.1})
    assert len(res.history) == 6 and res.x.tobytes() == validation.points[5].tobytes()
    validation = Script(10.0, 5.0, 4.9, 4.6, 4.4)
    res = train(epochs=50, validation=validation, options={"patience": 2, "ftol": 0.1})
    assert len(res.history) == 4


def test_patience_without_validation_is_about_the_loss_of_the_epochs():
    res = train(lambda x, indices: (1.0, np.ones(DIM)), epochs=50, options={"patience": 3})
    assert res.status is Status.PATIENCE and len(res.history) == 4 and res.success


@pytest.mark.parametrize("way", ["true", "exception"])
def test_the_callback_stops_the_run(way):
    states = []

    def callback(intermediate_result):
        states.append(intermediate_result)
        if len(states) == 2:
            if way == "exception":
                raise StopIteration
            return True
        return None

    fun = Watched()
    res = train(fun, callback=callback, epochs=50, classify=True)
    assert res.status is Status.CALLBACK and not res.success
    assert res.nit == 8 and res.nfev == len(fun.points) == 9  # one for the value of the answer
    assert [state.epoch for state in states] == [1, 2]
    assert [state.nfev for state in states] == [4, 8] == [state.nit for state in states]
    assert [state.fun for state in states] == [epoch.fun for epoch in res.history]
    assert states[-1].x.tobytes() == res.x.tobytes()
    assert states[0].validation is None


def test_a_plain_callback_gets_x():
    seen = []
    res = train(callback=seen.append)
    assert len(seen) == 3 and seen[-1].tobytes() == res.x.tobytes()


@pytest.mark.parametrize("budget", [1, 2, 3, 4, 7, 8, 40, 200])
@pytest.mark.parametrize("given", [{}, {"classify": True}, {"polish": True, "classify": True}])
def test_the_budget_of_calls_is_exact(budget, given):
    fun = Watched()
    res = train(fun, max_evals=budget, epochs=None, **given)
    assert res.nfev == len(fun.points) <= budget
    assert res.fun == value(res.x, np.arange(N))
    if budget > 100 and not given:
        assert res.status is Status.EVALUATIONS and res.nit > 190


def test_the_limit_of_steps_is_exact():
    for limit in (1, 4, 5, 8):
        res = train(max_iter=limit, epochs=None)
        assert res.nit == limit and res.status is Status.ITERATIONS
        assert (
            sum(epoch.samples for epoch in res.history) == [0, 16, 32, 48, 60, 76, 0, 0, 120][limit]
        )


def test_the_limit_of_time_ends_it():
    begin = time.perf_counter()
    res = train(max_time=0.05, epochs=None)
    assert res.status is Status.TIME and time.perf_counter() - begin < 5.0
    assert res.fun == value(res.x, np.arange(N))
    res = train(max_time=1e-9, epochs=None)
    assert res.status is Status.TIME and res.nit == 0 and res.x.tolist() == START.tolist()


def test_the_target_is_about_all_samples():
    low = 1.05 * train(epochs=30).fun
    fun = Watched()
    res = train(fun, epochs=200, target=low, classify=True)
    assert res.status is Status.TARGET and res.success and res.fun <= low
    assert res.nfev == len(fun.points) and len(res.history) < 200
    # An epoch whose own batches were as low proves nothing yet.
    lucky = train(
        lambda x, indices: (0.0 if len(indices) < N else 1.0, np.ones(DIM)), target=0.5, epochs=4
    )
    assert lucky.status is Status.EPOCHS and lucky.fun == 1.0


# Nothing is lost


@pytest.mark.parametrize("error", [LookupError("boom"), KeyboardInterrupt("boom")])
@pytest.mark.parametrize("when", [3, 10])
def test_an_error_in_the_objective_loses_nothing(error, when):
    ends, fun = [], Watched()

    def failing(x, indices):
        if len(fun.points) == when:
            raise error
        return fun(x, indices)

    with pytest.raises(type(error)) as caught:
        train(failing, callback=lambda xk: ends.append(xk))
    assert caught.value is error
    res = error.result
    assert res.status in (Status.OBJECTIVE_ERROR, Status.INTERRUPTED) and not res.success
    assert res.nfev == when and len(res.history) == len(ends) == when // 4
    expected = ends[-1] if ends else fun.points[-1]  # where it stood, in the first epoch
    assert res.x.tobytes() == expected.tobytes()
    assert math.isnan(res.fun) and "was not measured, so fun is nan" in res.message


def test_ctrl_c_can_return():
    fun = Watched()

    def pressing(x, indices):
        if len(fun.points) == 9:
            os.kill(os.getpid(), signal.SIGINT)
        return fun(x, indices)

    res = train(pressing, on_interrupt="return")
    assert res.status is Status.INTERRUPTED and len(res.history) == 2


@pytest.mark.parametrize("name", ["callback", "validation"])
def test_an_error_beside_the_objective_loses_nothing(name):
    points = []

    def failing(x):
        points.append(x.copy())
        if len(points) == 3:
            raise LookupError("boom")
        return 0.0 if name == "callback" else -len(points)

    with pytest.raises(LookupError) as caught:
        train(epochs=9, **{name: failing})
    res = caught.value.result
    assert res.x.tobytes() == points[1 if name == "validation" else 2].tobytes()


def test_a_bad_batch_is_survived():
    calls = 0

    def holed(x, indices):
        nonlocal calls
        calls += 1
        f, g = logistic(x, indices)
        return (nan if calls == 6 else f), g

    res = train(holed)
    assert res.status is Status.EPOCHS and res.fun < value(START, np.arange(N))
    calls = 0
    with pytest.raises(ValueError, match="nan_policy='raise'"):
        train(holed, nan_policy="raise")

    def raising(x, indices):
        nonlocal calls
        calls += 1
        if calls == 6:
            raise LookupError("boom")
        return logistic(x, indices)

    calls = 0
    res = train(raising, on_error="reject")
    assert res.status is Status.EPOCHS and "1 evaluations raised" in res.message


# Boxes, and other objectives


@every_method
def test_never_leaves_the_box(method):
    fun = Watched()
    bounds = [(-0.1, 0.2), (-0.3, None), (0.25, 0.25), (None, 0.1)]
    res = train(fun, method=method, bounds=bounds, epochs=10, classify=True)
    points = np.array([*fun.points, res.x])
    lower, upper = [-0.1, -0.3, 0.25, -inf], [0.2, inf, 0.25, 0.1]
    assert (points >= lower).all() and (points <= upper).all()
    assert res.fun < value(np.clip(START, lower, upper), np.arange(N))


def test_all_variables_fixed():
    res = train(bounds=[(0.5, 0.5)] * DIM)
    assert res.status is Status.FIXED and res.x.tolist() == [0.5] * DIM
    assert res.fun == value(res.x, np.arange(N))


KINDS = ["value", "value and data", "gradient", "gradient and data"]
POINTS, INDICES = ctypes.POINTER(ctypes.c_double), ctypes.POINTER(ctypes.c_int64)


def compiled(kind: str, batches: list[list[int]]) -> Any:
    """The logistic loss as a function pointer of one of the four signatures."""
    number = ctypes.c_double(42.0)
    arguments = [ctypes.c_int, POINTS]
    arguments += [POINTS] if "gradient" in kind else []
    arguments += [ctypes.c_int, INDICES]
    arguments += [ctypes.c_void_p] if "data" in kind else []

    def called(n, x, *more):
        if "data" in kind:
            assert ctypes.cast(more[-1], POINTS)[0] == 42.0
        count, indices = more[1:3] if "gradient" in kind else more[:2]
        batches.append(indices[:count])
        f, g = logistic(np.array(x[:n]), np.array(batches[-1]))
        if "gradient" in kind:
            for i in range(n):
                more[0][i] = g[i]
        x[0] = nan  # it is a copy
        return f

    called.number = number
    pointer = ctypes.CFUNCTYPE(ctypes.c_double, *arguments)(called)
    if "data" not in kind:
        return pointer
    return LowLevelCallable(pointer, user_data=ctypes.cast(ctypes.byref(number), ctypes.c_void_p))


@every_method
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", [{}, {"polish": True, "classify": True}])
def test_compiled_and_python_are_the_same_run(method, kind, given):
    batches: list[list[int]] = []
    fun = Watched()
    a = train(compiled(kind, batches), method=method, jac=None, **given)
    if "gradient" in kind:
        b = train(fun, method=method, **given)
    else:
        b = train(lambda x, indices: fun(x, indices)[0], method=method, jac=None, **given)
    same(a, b)
    assert batches == [batch.tolist() for batch in fun.batches]


def test_compiled_limits_and_callback():
    batches: list[list[int]] = []
    ends: list[np.ndarray] = []
    fun = compiled("gradient", batches)
    res = train(fun, jac=None, epochs=None, max_evals=20)
    assert res.nfev == len(batches) <= 20
    same(train(fun, jac=None, callback=ends.append), train())
    assert len(ends) == 3
    res = train(fun, jac=None, epochs=None, max_iter=6)
    assert res.nit == 6 and res.status is Status.ITERATIONS
    with pytest.raises(KeyboardInterrupt) as caught:
        train(fun, jac=None, validation=Interrupting())
    assert len(caught.value.result.history) == 1


class Interrupting(Script):
    """A validation during which Ctrl-C is pressed, the second time."""

    def __call__(self, x):
        self.values.append(1.0)
        if len(self.points) == 1:
            raise KeyboardInterrupt
        return super().__call__(x)


def test_numba():
    numba = pytest.importorskip("numba")
    types = numba.types
    data, sides = DATA, SIDES

    @numba.cfunc(
        types.float64(
            types.intc,
            types.CPointer(types.float64),
            types.CPointer(types.float64),
            types.intc,
            types.CPointer(types.int64),
        )
    )
    def loss(n, x, g, m, indices):
        total = 0.0
        for j in range(n):
            g[j] = 0.0
        for k in range(m):
            i = indices[k]
            z = 0.0
            for j in range(n):
                z += data[i, j] * x[j]
            z *= sides[i]
            total += math.log1p(math.exp(-z))
            for j in range(n):
                g[j] -= sides[i] / (1.0 + math.exp(z)) * data[i, j] / m
        return total / m

    res = train(loss, jac=None)
    np.testing.assert_allclose(res.x, train().x, rtol=1e-9)
    np.testing.assert_allclose(res.fun, train().fun, rtol=1e-12)


# Bad input


@pytest.mark.parametrize(
    ("error", "pattern", "given"),
    [
        (ValueError, r"batch_size=61, expected at most n_samples=60", {"batch_size": 61}),
        (ValueError, r"batch_size=0, expected a whole number from 1", {"batch_size": 0}),
        (TypeError, r"batch_size=1.5, expected a whole number", {"batch_size": 1.5}),
        (ValueError, r"n_samples=0, expected a whole number", {"n_samples": 0}),
        (TypeError, r"n_samples='60', expected a whole number", {"n_samples": "60"}),
        (ValueError, r"epochs=0, expected a whole number", {"epochs": 0}),
        (TypeError, r"shuffle=1, expected True or False", {"shuffle": 1}),
        (TypeError, r"validation=3, expected a callable", {"validation": 3}),
        (TypeError, r"validation returned None, expected", {"validation": lambda x: None}),
        (TypeError, r"validation returned '1', expected", {"validation": lambda x: "1"}),
        (ValueError, r"validation returned .*shape \(4,\)", {"validation": lambda x: x}),
        (TypeError, r"callback=3, expected None or a callable", {"callback": 3}),
        (ValueError, r"vectorized=True with batches", {"vectorized": True}),
        (ValueError, r"starts=3 with batches", {"starts": 3}),
        (ValueError, r"tol=0.1 with batches", {"tol": 0.1}),
        (ValueError, r"options\['gtol'\]=0.1 with batches", {"options": {"gtol": 0.1}}),
        (ValueError, r"options\['patience'\]=0, expected", {"options": {"patience": 0}}),
        (ValueError, r"options\['ftol'\]=2, expected", {"options": {"ftol": 2}}),
        (ValueError, r"'step'\] is not an option of method 'adam'", {"options": {"step": 1}}),
        (
            ValueError,
            r"method='lbfgs' with batches: it compares values.*learning_rate",
            {"method": "lbfgs", "options": None},
        ),
        (
            ValueError,
            r"method='gradient_descent' with batches.*'line_search': 'fixed'",
            {"method": "gradient_descent", "options": None},
        ),
        (ValueError, r"method='genetic' with batches", {"method": "genetic", "options": None}),
        *(
            (ValueError, rf"{name}=.* with validation", {"validation": abs, name: given})
            for name, given in {
                "target": 0.0,
                "polish": True,
                "escape": True,
                "convex": True,
            }.items()
        ),
    ],
)
def test_bad_input(error, pattern, given):
    with pytest.raises(error, match=pattern):
        train(**given)


@pytest.mark.parametrize(
    ("name", "given"),
    [("n_samples", 8), ("batch_size", 8), ("epochs", 2), ("shuffle", False), ("validation", abs)],
)
def test_an_argument_of_mini_batches_says_where_it_has_gone(name, given):
    with pytest.raises(TypeError, match=rf"no argument '{name}': give batches=pyminima\.Batches"):
        minimize(lambda x: float(x @ x), START, **{name: given})


def test_batches_of_another_kind_are_refused():
    with pytest.raises(TypeError, match=r"batches=60, expected pyminima\.Batches\(n_samples, "):
        minimize(logistic, START, jac=True, batches=60)
    with pytest.raises(TypeError, match=r"n_samples=None, expected a whole number from 1"):
        Batches(None)


def test_batches_are_plain_numbers():
    given = Batches(np.int64(60), batch_size=8.0, epochs=np.int32(2), shuffle=np.True_)
    assert given == Batches(60, batch_size=8, epochs=2) and given.shuffle is True
    assert type(given.n_samples) is type(given.batch_size) is type(given.epochs) is int


@pytest.mark.parametrize("method", pyminima.methods(), ids=lambda method: method.name)
def test_a_method_says_whether_it_takes_mini_batches(method):
    options = dict([method.samples_with]) if method.samples_with else None
    if method.samples:
        assert train(method=method.name, options=options, epochs=1).nfev > 0
    else:
        with pytest.raises(ValueError, match="with batches: it compares values"):
            train(method=method.name, options=options)


def test_a_compiled_objective_without_indices_is_refused():
    pointer = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int, POINTS)(lambda n, x: 0.0)
    with pytest.raises(ValueError, match=r"expected one of: .*int64_t \*"):
        train(pointer, jac=None)


def test_defaults():
    res = minimize(logistic, START, jac=True, batches=Batches(N), rng=1)
    assert res.method == "adam" and "'adam' was chosen for mini-batches" in res.message
    assert len(res.history) == 10 and res.nit == 10  # a batch of all sixty
    assert [stage.name for stage in res.stages] == ["search", "classify"]


def test_without_samples_there_is_no_history():
    assert minimize(lambda x: float(x @ x), START).history is None


# The page of the documentation

PAGE = Path(__file__).parents[1] / "docs" / "stochastic.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here")
def test_the_page_prints_what_it_says(capsys):
    """Words as they stand; numbers about so, for another BLAS sums in another order."""
    pytest.importorskip("sklearn")
    number = re.compile(r"\d+(?:\.\d+)?")
    names: dict[str, Any] = {}
    checked = 0
    for language, text in re.findall(r"```(python|text)\n(.*?)```", PAGE.read_text("utf-8"), re.S):
        if language == "text":
            printed = capsys.readouterr().out
            assert number.sub("#", printed) == number.sub("#", text)
            for said, seen in zip(number.findall(text), number.findall(printed), strict=True):
                tolerance = {"rel": 0.02} if said.startswith("0.9") else {"rel": 0.3}
                assert float(seen) == pytest.approx(float(said), **tolerance)
            checked += 1
        elif "fun, x0" not in text:  # that one only shows the call
            exec(compile(text, str(PAGE), "exec"), names)
    assert checked == 3
