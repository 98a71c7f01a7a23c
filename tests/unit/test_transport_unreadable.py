"""A stored batch that cannot be read takes its place in the log; nothing of it moves anything further."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from creator_pulse.stream.transport.batch import MOST_STORED
from tests.support.stored_batches import (
    ABORT,
    COMMIT,
    CONTROL,
    CRC_AT,
    HEADER,
    TRANSACTIONAL,
    Shape,
    broken,
    marker,
    ours,
    places,
    reading,
    sealed,
    simple,
)

DATA = Path(__file__).parents[1] / "data"
ZSTD = 4
UNREADABLE, TOO_LARGE = "unreadable", "too_large"


def case(name: str) -> bytes:
    """A stored batch that a real broker took."""
    return (DATA / f"batch-{name}.bin").read_bytes()


@pytest.mark.parametrize("name", ["gzip-trailing-bytes", "snappy-other-version"])
def test_a_batch_that_java_reads_is_read(name: str) -> None:
    """Two records each, and the position after them."""
    batches = ours(case(name))
    assert (len(batches.rows), batches.position, batches.unreadable) == (2, 2, [])


def test_an_inner_offset_outside_of_the_header_makes_a_batch_unreadable() -> None:
    """Its second record says to be a million further; the header says that there are two."""
    batches = ours(case("inner-offset-1000000"))
    assert (batches.rows, batches.position, places(batches)) == ([], 2, [(0, 1, 2, UNREADABLE)])


def test_what_is_too_large_is_not_read() -> None:
    """8 KB that are 256 MiB: one record, by its header."""
    batches = ours(case("zstd-256MiB"))
    assert (batches.rows, batches.position, places(batches)) == ([], 1, [(0, 0, 1, TOO_LARGE)])


@pytest.mark.parametrize("deltas", [(0, 0), (1, 0), (0, 2), (-1, 0)])
def test_offsets_within_a_batch_rise_to_its_last_one(deltas: tuple[int, int]) -> None:
    """Two records with the offsets 0 and 1 by their header, and others by themselves."""
    rows = tuple((delta, 1_000, b"k", b"v", ()) for delta in deltas)
    batches = ours(Shape(rows, last_delta=1).build() + simple(base=2).build())
    assert places(batches) == [(0, 1, 2, UNREADABLE)]
    assert [row[0] for row in batches.rows] == [2, 3, 4]


def test_what_stands_around_it_is_read() -> None:
    """Three records, three that cannot be read, three more."""
    batches = ours(simple().build() + broken(3) + simple(base=6).build())
    assert [row[0] for row in batches.rows] == [0, 1, 2, 6, 7, 8]
    assert (places(batches), batches.position) == ([(3, 5, 3, UNREADABLE)], 9)


def test_it_is_given_in_its_turn_and_the_position_follows() -> None:
    """A consumer may stop behind each of them."""
    reader = reading(simple().build() + broken(3) + broken(6) + simple(base=9).build(), 10**6)
    steps = [(len(batch), batch.unreadable is not None, reader.next_fetch_offset) for batch in reader]
    assert steps == [(3, False, 3), (0, True, 6), (0, True, 9), (3, False, 12)]


def test_a_fetch_of_nothing_else_moves_the_position() -> None:
    """A consumer that got none would fetch it for ever."""
    assert ours(broken()).position == 3


def test_it_begins_where_was_asked_for() -> None:
    """From its third offset on there is one record at most, whatever the header says."""
    assert places(ours(broken(), begin=2)) == [(2, 2, 1, UNREADABLE)]


def test_it_is_kept_as_it_was_up_to_a_size() -> None:
    """The bytes that Kafka has, and how many there are."""
    data = broken()
    (small,) = ours(data).unreadable
    large = bytearray(Shape(((0, 1, b"k", b"v" * 600_000, ()),)).build())
    large[HEADER] ^= 0xFF
    (cut,) = ours(sealed(large)).unreadable
    assert (small.stored, small.length) == (data, len(data))
    assert (cut.stored, cut.length) == (sealed(large)[:MOST_STORED], len(large))


def test_it_says_the_time_that_its_header_has() -> None:
    """The largest of its records'."""
    assert [part.timestamp for part in ours(broken()).unreadable] == [1_002]


def test_an_aborted_transaction_is_left_out_unread() -> None:
    """Nobody has to know what it held."""
    data = broken(attributes=TRANSACTIONAL, producer=7) + marker(ABORT, 3, 7) + simple(base=4).build()
    batches = ours(data, aborted=[(7, 0)])
    assert ([row[0] for row in batches.rows], batches.unreadable) == ([4, 5, 6], [])


@pytest.mark.parametrize("kind", [ABORT, COMMIT])
def test_a_marker_that_cannot_be_read_ends_its_transaction(kind: bytes) -> None:
    """It is no record: neither counted nor an error, and the producer's next records are read."""
    data = bytearray(marker(kind, 3, 7))
    data[HEADER:] = b"\xff" * (len(data) - HEADER)
    first = simple(attributes=TRANSACTIONAL, producer=7).build()
    following = simple(base=4, attributes=TRANSACTIONAL, producer=7).build()
    batches = ours(first + sealed(data) + following, aborted=[(7, 0)] if kind == ABORT else None)
    assert batches.unreadable == []
    assert [row[0] for row in batches.rows] == ([0, 1, 2] if kind == COMMIT else []) + [4, 5, 6]


def test_a_control_batch_without_a_transaction_is_left_out() -> None:
    """Of whatever kind."""
    batches = ours(simple(1, attributes=CONTROL).build() + simple(base=1).build())
    assert ([row[0] for row in batches.rows], batches.unreadable) == ([1, 2, 3], [])


def test_a_wrong_checksum_is_fetched_once_more() -> None:
    """It may have been broken on its way: what stands before it is given, and the reader stops there."""
    data = bytearray(simple(base=3).build())
    data[CRC_AT] ^= 1
    reader = reading(simple().build() + bytes(data) + simple(base=6).build(), 10**6)
    assert [batch.offsets.tolist() for batch in reader] == [[0, 1, 2]]
    assert reader.next_fetch_offset == 3


def test_a_wrong_checksum_that_stays_is_unreadable() -> None:
    """Then it is what the broker has; what stands behind it is read."""
    data = bytearray(simple(base=3).build())
    data[CRC_AT] ^= 1
    batches = ours(simple().build() + bytes(data) + simple(base=6).build())
    assert [row[0] for row in batches.rows] == [0, 1, 2, 6, 7, 8]
    assert places(batches) == [(3, 5, 3, UNREADABLE)]


def test_a_last_offset_without_a_checksum_is_not_believed() -> None:
    """A header of three records that says a million offsets: the position moves by three."""
    data = bytearray(simple().build())
    struct.pack_into(">i", data, 23, 999_999)
    batches = ours(bytes(data))
    assert (places(batches), batches.position) == ([(0, 2, 3, UNREADABLE)], 3)


@pytest.mark.parametrize("length", [-100, 0, 5, 40])
def test_a_batch_shorter_than_its_header_is_passed_over(length: int) -> None:
    """No broker keeps one; a reader must come to an end all the same."""
    data = bytearray(simple(1).build())
    struct.pack_into(">i", data, 8, length)
    assert ours(bytes(data)).position >= 1


def test_a_poll_ends_where_it_has_given_enough() -> None:
    """Of ten batches of 4 MiB each it gives four; the others are left to be fetched again."""
    large = 4 * 1024 * 1024
    data = b"".join(Shape(((0, 1, b"k", bytes(large), ()),), base, ZSTD).build() for base in range(10))
    reader = reading(data, 1)
    assert sum(len(batch.data) for batch in reader) < 5 * large
    assert reader.next_fetch_offset == 4


def test_a_batch_ends_where_it_is_large_enough() -> None:
    """However many records may be in one: of 4 MiB each two are together."""
    large = 4 * 1024 * 1024
    data = b"".join(Shape(((0, 1, b"k", bytes(large), ()),), base, ZSTD).build() for base in range(3))
    assert len(next(iter(reading(data, 10**6)))) == 2
