"""The ledger of a call: its limits hold in a scope, and no point that was met is lost."""

from __future__ import annotations

import numpy as np
import pytest

from pyminima import _core
from pyminima._running.ledger import NOTHING, Ledger
from pyminima._running.status import Status


def ledger(**limits):
    evaluator = _core.Evaluator(1, lambda x: x[0] ** 2)
    return Ledger(evaluator, **limits)


def value(ledger, x):
    return ledger.evaluator.batch(np.array([[x]]))


@pytest.mark.parametrize(("keep", "left"), [(0, 9), (4, 5), (50, 0)])
def test_what_is_reserved_is_there_again_after_the_scope(keep, left):
    book = ledger(max_evals=10)
    book.begin()
    value(book, 1.0)
    with pytest.raises(KeyError), book.reserved(keep):
        assert book.left(0) == left
        assert (value(book, 2.0)[0] == 0) == (left > 0)
        raise KeyError
    assert book.left(0) == 10 - book.evaluator.nfev


def test_where_nothing_is_limited_a_scope_may_be():
    book = ledger()
    book.begin()
    assert book.unlimited and book.granted is None and book.left(7) == 7
    with book.reserved(3):
        assert book.left(7) == 7
    with book.reserved(3, otherwise=5):
        assert book.left(7) == 5
    assert book.left(7) == 7


def test_a_run_is_granted_its_share_of_what_is_left():
    book = ledger(max_evals=100, max_iter=9)
    book.begin(0.25)
    assert (book.granted, book.steps) == (25, 2)
    for k in range(25):
        value(book, float(k))
    book.begin(0.5, least=60)
    assert (book.began, book.granted, book.spent()) == (25, 60, Status.RUNNING)


def test_the_lowest_point_is_kept_whose_record_it_may_be():
    book = ledger()
    book.begin()
    value(book, 2.0)
    mine = book.evaluator.best
    with book.aside(mine):
        value(book, 1.0)
    assert book.evaluator.best[1] == 4.0 and book.stray[1] == 1.0
    with book.aside(mine) as visit:
        value(book, 0.5)
        visit.add()
        value(book, 0.75)
    assert book.evaluator.best[1] == 0.25 and book.stray[1] == 0.5625
    book.begin()
    assert book.evaluator.best[1] == np.inf and book.stray[1] == 0.25
    book.resume(NOTHING)
    assert book.stray[1] == 0.25
