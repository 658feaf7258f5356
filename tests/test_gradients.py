"""Where gradients come from: the user, a library that differentiates, differences."""

import importlib
import importlib.util
import math
import sys

import numpy as np
import pytest

from pyminima import Batches, GradientWarning, Status, classify, minimize, problems
from pyminima._calling.objective import Objective
from pyminima._running.evaluations import Curvature, Evaluations
from pyminima._running.gradient_check import Check
from pyminima._running.units import Units
from pyminima._running.value_error import relative_error

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
    """A library's name and its numpy.

    jax and torch take hundreds of megabytes, more than everything else that the tests need, so
    `make test` does not install them; `make test-autodiff` does, and then nothing is skipped.
    """
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed; `make test-autodiff` installs it")
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


@pytest.mark.parametrize("vectorized", [False, True])
def test_a_library_multiplies_the_hessian_for_newton(library, vectorized):
    name, numpy = library
    fun = rosenbrock_rows if vectorized else lambda x: rosenbrock(x, numpy)
    res = minimize(fun, START, jac=name, method="newton", vectorized=vectorized)
    mine = minimize(rosenbrock, START, jac=slope, method="newton")
    assert res.nhev > 0 and res.nfev < mine.nfev
    np.testing.assert_allclose(res.x, 1.0, atol=1e-7)


def test_a_library_and_samples(library):
    name, numpy = library
    data = np.random.default_rng(0).normal(size=(200, 2))
    rows = numpy.asarray(data)

    def loss(x, indices, scale):
        return scale * ((rows[indices] @ (x - 1.0)) ** 2).mean()

    long, short = Batches(200, epochs=15), Batches(200, epochs=1)
    res = minimize(loss, [3.0, 0.0], (2.0,), jac=name, batches=long, rng=0)
    assert res.fun < minimize(loss, [3.0, 0.0], (2.0,), jac=name, batches=short).fun


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
    minimize(default, START, method="lbfgs")
    minimize(named, START, method="lbfgs", jac="2-point")
    np.testing.assert_array_equal(default.points, named.points)


def test_where_curvatures_hide_the_soft_direction_the_default_finds_it():
    # A forward difference of the usual step is off by 1e6 * 1e-8 / 2 in all coordinates, which is
    # all there is to the gradient in the soft one; central differences are not off by curvatures.
    def ellipsoid(x):
        along, across = (x[0] + x[1] - 1.0) / 2, x[0] - x[1]
        return 1e6 * along**2 + 1e-2 * across**2 + 50.0

    settings = {"method": "bfgs", "classify": False}
    usual = minimize(ellipsoid, [3.0, -2.0], jac="2-point", **settings)
    default = minimize(ellipsoid, [3.0, -2.0], **settings)
    assert default.fun - 50.0 < 1e-11
    assert usual.fun - 50.0 > 1e-6  # "2-point" means no more than that


def test_the_first_differences_by_hand():
    # Steps sqrt(eps) max(|x|, 1) to one side, cbrt(eps) max(|x|, 1) to both.
    eps = np.finfo(float).eps
    fun = Counted(lambda x: x[0] ** 2 + x[1])
    given = {"method": "lbfgs", "classify": False}
    minimize(fun, [2.0, 0.5], jac="2-point", max_evals=3, **given)
    steps = np.array(fun.points) - [2.0, 0.5]
    np.testing.assert_allclose(steps, [[0, 0], [2 * eps**0.5, 0], [0, eps**0.5]], rtol=1e-7)
    fun = Counted(lambda x: x[0] ** 2 + x[1])
    minimize(fun, [2.0, 0.5], jac="3-point", max_evals=5, **given)
    h, steps = eps ** (1 / 3), np.array(fun.points) - [2.0, 0.5]
    expected = [[0, 0], [2 * h, 0], [-2 * h, 0], [0, h], [0, -h]]
    np.testing.assert_allclose(steps, expected, rtol=1e-7, atol=0)


def test_three_points_give_more_digits():
    forward = minimize(rosenbrock, START, method="lbfgs", classify=False)
    central = minimize(rosenbrock, START, method="lbfgs", jac="3-point", classify=False)
    assert abs(central.x - 1.0).max() < 0.1 * abs(forward.x - 1.0).max()


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("gradient_descent", {"line_search": "backtracking", "step": 1.0}),
        ("gradient_descent", {"line_search": "wolfe", "step": 1.0}),
        ("gradient_descent", {"line_search": "barzilai_borwein", "step": 1.0}),
        ("conjugate_gradient", {}),
        ("bfgs", {}),
        ("lbfgs", {}),
    ],
)
def test_a_trial_that_its_value_refuses_costs_one_evaluation(method, options):
    fun = Counted(lambda x: rosenbrock(x) ** 2)  # so steep that first steps are far too long
    minimize(fun, START, method=method, options=options, max_evals=200, classify=False)
    refused = [k for k, x in enumerate(fun.points) if fun.fun(x) > 1.001 * fun.fun(fun.points[0])]
    assert refused
    for k in refused[:-1]:
        assert abs(fun.points[k + 1] - fun.points[k]).max() > 1e-4


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


# The check of a gradient at the start


def warned(jac, fun=rosenbrock, x0=START, **given):
    """The text of the only warning."""
    with pytest.warns(GradientWarning) as caught:
        minimize(fun, x0, jac=jac, **given)
    assert len(caught) == 1
    assert caught[0].filename == __file__  # it points to the call, not into the library
    return str(caught[0].message)


def sign_error(x):
    g = slope(x)
    g[1] = -g[1]
    return g


def test_a_right_gradient_costs_one_evaluation_and_the_first_is_not_made_again():
    with_check, without = Counted(rosenbrock), Counted(rosenbrock)
    checked = minimize(with_check, START, jac=slope)
    plain = minimize(without, START, jac=slope, check_gradient=False)
    assert [stage.name for stage in checked.stages] == ["check", "search", "classify"]
    assert checked.stages[0].nfev == 2
    assert checked.nfev == len(with_check.points) == plain.nfev + 1
    del with_check.points[1]
    np.testing.assert_array_equal(with_check.points, without.points)


def test_a_sign_error_is_named_with_both_numbers():
    text = warned(sign_error)
    wrong, right = text.split("component 1 is ")[1].split(" where the values say ")
    assert float(wrong) == pytest.approx(-float(right), rel=1e-3)
    assert float(right) == pytest.approx(slope(np.array(START))[1], rel=0.1)
    assert "component 0" not in text
    assert "component 2" not in text


def of_another_function(x):
    return slope(x) + 50.0 * x


@pytest.mark.parametrize(
    "jac",
    [
        lambda x: 2.0 * slope(x),
        lambda x: slope(x)[::-1].copy(),
        lambda x: np.zeros(3),
        lambda x: -slope(x),
        of_another_function,
    ],
)
def test_a_wrong_gradient_is_noticed(jac):
    warned(jac)
    warned(jac, bounds=[(-1.2, 3), (0, 1), (0.5, 0.5)])  # at bounds, and with a fixed variable
    with pytest.warns(GradientWarning):
        minimize(lambda x: (rosenbrock(x), jac(x)), START, jac=True)


def test_a_gradient_that_is_not_computed_again_is_noticed():
    buffer = slope(np.array(START))
    assert "at another point" in warned(lambda x: buffer)


def test_a_wrong_gradient_of_a_vectorised_objective_is_noticed():
    with pytest.warns(GradientWarning):
        minimize(
            rosenbrock_rows,
            START,
            jac=lambda X: np.array([sign_error(x) for x in X]),
            vectorized=True,
        )


def test_what_complex_steps_cannot_see_is_noticed():
    # The modulus is no analytic function: its complex step is that of the real part.
    with pytest.warns(GradientWarning):
        minimize(lambda x: np.sum(abs(x) ** 2) + 0 * x[0], [1.0, 2.0], jac="cs")


@pytest.mark.parametrize(
    ("fun", "jac", "x0"),
    [
        (lambda x: np.abs(x).sum(), np.sign, [0.0, 1.0]),  # at a kink
        (lambda x: np.sum(np.abs(x) ** 1.5), lambda x: 1.5 * np.sign(x) * abs(x) ** 0.5, [0.0]),
        (lambda x: np.sum(x**4), lambda x: 4.0 * x**3, [0.0, 0.0]),  # at a flat minimum
        (rosenbrock, slope, [1.0, 1.0, 1.0]),
        (lambda x: np.sum((1e6 * x - 1.0) ** 4), lambda x: 4e6 * (1e6 * x - 1) ** 3, [0.0]),
        (lambda x: 1e12 * rosenbrock(1e-5 * x), lambda x: 1e7 * slope(1e-5 * x), [3e4, 1e5]),
        (lambda x: rosenbrock(x) + 1e9, slope, START),  # rounding hides the slope
        (lambda x: float(np.float32(rosenbrock(x))), slope, START),
        (lambda x: rosenbrock(x.astype(np.float32)), lambda x: slope(x.astype("f4")), START),
        (lambda x: np.exp(50.0 * x[0]), lambda x: 50.0 * np.exp(50.0 * x), [0.3]),  # steep
        (lambda x: 3.0 * x[0] + 1.0, lambda x: np.array([3.0]), [1.0]),  # a constant gradient
        (lambda x: 7.0, np.zeros_like, [1.0]),
    ],
)
def test_a_right_gradient_is_not_accused(fun, jac, x0):
    minimize(fun, x0, jac=jac, max_evals=300)  # a warning would be an error here


def check(evaluator, x0, lower, upper):
    """The check of a gradient, in units of max(|x|, 1)."""
    unit = Units.of("auto", len(x0)).within(x0, lower, upper)
    return Check(evaluator, x0, unit, lower, upper)


def test_noise_is_no_wrong_gradient():
    # 200 streams: a rule that noise meets once in 50 times would pass with probability 2 per cent.
    for seed in range(200):
        rng = np.random.default_rng(seed)
        evaluator = Objective(
            lambda x, r=rng: x @ x + 1e-2 * r.normal(), jac=lambda x: 2 * x
        ).evaluator(3)
        free = np.full(3, np.inf)
        assert check(evaluator, np.full(3, seed % 3), -free, free).contradiction() is None


def test_the_check_is_right_about_the_catalogue():
    missed = set()
    for problem in problems.all():
        box = problem.lower, problem.upper
        for x0 in (problem.x0, *(point.x for point in problem.points)):
            right = Objective(problem.fun, jac=problem.jac).evaluator(problem.n)
            assert check(right, x0, *box).contradiction() is None, problem.name
        if problem.noise == 0.0 and np.any(problem.jac(problem.x0)):
            wrong = Objective(problem.fun, jac=lambda x, p=problem: 2.0 * p.jac(x)).evaluator(
                problem.n
            )
            if check(wrong, problem.x0, *box).contradiction() is None:
                missed.add(problem.name)
    # Gradients whose part of the values is below rounding, and far below f.
    assert missed <= {"sigmoid_plateau", "two_basins"}


def test_the_check_leaves_the_run_as_it_was():
    # The point beside a maximum is lower, but the run starts where it was told to.
    def run(check):
        return minimize(
            lambda x: -x @ x, [0.0, 0.0], jac=lambda x: -2 * x, escape=False, check_gradient=check
        )

    checked, plain = run(True), run(False)
    assert checked.classification.kind == plain.classification.kind == "maximum"
    assert checked.nit == plain.nit
    assert checked.fun <= min(plain.fun, -1e-8)  # and yet that lower point is not lost


def test_the_check_keeps_to_the_limits():
    for max_evals in (1, 2, 3, 49, 50, 51, 60):
        fun = Counted(rosenbrock)
        res = minimize(fun, START, jac=slope, max_evals=max_evals)
        assert res.nfev == len(fun.points) <= max_evals
        assert (res.stages[0].name == "check") == (max_evals >= 50)
    res = minimize(rosenbrock, START, jac=slope, target=1e3)
    assert (res.status, res.nfev) == (Status.TARGET, 1)


# The error of the values, and the steps of differences


def error_of(fun, x0):
    n = len(x0)
    evaluator = Objective(fun).evaluator(n)
    free = np.full(n, np.inf)
    start, error = relative_error(
        evaluator,
        Evaluations(evaluator, n, Curvature()),
        np.array(x0),
        Units.of("auto", n).at(np.array(x0)),
        -free,
        free,
    )
    assert start[1] == fun(np.array(x0)) or error > 0.0
    return error, evaluator.nfev


def test_exact_values_cost_two_evaluations():
    assert error_of(rosenbrock, START) == (0.0, 3)
    fun, plain = Counted(rosenbrock), Counted(rosenbrock)
    minimize(fun, START)
    minimize(plain, START, check_gradient=False)
    del fun.points[1:3]
    np.testing.assert_array_equal(fun.points, plain.points)


@pytest.mark.parametrize("sigma", [1e-10, 1e-6, 1e-4])
def test_the_error_of_noisy_values_is_measured(sigma):
    rng = np.random.default_rng(3)
    error, _ = error_of(lambda x: rosenbrock(x) * (1.0 + sigma * rng.normal()), START)
    assert 0.2 * sigma < error < 5.0 * sigma


def test_the_error_of_single_precision_is_measured():
    error, _ = error_of(lambda x: float(np.float32(rosenbrock(x))), START)
    assert 1e-8 < error < 3e-7
    error, _ = error_of(lambda x: rosenbrock(x.astype(np.float32)), START)
    assert 1e-8 < error < 1e-6


@pytest.mark.parametrize("jac", [None, "2-point", "3-point"])
def test_noise_does_not_stop_a_differenced_run_far_from_the_minimum(jac):
    # Relative noise 1e-6: with steps for exact values the run ends where it started.
    fall = {"2-point": 1e-4}.get(jac, 1e-6)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        scales = np.geomspace(1.0, 100.0, 5)

        def noisy(x, r=rng, s=scales):
            return (0.5 * s @ (x - 1.0) ** 2 + 3.0) * (1.0 + 1e-6 * r.normal())

        res = minimize(noisy, np.full(5, 3.0), jac=jac, classify=False)
        assert 0.5 * scales @ (res.x - 1.0) ** 2 < fall * 0.5 * scales @ np.full(5, 4.0)


@pytest.mark.parametrize("library", ["jax", "autograd"])
def test_an_objective_not_written_in_the_library_is_told_so(library):
    pytest.importorskip(library)
    with pytest.raises(TypeError) as caught:
        minimize(lambda x: math.sin(x[0]), [1.0], jac=library)
    assert f"has to be written in {library}" in caught.value.__notes__[0]


def test_true_may_be_numpys():
    res = minimize(lambda x: (x @ x, 2.0 * x), [3.0, 4.0], jac=np.True_)
    assert res.success and res.njev > 0


@pytest.mark.parametrize("jac", [None, "3-point", lambda x: 2.0 * x])
def test_where_every_variable_is_fixed_there_is_nothing_to_check(jac):
    res = minimize(lambda x: x @ x, [3.0, 4.0], jac=jac, bounds=[(3, 3), (4, 4)])
    assert res.nfev <= 2 and res.classification.kind == "global"


@pytest.mark.parametrize("method", ["bfgs", "lbfgs", "newton", "conjugate_gradient", "adam"])
def test_a_gradient_that_is_nan_at_the_start_is_why_a_run_ends(method):
    res = minimize(lambda x: x @ x, [3.0, 4.0], jac=lambda x: [math.nan, 2.0], method=method)
    assert res.status is not Status.RUNNING and not res.success
    assert "has not ended" not in res.message


def test_a_lower_point_beside_the_start_is_followed_to_its_minimum():
    # The look around the start meets a point lower than the minimum that the search then finds:
    # that point is the best one known, so the run goes on from there.
    problem = next(p for p in problems.bank() if p.name == "griewank_shifted")
    res = minimize(problem.fun, problem.x0, jac=problem.jac, bounds=problem.bounds)
    assert [stage.name for stage in res.stages].count("search") == 2
    assert res.classification.point == "local_minimum"
    assert np.abs(problem.jac(res.x)).max() < 1e-6
