"""Is the verdict right, what does it cost, and what do others claim at the same points?

1. Every labelled point of `pyminima.problems.bank()` is judged by `pyminima.classify`, from values
   alone, with the gradient, with the Hessian, and with Hessian-vector products.  An answer is

   - right: the kind of the label, and its index where no bound is active without force; at a
     degenerate saddle "inflection" is as right as "saddle", and the other way round
   - wrong: `local_minimum`, `saddle` or `local_maximum` where that is not the label; anything
     called a minimum (`is_minimum`) where there is none; "global"
   - needless: any other answer at a point whose kind the values show (`Problem.resolves`: decided
     by curvature that is larger than the noise allows for)
   - reserved: any other answer where the label is degenerate or noise hides the curvature

2. `pyminima.minimize` from the standard start of every problem of the bank, and from random
   starts in the catalogue; its verdict is held against the truth about the place where it ended.

3. scipy, iminuit, POUNCE and pyminima on the catalogue and every third disguise (of bounded
   problems), up to 10 variables, from the same starts: the standard start, and the first labelled
   point of each kind itself.  All get `fun`, `x0` and the bounds; everything else is their default.
   What counts as a claim of a minimum: `success` (scipy), `valid` after migrad and hesse (iminuit),
   `success` (pounce.minimize), `success` (pyminima).

   - false: claimed, and the truth about the place is known and is no minimum
   - missed: a run that was started *at* a labelled minimum, and claims nothing

4. POUNCE's searches for all minima or all critical points, and pyminima's `starts=`, on smooth
   problems of the catalogue in finite boxes, up to 6 variables.  All get the gradient, POUNCE also
   the Hessian, unless said.

   - false: a listed point of another kind than the truth, or called global where it is not
   - missed: a labelled minimum, or critical point, that is not listed

"Failed" are exceptions and runs over the time limit; "calls" is the median number of calls of
`fun`.  The truth about a place: the label within a thousandth of the size of the problem, in each
variable (a hundredth where noise or single precision hides that); else "minimum" where the value is
within a millionth of the descent from the start to the lowest value; else the kind of the critical
point that Newton's method with exact derivatives reaches within a hundredth of the size; else
"slope" where the exact gradient promises a hundredth of that descent over the size, or, where there
is no Hessian, lower values are met within a hundredth of the size or on the way to a labelled
minimum; else unknown, and nothing is counted.

    python benchmarks/verdicts.py [--quick]

prints the tables, writes benchmarks/results/verdicts.json and docs/bank.md (not with --quick), and
exits with status 1 at a wrong claim, a cost above the cap, or more than 2 % needless answers.
"""

# ruff: noqa: E402 (the threads of BLAS must be set before numpy is loaded)
from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import signal
import statistics
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["RUST_LOG"] = "off"  # POUNCE logs every refusal of a stopping rule

import numpy as np
from scipy import optimize
from tables import markdown

import pyminima
from pyminima import problems
from pyminima._judging.classify import default_cap
from pyminima.problems import CriticalPoint, Problem
from pyminima.problems._problem import DOUBLE, MINIMA, polished

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "verdicts.json"
PAGE = ROOT / "docs" / "bank.md"

NEEDLESS_AT_MOST = 0.02
STARTS = 80  # of pyminima: as many as POUNCE's find_minima makes at most, by default
BUDGET = 500  # evaluations for each variable and one more, in a run of `minimize`
SECONDS = 3  # of CPU time for one run, ten times that for a search; then it counts as no answer


# ------------------------------------------------------------------------- 1. the bank, classified

MODES = ("values", "gradient", "hess", "hessp")
DECISIVE = ("local_minimum", "saddle", "local_maximum")
FALLS_AND_RISES = ("saddle", "inflection")


@dataclass(frozen=True)
class Case:
    """A labelled point of the bank."""

    problem: Problem
    number: int
    resolved: bool  # the values show the kind

    @property
    def point(self) -> CriticalPoint:
        return self.problem.points[self.number]

    def __str__(self) -> str:
        return f"{self.problem.name} [{self.number}]"


@dataclass(frozen=True)
class Answer:
    """A verdict on a case, and what it is worth."""

    case: Case
    mode: str
    verdict: pyminima.Classification
    cost: int  # evaluations counted by our own wrapper
    worth: str


def derivatives(problem: Problem, mode: str) -> dict[str, Any]:
    """The arguments that tell pyminima the derivatives of a mode."""
    hess = problem.hess
    known: dict[str, Any] = {} if mode == "values" else {"jac": problem.jac}
    if mode == "hess" and hess is not None:
        known["hess"] = hess
    if mode == "hessp" and hess is not None:
        known["hessp"] = lambda x, p: hess(x) @ p
    return known


class Counted:
    """A function that counts its calls."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.calls = 0

    def __call__(self, *args: Any) -> Any:
        self.calls += 1
        return self.function(*args)


def worth(case: Case, verdict: pyminima.Classification) -> str:
    """Hold a verdict against the label, by the rules at the top."""
    point = case.point
    label, said = point.kind, str(verdict.point)
    singular = "degenerate" in case.problem.tags
    same = said == label or (singular and label in FALLS_AND_RISES and said in FALLS_AND_RISES)
    if verdict.kind == "global":
        return "wrong"
    if same:
        comparable = point.index is not None and not singular and case.resolved
        return "wrong" if comparable and verdict.index not in (None, point.index) else "right"
    if said in DECISIVE or (verdict.is_minimum and label not in MINIMA):
        return "wrong"
    return "needless" if case.resolved else "reserved"


def classify(case: Case, mode: str) -> Answer:
    problem = case.problem
    problem.reseed(case.number, MODES.index(mode))  # no answer depends on those before it
    fun = Counted(problem.fun)
    verdict = pyminima.classify(
        fun, case.point.x, bounds=problem.bounds, **derivatives(problem, mode)
    )
    return Answer(case, mode, verdict, fun.calls, worth(case, verdict))


def over_cap(answer: Answer) -> bool:
    cap = default_cap(answer.case.problem.n, answer.mode != "values")
    return max(answer.cost, answer.verdict.n_evals) > cap or answer.cost > answer.verdict.n_evals


def table_of_answers(answers: list[Answer]) -> str:
    head = ["derivatives", "points", "right", "reserved", "needless", "share", "wrong"]
    body = []
    for mode in MODES:
        of_mode = [a for a in answers if a.mode == mode]
        count = Counter(a.worth for a in of_mode)
        due = sum(a.case.resolved for a in of_mode)
        share = f"{100 * count['needless'] / max(due, 1):.2f} %"
        right, reserved, needless, wrong = (count[w] for w in WORTHS)
        body.append([mode, len(of_mode), right, reserved, needless, share, wrong])
    return markdown(head, body, "lrrrrrr")


def table_of_kinds(answers: list[Answer]) -> str:
    """What was said about which kind of point, in all modes."""
    said: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for a in answers:
        said[a.case.point.kind][str(a.verdict.point)] += 1
    columns = [str(p) for p in pyminima.Point if any(said[kind][str(p)] for kind in said)]
    body = [[kind, *(said[kind][column] or "" for column in columns)] for kind in sorted(said)]
    return markdown(["label \\ verdict", *columns], body, "l" + "r" * len(columns))


def table_of_disguises(answers: list[Answer]) -> str:
    """The same answers by what was done to the problem."""
    groups: defaultdict[str, list[Answer]] = defaultdict(list)
    for a in answers:
        _, _, disguise = a.case.problem.name.partition(", ")
        if disguise.startswith("bound on"):
            disguise = "a bound through the point"
        elif disguise.startswith("n = "):
            disguise = "other sizes"
        groups[disguise or "as in the catalogue"].append(a)
    body = []
    for disguise, group in groups.items():
        count = Counter(a.worth for a in group)
        body.append([disguise, len(group), *(count[w] or "" for w in WORTHS)])
    return markdown(["disguise", "answers", *WORTHS], body, "lrrrrr")


WORTHS = ("right", "reserved", "needless", "wrong")


def table_of_costs(answers: list[Answer]) -> str:
    """Evaluations that a verdict took, by number of variables."""
    groups: defaultdict[int, list[Answer]] = defaultdict(list)
    for a in answers:
        groups[a.case.problem.n].append(a)
    body = []
    for n, group in sorted(groups.items()):
        body.append([n, len(group), *(_spread(group, mode) for mode in MODES), default_cap(n)])
    return markdown(["n", "answers", *MODES, "cap"], body, "rrrrrrr")


def table_of_problem_costs(answers: list[Answer]) -> str:
    """The same for each problem of the catalogue, in whatever disguise."""
    groups: defaultdict[tuple[str, int], list[Answer]] = defaultdict(list)
    for a in answers:
        groups[a.case.problem.name.partition(", ")[0], a.case.problem.n].append(a)
    body = [
        [name, n, len(group), *(_spread(group, mode) for mode in MODES), default_cap(n)]
        for (name, n), group in sorted(groups.items())
    ]
    return markdown(["problem", "n", "answers", *MODES, "cap"], body, "lrrrrrrr")


def middle(costs: list[int]) -> int | None:
    """The median; None of nothing."""
    return round(statistics.median(costs)) if costs else None


def _spread(answers: list[Answer], mode: str) -> str:
    costs = [a.verdict.n_evals for a in answers if a.mode == mode]
    if not costs:
        return ""
    return f"{min(costs)} / {middle(costs)} / {max(costs)}"


# ---------------------------------------------------------------------------- the truth about x


def size(problem: Problem) -> np.ndarray:
    """The size of a problem per variable: of its box, else of what its labels and start span."""
    places = np.array([problem.x0, *(point.x for point in problem.points)])
    span = np.ptp(places, axis=0)
    width = problem.upper - problem.lower
    span = np.where(np.isfinite(width) & (width > 0), width, span)
    return np.where(span > 0, span, max(span.max(), 1e-300) if span.any() else 1.0)


def truth(problem: Problem, x: np.ndarray) -> str | None:
    """The kind of point at x, by the rules at the top; None where it is unknown."""
    length = size(problem)
    x = np.clip(x, problem.lower, problem.upper)
    exact = problem.noise == 0.0 and problem.precision <= DOUBLE
    close = 1e-3 if exact else 1e-2
    near = [p for p in problem.points if np.abs((p.x - x) / length).max() <= close]
    if near:
        return min(near, key=lambda p: float(np.abs((p.x - x) / length).max())).kind
    drop, lowest = descent(problem)
    with np.errstate(all="ignore"):
        value, slope = problem.fun(x), problem.jac(x)
    if problem.f_min is not None and value - lowest <= max(1e-6 * drop, 10 * problem.noise):
        return "local_minimum"
    if "unbounded" in problem.tags and value < lowest - 10.0 * drop:
        return "slope"
    kind = _kind_by_newton(problem, x, length)
    if kind is not None:
        return kind
    if problem.hess is None:
        return "slope" if _is_lower_nearby(problem, x, length, value - 1e-6 * drop) else None
    return "slope" if _pushes(problem, x, slope, length) > 1e-2 * drop else None


def _is_lower_nearby(problem: Problem, x: np.ndarray, length: np.ndarray, level: float) -> bool:
    """Whether a value below the level is met in random directions, or towards a minimum."""
    rng = np.random.default_rng(29)
    moves = [r * length * rng.standard_normal(problem.n) for r in (1e-4, 1e-2) for _ in range(50)]
    moves += [share * (p.x - x) for p in problem.minima for share in (1e-3, 1e-1)]
    places = (np.clip(x + move, problem.lower, problem.upper) for move in moves)
    return any(problem.fun(place) < level - 10 * problem.noise for place in places)


def descent(problem: Problem) -> tuple[float, float]:
    """The descent from the start to the lowest value known, and that value."""
    known = [problem.fun(problem.x0), *(point.fun for point in problem.points)]
    drop, lowest = max(known) - min(known), min(known)
    if drop <= 1e-12 * abs(lowest) or len(problem.points) < 2:
        # Nothing to compare with: what values do half the size of the problem away from the start.
        around = [problem.fun(x) for x in starts(problem, 8, 0.5)]
        drop = max(drop, float(np.nanmax(np.abs(np.array(around) - lowest))))
    return max(drop, problem.noise, 1e-300), lowest


def _pushes(problem: Problem, x: np.ndarray, slope: np.ndarray, length: np.ndarray) -> float:
    """The largest component of the projected gradient, as a change of the value."""
    tiny = 1e-6 * length
    slope = np.where(x <= problem.lower + tiny, np.minimum(slope, 0.0), slope)
    slope = np.where(x >= problem.upper - tiny, np.maximum(slope, 0.0), slope)
    slope = np.where(problem.lower == problem.upper, 0.0, slope)
    return float(np.abs(slope * length).max())


def _kind_by_newton(problem: Problem, x: np.ndarray, length: np.ndarray) -> str | None:
    if problem.hess is None:
        return None
    with np.errstate(all="ignore"):
        slope = problem.jac(x)
        # Peers stop just inside a bound that holds them.
        for bound, sign in ((problem.lower, 1.0), (problem.upper, -1.0)):
            x = np.where((np.abs(x - bound) <= 1e-5 * length) & (sign * slope > 0), bound, x)
        try:
            centre = polished(problem, x)
        except (np.linalg.LinAlgError, ValueError):
            return None
        slope, hess = problem.jac(centre) * length, problem.hess(centre)
    if not np.all(np.isfinite(hess)) or np.abs((centre - x) / length).max() > 1e-2:
        return None
    hess = hess * np.outer(length, length)
    free = (problem.lower < centre) & (centre < problem.upper)
    level = 1e-8 * np.abs(hess).max()
    pressed = np.where(centre <= problem.lower, slope, -slope)
    if np.any(np.abs(slope[free]) > level):
        return None
    if np.any(pressed[~free & (problem.lower < problem.upper)] < level):
        return None
    curvature = np.linalg.eigvalsh(hess[np.ix_(free, free)])
    if np.any(np.abs(curvature) <= level):
        return None
    if np.all(curvature > 0):
        return "local_minimum"
    return "local_maximum" if np.all(curvature < 0) and free.all() else "saddle"


# ----------------------------------------------------------------------- 2. ends of minimisations


@dataclass(frozen=True)
class End:
    """Where a run of `minimize` ended, and what it said about it."""

    problem: Problem
    mode: str
    start: int
    res: pyminima.Result
    truth: str | None

    @property
    def wrong(self) -> bool:
        """A minimum, a saddle or a maximum claimed where the truth is another."""
        said = self.res.classification
        if self.truth is None:
            return False
        if self.truth not in MINIMA:
            return bool(said.is_minimum)
        return str(said.point) in ("saddle", "local_maximum", "inflection")

    @property
    def missed(self) -> bool:
        """A strict minimum that values show, about which nothing was said."""
        return self.truth == "local_minimum" and not self.res.classification.is_minimum

    def __str__(self) -> str:
        return f"{self.problem.name} from start {self.start}, {self.mode}"


def starts(problem: Problem, count: int, share: float = 1.0) -> Iterator[np.ndarray]:
    """The standard start, and random ones around it: in a share of its size and of the box."""
    yield problem.x0
    rng = np.random.default_rng(23)
    reach = share * size(problem)
    lower = np.maximum(problem.lower, problem.x0 - reach)
    upper = np.minimum(problem.upper, problem.x0 + reach)
    for _ in range(count):
        yield rng.uniform(np.minimum(lower, upper), np.maximum(lower, upper))


def run_ends(bank: list[Problem], random_starts: int) -> list[End]:
    ends = []
    for problem in bank:
        count = random_starts if ", " not in problem.name else 0
        if problem.n > 30:
            continue
        for number, x0 in enumerate(starts(problem, count)):
            for mode in ("values", "gradient"):
                problem.reseed(number, MODES.index(mode))
                with np.errstate(all="ignore"), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    res = pyminima.minimize(
                        problem.fun, x0, bounds=problem.bounds,
                        max_evals=BUDGET * (problem.n + 1), **derivatives(problem, mode),
                    )  # fmt: skip
                ends.append(End(problem, mode, number, res, truth(problem, res.x)))
    return ends


def table_of_ends(ends: list[End]) -> str:
    said: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for end in ends:
        said[end.truth or "unknown"][str(end.res.classification.point)] += 1
    columns = [str(p) for p in pyminima.Point if any(said[kind][str(p)] for kind in said)]
    body = [[kind, *(said[kind][column] or "" for column in columns)] for kind in sorted(said)]
    return markdown(["truth \\ verdict", *columns], body, "l" + "r" * len(columns))


STAGES = ("check", "search", "polish")  # of a run that is not to be judged


def cost_of_not_classifying(bank: list[Problem]) -> list[str]:
    """Problems where `classify=False` evaluates more than the start, the search and its polish."""
    wrong = []
    for problem in bank:
        if ", " in problem.name:
            continue
        fun = Counted(problem.fun)
        with np.errstate(all="ignore"):
            res = pyminima.minimize(
                fun, problem.x0, bounds=problem.bounds, max_evals=2_000, classify=False
            )
        stages = sum(stage.nfev for stage in res.stages if stage.name in STAGES)
        if not fun.calls == res.nfev == stages or res.classification is not None:
            wrong.append(problem.name)
    return wrong


# --------------------------------------------------------------------------------- 3. side by side


class TooLong(Exception):
    """A peer took more than `SECONDS`."""


def _alarm(*_: Any) -> None:
    raise TooLong


Claim = Callable[[Callable[[Any], float], Problem, np.ndarray], tuple[np.ndarray, bool]]


def scipy_claim(method: str) -> Claim:
    def claim(fun: Any, problem: Problem, x0: np.ndarray) -> tuple[np.ndarray, bool]:
        bounds = problem.bounds if method not in ("CG", "BFGS") else None
        res = optimize.minimize(fun, x0, method=method, bounds=bounds)
        return res.x, bool(res.success)

    return claim


def iminuit_claim(fun: Any, problem: Problem, x0: np.ndarray) -> tuple[np.ndarray, bool]:
    import iminuit

    minuit = iminuit.Minuit(fun, x0)
    minuit.limits = problem.bounds
    minuit.fixed = problem.lower == problem.upper
    minuit.migrad()
    minuit.hesse()
    return np.array(minuit.values), bool(minuit.valid)


def pounce_claim(fun: Any, problem: Problem, x0: np.ndarray) -> tuple[np.ndarray, bool]:
    import pounce

    res = pounce.minimize(fun, x0, bounds=problem.bounds)
    return res.x, bool(res.success)


def pyminima_claim(fun: Any, problem: Problem, x0: np.ndarray) -> tuple[np.ndarray, bool]:
    res = pyminima.minimize(fun, x0, bounds=problem.bounds)
    return res.x, bool(res.success)


SOLVERS: dict[str, Claim] = {
    **{f"scipy {m}": scipy_claim(m) for m in
       ("Nelder-Mead", "Powell", "BFGS", "L-BFGS-B", "SLSQP", "trust-constr")},
    "iminuit": iminuit_claim,
    "pounce.minimize": pounce_claim,
    "pyminima": pyminima_claim,
}  # fmt: skip


@dataclass
class Score:
    """What one solver claimed in all its runs."""

    runs: int = 0
    claims: int = 0
    false: Counter[str] = field(default_factory=Counter)  # by the truth about the place
    at_minima: int = 0
    missed: int = 0
    failed: int = 0  # raised an exception, or took too long: no claim
    evals: list[int] = field(default_factory=list)
    where: list[str] = field(default_factory=list)

    def add(self, claimed: bool, true: str | None, at_minimum: bool, place: str) -> None:
        self.runs += 1
        self.claims += claimed
        self.at_minima += at_minimum
        self.missed += at_minimum and not claimed
        if claimed and true is not None and true not in MINIMA:
            self.false[true] += 1
            self.where.append(f"{place}: {true}")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Drop what compiled code prints."""
    kept = [os.dup(stream) for stream in (1, 2)]
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        for stream in (1, 2):
            os.dup2(sink, stream)
        yield
    finally:
        for stream, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, stream)
            os.close(copy)
        os.close(sink)


def patiently(call: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """What the call returns; None if it raises an exception or takes too long."""
    signal.signal(signal.SIGVTALRM, _alarm)
    # Again and again: a solver may catch what is raised in the objective, and go on.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.01)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(), _quiet():
            warnings.simplefilter("ignore")
            answer = call()
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            return answer
    except Exception:  # a peer may raise whatever it likes: it then claims nothing
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return None


def seen_by_peers(problem: Problem) -> bool:
    """Whether a problem takes part in the comparison: the catalogue, and every third disguise."""
    _, _, disguise = problem.name.partition(", ")
    if not disguise:
        return True
    return disguise in list(problems.DISGUISES)[::3] and "unbounded" not in problem.tags


def run_solvers(bank: list[Problem]) -> dict[str, Score]:
    scores = {name: Score() for name in SOLVERS}
    for problem in bank:
        bounded = any(bound != (None, None) for bound in problem.bounds)
        places = [("x0", problem.x0, False)]
        first_of_kind = {point.kind: point for point in reversed(problem.points)}
        for kind, point in first_of_kind.items():
            places.append((f"its {kind}", point.x, kind in MINIMA))
        for place, x0, at_minimum in places:
            for name, claim in SOLVERS.items():
                if name in TAKE_NO_BOUNDS and bounded:
                    continue
                fun, score = Counted(problem.fun), scores[name]
                answer = patiently(lambda c=claim, f=fun, p=problem, x=x0: c(f, p, x))
                score.evals.append(fun.calls)
                score.failed += answer is None
                x, claimed = answer or (x0, False)
                true = truth(problem, x) if claimed else None
                score.add(claimed, true, at_minimum, f"{problem.name}, from {place}")
    return scores


TAKE_NO_BOUNDS = ("scipy BFGS",)


def table_of_solvers(scores: dict[str, Score]) -> str:
    kinds = sorted({kind for score in scores.values() for kind in score.false})
    head = ["solver", "runs", "claims", "false", *kinds, "at minima", "missed", "failed", "calls"]
    body = [
        [
            name,
            score.runs,
            score.claims,
            score.false.total(),
            *(score.false[kind] or "" for kind in kinds),
            score.at_minima,
            score.missed,
            score.failed,
            middle(score.evals),
        ]
        for name, score in scores.items()
    ]
    return markdown(head, body, "l" + "r" * (len(head) - 1))


# --------------------------------------------------------------------- 4. searches for all points


@dataclass
class Search:
    """What one search for all minima, or all critical points, listed and what it left out."""

    problems: int = 0
    listed: int = 0
    false: int = 0
    labelled: int = 0
    missed: int = 0
    missed_on_bounds: int = 0
    failed: int = 0
    evals: list[int] = field(default_factory=list)
    where: list[str] = field(default_factory=list)


Listing = Callable[[Any, Problem], list[tuple[np.ndarray, str]]]


def pounce_minima(fun: Any, problem: Problem) -> list[tuple[np.ndarray, str]]:
    import pounce

    wanted = max(10, len(problem.minima))  # 10 is the default
    res = pounce.find_minima(
        fun, problem.x0, jac=problem.jac, hess=problem.hess, bounds=problem.bounds,
        n_minima=wanted, seed=0,
    )  # fmt: skip
    return [(np.asarray(x), "minimum") for x in res.minima]


def pounce_minima_without_hessian(fun: Any, problem: Problem) -> list[tuple[np.ndarray, str]]:
    import pounce

    wanted = max(10, len(problem.minima))
    res = pounce.find_minima(
        fun, problem.x0, jac=problem.jac, bounds=problem.bounds, n_minima=wanted, seed=0
    )
    return [(np.asarray(x), "minimum") for x in res.minima]


def pounce_critical_points(fun: Any, problem: Problem) -> list[tuple[np.ndarray, str]]:
    import pounce

    wanted = max(20, len(problem.points))  # 20 is the default
    res = pounce.find_critical_points(
        fun, problem.x0, grad=problem.jac, hess=problem.hess, bounds=problem.bounds,
        n_points=wanted, seed=0,
    )  # fmt: skip
    return [(point.x, point.kind.partition("(")[0]) for point in res.points]


def pyminima_minima(fun: Any, problem: Problem) -> list[tuple[np.ndarray, str]]:
    res = pyminima.minimize(fun, bounds=problem.bounds, jac=problem.jac, starts=STARTS, rng=0)
    return _as_listed(res, problem)


def pyminima_minima_from_values(fun: Any, problem: Problem) -> list[tuple[np.ndarray, str]]:
    return _as_listed(pyminima.minimize(fun, bounds=problem.bounds, starts=STARTS, rng=0), problem)


def _as_listed(res: pyminima.Result, problem: Problem) -> list[tuple[np.ndarray, str]]:
    listed = [(minimum.x, "minimum") for minimum in res.minima or ()]
    return [*listed, (res.x, "global")] if res.classification.kind == "global" else listed


SEARCHES: dict[str, tuple[Listing, bool]] = {  # and whether it looks for minima only
    "pounce.find_minima": (pounce_minima, True),
    "pyminima, starts, jac": (pyminima_minima, True),
    "pyminima, starts": (pyminima_minima_from_values, True),
    "pounce.find_minima, no hess": (pounce_minima_without_hessian, True),
    "pounce.find_critical_points": (pounce_critical_points, False),
}

AS_LISTED = {"local_maximum": "maximum", "saddle": "saddle", "slope": "slope"}


def run_searches(bank: list[Problem]) -> dict[str, Search]:
    found = {name: Search() for name in SEARCHES}
    for problem in bank:
        boxed = np.all(np.isfinite(problem.lower) & np.isfinite(problem.upper))
        if not boxed or problem.hess is None or "plateau" in problem.tags or problem.n > 6:
            continue
        for name, (listing, minima_only) in SEARCHES.items():
            fun, search = Counted(problem.fun), found[name]
            answer = patiently(lambda c=listing, f=fun, p=problem: c(f, p), 10 * SECONDS)
            search.problems += 1
            search.failed += answer is None
            search.evals.append(fun.calls)
            listed = answer or []
            search.listed += len(listed)
            for x, kind in listed:
                true = contradiction(problem, x, kind)
                if true is not None:
                    search.false += 1
                    search.where.append(f"{name}: {problem.name}: {kind} at a {true}")
            _count_missed(problem, listed, minima_only, search)
    return found


def contradiction(problem: Problem, x: np.ndarray, kind: str) -> str | None:
    """What the place is, if that is known and not what it is listed as."""
    if kind == "global":
        drop, lowest = descent(problem)
        higher = problem.f_min is not None and problem.fun(x) - lowest > 1e-6 * drop
        return "local_minimum" if higher and not problem.noise else None
    true = truth(problem, x)
    as_listed = "minimum" if true in MINIMA else AS_LISTED.get(true or "")
    return true if kind != "degenerate" and as_listed not in (None, kind) else None


def _count_missed(
    problem: Problem, listed: list[tuple[np.ndarray, str]], minima_only: bool, search: Search
) -> None:
    length = size(problem)
    for point in problem.minima if minima_only else problem.points:
        search.labelled += 1
        if any(np.abs((x - point.x) / length).max() <= 1e-3 for x, _ in listed):
            continue
        search.missed += 1
        search.missed_on_bounds += bool(
            np.any((point.x == problem.lower) | (point.x == problem.upper))
        )


def table_of_searches(found: dict[str, Search]) -> str:
    head = ["search", "problems", "listed", "false", "labelled", "missed", "of these on bounds"]
    body = [
        [
            name,
            s.problems,
            s.listed,
            s.false,
            s.labelled,
            s.missed,
            s.missed_on_bounds,
            s.failed,
            middle(s.evals),
        ]
        for name, s in found.items()
    ]
    return markdown([*head, "failed", "calls"], body, "lrrrrrrrr")


# -------------------------------------------------------------------------------------- the report


@dataclass
class Report:
    """Everything that was measured."""

    bank: list[Problem]
    answers: list[Answer] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    not_free: list[str] = field(default_factory=list)
    scores: dict[str, Score] = field(default_factory=dict)
    found: dict[str, Search] = field(default_factory=dict)

    def of_worth(self, worth: str) -> list[Answer]:
        return [a for a in self.answers if a.worth == worth]

    @property
    def needless_share(self) -> float:
        due = sum(a.case.resolved for a in self.answers)
        return len(self.of_worth("needless")) / max(due, 1)

    @property
    def failures(self) -> list[str]:
        """What must not be."""
        lines = [f"WRONG: {line(a)}" for a in self.of_worth("wrong")]
        lines += [f"WRONG: {line_of_end(end)}" for end in self.ends if end.wrong]
        lines += [f"OVER THE CAP: {line(a)}" for a in self.answers if over_cap(a)]
        lines += [f"classify=False IS NOT FREE: {name}" for name in self.not_free]
        if self.needless_share > NEEDLESS_AT_MOST:
            lines.append(f"TOO MANY needless answers: {100 * self.needless_share:.2f} %")
        return lines


def line(a: Answer) -> str:
    return f"{a.case} ({a.case.point.kind}), {a.mode}: {a.verdict.point}: {a.verdict.reason}"


def line_of_end(end: End) -> str:
    return f"{end} ({end.truth}): {end.res.classification.point}: {end.res.classification.reason}"


def versions() -> dict[str, str]:
    names = ("pyminima", "scipy", "numpy", "iminuit", "pounce-solver")
    return {
        **{name: version(name) for name in names},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def _by_case(answers: list[Answer]) -> dict[str, list[str]]:
    """One line for each case: its label, then verdict, worth and evaluations in each mode."""
    lines: dict[str, list[str]] = {}
    for a in answers:
        shown = "resolved" if a.case.resolved else "hidden or degenerate"
        line = lines.setdefault(str(a.case), [a.case.point.kind, shown])
        line.append(f"{a.mode} {a.verdict.point} {a.worth} {a.verdict.n_evals}")
    return lines


def as_json(report: Report) -> dict[str, Any]:
    """The raw figures."""
    return {
        "versions": versions(),
        "problems": len(report.bank),
        "points": sum(len(problem.points) for problem in report.bank),
        "resolved": sum(a.case.resolved for a in report.answers if a.mode == "values"),
        "needless_share": report.needless_share,
        "failures": report.failures,
        "answers": _by_case(report.answers),
        "needless": [line(a) for a in report.of_worth("needless")],
        "ends": [
            [str(end), end.truth, str(end.res.classification.point), bool(end.res.success)]
            for end in report.ends
        ],
        "ends_missed": [line_of_end(end) for end in report.ends if end.missed],
        "solvers": {
            name: {**vars(score), "evals": middle(score.evals)}
            for name, score in report.scores.items()
        },
        "searches": {
            name: {**vars(search), "evals": middle(search.evals)}
            for name, search in report.found.items()
        },
    }


def page(report: Report, made: dict[str, str]) -> str:
    """The page of the documentation."""
    rules = __doc__.split("\n\n", 1)[1].split("    python benchmarks", 1)[0]
    kinds = Counter(point.kind for problem in report.bank for point in problem.points)
    needless = "\n".join(f"- {line(a)}" for a in report.of_worth("needless")) or "None."
    sections = "\n\n".join(f"## {title}\n\n{table}" for title, table in made.items())
    used = ", ".join(f"{name} {number}" for name, number in versions().items())
    points = sum(kinds.values())
    return f"""<!-- Written by benchmarks/verdicts.py; edit that file, not this one. -->

# The bank: verdicts held against the truth

`pyminima.problems.bank()` has {len(report.bank)} problems with {points} labelled points, from 1 to
100 variables and of every index: {", ".join(f"{n} {kind}" for kind, n in kinds.most_common())}.
They are the catalogue, larger members of its families, and small problems scaled, shifted,
turned, offset, bounded, noisy, or computed in single precision. Wrong claims:
{len(report.of_worth("wrong"))} in {len(report.answers)} answers on labelled points,
{sum(end.wrong for end in report.ends)} in {len(report.ends)} runs. Needless "undetermined":
{100 * report.needless_share:.2f} %.

## Rules

{rules}
{sections}

## Needless answers

{needless}

## To repeat it

`python benchmarks/verdicts.py` makes this page, and fails at a wrong claim, a cost above the cap,
or more than 2 % needless answers. Made with {used}.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every tenth problem, no page")
    parser.add_argument("--page", type=Path, default=PAGE, help="where to write the page")
    parser.add_argument("--no-peers", action="store_true", help="parts 1 and 2 only, no page")
    given = parser.parse_args()

    bank = list(problems.bank())[:: 10 if given.quick else 1]
    cases = [Case(p, i, p.resolves(q)) for p in bank for i, q in enumerate(p.points)]
    report = Report(bank)
    made: dict[str, str] = {}

    def show(title: str, table: str) -> None:
        made[title] = table
        print(f"{title}\n\n{table}\n", flush=True)

    with np.errstate(all="ignore"):
        report.answers = [classify(case, mode) for case in cases for mode in MODES]
    show("Right and wrong", table_of_answers(report.answers))
    show("What was said about which kind", table_of_kinds(report.answers))
    show("By disguise", table_of_disguises(report.answers))
    show("Evaluations: least / median / most", table_of_costs(report.answers))
    report.ends = run_ends(bank, random_starts=1 if given.quick else 4)
    show("Where minimize ended", table_of_ends(report.ends))
    report.not_free = cost_of_not_classifying(bank)
    if not given.no_peers:
        small = [problem for problem in bank if problem.n <= 10 and seen_by_peers(problem)]
        report.scores = run_solvers(small)
        show("Claims of a minimum, side by side", table_of_solvers(report.scores))
        report.found = run_searches([problem for problem in small if ", " not in problem.name])
        show("Searches for all points", table_of_searches(report.found))
    costs = table_of_problem_costs(report.answers)
    show("Evaluations for each problem: least / median / most", costs)

    for a in report.of_worth("needless"):
        print(f"needless: {line(a)}")
    for end in report.ends:
        if end.missed:
            print(f"not called a minimum: {line_of_end(end)}")
    for failure in report.failures:
        print(failure, file=sys.stderr)
    if not given.quick and not given.no_peers:
        RESULTS.write_text(json.dumps(as_json(report), indent=0) + "\n", encoding="utf-8")
        given.page.write_text(page(report, made), encoding="utf-8")
        print(f"written: {RESULTS.name}, {given.page.name}")
    return int(bool(report.failures))


if __name__ == "__main__":
    sys.exit(main())
