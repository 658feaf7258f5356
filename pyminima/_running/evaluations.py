"""What the classification may ask for, counted and limited by the evaluator of the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from pyminima import _core
from pyminima._arguments import Vector
from pyminima._judging.case import LARGEST_DENSE
from pyminima._judging.landscape import BudgetSpent
from pyminima._running.status import TEXT, Status


class Curvature(NamedTuple):
    """The user's second derivatives: the Hessian at x, and its product with a vector."""

    hess: Callable[[Vector], Any] | None = None
    hessp: Callable[[Vector, Vector], Any] | None = None


class Evaluations:
    """The user's functions for a verdict, all n variables; see the protocol in `landscape`."""

    def __init__(self, evaluator: _core.Evaluator, n: int, curvature: Curvature) -> None:
        self._evaluator = evaluator
        self._curvature = curvature
        self.n = n
        self.nhev = 0
        # A gradient that costs n evaluations pays only where the verdict measures a dense Hessian.
        dear = evaluator.gradient_cost > 0 and n > LARGEST_DENSE
        self.has_gradient = evaluator.has_gradient and not dear
        self.has_hessian = curvature.hess is not None
        self.has_product = curvature.hessp is not None
        self._last_hessian: tuple[Vector, Vector | sparse.spmatrix] | None = None

    @property
    def nfev(self) -> int:
        """Evaluations so far."""
        return self._evaluator.nfev

    def _batch(self, X: Vector, gradients: bool) -> tuple[Vector, Vector | None]:
        if len(X) and (spent := self._evaluator.spent()):
            raise BudgetSpent(TEXT[Status(spent)])
        stop, F, G = self._evaluator.batch(X, gradients)
        if stop:
            raise BudgetSpent(TEXT[Status(stop)])
        return F, G

    def values(self, X: Vector) -> Vector:
        """Values (m,) at the rows of X (m, n)."""
        return self._batch(X, False)[0]

    def gradients(self, X: Vector) -> tuple[Vector, Vector]:
        """Values (m,) and gradients (m, n)."""
        F, G = self._batch(X, True)
        assert G is not None
        return F, G

    def look(self) -> None:
        """Raise `BudgetSpent` if the time is over."""
        if self._evaluator.spent() == Status.TIME:
            raise BudgetSpent(TEXT[Status.TIME])

    def hessian(self, x: Vector) -> Vector | sparse.spmatrix:
        """The user's Hessian (n, n), dense or sparse as it was given."""
        hess = self._curvature.hess
        assert hess is not None
        self.nhev += 1
        given = hess(x.copy())
        if sparse.issparse(given):
            _core.as_real_array("hess returned a sparse matrix of ", given.data, "real numbers")
            H = given
        else:
            H = _core.as_real_array("hess returned ", given, "real numbers")
            H = H.reshape(1, 1) if self.n == H.size == 1 else H
        if H.shape != (self.n, self.n):
            raise ValueError(
                f"hess returned an array of shape {H.shape}, expected ({self.n}, {self.n})"
            )
        return H

    @property
    def has_products(self) -> bool:
        """Whether the Hessian can be multiplied with vectors."""
        return self.has_hessian or self.has_product

    def products(self, x: Vector, V: Vector) -> Vector:
        """The Hessian at x times the rows of V (m, n); the one of the last x is kept."""
        if not self.has_hessian:
            return np.array([self.product(x, v) for v in V])
        if self._last_hessian is None or not np.array_equal(self._last_hessian[0], x):
            self._last_hessian = x.copy(), self.hessian(x)
        H = self._last_hessian[1]
        with np.errstate(all="ignore"):  # the method handles what is not finite
            return np.asarray((H @ V.T).T)

    def product(self, x: Vector, v: Vector) -> Vector:
        """The user's Hessian at x times v, (n,)."""
        hessp = self._curvature.hessp
        assert hessp is not None
        self.nhev += 1
        given = hessp(x.copy(), v.copy())
        Hv = _core.as_real_array("hessp returned ", given, "real numbers")
        if Hv.size != self.n:
            raise ValueError(f"hessp returned an array of shape {Hv.shape}, expected ({self.n},)")
        return Hv.reshape(self.n)
