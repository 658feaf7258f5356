"""Writes docs/methods.md and the table of methods in README.md from the rows of the registry.

`python docs/make_methods.py` renews both, as building the documentation does; `--check`, a part of
`make check`, fails where one of them is not what the rows say.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pyminima

PAGE = Path(__file__).parent / "methods.md"
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- written by docs/make_methods.py -->", "<!-- until here -->"  # in README.md
STOPPING = ("gtol", "ftol", "xtol", "patience")
RULES = "first order"  # the family whose methods share most of their options

# What runs where `method=` is not given; both pages say it.
DEFAULT = """\
Without `method=`, `minimize` uses the first of these that applies: `adam` over mini-batches,
`differential_evolution` with integers, `auto` without an `x0`, `lbfgs` with `starts`, `newton` with
`hess` or `hessp`, `bfgs` up to 64 variables, `lbfgs`."""

LOCAL = 'res = pyminima.minimize(fun, x0, method="{name}")'
WITH_GRADIENT = 'res = pyminima.minimize(fun, x0, jac=jac, method="{name}")'
GLOBAL = 'res = pyminima.minimize(fun, bounds=[(-5, 5)] * n, method="{name}", rng=1)'

NEEDS = {
    "gradient": "gradients: `jac`, or else differences, which cost n evaluations each",
    "value": "values only",
}

AT_TIMES = "values; local searches use `jac`, or else differences, which cost n evaluations each"


def number(value: float | int | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def values_of(option: pyminima.Option) -> str:
    if option.choices is not None:
        return ", ".join(f"`{choice}`" for choice in option.choices)
    if option.kind == "whole" and option.high >= 2**53:
        return f"from {number(option.low)}"
    return f"{number(option.low)} to {number(option.high)}"


def row(*cells: str) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"


def options_of(options: list[pyminima.Option]) -> Iterator[str]:
    yield "| option | default | values | meaning |"
    yield "| --- | --- | --- | --- |"
    for option in options:
        default = f"`{number(option.default)}`"
        yield row(f"`{option.name}`", default, values_of(option), option.help)


def random(method: pyminima.Method) -> str:
    if method.is_random:
        return "yes, `rng` decides"
    return "only with `noise`" if method.family == RULES else "no"


def section(method: pyminima.Method) -> Iterator[str]:
    common = common_options()
    own = [option for option in method.options if option.name not in STOPPING]
    if method.family == RULES:
        own = [option for option in own if option != common.get(option.name)]
    stopping = {option.name: option for option in method.options if option.name in STOPPING}
    defaults = ", ".join(f"`{name}={number(stopping[name].default)}`" for name in STOPPING)
    bounds = "kept by the method itself" if method.bounds else "points are projected on the box"
    yield f"## {method.name}"
    yield ""
    yield f"{method.summary[:1].upper()}{method.summary[1:]}."
    yield ""
    yield f"- source: {method.citation}"
    yield f"- needs {AT_TIMES if method.uses_gradient else NEEDS[method.needs]}"
    yield f"- bounds: {bounds}"
    yield f"- random: {random(method)}"
    yield f"- searches: {'the whole box' if method.is_global else 'downhill from `x0`'}"
    yield f"- stopping rules: {defaults}"
    yield ""
    yield "```python"
    local = WITH_GRADIENT if method.needs == "gradient" else LOCAL
    yield (GLOBAL if method.is_global else local).format(name=method.name)
    yield "```"
    yield ""
    if own:
        yield from options_of(own)
        yield ""
    if method.family == RULES:
        yield "And the [options of all first-order rules](#options-of-all-first-order-rules)."
        yield ""
    yield f"**When not to use it.** {method.when_not}"
    yield ""


def common_options() -> dict[str, pyminima.Option]:
    """What the first-order rules have in common, by name: rates are each rule's own."""
    rules = [m for m in pyminima.methods() if m.family == RULES]
    names = set.intersection(*({option.name for option in m.options} for m in rules))
    shared = (o for o in rules[0].options if o.name in names - {"learning_rate", *STOPPING})
    return {option.name: option for option in shared}


def searches(method: pyminima.Method) -> str:
    return "the box" if method.is_global else "downhill"


def page() -> str:
    found = pyminima.methods()
    lines = [
        "<!-- Written by docs/make_methods.py from the rows of the methods; edit those. -->",
        "",
        "# Methods",
        "",
        DEFAULT,
        "Its best point is then polished by `lbfgs` (`polish=False`: it is not) and",
        "[judged](verdict.md).",
        "",
        "| method | family | needs | searches | summary |",
        "| --- | --- | --- | --- | --- |",
        *(row(f"[{m.name}](#{m.name})", m.family, m.needs, searches(m), m.summary) for m in found),
        "",
        "All methods know the same four stopping rules, with defaults of their own. All are",
        "relative, so that the units of f do not matter.",
        "",
        *options_of_stopping(found[0]),
        "",
        "## Options of all first-order rules",
        "",
        "They work in the same way with every rule, and with each other;",
        "[First-order rules](first_order.md) says how.",
        "",
        *options_of(list(common_options().values())),
        "",
    ]
    for method in found:
        lines += section(method)
    return "\n".join(lines).rstrip() + "\n"


def options_of_stopping(method: pyminima.Method) -> Iterator[str]:
    yield "| option | values | meaning |"
    yield "| --- | --- | --- |"
    for option in method.options:
        if option.name in STOPPING:
            yield row(f"`{option.name}`", values_of(option), option.help)


def table() -> Iterator[str]:
    """README's table: a line for each method, and one for all first-order rules."""
    methods = pyminima.methods()
    rules = [m for m in methods if m.family == RULES]
    yield "| `method=` | needs | searches | what it is |"
    yield "| --- | --- | --- | --- |"
    for m in methods:
        names, summary = f"`{m.name}`", m.summary
        if m.family == RULES:
            if m != rules[0]:
                continue
            names = ", ".join(f"`{rule.name}`" for rule in rules)
            summary = "[first-order rules](docs/first_order.md): a learning rate and its schedule"
        needs = "values" if m.needs == "value" else m.needs
        yield row(names, needs, searches(m) + ", integers" * m.integers, summary)


def readme() -> str:
    """README.md, what is between the two marks written anew."""
    before, _, rest = README.read_text("utf-8").partition(f"{BEGIN}\n")
    _, _, after = rest.partition(f"{END}\n")
    return f"{before}{BEGIN}\n" + "\n".join((*table(), "", DEFAULT)) + f"\n{END}\n{after}"


def outdated() -> dict[Path, str]:
    """The files that are not what the rows say, with what they say."""
    made = {PAGE: page(), README: readme()}
    return {path: text for path, text in made.items() if path.read_text("utf-8") != text}


def write() -> None:
    for path, text in outdated().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        if names := " and ".join(path.name for path in outdated()):
            sys.exit(f"{names}: not what the rows say; run python docs/make_methods.py")
        sys.exit()
    write()
