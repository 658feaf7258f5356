"""Problems with many minima, where the question is which one is global."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ._catalogue import register
from ._problem import Label, Problem, build, maximum, minimum, morse, saddle
from ._sources import DIXON_SZEGO, JAMIL_YANG, VLSE


def _lattice(
    minima: Sequence[float], maxima: Sequence[float], n: int, best: float
) -> Iterator[Label]:
    """Label the critical points of a sum of one function of each coordinate.

    The index of a point counts its coordinates that sit at a maximum.  Up to n = 3 all
    combinations are labelled, beyond that one for each index.
    """
    combinations: Iterable[tuple[float, ...]]
    if n <= 3:
        combinations = itertools.product([*minima, *maxima], repeat=n)
    else:
        combinations = ((maxima[0],) * k + (best,) * (n - k) for k in range(n + 1))
    for x in combinations:
        index = sum(coordinate in maxima for coordinate in x)
        yield morse(x, index, best=x == (best,) * n)


@register
def styblinski_tang(n: int = 2) -> Problem:
    """Sum of quartics: 2^n minima, and saddles of every index."""

    def formula(x: Any) -> Any:
        return (0.5 * (x**4 - 16.0 * x**2 + 5.0 * x)).sum()

    return build(
        formula,
        x0=np.linspace(4.0, 1.0, n),
        lower=-5.0,
        upper=5.0,
        points=_lattice([-2.903534, 2.746803], [0.156731], n, best=-2.903534),
        source=JAMIL_YANG,
        tags=["smooth", "multimodal"],
    )


@register
def coupled_wells(n: int = 10, coupling: float = 0.1, tilt: float = 0.05) -> Problem:
    """Chain of double wells: one labelled point for each index, or for 11 of them beyond n = 10.

    Uncoupled and level, every coordinate is at -1, 0 or 1, and the index counts the zeros.  The
    curvatures are then -1 and 2; the coupling adds up to 4 * coupling to them, so below 1/4 it
    keeps their signs, and the points move but do not vanish.
    """
    if not 0.0 <= coupling <= 0.2 or not 0.0 < tilt <= 0.1:
        raise ValueError(f"labels hold for small values only, not {coupling=}, {tilt=}")
    chain = 2.0 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    chain[0, 0] = chain[-1, -1] = 1.0 if n > 1 else 0.0
    force = coupling * chain

    def formula(x: Any) -> Any:
        wells = (0.25 * (x**2 - 1.0) ** 2 + tilt * x).sum()
        return wells + 0.5 * coupling * ((x[1:] - x[:-1]) ** 2).sum()

    def labels() -> Iterator[Label]:
        turns = np.random.default_rng(5)
        for index in sorted({round(share * n) for share in np.linspace(0.0, 1.0, 11)}):
            x = turns.choice([-1.0, 1.0], size=n) if index else np.full(n, -1.0)
            x[turns.permutation(n)[:index]] = 0.0
            # Newton's method from the uncoupled point; `build` finishes what is left.
            for _ in range(6):
                residual = x**3 - x + tilt + force @ x
                x = x - np.linalg.solve(np.diag(3.0 * x**2 - 1.0) + force, residual)
            yield morse(x, index, best=index == 0)

    return build(
        formula,
        jac=lambda x: x**3 - x + tilt + force @ x,
        hess=lambda x: np.diag(3.0 * x**2 - 1.0) + force,
        x0=np.linspace(1.4, 0.3, n),
        lower=-2.0,
        upper=1.8,
        points=labels(),
        source="made for this catalogue, after the phi^4 chain of lattice physics",
        tags=["smooth", "multimodal"],
    )


@register
def rastrigin(n: int = 2) -> Problem:
    """Rastrigin's function, a bowl under a grid of cosines; labelled around its global minimum."""

    def formula(x: Any) -> Any:
        return 10.0 * n + (x**2 - 10.0 * np.cos(2.0 * np.pi * x)).sum()

    return build(
        formula,
        x0=np.linspace(3.3, -4.2, n),
        lower=-5.12,
        upper=5.12,
        points=_lattice([0.0, -0.994959, 0.994959], [0.502546, -0.502546], n, best=0.0),
        source=VLSE,
        tags=["smooth", "multimodal", "centred"],
    )


@register
def ackley(n: int = 2) -> Problem:
    """Ackley's function.  Its global minimum is the tip of a cone: no derivative exists there."""
    signs = list(itertools.product([1.0, -1.0], repeat=2))
    others = [
        *(minimum(0.952167 * a, 0.0) for a in (1.0, -1.0)),
        *(minimum(0.968478 * a, 0.968478 * b) for a, b in signs),
        *(saddle(0.625781 * a, 0.0) for a in (1.0, -1.0)),
        *(saddle(0.874762 * a, 0.577413 * b) for a, b in signs),
        *(maximum(0.673097 * a, 0.673097 * b) for a, b in signs),
    ]

    def formula(x: Any) -> Any:
        spread = np.sqrt((x**2).sum() / n)
        waves = np.cos(2.0 * np.pi * x).sum() / n
        return 20.0 - 20.0 * np.exp(-0.2 * spread) + math.e - np.exp(waves)

    return build(
        formula,
        x0=np.linspace(18.3, -11.2, n),
        lower=-32.768,
        upper=32.768,
        points=[Label(np.zeros(n), "nonsmooth_minimum", None, True), *(others if n == 2 else [])],
        source=VLSE,
        tags=["nonsmooth", "multimodal", "centred"],
    )


@register
def griewank(n: int = 2) -> Problem:
    """Griewank's function, a wide bowl with waves; labelled next to its global minimum."""
    stretch = 1.0 / np.sqrt(np.arange(1.0, n + 1.0))
    signs = list(itertools.product([1.0, -1.0], repeat=2))
    others = [
        *(minimum(3.140023 * a, 4.438444 * b) for a, b in signs),
        *(saddle(1.572368 * a, 2.222553 * b) for a, b in signs),
        *(maximum(3.143164 * a, 0.0) for a in (1.0, -1.0)),
        *(maximum(0.0, 4.447330 * b) for b in (1.0, -1.0)),
    ]

    def formula(x: Any) -> Any:
        return 1.0 + (x**2).sum() / 4000.0 - np.cos(stretch * x).prod()

    return build(
        formula,
        x0=np.linspace(310.0, -470.0, n),
        lower=-600.0,
        upper=600.0,
        points=[minimum(*np.zeros(n), best=True), *(others if n == 2 else [])],
        source=VLSE,
        tags=["smooth", "multimodal", "centred"],
    )


@register
def schwefel(n: int = 2) -> Problem:
    """Schwefel's function 2.26: the best minima are far apart; unbounded below outside the box."""

    def formula(x: Any) -> Any:
        # 418.98...: the depth of the best minimum, so that its value is 0.
        return 418.9828872724338 * n - (x * np.sin(np.sqrt(abs(x)))).sum()

    return build(
        formula,
        x0=np.linspace(-100.0, 150.0, n),
        lower=-500.0,
        upper=500.0,
        points=_lattice([420.968746, -302.524935], [302.524935], n, best=420.968746),
        source=VLSE,
        tags=["multimodal"],
    )


@register
def levy(n: int = 3) -> Problem:
    """Levy's function: waves over a bowl around (1, ..., 1)."""

    def formula(x: Any) -> Any:
        w = 1.0 + (x - 1.0) / 4.0
        first = np.sin(np.pi * w[0]) ** 2
        middle = ((w[:-1] - 1.0) ** 2 * (1.0 + 10.0 * np.sin(np.pi * w[:-1] + 1.0) ** 2)).sum()
        last = (w[-1] - 1.0) ** 2 * (1.0 + np.sin(2.0 * np.pi * w[-1]) ** 2)
        return first + middle + last

    return build(
        formula,
        x0=np.linspace(-7.0, 8.0, n),
        lower=-10.0,
        upper=10.0,
        points=[minimum(*np.ones(n), best=True)],
        source=VLSE,
        tags=["smooth", "multimodal"],
    )


@register
def shekel(m: int = 10) -> Problem:
    """Shekel's foxholes in 4 variables: one minimum near each of m = 5, 7 or 10 centres."""
    if m not in (5, 7, 10):
        raise ValueError(f"shekel has m = 5, 7 or 10 centres, not m={m}")
    centres = np.array(
        [
            [4, 4, 4, 4],
            [1, 1, 1, 1],
            [8, 8, 8, 8],
            [6, 6, 6, 6],
            [3, 7, 3, 7],
            [2, 9, 2, 9],
            [5, 5, 3, 3],
            [8, 1, 8, 1],
            [6, 2, 6, 2],
            [7, 3.6, 7, 3.6],
        ]
    )[:m]
    width = np.array([1, 2, 2, 4, 4, 6, 3, 7, 5, 5])[:m] / 10.0

    # Each hole is next to its centre.
    holes = centres.copy()
    holes[6:7] = [4.995, 4.994, 3.008, 3.007]

    def formula(x: Any) -> Any:
        return -(1.0 / (((x - centres) ** 2).sum(axis=-1) + width)).sum()

    return build(
        formula,
        x0=[8.5, 2.5, 6.5, 0.5],
        lower=0.0,
        upper=10.0,
        points=[minimum(*hole, best=i == 0) for i, hole in enumerate(holes)],
        source=f"{DIXON_SZEGO}; {VLSE}",
        tags=["smooth", "multimodal"],
    )


_HARTMANN_WEIGHT = np.array([1.0, 1.2, 3.0, 3.2])


@register
def hartmann3() -> Problem:
    """Hartmann's function in 3 variables."""
    sharpness = np.array([[3.0, 10, 30], [0.1, 10, 35], [3.0, 10, 30], [0.1, 10, 35]])
    centres = 1e-4 * np.array(
        [[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]
    )

    def formula(x: Any) -> Any:
        return -(_HARTMANN_WEIGHT * np.exp(-(sharpness * (x - centres) ** 2).sum(axis=-1))).sum()

    return build(
        formula,
        x0=[0.8, 0.2, 0.3],
        lower=0.0,
        upper=1.0,
        points=[
            minimum(0.114589, 0.555649, 0.852547, best=True),
            minimum(0.109337, 0.860524, 0.564123),
            minimum(0.368723, 0.117562, 0.267574),
        ],
        source=f"{DIXON_SZEGO}; {VLSE}",
        tags=["smooth", "multimodal"],
    )


@register
def hartmann6() -> Problem:
    """Hartmann's function in 6 variables."""
    sharpness = np.array(
        [
            [10, 3, 17, 3.5, 1.7, 8],
            [0.05, 10, 17, 0.1, 8, 14],
            [3, 3.5, 1.7, 10, 17, 8],
            [17, 8, 0.05, 10, 0.1, 14],
        ]
    )
    centres = 1e-4 * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )

    def formula(x: Any) -> Any:
        return -(_HARTMANN_WEIGHT * np.exp(-(sharpness * (x - centres) ** 2).sum(axis=-1))).sum()

    return build(
        formula,
        x0=[0.7, 0.6, 0.8, 0.2, 0.6, 0.3],
        lower=0.0,
        upper=1.0,
        points=[
            minimum(0.201690, 0.150011, 0.476874, 0.275332, 0.311652, 0.657301, best=True),
            minimum(0.404653, 0.882445, 0.846102, 0.573990, 0.138927, 0.038496),
        ],
        source=f"{DIXON_SZEGO}; {VLSE}",
        tags=["smooth", "multimodal"],
    )


@register
def easom() -> Problem:
    """Easom's needle: a narrow hole at (pi, pi) in a plane that is flat to rounding."""

    def formula(x: Any) -> Any:
        return -np.cos(x[0]) * np.cos(x[1]) * np.exp(-((x - np.pi) ** 2).sum())

    return build(
        formula,
        x0=[60.0, -45.0],
        lower=-100.0,
        upper=100.0,
        points=[
            minimum(np.pi, np.pi, best=True),
            Label([60.0, -45.0], "plateau", None),
        ],
        source=VLSE,
        tags=["smooth", "multimodal", "plateau"],
    )


@register
def michalewicz(n: int = 2) -> Problem:
    """Michalewicz' function: steep canyons between plains; the minimum is known for n = 2."""
    i = np.arange(1.0, n + 1.0)

    def formula(x: Any) -> Any:
        return -(np.sin(x) * np.sin(i * x**2 / np.pi) ** 20).sum()

    return build(
        formula,
        x0=np.linspace(2.6, 1.0, n),
        lower=0.0,
        upper=np.pi,
        points=[minimum(2.202906, np.pi / 2.0, best=True), minimum(2.202906, 2.711571)]
        if n == 2
        else [],
        source=VLSE,
        tags=["smooth", "multimodal"],
    )


@register
def two_basins(n: int = 2) -> Problem:
    """Two basins of 90 % and 10 % of the box, the lower minimum in the small one."""
    wide, deep, barrier, width = 0.4, 0.96, 0.9, 0.02
    # The depth that puts the top of the barrier exactly at 0.9, by f'(0.9) = 0.
    reach = (deep - barrier) / width
    depth = 2.0 * (barrier - wide) * width / reach * math.exp(0.5 * reach**2)

    def formula(x: Any) -> Any:
        return ((x - wide) ** 2).sum() - depth * np.exp(-0.5 * ((x[0] - deep) / width) ** 2)

    rest = (wide,) * (n - 1)
    return build(
        formula,
        x0=np.linspace(0.15, 0.7, n),
        lower=0.0,
        upper=1.0,
        points=[
            morse((wide, *rest), 0),
            morse((barrier, *rest), 1),
            morse((0.9593, *rest), 0, best=True),
        ],
        source="made for this catalogue",
        tags=["smooth", "multimodal"],
    )
