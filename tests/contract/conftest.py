"""What the tests of the contract rely on."""

import pytest

# Its assertions are those of many tests: they are to say what they compared.
pytest.register_assert_rewrite("subjects")
