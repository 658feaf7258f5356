"""Statistics of independent starts: how many minima there may be, and how likely the best is found.

N starts, drawn independently and uniformly from a box, ended in w distinct minima.  Formulas:

* C. G. E. Boender & A. H. G. Rinnooy Kan, "Bayesian stopping rules for multistart global
  optimization methods", Mathematical Programming 37 (1987): a flat prior on the number K of minima
  and a uniform one on the volumes of their basins.  `probability_best` is ours, and departs from
  them: flat are the linear sizes of basins, not the volumes.
* I. J. Good, "The population frequencies of species and the estimation of population parameters",
  Biometrika 40 (1953), with a bound from D. McAllester & L. Ortiz, "Concentration inequalities for
  the missing mass", Journal of Machine Learning Research 4 (2003).

docs/global.md has the derivations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pyminima import _core

# One statement in twenty of those made with this confidence may be wrong.
DELTA = 0.05

# What `Basins.to_dict` has, in this order: the counts, and what follows from them.
NUMBERS = (
    "starts",
    "dimension",
    "minima",
    "singletons",
    "unresolved",
    "unsampled",
    "expected_minima",
    "probability_new",
    "found_volume",
    "probability_all",
    "probability_best",
    "missing_volume_bound",
    "smallest_basin",
)


@dataclass(frozen=True)
class Basins:
    """What independent uniform starts say about the minima of a box.

    An end that could not be verified as a minimum counts as a class of its own, because it is not
    known where it would have led.

    Attributes
    ----------
    starts : int
        Independent uniform starts, N.
    dimension : int
        Variables that are not fixed, n.
    minima : int
        Distinct minima known.
    singletons : int
        Classes seen by exactly one start, unresolved ones included.
    unresolved : int
        Starts that ended in no verified minimum.
    unsampled : int
        Minima that are known from elsewhere and that no independent start ended in.

    Examples
    --------
    >>> from pyminima import Basins
    >>> seen = Basins(starts=20, dimension=2, minima=3, singletons=1)
    >>> round(seen.expected_minima, 2), round(seen.probability_best, 2)
    (3.8, 0.69)
    """

    starts: int
    dimension: int
    minima: int
    singletons: int
    unresolved: int = 0
    unsampled: int = 0

    @property
    def trials(self) -> int:
        """The formulas' N: the starts, and one for each minimum that they have missed.

        To count a minimum known from elsewhere as if one more start had ended in it is careful:
        given all the same, it makes larger K more likely (docs/global.md).
        """
        return self.starts + self.unsampled

    @property
    def classes(self) -> int:
        """The formulas' w: the known minima, and each unresolved end."""
        return self.minima + self.unresolved

    @property
    def expected_minima(self) -> float:
        """Posterior mean of the number of minima; infinite where there were too few starts."""
        return expected_minima(self.trials, self.classes)

    @property
    def probability_new(self) -> float:
        """Posterior probability that the next start would end somewhere new."""
        return probability_new(self.trials, self.classes)

    @property
    def found_volume(self) -> float:
        """Posterior mean of the share of the box from which a known class is reached."""
        return found_volume(self.trials, self.classes)

    @property
    def probability_all(self) -> float:
        """Posterior probability that every minimum has been found."""
        return probability_all(self.trials, self.classes)

    @property
    def probability_best(self) -> float:
        """Probability that the lowest minimum is among those found, whatever its basin."""
        return probability_best(self.trials, self.classes, self.dimension)

    @property
    def missing_volume_bound(self) -> float:
        """Bound on the share of the box that leads somewhere new, at 95 % confidence."""
        return missing_volume_bound(self.starts, self.singletons)

    @property
    def smallest_basin(self) -> float:
        """Any one basin of at least this share of the box was hit, at 95 % confidence."""
        return smallest_basin(self.starts)

    @property
    def enough(self) -> bool:
        """Whether the stopping rule of Boender and Rinnooy Kan is satisfied."""
        return self.trials >= enough_starts(self.classes)

    def to_dict(self) -> dict[str, int | float | None]:
        """The counts and all that follows from them; None for infinity."""
        numbers = {name: getattr(self, name) for name in NUMBERS}
        return {name: value if math.isfinite(value) else None for name, value in numbers.items()}

    def __str__(self) -> str:
        """The evidence and what it assumes, in words."""
        unresolved = f", {self.unresolved} of them in none" if self.unresolved else ""
        missed = f", {self.unsampled} more are known that they missed" if self.unsampled else ""
        sampled = self.minima - self.unsampled
        return (
            f"{self.starts} independent uniform start{'s' if self.starts > 1 else ''} ended in "
            f"{sampled} {'minimum' if sampled == 1 else 'minima'}{unresolved}{missed}; "
            f"the probability that none is lower is {_rounded_down(self.probability_best)} "
            "if basins are as likely to be narrow as wide and a narrow one is as likely to be the "
            f"deepest; one of less than {self.smallest_basin:.2g} of the box may have been missed"
        )


def _rounded_down(p: float) -> str:
    """Three decimals, never more than p."""
    return f"{math.floor(1000.0 * p) / 1000.0:.3f}"


# ------------------------------------------------------ Boender & Rinnooy Kan: N starts, w classes


def expected_minima(N: int, w: int) -> float:
    """E[K] = w (N - 1) / (N - w - 2)."""
    return w * (N - 1) / (N - w - 2) if w + 2 < N else math.inf


def probability_new(N: int, w: int) -> float:
    """P(the next start finds a new minimum) = w (w + 1) / (N (N - 1))."""
    return min(1.0, w * (w + 1) / (N * (N - 1))) if N > 1 else 1.0


def found_volume(N: int, w: int) -> float:
    """E[volume of the basins found] = (N - w - 1) (N + w) / (N (N - 1)) = 1 - P(new)."""
    return 1.0 - probability_new(N, w)


def probability_all(N: int, w: int) -> float:
    """P(K = w) = product over i = 1..w of (N - 1 - i) / (N - 1 + i)."""
    return math.prod(max(0, N - 1 - i) / (N - 1 + i) for i in range(1, w + 1)) if N > 1 else 0.0


def probability_best(N: int, w: int, n: int = 1) -> float:
    """E[w / K]: P(the lowest minimum is found) if its rank does not depend on its size.

    For flat linear sizes of basins in n dimensions it is the mean of 1 - s under the density
    ``s^(w-1) (1-s)^(-w-1) (1 - s^n)^(N-1)`` on (0, 1).  For n = 1 that is Boender and Rinnooy
    Kan's model, and the mean is 1 - w / (N - 1).
    """
    if w >= N - 1:
        return 0.0
    u = np.linspace(-60.0, 60.0, 4001)  # log(s / (1 - s)): the trapezoidal rule converges fast
    log_s = -np.logaddexp(0.0, -u)
    log_density = w * u + (N - 1) * np.log(-np.expm1(n * log_s))
    weight = np.exp(log_density - log_density.max())
    return float(weight @ -np.expm1(log_s) / weight.sum())


def enough_starts(w: int) -> int:
    """The fewest starts with E[K] <= w + 1/2: 2 w^2 + 3 w + 2."""
    return _core.enough_starts(w)


# --------------------------------------------------------------------------- without any prior


def missing_volume_bound(N: int, singletons: int, delta: float = DELTA) -> float:
    """Good-Turing with its error: n1/N + (1 + sqrt 2) sqrt(ln(2/delta) / N), at most 1."""
    if N == 0:
        return 1.0
    return min(1.0, singletons / N + (1.0 + math.sqrt(2.0)) * math.sqrt(math.log(2.0 / delta) / N))


def smallest_basin(N: int, delta: float = DELTA) -> float:
    """1 - delta^(1/N): a basin of this volume is missed by N starts with probability delta."""
    return -math.expm1(math.log(delta) / N) if N else 1.0
