"""Bad input gets one clear error: it names the argument, the value, and what was expected.

Each row of a table is one mistake.
"""

from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np
import pytest
import scipy.optimize
from scipy import LowLevelCallable

import pyminima
from pyminima import Solver, classify, minimize, scipy_method

nan, inf = math.nan, math.inf


def bowl(x):
    return float(x @ x)


def slope(x):
    return 2.0 * x


def returns(value: Any) -> Any:
    return lambda x: value


def case(error: Any, pattern: str, **given: Any):
    """A mistake: the keyword arguments that make it, and the answer."""
    return pytest.param(given, error, pattern, id=pattern.replace("\\", ""))


START = [
    case(ValueError, r"x0 has shape \(1, 2\), expected \(n,\)", x0=[[1.0, 2.0]]),
    case(ValueError, r"x0 is empty, expected at least one variable", x0=[]),
    case(ValueError, r"x0=array\(\[ 1\., nan\]\), expected finite", x0=[1.0, nan]),
    case(ValueError, r"x0=array\(\[-inf\]\), expected finite", x0=-inf),
    case(TypeError, r"x0='here', expected an array of real numbers", x0="here"),
    case(TypeError, r"x0=\['1', '2'\], expected .*real numbers", x0=["1", "2"]),
    case(TypeError, r"x0=\[1j, 2\], expected .*real numbers.*complex", x0=[1j, 2]),
    case(TypeError, r"x0=\[True, False\], expected .*real numbers", x0=[True, False]),
    case(TypeError, r"x0=\[\[1\], \[1, 2\]\], expected .*real numbers", x0=[[1], [1, 2]]),
    case(TypeError, r"x0=\{'a': 1\}, expected .*real numbers", x0={"a": 1}),
    case(TypeError, r"x0=.*None.*, expected .*real numbers", x0=[None, 1.0]),
    case(TypeError, r"x0=.*expected .*real numbers", x0=[10**400]),
    case(TypeError, r"x0=.*'1'.*expected .*real numbers", x0=np.array(["1"], dtype=object)),
    case(ValueError, r"x0 is missing.*bounds are finite", x0=None),
    case(ValueError, r"x0 is missing.*bounds are finite", x0=None, bounds=[(0, 1), (0, None)]),
]

BOUNDS = [
    case(ValueError, r"bounds have shape \(1, 2\), expected \(2, 2\)", bounds=[(0, 1)]),
    case(ValueError, r"bounds have shape \(0, 2\), expected", bounds=[]),
    case(ValueError, r"bounds\[1\]=\(3.*, 2.*\), expected lower <= upper", bounds=[(0, 1), (3, 2)]),
    case(ValueError, r"bounds\[1\]=\(nan, 2.*\), .*nan", bounds=[(0, 1), (nan, 2)]),
    case(ValueError, r"bounds\[0\]=\(0.*, nan\), .*nan", bounds=[(0, nan), (0, 1)]),
    case(ValueError, r"bounds\[0\]=\(inf, inf\), expected", bounds=[(inf, None), (0, 1)]),
    case(ValueError, r"bounds\[1\]=\(-inf, -inf\), expected", bounds=[(0, 1), (None, -inf)]),
    case(ValueError, r"bounds\[1\]=\(0, 1, 2\), expected a pair", bounds=[(0, 1), (0, 1, 2)]),
    case(TypeError, r"bounds=3, expected scipy.optimize.Bounds or a sequence", bounds=3),
    case(TypeError, r"bounds=\[0, 1\], expected .*sequence of \(lower, upper\)", bounds=[0, 1]),
    case(TypeError, r"bounds=.*'low'.*, expected real", bounds=[("low", 1), (0, 1)]),
    case(TypeError, r"bounds=.*2j.*, expected real.*complex", bounds=[(0, 2j), (0, 1)]),
    case(
        ValueError,
        r"bounds=Bounds.* do not fit x0 of shape \(2,\)",
        bounds=scipy.optimize.Bounds([0, 0, 0], [1, 1, 1]),
    ),
]

OBJECTIVE = [
    case(TypeError, r"fun=None, expected a callable", fun=None),
    case(TypeError, r"fun='x\*\*2', expected a callable", fun="x**2"),
    case(TypeError, r"fun returned '1.0', expected a real number", fun=returns("1.0")),
    case(TypeError, r"fun returned None, expected a real number", fun=returns(None)),
    case(TypeError, r"fun returned 1j, .*expected a real", fun=returns(1j)),
    case(
        TypeError,
        r"fun returned .*expected a real number: it holds complex64",
        fun=returns(np.complex64(1)),
    ),
    case(ValueError, r"fun returned .*\(2,\), expected a single number", fun=lambda x: x),
    case(ValueError, r"fun returned .*\(0,\), expected a single number", fun=returns([])),
    case(TypeError, r"fun returned <object .*expected a real number", fun=returns(object())),
    case(TypeError, r"fun returned .*datetime64", fun=returns(np.datetime64("2020-01-01"))),
    case(
        (TypeError, ValueError),
        r"fun returned .*jac=True",
        fun=lambda x: (bowl(x), slope(x)),
    ),
    case(
        (TypeError, ValueError),
        r"fun returned \[\[1\], \[1, 2\]\].*expected a (real|single) number",
        fun=returns([[1], [1, 2]]),
    ),
    case(
        TypeError,
        r"fun returned .*expected a real number",
        fun=returns(np.array(["1.0"])),
    ),
    case(
        (TypeError, ValueError, OverflowError),
        r"fun returned 10+.*expected a real number",
        fun=returns(10**400),
    ),
]

GRADIENT = [
    case(ValueError, r"jac='4-point', expected one of: '2-point', '3-point', 'cs'", jac="4-point"),
    case(TypeError, r"jac=1, expected None, True, a callable", jac=1),
    case(TypeError, r"jac=True, but fun returned 5.0, expected \(value, grad", jac=True),
    case(
        TypeError,
        r"jac=True, but fun returned \(1, 2, 3\), expected \(value, gradient\)",
        jac=True,
        fun=returns((1, 2, 3)),
    ),
    case(ValueError, r"jac returned .*\(1,\), expected \(2,\)", jac=returns([1.0])),
    case(ValueError, r"jac returned .*\(3,\), expected \(2,\)", jac=returns(np.zeros(3))),
    case(ValueError, r"jac returned .*\(2, 2\), expected \(2,\)", jac=returns(np.eye(2))),
    case(ValueError, r"jac returned .*\(\), expected \(2,\)", jac=returns(1.0)),
    case(TypeError, r"jac returned .*expected 2 real numbers.*complex", jac=returns([1j, 2])),
    case(TypeError, r"jac returned .*expected 2 real numbers", jac=returns(["a", "b"])),
    case(TypeError, r"jac returned .*expected 2 real numbers", jac=returns([[1], [1, 2]])),
    case(
        TypeError,
        r"jac returned .*expected 2 real numbers",
        jac=returns(["1", "2"]),
    ),
    case(
        (TypeError, ValueError),
        r"jac returned None, expected",
        x0=1.0,
        jac=returns(None),
    ),
]

HESSIAN = [
    case(TypeError, r"hess='exact', expected None or a callable", hess="exact"),
    case(TypeError, r"hessp=3, expected None or a callable hessp\(x, p\)", hessp=3),
    case(
        ValueError,
        r"hessp returned .*\(3,\), expected \(2,\)",
        hessp=lambda x, p: [1.0, 2.0, 3.0],
    ),
    case(ValueError, r"hess returned .*\(2,\), expected \(2, 2\)", hess=returns([1.0, 2.0])),
    case(ValueError, r"hess returned .*\(3, 3\), expected \(2, 2\)", hess=returns(np.eye(3))),
    case(
        TypeError,
        r"(?s)hess returned .*expected real numbers.*complex",
        hess=returns(1j * np.eye(2)),
    ),
    case(
        (TypeError, ValueError),
        r"(?s)hess returned .*expected real numbers",
        hess=returns(np.array([["a", "b"], ["c", "d"]])),
    ),
]

METHOD = [
    case(ValueError, r"method='lbgfs' is not .*did you mean 'lbfgs'.*methods are", method="lbgfs"),
    case(ValueError, r"method='Adam' .*did you mean 'adam'", method="Adam"),
    case(ValueError, r"method='simplex' is not a method.*: .*gradient_descent.*adam.*lbfgs",
         method="simplex"),
    case(ValueError, r"method=3 is not a method", method=3),
    case(ValueError, r"method=<built-in function abs> is not a method", method=abs),
    case(ValueError, r"options\['memroy'\] is not .*did you mean 'memory'",
         method="lbfgs", options={"memroy": 3}),
    case(ValueError, r"options\['maxiter'\] is not an option of method 'lbfgs'.*It takes: memory",
         method="lbfgs", options={"maxiter": 3}),
    case(ValueError, r"options\['learning_rate'\] is not .*'bfgs'; it is an option of .*adam",
         options={"learning_rate": 0.1}),
    case(ValueError, r"options\['decrease'\] is not .*'adam'; .*gradient_descent, .*lbfgs",
         method="adam", options={"decrease": 0.1}),
    case(ValueError, r"options\[3\] is not an option", options={3: 3}),
    case(TypeError, r"options=\['gtol'\], expected a mapping", options=["gtol"]),
    case(TypeError, r"options='gtol', expected a mapping", options="gtol"),
    case(ValueError, r"options\['line_search'\]='golden', expected one of: 'backtracking', 'fixed'",
         method="gradient_descent", options={"line_search": "golden"}),
    case(ValueError, r"options\['memory'\]=0, expected a whole number from 1 to 1000",
         method="lbfgs", options={"memory": 0}),
    case(ValueError, r"options\['memory'\]=2\.5, expected a whole number",
         method="lbfgs", options={"memory": 2.5}),
    case(ValueError, r"options\['memory'\]=inf, expected a whole number",
         method="lbfgs", options={"memory": inf}),
    case(ValueError, r"options\['gtol'\]=-1, expected a number from 0 to 1", options={"gtol": -1}),
    case(ValueError, r"options\['gtol'\]=nan, expected a number", options={"gtol": nan}),
    case(ValueError, r"options\['gtol'\]='1e-3', expected a number", options={"gtol": "1e-3"}),
    case(TypeError, r"tol='small', expected a number", tol="small"),
    case(ValueError, r"tol=nan, expected a number", tol=nan),
    case(ValueError, r"tol.*=-1.*, expected a number from 0", tol=-1),
]  # fmt: skip

LIMITS = [
    *(
        case(error, rf"{name}={value!r}, expected a whole number from 1, or None", **{name: value})
        for name in ("max_evals", "max_iter")
        for value, error in [
            (0, ValueError),
            (-1, ValueError),
            (1.5, TypeError),
            ("x", TypeError),
            (True, TypeError),
            (nan, TypeError),
            (inf, TypeError),
            (1j, TypeError),
        ]
    ),
    case(ValueError, r"max_time=0, expected a positive number", max_time=0),
    case(ValueError, r"max_time=-1, expected a positive number", max_time=-1),
    case(ValueError, r"max_time=nan, expected a positive number", max_time=nan),
    case(TypeError, r"max_time='1 h', expected a positive number", max_time="1 h"),
    case(TypeError, r"max_time=True, expected a positive number", max_time=True),
    case(TypeError, r"max_time=b'1', expected a positive number", max_time=b"1"),
    case(TypeError, r"max_time=masked, expected a positive number", max_time=np.ma.masked),
    case(
        TypeError,
        r"max_time=.*1\+2j.*, expected a positive number.*complex",
        max_time=np.complex128(1 + 2j),
    ),
    case(TypeError, r"max_time=array\('1'.*, expected a positive number", max_time=np.array("1")),
    case(ValueError, r"options\['gtol'\]=b'1', expected a number", options={"gtol": b"1"}),
    case(TypeError, r"target='0', expected a number", target="0"),
    case(TypeError, r"target=1j, expected a number", target=1j),
    case(ValueError, r"target=nan, expected a number", target=nan),
]

REST = [
    case(TypeError, r"callback=3, expected None or a callable", callback=3),
    case(ValueError, r"nan_policy='omit', expected one of: 'reject', 'raise'", nan_policy="omit"),
    case(ValueError, r"on_error=None, expected one of: 'raise', 'reject'", on_error=None),
    case(ValueError, r"on_interrupt=1, expected one of: 'raise', 'return'", on_interrupt=1),
    case(TypeError, r"rng='seed', expected what numpy.random.default_rng takes", rng="seed"),
    case(TypeError, r"rng=1\.5, expected what numpy.random.default_rng takes", rng=1.5),
    case(TypeError, r"rng=-1, expected what numpy.random.default_rng takes", rng=-1),
    case(TypeError, r"kwargs=\[1\], expected a mapping", kwargs=[1]),
    case(TypeError, r"vectorized=1, expected True or False", vectorized=1),
    case(TypeError, r"vectorized=None, expected True or False", vectorized=None),
    case(TypeError, r"vectorized='yes', expected True or False", vectorized="yes"),
    case(TypeError, r"classify='no', expected True or False", classify="no"),
    case(TypeError, r"escape=1, expected True or False", escape=1),
    case(TypeError, r"polish='no', expected True or False", polish="no"),
    case(TypeError, r"unexpected keyword argument 'maxiter'", maxiter=3),
]


@pytest.mark.parametrize(
    ("given", "error", "pattern"),
    [*START, *BOUNDS, *OBJECTIVE, *GRADIENT, *HESSIAN, *METHOD, *LIMITS, *REST],
)
def test_minimize_refuses(given, error, pattern):
    arguments = {"fun": bowl, "x0": [1.0, 2.0], **given}
    if "hess" in given:
        arguments["jac"] = slope
    with pytest.raises(error, match=pattern):
        minimize(**arguments)


def test_the_checks_come_before_the_first_evaluation():
    """Nothing expensive is begun that is bound to fail: every argument is looked at first."""
    calls = []
    mistakes = {
        "callback": 3,
        "hess": 3,
        "kwargs": 3,
        "rng": "x",
        "max_iter": 0,
        "max_time": 0,
        "target": "x",
        "on_interrupt": "x",
        "on_error": "x",
        "nan_policy": "x",
        "options": {"x": 1},
        "method": "x",
        "jac": "x",
        "bounds": 3,
        "vectorized": 3,
    }
    for name, value in mistakes.items():
        with pytest.raises((TypeError, ValueError), match=name):
            minimize(lambda x: calls.append(1), [1.0], **{name: value})
    assert not calls


@pytest.mark.parametrize(
    ("call", "error", "pattern"),
    [
        (lambda: classify(3, [1.0]), TypeError, r"fun=3, expected a callable"),
        (lambda: classify(bowl, [3.0], bounds=[(0, 1)]), ValueError, r"x=\[3.0\] is outside"),
        (lambda: classify(bowl, [nan]), ValueError, r"expected finite numbers"),
        (lambda: classify(bowl, [1.0], max_evals=0), ValueError, r"max_evals=0, expected"),
        (lambda: classify(bowl, [1.0], jac="x"), ValueError, r"jac='x', expected"),
        (lambda: classify(bowl, [1.0], hess="x"), TypeError, r"hess='x', expected"),
        (lambda: classify(bowl, [1.0], vectorized=1), TypeError, r"vectorized=1, expected True"),
        (lambda: Solver("nope", [1.0]), ValueError, r"method='nope' is not a method"),
        (lambda: Solver("lbfgs", []), ValueError, r"x0 is empty"),
        (lambda: Solver("lbfgs", [1.0], jac=slope), TypeError, r"jac=.*expected True or False"),
        (lambda: Solver("lbfgs", [1.0], rng="x"), TypeError, r"rng='x', expected"),
        (lambda: Solver("lbfgs", [1.0], bounds=[(1, 0)]), ValueError, r"bounds\[0\]"),
        (lambda: Solver("lbfgs", [1.0], options={"x": 1}), ValueError, r"options\['x'\]"),
        (lambda: scipy_method("nope"), ValueError, r"method='nope' is not a method"),
    ],
)
def test_the_others_refuse(call, error, pattern):
    with pytest.raises(error, match=pattern):
        call()


def test_classify_names_its_own_argument():
    with pytest.raises(ValueError, match=r"^x="):
        classify(bowl, [nan])


def test_a_solver_refuses_values_that_do_not_fit():
    solver = Solver("lbfgs", [1.0, 2.0], jac=True)
    with pytest.raises(RuntimeError, match="tell before ask"):
        solver.tell([1.0], [[1.0, 2.0]])
    solver.ask()
    for f, g, pattern in [
        ([1.0, 2.0], [[1.0, 2.0]], r"f has shape \(2,\).*expected \(1,\)"),
        (1.0, [[1.0, 2.0]], r"f has shape \(\).*expected \(1,\)"),
        (["1"], [[1.0, 2.0]], r"f=\['1'\], expected real numbers, shape \(1,\)"),
        ([1j], [[1.0, 2.0]], r"f=\[1j\], expected real numbers, shape \(1,\)"),
        ([None], [[None, 1.0]], r"f=\[None\], expected real numbers"),
        ([1.0], None, r"g is missing: expected gradients of shape \(1, 2\)"),
        ([1.0], [1.0, 2.0], r"g has shape \(2,\).*expected \(1, 2\)"),
        ([1.0], [[1.0, 2.0, 3.0]], r"g has shape \(1, 3\).*expected \(1, 2\)"),
    ]:
        with pytest.raises((TypeError, ValueError), match=pattern):
            solver.tell(f, g)
    solver.tell([5.0], [[2.0, 4.0]])  # nothing was spoilt by the attempts
    assert solver.result().nfev == 1
    with pytest.raises(RuntimeError, match="tell before ask"):
        solver.tell([5.0], [[2.0, 4.0]])


def test_a_solver_that_has_ended_says_why():
    solver = Solver("lbfgs", [0.0], jac=True)
    solver.ask()
    solver.tell([0.0], [[0.0]])
    assert solver.done and solver.status is pyminima.Status.GRADIENT
    with pytest.raises(RuntimeError, match="has ended: the projected gradient"):
        solver.ask()


def test_scipy_gets_clear_refusals_too():
    with pytest.raises(ValueError, match="constraints"):
        scipy.optimize.minimize(
            bowl,
            [1.0],
            method=scipy_method("lbfgs"),
            constraints=[{"type": "eq", "fun": bowl}],
        )


# Compiled objectives


def pointer(result: Any, *arguments: Any) -> Any:
    """A C function pointer of that signature. None of the tests here calls it."""
    return ctypes.CFUNCTYPE(result, *arguments)(lambda *given: 0.0)


POINTS = ctypes.POINTER(ctypes.c_double)


@pytest.mark.parametrize(
    ("result", "arguments"),
    [
        (ctypes.c_double, [ctypes.c_double]),
        (ctypes.c_double, [POINTS, ctypes.c_int]),
        (ctypes.c_double, [ctypes.c_int, ctypes.POINTER(ctypes.c_float)]),
        (ctypes.c_float, [ctypes.c_int, POINTS]),
        (ctypes.c_double, [ctypes.c_int, POINTS, POINTS, POINTS]),
        (ctypes.c_double, []),
    ],
)
def test_a_compiled_objective_of_another_signature_is_refused(result, arguments):
    function = pointer(result, *arguments)
    with pytest.raises(
        ValueError, match=r"fun has the C signature .*expected one of: double \(int"
    ):
        minimize(LowLevelCallable(function), [1.0])


def test_a_ctypes_function_without_a_signature_is_refused():
    library = ctypes.CDLL(None)
    with pytest.raises(TypeError, match="set its restype and argtypes"):
        minimize(library.getpid, [1.0])


@pytest.mark.parametrize(
    ("given", "pattern"),
    [
        ({"args": (1.0,)}, r"args and kwargs do not reach a compiled objective"),
        ({"kwargs": {"a": 1.0}}, r"args and kwargs do not reach a compiled objective"),
        ({"jac": slope}, r"jac=.* with a compiled objective"),
        ({"jac": True}, r"jac=True with a compiled objective"),
        ({"vectorized": True}, r"vectorized=True with a compiled objective: .*one point a call"),
    ],
)
def test_what_a_compiled_objective_cannot_take_is_refused(given, pattern):
    function = pointer(ctypes.c_double, ctypes.c_int, POINTS)
    with pytest.raises(ValueError, match=pattern):
        minimize(LowLevelCallable(function), [1.0], **given)


# What is allowed


@pytest.mark.parametrize(
    "given",
    [
        {"max_evals": 30.0},
        {"max_evals": np.int32(30)},
        {"max_evals": 2**70},
        {"max_evals": 1e30},
        {"max_iter": 2**64},
        {"max_time": np.float32(30.0)},
        {"max_time": inf},
        {"target": -inf},
        {"target": np.float64(-1.0)},
        {"tol": np.float64(1e-3)},
        {"tol": 0},
        {"options": {}},
        {"options": None},
        {"method": "lbfgs", "options": {"memory": np.int64(5), "gtol": np.float32(0.5)}},
        {"method": "lbfgs", "options": {"memory": 5.0}},
        {"args": ()},
        {"kwargs": {}},
        {"bounds": [(None, None), (None, None)]},
        {"bounds": [(-inf, inf), (0, None)]},
        {"bounds": scipy.optimize.Bounds()},
        {"bounds": scipy.optimize.Bounds(-5, 5)},
        {"rng": [1, 2, 3]},
        {"rng": np.random.SeedSequence(4)},
        {"rng": np.random.default_rng(5)},
        {"x0": (1, 2)},
        {"x0": np.array([1.0, 2.0], dtype=np.float32)},
        {"x0": range(1, 3)},
        {"jac": False},
    ],
    ids=str,
)
def test_minimize_takes(given):
    res = minimize(**{"fun": bowl, "x0": [1.0, 2.0], **given})
    assert res.fun < 0.1


def test_a_start_outside_the_bounds_is_moved_and_the_message_says_so():
    res = minimize(bowl, [9.0, 0.5], bounds=[(1.0, 2.0), (0.0, 1.0)])
    assert "x0 was outside the bounds" in res.message.lower()
    np.testing.assert_allclose(res.x, [1.0, 0.0], atol=1e-6)


def test_tol_is_gtol_and_the_option_wins():
    loose = minimize(bowl, [3.0, 4.0], jac=slope, tol=0.9, classify=False)
    same = minimize(bowl, [3.0, 4.0], jac=slope, options={"gtol": 0.9}, classify=False)
    tight = minimize(bowl, [3.0, 4.0], jac=slope, tol=0.9, options={"gtol": 0.0}, classify=False)
    assert loose.x.tolist() == same.x.tolist() and loose.nfev == same.nfev
    assert tight.nfev > loose.nfev


def test_the_choice_of_a_method_is_explained():
    assert "'bfgs' was chosen for 1 variable" in minimize(bowl, [1.0]).message
    assert "'bfgs' was chosen for 64 variables" in minimize(bowl, np.ones(64)).message
    assert "'lbfgs' was chosen for 65 variables" in minimize(bowl, np.ones(65)).message
    second = minimize(bowl, [1.0], jac=slope, hess=lambda x: 2.0 * np.eye(len(x)))
    assert second.method == "newton" and "second derivatives" in second.message
    anywhere = minimize(bowl, bounds=[(-1.0, 2.0)], max_evals=500, rng=1)
    assert anywhere.method == "auto" and "no start" in anywhere.message
    whole = minimize(bowl, bounds=[(-1.0, 2.0)], integrality=1, max_evals=500, rng=1)
    assert whole.method == "differential_evolution" and "integers" in whole.message
    assert "chosen" not in minimize(bowl, [1.0], method="lbfgs").message
