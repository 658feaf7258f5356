"""The course of one run: search, polish, verdict, and on from what turned out no minimum."""

from __future__ import annotations

import math
import sys
import warnings
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pyminima import _core
from pyminima._arguments import Vector
from pyminima._judging.classification import (
    NO_MINIMA,
    NOT_CONVEX,
    Classification,
    Evidence,
    Kind,
    Point,
)
from pyminima._judging.classify import classify_point, default_cap, least_cap
from pyminima._judging.minima import Met
from pyminima._methods.methods import Method, method_named
from pyminima._running.gradient_check import (
    LEAST_GRANTED,
    Check,
    GradientWarning,
)
from pyminima._running.ledger import KEPT, NOTHING, Best, Ledger, default_budget
from pyminima._running.population import design_of
from pyminima._running.result import Epoch
from pyminima._running.stages import Stage, StageName, parts_of, told_of
from pyminima._running.status import LIMITS, ORDERS, TEXT, Status
from pyminima._running.task import Task
from pyminima._running.value_error import relative_error

POLISHER = "lbfgs"

# A run that would have to escape more often than this is walking along a ridge, not leaving one.
MOST_ROUNDS = 20

# A refinement that did not reach a stationary point in so many attempts will not do so in the next.
MOST_REFINEMENTS = 5


def default_polish(n: int) -> int:
    """Evaluations kept for a polish at most: a hundred differenced gradients."""
    return 100 * (n + 1)


def _units(evidence: Evidence, size: Vector) -> Vector:
    """Units in which the curvatures along all variables are alike, as powers of two.

    The largest of them is such that no variable is scaled up beyond its size.
    """
    curvatures = evidence.curvatures
    if curvatures is None:
        return np.ones_like(size)
    known = np.isfinite(curvatures) & (curvatures > 0)
    lengths = np.where(known, 1.0 / np.sqrt(np.where(known, curvatures, 1.0)), size)
    logs = np.log2(lengths) + np.min(np.log2(size) - np.log2(lengths))
    return np.asarray(2.0 ** np.clip(np.round(logs), -500, 500))


def _levels_to_user() -> int:
    """What `warnings.warn` has to go up, from where this is called, to leave this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("pyminima."):
        level, frame = level + 1, frame.f_back
    return level


def met_by(solver: _core.CoreSolver) -> tuple[list[Met], int] | None:
    """The minima that a method has met, lowest first, and how many uniform starts it made."""
    record = solver.basins()
    return None if record is None else ([Met(*one) for one in record[0]], record[1])


@dataclass
class Run:
    """One descent under way, from one start to one verdict.

    The best point is the evaluator's until `close` fixes it; a later run then begins a new record.
    """

    task: Task
    x0: Vector
    method: Method
    options: dict[str, float]
    escape: bool
    population: Vector | None = None
    error: float = 0.0  # of one value, relative, where that is more than rounding
    stages: list[Stage] = field(default_factory=list)
    status: Status = Status.RUNNING
    evidence: Evidence | None = None
    classification: Classification | None = None
    bent: Point | None = None  # the first point judged that no convex function has
    n_escapes: int = 0
    record: Best | None = None  # the best point at the end
    met: tuple[list[Met], int] | None = None  # minima of a global search, and its uniform starts
    ledger: Ledger = field(init=False)
    evaluator: _core.Evaluator = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = self.task.ledger
        self.evaluator = self.ledger.evaluator

    @classmethod
    def first(cls, task: Task, x0: Vector, **more: Any) -> Self:
        """The guided run of a call."""
        return cls(
            task, x0, task.method, task.options, task.escape, population=task.population, **more
        )

    def fresh(
        self,
        x0: Vector,
        method: Method | None = None,
        options: dict[str, float] | None = None,
        escape: bool | None = None,
    ) -> Run:
        """A run from x0 with nothing done yet, by the same method if no other one is named."""
        return type(self)(
            self.task,
            x0,
            self.method if method is None else method,
            self.options if options is None else options,
            self.escape if escape is None else escape,
            error=self.error,
        )

    # ------------------------------------------------------------------------------ the course

    def verify(self) -> None:
        """Judge the point found, and go on from there as long as it is no minimum."""
        self.judge()
        for _ in range(MOST_ROUNDS):
            if not self.go_on():
                break
            self.judge()
        self.settle()

    def check(self) -> Best:
        """Look at the objective at the start, for what the search ought to know.

        A gradient is compared with the values, and a warning given if they differ; for differences
        it is measured how exact the values are.  Returns the record of the start alone, for a point
        that was evaluated in this check may be lower.
        """
        evaluator = self.evaluator
        start = NOTHING
        least = LEAST_GRANTED * (1 + evaluator.gradient_cost)
        granted = self.ledger.granted
        short = granted is not None and granted < least
        lower, upper = self.task.domain.around(self.x0)
        fixed = _core.all_fixed(lower, upper)
        if short or fixed or not (self.task.polish or self.method.needs == "gradient"):
            return start
        nfev, found = evaluator.nfev, None
        unit = self.task.units.within(self.x0, lower, upper)
        try:
            if evaluator.has_gradient:
                check = Check(evaluator, self.x0, unit, lower, upper)
                found = check.contradiction()
                start = check.start
            else:
                start, self.error = relative_error(
                    evaluator, self.task.evaluations, self.x0, unit, lower, upper
                )
        finally:
            spent = evaluator.nfev - nfev
            self.stages.append(Stage(StageName.CHECK, None, spent, 0, evaluator.best_f, None))
        if found is not None:
            warnings.warn(found, GradientWarning, stacklevel=_levels_to_user())
        return start

    def descend(self, name: StageName, x0: Vector) -> None:
        """Run the method from x0, then polish what it found."""
        if self.evaluator.reached:  # by the check of the gradient
            self.status = Status.TARGET
            return
        verdict, polish = self.kept_for_verdict(), self.kept_for_polish()
        self.stage(name, self.method.name, x0, self.options, keep=verdict + polish)
        finished = not self.method.needs_polish or self.status is Status.GRADIENT
        if finished or not self.task.polish:
            return
        may_go_on = not self.ended() or (polish > 0 and self.status is Status.EVALUATIONS)
        if may_go_on and math.isfinite(self.evaluator.best_f):
            self.stage(StageName.POLISH, POLISHER, self.best_x, {}, keep=verdict)

    def ended(self) -> bool:
        """Whether a limit of the user's forbids more; our own limit ends one stage only."""
        ledger = self.ledger
        ours = self.status is Status.EVALUATIONS and ledger.evals is None
        steps = ledger.steps is not None and self.evaluator.nit >= ledger.steps
        return steps or (self.status in LIMITS and not ours)

    def go_on(self) -> bool:
        """Leave a point that is no minimum; False if it is one, or if nothing better is known."""
        evidence = self.evidence
        if evidence is None or not self.escape or self.ended():
            return False
        point = evidence.classification.point
        if point is Point.NOT_STATIONARY:
            return self.refine(evidence)
        if evidence.witness is None or point is Point.UNBOUNDED:
            return False
        if point not in NO_MINIMA:  # a lower point beside what is, or may be, a minimum
            return self.refine(evidence)
        self.n_escapes += 1
        if self.method.is_global:  # the search is over; the way down from here is local
            self.stage(StageName.ESCAPE, POLISHER, self.best_x, {}, keep=self.kept_for_verdict())
        else:
            self.descend(StageName.ESCAPE, self.best_x)
        return True

    def refine(self, evidence: Evidence) -> bool:
        """Go on with the steps and units that the verdict measured; False if it gained nothing."""
        before = self.best_f
        if self.moved_since(evidence) and self.judged_once():
            return True  # a Newton step of the classification went there: look at that point first
        if sum(stage.name == StageName.REFINE for stage in self.stages) >= MOST_REFINEMENTS:
            return False
        self.stage(
            StageName.REFINE,
            POLISHER,
            self.best_x,
            {},
            keep=self.kept_for_verdict(),
            steps=evidence.steps,
            scale=_units(evidence, self.task.units.at(evidence.x)),
        )
        return self.best_f < before

    def moved_since(self, evidence: Evidence) -> bool:
        """Whether judging a point has met one that is lower by more than noise."""
        return self.best_f < evidence.f - evidence.noise

    def judged_once(self) -> bool:
        """Whether the last stage, and not the one before it, was a classification."""
        return len(self.stages) < 2 or self.stages[-2].name != StageName.CLASSIFY

    # ------------------------------------------------------------------------------- the parts

    @property
    def frugal(self) -> bool:
        """Whether the verdict is to look first whether f still falls clearly."""
        return False

    @property
    def history(self) -> tuple[Epoch, ...] | NDArray[np.void] | None:
        """The course of the call, where it is kept."""
        return None if self.task.recorder is None else self.task.recorder.table()

    def remarks(self) -> tuple[str, ...]:
        """Sentences of its own for the message."""
        return told_of(self.stages)

    @property
    def best(self) -> Best:
        """The best point of this run: its x (None before there is a value), f, and gradient."""
        return self.evaluator.best if self.record is None else self.record

    @property
    def best_x(self) -> Vector:
        """The best point so far; the start before there is a finite value."""
        x = self.best[0]
        return self.x0.copy() if x is None else x

    @property
    def best_f(self) -> float:
        """The lowest value so far."""
        return self.evaluator.best_f if self.record is None else self.record[1]

    def close(self) -> None:
        """Fix what was found: the evaluator may begin a new record now."""
        self.record = self.best

    def keep_lower(self, best: Best) -> None:
        """Take over a point that was met elsewhere, if it is lower than what was found."""
        if best[1] < self.best_f:
            self.record = best

    def stage(
        self,
        name: StageName,
        method: str,
        x0: Vector,
        options: dict[str, float],
        keep: int = 0,
        steps: Vector | None = None,
        scale: Vector | None = None,
    ) -> None:
        """Run one method from x0; it must leave `keep` evaluations of the budget."""
        evaluator, task, row = self.evaluator, self.task, method_named(method)
        nfev, nit = evaluator.nfev, evaluator.nit
        multiplies = row.uses_hessian and task.evaluations.has_products
        products = task.evaluations.products if multiplies else None
        repeating = bool(self.stages) and self.stages[-1].name == StageName.CHECK
        on_step, recorder = task.on_step, task.recorder
        if recorder is not None:
            on_step = recorder.watch(self, name, on_step)
        with self.ledger.reserved(keep, otherwise=task.stage_limit):
            solver = self.solver(name, row, x0, options, multiplies, steps, scale)
            try:
                status = Status(evaluator.run(solver, on_step, products, repeating))
                first = self.status is Status.RUNNING
                if first or status is not Status.NOT_FINITE or not math.isfinite(self.best_f):
                    self.status = status  # else the stages before have found what this one has not
            finally:
                spent = evaluator.nfev - nfev, evaluator.nit - nit
                whole = Stage(name, method, *spent, evaluator.best_f, self.status)
                self.stages += parts_of(solver, *spent, self.status) or [whole]
                self.met = met_by(solver) or self.met
                if recorder is not None:
                    recorder.end_stage()

    def solver(
        self,
        name: StageName,
        method: Method,
        x0: Vector,
        options: dict[str, float],
        multiplies: bool,
        steps: Vector | None,
        scale: Vector | None,
    ) -> _core.CoreSolver:
        """The solver of a stage; `multiplies` says whether it gets products of the Hessian."""
        task, domain, limit = self.task, self.task.domain, self.ledger.steps
        box = (domain.lower, domain.upper) if method.integers else domain.around(x0)
        return _core.CoreSolver(
            method.name,
            x0,
            *box,
            has_gradient=self.evaluator.has_gradient,
            has_hessian=multiplies,
            central=self.central or steps is not None,
            one_sided=task.differences == "2-point",
            steps=self.steps_at(x0) if steps is None else steps,
            scale=self.scale_for(method, options) if scale is None else scale,
            integer=domain.integer,
            given=self.population if name == StageName.SEARCH else None,
            design=design_of(method, options, task.key) if options else None,
            options=options,
            budget=self.ledger.left(default_budget(len(x0))),
            max_iter=0 if limit is None else max(1, limit - self.evaluator.nit),
            key=task.key,
        )

    def scale_for(self, method: Method, options: dict[str, float]) -> Vector | None:
        """The units that a method works in: the user's own where some variables are whole."""
        domain, units = self.task.domain, self.task.units
        return None if domain.integer is not None else units.for_search(method, options)

    @property
    def central(self) -> bool:
        """Whether differences are taken to both sides: where values are not exact, it pays."""
        asked = self.task.differences
        return asked == "3-point" or (asked is None and self.error > 0.0)

    def steps_at(self, x: Vector) -> Vector | None:
        """Difference steps where values are less exact than the core takes them to be.

        Its own steps, with the error of the values in the place of that of double precision.
        """
        if self.error == 0.0:
            return None
        power = 1.0 / 3.0 if self.central else 0.5
        return np.asarray(self.error**power * self.task.units.at(x))

    def kept_for_verdict(self) -> int:
        """Evaluations the search must leave: none where they would decide nothing."""
        granted = self.ledger.granted
        if granted is None or not self.task.classify:
            return 0
        size = len(self.x0), self.task.evaluations.has_gradient
        kept = min(int(KEPT * granted), default_cap(*size))
        return kept if kept >= least_cap(*size) else 0

    def kept_for_polish(self) -> int:
        """Evaluations left to the polish: few methods end in a minimum by themselves."""
        granted = self.ledger.granted
        if granted is None or not (self.task.polish and self.method.needs_polish):
            return 0
        return min(int(KEPT * granted), default_polish(len(self.x0)))

    def settle(self) -> None:
        """A method that got no further at a verified minimum has reached the resolution of f."""
        verdict = self.classification
        if self.status is Status.EXHAUSTED and verdict is not None and verdict.is_minimum:
            self.status = Status.PRECISION

    def judge(self) -> None:
        """Classify the best point found, unless the user wants nothing more."""
        if self.status not in ORDERS:
            self.look()
        if self.best_f == -math.inf:  # met before, or by that
            self.status = Status.UNBOUNDED
            reason = "unbounded: the objective is -inf at the point returned"
            self.evidence = None
            self.classification = Classification(Kind.UNBOUNDED, Point.UNBOUNDED, reason=reason)
        elif self.evaluator.reached:
            self.status = Status.TARGET
        if self.status in ORDERS:
            self.evidence = None
            self.classification = Classification(
                Kind.UNDETERMINED,
                Point.UNDETERMINED,
                reason=f"undetermined: nothing was evaluated after {TEXT[self.status]}",
            )

    def look(self) -> None:
        """Classify the best point found."""
        nfev, point = self.evaluator.nfev, None
        lower, upper = self.task.domain.around(self.best_x)
        try:
            self.evidence = classify_point(
                self.task.evaluations,
                self.best_x,
                self.best_f,
                lower=lower,
                upper=upper,
                scale=self.task.units.for_verdict(self.best_x),
                frugal=self.frugal,
            )
            self.classification = self.evidence.classification
            point = self.classification.point
        finally:
            cost = self.evaluator.nfev - nfev
            self.stages.append(Stage(StageName.CLASSIFY, None, cost, 0, self.best_f, None, point))
        if self.bent is None and point in NOT_CONVEX and self.evidence.witness is not None:
            self.bent = point
