"""Flatness and covariance: curvature as users need it, in their units, refused where unknown."""

import math

import numpy as np
import pytest

import pyminima
from pyminima import minimize

H = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 0.1]])


def quadratic(x):
    return 0.5 * x @ H @ x


def saddle(x):
    return x[0] ** 2 - x[1] ** 2


@pytest.fixture(scope="module")
def verdict():
    return pyminima.classify(quadratic, [0.0, 0.0, 0.0])


def test_sharpness_condition_and_trace_are_those_of_the_hessian(verdict):
    values = np.linalg.eigvalsh(H)
    assert abs(verdict.sharpness - values[-1]) <= verdict.eigenvalue_error
    assert verdict.condition == pytest.approx(values[-1] / values[0], rel=1e-4)
    assert abs(verdict.trace - np.trace(H)) <= verdict.trace_error <= 1e-4


def test_f_rises_by_what_was_asked_for_at_the_curvature_radius(verdict):
    _, vectors = np.linalg.eigh(H)
    for rise in (1e-6, 0.1, 1e4):
        radii = verdict.curvature_radii(rise)
        for radius, v in zip(radii, vectors.T, strict=True):
            assert quadratic(radius * v) == pytest.approx(rise, rel=1e-4)


def test_no_radius_where_f_does_not_rise():
    radii = pyminima.classify(saddle, [0.0, 0.0]).curvature_radii(0.5)
    assert radii[0] == math.inf and radii[1] == pytest.approx(math.sqrt(0.5), rel=1e-4)


def test_sam_sharpness_is_the_largest_rise_within_the_radius(verdict):
    rng = np.random.default_rng(5)
    E = rng.standard_normal((20_000, 3))
    E *= 0.3 / np.linalg.norm(E, axis=1, keepdims=True)
    largest = max(quadratic(e) for e in E)
    assert largest <= verdict.sam_sharpness(0.3) <= 1.01 * largest
    assert pyminima.classify(lambda x: -(x[0] ** 2), [0.0]).sam_sharpness(1.0) == 0.0


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_measures_refuse_what_is_no_length(verdict, value):
    with pytest.raises(ValueError, match=f"rise={value}"):
        verdict.curvature_radii(value)
    with pytest.raises(ValueError, match=f"radius={value}"):
        verdict.sam_sharpness(value)
    with pytest.raises(ValueError, match=f"scale={value}"):
        minimize(quadratic, [1.0, 1.0, 1.0]).covariance(value)


def test_measures_refuse_what_is_no_number(verdict):
    for call in (
        verdict.curvature_radii,
        verdict.sam_sharpness,
        minimize(quadratic, [1.0, 1.0, 1.0]).covariance,
    ):
        with pytest.raises(TypeError, match="='much', expected a positive number"):
            call("much")
        with pytest.raises(ValueError, match="=None, expected a positive number"):
            call(None)


def test_measures_refuse_where_no_curvature_was_measured():
    flat = pyminima.classify(lambda x: 1.0, [0.0])
    with pytest.raises(ValueError, match="no curvature was measured at this point: plateau"):
        flat.curvature_radii(1.0)


# Covariance

T = np.linspace(0.0, 2.0, 12)
SIGMA = 0.2


def residuals(p):
    # Parameters of very different size: 1e6 exp(-1e-3 k t) and an offset.
    rng = np.random.default_rng(11)
    data = 2e6 * np.exp(-1.3 * T) + SIGMA * rng.standard_normal(T.size)
    return data - p[0] * np.exp(-1e3 * p[1] * T)


def jacobian(p):
    decay = np.exp(-1e3 * p[1] * T)
    return np.column_stack([-decay, 1e3 * T * p[0] * decay])


def half_sum(p):
    return 0.5 * float(np.sum(residuals(p) ** 2))


def test_the_covariance_of_a_fit_is_that_of_linear_theory():
    res = minimize(
        half_sum,
        [1.9e6, 1.2e-3],
        jac=lambda p: jacobian(p).T @ residuals(p),
        bounds=[(1e5, 1e7), (1e-4, 1e-2)],
    )
    assert res.classification.kind == "local"
    # Gauss-Newton leaves out the second derivatives times residuals: here 1e-6 of the whole.
    J = jacobian(res.x)
    expected = SIGMA**2 * np.linalg.inv(J.T @ J)
    np.testing.assert_allclose(res.covariance(SIGMA**2), expected, rtol=1e-3)


def test_a_variable_at_a_bound_has_no_variance():
    res = minimize(quadratic, [1.0, 1.0, 1.0], bounds=[(0.5, 2.0), (None, None), (None, None)])
    assert res.classification.active.tolist() == [True, False, False]
    covariance = res.covariance()
    assert not covariance[0].any() and not covariance[:, 0].any()
    np.testing.assert_allclose(covariance[1:, 1:], np.linalg.inv(H[1:, 1:]), rtol=1e-3)


@pytest.mark.parametrize(
    ("fun", "start", "options"),
    [
        (saddle, [0.0, 0.0], {"escape": False}),
        (lambda x: x[0] ** 4, [0.0], {}),
        (lambda x: abs(x[0]), [1.0], {}),
        (quadratic, [1.0, 1.0, 1.0], {"classify": False}),
    ],
)
def test_no_covariance_without_a_positive_definite_hessian(fun, start, options):
    with pytest.raises(ValueError, match="no covariance without a Hessian"):
        minimize(fun, start, **options).covariance()


def test_no_covariance_beyond_the_largest_number():
    res = minimize(lambda x: 1e-300 * x[0] ** 2, [1.0], jac=lambda x: 2e-300 * x)
    with pytest.raises(ValueError, match="beyond the largest number"):
        res.covariance(1e20)
