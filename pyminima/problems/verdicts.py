"""Landscapes made to be judged: saddles, maxima, valleys, kinks, plateaus, corners of the box."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ._catalogue import register
from ._jets import Matrix, Vector
from ._problem import Label, Problem, build, maximum, minimum, saddle
from ._sources import TEXTBOOK

FALSE_SUCCESS = "a start at which widely used optimisers report success although it is no minimum"


# Saddles and maxima


@register
def quadratic_saddle(n: int = 10, k: int = 3) -> Problem:
    """Quadratic with k negative curvatures in a box: 3^k critical points, minima at vertices."""
    if not 0 < k <= n:
        raise ValueError(f"quadratic_saddle needs 0 < k <= n, got k={k}, n={n}")
    sign = np.where(np.arange(n) < n - k, 1.0, -1.0)
    lower, upper = -1.0, 1.5

    def formula(x: Any) -> Any:
        return (sign * x**2).sum()

    def labels() -> Iterator[Label]:
        # Each of the last k coordinates is at a bound or on the ridge between them.
        for end in itertools.product([lower, 0.0, upper], repeat=k):
            x = (*np.zeros(n - k), *end)
            index = end.count(0.0)
            if index == n:
                yield maximum(*x)
            elif index:
                yield saddle(*x, index=index)
            else:
                yield minimum(*x, best=end == (upper,) * k)

    return build(
        formula,
        x0=np.zeros(n),
        lower=lower,
        upper=upper,
        points=labels(),
        source=TEXTBOOK,
        tags=["smooth", "multimodal", "verdict"],
    )


@register
def saddle_in_box() -> Problem:
    """Hyperbolic paraboloid x^2 - y^2, whose minima lie on bounds."""
    return quadratic_saddle(n=2, k=1)


@register
def ridge_saddle() -> Problem:
    """Two wells joined by a ridge: a descent that starts on y = 0 ends at the saddle."""

    def formula(x: Any) -> Any:
        return x[0] ** 2 + (x[1] ** 2 - 1.0) ** 2

    return build(
        formula,
        x0=[1.0, 0.0],
        points=[
            saddle(0.0, 0.0),
            minimum(0.0, 1.0, best=True),
            minimum(0.0, -1.0, best=True),
        ],
        source=FALSE_SUCCESS,
        tags=["smooth", "verdict"],
    )


@register
def matrix_factorisation() -> Problem:
    """Rank-one factorisation u v^T of diag(3, 1): saddle at 0, minima along a curve."""
    target = np.diag([3.0, 1.0])

    def formula(x: Any) -> Any:
        u, v = x[:2], x[2:]
        return 0.5 * sum(
            (u[i] * v[j] - target[i, j]) ** 2 for i, j in itertools.product(range(2), repeat=2)
        )

    root = math.sqrt(3.0)
    return build(
        formula,
        x0=np.zeros(4),
        points=[
            saddle(0.0, 0.0, 0.0, 0.0, index=2),
            Label([root, 0.0, root, 0.0], "flat_valley", 0, True),
            Label([-2 * root, 0.0, -root / 2, 0.0], "flat_valley", 0, True),
            saddle(0.0, 1.0, 0.0, 1.0, index=1),
        ],
        source=f"{FALSE_SUCCESS}; labels: C. Eckart & G. Young, Psychometrika 1 (1936) 211-218",
        tags=["smooth", "degenerate", "verdict"],
    )


@register
def cosine() -> Problem:
    """Cosine, started at an exact maximum."""

    def formula(x: Any) -> Any:
        return np.cos(x).sum()

    turn = 2.0 * math.pi
    return build(
        formula,
        x0=[0.0],
        lower=-8.0,
        upper=9.0,
        points=[
            maximum(0.0),
            maximum(turn),
            maximum(-turn),
            minimum(math.pi, best=True),
            minimum(-math.pi, best=True),
        ],
        source=FALSE_SUCCESS,
        tags=["smooth", "verdict"],
    )


@register
def parabola_upside_down(n: int = 2) -> Problem:
    """Concave parabola: a maximum at the start, and no lowest value."""

    def formula(x: Any) -> Any:
        return -(x**2).sum()

    return build(
        formula,
        x0=np.zeros(n),
        points=[maximum(*np.zeros(n))],
        source=TEXTBOOK,
        tags=["smooth", "unbounded", "verdict"],
    )


@register
def monkey_saddle() -> Problem:
    """Three valleys meet at a saddle whose Hessian is zero."""

    def formula(x: Any) -> Any:
        a, b = x[0], x[1]
        return a**3 - 3.0 * a * b**2 + 0.1 * (a**2 + b**2) ** 2

    # In polar form r^3 cos(3 t) + r^4 / 10: valleys at cos(3 t) = -1, their floor at r = 7.5.
    angles = [math.pi / 3.0, math.pi, -math.pi / 3.0]
    return build(
        formula,
        x0=[0.0, 0.0],
        points=[
            Label([0.0, 0.0], "saddle", 0),
            *(minimum(7.5 * math.cos(t), 7.5 * math.sin(t), best=True) for t in angles),
        ],
        source=FALSE_SUCCESS,
        tags=["smooth", "degenerate", "verdict"],
    )


@register
def peano() -> Problem:
    """Along every straight line through 0 a minimum, yet lower values between two parabolas."""

    def formula(x: Any) -> Any:
        square = x[0] ** 2
        return (x[1] - square) * (x[1] - 2.0 * square)

    return build(
        formula,
        x0=[0.0, 0.0],
        points=[Label([0.0, 0.0], "saddle", 0)],
        source="A. Genocchi & G. Peano, Calcolo differenziale, 1884, no. 133-136",
        tags=["smooth", "degenerate", "unbounded", "verdict"],
    )


# Singular Hessians


@register
def quartic() -> Problem:
    """x^4: a strict minimum without curvature."""

    def formula(x: Any) -> Any:
        return (x**4).sum()

    return build(
        formula,
        x0=[0.0],
        points=[Label([0.0], "degenerate_minimum", 0, True)],
        source=TEXTBOOK,
        tags=["smooth", "degenerate", "verdict"],
    )


@register
def cubic() -> Problem:
    """x^3: a stationary point that is neither minimum nor maximum."""

    def formula(x: Any) -> Any:
        return (x**3).sum()

    return build(
        formula,
        x0=[0.0],
        points=[Label([0.0], "inflection", 0)],
        source=TEXTBOOK,
        tags=["smooth", "degenerate", "unbounded", "verdict"],
    )


@register
def absolute_cubed() -> Problem:
    """|x|^3: twice differentiable, with zero curvature at its strict minimum."""

    def formula(x: Any) -> Any:
        return (abs(x) ** 3).sum()

    return build(
        formula,
        x0=[1.0],
        points=[Label([0.0], "degenerate_minimum", 0, True)],
        source=TEXTBOOK,
        tags=["smooth", "degenerate", "verdict"],
    )


@register
def valley() -> Problem:
    """x^2 in two variables: every point of the y axis is a minimum."""

    def formula(x: Any) -> Any:
        return x[0] ** 2

    return build(
        formula,
        x0=[1.0, 2.0],
        points=[Label([0.0, 2.0], "flat_valley", 0, True)],
        source=TEXTBOOK,
        tags=["smooth", "degenerate", "verdict"],
    )


@register
def crossed_valleys() -> Problem:
    """x^2 y^2: both axes are valley floors, and the Hessian at their crossing is zero."""

    def formula(x: Any) -> Any:
        return x[0] ** 2 * x[1] ** 2

    return build(
        formula,
        x0=[0.0, 0.0],
        points=[
            Label([0.0, 0.0], "flat_valley", 0, True),
            Label([1.5, 0.0], "flat_valley", 0, True),
        ],
        source=TEXTBOOK,
        tags=["smooth", "degenerate", "verdict"],
    )


# Kinks


@register
def absolute_value() -> Problem:
    """|x - 0.3|, the plainest kink."""

    def formula(x: Any) -> Any:
        return abs(x - 0.3).sum()

    return build(
        formula,
        x0=[2.0],
        points=[Label([0.3], "nonsmooth_minimum", None, True)],
        source=TEXTBOOK,
        tags=["nonsmooth", "verdict"],
        smooth=False,
    )


@register
def kinked_bowl() -> Problem:
    """max(|x|, y^2): a kink across one direction, smooth along the other."""

    def formula(x: Any) -> Any:
        return np.maximum(abs(x[0]), x[1] ** 2)

    return build(
        formula,
        x0=[1.5, -1.2],
        points=[Label([0.0, 0.0], "nonsmooth_minimum", None, True)],
        source=TEXTBOOK,
        tags=["nonsmooth", "verdict"],
        smooth=False,
    )


@register
def l1_rosenbrock() -> Problem:
    """|1 - x| + 10 |y - x^2|: the floor of Rosenbrock's valley is a kink."""

    def formula(x: Any) -> Any:
        return abs(1.0 - x[0]) + 10.0 * abs(x[1] - x[0] ** 2)

    return build(
        formula,
        x0=[-1.2, 1.0],
        lower=-5.0,
        upper=10.0,
        points=[Label([1.0, 1.0], "nonsmooth_minimum", None, True)],
        source="after Yu. Nesterov's nonsmooth Chebyshev-Rosenbrock function; M. Gürbüzbalaban & "
        "M. L. Overton, Nonlinear Analysis 75 (2012) 1282-1289",
        tags=["nonsmooth", "verdict"],
        smooth=False,
    )


@register
def two_bowls() -> Problem:
    """The larger of two quadratics: their crossing is a kink, and the minimum lies on it."""

    def formula(x: Any) -> Any:
        left = (x[0] + 1.0) ** 2 + x[1] ** 2
        right = (x[0] - 1.0) ** 2 + 2.0 * x[1] ** 2
        return np.maximum(left, right)

    return build(
        formula,
        x0=[1.5, -1.2],
        points=[Label([0.0, 0.0], "nonsmooth_minimum", None, True)],
        source=TEXTBOOK,
        tags=["nonsmooth", "verdict"],
        smooth=False,
    )


@register
def weighted_l1(n: int = 4) -> Problem:
    """Weighted sum of absolute values: a kink along every axis."""
    weight = 10.0 ** np.linspace(0.0, 1.0, n)

    def formula(x: Any) -> Any:
        return (weight * abs(x)).sum()

    return build(
        formula,
        jac=lambda x: weight * np.where(x < 0, -1.0, 1.0),
        x0=np.linspace(1.5, -2.0, n),
        points=[Label(np.zeros(n), "nonsmooth_minimum", None, True)],
        source=TEXTBOOK,
        tags=["nonsmooth", "verdict"],
        smooth=False,
    )


@register
def cone(n: int = 3) -> Problem:
    """Euclidean distance from 0: the tip of a cone."""

    def formula(x: Any) -> Any:
        return np.sqrt((x**2).sum())

    return build(
        formula,
        jac=lambda x: x / max(float(np.linalg.norm(x)), 1e-300),
        x0=np.linspace(1.5, -2.0, n),
        points=[Label(np.zeros(n), "nonsmooth_minimum", None, True)],
        source=TEXTBOOK,
        tags=["nonsmooth", "verdict"],
        smooth=False,
    )


@register
def kinked_pass() -> Problem:
    """|x| - y^2 in a box: a kink across the ridge, and a fall along it."""

    def formula(x: Any) -> Any:
        return abs(x[0]) - x[1] ** 2

    return build(
        formula,
        x0=[0.5, 0.0],
        lower=[-1.0, -1.0],
        upper=[2.0, 1.5],
        points=[
            Label([0.0, 0.0], "saddle", None),
            Label([0.0, -1.0], "nonsmooth_minimum", None),
            Label([0.0, 1.5], "nonsmooth_minimum", None, True),
        ],
        source=TEXTBOOK,
        tags=["nonsmooth", "multimodal", "verdict"],
        smooth=False,
    )


@register
def summit() -> Problem:
    """-|x| - 2 |y| in a box: a maximum with a kink, minima at the vertices."""

    def formula(x: Any) -> Any:
        return -abs(x[0]) - 2.0 * abs(x[1])

    return build(
        formula,
        x0=[0.4, -0.3],
        lower=[-1.0, -1.0],
        upper=[1.5, 1.25],
        points=[
            Label([0.0, 0.0], "local_maximum", None),
            *(minimum(a, b, best=(a, b) == (1.5, 1.25)) for a in (-1.0, 1.5) for b in (-1.0, 1.25)),
        ],
        source=TEXTBOOK,
        tags=["nonsmooth", "multimodal", "verdict"],
        smooth=False,
    )


# Plateaus


@register
def hinge(n: int = 2) -> Problem:
    """Sum of max(0, x_i - 1): constant and lowest in a whole orthant."""

    def formula(x: Any) -> Any:
        return 0.5 * (abs(x - 1.0) + (x - 1.0)).sum()

    at = np.linspace(-1.0, -2.0, n)
    return build(
        formula,
        x0=np.linspace(3.0, 2.0, n),
        lower=-5.0,
        upper=5.0,
        points=[Label(at, "plateau", None, True)],
        source=TEXTBOOK,
        tags=["plateau", "nonsmooth", "verdict"],
        smooth=False,
    )


@register
def sigmoid_plateau() -> Problem:
    """Saturated sigmoid: at x = 50 constant to rounding, its minimum far away."""

    def formula(x: Any) -> Any:
        return ((1.0 / (1.0 + np.exp(-x)) - 0.3) ** 2).sum()

    return build(
        formula,
        x0=[50.0],
        lower=-60.0,
        upper=60.0,
        points=[
            minimum(math.log(3.0 / 7.0), best=True),
            Label([50.0], "plateau", None),
        ],
        source=FALSE_SUCCESS,
        tags=["smooth", "plateau", "verdict"],
    )


@register
def constant(n: int = 2) -> Problem:
    """No slope, no curvature, no information."""

    def formula(x: Any) -> Any:
        return 4.5

    return build(
        formula,
        x0=np.linspace(1.0, 2.0, n),
        lower=-5.0,
        upper=5.0,
        points=[Label(np.linspace(1.0, 2.0, n), "plateau", None, True)],
        source=TEXTBOOK,
        tags=["smooth", "plateau", "verdict"],
    )


@register
def steps(n: int = 2) -> Problem:
    """Sum of floor(|x_i - 1|): terraces around a square pit."""

    def formula(x: Any) -> Any:
        return np.floor(abs(x - 1.0)).sum()

    return build(
        formula,
        jac=lambda x: np.zeros(n),
        x0=np.linspace(4.5, -2.5, n),
        lower=-10.0,
        upper=10.0,
        points=[
            Label(np.linspace(4.5, -2.5, n), "plateau", None),
            Label(np.ones(n), "plateau", None, True),
        ],
        source="after F3 of K. A. De Jong, dissertation, University of Michigan 1975",
        tags=["plateau", "verdict"],
        smooth=False,
    )


# No lowest value, or none at all


@register
def slide() -> Problem:
    """-x without bounds."""

    def formula(x: Any) -> Any:
        return -x.sum()

    return build(
        formula,
        x0=[0.0],
        source=FALSE_SUCCESS,
        tags=["smooth", "unbounded", "verdict"],
    )


@register
def nan_outside_disc() -> Problem:
    """Bowl inside the unit disc, NaN outside."""

    def formula(x: Any) -> Any:
        inside = x[0] ** 2 + x[1] ** 2 <= 1.0
        return (x[0] - 0.3) ** 2 + 2.0 * (x[1] + 0.2) ** 2 if inside else math.nan

    def jac(x: Vector) -> Vector:
        inside = x @ x <= 1.0
        return np.array([2.0 * (x[0] - 0.3), 4.0 * (x[1] + 0.2)]) if inside else np.full(2, np.nan)

    return build(
        formula,
        jac=jac,
        hess=lambda x: np.diag([2.0, 4.0]),
        x0=[-0.6, 0.5],
        lower=-2.0,
        upper=2.0,
        points=[minimum(0.3, -0.2, best=True)],
        source=TEXTBOOK,
        tags=["smooth", "undefined", "verdict"],
    )


@register
def log_barrier() -> Problem:
    """Sum of x_i - log(x_i), +inf where a variable is not positive."""

    def formula(x: Any) -> Any:
        return (x - np.log(x)).sum() if np.all(x > 0) else math.inf

    return build(
        formula,
        jac=lambda x: 1.0 - 1.0 / x if np.all(x > 0) else np.full(2, np.nan),
        hess=lambda x: np.diag(1.0 / x**2),
        x0=[3.0, 0.2],
        lower=-4.0,
        upper=5.0,
        points=[minimum(1.0, 1.0, best=True)],
        source=TEXTBOOK,
        tags=["smooth", "undefined", "verdict"],
    )


# Bounds


@register
def weak_corner() -> Problem:
    """-x y on the unit square: the corner (0, 0) has zero gradient but is no minimum.

    The corner is called a saddle after -x y itself: inside the square no neighbour is higher.
    """

    def formula(x: Any) -> Any:
        return -x[0] * x[1]

    return build(
        formula,
        x0=[0.0, 0.0],
        lower=0.0,
        upper=1.0,
        points=[Label([0.0, 0.0], "saddle", 0), minimum(1.0, 1.0, best=True)],
        source=f"{FALSE_SUCCESS}; the Hessian is not copositive: "
        "J. Nocedal & S. J. Wright, Numerical Optimization, 2nd ed. 2006, ch. 12.5",
        tags=["smooth", "degenerate", "verdict"],
    )


@register
def copositive_corner() -> Problem:
    """x^2 + 4 x y + y^2 for x, y >= 0: a minimum at 0, although the Hessian is indefinite."""

    def formula(x: Any) -> Any:
        return x[0] ** 2 + 4.0 * x[0] * x[1] + x[1] ** 2 + (x[2] - 0.5) ** 2

    return build(
        formula,
        x0=[0.8, 0.6, -0.5],
        lower=[0.0, 0.0, -1.0],
        upper=[1.0, 1.0, 1.0],
        points=[minimum(0.0, 0.0, 0.5, best=True)],
        source=TEXTBOOK,
        tags=["smooth", "degenerate", "verdict"],
    )


@register
def vertex() -> Problem:
    """Linear function on a box: its minimum is a vertex."""
    slope = np.array([1.0, -2.0, 0.5])

    def formula(x: Any) -> Any:
        return (slope * x).sum()

    return build(
        formula,
        x0=[0.2, -0.3, 1.0],
        lower=[-1.0, -1.0, -2.0],
        upper=[1.0, 3.0, 2.0],
        points=[minimum(-1.0, 3.0, -2.0, best=True)],
        source=TEXTBOOK,
        tags=["smooth", "verdict"],
    )


@register
def zero_multiplier() -> Problem:
    """Bowl whose bottom lies exactly on a bound, so that the bound carries no force."""

    def formula(x: Any) -> Any:
        return x[0] ** 2 + (x[1] - 1.0) ** 2

    return build(
        formula,
        x0=[2.0, -1.0],
        lower=[0.0, -3.0],
        upper=[4.0, 5.0],
        points=[minimum(0.0, 1.0, best=True)],
        source=TEXTBOOK,
        tags=["smooth", "degenerate", "verdict"],
    )


@register
def fixed_variable() -> Problem:
    """Three variables, the second of them fixed by equal bounds."""

    def formula(x: Any) -> Any:
        return (x[0] - 1.0) ** 2 + (x[1] - 2.0) ** 2 + (x[2] + 1.0) ** 4 + x[0] * x[1] + x[2] ** 2

    return build(
        formula,
        x0=[3.0, 0.5, 2.0],
        lower=[-4.0, 0.5, -4.0],
        upper=[4.0, 0.5, 4.0],
        # 4 (z + 1)^3 + 2 z = 0
        points=[minimum(0.75, 0.5, -0.410245, best=True)],
        source=TEXTBOOK,
        tags=["smooth", "verdict"],
    )


@register
def one_sided_bounds() -> Problem:
    """Bounds on one side only; one of them holds the minimum, by force."""

    def formula(x: Any) -> Any:
        return (x[0] + 1.0) ** 2 + (x[1] - 2.0) ** 2 + x[0] * x[1]

    return build(
        formula,
        x0=[3.0, -1.0],
        lower=[0.5, -np.inf],
        upper=[np.inf, 4.0],
        points=[minimum(0.5, 1.75, best=True)],
        source=TEXTBOOK,
        tags=["smooth", "verdict"],
    )


@register
def slide_in_box() -> Problem:
    """-x on [0, 1]: the minimum is the end of the slide."""

    def formula(x: Any) -> Any:
        return -x.sum()

    return build(
        formula,
        x0=[0.2],
        lower=0.0,
        upper=1.0,
        points=[minimum(1.0, best=True)],
        source=TEXTBOOK,
        tags=["smooth", "verdict"],
    )


@register
def cubic_on_bound() -> Problem:
    """x^3 for x >= 0: an inflection that the bound makes a minimum without curvature."""

    def formula(x: Any) -> Any:
        return (x**3).sum()

    return build(
        formula,
        x0=[1.0],
        lower=0.0,
        upper=2.0,
        points=[Label([0.0], "degenerate_minimum", None, True)],
        source=TEXTBOOK,
        tags=["smooth", "degenerate", "verdict"],
    )


@register
def faces() -> Problem:
    """Separable: each variable is free, held, or on a bound without force, in all combinations."""

    def formula(x: Any) -> Any:
        return (x[0] - 0.3) ** 2 - (x[1] - 0.2) ** 2 + x[2] + x[3] ** 2 - x[4] ** 2

    return build(
        formula,
        x0=[-0.5, 0.1, 0.5, 0.6, 0.4],
        lower=[-1.0, -1.0, 0.0, 0.0, 0.0],
        upper=[1.0, 1.5, 1.0, 1.0, 1.0],
        points=[
            minimum(0.3, -1.0, 0.0, 0.0, 1.0),
            minimum(0.3, 1.5, 0.0, 0.0, 1.0, best=True),
            saddle(0.3, 0.2, 0.0, 0.0, 1.0, index=1),
            saddle(0.3, -1.0, 0.0, 0.0, 0.0, index=0),
            saddle(0.3, 1.5, 0.0, 0.0, 0.0, index=0),
            saddle(0.3, 0.2, 0.0, 0.0, 0.0, index=1),
        ],
        source=TEXTBOOK,
        tags=["smooth", "degenerate", "multimodal", "verdict"],
    )


def _horn(extra: float) -> Matrix:
    """The Horn matrix plus a multiple of the identity."""
    ring = np.array([1.0, -1.0, 1.0, 1.0, -1.0])
    return np.array([np.roll(ring, k) for k in range(5)]) + extra * np.eye(5)


def _quadratic_corner(matrix: Matrix, label: Label) -> Problem:
    def formula(x: Any) -> Any:
        return (x * (matrix @ x)).sum()

    is_minimum = label.kind == "local_minimum"
    return build(
        formula,
        x0=np.linspace(0.3, 0.8, len(matrix)),
        lower=0.0,
        upper=1.0 if is_minimum else np.inf,
        points=[label],
        source="M. Hall & M. Newman, Copositive and completely positive quadratic forms, "
        "Math. Proc. Camb. Phil. Soc. 59 (1963) 329-339",
        tags=["smooth", "degenerate", "verdict", *([] if is_minimum else ["unbounded"])],
    )


@register
def horn_corner() -> Problem:
    """Corner minimum of a form that is neither positive semidefinite nor nonnegative, nor a sum."""
    return _quadratic_corner(_horn(0.1), minimum(*np.zeros(5), best=True))


@register
def horn_corner_refuted() -> Problem:
    """The same form made just not copositive: lower values in a narrow part of the corner."""
    return _quadratic_corner(_horn(-0.1), saddle(*np.zeros(5), index=0))
