"""Objectives in machine code: the same answers as in Python, the same limits, and no lock held.

A ctypes callback is called like any compiled function but runs Python, so it can be watched; what
numba compiles is the real thing.
"""

from __future__ import annotations

import ctypes
import math
import os
import signal
import threading
import time
from typing import Any

import numpy as np
import pytest
from scipy import LowLevelCallable

import pyminima
from pyminima import Result, Status, minimize

METHODS = {method.name: method for method in pyminima.methods()}
every_method = pytest.mark.parametrize("method", METHODS)

START = [0.9, -0.4, 0.6]
N = len(START)
POINTS = ctypes.POINTER(ctypes.c_double)


def valley(x):
    """Rosenbrock's, in loops over scalars: numba makes the same operations of them."""
    total = 0.0
    for i in range(len(x) - 1):
        a = x[i + 1] - x[i] * x[i]
        b = 1.0 - x[i]
        total += 100.0 * a * a + b * b
    return total


def valley_slope(x, g):
    for i in range(len(x)):
        g[i] = 0.0
    for i in range(len(x) - 1):
        a = x[i + 1] - x[i] * x[i]
        g[i] += -400.0 * a * x[i] - 2.0 * (1.0 - x[i])
        g[i + 1] += 200.0 * a
    return g


def slope(x):
    return np.array(valley_slope(x.tolist(), [0.0] * len(x)))


def value(x):
    return valley(x.tolist())


class Watch:
    """A ctypes callback of any of the four signatures, and what it has seen."""

    def __init__(self, kind: str, function=valley):
        self.points: list[list[float]] = []
        self.data: list[float] = []
        self.kind, self.function = kind, function
        arguments = [ctypes.c_int, POINTS]
        arguments += [POINTS] if "gradient" in kind else []
        arguments += [ctypes.c_void_p] if "data" in kind else []
        self.number = ctypes.c_double(42.0)
        self.pointer = ctypes.CFUNCTYPE(ctypes.c_double, *arguments)(self.called)

    def called(self, n, x, *more):
        self.points.append(x[:n])
        if "data" in self.kind:
            self.data.append(ctypes.cast(more[-1], POINTS)[0])
        if "gradient" in self.kind:
            valley_slope(x[:n], more[0])
        f = self.function(x[:n])
        for i in range(n):
            x[i] = math.nan  # it is a copy
        return f

    def fun(self) -> Any:
        if "data" not in self.kind:
            return self.pointer
        address = ctypes.cast(ctypes.byref(self.number), ctypes.c_void_p)
        return LowLevelCallable(self.pointer, user_data=address)


KINDS = ["value", "value and data", "gradient", "gradient and data"]


def same(a: Result, b: Result) -> None:
    assert a.x.tobytes() == b.x.tobytes() and a.fun == b.fun
    assert (a.nfev, a.njev, a.nit, a.status) == (b.nfev, b.njev, b.nit, b.status)
    assert a.message == b.message


# Watched


@every_method
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("finish", [True, False])
def test_the_same_bits_as_in_python(method, kind, finish):
    given = {"method": method, "rng": 3, "max_evals": 500, "classify": finish, "polish": finish}
    points = []

    def python(x):
        points.append(x.tolist())
        return value(x)

    watch = Watch(kind)
    res = minimize(watch.fun(), START, **given)
    assert res.nfev == len(watch.points)
    assert set(watch.data) == ({42.0} if "data" in kind else set())
    same(res, minimize(python, START, jac=slope if "gradient" in kind else None, **given))
    assert watch.points == points


@every_method
@pytest.mark.parametrize("kind", KINDS)
def test_the_budget_is_exact(method, kind):
    for budget in (1, 2, 3, 5, 8, 13, 21, 34, 55, 200):
        watch = Watch(kind)
        res = minimize(watch.fun(), START, method=method, rng=3, max_evals=budget)
        assert res.nfev == len(watch.points) <= budget
        assert res.fun == min(valley(x) for x in watch.points)


@every_method
@pytest.mark.parametrize("kind", KINDS)
def test_never_leaves_the_box(method, kind):
    lower, upper = [-1.0, -0.4, 0.25], [2.0, -0.4, math.inf]
    watch = Watch(kind)
    res = minimize(
        watch.fun(),
        START,
        method=method,
        rng=3,
        max_evals=300,
        bounds=list(zip(lower, upper, strict=True)),
    )
    points = np.array([*watch.points, res.x])
    assert (points >= lower).all() and (points <= upper).all()


@every_method
def test_the_callback_is_called_after_each_step(method):
    seen, states = [], []
    given = {"method": method, "rng": 3, "max_evals": 300, "classify": False, "polish": False}
    a = minimize(Watch("value").fun(), START, callback=seen.append, **given)
    b = minimize(value, START, callback=states.append, **given)
    same(a, b)
    assert len(seen) == a.nit
    assert [x.tolist() for x in seen] == [x.tolist() for x in states]


def by_true(intermediate_result):
    return intermediate_result.nit == 3


def by_exception(intermediate_result):
    if intermediate_result.nit == 3:
        raise StopIteration


@every_method
@pytest.mark.parametrize("callback", [by_true, by_exception])
def test_the_callback_stops_the_run(method, callback):
    watch = Watch("gradient")
    res = minimize(watch.fun(), START, method=method, rng=3, max_evals=3000, callback=callback)
    assert res.status is Status.CALLBACK and res.nit == 3 and not res.success
    assert res.nfev == len(watch.points)


@every_method
@pytest.mark.parametrize("error", [LookupError("boom"), KeyboardInterrupt("boom")])
def test_an_exception_in_the_callback_arrives_unchanged(method, error):
    def callback(xk):
        if len(watch.points) > 5:
            raise error

    watch = Watch("value")
    with pytest.raises(type(error)) as caught:
        minimize(watch.fun(), START, method=method, rng=3, callback=callback)
    assert caught.value is error
    assert error.result.nfev == len(watch.points)
    assert error.result.fun == min(valley(x) for x in watch.points)


@every_method
def test_limits_and_target(method):
    watch = Watch("value")
    res = minimize(watch.fun(), START, method=method, rng=3, max_iter=2, classify=False)
    assert res.status is Status.ITERATIONS and res.nit == 2

    watch = Watch("value")
    goal = 0.5 * valley(START)
    res = minimize(
        watch.fun(), START, method=method, rng=3, target=goal, classify=False, max_evals=20_000
    )
    assert res.status is Status.TARGET and res.success
    assert [valley(x) <= goal for x in watch.points].index(True) == len(watch.points) - 1


@pytest.mark.parametrize("kind", ["value", "gradient"])
def test_a_target_ends_check_polish_and_verdict_too(kind):
    watch = Watch(kind)
    minimize(watch.fun(), START, rng=3, max_evals=500)
    lowest = np.minimum.accumulate([valley(x) for x in watch.points])
    for target in [1e9, *np.unique(lowest)[::-1][::3], lowest[-1]]:
        watch.points.clear()
        res = minimize(watch.fun(), START, rng=3, max_evals=500, target=target)
        assert res.status is Status.TARGET and res.success
        assert [valley(x) <= target for x in watch.points].index(True) == len(watch.points) - 1


@every_method
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_regions_without_a_value(method, bad):
    def holed(x):
        return bad if x[0] < 0.5 else valley(x)

    given = {"method": method, "rng": 3, "max_evals": 500}
    res = minimize(Watch("value", holed).fun(), START, **given)
    same(res, minimize(lambda x: holed(x.tolist()), START, **given))
    assert res.fun == valley(res.x.tolist())


@every_method
def test_nan_is_an_error_on_request(method):
    watch = Watch("value", lambda x: math.nan if len(watch.points) == 4 else valley(x))
    with pytest.raises(ValueError, match=r"nan_policy='raise'.*nan") as caught:
        minimize(watch.fun(), START, method=method, rng=3, nan_policy="raise")
    assert len(watch.points) == 4
    assert caught.value.result.nfev == 4
    assert caught.value.result.fun == min(valley(x) for x in watch.points[:3])


def test_all_variables_fixed():
    watch = Watch("gradient")
    res = minimize(watch.fun(), START, bounds=[(v, v) for v in START])
    assert res.status is Status.FIXED and res.x.tolist() == START
    assert res.nfev == len(watch.points)


def test_a_hessian_in_python_goes_with_it():
    calls = []

    def hess(x):
        calls.append(x)
        return np.diag([2.0, 4.0])

    def bowl(x):
        return x[0] * x[0] + 2.0 * x[1] * x[1]

    watch = Watch("value", bowl)
    res = minimize(watch.fun(), [1.0, 2.0], hess=hess)
    assert res.nhev == len(calls) > 0
    assert res.classification.kind == "local"


def test_the_verdict_on_a_compiled_function():
    def saddle(x):
        return x[0] * x[0] - x[1] * x[1]

    watch = Watch("value", saddle)
    verdict = pyminima.classify(watch.fun(), [0.0, 0.0])
    assert verdict.kind == "saddle" and verdict.index == 1
    assert verdict.n_evals == len(watch.points)


# Compiled in earnest


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    """valley, with and without gradient and data; data[0] counts calls, data[1] is work to do."""
    numba = pytest.importorskip("numba")
    c, types = numba.cfunc, numba.types
    double, points, count = types.double, types.CPointer(types.double), types.intc
    f, df = numba.njit(valley), numba.njit(valley_slope)

    @c(double(count, points))
    def plain(n, x):
        return f(numba.carray(x, n))

    @c(double(count, points, points))
    def gradient(n, x, g):
        df(numba.carray(x, n), numba.carray(g, n))
        return f(numba.carray(x, n))

    @c(double(count, points, types.voidptr))
    def counting(n, x, data):
        d = numba.carray(data, 2, dtype=np.float64)
        d[0] += 1.0
        waste = 0.0
        for i in range(d[1]):
            waste += math.sqrt(waste + i)
        return f(numba.carray(x, n)) + 0.0 * waste

    return {"plain": plain, "gradient": gradient, "counting": counting}


class Data:
    """The user data of `counting`; it has to outlive the run."""

    def __init__(self, work: int = 0):
        self.numbers = np.array([0.0, work])

    def fun(self, compiled: dict[str, Any]) -> LowLevelCallable:
        address = ctypes.c_void_p(self.numbers.ctypes.data)
        return LowLevelCallable(compiled["counting"].ctypes, user_data=address)

    @property
    def calls(self) -> int:
        return int(self.numbers[0])


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_numba_gives_the_same_bits_as_python(compiled, method, gradient):
    given = {"method": method, "rng": 3, "max_evals": 800}
    expected = minimize(value, START, jac=slope if gradient else None, **given)
    function = compiled["gradient" if gradient else "plain"]
    same(minimize(function, START, **given), expected)
    same(minimize(function.ctypes, START, **given), expected)
    same(minimize(LowLevelCallable(function.ctypes), START, **given), expected)


@every_method
def test_numba_is_counted_exactly(compiled, method):
    for budget in [*range(1, 61), 1000, 12_345]:
        data = Data()
        res = minimize(data.fun(compiled), START, method=method, rng=3, max_evals=budget)
        assert res.nfev == data.calls <= budget


@every_method
def test_threads_do_not_disturb_each_other(compiled, method):
    given = {"method": method, "max_evals": 3000}
    expected = [minimize(compiled["plain"], START, rng=k, **given) for k in range(4)]
    results: dict[int, Result] = {}

    def work(k):
        results[k] = minimize(compiled["plain"], START, rng=k, **given)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for k in range(4):
        same(results[k], expected[k])


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (None, "fun is a capsule without a name"),
        (b"", "fun is a capsule without a name"),
        (b"double (double)", r"fun has the C signature 'double \(double\)'"),
        (b"\xff\xfe", r"fun has the C signature .+"),
    ],
)
def test_a_capsule_that_does_not_say_what_it_is(name, what):
    make = ctypes.pythonapi.PyCapsule_New
    make.restype = ctypes.py_object
    make.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    capsule = make(1, name, None)
    for batches in None, pyminima.Batches(4):
        with pytest.raises(ValueError, match=f"{what}, expected one of: double"):
            minimize(capsule, [1.0], batches=batches)


BUSY = 20_000  # square roots: about 0.1 ms


def test_max_time_ends_a_compiled_run(compiled):
    """No method is through with this valley in 3000 evaluations, which take far more time here."""
    for method in METHODS:
        data = Data(5 * BUSY)
        started = time.perf_counter()
        res = minimize(data.fun(compiled), [-1.2] * 30, method=method, rng=3, max_time=0.05)
        assert res.status is Status.TIME and not res.success
        assert res.nfev == data.calls > 1
        assert time.perf_counter() - started < 5.0  # the machine may be busy


def test_other_threads_run_meanwhile(compiled):
    """Were the lock held, they would get it at most every 20 ms, when signals are looked at."""
    ticks, done, data = [], threading.Event(), Data(BUSY)

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        started = time.perf_counter()
        minimize(
            data.fun(compiled),
            [-1.2] * 30,
            method="annealing",
            rng=3,
            max_time=0.5,
            classify=False,
            polish=False,
        )
        ended = time.perf_counter()
    finally:
        done.set()
        thread.join()
    assert ended - started > 0.4
    assert sum(started < t < ended for t in ticks) > 80


@pytest.fixture
def interrupt():
    """Has the signal of Ctrl-C sent once `ready()`, unless the test is over by then."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    over, threads = threading.Event(), []

    def once(ready):
        def wait():
            while not over.wait(0.01):
                if ready():
                    os.kill(os.getpid(), signal.SIGINT)
                    return

        threads.append(threading.Thread(target=wait))
        threads[0].start()

    yield once
    over.set()
    for thread in threads:
        thread.join()
    signal.signal(signal.SIGINT, before)


@every_method
def test_ctrl_c_loses_nothing(compiled, method, interrupt):
    data = Data(10 * BUSY)  # the run of the quickest method takes a second, too
    interrupt(lambda: data.calls > 100)
    started = time.perf_counter()
    with pytest.raises(KeyboardInterrupt) as caught:
        minimize(data.fun(compiled), [-1.2] * 30, method=method, rng=3, max_time=30.0)
    assert time.perf_counter() - started < 10.0
    res = caught.value.result
    assert res.status is Status.INTERRUPTED and not res.success
    assert res.nfev == data.calls > 1
    assert math.isfinite(res.fun) and res.fun == valley(res.x.tolist())


def test_ctrl_c_is_seen_where_dear_points_come_after_cheap_ones(compiled, interrupt):
    # Once the loop looked up only every 2^20 evaluations, as many as had been quick.
    data, dear = Data(), []

    def ready():
        if not dear and data.calls > 1_000_000:
            data.numbers[1] = 500 * BUSY  # 50 ms each, from now on
            dear.append(data.calls)
        return dear and data.calls > dear[0] + 2

    interrupt(ready)
    with pytest.raises(KeyboardInterrupt) as caught:
        minimize(data.fun(compiled), [-1.2] * 30, method="annealing", rng=3, max_evals=10**9)
    assert caught.value.result.nfev == data.calls
    assert data.calls <= dear[0] + 10


def test_ctrl_c_returns_the_result_on_request(compiled, interrupt):
    data = Data(BUSY)
    interrupt(lambda: data.calls > 100)
    res = minimize(
        data.fun(compiled),
        [-1.2] * 30,
        method="annealing",
        rng=3,
        max_time=30.0,
        on_interrupt="return",
    )
    assert res.status is Status.INTERRUPTED and res.nfev == data.calls
