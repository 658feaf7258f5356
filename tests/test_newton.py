"""Newton's method from `minimize`: where its Hessian comes from, its cost, and where it ends."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
from scipy import sparse

from pyminima import Solver, Status, minimize, problems
from pyminima.problems._problem import relief

QUIET = {"classify": False, "polish": False}

rosen, slope = scipy.optimize.rosen, scipy.optimize.rosen_der
hessian, product = scipy.optimize.rosen_hess, scipy.optimize.rosen_hess_prod


class Counted:
    """A function that counts its calls."""

    def __init__(self, function):
        self.function = function
        self.calls = 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)


X0 = np.array([-1.2, 1.0, 0.7])


# Where the Hessian comes from


def test_the_hessian_is_evaluated_once_a_point():
    fun, hess = Counted(rosen), Counted(hessian)
    res = minimize(fun, X0, jac=slope, hess=hess, method="newton", **QUIET)
    assert res.status is Status.GRADIENT
    np.testing.assert_allclose(res.x, 1.0, atol=1e-7)
    assert res.nhev == hess.calls <= res.nit
    assert res.nfev == fun.calls <= 30  # no evaluation is spent on differences


@pytest.mark.parametrize("dense", [100, 0])
@pytest.mark.parametrize(
    "given",
    [
        {"hess": hessian},
        {"hess": lambda x: sparse.csr_array(hessian(x))},
        {"hessp": product},
        {"jac": slope},
        {"jac": slope, "hessp": product},
        {},
    ],
    ids=["hess", "sparse", "hessp", "jac", "jac and hessp", "values"],
)
def test_whatever_is_given_the_minimum_is_found(given, dense):
    res = minimize(rosen, X0, method="newton", options={"dense": dense}, **given)
    assert res.success and res.classification.point == "local_minimum"
    np.testing.assert_allclose(res.x, 1.0, atol=1e-4)


def test_products_are_asked_of_hessp_one_by_one():
    hessp = Counted(product)
    res = minimize(rosen, X0, jac=slope, hessp=hessp, method="newton", **QUIET)
    assert res.status is Status.GRADIENT
    assert res.nhev == hessp.calls
    assert hessp.calls % 3 == 0  # three columns a step


def test_a_step_costs_a_gradient_for_each_column():
    # A parabola of three variables: a value, three columns, and the first trial is the minimum.
    fun = Counted(lambda x: (float(x @ x), 2.0 * x))
    res = minimize(
        fun,
        [0.1, 0.2, -0.1],
        jac=True,
        method="newton",
        max_evals=5,
        options={"radius": 10},
        **QUIET,
    )
    assert fun.calls == 5 and res.fun < 1e-14


def test_vectorized_it_is_the_same_run():
    def many(X):
        return np.array([rosen(x) for x in X]), np.array([slope(x) for x in X])

    one = minimize(rosen, X0, jac=slope, method="newton")
    other = minimize(many, X0, jac=True, method="newton", vectorized=True)
    assert one.x.tobytes() == other.x.tobytes() and one.nfev == other.nfev
    with_hess = minimize(many, X0, jac=True, hess=hessian, method="newton", vectorized=True)
    assert with_hess.success and with_hess.nhev > 0


def test_users_of_ask_and_tell_answer_gradients_only():
    solver = Solver("newton", X0, jac=True)
    while not solver.done:
        X = solver.ask()
        solver.tell([rosen(x) for x in X], [slope(x) for x in X])
    assert solver.status is Status.GRADIENT
    np.testing.assert_allclose(solver.best[0], 1.0, atol=1e-7)


def test_a_wrong_hessian_is_an_error_a_hessian_of_nan_is_not():
    with pytest.raises(ValueError, match=r"hess returned an array of shape \(2, 2\), expected"):
        minimize(rosen, X0, jac=slope, hess=lambda x: np.eye(2), method="newton")
    res = minimize(rosen, X0, jac=slope, hess=lambda x: np.full((3, 3), np.nan), method="newton")
    assert res.fun < rosen(X0)


def test_an_exception_of_the_hessian_arrives_with_what_was_found():
    calls = []

    def hess(x):
        calls.append(x)
        if len(calls) == 4:
            raise ZeroDivisionError("fourth Hessian")
        return hessian(x)

    with pytest.raises(ZeroDivisionError, match="fourth Hessian") as caught:
        minimize(rosen, X0, jac=slope, hess=hess, method="newton")
    assert caught.value.result.fun < rosen(X0)


# Negative curvature


@pytest.mark.parametrize("dense", [100, 0])
@pytest.mark.parametrize("given", ["hess", "jac"])
def test_no_saddle_and_no_maximum_holds_it(given, dense):
    # Every labelled one whose curvature is negative beyond doubt, with neither verdict nor escape.
    # Where bounds meet, a cone decides and not an eigenvector: only the whole Hessian is tried.
    stuck = []
    for problem in problems.all():
        if problem.noise or problem.precision > 1e-15 or (given == "hess") > bool(problem.hess):
            continue
        for point in problem.points:
            if not point.index or point.kind not in ("saddle", "local_maximum"):
                continue
            if not dense and np.any((point.x == problem.lower) | (point.x == problem.upper)):
                continue
            known = {"hess": problem.hess} if given == "hess" else {}
            res = minimize(
                problem.fun,
                point.x,
                jac=problem.jac,
                method="newton",
                bounds=problem.bounds,
                options={"dense": dense},
                target=point.fun - 1e-6 * relief(problem, point),
                max_evals=1000,
                **known,
                **QUIET,
            )
            if res.status is not Status.TARGET:
                stuck.append((problem.name, point.kind, point.x, res.fun - point.fun, res.message))
    assert not stuck


# Bounds


def test_on_a_box_it_ends_where_it_should():
    # Rosenbrock with x1 <= 0.5: the minimum is at (0.5, 0.25).
    for given in ({"jac": slope, "hess": hessian}, {"jac": slope}, {}):
        for dense in (100, 0):
            res = minimize(
                rosen,
                [-1.2, 1.0],
                method="newton",
                bounds=[(-2, 0.5), (None, 2)],
                options={"dense": dense},
                **given,
            )
            assert res.success, res
            np.testing.assert_allclose(res.x, [0.5, 0.25], atol=1e-5)
            assert res.classification.active[0]


@pytest.mark.parametrize("dense", [100, 0])
def test_a_convex_quadratic_on_a_box_takes_a_few_steps(dense):
    # 30 variables, half of them ending at a bound; scipy's answer beside it.
    rng = np.random.default_rng(7)
    A = rng.normal(size=(30, 30))
    H, b = A @ A.T + 0.1 * np.eye(30), 10 * rng.normal(size=30)

    def fun(x):
        return 0.5 * x @ H @ x - b @ x, H @ x - b

    bounds = [(-1.0, 1.0)] * 30
    res = minimize(
        fun,
        np.zeros(30),
        jac=True,
        hess=lambda x: H,
        method="newton",
        bounds=bounds,
        options={"dense": dense},
    )
    other = scipy.optimize.minimize(
        fun, np.zeros(30), jac=True, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-15}
    )
    assert res.success and res.fun <= other.fun + 1e-8 * abs(other.fun)
    assert res.stages[0].nfev <= 40


# Many variables


@pytest.mark.parametrize("given", ["hessp", "jac"])
def test_ten_thousand_variables(given):
    n = 10_000
    x0 = np.tile([-1.2, 1.0], n // 2)

    def fun(x):  # pairs, as in the test set of More, Garbow & Hillstrom (1981)
        a, b = x[::2], x[1::2]
        t = b - a * a
        g = np.empty(n)
        g[::2], g[1::2] = -400.0 * a * t - 2.0 * (1.0 - a), 200.0 * t
        return float(np.sum(100.0 * t * t + (1.0 - a) ** 2)), g

    def hessp(x, v):
        a, b, Hv = x[::2], x[1::2], np.empty(n)
        Hv[::2] = (1200.0 * a * a - 400.0 * b + 2.0) * v[::2] - 400.0 * a * v[1::2]
        Hv[1::2] = -400.0 * a * v[::2] + 200.0 * v[1::2]
        return Hv

    known = {"hessp": hessp} if given == "hessp" else {}
    res = minimize(fun, x0, jac=True, method="newton", classify=False, polish=False, **known)
    assert res.status is Status.GRADIENT
    np.testing.assert_allclose(res.x, 1.0, atol=1e-6)
    assert res.nfev <= (40 if known else 120)


@pytest.mark.parametrize("hess", [2.0, [2.0], [[2.0]]])
def test_one_variable_may_have_a_number_for_a_hessian(hess):
    for given in ({"hess": lambda x: hess}, {"hessp": lambda x, p: 2.0 * p[0]}):
        res = minimize(lambda x: x[0] ** 2, 3.0, jac=lambda x: 2.0 * x, **given)
        assert res.method == "newton" and res.success and abs(res.x[0]) < 1e-6 and res.nhev > 0
