"""Which log a lane has been reading, so that one made anew or cut is not taken for the one before.

Offsets alone don't tell: a topic that was deleted and created again soon has as many records. So the
changelog also keeps digests of two records that were counted, the last one and an early one.
"""

from __future__ import annotations

import logging
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from creator_pulse.stream.errors import ChangelogError

if TYPE_CHECKING:
    from creator_pulse.stream.tables.patient_reader import PatientReader
    from creator_pulse.stream.transport.batch import Batch
    from creator_pulse.stream.windows.lane import Lane

logger = logging.getLogger(__name__)

ORIGIN = b"o"
"""Key of the changelog entry."""


class Anchor(msgspec.Struct, frozen=True, array_like=True):
    """A record that was counted.

    Attributes:
        offset: where it stood.
        digest: of its timestamp, key and value.
    """

    offset: int
    digest: int


class Origin(msgspec.Struct, frozen=True, array_like=True):
    """What is known of the source log; written with every marker.

    Attributes:
        began: when the lane began on this log, epoch ms; higher for a later log.
        resets: how often the log was found made anew, or cut below what had been counted.
        floor: first offset of the changelog when it was last known to be whole.
        base: an early record.
        last: the last record counted.
        readable: offset of the changelog below which whatever cannot be read has been written again.
    """

    began: int
    resets: int = 0
    floor: int = 0
    base: Anchor | None = None
    last: Anchor | None = None
    readable: int = 0

    def counted(self, base: Anchor | None, last: Anchor) -> Origin:
        """After more records: another last one, and the early one where there was none.

        Only records that could be read are anchors: whether one can may change with a setting.
        """
        return replace(self, base=self.base or base, last=last)

    def kept_from(self, first: int) -> Origin:
        """After retention: without an early record that is gone."""
        is_gone = self.base is not None and self.base.offset < first
        return replace(self, base=None) if is_gone else self

    def reset(self, now_ms: int) -> Origin:
        """After the log turned out to be another, or shorter than it was."""
        began, resets = max(now_ms, self.began + 1), self.resets + 1
        return replace(self, began=began, resets=resets, base=None, last=None)

    def whole_from(self, floor: int, readable: int) -> Origin:
        """With another first offset of a changelog that is whole, and another of what can be read of it."""
        return replace(self, floor=floor, readable=readable)


def anchor(batch: Batch, row: int) -> Anchor:
    """The anchor of one record of a batch."""
    key, value = batch.key(row) or b"", batch.value(row) or b""
    text = b"%d|%d|" % (int(batch.timestamps[row]), len(key))
    digest = blake2b(text + key + value, digest_size=8).digest()
    return Anchor(int(batch.offsets[row]), int.from_bytes(digest, "big"))


def decode(packed: bytes) -> Origin:
    """An origin from its entry.

    Raises:
        ChangelogError: the bytes are not one.
    """
    try:
        return msgspec.msgpack.decode(packed, type=Origin)
    except msgspec.MsgspecError as error:
        raise ChangelogError(f"the entry of the lane's origin cannot be read: {error}") from error


async def locate(lane: Lane, origin: Origin, source: PatientReader, now_ms: int) -> Origin:
    """Set a restored lane to where reading goes on.

    A lane without a marker begins at the log's start. Records that retention removed unread are
    counted as lost. A log made anew is read from its start, on top of the totals so far; one that
    only lost its end is read from there, for what is left of it was counted.

    Args:
        lane: restored.
        origin: as restored.
        source: the lane's source.
        now_ms: epoch ms.

    Returns:
        the origin that goes with the lane from now on.
    """
    first, end = await source.bounds()
    marker = lane.next_offset
    if marker is None:
        lane.start_at(first, 0)
        return origin
    if marker < first:
        logger.error("%s lost %s records to retention", source.name, first - marker)
        lane.start_at(first, first - marker)
        return origin.kept_from(first)
    if marker <= end and await _holds(origin.last, source, first, end) is not False:
        return origin.kept_from(first)
    if await _holds(origin.base, source, first, end):
        place = min(marker, end)
        logger.error("%s was cut below %s, which was counted: going on at %s", source.name, marker, place)
    else:
        place = first
        logger.error(
            "%s was made anew (counted to %s, ends at %s): counting from its start", source.name, marker, end
        )
    lane.start_at(place, 0)
    return origin.reset(now_ms)


async def _holds(counted: Anchor | None, source: PatientReader, first: int, end: int) -> bool | None:
    """Whether the log still holds a record; None where it cannot tell."""
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
