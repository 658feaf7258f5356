"""The public surface: names, signatures, fields. What is listed here is promised to users."""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import pickle
import re
from importlib import metadata
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import scipy.optimize

import pyminima
from pyminima import _core, minimize
from pyminima._running.status import Ends

SOURCES = Path(__file__).parents[1] / "src_c"

NAMES = {
    "Basins",
    "Batches",
    "Classification",
    "Epoch",
    "Globality",
    "GradientWarning",
    "Kind",
    "Method",
    "Minimum",
    "Option",
    "Point",
    "Result",
    "Solver",
    "Stage",
    "Status",
    "classify",
    "methods",
    "minimize",
    "problems",
    "schedules",
    "scipy_method",
}

# The design's list: what is there has these names, in this order, and nothing is there by chance.
PARAMETERS = {
    "minimize": """
        fun x0 args method jac hess hessp bounds constraints tol callback options kwargs rng x_scale
        max_evals max_iter max_time target vectorized workers classify escape polish starts convex
        batches check_gradient
        integrality history progress checkpoint resume nan_policy on_error on_interrupt
    """,
    "classify": "fun x args jac hess hessp bounds kwargs rng x_scale max_evals vectorized",
    "Solver": "method x0 jac bounds options rng integrality x_scale",
    "methods": "",
    "scipy_method": "name",
}

FIELDS = [
    "x",
    "fun",
    "jac",
    "hess",
    "success",
    "status",
    "message",
    "classification",
    "method",
    "nfev",
    "njev",
    "nhev",
    "nit",
    "n_escapes",
    "stages",
    "minima",
    "history",
    "elapsed",
]


def bowl(x):
    return float(np.sum((x - 0.3) ** 2))


# Names


def test_names():
    assert set(pyminima.__all__) >= NAMES
    assert sorted(pyminima.__all__) == pyminima.__all__
    for name in pyminima.__all__:
        thing = getattr(pyminima, name)
        assert thing.__doc__, f"{name} has no docstring"


def test_version():
    assert pyminima.__version__ == metadata.version("pyminima")


def test_the_package_is_typed():
    assert (files("pyminima") / "py.typed").is_file()


@pytest.mark.parametrize("name", PARAMETERS)
def test_signatures(name):
    parameters = inspect.signature(getattr(pyminima, name)).parameters
    designed = PARAMETERS[name].split()
    assert [p for p in designed if p in parameters] == list(parameters)


def test_minimize_is_called_like_that_of_scipy():
    """What scipy takes by position, in that order; what is not positional here has its name."""
    ours = inspect.signature(minimize).parameters
    theirs = list(inspect.signature(scipy.optimize.minimize).parameters)
    positional = [name for name, p in ours.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == theirs[: len(positional)] and len(positional) >= 5
    assert {"bounds", "tol", "callback", "options"} <= set(ours)


def test_parameters_are_documented():
    for name in PARAMETERS:
        thing = getattr(pyminima, name)
        for parameter in inspect.signature(thing).parameters:
            assert re.search(rf"\b{parameter}\b", thing.__doc__), f"{name}: {parameter}"


# Status


def header_rows(name: str) -> list[tuple[str, int]]:
    """The rows of a list in a C header: X(NAME, number, ...)."""
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.h"))
    body = re.search(rf"#define {name}\(X\)((?:.*\\\n)*.*)\n", text)[1]
    return [(row, int(number)) for row, number in re.findall(r"X\((\w+),\s*(\d+),", body)]


@pytest.mark.skipif(not SOURCES.exists(), reason="the C sources are not here")
def test_status_is_the_list_of_the_c_core():
    assert [(s.name, s.value) for s in pyminima.Status] == header_rows("PM_STOPS")
    assert [s.value for s in pyminima.Status] == list(range(len(pyminima.Status)))
    assert [(e.name, e.value) for e in Ends] == header_rows("PM_ENDS")


@pytest.mark.skipif(not SOURCES.exists(), reason="the C sources are not here")
def test_every_signature_of_a_compiled_objective_is_known():
    assert len(_core.signatures()) == len(header_rows("PM_SIGNATURES"))
    assert len(_core.signatures(sampled=True)) == len(header_rows("PM_SAMPLED_SIGNATURES"))


def test_a_status_is_a_number_with_a_name():
    res = minimize(bowl, [1.0])
    assert res.status == int(res.status) and isinstance(res.status.name, str)
    assert pyminima.Status[res.status.name] is res.status


# Result


@pytest.fixture(scope="module", params=[m.name for m in pyminima.methods()])
def res(request):
    return minimize(bowl, [1.0, 2.0], method=request.param, rng=1, max_evals=3000)


def test_fields_are_the_same_for_every_method(res):
    assert list(res) == FIELDS


def test_fields_are_documented():
    for field in FIELDS:
        assert re.search(rf"\b{field}\b", pyminima.Result.__doc__)


def test_a_result_is_one_of_scipy(res):
    assert isinstance(res, scipy.optimize.OptimizeResult)
    assert res["x"] is res.x
    assert "classification" in dir(res)
    with pytest.raises(AttributeError):
        res.nonesuch  # noqa: B018


def test_types_of_the_fields(res):
    assert type(res.x) is np.ndarray and res.x.shape == (2,) and res.x.dtype == np.float64
    assert type(res.fun) is float
    assert res.jac is None or (res.jac.shape == (2,) and res.jac.dtype == np.float64)
    assert type(res.success) is bool
    assert isinstance(res.status, pyminima.Status)
    assert type(res.message) is str
    assert isinstance(res.classification, pyminima.Classification)
    assert res.method in {m.name for m in pyminima.methods()}
    for name in ("nfev", "njev", "nhev", "nit", "n_escapes"):
        assert type(res[name]) is int, name
    assert all(isinstance(stage, pyminima.Stage) for stage in res.stages)
    assert all(isinstance(minimum, pyminima.Minimum) for minimum in res.minima)
    assert type(res.elapsed) is float and res.elapsed > 0


def test_a_result_can_be_read(res):
    for name in ("x", "fun", "success", "message", "classification"):
        assert name in repr(res)
    assert str(res.classification) in res.message.lower() or res.classification.reason


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r))])
def test_a_result_can_be_copied(res, way):
    twin = way(res)
    assert type(twin) is type(res) and list(twin) == list(res)
    assert twin.x.tobytes() == res.x.tobytes() and twin.status is res.status
    assert twin.classification.to_dict() == res.classification.to_dict()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"classify": False},
        {"max_evals": 1},
        {"bounds": [(1.0, 1.0), (2.0, 2.0)]},
        {"jac": lambda x: 2.0 * (x - 0.3)},
        {"fun": lambda x: np.nan},
        {"fun": lambda x: -np.inf},
        {"fun": lambda x: 0.0},
        {"fun": lambda x: x[0] * x[1], "x0": [0.0, 0.0]},
    ],
    ids=str,
)
def test_to_dict_is_plain_data(given):
    res = minimize(**{"fun": bowl, "x0": [1.0, 2.0], **given})
    plain = res.to_dict()
    assert list(plain) == FIELDS
    again = json.loads(json.dumps(plain))
    assert again["x"] == res.x.tolist()
    assert again["status"] == res.status.name
    assert again["nfev"] == res.nfev and len(again["stages"]) == len(res.stages)


def test_a_solver_returns_the_same_fields():
    solver = pyminima.Solver("lbfgs", [1.0, 2.0])
    assert list(solver.result()) == FIELDS
    json.dumps(solver.result().to_dict())


# Methods


def test_the_readme_prints_what_it_says(capsys):
    """Words as they stand; numbers about so, and of two equal minima either may come first."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    names = {}
    shown = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", readme, re.DOTALL)
    assert len(shown) == 2
    number = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")
    for code, expected in shown:
        exec(code, names)
        printed = capsys.readouterr().out
        words = [number.sub("#", text).replace("[ ", "[").split() for text in (printed, expected)]
        assert words[0] == words[1]
        for seen, said in zip(number.findall(printed), number.findall(expected), strict=True):
            assert abs(float(seen)) == pytest.approx(abs(float(said)), rel=0.5, abs=1e-4)


def test_methods_are_described():
    found = pyminima.methods()
    assert [m.name for m in found] == [row["name"] for row in _core.method_rows()]
    assert {"gradient_descent", "adam", "lbfgs"} <= {m.name for m in found}
    for method in found:
        with pytest.raises(AttributeError):
            method.name = "other"  # they are frozen
        assert method.when_not.endswith(".")
    found.clear()
    assert pyminima.methods()  # the list is the user's own


def test_the_version_is_known_without_the_metadata_of_a_distribution(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    known = pyminima.__version__
    monkeypatch.setattr(metadata, "version", missing)
    try:
        assert importlib.reload(pyminima).__version__ == "unknown"
    finally:
        monkeypatch.undo()
        assert importlib.reload(pyminima).__version__ == known
