"""Smooth problems with one minimum or a handful: bowls, valleys and low-degree polynomials."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._catalogue import register
from ._jets import Matrix, Vector
from ._problem import Label, Problem, build, maximum, minimum, saddle
from ._sources import DIXON_SZEGO, MGH, VLSE


@register
def sphere(n: int = 5) -> Problem:
    """Sum of squares."""

    def formula(x: Any) -> Any:
        return (x**2).sum()

    return build(
        formula,
        jac=lambda x: 2.0 * x,
        hess=lambda x: 2.0 * np.eye(n),
        x0=np.linspace(2.0, -3.5, n),
        lower=-5.12,
        upper=5.12,
        points=[minimum(*np.zeros(n), best=True)],
        source=VLSE,
        tags=["smooth", "centred"],
    )


@register
def ellipsoid(n: int = 5, condition: float = 1e6) -> Problem:
    """Convex quadratic whose Hessian has the given condition number."""
    weight = condition ** (np.arange(n) / max(n - 1, 1))

    def formula(x: Any) -> Any:
        return (weight * x**2).sum()

    return build(
        formula,
        jac=lambda x: 2.0 * weight * x,
        hess=lambda x: np.diag(2.0 * weight),
        x0=np.linspace(2.0, -3.5, n),
        lower=-5.12,
        upper=5.12,
        points=[minimum(*np.zeros(n), best=True)],
        source="N. Hansen et al., Real-parameter black-box optimization benchmarking, "
        "INRIA RR-6829, 2009, f2 without its oscillation",
        tags=["smooth", "centred"],
    )


@register
def sum_of_powers(n: int = 4) -> Problem:
    """Sum of |x_i|^(i+1), i = 1..n: curvature vanishes at the minimum in all but one direction."""
    power = np.arange(n) + 2.0

    def formula(x: Any) -> Any:
        return (abs(x) ** power).sum()

    return build(
        formula,
        x0=np.linspace(0.9, -0.7, n),
        lower=-1.0,
        upper=1.0,
        points=[Label(np.zeros(n), "degenerate_minimum" if n > 1 else "local_minimum", 0, True)],
        source=VLSE,
        tags=["smooth", "degenerate", "centred"],
    )


@register
def rosenbrock(n: int = 2) -> Problem:
    """Curved valley; from n = 4 a second minimum near (-1, 1, ..., 1)."""

    def formula(x: Any) -> Any:
        return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()

    def jac(x: Vector) -> Vector:
        rise = x[1:] - x[:-1] ** 2
        slope = np.zeros(n)
        slope[:-1] = -400.0 * x[:-1] * rise - 2.0 * (1.0 - x[:-1])
        slope[1:] += 200.0 * rise
        return slope

    def hess(x: Vector) -> Matrix:
        diagonal = np.zeros(n)
        diagonal[:-1] = 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
        diagonal[1:] += 200.0
        beside = -400.0 * x[:-1]
        return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)

    if n < 2:
        raise ValueError(f"rosenbrock needs n >= 2, got n={n}")
    return build(
        formula,
        jac=jac,
        hess=hess,
        x0=np.where(np.arange(n) % 2 == 0, -1.2, 1.0),
        lower=-5.0,
        upper=10.0,
        points=[minimum(*np.ones(n), best=True), *_rosenbrock_others(n)],
        source=f"H. H. Rosenbrock, Comput. J. 3 (1960) 175-184; n > 2: {MGH}; other critical "
        "points: S. Kok & C. Sandrock, Evolutionary Computation 17 (2009) 437-453",
        tags=["smooth", "multimodal"] if n >= 4 else ["smooth"],
    )


def _rosenbrock_others(n: int) -> list[Label]:
    """Label the second minimum and the lowest saddle of Rosenbrock's function."""
    if n < 4:
        return []
    if n <= 6:
        second, pass_ = {
            4: (
                [-0.775659, 0.613093, 0.382063, 0.145972],
                [-0.656125, 0.443120, 0.204312, 0.041743],
            ),
            5: (
                [-0.962051, 0.935739, 0.880714, 0.777878, 0.605094],
                [-0.557468, 0.324740, 0.116567, 0.023354, 0.000545],
            ),
            6: (
                [-0.986575, 0.983398, 0.972107, 0.947437, 0.898651, 0.807574],
                [-0.555420, 0.322493, 0.115207, 0.023503, 0.010448, 0.000109],
            ),
        }[n]
        return [minimum(*second), saddle(*pass_)]
    # From n = 7 both ends of the points have settled: the second minimum approaches 1
    # geometrically from either end, the saddle is constant in between.  build polishes.
    i = np.arange(n)
    near_one = 1.0 - 0.00335 * 2.0 ** (1 - i) - 0.0116 * 2.0 ** (11 - 2 * n + i)
    near_one[0] = -0.99329
    level = [0.0102] * (n - 7)
    return [
        minimum(*near_one),
        saddle(-0.555376, 0.322446, 0.115178, 0.023506, 0.010661, *level, 0.010004, 0.0001),
    ]


@register
def beale() -> Problem:
    """Beale's function: a flat, curved approach to one minimum."""

    def formula(x: Any) -> Any:
        a, b = x[0], x[1]
        return (1.5 - a + a * b) ** 2 + (2.25 - a + a * b**2) ** 2 + (2.625 - a + a * b**3) ** 2

    return build(
        formula,
        x0=[1.0, 1.0],
        lower=-4.5,
        upper=4.5,
        points=[minimum(3.0, 0.5, best=True), saddle(0.0, 1.0), saddle(0.100538, -2.644514)],
        source=f"{MGH}; box: {VLSE}",
        tags=["smooth"],
    )


@register
def booth() -> Problem:
    """Booth's function, a convex quadratic."""

    def formula(x: Any) -> Any:
        return (x[0] + 2.0 * x[1] - 7.0) ** 2 + (2.0 * x[0] + x[1] - 5.0) ** 2

    return build(
        formula,
        x0=[-5.0, 8.0],
        lower=-10.0,
        upper=10.0,
        points=[minimum(1.0, 3.0, best=True)],
        source=VLSE,
        tags=["smooth"],
    )


@register
def matyas() -> Problem:
    """Matyas' function, a convex quadratic with a shallow diagonal."""

    def formula(x: Any) -> Any:
        return 0.26 * (x**2).sum() - 0.48 * x[0] * x[1]

    return build(
        formula,
        x0=[-6.0, 7.0],
        lower=-10.0,
        upper=10.0,
        points=[minimum(0.0, 0.0, best=True)],
        source=VLSE,
        tags=["smooth", "centred"],
    )


@register
def himmelblau() -> Problem:
    """Himmelblau's function: 4 minima, all global, 4 saddles and 1 maximum."""

    def formula(x: Any) -> Any:
        return (x[0] ** 2 + x[1] - 11.0) ** 2 + (x[0] + x[1] ** 2 - 7.0) ** 2

    return build(
        formula,
        x0=[0.5, -4.0],
        lower=-6.0,
        upper=6.0,
        points=[
            minimum(3.0, 2.0, best=True),
            minimum(3.584428, -1.848127, best=True),
            minimum(-3.779310, -3.283186, best=True),
            minimum(-2.805118, 3.131313, best=True),
            saddle(3.385154, 0.073852),
            saddle(0.086678, 2.884255),
            saddle(-3.073026, -0.081353),
            saddle(-0.127961, -1.953715),
            maximum(-0.270845, -0.923039),
        ],
        source="D. M. Himmelblau, Applied Nonlinear Programming, McGraw-Hill 1972",
        tags=["smooth"],
    )


@register
def three_hump_camel() -> Problem:
    """Three-hump camel: 3 minima, 2 saddles."""

    def formula(x: Any) -> Any:
        a, b = x[0], x[1]
        return 2.0 * a**2 - 1.05 * a**4 + a**6 / 6.0 + a * b + b**2

    return build(
        formula,
        x0=[-4.0, 3.0],
        lower=-5.0,
        upper=5.0,
        points=[
            minimum(0.0, 0.0, best=True),
            minimum(-1.747552, 0.873776),
            minimum(1.747552, -0.873776),
            saddle(1.070542, -0.535271),
            saddle(-1.070542, 0.535271),
        ],
        source=VLSE,
        tags=["smooth", "multimodal", "centred"],
    )


@register
def six_hump_camel() -> Problem:
    """Six-hump camel: 15 critical points in the box, of which 6 minima, 2 of them global."""

    def formula(x: Any) -> Any:
        a, b = x[0], x[1]
        return (4.0 - 2.1 * a**2 + a**4 / 3.0) * a**2 + a * b + (-4.0 + 4.0 * b**2) * b**2

    return build(
        formula,
        x0=[2.5, -1.5],
        lower=[-3.0, -2.0],
        upper=[3.0, 2.0],
        points=[
            minimum(0.089842, -0.712656, best=True),
            minimum(-0.089842, 0.712656, best=True),
            minimum(1.703607, -0.796084),
            minimum(-1.703607, 0.796084),
            minimum(1.607105, 0.568651),
            minimum(-1.607105, -0.568651),
            saddle(1.109205, -0.768268),
            saddle(-1.109205, 0.768268),
            saddle(1.638068, 0.228674),
            saddle(-1.638068, -0.228674),
            saddle(1.29607, 0.605084),
            saddle(-1.29607, -0.605084),
            maximum(1.23023, 0.162335),
            maximum(-1.23023, -0.162335),
            saddle(0.0, 0.0),
        ],
        source=f"{DIXON_SZEGO}; {VLSE}",
        tags=["smooth", "multimodal"],
    )


@register
def goldstein_price() -> Problem:
    """Goldstein and Price's function: values from 3 to about 1e6."""

    def formula(x: Any) -> Any:
        a, b = x[0], x[1]
        first = 19.0 - 14.0 * a + 3.0 * a**2 - 14.0 * b + 6.0 * a * b + 3.0 * b**2
        second = 18.0 - 32.0 * a + 12.0 * a**2 + 48.0 * b - 36.0 * a * b + 27.0 * b**2
        return (1.0 + (a + b + 1.0) ** 2 * first) * (30.0 + (2.0 * a - 3.0 * b) ** 2 * second)

    return build(
        formula,
        x0=[-1.5, 1.2],
        lower=-2.0,
        upper=2.0,
        points=[
            minimum(0.0, -1.0, best=True),
            minimum(-0.6, -0.4),
            minimum(1.8, 0.2),
            minimum(1.2, 0.8),
            saddle(-0.4, -0.6),
            saddle(1.2, -0.2),
            saddle(1.4, 0.6),
            saddle(0.6, 0.4),
            maximum(0.8, 0.2),
        ],
        source=f"{DIXON_SZEGO}; {VLSE}",
        tags=["smooth", "multimodal"],
    )


@register
def branin() -> Problem:
    """Branin's function: 3 minima, all global."""

    def formula(x: Any) -> Any:
        a, b = x[0], x[1]
        bent = b - 5.1 / (4.0 * np.pi**2) * a**2 + 5.0 / np.pi * a - 6.0
        return bent**2 + 10.0 * (1.0 - 1.0 / (8.0 * np.pi)) * np.cos(a) + 10.0

    return build(
        formula,
        x0=[1.0, 13.0],
        lower=[-5.0, 0.0],
        upper=[10.0, 15.0],
        points=[
            minimum(-np.pi, 12.275, best=True),
            minimum(np.pi, 2.275, best=True),
            minimum(3.0 * np.pi, 2.475, best=True),
            saddle(0.0, 6.0),
            saddle(2.0 * np.pi, 1.1),
        ],
        source=f"{DIXON_SZEGO}; {VLSE}",
        tags=["smooth"],
    )


@register
def mccormick() -> Problem:
    """McCormick's function: 2 minima and the saddle between them."""

    def formula(x: Any) -> Any:
        a, b = x[0], x[1]
        return np.sin(a + b) + (a - b) ** 2 - 1.5 * a + 2.5 * b + 1.0

    return build(
        formula,
        x0=[3.0, -2.0],
        lower=[-1.5, -3.0],
        upper=[4.0, 4.0],
        points=[
            minimum(-0.547198, -1.547198, best=True),
            minimum(2.594395, 1.594395),
            saddle(1.547198, 0.547198),
        ],
        source=VLSE,
        tags=["smooth", "multimodal"],
    )


@register
def powell_singular() -> Problem:
    """Powell's singular function: the Hessian at the minimum has rank 2 of 4."""

    def formula(x: Any) -> Any:
        a, b, c, d = x[0], x[1], x[2], x[3]
        return (a + 10.0 * b) ** 2 + 5.0 * (c - d) ** 2 + (b - 2.0 * c) ** 4 + 10.0 * (a - d) ** 4

    return build(
        formula,
        x0=[3.0, -1.0, 0.0, 1.0],
        lower=-4.0,
        upper=5.0,
        points=[Label(np.zeros(4), "degenerate_minimum", 0, True)],
        source=f"{MGH}; box: {VLSE}",
        tags=["smooth", "degenerate", "centred"],
    )


@register
def wood() -> Problem:
    """Wood's function: a minimum at (1, 1, 1, 1) and a saddle that stops many methods.

    The saddle has a curvature of -0.12 beside one of 950.
    """

    def formula(x: Any) -> Any:
        a, b, c, d = x[0], x[1], x[2], x[3]
        return (
            100.0 * (b - a**2) ** 2
            + (1.0 - a) ** 2
            + 90.0 * (d - c**2) ** 2
            + (1.0 - c) ** 2
            + 10.0 * (b + d - 2.0) ** 2
            + 0.1 * (b - d) ** 2
        )

    return build(
        formula,
        x0=[-3.0, -1.0, -3.0, -1.0],
        lower=-10.0,
        upper=10.0,
        points=[
            minimum(1.0, 1.0, 1.0, 1.0, best=True),
            saddle(-0.967974, 0.947139, -0.969516, 0.951248),
            saddle(-0.031251, 0.165971, -0.031258, 0.184264, index=2),
        ],
        source=f"{MGH}; box: {VLSE} (as Colville's function)",
        tags=["smooth"],
    )


@register
def helical_valley() -> Problem:
    """Fletcher and Powell's helical valley around the z axis, for x > 0."""

    def formula(x: Any) -> Any:
        a, b, c = x[0], x[1], x[2]
        turn = np.arctan(b / a) / (2.0 * np.pi)
        return 100.0 * (c - 10.0 * turn) ** 2 + 100.0 * (np.sqrt(a**2 + b**2) - 1.0) ** 2 + c**2

    return build(
        formula,
        x0=[0.3, 2.0, -1.5],
        lower=[0.1, -2.0, -2.0],
        upper=[3.0, 3.0, 4.0],
        points=[minimum(1.0, 0.0, 0.0, best=True)],
        source=f"{MGH}; restricted to x > 0, where the angle is smooth",
        tags=["smooth"],
    )


@register
def dixon_price(n: int = 4) -> Problem:
    """Dixon and Price's function: a narrow valley, twins mirrored in the last coordinate."""
    weight = np.arange(2.0, n + 1.0)

    def formula(x: Any) -> Any:
        return (x[0] - 1.0) ** 2 + (weight * (2.0 * x[1:] ** 2 - x[:-1]) ** 2).sum()

    best = 2.0 ** (2.0 ** -np.arange(n) - 1.0)
    mirrored = best * np.where(np.arange(n) == n - 1, -1.0, 1.0)
    return build(
        formula,
        x0=np.linspace(-6.0, 8.0, n),
        lower=-10.0,
        upper=10.0,
        points=[
            minimum(*best, best=True),
            minimum(*mirrored, best=True),
            # Regular for n = 2.  Beyond, its Hessian is positive semidefinite, and the value falls
            # along x_n = t, x_i = 2 x_(i+1)^2 only, by an amount of order t^(2^(n-1)).
            Label((1.0 / 3.0, *np.zeros(n - 1)), "saddle", 1 if n == 2 else 0),
        ],
        source=VLSE,
        tags=["smooth"] if n == 2 else ["smooth", "degenerate"],
    )


@register
def zakharov(n: int = 4) -> Problem:
    """Zakharov's function: a bowl with a quartic ridge."""
    weight = 0.5 * np.arange(1.0, n + 1.0)

    def formula(x: Any) -> Any:
        along = (weight * x).sum()
        return (x**2).sum() + along**2 + along**4

    return build(
        formula,
        x0=np.linspace(-3.0, 6.0, n),
        lower=-5.0,
        upper=10.0,
        points=[minimum(*np.zeros(n), best=True)],
        source=VLSE,
        tags=["smooth", "centred"],
    )


@register
def trid(n: int = 6) -> Problem:
    """Convex quadratic with a tridiagonal Hessian; f = -n (n + 4) (n - 1) / 6 at its minimum."""

    def formula(x: Any) -> Any:
        return ((x - 1.0) ** 2).sum() - (x[1:] * x[:-1]).sum()

    i = np.arange(1.0, n + 1.0)
    return build(
        formula,
        x0=np.linspace(-0.7, 0.4, n) * n**2,
        lower=-float(n**2),
        upper=float(n**2),
        points=[minimum(*(i * (n + 1.0 - i)), best=True)],
        source=VLSE,
        tags=["smooth"],
    )
