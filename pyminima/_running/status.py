"""Why a run ended: the C core's list of stops, and what each of them leaves to be done."""

from __future__ import annotations

from enum import IntEnum

from pyminima import _core


class Status(IntEnum):
    """Why a run ended.

    The list is the C core's, written out here for editors and type checkers; a test compares
    the two. Which of them count as success, and their texts, are taken from there.

    Examples
    --------
    >>> import pyminima
    >>> pyminima.Status.GRADIENT
    <Status.GRADIENT: 1>
    """

    RUNNING = 0
    GRADIENT = 1
    STEP = 2
    VALUE = 3
    PRECISION = 4
    TARGET = 5
    FIXED = 6
    EXHAUSTED = 7
    EVALUATIONS = 8
    ITERATIONS = 9
    TIME = 10
    CALLBACK = 11
    INTERRUPTED = 12
    OBJECTIVE_ERROR = 13
    NOT_FINITE = 14
    UNBOUNDED = 15
    NAN_VALUE = 16
    EPOCHS = 17
    PATIENCE = 18
    NEIGHBOURS = 19
    ENOUGH = 20
    DIVERGED = 21


class Ends(IntEnum):
    """How much a stop ends, as `PM_ENDS` in pyminima.h; each one includes those before it."""

    STAGE = 0
    RUN = 1
    CALL = 2
    ALL = 3


_STOPS = _core.stops()
SUCCESS = {Status(number): success for _, number, success, _, _ in _STOPS}
TEXT = {Status(number): text for _, number, _, _, text in _STOPS}


def _ending(least: Ends) -> frozenset[Status]:
    return frozenset(Status(number) for _, number, _, ends, _ in _STOPS if ends >= least)


# After a limit nothing more is searched from this start, after a final stop from no other one
# either, and after an order of the user's not one evaluation more is made.
LIMITS = _ending(Ends.RUN)
FINAL = _ending(Ends.CALL)
ORDERS = _ending(Ends.ALL)
