"""The first steps of the gradient methods, as anybody can check them with a pencil.

`tests/c/test_methods.c` does the same within the C core; here the whole way is walked, from
`minimize` to the points the objective gets to see.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from pyminima import Solver, Status, minimize


def watched(slope):
    """A gradient that writes down where it was called."""
    seen = []

    def jac(x):
        seen.append(x.copy())
        return slope(x)

    return seen, jac


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
    # Worked out in tests/c/test_methods.c.
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


# Differences


def test_forward_differences_probe_one_variable_at_a_time():
    h = math.sqrt(np.finfo(float).eps)
    points = Solver("lbfgs", [1.0, -4.0], bounds=[(None, 1.0), (None, None)]).ask()
    expected = [[1.0, -4.0], [1.0 - h, -4.0], [1.0, -4.0 + 4.0 * h]]  # h backwards at the bound
    assert points.tolist() == expected


@pytest.mark.parametrize("method", ["adam", "gradient_descent", "lbfgs"])
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
