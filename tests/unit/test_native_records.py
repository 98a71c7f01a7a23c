"""Record batches read as columns: aiokafka's own builder and reader are the oracle."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creator_pulse.stream.native.records import Columns
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.batch_consumer import _KeptRecords, _reader
from tests.support.stored_batches import (
    ABORT,
    APPEND_TIME,
    CODECS,
    COMMIT,
    COUNT_AT,
    CRC_AT,
    HEADER,
    PLACE,
    TRANSACTIONAL,
    Outcome,
    Row,
    Shape,
    both,
    by_the_book,
    emptied,
    marker,
    ours,
    places,
    reading,
    sealed,
    simple,
    theirs,
)

NULLABLE = st.none() | st.binary(max_size=40) | st.integers(0, 400).map(lambda size: b"z" * size)
HEADERS = st.lists(st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=9)), max_size=3).map(tuple)
TIMES = st.integers(0, 2**62)


@st.composite
def shapes(draw: st.DrawFn, codecs: tuple[int, ...] = tuple(CODECS.values())) -> Shape:
    """Batches of any of these codecs with gaps, nulls, headers and large numbers."""
    deltas = sorted(draw(st.sets(st.integers(0, 2**31 - 2), min_size=1, max_size=12)))
    rows = tuple((at, draw(TIMES), draw(NULLABLE), draw(NULLABLE), draw(HEADERS)) for at in deltas)
    base = draw(st.integers(0, 2**61))
    attributes = draw(st.sampled_from([0, APPEND_TIME]))
    return Shape(rows, base, draw(st.sampled_from(codecs)), attributes)


@given(shapes())
@settings(max_examples=100, deadline=None)
@pytest.mark.slow
def test_any_batch_is_read_as_aiokafka_reads_it(shape: Shape) -> None:
    """Offsets, timestamps, keys, values and the next offset."""
    assert len(both(shape.build()).rows) == len(shape.records)


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_a_batch_of_each_codec_is_read(codec: int) -> None:
    """Five hundred records compress; each comes back."""
    batches = both(simple(500, codec=codec).build())
    assert batches.rows == [(at, 1_000 + at, b"k%d" % at, b"v%d" % at) for at in range(500)]


def test_null_and_empty_are_told_apart() -> None:
    """A null is None, nothing is empty bytes."""
    rows = ((0, 1, None, b"", ()), (1, 1, b"", None, ()))
    assert [row[2:] for row in both(Shape(rows).build()).rows] == [(None, b""), (b"", None)]


def test_the_brokers_time_is_that_of_all_records() -> None:
    """With the append-time bit, the header's last timestamp counts and the deltas do not."""
    batches = both(simple(attributes=APPEND_TIME).build())
    assert [row[1] for row in batches.rows] == [1_002, 1_002, 1_002]


def test_several_batches_make_one() -> None:
    """Of all codecs in turn, with their offsets."""
    data = b"".join(simple(40, base=40 * at, codec=codec).build() for at, codec in enumerate(CODECS.values()))
    batches = both(data)
    assert [row[0] for row in batches.rows] == list(range(200))
    assert batches.position == 200


@pytest.mark.parametrize(("most", "sizes"), [(1, [3, 3, 3]), (4, [6, 3]), (9, [9]), (99, [9])])
def test_a_batch_ends_with_the_stored_one_that_fills_it(most: int, sizes: list[int]) -> None:
    """Three stored batches of three records, and how many may be together."""
    data = b"".join(simple(base=base).build() for base in (0, 3, 6))
    reader = reading(data, most)
    assert [len(batch) for batch in reader] == sizes


def test_the_position_is_that_of_the_last_batch_given_out() -> None:
    """Between two batches it is the first one's end: a consumer may stop there."""
    data = simple().build() + simple(base=3).build()
    reader = reading(data, 1)
    positions = [reader.next_fetch_offset for _ in reader]
    assert positions == [3, 6]


@pytest.mark.parametrize("begin", range(3))
def test_records_before_the_position_are_left_out(begin: int) -> None:
    """A broker answers with the whole batch that holds the offset asked for."""
    data = simple().build() + simple(base=3).build()
    assert [row[0] for row in both(data, begin=begin).rows] == list(range(begin, 6))


def test_a_batch_that_compaction_emptied_moves_the_position() -> None:
    """No record, and the next offset is the one after its last."""
    batches = both(emptied(simple().build()))
    assert (batches.rows, batches.position) == ([], 3)


def test_what_compaction_took_from_a_batchs_end_moves_the_position() -> None:
    """The last offset is the header's, not the last record's."""
    assert both(simple(last_delta=9).build()).position == 10


def test_an_aborted_transaction_is_left_out() -> None:
    """Another producer's records between it stay, and so do its own after the marker."""
    kinds = {"attributes": TRANSACTIONAL}
    data = (
        simple(base=0, producer=7, **kinds).build()
        + simple(base=3, producer=8, **kinds).build()
        + marker(ABORT, 6, 7)
        + simple(base=7, producer=7, **kinds).build()
        + marker(COMMIT, 10, 7)
        + marker(COMMIT, 11, 8)
    )
    batches = both(data, aborted=[(7, 0)])
    assert [row[0] for row in batches.rows] == [3, 4, 5, 7, 8, 9]
    assert batches.position == 12


def test_control_records_alone_move_the_position() -> None:
    """A fetch may hold nothing else."""
    batches = both(marker(COMMIT, 4, 7), begin=4)
    assert (batches.rows, batches.position) == ([], 5)


def test_an_empty_control_batch_is_passed_over() -> None:
    """Compaction leaves the header of a producer's last batch; it says nothing of an abort."""
    assert ours(emptied(marker(ABORT, 0, 7))) == Outcome([], 1)


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_a_fetch_cut_anywhere_gives_its_whole_batches(codec: int) -> None:
    """A broker cuts an answer at the size asked for; both readers stop at the same place."""
    first, second = simple(40, codec=codec).build(), simple(40, base=40, codec=codec).build()
    for end in range(len(first) + len(second)):
        batches = both((first + second)[:end])
        assert len(batches.rows) == (40 if end >= len(first) else 0)


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_a_flipped_byte_is_unreadable_or_changes_nothing_unseen(codec: int) -> None:
    """Every byte in turn: no row where aiokafka has an error, else the same rows."""
    data = simple(40, codec=codec).build()
    for at in range(len(data)):
        broken = bytearray(data)
        broken[at] ^= 1
        if at != 16:  # the format's number: aiokafka would read an old format
            mine, other = ours(bytes(broken)), theirs(bytes(broken))
            assert bool(mine.unreadable) == bool(other.error) or 8 <= at < 12, at
            assert not mine.rows if mine.unreadable else mine == other, at


def columns_of(data: bytes, count: int) -> Columns:
    """Bytes as the records of a batch whose header says nothing of its offsets."""
    columns = Columns(-(2**63))
    columns.add(data, count, 0, 2**31 - 1, 0, True)
    return columns


def rows(data: bytes, count: int) -> list[Row] | None:
    """What the columns say that some bytes are; None where they say that they are broken."""
    try:
        offsets, timestamps, *spans = columns_of(data, count).table_of_rows()
    except ValueError:
        return None
    batch = Batch(offsets, timestamps, data, *spans)
    columns = (batch.offsets.tolist(), batch.timestamps.tolist(), batch.keys, batch.values)
    return list(zip(*columns, strict=True))


@pytest.mark.slow
@given(st.data())
@settings(max_examples=300, deadline=None)
def test_lying_bytes_are_read_by_the_book_or_not_at_all(data: st.DataObject) -> None:
    """Some bytes of sound records changed, wherever: the same rows, or refused where the book does."""
    shape = data.draw(shapes((0,)))
    changed = bytearray(shape.build()[HEADER:])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at] = data.draw(st.sampled_from([0, 1, 2, 127, 128, 255]) | st.integers(0, 255))
    lying, count = bytes(changed), len(shape.records)
    assert rows(lying, count) == by_the_book(lying, count)


def zigzag(number: int) -> bytes:
    """A number that is not negative, as records write it."""
    encoded, left = bytearray(), number << 1
    while left > 0x7F:
        encoded.append(0x80 | left & 0x7F)
        left >>= 7
    return bytes([*encoded, left])


NO_KEY = b"\0\0\0\1"
"""Attributes, two deltas of 0 and a null key."""
BROKEN = {
    "no attributes": zigzag(0),
    "a byte left over": zigzag(7) + NO_KEY + b"\1\0" + b"x",
    "a header without a name": zigzag(8) + NO_KEY + b"\1\2" + b"\1\1",
    "a header that a name ends": zigzag(8) + NO_KEY + b"\1\2" + b"\2n",
    "fewer than no headers": zigzag(6) + NO_KEY + b"\1\1",
    "a record longer than its batch": zigzag(2**62) + NO_KEY + zigzag(2**40) + b"abc",
} | {
    f"a {name} of 2^{power} bytes": zigzag(len(before + zigzag(2**power - 1))) + before + zigzag(2**power - 1)
    for name, before in (("key", NO_KEY[:3]), ("value", NO_KEY))
    for power in (2, 31, 62, 63)
}


@pytest.mark.parametrize("record", BROKEN.values(), ids=BROKEN)
def test_a_broken_record_is_refused(record: bytes) -> None:
    """One thing wrong in each; the largest lengths, added to a place, pass the largest number."""
    with pytest.raises(ValueError, match=r"1 (whole )?records"):
        columns_of(record, 1)


@given(st.binary(max_size=120), st.integers(0, 20))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_records_or_an_error(data: bytes, count: int) -> None:
    """Nothing outside of them is read: every part lies within."""
    try:
        _, _, *spans = columns_of(data, count).table_of_rows().tolist()
    except ValueError:
        return
    for at, length in (*zip(*spans[:2], strict=True), *zip(*spans[2:], strict=True)):
        assert 0 <= at <= at + max(length, 0) <= len(data)


@pytest.mark.parametrize(("said", "counted"), [(-1, 1), (0, 1), (2, 2), (4, 3), (2**31 - 1, 3)])
def test_a_lying_number_of_records_makes_a_batch_unreadable(said: int, counted: int) -> None:
    """Three records, of which the header says another number: counted as that many, from 1 to its offsets."""
    data = bytearray(simple().build())
    struct.pack_into(">i", data, COUNT_AT, said)
    assert places(ours(sealed(data))) == [(0, 2, counted, "unreadable")]


def test_a_number_without_an_end_is_an_error() -> None:
    """Eleven bytes that all say that another follows."""
    with pytest.raises(ValueError, match="11 bytes are not 1 whole records"):
        columns_of(b"\xff" * 11, 1)


def test_an_unchecked_batch_is_read_without_its_checksum() -> None:
    """``check_crcs=False`` holds as in aiokafka."""
    data = bytearray(simple().build())
    data[CRC_AT] ^= 0xFF
    assert len(both(bytes(data), check=False).rows) == 3
    assert places(ours(bytes(data))) == [(0, 2, 3, "unreadable")]


@pytest.mark.parametrize("magic", [0, 1, 3])
def test_another_record_format_is_unreadable(magic: int) -> None:
    """It is one record at its offset: what stands behind it is read."""
    data = bytearray(simple(1).build())
    data[16] = magic
    batches = ours(bytes(data) + simple(base=1).build())
    assert places(batches) == [(0, 0, 1, "unreadable")]
    assert [row[0] for row in batches.rows] == [1, 2, 3]


def test_a_compressed_batch_of_an_old_format_takes_the_offsets_before_its_own() -> None:
    """It says the last offset only; the first is the one that was asked for."""
    data = bytearray(simple(1, base=4).build())
    data[16], data[17] = 1, 1
    assert places(ours(bytes(data), begin=2)) == [(2, 4, 3, "unreadable")]


def test_another_consumer_reads_records_as_ever() -> None:
    """Only the consumer that asks for batches gets them."""
    reader = _reader(PLACE, _KeptRecords(simple().build()), None, 0, None, None, True, 1)
    assert [batch.value for batch in reader] == [b"v0", b"v1", b"v2"]
