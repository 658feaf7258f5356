"""Integer variables: a search by whole steps, and then what that means for finish and verdict.

All that is local holds the integer variables where they are: polish, escape and classification see
a box that is closed there.  What takes the place of derivatives are the *neighbours*, the points
that differ by 1 in one integer variable.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pyminima._arguments import Vector
from pyminima._judging.classification import Classification, Evidence, Point
from pyminima._judging.landscape import BudgetSpent
from pyminima._methods.methods import Method, methods
from pyminima._running.domain import LARGEST_WHOLE, Domain
from pyminima._running.ledger import KEPT
from pyminima._running.run import MOST_ROUNDS, POLISHER, Run
from pyminima._running.stages import Stage, StageName
from pyminima._running.status import ORDERS, SUCCESS, Status

# Numbers in the points of one batch of neighbours.
MOST_NUMBERS = 1 << 20


def check_integers(domain: Domain, method: Method) -> None:
    """Refuse a method that does not take the integer variables that are free."""
    free = domain.free_integers
    if len(free) and not method.integers:
        takers = ", ".join(repr(m.name) for m in methods() if m.integers)
        raise ValueError(
            f"integrality[{free[0]}]=1, but method {method.name!r} takes no integer variables; "
            f"those that do are: {takers}"
        )


@dataclass
class Around:
    """A point and what its neighbours say."""

    x: Vector
    f: float
    count: int = 0  # neighbours
    equal: int = 0  # those with the same value
    lowest: float = math.inf
    witness: Vector | None = None  # the lowest one, if it is lower than f
    complete: bool = False  # whether all of them were evaluated


@dataclass(kw_only=True)
class IntegerRun(Run):
    """A run some of whose variables are whole numbers."""

    around: Around | None = None  # the last point whose neighbours were looked at

    # ------------------------------------------------------------------- what differs in a run

    def kept_for_verdict(self) -> int:
        """Evaluations the search must leave: also for one look at all neighbours."""
        return self.kept_for_classification() + self.kept_for_neighbours()

    def kept_for_classification(self) -> int:
        """Those for the classification over the real variables."""
        return super().kept_for_verdict() if self.task.domain.has_real else 0

    def kept_for_neighbours(self) -> int:
        """Those for the neighbours, and the point itself: none where they would not do."""
        granted = self.ledger.granted
        if granted is None or not self.task.classify:
            return 0
        wanted = 2 * len(self.task.domain.free_integers) + 1
        return wanted if wanted <= KEPT * granted else 0

    def kept_for_polish(self) -> int:
        """Evaluations left to the polish or, where only integers move, to the way down."""
        wanted = self.task.domain.has_real or (self.task.classify and self.escape)
        return super().kept_for_polish() if wanted else 0

    def stage(self, name: StageName, method: str, x0: Vector, *rest: Any, **named: Any) -> None:
        """Run one method, unless all that it could move are integers that it cannot."""
        if name != StageName.SEARCH and not self.task.domain.has_real:
            return
        super().stage(name, method, x0, *rest, **named)
        if self.status is Status.FIXED and len(self.task.domain.free_integers):
            self.status = Status.EXHAUSTED  # the point of the start: its neighbours are to come

    # ------------------------------------------------------------------------------ neighbours

    def look(self) -> None:
        """Go down to lower neighbours, if that is wanted, then judge where that has led."""
        if len(self.task.domain.free_integers):
            rounds = 0
            while self.go_down() and self.task.domain.has_real and rounds < MOST_ROUNDS:
                self.stage(
                    StageName.ESCAPE, POLISHER, self.best_x, {}, keep=self.kept_for_verdict()
                )
                rounds += 1
        around = self.around
        if self.status in ORDERS:
            return
        if around is None:
            super().look()
        elif self.is_lowest:
            super().look()
            self.add_neighbours(around)
        else:
            self.refute(around)

    def go_down(self) -> bool:
        """Move to lower neighbours until there is none, if that is wanted; whether there was one.

        Afterwards `around` is about the point reached.
        """
        nfev, moved = self.evaluator.nfev, False
        keep = self.kept_for_classification()
        try:
            with self.ledger.reserved(keep, otherwise=self.task.stage_limit):
                self.look_around()
                while self.follows():
                    moved = True
                    self.walk()
                    if self.evaluator.reached or self.status is Status.UNBOUNDED:
                        break
                    self.look_around()
            if self.evaluator.reached:
                self.status = Status.TARGET
        finally:
            spent = self.evaluator.nfev - nfev
            self.stages.append(Stage(StageName.NEIGHBOURS, None, spent, 0, self.best_f, None))
        self.n_escapes += moved
        if self.is_lowest and not self.task.domain.has_real and (moved or not SUCCESS[self.status]):
            self.status = Status.NEIGHBOURS
        return moved and self.status not in ORDERS

    @property
    def is_lowest(self) -> bool:
        """Whether all neighbours of the last point were evaluated and none is lower."""
        around = self.around
        return around is not None and around.complete and around.witness is None

    def follows(self) -> bool:
        """Whether there is a lower neighbour to go on from."""
        around = self.around
        assert around is not None
        # The search may have spent its share: what is left is for this.
        over = self.ended() and self.status is not Status.EVALUATIONS
        wanted = self.escape and not (over or self.evaluator.reached)
        return wanted and around.witness is not None

    def look_around(self) -> None:
        """Evaluate all neighbours of the best point."""
        around = self.around = Around(self.best_x, self.best_f)
        with suppress(BudgetSpent):
            for X in self.neighbours(around.x):
                F = self.task.evaluations.values(X)
                lowest = int(np.argmin(F))
                around.count += len(X)
                around.equal += int(np.count_nonzero(around.f == F))
                if F[lowest] < min(around.f, around.lowest):
                    around.witness = X[lowest].copy()
                around.lowest = min(around.lowest, float(F[lowest]))
            around.complete = around.count > 0

    def neighbours(self, x: Vector) -> Iterator[Vector]:
        """Yield the points of the domain that differ from x by 1 in one integer variable."""
        domain = self.task.domain
        columns = np.repeat(domain.free_integers, 2)
        there = x[columns] + np.tile((-1.0, 1.0), len(columns) // 2)
        inside = (domain.lower[columns] <= there) & (there <= domain.upper[columns])
        inside &= np.abs(x[columns]) < LARGEST_WHOLE
        columns, there = columns[inside], there[inside]
        most = max(1, MOST_NUMBERS // len(x))
        for first in range(0, len(columns), most):
            some = columns[first : first + most]
            X = np.repeat(x[None], len(some), axis=0)
            X[np.arange(len(some)), some] = there[first : first + most]
            yield X

    def walk(self) -> None:
        """Go on from a lower neighbour, by twice the length each time, as long as it gets lower.

        It ends where whole numbers have no neighbours any more.
        """
        around, domain = self.around, self.task.domain
        assert around is not None and around.witness is not None
        d, f, length = around.witness - around.x, around.lowest, 2.0
        with suppress(BudgetSpent):
            while not self.evaluator.reached:
                x = np.clip(around.x + length * d, domain.lower, domain.upper)
                there = float(self.task.evaluations.values(x[None])[0])
                if not there < f:
                    break
                f, length = there, 2.0 * length
                if abs(float(x @ d)) >= LARGEST_WHOLE:
                    end = np.where(d > 0.0, domain.upper, -domain.lower)[d != 0.0]
                    if end == math.inf:
                        self.status = Status.UNBOUNDED
                    break

    # --------------------------------------------------------------------------- what they say

    def add_neighbours(self, around: Around) -> None:
        """Let the verdict say that no neighbour is lower; it may rest on them alone."""
        if self.evidence is None:
            return
        verdict = self.evidence.classification
        count, rise = around.count, around.lowest - around.f
        others = f"the {count} points that differ by 1 in one integer variable"
        lower = f"none of {others} is lower"
        if around.equal:
            lower += f", but {around.equal} as low"
        if self.task.domain.has_real:
            reason = f"{verdict.reason}; the integer variables are held, and {lower}"
        elif verdict.is_minimum and around.equal == count:
            reason = f"plateau: the value is the same at {others}"
            verdict = replace(verdict, kind=Point.PLATEAU.kind, point=Point.PLATEAU)
        elif verdict.is_minimum:
            reason = f"local minimum: {lower}"
            reason += f"; the lowest is higher by {rise:.3g}" if rise > 0.0 else ""
        else:
            return
        verdict = replace(verdict, reason=reason, n_evals=verdict.n_evals + count)
        self.conclude(replace(self.evidence, classification=verdict))

    def refute(self, around: Around) -> None:
        """The verdict where a neighbour is lower, or where not all of them were evaluated."""
        x, witness, d = around.x, around.witness, None
        if witness is not None:
            d = witness - x
            i = int(np.flatnonzero(d)[0])
        if witness is not None and self.status is Status.UNBOUNDED:
            point = Point.UNBOUNDED
            reason = f"unbounded: the value still falls where integer variable {i} is {x[i]:.3g}"
        elif witness is not None:
            point = Point.NOT_STATIONARY
            reason = (
                f"not a local minimum: with {witness[i]:.15g} instead of {x[i]:.15g} for the "
                f"integer variable {i} the value is lower by {around.f - around.lowest:.3g}"
            )
        else:
            point = Point.UNDETERMINED
            reason = (
                f"undetermined: the evaluations granted ended after {around.count} of the points "
                "that differ by 1 in one integer variable"
            )
        verdict = Classification(
            kind=point.kind,
            point=point,
            active=(x <= self.task.domain.lower) | (x >= self.task.domain.upper),
            witness=witness,
            escape_direction=d,
            n_evals=around.count,
            reason=reason,
        )
        self.conclude(
            Evidence(
                classification=verdict,
                x=x,
                f=around.f,
                gradient=None,
                hessian=None,
                curvatures=None,
                noise=0.0,
                steps=np.ones_like(x),
                witness=witness,
            )
        )

    def conclude(self, evidence: Evidence) -> None:
        """Make this the verdict."""
        self.evidence, self.classification = evidence, evidence.classification
        self.stages[-1] = self.stages[-1]._replace(point=self.classification.point)
