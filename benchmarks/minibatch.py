"""One epoch of mini-batch logistic regression: pyminima, plain loops, torch and SGDClassifier.

100,000 samples of 50 features and a label, float64, batches of 64 and of 256; SGD and Adam. All
of them minimise the same mean loss, from 0, with the same constant learning rate.

- "numpy loop": the loop anybody would write, around the very objective that pyminima is given: it
  gathers the rows of a batch, and returns value and gradient. "without the loss": the same loop
  around a gradient alone, which is what a loop that keeps no account of the loss would compute.
- "C loop": the same in C around the objective that pyminima is given as a pointer; it is handed
  the orders of the samples and shuffles nothing, while pyminima's shuffling is part of its time.
- torch: `torch.optim` over a tensor of parameters, rows gathered by indices, autograd.
- SGDClassifier: `fit` of scikit-learn, whose batches have one sample, so its step is a constant
  one of its own.

An epoch of pyminima is the time from one callback to the next. "Whole call" is the time of
`minimize(classify=False)` by the number of epochs: what is evaluated on all samples at the end is
part of it. Rounds are interleaved: every round measures every configuration once, and the ratios
are taken within a round. CPU time, one thread; the tables show medians and quartiles over the
rounds.

    python benchmarks/minibatch.py [--quick]

prints the tables and writes the raw figures to benchmarks/results/minibatch.json.
"""

# ruff: noqa: E402 (the threads of BLAS must be set before numpy is loaded)
from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import sklearn
from scipy import LowLevelCallable
from sklearn.linear_model import SGDClassifier
from tables import markdown

import pyminima

try:
    import torch
except ImportError:  # too large for an extra; `pip install torch` brings it into the tables
    torch = None

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "minibatch.json"
SEED = 1
SAMPLES, FEATURES = 100_000, 50
BATCHES = (64, 256)
RATES = {"sgd": 0.02, "adam": 0.002}
TARGET = 1.3  # of a loop of the same kind


# ------------------------------------------------------------------------------------ the problem


def data() -> tuple[np.ndarray, np.ndarray]:
    """Features of unlike scale, correlated with each other, and labels that overlap."""
    rng = np.random.default_rng(SEED)
    mixing = np.eye(FEATURES) + 0.1 * rng.standard_normal((FEATURES, FEATURES))
    X = rng.standard_normal((SAMPLES, FEATURES)) @ mixing
    chance = 1.0 / (1.0 + np.exp(-X @ rng.standard_normal(FEATURES) / 3.0))
    return np.ascontiguousarray(X), np.where(rng.random(SAMPLES) < chance, 1.0, -1.0)


X, Y = data()
EVERYTHING = np.arange(SAMPLES)


def rows_of(indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The samples with these indices; all of them need no copy."""
    return (X, Y) if len(indices) == SAMPLES else (X[indices], Y[indices])


def gradient(w: np.ndarray, indices: np.ndarray) -> np.ndarray:
    rows, y = rows_of(indices)
    e = np.exp(-y * (rows @ w))
    return rows.T @ (y * (e / (1.0 + e))) / -len(y)


def loss(w: np.ndarray, indices: np.ndarray) -> tuple[float, np.ndarray]:
    """The objective: the mean loss of some samples, and its gradient."""
    rows, y = rows_of(indices)
    e = np.exp(-y * (rows @ w))
    return float(np.log1p(e).mean()), rows.T @ (y * (e / (1.0 + e))) / -len(y)


def full_loss(w: np.ndarray) -> float:
    return float(np.logaddexp(0.0, -Y * (X @ w)).mean())


# ------------------------------------------------------------------------------------ the runners


@dataclass
class Run:
    """One training: seconds of each epoch, of the whole, and the parameters it ended with."""

    epochs: list[float]
    whole: float
    w: np.ndarray


def orders(epochs: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(SEED)
    for _ in range(epochs):
        yield rng.permutation(SAMPLES)


def batches(order: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for first in range(0, SAMPLES, size):
        yield order[first : first + size]


class Clock:
    """Seconds between ticks."""

    def __init__(self) -> None:
        self.begin = self.last = process_time()
        self.laps: list[float] = []

    def tick(self, *_: Any) -> None:
        now = process_time()
        self.laps.append(now - self.last)
        self.last = now

    def run(self, w: np.ndarray) -> Run:
        return Run(self.laps, process_time() - self.begin, w)


def numpy_loop(rule: str, size: int, epochs: int, with_loss: bool = True) -> Run:
    clock, rate = Clock(), RATES[rule]
    w, total = np.zeros(FEATURES), 0.0
    m, v, t = np.zeros(FEATURES), np.zeros(FEATURES), 0
    for order in orders(epochs):
        for indices in batches(order, size):
            if with_loss:
                f, g = loss(w, indices)
                total += f * len(indices)
            else:
                g = gradient(w, indices)
            if rule == "sgd":
                w -= rate * g
            else:
                t += 1
                m = 0.9 * m + 0.1 * g
                v = 0.999 * v + 0.001 * g * g
                w -= rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        clock.tick()
    return clock.run(w)


def settings(rule: str) -> dict[str, Any]:
    if rule == "sgd" and rule not in {method.name for method in pyminima.methods()}:
        return {
            "method": "gradient_descent",
            "options": {"line_search": "fixed", "step": RATES[rule]},
        }
    return {"method": rule, "options": {"learning_rate": RATES[rule]}}


def ours(fun: Any, rule: str, size: int, epochs: int) -> Run:
    clock = Clock()
    res = pyminima.minimize(
        fun,
        np.zeros(FEATURES),
        jac=True,
        batches=pyminima.Batches(SAMPLES, batch_size=size, epochs=epochs),
        rng=SEED,
        classify=False,
        callback=clock.tick,
        **settings(rule),
    )
    return clock.run(res.x)


class Samples(ctypes.Structure):
    _fields_ = (("X", ctypes.c_void_p), ("y", ctypes.c_void_p))


class Compiled:
    """benchmarks/minibatch.c."""

    def __init__(self) -> None:
        target = HERE.parent / "build" / "minibatch.so"
        target.parent.mkdir(exist_ok=True)
        self.compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
        # The flags of the extension itself.
        flags = ["-std=c11", "-O3", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC"]
        source = HERE / "minibatch.c"
        subprocess.run([self.compiler, *flags, str(source), "-o", str(target), "-lm"], check=True)
        self.library = ctypes.CDLL(str(target))
        self.samples = Samples(X.ctypes.data, Y.ctypes.data)
        numbers = ctypes.POINTER(ctypes.c_double)
        function = self.library.logistic
        function.restype = ctypes.c_double
        function.argtypes = [
            ctypes.c_int,
            numbers,
            numbers,
            ctypes.c_int,
            ctypes.POINTER(ctypes.c_int64),
            ctypes.c_void_p,
        ]
        address = ctypes.cast(ctypes.byref(self.samples), ctypes.c_void_p)
        self.fun = LowLevelCallable(function, user_data=address)
        for loop in (self.library.epoch_sgd, self.library.epoch_adam):
            loop.restype = ctypes.c_double

    def loop(self, rule: str, size: int, epochs: int) -> Run:
        w, g, moments = np.zeros(FEATURES), np.zeros(FEATURES), np.zeros(2 * FEATURES)
        powers = np.ones(2)
        shuffled = list(orders(epochs))
        clock = Clock()
        for order in shuffled:
            given = (
                self.library.logistic,
                ctypes.byref(self.samples),
                ctypes.c_int(FEATURES),
                ctypes.c_void_p(w.ctypes.data),
                ctypes.c_void_p(g.ctypes.data),
                ctypes.c_int(SAMPLES),
                ctypes.c_int(size),
                ctypes.c_void_p(order.ctypes.data),
                ctypes.c_double(RATES[rule]),
            )
            if rule == "sgd":
                self.library.epoch_sgd(*given)
            else:
                state = [ctypes.c_void_p(a.ctypes.data) for a in (moments, powers)]
                self.library.epoch_adam(*given, *state)
            clock.tick()
        return clock.run(w)


def torch_loop(rule: str, size: int, epochs: int) -> Run:
    torch.set_num_threads(1)
    features, labels = torch.from_numpy(X), torch.from_numpy(0.5 * (Y + 1.0))
    measure = torch.nn.BCEWithLogitsLoss()
    w = torch.zeros(FEATURES, dtype=torch.float64, requires_grad=True)
    maker = torch.optim.SGD if rule == "sgd" else torch.optim.Adam
    optimizer = maker([w], lr=RATES[rule])
    clock = Clock()
    for order in orders(epochs):
        shuffled = torch.from_numpy(order)
        for first in range(0, SAMPLES, size):
            indices = shuffled[first : first + size]
            optimizer.zero_grad()
            measure(features[indices] @ w, labels[indices]).backward()
            optimizer.step()
        clock.tick()
    return clock.run(w.detach().numpy())


def classifier(epochs: int) -> Run:
    """Its steps are of one sample each: this constant one has the same stationary spread."""
    model = SGDClassifier(
        loss="log_loss",
        penalty=None,
        fit_intercept=False,
        learning_rate="constant",
        eta0=RATES["sgd"] / 64.0,
        max_iter=epochs,
        tol=None,
        shuffle=True,
        random_state=SEED,
    )
    clock = Clock()
    model.fit(X, Y)
    run = clock.run(model.coef_[0])
    run.epochs = [run.whole / epochs] * epochs
    return run


# -------------------------------------------------------------------------------------- measuring


@dataclass
class Row:
    """One configuration over all rounds: seconds by epoch, and the loss where it ended."""

    name: str
    epoch: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    loss: float = np.nan

    def add(self, run: Run) -> None:
        self.epoch.append(float(np.median(run.epochs)))
        self.whole.append(run.whole / len(run.epochs))
        self.loss = full_loss(run.w)

    def over(self, other: Row, what: str = "epoch") -> np.ndarray:
        """Median and quartiles of the ratio to another row, round by round."""
        return np.percentile(np.divide(getattr(self, what), other.epoch), [50, 25, 75])


def measure(rule: str, size: int, epochs: int, rounds: int, compiled: Compiled) -> dict[str, Row]:
    tasks: dict[str, Callable[[], Run]] = {
        "numpy loop": lambda: numpy_loop(rule, size, epochs),
        "numpy loop without the loss": lambda: numpy_loop(rule, size, epochs, with_loss=False),
        "pyminima, numpy": lambda: ours(loss, rule, size, epochs),
        "C loop": lambda: compiled.loop(rule, size, epochs),
        "pyminima, C": lambda: ours(compiled.fun, rule, size, epochs),
    }
    if torch is not None:
        tasks["torch"] = lambda: torch_loop(rule, size, epochs)
    if rule == "sgd":
        tasks["SGDClassifier"] = lambda: classifier(epochs)
    rows = {name: Row(name) for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            rows[name].add(task())
    return rows


def spread(numbers: np.ndarray) -> str:
    return f"{numbers[0]:.2f} ({numbers[1]:.2f} to {numbers[2]:.2f})"


def report(rule: str, size: int, rows: dict[str, Row], lowest: float) -> None:
    print(f"\n{rule}, batches of {size}, learning rate {RATES[rule]}\n")
    head = ["", "ms an epoch", "to the numpy loop", "to the C loop", "whole call", "loss - lowest"]
    body = []
    for row in rows.values():
        own = rows["C loop" if row.name.endswith("C") else "numpy loop"]
        body.append(
            [
                row.name,
                f"{1e3 * np.median(row.epoch):.1f}",
                spread(row.over(rows["numpy loop"])),
                spread(row.over(rows["C loop"])),
                spread(row.over(own, "whole")) if row.name.startswith("pyminima") else "",
                f"{row.loss - lowest:.1e}",
            ]
        )
    print(markdown(head, body, "lrrrrr"))
    for name, base in (("pyminima, numpy", "numpy loop"), ("pyminima, C", "C loop")):
        ratio = rows[name].over(rows[base])[0]
        print(f"{name}: {ratio:.2f} of the {base}, wanted at most {TARGET}")


def conditions(compiled: Compiled, epochs: int, rounds: int) -> dict[str, Any]:
    return {
        "pyminima": pyminima.__version__,
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "torch": None if torch is None else torch.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "compiler": compiled.compiler,
        "threads": 1,
        "seed": SEED,
        "samples": SAMPLES,
        "features": FEATURES,
        "learning_rates": RATES,
        "epochs": epochs,
        "rounds": rounds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="3 rounds, and no file is written")
    given = parser.parse_args()
    epochs, rounds = 5, 3 if given.quick else 7
    compiled = Compiled()
    lowest = pyminima.minimize(lambda w: loss(w, EVERYTHING), np.zeros(FEATURES), jac=True).fun
    print(f"lowest loss {lowest:.6f}; {epochs} epochs, {rounds} rounds")
    if torch is None:
        print("torch is not installed and is left out: pip install torch")
    tables = []
    for rule in RATES:
        for size in BATCHES:
            rows = measure(rule, size, epochs, rounds, compiled)
            report(rule, size, rows, lowest)
            tables.append(
                {"rule": rule, "batch_size": size, "rows": [vars(row) for row in rows.values()]}
            )
    if given.quick:
        return
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    stored = {"conditions": conditions(compiled, epochs, rounds), "lowest": lowest}
    RESULTS.write_text(json.dumps({**stored, "tables": tables}, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten: benchmarks/results/{RESULTS.name}")


if __name__ == "__main__":
    main()
