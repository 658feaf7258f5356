"""What every method promises, whatever it is: the subjects are taken from the registry.

A wrapper around the objective counts and remembers; nothing the library says of itself is
believed without it.
"""

from __future__ import annotations

import copy
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.optimize
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pyminima
from pyminima import Result, Solver, Status, minimize

METHODS = {method.name: method for method in pyminima.methods()}
GRADIENT = [name for name, method in METHODS.items() if method.needs == "gradient"]
AT_TIMES = {name for name, method in METHODS.items() if method.uses_gradient}
RANDOM = [name for name, method in METHODS.items() if method.is_random]

every_method = pytest.mark.parametrize("method", METHODS)
every_gradient_method = pytest.mark.parametrize("method", GRADIENT)

START = np.array([0.9, -0.4, 0.6])

# What a method needs to be told to get anywhere in a few thousand evaluations.
TUNED = {
    "sgd": {"learning_rate": 0.05},
    "momentum": {"learning_rate": 0.02},
    "nesterov": {"learning_rate": 0.05},
    **{
        name: {"learning_rate": 0.05}
        for name in ("adam", "amsgrad", "adamw", "nadam", "radam", "rmsprop", "lion")
    },
}

# First-order rules follow the gradient, whose length depends on the unit of f, or mix it with an
# epsilon; only signs do not.
UNITS = [
    name
    for name, method in METHODS.items()
    if name == "lion" or "learning_rate" not in {option.name for option in method.options}
]
BOX = [(-2.0, 2.0), (-1.0, 3.0), (0.25, 1.5)]

properties = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


# Subjects


def bowl(x: np.ndarray) -> float:
    """A tilted bowl; its minimum is neither at 0 nor in the middle of BOX."""
    d = x - 0.3
    return float(np.sum(np.arange(1, len(x) + 1) * d * d) + 0.5 * d[0] * d[-1])


def bowl_slope(x: np.ndarray) -> np.ndarray:
    d = x - 0.3
    g = 2.0 * np.arange(1, len(x) + 1) * d
    g[0] += 0.5 * d[-1]
    g[-1] += 0.5 * d[0]
    return g


def valley(x: np.ndarray) -> float:
    """Rosenbrock's: no method is through with it quickly."""
    return float(np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2))


def valley_slope(x: np.ndarray) -> np.ndarray:
    return np.asarray(scipy.optimize.rosen_der(x))


@dataclass
class Watched:
    """An objective under observation: every point it was called at, every value it gave."""

    value: Callable[[np.ndarray], Any] = bowl
    slope: Callable[[np.ndarray], Any] = bowl_slope
    points: list[np.ndarray] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    slopes: list[np.ndarray] = field(default_factory=list)  # points the gradient was called at

    def fun(self, x: np.ndarray) -> Any:
        assert type(x) is np.ndarray and x.dtype == np.float64 and x.ndim == 1
        self.points.append(x.copy())
        self.values.append(math.nan)
        self.values[-1] = self.value(x)
        return self.values[-1]

    def jac(self, x: np.ndarray) -> Any:
        self.slopes.append(x.copy())
        return self.slope(x)

    def both(self, x: np.ndarray) -> Any:
        return self.fun(x), self.slope(x)

    @property
    def lowest(self) -> float:
        return min((v for v in self.values if not math.isnan(v)), default=math.inf)

    def path(self) -> bytes:
        return b"".join(x.tobytes() for x in self.points)


def run(watched: Watched, method: str, x0: Any = START, *, gradient: bool = False, **given: Any):
    jac = watched.jac if gradient else None
    return minimize(watched.fun, x0, method=method, jac=jac, **{"rng": 3, **given})


def tuned(watched: Watched, method: str, x0: Any = START, **given: Any):
    """A run that has every chance to converge."""
    options = TUNED.get(method, {})
    return run(watched, method, x0, **{"max_evals": 20_000, "options": options, **given})


def quiet(**given: Any) -> dict[str, Any]:
    """Only the method itself: no check, no polish, no verdict."""
    return {"classify": False, "polish": False, "check_gradient": False, **given}


def honest(res: Result, watched: Watched) -> None:
    """What holds of every result."""
    assert res.nfev == len(watched.points)
    assert res.fun == watched.lowest
    assert isinstance(res.x, np.ndarray) and res.x.dtype == np.float64
    if math.isfinite(res.fun):
        first = next(i for i, v in enumerate(watched.values) if v == res.fun)
        assert any(
            np.array_equal(res.x, x)
            for x, v in zip(watched.points, watched.values, strict=True)
            if v == res.fun
        ), f"x is not where fun was seen first: {res.x} vs {watched.points[first]}"
        assert np.float64(watched.value(res.x.copy())).tobytes() == np.float64(res.fun).tobytes()
    else:
        assert not res.success
    assert isinstance(res.message, str) and res.message
    assert isinstance(res.status, Status) and res.status is not Status.RUNNING
    assert isinstance(res.success, bool)
    assert sum(stage.nfev for stage in res.stages) == res.nfev


def same(a: Result, b: Result) -> None:
    """The same run, bit for bit."""
    assert a.x.tobytes() == b.x.tobytes() and a.fun == b.fun
    assert (a.nfev, a.njev, a.nit, a.status) == (b.nfev, b.njev, b.nit, b.status)
    assert a.message == b.message


# Counting


@every_method
@pytest.mark.parametrize("finish", [True, False])
def test_counts_every_call(method, finish):
    watched = Watched()
    res = run(watched, method, classify=finish, polish=finish, max_evals=3000)
    honest(res, watched)
    assert res.njev == 0 and res.nhev == 0


@every_method
@pytest.mark.parametrize("finish", [True, False])
def test_counts_every_gradient(method, finish):
    watched = Watched()
    res = run(watched, method, gradient=True, classify=finish, polish=finish, max_evals=3000)
    honest(res, watched)
    assert res.njev == len(watched.slopes)
    if method not in AT_TIMES:
        assert (res.njev > 0) == (finish or METHODS[method].needs == "gradient")


@every_method
def test_counts_calls_that_give_value_and_gradient_at_once(method):
    watched = Watched()
    res = minimize(watched.both, START, method=method, jac=True, rng=3, max_evals=3000)
    honest(res, watched)
    assert res.njev <= res.nfev


@every_method
def test_counts_every_hessian(method):
    calls = []

    def hess(x):
        calls.append(x.copy())
        H = np.diag(2.0 * np.arange(1, 4))
        H[0, 2] = H[2, 0] = 0.5
        return H

    watched = Watched()
    res = run(watched, method, gradient=True, hess=hess, max_evals=3000)
    honest(res, watched)
    assert res.nhev == len(calls) > 0


@every_method
def test_finds_the_bottom_of_a_bowl(method):
    watched = Watched()
    res = tuned(watched, method)
    honest(res, watched)
    assert res.success
    assert res.classification.kind in ("local", "global")
    np.testing.assert_allclose(res.x, 0.3, atol=1e-5)


# Reproducibility


@every_method
def test_same_rng_same_bits(method):
    first, second, third = Watched(), Watched(), Watched()
    a = run(first, method, rng=7, max_evals=2000)
    b = run(second, method, rng=7, max_evals=2000)
    c = run(third, method, rng=np.random.default_rng(7), max_evals=2000)
    assert first.path() == second.path() == third.path()
    same(a, b)
    same(a, c)


@every_method
def test_another_rng_is_another_path_if_the_method_is_random(method):
    first, second = Watched(), Watched()
    run(first, method, rng=7, max_evals=500, **quiet())
    run(second, method, rng=8, max_evals=500, **quiet())
    assert (first.path() != second.path()) == METHODS[method].is_random


@every_method
def test_the_global_generator_is_left_alone(method):
    np.random.seed(5)
    state = np.random.get_state()[1].tobytes()
    run(Watched(), method, rng=None, max_evals=300)
    assert np.random.get_state()[1].tobytes() == state


# Limits


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_never_exceeds_its_budget(method, gradient):
    for budget in [*range(1, 61), 100, 333, 1000]:
        watched = Watched(valley, valley_slope)
        res = run(watched, method, gradient=gradient, max_evals=budget)
        honest(res, watched)
        assert res.nfev <= budget


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_uses_all_of_its_budget_if_that_is_why_it_ends(method, gradient):
    for budget in [1, 2, 3, 4, 5, 7, 10, 20, 31]:
        watched = Watched(valley, valley_slope)
        res = run(watched, method, gradient=gradient, max_evals=budget, **quiet())
        honest(res, watched)
        assert res.status is Status.EVALUATIONS and not res.success
        assert res.nfev == budget


@every_method
@pytest.mark.parametrize("finish", [True, False])
def test_max_iter_is_exact(method, finish):
    for limit in (1, 2, 5):
        watched = Watched(valley, valley_slope)
        steps = []
        res = run(
            watched,
            method,
            max_iter=limit,
            max_evals=2000,
            classify=finish,
            polish=finish,
            callback=lambda x: steps.append(1),  # noqa: B023
        )
        honest(res, watched)
        assert res.nit == len(steps) == limit
        assert res.status is Status.ITERATIONS and not res.success


@every_method
@pytest.mark.parametrize("finish", [True, False])
def test_max_time_ends_the_run(method, finish):
    started = time.perf_counter()
    calls = []

    def slow(x):
        calls.append(time.perf_counter() - started)
        time.sleep(0.002)
        return valley(x)

    res = minimize(
        slow, np.full(6, -1.2), method=method, rng=3, max_time=0.04, classify=finish, polish=finish
    )
    assert res.status is Status.TIME and not res.success
    assert 1 <= len(calls) == res.nfev <= 21  # 0.04 / 0.002, and one under way
    assert res.elapsed < 5.0  # the machine may be busy


@every_method
def test_target_ends_the_run_at_once(method):
    watched = Watched(valley, valley_slope)
    start = valley(START)
    res = run(watched, method, target=0.5 * start, max_evals=20_000, classify=False)
    honest(res, watched)
    assert res.status is Status.TARGET and res.success
    reached = [value <= 0.5 * start for value in watched.values]
    assert reached == [False] * (len(reached) - 1) + [True]


@every_method
def test_target_at_the_start(method):
    watched = Watched()
    res = run(watched, method, target=1e9, classify=False)
    assert res.nfev == 1 and res.status is Status.TARGET
    assert res.x.tolist() == START.tolist()


# The callback


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


# The box


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


def ramp(x: np.ndarray) -> float:
    return float(x @ np.arange(-1.0, len(x) - 1.0))


def ramp_slope(x: np.ndarray) -> np.ndarray:
    return np.arange(-1.0, len(x) - 1.0)


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


# What goes wrong in the objective


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


# Values that are no numbers


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


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_one_variable(method, gradient):
    watched = Watched(lambda x: float((x[0] - 0.3) ** 2), lambda x: 2.0 * (x - 0.3))
    res = tuned(watched, method, 1.5, gradient=gradient)
    honest(res, watched)
    assert res.success and res.x.shape == (1,)
    np.testing.assert_allclose(res.x, 0.3, atol=1e-5)


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_a_start_at_the_optimum(method, gradient):
    watched = Watched()
    res = tuned(watched, method, [0.3, 0.3, 0.3], gradient=gradient)
    honest(res, watched)
    assert res.success and res.fun == 0.0
    assert res.x.tolist() == [0.3, 0.3, 0.3]


def test_a_start_near_the_optimum_is_soon_finished():
    rng = np.random.default_rng(0)
    for _ in range(40):
        start = 0.3 + 10.0 ** rng.uniform(-12, -6) * rng.standard_normal(3)
        res = run(Watched(), "lbfgs", start, max_evals=2000, classify=False)
        assert res.nfev < 400 and res.success, start


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_a_constant_is_no_minimum(method, gradient):
    watched = Watched(lambda x: 4.25, np.zeros_like)
    res = run(watched, method, gradient=gradient, max_evals=2000)
    honest(res, watched)
    assert res.fun == 4.25 and not res.success
    assert res.classification.kind == "plateau"


# Objectives with bad manners


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


@every_method
def test_nothing_is_printed(method, capfd):
    run(Watched(valley), method, max_evals=500)
    run(Watched(lambda x: math.nan), method, max_evals=50)
    assert capfd.readouterr() == ("", "")


# In company


@every_method
def test_a_run_within_a_run(method):
    def outer(x):
        inner = run(Watched(), method, max_evals=60)
        return bowl(x) + 0.0 * inner.fun

    res = minimize(outer, START, method=method, rng=3, max_evals=60)
    same(res, run(Watched(), method, max_evals=60))


def test_threads_do_not_disturb_each_other():
    jobs = [(method, seed) for seed in range(4) for method in METHODS]

    def work(method, seed):
        return run(Watched(valley), method, START + 0.1 * seed, rng=seed, max_evals=1500)

    serial = [work(*job) for job in jobs]
    results: dict[int, Result] = {}

    def thread(k):
        for i in range(k, len(jobs), 4):
            results[i] = work(*jobs[i])

    threads = [threading.Thread(target=thread, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for i, expected in enumerate(serial):
        same(results[i], expected)


@every_method
def test_within_scipy(method):
    watched = Watched()
    res = scipy.optimize.minimize(
        watched.fun,
        START,
        method=pyminima.scipy_method(method),
        bounds=BOX,
        options={"max_evals": 400, "rng": 3},
    )
    same(res, run(Watched(), method, bounds=BOX, max_evals=400))
    assert res.nfev == len(watched.points)


# The user's own loop


def evaluated(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.array([valley(x) for x in X]), np.array([valley_slope(x) for x in X])


def asked(solver: Solver, most: int) -> Iterator[np.ndarray]:
    """The points of a run by hand, until the solver is done or `most` were asked for."""
    count = 0
    while not solver.done and count < most:
        X = solver.ask()
        F, G = evaluated(X)
        solver.tell(F, G)
        count += len(X)
        yield from X


FREE = {"free": None, "box": BOX, "fixed": [(-2.0, 2.0), (-0.4, -0.4), (0.25, 1.5)]}


@every_method
@pytest.mark.parametrize("gradient", [False, True])
@pytest.mark.parametrize("bounds", FREE)
def test_ask_and_tell_walk_the_same_path(method, gradient, bounds):
    most = 600
    solver = Solver(method, START, jac=gradient, bounds=FREE[bounds], rng=3)
    by_hand = list(asked(solver, most))

    watched = Watched(valley, valley_slope)
    count = len(by_hand)
    res = run(
        watched,
        method,
        gradient=gradient,
        bounds=FREE[bounds],
        callback=lambda x: len(watched.points) >= count,
        **quiet(),
    )
    shorter = min(count, len(watched.points))
    assert shorter > 5
    assert b"".join(x.tobytes() for x in by_hand[:shorter]) == b"".join(
        x.tobytes() for x in watched.points[:shorter]
    )
    if solver.done and res.status is not Status.CALLBACK:
        mine = solver.result()
        assert (mine.status, mine.nfev, mine.nit) == (res.status, res.nfev, res.nit)
        assert mine.x.tobytes() == res.x.tobytes() and mine.fun == res.fun


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_the_solver_keeps_the_best(method, gradient):
    solver = Solver(method, START, jac=gradient, rng=3)
    x, f = solver.best
    assert x.tolist() == START.tolist() and f == math.inf
    lowest, told = math.inf, 0
    for x in asked(solver, 300):
        told += 1
        lowest = min(lowest, valley(x))
    assert solver.best[1] == lowest == valley(solver.best[0])
    res = solver.result()
    assert res.nfev == told and res.fun == lowest
    if gradient and method in AT_TIMES:
        assert res.njev <= told
    else:
        assert res.njev == (told if gradient and METHODS[method].needs == "gradient" else 0)


@every_method
@pytest.mark.parametrize("gradient", [False, True])
@pytest.mark.parametrize("before", [0, 1, 2, 5, 17, 60])
def test_a_copy_continues_bit_for_bit(method, gradient, before):
    solver = Solver(method, START, jac=gradient, bounds=FREE["fixed"], rng=3)
    list(asked(solver, before))
    twin = solver.copy()
    after = b"".join(x.tobytes() for x in asked(solver, 200))
    again = twin.copy()
    assert b"".join(x.tobytes() for x in asked(twin, 200)) == after
    assert b"".join(x.tobytes() for x in asked(again, 200)) == after
    assert twin.result().x.tobytes() == solver.result().x.tobytes()
    for field_ in ("fun", "nfev", "njev", "nit", "status"):
        assert twin.result()[field_] == solver.result()[field_]


@every_method
def test_a_copy_between_ask_and_tell_waits_for_the_same_values(method):
    solver = Solver(method, START, rng=3)
    list(asked(solver, 20))
    X = solver.ask()
    twin = solver.copy()
    assert twin.ask().tobytes() == X.tobytes()
    solver.tell(evaluated(X)[0])
    after = b"".join(x.tobytes() for x in asked(solver, 100))
    twin.tell(evaluated(X)[0])
    assert b"".join(x.tobytes() for x in asked(twin, 100)) == after


@every_method
def test_the_points_asked_for_belong_to_the_user(method):
    solver, clean = (Solver(method, START, rng=3) for _ in range(2))
    for _ in range(10):
        X = solver.ask()
        F = evaluated(X)[0]
        X[:] = np.nan
        F[-1] = np.nan if len(F) > 3 else F[-1]
        kept = F.copy()
        solver.tell(F)
        assert F.tobytes() == kept.tobytes()
        Y = clean.ask()
        clean.tell(kept)
        kept[:] = Y[:] = np.nan
    assert solver.ask().tobytes() == clean.ask().tobytes()
    assert solver.best[1] == clean.best[1]
    assert valley(solver.best[0]) == solver.best[1]


# Invariances


@every_gradient_method
def test_a_shifted_problem_shifts_the_path(method):
    """As long as |x| is at most 1, on which the length of a first step may depend."""
    shift = np.array([0.25, -0.125, 0.5])
    start = np.array([-0.25, 0.5, -0.75])
    here, there = Watched(), Watched()
    there.value, there.slope = lambda x: bowl(x - shift), lambda x: bowl_slope(x - shift)
    decays = "weight_decay" in {option.name for option in METHODS[method].options}
    given = {"options": {"weight_decay": 0.0} if decays else None, **quiet()}  # it pulls to 0
    run(here, method, start, gradient=True, max_evals=12, **given)
    run(there, method, start + shift, gradient=True, max_evals=12, **given)
    np.testing.assert_allclose(np.array(there.points) - shift, here.points, rtol=0, atol=1e-9)


@every_gradient_method
def test_a_permuted_problem_permutes_the_path(method):
    order = np.array([2, 0, 1])
    back = np.argsort(order)
    here, there = Watched(valley, valley_slope), Watched()
    there.value, there.slope = lambda x: valley(x[back]), lambda x: valley_slope(x[back])[order]

    def curvature(x):  # the user's own: differences along the axes are made in the axes' order
        return scipy.optimize.rosen_hess(x[back])[np.ix_(order, order)]

    run(here, method, gradient=True, hess=scipy.optimize.rosen_hess, max_evals=15, **quiet())
    run(there, method, START[order], gradient=True, hess=curvature, max_evals=15, **quiet())
    np.testing.assert_allclose(np.array(there.points)[:, back], here.points, rtol=0, atol=1e-9)


@pytest.mark.parametrize("method", UNITS)
@pytest.mark.parametrize("factor", [2.0**-40, 2.0**40])
def test_the_unit_of_f_does_not_matter(method, factor):
    here, there = Watched(valley, valley_slope), Watched()
    there.value, there.slope = lambda x: factor * valley(x), lambda x: factor * valley_slope(x)
    a = run(here, method, gradient=True, max_evals=400, **quiet())
    b = run(there, method, gradient=True, max_evals=400, **quiet())
    exact = method != "annealing"  # whose first temperature comes of logarithms
    shorter = min(len(here.points), len(there.points))
    if exact:
        assert here.path() == there.path() and a.status is b.status
    else:
        assert [x.tolist() for x in here.points[:shorter]] == [
            x.tolist() for x in there.points[:shorter]
        ]


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


# Options


def edges(option: pyminima.Option) -> list[Any]:
    if option.choices is not None:
        return list(option.choices)
    return [option.default, option.low, option.high]


# The population is memory, and its largest one more than a computer has.
MODEST = {"population": 50}


# A number of a schedule goes with one that has a use for it.
SCHEDULE_OF = {"schedule_growth": "cosine", "schedule_patience": "plateau"}

# So does one of an average.
AVERAGE_OF = {"averaging_period": "swa", "averaging_decay": "ema"}


@every_method
def test_every_option_is_taken_from_end_to_end(method):
    for option in METHODS[method].options:
        beside = {}
        if option.name.startswith("schedule_"):
            beside["schedule"] = SCHEDULE_OF.get(option.name, "step")
        if option.name.startswith("averaging_"):
            beside["averaging"] = AVERAGE_OF.get(option.name, "polyak")
        for value in edges(option):
            if option.name in MODEST and value > MODEST[option.name]:
                continue
            watched = Watched(valley, valley_slope)
            options = {**beside, option.name: value}
            with np.errstate(over="ignore", invalid="ignore"):
                res = run(watched, method, max_evals=12, options=options, **quiet())
            assert res.nfev == len(watched.points) <= 12
            assert res.fun == watched.lowest, option.name


@every_method
def test_the_defaults_are_the_defaults(method):
    options = {option.name: option.default for option in METHODS[method].options}
    a = run(Watched(), method, max_evals=300)
    same(a, run(Watched(), method, max_evals=300, options=options))
    same(a, run(Watched(), method, max_evals=300, options={}))


@every_method
def test_options_out_of_range_are_refused(method):
    for option in METHODS[method].options:
        bad: list[Any] = ["nonsense", None, math.nan, [1.0], True]
        if option.choices is None:
            bad += [math.nextafter(option.low, -math.inf), -math.inf, math.inf]
            bad += [math.nextafter(option.high, math.inf), 1j]
        if option.kind == "whole":
            bad += [option.low + 0.5]
        for value in bad:
            with pytest.raises(ValueError) as caught:
                run(Watched(), method, max_evals=5, options={option.name: value})
            assert f"options[{option.name!r}]={value!r}" in str(caught.value)


@every_method
def test_rows_say_what_they_are(method):
    row = METHODS[method]
    assert row.summary and row.citation and row.family
    assert row.needs in ("value", "gradient")
    names = [option.name for option in row.options]
    assert len(set(names)) == len(names)
    assert {"gtol", "ftol", "xtol", "patience"} <= set(names)
    for option in row.options:
        assert option.help and option.kind in ("real", "whole", "choice")
        assert option.choices is None or option.default in option.choices
        assert option.choices is not None or option.low <= option.default <= option.high


# What a reviewer once broke


def ridge(x: np.ndarray) -> float:
    return float(x[0] ** 2 + (x[1] ** 2 - 1) ** 2)


def ridge_slope(x: np.ndarray) -> np.ndarray:
    return np.array([2 * x[0], 4 * x[1] * (x[1] ** 2 - 1)])


def test_no_step_follows_the_last_one_even_where_the_run_would_escape():
    free = minimize(ridge, [1.0, 0.0], jac=ridge_slope)
    assert free.n_escapes == 1
    for limit in range(1, free.nit + 1):
        res = minimize(ridge, [1.0, 0.0], jac=ridge_slope, max_iter=limit)
        assert res.nit <= limit


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


def test_after_a_global_search_an_escape_is_local():
    # A population of four that barely moves stalls on the saddle it is given.
    options = {"population": 4, "spread": 1e-12, "patience": 1}
    for seed in range(20):
        res = minimize(ridge, [0.0, 0.0], method="genetic", rng=seed, options=options, polish=False)
        assert [stage.method for stage in res.stages].count("genetic") == 1
        assert abs(res.x[1]) == pytest.approx(1.0, abs=1e-4)


def test_target_means_not_one_evaluation_more():
    watched = Watched(ridge, ridge_slope)
    res = minimize(watched.fun, [1.0, 0.5], jac=watched.jac, target=1.0)
    assert res.status is Status.TARGET and res.success
    assert res.nfev == len(watched.values) and min(watched.values[:-1]) > 1.0 >= watched.values[-1]


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


@pytest.mark.filterwarnings("ignore:Setting the dtype:DeprecationWarning")
def test_a_byte_swapped_array_is_not_used_again():
    def swaps(x):
        f = float(((x - 0.3) ** 2).sum())
        x.dtype = ">f8"
        return f

    res = minimize(swaps, [1.0, 2.0], classify=False)
    assert res.fun == float(((res.x - 0.3) ** 2).sum()) < 1e-10


def test_a_copy_by_the_copy_module_is_independent():
    solver = pyminima.Solver("lbfgs", [1.0, 2.0], jac=True)
    X = solver.ask()
    for twin in (copy.copy(solver), copy.deepcopy(solver)):
        twin.tell([1.0], X)
        assert twin.ask().shape == (1, 2)
    solver.tell([1.0], X)


def test_what_was_found_outlives_a_polish_that_finds_nothing():
    calls = []

    def slope(x):
        calls.append(x)
        if len(calls) % 3 == 0:
            raise ValueError("now and then")
        return ridge_slope(x)

    res = minimize(ridge, [1.0, 0.5], jac=slope, on_error="reject")
    assert math.isfinite(res.fun) and res.status is not Status.NOT_FINITE


def test_scipys_words_for_limits_are_understood():
    method = pyminima.scipy_method("lbfgs")
    options = {"maxiter": 3, "disp": False, "memory": 5}
    res = scipy.optimize.minimize(ridge, [1.0, 0.5], method=method, options=options)
    assert res.nit <= 3
    with pytest.raises(ValueError, match=r"options\['maxitr'\] is not .*did you mean"):
        scipy.optimize.minimize(ridge, [1.0, 0.5], method=method, options={"maxitr": 3})


def test_values_near_the_smallest_number_lead_to_finite_points():
    met = []

    def tiny(x):
        met.append(x.copy())
        return 1e-300 * float(x @ x)

    bounds = [(0, None), (None, 1), (0.25, 0.25), (-1e-9, 1e-9), (0, None)]
    x0 = [0.25, 0.25, 0.25, 1e-9, 0.25]
    minimize(tiny, x0, method="lbfgs", bounds=bounds, max_evals=400, rng=3)
    assert np.isfinite(met).all()
