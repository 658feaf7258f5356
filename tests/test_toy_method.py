"""A method is added as CONTRIBUTING.md says, in a copy of the sources, and nothing else is edited.

The copy is built and goes through the contract of all methods by itself, in a temporary folder; the
package that runs this test is not touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOY = ROOT / "tests" / "toy"
NAME = "coordinate_step"

# What was compiled comes along with its dates, so that only what changes is compiled again.
COPIED = ("src_c", "pyminima", "tests", "docs", "build/objects", "build/cython", "build/c/plain")
FILES = ("setup.py", "pyproject.toml", "Makefile", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")

# Said to whoever runs this test, and not to the build of the copy.
SAID_TO_US = ("PYTHON", "PYMINIMA_", "PYTEST_", "LD_PRELOAD", "MAKE", "MFLAGS")

pytestmark = pytest.mark.skipif(
    not (ROOT / "pyminima" / "_core.pyx").exists(), reason="the sources are not here"
)


class Copy:
    """A copy of the sources, in which programs run that see no other pyminima."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name in COPIED:
            if (ROOT / name).exists():
                shutil.copytree(ROOT / name, path / name)
        for name in FILES:
            shutil.copy2(ROOT / name, path / name)

    def run(self, *command: str) -> str:
        env = {k: v for k, v in os.environ.items() if not k.startswith(SAID_TO_US)}
        env["PYTHONPATH"] = str(self.path)
        done = subprocess.run(
            command,
            cwd=self.path,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-5000:]}"
        return done.stdout

    def python(self, *arguments: str) -> str:
        return self.run(sys.executable, *arguments)

    def add_line(self, name: str, line: str) -> None:
        with (self.path / name).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    path = tmp_path_factory.mktemp("toy")
    made = Copy(path)
    shutil.copy(TOY / f"{NAME}.c", path / "src_c" / "methods" / "derivative_free")
    made.add_line("src_c/methods.def", f"METHOD({NAME})")
    shutil.copy(TOY / f"test_{NAME}.c", path / "tests" / "c")
    made.add_line("tests/c/tests.def", f"TEST({NAME})")
    yield made
    shutil.rmtree(path)


def test_the_c_tests_run_without_python(copy):
    printed = copy.run("make", "test-c")
    assert f"ok   {NAME}:" in printed
    assert "warning" not in printed


def test_it_keeps_the_contract_of_all_methods(copy):
    copy.python("setup.py", "-q", "build_ext", "--inplace")
    there = copy.python("-c", "import pyminima; print(pyminima.__file__)").strip()
    assert Path(there).is_relative_to(copy.path)
    copy.python("tests/rooms.py")
    tests = (
        f"{NAME} or test_public or test_record"  # what is about it, or about all methods at once
    )
    copy.python("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests", "-k", tests)


def test_its_page_comes_from_its_row(copy):
    copy.python("setup.py", "-q", "build_ext", "--inplace")
    copy.python("docs/make_methods.py")
    assert f"\n## {NAME}\n" in (copy.path / "docs" / "methods.md").read_text(encoding="utf-8")
    assert f"| `{NAME}` |" in (copy.path / "README.md").read_text(encoding="utf-8")
