"""Are the stated probabilities true?  Random landscapes with a known global minimum, and needles.

Each landscape (see landscapes.py) is searched once with `starts=` 10, 20, 50 or "auto", every third
time with a guided run from a random point beside. The probability that pyminima states for its
best minimum is compared with the truth: cases are put in bins by their probability, and in no
bin with 30 or more cases may fewer be right than the probabilities allow (one-sided, 95 %, exact
distribution of a sum of independent events). Exits with status 1 otherwise.

    python benchmarks/calibration.py            1680 landscapes, about three minutes
    python benchmarks/calibration.py --quick    280 landscapes

prints the tables and writes benchmarks/results/calibration.json, docs/figures/calibration.svg and
calibration.txt beside it (--quick writes nothing).
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import scipy
from landscapes import FAMILIES
from tables import markdown

import pyminima
from pyminima._judging import basins

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "calibration.json"
FIGURE = ROOT / "docs" / "figures" / "calibration.svg"

# The prior of `probability_best` was chosen with landscapes of seeds 0 to 59 in view, before the
# family "facets" existed.
FIRST_SEED = 20_000
STARTS = (10, 20, 50, "auto")
DIMENSIONS = (1, 2, 3, 4, 5)
EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
WELLS = ("gaussians", "dents", "wide_deep")  # small, deep basins in a wide, shallow one
ENOUGH = 30  # cases, for a bin to be judged


@dataclass(frozen=True)
class Case:
    """One landscape, what was said and what is true."""

    family: str
    seed: int
    n: int
    asked: int | str
    guided: bool
    starts: int
    minima: int
    unresolved: int
    unsampled: int
    nfev: int
    kind: str
    probability: float  # as stated; 0 where none was
    found: bool

    @property
    def even(self) -> float:
        """1 - w/(N-1): flat prior on volumes instead of linear sizes."""
        return basins.probability_best(self.starts + self.unsampled, self.minima + self.unresolved)

    @property
    def all_found(self) -> float:
        """P(K = w)."""
        return basins.probability_all(self.starts + self.unsampled, self.minima + self.unresolved)


def run(family: str, k: int) -> Case:
    """Search one landscape."""
    seed = FIRST_SEED + k
    n = DIMENSIONS[k % len(DIMENSIONS)]
    asked = STARTS[k // len(DIMENSIONS) % len(STARTS)]
    land = FAMILIES[family](seed, n)
    guided = k % 3 == 0
    x0 = np.random.default_rng([seed, 7]).uniform(land.lower, land.upper) if guided else None
    res = pyminima.minimize(land.fun, x0, jac=True, bounds=land.bounds, starts=asked, rng=seed)
    seen = res.classification.basins
    return Case(
        family,
        seed,
        n,
        asked,
        guided,
        seen.starts,
        seen.minima,
        seen.unresolved,
        seen.unsampled,
        res.nfev,
        str(res.classification.kind),
        res.classification.probability or 0.0,
        land.found(res.fun),
    )


# ------------------------------------------------------------------------------ judging forecasts


def chance_of_so_few(p: np.ndarray, right: int) -> float:
    """P(at most `right` of independent events of probabilities p happen)."""
    distribution = np.ones(1)
    for q in p:
        distribution = np.convolve(distribution, [1.0 - q, q])
    return float(distribution[: right + 1].sum())


def bins(p: np.ndarray, truth: np.ndarray) -> list[dict[str, float]]:
    """Stated against observed, bin by bin."""
    rows = []
    for low, high in pairwise(EDGES):
        here = (p >= low) & ((p < high) | (high == 1.0))
        if here.any():
            right = int(truth[here].sum())
            rows.append(
                {
                    "low": low,
                    "high": high,
                    "cases": int(here.sum()),
                    "stated": float(p[here].mean()),
                    "observed": right / int(here.sum()),
                    "chance": chance_of_so_few(p[here], right),
                }
            )
    return rows


def overconfident(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    """The bins in which fewer were right than the probabilities allow."""
    return [row for row in rows if row["cases"] >= ENOUGH and row["chance"] < 0.05]


def brier(p: np.ndarray, truth: np.ndarray) -> float:
    """Mean square of forecast minus outcome: 0 is perfect."""
    return float(((p - truth) ** 2).mean())


FORECASTS: dict[str, Callable[[Case], float]] = {
    "stated": lambda case: case.probability,
    "1 - w/(N-1)": lambda case: case.even,
    "P(K = w)": lambda case: case.all_found,
}


def scores(cases: list[Case]) -> dict[str, float]:
    """The Brier score of each forecast; the constant one knows the frequency in hindsight."""
    truth = np.array([case.found for case in cases], dtype=float)
    found = {
        name: brier(np.array([forecast(case) for case in cases]), truth)
        for name, forecast in FORECASTS.items()
    }
    return {**found, "constant": brier(np.full(len(cases), truth.mean()), truth)}


def stated_and_true(cases: list[Case], forecast: str = "stated") -> tuple[np.ndarray, np.ndarray]:
    p = np.array([FORECASTS[forecast](case) for case in cases])
    return p, np.array([case.found for case in cases])


def reliability_table(cases: list[Case]) -> str:
    head = ["stated", "cases", "mean", "observed", "chance of so few"]
    body = [
        [
            f"{row['low']:g} to {row['high']:g}",
            row["cases"],
            f"{row['stated']:.3f}",
            f"{row['observed']:.3f}",
            f"{row['chance']:.3f}",
        ]
        for row in bins(*stated_and_true(cases))
    ]
    return markdown(head, body, "lrrrr")


def family_table(cases: list[Case]) -> str:
    """Brier scores and mean confidence, family by family and dimension by dimension."""
    groups = {f: [c for c in cases if c.family == f] for f in FAMILIES}
    groups |= {f"n = {n}": [c for c in cases if c.n == n] for n in DIMENSIONS}
    groups["wells, n > 3"] = [c for c in cases if c.family in WELLS and c.n > 3]
    groups["all"] = cases
    body = []
    for name, group in groups.items():
        p, truth = stated_and_true(group)
        even = stated_and_true(group, "1 - w/(N-1)")
        score = scores(group)
        body.append(
            [
                name,
                len(group),
                f"{truth.mean():.3f}",
                f"{p.mean():.3f}",
                f"{even[0].mean():.3f}",
                len(overconfident(bins(p, truth))),
                len(overconfident(bins(*even))),
                *(f"{value:.3f}" for value in score.values()),
            ]
        )
    head = [
        "landscapes",
        "cases",
        "found",
        "stated",
        "1-w/(N-1)",
        "over",
        "over*",
        "Brier",
        "Brier*",
        "P(K=w)",
        "constant",
    ]
    return markdown(head, body, "l" + "r" * 10)


# ------------------------------------------------------------------------------------- needles


def easom(x: np.ndarray) -> float:
    return float(-np.cos(x[0]) * np.cos(x[1]) * np.exp(-((x - np.pi) ** 2).sum()))


def bowl_with_needle(x: np.ndarray) -> float:
    d = x - 0.37
    return float(((x - 0.1) ** 2).sum() - 5.0 * np.exp(-0.5 * (d @ d) / 0.01**2))


def two_basins(share: float) -> Callable[[np.ndarray], float]:
    """On [0, 1]: a basin of volume 1 - share with minimum 0, and a lower one of volume share."""
    edge = 1.0 - share

    def fun(x: np.ndarray) -> float:
        t = float(x[0])
        if t < edge:
            return float(1.0 - np.sin(np.pi * t / edge) ** 2)
        return float(1.0 - 2.0 * np.sin(np.pi * (t - edge) / share) ** 2)

    return fun


NEEDLES = (
    ("Easom in [-100, 100]^2", easom, 2, (-100.0, 100.0), -1.0),
    ("bowl with a needle of width 0.01, n = 2", bowl_with_needle, 2, (-1.0, 1.0), -4.8),
    ("bowl with a needle of width 0.01, n = 5", bowl_with_needle, 5, (-1.0, 1.0), -4.6),
    ("two basins, the lower in 10 %", two_basins(0.1), 1, (0.0, 1.0), -0.99),
    ("two basins, the lower in 0.1 %", two_basins(0.001), 1, (0.0, 1.0), -0.99),
)
REPEATS = 100


def needles(repeats: int) -> list[dict[str, object]]:
    """What is said where the assumptions fail: 20 starts, many times."""
    rows = []
    for name, fun, n, (low, high), below in NEEDLES:
        runs = [
            pyminima.minimize(fun, bounds=[(low, high)] * n, starts=20, rng=seed)
            for seed in range(repeats)
        ]
        rows.append(
            {
                "name": name,
                "found": sum(res.fun < below for res in runs) / repeats,
                "stated": sum(res.classification.probability or 0.0 for res in runs) / repeats,
                "global": sum(res.classification.kind == "global" for res in runs) / repeats,
            }
        )
    return rows


def needle_table(rows: list[dict[str, object]]) -> str:
    body = [[r["name"], *(f"{r[key]:.2f}" for key in ("found", "stated", "global"))] for r in rows]
    return markdown(["needle, 20 starts", "found", "stated", "called global"], body, "lrrr")


# --------------------------------------------------------------------------------- what is written


def draw(cases: list[Case]) -> None:
    """The reliability diagram."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "pyminima"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5.4, 4.6), layout="constrained")
    axes.plot([0, 1], [0, 1], color="0.6", lw=1, label="as stated")
    for forecast, marker, colour in (("stated", "o", "C0"), ("1 - w/(N-1)", "x", "C1")):
        rows = [r for r in bins(*stated_and_true(cases, forecast)) if r["cases"] >= ENOUGH]
        stated, observed = [r["stated"] for r in rows], [r["observed"] for r in rows]
        label = "pyminima" if forecast == "stated" else "1 - w/(N-1)"
        axes.plot(stated, observed, marker=marker, color=colour, label=label)
    p, truth = stated_and_true(cases)
    axes.set(xlabel="probability stated", ylabel="share that was the global minimum")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), aspect="equal")
    axes.set_title(f"{len(cases)} landscapes; Brier score {brier(p, truth):.3f}", fontsize=10)
    axes.legend(frameon=False, loc="lower right")
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, metadata={"Date": None})


def report(cases: list[Case], found: list[dict[str, object]]) -> str:
    """The tables, as they stand in the documentation."""
    return f"""{reliability_table(cases)}

Chance: of so few right, or fewer, if the probabilities are true; below 0.05 in a bin of {ENOUGH}
cases or more, the statement would be overconfident. By family and number of variables:

{family_table(cases)}

Found: share of landscapes on which the best minimum was the global one. Stated, 1-w/(N-1): mean
probability. Over: overconfident bins. Brier: score of what is stated; in columns with a star the
same for 1 - w/(N-1). P(K=w): Brier score of the probability that no minimum is missing. Constant:
of a forecast that knows the share found. Needles:

{needle_table(found)}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a sixth of it; nothing is written")
    given = parser.parse_args()
    began = time.perf_counter()
    tasks = [(family, k) for family in FAMILIES for k in range(40 if given.quick else 240)]
    cases = [run(*task) for task in tasks]
    rows = bins(*stated_and_true(cases))
    found = needles(REPEATS // 5 if given.quick else REPEATS)
    text = report(cases, found)
    print(text)
    print(f"{len(cases)} landscapes, {time.perf_counter() - began:.0f} s")
    if not given.quick:
        data = {
            "versions": {
                "pyminima": pyminima.__version__,
                "numpy": np.__version__,
                "scipy": scipy.__version__,
                "python": platform.python_version(),
                "system": f"{platform.system()} {platform.machine()}",
            },
            "first_seed": FIRST_SEED,
            "bins": rows,
            "scores": scores(cases),
            "needles": found,
            "columns": [field.name for field in fields(Case)],
            "cases": [list(astuple(case)) for case in cases],
        }
        RESULTS.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
        draw(cases)
        FIGURE.with_suffix(".txt").write_text(text, encoding="utf-8")
        print(
            f"written: benchmarks/results/{RESULTS.name}, docs/figures/{FIGURE.stem}.svg and .txt"
        )
    for row in overconfident(rows):
        print(f"OVERCONFIDENT: {row}", file=sys.stderr)
    return int(bool(overconfident(rows)))


if __name__ == "__main__":
    sys.exit(main())
