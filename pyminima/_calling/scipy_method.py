"""pyminima's methods for `scipy.optimize.minimize`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from pyminima._calling.minimize import minimize
from pyminima._methods.methods import method_named, nearest
from pyminima._running.result import Result

# What minimize takes by name, and scipy's words for two of them. The objective, which scipy may
# have wrapped, takes one point.
_KEYWORDS = set(inspect.signature(minimize).parameters) - {
    "fun",
    "x0",
    "args",
    "method",
    "vectorized",
}
_NAMES = {"maxiter": "max_iter", "maxfev": "max_evals", "maxfun": "max_evals"}


def scipy_method(name: str) -> Callable[..., Result]:
    """Make a method of this library usable as ``scipy.optimize.minimize(method=...)``.

    Parameters
    ----------
    name : str
        A name from `methods`.

    Returns
    -------
    callable
        Takes scipy's arguments; ``options`` of scipy are the keyword arguments of `minimize`
        (``max_evals``, ``classify``, ``rng`` ...) and the options of the method. Constraints are
        refused. Of `jac` scipy hands on callables and True alone: a name such as ``"3-point"``
        never arrives.

    Examples
    --------
    >>> import pyminima, scipy.optimize
    >>> res = scipy.optimize.minimize(
    ...     scipy.optimize.rosen, [-1.2, 1.0], method=pyminima.scipy_method("lbfgs")
    ... )
    >>> print(res.classification.kind)
    local
    """
    method = method_named(name)
    own = {option.name for option in method.options}

    def solve(fun: Any, x0: Any, args: Any = (), **given: Any) -> Result:
        if given.pop("constraints", ()) not in ((), None, []):
            raise ValueError(f"constraints: method {method.name!r} takes bounds only")
        given.pop("disp", None)  # nothing is ever printed
        given = {_NAMES.get(key, key): value for key, value in given.items()}
        for key in given:
            if key not in own | _KEYWORDS:
                raise ValueError(
                    f"options[{key!r}] is not an option of method {method.name!r}"
                    f"{nearest(key, own | _KEYWORDS)}"
                )
        options = {key: given.pop(key) for key in list(given) if key in own}
        return minimize(fun, x0, args, method.name, options=options, **given)

    solve.__name__ = solve.__qualname__ = method.name
    return solve
