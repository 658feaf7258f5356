"""What is answered where the answer is known: minima that are found, and what is none."""

from __future__ import annotations

import numpy as np
import pytest
from subjects import Watched, every_method, honest, ridge, run, tuned

from pyminima import minimize


@every_method
def test_finds_the_bottom_of_a_bowl(method):
    watched = Watched()
    res = tuned(watched, method)
    honest(res, watched)
    assert res.success
    assert res.classification.kind in ("local", "global")
    np.testing.assert_allclose(res.x, 0.3, atol=1e-5)


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_one_variable(method, gradient):
    watched = Watched(lambda x: float((x[0] - 0.3) ** 2), lambda x: 2.0 * (x - 0.3))
    res = tuned(watched, method, 1.5, gradient=gradient)
    honest(res, watched)
    assert res.success and res.x.shape == (1,)
    np.testing.assert_allclose(res.x, 0.3, atol=1e-5)


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_a_start_at_the_optimum(method, gradient):
    watched = Watched()
    res = tuned(watched, method, [0.3, 0.3, 0.3], gradient=gradient)
    honest(res, watched)
    assert res.success and res.fun == 0.0
    assert res.x.tolist() == [0.3, 0.3, 0.3]


def test_a_start_near_the_optimum_is_soon_finished():
    rng = np.random.default_rng(0)
    for _ in range(40):
        start = 0.3 + 10.0 ** rng.uniform(-12, -6) * rng.standard_normal(3)
        res = run(Watched(), "lbfgs", start, max_evals=2000, classify=False)
        assert res.nfev < 400 and res.success, start


@every_method
@pytest.mark.parametrize("gradient", [False, True])
def test_a_constant_is_no_minimum(method, gradient):
    watched = Watched(lambda x: 4.25, np.zeros_like)
    res = run(watched, method, gradient=gradient, max_evals=2000)
    honest(res, watched)
    assert res.fun == 4.25 and not res.success
    assert res.classification.kind == "plateau"


def test_after_a_global_search_an_escape_is_local():
    # A population of four that barely moves stalls on the saddle it is given.
    options = {"population": 4, "spread": 1e-12, "patience": 1}
    for seed in range(20):
        res = minimize(ridge, [0.0, 0.0], method="genetic", rng=seed, options=options, polish=False)
        assert [stage.method for stage in res.stages].count("genetic") == 1
        assert abs(res.x[1]) == pytest.approx(1.0, abs=1e-4)
