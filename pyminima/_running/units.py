"""The typical size of each variable (Dennis & Schnabel's typx): what a large or a small change is.

One vector for a call, read by every search, difference, check and verdict of it. The core works in
units of its powers of two, so that a search from 2^k x0 with 2^k times the sizes is, bit for bit,
that from x0.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from pyminima import _core
from pyminima._arguments import Vector
from pyminima._methods.methods import Method

# Of the powers of two that the core divides by: squares of its numbers stay finite.
LARGEST_EXPONENT = 500


class Units(NamedTuple):
    """The typical sizes of the variables: those that the user gives, or 1."""

    size: Vector  # (n,)
    given: bool

    @classmethod
    def of(cls, x_scale: Any, n: int) -> Units:
        """The units of n variables; what is no scale is refused."""
        if isinstance(x_scale, str):
            if x_scale != "auto":
                raise ValueError(f"x_scale={x_scale!r}, expected 'auto' or positive numbers")
            return _ones(n)
        given = _core.as_real_array("x_scale=", x_scale, "'auto' or positive numbers")
        if given.ndim > 1 or (given.ndim == 1 and given.size != n):
            raise ValueError(
                f"x_scale has shape {given.shape}, expected ({n},) or one number for all variables"
            )
        if not (np.isfinite(given) & (given > 0.0)).all():
            raise ValueError(f"x_scale={x_scale!r}, expected 'auto' or positive numbers")
        return cls(np.array(np.broadcast_to(given, (n,)), dtype=np.float64), True)

    def at(self, x: Vector) -> Vector:
        """The sizes at a point: a variable that has grown is as large as it is."""
        return np.maximum(self.size, np.abs(x))

    def within(self, x: Vector, lower: Vector, upper: Vector) -> Vector:
        """The same, and no more than the box has; 0 where a variable is fixed."""
        return _core.units(x, self.size, lower, upper)

    def for_verdict(self, x: Vector) -> Vector | None:
        """The sizes at x; None if no sizes are given, for a verdict finds some of its own."""
        return self.at(x) if self.given else None

    def for_search(self, method: Method, options: Mapping[str, float]) -> Vector | None:
        """Powers of two for the core to work in units of; None: the user's own.

        Steps that are absolute, by a learning rate, are in the user's units.
        """
        if not self.given or method.has_absolute_steps(options):
            return None
        exponents = np.clip(np.frexp(self.size)[1] - 1, -LARGEST_EXPONENT, LARGEST_EXPONENT)
        return np.asarray(np.ldexp(1.0, exponents))


@lru_cache(maxsize=16)
def _ones(n: int) -> Units:
    """The units of n variables of which nothing is said."""
    size = np.ones(n)
    size.flags.writeable = False
    return Units(size, False)
