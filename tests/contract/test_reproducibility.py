"""One seed gives one run, whatever goes on around it."""

from __future__ import annotations

import threading

import numpy as np
import scipy.optimize
from subjects import BOX, METHODS, START, Watched, bowl, every_method, quiet, run, same, valley

import pyminima
from pyminima import Result, minimize


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
