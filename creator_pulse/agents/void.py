"""Declaring records of an input partition void: whoever reads the log from then on does not count them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.agents.reference_writer import write_reference
from creator_pulse.agents.utc import to_second
from creator_pulse.stream.errors import VoidError
from creator_pulse.stream.events.reference_entry import Entry, encoded
from creator_pulse.stream.events.reference_judge import judged
from creator_pulse.stream.settings import INPUT_TOPICS
from creator_pulse.stream.transport.names import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.log import TimedLog

_MOST_RANGES = 20


@dataclass(frozen=True, slots=True)
class VoidRange:
    """Consecutive records of an input partition.

    Attributes:
        topic: with or without prefix.
        partition: its number, from 0.
        first: offset of the first record; None: look for records that are dated ahead of the clock.
        last: offset of the last record, inclusive.
    """

    topic: str
    partition: int
    first: int | None = None
    last: int | None = None


class Voider:
    """Carries out ``pulse void``.

    Args:
        settings: topics and partitions, and how far a record may be ahead.
        log: with the records and the reference topic.
        clock: gives the time that the entry is dated with.
        tell: takes lines for the user.
    """

    def __init__(self, settings: Settings, log: TimedLog, clock: Clock, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._log = log
        self._clock = clock
        self._tell = tell

    async def run(self, void_range: VoidRange, why: str, *, write: bool) -> dict[str, object]:
        """Show which records would be void, and declare them void if ``write`` is set.

        Args:
            void_range: the records; without offsets only those dated ahead of the clock are shown.
            why: a note for whoever reads the log later.
            write: whether to declare, or only to show.

        Returns:
            the report.

        Raises:
            VoidError: there are no such records.
            UnreachableError: Kafka does not answer.
        """
        name = self._named(void_range)
        begin, end = await self._log.bounds(self._settings.topic(name), void_range.partition)
        if void_range.first is None or void_range.last is None:
            return await self._look(name, void_range.partition, end)
        self._check(void_range.first, void_range.last, begin, end)
        records = await self._show(name, void_range.partition, void_range.first, void_range.last)
        entry = Entry(
            kind="void",
            id=f"{name}:{void_range.partition}",
            valid_from=self._clock.now_ms(),
            note=why or None,
            first_offset=void_range.first,
            last_offset=void_range.last,
        )
        refused = judged(encoded(entry), self._settings.day_offsets)
        if isinstance(refused, str):
            raise VoidError(f"this would be no entry ({refused}): shorten --why, or see to the clock")
        if not write:
            self._tell("nothing is declared yet: the same with --yes declares it")
        else:
            await write_reference(self._log, self._settings, entry, "void")
            self._tell(f"declared: {entry.key.decode()} in {self._settings.topic(REFERENCE)}")
            self._tell(
                "what was counted of it stays counted until the state begins afresh: stop the workers, go on "
                "as docs/operate.md says under A poisoned log"
            )
        return {"declared": write, "records": records, "entry": encoded(entry).decode()}

    def _named(self, void_range: VoidRange) -> str:
        """The topic without prefix.

        Raises:
            VoidError: it is no input topic, or has no such partition.
        """
        name = void_range.topic.removeprefix(self._settings.topic(""))
        if name not in INPUT_TOPICS:
            raise VoidError(f"{void_range.topic!r} is no input topic: one of {', '.join(INPUT_TOPICS)}")
        count = self._settings.partitions_of(name)
        if not 0 <= void_range.partition < count:
            raise VoidError(f"{name} has the partitions 0 to {count - 1}, and no {void_range.partition}")
        return name

    def _check(self, first: int, last: int, begin: int, end: int) -> None:
        if first > last:
            raise VoidError(f"the range ends before it begins: --from {first} --to {last}")
        if begin == end:
            raise VoidError("the partition holds no record")
        if first < begin or last >= end:
            raise VoidError(
                f"the log holds the offsets {begin} to {end - 1}, and not all of {first} to {last}"
            )

    async def _show(self, name: str, partition: int, first: int, last: int) -> int:
        """Print how many records the range holds and how they are dated; returns their number."""
        count, oldest, newest = 0, 2**63 - 1, -(2**63)
        async for batch in self._log.read(self._settings.topic(name), partition, first, last + 1):
            hidden = batch.unreadable
            count += len(batch) if hidden is None else hidden.count
            times = batch.timestamps.tolist() if hidden is None else [hidden.timestamp]
            oldest, newest = min(oldest, *times), max(newest, *times)
        if not count:
            raise VoidError(f"there is no record from {first} to {last}")
        self._tell(
            f"{self._settings.topic(name)}-{partition}, offsets {first} to {last}: {count} records, dated "
            f"{to_second(oldest)} to {to_second(newest)} by Kafka's timestamps, would count as invalid, "
            "reason void"
        )
        return count

    async def _look(self, name: str, partition: int, end: int) -> dict[str, object]:
        """Print the ranges dated ahead of the clock: only they can have moved event time ahead of it."""
        topic = self._settings.topic(name)
        since = self._clock.now_ms() + self._settings.future_limit_ms + 1
        ranges: list[tuple[int, int]] = []
        start = await self._log.first_since(topic, partition, since)
        async for batch in self._log.read(topic, partition, start, end):
            # Offsets that follow each other extend the last range; any other one begins a new range.
            for offset in batch.offsets[np.flatnonzero(batch.timestamps >= since)].tolist():
                if ranges and ranges[-1][1] == offset - 1:
                    ranges[-1] = (ranges[-1][0], offset)
                else:
                    ranges.append((offset, offset))
        if not ranges:
            self._tell(f"{topic}-{partition}: no record is dated ahead of the clock")
        for first, last in ranges[:_MOST_RANGES]:
            self._tell(f"dated ahead of the clock: pulse void {name} {partition} --from {first} --to {last}")
        if len(ranges) > _MOST_RANGES:
            self._tell(f"and {len(ranges) - _MOST_RANGES} ranges more; the last ends at {ranges[-1][1]}")
        return {"declared": False, "ahead": ranges}
