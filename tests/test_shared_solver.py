"""A `Solver` in several hands: threads that share it, and calls that are cut short."""

import re
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pyminima import Solver, Status


def square(X):
    return (X**2).sum(axis=1)


@pytest.mark.parametrize("method", ["nelder_mead", "genetic", "lbfgs"])
def test_threads_that_share_a_solver_bring_it_to_its_end(method):
    """Two may evaluate one batch; whoever comes second is told so, and goes on."""
    solver = Solver(method, [3.0, 4.0], bounds=[(-5, 5)] * 2, rng=0)
    failures, gate = [], threading.Barrier(4)

    def work():
        gate.wait()
        for _ in range(20_000):
            try:
                X = solver.ask()
            except RuntimeError as error:
                if "has ended" in str(error):
                    return
                failures.append(error)
                return
            try:
                solver.tell(square(X))
            except RuntimeError as error:
                if not re.match("tell before ask|another thread has told", str(error)):
                    failures.append(error)
                    return
        failures.append(TimeoutError())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    res = solver.result()
    assert solver.done and res.nfev > 0
    assert res.fun == square(res.x[None])[0]


def test_a_thread_may_tell_what_another_one_has_asked_for():
    """As the threads of a pool do, which take turns as it happens."""
    solver = Solver("nelder_mead", [3.0, 4.0])
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        for asks, tells in ((one, other), (other, one), (one, one), (other, one), (one, other)):
            X = asks.submit(solver.ask).result()
            tells.submit(solver.tell, square(X)).result()
    assert solver.result().nfev >= 5


def test_a_thread_that_comes_late_is_told_so():
    solver = Solver("nelder_mead", [3.0, 4.0])
    with ThreadPoolExecutor(1) as late:
        X = late.submit(solver.ask).result()
        solver.tell(square(solver.ask()))
        solver.ask()
        with pytest.raises(RuntimeError, match="another thread has told"):
            late.submit(solver.tell, square(X)).result()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers that interrupt")
def test_a_batch_that_was_cut_short_is_never_handed_out():
    class Cut(Exception):
        pass

    def cut(*_):
        raise Cut

    options = {"population": 2000, "covariance": "full"}  # an ask takes tenths of a second
    solver = Solver("cmaes", np.zeros(400), options=options, rng=0)
    told = square(solver.ask())
    solver.tell(told)
    twin = solver.copy()
    handled = signal.signal(signal.SIGALRM, cut)
    try:
        with pytest.raises(Cut):
            signal.setitimer(signal.ITIMER_REAL, 0.001)
            while True:  # whenever it comes: within the work or after it
                solver.ask()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, handled)
    assert solver.best[1] == told.min()
    if solver.done:
        assert solver.status is Status.INTERRUPTED
    else:
        np.testing.assert_array_equal(solver.ask(), twin.ask())


def test_points_that_were_asked_for_and_lost_are_asked_for_again():
    """Ctrl-C may come when they are on their way."""
    solver, twin = (Solver("genetic", [3.0, 4.0], rng=0) for _ in range(2))
    solver._evaluator.ask(solver._solver)  # and nobody keeps them
    X = solver.ask()
    np.testing.assert_array_equal(X, twin.ask())
    solver.tell(square(X))
    assert not solver.done and solver.best[1] == square(X).min()


class Interrupted:
    """Values that are interrupted while they are read."""

    def __array__(self, *args, **kwargs):
        raise KeyboardInterrupt


def test_after_an_exception_in_tell_the_same_points_are_told():
    solver = Solver("lbfgs", [3.0, 4.0], jac=True)
    while not solver.done:
        X = solver.ask()
        for wrong, error in (
            ((Interrupted(), 2 * X), KeyboardInterrupt),
            ((square(X), Interrupted()), KeyboardInterrupt),
            ((["?"] * len(X), 2 * X), TypeError),
            ((square(X)[:0], 2 * X), ValueError),
            ((square(X),), ValueError),
        ):
            with pytest.raises(error):
                solver.tell(*wrong)
        np.testing.assert_array_equal(solver.ask(), X)
        solver.tell(square(X), 2 * X)
    assert solver.status is Status.GRADIENT and solver.result().success


def test_a_solver_that_has_ended_says_so():
    solver = Solver("lbfgs", [3.0, 4.0], jac=True)
    while not solver.done:
        X = solver.ask()
        solver.tell(square(X), 2 * X)
    with pytest.raises(RuntimeError, match="the solver has ended: the projected gradient"):
        solver.ask()
    with pytest.raises(RuntimeError, match="tell before ask"):
        solver.tell(square(X), 2 * X)


def test_a_copy_has_a_turn_of_its_own():
    solver = Solver("genetic", [3.0, 4.0], rng=0)
    X = solver.ask()
    twin = solver.copy()
    solver.tell(square(X))
    np.testing.assert_array_equal(twin.ask(), X)
    twin.tell(square(X))
    np.testing.assert_array_equal(twin.ask(), solver.ask())
