"""How a problem is to be solved: by which method, with which options, and why that one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pyminima._arguments import as_number, as_options
from pyminima._calling.problem import Problem
from pyminima._methods.methods import Method, default_method, method_named
from pyminima._running.batches import Batches, Training, method_for_batches, training_of


class Plan(NamedTuple):
    """The method and its options, checked, and the epochs of one over mini-batches."""

    method: Method
    options: dict[str, float]
    notes: tuple[str, ...]  # why this one was chosen, where the user left that to us
    training: Training | None = None

    @classmethod
    def of(
        cls,
        problem: Problem,
        method: str | None,
        options: Mapping[str, Any] | None,
        tol: float | None,
        starts: Any,
        batches: Batches | None,
        limited: bool,
    ) -> Plan:
        """The plan for a problem; `limited` says whether the user has given a limit."""
        if batches is None:
            chosen, notes = _choose(problem, method, starts)
            plan = cls(chosen, chosen.checked(_with_tol(options, tol)), notes)
        else:
            training, left = training_of(batches, as_options(options), limited)
            plan = cls(*method_for_batches(method, left), training)
        problem.check(plan.method, plan.options, named=method is not None)
        return plan


def _choose(problem: Problem, method: str | None, starts: Any) -> tuple[Method, tuple[str, ...]]:
    """The method, and a note on why, where the user left the choice to us."""
    n, objective = problem.n, problem.objective
    if method is not None:
        return method_named(method), ()
    if problem.domain.integer is not None:
        chosen, why = "differential_evolution", "because some variables are integers"
    elif not problem.has_start and starts is None:
        chosen, why = "auto", "because no start was given"
    elif starts is not None:  # the calibration of the probabilities was measured with it
        chosen, why = "lbfgs", "for the independent starts"
    elif objective.hess is not None or objective.hessp is not None:
        chosen, why = "newton", "because second derivatives were given"
    else:
        chosen, why = default_method(n).name, f"for {n} variable{'s' * (n > 1)}"
    return method_named(chosen), (f"The method {chosen!r} was chosen {why}",)


def _with_tol(options: Mapping[str, Any] | None, tol: float | None) -> Mapping[str, Any] | None:
    if tol is None:
        return options
    gtol = as_number("tol", tol)
    if gtol is None or not 0.0 <= gtol <= 1.0:
        raise ValueError(f"tol={tol!r}, expected a number from 0 to 1")
    return {"gtol": gtol, **as_options(options)}
