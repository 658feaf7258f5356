"""What every method asks for, and what it says of it, as SHA-256: the same search, bit for bit.

    python -m tests.record             compare with tests/record.json, item by item
    python -m tests.record --renew     write it anew; only with a line in the changelog to say why
    python -m tests.record --show ITEM what an item is made of, in full
    python -m tests.record --to FILE   write it elsewhere, to hold two builds against each other

An item is one run (a method on a problem) or one classification. Of each, four digests (their first
24 digits) are kept:
of the points asked, in their order; of the values (and gradients) given; of the sentences
(message and verdict); of the stages. The last bits of a run depend on the mathematical library
and on the BLAS, so a recording says by `arithmetic` for which it was made.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import scipy.linalg

import pyminima
from pyminima import Solver, problems

RECORD = Path(__file__).resolve().parent / "record.json"
KINDS = ("points", "values", "sentences", "stages")

Item = dict[str, list[Any]]


def digest(parts: list[Any]) -> str:
    """SHA-256 of arrays, by their bytes, and of everything else as text."""
    sha = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray | float):
            part = np.asarray(part, dtype=np.float64)
            sha.update(repr(part.shape).encode() + part.tobytes())
        else:
            sha.update(str(part).encode())
    return sha.hexdigest()[:24]


def arithmetic() -> str:
    """Digest of what functions of libraries answer here, to the last bit."""
    x = np.linspace(0.01, 3.0, 301)
    scalars = [f(v) for f in (np.exp, np.log, np.sin, np.cos, np.tan) for v in x]
    powers = [float(v) ** float(w) for v in x for w in (-1.3, 0.37, 2.9)]
    A = np.sin(np.outer(x[:60], x[:60])) + np.eye(60)
    w, V = scipy.linalg.eigh(A + A.T)
    dense = [A @ A, np.linalg.solve(A, x[:60]), np.linalg.eigvalsh(A + A.T), w, V, x @ x, x.sum()]
    found = digest([np.array(scalars), np.array(powers), *map(np.asarray, dense)])
    return f"{found[:16]} numpy {np.__version__} scipy {scipy.__version__}"


# ----------------------------------------------------------------------------------- objectives


class Seen:
    """Objectives that write down what they are asked and what they answer."""

    def __init__(self, value: Callable[..., float], slope: Callable[..., Any] | None = None):
        self.value, self.slope = value, slope
        self.points: list[Any] = []
        self.values: list[Any] = []

    def fun(self, x: np.ndarray) -> float:
        self.points.append(np.array(x))
        self.values.append(float(self.value(x)))
        return self.values[-1]

    def pair(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        assert self.slope is not None
        f, g = self.fun(x), self.slope(x)
        self.values.append(np.array(g))
        return f, g

    def rows(self, X: np.ndarray) -> np.ndarray:
        return np.array([self.fun(x) for x in X])

    def compiled(self) -> Any:
        """A function pointer of C that leads back here."""
        pointer = ctypes.POINTER(ctypes.c_double)
        kind = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int, pointer)
        return kind(lambda n, x: self.fun(np.array(x[:n])))

    def compiled_pair(self) -> Any:
        pointer = ctypes.POINTER(ctypes.c_double)
        kind = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int, pointer, pointer)

        def call(n: int, x: Any, g: Any) -> float:
            f, slope = self.pair(np.array(x[:n]))
            for i in range(n):
                g[i] = slope[i]
            return f

        return kind(call)


# Sums in a fixed order, of products and differences: no library has a say in their last bits.


def valley(x: Any) -> float:
    """Rosenbrock's."""
    z = np.asarray(x).tolist()
    return sum(100.0 * (b - a * a) * (b - a * a) + (1.0 - a) * (1.0 - a) for a, b in pairwise(z))


def valley_slope(x: Any) -> np.ndarray:
    z = np.asarray(x).tolist()
    g = [0.0] * len(z)
    for i in range(len(z) - 1):
        rise = z[i + 1] - z[i] * z[i]
        g[i] += -400.0 * z[i] * rise - 2.0 * (1.0 - z[i])
        g[i + 1] += 200.0 * rise
    return np.array(g)


def bowl(x: Any) -> float:
    z = np.asarray(x).tolist()
    return sum((1.0 + i % 5) * (a - 0.3) * (a - 0.3) for i, a in enumerate(z))


def bowl_slope(x: Any) -> np.ndarray:
    z = np.asarray(x).tolist()
    return np.array([2.0 * (1.0 + i % 5) * (a - 0.3) for i, a in enumerate(z)])


def wells(x: Any) -> float:
    """A double well in each variable, tilted: 2^n minima."""
    z = np.asarray(x).tolist()
    return sum((a * a - 1.0) * (a * a - 1.0) + 0.1 * (i + 1) * a for i, a in enumerate(z))


def wells_slope(x: Any) -> np.ndarray:
    z = np.asarray(x).tolist()
    return np.array([4.0 * a * (a * a - 1.0) + 0.1 * (i + 1) for i, a in enumerate(z)])


def pass_between(x: Any) -> float:
    """A saddle at the origin between two minima."""
    a, b = np.asarray(x).tolist()
    return (a * a - 1.0) * (a * a - 1.0) + b * b


def pass_slope(x: Any) -> np.ndarray:
    a, b = np.asarray(x).tolist()
    return np.array([4.0 * a * (a * a - 1.0), 2.0 * b])


def torn(x: Any) -> float:
    """Not a number in one corner, infinite in another."""
    a, b = np.asarray(x).tolist()
    return (
        float("nan") if a + b > 3.0 else float("inf") if a - b > 4.0 else a * a + a * b + 2 * b * b
    )


def floor(x: Any) -> float:
    """A valley whose floor is a parabola: degenerate along it."""
    a, b = np.asarray(x).tolist()
    return (a * a - b) * (a * a - b)


def floor_slope(x: Any) -> np.ndarray:
    a, b = np.asarray(x).tolist()
    return np.array([4.0 * a * (a * a - b), -2.0 * (a * a - b)])


def corner(x: Any) -> float:
    """|x_0| + x_1^2: no slope at its minimum."""
    a, b = np.asarray(x).tolist()
    return abs(a - 0.2) + b * b


DATA = np.array([[1.0, 0.5, -0.25], [0.25, -1.0, 0.5], [-0.5, 0.75, 1.0], [2.0, 0.25, 0.125]] * 6)
AIM = np.array([0.5, -0.25, 1.0, 0.75] * 6)


def sampled(x: Any, rows: Any) -> float:
    z = np.asarray(x).tolist()
    total = 0.0
    for i in rows.tolist():
        a = sum(w * v for w, v in zip(DATA[i].tolist(), z, strict=True)) - AIM[i]
        total += a * a
    return total / len(rows)


def sampled_slope(x: Any, rows: Any) -> np.ndarray:
    z = np.asarray(x).tolist()
    g = [0.0, 0.0, 0.0]
    for i in rows.tolist():
        row = DATA[i].tolist()
        a = sum(w * v for w, v in zip(row, z, strict=True)) - AIM[i]
        for k in range(3):
            g[k] += 2.0 * a * row[k] / len(rows)
    return np.array(g)


# ----------------------------------------------------------------------------------------- runs


def of(seen: Seen, run: Callable[[], Any]) -> Item:
    """The item of a run that `seen` has watched; a refusal is a sentence, too."""
    item: Item = {"points": seen.points, "values": seen.values, "sentences": [], "stages": []}
    try:
        res = run()
    except (TypeError, ValueError) as error:
        item["sentences"] = [f"{type(error).__name__}: {error}"]
        return item
    item["values"] += [np.asarray(res.x), float(res.fun), [res.nfev, res.njev, res.nhev, res.nit]]
    item["sentences"] = [res.message, str(res.classification), res.success, res.n_escapes]
    if res.classification is not None:
        item["sentences"].append(sorted(res.classification.to_dict().items()))
    if res.get("history") is not None:
        item["values"] += [str(entry) for entry in res.history]
    for stage in res.stages:
        item["stages"].append(
            [str(stage.name), stage.method, stage.nfev, stage.nit, stage.fun, stage.reason]
        )
    return item


def box(n: int, low: float = -3.0, high: float = 4.0) -> list[tuple[float, float]]:
    return [(low, high)] * n


START = [-1.2, 1.0, 0.5]
LIMITS: dict[str, Any] = {"rng": 7, "max_evals": 500, "classify": False, "polish": False}


def values(method: str) -> Item:
    seen = Seen(valley)
    return of(seen, lambda: pyminima.minimize(seen.fun, START, method=method, **LIMITS))


def gradient(method: str) -> Item:
    seen = Seen(valley, valley_slope)
    x0 = np.linspace(-1.0, 1.5, 8)
    return of(seen, lambda: pyminima.minimize(seen.pair, x0, method=method, jac=True, **LIMITS))


def bounds(method: str) -> Item:
    seen = Seen(valley, valley_slope)
    limits = [(-2.0, 0.5), (0.25, 0.25), (None, 2.0), (-1.0, None)]
    run = {**LIMITS, "bounds": limits, "jac": True}
    return of(seen, lambda: pyminima.minimize(seen.pair, [0.1, 1, 1, 1], method=method, **run))


def integers(method: str) -> Item:
    seen = Seen(wells)
    run = {**LIMITS, "bounds": box(3), "integrality": [True, False, True]}
    return of(seen, lambda: pyminima.minimize(seen.fun, START, method=method, **run))


def batches(method: str) -> Item:
    seen = Seen(valley)

    def pair(x: Any, rows: Any) -> tuple[float, np.ndarray]:
        seen.points += [np.array(x), np.array(rows, dtype=float)]
        f, g = sampled(x, rows), sampled_slope(x, rows)
        seen.values += [f, g]
        return f, g

    return of(seen, lambda: mini_batches(pair, [0.1, 0.2, 0.3], method))


def mini_batches(pair: Any, x0: Any, method: str) -> Any:
    given = pyminima.Batches(24, batch_size=7, epochs=4)
    return pyminima.minimize(pair, x0, method=method, jac=True, rng=7, batches=given)


def compiled(method: str) -> Item:
    seen = Seen(wells)
    fun = seen.compiled()
    run = {**LIMITS, "bounds": box(3)}
    return of(seen, lambda: pyminima.minimize(fun, START, method=method, **run))


def compiled_gradient(method: str) -> Item:
    seen = Seen(valley, valley_slope)
    fun = seen.compiled_pair()
    return of(seen, lambda: pyminima.minimize(fun, START, method=method, **LIMITS))


def vectorized(method: str) -> Item:
    seen = Seen(wells)
    run = {**LIMITS, "bounds": box(2), "vectorized": True}
    return of(seen, lambda: pyminima.minimize(seen.rows, START[:2], method=method, **run))


def ask_and_tell(method: str) -> Item:
    seen = Seen(valley, valley_slope)

    def run() -> Any:
        row = next(m for m in pyminima.methods() if m.name == method)
        jac = row.needs == "gradient" or row.uses_gradient
        solver = Solver(method, START, bounds=box(3), rng=7, jac=jac)
        while not solver.done and len(seen.points) < 300:
            X = solver.ask()
            F = np.array([seen.fun(x) for x in X])
            if jac:
                solver.tell(F, np.array([valley_slope(x) for x in X]))
            else:
                solver.tell(F)
        return solver.result()

    return of(seen, run)


def judged(method: str) -> Item:
    """A whole run: escape, polish and verdict."""
    seen = Seen(pass_between, pass_slope)
    run = {"jac": True, "rng": 7, "max_evals": 3000, "bounds": box(2)}
    return of(seen, lambda: pyminima.minimize(seen.pair, [0.0, 0.5], method=method, **run))


def judged_values(method: str) -> Item:
    seen = Seen(wells)
    run = {"rng": 7, "max_evals": 3000, "bounds": box(2)}
    return of(seen, lambda: pyminima.minimize(seen.fun, START[:2], method=method, **run))


def broken(method: str) -> Item:
    seen = Seen(torn)
    run = {**LIMITS, "bounds": box(2), "history": True}
    return of(seen, lambda: pyminima.minimize(seen.fun, [1.0, 1.5], method=method, **run))


def many(method: str) -> Item:
    """As many variables as make batches lend their memory."""
    seen = Seen(bowl, bowl_slope)
    x0 = np.linspace(-1.0, 1.5, 1100)
    run = {**LIMITS, "jac": True, "max_evals": 30}
    return of(seen, lambda: pyminima.minimize(seen.pair, x0, method=method, **run))


def starts(method: str) -> Item:
    seen = Seen(wells, wells_slope)
    run = {"jac": True, "rng": 7, "max_evals": 2500, "bounds": box(2), "starts": 6}
    return of(seen, lambda: pyminima.minimize(seen.pair, START[:2], method=method, **run))


def with_option(method: str, option: str, value: Any) -> Item:
    seen = Seen(valley, valley_slope)
    run = {**LIMITS, "bounds": box(3), "max_evals": 200, "options": {option: value}}
    return of(seen, lambda: pyminima.minimize(seen.pair, START, method=method, jac=True, **run))


def choices(option: pyminima.Option) -> list[Any]:
    """Every choice; of a number both ends, but not so many of a thing that it takes long."""
    if option.choices:
        return list(option.choices)
    return [option.low, min(option.high, 40.0)]


RUNS = (
    values,
    gradient,
    bounds,
    integers,
    batches,
    compiled,
    compiled_gradient,
    vectorized,
    ask_and_tell,
    judged,
    judged_values,
    broken,
    many,
    starts,
)

# ----------------------------------------------------------------------------- classifications


def classified(seen: Seen, x: Any, **given: Any) -> Item:
    item: Item = {"points": seen.points, "values": seen.values, "sentences": [], "stages": []}
    try:
        verdict = pyminima.classify(seen.fun, x, rng=7, **given)
        item["sentences"] = [str(verdict), sorted(verdict.to_dict().items())]
    except (TypeError, ValueError) as error:
        item["sentences"] = [f"{type(error).__name__}: {error}"]
    return item


def by_hand() -> Iterator[tuple[str, Callable[[], Item]]]:
    """Points of every kind, from values and with gradients."""
    cases: dict[str, tuple[Any, Any, list[float]]] = {
        "bowl": (bowl, bowl_slope, [0.3, 0.3, 0.3]),
        "saddle": (pass_between, pass_slope, [0.0, 0.0]),
        "slope": (bowl, bowl_slope, [1.0, 1.0, 1.0]),
        "valley": (floor, floor_slope, [1.0, 1.0]),
        "maximum": (lambda x: -bowl(x), lambda x: -bowl_slope(x), [0.3, 0.3]),
        "corner": (corner, None, [0.2, 0.0]),
        "constant": (lambda x: 2.0, lambda x: np.zeros(2), [0.2, 0.0]),
        "wells": (wells, wells_slope, [1.0, 1.0]),
    }
    for name, (value, slope, x) in cases.items():
        for bounded in (False, True):
            given = {"bounds": [(v, v + 1.0) for v in x]} if bounded else {}
            label = f"classify {name}" + (" at bounds" if bounded else "")

            def from_values(value: Any = value, x: Any = x, given: Any = given) -> Item:
                return classified(Seen(value), x, **given)

            def with_slope(
                value: Any = value, x: Any = x, given: Any = given, slope: Any = slope
            ) -> Item:
                return classified(Seen(value), x, jac=slope, **given)

            yield f"{label}, values", from_values
            if slope is not None:
                yield f"{label}, gradient", with_slope


def from_catalogue() -> Iterator[tuple[str, Callable[[], Item]]]:
    """The labelled points of the catalogue's problems."""
    for name in problems.names():
        problem = problems.get(name)
        for k, point in enumerate(problem.points[:2]):

            def run(problem: Any = problem, point: Any = point) -> Item:
                seen = Seen(problem.fun)
                return classified(seen, point.x, jac=problem.jac, bounds=problem.bounds)

            yield f"classify {name} {k}", run


def items() -> Iterator[tuple[str, Callable[[], Item]]]:
    for method in pyminima.methods():
        for run in RUNS:
            yield f"{method.name} {run.__name__}", lambda run=run, name=method.name: run(name)
        for option in method.options:
            for value in choices(option):
                yield (
                    f"{method.name} {option.name}={value}",
                    lambda name=method.name, o=option.name, v=value: with_option(name, o, v),
                )
    yield from by_hand()
    yield from from_catalogue()


def made(run: Callable[[], Item]) -> Item:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run()


def recorded() -> dict[str, dict[str, str]]:
    found = {}
    for name, run in items():
        item = made(run)
        found[name] = {kind: digest(item[kind]) for kind in KINDS}
    return found


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """A line for each recorded item that has changed; those of a new method are not recorded."""
    lines = [f"gone: {name}" for name in old if name not in new]
    for name in old:
        kinds = [k for k in KINDS if name in new and old[name][k] != new[name][k]]
        lines += [f"{name}: other {', '.join(kinds)}"] if kinds else []
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--renew", action="store_true")
    parser.add_argument("--show", metavar="ITEM")
    parser.add_argument("--to", metavar="FILE", type=Path)
    given = parser.parse_args()
    if given.show:
        for kind, parts in made(dict(items())[given.show]).items():
            print(f"--- {kind}")
            for part in parts:
                print(part)
        return 0
    found = {"arithmetic": arithmetic(), "items": recorded()}
    if given.renew or given.to:
        to = given.to or RECORD
        lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in found["items"].items()]
        body = ",\n".join(lines)
        head = json.dumps(found["arithmetic"])
        to.write_text(f'{{"arithmetic": {head},\n"items": {{\n{body}\n}}}}\n')
        print(f"{len(lines)} items written to {to}")
        return 0
    old = json.loads(RECORD.read_text())
    if old["arithmetic"] != found["arithmetic"]:
        print(f"recorded with {old['arithmetic']}, here {found['arithmetic']}: bits may differ")
    lines = compare(old["items"], found["items"])
    unknown = len(found["items"].keys() - old["items"].keys())
    known = f"{len(found['items'])} items, {len(lines)} differ"
    print("\n".join([*lines, known + f", {unknown} not recorded yet" * (unknown > 0)]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
