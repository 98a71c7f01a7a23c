"""A batch is columns over one buffer of bytes."""

from __future__ import annotations

import pytest

from creator_pulse.stream.transport.batch import Batch, Unreadable

KEYS = (b"a", None, b"")
VALUES = (b"one", b"", None)
HIDDEN = Unreadable(10, 19, 7, 5, "unreadable", b"bytes", 5)


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


def test_what_is_left_from_an_offset_begins_there(batch: Batch) -> None:
    """Offsets, timestamps and bytes of the later records; it was not read from the start."""
    rest = batch.since(5)
    assert (rest.offsets.tolist(), rest.timestamps.tolist(), rest.begin) == ([5, 9], [11, 12], 5)
    assert (rest.keys, rest.values) == ([None, b""], [b"", None])


@pytest.mark.parametrize(("offset", "left"), [(4, []), (5, [4]), (6, [4, 5]), (9, [4, 5]), (10, [4, 5, 9])])
def test_what_lies_before_an_offset_begins_as_it_did(batch: Batch, offset: int, left: list[int]) -> None:
    """Records at the offset and above it are left out; where none is left there is no batch."""
    before = batch.before(offset)
    assert (before.offsets.tolist() if before else []) == left
    assert before is None or before.begin == 2


def test_the_bytes_are_not_copied(batch: Batch) -> None:
    """A part of a batch shares its buffer."""
    assert batch.since(9).data is batch.data


def test_what_cannot_be_read_takes_its_place() -> None:
    """Seven records at the offsets 10 to 19, and none of them."""
    batch = Batch.without(HIDDEN)
    assert (batch.begin, batch.end, len(batch), batch.newest) == (10, 20, 0, 5)


@pytest.mark.parametrize(
    ("offset", "first", "count"), [(3, 10, 7), (12, 12, 7), (13, 13, 7), (16, 16, 4), (19, 19, 1)]
)
def test_what_is_left_of_what_cannot_be_read(offset: int, first: int, count: int) -> None:
    """Never more records than offsets."""
    left = Batch.without(HIDDEN).since(offset).unreadable
    assert left is not None
    assert (left.first, left.last, left.count) == (first, 19, count)


@pytest.mark.parametrize(("offset", "there"), [(10, False), (11, True), (99, True)])
def test_what_cannot_be_read_stands_where_it_begins(offset: int, there: bool) -> None:
    """Nothing of it is below its first offset; above that it is whole."""
    before = Batch.without(HIDDEN, 8).before(offset)
    assert (before is not None) is there
    assert before is None or (before.begin, before.end) == (8, 20)
