"""Writes inputs for fuzz_solver.c to begin with: `python -m tests.fuzz.corpus DIRECTORY`.

It says in bytes what fuzz_solver.c reads from them, in the same order: each method on a few
functions, and the tasks that have been findings.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyminima

METHODS = pyminima.methods()
TINY, MOST = sys.float_info.min, sys.float_info.max
BOWL, WAVES, NANS, HUGE_SLOPES, FALLING = 0, 3, 6, 10, 11  # formulas of fuzz_solver.c


def number(x: float) -> bytes:
    return b"\3" + struct.pack("<d", x)


def task(
    name: str,
    box: Sequence[tuple[float, float]],
    formula: int = BOWL,
    options: Mapping[str, float] | None = None,
    x0: float = 0.5,
    gradient: bool = False,
    integer: bool = False,
    unit: float = 1.0,
    budget: int = 249,
) -> bytes:
    """One input. The rules of stopping are the last four options."""
    index = [m.name for m in METHODS].index(name)
    method = METHODS[index]
    told = bytes([index, len(box) - 1, 0, 0])
    if method.integers:
        told += b"\2" if integer else b"\0"
    for low, high in box:
        told += number(low) + number(high) + b"\4"
        told += b"\1" if integer else b""
        told += number(x0)
    for k, option in enumerate(method.options):
        given = (options or {}).get(option.name)
        chosen = 2 if k < len(method.options) - 4 else 3
        told += b"\0" if given is None else bytes([chosen, 0, 0, 6]) + number(given)
    told += b"\0" if integer else b"\0\0"  # neither scale nor steps
    told += b"\0\0" if method.population else b""  # neither given points nor a design
    told += bytes([int(gradient), 0]) + struct.pack("<H", budget) + b"\1\0\1"
    told += bytes([formula]) + (b"\0" if unit == 1.0 else b"\2" + number(unit))
    return told + bytes([0, 15 if budget > 249 else 0, 5])  # by ask and tell, copied at the third


def inputs() -> dict[str, bytes]:
    """All of them, by name."""
    square, huge = [(-5.0, 5.0)] * 3, [(TINY, MOST)] * 2
    found = {}
    for method in (m.name for m in METHODS):
        for formula in (BOWL, WAVES, NANS):
            found[f"{method}-{formula}"] = task(method, square, formula, gradient=formula == WAVES)
        found[f"{method}-huge-box"] = task(method, huge, 2, unit=1e-300)
        found[f"{method}-huge-slopes"] = task(method, square, HUGE_SLOPES, gradient=True)
        found[f"{method}-far"] = task(method, [(-MOST, MOST)] * 2, FALLING, x0=1e160)
    never = {"restarts": 0.0}
    found["no-restarts"] = task("differential_evolution", square, NANS, never, budget=4999)
    for method in (m.name for m in METHODS if m.integers):
        found[f"{method}-integers"] = task(method, [(2.0**53, 2.0**60)] * 2, integer=True)
    return found


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    for name, told in inputs().items():
        (place / name).write_bytes(told)
