"""The Hessian as products with vectors, in scaled variables, with the error of such a product."""

from __future__ import annotations

import math

import numpy as np

from .case import Case
from .classification import Mask, Vector
from .landscape import EPS, FIRST_STEP

NARROW = 1e-2 * FIRST_STEP  # of a unit: the second step, which shows the truncation of the first
ALIKE = 100.0  # units that differ by less than this factor need no scaling
ROUNDS = 8  # of equilibration at most
EVEN = 50.0  # rows of a random matrix differ by a factor of 30, by this measure
BESIDE_NOISE = 10.0  # times the noise: the length of a row is then known to a tenth
TINY = 1e-24  # beside the longest row: shorter ones are 0
UNLIKE = 10_000.0  # curvatures along the variables that differ by more than this need scaling


class Products:
    """v -> D H D v over some of the variables, for a positive diagonal D.

    H and DHD have the same inertia (Sylvester), so D is free; it is chosen for the condition.
    The product is the user's (`hess`, `hessp`) once a difference of gradients has agreed with it.
    Otherwise it is that difference, (g(x + h D v) - g(x)) / h at one evaluation, with h such that
    no variable moves by more than `step` units.  `error` bounds the length of the error of a
    product with a unit vector: noise of two gradients over h, and truncation, h times a slope that
    two steps show.
    """

    def __init__(self, case: Case, rows: Mask, D: Vector | None = None) -> None:
        land = case.land
        self.case, self.land = case, land
        self.mask = rows
        self.rows = slice(None) if rows.all() else np.flatnonzero(rows)
        self.size = int(np.count_nonzero(rows))
        self.D = _first_scale(land.unit, rows) if D is None else D
        self.given = False
        self.noise = 0.0  # largest one of the products made
        self.truncation = 0.0  # per step
        self.slope_noise = float(np.linalg.norm((case.slope_error() * self.D)[self.rows]))
        self._place(FIRST_STEP)

    def _place(self, step: float) -> None:
        """Choose a step, and a point next to x as its start where bounds leave no room for it."""
        land = self.land
        room = step * land.unit[self.rows]
        assert land.g0 is not None
        self.step, self.base, self.slope = step, land.x, land.g0
        inside = np.clip(
            land.x[self.rows], land.lower[self.rows] + room, land.upper[self.rows] - room
        )
        self.shifted = bool(np.any(inside != land.x[self.rows]))
        if self.shifted:
            self.base = land.x.copy()
            self.base[self.rows] = inside
            self.slope = land.gradients(self.base[None])[1][0]

    @property
    def scaled(self) -> bool:
        """Whether the variables are not the user's: then eigenvalues of DHD are not those of H."""
        return bool(np.any(self.D[self.rows] != 1.0))

    @property
    def error(self) -> float:
        """Bound on the error of a product with a unit vector."""
        return self.noise + self.bias

    @property
    def bias(self) -> float:
        """The part of it that is truncation, and the distance from x of where it was measured."""
        return 0.0 if self.given else (3.0 if self.shifted else 1.0) * self.truncation * self.step

    def direction(self, v: Vector) -> Vector:
        """D v in all variables."""
        d = np.zeros(self.land.n)
        d[self.rows] = self.D[self.rows] * v
        return d

    def length(self, d: Vector) -> float:
        """The length of d in scaled variables."""
        return float(np.linalg.norm(d[self.rows] / self.D[self.rows]))

    def reduced(self, g: Vector) -> Vector:
        """D g over the rows."""
        return np.asarray((self.D * g)[self.rows])

    def __call__(self, v: Vector) -> Vector:
        """D H D v."""
        d = self.direction(v)
        if self.given:
            return self.reduced(self.land.product(d))
        return self._difference(d)

    def _difference(self, d: Vector) -> Vector:
        land = self.land
        h = self.step / float(np.max(np.abs(d) / land.unit))
        g = land.gradients((self.base + h * d)[None])[1][0]
        product = self.reduced((g - self.slope) / h)
        # Beside the noise: x + h d is rounded, by EPS/2 of x at most.
        moved = EPS / self.step * float(np.linalg.norm(product))
        noise = (math.sqrt(2.0) * self.slope_noise / h + moved) / self.length(d)
        self.noise = max(self.noise, noise)
        return product

    def probe(self) -> tuple[Vector, Vector] | None:
        """Choose the step; a random vector z of signs and its product, None if H is not settled.

        Where steps of two lengths differ, by truncation, the best step balances that and the noise.
        Quotients that keep growing as the step shrinks are no derivatives: the gradient jumps.
        """
        z = self.land.signs(self.size)
        d, root = self.direction(z), math.sqrt(self.size)
        wide = self._difference(d)
        noise = self.noise * self.step
        self.noise = 0.0
        self._place(NARROW)
        narrow = self._difference(d)
        # The largest component: a vector may be concentrated on that variable.
        change = float(np.max(np.abs(wide - narrow)))
        self.truncation = change / FIRST_STEP
        best = math.sqrt(noise / self.truncation) if self.truncation > 0.0 else FIRST_STEP
        step = min(max(best, 1e-2 * NARROW), FIRST_STEP)
        size = float(np.linalg.norm(narrow))
        if size > 3.0 * float(np.linalg.norm(wide)) + 2.0 * root * self.noise:
            self._place(1e-2 * NARROW)
            finest = float(np.linalg.norm(self._difference(d)))
            if finest > 3.0 * size + 2.0 * root * self.noise:
                return None
        self.noise = 0.0
        if step != self.step:
            self._place(step)
        if self.land.has_curvature:
            self._take_what_is_given(d, narrow, root * change)
        return z, narrow

    def _take_what_is_given(self, d: Vector, measured: Vector, change: float) -> None:
        """Use the user's Hessian from here on if it agrees with a difference of gradients."""
        given = self.reduced(self.land.product(d))
        size = float(np.linalg.norm(measured))
        missed = float(np.linalg.norm(given - measured))
        self.given = missed <= 1e-3 * size + change + self.error * math.sqrt(self.size)
        if not self.given:
            self.case.journal.note("the Hessian given contradicts the gradients and was not used")

    def over(self, rows: Mask) -> Products:
        """The same over some of these variables."""
        part = Products(self.case, rows, self.D)
        part.given, part.truncation = self.given, self.truncation
        if part.step != self.step:
            part._place(self.step)
        return part


def _first_scale(unit: Vector, rows: Mask) -> Vector:
    """The user's own variables if their units are alike, else the units."""
    u = unit[rows]
    return np.ones_like(unit) if np.max(u) <= ALIKE * np.min(u) else unit.copy()


def spread(sizes: Vector) -> float:
    """The factor between large and small ones, but for a twentieth at either end."""
    low, high = np.quantile(np.abs(sizes), [0.05, 0.95])
    return float(high / low) if low > 0.0 else math.inf if high > 0.0 else 1.0


def equilibrated(products: Products) -> Products | None:
    """The same in variables in which the rows of D H D are alike; None if H is not settled.

    With a random vector of signs, (D H D z)_i is about the length of row i: dividing D by its root
    is a round of Ruiz's equilibration, one product each (Bradley & Murray, "Matrix-free approximate
    equilibration", 2011).  Rows that noise hides keep their scale.
    """
    case, land = products.case, products.land
    for _ in range(ROUNDS):
        z = land.signs(products.size)
        d = products.direction(z)
        h = products.step / float(np.max(np.abs(d) / land.unit))
        lengths = np.abs(products(z))
        seen = lengths > BESIDE_NOISE * products.reduced(case.slope_error()) / h
        if not seen.any() or spread(lengths[seen]) <= EVEN:
            break
        D = products.D.copy()
        lengths = np.maximum(lengths, TINY * np.max(lengths))
        D[products.rows] /= np.where(seen, np.sqrt(lengths), 1.0)
        products = Products(case, products.mask, D)
        products._place(NARROW)
    return None if products.probe() is None else products
