"""Every call of the objective, its gradient and its Hessian is counted, once."""

from __future__ import annotations

import numpy as np
import pytest
from subjects import AT_TIMES, METHODS, START, Watched, every_method, honest, run

from pyminima import minimize


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
