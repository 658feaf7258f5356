# Compares a gradient with differences of values at points near the start. Uses arrays,
# evaluator.

cimport numpy as cnp
from libc.math cimport isfinite


def units(x, size, lower, upper):
    """The lengths (n,) over which each variable is taken to change the value, inside the box."""
    cdef size_t n = len(x), i
    cdef cnp.ndarray at = vector(x, n), typical = vector(size, n)
    cdef cnp.ndarray low = vector(lower, n), high = vector(upper, n), lengths = new_vector(n)
    for i in range(n):
        numbers(lengths)[i] = pm_unit(
            numbers(at)[i], numbers(typical)[i], numbers(low)[i], numbers(high)[i])
    return lengths


def direction(x, unit, lower, upper, double room):
    """A random vector (n,) of about one unit, to where x has room of so many; always the same."""
    cdef size_t n = len(x)
    cdef cnp.ndarray at = vector(x, n), low = vector(lower, n), high = vector(upper, n)
    cdef cnp.ndarray d = new_vector(n), lengths = vector(unit, n)
    pm_direction(numbers(d), numbers(at), numbers(lengths), numbers(low), numbers(high), room, n)
    return d


def along(x, d, lengths, lower, upper):
    """The points x + length d, moved into the box: (m, n)."""
    cdef size_t n = len(x), m = len(lengths), j
    cdef cnp.ndarray at = vector(x, n), to = vector(d, n), X = table(m, n)
    cdef cnp.ndarray low = vector(lower, n), high = vector(upper, n)
    for j in range(m):
        pm_along(numbers(X) + j * n, numbers(at), lengths[j], numbers(to), numbers(low),
                 numbers(high), n)
    return X


def ways(P, Q, at_P, at_Q):
    """What values and gradients say of the ways from the rows of Q (m, n) to those of P.

    Each place has values (m,) and gradients (m, n). Returns length, change, predicted and size of
    `pm_way`: (4, m).
    """
    cdef size_t m = len(P), n = len(P[0]), j
    cdef cnp.ndarray p = vector(P.ravel(), m * n), q = vector(Q.ravel(), m * n)
    cdef cnp.ndarray F = vector(at_P[0], m), G = vector(at_P[1].ravel(), m * n)
    cdef cnp.ndarray there = vector(at_Q[0], m), turned = vector(at_Q[1].ravel(), m * n)
    cdef cnp.ndarray found = table(4, m)
    cdef pm_place to, start
    cdef pm_way way
    for j in range(m):
        to.x, to.f, to.g = numbers(p) + j * n, numbers(F)[j], numbers(G) + j * n
        start.x, start.f = numbers(q) + j * n, numbers(there)[j]
        start.g = numbers(turned) + j * n
        way = pm_way_between(&to, &start, n)
        numbers(found)[j] = way.length
        numbers(found)[m + j] = way.change
        numbers(found)[2 * m + j] = way.predicted
        numbers(found)[3 * m + j] = way.size
    return found


def all_single(F):
    """Whether every one of the values (m,) is such as single precision has."""
    cdef size_t m = len(F)
    cdef cnp.ndarray values = vector(F, m)
    return pm_all_single(numbers(values), m)


def look_beside(Evaluator evaluator, x0, d, double length, lower, upper):
    """Evaluates x0 and the point x0 + length d, moved into the box, with their gradients.

    Returns the two as (x, f, g), and what they say of the way from the first to the second:
    change, predicted, size and turned of `pm_way`. What is not to be had, because of a limit
    or the target, or because it is not finite, is None.
    """
    cdef size_t n = evaluator.c.n
    cdef cnp.ndarray x = vector(x0, n), p = new_vector(n), to = vector(d, n)
    cdef cnp.ndarray low = vector(lower, n), high = vector(upper, n)
    cdef cnp.ndarray g_x = new_vector(n), g_p = new_vector(n)
    cdef pm_place here, there
    cdef pm_way way
    here.x, here.g, here.f = numbers(x), numbers(g_x), evaluator.probe(numbers(x), numbers(g_x))
    if evaluator.reached or not isfinite(here.f):
        return None, None, None
    start = x, here.f, g_x
    pm_along(numbers(p), numbers(x), length, numbers(to), numbers(low), numbers(high), n)
    there.x, there.g, there.f = numbers(p), numbers(g_p), evaluator.probe(numbers(p), numbers(g_p))
    if evaluator.reached or not isfinite(there.f):
        return start, None, None
    way = pm_way_between(&there, &here, n)
    return start, (p, there.f, g_p), (way.change, way.predicted, way.size, way.turned)
