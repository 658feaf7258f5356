"""Test problems with gradient, Hessian, bounds and labelled critical points of every kind.

>>> from pyminima import problems
>>> himmelblau = problems.get("himmelblau")
>>> [point.kind for point in himmelblau.points].count("saddle")
4

`names()` lists the catalogue, `get(name, n=None, **params)` makes one problem, `all()` makes
every problem at its default size. `bank()` adds larger sizes and disguises (`DISGUISES`: scaled,
shifted, turned, offset, noisy, in single precision, cut by bounds): the labelled points that
verdicts are held against.

A name means what the literature means by it: "rastrigin" has its minimum at 0.  An optimiser
that starts in the middle of the box or is drawn to the origin finds such a minimum by accident,
so each problem of that kind is tagged `centred`, has a twin "rastrigin_shifted" whose minimum is
in no special place, and is left out of `all()` unless asked for by `all(centred=True)`.

Tags
----
smooth, nonsmooth
    Twice differentiable everywhere; or a kink at a labelled point.
multimodal
    Several minima of different depth.
degenerate
    A labelled point has a singular Hessian or a bound with zero multiplier.
plateau, unbounded, undefined
    Constant regions; no lowest value; NaN or infinite values in the box.
noisy, scaled
    Values carry noise (see `Problem.noise`); badly scaled variables or values.
centred
    See above.
verdict
    Made to be judged at a special start rather than to be hard to minimise.

To add a problem, write one function decorated with `register` in the module of its family.
"""

from . import classical, multimodal, singular, variants, verdicts
from ._bank import DISGUISES, bank
from ._catalogue import all, get, names, parameters, register
from ._problem import (
    CriticalPoint,
    Kind,
    Label,
    Problem,
    build,
    maximum,
    minimum,
    morse,
    saddle,
)

__all__ = [
    "DISGUISES",
    "CriticalPoint",
    "Kind",
    "Label",
    "Problem",
    "all",
    "bank",
    "build",
    "classical",
    "get",
    "maximum",
    "minimum",
    "morse",
    "multimodal",
    "names",
    "parameters",
    "register",
    "saddle",
    "singular",
    "variants",
    "verdicts",
]
