"""From a saddle, every method ends in a minimum: verdict and escape see to it.

Starts where the gradient vanishes, or points at the saddle: factorisations of matrices and deep
linear networks from zero, whose only critical points are global minima and saddles (K. Kawaguchi,
NeurIPS 2016), of an order up to the number of layers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

import pyminima
from pyminima import minimize
from pyminima._judging.classification import NO_MINIMA

METHODS = [method.name for method in pyminima.methods()]


@dataclass(frozen=True)
class Case:
    fun: Callable[[np.ndarray], tuple[float, np.ndarray]]
    x0: np.ndarray
    lowest: float


def symmetric(rank: int) -> Case:
    """|U U' - A|^2 / 4 from U = 0, with A = diag(3, 2, 1, 0.5): what is left are the lower ones."""
    eigenvalues = np.array([3.0, 2.0, 1.0, 0.5])
    A = np.diag(eigenvalues)

    def fun(x):
        U = x.reshape(4, rank)
        R = U @ U.T - A
        return 0.25 * np.sum(R * R), (R @ U).ravel()

    return Case(fun, np.zeros(4 * rank), 0.25 * float(np.sum(eigenvalues[rank:] ** 2)))


def general(rank: int) -> Case:
    """|U V' - A|^2 / 2 from U = V = 0, A of shape (4, 3) with the singular values 3, 2, 1."""
    A = np.zeros((4, 3))
    A[[0, 1, 2], [1, 2, 0]] = 3.0, 2.0, 1.0

    def fun(x):
        U, V = x[: 4 * rank].reshape(4, rank), x[4 * rank :].reshape(3, rank)
        R = U @ V.T - A
        return 0.5 * np.sum(R * R), np.concatenate([(R @ V).ravel(), (R.T @ U).ravel()])

    return Case(fun, np.zeros(7 * rank), 0.5 * float(np.sum(np.array([3.0, 2.0, 1.0])[rank:] ** 2)))


def network(layers: int) -> Case:
    """|W_k ... W_1 - A|^2 / 2 from zero, all of shape (2, 2): a saddle of the order k."""
    A = np.array([[1.5, 0.2], [-0.3, 1.0]])

    def fun(x):
        W = x.reshape(layers, 2, 2)
        below = [np.eye(2)]
        for w in W:
            below.append(w @ below[-1])
        R = below[-1] - A
        G, back = np.empty_like(W), R
        for k in range(layers - 1, -1, -1):
            G[k] = back @ below[k].T
            back = W[k].T @ back
        return 0.5 * np.sum(R * R), G.ravel()

    return Case(fun, np.zeros(4 * layers), 0.0)


def ridge() -> Case:
    """x^2 + (y^2 - 1)^2 from (1, 0): downhill leads to the saddle."""

    def fun(x):
        return x[0] ** 2 + (x[1] ** 2 - 1) ** 2, np.array([2 * x[0], 4 * x[1] * (x[1] ** 2 - 1)])

    return Case(fun, np.array([1.0, 0.0]), 0.0)


CASES = {
    "symmetric rank 1": symmetric(1),
    "symmetric rank 3": symmetric(3),
    "general rank 1": general(1),
    "general rank 3": general(3),
    "network of 3 layers": network(3),
    "network of 4 layers": network(4),
    "ridge": ridge(),
}


# Here the minimum is a point; elsewhere it is a valley of up to twelve dimensions, of which a
# verdict may well be "undetermined", but never "saddle".
ISOLATED = {"symmetric rank 1", "ridge"}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_ends_in_a_minimum(method, name):
    case = CASES[name]
    res = minimize(case.fun, case.x0, jac=True, method=method, rng=1, max_evals=20_000)
    assert res.fun == pytest.approx(case.lowest, abs=1e-6), res
    assert res.classification.is_minimum or name not in ISOLATED, res
    assert res.classification.point not in NO_MINIMA, res


def test_the_way_out_is_the_curvature_that_promises_most():
    # A stationary point of the factorisation, where a singular value of 2 is missing, and the
    # entries found already are off by 1e-12: in scaled variables their curvature counts as much.
    case = CASES["general rank 3"]
    x = np.zeros(21)
    x[[2, 17]] = -np.sqrt(3.0)
    x[[6, 12]] = -1.0, -1.0 + 1e-12
    verdict = pyminima.classify(case.fun, x, jac=True)
    assert verdict.point == "saddle"


def nearly_found(k: int) -> tuple[Callable[[np.ndarray], tuple[float, np.ndarray]], np.ndarray]:
    """Where two of three singular values are found but for 1e-16 to 1e-10.

    What they are off by is the curvature of a pair of variables, which is 0 at the saddle itself.
    """
    rng = np.random.default_rng(k)
    rows, columns, factors = rng.permutation(4)[:3], rng.permutation(3), rng.permutation(3)
    A, U, V = np.zeros((4, 3)), np.zeros((4, 3)), np.zeros((3, 3))
    A[rows, columns] = 3.0, 2.0, 1.0
    for s, factor in zip(rng.permutation(3)[:2], factors, strict=False):
        root = np.sqrt(A[rows[s], columns[s]])
        U[rows[s], factor] = root
        V[columns[s], factor] = root * (1.0 + rng.choice([-1.0, 1.0]) * 10 ** rng.uniform(-16, -10))

    def fun(x):
        U, V = x[:12].reshape(4, 3), x[12:].reshape(3, 3)
        R = (U[:, None] * V).sum(axis=2) - A
        by_U, by_V = (R[:, :, None] * V).sum(axis=1), (R[:, :, None] * U[:, None]).sum(axis=0)
        return 0.5 * np.sum(R * R), np.concatenate([by_U.ravel(), by_V.ravel()])

    return fun, np.concatenate([U.ravel(), V.ravel()])


def test_a_clear_curvature_is_not_hidden_by_one_of_1e_12():
    # In scaled variables both are -1, and their eigenvectors any mixture of the two. The small one
    # is none of the saddle's own: nothing of it is counted in the index.
    right = 0
    for k in range(300):
        fun, x = nearly_found(k)
        verdict = pyminima.classify(fun, x, jac=True)
        clear = np.sum(verdict.eigenvalues < -1e-3)
        right += verdict.point == "saddle" and verdict.index == clear > 0
    assert right == 300
