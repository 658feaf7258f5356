"""No point is evaluated that is not finite, not in the bounds, or not whole where it must be.

Over every method and every loop: Python, vectorised, compiled, ask/tell, and the verdict.
"""

from __future__ import annotations

import ctypes
import itertools

import numpy as np
import pytest
from scipy import LowLevelCallable

import pyminima
from pyminima import Solver, Status, classify, minimize

METHODS = {method.name: method for method in pyminima.methods()}
every_method = pytest.mark.parametrize("method", METHODS)

TINY, HUGE = float(np.finfo(float).tiny), float(np.finfo(float).max)
LEAST = 5e-324

# Where bounds divided by a power of two underflow, their difference overflows, their middle rounds
# to one of them, or there is next to nothing between them.
BOXES = {
    "from tiny to huge": [(TINY, HUGE)] * 2,
    "from the least number": [(LEAST, HUGE)] * 2,
    "negative": [(-HUGE, -LEAST)] * 2,
    "all numbers": [(-HUGE, HUGE)] * 2,
    "subnormal beside all": [(LEAST, 1e-320), (-HUGE, HUGE)],
    "two numbers": [(1.0, np.nextafter(1.0, 2.0)), (1e300, np.nextafter(1e300, HUGE))],
    "the two least": [(LEAST, 2 * LEAST), (0.0, LEAST)],
    "one side": [(None, HUGE), (-HUGE, None)],
    "far from 0": [(1e300, None), (None, -1e300)],
}


def ends(box):
    lower = np.array([-np.inf if low is None else low for low, _ in box])
    upper = np.array([np.inf if high is None else high for _, high in box])
    return lower, upper


class Guarded:
    """An objective that notes every point it should not have been asked for."""

    def __init__(self, fun, box, whole=False):
        self.fun, self.whole = fun, whole
        self.lower, self.upper = ends(box)
        self.calls, self.strays = 0, []

    def look(self, x):
        self.calls += 1
        inside = np.isfinite(x).all() and (x >= self.lower).all() and (x <= self.upper).all()
        if not inside or (self.whole and (x != np.round(x)).any()):
            self.strays.append(x.copy())

    def __call__(self, x):
        self.look(x)
        return self.fun(x)

    def rows(self, X):
        return np.array([self(x) for x in X])

    def compiled(self):
        n, points = len(self.lower), ctypes.POINTER(ctypes.c_double)

        @ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int, points)
        def function(_, x):
            return self(np.ctypeslib.as_array(x, (n,)).copy())

        self.kept = function
        return LowLevelCallable(function)


def level(x):
    """Falls towards the lower corner, by 1e-300 of the way, which never overflows."""
    return float((x / 1e300).sum())


def start(box, far):
    lower, upper = np.clip(np.array(ends(box)), -HUGE, HUGE)
    return 0.5 * lower + 0.5 * upper if far else np.clip(np.zeros(len(box)), lower, upper)


@every_method
@pytest.mark.parametrize("name", BOXES)
def test_bounds_of_any_size_are_kept(method, name):
    box = BOXES[name]
    for far in False, True:
        fun = Guarded(level, box)
        with np.errstate(all="ignore"):
            res = minimize(fun, start(box, far), bounds=box, method=method, rng=0, max_evals=300)
        assert not fun.strays and fun.calls == res.nfev
        assert np.isfinite(res.x).all() and fun.fun(res.x) == res.fun


@every_method
@pytest.mark.parametrize("loop", ["vectorized", "compiled"])
def test_every_loop_has_the_gate(method, loop):
    box = BOXES["from tiny to huge"]
    fun = Guarded(level, box)
    given = fun.rows if loop == "vectorized" else fun.compiled()
    with np.errstate(all="ignore"):
        minimize(
            given,
            start(box, True),
            bounds=box,
            method=method,
            rng=0,
            max_evals=300,
            vectorized=loop == "vectorized",
        )
    assert fun.calls > 0 and not fun.strays


@every_method
@pytest.mark.parametrize("name", BOXES)
def test_ask_hands_out_no_other_points(method, name):
    box = BOXES[name]
    fun = Guarded(level, box)
    solver = Solver(method, start(box, True), bounds=box, rng=0)
    for _ in range(40):
        if solver.done:
            break
        solver.tell(fun.rows(solver.ask()))
    assert fun.calls > 0 and not fun.strays


@every_method
@pytest.mark.parametrize("x0", [1e155, 1e300, 1.7e308, LEAST])
def test_huge_starts_lead_to_no_point_that_is_not_finite(method, x0):
    box = [(None, None)] * 2
    for square in True, False:
        fun = Guarded((lambda x: float(((x / 1e150) ** 2).sum())) if square else level, box)
        with np.errstate(all="ignore"):
            res = minimize(fun, [x0, -x0], bounds=box, method=method, rng=0, max_evals=300)
        assert not fun.strays and np.isfinite(res.x).all()


@every_method
@pytest.mark.parametrize("x0", [0.0, 1e300])
def test_a_gradient_that_jumps_by_1e308_leads_to_no_such_point(method, x0):
    sides = itertools.cycle([1e308, -1e308])
    fun = Guarded(lambda x: float(np.abs(x).max()), [(None, None)] * 2)
    res = minimize(
        fun,
        [x0, 1.0],
        jac=lambda x: np.array([1.0, -1.0]) * next(sides),
        method=method,
        rng=0,
        max_evals=300,
        check_gradient=False,
    )
    assert not fun.strays and np.isfinite(res.x).all()


@pytest.mark.parametrize("method", [name for name, m in METHODS.items() if m.integers])
@pytest.mark.parametrize("size", [3.0, 2.0**52, 2.0**53, 1e300])
def test_integers_of_any_size_stay_whole_and_inside(method, size):
    for box in [(-size, size)] * 2, [(size, 2 * size)] * 2, [(-2 * size, 1 - size)] * 2:
        fun = Guarded(lambda x, s=size: float(np.abs(x / s - 0.3).sum()), box, whole=True)
        res = minimize(fun, bounds=box, integrality=1, method=method, rng=0, max_evals=400)
        assert not fun.strays and fun.fun(res.x) == res.fun


@pytest.mark.parametrize("name", BOXES)
def test_a_verdict_keeps_to_bounds_of_any_size(name):
    box = BOXES[name]
    for far in False, True:
        fun = Guarded(level, box)
        with np.errstate(all="ignore"):
            classify(fun, start(box, far), bounds=box)
        assert fun.calls > 0 and not fun.strays


@every_method
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_where_nothing_is_finite_no_memory_is_overrun(method, value):
    """Differential evolution without restarts once grew beyond the memory it had laid out."""
    restarts = [o for o in METHODS[method].options if o.name == "restarts"]
    options = {o.name: o.choices[0] if o.choices else 0 for o in restarts}
    for n in 2, 7:
        res = minimize(
            lambda x: value,
            [0.5] * n,
            bounds=[(0, 1)] * n,
            method=method,
            options=options,
            rng=0,
            max_evals=20_000,
        )
        assert not res.success and res.status is not Status.RUNNING and res.nfev <= 20_000
