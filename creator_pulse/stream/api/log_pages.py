"""A topic read by time, in pages of bounded size and bounded cost, with a cursor to the next page."""

from __future__ import annotations

import asyncio
import math
from operator import attrgetter
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np

from creator_pulse.stream.api.asked import LogNumber, cursor, to_cursor
from creator_pulse.stream.api.problem import wrong
from creator_pulse.stream.errors import ChangelogError

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.stream.transport.log import TimedLog

BUDGET = 200_000
"""Offsets that one page reads at most, over all partitions."""

T = TypeVar("T")


class Row(NamedTuple, Generic[T]):
    """A record that was picked.

    Attributes:
        written: Kafka's timestamp, epoch ms; not less than that of the record before in the partition.
        partition: of the topic.
        offset: in this partition.
        item: the picked part of the record.
    """

    written: int
    partition: int
    offset: int
    item: T


class _Part(NamedTuple, Generic[T]):
    """The read part of one partition: all matches up to ``horizon``, the rest from ``following`` on."""

    rows: list[Row[T]]
    following: int
    horizon: float


class LogPages:
    """Pages of one topic.

    For example a page of 100 results, and a cursor of the offsets from which the next one is read.

    Args:
        log: holds the topic, and finds offsets by time.
        topic: full name of the topic to read.
        partitions: its number of partitions.
        budget: offsets that one page reads at most.
    """

    def __init__(self, log: TimedLog, topic: str, partitions: int, budget: int = BUDGET) -> None:
        self._log = log
        self._topic = topic
        self._partitions = partitions
        # Of the records that a page may read, each partition's part: latency is bounded by the sum.
        self._share = max(budget // partitions, 1)

    async def page(
        self,
        span: tuple[int, int],
        text: str | None,
        limit: int,
        pick: Callable[[bytes, bytes], T | None],
    ) -> tuple[list[Row[T]], str | None]:
        """Records in the order of their timestamps, and the cursor of the next page.

        A page may be empty and still have a next one, if nothing was picked of the records that it read.

        Args:
            span: timestamps of the records, epoch ms, the second one exclusive.
            text: the cursor of an earlier page, which stands for the rest of that page's span; None: the
                first page.
            limit: maximal number of items.
            pick: key and value -> the item, or None if the record is not wanted.

        Raises:
            AskedWrongError: 400: an invalid cursor, or one whose records retention has removed.
        """
        ranges = await self._ranges(span) if text is None else await self._resumed(text)
        try:
            parts = await asyncio.gather(
                *(self._read(number, *offsets, limit, pick) for number, offsets in enumerate(ranges))
            )
        except ChangelogError as error:
            raise wrong(
                "query.cursor", f"the records are gone: {error}", "leave cursor out to begin at what is left"
            ) from error
        # What one partition holds behind this time would come out of turn.
        horizon = min(part.horizon for part in parts)
        ready = [row for part in parts for row in part.rows if row.written <= horizon]
        picked = sorted(ready, key=attrgetter("written", "partition", "offset"))[:limit]
        counts = [sum(row.partition == number for row in picked) for number in range(self._partitions)]
        # Of each partition the rest begins at the first row that did not fit into the page, if there is one,
        # and otherwise where its reading has stopped.
        left = [
            (part.rows[count].offset if count < len(part.rows) else part.following, end)
            for part, count, (_, end) in zip(parts, counts, ranges, strict=True)
        ]
        return picked, to_cursor(left) if any(at < end for at, end in left) else None

    async def _ranges(self, span: tuple[int, int]) -> list[tuple[int, int]]:
        async def offset_range(number: int) -> tuple[int, int]:
            first, end = await asyncio.gather(
                *(self._log.first_since(self._topic, number, time) for time in span)
            )
            # No record since a time gives the log's end for both: an empty range, never a negative one.
            return first, max(first, end)

        return await asyncio.gather(*map(offset_range, range(self._partitions)))

    async def _resumed(self, text: str) -> list[tuple[int, int]]:
        """The ranges of a cursor, checked, so that a forged one does not make a reader wait forever."""
        ranges = cursor(text, list[tuple[LogNumber, LogNumber]])
        held = await asyncio.gather(
            *(self._log.bounds(self._topic, number) for number in range(self._partitions))
        )
        if len(ranges) != self._partitions or any(
            not at <= end <= last for (at, end), (_, last) in zip(ranges, held, strict=True)
        ):
            raise wrong(
                "query.cursor",
                "the cursor is of another topic",
                "leave cursor out to begin at the first page",
            )
        return ranges

    async def _read(
        self,
        number: int,
        at: int,
        end: int,
        limit: int,
        pick: Callable[[bytes, bytes], T | None],
    ) -> _Part[T]:
        stop = min(end, at + self._share)
        rows: list[Row[T]] = []
        highest = 0
        async for batch in self._log.read(self._topic, number, at, stop):
            # Timestamps are made monotonic, so that a cursor by time and offset passes over no record.
            stamps = np.maximum.accumulate(np.maximum(batch.timestamps, highest)).tolist()
            highest = stamps[-1]
            for place, (key, value) in enumerate(zip(batch.keys, batch.values, strict=True)):
                item = pick(key or b"", value) if value is not None else None
                if item is None:
                    continue
                offset = int(batch.offsets[place])
                # One more than fits: the page stops before it, and everything up to its time is known.
                if len(rows) == limit:
                    return _Part(rows, offset, stamps[place])
                rows.append(Row(stamps[place], number, offset, item))
        # A partition that was read to the end holds nothing back.
        return _Part(rows, stop, math.inf if stop == end else highest)
