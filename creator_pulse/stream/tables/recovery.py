"""From a changelog back to a lane: restored as written, or rebuilt from the source, or an error."""

from __future__ import annotations

import gc
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.lanes.lane import MARKER, Entry, Lane, Marker
from creator_pulse.stream.tables.log_identity import LOG_IDENTITY, LogIdentity, decode
from creator_pulse.stream.tables.replay import Replay, Replayed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from creator_pulse.stream.tables.bounded_reader import BoundedReader

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """A lane with its state.

    Attributes:
        lane: as of its last commit.
        identity: of the source log.
        marker: as stored; None if the lane never committed.
        mended: entries to write before anything else, if the state was rebuilt; otherwise empty.
    """

    lane: Lane
    identity: LogIdentity
    marker: bytes | None
    mended: tuple[Entry, ...] = ()


async def recover(
    make: Callable[[], Lane], changelog: BoundedReader, source: BoundedReader, now_ms: int
) -> Recovered:
    """Restore a lane.

    Args:
        make: creates an empty lane.
        changelog: reads the lane's changelog partition.
        source: reads the lane's source partition.
        now_ms: when the lane is opened, epoch ms.

    Raises:
        ChangelogError: the state cannot be restored in full; the text says what to do.
        UnreachableError: the log does not answer.
    """
    first, entries, readable = await _entries(changelog)
    stored = entries.pop(LOG_IDENTITY, None)
    try:
        identity = LogIdentity(now_ms) if stored is None else decode(stored)
        _check_whole(first, entries, identity, readable)
        lane = make()
        with _collector_paused():
            lane.restore(entries.items())
    except ChangelogError as error:
        return await _Rebuild(make, changelog, source, now_ms).run(error, (first, readable), entries, stored)
    return Recovered(lane, identity, entries.get(MARKER))


async def _entries(changelog: BoundedReader) -> tuple[int, dict[bytes, bytes], int]:
    """Read a changelog partition.

    Returns:
        its first offset, the live entries, and the offset after the last batch that cannot be read (0 if
        there is none).
    """
    first, end = await changelog.bounds()
    readable = 0
    # Tombstones and null keys stay until the end: this loop sees every update of ten minutes and more.
    newest: dict[bytes | None, bytes | None] = {}
    async for batch in changelog.read(first, end):
        if batch.unreadable is not None:
            readable = batch.end
        newest.update(zip(batch.keys, batch.values, strict=True))
    # The newest value of each key is what compaction would leave; a None is a tombstone.
    live = {key: value for key, value in newest.items() if key is not None and value is not None}
    return first, live, readable


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause garbage collection, which a million new entries set off again and again: half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _check_whole(first: int, entries: Mapping[bytes, bytes], identity: LogIdentity, readable: int) -> None:
    """Make sure that no entry is missing.

    Compaction never moves a log's first offset: if it has moved, entries were deleted.

    Raises:
        ChangelogError: entries are missing.
    """
    if first > identity.floor:
        raise ChangelogError(f"its entries below offset {first} were deleted")
    if readable > identity.readable:
        raise ChangelogError(f"a batch that ends at its offset {readable - 1} cannot be read")
    if entries and MARKER not in entries:
        raise ChangelogError("it has entries, but no marker that says how far they go")


class _Rebuild:
    """Counts a lane's records once more, up to its marker, and sends nothing downstream.

    The results of these records were sent in the transactions that moved the marker. By the replay law the
    same records give the same state, so the lane then stands where it stood.
    """

    def __init__(
        self, make: Callable[[], Lane], changelog: BoundedReader, source: BoundedReader, now_ms: int
    ) -> None:
        self._make = make
        self._changelog = changelog
        self._source = source
        self._now_ms = now_ms

    async def run(
        self,
        cause: ChangelogError,
        bounds: tuple[int, int],
        entries: Mapping[bytes, bytes],
        stored: bytes | None,
    ) -> Recovered:
        """The rebuilt lane, and the entries that replace those of the changelog.

        Args:
            cause: why the changelog cannot be used.
            bounds: its first offset, and the offset after its last unreadable batch.
            entries: live entries of the changelog, key -> value.
            stored: the entry of the log's identity.

        Raises:
            ChangelogError: the source does not hold all that was counted.
        """
        try:
            identity, marker = self._read_back(entries, stored)
            await self._check_source(identity, marker)
            name = self._source.name
            logger.warning("%s: %s; building it again from %s", self._changelog.name, cause, name)
            replayed = await self._replay(identity, marker)
        except ChangelogError as error:
            raise ChangelogError(
                f"the changelog {self._changelog.name} cannot be used ({cause}), nor its state built again "
                f"({error}): stop the workers and begin afresh, as docs/exactness.md says"
            ) from cause
        whole = identity.whole_from(*bounds)
        # A tombstone for each former entry, and over them the entries of the rebuilt state.
        mended: dict[bytes, bytes | None] = dict.fromkeys(entries)
        mended |= replayed.state | {LOG_IDENTITY: msgspec.msgpack.encode(whole)}
        return Recovered(replayed.lane, whole, replayed.state.get(MARKER), tuple(mended.items()))

    def _read_back(self, entries: Mapping[bytes, bytes], stored: bytes | None) -> tuple[LogIdentity, Marker]:
        if not self._make().replays:
            raise ChangelogError("results of it were stated, and must not be stated twice")
        if stored is None or MARKER not in entries:
            raise ChangelogError("it does not say how far was counted")
        try:
            return decode(stored), msgspec.msgpack.decode(entries[MARKER], type=Marker)
        except msgspec.MsgspecError as error:
            raise ChangelogError(f"its marker cannot be read: {error}") from error

    async def _check_source(self, identity: LogIdentity, marker: Marker) -> None:
        first, end = await self._source.bounds()
        if identity.resets or first > 0 or end < marker.next_offset:
            raise ChangelogError(f"{self._source.name} no longer holds every record that was counted")

    async def _replay(self, identity: LogIdentity, marker: Marker) -> Replayed:
        replayed = await Replay(self._make, self._source, self._now_ms).run(marker.next_offset)
        if replayed.lane.next_offset != marker.next_offset or replayed.last != identity.last:
            raise ChangelogError(f"{self._source.name} is another log than the one that was counted")
        return replayed
