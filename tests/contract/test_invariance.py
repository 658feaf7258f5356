"""Paths do not depend on where the origin is, on the order of variables, or on the unit of f."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
from subjects import (
    METHODS,
    START,
    Watched,
    bowl,
    bowl_slope,
    every_gradient_method,
    quiet,
    run,
    valley,
    valley_slope,
)

# First-order rules follow the gradient, whose length depends on the unit of f, or mix it with an
# epsilon; only signs do not.
UNITS = [
    name
    for name, method in METHODS.items()
    if name == "lion" or "learning_rate" not in {option.name for option in method.options}
]


@every_gradient_method
def test_a_shifted_problem_shifts_the_path(method):
    """As long as |x| is at most 1, on which the length of a first step may depend."""
    shift = np.array([0.25, -0.125, 0.5])
    start = np.array([-0.25, 0.5, -0.75])
    here, there = Watched(), Watched()
    there.value, there.slope = lambda x: bowl(x - shift), lambda x: bowl_slope(x - shift)
    decays = "weight_decay" in {option.name for option in METHODS[method].options}
    given = {"options": {"weight_decay": 0.0} if decays else None, **quiet()}  # it pulls to 0
    run(here, method, start, gradient=True, max_evals=12, **given)
    run(there, method, start + shift, gradient=True, max_evals=12, **given)
    np.testing.assert_allclose(np.array(there.points) - shift, here.points, rtol=0, atol=1e-9)


@every_gradient_method
def test_a_permuted_problem_permutes_the_path(method):
    order = np.array([2, 0, 1])
    back = np.argsort(order)
    here, there = Watched(valley, valley_slope), Watched()
    there.value, there.slope = lambda x: valley(x[back]), lambda x: valley_slope(x[back])[order]

    def curvature(x):  # the user's own: differences along the axes are made in the axes' order
        return scipy.optimize.rosen_hess(x[back])[np.ix_(order, order)]

    run(here, method, gradient=True, hess=scipy.optimize.rosen_hess, max_evals=15, **quiet())
    run(there, method, START[order], gradient=True, hess=curvature, max_evals=15, **quiet())
    np.testing.assert_allclose(np.array(there.points)[:, back], here.points, rtol=0, atol=1e-9)


@pytest.mark.parametrize("method", UNITS)
@pytest.mark.parametrize("factor", [2.0**-40, 2.0**40])
def test_the_unit_of_f_does_not_matter(method, factor):
    here, there = Watched(valley, valley_slope), Watched()
    there.value, there.slope = lambda x: factor * valley(x), lambda x: factor * valley_slope(x)
    a = run(here, method, gradient=True, max_evals=400, **quiet())
    b = run(there, method, gradient=True, max_evals=400, **quiet())
    exact = method != "annealing"  # whose first temperature comes of logarithms
    shorter = min(len(here.points), len(there.points))
    if exact:
        assert here.path() == there.path() and a.status is b.status
    else:
        assert [x.tolist() for x in here.points[:shorter]] == [
            x.tolist() for x in there.points[:shorter]
        ]
