"""Letters: late and invalid records, handed on as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.transport.batch import Batch, OutRecord
from creator_pulse.stream.transport.names import DEAD_TOPIC, LATE_TOPIC

if TYPE_CHECKING:
    from creator_pulse.stream.transport.batch import Unreadable

LARGEST_VALUE = 512 * 1024
"""Bytes of a letter's value; the rest is cut, and its length stands in the headers."""
LARGEST_KEY = 4 * 1024
"""Bytes of the letter's key; the rest is cut."""


class Letters:
    """Letters of one partition.

    Args:
        topic: full name of the lane's source topic.
        partition: its number, from 0.

    Example:
        >>> batch = Batch.of([7], [0], [None], [b"{"])
        >>> letter = Letters("creator.gift", 0).dead(batch, 0, "not_json")
        >>> letter.value, dict(letter.headers)["offset"]
        (b'{', b'7')
    """

    def __init__(self, topic: str, partition: int) -> None:
        self._topic = topic.encode()
        self._partition = str(partition).encode()

    def late(self, batch: Batch, row: int, late_ms: int) -> OutRecord:
        """Of a late record, with by how much it missed the allowed lateness."""
        return self._of_record(LATE_TOPIC, batch, row, ("reason", b"late"), ("late_ms", _text(late_ms)))

    def dead(self, batch: Batch, row: int, reason: str) -> OutRecord:
        """Of an invalid record, with the reason."""
        return self._of_record(DEAD_TOPIC, batch, row, ("reason", reason.encode()))

    def unreadable(self, batch: Unreadable) -> OutRecord:
        """Of a stored batch that cannot be read: one letter for all its records, without a key."""
        headers = (
            *self._place(batch.first, batch.length),
            ("reason", batch.reason.encode()),
            ("last_offset", _text(batch.last)),
            ("records", _text(batch.count)),
        )
        return OutRecord(DEAD_TOPIC, None, batch.stored[:LARGEST_VALUE], headers=headers)

    def _of_record(self, topic: str, batch: Batch, row: int, *more: tuple[str, bytes]) -> OutRecord:
        key, value = batch.key(row), batch.value(row)
        length = 0 if value is None else len(value)
        # A dead letter must fit into one record whatever its source allowed: the headers carry the full
        # length.
        cut = None if value is None else value[:LARGEST_VALUE]
        if key is None and cut is None:
            cut = b""  # Kafka takes no record without both; its length and reason describe it.
        key = None if key is None else key[:LARGEST_KEY]
        headers = (*self._place(int(batch.offsets[row]), length), *more)
        return OutRecord(topic, key, cut, headers=headers)

    def _place(self, offset: int, length: int) -> tuple[tuple[str, bytes], ...]:
        return (
            ("topic", self._topic),
            ("partition", self._partition),
            ("offset", _text(offset)),
            ("length", _text(length)),
        )


def _text(number: int) -> bytes:
    return str(number).encode()
