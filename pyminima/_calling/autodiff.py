"""Gradients made from the objective itself: by automatic differentiation, and by complex steps."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


# In the X of one call of a vectorised objective, as for the core.
MOST_NUMBERS = 1 << 20

# Products of two such lengths still do not underflow; their share of the value is far below its
# rounding, and there is no difference taken that could cancel.
COMPLEX_STEP = 1e-100


@dataclass(frozen=True)
class Derivatives:
    """An objective with its derivatives; x has the shape (n,), or (m, n) if it is vectorised.

    Further arguments (the indices of samples) are passed on to the objective.
    """

    value: Callable[..., Any]
    # Value, and a function of the gradient: where that fails the value is known all the same.
    pair: Callable[..., tuple[Any, Callable[[], Any]]]
    product: Callable[..., Any]  # of the Hessian at one point x with a vector


def differentiate(library: str, fun: Callable[..., Any], vectorized: bool) -> Derivatives:
    """Derivatives of `fun`, which is written in that library.

    A vectorised objective is differentiated through the sum of its values: none of them depends
    on another row, so this one gradient has the gradients of all values as its rows.
    """
    try:
        module = importlib.import_module(library)
    except ImportError as error:
        raise ImportError(
            f"jac={library!r} needs the package {library}: pip install 'pyminima[{library}]'"
        ) from error
    return _WAYS[library](module, _explained(library, fun), vectorized)


def _explained(library: str, fun: Callable[..., Any]) -> Callable[..., Any]:
    """`fun` with a note on its TypeError: it has most likely met what it was not written for."""

    def call(*args: Any) -> Any:
        try:
            return fun(*args)
        except TypeError as error:
            error.add_note(f"pyminima: with jac={library!r} fun has to be written in {library}")
            raise

    return call


def _by_jax(jax: Any, fun: Callable[..., Any], vectorized: bool) -> Derivatives:
    """Compiled once; in double precision, which jax has to be asked for, and only in our calls."""

    def total(x: Any, *more: Any) -> tuple[Any, Any]:
        values = fun(x, *more)
        return (values.sum() if vectorized else values), values

    def along(x: Any, p: Any, *more: Any) -> Any:
        def single(y: Any) -> Any:
            return total(y[None] if vectorized else y, *more)[0]

        return jax.jvp(jax.grad(single), (x,), (p,))[1]

    def exactly(function: Callable[..., Any]) -> Callable[..., Any]:
        compiled = jax.jit(function)

        def call(*args: NDArray[Any]) -> Any:
            with jax.enable_x64(True):
                return compiled(*args)

        return call

    value = exactly(fun)
    both = exactly(jax.value_and_grad(total, has_aux=True))

    def pair(x: Vector, *more: Any) -> tuple[Any, Callable[[], Any]]:
        (_, values), slopes = both(x, *more)
        return values, lambda: slopes

    def rows(X: Vector) -> tuple[Any, Callable[[], Any]]:
        values, slopes = pair(_padded(X))
        return np.asarray(values)[: len(X)], lambda: np.asarray(slopes())[: len(X)]

    if not vectorized:
        return Derivatives(value, pair, exactly(along))
    return Derivatives(lambda X: np.asarray(value(_padded(X)))[: len(X)], rows, exactly(along))


def _padded(X: Vector) -> Vector:
    """X with its last row repeated to a power of two of rows: jax compiles again for each shape."""
    rows = 1 << (len(X) - 1).bit_length()
    return np.concatenate([X, np.repeat(X[-1:], rows - len(X), axis=0)])


def _by_torch(torch: Any, fun: Callable[..., Any], vectorized: bool) -> Derivatives:
    """In double precision, because x is."""

    def value(x: Vector, *more: Any) -> Any:
        return fun(torch.from_numpy(x), *map(torch.tensor, more))

    def pair(x: Vector, *more: Any) -> tuple[Any, Callable[[], Any]]:
        point = torch.from_numpy(x).requires_grad_()
        values = fun(point, *map(torch.tensor, more))

        def slopes() -> Any:
            if not (isinstance(values, torch.Tensor) and values.requires_grad):
                raise TypeError(
                    f"jac='torch', but fun returned {values!r}, expected a tensor that torch has "
                    "computed from x"
                )
            return torch.autograd.grad(values.sum() if vectorized else values, point)[0]

        return values, slopes

    def product(x: Vector, p: Vector, *more: Any) -> Any:
        def single(y: Any) -> Any:
            return fun(y[None], *more).sum() if vectorized else fun(y, *more)

        hvp = torch.autograd.functional.hvp
        return hvp(single, torch.from_numpy(x), torch.from_numpy(p))[1]

    return Derivatives(value, pair, product)


def _by_autograd(autograd: Any, fun: Callable[..., Any], vectorized: bool) -> Derivatives:
    def pair(x: Vector, *more: Any) -> tuple[Any, Callable[[], Any]]:
        backwards, values = autograd.make_vjp(lambda y: fun(y, *more))(x)
        return values, lambda: backwards(autograd.numpy.ones_like(values))

    def single(x: Any, *more: Any) -> Any:
        return autograd.numpy.sum(fun(x[None])) if vectorized else fun(x, *more)

    product = autograd.hessian_vector_product(single)
    return Derivatives(fun, pair, lambda x, p, *more: product(x, *more, p))


_WAYS = {"jax": _by_jax, "torch": _by_torch, "autograd": _by_autograd}
LIBRARIES = tuple(_WAYS)


def complex_step(fun: Callable[..., Any], vectorized: bool) -> Callable[..., Vector]:
    """The gradient of `fun`, (n,) or (m, n), exact to rounding, from its values at x + ih e.

    Im f(x + ih e) / h = f'(x) + O(h^2), without a difference: W. Squire & G. Trapp, "Using complex
    variables to estimate derivatives of real functions", SIAM Rev. 40, 1998.  It takes n values,
    and a `fun` that computes with complex numbers, by analytic functions alone.
    """

    def gradient(x: Vector, *args: Any, **kwargs: Any) -> Vector:
        n = x.shape[-1]
        rows, slopes = x.reshape(-1, n), np.empty(x.size)
        together = max(1, MOST_NUMBERS // n) if vectorized else 1
        for first in range(0, x.size, together):
            k = np.arange(first, min(first + together, x.size))
            Z = rows[k // n].astype(np.complex128)
            Z[k - first, k % n] += 1j * COMPLEX_STEP
            try:
                F = np.asarray(fun(Z if vectorized else Z[0], *args, **kwargs))
            except TypeError as error:
                error.add_note("pyminima: with jac='cs' fun is called with complex x")
                raise
            if F.dtype.kind != "c":
                raise TypeError(
                    f"jac='cs', but fun returned {F.dtype} for complex x, expected complex numbers"
                )
            with np.errstate(over="ignore"):  # a slope may be infinite
                slopes[k] = F.imag.reshape(k.shape) / COMPLEX_STEP
        return slopes.reshape(x.shape)

    return gradient
