"""Is the verdict the same whatever kernel of OpenBLAS sums?

The last bits of a product depend on the processor: OpenBLAS has a kernel for each kind, and
`OPENBLAS_CORETYPE` chooses one. A verdict that such bits decide is an accident. Every labelled
point of `pyminima.problems.bank()` is judged as in `verdicts.py`, in a process for each kernel.

    python benchmarks/kernels.py [--quick]

prints for each kernel how many answers there are, how many are wrong and needless, and how many
differ from those of the first; then every answer that is not the same with all of them.  The
figures are stored in benchmarks/results/kernels.json (not with --quick).  The status is 1 if an
answer differs or is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from everywhere import KERNELS, ROOT, can_run
from tables import markdown

RESULTS = ROOT / "benchmarks" / "results" / "kernels.json"


def judge(quick: bool) -> None:
    """Judge the bank, and print the answers, in a process that has its kernel."""
    import numpy as np
    from verdicts import MODES, Case, classify

    from pyminima import problems

    answers = {}
    with np.errstate(all="ignore"):
        for problem in list(problems.bank())[:: 10 if quick else 1]:
            for i, point in enumerate(problem.points):
                case = Case(problem, i, problem.resolves(point))
                for mode in MODES:
                    answer = classify(case, mode)
                    answers[f"{case}, {mode}"] = str(answer.verdict.point), answer.worth
    print(json.dumps(answers))


Answers = dict[str, tuple[str, str]]  # the point and what the answer is worth, by case


def ask(kernel: str, quick: bool) -> Answers:
    """The answers with a kernel."""
    done = subprocess.run(
        [sys.executable, __file__, "--judge", *(["--quick"] * quick)],
        env={**os.environ, "OPENBLAS_CORETYPE": kernel, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def figures_of(answers: Answers, first: Answers) -> dict[str, int]:
    worths = [worth for _, worth in answers.values()]
    return {
        "answers": len(answers),
        "wrong": worths.count("wrong"),
        "needless": worths.count("needless"),
        "differing": sum(answers[case][0] != first[case][0] for case in answers),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every tenth problem")
    parser.add_argument("--judge", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.judge:
        judge(given.quick)
        return 0

    kernels = []
    for kernel in KERNELS:
        if can_run(kernel):
            kernels.append(kernel)
        else:
            print(f"left out: OpenBLAS does not run the kernel {kernel} here")
    with ThreadPoolExecutor(2) as pool:
        asked = list(pool.map(lambda kernel: ask(kernel, given.quick), kernels))
    by_kernel = dict(zip(kernels, asked, strict=True))
    figures = {kernel: figures_of(by_kernel[kernel], asked[0]) for kernel in kernels}
    body = [[kernel, *row.values()] for kernel, row in figures.items()]
    print(markdown(["kernel", *figures[kernels[0]]], body, "lrrrr"))
    different = 0
    for case in asked[0]:
        said = {kernel: by_kernel[kernel][case][0] for kernel in kernels}
        if len(set(said.values())) > 1:
            different += 1
            worth = sorted({by_kernel[kernel][case][1] for kernel in kernels})
            told = "; ".join(f"{kernel} {what}" for kernel, what in said.items())
            print(f"{case} ({' or '.join(worth)}): {told}")
    print(f"{different} of {len(asked[0])} answers differ")
    if not given.quick:
        RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        print(f"written: {RESULTS.name}")
    return int(different > 0 or any(row["wrong"] for row in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
