"""The watermark before each record, worked out by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from creator_pulse.stream.lanes.watermark import NONE, before_each

records = st.lists(st.tuples(st.integers(0, 10**12), st.booleans()), max_size=40)


def before(times: list[int], valid: list[bool], highest: int = NONE) -> tuple[list[int], int]:
    """With an out-of-orderness of 10."""
    marks, top = before_each(np.array(times, dtype=np.int64), np.array(valid, dtype=np.bool_), highest, 10)
    return marks.tolist(), top


def test_it_is_the_largest_earlier_time_less_the_out_of_orderness() -> None:
    """100, 50, (invalid 300), 200: none, 90, 90, 90, and 190 after the last."""
    assert before([100, 50, 300, 200], [True, True, False, True]) == ([NONE, 90, 90, 90, 190], 200)


def test_it_goes_on_from_the_batch_before() -> None:
    """With 150 seen before, an earlier record moves nothing."""
    assert before([120, 160], [True, True], 150) == ([140, 140, 150], 160)


def test_there_is_none_without_a_valid_record() -> None:
    """Only invalid records: none, also after the last."""
    assert before([100, 200], [False, False]) == ([NONE, NONE, NONE], NONE)


def test_an_empty_batch_leaves_it() -> None:
    """No records: one mark, that of before."""
    assert before([], [], 150) == ([140], 150)


@given(records, st.integers(0, 40))
def test_it_does_not_depend_on_batches(rows: list[tuple[int, bool]], cut: int) -> None:
    """Two batches cut anywhere give the marks of one."""
    times, valid = [one for one, _ in rows], [one for _, one in rows]
    whole, highest = before(times, valid)
    first, middle = before(times[:cut], valid[:cut])
    second, last = before(times[cut:], valid[cut:], middle)
    assert first[:-1] + second == whole
    assert last == highest
