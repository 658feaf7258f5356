# What the user's functions returned, as doubles, or an error that says what was expected. Uses
# arrays.

cimport numpy as cnp
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact
from cpython.object cimport PyObject
from libc.math cimport NAN
from libc.string cimport memcpy

import decimal
import numbers as kinds

import numpy as np


cdef object on_host(value):
    """The value where numpy can read it: off its graph and device, out of a foreign array."""
    if hasattr(value, "detach"):  # a torch tensor: what its numbers were made of is of no concern
        return value.detach().cpu()
    if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
        return np.from_dlpack(value)
    return value


cdef str shown(value):
    """The value for an error message: cut where it is long, whatever its own `repr` may do."""
    try:
        text = repr(value)
    except Exception:
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 200 else f"{text[:200]}..."


# More than arrays of numpy can have: so deep a list is none, and may even be its own element.
cdef int MOST_DIMENSIONS = 64


cdef bint is_masked(value, int depth=0) except -1:
    """Whether masked values are among these: as plain numbers they would be 0 or NaN."""
    if isinstance(value, np.ma.MaskedArray):
        return np.ma.is_masked(value)
    if isinstance(value, (list, tuple)) and depth < MOST_DIMENSIONS:
        for x in value:
            if not PyFloat_CheckExact(x) and is_masked(x, depth + 1):
                return True
    return False


cdef bint is_real(x) except -1:
    """Whether one object, of whatever library, stands for a real number."""
    if isinstance(x, (kinds.Real, decimal.Decimal, np.bool_)):
        return not isinstance(x, np.timedelta64)  # to numpy it is an integer
    other = (kinds.Complex, str, bytes, np.generic, np.ndarray)
    return hasattr(type(x), "__float__") and not isinstance(x, other)


def as_real_array(what, value, expected):
    """What the user gave, as an array of doubles; whatever is no real number is an error.

    `what` introduces the value in the error: "x0=" or "fun returned ".
    """
    if pm_plain(<PyObject *>value):
        return value
    try:
        if is_masked(value):
            raise TypeError("it holds masked values")
        a = np.asarray(on_host(value))
        if a.dtype.kind not in "fiubO" or isinstance(value, bytearray):
            raise TypeError(f"it holds {a.dtype}")
        for x in a.flat if a.dtype.kind == "O" else ():
            if not is_real(x):
                raise TypeError(f"it holds {type(x).__name__}")
        return np.ascontiguousarray(a, dtype=np.float64).reshape(a.shape)
    except (TypeError, ValueError, OverflowError) as error:
        missing = value is None and what.endswith("returned ")
        why = "is a return statement missing?" if missing else error
        raise TypeError(f"{what}{shown(value)}, expected {expected}: {why}") from None


cdef double as_value(object result) except? -1.0:
    """What the objective returned, as a double: a real number, or an array that holds just one."""
    if PyFloat_CheckExact(result):
        return PyFloat_AS_DOUBLE(result)
    if isinstance(result, (float, np.floating)):
        return <double>result
    if isinstance(result, tuple) and len(result) == 2:
        raise TypeError(f"fun returned {shown(result)}, expected a real number, or jac=True for "
                        "(value, gradient)")
    a = as_real_array("fun returned ", result, "a real number")
    if a.size != 1:
        raise ValueError(f"fun returned an array of shape {a.shape}, expected a single number")
    return a.item()


cdef tuple as_pair(object result, str expected):
    """What the objective returned with jac=True, as the two that were expected."""
    if isinstance(result, (tuple, list)) and len(result) == 2:
        return tuple(result)
    hint = ": is a return statement missing?" if result is None else ""
    raise TypeError(f"jac=True, but fun returned {shown(result)}, expected {expected}{hint}")


cdef int copy_gradient(double *to, str what, object result, size_t n) except -1:
    """Copies the user's gradient, whatever its type, to n doubles."""
    cdef cnp.ndarray a
    if not pm_plain_vector(<PyObject *>result, n):
        result = as_real_array(what, result, f"{n} real numbers")
        if <size_t>result.size != n:
            raise ValueError(f"{what}an array of shape {result.shape}, expected ({n},)")
    a = result
    memcpy(to, numbers(a), n * sizeof(double))
    return 0


cdef int copy_rows(double *to, str what, object result, tuple shape) except -1:
    """Copies what a vectorised function returned; a further axis of length 1 does no harm."""
    expected = f"{shape} with vectorized=True"
    if what == "fun returned " and isinstance(result, tuple) and len(result) == 2:
        expected += ", or jac=True for (values, gradients)"
    a = as_real_array(what, result, f"real numbers of shape {expected}")
    if a.shape != shape and a.shape != (*shape, 1):
        raise ValueError(f"{what}an array of shape {a.shape}, expected {expected}")
    memcpy(to, numbers(a), a.size * sizeof(double))
    return 0


cdef void fill_nan(double *to, size_t count) noexcept:
    cdef size_t k
    for k in range(count):
        to[k] = NAN
