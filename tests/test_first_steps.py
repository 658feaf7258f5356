"""The first steps of the gradient methods, as anybody can check them with a pencil.

`tests/c/test_NAME.c` does the same for each method within the C core; here the whole way is walked,
from `minimize` to the points the objective gets to see.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize

from pyminima import Solver, Status, methods, minimize


def watched(slope):
    """A gradient that writes down where it was called."""
    seen = []

    def jac(x):
        seen.append(x.copy())
        return slope(x)

    return seen, jac


METHODS = {method.name for method in methods()}
QUIET = {"classify": False, "polish": False, "check_gradient": False}


# Adam


def test_adam_takes_the_steps_of_the_paper():
    # Constant slope g: m_hat = g and v_hat = g*g for every t, so each step is exactly
    # learning_rate * g / (|g| + epsilon).
    seen, jac = watched(lambda x: np.array([4.0]))
    minimize(
        lambda x: 4.0 * x[0],
        [1.0],
        method="adam",
        jac=jac,
        max_evals=4,
        options={"learning_rate": 0.1},
        **QUIET,
    )
    np.testing.assert_allclose(np.ravel(seen), [1.0, 0.9, 0.8, 0.7], rtol=0, atol=1e-9)


def test_adam_is_the_algorithm_of_the_paper():
    # Algorithm 1, written down once more, on slopes that change.
    alpha, beta1, beta2, epsilon = 0.2, 0.8, 0.95, 1e-3
    seen, jac = watched(lambda x: np.array([2.0, 20.0]) * (x - 1.0))
    minimize(
        lambda x: (x[0] - 1.0) ** 2 + 10.0 * (x[1] - 1.0) ** 2,
        [3.0, -2.0],
        method="adam",
        jac=jac,
        max_evals=20,
        options={"learning_rate": alpha, "beta1": beta1, "beta2": beta2, "epsilon": epsilon},
        **QUIET,
    )
    theta, m, v, expected = np.array([3.0, -2.0]), np.zeros(2), np.zeros(2), []
    for t in range(1, 21):
        expected.append(theta)
        g = np.array([2.0, 20.0]) * (theta - 1.0)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        theta = theta - alpha * m_hat / (np.sqrt(v_hat) + epsilon)
    np.testing.assert_allclose(seen, expected, rtol=1e-12)


def test_adam_keeps_to_the_box_by_projection():
    # Each step is 1 to the left until the wall at 0.5 stops it.
    seen, jac = watched(lambda x: np.array([1.0]))
    minimize(
        lambda x: x[0],
        [3.0],
        method="adam",
        jac=jac,
        bounds=[(0.5, None)],
        options={"learning_rate": 1.0, "epsilon": 0.0},
        **QUIET,
    )
    np.testing.assert_allclose(np.ravel(seen)[:4], [3.0, 2.0, 1.0, 0.5], rtol=0, atol=1e-12)


# Gradient descent


def test_fixed_steps_shrink_a_parabola_by_a_constant_factor():
    # f = x^2 / 2: x <- x - step * x, with step 1/4 exact in binary.
    seen, jac = watched(lambda x: x)
    minimize(
        lambda x: 0.5 * x[0] ** 2,
        [1.0],
        method="gradient_descent",
        jac=jac,
        max_evals=10,
        options={"line_search": "fixed", "step": 0.25},
        **QUIET,
    )
    assert np.ravel(seen).tolist() == [0.75**k for k in range(10)]


def test_fixed_steps_diverge_beyond_twice_the_inverse_curvature():
    # Step 3 on f = x^2 / 2: x <- -2 x.  The best point is the start, and that is returned.
    seen, jac = watched(lambda x: x)
    res = minimize(
        lambda x: 0.5 * x[0] ** 2,
        [1.0],
        method="gradient_descent",
        jac=jac,
        max_evals=10,
        options={"line_search": "fixed", "step": 3.0},
        **QUIET,
    )
    assert np.ravel(seen).tolist() == [(-2.0) ** k for k in range(10)]
    assert res.x.tolist() == [1.0] and res.fun == 0.5


def test_backtracking_refuses_and_interpolates():
    # f = x^2 / 2 from 1.  Step 4 leads to -3, f = 4.5: refused.  The parabola through both ends
    # has its minimum at step 1: x = 0, where the gradient vanishes.
    seen, jac = watched(lambda x: x)
    res = minimize(
        lambda x: 0.5 * x[0] ** 2,
        [1.0],
        method="gradient_descent",
        jac=jac,
        options={"step": 4.0},
        **QUIET,
    )
    np.testing.assert_allclose(np.ravel(seen), [1.0, -3.0, 0.0], rtol=0, atol=1e-15)
    assert (res.nit, res.nfev, res.status) == (2, 3, Status.GRADIENT)


@pytest.mark.parametrize("search", ["backtracking", "wolfe", "barzilai_borwein", "fixed"])
def test_every_search_reaches_the_bottom(search):
    slopes = np.array([1.0, 20.0])
    options = {"line_search": search, **({"step": 0.05} if search == "fixed" else {})}
    res = minimize(
        lambda x: float(0.5 * slopes @ (x - 0.5) ** 2),
        [3.0, -2.0],
        method="gradient_descent",
        jac=lambda x: slopes * (x - 0.5),
        options=options,
        **QUIET,
    )
    assert res.success
    np.testing.assert_allclose(res.x, 0.5, atol=1e-6)


def test_steps_of_the_inverse_curvature_need_a_fraction_of_the_gradients():
    """On a parabola of condition 1000; both stop at the same relative gradient."""
    slopes = np.logspace(0, 3, 50)
    needed = {
        search: minimize(
            lambda x: float(0.5 * slopes @ (x - 0.3) ** 2),
            np.ones(50),
            method="gradient_descent",
            jac=lambda x: slopes * (x - 0.3),
            options={"line_search": search},
            **QUIET,
        ).nfev
        for search in ("backtracking", "barzilai_borwein")
    }
    assert needed["barzilai_borwein"] < 0.2 * needed["backtracking"]


# Conjugate gradients


@pytest.mark.parametrize("update", ["hager_zhang", "polak_ribiere"])
def test_conjugate_gradients_end_on_a_parabola_after_n_exact_steps(update):
    """Searches to a hundredth of the slope are nearly exact; each takes about two evaluations."""
    slopes = np.array([1.0, 3.0, 10.0, 30.0, 100.0])
    res = minimize(
        lambda x: float(0.5 * slopes @ (x - 0.5) ** 2),
        np.arange(5.0),
        method="conjugate_gradient",
        jac=lambda x: slopes * (x - 0.5),
        options={"update": update, "curvature": 0.001, "gtol": 1e-6},
        **QUIET,
    )
    assert res.status is Status.GRADIENT and res.nit <= 5 + 3
    np.testing.assert_allclose(res.x, 0.5, atol=1e-4)


@pytest.mark.parametrize("method", ["conjugate_gradient", "barzilai_borwein"])
@pytest.mark.parametrize("seed", range(8))
def test_least_squares_in_a_box(method, seed):
    """Against scipy's active-set solver: about half of the variables end at a bound."""
    rng = np.random.default_rng(seed)
    A, b = rng.standard_normal((30, 12)), 5.0 * rng.standard_normal(30)
    given = {"method": method} if method in METHODS else {
        "method": "gradient_descent", "options": {"line_search": method}
    }  # fmt: skip
    res = minimize(
        lambda x: float(0.5 * np.sum((A @ x - b) ** 2)),
        np.zeros(12),
        jac=lambda x: A.T @ (A @ x - b),
        bounds=[(-0.4, 0.4)] * 12,
        **given,
        **QUIET,
    )
    truth = scipy.optimize.lsq_linear(A, b, (-0.4, 0.4), tol=1e-14)
    assert 1 < np.sum(np.abs(res.x) == 0.4) < 12
    np.testing.assert_allclose(res.fun, truth.cost, rtol=1e-10)


# L-BFGS


def test_lbfgs_first_step_moves_a_tenth_then_the_secant_jumps_to_the_minimum():
    # (x - 3)^2 from 5: 5 - 5/10, then Newton's step from the secant.
    seen, jac = watched(lambda x: 2.0 * (x - 3.0))
    res = minimize(
        lambda x: (x[0] - 3.0) ** 2,
        [5.0],
        method="lbfgs",
        jac=jac,
        options={"curvature": 1.0},
        **QUIET,
    )
    np.testing.assert_allclose(np.ravel(seen)[:3], [5.0, 4.5, 3.0], rtol=0, atol=1e-14)
    assert res.success and res.nfev <= 4


def test_lbfgs_second_step_is_that_of_the_two_loops():
    # Worked out in tests/c/test_lbfgs.c.
    seen, jac = watched(lambda x: np.array([1.0, 2.0]) * x)
    minimize(
        lambda x: 0.5 * (x[0] ** 2 + 2.0 * x[1] ** 2),
        [1.0, 1.0],
        method="lbfgs",
        jac=jac,
        max_evals=3,
        options={"curvature": 0.95},
        **QUIET,
    )
    expected = [[1.0, 1.0], [0.95, 0.9], [0.95 - 117.35 / 153.0, 0.9 - 144.7 / 153.0]]
    np.testing.assert_allclose(seen, expected, rtol=0, atol=1e-13)


# BFGS


def trials_after_a_step(lower, upper, n=5):
    """What bfgs does on a quartic: x, g, B, and the first trial of the search from there.

    B is kept here as the papers write it down: scaled by the power n / k of s'y / s'Bs in update k,
    where that shrinks it or k = 1, and then updated.
    """
    a = np.linspace(1.0, 30.0, n)
    turned = np.linalg.qr(np.vander(np.linspace(0.5, 1.5, n)))[0]

    def value(x):
        z = turned @ (x - 0.3)
        return float(0.5 * a @ z**2 + 0.1 * np.sum(z**4)), turned.T @ (a * z + 0.4 * z**3)

    box = list(zip(lower, upper, strict=True))
    solver = Solver("bfgs", np.ones(n), jac=True, bounds=box, options={"curvature": 1.0})
    (x,) = solver.ask()
    f, g = value(x)
    solver.tell([f], [g])
    free = ~((x <= lower) & (g > 0) | (x >= upper) & (g < 0))
    B = np.eye(n) * np.max(np.abs(g[free]) / np.maximum(np.abs(x[free]), 1.0))
    updates, found, accepted = 0, [], True
    for _ in range(40):
        (trial,) = solver.ask()
        if accepted:
            found.append((x, g, B, trial))
        f_trial, g_trial = value(trial)
        solver.tell([f_trial], [g_trial])
        if solver.done:
            break
        s, y = trial - x, g_trial - g
        accepted = f_trial <= f + 1e-4 * (g @ s)
        if not accepted:
            continue
        x, f, g = trial, f_trial, g_trial
        updates += 1
        ratio = (s @ y) / (s @ B @ s)
        if ratio < 1.0 or updates == 1:
            B = B * ratio ** min(1.0, n / updates)
        Bs = B @ s
        B = B + np.outer(y, y) / (s @ y) - np.outer(Bs, Bs) / (s @ Bs)
    return found


def test_bfgs_steps_are_those_of_the_updated_matrix():
    nowhere = np.full(5, np.inf)
    found = trials_after_a_step(-nowhere, nowhere)
    assert len(found) >= 10
    for x, g, B, trial in found:
        np.testing.assert_allclose(trial, x - np.linalg.solve(B, g), rtol=1e-7, atol=1e-9)


def test_bfgs_minimises_its_model_in_the_box():
    lower, upper = np.array([0.5, -2.0, 0.2, -2.0, -2.0]), np.array([2.0, 1.0, 2.0, 0.4, 2.0])
    found = trials_after_a_step(lower, upper)
    assert len(found) >= 5
    touched = np.zeros(5, dtype=bool)
    for x, g, B, trial in found:
        slope = g + B @ (trial - x)  # of the model: the conditions of Karush, Kuhn and Tucker
        size = 1e-9 * np.abs(g).max()
        inside = (trial > lower) & (trial < upper)
        touched |= ~inside
        assert np.all(np.abs(slope[inside]) <= size)
        assert np.all(slope[trial == lower] >= -size)
        assert np.all(slope[trial == upper] <= size)
    assert touched.any()


# Differences


def test_forward_differences_probe_one_variable_at_a_time():
    h = math.sqrt(np.finfo(float).eps)
    points = Solver("lbfgs", [1.0, -4.0], bounds=[(None, 1.0), (None, None)]).ask()
    expected = [[1.0, -4.0], [1.0 - h, -4.0], [1.0, -4.0 + 4.0 * h]]  # h backwards at the bound
    assert points.tolist() == expected


def bent(x):
    return float((x[0] - 0.3) * (x[0] - 0.3) + (x[1] - x[0]) * (x[1] - x[0]))


@pytest.mark.parametrize("swept", [0, 1, 2, 16])
def test_bfgs_by_differences_begins_with_a_cycle_of_coordinate_search(swept):
    points = []
    given = {"method": "bfgs", "options": {"swept": swept}, "max_evals": 10, **QUIET}
    minimize(lambda x: points.append(x.copy()) or bent(x), [0.0, 0.0], **given)
    h = math.sqrt(np.finfo(float).eps)
    if swept < 2:  # there are more variables: a gradient, and the step -g / |g| max(|x|, 1)
        expected = [[0.0, 0.0], [h, 0.0], [0.0, h], [1.0, 0.0]]
    else:  # each to the minimum of its parabola, then the gradient there
        expected = [[0, 0], [0.1, 0], [-0.1, 0], [0.15, 0], [0.15, 0.1], [0.15, -0.1], [0.15, 0.15]]
        expected += [[0.15 + h, 0.15], [0.15, 0.15 + h]]
    np.testing.assert_allclose(points[: len(expected)], expected, atol=1e-7)


@pytest.mark.parametrize("method", ["bfgs", "lbfgs"])
def test_by_differences_the_line_is_searched_by_values(method):
    # 4 (x - 1)^2 from 0.5, slope -4: a step of 1 to 1.5 is no lower; the parabola's minimum is 1,
    # and there, where the value is known, the gradient takes one value more.
    points = []
    given = {"method": method, "max_evals": 6, **QUIET}
    options = {"swept": 0} if method == "bfgs" else {}
    fun = lambda x: points.append(float(x[0])) or 4.0 * (float(x[0]) - 1.0) ** 2  # noqa: E731
    minimize(fun, [0.5], options=options, **given)
    h = math.sqrt(np.finfo(float).eps)
    np.testing.assert_allclose(points[:5], [0.5, 0.5 + h, 1.5, 1.0, 1.0 + h], atol=1e-9)
    assert points[4] != points[3]


@pytest.mark.parametrize("method", ["adam", "gradient_descent", "conjugate_gradient"])
def test_a_linear_function_has_the_same_path_by_differences(method):
    # Its differences are its slopes but for rounding, and the probes lie beside the path.
    exact, probed = [], []
    a = np.array([3.0, -2.0])
    given = {"method": method, "max_evals": 30, **QUIET}
    minimize(lambda x: float(a @ x), [0.5, 0.5], jac=lambda x: exact.append(x.copy()) or a, **given)
    minimize(lambda x: probed.append(x.copy()) or float(a @ x), [0.5, 0.5], **given)
    count = min(len(exact), len(probed) // 3)
    assert count >= 5
    np.testing.assert_allclose(probed[: 3 * count : 3], exact[:count], rtol=1e-5)
