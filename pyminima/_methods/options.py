"""An option of a method: one line of the table in its C file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from pyminima._arguments import as_float


@dataclass(frozen=True)
class Option:
    """An option of a method.

    Attributes
    ----------
    name : str
        The key in ``options={...}``.
    default : float, int or str
        The value if it is not given.
    low, high : float
        The range of a number, both ends included.
    choices : tuple of str, or None
        The values of an option that is not a number.
    help : str
        What it means, in which unit.
    kind : {"real", "whole", "choice"}
        What values it takes.
    """

    name: str
    default: float | int | str
    low: float
    high: float
    choices: tuple[str, ...] | None
    help: str
    kind: Literal["real", "whole", "choice"]

    def number(self, value: Any) -> float:
        """The value as the C core takes it; an error that says what was expected otherwise."""
        if self.choices is not None:
            if not (isinstance(value, str) and value in self.choices):
                raise ValueError(f"options[{self.name!r}]={value!r}, expected {self.expected}")
            return self.choices.index(value)
        try:
            number = as_float("", value, "a number")
        except TypeError:  # said below, with the range
            number = math.nan
        whole = self.kind == "real" or number.is_integer()
        if not (whole and self.low <= number <= self.high):
            raise ValueError(f"options[{self.name!r}]={value!r}, expected {self.expected}")
        return number

    @property
    def expected(self) -> str:
        """What values it takes, in words."""
        if self.choices is not None:
            return f"one of: {', '.join(map(repr, self.choices))}"
        what = "a whole number" if self.kind == "whole" else "a number"
        return f"{what} from {self.low:g} to {self.high:g}"


def option_of(
    name: str,
    kind: Literal["real", "whole", "choice"],
    value: float,
    low: float,
    high: float,
    choices: tuple[str, ...] | None,
    text: str,
) -> Option:
    """A row of the registry as an `Option`."""
    default: float | int | str = value
    if choices is not None:
        default = choices[int(value)]
    elif kind == "whole":
        default = int(value)
    return Option(name, default, low, high, choices, text, kind)
