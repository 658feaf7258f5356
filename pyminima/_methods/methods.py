"""The rows of the C registry: methods, and what to say of a misspelt one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pyminima import _core
from pyminima._arguments import as_options
from pyminima._methods.options import Option, option_of
from pyminima.schedules import Schedule, refuse_idle


@dataclass(frozen=True)
class Method:
    """A method: one row of the registry.

    Attributes
    ----------
    name : str
        What ``method=`` takes.
    family : str
        ``"gradient"``, ``"first order"``, ``"annealing"`` or ``"evolution"``.
    needs : {"value", "gradient"}
        What it asks for; gradients are differenced if the user gives none.
    uses_gradient : bool
        Whether one that needs values only asks for gradients at times, as of local searches.
    bounds : bool
        Whether it was made for bounds. The others have their points projected on the box.
    uses_hessian : bool
        Whether it asks for products of the Hessian: `hess`, `hessp`, or else differenced gradients.
    is_global, is_random : bool
        Whether it searches the whole box; whether it draws random numbers.
    integers : bool
        Whether it takes the integer variables of ``integrality=``.
    samples : bool
        Whether it takes mini-batches (`Batches`). The others compare values, and those of two
        mini-batches cannot be compared.
    samples_with : tuple of str, or None
        The option and its choice with which alone it takes them; None: with any.
    population : bool
        Whether it begins with a population, so that `x0` may be several points.
    needs_polish : bool
        Whether it may end before the gradient vanishes, so that a polish follows it.
    default_up_to : int
        The most variables for which it is chosen where no method is named; 0: it never is.
    measures : tuple of str
        What it tells of itself after each step: to `callback`, `Result.history` and
        `Solver.measures`.
    summary, when_not, citation : str
        What it does, when not to use it, and where it comes from.
    options : tuple of Option
        Its own options, then those of the stopping rules, with this method's defaults.
    """

    name: str
    family: str
    needs: Literal["value", "gradient"]
    uses_gradient: bool
    bounds: bool
    uses_hessian: bool
    is_global: bool
    is_random: bool
    integers: bool
    samples: bool
    samples_with: tuple[str, str] | None
    population: bool
    needs_polish: bool
    default_up_to: int
    measures: tuple[str, ...]
    summary: str
    when_not: str
    citation: str
    options: tuple[Option, ...]

    def checked(self, options: Mapping[str, Any] | None) -> dict[str, float]:
        """The options as numbers for the C core; unknown names and bad values are refused."""
        given = as_options(options)
        if not given:
            return {}
        known = {option.name: option for option in self.options}
        learning = self.family == "first order"  # elsewhere a schedule is of temperatures
        if learning and isinstance(given.get("schedule"), Schedule):
            given = _unfolded(given)
        for name in given:
            if name not in known:
                raise ValueError(self._unknown(name))
        schedule = given.get("schedule", "")
        if learning and not isinstance(schedule, str):
            raise ValueError(
                f"options['schedule']={schedule!r}, expected a name, or an object of "
                "pyminima.schedules such as Cosine(period=100)"
            )
        numbers = {name: known[name].number(value) for name, value in given.items()}
        if learning:
            refuse_idle(given)
            _refuse_idle_average(given, known)
        return numbers

    def choice(self, name: str, options: Mapping[str, float]) -> str:
        """The choice that these options, which are checked, make for the option of that name."""
        option = next(option for option in self.options if option.name == name)
        assert option.choices is not None
        return option.choices[int(options[name])] if name in options else str(option.default)

    def has_absolute_steps(self, options: Mapping[str, float]) -> bool:
        """Whether the length of its steps is in units of x per unit of gradient, as options say."""
        if not self.samples:
            return False
        fixed = self.samples_with
        return fixed is None or self.choice(fixed[0], options) == fixed[1] or "step" in options

    def draws(self, options: Mapping[str, float]) -> bool:
        """Whether it draws random numbers with these options, which are checked."""
        return self.is_random or options.get("noise", 0.0) > 0.0

    def _unknown(self, name: Any) -> str:
        own = [option.name for option in self.options]
        others = [m.name for m in methods() if name in {o.name for o in m.options}]
        known_to = f"; it is an option of {', '.join(others)}" if others else nearest(name, own)
        return (
            f"options[{name!r}] is not an option of method {self.name!r}{known_to}. "
            f"It takes: {', '.join(own)}"
        )


def _unfolded(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options, a schedule object replaced by those it stands for."""
    schedule = given["schedule"]
    for name in given:
        if str(name).startswith("schedule_"):
            raise ValueError(
                f"options[{name!r}]={given[name]!r} beside options['schedule']={schedule!r}, "
                f"expected the number within the object"
            )
    return {**given, **schedule.options()}


# The options of an average of iterates, and the averages that use them.
AVERAGES = {
    "averaging_start": ("polyak", "swa", "ema"),
    "averaging_period": ("swa",),
    "averaging_decay": ("ema",),
}


def _refuse_idle_average(given: Mapping[str, Any], known: Mapping[str, Option]) -> None:
    """Refuse numbers that the average chosen, which may be none, has no use for."""
    average = given.get("averaging", "none")
    for name, users in AVERAGES.items():
        idle = name in given and average not in users
        if idle and given[name] != known[name].default:
            raise ValueError(
                f"options[{name!r}]={given[name]!r} with averaging {average!r}, expected "
                f"averaging to be one of: {', '.join(map(repr, users))}"
            )


def nearest(name: Any, names: Iterable[str]) -> str:
    """A hint for a misspelt name, or nothing."""
    found = difflib.get_close_matches(str(name), list(names), n=1)
    return f" (did you mean {found[0]!r}?)" if found else ""


@cache
def _registry() -> dict[str, Method]:
    return {
        row["name"]: Method(
            name=row["name"],
            family=row["family"],
            needs="gradient" if row["needs_gradient"] else "value",
            uses_gradient=row["uses_gradient"],
            bounds=row["handles_bounds"],
            uses_hessian=row["uses_hessian"],
            is_global=row["is_global"],
            is_random=row["is_random"],
            integers=row["handles_integers"],
            samples=row["takes_samples"],
            samples_with=row["samples_with"],
            population=row["has_population"],
            needs_polish=row["needs_polish"],
            default_up_to=row["default_up_to"],
            measures=row["measures"],
            summary=row["summary"],
            when_not=row["when_not"],
            citation=row["citation"],
            options=tuple(option_of(*fields) for fields in row["options"]),
        )
        for row in _core.method_rows()
    }


def methods() -> list[Method]:
    """List the methods that ``minimize(method=...)`` takes.

    Returns
    -------
    list of Method
        Each with ``name``, ``family``, ``needs``, ``bounds``, ``integers``, ``population``,
        ``measures``, ``summary``, ``when_not``, ``citation``, ``options`` and more; see `Method`.

    Examples
    --------
    >>> import pyminima
    >>> {m.name: m.needs for m in pyminima.methods()}["lbfgs"]
    'gradient'
    >>> adam = next(m for m in pyminima.methods() if m.name == "adam")
    >>> adam.options[0].name, adam.options[0].default
    ('learning_rate', 0.001)
    """
    return list(_registry().values())


def default_method(n: int) -> Method:
    """The local method for n variables, where the user names none: the first that is for so few."""
    return min((m for m in methods() if n <= m.default_up_to), key=lambda m: m.default_up_to)


def method_named(name: Any) -> Method:
    """The method of that name; an error that suggests the nearest one otherwise."""
    registry = _registry()
    method = registry.get(name) if isinstance(name, str) else None
    if method is None:
        raise ValueError(
            f"method={name!r} is not a method{nearest(name, registry)}; "
            f"the methods are: {', '.join(registry)}"
        )
    return method
