"""The portfolio: what it does on which function, what it says of that, and what it costs."""

from __future__ import annotations

import numpy as np
import pytest
import scipy
from scipy.optimize import rosen, rosen_der

import pyminima
from pyminima import Status, minimize

BOX = [(-5.0, 5.0)]
ROW = {m.name: m for m in pyminima.methods()}["auto"]
PORTFOLIO = {"multistart", "cmaes", "funnel_search"}


def rastrigin(x):
    """Minima about one apart, the lowest, 0, at 0.7."""
    z = np.asarray(x) - 0.7
    return np.sum(z * z + 10.0 - 10.0 * np.cos(2.0 * np.pi * z), axis=-1)


def rastrigin_slope(x):
    z = x - 0.7
    return 2.0 * z + 20.0 * np.pi * np.sin(2.0 * np.pi * z)


def rotation(n):
    return np.linalg.qr(np.random.default_rng(4).standard_normal((n, n)))[0]


def rotated(x):
    """In sums of its own: those of BLAS differ in the last bit for x and for a row of X."""
    return rastrigin(sum(x[i] * row for i, row in enumerate(rotation(len(x)))))


def himmelblau(x):
    return float((x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2)


def search(fun, n, method="auto", **given):
    """The method alone: no polish, no verdict."""
    points = []

    def watched(x):
        points.append(x.copy())
        return fun(x)

    given = {"bounds": BOX * n, "rng": 3, "max_evals": 3000, **given}
    res = minimize(watched, method=method, classify=False, polish=False, **given)
    return res, np.array(points)


def parts(res):
    return {stage.name: stage for stage in res.stages if stage.reason is not None}


# What it does


def evaluations(method, fun, x0, **given):
    """As many as it takes to come to 1e-8, where the lowest value is 0."""
    res, _ = search(fun, len(x0), method, x0=x0, target=1e-8, **given)
    assert res.status is Status.TARGET
    return res.nfev


@pytest.mark.parametrize("n", [2, 5])
@pytest.mark.parametrize("given", [{}, {"jac": rosen_der}])
def test_one_smooth_basin_takes_as_long_as_bfgs(n, given):
    x0 = np.full(n, -1.2)
    alone = evaluations("bfgs", rosen, x0, **given)
    assert evaluations("auto", rosen, x0, **given) <= alone + 1


def test_a_gradient_saves_evaluations():
    x0 = np.full(5, -1.2)
    given = evaluations("auto", rosen, x0, jac=rosen_der)
    assert given < 0.7 * evaluations("auto", rosen, x0)


@pytest.mark.parametrize("seed", range(3))
def test_a_sum_of_many_minima_is_solved_line_by_line(seed):
    x0 = np.random.default_rng(seed).uniform(-5, 5, 10)
    res, _ = search(rastrigin, 10, x0=x0, rng=seed, target=1e-6)
    assert res.status is Status.TARGET and res.nfev <= 3000
    assert PORTFOLIO.isdisjoint(parts(res))


def test_a_sum_that_is_solved_is_not_searched_for_ever():
    res, _ = search(rastrigin, 4, rng=1, max_evals=100_000)
    assert res.status is Status.VALUE and res.fun < 1e-6 and res.nfev < 30_000


def test_what_is_no_sum_goes_to_the_portfolio():
    res, _ = search(rotated, 4, max_evals=20_000, target=1e-6)
    assert set(parts(res)) >= PORTFOLIO
    assert parts(res)["lines"].nfev <= 6  # so many tell
    assert res.fun < 1.0 + 1e-6  # the lowest minimum, or the next one


def rough(x):
    """Dents of every size, and far too many for a trend of their bottoms to show."""
    z = x @ rotation(len(x)) - 0.7
    return float(np.sum(z * z + 2.0 * np.abs(np.sin(40.0 * z)) + np.abs(np.sin(211.0 * z))))


def test_funnels_get_most_where_their_model_predicts_the_minima():
    given = {"n": 5, "max_evals": 10_000}
    smooth, dented = (
        parts(search(fun, **given)[0]) for fun in (lambda x: float(rotated(x)), rough)
    )
    assert smooth["funnel_search"].nfev > 1.5 * smooth["cmaes"].nfev
    assert dented["funnel_search"].nfev < dented["cmaes"].nfev


def test_one_variable_is_searched_as_a_line():
    res, points = search(lambda x: float(rastrigin(x)), 1, x0=[-4.3], max_evals=200, target=1e-8)
    assert res.status is Status.TARGET
    assert np.abs(points).max() <= 5.0


def test_a_plateau_ends_by_itself_or_by_the_budget():
    res = minimize(lambda x: 1.0, bounds=BOX * 3, method="auto", rng=1, max_evals=3000)
    assert res.nfev <= 3000 and res.fun == 1.0
    assert res.classification.kind == "plateau" and not res.success


def test_a_bowl_ends_by_itself():
    res = minimize(lambda x: float(np.sum((x - 0.3) ** 2)), bounds=BOX * 3, method="auto", rng=1)
    assert res.nfev < 20_000 and res.success
    assert Status.VALUE in {part.status for part in parts(res).values()}  # of the last one


@pytest.mark.parametrize("budget", range(1, 60, 4))
def test_tiny_budgets(budget):
    res = minimize(rotated, bounds=BOX * 3, method="auto", rng=1, max_evals=budget)
    assert res.nfev <= budget
    assert sum(stage.nfev for stage in res.stages) == res.nfev
    assert np.isfinite(res.fun)


# What it is told


def test_the_same_rng_gives_the_same_run():
    first, points = search(rotated, 3, rng=5)
    again, others = search(rotated, 3, rng=5)
    assert points.tobytes() == others.tobytes() and first.stages == again.stages
    assert search(rotated, 3, rng=6)[1].tobytes() != points.tobytes()


def hollow(x):
    """Open to all sides: many minima in a wide bowl, and no sum."""
    return float(rotated(np.asarray(x) / 2.0))


CHANGES = {
    "share": (0.95, {}),
    "spread": (3.0, {"x0": [6.0, -7.0], "bounds": None}),
    "ftol": (1.0, {"options": {"patience": 1}}),
    "xtol": (1.0, {}),
    "patience": (1, {"options": {"ftol": 1.0}}),
}


# gtol is about gradients where a method stands: a search of the box has none.
@pytest.mark.parametrize("name", [o.name for o in ROW.options if o.name != "gtol"])
def test_every_option_has_an_effect(name):
    value, given = CHANGES[name]
    given = {"max_evals": 8000, **given}
    options = given.pop("options", {})
    with_it = {**options, name: value}
    plain = search(hollow, 2, options=options, **given)[1]
    changed = search(hollow, 2, options=with_it, **given)[1]
    assert plain.tobytes() != changed.tobytes()


@pytest.mark.parametrize(
    "bounds",
    [
        [(None, None)] * 3,
        [(None, 5.0), (-5.0, None), (-5.0, 5.0)],
        [(1.0, None), (-5.0, 5.0), (None, 0.2)],
        [(-5.0, 5.0), (0.5, 0.5), (-5.0, 5.0)],
        [(0.5, 0.5)] * 2 + [(-5.0, 5.0)],
    ],
)
def test_bounds_of_any_kind_are_kept_to(bounds):
    lower = np.array([-np.inf if low is None else low for low, _ in bounds])
    upper = np.array([np.inf if high is None else high for _, high in bounds])
    res, points = search(rotated, 3, x0=[2.0, 0.5, -1.0], bounds=bounds, max_evals=1500)
    assert (lower <= points).all() and (points <= upper).all()
    assert res.fun < rotated(np.array([2.0, 0.5, -1.0]))


def test_every_variable_fixed():
    res = minimize(rotated, [0.5, 0.5], bounds=[(0.5, 0.5)] * 2, method="auto")
    assert res.status is Status.FIXED and parts(res) == {}


def test_vectorized_is_the_same_run():
    given = {"bounds": BOX * 3, "method": "auto", "rng": 2, "max_evals": 3000}
    one = minimize(rotated, **given)
    many = minimize(lambda X: np.array([rotated(x) for x in X]), vectorized=True, **given)
    assert one.x.tobytes() == many.x.tobytes() and one.nfev == many.nfev
    assert one.stages == many.stages


# What it says


def quiet(fun, n, **given):
    return minimize(fun, bounds=BOX * n, method="auto", rng=1, max_evals=4000, **given)


@pytest.mark.parametrize(
    "given", [{}, {"jac": rastrigin_slope}, {"jac": "cs"}, {"jac": "3-point"}, {"max_iter": 40}]
)
def test_the_stages_add_up(given):
    res = quiet(rastrigin, 3, **given)
    assert sum(stage.nfev for stage in res.stages) == res.nfev
    assert sum(stage.nit for stage in res.stages) == res.nit
    assert "search" not in {stage.name for stage in res.stages}
    assert min(stage.fun for stage in parts(res).values()) >= res.fun


def test_the_stages_say_why():
    res = quiet(rotated, 3, x0=[-4.0, 3.0, 4.5])
    told = parts(res)
    assert next(iter(told)) == "first search" and told["first search"].method == "bfgs"
    assert "is not seen to be a sum" in told["lines"].reason and told["lines"].method is None
    assert told["multistart"].reason == told["cmaes"].reason
    for part in told.values():
        assert f"{part.name}: {part.nfev} evaluations" in res.message
        assert part.reason[1:] in res.message
    assert quiet(rastrigin, 3).to_dict()["stages"][1]["reason"] == told["first search"].reason


def wells(x):
    return float((x[0] ** 2 - 9) ** 2 + x[0] + np.sum((x[0] - x[1:]) ** 2))


def test_two_basins_and_one_are_told_apart():
    start = {"x0": [-4.5, -3.0, 4.0]}
    two = parts(quiet(wells, 3, **start))
    assert two["cmaes"].reason == "the two searches ended in different places"
    one = parts(quiet(rosen, 3, **start))
    assert one["cmaes"].reason == "both searches ended in one place"


def test_other_methods_have_one_search():
    res = minimize(rosen, [0.0, 1.0], method="bfgs")
    assert {stage.reason for stage in res.stages} == {None}
    assert [stage.name for stage in res.stages].count("search") == 1


def test_the_solver_tells_of_its_parts():
    solver = pyminima.Solver("auto", [2.0, 3.0, -1.0], bounds=BOX * 3, rng=1)
    while solver.result().nfev < 600:
        solver.tell([rotated(x) for x in solver.ask()])
    res = solver.result()
    assert set(parts(res)) >= {*PORTFOLIO, "first search"}
    assert sum(stage.nfev for stage in res.stages) == res.nfev
    assert res.stages == solver.copy().result().stages
    plain = pyminima.Solver("bfgs", [2.0, 3.0])
    assert plain.result().stages == ()


def test_a_compiled_objective_has_the_same_parts():
    numba = pytest.importorskip("numba")

    @numba.cfunc("float64(intc, CPointer(float64))")
    def valley(n, x):
        return (x[0] - 0.7) ** 2 + (x[1] + 0.2) ** 2 + 5.0 * (x[0] - x[1]) ** 2 + 0.0 * n

    def plain(x):
        return (x[0] - 0.7) ** 2 + (x[1] + 0.2) ** 2 + 5.0 * (x[0] - x[1]) ** 2

    compiled = quiet(scipy.LowLevelCallable(valley.ctypes), 2)
    interpreted = quiet(plain, 2)
    assert [s[:3] for s in compiled.stages] == [s[:3] for s in interpreted.stages]
    assert list(parts(compiled)) == list(parts(interpreted))


@pytest.mark.parametrize("method", ["auto", "multistart"])
def test_the_uniform_starts_say_what_may_be_missing(method):
    given = {"bounds": BOX * 2, "method": method, "rng": 1, "max_evals": 20_000}
    res = minimize(himmelblau, **given)
    seen = res.classification.basins
    assert seen.starts > seen.minima == 4 == len(res.minima)
    assert res.classification.probability == seen.probability_best > 0.5
    assert res.classification.globality is pyminima.Globality.PROBABLE
    assert [m.fun for m in res.minima] == sorted(m.fun for m in res.minima)
    assert all(himmelblau(m.x) == m.fun for m in res.minima)


# What else a call may ask for


def test_polish_comes_after_it():
    names = [stage.name for stage in quiet(rotated, 3).stages]
    assert names.index("polish") > names.index("cmaes")
    assert "polish" not in [stage.name for stage in quiet(rotated, 2, polish=False).stages]


def test_starts_come_after_it():
    res = quiet(rotated, 2, starts=5)
    names = [stage.name for stage in res.stages]
    assert names.index("starts") > names.index("first search")
    assert res.classification.basins.starts == 5 and res.nfev <= 4000
    assert "minima" not in names  # the independent starts stand for themselves


def test_integers_are_refused():
    with pytest.raises(ValueError, match="integ"):
        quiet(rotated, 2, integrality=1)
