"""Compiled sums by group and distinct numbers, against what Python makes of the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.native.sums import distinct, joined, nonzero, rises, summed_by_group

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


def test_limbs_are_joined_to_their_sums() -> None:
    """5 and 1 above 2^36 are 2^36 + 5; 2^36 - 1 below -1 is -1, as a negative sum borrows from above."""
    low, high = np.array([5, 2**36 - 1]), np.array([1, -1])
    sums = joined([low, high])
    assert sums is not None
    assert sums.tolist() == [2**36 + 5, -1]


@pytest.mark.parametrize("limbs", [[2**52, 2**52], [-(2**52), 2**52]])
def test_sums_of_many_digits_are_not_joined(limbs: list[int]) -> None:
    """Absolute values of 2^53 together: products of such a sum with a per cent would not be exact."""
    assert joined([np.array(limbs)]) is None


def test_a_third_limb_is_too_large() -> None:
    """One above 2^72 is 2^72; where there is none, the third limb adds nothing."""
    none = np.array([0])
    assert joined([none, none, np.array([1])]) is None
    narrow = joined([np.array([7]), none, none])
    assert narrow is not None
    assert narrow.tolist() == [7]


def test_rows_of_zeros_are_told_from_others() -> None:
    """Only the second of these rows is 0 throughout; a column of another array's rows is read in place."""
    numbers = np.array([[0, 3, 1], [0, 0, 2], [-1, 1, 3]])
    assert nonzero(numbers[:, :2]).tolist() == [True, False, True]


@pytest.mark.parametrize("codes", [[], [4], [4, 4, 7]])
def test_equal_codes_are_in_order(codes: list[int]) -> None:
    """Codes are in order if none is below the one before it."""
    assert rises(np.array(codes, dtype=np.uint64))


def test_a_lower_code_is_out_of_order() -> None:
    """6 is below 7."""
    assert not rises(np.array([4, 7, 6], dtype=np.uint64))
