"""The course of one run: search, polish, verdict, and on from what turned out no minimum."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pyminima import _core
from pyminima._judging.case import LARGEST_DENSE
from pyminima._judging.classification import (
    NO_MINIMA,
    NOT_CONVEX,
    Classification,
    Evidence,
    Kind,
    Point,
)
from pyminima._judging.classify import classify_point, default_cap, least_cap
from pyminima._judging.landscape import BudgetSpent
from pyminima._judging.minima import Met
from pyminima._methods.methods import Method, method_named
from pyminima._running.gradient_check import (
    LEAST_GRANTED,
    Best,
    Check,
    GradientWarning,
    relative_error,
)
from pyminima._running.history import Recorder
from pyminima._running.population import design_of
from pyminima._running.result import Epoch
from pyminima._running.stages import Stage, StageName, parts_of, told_of
from pyminima._running.status import LIMITS, ORDERS, TEXT, Status

Vector = NDArray[np.float64]

POLISHER = "lbfgs"

# A run that would have to escape more often than this is walking along a ridge, not leaving one.
MOST_ROUNDS = 20

# A refinement that did not reach a stationary point in so many attempts will not do so in the next.
MOST_REFINEMENTS = 5

# The share of a given budget that is kept for the verdict, and again for the polish:
# otherwise the answer would be a point nobody knows anything about.
KEPT = 0.2


def default_budget(n: int) -> int:
    """Evaluations a run may take if no limit at all is given."""
    return 10_000 * (n + 1)


def default_polish(n: int) -> int:
    """Evaluations kept for a polish at most: a hundred differenced gradients."""
    return 100 * (n + 1)


class Curvature(NamedTuple):
    """The user's second derivatives: the Hessian at x, and its product with a vector."""

    hess: Callable[[Vector], Any] | None = None
    hessp: Callable[[Vector, Vector], Any] | None = None


class Evaluations:
    """What the classification may ask for, counted and limited by the evaluator of the run."""

    def __init__(self, evaluator: _core.Evaluator, n: int, curvature: Curvature) -> None:
        self._evaluator = evaluator
        self._curvature = curvature
        self.n = n
        self.nhev = 0
        # One that costs n evaluations is worth them where there is a dense Hessian to be had.
        dear = evaluator.gradient_cost > 0 and n > LARGEST_DENSE
        self.has_gradient = evaluator.has_gradient and not dear
        self.has_hessian = curvature.hess is not None
        self.has_product = curvature.hessp is not None
        self._last_hessian: tuple[Vector, Vector | sparse.spmatrix] | None = None

    @property
    def nfev(self) -> int:
        """Evaluations so far."""
        return self._evaluator.nfev

    def _batch(self, X: Vector, gradients: bool) -> tuple[Vector, Vector | None]:
        if len(X) and (spent := self._evaluator.spent()):
            raise BudgetSpent(TEXT[Status(spent)])
        stop, F, G = self._evaluator.batch(X, gradients)
        if stop:
            raise BudgetSpent(TEXT[Status(stop)])
        return F, G

    def values(self, X: Vector) -> Vector:
        """Values (m,) at the rows of X (m, n)."""
        return self._batch(X, False)[0]

    def gradients(self, X: Vector) -> tuple[Vector, Vector]:
        """Values (m,) and gradients (m, n)."""
        F, G = self._batch(X, True)
        assert G is not None
        return F, G

    def look(self) -> None:
        """Raise `BudgetSpent` if the time is over."""
        if self._evaluator.spent() == Status.TIME:
            raise BudgetSpent(TEXT[Status.TIME])

    def hessian(self, x: Vector) -> Vector | sparse.spmatrix:
        """The user's Hessian (n, n), dense or sparse as he gave it."""
        hess = self._curvature.hess
        assert hess is not None
        self.nhev += 1
        given = hess(x.copy())
        if sparse.issparse(given):
            _core.as_real_array("hess returned a sparse matrix of ", given.data, "real numbers")
            H = given
        else:
            H = _core.as_real_array("hess returned ", given, "real numbers")
            H = H.reshape(1, 1) if self.n == H.size == 1 else H
        if H.shape != (self.n, self.n):
            raise ValueError(
                f"hess returned an array of shape {H.shape}, expected ({self.n}, {self.n})"
            )
        return H

    @property
    def has_products(self) -> bool:
        """Whether the Hessian can be multiplied with vectors."""
        return self.has_hessian or self.has_product

    def products(self, x: Vector, V: Vector) -> Vector:
        """The Hessian at x times the rows of V (m, n); the one of the last x is kept."""
        if not self.has_hessian:
            return np.array([self.product(x, v) for v in V])
        if self._last_hessian is None or not np.array_equal(self._last_hessian[0], x):
            self._last_hessian = x.copy(), self.hessian(x)
        H = self._last_hessian[1]
        with np.errstate(all="ignore"):  # the method minds what is not finite
            return np.asarray((H @ V.T).T)

    def product(self, x: Vector, v: Vector) -> Vector:
        """The user's Hessian at x times v, (n,)."""
        hessp = self._curvature.hessp
        assert hessp is not None
        self.nhev += 1
        given = hessp(x.copy(), v.copy())
        Hv = _core.as_real_array("hessp returned ", given, "real numbers")
        if Hv.size != self.n:
            raise ValueError(f"hessp returned an array of shape {Hv.shape}, expected ({self.n},)")
        return Hv.reshape(self.n)


def _units(evidence: Evidence) -> Vector:
    """Units in which the curvatures along all variables are alike, as powers of two.

    The largest of them is such that no variable is scaled up beyond max(|x|, 1).
    """
    size = np.maximum(np.abs(evidence.x), 1.0)
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

    It owns the record of the best point until `close`; a later run may then begin a new one.
    """

    evaluator: _core.Evaluator
    evaluations: Evaluations
    x0: Vector
    lower: Vector
    upper: Vector
    method: Method
    options: dict[str, float]
    key: tuple[int, int] = (0, 0)
    max_evals: int | None = None  # these two compare with what the evaluator has counted in all
    max_iter: int | None = None
    search_limit: int | None = None  # evaluations of a stage, where nothing limits the run
    classify: bool = True
    escape: bool = True
    polish: bool = True
    differences: str | None = None  # "2-point" or "3-point"; None: as the values deserve
    error: float = 0.0  # of one value, relative, where that is more than rounding
    on_step: Callable[[_core.CoreSolver], Any] | None = None
    recorder: Recorder | None = None
    integer: NDArray[np.bool_] | None = None  # variables that are whole numbers
    given: Vector | None = None  # (m, n): the first population of the search begins with these
    nfev_before: int = 0
    stages: list[Stage] = field(default_factory=list)
    status: Status = Status.RUNNING
    evidence: Evidence | None = None
    classification: Classification | None = None
    bent: Point | None = None  # the first point judged that no convex function has
    n_escapes: int = 0
    record: Best | None = None  # the best point at the end
    met: tuple[list[Met], int] | None = None  # minima of a global search, and its uniform starts

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

        A gradient is held against the values, and a warning given if they differ; differences are
        told how exact the values are.  Returns the record of the start: points beside it may be
        lower.
        """
        evaluator = self.evaluator
        start: Best = (None, math.inf, None)
        least = LEAST_GRANTED * (1 + evaluator.gradient_cost)
        short = self.max_evals is not None and self.max_evals - self.nfev_before < least
        lower, upper = self.local_box(self.x0)
        fixed = _core.all_fixed(lower, upper)
        if short or fixed or not (self.polish or self.method.needs == "gradient"):
            return start
        nfev, found = evaluator.nfev, None
        try:
            if evaluator.has_gradient:
                check = Check(evaluator, self.x0, lower, upper)
                found = check.contradiction()
                start = check.start
            else:
                start, self.error = relative_error(
                    evaluator, self.evaluations, self.x0, lower, upper
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
        if finished or not self.polish:
            return
        may_go_on = not self.ended() or (polish > 0 and self.status is Status.EVALUATIONS)
        if may_go_on and math.isfinite(self.evaluator.best_f):
            self.stage(StageName.POLISH, POLISHER, self.best_x, {}, keep=verdict)

    def ended(self) -> bool:
        """Whether a limit of the user's forbids more; our own limit ends one stage only."""
        ours = self.status is Status.EVALUATIONS and self.max_evals is None
        steps = self.max_iter is not None and self.evaluator.nit >= self.max_iter
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
            scale=_units(evidence),
        )
        return self.best_f < before

    def moved_since(self, evidence: Evidence) -> bool:
        """Whether judging a point has met one that is lower by more than noise."""
        return self.best_f < evidence.f - evidence.noise

    def judged_once(self) -> bool:
        """Whether the last stage, and not the one before it, was a classification."""
        return len(self.stages) < 2 or self.stages[-2].name != StageName.CLASSIFY

    # ------------------------------------------------------------------------------- the parts

    def local_box(self, x: Vector) -> tuple[Vector, Vector]:
        """The box that everything local at x keeps to."""
        return self.lower, self.upper

    def drawn(self, u: Vector) -> Vector:
        """A point of the box from one of the unit cube."""
        return np.clip(self.lower * (1.0 - u) + self.upper * u, self.lower, self.upper)

    def connected(self, x: Vector, y: Vector) -> bool:
        """Whether the line from x to y is in the domain."""
        return True

    def fresh(self, x0: Vector) -> Run:
        """A run from x0 with nothing done yet."""
        return replace(
            self,
            x0=x0,
            given=None,
            stages=[],
            status=Status.RUNNING,
            evidence=None,
            classification=None,
            bent=None,
            n_escapes=0,
            record=None,
            met=None,
        )

    @property
    def frugal(self) -> bool:
        """Whether the verdict is to look first whether f still falls clearly."""
        return False

    @property
    def history(self) -> tuple[Epoch, ...] | NDArray[np.void] | None:
        """The course of the call, where it is kept."""
        return None if self.recorder is None else self.recorder.table()

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

    def keep_lower(self) -> None:
        """Take over the evaluator's new record if it is lower than what was found."""
        if self.evaluator.best_f < self.best_f:
            self.record = self.evaluator.best

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
        evaluator = self.evaluator
        nfev, nit = evaluator.nfev, evaluator.nit
        if self.max_evals is not None:
            evaluator.max_evals = self.max_evals - keep
        elif self.search_limit is not None:
            evaluator.max_evals = nfev + self.search_limit
        row = method_named(method)
        multiplies = row.uses_hessian and self.evaluations.has_products
        products = self.evaluations.products if multiplies else None
        lower, upper = (self.lower, self.upper) if row.integers else self.local_box(x0)
        solver = _core.CoreSolver(
            method,
            x0,
            lower,
            upper,
            has_gradient=evaluator.has_gradient,
            has_hessian=products is not None,
            central=self.central or steps is not None,
            one_sided=self.differences == "2-point",
            steps=self.steps_at(x0) if steps is None else steps,
            scale=scale,
            integer=self.integer,
            given=self.given if name == StageName.SEARCH else None,
            design=design_of(row, options, self.key) if options else None,
            options=options,
            budget=self.budget_left(),
            max_iter=0 if self.max_iter is None else max(1, self.max_iter - nit),
            key=self.key,
        )
        repeating = bool(self.stages) and self.stages[-1].name == StageName.CHECK
        on_step, recorder = self.on_step, self.recorder
        if recorder is not None:
            on_step = recorder.watch(self, name, on_step)
        try:
            status = Status(evaluator.run(solver, on_step, products, repeating))
            first = self.status is Status.RUNNING
            if first or status is not Status.NOT_FINITE or not math.isfinite(self.best_f):
                self.status = status  # else the stages before have found what this one has not
        finally:
            spent = evaluator.nfev - nfev, evaluator.nit - nit
            best = evaluator.best_f
            whole = Stage(name, method, *spent, best, self.status)
            self.stages += parts_of(solver, *spent, self.status) or [whole]
            evaluator.max_evals = self.max_evals
            self.met = met_by(solver) or self.met
            if recorder is not None:
                recorder.end_stage()

    @property
    def central(self) -> bool:
        """Whether differences are taken to both sides: where values are not exact, it pays."""
        return self.differences == "3-point" or (self.differences is None and self.error > 0.0)

    def steps_at(self, x: Vector) -> Vector | None:
        """Difference steps where values are less exact than the core takes them to be.

        Its own steps, with the error of the values in the place of that of double precision.
        """
        if self.error == 0.0:
            return None
        power = 1.0 / 3.0 if self.central else 0.5
        return np.asarray(self.error**power * np.maximum(np.abs(x), 1.0))

    def kept_for_verdict(self) -> int:
        """Evaluations the search must leave: none where they would decide nothing."""
        if self.max_evals is None or not self.classify:
            return 0
        task = len(self.x0), self.evaluations.has_gradient
        kept = min(int(KEPT * (self.max_evals - self.nfev_before)), default_cap(*task))
        return kept if kept >= least_cap(*task) else 0

    def kept_for_polish(self) -> int:
        """Evaluations left to the polish: few methods end in a minimum by themselves."""
        if self.max_evals is None or not (self.polish and self.method.needs_polish):
            return 0
        granted = self.max_evals - self.nfev_before
        return min(int(KEPT * granted), default_polish(len(self.x0)))

    def budget_left(self) -> int:
        """Evaluations the next stage may take."""
        limit = self.evaluator.max_evals
        left = default_budget(len(self.x0)) if limit is None else limit - self.evaluator.nfev
        return max(0, int(left))

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
        lower, upper = self.local_box(self.best_x)
        try:
            self.evidence = classify_point(
                self.evaluations,
                self.best_x,
                self.best_f,
                lower=lower,
                upper=upper,
                frugal=self.frugal,
            )
            self.classification = self.evidence.classification
            point = self.classification.point
        finally:
            cost = self.evaluator.nfev - nfev
            self.stages.append(Stage(StageName.CLASSIFY, None, cost, 0, self.best_f, None, point))
        if self.bent is None and point in NOT_CONVEX and self.evidence.witness is not None:
            self.bent = point
