"""The figures of the fuzzers' runs, in one file with a part for each; here, those of libFuzzer.

    python -m tests.fuzz.store FILE LOG

reads them from what it printed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any


def store(path: Path, part: str, figures: dict[str, Any]) -> None:
    """Put the figures of this part into the file, beside those of the others."""
    parts = json.loads(path.read_text("utf-8")) if path.exists() else {}
    path.write_text(json.dumps(parts | {part: figures}, indent=1) + "\n", encoding="utf-8")


def of_libfuzzer(log: str) -> dict[str, Any]:
    """What a run has tried, in how many seconds, and whether it has found anything."""
    done = re.search(r"Done (\d+) runs in (\d+) second", log)
    covered = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", log)[-1]
    return {
        "inputs": int(done[1]) if done else None,
        "seconds": int(done[2]) if done else None,
        "edges": int(covered[0]),
        "features": int(covered[1]),
        "corpus": int(covered[2]),
        "findings": re.findall(r"SUMMARY: .*|/((?:crash|timeout|oom|leak)-\w+)", log),
    }


if __name__ == "__main__":
    store(Path(sys.argv[1]), "C interface", of_libfuzzer(Path(sys.argv[2]).read_text("utf-8")))
