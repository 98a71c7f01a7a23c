"""What source lanes tell merge lanes: partial aggregates of an interval, and how far their log has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import msgspec

from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.panes.cells import Labels  # noqa: TC001 - msgspec reads the fields of Lot
from creator_pulse.stream.transport.record_size import text_size

if TYPE_CHECKING:
    from collections.abc import Iterator


class Lot(NamedTuple):
    """Rows of a partial aggregate that stand together: one label set in one pane.

    Attributes:
        labels: values of the plain labels of the table.
        start: of the pane, ms.
        kind: see ``lateness.py``.
        rows: how many.

    Example:
        >>> Lot(("tiktok", "US"), start=60_000, kind=0, rows=2).labels
        ('tiktok', 'US')
    """

    labels: Labels
    start: int
    kind: int
    rows: int


class Partial(msgspec.Struct, array_like=True):
    """A partial aggregate of one table, as columns: what one interval adds to its sums.

    Attributes:
        table: name of one of the tables.
        lots: which rows belong to which labels and pane, in their order; none if there are only names.
        keys: columns of keys, of the narrowest unsigned integers that hold them.
        sums: name of the column -> likewise; columns of zeros are absent.
        names: start of a pane, ms, and texts of some keys: each text is told once an hour.

    Example:
        >>> Partial("t", [Lot(("tiktok",), 0, 0, rows=2)], keys=[], sums={"gifts": bytes([1, 2])}).rows
        2
    """

    table: str
    lots: list[Lot]
    keys: list[bytes]
    sums: dict[str, bytes]
    names: list[tuple[int, list[str]]] = []

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum([lot.rows for lot in self.lots])

    def spans(self) -> Iterator[tuple[Lot, slice]]:
        """Each lot with the indexes of its rows, which follow those of the lot before."""
        end = 0
        for lot in self.lots:
            begin, end = end, end + lot.rows
            yield lot, slice(begin, end)

    @property
    def size(self) -> int:
        """Bytes, nearly."""
        texts = sum(
            map(text_size, (self.table, *self.sums, *(text for _, some in self.names for text in some)))
        )
        columns = sum(len(column) + 5 for column in (*self.keys, *self.sums.values()))
        return 64 + 16 * len(self.names) + texts + columns + sum([lot_size(lot.labels) for lot in self.lots])


class PaneRecord(msgspec.Struct, array_like=True):
    """One record of ``pulse.pane``, from one source lane to one merge lane.

    It holds increments: record and source offset commit in one transaction and are read
    ``read_committed``, so each is added exactly once.

    Attributes:
        topic: input topic without prefix.
        partition: source partition.
        watermark: after the last record, ms; None where the log has none yet.
        idle: whether the partition is idle by its worker's clock.
        health: pane start (ms), outcome index, increment: for the trust series of the topic's values.
        reference: version of the references in use.
        since: records that the lane had read before those of this interval.
        read: the same after them; ``since`` where more parts of the interval follow.
        parts: partial aggregates of the tables.

    Example:
        >>> record = PaneRecord("gift", 0, watermark=60_000, idle=False, health=[], since=0, read=2)
        >>> decode(encode(record)) == record
        True
    """

    topic: str
    partition: int
    watermark: int | None
    idle: bool
    health: list[tuple[int, int, int]]
    reference: int = 0
    since: int = 0
    read: int = 0
    parts: list[Partial] = []


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(PaneRecord)


def encode(record: PaneRecord) -> bytes:
    """A pane record's bytes."""
    return _ENCODER.encode(record)


def decode(value: bytes) -> PaneRecord:
    """A pane record from its bytes.

    Raises:
        LaneError: they are not one.
    """
    try:
        return _DECODER.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise LaneError(f"a record of the pane topic cannot be read: {error}") from error


def route(values: Labels, partitions: int) -> int:
    """The merge lane for a set of label values: what must meet, meets; others may meet there too."""
    # CRC-32 is the same in every process and version, as Python's hash of a text is not.
    return crc32("|".join(values).encode()) % partitions


def lot_size(labels: Labels) -> int:
    """Upper bound of a lot's bytes, without the rows."""
    return 32 + sum(map(text_size, labels))
