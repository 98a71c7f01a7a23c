"""Which log a lane has been reading, so that one recreated or truncated is not mistaken for the former one.

Offsets alone do not tell: a topic that was deleted and created again soon has as many records. So the
changelog also stores digests of two counted records, the last one and an early one.
"""

from __future__ import annotations

import logging
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from creator_pulse.stream.errors import ChangelogError

if TYPE_CHECKING:
    from creator_pulse.stream.lanes.lane import Lane
    from creator_pulse.stream.tables.bounded_reader import BoundedReader
    from creator_pulse.stream.transport.batch import Batch

logger = logging.getLogger(__name__)

LOG_IDENTITY = b"o"
"""Key of the changelog entry."""


class Anchor(msgspec.Struct, frozen=True, array_like=True):
    """A counted record, by which the log is recognised.

    Attributes:
        offset: its source offset.
        digest: 64 bits of a hash over timestamp, key and value.
    """

    offset: int
    digest: int


class LogIdentity(msgspec.Struct, frozen=True, array_like=True):
    """The state of the source log as the lane knows it; written with every marker.

    Attributes:
        began: when the lane began on this log, epoch ms; higher for a later log.
        resets: how often the log turned out to be recreated, or truncated below the counted offset.
        floor: first offset of the changelog when it was last known to be complete.
        base: an early record, None if retention has removed it.
        last: the last counted record.
        readable: changelog offset below which everything unreadable has been rewritten.
    """

    began: int
    resets: int = 0
    floor: int = 0
    base: Anchor | None = None
    last: Anchor | None = None
    readable: int = 0

    def counted(self, base: Anchor | None, last: Anchor) -> LogIdentity:
        """After more records: with another last one, and an early one if there was none.

        Only records that could be decoded become anchors, because a setting may change which those are.
        """
        return replace(self, base=self.base or base, last=last)

    def kept_from(self, first: int) -> LogIdentity:
        """After retention: without the early record if it lies below ``first``, the first offset left."""
        is_gone = self.base is not None and self.base.offset < first
        return replace(self, base=None) if is_gone else self

    def reset(self, now_ms: int) -> LogIdentity:
        """After the log turned out to be another one, or shorter than it was."""
        # Strictly higher than before, even if the clock has gone back: versions of views are compared by it.
        began, resets = max(now_ms, self.began + 1), self.resets + 1
        return replace(self, began=began, resets=resets, base=None, last=None)

    def whole_from(self, floor: int, readable: int) -> LogIdentity:
        """With new bounds of a changelog that is complete.

        Args:
            floor: the changelog's first offset.
            readable: offset below which everything unreadable has been rewritten.
        """
        return replace(self, floor=floor, readable=readable)


def anchor(batch: Batch, row: int) -> Anchor:
    """The anchor of one record.

    Args:
        batch: n records with their keys and values.
        row: 0 to n - 1, or negative from the end.
    """
    key, value = batch.key(row) or b"", batch.value(row) or b""
    # The key's length tells where the value begins: moving bytes from one to the other changes the digest.
    text = b"%d|%d|" % (int(batch.timestamps[row]), len(key))
    digest = blake2b(text + key + value, digest_size=8).digest()
    return Anchor(int(batch.offsets[row]), int.from_bytes(digest, "big"))


def decode(packed: bytes) -> LogIdentity:
    """An identity from its changelog entry.

    Raises:
        ChangelogError: the bytes are not one.
    """
    try:
        return msgspec.msgpack.decode(packed, type=LogIdentity)
    except msgspec.MsgspecError as error:
        raise ChangelogError(f"the entry of the log's identity cannot be read: {error}") from error


async def locate(lane: Lane, identity: LogIdentity, source: BoundedReader, now_ms: int) -> LogIdentity:
    """Set a restored lane to the offset at which it goes on reading.

    A lane without a marker begins at the log's start. Records that retention removed unread are counted as
    lost. If the log was recreated, it is read from its start, on top of the totals so far. If only its end is
    lost, reading goes on at the new end, because the rest was counted.

    Args:
        lane: restored; it is moved.
        identity: as the changelog had it; None if there is none.
        source: the lane's source partition.
        now_ms: when the lane is opened, epoch ms.

    Returns:
        the identity that goes with the lane from now on.
    """
    first, end = await source.bounds()
    marker = lane.next_offset
    if marker is None:
        lane.start_at(first, 0)
        return identity
    if marker < first:
        logger.error("%s lost %s records to retention", source.name, first - marker)
        lane.start_at(first, first - marker)
        return identity.kept_from(first)
    # Unknown counts as held: after retention no anchor is left that could deny it.
    if marker <= end and await _holds(identity.last, source, first, end) is not False:
        return identity.kept_from(first)
    if await _holds(identity.base, source, first, end):
        place = min(marker, end)
        logger.error("%s was cut below %s, which was counted: going on at %s", source.name, marker, place)
    else:
        place = first
        logger.error(
            "%s was made anew (counted to %s, ends at %s): counting from its start", source.name, marker, end
        )
    lane.start_at(place, 0)
    return identity.reset(now_ms)


async def _holds(counted: Anchor | None, source: BoundedReader, first: int, end: int) -> bool | None:
    """Whether the log still holds a record; None if that cannot be told, for example after retention."""
    if counted is None or counted.offset < first:
        return None
    if counted.offset >= end:
        return False
    try:
        parts = [batch async for batch in source.read(counted.offset, counted.offset + 1)]
    except ChangelogError:
        # Retention has passed it since the bounds were asked; a fetch finds out what is lost.
        return None
    if any(batch.unreadable for batch in parts):
        return None
    return [anchor(batch, 0) for batch in parts] == [counted]
