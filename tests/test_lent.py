"""Methods that lend their arrays: the best point and its gradient survive what overwrites them."""

from __future__ import annotations

import numpy as np
import pytest

from pyminima import Solver, minimize

LENDING = ["adam", "lbfgs"]
QUIET = {"classify": False, "polish": False}


class Watched:
    """A valley whose values rise again now and then; remembers the lowest, as copies."""

    def __init__(self, n: int, error_at: int | None = None) -> None:
        self.weights = 1.0 + np.arange(n) % 7
        self.calls, self.error_at = 0, error_at
        self.f, self.x = np.inf, np.zeros(n)

    def __call__(self, x):
        self.calls += 1
        if self.calls == self.error_at:
            raise ZeroDivisionError
        f = float(self.weights @ x**2) + 50.0 * (self.calls % 5 == 4)
        if f < self.f:
            self.f, self.x = f, x.copy()
        return f, self.slope(x)

    def slope(self, x):
        return 2.0 * self.weights * x


@pytest.mark.parametrize("method", LENDING)
@pytest.mark.parametrize("n", [3, 1000, 1001, 1500])
@pytest.mark.parametrize("max_evals", range(1, 14))
def test_the_best_point_is_returned_wherever_the_run_is_cut(method, n, max_evals):
    fun = Watched(n)
    res = minimize(fun, np.full(n, 2.0), method=method, jac=True, max_evals=max_evals, **QUIET)
    assert res.nfev == fun.calls <= max_evals
    assert res.fun == fun.f
    np.testing.assert_array_equal(res.x, fun.x)
    if res.jac is None:  # overwritten by the next point, which was not better
        assert method == "adam"
        assert n > 1000
    else:
        np.testing.assert_array_equal(res.jac, fun.slope(fun.x))


@pytest.mark.parametrize("method", LENDING)
@pytest.mark.parametrize("n", [3, 1500])
@pytest.mark.parametrize("error_at", [2, 5, 9])
def test_an_error_costs_neither_the_point_nor_its_gradient(method, n, error_at):
    fun = Watched(n, error_at)
    with pytest.raises(ZeroDivisionError) as caught:
        minimize(fun, np.full(n, 2.0), method=method, jac=True, **QUIET)
    res = caught.value.result
    assert res.fun == fun.f
    np.testing.assert_array_equal(res.x, fun.x)
    if res.jac is not None:
        np.testing.assert_array_equal(res.jac, fun.slope(fun.x))


@pytest.mark.parametrize("method", LENDING)
def test_polish_or_verdict_bring_back_a_gradient(method):
    fun = Watched(1500)
    res = minimize(fun, np.full(1500, 2.0), method=method, jac=True, max_evals=600)
    np.testing.assert_array_equal(res.jac, fun.slope(res.x))


@pytest.mark.parametrize("method", LENDING)
def test_a_copied_solver_does_not_share_what_is_lent(method):
    n = 1500
    fun, first = Watched(n), Solver(method, np.full(n, 2.0), jac=True)
    for _ in range(6):
        F, G = zip(*[fun(x) for x in first.ask()], strict=True)
        first.tell(F, G)
    second = first.copy()
    for _ in range(6):
        X, Y = first.ask(), second.ask()
        np.testing.assert_array_equal(X, Y)
        F, G = zip(*[fun(x) for x in X], strict=True)
        first.tell(F, G)
        second.tell(F, G)
    np.testing.assert_array_equal(first.best[0], second.best[0])
