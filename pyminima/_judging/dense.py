"""Factorisations of dense matrices, and none of one that is not finite: LAPACK prints at that."""

from __future__ import annotations

import numpy as np

from .classification import Matrix, Vector


def _finite(A: Matrix) -> Matrix:
    if not np.isfinite(A).all():
        raise np.linalg.LinAlgError("the matrix is not finite")
    return A


def eigen(H: Matrix) -> tuple[Vector, Matrix]:
    """Eigenvalues, in ascending order, and eigenvectors, as columns, of a symmetric matrix."""
    values, V = np.linalg.eigh(_finite(H))
    return values, V


def eigenvalues(H: Matrix) -> Vector:
    """The eigenvalues of a symmetric matrix, in ascending order."""
    return np.asarray(np.linalg.eigvalsh(_finite(H)))


def spectral_norm(A: Matrix) -> float:
    """The largest singular value."""
    return float(np.linalg.norm(_finite(A), 2))


def solve(A: Matrix, B: Matrix) -> Matrix:
    """The X with A X = B."""
    return np.asarray(np.linalg.solve(_finite(A), _finite(B)))


def least_squares(A: Matrix, B: Matrix) -> Matrix:
    """The shortest X of those that minimise |A X - B|."""
    return np.asarray(np.linalg.lstsq(_finite(A), _finite(B), rcond=None)[0])
