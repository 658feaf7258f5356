"""Learning-rate schedules: how the rate of a first-order method changes from step to step.

A schedule goes into ``options``, by its name or as an object of this module; the objects say what
their numbers mean and refuse those that make no sense:

>>> import pyminima
>>> from pyminima import schedules
>>> by_name = {"schedule": "cosine", "schedule_period": 100, "schedule_warmup": 10}
>>> as_object = {"schedule": schedules.Cosine(period=100, warmup=10)}
>>> quiet = {"jac": lambda x: 2 * x, "polish": False, "classify": False, "max_iter": 50}
>>> a = pyminima.minimize(lambda x: x @ x, [1.0], method="adam", options=by_name, **quiet)
>>> b = pyminima.minimize(lambda x: x @ x, [1.0], method="adam", options=as_object, **quiet)
>>> a.fun == b.fun
True

The rate of step t = 0, 1, ... is ``learning_rate`` times the factor of the schedule. While
``t < warmup`` that is ``(t + 1) / (warmup + 1)``, whatever the schedule, which then begins.
The factors are computed by the C core; an object that is called computes the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, fields, replace
from functools import cache
from typing import Any, ClassVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyminima import _core
from pyminima._methods.options import Option, option_of

__all__ = [
    "Constant",
    "Cosine",
    "Exponential",
    "InverseTime",
    "Plateau",
    "Schedule",
    "Step",
]


@cache
def _rows() -> dict[str, Option]:
    rows = {row[0]: option_of(*row) for row in _core.schedule_rows()}
    period = rows["schedule_period"]  # None says here what 0 says there
    return {**rows, period.name: replace(period, low=1.0)}


@dataclass(frozen=True)
class Schedule:
    """What all schedules have in common.

    Parameters
    ----------
    warmup : int, default 0
        Steps over which the rate rises in a line, before the schedule begins.

    Raises
    ------
    ValueError
        If a number is outside its range.
    """

    name: ClassVar[str]
    _: KW_ONLY
    warmup: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if not hasattr(self, "name"):
            raise TypeError(f"{type(self).__name__}() is no schedule: take {', '.join(_kinds())}")
        for field in fields(self):
            value = getattr(self, field.name)
            option = _rows()[f"schedule_{field.name}"]
            if value is None and field.default is None:
                continue
            try:
                option.number(value)
            except ValueError:
                raise ValueError(
                    f"{type(self).__name__}({field.name}={value!r}), expected {option.expected}"
                ) from None

    def options(self) -> dict[str, float | str]:
        """Return the options of a method that this schedule stands for.

        Returns
        -------
        dict
            ``"schedule"``, the name, and every number as ``"schedule_..."``.
        """
        values = {f"schedule_{f.name}": getattr(self, f.name) for f in fields(self)}
        given = {name: value for name, value in values.items() if value is not None}
        return {"schedule": self.name, **given}

    def _factors(self, values: Iterable[float], steps: int = 0) -> list[float]:
        options = self.options()
        return _core.schedule_factors(
            {name: _rows()[name].number(value) for name, value in options.items()}, values, steps
        )


@dataclass(frozen=True)
class _OfTime(Schedule):
    """A schedule that is a function of the step number."""

    @overload
    def __call__(self, step: int, steps: int | None = None) -> float: ...

    @overload
    def __call__(self, step: ArrayLike, steps: int | None = None) -> NDArray[np.float64]: ...

    def __call__(self, step: ArrayLike, steps: int | None = None) -> float | NDArray[np.float64]:
        """Return the factor of the learning rate.

        Parameters
        ----------
        step : int, or array_like of them
            The step number, from 0.
        steps : int, optional
            Steps in the whole run: needed if the schedule has no period of its own.

        Returns
        -------
        float, or ndarray of the shape of `step`
            The factor, from 0 to 1.
        """
        at = np.asarray(step)
        if at.dtype.kind not in "iu" or (at.size and at.min() < 0):
            raise ValueError(f"step={step!r}, expected whole numbers from 0")
        if not (steps is None or (isinstance(steps, int | np.integer) and steps >= 1)):
            raise ValueError(f"steps={steps!r}, expected a whole number from 1, or None")
        if steps is None and getattr(self, "period", 1) is None:
            raise ValueError(f"steps is missing: {self!r} is spread over the whole run")
        most = int(at.max()) + 1 if at.size else 0
        factors = np.array(self._factors(np.zeros(most), steps or 0))[at]
        return float(factors) if at.ndim == 0 else factors


@dataclass(frozen=True)
class Constant(_OfTime):
    """The rate stays what it is.

    Parameters
    ----------
    warmup : int, default 0
        Steps over which the rate rises in a line before that.

    Examples
    --------
    >>> from pyminima.schedules import Constant
    >>> Constant(warmup=3)(range(5)).tolist()
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    name = "constant"


@dataclass(frozen=True)
class Step(_OfTime):
    """The rate falls to a share of itself every so many steps.

    Parameters
    ----------
    period : int, optional
        Steps from one fall to the next; a third of the run if it is not given.
    decay : float, default 0.1
        What is left after a fall, from 0 to 1.
    floor : float, default 0
        The factor goes no lower.
    warmup : int, default 0
        Steps over which the rate rises in a line before that.

    Examples
    --------
    >>> from pyminima.schedules import Step
    >>> Step(2, decay=0.5)(range(6)).tolist()
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    name = "step"
    period: int | None = None
    decay: float = 0.1
    floor: float = 0.0


@dataclass(frozen=True)
class Exponential(_OfTime):
    """The rate falls by the same share at every step.

    Parameters
    ----------
    period : int, optional
        Steps in which it falls to `decay` of itself; the whole run if it is not given.
    decay : float, default 0.1
        What is left after each period, from 0 to 1.
    floor : float, default 0
        The factor goes no lower.
    warmup : int, default 0
        Steps over which the rate rises in a line before that.

    Examples
    --------
    >>> from pyminima.schedules import Exponential
    >>> Exponential(2, decay=0.25)(range(4)).tolist()
    [1.0, 0.5, 0.25, 0.125]
    """

    name = "exponential"
    period: int | None = None
    decay: float = 0.1
    floor: float = 0.0


@dataclass(frozen=True)
class Cosine(_OfTime):
    """The rate falls along half a wave, and starts again from the top.

    ``floor + (1 - floor) (1 + cos(pi t / period)) / 2``, t counting from the last restart.

    Parameters
    ----------
    period : int, optional
        Steps from the top to the first restart; the whole run, without one, if it is not given.
    floor : float, default 0
        The lowest factor.
    growth : float, default 1
        Each period is this many times as long as the one before, from 1.
    warmup : int, default 0
        Steps over which the rate rises in a line before that.

    References
    ----------
    .. [1] I. Loshchilov and F. Hutter, SGDR: stochastic gradient descent with warm restarts,
       ICLR 2017, arXiv:1608.03983.

    Examples
    --------
    >>> from pyminima.schedules import Cosine
    >>> Cosine(2, growth=2)(range(7)).round(3).tolist()
    [1.0, 0.5, 1.0, 0.854, 0.5, 0.146, 1.0]
    """

    name = "cosine"
    period: int | None = None
    floor: float = 0.0
    growth: float = 1.0


@dataclass(frozen=True)
class InverseTime(_OfTime):
    """The rate falls as 1 / (1 + t / period).

    With it, descent along noisy gradients converges: the rates add up to infinity, their squares
    do not.

    Parameters
    ----------
    period : int, optional
        Steps after which a half is left; the whole run if it is not given.
    floor : float, default 0
        The factor goes no lower.
    warmup : int, default 0
        Steps over which the rate rises in a line before that.

    References
    ----------
    .. [1] H. Robbins and S. Monro, A stochastic approximation method, Ann. Math. Stat. 22, 1951.

    Examples
    --------
    >>> from pyminima.schedules import InverseTime
    >>> InverseTime(1)(range(4)).round(3).tolist()
    [1.0, 0.5, 0.333, 0.25]
    """

    name = "inverse_time"
    period: int | None = None
    floor: float = 0.0


@dataclass(frozen=True)
class Plateau(Schedule):
    """The rate falls when the value has stopped improving.

    An improvement counts if it exceeds 1e-4 of the whole improvement so far.

    Parameters
    ----------
    patience : int, default 10
        Steps without an improvement that bring a fall.
    decay : float, default 0.1
        What is left after a fall, from 0 to 1.
    floor : float, default 0
        The factor goes no lower.
    warmup : int, default 0
        Steps over which the rate rises in a line before that.

    Examples
    --------
    >>> from pyminima.schedules import Plateau
    >>> Plateau(patience=2, decay=0.5)([9.0, 5.0, 5.0, 6.0, 4.0])
    [1.0, 1.0, 1.0, 0.5, 0.5]
    """

    name = "plateau"
    patience: int = 10
    decay: float = 0.1
    floor: float = 0.0

    def __call__(self, values: Iterable[float]) -> list[float]:
        """Return the factors of the steps that start at these values.

        Parameters
        ----------
        values : iterable of float
            The value of the objective at the start of steps 0, 1, ...

        Returns
        -------
        list of float
            The factor of each of these steps, from 0 to 1.
        """
        return self._factors(values)


def _kinds() -> dict[str, type[Schedule]]:
    kinds = (Constant, Step, Exponential, Cosine, InverseTime, Plateau)
    return {kind.__name__: kind for kind in kinds}


def refuse_idle(options: Mapping[str, Any]) -> None:
    """Refuse numbers that the schedule given beside them by its name has no use for."""
    name = options.get("schedule", Constant.name)
    (kind,) = (kind for kind in _kinds().values() if kind.name == name)
    used = [f"schedule_{field.name}" for field in fields(kind)]
    for option, value in options.items():
        idle = option in _rows() and option not in ("schedule", *used)
        if idle and value != _rows()[option].default:
            raise ValueError(
                f"options[{option!r}]={value!r} with schedule {name!r}, which takes: "
                f"{', '.join(used)}"
            )
