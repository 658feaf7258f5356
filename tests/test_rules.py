"""The first-order rules against their papers, written down once more in numpy; and the ingredients.

`tests/c/test_NAME.c` has the first steps of each rule worked by hand; here whole paths are walked,
from `minimize` to the points the objective gets to see.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyminima
from pyminima import Solver, minimize, schedules
from pyminima._core import CoreSolver

METHODS = {method.name: method for method in pyminima.methods()}
RULES = {
    name: method
    for name, method in METHODS.items()
    if "learning_rate" in {option.name for option in method.options}
}

every_rule = pytest.mark.parametrize("method", RULES)

START = np.array([3.0, -2.0])
CURVATURES = np.array([2.0, 20.0])


def slope(x: np.ndarray) -> np.ndarray:
    """That of a bowl whose bottom is at 1."""
    return CURVATURES * (x - 1.0)


def value(x: np.ndarray) -> float:
    return float(0.5 * CURVATURES @ (x - 1.0) ** 2)


def path(method: str, steps: int, x0: Any = START, **given: Any) -> np.ndarray:
    """The points a method asks for; the gradients are those of `slope`."""
    seen: list[np.ndarray] = []

    def jac(x):
        seen.append(x.copy())
        return slope(x)

    minimize(
        value, x0, jac=jac, method=method, max_evals=steps, classify=False, polish=False, **given
    )
    return np.array(seen)


# The papers, in numpy: each takes the gradient at x and yields the next x, from x0 on.


Rule = Iterator[np.ndarray]


def sgd(x, alpha=0.02) -> Rule:
    while True:
        yield x
        x = x - alpha * slope(x)


def momentum(x, alpha=0.02, beta=0.8) -> Rule:
    before = x
    while True:
        yield x
        x, before = x - alpha * slope(x) + beta * (x - before), x


def nesterov(y, t=0.02, restart="none", q=0.01) -> Rule:
    x, theta, f = y, 1.0, math.inf
    while True:
        yield y
        g = slope(y)
        forward = y - t * g
        uphill = {"none": False, "function": value(y) > f, "gradient": g @ (forward - x) > 0.0}
        if uphill[restart]:
            theta = 1.0
        f = value(y)
        after = max(np.roots([1.0, theta**2 - q, -(theta**2)]))
        beta = theta * (1.0 - theta) / (theta**2 + after)
        y, x, theta = forward + beta * (forward - x), forward, after


def adagrad(x, eta=0.5, epsilon=1e-3) -> Rule:
    total = 0.0
    while True:
        yield x
        total = total + slope(x) ** 2
        x = x - eta * slope(x) / (np.sqrt(total) + epsilon)


def rmsprop(x, alpha=0.1, rho=0.8, epsilon=1e-3, centred=False) -> Rule:
    v = m = np.zeros(2)
    while True:
        yield x
        g = slope(x)
        v = rho * v + (1 - rho) * g**2
        m = rho * m + (1 - rho) * g
        spread = v - m**2 if centred else v
        x = x - alpha * g / (np.sqrt(spread) + epsilon)


def adadelta(x, rho=0.8, epsilon=1e-3) -> Rule:
    g2 = dx2 = np.zeros(2)
    while True:
        yield x
        g = slope(x)
        g2 = rho * g2 + (1 - rho) * g**2
        dx = -np.sqrt(dx2 + epsilon) / np.sqrt(g2 + epsilon) * g
        dx2 = rho * dx2 + (1 - rho) * dx**2
        x = x + dx


def adam_like(
    x, alpha=0.2, beta1=0.8, beta2=0.95, epsilon=1e-3, weight_decay=0.0, largest=False
) -> Rule:
    m = v = v_hat = np.zeros(2)
    t = 0
    while True:
        yield x
        t += 1
        g = slope(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        v_hat = np.maximum(v_hat, v) if largest else v
        step = m / (1 - beta1**t) / (np.sqrt(v_hat / (1 - beta2**t)) + epsilon)
        x = x - alpha * (step + weight_decay * x)


def nadam(x, alpha=0.2, beta1=0.8, beta2=0.95, epsilon=1e-3, momentum_decay=0.1) -> Rule:
    m = v = np.zeros(2)
    mu = [math.nan] + [beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay)) for t in range(1, 100)]
    t = 0
    while True:
        yield x
        t += 1
        g = slope(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = mu[t + 1] * m / (1 - math.prod(mu[1 : t + 2]))
        m_hat = m_hat + (1 - mu[t]) * g / (1 - math.prod(mu[1 : t + 1]))
        x = x - alpha * m_hat / (np.sqrt(v / (1 - beta2**t)) + epsilon)


def radam(x, alpha=0.02, beta1=0.8, beta2=0.95, epsilon=1e-3) -> Rule:
    m = v = np.zeros(2)
    rho_inf = 2 / (1 - beta2) - 1
    t = 0
    while True:
        yield x
        t += 1
        g = slope(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
        if rho > 4:
            r = ((rho - 4) * (rho - 2) * rho_inf) / ((rho_inf - 4) * (rho_inf - 2) * rho)
            x = x - alpha * math.sqrt(r) * m_hat / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        else:
            x = x - alpha * m_hat


def lion(x, eta=0.1, beta1=0.7, beta2=0.9, weight_decay=0.05) -> Rule:
    m = np.zeros(2)
    while True:
        yield x
        g = slope(x)
        x = x - eta * (np.sign(beta1 * m + (1 - beta1) * g) + weight_decay * x)
        m = beta2 * m + (1 - beta2) * g


ADAM = {"learning_rate": 0.2, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}
PAPERS: list[tuple[str, dict[str, Any], Rule]] = [
    ("sgd", {"learning_rate": 0.02}, sgd(START)),
    ("momentum", {"learning_rate": 0.02, "beta": 0.8}, momentum(START)),
    *(
        (
            "nesterov",
            {"learning_rate": 0.02, "q": 0.01, "restart": restart},
            nesterov(START, restart=restart),
        )
        for restart in ("none", "function", "gradient")
    ),
    ("adagrad", {"learning_rate": 0.5, "epsilon": 1e-3}, adagrad(START)),
    ("rmsprop", {"learning_rate": 0.1, "rho": 0.8, "epsilon": 1e-3}, rmsprop(START)),
    (
        "rmsprop",
        {"learning_rate": 0.1, "rho": 0.8, "epsilon": 1e-3, "centred": "yes"},
        rmsprop(START, centred=True),
    ),
    ("adadelta", {"rho": 0.8, "epsilon": 1e-3}, adadelta(START)),
    ("adam", ADAM, adam_like(START)),
    ("amsgrad", ADAM, adam_like(START, largest=True)),
    ("adamw", {**ADAM, "weight_decay": 0.3}, adam_like(START, weight_decay=0.3)),
    ("nadam", {**ADAM, "momentum_decay": 0.1}, nadam(START)),
    ("radam", {**ADAM, "learning_rate": 0.02}, radam(START)),
    (
        "lion",
        {"learning_rate": 0.1, "beta1": 0.7, "beta2": 0.9, "weight_decay": 0.05},
        lion(START),
    ),
]


@pytest.mark.parametrize(("method", "options", "paper"), PAPERS, ids=lambda v: str(v)[:60])
def test_the_path_is_that_of_the_paper(method, options, paper):
    expected = np.array([next(paper) for _ in range(30)])
    seen = path(method, 30, options=options)
    np.testing.assert_allclose(seen, expected, rtol=1e-9, atol=1e-11)


# Every option does something


# Changed values for which another one of the option's range would not do, and for options whose
# effect needs others, these too.
CHANGES: dict[str, tuple[Any, dict[str, Any]]] = {
    "schedule": ("cosine", {}),
    "schedule_period": (3, {"schedule": "step"}),
    "schedule_decay": (0.5, {"schedule": "exponential"}),
    "schedule_floor": (0.5, {"schedule": "cosine"}),
    "schedule_growth": (3.0, {"schedule": "cosine", "schedule_period": 3}),
    "schedule_patience": (1, {"schedule": "plateau", "schedule_decay": 0.5, "learning_rate": 1e3}),
    "schedule_warmup": (5, {}),
    "clip_value": (1e-3, {}),
    "clip_norm": (1e-3, {}),
    "noise": (100.0, {}),
    "noise_decay": (2.0, {"noise": 100.0}),
    "weight_decay": (1.0, {}),
    "l1": (1.0, {}),
    "sam_radius": (0.1, {}),
    "averaging": ("polyak", {}),
    "averaging_start": (3, {"averaging": "polyak"}),
    "averaging_period": (3, {"averaging": "swa"}),
    "averaging_decay": (0.6, {"averaging": "ema"}),
    "restart": ("none", {"learning_rate": 0.05}),
    "momentum_decay": (0.1, {}),
    "centred": ("yes", {}),
    "q": (0.5, {}),
    "learning_rate": (0.013, {}),
    "rho": (0.5, {}),
    "beta": (0.5, {}),
    "beta1": (0.5, {"learning_rate": 0.3}),
    "beta2": (0.5, {"learning_rate": 0.3}),
    "epsilon": (0.1, {}),
}


def another(option: pyminima.Option) -> Any:
    """A value of the option that is not its default."""
    if option.choices is not None:
        return next(choice for choice in option.choices if choice != option.default)
    if option.kind == "whole":
        return option.default + (1 if option.default < option.high else -1)
    return (option.default + (option.high if option.high <= 1.0 else option.low)) / 2.0 or 0.5


def outcome(method: str, options: dict[str, Any], unit: float = 1.0) -> bytes:
    """The points asked for, f being measured in this unit, and the average in the end."""
    row = METHODS[method]
    solver = CoreSolver(
        method,
        START,
        np.full(2, -np.inf),
        np.full(2, np.inf),
        has_gradient=True,
        options=row.checked(options),
        budget=50,
        key=(1, 2),
    )
    evaluator = pyminima._core.Evaluator(2)
    told = []
    for _ in range(50):
        X, gradients = evaluator.ask(solver)
        told.append(X.copy())
        F = np.array([value(x) for x in X]) / unit
        G = np.array([slope(x) for x in X]) / unit
        evaluator.tell(solver, X, F, G if gradients else None)
        if solver.stop:
            break
    mean = solver.answer()
    return b"".join([X.tobytes() for X in told] + ([] if mean is None else [mean.tobytes()]))


STOPPING = ("gtol", "ftol", "xtol", "patience")
LENGTHS_ONLY = ("clip_value", "clip_norm", "weight_decay")  # seldom turn a gradient round


@every_rule
def test_every_option_has_an_effect(method):
    for option in RULES[method].options:
        if option.name in STOPPING:
            continue
        changed, others = CHANGES.get(option.name) or (another(option), {})
        assert changed != option.default
        plain = outcome(method, others)
        if plain == outcome(method, {**others, option.name: changed}):
            # Signs know of no lengths: on a straight course some options change nothing.
            only_signs = plain == outcome(method, others, unit=0.5)
            assert only_signs and option.name in LENGTHS_ONLY, option.name


@every_rule
def test_options_that_are_off_change_nothing(method):
    """The default of an ingredient is its absence: the same path as with all others given, off."""
    off = {
        "schedule": schedules.Constant(),
        "clip_value": 0.0,
        "clip_norm": 0.0,
        "noise": 0.0,
        "l1": 0.0,
        "sam_radius": 0.0,
        "averaging": "none",
    }
    assert outcome(method, {}) == outcome(method, off)


# The ingredients


ALL_AT_WORK = {
    "schedule": schedules.Cosine(period=20, warmup=3),
    "clip_value": 30.0,
    "clip_norm": 20.0,
    "noise": 0.5,
    "weight_decay": 0.01,
    "l1": 0.05,
    "sam_radius": 0.05,
    "averaging": "polyak",
}


@every_rule
def test_with_everything_at_work_the_box_is_kept_and_the_best_point_is_the_lowest_seen(method):
    seen = []

    def fun(x):
        seen.append(x.copy())
        return value(x)

    res = minimize(
        fun,
        START,
        jac=slope,
        method=method,
        bounds=[(-1.0, 4.0), (-3.0, 0.5)],
        options={"learning_rate": 0.2, **ALL_AT_WORK},
        max_evals=300,
        rng=1,
    )
    X = np.array(seen)
    assert (X >= [-1.0, -3.0]).all() and (X <= [4.0, 0.5]).all()
    assert res.fun == min(map(value, X)) == value(res.x)


@every_rule
@pytest.mark.parametrize("before", [0, 1, 2, 3, 10, 41])
def test_with_everything_at_work_a_copy_continues_bit_for_bit(method, before):
    def told(solver: Solver, turns: int) -> list[np.ndarray]:
        seen = []
        for _ in range(turns):
            X = solver.ask()
            seen.append(X)
            solver.tell([value(x) for x in X], np.array([slope(x) for x in X]))
        return seen

    solver = Solver(method, START, jac=True, options=ALL_AT_WORK, rng=4)
    told(solver, before)
    twin = solver.copy()
    np.testing.assert_array_equal(told(solver, 30), told(twin, 30))


@pytest.mark.parametrize("radius", [0.0, 0.1])
def test_both_evaluations_of_a_sharpness_aware_step_see_the_same_samples(radius):
    calls: list[tuple[float, list[int]]] = []

    def fun(x, rows):
        calls.append((float(x[0]), rows.tolist()))
        return float(np.mean((x - rows) ** 2)), 2.0 * np.mean(x - rows, keepdims=True)

    minimize(
        fun,
        [3.0],
        jac=True,
        method="sgd",
        batches=pyminima.Batches(10, batch_size=2, epochs=2),
        options={"sam_radius": radius},
        classify=False,
        rng=1,
    )
    steps = calls[: 20 if radius else 10]
    here, uphill = (steps[::2], steps[1::2]) if radius else (steps, [])
    assert sorted(row for _, rows in here[:5] for row in rows) == list(range(10))
    assert sorted(row for _, rows in here[5:] for row in rows) == list(range(10))
    for (x, rows), (beyond, again) in zip(here, uphill, strict=False):
        assert rows == again and abs(beyond - x) == pytest.approx(0.1)


def test_penalties_move_the_point_that_the_path_ends_in():
    """f + 3 |x|^2 / 2 and f + 3 |x|_1 have their minima where the slopes balance."""
    decayed = path("sgd", 2000, options={"learning_rate": 0.02, "weight_decay": 3.0})[-1]
    np.testing.assert_allclose(decayed, CURVATURES / (CURVATURES + 3.0), rtol=1e-6)
    sparse = path("sgd", 2000, options={"learning_rate": 0.02, "l1": 3.0})[-1]
    np.testing.assert_allclose(sparse, [0.0, 1.0 - 3.0 / 20.0], rtol=1e-6)


def test_but_the_answer_is_the_lowest_value_of_f_itself():
    options = {"learning_rate": 0.02, "weight_decay": 3.0}
    res = minimize(value, [0.5, 0.5], jac=slope, method="sgd", options=options)
    np.testing.assert_allclose(res.x, 1.0, atol=1e-6)
    assert res.fun == value(res.x)


def test_an_average_is_lower_than_the_iterates_of_a_rate_that_is_too_high():
    """A step of almost 2 / curvature jumps to and fro across the bottom."""
    options = {"learning_rate": 0.0999}
    alone = minimize(
        value, START, jac=slope, method="sgd", options=options, max_evals=200, polish=False,
        classify=False,
    )  # fmt: skip
    averaged = minimize(
        value, START, jac=slope, method="sgd", options={**options, "averaging": "polyak"},
        max_evals=200, polish=False, classify=False,
    )  # fmt: skip
    assert averaged.fun < 0.1 * alone.fun


def test_noise_depends_on_rng_and_on_nothing_else():
    options = {"learning_rate": 0.02, "noise": 1.0}
    first, again = (path("sgd", 30, options=options, rng=1) for _ in range(2))
    other = path("sgd", 30, options=options, rng=2)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    fresh = [path("sgd", 30, options=options) for _ in range(2)]
    assert not np.array_equal(*fresh)


def test_noise_leaves_a_saddle_that_the_rule_would_end_in():
    """x^2 + (y^2 - 1)^2 from (1, 0), whose gradient leads straight into the saddle."""

    def ridge(x):
        return float(x[0] ** 2 + (x[1] ** 2 - 1) ** 2)

    def ridge_slope(x):
        return np.array([2 * x[0], 4 * x[1] * (x[1] ** 2 - 1)])

    quiet: dict[str, Any] = {"jac": ridge_slope, "method": "sgd", "polish": False}
    options = {"learning_rate": 0.05}
    stuck = minimize(ridge, [1.0, 0.0], options=options, classify=False, **quiet)
    assert stuck.x[1] == 0.0
    for seed in range(5):
        noisy = {**options, "noise": 0.1}
        free = minimize(ridge, [1.0, 0.0], options=noisy, rng=seed, classify=False, **quiet)
        assert abs(abs(free.x[1]) - 1.0) < 0.1


# Schedules


def factors(make: Callable[[], Any], steps: int) -> list[float]:
    return list(make()(range(steps)))


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (schedules.Constant(), [1, 1, 1]),
        (schedules.Constant(warmup=1), [1 / 2, 1, 1]),
        (schedules.Step(3, decay=0.1), [1, 1, 1, 0.1, 0.1, 0.1, 0.01]),
        (schedules.Step(1, decay=0.1, floor=0.05), [1, 0.1, 0.05, 0.05]),
        (schedules.Exponential(2, decay=0.25), [1, 0.5, 0.25, 0.125]),
        (schedules.Exponential(1, decay=0.5, floor=0.3), [1, 0.5, 0.3, 0.3]),
        (schedules.Cosine(4), [1, 0.5 + 8**-0.5, 0.5, 0.5 - 8**-0.5, 1, 0.5 + 8**-0.5]),
        (schedules.Cosine(2, floor=0.2), [1, 0.6, 1, 0.6]),
        (schedules.Cosine(1, growth=2), [1, 1, 0.5, 1, 0.5 + 8**-0.5, 0.5, 0.5 - 8**-0.5, 1]),
        (schedules.Cosine(2, warmup=3), [1 / 4, 2 / 4, 3 / 4, 1, 0.5, 1]),
        (schedules.InverseTime(2), [1, 2 / 3, 1 / 2, 2 / 5, 1 / 3]),
        (schedules.InverseTime(1, floor=0.4, warmup=1), [1 / 2, 1, 1 / 2, 0.4, 0.4]),
    ],
    ids=repr,
)
def test_factors_by_hand(schedule, expected):
    steps = len(expected)
    np.testing.assert_allclose(schedule(range(steps)), expected, rtol=1e-12, atol=1e-15)
    for t, factor in enumerate(expected):
        assert schedule(t) == pytest.approx(factor, rel=1e-12)
    # ... and it is these that the method uses: sgd on a constant slope of 1 walks their sum.
    seen: list[float] = []
    minimize(
        lambda x: x[0],
        [0.0],
        jac=lambda x: seen.append(x[0]) or np.ones(1),
        method="sgd",
        options={"learning_rate": 1.0, "schedule": schedule},
        max_evals=steps + 1,
        classify=False,
        polish=False,
    )
    np.testing.assert_allclose(-np.diff(seen), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (schedules.Exponential, [1, 0.1**0.25, 0.1**0.5, 0.1**0.75]),
        (schedules.Cosine, [1, 0.5 + 8**-0.5, 0.5, 0.5 - 8**-0.5]),
        (schedules.InverseTime, [1, 4 / 5, 4 / 6, 4 / 7]),
    ],
)
def test_without_a_period_a_schedule_takes_the_whole_run(kind, expected):
    np.testing.assert_allclose(kind()(range(4), steps=4), expected)
    seen: list[float] = []
    minimize(
        lambda x: x[0],
        [0.0],
        jac=lambda x: seen.append(x[0]) or np.ones(1),
        method="sgd",
        options={"learning_rate": 1.0, "schedule": kind()},
        max_evals=4,
        classify=False,
        polish=False,
    )
    np.testing.assert_allclose(-np.diff(seen), expected[:3])
    with pytest.raises(ValueError, match=r"steps is missing.*whole run"):
        kind()(0)


def test_a_step_schedule_without_a_period_falls_twice():
    assert schedules.Step()(range(6), steps=6) == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def test_plateaus_by_hand():
    s = schedules.Plateau(patience=2, decay=0.5, floor=0.2)
    #          first  better  idle  fall  idle  fall  better  idle  fall: the floor
    values = [10.0, 5.0, 5.0, 6.0, 5.0, 5.0, 4.0, 4.0, 4.0]
    assert s(values) == [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2]
    # 1e-4 of the whole improvement does not count, a little more does.
    assert s([10.0, 0.0, -0.9e-3, -0.95e-3])[-1] == 0.5
    assert s([10.0, 0.0, -1.1e-3, -1.1e-3])[-1] == 1.0


def test_a_plateau_lowers_the_rate_of_a_run():
    """Across the bottom to and fro, as long as the rate is not lowered."""
    options = {"learning_rate": 0.1, "schedule": schedules.Plateau(patience=3, decay=0.5)}
    alone = path("sgd", 60, options={"learning_rate": 0.1})[-1]
    lowered = path("sgd", 60, options=options)[-1]
    assert value(lowered) < 0.1 * value(alone)


ALL = [
    schedules.Constant(warmup=2),
    schedules.Step(5, decay=0.3, floor=0.1, warmup=2),
    schedules.Exponential(5, decay=0.3, floor=0.1, warmup=2),
    schedules.Cosine(5, floor=0.1, growth=2.0, warmup=2),
    schedules.InverseTime(5, floor=0.1, warmup=2),
    schedules.Plateau(2, decay=0.3, floor=0.1, warmup=2),
]


@pytest.mark.parametrize("schedule", ALL, ids=repr)
def test_an_object_is_its_options(schedule):
    assert outcome("adam", {"schedule": schedule}) == outcome("adam", schedule.options())
    assert schedule.options()["schedule"] == schedule.name
    assert schedule == type(schedule)(
        **{key.removeprefix("schedule_"): v for key, v in schedule.options().items() if "_" in key
           and key != "schedule"}
    )  # fmt: skip


def test_every_name_has_its_object():
    option = next(o for o in METHODS["adam"].options if o.name == "schedule")
    assert option.choices == tuple(s.name for s in ALL)
    assert {type(s).__name__ for s in ALL} == set(schedules.__all__) - {"Schedule"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: schedules.Step(0), r"Step\(period=0\), expected a whole number from 1"),
        (lambda: schedules.Step(2.5), r"Step\(period=2.5\), expected a whole number"),
        (
            lambda: schedules.Cosine(5, growth=0.5),
            r"Cosine\(growth=0.5\), expected a number from 1",
        ),
        (lambda: schedules.Exponential(decay=2), r"Exponential\(decay=2\), expected a number from"),
        (lambda: schedules.Plateau("x"), r"Plateau\(patience='x'\), expected a whole number"),
        (lambda: schedules.Constant(warmup=-1), r"Constant\(warmup=-1\), expected a whole number"),
        (lambda: schedules.Constant()(-1), r"step=-1, expected whole numbers from 0"),
        (lambda: schedules.Cosine()(1, steps=-1), r"steps=-1, expected a whole number from 1"),
        (lambda: schedules.Cosine()(1, steps=2.5), r"steps=2.5, expected a whole number from 1"),
        (lambda: schedules.Constant()([0.5]), r"step=\[0.5\], expected whole numbers from 0"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_numbers_within_the_object_or_beside_the_name_but_not_both():
    options = {"schedule": schedules.Cosine(5), "schedule_period": 3}
    with pytest.raises(ValueError, match=r"options\['schedule_period'\]=3 beside .*Cosine"):
        minimize(value, START, jac=slope, method="adam", options=options)


def test_a_schedule_for_a_method_without_rates_is_refused():
    with pytest.raises(ValueError, match=r"'schedule'\] is not an option of method 'lbfgs'"):
        minimize(value, START, jac=slope, method="lbfgs", options={"schedule": schedules.Step(3)})


@pytest.mark.parametrize("schedule", [None, schedules.Cosine, lambda step: 0.5])
def test_what_is_no_schedule_is_refused(schedule):
    with pytest.raises(ValueError, match=r"options\['schedule'\]=.*an object of pyminima.sched"):
        minimize(value, START, jac=slope, method="adam", options={"schedule": schedule})


def test_the_common_base_is_no_schedule():
    with pytest.raises(TypeError, match=r"Schedule\(\) is no schedule: take Constant, Step"):
        schedules.Schedule()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"schedule_period": 30}, r"'schedule_period'\]=30 with schedule 'constant', which takes"),
        ({"schedule": "step", "schedule_growth": 2}, r"'schedule_growth'\]=2 with schedule 'step'"),
        ({"averaging_period": 5}, r"'averaging_period'\]=5 with averaging 'none', .*: 'swa'"),
        ({"averaging": "ema", "averaging_period": 5}, r"=5 with averaging 'ema', .*: 'swa'"),
        ({"averaging": "swa", "averaging_decay": 0.9}, r"=0.9 with averaging 'swa', .*: 'ema'"),
        ({"averaging_start": 9}, r"=9 with averaging 'none', .*: 'polyak', 'swa', 'ema'"),
    ],
)
def test_numbers_that_nothing_has_a_use_for_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        minimize(value, START, jac=slope, method="adam", options=options)


# The documentation


def test_the_numbers_of_the_page_are_what_its_code_gives():
    page = (Path(__file__).parents[1] / "docs" / "first_order.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    claims = re.findall(r"^(\w.*\))  # ([\d.e-]+)$", code, re.MULTILINE)
    assert len(claims) == 6
    names: dict[str, Any] = {}
    exec(code, names)
    for expression, number in claims:
        assert eval(expression, names) == pytest.approx(float(number), rel=0.05), expression
