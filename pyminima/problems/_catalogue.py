"""The list of problems: `register` adds a factory, `get` finds it again."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ._problem import Problem

Factory = Callable[..., Problem]

_factories: dict[str, Factory] = {}


def register(factory: Factory) -> Factory:
    """Add a factory to the catalogue under its own name.

    Every parameter of the factory needs a default: the catalogue lists default sizes.
    """
    name = factory.__name__
    if name in _factories:
        raise ValueError(f"a problem named {name!r} is already in the catalogue")

    @functools.wraps(factory)
    def named(*args: Any, **params: Any) -> Problem:
        return replace(factory(*args, **params), name=name)

    _factories[name] = named
    return named


def names() -> list[str]:
    """Return the names of all problems, in alphabetical order."""
    return sorted(_factories)


def parameters(name: str) -> tuple[str, ...]:
    """Return the names of the parameters that `get` accepts for this problem."""
    return tuple(inspect.signature(_factory(name)).parameters)


def get(name: str, n: int | None = None, **params: Any) -> Problem:
    """Return a problem by name.

    Parameters
    ----------
    name : str
        One of `names()`.
    n : int, optional
        Number of variables, for the families that come in any size.
    **params
        Further parameters of the family, such as `m=7` for `shekel`.
    """
    factory = _factory(name)
    accepted = parameters(name)
    if n is not None and "n" in accepted:
        params["n"] = n
    for param in params:
        if param not in accepted:
            listed = ", ".join(accepted) or "none"
            raise ValueError(f"{name!r} has no parameter {param!r}; its parameters: {listed}")
    problem = factory(**params)
    if n is not None and n != problem.n:
        raise ValueError(f"{name!r} comes with n={problem.n} only, not n={n}")
    return problem


def _factory(name: str) -> Factory:
    if name not in _factories:
        near = difflib.get_close_matches(name, _factories, n=1, cutoff=0.0)[0]
        raise ValueError(f"no problem is named {name!r}; did you mean {near!r}?")
    return _factories[name]


def all(*, centred: bool = False) -> list[Problem]:
    """Return the catalogue at default sizes, in alphabetical order.

    Parameters
    ----------
    centred : bool
        Whether to include the problems tagged `centred`, whose global minimum sits at the origin
        or in the middle of the box, where an optimiser may find it by accident.  Each has a
        twin named `..._shifted` that is always included.
    """
    problems = [get(name) for name in names()]
    return [problem for problem in problems if centred or "centred" not in problem.tags]
