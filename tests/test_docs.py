"""Pages about the sources tell where things are, and decisions have one form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("0*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "src_c" / "README.md"]
PAGES += sorted(DOCS.rglob("*.md"))

# A path of the repository in backticks. Capitals stand for a name of the reader's choice.
PATH = re.compile(r"`((?:src_c|pyminima|tests|benchmarks|docs)/[\w./-]*)`")

pytestmark = pytest.mark.skipif(
    not (ROOT / "pyminima" / "_core.pyx").exists(), reason="the sources are not here"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_path_that_a_page_names_is_there(page):
    named = [
        p for p in PATH.findall(page.read_text(encoding="utf-8")) if not re.search("[A-Z]{4}", p)
    ]
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_function_of_the_c_core_that_a_page_names_is_there():
    core = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src_c").rglob("*.[ch]"))
    known = set(re.findall(r"\bpm_\w+", core))
    for page in PAGES:
        named = set(re.findall(r"`(pm_[a-z_]+)", page.read_text(encoding="utf-8")))
        assert named - known - {"pm_"} == set(), page


def test_ten_questions_are_answered_by_one_path_each():
    rows = (DOCS / "where.md").read_text(encoding="utf-8").splitlines()
    answers = [row.split("|")[2].strip() for row in rows if row.startswith(("| Where", "| How"))]
    assert len(answers) == 10
    assert all(PATH.fullmatch(answer) for answer in answers)


PARTS = ["Situation", "Choice", "Measured", "Left out", "Cost", "What would change our mind"]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_decisions_have_one_form(page):
    title, text = page.read_text(encoding="utf-8").split("\n", 1)
    assert re.fullmatch(rf"# {page.name[:4]}: [A-Z`].*[^.]", title)
    parts = [label.rstrip(".") for label in re.findall(r"(?m)^(?:#+ |\*\*)(.+?)(?:\*\*|$)", text)]
    assert parts == [part for part in PARTS if part in parts]
    assert {"Situation", "Choice", "What would change our mind"} <= set(parts)
