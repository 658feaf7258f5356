"""Every method searches and judges as recorded, bit for bit (tests/record.py)."""

import json

import pytest
import record


def test_every_method_searches_and_judges_as_recorded():
    kept = json.loads(record.RECORD.read_text())
    here = record.arithmetic()
    if kept["arithmetic"] != here:
        # Last bits are those of the mathematical library, of BLAS and of numpy's sums.
        pytest.skip(f"recorded with {kept['arithmetic']}, here it is {here}")
    assert record.compare(kept["items"], record.recorded()) == []
