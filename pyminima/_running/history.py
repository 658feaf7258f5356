"""What happened step by step: the rows that `Result.history` is made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyminima import _core

Hook = Callable[[_core.CoreSolver], Any]

# Rows that are kept at most: of a longer run every second one, then every fourth ...
MOST_ROWS = 10_000

COLUMNS = ("run", "stage", "nit", "nfev", "fun", "best")


class Row(NamedTuple):
    """One step of a method, or the last one of a stage."""

    run: int
    stage: str
    nit: int
    nfev: int
    fun: float
    best: float
    measures: tuple[str, ...]
    measured: list[float]


class Recorder:
    """Keeps the steps of all runs of one call, in bounded memory."""

    def __init__(self, evaluator: _core.Evaluator) -> None:
        self.evaluator = evaluator
        self.rows: list[Row] = []
        self.best = math.inf
        self.steps = 0  # seen so far
        self.stride = 1  # of so many one is kept
        self.latest: Row | None = None  # the last step, if it is not among the rows
        self.run: Any = None
        self.runs = 0

    def watch(self, run: object, stage: str, then: Hook | None) -> Hook:
        """Return a hook that records each step of this stage and then does as that one does."""
        if run is not self.run:
            self.run, self.runs = run, self.runs + 1

        def step(solver: _core.CoreSolver) -> Any:
            self.record(stage, solver)
            return None if then is None else then(solver)

        return step

    def record(self, stage: str, solver: _core.CoreSolver) -> None:
        """Take down where a solver stands after a step."""
        evaluator = self.evaluator
        self.best = min(self.best, evaluator.best_f)
        row = Row(
            self.runs - 1,
            stage,
            evaluator.nit,
            evaluator.nfev,
            solver.at()[1],
            self.best,
            solver.measures,
            solver.measured(),
        )
        kept = self.steps % self.stride == 0
        self.steps += 1
        self.latest = None if kept else row
        if kept:
            self.add(row)

    def end_stage(self) -> None:
        """Keep the last step of a stage, whatever the stride."""
        if self.latest is not None:
            self.add(self.latest)
            self.latest = None

    def add(self, row: Row) -> None:
        """Add a row; where there are too many, every second one goes."""
        self.rows.append(row)
        if len(self.rows) > MOST_ROWS:
            self.rows = self.rows[::2]
            self.stride *= 2

    def table(self) -> NDArray[np.void]:
        """The rows as a structured array; what a method does not tell is NaN."""
        rows = [*self.rows, *([] if self.latest is None else [self.latest])]
        told = list(dict.fromkeys(name for row in rows for name in row.measures))
        width = max((len(row.stage) for row in rows), default=1)
        kinds = ("i8", f"U{width}", "i8", "i8", "f8", "f8")
        table = np.zeros(
            len(rows), dtype=[*zip(COLUMNS, kinds, strict=True), *((name, "f8") for name in told)]
        )
        for k, column in enumerate(COLUMNS):
            table[column] = [row[k] for row in rows]
        for name in told:
            table[name] = [
                row.measured[row.measures.index(name)] if name in row.measures else math.nan
                for row in rows
            ]
        return table
