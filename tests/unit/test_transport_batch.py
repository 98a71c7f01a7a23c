"""A batch is columns over one buffer of bytes."""

from __future__ import annotations

import pytest

from creator_pulse.stream.transport.batch import Batch

KEYS = (b"a", None, b"")
VALUES = (b"one", b"", None)


@pytest.fixture
def batch() -> Batch:
    """Three records at the offsets 4, 5 and 9, read from 2 on."""
    return Batch.of([4, 5, 9], [10, 11, 12], KEYS, VALUES, 2)


def test_keys_and_values_are_those_it_was_made_of(batch: Batch) -> None:
    """Bytes, nothing and null stay apart, as lists and one by one."""
    assert (batch.keys, batch.values) == (list(KEYS), list(VALUES))
    assert [(batch.key(row), batch.value(row)) for row in range(3)] == list(zip(KEYS, VALUES, strict=True))


def test_it_begins_where_it_was_read(batch: Batch) -> None:
    """At the stated start, or else at its first record."""
    assert (batch.begin, Batch.of([4], [0], [None], [b"x"]).begin) == (2, 4)


def test_what_is_left_from_a_row_begins_there(batch: Batch) -> None:
    """Offsets, timestamps and bytes of the later rows; it was not read from the start."""
    rest = batch.since(1)
    assert (rest.offsets.tolist(), rest.timestamps.tolist(), rest.begin) == ([5, 9], [11, 12], 5)
    assert (rest.keys, rest.values) == ([None, b""], [b"", None])


@pytest.mark.parametrize(("offset", "left"), [(4, []), (5, [4]), (6, [4, 5]), (9, [4, 5]), (10, [4, 5, 9])])
def test_what_lies_before_an_offset_begins_as_it_did(batch: Batch, offset: int, left: list[int]) -> None:
    """Records at the offset and above it are left out."""
    assert (batch.before(offset).offsets.tolist(), batch.before(offset).begin) == (left, 2)


def test_the_bytes_are_not_copied(batch: Batch) -> None:
    """A part of a batch shares its buffer."""
    assert batch.since(2).data is batch.data
