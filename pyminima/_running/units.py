"""The typical size of each variable (Dennis & Schnabel's typx): what "large" and "small" mean for it.

One vector for a call, used by every search, difference, check and verdict of it. The core works in
units of its powers of two, so that a search from 2^k x0 is, bit for bit, that from x0.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyminima import _core
from pyminima._arguments import Vector
from pyminima._judging.landscape import widths
from pyminima._methods.methods import Method

# Of the width of a box: how large a variable typically is at most, and this times as small at least,
# whatever the start. A box may be as wide as to say nothing, and a start be tiny by accident.
SHARE, LEAST = 0.125, 1e-4

# What the core can divide by: squares of its numbers are still finite.
LARGEST_EXPONENT = 500


class Units(NamedTuple):
    """The typical sizes of the variables, and whether each is known or only supposed to be 1."""

    size: Vector  # (n,)
    known: NDArray[np.bool_]  # (n,)

    @classmethod
    def of(cls, x: Vector, lower: Vector, upper: Vector, x_scale: Any = "auto") -> Units:
        """The user's, or those of |x| within what a finite box says; 1 where x is 0."""
        if not isinstance(x_scale, str):
            return cls(as_scale(x_scale, len(x)), np.ones(len(x), dtype=np.bool_))
        if x_scale != "auto":
            raise ValueError(f"x_scale={x_scale!r}, expected 'auto' or positive numbers")
        width = widths(lower, upper)
        boxed = np.isfinite(width) & (width > 0.0)
        most = np.where(boxed, SHARE * width, np.inf)
        size = np.clip(np.abs(x), np.where(boxed, LEAST * most, 0.0), most)
        known = np.isfinite(size) & (size > 0.0)
        return cls(np.where(known, size, 1.0), known)

    def at(self, x: Vector) -> Vector:
        """The sizes at a point: a variable that has grown is as large as it is."""
        return np.maximum(self.size, np.abs(x))

    def within(self, x: Vector, lower: Vector, upper: Vector) -> Vector:
        """The same, and no more than the box has; 0 where a variable is fixed."""
        return np.minimum(self.at(x), widths(lower, upper))

    def told(self, x: Vector) -> Vector:
        """The sizes at x, NaN where nothing is known of them: a verdict then supposes its own."""
        return np.where(self.known | (x != 0.0), self.at(x), np.nan)

    def scale(self, method: Method, options: dict[str, float]) -> Vector | None:
        """Powers of two for the core to work in; None where it works in the user's own units.

        A method whose steps are absolute, by a learning rate, is left alone.
        """
        if method.has_absolute_steps(options):
            return None
        exponents = np.frexp(self.size)[1] - 1
        scale = np.ldexp(1.0, np.clip(exponents, -LARGEST_EXPONENT, LARGEST_EXPONENT))
        return None if (scale == 1.0).all() else scale


def as_scale(value: Any, n: int) -> Vector:
    """The sizes that a user gives: one positive number, or one for each variable."""
    given = _core.as_real_array("x_scale=", value, "'auto' or positive numbers")
    if given.ndim > 1 or (given.ndim == 1 and given.size != n):
        raise ValueError(
            f"x_scale has shape {given.shape}, expected ({n},) or one number for all variables"
        )
    if not (np.isfinite(given) & (given > 0.0)).all():
        raise ValueError(f"x_scale={value!r}, expected 'auto' or positive numbers")
    return np.array(np.broadcast_to(given, (n,)), dtype=np.float64)
