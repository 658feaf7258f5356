"""Mini-batches: each step of the method sees a few samples; the answer is judged on all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult

from pyminima import _core
from pyminima._arguments import Vector, as_callback
from pyminima._methods.methods import Method, method_named
from pyminima._running.batches import EPOCHS, Batches, Training
from pyminima._running.ledger import Best
from pyminima._running.result import Epoch
from pyminima._running.run import POLISHER, Run
from pyminima._running.stages import Stage, StageName
from pyminima._running.status import Status

Order = NDArray[np.int64]

# Passes over all samples that a budget must leave to the answer: the lowest epoch, the last point,
# and the start.
PASSES = 3

# Evaluations, where there is no limit.
NO_LIMIT = 2**62


def orders(batches: Batches, rng: np.random.Generator) -> Callable[[], Order]:
    """A function that gives the order of the samples in the next epoch, for reading only.

    It is new memory each time: the objective may keep the indices it is given.
    """

    def following() -> Order:
        order = np.arange(batches.n_samples, dtype=np.int64)
        if batches.shuffle:
            rng.shuffle(order)
        order.flags.writeable = False
        return order

    return following


def epoch_hook(callback: Any) -> Callable[[OptimizeResult], Any] | None:
    """The user's callback as a function of what is known after an epoch."""
    if callback is None:
        return None
    function, takes_result = as_callback(callback)
    if takes_result:
        return lambda res: function(intermediate_result=res)
    return lambda res: function(res.x)


class Kept(NamedTuple):
    """The epoch with the lowest loss so far, and where it ended."""

    loss: float
    x: Vector


@dataclass(kw_only=True)
class SampledRun(Run):
    """A run whose search is made of epochs; polish, escape and verdict are about all samples."""

    training: Training
    orders: Callable[[], Order]
    callback: Callable[[OptimizeResult], Any] | None = None
    epochs: list[Epoch] = field(default_factory=list)
    latest: Vector | None = None  # where the search stands
    kept: Kept | None = None
    opening: float = math.inf  # the loss of the first batch, at the start
    counted: float = math.inf  # the lowest loss that counted as an improvement
    idle: int = 0  # epochs since then

    # ------------------------------------------------------------------------------ the course

    def descend(self, name: StageName, x0: Vector) -> None:
        """Make the epochs and weigh what they led to; from a point judged, go on by a polish."""
        if name != StageName.SEARCH:
            self.stage(name, POLISHER, x0, {}, keep=self.kept_for_verdict())
            return
        evaluator = self.evaluator
        nfev, nit = evaluator.nfev, evaluator.nit
        verdict, polish = self.kept_for_verdict(), self.kept_for_polish()
        try:
            with self.ledger.reserved(verdict + polish + PASSES):
                self.train(x0)
            self.weigh()
        finally:
            spent = evaluator.nfev - nfev, evaluator.nit - nit
            best = evaluator.best_f
            self.stages.append(Stage(name, self.method.name, *spent, best, self.status))
        if self.task.polish and not self.ended() and math.isfinite(self.best_f):
            self.stage(StageName.POLISH, POLISHER, self.best_x, {}, keep=verdict)

    def train(self, x0: Vector) -> None:
        """Go through the samples, epoch by epoch, until something ends it."""
        evaluator, batches = self.sampled, self.training.batches
        solver = _core.CoreSolver(
            self.method.name,
            x0,
            self.task.domain.lower,
            self.task.domain.upper,
            has_gradient=evaluator.has_gradient,
            central=self.central,
            stochastic=True,
            options=self.options,
            budget=self.ledger.left(NO_LIMIT),
            max_iter=self.steps_ahead(),
            key=self.task.key,
        )
        while self.status is Status.RUNNING:
            try:
                stop, loss, first, seen = evaluator.epoch(solver, self.orders(), batches.size)
            finally:
                self.latest = solver.answer()
            self.status = Status(stop)
            if not self.epochs:
                self.opening = first
            if seen == batches.n_samples:
                self.finish_epoch(loss)
            elif seen > 0:
                self.note(loss, None, seen)

    def steps_ahead(self) -> int:
        """Steps the search may take, for schedules; a guess where only time is limited; 0: any."""
        epochs, steps = self.training.epochs, self.training.batches.steps
        limits = [self.ledger.steps, epochs and epochs * steps]
        known = [limit for limit in limits if limit is not None]
        return min(known, default=EPOCHS * steps if self.ledger.evals is None else 0)

    def finish_epoch(self, loss: float) -> None:
        """Look at where an epoch has led, and whether it was the last one."""
        batches, x = self.training.batches, self.latest
        assert x is not None
        validation = None
        if batches.validation is not None:
            validation = as_loss(batches.validation(x.copy()))
        score = loss if validation is None else validation
        if score < (math.inf if self.kept is None else self.kept.loss):
            self.kept = Kept(score, x)
        self.idle += 1
        first = score if not self.epochs else self.epochs[0].score
        enough = self.training.ftol * (first - self.counted)
        if self.counted == math.inf or score < self.counted - enough:
            self.counted, self.idle = score, 0
        self.note(loss, validation, batches.n_samples)
        if self.callback is not None and self.ask_user(x):
            self.status = Status.CALLBACK
        if self.status is Status.RUNNING:
            self.status = self.reason_to_end(loss, x)

    def reason_to_end(self, loss: float, x: Vector) -> Status:
        """Why no further epoch is to be made, or RUNNING."""
        training, target = self.training, self.ledger.target
        # If its batches were as low as that, all samples may be: that has to be seen.
        if target is not None and loss <= target and self.reaches(target, x):
            return Status.TARGET
        if training.patience is not None and self.idle >= training.patience:
            return Status.PATIENCE
        if training.epochs is not None and len(self.epochs) >= training.epochs:
            return Status.EPOCHS
        return Status.RUNNING

    def reaches(self, target: float, x: Vector) -> bool:
        """Whether the loss on all samples is that low, if a limit does not forbid to ask."""
        return not self.evaluator.spent() and self.sampled.measure(x) <= target

    def weigh(self) -> None:
        """Measure the loss on all samples, which is the answer's, where it may be lowest."""
        evaluator, limit = self.sampled, self.ledger.evals
        for x in self.candidates():
            within = limit is None or evaluator.nfev < limit
            if within and not evaluator.reached:
                evaluator.measure(x)
        if evaluator.reached:
            self.status = Status.TARGET
        if not self.goes_on:
            self.close()

    def candidates(self) -> Iterator[Vector]:
        """Yield the points that may be the answer."""
        kept, latest = self.kept, self.latest
        if kept is not None:
            yield kept.x
        if latest is not None and (
            kept is None or (latest is not kept.x and self.training.batches.validation is None)
        ):
            yield latest
        # Is it lower than the start was on the first batch?
        known = self.opening if self.training.batches.validation is None else math.inf
        if not self.best_f < known:
            yield self.x0

    # ------------------------------------------------------------------------------- the parts

    @property
    def sampled(self) -> _core.SampledEvaluator:
        """The evaluator, which can make epochs."""
        assert isinstance(self.evaluator, _core.SampledEvaluator)
        return self.evaluator

    @property
    def best(self) -> Best:
        """The best point on all samples; if none was measured, as far as the search has come."""
        found = super().best
        if found[0] is not None or self.latest is None:
            return found
        return self.latest if self.kept is None else self.kept.x, math.nan, None

    @property
    def goes_on(self) -> bool:
        """Whether the answer is looked for beyond the search; else it is a point of the search."""
        return self.task.polish or self.task.escape

    def keep_lower(self, best: Best) -> None:
        """Take over a lower point, such as the verdict meets, if the answer may be one."""
        if self.goes_on:
            super().keep_lower(best)

    def fresh(
        self,
        x0: Vector,
        method: Method | None = None,
        options: dict[str, float] | None = None,
        escape: bool | None = None,
    ) -> Run:
        """A run from x0 over all samples."""
        plain = Run(self.task, x0, method_named(POLISHER), {}, self.escape, error=self.error)
        return plain.fresh(x0, method, options, escape)

    def ask_user(self, x: Vector) -> bool:
        """Whether the callback wants the run to end."""
        assert self.callback is not None
        epoch = self.epochs[-1]
        res = OptimizeResult(
            x=x.copy(),
            fun=epoch.fun,
            validation=epoch.validation,
            epoch=len(self.epochs),
            nit=self.evaluator.nit,
            nfev=self.evaluator.nfev,
        )
        try:
            return bool(self.callback(res))
        except StopIteration:
            return True

    def note(self, loss: float, validation: float | None, samples: int) -> None:
        """Add an epoch, or the part of one that was made, to the history."""
        self.epochs.append(Epoch(loss, validation, samples, self.evaluator.nfev))

    @property
    def frugal(self) -> bool:
        """An evaluation is a pass over all samples, and mini-batches seldom lead to a minimum."""
        return not self.escape

    @property
    def history(self) -> tuple[Epoch, ...]:
        """The epochs so far."""
        return tuple(self.epochs)

    def remarks(self) -> tuple[str, ...]:
        """How far the search went, for the message."""
        seen = sum(epoch.samples for epoch in self.epochs)
        passes = seen / self.training.batches.n_samples
        made = f"{passes:.4g} epochs were made: {seen} samples were seen"
        if math.isnan(self.best[1]):
            made += ". The loss on all samples was not measured, so fun is nan"
        return (made,)


def as_loss(value: Any) -> float:
    """What `validation` returned, as a number; NaN counts as the worst."""
    loss = _core.as_real_array("validation returned ", value, "a real number")
    if loss.size != 1:
        raise ValueError(
            f"validation returned an array of shape {loss.shape}, expected a single number"
        )
    return math.inf if np.isnan(loss).any() else float(loss.item())
