"""From what the user calls an objective to the evaluator of the C core."""

from __future__ import annotations

from _ctypes import CFuncPtr
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy import LowLevelCallable

from pyminima import _core
from pyminima._arguments import as_args, as_choice, as_flag, as_kwargs
from pyminima._calling.autodiff import LIBRARIES, complex_step, differentiate
from pyminima._running.evaluations import Curvature

# Where gradients come from, by name; those differenced by the core, and one by complex steps.
DIFFERENCED = ("2-point", "3-point")
SOURCES = (*DIFFERENCED, "cs", *LIBRARIES)


def is_differenced(jac: Any) -> bool:
    """Whether `jac` names a formula for real differences."""
    return isinstance(jac, str) and jac in DIFFERENCED


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


class Objective(NamedTuple):
    """The user's functions as they were given, and what is done about their faults."""

    fun: Any = None
    args: Any = ()
    kwargs: Any = None
    jac: Any = None
    hess: Any = None
    hessp: Any = None
    nan_policy: str = "reject"
    on_error: str = "raise"
    vectorized: bool = False
    n_samples: int | None = None

    def evaluator(self, n: int) -> _core.Evaluator:
        """Check the objective and its gradient, and wrap them for the core."""
        fun, jac = self.fun, self.jac
        make = (
            _core.Evaluator
            if self.n_samples is None
            else partial(_core.SampledEvaluator, n_samples=self.n_samples)
        )
        refuse_nan = as_choice("nan_policy", self.nan_policy, ("reject", "raise")) == "raise"
        reject_errors = as_choice("on_error", self.on_error, ("raise", "reject")) == "reject"
        vectorized = as_flag("vectorized", self.vectorized)
        jac = bool(jac) if isinstance(jac, np.bool_) else jac
        capsule = None if type(fun).__name__ == "function" else _capsule(fun)
        if capsule is not None:
            if self.args not in ((), None) or self.kwargs:
                raise ValueError(
                    "args and kwargs do not reach a compiled objective: use its user data"
                )
            if vectorized:
                raise ValueError(
                    "vectorized=True with a compiled objective: it takes one point a call"
                )
            evaluator = make(n, fun, capsule=capsule, refuse_nan=refuse_nan)
            fits = jac is True if evaluator.has_gradient else is_differenced(jac)
            if not (jac is None or fits):
                raise ValueError(
                    f"jac={jac!r} with a compiled objective: leave it out, or give an objective "
                    "that writes its own gradient"
                )
            return evaluator
        if not callable(fun):
            call = "fun(x)" if self.n_samples is None else "fun(x, indices)"
            raise TypeError(f"fun={fun!r}, expected a callable {call} -> float")
        args, kwargs = as_args(self.args), as_kwargs(self.kwargs) or {}
        policies: dict[str, Any] = {
            "refuse_nan": refuse_nan,
            "reject_errors": reject_errors,
            "vectorized": vectorized,
        }
        if isinstance(jac, str) and as_choice("jac", jac, SOURCES) in LIBRARIES:
            bound = (lambda *first: fun(*first, *args, **kwargs)) if args or kwargs else fun
            made = differentiate(jac, bound, vectorized)
            evaluator = make(n, made.value, pair=made.pair, deferred=True, **policies)
            evaluator.product = made.product
            return evaluator
        return make(n, **_callables(fun, jac, n, vectorized), args=args, kwargs=kwargs, **policies)

    def curvature(self, evaluator: _core.Evaluator) -> Curvature:
        """The user's second derivatives with the extra arguments bound to them."""
        hess, hessp = self.hess, self.hessp
        if hess is None and hessp is None:
            return Curvature()
        for name, function, call in (("hess", hess, "hess(x)"), ("hessp", hessp, "hessp(x, p)")):
            if function is not None and not callable(function):
                raise TypeError(f"{name}={function!r}, expected None or a callable {call}")
        extra, named = as_args(self.args), as_kwargs(self.kwargs) or {}
        if isinstance(evaluator, _core.SampledEvaluator):
            extra = (evaluator.everything, *extra)
        return Curvature(
            None if hess is None else lambda x: hess(x, *extra, **named),
            None if hessp is None else lambda x, p: hessp(x, p, *extra, **named),
        )


def _callables(fun: Any, jac: Any, n: int, vectorized: bool) -> dict[str, Any]:
    """What the evaluator calls for values and gradients."""
    if jac is True:
        return {"pair": fun}
    if jac is None or jac is False or is_differenced(jac):
        return {"fun": fun}
    if jac == "cs":
        return {"fun": fun, "jac": complex_step(fun, vectorized), "gradient_cost": n}
    if callable(jac):
        return {"fun": fun, "jac": jac}
    raise TypeError(
        f"jac={jac!r}, expected None, True, a callable jac(x) -> gradient, or one of: "
        f"{', '.join(map(repr, SOURCES))}"
    )
