"""Does every file keep to its room?  `python tests/rooms.py`, a part of `make check`.

Dependencies point one way. In C, base <- solver <- loop and methods, and of the methods no family
includes another one's files; each room is named by its folder under src_c. In Python, what a
package may import is said here and in the first lines of its `__init__`; no modules import one
another in a circle.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Room: the rooms that its files may include, besides their own. "" is src_c/pyminima.h.
C_ROOMS = {
    "base": (),
    "": (),
    "solver": ("base", ""),
    "loop": ("base", "", "solver"),
    "methods/first_order": ("base", "solver"),
    "methods/gradient": ("base", "solver"),
    "methods/derivative_free": ("base", "solver"),
    "methods/global": ("base", "solver"),
    **{
        f"methods/global/{folder.name}": ("base", "solver", "methods/global")
        for folder in (ROOT / "src_c/methods/global").iterdir()
        if folder.is_dir()
    },
}

# The methods reach pyminima.h through solver/method.h; the registry alone knows methods.def.
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)

# Package or module: those that it may import, besides itself.
PYTHON_ROOMS = {
    "_core": (),
    "_arguments": ("_core",),
    "schedules": ("_core", "_arguments", "_methods.options"),
    "_methods": ("_core", "_arguments", "schedules"),
    "_judging": ("_core", "_arguments"),
    "_running": ("_core", "_arguments", "_methods", "_judging"),
    "_calling": ("_core", "_arguments", "schedules", "_methods", "_judging", "_running"),
    "problems": (),
}


def c_faults() -> Iterator[str]:
    source = ROOT / "src_c"
    for path in sorted(source.rglob("*.[ch]")):
        room = path.parent.relative_to(source).as_posix().removeprefix(".")
        if room not in C_ROOMS:
            yield f"{path.relative_to(ROOT)}: the room {room!r} is not listed in tests/rooms.py"
            continue
        for name in INCLUDE.findall(path.read_text()):
            there = Path(name).parent.as_posix().removeprefix(".")
            if not (source / name).exists():
                yield f"{path.relative_to(ROOT)}: {name} is not under src_c"
            elif there != room and there not in C_ROOMS[room]:
                yield f"{path.relative_to(ROOT)}: {room or 'src_c'} must not include {name}"


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, modules: set[str]) -> Iterator[str]:
    """The modules of the package that a file imports, wherever in it that is."""
    package = module_of(path) if path.name == "__init__.py" else module_of(path.parent / "x")[:-2]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = (
                ".".join([*up, node.module] if node.module else up) if node.level else node.module
            )
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found = inner if inner in modules else base
                if found in modules:
                    yield found


def python_faults() -> Iterator[str]:
    paths = {module_of(p): p for p in sorted((ROOT / "pyminima").rglob("*.py"))}
    modules = {*paths, "pyminima._core"}
    graph = {name: set(imported(path, modules)) - {name} for name, path in paths.items()}
    for name, others in graph.items():
        short = name.removeprefix("pyminima").removeprefix(".")
        room = short.split(".")[0]
        if room not in PYTHON_ROOMS:
            if room not in ("", "demo"):
                yield f"{name}: the room {room!r} is not listed in tests/rooms.py"
            continue
        for other in sorted(others):
            there = other.removeprefix("pyminima").removeprefix(".")
            allowed = (room, *PYTHON_ROOMS[room])
            if not any(there == a or there.startswith(f"{a}.") for a in allowed):
                yield f"{name}: {room} must not import {other}"
    yield from order_faults(graph)
    yield from writers(paths)
    yield from circles(graph)


def order_faults(graph: dict[str, set[str]]) -> Iterator[str]:
    """In `_judging` a module imports only those that the package's first lines name after it."""
    package = "pyminima._judging"
    text = ast.get_docstring(
        ast.parse((ROOT / "pyminima" / "_judging" / "__init__.py").read_text())
    )
    assert text is not None
    text = text[text.index("The modules, in the order of their imports") :]
    listed = [f"{package}.{name}" for name in re.findall(r"`(\w+)`", text)]
    order = [name for name in dict.fromkeys(listed) if name in graph]
    place = {name: k for k, name in enumerate(order)}
    for name in (name for name in graph if name.startswith(f"{package}.")):
        if name not in place:
            yield f"{name}: not listed in the first lines of {package}"
            continue
        for other in sorted(graph[name] & place.keys()):
            if place[other] <= place[name]:
                yield f"{name}: must not import {other}, which is listed above it"


def writers(paths: dict[str, Path]) -> Iterator[str]:
    """In `_judging` only the measuring steps assign to a case; rows and conditions read it."""
    for name, path in paths.items():
        if not name.startswith("pyminima._judging.") or path.name.startswith("measure"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                target = ast.unparse(node)
                if target.startswith(("case.", "land.")):
                    yield f"{name}, line {node.lineno}: assigns to {target}"


def circles(graph: dict[str, set[str]]) -> Iterator[str]:
    """What is left when modules that import nothing left are taken away, again and again."""
    left = dict(graph)
    while free := [name for name, others in left.items() if not others & left.keys()]:
        for name in free:
            del left[name]
    # Modules that only import the circle go, too.
    while above := [n for n in left if not any(n in others for others in left.values())]:
        for name in above:
            del left[name]
    if left:
        yield f"modules that import one another in a circle: {', '.join(sorted(left))}"


def main() -> int:
    faults = [*c_faults(), *python_faults()]
    print("\n".join(faults) if faults else "every file keeps to its room")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
