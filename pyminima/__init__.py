"""pyminima: minimise a function, and be told what was found.

>>> import pyminima
>>> res = pyminima.minimize(lambda x: (x[0] - 1) ** 2 + (x[1] + 2) ** 2, [0.0, 0.0])
>>> print(res.x.round(6), res.classification.kind)
[ 1. -2.] local
"""

from importlib import metadata as _metadata

from pyminima import problems, schedules
from pyminima._calling.minimize import classify, minimize
from pyminima._calling.scipy_method import scipy_method
from pyminima._calling.solver import Solver
from pyminima._judging.basins import Basins
from pyminima._judging.classification import Classification, Globality, Kind, Point
from pyminima._judging.minima import Minimum
from pyminima._methods.methods import Method, methods
from pyminima._methods.options import Option
from pyminima._running.batches import Batches
from pyminima._running.gradient_check import GradientWarning
from pyminima._running.result import Epoch, Result
from pyminima._running.stages import Stage
from pyminima._running.status import Status

try:
    __version__ = _metadata.version("pyminima")
except _metadata.PackageNotFoundError:  # copied somewhere, or frozen into an application
    __version__ = "unknown"

__all__ = [
    "Basins",
    "Batches",
    "Classification",
    "Epoch",
    "Globality",
    "GradientWarning",
    "Kind",
    "Method",
    "Minimum",
    "Option",
    "Point",
    "Result",
    "Solver",
    "Stage",
    "Status",
    "classify",
    "methods",
    "minimize",
    "problems",
    "schedules",
    "scipy_method",
]
