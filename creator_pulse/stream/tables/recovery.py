"""From a changelog back to a lane: as it was written, or built again from the source, or not at all."""

from __future__ import annotations

import gc
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.tables.origin import ORIGIN, Origin, decode
from creator_pulse.stream.tables.replay import Replay, Replayed
from creator_pulse.stream.windows.lane import MARKER, Entry, Lane, Marker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from creator_pulse.stream.tables.patient_reader import PatientReader

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """A lane with its state.

    Attributes:
        lane: where it stood at its last commit.
        origin: of its source log.
        marker: as stored; None for a lane that never committed.
        mended: entries to be written before anything else, where the state was built again.
    """

    lane: Lane
    origin: Origin
    marker: bytes | None
    mended: tuple[Entry, ...] = ()


async def recover(
    make: Callable[[], Lane], changelog: PatientReader, source: PatientReader, now_ms: int
) -> Recovered:
    """Read a lane back.

    Args:
        make: an empty lane.
        changelog: its changelog partition.
        source: its source partition.
        now_ms: epoch ms.

    Raises:
        ChangelogError: the state cannot be had in full; the text says what to do.
        UnreachableError: the log does not answer.
    """
    first, entries, readable = await _entries(changelog)
    stored = entries.pop(ORIGIN, None)
    try:
        origin = Origin(now_ms) if stored is None else decode(stored)
        _check_whole(first, entries, origin, readable)
        lane = make()
        with _collector_paused():
            lane.restore(entries.items())
    except ChangelogError as error:
        return await _Rebuild(make, changelog, source, now_ms).run(error, (first, readable), entries, stored)
    return Recovered(lane, origin, entries.get(MARKER))


async def _entries(changelog: PatientReader) -> tuple[int, dict[bytes, bytes], int]:
    """The first offset, the live entries, and the offset after the last batch that cannot be read."""
    first, end = await changelog.bounds()
    readable = 0
    # Tombstones and null keys stay until the end: this loop sees every update of ten minutes and more.
    newest: dict[bytes | None, bytes | None] = {}
    async for batch in changelog.read(first, end):
        if batch.unreadable is not None:
            readable = batch.end
        newest.update(zip(batch.keys, batch.values, strict=True))
    live = {key: value for key, value in newest.items() if key is not None and value is not None}
    return first, live, readable


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No garbage collection: a million new entries set it off again and again, for half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _check_whole(first: int, entries: Mapping[bytes, bytes], origin: Origin, readable: int) -> None:
    """Compaction never moves a log's first offset, so one that moved tells of deleted entries.

    Raises:
        ChangelogError: entries are missing.
    """
    if first > origin.floor:
        raise ChangelogError(f"its entries below offset {first} were deleted")
    if readable > origin.readable:
        raise ChangelogError(f"a batch that ends at its offset {readable - 1} cannot be read")
    if entries and MARKER not in entries:
        raise ChangelogError("it has entries, but no marker that says how far they go")


class _Rebuild:
    """Counts a lane's records once more, to where its marker stands, and sends nothing on.

    What the records led to was sent in the transactions that moved the marker. By the replay law the
    same records give the same state, so the lane then stands where it stood.
    """

    def __init__(
        self, make: Callable[[], Lane], changelog: PatientReader, source: PatientReader, now_ms: int
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

        Raises:
            ChangelogError: the source does not hold all that was counted.
        """
        try:
            origin, marker = self._read_back(entries, stored)
            await self._check_source(origin, marker)
            name = self._source.name
            logger.warning("%s: %s; building it again from %s", self._changelog.name, cause, name)
            replayed = await self._replay(origin, marker)
        except ChangelogError as error:
            raise ChangelogError(
                f"the changelog {self._changelog.name} cannot be used ({cause}), nor its state built again "
                f"({error}): stop the workers and begin afresh, as docs/exactness.md says"
            ) from cause
        whole = origin.whole_from(*bounds)
        mended: dict[bytes, bytes | None] = dict.fromkeys(entries)
        mended |= replayed.state | {ORIGIN: msgspec.msgpack.encode(whole)}
        return Recovered(replayed.lane, whole, replayed.state.get(MARKER), tuple(mended.items()))

    def _read_back(self, entries: Mapping[bytes, bytes], stored: bytes | None) -> tuple[Origin, Marker]:
        if not self._make().replays:
            raise ChangelogError("results of it were stated, and must not be stated twice")
        if stored is None or MARKER not in entries:
            raise ChangelogError("it does not say how far was counted")
        try:
            return decode(stored), msgspec.msgpack.decode(entries[MARKER], type=Marker)
        except msgspec.MsgspecError as error:
            raise ChangelogError(f"its marker cannot be read: {error}") from error

    async def _check_source(self, origin: Origin, marker: Marker) -> None:
        first, end = await self._source.bounds()
        if origin.resets or first > 0 or end < marker.next_offset:
            raise ChangelogError(f"{self._source.name} no longer holds every record that was counted")

    async def _replay(self, origin: Origin, marker: Marker) -> Replayed:
        replayed = await Replay(self._make, self._source, self._now_ms).run(marker.next_offset)
        if replayed.lane.next_offset != marker.next_offset or replayed.last != origin.last:
            raise ChangelogError(f"{self._source.name} is another log than the one that was counted")
        return replayed
