"""Where gradients come from: the user, a library that differentiates, differences."""

import importlib
import importlib.util
import math
import sys

import numpy as np
import pytest

from pyminima import classify, minimize

START = [-1.2, 1.0, 0.5]


def rosenbrock(x, numpy=np):
    return numpy.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_rows(X):
    parts = 100.0 * (X[:, 1:] - X[:, :-1] ** 2) ** 2 + (1.0 - X[:, :-1]) ** 2
    return parts.sum(1)


def slope(x):
    g = np.zeros_like(x)
    inner = x[1:] - x[:-1] ** 2
    g[:-1] = -400.0 * x[:-1] * inner - 2.0 * (1.0 - x[:-1])
    g[1:] += 200.0 * inner
    return g


class Counted:
    """An objective that counts the points at which it is called, and keeps them."""

    def __init__(self, fun):
        self.fun, self.points = fun, []

    def __call__(self, x, *args, **kwargs):
        self.points += list(np.array(x)) if np.ndim(x) == 2 else [np.array(x)]
        return self.fun(x, *args, **kwargs)


LIBRARIES = {"jax": "jax.numpy", "torch": "torch", "autograd": "autograd.numpy"}


@pytest.fixture(params=LIBRARIES)
def library(request):
    """A library's name and its numpy; the tests need not have the large ones."""
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed: pip install 'pyminima[{request.param}]'")
    return request.param, importlib.import_module(LIBRARIES[request.param])


# Automatic differentiation


def test_a_library_differentiates_the_objective(library):
    name, numpy = library
    mine = minimize(rosenbrock, START, jac=slope)
    res = minimize(lambda x: rosenbrock(x, numpy), START, jac=name)
    assert res.classification.kind == "local"
    # The same run but for the rounding of the values: one evaluation a point, exact gradients.
    assert (res.nfev, res.njev) == (mine.nfev, mine.njev)
    np.testing.assert_allclose(res.x, 1.0, atol=1e-7)
    np.testing.assert_allclose(res.jac, slope(res.x), rtol=1e-12, atol=1e-12)


def test_a_library_computes_in_double_precision_and_leaves_its_settings_alone(library):
    name, numpy = library
    res = minimize(lambda x: numpy.sum((x - 1.0 / 3.0) ** 2), [3.0, 2.0], jac=name)
    np.testing.assert_allclose(res.x, 1.0 / 3.0, rtol=0, atol=1e-12)
    if name == "jax":
        assert numpy.ones(1).dtype == np.float32


def test_a_library_and_further_arguments(library):
    name, numpy = library

    def fun(x, a, label, *, b):
        assert label == "text"
        return numpy.sum((x - a) ** 2) + b

    res = minimize(fun, [3.0, 2.0], (0.25, "text"), jac=name, kwargs={"b": 7.0})
    np.testing.assert_allclose(res.x, 0.25, atol=1e-8)
    assert res.fun == 7.0


def test_a_library_and_a_vectorised_objective(library):
    name, numpy = library
    single = minimize(lambda x: rosenbrock(x, numpy), START, jac=name)
    res = minimize(rosenbrock_rows, START, jac=name, vectorized=True)
    assert res.nfev == pytest.approx(single.nfev, abs=3)
    np.testing.assert_allclose(res.x, 1.0, atol=1e-7)


def test_a_library_gives_values_alone_to_a_method_that_asks_for_no_more(library):
    name, numpy = library
    res = minimize(
        lambda x: rosenbrock(x, numpy),
        bounds=[(-2, 2)] * 2,
        method="genetic",
        jac=name,
        max_evals=200,
        polish=False,
        classify=False,
    )
    assert res.nfev >= 100
    assert res.njev == 0


def test_a_library_and_the_verdict(library):
    name, _ = library
    verdict = classify(lambda x: x[0] ** 2 - x[1] ** 2, [0.0, 0.0], jac=name)
    assert (verdict.kind, verdict.index) == ("saddle", 1)
    assert verdict.n_evals < classify(lambda x: x[0] ** 2 - x[1] ** 2, [0.0, 0.0]).n_evals


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r"jac='jax' needs .* pip install 'pyminima\[jax\]'"):
        minimize(rosenbrock, START, jac="jax")


def test_torch_is_told_apart_from_what_it_did_not_compute():
    pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises(TypeError, match=r"jac='torch', but fun returned 14.0, expected a tensor"):
        minimize(lambda x: 14.0, START, jac="torch")


# What other libraries return


def test_values_and_gradients_of_torch_are_taken_with_their_graph_and_without():
    torch = pytest.importorskip("torch", reason="torch is not installed")

    def both(x):
        point = torch.tensor(x, requires_grad=True)
        value = rosenbrock(point, torch)
        return value, torch.autograd.grad(value, point, create_graph=True)[0]

    mine = minimize(rosenbrock, START, jac=slope)
    res = minimize(both, START, jac=True)
    assert res.nfev == mine.nfev
    np.testing.assert_allclose(res.x, mine.x, atol=1e-9)


def test_arrays_of_jax_and_of_single_precision_are_taken():
    numpy = pytest.importorskip("jax.numpy", reason="jax is not installed")
    res = minimize(lambda x: numpy.sum(x**2), [1.0, 2.0], jac=lambda x: 2 * numpy.asarray(x))
    assert res.classification.kind == "local"
    assert res.fun < 1e-8


class Exchange:
    """An array that is known by the exchange protocol alone."""

    def __init__(self, a):
        self.a = np.array(a)

    def __dlpack__(self, **kwargs):
        return self.a.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return self.a.__dlpack_device__()


def test_an_array_known_by_the_exchange_protocol_alone_is_taken():
    res = minimize(
        lambda x: Exchange(rosenbrock(x)), START, jac=lambda x: Exchange(slope(x)), classify=False
    )
    np.testing.assert_allclose(res.x, 1.0, atol=1e-7)


# Differences and complex steps


def test_two_points_are_the_default():
    default, named = Counted(rosenbrock), Counted(rosenbrock)
    minimize(default, START)
    minimize(named, START, jac="2-point")
    np.testing.assert_array_equal(default.points, named.points)


def test_the_first_differences_by_hand():
    # Steps sqrt(eps) max(|x|, 1) to one side, cbrt(eps) max(|x|, 1) to both.
    eps = np.finfo(float).eps
    fun = Counted(lambda x: x[0] ** 2 + x[1])
    minimize(fun, [2.0, 0.5], jac="2-point", classify=False, max_evals=3)
    steps = np.array(fun.points) - [2.0, 0.5]
    np.testing.assert_allclose(steps, [[0, 0], [2 * eps**0.5, 0], [0, eps**0.5]], rtol=1e-7)
    fun = Counted(lambda x: x[0] ** 2 + x[1])
    minimize(fun, [2.0, 0.5], jac="3-point", classify=False, max_evals=5)
    h, steps = eps ** (1 / 3), np.array(fun.points) - [2.0, 0.5]
    expected = [[0, 0], [2 * h, 0], [-2 * h, 0], [0, h], [0, -h]]
    np.testing.assert_allclose(steps, expected, rtol=1e-7, atol=0)


def test_three_points_give_more_digits():
    forward = minimize(rosenbrock, START, classify=False)
    central = minimize(rosenbrock, START, jac="3-point", classify=False)
    assert abs(central.x - 1.0).max() < 0.1 * abs(forward.x - 1.0).max()


def test_a_complex_step_is_exact():
    # d/dx of e^x / (sin^3 x + cos^3 x), the example of Squire & Trapp, and a power.
    def fun(x):
        return np.exp(x[0]) / (np.sin(x[0]) ** 3 + np.cos(x[0]) ** 3) + x[1] ** 3

    seen = minimize(fun, [1.5, 2.0], jac="cs", classify=False, max_evals=3, polish=False)
    s, c = np.sin(1.5), np.cos(1.5)
    derivative = np.exp(1.5) * (c**3 + s**3 + 3 * s * c * (c - s)) / (s**3 + c**3) ** 2
    np.testing.assert_allclose(seen.jac, [derivative, 12.0], rtol=4e-15)


@pytest.mark.parametrize("vectorized", [False, True])
def test_complex_evaluations_count(vectorized):
    fun = Counted(rosenbrock_rows if vectorized else rosenbrock)
    res = minimize(fun, START, jac="cs", vectorized=vectorized)
    assert res.classification.kind == "local"
    assert res.nfev == len(fun.points)
    assert res.nfev == sum(stage.nfev for stage in res.stages)
    made = [np.iscomplexobj(point) for point in fun.points]
    assert sum(made) == 3 * res.njev


@pytest.mark.parametrize("vectorized", [False, True])
@pytest.mark.parametrize("max_evals", [1, 3, 4, 5, 7, 8, 9, 37])
def test_complex_evaluations_are_limited(max_evals, vectorized):
    fun = Counted(rosenbrock_rows if vectorized else rosenbrock)
    res = minimize(fun, START, jac="cs", vectorized=vectorized, max_evals=max_evals)
    assert res.nfev == len(fun.points) <= max_evals


def test_complex_steps_stay_in_the_box():
    fun = Counted(lambda x: (x[0] - 3.0) ** 2 + (x[1] + 1.0) ** 2)
    res = minimize(fun, [0.5, 0.5], jac="cs", bounds=[(0, 1), (0, 1)])
    np.testing.assert_array_equal(res.x, [1.0, 0.0])
    points = np.real(fun.points)
    assert ((points >= 0.0) & (points <= 1.0)).all()


def test_complex_steps_pass_further_arguments():
    res = minimize(lambda x, a, b=0: (x[0] - a) ** 2 + b, [0.0], 2.0, jac="cs", kwargs={"b": 1})
    np.testing.assert_allclose(res.x, 2.0)


def test_an_objective_for_real_numbers_alone_is_told_from_others():
    with pytest.raises(TypeError, match="complex") as caught:
        minimize(lambda x: math.sin(x.tolist()[0]), [1.0], jac="cs")
    assert "with jac='cs' fun is called with complex x" in caught.value.__notes__[0]
    with pytest.raises(TypeError, match="jac='cs', but fun returned float64 for complex x"):
        minimize(lambda x: abs(x[0]), [1.0], jac="cs")
