"""The user's own loop walks the same path as `minimize`, and so does a copy of it."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator

import numpy as np
import pytest
from subjects import (
    AT_TIMES,
    BOX,
    METHODS,
    START,
    Watched,
    every_method,
    quiet,
    run,
    valley,
    valley_slope,
)

import pyminima
from pyminima import Solver, Status


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


def test_a_copy_by_the_copy_module_is_independent():
    solver = pyminima.Solver("lbfgs", [1.0, 2.0], jac=True)
    X = solver.ask()
    for twin in (copy.copy(solver), copy.deepcopy(solver)):
        twin.tell([1.0], X)
        assert twin.ask().shape == (1, 2)
    solver.tell([1.0], X)
