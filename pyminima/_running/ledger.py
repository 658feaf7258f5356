"""The ledger of one call: what it may spend and has spent, and the best points it has met.

It alone limits the evaluator and begins its records of the best point. Runs of one call follow one
another, so what is granted is always the share of the run under way.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from pyminima import _core
from pyminima._arguments import Vector
from pyminima._running.status import Status

# A record of the best point: its x (None before there is a value), f, and gradient if known.
Best = tuple[Vector | None, float, Vector | None]
NOTHING: Best = (None, math.inf, None)

# The share of a given budget that is kept for the verdict, and again for the polish: otherwise
# nothing would be known about the point returned.
KEPT = 0.2


def default_budget(n: int) -> int:
    """Evaluations a run may take if no limit at all is given."""
    return 10_000 * (n + 1)


@dataclass
class Ledger:
    """Limits and records of one call; every limit is compared with what is counted in all."""

    evaluator: _core.Evaluator
    max_evals: int | None = None
    max_iter: int | None = None
    seconds: float | None = None
    target: float | None = None
    kept: float = 0.0  # share of the time of a run that is left to its verdict
    started: float = field(default_factory=time.perf_counter)
    # Of the run under way: how many evaluations had been made when it began, how many it may make,
    # the limits on evaluations and steps, and the end of its time in seconds since the call began.
    began: int = 0
    granted: int | None = None
    evals: int | None = None
    steps: int | None = None
    until: float = math.inf
    stray: Best = NOTHING  # the lowest point that is in no run's record

    # ------------------------------------------------------------------------------ the limits

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return time.perf_counter() - self.started

    @property
    def unlimited(self) -> bool:
        """Whether the user has given no limit at all."""
        return self.max_evals is None and self.max_iter is None and self.seconds is None

    def begin(self, share: float = 1.0, least: int = 1) -> None:
        """Grant a new run a share of what is left, and begin its record of the best point."""
        evaluator = self.evaluator
        evals, steps, seconds = self.max_evals, self.max_iter, self.seconds
        if evals is not None:
            evals = min(evals, evaluator.nfev + max(least, int(share * (evals - evaluator.nfev))))
        if steps is not None:
            steps = min(steps, evaluator.nit + max(1, int(share * (steps - evaluator.nit))))
        if seconds is not None:
            left = seconds - self.elapsed
            needed = least * self.elapsed / max(evaluator.nfev, 1)  # for the least evaluations
            seconds = min(left, max(share * left, needed))
            self.until = self.elapsed + seconds
            seconds *= 1.0 - self.kept
        self.began, self.evals, self.steps = evaluator.nfev, evals, steps
        self.granted = None if evals is None else evals - evaluator.nfev
        self.stop_at(evals)
        evaluator.limit(max_iter=steps, seconds=seconds, target=self.target)
        self.resume(NOTHING)

    def release(self) -> None:
        """Let the run under way spend the time that was kept for its verdict."""
        if self.kept > 0.0 and self.seconds is not None:
            left = max(self.until - self.elapsed, 0.0)
            self.evaluator.limit(max_iter=self.steps, seconds=left, target=self.target)

    def reserved(self, keep: int, otherwise: int | None = None) -> Reserved:
        """A scope in which the evaluator stops while the run has `keep` evaluations left.

        Where evaluations are not limited it stops after `otherwise` many, if that is given.
        """
        nfev, limit = self.evaluator.nfev, self.evals
        if limit is not None:
            limit = max(nfev, limit - keep)
        elif otherwise is not None:
            limit = nfev + otherwise
        return Reserved(self, limit)

    def stop_at(self, evals: int | None) -> None:
        """Let the evaluator make so many evaluations in all."""
        self.evaluator.max_evals = evals

    def left(self, unlimited: int) -> int:
        """Evaluations that may be made now; `unlimited` where nothing limits them."""
        limit = self.evaluator.max_evals
        return unlimited if limit is None else max(0, limit - self.evaluator.nfev)

    def spent(self) -> Status:
        """Why the call must evaluate no more; RUNNING if it may."""
        if self.evaluator.reached:
            return Status.TARGET
        if self.max_evals is not None and self.evaluator.nfev >= self.max_evals:
            return Status.EVALUATIONS
        if self.max_iter is not None and self.evaluator.nit >= self.max_iter:
            return Status.ITERATIONS
        if self.seconds is not None and self.elapsed >= self.seconds:
            return Status.TIME
        return Status.RUNNING

    # ------------------------------------------------------------------------ the best points

    def lower(self, best: Best) -> Best:
        """The lower one of a record and the evaluator's; the former if they are equal."""
        return self.evaluator.best if self.evaluator.best_f < best[1] else best

    def resume(self, best: Best) -> None:
        """Go on with this record; what the present one holds is kept as a stray point."""
        self.stray = self.lower(self.stray)
        self.evaluator.set_best(*best)

    def aside(self, best: Best) -> Aside:
        """A scope in which points go into a record of their own; then `best` goes on."""
        return Aside(self, best)


# These are no generators of `contextlib`, for those write into an exception that passes through
# them: one of the user's may be frozen.


class Reserved:
    """The scope of `Ledger.reserved`."""

    __slots__ = ("ledger", "limit")

    def __init__(self, ledger: Ledger, limit: int | None) -> None:
        self.ledger, self.limit = ledger, limit

    def __enter__(self) -> None:
        self.ledger.stop_at(self.limit)

    def __exit__(self, *_: object) -> None:
        self.ledger.stop_at(self.ledger.evals)


class Aside:
    """The scope of `Ledger.aside`: what is met within is a stray point, unless it is added."""

    __slots__ = ("best", "ledger")

    def __init__(self, ledger: Ledger, best: Best) -> None:
        self.ledger, self.best = ledger, best

    def __enter__(self) -> Aside:
        self.ledger.evaluator.forget()
        return self

    def add(self) -> None:
        """Add what has been met until now to the record that goes on."""
        self.best = self.ledger.lower(self.best)
        self.ledger.evaluator.forget()

    def __exit__(self, *_: object) -> None:
        self.ledger.resume(self.best)
