"""Signs of the eigenvalues of a symmetric matrix that is known only to within error bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .classification import Matrix, Vector
from .dense import eigen, eigenvalues, spectral_norm
from .landscape import EPS

SAFETY = 2.0  # truncation errors are themselves estimates
TIE = 1e-6  # relative: errors this close differ by rounding only


@dataclass(frozen=True)
class Spectrum:
    """Inertia of a symmetric matrix known to within E, decided in scaled variables.

    With any positive diagonal D the matrices H and DHD have the same inertia (Sylvester); D is
    chosen so that rows of DHD are of size 1, which keeps a curvature of 1e-6 from being lost in
    the error of another of 1e6.  An eigenvalue of DHD is off by at most the norm of its error
    (Weyl).  Of a symmetric matrix of independent errors of standard deviation s_ij that is about
    2 max_i (sum_j s_ij^2)^(1/2) (Bandeira & van Handel, Ann. Probab. 44 (2016)).  The entries of E
    are three standard errors, or the difference to a formula of lower order; tau is twice the
    longest row of DED, three times the norm to be expected.
    """

    rows: list[int]
    values: Vector  # eigenvalues of DHD, ascending
    vectors: Matrix  # columns: D times the eigenvectors, in all n variables
    tau: float
    D: Vector
    user_values: Vector  # eigenvalues of H itself, and their error
    user_error: float

    @classmethod
    def of(
        cls,
        H: Matrix,
        E: Matrix,
        rows: list[int],
        n: int,
        unit: Vector | None = None,
        negligible: float = 0.0,
    ) -> Spectrum:
        """Spectrum of the block of H that belongs to the rows.

        With `unit` the scaling is given, and so is tau, as a fraction of the largest eigenvalue.
        """
        H, E = H[rows][:, rows], E[rows][:, rows]
        D = equilibrate(H, E) if unit is None else unit
        if not np.isfinite(E).all():
            E = np.where(np.isfinite(E), E, 1e300)
        error = SAFETY * spectral_norm(E) + 4.0 * EPS * spectral_norm(H)
        user_values = eigenvalues(H)

        def scaled(D: Vector) -> Spectrum:
            values, V = eigen(D[:, None] * H * D)
            size = float(np.max(np.abs(values)))
            longest = float(np.linalg.norm(D[:, None] * E * D, axis=1).max())
            tau = SAFETY * longest + 4.0 * EPS * len(rows) * max(size, 1.0)
            vectors = np.zeros((n, len(rows)))
            vectors[rows] = D[:, None] * V
            tau = tau if unit is None else negligible * size
            return cls(rows, values, vectors, tau, D, user_values, error)

        found = scaled(D)
        own = np.abs(np.diag(H))
        if unit is None and np.any((own > SAFETY * np.diag(E)) & (D * own * D <= found.tau)):
            # A curvature clear of its own error is hidden by those of other rows: scale by errors.
            other = scaled(_unit_rows(E))
            found = other if other.null < found.null else found
        return found

    @property
    def negative(self) -> int:
        """How many eigenvalues are negative beyond their error: the Morse index."""
        return int(np.count_nonzero(self.values < -self.tau))

    @property
    def positive(self) -> int:
        """How many eigenvalues are positive beyond their error."""
        return int(np.count_nonzero(self.values > self.tau))

    @property
    def null(self) -> int:
        """How many eigenvalues cannot be told from zero."""
        return len(self.values) - self.negative - self.positive

    @property
    def unknown(self) -> bool:
        """Whether the error bound is useless: some second difference was not finite."""
        return not self.tau < 1e100

    def columns(self, sign: int) -> Matrix:
        """Directions of negative, null or positive curvature."""
        which = np.where(self.values > self.tau, 1, np.where(self.values < -self.tau, -1, 0))
        return self.vectors[:, which == sign]

    def describe(self, k: int) -> str:
        """Eigenvalue k with its error: of H if that is beyond doubt, else of the scaled matrix."""
        if abs(self.user_values[k]) > self.user_error:
            return f"{self.user_values[k]:.3g} with error {self.user_error:.1g}"
        return f"{self.values[k]:.3g} with error {self.tau:.1g} in scaled variables"


def equilibrate(H: Matrix, E: Matrix) -> Vector:
    """Diagonal D for which the known entries of DHD are about 1 at most, one of each row about 1.

    Rows without a known entry get a D so small that their errors do not blur the others.
    """
    E = np.where(np.isfinite(E), E, 1e300)
    size = np.abs(H)
    M = np.where(size > E, size, 0.0)
    known = M.max(axis=1, initial=0.0) > 0
    if known.all():  # the ordinary case, without the bookkeeping of the general one
        D = _unit_rows(M)
        if (D[:, None] * E * D).max() <= 0.1:
            return D
    while known.any():
        K = np.flatnonzero(known)
        D = np.ones(len(H))
        D[K] = _unit_rows(M[np.ix_(K, K)])
        blur = np.max((D[:, None] * E * D)[np.ix_(K, K)], axis=1)
        if np.max(blur) <= 0.1 and np.all(np.max(M[np.ix_(K, K)], axis=1) > 0):
            break
        blur[np.max(M[np.ix_(K, K)], axis=1) == 0] = np.inf
        # An entry belongs to two rows: drop the one whose own curvature is known less.
        worst = np.flatnonzero(blur >= (1.0 - TIE) * np.max(blur))
        known[K[worst[int(np.argmax((D * np.diag(E) * D)[K[worst]]))]]] = False
    else:
        return _unit_rows(E)
    tau = max(spectral_norm((D[:, None] * E * D)[np.ix_(K, K)]), 1e-12)
    for i in np.flatnonzero(~known):
        cross = tau / (math.sqrt(len(H)) * np.maximum(E[i, K] * D[K], 1e-300))
        D[i] = min(float(np.min(cross)), math.sqrt(tau / max(E[i, i], 1e-300)))
        # Entries that were known, but only as tiny ones, must not exceed their error either.
        excess = float(np.max(np.abs(H[i, K]) * D[K])) * D[i]
        D[i] *= min(1.0, tau / excess) if excess > 0 else 1.0
    return D


def _unit_rows(M: Matrix) -> Vector:
    """Diagonal D that makes the largest entry of each row of DMD nearly 1, for M >= 0 (Ruiz).

    Starting from the diagonal, which settles a definite M at once.
    """
    diagonal = np.diagonal(M)
    D = 1.0 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    for _ in range(40):  # every round halves the logarithms
        size = (D[:, None] * M * D).max(axis=1, initial=0.0)
        size[size == 0.0] = 1.0
        if size.max() <= 1.25 and size.min() >= 0.8:
            break
        D = D / np.sqrt(size)
    return D
