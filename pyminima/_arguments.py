"""Checks the user's arguments at the door: one clear error each, with argument and value."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult

from pyminima._core import all_finite, as_real_array, no_bounds

Vector = NDArray[np.float64]


def as_point(name: str, value: Any) -> Vector:
    """A point: one finite number per variable; a single number stands for n = 1."""
    x = as_real_array(f"{name}=", value, "an array of real numbers, shape (n,)")
    if x is not value and np.asarray(value).dtype.kind == "b":
        raise TypeError(f"{name}={value!r}, expected real numbers, not truth values")
    if x.ndim == 0:
        x = x.reshape(1)
    if x.ndim != 1:
        raise ValueError(f"{name} has shape {x.shape}, expected (n,)")
    if x.size == 0:
        raise ValueError(f"{name} is empty, expected at least one variable")
    if not all_finite(x):
        raise ValueError(f"{name}={x!r}, expected finite numbers")
    return x


def _is_bounds_object(bounds: Any) -> bool:
    return hasattr(bounds, "lb") and hasattr(bounds, "ub")


def _pairs(bounds: Any) -> tuple[list[Any], list[Any]]:
    try:
        pairs = [tuple(pair) for pair in bounds]
    except TypeError:
        raise TypeError(
            f"bounds={bounds!r}, expected scipy.optimize.Bounds or a sequence of (lower, upper)"
        ) from None
    for i, pair in enumerate(pairs):
        if len(pair) != 2:
            raise ValueError(f"bounds[{i}]={pair!r}, expected a pair (lower, upper)")
    lower = [-math.inf if low is None else low for low, _ in pairs]
    return lower, [math.inf if high is None else high for _, high in pairs]


def as_bounds(bounds: Any, n: int | None, name: str = "x0") -> tuple[Vector, Vector] | None:
    """Lower and upper bounds, shape (n,) each, from a `Bounds` or from pairs; None for none."""
    if bounds is None:
        return None
    low, high = (bounds.lb, bounds.ub) if _is_bounds_object(bounds) else _pairs(bounds)
    lower = np.atleast_1d(as_real_array("bounds=", low, "real lower bounds"))
    upper = np.atleast_1d(as_real_array("bounds=", high, "real upper bounds"))
    try:
        if n is None:
            lower, upper = (np.ascontiguousarray(b) for b in np.broadcast_arrays(lower, upper))
        elif _is_bounds_object(bounds):  # a Bounds may say one number for all
            lower, upper = (np.array(np.broadcast_to(b, (n,))) for b in (lower, upper))
    except ValueError:
        raise ValueError(f"bounds={bounds!r} do not fit {name} of shape ({n},)") from None
    if lower.ndim != 1 or lower.size == 0 or (n is not None and lower.shape != (n,)):
        expected = f"({n}, 2) for {name} of shape ({n},)" if n else "(n, 2), n at least 1"
        raise ValueError(f"bounds have shape {(*lower.shape, 2)}, expected {expected}")
    _check_box(lower, upper)
    return lower, upper


def _check_box(lower: Vector, upper: Vector) -> None:
    # One comparison finds both faults: it is False for a NaN too.
    bad = ~(lower <= upper) | (lower == math.inf) | (upper == -math.inf)
    if bad.any():
        i = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"bounds[{i}]=({lower[i]}, {upper[i]}), expected lower <= upper, "
            "neither of them nan nor both the same infinity"
        )


def as_box(x0: Any, bounds: Any, name: str = "x0") -> tuple[Vector, Vector, Vector, bool]:
    """Start and box as (x0, lower, upper, whether x0 had to be moved into the box)."""
    if x0 is None:
        box = as_bounds(bounds, None)
        if box is None or not (np.isfinite(box[0]).all() and np.isfinite(box[1]).all()):
            raise ValueError("x0 is missing; it may be left out only if all bounds are finite")
        lower, upper = box
        middle = 0.5 * lower + 0.5 * upper  # half of the least number is 0
        return np.clip(middle, lower, upper), lower, upper, False
    x = as_point(name, x0)
    box = as_bounds(bounds, x.size, name)
    if box is None:
        return x, *no_bounds(x.size), False
    inside = np.minimum(np.maximum(x, box[0]), box[1])
    return inside, *box, bool((inside != x).any())


def as_found(x: Any, bounds: Any) -> tuple[Vector, Vector, Vector]:
    """A point from anywhere and its box, as (x, lower, upper): what another optimiser returned.

    Such a point may be outside a bound by the rounding of its own type; it is moved onto it.
    """
    if isinstance(x, OptimizeResult) or _is_foreign_result(x):
        x = getattr(x, "x", None)
    given = as_point("x", x)
    inside, lower, upper, moved = as_box(given, bounds, "x")
    if moved:
        with np.errstate(over="ignore"):  # an infinite width or distance is as good as a huge one
            unit = np.maximum(np.abs(given), np.minimum(upper - lower, 1.0))
            far = np.abs(given - inside) > 4.0 * _rounding(x) * unit
        if far.any():
            i = int(np.flatnonzero(far)[0])
            raise ValueError(
                f"x={x!r} is outside the bounds: x[{i}]={given[i]}, "
                f"expected {lower[i]} to {upper[i]}"
            )
    return inside, lower, upper


def _rounding(x: Any) -> float:
    """The relative rounding of a number's type, at least that of ours."""
    kind = np.asarray(x).dtype
    own = np.finfo(np.float64).eps
    return float(max(own, np.finfo(kind).eps) if kind.kind == "f" else own)


def _is_foreign_result(x: Any) -> bool:
    """Whether it holds a point called x, and is none itself as a named tuple or a series is."""
    return hasattr(x, "x") and not (hasattr(x, "__len__") or hasattr(x, "__array__"))


def as_count(name: str, value: Any) -> int | None:
    """A limit that counts: a whole number from 1, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        whole = isinstance(value, float) and value.is_integer()
        if not whole:
            raise TypeError(f"{name}={value!r}, expected a whole number from 1, or None")
    if value < 1:
        raise ValueError(f"{name}={value!r}, expected a whole number from 1, or None")
    return min(int(value), 2**63 - 1)  # more than that is no limit at all


def as_starts(value: Any, lower: Vector, upper: Vector) -> int | str | None:
    """How many independent starts: a whole number from 1, "auto", or None. The box is finite."""
    if value is None:
        return None
    if isinstance(value, str):
        if value != "auto":
            raise ValueError(f"starts={value!r}, expected a whole number from 1, 'auto', or None")
    else:
        value = as_count("starts", value)
    endless = ~(np.isfinite(lower) & np.isfinite(upper))
    if endless.any():
        i = int(np.flatnonzero(endless)[0])
        raise ValueError(
            f"starts={value!r} needs finite bounds to draw from, "
            f"but bounds[{i}]=({lower[i]}, {upper[i]})"
        )
    return value  # type: ignore[no-any-return]


def as_float(what: str, value: Any, expected: str) -> float:
    """A real number; True is none."""
    number = as_real_array(what, value, expected)
    if number.ndim > 0 or isinstance(value, bool | np.bool_):
        raise TypeError(f"{what}{value!r}, expected {expected}")
    return float(number)


def as_number(name: str, value: Any, *, positive: bool = False) -> float | None:
    """A real number, or None."""
    if value is None:
        return None
    expected = "a positive number, or None" if positive else "a number, or None"
    number = as_float(f"{name}=", value, expected)
    if math.isnan(number) or (positive and number <= 0):
        raise ValueError(f"{name}={value!r}, expected {expected}")
    return number


def as_positive(name: str, value: Any) -> float:
    """A positive number, and no other."""
    number = as_number(name, value, positive=True)
    if number is None or number == math.inf:
        raise ValueError(f"{name}={value!r}, expected a positive number")
    return number


def as_choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name}={value!r}, expected one of: {', '.join(map(repr, choices))}")
    return value


def as_flag(name: str, value: Any) -> bool:
    """True or False, and nothing that is merely true or false."""
    if value is True or value is False:
        return value
    if not isinstance(value, np.bool_):
        raise TypeError(f"{name}={value!r}, expected True or False")
    return bool(value)


def as_callback(callback: Any) -> tuple[Callable[..., Any], bool]:
    """The callback, and whether it takes an `intermediate_result` rather than x."""
    if not callable(callback):
        raise TypeError(f"callback={callback!r}, expected None or a callable")
    try:
        names = set(inspect.signature(callback).parameters)
    except (TypeError, ValueError):  # some built-in functions have no signature
        names = set()
    return callback, "intermediate_result" in names


def as_options(options: Any) -> dict[Any, Any]:
    """The options as a dictionary; None for none."""
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise TypeError(f"options={options!r}, expected a mapping such as {{'gtol': 1e-6}}")
    return dict(options)


def as_args(args: Any) -> tuple[Any, ...]:
    """Extra positional arguments; a single one need not be in a tuple, as in scipy."""
    return args if isinstance(args, tuple) else (args,)


def as_kwargs(kwargs: Any) -> dict[str, Any] | None:
    """Extra keyword arguments, or None for none."""
    if kwargs is None:
        return None
    if not isinstance(kwargs, Mapping) or not all(isinstance(name, str) for name in kwargs):
        raise TypeError(f"kwargs={kwargs!r}, expected a mapping of keyword arguments, by name")
    return dict(kwargs) or None


def as_generator(rng: Any) -> np.random.Generator:
    """A generator from a seed or generator."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"rng={rng!r}, expected what numpy.random.default_rng takes: {error}"
        ) from None


def as_key(rng: Any) -> tuple[int, int]:
    """The key of the C core's random numbers, drawn from `numpy.random.default_rng(rng)`."""
    first, second = as_generator(rng).integers(0, 2**64, size=2, dtype=np.uint64).tolist()
    return first, second
