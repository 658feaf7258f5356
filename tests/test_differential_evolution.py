"""Differential evolution against the same algorithm on numpy arrays, and what its options do."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from pyminima import Solver, Status, minimize

FIRST_POPULATION, PARTNERS, PARAMETERS, CROSSOVER = range(4)  # streams of random numbers


class Words:
    """The random words of one stream, as numpy's own generator gives them."""

    def __init__(self, seed: int, stream: int) -> None:
        key = np.random.default_rng(seed).integers(0, 2**64, size=2, dtype=np.uint64)
        self.raw = np.random.Philox(key=key, counter=[0, 0, stream, 0]).random_raw

    def word(self) -> int:
        return int(self.raw())

    def uniform(self) -> float:
        return (self.word() >> 11) * 2.0**-53

    def below(self, n: int) -> int:
        return int(self.uniform() * n)

    def normal(self) -> float:
        u = 1.0 - self.uniform()
        return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * self.uniform())


class Reference:
    """L-SHADE with eigenvector crossover, one run of it, as the papers describe it."""

    def __init__(
        self, x, f, box, seed, *, p, archive, memory, rotation, reduction, fewest, **fixed
    ):
        self.x, self.f = np.array(x), np.array(f)
        self.low, self.high = box
        self.p, self.archive_ratio, self.rotation = p, archive, rotation
        self.reduction, self.fewest, self.fixed = reduction, fewest, fixed
        self.M_F, self.M_CR, self.k = [fixed["F"]] * memory, [fixed["CR"]] * memory, 0
        self.N_init, self.evaluations = len(f), len(f)
        self.archive: list[Any] = []
        self.C, self.B, self.drawn = np.zeros((self.n, self.n)), None, 0
        self.partners, self.parameters, self.crossing = (
            Words(seed, stream) for stream in (PARTNERS, PARAMETERS, CROSSOVER)
        )
        self.learn_axes()

    @property
    def n(self) -> int:
        return self.x.shape[1]

    def parameters_of_trial(self):
        if self.fixed["adaptation"] == "none":
            return self.fixed["F"], self.fixed["CR"]
        r = self.parameters.below(len(self.M_F))
        F = 0.0
        while F <= 0.0:
            F = self.M_F[r] + 0.1 * math.tan(math.pi * (self.parameters.uniform() - 0.5))
        CR = 0.0
        if self.M_CR[r] is not None:
            CR = min(max(self.M_CR[r] + 0.1 * self.parameters.normal(), 0.0), 1.0)
        return min(F, 1.0), CR

    def another(self, count, *taken):
        r = self.partners.below(count)
        while r in taken:
            r = self.partners.below(count)
        return r

    def mutant(self, i, F):
        N = len(self.f)
        r1 = self.another(N, i)
        r2 = self.another(N + len(self.archive), i, r1)
        difference = F * (self.x[r1] - (self.x[r2] if r2 < N else self.archive[r2 - N]))
        order = np.argsort(self.f, kind="stable")
        if self.fixed["strategy"] == "best":
            return self.x[order[0]] + difference
        if self.fixed["strategy"] == "rand":
            return self.x[self.another(N, i, r1, r2)] + difference
        best = min(max(math.floor(self.p * N + 0.5), 2), N)
        pbest = self.x[order[self.partners.below(best)]]
        return self.x[i] + F * (pbest - self.x[i]) + difference

    def mask(self, CR):
        one = self.crossing.below(self.n)
        if self.fixed["crossover"] == "exponential":
            length = 1
            while length < self.n and self.crossing.uniform() < CR:
                length += 1
            return np.isin(np.arange(self.n), (one + np.arange(length)) % self.n)
        words = [self.crossing.word() for _ in range(-(-self.n // 4))]
        pieces = [words[j // 4] >> 16 * (j % 4) & 0xFFFF for j in range(self.n)]
        return np.array([piece < int(CR * 65536) for piece in pieces]) | (np.arange(self.n) == one)

    def trial(self, i):
        F, CR = self.parameters_of_trial()
        d = self.mutant(i, F) - self.x[i]
        mask = self.mask(CR)
        if self.B is not None and self.crossing.uniform() < self.rotation:
            d = self.B @ (mask * (self.B.T @ d))
        else:
            d = mask * d
        u = self.x[i] + d
        u = np.where(u < self.low, (self.low + self.x[i]) / 2, u)
        return np.where(u > self.high, (self.high + self.x[i]) / 2, u), F, CR

    def trials(self):
        made = [self.trial(i) for i in range(len(self.f))]
        self.F_CR = [(F, CR) for _, F, CR in made]
        return np.array([u for u, _, _ in made])

    def tell(self, u, f):
        self.evaluations += len(f)
        room = int(self.archive_ratio * len(self.f))
        won = []
        for i in range(len(f)):
            if f[i] < self.f[i]:
                if len(self.archive) < room:
                    self.archive.append(self.x[i].copy())
                elif room:
                    self.archive[self.partners.below(room)] = self.x[i].copy()
                won.append((self.f[i] - f[i], *self.F_CR[i]))
            if f[i] <= self.f[i]:
                self.x[i], self.f[i] = u[i], f[i]
        if won and self.fixed["adaptation"] == "success":
            self.learn(np.array(won).T)
        self.shrink()
        self.learn_axes()

    def learn(self, won):
        w, F, CR = won
        self.M_F[self.k] = (w @ F**2) / (w @ F)
        spent = self.M_CR[self.k] is None or CR.max() == 0.0
        self.M_CR[self.k] = None if spent else (w @ CR**2) / (w @ CR)
        self.k = (self.k + 1) % len(self.M_F)

    def shrink(self):
        if self.reduction == 0:
            return
        done = min(self.evaluations / (self.reduction * self.N_init), 1.0)
        N = math.floor(self.N_init + (self.fewest - self.N_init) * done + 0.5)
        if len(self.f) > N:
            rows = np.sort(np.argsort(self.f, kind="stable")[:N])
            self.x, self.f = self.x[rows], self.f[rows]
            while len(self.archive) > int(self.archive_ratio * N):
                k = self.partners.below(len(self.archive))
                self.archive[k] = self.archive[-1]
                self.archive.pop()

    def learn_axes(self):
        if self.rotation == 0.0:
            return
        mu = (len(self.f) + 1) // 2
        best = self.x[np.argsort(self.f, kind="stable")[:mu]]
        S = (best - best.mean(axis=0)).T @ (best - best.mean(axis=0))
        c = mu / (mu + 0.5 * self.n**2)
        self.C = (1 - c) * self.C + c * S / np.trace(S)
        self.drawn += len(self.f)
        if self.drawn >= min(10 * self.n * (self.n + 1), 60 * self.n):
            self.drawn, self.B = 0, np.linalg.eigh(self.C)[1]


def valley(X):
    X = np.atleast_2d(X)
    return np.sum(10.0 * (X[:, 1:] - X[:, :-1] ** 2) ** 2 + (1.2 - X[:, :-1]) ** 2, axis=1)


DEFAULTS = {
    "strategy": "current_to_pbest",
    "crossover": "binomial",
    "adaptation": "success",
    "F": 0.5,
    "CR": 0.5,
    "p": 0.11,
    "archive": 1.0,
    "memory": 20,
    "rotation": 0.5,
    "reduction": 400.0,
    "fewest": 4,
}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"rotation": 0.0},
        {"rotation": 1.0},
        {"rotation": 0.0, "p": 0.5},
        {"rotation": 0.0, "archive": 0.0},
        {"rotation": 0.0, "archive": 2.6, "memory": 2},
        {"rotation": 0.0, "F": 0.9, "CR": 0.02},
        {"rotation": 0.0, "crossover": "exponential"},
        {"rotation": 0.0, "strategy": "rand", "adaptation": "none", "F": 0.8, "CR": 0.9},
        {"rotation": 0.0, "strategy": "best", "adaptation": "none", "reduction": 0.0},
        {"rotation": 0.0, "reduction": 20.0, "fewest": 6},
    ],
    ids=str,
)
def test_every_generation_is_that_of_the_papers(changed):
    n, N, seed = 5, 14, 3
    options = DEFAULTS | changed
    low, high = np.full(n, -1.5), np.full(n, 1.3)
    solver = Solver(
        "differential_evolution",
        np.full(n, 0.4),
        bounds=list(zip(low, high, strict=True)),
        options={"population": N, **options},
        rng=seed,
    )
    X = solver.ask()
    assert X.shape == (N, n)
    ours = Reference(X, valley(X), (low, high), seed, **options)
    solver.tell(valley(X))
    for _ in range(60):
        X, U = solver.ask(), ours.trials()
        assert X.shape == U.shape
        np.testing.assert_allclose(X, U, rtol=0, atol=1e-7)
        f = valley(X)
        solver.tell(f)
        ours.tell(X, f)
    assert (len(ours.f) < N) == (options["reduction"] > 0)


def test_infinite_values_leave_the_means_finite():
    """Gains from an infinite value have no size; beside one all weigh the same."""
    solver = Solver("differential_evolution", bounds=[(-1.0, 2.0)] * 3, rng=1)
    rng = np.random.default_rng(0)
    for k in range(30):
        X = solver.ask()
        assert np.isfinite(X).all()
        f = (X**2).sum(axis=1)
        solver.tell(np.where(rng.random(len(X)) < (1.0 if k == 0 else 0.5), np.inf, f))


def run(**given):
    seen = []

    def fun(x):
        seen.append(x.copy())
        return float(valley(x)[0])

    options = given.pop("options", {})
    given = {"bounds": [(-2.0, 2.0)] * 3, "max_evals": 4000, "rng": 5, **given}
    res = minimize(
        fun,
        [-1.0, 1.0, 0.5],
        method="differential_evolution",
        options=options,
        classify=False,
        polish=False,
        history=True,
        **given,
    )
    return res, np.array(seen)


@pytest.mark.parametrize(
    "options",
    [
        {"population": 20},
        {"initialization": "sobol"},
        {"strategy": "rand"},
        {"strategy": "best"},
        {"p": 0.9},
        {"archive": 0.0},
        {"crossover": "exponential"},
        {"rotation": 0.0},
        {"adaptation": "none"},
        {"F": 0.9},
        {"CR": 0.1},
        {"memory": 2},
        {"reduction": 20.0},
        {"fewest": 6, "reduction": 20.0},
        {"growth": 3.0, "patience": 5},
        {"restarts": 1, "patience": 5},
        {"ftol": 1.0, "patience": 5},
        {"patience": 5},
        {"xtol": 1e-2},
    ],
    ids=str,
)
def test_every_option_has_an_effect(options):
    beside = {key: value for key, value in list(options.items())[1:]}
    changed, plain = run(options=options)[1], run(options=beside)[1]
    assert changed.tobytes() != plain.tobytes()


def test_spread_is_the_reach_of_the_first_population_in_the_open():
    for spread in (0.5, 20.0):
        solver = Solver(
            "differential_evolution", [3.0], options={"spread": spread, "population": 200}, rng=1
        )
        reach = np.abs(solver.ask() - 3.0).max()
        assert 0.9 * 3.0 * spread < reach <= 3.0 * spread


def test_runs_begin_with_growing_populations_and_end_when_they_bring_nothing():
    res, _ = run(options={"population": 8, "growth": 2.0, "restarts": 2}, max_evals=200_000)
    assert res.status is Status.VALUE and res.success
    sizes = res.history["population"]
    begins = [8.0, *(b for a, b in itertools.pairwise(sizes) if b > a)]
    assert begins == [8.0, 16.0, 32.0]


def test_without_restarts_there_is_one_run():
    res, seen = run(options={"restarts": 0}, max_evals=50_000)
    assert res.status is Status.VALUE and len(seen) < 50_000
    sizes = res.history["population"]
    assert all(b <= a for a, b in itertools.pairwise(sizes))


def test_the_population_shrinks_within_what_is_left_of_the_budget():
    """One run of L-SHADE over the whole budget."""
    options = {"population": 54, "reduction": 1e9, "restarts": 0, "patience": 10**6}
    sizes = run(options=options, max_evals=3000, bounds=None)[0].history["population"]
    assert sizes[0] == 53.0 and sizes[-1] <= 5.0
    assert all(0 <= a - b <= 2 for a, b in itertools.pairwise(sizes))


def test_without_adaptation_the_parameters_stay():
    options = {"adaptation": "none", "F": 0.7, "CR": 0.3}
    history = run(options=options)[0].history
    np.testing.assert_allclose(history["scale_factor"], 0.7)
    np.testing.assert_allclose(history["crossover_rate"], 0.3)


def test_diversity_falls_from_that_of_a_uniform_population():
    history = run(options={"population": 500, "restarts": 0}, max_evals=100_000)[0].history
    assert abs(history["diversity"][0] - 12**-0.5) < 0.02
    assert history["diversity"][-1] < 1e-3


def rotated(X):
    """Ellipsoid with a condition number of 10^6 along the axes of a fixed rotation."""
    n = X.shape[1]
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((n, n)))[0]
    return ((X - 0.3) @ Q) ** 2 @ 10.0 ** np.linspace(0, 6, n)


def test_eigenvectors_help_where_a_valley_lies_across_the_axes():
    def evaluations(rotation):
        counts = []
        for seed in range(5):
            res = minimize(
                rotated,
                bounds=[(-5.0, 5.0)] * 5,
                method="differential_evolution",
                vectorized=True,
                options={"rotation": rotation},
                target=1e-8,
                max_evals=100_000,
                rng=seed,
                classify=False,
                polish=False,
            )
            counts.append(res.nfev)
        return np.median(counts)

    assert evaluations(0.5) < evaluations(0.0)


def test_whole_numbers_move_however_small_the_differences():
    """A staircase of 400 steps to one side, from a population on the first ones."""

    def fun(x):
        assert (x == np.round(x)).all()
        return float(np.sum((x - 400.0) ** 2))

    res = minimize(
        fun,
        np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
        bounds=[(0, 1000)] * 2,
        method="differential_evolution",
        integrality=True,
        options={"restarts": 0},
        max_evals=20_000,
        rng=2,
    )
    np.testing.assert_array_equal(res.x, [400.0, 400.0])


def test_a_knapsack_of_whole_numbers():
    """The best of 6^8 loads, by dynamic programming."""
    worth = np.array([12, 7, 31, 9, 18, 25, 4, 15])
    weight = np.array([5, 3, 13, 4, 7, 11, 2, 6])
    room = 97
    best = np.zeros(room + 1)
    for w, v in zip(weight, worth, strict=True):
        before = best.copy()
        for c in range(room + 1):
            best[c] = max(before[c - k * w] + k * v for k in range(6) if k * w <= c)

    def loss(x):
        over = weight @ x - room
        return 100.0 * over if over > 0 else -float(worth @ x)

    found = [
        minimize(
            loss,
            bounds=[(0, 5)] * 8,
            method="differential_evolution",
            integrality=True,
            max_evals=20_000,
            rng=seed,
        ).fun
        for seed in range(5)
    ]
    assert found.count(-best[room]) >= 4
