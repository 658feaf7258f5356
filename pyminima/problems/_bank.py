"""The bank of labelled points that verdicts are held against: the catalogue and its disguises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from ._catalogue import all, get
from ._problem import CriticalPoint, Problem, deciding

#: Problems that are small and together have points of every kind; each is seen in every disguise.
DISGUISED = (
    "absolute_cubed",
    "branin",
    "copositive_corner",
    "cosine",
    "crossed_valleys",
    "cubic",
    "cusp",
    "cusp_on_ridge",
    "dual_cusp",
    "faces",
    "fixed_variable",
    "fold",
    "goldstein_price",
    "hartmann3",
    "himmelblau",
    "horn_corner",
    "kinked_bowl",
    "monkey_saddle",
    "one_sided_bounds",
    "peano",
    "quartic",
    "ridge_saddle",
    "rosenbrock_4",
    "saddle_in_box",
    "six_hump_camel",
    "styblinski_tang",
    "trid",
    "two_bowls",
    "valley",
    "vertex",
    "weak_corner",
    "weighted_l1",
    "wood",
    "zero_multiplier",
)

#: Larger members of the families, by name and number of variables.
LARGE = (
    ("coupled_wells", 1),
    ("coupled_wells", 2),
    ("coupled_wells", 3),
    ("coupled_wells", 30),
    ("coupled_wells", 100),
    ("quartic_bowl", 10),
    ("rosenbrock", 20),
    ("rosenbrock", 100),
    ("rotated_ellipsoid", 30),
    ("styblinski_tang", 10),
    ("sum_of_powers", 10),
    ("trid", 30),
    ("underdetermined", 20),
    ("zakharov", 20),
)

Disguise = Callable[[Problem], Problem]


def _turned(problem: Problem) -> Problem:
    return problem.rotated(np.random.default_rng(11))


def _in_mixed_units(problem: Problem) -> Problem:
    return problem.scaled(x_scale=10.0 ** np.linspace(3.0, -3.0, problem.n))


#: What each disguise is called, and how it is put on.
DISGUISES: dict[str, Disguise] = {
    "f x 1e12": lambda p: p.scaled(f_scale=1e12),
    "f x 1e-12": lambda p: p.scaled(f_scale=1e-12),
    "f + 1e8": lambda p: p.scaled(f_offset=1e8),
    "f + 1000": lambda p: p.scaled(f_offset=1000.0),
    "x x 1e6": lambda p: p.scaled(x_scale=1e6),
    "x x 1e-6": lambda p: p.scaled(x_scale=1e-6),
    "x in mixed units": _in_mixed_units,
    "x + 1e3": lambda p: p.shifted(1e3),
    "x + 1e6": lambda p: p.shifted(1e6),
    "turned": _turned,
    "turned, x + 1e3": lambda p: _turned(p).shifted(1e3),
    "turned, f x 1e-12": lambda p: _turned(p).scaled(f_scale=1e-12),
    "turned, in mixed units": lambda p: _in_mixed_units(_turned(p)),
    "turned, f + 1e8": lambda p: _turned(p).scaled(f_offset=1e8),
    "noise 1e-3": lambda p: p.noisy(1e-3, seed=17),
    "noise 1e-8": lambda p: p.noisy(1e-8, seed=17),
    "turned, noise 1e-6": lambda p: _turned(p).noisy(1e-6, seed=17),
    "relative noise 1e-8": lambda p: p.noisy(relative=1e-8, seed=19),
    "single precision": Problem.in_single_precision,
    "single precision, x + 1e3": lambda p: p.shifted(1e3).in_single_precision(),
}


def bank() -> Iterator[Problem]:
    """Yield the catalogue, large members of its families, and small ones in disguise.

    Every labelled point of every problem here is a case for a verdict.  The name of a problem
    says what was done to it: ``"himmelblau, f x 1e12"``; the part before the comma is its
    name in the catalogue.  Disguises do not change what the points are, only how hard that is to
    see: offsets, noise and single precision may hide it altogether.  `Problem.resolves` says
    where a verdict has to be found.
    """
    yield from all(centred=True)
    for name, n in LARGE:
        yield _named(get(name, n=n), f"{name}, n = {n}")
    for name in ("coupled_wells", "styblinski_tang"):
        for n in (10, 30) if name == "coupled_wells" else (6,):
            turned = _turned(get(name, n=n))
            yield _named(turned, f"{name}, n = {n}, turned")
            yield _named(_in_mixed_units(turned), f"{name}, n = {n}, turned, in mixed units")
    for name in DISGUISED:
        problem = get(name)
        yield from _bounded(problem)
        regular = [deciding(problem, point) is not None for point in problem.points]
        for title, disguise in DISGUISES.items():
            if "turned" in title and _lies_on_bounds(problem):
                continue
            disguised = disguise(problem)
            # Beside a regular point the rounding of new coordinates does not matter, next to a
            # degenerate one it makes a slope.
            kept = tuple(
                new
                for old, new, safe in zip(problem.points, disguised.points, regular, strict=True)
                if safe or old.kind == "plateau" or _is_exact(problem, old, disguised, new)
            )
            if kept:
                yield _named(replace(disguised, points=kept), f"{name}, {title}")


def _bounded(problem: Problem) -> Iterator[Problem]:
    """The problem with a bound through each of its points that allows it."""
    for number, point in enumerate(problem.points):
        inside = np.all((problem.lower < point.x) & (point.x < problem.upper))
        turns = point.kind in ("local_minimum", "saddle") and deciding(problem, point) is not None
        if inside and turns:
            i = number % problem.n
            bounded = problem.with_bound_through(point, i)
            yield _named(bounded, f"{problem.name}, bound on x[{i}] through point {number}")


def _is_exact(
    original: Problem, old: CriticalPoint, disguised: Problem, new: CriticalPoint
) -> bool:
    """Whether the gradients at both places vanish in the same coordinates."""
    here, there = original.jac(old.x), disguised.jac(new.x)
    return bool(np.all((here == 0) == (there == 0)))


def _lies_on_bounds(problem: Problem) -> bool:
    return any(np.any((p.x == problem.lower) | (p.x == problem.upper)) for p in problem.points)


def _named(problem: Problem, name: str) -> Problem:
    return replace(problem, name=name)
