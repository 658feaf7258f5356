"""The first population: the user's points, and designs that cover the box better than chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pyminima import _core
from pyminima._arguments import Vector
from pyminima._methods.methods import Method, methods

Design = Callable[[int, int], Vector]

SEQUENCES = (list, tuple)
ROWS = (list, tuple, np.ndarray)


def as_population(x0: Any) -> Vector | None:
    """Several points, shape (m, n), if that is what x0 is; None if it is one, or none at all."""
    if isinstance(x0, SEQUENCES):
        if not (x0 and isinstance(x0[0], ROWS) and np.ndim(x0[0]) == 1):
            return None
    elif getattr(x0, "ndim", 1) != 2:
        return None
    X = _core.as_real_array("x0=", x0, "an array of real numbers, shape (n,) or (m, n)")
    if X.size == 0:
        raise ValueError(f"x0 has shape {X.shape}, expected at least one point and one variable")
    if not _core.all_finite(X):
        raise ValueError(f"x0={x0!r}, expected finite numbers")
    return X


def check_population(X: Vector, method: Method, options: Mapping[str, float], named: bool) -> None:
    """Refuse several points for a method that begins at one, or more than its population has.

    `named` says whether the user has named the method: a shape alone, easily a mistake, does not.
    """
    if not (named and method.population):
        takers = ", ".join(repr(m.name) for m in methods() if m.population)
        raise ValueError(
            f"x0 has shape {X.shape}, expected (n,), or (m, n) with a method that begins with a "
            f"population: method={takers}"
        )
    size = options.get("population", 0)
    if 0 < size < len(X):
        raise ValueError(
            f"options['population']={size:g} with x0 of shape {X.shape}, "
            f"expected at least the {len(X)} points given"
        )


def design_of(method: Method, options: Mapping[str, float], key: tuple[int, int]) -> Design | None:
    """What draws a first population in the unit cube; None: nothing, so that the C core does."""
    if not options.get("initialization", 0):
        return None
    designs = {"latin_hypercube": _latin_hypercube, "sobol": _sobol}
    sample = designs[method.choice("initialization", options)]
    rng = np.random.default_rng([*key, 3])
    return lambda m, n: sample(m, n, rng)


def _latin_hypercube(m: int, n: int, rng: np.random.Generator) -> Vector:
    from scipy.stats import qmc  # it takes longer to import than most runs take

    return np.asarray(qmc.LatinHypercube(n, seed=rng).random(m))


def _sobol(m: int, n: int, rng: np.random.Generator) -> Vector:
    from scipy.stats import qmc

    if n > qmc.Sobol.MAXDIM:
        raise ValueError(
            f"options['initialization']='sobol' with {n} variables, "
            f"expected at most {qmc.Sobol.MAXDIM}"
        )
    points = qmc.Sobol(n, seed=rng).random_base2((m - 1).bit_length())  # a power of two is balanced
    return np.ascontiguousarray(points[:m])
