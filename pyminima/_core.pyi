from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Vector = NDArray[np.float64]
_Place = tuple[_Vector, float, _Vector]

def stops() -> list[tuple[str, int, bool, int, str]]: ...
def signatures(sampled: bool = False) -> list[str]: ...
def method_rows() -> list[dict[str, Any]]: ...
def schedule_rows() -> list[tuple[Any, ...]]: ...
def schedule_factors(
    options: Mapping[str, float], values: Iterable[float], steps: int = 0
) -> list[float]: ...
def enough_starts(w: int) -> int: ...
def all_finite(a: _Vector) -> bool: ...
def no_bounds(n: int) -> tuple[_Vector, _Vector]: ...
def all_fixed(lower: _Vector, upper: _Vector) -> bool: ...
def units(x: _Vector, size: _Vector, lower: _Vector, upper: _Vector) -> _Vector: ...
def direction(
    x: _Vector, unit: _Vector, lower: _Vector, upper: _Vector, room: float
) -> _Vector: ...
def along(
    x: _Vector, d: _Vector, lengths: Sequence[float] | _Vector, lower: _Vector, upper: _Vector
) -> _Vector: ...
def ways(
    P: _Vector, Q: _Vector, at_P: tuple[_Vector, _Vector], at_Q: tuple[_Vector, _Vector]
) -> _Vector: ...
def all_single(F: Sequence[float] | _Vector) -> bool: ...
def as_real_array(what: str, value: Any, expected: str) -> _Vector: ...

class CoreSolver:
    n: int
    stop: int
    measures: tuple[str, ...]
    def __init__(
        self,
        method: str,
        x0: _Vector,
        lower: _Vector,
        upper: _Vector,
        *,
        has_gradient: bool = False,
        has_hessian: bool = False,
        central: bool = False,
        stochastic: bool = False,
        one_sided: bool = False,
        steps: _Vector | None = None,
        scale: _Vector | None = None,
        integer: NDArray[np.bool_] | None = None,
        given: _Vector | None = None,
        design: Callable[[int, int], _Vector] | None = None,
        options: Mapping[str, float] | None = None,
        budget: int = 0,
        max_iter: int = 0,
        key: tuple[int, int] = (0, 0),
    ) -> None: ...
    def copy(self) -> CoreSolver: ...
    def at(self) -> tuple[_Vector, float]: ...
    def measured(self) -> list[float]: ...
    def basins(self) -> tuple[list[tuple[_Vector, float, int, int]], int] | None: ...
    def parts(self) -> list[tuple[str, str | None, str, int, int, float]]: ...
    def answer(self) -> _Vector: ...

class Evaluator:
    is_compiled: bool
    has_gradient: bool
    vectorized: bool
    rejected: int
    gradient_cost: int
    last_error: Exception | None
    lenient: bool
    product: Any
    nfev: int
    njev: int
    nit: int
    max_evals: int | None
    best_f: float
    reached: bool
    best: tuple[_Vector | None, float, _Vector | None]
    def __init__(
        self,
        n: int,
        fun: Any = None,
        *,
        jac: Any = None,
        pair: Any = None,
        gradient_cost: int = 0,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        capsule: Any = None,
        refuse_nan: bool = False,
        reject_errors: bool = False,
        vectorized: bool = False,
        deferred: bool = False,
    ) -> None: ...
    def keep_to(self, lower: _Vector, upper: _Vector, integer: Any = None) -> None: ...
    def copy(self) -> Evaluator: ...
    def limit(
        self,
        *,
        max_iter: int | None = None,
        seconds: float | None = None,
        target: float | None = None,
    ) -> None: ...
    def forget(self) -> None: ...
    def set_best(self, x: _Vector | None, f: float, g: _Vector | None = None) -> None: ...
    def spent(self) -> int: ...
    def batch(self, X: _Vector, gradients: bool = False) -> tuple[int, _Vector, _Vector | None]: ...
    def run(
        self,
        solver: CoreSolver,
        on_step: Callable[[CoreSolver], Any] | None = None,
        products: Callable[[_Vector, _Vector], _Vector] | None = None,
        repeating: bool = False,
    ) -> int: ...
    def ask(self, solver: CoreSolver) -> tuple[_Vector, bool]: ...
    def tell(self, solver: CoreSolver, X: _Vector, F: _Vector, G: _Vector | None = None) -> int: ...

def look_beside(
    evaluator: Evaluator, x0: _Vector, d: _Vector, length: float, lower: _Vector, upper: _Vector
) -> tuple[_Place | None, _Place | None, tuple[float, float, float, float] | None]: ...

class SampledEvaluator(Evaluator):
    everything: NDArray[np.int64]
    def __init__(self, n: int, fun: Any = None, *, n_samples: int, **given: Any) -> None: ...
    def epoch(
        self, solver: CoreSolver, order: NDArray[np.int64], batch_size: int
    ) -> tuple[int, float, float, int]: ...
    def measure(self, x: _Vector) -> float: ...
