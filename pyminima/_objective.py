"""From what the user calls an objective to the evaluator of the C core."""

from __future__ import annotations

from _ctypes import CFuncPtr
from functools import partial
from typing import Any

from scipy import LowLevelCallable

from pyminima import _core
from pyminima._arguments import as_args, as_choice, as_flag, as_kwargs


def _capsule(fun: Any) -> Any:
    """The capsule (signature, function, user data) of a compiled objective; None for Python's own.

    Everything compiled is brought to a `scipy.LowLevelCallable` first: numba's ``cfunc`` has a
    ctypes face, and ctypes and cffi function pointers are known to scipy.
    """
    pointer = getattr(fun, "ctypes", None)
    if isinstance(pointer, CFuncPtr):
        fun = pointer
    if isinstance(fun, CFuncPtr):
        if fun.argtypes is None:
            raise TypeError(f"fun={fun!r} is a ctypes function: set its restype and argtypes")
        fun = LowLevelCallable(fun)
    elif type(fun).__name__ == "PyCapsule" or type(fun).__module__ == "_cffi_backend":
        fun = LowLevelCallable(fun)
    return tuple.__getitem__(fun, 0) if isinstance(fun, LowLevelCallable) else None


def as_evaluator(
    fun: Any,
    n: int,
    args: Any = (),
    kwargs: Any = None,
    jac: Any = None,
    nan_policy: str = "reject",
    on_error: str = "raise",
    vectorized: bool = False,
    n_samples: int | None = None,
) -> _core.Evaluator:
    """Check the objective and its gradient, and wrap them for the core."""
    make = (
        _core.Evaluator
        if n_samples is None
        else partial(_core.SampledEvaluator, n_samples=n_samples)
    )
    refuse_nan = as_choice("nan_policy", nan_policy, ("reject", "raise")) == "raise"
    reject_errors = as_choice("on_error", on_error, ("raise", "reject")) == "reject"
    vectorized = as_flag("vectorized", vectorized)
    capsule = None if type(fun).__name__ == "function" else _capsule(fun)
    if capsule is not None:
        if args not in ((), None) or kwargs:
            raise ValueError("args and kwargs do not reach a compiled objective: use its user data")
        if vectorized:
            raise ValueError("vectorized=True with a compiled objective: it takes one point a call")
        evaluator = make(n, fun, capsule=capsule, refuse_nan=refuse_nan)
        if jac is not None and not (jac is True and evaluator.has_gradient):
            raise ValueError(
                f"jac={jac!r} with a compiled objective: leave it out, or give an objective that "
                "writes its own gradient"
            )
        return evaluator
    if not callable(fun):
        call = "fun(x)" if n_samples is None else "fun(x, indices)"
        raise TypeError(f"fun={fun!r}, expected a callable {call} -> float")
    if not (jac is None or jac is False or jac is True or callable(jac)):
        raise TypeError(f"jac={jac!r}, expected None, True or a callable jac(x) -> gradient")
    return make(
        n,
        fun,
        jac=jac or None,
        args=as_args(args),
        kwargs=as_kwargs(kwargs),
        refuse_nan=refuse_nan,
        reject_errors=reject_errors,
        vectorized=vectorized,
    )
