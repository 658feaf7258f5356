"""Options: every value in range is taken, every other is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from subjects import METHODS, Watched, every_method, quiet, run, same, valley, valley_slope

import pyminima


def edges(option: pyminima.Option) -> list[Any]:
    if option.choices is not None:
        return list(option.choices)
    return [option.default, option.low, option.high]


# The population is memory, and its largest one more than a computer has.
MODEST = {"population": 50}

# A number of a schedule goes with one that has a use for it.
SCHEDULE_OF = {"schedule_growth": "cosine", "schedule_patience": "plateau"}

# So does one of an average.
AVERAGE_OF = {"averaging_period": "swa", "averaging_decay": "ema"}


@every_method
def test_every_option_is_taken_from_end_to_end(method):
    for option in METHODS[method].options:
        beside = {}
        if option.name.startswith("schedule_"):
            beside["schedule"] = SCHEDULE_OF.get(option.name, "step")
        if option.name.startswith("averaging_"):
            beside["averaging"] = AVERAGE_OF.get(option.name, "polyak")
        for value in edges(option):
            if option.name in MODEST and value > MODEST[option.name]:
                continue
            watched = Watched(valley, valley_slope)
            options = {**beside, option.name: value}
            with np.errstate(over="ignore", invalid="ignore"):
                res = run(watched, method, max_evals=12, options=options, **quiet())
            assert res.nfev == len(watched.points) <= 12
            assert res.fun == watched.lowest, option.name


@every_method
def test_the_defaults_are_the_defaults(method):
    options = {option.name: option.default for option in METHODS[method].options}
    a = run(Watched(), method, max_evals=300)
    same(a, run(Watched(), method, max_evals=300, options=options))
    same(a, run(Watched(), method, max_evals=300, options={}))


@every_method
def test_options_out_of_range_are_refused(method):
    for option in METHODS[method].options:
        bad: list[Any] = ["nonsense", None, math.nan, [1.0], True]
        if option.choices is None:
            bad += [math.nextafter(option.low, -math.inf), -math.inf, math.inf]
            bad += [math.nextafter(option.high, math.inf), 1j]
        if option.kind == "whole":
            bad += [option.low + 0.5]
        for value in bad:
            with pytest.raises(ValueError) as caught:
                run(Watched(), method, max_evals=5, options={option.name: value})
            assert f"options[{option.name!r}]={value!r}" in str(caught.value)


@every_method
def test_rows_say_what_they_are(method):
    row = METHODS[method]
    assert row.summary and row.citation and row.family
    assert row.needs in ("value", "gradient")
    names = [option.name for option in row.options]
    assert len(set(names)) == len(names)
    assert {"gtol", "ftol", "xtol", "patience"} <= set(names)
    for option in row.options:
        assert option.help and option.kind in ("real", "whole", "choice")
        assert option.choices is None or option.default in option.choices
        assert option.choices is not None or option.low <= option.default <= option.high
