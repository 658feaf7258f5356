"""Aligned Markdown tables, for eyes and for pages alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def markdown(head: Sequence[str], body: Iterable[Sequence[object]], right: str = "") -> str:
    """A table; the columns whose letter in `right` is "r" are aligned to the right."""
    cells = [list(head), *([str(cell) for cell in line] for line in body)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(head))]
    to_right = [right[i : i + 1] == "r" for i in range(len(head))]
    lines = [
        "| "
        + " | ".join(
            cell.rjust(width) if r else cell.ljust(width)
            for cell, width, r in zip(line, widths, to_right, strict=True)
        )
        + " |"
        for line in cells
    ]
    rules = ["-" * (w - 1) + ":" if r else "-" * w for w, r in zip(widths, to_right, strict=True)]
    return "\n".join([lines[0], "| " + " | ".join(rules) + " |", *lines[1:]])
