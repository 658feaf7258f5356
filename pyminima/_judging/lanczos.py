"""The ends of the spectrum of a symmetric operator, from its products with vectors, with bounds.

The Lanczos recursion with full reorthogonalisation (Golub & Van Loan, "Matrix Computations", 2013,
chapter 10).  Ritz values lie inside the spectrum, so they bound the smallest eigenvalue from above
only.  The bound from below is that of van Dorsselaer, Hochstenbach & van der Vorst, "Computing
probabilistic bounds for extreme eigenvalues of symmetric matrices with the Lanczos method", SIAM J.
Matrix Anal. Appl. 22 (2000): q_(k+1) = p_k(A) q_1 is of length 1, so |c p_k(lambda)| <= 1 for every
eigenvalue lambda and the component c of q_1 along its eigenvector; p_k, whose zeros are the Ritz
values, grows without end outside of them; and a random q_1 has |c| < delta only with a probability
that is known.  The event is the same for every k: one may stop as soon as the bound suffices.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.special import betaincinv

from .classification import Vector
from .dense import least_squares

FAILURE = 1e-4  # probability that a bound does not hold
MOST_BYTES = 2**30  # for the basis; where the steps do not fit in, it is kept in single precision
BLOCK = 8  # vectors of the basis for which memory is taken at a time


def least_component(n: int, failure: float = FAILURE) -> float:
    """The length that a component of a random unit vector in n dimensions falls short of rarely.

    Its square has the beta distribution with parameters 1/2 and (n - 1)/2.
    """
    return math.sqrt(float(betaincinv(0.5, 0.5 * (n - 1), failure))) if n > 1 else 1.0


class Lanczos:
    """The recursion: A Q = Q T + beta q e', with T tridiagonal, one product a step.

    `strayed` is the norm of the components along earlier vectors that vanish if the products are
    those of one symmetric matrix: a measure of their errors that costs nothing.
    """

    def __init__(self, product: Callable[[Vector], Vector], start: Vector, steps: int) -> None:
        n = self.size = len(start)
        self.product = product
        self.length = float(np.linalg.norm(start))  # of the start
        self.strayed = 0.0
        self.alpha: list[float] = []
        self.beta: list[float] = []  # the last one is the length of the residual
        self.invariant = False  # A maps the space into itself: the Ritz values are eigenvalues
        self.number = np.float64 if 8 * n * steps <= MOST_BYTES else np.float32
        self.most = max(1, min(steps, n, MOST_BYTES // (np.dtype(self.number).itemsize * n)))
        self._blocks: list[NDArray[Any]] = []  # the basis, its vectors as rows
        self._next, self._last = start / self.length, np.zeros(0)
        self._values = np.zeros(0)

    @property
    def steps(self) -> int:
        """Steps made."""
        return len(self.alpha)

    @property
    def may_go_on(self) -> bool:
        """Whether there is room for another step, and anything left to find."""
        return not self.invariant and self.steps < self.most

    @property
    def rounding(self) -> float:
        """What the arithmetic of the recursion may have moved the eigenvalues by."""
        return 4.0 * float(np.finfo(self.number).eps) * float(np.max(np.abs(self.values)))

    def step(self) -> None:
        """One product, made orthogonal to all vectors before it."""
        k, q = self.steps, self._next
        if k % BLOCK == 0:
            rows = min(BLOCK, self.most - k)
            self._blocks.append(np.zeros((rows, len(q)), dtype=self.number))
        self._blocks[-1][k % BLOCK] = q
        w = self.product(q)
        size = float(np.linalg.norm(w))
        alpha = float(q @ w)
        w = w - alpha * q
        if k:
            w -= self.beta[-1] * self._last
        for block in self._blocks:
            excess = block @ w.astype(self.number)
            w -= excess @ block
            self.strayed = math.hypot(self.strayed, float(np.linalg.norm(excess)))
        beta = float(np.linalg.norm(w))
        if not math.isfinite(beta):
            raise ArithmeticError("a product with the Hessian is not finite")
        self.alpha.append(alpha)
        self.beta.append(beta)
        self.invariant = bool(k + 1 == len(q) or beta <= 4.0 * np.finfo(self.number).eps * size)
        self._last = q
        self._next = w / beta if beta > 0.0 else w
        self._values = np.zeros(0)

    # --------------------------------------------------------------------------- the eigenvalues

    @property
    def values(self) -> Vector:
        """Ritz values, ascending."""
        if not len(self._values):
            self._values = eigh_tridiagonal(self.alpha, self.beta[:-1], eigvals_only=True)
        return self._values

    def vector(self, j: int) -> Vector:
        """Ritz vector j (negative: from above)."""
        y = self._combination(self._inside(j))
        return y / float(np.linalg.norm(y))

    def vector_residual(self, j: int) -> float:
        """The length of A y - theta y for Ritz vector j: an eigenvalue is as close to theta."""
        return abs(self.beta[-1] * float(self._inside(j)[-1]))

    def _inside(self, j: int) -> Vector:
        j %= self.steps
        found = eigh_tridiagonal(self.alpha, self.beta[:-1], select="i", select_range=(j, j))
        return np.asarray(found[1][:, 0])

    def _combination(self, s: Vector) -> Vector:
        y = np.zeros(self.size)
        for k, block in enumerate(self._blocks):
            part = s[BLOCK * k : BLOCK * (k + 1)]
            y += part.astype(self.number) @ block[: len(part)]
        return y

    def excludes(self, level: float, above: bool = False, failure: float = FAILURE) -> bool:
        """Whether no eigenvalue is at or below the level (`above`: at or above it)."""
        inside = level >= self.values[-1] if above else level <= self.values[0]
        if self.invariant or not inside:
            return bool(inside)
        with np.errstate(divide="ignore"):  # log 0 at a Ritz value: p is 0 there
            growth = np.sum(np.log(np.abs(self.values - level))) - np.sum(np.log(self.beta))
        return bool(growth >= -math.log(least_component(self.size, failure)))

    def bound(self, above: bool = False, failure: float = FAILURE) -> float:
        """The highest level excluded below all eigenvalues (`above`: the lowest one above)."""
        sign = 1.0 if above else -1.0
        end = float(self.values[-1 if above else 0])
        if self.invariant:
            return end
        near, far = 0.0, max(abs(end), float(np.ptp(self.values)), self.beta[-1])
        while not self.excludes(end + sign * far, above, failure):
            far *= 2.0
        for _ in range(40):
            middle = 0.5 * (near + far)
            if self.excludes(end + sign * middle, above, failure):
                far = middle
            else:
                near = middle
        return end + sign * far

    # --------------------------------------------------------------------------- linear equations

    def solution(self) -> Vector:
        """The y in the space with the shortest A y - start (MINRES, Paige & Saunders 1975)."""
        return self._combination(self._least_squares()[0])

    def newton_step(self, g: Vector, least: float) -> Vector:
        """-A^{-1} g within the space, from its Ritz pairs; values below `least` count as it."""
        inside = np.concatenate([block @ g.astype(self.number) for block in self._blocks])
        values, S = eigh_tridiagonal(self.alpha, self.beta[:-1])
        values = np.copysign(np.maximum(np.abs(values), least), values)
        return self._combination(-S @ ((S.T @ inside[: self.steps]) / values))

    def residual(self) -> float:
        """The length of A y - start."""
        return self._least_squares()[1]

    def _least_squares(self) -> tuple[Vector, float]:
        k = self.steps
        T = np.diag(self.alpha) + np.diag(self.beta[:-1], 1) + np.diag(self.beta[:-1], -1)
        T = np.vstack([T, self.beta[-1] * np.eye(1, k, k - 1)])
        right = self.length * np.eye(1, k + 1)[0]
        s = least_squares(T, right)
        return s, float(np.linalg.norm(T @ s - right))
