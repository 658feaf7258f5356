"""What an objective may return: a real number, or an error that names what it was; and a number
that was returned is not lost because something else failed."""

import datetime
import decimal
import fractions
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import pyminima
from pyminima import Batches, minimize

ENDLESS: list = []
ENDLESS.append(ENDLESS)

NOT_REAL = {
    "None": None,
    "a string": "3.0",
    "bytes": b"3",
    "a bytearray": bytearray(b"3"),
    "a complex number": 3 + 0j,
    "numpy's complex number": np.complex128(3.0),
    "an array of them": np.array([3.0 + 0j]),
    "one in an object array": np.array([np.complex128(3.0)], dtype=object),
    "a masked number": np.ma.masked,
    "a masked array": np.ma.array([3.0], mask=[True]),
    "a masked number in a list": [np.ma.masked],
    "a list that holds itself": ENDLESS,
    "a date": datetime.date(2020, 1, 1),
    "a time": np.datetime64("2020-01-01"),
    "a duration": np.timedelta64(3, "s"),
    "a duration in an object array": np.array([np.timedelta64(3, "s")], dtype=object),
    "Python's duration": datetime.timedelta(3),
    "a dictionary": {"fun": 3.0},
    "a set": {3.0},
    "a function": abs,
    "a structured array": np.zeros(1, dtype=[("f", float)]),
    "an object": object(),
    "a string in an object array": np.array(["3.0"], dtype=object),
    "too large an integer": 10**400,
    "far too large an integer": 10**5000,
}

REAL = {
    "an integer": 3,
    "a fraction": fractions.Fraction(3),
    "a decimal number": decimal.Decimal(3),
    "single precision": np.float32(3.0),
    "half precision": np.float16(3.0),
    "extended precision": np.longdouble(3.0),
    "numpy's integer": np.int8(3),
    "an array of one": np.array([[3.0]]),
    "an array of no dimension": np.array(3),
    "a list": [3.0],
    "an object array": np.array([fractions.Fraction(3)], dtype=object),
    "a masked array without a mask": np.ma.array([3.0]),
    "an unmasked one": np.ma.array([3.0], mask=[False]),
}


@pytest.mark.parametrize("given", NOT_REAL.values(), ids=NOT_REAL)
@pytest.mark.parametrize("on_error", ["raise", "reject"])
def test_what_is_no_real_number_is_an_error_that_names_it(given, on_error):
    with pytest.raises(TypeError, match=r"(?s)fun returned .+ expected a real number") as caught:
        minimize(lambda x: given if x[0] != 1.0 else 9.0, [1.0], on_error=on_error)
    assert caught.value.result.fun == 9.0
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("given", NOT_REAL.values(), ids=NOT_REAL)
def test_a_gradient_of_what_is_no_real_number_is_an_error_that_names_it(given):
    with pytest.raises(TypeError, match=r"(?s)jac returned .+ expected 1 real numbers") as caught:
        minimize(lambda x: 9.0, [1.0], jac=lambda x: given)
    assert (caught.value.result.fun, caught.value.result.nfev) == (9.0, 1)


@pytest.mark.parametrize("given", NOT_REAL.values(), ids=NOT_REAL)
def test_neither_is_it_one_among_many(given):
    rows = [given, 2.0] if given is not None else None
    with pytest.raises(TypeError, match="fun returned"):
        minimize(lambda X: rows, x0=[[1.0], [2.0]], method="genetic", vectorized=True)


@pytest.mark.parametrize("given", REAL.values(), ids=REAL)
def test_a_real_number_of_any_type_is_one(given):
    res = minimize(lambda x: given, [1.0], max_evals=1)
    assert res.fun == 3.0
    res = minimize(lambda x: 3 * x[0] ** 2, [1.0], jac=lambda x: given, max_evals=1)
    assert res.jac == 3.0


@pytest.mark.parametrize("truth", [True, np.True_, np.array([True])])
def test_a_truth_value_is_0_or_1(truth):
    assert minimize(lambda x: truth, [1.0], max_evals=1).fun == 1.0


def test_none_asks_for_a_return_statement():
    asked = r"fun returned None, expected .*: is a return statement missing\?"
    for options in {}, {"vectorized": True}, {"jac": True}:
        with pytest.raises(TypeError, match=asked):
            minimize(lambda x: None, [1.0], **options)
    for name in "jac", "hess":
        functions = {"jac": lambda x: 2 * x, name: lambda x: None}
        with pytest.raises(TypeError, match=f"{name} returned None, .* statement missing"):
            minimize(lambda x: x @ x, [1.0], method="newton", **functions)


def test_a_value_whose_repr_fails_is_named_by_its_type():
    class Mute:
        def __repr__(self):
            raise RuntimeError

    with pytest.raises(TypeError, match="fun returned a value of type Mute, expected"):
        minimize(lambda x: Mute(), [1.0])


def test_masked_components_are_no_slopes_of_0():
    slopes = np.ma.array([1.0, 2.0], mask=[False, True])
    rows = [[1.0, np.ma.masked], [1.0, 2.0]]
    for jac in lambda x: slopes, lambda x: list(slopes), lambda x: [1.0, np.ma.masked]:
        with pytest.raises(TypeError, match=r"jac returned .*masked"):
            minimize(lambda x: x @ x, [1.0, 2.0], jac=jac)
    with pytest.raises(TypeError, match=r"jac returned .*masked"), warnings.catch_warnings():
        minimize(
            lambda X: (X**2).sum(axis=1), [1.0, 2.0], jac=lambda X: rows[: len(X)], vectorized=True
        )


def test_a_masked_hessian_is_none():
    H = np.ma.array(np.eye(2), mask=[[True, False], [False, False]])
    with pytest.raises(TypeError, match=r"hess returned .*masked"):
        minimize(lambda x: x @ x, [1.0, 2.0], jac=lambda x: 2 * x, hess=lambda x: H)


def test_masked_values_told_to_a_solver_are_an_error_and_no_end():
    solver = pyminima.Solver("nelder_mead", [1.0, 2.0])
    X = solver.ask()
    with pytest.raises(TypeError, match=r"f=.*masked"):
        solver.tell(np.ma.masked_all(len(X)))
    solver.tell((X**2).sum(axis=1))
    assert solver.best[1] == 5.0


# ------------------------------------------------------------------ values that were returned ----


class Failure(Exception):
    """What the user's function raises."""


def failing(x):
    raise Failure


def pair_without_slope(x):
    return 7.0, None


WAYS = {
    "jac raises": ({"fun": lambda x: 7.0, "jac": failing}, Failure),
    "jac gives no numbers": ({"fun": lambda x: 7.0, "jac": lambda x: "?"}, TypeError),
    "jac gives too many": ({"fun": lambda x: 7.0, "jac": lambda x: np.ones(9)}, ValueError),
    "half of a pair": ({"fun": pair_without_slope, "jac": True}, TypeError),
    "complex steps": ({"fun": lambda x: 7.0, "jac": "cs"}, TypeError),
    "rows": ({"fun": lambda X: np.full(len(X), 7.0), "jac": failing, "vectorized": True}, Failure),
    "half of a pair of rows": (
        {"fun": lambda X: (np.full(len(X), 7.0), None), "jac": True, "vectorized": True},
        TypeError,
    ),
    "Ctrl-C in jac": (
        {"fun": lambda x: 7.0, "jac": lambda x: (_ for _ in ()).throw(KeyboardInterrupt)},
        KeyboardInterrupt,
    ),
}


@pytest.mark.parametrize(("given", "error"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("method", ["lbfgs", "adam", "newton"])
@pytest.mark.parametrize("check", [True, False])
def test_a_value_is_not_lost_because_its_gradient_failed(given, error, method, check):
    with pytest.raises(error) as caught:
        minimize(x0=[1.0, 2.0], method=method, check_gradient=check, **given)
    res = caught.value.result
    assert (res.fun, res.nfev, res.njev, res.jac) == (7.0, 1, 0, None)
    assert res.x.tolist() == [1.0, 2.0]


def test_a_value_is_not_lost_because_hess_failed():
    for method in "newton", "lbfgs":
        with pytest.raises(Failure) as caught:
            minimize(lambda x: x @ x, [1.0, 2.0], jac=lambda x: 2 * x, hess=failing, method=method)
        assert caught.value.result.fun <= 5.0


def test_with_a_library_a_value_is_not_lost_because_its_gradient_failed():
    autograd = pytest.importorskip("autograd")
    broken = autograd.extend.primitive(lambda x: float((x**2).sum()))
    autograd.extend.defvjp(broken, lambda got, x: failing)
    with pytest.raises(Failure) as caught:
        minimize(broken, [1.0, 2.0], jac="autograd")
    assert (caught.value.result.fun, caught.value.result.nfev) == (5.0, 1)


def test_a_torch_value_that_has_no_gradient_is_not_lost():
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match="computed from x") as caught:
        minimize(lambda x: torch.tensor(5.0), [1.0, 2.0], jac="torch")
    assert caught.value.result.fun == 5.0


@pytest.mark.parametrize("vectorized", [False, True])
def test_a_rejected_gradient_leaves_the_value(vectorized):
    """The point can be the best one; for the method it is a bad one."""

    def fun(x):
        return (x**2).sum(axis=-1)

    def jac(x):
        if (np.abs(x) < 1.5).any():
            raise Failure
        return 2 * x

    seen = []
    res = minimize(
        lambda x: seen.append(np.min(fun(x))) or fun(x),
        [3.0],
        jac=jac,
        on_error="reject",
        vectorized=vectorized,
        max_evals=60,
        classify=False,
    )
    assert res.fun == min(seen) < 1.5**2
    assert "evaluations raised and were rejected, the last one Failure" in res.message


def test_samples_keep_what_was_measured_when_the_gradient_fails():
    def jac(x, i):
        raise Failure

    with pytest.raises(Failure) as caught:
        minimize(lambda x, i: 7.0, [1.0], jac=jac, batches=Batches(10, epochs=1))
    assert caught.value.result.nfev == 1


# -------------------------------------------------------------------- errors of the objective ----


class Silent(Exception):
    """It has no text."""

    def __str__(self):
        raise ZeroDivisionError


@dataclass(frozen=True)
class Frozen(Exception):
    """It takes no attribute, not even a traceback."""

    place: int = 0


def test_an_error_without_a_text_is_rejected_like_any_other():
    calls = []

    def fun(x):
        calls.append(1)
        if len(calls) == 3:
            raise Silent
        return float(x @ x)

    res = minimize(fun, [1.0, 2.0], on_error="reject")
    assert res.fun < 1e-12
    assert "1 evaluations raised and were rejected, the last one Silent" in res.message


@pytest.mark.parametrize("after", [0, 5, 30, 45, 60, 90])
@pytest.mark.parametrize("error", [Frozen(), KeyError("mine"), StopIteration()])
@pytest.mark.parametrize("given", [{}, {"convex": True}, {"vectorized": True}])
def test_an_error_arrives_from_wherever_f_is_evaluated(after, error, given):
    """Search, polish, verdict, or the test of convexity."""
    calls = []

    def fun(x):
        calls.append(1)
        if len(calls) > after:
            raise error
        return ((x - 0.3) ** 2).sum(axis=-1)

    try:
        minimize(fun, [1.0], **given)
    except type(error) as caught:
        assert caught is error and len(calls) == after + 1
    else:
        assert len(calls) <= after


@pytest.mark.parametrize("vectorized", [False, True])
@pytest.mark.parametrize("method", ["lbfgs", "adam", "newton"])
def test_a_gradient_that_was_not_asked_for_is_not_counted(method, vectorized):
    """Where fun raised there was no call of jac."""
    values, slopes = [], []

    def fun(x):
        values.append(len(x))
        if len(values) % 3 == 2:
            raise Failure
        return (x**2).sum(axis=-1)

    def jac(x):
        slopes.append(len(x) if vectorized else 1)
        return 2 * x

    res = minimize(
        fun,
        [1.0, 2.0],
        jac=jac,
        method=method,
        on_error="reject",
        vectorized=vectorized,
        max_evals=200,
    )
    assert res.njev == sum(slopes)


def test_a_value_that_is_no_number_is_seen_before_jac_is_called():
    with pytest.raises(TypeError, match="fun returned 'x'"):
        minimize(lambda x: "x", [1.0], jac=failing)
