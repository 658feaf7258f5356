"""Methods that ask for values only, and descend: they reach minima, on a box too, and the noise."""

from __future__ import annotations

import numpy as np
import pytest

from pyminima import minimize, problems

METHODS = ["nelder_mead", "bobyqa"]
every_method = pytest.mark.parametrize("method", METHODS)

ALONE = {"polish": False, "classify": False}


def valley(x):
    """Rosenbrock's, of 1960: the minimum 0 is at (1, ..., 1)."""
    return float(np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2))


def singular(x):
    """Powell's, of 1962: four variables, and no curvature in two directions at the minimum 0."""
    a, b, c, d = x
    return float((a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4)


def kinks(x):
    return float(np.sum(np.arange(1, len(x) + 1) * np.abs(x - 0.3)))


# By themselves


@every_method
@pytest.mark.parametrize(
    ("fun", "x0", "budget"),
    [
        (valley, [-1.2, 1.0], 400),
        (valley, [-1.2, 1.0, -1.2, 1.0], 2000),
        (singular, [3.0, -1.0, 0.0, 1.0], 1500),
    ],
)
def test_reaches_the_minimum_of_a_smooth_function(method, fun, x0, budget):
    res = minimize(fun, x0, method=method, max_evals=budget, **ALONE)
    assert res.fun < 1e-8 * fun(np.array(x0))


@every_method
@pytest.mark.parametrize("offset", [0.0, 1e6])
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_ends_by_itself_and_says_why(method, offset, scale):
    res = minimize(
        lambda x: scale * (valley(x) + offset),
        [-1.2, 1.0],
        method=method,
        max_evals=20_000,
        **ALONE,
    )
    assert res.success and res.nfev < 2000
    np.testing.assert_allclose(res.x, 1.0, atol=1e-4 if offset == 0.0 else 0.05)


@every_method
def test_units_of_f_do_not_matter(method):
    paths = []
    for scale in (1.0, 2.0**40, 2.0**-40):
        seen = []
        minimize(
            lambda x: seen.append(x.copy()) or scale * valley(x),  # noqa: B023
            [-1.2, 1.0],
            method=method,
            max_evals=300,
            **ALONE,
        )
        paths.append(np.array(seen))
    assert np.array_equal(paths[0], paths[1]) and np.array_equal(paths[0], paths[2])


@every_method
def test_descends_into_a_kink(method):
    res = minimize(kinks, [2.0, -1.0, 1.0], method=method, max_evals=2000, **ALONE)
    assert res.fun < 1e-3


# On a box


@every_method
@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ([(None, 0.5), (None, None)], [0.5, 0.25]),  # the valley enters through the wall
        ([(1.5, None), (None, None)], [1.5, 2.25]),
        ([(-2.0, 2.0), (-2.0, 0.0)], [0.0, 0.0]),
        ([(-3.0, -1.0), (2.0, 3.0)], [-np.sqrt(2.0), 2.0]),  # away from the start
        ([(0.25, 0.25), (None, None)], [0.25, 0.0625]),
    ],
)
def test_reaches_the_minimum_on_a_box(method, box, expected):
    res = minimize(valley, [-1.2, 1.0], method=method, bounds=box, max_evals=1500, **ALONE)
    low = [-np.inf if a is None else a for a, _ in box]
    high = [np.inf if b is None else b for _, b in box]
    reference = minimize(valley, expected, bounds=box)
    assert (low <= res.x).all() and (res.x <= high).all()
    assert res.fun - reference.fun < 1e-6 * (1.0 + reference.fun)


@every_method
def test_a_start_in_a_corner_is_left(method):
    res = minimize(
        lambda x: float(np.sum((x - [0.5, 3.0, 0.75]) ** 2)),
        [0.0, 0.0, 0.0],
        method=method,
        bounds=[(0.0, 1.0)] * 3,
        max_evals=1500,
        **ALONE,
    )
    np.testing.assert_allclose(res.x, [0.5, 1.0, 0.75], atol=1e-4)
    assert res.x[1] == 1.0


@every_method
def test_variables_of_different_sizes(method):
    size = np.array([1e-3, 1.0, 1e4])
    res = minimize(
        lambda x: float(np.sum((x / size - 1.3) ** 2)),
        size,
        method=method,
        bounds=[(0.0, 2.0 * s) for s in size],
        max_evals=1500,
        **ALONE,
    )
    np.testing.assert_allclose(res.x / size, 1.3, atol=1e-4)


# With noise


@every_method
@pytest.mark.parametrize("n", [2, 5])
def test_noise_of_a_millionth_does_not_break_it(method, n):
    rng = np.random.default_rng(4)

    def noisy(x):
        return (1.0 + valley(x)) * (1.0 + 1e-6 * rng.standard_normal())

    res = minimize(noisy, np.full(n, -0.5), method=method, max_evals=400 * n, **ALONE)
    assert valley(res.x) < 1e-2


# From end to end


@every_method
def test_the_whole_run_ends_in_a_judged_minimum(method):
    res = minimize(valley, [-1.2, 1.0], method=method)
    assert res.success and res.classification.kind == "local"
    assert next(stage for stage in res.stages if stage.name == "search").method == method


@every_method
def test_leaves_a_saddle(method):
    res = minimize(lambda x: x[0] ** 2 + (x[1] ** 2 - 1.0) ** 2, [1.0, 0.0], method=method)
    assert res.success and res.fun < 1e-10


@every_method
def test_most_problems_of_the_catalogue_are_solved_by_it_alone(method):
    solved = []
    for p in problems.all():
        minima = [c.fun for c in p.points if c.kind in ("local_minimum", "degenerate_minimum")]
        smooth = "smooth" in p.tags and p.noise == 0.0 and "multimodal" not in p.tags
        if not (2 <= p.n <= 4 and smooth and minima):
            continue
        box = list(zip(p.lower, p.upper, strict=True))
        budget = 200 * (p.n + 1)
        res = minimize(p.fun, p.x0, method=method, bounds=box, max_evals=budget, **ALONE)
        solved.append(any(abs(res.fun - f) < 1e-5 * (1.0 + abs(f)) for f in minima))
    assert len(solved) >= 30 and np.mean(solved) >= 0.9, (sum(solved), len(solved))


def test_a_simplex_that_starts_at_the_minimum_soon_finds_it_out():
    # Nothing improves there, so only the rise of the first simplex tells the scale of f.
    res = minimize(valley, np.ones(30), method="nelder_mead", **ALONE)
    assert res.success and res.nfev < 10_000
    np.testing.assert_array_equal(res.x, 1.0)
