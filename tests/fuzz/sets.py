"""Argument sets: each is drawn from one number, called, and held against the contract."""

from __future__ import annotations

import contextlib
import copy
import math
import pickle
import re
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize
from scipy.optimize import OptimizeResult

import pyminima
from pyminima import Result, Status
from pyminima._running.status import SUCCESS
from tests.fuzz import draws
from tests.fuzz.draws import BAD, INF, METHODS, NAN, Box, Draw
from tests.fuzz.objectives import Objective

# Names that the message of a refusal has to begin with, or to contain as a word.
NAMED = re.compile(r"\b(fun|x0?|jac|hessp?|f|g|args|callback|validation|" + "|".join(BAD) + r")\b")

# What an option of such a size asks for may be more than there is.
HUGE = 10_000

# Of a call with a time limit: how late it may end on a busy machine.
LATE = 2.0


class Set:
    """One call, with what was drawn for it."""

    def __init__(self, seed: int) -> None:
        self.seed, self.d = seed, Draw(seed)
        self.faults: list[str] = []
        self.refusal: BaseException | None = None
        self.error: BaseException | None = None
        self.evaluations = 0
        self.n = self.d.size(12) if self.d.chance(0.985) else self.d.choice((40, 40, 40, 200, 1500))
        self.draw(self.d)

    def draw(self, d: Draw) -> None:
        raise NotImplementedError

    def text(self) -> str:
        """The call, to be read."""
        raise NotImplementedError

    def run(self) -> None:
        """Makes the call, and adds what is wrong to `faults`."""
        raise NotImplementedError

    def expect(self, holds: Any, fault: str) -> None:
        if not holds:
            self.faults.append(fault)

    def caught(self, call: Callable[[], Any]) -> Any:
        """What the call returns, or None, with its error kept; warnings are faults."""
        settings = np.geterr()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                return call()
            except BaseException as error:
                self.error = error
                return None
            finally:
                for w in caught:
                    own = "scipy" in w.filename or issubclass(w.category, pyminima.GradientWarning)
                    self.expect(own, f"warning {w.category.__name__}: {w.message} {_place(w)}")
                self.expect(np.geterr() == settings, "numpy's error settings were changed")

    def check_refusal(self, error: BaseException, calls: int) -> None:
        """An error that is ours: it is of a documented type, and says what was wrong."""
        self.refusal = error
        where = _innermost(error)
        told = f"{type(error).__name__} at {where}"
        if isinstance(error, MemoryError):
            self.expect(self.huge(), told)
            return
        self.expect(isinstance(error, TypeError | ValueError), f"{told}: {error!s:.120}")
        self.expect(NAMED.search(str(error)), f"{told} names no argument: {error!s:.120}")
        self.expect(calls == 0, f"{told} after evaluations: {error!s:.80}")

    def huge(self) -> bool:
        return False


def _place(w: warnings.WarningMessage) -> str:
    return f"at {w.filename.rsplit('/', 1)[-1]}:{w.lineno}"


def _innermost(error: BaseException) -> str:
    """The last line of this library that an error went through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "pyminima" in f.filename and "/fuzz/" not in f.filename]
    name = f"{own[-1].filename.rsplit('/', 1)[-1]}:{own[-1].lineno}" if own else "?"
    last = frames[-1].filename.rsplit("/", 1)[-1] if frames else "?"
    return name if own and frames[-1] is own[-1] else f"{name} ({last})"


# ---------------------------------------------------------------------------------- minimize ----


class Minimize(Set):
    """`minimize` of a Python objective."""

    family = "minimize"
    plain = False  # whether the objective neither raises nor returns nonsense
    integers = True  # whether some variables may be whole numbers

    def draw(self, d: Draw) -> None:
        name = d.choice([*METHODS, None, None, None, "auto"])
        self.method = METHODS[name] if name else None
        takes = name is None or self.method.integers
        self.box = draws.draw_box(d, self.n, (0.3 if takes else 0.02) * self.integers)
        a: dict[str, Any] = {"method": name, "bounds": self.box.given}
        population = self.method is not None and self.method.population
        a["x0"] = draws.draw_start(d, self.box, population)
        if any(self.box.whole):
            a["integrality"] = self.box.whole
        a |= draws.draw_limits(d)
        if d.chance(0.4) and self.method is not None:
            a["options"] = draws.draw_options(d, self.method)
        if self.n > 1000:
            a |= {"max_evals": d.size(60), "classify": False}
        if d.chance(0.9):
            a["rng"] = d.choice((d.randrange(10), np.random.default_rng(d.randrange(10))))
        self.draw_more(d, a)
        limit = None if "max_evals" in a else 150
        self.fun = Objective(d, self.n, self.box, limit, self.plain)
        self.fun.rejects = a.get("on_error") == "reject"
        if a.get("convex") is True:
            self.fun.undefined = ValueError, ArithmeticError
        if self.fun.rejects:
            a.setdefault("max_evals", 150)  # no error of the objective would end it
        self.draw_derivatives(d, a)
        self.draw_callback(d, a)
        self.spoiled = ""
        if d.chance(0.06):
            self.spoil(d, a)
        self.given = a
        self.before = self.frozen()

    def draw_more(self, d: Draw, a: dict[str, Any]) -> None:
        for name, p in (("classify", 0.25), ("polish", 0.15), ("escape", 0.1)):
            if d.chance(p):
                a[name] = False
        for name, p in (("convex", 0.05), ("history", 0.1)):
            if d.chance(p):
                a[name] = True
        if self.box.finite and d.chance(0.08):
            a["starts"] = d.choice((1, 2, 5, "auto"))
        if d.chance(0.1):
            a["nan_policy"] = d.choice(("reject", "raise"))
        if d.chance(0.1):
            a["on_error"] = d.choice(("raise", "reject"))
        if d.chance(0.1):
            a["on_interrupt"] = d.choice(("raise", "return"))
        if d.chance(0.1):
            a["check_gradient"] = False
        if d.chance(0.05):
            a["tol"] = d.choice((0.0, 1e-3, 1.0))

    def draw_derivatives(self, d: Draw, a: dict[str, Any]) -> None:
        fun = self.fun
        form = d.randrange(13)
        a["fun"] = fun
        if form < 3:
            a["jac"] = fun.jac
        elif form < 5:
            a["fun"], a["jac"] = fun.pair, True
        elif form == 5:
            a["jac"] = d.choice(("2-point", "3-point"))
        elif form == 6:
            a["fun"], a["vectorized"] = fun.many, True
        elif form == 7 and self.n <= 12:
            a["fun"], a["jac"] = fun.holomorphic(), "cs"
        if d.chance(0.08):
            a["hess"] = fun.hess
        elif d.chance(0.05):
            a["hessp"] = fun.hessp
        if d.chance(0.05):
            a["args"] = d.choice(((), (1,), 2))
        if d.chance(0.03):
            a["kwargs"] = {"named": 1}

    def draw_callback(self, d: Draw, a: dict[str, Any]) -> None:
        self.told = 0
        self.stop_at = d.size(20) if d.chance(0.1) else 0
        how = d.choice(("true", "StopIteration", "raises", "never"))
        if self.stop_at == 0:
            return

        def turn(x: Any) -> Any:
            self.told += 1
            self.expect(np.isfinite(x).all(), "callback with a point that is not finite")
            if self.told != self.stop_at or how == "never":
                return None
            if how == "StopIteration":
                self.fun.ended = not self.loose()
                raise StopIteration
            if how == "raises":
                kind = self.fun.error_type
                self.fun.fail((OSError if kind is StopIteration else kind)("the callback's own"))
            self.fun.ended = not self.loose()  # a mean is still to be measured
            return True

        if d.chance(0.5):
            a["callback"] = lambda intermediate_result: turn(intermediate_result.x)
        else:
            a["callback"] = lambda xk: turn(xk)

    def spoil(self, d: Draw, a: dict[str, Any]) -> None:
        """One argument that has to be refused, whatever the others are."""
        if self.method is not None and d.chance(0.4):
            self.spoiled, a["options"] = "options", draws.draw_bad_options(d, self.method)
            return
        self.spoiled = name = d.choice([*BAD])
        a[name] = d.choice(BAD[name])

    def text(self) -> str:
        given = ", ".join(f"{k}={_short(v)}" for k, v in self.given.items())
        return f"minimize({given}) of {self.fun!r}"

    def huge(self) -> bool:
        options = self.given.get("options")
        numbers = options.values() if isinstance(options, dict) else ()
        return any(isinstance(v, int | float) and v >= HUGE for v in numbers)

    def frozen(self) -> list[str]:
        """The arguments that could be changed, as they are now."""
        return [_short(self.given.get(name)) for name in ("x0", "bounds", "options", "integrality")]

    # ---- the call ----

    def call(self) -> Any:
        return pyminima.minimize(**self.given)

    def run(self) -> None:
        fun = self.fun
        start = time.perf_counter()
        self.res = res = self.caught(self.call)
        self.elapsed = time.perf_counter() - start
        self.evaluations = fun.calls
        self.faults += sorted(fun.faults)
        self.expect(self.frozen() == self.before, "an argument was changed")
        self.expect(all(x.tobytes() == b for x, b in fun.kept) or fun.event == "spoils x",
                    "a point handed out was changed later")  # fmt: skip
        if self.error is not None:
            self.check_error(self.error)
        elif self.spoiled and not self.refusable(self.spoiled):
            self.faults.append(f"bad {self.spoiled} was taken: {_short(self.given[self.spoiled])}")
        else:
            self.check_result(res)

    def refusable(self, name: str) -> bool:
        """Whether an argument that is no good may go unnoticed, as nothing depends on it."""
        endless = name == "options" and self.given[name] == {"patience": None}
        return (name in ("hess", "hessp", "rng") and self.given[name] is None) or (
            endless and "batches" in self.given  # epochs without end, as by default
        )

    def check_error(self, error: BaseException) -> None:
        fun = self.fun
        if error is fun.raised:
            if type(error).__name__ != "Frozen":
                self.check_partial(error)
            return
        if fun.raised is not None and not fun.rejects:
            arrived = f"{type(error).__name__} at {_innermost(error)}"
            self.faults.append(f"{type(fun.raised).__name__} of the user arrived as {arrived}")
            return
        calls = fun.calls + fun.slope_calls + fun.curvature_calls
        answered = (
            fun.ended
            or fun.refused
            or fun.event == "maybe"
            or self.given.get("nan_policy") == "raise"
        )
        if answered and calls:  # what was returned is refused
            self.check_refusal(error, 0)
            self.check_partial(error)
        else:
            self.check_refusal(error, calls)

    def check_partial(self, error: BaseException) -> None:
        res = getattr(error, "result", None)
        if res is None:
            if self.fun.calls:
                self.faults.append(f"{type(error).__name__} has no result")
            return
        self.check_values(res)
        self.expect(not res.success, "a run that has failed is a success")
        known = (Status.OBJECTIVE_ERROR, Status.INTERRUPTED, Status.NAN_VALUE)
        self.expect(res.status in known, f"status {res.status.name} after an error")

    # ---- what was returned ----

    def check_result(self, res: Result) -> None:
        fun, a = self.fun, self.given
        self.expect(type(res) is Result, f"a {type(res).__name__} was returned")
        swallowed = fun.raised is not None and a.get("on_error") != "reject"
        swallowed = swallowed and not isinstance(fun.raised, fun.undefined)
        interrupted = (
            isinstance(fun.raised, KeyboardInterrupt) and a.get("on_interrupt") == "return"
        )
        self.expect(not swallowed or interrupted, f"{type(fun.raised).__name__} was swallowed")
        if fun.event == "nonsense" and fun.calls >= fun.at and a.get("on_error") != "reject":
            self.faults.append(f"taken for a value: {_short(fun.dress(1.0))}")
        self.check_values(res)
        self.check_counts(res)
        self.check_words(res)
        if "max_time" in a:
            late = self.elapsed - a["max_time"]
            self.expect(late < LATE, f"{late:.1f} s beyond max_time")

    def check_values(self, res: Result) -> None:
        """The point and its value."""
        fun, box = self.fun, self.box
        x = res.x
        self.expect(x.shape == (self.n,) and x.dtype == np.float64, "x has another shape or type")
        if not np.isfinite(x).all():
            self.faults.append("res.x is not finite")
            return
        inside = all(
            lo <= v <= hi for v, lo, hi in zip(x.tolist(), box.lower, box.upper, strict=True)
        )
        self.expect(inside, "res.x is outside the bounds")
        whole = all(not w or v == math.floor(v) for v, w in zip(x.tolist(), box.whole, strict=True))
        self.expect(whole, "res.x is not whole")
        self.expect(type(res.fun) is float, f"res.fun is a {type(res.fun).__name__}")
        if fun.event == "maybe" or fun.event == "spoils x" or self.loose():
            return
        if fun.lowest < INF or res.fun < INF:
            low = f"{fun.event} " if fun.event else ""
            self.expect(res.fun <= fun.lowest, f"{low}a lower value was seen than res.fun")
            self.expect(res.fun >= fun.lowest, f"{low}res.fun is lower than all that was returned")
            told = fun.answered.get(x.tobytes())
            self.expect(told is not None, f"{low}res.x was never evaluated")
            if fun.pure and told is not None:
                self.expect(told == res.fun, f"{low}fun(res.x) is not res.fun")
        else:
            self.expect(res.fun == INF, f"res.fun is {res.fun} without a value")

    def loose(self) -> bool:
        """Whether values are of samples, and so not comparable."""
        return False

    def check_counts(self, res: Result) -> None:
        fun, a = self.fun, self.given
        unfinished = fun.raised is not None and fun.ended and a.get("jac") is True
        if not unfinished and (fun.event != "raises" or fun.calls < fun.at):
            calls = fun.rows or fun.calls
            self.expect(
                res.nfev == calls, f"nfev is not the number of calls ({_sign(res.nfev - calls)})"
            )
        if a.get("max_evals") is not None:
            self.expect(fun.calls <= a["max_evals"], "more evaluations than max_evals")
        if a.get("max_iter") is not None:
            self.expect(res.nit <= a["max_iter"], "more steps than max_iter")
        if callable(a.get("jac")) and not fun.ended:
            self.expect(
                res.njev == fun.slope_calls,
                f"njev is not the number of calls of jac ({_sign(res.njev - fun.slope_calls)})",
            )
        self.expect(sum(s.nfev for s in res.stages) == res.nfev, "the stages do not sum up to nfev")
        self.expect(sum(s.nit for s in res.stages) == res.nit, "the stages do not sum up to nit")
        self.expect(
            all(s.nfev >= 0 and s.nit >= 0 for s in res.stages),
            "a stage with less than no evaluations",
        )
        self.expect(res.elapsed >= 0.0, "negative time")
        if self.stop_at and self.told > self.stop_at and self.fun.ended:
            self.faults.append("called back after the stop")

    def check_words(self, res: Result) -> None:
        a, verdict = self.given, res.classification
        finite = math.isfinite(res.fun)
        status = res.status
        self.expect(not res.success or finite, "success with a value that is not finite")
        if status is not Status.EPOCHS:
            self.expect(not res.success or SUCCESS[status], f"success with status {status.name}")
        if (
            "target" in a
            and math.isfinite(a["target"])
            and self.fun.event != "maybe"
            and not self.loose()
        ):
            reached = self.fun.lowest <= a["target"]
            if reached and self.fun.lowest > -INF:
                self.expect(
                    status is Status.TARGET, f"the target is reached, and status is {status.name}"
                )
                self.expect(res.success, "the target is reached, and it is no success")
            self.expect(reached or status is not Status.TARGET, "TARGET without reaching it")
        elif self.fun.lowest == -INF and "target" not in a and not self.loose():
            ended = status in (Status.UNBOUNDED, Status.CALLBACK)
            self.expect(ended, f"-inf was returned, and status is {status.name}")
        self.expect(status is not Status.RUNNING, "status RUNNING at the end")
        self.expect(isinstance(res.message, str) and res.message, "no message")
        if status is not Status.INTERRUPTED:
            unwanted = a.get("classify") is False
            self.expect((verdict is None) == unwanted, "a verdict that was not wanted, or none")
        if verdict is not None:
            self.faults += verdict_faults(verdict, self.box)
            if SUCCESS[status] and not res.success and finite:
                known = verdict.point in (
                    "saddle",
                    "local_maximum",
                    "inflection",
                    "plateau",
                    "not_stationary",
                    "unbounded",
                )
                bent = verdict.witness is not None or bool(verdict.index)
                self.expect(known or bent, f"{status.name} without success, and {verdict.point}")
        self.caught(lambda: self.check_methods(res))
        if self.error is not None:
            self.faults.append(f"{type(self.error).__name__} of a result: {self.error!s:.100}")
        for m in res.minima:
            inside = ((np.array(self.box.lower) <= m.x) & (m.x <= np.array(self.box.upper))).all()
            self.expect(
                inside and math.isfinite(m.fun), "one of res.minima is outside, or not finite"
            )
        if a.get("history") is True and not self.loose():
            self.expect(res.history is not None, "no history")

    def check_methods(self, res: Result) -> None:
        """What can be done with it."""
        res.to_dict()
        pickle.loads(pickle.dumps(res))
        self.expect(repr(res) and str(res), "no text")
        with contextlib.suppress(ValueError):
            C = res.covariance()
            self.expect(C.shape == (self.n, self.n), "covariance of another shape")
            self.expect(np.isfinite(C).all(), "a covariance that is not finite")


def _sign(x: float) -> str:
    return "more" if x > 0 else "fewer"


def verdict_faults(verdict: pyminima.Classification, box: Box) -> list[str]:
    """What is wrong with a verdict in itself."""
    faults = []
    if not isinstance(verdict.reason, str) or not verdict.reason:
        faults.append("a verdict without a reason")
    if verdict.witness is not None:
        w = verdict.witness
        inside = all(
            lo <= v <= hi for v, lo, hi in zip(w.tolist(), box.lower, box.upper, strict=True)
        )
        if not (np.isfinite(w).all() and inside):
            faults.append("the witness is outside, or not finite")
    if verdict.probability is not None and not 0.0 <= verdict.probability <= 1.0:
        faults.append("a probability that is none")
    minima = ("local_minimum", "degenerate_minimum", "nonsmooth_minimum", "flat_valley")
    if verdict.kind == "global" and verdict.point not in minima:
        faults.append(f"global, and {verdict.point}")
    for name in ("gradient_norm", "gradient_error", "noise", "eigenvalue_error"):
        number = getattr(verdict, name)
        if number is not None and (math.isnan(number) or number < 0.0):
            faults.append(f"{name} is {number}")
    if verdict.eigenvalues is not None and np.isnan(verdict.eigenvalues).any():
        faults.append("eigenvalues that are nan")
    if verdict.n_evals < 0:
        faults.append("a verdict with less than no evaluations")
    verdict.to_dict()
    str(verdict)
    return faults


def _short(value: Any) -> str:
    try:
        if isinstance(value, np.ndarray):
            text = f"array({value.tolist()}, {value.dtype})"
        elif getattr(value, "__name__", None) == "<lambda>":
            text = "<function>"
        elif hasattr(value, "__self__") and isinstance(value.__self__, Objective):
            text = f"{value.__self__!r}.{value.__name__}"
        elif hasattr(value, "lb"):
            text = f"Bounds({np.array(value.lb).tolist()}, {np.array(value.ub).tolist()})"
        else:
            text = repr(value)
    except Exception as error:
        text = f"<{type(value).__name__}: {error!r}>"
    return text if len(text) < 600 else text[:600] + "..."


class Twice(Minimize):
    """The same call two times: the same answer, to the last bit."""

    family = "twice"
    plain = True

    def draw_more(self, d: Draw, a: dict[str, Any]) -> None:
        super().draw_more(d, a)
        a["rng"] = d.randrange(10)
        a.pop("max_time", None)

    def run(self) -> None:
        super().run()
        if self.error is None:
            again = type(self)(self.seed)
            first, second = self.answer(self.res), self.answer(again.caught(again.call))
            for name in first:
                self.expect(first[name] == second[name], f"a second run has another {name}")

    @staticmethod
    def answer(res: Result) -> dict[str, Any]:
        told = {name: res[name] for name in ("fun", "nfev", "njev", "nit", "status", "message")}
        verdict = res.classification
        told["classification"] = verdict and repr(verdict.to_dict())
        return told | {"x": res.x.tobytes()}


class Compiled(Minimize):
    """`minimize` of a C function, which here is Python behind a pointer."""

    family = "compiled"
    plain = True

    def draw_derivatives(self, d: Draw, a: dict[str, Any]) -> None:
        gradient = d.chance(0.4)
        a["fun"] = self.fun.compiled(gradient)
        if gradient and d.chance(0.3):
            a["jac"] = True
        elif not gradient and d.chance(0.3):
            a["jac"] = d.choice(("2-point", "3-point"))
        a.setdefault("max_evals", 150)
        self.fun.limit = None
        a.pop("on_error", None)

    def draw_callback(self, d: Draw, a: dict[str, Any]) -> None:
        super().draw_callback(d, a)


class Sampled(Minimize):
    """`minimize` of a mean over samples."""

    family = "samples"
    integers = False

    def draw_more(self, d: Draw, a: dict[str, Any]) -> None:
        self.samples = d.size(40)
        about: dict[str, Any] = {}
        if d.chance(0.7):
            about["batch_size"] = d.randint(1, self.samples)
        if d.chance(0.5):
            about["epochs"] = d.randint(1, 5)
        if d.chance(0.3):
            about["shuffle"] = d.chance(0.5)
        if d.chance(0.2) and "target" not in a:
            about["validation"] = lambda x: sum(map(abs, x.tolist()))
        a["batches"] = pyminima.Batches(self.samples, **about)
        if d.chance(0.3):
            a["classify"] = False
        if d.chance(0.2) and "validation" not in about:
            a["polish"] = True
        if d.chance(0.6) and (self.method is None or self.method.family != "first order"):
            first = [
                m for m in METHODS.values() if any(o.name == "learning_rate" for o in m.options)
            ]
            self.method = d.choice(first)
            a["method"] = self.method.name
            a.pop("options", None)
            if d.chance(0.4):
                a["options"] = draws.draw_options(d, self.method)
        if np.ndim(a["x0"]) == 2:
            a["x0"] = a["x0"][0]

    def draw_derivatives(self, d: Draw, a: dict[str, Any]) -> None:
        fun = self.fun
        form = d.randrange(3)

        def look(x: Any, indices: Any, *rest: Any) -> Any:
            good = (
                isinstance(indices, np.ndarray)
                and indices.dtype == np.int64
                and 0 < len(indices) <= self.samples
                and indices.min() >= 0
                and indices.max() < self.samples
            )
            self.expect(good, "indices that are none")
            return fun.pair(x) if form == 1 else fun(x)

        a["fun"] = look
        if form == 1:
            a["jac"] = True
        elif form == 2:
            a["jac"] = fun.jac

    def loose(self) -> bool:
        return True


# ----------------------------------------------------------------------------------- scipy's ----


class Scipy(Minimize):
    """`scipy.optimize.minimize` with a method of ours."""

    family = "scipy"
    integers = False

    def draw(self, d: Draw) -> None:
        super().draw(d)
        self.spoiled = ""

    def draw_more(self, d: Draw, a: dict[str, Any]) -> None:
        if a["method"] is None:
            a["method"] = "bfgs"
            self.method = METHODS["bfgs"]
        if a["x0"] is None or np.ndim(a["x0"]) == 2:
            a["x0"] = [1.0] * self.n

    def spoil(self, d: Draw, a: dict[str, Any]) -> None:
        pass

    def draw_derivatives(self, d: Draw, a: dict[str, Any]) -> None:
        super().draw_derivatives(d, a)
        a.pop("kwargs", None)
        if a.pop("vectorized", False):
            a["fun"] = self.fun

    def call(self) -> Any:
        a = dict(self.given)
        options = dict(a.pop("options", {}))
        for name in ("max_evals", "max_iter", "max_time", "target", "rng"):
            if name in a:
                options[name] = a.pop(name)
        if self.seed % 2 and "max_iter" in options:
            options["maxiter"] = options.pop("max_iter")
        method = pyminima.scipy_method(a.pop("method"))
        return scipy.optimize.minimize(
            a.pop("fun"), a.pop("x0"), method=method, options=options, **a
        )

    def check_error(self, error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        if frames and "scipy" in frames[-1].filename and isinstance(error, TypeError | ValueError):
            self.refusal = error  # it is scipy's own
            return
        super().check_error(error)

    def check_counts(self, res: Result) -> None:
        if self.given.get("jac") is not True:  # then scipy remembers one point, and calls again
            self.expect(res.nfev >= self.fun.calls, "fewer evaluations counted than made")

    def check_words(self, res: Result) -> None:
        self.expect(
            not res.success or math.isfinite(res.fun), "success with a value that is not finite"
        )


# ---------------------------------------------------------------------------------- classify ----


class Classify(Set):
    """`classify` at any point."""

    family = "classify"

    def draw(self, d: Draw) -> None:
        self.box = draws.draw_box(d, self.n, 0.0)
        self.fun = Objective(d, self.n, self.box, 2000)
        x = draws.draw_start(d, self.box, False)
        x = [0.5] * self.n if x is None else x
        if d.chance(0.8) and self.box.given is not None:
            x = np.clip(np.asarray(x, dtype=float), self.box.lower, self.box.upper)
        if d.chance(0.1):
            x = OptimizeResult(x=x)
        a: dict[str, Any] = {"fun": self.fun, "x": x, "bounds": self.box.given}
        form = d.randrange(6)
        if form < 2:
            a["jac"] = self.fun.jac
        elif form == 2:
            a["fun"], a["jac"] = self.fun.pair, True
        elif form == 3:
            a["fun"], a["vectorized"] = self.fun.many, True
        if d.chance(0.15):
            a[d.choice(("hess", "hessp"))] = None
            a["hess" if "hess" in a else "hessp"] = self.fun.hess if "hess" in a else self.fun.hessp
        if d.chance(0.5):
            a["max_evals"] = d.size(200)
        if d.chance(0.3):
            a["rng"] = d.randrange(5)
        self.given = a

    def text(self) -> str:
        return f"classify({', '.join(f'{k}={_short(v)}' for k, v in self.given.items())})"

    def run(self) -> None:
        fun = self.fun
        verdict = self.caught(lambda: pyminima.classify(**self.given))
        self.evaluations = fun.calls
        self.faults += sorted(fun.faults)
        if self.error is not None:
            if fun.raised is not None:
                arrived = f"{type(self.error).__name__} at {_innermost(self.error)}"
                same = self.error is fun.raised
                self.expect(same, f"{type(fun.raised).__name__} of the user arrived as {arrived}")
            else:
                answered = fun.ended or fun.refused or fun.event == "maybe"
                self.check_refusal(self.error, 0 if answered else fun.calls)
            return
        self.expect(fun.raised is None, f"{type(fun.raised).__name__} was swallowed")
        if fun.event == "nonsense" and fun.calls >= fun.at:
            self.faults.append(f"taken for a value: {_short(fun.dress(1.0))}")
        self.faults += verdict_faults(verdict, self.box)
        if "max_evals" in self.given:
            self.expect(fun.calls <= self.given["max_evals"], "more evaluations than max_evals")
        self.expect(
            verdict.n_evals == fun.calls,
            f"n_evals is not the number of calls ({_sign(verdict.n_evals - fun.calls)})",
        )


# -------------------------------------------------------------------------------- ask and tell ----


class AskTell(Set):
    """`Solver`, told anything."""

    family = "ask and tell"

    def draw(self, d: Draw) -> None:
        name = d.choice([*METHODS])
        self.method = METHODS[name]
        self.box = draws.draw_box(d, self.n, 0.3 if self.method.integers else 0.0)
        self.jac = d.chance(0.4)
        a: dict[str, Any] = {"method": name, "jac": self.jac, "bounds": self.box.given}
        a["x0"] = draws.draw_start(d, self.box, self.method.population)
        if any(self.box.whole):
            a["integrality"] = self.box.whole
        if d.chance(0.5):
            a["options"] = draws.draw_options(d, self.method)
        a["rng"] = d.randrange(10)
        self.fun = Objective(d, self.n, self.box, None, plain=True)
        self.given = a
        self.most = d.size(200)
        self.copy_at, self.waiting = d.size(12), d.chance(0.5)
        self.mischief_at = d.size(8) if d.chance(0.5) else 0

    def text(self) -> str:
        given = ", ".join(f"{k}={_short(v)}" for k, v in self.given.items())
        return f"Solver({given}) told {self.fun!r}, {self.most} values, copied at {self.copy_at}"

    def huge(self) -> bool:
        options = self.given.get("options", {})
        return any(isinstance(v, int | float) and v >= HUGE for v in options.values())

    def run(self) -> None:
        solver = self.caught(lambda: pyminima.Solver(**self.given))
        if solver is None:
            self.check_refusal(self.error, 0)
            return
        self.caught(lambda: self.drive(solver))
        self.faults += sorted(self.fun.faults)
        self.evaluations = self.fun.calls
        if self.error is not None:
            self.faults.append(
                f"{type(self.error).__name__} at {_innermost(self.error)}: {self.error!s:.120}"
            )

    def drive(self, solver: pyminima.Solver) -> None:
        fun, twin, turn = self.fun, None, 0
        while not solver.done and fun.calls < self.most:
            turn += 1
            if turn == self.copy_at and not self.waiting:
                twin = solver.copy()
            X = solver.ask()
            self.expect(X.ndim == 2 and X.shape[1] == self.n and len(X) > 0, "ask gave no points")
            if turn == self.mischief_at:
                self.mischief(solver, X)
            if turn == self.copy_at and self.waiting:
                twin = copy.deepcopy(solver)
            if len(X) > HUGE:  # it would take long, and show nothing else
                return
            F = [fun(x) for x in X]
            G = np.array([fun.slope(x) for x in X]) if self.jac else None
            if twin is not None and not twin.done:
                self.expect(twin.ask().tobytes() == X.tobytes(), "the copy asks for other points")
                twin.tell(F, G)
            solver.tell(F, G)
            if twin is not None:
                self.expect(twin.status == solver.status, "the copy has another status")
        self.check(solver)

    def mischief(self, solver: pyminima.Solver, X: np.ndarray) -> None:
        """Calls that are refused, and leave everything as it was."""
        m, before = len(X), solver.best
        wrong: list[tuple[Any, Any]] = [
            ([0.0] * (m + 1), None),
            (None, None),
            (["x"] * m, None),
            (0.0 if m > 1 else [[0.0]], None),
        ]
        for f, g in wrong:
            try:
                solver.tell(f, g)
                self.faults.append(f"tell took {_short(f)}")
                return
            except (TypeError, ValueError):
                pass
        self.expect(solver.ask().tobytes() == X.tobytes(), "asked again, it gives other points")
        same = solver.best[1] == before[1] and solver.best[0].tobytes() == before[0].tobytes()
        self.expect(same, "the best point has changed by a call that was refused")

    def check(self, solver: pyminima.Solver) -> None:
        x, f = solver.best
        fun = self.fun
        self.expect(np.isfinite(x).all(), "the best point is not finite")
        if fun.lowest < INF or f < INF:
            self.expect(
                f == fun.lowest,
                f"the best value is not the lowest one told ({_sign(f - fun.lowest)})",
            )
            self.expect(
                fun.answered.get(x.tobytes(), NAN) == f or not fun.pure,
                "best is a point with another value",
            )
        res = solver.result()
        self.expect(res.nfev == fun.calls, "nfev is not the number of values told")
        self.expect(
            not res.success or math.isfinite(res.fun), "success with a value that is not finite"
        )
        self.expect(
            all(isinstance(v, float) for v in solver.measures.values()),
            "a measure that is no number",
        )
        repr(res), res.to_dict()
        if solver.done:
            try:
                solver.ask()
                self.faults.append("it asks after its end")
            except RuntimeError:
                pass


FAMILIES: list[tuple[type[Set], float]] = [
    (Minimize, 0.52),
    (AskTell, 0.14),
    (Classify, 0.09),
    (Compiled, 0.08),
    (Sampled, 0.08),
    (Scipy, 0.05),
    (Twice, 0.04),
]


def drawn(seed: int) -> Set:
    """The argument set with this number; those below 0 are known."""
    if seed < 0:
        from tests.fuzz.known import Known

        return Known(seed)
    kinds, weights = zip(*FAMILIES, strict=True)
    return Draw(seed).choices(kinds, weights)[0](seed)
