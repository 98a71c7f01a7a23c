"""A lane counted once more from the start of its log, past the records at which counting fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.tables.care import is_of_data, sound
from creator_pulse.stream.tables.log_identity import anchor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from creator_pulse.stream.lanes.lane import Lane
    from creator_pulse.stream.tables.bounded_reader import BoundedReader
    from creator_pulse.stream.tables.log_identity import Anchor
    from creator_pulse.stream.transport.batch import Batch


class Replayed(NamedTuple):
    """The result of a replay.

    Attributes:
        lane: after the last record.
        state: its changelog entries.
        last: anchor of the last record that could be decoded; None if there was none.
    """

    lane: Lane
    state: dict[bytes, bytes | None]
    last: Anchor | None


class Replay:
    """Starts over after each failure, then takes record by record the batch that failed.

    By the replay law the records that fail are those that failed when they were counted first.

    Args:
        make: creates an empty lane.
        source: reads the lane's source partition.
        now_ms: when the lane is opened, epoch ms.
    """

    def __init__(self, make: Callable[[], Lane], source: BoundedReader, now_ms: int) -> None:
        self._make = make
        self._source = source
        self._now_ms = now_ms
        # First offset of each part that failed, and the offset after it.
        self._failed: list[tuple[int, int]] = []
        self._refused: set[int] = set()

    async def run(self, end: int) -> Replayed:
        """Count all records below the source offset ``end``."""
        while (replayed := await self._once(end)) is None:
            continue
        return replayed

    async def _once(self, end: int) -> Replayed | None:
        """One attempt; None if something failed that did not fail before."""
        lane, last = self._make(), None
        state: dict[bytes, bytes | None] = {}
        lane.start_at(0, 0)
        async for batch in self._source.read(0, end):
            for part in self._parts(batch):
                try:
                    self._count(lane, part)
                    checkpoint = lane.checkpoint(self._now_ms)
                except BaseException as error:
                    if not is_of_data(error) or not self._blame(part):
                        raise
                    return None
                last = anchor(part, -1) if len(part) else last
                state.update(checkpoint.entries if checkpoint else ())
        return Replayed(lane, state, last)

    def _parts(self, batch: Batch) -> Iterator[Batch]:
        """The batch, or the records one by one if some failed together."""
        if not any(first < batch.end and batch.begin < until for first, until in self._failed):
            yield batch
            return
        # An unreadable batch has no rows, and is yielded as a whole below.
        for row in range(len(batch)):
            yield batch.rows(row, row + 1)
        if batch.unreadable is not None:
            yield batch

    def _count(self, lane: Lane, part: Batch) -> None:
        if len(part) == 1 and (int(part.offsets[0]) in self._refused or not sound(lane, part)):
            lane.refuse(part)
        else:
            lane.apply(part)

    def _blame(self, part: Batch) -> bool:
        """Remember a part that failed; whether it is a new one."""
        if len(part) == 1 and int(part.offsets[0]) not in self._refused:
            self._failed.append((part.begin, part.end))
            self._refused.add(int(part.offsets[0]))
            return True
        if len(part) > 1:
            self._failed.append((part.begin, part.end))
            return True
        return False
