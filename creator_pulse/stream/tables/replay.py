"""A lane counted once more from the start of its log, past the records at which counting fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.tables.care import is_of_data, sound
from creator_pulse.stream.tables.origin import anchor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from creator_pulse.stream.tables.origin import Anchor
    from creator_pulse.stream.tables.patient_reader import PatientReader
    from creator_pulse.stream.transport.batch import Batch
    from creator_pulse.stream.windows.lane import Lane


class Replayed(NamedTuple):
    """What came of it.

    Attributes:
        lane: where it stands.
        state: its changelog entries.
        last: the last record that could be read.
    """

    lane: Lane
    state: dict[bytes, bytes | None]
    last: Anchor | None


class Replay:
    """Begins again after each failure, and takes what failed record by record then.

    By the replay law the records that fail are those that failed when they were counted first.

    Args:
        make: an empty lane.
        source: its log.
        now_ms: epoch ms.
    """

    def __init__(self, make: Callable[[], Lane], source: PatientReader, now_ms: int) -> None:
        self._make = make
        self._source = source
        self._now_ms = now_ms
        self._failed: list[tuple[int, int]] = []
        """First offset of what failed together, and the one behind it."""
        self._refused: set[int] = set()

    async def run(self, end: int) -> Replayed:
        """Count all below an offset."""
        while (replayed := await self._once(end)) is None:
            continue
        return replayed

    async def _once(self, end: int) -> Replayed | None:
        """None where something failed that did not before."""
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
        """The batch, or its records one by one where some of them failed together."""
        if not any(first < batch.end and batch.begin < until for first, until in self._failed):
            yield batch
            return
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
        """Remember what failed; whether that is new."""
        if len(part) == 1 and int(part.offsets[0]) not in self._refused:
            self._failed.append((part.begin, part.end))
            self._refused.add(int(part.offsets[0]))
            return True
        if len(part) > 1:
            self._failed.append((part.begin, part.end))
            return True
        return False
