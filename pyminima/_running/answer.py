"""What a call returns: the `Result` of its runs, finished or cut short."""

from __future__ import annotations

import math

import numpy as np

from pyminima import _core
from pyminima._arguments import Vector
from pyminima._judging.classification import NO_MINIMA, Classification, Point
from pyminima._judging.minima import Minimum
from pyminima._running.multistart import Multistart
from pyminima._running.result import Result
from pyminima._running.run import Run
from pyminima._running.status import SUCCESS, TEXT, Status


def result_of(call: Multistart) -> Result:
    """What is known now; also for a call that was cut short."""
    run = call.best_run
    if run is call.current:
        run.keep_lower(call.ledger.lower(run.best))
    run.keep_lower(call.ledger.stray)
    evaluator = call.ledger.evaluator
    x, fun, jac = run.best_x, *run.best[1:]
    verdict = call.classification or run.classification
    status = run.status if call.cut is Status.RUNNING else call.cut
    if status not in (Status.INTERRUPTED, Status.OBJECTIVE_ERROR):
        if fun == -math.inf:  # in whichever stage it was found
            status = Status.UNBOUNDED
        elif evaluator.reached:
            status = Status.TARGET
    hess = None
    if run.evidence is not None and np.array_equal(run.evidence.x, x):
        jac, hess = run.evidence.gradient if jac is None else jac, run.evidence.hessian
    return Result(
        x=x,
        fun=fun,
        jac=jac,
        hess=hess,
        success=_success(x, fun, status, verdict),
        status=status,
        message=_message(call, run, status, verdict),
        classification=verdict,
        method=call.first.method.name,
        nfev=evaluator.nfev,
        njev=evaluator.njev,
        nhev=call.task.evaluations.nhev,
        nit=evaluator.nit,
        n_escapes=call.n_escapes + call.current.n_escapes * (call.current.record is None),
        stages=tuple(call.stages),
        minima=_minima(call, x, verdict),
        history=call.first.history,
        elapsed=call.ledger.elapsed,
    )


def _minima(call: Multistart, x: Vector, verdict: Classification | None) -> tuple[Minimum, ...]:
    """The minima found, lowest first."""
    if not (call.found or call.met):
        return ()
    minima = [minimum.public for minimum in call.found] + [end.public for end in call.met]
    if verdict is not None:
        minima = [m._replace(kind=verdict.kind) if np.array_equal(m.x, x) else m for m in minima]
    return tuple(sorted(minima, key=lambda minimum: minimum.fun))


def _message(call: Multistart, run: Run, status: Status, verdict: Classification | None) -> str:
    """Verdict, reason of the end, and notes, as sentences."""
    parts = [] if verdict is None else [str(verdict)]
    if run.evidence is not None and run.moved_since(run.evidence):
        parts.append("the point returned is a lower one, met while that one was judged")
    parts += [f"stopped because {TEXT[status]}", *call.first.remarks(), *call.notes]
    evaluator = call.ledger.evaluator
    if evaluator.rejected:
        error = evaluator.last_error
        parts.append(
            f"{evaluator.rejected} evaluations raised and were rejected, "
            f"the last one {_told(error)}"
        )
    return ". ".join(part[:1].upper() + part[1:] for part in parts)


def _told(error: Exception | None) -> str:
    """Name and text of an exception of the user's, whatever that may do."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__


def _success(x: Vector, fun: float, status: Status, verdict: Classification | None) -> bool:
    """Whether the run converged, and to what the verdict lets pass as a minimum."""
    # All epochs are made: only the verdict can tell whether they were enough.
    verified = status is Status.EPOCHS and verdict is not None and verdict.is_minimum
    if not (SUCCESS[status] or verified) or not (math.isfinite(fun) and _core.all_finite(x)):
        return False
    if verdict is None or status is Status.TARGET:
        return True
    bent = verdict.index is not None and verdict.index > 0  # negative curvature beyond its error
    lower = verdict.point is Point.UNDETERMINED and verdict.witness is not None
    return not bent and not lower and verdict.point not in NO_MINIMA
