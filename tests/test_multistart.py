"""The methods that run local searches: multi-level single linkage, basin hopping, funnels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

import pyminima
from pyminima import Status, minimize

METHODS = {m.name: m for m in pyminima.methods() if m.family == "multistart"}
LOCAL = ("bfgs", "lbfgs", "newton", "nelder_mead", "bobyqa")

every_method = pytest.mark.parametrize("method", METHODS)


def rastrigin(x):
    """Minima about one apart, the lowest, 0, at 0.7."""
    z = x - 0.7
    return float(np.sum(z * z + 10.0 - 10.0 * np.cos(2.0 * np.pi * z)))


def rastrigin_slope(x):
    z = x - 0.7
    return 2.0 * z + 20.0 * np.pi * np.sin(2.0 * np.pi * z)


def himmelblau(x):
    return float((x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2)


def search(fun, method, **given):
    """The method alone: no polish, no verdict."""
    points = []

    def watched(x):
        points.append(x.copy())
        return fun(x)

    given = {"bounds": [(-5.0, 5.0)] * 2, "rng": 3, "max_evals": 3000, **given}
    res = minimize(watched, method=method, classify=False, polish=False, **given)
    return res, np.array(points)


def path(method, **options):
    """A checksum of the points asked for on a function with many minima."""
    given = {key: options.pop(key) for key in ("x0", "bounds") if key in options}
    return search(rastrigin, method, options=options, **given)[1].tobytes()


OPEN = {"x0": [1.0, -1.0], "bounds": [(None, 5.0), (-5.0, None)]}

# A changed value, and what else is needed for it to matter.
CHANGES = {
    ("multistart", "local_method"): ("lbfgs", {}),
    ("multistart", "sample_size"): (7, {}),
    ("multistart", "sigma"): (0.0, {}),
    ("multistart", "reduced"): (1.0, {"sigma": 0.0}),
    ("multistart", "independent"): (0, {}),
    ("multistart", "sampling"): ("quasi", {}),
    ("multistart", "spread"): (2.0, OPEN),
    ("multistart", "gtol"): (1e-3, {}),
    ("basin_hopping", "local_method"): ("lbfgs", {}),
    ("basin_hopping", "acceptance_rule"): ("metropolis", {}),
    ("basin_hopping", "temperature"): (100.0, {"acceptance_rule": "metropolis"}),
    ("basin_hopping", "step"): (0.01, {}),
    ("basin_hopping", "acceptance"): (0.1, {}),
    ("basin_hopping", "stagnation"): (2, {}),
    ("basin_hopping", "after_stagnation"): ("jump", {}),
    ("basin_hopping", "jumps"): (1, {"after_stagnation": "jump"}),
    ("basin_hopping", "spread"): (2.0, OPEN),
    ("funnel_search", "local_method"): ("lbfgs", {}),
    ("funnel_search", "tolerance"): (1e-2, {}),
    ("funnel_search", "regularization"): (1.0, {}),
    ("funnel_search", "stagnation"): (2, {}),
    ("funnel_search", "narrowest"): (0.01, {"stagnation": 2}),
    ("funnel_search", "widest"): (0.9, {"stagnation": 2}),
    ("funnel_search", "spread"): (2.0, OPEN),
}
STOPPING = {"gtol", "ftol", "xtol", "patience"}
OPTIONS = [
    (name, option.name)
    for name, row in METHODS.items()
    for option in row.options
    if option.name not in STOPPING and option.name != "stop"
]


@pytest.mark.parametrize(("method", "option"), OPTIONS)
def test_every_option_has_an_effect(method, option):
    value, given = CHANGES[method, option]
    assert path(method, **given) != path(method, **{option: value}, **given)


@every_method
@pytest.mark.parametrize("local", LOCAL)
def test_every_local_method_finds_the_lowest_of_many_minima(method, local):
    options = {"local_method": local}
    found = [
        search(rastrigin, method, options=options, rng=k, max_evals=8000)[0].fun for k in range(5)
    ]
    # By chance alone a search ends in the lowest of the 121 minima once in 121.
    assert sum(f < 1e-6 for f in found) >= 4, found


@every_method
@pytest.mark.parametrize("local", LOCAL)
def test_a_gradient_is_used_where_the_local_method_wants_one(method, local):
    given = {"options": {"local_method": local}, "max_evals": 2000}
    with_one, _ = search(rastrigin, method, jac=rastrigin_slope, **given)
    without, _ = search(rastrigin, method, **given)
    assert without.njev == 0
    assert (with_one.njev > 0) == (local in ("bfgs", "lbfgs", "newton"))
    if with_one.njev:
        assert with_one.nit > without.nit  # searches, in as many evaluations


def test_newton_searches_with_the_hessian_that_is_given():
    def hess(x):
        return np.diag(2.0 + 40.0 * np.pi**2 * np.cos(2.0 * np.pi * (x - 0.7)))

    options = {"local_method": "newton"}
    res, _ = search(rastrigin, "multistart", jac=rastrigin_slope, hess=hess, options=options)
    assert res.nhev > 10 and res.fun < 1e-8


@every_method
def test_a_sample_is_one_call_of_a_vectorized_function(method):
    sizes = []

    def fun(X):
        sizes.append(len(X))
        return np.array([rastrigin(x) for x in X])

    options = {"sample_size": 40} if method == "multistart" else {}
    given = {"method": method, "bounds": [(-5.0, 5.0)] * 2, "rng": 3, "max_evals": 2000}
    given |= {"classify": False, "polish": False, "options": options}
    many = minimize(fun, vectorized=True, **given)
    one = minimize(rastrigin, **given)
    assert many.x.tobytes() == one.x.tobytes() and many.nfev == one.nfev == sum(sizes)
    assert (40 in sizes) == (method == "multistart")


def test_multistart_ends_when_no_more_minima_are_expected():
    # 4 minima: 2 * 16 + 3 * 4 + 2 = 46 independent starts, a few searches more, and the budget is
    # far away.
    res, _ = search(himmelblau, "multistart", max_evals=100_000)
    assert res.status is Status.ENOUGH and res.success and res.nfev < 10_000
    res, _ = search(himmelblau, "multistart", max_evals=20_000, options={"stop": "budget"})
    assert res.status is Status.EVALUATIONS and res.nfev == 20_000


def test_patience_counts_searches():
    for method in METHODS:
        res, _ = search(himmelblau, method, options={"patience": 3, "ftol": 1e-3})
        assert res.status is Status.VALUE and res.nit <= 12


def test_a_quasi_random_sample_is_even():
    def unevenness(sampling):
        batches = []

        def fun(X):
            batches.append(X)
            return np.array([himmelblau(x) for x in X])

        minimize(
            fun,
            method="multistart",
            bounds=[(-5.0, 5.0)] * 2,
            rng=1,
            vectorized=True,
            max_evals=1000,
            options={"sampling": sampling, "sample_size": 400, "independent": 0},
        )
        sample = next(X for X in batches if len(X) == 400)
        return qmc.discrepancy((sample + 5.0) / 10.0)

    # Some 2e-5 beside 7e-4 for independent points.
    assert 5.0 * unevenness("quasi") < unevenness("uniform")


def test_fewer_points_start_a_search_the_larger_sigma_is():
    def searches(sigma):
        options = {"sigma": sigma, "independent": 0, "stop": "budget", "sample_size": 10}
        return search(rastrigin, "multistart", options=options, max_evals=5000)[0].nit

    assert searches(0.0) < searches(4.0) < searches(100.0)  # steps: searches, and cheaper samples


def test_a_step_that_leads_out_of_one_minimum_is_learnt():
    # Hops of a millionth of the box end where they began, until some 160 of them have made the step
    # as long as the minima are apart.
    options = {"step": 1e-6, "acceptance_rule": "monotonic", "stagnation": 1000}
    res, _ = search(rastrigin, "basin_hopping", x0=[3.7, -2.3], options=options, max_evals=20_000)
    assert res.fun < 1e-6


def test_open_directions_are_sampled_around_the_start():
    bounds = [(None, None), (99.0, None)]
    options = {"spread": 1.0, "independent": 0, "sample_size": 50, "sigma": 1e6}
    _, points = search(
        lambda x: float(np.sum((x - [0.0, 100.0]) ** 2)),
        "multistart",
        x0=[0.5, 100.0],
        bounds=bounds,
        options=options,
        max_evals=500,
    )
    last = points[-50:]
    assert np.abs(last[:, 0] - 0.5).max() <= 1.0 and np.ptp(last[:, 0]) > 1.5
    assert last[:, 1].min() >= 99.0 and last[:, 1].max() <= 200.0 and np.ptp(last[:, 1]) > 75.0


@every_method
def test_an_objective_without_a_floor_is_called_unbounded(method):
    res = minimize(lambda x: -float(np.sum(x**2)), [1.0, 2.0], method=method, rng=1)
    assert res.status is Status.UNBOUNDED and not res.success


def turned_rastrigin(x):
    turn = np.linalg.qr(np.random.default_rng(4).standard_normal((len(x), len(x))))[0]
    return rastrigin(turn @ x)


def test_a_trend_of_the_minima_leads_to_the_lowest_of_very_many():
    # Of some 100,000 minima. `multistart` finds it in none of these runs.
    found = [
        search(turned_rastrigin, "funnel_search", bounds=[(-5.0, 5.0)] * 5, rng=k, max_evals=6000)
        for k in range(5)
    ]
    assert sum(res.fun < 1e-6 for res, _ in found) >= 4


def test_the_surprise_is_low_where_minima_have_a_trend():
    def last_surprise(fun):
        res, _ = search(
            fun, "funnel_search", bounds=[(-5.0, 5.0)] * 5, max_evals=2000, history=True
        )
        return res.history["surprise"][-1]

    noise = np.random.default_rng(1).uniform(0.0, 40.0, 1 << 16)

    def without_a_trend(x):  # each dent has a depth of its own
        corner = np.floor(x).astype(int)
        depth = noise[int(corner @ (1, 11, 121, 1331, 14641)) % len(noise)]
        return float(depth * np.sum((x - corner - 0.5) ** 2) - depth)

    assert last_surprise(turned_rastrigin) < 0.3
    assert last_surprise(without_a_trend) > 0.5


# What is said of the minima met


@every_method
def test_the_minima_met_are_judged_and_listed(method):
    res = minimize(himmelblau, bounds=[(-5.0, 5.0)] * 2, method=method, rng=1, max_evals=6000)
    assert len(res.minima) == 4
    assert {m.kind for m in res.minima} <= {pyminima.Kind.LOCAL, pyminima.Kind.GLOBAL}
    assert all(m.hits > 0 and himmelblau(m.x) == m.fun < 1e-10 for m in res.minima)
    assert "minima" in [stage.name for stage in res.stages]
    assert sum(stage.nfev for stage in res.stages) == res.nfev


def test_minima_have_the_fixed_variables_in_them():
    bounds = [(-5.0, 5.0), (0.5, 0.5), (-5.0, 5.0)]
    res = minimize(lambda x: himmelblau(x[::2]) + x[1], bounds=bounds, method="multistart", rng=1)
    assert len(res.minima) == 4 and all(m.x[1] == 0.5 for m in res.minima)
    assert res.classification.basins.dimension == 2


def test_the_uniform_starts_of_the_search_count_as_independent():
    res = minimize(himmelblau, bounds=[(-5.0, 5.0)] * 2, method="multistart", rng=1)
    seen = res.classification.basins
    assert seen.starts == 46 and seen.minima == 4 and seen.enough
    assert res.classification.probability == seen.probability_best > 0.5
    assert res.classification.globality is pyminima.Globality.PROBABLE
    options = {"independent": 0}
    res = minimize(
        himmelblau,
        bounds=[(-5.0, 5.0)] * 2,
        method="multistart",
        rng=1,
        options=options,
        max_evals=3000,
    )
    assert res.classification.basins is None and res.classification.probability is None
    assert res.classification.globality is pyminima.Globality.BEST_OF_FOUND


def test_minima_are_listed_unjudged_where_the_budget_is_spent():
    # The fifth of the budget that is kept is enough for the verdict on the lowest of them, not
    # for those on all.
    res = minimize(rastrigin, bounds=[(-5.0, 5.0)] * 2, method="multistart", rng=1, max_evals=3000)
    kinds = [m.kind for m in res.minima]
    assert kinds[0] is pyminima.Kind.LOCAL and pyminima.Kind.UNDETERMINED in kinds
    assert res.nfev <= 3000
    seen = res.classification.basins
    # One class each: nobody knows whether two of them are one minimum.
    assert seen.minima == len(res.minima) and seen.starts < sum(m.hits for m in res.minima)


def test_without_a_verdict_no_minimum_is_judged():
    res, _ = search(himmelblau, "multistart")
    assert res.minima == () and "minima" not in {stage.name for stage in res.stages}
