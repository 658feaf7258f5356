"""One call of `minimize`: a guided run, independent starts, and the minima that they find."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from pyminima._judging.basins import Basins, enough_starts
from pyminima._judging.classification import (
    NOT_CONVEX,
    Classification,
    Evidence,
    Kind,
    Point,
)
from pyminima._judging.convexity import contradiction
from pyminima._judging.landscape import BudgetSpent, widths
from pyminima._judging.minima import Found, Met, blur, counts, distance, same_minimum
from pyminima._methods.methods import method_named
from pyminima._running.globality import placed
from pyminima._running.ledger import Ledger
from pyminima._running.run import POLISHER, Run
from pyminima._running.stages import Stage, StageName
from pyminima._running.status import FINAL, ORDERS, Status
from pyminima._running.task import Task

# `starts="auto"` gives up here: 15 minima would need 497.
MOST_STARTS = 500

# ... and already here if not one of them has ended in a minimum.
HOPELESS = 50

# A start that is granted fewer evaluations than this times n + 1 ends nowhere.
LEAST_GRANTED = 30

# Of the minima that a global method has met, so many are judged at most.
MOST_JUDGED = 20


@dataclass
class Multistart:
    """One call of `minimize` under way.

    `first` is the guided run: from the start that the user gave, or over the whole box by a global
    method.  It is no part of the independent starts, which are drawn uniformly from the box and
    all descend by the same deterministic local method.
    """

    first: Run
    guided: bool = True
    starts: int | None = None  # independent ones at most
    until_enough: bool = False  # stop earlier if the stopping rule says so
    convex: bool = False
    notes: tuple[str, ...] = ()
    unchecked: bool = False  # the user's gradient has still to be held against the values
    task: Task = field(init=False)
    ledger: Ledger = field(init=False)
    current: Run = field(init=False)
    leader: Run = field(init=False)
    found: list[Found] = field(default_factory=list)
    met: list[Met] = field(default_factory=list)  # ends of a global search that were not judged
    stages: list[Stage] = field(default_factory=list)
    sampled: int = 0
    unresolved: int = 0
    n_escapes: int = 0
    cut: Status = Status.RUNNING  # why the call ended before all that was asked for was done
    bent: Point | None = None  # a point met that no convex function has
    tested: bool = False  # whether chords were held against convexity
    classification: Classification | None = None

    def __post_init__(self) -> None:
        self.task, self.ledger = self.first.task, self.first.ledger
        self.leader = self.current = self.first

    # ------------------------------------------------------------------------------ the course

    def go(self) -> None:
        """Run to the end."""
        if self.guided:
            self.guide(self.first, self.guided_share())
        if self.starts is not None:
            self.sample()
        elif self.first.met is not None and self.task.classify:
            self.take_over(*self.first.met)
        if self.starts is not None or self.first.escape:
            self.follow_stray()
        if self.task.classify:
            self.conclude()

    def guide(self, run: Run, share: float = 1.0) -> None:
        """Make a run that is none of the independent ones."""
        self.begin(run, share)
        try:
            self.check(run)
            run.descend(StageName.SEARCH, run.x0)
            self.settle(run, independent=False)
        finally:
            self.stages += run.stages
            if self.found:  # comparisons with known minima are in no stage yet
                spent = run.evaluator.nfev - self.ledger.began
                compared = spent - sum(stage.nfev for stage in run.stages)
                if compared > 0:
                    self.stages.append(
                        Stage(StageName.CLASSIFY, None, compared, 0, run.best_f, None)
                    )

    def guided_share(self) -> float:
        """Half of the budget for a search of the whole box, otherwise as much as for a start."""
        if self.starts is None:
            return 1.0
        return 0.5 if self.first.method.is_global else 1.0 / (1 + self.starts_ahead())

    def sample(self) -> None:
        """Descend from independent uniform starts, as many as were asked for or the rule wants."""
        first, evaluator = self.first, self.ledger.evaluator
        local = not (first.method.is_global or first.method.is_random)
        method = first.method if local else method_named(POLISHER)
        options = first.options if local else {}
        rng = np.random.default_rng([*self.task.key, 1])
        nfev, nit = evaluator.nfev, evaluator.nit
        least = LEAST_GRANTED * (len(first.x0) + 1)
        try:
            while (ahead := self.starts_ahead()) and not self.over():
                x0 = self.task.domain.drawn(rng.random(len(first.x0)))
                run = first.fresh(x0, method, options)
                self.begin(run, 1.0 / ahead, least)
                self.check(run)
                run.descend(StageName.SEARCH, x0)
                self.settle(run, independent=True)
        finally:
            spent = evaluator.nfev - nfev, evaluator.nit - nit
            best = min(self.leader.best_f, self.current.best_f)
            self.stages.append(Stage(StageName.STARTS, method.name, *spent, best, None))
        if self.current.status in FINAL:
            self.cut = self.current.status
        elif ahead:
            self.cut = self.ledger.spent()

    def take_over(self, met: list[Met], uniform: int) -> None:
        """Judge the minima that the search has met, and count its uniform starts as independent."""
        evaluator = self.ledger.evaluator
        nfev, nit, judged = evaluator.nfev, evaluator.nit, 0
        self.sampled += uniform
        self.unresolved += uniform - sum(end.sampled for end in met)
        try:
            for end in met:
                if judged == MOST_JUDGED or self.over() or not self.judge_end(end):
                    self.met.append(end)
                else:
                    judged += 1
        finally:
            spent = evaluator.nfev - nfev, evaluator.nit - nit
            if judged > 0 or spent != (0, 0):
                self.stages.append(Stage(StageName.MINIMA, None, *spent, self.leader.best_f, None))

    def judge_end(self, end: Met) -> bool:
        """Whether an end of the search could be judged: a known minimum, a new one, or none."""
        run = self.first.fresh(end.x, escape=False)
        run.status = self.first.status
        self.begin(run)
        self.ledger.resume((end.x, end.f, None))
        minimum = self.known(run)
        if minimum is None:
            run.judge()
            minimum = self.new(run)
        else:
            run.evidence, run.classification = minimum.evidence, minimum.evidence.classification
        run.close()
        if run.best_f < self.leader.best_f:
            self.leader = run
        verdict = run.classification
        if verdict is None or verdict.point is Point.UNDETERMINED:
            return False
        if minimum is None:
            self.unresolved += end.sampled
        else:
            minimum.join(end)
        return True

    def starts_ahead(self) -> int:
        """Independent starts still to be made, as things look now."""
        assert self.starts is not None
        ahead = self.starts - self.sampled
        if self.until_enough:
            basins = self.basins()
            wanted = enough_starts(max(1, basins.classes)) - basins.trials
            hopeless = not self.found and self.sampled >= HOPELESS
            done = hopeless or (self.sampled > 0 and basins.enough)
            ahead = 0 if done else min(ahead, max(1, wanted))
        return ahead

    def over(self) -> bool:
        """Whether nothing more may or need be tried."""
        return self.current.status in FINAL or self.ledger.spent() is not Status.RUNNING

    # ----------------------------------------------------------------------------- the parts

    def begin(self, run: Run, share: float = 1.0, least: int = 1) -> None:
        """Give a run its budget and a record of its own."""
        self.ledger.begin(share, least)
        self.current = run

    def check(self, run: Run) -> None:
        """Check the gradient where the first run starts."""
        if not self.unchecked:
            return
        self.unchecked = False
        start = run.check()
        self.first.error = run.error
        evaluator = self.ledger.evaluator
        if evaluator.best_f < start[1] and not evaluator.reached:
            self.ledger.resume(start)  # the search begins at x0, whatever the check has met

    def settle(self, run: Run, independent: bool) -> None:
        """What a descent ended in: a known minimum, a new one, or nothing that can be counted."""
        minimum = None
        if self.task.classify:
            self.ledger.release()
            minimum = self.known(run)
            if minimum is None:
                run.verify()
                self.bent = self.bent or run.bent
                minimum = self.known(run) or self.new(run)
        if minimum is not None:
            minimum.welcome(run.best_x, run.best_f, independent)
            run.evidence = minimum.evidence
            run.classification = minimum.evidence.classification
            run.settle()
        self.sampled += independent
        self.unresolved += independent and minimum is None
        self.n_escapes += run.n_escapes
        run.close()
        if run.best_f < self.leader.best_f or self.leader.status is Status.RUNNING:
            self.leader = run

    def known(self, run: Run) -> Found | None:
        """The known minimum that a run has ended in, if there is one; near ones are tried first."""
        if not self.found or run.status in ORDERS or not math.isfinite(run.best_f):
            return None
        x, f, width = run.best_x, run.best_f, widths(self.task.domain.lower, self.task.domain.upper)
        there = [minimum for minimum in self.found if self.task.domain.connected(x, minimum.x)]
        values = self.task.evaluations.values
        with self.ledger.aside(run.best) as visit, suppress(BudgetSpent):
            for minimum in sorted(there, key=lambda m: distance(m, x, width)):
                if same_minimum(values, minimum, x, f, width):
                    visit.add()  # what was met on the way there: the descent may have it
                    return minimum
        return None

    def follow_stray(self) -> None:
        """Descend from the lowest point that is in no run's record, if it is below all of these."""
        x, f, _ = self.ledger.stray
        leader, known = self.leader, self.leader.evidence
        noise = 0.0 if known is None else known.noise
        if x is not None and f < leader.best_f - noise and not self.over():
            self.guide(self.first.fresh(x))

    def new(self, run: Run) -> Found | None:
        """The minimum that a run has found, if its verdict says that it is one."""
        if run.evidence is None or not counts(run.evidence.classification):
            return None
        judged = run.evidence.x, run.evidence.f
        lowest = judged if run.moved_since(run.evidence) else (run.best_x, run.best_f)
        minimum = Found(*lowest, run.evidence)
        self.found.append(minimum)
        return minimum

    # --------------------------------------------------------------------- what it all says

    def basins(self) -> Basins:
        """What the independent starts have seen."""
        hits = [minimum.sampled for minimum in self.found] + [end.sampled for end in self.met]
        return Basins(
            starts=self.sampled,
            dimension=int(self.task.domain.movable.sum()),
            minima=len(hits),
            singletons=hits.count(1) + self.unresolved,
            unresolved=self.unresolved,
            unsampled=hits.count(0),
        )

    def conclude(self) -> None:
        """Judge the best point again if need be, and say what is known of the rest of the box."""
        self.leader.keep_lower(self.ledger.stray)
        if self.convex or self.starts is not None:
            self.judge_again()
        objection = self.objection() if self.convex else None
        verdict = self.leader.classification
        if verdict is None:
            reason = "undetermined: nothing was evaluated"
            verdict = Classification(Kind.UNDETERMINED, Point.UNDETERMINED, reason=reason)
        self.classification = placed(
            verdict,
            basins=self.basins() if self.sampled else None,
            fixed=not self.task.domain.movable.any(),
            searched=self.guided and self.first.method.is_global,
            convex=self.convex,
            objection=objection,
            tested=self.tested,
            is_above=self.is_above(),
        )

    def judge_again(self) -> None:
        """Look at the best point itself, if it is lower than the minimum judged in its place."""
        leader, evidence = self.leader, self.leader.evidence
        if evidence is None or not counts(evidence.classification):
            return
        if self.over() or not self.is_above():
            return
        self.begin(leader)
        stages = len(leader.stages)
        try:
            leader.judge()
        finally:
            self.stages += leader.stages[stages:]
        if leader.classification is None or leader.classification.point is Point.UNDETERMINED:
            leader.evidence, leader.classification = evidence, evidence.classification
        self.keep_lower(evidence)

    def is_above(self) -> bool:
        """Whether the point judged is higher than the one returned, by more than noise."""
        leader = self.leader
        return leader.evidence is not None and leader.moved_since(leader.evidence)

    def keep_lower(self, judged: Evidence) -> None:
        """Take over a lower point, and the last verdict, for the minimum that was judged before."""
        leader = self.leader
        leader.keep_lower(self.ledger.lower(leader.best))
        if self.is_above():  # that one could not be judged
            return
        for minimum in [m for m in self.found if m.evidence is judged]:
            assert leader.evidence is not None
            minimum.x, minimum.f, minimum.evidence = leader.best_x, leader.best_f, leader.evidence
            if not counts(leader.evidence.classification):
                self.found.remove(minimum)
                self.unresolved += minimum.sampled

    def objection(self) -> str | None:
        """What contradicts convexity, if anything was found that does."""
        if self.bent is not None:
            return f"on the way there was this: {NOT_CONVEX[self.bent]}"
        leader = self.leader
        evidence = leader.evidence
        if evidence is None or not counts(evidence.classification):
            return None
        others = [m.f for m in self.found if m.f > evidence.f + blur(evidence, m.f)]
        if others:
            return f"there are minima with values {evidence.f:.6g} and {others[0]:.6g}"
        if self.over():
            return None
        objection = None
        nfev, evaluator = leader.evaluator.nfev, leader.evaluator
        self.begin(leader)
        evaluator.lenient = True  # so far out f may not be defined
        try:
            objection = contradiction(
                self.task.evaluations,
                evidence,
                [minimum for minimum in self.found if minimum.evidence is not evidence],
                self.task.domain.lower,
                self.task.domain.upper,
                np.random.default_rng([*self.task.key, 2]),
            )
            self.tested = True
        except BudgetSpent:
            pass
        finally:
            evaluator.lenient = False
            nfev = evaluator.nfev - nfev
            self.stages.append(Stage(StageName.CONVEXITY, None, nfev, 0, evaluator.best_f, None))
        x, f, _ = evaluator.best
        if x is not None and f < evidence.f - blur(evidence, f):
            objection = objection or f"at a point met while testing that, it is {f:.6g}"
            if not self.over():
                self.guide(self.first.fresh(x))
                self.judge_again()
        else:
            self.keep_lower(evidence)
        return objection

    @property
    def best_run(self) -> Run:
        """The run that has found the best point, also while one is under way."""
        behind = self.leader.status is Status.RUNNING or self.current.best_f < self.leader.best_f
        return self.current if behind else self.leader
