"""The problem of a call: its objective and where its variables may be, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pyminima import _core
from pyminima._arguments import Vector, as_box, as_found
from pyminima._calling.objective import Objective
from pyminima._methods.methods import Method
from pyminima._running.domain import Domain
from pyminima._running.evaluations import Curvature, Evaluations
from pyminima._running.integers import check_integers
from pyminima._running.population import as_population, check_population


class Problem(NamedTuple):
    """What is minimised or judged: the user's functions, a domain, and a point of it.

    The functions are checked when `evaluator` is called: what is wrong with the method is said
    first.
    """

    objective: Objective
    domain: Domain
    x0: Vector  # (n,), in the domain
    population: Vector | None = None  # (m, n): the points given, if there are several
    has_start: bool = True  # whether the user gave one
    moved: bool = False  # whether what was given was outside the bounds

    @classmethod
    def of(
        cls, x0: Any, bounds: Any, integrality: Any = None, objective: Objective | None = None
    ) -> Problem:
        """The problem of a search from x0, or from several points."""
        given = as_population(x0)
        start, lower, upper, moved = as_box(x0 if given is None else given[0], bounds)
        domain = Domain.of(lower, upper, integrality)
        population = None
        if given is not None:
            moved = bool((given.clip(domain.lower, domain.upper) != given).any())
            population = domain.nearest(given)
        if domain.integer is not None:
            start = domain.nearest(start)
        objective = Objective() if objective is None else objective
        return cls(objective, domain, start, population, x0 is not None, moved)

    @classmethod
    def at(cls, x: Any, bounds: Any, objective: Objective) -> Problem:
        """The problem whose point x, from anywhere, is judged."""
        point, lower, upper = as_found(x, bounds)
        return cls(objective, Domain(lower, upper), point)

    @property
    def n(self) -> int:
        """How many variables there are."""
        return self.x0.size

    def check(self, method: Method, options: Mapping[str, float], *, named: bool) -> None:
        """Refuse a method that does not take these points or integer variables."""
        if self.population is not None:
            check_population(self.population, method, options, named)
        if self.domain.integer is not None:
            check_integers(self.domain, method)

    def evaluator(self) -> _core.Evaluator:
        """What calls the objective, in the domain alone."""
        evaluator = self.objective.evaluator(self.n)
        evaluator.keep_to(self.domain.lower, self.domain.upper, self.domain.integer)
        return evaluator

    def evaluations(self, evaluator: _core.Evaluator, multiplies: bool = False) -> Evaluations:
        """What a verdict may ask for; products of the Hessian, too, for a method that `multiplies`.

        A library that differentiates the objective gives them, where the user does not.
        """
        curvature = self.objective.curvature(evaluator)
        sampled = self.objective.n_samples is not None
        if multiplies and not sampled and curvature == Curvature():
            curvature = Curvature(hessp=evaluator.product)
        return Evaluations(evaluator, self.n, curvature)
