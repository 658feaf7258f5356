"""Every label of the catalogue is checked without using what the label was made from.

Derivatives are compared with differences of values, indices with eigenvalues of differences of
gradients, kinds with the values of neighbours, global minima with a scan and local searches.
Lengths are measured in widths of the box, so that badly scaled problems are judged like others.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from pyminima import problems
from pyminima.problems import CriticalPoint, Problem

CATALOGUE = {problem.name: problem for problem in problems.all(centred=True)}
EPS = np.finfo(float).eps

every_problem = pytest.mark.parametrize("problem", CATALOGUE.values(), ids=list(CATALOGUE))
every_point = pytest.mark.parametrize(
    ("problem", "point"),
    [(problem, point) for problem in CATALOGUE.values() for point in problem.points],
    ids=[f"{p.name}-{i}-{q.kind}" for p in CATALOGUE.values() for i, q in enumerate(p.points)],
)


# Tools


def width(problem: Problem) -> np.ndarray:
    """The width of the box; 4 where it is infinite or zero."""
    w = problem.upper - problem.lower
    return np.where(np.isfinite(w) & (w > 0), w, 4.0)


def box(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """The box, cut to 10 around the start where it is infinite."""
    return np.maximum(problem.lower, problem.x0 - 10), np.minimum(problem.upper, problem.x0 + 10)


@functools.cache
def samples(problem: Problem) -> list[np.ndarray]:
    """The start, random points of the box, and points near labels, where values are finite."""
    rng = np.random.default_rng(7)
    points = [problem.x0, *rng.uniform(*box(problem), size=(6, problem.n))]
    for point in problem.points[:4]:
        near = point.x + 0.01 * width(problem) * rng.standard_normal(problem.n)
        points.append(np.clip(near, problem.lower, problem.upper))
    return [x for x in points if np.isfinite(problem.fun(x))]


def difference(function, x: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Fourth-order central differences of `function` along each axis; derivatives come last."""
    columns = []
    for move in np.diag(step):
        one = np.asarray(function(x + move)) - np.asarray(function(x - move))
        two = np.asarray(function(x + 2 * move)) - np.asarray(function(x - 2 * move))
        columns.append((8 * one - two) / (12 * np.abs(move).sum()))
    return np.stack(columns, axis=-1)


def scaled_hessian(problem: Problem, point: CriticalPoint) -> tuple[np.ndarray, float]:
    """Hessian on the free coordinates in widths of the box, and its error from rounding."""
    w, free = width(problem), free_coordinates(problem, point)
    step = 2e-5 * w
    hess = difference(problem.jac, point.x, step) * np.outer(w, w)
    hess = 0.5 * (hess + hess.T)[np.ix_(free, free)]
    slopes = [
        np.abs(problem.jac(point.x + s * move) * w).max() for s in (-2, 2) for move in np.diag(step)
    ]
    # The second term: rounding where the curvature vanishes altogether.
    floor = EPS * np.abs(problem.jac(problem.x0) * w).max()
    return hess, 100 * EPS * max(slopes) / 2e-5 + floor


def free_coordinates(problem: Problem, point: CriticalPoint) -> np.ndarray:
    return (problem.lower < point.x) & (point.x < problem.upper)


def neighbours(problem: Problem, point: CriticalPoint, radius: float, count=60) -> np.ndarray:
    """Values at random points of the box at a distance of `radius` widths or less."""
    directions = np.random.default_rng(11).standard_normal((count, problem.n))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    xs = np.clip(point.x + radius * width(problem) * directions, problem.lower, problem.upper)
    return np.array([problem.fun(x) for x in xs])


def rounding(problem: Problem, point: CriticalPoint) -> float:
    return 20 * EPS * abs(point.fun) + 7 * problem.noise + 1e-300


def lowest_around(problem: Problem, point: CriticalPoint, radius: float) -> float:
    """The lowest value that local searches find in a cube around the point, cut by the box."""
    w = width(problem)
    lo = np.maximum(problem.lower, point.x - radius * w)
    up = np.minimum(problem.upper, point.x + radius * w)
    rng = np.random.default_rng(3)
    values = []
    for start in rng.uniform(lo, up, size=(5, problem.n)):
        # TNC: L-BFGS-B calls threaded BLAS, which stalls when the cores are busy.
        with np.errstate(all="ignore"):
            found = optimize.minimize(
                problem.fun,
                start,
                jac=problem.jac,
                bounds=list(zip(lo, up, strict=True)),
                method="TNC",
                options={"ftol": 0, "gtol": 0, "xtol": 0, "maxfun": 80},
            )
        values.append(found.fun)
    return min(values)


# Derivatives


def check_gradient(problem: Problem) -> None:
    w = width(problem)
    h = 0.05 if problem.noise else 2e-5
    xs = samples(problem)
    exact = np.array([problem.jac(x) for x in xs]) * w
    numeric = np.array([difference(problem.fun, x, h * w) for x in xs]) * w
    values = np.array([abs(problem.fun(x)) for x in xs])
    error = 10 * (EPS * values.max() + problem.noise) / h
    seen = np.isfinite(numeric).all(axis=1)
    assert seen.sum() >= min(3, len(xs))
    scale = np.abs(exact[seen]).max()
    assert error <= 0.01 * scale or scale == 0, "the test could not fail"
    np.testing.assert_allclose(numeric[seen], exact[seen], rtol=1e-6, atol=error + 1e-8 * scale)


def check_hessian(problem: Problem) -> None:
    if problem.hess is None:
        return
    w = width(problem)
    xs = samples(problem)
    exact = np.array([problem.hess(x) for x in xs]) * np.outer(w, w)
    numeric = np.array([difference(problem.jac, x, 2e-5 * w) for x in xs]) * np.outer(w, w)
    seen = np.isfinite(numeric).all(axis=(1, 2))
    resolution = np.finfo(np.float32).eps if problem.name == "float32_bowl" else EPS
    error = 10 * resolution * max(np.abs(problem.jac(x) * w).max() for x in xs) / 2e-5
    scale = np.abs(exact[seen]).max()
    assert error <= 0.01 * scale or resolution > EPS or scale == 0, "the test could not fail"
    np.testing.assert_allclose(numeric[seen], exact[seen], rtol=1e-5, atol=error + 1e-7 * scale)


@every_problem
def test_gradient_agrees_with_differences_of_values(problem):
    check_gradient(problem)


@every_problem
def test_hessian_agrees_with_differences_of_gradients(problem):
    check_hessian(problem)


def test_a_wrong_gradient_and_a_wrong_hessian_are_noticed():
    true = CATALOGUE["himmelblau"]
    with pytest.raises(AssertionError):
        check_gradient(replace(true, jac=lambda x: true.jac(x) * (1 + 1e-4)))
    with pytest.raises(AssertionError):
        check_hessian(replace(true, hess=lambda x: true.hess(x) * (1 + 1e-3)))


# Labels


def check_value(problem: Problem, point: CriticalPoint) -> None:
    assert np.all((problem.lower <= point.x) & (point.x <= problem.upper))
    nearby = max(abs(problem.fun(problem.x0)), abs(point.fun))
    value = problem.fun(point.x)
    slack = 1e-13 * nearby + 7 * problem.noise + 7 * problem.precision * abs(point.fun) + 1e-300
    if problem.hess is not None:  # coordinates are rounded, all of them in single precision
        rounded = problem.precision * np.abs(point.x)
        slack += rounded @ np.abs(problem.hess(point.x)) @ rounded
    assert value == pytest.approx(point.fun, rel=1e-13, abs=slack)


def check_stationary(problem: Problem, point: CriticalPoint, at: list | None = None) -> None:
    """The projected gradient vanishes beside those at the places `at`, or at `samples`."""
    if point.kind == "nonsmooth_minimum" or (problem.hess is None and point.index is None):
        return
    w = width(problem)
    scale = max(np.abs(problem.jac(x) * w).max() for x in at or samples(problem))
    slope = problem.jac(point.x) * w
    # A gradient may push against a bound, and anywhere between two equal ones.
    slope = np.where(point.x == problem.lower, np.minimum(slope, 0), slope)
    slope = np.where(point.x == problem.upper, np.maximum(slope, 0), slope)
    slope = np.where(problem.lower == problem.upper, 0, slope)
    # Coordinates are rounded, all of them in single precision.
    rounded = problem.precision * np.abs(point.x)
    grain = 0.0 if problem.hess is None else w * (np.abs(problem.hess(point.x)) @ rounded)
    assert np.all(np.abs(slope) <= 1e-10 * scale + grain)


def check_index(problem: Problem, point: CriticalPoint) -> None:
    if point.index is None:
        smooth = point.kind not in ("nonsmooth_minimum", "plateau")
        assert not smooth or not {"nonsmooth", "degenerate"}.isdisjoint(problem.tags)
        return
    hess, error = scaled_hessian(problem, point)
    curvature = np.linalg.eigvalsh(hess) if hess.size else np.zeros(0)
    level = 1e-8 * np.abs(curvature).max(initial=0) + error
    assert point.index == np.sum(curvature < -level)
    singular = bool(np.any(np.abs(curvature) <= level))
    if point.kind == "local_minimum":
        assert point.index == 0
        assert not singular
    elif point.kind == "local_maximum":
        assert point.index == problem.n
    elif point.kind in ("degenerate_minimum", "flat_valley", "inflection"):
        # 1e-4: |x|^3 has no curvature at 0, its differences have that of one step.
        elsewhere = max(
            np.abs(difference(problem.jac, x, 2e-5 * width(problem))).max()
            for x in samples(problem)
        )
        assert np.abs(curvature).min() <= max(level, 1e-4 * elsewhere * width(problem).max() ** 2)
    elif point.index == 0:
        assert "degenerate" in problem.tags
    if point.kind in ("local_minimum", "local_maximum") and hess.size and not problem.noise:
        free = free_coordinates(problem, point)
        slope = (problem.jac(point.x) * width(problem))[free]
        assert np.linalg.norm(np.linalg.solve(hess, slope)) <= 1e-12, "not polished"


def check_kind(problem: Problem, point: CriticalPoint) -> None:
    slack = rounding(problem, point)
    radii = (0.01, 0.1) if problem.noise else (1e-4, 1e-3)
    near, far = (neighbours(problem, point, radius) for radius in radii)
    if point in problem.minima:
        for values in (near, far, neighbours(problem, point, 1e-6)):
            assert values.min() >= point.fun - slack
        if point.kind != "flat_valley":
            assert far.max() > point.fun + slack
        if "degenerate" in problem.tags:
            # Straight probes may miss a curved way down; 1e-25: rounding of values near 0.
            assert lowest_around(problem, point, 0.05) >= point.fun - slack - 1e-25
    elif point.kind == "local_maximum":
        assert max(near.max(), far.max()) <= point.fun + slack
        assert far.min() < point.fun - slack
    elif point.kind == "plateau":
        assert np.all(near == point.fun)
        assert np.all(far == point.fun)
    elif point.kind == "saddle" and point.index:
        check_witness(problem, point, slack)
    else:
        # The curvature does not tell, so the search goes along curves.
        for radius in (0.05, 0.02):
            assert lowest_around(problem, point, radius) < point.fun - slack
        # On bounds there may be no higher neighbour in the box: -xy at the corner of a square.
        if free_coordinates(problem, point).all():
            assert neighbours(problem, point, 0.02).max() > point.fun + slack
    if point.kind == "flat_valley":
        check_valley(problem, point)
    if point.kind == "nonsmooth_minimum":
        check_kink(problem, point)


def check_witness(problem: Problem, point: CriticalPoint, slack: float) -> None:
    """Along the eigenvectors the value falls or rises as the index says, close to the point."""
    hess, _ = scaled_hessian(problem, point)
    free = free_coordinates(problem, point)
    curvature, vectors = np.linalg.eigh(hess)
    signs = set()
    for value, vector in zip(curvature, vectors.T, strict=True):
        if abs(value) < 1e-6 * np.abs(curvature).max():
            continue
        move = np.zeros(problem.n)
        move[free] = 1e-3 * vector
        for side in (-1, 1):
            change = problem.fun(point.x + side * move * width(problem)) - point.fun
            assert np.sign(value) * change > slack
        signs.add(np.sign(value))
    # On a face of the box a maximum of that face counts as a saddle if a bound holds it.
    assert signs == {-1, 1} or (signs == {-1} and not free.all())


def check_valley(problem: Problem, point: CriticalPoint) -> None:
    """Descents that start beside the point end at the same value, one of them elsewhere."""
    curvature, vectors = np.linalg.eigh(problem.hess(point.x))
    null = vectors[:, np.abs(curvature) <= 1e-8 * max(1.0, np.abs(curvature).max())]
    moved = []
    for side in np.random.default_rng(2).standard_normal((4, null.shape[1])):
        start = point.x + 0.1 * null @ (side / np.linalg.norm(side))
        found = optimize.minimize(problem.fun, start, jac=problem.jac, options={"gtol": 1e-12})
        assert found.fun == pytest.approx(point.fun, abs=1e-12)
        moved.append(np.linalg.norm(found.x - point.x))
    assert max(moved) > 0.05


def check_kink(problem: Problem, point: CriticalPoint) -> None:
    """Second differences fall like the step where there is a kink, like its square elsewhere."""
    direction = np.ones(problem.n) / np.sqrt(problem.n)
    bends = []
    for h in (1e-3, 1e-6):
        sides = problem.fun(point.x + h * direction) + problem.fun(point.x - h * direction)
        bends.append((sides - 2 * point.fun) / h)
    assert bends[1] > 0.5 * bends[0] > 0


@every_point
def test_label_is_stationary_and_its_value_is_right(problem, point):
    check_value(problem, point)
    check_stationary(problem, point)


@every_point
def test_index_counts_negative_curvatures_of_a_numerical_hessian(problem, point):
    check_index(problem, point)


@every_point
def test_kind_is_confirmed_by_the_neighbours(problem, point):
    check_kind(problem, point)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("himmelblau", {"kind": "saddle", "index": 1}),
        ("peano", {"kind": "degenerate_minimum"}),
        ("monkey_saddle", {"kind": "degenerate_minimum"}),
        ("weak_corner", {"kind": "local_minimum"}),
        ("quartic", {"kind": "flat_valley"}),
        ("quartic", {"kind": "local_minimum"}),
        ("cubic", {"kind": "degenerate_minimum"}),
        ("zero_multiplier", {"kind": "saddle"}),
        ("sphere", {"kind": "nonsmooth_minimum", "index": None}),
        ("absolute_value", {"kind": "plateau"}),
        ("ridge_saddle", {"kind": "local_maximum", "index": 2}),
        ("ridge_saddle", {"index": 0}),
        ("valley", {"kind": "local_minimum"}),
    ],
)
def test_a_wrong_label_is_noticed(name, wrong):
    problem = CATALOGUE[name]
    liar = replace(problem.points[0], **wrong)
    with pytest.raises(AssertionError):
        problem = replace(problem, points=(liar,))
        check_stationary(problem, liar)
        check_index(problem, liar)
        check_kind(problem, liar)


@every_problem
def test_no_lower_value_is_found_than_the_global_minimum(problem):
    best = [point for point in problem.points if point.is_global]
    if not best:
        assert problem.f_min is None
        assert "unbounded" in problem.tags
        return
    slack = 1e-12 * max(1, abs(problem.f_min)) + 7 * problem.noise
    if problem.f_min == 0:
        slack = 7 * problem.noise + 1e-300
    assert "unbounded" not in problem.tags
    for point in problem.points:
        assert point.fun >= problem.f_min
        assert point.is_global == (point.fun <= problem.f_min + slack + 1e-12), point

    rng = np.random.default_rng(5)
    lo, up = box(problem)
    scan = rng.uniform(lo, up, size=(200, problem.n))
    values = np.array([problem.fun(x) for x in scan])
    order = np.argsort(values)
    lowest = np.nanmin(values)
    for start in scan[order[:6]]:
        found = optimize.minimize(
            problem.fun,
            start,
            jac=problem.jac,
            bounds=list(zip(lo, up, strict=True)),
            method="TNC",
        )
        lowest = np.nanmin([lowest, found.fun])
    assert lowest >= problem.f_min - slack - 1e-12 * max(1, abs(problem.f_min))


@pytest.mark.parametrize("problem", [p for p in CATALOGUE.values() if "unbounded" in p.tags])
def test_unbounded_problems_fall_without_end(problem):
    lo, up = np.maximum(problem.lower, -1e4), np.minimum(problem.upper, 1e4)
    lowest = problem.fun(np.clip(np.full(problem.n, -1e4), lo, up))
    for move in np.random.default_rng(6).standard_normal((10, problem.n)):
        found = optimize.minimize(
            problem.fun,
            np.clip(problem.x0 + move, lo, up),
            jac=problem.jac,
            bounds=list(zip(lo, up, strict=True)),
            method="TNC",
            options={"maxfun": 1_000},
        )
        lowest = min(lowest, found.fun)
        if lowest < -1e3:
            return
    pytest.fail(f"the lowest value found is {lowest}")


@pytest.mark.parametrize(
    "name",
    [
        "himmelblau",
        "three_hump_camel",
        "six_hump_camel",
        "goldstein_price",
        "styblinski_tang",
        "rosenbrock",
        "rosenbrock_4",
        "trid",
        "ridge_saddle",
        "wood",
    ],
)
def test_complete_sets_of_critical_points_obey_the_theorem_of_morse(name):
    # Where the value grows in every direction and all points are regular, the alternating sum
    # of their numbers by index is 1 (the Euler characteristic of a ball).
    assert sum((-1) ** point.index for point in CATALOGUE[name].points) == 1


@pytest.mark.parametrize(
    ("name", "minima", "saddles", "maxima", "best"),
    [("himmelblau", 4, 4, 1, 4), ("six_hump_camel", 6, 7, 2, 2), ("three_hump_camel", 3, 2, 0, 1),
     ("branin", 3, 2, 0, 3), ("rosenbrock", 1, 0, 0, 1), ("rosenbrock_4", 2, 1, 0, 1)],
)  # fmt: skip
def test_number_of_points_of_each_kind(name, minima, saddles, maxima, best):
    points = CATALOGUE[name].points
    kinds = [point.kind for point in points]
    assert len(CATALOGUE[name].minima) == minima
    assert (kinds.count("saddle"), kinds.count("local_maximum")) == (saddles, maxima)
    assert sum(point.is_global for point in points) == best


# What noise leaves to be known


def test_noise_hides_what_is_flatter_than_it():
    himmelblau = CATALOGUE["himmelblau"]
    assert all(himmelblau.resolves(point) for point in himmelblau.points)
    assert all(himmelblau.noisy(1e-3).resolves(p) for p in himmelblau.points)
    # The curvatures of a valley are 1e3 and 0.4, and keep their size over a tenth of a unit.
    valley = CATALOGUE["rosenbrock"].noisy(1e-3)
    assert not valley.resolves(valley.points[0])
    shallow = himmelblau.scaled(f_scale=1e-10, f_offset=1e8)
    assert not any(shallow.resolves(point) for point in shallow.points)
    shallow = himmelblau.scaled(f_scale=1e-10)
    assert all(shallow.resolves(point) for point in shallow.points)


@pytest.mark.parametrize("sigma", [1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
def test_a_point_is_resolved_where_a_fitted_parabola_can_tell_its_sign(sigma):
    # 11 x^2 / 10: followed to 10 from 0, it changes by 110, or by 11e-4 if scaled by 1e-5.
    bowl = problems.build(
        lambda x: 1.1 * (x**2).sum(), x0=[3.0], points=[problems.minimum(0.0)], source="here"
    ).scaled(f_scale=1e-5)
    noisy = bowl.noisy(sigma)
    assert noisy.error_at(noisy.points[0]) == sigma
    assert noisy.resolves(noisy.points[0]) == (30 * sigma < 11e-4)


def test_degenerate_points_plateaus_and_kinks_are_never_resolved():
    for problem in CATALOGUE.values():
        for point in problem.points:
            if point.kind not in ("local_minimum", "saddle", "local_maximum"):
                assert not problem.resolves(point), problem.name
    corner = CATALOGUE["weak_corner"]
    assert corner.resolves(corner.points[0])
    assert not corner.noisy(1e-8).resolves(corner.points[0])
    for name in ("peano", "monkey_saddle", "cusp_on_ridge", "dixon_price"):
        assert not CATALOGUE[name].resolves(CATALOGUE[name].points[-1 if name[0] == "d" else 0])


@settings(max_examples=30, deadline=None)
@given(x_scale=st.floats(1e-6, 1e6), f_scale=st.floats(1e-12, 1e12))
def test_what_is_resolved_does_not_depend_on_units(x_scale, f_scale):
    for sigma, seen in ((1e-5, True), (1e-2, False)):
        wells = problems.get("coupled_wells", n=2).noisy(sigma)
        scaled = wells.scaled(x_scale=x_scale, f_scale=f_scale)
        assert [scaled.resolves(point) for point in scaled.points] == [seen] * 3


# The catalogue


def test_every_kind_of_point_is_in_the_catalogue():
    kinds = {point.kind for problem in CATALOGUE.values() for point in problem.points}
    assert kinds == set(problems.Kind.__args__)
    assert sum(len(problem.points) for problem in CATALOGUE.values()) >= 150


@pytest.mark.parametrize("problem", [p for p in problems.all() if "verdict" not in p.tags])
def test_minima_to_search_for_are_away_from_origin_and_centre(problem):
    # 0.02 widths: farther than a search that stops at the centre would be let off with.
    w = width(problem)
    for point in problem.points:
        if point.is_global:
            assert np.linalg.norm(point.x / w) > 0.02
            assert np.linalg.norm((point.x - 0.5 * (problem.lower + problem.upper)) / w) > 0.02


@every_problem
def test_a_problem_is_well_formed(problem):
    assert problem.x0.shape == problem.lower.shape == problem.upper.shape == (problem.n,)
    assert np.all((problem.lower <= problem.x0) & (problem.x0 <= problem.upper))
    assert isinstance(problem.fun(problem.x0), float)
    assert problem.jac(problem.x0).shape == (problem.n,)
    assert problem.source
    assert problem.name in problems.names()
    assert ("centred" in problem.tags) == (f"{problem.name}_shifted" in problems.names())
    optimize.minimize(
        problem.fun, problem.x0, bounds=problem.bounds, method="TNC", options={"maxfun": 1}
    )


FAMILIES = [name for name in problems.names() if "n" in problems.parameters(name)]


@pytest.mark.parametrize("name", FAMILIES)
def test_families_keep_their_labels_in_other_sizes(name):
    problem = problems.get(name, n=5)
    assert problem.n == 5
    check_gradient(problem)
    for point in problem.points[:6]:
        check_value(problem, point)
        check_stationary(problem, point)
        check_index(problem, point)


@pytest.mark.parametrize("n", [4, 5, 6, 7, 9, 12, 20, 30])
def test_rosenbrock_has_a_second_minimum_and_a_saddle_from_4_variables_on(n):
    problem = problems.get("rosenbrock", n=n)
    assert [point.kind for point in problem.points] == ["local_minimum", "local_minimum", "saddle"]
    for point in problem.points:
        check_stationary(problem, point)
        check_index(problem, point)


def test_get_names_the_nearest_problem_and_the_parameters():
    with pytest.raises(ValueError, match="'rosenbrok'; did you mean 'rosenbrock'"):
        problems.get("rosenbrok")
    with pytest.raises(ValueError, match="n=2 only, not n=3"):
        problems.get("beale", n=3)
    with pytest.raises(ValueError, match="no parameter 'm'; its parameters: n"):
        problems.get("sphere", m=3)
    assert problems.get("beale", n=2).n == 2
    assert problems.get("shekel", m=5).f_min > problems.get("shekel", m=10).f_min
    with pytest.raises(ValueError, match="m=6"):
        problems.get("shekel", m=6)


def test_a_point_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"shape \(3,\).*takes shape \(2,\)"):
        CATALOGUE["beale"].fun(np.zeros(3))


def test_a_label_far_from_any_critical_point_is_refused():
    with pytest.raises(ValueError, match="no critical point near"):
        problems.build(
            lambda x: ((x - 3) ** 2).sum(), x0=[0.0], points=[problems.minimum(1.0)], source="here"
        )


def test_noise_has_its_size_and_repeats_with_the_problem():
    first, second = problems.get("noisy_bowl"), problems.get("noisy_bowl")
    values = np.array([first.fun([1.0, 3.0]) for _ in range(2000)])
    assert values[:5].tolist() == [second.fun([1.0, 3.0]) for _ in range(5)]
    # The mean and the deviation of 2000 draws, at 5 standard errors.
    assert abs(values.mean()) < 5 * 1e-3 / np.sqrt(2000)
    assert abs(values.std() / 1e-3 - 1) < 5 / np.sqrt(2 * 2000)


def test_reseeded_noise_does_not_depend_on_what_was_evaluated_before():
    x = [1.0, 3.0]
    noisy = problems.get("noisy_bowl").noisy(relative=1e-3, seed=5).shifted(0.5)

    def values(*key):
        noisy.reseed(*key)
        return [noisy.fun(x) for _ in range(5)]

    first = values(2, 0)
    noisy.fun(x)
    assert values(2, 0) == first
    assert values(2, 1) != first
    CATALOGUE["booth"].reseed(2, 0)  # no noise, nothing to do


def test_noise_in_proportion_to_the_value_has_its_size():
    noisy = CATALOGUE["himmelblau"].noisy(relative=1e-6, seed=3)
    x = [0.0, 0.0]  # the value is 170
    values = np.array([noisy.fun(x) for _ in range(2000)])
    assert abs(values.std() / 170e-6 - 1) < 5 / np.sqrt(2 * 2000)
    assert noisy.fun([3.0, 2.0]) == 0.0
    assert noisy.error_at(noisy.points[-1]) == pytest.approx(1e-6 * noisy.points[-1].fun)


def test_single_precision_has_24_bits():
    single = CATALOGUE["himmelblau"].in_single_precision()
    assert single.fun([0.1, 0.2]) == np.float32(single.fun([0.1, 0.2]))
    assert single.fun([0.1, 0.2]) == single.fun([0.1 + 1e-10, 0.2])
    assert single.fun([0.1, 0.2]) == pytest.approx(
        CATALOGUE["himmelblau"].fun([0.1, 0.2]), rel=1e-6
    )
    for part in (single.jac([0.1, 0.2]), single.hess([0.1, 0.2])):
        np.testing.assert_array_equal(part, part.astype(np.float32))


# The bank


@functools.cache
def bank() -> list[Problem]:
    return list(problems.bank())


def test_the_bank_has_points_of_every_kind_index_size_and_disguise():
    points = [point for problem in bank() for point in problem.points]
    assert len(points) >= 1000
    assert {point.kind for point in points} == set(problems.Kind.__args__)
    assert {problem.n for problem in bank()} >= {1, 2, 3, 4, 5, 6, 10, 20, 30, 100}
    for n in (1, 2, 3, 6):
        seen = {p.index for problem in bank() if problem.n == n for p in problem.points}
        assert seen >= set(range(n + 1))
    for n in (10, 30, 100):
        seen = [p.index / n for problem in bank() if problem.n == n for p in problem.points
                if p.index is not None]  # fmt: skip
        assert {min(seen), max(seen)} == {0.0, 1.0}
        assert len(set(seen)) >= 11
    names = [problem.name for problem in bank()]
    assert len(set(names)) == len(names)
    assert {name.partition(", ")[0] for name in names} == set(problems.names())


def test_labels_of_the_bank_are_stationary_and_their_values_are_right():
    for problem in bank():
        if problem.name in CATALOGUE:
            continue
        away = np.clip(problem.x0 + 0.1 * width(problem), problem.lower, problem.upper)
        for point in problem.points:
            check_value(problem, point)
            check_stationary(problem, point, at=[problem.x0, away])


def test_indices_of_the_bank_are_those_of_the_hessian():
    counted = 0
    for problem in bank():
        for point in problem.points:
            if problem.hess is None or point.index is None:
                continue
            free = free_coordinates(problem, point)
            size = np.abs(problem.hess(point.x))
            scale = 1 / np.sqrt(np.where(np.diag(size) > 0, np.diag(size), size.max() + 1e-300))
            hess = (problem.hess(point.x) * np.outer(scale, scale))[np.ix_(free, free)]
            curvature = np.linalg.eigvalsh(hess) if hess.size else np.zeros(0)
            assert point.index == np.sum(curvature < -1e-7), (problem.name, point)
            if point.kind == "local_maximum":
                assert point.index == problem.n
            elif point.kind == "local_minimum":
                assert np.all(curvature > 1e-10)
            counted += 1
    assert counted >= 1500


@pytest.mark.parametrize("point", CATALOGUE["six_hump_camel"].points[::2])
def test_a_bound_through_a_point_keeps_its_kind(point):
    problem = CATALOGUE["six_hump_camel"]
    if point.kind == "local_maximum":
        with pytest.raises(ValueError, match="may change its kind"):
            problem.with_bound_through(point, 0)
        return
    for i in range(2):
        bounded = problem.with_bound_through(point, i)
        (kept,) = bounded.points
        assert kept.x[i] == bounded.lower[i]
        check_index(bounded, kept)
        check_kind(replace(bounded, tags=problem.tags), kept)
        with pytest.raises(ValueError, match="already lies on a bound"):
            bounded.with_bound_through(kept, 1 - i)


# Transformations

MOVABLE = ["himmelblau", "hartmann3", "rosenbrock_4", "monkey_saddle", "ackley",
           "matrix_factorisation", "peano", "styblinski_tang", "cubic", "valley"]  # fmt: skip


def check_all(problem: Problem) -> None:
    check_gradient(problem)
    check_hessian(problem)
    for point in problem.points[:4]:
        check_value(problem, point)
        check_stationary(problem, point)
        check_index(problem, point)
        check_kind(problem, point)


@pytest.mark.parametrize("name", [*MOVABLE, "quadratic_saddle", "weak_corner", "kinked_bowl"])
def test_moving_and_scaling_keep_every_label(name):
    problem = CATALOGUE[name]
    spread = np.linspace(-0.7, 0.4, problem.n)
    check_all(problem.shifted(spread))
    check_all(problem.scaled(x_scale=10.0**spread, f_scale=3.0, f_offset=-0.25))


@pytest.mark.parametrize("name", MOVABLE)
def test_turning_keeps_every_label(name):
    turned = CATALOGUE[name].rotated(np.random.default_rng(4))
    assert turned.bounds == [(None, None)] * turned.n
    check_all(turned)


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(["six_hump_camel", "wood", "vertex", "rastrigin"]),
    offset=st.floats(-50, 50),
    x_scale=st.floats(1e-3, 1e3),
    f_scale=st.floats(1e-6, 1e6),
)
def test_transformed_problem_is_the_old_one_in_new_coordinates(name, offset, x_scale, f_scale):
    old = CATALOGUE[name]
    new = old.shifted(offset).scaled(x_scale=x_scale, f_scale=f_scale, f_offset=1.0)

    def forward(x):
        return x_scale * (x + offset)

    x = old.x0
    z = forward(x)
    close = {"rtol": 1e-9, "atol": 1e-9 * f_scale * max(1, abs(old.fun(x)))}
    np.testing.assert_allclose(new.x0, z)
    np.testing.assert_allclose(new.lower, forward(old.lower))
    np.testing.assert_allclose(new.upper, forward(old.upper))
    np.testing.assert_allclose(new.fun(z), f_scale * old.fun(x) + 1.0, **close)
    for new_part, old_part, factor in (
        (new.jac(z), old.jac(x), f_scale / x_scale),
        (new.hess(z), old.hess(x), f_scale / x_scale**2),
    ):
        np.testing.assert_allclose(new_part, factor * old_part, rtol=1e-7, atol=1e-7 * factor)
    assert new.f_min == pytest.approx(f_scale * old.f_min + 1.0)
    assert [p.kind for p in new.points] == [p.kind for p in old.points]


def test_transformations_refuse_what_would_make_labels_false():
    with pytest.raises(ValueError, match="lies on a bound"):
        CATALOGUE["vertex"].rotated(np.eye(3))
    with pytest.raises(ValueError, match="lies on a bound"):
        CATALOGUE["vertex"].within(-5, 5)
    with pytest.raises(ValueError, match="no global minimum"):
        CATALOGUE["rosenbrock"].within(2, 3)
    with pytest.raises(ValueError, match="lies on a bound"):
        CATALOGUE["rosenbrock"].within(1, 3)
    with pytest.raises(ValueError, match="orthogonal"):
        CATALOGUE["rosenbrock"].rotated(2 * np.eye(2))
    with pytest.raises(ValueError, match="x_scale"):
        CATALOGUE["rosenbrock"].scaled(x_scale=[1.0, -1.0])
    with pytest.raises(ValueError, match="f_scale"):
        CATALOGUE["rosenbrock"].scaled(f_scale=0.0)
    with pytest.raises(ValueError, match="offset it before"):
        CATALOGUE["rosenbrock"].in_single_precision().scaled(f_offset=1.0)


def test_data_of_a_problem_cannot_be_changed():
    problem = CATALOGUE["beale"]
    for array in (problem.x0, problem.lower, problem.points[0].x):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 3.0
