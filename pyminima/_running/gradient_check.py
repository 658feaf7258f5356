"""The check at the start whether the gradient agrees with the values of the objective."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyminima import _core
from pyminima._running.ledger import NOTHING

Vector = NDArray[np.float64]
Answer = tuple[Vector, Vector]  # values (m,) and gradients (m, n)

EPS = float(np.finfo(np.float64).eps)
EPS_SINGLE = float(np.finfo(np.float32).eps)

# The check is left out where a run is granted fewer evaluations than this.
LEAST_GRANTED = 50

# The length of the first step in units of the variables: far above rounding, far below structure.
STEP = 1e-3

# A suspected error is measured over these lengths, between two points each that are a small part
# of the length apart: a function that is singular at x0, as |x|^p is, is smooth between them.
LENGTHS = 10.0 ** -np.arange(2.0, 12.0)
LARGEST = float(LENGTHS[0])
SPREAD = 0.03

# Over so many of the shortest lengths a smooth function does not change: a change there is noise.
SHORTEST = 3

# Single precision may give points closer than this the same value, whatever the slope is.
COARSE = 1e-4

SUSPICIOUS = 1e-3  # of the slope: an error of the first test that calls for the second
WRONG = 6e-3  # of the slope: the least error that is reported; x^10 between two points has 5e-3
ALIKE = 0.2  # numbers that differ by at most this part of themselves count as equal
SUCCESSIVE = 3  # lengths in a row over which the error has to be the same
MOST_SOUGHT = 20  # variables: with more of them the wrong components are not looked for
MOST_NAMED = 3


class GradientWarning(UserWarning):
    """The gradient given contradicts the values of the objective.

    Examples
    --------
    >>> import warnings, pyminima
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     res = pyminima.minimize(lambda x: x[0] ** 2, [3.0], jac=lambda x: -2 * x)
    >>> print(caught[0].category.__name__)
    GradientWarning
    """


def direction(x0: Vector, unit: Vector, lower: Vector, upper: Vector) -> Vector:
    """A random vector of about one unit, into the box; always the same one."""
    return _core.direction(x0, unit, lower, upper, LARGEST)


class Ways:
    """Changes of the value from points Q to points P (m, n), measured and as gradients predict."""

    @np.errstate(all="ignore")
    def __init__(self, P: Vector, Q: Vector, at_P: Answer, at_Q: Answer) -> None:
        (F, G), (there, _) = at_P, at_Q
        self.length, self.change, self.predicted, self.size = _core.ways(P, Q, at_P, at_Q)
        self.turned: Vector = np.abs(((G - G[-1]) * (P - Q)).sum(axis=1))  # since the last of P
        self.error = self.change - self.predicted
        self.relative = self.error / np.where(self.size > 0.0, self.size, 1.0)
        self.rounding = _rounding(F, there)

    @np.errstate(all="ignore")
    def same_error(self, before: float) -> int | None:
        """The first of the LENGTHS over which the gradient is wrong by the same.

        The error of a right one falls with the square of the length, noise grows with its inverse,
        and a kink lies between two points at one length only.  Values that are smooth at a small
        scale alone are no witness: the error has to show at every larger one up to STEP, `before`.
        """
        size = np.abs(self.relative)
        k = _repeated(self.relative, self._significant() & (size > WRONG))
        larger = np.append(size[:k][LENGTHS[:k] <= STEP], abs(before))
        return k if k is not None and larger.min() > 0.3 * size[k] else None

    @np.errstate(all="ignore")
    def same_turn(self) -> int | None:
        """The same for a gradient that does not turn with x: its error grows as the square."""
        stiff = np.abs(self.error) > 0.1 * self.turned
        return _repeated(self.error / LENGTHS**2, self._significant() & stiff)

    def _significant(self) -> NDArray[np.bool_]:
        """Whether the error exceeds noise, and the rounding of any number format."""
        noise = np.maximum(self.rounding, np.abs(self.change[-SHORTEST:]).max())
        moved = (LENGTHS >= COARSE) | (np.abs(self.change) > 0.01 * np.abs(self.predicted))
        return np.asarray(moved & (np.abs(self.error) > 10.0 * noise))


class Check:
    """The check of the gradient of an objective at x0, along one direction."""

    def __init__(
        self, evaluator: _core.Evaluator, x0: Vector, unit: Vector, lower: Vector, upper: Vector
    ) -> None:
        self.evaluator, self.x0, self.lower, self.upper = evaluator, x0, lower, upper
        self.d = direction(x0, unit, lower, upper)
        self.start = NOTHING  # the record of x0

    def contradiction(self) -> str | None:
        """What is wrong with the gradient, if anything is; at the cost of x0 and one point more."""
        start, there, way = _core.look_beside(
            self.evaluator, self.x0, self.d, STEP, self.lower, self.upper
        )
        if start is None:
            return None
        self.start = start
        if there is None or way is None:
            return None
        change, predicted, size, turned = way
        error = change - predicted
        tolerated = SUSPICIOUS * size if turned else 0.0  # else f is linear, or g is wrong
        if abs(error) <= tolerated:
            return None
        rounding = _rounding(np.array([there[1]]), np.array([start[1]])).item()
        if not abs(error) > rounding + tolerated:
            return None
        try:
            return self.examine(error / size if size > 0.0 else error)
        except _Inconclusive:
            return None

    # ---------------------------------------------------------------------------- on suspicion

    def along(self, lengths: Vector) -> Vector:
        """Points along d, (m, n)."""
        return _core.along(self.x0, self.d, lengths, self.lower, self.upper)

    def evaluate(self, X: Vector) -> Answer:
        """Values and gradients; `_Inconclusive` if some are not finite, or at a limit or target."""
        _, F, G = self.evaluator.batch(X, True)
        assert G is not None
        if self.evaluator.reached or not _core.all_finite(F):
            raise _Inconclusive  # where a gradient is not finite, the value is not, either
        return F, G

    def examine(self, before: float) -> str | None:
        """The error over many lengths: that of a wrong gradient follows a law of its own."""
        P, Q = self.along(LENGTHS), self.along((1.0 - SPREAD) * LENGTHS)
        at_P = self.evaluate(P)
        ways = Ways(P, Q, at_P, self.evaluate(Q))
        if (k := ways.same_error(before)) is not None:
            return self.text(ways, k) + self.components(P[k], *(a[k] for a in at_P))
        if (k := ways.same_turn()) is not None:
            return self.text(ways, k) + "; it seems to be the gradient at another point"
        return None

    def text(self, ways: Ways, k: int) -> str:
        """Both numbers, as slopes along d."""
        d = self.d / np.abs(self.d).max()  # first: squares might overflow
        d /= np.linalg.norm(d)
        where = f"d = {np.array2string(d, precision=3)}" if len(d) <= 5 else "a fixed direction"
        with np.errstate(over="ignore"):  # over lengths next to the least number
            values, given = ways.change[k] / ways.length[k], ways.predicted[k] / ways.length[k]
        return (
            f"the gradient contradicts the values of the objective: beside x0, along {where}, the "
            f"slope of the values is {values:.6g}, that of the gradient {given:.6g}"
        )

    def components(self, p: Vector, f: float, g: Vector) -> str:
        """The components that are wrong, if they are few."""
        n, moving = len(p), np.flatnonzero(self.d)
        m = len(moving)
        if m > MOST_SOUGHT:
            return ""
        P = np.repeat(p[None], m, axis=0)
        Q = P + np.eye(n)[moving] * (SPREAD * (self.x0 - p))  # towards x0, so inside the box
        ways = Ways(P, Q, (np.full(m, f), np.tile(g, (m, 1))), self.evaluate(Q))
        wrong = np.abs(ways.relative) > 0.01
        if not 0 < wrong.sum() <= MOST_NAMED:
            return ""
        with np.errstate(all="ignore"):  # next to the largest numbers and the least, too
            steps = (P - Q)[np.arange(m), moving]
            given, told = ways.predicted / steps, ways.change / steps
        return "".join(
            f"; component {moving[j]} is {given[j]:.6g} where the values say {told[j]:.6g}"
            for j in np.flatnonzero(wrong)
        )


def _rounding(F: Vector, there: Vector) -> Vector:
    """The rounding of differences of values, by the number format that they seem to have."""
    exact = EPS_SINGLE if _core.all_single(F) else EPS
    return np.asarray(4.0 * exact * np.maximum(np.abs(F), np.abs(there)))


def _repeated(numbers: Vector, admitted: NDArray[np.bool_]) -> int | None:
    """The first of SUCCESSIVE admitted numbers that are alike."""
    for k in range(len(numbers) - SUCCESSIVE + 1):
        few = numbers[k : k + SUCCESSIVE]
        least = np.abs(few).min()
        if admitted[k : k + SUCCESSIVE].all() and np.ptp(few) <= ALIKE * least:
            return k
    return None


class _Inconclusive(Exception):
    """The check ends without a finding."""
