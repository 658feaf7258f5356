"""Where the variables may be: between their bounds and, some of them, at whole numbers only."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyminima import _core
from pyminima._arguments import Vector

Mask = NDArray[np.bool_]

# From here on whole numbers, as doubles, have no neighbours.
LARGEST_WHOLE = 2.0**53


def as_integrality(value: Any, n: int) -> Mask | None:
    """Which variables are whole numbers, shape (n,); None if there are none."""
    given = _core.as_real_array("integrality=", value, f"0 or 1 for each of {n} variables")
    if given.ndim > 1 or (given.ndim == 1 and given.size != n):
        raise ValueError(
            f"integrality has shape {given.shape}, expected ({n},) or one number for all variables"
        )
    if not np.isin(given, (0.0, 1.0)).all():
        raise ValueError(f"integrality={value!r}, expected 0 (real) or 1 (integer)")
    integer = np.array(np.broadcast_to(given == 1.0, (n,)))
    return integer if integer.any() else None


class Domain(NamedTuple):
    """A box, and which of its variables are whole numbers; the bounds of those are whole, too."""

    lower: Vector
    upper: Vector
    integer: Mask | None = None

    @classmethod
    def of(cls, lower: Vector, upper: Vector, integrality: Any) -> Domain:
        """The part of a box in which some variables are whole numbers."""
        integer = None if integrality is None else as_integrality(integrality, len(lower))
        if integer is None:
            return cls(lower, upper)
        low = np.where(integer, np.ceil(lower), lower)
        high = np.where(integer, np.floor(upper), upper)
        if (low > high).any():
            i = int(np.flatnonzero(low > high)[0])
            raise ValueError(
                f"bounds[{i}]=({lower[i]}, {upper[i]}) with integrality[{i}]=1, "
                "expected a whole number between them"
            )
        return cls(low, high, integer)

    @property
    def movable(self) -> Mask:
        """Which variables are not fixed."""
        return self.lower < self.upper

    @property
    def free_integers(self) -> NDArray[np.intp]:
        """The numbers of the integer variables that are not fixed."""
        return np.flatnonzero(False if self.integer is None else self.integer & self.movable)

    @property
    def has_real(self) -> bool:
        """Whether a variable that is no whole number can move."""
        return bool((self.movable if self.integer is None else self.movable & ~self.integer).any())

    def nearest(self, X: Vector) -> Vector:
        """The points of the domain next to X (..., n)."""
        whole = X if self.integer is None else np.where(self.integer, np.round(X), X)
        return np.clip(whole, self.lower, self.upper)

    def around(self, x: Vector) -> tuple[Vector, Vector]:
        """The box that everything local at x keeps to: integer variables are held there."""
        if self.integer is None:
            return self.lower, self.upper
        return np.where(self.integer, x, self.lower), np.where(self.integer, x, self.upper)

    def drawn(self, u: Vector) -> Vector:
        """A point from one of the unit cube; every whole number is as likely."""
        ends = 0.0 if self.integer is None else 0.5 * self.integer
        return self.nearest((self.lower - ends) * (1.0 - u) + (self.upper + ends) * u)

    def connected(self, x: Vector, y: Vector) -> bool:
        """Whether the line from x to y is in the domain."""
        return self.integer is None or bool(np.array_equal(x[self.integer], y[self.integer]))
