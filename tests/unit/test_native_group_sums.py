"""Compiled sums by group and distinct numbers, against what Python makes of the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.native.sums import distinct, summed_by_group

NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=50)


@given(NUMBERS)
def test_distinct_numbers_come_in_their_order(numbers: list[int]) -> None:
    """Each once, in the order in which it first comes, and every row finds its own."""
    values, place = distinct(np.array(numbers, dtype=np.int64))
    assert values.tolist() == list(dict.fromkeys(numbers))
    assert [values[at] for at in place.tolist()] == numbers


def test_sums_by_group_are_direct_sums() -> None:
    """Group 0 has 5 and -7, group 1 has 3: -2 and 3; the largest value beside them is 7."""
    sums, largest = summed_by_group(np.array([0, 1, 0]), 2, [np.array([5, 3, -7])])
    assert (sums.tolist(), largest) == ([[-2], [3]], [7])


def test_the_least_integer_is_the_largest_value() -> None:
    """The absolute value of -2^63 is 2^63, which no 64 bits hold."""
    _, largest = summed_by_group(np.array([0]), 1, [np.array([-(2**63)])])
    assert largest == [2**63]


@pytest.mark.parametrize("group", [-1, 2])
def test_a_group_that_is_none_is_refused(group: int) -> None:
    """Of two groups there is neither one before the first nor a third."""
    with pytest.raises(ValueError, match="beyond the last"):
        summed_by_group(np.array([group]), 2, [np.array([1])])


def test_columns_of_other_lengths_are_refused() -> None:
    """Two rows have no column of three values."""
    with pytest.raises(ValueError, match="as many values"):
        summed_by_group(np.array([0, 0]), 1, [np.array([1, 2, 3])])
