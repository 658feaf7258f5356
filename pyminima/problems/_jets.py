"""Exact derivatives of a formula written once: forward differentiation to second order.

A `Jet` is an array whose elements carry their gradient and, if asked for, their
Hessian.  A formula written with numpy operations on `x` therefore yields value,
gradient and Hessian without being written three times.

    A. Griewank & A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, ch. 3 and 10.

Where a formula has a kink, a one-sided derivative is taken (`abs` slopes upward at
0, `sqrt` is level at 0), so a norm answers with a subgradient at its tip.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Formula = Callable[[Any], Any]


def gradient(formula: Formula, x: Vector) -> Vector:
    """Return the gradient of `formula` at `x`."""
    return _scalar(formula, x, second_order=False).grad


def hessian(formula: Formula, x: Vector) -> Matrix:
    """Return the Hessian of `formula` at `x`."""
    hess = _scalar(formula, x, second_order=True).hess
    assert hess is not None
    return hess


def _scalar(formula: Formula, x: Vector, *, second_order: bool) -> Jet:
    n = x.size
    y = formula(Jet(x, np.eye(n), np.zeros((n, n, n)) if second_order else None))
    # A formula that does not depend on x answers with a plain number.
    return y if isinstance(y, Jet) else Jet(y, np.zeros(n), np.zeros((n, n)))


class Jet:
    """An array with derivatives with respect to n variables.

    Parameters
    ----------
    value : array of any shape S
    grad : array of shape S + (n,)
    hess : array of shape S + (n, n), or None to compute gradients only
    """

    __slots__ = ("grad", "hess", "value")

    def __init__(self, value: Any, grad: Vector, hess: Matrix | None) -> None:
        self.value = np.asarray(value, dtype=float)
        n = grad.shape[-1]
        self.grad = np.broadcast_to(grad, (*self.value.shape, n))
        self.hess = None if hess is None else np.broadcast_to(hess, (*self.value.shape, n, n))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        rule = _RULES.get(ufunc)
        if rule is None or method != "__call__" or kwargs:
            return NotImplemented
        return rule(*inputs)

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, key: Any) -> Jet:
        return Jet(self.value[key], self.grad[key], None if self.hess is None else self.hess[key])

    def sum(self, axis: int | None = None) -> Jet:
        """Sum over one axis of the value, or over all of them."""
        axes = tuple(range(self.value.ndim)) if axis is None else axis % self.value.ndim
        hess = None if self.hess is None else self.hess.sum(axis=axes)
        return Jet(self.value.sum(axis=axes), self.grad.sum(axis=axes), hess)

    def prod(self) -> Any:
        """Multiply the elements of a vector."""
        product: Any = 1.0
        for i in range(len(self)):
            product = product * self[i]
        return product

    def __neg__(self) -> Jet:
        return _multiply(self, -1.0)

    def __abs__(self) -> Jet:
        return _absolute(self)

    def __add__(self, other: Any) -> Jet:
        return _add(self, other)

    def __sub__(self, other: Any) -> Jet:
        return _add(self, -other)

    def __mul__(self, other: Any) -> Jet:
        return _multiply(self, other)

    def __truediv__(self, other: Any) -> Jet:
        return _divide(self, other)

    def __pow__(self, exponent: Any) -> Jet:
        return _power(self, exponent)

    def __radd__(self, other: Any) -> Jet:
        return _add(self, other)

    def __rsub__(self, other: Any) -> Jet:
        return _add(-self, other)

    def __rmul__(self, other: Any) -> Jet:
        return _multiply(self, other)

    def __rtruediv__(self, other: Any) -> Jet:
        return _divide(other, self)


def _add(a: Any, b: Any) -> Jet:
    if not isinstance(a, Jet):
        a, b = b, a
    if not isinstance(b, Jet):
        return Jet(a.value + b, a.grad, a.hess)
    hess = None if a.hess is None or b.hess is None else a.hess + b.hess
    return Jet(a.value + b.value, a.grad + b.grad, hess)


def _multiply(a: Any, b: Any) -> Jet:
    if not isinstance(a, Jet):
        a, b = b, a
    if not isinstance(b, Jet):
        c = np.asarray(b, dtype=float)
        hess = None if a.hess is None else c[..., None, None] * a.hess
        return Jet(a.value * c, c[..., None] * a.grad, hess)
    grad = a.value[..., None] * b.grad + b.value[..., None] * a.grad
    hess = None
    if a.hess is not None and b.hess is not None:
        cross = a.grad[..., :, None] * b.grad[..., None, :]
        hess = (
            a.value[..., None, None] * b.hess
            + b.value[..., None, None] * a.hess
            + cross
            + np.swapaxes(cross, -1, -2)
        )
    return Jet(a.value * b.value, grad, hess)


def _divide(a: Any, b: Any) -> Jet:
    return _multiply(a, _power(b, -1) if isinstance(b, Jet) else 1.0 / np.asarray(b))


def _power(a: Jet, exponent: Any) -> Jet:
    p = np.asarray(exponent, dtype=float)
    # A vanishing factor p or p (p - 1) wins over a pole of the power beside it.
    d1 = p * np.power(a.value, np.where(p == 0, 1, p - 1))
    d2 = p * (p - 1) * np.power(a.value, np.where(p * (p - 1) == 0, 1, p - 2))
    return _chain(a, np.power(a.value, p), d1, d2)


def _chain(a: Jet, value: Any, d1: Any, d2: Any) -> Jet:
    """Apply a function of one variable, given its value and two derivatives at `a`."""
    hess = None
    if a.hess is not None:
        outer = a.grad[..., :, None] * a.grad[..., None, :]
        hess = d1[..., None, None] * a.hess + d2[..., None, None] * outer
    return Jet(value, d1[..., None] * a.grad, hess)


def _absolute(a: Jet) -> Jet:
    return _chain(a, np.abs(a.value), np.where(a.value < 0, -1.0, 1.0), np.zeros_like(a.value))


def _exp(a: Jet) -> Jet:
    y = np.exp(a.value)
    return _chain(a, y, y, y)


def _log(a: Jet) -> Jet:
    return _chain(a, np.log(a.value), 1 / a.value, -1 / a.value**2)


def _sin(a: Jet) -> Jet:
    y = np.sin(a.value)
    return _chain(a, y, np.cos(a.value), -y)


def _cos(a: Jet) -> Jet:
    y = np.cos(a.value)
    return _chain(a, y, -np.sin(a.value), -y)


def _sqrt(a: Jet) -> Jet:
    y = np.sqrt(a.value)
    inverse = np.divide(1.0, y, out=np.zeros_like(y), where=y > 0)
    return _chain(a, y, 0.5 * inverse, -0.25 * inverse**3)


def _arctan(a: Jet) -> Jet:
    d1 = 1 / (1 + a.value**2)
    return _chain(a, np.arctan(a.value), d1, -2 * a.value * d1**2)


def _maximum(a: Any, b: Any) -> Any:
    values = [c.value if isinstance(c, Jet) else c for c in (a, b)]
    if np.ndim(values[0]) or np.ndim(values[1]):
        raise TypeError("maximum of jets takes single numbers")
    return a if values[0] >= values[1] else b


def _matmul(a: Matrix, b: Jet) -> Jet:
    hess = None if b.hess is None else np.tensordot(a, b.hess, axes=1)
    return Jet(a @ b.value, a @ b.grad, hess)


_RULES: dict[np.ufunc, Callable[..., Any]] = {
    np.add: _add,
    np.subtract: lambda a, b: _add(a, -b),
    np.multiply: _multiply,
    np.true_divide: _divide,
    np.power: _power,
    np.square: lambda a: _multiply(a, a),
    np.matmul: _matmul,
    np.maximum: _maximum,
    np.absolute: _absolute,
    np.exp: _exp,
    np.log: _log,
    np.sin: _sin,
    np.cos: _cos,
    np.arctan: _arctan,
    np.sqrt: _sqrt,
}
