"""How exact the values of the objective are, measured at the start where they are not exact."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyminima import _core
from pyminima._arguments import Vector
from pyminima._judging.landscape import EPS, BudgetSpent, Evaluations, Landscape
from pyminima._judging.noise import noise_around
from pyminima._running.gradient_check import direction
from pyminima._running.ledger import NOTHING, Best

# Evaluations that a measurement of the noise may take.
MOST_VALUES = 50

# Over such a length, in units, a smooth function is a straight line, its rounding still small.
SHORT = 1e-10

# With a larger relative error differences would be taken over more than a tenth of the unit.
LARGEST_ERROR = 1e-3


class _Seed(np.random.bit_generator.ISeedSequence):
    """The seed of `numpy.random.default_rng(0)`, worked out once: that is most of its cost."""

    words = np.random.SeedSequence(0).generate_state(4, np.uint64)

    def generate_state(self, n_words: int, dtype: Any = np.uint64) -> NDArray[Any]:
        return self.words[:n_words]


_SEED = _Seed()


def relative_error(
    evaluator: _core.Evaluator,
    evaluations: Evaluations,
    x0: Vector,
    unit: Vector,
    lower: Vector,
    upper: Vector,
) -> tuple[Best, float]:
    """The record of x0, and the relative error of its value where it is more than rounding, else 0.

    Two values near x0 decide whether to measure it, which takes seven or more.
    """
    X = _core.along(x0, direction(x0, unit, lower, upper), (0.0, SHORT, 2.0 * SHORT), lower, upper)
    start = NOTHING
    try:
        F = evaluations.values(X[:1])
        if evaluator.reached or not math.isfinite(F.item()):
            return start, 0.0
        start = x0, F.item(), None
        if not _is_exact(*F.tolist(), *evaluations.values(X[1:]).tolist()):
            bits = np.random.PCG64(_SEED)  # type: ignore[arg-type]  # its stub forgets these seeds
            rng, errors = np.random.Generator(bits), dict(np.geterr())
            land = Landscape(evaluations, x0, lower, upper, unit, MOST_VALUES, rng, errors)
            land.f0 = float(F[0])
            with np.errstate(all="ignore"):
                noise = noise_around(land, exact=False)
            if not noise.rounding_only:
                return start, min(noise.value / max(abs(F[0]), noise.value), LARGEST_ERROR)
    except BudgetSpent:
        pass
    return start, 0.0


def _is_exact(*F: float) -> bool:
    """Whether three values on a short line, equally spaced, differ from a straight one by rounding.

    Equal ones, and such as single precision has, may be the values of coarse steps.
    """
    first, middle, last = F
    width = max(F) - min(F)
    if not math.isfinite(width):
        return True  # there is nothing to be measured
    if width == 0.0 or _core.all_single(F):
        return False
    rounding = 64.0 * EPS * max(map(abs, F)) + 1e-5 * width  # of the values; of the points
    return abs(first - 2.0 * middle + last) <= rounding
