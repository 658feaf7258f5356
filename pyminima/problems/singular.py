"""Singular Hessians: normal forms of singularities, and minima that fill a plane.

A form g(a, b) in the directions without curvature is put on a bent floor: along c = a^2 - a b the
value is g, and it grows with the square of the distance from there.  By the splitting lemma the
kind of the point is that of g at 0, but no straight line shows it.

    V. I. Arnold, Normal forms for functions near degenerate critical points, the Weyl groups of
    A_k, D_k, E_k and Lagrangian singularities, Funct. Anal. Appl. 6 (1972) 254-272
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._catalogue import register
from ._problem import Kind, Label, Problem, build
from ._sources import TEXTBOOK

ARNOLD = (
    "V. I. Arnold, Funct. Anal. Appl. 6 (1972) 254-272; the kind of the point follows by hand "
    "from the signs of the form"
)


def _register_form(
    name: str, symbol: str, kind: Kind, form: Callable[[Any, Any], Any], index: int = 0
) -> None:
    def make() -> Problem:
        def formula(x: Any) -> Any:
            a, b, c = x[0], x[1], x[2]
            return form(a, b) + (c - a**2 + a * b) ** 2

        is_minimum = kind in ("degenerate_minimum", "flat_valley")
        return build(
            formula,
            x0=np.zeros(3),
            points=[Label(np.zeros(3), kind, index, is_minimum)],
            source=ARNOLD,
            tags=["smooth", "degenerate", "verdict", *([] if is_minimum else ["unbounded"])],
        )

    make.__name__ = name
    make.__doc__ = f"Normal form {symbol} on a bent floor: the point is of the kind {kind}."
    register(make)


# Names are Thom's; the sign of a symbol is that of the highest power.
_register_form("fold", "A_2", "inflection", lambda a, b: a**3 + b**2)
_register_form("cusp", "A_3", "degenerate_minimum", lambda a, b: a**4 + b**2)
_register_form("dual_cusp", "-A_3", "saddle", lambda a, b: b**2 - a**4)
_register_form("cusp_on_ridge", "A_3", "saddle", lambda a, b: a**4 - b**2, index=1)
_register_form("swallowtail", "A_4", "inflection", lambda a, b: a**5 + b**2)
_register_form("butterfly", "A_5", "degenerate_minimum", lambda a, b: a**6 + b**2)
_register_form("dual_butterfly", "-A_5", "saddle", lambda a, b: b**2 - a**6)
_register_form("hyperbolic_umbilic", "D_4+", "saddle", lambda a, b: a**3 + b**3)
_register_form("elliptic_umbilic", "D_4-", "saddle", lambda a, b: a**3 - 3.0 * a * b**2)
_register_form("parabolic_umbilic", "D_5", "saddle", lambda a, b: a**2 * b + b**4)
_register_form("symbolic_umbilic", "E_6", "saddle", lambda a, b: a**3 + b**4)
_register_form("singularity_e7", "E_7", "saddle", lambda a, b: a**3 + a * b**3)
_register_form("singularity_e8", "E_8", "saddle", lambda a, b: a**3 + b**5)
_register_form("double_cusp", "X_9", "degenerate_minimum", lambda a, b: a**4 + b**4)
_register_form("double_cusp_saddle", "X_9", "saddle", lambda a, b: a**4 - b**4)
_register_form("double_cusp_oblique", "X_9", "saddle", lambda a, b: a**4 - 3.0 * a**2 * b**2 + b**4)
_register_form(
    "crossed_parabolas", "degenerate X_9", "flat_valley", lambda a, b: (a**2 - b**2) ** 2
)


@register
def underdetermined(n: int = 6, rank: int = 4) -> Problem:
    """Least squares with fewer equations than unknowns: the minima fill a plane."""
    if not 0 < rank < n:
        raise ValueError(f"underdetermined needs 0 < rank < n, got rank={rank}, n={n}")
    matrix = np.random.default_rng(2).standard_normal((rank, n))
    solution = np.linspace(-1.0, 1.5, n)

    def formula(x: Any) -> Any:
        return 0.5 * ((matrix @ (x - solution)) ** 2).sum()

    return build(
        formula,
        jac=lambda x: matrix.T @ (matrix @ (x - solution)),
        hess=lambda x: matrix.T @ matrix,
        x0=np.linspace(2.0, -1.0, n),
        points=[Label(solution, "flat_valley", 0, True)],
        source=TEXTBOOK,
        tags=["smooth", "degenerate", "verdict"],
    )


@register
def quartic_bowl(n: int = 3) -> Problem:
    """Sum of fourth powers: no direction has curvature at the minimum."""
    bottom = np.linspace(-0.5, 1.0, n)

    def formula(x: Any) -> Any:
        return ((x - bottom) ** 4).sum()

    return build(
        formula,
        jac=lambda x: 4.0 * (x - bottom) ** 3,
        hess=lambda x: np.diag(12.0 * (x - bottom) ** 2),
        x0=np.linspace(2.0, -1.5, n),
        points=[Label(bottom, "degenerate_minimum", 0, True)],
        source=TEXTBOOK,
        tags=["smooth", "degenerate", "verdict"],
    )
