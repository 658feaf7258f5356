"""Fuzzes the public API with argument sets: `python -m tests.fuzz.arguments --sets 100000`.

Each set is made from its number alone, so `--seed NUMBER` shows it and makes it again. Workers
make them, each in a process of its own: one that crashes, or hangs, is a finding like others.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import mmap
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HANG = 60.0  # seconds: what takes so long has no end
MEMORY = 3 << 30  # bytes a worker may take
SHOWN = 3  # seeds of one kind that are shown


# --------------------------------------------------------------------------------- the worker ----


def work(first: int, step: int, stop: int, place: str, deadline: float) -> None:
    """Makes every `step`-th set, and writes what it finds as lines of JSON."""
    report = os.fdopen(os.dup(1), "w", buffering=1)
    printed = os.open(place + ".printed", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    trace = open(place + ".trace", "w")  # noqa: SIM115  # for as long as the process lives
    faulthandler.enable(trace)
    with open(place, "r+b") as file:
        at = mmap.mmap(file.fileno(), 8)
    if "libasan" not in os.environ.get("LD_PRELOAD", ""):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    from tests.fuzz.sets import drawn

    told = Counter[str]()
    slowest: list[Any] = [0.0, None]
    last = time.monotonic()

    def tell() -> None:
        print(json.dumps({"counts": told, "slowest": slowest}), file=report)
        told.clear()

    for seed in range(first, stop, step):
        if time.time() >= deadline:
            break
        at[:8] = seed.to_bytes(8, "little", signed=True)
        faulthandler.dump_traceback_later(HANG, exit=True, file=trace)
        start = time.perf_counter()
        one = drawn(seed)
        one.run()
        taken = time.perf_counter() - start
        size = os.fstat(printed).st_size
        if size:
            one.faults.append("printed: " + os.pread(printed, 200, 0).decode(errors="replace"))
            os.ftruncate(printed, 0)
            os.lseek(printed, 0, os.SEEK_SET)
        told["sets"] += 1
        told["evaluations"] += one.evaluations
        told[f"family {one.family}"] += 1
        error = one.refusal or one.error
        if error is not None:
            own = "refused" if one.refusal else "raised"
            told[f"{own} {type(error).__name__}"] += 1
        if taken > slowest[0]:
            slowest = [round(taken, 3), seed]
        for fault in one.faults:
            finding = {"fault": fault, "family": one.family, "seed": seed, "call": one.text()}
            print(json.dumps(finding), file=report)
        if time.monotonic() - last > 1.0:
            tell()
            last = time.monotonic()
    faulthandler.cancel_dump_traceback_later()
    tell()
    report.flush()
    os._exit(0)  # what was done to the standard streams is of no concern to any exit handler


# ------------------------------------------------------------------------------ the supervisor ----


@dataclass
class Findings:
    """What all workers have found; one kind is one fault of one family."""

    counts: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    slowest: list[Any] = field(default_factory=lambda: [0.0, None])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, told: dict[str, Any]) -> None:
        with self.lock:
            if "counts" in told:
                self.counts.update(told["counts"])
                self.slowest = max(self.slowest, told["slowest"])
                return
            kind = f"{told['family']}: {told['fault']}"
            self.times[kind] += 1
            seeds = self.kinds.setdefault(kind, [])
            if len(seeds) < SHOWN:
                seeds.append(told)
                if len(seeds) == 1:
                    print(f"  {kind}  (--seed {told['seed']})", flush=True)


def supervise(findings: Findings, first: int, step: int, stop: int, deadline: float) -> None:
    """Keeps one worker going: one that dies is a finding, and the next one goes on behind it."""
    with tempfile.TemporaryDirectory() as room:
        place = os.path.join(room, "at")
        while first < stop and time.time() < deadline:
            Path(place).write_bytes(first.to_bytes(8, "little", signed=True))
            numbers = [str(first), str(step), str(stop), place, str(deadline)]
            command = [sys.executable, "-m", "tests.fuzz.arguments", "--work", *numbers]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
                assert worker.stdout is not None
                for line in worker.stdout:
                    findings.add(json.loads(line))
            if worker.returncode == 0:
                return
            seed = int.from_bytes(Path(place).read_bytes(), "little", signed=True)
            findings.add(obituary(seed, worker.returncode, place))
            first = seed + step


def obituary(seed: int, code: int, place: str) -> dict[str, Any]:
    """What is known of a worker that died."""
    trace = Path(place + ".trace").read_text(errors="replace")
    printed = Path(place + ".printed").read_text(errors="replace")
    frames = [line.strip() for line in trace.splitlines() if "pyminima" in line]
    where = frames[0] if frames else (trace or printed)[-300:]
    what = "hang" if "Timeout" in trace else f"crash ({code})"
    for line in printed.splitlines():
        if "ERROR: AddressSanitizer" in line or "runtime error" in line or "Error" in line:
            where = f"{where} | {re.sub('=+[0-9]+=+|0x[0-9a-f]+', '', line).strip()[:120]}"
            break
    return {
        "fault": f"{what} at {where}",
        "family": "process",
        "seed": seed,
        "call": printed[-3000:],
    }


def show(seed: int) -> int:
    """One set, made here: its call, and what is wrong with it."""
    from tests.fuzz.sets import drawn

    one = drawn(seed)
    print(one.text(), flush=True)
    one.run()
    print(f"error: {one.error!r}")
    for fault in one.faults:
        print(f"FAULT: {fault}")
    return 1 if one.faults else 0


def figures(findings: Findings, seconds: float, arguments: argparse.Namespace) -> dict[str, Any]:
    """All that is worth keeping."""
    import numpy as np
    import scipy

    sets = findings.counts["sets"]
    return {
        "sets": sets,
        "seconds": round(seconds, 1),
        "sets_per_second": round(sets / seconds, 1),
        "first": arguments.start,
        "sanitized": "libasan" in os.environ.get("LD_PRELOAD", ""),
        "counts": dict(sorted(findings.counts.items())),
        "slowest": findings.slowest,
        "findings": [
            {"kind": kind, "times": findings.times[kind], "seeds": [s["seed"] for s in seeds],
             "call": seeds[0]["call"]}
            for kind, seeds in findings.kinds.items()
        ],
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
        },
        "machine": platform.machine(),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--start", type=int, default=0, help="number of the first set")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--store", type=Path, help="file for the figures, JSON")
    parser.add_argument("--seed", type=int, help="show this one set, and make it here")
    parser.add_argument("--work", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        first, step, stop, place, deadline = arguments.work
        work(int(first), int(step), int(stop), place, float(deadline))
    if arguments.seed is not None:
        faulthandler.enable()
        return show(arguments.seed)

    from tests.fuzz.known import COUNT
    from tests.fuzz.store import store

    findings, start = Findings(), time.time()
    deadline = start + arguments.seconds
    supervise(findings, -COUNT, 1, 0, deadline)
    first, step = arguments.start, arguments.workers
    plans = [(findings, first + k, step, first + arguments.sets, deadline) for k in range(step)]
    workers = [threading.Thread(target=supervise, args=plan) for plan in plans]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    told = figures(findings, time.time() - start, arguments)
    for name, count in told["counts"].items():
        print(f"{count:10,d} {name}")
    print(f"{told['sets_per_second']:10} sets a second; the slowest took {findings.slowest}")
    for kind in told["findings"]:
        print(
            f"\n{kind['times']} times, --seed {kind['seeds']}: {kind['kind']}\n    {kind['call']}"
        )
    print(f"\n{len(told['findings'])} kinds of findings")
    if arguments.store:
        part = "arguments, sanitised" if told["sanitized"] else "arguments"
        store(arguments.store, part, told)
    return 1 if told["findings"] or not told["sets"] else 0


if __name__ == "__main__":
    sys.exit(main())
