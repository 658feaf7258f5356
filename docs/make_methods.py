"""Writes docs/methods.md from the registry: one section per method, nothing typed twice.

`python docs/make_methods.py` writes the page, `--check` only says whether it is up to date.
Building the documentation writes it as well.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pyminima

PAGE = Path(__file__).parent / "methods.md"
STOPPING = ("gtol", "ftol", "xtol", "patience")
RULES = "first order"  # the family whose methods share most of their options

# What only experience can say about a method. A method without an entry gets what its traits say.
WHEN_NOT = {
    "sgd": "For a smooth function whose values are exact: `lbfgs` gets to the same digits with a "
    "small part of the evaluations, and needs no rate. Where curvatures differ by a factor of k, "
    "a digit takes it some k steps.",
    "momentum": "As `sgd`. In the long run it goes 1 / (1 - beta) times as far on the same "
    "gradients: on samples lower the rate by as much.",
    "nesterov": "Without an idea of the largest curvature: at more than about its inverse the "
    "path diverges. On samples the restarts follow noise; take `momentum` there, or "
    '`restart="none"`.',
    "adagrad": "Where the way is long: its steps shrink from the first one on, whatever comes, "
    "and a steep start leaves it with short ones. Made for sparse gradients.",
    "rmsprop": "Where the last digits matter: at a constant rate it does not come to rest. It has "
    "no bias correction, so that its first steps are about three times as long as later ones.",
    "adadelta": "In a hurry: its first steps are of some thousandths in units of x, and it takes "
    "hundreds of them to grow. A larger `epsilon` shortens that.",
    "amsgrad": "Where gradients are large at first and small later: the steps stay as short as "
    "the largest ones demanded. Otherwise as `adam`.",
    "adamw": "Where the minimum of f itself is wanted: the decay pulls towards 0, and the path "
    "ends beside it (`weight_decay=0` makes it `adam`). It is for models that should not overfit.",
    "nadam": "As `adam`.",
    "radam": "As `adam`. Its first four steps or so are as long as the gradient says and may lead "
    "far; where gradients are large, `adam` with `schedule_warmup` is the safer start.",
    "lion": "Where digits matter: every coordinate moves by `learning_rate` in every step, so it "
    "ends no nearer than that without a schedule. It wants a third to a tenth of Adam's rate.",
    "conjugate_gradient": "Where there is memory for ten vectors more: `lbfgs` needs fewer "
    "evaluations on most problems, and its searches may be less exact. It is for very many "
    "variables, and for functions that are nearly quadratic.",
    "gradient_descent": "Nearly always, if what you want is the minimum: `lbfgs` needs the same "
    "gradients and far fewer of them wherever the valley is longer than wide. It is here for "
    "comparison, for teaching, and for its path, which follows the slope and nothing else.",
    "adam": "For a smooth function whose values are exact: `lbfgs` gets to the same digits with a "
    "small part of the evaluations. Adam has no line search, so the default `learning_rate` of "
    "0.001 is slow where x is of size 1 and far too slow where x is of size 1000: set it to the "
    "length of a step you would believe in.",
    "bfgs": "Beyond some hundred variables: it keeps n^2 numbers and each step costs some multiple "
    "of n^2 operations, on a box up to n^3; there `lbfgs` needs little more evaluations. Otherwise "
    "where not to use `lbfgs` either.",
    "lbfgs": "Where f jumps, is a step function, or carries noise much larger than what a step "
    "gains: there its differences mean nothing. With many minima it finds the one downhill from "
    "`x0`; to look elsewhere, use `annealing` or `genetic`. Without a gradient each step costs "
    "n + 1 evaluations, so beyond some hundred variables write the gradient.",
    "newton": "Without `hess` or `hessp` a Hessian costs n gradients, again and again, and "
    "without `jac` n**2 values: then `lbfgs` is cheaper, unless the valley is long and curved or "
    "a saddle is in the way. Beyond some hundred variables give `hessp`, or a sparse `hess`. Noise "
    "in the values is amplified twice by differences of differences.",
    "nelder_mead": "Where f is smooth: `lbfgs` with differences needs a small part of the "
    "evaluations, also without a gradient. It is for a few variables, at most ten or so, and for "
    "values with noise or small jumps, which a simplex larger than they are does not see. "
    "`polish=False` keeps `lbfgs` out of such a function.",
    "bobyqa": "Where a gradient is to be had. Its own arithmetic costs microseconds an evaluation "
    "at n = 2 and some hundreds of them at n = 20, which matters only if f is as quick; beyond a "
    "hundred variables it is slow to learn the curvature. Jumps and kinks mislead a model: there "
    "`nelder_mead` is steadier.",
    "annealing": "Where a descent is enough: a smooth function with one valley is done with after "
    "its first local search, and the rest of the budget is spent on looking elsewhere. Without "
    "bounds it has to guess how far to look. Where f is a step function or noisy, give "
    '`local_search="none"`; where values can be computed side by side, several `chains`.',
    "multistart": "Where f is rough: local searches end in the next of its dents. Where there are "
    "far more minima than searches that the budget allows, and low ones lie near each other, "
    "`funnel_search`, `basin_hopping` and evolution make more of what they have found.",
    "basin_hopping": "Where the low minima do not lie near each other: then a walk is as good as "
    "the point it begins at, and `multistart` looks at more of them. Where f is rough, as there.",
    "funnel_search": "Where the minima have no trend: then its model predicts nothing (`surprise`, "
    "in the history, stays above .5), and `multistart`, whose starts are spread with care, finds "
    "more of them. Where f is rough, as there. Beyond some hundred variables: its model takes n^2 "
    "numbers, and n^3 operations a search.",
    "auto": "Where you know what your function is like: the method made for that needs less. On "
    "a smooth function with one minimum it is as fast as `bfgs`, and then spends what it may on "
    "looking elsewhere: set `max_evals` or `target`. Its first searches take some hundred "
    "evaluations; with fewer than that take a local method. It does not take integers.",
    "genetic": "Where a descent is enough, as for `annealing`; and where an evaluation takes "
    "seconds, for it wants thousands of them. With a budget to spare it takes all of it, for "
    "another run may find more; `restarts=0` ends with the first. Without bounds its first "
    "population surrounds `x0` and may be far from anything.",
    "differential_evolution": "Where a descent is enough, as for `annealing`; and with a budget of "
    "fewer than some hundred evaluations per variable, which its populations spend on looking "
    "around. Narrow valleys across the axes cost it several times the evaluations of `cmaes`; it "
    "is ahead where f is a sum of functions of single variables, or nearly so, with many minima. "
    "Without bounds its first populations surround `x0` and may be far from anything.",
    "cmaes": "Where f is smooth and has few minima: `lbfgs`, `bfgs` or `bobyqa` need a third of "
    'the evaluations, or less. Where many processors evaluate at once, take `surrogate="none"`: '
    "else most batches are of a few points. Where f is a sum of functions of one variable each, "
    "with many minima, for it searches them all at once. It is made for up to some hundred "
    "variables: beyond 500 it learns a scale for each of them and no rotation.",
}

LOCAL = 'res = pyminima.minimize(fun, x0, method="{name}")'
WITH_GRADIENT = 'res = pyminima.minimize(fun, x0, jac=jac, method="{name}")'
GLOBAL = 'res = pyminima.minimize(fun, bounds=[(-5, 5)] * n, method="{name}", rng=1)'

NEEDS = {
    "gradient": "gradients: `jac`, or else differences, which cost n evaluations each",
    "value": "values only",
}

AT_TIMES = "values; local searches use `jac`, or else differences, which cost n evaluations each"


def when_not(method: pyminima.Method) -> str:
    if method.name in WHEN_NOT:
        return WHEN_NOT[method.name]
    if method.is_global:
        return "Where a descent from one start is enough: it searches the box at the price of that."
    return "Where there are many minima: it finds the one downhill from `x0`."


def number(value: float | int | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def values_of(option: pyminima.Option) -> str:
    if option.choices is not None:
        return ", ".join(f"`{choice}`" for choice in option.choices)
    if option.kind == "whole" and option.high >= 2**53:
        return f"from {number(option.low)}"
    return f"{number(option.low)} to {number(option.high)}"


def cell(text: str) -> str:
    """Text for a cell of a Markdown table."""
    return text.replace("|", "\\|")


def options_of(options: list[pyminima.Option]) -> Iterator[str]:
    yield "| option | default | values | meaning |"
    yield "| --- | --- | --- | --- |"
    for option in options:
        default = f"`{number(option.default)}`"
        yield f"| `{option.name}` | {default} | {values_of(option)} | {cell(option.help)} |"


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
    yield f"**When not to use it.** {when_not(method)}"
    yield ""


def common_options() -> dict[str, pyminima.Option]:
    """What the first-order rules have in common, by name: rates are each rule's own."""
    rules = [m for m in pyminima.methods() if m.family == RULES]
    names = set.intersection(*({option.name for option in m.options} for m in rules))
    shared = (o for o in rules[0].options if o.name in names - {"learning_rate", *STOPPING})
    return {option.name: option for option in shared}


def page() -> str:
    methods = pyminima.methods()
    lines = [
        "<!-- Written by docs/make_methods.py from the registry; edit that, not this file. -->",
        "",
        "# Methods",
        "",
        "What `method=` takes. Without it `minimize` uses, where there is an `x0`,",
        "`newton` if `hess` or `hessp` is given, else `bfgs` up to 64 variables and `lbfgs` above;",
        "`auto` where there are bounds only. Whatever runs first, its best point is polished by",
        "`lbfgs` (`polish=False`: it is not) and then [judged](verdict.md).",
        "",
        "| method | family | needs | searches | summary |",
        "| --- | --- | --- | --- | --- |",
    ]
    for m in methods:
        where = "the box" if m.is_global else "downhill"
        lines.append(f"| [{m.name}](#{m.name}) | {m.family} | {m.needs} | {where} | {m.summary} |")
    lines += [
        "",
        "All methods know the same four stopping rules, with defaults of their own. All are",
        "relative, so that the units of f do not matter.",
        "",
        *options_of_stopping(methods[0]),
        "",
    ]
    lines += [
        "## Options of all first-order rules",
        "",
        "They work in the same way with every rule, and with each other;",
        "[First-order rules](first_order.md) says how.",
        "",
        *options_of(list(common_options().values())),
        "",
    ]
    for method in methods:
        lines += section(method)
    return "\n".join(lines).rstrip() + "\n"


def options_of_stopping(method: pyminima.Method) -> Iterator[str]:
    yield "| option | values | meaning |"
    yield "| --- | --- | --- |"
    for option in method.options:
        if option.name in STOPPING:
            yield f"| `{option.name}` | {values_of(option)} | {cell(option.help)} |"


def write() -> None:
    text = page()
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit("docs/methods.md is out of date" if PAGE.read_text("utf-8") != page() else 0)
    write()
