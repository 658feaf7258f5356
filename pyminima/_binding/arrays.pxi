# Arrays of doubles: those that the C core reads and those that it fills. Uses nothing else here.

cimport numpy as cnp
from cpython.object cimport PyObject
from libc.math cimport HUGE_VAL, isfinite
from libc.string cimport memcpy


cdef extern from *:
    """
    /* May the array handed to the objective be handed to it again?  Only if nobody else holds it
     * and nobody has changed what it is: a reference count of 1 alone would miss a resize or a
     * change of its flags. */
    static inline int pm_unique(PyObject *o)
    {
    #if PY_VERSION_HEX >= 0x030E0000
        return PyUnstable_Object_IsUniquelyReferenced(o);
    #elif defined(Py_GIL_DISABLED)
        return _Py_IsOwnedByCurrentThread(o) &&
               _Py_atomic_load_uint32_relaxed(&o->ob_ref_local) == 1 &&
               _Py_atomic_load_ssize_relaxed(&o->ob_ref_shared) == 0;
    #else
        return Py_REFCNT(o) == 1;
    #endif
    }

    static inline int pm_reusable(PyObject *o, size_t n)
    {
        PyArrayObject *a = (PyArrayObject *)o;
        return pm_unique(o) && PyArray_NDIM(a) == 1 && (size_t)PyArray_DIM(a, 0) == n &&
               PyArray_DESCR(a)->type_num == NPY_DOUBLE && PyArray_ISCARRAY(a) &&
               PyArray_CHKFLAGS(a, NPY_ARRAY_OWNDATA);
    }

    static inline int pm_plain(PyObject *o)
    {
        PyArrayObject *a = (PyArrayObject *)o;
        return PyArray_CheckExact(o) && PyArray_DESCR(a)->type_num == NPY_DOUBLE &&
               PyArray_ISCARRAY_RO(a);
    }

    static inline int pm_plain_vector(PyObject *o, size_t n)
    {
        PyArrayObject *a = (PyArrayObject *)o;
        return pm_plain(o) && PyArray_NDIM(a) == 1 && (size_t)PyArray_DIM(a, 0) == n;
    }
    """
    bint pm_reusable(PyObject *, size_t)
    bint pm_plain(PyObject *)
    bint pm_plain_vector(PyObject *, size_t)


cdef inline cnp.ndarray new_vector(size_t n):
    cdef cnp.npy_intp shape = n
    return cnp.PyArray_EMPTY(1, &shape, cnp.NPY_DOUBLE, 0)


cdef inline double *numbers(cnp.ndarray a) noexcept:
    return <double *>cnp.PyArray_DATA(a)


cdef cnp.ndarray vector(object a, size_t n):
    """A contiguous array of n doubles, for the C core to read."""
    if pm_plain_vector(<PyObject *>a, n):
        return a
    cdef cnp.ndarray v = cnp.PyArray_FROMANY(a, cnp.NPY_DOUBLE, 1, 1, cnp.NPY_ARRAY_CARRAY_RO)
    if <size_t>cnp.PyArray_DIM(v, 0) != n:
        raise ValueError(f"expected {n} numbers, got {cnp.PyArray_DIM(v, 0)}")
    return v


cdef cnp.ndarray table(size_t m, size_t n):
    """An array of m rows of n doubles, not set."""
    cdef cnp.npy_intp shape[2]
    shape[0] = m
    shape[1] = n
    return cnp.PyArray_EMPTY(2, shape, cnp.NPY_DOUBLE, 0)


cdef cnp.ndarray copied(const double *x, size_t m, size_t n):
    """x[m][n] as a new array of its own."""
    cdef cnp.ndarray a = table(m, n)
    memcpy(numbers(a), x, m * n * sizeof(double))
    return a


def all_finite(a):
    """Whether all numbers of an array of doubles are finite, without a temporary array."""
    cdef cnp.ndarray v = cnp.PyArray_FROMANY(a, cnp.NPY_DOUBLE, 0, 0, cnp.NPY_ARRAY_CARRAY_RO)
    cdef double *x = numbers(v)
    cdef size_t i, n = cnp.PyArray_SIZE(v)
    for i in range(n):
        if not isfinite(x[i]):
            return False
    return True


def no_bounds(size_t n):
    """Bounds (n,) that leave every variable free: lower, upper."""
    cdef cnp.ndarray lower = new_vector(n), upper = new_vector(n)
    cdef size_t i
    for i in range(n):
        numbers(lower)[i] = -HUGE_VAL
        numbers(upper)[i] = HUGE_VAL
    return lower, upper


def all_fixed(lower, upper):
    """Whether the bounds (n,) leave no variable any room."""
    cdef size_t n = len(lower), i
    cdef cnp.ndarray low = vector(lower, n), high = vector(upper, n)
    for i in range(n):
        if numbers(low)[i] < numbers(high)[i]:
            return False
    return True
