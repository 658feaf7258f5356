"""Mini-batches: each step of the method sees a few samples; the answer is judged on all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult

from pyminima import _core
from pyminima._arguments import as_callback, as_count, as_flag, as_number, as_options
from pyminima._methods.methods import Method, method_named
from pyminima._running.gradient_check import Best
from pyminima._running.result import Epoch
from pyminima._running.run import POLISHER, Run, Vector
from pyminima._running.stages import Stage, StageName
from pyminima._running.status import Status

Order = NDArray[np.int64]

# What is chosen where the user says nothing.
METHOD = "adam"
BATCH_SIZE = 64
EPOCHS = 10

# Passes over all samples that a budget must leave to the answer: the lowest epoch, the last point,
# and the start.
PASSES = 3

# Evaluations, where there is no limit.
NO_LIMIT = 2**62

# Stopping rules for one value after the other, which noise would fool.
SINGLE_STEP_RULES = ("gtol", "xtol")


@dataclass(frozen=True)
class Plan:
    """What `minimize` was told about samples, checked."""

    n_samples: int
    batch_size: int
    epochs: int | None  # None: until another limit
    shuffle: bool
    validation: Callable[[Vector], Any] | None
    patience: int | None  # epochs without an improvement that counts; None: no end to it
    ftol: float  # the part of the whole improvement so far that counts
    options: dict[Any, Any]  # those left to the method

    @property
    def steps(self) -> int:
        """Mini-batches of one epoch."""
        return -(-self.n_samples // self.batch_size)

    def orders(self, rng: np.random.Generator) -> Callable[[], Order]:
        """A function that gives the order of the samples in the next epoch, for reading only.

        It is new memory each time: the objective may keep the indices it is given.
        """

        def following() -> Order:
            order = np.arange(self.n_samples, dtype=np.int64)
            if self.shuffle:
                rng.shuffle(order)
            order.flags.writeable = False
            return order

        return following


# Arguments that mean nothing over mini-batches, and those that would move the answer away from
# where the validation was lowest.
NOT_WITH_SAMPLES = ("vectorized", "starts", "tol", "integrality")
NOT_WITH_VALIDATION = ("target", "convex", "escape", "polish")


def as_plan(
    n_samples: Any,
    about: Mapping[str, Any],
    given: Mapping[str, Any],
    options: Any,
    limited: bool,
) -> Plan | None:
    """Check what `minimize` was told about samples; None if there are none.

    `about` holds the arguments that need `n_samples`, `given` those that may not go with it;
    `limited` says whether other limits than `epochs` were given.
    """
    if n_samples is None:
        for name, value in about.items():
            if value is not None:
                raise ValueError(f"{name}={value!r} without n_samples: it is about mini-batches")
        return None
    validation = about["validation"]
    if validation is not None and not callable(validation):
        raise TypeError(f"validation={validation!r}, expected a callable validation(x) -> float")
    _refuse(given, NOT_WITH_SAMPLES, "n_samples: it has no meaning over mini-batches")
    if validation is not None:
        _refuse(given, NOT_WITH_VALIDATION, "validation, which alone chooses the point returned")

    count, size = as_count("n_samples", n_samples), as_count("batch_size", about["batch_size"])
    assert count is not None
    if size is not None and size > count:
        raise ValueError(f"batch_size={size}, expected at most n_samples={count}")
    left = as_options(options)
    for name in SINGLE_STEP_RULES:
        if name in left:
            raise ValueError(
                f"options[{name!r}]={left[name]!r} with n_samples: single steps tell nothing about "
                "convergence. Use epochs, target, or options={'patience': ...}, which counts epochs"
            )
    return Plan(
        n_samples=count,
        batch_size=min(BATCH_SIZE, count) if size is None else size,
        epochs=as_count("epochs", about["epochs"]) or (None if limited else EPOCHS),
        shuffle=about["shuffle"] is None or as_flag("shuffle", about["shuffle"]),
        validation=validation,
        patience=as_count("options['patience']", left.pop("patience", None)),
        ftol=_as_share("options['ftol']", left.pop("ftol", 0.0)),
        options=left,
    )


def _refuse(given: Mapping[str, Any], names: tuple[str, ...], why: str) -> None:
    for name in names:
        if given[name] is not None and given[name] is not False:
            raise ValueError(f"{name}={given[name]!r} with {why}")


def _as_share(name: str, value: Any) -> float:
    number = as_number(name, value)
    if number is None or not 0.0 <= number <= 1.0:
        raise ValueError(f"{name}={value!r}, expected a number from 0 to 1")
    return number


def method_for_samples(name: Any, plan: Plan) -> tuple[Method, dict[str, float], tuple[str, ...]]:
    """The method with its settings, and a note where the choice was left to us.

    A method that compares values is refused: those of two mini-batches cannot be compared.
    """
    method = method_named(METHOD if name is None else name)
    settings = method.checked(plan.options)
    follows, hint = method.samples, "; take one with a learning_rate"
    if method.samples_with is not None:
        name_of, choice = method.samples_with
        follows = method.choice(name_of, settings) == choice
        hint = f"; options={{{name_of!r}: {choice!r}}} compares none"
    if not follows:
        raise ValueError(
            f"method={name!r} with n_samples: it compares values, and those of two mini-batches "
            f"cannot be compared{hint}"
        )
    notes = () if name is not None else (f"The method {METHOD!r} was chosen for mini-batches",)
    return method, settings, notes


def sampled_run(
    run: Run, plan: Plan, rng: np.random.Generator, callback: Any, target: float | None
) -> SampledRun:
    """The run with a search that is made of epochs."""
    hook = None
    if callback is not None:
        function, takes_result = as_callback(callback)
        hook = (
            (lambda res: function(intermediate_result=res))
            if takes_result
            else (lambda res: function(res.x))
        )
    return SampledRun(
        **{f.name: getattr(run, f.name) for f in fields(Run)},
        plan=plan,
        orders=plan.orders(rng),
        callback=hook,
        target=target,
    )


class Kept(NamedTuple):
    """The epoch with the lowest loss so far, and where it ended."""

    loss: float
    x: Vector


@dataclass(kw_only=True)
class SampledRun(Run):
    """A run whose search is made of epochs; polish, escape and verdict are about all samples."""

    plan: Plan
    orders: Callable[[], Order]
    callback: Callable[[OptimizeResult], Any] | None = None
    target: float | None = None
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
            self.train(x0, keep=verdict + polish)
            self.weigh()
        finally:
            spent = evaluator.nfev - nfev, evaluator.nit - nit
            best = evaluator.best_f
            self.stages.append(Stage(name, self.method.name, *spent, best, self.status))
            evaluator.max_evals = self.max_evals
        if self.polish and not self.ended() and math.isfinite(self.best_f):
            self.stage(StageName.POLISH, POLISHER, self.best_x, {}, keep=verdict)

    def train(self, x0: Vector, keep: int) -> None:
        """Go through the samples, epoch by epoch, until something ends it."""
        evaluator, plan = self.sampled, self.plan
        if self.max_evals is not None:
            evaluator.max_evals = max(evaluator.nfev, self.max_evals - keep - PASSES)
        solver = _core.CoreSolver(
            self.method.name,
            x0,
            self.lower,
            self.upper,
            has_gradient=evaluator.has_gradient,
            central=self.central,
            stochastic=True,
            options=self.options,
            budget=NO_LIMIT if self.max_evals is None else self.budget_left(),
            max_iter=self.steps_ahead(),
            key=self.key,
        )
        while self.status is Status.RUNNING:
            try:
                stop, loss, first, seen = evaluator.epoch(solver, self.orders(), plan.batch_size)
            finally:
                self.latest = solver.answer()
            self.status = Status(stop)
            if not self.epochs:
                self.opening = first
            if seen == plan.n_samples:
                self.finish_epoch(loss)
            elif seen > 0:
                self.note(loss, None, seen)

    def steps_ahead(self) -> int:
        """Steps the search may take, for schedules; a guess where only time is limited; 0: any."""
        epochs = self.plan.epochs
        limits = [self.max_iter, epochs and epochs * self.plan.steps]
        known = [limit for limit in limits if limit is not None]
        return min(known, default=EPOCHS * self.plan.steps if self.max_evals is None else 0)

    def finish_epoch(self, loss: float) -> None:
        """Look at where an epoch has led, and whether it was the last one."""
        plan, x = self.plan, self.latest
        assert x is not None
        validation = None if plan.validation is None else as_loss(plan.validation(x.copy()))
        score = loss if validation is None else validation
        if score < (math.inf if self.kept is None else self.kept.loss):
            self.kept = Kept(score, x)
        self.idle += 1
        first = score if not self.epochs else self.epochs[0].score
        if self.counted == math.inf or score < self.counted - plan.ftol * (first - self.counted):
            self.counted, self.idle = score, 0
        self.note(loss, validation, plan.n_samples)
        if self.callback is not None and self.ask_user(x):
            self.status = Status.CALLBACK
        if self.status is Status.RUNNING:
            self.status = self.reason_to_end(loss, x)

    def reason_to_end(self, loss: float, x: Vector) -> Status:
        """Why no further epoch is to be made, or RUNNING."""
        plan, target = self.plan, self.target
        # If its batches were as low as that, all samples may be: that has to be seen.
        if target is not None and loss <= target and self.reaches(target, x):
            return Status.TARGET
        if plan.patience is not None and self.idle >= plan.patience:
            return Status.PATIENCE
        if plan.epochs is not None and len(self.epochs) >= plan.epochs:
            return Status.EPOCHS
        return Status.RUNNING

    def reaches(self, target: float, x: Vector) -> bool:
        """Whether the loss on all samples is that low, if a limit does not forbid to ask."""
        return not self.evaluator.spent() and self.sampled.measure(x) <= target

    def weigh(self) -> None:
        """Measure the loss on all samples, which is the answer's, where it may be lowest."""
        evaluator = self.sampled
        for x in self.candidates():
            within = self.max_evals is None or evaluator.nfev < self.max_evals
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
            kept is None or (latest is not kept.x and self.plan.validation is None)
        ):
            yield latest
        # Was it any better than the start, as far as the first batch knows that one?
        if not self.best_f < (self.opening if self.plan.validation is None else math.inf):
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
        return self.polish or self.escape

    def keep_lower(self) -> None:
        """Take over a lower point, such as the verdict meets, if the answer may be one."""
        if self.goes_on:
            super().keep_lower()

    def fresh(self, x0: Vector) -> Run:
        """A run from x0 over all samples."""
        inherited = {f.name: getattr(self, f.name) for f in fields(Run)}
        plain = Run(**{**inherited, "method": method_named(POLISHER), "options": {}})
        return plain.fresh(x0)

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
        made = f"{seen / self.plan.n_samples:.4g} epochs were made: {seen} samples were seen"
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
