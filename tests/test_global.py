"""What independent starts say about the rest of the box, and what convexity does."""

from __future__ import annotations

import json
import math
import time

import numpy as np
import pytest
from scipy.special import gammaln

import pyminima
from pyminima import Basins, Globality, Kind, Point, Status, minimize
from pyminima._judging import basins
from pyminima._judging.classification import Classification, Evidence
from pyminima._judging.classify import classify_point
from pyminima._judging.minima import Found, same_minimum

BOX = [(-5.0, 5.0)] * 2
HIMMELBLAU = [(3.0, 2.0), (-2.805118, 3.131313), (-3.779310, -3.283186), (3.584428, -1.848127)]


def himmelblau(x):
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def bowl(x):
    return float(np.sum((x - 0.3) ** 2))


def ridge(x):
    """Two minima, and a saddle between them into which y = 0 leads."""
    return x[0] ** 2 + (x[1] ** 2 - 1) ** 2


def slope(x):
    return [2 * x[0], 4 * x[1] * (x[1] ** 2 - 1)]


def easom(x):
    return -np.cos(x[0]) * np.cos(x[1]) * np.exp(-np.sum((x - np.pi) ** 2))


def two_basins(share):
    """On [0, 1]: minimum 0 in a basin of volume 1 - share, minimum -1 in one of volume share."""
    edge = 1.0 - share

    def fun(x):
        if x[0] < edge:
            return 1.0 - np.sin(np.pi * x[0] / edge) ** 2
        return 1.0 - 2.0 * np.sin(np.pi * (x[0] - edge) / share) ** 2

    return fun


# The formulas


def posterior(N, w, alpha=1.0):
    """Numbers k of minima and their probabilities: volumes are Dirichlet(alpha), k is flat."""
    k = np.arange(w, 200_000.0)
    log_p = gammaln(k + 1) - gammaln(k - w + 1) + gammaln(k * alpha) - gammaln(k * alpha + N)
    p = np.exp(log_p - log_p.max())
    return k, p / p.sum()


@pytest.mark.parametrize(
    ("N", "w", "mean", "new", "every", "best"),
    [
        (20, 3, 3.8, 0.031579, 0.52987, 0.84211),
        (50, 15, 22.2727, 0.097959, 0.00685, 0.69388),
        (12, 1, 11 / 9, 2 / 132, 10 / 12, 10 / 11),
    ],
)
def test_boender_and_rinnooy_kan(N, w, mean, new, every, best):
    stated = [
        basins.expected_minima(N, w),
        basins.probability_new(N, w),
        basins.probability_all(N, w),
        basins.probability_best(N, w),
    ]
    assert stated == pytest.approx([mean, new, every, best], rel=1e-3)
    k, p = posterior(N, w)
    summed = [k @ p, p @ ((k - w) / (k + N)), p[0], p @ (w / k)]
    assert stated == pytest.approx(summed, rel=1e-6)
    assert basins.found_volume(N, w) == pytest.approx((N - w - 1) * (N + w) / (N * (N - 1)))
    assert basins.probability_best(N, w) == pytest.approx(1 - w / (N - 1), rel=1e-9)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 20])
@pytest.mark.parametrize(("N", "w"), [(7, 1), (20, 3), (50, 15), (400, 6)])
def test_flat_linear_sizes_are_dirichlet_volumes(N, w, n):
    """The integral over s is the sum over k for Dirichlet(1/n) volumes."""
    k, p = posterior(N, w, 1.0 / n)
    assert basins.probability_best(N, w, n) == pytest.approx(p @ (w / k), rel=1e-6)


def test_more_dimensions_and_more_minima_make_it_less_sure():
    p = [basins.probability_best(50, 3, n) for n in (1, 2, 5, 100)]
    assert p == sorted(p, reverse=True)
    p = [basins.probability_best(50, w, 3) for w in range(1, 52)]
    assert p == sorted(p, reverse=True) and p[-3:] == [0.0] * 3
    p = [basins.probability_best(N, 3, 2) for N in (0, 1, 4, 5, 10, 100, 1000)]
    assert p == sorted(p) and p[2] == 0.0 < p[3]


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(("N", "w"), [(20, 3), (12, 1), (50, 9)])
def test_a_minimum_the_starts_missed_is_counted_with_care(N, w, n):
    """Counting it as one more start gives less than what is known: that K is at least w + 1."""
    k, p = posterior(N, w, 1.0 / n)
    given_more = p[1:] / p[1:].sum()
    seen = Basins(starts=N, dimension=n, minima=w + 1, singletons=0, unsampled=1)
    assert seen.probability_best < given_more @ ((w + 1) / k[1:])
    assert seen.probability_best < basins.probability_best(N, w, n)


@pytest.mark.parametrize("w", [1, 2, 3, 10, 40])
def test_the_stopping_rule(w):
    N = basins.enough_starts(w)
    assert basins.expected_minima(N, w) <= w + 0.5 < basins.expected_minima(N - 1, w)


def test_too_few_starts_say_nothing():
    assert basins.expected_minima(3, 1) == math.inf
    for N in (0, 1, 2):
        assert basins.probability_best(N, 1) == basins.probability_all(N, 1) == 0.0
    assert basins.probability_new(1, 1) == basins.missing_volume_bound(0, 0) == 1.0
    assert basins.smallest_basin(0) == 1.0


def test_a_basin_of_the_smallest_volume_is_missed_once_in_twenty():
    for N in (1, 20, 10_000):
        assert (1.0 - basins.smallest_basin(N)) ** N == pytest.approx(0.05, rel=1e-6)
    assert basins.smallest_basin(1000) == pytest.approx(3.0 / 1000, rel=5e-3)  # the rule of three


def test_the_bound_on_missing_volume_holds_and_is_never_zero():
    assert basins.missing_volume_bound(10**6, 0) > 0.004
    # Basins of volume 2^-j; the bound may fail 5 times in 100 and is far from doing so.
    volumes = 0.5 ** np.arange(1, 40)
    rng = np.random.default_rng(3)
    for _ in range(100):
        seen = rng.multinomial(2000, volumes / volumes.sum())
        bound = basins.missing_volume_bound(2000, int((seen == 1).sum()))
        assert volumes[seen == 0].sum() <= bound < 0.12


def test_basins_are_plain_data():
    seen = Basins(starts=3, dimension=1, minima=1, singletons=0)
    plain = json.loads(json.dumps(seen.to_dict(), allow_nan=False))
    assert plain["expected_minima"] is None and plain["starts"] == 3
    assert not seen.enough and Basins(starts=7, dimension=1, minima=1, singletons=0).enough


# Same minimum?


def found_at(fun, x):
    x = np.atleast_1d(np.asarray(x, dtype=float))
    f = float(fun(x))
    verdict = Classification(Kind.LOCAL, Point.LOCAL_MINIMUM)
    return Found(x, f, Evidence(verdict, x, f, None, None, None, 0.0, np.ones_like(x), None))


def joined(fun, a, b, width):
    b = np.atleast_1d(np.asarray(b, dtype=float))
    calls = []

    def values(X):
        calls.extend(X)
        return np.array([fun(x) for x in X])

    width = np.full(b.size, float(width))
    return same_minimum(values, found_at(fun, a), b, float(fun(b)), width), len(calls)


def test_ends_that_coincide_need_no_looking():
    assert joined(lambda x: bowl(x) + 1.0, 0.3, 0.3 + 1e-9, 10.0) == (True, 0)


def test_ends_of_one_basin_that_stopped_early_are_one():
    assert joined(bowl, 0.3, 0.31, 10.0) == (True, 9)


def test_a_barrier_between_near_minima_is_seen():
    assert joined(lambda x: ((x[0] / 0.01) ** 2 - 1) ** 2, -0.01, 0.01, 10.0) == (False, 1)


def test_minima_of_a_periodic_function_are_distinct():
    """Also where the middle between two of them is a third."""
    same, calls = joined(lambda x: math.cos(x[0]), math.pi, 5 * math.pi, 40.0)
    assert not same and calls == 9


def test_different_values_far_apart_are_distinct_without_looking():
    assert joined(himmelblau, [3.0, 2.0], [0.0, 0.0], 10.0) == (False, 0)


def test_two_places_on_the_floor_of_a_valley_are_one():
    same, _ = joined(lambda x: (x[0] + x[1] - 1.0) ** 2, [0.0, 1.0], [3.0, -2.0], 10.0)
    assert same


# Independent starts


@pytest.fixture(scope="module")
def four():
    return minimize(himmelblau, bounds=BOX, starts=30, rng=1)


def test_all_minima_are_found(four):
    assert len(four.minima) == 4
    for x in HIMMELBLAU:
        assert min(np.linalg.norm(m.x - x) for m in four.minima) < 1e-4
    assert [m.fun for m in four.minima] == sorted(m.fun for m in four.minima)
    assert sum(m.hits for m in four.minima) == 30
    assert all(m.kind == "local" for m in four.minima)
    assert np.array_equal(four.minima[0].x, four.x) and four.minima[0].fun == four.fun
    assert four.success and himmelblau(four.x) == four.fun


def test_the_verdict_has_the_statistics_and_says_what_is_assumed(four):
    verdict = four.classification
    seen = verdict.basins
    assert (seen.starts, seen.dimension, seen.minima, seen.unresolved) == (30, 2, 4, 0)
    assert verdict.probability == basins.probability_best(30, 4, 2)
    assert verdict.globality is Globality.PROBABLE and verdict.kind == "local"
    assert "30 independent uniform starts" in verdict.reason
    assert "if basins are as likely to be narrow as wide" in verdict.reason
    assert f"less than {basins.smallest_basin(30):.2g} of the box" in verdict.reason
    assert verdict.to_dict()["basins"]["minima"] == 4
    json.dumps(four.to_dict())


def test_a_hit_on_a_known_minimum_costs_no_verdict(four, monkeypatch):
    """Four minima, four verdicts; a fifth if a later start ended a little lower than the first."""
    judged = []

    def judge(evaluations, x, *args, **kwargs):
        judged.append(x)
        return classify_point(evaluations, x, *args, **kwargs)

    monkeypatch.setattr("pyminima._running.run.classify_point", judge)
    assert minimize(himmelblau, bounds=BOX, starts=30, rng=1).nfev == four.nfev
    assert 4 <= len(judged) <= 5


def test_starts_without_a_verdict_only_search():
    res = minimize(himmelblau, bounds=BOX, starts=30, rng=1, classify=False)
    assert res.fun < 1e-10 and res.success
    assert res.classification is None and res.minima == ()


def test_the_same_rng_gives_the_same_result():
    a, b, c = (minimize(himmelblau, bounds=BOX, starts=5, rng=seed) for seed in (7, 7, 8))
    assert a.x.tobytes() == b.x.tobytes() and a.nfev == b.nfev
    assert a.nfev != c.nfev


def test_one_minimum_and_enough_starts_in_one_dimension_are_called_global():
    res = minimize(bowl, bounds=[(-1.0, 2.0)], starts=25, rng=1)
    assert res.classification.probability == pytest.approx(1 - 1 / 24)
    assert res.classification.kind == "global" and res.minima[0].kind == "global"
    assert res.classification.point is Point.LOCAL_MINIMUM and res.success


@pytest.mark.parametrize("starts", [None, 1, 2])
def test_one_descent_is_never_called_global(starts):
    res = minimize(bowl, bounds=[(-1.0, 2.0)], x0=[0.0], starts=starts, rng=1)
    assert res.classification.kind == "local" and not res.classification.probability
    assert len(res.minima) == 1 and res.minima[0].hits == 1 + (starts or 0)


@pytest.mark.parametrize("method", ["annealing", "genetic"])
def test_a_global_method_alone_gets_no_probability(method):
    given = {"bounds": BOX, "method": method, "rng": 1, "max_evals": 3000}
    alone = minimize(himmelblau, **given).classification
    assert alone.globality is Globality.BEST_OF_FOUND
    assert alone.probability is None and alone.basins is None
    both = minimize(himmelblau, starts=10, **given)
    assert both.classification.basins.starts == 10 and both.nfev <= 3000
    assert sum(m.hits for m in both.minima) == 11
    assert [stage.name for stage in both.stages][:2] == ["check", "search"]
    assert "starts" in {stage.name for stage in both.stages}


def test_a_start_of_the_users_is_none_of_the_independent_ones():
    res = minimize(two_basins(0.01), [0.995], bounds=[(0.0, 1.0)], starts=10, rng=3)
    seen = res.classification.basins
    assert res.fun == pytest.approx(-1.0) and seen.starts == 10
    assert (seen.minima, seen.unsampled) == (2, 1)
    assert res.classification.probability == pytest.approx(1 - 2 / 10)
    assert "1 more are known that they missed" in res.classification.reason


def test_auto_stops_by_the_rule():
    res = minimize(himmelblau, bounds=BOX, starts="auto", rng=1)
    seen = res.classification.basins
    assert seen.minima == 4 and seen.starts == basins.enough_starts(4)


def test_starts_of_every_local_method():
    for method in ("lbfgs", "gradient_descent"):
        res = minimize(himmelblau, bounds=BOX, method=method, starts=6, rng=1)
        assert res.method == method and res.stages[0].method == method
        assert res.classification.basins.starts == 6 and res.fun < 1e-6


def test_a_saddle_on_the_way_is_left():
    res = minimize(ridge, [1.0, 0.0], jac=slope, bounds=[(-2.0, 2.0)] * 2, starts=12, rng=1)
    assert res.n_escapes == 1 and res.classification.basins.minima == 2


def test_nonsmooth_minima_are_counted():
    res = minimize(lambda x: abs(abs(x[0]) - 1.0), bounds=[(-3.0, 2.5)], starts=12, rng=1)
    assert res.classification.basins.minima == 2
    assert {m.kind for m in res.minima} == {Kind.NONSMOOTH}


def test_the_floor_of_a_valley_is_one_minimum_and_not_called_global():
    res = minimize(lambda x: (x[0] - 0.5) ** 2 + 0.0 * x[1], bounds=BOX, starts=160, rng=1)
    assert res.classification.point is Point.FLAT_VALLEY
    assert len(res.minima) == 1 and res.minima[0].hits == 160
    assert res.classification.probability > 0.95 and res.classification.kind == "degenerate"


def test_unresolved_ends_count_as_classes_of_their_own():
    res = minimize(easom, bounds=[(-100.0, 100.0)] * 2, starts=15, rng=1)
    seen = res.classification.basins
    assert (seen.minima, seen.unresolved, seen.singletons) == (0, 15, 15)
    assert seen.probability_best == 0.0 and res.classification.kind == "plateau"
    assert res.minima == () and not res.success


def test_fixed_variables_leave_nothing_to_search():
    res = minimize(bowl, bounds=[(1.0, 1.0), (2.0, 2.0)])
    assert res.classification.globality is Globality.PROVEN
    assert res.classification.kind == "global" and res.success
    some = minimize(bowl, bounds=[(1.0, 1.0), (-2.0, 2.0)], starts=5, rng=1)
    assert some.classification.basins.dimension == 1


@pytest.mark.parametrize("starts", [0, -3])
def test_starts_from_one(starts):
    with pytest.raises(ValueError, match=f"starts={starts}"):
        minimize(bowl, bounds=BOX, starts=starts)


@pytest.mark.parametrize("starts", [1.5, True, [3]])
def test_starts_are_whole(starts):
    with pytest.raises(TypeError, match="starts="):
        minimize(bowl, bounds=BOX, starts=starts)


def test_starts_by_their_name():
    with pytest.raises(ValueError, match="'auto'"):
        minimize(bowl, bounds=BOX, starts="many")


@pytest.mark.parametrize("bounds", [None, [(0, 1), (None, 1)], [(0, 1), (0, np.inf)]])
def test_starts_need_a_finite_box(bounds):
    with pytest.raises(ValueError, match=r"starts=.* needs finite bounds .*bounds\[[01]\]"):
        minimize(bowl, [0.5, 0.5], bounds=bounds, starts=3)


# Limits hold over the whole call


@pytest.mark.parametrize("given", [{}, {"x0": [1.0, 1.0]}, {"method": "genetic"}], ids=str)
@pytest.mark.parametrize("max_evals", [1, 40, 300, 1200])
def test_evaluations_of_the_whole_call_are_limited_and_counted(max_evals, given):
    calls = []

    def fun(x):
        calls.append(x.copy())
        return himmelblau(x)

    res = minimize(fun, bounds=BOX, starts=8, rng=1, max_evals=max_evals, **given)
    assert len(calls) == res.nfev <= max_evals
    assert sum(stage.nfev for stage in res.stages) == res.nfev
    assert res.fun == min(himmelblau(x) for x in calls) == himmelblau(res.x)


def test_a_budget_is_shared_so_that_later_starts_happen():
    """Gradient descent creeps along this valley: alone it would take all there is."""

    def valley(x):
        return (1 - x[0]) ** 2 + 1e4 * (x[1] - x[0] ** 2) ** 2

    res = minimize(
        valley, bounds=BOX, method="gradient_descent", starts=5, rng=1, max_evals=2000, polish=False
    )
    seen = res.classification.basins
    assert seen.starts == 5 and seen.unresolved >= 1 and res.nfev <= 2000


def test_a_budget_cut_short_is_said():
    res = minimize(himmelblau, bounds=BOX, starts=500, rng=1, max_evals=400)
    assert res.status is Status.EVALUATIONS and not res.success
    assert 0 < res.classification.basins.starts < 500


def test_steps_of_the_whole_call_are_limited():
    res = minimize(himmelblau, bounds=BOX, starts=10, rng=1, max_iter=30)
    assert res.nit <= 30


def test_time_of_the_whole_call_is_limited():
    """No time at all: the run ends at once, and the result says why."""
    res = minimize(himmelblau, bounds=BOX, starts="auto", rng=1, max_time=1e-9)
    assert res.status is Status.TIME and res.nfev <= 2


def test_the_target_ends_the_whole_call():
    res = minimize(himmelblau, bounds=BOX, starts=20, rng=1, target=1e-3)
    assert res.status is Status.TARGET and res.fun <= 1e-3 and res.success
    assert res.stages[-1].nfev == res.nfev < 60


def test_the_callback_ends_the_whole_call():
    seen = []

    def enough(xk):
        seen.append(xk)
        return len(seen) == 25

    res = minimize(himmelblau, bounds=BOX, starts=20, rng=1, callback=enough)
    assert len(seen) == 25 and res.status is Status.CALLBACK
    assert res.minima and res.fun == himmelblau(res.x)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("after", [1, 30, 100, 250, 400])
def test_nothing_is_lost_when_a_start_raises(after, error):
    calls = []

    def fun(x):
        if len(calls) == after:
            raise error
        calls.append((himmelblau(x), x.copy()))
        return calls[-1][0]

    with pytest.raises(error) as caught:
        minimize(fun, bounds=BOX, starts=20, rng=1)
    res = caught.value.result
    f, x = min(calls, key=lambda call: call[0])
    assert res.fun == f and np.array_equal(res.x, x) and res.nfev == after
    assert res.status in (Status.INTERRUPTED, Status.OBJECTIVE_ERROR) and not res.success
    assert len(res.minima) <= 4 and (after < 250 or res.minima)


def test_an_interrupted_call_can_return():
    calls = []

    def fun(x):
        calls.append(x)
        if len(calls) == 200:
            raise KeyboardInterrupt
        return himmelblau(x)

    res = minimize(fun, bounds=BOX, starts=20, rng=1, on_interrupt="return")
    assert res.status is Status.INTERRUPTED and res.minima


# Where the assumptions fail


def test_a_deep_needle_is_missed_and_the_reason_says_what_may_be_missed():
    def needle(x):
        return bowl(x) - 9.0 * np.exp(-0.5 * np.sum((x + 0.7) ** 2) / 1e-6)

    res = minimize(needle, bounds=[(-1.0, 1.0)] * 2, starts=20, rng=1)
    assert res.fun > -1.0
    verdict = res.classification
    assert verdict.kind == "local" and 0.5 < verdict.probability < 0.9
    assert "may have been missed" in verdict.reason and "as likely to be narrow" in verdict.reason


@pytest.mark.parametrize("share", [0.1, 0.001])
def test_a_lower_minimum_in_a_small_basin(share):
    """Of 20 starts none needs to be in a tenth of the box: 12 % of calls miss it."""
    runs = [minimize(two_basins(share), bounds=[(0, 1)], starts=20, rng=k) for k in range(10)]
    assert all(run.classification.kind == "local" for run in runs)
    assert all("may have been missed" in run.classification.reason for run in runs)
    found = [run.fun < -0.9 for run in runs]
    # 10 % with 20 starts: fewer than 5 of 10 calls find it with probability 3e-4.
    assert sum(found) >= 5 if share == 0.1 else not any(found)
    for run, lower in zip(runs, found, strict=True):
        stated = 1 - (2 if lower and len(run.minima) == 2 else 1) / 19
        assert run.classification.probability == pytest.approx(stated)


def test_easom_in_a_smaller_box_is_unresolved_where_it_is_flat():
    res = minimize(easom, bounds=[(-30.0, 30.0)] * 2, starts=20, rng=2)
    seen = res.classification.basins
    assert seen.unresolved >= 5
    assert not res.classification.probability or res.classification.probability < 0.6
    assert res.classification.kind != "global"


# Convexity


def test_a_minimum_of_a_function_declared_convex_is_global():
    for given in ({}, {"bounds": BOX}, {"jac": lambda x: 2 * (x - 0.3)}, {"starts": 3}):
        bounds = {"bounds": BOX} if "starts" in given else {}
        res = minimize(bowl, [1.0, 2.0], convex=True, **given, **bounds)
        assert res.classification.kind == "global" and res.minima[0].kind == "global"
        assert res.classification.globality is Globality.CONVEX
        assert "if f is convex as declared" in res.classification.reason
        assert res.stages[-1].name == "convexity"


def test_convexity_at_a_bound_is_not_contradicted_by_rounding():
    """Shares of 0.1 and of 0.9 of a number may be less than it together: that is out of the box."""
    for low in np.linspace(0.07, 0.93, 12):
        res = minimize(
            lambda x: float(x @ x),
            [low + 0.5, 1.0, low],
            jac=lambda x: 2 * x,
            bounds=[(low, None), (None, None), (low, low)],
            convex=True,
            rng=1,
        )
        assert res.classification.kind is Kind.GLOBAL, res.message


@pytest.mark.parametrize(
    "fun",
    [
        lambda x: float(np.abs(x).sum()),
        lambda x: float(np.sum(x**4)),
        lambda x: float((x[0] + x[1] - 1) ** 2),
        lambda x: float(np.logaddexp(x, -x).sum()),
        lambda x: float(1e8 + np.sum((x - 1e3) ** 2)),
        lambda x: float(np.float32(np.sum((x - 0.3) ** 2, dtype=np.float32))),
        lambda x: float(1e-12 * np.sum(np.exp(x) - x)),
        lambda x: float(np.max(np.abs(x - 0.2))),
        lambda x: float(np.sum(x * np.log(x))) if (x > 0).all() else math.inf,
    ],
)
@pytest.mark.parametrize("bounds", [None, [(-4.0, 3.0)] * 2])
def test_convex_functions_are_not_refuted(fun, bounds):
    for seed in range(5):
        res = minimize(fun, [1.5, 0.7], bounds=bounds, convex=True, rng=seed)
        assert "not convex" not in res.classification.reason


@pytest.mark.parametrize("noise", [1e-3, 1e-8])
def test_noise_does_not_refute_convexity(noise):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        res = minimize(
            lambda x, rng=rng: bowl(x) + noise * rng.standard_normal(), [1.0, 2.0], convex=True
        )
        assert "not convex" not in res.classification.reason


@pytest.mark.parametrize(
    ("fun", "x0", "witness"),
    [
        (himmelblau, [1.0, 1.0], "half way between"),
        (ridge, [1.0, 1.0], "above their mean"),
        (lambda x: float(-np.exp(-np.sum(x**2))), [0.1, 0.1], "above their mean"),
        (lambda x: float(np.sum(1 - np.cos(x))), [0.5, 0.5], "half way between"),
    ],
)
def test_a_declaration_that_is_wrong_is_refuted_with_numbers(fun, x0, witness):
    verdict = minimize(fun, x0, convex=True, rng=1).classification
    assert verdict.kind == "local" and verdict.globality is Globality.UNKNOWN
    assert "f is not convex as was declared" in verdict.reason and witness in verdict.reason


def test_a_saddle_on_the_way_refutes_convexity():
    verdict = minimize(ridge, [1.0, 0.0], jac=slope, convex=True).classification
    assert verdict.kind == "local" and "on the way there was this: saddle" in verdict.reason


def test_a_gradient_that_no_convex_function_has_refutes_convexity():
    """Too steep beyond 0.5: those tangents lie above the parabola that all chords bear out."""
    res = minimize(
        lambda x: (x[0] ** 2, [2 * x[0] if abs(x[0]) < 0.5 else 6 * x[0]]),
        [0.1],
        jac=True,
        bounds=[(-2.0, 3.0)],
        convex=True,
    )
    assert res.classification.kind == "local"
    assert "a tangent promises at least" in res.classification.reason


def test_a_second_minimum_refutes_convexity():
    res = minimize(two_basins(0.3), bounds=[(0.0, 1.0)], starts=10, rng=1, convex=True)
    assert "there are minima with values -1 and" in res.classification.reason
    assert res.classification.globality is Globality.PROBABLE


def test_what_convexity_cannot_save():
    """The declaration is no verdict: a saddle stays a saddle, an unfinished run is unfinished."""
    saddle = minimize(ridge, [1.0, 0.0], jac=slope, escape=False, convex=True)
    assert saddle.classification.kind == "saddle" and not saddle.success
    short = minimize(bowl, [1.0, 2.0], convex=True, max_evals=5)
    assert short.classification.kind != "global"


def test_an_untested_declaration_is_said_to_be_untested():
    whole = minimize(bowl, [1.0, 2.0], convex=True)
    res = minimize(bowl, [1.0, 2.0], convex=True, max_evals=whole.nfev - whole.stages[-1].nfev)
    assert res.classification.is_minimum and res.classification.kind == "local"
    assert "could not be tested" in res.classification.reason


def double_well(x):
    return float((x[0] ** 2 - 4) ** 2 / 16 + 0.6 * x[0])


@pytest.mark.parametrize("max_evals", range(40, 130, 7))
def test_a_lower_point_met_while_convexity_is_tested_is_not_lost(max_evals):
    seen = []

    def fun(x):
        seen.append(double_well(x))
        return seen[-1]

    res = minimize(fun, [2.5], bounds=[(-4, 4)], convex=True, max_evals=max_evals, rng=1)
    assert res.fun == min(seen) and res.classification.kind != "global"
    assert sum(stage.nfev for stage in res.stages) == res.nfev == len(seen)


@pytest.mark.parametrize("after", range(20, 160, 10))
def test_an_interrupt_in_the_test_of_convexity_loses_nothing(after):
    seen = []

    def fun(x):
        if len(seen) == after:
            raise KeyboardInterrupt
        seen.append(double_well(x))
        return seen[-1]

    res = minimize(
        fun, [2.5], bounds=[(-4, 4)], convex=True, rng=1, on_interrupt="return", max_evals=500
    )
    assert res.fun == min(seen)
    assert sum(stage.nfev for stage in res.stages) == res.nfev == len(seen)


def test_an_objective_that_is_undefined_far_out_does_not_spoil_a_good_run():
    res = minimize(lambda x: x[0] - math.log(x[0]), [1.5], convex=True)
    assert res.success and res.classification.is_minimum


@pytest.mark.parametrize("max_evals", [None, 770, 820, 835, 900, 950])
def test_a_minimum_is_not_global_when_a_lower_point_is_known(max_evals):
    seen = []

    def wells(x):  # halfway between the two minima there is a hole, which no descent meets
        seen.append(1.0 + float((x[0] ** 2 - 1) ** 2) - 5.0 * (abs(x[0]) < 1e-4))
        return seen[-1]

    res = minimize(wells, bounds=[(-2, 2)], starts=60, rng=1, max_evals=max_evals)
    assert res.fun == min(seen) < -2.9 and res.classification.kind != "global"


def test_time_is_kept_for_the_verdict():
    def slow(x):
        time.sleep(2e-3)
        return himmelblau(x)

    res = minimize(slow, bounds=BOX, method="genetic", max_time=0.4, polish=False, rng=1)
    assert res.status is Status.TIME and res.stages[-1].name == "classify"
    assert res.stages[-1].nfev > 0


def test_auto_gives_up_on_a_plateau():
    res = minimize(lambda x: 1.0, bounds=[(-4, 4)], starts="auto", rng=1)
    assert res.classification.kind == "plateau" and res.classification.basins.starts == 50


def test_the_flat_floor_of_a_convex_valley_is_global():
    res = minimize(lambda x: float((x[0] - 0.5) ** 2), [1.0, 1.0], convex=True)
    assert res.classification.point is Point.FLAT_VALLEY and res.classification.kind == "global"


def test_convex_is_yes_or_no():
    with pytest.raises(TypeError, match="convex='yes'"):
        minimize(bowl, [1.0], convex="yes")


def test_convexity_costs_nothing_without_a_verdict():
    given = {"x0": [1.0, 2.0], "classify": False}
    assert minimize(bowl, convex=True, **given).nfev == minimize(bowl, **given).nfev


def test_names_are_public():
    assert pyminima.Minimum._fields == ("x", "fun", "hits", "kind")


def test_a_lower_point_met_between_two_minima_is_not_taken_for_one_of_them():
    # Between the two high minima of the six-hump camel lies its saddle, which is lower.
    def camel(x):
        a, b = x
        return (4 - 2.1 * a**2 + a**4 / 3) * a**2 + a * b + 4 * (b**2 - 1) * b**2

    res = minimize(camel, bounds=[(-3, 3), (-2, 2)], starts=300, rng=1, method="lbfgs")
    assert sorted(round(m.fun, 4) for m in res.minima) == [
        -1.0316, -1.0316, -0.2155, -0.2155, 2.1043, 2.1043,
    ]  # fmt: skip
    for minimum in res.minima:
        verdict = pyminima.classify(camel, minimum.x)
        assert verdict.point == "local_minimum" and camel(minimum.x) == minimum.fun


def test_ends_of_descents_that_rounding_tells_apart_are_one_minimum():
    def camel(x):
        a, b = x
        return (4 - 2.1 * a**2 + a**4 / 3) * a**2 + a * b + 4 * (b**2 - 1) * b**2

    def slope(x):
        a, b = x
        return [8 * a - 8.4 * a**3 + 2 * a**5 + b, a + 16 * b**3 - 8 * b]

    box = [(-3, 3), (-2, 2)]
    for method, jac, rng in (("newton", None, 1), ("lbfgs", None, 1), ("lbfgs", slope, 2)):
        res = pyminima.minimize(camel, method=method, jac=jac, bounds=box, starts=300, rng=rng)
        X = np.array([minimum.x for minimum in res.minima])
        assert len(X) == 6 and len(np.unique(X.round(4), axis=0)) == 6
