"""Each compiled module beside plain Python, with random and lying input."""

from __future__ import annotations

from random import Random

import pytest

from tests.support.native_fuzz import ROUNDS


@pytest.mark.parametrize("name", ROUNDS)
def test_random_input_is_taken_as_plain_python_takes_it(name: str) -> None:
    """Two hundred seeds; ``make sanitize`` plays thousands in checked modules."""
    assert sum(ROUNDS[name](Random(seed)) for seed in range(200)) >= 200
