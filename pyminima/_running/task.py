"""What all runs of one call have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pyminima import _core
from pyminima._arguments import Vector
from pyminima._methods.methods import Method
from pyminima._running.domain import Domain
from pyminima._running.evaluations import Evaluations
from pyminima._running.history import Recorder
from pyminima._running.ledger import Ledger
from pyminima._running.units import Units


class Task(NamedTuple):
    """The problem and the plan of a call, as its runs need them."""

    ledger: Ledger
    evaluations: Evaluations
    domain: Domain
    units: Units
    method: Method
    options: dict[str, float]
    key: tuple[int, int] = (0, 0)
    stage_limit: int | None = None  # evaluations of a stage, where nothing limits the call
    classify: bool = True
    escape: bool = True
    polish: bool = True
    differences: str | None = None  # "2-point" or "3-point"; None: as the values deserve
    on_step: Callable[[_core.CoreSolver], Any] | None = None
    recorder: Recorder | None = None
    population: Vector | None = None  # (m, n): that of the first search begins with these
