"""Copositivity of small symmetric matrices: the second-order test on a cone d >= 0.

W. Kaplan, "A test for copositive matrices", Linear Algebra and its Applications 313 (2000):
M is copositive exactly when no principal submatrix has a positive eigenvector with a negative
eigenvalue, strictly copositive when none has one with an eigenvalue <= 0.  The problem is
co-NP-complete (Murty & Kabadi 1987), so all 2^k submatrices are looked at, for k <= LARGEST.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from .classification import Mask, Matrix, Vector
from .dense import eigen

LARGEST = 12  # 4095 submatrices, some 50 ms


def lowest_on_cone(M: Matrix) -> tuple[float, Vector]:
    """The lowest d'Md over unit d >= 0 at which it is stationary, and that d.

    The minimum of d'Md over the unit vectors of the cone is attained at such a point: on the
    face where it lies d is an eigenvector of the principal submatrix, with the value as its
    eigenvalue.  So M is strictly copositive exactly when the value is positive.
    """
    k = len(M)
    if k > LARGEST:
        raise ValueError(f"copositivity of order {k} is asked for, at most {LARGEST} is feasible")
    lowest, direction = np.inf, np.zeros(k)
    for size in range(1, k + 1):
        faces = np.array(list(combinations(range(k), size)))
        values, vectors = eigen(M[faces[:, :, None], faces[:, None, :]])
        values = np.where(_positive(vectors), values, np.inf)
        face, j = np.unravel_index(np.argmin(values), values.shape)
        if values[face, j] < lowest:
            lowest, direction = float(values[face, j]), np.zeros(k)
            direction[faces[face]] = np.abs(vectors[face, :, j])
    return lowest, direction


def _positive(vectors: Vector) -> Mask:
    """Of eigenvectors, the columns of each matrix."""
    # Components of rounding size belong to a smaller face, which is looked at as well.  An
    # eigenvalue of higher multiplicity with a positive vector hidden in its eigenspace meets the
    # border of the cone too, so that a smaller face has the same value.
    tiny = 1e-12
    return np.asarray(np.all(vectors > -tiny, axis=1) | np.all(vectors < tiny, axis=1))
