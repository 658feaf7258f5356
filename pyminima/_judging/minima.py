"""Minima found, and the test whether two descents ended in the same one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .classification import Classification, Evidence, Kind, Point, Vector
from .landscape import EPS

# Two ends nearer than this, in widths of the box, are one minimum unless a barrier is between them.
NEAR = 1e-2

# Ends nearer than this, with the same value, are one minimum, and nothing is evaluated to see it.
# A descent keeps the lowest of many noisy values, so the ends of two descents may differ by more
# than two values taken at random.
COINCIDENT = 1e-6
LUCK = 4.0

STANDARD_ERRORS = 4.0  # standard errors of a difference of two values that count as noise

# Where to look for a barrier: the midpoint first, then shares of the way that no lattice repeats
# (multiples of the golden section), so that periodic objectives do not hide theirs.
GOLDEN = 0.5 * (5.0**0.5 - 1.0)
PLACES = np.array([0.5, *((GOLDEN * np.arange(1, 9)) % 1.0)])

Values = Callable[[Vector], Vector]


class Minimum(NamedTuple):
    """A minimum that a run has found.

    Attributes
    ----------
    x : ndarray, shape (n,)
        Where it is.
    fun : float
        The objective there.
    hits : int
        Descents that ended there.
    kind : Kind
        The headline of its verdict; undetermined where the budget left no room for one: then it is
        where a local search has ended.
    """

    x: Vector
    fun: float
    hits: int
    kind: Kind


@dataclass
class Found:
    """A verified minimum and who has been there."""

    x: Vector
    f: float
    evidence: Evidence
    sampled: int = 0  # independent starts that ended here
    guided: int = 0  # other descents that did

    def join(self, met: Met) -> None:
        """Count the descents that have ended here."""
        self.sampled += met.sampled
        self.guided += met.hits - met.sampled

    def welcome(self, x: Vector, f: float, independent: bool) -> None:
        """Count another descent that ended here, and keep the lower of the two points."""
        self.sampled += independent
        self.guided += not independent
        if f < self.f:
            self.x, self.f = x, f

    @property
    def public(self) -> Minimum:
        """As users see it."""
        kind = self.evidence.classification.kind
        return Minimum(self.x.copy(), self.f, self.sampled + self.guided, kind)


class Met(NamedTuple):
    """Where descents of a global method have ended, not judged."""

    x: Vector
    f: float
    hits: int  # descents
    sampled: int  # of them, those from independent uniform points

    @property
    def public(self) -> Minimum:
        """As users see it."""
        return Minimum(self.x.copy(), self.f, self.hits, Kind.UNDETERMINED)


def counts(verdict: Classification) -> bool:
    """Whether a point is a minimum to be counted; the floor of a valley is one as a whole."""
    return verdict.is_minimum or verdict.point is Point.FLAT_VALLEY


def blur(evidence: Evidence, f: float = 0.0) -> float:
    """The difference of two values that noise and rounding explain."""
    return max(STANDARD_ERRORS * evidence.noise, 8.0 * EPS * max(abs(evidence.f), abs(f)))


@np.errstate(over="ignore")
def distance(known: Found, x: Vector, width: Vector) -> float:
    """Largest distance along a variable, in widths of the box or, without one, sizes of x."""
    scale = np.where(np.isfinite(width), width, np.maximum(np.abs(known.x), 1.0))
    return float(np.max(np.abs(x - known.x) / np.where(scale > 0, scale, 1.0)))


def between(x: Vector, y: Vector, share: Vector) -> Vector:
    """The point at these shares of the way from x to y, none of its coordinates beyond either.

    Differences of huge numbers might overflow, and what is put together in this way may round out
    of the box.
    """
    return np.clip((1.0 - share) * x + share * y, np.minimum(x, y), np.maximum(x, y))


def points_between(x: Vector, y: Vector, shares: Vector) -> Vector:
    """The points at these shares of the ways from x to y, (..., m, n)."""
    return between(x[..., None, :], y[..., None, :], shares[:, None])


def same_minimum(values: Values, known: Found, x: Vector, f: float, width: Vector) -> bool:
    """Whether a descent that ended at x found a minimum that is known.

    Values that differ at points far apart are two minima.  Otherwise it depends on whether f
    rises between them; it is looked at in the middle first.  Where it does not, one of them can
    slide into the other.

    Parameters
    ----------
    values : callable
        Values (m,) of points (m, n).
    known : Found
        The minimum.
    x, f : ndarray, float
        The end of the descent.
    width : ndarray, shape (n,)
        Of the box.
    """
    apart = distance(known, x, width)
    tolerance = blur(known.evidence, f)
    difference = abs(f - known.f)
    if apart > NEAR and difference > tolerance:
        return False
    if apart <= COINCIDENT and difference <= LUCK * tolerance:
        return True
    ceiling = max(f, known.f) + tolerance
    between = points_between(known.x, x, PLACES)
    # No generator expression: in one, a StopIteration of the objective would become another error.
    middle = (values(between[:1]) <= ceiling).all()
    return bool(middle and (values(between[1:]) <= ceiling).all())
