"""What a verdict is made of: the kinds of points, the public `Classification`, the `Evidence`."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyminima._arguments import as_positive

from .basins import Basins

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Kind(StrEnum):
    """The headline of a verdict."""

    GLOBAL = "global"
    LOCAL = "local"
    SADDLE = "saddle"
    MAXIMUM = "maximum"
    DEGENERATE = "degenerate"
    PLATEAU = "plateau"
    NONSMOOTH = "nonsmooth"
    NONSTATIONARY = "nonstationary"
    UNBOUNDED = "unbounded"
    UNDETERMINED = "undetermined"


class Point(StrEnum):
    """What the local evidence shows about a point."""

    LOCAL_MINIMUM = "local_minimum"
    SADDLE = "saddle"
    LOCAL_MAXIMUM = "local_maximum"
    DEGENERATE_MINIMUM = "degenerate_minimum"
    FLAT_VALLEY = "flat_valley"
    INFLECTION = "inflection"
    PLATEAU = "plateau"
    NONSMOOTH_MINIMUM = "nonsmooth_minimum"
    NOT_STATIONARY = "not_stationary"
    UNBOUNDED = "unbounded"
    UNDETERMINED = "undetermined"

    @property
    def kind(self) -> Kind:
        """The headline this point gives without global evidence."""
        return _KIND[self]


_KIND = {
    Point.LOCAL_MINIMUM: Kind.LOCAL,
    Point.SADDLE: Kind.SADDLE,
    Point.LOCAL_MAXIMUM: Kind.MAXIMUM,
    Point.DEGENERATE_MINIMUM: Kind.DEGENERATE,
    Point.FLAT_VALLEY: Kind.DEGENERATE,
    Point.INFLECTION: Kind.DEGENERATE,
    Point.PLATEAU: Kind.PLATEAU,
    Point.NONSMOOTH_MINIMUM: Kind.NONSMOOTH,
    Point.NOT_STATIONARY: Kind.NONSTATIONARY,
    Point.UNBOUNDED: Kind.UNBOUNDED,
    Point.UNDETERMINED: Kind.UNDETERMINED,
}

_MINIMA = frozenset({Point.LOCAL_MINIMUM, Point.DEGENERATE_MINIMUM, Point.NONSMOOTH_MINIMUM})

# Critical points that no convex function has, and what they are called.
NOT_CONVEX = {
    Point.SADDLE: "saddle",
    Point.LOCAL_MAXIMUM: "local maximum",
    Point.INFLECTION: "inflection",
}

# What is no minimum for certain, whatever made a run stop there.
NO_MINIMA = frozenset({*NOT_CONVEX, Point.PLATEAU, Point.NOT_STATIONARY, Point.UNBOUNDED})


class Globality(StrEnum):
    """How much is known about the rest of the domain."""

    PROVEN = "proven"
    CONVEX = "convex"
    PROBABLE = "probable"
    BEST_OF_FOUND = "best_of_found"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Classification:
    """What kind of point was found, with the numbers a reader needs to check it.

    Attributes
    ----------
    kind : Kind
        The headline.
    point : Point
        What the local evidence shows.
    globality : Globality
        How much is known about the rest of the domain.
    probability : float or None
        The probability that no lower minimum exists, on the assumptions that `reason` names; None
        without independent starts.
    basins : Basins or None
        What the independent starts have seen, and what follows from it.
    index : int or None
        Morse index, the number of negative curvatures; None where it is not known.
    eigenvalues : ndarray or None
        Of the measured Hessian over the variables that are not held by a bound, ascending, in
        the user's coordinates. Above 200 variables only the smallest and the largest one, and
        None where variables of very different scale had to be scaled.
    eigenvalue_error : float or None
        Each eigenvalue is within this of the true one (Weyl's bound on the error matrix); above
        200 variables with a confidence of 99.99 %.
    gradient_norm, gradient_error : float or None
        Euclidean norm of the projected gradient, and of the bound on its error.
    noise : float or None
        Measured standard error of one evaluation.
    active : ndarray of bool
        True where a variable is at a bound (or fixed).
    witness : ndarray or None
        A feasible point that was evaluated and found lower than this one.
    escape_direction : ndarray or None
        Unit vector from here to the witness of a saddle, a maximum or an inflection.
    sharpness : float or None
        The largest curvature: the largest eigenvalue of the Hessian.
    condition : float or None
        Largest over smallest absolute curvature.
    trace, trace_error : float or None
        The sum of all curvatures and the bound on its error; above 200 variables Hutchinson's
        estimate from random vectors and its standard error.
    n_evals : int
        Evaluations spent on this verdict.
    reason : str
        One sentence with the numbers that decided.
    """

    kind: Kind
    point: Point
    globality: Globality = Globality.UNKNOWN
    probability: float | None = None
    basins: Basins | None = None
    index: int | None = None
    eigenvalues: Vector | None = None
    eigenvalue_error: float | None = None
    gradient_norm: float | None = None
    gradient_error: float | None = None
    noise: float | None = None
    active: Mask = dataclasses.field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    witness: Vector | None = None
    escape_direction: Vector | None = None
    sharpness: float | None = None
    condition: float | None = None
    trace: float | None = None
    trace_error: float | None = None
    n_evals: int = 0
    reason: str = ""

    @property
    def is_minimum(self) -> bool:
        """Whether the evidence shows a minimum: strict, degenerate or nonsmooth."""
        return self.point in _MINIMA

    def curvature_radii(self, rise: float) -> Vector:
        """How far to go along each eigenvector until f has risen by `rise`: sqrt(2 rise / lambda).

        Like every measure of flatness it describes the point in the coordinates used: stretch a
        variable and it changes (Dinh, Pascanu, Bengio & Bengio, "Sharp minima can generalize for
        deep nets", ICML 2017), so a wide minimum is not by itself a better one.

        Parameters
        ----------
        rise : float
            Positive, in units of f.

        Returns
        -------
        ndarray
            One length for each of `eigenvalues`, in units of x; infinite where the eigenvalue is
            not positive beyond its error.

        Raises
        ------
        ValueError
            If `rise` is not positive, or no curvature was measured.

        Examples
        --------
        >>> import pyminima
        >>> verdict = pyminima.classify(lambda x: x[0] ** 2 + 25 * x[1] ** 2, [0.0, 0.0])
        >>> print(verdict.curvature_radii(1.0).round(4))
        [1.  0.2]
        """
        rise = as_positive("rise", rise)
        values = self._known_eigenvalues()
        assert self.eigenvalue_error is not None
        radii = np.full(len(values), math.inf)
        known = values > self.eigenvalue_error
        radii[known] = np.sqrt(2.0 * rise / values[known])
        return radii

    def sam_sharpness(self, radius: float) -> float:
        """The rise of f's quadratic model to its highest point within `radius`: radius^2 lambda/2.

        The quantity that sharpness-aware minimisation (Foret, Kleiner, Mobahi & Neyshabur, ICLR
        2021) keeps low, max f(x + e) - f(x) over ||e|| <= radius, to second order; its first-order
        step along the gradient says nothing where the gradient vanishes.  It changes with the
        coordinates as `curvature_radii` does.

        Parameters
        ----------
        radius : float
            Positive, in units of x.

        Returns
        -------
        float
            In units of f; 0 where no curvature is positive.

        Raises
        ------
        ValueError
            If `radius` is not positive, or no curvature was measured.

        Examples
        --------
        >>> import pyminima
        >>> verdict = pyminima.classify(lambda x: x[0] ** 2 + 25 * x[1] ** 2, [0.0, 0.0])
        >>> print(round(verdict.sam_sharpness(0.1), 6))
        0.25
        """
        radius = as_positive("radius", radius)
        return 0.5 * radius * radius * max(float(self._known_eigenvalues()[-1]), 0.0)

    def _known_eigenvalues(self) -> Vector:
        if self.eigenvalues is None or not len(self.eigenvalues):
            raise ValueError(f"no curvature was measured at this point: {self.reason}")
        return self.eigenvalues

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data: strings, floats, lists and None."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}

    def __str__(self) -> str:
        return self.reason


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Basins):
        return value.to_dict()
    return str(value) if isinstance(value, StrEnum) else value


@dataclass(frozen=True, eq=False)
class Evidence:
    """A classification and what a run needs to go on from it.

    Attributes
    ----------
    classification : Classification
        The public part.
    x, f : ndarray, float
        The point judged and its value.
    gradient : ndarray or None
        Best estimate of the gradient (0 for fixed variables), None if it was not reached.
    hessian : ndarray or None
        Best estimate of the Hessian, all variables; rows of variables held by a bound are 0.
    curvatures : ndarray or None
        Absolute curvature along each variable, from its diagonal: known with the gradient.
    noise : float
        Standard error of one evaluation.
    steps : ndarray
        Per variable, the step with which a *central* difference of values has the smallest
        error, from the measured noise and curvature.
    witness : ndarray or None
        The lowest feasible point met on the way, if it is lower than x by more than the noise.
    """

    classification: Classification
    x: Vector
    f: float
    gradient: Vector | None
    hessian: Matrix | None
    curvatures: Vector | None
    noise: float
    steps: Vector
    witness: Vector | None
