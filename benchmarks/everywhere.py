"""Does the suite pass on other processors, versions and Pythons, and on a busy machine?

    python benchmarks/everywhere.py CONFIGURATION...

runs the suite in each configuration, two side by side where there are two cores:

- `here`: this Python, and the kernel that OpenBLAS chooses
- `Haswell`, `SkylakeX`, `Zen`, `Nehalem`, `Prescott`: the same with that kernel of OpenBLAS, whose
  last bits differ; `kernels` are all five
- `busy`: as here, beside two loops that never rest, and nothing else
- `oldest`: exactly the oldest numpy and scipy that pyproject.toml declares
- `newest`: the newest ones, on the newest Python found
- `3.11`, `3.12`, `3.13`: the newest ones for that Python; `pythons` are all three
- `smoke`: as oldest, but only the files of the suite that versions of numpy and scipy can matter to
- `ci`: `here`, `Nehalem` and `smoke`, of which nothing is stored

All from `oldest` to `smoke` install a wheel of this directory into environments of their own under
build/everywhere, and run a copy of the tests beside them, away from the sources. `PYTHONS` in the
environment names interpreters instead of looking for them. Of each configuration one line of
figures is printed and stored in benchmarks/results/everywhere.json (the log of pytest is in
build/everywhere); the versions and the kernel in it are those that the run itself has reported
(`tests/conftest.py`). The status is 1 if a test fails, and if the configuration was not what it is
called. A kernel that this processor cannot run is left out, and said to be.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cache
from glob import glob
from pathlib import Path

from tables import markdown

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "everywhere"
RESULTS = ROOT / "benchmarks" / "results" / "everywhere.json"

# The kernels, and the names by which OpenBLAS may report them: some processors share one.
KERNELS = {
    "Haswell": {"Haswell"},
    "SkylakeX": {"SkylakeX"},
    "Zen": {"Zen", "Haswell"},
    "Nehalem": {"Nehalem"},
    "Prescott": {"Prescott", "Katmai"},
}
PYTHONS = ("3.11", "3.12", "3.13")
GROUPS = {
    "kernels": tuple(KERNELS),
    "pythons": PYTHONS,
    "ci": ("here", "Nehalem", "smoke"),
}
INSTALLED = ("oldest", "newest", "smoke", *PYTHONS)
SMOKE = (
    "arguments", "classify", "gradients", "history", "large", "lent", "public", "vectorized",
)  # fmt: skip
NOT_COPIED = (".git", ".venv", "build", "dist", "*.so", "*.egg-info", ".*_cache", "__pycache__")


@dataclass
class Run:
    """What is run, and the line of figures that comes of it."""

    configuration: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    python: str = ""
    numpy: str = ""
    scipy: str = ""
    blas: str = ""
    problems: list[str] = field(default_factory=list)  # tests that failed, or why there are none


class NotHere(Exception):
    """The configuration is not possible on this machine."""


# ------------------------------------------------------------------------------ the configurations


def declared() -> dict[str, str]:
    """The oldest numpy and scipy that pyproject.toml declares."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return dict(entry.split(">=") for entry in project["dependencies"])


@cache
def interpreters() -> dict[str, str]:
    """Version: path of the Pythons found; names on the PATH may be shims that do not run."""
    named = os.environ.get("PYTHONS", "").split()
    usual = [f"python{version}" for version in PYTHONS] + ["python3", sys.executable]
    installed = sorted(glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3")))
    found: dict[str, str] = {}
    for name in named or [*usual, *installed]:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            ask = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"
            version, path = output([name, "-c", ask]).split(maxsplit=1)
            if version in PYTHONS:
                found.setdefault(version, path.strip())
    return found


def interpreter(version: str) -> str:
    if version not in interpreters():
        raise NotHere(f"no Python {version} was found")
    return interpreters()[version]


def output(command: list[str], **given) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL, **given
    )
    return done.stdout


def can_run(kernel: str) -> bool:
    """Whether numpy and scipy take the kernel when they are told to."""
    ask = [sys.executable, "-m", "threadpoolctl", "-i", "numpy", "scipy.linalg"]
    libraries = json.loads(output(ask, env={**os.environ, "OPENBLAS_CORETYPE": kernel}))
    taken = {library.get("architecture") for library in libraries if library["user_api"] == "blas"}
    return bool(taken) and taken <= KERNELS[kernel]


def environment(name: str) -> tuple[str, Path]:
    """A fresh environment with a wheel of this directory, and a copy of the tests: their paths."""
    if not interpreters():
        raise NotHere(f"no Python of {', '.join(PYTHONS)} was found")
    oldest = name in ("oldest", "smoke")
    newest = max(interpreters(), key=PYTHONS.index)
    base = interpreter(PYTHONS[0] if oldest else newest if name == "newest" else name)
    here, tree = WORK / name, WORK / name / "tree"
    shutil.rmtree(here, ignore_errors=True)
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*NOT_COPIED))
    output([base, "-m", "venv", str(here / "env")])
    python = str(here / "env" / "bin" / "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "-q"]
    output([*pip, "wheel", "--no-deps", "-w", str(here), str(tree)])
    wheel = next(here.glob("*.whl"))
    exactly = [f"{package}=={number}" for package, number in declared().items()] if oldest else []
    output([*pip, "install", f"{wheel}[test]", *exactly])
    shutil.rmtree(tree / "pyminima")  # so that only what is installed can be imported
    return python, tree


@contextlib.contextmanager
def busy_loops(count: int) -> Iterator[None]:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


# ------------------------------------------------------------------------------------- one run


def run(name: str, alone: bool) -> Run:
    made = Run(name)
    log = WORK / f"{name}.log"
    try:
        command, cwd, env = prepare(name)
    except NotHere as reason:
        made.problems = [f"left out: {reason}"]
        return made
    except subprocess.CalledProcessError as error:
        made.failed, made.problems = 1, [f"not installed: {error.stderr[-2000:]}"]
        return made
    if not alone:
        env["OPENBLAS_NUM_THREADS"] = "1"
    with log.open("w") as file, busy_loops(2 if name == "busy" else 0):
        subprocess.run(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
    read(log.read_text(encoding="utf-8", errors="replace"), made)
    return made


def prepare(name: str) -> tuple[list[str], Path, dict[str, str]]:
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    pytest = ["-m", "pytest", "-p", "no:cacheprovider"]
    if name in INSTALLED:
        python, tree = environment(name)
        files = [f"tests/test_{file}.py" for file in SMOKE] if name == "smoke" else ["tests"]
        return [python, "-P", *pytest, "--pyargs", *files, "pyminima"], tree, env
    if name in KERNELS:
        if not can_run(name):
            raise NotHere(f"OpenBLAS does not run the kernel {name} here")
        env["OPENBLAS_CORETYPE"] = name
    return [sys.executable, *pytest], ROOT, env


def read(log: str, made: Run) -> None:
    """The figures, from what pytest has written."""
    header = re.search(r"^python (\S+), numpy (\S+), scipy (\S+), blas (.*)$", log, re.MULTILINE)
    last = re.search(r"^=+ (.*) in ([\d.]+)s[^\n]*=\s*$", log, re.MULTILINE)
    if header is None or last is None:
        made.failed, made.problems = 1, ["no figures: " + log[-2000:]]
        return
    made.python, made.numpy, made.scipy, made.blas = header.groups()
    count = {kind: int(number) for number, kind in re.findall(r"(\d+) ([a-z]+)", last[1])}
    made.passed, made.skipped = count.get("passed", 0), count.get("skipped", 0)
    made.failed = count.get("failed", 0) + count.get("error", 0) + count.get("errors", 0)
    made.seconds = float(last[2])
    made.problems = [line for line in log.splitlines() if re.match("(FAILED|ERROR) ", line)]
    made.problems += not_as_called(made)


def not_as_called(made: Run) -> list[str]:
    """Where the run was not of the configuration that it is called by."""
    name, wrong = made.configuration, []
    if name in KERNELS and not set(made.blas.split("+")) <= KERNELS[name]:
        wrong.append(f"the kernel was {made.blas}")
    if name in ("oldest", "smoke"):
        for package, number in declared().items():
            if getattr(made, package).split(".")[: number.count(".") + 1] != number.split("."):
                wrong.append(f"{package} was {getattr(made, package)}")
    if name in PYTHONS and not made.python.startswith(name):
        wrong.append(f"Python was {made.python}")
    if wrong:
        made.failed += 1
    return wrong


# ------------------------------------------------------------------------------------- the report


def store(runs: list[Run]) -> None:
    """In place of what was stored of these configurations before."""
    stored = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for made in runs:
        if made.python:
            stored[made.configuration] = asdict(made)
    RESULTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def table(runs: list[Run]) -> str:
    head = ["configuration", "passed", "failed", "skipped", "seconds"]
    head += ["python", "numpy", "scipy", "blas"]
    body = []
    for r in runs:
        figures = r.configuration, r.passed, r.failed, r.skipped, f"{r.seconds:.0f}"
        body.append([*figures, r.python, r.numpy, r.scipy, r.blas])
    return markdown(head, body, "lrrrr")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    choices = ["here", *KERNELS, "busy", *INSTALLED, *GROUPS]
    parser.add_argument("configurations", nargs="+", choices=choices, metavar="CONFIGURATION")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    given = parser.parse_args()
    names = [part for name in given.configurations for part in GROUPS.get(name, (name,))]
    WORK.mkdir(parents=True, exist_ok=True)

    runs = []
    beside = [name for name in names if name != "busy"]
    jobs = min(given.jobs, len(beside))
    with ThreadPoolExecutor(max(jobs, 1)) as pool:
        for made in pool.map(lambda name: run(name, jobs <= 1), beside):
            runs.append(report(made))
    if "busy" in names:
        runs.append(report(run("busy", True)))
    if "ci" not in given.configurations:
        store(runs)
    print(table(runs))
    return int(any(made.failed for made in runs))


def report(made: Run) -> Run:
    print(made.configuration + ":", *made.problems or ["passed"], sep="\n  ", flush=True)
    return made


if __name__ == "__main__":
    sys.exit(main())
