"""The stages of a run: their names, and those of a method whose run has parts of its own."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from pyminima import _core
from pyminima._judging.classification import Point
from pyminima._running.status import Status


class StageName(StrEnum):
    """The stages that a run may have, besides the parts of a search by ``"auto"``."""

    CHECK = "check"
    SEARCH = "search"
    POLISH = "polish"
    ESCAPE = "escape"
    REFINE = "refine"
    CLASSIFY = "classify"
    NEIGHBOURS = "neighbours"
    STARTS = "starts"
    MINIMA = "minima"
    CONVEXITY = "convexity"

    __repr__ = str.__repr__  # in the repr of a `Stage` a name is a plain string


class Stage(NamedTuple):
    """One part of a run.

    Attributes
    ----------
    name : str
        ``"check"`` (of the gradient, or of the error of the values), ``"search"`` (the method asked
        for; of ``"auto"`` its parts instead, such as ``"first search"``), ``"polish"``,
        ``"escape"`` (from a saddle or a maximum), ``"refine"`` (with better difference steps),
        ``"classify"``, ``"neighbours"`` (those of integer variables, and down to lower ones),
        ``"starts"`` (all independent starts, with the verdicts on where they ended), ``"minima"``
        (the verdicts on those that a global method has met) or ``"convexity"`` (its test).
    method : str or None
        The method that ran; None for the check, the classification, the test of convexity, and for
        the ``"lines"`` of ``"auto"``, a search of one variable after the other.
    nfev, nit : int
        Evaluations and steps it took.
    fun : float
        The best value at its end; of a part of ``"auto"`` the best it has met itself.
    status : Status or None
        Why it ended; None where that is no question.
    point : Point or None
        What a classification found; an escape follows where that was a saddle or a maximum.
    reason : str or None
        Why ``"auto"`` made this part of its run, or what the part has shown of `fun`.
    """

    name: str
    method: str | None
    nfev: int
    nit: int
    fun: float
    status: Status | None
    point: Point | None = None
    reason: str | None = None


def parts_of(solver: _core.CoreSolver, nfev: int, nit: int, status: Status) -> list[Stage]:
    """The parts of a run as stages; none if the method has no parts.

    The evaluations of the run are shared among them in the proportion of the method's own counts,
    which leave out batches that were cut short and what a gradient costs.
    """
    parts = solver.parts()
    if not parts:
        return []
    evaluations = _shared_out(nfev, [part[3] for part in parts])
    steps = _shared_out(nit, [part[4] for part in parts])
    stages = [
        Stage(what, ran, n, k, f, None, reason=reason)
        for (what, ran, reason, _, _, f), n, k in zip(parts, evaluations, steps, strict=True)
    ]
    return [*stages[:-1], stages[-1]._replace(status=status)]


def _shared_out(total: int, counts: list[int]) -> list[int]:
    """Whole numbers that sum up to the total, in proportion to the counts."""
    whole, ahead = max(sum(counts), 1), len(counts) * [total]
    ahead[:-1] = [round(total * sum(counts[: k + 1]) / whole) for k in range(len(counts) - 1)]
    return [high - low for low, high in zip([0, *ahead[:-1]], ahead, strict=True)]


def told_of(stages: Iterable[Stage]) -> tuple[str, ...]:
    """A sentence on why the parts of a run were made, and their cost; none without parts."""
    parts: dict[str, list[str]] = {}
    for stage in stages:
        if stage.reason is not None:
            parts.setdefault(stage.reason, []).append(f"{stage.name}: {stage.nfev} evaluations")
    if not parts:
        return ()
    told = [f"{reason} ({', '.join(costs)})" for reason, costs in parts.items()]
    return ("; ".join(told),)
