"""Problems made from others: moved, turned, rescaled, or seen through noise."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from . import classical, multimodal
from ._catalogue import register
from ._jets import Vector
from ._problem import Problem, build, minimum
from ._sources import TEXTBOOK

# Twins of the centred problems


def _move_inside_box(problem: Problem) -> Problem:
    """Move the function, not the box, so that its minimum is in no special place."""
    # The golden section spreads the coordinates: between -0.24 and 0.21 of the width, none at 0.
    spread = np.mod(np.arange(1.0, problem.n + 1.0) * 0.6180339887498949, 1.0)
    offset = (0.45 * spread - 0.24) * (problem.upper - problem.lower)
    moved = problem.shifted(offset).within(problem.lower, problem.upper)
    return replace(moved, tags=problem.tags - {"centred"})


def _register_twin(original: Callable[..., Problem]) -> None:
    @functools.wraps(original)
    def twin(**params: Any) -> Problem:
        return _move_inside_box(original(**params))

    twin.__name__ = f"{original.__name__}_shifted"
    twin.__doc__ = f"The {original.__name__} function with its minimum moved within the same box."
    register(twin)


for _original in (
    classical.sphere,
    classical.ellipsoid,
    classical.sum_of_powers,
    classical.matyas,
    classical.three_hump_camel,
    classical.powell_singular,
    classical.zakharov,
    multimodal.rastrigin,
    multimodal.ackley,
    multimodal.griewank,
):
    _register_twin(_original)


# Sizes and rotations


@register
def rosenbrock_4() -> Problem:
    """Rosenbrock's function in the smallest size with a second minimum."""
    return classical.rosenbrock(n=4)


@register
def rosenbrock_10() -> Problem:
    """Rosenbrock's function in 10 variables."""
    return classical.rosenbrock(n=10)


@register
def dixon_price_2() -> Problem:
    """Dixon and Price's function in 2 variables, where its saddle is regular."""
    return classical.dixon_price(n=2)


@register
def shekel_5() -> Problem:
    """Shekel's function with 5 centres."""
    return multimodal.shekel(m=5)


@register
def shekel_7() -> Problem:
    """Shekel's function with 7 centres."""
    return multimodal.shekel(m=7)


@register
def styblinski_tang_6() -> Problem:
    """Styblinski and Tang's function in 6 variables: one label for each index from 0 to 6."""
    return multimodal.styblinski_tang(n=6)


@register
def rotated_ellipsoid(n: int = 5, condition: float = 1e6) -> Problem:
    """Ellipsoid in general position: moved and turned, so no coordinate is separate."""
    ellipsoid = classical.ellipsoid(n=n, condition=condition)
    return _move_inside_box(ellipsoid.rotated(np.random.default_rng(1)).within(-5.12, 5.12))


# Scale


@register
def rosenbrock_tiny() -> Problem:
    """Values of 1e-12: an absolute gradient tolerance is met at the start."""
    return _tagged(classical.rosenbrock().scaled(f_scale=1e-12), "scaled", "verdict")


@register
def rosenbrock_huge() -> Problem:
    """Values of 1e12: an absolute gradient tolerance is never met."""
    return _tagged(classical.rosenbrock().scaled(f_scale=1e12), "scaled", "verdict")


@register
def rosenbrock_on_pedestal() -> Problem:
    """Values near 1e8, of which the last 8 digits vary."""
    return _tagged(classical.rosenbrock().scaled(f_offset=1e8), "scaled", "verdict")


@register
def rosenbrock_in_mixed_units() -> Problem:
    """One variable of size 1e6, the other of size 1e-6."""
    return _tagged(classical.rosenbrock().scaled(x_scale=[1e6, 1e-6]), "scaled", "verdict")


@register
def bowl_in_mixed_units() -> Problem:
    """Convex quadratic with one variable of size 1e6 and one of size 1e-6."""
    return _tagged(classical.booth().scaled(x_scale=[1e6, 1e-6]), "scaled", "verdict")


# Noise


@register
def noisy_bowl(sigma: float = 1e-3, seed: int = 0) -> Problem:
    """Booth's quadratic plus noise; gradient, Hessian and labels are those of its mean."""
    return _tagged(classical.booth().noisy(sigma, seed=seed), "verdict")


@register
def float32_bowl() -> Problem:
    """Quadratic computed in single precision, gradient too."""

    def rounded(x: Vector) -> Any:
        a, b = x.astype(np.float32) - np.array([0.5, -1.25], dtype=np.float32)
        return np.float32(3.0) + a * a + np.float32(10.0) * b * b

    def jac(x: Vector) -> Vector:
        a, b = x.astype(np.float32) - np.array([0.5, -1.25], dtype=np.float32)
        return np.array([np.float32(2.0) * a, np.float32(20.0) * b], dtype=float)

    return build(
        rounded,
        jac=jac,
        hess=lambda x: np.diag([2.0, 20.0]),
        x0=[-1.5, 2.0],
        lower=-4.0,
        upper=4.0,
        points=[minimum(0.5, -1.25, best=True)],
        source=TEXTBOOK,
        tags=["smooth", "noisy", "verdict"],
        # The spacing of single precision at the largest value in the box, about 300.
        noise=300.0 * float(np.finfo(np.float32).eps),
    )


def _tagged(problem: Problem, *tags: str) -> Problem:
    return replace(problem, tags=problem.tags | set(tags))
